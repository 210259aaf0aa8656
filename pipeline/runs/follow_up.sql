-- next_due --
-- The clock's next run to start over; whoever takes it clears the date in the same transaction.
UPDATE run SET retry_at = NULL
WHERE id = (SELECT id FROM run WHERE retry_at <= now() ORDER BY retry_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, company_id, role_id, batch_id, stages, cascade, priority

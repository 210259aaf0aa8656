-- forget_raw --
-- The bytes of old source events; what was understood of them stays.
UPDATE source_event SET body = NULL
WHERE id IN (
  SELECT id FROM source_event WHERE body IS NOT NULL AND received_at < now() - make_interval(days => %(days)s::int)
  LIMIT %(limit)s::int)

-- forget_keys --
-- Idempotency keys have done their work.
DELETE FROM idempotency
WHERE (company_id, client_id, key) IN (
  SELECT company_id, client_id, key FROM idempotency WHERE created_at < now() - make_interval(days => %(days)s::int)
  LIMIT %(limit)s::int)

-- forget_events --
-- The event log, after its readers had their time.
DELETE FROM event
WHERE id IN (SELECT id FROM event WHERE at < now() - make_interval(days => %(days)s::int) ORDER BY id LIMIT %(limit)s::int)

-- forget_runs --
-- Old runs that no role's result rests on.
DELETE FROM run
WHERE id IN (
  SELECT r.id FROM run r
  WHERE r.finished_at < now() - make_interval(days => %(days)s::int)
    AND NOT EXISTS (SELECT FROM role o WHERE o.last_run_id = r.id OR o.published_run_id = r.id)
    AND NOT EXISTS (
      SELECT FROM stage_run s
      WHERE s.company_id = r.company_id AND s.run_id = r.id AND s.status = 'success' AND s.skipped IS NULL
        AND s.reused_from IS NULL AND NOT EXISTS (
          SELECT FROM stage_run n
          WHERE n.role_id = s.role_id AND n.stage = s.stage AND n.status = 'success' AND n.skipped IS NULL
            AND n.reused_from IS NULL AND n.finished_at > s.finished_at))
  LIMIT %(limit)s::int)

-- forget_attempts --
-- Attempts of runs that are gone.
DELETE FROM stage_run s
WHERE s.finished_at < now() - make_interval(days => %(days)s::int)
  AND NOT EXISTS (SELECT FROM run r WHERE r.id = s.run_id AND r.company_id = s.company_id)

-- forget_deliveries --
-- Deliveries that are over, with their attempts.
DELETE FROM delivery
WHERE id IN (
  SELECT id FROM delivery
  WHERE status IN ('delivered', 'dead') AND created_at < now() - make_interval(days => %(days)s::int)
  LIMIT %(limit)s::int)

-- forget_waits --
-- Waits that are over, with their tries.
DELETE FROM wait
WHERE id IN (
  SELECT id FROM wait WHERE finished_at < now() - make_interval(days => %(days)s::int)
  LIMIT %(limit)s::int)

-- forget_audit --
-- Audit rows beyond the promised time.
DELETE FROM audit
WHERE id IN (SELECT id FROM audit WHERE at < now() - make_interval(days => %(days)s::int) LIMIT %(limit)s::int)

-- forget_answers --
-- Answers of the model that nobody asked for again within the time that runs are kept.
DELETE FROM model_answer
WHERE (company_id, key) IN (
  SELECT company_id, key FROM model_answer WHERE at < now() - make_interval(days => %(days)s::int) LIMIT %(limit)s::int)

-- put_jobs --
-- The outbox: written in the transaction of the rows the job is about.
INSERT INTO job (company_id, kind, payload)
SELECT j.company_id, j.kind, j.payload
FROM jsonb_to_recordset(%(jobs)s::jsonb) AS j (company_id uuid, kind text, payload jsonb)
RETURNING id

-- unheard_jobs --
-- The clock rings again for what is due and was not told of for a second, or was told and not done in fifteen.
UPDATE job SET sent_at = now()
WHERE id IN (
  SELECT id FROM job
  WHERE due_at <= now() - interval '1 second' AND (sent_at IS NULL OR sent_at < now() - interval '15 seconds')
  ORDER BY due_at
  LIMIT %(limit)s::int
  FOR UPDATE SKIP LOCKED
)
RETURNING id

-- take_jobs --
-- One handler at a time: taking a job makes it not due for a minute, after which it counts as abandoned.
UPDATE job SET due_at = now() + interval '60 seconds', sent_at = now(), attempts = attempts + 1
WHERE id IN (SELECT id FROM job WHERE id = ANY(%(ids)s::bigint[]) AND due_at <= now() ORDER BY id FOR UPDATE SKIP LOCKED)
RETURNING id, company_id, kind, payload, attempts

-- postpone_job --
-- A handler failed: try again later, and say why.
UPDATE job SET due_at = now() + make_interval(secs => %(wait)s::float8), sent_at = NULL, last_error = %(error)s::text
WHERE id = %(id)s::bigint

-- finish_jobs --
-- The handlers are done; nothing else needs the rows.
DELETE FROM job WHERE id = ANY(%(ids)s::bigint[])

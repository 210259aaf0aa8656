-- put_workspace --
-- A company says how its jobs are resumed; a new token also ends what had stopped the old one.
INSERT INTO workspace (company_id, data_centre, address, token, body)
VALUES (%(company_id)s::uuid, %(data_centre)s::text, %(address)s::text, %(token)s::text, %(body)s::jsonb)
ON CONFLICT (company_id, data_centre) DO UPDATE SET address = excluded.address, token = excluded.token,
  body = excluded.body, status = 'active', stopped = NULL, updated_at = now()
RETURNING data_centre, address, body, status, stopped, created_at, updated_at

-- list_workspaces --
-- All of a company's, without their tokens.
SELECT data_centre, address, body, status, stopped, created_at, updated_at
FROM workspace
WHERE company_id = %(company_id)s::uuid AND status <> 'deleted'
ORDER BY data_centre

-- delete_workspace --
-- The company takes its token away. The row stays for its waits, the token does not.
UPDATE workspace SET status = 'deleted', token = '', updated_at = now()
WHERE company_id = %(company_id)s::uuid AND data_centre = %(data_centre)s::text AND status <> 'deleted'

-- end_waits --
-- Nobody can resume these jobs any more.
UPDATE wait SET status = 'dead', token = '', last_error = %(reason)s::text, owner = NULL, finished_at = now(),
  updated_at = now()
WHERE company_id = %(company_id)s::uuid AND data_centre = %(data_centre)s::text
  AND status IN ('waiting', 'sending', 'failed')

-- insert_wait --
-- A job has suspended itself. The same token again changes nothing: the row there is, is read instead.
INSERT INTO wait (id, company_id, run_ids, batch_id, data_centre, token, token_hash, expires_at)
VALUES (%(id)s::uuid, %(company_id)s::uuid, %(run_ids)s::uuid[], %(batch_id)s::uuid, %(data_centre)s::text,
  %(token)s::text, %(token_hash)s::bytea, %(expires_at)s::timestamptz)
ON CONFLICT (company_id, token_hash) DO NOTHING

-- wait_of_token --
-- The wait that a token was registered with.
SELECT id FROM wait WHERE company_id = %(company_id)s::uuid AND token_hash = %(token_hash)s::bytea

-- runs_of_batch --
-- The runs that serve a batch: its own, and those that were there already.
SELECT r.id FROM batch b
JOIN run r ON r.company_id = b.company_id AND (r.batch_id = b.id OR r.id = ANY(b.merged))
WHERE b.id = %(batch_id)s::uuid AND b.company_id = %(company_id)s::uuid

-- known_runs --
-- Which of these runs are the company's, also those that a simulation made up.
SELECT id FROM run WHERE company_id = %(company_id)s::uuid AND id = ANY(%(run_ids)s::uuid[])
UNION ALL
SELECT run_id FROM simulation_case WHERE company_id = %(company_id)s::uuid AND run_id = ANY(%(run_ids)s::uuid[])

-- count_waits --
-- How many open waits a company has, for its limit.
SELECT count(*) FROM wait
WHERE company_id = %(company_id)s::uuid AND status IN ('waiting', 'sending', 'failed')

-- list_waits --
-- Newest first, by their own order so that a page never repeats a row.
SELECT w.id, w.run_ids, w.batch_id, w.data_centre, w.status, w.attempts,
  CASE WHEN w.status = 'failed' THEN w.due_at END AS next_try_at, w.last_status, w.last_error, w.expires_at,
  w.created_at, w.finished_at, w.updated_at, s.status AS workspace_status
FROM wait w JOIN workspace s ON s.company_id = w.company_id AND s.data_centre = w.data_centre
WHERE w.company_id = %(company_id)s::uuid
  AND (%(id)s::uuid IS NULL OR w.id = %(id)s::uuid)
  AND (%(run_id)s::uuid IS NULL OR w.run_ids @> ARRAY[%(run_id)s::uuid])
  AND (cardinality(%(status)s::text[]) = 0 OR w.status = ANY(%(status)s::text[]))
  AND (%(before)s::uuid IS NULL
    OR (w.created_at, w.id) < (SELECT b.created_at, b.id FROM wait b
      WHERE b.id = %(before)s::uuid AND b.company_id = w.company_id))
ORDER BY w.created_at DESC, w.id DESC
LIMIT %(limit)s::int

-- list_tries --
-- Each try of these waits, in order.
SELECT wait_id, attempt, at, status, milliseconds, error, answer FROM wait_attempt
WHERE company_id = %(company_id)s::uuid AND wait_id = ANY(%(wait_ids)s::uuid[])
ORDER BY wait_id, attempt

-- claim_waits --
-- Of each workspace that may be called now, the wait that is due for longest and whose runs are over. The workspace's
-- own row says when it may be called next, so that all processes together keep its pace.
WITH due AS (
  SELECT n.id, n.company_id, n.data_centre
  FROM workspace s CROSS JOIN LATERAL (
    SELECT w.id, w.company_id, w.data_centre FROM wait w
    WHERE w.company_id = s.company_id AND w.data_centre = s.data_centre
      AND w.status IN ('waiting', 'sending', 'failed') AND w.due_at <= now()
      AND w.expires_at > now() + make_interval(secs => %(margin)s::float8)
      AND NOT EXISTS (SELECT FROM run r WHERE r.company_id = w.company_id AND r.id = ANY(w.run_ids)
        AND r.status IN ('pending', 'running'))
    ORDER BY w.due_at
    LIMIT 1
  ) AS n
  WHERE s.status = 'active' AND s.next_call_at <= now()
  LIMIT %(limit)s::int
), paced AS (
  UPDATE workspace s SET next_call_at = now() + make_interval(secs => %(pace)s::float8)
  FROM due d
  WHERE s.company_id = d.company_id AND s.data_centre = d.data_centre AND s.status = 'active' AND s.next_call_at <= now()
  RETURNING d.id, d.company_id, s.address, s.token AS access, s.body
)
UPDATE wait w SET status = 'sending', owner = %(owner)s::uuid, epoch = w.epoch + 1,
  due_at = now() + make_interval(secs => %(lease)s::float8), tried_since = coalesce(w.tried_since, now()), updated_at = now()
FROM paced p
WHERE w.id = p.id AND w.company_id = p.company_id AND w.status IN ('waiting', 'sending', 'failed') AND w.due_at <= now()
RETURNING w.id, w.company_id, w.data_centre, w.run_ids, w.batch_id, w.token, w.expires_at, w.tried_since, w.attempts,
  w.epoch, p.address, p.access, p.body

-- record_wait_try --
-- What came of one try. No row means that another process took the wait over, or that it was ended.
WITH mine AS (
  UPDATE wait SET
    status = %(outcome)s::text, attempts = attempts + 1, owner = NULL,
    due_at = now() + make_interval(secs => %(wait)s::float8),
    token = CASE WHEN %(outcome)s::text = 'failed' THEN token ELSE '' END,
    finished_at = CASE WHEN %(outcome)s::text <> 'failed' THEN now() END,
    last_status = %(status)s::int, last_error = %(error)s::text, updated_at = now()
  WHERE id = %(id)s::uuid AND company_id = %(company_id)s::uuid
    AND owner = %(owner)s::uuid AND epoch = %(epoch)s::int AND status = 'sending'
  RETURNING id, company_id, epoch, status
), noted AS (
  INSERT INTO wait_attempt (company_id, wait_id, attempt, status, milliseconds, error, answer)
  SELECT company_id, id, epoch, %(status)s::int, %(milliseconds)s::int, %(error)s::text, %(answer)s::text FROM mine
)
SELECT status FROM mine

-- stop_workspace --
-- Workato no longer takes the token: nobody calls again until the company has set a new one. A token that was
-- replaced while the old one was being tried stays.
UPDATE workspace SET status = 'stopped', stopped = %(stopped)s::jsonb, updated_at = now()
WHERE company_id = %(company_id)s::uuid AND data_centre = %(data_centre)s::text AND status = 'active'
  AND token = %(access)s::text

-- log_event --
-- The company's log says that a workspace was stopped. The number of the event.
INSERT INTO event (company_id, type, data)
VALUES (%(company_id)s::uuid, %(type)s::text, %(data)s::jsonb)
RETURNING id

-- expire_waits --
-- Workato resumes these jobs by itself now, by their own time limit: calling would only do harm.
UPDATE wait SET status = 'expired', token = '', owner = NULL, finished_at = now(), updated_at = now(),
  last_error = coalesce(last_error, 'The job was not resumed before its time ran out.')
WHERE (id, company_id) IN (
  SELECT id, company_id FROM wait
  WHERE expires_at <= now() AND (status IN ('waiting', 'failed') OR (status = 'sending' AND due_at <= now()))
  LIMIT 1000
  FOR UPDATE SKIP LOCKED
)

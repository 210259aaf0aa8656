-- admit --
-- Lets waiting runs into the window, companies by weighted turns; one process at a time. A run that a push is
-- just merging into stays where it is until the next time.
WITH guard AS (
  SELECT pg_try_advisory_xact_lock(7011305) AS mine
), free AS (
  SELECT CASE WHEN mine THEN greatest(0, %(window)s::int - (SELECT count(*) FROM run WHERE slot)) ELSE 0 END AS places
  FROM guard
), queueing AS (
  SELECT c.id, c.weight, inside.n AS inside, least(coalesce(c.window_cap, %(cap)s::int), %(cap)s::int) - inside.n AS room
  FROM company c
  CROSS JOIN LATERAL (SELECT count(*) AS n FROM run r WHERE r.slot AND r.company_id = c.id) AS inside
  WHERE (SELECT places FROM free) > 0 AND EXISTS (
    SELECT FROM run r
    WHERE r.company_id = c.id AND r.status IN ('pending', 'running') AND NOT r.slot AND r.follows IS NULL
      AND r.wake_at <= now())
), candidate AS (
  SELECT n.id, (q.inside + row_number() OVER (PARTITION BY q.id ORDER BY n.fresh, n.priority, n.wake_at, n.id))::float8
    / q.weight AS turn
  FROM queueing q
  CROSS JOIN LATERAL (
    SELECT r.id, r.started_at IS NULL AS fresh, r.priority, r.wake_at
    FROM run r
    WHERE r.company_id = q.id AND r.status IN ('pending', 'running') AND NOT r.slot AND r.follows IS NULL
      AND r.wake_at <= now()
    ORDER BY (r.started_at IS NULL), r.priority, r.wake_at, r.id
    LIMIT greatest(q.room, 0)
  ) AS n
), chosen AS (
  SELECT id FROM candidate ORDER BY turn, id LIMIT (SELECT places FROM free)
), held AS MATERIALIZED (
  -- A pause may have been quicker than this look at the run.
  SELECT r.id FROM run r WHERE r.id IN (SELECT id FROM chosen) AND r.wake_at <= now()
  ORDER BY r.id FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE run r SET slot = true, rung_at = now(), admitted_at = coalesce(r.admitted_at, now())
FROM held WHERE r.id = held.id AND NOT r.slot AND r.status IN ('pending', 'running')
RETURNING r.id

-- claim --
-- A worker becomes the owner of admitted runs. Time spent waiting for a place or a person is given back.
WITH held AS MATERIALIZED (
  SELECT id FROM run WHERE id = ANY(%(ids)s::uuid[]) ORDER BY id FOR NO KEY UPDATE
)
UPDATE run r SET
  owner = %(owner)s::uuid, epoch = r.epoch + 1, step = 0, status = 'running',
  lease_until = now() + make_interval(secs => %(lease)s::float8),
  -- A push that merged into the run while this waited for its row is in the row, but not yet in this look at the role.
  role_revision = CASE WHEN r.started_at IS NULL THEN greatest(r.role_revision, o.revision) ELSE r.role_revision END,
  mapping_version = CASE WHEN r.started_at IS NULL AND o.revision >= r.role_revision THEN o.mapping_version
    ELSE r.mapping_version END,
  planned = %(planned)s::int, started_at = coalesce(r.started_at, now()),
  visible_by = CASE
    WHEN r.visible_by IS NULL THEN r.admitted_at + make_interval(secs => %(visible_within)s::float8)
    WHEN r.waiting IN ('queue', 'tenant_cap', 'llm_budget', 'schedule')
      THEN r.visible_by + (now() - r.waiting_since)
    ELSE r.visible_by END,
  waiting = NULL, version = r.version + 1, updated_at = now()
FROM role o, held
WHERE r.id = held.id AND o.id = r.role_id AND o.company_id = r.company_id
  AND r.slot AND r.owner IS NULL AND r.status IN ('pending', 'running')
RETURNING r.id, r.epoch

-- lose_attempts --
-- Attempts that an earlier owner left behind are over: nobody will ever record their result. Looked for once their
-- runs are held, so that what the owner recorded last is among them.
UPDATE stage_run s SET status = 'lost', finished_at = now()
FROM run r
WHERE r.id = ANY(%(ids)s::uuid[]) AND s.company_id = r.company_id AND s.run_id = r.id
  AND s.epoch < r.epoch AND s.status = 'running'

-- load --
-- All that a run needs to go on, in one read: its role revision, documents, attempts so far, earlier results.
SELECT r.id, r.company_id, r.role_id, r.epoch, r.role_revision, r.mapping_version, r.stages, r.cascade, r.reason, r.prior_state,
  r.takeovers, r.critical_done, r.work_left, r.done, extract(epoch FROM now() - r.accepted_at)::float8 AS age,
  (SELECT count(*) FROM event e WHERE e.run_id = r.id AND e.type = 'run.started') > 0 AS begun,
  extract(epoch FROM r.visible_by - now())::float8 AS visible_left,
  r.cancel_asked_at IS NOT NULL AS cancel, r.pause_asked_at IS NOT NULL AS pause,
  o.source, o.source_id, o.state AS role_state, o.visible, o.published_at IS NOT NULL AS published,
  o.flags AS role_flags, v.record, c.name AS company, c.policy,
  coalesce((
    SELECT jsonb_agg(jsonb_build_object('id', d.id, 'kind', d.kind, 'title', d.title, 'text', d.text,
      'sha256', encode(d.sha256, 'hex'), 'version', d.version) ORDER BY d.kind, d.id)
    FROM document d WHERE d.company_id = r.company_id AND d.id = ANY(v.documents)
  ), '[]') AS documents,
  coalesce((
    SELECT jsonb_agg(jsonb_build_object('stage', s.stage, 'attempt', s.attempt, 'epoch', s.epoch, 'status', s.status,
      'outputs', s.outputs, 'degraded', s.degraded, 'skipped', s.skipped, 'reused_from', s.reused_from,
      'error', s.error, 'retry_in', extract(epoch FROM s.retry_at - now())) ORDER BY s.attempt, s.epoch)
    FROM stage_run s WHERE s.company_id = r.company_id AND s.run_id = r.id
  ), '[]') AS attempts,
  coalesce((
    SELECT jsonb_agg(to_jsonb(e)) FROM (
      SELECT DISTINCT ON (s.stage) s.stage, s.run_id, encode(s.input_hash, 'hex') AS input_hash, s.outputs, s.degraded
      FROM stage_run s
      WHERE s.role_id = r.role_id AND s.company_id = r.company_id AND s.status = 'success' AND s.skipped IS NULL
        AND s.reused_from IS NULL AND s.run_id <> r.id
      ORDER BY s.stage, s.finished_at DESC
    ) AS e
  ), '[]') AS earlier,
  coalesce((
    SELECT jsonb_object_agg(w.stage, jsonb_build_object('review_id', w.id, 'judged_on', w.judged_on, 'result', w.result))
    FROM (
      SELECT DISTINCT ON (w.stage) w.stage, w.id, w.judged_on, w.result FROM review w
      WHERE w.company_id = r.company_id AND w.role_id = r.role_id AND w.result IS NOT NULL
      ORDER BY w.stage, w.decided_at DESC
    ) AS w
  ), '{}') AS decisions
FROM run r
JOIN role o ON o.id = r.role_id AND o.company_id = r.company_id
JOIN role_revision v ON v.company_id = r.company_id AND v.role_id = r.role_id AND v.revision = r.role_revision
JOIN company c ON c.id = r.company_id
WHERE r.id = ANY(%(ids)s::uuid[]) AND r.owner = %(owner)s::uuid

-- commit --
-- The group commit. A row that is not locked is fenced; a step already taken is not taken twice, so the same
-- batch may be sent again after a lost connection. Usage is written for fenced runs too: it was paid.
WITH entry AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset(%(batch)s::jsonb -> 'entries') AS e (
    run_id uuid, epoch int, step int, events int, done int, status text, release boolean, waiting text,
    wake_in float8, outputs jsonb, error jsonb, retry_in float8, work_left float8, critical_done boolean,
    role_state text, publish boolean, shown boolean, flags text[], degraded text[], role_error jsonb)
), locked AS MATERIALIZED (
  -- One look at the index per entry, in one order: a join would read every run while there are few.
  SELECT r.*
  FROM (SELECT run_id, epoch, step FROM entry ORDER BY run_id) AS e
  CROSS JOIN LATERAL (
    SELECT r.id, r.company_id, r.role_id, r.batch_id, r.sequence, r.step AS taken, r.role_revision, r.cancel_asked_at,
      r.pause_asked_at
    FROM run r
    WHERE r.id = e.run_id AND r.epoch = e.epoch AND (r.owner = %(owner)s::uuid OR r.step >= e.step)
    FOR NO KEY UPDATE OF r
  ) AS r
), fresh AS MATERIALIZED (
  -- Who parks a run has not heard of a wish that came, or was taken back, since its last heartbeat. The run queues
  -- instead, for its next owner to hear.
  SELECT l.id, l.company_id, l.role_id, l.batch_id, l.sequence, l.role_revision, e.*,
    coalesce(l.cancel_asked_at IS NOT NULL OR (e.waiting = 'paused') <> (l.pause_asked_at IS NOT NULL), false) AS unheard
  FROM locked l JOIN entry e ON e.run_id = l.id
  WHERE l.taken < e.step
), new_attempts AS (
  INSERT INTO stage_run (company_id, run_id, role_id, stage, attempt, epoch, status, input_hash, intent, outputs, degraded,
    skipped, reused_from, error, retry_at, finished_at)
  SELECT f.company_id, f.run_id, f.role_id, s.stage, s.attempt, f.epoch, s.status, decode(s.input_hash, 'hex'), s.intent,
    s.outputs, coalesce(s.degraded, '{}'), s.skipped, s.reused_from, s.error,
    now() + make_interval(secs => s.retry_in), CASE WHEN s.status <> 'running' THEN now() END
  FROM jsonb_to_recordset(%(batch)s::jsonb -> 'attempts') AS s (
    run_id uuid, stage text, attempt int, status text, input_hash text, intent jsonb, outputs jsonb, degraded text[],
    skipped text, reused_from uuid, error jsonb, retry_in float8)
  JOIN fresh f ON f.run_id = s.run_id
  ON CONFLICT (company_id, run_id, stage, attempt, epoch) DO UPDATE SET
    -- A provisional result takes its input hash away, so that it is never reused.
    input_hash = CASE WHEN EXCLUDED.input_hash = '\x00' THEN EXCLUDED.input_hash ELSE stage_run.input_hash END,
    status = EXCLUDED.status, outputs = EXCLUDED.outputs, degraded = EXCLUDED.degraded, skipped = EXCLUDED.skipped,
    error = EXCLUDED.error, retry_at = EXCLUDED.retry_at, finished_at = EXCLUDED.finished_at
), new_events AS (
  INSERT INTO event (company_id, type, role_id, run_id, batch_id, sequence, data)
  SELECT f.company_id, CASE WHEN f.unheard AND v.type = 'run.paused' THEN 'run.waiting' ELSE v.type END, f.role_id,
    f.run_id, f.batch_id, f.sequence + v.n,
    CASE WHEN f.unheard AND v.type IN ('run.paused', 'run.waiting') THEN '{"reason": "queue"}' ELSE coalesce(v.data, '{}') END
  FROM jsonb_to_recordset(%(batch)s::jsonb -> 'events') AS v (run_id uuid, n int, type text, data jsonb)
  JOIN fresh f ON f.run_id = v.run_id
  ORDER BY f.run_id, v.n
  RETURNING id, company_id, type
), new_jobs AS (
  INSERT INTO job (company_id, kind, payload)
  SELECT company_id, 'pipeline.events_logged', jsonb_build_object('event_ids', jsonb_agg(id))
  FROM new_events WHERE type NOT LIKE 'stage.%%'
    -- Looked up once for the whole batch, in an index that holds only subscriptions which name such events.
    OR company_id IN (SELECT company_id FROM subscription WHERE status = 'active' AND hears_stages)
  GROUP BY company_id
  RETURNING id
), new_usage AS (
  -- A call may be in the ledger already, written when it was answered; then only its run is added.
  INSERT INTO usage AS g (call_id, company_id, run_id, role_id, stage, model, purpose, input_tokens, output_tokens,
    milliseconds, cached_tokens, cost_micros)
  SELECT DISTINCT ON (u.company_id, u.call_id) u.call_id, u.company_id, u.run_id, u.role_id, u.stage, u.model, u.purpose,
    u.input_tokens, u.output_tokens, u.milliseconds, coalesce(u.cached_tokens, 0), u.cost_micros
  FROM jsonb_to_recordset(%(batch)s::jsonb -> 'usage') AS u (
    call_id text, company_id uuid, run_id uuid, role_id uuid, stage text, model text, purpose text, input_tokens int,
    output_tokens int, milliseconds int, cached_tokens int, cost_micros bigint)
  ON CONFLICT (company_id, call_id) DO UPDATE SET run_id = EXCLUDED.run_id, role_id = EXCLUDED.role_id,
    stage = EXCLUDED.stage
    WHERE g.run_id IS NULL
), touched_role AS MATERIALIZED (
  SELECT o.id FROM role o JOIN fresh f ON o.id = f.role_id AND o.company_id = f.company_id
  WHERE f.role_state IS NOT NULL
  ORDER BY o.id
  FOR NO KEY UPDATE OF o
), patched_role AS (
  UPDATE role o SET
    state = CASE
      WHEN o.state = 'archived' THEN 'archived'
      WHEN f.role_state IN ('ready', 'workflow_failed') AND o.revision > f.role_revision THEN 'stale'
      ELSE f.role_state END,
    visible = o.state <> 'archived' AND CASE WHEN f.publish THEN coalesce(f.shown, true) ELSE o.visible END,
    published_revision = CASE WHEN f.publish THEN f.role_revision ELSE o.published_revision END,
    published_run_id = CASE WHEN f.publish THEN f.run_id ELSE o.published_run_id END,
    published_at = CASE WHEN f.publish THEN now() ELSE o.published_at END,
    stale_since = CASE WHEN f.publish AND o.revision <= f.role_revision THEN NULL ELSE o.stale_since END,
    flags = coalesce(f.flags, o.flags), degraded = coalesce(f.degraded, o.degraded),
    last_error = CASE WHEN f.status IS NOT NULL THEN f.role_error ELSE o.last_error END,
    updated_at = now()
  FROM fresh f JOIN touched_role t ON t.id = f.role_id
  WHERE o.id = f.role_id AND o.company_id = f.company_id AND f.role_state IS NOT NULL
), patched_run AS (
  UPDATE run r SET
    step = f.step, sequence = r.sequence + f.events, version = r.version + 1, done = coalesce(f.done, r.done),
    critical_done = r.critical_done OR coalesce(f.critical_done, false),
    status = coalesce(f.status, r.status),
    owner = CASE WHEN f.release THEN NULL ELSE r.owner END,
    lease_until = CASE WHEN f.release THEN NULL ELSE r.lease_until END,
    slot = r.slot AND NOT coalesce(f.release, false),
    waiting = CASE WHEN f.waiting IS NOT NULL AND f.unheard THEN 'queue' ELSE f.waiting END,
    waiting_since = CASE WHEN f.waiting IS NULL THEN r.waiting_since ELSE now() END,
    wake_at = CASE
      WHEN f.waiting IS NULL THEN r.wake_at
      WHEN f.unheard THEN now()
      WHEN f.wake_in IS NULL THEN 'infinity'
      ELSE now() + make_interval(secs => f.wake_in) END,
    work_left = coalesce(f.work_left, r.work_left),
    outputs = coalesce(f.outputs, r.outputs), error = coalesce(f.error, r.error),
    retry_at = now() + make_interval(secs => f.retry_in),
    finished_at = CASE WHEN f.status IN ('success', 'failed') THEN now() END,
    updated_at = CASE WHEN f.release OR f.publish THEN now() ELSE r.updated_at END
  FROM fresh f
  WHERE r.id = f.run_id AND r.company_id = f.company_id
)
SELECT l.id, l.cancel_asked_at IS NOT NULL AS cancel, l.pause_asked_at IS NOT NULL AS pause,
  (SELECT coalesce(array_agg(j.id), '{}') FROM new_jobs j) AS jobs
FROM locked l

-- promote_followers --
-- A run that ended (a fenced one has not) lets the one that waited for it queue, unless that is paused.
WITH promoted AS (
  UPDATE run r SET follows = NULL, waiting_since = now(), prior_state = o.state,
    waiting = CASE WHEN r.waiting = 'paused' THEN 'paused' ELSE 'queue' END,
    wake_at = CASE WHEN r.waiting = 'paused' THEN 'infinity' ELSE '-infinity' END::timestamptz,
    version = r.version + 1, updated_at = now()
  FROM role o, run e
  WHERE r.follows = ANY(%(ids)s::uuid[]) AND r.status = 'pending' AND o.id = r.role_id AND o.company_id = r.company_id
    AND e.id = r.follows AND e.company_id = r.company_id AND e.status IN ('success', 'failed')
  RETURNING r.role_id, r.company_id
)
UPDATE role o SET state = 'queued', updated_at = now()
FROM promoted p
WHERE o.id = p.role_id AND o.company_id = p.company_id AND o.state <> 'archived'

-- renew --
-- The heartbeat of an owner, and its way of hearing wishes while a stage acts. A run that its owner does not
-- drive (the answer to the claim was lost) is not renewed, so that its lease runs out.
WITH held AS MATERIALIZED (
  SELECT id FROM run WHERE id = ANY(%(ids)s::uuid[]) AND owner = %(owner)s::uuid ORDER BY id FOR NO KEY UPDATE
)
UPDATE run r SET lease_until = now() + make_interval(secs => %(lease)s::float8)
FROM held WHERE r.id = held.id
RETURNING r.id, r.epoch, r.cancel_asked_at IS NOT NULL AS cancel, r.pause_asked_at IS NOT NULL AS pause

-- enrol --
-- A worker or clock says that it lives; the lock on its own session is what proves it.
INSERT INTO process (id, kind, lock_key, host) VALUES (%(id)s::uuid, %(kind)s::text, %(lock_key)s::bigint, %(host)s::text)
ON CONFLICT (id) DO UPDATE SET seen_at = now()

-- living --
-- Which kinds of process said lately that they live: what readiness looks at.
SELECT DISTINCT kind FROM process WHERE seen_at > now() - interval '15 seconds'

-- leave --
-- A clean stop: nobody has to find out.
DELETE FROM process WHERE id = %(id)s::uuid

-- bury_dead --
-- Processes whose session lock is free are gone; so are those that were silent for a minute.
DELETE FROM process
WHERE (kind = 'worker' AND pg_try_advisory_xact_lock(lock_key)) OR seen_at < now() - interval '60 seconds'
RETURNING id

-- take_over --
-- Runs whose owner is gone or whose lease ran out become free; whatever the old owner still sends is fenced.
WITH held AS MATERIALIZED (
  SELECT id FROM run
  WHERE slot AND owner IS NOT NULL AND (owner = ANY(%(dead)s::uuid[]) OR lease_until < now())
  ORDER BY id FOR NO KEY UPDATE
)
UPDATE run r SET owner = NULL, lease_until = NULL, epoch = r.epoch + 1, takeovers = r.takeovers + 1, rung_at = now(),
  waiting = 'queue', waiting_since = now(), version = r.version + 1
FROM held WHERE r.id = held.id
RETURNING r.id

-- unheard_runs --
-- Doorbells that nobody answered, as after a flush of Redis; only while somebody lives who could answer.
UPDATE run SET rung_at = now()
WHERE slot AND owner IS NULL AND status IN ('pending', 'running') AND rung_at < now() - interval '1 second'
  AND EXISTS (SELECT FROM process WHERE kind = 'worker' AND seen_at > now() - interval '10 seconds')
RETURNING id

-- draw_queue --
-- The queue's picture for every company with something waiting or inside.
WITH counted AS (
  SELECT r.company_id, c.weight,
    count(*) FILTER (WHERE NOT r.slot AND r.wake_at <= now()) AS waiting,
    count(*) FILTER (WHERE r.slot) AS in_window,
    min(r.created_at) FILTER (WHERE NOT r.slot) AS oldest
  FROM run r JOIN company c ON c.id = r.company_id
  WHERE r.status IN ('pending', 'running') AND r.follows IS NULL
  GROUP BY r.company_id, c.weight
), drained AS (
  SELECT count(*) AS n FROM run WHERE finished_at > now() - interval '1 minute'
), gone AS (
  DELETE FROM queue_state WHERE company_id NOT IN (SELECT company_id FROM counted)
)
INSERT INTO queue_state (company_id, waiting, in_window, others_waiting, share, drained_per_minute, oldest_waiting, at)
SELECT n.company_id, n.waiting, n.in_window,
  (SELECT coalesce(sum(o.waiting), 0) FROM counted o WHERE o.company_id <> n.company_id),
  n.weight::float8 / (SELECT sum(o.weight) FROM counted o WHERE o.waiting > 0 OR o.company_id = n.company_id),
  (SELECT d.n FROM drained d), n.oldest, now()
FROM counted n
ON CONFLICT (company_id) DO UPDATE SET waiting = EXCLUDED.waiting, in_window = EXCLUDED.in_window,
  others_waiting = EXCLUDED.others_waiting, share = EXCLUDED.share, drained_per_minute = EXCLUDED.drained_per_minute,
  oldest_waiting = EXCLUDED.oldest_waiting, at = now()

-- broken_invariants --
-- What must never be true, of runs that are not over or ended since a moment; the clock looks now and then,
-- and every test that used the engine ends with it.
WITH recent AS (
  SELECT * FROM run WHERE status IN ('pending', 'running') OR finished_at >= %(since)s::timestamptz
)
SELECT 'a stage succeeded twice in one run' AS rule, s.run_id AS id
FROM stage_run s JOIN recent r ON r.id = s.run_id AND r.company_id = s.company_id
WHERE s.status = 'success'
GROUP BY s.run_id, s.stage HAVING count(*) > 1
UNION ALL
SELECT 'an ended run has a stage that never settled', r.id
FROM recent r
WHERE r.status = 'success' AND r.planned <> (
  SELECT count(DISTINCT s.stage) FROM stage_run s
  WHERE s.company_id = r.company_id AND s.run_id = r.id AND s.status IN ('success', 'failed'))
UNION ALL
SELECT 'an ended run still has an acting stage', r.id
FROM recent r JOIN stage_run s ON s.company_id = r.company_id AND s.run_id = r.id
WHERE r.status IN ('success', 'failed') AND s.status = 'running'
UNION ALL
SELECT 'an ended run has an owner, a place or a wish to wait', r.id
FROM recent r WHERE r.status IN ('success', 'failed') AND (r.owner IS NOT NULL OR r.slot OR r.waiting IS NOT NULL)
UNION ALL
SELECT 'the events of a run are not numbered one by one', e.run_id
FROM event e JOIN recent r ON r.id = e.run_id
GROUP BY e.run_id HAVING count(*) <> max(e.sequence) - min(e.sequence) + 1 OR count(DISTINCT e.sequence) <> count(*)
UNION ALL
SELECT 'a role waits without a run', o.id
FROM role o
WHERE o.state IN ('queued', 'processing') AND NOT EXISTS (
  SELECT FROM run r WHERE r.role_id = o.id AND r.company_id = o.company_id AND r.status IN ('pending', 'running'))
UNION ALL
SELECT 'a role that is ready was never published', o.id
FROM role o WHERE o.state = 'ready' AND o.published_at IS NULL
UNION ALL
SELECT 'a run waits for nobody and nothing', r.id
FROM recent r
WHERE r.status IN ('pending', 'running') AND r.owner IS NULL AND NOT r.slot AND r.follows IS NULL
  AND r.wake_at = 'infinity' AND (r.waiting <> 'paused' OR r.pause_asked_at IS NULL)
UNION ALL
SELECT 'a paused run has an owner, a place or a time to wake', r.id
FROM recent r WHERE r.waiting = 'paused' AND (r.owner IS NOT NULL OR r.slot OR r.wake_at <> 'infinity')
UNION ALL
SELECT 'a follower waits for a run that is over', f.id
FROM recent f JOIN run r ON r.id = f.follows AND r.company_id = f.company_id
WHERE f.status = 'pending' AND r.status IN ('success', 'failed')
UNION ALL
SELECT 'a revision is missing', o.id
FROM role o WHERE o.updated_at >= %(since)s::timestamptz AND NOT EXISTS (
  SELECT FROM role_revision v WHERE v.role_id = o.id AND v.company_id = o.company_id AND v.revision = o.revision)

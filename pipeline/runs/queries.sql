-- runs --
-- Every poll, run page and list: runs with their roles and their places in the queue, in one statement.
SELECT r.id, r.role_id, r.batch_id, r.role_revision, r.mapping_version, r.actor_kind, r.actor_id, r.reason,
  r.stages AS named, r.cascade, r.priority, r.retry_of, r.follows, r.status, r.waiting, r.slot,
  CASE WHEN isfinite(r.wake_at) AND r.wake_at > now() THEN r.wake_at END AS wake_at,
  r.cancel_asked_at IS NOT NULL AS cancel_asked,
  r.pause_asked_at IS NOT NULL AND r.finished_at IS NULL AS pause_asked, r.done, r.planned, r.outputs, r.error, r.retry_at, r.version,
  r.waiting_since, r.created_at, r.started_at, r.finished_at, r.updated_at,
  o.title AS role_title, o.code AS role_code, o.source, o.source_id, c.dashboard_url, c.window_cap,
  q.others_waiting, q.share, q.drained_per_minute, q.in_window, now() AS at,
  CASE WHEN r.status IN ('pending', 'running') AND NOT r.slot AND r.follows IS NULL AND r.wake_at <= now() THEN (
    SELECT count(*) + 1 FROM run b
    WHERE b.company_id = r.company_id AND b.status IN ('pending', 'running') AND NOT b.slot AND b.follows IS NULL
      AND b.wake_at <= now()
      AND ((b.started_at IS NULL), b.priority, b.wake_at, b.id) < ((r.started_at IS NULL), r.priority, r.wake_at, r.id)
  ) END AS rank,
  CASE WHEN %(stages)s::boolean THEN coalesce((
    SELECT jsonb_agg(jsonb_build_object('stage', s.stage, 'attempt', s.attempt, 'epoch', s.epoch, 'status', s.status,
      'input_hash', encode(s.input_hash, 'hex'), 'outputs', s.outputs, 'degraded', s.degraded, 'skipped', s.skipped,
      'reused_from', s.reused_from, 'error', s.error, 'retry_at', s.retry_at, 'started_at', s.started_at,
      'finished_at', s.finished_at) ORDER BY s.attempt, s.epoch)
    FROM stage_run s WHERE s.company_id = r.company_id AND s.run_id = r.id
  ), '[]') END AS attempts
FROM run r
JOIN role o ON o.id = r.role_id AND o.company_id = r.company_id
JOIN company c ON c.id = r.company_id
LEFT JOIN queue_state q ON q.company_id = r.company_id
WHERE r.company_id = %(company_id)s::uuid AND r.id = ANY(%(ids)s::uuid[])

-- newest_run_ids --
-- A list for people: what moved last comes first.
SELECT r.id
FROM run r
WHERE r.company_id = %(company_id)s::uuid
  AND (%(role_id)s::uuid IS NULL OR r.role_id = %(role_id)s::uuid)
  AND (%(batch_id)s::uuid IS NULL OR r.batch_id = %(batch_id)s::uuid OR r.id = ANY (ARRAY(
    SELECT unnest(b.merged) FROM batch b WHERE b.id = %(batch_id)s::uuid AND b.company_id = %(company_id)s::uuid)))
  AND (%(statuses)s::text[] IS NULL OR r.status = ANY(%(statuses)s::text[]))
  AND (%(states)s::text[] IS NULL OR (
    SELECT o.state FROM role o WHERE o.id = r.role_id AND o.company_id = r.company_id
  ) = ANY(%(states)s::text[]))
  AND (%(since)s::timestamptz IS NULL OR r.updated_at >= %(since)s::timestamptz)
  AND (%(place_at)s::timestamptz IS NULL OR (r.updated_at, r.id) < (%(place_at)s::timestamptz, %(place_id)s::uuid))
ORDER BY r.updated_at DESC, r.id DESC
LIMIT %(limit)s::int

-- oldest_run_ids --
-- A list for recipes, which go on from where they were: oldest change first.
SELECT r.id
FROM run r
WHERE r.company_id = %(company_id)s::uuid
  AND (%(role_id)s::uuid IS NULL OR r.role_id = %(role_id)s::uuid)
  AND (%(batch_id)s::uuid IS NULL OR r.batch_id = %(batch_id)s::uuid OR r.id = ANY (ARRAY(
    SELECT unnest(b.merged) FROM batch b WHERE b.id = %(batch_id)s::uuid AND b.company_id = %(company_id)s::uuid)))
  AND (%(statuses)s::text[] IS NULL OR r.status = ANY(%(statuses)s::text[]))
  AND (%(states)s::text[] IS NULL OR (
    SELECT o.state FROM role o WHERE o.id = r.role_id AND o.company_id = r.company_id
  ) = ANY(%(states)s::text[]))
  AND (%(since)s::timestamptz IS NULL OR r.updated_at >= %(since)s::timestamptz)
  AND (%(place_at)s::timestamptz IS NULL OR (r.updated_at, r.id) > (%(place_at)s::timestamptz, %(place_id)s::uuid))
ORDER BY r.updated_at, r.id
LIMIT %(limit)s::int

-- standing --
-- What steering a run needs to know of it before it takes any lock.
SELECT r.role_id, r.status, r.owner IS NOT NULL AS owned, coalesce(r.waiting = 'paused', false) AS paused,
  r.pause_asked_at IS NOT NULL AS pause_asked, r.cancel_asked_at IS NOT NULL AS cancel_asked, r.stages AS named, r.cascade, r.priority, r.batch_id
FROM run r
WHERE r.company_id = %(company_id)s::uuid AND r.id = %(id)s::uuid

-- settle_cancelled --
-- A run that nobody owns ends at once: fenced by the epoch, its role back where it stood, its event logged.
WITH ended AS (
  UPDATE run r SET status = 'failed', finished_at = now(), waiting = NULL, slot = false, epoch = r.epoch + 1,
    sequence = r.sequence + 1, error = %(error)s::jsonb, retry_at = NULL,
    cancel_asked_at = coalesce(r.cancel_asked_at, now()), version = r.version + 1, updated_at = now()
  WHERE r.company_id = %(company_id)s::uuid AND r.id = %(id)s::uuid AND r.owner IS NULL
    AND r.status IN ('pending', 'running')
  RETURNING r.id, r.company_id, r.role_id, r.batch_id, r.sequence, r.critical_done, r.prior_state, r.follows
), restored AS (
  UPDATE role o SET
    state = CASE WHEN b.state IN ('ready', 'workflow_failed') AND o.revision > o.published_revision THEN 'stale'
      ELSE b.state END,
    stale_since = CASE WHEN b.state IN ('ready', 'workflow_failed', 'stale') AND o.revision > o.published_revision
      THEN coalesce(o.stale_since, now()) ELSE o.stale_since END,
    updated_at = now()
  FROM (SELECT e.*, CASE WHEN e.critical_done THEN 'ready' ELSE e.prior_state END AS state FROM ended e) AS b
  WHERE o.id = b.role_id AND o.company_id = b.company_id AND b.follows IS NULL AND o.state <> 'archived'
)
INSERT INTO event (company_id, type, role_id, run_id, batch_id, sequence, data)
SELECT company_id, 'run.cancelled', role_id, id, batch_id, sequence,
  jsonb_build_object('status', 'failed', 'error', %(error)s::jsonb)
FROM ended
RETURNING id

-- ask_cancel --
-- A wish that the owner reads at its next commit or heartbeat.
UPDATE run SET cancel_asked_at = coalesce(cancel_asked_at, now()), version = version + 1, updated_at = now()
WHERE company_id = %(company_id)s::uuid AND id = %(id)s::uuid AND owner IS NOT NULL AND status = 'running'

-- forget_retry --
-- A person was quicker than the clock.
UPDATE run SET retry_at = NULL, version = version + 1, updated_at = now()
WHERE company_id = %(company_id)s::uuid AND id = %(id)s::uuid AND retry_at IS NOT NULL

-- batch --
-- A batch and what has become of its runs, with the place in the queue of the last one that waits.
SELECT b.id, b.actor_kind, b.actor_id, b.inputs, b.size, b.refused, b.created_at, c.dashboard_url, c.window_cap,
  q.others_waiting, q.share, q.drained_per_minute, q.in_window, now() AS at, n.*, (
    SELECT count(*) FROM run a
    WHERE a.company_id = b.company_id AND a.status IN ('pending', 'running') AND NOT a.slot AND a.follows IS NULL
      AND a.wake_at <= now()
      AND ((a.started_at IS NULL), a.priority, a.wake_at, a.id) <= (l.fresh, l.priority, l.wake_at, l.id)
    HAVING count(*) > 0
  ) AS rank
FROM batch b
JOIN company c ON c.id = b.company_id
LEFT JOIN queue_state q ON q.company_id = b.company_id
CROSS JOIN LATERAL (
  SELECT count(*) AS runs, count(*) FILTER (WHERE r.status = 'pending') AS pending,
    count(*) FILTER (WHERE r.status = 'running') AS running, count(*) FILTER (WHERE r.status = 'success') AS success,
    count(*) FILTER (WHERE r.status = 'success' AND r.outputs ? 'degraded') AS degraded,
    count(*) FILTER (WHERE r.status = 'failed') AS failed,
    count(*) FILTER (WHERE r.status = 'failed' AND r.error ->> 'code' = 'cancelled') AS cancelled,
    coalesce(sum(r.done), 0) AS stages_done, coalesce(sum(r.planned), 0) AS stages_planned,
    mode() WITHIN GROUP (ORDER BY r.waiting) FILTER (WHERE r.status = 'pending') AS waiting,
    min(r.retry_at) AS retry_at, min(r.started_at) AS started_at,
    CASE WHEN count(*) = count(r.finished_at) THEN max(r.finished_at) END AS finished_at, max(r.updated_at) AS updated_at
  FROM (
    SELECT DISTINCT ON (a.role_id) a.* FROM (
      SELECT x.* FROM run x WHERE x.batch_id = b.id AND x.company_id = b.company_id
      UNION ALL
      SELECT x.* FROM unnest(b.merged) AS m (id) JOIN run x ON x.id = m.id AND x.company_id = b.company_id
    ) AS a
    ORDER BY a.role_id, a.id DESC
  ) AS r
) AS n
LEFT JOIN LATERAL (
  SELECT (r.started_at IS NULL) AS fresh, r.priority, r.wake_at, r.id
  FROM run r
  WHERE r.batch_id = b.id AND r.company_id = b.company_id AND r.status IN ('pending', 'running') AND NOT r.slot
    AND r.follows IS NULL AND r.wake_at <= now()
  ORDER BY (r.started_at IS NULL) DESC, r.priority DESC, r.wake_at DESC, r.id DESC
  LIMIT 1
) AS l ON true
WHERE b.company_id = %(company_id)s::uuid AND b.id = %(id)s::uuid

-- queue --
-- The company's own queue as it is now, beside the clock's picture of it.
SELECT now() AS at, c.window_cap, q.share, q.drained_per_minute, q.in_window, q.others_waiting, q.at AS drawn_at, n.*,
  n.waiting AS rank, (
    SELECT coalesce(jsonb_object_agg(x.reason, x.n), '{}') FROM (
      SELECT r.waiting AS reason, count(*) AS n FROM run r
      WHERE r.company_id = c.id AND r.status IN ('pending', 'running') AND NOT r.slot AND r.waiting IS NOT NULL
      GROUP BY r.waiting
    ) AS x
  ) AS reasons, (
    SELECT coalesce(jsonb_object_agg(x.priority, x.n), '{}') FROM (
      SELECT r.priority, count(*) AS n FROM run r
      WHERE r.company_id = c.id AND r.status IN ('pending', 'running') AND NOT r.slot
      GROUP BY r.priority
    ) AS x
  ) AS priorities
FROM company c
LEFT JOIN queue_state q ON q.company_id = c.id
CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE NOT r.slot AND r.follows IS NULL AND r.wake_at <= now()) AS waiting,
    count(*) FILTER (WHERE NOT r.slot AND (r.follows IS NOT NULL OR r.wake_at > now())) AS parked,
    count(*) FILTER (WHERE r.slot) AS admitted, count(*) FILTER (WHERE r.owner IS NOT NULL) AS owned,
    min(r.waiting_since) FILTER (WHERE NOT r.slot AND r.follows IS NULL AND r.wake_at <= now()) AS oldest_waiting_at
  FROM run r WHERE r.company_id = c.id AND r.status IN ('pending', 'running')
) AS n
WHERE c.id = %(company_id)s::uuid

-- status --
-- Where the company stands, from this database alone: it is read when every other part is down.
SELECT now() AS at, c.name AS company_name, (
    SELECT coalesce(jsonb_object_agg(x.state, x.n), '{}') FROM (
      SELECT o.state, count(*) AS n FROM role o WHERE o.company_id = c.id GROUP BY o.state
    ) AS x
  ) AS roles, (
    SELECT count(*) FROM role o WHERE o.company_id = c.id AND o.visible
  ) AS visible, (
    SELECT coalesce(jsonb_object_agg(x.status, x.n), '{}') FROM (
      SELECT r.status, count(*) AS n FROM run r
      WHERE r.company_id = c.id AND r.status IN ('pending', 'running') GROUP BY r.status
    ) AS x
  ) AS unfinished, (
    SELECT coalesce(jsonb_object_agg(x.status, x.n), '{}') FROM (
      SELECT r.status, count(*) AS n FROM run r
      WHERE r.company_id = c.id AND r.updated_at > now() - interval '1 day' AND r.finished_at > now() - interval '1 day'
      GROUP BY r.status
    ) AS x
  ) AS finished, (
    SELECT r.id FROM run r
    WHERE r.company_id = c.id AND r.status IN ('pending', 'running') AND r.waiting <> 'paused'
    ORDER BY r.waiting_since, r.id LIMIT 1
  ) AS oldest_waiting, (
    SELECT jsonb_build_object('id', e.id, 'source', e.source, 'status', e.status, 'accepted', e.accepted,
      'rejected', e.rejected, 'at', e.received_at)
    FROM source_event e WHERE e.company_id = c.id ORDER BY e.received_at DESC LIMIT 1
  ) AS last_hris_event, (
    SELECT coalesce(jsonb_agg(to_jsonb(x)), '[]') FROM (
      SELECT s.stage, s.error ->> 'code' AS code, count(*) AS runs, min(s.started_at) AS since
      FROM run r JOIN stage_run s ON s.company_id = r.company_id AND s.run_id = r.id AND s.status = 'failed'
      WHERE r.company_id = c.id AND r.status IN ('pending', 'running') AND s.retry_at > now() - interval '5 minutes'
      GROUP BY s.stage, s.error ->> 'code'
    ) AS x
  ) AS troubles, (
    SELECT count(*) FROM process p WHERE p.kind = 'worker' AND p.seen_at > now() - interval '15 seconds'
  ) AS workers, (
    SELECT count(*) FROM process p WHERE p.kind = 'clock' AND p.seen_at > now() - interval '15 seconds'
  ) AS clocks, (
    SELECT min(j.due_at) FROM job j WHERE j.company_id = c.id AND j.due_at < now() - interval '15 seconds'
  ) AS late_job
FROM company c
WHERE c.id = %(company_id)s::uuid

-- bundle_attempts --
-- Every attempt of a run for the support bundle: how it went, never what it found (that quotes documents).
SELECT s.stage, s.attempt, s.epoch, s.status, encode(s.input_hash, 'hex') AS input_hash, s.degraded, s.skipped,
  'run_' || replace(s.reused_from::text, '-', '') AS reused_from, s.error ->> 'code' AS error_code, left(s.error ->> 'message', 500) AS error_message, s.retry_at,
  s.started_at, s.finished_at, length(s.outputs::text) AS output_size
FROM stage_run s
WHERE s.company_id = %(company_id)s::uuid AND s.run_id = %(run_id)s::uuid
ORDER BY s.started_at, s.stage, s.attempt, s.epoch

-- bundle_source --
-- The call that the run's revision came in with, by the hash of its bytes.
SELECT 'src_' || replace(e.id::text, '-', '') AS source_event_id, v.revision, encode(v.hash, 'hex') AS revision_hash, v.mapping_version, e.source, e.shape, e.status,
  encode(e.body_sha256, 'hex') AS body_sha256, e.body_size, e.received_at
FROM run r
JOIN role_revision v ON v.company_id = r.company_id AND v.role_id = r.role_id AND v.revision = r.role_revision
LEFT JOIN source_event e ON e.id = v.source_event_id AND e.company_id = r.company_id
WHERE r.company_id = %(company_id)s::uuid AND r.id = %(run_id)s::uuid

-- bundle_documents --
-- Which documents the run read: kinds, versions and hashes, no text.
SELECT 'doc_' || replace(d.id::text, '-', '') AS id, d.kind, d.origin, d.version, encode(d.sha256, 'hex') AS sha256, length(d.text) AS size, d.current
FROM run r
JOIN role_revision v ON v.company_id = r.company_id AND v.role_id = r.role_id AND v.revision = r.role_revision
JOIN document d ON d.id = ANY(v.documents) AND d.company_id = r.company_id
WHERE r.company_id = %(company_id)s::uuid AND r.id = %(run_id)s::uuid
ORDER BY d.kind, d.id

-- bundle_calls --
-- The model calls that were paid for the run.
SELECT u.call_id, u.stage, u.model, u.purpose, u.input_tokens, u.output_tokens, u.milliseconds, u.at
FROM usage u
WHERE u.company_id = %(company_id)s::uuid AND u.run_id = %(run_id)s::uuid
ORDER BY u.at, u.call_id

-- lock_identities --
-- Two requests that bring the same new role wait for each other here, always in the same order.
SELECT count(pg_advisory_xact_lock(k.hash))
FROM (
  SELECT DISTINCT hashtextextended(%(company_id)s::text || one, 7011303) AS hash
  FROM unnest(%(keys)b::text[]) AS one
  ORDER BY 1
) AS k

-- lock_roles --
-- Roles are locked in the order of their ids, before any run of theirs.
SELECT id FROM role WHERE id = ANY(%(ids)s::uuid[]) ORDER BY id FOR NO KEY UPDATE

-- lock_waiting_runs --
-- A run that a wish may merge into must not start before the wish is written: it would be lost.
SELECT id FROM run
WHERE role_id = ANY(%(ids)s::uuid[]) AND status = 'pending' AND started_at IS NULL
ORDER BY id
FOR NO KEY UPDATE

-- roles_of_identities --
-- Which roles the identifiers of a payload belong to; one look into the index for each, whatever the planner believes.
SELECT k.source || ':' || k.kind || ':' || k.value AS key, i.role_id
FROM jsonb_to_recordset(%(identities)s::jsonb) AS k (source text, kind text, value text)
CROSS JOIN LATERAL (
  SELECT o.role_id FROM role_identity o
  WHERE o.company_id = %(company_id)s::uuid AND o.source = k.source AND o.kind = k.kind AND o.value = k.value
  LIMIT 1
) AS i

-- standings --
-- Where roles stand before something is decided about them: revision, documents, runs that are not over.
SELECT o.id, o.source, o.source_id, o.title, o.code, o.state, o.status, o.visible, o.published_at IS NOT NULL AS published,
  o.revision, encode(o.revision_hash, 'hex') AS revision_hash, o.mapping_version, o.record, o.priority, o.family,
  o.last_run_id,
  coalesce((
    SELECT jsonb_object_agg(i.kind, i.value) FROM role_identity i WHERE i.role_id = o.id AND i.company_id = o.company_id
  ), '{}') AS identities,
  coalesce((
    SELECT jsonb_agg(jsonb_build_object('id', d.id, 'kind', d.kind, 'origin', d.origin, 'sha256', encode(d.sha256, 'hex'),
      'version', d.version, 'title', d.title) ORDER BY d.kind, d.id)
    FROM document d WHERE d.role_id = o.id AND d.company_id = o.company_id AND d.current
  ), '[]') AS documents,
  a.id AS active_id, a.started_at IS NOT NULL AS active_started, a.stages AS active_stages,
  f.id AS follower_id, f.stages AS follower_stages,
  l.status AS last_status, l.error ->> 'code' AS last_error
FROM role o
LEFT JOIN run a ON a.role_id = o.id AND a.company_id = o.company_id AND a.status IN ('pending', 'running') AND a.follows IS NULL
LEFT JOIN run f ON f.role_id = o.id AND f.company_id = o.company_id AND f.status IN ('pending', 'running') AND f.follows IS NOT NULL
LEFT JOIN run l ON l.id = o.last_run_id AND l.company_id = o.company_id
WHERE o.id = ANY(%(ids)s::uuid[])

-- forget_parts --
-- A company leaves out more fields of a source from now on: what was kept for joining may hold them.
UPDATE role SET parts = NULL
WHERE company_id = %(company_id)s::uuid AND source = %(source)s::text AND parts IS NOT NULL

-- parts --
-- What a role was made of, so that a record that comes alone can be joined with the others.
SELECT o.id, o.parts FROM role o WHERE o.id = ANY(%(ids)s::uuid[]) AND o.parts IS NOT NULL

-- policy --
-- A company's push policy for a source, how much of the day's cap (UTC) is used, and which documents a role needs.
SELECT coalesce(p.mode, 'new') AS mode, coalesce(p.filters, '{}') AS filters, p.daily_cap,
  CASE WHEN p.daily_cap IS NULL THEN 0 ELSE (
    SELECT count(*) FROM run r JOIN role o ON o.id = r.role_id AND o.company_id = r.company_id
    WHERE r.company_id = c.id AND o.source = %(source)s::text AND r.actor_kind = 'hris' AND r.created_at >= date_trunc('day', now(), 'UTC')
      AND r.updated_at >= date_trunc('day', now(), 'UTC')  -- never before created_at, and there is an index
  ) END AS pushed_today, c.policy -> 'required_documents' AS required
FROM company c
LEFT JOIN push_policy p ON p.company_id = c.id AND p.source = %(source)s::text
WHERE c.id = %(company_id)s::uuid

-- required_documents --
-- The kinds of documents of which a role of this company needs at least one.
SELECT c.policy -> 'required_documents' FROM company c WHERE c.id = %(company_id)s::uuid

-- company_wide --
-- Documents of the company as a whole, which no role has.
SELECT d.id, d.kind, d.origin, encode(d.sha256, 'hex') AS sha256, d.version, d.title FROM document d
WHERE d.company_id = %(company_id)s::uuid AND d.role_id IS NULL AND d.current

-- seen_event --
-- The same event id again is answered with what it was answered the first time.
SELECT id, status, shape, items, warnings, accepted, rejected, received_at, encode(body_sha256, 'hex') AS body_sha256
FROM source_event
WHERE source = %(source)s::text AND event_key = %(event_key)s::text AND replay_of IS NULL

-- write --
-- All rows of one intake, push or edit in one statement with one jsonb parameter, whatever their number.
WITH new_role AS (
  INSERT INTO role (id, company_id, source, source_id, title, code, family, level, grade, status, state, revision,
    revision_hash, mapping_version, record, priority, last_run_id, parts)
  SELECT w.id, %(company_id)s::uuid, w.source, w.source_id, w.title, w.code, w.family, w.level, w.grade, w.status, w.state,
    w.revision, decode(w.revision_hash, 'hex'), w.mapping_version, w.record, coalesce(w.priority, 'P1'), w.last_run_id,
    w.parts
  FROM jsonb_to_recordset(%(rows)s::jsonb -> 'new_roles') AS w (
    id uuid, source text, source_id text, title text, code text, family text, level text, grade text, status text,
    state text, revision int, revision_hash text, mapping_version text, record jsonb, priority text, last_run_id uuid,
    parts jsonb)
), changed_role AS (
  UPDATE role o SET
    title = w.title, code = w.code, family = w.family, level = w.level, grade = w.grade, status = w.status,
    state = w.state, revision = w.revision, revision_hash = decode(w.revision_hash, 'hex'),
    mapping_version = w.mapping_version, record = w.record, priority = coalesce(w.priority, o.priority),
    last_run_id = coalesce(w.last_run_id, o.last_run_id), parts = coalesce(w.parts, o.parts),
    stale_since = CASE WHEN w.state = 'stale' THEN coalesce(o.stale_since, now()) ELSE o.stale_since END,
    visible = o.visible AND w.state <> 'archived',
    updated_at = now()
  FROM jsonb_to_recordset(%(rows)s::jsonb -> 'changed_roles') AS w (
    id uuid, title text, code text, family text, level text, grade text, status text, state text, revision int,
    revision_hash text, mapping_version text, record jsonb, priority text, last_run_id uuid, parts jsonb)
  WHERE o.id = w.id AND o.company_id = %(company_id)s::uuid
), new_identity AS (
  INSERT INTO role_identity (company_id, source, kind, value, role_id)
  SELECT %(company_id)s::uuid, w.source, w.kind, w.value, w.role_id
  FROM jsonb_to_recordset(%(rows)s::jsonb -> 'identities') AS w (source text, kind text, value text, role_id uuid)
  ON CONFLICT DO NOTHING
), new_revision AS (
  INSERT INTO role_revision (company_id, role_id, revision, hash, record, documents, mapping_version, source_event_id)
  SELECT %(company_id)s::uuid, w.role_id, w.revision, decode(w.hash, 'hex'), w.record, w.documents, w.mapping_version,
    w.source_event_id
  FROM jsonb_to_recordset(%(rows)s::jsonb -> 'revisions') AS w (
    role_id uuid, revision int, hash text, record jsonb, documents uuid[], mapping_version text, source_event_id uuid)
), old_document AS (
  UPDATE document d SET current = false, updated_at = now()
  FROM jsonb_array_elements_text(coalesce(%(rows)s::jsonb -> 'retired_documents', '[]')) AS w (id)
  WHERE d.id = w.id::uuid AND d.company_id = %(company_id)s::uuid
), new_document AS (
  INSERT INTO document (id, company_id, role_id, kind, title, version, origin, text, html, sha256, replaces, quality)
  SELECT w.id, %(company_id)s::uuid, w.role_id, w.kind, w.title, w.version, w.origin, w.text, w.html,
    decode(w.sha256, 'hex'), w.replaces, coalesce(w.quality, '{}')
  FROM jsonb_to_recordset(%(rows)s::jsonb -> 'documents') AS w (
    id uuid, role_id uuid, kind text, title text, version int, origin text, text text, html text, sha256 text, replaces uuid,
    quality jsonb)
), new_run AS (
  INSERT INTO run (id, company_id, role_id, batch_id, role_revision, mapping_version, actor_kind, actor_id, reason, stages,
    cascade, priority, retry_of, follows, prior_state, waiting, wake_at, planned, accepted_at)
  SELECT w.id, %(company_id)s::uuid, w.role_id, w.batch_id, w.role_revision, w.mapping_version, w.actor_kind, w.actor_id,
    w.reason, w.stages, coalesce(w.cascade, false), w.priority, w.retry_of, w.follows, w.prior_state,
    CASE WHEN w.follows IS NULL THEN 'queue' ELSE 'earlier_run' END,
    CASE WHEN w.follows IS NULL THEN '-infinity' ELSE 'infinity' END::timestamptz, w.planned,
    coalesce((SELECT t.accepted_at FROM run t WHERE t.id = w.retry_of AND t.company_id = %(company_id)s::uuid
      AND w.actor_kind = 'clock'), now())
  FROM jsonb_to_recordset(%(rows)s::jsonb -> 'runs') AS w (
    id uuid, role_id uuid, batch_id uuid, role_revision int, mapping_version text, actor_kind text, actor_id text,
    reason text, stages text[], cascade boolean, priority text, retry_of uuid, follows uuid, prior_state text, planned int)
), merged_run AS (
  UPDATE run r SET stages = w.stages, cascade = r.cascade OR coalesce(w.cascade, false),
    priority = least(r.priority, w.priority), batch_id = coalesce(r.batch_id, w.batch_id), version = r.version + 1,
    role_revision = w.role_revision, mapping_version = w.mapping_version, updated_at = now()
  FROM jsonb_to_recordset(%(rows)s::jsonb -> 'merges') AS w (
    id uuid, stages text[], cascade boolean, priority text, batch_id uuid, role_revision int, mapping_version text)
  WHERE r.id = w.id AND r.company_id = %(company_id)s::uuid AND r.started_at IS NULL
), new_batch AS (
  INSERT INTO batch (id, company_id, actor_kind, actor_id, inputs, size, refused, merged)
  SELECT w.id, %(company_id)s::uuid, w.actor_kind, w.actor_id, w.inputs, w.size, w.refused, coalesce(w.merged, '{}')
  FROM jsonb_to_recordset(%(rows)s::jsonb -> 'batches') AS w (
    id uuid, actor_kind text, actor_id text, inputs jsonb, size int, refused jsonb, merged uuid[])
), new_source_event AS (
  INSERT INTO source_event (id, company_id, source, client_id, event_key, content_type, body, body_sha256, body_size, status,
    shape, problem, items, warnings, accepted, rejected, replay_of, origin, sync_id)
  SELECT w.id, %(company_id)s::uuid, w.source, w.client_id, w.event_key, w.content_type, b.body,
    decode(w.body_sha256, 'hex'), w.body_size, w.status, w.shape, w.problem, w.items, coalesce(w.warnings, '[]'),
    w.accepted, w.rejected, w.replay_of, w.origin, w.sync_id
  FROM jsonb_to_recordset(%(rows)s::jsonb -> 'source_events') AS w (
    n int, id uuid, source text, client_id uuid, event_key text, content_type text, body_sha256 text, body_size int,
    status text, shape text, problem jsonb, items jsonb, warnings jsonb, accepted int, rejected int, replay_of uuid,
    origin text, sync_id uuid)
  JOIN unnest(%(bodies)b::bytea[]) WITH ORDINALITY AS b (body, n) ON b.n = w.n
), new_event AS (
  INSERT INTO event (company_id, type, role_id, run_id, batch_id, sequence, data)
  SELECT %(company_id)s::uuid, w.type, w.role_id, w.run_id, w.batch_id, w.sequence, coalesce(w.data, '{}')
  FROM jsonb_to_recordset(%(rows)s::jsonb -> 'events') AS w (
    type text, role_id uuid, run_id uuid, batch_id uuid, sequence int, data jsonb)
  RETURNING id
), new_job AS (
  INSERT INTO job (company_id, kind, payload)
  SELECT %(company_id)s::uuid, 'pipeline.events_logged', jsonb_build_object('event_ids', jsonb_agg(id))
  FROM new_event
  HAVING count(*) > 0
  RETURNING id
)
SELECT coalesce(array_agg(id), '{}') AS jobs FROM new_job

-- queue_fetches --
-- An event that only names objects: each is fetched once, however many events name it meanwhile.
WITH fetches AS (
  INSERT INTO object_fetch AS f (id, company_id, source, object, from_day, due_at)
  SELECT w.id, %(company_id)s::uuid, %(source)s::text, w.object, coalesce(w.day, '-infinity'),
    greatest(now(), w.day + interval '10 minutes')
  FROM jsonb_to_recordset(%(named)s::jsonb) AS w (id uuid, object text, day date)
  ON CONFLICT (company_id, source, object, from_day) WHERE status = 'waiting'
  DO UPDATE SET hints = f.hints + 1, updated_at = now()
  RETURNING f.id
)
INSERT INTO source_event_fetch (company_id, source_event_id, fetch_id)
SELECT %(company_id)s::uuid, %(source_event_id)s::uuid, id FROM fetches
ON CONFLICT DO NOTHING

-- cancel_waiting --
-- An archived role's waiting runs are over; one that acts is left to end. The ids of jobs to ring for.
WITH gone AS (
  UPDATE run SET status = 'failed', finished_at = now(), waiting = NULL, slot = false, epoch = epoch + 1, sequence = sequence + 1,
    error = %(error)s::jsonb, version = version + 1, updated_at = now()
  WHERE role_id = ANY(%(role_ids)s::uuid[]) AND owner IS NULL AND status IN ('pending', 'running')
  RETURNING id, company_id, role_id, batch_id, sequence
), logged AS (
  INSERT INTO event (company_id, type, role_id, run_id, batch_id, sequence, data)
  SELECT company_id, 'run.cancelled', role_id, id, batch_id, sequence,
    jsonb_build_object('status', 'failed', 'error', %(error)s::jsonb)
  FROM gone
  RETURNING id, company_id
), new_job AS (
  INSERT INTO job (company_id, kind, payload)
  SELECT company_id, 'pipeline.events_logged', jsonb_build_object('event_ids', jsonb_agg(id))
  FROM logged
  GROUP BY company_id
  RETURNING id
)
SELECT coalesce(array_agg(id), '{}') AS jobs FROM new_job

-- role_ids --
-- A page of roles in the order in which they changed, and the roles that a push by filter means.
SELECT o.id
FROM role o
WHERE o.company_id = %(company_id)s::uuid
  AND (%(state)s::text[] IS NULL OR o.state = ANY(%(state)s::text[]))
  AND (%(source)s::text[] IS NULL OR o.source = ANY(%(source)s::text[]))
  AND (%(status)s::text[] IS NULL OR o.status = ANY(%(status)s::text[]))
  AND (%(priority)s::text[] IS NULL OR o.priority = ANY(%(priority)s::text[]))
  AND (%(family)s::text IS NULL OR lower(o.family) = lower(%(family)s::text))
  AND (%(family_group)s::text IS NULL OR lower(o.record #>> '{attributes,family_group}') = lower(%(family_group)s::text))
  AND (%(level)s::text IS NULL OR lower(o.level) = lower(%(level)s::text))
  AND (%(country)s::text[] IS NULL OR o.record -> 'countries' ?| %(country)s::text[])
  AND (%(q)s::text IS NULL OR o.title ILIKE %(q)s::text OR o.code ILIKE %(q)s::text)
  AND (%(complete)s::boolean IS NULL OR %(complete)s::boolean = EXISTS (
    SELECT FROM document d
    WHERE d.role_id = o.id AND d.company_id = o.company_id AND d.current AND d.kind = ANY(%(required)s::text[])))
  AND (%(since)s::timestamptz IS NULL OR o.updated_at >= %(since)s::timestamptz)
  AND (%(place_at)s::timestamptz IS NULL OR (o.updated_at, o.id) > (%(place_at)s::timestamptz, %(place_id)s::uuid))
ORDER BY o.updated_at, o.id
LIMIT %(limit)s::int

-- newest_role_ids --
-- A list for people: what changed last comes first.
SELECT o.id
FROM role o
WHERE o.company_id = %(company_id)s::uuid
  AND (%(state)s::text[] IS NULL OR o.state = ANY(%(state)s::text[]))
  AND (%(source)s::text[] IS NULL OR o.source = ANY(%(source)s::text[]))
  AND (%(status)s::text[] IS NULL OR o.status = ANY(%(status)s::text[]))
  AND (%(priority)s::text[] IS NULL OR o.priority = ANY(%(priority)s::text[]))
  AND (%(family)s::text IS NULL OR lower(o.family) = lower(%(family)s::text))
  AND (%(family_group)s::text IS NULL OR lower(o.record #>> '{attributes,family_group}') = lower(%(family_group)s::text))
  AND (%(level)s::text IS NULL OR lower(o.level) = lower(%(level)s::text))
  AND (%(country)s::text[] IS NULL OR o.record -> 'countries' ?| %(country)s::text[])
  AND (%(q)s::text IS NULL OR o.title ILIKE %(q)s::text OR o.code ILIKE %(q)s::text)
  AND (%(complete)s::boolean IS NULL OR %(complete)s::boolean = EXISTS (
    SELECT FROM document d
    WHERE d.role_id = o.id AND d.company_id = o.company_id AND d.current AND d.kind = ANY(%(required)s::text[])))
  AND (%(since)s::timestamptz IS NULL OR o.updated_at >= %(since)s::timestamptz)
  AND (%(place_at)s::timestamptz IS NULL OR (o.updated_at, o.id) < (%(place_at)s::timestamptz, %(place_id)s::uuid))
ORDER BY o.updated_at DESC, o.id DESC
LIMIT %(limit)s::int

-- role_summary --
-- What roles can be chosen by, with how many there are of each.
SELECT o.dimension, o.value, count(*) AS roles
FROM (
  SELECT v.dimension, v.value
  FROM role r
  CROSS JOIN LATERAL (
    SELECT 'state' AS dimension, r.state AS value
    UNION ALL SELECT 'source', r.source
    UNION ALL SELECT 'family', r.family
    UNION ALL SELECT 'level', r.level
    UNION ALL SELECT 'priority', r.priority
    UNION ALL SELECT 'country', c.code FROM jsonb_array_elements_text(r.record -> 'countries') AS c (code)
  ) AS v
  WHERE r.company_id = %(company_id)s::uuid AND v.value <> ''
) AS o
GROUP BY 1, 2
ORDER BY 1, 3 DESC, 2
LIMIT 2000

-- roles --
-- Roles as they are shown, with what they hold.
SELECT o.id, o.source, o.source_id, o.title, o.code, o.family, o.level, o.grade, o.status, o.state, o.visible, o.priority,
  o.revision, o.published_revision, o.published_at, o.stale_since, o.flags, o.degraded, o.last_run_id, o.last_error,
  o.mapping_version, o.record, o.created_at, o.updated_at, c.dashboard_url,
  EXISTS (
    SELECT FROM document d
    WHERE d.role_id = o.id AND d.company_id = o.company_id AND d.current AND d.kind = ANY(%(required)s::text[])
  ) AS complete,
  coalesce((
    SELECT jsonb_agg(jsonb_build_object('id', d.id, 'kind', d.kind, 'title', d.title, 'version', d.version,
      'origin', d.origin) ORDER BY d.kind, d.id)
    FROM document d WHERE d.role_id = o.id AND d.company_id = o.company_id AND d.current
  ), '[]') AS documents
FROM role o
JOIN company c ON c.id = o.company_id
WHERE o.company_id = %(company_id)s::uuid AND o.id = ANY(%(ids)s::uuid[])

-- document_ids --
-- A page of documents in the order in which they changed.
SELECT d.id
FROM document d
WHERE d.company_id = %(company_id)s::uuid
  AND (%(role_id)s::uuid IS NULL OR d.role_id = %(role_id)s::uuid)
  AND (NOT %(company_wide)s::boolean OR d.role_id IS NULL)
  AND (%(kind)s::text[] IS NULL OR d.kind = ANY(%(kind)s::text[]))
  AND (%(current)s::boolean IS NULL OR d.current = %(current)s::boolean)
  AND (%(since)s::timestamptz IS NULL OR d.updated_at >= %(since)s::timestamptz)
  AND (%(place_at)s::timestamptz IS NULL OR (d.updated_at, d.id) > (%(place_at)s::timestamptz, %(place_id)s::uuid))
ORDER BY d.updated_at, d.id
LIMIT %(limit)s::int

-- documents --
-- Documents as they are shown; their texts only where one is looked at.
SELECT d.id, d.role_id, o.title AS role_title, d.kind, d.title, d.version, d.origin, d.current, d.replaces,
  encode(d.sha256, 'hex') AS sha256, length(d.text) AS characters, nullif(d.quality, '{}') AS quality, d.created_at, d.updated_at,
  CASE WHEN %(texts)s::boolean THEN d.text END AS text, CASE WHEN %(texts)s::boolean THEN d.html END AS html
FROM document d
LEFT JOIN role o ON o.id = d.role_id AND o.company_id = d.company_id
WHERE d.company_id = %(company_id)s::uuid AND d.id = ANY(%(ids)s::uuid[])

-- source_events --
-- A page of what came in, newest first; without the bytes.
SELECT e.id, e.source, e.client_id, e.event_key, e.content_type, encode(e.body_sha256, 'hex') AS body_sha256, e.body_size,
  e.body IS NOT NULL AS kept, e.status, e.shape, e.problem, e.warnings, e.accepted, e.rejected, e.replay_of,
  e.origin, e.sync_id, e.received_at, e.updated_at, '[]'::jsonb AS items
FROM source_event e
WHERE e.company_id = %(company_id)s::uuid
  AND (%(source)s::text[] IS NULL OR e.source = ANY(%(source)s::text[]))
  AND (%(status)s::text[] IS NULL OR e.status = ANY(%(status)s::text[]))
  AND (%(event_key)s::text IS NULL OR e.event_key = %(event_key)s::text)
  AND (%(sync_id)s::uuid IS NULL OR e.sync_id = %(sync_id)s::uuid)
  AND (%(role_id)s::text IS NULL OR e.items @> jsonb_build_array(jsonb_build_object('role_id', %(role_id)s::text)))
  AND (%(since)s::timestamptz IS NULL OR e.received_at >= %(since)s::timestamptz)
  AND (%(until)s::timestamptz IS NULL OR e.received_at < %(until)s::timestamptz)
  AND (%(place_at)s::timestamptz IS NULL OR (e.received_at, e.id) < (%(place_at)s::timestamptz, %(place_id)s::uuid))
ORDER BY e.received_at DESC, e.id DESC
LIMIT %(limit)s::int

-- source_event --
-- One call into a webhook with the verdict on each of its items.
SELECT e.id, e.source, e.client_id, e.event_key, e.content_type, encode(e.body_sha256, 'hex') AS body_sha256, e.body_size,
  e.body IS NOT NULL AS kept, e.status, e.shape, e.problem, e.warnings, e.accepted, e.rejected, e.replay_of,
  e.origin, e.sync_id, e.received_at, e.updated_at, e.items,
  coalesce((
    SELECT jsonb_agg(jsonb_build_object('object', f.object, 'status', f.status, 'detail', f.detail, 'sync_id', f.sync_id,
      'due_at', f.due_at) ORDER BY f.object, f.from_day)
    FROM source_event_fetch n JOIN object_fetch f ON f.id = n.fetch_id AND f.company_id = n.company_id
    WHERE n.source_event_id = e.id AND n.company_id = e.company_id
  ), '[]') AS fetches
FROM source_event e
WHERE e.company_id = %(company_id)s::uuid AND e.id = %(id)s::uuid

-- source_bytes --
-- What was sent, byte for byte.
SELECT e.source, e.content_type, e.body
FROM source_event e
WHERE e.company_id = %(company_id)s::uuid AND e.id = %(id)s::uuid

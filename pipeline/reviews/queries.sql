-- doubts --
-- What was just published, with the newest results that a person may be asked about. Events and results are looked up
-- by their own numbers alone: with the company beside them PostgreSQL may walk through all that the company has.
SELECT o.id AS role_id, o.flags, a.stage, a.run_id, a.outputs ->> 'judged_on' AS judged_on, r.role_revision
FROM (
  SELECT DISTINCT e.role_id
  FROM unnest(%(event_ids)s::bigint[]) AS w (id)
  CROSS JOIN LATERAL (SELECT * FROM event WHERE id = w.id OFFSET 0) AS e
  WHERE e.company_id = %(company_id)s::uuid AND e.type = 'role.ready'
) AS ready
JOIN role o ON o.id = ready.role_id AND o.company_id = %(company_id)s::uuid
CROSS JOIN unnest(ARRAY['ai_assessment', 'map_draup_role']) AS asked (stage)
CROSS JOIN LATERAL (
  SELECT * FROM stage_run s
  WHERE s.role_id = o.id AND s.stage = asked.stage AND s.status = 'success' AND s.skipped IS NULL AND s.reused_from IS NULL
  ORDER BY s.finished_at DESC
  LIMIT 1
) AS a
JOIN run r ON r.id = a.run_id AND r.company_id = a.company_id
WHERE a.company_id = o.company_id

-- open_reviews --
-- Questions that are new, and those that are asked about a newer result now; one is open per role and stage.
WITH asked AS (
  INSERT INTO review AS v (id, company_id, role_id, stage, reasons, judged_on, run_id, role_revision)
  SELECT w.id, %(company_id)s::uuid, w.role_id, w.stage, w.reasons, w.judged_on, w.run_id, w.role_revision
  FROM jsonb_to_recordset(%(rows)s::jsonb) AS w (
    id uuid, role_id uuid, stage text, reasons text[], judged_on text, run_id uuid, role_revision int)
  ORDER BY w.role_id, w.stage
  ON CONFLICT (company_id, role_id, stage) WHERE status = 'open' DO UPDATE SET reasons = EXCLUDED.reasons,
    judged_on = EXCLUDED.judged_on, run_id = EXCLUDED.run_id, role_revision = EXCLUDED.role_revision,
    updated_at = now()
  RETURNING v.id, v.role_id, v.stage, v.reasons, v.xmax = 0 AS new
), said AS (
  INSERT INTO event (company_id, type, role_id, data)
  SELECT %(company_id)s::uuid, 'review.required', a.role_id,
    jsonb_build_object('review_id', 'review_' || replace(a.id::text, '-', ''), 'stage', a.stage,
      'reason', array_to_string(a.reasons, ', '))
  FROM asked a WHERE a.new
  RETURNING id
)
INSERT INTO job (company_id, kind, payload)
SELECT %(company_id)s::uuid, 'pipeline.events_logged', jsonb_build_object('event_ids', jsonb_agg(id)) FROM said
HAVING count(*) > 0

-- drop_reviews --
-- Questions about results that nobody doubts any more.
WITH gone AS (
  UPDATE review v SET status = 'superseded', updated_at = now()
  FROM jsonb_to_recordset(%(rows)s::jsonb) AS w (role_id uuid, stage text)
  WHERE v.company_id = %(company_id)s::uuid AND v.role_id = w.role_id AND v.stage = w.stage AND v.status = 'open'
  RETURNING v.id, v.role_id, v.stage
), said AS (
  INSERT INTO event (company_id, type, role_id, data)
  SELECT %(company_id)s::uuid, 'review.resolved', g.role_id,
    jsonb_build_object('review_id', 'review_' || replace(g.id::text, '-', ''), 'stage', g.stage, 'reason', 'superseded')
  FROM gone g
  RETURNING id
)
INSERT INTO job (company_id, kind, payload)
SELECT %(company_id)s::uuid, 'pipeline.events_logged', jsonb_build_object('event_ids', jsonb_agg(id)) FROM said
HAVING count(*) > 0

-- newest_ids --
-- A list for people: what changed last comes first.
SELECT v.id FROM review v
WHERE v.company_id = %(company_id)s::uuid
  AND (%(statuses)s::text[] IS NULL OR v.status = ANY(%(statuses)s::text[]))
  AND (%(stage)s::text IS NULL OR v.stage = %(stage)s::text)
  AND (%(role_id)s::uuid IS NULL OR v.role_id = %(role_id)s::uuid)
  AND (%(place_at)s::timestamptz IS NULL OR (v.updated_at, v.id) < (%(place_at)s::timestamptz, %(place_id)s::uuid))
ORDER BY v.updated_at DESC, v.id DESC
LIMIT %(limit)s::int

-- oldest_ids --
-- A list for recipes, which go on from where they were: oldest change first.
SELECT v.id FROM review v
WHERE v.company_id = %(company_id)s::uuid
  AND (%(statuses)s::text[] IS NULL OR v.status = ANY(%(statuses)s::text[]))
  AND (%(stage)s::text IS NULL OR v.stage = %(stage)s::text)
  AND (%(role_id)s::uuid IS NULL OR v.role_id = %(role_id)s::uuid)
  AND v.updated_at >= %(since)s::timestamptz
  AND (%(place_at)s::timestamptz IS NULL OR (v.updated_at, v.id) > (%(place_at)s::timestamptz, %(place_id)s::uuid))
ORDER BY v.updated_at, v.id
LIMIT %(limit)s::int

-- reviews --
-- Questions with their roles; whether the role is hidden until this one is answered shows on the role.
SELECT v.id, v.role_id, v.stage, v.status, v.reasons, v.judged_on, v.run_id, v.role_revision, v.correction, v.note,
  v.decided_kind, v.decided_by, v.decided_name, v.decided_at, v.created_at, v.updated_at,
  o.title AS role_title, o.code AS role_code, o.revision AS revision_now, o.visible, c.dashboard_url
FROM review v
JOIN role o ON o.id = v.role_id AND o.company_id = v.company_id
JOIN company c ON c.id = v.company_id
WHERE v.company_id = %(company_id)s::uuid AND v.id = ANY(%(ids)s::uuid[])

-- lock_review --
-- Two people who decide at once: the second one sees what the first said.
SELECT v.id FROM review v
WHERE v.company_id = %(company_id)s::uuid AND v.id = %(id)s::uuid
FOR NO KEY UPDATE

-- judged --
-- The result that a question is about: the stage's newest, if it still rests on the same, or what the person left.
SELECT coalesce(v.result, s.outputs) AS outputs
FROM review v
LEFT JOIN LATERAL (
  SELECT s.outputs FROM stage_run s
  WHERE s.role_id = v.role_id AND s.company_id = v.company_id AND s.stage = v.stage AND s.status = 'success'
    AND s.skipped IS NULL AND s.reused_from IS NULL
  ORDER BY s.finished_at DESC
  LIMIT 1
) AS s ON s.outputs ->> 'judged_on' = v.judged_on
WHERE v.company_id = %(company_id)s::uuid AND v.id = %(id)s::uuid

-- decide --
-- A person's word, with who and when; the log says so.
WITH decided AS (
  UPDATE review v SET status = %(status)s::text, correction = %(correction)s::jsonb, result = %(result)s::jsonb,
    note = %(note)s::text, decided_kind = %(kind)s::text, decided_by = %(by)s::text, decided_name = %(name)s::text,
    decided_at = %(at)s::timestamptz, updated_at = now()
  WHERE v.company_id = %(company_id)s::uuid AND v.id = %(id)s::uuid AND v.status = 'open'
  RETURNING v.id, v.role_id, v.stage
), said AS (
  INSERT INTO event (company_id, type, role_id, data)
  SELECT %(company_id)s::uuid, 'review.resolved', d.role_id,
    jsonb_build_object('review_id', 'review_' || replace(d.id::text, '-', ''), 'stage', d.stage,
      'reason', %(status)s::text)
  FROM decided d
  RETURNING id
)
INSERT INTO job (company_id, kind, payload)
SELECT %(company_id)s::uuid, 'pipeline.events_logged', jsonb_build_object('event_ids', jsonb_agg(id)) FROM said
HAVING count(*) > 0
RETURNING id

-- decided --
-- What people decided, oldest first: the pairs that a better mapping or better weights can be fitted on.
SELECT v.id, v.stage, v.status, v.correction, v.result, v.note, v.decided_at, o.title, o.family, o.level
FROM review v
JOIN role o ON o.id = v.role_id AND o.company_id = v.company_id
WHERE v.company_id = %(company_id)s::uuid AND v.result IS NOT NULL
  AND (%(place_at)s::timestamptz IS NULL OR (v.decided_at, v.id) > (%(place_at)s::timestamptz, %(place_id)s::uuid))
ORDER BY v.decided_at, v.id
LIMIT %(limit)s::int

-- choose --
-- A company's own choice about reviews; the rest of its policy stays.
UPDATE company SET policy = policy || jsonb_build_object('reviews', %(choice)s::jsonb), updated_at = now()
WHERE id = %(company_id)s::uuid

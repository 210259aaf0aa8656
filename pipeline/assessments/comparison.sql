-- judged_roles --
-- Roles that the model judged, in a run or to be compared, with what it was given and what it said; newest first.
SELECT o.id, o.source, o.source_id, c.name AS company, a.role_revision AS revision, v.record, a.assessment,
  coalesce(a.mapping, m.outputs, '{}') AS mapping,
  coalesce((
    SELECT jsonb_agg(jsonb_build_object('id', d.id, 'kind', d.kind, 'title', d.title, 'text', d.text,
      'sha256', encode(d.sha256, 'hex'), 'version', d.version) ORDER BY d.kind, d.id)
    FROM document d WHERE d.company_id = o.company_id AND d.id = ANY(v.documents)
  ), '[]') AS documents
FROM role o
JOIN company c ON c.id = o.company_id
CROSS JOIN LATERAL (
  SELECT u.role_revision, u.assessment, u.mapping, u.finished_at
  FROM (
    (SELECT r.role_revision, s.outputs AS assessment, NULL::jsonb AS mapping, s.finished_at
     FROM stage_run s
     JOIN run r ON r.id = s.run_id AND r.company_id = s.company_id
     WHERE s.role_id = o.id AND s.company_id = o.company_id AND s.stage = 'ai_assessment' AND s.status = 'success'
       AND s.skipped IS NULL AND s.reused_from IS NULL
     ORDER BY s.finished_at DESC LIMIT 1)
    UNION ALL
    (SELECT p.role_revision, p.assessment, p.mapping, p.finished_at
     FROM compared_role p
     WHERE p.company_id = o.company_id AND p.role_id = o.id AND p.status = 'done')
  ) AS u
  WHERE u.assessment ->> 'offline' = 'false' AND coalesce(u.assessment -> 'decided', 'null') = 'null'
  ORDER BY u.finished_at DESC LIMIT 1
) AS a
JOIN role_revision v ON v.company_id = o.company_id AND v.role_id = o.id AND v.revision = a.role_revision
LEFT JOIN LATERAL (
  SELECT s.outputs FROM stage_run s
  WHERE s.role_id = o.id AND s.company_id = o.company_id AND s.stage = 'map_draup_role' AND s.status = 'success'
    AND s.skipped IS NULL AND s.reused_from IS NULL
  ORDER BY s.finished_at DESC LIMIT 1
) AS m ON true
WHERE o.company_id = %(company_id)s::uuid AND o.state <> 'archived'
ORDER BY a.finished_at DESC, o.id
LIMIT %(limit)s::int

-- comparable_roles --
-- Roles somebody may want to compare, with what the model would be given, and whether it judged that already.
SELECT o.id, o.source, o.source_id, c.name AS company, o.revision, v.record, c.policy,
  coalesce((
    SELECT jsonb_agg(jsonb_build_object('id', d.id, 'kind', d.kind, 'title', d.title, 'text', d.text,
      'sha256', encode(d.sha256, 'hex'), 'version', d.version) ORDER BY d.kind, d.id)
    FROM document d WHERE d.company_id = o.company_id AND d.id = ANY(v.documents)
  ), '[]') AS documents,
  EXISTS (
    SELECT FROM stage_run s
    JOIN run r ON r.id = s.run_id AND r.company_id = s.company_id
    WHERE s.role_id = o.id AND s.company_id = o.company_id AND s.stage = 'ai_assessment' AND s.status = 'success'
      AND r.role_revision = o.revision AND s.outputs ->> 'offline' = 'false'
  ) OR EXISTS (
    SELECT FROM compared_role p
    WHERE p.company_id = o.company_id AND p.role_id = o.id AND p.role_revision = o.revision AND p.status <> 'failed'
  ) AS recorded
FROM role o
JOIN company c ON c.id = o.company_id
JOIN role_revision v ON v.company_id = o.company_id AND v.role_id = o.id AND v.revision = o.revision
WHERE o.company_id = %(company_id)s::uuid AND o.state <> 'archived'
  AND (%(ids)s::uuid[] IS NULL OR o.id = ANY(%(ids)s::uuid[]))
ORDER BY o.updated_at DESC, o.id
LIMIT %(limit)s::int

-- ask_to_compare --
-- What was asked for before and failed, or was another revision, is asked for anew.
INSERT INTO compared_role (company_id, role_id, role_revision, asked_kind, asked_by)
SELECT o.company_id, o.id, o.revision, %(kind)s::text, %(by)s::text
FROM role o
WHERE o.company_id = %(company_id)s::uuid AND o.id = ANY(%(ids)s::uuid[])
ON CONFLICT (company_id, role_id) DO UPDATE SET role_revision = EXCLUDED.role_revision, status = 'waiting',
  asked_kind = EXCLUDED.asked_kind, asked_by = EXCLUDED.asked_by, asked_at = now(), due_at = now(), attempts = 0,
  assessment = NULL, mapping = NULL, error = NULL, finished_at = NULL

-- claim_compared --
-- Taking a role puts it off until its lease ends, so that a process that dies leaves it to another.
UPDATE compared_role p SET due_at = now() + make_interval(secs => %(lease)s::float8), attempts = p.attempts + 1
FROM (
  SELECT q.company_id, q.role_id FROM compared_role q
  WHERE q.status = 'waiting' AND q.due_at <= now()
  ORDER BY q.due_at
  LIMIT %(most)s::int
  FOR UPDATE SKIP LOCKED
) AS free
WHERE p.company_id = free.company_id AND p.role_id = free.role_id
RETURNING p.company_id, p.role_id, p.role_revision, p.due_at, p.attempts

-- settle_compared --
-- What became of a role, unless its lease ended and another took it.
UPDATE compared_role SET status = %(status)s::text, assessment = %(assessment)s::jsonb, mapping = %(mapping)s::jsonb,
  error = %(error)s::jsonb, due_at = now() + make_interval(secs => %(wait)s::float8),
  attempts = CASE WHEN %(counts)s::bool THEN attempts ELSE attempts - 1 END,
  finished_at = CASE WHEN %(status)s::text = 'waiting' THEN NULL ELSE now() END
WHERE company_id = %(company_id)s::uuid AND role_id = %(role_id)s::uuid AND status = 'waiting'
  AND due_at = %(due_at)s::timestamptz

-- asked_to_compare --
-- What is still to be asked, and what could not be.
SELECT p.role_id, p.status, p.asked_at, p.error
FROM compared_role p
WHERE p.company_id = %(company_id)s::uuid AND p.status <> 'done'
ORDER BY p.asked_at, p.role_id
LIMIT 1000

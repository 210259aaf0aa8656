-- newest_ids --
-- A list for people: what changed last comes first.
SELECT o.id FROM role o
WHERE o.company_id = %(company_id)s::uuid AND o.published_at IS NOT NULL
  AND (o.visible OR %(hidden)s::boolean)
  AND (%(states)s::text[] IS NULL OR o.state = ANY(%(states)s::text[]))
  AND (%(flags)s::text[] IS NULL OR o.flags && %(flags)s::text[])
  AND (%(source)s::text IS NULL OR o.source = %(source)s::text)
  AND (%(code)s::text IS NULL OR o.code = %(code)s::text)
  AND (%(family)s::text IS NULL OR o.family = %(family)s::text)
  AND (%(place_at)s::timestamptz IS NULL OR (o.updated_at, o.id) < (%(place_at)s::timestamptz, %(place_id)s::uuid))
ORDER BY o.updated_at DESC, o.id DESC
LIMIT %(limit)s::int

-- oldest_ids --
-- A list for recipes, which go on from where they were: oldest change first.
SELECT o.id FROM role o
WHERE o.company_id = %(company_id)s::uuid AND o.published_at IS NOT NULL
  AND (o.visible OR %(hidden)s::boolean)
  AND (%(states)s::text[] IS NULL OR o.state = ANY(%(states)s::text[]))
  AND (%(flags)s::text[] IS NULL OR o.flags && %(flags)s::text[])
  AND (%(source)s::text IS NULL OR o.source = %(source)s::text)
  AND (%(code)s::text IS NULL OR o.code = %(code)s::text)
  AND (%(family)s::text IS NULL OR o.family = %(family)s::text)
  AND o.updated_at >= %(since)s::timestamptz
  AND (%(place_at)s::timestamptz IS NULL OR (o.updated_at, o.id) > (%(place_at)s::timestamptz, %(place_id)s::uuid))
ORDER BY o.updated_at, o.id
LIMIT %(limit)s::int

-- assessments --
-- Published roles with their scores. A result that came after the last publishing is not published yet.
SELECT o.id, o.title, o.code, o.family, o.level, o.grade, o.source, o.source_id, o.state, o.visible, o.flags, o.degraded,
  o.stale_since, o.revision, o.published_revision, o.published_run_id, o.published_at, o.created_at, o.updated_at,
  c.dashboard_url, a.outputs -> 'scores' AS scores, (a.outputs ->> 'confidence')::float8 AS confidence,
  a.outputs ->> 'summary' AS summary, a.outputs ->> 'assessor' AS assessor, a.outputs ->> 'version' AS assessor_version,
  (a.outputs ->> 'offline')::boolean AS offline, a.outputs ->> 'basis' AS basis,
  a.outputs -> 'role_score' AS role_score, a.outputs -> 'decided' AS decided,
  m.outputs -> 'linked' AS draup_role, m.outputs ->> 'status' AS draup_status,
  coalesce((m.outputs ->> 'review')::boolean, false) AS draup_review
FROM role o
JOIN company c ON c.id = o.company_id
LEFT JOIN LATERAL (
  SELECT s.outputs FROM stage_run s
  WHERE s.role_id = o.id AND s.company_id = o.company_id AND s.stage = 'ai_assessment' AND s.status = 'success'
    AND s.skipped IS NULL AND s.reused_from IS NULL AND s.finished_at <= o.published_at
  ORDER BY s.finished_at DESC LIMIT 1
) AS a ON true
LEFT JOIN LATERAL (
  SELECT s.outputs FROM stage_run s
  WHERE s.role_id = o.id AND s.company_id = o.company_id AND s.stage = 'map_draup_role' AND s.status = 'success'
    AND s.skipped IS NULL AND s.reused_from IS NULL
  ORDER BY s.finished_at DESC LIMIT 1
) AS m ON true
WHERE o.company_id = %(company_id)s::uuid AND o.id = ANY(%(ids)s::uuid[]) AND o.published_at IS NOT NULL

-- results --
-- The newest recorded result of each stage of a role; for the critical ones, the newest that was published.
SELECT DISTINCT ON (s.stage) s.stage, s.run_id, r.role_revision, s.outputs, s.degraded, s.finished_at
FROM stage_run s
JOIN run r ON r.id = s.run_id AND r.company_id = s.company_id
JOIN role o ON o.id = s.role_id AND o.company_id = s.company_id
WHERE s.role_id = %(role_id)s::uuid AND s.company_id = %(company_id)s::uuid AND s.status = 'success'
  AND s.skipped IS NULL AND s.reused_from IS NULL
  AND (s.stage <> ALL(%(critical)s::text[]) OR s.finished_at <= o.published_at)
ORDER BY s.stage, s.finished_at DESC

-- role_state --
-- Why a role has no published assessment.
SELECT o.state FROM role o WHERE o.company_id = %(company_id)s::uuid AND o.id = %(role_id)s::uuid

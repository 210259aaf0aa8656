-- roles_to_mark --
-- The roles whose flags in the graph these events may have changed. What was never published has no flags, but a
-- run that ended badly may have written some before it did; one that published and found nothing wrong wrote them.
SELECT DISTINCT e.role_id AS id
FROM unnest(%(event_ids)s::bigint[]) AS w (id)
CROSS JOIN LATERAL (SELECT * FROM event WHERE id = w.id OFFSET 0) AS e
JOIN role o ON o.id = e.role_id AND o.company_id = e.company_id
WHERE e.company_id = %(company_id)s::uuid
  AND CASE
    WHEN e.type IN ('run.failed', 'run.cancelled') THEN true
    WHEN e.type = 'role.ready' THEN o.state IN ('stale', 'archived')
    WHEN e.type = 'run.finished' THEN o.published_at IS NOT NULL AND NOT (
      o.state = 'ready' AND o.flags = '{}' AND o.degraded = '{}' AND o.stale_since IS NULL AND EXISTS (
        SELECT FROM stage_run s
        WHERE s.company_id = e.company_id AND s.run_id = e.run_id AND s.stage = 'publish_dashboard'
          AND s.status = 'success' AND s.skipped IS NULL AND s.reused_from IS NULL))
    WHEN e.type IN ('role.stale', 'role.archived', 'role.drafted', 'role.invalid', 'run.queued', 'run.degraded')
      THEN o.published_at IS NOT NULL
    ELSE false END
ORDER BY e.role_id

-- standings --
-- What the flags of roles in the graph rest on. A mapping that nobody confirmed is known to the publication alone.
SELECT o.id, o.published_at IS NOT NULL AS published, o.visible, o.state = 'archived' AS archived,
  o.stale_since IS NOT NULL OR coalesce(o.revision > o.published_revision, false) AS stale,
  EXISTS (SELECT FROM unnest(o.flags) AS f WHERE f = 'low_confidence' OR f LIKE 'review:%%') AS under_review, o.degraded,
  coalesce((
    SELECT s.outputs #> '{published,degraded}'
    FROM stage_run s
    WHERE s.role_id = o.id AND s.company_id = o.company_id AND s.stage = 'publish_dashboard' AND s.status = 'success'
      AND s.skipped IS NULL AND s.reused_from IS NULL
    ORDER BY s.finished_at DESC
    LIMIT 1
  ), '[]') AS published_without
FROM role o
WHERE o.company_id = %(company_id)s::uuid AND o.id = ANY(%(ids)s::uuid[])

-- written_roles --
-- A page of roles with what each graph stage last wrote about them and what it was given when it did.
WITH page AS MATERIALIZED (
  SELECT o.id, o.company_id, o.source, o.source_id, o.title
  FROM role o
  WHERE o.company_id = %(company_id)s::uuid AND o.id > %(after)s::uuid
  ORDER BY o.id
  LIMIT %(limit)s::int
), wrote AS MATERIALIZED (
  SELECT DISTINCT ON (s.role_id, s.stage) s.role_id, s.stage, s.run_id, s.epoch, s.outputs
  FROM stage_run s
  JOIN page p ON p.id = s.role_id AND p.company_id = s.company_id
  WHERE s.stage = ANY(%(stages)s::text[]) AND s.status = 'success' AND s.skipped IS NULL AND s.reused_from IS NULL
  ORDER BY s.role_id, s.stage, s.finished_at DESC
)
SELECT p.id, p.source, p.source_id, p.title, c.name AS company,
  EXISTS (
    SELECT FROM run r WHERE r.role_id = p.id AND r.company_id = p.company_id AND r.owner IS NOT NULL
  ) AS busy,
  coalesce((
    SELECT jsonb_agg(jsonb_build_object('stage', w.stage, 'run_id', w.run_id, 'epoch', w.epoch, 'outputs', w.outputs))
    FROM wrote w WHERE w.role_id = p.id
  ), '[]') AS wrote,
  coalesce((
    SELECT jsonb_agg(jsonb_build_object('id', r.id, 'revision', r.role_revision, 'record', v.record,
      'documents', coalesce((
        SELECT jsonb_agg(jsonb_build_object('id', d.id, 'kind', d.kind, 'title', d.title, 'text', '',
          'sha256', encode(d.sha256, 'hex'), 'version', d.version) ORDER BY d.kind, d.id)
        FROM document d WHERE d.company_id = r.company_id AND d.id = ANY(v.documents)
      ), '[]'),
      'parents', coalesce((
        SELECT jsonb_object_agg(a.stage, coalesce(e.outputs, a.outputs))
        FROM stage_run a
        LEFT JOIN LATERAL (
          SELECT n.outputs FROM stage_run n
          WHERE a.reused_from IS NOT NULL AND n.role_id = a.role_id AND n.company_id = a.company_id
            AND n.stage = a.stage AND n.status = 'success' AND n.skipped IS NULL AND n.reused_from IS NULL
          ORDER BY n.run_id = a.reused_from DESC, n.finished_at DESC
          LIMIT 1
        ) AS e ON true
        WHERE a.run_id = r.id AND a.company_id = r.company_id AND a.status = 'success'
          AND (a.skipped IS NULL OR NOT a.skipped = ANY(%(left_out)s::text[]))
      ), '{}')))
    FROM run r
    JOIN role_revision v ON v.company_id = r.company_id AND v.role_id = r.role_id AND v.revision = r.role_revision
    WHERE r.company_id = p.company_id AND r.id IN (SELECT w.run_id FROM wrote w WHERE w.role_id = p.id)
  ), '[]') AS runs
FROM page p
JOIN company c ON c.id = p.company_id
ORDER BY p.id

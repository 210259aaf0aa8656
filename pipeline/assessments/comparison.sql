-- judged_roles --
-- Roles that the model judged, with what it was given and what it said; newest judgement first.
SELECT o.id, o.source, o.source_id, c.name AS company, r.role_revision AS revision, v.record, a.outputs AS assessment,
  coalesce(m.outputs, '{}') AS mapping,
  coalesce((
    SELECT jsonb_agg(jsonb_build_object('id', d.id, 'kind', d.kind, 'title', d.title, 'text', d.text,
      'sha256', encode(d.sha256, 'hex'), 'version', d.version) ORDER BY d.kind, d.id)
    FROM document d WHERE d.company_id = o.company_id AND d.id = ANY(v.documents)
  ), '[]') AS documents
FROM role o
JOIN company c ON c.id = o.company_id
CROSS JOIN LATERAL (
  SELECT s.run_id, s.outputs, s.finished_at FROM stage_run s
  WHERE s.role_id = o.id AND s.company_id = o.company_id AND s.stage = 'ai_assessment' AND s.status = 'success'
    AND s.skipped IS NULL AND s.reused_from IS NULL
  ORDER BY s.finished_at DESC LIMIT 1
) AS a
JOIN run r ON r.id = a.run_id AND r.company_id = o.company_id
JOIN role_revision v ON v.company_id = o.company_id AND v.role_id = o.id AND v.revision = r.role_revision
LEFT JOIN LATERAL (
  SELECT s.outputs FROM stage_run s
  WHERE s.role_id = o.id AND s.company_id = o.company_id AND s.stage = 'map_draup_role' AND s.status = 'success'
    AND s.skipped IS NULL AND s.reused_from IS NULL
  ORDER BY s.finished_at DESC LIMIT 1
) AS m ON true
WHERE o.company_id = %(company_id)s::uuid AND a.outputs ->> 'offline' = 'false' AND o.state <> 'archived'
  AND coalesce(a.outputs -> 'decided', 'null') = 'null'
ORDER BY a.finished_at DESC, o.id
LIMIT %(limit)s::int

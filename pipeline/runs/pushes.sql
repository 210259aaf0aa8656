-- usable_results --
-- The newest usable result of each stage, for roles of which only some stages are wanted.
SELECT s.role_id, jsonb_object_agg(s.stage, s.degraded) AS stages
FROM (
  SELECT DISTINCT ON (r.role_id, r.stage) r.role_id, r.stage, r.degraded <> '{}' AS degraded
  FROM stage_run r
  WHERE r.company_id = %(company_id)s::uuid AND r.role_id = ANY(%(role_ids)s::uuid[]) AND r.status = 'success'
    AND r.skipped IS NULL AND r.reused_from IS NULL
  ORDER BY r.role_id, r.stage, r.finished_at DESC
) AS s
GROUP BY s.role_id

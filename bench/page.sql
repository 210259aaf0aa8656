-- Every run is over, each role has so many more of them, and each run its rows of stages.
UPDATE run SET status = 'success', waiting = NULL, started_at = now(), finished_at = now(), done = 13;
INSERT INTO run (id, company_id, role_id, role_revision, mapping_version, actor_kind, actor_id, reason, status, started_at,
  finished_at, done)
SELECT gen_random_uuid(), r.company_id, r.role_id, r.role_revision, r.mapping_version, 'csm', 'x', 'retry', 'success', now(),
  now(), 13
FROM run r CROSS JOIN generate_series(2, 4);
INSERT INTO stage_run (company_id, run_id, role_id, stage, attempt, epoch, status, input_hash, outputs, finished_at)
SELECT r.company_id, r.id, r.role_id, s.stage, 1, 1, 'success', '\x00', CASE WHEN s.stage = 'ai_assessment' THEN
  '{"scores": {"ai_exposure": 40, "automation": 20, "augmentation": 50, "human": 30}, "confidence": 0.7}'::jsonb ELSE '{}' END,
  now()
FROM run r CROSS JOIN unnest(ARRAY['create_company_role', 'link_documents', 'map_draup_role', 'ai_assessment',
  'publish_dashboard', 'top_tasks', 'standardise_tasks', 'task_feasibility', 'mine_skills', 'skills_architecture',
  'reskilling', 'skills_catalog', 'role_catalog']) AS s (stage);
UPDATE role o SET state = 'ready', visible = true, published_at = now(), published_revision = o.revision,
  published_run_id = o.last_run_id;

-- milestones --
-- The dates by which a company's way to its first dashboard is told, from what really happened.
SELECT c.created_at AS created,
  (SELECT min(m.created_at) FROM membership m WHERE m.company_id = c.id) AS invited,
  least((SELECT min(n.created_at) FROM connection n WHERE n.company_id = c.id),
    (SELECT min(l.last_used_at) FROM client l WHERE l.company_id = c.id)) AS connected,
  (SELECT min(e.received_at) FROM source_event e WHERE e.company_id = c.id AND e.status <> 'rejected') AS first_event,
  (SELECT min(r.created_at) FROM run r WHERE r.company_id = c.id) AS pilot,
  (SELECT min(o.published_at) FROM role o WHERE o.company_id = c.id) AS first_published,
  c.policy -> 'activation' AS marked
FROM company c
WHERE c.id = %(company_id)s::uuid

-- mark_step --
-- A step that only a person can see is done; the date stays when it is marked again.
UPDATE company SET updated_at = now(), policy = policy || jsonb_build_object('activation',
  jsonb_build_object(%(step)s::text, to_jsonb(now())) || coalesce(policy -> 'activation', '{}'))
WHERE id = %(company_id)s::uuid

-- unmark_step --
-- It was not done after all.
UPDATE company SET updated_at = now(),
  policy = policy || jsonb_build_object('activation', coalesce(policy -> 'activation', '{}') - %(step)s::text)
WHERE id = %(company_id)s::uuid

-- change_own --
-- What a company's people may change of its own row; what is NULL stays.
UPDATE company SET name = coalesce(%(name)s::text, name),
  dashboard_url = CASE WHEN %(set_dashboard)s::boolean THEN %(dashboard_url)s::text ELSE dashboard_url END,
  policy = policy || coalesce(%(policy)s::jsonb, '{}'), updated_at = now()
WHERE id = %(company_id)s::uuid

-- push_policies --
-- What the company chose for each source; a source without a row pushes what is new.
SELECT source, mode, filters, daily_cap FROM push_policy WHERE company_id = %(company_id)s::uuid ORDER BY source

-- put_push_policy --
-- The whole choice for one source.
INSERT INTO push_policy (company_id, source, mode, filters, daily_cap)
VALUES (%(company_id)s::uuid, %(source)s::text, %(mode)s::text, %(filters)s::jsonb, %(daily_cap)s::int)
ON CONFLICT (company_id, source) DO UPDATE SET mode = EXCLUDED.mode, filters = EXCLUDED.filters,
  daily_cap = EXCLUDED.daily_cap

-- selections --
-- Ways of choosing roles that were saved under a name.
SELECT id, name, filter, made_by, created_at FROM selection
WHERE company_id = %(company_id)s::uuid ORDER BY lower(name), id LIMIT 200

-- add_selection --
-- One name, one selection.
INSERT INTO selection (id, company_id, name, filter, made_by)
VALUES (%(id)s::uuid, %(company_id)s::uuid, %(name)s::text, %(filter)s::jsonb, %(made_by)s::text)
ON CONFLICT (company_id, name) DO NOTHING
RETURNING id, name, filter, made_by, created_at

-- drop_selection --
-- It is not needed any more; the roles stay as they are.
DELETE FROM selection WHERE company_id = %(company_id)s::uuid AND id = %(id)s::uuid

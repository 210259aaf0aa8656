-- overtake_plans --
-- Another version of the mapping is published: what was planned of the one before is no longer to be pushed.
UPDATE plan SET state = 'overtaken'
WHERE company_id = %(company_id)s::uuid AND source = %(source)s::text AND state IN ('preparing', 'ready')

-- insert_plan --
-- A plan begins without roles: they are known once the payloads were read again.
INSERT INTO plan (company_id, id, source, mapping_version, made_by)
VALUES (%(company_id)s::uuid, %(id)s::uuid, %(source)s::text, %(mapping_version)s::text, %(made_by)s::text)

-- fill_plan --
-- The roles of a plan are known; said twice it counts once. What an overtaken version made stale late is added to the
-- plan that is ready by then.
UPDATE plan SET state = 'ready', role_ids = %(role_ids)s::uuid[]
WHERE company_id = %(company_id)s::uuid AND source = %(source)s::text
  AND (state = 'ready' OR (state = 'preparing' AND id = %(id)s::uuid))

-- get_plan --
-- One plan with its roles.
SELECT id, state, source, mapping_version, role_ids, batch_ids, made_by, made_at, pushed_by, pushed_at FROM plan
WHERE company_id = %(company_id)s::uuid AND id = %(id)s::uuid

-- lock_plan --
-- One push of a plan at a time.
SELECT state FROM plan WHERE company_id = %(company_id)s::uuid AND id = %(id)s::uuid FOR NO KEY UPDATE

-- open_plans --
-- What waits for a person, newest first.
SELECT id, state, source, mapping_version, role_ids, batch_ids, made_by, made_at, pushed_by, pushed_at FROM plan
WHERE company_id = %(company_id)s::uuid AND state IN ('preparing', 'ready')
ORDER BY made_at DESC

-- plan_pushed --
-- A plan became batches.
UPDATE plan SET state = 'pushed', batch_ids = %(batch_ids)s::uuid[], pushed_by = %(pushed_by)s::text, pushed_at = now()
WHERE company_id = %(company_id)s::uuid AND id = %(id)s::uuid

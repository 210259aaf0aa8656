-- forget_raw --
-- The bytes of old source events, company by company as their index goes; what was understood of them stays.
UPDATE source_event e SET body = NULL
FROM (
  SELECT old.id, old.company_id
  FROM company c
  CROSS JOIN LATERAL (
    SELECT s.id, s.company_id FROM source_event s
    WHERE s.company_id = c.id AND s.received_at < now() - make_interval(days => %(days)s::int) AND s.body IS NOT NULL
    LIMIT %(limit)s::int
  ) AS old
  LIMIT %(limit)s::int
) AS gone
WHERE e.id = gone.id AND e.company_id = gone.company_id

-- forget_keys --
-- Idempotency keys have done their work.
DELETE FROM idempotency
WHERE (company_id, client_id, key) IN (
  SELECT company_id, client_id, key FROM idempotency WHERE created_at < now() - make_interval(days => %(days)s::int)
  LIMIT %(limit)s::int)

-- forget_events --
-- The event log, after its readers had their time. The oldest rows are looked at, however few of them are old.
DELETE FROM event
WHERE id IN (SELECT id FROM (SELECT id, at FROM event ORDER BY id LIMIT %(limit)s::int) AS first
  WHERE at < now() - make_interval(days => %(days)s::int))

-- forget_runs --
-- Old runs that no role's result rests on, with their attempts.
WITH old AS MATERIALIZED (
  SELECT r.id, r.company_id FROM run r
  WHERE r.finished_at < now() - make_interval(days => %(days)s::int)
    AND NOT EXISTS (
      SELECT FROM role o
      WHERE o.id = r.role_id AND o.company_id = r.company_id AND (o.last_run_id = r.id OR o.published_run_id = r.id))
    AND NOT EXISTS (
      SELECT FROM stage_run s
      WHERE s.company_id = r.company_id AND s.run_id = r.id AND s.status = 'success' AND s.skipped IS NULL
        AND s.reused_from IS NULL AND NOT EXISTS (
          SELECT FROM stage_run n
          WHERE n.role_id = s.role_id AND n.stage = s.stage AND n.company_id = s.company_id AND n.status = 'success'
            AND n.skipped IS NULL AND n.reused_from IS NULL AND n.finished_at > s.finished_at))
  LIMIT %(limit)s::int
), attempts AS (
  DELETE FROM stage_run s USING old WHERE s.company_id = old.company_id AND s.run_id = old.id
)
DELETE FROM run r USING old WHERE r.id = old.id AND r.company_id = old.company_id

-- forget_plans --
-- Plans nobody asks for any more.
DELETE FROM plan
WHERE (company_id, id) IN (
  SELECT company_id, id FROM plan WHERE made_at < now() - make_interval(days => %(days)s::int)
  LIMIT %(limit)s::int)

-- forget_deliveries --
-- Deliveries that are over, with their attempts.
DELETE FROM delivery d
USING (
  SELECT old.id, old.company_id
  FROM company c
  CROSS JOIN LATERAL (
    SELECT x.id, x.company_id FROM delivery x
    WHERE x.company_id = c.id AND x.created_at < now() - make_interval(days => %(days)s::int)
      AND x.status IN ('delivered', 'dead')
    LIMIT %(limit)s::int
  ) AS old
  LIMIT %(limit)s::int
) AS gone
WHERE d.id = gone.id AND d.company_id = gone.company_id

-- forget_simulations --
-- Trials of recipes, with their faults.
DELETE FROM simulation
WHERE (id, company_id) IN (
  SELECT id, company_id FROM simulation WHERE ends_at < now() - make_interval(days => %(days)s::int)
  LIMIT %(limit)s::int)

-- forget_waits --
-- Waits that are over, with their tries.
DELETE FROM wait
WHERE id IN (
  SELECT id FROM wait WHERE finished_at < now() - make_interval(days => %(days)s::int)
  LIMIT %(limit)s::int)

-- forget_audit --
-- Audit rows beyond the promised time.
DELETE FROM audit a
USING (
  SELECT old.id, old.company_id
  FROM company c
  CROSS JOIN LATERAL (
    SELECT x.id, x.company_id FROM audit x
    WHERE x.company_id = c.id AND x.at < now() - make_interval(days => %(days)s::int)
    LIMIT %(limit)s::int
  ) AS old
  LIMIT %(limit)s::int
) AS gone
WHERE a.id = gone.id AND a.company_id = gone.company_id

-- forget_answers --
-- Answers of the model that nobody asked for again within the time that runs are kept.
DELETE FROM model_answer
WHERE (company_id, key) IN (
  SELECT company_id, key FROM model_answer WHERE at < now() - make_interval(days => %(days)s::int) LIMIT %(limit)s::int)

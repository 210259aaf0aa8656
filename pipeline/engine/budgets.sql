-- spent --
-- What a company's model calls cost in the running period, and when the next one begins (UTC).
WITH period AS (
  SELECT date_trunc(%(period)s::text, now() AT TIME ZONE 'UTC') AS start, ('1 ' || %(period)s::text)::interval AS length
)
SELECT p.start AT TIME ZONE 'UTC' AS period_start,
  extract(epoch FROM (p.start + p.length) AT TIME ZONE 'UTC' - now())::float8 AS resets_in,
  coalesce((SELECT sum(u.cost_micros) FROM usage u
    WHERE u.company_id = %(company_id)s::uuid AND u.at >= p.start AT TIME ZONE 'UTC'), 0)::bigint AS micros
FROM period p

-- tell_budget --
-- The company learns once in a period that a budget is used up.
WITH told AS (
  INSERT INTO budget_notice (company_id, period_start, budget)
  VALUES (%(company_id)s::uuid, %(period_start)s::timestamptz, %(budget)s::text)
  ON CONFLICT DO NOTHING
  RETURNING company_id
), said AS (
  INSERT INTO event (company_id, type, data)
  SELECT company_id, %(type)s::text, %(data)s::jsonb FROM told
  RETURNING id, company_id
)
INSERT INTO job (company_id, kind, payload)
SELECT company_id, 'pipeline.events_logged', jsonb_build_object('event_ids', jsonb_agg(id)) FROM said GROUP BY company_id

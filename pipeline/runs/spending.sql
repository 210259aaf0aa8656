-- choose_budget --
-- A company's own choice about the model; the rest of its policy stays.
UPDATE company SET policy = policy || jsonb_build_object('model', %(choice)s::jsonb), updated_at = now()
WHERE id = %(company_id)s::uuid

-- wake_budget --
-- Runs that waited for a budget look again.
UPDATE run SET wake_at = '-infinity', updated_at = now(), version = version + 1
WHERE company_id = %(company_id)s::uuid AND status IN ('pending', 'running') AND owner IS NULL AND NOT slot
  AND waiting = 'llm_budget'

-- account --
-- What model calls cost in the running period, day or month (UTC).
WITH period AS (
  SELECT date_trunc(%(period)s::text, now() AT TIME ZONE 'UTC') AS start, ('1 ' || %(period)s::text)::interval AS length
)
SELECT p.start AT TIME ZONE 'UTC' AS period_start, (p.start + p.length) AT TIME ZONE 'UTC' AS period_end,
  coalesce((SELECT sum(u.cost_micros) FROM usage u
    WHERE u.company_id = %(company_id)s::uuid AND u.at >= p.start AT TIME ZONE 'UTC'), 0)::bigint AS spent_micros,
  (SELECT count(*) FROM run r WHERE r.company_id = %(company_id)s::uuid AND r.status IN ('pending', 'running')
    AND r.waiting = 'llm_budget') AS runs_waiting
FROM company c CROSS JOIN period p
WHERE c.id = %(company_id)s::uuid

-- usage_by --
-- The ledger between two days, by day, model and purpose.
SELECT (u.at AT TIME ZONE 'UTC')::date AS day, u.model, u.purpose, count(*) AS calls,
  coalesce(sum(u.input_tokens), 0)::bigint AS input_tokens, coalesce(sum(u.cached_tokens), 0)::bigint AS cached_tokens,
  coalesce(sum(u.output_tokens), 0)::bigint AS output_tokens, coalesce(sum(u.cost_micros), 0)::bigint AS cost_micros,
  count(*) FILTER (WHERE u.cost_micros IS NULL) AS unpriced_calls,
  count(DISTINCT u.role_id) AS roles
FROM usage u
WHERE u.company_id = %(company_id)s::uuid AND u.at >= %(since)s::timestamp AT TIME ZONE 'UTC'
  AND u.at < (%(until)s::timestamp + interval '1 day') AT TIME ZONE 'UTC'
GROUP BY 1, 2, 3
ORDER BY 1 DESC, 2, 3
LIMIT %(limit)s::int

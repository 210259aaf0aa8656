-- usual_cost --
-- What the model calls of these stages came to lately, and in how many runs of the company.
SELECT count(DISTINCT u.run_id) AS runs, coalesce(sum(u.input_tokens + u.output_tokens), 0)::bigint AS tokens,
  coalesce(sum(u.cost_micros), 0)::bigint AS cost_micros, count(*) AS calls,
  count(*) FILTER (WHERE u.cost_micros IS NULL) AS unpriced_calls
FROM usage u
WHERE u.company_id = %(company_id)s::uuid AND u.stage = ANY(%(stages)s::text[]) AND u.run_id IS NOT NULL
  AND u.at > now() - interval '90 days'

-- price_of_runs --
-- What the company's newest runs took in tokens and money: the best guess at what the next ones take.
SELECT count(*) AS runs, avg(u.tokens)::float8 AS tokens, avg(u.cost)::float8 AS cost_micros
FROM (
  SELECT sum(coalesce(o.input_tokens, 0) + coalesce(o.output_tokens, 0)) AS tokens, sum(o.cost_micros) AS cost
  FROM usage o
  WHERE o.company_id = %(company_id)s::uuid AND o.run_id IS NOT NULL AND o.at > now() - interval '90 days'
  GROUP BY o.run_id
  ORDER BY max(o.at) DESC
  LIMIT 200
) AS u

-- pace_of_runs --
-- How long a run takes once it has its turn, in the middle, by the newest ones; and what is before a new one.
SELECT
  (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY r.seconds) FROM (
    SELECT extract(epoch FROM o.finished_at - o.started_at)::float8 AS seconds FROM run o
    WHERE o.company_id = %(company_id)s::uuid AND o.status = 'success' AND o.finished_at > now() - interval '30 days'
    ORDER BY o.finished_at DESC LIMIT 200
  ) AS r)::float8 AS seconds,
  (SELECT count(*) FROM run w WHERE w.company_id = %(company_id)s::uuid AND w.status IN ('pending', 'running')) AS before,
  (SELECT c.window_cap FROM company c WHERE c.id = %(company_id)s::uuid) AS cap

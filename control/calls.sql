-- add_calls --
-- What clients asked in the last seconds; each keeps its newest hundred.
WITH added AS (
  INSERT INTO call (id, company_id, client_id, request_id, at, method, path, status, milliseconds, problem)
  SELECT c.id, c.company_id, c.client_id, c.request_id, c.at, c.method, c.path, c.status, c.milliseconds, c.problem
  FROM jsonb_to_recordset(%(calls)s::jsonb) AS c (id uuid, company_id uuid, client_id uuid, request_id text,
    at timestamptz, method text, path text, status integer, milliseconds integer, problem jsonb)
  JOIN company k ON k.id = c.company_id
  RETURNING company_id, client_id
)
DELETE FROM call o
USING (SELECT DISTINCT company_id, client_id FROM added) AS who
WHERE o.company_id = who.company_id AND o.client_id = who.client_id
  AND o.id IN (
    SELECT x.id FROM call x WHERE x.company_id = who.company_id AND x.client_id = who.client_id
    ORDER BY x.at DESC, x.id DESC OFFSET %(kept)s::int)

-- last_calls --
-- A client's own calls, newest first.
SELECT request_id, at, method, path, status, milliseconds, problem FROM call
WHERE company_id = %(company_id)s::uuid AND client_id = %(client_id)s::uuid
  AND (%(request_id)s::text IS NULL OR request_id = %(request_id)s::text)
  AND (NOT %(refused)s::boolean OR status >= 400)
ORDER BY at DESC, id DESC
LIMIT %(limit)s::int

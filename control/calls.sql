-- add_calls --
-- What clients asked in the last seconds; each keeps its newest hundred.
WITH added AS (
  INSERT INTO call (id, company_id, client_id, request_id, at, method, path, status, milliseconds, problem, headers, body,
    resend_of)
  SELECT c.id, c.company_id, c.client_id, c.request_id, c.at, c.method, c.path, c.status, c.milliseconds, c.problem, c.headers,
    -- Where a company has fields excluded, nobody has taken them out of this body, so it is not kept.
    CASE WHEN NOT EXISTS (SELECT FROM connection x WHERE x.company_id = c.company_id AND cardinality(x.excluded) > 0)
      THEN c.body END,
    c.resend_of
  FROM jsonb_to_recordset(%(calls)s::jsonb) AS c (id uuid, company_id uuid, client_id uuid, request_id text,
    at timestamptz, method text, path text, status integer, milliseconds integer, problem jsonb, headers jsonb, body text,
    resend_of text)
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
SELECT request_id, at, method, path, status, milliseconds, problem, body IS NOT NULL AS resendable, resend_of FROM call
WHERE company_id = %(company_id)s::uuid AND client_id = %(client_id)s::uuid
  AND (%(request_id)s::text IS NULL OR request_id = %(request_id)s::text)
  AND (NOT %(refused)s::boolean OR status >= 400)
ORDER BY at DESC, id DESC
LIMIT %(limit)s::int

-- kept_call --
-- What one of a client's calls had sent.
SELECT id, method, path, status, headers, body FROM call
WHERE company_id = %(company_id)s::uuid AND client_id = %(client_id)s::uuid AND request_id = %(request_id)s::text
ORDER BY at DESC
LIMIT 1

-- forget_body --
-- The body of one call that must not be sent again.
UPDATE call SET headers = NULL, body = NULL
WHERE company_id = %(company_id)s::uuid AND client_id = %(client_id)s::uuid AND id = %(id)s::uuid

-- forget_bodies --
-- Bodies beyond their time; the calls stay until newer ones take their place.
UPDATE call SET headers = NULL, body = NULL
WHERE (id, company_id) IN (
  SELECT id, company_id FROM call WHERE body IS NOT NULL AND at < now() - make_interval(days => %(days)s::int)
  LIMIT 1000)

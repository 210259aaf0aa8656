-- add_company --
-- A new tenant.
INSERT INTO company (id, name, weight, window_cap, dashboard_url, policy)
VALUES (%(id)s::uuid, %(name)s::text, %(weight)s::int, %(window_cap)s::int, %(dashboard_url)s::text,
  %(policy)s::jsonb)
RETURNING id, name, weight, window_cap, dashboard_url, policy, created_at, updated_at

-- get_company --
-- The name and settings of the caller's company.
SELECT id, name, weight, window_cap, dashboard_url, policy, created_at, updated_at
FROM company WHERE id = %(id)s::uuid

-- list_companies --
-- The operator's overview.
SELECT id, name, weight, window_cap, dashboard_url, policy, created_at, updated_at
FROM company ORDER BY name, id

-- change_company --
-- Settings of a company; a policy is merged key by key, what is NULL stays.
UPDATE company SET
  name = coalesce(%(name)s::text, name),
  weight = coalesce(%(weight)s::int, weight),
  window_cap = coalesce(%(window_cap)s::int, window_cap),
  dashboard_url = coalesce(%(dashboard_url)s::text, dashboard_url),
  policy = policy || coalesce(%(policy)s::jsonb, '{}'),
  updated_at = now()
WHERE id = %(id)s::uuid
RETURNING id, name, weight, window_cap, dashboard_url, policy, created_at, updated_at

-- add_client --
-- A new OAuth client; only the hash of its secret is kept.
INSERT INTO client (id, company_id, name, secret_hash, scopes)
VALUES (%(id)s::uuid, %(company_id)s::uuid, %(name)s::text, %(secret_hash)s::bytea, %(scopes)s::text[])
RETURNING id, company_id, name, scopes, disabled_at, created_at, last_used_at

-- list_clients --
-- The clients of a company, without anything secret.
SELECT id, company_id, name, scopes, disabled_at, created_at, last_used_at
FROM client WHERE company_id = %(company_id)s::uuid ORDER BY created_at, id

-- get_login --
-- The token endpoint: everything needed to let a client in.
SELECT id, company_id, name, scopes, disabled_at, secret_hash,
  CASE WHEN old_secret_until > now() THEN old_secret_hash END AS old_secret_hash
FROM client WHERE id = %(id)s::uuid

-- mark_used --
-- When a client last got a token, at most once a minute.
UPDATE client SET last_used_at = now()
WHERE id = %(id)s::uuid AND company_id = %(company_id)s::uuid
  AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')

-- change_secret --
-- A new secret; the old one works on until the given time.
UPDATE client SET old_secret_hash = secret_hash, old_secret_until = %(old_until)s::timestamptz,
  secret_hash = %(secret_hash)s::bytea
WHERE id = %(id)s::uuid AND company_id = %(company_id)s::uuid

-- bar_client --
-- Ends every token of a client that was issued until now, and the client itself when it is disabled.
UPDATE client SET tokens_not_before = clock_timestamp(), old_secret_until = NULL,
  disabled_at = CASE WHEN %(disable)s::bool THEN coalesce(disabled_at, now()) ELSE disabled_at END
WHERE id = %(id)s::uuid AND company_id = %(company_id)s::uuid

-- revoke_token --
-- One token that ends before its time.
INSERT INTO revoked_token (jti, company_id, expires_at)
VALUES (%(jti)s::text, %(company_id)s::uuid, %(expires_at)s::timestamptz)
ON CONFLICT DO NOTHING

-- sweep_revoked --
-- Rows of tokens that have ended by themselves.
DELETE FROM revoked_token WHERE expires_at < now() - interval '1 hour'

-- bump_change --
-- Tells every process to look again.
UPDATE auth_change SET counter = counter + 1 RETURNING counter

-- get_change --
-- The poll: has anything about access changed?
SELECT counter FROM auth_change

-- list_revoked --
-- Every revoked token that would still be alive (tokens live for minutes, so these are few).
SELECT jti FROM revoked_token WHERE expires_at > now()

-- list_barred --
-- Clients some of whose tokens do not count, or none of them.
SELECT id, CASE WHEN disabled_at IS NULL THEN tokens_not_before ELSE 'infinity' END
    = 'infinity' AS disabled,
  coalesce(extract(epoch FROM nullif(tokens_not_before, '-infinity')), 0)::float8 AS not_before
FROM client
WHERE disabled_at IS NOT NULL OR tokens_not_before > now() - %(token_seconds)s::int * interval '1 second'

-- lock_keys --
-- Only one process at a time makes keys.
SELECT pg_advisory_xact_lock(7011302)

-- list_keys --
-- Keys that sign or whose tokens may still be alive, oldest first.
SELECT kid, private_jwk, active_from, retired_at FROM signing_key
WHERE retired_at IS NULL OR retired_at > now() ORDER BY active_from, kid

-- add_key --
-- A key, published before it signs.
INSERT INTO signing_key (kid, private_jwk, active_from)
VALUES (%(kid)s::text, %(private_jwk)s::text, %(active_from)s::timestamptz)

-- retire_keys --
-- Keys before the given one sign no more; they are published until their tokens have ended.
UPDATE signing_key SET retired_at = %(retired_at)s::timestamptz
WHERE retired_at IS NULL AND active_from < %(active_from)s::timestamptz

-- activate_key --
-- A change of keys ahead of time: the waiting key signs from now on.
UPDATE signing_key SET active_from = now() WHERE kid = %(kid)s::text

-- add_audit --
-- Who did what; written with what was done.
INSERT INTO audit (id, company_id, actor_kind, actor_id, action, target, outcome, request_id, detail)
VALUES (%(id)s::uuid, %(company_id)s::uuid, %(actor_kind)s::text, %(actor_id)s::text, %(action)s::text,
  %(target)s::text, %(outcome)s::text, %(request_id)s::text, %(detail)s::jsonb)

-- get_answer --
-- The stored answer of an Idempotency-Key that is not too old.
SELECT method, path, body_sha256, status, answer, headers FROM idempotency
WHERE company_id = %(company_id)s::uuid AND client_id = %(client_id)s::uuid AND key = %(key)s::text
  AND created_at > now() - %(days)s::int * interval '1 day'

-- put_answer --
-- Keeps an answer with the work it answers for; an old row under the same key is replaced.
INSERT INTO idempotency (company_id, client_id, key, method, path, body_sha256, status, answer, headers)
VALUES (%(company_id)s::uuid, %(client_id)s::uuid, %(key)s::text, %(method)s::text, %(path)s::text,
  %(body_sha256)s::bytea, %(status)s::int, %(answer)s::jsonb, %(headers)s::jsonb)
ON CONFLICT (company_id, client_id, key) DO UPDATE SET method = EXCLUDED.method, path = EXCLUDED.path,
  body_sha256 = EXCLUDED.body_sha256, status = EXCLUDED.status, answer = EXCLUDED.answer,
  headers = EXCLUDED.headers, created_at = now()

-- try_key --
-- Whether nobody else is at work under this key right now; held until the transaction ends.
SELECT pg_try_advisory_xact_lock(%(lock)s::bigint)

-- sweep_answers --
-- Keys whose time is over.
DELETE FROM idempotency WHERE created_at < now() - %(days)s::int * interval '1 day'

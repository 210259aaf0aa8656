-- add_session --
-- Somebody signed in.
WITH seen AS (
  UPDATE person SET last_seen_at = now() WHERE id = %(person_id)s::uuid
)
INSERT INTO session (key, person_id, csrf, expires_at)
VALUES (%(key)s::bytea, %(person_id)s::uuid, %(csrf)s::text, now() + %(hours)s::int * interval '1 hour')

-- get_session --
-- Every request of the page: who it is, unless the session ended, was idle for too long, or the account is closed.
SELECT p.id AS person_id, p.email, p.name, s.csrf, s.used_at < now() - interval '1 minute' AS used_long_ago
FROM session s JOIN person p ON p.id = s.person_id
WHERE s.key = %(key)s::bytea AND s.expires_at > now() AND p.disabled_at IS NULL
  AND s.used_at > now() - %(idle_hours)s::int * interval '1 hour'

-- touch_session --
-- A session in use does not go idle; noted at most once a minute.
UPDATE session SET used_at = now() WHERE key = %(key)s::bytea

-- end_session --
-- Somebody signed out.
DELETE FROM session WHERE key = %(key)s::bytea

-- sweep_sessions --
-- Rows that let nobody in any more, and failures that count no more.
WITH old_invitation AS (
  DELETE FROM invitation WHERE expires_at < now()
), old_failure AS (
  DELETE FROM sign_in_failure WHERE at < now() - interval '1 day'
)
DELETE FROM session WHERE expires_at < now()

-- failures --
-- How often somebody tried in vain of late: the account, and the network.
SELECT count(*) FILTER (WHERE key = %(account)s::bytea) AS account,
  count(*) FILTER (WHERE key = %(network)s::bytea) AS network
FROM sign_in_failure
WHERE key IN (%(account)s::bytea, %(network)s::bytea) AND at > now() - %(minutes)s::int * interval '1 minute'

-- add_failure --
-- A try in vain counts against the account and the network it came from.
INSERT INTO sign_in_failure (key) VALUES (%(account)s::bytea), (%(network)s::bytea)

-- clear_failures --
-- Who got in has nothing against the account any more.
DELETE FROM sign_in_failure WHERE key = %(account)s::bytea

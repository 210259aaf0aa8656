-- find_person --
-- Signing in: the account of an address.
SELECT id, email, name, password_hash, disabled_at FROM person WHERE email = %(email)s::text

-- add_person --
-- An account; one that is there already stays as it is.
INSERT INTO person (id, email, name) VALUES (%(id)s::uuid, %(email)s::text, %(name)s::text)
ON CONFLICT (email) DO NOTHING

-- set_password --
-- A new password ends the invitation it came by and every session there was.
WITH ended AS (
  DELETE FROM session WHERE person_id = %(id)s::uuid
), taken_up AS (
  DELETE FROM invitation WHERE person_id = %(id)s::uuid
)
UPDATE person SET password_hash = %(password_hash)s::text WHERE id = %(id)s::uuid

-- memberships --
-- The companies a person may look after, and as what.
SELECT m.company_id, m.role, c.name AS company_name
FROM membership m JOIN company c ON c.id = m.company_id
WHERE m.person_id = %(person_id)s::uuid ORDER BY lower(c.name), c.id

-- members --
-- The people of a company.
SELECT p.id, p.email, p.name, m.role, p.password_hash IS NOT NULL AS has_password, p.last_seen_at, m.created_at,
  EXISTS (SELECT FROM invitation i WHERE i.person_id = p.id AND i.expires_at > now()) AS invited
FROM membership m JOIN person p ON p.id = m.person_id
WHERE m.company_id = %(company_id)s::uuid AND p.disabled_at IS NULL ORDER BY p.email

-- put_member --
-- Makes somebody a member, or changes as what.
INSERT INTO membership (company_id, person_id, role)
VALUES (%(company_id)s::uuid, %(person_id)s::uuid, %(role)s::text)
ON CONFLICT (company_id, person_id) DO UPDATE SET role = EXCLUDED.role

-- remove_member --
-- Nobody is left without an admin: the last one stays.
DELETE FROM membership m
WHERE m.company_id = %(company_id)s::uuid AND m.person_id = %(person_id)s::uuid
  AND (m.role <> 'admin' OR EXISTS (
    SELECT FROM membership o
    WHERE o.company_id = m.company_id AND o.role = 'admin' AND o.person_id <> m.person_id))

-- lock_members --
-- Two admins who take each other out wait for one another here.
SELECT person_id, role FROM membership WHERE company_id = %(company_id)s::uuid ORDER BY person_id FOR UPDATE

-- put_invitation --
-- A link that lets somebody choose a password; a new one ends the old one.
WITH old AS (
  DELETE FROM invitation WHERE person_id = %(person_id)s::uuid
)
INSERT INTO invitation (key, person_id, expires_at)
VALUES (%(key)s::bytea, %(person_id)s::uuid, now() + %(days)s::int * interval '1 day')

-- invited --
-- Whose invitation a link is, while it counts.
SELECT p.id, p.email, p.name, p.password_hash, p.disabled_at
FROM invitation i JOIN person p ON p.id = i.person_id
WHERE i.key = %(key)s::bytea AND i.expires_at > now() AND p.disabled_at IS NULL

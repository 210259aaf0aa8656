-- add_link --
-- Only a digest of what the link holds is kept: who reads the table opens no dashboard.
INSERT INTO dashboard_link (id, company_id, key, name, made_by, expires_at)
VALUES (%(id)s::uuid, %(company_id)s::uuid, %(key)s::bytea, %(name)s::text, %(made_by)s::text,
  now() + %(days)s::int * interval '1 day')
RETURNING id, company_id, name, made_by, created_at, expires_at, ended_at, last_used_at, 'active' AS status

-- links --
-- The company's links, newest first, those that are over too.
SELECT id, company_id, name, made_by, created_at, expires_at, ended_at, last_used_at, CASE
    WHEN ended_at IS NOT NULL THEN 'ended' WHEN expires_at <= now() THEN 'expired' ELSE 'active' END AS status
FROM dashboard_link
WHERE company_id = %(company_id)s::uuid
ORDER BY created_at DESC, id DESC
LIMIT 200

-- active_links --
-- How many links lead in at this moment.
SELECT count(*) FROM dashboard_link
WHERE company_id = %(company_id)s::uuid AND ended_at IS NULL AND expires_at > now()

-- end_link --
-- Taken back: it leads nowhere from now on, and stays in the list.
UPDATE dashboard_link SET ended_at = coalesce(ended_at, now())
WHERE company_id = %(company_id)s::uuid AND id = %(id)s::uuid

-- open_link --
-- Which company's dashboard a link opens, while it counts.
SELECT l.id, l.company_id, c.name AS company_name, l.expires_at,
  coalesce(l.last_used_at < now() - interval '1 minute', true) AS used_long_ago
FROM dashboard_link l JOIN company c ON c.id = l.company_id
WHERE l.key = %(key)s::bytea AND l.ended_at IS NULL AND l.expires_at > now()

-- touch_link --
-- When somebody last came by it; noted at most once a minute.
UPDATE dashboard_link SET last_used_at = now() WHERE key = %(key)s::bytea

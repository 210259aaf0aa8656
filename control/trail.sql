-- trail --
-- Who did what, newest first.
SELECT a.id, a.at, a.actor_kind, a.actor_id, a.action, a.target, a.outcome, a.request_id, a.detail
FROM audit a
WHERE a.company_id = %(company_id)s::uuid
  AND (%(action)s::text IS NULL OR a.action LIKE %(action)s::text)
  AND (%(actor)s::text IS NULL OR a.actor_id = %(actor)s::text)
  AND (%(target)s::text IS NULL OR a.target = %(target)s::text)
  AND (%(place_at)s::timestamptz IS NULL OR (a.at, a.id) < (%(place_at)s::timestamptz, %(place_id)s::uuid))
ORDER BY a.at DESC, a.id DESC
LIMIT %(limit)s::int

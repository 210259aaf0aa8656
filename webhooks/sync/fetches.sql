-- due_fetches --
-- Objects that events named, together per company and source; a connection fetches one such group at a time.
WITH due AS (
  SELECT f.id, f.company_id, f.source, f.object, f.from_day FROM object_fetch f
  WHERE f.status = 'waiting' AND f.due_at <= now()
    AND NOT EXISTS (
      SELECT FROM sync s
      WHERE s.company_id = f.company_id AND s.source = f.source AND s.what = 'ids' AND s.actor_id = 'hints'
        AND s.status IN ('pending', 'running'))
  ORDER BY f.due_at
  LIMIT %(limit)s::int
  FOR NO KEY UPDATE SKIP LOCKED
)
SELECT d.company_id, d.source, array_agg(d.id) AS fetches, array_agg(DISTINCT d.object) AS objects,
  coalesce(array_agg(d.id) FILTER (WHERE d.from_day > '-infinity'), '{}') AS dated,
  c.id AS connection_id, c.status AS connection_status
FROM due d
LEFT JOIN connection c ON c.company_id = d.company_id AND c.source = d.source AND c.status <> 'deleted'
GROUP BY d.company_id, d.source, c.id, c.status

-- begin_fetches --
-- A sync begins to fetch them; what is named again from now on waits for the next one.
UPDATE object_fetch SET status = 'fetching', sync_id = %(sync_id)s::uuid, updated_at = now()
WHERE company_id = %(company_id)s::uuid AND id = ANY(%(fetches)s::uuid[])

-- end_fetches --
-- What became of objects that events named: met under that name, under another of the same role, or not at all.
UPDATE object_fetch f SET updated_at = now(),
  status = CASE WHEN %(error)s::text IS NULL AND met.any_of_it THEN 'fetched' ELSE 'failed' END,
  detail = CASE WHEN %(error)s::text IS NOT NULL THEN %(error)s::text WHEN NOT met.any_of_it
    THEN 'Nothing came for it: the source has nothing under this name, or the connection leaves it out.' END
FROM object_fetch o
CROSS JOIN LATERAL (
  SELECT EXISTS (
    SELECT FROM sync_seen n
    WHERE n.company_id = o.company_id AND n.sync_id = o.sync_id AND (n.object = o.object OR EXISTS (
      SELECT FROM role_identity i
      WHERE i.company_id = n.company_id AND i.role_id = n.role_id AND i.value = o.object))
  ) AS any_of_it
) AS met
WHERE f.company_id = %(company_id)s::uuid AND f.sync_id = %(sync_id)s::uuid AND f.status = 'fetching'
  AND o.id = f.id AND o.company_id = f.company_id

-- slice_sources --
-- The payloads from which the present revisions of roles came, of which a slice begins today.
SELECT f.id, f.object, e.id AS source_event_id, e.source, e.content_type, e.body
FROM object_fetch f
JOIN role r ON r.company_id = f.company_id AND r.source = f.source AND r.source_id = f.object
JOIN role_revision v ON v.company_id = r.company_id AND v.role_id = r.id AND v.revision = r.revision
JOIN source_event e ON e.company_id = v.company_id AND e.id = v.source_event_id AND e.body IS NOT NULL
WHERE f.id = ANY(%(fetches)s::uuid[]) AND f.status = 'fetching'

-- end_fetch --
-- What was received was read again, or could not be.
UPDATE object_fetch SET status = CASE WHEN %(detail)s::text IS NULL THEN 'fetched' ELSE 'no_connection' END,
  detail = %(detail)s::text, updated_at = now()
WHERE id = %(id)s::uuid AND status = 'fetching'

-- refuse_fetches --
-- There is no connection that could fetch them.
UPDATE object_fetch SET status = 'no_connection', detail = %(detail)s::text, updated_at = now()
WHERE company_id = %(company_id)s::uuid AND id = ANY(%(fetches)s::uuid[])

-- forget_fetches --
-- Fetches that are over, when their source events' bytes go too.
DELETE FROM object_fetch
WHERE (id, company_id) IN (
  SELECT id, company_id FROM object_fetch
  WHERE status IN ('fetched', 'failed', 'no_connection') AND updated_at < now() - make_interval(days => %(days)s::int)
  LIMIT %(limit)s::int)

-- left_out --
-- Why what was found is not here, by reason, with some of the objects by name.
SELECT outcome, coalesce(reason, '') AS reason, count(*) AS count, (array_agg(object ORDER BY object))[1:5] AS examples
FROM sync_seen
WHERE company_id = %(company_id)s::uuid AND sync_id = %(id)s::uuid AND outcome IN ('out_of_scope', 'rejected')
GROUP BY 1, 2
ORDER BY 3 DESC, 1, 2

-- count_here --
-- How many of the objects of a pull have a role here.
SELECT count(*) FROM sync_seen
WHERE company_id = %(company_id)s::uuid AND sync_id = %(id)s::uuid AND role_id IS NOT NULL

-- forget_absences --
-- Roles that were met again are no longer missing.
DELETE FROM role_absence a
USING sync_seen n
WHERE a.company_id = %(company_id)s::uuid AND n.company_id = a.company_id AND n.sync_id = %(id)s::uuid
  AND n.role_id = a.role_id

-- count_held --
-- How many roles of the source there were when the pull began, and how many of them it did not meet.
SELECT count(*) AS held, count(*) FILTER (WHERE NOT EXISTS (
    SELECT FROM sync_seen n
    WHERE n.company_id = o.company_id AND n.sync_id = %(id)s::uuid AND (n.role_id = o.id OR n.object = o.source_id))
  ) AS missing
FROM role o
WHERE o.company_id = %(company_id)s::uuid AND o.source = %(source)s::text AND o.state <> 'archived'
  AND o.created_at < %(pinned_at)s::timestamptz

-- note_absences --
-- Roles of the source that a complete pull of everything did not meet are missing once more; each pull counts once.
INSERT INTO role_absence AS a (company_id, role_id, missed, last_sync_id)
SELECT o.company_id, o.id, 1, %(id)s::uuid
FROM role o
WHERE o.company_id = %(company_id)s::uuid AND o.source = %(source)s::text AND o.state <> 'archived'
  AND o.created_at < %(pinned_at)s::timestamptz
  AND NOT EXISTS (
    SELECT FROM sync_seen n
    WHERE n.company_id = o.company_id AND n.sync_id = %(id)s::uuid AND (n.role_id = o.id OR n.object = o.source_id))
ON CONFLICT (company_id, role_id)
DO UPDATE SET missed = a.missed + 1, last_sync_id = excluded.last_sync_id
WHERE a.last_sync_id <> excluded.last_sync_id

-- vanished --
-- Roles that were missing as often as their company wants it confirmed.
SELECT a.role_id, a.missed FROM role_absence a
JOIN role o ON o.id = a.role_id AND o.company_id = a.company_id
WHERE a.company_id = %(company_id)s::uuid AND o.source = %(source)s::text AND o.state <> 'archived'
  AND a.missed >= %(confirmations)s::int
ORDER BY a.role_id

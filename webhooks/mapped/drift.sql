-- ask_for_looks --
-- Which sources of which companies have payloads nobody looked at, asked for at most every five minutes. They are
-- looked at after some seconds, when those that came before are committed too.
INSERT INTO source_watch (company_id, source)
SELECT c.id, s.source
FROM company c
CROSS JOIN unnest(%(sources)s::text[]) AS s (source)
LEFT JOIN source_watch w ON w.company_id = c.id AND w.source = s.source
WHERE (w.asked_at IS NULL OR w.asked_at < now() - interval '5 minutes')
  AND EXISTS (
    SELECT 1 FROM source_event e
    WHERE e.company_id = c.id AND e.source = s.source AND e.body IS NOT NULL AND e.replay_of IS NULL AND e.accepted > 0
      AND e.received_at > coalesce(w.looked_at, now() - interval '1 day') AND e.received_at < now() - interval '10 seconds'
  )
ORDER BY c.id
LIMIT %(limit)s::int
ON CONFLICT (company_id, source) DO UPDATE SET asked_at = now()
RETURNING company_id, source

-- look_from --
-- Up to where a source was looked through; its row is locked, so that no payload is counted twice.
INSERT INTO source_watch (company_id, source) VALUES (%(company_id)s::uuid, %(source)s::text)
ON CONFLICT (company_id, source) DO UPDATE SET source = excluded.source
RETURNING looked_at, looked_id

-- unlooked_events --
-- The payloads after that, oldest first; those that were read again say nothing new.
SELECT id, received_at, content_type, body FROM source_event
WHERE company_id = %(company_id)s::uuid AND source = %(source)s::text AND body IS NOT NULL AND replay_of IS NULL
  AND accepted > 0 AND received_at < now() - interval '10 seconds'
  AND (received_at, id) > (coalesce(%(looked_at)s::timestamptz, now() - interval '1 day'),
    coalesce(%(looked_id)s::uuid, '00000000-0000-0000-0000-000000000000'))
ORDER BY received_at, id
LIMIT %(limit)s::int

-- looked_up_to --
-- The next look begins here.
UPDATE source_watch SET looked_at = %(looked_at)s::timestamptz, looked_id = %(looked_id)s::uuid
WHERE company_id = %(company_id)s::uuid AND source = %(source)s::text

-- list_shapes --
-- How many job profiles came in each form.
SELECT shape, profiles FROM source_shape WHERE company_id = %(company_id)s::uuid AND source = %(source)s::text

-- list_fields --
-- What is known of each field.
SELECT shape, path, first_profile, first_seen_at, seen, missed, missing_since FROM source_field
WHERE company_id = %(company_id)s::uuid AND source = %(source)s::text
ORDER BY shape, path

-- keep_shapes --
-- The counts after a look.
INSERT INTO source_shape (company_id, source, shape, profiles)
SELECT %(company_id)s::uuid, %(source)s::text, n.shape, n.profiles
FROM jsonb_to_recordset(%(shapes)s::jsonb) AS n (shape text, profiles bigint)
ON CONFLICT (company_id, source, shape) DO UPDATE SET profiles = excluded.profiles

-- keep_fields --
-- What is known of the fields after a look.
INSERT INTO source_field (company_id, source, shape, path, first_profile, first_seen_at, seen, missed, missing_since)
SELECT %(company_id)s::uuid, %(source)s::text, n.shape, n.path, n.first_profile, n.first_seen_at, n.seen, n.missed, n.missing_since
FROM jsonb_to_recordset(%(fields)s::jsonb) AS n (shape text, path text, first_profile bigint, first_seen_at timestamptz,
  seen bigint, missed int, missing_since timestamptz)
ON CONFLICT (company_id, source, shape, path) DO UPDATE SET seen = excluded.seen, missed = excluded.missed,
  missing_since = excluded.missing_since

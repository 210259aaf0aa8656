-- published_version --
-- Which version of each source a company reads its payloads with; sources without one use their default.
SELECT source, version FROM mapping WHERE company_id = %(company_id)s::uuid AND status = 'published'

-- list_mappings --
-- Every version of a company, newest first; rules only where they are asked for.
SELECT source, version, status, edit, based_on, note, changed_by, published_by, created_at, updated_at, published_at
FROM mapping
WHERE company_id = %(company_id)s::uuid AND (%(source)s::text IS NULL OR source = %(source)s::text)
ORDER BY source, version DESC

-- get_mapping --
-- One version with its rules.
SELECT source, version, status, edit, based_on, note, changed_by, published_by, created_at, updated_at, published_at, rules
FROM mapping
WHERE company_id = %(company_id)s::uuid AND source = %(source)s::text AND version = %(version)s::int

-- lock_source --
-- One change at a time to the mappings of a source; the lock ends with the transaction.
SELECT pg_advisory_xact_lock(hashtextextended('mapping:' || %(company_id)s::text || ':' || %(source)s::text, 0))

-- insert_draft --
-- A draft begins, as the version after all there were.
INSERT INTO mapping (company_id, source, version, rules, based_on, note, changed_by)
VALUES (%(company_id)s::uuid, %(source)s::text, %(version)s::int, %(rules)s::jsonb, %(based_on)s::int, %(note)s::text,
  %(changed_by)s::text)

-- save_draft --
-- A draft is changed by whoever saw its last change.
UPDATE mapping SET rules = %(rules)s::jsonb, note = %(note)s::text, changed_by = %(changed_by)s::text, edit = edit + 1,
  updated_at = now()
WHERE company_id = %(company_id)s::uuid AND source = %(source)s::text AND version = %(version)s::int AND status = 'draft'
  AND edit = %(edit)s::int

-- delete_draft --
-- A draft is thrown away; published versions stay.
DELETE FROM mapping
WHERE company_id = %(company_id)s::uuid AND source = %(source)s::text AND status = 'draft' AND edit = %(edit)s::int

-- supersede --
-- Another version takes over.
UPDATE mapping SET status = 'superseded', updated_at = now()
WHERE company_id = %(company_id)s::uuid AND source = %(source)s::text AND status = 'published'

-- publish --
-- From now on payloads are read with this version.
UPDATE mapping SET status = 'published', published_at = now(), published_by = %(published_by)s::text, updated_at = now()
WHERE company_id = %(company_id)s::uuid AND source = %(source)s::text AND version = %(version)s::int

-- latest_events --
-- The payload in which each role of a source came last, as far as its bytes are kept: what another version is to be
-- read from. The last 20,000 payloads are looked through.
WITH told AS (
  SELECT DISTINCT ON (i.item ->> 'role_id') e.id, e.received_at, i.item ->> 'source_id' AS source_id
  FROM (
    SELECT id, received_at, items FROM source_event
    WHERE company_id = %(company_id)s::uuid AND source = %(source)s::text AND body IS NOT NULL AND accepted > 0
    ORDER BY received_at DESC LIMIT 20000
  ) e, jsonb_array_elements(e.items) AS i (item)
  WHERE i.item ->> 'role_id' IS NOT NULL
  ORDER BY i.item ->> 'role_id', e.received_at DESC
)
SELECT id, array_agg(source_id) AS source_ids FROM told GROUP BY id ORDER BY max(received_at), id

-- stale_roles --
-- What a plan to run roles again is of: those that this version made stale, or that a plan held which it overtook, and
-- that nobody pushed since. A role whose run goes on still will be stale once that ends.
SELECT o.id FROM role o
WHERE o.company_id = %(company_id)s::uuid AND (
  o.mapping_version = %(source)s::text || '@' || %(version)s::int
  OR o.id IN (
    SELECT unnest(p.role_ids) FROM plan p
    WHERE p.company_id = %(company_id)s::uuid AND p.source = %(source)s::text AND p.state = 'overtaken'
  )
) AND (
  o.state = 'stale'
  OR EXISTS (
    SELECT FROM run r
    WHERE r.role_id = o.id AND r.company_id = o.company_id AND r.status IN ('pending', 'running')
      AND r.started_at IS NOT NULL AND r.role_revision < o.revision
  )
)
ORDER BY o.id
LIMIT %(limit)s::int

-- recent_events --
-- What an impact is taken of: the last payloads of a source with their bytes, a page at a time, without those that were
-- read again since they are there already.
SELECT id, received_at, content_type, body FROM source_event
WHERE company_id = %(company_id)s::uuid AND source = %(source)s::text AND body IS NOT NULL AND replay_of IS NULL
  AND (%(place_at)s::timestamptz IS NULL OR (received_at, id) < (%(place_at)s::timestamptz, %(place_id)s::uuid))
ORDER BY received_at DESC, id DESC
LIMIT %(limit)s::int

-- roles_of_profiles --
-- The roles that job profiles of a source became, and whether a change would make them stale.
SELECT id, source_id, state, visible FROM role
WHERE company_id = %(company_id)s::uuid AND source = %(source)s::text AND source_id = ANY(%(source_ids)s::text[])

-- price_of_stages --
-- What a stage of this company cost lately: the mean of its runs, in tokens and in money where a price is known.
SELECT u.stage, sum(u.input_tokens + u.output_tokens)::float8 / count(DISTINCT u.run_id) AS tokens,
  (sum(u.cost_micros) / count(DISTINCT u.run_id))::float8 AS cost_micros
FROM usage u
WHERE u.company_id = %(company_id)s::uuid AND u.run_id IS NOT NULL AND u.stage IS NOT NULL
  AND u.at > now() - interval '90 days'
GROUP BY u.stage

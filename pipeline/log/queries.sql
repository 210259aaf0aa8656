-- feed --
-- A page of the company's log. Only what no open transaction can still precede is served, so that a late
-- committer is never skipped; `seen_*` is how far this page has looked, also past what a filter left out.
SELECT st.id AS store_id, seen.xid::text AS seen_xid, seen.id AS seen_id, e.*, o.title AS role_title, o.code AS role_code,
  o.source AS role_source, o.source_id AS role_source_id, c.name AS company_name, c.dashboard_url
FROM company c
CROSS JOIN (SELECT id FROM store LIMIT 1) AS st
LEFT JOIN LATERAL (
  SELECT v.xid, v.id FROM event v
  WHERE v.company_id = c.id AND v.xid < pg_snapshot_xmin(pg_current_snapshot())
  ORDER BY v.xid DESC, v.id DESC
  LIMIT 1
) AS seen ON true
LEFT JOIN LATERAL (
  SELECT v.id, v.xid::text AS xid, v.type, v.at, v.sequence, v.data, v.run_id, v.role_id, v.batch_id
  FROM event v
  WHERE v.company_id = c.id AND v.xid < pg_snapshot_xmin(pg_current_snapshot())
    AND (v.xid, v.id) > (%(xid)s::text::xid8, %(id)s::bigint)
    AND (%(types)s::text[] IS NULL OR v.type = ANY(%(types)s::text[])
      OR split_part(v.type, '.', 1) || '.*' = ANY(%(types)s::text[]))
    AND (%(since)s::timestamptz IS NULL OR v.at >= %(since)s::timestamptz)
  ORDER BY v.xid, v.id
  LIMIT %(limit)s::int
) AS e ON true
LEFT JOIN role o ON o.id = e.role_id AND o.company_id = c.id
WHERE c.id = %(company_id)s::uuid
ORDER BY e.xid::xid8, e.id

-- of_run --
-- The log of one run, in the order of its own numbers.
SELECT st.id AS store_id, e.id, e.xid::text AS xid, e.type, e.at, e.sequence, e.data, e.run_id, e.role_id, e.batch_id,
  o.title AS role_title, o.code AS role_code, o.source AS role_source, o.source_id AS role_source_id,
  c.name AS company_name, c.dashboard_url
FROM event e
JOIN company c ON c.id = e.company_id
CROSS JOIN store st
LEFT JOIN role o ON o.id = e.role_id AND o.company_id = e.company_id
WHERE e.company_id = %(company_id)s::uuid AND e.run_id = %(run_id)s::uuid AND e.sequence > %(after)s::int
ORDER BY e.sequence, e.id
LIMIT %(limit)s::int

-- newest --
-- Whether anything has happened since somebody last looked; who reads the events themselves uses the feed.
SELECT v.id FROM event v WHERE v.company_id = %(company_id)s::uuid ORDER BY v.xid DESC, v.id DESC LIMIT 1

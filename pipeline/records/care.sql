-- unchecked --
-- Documents that nobody has looked at yet, oldest first: those of webhooks and syncs, which do not wait for it.
SELECT d.id, d.company_id, d.kind, left(d.text, 50000) AS text FROM document d
WHERE d.current AND d.quality = '{}'
ORDER BY d.created_at
LIMIT %(limit)s::int

-- keep_quality --
-- What was found; a version's text never changes, so neither does this.
UPDATE document d SET quality = w.quality
FROM jsonb_to_recordset(%(rows)s::jsonb) AS w (id uuid, company_id uuid, quality jsonb)
WHERE d.id = w.id AND d.company_id = w.company_id

-- acknowledge --
-- A person has seen a warning and takes the document as it is; the first word stays.
INSERT INTO document_acknowledgement (company_id, document_id, code, note, by_kind, by_id, by_name)
SELECT %(company_id)s::uuid, %(document_id)s::uuid, code, %(note)s::text, %(kind)s::text, %(by)s::text, %(name)s::text
FROM unnest(%(codes)s::text[]) AS code
ON CONFLICT DO NOTHING

-- acknowledged --
-- Who has seen which warnings of a document.
SELECT a.code, a.note, a.by_id, a.by_name, a.at FROM document_acknowledgement a
WHERE a.company_id = %(company_id)s::uuid AND a.document_id = %(document_id)s::uuid
ORDER BY a.at, a.code

-- stamp --
-- Whether what a process keeps in memory of a company's standard roles is still what the store says.
SELECT string_agg(s.part, '/' ORDER BY s.part)
FROM (
  SELECT concat(count(*), ' ', max(m.confirmed_at)) AS part FROM confirmed_mapping m
  WHERE m.company_id = %(company_id)s::uuid
  HAVING count(*) > 0
  UNION ALL
  SELECT t.id::text FROM taxonomy t
  WHERE t.company_id IN (%(company_id)s::uuid, '00000000-0000-0000-0000-000000000000') AND t.status = 'current'
) AS s

-- confirmed --
-- What people said which standard role a title means.
SELECT m.title_key, m.title, m.taxonomy, m.code, m.standard_title, m.review_id, m.confirmed_at
FROM confirmed_mapping m
WHERE m.company_id = %(company_id)s::uuid
ORDER BY m.title_key

-- confirm --
-- The newest word of a person about a title is the one that counts.
INSERT INTO confirmed_mapping (company_id, title_key, title, taxonomy, code, standard_title, review_id)
VALUES (%(company_id)s::uuid, %(title_key)s::text, %(title)s::text, %(taxonomy)s::text, %(code)s::text,
  %(standard_title)s::text, %(review_id)s::uuid)
ON CONFLICT (company_id, title_key) DO UPDATE SET title = EXCLUDED.title, taxonomy = EXCLUDED.taxonomy,
  code = EXCLUDED.code, standard_title = EXCLUDED.standard_title, review_id = EXCLUDED.review_id,
  confirmed_at = clock_timestamp()

-- standard_roles --
-- Every role of the taxonomies in use; one of the company hides one of everybody with the same name.
SELECT r.code, r.title, t.name AS taxonomy, r.alternates, 1 AS rank
FROM taxonomy_role r
JOIN (
  SELECT DISTINCT ON (t.name) t.id, t.company_id, t.name FROM taxonomy t
  WHERE t.company_id IN (%(company_id)s::uuid, '00000000-0000-0000-0000-000000000000') AND t.status = 'current'
  ORDER BY t.name, t.company_id DESC
) AS t ON t.id = r.taxonomy_id AND t.company_id = r.company_id
ORDER BY t.name, r.code

-- usual_skills --
-- What the taxonomy in use says that a standard role needs; the company's own taxonomy comes first.
SELECT r.skills
FROM taxonomy_role r
JOIN taxonomy t ON t.id = r.taxonomy_id AND t.company_id = r.company_id
WHERE t.company_id IN (%(company_id)s::uuid, '00000000-0000-0000-0000-000000000000') AND t.status = 'current'
  AND t.name = %(taxonomy)s::text AND r.code = %(code)s::text
ORDER BY t.company_id DESC
LIMIT 1

-- listing --
-- What was imported, in use or replaced; an import that is under way is nobody's yet.
SELECT t.id, t.company_id, t.name, t.version, t.kind, encode(t.sha256, 'hex') AS sha256, t.status, t.roles, t.titles, t.skipped,
  t.notice, t.imported_by, t.created_at, t.updated_at
FROM taxonomy t
WHERE t.company_id IN (%(company_id)s::uuid, '00000000-0000-0000-0000-000000000000') AND t.status <> 'loading'
ORDER BY t.created_at DESC, t.id DESC
LIMIT 1000

-- same --
-- The very same file again changes nothing.
SELECT t.id, t.company_id, t.name, t.version, t.kind, encode(t.sha256, 'hex') AS sha256, t.status, t.roles, t.titles, t.skipped,
  t.notice, t.imported_by, t.created_at, t.updated_at
FROM taxonomy t
WHERE t.company_id = %(company_id)s::uuid AND t.name = %(name)s::text AND t.status = 'current'
  AND t.sha256 = decode(%(sha256)s::text, 'hex')

-- begin --
-- Loading takes several transactions; until the last one nobody sees it.
INSERT INTO taxonomy (id, company_id, name, version, kind, sha256, notice, imported_by)
VALUES (%(id)s::uuid, %(company_id)s::uuid, %(name)s::text, %(version)s::text, %(kind)s::text,
  decode(%(sha256)s::text, 'hex'), %(notice)s::text, %(by)s::text)

-- add_roles --
-- A piece of the file.
INSERT INTO taxonomy_role (company_id, taxonomy_id, code, title, alternates, skills)
SELECT %(company_id)s::uuid, %(id)s::uuid, w.code, w.title, w.alternates, w.skills
FROM jsonb_to_recordset(%(rows)s::jsonb) AS w (code text, title text, alternates text[], skills jsonb)
ON CONFLICT DO NOTHING

-- replace --
-- The version before stays readable and is used no more.
UPDATE taxonomy o SET status = 'replaced', updated_at = now()
FROM taxonomy t
WHERE t.id = %(id)s::uuid AND t.company_id = %(company_id)s::uuid AND o.company_id = t.company_id AND o.name = t.name
  AND o.status = 'current'

-- activate --
-- Whole now: counted and in use.
UPDATE taxonomy t SET status = 'current', roles = n.roles, titles = n.titles, skipped = %(skipped)s::int, updated_at = now()
FROM (
  SELECT count(*) AS roles, coalesce(sum(1 + cardinality(r.alternates)), 0) AS titles
  FROM taxonomy_role r WHERE r.company_id = %(company_id)s::uuid AND r.taxonomy_id = %(id)s::uuid
) AS n
WHERE t.id = %(id)s::uuid AND t.company_id = %(company_id)s::uuid
RETURNING t.id, t.company_id, t.name, t.version, t.kind, encode(t.sha256, 'hex') AS sha256, t.status, t.roles, t.titles, t.skipped,
  t.notice, t.imported_by, t.created_at, t.updated_at

-- forget --
-- An import that failed leaves nothing.
DELETE FROM taxonomy WHERE id = %(id)s::uuid AND company_id = %(company_id)s::uuid AND status = 'loading'

-- mapped_roles --
-- What each role is linked to now, by its newest mapping.
SELECT o.id AS role_id, o.title, m.outputs #>> '{linked,taxonomy}' AS taxonomy, m.outputs #>> '{linked,code}' AS code,
  m.outputs #>> '{linked,title}' AS standard_title, m.outputs -> 'decided' IS NOT NULL
    AND m.outputs -> 'decided' <> 'null' AS decided
FROM role o
CROSS JOIN LATERAL (
  SELECT s.outputs FROM stage_run s
  WHERE s.role_id = o.id AND s.company_id = o.company_id AND s.stage = 'map_draup_role' AND s.status = 'success'
    AND s.skipped IS NULL AND s.reused_from IS NULL
  ORDER BY s.finished_at DESC
  LIMIT 1
) AS m
WHERE o.company_id = %(company_id)s::uuid AND o.state <> 'archived'
ORDER BY o.title, o.id

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

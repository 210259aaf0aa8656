-- skills --
-- The company's skills, each once whatever its spelling, with the roles that need it; by key, page by page.
WITH newest AS (
  SELECT DISTINCT ON (s.role_id) s.role_id, s.outputs
  FROM stage_run s
  JOIN role o ON o.id = s.role_id AND o.company_id = s.company_id
  WHERE s.company_id = %(company_id)s::uuid AND s.stage = 'mine_skills' AND s.status = 'success' AND s.skipped IS NULL
    AND s.reused_from IS NULL AND o.visible
  ORDER BY s.role_id, s.finished_at DESC
), one AS (
  SELECT n.role_id, lower(regexp_replace(trim(k.skill ->> 'name'), '\s+', ' ', 'g')) AS key, k.skill ->> 'name' AS name,
    k.skill ->> 'group' AS family, k.origin = 'found' AS found
  FROM newest n
  CROSS JOIN LATERAL (
    SELECT 'found' AS origin, jsonb_array_elements(n.outputs -> 'found') AS skill
    UNION ALL
    SELECT 'inferred', jsonb_array_elements(n.outputs -> 'inferred')
  ) AS k
)
SELECT key, min(name) AS name, min(family) AS family, count(DISTINCT role_id) AS roles,
  count(DISTINCT role_id) FILTER (WHERE found) AS found_in,
  (array_agg(DISTINCT role_id))[:100] AS role_ids
FROM one
WHERE key > %(after)s::text AND key <> '' AND (%(search)s::text = '' OR key LIKE '%%' || %(search)s::text || '%%')
GROUP BY key
ORDER BY key
LIMIT %(limit)s::int

-- roles --
-- The company's roles, those of one standard role (or, without one, of one title) together; by key, page by page.
WITH known AS (
  SELECT o.id, o.title, o.code, o.family, m.linked,
    CASE WHEN m.linked IS NULL THEN 'title:' || lower(regexp_replace(trim(o.title), '\s+', ' ', 'g'))
      ELSE (m.linked ->> 'taxonomy') || ':' || (m.linked ->> 'code') END AS key,
    (a.outputs #>> '{scores,ai_exposure}')::float8 AS ai_exposure
  FROM role o
  LEFT JOIN LATERAL (
    SELECT nullif(s.outputs -> 'linked', 'null') AS linked FROM stage_run s
    WHERE s.role_id = o.id AND s.company_id = o.company_id AND s.stage = 'map_draup_role' AND s.status = 'success'
      AND s.skipped IS NULL AND s.reused_from IS NULL
    ORDER BY s.finished_at DESC LIMIT 1
  ) AS m ON true
  LEFT JOIN LATERAL (
    SELECT s.outputs FROM stage_run s
    WHERE s.role_id = o.id AND s.company_id = o.company_id AND s.stage = 'ai_assessment' AND s.status = 'success'
      AND s.skipped IS NULL AND s.reused_from IS NULL AND s.finished_at <= o.published_at
    ORDER BY s.finished_at DESC LIMIT 1
  ) AS a ON true
  WHERE o.company_id = %(company_id)s::uuid AND o.visible
)
SELECT k.key, coalesce(min(k.linked ->> 'title'), min(k.title)) AS title, min(k.linked ->> 'taxonomy') AS taxonomy,
  min(k.linked ->> 'code') AS code, array_remove(array_agg(DISTINCT k.family), NULL) AS families,
  count(*) AS roles, avg(k.ai_exposure) AS ai_exposure,
  (jsonb_agg(jsonb_build_object('id', k.id, 'title', k.title, 'code', k.code, 'ai_exposure', k.ai_exposure)
    ORDER BY k.title, k.id)) AS members
FROM known k
WHERE k.key > %(after)s::text AND (%(search)s::text = '' OR lower(k.title) LIKE '%%' || %(search)s::text || '%%')
GROUP BY k.key
ORDER BY k.key
LIMIT %(limit)s::int

-- tasks --
-- The company's tasks in canonical wording, the same task of several roles once; by wording, page by page.
WITH newest AS (
  SELECT DISTINCT ON (s.role_id) s.role_id, s.outputs
  FROM stage_run s
  JOIN role o ON o.id = s.role_id AND o.company_id = s.company_id
  WHERE s.company_id = %(company_id)s::uuid AND s.stage = 'standardise_tasks' AND s.status = 'success'
    AND s.skipped IS NULL AND s.reused_from IS NULL AND o.visible
  ORDER BY s.role_id, s.finished_at DESC
), one AS (
  SELECT n.role_id, t.task ->> 'text' AS text, t.task ->> 'verb' AS verb,
    lower(regexp_replace(trim(t.task ->> 'text'), '\s+', ' ', 'g')) AS key
  FROM newest n CROSS JOIN LATERAL jsonb_array_elements(n.outputs -> 'tasks') AS t (task)
)
SELECT key, min(text) AS text, min(verb) AS verb, count(DISTINCT role_id) AS roles,
  (array_agg(DISTINCT role_id))[:100] AS role_ids
FROM one
WHERE key > %(after)s::text AND key <> '' AND (%(search)s::text = '' OR key LIKE '%%' || %(search)s::text || '%%')
GROUP BY key
ORDER BY key
LIMIT %(limit)s::int

-- families --
-- How many roles there are of each family within each group.
SELECT nullif(o.record #>> '{attributes,family_group}', '') AS "group", nullif(o.family, '') AS family, count(*) AS roles
FROM role o
WHERE o.company_id = %(company_id)s::uuid
GROUP BY 1, 2
ORDER BY 1 NULLS LAST, 2 NULLS LAST
LIMIT 2000

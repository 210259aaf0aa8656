// lock_journals //
// Setting `turn` takes the row's lock before anything is read, so that two writers of a role take turns.
UNWIND $rows AS row
MERGE (j:{{journal}} {company_id: $company_id, key: row.key})
SET j.turn = $turn
RETURN j.key AS key, j.state AS state

// roles_by_key //
// What the graph holds about the roles of a batch.
UNWIND $keys AS key
MATCH (r:{{company_role}} {company_id: $company_id, key: key})
RETURN key, properties(r) AS props

// unowned_roles //
// Roles that were in the graph before us (ours have a rev), to be adopted by code or by name.
MATCH (r:{{company_role}})
WHERE r.rev IS NULL
  AND (r.company_id = $company_id OR toLower(trim(r.company)) = $company
       OR toLower(trim(r.company_name)) = $company)
  AND (toString(r.code) IN $codes OR toLower(trim(coalesce(r.title, r.name))) IN $titles)
RETURN elementId(r) AS id, toString(r.code) AS code, toLower(trim(coalesce(r.title, r.name))) AS title,
       properties(r) AS props
ORDER BY id
LIMIT 2000

// merge_shared //
// Nodes of many roles, in a transaction of their own; keys come sorted, nothing on them ever changes.
UNWIND $rows AS row
MERGE (n:{{label}} {company_id: $company_id, key: row.key})
ON CREATE SET n += row.props, n.made_by = 'etter'

// merge_draup_roles //
// A standard role that is already in the graph (any company's, or ours) is used as it is.
UNWIND $rows AS row
OPTIONAL MATCH (d:{{draup_role}})
WHERE d.code IN [row.props.code, toInteger(row.props.code)]
  AND (d.company_id IS NULL OR d.company_id = $company_id)
  AND coalesce(d.taxonomy, 'graph') = row.props.taxonomy
WITH row, count(d) AS found
WHERE found = 0
MERGE (n:{{draup_role}} {company_id: $company_id, key: row.key})
ON CREATE SET n += row.props, n.made_by = 'etter'

// upsert_roles //
// The role's own node; an older write than what is there changes nothing.
UNWIND $rows AS row
MERGE (r:{{company_role}} {company_id: $company_id, key: row.role})
ON CREATE SET r.made_by = 'etter'
WITH r, row
WHERE coalesce(r.rev, 0) <= row.guard
SET r += row.props, r.rev = row.rev, r.run = row.run
RETURN count(r) AS changed

// adopt_roles //
// A role that was there before us becomes ours; element ids live no longer than this transaction.
UNWIND $rows AS row
MATCH (r:{{company_role}})
WHERE elementId(r) = row.id AND r.rev IS NULL
SET r += row.props, r.company_id = $company_id, r.key = row.role, r.rev = row.rev, r.run = row.run
RETURN count(r) AS changed

// update_roles //
// Properties of roles that exist; an older write than what is there changes nothing.
UNWIND $rows AS row
MATCH (r:{{company_role}} {company_id: $company_id, key: row.role})
WHERE coalesce(r.rev, 0) <= row.guard
SET r += row.props, r.rev = row.rev, r.run = row.run
RETURN count(r) AS changed

// delete_links //
// Edges that a stage no longer wants, or whose intent is undone.
UNWIND $rows AS row
MATCH (r:{{company_role}} {company_id: $company_id, key: row.role})-[e:{{link}}]->
      (n:{{label}} {company_id: $company_id, key: row.key})
DELETE e

// delete_draup_links //
// A role's edges to standard roles; the standard role may belong to nobody, so its code finds it.
UNWIND $rows AS row
MATCH (r:{{company_role}} {company_id: $company_id, key: row.role})-[e:{{link}}]->(d:{{draup_role}})
WHERE d.code IN [row.props.code, toInteger(row.props.code)]
  AND coalesce(d.taxonomy, 'graph') = row.props.taxonomy
DELETE e

// set_nodes //
// Nodes of one role (documents, its catalogue entry); an older write changes nothing.
UNWIND $rows AS row
MERGE (n:{{label}} {company_id: $company_id, key: row.key})
ON CREATE SET n.made_by = 'etter'
WITH n, row
WHERE coalesce(n.rev, 0) <= row.guard
SET n += row.props, n.rev = row.rev

// merge_links //
// Edges of a batch; the count tells whether a shared node was removed meanwhile.
UNWIND $rows AS row
MATCH (r:{{company_role}} {company_id: $company_id, key: row.role})
MATCH (n:{{label}} {company_id: $company_id, key: row.key})
MERGE (r)-[e:{{link}}]->(n)
SET e += row.props
RETURN count(e) AS merged

// merge_draup_links //
// One edge per role and standard role, also where the graph holds that standard role twice.
UNWIND $rows AS row
MATCH (r:{{company_role}} {company_id: $company_id, key: row.role})
MATCH (d:{{draup_role}})
WHERE d.code IN [row.props.code, toInteger(row.props.code)]
  AND (d.company_id IS NULL OR d.company_id = $company_id)
  AND coalesce(d.taxonomy, 'graph') = row.props.taxonomy
WITH r, row, collect(d)[0] AS n
MERGE (r)-[e:{{link}}]->(n)
SET e += row.props
RETURN count(e) AS merged

// write_journals //
// What was written and what it replaced, in the same transaction as the write itself.
UNWIND $rows AS row
MATCH (j:{{journal}} {company_id: $company_id, key: row.key})
SET j.state = row.state, j.role = row.role

// delete_journals //
// Nothing of this role and stage is left to undo.
UNWIND $keys AS key
MATCH (j:{{journal}} {company_id: $company_id, key: key})
DELETE j

// delete_roles //
// Only nodes that we made; adopted ones got their own properties back and stay.
UNWIND $keys AS key
MATCH (r:{{company_role}} {company_id: $company_id, key: key})
WHERE r.made_by = 'etter'
DETACH DELETE r

// delete_orphans //
// Nodes we made that no role points at any more.
UNWIND $keys AS key
MATCH (n:{{label}} {company_id: $company_id, key: key})
WHERE n.made_by = 'etter'
OPTIONAL MATCH (n)-[e]-()
WITH n, count(e) AS edges
WHERE edges = 0
DELETE n

// mark_roles //
// Flags that change outside runs: stale, archived, under review, degraded. Only what was published has any.
UNWIND $rows AS row
MATCH (r:{{company_role}} {company_id: $company_id, key: row.role})
WHERE r.published_revision IS NOT NULL
SET r += row.props
RETURN count(r) AS changed

// draup_roles //
// The standard roles that were in the graph before us: everybody's and this company's own. What a mapping of ours
// made is no taxonomy of the company's.
MATCH (d:{{draup_role}})
WHERE d.code IS NOT NULL AND (d.company_id IS NULL OR d.company_id = $company_id)
  AND (d.made_by IS NULL OR d.made_by <> 'etter')
RETURN toString(d.code) AS code, coalesce(d.title, d.name) AS title,
       coalesce(d.taxonomy, 'graph') AS taxonomy, d.alternates AS alternates
ORDER BY taxonomy, code
LIMIT 50000

// role_edges //
// Every edge of some roles with the node it leads to, for verify.
UNWIND $keys AS key
MATCH (r:{{company_role}} {company_id: $company_id, key: key})-[e:{{link}}]->(n:{{label}})
RETURN key AS role, coalesce(n.key, n.code) AS key, n.code AS code, n.taxonomy AS taxonomy,
       n.made_by AS made_by, properties(n) AS node, properties(e) AS props

// our_roles //
// Keys of the roles of a company that we wrote, page by page.
MATCH (r:{{company_role}})
WHERE r.company_id = $company_id AND r.rev IS NOT NULL AND r.key > $after
RETURN r.key AS key, r.title AS title
ORDER BY key
LIMIT 1000

// role_journals //
// All journals of a role, to take the role out of the graph.
MATCH (j:{{journal}})
WHERE j.company_id = $company_id AND j.role = $role
RETURN j.key AS key, j.state AS state

// dashboard //
// The one query behind the dashboard contract; read-only.
MATCH (r:{{company_role}})
WHERE r.company_id = $company_id AND r.published_revision IS NOT NULL
  AND (r.visible = true OR r.archived = true)
  AND ($role IS NULL OR r.key = $role) AND r.key > $after
OPTIONAL MATCH (r)-[:{{in_family}}]->(f:{{family}})
WITH r, collect(f.name) AS families
OPTIONAL MATCH (r)-[:{{maps_to}}]->(d:{{draup_role}})
WITH r, families, collect(CASE WHEN d IS NULL THEN null
  ELSE {code: d.code, title: coalesce(d.title, d.name), taxonomy: d.taxonomy} END) AS draup_roles
OPTIONAL MATCH (r)-[:{{has_document}}]->(doc:{{document}})
WITH r, families, draup_roles, collect(CASE WHEN doc IS NULL THEN null
  ELSE {id: doc.key, kind: doc.kind, title: doc.title, version: doc.version} END) AS documents
OPTIONAL MATCH (r)-[q:{{requires_skill}}]->(s:{{skill}})
WITH r, families, draup_roles, documents, collect(CASE WHEN s IS NULL THEN null
  ELSE {name: s.name, origin: q.origin} END) AS skills
RETURN r.key AS role_id, r.title AS title, r.code AS code, families[0] AS family, r.level AS level,
       r.grade AS grade, r.ai_exposure AS ai_exposure,
       r.text_score AS text_score, r.occupation_score AS occupation_score,
       r.blended_score AS blended_score, r.occupation_from AS occupation_from,
       r.automation AS automation, r.augmentation AS augmentation, r.human AS human, r.confidence AS confidence,
       r.summary AS summary, r.evidence AS evidence, r.tasks AS tasks,
       r.stale AS stale, r.degraded AS degraded, r.under_review AS under_review,
       r.decided AS decided,
       r.archived AS archived, r.assessor AS assessor, r.assessor_version AS assessor_version,
       r.offline AS offline, r.basis AS basis, r.published_revision AS revision,
       r.updated_at AS updated_at, draup_roles, documents, skills
ORDER BY role_id
LIMIT $limit

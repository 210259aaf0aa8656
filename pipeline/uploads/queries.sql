-- insert_uploads --
-- A file that was given, or a ZIP with its files, in one statement; bytes are kept only of what still waits.
WITH new_upload AS (
  INSERT INTO upload (id, company_id, parent_id, name, size, sha256, format, wish, status, problem, by_kind, by_id, by_name)
  SELECT w.id, %(company_id)s::uuid, w.parent_id, w.name, w.size, decode(w.sha256, 'hex'), w.format, w.wish, w.status,
    w.problem, %(by_kind)s::text, %(by_id)s::uuid, %(by_name)s::text
  FROM jsonb_to_recordset(%(rows)s::jsonb) AS w (
    id uuid, parent_id uuid, name text, size bigint, sha256 text, format text, wish jsonb, status text, problem jsonb)
)
INSERT INTO upload_part (company_id, upload_id, first, bytes)
SELECT %(company_id)s::uuid, w.id, 0, b.body
FROM jsonb_to_recordset(%(rows)s::jsonb) AS w (n int, id uuid)
JOIN unnest(%(bodies)b::bytea[]) WITH ORDINALITY AS b (body, n) ON b.n = w.n

-- settle_upload --
-- What became of a file that was read; its text stays only while a person is asked about it.
UPDATE upload SET status = %(status)s::text, size = %(size)s::bigint, sha256 = decode(%(sha256)s::text, 'hex'),
  format = %(format)s::text, kind = %(kind)s::text, kind_because = %(kind_because)s::text, text = %(text)s::text,
  html = %(html)s::text, problem = %(problem)s::jsonb, warnings = %(warnings)s::jsonb, suggestions = %(suggestions)s::jsonb,
  documents = %(documents)s::jsonb, claimed_until = NULL, updated_at = now()
WHERE id = %(id)s::uuid AND company_id = %(company_id)s::uuid

-- unpack_upload --
-- A ZIP has become its files.
UPDATE upload SET status = 'unpacked', format = 'zip', size = %(size)s::bigint, sha256 = decode(%(sha256)s::text, 'hex'),
  updated_at = now()
WHERE id = %(id)s::uuid AND company_id = %(company_id)s::uuid

-- drop_parts --
-- The bytes of a file that was read are of no more use.
DELETE FROM upload_part WHERE company_id = %(company_id)s::uuid AND upload_id = %(id)s::uuid

-- lock_upload --
-- Whoever changes an upload waits for whoever does already.
SELECT id FROM upload WHERE id = %(id)s::uuid AND company_id = %(company_id)s::uuid FOR NO KEY UPDATE

-- uploads --
-- Uploads as they are shown, the files of a ZIP counted by what became of them.
SELECT u.id, u.company_id, u.parent_id, u.name, u.size, encode(u.sha256, 'hex') AS sha256, u.format, u.wish, u.status, u.kind,
  u.kind_because, u.problem, u.warnings, u.suggestions, u.documents, u.by_kind, u.by_id, u.by_name, u.tries, u.created_at,
  u.updated_at,
  coalesce((
    SELECT jsonb_object_agg(m.status, m.files)
    FROM (SELECT i.status, count(*) AS files FROM upload i
      WHERE i.parent_id = u.id AND i.company_id = u.company_id GROUP BY i.status) AS m
  ), '{}') AS members
FROM upload u
WHERE u.company_id = %(company_id)s::uuid AND u.id = ANY(%(ids)s::uuid[])

-- upload_ids --
-- A page of what was given last: whole uploads, or the files of one ZIP.
SELECT u.id FROM upload u
WHERE u.company_id = %(company_id)s::uuid
  AND (u.parent_id = %(parent_id)s::uuid OR %(parent_id)s::uuid IS NULL AND (%(members)s::boolean OR u.parent_id IS NULL))
  AND (%(status)s::text[] IS NULL OR u.status = ANY(%(status)s::text[]))
  AND (%(place_at)s::timestamptz IS NULL OR (u.created_at, u.id) < (%(place_at)s::timestamptz, %(place_id)s::uuid))
ORDER BY u.created_at DESC, u.id DESC
LIMIT %(limit)s::int

-- open_uploads --
-- How much of a company is on its way: bytes that nobody reads yet take room.
SELECT count(*) FILTER (WHERE status = 'receiving') AS receiving, count(*) FILTER (WHERE status = 'waiting') AS waiting
FROM upload
WHERE company_id = %(company_id)s::uuid AND status IN ('receiving', 'waiting')

-- texts --
-- What was read of a file that a person is asked about.
SELECT u.text, u.html FROM upload u
WHERE u.company_id = %(company_id)s::uuid AND u.id = %(id)s::uuid AND u.text IS NOT NULL

-- add_part --
-- The next part of a file that comes in parts.
WITH part AS (
  INSERT INTO upload_part (company_id, upload_id, first, bytes)
  VALUES (%(company_id)s::uuid, %(id)s::uuid, %(first)s::bigint, %(body)b::bytea)
)
UPDATE upload SET size = %(first)s::bigint + octet_length(%(body)b::bytea), updated_at = now()
WHERE id = %(id)s::uuid AND company_id = %(company_id)s::uuid

-- part_of --
-- Whether a part that is sent again is the one that came before.
SELECT bytes FROM upload_part
WHERE company_id = %(company_id)s::uuid AND upload_id = %(id)s::uuid AND first = %(first)s::bigint

-- whole --
-- All parts of a file, one after the other.
SELECT string_agg(bytes, ''::bytea ORDER BY first) AS bytes FROM upload_part
WHERE company_id = %(company_id)s::uuid AND upload_id = %(id)s::uuid

-- delete_upload --
-- Nobody wants it any more; what became a document stays.
DELETE FROM upload WHERE company_id = %(company_id)s::uuid AND id = %(id)s::uuid

-- claim_upload --
-- A file that nobody else is reading; one whose reader died comes back. Any company that waits is as likely to be
-- next, however many files it has; its own come in their order.
UPDATE upload u SET claimed_until = now() + make_interval(secs => %(lease)s::float8), tries = u.tries + 1
FROM (
  SELECT id, company_id FROM upload
  WHERE company_id = (
      SELECT company_id FROM (
        SELECT DISTINCT company_id FROM upload
        WHERE status = 'waiting' AND (claimed_until IS NULL OR claimed_until < now())) AS waits
      ORDER BY random()
      LIMIT 1)
    AND status = 'waiting' AND (claimed_until IS NULL OR claimed_until < now())
  ORDER BY created_at
  LIMIT 1
  FOR UPDATE SKIP LOCKED
) AS due
WHERE u.id = due.id AND u.company_id = due.company_id
RETURNING u.id, u.company_id

-- give_back_upload --
-- A try that never came to the file does not count.
UPDATE upload SET claimed_until = NULL, tries = tries - 1
WHERE id = %(id)s::uuid AND company_id = %(company_id)s::uuid AND status = 'waiting'

-- forget_uploads --
-- What became of files is known from the documents; what nobody finished sending is dropped after a day.
DELETE FROM upload
WHERE (id, company_id) IN (
  SELECT id, company_id FROM upload
  WHERE updated_at < now() - make_interval(days => %(days)s::int)
    OR (status = 'receiving' AND updated_at < now() - interval '1 day')
  LIMIT %(limit)s::int)

-- role_names --
-- What files may be about: every role in use by its code and title.
SELECT id, code, title FROM role
WHERE company_id = %(company_id)s::uuid AND state <> 'archived'
ORDER BY id
LIMIT 20000

-- same_text --
-- Who has this very text already.
SELECT d.id AS document_id, d.role_id, o.title AS role_title
FROM document d
LEFT JOIN role o ON o.id = d.role_id AND o.company_id = d.company_id
WHERE d.company_id = %(company_id)s::uuid AND d.sha256 = decode(%(sha256)s::text, 'hex') AND d.current
ORDER BY d.id
LIMIT 20

-- insert_sync --
-- Somebody or the schedule wants a pull. No row means that one is going on over this connection already.
INSERT INTO sync (id, company_id, connection_id, source, what, since, wanted, dry_run, push, actor_kind, actor_id, waiting)
VALUES (%(id)s::uuid, %(company_id)s::uuid, %(connection_id)s::uuid, %(source)s::text, %(what)s::text,
  %(since)s::timestamptz, %(wanted)s::text[], %(dry_run)s::boolean, %(push)s::boolean, %(actor_kind)s::text,
  %(actor_id)s::text, 'queue')
ON CONFLICT (company_id, connection_id) WHERE status IN ('pending', 'running') AND what <> 'ids' DO NOTHING
RETURNING id

-- get_sync --
-- The page of one sync and every look at its progress.
SELECT id, connection_id, source, what, since, wanted, dry_run, push, actor_kind, actor_id, status, waiting,
  CASE WHEN owner IS NULL AND finished_at IS NULL THEN due_at END AS due_at, tries, cancel_asked_at IS NOT NULL AS cancelling,
  pinned_at, page, pages, total, counts, outputs, error, created_at, started_at, finished_at, updated_at
FROM sync
WHERE id = %(id)s::uuid

-- active_sync --
-- The one that is in the way of another.
SELECT id FROM sync
WHERE company_id = %(company_id)s::uuid AND connection_id = %(connection_id)s::uuid AND what <> 'ids'
  AND status IN ('pending', 'running')

-- list_syncs --
-- Newest first, by their own order so that a page never repeats a row.
SELECT id, connection_id, source, what, since, wanted, dry_run, push, actor_kind, actor_id, status, waiting,
  CASE WHEN owner IS NULL AND finished_at IS NULL THEN due_at END AS due_at, tries, cancel_asked_at IS NOT NULL AS cancelling,
  pinned_at, page, pages, total, counts, outputs, error, created_at, started_at, finished_at, updated_at
FROM sync
WHERE (%(connection_id)s::uuid IS NULL OR connection_id = %(connection_id)s::uuid)
  AND (cardinality(%(status)s::text[]) = 0 OR status = ANY(%(status)s::text[]))
  AND (%(place_at)s::timestamptz IS NULL OR (created_at, id) < (%(place_at)s::timestamptz, %(place_id)s::uuid))
ORDER BY created_at DESC, id DESC
LIMIT %(limit)s::int

-- counted_lately --
-- Whether somebody could have seen what a push of everything means: a dry run that ended well in the last week.
SELECT count(*) > 0 FROM sync
WHERE connection_id = %(connection_id)s::uuid AND dry_run AND what = 'everything' AND status = 'success'
  AND finished_at > now() - interval '7 days'

-- ask_cancel --
-- The wish to cancel; whoever owns the sync reads it at its next sign of life.
UPDATE sync SET cancel_asked_at = coalesce(cancel_asked_at, now()), updated_at = now()
WHERE id = %(id)s::uuid AND status IN ('pending', 'running')
RETURNING owner IS NULL OR due_at < now() AS unowned

-- claim_syncs --
-- Takes what is due, companies in turn. One that is owned is due again when its lease ends, so a dead process's syncs
-- come back by themselves.
WITH due AS (
  SELECT s.id, s.company_id FROM sync s
  WHERE s.status IN ('pending', 'running') AND s.due_at <= now()
  ORDER BY row_number() OVER (PARTITION BY s.company_id ORDER BY s.due_at), s.due_at
  LIMIT %(limit)s::int
), taken AS (
  SELECT s.id, s.company_id FROM sync s
  WHERE (s.id, s.company_id) IN (SELECT id, company_id FROM due)
    AND s.status IN ('pending', 'running') AND s.due_at <= now()
  FOR UPDATE SKIP LOCKED
)
UPDATE sync s SET status = 'running', waiting = NULL, owner = %(owner)s::uuid, epoch = s.epoch + 1,
  due_at = now() + make_interval(secs => %(lease)s::float8), pinned_at = coalesce(s.pinned_at, now()),
  started_at = coalesce(s.started_at, now()), updated_at = now()
FROM taken t, connection c
WHERE s.id = t.id AND s.company_id = t.company_id AND c.id = s.connection_id AND c.company_id = s.company_id
RETURNING s.id, s.company_id, s.connection_id, s.source, s.what, s.since, s.wanted, s.dry_run, s.push, s.actor_kind,
  s.actor_id, s.epoch, s.pinned_at, s.cursor, s.complete, s.lacking, s.page, s.pages, s.total, s.counts,
  s.created_at, s.cancel_asked_at IS NOT NULL AS cancelling,
  c.status AS connection_status, c.access, c.scope, c.excluded, c.columns, c.vanish_after

-- renew_lease --
-- A sign of life, and the answer whether somebody wants the sync to end. No row: another process has it.
UPDATE sync SET due_at = now() + make_interval(secs => %(lease)s::float8)
WHERE id = %(id)s::uuid AND company_id = %(company_id)s::uuid AND owner = %(owner)s::uuid AND epoch = %(epoch)s::int
RETURNING cancel_asked_at IS NOT NULL AS cancelling

-- hold_sync --
-- Whoever writes for a sync has to be its owner still; nobody takes it over while the page is written.
SELECT cancel_asked_at IS NOT NULL AS cancelling, tries, moved_at FROM sync
WHERE id = %(id)s::uuid AND company_id = %(company_id)s::uuid AND owner = %(owner)s::uuid AND epoch = %(epoch)s::int
FOR NO KEY UPDATE

-- seen_before --
-- Which objects earlier pages of the same pull had already.
SELECT object FROM sync_seen
WHERE company_id = %(company_id)s::uuid AND sync_id = %(id)s::uuid AND object = ANY(%(objects)s::text[])

-- role_hashes --
-- What the roles were when they last changed: a dry run says which would.
SELECT id, encode(revision_hash, 'hex') AS hash FROM role WHERE id = ANY(%(ids)s::uuid[])

-- record_page --
-- A page is done: what it held, how far the pull is, and where it goes on, in the transaction that took the page in.
WITH met AS (
  INSERT INTO sync_seen (company_id, sync_id, object, role_id, outcome, reason)
  SELECT %(company_id)s::uuid, %(id)s::uuid, w.object, w.role_id, w.outcome, w.reason
  FROM jsonb_to_recordset(%(seen)s::jsonb) AS w (object text, role_id uuid, outcome text, reason text)
  ON CONFLICT (company_id, sync_id, object)
  DO UPDATE SET role_id = excluded.role_id, outcome = excluded.outcome, reason = excluded.reason
)
UPDATE sync SET cursor = %(cursor)s::text, complete = %(complete)s::boolean, lacking = %(lacking)s::text[],
  page = page + 1, pages = %(pages)s::int,
  total = %(total)s::int, counts = %(counts)s::jsonb, tries = 0, moved_at = now(), error = NULL, updated_at = now()
WHERE id = %(id)s::uuid AND company_id = %(company_id)s::uuid

-- park_sync --
-- It has to wait and gives up its place: until the other side may be asked again, or for another process.
UPDATE sync SET owner = NULL, status = CASE WHEN page = 0 THEN 'pending' ELSE 'running' END, waiting = %(waiting)s::text,
  due_at = now() + make_interval(secs => %(wait)s::float8), tries = tries + %(tries)s::int, error = %(error)s::jsonb,
  updated_at = now()
WHERE id = %(id)s::uuid AND company_id = %(company_id)s::uuid AND owner = %(owner)s::uuid AND epoch = %(epoch)s::int

-- settle_sync --
-- It is over. What was met and kept is forgotten, what was not kept stays with its reason.
WITH forgotten AS (
  DELETE FROM sync_seen
  WHERE company_id = %(company_id)s::uuid AND sync_id = %(id)s::uuid AND outcome IN ('here', 'not_written')
)
UPDATE sync SET status = %(status)s::text, waiting = NULL, owner = NULL, epoch = epoch + 1, cursor = NULL,
  outputs = %(outputs)s::jsonb, error = %(error)s::jsonb, finished_at = now(), updated_at = now()
WHERE id = %(id)s::uuid AND company_id = %(company_id)s::uuid AND status IN ('pending', 'running')
RETURNING id, connection_id, source, what, dry_run

-- lock_sync --
-- A sync that nobody owns is settled by whoever cancels it.
SELECT id FROM sync WHERE id = %(id)s::uuid AND status IN ('pending', 'running') FOR NO KEY UPDATE

-- move_watermark --
-- The next pull of changes goes on from where this one began.
UPDATE connection SET watermark = greatest(watermark, %(watermark)s::timestamptz), updated_at = now()
WHERE id = %(connection_id)s::uuid AND company_id = %(company_id)s::uuid

-- tokens_per_run --
-- What a run of this company cost in tokens lately, for the estimate of what pushing would cost.
SELECT avg(t.tokens)::float8 AS tokens, count(*) AS runs
FROM (
  SELECT u.run_id, sum(u.input_tokens + u.output_tokens) AS tokens
  FROM usage u
  WHERE u.company_id = %(company_id)s::uuid AND u.run_id IS NOT NULL AND u.at > now() - interval '90 days'
  GROUP BY 1
  HAVING sum(u.input_tokens + u.output_tokens) > 0
  ORDER BY max(u.at) DESC
  LIMIT 200
) AS t

-- due_connections --
-- Whose schedule has come; two clocks never take the same one.
SELECT id, company_id, source, watermark, next_full_at <= now() AS full, coalesce(next_sync_at <= now(), false) AS part
FROM connection
WHERE status = 'active' AND least(next_sync_at, next_full_at) <= now()
ORDER BY least(next_sync_at, next_full_at)
LIMIT %(limit)s::int
FOR NO KEY UPDATE SKIP LOCKED

-- plan_next --
-- When a connection's schedule comes again.
UPDATE connection SET
  next_full_at = CASE WHEN %(full)s::boolean THEN now() + make_interval(hours => full_every_hours) ELSE next_full_at END,
  next_sync_at = now() + make_interval(mins => every_minutes)
WHERE id = %(id)s::uuid AND company_id = %(company_id)s::uuid

-- forget_syncs --
-- Old syncs, with what they left out.
DELETE FROM sync
WHERE (id, company_id) IN (
  SELECT id, company_id FROM sync WHERE finished_at < now() - make_interval(days => %(days)s::int) LIMIT %(limit)s::int)

-- measure_syncs --
-- What a scrape tells of syncs and connections.
SELECT
  (SELECT count(*) FROM sync WHERE status IN ('pending', 'running') AND owner IS NULL AND due_at <= now()) AS waiting,
  (SELECT count(*) FROM sync WHERE status = 'running' AND owner IS NOT NULL) AS owned,
  (SELECT count(*) FROM sync WHERE status IN ('pending', 'running') AND owner IS NULL AND due_at > now()) AS parked,
  (SELECT count(*) FROM sync WHERE finished_at > now() - interval '1 hour' AND status = 'success') AS success,
  (SELECT count(*) FROM sync WHERE finished_at > now() - interval '1 hour' AND status = 'failed') AS failed,
  (SELECT count(*) FROM connection WHERE status = 'stopped') AS stopped

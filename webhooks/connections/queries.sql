-- insert_connection --
-- A company lets us into its HRIS; there is one connection per source.
INSERT INTO connection (id, company_id, source, name, access, shown, scope, excluded, columns, every_minutes, full_every_hours,
  next_sync_at, next_full_at, vanish_after, expires_at)
VALUES (%(id)s::uuid, %(company_id)s::uuid, %(source)s::text, %(name)s::text, %(access)s::text, %(shown)s::jsonb,
  %(scope)s::jsonb, %(excluded)s::text[], %(columns)s::jsonb, %(every_minutes)s::int, %(full_every_hours)s::int,
  now() + make_interval(mins => %(every_minutes)s::int), now() + make_interval(hours => %(full_every_hours)s::int),
  %(vanish_after)s::int, %(expires_at)s::timestamptz)
ON CONFLICT (company_id, source) WHERE status <> 'deleted' DO NOTHING
RETURNING id, source, name, status, stopped, shown, scope, excluded, columns, every_minutes, full_every_hours, next_sync_at,
  next_full_at, vanish_after, expires_at, watermark, checked, created_at, updated_at

-- get_connection --
-- One connection as it is shown; what lets us in stays where it is.
SELECT id, source, name, status, stopped, shown, scope, excluded, columns, every_minutes, full_every_hours, next_sync_at,
  next_full_at, vanish_after, expires_at, watermark, checked, created_at, updated_at
FROM connection
WHERE id = %(id)s::uuid AND status <> 'deleted'

-- connection_of --
-- The connection of a source, for whoever names the source and not the connection.
SELECT id, source, name, status, stopped, shown, scope, excluded, columns, every_minutes, full_every_hours, next_sync_at,
  next_full_at, vanish_after, expires_at, watermark, checked, created_at, updated_at
FROM connection
WHERE company_id = %(company_id)s::uuid AND source = %(source)s::text AND status <> 'deleted'

-- list_connections --
-- All of a company's; there is one per source at most.
SELECT id, source, name, status, stopped, shown, scope, excluded, columns, every_minutes, full_every_hours, next_sync_at,
  next_full_at, vanish_after, expires_at, watermark, checked, created_at, updated_at
FROM connection
WHERE status <> 'deleted'
ORDER BY source

-- list_wishes --
-- How payloads of a company's webhooks are to be read: what is dropped before they are stored, its own columns.
SELECT source, excluded, columns FROM connection
WHERE company_id = %(company_id)s::uuid AND status <> 'deleted' AND (cardinality(excluded) > 0 OR columns <> '{}')

-- lock_access --
-- What lets us in, sealed, the row locked: a change builds on it.
SELECT access FROM connection WHERE id = %(id)s::uuid AND status <> 'deleted' FOR NO KEY UPDATE

-- read_access --
-- What lets us in, sealed, for a test of the connection.
SELECT access FROM connection WHERE id = %(id)s::uuid AND status <> 'deleted'

-- keep_access --
-- The other side has replaced a secret while we used it.
UPDATE connection SET access = %(access)s::text WHERE id = %(id)s::uuid AND status <> 'deleted'

-- update_connection --
-- A connection is corrected by hand; being active again clears what had stopped it.
UPDATE connection SET
  name = %(name)s::text, access = %(access)s::text, shown = %(shown)s::jsonb, scope = %(scope)s::jsonb,
  excluded = %(excluded)s::text[], columns = %(columns)s::jsonb, vanish_after = %(vanish_after)s::int,
  next_sync_at = CASE WHEN every_minutes IS DISTINCT FROM %(every_minutes)s::int
    THEN now() + make_interval(mins => %(every_minutes)s::int) ELSE next_sync_at END,
  next_full_at = CASE WHEN full_every_hours IS DISTINCT FROM %(full_every_hours)s::int
    THEN now() + make_interval(hours => %(full_every_hours)s::int) ELSE next_full_at END,
  every_minutes = %(every_minutes)s::int, full_every_hours = %(full_every_hours)s::int,
  expiry_told_at = CASE WHEN expires_at IS DISTINCT FROM %(expires_at)s::timestamptz THEN NULL ELSE expiry_told_at END,
  expires_at = %(expires_at)s::timestamptz, status = %(status)s::text,
  stopped = CASE WHEN %(status)s::text = 'stopped' THEN stopped END,
  checked = CASE WHEN access = %(access)s::text THEN checked END,
  updated_at = now()
WHERE id = %(id)s::uuid AND status <> 'deleted'
RETURNING id, source, name, status, stopped, shown, scope, excluded, columns, every_minutes, full_every_hours, next_sync_at,
  next_full_at, vanish_after, expires_at, watermark, checked, created_at, updated_at

-- delete_connection --
-- The company takes our access away: the row stays for its syncs, what let us in does not.
UPDATE connection SET status = 'deleted', access = '', shown = '{}', next_sync_at = NULL, next_full_at = NULL,
  updated_at = now()
WHERE id = %(id)s::uuid AND status <> 'deleted'

-- end_syncs --
-- A connection that is switched off or deleted: its syncs end at their next page.
UPDATE sync SET cancel_asked_at = coalesce(cancel_asked_at, now()), due_at = CASE WHEN owner IS NULL THEN now() ELSE due_at END,
  updated_at = now()
WHERE connection_id = %(id)s::uuid AND company_id = %(company_id)s::uuid AND status IN ('pending', 'running')

-- revive_fetches --
-- A connection that works from now on: what events named while there was none is fetched after all, each object
-- once; events that had named it in fetches of their own look at that one.
WITH lost AS (
  SELECT id, first_value(id) OVER (PARTITION BY object, from_day ORDER BY status = 'waiting' DESC, created_at DESC, id)
    AS newest
  FROM object_fetch
  WHERE company_id = %(company_id)s::uuid AND source = %(source)s::text AND status IN ('no_connection', 'waiting')
), moved AS (
  INSERT INTO source_event_fetch (company_id, source_event_id, fetch_id)
  SELECT n.company_id, n.source_event_id, lost.newest
  FROM lost JOIN source_event_fetch n ON n.company_id = %(company_id)s::uuid AND n.fetch_id = lost.id
  WHERE lost.id <> lost.newest
  ON CONFLICT DO NOTHING
), gone AS (
  DELETE FROM object_fetch f USING lost
  WHERE f.company_id = %(company_id)s::uuid AND f.id = lost.id AND lost.id <> lost.newest
)
UPDATE object_fetch f SET status = 'waiting', detail = NULL, sync_id = NULL, due_at = now(), updated_at = now()
FROM lost
WHERE f.company_id = %(company_id)s::uuid AND f.id = lost.newest AND f.id = lost.id AND f.status = 'no_connection'

-- note_check --
-- What the last test of the connection said.
UPDATE connection SET checked = %(checked)s::jsonb, updated_at = now()
WHERE id = %(id)s::uuid AND status <> 'deleted'

-- stop_connection --
-- It cannot be used any more until a person mends it; nobody tries again meanwhile.
UPDATE connection SET status = 'stopped', stopped = %(stopped)s::jsonb, updated_at = now()
WHERE id = %(id)s::uuid AND company_id = %(company_id)s::uuid AND status = 'active'

-- take_expiring --
-- Connections whose credential ends soon and of which nothing was said yet; it is said now.
UPDATE connection SET expiry_told_at = now()
WHERE status IN ('active', 'stopped') AND expiry_told_at IS NULL
  AND expires_at < now() + make_interval(days => %(days)s::int)
RETURNING id, company_id, source, expires_at

-- log_event --
-- The company's log says what happened to a connection or a sync. The number of the event.
INSERT INTO event (company_id, type, data)
VALUES (%(company_id)s::uuid, %(type)s::text, %(data)s::jsonb)
RETURNING id

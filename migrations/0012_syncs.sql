-- Connections: our access to a company's HRIS. Syncs: pulls over them. Fetches: what a hint asked to be looked at.

CREATE TABLE connection (
  id uuid NOT NULL,
  company_id uuid NOT NULL REFERENCES company (id),
  source text NOT NULL,
  name text NOT NULL DEFAULT '',
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'off', 'stopped', 'deleted')),
  stopped jsonb,
  access text NOT NULL,
  shown jsonb NOT NULL,
  scope jsonb NOT NULL DEFAULT '{}',
  excluded text[] NOT NULL DEFAULT '{}',
  columns jsonb NOT NULL DEFAULT '{}',
  every_minutes integer CHECK (every_minutes > 0),
  full_every_hours integer CHECK (full_every_hours > 0),
  next_sync_at timestamptz,
  next_full_at timestamptz,
  vanish_after integer NOT NULL DEFAULT 2 CHECK (vanish_after > 0),
  expires_at timestamptz,
  expiry_told_at timestamptz,
  watermark timestamptz,
  checked jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id, company_id)
);
CREATE UNIQUE INDEX connection_of_source ON connection (company_id, source) WHERE status <> 'deleted';
CREATE INDEX connection_due ON connection (least(next_sync_at, next_full_at)) WHERE status = 'active';

CREATE TABLE sync (
  id uuid NOT NULL,
  company_id uuid NOT NULL,
  connection_id uuid NOT NULL,
  source text NOT NULL,
  what text NOT NULL CHECK (what IN ('everything', 'changed', 'ids')),
  since timestamptz,
  wanted text[] NOT NULL DEFAULT '{}',
  dry_run boolean NOT NULL DEFAULT false,
  push boolean NOT NULL DEFAULT false,
  actor_kind text NOT NULL,
  actor_id text NOT NULL,

  status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'running', 'success', 'failed')),
  waiting text CHECK (waiting IN ('queue', 'throttled', 'unavailable')),
  due_at timestamptz NOT NULL DEFAULT now(),  -- of one that is owned: when its lease ends
  owner uuid,
  epoch integer NOT NULL DEFAULT 0,
  tries integer NOT NULL DEFAULT 0,
  moved_at timestamptz NOT NULL DEFAULT now(),
  cancel_asked_at timestamptz,

  pinned_at timestamptz,
  cursor text,
  complete boolean NOT NULL DEFAULT false,
  lacking text[] NOT NULL DEFAULT '{}',
  page integer NOT NULL DEFAULT 0,
  pages integer,
  total integer,
  counts jsonb NOT NULL DEFAULT '{}',
  outputs jsonb NOT NULL DEFAULT '{}',
  error jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  finished_at timestamptz,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id, company_id),
  FOREIGN KEY (connection_id, company_id) REFERENCES connection (id, company_id),
  CHECK ((status IN ('success', 'failed')) = (finished_at IS NOT NULL)),
  CHECK (owner IS NULL OR status = 'running')
) WITH (fillfactor = 70);
-- One pull over a connection at a time; single objects are fetched beside it.
CREATE UNIQUE INDEX sync_active ON sync (company_id, connection_id)
  WHERE status IN ('pending', 'running') AND what <> 'ids';
CREATE INDEX sync_due ON sync (due_at) WHERE status IN ('pending', 'running');
CREATE INDEX sync_by_time ON sync (company_id, created_at DESC, id DESC);
CREATE INDEX sync_finished ON sync (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE sync_seen (
  -- What a pull met, each object once: counts it right when pages overlap, and tells what is missing.
  company_id uuid NOT NULL,
  sync_id uuid NOT NULL,
  object text NOT NULL,
  role_id uuid,
  outcome text NOT NULL CHECK (outcome IN ('here', 'out_of_scope', 'rejected', 'not_written')),
  reason text,
  PRIMARY KEY (company_id, sync_id, object),
  FOREIGN KEY (sync_id, company_id) REFERENCES sync (id, company_id) ON DELETE CASCADE
);

CREATE TABLE role_absence (
  -- Roles that complete pulls of everything did not meet, and how often in a row.
  company_id uuid NOT NULL,
  role_id uuid NOT NULL,
  missed integer NOT NULL,
  last_sync_id uuid NOT NULL,
  since timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (company_id, role_id),
  FOREIGN KEY (role_id, company_id) REFERENCES role (id, company_id) ON DELETE CASCADE
);

CREATE TABLE object_fetch (
  -- An object that a source event named without its content, or whose next state begins on a day to come. One waits
  -- at most per object and day.
  id uuid NOT NULL,
  company_id uuid NOT NULL REFERENCES company (id),
  source text NOT NULL,
  object text NOT NULL,
  from_day date NOT NULL DEFAULT '-infinity',
  status text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'fetching', 'fetched', 'failed', 'no_connection')),
  hints integer NOT NULL DEFAULT 1,
  due_at timestamptz NOT NULL DEFAULT now(),
  sync_id uuid,
  detail text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id, company_id)
);
CREATE UNIQUE INDEX object_fetch_waiting ON object_fetch (company_id, source, object, from_day) WHERE status = 'waiting';
CREATE INDEX object_fetch_due ON object_fetch (due_at) WHERE status = 'waiting';
CREATE INDEX object_fetch_of_sync ON object_fetch (sync_id, company_id) WHERE sync_id IS NOT NULL;

CREATE TABLE source_event_fetch (
  -- Which fetches a source event asked for; several may ask for the same.
  company_id uuid NOT NULL,
  source_event_id uuid NOT NULL,
  fetch_id uuid NOT NULL,
  PRIMARY KEY (company_id, source_event_id, fetch_id),
  FOREIGN KEY (source_event_id, company_id) REFERENCES source_event (id, company_id) ON DELETE CASCADE,
  FOREIGN KEY (fetch_id, company_id) REFERENCES object_fetch (id, company_id) ON DELETE CASCADE
);

-- How a source event came: sent to us (webhook, csv) or fetched by us (sync, with the sync it belongs to).
ALTER TABLE source_event
  ADD COLUMN origin text NOT NULL DEFAULT 'webhook' CHECK (origin IN ('webhook', 'csv', 'sync')),
  ADD COLUMN sync_id uuid;
CREATE INDEX source_event_of_sync ON source_event (sync_id, company_id) WHERE sync_id IS NOT NULL;

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['connection', 'sync', 'sync_seen', 'role_absence', 'object_fetch', 'source_event_fetch'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO connector_engine, connector_api', name);
    EXECUTE format('CREATE POLICY engine ON %I TO connector_engine USING (true) WITH CHECK (true)', name);
    EXECUTE format('CREATE POLICY own_company ON %I TO connector_api
      USING (company_id = (SELECT nullif(current_setting(''app.company'', true), '''')::uuid))
      WITH CHECK (company_id = (SELECT nullif(current_setting(''app.company'', true), '''')::uuid))', name);
  END LOOP;
END
$$;

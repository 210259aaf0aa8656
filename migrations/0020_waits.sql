-- Suspended Workato jobs to be resumed, and the workspaces that they belong to.

CREATE TABLE workspace (
  company_id uuid NOT NULL REFERENCES company (id),
  data_centre text NOT NULL,
  address text NOT NULL,
  token text NOT NULL,
  body jsonb NOT NULL,
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'stopped', 'deleted')),
  stopped jsonb,
  next_call_at timestamptz NOT NULL DEFAULT '-infinity',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (company_id, data_centre)
);

CREATE TABLE wait (
  id uuid NOT NULL,
  company_id uuid NOT NULL,
  run_ids uuid[] NOT NULL CHECK (cardinality(run_ids) > 0),
  batch_id uuid,
  data_centre text NOT NULL,
  token text NOT NULL,  -- sealed, and empty when the wait is over
  token_hash bytea NOT NULL,
  expires_at timestamptz NOT NULL,
  status text NOT NULL DEFAULT 'waiting'
    CHECK (status IN ('waiting', 'sending', 'failed', 'resumed', 'dead', 'expired')),
  attempts integer NOT NULL DEFAULT 0,
  due_at timestamptz NOT NULL DEFAULT now(),
  tried_since timestamptz,
  owner uuid,
  epoch integer NOT NULL DEFAULT 0,
  last_status integer,
  last_error text,
  created_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id, company_id),
  UNIQUE (company_id, token_hash),
  FOREIGN KEY (company_id, data_centre) REFERENCES workspace (company_id, data_centre),
  CHECK ((status IN ('resumed', 'dead', 'expired')) = (finished_at IS NOT NULL)),
  CHECK (finished_at IS NULL OR token = '')
);
CREATE INDEX wait_due ON wait (company_id, data_centre, due_at) WHERE status IN ('waiting', 'sending', 'failed');
CREATE INDEX wait_ends ON wait (expires_at) WHERE status IN ('waiting', 'sending', 'failed');
CREATE INDEX wait_of_runs ON wait USING gin (run_ids);
CREATE INDEX wait_by_time ON wait (company_id, created_at DESC, id DESC);

CREATE TABLE wait_attempt (
  company_id uuid NOT NULL,
  wait_id uuid NOT NULL,
  attempt integer NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  status integer,
  milliseconds integer NOT NULL,
  error text,
  answer text,
  PRIMARY KEY (company_id, wait_id, attempt),
  FOREIGN KEY (wait_id, company_id) REFERENCES wait (id, company_id) ON DELETE CASCADE
);

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['workspace', 'wait', 'wait_attempt'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO connector_engine', name);
    EXECUTE format('CREATE POLICY engine ON %I TO connector_engine USING (true) WITH CHECK (true)', name);
    EXECUTE format('CREATE POLICY own_company ON %I TO connector_api
      USING (company_id = (SELECT nullif(current_setting(''app.company'', true), '''')::uuid))
      WITH CHECK (company_id = (SELECT nullif(current_setting(''app.company'', true), '''')::uuid))', name);
  END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE ON workspace, wait TO connector_api;
GRANT SELECT ON wait_attempt TO connector_api;

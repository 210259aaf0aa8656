-- The engine's truth: batches, runs, stage attempts, the event log, jobs, the ledger, the queue's picture.

CREATE TABLE batch (
  id uuid NOT NULL,
  company_id uuid NOT NULL REFERENCES company (id),
  actor_kind text NOT NULL,
  actor_id text NOT NULL,
  inputs jsonb NOT NULL DEFAULT '{}',
  size integer NOT NULL DEFAULT 0,
  refused jsonb NOT NULL DEFAULT '[]',
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id, company_id)
);

CREATE TABLE run (
  id uuid NOT NULL,
  company_id uuid NOT NULL REFERENCES company (id),
  role_id uuid NOT NULL,
  batch_id uuid,
  role_revision integer NOT NULL,
  mapping_version text NOT NULL,
  actor_kind text NOT NULL CHECK (actor_kind IN ('hris', 'client', 'csm', 'admin', 'engineer', 'clock')),
  actor_id text NOT NULL,
  reason text NOT NULL CHECK (reason IN ('first', 'retry', 'changed', 'mapping', 'selected')),
  stages text[],
  cascade boolean NOT NULL DEFAULT false,
  priority text NOT NULL DEFAULT 'P1' CHECK (priority IN ('P0', 'P1', 'P2')),
  retry_of uuid,
  follows uuid,
  prior_state text NOT NULL DEFAULT 'draft',

  status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'running', 'success', 'failed')),
  waiting text CHECK (waiting IN ('queue', 'tenant_cap', 'llm_budget', 'parent', 'schedule', 'paused',
    'retry', 'earlier_run')),
  slot boolean NOT NULL DEFAULT false,
  wake_at timestamptz NOT NULL DEFAULT '-infinity',
  owner uuid,
  epoch integer NOT NULL DEFAULT 0,
  step integer NOT NULL DEFAULT 0,
  sequence integer NOT NULL DEFAULT 0,
  lease_until timestamptz,
  rung_at timestamptz,
  takeovers integer NOT NULL DEFAULT 0,
  cancel_asked_at timestamptz,
  pause_asked_at timestamptz,

  admitted_at timestamptz,
  visible_by timestamptz,
  waiting_since timestamptz NOT NULL DEFAULT now(),
  work_left double precision NOT NULL DEFAULT 600,
  critical_done boolean NOT NULL DEFAULT false,
  done integer NOT NULL DEFAULT 0,
  planned integer NOT NULL DEFAULT 13,
  outputs jsonb NOT NULL DEFAULT '{}',
  error jsonb,
  retry_at timestamptz,
  version integer NOT NULL DEFAULT 0,
  accepted_at timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  finished_at timestamptz,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id, company_id),
  FOREIGN KEY (role_id, company_id) REFERENCES role (id, company_id) ON DELETE CASCADE,
  CHECK ((status IN ('success', 'failed')) = (finished_at IS NOT NULL)),
  CHECK (owner IS NULL OR status = 'running')
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX run_active_per_role ON run (company_id, role_id)
  WHERE status IN ('pending', 'running') AND follows IS NULL;
CREATE UNIQUE INDEX run_follower_per_role ON run (company_id, role_id)
  WHERE status IN ('pending', 'running') AND follows IS NOT NULL;
CREATE INDEX run_waiting ON run (company_id, (started_at IS NULL), priority, wake_at, id)
  WHERE status IN ('pending', 'running') AND NOT slot AND follows IS NULL;
CREATE INDEX run_in_window ON run (company_id) WHERE slot;
CREATE INDEX run_finished ON run (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX run_of_role ON run (role_id, company_id, created_at DESC);
CREATE INDEX run_of_batch ON run (batch_id, company_id) WHERE batch_id IS NOT NULL;
CREATE INDEX run_by_update ON run (company_id, updated_at, id);
CREATE INDEX run_to_retry ON run (retry_at) WHERE retry_at IS NOT NULL;

CREATE TABLE stage_run (
  company_id uuid NOT NULL,
  run_id uuid NOT NULL,
  role_id uuid NOT NULL,
  stage text NOT NULL,
  attempt integer NOT NULL,
  epoch integer NOT NULL,
  status text NOT NULL CHECK (status IN ('running', 'success', 'failed', 'lost')),
  input_hash bytea NOT NULL,
  intent jsonb,
  outputs jsonb,
  degraded text[] NOT NULL DEFAULT '{}',
  skipped text,
  reused_from uuid,
  error jsonb,
  retry_at timestamptz,
  started_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  PRIMARY KEY (company_id, run_id, stage, attempt, epoch)
) WITH (fillfactor = 40);
-- No index names what the end of an attempt changes, so that writing it down touches the row's page alone.
CREATE INDEX stage_run_of_role ON stage_run (role_id, stage);

CREATE TABLE event (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  company_id uuid NOT NULL,
  type text NOT NULL,
  role_id uuid,
  run_id uuid,
  batch_id uuid,
  sequence integer,
  data jsonb NOT NULL DEFAULT '{}',
  at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX event_feed ON event (company_id, xid, id);
CREATE INDEX event_of_run ON event (run_id, sequence) WHERE run_id IS NOT NULL;

CREATE TABLE job (
  -- The outbox: a row is the truth until its handler is done; the message about it is only a hint.
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  company_id uuid,
  kind text NOT NULL,
  payload jsonb NOT NULL,
  due_at timestamptz NOT NULL DEFAULT now(),
  attempts integer NOT NULL DEFAULT 0,
  sent_at timestamptz,
  last_error text,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX job_due ON job (due_at);

CREATE TABLE usage (
  -- The ledger: one row per model call that happened, whether or not its result was kept.
  call_id text NOT NULL,
  company_id uuid NOT NULL,
  run_id uuid,
  role_id uuid,
  stage text,
  model text NOT NULL,
  purpose text NOT NULL,
  input_tokens integer NOT NULL DEFAULT 0,
  output_tokens integer NOT NULL DEFAULT 0,
  milliseconds integer NOT NULL DEFAULT 0,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (company_id, call_id)
);
CREATE INDEX usage_of_run ON usage (run_id) WHERE run_id IS NOT NULL;

CREATE TABLE queue_state (
  -- The queue's picture per company, drawn by the clock once a second; an estimate and called so.
  company_id uuid PRIMARY KEY,
  waiting integer NOT NULL,
  in_window integer NOT NULL,
  others_waiting integer NOT NULL,
  share double precision NOT NULL,
  drained_per_minute double precision NOT NULL,
  oldest_waiting timestamptz,
  at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE process (
  -- Workers and clocks that live: their lock is held on a session of their own, this row is for people.
  id uuid PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('worker', 'clock')),
  lock_key bigint NOT NULL,
  host text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(),
  seen_at timestamptz NOT NULL DEFAULT now()
);

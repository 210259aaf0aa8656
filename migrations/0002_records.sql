-- What came in and what we keep of it: source events, roles with their revisions, documents.

CREATE TABLE source_event (
  id uuid NOT NULL,
  company_id uuid NOT NULL REFERENCES company (id),
  source text NOT NULL,
  client_id uuid,
  event_key text,
  content_type text,
  body bytea,
  body_sha256 bytea NOT NULL,
  body_size integer NOT NULL,
  status text NOT NULL CHECK (status IN ('accepted', 'partly_accepted', 'rejected', 'empty')),
  shape text,
  problem jsonb,
  items jsonb NOT NULL DEFAULT '[]',
  warnings jsonb NOT NULL DEFAULT '[]',
  accepted integer NOT NULL DEFAULT 0,
  rejected integer NOT NULL DEFAULT 0,
  replay_of uuid,
  received_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id, company_id)
);
CREATE UNIQUE INDEX source_event_key ON source_event (company_id, source, event_key)
  WHERE event_key IS NOT NULL AND replay_of IS NULL;
CREATE INDEX source_event_by_time ON source_event (company_id, received_at DESC);

CREATE TABLE push_policy (
  company_id uuid NOT NULL REFERENCES company (id),
  source text NOT NULL,
  mode text NOT NULL DEFAULT 'new' CHECK (mode IN ('off', 'new', 'new_and_changed')),
  filters jsonb NOT NULL DEFAULT '{}',
  daily_cap integer CHECK (daily_cap >= 0),
  PRIMARY KEY (company_id, source)
);

CREATE TABLE role (
  id uuid NOT NULL,
  company_id uuid NOT NULL REFERENCES company (id),
  source text NOT NULL,
  source_id text NOT NULL,
  title text NOT NULL,
  code text,
  family text,
  level text,
  grade text,
  status text NOT NULL DEFAULT 'unknown' CHECK (status IN ('active', 'inactive', 'unknown')),
  state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'queued', 'processing', 'ready',
    'validation_failed', 'assessment_failed', 'workflow_failed', 'stale', 'archived')),
  visible boolean NOT NULL DEFAULT false,
  published_revision integer,
  published_run_id uuid,
  published_at timestamptz,
  revision integer NOT NULL DEFAULT 1,
  revision_hash bytea NOT NULL,
  mapping_version text NOT NULL,
  record jsonb NOT NULL,
  stale_since timestamptz,
  flags text[] NOT NULL DEFAULT '{}',
  degraded text[] NOT NULL DEFAULT '{}',
  last_run_id uuid,
  last_error jsonb,
  priority text NOT NULL DEFAULT 'P1' CHECK (priority IN ('P0', 'P1', 'P2')),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id, company_id),
  UNIQUE (company_id, source, source_id)
) WITH (fillfactor = 70);
CREATE INDEX role_by_state ON role (company_id, state);
CREATE INDEX role_by_update ON role (company_id, updated_at, id);

CREATE TABLE role_identity (
  -- Every identifier a source gave for a role, so that a later payload with only one of them meets it.
  company_id uuid NOT NULL,
  source text NOT NULL,
  kind text NOT NULL,
  value text NOT NULL,
  role_id uuid NOT NULL,
  PRIMARY KEY (company_id, source, kind, value),
  FOREIGN KEY (role_id, company_id) REFERENCES role (id, company_id) ON DELETE CASCADE
);
CREATE INDEX role_identity_of_role ON role_identity (role_id, company_id);

CREATE TABLE role_revision (
  company_id uuid NOT NULL,
  role_id uuid NOT NULL,
  revision integer NOT NULL,
  hash bytea NOT NULL,
  record jsonb NOT NULL,
  documents uuid[] NOT NULL DEFAULT '{}',
  mapping_version text NOT NULL,
  source_event_id uuid,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (company_id, role_id, revision),
  FOREIGN KEY (role_id, company_id) REFERENCES role (id, company_id) ON DELETE CASCADE
);

CREATE TABLE document (
  id uuid NOT NULL,
  company_id uuid NOT NULL REFERENCES company (id),
  role_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('job_description', 'process_map', 'sop', 'other')),
  title text NOT NULL,
  version integer NOT NULL DEFAULT 1,
  origin text NOT NULL CHECK (origin IN ('hris', 'api', 'csv', 'upload')),
  text text NOT NULL,
  html text,
  sha256 bytea NOT NULL,
  quality jsonb NOT NULL DEFAULT '{}',
  current boolean NOT NULL DEFAULT true,
  replaces uuid,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id, company_id),
  FOREIGN KEY (role_id, company_id) REFERENCES role (id, company_id) ON DELETE CASCADE
);
CREATE INDEX document_of_role ON document (role_id, company_id) WHERE current;
CREATE INDEX document_by_update ON document (company_id, updated_at, id);

-- Files as they were given, until they are documents: parts that come one after the other, members of a ZIP that
-- wait to be read, and what a person has to say about one. A document may belong to the company as a whole.

CREATE TABLE upload (
  id uuid NOT NULL,
  company_id uuid NOT NULL REFERENCES company (id),
  parent_id uuid,
  name text NOT NULL,
  size bigint NOT NULL DEFAULT 0,
  sha256 bytea,
  format text,
  wish jsonb NOT NULL DEFAULT '{}',
  status text NOT NULL CHECK (status IN ('receiving', 'waiting', 'asks', 'kept', 'refused', 'unpacked')),
  kind text,
  kind_because text,
  text text,
  html text,
  problem jsonb,
  warnings jsonb NOT NULL DEFAULT '[]',
  suggestions jsonb NOT NULL DEFAULT '[]',
  documents jsonb NOT NULL DEFAULT '[]',
  by_kind text NOT NULL,
  by_id uuid NOT NULL,
  by_name text NOT NULL,
  tries integer NOT NULL DEFAULT 0,
  claimed_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id, company_id),
  FOREIGN KEY (parent_id, company_id) REFERENCES upload (id, company_id) ON DELETE CASCADE
);
CREATE INDEX upload_newest ON upload (company_id, created_at, id);
CREATE INDEX upload_of_parent ON upload (parent_id, company_id) WHERE parent_id IS NOT NULL;
CREATE INDEX upload_waiting ON upload (created_at) WHERE status = 'waiting';
CREATE INDEX upload_old ON upload (updated_at);

CREATE TABLE upload_part (
  company_id uuid NOT NULL,
  upload_id uuid NOT NULL,
  first bigint NOT NULL,
  bytes bytea NOT NULL,
  PRIMARY KEY (company_id, upload_id, first),
  FOREIGN KEY (upload_id, company_id) REFERENCES upload (id, company_id) ON DELETE CASCADE
);

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['upload', 'upload_part'] LOOP
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

ALTER TABLE document ALTER COLUMN role_id DROP NOT NULL;
CREATE INDEX document_of_company ON document (company_id) WHERE role_id IS NULL AND current;

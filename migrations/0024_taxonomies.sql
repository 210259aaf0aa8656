-- Imported taxonomies: standard roles with their titles, of one company or (company of zeros) of everybody.

CREATE TABLE taxonomy (
  id uuid NOT NULL,
  company_id uuid NOT NULL,
  name text NOT NULL,
  version text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('draup-csv', 'onet', 'esco')),
  sha256 bytea NOT NULL,
  status text NOT NULL DEFAULT 'loading' CHECK (status IN ('loading', 'current', 'replaced')),
  roles integer NOT NULL DEFAULT 0,
  titles integer NOT NULL DEFAULT 0,
  skipped integer NOT NULL DEFAULT 0,
  notice text NOT NULL DEFAULT '',
  imported_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id, company_id)
);
CREATE UNIQUE INDEX taxonomy_current ON taxonomy (company_id, name) WHERE status = 'current';

CREATE TABLE taxonomy_role (
  company_id uuid NOT NULL,
  taxonomy_id uuid NOT NULL,
  code text NOT NULL,
  title text NOT NULL,
  alternates text[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (company_id, taxonomy_id, code),
  FOREIGN KEY (taxonomy_id, company_id) REFERENCES taxonomy (id, company_id) ON DELETE CASCADE
);

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['taxonomy', 'taxonomy_role'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO connector_engine', name);
    EXECUTE format('GRANT SELECT ON %I TO connector_api', name);
    EXECUTE format('CREATE POLICY engine ON %I TO connector_engine USING (true) WITH CHECK (true)', name);
    EXECUTE format('CREATE POLICY own_company ON %I TO connector_api
      USING (company_id = (SELECT nullif(current_setting(''app.company'', true), '''')::uuid))
      WITH CHECK (company_id = (SELECT nullif(current_setting(''app.company'', true), '''')::uuid))', name);
    -- What is for everybody is read by every company, and by nobody who is of none.
    EXECUTE format('CREATE POLICY everybodys ON %I FOR SELECT TO connector_api
      USING (company_id = ''00000000-0000-0000-0000-000000000000''
        AND nullif(current_setting(''app.company'', true), '''') IS NOT NULL)', name);
  END LOOP;
END
$$;

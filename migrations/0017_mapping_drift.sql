-- What the payloads of a company hold, field by field, so that somebody is told when they change.

CREATE TABLE source_watch (
  -- How far the payloads of a source were looked through.
  company_id uuid NOT NULL REFERENCES company (id),
  source text NOT NULL,
  asked_at timestamptz NOT NULL DEFAULT now(),
  looked_at timestamptz,  -- the moment, with the id, of the last payload that was looked at
  looked_id uuid,
  PRIMARY KEY (company_id, source)
);

CREATE TABLE source_shape (
  -- Payloads of one form and how many job profiles came in it: each form has fields of its own.
  company_id uuid NOT NULL REFERENCES company (id),
  source text NOT NULL,
  shape text NOT NULL,
  profiles bigint NOT NULL,
  PRIMARY KEY (company_id, source, shape)
);

CREATE TABLE source_field (
  -- One field of that form: from which job profile on it came, how often, and how many in a row have missed it.
  company_id uuid NOT NULL REFERENCES company (id),
  source text NOT NULL,
  shape text NOT NULL,
  path text NOT NULL,
  first_profile bigint NOT NULL,
  first_seen_at timestamptz NOT NULL,
  seen bigint NOT NULL,
  missed integer NOT NULL DEFAULT 0,
  missing_since timestamptz,
  PRIMARY KEY (company_id, source, shape, path)
);

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['source_watch', 'source_shape', 'source_field'] LOOP
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

-- Mappings: versions of a company's rules for one source. Version 0, the default of the source, is no row.

CREATE TABLE mapping (
  company_id uuid NOT NULL REFERENCES company (id),
  source text NOT NULL,
  version integer NOT NULL CHECK (version > 0),
  status text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'published', 'superseded')),
  rules jsonb NOT NULL,
  edit integer NOT NULL DEFAULT 1,  -- counts the changes of a draft: who saves names the one it builds on
  based_on integer NOT NULL,
  note text NOT NULL DEFAULT '',
  changed_by text NOT NULL,
  published_by text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  published_at timestamptz,
  PRIMARY KEY (company_id, source, version),
  CHECK ((status = 'draft') = (published_at IS NULL))
);
CREATE UNIQUE INDEX mapping_draft ON mapping (company_id, source) WHERE status = 'draft';
CREATE UNIQUE INDEX mapping_published ON mapping (company_id, source) WHERE status = 'published';

-- Roles and runs name the version they rest on, so what was published once stays as it was.
CREATE FUNCTION keep_published_mapping() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.status <> 'draft' AND (TG_OP = 'DELETE' OR NEW.status = 'draft'
    OR (NEW.rules, NEW.version, NEW.source) IS DISTINCT FROM (OLD.rules, OLD.version, OLD.source)) THEN
    RAISE EXCEPTION 'version % of the mapping of % was published and cannot change', OLD.version, OLD.source;
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$$;
CREATE TRIGGER keep_published_mapping BEFORE UPDATE OR DELETE ON mapping
  FOR EACH ROW EXECUTE FUNCTION keep_published_mapping();

ALTER TABLE mapping ENABLE ROW LEVEL SECURITY;
ALTER TABLE mapping FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON mapping TO connector_engine, connector_api;
CREATE POLICY engine ON mapping TO connector_engine USING (true) WITH CHECK (true);
CREATE POLICY own_company ON mapping TO connector_api
  USING (company_id = (SELECT nullif(current_setting('app.company', true), '')::uuid))
  WITH CHECK (company_id = (SELECT nullif(current_setting('app.company', true), '')::uuid));

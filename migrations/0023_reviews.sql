-- Reviews: questions to a person about one stage's result, and what the person decided. Decisions are kept.

CREATE TABLE review (
  id uuid NOT NULL,
  company_id uuid NOT NULL REFERENCES company (id),
  role_id uuid NOT NULL,
  stage text NOT NULL CHECK (stage IN ('ai_assessment', 'map_draup_role')),
  status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'approved', 'corrected', 'rejected', 'superseded')),
  reasons text[] NOT NULL,
  judged_on text NOT NULL,  -- digest of what the result rests on: a decision holds as long as that stays
  run_id uuid NOT NULL,
  role_revision integer NOT NULL,
  correction jsonb,
  result jsonb,  -- the stage's outputs as the person left them
  note text,
  decided_kind text,
  decided_by text,
  decided_name text,
  decided_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id, company_id),
  FOREIGN KEY (role_id, company_id) REFERENCES role (id, company_id) ON DELETE CASCADE,
  CHECK ((status IN ('approved', 'corrected', 'rejected')) = (result IS NOT NULL))
);
CREATE UNIQUE INDEX review_open ON review (company_id, role_id, stage) WHERE status = 'open';
CREATE INDEX review_by_update ON review (company_id, updated_at, id);
CREATE INDEX review_decided ON review (company_id, role_id, stage, decided_at DESC) WHERE result IS NOT NULL;

CREATE TABLE confirmed_mapping (
  -- What people said which standard role a title means: looked at before anything else, for every role.
  company_id uuid NOT NULL REFERENCES company (id),
  title_key text NOT NULL,
  title text NOT NULL,
  taxonomy text NOT NULL,
  code text NOT NULL,
  standard_title text NOT NULL,
  review_id uuid NOT NULL,
  confirmed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (company_id, title_key)
);

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['review', 'confirmed_mapping'] LOOP
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

-- Plans that are kept: the roles that another version of a mapping made stale, until a person pushes them.

CREATE TABLE plan (
  company_id uuid NOT NULL REFERENCES company (id),
  id uuid NOT NULL,
  state text NOT NULL DEFAULT 'preparing' CHECK (state IN ('preparing', 'ready', 'pushed', 'overtaken')),
  source text NOT NULL,
  mapping_version text NOT NULL,
  role_ids uuid[] NOT NULL DEFAULT '{}',
  batch_ids uuid[] NOT NULL DEFAULT '{}',
  made_by text NOT NULL,
  made_at timestamptz NOT NULL DEFAULT now(),
  pushed_by text,
  pushed_at timestamptz,
  PRIMARY KEY (company_id, id),
  CHECK ((state = 'pushed') = (pushed_at IS NOT NULL))
);
-- One plan of a source is open at most: publishing again overtakes it.
CREATE UNIQUE INDEX plan_open ON plan (company_id, source) WHERE state IN ('preparing', 'ready');

ALTER TABLE plan ENABLE ROW LEVEL SECURITY;
ALTER TABLE plan FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON plan TO connector_engine, connector_api;
CREATE POLICY engine ON plan TO connector_engine USING (true) WITH CHECK (true);
CREATE POLICY own_company ON plan TO connector_api
  USING (company_id = (SELECT nullif(current_setting('app.company', true), '')::uuid))
  WITH CHECK (company_id = (SELECT nullif(current_setting('app.company', true), '')::uuid));

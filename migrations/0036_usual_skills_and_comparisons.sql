-- The skills that standard roles usually need; roles that the model judges only to be compared.

ALTER TABLE taxonomy_role ADD COLUMN skills jsonb NOT NULL DEFAULT '[]';

CREATE TABLE compared_role (
  company_id uuid NOT NULL REFERENCES company (id),
  role_id uuid NOT NULL,
  role_revision integer NOT NULL,
  status text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'done', 'failed')),
  asked_kind text NOT NULL,
  asked_by text NOT NULL,
  asked_at timestamptz NOT NULL DEFAULT now(),
  due_at timestamptz NOT NULL DEFAULT now(),  -- who takes it puts this off: a lease
  attempts integer NOT NULL DEFAULT 0,
  assessment jsonb,  -- what the model said
  mapping jsonb,
  error jsonb,
  finished_at timestamptz,
  PRIMARY KEY (company_id, role_id),
  FOREIGN KEY (role_id, company_id) REFERENCES role (id, company_id) ON DELETE CASCADE,
  CHECK ((status = 'done') = (assessment IS NOT NULL))
);
CREATE INDEX compared_role_waiting ON compared_role (due_at) WHERE status = 'waiting';

ALTER TABLE compared_role ENABLE ROW LEVEL SECURITY;
ALTER TABLE compared_role FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON compared_role TO connector_engine, connector_api;
CREATE POLICY engine ON compared_role TO connector_engine USING (true) WITH CHECK (true);
CREATE POLICY own_company ON compared_role TO connector_api
  USING (company_id = (SELECT nullif(current_setting('app.company', true), '')::uuid))
  WITH CHECK (company_id = (SELECT nullif(current_setting('app.company', true), '')::uuid));

-- Links by which the client's people read their company's dashboard without signing in, until a moment.

CREATE TABLE dashboard_link (
  id uuid NOT NULL,
  company_id uuid NOT NULL REFERENCES company (id),
  key bytea NOT NULL,  -- SHA-256 of what the link holds
  name text NOT NULL CHECK (name <> ''),
  made_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  ended_at timestamptz,
  last_used_at timestamptz,
  PRIMARY KEY (id, company_id)
);
CREATE INDEX dashboard_link_by_key ON dashboard_link (key);
CREATE INDEX dashboard_link_of_company ON dashboard_link (company_id, created_at DESC);

ALTER TABLE dashboard_link ENABLE ROW LEVEL SECURITY;
ALTER TABLE dashboard_link FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON dashboard_link TO connector_engine;
CREATE POLICY engine ON dashboard_link TO connector_engine USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON dashboard_link TO connector_api;
GRANT UPDATE (ended_at) ON dashboard_link TO connector_api;
CREATE POLICY own_company ON dashboard_link TO connector_api
  USING (company_id = (SELECT nullif(current_setting('app.company', true), '')::uuid))
  WITH CHECK (company_id = (SELECT nullif(current_setting('app.company', true), '')::uuid));
-- Who comes by a link says no company: the link does.
GRANT SELECT ON dashboard_link TO connector_auth;
GRANT UPDATE (last_used_at) ON dashboard_link TO connector_auth;
CREATE POLICY auth ON dashboard_link TO connector_auth USING (true) WITH CHECK (true);

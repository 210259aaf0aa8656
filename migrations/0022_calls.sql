-- The last calls of each client, with what refused ones were told, for whoever builds the recipe behind it.

CREATE TABLE call (
  id uuid NOT NULL,
  company_id uuid NOT NULL REFERENCES company (id),
  client_id uuid NOT NULL,
  request_id text NOT NULL,
  at timestamptz NOT NULL,
  method text NOT NULL,
  path text NOT NULL,
  status integer NOT NULL,
  milliseconds integer NOT NULL,
  problem jsonb,
  PRIMARY KEY (id, company_id)
);
CREATE INDEX call_of_client ON call (company_id, client_id, at DESC);

ALTER TABLE call ENABLE ROW LEVEL SECURITY;
ALTER TABLE call FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON call TO connector_engine;
GRANT SELECT ON call TO connector_api;
CREATE POLICY engine ON call TO connector_engine USING (true) WITH CHECK (true);
CREATE POLICY own_company ON call TO connector_api
  USING (company_id = (SELECT nullif(current_setting('app.company', true), '')::uuid))
  WITH CHECK (company_id = (SELECT nullif(current_setting('app.company', true), '')::uuid));

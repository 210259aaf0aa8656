-- Faults that a recipe of a sandbox company is tried with: what it was sent stands among the deliveries, what it read
-- of the made-up runs stands here.

CREATE TABLE simulation (
  id uuid NOT NULL,
  company_id uuid NOT NULL REFERENCES company (id),
  subscription_id uuid NOT NULL,
  wait_id uuid,
  ends_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id, company_id),
  FOREIGN KEY (subscription_id, company_id) REFERENCES subscription (id, company_id)
);
CREATE INDEX simulation_by_time ON simulation (company_id, created_at DESC);

CREATE TABLE simulation_case (
  company_id uuid NOT NULL,
  simulation_id uuid NOT NULL,
  name text NOT NULL,
  run_id uuid NOT NULL,
  reads integer NOT NULL DEFAULT 0,
  read_at timestamptz,
  read_again_at timestamptz,
  PRIMARY KEY (company_id, simulation_id, name),
  UNIQUE (company_id, run_id),
  FOREIGN KEY (simulation_id, company_id) REFERENCES simulation (id, company_id) ON DELETE CASCADE
);

ALTER TABLE delivery ADD COLUMN simulation_id uuid, ADD COLUMN simulated text;
CREATE INDEX delivery_of_simulation ON delivery (simulation_id, company_id) WHERE simulation_id IS NOT NULL;

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['simulation', 'simulation_case'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO connector_engine', name);
    EXECUTE format('CREATE POLICY engine ON %I TO connector_engine USING (true) WITH CHECK (true)', name);
    EXECUTE format('CREATE POLICY own_company ON %I TO connector_api
      USING (company_id = (SELECT nullif(current_setting(''app.company'', true), '''')::uuid))
      WITH CHECK (company_id = (SELECT nullif(current_setting(''app.company'', true), '''')::uuid))', name);
  END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE ON simulation, simulation_case TO connector_api;

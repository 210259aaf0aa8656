-- What model calls cost, what was answered before, and which companies were told that their budget runs out.

ALTER TABLE usage
  ADD COLUMN cached_tokens integer NOT NULL DEFAULT 0,
  -- In millionths of the price table's currency; NULL: the model has no price there.
  ADD COLUMN cost_micros bigint;
CREATE INDEX usage_by_time ON usage (company_id, at);

CREATE TABLE model_answer (
  -- An answer that was of use, by what it rests on (model, instructions, question, form): never paid twice.
  company_id uuid NOT NULL REFERENCES company (id),
  key bytea NOT NULL,
  answer text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (company_id, key)
);
CREATE INDEX model_answer_by_time ON model_answer (at);

CREATE TABLE budget_notice (
  -- A company is told once in a period that a budget is used up.
  company_id uuid NOT NULL REFERENCES company (id),
  period_start timestamptz NOT NULL,
  budget text NOT NULL CHECK (budget IN ('soft', 'hard')),
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (company_id, period_start, budget)
);

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['model_answer', 'budget_notice'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO connector_engine', name);
    EXECUTE format('GRANT SELECT ON %I TO connector_api', name);
    EXECUTE format('CREATE POLICY engine ON %I TO connector_engine USING (true) WITH CHECK (true)', name);
    EXECUTE format('CREATE POLICY own_company ON %I TO connector_api
      USING (company_id = (SELECT nullif(current_setting(''app.company'', true), '''')::uuid))
      WITH CHECK (company_id = (SELECT nullif(current_setting(''app.company'', true), '''')::uuid))', name);
  END LOOP;
END
$$;

-- A company sets its own budget; the rest of its row stays the operator's.
GRANT UPDATE (policy, updated_at) ON company TO connector_api;

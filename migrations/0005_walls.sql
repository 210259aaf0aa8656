-- The walls between companies: every table has row-level security, forced for its owner too.

DO $$
DECLARE
  name text;
  of_company text[] := ARRAY['client', 'membership', 'revoked_token', 'audit', 'idempotency', 'source_event',
    'push_policy', 'role', 'role_identity', 'role_revision', 'document', 'batch', 'run', 'stage_run', 'event',
    'job', 'usage', 'queue_state', 'subscription', 'delivery', 'delivery_attempt'];
  of_nobody text[] := ARRAY['company', 'person', 'signing_key', 'auth_change', 'process', 'store'];
BEGIN
  FOREACH name IN ARRAY of_company || of_nobody LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO connector_engine', name);
    EXECUTE format('CREATE POLICY engine ON %I TO connector_engine USING (true) WITH CHECK (true)', name);
  END LOOP;
  FOREACH name IN ARRAY of_company LOOP
    EXECUTE format('CREATE POLICY own_company ON %I TO connector_api
      USING (company_id = (SELECT nullif(current_setting(''app.company'', true), '''')::uuid))
      WITH CHECK (company_id = (SELECT nullif(current_setting(''app.company'', true), '''')::uuid))', name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['client', 'person', 'membership', 'revoked_token', 'signing_key', 'auth_change'] LOOP
    EXECUTE format('CREATE POLICY auth ON %I TO connector_auth USING (true) WITH CHECK (true)', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO connector_auth', name);
  END LOOP;
END
$$;

CREATE POLICY own_company ON company TO connector_api
  USING (id = (SELECT nullif(current_setting('app.company', true), '')::uuid));
CREATE POLICY everyone ON store FOR SELECT TO connector_api USING (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency, source_event, push_policy, role, role_identity,
  role_revision, document, batch, run, job, subscription, delivery TO connector_api;
GRANT SELECT, INSERT ON event, audit TO connector_api;
GRANT SELECT ON company, store, stage_run, usage, queue_state, delivery_attempt, membership, revoked_token
  TO connector_api;
GRANT SELECT (id, company_id, name, scopes, disabled_at, created_at, last_used_at) ON client TO connector_api;

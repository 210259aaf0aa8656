-- People sign in: passwords, sessions, invitations, and how often somebody tried in vain.

ALTER TABLE person
  ADD COLUMN password_hash text,  -- argon2id; NULL: signs in elsewhere, or has not taken up the invitation yet
  ADD COLUMN disabled_at timestamptz,
  ADD COLUMN last_seen_at timestamptz;

CREATE TABLE session (
  key bytea PRIMARY KEY,  -- SHA-256 of what the cookie holds
  person_id uuid NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  csrf text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  used_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL
);
CREATE INDEX session_by_person ON session (person_id);

CREATE TABLE invitation (
  key bytea PRIMARY KEY,  -- SHA-256 of what the link holds
  person_id uuid NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  expires_at timestamptz NOT NULL
);
CREATE INDEX invitation_by_person ON invitation (person_id);

CREATE TABLE sign_in_failure (
  key bytea NOT NULL,  -- SHA-256 of an account's or a network's name
  at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sign_in_failure_by_key ON sign_in_failure (key, at);

CREATE TABLE selection (
  -- A way of choosing roles that somebody saved under a name.
  id uuid NOT NULL,
  company_id uuid NOT NULL REFERENCES company (id),
  name text NOT NULL CHECK (name <> ''),
  filter jsonb NOT NULL,
  made_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id, company_id),
  UNIQUE (company_id, name)
);

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['session', 'invitation', 'sign_in_failure', 'selection'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO connector_engine', name);
    EXECUTE format('CREATE POLICY engine ON %I TO connector_engine USING (true) WITH CHECK (true)', name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['session', 'invitation', 'sign_in_failure'] LOOP
    EXECUTE format('CREATE POLICY auth ON %I TO connector_auth USING (true) WITH CHECK (true)', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO connector_auth', name);
  END LOOP;
END
$$;

CREATE POLICY own_company ON selection TO connector_api
  USING (company_id = (SELECT nullif(current_setting('app.company', true), '')::uuid))
  WITH CHECK (company_id = (SELECT nullif(current_setting('app.company', true), '')::uuid));
GRANT SELECT, INSERT, DELETE ON selection TO connector_api;

-- Who changes clients and users writes down that it was done, in the same transaction.
CREATE POLICY auth ON audit FOR INSERT TO connector_auth WITH CHECK (true);
GRANT INSERT ON audit TO connector_auth;

-- A company's admins name it, say where its dashboard is, and read who did what.
GRANT UPDATE (name, dashboard_url) ON company TO connector_api;

-- Signing in tells a person which companies are theirs.
CREATE POLICY auth ON company FOR SELECT TO connector_auth USING (true);
GRANT SELECT (id, name) ON company TO connector_auth;

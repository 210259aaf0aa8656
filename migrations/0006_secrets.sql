-- A client's old secret works on for a while after a change, and signing in leaves audit rows.

ALTER TABLE client
  ADD COLUMN old_secret_hash bytea,
  ADD COLUMN old_secret_until timestamptz;

GRANT INSERT ON audit TO connector_auth;
CREATE POLICY auth_adds ON audit FOR INSERT TO connector_auth WITH CHECK (true);

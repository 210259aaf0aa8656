-- Who can do what: database roles, companies, clients, users, tokens, keys, limits, audit.

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['connector_api', 'connector_auth', 'connector_engine'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN', name);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;  -- roles are cluster-wide: another database's migration may have been first
      END;
    END IF;
    IF NOT pg_has_role(current_user, name, 'MEMBER') THEN
      EXECUTE format('GRANT %I TO %I', name, current_user);
    END IF;
  END LOOP;
END
$$;

GRANT USAGE ON SCHEMA public TO connector_api, connector_auth, connector_engine;

CREATE TABLE store (
  -- Names this database: a restored copy gets a new id, so that old feed cursors are refused.
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  id uuid NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO store DEFAULT VALUES;

CREATE TABLE company (
  id uuid PRIMARY KEY,
  name text NOT NULL CHECK (name <> ''),
  weight integer NOT NULL DEFAULT 1 CHECK (weight BETWEEN 1 AND 100),
  window_cap integer CHECK (window_cap > 0),
  dashboard_url text,
  policy jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE client (
  id uuid NOT NULL,
  company_id uuid NOT NULL REFERENCES company (id),
  name text NOT NULL,
  secret_hash bytea NOT NULL,
  scopes text[] NOT NULL,
  tokens_not_before timestamptz NOT NULL DEFAULT '-infinity',
  disabled_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  last_used_at timestamptz,
  PRIMARY KEY (id, company_id)
);

CREATE TABLE person (
  id uuid PRIMARY KEY,
  email text NOT NULL UNIQUE,
  name text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE membership (
  company_id uuid NOT NULL REFERENCES company (id),
  person_id uuid NOT NULL REFERENCES person (id),
  role text NOT NULL CHECK (role IN ('admin', 'csm', 'viewer')),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (company_id, person_id)
);

CREATE TABLE signing_key (
  kid text PRIMARY KEY,
  algorithm text NOT NULL DEFAULT 'ES256',
  private_jwk text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  active_from timestamptz NOT NULL,
  retired_at timestamptz
);

CREATE TABLE revoked_token (
  jti text NOT NULL,
  company_id uuid NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (company_id, jti)
);

CREATE TABLE auth_change (
  -- Counts every revocation, so that token caches of other processes notice within one poll.
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  counter bigint NOT NULL DEFAULT 0
);
INSERT INTO auth_change DEFAULT VALUES;

CREATE TABLE audit (
  id uuid NOT NULL,
  company_id uuid NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  actor_kind text NOT NULL,
  actor_id text NOT NULL,
  action text NOT NULL,
  target text,
  outcome text NOT NULL DEFAULT 'done',
  request_id text,
  detail jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (id, company_id)
);
CREATE INDEX audit_by_time ON audit (company_id, at DESC);

CREATE TABLE idempotency (
  company_id uuid NOT NULL,
  client_id uuid NOT NULL,
  key text NOT NULL,
  method text NOT NULL,
  path text NOT NULL,
  body_sha256 bytea NOT NULL,
  status integer NOT NULL,
  answer jsonb NOT NULL,
  headers jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (company_id, client_id, key)
);
CREATE INDEX idempotency_by_age ON idempotency (created_at);

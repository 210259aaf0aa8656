-- Who is called back, with what, and how each attempt went.

CREATE TABLE subscription (
  id uuid NOT NULL,
  company_id uuid NOT NULL REFERENCES company (id),
  client_id uuid,
  url text NOT NULL,
  events text[] NOT NULL,
  description text NOT NULL DEFAULT '',
  recipe_id text,
  secrets text NOT NULL,
  previous_secret_until timestamptz,
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled', 'deleted')),
  disabled_reason text,
  open_until timestamptz,
  failures integer NOT NULL DEFAULT 0,
  expires_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id, company_id)
);
CREATE INDEX subscription_active ON subscription (company_id) WHERE status = 'active';

CREATE TABLE delivery (
  id uuid NOT NULL,
  company_id uuid NOT NULL,
  subscription_id uuid NOT NULL,
  event_id bigint NOT NULL,
  event_type text NOT NULL,
  run_id uuid,
  body jsonb NOT NULL,
  status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'sending', 'delivered', 'failed', 'dead')),
  attempts integer NOT NULL DEFAULT 0,
  due_at timestamptz NOT NULL DEFAULT now(),
  owner uuid,
  epoch integer NOT NULL DEFAULT 0,
  lease_until timestamptz,
  last_status integer,
  last_error text,
  created_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id, company_id),
  UNIQUE (company_id, subscription_id, event_id),
  FOREIGN KEY (subscription_id, company_id) REFERENCES subscription (id, company_id)
) WITH (fillfactor = 70);
CREATE INDEX delivery_due ON delivery (due_at) WHERE status IN ('pending', 'sending', 'failed');
CREATE INDEX delivery_by_time ON delivery (company_id, created_at DESC);

CREATE TABLE delivery_attempt (
  company_id uuid NOT NULL,
  delivery_id uuid NOT NULL,
  attempt integer NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  status integer,
  milliseconds integer NOT NULL,
  error text,
  answer text,
  PRIMARY KEY (company_id, delivery_id, attempt),
  FOREIGN KEY (delivery_id, company_id) REFERENCES delivery (id, company_id) ON DELETE CASCADE
);

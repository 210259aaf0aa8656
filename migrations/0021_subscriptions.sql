-- What a subscription wants of an event, how its receiver lets us in, since when it fails, and the pace of each.

ALTER TABLE subscription
  ADD COLUMN payload text NOT NULL DEFAULT 'full' CHECK (payload IN ('full', 'thin')),
  ADD COLUMN sources text[] NOT NULL DEFAULT '{}',
  ADD COLUMN states text[] NOT NULL DEFAULT '{}',
  ADD COLUMN auth text NOT NULL DEFAULT '',  -- sealed; empty: the signature alone
  ADD COLUMN auth_kind text NOT NULL DEFAULT 'none' CHECK (auth_kind IN ('none', 'header', 'basic', 'oauth2')),
  ADD COLUMN failing_since timestamptz;
CREATE INDEX subscription_failing ON subscription (failing_since) WHERE failing_since IS NOT NULL AND status = 'active';

ALTER TABLE delivery ADD COLUMN claimed_at timestamptz;
CREATE INDEX delivery_claimed ON delivery (subscription_id, company_id, claimed_at) WHERE claimed_at IS NOT NULL;

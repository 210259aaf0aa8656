-- What a refused call had sent, sealed, so that its client can have it sent again; gone with the call, or after days.

ALTER TABLE call
  ADD COLUMN headers jsonb,
  ADD COLUMN body text,
  ADD COLUMN resend_of text;
CREATE INDEX call_with_body ON call (at) WHERE body IS NOT NULL;

-- How receivers let us in: also by a certificate of ours, which ends some day.
ALTER TABLE subscription
  DROP CONSTRAINT subscription_auth_kind_check,
  ADD CONSTRAINT subscription_auth_kind_check CHECK (auth_kind IN ('none', 'header', 'basic', 'oauth2', 'mtls')),
  ADD COLUMN auth_ends_at timestamptz,
  ADD COLUMN auth_warned_at timestamptz;
CREATE INDEX subscription_ending ON subscription (auth_ends_at) WHERE auth_ends_at IS NOT NULL AND status = 'active';

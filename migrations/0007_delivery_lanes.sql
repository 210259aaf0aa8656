-- Deliveries are taken per subscription, so that one slow receiver never holds up another's.

ALTER TABLE delivery ADD COLUMN tried_since timestamptz NOT NULL DEFAULT now();

CREATE INDEX delivery_lane ON delivery (subscription_id, company_id, due_at)
  WHERE status IN ('pending', 'sending', 'failed');
CREATE INDEX delivery_too_old ON delivery (tried_since) WHERE status IN ('pending', 'sending', 'failed');
DROP INDEX delivery_due;

-- Events of stages for those subscriptions that name them, and which stages they mean. The engine asks with each of
-- its commits whether anybody does, so that is an index of those few.

ALTER TABLE subscription
  ADD COLUMN stages text[] NOT NULL DEFAULT '{}',
  ADD COLUMN hears_stages boolean NOT NULL GENERATED ALWAYS AS (
    events && '{stage.*,stage.started,stage.retrying,stage.finished,stage.failed}'::text[]) STORED;
CREATE INDEX subscription_of_stages ON subscription (company_id) WHERE status = 'active' AND hears_stages;

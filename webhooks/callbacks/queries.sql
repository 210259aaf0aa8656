-- insert_subscription --
-- A recipe starts and asks to be called.
INSERT INTO subscription (id, company_id, client_id, url, events, description, recipe_id, secrets, expires_at,
  payload, sources, states, stages, auth, auth_kind, auth_ends_at)
VALUES (%(id)s::uuid, %(company_id)s::uuid, %(client_id)s::uuid, %(url)s::text, %(events)s::text[],
  %(description)s::text, %(recipe_id)s::text, %(secrets)s::text, %(expires_at)s::timestamptz,
  %(payload)s::text, %(sources)s::text[], %(states)s::text[], %(stages)s::text[], %(auth)s::text, %(auth_kind)s::text,
  %(auth_ends_at)s::timestamptz)
RETURNING id, client_id, url, events, description, recipe_id, status, disabled_reason, open_until, failures,
  previous_secret_until, expires_at, payload, sources, states, stages, auth_kind, auth_ends_at, failing_since, created_at, updated_at

-- count_subscriptions --
-- The limit per company.
SELECT count(*) FROM subscription WHERE company_id = %(company_id)s::uuid AND status <> 'deleted'

-- get_subscription --
-- One subscription as its owner sees it; its secrets stay where they are.
SELECT id, client_id, url, events, description, recipe_id, status, disabled_reason, open_until, failures,
  previous_secret_until, expires_at, payload, sources, states, stages, auth_kind, auth_ends_at, failing_since, created_at, updated_at
FROM subscription
WHERE id = %(id)s::uuid AND status <> 'deleted'

-- list_subscriptions --
-- All of a company's, newest first; there are never more than the limit.
SELECT id, client_id, url, events, description, recipe_id, status, disabled_reason, open_until, failures,
  previous_secret_until, expires_at, payload, sources, states, stages, auth_kind, auth_ends_at, failing_since, created_at, updated_at
FROM subscription
WHERE status <> 'deleted'
ORDER BY created_at DESC, id DESC

-- update_subscription --
-- A recipe renews itself or is corrected by hand; becoming active again clears what had stopped it.
UPDATE subscription SET
  url = %(url)s::text, events = %(events)s::text[], description = %(description)s::text,
  expires_at = %(expires_at)s::timestamptz, status = %(status)s::text,
  disabled_reason = CASE WHEN %(status)s::text = 'active' THEN NULL ELSE coalesce(disabled_reason, 'by_request') END,
  failures = CASE WHEN %(fresh)s::boolean THEN 0 ELSE failures END,
  open_until = CASE WHEN %(fresh)s::boolean THEN NULL ELSE open_until END,
  failing_since = CASE WHEN %(fresh)s::boolean THEN NULL ELSE failing_since END,
  payload = %(payload)s::text, sources = %(sources)s::text[], states = %(states)s::text[], stages = %(stages)s::text[],
  auth_ends_at = CASE WHEN %(auth)s::text IS NULL THEN auth_ends_at ELSE %(auth_ends_at)s::timestamptz END,
  auth_warned_at = CASE WHEN %(auth)s::text IS NULL THEN auth_warned_at END,
  auth = coalesce(%(auth)s::text, auth), auth_kind = coalesce(%(auth_kind)s::text, auth_kind), updated_at = now()
WHERE id = %(id)s::uuid AND status <> 'deleted'
RETURNING id, client_id, url, events, description, recipe_id, status, disabled_reason, open_until, failures,
  previous_secret_until, expires_at, payload, sources, states, stages, auth_kind, auth_ends_at, failing_since, created_at, updated_at

-- lock_subscription --
-- The one lock order is subscription before delivery; every writer of both begins here.
SELECT secrets FROM subscription WHERE id = %(id)s::uuid AND status <> 'deleted' FOR NO KEY UPDATE

-- read_secrets --
-- A repeated request to create or rotate is given the secret again.
SELECT secrets FROM subscription WHERE id = %(id)s::uuid AND status <> 'deleted'

-- replace_secrets --
-- A new secret; the one before it still signs for a day.
UPDATE subscription SET secrets = %(secrets)s::text,
  previous_secret_until = now() + make_interval(secs => %(keep)s::float8), updated_at = now()
WHERE id = %(id)s::uuid
RETURNING id, client_id, url, events, description, recipe_id, status, disabled_reason, open_until, failures,
  previous_secret_until, expires_at, payload, sources, states, stages, auth_kind, auth_ends_at, failing_since, created_at, updated_at

-- delete_subscription --
-- A recipe stops. The row stays, without its secrets, for the delivery log.
UPDATE subscription SET status = 'deleted', secrets = '', auth = '', updated_at = now()
WHERE id = %(id)s::uuid AND status <> 'deleted'

-- end_deliveries --
-- Nothing more goes to a subscription that is off: what was on its way is dead and says why.
UPDATE delivery SET status = 'dead', last_error = %(reason)s::text, owner = NULL, lease_until = NULL,
  finished_at = now(), updated_at = now()
WHERE subscription_id = %(id)s::uuid AND company_id = %(company_id)s::uuid
  AND status IN ('pending', 'sending', 'failed')

-- wanted_events --
-- Events with what they are about, and who asked for them; patterns as in events.py: those of stages go only to who
-- names them. `only` asks for one subscription,
-- also for what happened before it was made.
SELECT e.id, e.type, e.at, e.sequence, e.data, st.id AS store_id, e.company_id, c.name AS company_name, c.dashboard_url,
  e.run_id, e.role_id, e.batch_id, ro.title AS role_title, ro.code AS role_code, ro.source AS role_source,
  ro.source_id AS role_source_id, ru.error AS run_error, ru.outputs -> 'degraded' AS run_degraded,
  array_agg(s.id) AS subscriptions
FROM event e
JOIN subscription s ON s.company_id = e.company_id AND s.status = 'active'
  AND (s.expires_at IS NULL OR s.expires_at > e.at)
  AND CASE WHEN %(only)s::uuid IS NULL THEN s.created_at <= e.at ELSE s.id = %(only)s::uuid END
  AND s.events && CASE WHEN e.type LIKE 'stage.%%' THEN ARRAY['stage.*', e.type]
    ELSE ARRAY['*', split_part(e.type, '.', 1) || '.*', e.type] END
  AND (s.stages = '{}' OR e.type NOT LIKE 'stage.%%' OR e.data ->> 'stage' = ANY(s.stages))
JOIN company c ON c.id = e.company_id
CROSS JOIN store st
LEFT JOIN role ro ON ro.id = e.role_id AND ro.company_id = e.company_id
LEFT JOIN run ru ON ru.id = e.run_id AND ru.company_id = e.company_id
WHERE e.id = ANY(%(event_ids)s::bigint[]) AND e.company_id = %(company_id)s::uuid
  AND (s.sources = '{}' OR ro.source = ANY(s.sources)) AND (s.states = '{}' OR ro.state = ANY(s.states))
GROUP BY e.id, st.id, c.id, ro.id, ro.company_id, ru.id, ru.company_id
ORDER BY e.id

-- insert_deliveries --
-- One per event and subscription, however often the same events are announced.
INSERT INTO delivery (id, company_id, subscription_id, event_id, event_type, run_id, body)
SELECT d.id, %(company_id)s::uuid, d.subscription_id, d.event_id, d.event_type, d.run_id, d.body
FROM jsonb_to_recordset(%(deliveries)s::jsonb) AS d (
  id uuid, subscription_id uuid, event_id bigint, event_type text, run_id uuid, body jsonb)
ON CONFLICT (company_id, subscription_id, event_id) DO NOTHING

-- events_since --
-- What happened since a moment, in the order of the log, for a replay.
SELECT id, at FROM event
WHERE company_id = %(company_id)s::uuid AND at >= %(since)s::timestamptz
  AND xid < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY at, id
LIMIT %(limit)s::int

-- send_again --
-- A replay: deliveries of these events that are over begin anew; their earlier tries stay in the log.
UPDATE delivery SET status = 'pending', attempts = 0, due_at = now(), tried_since = now(), finished_at = NULL,
  last_error = NULL, updated_at = now()
WHERE company_id = %(company_id)s::uuid AND subscription_id = %(subscription_id)s::uuid
  AND event_id = ANY(%(event_ids)s::bigint[]) AND status = ANY(%(statuses)s::text[])

-- lock_claims --
-- One process at a time takes deliveries, so that all of them together keep the pace of a receiver.
SELECT pg_advisory_xact_lock(7011306) IS NULL

-- claim_deliveries --
-- Takes what is due, turn by turn of companies, a few at a time of each subscription (one, while its breaker is
-- testing). A row being sent is due again when its lease ends, so a dead process's rows come back by themselves.
WITH lane AS (
  SELECT s.id, s.company_id, least(%(rate)s::int - recent.n,
    CASE WHEN s.failures >= %(breaker)s::int THEN 1 ELSE %(per_subscription)s::int END - busy.n) AS places
  FROM subscription s
  CROSS JOIN LATERAL (
    SELECT count(*) AS n FROM delivery d
    WHERE d.subscription_id = s.id AND d.company_id = s.company_id AND d.status = 'sending' AND d.due_at > now()
  ) AS busy
  CROSS JOIN LATERAL (
    SELECT count(*) AS n FROM delivery d
    WHERE d.subscription_id = s.id AND d.company_id = s.company_id AND d.claimed_at > now() - interval '1 second'
  ) AS recent
  WHERE s.status = 'active' AND (s.open_until IS NULL OR s.open_until <= now())
), due AS (
  SELECT d.id, d.company_id
  FROM lane CROSS JOIN LATERAL (
    SELECT n.id, n.company_id, n.due_at FROM delivery n
    WHERE n.subscription_id = lane.id AND n.company_id = lane.company_id
      AND n.status IN ('pending', 'sending', 'failed') AND n.due_at <= now()
    ORDER BY n.due_at
    LIMIT greatest(lane.places, 0)
  ) AS d
  ORDER BY row_number() OVER (PARTITION BY d.company_id ORDER BY d.due_at), d.due_at
  LIMIT %(limit)s::int
), taken AS (
  SELECT d.id, d.company_id FROM delivery d
  WHERE (d.id, d.company_id) IN (SELECT id, company_id FROM due)
    AND d.status IN ('pending', 'sending', 'failed') AND d.due_at <= now()
  FOR UPDATE SKIP LOCKED
)
UPDATE delivery d SET status = 'sending', owner = %(owner)s::uuid, epoch = d.epoch + 1, claimed_at = clock_timestamp(),
  due_at = now() + make_interval(secs => %(lease)s::float8),
  lease_until = now() + make_interval(secs => %(lease)s::float8), updated_at = now()
FROM taken t, subscription s
WHERE d.id = t.id AND d.company_id = t.company_id AND s.id = d.subscription_id AND s.company_id = d.company_id
RETURNING d.id, d.company_id, d.subscription_id, d.event_type, d.body, d.epoch, d.attempts, s.url, s.secrets, s.payload, s.auth,
  d.simulated,
  coalesce(s.previous_secret_until > now(), false) AS both_secrets

-- record_try --
-- What came of one try. No row means that another process took the delivery over, or that it was ended.
WITH held AS (
  SELECT id, company_id, now() + make_interval(secs => %(wait)s::float8) AS next_at,
    CASE WHEN %(outcome)s::text = 'failed' AND now() + make_interval(secs => %(wait)s::float8)
        > tried_since + make_interval(secs => %(give_up)s::float8)
      THEN 'dead' ELSE %(outcome)s::text END AS outcome
  FROM delivery
  WHERE id = %(id)s::uuid AND company_id = %(company_id)s::uuid
    AND owner = %(owner)s::uuid AND epoch = %(epoch)s::int AND status = 'sending'
  FOR NO KEY UPDATE
), mine AS (
  UPDATE delivery d SET
    attempts = attempts + 1, status = h.outcome, due_at = h.next_at,
    finished_at = CASE WHEN h.outcome <> 'failed' THEN now() END,
    owner = NULL, lease_until = NULL, last_status = %(status)s::int, last_error = %(error)s::text, updated_at = now()
  FROM held h
  WHERE d.id = h.id AND d.company_id = h.company_id
  RETURNING d.id, d.company_id, d.epoch, d.status
), noted AS (
  INSERT INTO delivery_attempt (company_id, delivery_id, attempt, status, milliseconds, error, answer)
  SELECT company_id, id, epoch, %(status)s::int, %(milliseconds)s::int, %(error)s::text, %(answer)s::text FROM mine
)
SELECT status FROM mine

-- note_success --
-- The receiver is well: whatever the breaker had counted is forgotten.
UPDATE subscription SET failures = 0, open_until = NULL, failing_since = NULL, updated_at = now()
WHERE id = %(id)s::uuid AND company_id = %(company_id)s::uuid AND (failures > 0 OR open_until IS NOT NULL)

-- note_failure --
-- One more failure in a row; from the limit on the receiver is left alone for a while.
UPDATE subscription SET failures = failures + 1, failing_since = coalesce(failing_since, now()), updated_at = now(),
  open_until = CASE WHEN failures + 1 >= %(breaker)s::int
    THEN now() + make_interval(secs => %(breaker_wait)s::float8) END
WHERE id = %(id)s::uuid AND company_id = %(company_id)s::uuid AND status = 'active'

-- failing_subscriptions --
-- Receivers that have taken nothing for a long time.
SELECT id, company_id FROM subscription
WHERE status = 'active' AND failing_since < now() - make_interval(secs => %(disable_after)s::float8)
LIMIT 100

-- disable_subscription --
-- The receiver said that it is gone for good, or takes nothing any more.
UPDATE subscription SET status = 'disabled', disabled_reason = %(reason)s::text, updated_at = now()
WHERE id = %(id)s::uuid AND company_id = %(company_id)s::uuid AND status = 'active'

-- take_ending --
-- Subscriptions whose certificate ends soon and of which nothing was said yet; it is said now.
UPDATE subscription SET auth_warned_at = now()
WHERE status = 'active' AND auth_warned_at IS NULL AND auth_ends_at < now() + make_interval(days => %(days)s::int)
RETURNING id, company_id, description, auth_ends_at

-- log_event --
-- The company's log says what became of a subscription or of the API, and why.
INSERT INTO event (company_id, type, data)
VALUES (%(company_id)s::uuid, %(type)s::text, %(data)s::jsonb)
RETURNING id

-- end_overdue --
-- Deliveries that could not even be tried in time (a breaker that stays open, a subscription that is off).
UPDATE delivery SET status = 'dead', owner = NULL, lease_until = NULL, finished_at = now(), updated_at = now(),
  last_error = coalesce(last_error, 'The receiver could not be reached in time.')
WHERE (id, company_id) IN (
  SELECT d.id, d.company_id FROM delivery d JOIN subscription s ON s.id = d.subscription_id AND s.company_id = d.company_id
  WHERE (d.status IN ('pending', 'failed') OR (d.status = 'sending' AND d.due_at < now()))
    AND (d.tried_since < now() - make_interval(secs => %(give_up)s::float8) - interval '1 hour' OR s.status <> 'active'
      OR d.simulated IS NOT NULL AND d.tried_since < now() - interval '10 minutes')
  LIMIT 1000
  FOR UPDATE OF d SKIP LOCKED
)

-- retry_delivery --
-- A person sends it again: the schedule starts anew, the earlier tries stay in the log.
UPDATE delivery SET status = 'pending', attempts = 0, due_at = now(), tried_since = now(), finished_at = NULL,
  last_error = NULL, updated_at = now()
WHERE id = %(id)s::uuid AND status IN ('delivered', 'failed', 'dead')

-- get_delivery --
-- One delivery with its body.
SELECT d.id, d.subscription_id, d.event_id, d.event_type, d.run_id, d.status, d.attempts,
  CASE WHEN d.status IN ('pending', 'failed') THEN d.due_at END AS next_try_at, d.last_status, d.last_error,
  d.created_at, d.finished_at, d.updated_at, d.body, s.status AS subscription_status
FROM delivery d JOIN subscription s ON s.id = d.subscription_id AND s.company_id = d.company_id
WHERE d.id = %(id)s::uuid

-- list_deliveries --
-- The log, newest first, by its own order so that a page never repeats a row.
SELECT d.id, d.subscription_id, d.event_id, d.event_type, d.run_id, d.status, d.attempts,
  CASE WHEN d.status IN ('pending', 'failed') THEN d.due_at END AS next_try_at, d.last_status, d.last_error,
  d.created_at, d.finished_at, d.updated_at, d.body, s.status AS subscription_status
FROM delivery d JOIN subscription s ON s.id = d.subscription_id AND s.company_id = d.company_id
WHERE (cardinality(%(status)s::text[]) = 0 OR d.status = ANY(%(status)s::text[]))
  AND (%(subscription_id)s::uuid IS NULL OR d.subscription_id = %(subscription_id)s::uuid)
  AND (%(run_id)s::uuid IS NULL OR d.run_id = %(run_id)s::uuid)
  AND (%(before)s::uuid IS NULL
    OR (d.created_at, d.id) < (SELECT b.created_at, b.id FROM delivery b WHERE b.id = %(before)s::uuid))
ORDER BY d.created_at DESC, d.id DESC
LIMIT %(limit)s::int

-- list_tries --
-- Each try of one delivery, for its page and the support bundle.
SELECT attempt, at, status, milliseconds, error, answer
FROM delivery_attempt
WHERE delivery_id = %(id)s::uuid
ORDER BY attempt

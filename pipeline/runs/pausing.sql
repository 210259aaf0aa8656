-- pause --
-- A run that nobody owns is held at once: no place, no time to wake at, whoever still claims it fenced. What it waited
-- for a place is given back, as its time does not run while it is paused.
WITH paused AS (
  UPDATE run r SET pause_asked_at = now(), waiting = 'paused', waiting_since = now(), wake_at = 'infinity', slot = false,
    visible_by = CASE WHEN r.waiting IN ('queue', 'tenant_cap', 'llm_budget', 'schedule')
      THEN r.visible_by + (now() - r.waiting_since) ELSE r.visible_by END,
    admitted_at = CASE WHEN r.started_at IS NOT NULL THEN r.admitted_at END,
    epoch = r.epoch + 1, sequence = r.sequence + 1, version = r.version + 1, updated_at = now()
  WHERE r.company_id = %(company_id)s::uuid AND r.id = %(id)s::uuid AND r.owner IS NULL
    AND r.status IN ('pending', 'running') AND r.waiting IS DISTINCT FROM 'paused' AND r.cancel_asked_at IS NULL
  RETURNING r.id, r.company_id, r.role_id, r.batch_id, r.sequence, r.status
)
INSERT INTO event (company_id, type, role_id, run_id, batch_id, sequence, data)
SELECT company_id, 'run.paused', role_id, id, batch_id, sequence, jsonb_build_object('status', status, 'reason', 'paused')
FROM paused
RETURNING id

-- ask_pause --
-- A wish that the owner reads at its next commit or heartbeat: it finishes what acts, and parks the run.
UPDATE run SET pause_asked_at = coalesce(pause_asked_at, now()), version = version + 1, updated_at = now()
WHERE company_id = %(company_id)s::uuid AND id = %(id)s::uuid AND owner IS NOT NULL AND status = 'running'

-- resume --
-- A paused run takes its place in the queue again, before the new ones if it had begun; one that follows another waits
-- on for that.
WITH resumed AS (
  UPDATE run r SET pause_asked_at = NULL, waiting = CASE WHEN r.follows IS NULL THEN 'queue' ELSE 'earlier_run' END,
    visible_by = r.visible_by + (now() - r.waiting_since), waiting_since = now(),
    wake_at = CASE WHEN r.follows IS NOT NULL THEN 'infinity' WHEN r.started_at IS NULL THEN '-infinity' ELSE now() END,
    sequence = r.sequence + 1, version = r.version + 1, updated_at = now()
  WHERE r.company_id = %(company_id)s::uuid AND r.id = %(id)s::uuid AND r.waiting = 'paused'
    AND r.status IN ('pending', 'running')
  RETURNING r.id, r.company_id, r.role_id, r.batch_id, r.sequence, r.status, r.waiting
)
INSERT INTO event (company_id, type, role_id, run_id, batch_id, sequence, data)
SELECT company_id, 'run.resumed', role_id, id, batch_id, sequence, jsonb_build_object('status', status, 'reason', waiting)
FROM resumed
RETURNING id

-- forget_pause --
-- The wish is taken back before anybody acted on it.
UPDATE run SET pause_asked_at = NULL, version = version + 1, updated_at = now()
WHERE company_id = %(company_id)s::uuid AND id = %(id)s::uuid AND pause_asked_at IS NOT NULL
  AND waiting IS DISTINCT FROM 'paused' AND status IN ('pending', 'running')

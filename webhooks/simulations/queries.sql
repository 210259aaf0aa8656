-- insert_simulation --
-- A recipe is to be tried; one at a time of a company, so that nothing mixes and nobody floods a receiver.
INSERT INTO simulation (id, company_id, subscription_id, wait_id, ends_at)
SELECT %(id)s::uuid, %(company_id)s::uuid, %(subscription_id)s::uuid, NULL,
  now() + make_interval(secs => %(seconds)s::float8)
WHERE NOT EXISTS (SELECT FROM simulation WHERE company_id = %(company_id)s::uuid AND ends_at > now())
RETURNING id

-- lock_simulations --
-- Two that begin at once must see each other.
SELECT pg_advisory_xact_lock(hashtextextended('simulation:' || %(company_id)s::uuid, 0)) IS NULL

-- insert_cases --
-- The faults of a simulation, each with a run that does not exist.
INSERT INTO simulation_case (company_id, simulation_id, name, run_id)
SELECT %(company_id)s::uuid, %(simulation_id)s::uuid, c.name, c.run_id
FROM jsonb_to_recordset(%(cases)s::jsonb) AS c (name text, run_id uuid)

-- set_wait --
-- The suspended job that was given along.
UPDATE simulation SET wait_id = %(wait_id)s::uuid
WHERE company_id = %(company_id)s::uuid AND id = %(id)s::uuid

-- log_event --
-- A made-up event stands in the sandbox's log like any other, so that recipes that poll meet it too.
INSERT INTO event (company_id, type, run_id, sequence, at, data)
VALUES (%(company_id)s::uuid, %(type)s::text, %(run_id)s::uuid, %(sequence)s::int, %(at)s::timestamptz, %(data)s::jsonb)
RETURNING id, (SELECT id FROM store) AS store_id

-- insert_messages --
-- What is sent, among the deliveries and with them, each at its time.
INSERT INTO delivery (id, company_id, subscription_id, event_id, event_type, run_id, body, due_at, simulation_id,
  simulated)
SELECT d.id, %(company_id)s::uuid, %(subscription_id)s::uuid, d.event_id, d.event_type, d.run_id, d.body,
  now() + make_interval(secs => d.after), %(simulation_id)s::uuid, d.simulated
FROM jsonb_to_recordset(%(messages)s::jsonb) AS d (
  id uuid, event_id bigint, event_type text, run_id uuid, body jsonb, after float8, simulated text)

-- list_simulations --
-- One, or the newest ones.
SELECT id, subscription_id, wait_id, ends_at, created_at, ends_at <= now() AS over FROM simulation
WHERE company_id = %(company_id)s::uuid AND (%(id)s::uuid IS NULL OR id = %(id)s::uuid)
ORDER BY created_at DESC, id DESC
LIMIT %(limit)s::int

-- cases_of --
-- The faults of these simulations, and what came of a job that slept until their run was over.
SELECT c.simulation_id, c.name, c.run_id, c.reads, c.read_at, c.read_again_at,
  (SELECT w.status FROM wait w WHERE w.company_id = c.company_id AND w.run_ids @> ARRAY[c.run_id] LIMIT 1) AS wait
FROM simulation_case c
WHERE c.company_id = %(company_id)s::uuid AND c.simulation_id = ANY(%(ids)s::uuid[])

-- messages_of --
-- What these simulations sent, and how it was answered.
SELECT id, simulation_id, split_part(simulated, ':', 1) AS name, event_type, status, attempts, last_status, last_error,
  finished_at
FROM delivery
WHERE company_id = %(company_id)s::uuid AND simulation_id = ANY(%(ids)s::uuid[])
ORDER BY due_at, id

-- read_run --
-- A client reads a run that was made up; what was read when, while its simulation ran, is how a recipe is judged.
UPDATE simulation_case c SET reads = reads + 1, read_at = coalesce(read_at, now()),
  read_again_at = CASE WHEN reads = 1 THEN now() ELSE read_again_at END
WHERE company_id = %(company_id)s::uuid AND run_id = %(run_id)s::uuid
  AND EXISTS (SELECT FROM simulation s WHERE s.company_id = c.company_id AND s.id = c.simulation_id AND s.ends_at > now())
RETURNING name, reads, read_at

-- made_up --
-- Which of these runs were made up, and for which fault.
SELECT run_id, name FROM simulation_case
WHERE company_id = %(company_id)s::uuid AND run_id = ANY(%(run_ids)s::uuid[])

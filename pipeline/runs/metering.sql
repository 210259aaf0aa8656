-- measure --
-- What a scrape tells of the store: it is one truth for every process, so any API process may be asked.
SELECT
  (SELECT count(*) FROM run WHERE status IN ('pending', 'running') AND NOT slot AND follows IS NULL AND wake_at <= now())
    AS waiting,
  (SELECT count(*) FROM run WHERE slot) AS in_window,
  (SELECT count(*) FROM run WHERE slot AND owner IS NOT NULL) AS owned,
  (SELECT count(*) FROM run WHERE status IN ('pending', 'running') AND NOT slot AND follows IS NULL AND wake_at > now())
    AS parked,
  (SELECT count(*) FROM run WHERE finished_at > now() - interval '1 minute' AND status = 'success') AS succeeded,
  (SELECT count(*) FROM run WHERE finished_at > now() - interval '1 minute' AND status = 'failed') AS failed,
  (SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 FROM run
    WHERE status IN ('pending', 'running') AND NOT slot AND follows IS NULL AND wake_at <= now()) AS oldest_waiting,
  (SELECT count(*) FROM job) AS jobs,
  (SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 FROM job) AS oldest_job,
  (SELECT count(*) FROM process WHERE kind = 'worker' AND seen_at > now() - interval '15 seconds') AS workers,
  (SELECT count(*) FROM process WHERE kind = 'clock' AND seen_at > now() - interval '15 seconds') AS clocks,
  (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(at)), 0)::float8 FROM event
    WHERE xid >= pg_snapshot_xmin(pg_current_snapshot())) AS feed_lag

-- Since PostgreSQL 16 who creates a role may grant it but not become it; the service has to become it.

DO $$
DECLARE
  name text;
BEGIN
  IF current_setting('server_version_num')::int >= 160000 THEN
    FOREACH name IN ARRAY ARRAY['connector_api', 'connector_auth', 'connector_engine'] LOOP
      IF NOT pg_has_role(current_user, name, 'SET') THEN
        EXECUTE format('GRANT %I TO %I WITH SET TRUE, INHERIT FALSE', name, current_user);
      END IF;
    END LOOP;
  END IF;
END
$$;

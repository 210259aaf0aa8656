-- What the test databases know of themselves: how roles moved, whether the tables were changed, and how to be
-- empty again. Belongs to the superuser, out of reach of the product.
CREATE SCHEMA watch;

CREATE TABLE watch.moved (n bigint GENERATED ALWAYS AS IDENTITY, role_id uuid, before text, after text);
GRANT USAGE ON SCHEMA watch TO connector_engine;
GRANT SELECT ON watch.moved TO connector_engine;

CREATE FUNCTION watch.moves() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  INSERT INTO watch.moved (role_id, before, after) VALUES (new.id, old.state, new.state);
  RETURN new;
END $$;
CREATE TRIGGER watched AFTER UPDATE OF state ON role
  FOR EACH ROW WHEN (old.state <> new.state) EXECUTE FUNCTION watch.moves();

CREATE PROCEDURE watch.empty() LANGUAGE plpgsql AS $$
DECLARE
  one record;
  held boolean;
BEGIN
  -- No foreign key and no trigger has a say while everything goes.
  SET LOCAL session_replication_role = replica;
  FOR one IN
    SELECT oid::regclass AS name, pg_relation_size(oid) > 65536 AS large FROM pg_class
    WHERE relkind = 'r' AND relnamespace IN ('public'::regnamespace, 'watch'::regnamespace)
      AND oid <> 'migration'::regclass
  LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %s)', one.name) INTO held;
    IF held AND one.large THEN
      EXECUTE format('TRUNCATE %s CASCADE', one.name);
    ELSIF held THEN
      EXECUTE format('DELETE FROM %s', one.name);
    END IF;
  END LOOP;
  PERFORM setval(format('%I.%I', schemaname, sequencename), start_value, false)
    FROM pg_sequences WHERE last_value IS NOT NULL;
  INSERT INTO store DEFAULT VALUES;
  INSERT INTO auth_change DEFAULT VALUES;
END $$;

CREATE TABLE watch.altered (command text);
CREATE FUNCTION watch.alters() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  INSERT INTO watch.altered VALUES (tg_tag);
END $$;
CREATE EVENT TRIGGER altered ON ddl_command_end EXECUTE FUNCTION watch.alters();
CREATE EVENT TRIGGER dropped ON sql_drop EXECUTE FUNCTION watch.alters();

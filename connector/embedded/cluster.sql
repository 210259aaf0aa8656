-- What a new cluster needs beside its superuser. Run by psql at every start, so each statement may find its work done.

-- the login of the product: it makes roles (migrations need them) and is no superuser
SELECT 'CREATE ROLE connector LOGIN NOSUPERUSER NOCREATEDB CREATEROLE NOBYPASSRLS'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'connector') \gexec

-- its database
SELECT 'CREATE DATABASE connector OWNER connector'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'connector') \gexec

-- A push whose roles wait already is served by the runs there are: its batch counts them beside its own.

ALTER TABLE batch ADD COLUMN merged uuid[] NOT NULL DEFAULT '{}';

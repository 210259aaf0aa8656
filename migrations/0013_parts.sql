-- A source may send one record of a job profile without the others; what each said last is kept, so that
-- one that comes alone changes only what it speaks for.
ALTER TABLE role ADD COLUMN parts jsonb;

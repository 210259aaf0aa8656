-- What a document is worth as a basis, and the warnings about it that a person has seen and accepted.

CREATE INDEX document_unchecked ON document (created_at) WHERE current AND quality = '{}';

CREATE TABLE document_acknowledgement (
  company_id uuid NOT NULL,
  document_id uuid NOT NULL,
  code text NOT NULL,
  note text,
  by_kind text NOT NULL,
  by_id text NOT NULL,
  by_name text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (company_id, document_id, code),
  FOREIGN KEY (document_id, company_id) REFERENCES document (id, company_id) ON DELETE CASCADE
);
ALTER TABLE document_acknowledgement ENABLE ROW LEVEL SECURITY;
ALTER TABLE document_acknowledgement FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON document_acknowledgement TO connector_engine, connector_api;
CREATE POLICY engine ON document_acknowledgement TO connector_engine USING (true) WITH CHECK (true);
CREATE POLICY own_company ON document_acknowledgement TO connector_api
  USING (company_id = (SELECT nullif(current_setting('app.company', true), '')::uuid))
  WITH CHECK (company_id = (SELECT nullif(current_setting('app.company', true), '')::uuid));

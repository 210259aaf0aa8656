-- Whether somebody works is no secret: a company may see that workers and clocks live, never who or where.

GRANT SELECT (kind, seen_at) ON process TO connector_api;
CREATE POLICY everyone ON process FOR SELECT TO connector_api USING (true);

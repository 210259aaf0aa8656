-- Only a count of a company's roles by their state used this index. It had to be written at every change of state, and
-- being shorter than the primary key it was taken for foreign keys while the planner knew nothing of the table yet: each
-- check then read all roles of the company.
DROP INDEX role_by_state;

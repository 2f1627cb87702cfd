-- Reads the exported rows into DuckDB. ${data} is the folder that collect.sh wrote, ${day} the day of
-- the report.
SET TimeZone = 'UTC';

CREATE TABLE releases AS
SELECT *, epoch(tagged_at)::BIGINT AS tagged_seconds, strftime(tagged_at, '%Y-%m') AS tagged_month
FROM read_json('${data}/*/releases.jsonl', format = 'newline_delimited', columns = {
  repository: 'VARCHAR', commit: 'VARCHAR', tag: 'VARCHAR', version: 'VARCHAR',
  tagged_at: 'TIMESTAMP', signature: 'VARCHAR', commits: 'BIGINT', emergency: 'VARCHAR'
});

CREATE TABLE tickets AS
SELECT *,
  epoch(deployed_at)::BIGINT AS deployed_seconds,
  epoch(ended_at)::BIGINT AS ended_seconds,
  epoch(window_end)::BIGINT AS window_end_seconds,
  strftime(deployed_at, '%Y-%m') AS deployed_month
FROM read_json('${data}/*/tickets.jsonl', format = 'newline_delimited', columns = {
  repository: 'VARCHAR', commit: 'VARCHAR', release: 'VARCHAR', ticket: 'VARCHAR', title: 'VARCHAR',
  kind: 'VARCHAR', state: 'VARCHAR', risk: 'VARCHAR', risk_declared: 'VARCHAR',
  risk_computed: 'VARCHAR', services: 'VARCHAR[]', approval: 'VARCHAR', approval_now: 'VARCHAR',
  released_as_approved: 'BOOLEAN', flag: 'VARCHAR', flag_owner: 'VARCHAR', flag_remove_by: 'DATE',
  rollback_rehearsed_on: 'DATE', window_start: 'TIMESTAMP', window_end: 'TIMESTAMP',
  deployed_at: 'TIMESTAMP', ended_at: 'TIMESTAMP', result: 'VARCHAR', caused_by: 'VARCHAR'
});

CREATE TABLE approvals AS
SELECT *, epoch("at")::BIGINT AS at_seconds
FROM read_json('${data}/*/approvals.jsonl', format = 'newline_delimited', columns = {
  repository: 'VARCHAR', commit: 'VARCHAR', release: 'VARCHAR', ticket: 'VARCHAR', person: 'VARCHAR',
  role: 'VARCHAR', effect: 'VARCHAR', ignored_because: 'VARCHAR', evidence: 'VARCHAR',
  "at": 'TIMESTAMP', digest: 'VARCHAR'
});

CREATE TABLE ticket_services AS
SELECT repository, ticket, service, result, deployed_seconds
FROM (SELECT *, unnest(services) AS service FROM tickets)
WHERE deployed_seconds IS NOT NULL;

CREATE TABLE teams AS
SELECT * FROM read_csv('${data}/teams.csv', header = true,
  columns = {repository: 'VARCHAR', team: 'VARCHAR'});

CREATE TABLE report AS
SELECT DATE '${day}' AS day, epoch(DATE '${day}')::BIGINT AS seconds;

-- Reads the exported rows into Spark SQL. ${data} is the folder that collect.sh wrote, ${day} the day
-- of the report.
SET spark.sql.session.timeZone = UTC;

CREATE TEMPORARY VIEW release_lines (
  repository STRING, commit STRING, tag STRING, version STRING, tagged_at TIMESTAMP,
  signature STRING, commits BIGINT, emergency STRING
) USING json OPTIONS (path '${data}/*/releases.jsonl');

CREATE TEMPORARY VIEW releases AS
SELECT *, unix_timestamp(tagged_at) AS tagged_seconds,
  date_format(tagged_at, 'yyyy-MM') AS tagged_month
FROM release_lines;

CREATE TEMPORARY VIEW ticket_lines (
  repository STRING, commit STRING, release STRING, ticket STRING, title STRING, kind STRING,
  state STRING, risk STRING, risk_declared STRING, risk_computed STRING, services ARRAY<STRING>,
  approval STRING, approval_now STRING, released_as_approved BOOLEAN, flag STRING,
  flag_owner STRING, flag_remove_by DATE, rollback_rehearsed_on DATE, window_start TIMESTAMP,
  window_end TIMESTAMP, deployed_at TIMESTAMP, ended_at TIMESTAMP, result STRING, caused_by STRING
) USING json OPTIONS (path '${data}/*/tickets.jsonl');

CREATE TEMPORARY VIEW tickets AS
SELECT *,
  unix_timestamp(deployed_at) AS deployed_seconds,
  unix_timestamp(ended_at) AS ended_seconds,
  unix_timestamp(window_end) AS window_end_seconds,
  date_format(deployed_at, 'yyyy-MM') AS deployed_month
FROM ticket_lines;

CREATE TEMPORARY VIEW approval_lines (
  repository STRING, commit STRING, release STRING, ticket STRING, person STRING, role STRING,
  effect STRING, ignored_because STRING, evidence STRING, `at` TIMESTAMP, digest STRING
) USING json OPTIONS (path '${data}/*/approvals.jsonl');

CREATE TEMPORARY VIEW approvals AS
SELECT *, unix_timestamp(`at`) AS at_seconds FROM approval_lines;

CREATE TEMPORARY VIEW ticket_services AS
SELECT repository, ticket, service, result, deployed_seconds
FROM (SELECT *, explode(services) AS service FROM tickets)
WHERE deployed_seconds IS NOT NULL;

CREATE TEMPORARY VIEW teams (repository STRING, team STRING)
USING csv OPTIONS (path '${data}/teams.csv', header true);

CREATE TEMPORARY VIEW report AS
SELECT DATE '${day}' AS day, unix_timestamp(TIMESTAMP '${day} 00:00:00') AS seconds;

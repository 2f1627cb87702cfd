-- Questions that an organisation asks about the changes of all its repositories.
--
-- They run unchanged in DuckDB and in Spark SQL. What differs between the two is in load.duckdb.sql
-- and load.spark.sql, which make the views: releases, tickets, approvals, ticket_services (one row
-- for each service of a ticket), teams, and report (one row: the day of the report).
--
-- Columns ending in _month are texts such as 2026-11, columns ending in _seconds count from 1970.

-- question: Which tickets of high risk were released without approval?
SELECT repository, release, ticket, risk, approval
FROM tickets
WHERE risk IN ('high', 'critical') AND approval NOT IN ('approved', 'closed-before')
ORDER BY repository, release, ticket;

-- question: How many changes failed in each month?
SELECT
  deployed_month,
  count(*) AS deployed,
  count(*) FILTER (WHERE result IN ('failed', 'rolled-back')) AS failed,
  count(*) FILTER (WHERE result IS NULL) AS unknown
FROM tickets
WHERE deployed_month IS NOT NULL
GROUP BY deployed_month
ORDER BY deployed_month;

-- question: Which services were changed twice within an hour, by different tickets?
-- Only changes with another one near them are sorted by ticket: most have none.
WITH near AS (
  SELECT DISTINCT service, repository, ticket, deployed_seconds
  FROM (
    SELECT service, repository, ticket, deployed_seconds,
      deployed_seconds - lag(deployed_seconds) OVER by_time AS since_previous,
      lead(deployed_seconds) OVER by_time - deployed_seconds AS until_next
    FROM ticket_services
    WINDOW by_time AS (PARTITION BY service ORDER BY deployed_seconds)
  )
  WHERE since_previous <= 3600 OR until_next <= 3600
)
SELECT service, previous_repository, previous_ticket, repository, ticket,
  deployed_seconds - previous_seconds AS seconds_between
FROM (
  SELECT service, repository, ticket, deployed_seconds,
    lag(repository) OVER by_time AS previous_repository,
    lag(ticket) OVER by_time AS previous_ticket,
    lag(deployed_seconds) OVER by_time AS previous_seconds
  FROM near
  WINDOW by_time AS (PARTITION BY service ORDER BY deployed_seconds, repository, ticket)
)
WHERE deployed_seconds - previous_seconds <= 3600
  AND (repository <> previous_repository OR ticket <> previous_ticket)
ORDER BY service, deployed_seconds, repository, ticket;

-- question: Which 25 tickets does the auditor look at? The seed makes the sample reproducible.
SELECT repository, release, ticket, risk, approval
FROM tickets
ORDER BY md5('seed 2026' || repository || '/' || release || '/' || ticket), repository, release, ticket
LIMIT 25;

-- question: Which feature flags should have been removed?
SELECT DISTINCT repository, ticket, flag, flag_owner, flag_remove_by
FROM tickets CROSS JOIN report
WHERE flag_remove_by < day AND coalesce(result, '') NOT IN ('rolled-back', 'failed')
ORDER BY flag_remove_by, repository, ticket, flag;

-- question: Which teams released changes of medium risk or higher in a year, and rehearsed no rollback?
SELECT teams.team, count(*) AS changes
FROM tickets
JOIN teams ON teams.repository = tickets.repository
CROSS JOIN report
WHERE tickets.risk <> 'low' AND tickets.deployed_seconds >= report.seconds - 365 * 86400
GROUP BY teams.team
HAVING count(rollback_rehearsed_on) = 0
ORDER BY teams.team;

-- question: How many emergencies were there in each month, and how many are still not approved?
SELECT
  deployed_month,
  count(*) AS emergencies,
  count(*) FILTER (WHERE coalesce(approval_now, approval) <> 'approved') AS not_approved
FROM tickets
WHERE kind = 'emergency' AND deployed_month IS NOT NULL
GROUP BY deployed_month
ORDER BY deployed_month;

-- question: Which releases were made of a plan that is not the approved one?
SELECT repository, release, ticket
FROM tickets
WHERE released_as_approved = false
ORDER BY repository, release, ticket;

-- question: Why do approvals not count, and how often?
SELECT ignored_because, count(*) AS approvals
FROM approvals
WHERE effect = 'ignored'
GROUP BY ignored_because
ORDER BY approvals DESC, ignored_because;

-- question: Which changes were deployed after the end of their window, and how late?
SELECT repository, ticket, deployed_seconds - window_end_seconds AS seconds_late
FROM tickets
WHERE deployed_seconds > window_end_seconds
ORDER BY seconds_late DESC, repository, ticket
LIMIT 100;

-- question: Which changes were released more than 14 days ago and have no recorded result?
SELECT tickets.repository, tickets.release, tickets.ticket
FROM tickets
JOIN releases
  ON releases.repository = tickets.repository AND releases.tag = tickets.release
CROSS JOIN report
WHERE tickets.result IS NULL AND releases.tagged_seconds < report.seconds - 14 * 86400
ORDER BY tickets.repository, tickets.release, tickets.ticket;

-- question: In which repositories did one person give all approvals of the last year?
SELECT approvals.repository, count(*) AS approvals
FROM approvals CROSS JOIN report
WHERE effect = 'approves' AND at_seconds >= report.seconds - 365 * 86400
GROUP BY approvals.repository
HAVING count(DISTINCT person) = 1 AND count(*) >= 5
ORDER BY approvals.repository;

-- question: How many releases were there in each month, and how many have a valid signature?
SELECT
  tagged_month,
  count(*) AS releases,
  count(*) FILTER (WHERE signature = 'valid') AS signed
FROM releases
WHERE tagged_month IS NOT NULL
GROUP BY tagged_month
ORDER BY tagged_month;

-- question: How long did rolled-back changes last, by month?
SELECT
  deployed_month,
  count(*) AS rolled_back,
  min(ended_seconds - deployed_seconds) AS shortest_seconds,
  max(ended_seconds - deployed_seconds) AS longest_seconds
FROM tickets
WHERE result = 'rolled-back' AND ended_seconds >= deployed_seconds
GROUP BY deployed_month
ORDER BY deployed_month;

-- question: Which tickets declare a lower risk than the computed one?
SELECT repository, release, ticket, risk_declared, risk_computed
FROM tickets
WHERE (risk_declared = 'low' AND risk_computed IN ('medium', 'high'))
  OR (risk_declared = 'medium' AND risk_computed = 'high')
ORDER BY repository, release, ticket;

-- question: Which 20 services had the most failed changes, and of how many?
SELECT
  service,
  count(*) FILTER (WHERE result IN ('failed', 'rolled-back')) AS failed,
  count(*) AS changes
FROM ticket_services
GROUP BY service
HAVING count(*) FILTER (WHERE result IN ('failed', 'rolled-back')) > 0
ORDER BY failed DESC, service
LIMIT 20;

-- question: Which repositories released without any ticket in the last year?
SELECT releases.repository, count(DISTINCT releases.tag) AS releases
FROM releases
LEFT JOIN tickets
  ON tickets.repository = releases.repository AND tickets.release = releases.tag
CROSS JOIN report
WHERE releases.tagged_seconds >= report.seconds - 365 * 86400
GROUP BY releases.repository
HAVING count(tickets.ticket) = 0
ORDER BY releases.repository;

//! Collects what the page of a repository shows; `report` writes it.

use jiff::Timestamp;

use crate::app::changelog::links;
use crate::app::gate::branch_tickets::text;
use crate::app::report::{ReportOptions, clock};
use crate::app::report_metrics::{is_over, metrics_and_tickets};
use crate::config::Config;
use crate::error::Result;
use crate::finding::Finding;
use crate::git::Repository;
use crate::history::{NextOptions, Unit, VersionQuery};
use crate::release_file::{Action, Done, Item, Moment, ParsedReleaseFile};
use crate::report::{Due, NextRelease, OpenTask, PageFacts, PageFinding, PageTicket};
use crate::rules::{RuleSelection, Settings, lint_ticket};
use crate::source::Source;
use crate::ticket::{ParsedTicket, Text};
use crate::workspace::Workspace;

/// Collects the releases of the last twelve months, and the tickets and release files of HEAD.
///
/// # Errors
///
/// Fails if the package does not exist, if history is missing, and if something cannot be read.
pub(crate) fn page_facts(repository: &Repository, options: &ReportOptions) -> Result<PageFacts> {
    let config =
        Workspace::config_at_head(repository, &options.directory, options.config.as_deref())?;
    let clock = clock(&config, options)?;
    let day = clock.date(clock.now);
    let mut tickets = Vec::new();
    let mut keep = |parsed: ParsedTicket, added: Option<Timestamp>| {
        tickets.push(PageTicket::of(parsed, added, day, &config.risk));
    };
    let metrics = metrics_and_tickets(repository, options, &config, &mut keep)?;
    let settings = Settings::new(&config, &RuleSelection::default(), clock.now)?;
    let open = tickets
        .iter_mut()
        .filter(|it| !it.ticket.state.is_finished());
    for ticket in open.take(MAX_LINTED) {
        ticket.findings = findings(&ticket.ticket.source, &settings);
    }
    Ok(PageFacts {
        metrics,
        tickets,
        next: next(repository, options, &config)?,
        tasks: tasks(repository, &config, clock.now)?,
        links: links(&config.changelog, Some(repository)),
        config,
    })
}

/// How many open tickets are linted: more would take longer than the rest of the page.
const MAX_LINTED: usize = 1000;

/// How many findings of a ticket are shown.
const MAX_FINDINGS: usize = 20;

/// What the linter finds in a ticket by itself.
fn findings(source: &Source, settings: &Settings) -> Vec<PageFinding> {
    let found = lint_ticket(source, settings).findings.into_iter();
    let finding = |finding: Finding| PageFinding {
        severity: finding.severity.as_str(),
        message: finding.message,
        rule: finding.rule,
    };
    found.take(MAX_FINDINGS).map(finding).collect()
}

fn next(
    repository: &Repository,
    options: &ReportOptions,
    config: &Config,
) -> Result<Vec<NextRelease>> {
    let query = VersionQuery::new(config, options.package.as_deref());
    let versions = query.propose(&repository.history()?, &NextOptions::default())?;
    let next = |unit: &Unit| NextRelease {
        package: unit.name.clone(),
        version: match &unit.next.version {
            Ok(version) if unit.next.releasable => Some(version.to_string()),
            _ => None,
        },
    };
    Ok(versions.units.iter().map(next).collect())
}

/// The items and actions of all release files of HEAD that are not done.
fn tasks(repository: &Repository, config: &Config, now: Timestamp) -> Result<Vec<OpenTask>> {
    let tree = repository.tree(repository.resolve("HEAD")?)?;
    let files = config.release_files()?;
    let folders: Vec<String> = files.folders().map(str::to_owned).collect();
    let mut tasks = Vec::new();
    for path in tree.files_below(&folders, |path| files.contains(path))? {
        let Some(source) = text(&tree, &path, config.limits)? else {
            continue;
        };
        let Ok(parsed) = ParsedReleaseFile::parse(&source) else {
            continue;
        };
        let file = &parsed.file;
        let today = now.to_zoned(file.time_zone()).date();
        let mut add = |text: &Text, owner: &Option<Text>, due: Option<Moment>, done: Done| {
            if done.is_done() {
                return;
            }
            tasks.push(OpenTask {
                path: path.clone(),
                text: text.text.clone(),
                owner: owner.as_ref().map(|owner| owner.text.clone()),
                is_overdue: due.is_some_and(|due| is_over(due, today, now)),
                due: due.map(|due| match due {
                    Moment::Day(day) => Due::Day(day),
                    Moment::Time(at) => Due::Time(at.timestamp),
                }),
            });
        };
        for Item {
            text,
            owner,
            due,
            done,
            ..
        } in &file.items
        {
            add(text, owner, *due, *done);
        }
        for Action {
            text,
            owner,
            due,
            done,
        } in &file.actions
        {
            add(text, owner, *due, *done);
        }
    }
    Ok(tasks)
}

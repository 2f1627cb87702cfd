//! Collects what the retrospective says besides the facts of the release: when its tickets were
//! added, what they caused, which rules it bypassed, and the releases before it.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;

use crate::app::release::tag_records::TagRecords;
use crate::app::report::{ReportOptions, one_package, release_facts};
use crate::app::report_checklist::tickets_with_causes;
use crate::app::report_metrics::{metrics_facts, metrics_until};
use crate::approval::{CommitFacts, TicketHistories};
use crate::error::{Error, Result};
use crate::git::Repository;
use crate::history::{CurrentScope, VersionQuery};
use crate::report::{
    BypassedRules, CausedTicket, ReleaseFacts, ReportedTicket, RetrospectiveFacts,
};
use crate::source::shorten;
use crate::workspace::Workspace;

/// How many releases are shown beside each other.
const MAX_RELEASES: usize = 5;

/// Collects what the retrospective of a release or a range says; without one, that of the latest
/// release. A range without an end also ends there, as nothing can be said about what is
/// unreleased.
///
/// # Errors
///
/// Fails if there is no release, or none in the range, and if something that the retrospective depends on is missing or
/// cannot be read.
pub(crate) fn retrospective_facts(
    repository: &Repository,
    options: &ReportOptions,
) -> Result<RetrospectiveFacts> {
    let options = &ReportOptions {
        release: Some(releases(repository, options)?),
        ..options.clone()
    };
    let release = release_facts(repository, options)?;
    let metrics = release
        .tag
        .as_ref()
        .map(|tag| {
            let is_package = |package: &&crate::config::Package| package.name == release.project;
            let package = release.config.packages.iter().find(is_package);
            let options = ReportOptions {
                package: package.map(|package| package.name.clone()),
                ..options.clone()
            };
            match release.range {
                None => metrics_until(repository, &options, &tag.name, MAX_RELEASES),
                Some(_) => metrics_facts(repository, &options),
            }
        })
        .transpose()?;
    Ok(RetrospectiveFacts {
        opened: opened(repository, &release)?,
        emergencies: emergencies(repository, &release)?,
        caused: caused(repository, &release)?,
        metrics,
        release,
    })
}

/// The release or the range, with its end.
fn releases(repository: &Repository, options: &ReportOptions) -> Result<String> {
    let latest = || latest_release(repository, options);
    match options.release.as_deref() {
        None => latest(),
        Some(word) => match word.split_once("..") {
            Some((after, "")) => {
                let latest = latest()?;
                if after == latest || latest.strip_prefix('v') == Some(after) {
                    return Err(Error::usage(
                        format!("there is no release after `{}`", shorten(after)),
                        "name an earlier release, or run `git tag` to list the tags",
                    ));
                }
                Ok(format!("{after}..{latest}"))
            }
            Some(_) | None => Ok(word.to_owned()),
        },
    }
}

/// The tag of the latest stable release that HEAD contains.
fn latest_release(repository: &Repository, options: &ReportOptions) -> Result<String> {
    let config =
        Workspace::config_at_head(repository, &options.directory, options.config.as_deref())?;
    let query = VersionQuery::new(&config, options.package.as_deref());
    let current = query.current(&repository.history()?, CurrentScope::Stable)?;
    match &current[..] {
        [unit] => match &unit.tag {
            Some(tag) => Ok(tag.tag.clone()),
            None => Err(Error::usage(
                "there is no release yet",
                "make one with `tollgate release`, or pass the tag of a release",
            )),
        },
        units => Err(one_package(units.iter().map(|unit| unit.name.as_deref()))),
    }
}

/// When the tickets were added that the release before did not have.
fn opened(repository: &Repository, release: &ReleaseFacts) -> Result<BTreeMap<String, Timestamp>> {
    let history = repository.history()?;
    let histories = TicketHistories::new(&history, repository, &release.config)?;
    let before = release
        .previous
        .as_ref()
        .map(|previous| repository.tree(previous.commit))
        .transpose()?;
    let mut new: HashSet<&str> = HashSet::new();
    for ticket in &release.tickets {
        let path = ticket.planned.path();
        let is_older = match &before {
            Some(tree) => tree.kind_at(path)?.is_some(),
            None => false,
        };
        if !is_older {
            new.insert(path);
        }
    }
    let mut added = BTreeMap::new();
    for commit in &release.commits {
        let Some(at) = commit.at.filter(|_| !new.is_empty()) else {
            continue;
        };
        if !histories.may_change_tickets(commit.commit.id)? {
            continue;
        }
        for path in histories.paths(&CommitFacts::new(commit.commit.clone()))? {
            if new.remove(path.as_str()) {
                added.insert(path.clone(), at);
            }
        }
    }
    let of_ticket = |ticket: &ReportedTicket| {
        let at = added.get(ticket.planned.path())?;
        Some((ticket.id().to_owned(), *at))
    };
    Ok(release.tickets.iter().filter_map(of_ticket).collect())
}

/// The emergencies that the tags record.
fn emergencies(repository: &Repository, release: &ReleaseFacts) -> Result<Vec<BypassedRules>> {
    let history = repository.history()?;
    let records = TagRecords::new(&history);
    let earlier = release.earlier.iter().map(|release| &release.tag);
    let mut emergencies = Vec::new();
    for tag in earlier.chain(&release.tag) {
        let record = records.get(&tag.name)?;
        let emergency = record.and_then(|record| record.metadata.emergency());
        emergencies.extend(emergency.map(|emergency| BypassedRules {
            ticket: emergency.ticket,
            rules: emergency.bypassed,
        }));
    }
    Ok(emergencies)
}

/// The tickets of HEAD that name a ticket of the release as their cause.
fn caused(repository: &Repository, release: &ReleaseFacts) -> Result<Vec<CausedTicket>> {
    let tickets = tickets_with_causes(&repository.tree(release.head)?, &release.config)?;
    let caused = tickets.into_iter().filter_map(|(parsed, cause)| {
        let is_other = parsed.id() != cause && release.ticket(&cause).is_some();
        is_other.then(|| CausedTicket {
            ticket: parsed.id().to_owned(),
            caused_by: cause,
        })
    });
    Ok(caused.collect())
}

//! Lints the messages of a release's commits, by the rules of `check --commits`, so that both
//! commands agree.
//!
//! The message of a merged commit cannot be changed any more. An `[[override]]` in the
//! configuration resolves its findings.

use std::collections::HashSet;

use crate::app::gate::branch_tickets::{is_closed_at, text};
use crate::app::release::tickets::CommitContext;
use crate::commit::{Id, RawCommit};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::finding::{Checked, Place, Severity};
use crate::git::{CommitTree, GitHistory, Repository};
use crate::history::{History as _, Objects as _, Versions};
use crate::rules::{CommitLint, Settings, TicketIndex, is_malformed_object};
use crate::workspace::tickets::paths_of_tickets;

/// Lints every commit since the last release, whether or not it requires a new version.
///
/// The first version doesn't follow from its commits, and history from before Tollgate was used
/// can't be changed: if there is no base, errors are reported as warnings, except for commits whose
/// author is uncertain.
///
/// # Errors
///
/// Fails if a commit or a ticket that one names cannot be read.
pub(crate) fn lint_commits(
    repository: &Repository,
    history: &GitHistory<'_>,
    versions: &Versions,
    config: &Config,
    settings: &Settings,
) -> Result<Checked> {
    let Some(tip) = history.head()? else {
        return Ok(Checked::default());
    };
    let context = CommitContext {
        repository,
        history,
        config,
        tip,
        histories: None,
    };
    let bases: Vec<Option<Id>> = versions
        .units
        .iter()
        .map(|unit| unit.next.base.as_ref().map(|base| base.commit))
        .collect();
    let mut lint = CommitLint::new(settings, || context.ticket_index(&bases).map(Some)).merged();
    let (mut linted, mut since_base) = (HashSet::new(), HashSet::new());
    for unit in &versions.units {
        for classified in &unit.next.commits {
            let id = classified.commit.id;
            if unit.next.base.is_some() {
                since_base.insert(id.to_string());
            }
            if linted.insert(id) {
                let object = history.commit(id)?;
                lint.add(
                    id,
                    &RawCommit::parse(object.as_ref()).ok_or_else(|| Error::not_a_commit(id))?,
                )?;
            }
        }
    }
    let mut checked = lint.finish();
    for finding in &mut checked.findings {
        let is_before_first =
            matches!(&finding.place, Place::Commit(id) if !since_base.contains(id));
        if is_before_first && !is_malformed_object(finding) {
            finding.severity = finding.severity.min(Severity::Warning);
        }
    }
    Ok(checked)
}

impl CommitContext<'_> {
    /// The tickets that messages may name; those that were closed or cancelled after an earlier
    /// release count as open.
    fn ticket_index(self, bases: &[Option<Id>]) -> Result<TicketIndex> {
        let tree = self.repository.tree(self.tip)?;
        let mut sources = Vec::new();
        for path in paths_of_tickets(&tree, self.config)? {
            sources.extend(text(&tree, &path, self.config.limits)?);
        }
        let mut index = TicketIndex::read(&sources);
        if index.has_finished_ticket() {
            let bases = bases
                .iter()
                .map(|base| base.map(|base| self.repository.tree(base)).transpose());
            let bases: Vec<Option<CommitTree<'_>>> = bases.collect::<Result<_>>()?;
            index.reopen_unless(|path| {
                for base in &bases {
                    let Some(base) = base else { return Ok(false) };
                    if !is_closed_at(base, path, self.config.limits)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            })?;
        }
        Ok(index)
    }
}

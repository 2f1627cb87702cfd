//! The paths that a branch adds and that some file systems treat as a ticket, the configuration or
//! a trusted file.
//!
//! The gate reads Git objects at the exact paths. This module finds paths that a checkout could
//! confuse with them.

use std::collections::{BTreeSet, HashMap};

use crate::app::gate::MAILMAP;
use crate::app::gate::branch_tickets::BranchTickets;
use crate::app::gate::merge_inputs::MergeInputs;
use crate::branch::AmbiguousPath;
use crate::config::{Config, PathGlobs};
use crate::error::Result;
use crate::repo_path::{folded, folder};
use crate::workspace::paths::shown;
use crate::workspace::{CONFIGURATION_FILES, MANIFEST};

/// The ambiguous paths, sorted.
///
/// # Errors
///
/// Fails if a tree cannot be read.
pub(crate) fn ambiguous_paths(
    trees: &MergeInputs<'_>,
    config: &Config,
    tickets: &BranchTickets,
    paths: &BTreeSet<String>,
) -> Result<Vec<AmbiguousPath>> {
    let known = known_paths(trees, config, tickets)?;
    let globs: Vec<(&String, PathGlobs)> = config
        .tickets
        .iter()
        .filter_map(|glob| Some((glob, PathGlobs::new(&[glob]).ok()?)))
        .collect();
    let is_ticket = |path: &str| globs.iter().any(|(_, globs)| globs.is_match(path));
    let mut found = Vec::new();
    for path in paths {
        let other = known
            .get(&folded(path))
            .into_iter()
            .flatten()
            .find(|other| *other != path);
        let glob = || {
            globs
                .iter()
                .find(|(_, globs)| globs.may_match(path))
                .filter(|_| !is_ticket(path))
        };
        let Some(other) = other.or_else(|| glob().map(|(glob, _)| *glob)) else {
            continue;
        };
        let path_at_head = trees.name_at_head(path);
        if trees.head.kind_at(path_at_head)?.is_some() && trees.base.kind_at(path)?.is_none() {
            found.push(AmbiguousPath {
                path: path.clone(),
                other: other.clone(),
            });
        }
    }
    Ok(found)
}

/// The paths of the relevant files and of their folders, by their folded form.
fn known_paths(
    trees: &MergeInputs<'_>,
    config: &Config,
    tickets: &BranchTickets,
) -> Result<HashMap<String, BTreeSet<String>>> {
    let signers = config
        .approvals
        .as_ref()
        .and_then(|approvals| approvals.allowed_signers.clone());
    let mut paths: Vec<String> = CONFIGURATION_FILES
        .into_iter()
        .chain([MAILMAP])
        .map(str::to_owned)
        .collect();
    paths.extend(signers);
    if trees.base.kind_at(MANIFEST)?.is_some() || trees.head.kind_at(MANIFEST)?.is_some() {
        paths.push(MANIFEST.to_owned());
    }
    paths.extend(
        tickets
            .touched
            .iter()
            .chain(&tickets.others)
            .map(|source| source.name().to_owned()),
    );
    let mut all: BTreeSet<String> = config
        .ticket_folders()
        .map(|folder| shown(&folder))
        .collect();
    for path in paths {
        let mut above = folder(&path);
        // If a path is known, so are the folders above it.
        while !above.is_empty() && all.insert(above.to_owned()) {
            above = folder(above);
        }
        all.insert(path);
    }
    let mut known: HashMap<String, BTreeSet<String>> = HashMap::new();
    for path in all {
        known.entry(folded(&path)).or_default().insert(path);
    }
    Ok(known)
}

//! What a branch weakens in the configuration that its gate uses: compares the configuration once
//! merged with that of the base.
//!
//! The base may have become stricter since the branch left it. What the branch answers for is what
//! would judge after it is merged, so both texts are put together first: a branch that is only
//! behind loosens nothing, and one that hides behind what the base changed since is seen.

use std::cell::RefCell;
use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::app::gate::MAILMAP;
use crate::app::gate::merge_preview::{MergeInputs, MergedText};
use crate::config::Config;
use crate::rules::{Weakening, weakened_settings};
use crate::workspace::{
    CONFIGURATION_FILES, MANIFEST, MAX_CONFIG_BYTES, Workspace, file_of_tree, find_configuration,
};

/// What the branch makes less strict of what judges it by `config`.
pub(crate) fn weakenings(
    trees: &MergeInputs<'_>,
    config: &Config,
    paths: &BTreeSet<String>,
    now: Timestamp,
) -> Vec<Weakening> {
    let signers = config
        .approvals
        .as_ref()
        .and_then(|approvals| approvals.allowed_signers.as_deref());
    // Without approvals nothing that is judged depends on who is who.
    let mailmap = config.approvals.is_some().then_some(MAILMAP);
    let lines = [
        (
            mailmap,
            "it changes which names and addresses belong to whom",
        ),
        (signers, "it changes the trusted signing keys"),
    ];
    let lines = lines.into_iter().filter_map(|(path, what)| {
        let path = path.filter(|path| paths.contains(*path))?;
        Some(Weakening {
            path: path.to_owned(),
            what: what.to_owned(),
        })
    });
    let mut found: Vec<Weakening> = lines.collect();
    let mut places = CONFIGURATION_FILES.into_iter().chain([MANIFEST]);
    if places.any(|path| paths.contains(path)) {
        found.extend(config_weakenings(trees, config, now));
    }
    found
}

/// What of the configuration is less strict once the branch is merged.
fn config_weakenings(trees: &MergeInputs<'_>, config: &Config, now: Timestamp) -> Vec<Weakening> {
    // A configuration that the command line names says nothing of the one that stands in the tree.
    let base = Workspace::config_of(&trees.base).unwrap_or_else(|_| config.clone());
    let place = |config: &Config| {
        config
            .source
            .as_ref()
            .map(|source| source.name().to_owned())
    };
    let path = place(&base).unwrap_or_else(|| CONFIGURATION_FILES[0].to_owned());
    let conflicting = RefCell::new(Vec::new());
    let merged = find_configuration(|name| {
        Ok(
            match trees.merged_text(name, MAX_CONFIG_BYTES, file_of_tree)? {
                MergedText::Base(source) | MergedText::Branch(source) => source,
                MergedText::Conflict(source) => {
                    conflicting
                        .borrow_mut()
                        .extend(source.is_some().then(|| name.to_owned()));
                    source
                }
            },
        )
    });
    let conflicting = conflicting.into_inner();
    if !conflicting.is_empty() {
        let what =
            "the effect is unknown, because the base changed the file too and the changes conflict";
        return conflicting
            .into_iter()
            .map(|path| Weakening {
                path,
                what: what.to_owned(),
            })
            .collect();
    }
    let unreadable = |error| vec![format!("the configuration cannot be read: {error}")];
    let (path, lines) = match merged {
        Ok(merged) => (
            place(&merged).unwrap_or(path),
            weakened_settings(&base, &merged, now).unwrap_or_else(unreadable),
        ),
        Err(error) => (path, unreadable(error)),
    };
    lines
        .into_iter()
        .map(|what| Weakening {
            path: path.clone(),
            what,
        })
        .collect()
}

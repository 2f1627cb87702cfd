//! Settings and identities that a branch weakens: those that its gate uses and that approvals
//! depend on.
//!
//! The configuration of the base is compared with the one after the merge, since the base may have
//! changed after the branch left it. A branch that is only behind weakens nothing, and a stricter
//! base does not hide what the branch weakens.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::app::gate::MAILMAP;
use crate::app::gate::merge_inputs::{MergeInputs, MergedText};
use crate::branch::Weakening;
use crate::config::Config;
use crate::rules::weakened_settings;
use crate::workspace::{
    CONFIGURATION_FILES, MANIFEST, MAX_CONFIG_BYTES, Workspace, file_of_tree, find_configuration,
};

/// The settings and identities that the branch weakens by its changes of `paths`.
pub(crate) fn weakenings(
    trees: &MergeInputs<'_>,
    config: &Config,
    paths: &BTreeSet<String>,
    now: Timestamp,
) -> Vec<Weakening> {
    let mut found = Vec::new();
    // Only approvals depend on identities.
    if let Some(approvals) = &config.approvals {
        let mailmap = "it changes which names and addresses belong to which person";
        let keys = "it changes the trusted signing keys";
        let identities = [
            (Some(MAILMAP), mailmap),
            (approvals.allowed_signers.as_deref(), keys),
        ];
        for (path, what) in identities {
            let changed = path.filter(|path| paths.contains(*path));
            found.extend(changed.map(|path| weakening(path, what)));
        }
    }
    let mut files = CONFIGURATION_FILES.into_iter().chain([MANIFEST]);
    if files.any(|path| paths.contains(path)) {
        found.extend(config_weakenings(trees, config, now));
    }
    found
}

/// The settings that are less strict in the configuration after the merge.
fn config_weakenings(trees: &MergeInputs<'_>, config: &Config, now: Timestamp) -> Vec<Weakening> {
    // The gate may use a configuration other than the one in the tree, which the branch changes.
    let base = Workspace::config_of(&trees.base).unwrap_or_else(|_| config.clone());
    let mut conflicts = Vec::new();
    let merged = find_configuration(|name| {
        match trees.merged_text(name, MAX_CONFIG_BYTES, file_of_tree)? {
            MergedText::Base(source) | MergedText::Branch(source) => Ok(source),
            MergedText::Conflict(source) => {
                conflicts.extend(source.is_some().then(|| name.to_owned()));
                Ok(source)
            }
        }
    });
    if !conflicts.is_empty() {
        let what = "the effect is unknown, because the base branch changed the file too and the changes conflict";
        return conflicts.iter().map(|path| weakening(path, what)).collect();
    }
    let file = merged.as_ref().ok().and_then(file_name);
    let file = file.or_else(|| file_name(&base));
    let path = file.unwrap_or(CONFIGURATION_FILES[0]).to_owned();
    let texts = merged
        .and_then(|merged| weakened_settings(&base, &merged, now))
        .unwrap_or_else(|error| vec![format!("the configuration cannot be read: {error}")]);
    texts.iter().map(|what| weakening(&path, what)).collect()
}

fn file_name(config: &Config) -> Option<&str> {
    Some(config.source.as_ref()?.name())
}

fn weakening(path: &str, what: &str) -> Weakening {
    Weakening {
        path: path.to_owned(),
        what: what.to_owned(),
    }
}

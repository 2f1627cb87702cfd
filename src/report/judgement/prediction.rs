//! What the forge makes of a branch when it merges it, and what can be released then.

use serde::Serialize;

use super::JudgedVersion;
use crate::changelog::{Entry, Section};
use crate::config::MergeMethod;
use crate::merge::{MergePrediction, PredictedUnit};

/// What the base has after the merge, if the title of the pull request stays as it is.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct JudgedPrediction {
    #[cfg_attr(test, schemars(extend("enum" = ["squash", "merge", "rebase"])))]
    pub(crate) method: &'static str,
    /// Whether the forge merges in no other way. If not, the commits of the branch were checked, and
    /// this is only what would follow from a squash.
    pub(crate) certain: bool,
    /// What the prediction rests on, in words that follow "if".
    pub(crate) condition: &'static str,
    /// The message of the commit that the forge makes; null if it does not count.
    pub(crate) message: Option<String>,
    /// The bump of this commit by itself.
    #[cfg_attr(test, schemars(extend("enum" = ["none", "patch", "minor", "major"])))]
    pub(crate) bump: &'static str,
    /// What only the forge knows, if a part of the message that counts depends on it.
    pub(crate) depends_on: Vec<String>,
    /// The headers in the text of a squash, which do not count for the version.
    pub(crate) uncounted_headers: Vec<String>,
    /// Whether branch and base conflict, so that the prediction may change.
    pub(crate) has_conflict: bool,
    /// Why the next version cannot be computed.
    pub(crate) error: Option<String>,
    /// What can be released: one entry without a name, or one for each package.
    pub(crate) releases: Vec<JudgedRelease>,
}

/// What can be released of a repository or a package after the merge.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct JudgedRelease {
    /// The name of the package; null for the repository.
    pub(crate) package: Option<String>,
    /// The next version, with everything else that is unreleased.
    pub(crate) next: JudgedVersion,
    /// The entries that the merge adds to the changelog.
    pub(crate) changelog: Vec<JudgedSection>,
}

/// A section of the changelog.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct JudgedSection {
    pub(crate) title: String,
    pub(crate) entries: Vec<JudgedEntry>,
}

/// An entry of the changelog.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct JudgedEntry {
    pub(crate) scope: Option<String>,
    pub(crate) subject: String,
    pub(crate) breaking: bool,
    pub(crate) tickets: Vec<String>,
}

/// What has to happen before a branch that passes can be merged, in words that follow "can be
/// merged"; empty if nothing is known.
pub(crate) fn merge_condition(prediction: Option<&JudgedPrediction>) -> &'static str {
    match prediction {
        Some(prediction) if prediction.has_conflict => " once it no longer conflicts with its base",
        _ => "",
    }
}

impl JudgedPrediction {
    pub(crate) fn of(prediction: &MergePrediction) -> Self {
        let message = prediction.message.as_ref();
        Self {
            method: match prediction.method {
                MergeMethod::Squash => "squash",
                MergeMethod::Merge => "merge",
                MergeMethod::Rebase => "rebase",
            },
            certain: prediction.is_certain,
            condition: prediction.condition(),
            message: message.map(|message| message.text.clone()),
            bump: prediction.message_bump.as_str(),
            depends_on: message.map_or_else(Vec::new, |message| message.depends_on.clone()),
            uncounted_headers: prediction.uncounted_headers.clone(),
            has_conflict: prediction.has_conflict,
            error: prediction.units.as_ref().err().cloned(),
            releases: prediction
                .units
                .iter()
                .flatten()
                .map(|unit| JudgedRelease::of(unit, prediction))
                .collect(),
        }
    }

    /// What can be released of a repository without packages.
    pub(crate) fn repository(&self) -> Option<&JudgedRelease> {
        match &self.releases[..] {
            [only] if only.package.is_none() => Some(only),
            _ => None,
        }
    }

    /// The first line of the message.
    pub(crate) fn title(&self) -> Option<&str> {
        Some(self.message.as_ref()?.lines().next().unwrap_or_default())
    }
}

impl JudgedRelease {
    fn of(unit: &PredictedUnit, prediction: &MergePrediction) -> Self {
        Self {
            package: unit.unit.name.clone(),
            next: JudgedVersion::of(&unit.unit.next),
            changelog: unit
                .added_sections(prediction)
                .iter()
                .map(JudgedSection::of)
                .collect(),
        }
    }
}

impl JudgedSection {
    fn of(section: &Section) -> Self {
        Self {
            title: section.title.clone(),
            entries: section.entries.iter().map(JudgedEntry::of).collect(),
        }
    }
}

impl JudgedEntry {
    fn of(entry: &Entry) -> Self {
        Self {
            scope: entry.scope.clone(),
            subject: entry.subject.clone(),
            breaking: entry.breaking,
            tickets: entry.tickets.clone(),
        }
    }
}

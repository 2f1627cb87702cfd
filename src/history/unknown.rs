//! Why a next version is unknown.

use semver::Version;

use crate::error::Error;
use crate::history::release_signs::ReleaseSigns;
use crate::version::Bump;

/// Why a next version is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UnknownVersion {
    /// There are signs of earlier releases, but no version tag.
    ReleaseSigns(Box<ReleaseSigns>),
    /// The number that is to be increased is the highest possible.
    TooHigh {
        /// Which number that is.
        number: Bump,
        /// The version that has it.
        version: Version,
    },
}

impl UnknownVersion {
    /// Why, in a sentence.
    #[must_use]
    pub(crate) fn reason(&self) -> String {
        self.reasons().join("; ")
    }

    /// Why, in clauses.
    #[must_use]
    pub(crate) fn reasons(&self) -> Vec<String> {
        match self {
            Self::ReleaseSigns(signs) => signs.reasons(),
            Self::TooHigh { number, version } => vec![format!(
                "the {} number of {version} is already the highest possible",
                number.as_str()
            )],
        }
    }

    /// How to make it known, as text that may have several lines.
    #[must_use]
    pub(crate) fn help(&self) -> String {
        match self {
            Self::ReleaseSigns(signs) => signs.help(),
            Self::TooHigh { .. } => "pass another version with `--set-version VERSION`".to_owned(),
        }
    }

    /// The error of commands that need the version.
    #[must_use]
    pub(crate) fn to_error(&self) -> Error {
        Error::refused(
            format!("the next version is unknown: {}", self.reason()),
            self.help(),
        )
    }
}

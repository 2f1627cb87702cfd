//! What a configuration says of rules: levels by selector, for all files or for some.
//!
//! Selectors and options stay what was written, with their places: which rules there are, and which
//! options each has, is known to `rules`, which judges them and tells unknown ones where they
//! stand.

use crate::document::Table;
use crate::finding::Severity;
use crate::source::Span;

/// How much a rule weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// It is disabled.
    Off,
    /// Its findings are notes.
    Note,
    /// Its findings are warnings.
    Warning,
    /// Its findings are errors.
    Error,
}

/// A level for the rules that a selector names.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleLevel {
    /// A rule's name or a glob over names, such as `content/*`.
    pub selector: String,
    /// The span of the selector in the configuration.
    pub span: Span,
    /// The level; `None`: the one that the rule has by itself.
    pub level: Option<Level>,
    /// What stands beside the level, and the level itself; empty where the level stands alone.
    pub options: Table,
}

/// Levels for some files.
#[derive(Debug, Clone, PartialEq)]
pub struct Override {
    /// Globs of the files, relative to the root.
    pub files: Vec<String>,
    /// The levels, in the order in which they are written.
    pub levels: Vec<RuleLevel>,
}

/// The levels of all rules, in the order in which they are written.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RuleSettings {
    /// Levels for all files.
    pub levels: Vec<RuleLevel>,
    /// Levels for some files; they come after `levels`, and later ones after earlier ones.
    pub overrides: Vec<Override>,
}

impl Level {
    /// The words of the configuration, in rising order.
    pub const ALL: [Self; 4] = [Self::Off, Self::Note, Self::Warning, Self::Error];

    /// The word of the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// The level of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == word)
    }

    /// The severity of findings; `None` if the rule is off.
    #[must_use]
    pub const fn severity(self) -> Option<Severity> {
        match self {
            Self::Off => None,
            Self::Note => Some(Severity::Note),
            Self::Warning => Some(Severity::Warning),
            Self::Error => Some(Severity::Error),
        }
    }
}

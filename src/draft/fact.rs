//! A fact about a change, with the place that states it.

use std::fmt;

/// A fact about a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fact {
    /// What is stated.
    pub(crate) statement: Statement,
    /// Where it is stated.
    pub(crate) origin: Origin,
}

/// The place that states a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A line of a file, counted from 1.
    Line { path: String, line: usize },
    /// A file as a whole, such as by its name.
    File { path: String },
    /// The subject or a trailer of a commit.
    Commit { id: String, part: &'static str },
}

/// What is stated about a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Statement {
    /// The change in one sentence.
    Title(String),
    /// The type of change that the commits name.
    FeatureOrFix(crate::ticket::Category),
    /// The change only upgrades dependencies.
    UpgradesOnly,
    /// A related issue, pull request, or page.
    Link(Link),
    /// A migration of a database that the change adds.
    Migration(Migration),
    /// A version of something that runs, with how to deploy it and how to go back.
    Rollout(Rollout),
    /// A service that the change affects.
    Service(String),
    /// A feature flag that the change adds.
    Flag(String),
    /// A dependency with a different version.
    Upgrade(Upgrade),
}

/// A link of the ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    /// The kind, if the text states it.
    pub(crate) kind: Option<&'static str>,
    /// The URL or the reference.
    pub(crate) target: String,
}

/// A migration of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Migration {
    /// The path of the file.
    pub(crate) path: String,
    /// How it is undone, if the change states it.
    pub(crate) undo: Option<String>,
    /// What it does, in order; empty if that is unknown.
    pub(crate) effects: Vec<Effect>,
}

/// One thing that a migration does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Effect {
    /// What kind of thing that is.
    pub(crate) kind: EffectKind,
    /// The words that state it, such as `DROP COLUMN`.
    pub(crate) words: String,
    /// The line in the migration, counted from 1.
    pub(crate) line: usize,
}

/// The kind of an effect on a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EffectKind {
    /// Adds something that running code can ignore.
    Expand,
    /// Removes a table or a column.
    Contract,
    /// Changes the schema in another way.
    OtherSchema,
    /// Fills existing rows.
    Backfill,
    /// Changes rows in another way.
    OtherData,
    /// Something that isn't understood.
    Unknown,
}

/// A deployment of something that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rollout {
    /// What to do.
    pub(crate) action: String,
    /// How to go back.
    pub(crate) undo: String,
    /// Where the earlier value is stated.
    pub(crate) earlier: Origin,
}

/// A dependency with a different version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Upgrade {
    /// The name of the dependency.
    pub(crate) name: String,
    /// The earlier version.
    pub(crate) from: String,
    /// The new version.
    pub(crate) to: String,
}

impl Fact {
    /// A fact that a line of a file states.
    pub(crate) fn at_line(statement: Statement, path: &str, line: usize) -> Self {
        let path = path.to_owned();
        Self {
            statement,
            origin: Origin::Line { path, line },
        }
    }

    /// A fact that the name of a file states.
    pub(crate) fn of_file(statement: Statement, path: &str) -> Self {
        let path = path.to_owned();
        Self {
            statement,
            origin: Origin::File { path },
        }
    }

    /// A fact that a part of a commit states.
    pub(crate) fn of_commit(statement: Statement, id: &str, part: &'static str) -> Self {
        let id = id.to_owned();
        Self {
            statement,
            origin: Origin::Commit { id, part },
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line { path, line } => write!(out, "{path}:{line}"),
            Self::File { path } => out.write_str(path),
            Self::Commit { id, part } => write!(out, "{part} of {id}"),
        }
    }
}

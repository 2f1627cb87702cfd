//! Why Tollgate could not do its work, and what to do about it: exit code 2, never a finding.
//!
//! The type is opaque so that no dependency's error type is part of the public API. What the user
//! wrote in a ticket or a commit is never an error; a configuration that cannot be read is one.

use std::fmt;

use crate::source::{Label, Source};

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A failure of Tollgate to do its work.
#[derive(Debug, thiserror::Error)]
#[error("{kind}")]
pub struct Error {
    kind: Kind,
    #[source]
    cause: Option<Cause>,
    detail: Option<String>,
}

/// The cause of an error.
///
/// A reason is text that a user can understand. The message of a library that a user does not know
/// is kept apart as a detail, which `--verbose` shows. A type without a conversion cannot be a
/// reason, so no library's message reaches users by accident.
#[derive(Debug)]
pub struct Reason {
    cause: Option<Cause>,
    detail: Option<String>,
}

impl Reason {
    /// A reason in the user's terms.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            cause: Some(text.into().into()),
            detail: None,
        }
    }

    /// No reason beyond the message itself.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            cause: None,
            detail: None,
        }
    }

    /// Adds a library's own message, for people who debug Tollgate.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

/// Types whose own messages are for the user.
macro_rules! reasons {
    ($($type:ty),* $(,)?) => {
        $(impl From<$type> for Reason {
            fn from(cause: $type) -> Self {
                Self { cause: Some(cause.into()), detail: None }
            }
        })*
    };
}

reasons!(
    Error,
    std::io::Error,
    std::str::Utf8Error,
    std::string::FromUtf8Error,
    globset::Error,
    ignore::Error,
    regex::Error,
    semver::Error,
    serde_json::Error,
);

/// What is wrong at one place of a text that Tollgate needs, such as its configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The message.
    pub message: String,
    /// What to write instead; may be empty.
    pub help: String,
    /// The place, with a label.
    pub label: Label,
}

#[derive(Debug, thiserror::Error)]
enum Kind {
    #[error("{0}")]
    Usage(String, String),
    #[error("{0}")]
    Repository(String, String),
    #[error("{0}")]
    History(String, String),
    #[error("{0}")]
    Limit(String, String),
    #[error("{0}")]
    Refused(String, String),
    #[error("{0}")]
    File(String, String),
    #[error("{}", Unreadable(.0, .1))]
    Text(Source, Vec<Fault>),
    #[error("{0}")]
    Unfinished(String, String),
    #[error("{0}")]
    Interrupted(String),
}

struct Unreadable<'a>(&'a Source, &'a [Fault]);

impl fmt::Display for Unreadable<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            [fault] => write!(out, "`{}`: {}", self.0.name(), fault.message),
            faults => write!(out, "`{}` has {} errors", self.0.name(), faults.len()),
        }
    }
}

/// The result of work that can fail.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            cause: None,
            detail: None,
        }
    }

    /// The command line requests something that is not possible.
    pub fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(Kind::Usage(message.into(), help.into()))
    }

    /// There is no repository, or it cannot be read.
    pub fn repository(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(Kind::Repository(message.into(), help.into()))
    }

    /// History that the result depends on is missing or damaged.
    pub fn history(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(Kind::History(message.into(), help.into()))
    }

    /// An object that should be a commit cannot be read as one.
    pub fn not_a_commit(id: impl fmt::Display) -> Self {
        Self::history(
            format!("object `{id}` is not a readable commit"),
            "run `git fsck` to find the damage",
        )
    }

    /// Something is larger than the limits allow.
    pub fn limit(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(Kind::Limit(message.into(), help.into()))
    }

    /// The requested action would do harm.
    pub fn refused(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(Kind::Refused(message.into(), help.into()))
    }

    /// A file cannot be read or written.
    pub fn file(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(Kind::File(message.into(), help.into()))
    }

    /// A text that Tollgate itself depends on is not valid.
    pub fn text(source: Source, faults: Vec<Fault>) -> Self {
        Self::new(Kind::Text(source, faults))
    }

    /// A release was started and is not finished: exit code 3.
    pub fn unfinished(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(Kind::Unfinished(message.into(), help.into()))
    }

    /// A person or the system interrupted the command, and nothing was changed.
    pub fn interrupted(message: impl Into<String>) -> Self {
        Self::new(Kind::Interrupted(message.into()))
    }

    /// Adds which of several things the failure is about, such as a package.
    #[must_use]
    pub fn context(mut self, subject: &str) -> Self {
        if let (Some(message), _) = self.texts() {
            *message = format!("{subject}: {message}");
        }
        self
    }

    /// The same failure with another next step. An interruption becomes a failure, since something
    /// was changed.
    #[must_use]
    pub(crate) fn with_help(mut self, advice: String) -> Self {
        match self.texts() {
            (_, Some(help)) => *help = advice,
            (Some(message), None) => self.kind = Kind::Refused(std::mem::take(message), advice),
            (None, None) => {}
        }
        self
    }

    /// The message and the help, for the kinds that have them as text.
    fn texts(&mut self) -> (Option<&mut String>, Option<&mut String>) {
        match &mut self.kind {
            Kind::Usage(message, help)
            | Kind::Repository(message, help)
            | Kind::History(message, help)
            | Kind::Limit(message, help)
            | Kind::Refused(message, help)
            | Kind::File(message, help)
            | Kind::Unfinished(message, help) => (Some(message), Some(help)),
            Kind::Interrupted(message) => (Some(message), None),
            Kind::Text(..) => (None, None),
        }
    }

    /// Adds the underlying failure.
    #[must_use]
    pub fn with_source(mut self, reason: impl Into<Reason>) -> Self {
        let reason = reason.into();
        self.cause = reason.cause;
        self.detail = reason.detail;
        self
    }

    /// A library's own message, for people who debug Tollgate.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// What to do next, if there is something to do.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        let help = match &self.kind {
            Kind::Usage(_, help)
            | Kind::Repository(_, help)
            | Kind::History(_, help)
            | Kind::Limit(_, help)
            | Kind::Refused(_, help)
            | Kind::File(_, help)
            | Kind::Unfinished(_, help) => help,
            Kind::Interrupted(_) => return None,
            Kind::Text(_, faults) => {
                return faults
                    .iter()
                    .map(|fault| fault.help.as_str())
                    .find(|help| !help.is_empty());
            }
        };
        (!help.is_empty()).then_some(help)
    }

    /// The text with the faults in it, for callers that draw it.
    #[must_use]
    pub fn faults(&self) -> Option<(&Source, &[Fault])> {
        match &self.kind {
            Kind::Text(source, faults) => Some((source, faults)),
            _ => None,
        }
    }

    /// Whether the work was interrupted before it changed anything.
    #[must_use]
    pub const fn is_interruption(&self) -> bool {
        matches!(self.kind, Kind::Interrupted(_))
    }

    /// The exit code of the command line: 3 if a release is unfinished, otherwise 2.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self.kind {
            Kind::Unfinished(..) => 3,
            _ => 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    #[test]
    fn single_fault_is_shown_with_its_source() {
        let fault = Fault {
            message: "unknown key `tag`".into(),
            help: String::new(),
            label: Label::new(Span::new(0, 3), ""),
        };
        let error = Error::text(Source::new("tollgate.toml", "tag = 1"), vec![fault]);
        assert_eq!(error.to_string(), "`tollgate.toml`: unknown key `tag`");
    }

    #[test]
    fn a_release_half_way_ends_with_three() {
        assert_eq!(Error::unfinished("x", "").exit_code(), 3);
        assert_eq!(Error::usage("x", "").exit_code(), 2);
    }
}

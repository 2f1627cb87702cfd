//! Why Tollgate could not do its work, and what to do about it: exit code 2, never a finding.
//!
//! The type is opaque so that no dependency's error type is part of the public API. What the user
//! wrote in a ticket or a commit is never an error; a configuration that cannot be read is one.

use std::fmt::Display;

use crate::source::{Label, Source};

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A failure of Tollgate to do its work.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: ErrorKind,
    message: String,
    help: String,
    text: Option<Box<FaultyText>>,
    output: Box<str>,
    #[source]
    cause: Option<Cause>,
    detail: Option<String>,
}

/// What kind of failure an [`Error`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The command line requests something that is not possible.
    Usage,
    /// There is no repository, or it cannot be read.
    Repository,
    /// History that the result depends on is missing or damaged.
    History,
    /// Something is larger than the limits allow.
    Limit,
    /// The requested action would do harm.
    Refused,
    /// A file cannot be read or written.
    File,
    /// A text that Tollgate itself depends on is not valid.
    Text,
    /// A release was started and is not finished.
    Unfinished,
    /// The command was interrupted before it changed anything.
    Interrupted,
}

/// A text that Tollgate depends on, with everything that is wrong in it.
#[derive(Debug)]
struct FaultyText {
    source: Source,
    faults: Vec<Fault>,
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
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self {
            cause: Some(text.into().into()),
            detail: None,
        }
    }

    /// No reason beyond the message itself.
    #[must_use]
    pub(crate) const fn none() -> Self {
        Self {
            cause: None,
            detail: None,
        }
    }

    /// Adds a library's own message, for people who debug Tollgate.
    #[must_use]
    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Self {
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

/// The result of work that can fail.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    fn new(kind: ErrorKind, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            help: help.into(),
            text: None,
            output: Box::default(),
            cause: None,
            detail: None,
        }
    }

    /// The command line requests something that is not possible.
    pub(crate) fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, message, help)
    }

    /// There is no repository, or it cannot be read.
    pub fn repository(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(ErrorKind::Repository, message, help)
    }

    /// History that the result depends on is missing or damaged.
    pub fn history(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(ErrorKind::History, message, help)
    }

    /// An object that should be a commit cannot be read as one.
    pub(crate) fn not_a_commit(id: impl Display) -> Self {
        Self::history(
            format!("object `{id}` is not a readable commit"),
            "run `git fsck` to find the damage",
        )
    }

    /// Something is larger than the limits allow.
    pub(crate) fn limit(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(ErrorKind::Limit, message, help)
    }

    /// The requested action would do harm.
    pub fn refused(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(ErrorKind::Refused, message, help)
    }

    /// A file cannot be read or written.
    pub fn file(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(ErrorKind::File, message, help)
    }

    /// A text that Tollgate itself depends on is not valid.
    pub fn text(source: Source, faults: Vec<Fault>) -> Self {
        let message = match faults.as_slice() {
            [fault] => format!("`{}`: {}", source.name(), fault.message),
            faults => format!("`{}` has {} errors", source.name(), faults.len()),
        };
        let help = faults.iter().find(|fault| !fault.help.is_empty());
        let help = help.map_or_else(String::new, |fault| fault.help.clone());
        Self {
            text: Some(Box::new(FaultyText { source, faults })),
            ..Self::new(ErrorKind::Text, message, help)
        }
    }

    /// A release was started and is not finished: exit code 3.
    pub(crate) fn unfinished(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unfinished, message, help)
    }

    /// A person or the system interrupted the command, and nothing was changed.
    pub(crate) fn interrupted(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Interrupted, message, "")
    }

    /// Adds which of several things the failure is about, such as a package. A faulty text names
    /// itself.
    #[must_use]
    pub(crate) fn context(mut self, subject: &str) -> Self {
        if self.text.is_none() {
            self.message = format!("{subject}: {}", self.message);
        }
        self
    }

    /// The same failure with another next step. An interruption becomes a failure, since something
    /// was changed. A faulty text keeps its help.
    #[must_use]
    pub(crate) fn with_help(mut self, help: String) -> Self {
        if self.text.is_none() {
            self.help = help;
        }
        if self.kind == ErrorKind::Interrupted {
            self.kind = ErrorKind::Refused;
        }
        self
    }

    /// Adds the last lines that a program printed before it failed. They are neither a reason nor
    /// advice of Tollgate.
    #[must_use]
    pub(crate) fn with_output(mut self, output: impl Into<String>) -> Self {
        self.output = output.into().into_boxed_str();
        self
    }

    /// The last lines that a program printed before it failed, if it printed any.
    #[must_use]
    pub fn output(&self) -> Option<&str> {
        Some(&*self.output).filter(|output| !output.is_empty())
    }

    /// Adds the underlying failure.
    #[doc(hidden)]
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
        Some(self.help.as_str()).filter(|help| !help.is_empty())
    }

    /// The text with the faults in it, for callers that draw it.
    #[must_use]
    pub fn faults(&self) -> Option<(&Source, &[Fault])> {
        let text = self.text.as_deref()?;
        Some((&text.source, &text.faults))
    }

    /// What kind of failure this is.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The exit code of the command line, which follows from the [kind](Self::kind).
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        self.kind.exit_code()
    }
}

impl ErrorKind {
    /// The exit code of the command line: 3 if a release is unfinished, otherwise 2.
    #[must_use]
    pub(crate) const fn exit_code(self) -> u8 {
        match self {
            Self::Unfinished => 3,
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
    fn help_that_comes_later_turns_an_interruption_into_a_failure() {
        let error = Error::interrupted("x").with_help("run it again".to_owned());
        assert_eq!(error.kind(), ErrorKind::Refused);
        assert_eq!(error.help(), Some("run it again"));
    }

    #[test]
    fn a_release_half_way_ends_with_three() {
        assert_eq!(Error::unfinished("x", "").kind(), ErrorKind::Unfinished);
        assert_eq!(Error::unfinished("x", "").exit_code(), 3);
        assert_eq!(Error::usage("x", "").exit_code(), 2);
    }
}

//! The tokens of version files: a string, its span, and its faults.
//!
//! Shared by all formats of version files; knows none of them.

use semver::Version;

use crate::error::{Error, Fault, Result};
use crate::source::{Edit, Label, Source, Span};

/// A string of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// The decoded text.
    pub(super) text: String,
    /// The span in the file, without the quotes.
    pub(super) span: Span,
}

impl Token {
    /// The edit that replaces the text.
    pub(super) fn replaced(&self, text: impl Into<String>) -> Edit {
        Edit {
            span: self.span,
            text: text.into(),
        }
    }

    /// Fails if the text is not a semantic version that `version` could replace.
    pub(super) fn expect_semantic(&self, source: &Source, version: &Version) -> Result<()> {
        if Version::parse(&self.text).is_ok() {
            return Ok(());
        }
        let message = format!("`{}` is not a semantic version", self.text);
        let help =
            format!("use a version such as `{version}`, or remove the file from `version_files`");
        Err(fault(source, self.span, message, help))
    }
}

/// The error for one place of a file.
pub(super) fn fault(
    source: &Source,
    span: Span,
    message: impl Into<String>,
    help: impl Into<String>,
) -> Error {
    let fault = Fault {
        message: message.into(),
        help: help.into(),
        label: Label::new(span, ""),
    };
    Error::text(source.clone(), vec![fault])
}

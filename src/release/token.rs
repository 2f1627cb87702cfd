//! The tokens of version files: what a string says, where it stands, and what is wrong with it.
//!
//! Shared by the editors of all formats; knows none of them.

use semver::Version;

use crate::error::{Error, Fault, Result};
use crate::finding::Edit;
use crate::source::{Label, Source, Span};

/// A string of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// What it says.
    pub(super) text: String,
    /// Where it says it, without the quotes.
    pub(super) span: Span,
}

impl Token {
    /// The edit after which it says something else.
    pub(super) fn replaced(&self, text: impl Into<String>) -> Edit {
        Edit {
            span: self.span,
            text: text.into(),
        }
    }

    /// Fails where it is not a semantic version, which `version` could take the place of.
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

/// The error of one place of a file.
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

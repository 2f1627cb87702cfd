//! The release file: what people write about a release as a whole.
//!
//! `releases/next.toml` describes the coming release, `releases/<version>.toml` an earlier one. Its
//! fields, its values, and the way from a text to both are here; `config` knows which paths are
//! release files, and `rules` report what is wrong with one.

mod fields;
mod from_document;
mod item_done;
mod model;
mod sign_off;

use fields::FIELDS;
pub(crate) use item_done::NewDone;
pub(crate) use model::{
    Action, Done, IssueDecision, Item, ItemStage, KnownIssue, Moment, Planned, ReleaseFile,
};
pub(crate) use sign_off::{SignOffContents, SignedOffTicket};

use crate::document::{Document, StructureFault, SyntaxError, check};
use crate::error::Error;
use crate::source::{Source, shell_command};

/// A release file with the tree of its text.
#[derive(Debug)]
pub(crate) struct ParsedReleaseFile {
    /// Its values, as far as they can be read: structural faults leave fields empty.
    pub(crate) file: ReleaseFile,
    /// The tree of the text.
    pub(crate) document: Document,
}

impl ParsedReleaseFile {
    /// Parses a text.
    ///
    /// # Errors
    ///
    /// Returns the syntax errors of the text.
    pub(crate) fn parse(source: &Source) -> Result<Self, Vec<SyntaxError>> {
        let (document, errors) = Document::parse(source.clone());
        if errors.is_empty() {
            let file = from_document::model(&document);
            Ok(Self { file, document })
        } else {
            Err(errors)
        }
    }

    /// Parses a text that a command changes; `name` is the displayed name of the file.
    ///
    /// # Errors
    ///
    /// Fails if the file is not valid.
    pub(crate) fn parse_valid(source: &Source, name: &str) -> Result<Self, Error> {
        let parsed = Self::parse(source).ok();
        let parsed = parsed.filter(|parsed| parsed.faults().is_empty());
        parsed.ok_or_else(|| {
            Error::file(
                format!("`{name}` is not a valid release file"),
                format!(
                    "run `{}` for details",
                    shell_command!("tollgate check {path}", path = name)
                ),
            )
        })
    }

    /// The structural faults of the text, and the values that mean nothing.
    #[must_use]
    pub(crate) fn faults(&self) -> Vec<StructureFault> {
        let mut faults = check(self.document.root(), FIELDS);
        faults.extend(self.file.unknown_zone());
        faults.sort_by_key(|fault| fault.span);
        faults
    }

    /// The text.
    #[must_use]
    pub(crate) fn source(&self) -> &Source {
        self.document.source()
    }
}

/// The JSON schema of a release file, as editors read it.
#[must_use]
pub fn schema() -> serde_json::Value {
    crate::document::schema(
        "Release file",
        "A release as a whole: when it is planned, who decides, and what is left to do.",
        FIELDS,
    )
}

//! A ticket together with the tree of its text, parsed from the text.
//!
//! The only place that parses a ticket: `document` builds the tree, `from_document` the ticket.

use super::fields::FIELDS;
use super::from_document::model;
use super::model::Ticket;
use crate::document::{Document, StructureFault, SyntaxError, check};
use crate::finding::Place;
use crate::source::Source;

/// A ticket with the tree of its text.
#[derive(Debug, Clone)]
pub struct ParsedTicket {
    /// The ticket, as far as it can be read; fields with structural faults are empty.
    pub ticket: Ticket,
    /// The tree of the text.
    pub document: Document,
}

impl ParsedTicket {
    /// Parses a text.
    ///
    /// # Errors
    ///
    /// Returns the syntax errors of the text.
    pub(crate) fn parse(source: &Source) -> Result<Self, Vec<SyntaxError>> {
        let (parsed, errors) = Self::parse_partially(source);
        if errors.is_empty() {
            Ok(parsed)
        } else {
            Err(errors)
        }
    }

    /// Parses a text as far as possible, and also returns its syntax errors.
    #[must_use]
    pub fn parse_partially(source: &Source) -> (Self, Vec<SyntaxError>) {
        let (document, errors) = Document::parse(source.clone());
        let ticket = model(&document);
        (Self { ticket, document }, errors)
    }

    /// The structural faults of the text.
    #[must_use]
    pub(crate) fn faults(&self) -> Vec<StructureFault> {
        check(self.document.root(), FIELDS)
    }

    /// The text.
    #[must_use]
    pub(crate) fn source(&self) -> &Source {
        self.document.source()
    }

    /// The path of the file.
    #[must_use]
    pub(crate) fn path(&self) -> &str {
        self.source().name()
    }

    /// The place of findings about the ticket: its file.
    #[must_use]
    pub(crate) fn place(&self) -> Place {
        Place::file(self.source())
    }

    /// The ID of the ticket.
    #[must_use]
    pub(crate) fn id(&self) -> &str {
        &self.ticket.identity.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::FaultKind;

    fn paths_of_faults(text: &str) -> Vec<String> {
        let parsed = ParsedTicket::parse(&Source::new("x.toml", text)).unwrap();
        let faults = parsed.faults().into_iter();
        let wrong = faults.filter(|fault| !matches!(fault.kind, FaultKind::Missing { .. }));
        wrong.map(|fault| fault.path).collect()
    }

    #[test]
    fn only_steps_that_change_something_have_a_hold() {
        let step = |section: &str| format!("[[{section}.steps]]\ndo = \"a\"\nhold = true\n");
        assert_eq!(paths_of_faults(&step("deployment")), [""; 0]);
        assert_eq!(paths_of_faults(&step("rollback")), [""; 0]);
        assert_eq!(
            paths_of_faults(&step("validation")),
            ["validation.steps[0].hold"]
        );
    }
}

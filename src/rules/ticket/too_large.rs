//! A file over the size limit: it is not parsed and gets no other findings.

use crate::config::Level;
use crate::finding::{Finding, Place};
use crate::rules::rule::{Check, Rule};
use crate::rules::settings::Settings;
use crate::source::{Source, Span};

pub(super) const RULE: Rule = Rule::new(
    "ticket/too-large",
    Level::Error,
    "ticket file over the size limit",
    include_str!("too_large.md"),
    &[Check::Text(check)],
);

fn check(source: &Source, settings: &Settings) -> Option<Finding> {
    let limit = settings.ticket_bytes;
    (source.text().len() > limit).then(|| {
        RULE.finding(Place::file(source), Span::default(), "not read")
            .message(format!(
                "the file is larger than {limit} bytes, the limit for tickets"
            ))
            .help("move long text into a document and link to it, or raise `limits.ticket_bytes`")
    })
}

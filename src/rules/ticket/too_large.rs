//! A file over the size limit: it is not parsed, and nothing else is said of it.

use crate::config::Level;
use crate::rules::rule::{Check, Hit, Rule};
use crate::rules::settings::Settings;
use crate::source::{Label, Source, Span};

pub(super) const RULE: Rule = Rule {
    name: "ticket/too-large",
    level: Level::Error,
    since: "0.1.0",
    summary: "the file is too large for a ticket",
    page: include_str!("too_large.md"),
    options: &[],
    checks: &[Check::Text(check)],
};

fn check(source: &Source, settings: &Settings) -> Option<Hit> {
    let limit = settings.ticket_bytes;
    (source.text().len() > limit).then(|| {
        RULE.finding(Label::new(Span::default(), "not read"))
            .message(format!("the file has more than the {limit} bytes that a ticket may have"))
            .help("move what is long into a document and link it; `limits.ticket_bytes` raises the limit")
    })
}

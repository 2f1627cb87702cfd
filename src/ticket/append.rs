//! Appends a table to the text of a ticket and keeps every other byte.

use jiff::{RoundMode, Timestamp, TimestampRound, Unit};

use super::diff::{changed_outside_plan, entries, is_appended};
use super::digest::digest;
use crate::document::Document;
use crate::source::{Source, with_line_ends_of};

/// The text with a table below it, after an empty line, with the line ends of the text.
pub(super) fn appended(text: &str, table: &str) -> String {
    let gap = if text.is_empty() || text.ends_with("\n\n") || text.ends_with("\n\r\n") {
        ""
    } else if text.ends_with('\n') {
        "\n"
    } else {
        "\n\n"
    };
    format!(
        "{text}{}",
        with_line_ends_of(text, &format!("{gap}{table}"))
    )
}

/// The text of a ticket with another entry of a list of tables at its end.
///
/// `None` if the text would change in any other way: it has syntax errors, or the list is an
/// inline array.
pub(super) fn with_entry(document: &Document, key: &'static str, table: &str) -> Option<String> {
    let source = document.source();
    let text = appended(source.text(), table);
    let (after, errors) = Document::parse(Source::new(source.name(), text.as_str()));
    let is_only_change = errors.is_empty()
        && digest(&after) == digest(document)
        && changed_outside_plan(document, &after) == [key]
        && is_appended(document, &after, key)
        && entries(&after, key).len() == entries(document, key).len() + 1;
    is_only_change.then_some(text)
}

/// The time without the fraction of its second: what is written, and therefore signed.
///
/// It is never rounded up, because nothing from the future counts.
pub(crate) fn whole_second(time: Timestamp) -> Timestamp {
    let whole = TimestampRound::new()
        .smallest(Unit::Second)
        .mode(RoundMode::Floor);
    time.round(whole).unwrap_or(time)
}

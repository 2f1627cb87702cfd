//! Changes the state in the text of a ticket and keeps every other byte.

use super::digest::digest;
use super::parsed_ticket::ParsedTicket;
use super::words::State;
use crate::document::{Document, Node, Value};
use crate::source::{Edit, Source, splice};

/// The text of a ticket in another state.
///
/// A missing state is added on its own line below the kind or the title. `None` if the result
/// wouldn't have that state, or would differ in anything else, because the text has syntax errors
/// or an unusual layout.
#[must_use]
pub fn with_state(document: &Document, state: State) -> Option<String> {
    let source = document.source();
    let edit = match document.root().get("state") {
        Some(node) => Edit {
            span: node.span,
            text: quoted(state, source.slice(node.span)),
        },
        None => new_line(document, state),
    };
    let text = splice(source.text(), [&edit])?;
    let after = ParsedTicket::parse(&Source::new(source.name(), text.as_str())).ok()?;
    let is_only_change = after.ticket.state == state && digest(&after.document) == digest(document);
    is_only_change.then_some(text)
}

/// The state as a TOML string, in the quotes of the existing one.
fn quoted(state: State, before: &str) -> String {
    let quote = if before.starts_with('\'') { '\'' } else { '"' };
    format!("{quote}{}{quote}", state.as_str())
}

/// The edit that adds a line with the state.
fn new_line(document: &Document, state: State) -> Edit {
    let text = document.source().text();
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let line = format!("state = {}", quoted(state, ""));
    let plain = |node: &&Node| matches!(node.value, Value::String(_));
    let above = ["kind", "title", "id"]
        .iter()
        .find_map(|key| document.root().get(key).filter(plain));
    let Some(above) = above else {
        let start = text.len() - text.trim_start_matches('\u{feff}').len();
        return Edit::insertion(start, line + end);
    };
    match text[above.span.end..].find('\n') {
        Some(rest) => Edit::insertion(above.span.end + rest + 1, line + end),
        None => Edit::insertion(text.len(), format!("{end}{line}{end}")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn to(state: State, text: &str) -> Option<String> {
        with_state(&Document::parse(Source::new("a.toml", text)).0, state)
    }

    #[test]
    fn only_the_value_changes() {
        let text = "title = \"x\"\r\nstate  =  'draft'  # for now\r\n\r\n[risk]\r\nlevel = \"low\"";
        assert_eq!(
            to(State::Proposed, text),
            Some(text.replace("draft", "proposed"))
        );
        assert_eq!(
            to(State::Closed, "state = \"\"\"\ndraft\"\"\"").as_deref(),
            Some("state = \"closed\"")
        );
        assert_eq!(
            to(State::Closed, "\"state\" = \"draft\"").as_deref(),
            Some("\"state\" = \"closed\"")
        );
    }

    #[test]
    fn missing_state_is_inserted_below_kind_or_title() {
        let proposed = |text| to(State::Proposed, text);
        assert_eq!(
            proposed("title = \"\"\"\nx\"\"\" # why\r\n[risk]\r\n").as_deref(),
            Some("title = \"\"\"\nx\"\"\" # why\r\nstate = \"proposed\"\r\n[risk]\r\n")
        );
        assert_eq!(
            proposed("title = \"x\"").as_deref(),
            Some("title = \"x\"\nstate = \"proposed\"\n")
        );
        assert_eq!(
            proposed("\u{feff}[risk]\n").as_deref(),
            Some("\u{feff}state = \"proposed\"\n[risk]\n")
        );
        assert_eq!(proposed("").as_deref(), Some("state = \"proposed\"\n"));
    }

    #[test]
    fn a_text_that_cannot_be_understood_is_left_alone() {
        assert_eq!(to(State::Closed, "state = \"draft\"\ntitle = \"x"), None);
        assert_eq!(to(State::Closed, "[[state]]\nx = 1\n"), None);
    }

    proptest! {
        #[test]
        fn a_move_there_and_back_leaves_the_text_as_it_was(
            before in "(# \\PC{0,9}\n|title = \"\\w{0,9}\"\n){0,1}",
            blanks in "[ \t]{0,3}",
            after in "[ \t]{0,3}(#\\PC{0,20})?(\r?\n\\[risk\\]\nlevel = \"low\")?",
        ) {
            let text = format!("{before}state{blanks}={blanks}\"draft\"{after}");
            prop_assume!(Document::parse(Source::new("a.toml", text.as_str())).1.is_empty());
            let there = to(State::Approved, &text).unwrap();
            prop_assert_eq!(to(State::Draft, &there), Some(text));
        }
    }
}

//! Finds the fields in which two versions of a ticket differ, by meaning rather than by form.
//!
//! Values are compared as the digest sees them: formatting, the order of keys, and short forms
//! don't matter.

use serde_json::Value as Json;

use super::digest::{plan_value, suppressions, value};
use super::from_document::{NON_PLAN_FIELDS, identity, is_plan};
use crate::document::{Document, Node};

/// The name under which a changed suppression is reported.
const SUPPRESSIONS: &str = "suppressions";

/// The plan fields that differ, sorted by name; empty exactly if the digests are equal.
#[must_use]
pub(crate) fn changed_plan(before: &Document, after: &Document) -> Vec<String> {
    let keys = [before, after]
        .into_iter()
        .flat_map(|document| document.root().entries())
        .map(|entry| &*entry.key);
    let mut changed: Vec<String> = keys
        .filter(|key| is_plan(key) && *key != "id" && plan_at(before, key) != plan_at(after, key))
        .map(str::to_owned)
        .collect();
    if identity(before).text != identity(after).text {
        changed.push("id".into());
    }
    if suppressions(before) != suppressions(after) {
        changed.push(SUPPRESSIONS.into());
    }
    changed.sort_unstable();
    changed.dedup();
    changed
}

/// The fields outside the plan that differ: people, state, notes, approvals, outcome, and links.
#[must_use]
pub(crate) fn changed_outside_plan(before: &Document, after: &Document) -> Vec<&'static str> {
    let at = |document: &Document, key: &str| document.root().get(key).map(value);
    NON_PLAN_FIELDS
        .into_iter()
        .filter(|key| at(before, key) != at(after, key))
        .collect()
}

/// Whether a list still begins with all its previous entries.
#[must_use]
pub(crate) fn is_appended(before: &Document, after: &Document, key: &str) -> bool {
    entries(after, key).starts_with(&entries(before, key))
}

/// The entries of a list by meaning; empty if there is no list.
#[must_use]
pub(crate) fn entries(document: &Document, key: &str) -> Vec<Json> {
    document
        .root()
        .get(key)
        .and_then(Node::as_array)
        .unwrap_or_default()
        .iter()
        .map(value)
        .collect()
}

fn plan_at(document: &Document, key: &str) -> Option<Json> {
    document.root().get(key).map(|node| plan_value(key, node))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;
    use crate::ticket::digest;

    fn document(text: &str) -> Document {
        Document::parse(Source::new("changes/a.toml", text)).0
    }

    fn changed(before: &str, after: &str) -> Vec<String> {
        let (before, after) = (document(before), document(after));
        let changed = changed_plan(&before, &after);
        assert_eq!(changed.is_empty(), digest(&before) == digest(&after));
        changed
    }

    #[test]
    fn formatting_and_short_forms_are_no_change() {
        assert_eq!(
            changed("rollback = [\"a\"]", "[[rollback.steps]]\ndo = 'a'"),
            [""; 0]
        );
        assert_eq!(
            changed(
                "title = \"a\"\nstate = \"draft\"",
                "state = \"closed\"\ntitle = 'a'"
            ),
            [""; 0]
        );
    }

    #[test]
    fn what_is_new_other_or_gone_is_named() {
        let found = changed(
            "title = \"a\"\ngoal = \"x\"",
            "title = \"b\"\n[risk]\nlevel = \"low\"",
        );
        assert_eq!(found, ["goal", "risk", "title"]);
    }

    #[test]
    fn another_name_and_other_silence_are_changes() {
        assert_eq!(
            changed("title = \"a\"", "id = \"b\"\ntitle = \"a\""),
            ["id"]
        );
        assert_eq!(changed("id = \"a\"", ""), [""; 0]);
        let silenced = "title = \"a\" # tollgate: allow[content/title-vague] it is meant so";
        assert_eq!(changed("title = \"a\"", silenced), ["suppressions"]);
    }

    #[test]
    fn non_plan_changes_are_separate() {
        let (before, after) = (
            document("assignee = \"bo\""),
            document("assignee = \"kim\"\n[[notes]]\ntext = \"x\""),
        );
        assert_eq!(changed_outside_plan(&before, &after), ["assignee", "notes"]);
        assert_eq!(changed_plan(&before, &after), [""; 0]);
    }

    #[test]
    fn a_list_may_grow_at_its_end_alone() {
        let [one, two, other] = [
            "notes = [{ text = \"a\" }]",
            "notes = [{ text = \"a\" }, { text = \"b\" }]",
            "notes = [{ text = \"b\" }]",
        ]
        .map(document);
        assert!(is_appended(&one, &two, "notes") && is_appended(&one, &one, "notes"));
        assert!(!is_appended(&two, &one, "notes") && !is_appended(&one, &other, "notes"));
    }
}

//! Applies the fixes that findings offer.
//!
//! Decides which fixes are applied: each one completely or not at all, and none that makes the text
//! worse. The plan of an approved ticket is never changed, because its approvals are for that plan.

use std::str::FromStr;

use jiff::{Timestamp, civil};

use super::lint::lint_ticket;
use super::settings::Settings;
use crate::document::{
    DatetimeKind, Document, Entry, FaultKind, Node, StructureFault, Suggestion, Table, Value,
};
use crate::finding::{Applicability, Finding, Fix, Severity};
use crate::source::{Edit, Source, Span, splice};
use crate::ticket::{ParsedTicket, State, Text, digest};

/// How often a text is linted at most. If that isn't enough, nothing is changed, because the fixes
/// may never come to an end.
const MAX_LINTS: usize = 200;

/// The keys that fixes may change if the plan of the ticket is frozen. Notes and approvals are not
/// among them: only the people who wrote them may change them.
const EDITABLE_WHEN_FROZEN: &[&str] = &["state", "assignee", "validator", "links", "outcome"];

/// A ticket after its fixes.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Fixed {
    /// The text, under the name of the original.
    pub source: Source,
    /// How many fixes were applied.
    pub applied: usize,
}

/// Applies the safe fixes of a ticket, and the unsafe ones too if `allowed` includes them; `None` if
/// there are no fixes to apply.
///
/// A fix may enable another one, so the text is linted again until no fix is left to apply. The
/// result has no more errors than before, and fixing it again changes nothing. Safe fixes keep the
/// words of every value.
#[must_use]
pub fn apply_fixes(source: &Source, allowed: Applicability, settings: &Settings) -> Option<Fixed> {
    let mut budget = FixBudget {
        settings,
        left: MAX_LINTS,
    };
    let mut text = budget.lint(source.clone())?;
    let mut applied = 0;
    loop {
        let fixes = select_fixes(&text, allowed);
        let mut round = Round {
            before: &text,
            accepted: Vec::new(),
            after: None,
        };
        budget.accept(&mut round, &fixes)?;
        applied += round.accepted.len();
        match round.after {
            Some(after) => text = after,
            None => {
                return (applied > 0).then_some(Fixed {
                    source: text.source,
                    applied,
                });
            }
        }
    }
}

/// A text with its findings.
struct LintedText {
    source: Source,
    findings: Vec<Finding>,
    /// The ticket; `None` if the text has syntax errors.
    parsed: Option<ParsedTicket>,
}

/// The result of one round of fixes.
struct Round<'t> {
    before: &'t LintedText,
    accepted: Vec<&'t Fix>,
    /// The text with the accepted fixes; `None` if no fix was accepted.
    after: Option<LintedText>,
}

/// How often the text can still be linted.
struct FixBudget<'s> {
    settings: &'s Settings,
    left: usize,
}

impl FixBudget<'_> {
    /// Lints a text; `None` if the budget is used up.
    fn lint(&mut self, source: Source) -> Option<LintedText> {
        self.left = self.left.checked_sub(1)?;
        let findings = lint_ticket(&source, self.settings).findings;
        Some(LintedText {
            parsed: ParsedTicket::parse(&source).ok(),
            source,
            findings,
        })
    }

    /// Accepts the fixes that don't make the text worse. If all of them together do, each half is
    /// tried alone.
    fn accept<'t>(&mut self, round: &mut Round<'t>, fixes: &[&'t Fix]) -> Option<()> {
        if fixes.is_empty() {
            return Some(());
        }
        let tried = [&round.accepted, fixes].concat();
        let after = self.lint(with_fixes(&round.before.source, &tried)?)?;
        if is_acceptable(round.before, &after, &tried) {
            round.accepted = tried;
            round.after = Some(after);
        } else if fixes.len() > 1 {
            let (first, second) = fixes.split_at(fixes.len() / 2);
            self.accept(round, first)?;
            self.accept(round, second)?;
        }
        Some(())
    }
}

/// The allowed fixes that don't overlap, in order. The others can be applied in the next round.
fn select_fixes(text: &LintedText, allowed: Applicability) -> Vec<&Fix> {
    let Some(parsed) = &text.parsed else {
        return Vec::new();
    };
    let open = editable_keys(parsed);
    let mut selected: Vec<&Fix> = Vec::new();
    let mut taken: Vec<Span> = Vec::new();
    for fix in text
        .findings
        .iter()
        .filter_map(|finding| finding.fix.as_ref())
    {
        let is_allowed =
            fix.applicability == Applicability::Safe || allowed == Applicability::Unsafe;
        let is_open = is_editable(parsed, open, fix);
        let overlaps = fix
            .edits
            .iter()
            .any(|edit| taken.iter().any(|other| overlap(edit.span, *other)));
        if is_allowed && is_open && !overlaps {
            taken.extend(fix.edits.iter().map(|edit| edit.span));
            selected.push(fix);
        }
    }
    selected
}

/// Whether a fix changes only keys and values that fixes may change.
fn is_editable(parsed: &ParsedTicket, open: Option<&[&str]>, fix: &Fix) -> bool {
    open.is_none_or(|keys| {
        fix.edits
            .iter()
            .all(|edit| is_within(parsed.document.root(), edit, keys))
    })
}

/// How many allowed fixes are not applied because the state of the ticket protects its plan, and
/// why; `None` if there are none.
#[must_use]
pub(crate) fn withheld_fixes(
    source: &Source,
    allowed: Applicability,
    settings: &Settings,
) -> Option<(usize, String)> {
    let parsed = ParsedTicket::parse(source).ok()?;
    let open = editable_keys(&parsed)?;
    let findings = lint_ticket(source, settings).findings;
    let count = findings
        .iter()
        .filter_map(|finding| finding.fix.as_ref())
        .filter(|fix| {
            let is_allowed =
                fix.applicability == Applicability::Safe || allowed == Applicability::Unsafe;
            is_allowed && !is_editable(&parsed, Some(open), fix)
        })
        .count();
    let state = parsed.ticket.state;
    let why = match state {
        State::Closed | State::Cancelled => {
            format!("a ticket in the `{}` state is not changed", state.as_str())
        }
        state if state >= State::Approved => format!(
            "the plan of a ticket in the `{}` state is not changed",
            state.as_str()
        ),
        _ if has_current_approval(&parsed) => {
            "the plan has approvals, which an edit would withdraw".to_owned()
        }
        _ => "the state is invalid, and the plan may be approved".to_owned(),
    };
    (count > 0).then_some((count, why))
}

fn overlap(one: Span, other: Span) -> bool {
    (one.start < other.end && other.start < one.end) || (one == other && !one.is_empty())
}

/// The keys that fixes may change; `None` if they may change all.
///
/// An invalid state may be a misspelled one in which the plan is frozen.
fn editable_keys(parsed: &ParsedTicket) -> Option<&'static [&'static str]> {
    match parsed.ticket.state {
        State::Closed | State::Cancelled => Some(&[]),
        state
            if state >= State::Approved
                || has_current_approval(parsed)
                || parsed.faults().iter().any(may_be_the_state) =>
        {
            Some(EDITABLE_WHEN_FROZEN)
        }
        _ => None,
    }
}

/// Whether somebody approved or rejected the plan as it is, and the ticket is past draft: it may be
/// approved, although the state doesn't say so.
fn has_current_approval(parsed: &ParsedTicket) -> bool {
    let now = digest(&parsed.document);
    let is_current = |digest: &Text| digest.text == now;
    let mut approvals = parsed.ticket.approvals.iter();
    parsed.ticket.state.is_past_draft()
        && approvals.any(|approval| approval.digest.as_ref().is_some_and(is_current))
}

fn may_be_the_state(fault: &StructureFault) -> bool {
    match &fault.kind {
        FaultKind::UnknownKey {
            suggestion: Some(Suggestion::Certain(name) | Suggestion::Likely(name)),
            ..
        } => *name == "state",
        FaultKind::UnknownKey {
            suggestion: Some(Suggestion::Taken(path)),
            ..
        } => path == "state",
        FaultKind::MisplacedKey { key, .. } => key == "state",
        _ => fault.path == "state",
    }
}

/// Whether an edit is inside the entry of one of these keys, or renames an entry to one of them.
fn is_within(root: &Table, edit: &Edit, keys: &[&str]) -> bool {
    root.entries().iter().any(|entry| {
        let renames = entry.key_span == edit.span && keys.contains(&edit.text.as_str());
        renames || (keys.contains(&entry.key.as_str()) && entry_contains(entry, edit.span))
    })
}

fn entry_contains(entry: &Entry, span: Span) -> bool {
    contains(entry.key_span, span) || node_contains(&entry.value, span)
}

fn node_contains(node: &Node, span: Span) -> bool {
    let inside = match &node.value {
        Value::Table(table) => table
            .entries()
            .iter()
            .any(|entry| entry_contains(entry, span)),
        Value::Array(nodes) => nodes.iter().any(|node| node_contains(node, span)),
        _ => false,
    };
    inside || contains(node.span, span)
}

fn contains(outer: Span, inner: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

fn with_fixes(source: &Source, fixes: &[&Fix]) -> Option<Source> {
    let edits = fixes.iter().flat_map(|fix| &fix.edits);
    let text = splice(source.text(), edits)?;
    Some(Source::new(source.name(), text))
}

/// Whether fixes changed a text without making it worse.
fn is_acceptable(before: &LintedText, after: &LintedText, fixes: &[&Fix]) -> bool {
    let (Some(old), Some(new)) = (&before.parsed, &after.parsed) else {
        return false;
    };
    let keeps_words = fixes
        .iter()
        .any(|fix| fix.applicability == Applicability::Unsafe)
        || have_same_values(&old.document, &new.document);
    let keeps_approvals = new.ticket.state < State::Approved && !has_current_approval(old)
        || digest(&old.document) == digest(&new.document);
    before.source.text() != after.source.text()
        && count_errors(after) <= count_errors(before)
        && keeps_words
        && keeps_approvals
}

fn count_errors(text: &LintedText) -> usize {
    text.findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .count()
}

/// Whether two documents have the same values in the same order, regardless of their keys and form.
fn have_same_values(one: &Document, other: &Document) -> bool {
    let (one, other) = (scalars(one.root()), scalars(other.root()));
    one.len() == other.len()
        && one
            .iter()
            .zip(&other)
            .all(|(before, after)| is_same_value(before, after))
}

/// Every value that is neither a list nor a table, as written.
fn scalars(root: &Table) -> Vec<&Value> {
    fn collect<'t>(node: &'t Node, found: &mut Vec<(Span, &'t Value)>) {
        match &node.value {
            Value::Table(table) => table
                .entries()
                .iter()
                .for_each(|entry| collect(&entry.value, found)),
            Value::Array(nodes) => nodes.iter().for_each(|node| collect(node, found)),
            value => found.push((node.span, value)),
        }
    }
    let mut found = Vec::new();
    root.entries()
        .iter()
        .for_each(|entry| collect(&entry.value, &mut found));
    found.sort_by_key(|(span, _)| *span);
    found.into_iter().map(|(_, value)| value).collect()
}

/// Whether two values are equal, or the first is a string with the text of the second.
fn is_same_value(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Datetime(before), Value::Datetime(after)) if before.kind == after.kind => {
            match before.kind {
                DatetimeKind::Date => before == after,
                DatetimeKind::Time => parse_equal::<civil::Time>(&before.text, &after.text),
                DatetimeKind::Local => parse_equal::<civil::DateTime>(&before.text, &after.text),
                DatetimeKind::Instant => parse_equal::<Timestamp>(&before.text, &after.text),
            }
        }
        (Value::Float(before), Value::Float(after)) => before.total_cmp(after).is_eq(),
        (Value::String(before), Value::String(after)) => plain(before) == plain(after),
        (Value::String(text), value) => {
            Node::parse(text.trim()).is_some_and(|node| node.value == *value)
        }
        (before, after) => before == after,
    }
}

fn parse_equal<T: FromStr + PartialEq>(one: &str, other: &str) -> bool {
    one == other
        || one
            .parse::<T>()
            .is_ok_and(|one| other.parse::<T>().is_ok_and(|other| one == other))
}

/// A text without what distinguishes `Blue Green` from `blue-green`.
fn plain(text: &str) -> String {
    text.to_lowercase().replace(['_', ' '], "-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{fixed, settings, ticket};

    fn safely(text: &str) -> Option<String> {
        fixed(text, Applicability::Safe)
    }

    #[test]
    fn withheld_fix_is_counted_with_its_reason() {
        let withheld = |state: &str| {
            let text = ticket(&format!("state = \"{state}\"")).replace("title = ", "titel = ");
            let source = Source::new("changes/a.toml", text);
            withheld_fixes(&source, Applicability::Safe, &settings())
        };
        let plan = "the plan of a ticket in the `approved` state is not changed";
        assert_eq!(withheld("approved"), Some((1, plan.to_owned())));
        let invalid = "the state is invalid, and the plan may be approved";
        assert_eq!(withheld("aproved").unwrap().1, invalid);
        assert_eq!(withheld("proposed"), None);
    }

    #[test]
    fn safe_fixes_keep_comments_and_formatting() {
        let text = ticket("gaol   =  'x'  # why\nservices = 'a' # all\n");
        let expected = text.replace("gaol", "goal").replace("'a'", "['a']");
        assert_eq!(safely(&text), Some(expected));
    }

    #[test]
    fn unsafe_fixes_are_applied_only_where_they_are_allowed() {
        let text = ticket("category = \"bugfixx\"\n");
        assert_eq!(safely(&text), None);
        assert_eq!(
            fixed(&text, Applicability::Unsafe),
            Some(text.replace("bugfixx", "bugfix"))
        );
    }

    #[test]
    fn follow_up_fixes_are_applied() {
        let text = ticket("servces = 'a'\n");
        assert_eq!(
            safely(&text),
            Some(text.replace("servces = 'a'", "services = ['a']"))
        );
    }

    #[test]
    fn fix_that_adds_errors_is_skipped() {
        let text = ticket("").replace("rollback", "rolback").replace(
            "Re-apply `pool-20.yaml`; `/health` returns pool=20",
            "\", \"\", \"",
        );
        assert_eq!(safely(&text), None);
        let other = format!("{text}gaol = 'x'\n");
        assert_eq!(safely(&other), Some(other.replace("gaol", "goal")));
    }

    #[test]
    fn several_keys_move_at_once_and_in_their_order() {
        let text = ticket("[risk]\nlevel = \"low\"\nkind = \"normal\"\ngoal = \"x\"\n");
        let expected = text.replace("kind = \"normal\"\ngoal = \"x\"\n", "");
        let expected = expected.replace("[risk]", "kind = \"normal\"\ngoal = \"x\"\n[risk]");
        assert_eq!(fixed(&text, Applicability::Unsafe), Some(expected));
    }

    #[test]
    fn plan_with_a_current_approval_is_not_touched() {
        let plan = |state: &str| ticket(&format!("state = \"{state}\"\nservices = 'a'\n"));
        let approved = |state: &str, digest: &str| {
            let plan = plan(state);
            format!("{plan}[[approvals]]\nby = 'bo'\ndigest = '{digest}'\n")
        };
        let current = |state: &str| {
            let parsed = ParsedTicket::parse(&Source::new("changes/a.toml", plan(state))).unwrap();
            digest(&parsed.document)
        };
        let is_fixed = |state: &str, digest: &str| safely(&approved(state, digest)).is_some();
        assert!(!is_fixed("proposed", &current("proposed")));
        assert!(is_fixed("proposed", "sha256:0"));
        assert!(is_fixed("draft", &current("draft")));
    }

    #[test]
    fn the_plan_of_an_approved_ticket_is_never_touched() {
        for state in ["approved", "deploying", "closed", "cancelled"] {
            let text = ticket(&format!("state = \"{state}\"\nservices = 'a'\n"));
            assert_eq!(fixed(&text, Applicability::Unsafe), None, "{state}");
        }
    }

    #[test]
    fn non_plan_fields_are_fixed_until_closed() {
        let text = ticket(
            "state = \"deploying\"\nasignee = \"bo\"\n[outcome]\nmesured = \"x\"\n[risk]\nlevle = \"low\"\n",
        );
        // `asignee` stays: the approvals are for a text that contains it.
        assert_eq!(safely(&text), Some(text.replace("mesured", "measured")));
        assert_eq!(safely(&text.replace("deploying", "closed")), None);
    }

    #[test]
    fn a_state_that_cannot_be_read_may_mean_that_the_plan_is_frozen() {
        let text = ticket("state = \"aproved\"\nservices = 'a'\n");
        assert_eq!(safely(&text), None);
        assert_eq!(
            fixed(&text, Applicability::Unsafe),
            Some(text.replace("aproved", "approved"))
        );
        let approved =
            ticket("state = \"approved\"\nservices = 'a'\n").replace("state =", "stat =");
        assert_eq!(fixed(&approved, Applicability::Unsafe), None);
        let text = ticket("services = 'a'\n").replace("state =", "stat =");
        assert_eq!(
            safely(&text),
            Some(text.replace("stat =", "state =").replace("'a'", "['a']"))
        );
    }

    #[test]
    fn a_text_without_fixes_or_without_syntax_is_left_alone() {
        assert_eq!(fixed(&ticket(""), Applicability::Unsafe), None);
        assert_eq!(fixed("title = \n gaol = 1", Applicability::Unsafe), None);
    }

    #[test]
    fn values_are_compared_by_meaning() {
        let same = |one: &str, other: &str| {
            let parse = |text: &str| Document::parse(Source::new("", text)).0;
            have_same_values(&parse(one), &parse(other))
        };
        assert!(same("a = \"7\"\nb = nan", "c = 7\nb = nan"));
        assert!(same("a = \"Blue_Green\"", "a = 'blue-green'"));
        assert!(!same("a = \"7\"", "a = 8"));
        assert!(!same("a = 1\nb = 2", "a = 2\nb = 1"));
        assert!(!same("a = 1", "a = [1, 1]"));
    }
}

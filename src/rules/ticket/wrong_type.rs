//! A value of another type than its key takes.

use crate::config::Level;
use crate::document::{FaultKind, Node, StructureFault};
use crate::finding::{Applicability, Finding, Fix};
use crate::rules::rule::{Check, Rule, TicketContext, replacement};

pub(super) const RULE: Rule = Rule::new(
    "ticket/wrong-type",
    Level::Error,
    "value of the wrong type",
    include_str!("wrong_type.md"),
    &[Check::Fault(check)],
);

fn check(fault: &StructureFault, ctx: &TicketContext<'_>) -> Option<Finding> {
    let FaultKind::WrongType {
        found,
        expected: wanted,
        ..
    } = &fault.kind
    else {
        return None;
    };
    let raw = ctx.document.source().slice(fault.span);
    let text = Some(corrected(raw, wanted)).filter(|_| *found == "a string");
    let fix = text.flatten().map(|text| Fix {
        applicability: Applicability::Safe,
        edits: replacement(fault.span, text),
    });
    Some(RULE.fault(fault, ctx).fix(fix))
}

/// A string in the form that its key wants: in a list, or without the quotes that make it a string.
fn corrected(raw: &str, wanted: &str) -> Option<String> {
    if ["a list of strings", "a list of steps"]
        .iter()
        .any(|list| wanted.contains(list))
    {
        return Some(format!("[{raw}]"));
    }
    let bare = raw.trim_matches(['"', '\'']).trim();
    let fits = match Node::parse(bare)?.type_name() {
        "a boolean" => wanted == "`true` or `false`",
        "an integer" => wanted.starts_with("an integer"),
        _ => false,
    };
    fits.then(|| bare.to_owned())
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{applied, rules_of};

    fn mended(text: &str) -> Option<String> {
        applied(text, "ticket/wrong-type")
    }

    #[test]
    fn quotes_that_make_a_value_a_string_are_taken_off() {
        assert_eq!(
            mended("schema_change.rows = '12'").as_deref(),
            Some("schema_change.rows = 12")
        );
        assert_eq!(
            mended("validation.creates_data = \"true\"").as_deref(),
            Some("validation.creates_data = true")
        );
    }

    #[test]
    fn quoted_dates_and_times_with_an_offset_are_accepted() {
        for text in [
            "schedule.start = \"2026-11-20T18:00:00+01:00\"",
            "schedule.start = '2026-11-20 18:00:00Z'",
            "rollback.rehearsed_on = \"2026-11-16\"",
        ] {
            assert!(!rules_of(text).contains(&"ticket/wrong-type"), "{text}");
        }
    }

    #[test]
    fn quoted_local_times_are_reported_and_left() {
        let text = "schedule.start = \"2026-11-20T18:00:00\"";
        assert!(rules_of(text).contains(&"ticket/wrong-type"));
        assert_eq!(mended(text), None);
    }

    #[test]
    fn one_string_becomes_a_list_of_one() {
        assert_eq!(
            mended("services = \"billing\"").as_deref(),
            Some("services = [\"billing\"]")
        );
        assert_eq!(
            mended("deployment = 'Merge'").as_deref(),
            Some("deployment = ['Merge']")
        );
    }

    #[test]
    fn what_would_not_fit_either_is_left() {
        assert_eq!(mended("schedule.start = \"tomorrow\""), None);
        assert_eq!(mended("schedule.start = \"2026-11-20\""), None);
        assert_eq!(mended("title = 7"), None);
        assert_eq!(mended("validation.creates_data = 'true # since May'"), None);
        assert_eq!(
            mended("validation.creates_data = '''true\nkind = 'normal''''"),
            None
        );
    }
}

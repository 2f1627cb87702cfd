//! A key that is not part of the ticket schema: a typo, or a name from another tool.

use crate::config::Level;
use crate::document::{FaultKind, StructureFault, Suggestion};
use crate::finding::{Applicability, Finding, Fix};
use crate::rules::rule::{Check, Rule, TicketContext, replacement};

pub(super) const RULE: Rule = Rule::new(
    "ticket/unknown-key",
    Level::Error,
    "unknown key",
    include_str!("unknown_key.md"),
    &[Check::Fault(check)],
);

fn check(fault: &StructureFault, ctx: &TicketContext<'_>) -> Option<Finding> {
    let FaultKind::UnknownKey {
        suggestion: meant, ..
    } = &fault.kind
    else {
        return None;
    };
    let name = match meant {
        Some(Suggestion::Certain(name)) => Some(*name),
        Some(Suggestion::Alias { path, .. }) if is_free(path, fault, ctx) => Some(path.as_str()),
        _ => None,
    };
    let name = name.filter(|_| occurs_once(fault, ctx));
    let fix = name.map(|name| Fix {
        applicability: Applicability::Safe,
        edits: replacement(fault.span, name),
    });
    Some(RULE.fault(fault, ctx).fix(fix))
}

/// Whether a key of the file may be written with a path instead: nothing of the table that it leads
/// to is there.
fn is_free(path: &str, fault: &StructureFault, ctx: &TicketContext<'_>) -> bool {
    let table = path.split('.').next().unwrap_or(path);
    !fault.path.contains('.') && ctx.document.root().get(table).is_none()
}

/// Whether the key is written nowhere else: it stands before its value, or in the one header that
/// names its table.
fn occurs_once(fault: &StructureFault, ctx: &TicketContext<'_>) -> bool {
    let source = ctx.document.source();
    let rest = source.text().get(fault.span.end..).unwrap_or_default();
    rest.trim_start_matches([' ', '\t']).starts_with('=')
        || source.text().matches(source.slice(fault.span)).count() == 1
}

#[cfg(test)]
mod tests {
    use crate::finding::Applicability;
    use crate::rules::lint_ticket;
    use crate::rules::testing::{applied, findings, fixed, settings, ticket};
    use crate::source::Source;

    #[test]
    fn a_slip_of_the_hand_is_renamed_safely() {
        let found = findings("gaol = \"x\"\n");
        let fix = found[0].fix.as_ref().unwrap();
        assert_eq!(
            (found[0].rule, fix.edits[0].text.as_str()),
            ("ticket/unknown-key", "goal")
        );
    }

    #[test]
    fn a_misspelt_section_is_not_taken_for_a_key_with_text() {
        let help = |text: String| lint_ticket(&Source::new("a", text), &settings()).findings;
        for text in [
            ticket("").replace("validation = [", "validaton = ["),
            ticket("").replace("validation = [\"", "[validaton]\nsteps = [\""),
        ] {
            assert_eq!(
                help(text.clone())[0].help,
                "use `validation`, or remove the key",
                "{text}"
            );
        }
        assert_eq!(
            findings("validaton = \"bo@example.com\"\n")[0].help,
            "use `validator`, or remove the key"
        );
    }

    #[test]
    fn table_in_one_header_is_renamed() {
        let text = ticket("[[linkss]]\nref = \"B-1\"\n\n[ riskk ] # low\nlevel = \"low\"\n");
        let expected = text.replace("linkss", "links").replace("riskk", "risk");
        assert_eq!(fixed(&text, Applicability::Safe), Some(expected));
        assert_eq!(
            applied(
                "[riskk]\nlevel = \"low\"\n[riskk.x]\n",
                "ticket/unknown-key"
            ),
            None
        );
    }

    #[test]
    fn alias_is_reported_with_its_path() {
        let help = |text: &str| findings(text).remove(0).help;
        assert_eq!(
            help("backout_plan = \"x\"\nrollback.decider = \"bo\"\n"),
            "write it as `rollback.steps`"
        );
        assert_eq!(
            help("backout_plan = \"x\"\n"),
            "add its steps to `rollback`"
        );
        let renamed = "write it as `rollback.trigger`, and rename `rollback` to `rollback.steps`";
        assert_eq!(help("triggers = \"x\"\n"), renamed);
    }

    #[test]
    fn alias_is_renamed_if_the_key_is_unused() {
        let text = ticket("").replace("rollback = [", "backout_plan = [");
        assert_eq!(
            fixed(&text, Applicability::Safe),
            Some(text.replace("backout_plan", "rollback.steps"))
        );
        assert_eq!(
            applied(&ticket("backout_plan = [\"x\"]\n"), "ticket/unknown-key"),
            None
        );
    }

    #[test]
    fn a_plan_in_one_text_becomes_a_step() {
        let text = ticket("")
            .replace("rollback = [", "backout_plan = ")
            .replace("pool=20\"]", "pool=20\"");
        assert_eq!(
            fixed(&text, Applicability::Safe),
            Some(ticket("").replace("rollback =", "rollback.steps ="))
        );
    }
}

//! A key that a ticket does not have: a slip of the hand, or a name from another tool.

use crate::config::Level;
use crate::document::{FaultKind, Meant, StructureFault};
use crate::finding::{Applicability, Fix};
use crate::rules::rule::{Check, Hit, Rule, TicketContext, replacement};

pub(super) const RULE: Rule = Rule {
    name: "ticket/unknown-key",
    level: Level::Error,
    since: "0.1.0",
    summary: "a key that tickets do not have",
    page: include_str!("unknown_key.md"),
    checks: &[Check::Fault(check)],
};

fn check(fault: &StructureFault, ctx: &TicketContext<'_>) -> Option<Hit> {
    let FaultKind::UnknownKey { meant, .. } = &fault.kind else { return None };
    let fix = match meant {
        Some(Meant::Surely(name)) if stands_before_its_value(fault, ctx) => {
            Some(Fix { applicability: Applicability::Safe, edits: replacement(fault.span, *name) })
        }
        _ => None,
    };
    Some(RULE.fault(fault).fix(fix))
}

/// Whether the key is written once, before an equals sign: the key of a table may stand in many headers.
fn stands_before_its_value(fault: &StructureFault, ctx: &TicketContext<'_>) -> bool {
    let rest = ctx.document.source().text().get(fault.span.end..).unwrap_or_default();
    rest.trim_start_matches([' ', '\t']).starts_with('=')
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::findings;

    #[test]
    fn a_slip_of_the_hand_is_renamed_safely() {
        let found = findings("gaol = \"x\"\n");
        let fix = found[0].fix.as_ref().unwrap();
        assert_eq!((found[0].rule, fix.edits[0].text.as_str()), ("ticket/unknown-key", "goal"));
    }

    #[test]
    fn a_table_is_not_renamed_since_its_name_may_stand_in_many_headers() {
        assert_eq!(findings("[riskk]\nlevel = \"low\"\n")[0].fix, None);
    }

    #[test]
    fn a_name_from_elsewhere_is_told_with_its_place_here() {
        let found = findings("backout_plan = \"x\"\n");
        assert_eq!(found[0].help, "write it as `rollback.steps`");
    }
}

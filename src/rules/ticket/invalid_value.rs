//! A value of the right type that its key does not take.

use crate::config::Level;
use crate::document::{FaultKind, StructureFault};
use crate::finding::{Applicability, Fix};
use crate::rules::rule::{Check, Hit, Rule, TicketContext, replacement};

pub(super) const RULE: Rule = Rule {
    name: "ticket/invalid-value",
    level: Level::Error,
    since: "0.1.0",
    summary: "a value that is not allowed",
    page: include_str!("invalid_value.md"),
    checks: &[Check::Fault(check)],
};

fn check(fault: &StructureFault, _: &TicketContext<'_>) -> Option<Hit> {
    let FaultKind::InvalidValue { meant, .. } = &fault.kind else { return None };
    let fix = meant.map(|word| Fix {
        applicability: Applicability::Unsafe,
        edits: replacement(fault.span, format!("\"{word}\"")),
    });
    Some(RULE.fault(fault).fix(fix))
}

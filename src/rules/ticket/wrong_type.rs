//! A value of another type than its key takes.

use crate::config::Level;
use crate::document::{FaultKind, StructureFault};
use crate::rules::rule::{Check, Hit, Rule, TicketContext};

pub(super) const RULE: Rule = Rule {
    name: "ticket/wrong-type",
    level: Level::Error,
    since: "0.1.0",
    summary: "a value of another type",
    page: include_str!("wrong_type.md"),
    checks: &[Check::Fault(check)],
};

fn check(fault: &StructureFault, _: &TicketContext<'_>) -> Option<Hit> {
    matches!(fault.kind, FaultKind::WrongType { .. }).then(|| RULE.fault(fault))
}

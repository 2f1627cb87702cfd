//! Steps of both forms in one list: nobody can tell which of them lack what the others say.

use crate::config::Level;
use crate::document::{FaultKind, StructureFault};
use crate::rules::rule::{Check, Hit, Rule, TicketContext};

pub(super) const RULE: Rule = Rule {
    name: "ticket/mixed-steps",
    level: Level::Error,
    since: "0.1.0",
    summary: "strings and tables in one list of steps",
    page: include_str!("mixed_steps.md"),
    checks: &[Check::Fault(check)],
};

fn check(fault: &StructureFault, _: &TicketContext<'_>) -> Option<Hit> {
    matches!(fault.kind, FaultKind::MixedSteps).then(|| RULE.fault(fault))
}

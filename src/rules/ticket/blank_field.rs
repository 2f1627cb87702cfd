//! A text without a letter or digit, an empty list, or an entry that is one of these.

use crate::config::Level;
use crate::document::{FaultKind, StructureFault};
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};

pub(super) const RULE: Rule = Rule::new(
    "ticket/blank-field",
    Level::Error,
    "blank value",
    include_str!("blank_field.md"),
    &[Check::Fault(check)],
);

fn check(fault: &StructureFault, ctx: &TicketContext<'_>) -> Option<Finding> {
    matches!(fault.kind, FaultKind::Blank(_)).then(|| RULE.fault(fault, ctx))
}

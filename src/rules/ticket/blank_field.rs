//! A text without a letter or digit, an empty list, or an entry that is one of these.

use crate::config::Level;
use crate::document::{FaultKind, StructureFault};
use crate::rules::rule::{Check, Diagnostic, Rule, TicketContext};

pub(super) const RULE: Rule = Rule::new(
    "ticket/blank-field",
    Level::Error,
    "blank value",
    include_str!("blank_field.md"),
    &[Check::Fault(check)],
);

fn check(fault: &StructureFault, _: &TicketContext<'_>) -> Option<Diagnostic> {
    matches!(fault.kind, FaultKind::Blank(_)).then(|| RULE.fault(fault))
}

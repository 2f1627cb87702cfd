//! A date-time without an offset where a point in time is meant: two readers in two zones act at
//! two times.

use crate::config::Level;
use crate::document::{FaultKind, StructureFault};
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};

pub(super) const RULE: Rule = Rule::new(
    "ticket/local-datetime",
    Level::Error,
    "date-time without a UTC offset",
    include_str!("local_datetime.md"),
    &[Check::Fault(check)],
);

fn check(fault: &StructureFault, ctx: &TicketContext<'_>) -> Option<Finding> {
    matches!(fault.kind, FaultKind::LocalDatetime).then(|| RULE.fault(fault, ctx))
}

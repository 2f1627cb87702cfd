//! The finding about an activity during a freeze, with the same words at the gate and at a release.
//!
//! Which freezes are active is decided in `calendar`.

use super::rule::Rule;
use crate::calendar::Window;
use crate::config::{Freeze, FreezeMode};
use crate::finding::{Finding, Place, Severity};
use crate::source::Span;

/// Reports an active freeze and when it ends. A soft freeze is a warning.
///
/// Without tickets, the help suggests adding one, since exceptions are recorded in tickets.
pub(super) fn freeze_finding(
    rule: &Rule,
    place: Place,
    freeze: &Freeze,
    frozen: Window,
    has_tickets: bool,
) -> Finding {
    let help = if has_tickets {
        "wait until the freeze ends, or record an exception in the ticket: `schedule.freeze_override` with `reason` and `by`"
    } else {
        "wait until the freeze ends, or add a ticket with `schedule.freeze_override`"
    };
    let reason = freeze
        .reason
        .as_ref()
        .map(|reason| format!(": {reason}"))
        .unwrap_or_default();
    let finding = rule
        .finding(place, Span::default(), "")
        .message(format!(
            "the freeze `{}` is active until {}{reason}",
            freeze.name, frozen.end
        ))
        .help(help)
        .anchor(&freeze.name);
    match freeze.mode {
        FreezeMode::Hard => finding,
        FreezeMode::Soft => finding.at_most(Severity::Warning),
    }
}

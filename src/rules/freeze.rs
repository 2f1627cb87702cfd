//! What rules say of an activity that falls into a freeze: the same words at the gate and at a
//! release.

use super::rule::{Diagnostic, Rule};
use crate::calendar::Window;
use crate::config::{Freeze, FreezeMode};
use crate::finding::Severity;
use crate::source::{Label, Span};

/// Tells of a freeze and when it is over; a soft one warns.
pub(super) fn diagnostic(rule: &Rule, (freeze, frozen): &(Freeze, Window)) -> Diagnostic {
    let reason = freeze
        .reason
        .as_ref()
        .map(|reason| format!(": {reason}"))
        .unwrap_or_default();
    let diagnostic = rule
        .diagnostic(Label::new(Span::default(), ""))
        .message(format!("the freeze `{}` is active until {}{reason}", freeze.name, frozen.end))
        .help("wait until the freeze ends, or record an exception in the ticket: `schedule.freeze_override` with `reason` and `by`")
        .anchor(&freeze.name);
    match freeze.mode {
        FreezeMode::Hard => diagnostic,
        FreezeMode::Soft => diagnostic.max_severity(Severity::Warning),
    }
}

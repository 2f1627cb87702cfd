//! The window of a ticket, for the rules about schedules.

use crate::ticket::{Instant, Ticket};

/// When a ticket's window opens and closes, where it says both and the end comes after the start.
pub(super) fn window(ticket: &Ticket) -> Option<(Instant, Instant)> {
    let schedule = ticket.schedule.as_ref()?;
    let (start, end) = (schedule.start?, schedule.end?);
    (start.timestamp < end.timestamp).then_some((start, end))
}

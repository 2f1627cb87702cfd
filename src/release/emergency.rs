//! A release that goes past what stands in its way, and says so.
//!
//! What it went past, for which ticket, and by when the rest has to follow stands in its tags, where later releases look.

use jiff::civil::Date;

use super::message::{Record, TOOL};
use super::plan::Plan;
use crate::source::sanitise_line;

/// The ticket of the emergency.
pub(super) const EMERGENCY: &str = "Emergency";
/// The rules that were gone past.
pub(super) const WENT_PAST: &str = "Went-past";
/// By when the rest has to follow.
pub(super) const FOLLOW_UP: &str = "Follow-up-due";

/// Why a release goes past what stands in its way, and what that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emergency {
    /// The id of its ticket.
    pub ticket: String,
    /// The rules that it goes past, sorted.
    pub went_past: Vec<String>,
    /// The day by which approval and retrospective have to follow, and the ticket is closed.
    pub due: Date,
}

impl Plan {
    /// The same plan as that of an emergency: each tag tells it.
    #[must_use]
    pub fn in_emergency(mut self, emergency: Emergency) -> Self {
        let Emergency { ticket, went_past, due } = &emergency;
        let past = if went_past.is_empty() { "-".to_owned() } else { went_past.join(", ") };
        // An id may be any text; a line end in it would forge a trailer.
        let ticket = sanitise_line(ticket);
        let told = format!("\n{EMERGENCY}: {ticket}\n{WENT_PAST}: {past}\n{FOLLOW_UP}: {due}\n");
        for tag in &mut self.tags {
            let end = tag.message.rfind(&format!("\n{TOOL}: ")).expect("each message of ours ends with the tool");
            tag.message.replace_range(end..=end, &told);
        }
        Self { emergency: Some(emergency), ..self }
    }
}

impl Record {
    /// The id of the ticket of an emergency, and by when the rest has to follow.
    ///
    /// `None` for any other release; a date that cannot be read is over.
    #[must_use]
    pub fn emergency(&self) -> Option<(&str, Date)> {
        let due = self.get(FOLLOW_UP).and_then(|due| due.parse().ok()).unwrap_or(Date::MIN);
        Some((self.get(EMERGENCY)?, due))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::verification::planned;

    fn emergency(ticket: &str) -> Emergency {
        let went_past = vec!["release/freeze-active".to_owned()];
        Emergency { ticket: ticket.into(), went_past, due: "2026-11-27".parse().unwrap() }
    }

    #[test]
    fn the_tag_tells_what_a_release_went_past() {
        let plan = planned().in_emergency(emergency("hotfix"));
        let told = "\nEmergency: hotfix\nWent-past: release/freeze-active\nFollow-up-due: 2026-11-27\nTool: ";
        assert!(plan.tags[0].message.contains(told), "{}", plan.tags[0].message);
        let record = Record::read(&plan.tags[0].message).unwrap();
        assert_eq!(record.emergency(), Some(("hotfix", "2026-11-27".parse().unwrap())));
        assert_eq!(Record::read(&planned().tags[0].message).unwrap().emergency(), None);
    }

    #[test]
    fn the_id_of_its_ticket_forges_no_trailer() {
        let plan = planned().in_emergency(emergency("a\nBranch: other"));
        let record = Record::read(&plan.tags[0].message).unwrap();
        assert_eq!(record.branch(), Some("main"));
    }
}

//! An emergency release: it bypasses rules that would block it, and its tags record that.
//!
//! The tags record the bypassed rules, the ticket they were bypassed for, and the day by which the
//! rest has to follow. Later releases and `verify` read it there. The tags of later releases name the
//! tag, so that it is found without opening every tag.

use jiff::civil::Date;

use super::tag_metadata::TagMetadata;

/// The ticket of the emergency.
pub(super) const EMERGENCY: &str = "Emergency";
/// The bypassed rules.
pub(super) const BYPASSED: &str = "Bypassed";
/// The same in tags of earlier versions.
pub(super) const BYPASSED_LEGACY: &str = "Went-past";
/// The day by which the rest has to follow.
pub(super) const FOLLOW_UP: &str = "Follow-up-due";
/// The tags of earlier emergencies, separated by spaces; a hyphen if there are none.
pub(super) const PREVIOUS_EMERGENCY: &str = "Previous-emergency";
/// Replaces the tags if there are none.
const NO_EMERGENCY: &str = "-";

/// The tags of earlier emergencies as a tag lists them.
pub(super) fn previous_emergency_text(tags: &[String]) -> String {
    match tags {
        [] => NO_EMERGENCY.to_owned(),
        tags => tags.join(" "),
    }
}

/// Why a release bypasses rules that would block it, and which rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emergency {
    /// The ID of its ticket.
    pub(crate) ticket: String,
    /// The bypassed rules, sorted.
    pub(crate) bypassed: Vec<String>,
    /// The day by which approval and retrospective have to follow, and the ticket is closed.
    pub(crate) due: Date,
}

impl Emergency {
    /// The fewest bytes of a tag object that records an emergency: its header, and the trailers that
    /// every such tag has. The digest of the commits alone has 81 bytes.
    pub(crate) const MIN_TAG_BYTES: usize = 200;

    /// The bypassed rules as a tag lists them; a hyphen if there are none.
    pub(super) fn bypassed_text(&self) -> String {
        match &self.bypassed[..] {
            [] => "-".to_owned(),
            rules => rules.join(", "),
        }
    }
}

impl TagMetadata {
    /// The tags of earlier emergencies that the tag names; `None` if it doesn't record them.
    ///
    /// All emergencies that the release contains are named there, or in the tags that are named
    /// there, and so on.
    #[must_use]
    pub(crate) fn previous_emergencies(&self) -> Option<Vec<&str>> {
        let text = self.get(PREVIOUS_EMERGENCY)?;
        let tags = text.split(' ').filter(|tag| !tag.is_empty());
        match tags.collect::<Vec<_>>()[..] {
            [] => None,
            [NO_EMERGENCY] => Some(Vec::new()),
            ref tags => Some(tags.to_vec()),
        }
    }

    /// The emergency that the tag records; `None` for any other release.
    ///
    /// A date that cannot be read is in the past.
    #[must_use]
    pub(crate) fn emergency(&self) -> Option<Emergency> {
        let ticket = self.get(EMERGENCY)?.to_owned();
        let due = self
            .get(FOLLOW_UP)
            .and_then(|due| due.parse().ok())
            .unwrap_or(Date::MIN);
        let rules = self
            .get(BYPASSED)
            .or_else(|| self.get(BYPASSED_LEGACY))
            .unwrap_or_default();
        let rules = rules
            .split(',')
            .map(str::trim)
            .filter(|rule| rule.contains('/'));
        Some(Emergency {
            ticket,
            bypassed: rules.map(str::to_owned).collect(),
            due,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::tag_metadata::{COMMITS, TOOL};
    use crate::release::verification::planned;

    fn emergency(ticket: &str) -> Emergency {
        let bypassed = vec![
            "approval/quorum-missing".to_owned(),
            "release/freeze-active".to_owned(),
        ];
        Emergency {
            ticket: ticket.into(),
            bypassed,
            due: "2026-11-27".parse().unwrap(),
        }
    }

    #[test]
    fn bypassed_rules_are_recorded_in_the_tag() {
        let message = &planned(Some(&emergency("hotfix"))).tags[0].message;
        let rules = "approval/quorum-missing, release/freeze-active";
        let trailers =
            format!("\nEmergency: hotfix\nBypassed: {rules}\nFollow-up-due: 2026-11-27\nTool: ");
        assert!(message.contains(&trailers), "{message}");
        assert_eq!(
            TagMetadata::read(message).unwrap().emergency(),
            Some(emergency("hotfix"))
        );
        assert_eq!(
            TagMetadata::read(&planned(None).tags[0].message)
                .unwrap()
                .emergency(),
            None
        );
    }

    #[test]
    fn earlier_emergencies_are_read_as_recorded() {
        let read = |value: &str| {
            let message =
                format!("v1.0.0\n\n{PREVIOUS_EMERGENCY}: {value}\nTool: tollgate 0.1.0\n");
            let record = TagMetadata::read(&message).unwrap();
            let tags = record.previous_emergencies();
            tags.map(|tags| tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>())
        };
        for tags in [
            vec![],
            vec!["v1.0.1".to_owned()],
            vec!["a-v1.0.1".into(), "b,-".into()],
        ] {
            assert_eq!(read(&previous_emergency_text(&tags)), Some(tags));
        }
        assert_eq!(read(" "), None);
    }

    #[test]
    fn no_tag_of_an_emergency_is_too_short_to_be_opened() {
        let required = [COMMITS, EMERGENCY, BYPASSED, FOLLOW_UP, TOOL];
        let emergency = Emergency {
            bypassed: Vec::new(),
            ..emergency("x")
        };
        let message = &planned(Some(&emergency)).tags[0].message;
        let trailers: Vec<&str> = message
            .split_inclusive('\n')
            .filter(|line| required.iter().any(|key| line.starts_with(key)))
            .collect();
        let header = format!("object {}\ntype commit\ntag 1.0.0\n\n", "1".repeat(40));
        assert_eq!(trailers.len(), required.len());
        assert!(header.len() + trailers.concat().len() >= Emergency::MIN_TAG_BYTES);
    }

    #[test]
    fn the_older_spelling_of_the_trailer_is_read() {
        let message = planned(Some(&emergency("hotfix"))).tags[0]
            .message
            .replace("Bypassed:", "Went-past:");
        assert_eq!(
            TagMetadata::read(&message).unwrap().emergency(),
            Some(emergency("hotfix"))
        );
    }

    #[test]
    fn the_id_of_its_ticket_forges_no_trailer() {
        let plan = planned(Some(&emergency("a\nBranch: other")));
        let record = TagMetadata::read(&plan.tags[0].message).unwrap();
        assert_eq!(record.branch(), Some("main"));
    }
}

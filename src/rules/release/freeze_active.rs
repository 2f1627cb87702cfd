//! A release within a freeze that covers releases.

use crate::config::Level;
use crate::finding::{Finding, Place};
use crate::release::ReleaseContext;
use crate::rules::freeze_finding::freeze_finding;
use crate::rules::rule::{Check, Rule};

pub(in crate::rules) const RULE: Rule = Rule::new(
    "release/freeze-active",
    Level::Error,
    "release during a freeze",
    include_str!("freeze_active.md"),
    &[Check::Release(check)],
);

fn check(found: &ReleaseContext) -> Vec<Finding> {
    let place = Place::Commit(found.base.to_string());
    let has_tickets = !found.tickets.is_empty();
    found
        .freezes
        .iter()
        .map(|(freeze, window)| freeze_finding(&RULE, place.clone(), freeze, *window, has_tickets))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{clean, reported};
    use super::*;
    use crate::calendar::{Window, overlapping_freezes};
    use crate::config::{Activity, Config};
    use crate::source::Source;

    fn on(now: &str) -> ReleaseContext {
        let config = "[[freeze]]\nname = \"year end\"\nstart = 2026-12-18T18:00:00Z\nend = 2027-01-04T08:00:00Z";
        let freezes = Config::parse(Source::new("tollgate.toml", config))
            .unwrap()
            .freezes;
        let met = overlapping_freezes(
            &freezes,
            Activity::Release,
            Window::at(now.parse().unwrap()),
            &[],
        );
        let freezes = met
            .into_iter()
            .map(|(freeze, frozen)| (freeze.clone(), frozen))
            .collect();
        ReleaseContext { freezes, ..clean() }
    }

    #[test]
    fn release_within_a_freeze_is_reported() {
        assert_eq!(
            reported(&on("2026-12-24T12:00:00Z"))[0].2,
            "the freeze `year end` is active until 2027-01-04T08:00:00Z"
        );
    }

    #[test]
    fn a_release_after_it_is_fine() {
        assert_eq!(reported(&on("2027-01-04T08:00:00Z")), []);
    }
}

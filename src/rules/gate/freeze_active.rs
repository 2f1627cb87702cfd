//! A merge during a freeze that forbids merges.

use crate::branch::Branch;
use crate::calendar::{Window, overlapping_freezes};
use crate::config::{Activity, Level};
use crate::finding::{Finding, Place};
use crate::rules::freeze_finding::freeze_finding;
use crate::rules::rule::{Check, Rule};
use crate::rules::settings::Settings;

pub(in crate::rules) const RULE: Rule = Rule::new(
    "gate/freeze-active",
    Level::Error,
    "merge during a freeze",
    include_str!("freeze_active.md"),
    &[Check::Branch(check)],
);

fn check(branch: &Branch, settings: &Settings) -> Vec<Finding> {
    let now = Window::at(settings.now());
    let tickets = branch.covering_tickets();
    overlapping_freezes(&settings.freezes, Activity::Merge, now, &tickets)
        .into_iter()
        .map(|(freeze, window)| {
            let place = Place::Commit(branch.head.to_string());
            freeze_finding(&RULE, place, freeze, window, !tickets.is_empty())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::run_branch_rules;
    use super::super::testing::{branch, changed};
    use super::*;
    use crate::config::Config;
    use crate::finding::Severity;
    use crate::rules::RuleSelection;
    use crate::source::Source;

    fn findings(branch: &Branch, now: &str, mode: &str) -> Vec<Finding> {
        let text = format!(
            "[[freeze]]\nname = \"year end\"\nstart = 2026-12-18T18:00:00Z\nend = 2027-01-04T08:00:00Z\n\
             covers = [\"merge\"]\nmode = \"{mode}\""
        );
        let config = Config::parse(Source::new("tollgate.toml", text)).unwrap();
        let selection = RuleSelection::default();
        let settings = Settings::new(&config, &selection, now.parse().unwrap()).unwrap();
        run_branch_rules(branch, &settings).findings
    }

    fn on(now: &str, mode: &str) -> Vec<(Severity, String)> {
        findings(&branch(), now, mode)
            .into_iter()
            .map(|finding| (finding.severity, finding.message))
            .collect()
    }

    #[test]
    fn exception_needs_a_ticket() {
        let help = |tickets| {
            let branch = Branch {
                tickets,
                ..branch()
            };
            findings(&branch, "2026-12-24T12:00:00Z", "hard")
                .remove(0)
                .help
        };
        let without = help(Vec::new());
        assert!(without.contains("add a ticket"), "{without}");
        let with = help(vec![changed("", "state = \"proposed\"")]);
        assert!(with.contains("in the ticket"), "{with}");
    }

    #[test]
    fn merge_within_a_freeze_is_reported() {
        let message = "the freeze `year end` is active until 2027-01-04T08:00:00Z".to_owned();
        assert_eq!(
            on("2026-12-24T12:00:00Z", "hard"),
            [(Severity::Error, message)]
        );
    }

    #[test]
    fn a_soft_freeze_warns() {
        assert_eq!(on("2026-12-24T12:00:00Z", "soft")[0].0, Severity::Warning);
    }

    #[test]
    fn a_merge_after_it_is_fine() {
        assert_eq!(on("2027-01-04T08:00:00Z", "hard"), []);
    }
}

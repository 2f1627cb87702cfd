//! A merge within a freeze that covers merging.

use super::branch::Branch;
use crate::config::{FreezeMode, Level};
use crate::finding::{Place, Severity};
use crate::rules::rule::{Check, Hit, Rule};
use crate::rules::settings::Settings;
use crate::source::{Label, Span};

pub(in crate::rules) const RULE: Rule = Rule {
    name: "gate/freeze-active",
    level: Level::Error,
    since: "0.1.0",
    summary: "a merge within a freeze",
    page: include_str!("freeze_active.md"),
    options: &[],
    checks: &[Check::Branch(check)],
};

fn check(branch: &Branch, _settings: &Settings) -> Vec<(Place, Hit)> {
    let hits = branch.freezes.iter().map(|(freeze, frozen)| {
        let reason = freeze.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let hit = RULE
            .finding(Label::new(Span::default(), ""))
            .message(format!("the freeze `{}` lasts until {}{reason}", freeze.name, frozen.end))
            .help("merge when it is over, or record in the ticket who allowed it, in `schedule.freeze_override`")
            .anchor(&freeze.name);
        let hit = match freeze.mode {
            FreezeMode::Hard => hit,
            FreezeMode::Soft => hit.at_most(Severity::Warning),
        };
        (Place::Commit(branch.head.to_string()), hit)
    });
    hits.collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{branch, told_with_severity};
    use super::*;
    use crate::calendar::{Window, freezes_met};
    use crate::config::{Activity, Config};
    use crate::source::Source;

    fn on(now: &str, mode: &str) -> Vec<(Severity, String)> {
        let text = format!(
            "[[freeze]]\nname = \"year end\"\nstart = 2026-12-18T18:00:00Z\nend = 2027-01-04T08:00:00Z\n\
             covers = [\"merge\"]\nmode = \"{mode}\""
        );
        let freezes = Config::parse(Source::new("tollgate.toml", text)).unwrap().freezes;
        let met = freezes_met(&freezes, Activity::Merge, Window::at(now.parse().unwrap()), &[]);
        let freezes = met.into_iter().map(|(freeze, frozen)| (freeze.clone(), frozen)).collect();
        told_with_severity(&Branch { freezes, ..branch() })
    }

    #[test]
    fn a_merge_within_a_freeze_is_told() {
        let message = "the freeze `year end` lasts until 2027-01-04T08:00:00Z".to_owned();
        assert_eq!(on("2026-12-24T12:00:00Z", "hard"), [(Severity::Error, message)]);
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

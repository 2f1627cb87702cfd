//! A type that is not in the map of bumps: probably a typo, which would lose a bump.

use super::{MessageContext, move_behind_type};
use crate::config::Level;
use crate::finding::{Applicability, Finding, Fix};
use crate::rules::rule::{Check, Rule, replacement};
use crate::source::{Span, closest};

pub(super) const RULE: Rule = Rule::new(
    "commit/unknown-type",
    Level::Warning,
    "unknown commit type",
    include_str!("unknown_type.md"),
    &[Check::Message(check)],
);

fn check(message: &MessageContext<'_>, findings: &mut Vec<Finding>) {
    let Some(header) = message
        .conventional()
        .filter(|header| !message.settings.is_known_type(header.kind()))
    else {
        return;
    };
    let start = message.header.span.start;
    let span = Span::new(start, start + header.kind().len());
    let near = closest(header.kind(), message.settings.known_types());
    let moved = move_behind_type(header.kind(), header.subject(), message.settings);
    let help = match (near, moved) {
        (Some(kind), _) => format!("did you mean `{kind}`?"),
        (None, Some(moved)) => format!("start with the type: `{moved}`"),
        (None, None) => format!(
            "use a known type, or define this one: `{} = \"none\"` under `[bumps]`",
            header.kind()
        ),
    };
    let finding = RULE
        .finding(message.place(), span, "unknown type")
        .message(format!(
            "unknown commit type `{}`, so the commit does not affect the version",
            header.kind()
        ))
        .help(help)
        .anchor("type");
    let fix = near.map(|kind| Fix {
        applicability: Applicability::Unsafe,
        edits: replacement(span, kind),
    });
    findings.push(finding.fix(fix));
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use crate::rules::commit::tests::{lint, lint_draft, names, rules};
    use crate::rules::testing::settings_of;
    use crate::source::Source;

    #[test]
    fn typo_is_reported_with_the_intended_type() {
        assert_eq!(lint("faet: x").findings[0].help, "did you mean `feat`?");
        assert_eq!(rules("hotfix: x"), ["commit/unknown-type"]);
    }

    #[test]
    fn the_key_of_an_issue_is_moved_behind_the_type() {
        assert_eq!(
            lint("JIRA-1: feat(api): x").findings[0].help,
            "start with the type: `feat(api): JIRA-1 x`"
        );
    }

    #[test]
    fn every_type_is_known_if_the_configuration_counts_all() {
        let text = "bumps.\"*\" = \"patch\"";
        let settings = settings_of(&Config::parse(Source::new("tollgate.toml", text)).unwrap());
        assert_eq!(names(&lint_draft("hotfix: x", &settings)), [""; 0]);
        let text = "changelog.sections.\"*\" = \"Other\"";
        let settings = settings_of(&Config::parse(Source::new("tollgate.toml", text)).unwrap());
        assert_eq!(
            names(&lint_draft("hotfix: x", &settings)),
            ["commit/unknown-type"]
        );
    }

    #[test]
    fn the_usual_types_are_known_in_any_case() {
        for kind in [
            "feat", "Fix", "docs", "chore", "ci", "build", "style", "refactor", "perf", "test",
            "revert",
        ] {
            assert_eq!(
                rules(&format!("{kind}: x\n\nThis reverts commit 0123456.")),
                [""; 0],
                "{kind}"
            );
        }
    }
}

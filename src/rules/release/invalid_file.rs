//! A release file that does not have the structure of docs/releases.md, or names someone unknown.

use crate::commit::normalized;
use crate::config::Level;
use crate::finding::{Finding, Place};
use crate::release_file::ParsedReleaseFile;
use crate::rules::rule::{Check, Rule};
use crate::rules::settings::Settings;
use crate::source::{closest, shorten};
use crate::ticket::Text;

pub(in crate::rules) const RULE: Rule = Rule::new(
    "release/invalid-file",
    Level::Error,
    "invalid release file",
    include_str!("invalid_file.md"),
    &[Check::ReleaseFile(check)],
);

fn check(parsed: &ParsedReleaseFile, settings: &Settings, findings: &mut Vec<Finding>) {
    let place = Place::file(parsed.source());
    for fault in parsed.faults() {
        let words = fault.describe("tollgate schema release-file");
        let finding = RULE
            .finding(place.clone(), fault.span, words.label)
            .message(words.message)
            .help(words.help)
            .anchor(&fault.path);
        findings.push(finding);
    }
    findings.extend(reversed_window(parsed));
    let people = parsed.file.people();
    findings.extend(people.filter_map(|person| unknown_person(person, &place, settings)));
}

/// A window that ends before it starts.
fn reversed_window(parsed: &ParsedReleaseFile) -> Option<Finding> {
    let planned = parsed.file.planned?;
    let end = planned.end?;
    (end.timestamp <= planned.start.timestamp).then(|| {
        RULE.finding(
            Place::file(parsed.source()),
            end.span,
            "not after the start",
        )
        .message("the release window ends before it starts")
        .help("set `end` to a time after `start`")
        .anchor("planned.end")
    })
}

fn unknown_person(person: &Text, place: &Place, settings: &Settings) -> Option<Finding> {
    let known = &settings.people;
    let name = person.text.trim();
    let is_known = known
        .iter()
        .any(|other| normalized(other) == normalized(name));
    // Without people in the configuration, any name is valid; blank ones are faults of the file.
    if known.is_empty() || name.is_empty() || is_known {
        return None;
    }
    let help = match closest(name, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "use an alias or email address from `[people]`, or add the person there".into(),
    };
    let finding = RULE
        .finding(place.clone(), person.span, "not defined in `[people]`")
        .message(format!("unknown person `{}`", shorten(name)))
        .help(help)
        .anchor(&person.path);
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::config::{Config, Person};
    use crate::finding::Finding;
    use crate::rules::rule::Example;
    use crate::rules::testing::{settings, settings_of};
    use crate::rules::{Settings, lint_tickets};
    use crate::source::Source;

    fn found(path: &str, text: &str, settings: &Settings) -> Vec<Finding> {
        lint_tickets(&[Source::new(path, text)], &[], settings).findings
    }

    /// The rule and the message of each finding in the file of the coming release.
    fn reported(text: &str) -> Vec<(&'static str, String)> {
        let findings = found("releases/next.toml", text, &settings()).into_iter();
        findings
            .map(|finding| (finding.rule, finding.message))
            .collect()
    }

    #[test]
    fn examples_of_the_page_are_right() {
        let texts = |kind| RULE.examples(kind);
        for text in texts(Example::Bad) {
            let rules: Vec<_> = reported(text).into_iter().map(|(rule, _)| rule).collect();
            assert_eq!(rules, [RULE.name], "{text}");
        }
        for text in texts(Example::Good) {
            assert_eq!(reported(text), [], "{text}");
        }
    }

    #[test]
    fn example_release_file_is_valid() {
        assert_eq!(
            reported(include_str!("../../../examples/releases/next.toml")),
            []
        );
    }

    #[test]
    fn release_file_is_not_a_ticket() {
        let text = "decider = \"lee\"\n";
        assert_eq!(reported(text), []);
        let checked = lint_tickets(&[Source::new("releases/next.toml", text)], &[], &settings());
        assert_eq!((checked.tickets, checked.release_files), (0, 1));
        let ticket = found("changes/next.toml", text, &settings());
        assert!(
            ticket
                .iter()
                .any(|finding| finding.rule == "ticket/missing-field")
        );
    }

    #[test]
    fn syntax_error_is_reported() {
        assert_eq!(reported("decider = \n")[0].0, "toml/syntax");
    }

    #[test]
    fn files_of_earlier_releases_are_checked() {
        let findings = found("releases/4.13.0.toml", "actoins = 1", &settings());
        assert_eq!(findings[0].message, "unknown key `actoins`");
        assert_eq!(findings[0].help, "use `actions`, or remove the key");
    }

    #[test]
    fn window_that_ends_before_it_starts_is_reported() {
        let window = |end: &str| {
            reported(&format!(
                "planned = {{ start = 2026-11-24T08:00:00+01:00, end = {end} }}"
            ))
        };
        assert_eq!(window("2026-11-24T08:00:01+01:00"), []);
        assert_eq!(
            window("2026-11-24T07:30:00Z"),
            [] as [(&'static str, String); 0]
        );
        assert_eq!(
            window("2026-11-24T07:00:00Z"),
            [(RULE.name, "the release window ends before it starts".into())]
        );
    }

    #[test]
    fn unknown_people_are_reported() {
        let lee = Person {
            email: "lee@example.com".into(),
            ..Person::default()
        };
        let config = Config {
            people: [("lee".to_owned(), lee)].into(),
            ..Config::default()
        };
        let text = "decider = \"Lee\"\n[[actions]]\ntext = \"Alert\"\nowner = \"lee@exmple.com\"\n";
        let findings = found("releases/next.toml", text, &settings_of(&config));
        let words: Vec<_> = findings
            .iter()
            .map(|finding| (finding.message.as_str(), finding.help.as_str()))
            .collect();
        assert_eq!(
            words,
            [(
                "unknown person `lee@exmple.com`",
                "did you mean `lee@example.com`?"
            )]
        );
    }
}

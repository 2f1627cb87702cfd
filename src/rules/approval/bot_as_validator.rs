//! A validator that is a program: it only checks what it was programmed to check.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::shorten;
use crate::ticket::Ticket;

pub(super) const RULE: Rule = Rule::new(
    "approval/bot-as-validator",
    Level::Error,
    "validator that is a bot",
    include_str!("bot_as_validator.md"),
    &[Check::Ticket(check)],
);

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let validator = ticket.validator.as_ref();
    let Some(validator) = validator.filter(|validator| ctx.settings.is_bot(&validator.text)) else {
        return;
    };
    let finding = RULE
        .finding(ticket.place(), validator.span, "a bot")
        .message(format!(
            "the validator `{}` is a bot",
            shorten(validator.text.trim())
        ))
        .help("name a person as `validator`; a bot can be the `assignee`")
        .anchor("validator");
    findings.push(finding);
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::config::{ApprovalPolicy, Config, Person};
    use crate::rules::lint_ticket;
    use crate::rules::testing::{rules_of, settings_of, ticket};
    use crate::source::Source;

    fn is_reported(text: &str) -> bool {
        rules_of(text).contains(&RULE.name)
    }

    /// Whether the validator is reported if `merge-train` is configured as a bot, and the names of
    /// a person.
    fn is_reported_with(person: Person, validator: &str) -> bool {
        let config = Config {
            approvals: Some(ApprovalPolicy {
                bots: vec!["merge-train".into()],
                ..ApprovalPolicy::default()
            }),
            people: [("train".to_owned(), person)].into(),
            ..Config::default()
        };
        let text = ticket(&format!("validator = \"{validator}\""));
        lint_ticket(&Source::new("changes/a.toml", text), &settings_of(&config))
            .findings
            .iter()
            .any(|finding| finding.rule == RULE.name)
    }

    #[test]
    fn well_known_bots_are_reported() {
        for bot in [
            "renovate[bot]",
            "Dependabot",
            "snyk-bot",
            " github-actions ",
        ] {
            assert!(is_reported(&format!("validator = \"{bot}\"")), "{bot}");
        }
    }

    #[test]
    fn configured_bots_are_reported_by_all_their_names() {
        let train = Person {
            email: "train@example.com".into(),
            aliases: vec!["merge-train".into()],
            ..Person::default()
        };
        for name in ["merge-train", "Merge-Train", "train", "train@example.com"] {
            assert!(is_reported_with(train.clone(), name), "{name}");
        }
    }

    #[test]
    fn people_with_addresses_of_bots_are_reported() {
        let renovate = Person {
            email: "29139614+renovate[bot]@users.noreply.github.com".into(),
            ..Person::default()
        };
        assert!(is_reported_with(renovate, "train"));
    }

    #[test]
    fn drafts_are_checked() {
        assert!(is_reported(
            "state = \"draft\"\nvalidator = \"renovate[bot]\""
        ));
    }

    #[test]
    fn names_that_resemble_bots_are_accepted() {
        for name in [
            "bo.talbot@example.com",
            "abbot",
            "robotics",
            "bot-operators@example.com",
            "renovate-team",
            "merge-train-crew",
        ] {
            assert!(!is_reported(&format!("validator = \"{name}\"")), "{name}");
            assert!(!is_reported_with(Person::default(), name), "{name}");
        }
    }

    #[test]
    fn a_bot_may_be_the_assignee() {
        for text in [
            "assignee = \"renovate[bot]\"",
            "assignee = \"renovate[bot]\"\nvalidator = \"kim@example.com\"",
            "requester = \"renovate[bot]\"\nvalidator = \"kim@example.com\"",
        ] {
            assert!(!is_reported(text), "{text}");
        }
    }

    #[test]
    fn missing_and_blank_validators_are_accepted() {
        assert!(!is_reported(""));
        for name in ["", "  "] {
            assert!(!is_reported_with(Person::default(), name), "{name:?}");
        }
    }

    #[test]
    fn another_person_beside_a_bot_is_accepted() {
        let kim = Person {
            email: "kim@example.com".into(),
            ..Person::default()
        };
        assert!(!is_reported_with(kim, "kim@example.com"));
    }

    #[test]
    fn finished_tickets_are_not_checked() {
        let closed = "state = \"closed\"\nvalidator = \"renovate[bot]\"\n\
                      [outcome]\nresult = \"successful\"";
        assert!(!is_reported(closed));
    }
}

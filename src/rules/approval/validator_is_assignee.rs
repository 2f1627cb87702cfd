//! A change whose success is judged by the one who carries it out.

use crate::config::Level;
use crate::finding::{Finding, Severity};
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::Label;
use crate::ticket::{RiskLevel, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "approval/validator-is-assignee",
    Level::Error,
    "validator who is also the assignee",
    include_str!("validator_is_assignee.md"),
    &[Check::Ticket(check)],
);

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let Some((assignee, validator)) = ticket.assignee.as_ref().zip(ticket.validator.as_ref())
    else {
        return;
    };
    let is_named = !assignee.text.trim().is_empty();
    if ctx.risk < RiskLevel::Medium
        || !is_named
        || !ctx.settings.is_same_person(&assignee.text, &validator.text)
    {
        return;
    }
    let most = if ctx.risk < RiskLevel::High {
        Severity::Warning
    } else {
        Severity::Error
    };

    let finding = RULE
        .finding(
            ticket.place(),
            validator.span,
            "same person as the assignee",
        )
        .message("the validator is also the assignee")
        .help("name someone else as `validator`, so that a second person checks the result")
        .related(ticket.place(), Label::new(assignee.span, "the assignee"))
        .anchor("validator")
        .at_most(most);
    findings.push(finding);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::RULE;
    use crate::config::{Config, Person};
    use crate::finding::Severity;
    use crate::rules::lint_ticket;
    use crate::rules::testing::{findings, rules_of, settings_of, ticket};
    use crate::source::Source;

    fn of(risk: &str, assignee: &str, validator: &str) -> String {
        format!("assignee = \"{assignee}\"\nvalidator = \"{validator}\"\nrisk.level = \"{risk}\"")
    }

    fn severity(text: &str) -> Option<Severity> {
        findings(text)
            .into_iter()
            .find(|finding| finding.rule == RULE.name)
            .map(|finding| finding.severity)
    }

    #[test]
    fn who_carries_out_does_not_judge() {
        assert_eq!(
            severity(&of("medium", "bo@x.org", "Bo@x.org")),
            Some(Severity::Warning)
        );
        assert_eq!(
            severity(&of("high", "bo@x.org", "bo@x.org")),
            Some(Severity::Error)
        );
        assert_eq!(
            severity(&of("critical", "bo@x.org", "bo@x.org")),
            Some(Severity::Error)
        );
    }

    #[test]
    fn two_names_of_one_person_are_one_person() {
        let person = Person {
            email: "bo@x.org".into(),
            aliases: vec!["bo.berg@x.org".into()],
            ..Person::default()
        };
        let settings = settings_of(&Config {
            people: BTreeMap::from([("bo".into(), person)]),
            ..Config::default()
        });
        let source = Source::new("changes/a.toml", ticket(&of("high", "bo", "bo.berg@x.org")));
        assert!(
            lint_ticket(&source, &settings)
                .findings
                .iter()
                .any(|finding| finding.rule == RULE.name)
        );
    }

    #[test]
    fn low_risk_and_two_people_are_accepted() {
        for text in [
            of("low", "bo@x.org", "bo@x.org"),
            of("high", "bo@x.org", "kim@x.org"),
            "assignee = \"bo@x.org\"\nrisk.level = \"high\"".into(),
            "validator = \"bo@x.org\"\nrisk.level = \"high\"".into(),
            of("high", "", ""),
        ] {
            assert!(!rules_of(&text).contains(&RULE.name), "{text}");
        }
    }

    #[test]
    fn finished_ticket_is_ignored() {
        let closed = format!(
            "state = \"closed\"\n{}\n[outcome]\nresult = \"successful\"",
            of("high", "a@x", "a@x")
        );
        assert!(!rules_of(&closed).contains(&RULE.name));
    }
}

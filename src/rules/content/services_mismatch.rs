//! Services that nothing else in the ticket mentions.

use std::collections::BTreeSet;

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule};
use crate::rules::settings::Settings;
use crate::source::{Label, shorten};
use crate::text::{identifiers, mentions, whole_text};
use crate::ticket::{Step, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "content/services-mismatch",
    Level::Note,
    "services that the ticket does not mention",
    include_str!("services_mismatch.md"),
    &[Check::Tickets(check)],
)
.any_language();

fn check(tickets: &[&Ticket], _: &Settings) -> Vec<Finding> {
    let known: BTreeSet<String> = tickets
        .iter()
        .flat_map(|ticket| &ticket.services)
        .map(|service| service.text.to_lowercase())
        .collect();
    let is_known = |name: &str| known.contains(&name.to_lowercase());
    tickets
        .iter()
        .filter_map(|ticket| mismatch(ticket, &is_known))
        .collect()
}

/// The finding, if no service of a ticket is mentioned in it, and its title names one of another
/// ticket.
fn mismatch(ticket: &Ticket, is_known: &dyn Fn(&str) -> bool) -> Option<Finding> {
    let first = ticket.services.first()?;
    let texts = texts(ticket);
    let is_mentioned = |service: &str| {
        let parts = service
            .split(['-', '_', '.', ' ', '/'])
            .filter(|part| part.len() > 1);
        let mut names = std::iter::once(service).chain(parts);
        names.any(|name| {
            texts
                .iter()
                .any(|text| text.to_lowercase().contains(&name.to_lowercase()))
        })
    };
    if ticket
        .services
        .iter()
        .any(|service| is_mentioned(&service.text))
    {
        return None;
    }
    let steps: Vec<String> = ticket.deployment.steps.iter().map(whole_text).collect();
    let named = identifiers(&ticket.title.text)
        .find(|name| is_known(name) && steps.iter().any(|step| mentions(step, name)))?;
    let (wrong, right) = (shorten(&first.text), shorten(named));
    Some(
        RULE.finding(ticket.place(), first.span, "not mentioned in this ticket")
            .message(format!(
                "`services` names `{wrong}`, but the change is to `{right}`"
            ))
            .help(format!(
                "add `{right}` to `services`, or say what the change does to `{wrong}`"
            ))
            .related(ticket.place(), Label::new(ticket.title.span, "the title"))
            .anchor("services"),
    )
}

fn texts(ticket: &Ticket) -> Vec<String> {
    let expect = |step: &Step| step.expect.as_ref().map(|text| text.text.clone());
    let mut texts = vec![ticket.title.text.clone(), ticket.justification.text.clone()];
    texts.extend(ticket.description.as_ref().map(|text| text.text.clone()));
    texts.extend(
        ticket
            .risk
            .blast_radius
            .as_ref()
            .map(|text| text.text.clone()),
    );
    texts.extend(ticket.steps().map(whole_text));
    texts.extend(ticket.steps().filter_map(expect));
    texts
}

#[cfg(test)]
mod tests {
    use crate::rules::lint_tickets;
    use crate::rules::testing::settings;
    use crate::source::Source;

    fn reports(ticket: &str, other: &str) -> bool {
        let rest = "state = \"proposed\"\njustification = \"Each view asks the provider: EUR 5,100 in October\"\nrollback = [\"Ship 1.8.3\"]\nvalidation = [\"Requests fall below 10 per minute\"]\n";
        let sources = [
            Source::new("changes/a.toml", format!("{rest}{ticket}")),
            Source::new(
                "changes/b.toml",
                format!(
                    "title = \"Raise b to 40\"\n{rest}deployment = [\"Merge #12\"]\nservices = [\"{other}\"]"
                ),
            ),
        ];
        let checked = lint_tickets(&sources, &[], &settings());
        checked
            .findings
            .iter()
            .any(|found| found.rule == "content/services-mismatch")
    }

    const STEP: &str = "deployment = [\"Deploy fx-service 1.9.0\"]";

    #[test]
    fn services_of_another_ticket_are_found() {
        assert!(reports(
            &format!(
                "title = \"Cache rates in fx-service\"\nservices = [\"loyalty-points\"]\n{STEP}"
            ),
            "fx-service"
        ));
    }

    #[test]
    fn mentioned_or_unknown_services_are_accepted() {
        for (ticket, other) in [
            (
                "title = \"Cache rates in fx-service\"\nservices = [\"fx-service\"]",
                "fx-service",
            ),
            (
                "title = \"Cache rates in fx-service\"\nservices = [\"fx-gateway\"]",
                "fx-service",
            ),
            (
                "title = \"Cache rates in fx-service for loyalty\"\nservices = [\"loyalty-points\"]",
                "fx-service",
            ),
            (
                "title = \"Cache rates in fx-service\"\nservices = [\"loyalty-points\"]",
                "other-service",
            ),
            (
                "title = \"Cache rates of the provider\"\nservices = [\"loyalty-points\"]",
                "fx-service",
            ),
            ("title = \"Cache rates in fx-service\"", "fx-service"),
        ] {
            assert!(!reports(&format!("{ticket}\n{STEP}"), other), "{ticket}");
        }
    }
}

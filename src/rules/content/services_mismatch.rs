//! Services that nothing else in the ticket mentions.

use std::collections::BTreeSet;

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule};
use crate::rules::settings::Settings;
use crate::source::{Label, shorten};
use crate::text::{NameIndex, identifiers, whole_text};
use crate::ticket::Ticket;

pub(super) const RULE: Rule = Rule::new(
    "content/services-mismatch",
    Level::Note,
    "services that the ticket does not mention",
    include_str!("services_mismatch.md"),
    &[Check::Tickets(check)],
)
.any_language();

/// Maximum number of names of services that are searched for. A ticket with more is about many
/// things.
const MAX_NAMES: usize = 100;

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
    let mut names = ticket.services.iter().flat_map(|service| {
        let parts = service
            .text
            .split(['-', '_', '.', ' ', '/'])
            .filter(|part| part.len() > 1);
        std::iter::once(service.text.as_str()).chain(parts)
    });
    let texts = texts(ticket).to_lowercase();
    let is_mentioned = |name: &str| texts.contains(&name.to_lowercase());
    if names.by_ref().take(MAX_NAMES).any(is_mentioned) || names.next().is_some() {
        return None;
    }
    let mut steps = None;
    let named = identifiers(&ticket.title.text)
        .filter(|name| is_known(name))
        .find(|name| {
            let steps = steps.get_or_insert_with(|| {
                let steps: Vec<String> = ticket.deployment.steps.iter().map(whole_text).collect();
                NameIndex::new(steps.iter().map(String::as_str))
            });
            steps.is_named(name)
        })?;
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

fn texts(ticket: &Ticket) -> String {
    let single = [
        Some(&ticket.title),
        Some(&ticket.justification),
        ticket.description.as_ref(),
        ticket.risk.blast_radius.as_ref(),
    ];
    let expected = ticket.steps().map(|step| step.expect.as_ref());
    let texts: Vec<&str> = single
        .into_iter()
        .chain(expected)
        .flatten()
        .map(|text| text.text.as_str())
        .collect();
    let mut texts = texts.join("\n");
    for step in ticket.steps() {
        texts.push('\n');
        texts.push_str(&whole_text(step));
    }
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

//! An emergency without an incident: a change that skips its review must have one.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::ticket::{Kind, Link, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/emergency-without-incident",
    Level::Error,
    "emergency without a linked incident",
    include_str!("emergency_without_incident.md"),
    &[Check::Ticket(check)],
);

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    if ticket.kind != Kind::Emergency || ticket.links.iter().any(is_incident) {
        return;
    }
    let place = ctx.span_of(&["kind"]).unwrap_or_default();
    let finding = RULE
        .finding(ticket.place(), place, "no link of kind `incident`")
        .message("an emergency must link to its incident")
        .help(
            "add `{ kind = \"incident\", ref = \"INC-…\" }` to `links`, or set `kind = \"normal\"`",
        )
        .anchor("links");
    findings.push(finding);
}

fn is_incident(link: &Link) -> bool {
    link.kind
        .as_ref()
        .is_some_and(|kind| kind.text.trim().eq_ignore_ascii_case("incident"))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::rules_of;

    #[test]
    fn an_emergency_names_its_incident() {
        assert!(rules_of("kind = \"emergency\"").contains(&RULE.name));
        assert!(
            rules_of("kind = \"emergency\"\nlinks = [\"https://example.com/42\"]")
                .contains(&RULE.name)
        );
    }

    #[test]
    fn a_link_by_reference_or_by_address_is_enough() {
        for link in ["ref = \"INC-7\"", "url = \"https://status.example.com/7\""] {
            let text = format!("kind = \"emergency\"\nlinks = [{{ kind = \"incident\", {link} }}]");
            assert_eq!(rules_of(&text), [""; 0]);
        }
    }

    #[test]
    fn a_planned_change_needs_none() {
        assert_eq!(rules_of("kind = \"normal\""), [""; 0]);
    }
}

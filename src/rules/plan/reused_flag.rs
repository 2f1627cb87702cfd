//! The key of a feature flag that another change used before: old code that still asks for it wakes
//! up.

use std::collections::BTreeMap;

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule};
use crate::rules::settings::Settings;
use crate::source::{Label, shorten};
use crate::ticket::{Category, State, Text, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/reused-flag",
    Level::Warning,
    "feature flag key that was used before",
    include_str!("reused_flag.md"),
    &[Check::Tickets(check)],
);

fn check(tickets: &[&Ticket], _: &Settings) -> Vec<Finding> {
    let mut by_key: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, ticket) in tickets.iter().enumerate() {
        if let Some(key) = key(ticket).filter(|_| ticket.state != State::Cancelled) {
            by_key.entry(key.text.trim()).or_default().push(index);
        }
    }
    let mut findings = Vec::new();
    for mut group in by_key.into_values().filter(|group| group.len() > 1) {
        // Closed tickets came first, whatever their files are called.
        group.sort_by_key(|index| {
            (
                tickets[*index].state != State::Closed,
                tickets[*index].source.name(),
            )
        });
        for (position, index) in group.iter().enumerate() {
            let ticket = tickets[*index];
            let before = group[..position].iter().map(|index| tickets[*index]);
            if let Some(other) = before.into_iter().find(|other| is_reuse(ticket, other)) {
                findings.extend(finding(ticket, other));
            }
        }
    }
    findings
}

fn key(ticket: &Ticket) -> Option<&Text> {
    ticket.deployment.flag.as_ref()?.key.as_ref()
}

/// Whether a ticket takes up the key of another one; whoever removes a flag or names the other one
/// means that flag.
fn is_reuse(ticket: &Ticket, other: &Ticket) -> bool {
    let removes = |ticket: &Ticket| ticket.category == Some(Category::Removal);
    !(removes(ticket)
        || (removes(other) && other.state != State::Closed)
        || names(ticket, other)
        || names(other, ticket))
}

fn names(ticket: &Ticket, other: &Ticket) -> bool {
    ticket
        .depends_on
        .iter()
        .chain(&ticket.supersedes)
        .any(|id| id.text == other.identity.text)
}

fn finding(ticket: &Ticket, other: &Ticket) -> Option<Finding> {
    let (key, others_key) = (key(ticket)?, key(other)?);
    let other_id = shorten(&other.identity.text);
    let finding = RULE
        .finding(ticket.place(), key.span, "used before")
        .message(format!("the flag `{}` is already used by `{other_id}`", shorten(&key.text)))
        .help(format!("choose a new key; if it is the same flag, add `{other_id}` to `depends_on` or `supersedes`"))
        .anchor("deployment.flag.key")
        .related(other.place(), Label::new(others_key.span, "used here"));
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::lint_tickets;
    use crate::rules::testing::{settings, ticket};
    use crate::source::Source;

    /// Where reuse is reported among tickets with one flag, each with these additional keys.
    fn messages(heads: &[&str]) -> Vec<String> {
        let source = |(number, head): (usize, &&str)| {
            let outcome = if head.contains("closed") {
                "outcome.result = \"successful\"\nassignee = \"bo\"\n"
            } else {
                ""
            };
            let flag = "[deployment]\nsteps = [\"Set `new-checkout` to 5%\"]\nflag = { key = \"new-checkout\" }";
            Source::new(
                format!("{number}.toml"),
                ticket(&format!("{head}\n{outcome}{flag}")),
            )
        };
        let sources: Vec<Source> = heads.iter().enumerate().map(source).collect();
        let findings = lint_tickets(&sources, &[], &settings()).findings;
        findings
            .iter()
            .filter(|f| f.rule == RULE.name)
            .map(|f| f.place.name().to_owned())
            .collect()
    }

    #[test]
    fn reused_key_is_reported_at_the_later_ticket() {
        assert_eq!(messages(&["", ""]), ["1.toml"]);
        assert_eq!(messages(&["", "state = \"closed\""]), ["0.toml"]);
    }

    #[test]
    fn reference_to_the_other_ticket_is_accepted() {
        assert_eq!(messages(&["", "depends_on = [\"0\"]"]), [""; 0]);
        assert_eq!(messages(&["supersedes = [\"1\"]", ""]), [""; 0]);
    }

    #[test]
    fn removing_a_flag_is_no_reuse_and_reusing_a_removed_one_is() {
        let told_channel = "category = \"removal\"\ncommunication.channels = [\"#shop\"]";
        assert_eq!(messages(&["", told_channel]), [""; 0]);
        assert_eq!(messages(&[told_channel, ""]), [""; 0]);
        assert_eq!(
            messages(&[&format!("{told_channel}\nstate = \"closed\""), ""]),
            ["1.toml"]
        );
    }

    #[test]
    fn a_cancelled_ticket_used_nothing() {
        assert_eq!(messages(&["state = \"cancelled\"", ""]), [""; 0]);
    }

    #[test]
    fn comment_suppresses_it() {
        assert_eq!(
            messages(&[
                "",
                "# tollgate: allow-file[plan/reused-flag] the first was never switched on"
            ]),
            [""; 0]
        );
    }
}

//! An ID that can't name one ticket in a commit message.

use super::FROM_FILE_NAME;
use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::shorten;
use crate::ticket::{Ticket, id_fault};

pub(super) const RULE: Rule = Rule::new(
    "ticket/malformed-id",
    Level::Error,
    "ID that cannot be used in a commit message",
    include_str!("malformed_id.md"),
    &[Check::Ticket(check)],
);

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let written = ctx.document.root().get("id");
    let id = written
        .and_then(|node| node.as_str())
        .unwrap_or(&ticket.identity.text);
    let Some(fault) = id_fault(id) else { return };
    let (span, label, help) = match written {
        Some(node) => (
            node.span,
            "this ID",
            "use an ID such as `INC-9` or `2026-11-20-pool`",
        ),
        None => (
            ticket.identity.span,
            FROM_FILE_NAME,
            "set `id`, or rename the file",
        ),
    };
    let finding = RULE.finding(ticket.place(), span, label);
    findings.push(
        finding
            .message(format!("the ID `{}` {fault}", shorten(id)))
            .help(help)
            .anchor("id"),
    );
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{settings, ticket};
    use crate::rules::{Settings, lint_tickets};
    use crate::source::Source;

    fn messages(path: &str, text: &str, settings: &Settings) -> Vec<String> {
        let checked = lint_tickets(&[Source::new(path, ticket(text))], &[], settings);
        let own = checked
            .findings
            .into_iter()
            .filter(|finding| finding.rule == "ticket/malformed-id");
        own.map(|finding| finding.message).collect()
    }

    #[test]
    fn id_of_another_shape_is_reported() {
        let found = messages("a.toml", "id = \" prop \"", &settings());
        assert_eq!(found, ["the ID ` prop ` starts or ends with whitespace"]);
        assert_eq!(messages("a.toml", "id = \"../../x\"", &settings()).len(), 1);
        assert_eq!(
            messages("a.toml", "id = \"\"", &settings()),
            ["the ID `` has no letter or digit"]
        );
    }

    #[test]
    fn name_of_the_file_is_an_id_too() {
        let found = messages("changes/none.toml", "", &settings());
        assert_eq!(
            found,
            ["the ID `none` means \"no ticket\" in a commit message"]
        );
        assert_eq!(
            messages("changes/none.toml", "id = \"INC-9\"", &settings()),
            [""; 0]
        );
    }

    #[test]
    fn ids_of_trackers_are_fine() {
        for id in [
            "INC-9",
            "JIRA-123",
            "GH#12",
            "2024/05/pool",
            "\u{dc}n\u{ef}code",
        ] {
            assert_eq!(
                messages("a.toml", &format!("id = \"{id}\""), &settings()),
                [""; 0],
                "{id}"
            );
        }
    }
}

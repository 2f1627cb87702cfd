//! An identity that does not match the pattern which the configuration sets.

use super::FROM_FILE_NAME;
use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::shorten;
use crate::ticket::{Ticket, stem};

pub(super) const RULE: Rule = Rule::new(
    "ticket/id-mismatch",
    Level::Error,
    "ID that does not match `id_pattern`",
    include_str!("id_mismatch.md"),
    &[Check::Ticket(check)],
);

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let Some(pattern) = &ctx.settings.id_pattern else {
        return;
    };
    let id = &ticket.identity;
    if pattern.is_match(&id.text) {
        return;
    }
    let label = if ticket.has_id {
        "does not match"
    } else {
        FROM_FILE_NAME
    };
    let file_name = stem(ticket.source.name());
    let help = if !ticket.has_id {
        "set `id` to a value that matches `id_pattern`, or rename the file".to_owned()
    } else if pattern.is_match(file_name) {
        let name = shorten(file_name);
        format!(
            "set `id` to a value that matches `id_pattern`, or remove `id` so that the file name `{name}` is the ID"
        )
    } else {
        "set `id` to a value that matches `id_pattern`, or remove `id` and rename the file"
            .to_owned()
    };
    let finding = RULE
        .finding(ticket.place(), id.span, label)
        .message(format!(
            "the ID `{}` does not match `{pattern}`",
            shorten(&id.text)
        ))
        .help(help)
        .anchor("id");
    findings.push(finding);
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use crate::rules::lint_ticket;
    use crate::rules::testing::{settings_of, ticket};
    use crate::source::Source;

    use super::RULE;

    /// The help for a ticket, if its ID does not match.
    fn help(path: &str, text: &str) -> Option<String> {
        let config = Source::new("tollgate.toml", "id_pattern = '^CHG-[0-9]+$'");
        let settings = settings_of(&Config::parse(config).unwrap());
        let checked = lint_ticket(&Source::new(path, ticket(text)), &settings);
        let mut found = checked.findings.into_iter();
        Some(found.find(|finding| finding.rule == RULE.name)?.help)
    }

    #[test]
    fn file_name_is_a_remedy_only_without_an_id() {
        let written = help("changes/CHG-12.toml", "id = \"foo\"");
        let help_with_id = "set `id` to a value that matches `id_pattern`, or remove `id` so that the file name `CHG-12` is the ID";
        assert_eq!(written.as_deref(), Some(help_with_id));
        let written = help("changes/pool.toml", "id = \"foo\"");
        assert_eq!(
            written.as_deref(),
            Some(
                "set `id` to a value that matches `id_pattern`, or remove `id` and rename the file"
            )
        );
        let unwritten = help("changes/pool.toml", "");
        assert_eq!(
            unwritten.as_deref(),
            Some("set `id` to a value that matches `id_pattern`, or rename the file")
        );
        assert_eq!(help("changes/CHG-12.toml", ""), None);
    }
}

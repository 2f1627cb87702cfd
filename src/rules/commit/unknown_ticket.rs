//! A `Change:` trailer that leads to no ticket, or to one that is over.

use super::{Line, MessageContext};
use crate::commit::{Trailer, no_ticket_reason, ticket_named_in, ticket_trailers};
use crate::config::Level;
use crate::finding::{Finding, Severity};
use crate::rules::rule::{Check, Rule};
use crate::rules::ticket_index::TicketIndex;
use crate::source::{Span, closest, shell_command};
use crate::ticket::id_fault;

pub(super) const RULE: Rule = Rule::new(
    "commit/unknown-ticket",
    Level::Error,
    "reference to an unknown ticket",
    include_str!("unknown_ticket.md"),
    &[Check::Message(check)],
);

fn check(message: &MessageContext<'_>, findings: &mut Vec<Finding>) {
    let Some(tickets) = message.info.tickets else {
        return;
    };
    if !message
        .rest
        .iter()
        .any(|line| ticket_named_in(line.text).is_some())
    {
        return;
    }
    let lines = std::iter::once(&message.header).chain(&message.rest);
    let text: String = lines.flat_map(|line| [line.text, "\n"]).collect();
    let named: Vec<String> = ticket_trailers(&text)
        .into_iter()
        .filter(Trailer::names_ticket)
        .map(|trailer| trailer.value)
        .collect();
    // The trailers are the last block, so their lines are the last ones that look like them.
    let lines: Vec<&Line<'_>> = message
        .rest
        .iter()
        .filter(|line| value_start(line).is_some())
        .collect();
    let lines = &lines[lines.len().saturating_sub(named.len())..];
    for (name, line) in named.iter().zip(lines) {
        if !name.is_empty() && no_ticket_reason(name).is_none() {
            let start = line.span.start + value_start(line).unwrap_or_default();
            let span = Span::new(start, line.span.end.max(start));
            findings.extend(finding(message, name, span, tickets));
        }
    }
}

/// Where the value of a trailer that names tickets begins in its line.
fn value_start(line: &Line<'_>) -> Option<usize> {
    ticket_named_in(line.text).map(|value| line.text.len() - value.len())
}

fn finding(
    message: &MessageContext<'_>,
    name: &str,
    span: Span,
    tickets: &TicketIndex,
) -> Option<Finding> {
    match tickets.state(name) {
        Some(state) if state.is_finished() => Some(
            RULE.finding(
                message.place(),
                span,
                format!("{} before this commit", state.as_str()),
            )
            .message(format!("the ticket `{name}` is already {}", state.as_str()))
            .help("create a new ticket for this change: `tollgate ticket new`")
            .anchor(name)
            .at_most(Severity::Warning),
        ),
        Some(_) => None,
        None => {
            let near = tickets.id_in(name).or_else(|| closest(name, tickets.ids()));
            let help = match (meant_reason(name), near) {
                (Some(reason), _) => format!("write `Change: none ({reason})`"),
                (None, Some(identity)) => format!("did you mean `{identity}`?"),
                (None, None) if tickets.ids().next().is_none() => create_help(name),
                (None, None) if message.settings.allows_exceptions => {
                    "use a ticket ID from `tollgate ticket list`, or write `Change: none (reason)`"
                        .to_owned()
                }
                (None, None) => "use a ticket ID from `tollgate ticket list`".to_owned(),
            };
            let finding = RULE.finding(message.place(), span, "no ticket has this ID");
            Some(
                finding
                    .message(format!("unknown ticket `{name}`"))
                    .help(help)
                    .anchor(name),
            )
        }
    }
}

/// The reason of an exception that is not written as `none (reason)`; `reason` if there is none.
fn meant_reason(name: &str) -> Option<&str> {
    let word = name
        .get(..4)
        .filter(|word| word.eq_ignore_ascii_case("none"))?;
    let rest = &name[word.len()..];
    if rest.starts_with(|next: char| next.is_alphanumeric() || "-_./".contains(next)) {
        return None;
    }
    let reason = rest.trim_matches(|c: char| c.is_whitespace() || ":,;()[]–—-".contains(c));
    let is_reason = reason.contains(char::is_alphanumeric) && !reason.contains(['(', ')']);
    Some(if is_reason { reason } else { "reason" })
}

/// How to get the ticket, if there is none that could be meant.
fn create_help(name: &str) -> String {
    let create = match id_fault(name) {
        None => format!(
            "create the ticket with `{}`",
            shell_command!("tollgate ticket new --id {id}", id = name)
        ),
        Some(_) => "create a ticket with `tollgate ticket new`".to_owned(),
    };
    format!("{create}, or correct the ID")
}

#[cfg(test)]
mod tests {
    use super::{create_help, meant_reason};
    use crate::config::Config;
    use crate::finding::Severity;
    use crate::rules::commit::tests::{lint, lint_draft, rules};
    use crate::rules::testing::settings_of;
    use crate::source::Source;

    const RULE: &str = "commit/unknown-ticket";

    fn messages(message: &str) -> Vec<(String, String)> {
        let checked = lint(message);
        let messages = checked.findings.iter().map(|finding| {
            let span = finding.label.span;
            (
                message[span.start..span.end].to_owned(),
                finding.help.clone(),
            )
        });
        messages.collect()
    }

    #[test]
    fn unknown_id_is_reported_with_nearest() {
        assert_eq!(
            messages("fix: x\n\nChange: pool-4\n"),
            [("pool-4".into(), "did you mean `pool-40`?".into())]
        );
        assert_eq!(
            messages("fix: x\n\nChange: changes/pool-40.toml")[0].1,
            "did you mean `pool-40`?"
        );
        assert!(
            messages("fix: x\n\nChange: zzz")[0]
                .1
                .contains("tollgate ticket list")
        );
    }

    #[test]
    fn exception_is_suggested_only_if_a_policy_allows_it() {
        let help = |allow: &str| {
            let text = format!("[[policy]]\nname = \"all\"\nallow_none = {allow}");
            let config = Config::parse(Source::new("tollgate.toml", text)).unwrap();
            lint_draft("fix: x\n\nChange: zzz", &settings_of(&config))
                .findings
                .remove(0)
                .help
        };
        assert_eq!(help("false"), "use a ticket ID from `tollgate ticket list`");
        assert!(help("true").ends_with(", or write `Change: none (reason)`"));
    }

    #[test]
    fn first_ticket_is_created_with_its_id() {
        assert_eq!(
            create_help("CHG-404"),
            "create the ticket with `tollgate ticket new --id CHG-404`, or correct the ID"
        );
        assert_eq!(
            create_help("../x"),
            "create a ticket with `tollgate ticket new`, or correct the ID"
        );
    }

    #[test]
    fn misspelled_exception_is_corrected() {
        assert_eq!(
            messages("fix: x\n\nChange: none reason\n"),
            [("none reason".into(), "write `Change: none (reason)`".into())]
        );
        for (name, reason) in [
            ("none: docs only", Some("docs only")),
            ("None (a comment)", Some("a comment")),
            ("NONE", Some("reason")),
            ("none - a (b) c", Some("reason")),
            ("none-1", None),
            ("nonesuch", None),
            ("pool-40", None),
        ] {
            assert_eq!(meant_reason(name), reason, "{name}");
        }
    }

    #[test]
    fn each_trailer_is_reported_at_its_line() {
        let message = "fix: x\n\nChange: prose about it\nand more.\n\nChange: a-1\nChange : pool-40\nChange:  b-2\n";
        let spans: Vec<String> = messages(message)
            .into_iter()
            .map(|(span, _)| span)
            .collect();
        assert_eq!(spans, ["a-1", "b-2"]);
    }

    #[test]
    fn trailer_key_matches_in_any_case() {
        for key in ["change", "CHANGE"] {
            assert_eq!(messages(&format!("fix: x\n\n{key}: zzz\n"))[0].0, "zzz");
        }
        assert_eq!(rules("change: zzz")[..], ["commit/unknown-type"]);
    }

    #[test]
    fn finished_ticket_is_a_warning() {
        let checked = lint("fix: x\n\nChange: pool-20");
        assert_eq!(
            checked.findings[0].message,
            "the ticket `pool-20` is already closed"
        );
        assert_eq!(checked.findings[0].severity, Severity::Warning);
    }

    #[test]
    fn known_tickets_and_exemptions_are_accepted() {
        for rest in [
            "Change: pool-40",
            "Change: none (only a comment)",
            "Change: none",
            "Change-Id: I0123456789",
            "Changes: a lot",
            "Change: is prose here\nand this is more of it",
            "Refs: pool-4",
            "Change:",
        ] {
            assert_eq!(rules(&format!("fix: x\n\n{rest}\n")), [""; 0], "{rest}");
        }
        assert_eq!(rules("fix: x\n\nChange: zzz\n"), [RULE]);
    }
}

//! A text that is only "not applicable", without a reason.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::ticket::Ticket;

pub(super) const RULE: Rule = Rule::new(
    "content/bare-not-applicable",
    Level::Error,
    "`N/A` without a reason",
    include_str!("bare_not_applicable.md"),
    &[Check::Ticket(check)],
);

const EMPTY: [&str; 7] = [
    "n/a",
    "na",
    "none",
    "nil",
    "nothing",
    "not applicable",
    "not needed",
];

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    for text in &ctx.plan_texts {
        let bare = text
            .text
            .trim_matches(|c: char| !c.is_alphanumeric())
            .to_lowercase();
        if !EMPTY.contains(
            &bare
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
                .as_str(),
        ) {
            continue;
        }
        let finding = RULE
            .finding(ticket.place(), text.span, "no reason given")
            .message(format!("`{}` says only `{}`, without a reason", text.path, text.text.trim()))
            .help("add the reason, such as `nothing to undo: read-only`, or remove the key if it is optional")
            .anchor(&text.path);
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    const RULE: &str = "content/bare-not-applicable";

    #[test]
    fn bare_word_is_found_with_any_punctuation() {
        for text in ["N/A", "n/a.", "None", "- none -", "Not  applicable", "NIL"] {
            assert!(
                rules_of(&format!("rollback = [\"{text}\"]")).contains(&RULE),
                "{text}"
            );
        }
    }

    #[test]
    fn any_further_word_is_a_reason() {
        for text in [
            "None: reads only",
            "n/a, nothing is stored",
            "Nothing to undo",
            "nada",
            "not needed since v2",
            "no",
        ] {
            assert!(
                !rules_of(&format!("rollback = [\"{text}\"]")).contains(&RULE),
                "{text}"
            );
        }
    }
}

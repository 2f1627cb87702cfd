//! A justification that only refers to where the reason is.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::text::{Pattern, Words, is_stop_word, words};
use crate::ticket::Ticket;

pub(super) const RULE: Rule = Rule::new(
    "content/justification-is-reference",
    Level::Warning,
    "justification that only refers to something else",
    include_str!("justification_is_reference.md"),
    &[Check::Ticket(check)],
);

static REFERENCE: Pattern = Pattern::new(
    r"\b[A-Z][A-Z0-9]+-[0-9]+\b|[\w./-]*[#!&][0-9]+\b|[a-z]+://\S+|\b[0-9]{1,2}\.?\s+(?:January|February|March|April|May|June|July|August|September|October|November|December)\b(?:\s+[0-9]{4})?|\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b",
);

/// Words around a reference.
static WORDS: Words = Words::new(
    "see part discuss agree agreement decide decision meeting thread mail email e slack teams chat channel jira \
     confluence wiki page epic story ticket issue task follow up followup relate relates close fix resolve implement \
     describe detail document description explain more info information refer reference request board minute protocol architecture steering committee cab last sprint review \
     pr mr pull merge comment link above below",
);

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let text = &ticket.justification;
    if !is_only_reference(&text.text) {
        return;
    }
    let finding = RULE
        .finding(ticket.place(), text.span, "readers have to look this up")
        .message("the justification only refers to something else")
        .help("summarize the reason here in a sentence, and move the reference to `links`")
        .anchor("justification");
    findings.push(finding);
}

/// Whether a text has a reference, or speaks of one, and no reason.
fn is_only_reference(text: &str) -> bool {
    let rest = REFERENCE.replace_all(text, " ");
    let has_reference = rest != text;
    let words: Vec<_> = words(&rest).collect();
    let says_nothing = words
        .iter()
        .all(|word| is_stop_word(word) || WORDS.has(word));
    let refers = has_reference || words.iter().any(|word| WORDS.has(word));
    refers && says_nothing && !rest.contains(|c: char| c.is_numeric() || c == '`' || c == '"')
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    const RULE: &str = "content/justification-is-reference";

    fn reports(text: &str) -> bool {
        rules_of(&format!("justification = \"{text}\"")).contains(&RULE)
    }

    #[test]
    fn reference_without_a_reason_is_found() {
        for text in [
            "See OPS-1234",
            "Part of the epic PAY-7",
            "https://jira.acme.dev/browse/PAY-7",
            "As discussed in the meeting",
            "Follow-up of #12, agreed on Slack",
        ] {
            assert!(reports(text), "{text}");
        }
    }

    #[test]
    fn reason_with_a_reference_is_accepted() {
        for text in [
            "INC-811: relays hang for 30 s when conntrack fills up",
            "See OPS-1234: orders fail",
            "The vendor stops support (PAY-7)",
            "Closes PT-26-03, which lets anybody push",
            "The meeting room display shows 3 wrong bookings",
            "Audit finding 14 of 2026",
        ] {
            assert!(!reports(text), "{text}");
        }
    }
}

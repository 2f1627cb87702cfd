//! A justification of which every word could justify any change.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::ticket::Ticket;

use crate::text::{Code, Words, is_hollow};

pub(super) const RULE: Rule = Rule::new(
    "content/justification-without-value",
    Level::Warning,
    "justification that could apply to any change",
    include_str!("justification_without_value.md"),
    &[Check::Ticket(check)],
);

/// What any change is justified by.
pub(super) static WORDS: Words = Words::new(
    "change ticket task work story item issue sprint release backlog roadmap plan planned part \
     need needed require required requirement necessary important urgent have has had do does \
     done make implement deploy go live improve improvement update fix out carried carry best \
     practice industry standard keep software current stable stability secure security \
     performance reliability reliable ensure guarantee quality modern compliance recommended \
     technical tech debt asap requested wants customer up date",
);

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let text = &ticket.justification;
    if !is_hollow(&text.text, &[&WORDS], Code::Speaks) {
        return;
    }
    let finding = RULE
        .finding(ticket.place(), text.span, "no specific reason")
        .message("the justification could apply to any change")
        .help("describe what is wrong today, who is affected, and what will improve, with numbers if you have them")
        .anchor("justification");
    findings.push(finding);
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    const RULE: &str = "content/justification-without-value";

    #[test]
    fn what_could_justify_any_change_is_found() {
        for text in [
            "This change is needed",
            "Part of the sprint",
            "Required for the release",
            "It has to be done",
            "Planned work",
        ] {
            assert!(
                rules_of(&format!("justification = \"{text}\"")).contains(&RULE),
                "{text}"
            );
        }
    }

    #[test]
    fn a_word_of_substance_is_enough() {
        for text in [
            "Needed for PCI",
            "Orders fail",
            "Required by `billing`",
            "The certificate expires",
            "Sprint 12",
            "Kunden warten",
        ] {
            assert!(
                !rules_of(&format!("justification = \"{text}\"")).contains(&RULE),
                "{text}"
            );
        }
    }
}

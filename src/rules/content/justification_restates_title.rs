//! A justification that repeats the title instead of giving a reason.

use std::borrow::Cow;

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::ticket::Ticket;

use crate::text::{WordForms, is_stop_word, pieces, words};

pub(super) const RULE: Rule = Rule::new(
    "content/justification-restates-title",
    Level::Warning,
    "justification that repeats the title",
    include_str!("justification_restates_title.md"),
    &[Check::Ticket(check)],
);

/// The minimum number of words of a justification that is compared with the title.
const MIN_WORDS: usize = 4;
const MAX_NEW_WORDS: usize = 1;

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let value = content_words(&ticket.justification.text);
    if value.len() < MIN_WORDS {
        return;
    }
    let title: WordForms<'_> = content_words(&ticket.title.text).into_iter().collect();
    let mut new = value.iter().filter(|word| !title.has(word));
    if new.nth(MAX_NEW_WORDS).is_some() {
        return;
    }
    let finding = RULE
        .finding(
            ticket.place(),
            ticket.justification.span,
            "says what changes, not why",
        )
        .message("the justification repeats the title")
        .help("describe what is wrong today, who is affected, and what will improve")
        .anchor("justification");
    findings.push(finding);
}

/// The distinct meaningful words of a text, including code and quotations.
fn content_words(text: &str) -> Vec<Cow<'_, str>> {
    let mut all: Vec<_> = pieces(text)
        .into_iter()
        .flat_map(|(_, piece)| words(piece))
        .collect();
    all.retain(|word| !is_stop_word(word));
    all.sort();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    const RULE: &str = "content/justification-restates-title";

    fn reports(title: &str, justification: &str) -> bool {
        rules_of(&format!(
            "title = \"{title}\"\njustification = \"{justification}\""
        ))
        .contains(&RULE)
    }

    #[test]
    fn the_title_in_other_forms_is_found() {
        assert!(reports(
            "Raise the billing pool to 40",
            "The billing pool must be raised to 40"
        ));
        assert!(reports(
            "Rotate the TLS certificate of shop",
            "We want to rotate the TLS certificate of the shop"
        ));
    }

    #[test]
    fn two_new_words_are_a_reason() {
        for justification in [
            "The billing pool is exhausted at 40 users",
            "Orders fail",
            "Billing pool waits hurt checkout at 18:00",
            "Pool",
            "Raise, since customers of billing wait",
        ] {
            assert!(
                !reports("Raise the billing pool to 40", justification),
                "{justification}"
            );
        }
    }
}

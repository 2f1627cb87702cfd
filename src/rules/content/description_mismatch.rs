//! A description of another change.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::Label;
use crate::text::{WordForms, identifiers, is_stop_word, words};
use crate::ticket::Ticket;

pub(super) const RULE: Rule = Rule::new(
    "content/description-mismatch",
    Level::Note,
    "description that has nothing in common with the ticket",
    include_str!("description_mismatch.md"),
    &[Check::Ticket(check)],
);

/// How many words of substance a description must have to be compared.
const MIN_WORDS: usize = 8;
/// How many of them may occur in the other fields.
const MAX_COMMON: usize = 1;
/// How many names must occur nowhere else.
const MIN_FOREIGN_NAMES: usize = 2;
/// A shorter word is no evidence.
const MIN_LENGTH: usize = 3;

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let Some(description) = &ticket.description else {
        return;
    };
    if names(&description.text)
        .nth(MIN_FOREIGN_NAMES - 1)
        .is_none()
    {
        return;
    }
    let mut substance: Vec<_> = words(&description.text)
        .filter(|word| word.len() >= MIN_LENGTH && !is_stop_word(word))
        .collect();
    substance.sort_unstable();
    substance.dedup();
    if substance.len() < MIN_WORDS {
        return;
    }
    let others: Vec<&str> = ctx
        .plan_texts
        .iter()
        .filter(|text| text.path != description.path)
        .map(|text| text.text.as_str())
        .collect();
    let others = others.join("\n");
    let other_words: WordForms<'_> = words(&others).collect();
    let mut common = substance.iter().filter(|word| other_words.has(word));
    if common.nth(MAX_COMMON).is_some() {
        return;
    }
    let mut foreign = names(&description.text).filter(|name| !others.contains(name));
    if foreign.nth(MIN_FOREIGN_NAMES - 1).is_none() {
        return;
    }
    let finding = RULE
        .finding(ticket.place(), description.span, "about something else?")
        .message("the description has nothing in common with the rest of the ticket")
        .help("describe this change; the text seems to be from another ticket")
        .related(ticket.place(), Label::new(ticket.title.span, "the title"))
        .anchor("description");
    findings.push(finding);
}

/// Identifiers, and words with several capital letters or digits, such as `LapsADSchema`.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let capitalized = text.split_whitespace().filter_map(|word| {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let capitals = bare.chars().filter(|c| c.is_uppercase()).count();
        let is_name = bare.len() > 3 && bare.starts_with(char::is_alphabetic) && capitals > 1;
        is_name.then_some(bare)
    });
    identifiers(text).chain(capitalized)
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    fn reports(description: &str) -> bool {
        rules_of(&format!("description = \"{description}\""))
            .contains(&"content/description-mismatch")
    }

    #[test]
    fn description_of_another_change_is_found() {
        assert!(reports(
            "The Kafka topic card-events gets twelve more partitions, so that fraud-scorer can run more consumers at Friday peak"
        ));
    }

    #[test]
    fn description_with_words_of_the_ticket_is_accepted() {
        for description in [
            "The Kafka consumers of billing-api hold their connections during a rebalance, which empties the pool for Cart and Search",
            "Numbers of last week are listed here for everybody who wants to look at them again later",
            "See docs",
        ] {
            assert!(!reports(description), "{description}");
        }
    }
}

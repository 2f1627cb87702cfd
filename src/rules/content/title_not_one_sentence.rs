//! A title of several sentences or lines: lists have room for only one.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::ticket::Ticket;

use crate::text::{PieceKind, pieces};

pub(super) const RULE: Rule = Rule::new(
    "content/title-not-one-sentence",
    Level::Note,
    "title of more than one sentence",
    include_str!("title_not_one_sentence.md"),
    &[Check::Ticket(check)],
);

/// Abbreviations whose full stop does not end a sentence.
const ABBREVIATIONS: [&str; 16] = [
    "e.g", "i.e", "vs", "etc", "no", "nr", "approx", "cf", "incl", "excl", "mr", "mrs", "ms", "dr",
    "st", "jr",
];

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let title = ticket.title.text.trim();
    if !title.contains('\n') && !continues(title) {
        return;
    }
    let finding = RULE
        .finding(ticket.place(), ticket.title.span, "more than one sentence")
        .message("the title has more than one sentence")
        .help("keep the sentence that says what changes, and move the rest to `description`")
        .anchor("title");
    findings.push(finding);
}

/// Whether a sentence ends within a text and another follows; code spans and quotations are taken
/// as one word.
fn continues(title: &str) -> bool {
    let masked: String = pieces(title)
        .into_iter()
        .map(|(kind, piece)| {
            if kind == PieceKind::Word {
                piece
            } else {
                "word"
            }
        })
        .collect();
    let words: Vec<&str> = masked.split_whitespace().collect();
    let but_last = words.split_last().map_or(&[][..], |(_, rest)| rest);
    but_last.iter().any(|word| ends_sentence(word))
}

fn ends_sentence(word: &str) -> bool {
    let bare = word.trim_end_matches([')', '"', '”', '\'']);
    let Some(before) = bare.strip_suffix(['.', '!', '?']) else {
        return false;
    };
    let name = before.trim_start_matches(['(', '"', '“', '\'']);
    let version = name.contains('.') && name.contains(|c: char| c.is_ascii_digit());
    name.chars().count() > 1 && !version && !ABBREVIATIONS.contains(&name.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    const RULE: &str = "content/title-not-one-sentence";

    #[test]
    fn a_second_sentence_or_line_is_found() {
        for title in [
            "Raise the pool. Then restart",
            "Raise the pool! Now `x`",
            "Pool too small? Raise it",
        ] {
            assert!(
                rules_of(&format!("title = \"{title}\"")).contains(&RULE),
                "{title}"
            );
        }
        assert!(rules_of("title = \"Raise the pool\\nand restart\"").contains(&RULE));
    }

    #[test]
    fn one_sentence_passes_with_its_full_stops() {
        for title in [
            "Raise the pool to 40.",
            "Upgrade Postgres 15.4 to 16.1 on db.example.com",
            "Compare pool 20 vs. 40",
            "Move caches, e.g. the one of billing",
            "Give J. Berg access to billing",
            "Drop `a. b` from the list",
            "Move Dr. Smith's team to SSO",
            "Migrate from v1.2. to v1.3",
            "Answer \\\"why?\\\" in the help",
        ] {
            assert!(
                !rules_of(&format!("title = \"{title}\"")).contains(&RULE),
                "{title}"
            );
        }
    }

    #[test]
    fn a_line_feed_at_the_end_is_no_second_line() {
        assert!(!rules_of("title = \"\"\"\nRaise the pool to 40\n\"\"\"").contains(&RULE));
    }
}

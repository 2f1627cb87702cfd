//! A title that is an issue key, or the header of a commit: it makes sense only where that is at
//! hand.

use crate::config::Level;
use crate::finding::{Applicability, Finding, Fix};
use crate::rules::rule::{Check, Rule, TicketContext, replacement};
use crate::source::{Source, Span};
use crate::text::Pattern;
use crate::ticket::{Text, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "content/title-is-reference",
    Level::Warning,
    "title that only refers to something else",
    include_str!("title_is_reference.md"),
    &[Check::Ticket(check)],
)
.any_language();

static REFERENCE: Pattern = Pattern::new(r"^(?:[A-Z][A-Z0-9]+-[0-9]+|[#!][0-9]+|[a-z]+://\S+)$");
static HEADER: Pattern = Pattern::new(
    r"^(?i:feat|fix|perf|chore|docs|refactor|test|tests|build|ci|style|revert|deps)(?:\([^()]+\))?!?:\s+",
);

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let title = &ticket.title;
    let finding = if let Some(header) = HEADER.find(&title.text) {
        RULE.finding(ticket.place(), title.span, "commit type")
            .message("the title starts with a commit type")
            .help("start with what changes; the kind of change belongs in `category`")
            .fix(cut(&ticket.source, title, header.as_str()))
    } else if is_reference(&title.text) {
        RULE.finding(ticket.place(), title.span, "readers have to look this up")
            .message("the title is only a reference")
            .help("describe the change in one sentence, and move the reference to `links`")
    } else {
        return;
    };
    findings.push(finding.anchor("title"));
}

/// Whether a title is nothing but references.
pub(super) fn is_reference(title: &str) -> bool {
    let bare = |word: &str| {
        word.trim_matches(|c: char| ",;:()[].".contains(c))
            .to_owned()
    };
    let words: Vec<String> = title
        .split_whitespace()
        .map(bare)
        .filter(|word| !word.is_empty())
        .collect();
    !words.is_empty() && words.iter().all(|word| REFERENCE.is_match(word))
}

fn cut(source: &Source, title: &Text, header: &str) -> Option<Fix> {
    let start = title.span.start + source.slice(title.span).find(header)?;
    let rest = title.text[header.len()..].trim();
    let span = Span::new(start, start + header.len());
    (!rest.is_empty()).then(|| Fix {
        applicability: Applicability::Unsafe,
        edits: replacement(span, ""),
    })
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{applied, findings, rules_of};

    const RULE: &str = "content/title-is-reference";

    #[test]
    fn bare_keys_numbers_and_addresses_are_found() {
        for title in [
            "BILL-42",
            "#12",
            "PROJ-1, PROJ-2",
            "https://example.com/issues/12",
        ] {
            assert_eq!(rules_of(&format!("title = \"{title}\"")), [RULE], "{title}");
        }
    }

    #[test]
    fn the_header_of_a_commit_is_cut_unsafely() {
        assert!(
            findings("title = \"feat(billing): raise the pool to 40\"")[0]
                .fix
                .is_some()
        );
        let text = "title = \"fix: raise the pool\"\n";
        assert_eq!(
            applied(text, RULE).as_deref(),
            Some("title = \"raise the pool\"\n")
        );
    }

    #[test]
    fn a_sentence_with_a_reference_passes() {
        for title in [
            "BILL-42: raise the pool",
            "Raise the pool (#12)",
            "billing: raise the pool",
            "Fix the UTF-8 header",
            "Adopt RFC-9110 wording",
        ] {
            assert!(
                !rules_of(&format!("title = \"{title}\"")).contains(&RULE),
                "{title}"
            );
        }
    }
}

//! A justification that names who wants the change instead of a reason.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::ticket::Ticket;

use crate::text::{Code, Pattern, is_hollow, is_plain_prose};

use super::justification_without_value::{WORDS, is_without_value};

pub(super) const RULE: Rule = Rule::new(
    "content/justification-by-authority",
    Level::Warning,
    "justification that only names who wants the change",
    include_str!("justification_by_authority.md"),
    &[Check::Ticket(check)],
);

static WANTED: Pattern = Pattern::new(
    r"(?ix)
        \b (?: requested | asked \s+ for | ordered | demanded | mandated | decided | wanted | wished \s+ for ) \s+ by \b
        | \b (?: wants? | wanted | asks? \s+ for | asked \s+ for | requests? | requested | demands? | demanded | insists? \s+ on | would \s+ like ) \s+
          (?: this | it | that | the \s+ (?: change | update | upgrade | feature | migration | switch ) ) \b",
);
static REASON: Pattern =
    Pattern::new(r"(?i)\b(?:because|so\s+that|otherwise|until|since|due\s+to)\b|[0-9]|://");

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let text = &ticket.justification;
    if !is_plain_prose(&text.text) || REASON.is_match(&text.text) {
        return;
    }
    let mut sentences = text
        .text
        .split(['.', '!', ';', '\n'])
        .filter(|sentence| !sentence.trim().is_empty());
    let mut is_wanted = false;
    let says_only_who = sentences.all(|sentence| {
        let wanted = WANTED.is_match(sentence);
        is_wanted |= wanted;
        wanted || is_hollow(sentence, &[&WORDS], Code::Speaks)
    });
    if !is_wanted || !says_only_who || is_without_value(&text.text) {
        return;
    }
    let finding = RULE
        .finding(ticket.place(), text.span, "no reason given")
        .message("the justification says who wants the change, but not why")
        .help("describe what is wrong today and what will improve; name the person in `requester`")
        .anchor("justification");
    findings.push(finding);
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    const RULE: &str = "content/justification-by-authority";

    fn reports(text: &str) -> bool {
        rules_of(&format!("justification = \"{text}\"")).contains(&RULE)
    }

    #[test]
    fn a_name_alone_is_found() {
        assert!(reports("Requested by the head of sales"));
        assert!(reports("It was asked for by marketing"));
        assert!(reports("The head of sales wants this"));
        assert!(reports("Asked for by the audit. It is important."));
    }

    #[test]
    fn name_with_a_reason_is_accepted() {
        for text in [
            "Requested by sales because carts are lost",
            "Requested by sales: 2% of carts are lost",
            "Mandated by PCI; see https://example.com/pci",
            "Decided by the board so that refunds work",
            "Wanted by support, who restart `cartd` daily",
            "The order is requested twice",
            "Requested by legal. Exports hold personal data, and nobody deletes them.",
            "The scanner requests the page twice",
        ] {
            assert!(!reports(text), "{text}");
        }
    }
}

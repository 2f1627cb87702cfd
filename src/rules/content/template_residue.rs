//! A text that `ticket new` wrote and nobody replaced.

use crate::config::Level;
use crate::rules::rule::{Check, Hits, Rule, TicketContext};
use crate::source::Label;
use crate::ticket::{PROMPT_MARKER, Ticket};

pub(super) const RULE: Rule = Rule {
    name: "content/template-residue",
    level: Level::Error,
    since: "0.1.0",
    summary: "a prompt of the template was not answered",
    page: include_str!("template_residue.md"),
    checks: &[Check::Ticket(check)],
};

fn check(ticket: &Ticket, _: &TicketContext<'_>, hits: &mut Hits) {
    for text in ticket.plan_texts.iter().filter(|text| text.text.trim_start().starts_with(PROMPT_MARKER)) {
        let hit = RULE
            .finding(Label::new(text.span, "still the prompt"))
            .message(format!("`{}` is still the prompt of the template", text.path))
            .help("replace the prompt with the answer to it, and remove the marker")
            .anchor(&text.path);
        hits.push(hit);
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    const RULE: &str = "content/template-residue";

    #[test]
    fn a_prompt_is_found_wherever_it_stands() {
        assert!(rules_of("title = \"(replace) What is changed?\"").contains(&RULE));
        assert!(rules_of("validation = [\"(replace) What is seen?\"]").contains(&RULE));
    }

    #[test]
    fn a_text_that_tells_of_replacing_is_none() {
        for title in [
            "Replace the pool (twice)",
            "Raise (replace) the pool",
            "(Replacement) of disk 4",
            "replace x",
            "(re)place",
        ] {
            assert!(!rules_of(&format!("title = \"{title}\"")).contains(&RULE), "{title}");
        }
    }
}

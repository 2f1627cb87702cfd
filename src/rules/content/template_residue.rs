//! A prompt from `ticket new` that was not replaced.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::ticket::{MARKER, PROMPTS, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "content/template-residue",
    Level::Error,
    "unanswered template prompt",
    include_str!("template_residue.md"),
    &[Check::Ticket(check)],
)
.any_language();

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    for entry in ctx.document.root().entries() {
        entry.value.strings(&entry.key, &mut |path, node| {
            let text = node.as_str().unwrap_or_default().trim();
            if !text.starts_with(MARKER) && !PROMPTS.contains(&text) {
                return;
            }
            let finding = RULE
                .finding(ticket.place(), node.span, "template prompt")
                .message(format!("`{path}` still contains the template prompt"))
                .help("replace the whole string, including `(replace)`, with your answer")
                .anchor(path);
            findings.push(finding);
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    const RULE: &str = "content/template-residue";

    #[test]
    fn prompt_is_found_anywhere() {
        assert!(rules_of("title = \"(replace) What is changed?\"").contains(&RULE));
        assert!(rules_of("validation = [\"(replace) What is seen?\"]").contains(&RULE));
    }

    #[test]
    fn a_prompt_without_its_marker_is_one_still() {
        let prompt = crate::ticket::PROMPTS[0];
        assert!(rules_of(&format!("title = \"{prompt}\"")).contains(&RULE));
    }

    #[test]
    fn text_about_replacing_is_accepted() {
        for title in [
            "Replace the pool (twice)",
            "Raise (replace) the pool",
            "(Replacement) of disk 4",
            "replace x",
            "(re)place",
        ] {
            assert!(
                !rules_of(&format!("title = \"{title}\"")).contains(&RULE),
                "{title}"
            );
        }
    }
}

//! A prompt from `ticket new` that was not replaced.

use std::sync::LazyLock;

use regex::Regex;

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

/// Prompts of well-known templates for changes, as whole texts. A prompt to list, add or enter
/// something needs a mark: in a step it may be what is done.
static FOREIGN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix) ^ (?: [-*] \s* (?: \[ [\sx] \] \s* )? )? (?:
        (?: (?: change | rollback | deployment | validation | post-change | pre-change ) \s+ )? steps? \s+ (?: \d+ | n )
        | metrics? \s+ name | change \s+ (?: summary | title | objective | description )
        | dri \s+ for \s+ the \b .{0,80}
        | (?: please \s+ )? (?: describe | explain | summari[sz]e ) \s
          (?: the | this | your | any | all | how | why | what | which | who | briefly | in ) \b [^0-9`]{0,160}
        | (?: please \s+ )? (?: list | add | enter | provide | insert | specify | include ) \s
          (?: the | this | your | any | all | how | a | an | link | links | services? | names? ) \b [^0-9`]{0,120} (?: [:?…] | \.\.\. | \b here [.!]? )
        | list \s+ (?: of \s+ )? (?: the \s+ | all \s+ | affected \s+ )? services
        ) [.:]? $",
    )
    .expect("a constant")
});

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    for entry in ctx.document.root().entries() {
        entry.value.strings(&entry.key, &mut |path, node| {
            let text = node.as_str().unwrap_or_default().trim();
            if !text.starts_with(MARKER) && !PROMPTS.contains(&text) && !FOREIGN.is_match(text) {
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
    fn prompts_of_other_templates_are_found() {
        for text in [
            "Change Step 1",
            "Metric Name",
            "List services",
            "DRI for the execution of this change",
            "Describe the change in a few sentences",
            "Explain how to roll back",
            "Add links to the dashboards here",
            "Please provide the names of the reviewers:",
        ] {
            assert!(
                rules_of(&format!("description = \"{text}\"")).contains(&RULE),
                "{text}"
            );
        }
    }

    #[test]
    fn instructions_and_answers_are_accepted() {
        for text in [
            "List the pods: `kubectl get pods` shows 6",
            "Add the role to `billing`",
            "Enter the maintenance mode on pdu-3",
            "Step 1 and step 2 run in parallel",
            "Metric names change with 2.0",
            "Describe the table: `\\\\d orders` shows `note`",
            "Provide the new key to the partners by mail",
        ] {
            assert!(
                !rules_of(&format!("description = \"{text}\"")).contains(&RULE),
                "{text}"
            );
        }
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

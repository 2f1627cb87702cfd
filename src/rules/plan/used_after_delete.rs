//! A deployment step that uses what an earlier one deletes.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::{Label, shorten};
use crate::text::{
    Deletion, Words, deletions, locate, makes, mentions, text_naming, uses, whole_text,
};
use crate::ticket::{Text, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/used-after-delete",
    Level::Error,
    "step that uses what an earlier step deletes",
    include_str!("used_after_delete.md"),
    &[Check::Ticket(check)],
);

/// Words of using what has to exist.
const USES: Words = Words(
    "copy sync cp mv move read dump export point start load select migrate download replicate connect",
);

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    for deletion in deletions(&ticket.deployment.steps) {
        let Some(used_in) = later_use(ticket, &deletion) else {
            continue;
        };
        let object = shorten(deletion.object);
        let here = locate(&ticket.source, used_in, deletion.object);
        let there = locate(&ticket.source, deletion.origin, deletion.object);
        let finding = RULE
            .finding(ticket.place(), here, "deleted before")
            .message(format!(
                "this step uses `{object}`, which an earlier step deletes"
            ))
            .help(format!("delete `{object}` after this step"))
            .related(ticket.place(), Label::new(there, "deleted here"))
            .anchor(&used_in.path);
        findings.push(finding);
    }
}

/// The text of a later deployment step that uses what was deleted, unless it was made again.
pub(super) fn later_use<'t>(ticket: &'t Ticket, deletion: &Deletion<'_>) -> Option<&'t Text> {
    for step in &ticket.deployment.steps[deletion.step + 1..] {
        let text = whole_text(step);
        if uses(&text, deletion.object, USES) {
            return text_naming(step, deletion.object);
        }
        if mentions(&text, deletion.object) && makes(&text) {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    const RULE: &str = "plan/used-after-delete";

    fn reports(steps: &str) -> bool {
        rules_of(&format!("deployment = [{steps}]")).contains(&RULE)
    }

    #[test]
    fn use_after_deletion_is_found() {
        for steps in [
            "\"Delete bucket cb-art\", \"Copy the artefacts with `aws s3 sync s3://cb-art s3://cb-artefacts`\"",
            "\"`dropdb legacy`\", \"`pg_dump legacy > l.sql`, then read it\"",
            "\"`kubectl delete pvc data-0`\", \"Wait\", \"Start the pod with data-0\"",
        ] {
            assert!(reports(steps), "{steps}");
        }
    }

    #[test]
    fn deletion_at_the_end_and_absence_are_accepted() {
        for steps in [
            "\"Copy cb-art to cb-new\", \"Delete bucket cb-art\"",
            "\"Delete bucket cb-art\", \"`aws s3 ls` lists cb-art no longer\"",
            "\"Delete bucket cb-art\", \"Remove cb-art from the readers' policy and start them\"",
            "\"`dropdb legacy`\", \"Create legacy from the template\", \"Load the rows into legacy\"",
            "\"Delete bucket cb-art\", \"Copy cb-art-2 to cb-new\"",
            "\"`kubectl delete pod web-1`\", \"Read the log of web-1\"",
        ] {
            assert!(!reports(steps), "{steps}");
        }
    }
}

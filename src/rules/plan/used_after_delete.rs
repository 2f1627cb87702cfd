//! A deployment step that uses what an earlier one deletes.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::{Label, shorten};
use crate::text::{Deletion, NamedThings, Words, deletions, is_use, locate};
use crate::ticket::{Step, Text, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/used-after-delete",
    Level::Error,
    "step that uses what an earlier step deletes",
    include_str!("used_after_delete.md"),
    &[Check::Ticket(check)],
);

/// Words of using what has to exist.
static USES: Words = Words::new(
    "copy sync cp mv move read dump export point start load select migrate download replicate connect",
);

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let deletions = deletions(&ticket.deployment.steps);
    if deletions.is_empty() {
        return;
    }
    let things = used_things(&ticket.deployment.steps);
    for deletion in deletions {
        let Some(used_in) = later_use(&things, &deletion) else {
            continue;
        };
        let object = shorten(deletion.object);
        let here = locate(&ticket.source, used_in, deletion.object);
        let there = locate(&ticket.source, deletion.origin, deletion.object);
        let finding = RULE
            .finding(ticket.place(), here, "already deleted")
            .message(format!(
                "this step uses `{object}`, which an earlier step deletes"
            ))
            .help(format!("delete `{object}` after this step"))
            .related(ticket.place(), Label::new(there, "deleted here"))
            .anchor(&used_in.path);
        findings.push(finding);
    }
}

/// What deployment steps use.
pub(super) fn used_things(steps: &[Step]) -> NamedThings<'_> {
    NamedThings::new(steps, |text| is_use(text, &USES))
}

/// The text of a later deployment step that uses what was deleted, unless it was made again.
pub(super) fn later_use<'t>(things: &NamedThings<'t>, deletion: &Deletion<'_>) -> Option<&'t Text> {
    let later = things
        .naming(deletion.object)
        .into_iter()
        .filter(|thing| thing.step > deletion.step)
        .find(|thing| thing.is_used || thing.is_made)?;
    later.is_used.then_some(later.text)
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

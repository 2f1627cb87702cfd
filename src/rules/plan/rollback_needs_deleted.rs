//! A rollback that uses what the deployment deletes.

use std::collections::{HashMap, HashSet};

use super::used_after_delete::{later_use, used_things};
use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::{Label, shorten};
use crate::text::{Deletion, NamedThings, Pattern, Words, deletions, is_use, locate, name_key};
use crate::ticket::{Text, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/rollback-needs-deleted",
    Level::Error,
    "rollback that uses what the deployment deletes",
    include_str!("rollback_needs_deleted.md"),
    &[Check::Ticket(check)],
);

/// Words of using what has to exist.
static USES: Words = Words::new(
    "put set switch point repoint route use start connect copy move back ln symlink link mount cp mv scale rollout rollback \
         restart attach reattach tag",
);

/// A deletion that comes later than the change: the rollback is for the time before it.
static LATER: Pattern = Pattern::new(
    r"(?ix)\b(?:later|afterwards|once\s+(?:it|this|that|everything)|after\s+(?:\w+\s+){0,2}(?:hours?|days?|weeks?|months?)|(?:next|in\s+(?:\w+\s+)?)\s*(?:week|month)s?)\b",
);
/// A rollback that says until when it is possible.
static BOUNDED: Pattern = Pattern::new(
    r"(?i)\b(?:until|before|within\s+(?:\w+\s+)?(?:min(?:ute)?|hour|day|week)s?|no\s+longer\s+possible|impossible)\b",
);

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    if ticket.rollback.point_of_no_return.is_some() {
        return;
    }
    let mut deleted = deletions(&ticket.deployment.steps);
    if deleted.is_empty() {
        return;
    }
    let mut is_later: HashMap<&str, bool> = HashMap::new();
    deleted.retain(|deletion| {
        let text = &deletion.origin;
        !*is_later
            .entry(&text.path)
            .or_insert_with(|| LATER.is_match(&text.text))
    });
    let deployment = used_things(&ticket.deployment.steps);
    let rollback = NamedThings::new(&ticket.rollback.steps, |text| {
        is_use(text, &USES) && !BOUNDED.is_match(text)
    });
    let deleted_by_rollback: HashSet<Vec<u8>> = deletions(&ticket.rollback.steps)
        .iter()
        .map(|found| name_key(found.object))
        .collect();
    for deletion in deleted {
        if later_use(&deployment, &deletion).is_some()
            || deleted_by_rollback.contains(&name_key(deletion.object))
        {
            continue;
        }
        let Some(used_in) = use_in_rollback(&rollback, &deletion) else {
            continue;
        };
        let object = shorten(deletion.object);
        let here = locate(&ticket.source, used_in, deletion.object);
        let there = locate(&ticket.source, deletion.origin, deletion.object);
        let finding = RULE
            .finding(ticket.place(), here, "no longer exists")
            .message(format!("the rollback uses `{object}`, which the deployment deletes"))
            .help(format!(
                "create or restore `{object}` first in the rollback, or delete it later, in a change of its own"
            ))
            .related(ticket.place(), Label::new(there, "deleted here"))
            .anchor(&used_in.path);
        findings.push(finding);
    }
}

/// The text of a rollback step that uses what was deleted, if no step makes it.
fn use_in_rollback<'t>(things: &NamedThings<'t>, deletion: &Deletion<'_>) -> Option<&'t Text> {
    let naming = things.naming(deletion.object);
    if naming.iter().any(|thing| thing.is_made) {
        return None;
    }
    let used = naming.iter().find(|thing| thing.is_used)?;
    Some(used.text)
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{findings, rules_of};

    const RULE: &str = "plan/rollback-needs-deleted";

    fn reports(deployment: &str, rollback: &str) -> bool {
        rules_of(&format!(
            "deployment = [{deployment}]\nrollback = [\"{rollback}\"]"
        ))
        .contains(&RULE)
    }

    #[test]
    fn going_back_to_what_was_deleted_is_found() {
        for (deployment, rollback) in [
            (
                "\"`dropdb legacy_orders`\"",
                "Point the API at legacy_orders again",
            ),
            (
                "\"Delete bucket cb-art\"",
                "Set ARTEFACT_BUCKET=cb-art in CI",
            ),
            (
                "\"`helm uninstall old-gateway`\"",
                "Switch the route back to old-gateway",
            ),
            (
                "\"Link 1.3 and run `rm -rf /opt/app-1.2`\"",
                "`ln -sfn /opt/app-1.2 /opt/app`",
            ),
            (
                "\"`helm uninstall billing-v1`\"",
                "`helm rollback billing-v1 7`",
            ),
            (
                "\"`docker rmi registry/web:1.2`\"",
                "`docker tag registry/web:1.2 web:live`",
            ),
            (
                "\"Revoke the old token\"",
                "Use the old token again in `api.env`",
            ),
        ] {
            assert!(reports(deployment, rollback), "{deployment} {rollback}");
        }
    }

    #[test]
    fn both_places_are_shown() {
        let found = findings(
            "deployment = [\"Delete bucket cb-art\"]\nrollback = [\"Set BUCKET=cb-art in CI\"]",
        );
        let found = found.iter().find(|found| found.rule == RULE).unwrap();
        assert_eq!(
            (found.label.span.len(), found.related[0].label.span.len()),
            (6, 6)
        );
    }

    #[test]
    fn rollback_that_makes_it_again_or_comes_before_is_accepted() {
        for (deployment, rollback) in [
            (
                "\"`dropdb legacy_orders`\"",
                "Create legacy_orders from `l.dump`, then point the API at it",
            ),
            ("\"`kubectl delete pod web-1`\"", "Switch traffic to web-1"),
            (
                "\"Switch\", \"Two weeks later delete bucket cb-art\"",
                "Set BUCKET=cb-art in CI",
            ),
            (
                "\"Delete bucket cb-art\"",
                "Until Friday: set BUCKET=cb-art in CI",
            ),
            (
                "\"Delete bucket cb-art\"",
                "Delete bucket cb-art and use `cb-new`",
            ),
            ("\"Delete bucket cb-art\"", "Set BUCKET=cb-artefacts in CI"),
            ("\"`dropdb old`\"", "Point the API at old"),
            (
                "\"`rm -f /var/run/app.lock`\"",
                "Start the app; `/var/run/app.lock` has its number",
            ),
            (
                "\"`rm -rf /opt/app-1.2`\"",
                "`tar xzf app-1.2.tgz` and `mv app-1.2 /opt/app-1.2`, then restore the link",
            ),
        ] {
            assert!(!reports(deployment, rollback), "{deployment} {rollback}");
        }
    }

    #[test]
    fn one_fault_gives_one_finding() {
        let deployment = "\"Delete bucket cb-art\", \"Copy cb-art to cb-new\"";
        assert!(!reports(deployment, "Set BUCKET=cb-art in CI"));
    }
}

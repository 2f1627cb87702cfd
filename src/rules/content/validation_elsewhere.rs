//! A validation that looks at something else than what was changed.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::{Label, shorten};
use crate::text::{OddOne, Section, SlotKind, locate, odd_one, odd_target, share_a_part};
use crate::ticket::Ticket;

pub(super) const RULE: Rule = Rule::new(
    "content/validation-elsewhere",
    Level::Warning,
    "validation of something other than what was deployed",
    include_str!("validation_elsewhere.md"),
    &[Check::Ticket(check)],
)
.any_language();

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let found = odd_one(ticket, Section::Validation, Section::Deployment).filter(|found| {
        // What is only named may be a metric or a consumer of what was changed.
        let is_acted_on = matches!(found.odd.kind, SlotKind::Operand(_) | SlotKind::Option(..));
        is_acted_on && !share_a_part(found.usual.object, found.odd.object)
    });
    let Some(found) = found else {
        findings.extend(odd_target(ticket).map(|found| other_in_deployment(ticket, &found)));
        return;
    };
    let (right, wrong) = (shorten(found.usual.object), shorten(found.odd.object));
    let here = locate(&ticket.source, found.odd.origin, found.odd.object);
    let there = locate(&ticket.source, found.usual.origin, found.usual.object);
    let finding = RULE
        .finding(ticket.place(), here, "not part of this change")
        .message(format!(
            "the validation looks at `{wrong}`, but the deployment changes `{right}`"
        ))
        .help(format!(
            "check `{right}`, too; if `{wrong}` is right, explain in the description how it relates to `{right}`"
        ))
        .related(ticket.place(), Label::new(there, "changed here"))
        .anchor(&found.odd.origin.path);
    findings.push(finding);
}

/// A deployment of something that title and validation don't name.
fn other_in_deployment(ticket: &Ticket, found: &OddOne<'_>) -> Finding {
    let (right, wrong) = (shorten(found.usual.object), shorten(found.odd.object));
    let here = locate(&ticket.source, found.odd.origin, found.odd.object);
    let there = locate(&ticket.source, found.usual.origin, found.usual.object);
    RULE.finding(ticket.place(), here, "not named elsewhere")
        .message(format!(
            "the deployment changes `{wrong}`, but the ticket and its validation are about `{right}`"
        ))
        .help(format!(
            "deploy to `{right}` instead; if `{wrong}` is right, explain in the description how it relates to `{right}`"
        ))
        .related(ticket.place(), Label::new(there, "checked here"))
        .anchor(&found.odd.origin.path)
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    const RULE: &str = "content/validation-elsewhere";

    fn reports(deployment: &str, validation: &str) -> bool {
        rules_of(&format!(
            "title = \"Ship invoice-renderer 5.2.0\"\ndeployment = [\"{deployment}\"]\nvalidation = [\"{validation}\"]"
        ))
        .contains(&RULE)
    }

    #[test]
    fn validation_of_another_object_is_found() {
        assert!(reports(
            "`kubectl set image deployment/invoice-renderer web=web:5.2.0`",
            "`kubectl rollout status deployment/geo-router` says successfully rolled out"
        ));
        assert!(reports(
            "`aws ecs update-service --service invoice-renderer`",
            "`aws ecs describe-services --services geo-router` shows 8 running"
        ));
    }

    #[test]
    fn deployment_and_rollback_of_another_object_are_found() {
        let reports = |title: &str, object: &str, seen: &str| {
            rules_of(&format!(
                "title = \"{title}\"\n\
                 deployment = [\"kubectl -n claims set resources deployment/{object} --limits=memory=2Gi\"]\n\
                 rollback = [\"kubectl -n claims set resources deployment/{object} --limits=memory=1Gi\"]\n\
                 validation = [\"kubectl -n claims get deployment {seen} shows 2Gi\"]"
            ))
            .contains(&RULE)
        };
        let title = "Raise the memory limit of claims-scan to 2Gi";
        assert!(reports(title, "claims-print", "claims-scan"));
        for (title, object, seen) in [
            (title, "claims-scan", "claims-scan"),
            (title, "claims-print", "claims-print"),
            (
                "Raise the memory limit of claims-scan and claims-print",
                "claims-print",
                "claims-scan",
            ),
            (title, "claims-scan-1", "claims-scan"),
            (
                "Raise the memory limit to 2Gi",
                "claims-print",
                "claims-scan",
            ),
        ] {
            assert!(!reports(title, object, seen), "{title}: {object}, {seen}");
        }
    }

    #[test]
    fn validation_of_what_is_related_is_accepted() {
        let upgrade = "`helm upgrade invoice-renderer charts/r --set tag=5.2.0`";
        for (deployment, validation) in [
            (upgrade, "`helm status invoice-renderer` says deployed"),
            (
                upgrade,
                "`helm status geo-router` says deployed, invoice-renderer answers 200",
            ),
            (upgrade, "`helm status invoice-worker` says deployed"),
            (upgrade, "`geo_router_errors` stays below 1%"),
            (upgrade, "`kubectl get deploy/geo-router` shows 8 of 8"),
            (
                "`helm upgrade invoice-renderer charts/r`; geo-router reads from it",
                "`helm status geo-router` says deployed",
            ),
            (upgrade, "`helm status -n geo-prod` says deployed"),
        ] {
            assert!(!reports(deployment, validation), "{validation}");
        }
    }
}

//! A rollback that acts on something else than the deployment.

use std::sync::LazyLock;

use regex::Regex;

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::{Label, shorten};
use crate::text::{
    Command, assignments, commands, is_identifier, is_same_name, locate, mentions, stretches,
};
use crate::ticket::{Step, Text, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "content/rollback-elsewhere",
    Level::Error,
    "rollback of something else than was deployed",
    include_str!("rollback_elsewhere.md"),
    &[Check::Ticket(check)],
)
.any_language();

/// A place in a step that an object can be named in.
#[derive(Debug, PartialEq, Eq)]
enum SlotKind<'t> {
    /// A code span that is nothing but an identifier.
    Code,
    /// What a sub-command of this program acts on.
    Operand(&'t str),
    /// The value of this key.
    Value(&'t str),
    /// The word after a verb such as "set" or "enable".
    AfterVerb,
}

/// An object that a step names, and where.
struct Slot<'t> {
    kind: SlotKind<'t>,
    object: &'t str,
    origin: &'t Text,
}

static AFTER_VERB: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:set|turn|switch|enable|disable|scale)\s+(?:(?:on|off|the|flag|feature|service|deployment|back)\s+)*(?P<object>[a-z0-9]+(?:[-_][a-z0-9]+)+)\b",
    )
    .expect("a constant")
});

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let deployed = slots(&ticket.deployment.steps);
    let undone = slots(&ticket.rollback.steps);
    let contradiction = undone.iter().find_map(|undone| {
        let deployed = deployed.iter().find(|deployed| {
            deployed.kind == undone.kind
                && !is_same_name(deployed.object, undone.object)
                && is_subject(ticket, deployed.object)
                && !is_in(&ticket.rollback.steps, deployed.object)
        })?;
        (!is_elsewhere_in(ticket, undone.object)).then_some((deployed, undone))
    });
    let Some((deployed, undone)) = contradiction else {
        return;
    };
    let (right, wrong) = (shorten(deployed.object), shorten(undone.object));
    let here = locate(&ticket.source, undone.origin, undone.object);
    let there = locate(&ticket.source, deployed.origin, deployed.object);
    let finding = RULE
        .finding(ticket.place(), here, "not part of this change")
        .message(format!(
            "the rollback acts on `{wrong}`, but the deployment changes `{right}`"
        ))
        .help(format!(
            "roll back `{right}`; if `{wrong}` is right, say in the description how it is affected"
        ))
        .related(ticket.place(), Label::new(there, "changed here"))
        .anchor(&undone.origin.path);
    findings.push(finding);
}

fn slots(steps: &[Step]) -> Vec<Slot<'_>> {
    let mut slots = Vec::new();
    for stretch in steps.iter().flat_map(stretches) {
        let slot = |kind, object| Slot {
            kind,
            object,
            origin: stretch.origin,
        };
        if !stretch.is_code {
            let objects = AFTER_VERB.captures_iter(stretch.text);
            slots.extend(objects.filter_map(|found| {
                Some(slot(SlotKind::AfterVerb, found.name("object")?.as_str()))
            }));
            continue;
        }
        let code = stretch.text.trim();
        if is_identifier(code) {
            slots.push(slot(SlotKind::Code, code));
            continue;
        }
        for command in commands(stretch.text)
            .iter()
            .filter(|command| !command.subcommand.is_empty())
        {
            let named = objects(command).into_iter();
            slots.extend(named.map(|object| slot(SlotKind::Operand(command.program), object)));
        }
        let assigned = assignments(stretch.text)
            .into_iter()
            .filter(|found| is_identifier(found.value));
        slots.extend(assigned.map(|found| slot(SlotKind::Value(found.key), found.value)));
    }
    slots
}

/// What a command acts on, if it is a name and not a path or an address.
fn objects<'t>(command: &Command<'t>) -> Vec<&'t str> {
    let mut objects = command.objects();
    objects.retain(|object| is_identifier(object));
    objects
}

/// Whether the ticket is about an object: its title or services name it.
fn is_subject(ticket: &Ticket, object: &str) -> bool {
    mentions(&ticket.title.text, object)
        || ticket
            .services
            .iter()
            .any(|service| mentions(&service.text, object))
}

fn is_in(steps: &[Step], object: &str) -> bool {
    steps
        .iter()
        .any(|step| texts(step).any(|text| mentions(&text.text, object)))
}

/// Whether anything but the rollback names an object.
fn is_elsewhere_in(ticket: &Ticket, object: &str) -> bool {
    let single = [
        Some(&ticket.title),
        ticket.description.as_ref(),
        Some(&ticket.justification),
    ];
    single
        .into_iter()
        .flatten()
        .any(|text| mentions(&text.text, object))
        || ticket
            .services
            .iter()
            .any(|service| mentions(&service.text, object))
        || is_in(&ticket.deployment.steps, object)
        || is_in(&ticket.validation.steps, object)
}

fn texts(step: &Step) -> impl Iterator<Item = &Text> {
    [
        Some(&step.action),
        step.run.as_ref(),
        step.expect.as_ref(),
        step.undo.as_ref(),
    ]
    .into_iter()
    .flatten()
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{findings, rules_of};

    const RULE: &str = "content/rollback-elsewhere";

    fn text(title: &str, deployment: &str, rollback: &str) -> String {
        format!("title = \"{title}\"\ndeployment = [\"{deployment}\"]\nrollback = [\"{rollback}\"]")
    }

    #[test]
    fn other_object_in_the_same_slot_is_found() {
        for (title, deployment, rollback) in [
            (
                "Enable flag search-typeahead-v2",
                "Set `search-typeahead-v2` to 100%",
                "Set `search-suggest-v2` to off",
            ),
            (
                "Ship invoice-renderer 5.2.0",
                "`helm upgrade invoice-renderer charts/r`",
                "`helm rollback billing-stack 12`",
            ),
            (
                "Scale geo-router",
                "`kubectl scale deployment/geo-router --replicas=12`",
                "`kubectl scale deployment/edge-proxy --replicas=3`",
            ),
            (
                "Move builds to cb-artifacts",
                "Set `BUCKET=cb-artifacts`",
                "Set `BUCKET=cb-assets`",
            ),
            (
                "Turn on fast-checkout",
                "Turn on fast-checkout in Unleash",
                "Turn off slow-checkout in Unleash",
            ),
        ] {
            assert!(
                rules_of(&text(title, deployment, rollback)).contains(&RULE),
                "{rollback}"
            );
        }
    }

    #[test]
    fn both_objects_are_shown() {
        let found = findings(&text(
            "Enable flag typeahead-v2",
            "Set `typeahead-v2` to on",
            "Set `suggest-v2` to off",
        ));
        let found = found.iter().find(|found| found.rule == RULE).unwrap();
        assert_eq!(
            found.message,
            "the rollback acts on `suggest-v2`, but the deployment changes `typeahead-v2`"
        );
        assert_eq!(
            (found.label.span.len(), found.related[0].label.span.len()),
            (10, 12)
        );
    }

    #[test]
    fn related_objects_and_other_slots_are_accepted() {
        for (title, deployment, rollback) in [
            (
                "Ship invoice-renderer 5.2.0",
                "`helm upgrade invoice-renderer x`",
                "`helm rollback billing-stack 12`, which holds invoice-renderer",
            ),
            (
                "Move builds from cb-old to cb-new",
                "Set `BUCKET=cb-new`",
                "Set `BUCKET=cb-old`",
            ),
            (
                "Scale geo-router",
                "`kubectl -n geo-prod scale deployment/geo-router`",
                "`kubectl -n geo-main rollout undo deployment/geo-router`",
            ),
            (
                "Ship billing-api 2",
                "`helm upgrade billing-api x`",
                "`kubectl rollout undo deployment/billing-web`",
            ),
            (
                "Ship the release",
                "`helm upgrade billing-api x`",
                "`helm rollback billing-stack`",
            ),
            (
                "Turn on strict-mode",
                "Set `strict-mode` on",
                "Set `strict_mode` off",
            ),
            (
                "Replace web-a",
                "`systemctl stop web-a`, `systemctl start web-b`",
                "`systemctl stop web-b`, `systemctl start web-a`",
            ),
        ] {
            assert!(
                !rules_of(&text(title, deployment, rollback)).contains(&RULE),
                "{rollback}"
            );
        }
    }
}

//! A rollback that acts on something else than the deployment.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::{Label, shorten};
use crate::text::{
    Command, NameIndex, Words, assignments, commands, is_name, is_other_version, is_same_name,
    locate, share_a_part, stretches,
};
use crate::ticket::{Step, Text, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "content/rollback-elsewhere",
    Level::Error,
    "rollback of something other than what was deployed",
    include_str!("rollback_elsewhere.md"),
    &[Check::Ticket(check)],
)
.any_language();

/// A place in a step that an object can be named in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum SlotKind<'t> {
    /// A code span that is nothing but a name.
    Code,
    /// What a sub-command of this program acts on.
    Operand(&'t str),
    /// The value of this key.
    Value(&'t str),
    /// The value of this option of this program.
    Option(&'t str, &'t str),
    /// The word after a verb such as "set" or "enable".
    AfterVerb,
    /// A name of this spelling in prose.
    Prose(Spelling),
}

/// How a name is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Spelling {
    has_capitals: bool,
    has_underscores: bool,
    has_dots: bool,
}

/// An object that a step names, and where.
#[derive(Clone, Copy)]
struct Slot<'t> {
    kind: SlotKind<'t>,
    object: &'t str,
    origin: &'t Text,
}

static AFTER_VERB: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:set|turn|switch|enable|disable|scale)\s+(?:(?:on|off|the|flag|feature|service|deployment|back)\s+)*(?P<object>[a-z0-9]+(?:[-_.][a-z0-9]+)+)\b",
    )
    .expect("a constant")
});
/// What a rollback does with the thing that was changed.
static UNDOES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:stop|restart|redeploy|disable|deactivate|pause|undo|revert|roll\s+back|downgrade|reset)\s+(?:(?:the|flag|feature|service|deployment|channel|job|queue|policy|rule|role|pool|interface|topic)\s+){0,3}(?P<object>[a-z0-9]+(?:[-_.][a-z0-9]+)+)\b",
    )
    .expect("a constant")
});
static NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b[A-Za-z][A-Za-z0-9]*(?:[-_.][A-Za-z0-9]+)+\b").expect("a constant")
});
/// Options whose value says where or how a command acts, not on what.
static OTHER_OPTIONS: Words = Words::new(
    "-n --namespace --context --kube-context --profile --project --region --zone -f --file -o --output --format --values \
     --set --set-string --image --tag --version --revision --to-revision --to-revisions --from --to -i -e -c -m -v -p -u --user \
     --username --password --branch -b --ref --reason --comment --description --template-body --cli-input-json",
);

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let found = other_name(ticket).or_else(|| other_address(ticket));
    findings.extend(found.map(|mismatch| mismatch.finding(ticket)));
}

/// An object of the rollback, and the one of the deployment in whose place it stands.
struct Mismatch<'t> {
    deployed: Slot<'t>,
    undone: Slot<'t>,
}

impl Mismatch<'_> {
    fn finding(&self, ticket: &Ticket) -> Finding {
        let Self { deployed, undone } = self;
        let (right, wrong) = (shorten(deployed.object), shorten(undone.object));
        let here = locate(&ticket.source, undone.origin, undone.object);
        let there = locate(&ticket.source, deployed.origin, deployed.object);
        RULE.finding(ticket.place(), here, "not part of this change")
            .message(format!(
                "the rollback acts on `{wrong}`, but the deployment changes `{right}`"
            ))
            .help(format!(
                "roll back `{right}`; if `{wrong}` is right, say in the description how it is affected"
            ))
            .related(ticket.place(), Label::new(there, "changed here"))
            .anchor(&undone.origin.path)
    }
}

fn other_name(ticket: &Ticket) -> Option<Mismatch<'_>> {
    let undone = slots(&ticket.rollback.steps, &UNDOES);
    if undone.is_empty() {
        return None;
    }
    let deployed = only_deployed(ticket);
    let mut elsewhere = None;
    undone.into_iter().find_map(|undone| {
        let deployed = deployed
            .get(&undone.kind)?
            .iter()
            .find(|deployed| is_another(deployed, &undone))?;
        let elsewhere = elsewhere.get_or_insert_with(|| texts_elsewhere(ticket));
        (!elsewhere.is_named(undone.object)).then_some(Mismatch {
            deployed: *deployed,
            undone,
        })
    })
}

/// Whether two objects are different things. Names in prose say less about what is acted on, so that
/// those of one family, such as the old and the new one, are taken for the same thing.
fn is_another(deployed: &Slot<'_>, undone: &Slot<'_>) -> bool {
    let is_same = is_same_name(deployed.object, undone.object)
        || is_other_version(deployed.object, undone.object);
    let in_prose = matches!(undone.kind, SlotKind::Prose(_));
    let is_family = in_prose && share_a_part(deployed.object, undone.object);
    !is_same && !is_family
}

static ADDRESS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b\d{1,3}(?:\.\d{1,3}){3}\b").expect("a constant"));

/// A rollback at another IP address than the deployment, which the validation looks at.
fn other_address(ticket: &Ticket) -> Option<Mismatch<'_>> {
    let undone = addresses(&ticket.rollback.steps);
    let deployed = addresses(&ticket.deployment.steps);
    let is_in =
        |steps: &[Step], address: &str| texts_of(steps).any(|text| text.text.contains(address));
    undone.into_iter().find_map(|undone| {
        let deployed = deployed.iter().find(|deployed| {
            deployed.kind == undone.kind
                && is_in(&ticket.validation.steps, deployed.object)
                && !is_in(&ticket.rollback.steps, deployed.object)
        })?;
        let prose = [Some(&ticket.title), ticket.description.as_ref()];
        let is_named = prose
            .into_iter()
            .flatten()
            .any(|text| text.text.contains(undone.object))
            || is_in(&ticket.deployment.steps, undone.object)
            || is_in(&ticket.validation.steps, undone.object);
        (!is_named).then_some(Mismatch {
            deployed: *deployed,
            undone,
        })
    })
}

/// The addresses in the commands of steps, by program; those of networks are left out.
fn addresses(steps: &[Step]) -> Vec<Slot<'_>> {
    let code = steps.iter().flat_map(stretches).filter(|it| it.is_code);
    code.flat_map(|stretch| {
        let program = commands(stretch.text)
            .first()
            .map(|command| command.program);
        let addresses = ADDRESS.find_iter(stretch.text);
        addresses
            .filter(|found| !found.as_str().ends_with(".0"))
            .filter_map(move |found| {
                Some(Slot {
                    kind: SlotKind::Operand(program?),
                    object: found.as_str(),
                    origin: stretch.origin,
                })
            })
    })
    .collect()
}

/// The objects that steps name; `in_prose` finds those in prose that are in no other slot.
fn slots<'t>(steps: &'t [Step], in_prose: &Regex) -> Vec<Slot<'t>> {
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
            let names = in_prose.captures_iter(stretch.text).filter_map(|found| {
                let object = found.name("object").or_else(|| found.get(0))?.as_str();
                is_name(object).then(|| slot(SlotKind::Prose(spelling(object)), object))
            });
            slots.extend(names);
            continue;
        }
        let code = stretch.text.trim();
        if is_name(code) {
            slots.push(slot(SlotKind::Code, code));
            continue;
        }
        for command in commands(stretch.text)
            .iter()
            .filter(|command| !command.subcommand.is_empty())
        {
            let named = objects(command).into_iter();
            slots.extend(named.map(|object| slot(SlotKind::Operand(command.program), object)));
            let options = command.options.iter().filter_map(|option| {
                let value = option.value.filter(|value| is_name(value))?;
                let kind = SlotKind::Option(command.program, option.name);
                (!OTHER_OPTIONS.contains(option.name)).then(|| slot(kind, value))
            });
            slots.extend(options);
        }
        let assigned = assignments(stretch.text)
            .into_iter()
            .filter(|found| is_name(found.value));
        slots.extend(assigned.map(|found| slot(SlotKind::Value(found.key), found.value)));
    }
    slots
}

fn spelling(name: &str) -> Spelling {
    Spelling {
        has_capitals: name.bytes().any(|byte| byte.is_ascii_uppercase()),
        has_underscores: name.contains('_'),
        has_dots: name.contains('.'),
    }
}

/// What a command acts on, if it is a name and not a path or an address.
fn objects<'t>(command: &Command<'t>) -> Vec<&'t str> {
    let mut objects = command.objects();
    objects.retain(|object| is_name(object));
    objects
}

/// The objects of the deployment that the ticket is about and the rollback doesn't name, by kind:
/// the first one, and the first one with another name.
fn only_deployed(ticket: &Ticket) -> HashMap<SlotKind<'_>, Vec<Slot<'_>>> {
    let deployed = slots(&ticket.deployment.steps, &NAME);
    let mut by_kind: HashMap<SlotKind<'_>, Vec<Slot<'_>>> = HashMap::new();
    if deployed.is_empty() {
        return by_kind;
    }
    let flag = ticket.deployment.flag.as_ref();
    let subjects = [
        Some(&ticket.title),
        ticket.description.as_ref(),
        flag.and_then(|flag| flag.key.as_ref()),
    ];
    let subjects = subjects.into_iter().flatten().chain(&ticket.services);
    let subjects = NameIndex::new(subjects.map(|text| text.text.as_str()));
    let mut undone = None;
    for slot in deployed {
        let known = by_kind.entry(slot.kind).or_default();
        let is_known = known.len() == 2
            || known
                .iter()
                .any(|known| is_same_name(known.object, slot.object));
        if is_known || !subjects.is_named(slot.object) {
            continue;
        }
        let undone = undone.get_or_insert_with(|| {
            NameIndex::new(texts_of(&ticket.rollback.steps).map(|text| text.text.as_str()))
        });
        if !undone.is_named(slot.object) {
            known.push(slot);
        }
    }
    by_kind
}

/// The texts outside of the rollback that may name an object.
fn texts_elsewhere(ticket: &Ticket) -> NameIndex {
    let flag = ticket.deployment.flag.as_ref();
    let single = [
        Some(&ticket.title),
        ticket.description.as_ref(),
        Some(&ticket.justification),
        flag.and_then(|flag| flag.key.as_ref()),
        ticket.risk.blast_radius.as_ref(),
        ticket.rollback.trigger.as_ref(),
    ];
    let texts = single
        .into_iter()
        .flatten()
        .chain(&ticket.services)
        .chain(texts_of(&ticket.deployment.steps))
        .chain(texts_of(&ticket.validation.steps));
    NameIndex::new(texts.map(|text| text.text.as_str()))
}

fn texts_of(steps: &[Step]) -> impl Iterator<Item = &Text> {
    steps.iter().flat_map(texts)
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
            (
                "Enable claims.glass-fasttrack",
                "Enable `claims.glass-fasttrack` for 10%",
                "Disable `claims.invoice-ocr`",
            ),
            (
                "Release pricing-api 2027.1.2",
                "`gcloud run deploy pricing-api --image pricing-api:2027.1.2`",
                "`gcloud run services update-traffic seatmap-api --to-revisions seatmap-api-00141-ruv=100`",
            ),
            (
                "Deploy timetable-api 6.9.0",
                "`aws ecs update-service --service timetable-api --task-definition t:212`",
                "`aws ecs update-service --service booking-web --task-definition t:211`",
            ),
            (
                "Send allergies with ADT_TO_DIET",
                "Import revision 13 of ADT_TO_DIET",
                "Stop SIU_TO_RIS in the dashboard and import r29",
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
            (
                "Move the traffic to cart-green",
                "Switch the weight of cart-green to 100",
                "Restart cart-blue, then switch the weight of it to 100",
            ),
            (
                "Lock the tables with READ-ONLY_MODE",
                "Set READ-ONLY_MODE",
                "Set it back and restart the queue workers",
            ),
            (
                "Deploy billing-api 6.9.0",
                "`helm upgrade billing-api x -n billing-eu`",
                "`helm rollback billing-api 12 -n billing-us`",
            ),
            (
                "Install the driver on build-01",
                "Install the driver on build-01 (OPS-771)",
                "Restart OPS-12 and remove the driver",
            ),
            (
                "Rotate the key of mail-gw",
                "Write the key to mail-gw",
                "Restore `mail-gw.conf` and restart postfix.service",
            ),
            (
                "Load the rules edge-2026-12-07",
                "Load `edge-2026-12-07`",
                "Load `edge-2026-11-16`",
            ),
        ] {
            assert!(
                !rules_of(&text(title, deployment, rollback)).contains(&RULE),
                "{rollback}"
            );
        }
    }

    /// A change of a neighbor, undone with this command.
    fn neighbor(rollback: &str) -> bool {
        rules_of(&format!(
            "deployment = [\"`router bgp 64496 neighbor 192.0.2.5 route-policy PP2 out`\"]\n\
             rollback = [\"`{rollback}`\"]\n\
             validation = [\"`show bgp neighbors 192.0.2.5` lists 14 prefixes\"]"
        ))
        .contains(&RULE)
    }

    #[test]
    fn rollback_at_another_address_is_found() {
        assert!(neighbor(
            "router bgp 64496 neighbor 198.51.100.9 route-policy OUT out"
        ));
        assert!(!neighbor(
            "router bgp 64496 neighbor 192.0.2.5 route-policy OUT out"
        ));
        assert!(!neighbor("ip route 0.0.0.0/0 198.51.100.9"));
    }
}

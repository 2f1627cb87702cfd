//! A rollback that acts on something else than the deployment.

use std::collections::HashSet;

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::{Label, shorten};
use crate::text::{
    Environment, OddOne, Pattern, Section, Slot, SlotKind, commands, locate, odd_one, stretches,
    texts_of,
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

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let in_rollback = odd_one(ticket, Section::Rollback, Section::Deployment)
        .or_else(|| other_address(ticket))
        .or_else(|| other_place(ticket))
        .or_else(|| other_reference(ticket))
        .map(|found| other_in_rollback(ticket, &found));
    let in_deployment = in_rollback
        .or_else(|| sibling_in_deployment(ticket).map(|found| other_in_deployment(ticket, &found)));
    let found = in_deployment.or_else(|| {
        let found = odd_one(ticket, Section::Deployment, Section::Rollback)?;
        // A deployment also names what it only needs, and `plan/environment-mismatch` reports names
        // of another environment.
        let is_acted_on = matches!(found.odd.kind, SlotKind::Operand(_) | SlotKind::Option(..));
        let environment = |slot: &Slot<'_>| Environment::of_place(slot.object);
        let is_elsewhere = environment(&found.odd) != environment(&found.usual);
        (is_acted_on && !is_elsewhere).then(|| other_in_deployment(ticket, &found))
    });
    findings.extend(found);
}

fn other_in_rollback(ticket: &Ticket, found: &OddOne<'_>) -> Finding {
    let OddOne { usual, odd } = found;
    let (right, wrong) = (shorten(usual.object), shorten(odd.object));
    let here = locate(&ticket.source, odd.origin, odd.object);
    let there = locate(&ticket.source, usual.origin, usual.object);
    RULE.finding(ticket.place(), here, "not named in the deployment")
        .message(format!(
            "the rollback acts on `{wrong}`, but the deployment changes `{right}`"
        ))
        .help(format!(
            "roll back `{right}`; if `{wrong}` is right, explain in the description how it relates to `{right}`"
        ))
        .related(ticket.place(), Label::new(there, "changed here"))
        .anchor(&odd.origin.path)
}

fn other_in_deployment(ticket: &Ticket, found: &OddOne<'_>) -> Finding {
    let OddOne { usual, odd } = found;
    let (right, wrong) = (shorten(usual.object), shorten(odd.object));
    let here = locate(&ticket.source, odd.origin, odd.object);
    let there = locate(&ticket.source, usual.origin, usual.object);
    RULE.finding(ticket.place(), here, "not rolled back")
        .message(format!(
            "the deployment changes `{wrong}`, but the rollback acts on `{right}`"
        ))
        .help(format!(
            "change `{right}`; if `{wrong}` is right, explain in the description how it relates to `{right}`"
        ))
        .related(ticket.place(), Label::new(there, "rolled back here"))
        .anchor(&odd.origin.path)
}

/// A numbered name, such as `mx-out-03`.
static NUMBERED: Pattern =
    Pattern::new(r"\b(?P<stem>[a-z][a-z0-9]*(?:-[a-z0-9]+)*?-)(?P<number>\d{1,4})\b");

/// A deployment on a sibling of what the title, the rollback, and the validation name, which nothing
/// else names: `mx-out-02` instead of `mx-out-03`.
fn sibling_in_deployment(ticket: &Ticket) -> Option<OddOne<'_>> {
    let mut titled = NUMBERED.captures_iter(&ticket.title.text);
    let (Some(named), None) = (titled.next(), titled.next()) else {
        return None;
    };
    let (usual, stem) = (named.get(0)?.as_str(), named.name("stem")?.as_str());
    let has = |text: &Text, name: &str| numbered(text).any(|found| found == name);
    let is_in = |steps: &[Step], name: &str| texts_of(steps).any(|text| has(text, name));
    if is_in(&ticket.deployment.steps, usual) || !is_in(&ticket.validation.steps, usual) {
        return None;
    }
    let right = texts_of(&ticket.rollback.steps).find(|text| has(text, usual))?;
    let prose = [ticket.description.as_ref(), Some(&ticket.justification)];
    let prose: Vec<&Text> = prose.into_iter().flatten().collect();
    let (origin, object) = texts_of(&ticket.deployment.steps).find_map(|text| {
        let object = numbered(text).find(|name| name.starts_with(stem))?;
        Some((text, object))
    })?;
    let is_named = prose.iter().any(|text| has(text, object))
        || is_in(&ticket.rollback.steps, object)
        || is_in(&ticket.validation.steps, object);
    let slot = |object, origin| Slot {
        kind: SlotKind::Code,
        object,
        origin,
    };
    (!is_named).then(|| OddOne {
        usual: slot(usual, right),
        odd: slot(object, origin),
    })
}

/// The numbered names of a text.
fn numbered(text: &Text) -> impl Iterator<Item = &str> {
    NUMBERED.find_iter(&text.text).map(|found| found.as_str())
}

/// Options that say where a command acts, with names that mean the same.
const PLACES: [&[&str]; 5] = [
    &["-n", "--namespace"],
    &["--context", "--kube-context"],
    &["--project"],
    &["--profile"],
    &["--cluster"],
];

/// A rollback in another namespace, project, or the like than deployment and validation, which
/// nothing else names.
fn other_place(ticket: &Ticket) -> Option<OddOne<'_>> {
    let (deployed, undone) = (&ticket.deployment.steps, &ticket.rollback.steps);
    let undone_places = places(undone);
    if undone_places.is_empty() {
        return None;
    }
    let deployed_places = places(deployed);
    undone_places.iter().find_map(|odd| {
        let same_kind = |slots: &[Slot<'_>]| slots.iter().filter(|it| it.kind == odd.kind).count();
        let usual = deployed_places.iter().find(|it| it.kind == odd.kind)?;
        let is_only = same_kind(&undone_places) == 1 && same_kind(&deployed_places) == 1;
        let is_named = |name: &str| {
            let prose = [
                Some(&ticket.title),
                ticket.description.as_ref(),
                Some(&ticket.justification),
                ticket.risk.blast_radius.as_ref(),
            ];
            let prose = prose.into_iter().flatten().chain(&ticket.services);
            let seen = texts_of(&ticket.validation.steps).chain(texts_of(deployed));
            prose.chain(seen).any(|text| text.text.contains(name))
        };
        let has = |steps: &[Step]| texts_of(steps).any(|text| text.text.contains(usual.object));
        let is_clear = || has(&ticket.validation.steps) && !has(undone);
        (is_only && usual.object != odd.object && is_clear() && !is_named(odd.object)).then_some(
            OddOne {
                usual: *usual,
                odd: *odd,
            },
        )
    })
}

/// The places of commands, each once.
fn places(steps: &[Step]) -> Vec<Slot<'_>> {
    let mut found: Vec<Slot<'_>> = Vec::new();
    let mut known = HashSet::new();
    let code = steps.iter().flat_map(stretches);
    for stretch in code.filter(|it| it.is_code && it.text.contains(" -")) {
        for command in commands(stretch.text) {
            for names in PLACES {
                let Some(object) = command.option(names) else {
                    continue;
                };
                let kind = SlotKind::Option(command.program, names[0]);
                let is_name = object
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
                if is_name && !object.is_empty() && known.insert((kind, object)) {
                    found.push(Slot {
                        kind,
                        object,
                        origin: stretch.origin,
                    });
                }
            }
        }
    }
    found
}

/// A merge request, or the like.
static REFERENCE: Pattern =
    Pattern::new(r"\b(?:MR|PR|CL)\s?[#!]?\d{1,6}\b|[#!]\d{1,6}\b|\b[A-Z]\w{1,3}K9\d{5}\b");

/// A rollback that reverts another merge request than the only one of the deployment.
fn other_reference(ticket: &Ticket) -> Option<OddOne<'_>> {
    let undone = references(&ticket.rollback.steps);
    let [odd] = undone.as_slice() else {
        return None;
    };
    let deployed = references(&ticket.deployment.steps);
    let [usual] = deployed.as_slice() else {
        return None;
    };
    let kind = |slot: &Slot<'_>| {
        slot.object
            .trim_end_matches(|c: char| c.is_ascii_digit())
            .to_owned()
    };
    let number =
        |slot: &Slot<'_>| -> String { slot.object.chars().filter(char::is_ascii_digit).collect() };
    let named = [
        Some(&ticket.title),
        ticket.description.as_ref(),
        Some(&ticket.justification),
    ];
    let is_named = named
        .into_iter()
        .flatten()
        .chain(texts_of(&ticket.validation.steps))
        .any(|text| text.text.contains(&number(odd)));
    let at = odd.object.as_ptr() as usize - odd.origin.text.as_ptr() as usize;
    let reverts = REVERTS.is_match(&odd.origin.text[..at]);
    (kind(usual) == kind(odd) && number(usual) != number(odd) && reverts && !is_named).then_some(
        OddOne {
            usual: *usual,
            odd: *odd,
        },
    )
}

static REVERTS: Pattern = Pattern::new(
    r"(?i)\b(?:revert|undo|back\s+out)\s+(?:the\s+)?(?:merge\s+(?:of\s+|request\s+)?|pull\s+request\s+)?$",
);

/// The references of steps, each once.
fn references(steps: &[Step]) -> Vec<Slot<'_>> {
    let mut found: Vec<Slot<'_>> = Vec::new();
    let mut known = HashSet::new();
    for origin in texts_of(steps) {
        for object in REFERENCE.find_iter(&origin.text).map(|it| it.as_str()) {
            if known.insert(object) {
                found.push(Slot {
                    kind: SlotKind::Code,
                    object,
                    origin,
                });
            }
        }
    }
    found
}

static ADDRESS: Pattern = Pattern::new(r"\b\d{1,3}(?:\.\d{1,3}){3}\b");

/// A rollback at another IP address than the deployment, which the validation looks at.
fn other_address(ticket: &Ticket) -> Option<OddOne<'_>> {
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
        (!is_named).then_some(OddOne {
            usual: *deployed,
            odd: undone,
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

#[cfg(test)]
mod tests {
    use crate::rules::testing::{findings, rules_of};

    const RULE: &str = "content/rollback-elsewhere";

    fn text(title: &str, deployment: &str, rollback: &str) -> String {
        format!("title = \"{title}\"\ndeployment = [\"{deployment}\"]\nrollback = [\"{rollback}\"]")
    }

    fn on_hosts(title: &str, description: &str, deployment: &str) -> bool {
        let ticket = format!(
            "{}\nvalidation = [\"mx-out-03: `postqueue -p` is empty\"]\ndescription = \"{description}\"",
            text(
                title,
                deployment,
                "On mx-out-03: restore `/etc/postfix/main.cf.old`"
            )
        );
        rules_of(&ticket).contains(&RULE)
    }

    #[test]
    fn deployment_on_a_sibling_host_is_found() {
        let title = "Limit mx-out-03 to 20 messages";
        assert!(on_hosts(
            title,
            "The newsletter pool.",
            "`ssh mx-out-02` and edit main.cf"
        ));
    }

    #[test]
    fn siblings_that_are_meant_are_accepted() {
        let title = "Limit mx-out-03 to 20 messages";
        for (title, description, deployment) in [
            (title, "", "`ssh mx-out-03` and edit main.cf"),
            (title, "", "Drain mx-out-02, then edit main.cf on mx-out-03"),
            (
                title,
                "mx-out-02 is the jump host",
                "`ssh mx-out-02` and edit main.cf",
            ),
            (title, "", "`ssh jump-01` and edit main.cf"),
            (
                "Limit mx-out-02 and mx-out-03",
                "",
                "`ssh mx-out-02` and edit main.cf",
            ),
        ] {
            assert!(
                !on_hosts(title, description, deployment),
                "{title}: {deployment}"
            );
        }
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
                "Turn on express checkout",
                "Switch `express-checkout` to 100%",
                "Switch `gift-cards` off",
            ),
            (
                "Point api.tramline.example to the new balancer",
                "Set the A record of api.tramline.example to 203.0.113.20",
                "Set the A record of www.tramline.example to 203.0.113.7",
            ),
            (
                "Add the index idx_parcels_depot",
                "`CREATE INDEX idx_parcels_depot ON parcels (depot_id)`",
                "`DROP INDEX idx_routes_driver`",
            ),
            (
                "Raise shared_buffers on pg-claims-1",
                "`ssh pg-claims-2 'set shared_buffers'`",
                "`ssh pg-claims-1 'reset shared_buffers'`",
            ),
            (
                "Turn on pricing.surge-smoothing-v2",
                "`flagctl set pricing.surge-smoothing-v2 --percent 100`",
                "`flagctl set pricing.surge-smoothing --percent 0`",
            ),
            (
                "Raise the limit of claims-scan",
                "kubectl set resources deployment/claims-scan --limits=memory=2Gi",
                "kubectl set resources deployment/claims-print --limits=memory=1Gi",
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
    fn other_namespace_is_found() {
        let set = |namespace: &str| {
            format!("kubectl -n {namespace} set resources deploy/cart --limits=memory=2Gi")
        };
        let reports = |deployment: &str, rollback: &str, seen: &str| {
            let ticket = text("Raise the memory limit of cart", deployment, rollback);
            let validation =
                format!("validation = [\"kubectl -n {seen} get deploy cart shows 2Gi\"]");
            rules_of(&format!("{ticket}\n{validation}")).contains(&RULE)
        };
        assert!(reports(&set("shop"), &set("pay"), "shop"));
        let both = format!("{} && {}", set("shop"), set("pay"));
        for (deployment, rollback, seen) in [
            (&set("shop"), &set("shop"), "shop"),
            (&both, &set("pay"), "shop"),
            (&set("shop"), &both, "shop"),
            (&set("shop"), &set("pay"), "pay"),
            (&set("shop"), &set("pay"), "web"),
            (
                &set("shop"),
                &"helm -n pay rollback cart".to_owned(),
                "shop",
            ),
            (&set("shop"), &set("$NAMESPACE"), "shop"),
        ] {
            assert!(
                !reports(deployment, rollback, seen),
                "{deployment}: {rollback}"
            );
        }
    }

    #[test]
    fn other_merge_request_is_found() {
        let reports = |deployment: &str, rollback: &str| {
            rules_of(&text(
                "Raise the memory limit of cart",
                deployment,
                rollback,
            ))
            .contains(&RULE)
        };
        assert!(reports("Merge MR 88", "Revert MR 86; `/health` shows 1Gi"));
        assert!(reports("Merge !88", "Revert !86"));
        for (deployment, rollback) in [
            ("Merge MR 88", "Revert MR 88"),
            ("Merge MR 88", "Merge MR 90, which reverts it"),
            ("Merge MR 88 and MR 86", "Revert MR 86"),
            ("Merge MR 88", "Revert PR 12 of the other repository"),
            ("Merge #88", "Revert the merge, see #12"),
        ] {
            assert!(!reports(deployment, rollback), "{deployment}: {rollback}");
        }
    }

    #[test]
    fn patterns_and_groups_of_names_are_accepted() {
        for (deployment, rollback) in [
            (
                "`ansible turn-fra-01 -m apply`",
                "`ansible turn-fra-0N -m undo`",
            ),
            (
                "`haproxy disable turn-fra-01`",
                "`haproxy enable turn-fra-0X`",
            ),
            (
                "`ansible turn-fra-01 -m apply`",
                "`ansible turn_fra -m undo`",
            ),
            (
                "`ansible turn-fra-01 -m apply`",
                "`ansible turn-fra -m undo`",
            ),
            (
                "`flagctl set turn-fra-01 on`",
                "`flagctl set turn-fra-01 off`",
            ),
        ] {
            let ticket = text("Open port 443 on turn-fra-01", deployment, rollback);
            assert!(!rules_of(&ticket).contains(&RULE), "{rollback}");
        }
    }

    #[test]
    fn other_object_in_the_deployment_is_found() {
        assert!(
            rules_of(&text(
                "Ship invoice-renderer 5.2.0",
                "`helm upgrade geo-router charts/r`",
                "`helm rollback invoice-renderer 12`"
            ))
            .contains(&RULE)
        );
        assert!(
            !rules_of(&text(
                "Ship invoice-renderer 5.2.0",
                "`helm upgrade invoice-stack charts/r`, which has invoice-renderer",
                "`helm rollback invoice-renderer 12`"
            ))
            .contains(&RULE)
        );
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
            (
                "Move orders to pg-orders-2",
                "Set `DB_HOST=pg-orders-2`",
                "Set `DB_HOST=pg-orders-1`",
            ),
            (
                "Point api.tramline.example to lb-new.tramline.example",
                "Set the CNAME to lb-new.tramline.example",
                "Set the CNAME back to lb-old.other.example",
            ),
            (
                "Replace the index idx_a_old",
                "`CREATE INDEX idx_a_new ON a (b)`, `DROP INDEX idx_a_old`",
                "`CREATE INDEX idx_a_old ON a (b)`",
            ),
            (
                "Move orders to orders-new",
                "`deploy --database orders-new-2`",
                "`deploy --database orders-new-1`",
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

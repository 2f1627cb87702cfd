//! Names in the same place of steps, such as what the same program acts on, and sections of a ticket
//! that name another thing there than the others do.

use std::collections::{HashMap, HashSet};

use super::command::{Command, assignments, commands};
use super::identifier::{differ_in_numbers, is_name, is_other_version, is_same_name, share_a_part};
use super::name_index::NameIndex;
use super::pattern::Pattern;
use super::step::stretches;
use super::words::Words;
use crate::ticket::{Step, Text, Ticket};

/// A place in a step that an object can be named in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum SlotKind<'t> {
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
    /// A host with its domain whose record or the like is changed: "the record of www.example.org".
    Host,
    /// An index, a table, or the like, in SQL.
    Sql(&'t str),
}

/// How a name is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Spelling {
    has_capitals: bool,
    has_underscores: bool,
    has_dots: bool,
}

/// An object that a step names, and where.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot<'t> {
    pub(crate) kind: SlotKind<'t>,
    pub(crate) object: &'t str,
    pub(crate) origin: &'t Text,
}

/// A section of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Deployment,
    Rollback,
    Validation,
}

impl Section {
    const ALL: [Self; 3] = [Self::Deployment, Self::Rollback, Self::Validation];

    const fn steps(self, ticket: &Ticket) -> &Vec<Step> {
        match self {
            Self::Deployment => &ticket.deployment.steps,
            Self::Rollback => &ticket.rollback.steps,
            Self::Validation => &ticket.validation.steps,
        }
    }
}

/// An object of one section, and the one of another section in whose place it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OddOne<'t> {
    pub(crate) usual: Slot<'t>,
    pub(crate) odd: Slot<'t>,
}

static AFTER_VERB: Pattern = Pattern::new(
    r"(?i)\b(?:set|turn|switch|enable|disable|scale)\s+(?:(?:on|off|the|flag|feature|service|deployment|back)\s+)*(?P<object>[a-z0-9]+(?:[-_.][a-z0-9]+)+)\b",
);
/// What a rollback does with the thing that was changed.
static UNDOES: Pattern = Pattern::new(
    r"(?i)\b(?:stop|restart|redeploy|disable|deactivate|pause|undo|revert|roll\s+back|downgrade|reset)\s+(?:(?:the|flag|feature|service|deployment|channel|job|queue|policy|rule|role|pool|interface|topic)\s+){0,3}(?P<object>[a-z0-9]+(?:[-_.][a-z0-9]+)+)\b",
);
static HOST: Pattern =
    Pattern::new(r"\b(?:of|for)\s+(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+)+\.[a-z]{2,})\b");
static SQL: Pattern = Pattern::new(
    r#"(?ix)\b(?:create|drop|alter|rename|truncate)\s+(?:unique\s+)?(?P<kind>index|table|view|sequence|trigger)\s+
        (?:concurrently\s+)?(?:if\s+(?:not\s+)?exists\s+)?["`]?(?P<object>\w+)"#,
);
static NAME: Pattern = Pattern::new(r"\b[A-Za-z][A-Za-z0-9]*(?:[-_.][A-Za-z0-9]+)+\b");
/// Options whose value says where or how a command acts, not on what.
static OTHER_OPTIONS: Words = Words::new(
    "-n --namespace --context --kube-context --profile --project --region --zone -f --file -o --output --format --values \
     --set --set-string --image --tag --version --revision --to-revision --to-revisions --from --to -i -e -c -m -v -p -u --user \
     --username --password --branch -b --ref --reason --comment --description --template-body --cli-input-json",
);

/// The first object of a section that nothing else in the ticket names, in the place of one of
/// another section that the ticket is about and this section doesn't name.
pub(crate) fn odd_one(ticket: &Ticket, section: Section, reference: Section) -> Option<OddOne<'_>> {
    let in_prose = match section {
        Section::Rollback => &UNDOES,
        Section::Deployment | Section::Validation => &NAME,
    };
    let mut odd = slots(section.steps(ticket), in_prose);
    let mut known = HashSet::new();
    odd.retain(|slot| !is_pattern(slot.object) && known.insert((slot.kind, slot.object)));
    if odd.is_empty() {
        return None;
    }
    let kinds: HashSet<SlotKind<'_>> = odd.iter().map(|slot| slot.kind).collect();
    let usual = usual_objects(ticket, section, reference, &kinds);
    let mut elsewhere = None;
    odd.into_iter().find_map(|odd| {
        let usual = usual
            .get(&odd.kind)?
            .iter()
            .find(|usual| is_another(usual, &odd))?;
        let elsewhere = elsewhere.get_or_insert_with(|| texts_elsewhere(ticket, section));
        (!elsewhere.is_named(odd.object)).then_some(OddOne { usual: *usual, odd })
    })
}

/// An object that commands of the deployment act on and that neither the texts about the change nor
/// the validation name, while the validation acts on the one of the title or the services, which
/// neither deployment nor rollback name.
pub(crate) fn odd_target(ticket: &Ticket) -> Option<OddOne<'_>> {
    let is_acted_on =
        |slot: &Slot<'_>| matches!(slot.kind, SlotKind::Operand(_) | SlotKind::Option(..));
    let mut deployed = slots(&ticket.deployment.steps, &NAME);
    deployed.retain(|slot| is_acted_on(slot) && !is_pattern(slot.object));
    if deployed.is_empty() {
        return None;
    }
    let mut seen = slots(&ticket.validation.steps, &NAME);
    seen.retain(is_acted_on);
    let strings =
        |texts: Vec<&Text>| NameIndex::new(texts.into_iter().map(|text| text.text.as_str()));
    let subject = strings(
        std::iter::once(&ticket.title)
            .chain(&ticket.services)
            .collect(),
    );
    seen.retain(|slot| subject.is_named(slot.object));
    if seen.is_empty() {
        return None;
    }
    let planned = texts_of(&ticket.deployment.steps).chain(texts_of(&ticket.rollback.steps));
    let planned = strings(planned.collect());
    seen.retain(|slot| !planned.is_named(slot.object));
    let single = [
        Some(&ticket.justification),
        ticket.risk.blast_radius.as_ref(),
    ];
    let others = single
        .into_iter()
        .flatten()
        .chain(about(ticket))
        .chain(&ticket.services)
        .chain(texts_of(&ticket.validation.steps));
    let others = strings(others.collect());
    deployed.into_iter().find_map(|odd| {
        let usual = seen
            .iter()
            .find(|usual| usual.kind == odd.kind && is_another(usual, &odd))?;
        (!others.is_named(odd.object)).then_some(OddOne { usual: *usual, odd })
    })
}

/// Whether two objects are different things.
///
/// Names in prose say less about what is acted on, and a setting gets its old value back, so that
/// those of one family, such as the old and the new one, are taken for the same thing there.
fn is_another(one: &Slot<'_>, other: &Slot<'_>) -> bool {
    let is_same = is_same_name(one.object, other.object)
        || is_other_version(one.object, other.object)
        || is_group_of(one.object, other.object)
        || is_group_of(other.object, one.object);
    let is_family = match other.kind {
        SlotKind::Prose(_) | SlotKind::Value(_) => share_a_part(one.object, other.object),
        SlotKind::Option(..) => differ_in_numbers(one.object, other.object),
        // The old and the new host may have anything in common.
        SlotKind::Host => share_a_part(first_label(one.object), first_label(other.object)),
        SlotKind::Sql(_) | SlotKind::Code | SlotKind::Operand(_) | SlotKind::AfterVerb => false,
    };
    !is_same && !is_family
}

/// Whether a name stands for several things, as `turn-fra-0N` does for `turn-fra-01` and its
/// siblings.
fn is_pattern(name: &str) -> bool {
    let stem = name.trim_end_matches(['N', 'X', '0', '#', '?']);
    stem.len() < name.len()
        && name.ends_with(['N', 'X', '#', '?'])
        && !stem.contains(|c: char| c.is_ascii_uppercase())
}

/// Whether a name is that of a group of numbered things: `pgb_res` for `pgb-res-1`.
fn is_group_of(group: &str, member: &str) -> bool {
    let number = member.get(group.len()..).unwrap_or_default();
    let digits = number.trim_start_matches(['-', '_']);
    digits.len() < number.len()
        && !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && is_same_name(&member[..group.len()], group)
}

/// A host without its domain.
fn first_label(host: &str) -> &str {
    host.split('.').next().unwrap_or_default()
}

/// The objects that steps name; `in_prose` finds those in prose that are in no other slot.
fn slots<'t>(steps: &'t [Step], in_prose: &Pattern) -> Vec<Slot<'t>> {
    let mut slots = Vec::new();
    for stretch in steps.iter().flat_map(stretches) {
        let slot = |kind, object| Slot {
            kind,
            object,
            origin: stretch.origin,
        };
        let hosts = HOST.captures_iter(stretch.text);
        slots.extend(
            hosts.filter_map(|found| Some(slot(SlotKind::Host, found.name("host")?.as_str()))),
        );
        slots.extend(SQL.captures_iter(stretch.text).filter_map(|found| {
            let (kind, object) = (found.name("kind")?, found.name("object")?);
            is_name(object.as_str()).then(|| slot(SlotKind::Sql(kind.as_str()), object.as_str()))
        }));
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
            .filter(|command| !command.subcommand.is_empty() || command.program == "ssh")
        {
            let named = objects(command).into_iter();
            slots.extend(named.map(|object| slot(SlotKind::Operand(command.program), object)));
            let options = command.options.iter().filter_map(|option| {
                let value = option.value.filter(|value| is_name(value))?;
                // `--services` looks at what `--service` changes.
                let kind = SlotKind::Option(command.program, option.name.trim_end_matches('s'));
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

/// The objects of these kinds in a section that the ticket is about and the other section doesn't
/// name, by kind: the first one, and the first one with another name.
fn usual_objects<'t>(
    ticket: &'t Ticket,
    odd: Section,
    reference: Section,
    kinds: &HashSet<SlotKind<'t>>,
) -> HashMap<SlotKind<'t>, Vec<Slot<'t>>> {
    let mut objects = slots(reference.steps(ticket), &NAME);
    objects.retain(|slot| kinds.contains(&slot.kind));
    let mut by_kind: HashMap<SlotKind<'t>, Vec<Slot<'t>>> = HashMap::new();
    if objects.is_empty() {
        return by_kind;
    }
    let third = Section::ALL
        .into_iter()
        .filter(|section| ![odd, reference].contains(section));
    let subjects = about(ticket)
        .chain(&ticket.services)
        .chain(third.flat_map(|section| texts_of(section.steps(ticket))));
    let subjects = NameIndex::new(subjects.map(|text| text.text.as_str()));
    // A title may have "express checkout" for `express-checkout`.
    let is_subject =
        |name: &str| subjects.is_named(name) || subjects.is_named(&name.replace(['-', '_'], " "));
    let mut named = None;
    for slot in objects {
        let known = by_kind.entry(slot.kind).or_default();
        let is_known = known.len() == 2
            || known
                .iter()
                .any(|known| is_same_name(known.object, slot.object));
        if is_known || !is_subject(slot.object) {
            continue;
        }
        let named = named.get_or_insert_with(|| {
            NameIndex::new(texts_of(odd.steps(ticket)).map(|text| text.text.as_str()))
        });
        if !named.is_named(slot.object) {
            known.push(slot);
        }
    }
    by_kind
}

/// The texts that say what is changed.
fn about(ticket: &Ticket) -> impl Iterator<Item = &Text> {
    let flag = ticket.deployment.flag.as_ref();
    let texts = [
        Some(&ticket.title),
        ticket.description.as_ref(),
        flag.and_then(|flag| flag.key.as_ref()),
    ];
    texts.into_iter().flatten()
}

/// The texts outside of a section that may name an object.
fn texts_elsewhere(ticket: &Ticket, section: Section) -> NameIndex {
    let single = [
        Some(&ticket.justification),
        ticket.risk.blast_radius.as_ref(),
        ticket.rollback.trigger.as_ref(),
    ];
    let others = Section::ALL.into_iter().filter(|other| *other != section);
    let texts = single
        .into_iter()
        .flatten()
        .chain(about(ticket))
        .chain(&ticket.services)
        .chain(others.flat_map(|other| texts_of(other.steps(ticket))));
    NameIndex::new(texts.map(|text| text.text.as_str()))
}

pub(crate) fn texts_of(steps: &[Step]) -> impl Iterator<Item = &Text> {
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

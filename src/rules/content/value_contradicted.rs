//! A rollback, a validation or a deployment with another value than the title.

use std::collections::HashSet;

use crate::config::Level;
use crate::finding::{Finding, Severity};
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::{Label, shorten};
use crate::text::{
    Assignment, Pattern, Stretch, Transition, Unit, Value, WordForms, Words, assignments, clause,
    counted_value, expected, is_read_only, locate, reads, same_word, stretches, texts_of,
    transition, values, words,
};
use crate::ticket::{Step, Text, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "content/value-contradicted",
    Level::Error,
    "value that contradicts the title",
    include_str!("value_contradicted.md"),
    &[Check::Ticket(check)],
)
.any_language();

/// Words that state a bound or a denial instead of a value.
static BOUNDS: Words = Words::new(
    "no none not never without above over more below under less older newer until least most \
    than except unlike instead was were",
);

/// Words after which a validation states what it observes.
const OBSERVES: &str = "show say answer is are report return list print give read equal";

/// Options whose value says how long or how often a command does something.
static LIMITS: Words = Words::new(
    "--timeout --wait --wait-timeout --since --interval --retries --max-time --connect-timeout --tail --limit --lines",
);

/// Keys whose value is the version of what the title upgrades.
const VERSION_KEYS: [&str; 4] = ["tag", "image", "version", "release"];

/// What the ticket says it changes, and where.
struct Change<'t> {
    stated_in: &'t Text,
    transition: Transition<'t>,
}

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let change = change(ticket);
    if let Some(other) = change
        .as_ref()
        .and_then(|change| in_description(ticket, change))
    {
        findings.push(other);
        return;
    }
    let contradicted = |change: &Change<'_>| {
        in_deployment(ticket, change)
            .or_else(|| in_rollback(ticket, change))
            .or_else(|| in_validation(ticket, change))
            .map(|found| found.finding(ticket, change))
    };
    let found = change.as_ref().and_then(contradicted);
    let found = found.or_else(|| back_to_another_number(ticket, change.as_ref()?));
    let found = found.or_else(|| repeated(ticket, change.as_ref()));
    let found = found.or_else(|| outvoted(ticket));
    findings.extend(found.or_else(|| other_branch(ticket)));
}

/// The transition of the title, or else of the description.
fn change(ticket: &Ticket) -> Option<Change<'_>> {
    let texts = [Some(&ticket.title), ticket.description.as_ref()];
    texts.into_iter().flatten().find_map(|stated_in| {
        transition(&stated_in.text).map(|transition| Change {
            stated_in,
            transition,
        })
    })
}

/// A description of a change from the same version to another one than the title's.
fn in_description(ticket: &Ticket, change: &Change<'_>) -> Option<Finding> {
    let description = ticket.description.as_ref()?;
    let title = &change.transition;
    if *change.stated_in != ticket.title || title.from.is_none() || !title.to.is_version() {
        return None;
    }
    let described = transition(&description.text)?;
    let is_same_from = match (&title.from, &described.from) {
        (Some(one), Some(other)) => one.is_same(other),
        _ => false,
    };
    if !is_same_from || !is_other(&described.to, title) {
        return None;
    }
    let (right, wrong) = (shorten(title.to.text), shorten(described.to.text));
    let here = locate(&ticket.source, description, described.to.text);
    let there = locate(&ticket.source, &ticket.title, title.to.text);
    Some(
        RULE.finding(ticket.place(), here, format!("not {right}"))
            .message(format!(
                "the description says {wrong}, but the title says {right}"
            ))
            .help(format!(
                "use the same version in both places: {right} or {wrong}"
            ))
            .related(ticket.place(), Label::new(there, "the title"))
            .anchor("description"),
    )
}

/// A value that contradicts the change.
struct Contradiction<'t> {
    origin: &'t Text,
    value: Value<'t>,
    label: String,
    message: String,
    help: String,
    /// The value of the change that it contradicts.
    stated: Stated<'t>,
}

/// A value of the change, as its text says it, and what it is.
struct Stated<'t> {
    text: &'t str,
    label: &'static str,
}

impl<'t> Stated<'t> {
    fn new_value(value: &Value<'t>) -> Self {
        Self {
            text: value.text,
            label: "the new value",
        }
    }

    fn old_value(value: &Value<'t>) -> Self {
        Self {
            text: value.text,
            label: "the value before the change",
        }
    }
}

impl Contradiction<'_> {
    fn finding(&self, ticket: &Ticket, change: &Change<'_>) -> Finding {
        let here = locate(&ticket.source, self.origin, self.value.text);
        let there = locate(&ticket.source, change.stated_in, self.stated.text);
        RULE.finding(ticket.place(), here, &self.label)
            .message(&self.message)
            .help(&self.help)
            .related(ticket.place(), Label::new(there, self.stated.label))
            .anchor(&self.origin.path)
    }
}

/// A deployment that never mentions the new value, and assigns another one to what the title names.
fn in_deployment<'t>(ticket: &'t Ticket, change: &Change<'t>) -> Option<Contradiction<'t>> {
    let to = &change.transition.to;
    let steps = &ticket.deployment.steps;
    if mentions(steps, to) {
        return None;
    }
    let (stretch, value) = another_value(ticket, steps, change)?;
    let (wrong, right) = (shorten(value.text), shorten(to.text));
    Some(Contradiction {
        origin: stretch.origin,
        label: format!("not {right}"),
        message: format!("the deployment sets {wrong}, but the new value is {right}"),
        help: format!("use the same value in both places: {right} or {wrong}"),
        stated: Stated::new_value(to),
        value,
    })
}

/// A rollback that doesn't mention the old value, and sets the new one or a third one.
fn in_rollback<'t>(ticket: &'t Ticket, change: &Change<'t>) -> Option<Contradiction<'t>> {
    let Transition { from, to } = &change.transition;
    let steps = &ticket.rollback.steps;
    let Some(from) = from else {
        return new_version(ticket, to);
    };
    if mentions(steps, from) {
        return None;
    }
    let old = shorten(from.text);
    let new = stated_value(steps.iter().flat_map(stretches), |stretch, value| {
        value.is_same(to) && is_set(stretch, value)
    });
    let found = match new {
        Some(found) => Some((
            found,
            format!("the rollback sets the new value, {}", shorten(to.text)),
            Stated::new_value(to),
        )),
        None => third_value(ticket, change).map(|found| {
            let third = shorten(found.1.text);
            (
                found,
                format!(
                    "the rollback goes back to {third}, but the value before the change is {old}"
                ),
                Stated::old_value(from),
            )
        }),
    };
    let ((stretch, value), message, stated) = found?;
    Some(Contradiction {
        origin: stretch.origin,
        label: format!("not {old}"),
        message,
        help: format!("restore the old value, {old}"),
        stated,
        value,
    })
}

/// The new version or setting, if the rollback sets it and mentions no other one that could be the
/// old one.
fn new_version<'t>(ticket: &'t Ticket, to: &Value<'t>) -> Option<Contradiction<'t>> {
    let steps = &ticket.rollback.steps;
    let is_another = |stretch: &Stretch<'_>| {
        values(stretch.text)
            .iter()
            .any(|value| value.is_comparable(to) && !value.is_same(to))
    };
    if !to.is_distinctive()
        || steps
            .iter()
            .flat_map(all_stretches)
            .any(|it| is_another(&it))
    {
        return None;
    }
    let acting = steps.iter().filter(|step| !is_read_only(step));
    let (stretch, value) = stated_value(acting.flat_map(stretches), |stretch, value| {
        value.is_same(to)
            && (value.is_version() || stretch.is_code)
            && !(stretch.is_code && reads(stretch.text))
            && is_set(stretch, value)
    })?;
    Some(Contradiction {
        origin: stretch.origin,
        label: "also the new value".to_owned(),
        message: format!("the rollback sets the new value, {}", shorten(to.text)),
        help: "restore the old value".to_owned(),
        stated: Stated::new_value(to),
        value,
    })
}

/// A value that the rollback sets, and that is neither the old nor the new one.
fn third_value<'t>(ticket: &'t Ticket, change: &Change<'t>) -> Option<(Stretch<'t>, Value<'t>)> {
    let steps = &ticket.rollback.steps;
    if mentions(steps, &change.transition.to) {
        return None;
    }
    let set = |stretch: Stretch<'_>, value: &Value<'_>| {
        value.is_version() && is_other(value, &change.transition) && is_set(stretch, value)
    };
    stated_value(steps.iter().flat_map(stretches), set)
        .or_else(|| another_value(ticket, steps, change))
}

/// A validation that doesn't mention the new value, and observes the old one or another version.
fn in_validation<'t>(ticket: &'t Ticket, change: &Change<'t>) -> Option<Contradiction<'t>> {
    let Transition { from, to } = &change.transition;
    let steps = &ticket.validation.steps;
    if !to.is_distinctive() || mentions(steps, to) {
        return None;
    }
    let from = from.as_ref().filter(|from| from.is_distinctive());
    let stretches = || steps.iter().flat_map(all_stretches);
    let old = from.and_then(|from| {
        stated_value(stretches(), |stretch, value| {
            value.is_same(from) && (is_observed(stretch, value) || is_shown(stretch, value))
        })
    });
    let is_old = old.is_some();
    let (stretch, value) = old.or_else(|| {
        stated_value(stretches(), |stretch, value| {
            value.is_version() && is_other(value, &change.transition) && is_observed(stretch, value)
        })
    })?;
    let (new, seen) = (shorten(to.text), shorten(value.text));
    Some(Contradiction {
        origin: stretch.origin,
        label: format!("not {new}"),
        message: if is_old {
            format!("the validation expects the old value, {seen}")
        } else {
            format!("the validation expects {seen}, but the new value is {new}")
        },
        help: format!("expect the new value, {new}"),
        stated: Stated::new_value(to),
        value,
    })
}

/// "set it back to 8", where the number may be too small for a value of its own.
static BACK_TO: Pattern = Pattern::new(
    r"(?i)\bback\s+to\s+(?P<number>\d{1,6}(?:\.\d{1,3})?)(?:$|[,;)]|\.(?:\s|$)|\s+(?:by|in|with|on|and|as|via|through)\b)",
);

/// A rollback to a bare number that is neither that of the value before the change nor of the new one,
/// in a rollback that doesn't mention the value before the change.
fn back_to_another_number(ticket: &Ticket, change: &Change<'_>) -> Option<Finding> {
    let Transition { from, to } = &change.transition;
    let from = from.as_ref().filter(|from| from.unit() != Unit::None)?;
    let number = |text: &str| {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.');
        text[..end.unwrap_or(text.len())].to_owned()
    };
    let (old, new) = (number(from.text), number(to.text));
    let steps = &ticket.rollback.steps;
    let has_old = |text: &str| {
        text.split(|c: char| !c.is_ascii_digit() && c != '.')
            .any(|part| part.trim_end_matches('.') == old)
    };
    if old.is_empty() || texts_of(steps).any(|text| has_old(&text.text)) {
        return None;
    }
    let (stretch, wrong) = steps.iter().flat_map(stretches).find_map(|stretch| {
        let found = BACK_TO.captures(stretch.text)?.name("number")?;
        let is_wrong = !stretch.is_code && found.as_str() != new;
        is_wrong.then_some((stretch, found.as_str()))
    })?;
    let old = shorten(from.text);
    let there = locate(&ticket.source, change.stated_in, from.text);
    Some(
        RULE.finding(
            ticket.place(),
            locate(&ticket.source, stretch.origin, wrong),
            format!("not {old}"),
        )
        .message(format!(
            "the rollback goes back to {wrong}, but the value before the change is {old}"
        ))
        .help(format!("set the value from before the change, {old}"))
        .related(
            ticket.place(),
            Label::new(there, "the value before the change"),
        )
        .anchor(&stretch.origin.path),
    )
}

/// Maximum number of values of a title that commands are compared with.
const MAX_TITLED: usize = 10;

/// A command that deployment and rollback have in common, with a value that the title names: the
/// rollback sets what the deployment set.
fn repeated(ticket: &Ticket, change: Option<&Change<'_>>) -> Option<Finding> {
    let from = change.and_then(|change| change.transition.from.as_ref());
    let mut titled = values(&ticket.title.text);
    titled.truncate(MAX_TITLED);
    let deployed: HashSet<&str> = code(&ticket.deployment.steps)
        .map(|stretch| stretch.text.trim())
        .collect();
    let is_new =
        |value: &Value<'_>| value.is_distinctive() && !from.is_some_and(|from| value.is_same(from));
    let acting = ticket
        .rollback
        .steps
        .iter()
        .filter(|step| !is_read_only(step));
    let mut repeated = acting
        .flat_map(stretches)
        .filter(|stretch| stretch.is_code && deployed.contains(stretch.text.trim()));
    let (stretch, value, stated) = repeated.find_map(|stretch| {
        values(stretch.text).into_iter().find_map(|value| {
            let stated = titled
                .iter()
                .find(|stated| is_new(stated) && stated.is_same(&value))?;
            is_set(stretch, &value).then_some((stretch, value, stated))
        })
    })?;
    let new = shorten(value.text);
    let here = locate(&ticket.source, stretch.origin, value.text);
    let there = locate(&ticket.source, &ticket.title, stated.text);
    Some(
        RULE.finding(ticket.place(), here, "also set by the deployment")
            .message(format!("the rollback sets the new value, {new}"))
            .help("restore the old value")
            .related(ticket.place(), Label::new(there, "the new value"))
            .anchor(&stretch.origin.path),
    )
}

/// A value of the deployment that neither the title nor the validation has, while both of them have
/// another one that the deployment lacks.
fn outvoted(ticket: &Ticket) -> Option<Finding> {
    let has_unit = |value: &Value<'_>| value.unit() != Unit::None;
    let mut titled = values(&ticket.title.text).into_iter().filter(has_unit);
    let stated = titled.next().filter(|_| titled.next().is_none())?;
    let steps = &ticket.deployment.steps;
    if mentions(steps, &stated) || !mentions(&ticket.validation.steps, &stated) {
        return None;
    }
    let (stretch, value) = stated_value(steps.iter().flat_map(stretches), |stretch, value| {
        has_unit(value) && value.is_comparable(&stated) && is_set(stretch, value)
    })?;
    if mentions(&ticket.validation.steps, &value) {
        return None;
    }
    let (wrong, right) = (shorten(value.text), shorten(stated.text));
    let here = locate(&ticket.source, stretch.origin, value.text);
    let there = locate(&ticket.source, &ticket.title, stated.text);
    Some(
        RULE.finding(ticket.place(), here, format!("not {right}"))
            .message(format!(
                "the deployment sets {wrong}, but title and validation say {right}"
            ))
            .help(format!(
                "use the same value in all places: {right} or {wrong}"
            ))
            .related(ticket.place(), Label::new(there, "the title"))
            .anchor(&stretch.origin.path)
            .at_most(Severity::Warning),
    )
}

static BRANCH: Pattern = Pattern::new(r"\b(?:release|hotfix|feature|bugfix|support)/[\w.-]*\w");

/// A deployment of another branch than the one of the title, which no deployment step mentions.
fn other_branch(ticket: &Ticket) -> Option<Finding> {
    let mut titled = BRANCH.find_iter(&ticket.title.text);
    let stated = titled.next().filter(|_| titled.next().is_none())?.as_str();
    let steps = &ticket.deployment.steps;
    if texts_of(steps).any(|text| text.text.contains(stated)) {
        return None;
    }
    let (text, other) =
        texts_of(steps).find_map(|text| Some((text, BRANCH.find(&text.text)?.as_str())))?;
    let (wrong, right) = (shorten(other), shorten(stated));
    let there = locate(&ticket.source, &ticket.title, stated);
    Some(
        RULE.finding(
            ticket.place(),
            locate(&ticket.source, text, other),
            format!("not {right}"),
        )
        .message(format!(
            "the deployment uses {wrong}, but the title says {right}"
        ))
        .help(format!(
            "use the same branch in both places: {right} or {wrong}"
        ))
        .related(ticket.place(), Label::new(there, "the title"))
        .anchor(&text.path),
    )
}

/// The code of steps.
fn code(steps: &[Step]) -> impl Iterator<Item = Stretch<'_>> {
    steps
        .iter()
        .flat_map(stretches)
        .filter(|stretch| stretch.is_code)
}

/// Whether a value could be in the place of those of a change, and is neither of them.
fn is_other(value: &Value<'_>, change: &Transition<'_>) -> bool {
    let Transition { from, to } = change;
    value.is_comparable(to)
        && !value.is_same(to)
        && !value.has_number_of(to)
        && !from.as_ref().is_some_and(|from| value.is_same(from))
}

/// A value that steps assign to what the title names, or to what the deployment sets to the old or
/// the new value, and that is neither of them.
fn another_value<'t>(
    ticket: &'t Ticket,
    steps: &'t [Step],
    change: &Change<'_>,
) -> Option<(Stretch<'t>, Value<'t>)> {
    let Transition { from, to } = &change.transition;
    let titled: WordForms<'_> = words(&change.stated_in.text).collect();
    let is_of_change = |value: &Value<'_>| {
        value.is_same(to) || from.as_ref().is_some_and(|from| value.is_same(from))
    };
    // Collected once: a step may have thousands of assignments. What the rollback sets to the old
    // value is what the deployment changes.
    let changed: HashSet<&str> = ticket
        .deployment
        .steps
        .iter()
        .chain(&ticket.rollback.steps)
        .flat_map(stretches)
        .flat_map(|stretch| assignments(stretch.text))
        .filter(|found| only_value(*found).is_some_and(|value| is_of_change(&value)))
        .map(|found| found.key)
        .collect();
    let assigned = steps.iter().flat_map(stretches).find_map(|stretch| {
        let assigned = assignments(stretch.text)
            .into_iter()
            .filter(|found| changed.contains(found.key) || names_the_subject(found.key, &titled));
        let value = assigned
            .filter_map(only_value)
            .find(|value| is_other(value, &change.transition))?;
        Some((stretch, value))
    });
    assigned.or_else(|| {
        let noun = noun_before(&change.stated_in.text, from.as_ref().unwrap_or(to))?;
        stated_value(steps.iter().flat_map(stretches), |stretch, value| {
            is_other(value, &change.transition)
                && noun_before(stretch.text, value).is_some_and(|it| it.eq_ignore_ascii_case(noun))
        })
    })
}

/// Nouns that say of a number what it is, as in "port 27000".
static NUMBERED: Words = Words::new("port vlan asn uid gid priority metric weight level tier mtu");

/// The noun that a number belongs to, if it is directly before it.
fn noun_before<'t>(text: &'t str, value: &Value<'_>) -> Option<&'t str> {
    let before = text[..value.start].trim_end_matches([' ', '=', ':']);
    let noun = before.rsplit(|c: char| !c.is_alphanumeric()).next()?;
    NUMBERED.has(&noun.to_lowercase()).then_some(noun)
}

/// The first value that is stated in this way, and not as a bound.
fn stated_value<'t>(
    stretches: impl IntoIterator<Item = Stretch<'t>>,
    is_stated: impl Fn(Stretch<'_>, &Value<'_>) -> bool,
) -> Option<(Stretch<'t>, Value<'t>)> {
    stretches.into_iter().find_map(|stretch| {
        let stated = values(stretch.text)
            .into_iter()
            .find(|value| is_stated(stretch, value) && !is_bound(stretch.text, value));
        stated.map(|value| (stretch, value))
    })
}

fn all_stretches(step: &Step) -> Vec<Stretch<'_>> {
    let mut all = stretches(step);
    all.extend(expected(step));
    all
}

/// Whether any step mentions an amount.
fn mentions(steps: &[Step], value: &Value<'_>) -> bool {
    let undo = |step: &Step| {
        step.undo
            .as_ref()
            .is_some_and(|text| has(&text.text, value))
    };
    steps.iter().any(|step| {
        undo(step)
            || all_stretches(step)
                .iter()
                .any(|stretch| has(stretch.text, value))
    })
}

fn has(text: &str, value: &Value<'_>) -> bool {
    values(text)
        .iter()
        .any(|found| found.is_same(value) || found.has_number_of(value))
}

/// Whether a key shares a word with the title, or is that of a version.
fn names_the_subject(key: &str, titled: &WordForms<'_>) -> bool {
    let parts: Vec<&str> = key.split(['.', '_', '-']).collect();
    let last = parts.last().copied().unwrap_or_default().to_lowercase();
    VERSION_KEYS.contains(&last.as_str())
        || parts
            .iter()
            .any(|part| part.len() > 2 && titled.has(&part.to_lowercase()))
}

/// The value that an assignment consists of.
fn only_value(assignment: Assignment<'_>) -> Option<Value<'_>> {
    let value = assignment.value.rsplit(':').next()?;
    let mut found = values(value);
    found.extend(counted_value(assignment.key, value).filter(|_| found.is_empty()));
    let found = (found.len() == 1).then(|| found.remove(0))?;
    Some(match unit_of_key(assignment.key) {
        Some(unit) if found.unit() == Unit::None => found.with_unit(unit),
        _ => found,
    })
}

/// The unit that a key ends in, such as `timeoutMs` or `max_size_mb`.
fn unit_of_key(key: &str) -> Option<Unit> {
    let tail = key.rsplit(['.', '_', '-']).next()?;
    let camel = tail
        .rfind(char::is_uppercase)
        .map_or(tail, |at| &tail[at..]);
    Unit::parse(camel).filter(|_| camel.len() > 1)
}

/// Whether a value is set: after `=`, `:`, `--version` or "to", or in a flag such as `-Xmx8g`.
fn is_set(stretch: Stretch<'_>, value: &Value<'_>) -> bool {
    let before = stretch.text[..value.start].trim_end_matches([' ', '"', '\'']);
    let word = before
        .rsplit(char::is_whitespace)
        .next()
        .unwrap_or_default();
    before.ends_with(['=', ':'])
        || ["to", "--version"].contains(&word)
        || (word.starts_with('-') && !stretch.text[..value.start].ends_with(' '))
        || (stretch.is_code && word.starts_with("--") && !LIMITS.contains(word))
}

/// Whether a value is stated as an observation.
fn is_observed(stretch: Stretch<'_>, value: &Value<'_>) -> bool {
    let before = stretch.text[..value.start].trim_end_matches([' ', '"', '\'']);
    let word = before
        .rsplit(char::is_whitespace)
        .next()
        .unwrap_or_default();
    before.ends_with(['=', ':'])
        || OBSERVES
            .split_ascii_whitespace()
            .any(|known| same_word(&word.to_lowercase(), known))
}

/// Whether a verb of observation comes before a value in the same clause: "shows a size of 10 MB".
fn is_shown(stretch: Stretch<'_>, value: &Value<'_>) -> bool {
    let clause = clause(stretch.text, value.start);
    let before = clause.find(value.text).map_or("", |at| &clause[..at]);
    words(before).any(|word| {
        [
            "show", "shows", "prints", "returns", "says", "reports", "lists",
        ]
        .contains(&&*word)
    })
}

/// Whether the clause around a value states a bound or a denial.
fn is_bound(text: &str, value: &Value<'_>) -> bool {
    words(clause(text, value.start)).any(|word| BOUNDS.contains(&word))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{findings, rules_of};

    const RULE: &str = "content/value-contradicted";

    fn reports(text: &str) -> bool {
        rules_of(text).contains(&RULE)
    }

    #[test]
    fn rollback_to_a_bare_number_is_compared() {
        let reports = |step: &str| {
            let text = format!(
                "title = \"Shorten the segments of news from 6 s to 4 s\"\nrollback = [\"{step}\"]"
            );
            rules_of(&text).contains(&RULE)
        };
        assert!(reports(
            "In `news.yaml` set the duration back to 8 by a commit"
        ));
        for step in [
            "In `news.yaml` set the duration back to 6 by a commit",
            "Set it back to 8 nodes",
            "Go back to 3 of the runbook",
            "Set the window back to 8, and the duration to 6 s",
            "Go back to step 2",
        ] {
            assert!(!reports(step), "{step}");
        }
    }

    #[test]
    fn rollback_to_the_new_value_is_found() {
        for (title, rollback) in [
            (
                "Lower the heap of search from 12g to 8g",
                "Set `-Xmx8g` in jvm.options and restart cs-1",
            ),
            (
                "Raise the pool from 20 to 40",
                "Set `pool: 40` and restart cs-1",
            ),
            (
                "Upgrade x from 1.2.0 to 1.3.0",
                "`helm upgrade x charts/x --version 1.3.0`",
            ),
            (
                "Raise the limit from 20 MB to 50 MB",
                "Set the limit back to 50MB",
            ),
        ] {
            let text = format!("title = \"{title}\"\nrollback = [\"{rollback}\"]");
            assert!(reports(&text), "{text}");
        }
    }

    #[test]
    fn rollback_to_a_third_value_is_found() {
        let text = |rollback: &str| {
            format!("title = \"Upgrade loki from 3.2.1 to 3.3.2\"\nrollback = [\"{rollback}\"]")
        };
        assert!(reports(&text(
            "`helm rollback loki`; pods show grafana/loki:3.1.1"
        )));
        assert!(reports(&text("Go back to 3.1.1")));
        assert!(!reports(&text(
            "Go back to 3.2.1; it was deployed with chart 3.1.1"
        )));
        assert!(!reports(&text("Not below 3.1.1")));
        assert!(!reports(&text("Set promtail to 2.9.1")));
        let pool = "title = \"Raise the pool from 20 to 40\"\ndeployment = [\"Set `pool: 40`\"]";
        assert!(reports(&format!("{pool}\nrollback = [\"Set `pool: 30`\"]")));
        assert!(!reports(&format!(
            "{pool}\nrollback = [\"Set `pool: 20`\"]"
        )));
        assert!(!reports(&format!(
            "{pool}\nrollback = [\"Revert #12, `timeout: 30`\"]"
        )));
    }

    #[test]
    fn rollback_to_a_new_version_without_an_old_one_is_found() {
        let text = |rollback: &str| {
            format!("title = \"Deploy bidder 3.42.0\"\nrollback = [\"{rollback}\"]")
        };
        assert!(reports(&text(
            "`helm upgrade bidder . --set image.tag=3.42.0`"
        )));
        assert!(reports(&text(
            "kubectl set image deploy/bidder bidder=bidder:3.42.0 --record"
        )));
        for rollback in [
            "`helm upgrade bidder . --set image.tag=3.41.2`",
            "`helm upgrade bidder . --set image.tag=3.41.2`; 3.42.0 is gone",
            "Pods with 3.42.0 are drained, `helm rollback bidder`",
            "`kubectl get pods -l version=3.42.0` shows none",
            "`helm rollback bidder`, no pod of 3.42.0 is left",
        ] {
            assert!(!reports(&text(rollback)), "{rollback}");
        }
    }

    #[test]
    fn options_and_quoted_settings_are_values() {
        let heap = |value: &str| {
            format!(
                "title = \"Raise the heap of solr from 4 GB to 8 GB\"\n\
                 deployment = ['Set SOLR_HEAP=\"{value}\" in solr.in.sh, restart solr']"
            )
        };
        assert!(reports(&heap("6g")));
        assert!(!reports(&heap("8g")));
        let alias = |version: &str| {
            let command = "aws lambda update-alias --name live --function-version";
            format!(
                "title = \"Deploy version 118 of order-events\"\n\
                 deployment = [\"{command} 118\"]\nrollback = [\"{command} {version}\"]"
            )
        };
        assert!(reports(&alias("118")));
        assert!(!reports(&alias("117")));
    }

    #[test]
    fn key_that_the_rollback_resets_is_the_subject() {
        let text = |value: &str, back: &str| {
            format!(
                "title = \"Raise the connection limit from 200 to 400\"\n\
                 deployment = [\"Set max_client_conn = {value} in a.ini\"]\n\
                 rollback = [\"Set {back} in a.ini\"]"
            )
        };
        assert!(reports(&text("800", "max_client_conn = 200")));
        assert!(!reports(&text("400", "max_client_conn = 200")));
        assert!(!reports(&text("800", "default_pool = 200")));
    }

    #[test]
    fn other_branch_is_found() {
        let text =
            |title: &str, step: &str| format!("title = \"{title}\"\ndeployment = [\"{step}\"]");
        let title = "Deploy release/2026.12 of the storefront";
        assert!(reports(&text(
            title,
            "git checkout release/2026.11 && make deploy"
        )));
        for (title, step) in [
            (title, "git checkout release/2026.12 && make deploy"),
            (
                title,
                "Merge release/2026.11 into release/2026.12, make deploy",
            ),
            (title, "make deploy"),
            (
                "Merge hotfix/a into release/2026.12",
                "git checkout release/2026.11",
            ),
            ("Deploy the storefront", "git checkout release/2026.11"),
        ] {
            assert!(!reports(&text(title, step)), "{title}: {step}");
        }
    }

    #[test]
    fn numbered_things_are_compared_by_their_noun() {
        let text = |step: &str| {
            format!(
                "title = \"Move the licence server from port 27000 to 27020\"\ndeployment = [\"{step}\"]"
            )
        };
        assert!(reports(&text(
            "Set port 27002 in license.dat, restart lmgrd"
        )));
        for step in [
            "Set port 27020 in license.dat, restart lmgrd",
            "Set port 27020; the vendor daemon keeps port 27001",
            "Set the new port in license.dat, wait 120 s",
            "Restart 480 licences on lic-1",
            "Not port 27002",
        ] {
            assert!(!reports(&text(step)), "{step}");
        }
    }

    #[test]
    fn rollback_that_repeats_the_command_is_found() {
        let text = |rollback: &str| {
            format!(
                "title = \"Deploy timetable-api (task definition 212)\"\n\
                 deployment = [\"`aws ecs update-service --task-definition timetable-api:212`\", \"`terraform apply`\"]\n\
                 rollback = [\"{rollback}\", \"The keys expire after 60 s\"]"
            )
        };
        assert!(reports(&text(
            "`aws ecs update-service --task-definition timetable-api:212`"
        )));
        assert!(!reports(&text(
            "`aws ecs update-service --task-definition timetable-api:211`"
        )));
        assert!(!reports(&text("Revert the merge, `terraform apply`")));
    }

    #[test]
    fn version_of_a_release_is_the_new_value() {
        let text = |tag: &str, version: &str| {
            format!(
                "title = \"Ship shop 5.2.0\"\ndeployment = [\"`helm upgrade shop . --set image.tag={tag}`\"]\n\
                 validation = [\"`/version` returns {version} on all pods\"]"
            )
        };
        assert!(!reports(&text("5.2.0", "5.2.0")));
        assert!(reports(&text("5.1.9", "5.2.0")));
        assert!(reports(&text("5.2.0", "5.1.9")));
        assert!(!reports(&text("5.2.0", "no longer 5.1.9")));
    }

    #[test]
    fn other_number_of_things_is_found() {
        let text = |number: &str| {
            format!(
                "title = \"Scale web from 3 to 6 replicas\"\n\
                 deployment = [\"`kubectl scale deploy/web --replicas={number}`\"]"
            )
        };
        assert!(reports(&text("5")));
        assert!(!reports(&text("6")));
    }

    #[test]
    fn value_against_title_and_validation_is_found() {
        let text = |share: &str, seen: &str| {
            format!(
                "title = \"Route 20% of the traffic to search-v2\"\n\
                 deployment = [\"Set the weight of search-v2 to {share}\"]\n\
                 validation = [\"Grafana shows {seen} of the requests on search-v2\"]"
            )
        };
        assert!(reports(&text("50%", "20%")));
        assert!(!reports(&text("20%", "20%")));
        assert!(!reports(&text("50%", "50%")));
        assert!(!reports(&text("its share, below 50%", "20%")));
        assert!(!reports(&text("20 percent", "20%")));
    }

    #[test]
    fn other_version_in_the_description_is_found() {
        let text = |version: &str| {
            format!(
                "title = \"Upgrade loki from 3.2.1 to 3.3.2\"\n\
                 description = \"From 3.2.1 to {version}; the chart goes from 6.18.0 to 6.24.0\""
            )
        };
        assert!(!reports(&text("3.3.2")));
        let one = "title = \"Upgrade loki from 3.2.1 to 3.3.2\"\ndescription = \"Goes from 3.2.1 to 3.3.1\"";
        assert!(reports(one));
        assert!(!reports(
            &one.replace("from 3.2.1 to 3.3.1", "from 2.9.1 to 2.9.4")
        ));
    }

    #[test]
    fn validation_of_the_old_value_is_found() {
        let title = "title = \"Raise the upload limit from 20 MB to 50 MB\"";
        for step in [
            "`GET /limits` answers max_upload=20MB",
            "The page shows 20 MB",
            "`EHLO` shows a size of 20 MB",
        ] {
            assert!(
                reports(&format!("{title}\nvalidation = [\"{step}\"]")),
                "{step}"
            );
        }
    }

    #[test]
    fn deployment_of_another_value_is_found() {
        for (title, deployment) in [
            (
                "Raise max_connections from 400 to 600",
                "Set `max_connections = 800` with `patronictl`",
            ),
            (
                "Upgrade Grafana from 11.2.0 to 11.3.1",
                "`helm upgrade g g/g --set image.tag=11.1.3`",
            ),
            (
                "Upgrade shop to 2.3.1",
                "Set `image: registry.example/shop:2.1.3`",
            ),
        ] {
            let text = format!("title = \"{title}\"\ndeployment = [\"{deployment}\"]");
            assert!(reports(&text), "{text}");
        }
    }

    #[test]
    fn both_places_are_shown() {
        let found = findings(
            "title = \"Raise max_connections from 400 to 600\"\ndeployment = [\"Set `max_connections = 800`\"]",
        );
        let found = found.iter().find(|found| found.rule == RULE).unwrap();
        assert_eq!(
            found.message,
            "the deployment sets 800, but the new value is 600"
        );
        assert_eq!(
            (found.label.span.len(), found.related[0].label.span.len()),
            (3, 3)
        );
    }

    #[test]
    fn values_that_agree_are_accepted() {
        for text in [
            "title = \"Raise the timeout from 20 s to 60 s\"\ndeployment = [\"Set `timeout: 60s`\"]\nrollback = [\"Set `timeout: 20s`\"]\nvalidation = [\"p95 below 20 ms; a 45 s report downloads\"]",
            "title = \"Raise max_connections from 400 to 600\"\ndeployment = [\"Restart with `--parallel=2`, `timeout=900`\"]",
            "title = \"Upgrade x from 1.2.0 to 1.3.0\"\nrollback = [\"Go from 1.3.0 to 1.2.0\"]",
            "title = \"Raise the limit from 20 MB to 50 MB\"\nvalidation = [\"No pod answers 20 MB\", \"`/limits` is not 20MB\"]",
            "title = \"Raise the limit from 20 MB to 50 MB\"\nvalidation = [\"/limits answers 50 MB where it was 20 MB\"]",
            "title = \"Raise the limit from 20 MB to 50 MB\"\nrollback = [\"Set `max: 20971520`\"]",
            "title = \"Upgrade Grafana from 11.2.0 to 11.3.1\"\ndeployment = [\"`helm upgrade g g/g --version 8.6.0`\"]",
            "title = \"Set the timeout to 120 s\"\ndeployment = [\"Set `timeout_ms: 120000`\"]",
            "title = \"Raise the pool from 20 to 40\"\ndeployment = [\"Set `pool: 20` on eu-1 as a test, then merge #12\"]",
        ] {
            assert!(!reports(text), "{text}");
        }
    }

    #[test]
    fn value_takes_the_unit_of_its_key() {
        let text = |value: &str| {
            format!(
                "title = \"Lower the timeout of recommendation from 800 ms to 250 ms\"\n\
                 deployment = [\"`helm upgrade g . --set upstreams.recommendation.timeoutMs={value}`\"]"
            )
        };
        assert!(reports(&text("2500")));
        assert!(!reports(&text("250")));
    }

    #[test]
    fn key_that_had_the_old_value_is_the_subject() {
        let text = |value: &str| {
            format!(
                "title = \"Grow the segment cache from 400 GB to 800 GB\"\n\
                 deployment = [\"`max_size=400g` becomes `max_size={value}`\"]"
            )
        };
        assert!(reports(&text("600g")));
        assert!(!reports(&text("800g")));
    }

    #[test]
    fn variant_of_the_version_is_that_version() {
        let text = |value: &str| {
            format!(
                "title = \"Upgrade Jenkins from 2.541.1 to 2.555.3\"\n\
                 deployment = [\"Set `image: jenkins:{value}`\"]"
            )
        };
        assert!(!reports(&text("2.555.3-jdk21")));
        assert!(reports(&text("2.555.2-jdk21")));
    }
}

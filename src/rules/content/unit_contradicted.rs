//! A value with the number of the title and another unit.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::{Label, shorten};
use crate::text::{
    Unit, Value, WordForms, assignments, locate, stretches, transition, values, words,
};
use crate::ticket::Ticket;

pub(super) const RULE: Rule = Rule::new(
    "content/unit-contradicted",
    Level::Error,
    "value in a different unit from the one stated",
    include_str!("unit_contradicted.md"),
    &[Check::Ticket(check)],
)
.any_language();

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let texts = [Some(&ticket.title), ticket.description.as_ref()];
    let stated = texts
        .into_iter()
        .flatten()
        .find_map(|text| Some((text, transition(&text.text)?.to)));
    let Some((stated_in, to)) = stated.filter(|(_, to)| to.unit() != Unit::None) else {
        return;
    };
    let stretches: Vec<_> = ticket.deployment.steps.iter().flat_map(stretches).collect();
    let is_right = |text: &str| values(text).iter().any(|value| value.is_same(&to));
    if stretches.iter().any(|stretch| is_right(stretch.text)) {
        return;
    }
    let titled: WordForms<'_> = words(&stated_in.text).collect();
    let contradiction = stretches.iter().find_map(|stretch| {
        assignments(stretch.text)
            .into_iter()
            .filter(|found| shares_a_word(found.key, &titled))
            .find(|found| is_other_unit(found.key, found.value, &to))
            .map(|found| (stretch.origin, found))
    });
    let Some((origin, found)) = contradiction else {
        return;
    };
    let here =
        locate(&ticket.source, origin, found.key).to(locate(&ticket.source, origin, found.value));
    let right = shorten(to.text);
    let finding = RULE
        .finding(ticket.place(), here, format!("not {right}"))
        .message(format!(
            "`{}` is set to {}, which is not {right}",
            shorten(found.key),
            shorten(found.value)
        ))
        .help(format!(
            "convert {right} to the unit of `{}`",
            shorten(found.key)
        ))
        .related(
            ticket.place(),
            Label::new(locate(&ticket.source, stated_in, to.text), "the new value"),
        )
        .anchor(&origin.path);
    findings.push(finding);
}

/// Whether a key and its value have the number of the new value in another unit.
fn is_other_unit(key: &str, value: &str, to: &Value<'_>) -> bool {
    let found = values(value);
    let [found] = found.as_slice() else {
        return false;
    };
    if found.unit() != Unit::None {
        return found.differs_in_unit(to);
    }
    unit_of_key(key).is_some_and(|unit| found.clone().with_unit(unit).differs_in_unit(to))
}

/// The unit that the last part of a key names; `min` and `max` are bounds.
fn unit_of_key(key: &str) -> Option<Unit> {
    let last = key.rsplit(['_', '-', '.']).next()?;
    (last != key && !["min", "max"].contains(&last.to_lowercase().as_str()))
        .then(|| Unit::parse(last))
        .flatten()
}

fn shares_a_word(key: &str, titled: &WordForms<'_>) -> bool {
    words(&key.replace(['_', '-', '.'], " ")).any(|part| part.len() > 2 && titled.has(&part))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    const RULE: &str = "content/unit-contradicted";

    fn reports(title: &str, deployment: &str) -> bool {
        rules_of(&format!(
            "title = \"{title}\"\ndeployment = [\"{deployment}\"]"
        ))
        .contains(&RULE)
    }

    #[test]
    fn number_in_another_unit_is_found() {
        assert!(reports(
            "Raise the timeout from 60 s to 120 s",
            "Set `timeout_ms: 120`"
        ));
        assert!(reports(
            "Set the timeout of billing to 120 s",
            "Set `timeout: 120ms`"
        ));
        assert!(reports(
            "Raise the upload limit to 50 MB",
            "Set `upload.limit=50KB`"
        ));
    }

    #[test]
    fn converted_values_and_other_keys_are_accepted() {
        for (title, deployment) in [
            ("Raise the timeout to 120 s", "Set `timeout_ms: 120000`"),
            ("Raise the timeout to 120 s", "Set `timeout: 120`"),
            ("Raise the timeout to 120 s", "Set `timeout_max: 120`"),
            ("Raise the timeout to 120 s", "Set `interval_ms: 120`"),
            (
                "Raise the timeout to 120 s",
                "Set `timeout_ms: 120` on the old node and `timeout: 120s` here",
            ),
            ("Raise the timeout to 2 min", "Set `timeout: 120s`"),
            ("Raise the pool to 40", "Set `pool_ms: 40`"),
        ] {
            assert!(!reports(title, deployment), "{title}: {deployment}");
        }
    }
}

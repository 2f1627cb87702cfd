//! What a title or description says is changed: from one value to another.

use super::pattern::Pattern;
use super::step::end_of;
use super::value::{Unit, Value, values};

/// A value that a change replaces, and the one that it sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Transition<'t> {
    /// The value before the change; `None` if the text doesn't say.
    pub(crate) from: Option<Value<'t>>,
    /// The value after the change.
    pub(crate) to: Value<'t>,
}

/// What is between two values of which one replaces the other; a noun may follow the first one.
static BETWEEN: Pattern = Pattern::new(
    r#"^[`"'”’]?(?:\s*(?:→|⇒|->|=>)\s*|(?P<words>(?:\s+[\p{L}_-]+){0,3}?\s+to\s+(?:version\s+)?))[`"'“‘]?$"#,
);
static FROM: Pattern = Pattern::new(r#"(?i)\bfrom(?:\s+\p{L}+)?\s+[`"'“‘]?$"#);
static TO: Pattern = Pattern::new(r#"(?i)\bto(?:\s+version)?\s+[`"'“‘]?$"#);
static SETS: Pattern = Pattern::new(
    r"(?i)\b(?:sets?|raises?|lowers?|limits?|upgrades?|updates?|bumps?|increases?|reduces?|decreases?|scales?|grows?|shrinks?|resizes?|extends?|expands?)\b",
);

static RELEASES: Pattern = Pattern::new(
    r"(?i)\b(?:ship|deploy|release|roll\s+out|install|publish|promote|upgrade|update|bump)\b",
);
/// What makes a version that of something else than what is released: "on Kubernetes 1.31.2".
static OF_ANOTHER: Pattern =
    Pattern::new(r"(?i)\b(?:on|for|with|under|against|in|using|via|from|of|by|behind)\s+\S+\s+$");

/// The transition that a text states; `None` if it states none, or several.
pub(crate) fn transition<'t>(text: &'t str) -> Option<Transition<'t>> {
    let values = values(text);
    if values.is_empty() {
        return None;
    }
    let pairs = values.windows(2).filter_map(|pair| replaced(text, pair));
    let mut found: Vec<Transition<'_>> = pairs.collect();
    if found.is_empty() {
        let verb = SETS.find(text).map_or(text.len(), |verb| verb.end());
        let new = values
            .iter()
            .filter(|value| verb <= value.start && is_after_to(&text[..value.start]));
        let to = |to: &Value<'t>| Transition {
            from: None,
            to: to.clone(),
        };
        found = new.map(to).collect();
        if found.is_empty() {
            found.extend(released(text, &values).map(to));
        }
    }
    match found.len() {
        1 => found.pop(),
        _ => None,
    }
}

/// The only version of a text, if it follows a verb such as "deploy".
fn released<'v, 't>(text: &str, values: &'v [Value<'t>]) -> Option<&'v Value<'t>> {
    let verb = RELEASES.find(text)?.end();
    let mut versions = values.iter().filter(|value| value.is_version());
    let only = versions.next().filter(|_| versions.next().is_none())?;
    let is_released = verb <= only.start && !OF_ANOTHER.is_match(end_of(&text[verb..only.start]));
    is_released.then_some(only)
}

/// "from A to B", or "A → B".
fn replaced<'t>(text: &'t str, pair: &[Value<'t>]) -> Option<Transition<'t>> {
    let [from, to] = pair else { return None };
    let between = BETWEEN.captures(&text[from.end()..to.start])?;
    if between.name("words").is_some() && !FROM.is_match(end_of(&text[..from.start])) {
        return None;
    }
    let from = match from.unit() {
        Unit::None if !from.is_version() => from.clone().with_unit(to.unit()),
        _ => from.clone(),
    };
    let is_change = from.is_version() == to.is_version()
        && (from.is_version() || from.is_comparable(to))
        && !from.is_same(to);
    is_change.then(|| Transition {
        from: Some(from),
        to: to.clone(),
    })
}

/// Whether a text ends in "to".
fn is_after_to(before: &str) -> bool {
    TO.is_match(end_of(before))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<(Option<&str>, &str)> {
        transition(text).map(|found| (found.from.map(|from| from.text), found.to.text))
    }

    #[test]
    fn from_to_and_arrows_state_both_values() {
        for (text, from, to) in [
            (
                "Raise the upload limit from 20 MB to 50 MB",
                "20 MB",
                "50 MB",
            ),
            ("Lower the JVM heap of x from 12g to 8g", "12g", "8g"),
            ("Upgrade Grafana from 11.2.0 to 11.3.1", "11.2.0", "11.3.1"),
            ("Postgres 14.9.0 → 16.4.0", "14.9.0", "16.4.0"),
            ("pool from 20 connections to 40", "20", "40"),
            ("timeout `20s` -> `60s`", "20s", "60s"),
            (
                "Upgrade from version 1.2.0 to version 2.0.0",
                "1.2.0",
                "2.0.0",
            ),
        ] {
            assert_eq!(of(text), Some((Some(from), to)), "{text}");
        }
    }

    #[test]
    fn unit_of_the_second_value_counts_for_both() {
        let found = transition("Raise the limit from 20 to 50 MB").unwrap();
        assert_eq!(found.from.unwrap().unit(), Unit::Megabyte);
    }

    #[test]
    fn to_after_a_verb_of_setting_states_the_new_value() {
        assert_eq!(of("Upgrade Grafana to 11.3.1"), Some((None, "11.3.1")));
        assert_eq!(of("Set the timeout to 60 s"), Some((None, "60 s")));
    }

    #[test]
    fn only_version_after_a_verb_of_release_is_the_new_value() {
        assert_eq!(of("Ship invoice-renderer 5.2.0"), Some((None, "5.2.0")));
        assert_eq!(of("Deploy shop on Kubernetes 1.31.2"), None);
        assert_eq!(of("Deploy shop 1.2.0 and cart 1.4.0"), None);
    }

    #[test]
    fn other_values_state_no_transition() {
        for text in [
            "Between 20 MB and 50 MB are refused",
            "Move 40 hosts to rack 12",
            "Send 20 MB to 50 hosts",
            "Go back to 11.2.0",
            "from 9 to 17 h",
            "",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    #[test]
    fn several_transitions_are_ambiguous() {
        assert_eq!(
            of("CPU from 500m to 800m and memory from 1 GB to 2 GB"),
            None
        );
    }
}

//! Compares two configurations: describes the settings that are less strict in the second, for
//! `gate/policy-weakened`.
//!
//! A change is reported unless it is provably as strict, because a weaker setting that nobody
//! notices could be an attack. Comments and the order of keys do not count. The sections of the
//! configuration compare their own values; the levels and options of rules are compared here.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::config::{Config, Language, Level};
use crate::error::Result;
use crate::rules::settings::{RuleSelection, Settings};
use crate::rules::{Rule, all};

/// Maximum number of rules of a group that are reported one by one.
const FEW_RULES: usize = 3;

/// Describes what `head` makes less strict, in phrases that follow a colon. Freezes that ended
/// before `now` are ignored.
///
/// # Errors
///
/// Fails if a configuration selects rules that do not exist.
pub(crate) fn weakened_settings(
    base: &Config,
    head: &Config,
    now: Timestamp,
) -> Result<Vec<String>> {
    let (old, new) = (settings(base, now)?, settings(head, now)?);
    let mut found = lowered_levels(&old, &new);
    found.extend(weakened_options(&old, &new));
    found.extend(base.weakenings(head, now));
    Ok(found)
}

/// The settings of a configuration as if its language were English: it is compared separately.
fn settings(config: &Config, now: Timestamp) -> Result<Settings> {
    Settings::new(
        &Config {
            language: Language::English,
            ..config.clone()
        },
        &RuleSelection::default(),
        now,
    )
}

/// Describes the rules with a lower level: each of them, or their number if a group has many.
fn lowered_levels(base: &Settings, head: &Settings) -> Vec<String> {
    let level = |settings: &Settings, rule: &Rule| settings.level(rule, "", None);
    let mut lowered: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for rule in all() {
        let (before, after) = (level(base, rule), level(head, rule));
        if after < before {
            let words = format!(
                "the rule `{}` is `{}` instead of `{}`",
                rule.name,
                after.as_str(),
                before.as_str()
            );
            lowered.entry(rule.group()).or_default().push(words);
        }
    }
    let describe = |(group, words): (&str, Vec<String>)| match words.len() {
        1..=FEW_RULES => words,
        count => vec![format!("{count} rules of `{group}/*` have a lower level")],
    };
    lowered.into_iter().flat_map(describe).collect()
}

/// Describes the weaker options of enabled rules: a higher number, which is always a looser limit,
/// or a different word, because words have no order.
fn weakened_options(base: &Settings, head: &Settings) -> Vec<String> {
    let enabled = all().filter(|rule| base.level(rule, "", None) != Level::Off);
    let options = enabled.flat_map(|rule| rule.options.iter().map(move |option| (rule, option)));
    let weaker = options.filter_map(|(rule, option)| {
        let (old, new) = (base.option(rule, option), head.option(rule, option));
        let (is_weaker, old, new) = match (old.as_integer(), new.as_integer()) {
            (Some(old), Some(new)) => (new > old, old.to_string(), new.to_string()),
            _ => (
                old.as_str() != new.as_str(),
                old.as_str()?.to_owned(),
                new.as_str()?.to_owned(),
            ),
        };
        is_weaker.then(|| {
            format!(
                "the option `{}` of `{}` is `{new}` instead of `{old}`",
                option.name, rule.name
            )
        })
    });
    weaker.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fields;
    use crate::document::{Document, Entry, Node, Shape, Value, quoted};
    use crate::source::{Source, Span};
    use std::collections::BTreeSet;

    fn now() -> Timestamp {
        "2026-11-20T12:00:00Z".parse().unwrap()
    }

    fn weakenings_of(base: &str, head: &str) -> Vec<String> {
        let config = |text: &str| Config::parse(Source::new("tollgate.toml", text)).unwrap();
        weakened_settings(&config(base), &config(head), now()).unwrap()
    }

    #[test]
    fn lower_level_is_a_weakening() {
        let (warning, off) = (
            "rules.\"content/placeholder\" = \"warning\"",
            "rules.\"content/placeholder\" = \"off\"",
        );
        assert_eq!(
            weakenings_of(warning, off),
            ["the rule `content/placeholder` is `off` instead of `warning`"]
        );
        assert_eq!(weakenings_of(off, warning), [""; 0]);
    }

    #[test]
    fn lower_levels_of_a_group_are_combined() {
        let found = weakenings_of("", "rules.\"plan/*\" = \"off\"");
        assert!(
            found.len() == 1 && found[0].ends_with(" rules of `plan/*` have a lower level"),
            "{found:?}"
        );
    }

    #[test]
    fn a_rule_that_is_on_keeps_its_limit() {
        let rule = |rest: &str| {
            format!("rules.\"commit/header-too-long\" = {{ level = \"error\"{rest} }}")
        };
        let message = "the option `max` of `commit/header-too-long` is `100` instead of `72`";
        assert_eq!(
            weakenings_of(&rule(", max = 72"), &rule(", max = 100")),
            [message]
        );
        assert_eq!(weakenings_of(&rule(""), &rule(", max = 100")), [message]);
        assert_eq!(
            weakenings_of(&rule(", max = 72"), &rule(", max = 50")),
            [""; 0]
        );
        let case = |first: &str| {
            format!("rules.\"commit/subject-case\" = {{ level = \"error\", first = \"{first}\" }}")
        };
        assert_eq!(weakenings_of(&case("lower"), &case("upper")).len(), 1);
        assert_eq!(weakenings_of(&case("lower"), &case("lower")), [""; 0]);
    }

    /// Collects the keys of the field table, and whether their rows say that they are harmless.
    fn keys(shape: &Shape, path: &str, is_harmless: bool, found: &mut BTreeMap<String, bool>) {
        match shape {
            Shape::Table(fields) | Shape::Open(fields) => {
                for field in *fields {
                    let is_harmless = is_harmless || field.harmless.is_some();
                    let path = format!("{path}.{}", field.name);
                    keys(&field.shape, &path, is_harmless, found);
                }
            }
            Shape::List(item) | Shape::AnyList(item) | Shape::Map(item) => {
                keys(item, path, is_harmless, found);
            }
            Shape::Either(shapes) => {
                for shape in *shapes {
                    keys(shape, path, is_harmless, found);
                }
            }
            _ => _ = found.insert(path.to_owned(), is_harmless),
        }
    }

    /// A change of a text: another value of a key.
    struct Change {
        key: String,
        span: Span,
        value: String,
    }

    impl Change {
        fn removal(key: &str, entry: &Entry) -> Self {
            Self {
                key: key.to_owned(),
                span: Span::new(entry.key_span.start, entry.value.span.end),
                value: String::new(),
            }
        }
    }

    /// Collects changes of every value in a node. Some of them make the text invalid.
    fn changes(node: &Node, shape: &Shape, path: &str, found: &mut Vec<Change>) {
        let values = match (shape, &node.value) {
            (Shape::Table(fields) | Shape::Open(fields), Value::Table(table)) => {
                for field in *fields {
                    if let Some(entry) = table.entry(field.name) {
                        let path = format!("{path}.{}", field.name);
                        changes(&entry.value, &field.shape, &path, found);
                        found.push(Change::removal(&path, entry));
                    }
                }
                Vec::new()
            }
            (Shape::Map(item), Value::Table(table)) => {
                for entry in table.entries() {
                    changes(&entry.value, item, path, found);
                    found.push(Change::removal(path, entry));
                }
                vec!["{}".to_owned()]
            }
            (Shape::List(item) | Shape::AnyList(item), Value::Array(nodes)) => {
                for node in nodes {
                    changes(node, item, path, found);
                }
                vec!["[]".to_owned()]
            }
            (Shape::Either(shapes), _) => {
                for shape in *shapes {
                    changes(node, shape, path, found);
                }
                Vec::new()
            }
            (Shape::Choice(words), _) => words.iter().map(|word| quoted(word)).collect(),
            (_, Value::String(text)) => {
                let texts = [&format!("1{text}"), "Sat 10:00", "UTC"];
                texts.into_iter().map(quoted).collect()
            }
            (_, Value::Integer(number)) => vec![(number + 1).to_string()],
            (_, Value::Boolean(truth)) => vec![(!truth).to_string()],
            (_, Value::Datetime(_)) => vec!["2026-12-31T00:00:00Z".to_owned()],
            _ => Vec::new(),
        };
        let change = |value| Change {
            key: path.to_owned(),
            span: node.span,
            value,
        };
        found.extend(values.into_iter().map(change));
    }

    /// Whether a change of a configuration is reported in at least one direction.
    fn is_noticed(config: &Config, changed: &str) -> bool {
        let Ok(changed) = Config::parse(Source::new("tollgate.toml", changed)) else {
            return false;
        };
        let is_weaker =
            |base, head| weakened_settings(base, head, now()).is_ok_and(|found| !found.is_empty());
        is_weaker(config, &changed) || is_weaker(&changed, config)
    }

    #[test]
    fn every_key_is_compared_unless_it_is_harmless() {
        let shape = Shape::Table(fields().leak());
        let mut all = BTreeMap::new();
        keys(&shape, "", false, &mut all);
        let (mut given, mut noticed) = (BTreeSet::new(), BTreeSet::new());
        for text in [
            include_str!("../../../tests/fixtures/configs/good/every_key.toml"),
            include_str!("../../../tests/fixtures/configs/good/packages.toml"),
        ] {
            let source = Source::new("tollgate.toml", text);
            let config = Config::parse(source.clone()).unwrap();
            let (document, _) = Document::parse(source);
            let root = Node {
                value: Value::Table(document.root().clone()),
                span: Span::default(),
            };
            let mut found = Vec::new();
            changes(&root, &shape, "", &mut found);
            for Change { key, span, value } in found {
                let changed = [&text[..span.start], &value, &text[span.end..]].concat();
                if !noticed.contains(&key) && is_noticed(&config, &changed) {
                    noticed.insert(key.clone());
                }
                given.insert(key);
            }
        }
        for (key, is_harmless) in all {
            assert!(given.contains(&key), "no fixture has `{key}`");
            let is_noticed = noticed.contains(&key);
            assert!(
                is_noticed || is_harmless,
                "no change of `{key}` is reported: compare it, or say why it is `harmless`"
            );
            assert!(
                !(is_noticed && is_harmless),
                "`{key}` is not harmless: a change of it is reported"
            );
        }
    }
}

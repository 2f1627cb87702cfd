//! The JSON schema of a configuration with every rule by its name: editors complete rules and their
//! options, and tell names that no rule has.

use serde_json::{Map, Value, json};

use super::all;
use super::rule::Rule;
use crate::config::{self, RULE_FIELDS};
use crate::document::{Field, table_schema};

/// What makes a selector a glob.
const GLOB: &str = "[*?\\[{]";

/// The JSON schema of a configuration.
#[must_use]
pub fn configuration_schema() -> Value {
    let mut schema = config::schema();
    let level = schema["properties"]["rules"]["additionalProperties"]["anyOf"][0].clone();
    let of = |fields: &[Field]| json!({ "anyOf": [level, table_schema(fields)] });
    name_rules(&mut schema["properties"]["rules"], |rule| {
        match rule.options {
            [] => plain(),
            options => of(&RULE_FIELDS
                .iter()
                .chain(options)
                .copied()
                .collect::<Vec<_>>()),
        }
    });
    name_rules(
        &mut schema["properties"]["overrides"]["items"]["properties"]["rules"],
        |_| plain(),
    );
    schema["definitions"] = json!({ "rule": of(RULE_FIELDS) });
    schema
}

/// What a rule without options takes; editors pass over whatever stands beside `$ref`, so that
/// nothing does.
fn plain() -> Value {
    json!({ "anyOf": [{ "$ref": "#/definitions/rule" }] })
}

/// Turns a table that takes any name into one that takes the rules' names and globs.
fn name_rules(table: &mut Value, takes: impl Fn(&Rule) -> Value) {
    let property = |rule: &'static Rule| {
        let mut value = takes(rule);
        let summary = rule.summary;
        let (first, rest) = summary.split_at(summary.chars().next().map_or(0, char::len_utf8));
        let level = rule.level.as_str();
        value["description"] = json!(format!(
            "{}{rest}. Default level: {level}.",
            first.to_uppercase()
        ));
        (rule.name.to_owned(), value)
    };
    let properties: Map<String, Value> = all().map(property).collect();
    table["properties"] = Value::Object(properties);
    table["patternProperties"] = json!({ GLOB: plain() });
    table["additionalProperties"] = json!(false);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(instance: &Value) -> bool {
        jsonschema::draft7::new(&configuration_schema())
            .unwrap()
            .is_valid(instance)
    }

    #[test]
    fn rules_and_globs_have_levels_and_rules_have_options() {
        for rules in [
            json!({ "commit/header-too-long": { "level": "warning", "max": 72 } }),
            json!({ "content/*": "off", "commit/unparsed": { "level": "error" } }),
        ] {
            assert!(accepts(&json!({ "rules": rules })), "{rules}");
        }
        assert!(accepts(
            &json!({ "overrides": [{ "files": ["a"], "rules": { "plan/missing-tests": "off" } }] })
        ));
    }

    #[test]
    fn misspelt_rules_and_options_are_reported() {
        for rules in [
            json!({ "commit/header-to-long": "off" }),
            json!({ "commit/header-too-long": { "level": "warning", "maximum": 72 } }),
            json!({ "commit/header-too-long": { "level": "warning", "max": "72" } }),
            json!({ "commit/unparsed": { "level": "warning", "max": 72 } }),
            json!({ "commit/*": { "level": "warning", "max": 72 } }),
        ] {
            assert!(!accepts(&json!({ "rules": rules })), "{rules}");
        }
    }
}

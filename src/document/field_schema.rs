//! The JSON schema (draft-07) that follows from a declaration, as editors read it.
//!
//! Written for Taplo and Even Better TOML. Everything is inlined, since they ignore keywords beside
//! a `$ref`. Descriptions are for hovering, enumerations and defaults for completion. These editors
//! treat date-times as strings.

use serde_json::{Map, Value, json};

use super::field::{Field, Requirement, Shape};

/// The schema of a file whose top has these fields.
#[must_use]
pub(crate) fn schema(title: &str, description: &str, fields: &[Field]) -> Value {
    let mut schema = Map::new();
    schema.insert(
        "$schema".into(),
        json!("http://json-schema.org/draft-07/schema#"),
    );
    schema.insert("title".into(), json!(title));
    schema.insert("description".into(), json!(description));
    schema.extend(table(fields));
    Value::Object(schema)
}

/// The schema of a table with these fields and no others.
#[must_use]
pub(crate) fn table_schema(fields: &[Field]) -> Value {
    Value::Object(table(fields))
}

fn table(fields: &[Field]) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("type".into(), json!("object"));
    object.insert("additionalProperties".into(), json!(false));
    object.extend(keys(fields));
    object
}

/// The part of a schema that describes the keys of a table, whether or not others are allowed.
fn keys(fields: &[Field]) -> Map<String, Value> {
    let mut object = Map::new();
    let required: Vec<_> = fields
        .iter()
        .filter(|field| field.requirement == Requirement::Required)
        .map(|f| f.name)
        .collect();
    if !required.is_empty() {
        object.insert("required".into(), json!(required));
    }
    let either: Vec<_> = fields
        .iter()
        .filter_map(|field| match field.requirement {
            Requirement::Unless(other) => {
                Some(json!([{ "required": [field.name] }, { "required": [other] }]))
            }
            Requirement::Optional | Requirement::Required => None,
        })
        .collect();
    if let Some(either) = either.into_iter().next() {
        object.insert("anyOf".into(), either);
    }
    let properties: Map<String, Value> = fields
        .iter()
        .map(|field| (field.name.to_owned(), property(field)))
        .collect();
    object.insert("properties".into(), Value::Object(properties));
    object
}

fn property(field: &Field) -> Value {
    let mut property = Map::new();
    property.insert("description".into(), json!(field.doc));
    if let Some(default) = field.default {
        property.insert("default".into(), default_value(default));
    }
    property.extend(shape(&field.shape));
    Value::Object(property)
}

/// Converts a default to JSON. The TOML that defaults use is also JSON.
fn default_value(toml: &str) -> Value {
    serde_json::from_str(toml).unwrap_or_else(|_| json!(toml))
}

fn shape(shape: &Shape) -> Map<String, Value> {
    let value = match shape {
        Shape::Text | Shape::Person => json!({ "type": "string", "minLength": 1 }),
        Shape::AnyText => json!({ "type": "string" }),
        Shape::Choice(words) => json!({ "type": "string", "enum": words }),
        Shape::OpenChoice(words) => {
            json!({ "anyOf": [{ "type": "string", "enum": words }, { "type": "string", "minLength": 1 }] })
        }
        Shape::Boolean => json!({ "type": "boolean" }),
        Shape::Integer(least, i64::MAX) => json!({ "type": "integer", "minimum": least }),
        Shape::Integer(least, most) => {
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
        Shape::Duration => json!({
            "type": "string",
            "pattern": "^(?=.)([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$",
        }),
        Shape::Date => json!({ "type": "string", "format": "date" }),
        Shape::Instant => json!({ "type": "string", "format": "date-time" }),
        Shape::Url => json!({ "type": "string", "pattern": "^[A-Za-z][A-Za-z0-9+.-]*://\\S+$" }),
        Shape::List(of) => json!({ "type": "array", "minItems": 1, "items": object(of) }),
        Shape::AnyList(of) => json!({ "type": "array", "items": object(of) }),
        Shape::Table(fields) => Value::Object(table(fields)),
        Shape::Open(fields) => {
            let mut object = keys(fields);
            object.insert("type".into(), json!("object"));
            Value::Object(object)
        }
        Shape::Map(of) => json!({ "type": "object", "additionalProperties": object(of) }),
        Shape::Either(shapes) => json!({ "anyOf": shapes.iter().map(object).collect::<Vec<_>>() }),
        Shape::Steps(fields) => steps(fields),
        Shape::Section(fields) => {
            json!({ "anyOf": [Value::Object(table(fields)), short_form(fields)] })
        }
    };
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

fn object(of: &Shape) -> Value {
    Value::Object(shape(of))
}

fn steps(fields: &[Field]) -> Value {
    json!({ "anyOf": [
        { "type": "array", "minItems": 1, "items": { "type": "string", "minLength": 1 } },
        { "type": "array", "minItems": 1, "items": Value::Object(table(fields)) },
    ] })
}

fn short_form(fields: &[Field]) -> Value {
    let steps = fields.iter().find(|field| field.name == "steps");
    steps.map_or(json!(false), |field| object(&field.shape))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: &[Field] = &[Field::new("do", Shape::Text, "What is done.").required()];
    const SECTION: &[Field] = &[Field::new("steps", Shape::Steps(STEP), "The steps.").required()];
    const FIELDS: &[Field] = &[
        Field::new("kind", Shape::Choice(&["normal", "emergency"]), "The kind.")
            .default("\"normal\""),
        Field::new("for", Shape::Duration, "How long."),
        Field::new("rollback", Shape::Section(SECTION), "The way back.").required(),
    ];

    fn accepts(instance: &Value) -> bool {
        let schema = schema("x", "A test.", FIELDS);
        jsonschema::draft7::new(&schema).unwrap().is_valid(instance)
    }

    #[test]
    fn both_forms_of_a_section_and_of_its_steps_pass() {
        assert!(accepts(&json!({ "rollback": ["x"] })));
        assert!(accepts(
            &json!({ "rollback": { "steps": [{ "do": "x" }] }, "for": "1h30m" })
        ));
    }

    #[test]
    fn what_the_walk_refuses_the_schema_refuses() {
        for instance in [
            json!({}),
            json!({ "rollback": ["x", { "do": "y" }] }),
            json!({ "rollback": ["x"], "for": "30m1h" }),
            json!({ "rollback": ["x"], "for": "" }),
            json!({ "rollback": ["x"], "kind": "standard" }),
            json!({ "rollback": ["x"], "colour": 1 }),
        ] {
            assert!(!accepts(&instance), "{instance}");
        }
    }

    #[test]
    fn schema_has_descriptions_and_defaults() {
        let schema = schema("x", "A test.", FIELDS);
        assert_eq!(schema["properties"]["kind"]["description"], "The kind.");
        assert_eq!(schema["properties"]["kind"]["default"], "normal");
    }
}

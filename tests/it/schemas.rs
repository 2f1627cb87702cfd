//! The committed schemas match the declarations.

use std::path::Path;

use serde_json::Value;

use crate::sandbox::{Sandbox, stderr, stdout};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Compares a committed schema with the generated one; writes it where `TOLLGATE_BLESS` is set.
fn assert_current(name: &str, schema: &Value) {
    let path = root().join("schemas").join(name);
    let text = format!("{}\n", serde_json::to_string_pretty(schema).unwrap());
    if std::env::var_os("TOLLGATE_BLESS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == text,
        "schemas/{name} is out of date: TOLLGATE_BLESS=1 cargo test schemas"
    );
}

/// Validates a TOML text by a schema, with a validator of somebody else's.
pub(crate) fn assert_fits(schema: &Value, text: &str) {
    let validator = jsonschema::draft7::new(schema).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(&as_json(text))
        .map(|error| error.to_string())
        .collect();
    assert_eq!(errors, Vec::<String>::new());
}

fn as_json(text: &str) -> Value {
    let table: toml_edit::DocumentMut = text.parse().unwrap();
    value(table.as_item())
}

/// TOML as a JSON value; dates become strings, as editors see them.
fn value(item: &toml_edit::Item) -> Value {
    match item.clone().into_value().unwrap() {
        toml_edit::Value::String(text) => text.into_value().into(),
        toml_edit::Value::Integer(number) => number.into_value().into(),
        toml_edit::Value::Float(number) => number.into_value().into(),
        toml_edit::Value::Boolean(truth) => truth.into_value().into(),
        toml_edit::Value::Datetime(datetime) => datetime.into_value().to_string().into(),
        toml_edit::Value::Array(array) => array
            .into_iter()
            .map(|entry| value(&entry.into()))
            .collect(),
        toml_edit::Value::InlineTable(table) => table
            .iter()
            .map(|(key, entry)| (key.to_owned(), value(&entry.clone().into())))
            .collect(),
    }
}

#[test]
fn the_schema_of_the_configuration_is_current() {
    assert_current(
        "config.schema.json",
        &tollgate::rules::configuration_schema(),
    );
}

#[test]
fn the_schema_of_a_ticket_is_current() {
    assert_current("ticket.schema.json", &tollgate::ticket::schema());
}

#[test]
fn schema_of_a_release_file_is_current() {
    assert_current(
        "release-file.schema.json",
        &tollgate::release_file::schema(),
    );
}

#[test]
fn example_release_file_fits_its_schema() {
    let schema = jsonschema::draft7::new(&tollgate::release_file::schema()).unwrap();
    let example = include_str!("../../examples/releases/next.toml");
    assert!(schema.is_valid(&as_json(example)));
    assert!(!schema.is_valid(&as_json("planed = 1")));
}

#[test]
fn a_new_ticket_fits_its_schema() {
    let schema = jsonschema::draft7::new(&tollgate::ticket::schema()).unwrap();
    assert!(schema.is_valid(&as_json(&tollgate::ticket::Draft::default().to_toml())));
    assert!(!schema.is_valid(&as_json("titel = \"x\"")));
}

#[test]
fn a_configuration_with_every_key_fits_its_schema() {
    let schema = jsonschema::draft7::new(&tollgate::rules::configuration_schema()).unwrap();
    let text = include_str!("../fixtures/configs/good/every_key.toml");
    let errors: Vec<_> = schema
        .iter_errors(&as_json(text))
        .map(|error| error.to_string())
        .collect();
    assert_eq!(errors, Vec::<String>::new());
    assert!(!schema.is_valid(&as_json("tikets = []")));
}

#[test]
fn what_every_command_prints_for_programs_fits_its_schema() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "Cargo.toml",
        "[package]\nname = \"x\"\nversion = \"1.2.3\"\n",
    );
    sandbox.commit("feat: begin");
    sandbox.git(&["tag", "v1.2.3"]);
    sandbox.write("changes/a.toml", "titel = \"x\"");
    sandbox.write(
        "changes/b.toml",
        include_str!("../../examples/tickets/hotfix-double-charge.toml"),
    );
    sandbox.commit("feat(api)!: break");
    sandbox.commit("wip");
    let commands = [
        ("check", "check"),
        ("check --statistics", "check-statistics"),
        ("check --show-files", "check-show-files"),
        ("next", "next"),
        ("explain", "next"),
        ("explain ticket/missing-field", "rules"),
        ("current", "current"),
        ("changelog", "changelog"),
        ("release", "release"),
        ("rules", "rules"),
        ("status", "status"),
        ("ticket list", "ticket-list"),
        ("ticket show a", "ticket-show"),
        ("ticket show b", "ticket-show"),
        ("verify", "verify"),
    ];
    for (command, of) in commands {
        let arguments: Vec<&str> = command.split(' ').chain(["--format", "json"]).collect();
        let output = sandbox.tollgate(&arguments);
        let document: Value =
            serde_json::from_str(stdout(&output)).unwrap_or_else(|_| panic!("{}", stderr(&output)));
        let schema = serde_json::from_str(stdout(&sandbox.tollgate(&["schema", of]))).unwrap();
        let errors: Vec<_> = jsonschema::draft7::new(&schema)
            .unwrap()
            .iter_errors(&document)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert_eq!(errors, Vec::<String>::new(), "{command}");
    }
}

//! Configuration files: the good ones are accepted, and all faults of the bad ones are shown.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;
use serde_json::Value as Json;
use tollgate::config::Config;
use tollgate::format::render_error;
use tollgate::rules::{RuleSelection, Settings};
use tollgate::source::Source;

use crate::formats::plain;
use crate::sandbox::{Sandbox, stderr, stdout};
use crate::scenario::assert_contains;

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

fn source(file: &Path) -> Source {
    Source::new(
        file.file_name().unwrap().to_str().unwrap(),
        fs::read_to_string(file).unwrap(),
    )
}

#[test]
fn good_configurations_are_read_and_their_selectors_name_rules() {
    for file in files("tests/fixtures/configs/good")
        .into_iter()
        .chain(files("examples/configurations"))
    {
        let config = Config::parse(source(&file))
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let settings = Settings::new(
            &config,
            &RuleSelection::default(),
            jiff::Timestamp::UNIX_EPOCH,
        );
        settings.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
}

#[test]
fn the_examples_have_every_key_that_the_schema_has() {
    let schema = tollgate::config::schema();
    let examples = files("examples/configurations")
        .into_iter()
        .map(|file| fs::read_to_string(file).unwrap());
    let example = examples.collect::<Vec<_>>().join("\n");
    let mut keys = BTreeSet::new();
    collect_keys(&schema, &mut keys);
    for key in keys {
        let written = format!(r"(?m)(^|[\[{{., ]){}(\]| = )", regex::escape(&key));
        let is_there = Regex::new(&written).unwrap().is_match(&example);
        assert!(is_there, "{key}");
    }
}

/// The keys at any depth of a schema, except the names of rules.
fn collect_keys(schema: &Json, keys: &mut BTreeSet<String>) {
    match schema {
        Json::Object(object) => {
            let properties = object.get("properties").and_then(Json::as_object);
            for (key, inner) in properties.into_iter().flatten() {
                keys.insert(key.clone());
                if key != "rules" {
                    collect_keys(inner, keys);
                }
            }
            let inner = object.iter().filter(|(key, _)| *key != "properties");
            inner.for_each(|(_, inner)| collect_keys(inner, keys));
        }
        Json::Array(items) => items.iter().for_each(|item| collect_keys(item, keys)),
        _ => {}
    }
}

#[test]
fn every_fault_of_bad_configurations_is_drawn() {
    let look = plain(80);
    let drawn = files("tests/fixtures/configs/bad").into_iter().map(|file| {
        let error = Config::parse(source(&file))
            .map(|_| ())
            .expect_err(&file.display().to_string());
        render_error(&error, look)
    });
    insta::assert_snapshot!(drawn.collect::<Vec<_>>().join("\n"));
}

/// A sandbox with a configuration of one line, committed.
fn configured() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("tollgate.toml", "branches = [\"main\"]\n");
    sandbox.commit("chore: configure");
    sandbox
}

/// Runs the tool as a shell does for `tollgate … > file`, or `>> file`.
fn redirected(
    sandbox: &Sandbox,
    arguments: &[&str],
    file: &mut fs::OpenOptions,
) -> (Option<i32>, String) {
    let file = file
        .create(true)
        .open(sandbox.path().join("tollgate.toml"))
        .unwrap();
    let mut command = sandbox.command(env!("CARGO_BIN_EXE_tollgate"));
    let output = command.args(arguments).stdout(file).output().unwrap();
    (output.status.code(), stderr(&output).to_owned())
}

#[test]
fn config_show_output_keeps_the_settings() {
    let sandbox = configured();
    let output = sandbox.tollgate(&["config", "show", "--output", "tollgate.toml"]);
    assert_eq!(
        (output.status.code(), stdout(&output), stderr(&output)),
        (Some(0), "", "")
    );
    let written = sandbox.read("tollgate.toml");
    assert!(
        written.contains("branches = [\"main\"]") && written.contains("zero_feature"),
        "{written}"
    );
    let again = sandbox.tollgate(&["config", "show"]);
    assert_eq!(stdout(&again), written);
}

#[test]
fn config_show_output_keeps_a_manifest() {
    let sandbox = Sandbox::new();
    let manifest = "[package]\nname = \"x\"\n[package.metadata.tollgate]\n";
    sandbox.write("Cargo.toml", manifest);
    for file in ["Cargo.toml", "tollgate.toml"] {
        let output = sandbox.tollgate(&["config", "show", "--output", file]);
        assert_eq!(output.status.code(), Some(2), "{file}");
    }
    assert_eq!(sandbox.read("Cargo.toml"), manifest);
    assert!(!sandbox.path().join("tollgate.toml").exists());
}

#[test]
fn config_show_into_the_emptied_configuration_is_refused() {
    let sandbox = configured();
    let (code, said) = redirected(
        &sandbox,
        &["config", "show"],
        fs::OpenOptions::new().write(true).truncate(true),
    );
    assert_eq!(code, Some(2));
    assert_contains(&said, "`tollgate.toml`, which the shell emptied");
    assert_contains(&said, "`tollgate config show --output tollgate.toml`");
    assert_eq!(sandbox.read("tollgate.toml"), "");
}

#[test]
fn no_command_answers_by_an_emptied_configuration() {
    let sandbox = configured();
    sandbox.write("deep/file", "");
    let emptied = fs::OpenOptions::new().write(true).truncate(true).clone();
    let named = ["-C", "deep", "next", "--config", "../tollgate.toml"];
    for command in [&["next"][..], &["status"], &["check"], &named] {
        assert_eq!(
            redirected(&sandbox, command, &mut emptied.clone()).0,
            Some(2),
            "{command:?}"
        );
    }
}

#[test]
fn nothing_is_appended_to_the_configuration() {
    let sandbox = configured();
    let (code, said) = redirected(
        &sandbox,
        &["config", "show"],
        fs::OpenOptions::new().append(true),
    );
    assert_eq!(code, Some(2));
    assert!(
        said.starts_with("error: standard output is the configuration file `tollgate.toml`\n"),
        "{said}"
    );
    assert_eq!(sandbox.read("tollgate.toml"), "branches = [\"main\"]\n");
}

#[test]
fn a_device_may_be_both_configuration_and_output() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.command(env!("CARGO_BIN_EXE_tollgate"));
    let null = fs::OpenOptions::new()
        .write(true)
        .open("/dev/null")
        .unwrap();
    let output = command
        .args(["config", "show", "--config", "/dev/null"])
        .stdout(null)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn an_uncommitted_configuration_is_noted() {
    let sandbox = Sandbox::new();
    sandbox.write("tollgate.toml", "[bumps]\nfix = \"patch\"\n");
    sandbox.commit("feat: a");
    sandbox.git(&["tag", "v1.0.0"]);
    sandbox.commit("fix: b");
    let noted = |arguments: &[&str]| {
        let output = sandbox.tollgate(arguments);
        stderr(&output)
            .lines()
            .filter(|line| line.starts_with("note: the configuration has uncommitted changes"))
            .count()
    };
    sandbox.write("tollgate.toml", "# the same\n[bumps]\nfix = \"patch\"\n");
    assert_eq!(noted(&["next"]), 0);
    sandbox.write("tollgate.toml", "[bumps]\nfix = \"minor\"\n");
    for command in ["next", "explain", "status", "release"] {
        assert_eq!(noted(&[command]), 1, "{command}");
    }
    assert_eq!(noted(&["next", "--config", "tollgate.toml"]), 0);
}

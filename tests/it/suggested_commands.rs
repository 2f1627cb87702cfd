//! Every command that a message suggests can be run, and every piece of TOML can be written.
//!
//! Commands and TOML are found between backquotes; a line, or what follows a colon in it, may be a
//! command as a whole. Commands of `tollgate` are parsed by its own command line. Of git's, options
//! must be among those that `git COMMAND -h` lists, and forms that are known to go wrong are
//! refused. TOML must parse, and its keys must be those of tickets, configurations or manifests.
//!
//! There are two sources: every string in `src` and every rule's page, with plain words for
//! placeholders, and the help texts that process tests and the examples of rules print, with real
//! values. A help text that is composed of several strings and printed by no test is checked in
//! pieces. Whether a command helps isn't checked.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{LazyLock, Mutex};

use regex::Regex;
use serde_json::Value as Json;
use tollgate::config::Config;
use tollgate::document::{Document, Table, Value};
use tollgate::rules::{Example, RuleSelection, Settings};
use tollgate::source::Source;

/// The keys of `Cargo.toml` and `pyproject.toml` that helps name.
const MANIFEST_KEYS: [&str; 8] = [
    "package",
    "workspace",
    "project",
    "metadata",
    "tollgate",
    "version",
    "dynamic",
    "name",
];

/// What a placeholder in a string of the source stands for, if a plain word would not do.
const PLACEHOLDERS: [(&str, &str); 7] = [
    ("version", "1.2.3"),
    ("to_release", "1.2.3"),
    ("tag", "v1.2.3"),
    ("path", "changes/a.toml"),
    ("state", "reviewed"),
    ("name", "origin"),
    ("remote", "origin"),
];

/// Options that git takes and does not list under the command.
const UNLISTED: [(&str, &str); 9] = [
    ("config", "--add"),
    ("config", "--global"),
    ("config", "--list"),
    ("config", "--show-origin"),
    ("log", "--grep"),
    ("log", "--oneline"),
    ("show", "--format"),
    ("sparse-checkout", "--no-sparse-index"),
    ("show", "-s"),
];

/// What only looks like the header of a table.
const NOT_TABLES: [&str; 2] = ["[a-z]", "[bot]"];

static TOML: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^(\[\[?[A-Za-z_."-]+\]\]?|\{ .* = .* \}|[A-Za-z0-9_."/*-]+ = .+)$"#).unwrap()
});

static KEYS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let mut keys = MANIFEST_KEYS.map(str::to_owned).into();
    properties(&tollgate::ticket::schema(), &mut keys);
    properties(&tollgate::rules::configuration_schema(), &mut keys);
    let release_file = include_str!("../../schemas/release-file.schema.json");
    properties(&serde_json::from_str(release_file).unwrap(), &mut keys);
    keys
});

static TOLLGATE: LazyLock<clap::Command> = LazyLock::new(tollgate::cli::command);

static GIT_COMMANDS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let output = Command::new("git")
        .arg("--list-cmds=main")
        .output()
        .unwrap();
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
});

/// Asserts that all that an output's helps tell people to run or to write can be run and written.
pub(crate) fn assert_sound(output: &str) {
    let faults: Vec<String> = helps(output).iter().flat_map(|help| faults(help)).collect();
    assert!(faults.is_empty(), "{}\nin:\n{output}", faults.join("\n"));
}

/// The helps of an output with their wrapped lines joined.
fn helps(output: &str) -> Vec<String> {
    let mut helps: Vec<String> = Vec::new();
    let mut is_open = false;
    for line in output.lines() {
        if let Some(start) = line.trim_start().strip_prefix("help: ") {
            helps.push(start.to_owned());
            is_open = true;
        } else if is_open && line.starts_with("        ") {
            let help = helps.last_mut().expect("one is open");
            // Only between backquotes a wrapped line is known from a line of its own.
            help.push(if help.matches('`').count().is_multiple_of(2) {
                '\n'
            } else {
                ' '
            });
            help.push_str(line.trim());
        } else {
            is_open = false;
        }
    }
    helps
}

/// What is wrong with the commands and snippets of a text.
fn faults(text: &str) -> Vec<String> {
    let spans: Vec<&str> = text.split('`').skip(1).step_by(2).collect();
    let mut found = Vec::new();
    for span in &spans {
        let is_toml = TOML.is_match(span) && !NOT_TABLES.contains(span);
        let fault = if is_toml {
            toml_fault(span)
        } else {
            command_fault(span)
        };
        found.extend(fault.map(|fault| format!("`{span}`: {fault}")));
    }
    let outside = text.split('`').step_by(2).collect::<Vec<_>>().join("`");
    for command in outside
        .lines()
        .flat_map(|line| line.split(": "))
        .filter_map(bare_command)
    {
        found.extend(command_fault(command).map(|fault| format!("{command}: {fault}")));
    }
    found
}

/// Every command of git that a string of the source or a page of a rule names, with values filled
/// in.
pub(crate) fn git_commands() -> BTreeSet<String> {
    let mut texts = Vec::new();
    for path in files(&src(), "rs")
        .into_iter()
        .filter(|path| !is_test(path))
    {
        texts.extend(
            strings(&fs::read_to_string(&path).unwrap())
                .into_iter()
                .map(|(_, text)| filled(&text)),
        );
    }
    texts.extend(tollgate::rules::all().map(|rule| rule.page.split("```").step_by(2).collect()));
    let is_of_git = |command: &str| {
        let name = command
            .strip_prefix("git ")
            .and_then(|rest| rest.split(' ').next());
        name.is_some_and(|name| GIT_COMMANDS.contains(name))
    };
    let mut found = BTreeSet::new();
    for text in texts {
        let spans = text
            .split('`')
            .skip(1)
            .step_by(2)
            .map(|span| span.split_whitespace().collect::<Vec<_>>().join(" "));
        found.extend(spans.filter(|span| is_of_git(span)));
        let outside = text.split('`').step_by(2).collect::<Vec<_>>().join("`");
        let bare = outside
            .lines()
            .flat_map(|line| line.split(": "))
            .filter_map(bare_command);
        found.extend(bare.filter(|command| is_of_git(command)).map(str::to_owned));
    }
    found
}

/// Whether a file of the source holds tests.
fn is_test(path: &Path) -> bool {
    path.ends_with("testing.rs") || path.ends_with("page_tests.rs")
}

/// A command that stands without backquotes; what follows two spaces is a remark.
fn bare_command(text: &str) -> Option<&str> {
    let command = text.trim().split("  ").next()?;
    let mut words = command.split(' ');
    let is_command = match (words.next()?, words.next()?) {
        ("tollgate", name) => TOLLGATE.find_subcommand(name).is_some(),
        ("git", name) => GIT_COMMANDS.contains(name),
        _ => false,
    };
    is_command.then_some(command)
}

/// What is wrong with a line for a shell; `None` also for what is not a command of git or of the
/// tool.
fn command_fault(line: &str) -> Option<String> {
    static INNER: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#""?\$\((?<inner>[^)]*)\)"?"#).unwrap());
    if let Some(fault) = INNER
        .captures_iter(line)
        .find_map(|found| command_fault(&found["inner"]))
    {
        return Some(fault);
    }
    let words = shlex::split(&INNER.replace_all(line, "URL"))?;
    let mut parts = words.split(|word| ["|", ">", "<", "&&"].contains(&word.as_str()));
    parts.find_map(|words| match words.split_first() {
        Some((program, rest)) if program == "tollgate" => tollgate_fault(rest),
        Some((program, rest)) if program == "git" => git_fault(rest),
        _ => None,
    })
}

fn tollgate_fault(words: &[String]) -> Option<String> {
    use clap::error::ErrorKind::{
        DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, MissingRequiredArgument,
        MissingSubcommand,
    };
    let words = || words.iter().map(String::as_str);
    let error = TOLLGATE
        .clone()
        .try_get_matches_from(std::iter::once("tollgate").chain(words()))
        .err()?;
    if error.kind() == DisplayHelp {
        return None;
    }
    let incomplete = [
        DisplayHelpOnMissingArgumentOrSubcommand,
        MissingRequiredArgument,
        MissingSubcommand,
    ];
    // `tollgate ticket move` alone is the name of a command.
    let is_name = words().all(|word| {
        word.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !word.starts_with('-')
    });
    let is_harmless = error.use_stderr() && is_name && incomplete.contains(&error.kind());
    (!is_harmless).then(|| error.to_string())
}

fn git_fault(words: &[String]) -> Option<String> {
    let (command, rest) = words.split_first()?;
    if command.contains("word") {
        return None; // a placeholder
    }
    if !GIT_COMMANDS.contains(command) {
        return Some(format!("git has no command `{command}`"));
    }
    let listed = usage(command);
    let unknown = rest
        .iter()
        .filter(|word| word.starts_with('-') && !word.trim_start_matches('-').is_empty())
        .find(|word| {
            let option = word.split('=').next().unwrap_or_default();
            let plain = option.strip_prefix("--no-").map(|name| format!("--{name}"));
            let is_listed = |option: &str| {
                let end = |c: char| !(c.is_alphanumeric() || c == '-');
                listed
                    .match_indices(option)
                    .any(|(at, _)| listed[at + option.len()..].starts_with(end))
            };
            !(is_listed(option)
                || plain.is_some_and(|plain| is_listed(&plain))
                || UNLISTED.contains(&(command, option)))
        });
    if let Some(option) = unknown {
        return Some(format!("`git {command}` has no option `{option}`"));
    }
    let given: Vec<&str> = rest
        .iter()
        .map(String::as_str)
        .filter(|word| !word.starts_with('-'))
        .collect();
    misuse(command, &given)
}

/// Forms of git's commands that are known to go wrong.
fn misuse(command: &str, given: &[&str]) -> Option<String> {
    let is_remote = |word: &str| !word.contains('/') || word.contains("://");
    match (command, given) {
        ("fetch" | "push" | "ls-remote", [remote, ..]) if !is_remote(remote) => {
            Some(format!("`{remote}` is not the name of a remote"))
        }
        ("fetch", [remote, refs @ ..])
            if refs
                .iter()
                .any(|name| name.starts_with(&format!("{remote}/"))) =>
        {
            Some(format!("`{remote}` knows its branches without `{remote}/`"))
        }
        ("config", ["safe.directory", path])
            if !Path::new(path).is_absolute() && *path != "word" =>
        {
            Some(format!("`{path}` is not an absolute path"))
        }
        ("config", [key, ..]) if !key.contains('.') && *key != "word" => {
            Some(format!("`{key}` is not a key"))
        }
        ("remote", ["add", rest @ ..]) if rest.len() != 2 => {
            Some("a name and a URL are needed".to_owned())
        }
        _ => None,
    }
}

/// What `git COMMAND -h` says.
fn usage(command: &str) -> String {
    static KNOWN: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap();
    let ask = || {
        let folder = tempfile::tempdir().unwrap();
        let output = Command::new("git")
            .args([command, "-h"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).replace("[no-]", "")
    };
    known.entry(command.to_owned()).or_insert_with(ask).clone()
}

fn toml_fault(snippet: &str) -> Option<String> {
    let text = if snippet.starts_with('{') {
        format!("name = {snippet}")
    } else {
        snippet.to_owned()
    };
    let text = text.replace("= word", "= 1"); // a placeholder for a value
    let (document, errors) = Document::parse(Source::new("snippet", text));
    if let Some(error) = errors.first() {
        return Some(error.message.clone());
    }
    unknown_key(document.root()).map(|key| format!("nothing has a key `{key}`"))
}

/// A key that neither tickets nor configurations know; below maps, which are recognised by their
/// values, any key may be.
fn unknown_key(table: &Table) -> Option<String> {
    table.entries().iter().find_map(|entry| {
        let word = entry.value.as_str().unwrap_or_default();
        let is_of_a_map = [
            "off", "note", "warning", "error", "default", "none", "patch", "minor", "major",
        ]
        .contains(&word);
        let inner = match &entry.value.value {
            Value::Table(table) => unknown_key(table),
            _ => None,
        };
        let is_placeholder = entry.key.contains("word");
        (!is_of_a_map && !is_placeholder && !KEYS.contains(&entry.key))
            .then(|| entry.key.clone())
            .or(inner)
    })
}

/// Every name of a property in a schema.
fn properties(schema: &Json, names: &mut BTreeSet<String>) {
    match schema {
        Json::Object(object) => {
            let own = object.get("properties").and_then(Json::as_object);
            names.extend(own.into_iter().flat_map(|own| own.keys().cloned()));
            object.values().for_each(|value| properties(value, names));
        }
        Json::Array(values) => values.iter().for_each(|value| properties(value, names)),
        _ => {}
    }
}

/// The strings of a Rust source above its tests, each with its line; comments and characters are
/// passed over.
pub(crate) fn strings(source: &str) -> Vec<(usize, String)> {
    static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r##"(?s)//[^\n]*|/\*.*?\*/|b?r#"(?<raw>.*?)"#|b?r"(?<plain>[^"]*)"|b?"(?<string>(?:\\.|[^"\\])*)"|'(?:\\.[^']*|[^'\\])'"##)
            .unwrap()
    });
    let code = source.split("\n#[cfg(test)]").next().unwrap_or_default();
    let text = |found: &regex::Captures<'_>| {
        let exact = found
            .name("raw")
            .or(found.name("plain"))
            .map(|text| text.as_str().to_owned());
        exact.or_else(|| Some(unescaped(found.name("string")?.as_str())))
    };
    let line = |found: &regex::Captures<'_>| {
        code[..found.get(0).unwrap().start()].matches('\n').count() + 1
    };
    TOKEN
        .captures_iter(code)
        .filter_map(|found| Some((line(&found), text(&found)?)))
        .collect()
}

fn unescaped(text: &str) -> String {
    static BREAK: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\\\n\s*").unwrap());
    BREAK
        .replace_all(text, "")
        .replace("\\n", "\n")
        .replace("\\\"", "\"")
        .replace("\\\\", "\\")
}

/// A string for `format!` with values filled in.
fn filled(text: &str) -> String {
    static PLACEHOLDER: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\{(?<name>[A-Za-z_][A-Za-z0-9_]*)?(?::[^{}]*)?\}").unwrap());
    let text = text
        .replace("{{", "\u{1}")
        .replace("}}", "\u{2}")
        .replace("[OPTIONS] ", "");
    let value = |found: &regex::Captures<'_>| {
        let name = found.name("name").map_or("", |name| name.as_str());
        PLACEHOLDERS
            .iter()
            .find(|(known, _)| *known == name)
            .map_or("word", |(_, value)| value)
            .to_owned()
    };
    PLACEHOLDER
        .replace_all(&text, value)
        .replace('\u{1}', "{")
        .replace('\u{2}', "}")
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = entries
        .flat_map(|path| {
            if path.is_dir() {
                files(&path, extension)
            } else {
                vec![path]
            }
        })
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    found.sort();
    found
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

#[test]
fn every_string_of_the_source_names_commands_that_exist() {
    let mut wrong = Vec::new();
    for path in files(&src(), "rs")
        .into_iter()
        .filter(|path| !is_test(path))
    {
        for (line, text) in strings(&fs::read_to_string(&path).unwrap()) {
            let shown = path.strip_prefix(src()).unwrap().display();
            wrong.extend(
                faults(&filled(&text))
                    .into_iter()
                    .map(|fault| format!("{shown}:{line}: {fault}")),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_page_of_a_rule_names_commands_that_exist() {
    let mut wrong = Vec::new();
    for rule in tollgate::rules::all() {
        let prose: String = rule.page.split("```").step_by(2).collect();
        wrong.extend(
            faults(&prose)
                .into_iter()
                .map(|fault| format!("{}: {fault}", rule.name)),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_help_for_an_example_of_a_rule_can_be_followed() {
    let settings = Settings::new(
        &Config::default(),
        &RuleSelection::default(),
        jiff::Timestamp::UNIX_EPOCH,
    )
    .unwrap();
    let mut wrong = Vec::new();
    for rule in tollgate::rules::all()
        .filter(|rule| ["toml", "ticket", "content", "plan"].contains(&rule.group()))
    {
        for example in rule.examples(Example::Bad) {
            let checked =
                tollgate::rules::lint_ticket(&Source::new("changes/a.toml", example), &settings);
            let helps = checked
                .findings
                .iter()
                .flat_map(|finding| faults(&finding.help));
            wrong.extend(helps.map(|fault| format!("{}: {fault}", rule.name)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn wrong_commands_and_snippets_are_found() {
    for text in [
        "run `tollgate release --exeucte`",
        "run `tollgate nxet`",
        "tollgate changelog --release latest",
        "if you trust it, run: git config --global --add safe.directory .",
        "git fetch origin origin/main",
        "git fetch origin/main",
        "run `git fetch --unshalow`",
        "run `git fsk`",
        "set `content/* = \"off\"` under `[rules]`",
        "add `titel = \"x\"`",
        "add `[rolback]`",
    ] {
        assert_eq!(faults(text).len(), 1, "{text}: {:?}", faults(text));
    }
}

#[test]
fn good_commands_and_sentences_pass() {
    for text in [
        "tollgate schema ticket > ticket.schema.json",
        "see `tollgate ticket move`",
        "git show -s --format=%B | tollgate commit-msg -",
        "git takes this for a part of the subject",
        "set `\"content/*\" = \"off\"` under `[rules]`",
        "write `feat: a = b`",
        "git fetch origin +main:refs/remotes/origin/main",
    ] {
        assert_eq!(faults(text), [""; 0], "{text}");
    }
}

#[test]
fn strings_are_distinguished_from_comments() {
    let source = "// \"no\"\nlet a = '\"'; let b = \"x\\\n    y\\\"`\"; r#\"raw \"\"#; fn f<'a>(c: &'a str) {} \"z\"\n#[cfg(test)]\n\"t\"";
    let found: Vec<String> = strings(source).into_iter().map(|(_, text)| text).collect();
    assert_eq!(found, ["xy\"`", "raw \"", "z"]);
}

//! Words that texts for users must not contain; each has a plainer form.
//!
//! The test checks every rendered help and, below [`COVERED`], the string literals of Rust files,
//! the descriptions of JSON schemas, and the prose of Markdown pages outside code and *Why it
//! matters*. Add a folder or a file to the list once its texts are rewritten.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value as Json;

use crate::suggested_commands::strings;

/// The folders and files whose texts are in plain words.
const COVERED: &[&str] = &[
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs",
    "examples",
    "schemas",
    "src",
];

/// Words and phrases, each with what to write instead.
const WORDS: &[(&str, &str)] = &[
    (r"\bmend(s|ed|ing)?\b", "fix"),
    (
        r"\b(is|are|was|were) told\b",
        "reports, prints, warns about",
    ),
    (r"\bbears?\b|\bborne\b", "contains, has"),
    (r"\basks? (for )?an?\b", "requires a"),
    (r"\b(go|goes|going|gone) past\b", "bypass"),
    (r"\b[Ww]hoever\b", "name the actor"),
    (r"\b[Nn]obody\b", "name the actor"),
    (r"\bslips?\b", "typo"),
    (r"\banew\b", "again, or nothing"),
    (r"\bmeanwhile\b", "nothing"),
    (r"\balike\b", "nothing"),
    (r"\bas ever\b", "nothing"),
    (r"\bas it is meant\b", "nothing"),
    (
        r"\bstands? (in|beside|below|above|on)\b",
        "is, appears, is listed, blocks",
    ),
    (
        r"\b(rules?|they|it) (speaks?|spoke)\b|\bsilent\b",
        "run, report",
    ),
    (r"\bgreatest (version|tag)\b", "highest version"),
    (r"\bderived? again\b", "recompute"),
    (r"\bsuffices?\b", "is enough"),
    (r"\bloosen(s|ed|ing)?\b", "weaken"),
    (
        r"\bthe tool could not do its work\b",
        "Tollgate could not run",
    ),
    (r"\b[Ww]here (there is|nothing|none|no)\b", "if"),
    (r"\bdecides about\b", "controls whether"),
    (
        r"\bfrom (the state|(low|medium|high|critical) risk)\b",
        "at that risk and above, in that state and later",
    ),
    (
        r"\b(past|plans it past) (the state )?`?draft\b",
        "is no longer a draft, moves it out of `draft`",
    ),
    (r"\bin the forge\b", "on the forge"),
    (r"\bcase or composition\b", "case or Unicode normalization"),
    (r"\bis right as it is\b", "is intentional"),
    (r"\breplace[sd]? (the|a) \w+ by\b", "replace with"),
    (r"\bmisspelt\b", "misspelled"),
    (r"\bwork tree\b", "working tree"),
    (
        r"\b(the|a|its|ticket|temporary) folders?\b|\bfolders (deep|to)\b",
        "directory",
    ),
    (r"\bnames no(thing)?\b", "does not identify"),
    (r"\b(is|are|version) counted from\b", "computed from"),
    (r"\b(is of|would be) no\b", "is not a"),
    (
        r"\bmissing here\b.*\btag|\btag is missing here\b",
        "missing from this clone",
    ),
    (
        r"\bnot the (id|name) of a\b",
        "not a commit ID, not a branch name",
    ),
    (r"\bgit's\b", "Git's"),
    (r"\ba text\b", "a string, a value, a title, text"),
    (r"\buse one of\b", "use `a`, `b`, or `c`"),
    (r"\bjudges\b|\b(is|are|be) judged\b", "checks"),
    (r"\b(for|leave) its past\b", "its existing history"),
    (r"\bcounts? for (no|any)thing\b|\bcounts by\b", "affects"),
    (r"\bor else\b", "or, if not set"),
    (r"([Nn]ull|[Ee]mpty): ", "null if, empty if"),
    (r"\bby bots and reverts\b", "reverts and commits by bots"),
    (
        r"`[^`]+`, `[^`]+` (and|or) `",
        "a comma before `and` and `or`",
    ),
    (r"\banother (kind|name) of\b", "a different kind of"),
    (r"\banother \w+ than\b", "a different … from"),
    (r"\belse(where)? than\b", "other than"),
    (r"\b(has|have) to be seen\b", "expected result"),
    (r"\b(is|are) said to be\b", "what names it"),
    (r"\bleads? nowhere\b", "cannot be opened"),
    (r"\bexit status: ", "exited with status"),
    (r"\bthan (it|they) may\b", "than the setting allows"),
];

static PATTERNS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    WORDS
        .iter()
        .map(|(word, better)| (Regex::new(word).unwrap(), *better))
        .collect()
});

/// What is wrong with a text, with what to write instead.
fn faults(text: &str) -> Vec<String> {
    static IS_NO: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(\w+ )?\bis no (\w+)").unwrap());
    let mut found: Vec<String> = Vec::new();
    for (pattern, better) in PATTERNS.iter() {
        found.extend(
            pattern
                .find_iter(text)
                .map(|word| format!("`{}`: write {better}", word.as_str())),
        );
    }
    let is_foreign = |found: &regex::Captures<'_>| {
        let before = found.get(1).map_or("", |word| word.as_str()).to_lowercase();
        before != "there " && &found[2] != "longer"
    };
    let foreign = IS_NO.captures_iter(text).filter(is_foreign);
    found.extend(foreign.map(|word| format!("`{}`: write is not a", &word[0])));
    found
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let mut found: Vec<PathBuf> = fs::read_dir(path)
        .unwrap()
        .flat_map(|entry| files(&entry.unwrap().path()))
        .collect();
    found.sort();
    found
}

/// The texts of a file that users read.
fn texts(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap_or_default();
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("rs") => strings(&text).into_iter().map(|(_, text)| text).collect(),
        Some("md") => vec![prose(&text)],
        Some("json") => {
            let mut found = Vec::new();
            descriptions(&serde_json::from_str(&text).unwrap(), &mut found);
            found
        }
        _ => Vec::new(),
    }
}

/// A page without code and without the sections that argue.
fn prose(page: &str) -> String {
    let (mut out, mut is_code, mut is_argued) = (String::new(), false, false);
    for line in page.lines() {
        if line.starts_with("```") {
            is_code = !is_code;
        } else if line.starts_with('#') && !is_code {
            is_argued = line.contains("Why it matters");
        } else if !is_code && !is_argued {
            out += line;
            out.push('\n');
        }
    }
    out.split('`').step_by(2).collect()
}

fn descriptions(schema: &Json, found: &mut Vec<String>) {
    match schema {
        Json::Object(object) => {
            found.extend(
                object
                    .get("description")
                    .and_then(Json::as_str)
                    .map(str::to_owned),
            );
            object.values().for_each(|value| descriptions(value, found));
        }
        Json::Array(values) => values.iter().for_each(|value| descriptions(value, found)),
        _ => {}
    }
}

/// Whether a line lists the words that a rule looks for.
fn is_word_list(line: &str) -> bool {
    let words = line.trim_start_matches("The list: ").trim_end_matches('.');
    words.split(' ').count() > 15
        && words
            .bytes()
            .all(|byte| byte == b' ' || byte.is_ascii_lowercase())
}

#[test]
fn texts_have_plain_words() {
    let mut wrong = Vec::new();
    for file in COVERED.iter().flat_map(|path| files(&root().join(path))) {
        let shown = file.strip_prefix(root()).unwrap().display();
        for text in texts(&file) {
            for line in text.lines().filter(|line| !is_word_list(line)) {
                wrong.extend(
                    faults(line)
                        .into_iter()
                        .map(|fault| format!("{shown}: {fault} in {line:?}")),
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn helps_have_plain_words() {
    fn check(command: &clap::Command, wrong: &mut Vec<String>) {
        let page = command.clone().render_long_help().to_string();
        wrong.extend(
            faults(&page)
                .into_iter()
                .map(|fault| format!("{}: {fault}", command.get_name())),
        );
        command
            .get_subcommands()
            .for_each(|command| check(command, wrong));
    }
    let mut wrong = Vec::new();
    check(&tollgate::cli::command(), &mut wrong);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn foreign_words_are_found() {
    for text in [
        "the file is no TOML",
        "nothing to mend",
        "rules that were gone past",
        "Where there is none",
        "asks for a ticket",
        "it decides about the ticket",
        "applies from medium risk",
        "replaces the value by the nearest",
        "approve in the forge",
        "the folder cannot be read",
        "a revert that names no commit",
        "use one of `a`, `b`",
        "reports a text without letters",
        "the job that judges it",
        "set it to `a`, `b` or `c`",
        "Null: unreleased",
        "in another unit than stated",
        "something else than was deployed",
        "say what has to be seen",
        "longer than it may take",
    ] {
        assert_eq!(faults(text).len(), 1, "{text}: {:?}", faults(text));
    }
    for text in [
        "there is no tag",
        "it is no longer needed",
        "Fix the errors above",
        "the policy requires a ticket",
    ] {
        assert_eq!(faults(text), [""; 0], "{text}");
    }
    assert_eq!(
        prose("a `whoever` b\n## Why it matters\n\nwhoever\n\n## Bad\n\n```\nwhoever\n```\nc\n"),
        "a  b\n\nc\n"
    );
}

//! The structure of the source tree: layers, sizes, and complete lists.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

/// The layers of the top-level modules: a module uses lower layers, and its own submodules freely.
const LAYERS: &[(&str, u8)] = &[
    ("source", 0),
    ("parallel", 0),
    ("finding", 1),
    ("error", 1),
    ("version", 1),
    ("document", 1),
    ("repo_path", 1),
    ("commit", 2),
    ("ticket", 3),
    ("text", 4),
    ("release_file", 4),
    ("risk", 5),
    ("config", 6),
    ("history", 7),
    ("signature", 7),
    ("calendar", 7),
    ("approval", 8),
    ("branch", 8),
    ("changelog", 8),
    ("draft", 8),
    ("merge", 9),
    ("release", 9),
    ("rules", 10),
    ("report", 10),
    ("files", 11),
    ("process", 11),
    ("format", 12),
    ("git", 13),
    ("workspace", 14),
    ("app", 15),
    ("cli", 16),
];

/// The most lines of a file without its tests.
const MAX_LINES: usize = 700;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The module path of a source file: `src/ticket/id.rs` is `["ticket", "id"]`,
/// `src/ticket/mod.rs` is `["ticket"]`.
fn module_of(file: &Path) -> Vec<String> {
    let relative = file
        .strip_prefix(root().join("src"))
        .unwrap()
        .with_extension("");
    let mut parts: Vec<String> = relative
        .iter()
        .map(|part| part.to_str().unwrap().to_owned())
        .collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    parts
}

fn layer(module: &str) -> Option<u8> {
    LAYERS
        .iter()
        .find(|(name, _)| *name == module)
        .map(|(_, layer)| *layer)
}

/// The top-level modules that a line's `crate::` and `super::` paths name, grouped imports
/// included.
fn named_modules(text: &str, depth: usize) -> Vec<String> {
    let mut named = Vec::new();
    let code: String = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n");
    let climb = "super::".repeat(depth);
    for (at, _) in code.match_indices("crate::") {
        named.extend(heads(&code[at + "crate::".len()..]));
    }
    for (at, _) in code.match_indices(&climb) {
        named.extend(heads(&code[at + climb.len()..]));
    }
    named
}

fn heads(rest: &str) -> Vec<String> {
    let word = |text: &str| {
        text.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect::<String>()
    };
    let Some(group) = rest.strip_prefix('{') else {
        return vec![word(rest)];
    };
    let mut depth = 0;
    let mut items = vec![String::new()];
    for character in group.chars() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => items.push(String::new()),
            other => items.last_mut().expect("never empty").push(other),
        }
    }
    items.iter().map(|item| word(item.trim())).collect()
}

#[test]
fn modules_use_lower_layers() {
    let mut wrong = Vec::new();
    for file in files(&root().join("src"), "rs") {
        let module = module_of(&file);
        let top = module[0].as_str();
        if ["lib", "main"].contains(&top) {
            continue;
        }
        let own =
            layer(top).unwrap_or_else(|| panic!("`{top}` has no layer: give it one in LAYERS"));
        for name in named_modules(&fs::read_to_string(&file).unwrap(), module.len()) {
            if layer(&name).is_some_and(|other| other >= own && name != top) {
                wrong.push(format!(
                    "{}: `{top}` (layer {own}) must not use `{name}`",
                    file.display()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn architecture_lists_every_layer() {
    let page = fs::read_to_string(root().join("docs/ARCHITECTURE.md")).unwrap();
    let row = |line: &str| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        let layer = cells.next()?.parse::<u8>().ok()?;
        Some((cells.next()?.trim_matches('`').to_owned(), layer))
    };
    let listed: Vec<_> = page.lines().filter_map(row).collect();
    let expected: Vec<_> = LAYERS
        .iter()
        .map(|(module, layer)| ((*module).to_owned(), *layer))
        .collect();
    assert_eq!(listed, expected);
}

#[test]
fn files_stay_readable_in_one_sitting() {
    for file in files(&root().join("src"), "rs") {
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let lines = code.lines().count();
        assert!(
            lines <= MAX_LINES,
            "{} has {lines} lines: split it",
            file.display()
        );
    }
}

#[test]
fn every_file_has_module_docs() {
    for file in files(&root().join("src"), "rs") {
        let text = fs::read_to_string(&file).unwrap();
        assert!(
            text.starts_with("//! "),
            "{} lacks its module documentation",
            file.display()
        );
    }
}

/// The files that may call what `clippy.toml` forbids, such as writing to disk, with what they do
/// it for.
///
/// Everything that the configuration or a branch names is read and written by `files`.
const EDGES: &[(&str, &str)] = &[
    ("src/app/release/execute.rs", "programs"),
    ("src/cli/commit_msg.rs", "environment"),
    ("src/cli/context.rs", "clock"),
    ("src/cli/gate.rs", "environment"),
    ("src/cli/prepare_commit_msg.rs", "environment"),
    ("src/cli/release.rs", "environment"),
    ("src/cli/streams.rs", "environment"),
    ("src/cli/ticket/edit.rs", "environment, the user's editor"),
    (
        "src/files/mod.rs",
        "files of the work tree, files that the command line names",
    ),
    (
        "src/git/apply/mod.rs",
        "files of the repository's own folder",
    ),
    ("src/git/history.rs", "files of the repository's own folder"),
    ("src/git/mod.rs", "environment"),
    ("src/git/program.rs", "programs"),
    (
        "src/git/reference_list.rs",
        "files of the repository's own folder",
    ),
    ("src/git/remote.rs", "the mailmap that git's settings name"),
    ("src/git/signatures/mod.rs", "files of a temporary folder"),
    ("src/git/signatures/program.rs", "programs"),
    ("src/git/signatures/ssh.rs", "files of a temporary folder"),
    ("src/process.rs", "clock"),
];

#[test]
fn only_the_edges_touch_the_system() {
    let mut found = Vec::new();
    for file in files(&root().join("src"), "rs") {
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]\n").next().unwrap_or_default();
        let name = file
            .strip_prefix(root())
            .unwrap()
            .to_str()
            .unwrap()
            .replace('\\', "/");
        if code.contains("clippy::disallowed_methods") {
            found.push(name);
        }
    }
    let allowed: Vec<_> = EDGES.iter().map(|(file, _)| *file).collect();
    assert_eq!(
        found, allowed,
        "read and write through `files`, or say in EDGES what the file does"
    );
}

/// The documents that the comments of a text cite, each with its heading: `(docs/GLOSSARY.md,
/// Glossary)`.
fn cited_documents(text: &str) -> Vec<(&str, Option<&str>)> {
    let comments = text
        .lines()
        .filter_map(|line| line.split_once("//").map(|(_, comment)| comment));
    let is_path = |character: char| character.is_alphanumeric() || "._-/".contains(character);
    let mut cited = Vec::new();
    for comment in comments {
        for (end, _) in comment.match_indices(".md") {
            let (before, after) = comment.split_at(end + ".md".len());
            let start = before
                .rfind(|character| !is_path(character))
                .map_or(0, |at| at + 1);
            let is_in_parentheses = before[..start].ends_with('(');
            let heading = after.strip_prefix(", ").filter(|_| is_in_parentheses);
            cited.push((
                &before[start..],
                heading.and_then(|rest| rest.split([')', ';']).next()),
            ));
        }
    }
    cited
}

#[test]
fn comments_cite_documents_of_the_repository() {
    for file in files(&root().join("src"), "rs")
        .into_iter()
        .chain(files(&root().join("tests"), "rs"))
    {
        let text = fs::read_to_string(&file).unwrap();
        for (document, heading) in cited_documents(&text) {
            let document = fs::read_to_string(root().join(document)).unwrap_or_else(|_| {
                panic!(
                    "{} cites `{document}`, which isn't in the repository",
                    file.display()
                )
            });
            if let Some(heading) = heading {
                let has_heading = document
                    .lines()
                    .any(|line| line.trim_start_matches('#') == format!(" {heading}"));
                assert!(
                    has_heading,
                    "{} cites the heading `{heading}`, which isn't there",
                    file.display()
                );
            }
        }
    }
}

#[test]
fn citations_are_found_with_their_headings() {
    assert_eq!(
        cited_documents("//! Why (docs/GLOSSARY.md, Glossary)."),
        [("docs/GLOSSARY.md", Some("Glossary"))]
    );
    assert_eq!(
        cited_documents("let a = 1; // as `README.md`, and others"),
        [("README.md", None)]
    );
    assert_eq!(cited_documents("let page = \"a.md\";"), []);
}

#[test]
fn the_source_has_no_leftovers() {
    for file in files(&root().join("src"), "rs") {
        let text = fs::read_to_string(&file).unwrap();
        for word in ["TODO", "FIXME", "XXX", "dbg!("] {
            let found = text
                .lines()
                .find(|line| line.contains(word) && !line.contains('"') && !line.contains('`'));
            assert_eq!(found, None, "{}", file.display());
        }
    }
}

/// The string literals of a source that put values into a command without `shell_command!`, which
/// quotes them.
fn unquoted_commands(code: &str) -> Vec<String> {
    static LITERAL: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"(?s)(?<macro>shell_command!\(\s*)?"(?<text>(?:[^"\\]|\\.)*)""#).unwrap()
    });
    static COMMAND: LazyLock<Regex> = LazyLock::new(|| {
        let subcommand = "changelog|check|commit-msg|commits|config|current|explain|gate|next|\
                          packages|release|rules|schema|status|ticket|verify";
        Regex::new(&format!(
            r"\b(git [a-z-]+|tollgate ({subcommand}))\b[^`\n:]*\{{"
        ))
        .unwrap()
    });
    let joined = |literal: &str| {
        let lines: Vec<_> = literal.split("\\\n").collect();
        let rest = lines[1..].iter().map(|line| line.trim_start());
        [lines[0]].into_iter().chain(rest).collect::<String>()
    };
    LITERAL
        .captures_iter(code)
        .filter(|found| found.name("macro").is_none())
        .map(|found| joined(&found["text"]))
        .filter(|text| COMMAND.is_match(&text.replace("{{", "")))
        .collect()
}

#[test]
fn suggested_commands_quote_what_a_repository_names() {
    for file in files(&root().join("src"), "rs") {
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]\n").next().unwrap_or_default();
        assert_eq!(
            unquoted_commands(code),
            Vec::<String>::new(),
            "{}: build the command with `shell_command!`, which quotes names",
            file.display()
        );
    }
}

#[test]
fn command_with_a_value_is_found_in_a_literal() {
    let code = r#"format!("run `tollgate check {path}`"); format!("a \
        git fetch {}", x); shell_command!(
        "git push {name}", name); format!("run `tollgate check`, then open {path}: git log");"#;
    assert_eq!(
        unquoted_commands(code),
        ["run `tollgate check {path}`", "a git fetch {}"]
    );
}

#[test]
fn grouped_and_relative_paths_are_checked() {
    assert_eq!(
        named_modules("use crate::{git::Repo, cli};", 1),
        ["git", "cli"]
    );
    assert_eq!(named_modules("use super::super::git;", 2), ["git"]);
    assert_eq!(named_modules("// crate::git", 1), Vec::<String>::new());
}

#[test]
fn every_rule_has_a_page_and_is_listed() {
    for group in fs::read_dir(root().join("src/rules"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        if !group.is_dir() {
            continue;
        }
        let list = fs::read_to_string(group.join("mod.rs")).unwrap();
        for file in files(&group, "rs") {
            let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap();
            if !fs::read_to_string(&file)
                .unwrap()
                .contains(" const RULE: Rule")
            {
                continue;
            }
            assert!(
                file.with_extension("md").exists(),
                "{} has no page beside it",
                file.display()
            );
            assert!(
                list.contains(&format!("{stem}::RULE")),
                "{} is not in its group's list",
                file.display()
            );
        }
        for page in files(&group, "md") {
            assert!(
                page.with_extension("rs").exists(),
                "{} has no rule beside it",
                page.display()
            );
        }
    }
}

/// The packages that a build of this crate has, with their features.
#[cfg(target_os = "linux")]
fn packages_with_features(edges: &str) -> std::collections::BTreeSet<String> {
    let output = std::process::Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--no-dedupe"])
        .args(["--prefix", "none", "--format", "{p} {f}", "--edges", edges])
        .current_dir(root())
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

// Elsewhere other dependencies are built, with other features.
#[cfg(target_os = "linux")]
#[test]
fn tests_use_the_dependencies_of_the_program() {
    let of_the_program = packages_with_features("normal");
    let of_the_tests = packages_with_features("normal,dev");
    let differing: Vec<_> = of_the_program.difference(&of_the_tests).collect();
    assert!(
        differing.is_empty(),
        "a dev-dependency turns on features of these packages; the feature `as-tested` in \
         Cargo.toml must turn on the same ones: {differing:#?}"
    );
}

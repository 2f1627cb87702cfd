//! The examples of the README and of the pages in `docs/`, executed: files are written, commands
//! run, and what they print is compared with the page.
//!
//! `TOLLGATE_BLESS=1 cargo test --test it readme` writes what the commands print into the pages.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::sandbox::{Sandbox, stderr, stdout};

/// The repository of which the README tells.
fn told_of() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("orders/take", "1");
    sandbox.write("cart/keep", "1");
    sandbox.commit("feat: take orders");
    sandbox.tag("v1.2.3");
    sandbox.git(&["tag", "orders-v1.2.0"]);
    sandbox.git(&["tag", "cart-v0.7.1"]);
    sandbox.write("cart/keep", "30");
    sandbox.commit("feat(cart): keep items for thirty days");
    sandbox.write("docs/cart.md", "The cart");
    sandbox.commit("docs: explain the cart");
    sandbox.write("orders/round", "half up");
    sandbox.commit("fix: round prices half up");
    sandbox.branch("drop-address");
    sandbox.write(
        "migrations/0413_drop_legacy_address.sql",
        "ALTER TABLE orders DROP COLUMN legacy_address;\n",
    );
    sandbox.commit("feat: drop the legacy address of orders (#41)\n\nRefs: ORD-97\n");
    sandbox.switch("main");
    sandbox
}

/// Runs every block of a Markdown text and gives the text with what the commands print.
fn run(text: &str, sandbox: &Sandbox) -> String {
    let mut out = String::new();
    let mut block: Option<(&str, String)> = None;
    for line in text.split_inclusive('\n') {
        match &mut block {
            None => {
                block = line
                    .strip_prefix("```")
                    .map(|kind| (kind.trim(), String::new()))
                    .filter(|(kind, _)| !kind.is_empty());
            }
            Some((kind, body)) if line.starts_with("```") => {
                out.push_str(&executed(kind, body, sandbox));
                block = None;
            }
            Some((_, body)) => {
                body.push_str(line);
                continue;
            }
        }
        out.push_str(line);
    }
    out
}

fn executed(kind: &str, body: &str, sandbox: &Sandbox) -> String {
    match (
        kind,
        body.strip_prefix("# ")
            .and_then(|rest| rest.split_once('\n')),
    ) {
        ("toml", Some((path, contents))) if path.ends_with(".toml") => {
            sandbox.write(path, contents);
            body.to_owned()
        }
        ("jinja", _) => {
            let path = body
                .strip_prefix("{# ")
                .and_then(|rest| rest.split_once(" #}"))
                .expect("it says its path")
                .0;
            sandbox.write(path, body);
            body.to_owned()
        }
        ("console", _) => body
            .lines()
            .filter_map(|line| line.strip_prefix("$ "))
            .map(|command| printed(command, sandbox))
            .collect(),
        _ => body.to_owned(),
    }
}

fn printed(command: &str, sandbox: &Sandbox) -> String {
    let arguments: Vec<&str> = command
        .strip_prefix("tollgate ")
        .expect("only the tool is shown")
        .split(' ')
        .collect();
    let output = sandbox.tollgate(&arguments);
    let mut text = format!("$ {command}\n");
    write!(text, "{}{}", stdout(&output), stderr(&output)).unwrap();
    text
}

/// The pages at the root and every page below `docs/`.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = ["README.md", "CONTRIBUTING.md", "SECURITY.md"]
        .map(|name| root.join(name))
        .to_vec();
    let mut folders = vec![root.join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    pages
}

#[test]
fn pages_show_what_the_tool_prints() {
    for path in pages() {
        let text = std::fs::read_to_string(&path).unwrap();
        if !text.contains("```console") {
            continue;
        }
        let executed = run(&text, &told_of());
        if std::env::var_os("TOLLGATE_BLESS").is_some() {
            std::fs::write(&path, &executed).unwrap();
            continue;
        }
        let differs = text
            .lines()
            .zip(executed.lines())
            .find(|(page, printed)| page != printed);
        let help = "`TOLLGATE_BLESS=1 cargo test --test it readme` updates it";
        assert_eq!(differs, None, "{}: {help}", path.display());
        assert_eq!(text, executed, "{}: {help}", path.display());
    }
}

#[test]
fn links_of_pages_lead_to_files() {
    for path in pages() {
        let text = std::fs::read_to_string(&path).unwrap();
        let folder = path.parent().unwrap();
        for target in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split([')', '#']).next())
        {
            let exists = target.starts_with("https://") || folder.join(target).exists();
            assert!(exists, "{}: {target}", path.display());
        }
    }
}

/// Whether a page is for those who maintain the project, and so names its files.
fn is_for_maintainers(page: &Path) -> bool {
    let names = [
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "GLOSSARY.md",
        "SECURITY.md",
    ];
    let folder = page.parent().and_then(Path::file_name);
    names.iter().any(|name| page.ends_with(name))
        || folder.is_some_and(|name| name == "design" || name == "adr")
}

#[test]
fn files_that_pages_name_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for page in pages().into_iter().filter(|page| is_for_maintainers(page)) {
        let text = std::fs::read_to_string(&page).unwrap();
        let quoted = text
            .lines()
            .flat_map(|line| line.split('`').skip(1).step_by(2));
        let is_path = |word: &&str| {
            let folders = ["src/", "tests/", "docs/", "examples/", "schemas/"];
            folders.iter().any(|folder| word.starts_with(folder)) && !word.contains(['<', '*', ' '])
        };
        for path in quoted.filter(is_path) {
            assert!(
                root.join(path).exists(),
                "{}: there is no `{path}`",
                page.display()
            );
        }
    }
}

/// The names of all tests of the project.
fn names_of_tests() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut names, mut folders) = (String::new(), vec![root.join("src"), root.join("tests/it")]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(path).unwrap();
                names.extend(
                    text.split("fn ")
                        .skip(1)
                        .filter_map(|rest| rest.split('(').next())
                        .map(|name| format!("{name};")),
                );
            }
        }
    }
    names
}

#[test]
fn tests_that_pages_name_exist() {
    let names = names_of_tests();
    for path in pages()
        .into_iter()
        .filter(|path| path.ends_with("statements.md") || path.ends_with("threat-model.md"))
    {
        let text = std::fs::read_to_string(&path).unwrap();
        let named = text
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|word| word.matches('_').count() > 1);
        for name in named.filter(|name| {
            !name.contains(|character: char| character.is_uppercase() || character == '.')
        }) {
            assert!(
                names.contains(&format!("{name};")),
                "{}: no test is called `{name}`",
                path.display()
            );
        }
    }
}

#[test]
fn commands_have_the_summaries_of_their_helps() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md"))
        .unwrap()
        .replace("`--execute`", "--execute");
    let root = tollgate::cli::command();
    let mut rows = 0;
    for line in page.lines() {
        let Some((name, summary)) = line
            .strip_prefix("| `tollgate ")
            .and_then(|row| row.split_once("` | "))
        else {
            continue;
        };
        let command = root.find_subcommand(name).unwrap();
        let about = command.get_about().unwrap().to_string();
        assert_eq!(summary.trim_end_matches(" |"), about, "{name}");
        rows += 1;
    }
    assert!(rows > 9, "{rows}");
}

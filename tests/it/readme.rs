//! The examples of the README, executed: files are written, commands run, and what they print is what stands there.
//!
//! `TOLLGATE_BLESS=1 cargo test --test it readme` writes what the commands print into the README.

use std::fmt::Write as _;
use std::path::Path;

use crate::sandbox::{Sandbox, stderr, stdout};

/// The repository of which the README tells.
fn told_of() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("orders/take", "1");
    sandbox.write("cart/keep", "1");
    sandbox.commit("feat: take orders");
    sandbox.git(&["tag", "-a", "v1.2.3", "-m", "v1.2.3"]);
    sandbox.git(&["tag", "orders-v1.2.0"]);
    sandbox.git(&["tag", "cart-v0.7.1"]);
    sandbox.write("cart/keep", "30");
    sandbox.commit("feat(cart): keep items for thirty days");
    sandbox.write("docs/cart.md", "The cart");
    sandbox.commit("docs: explain the cart");
    sandbox.write("orders/round", "half up");
    sandbox.commit("fix: round prices half up");
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
    match (kind, body.strip_prefix("# ").and_then(|rest| rest.split_once('\n'))) {
        ("toml", Some((path, contents))) if path.ends_with(".toml") => {
            sandbox.write(path, contents);
            body.to_owned()
        }
        ("jinja", _) => {
            let path = body.strip_prefix("{# ").and_then(|rest| rest.split_once(" #}")).expect("it says its path").0;
            sandbox.write(path, body);
            body.to_owned()
        }
        ("console", _) => {
            body.lines().filter_map(|line| line.strip_prefix("$ ")).map(|command| printed(command, sandbox)).collect()
        }
        _ => body.to_owned(),
    }
}

fn printed(command: &str, sandbox: &Sandbox) -> String {
    let arguments: Vec<&str> = command.strip_prefix("tollgate ").expect("only the tool is shown").split(' ').collect();
    let output = sandbox.tollgate(&arguments);
    let mut text = format!("$ {command}\n");
    write!(text, "{}{}", stdout(&output), stderr(&output)).unwrap();
    text
}

#[test]
fn the_readme_shows_what_the_tool_prints() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let executed = run(&text, &told_of());
    if std::env::var_os("TOLLGATE_BLESS").is_some() {
        std::fs::write(&path, &executed).unwrap();
        return;
    }
    let differs = text.lines().zip(executed.lines()).find(|(stands, prints)| stands != prints);
    assert_eq!(differs, None, "`TOLLGATE_BLESS=1 cargo test --test it readme` writes it anew");
    assert_eq!(text, executed);
}

#[test]
fn every_link_of_the_readme_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("README.md")).unwrap();
    for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
        assert!(target.starts_with("https://") || root.join(target).exists(), "{target}");
    }
}

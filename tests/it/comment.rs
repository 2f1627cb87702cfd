//! The comment on a pull request: what the gate writes of a hostile branch, and how the action posts
//! it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use pulldown_cmark::{Event, Options, Parser, Tag};

use crate::sandbox::{Sandbox, stderr, stdout};
use crate::scenario::{assert_contains, assert_success};

const CONFIG: &str = "[[policy]]\nname = \"all\"\nsections = [\"schema_change\"]\n\
                      [approvals]\nlow = { quorum = 1 }\n";

fn comment(sandbox: &Sandbox, base: &str) -> String {
    let now = "2026-11-20T12:00:00Z";
    let arguments = ["gate", "--base", base, "--now", now, "--format", "comment"];
    stdout(&sandbox.tollgate(&arguments)).to_owned()
}

#[test]
fn a_hostile_branch_is_text_in_its_comment() {
    let hostile = "<!-- x --><b>@everyone</b> #12 [a](https://evil.example) | `c";
    let sandbox = Sandbox::new();
    sandbox.write("tollgate.toml", CONFIG);
    sandbox.commit("feat: begin");
    let base = "main-@everyone-#12-&!3";
    sandbox.git(&["branch", base]);
    sandbox.git(&["switch", "--quiet", "--create", "@team/(y)-#12-&!3"]);
    sandbox.git(&["config", "user.name", hostile]);
    let ticket = format!(
        "title = '{hostile}'\nstate = \"approved\"\ncategory = \"code\"\njustification = '{hostile}'\n\
         services = ['{hostile}']\nrequester = '{hostile}'\ndeployment = ['{hostile}']\n\
         rollback = ['{hostile}']\nvalidation = ['{hostile}']\n"
    );
    sandbox.write("changes/@team #12 `x.toml", ticket);
    sandbox.commit(&format!("feat: {hostile}"));
    let comment = comment(&sandbox, base);
    let mut html = String::new();
    for event in Parser::new_ext(&comment, Options::ENABLE_TABLES) {
        match event {
            Event::Html(part) | Event::InlineHtml(part) => html.push_str(&part),
            Event::Text(text) => {
                let active = ["@everyone", "@team", "#12", "!3", "://"];
                assert!(!active.iter().any(|active| text.contains(active)), "{text}");
            }
            Event::Start(Tag::Link { dest_url, .. }) => panic!("{dest_url}: {comment}"),
            _ => {}
        }
    }
    assert_eq!(html.matches("<!--").count(), 1, "{html}");
    assert!(!html.contains("everyone"), "{html}");
    assert_contains(&comment, "Cannot approve: ");
}

#[test]
fn only_the_gate_writes_a_comment() {
    let output = Sandbox::new().tollgate(&["check", "--format", "comment"]);
    assert_eq!(output.status.code(), Some(2));
    assert_contains(stderr(&output), "only `tollgate gate` can write a comment");
}

/// A `gh` that notes its arguments, and answers from files: the tip, the own comment, and whether it
/// may write.
const GH: &str = r#"#!/bin/sh
printf '%s\n' "$*" >> "$LOG"
case "$*" in
  *graphql*) cat "$FORGE/own" ;;
  *"--jq .head.sha"*) cat "$FORGE/tip" ;;
  *) for argument; do case "$argument" in body=@*) cp "${argument#body=@}" "$FORGE/posted" ;; esac; done
     [ -e "$FORGE/may-write" ] ;;
esac
"#;

const HEAD: &str = "27cd557aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// A pull request on a forge.
struct Forge {
    folder: tempfile::TempDir,
}

impl Forge {
    /// A forge that lets the job write comments, and has none yet.
    fn new() -> Self {
        let forge = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        fs::create_dir(forge.path("bin")).unwrap();
        forge.write("bin/gh", GH);
        fs::set_permissions(forge.path("bin/gh"), fs::Permissions::from_mode(0o755)).unwrap();
        forge.write("tip", HEAD);
        forge.write("own", "");
        forge.write("may-write", "");
        forge
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// Runs the step of the action that posts a comment.
    fn post(&self) -> Output {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("action/comment.sh");
        let path = format!(
            "{}:{}",
            self.path("bin").display(),
            std::env::var("PATH").unwrap()
        );
        let output = Command::new("bash")
            .arg(script)
            .env_clear()
            .env("PATH", path)
            .env("LOG", self.path("log"))
            .env("FORGE", self.folder.path())
            .env("COMMENT", self.path("comment.md"))
            .env("HEAD", HEAD)
            .env("NUMBER", "7")
            .env("REPOSITORY", "o/r")
            .env("RUN_URL", "https://github.example/o/r/actions/runs/1")
            .env("GITHUB_STEP_SUMMARY", self.path("summary"))
            .output()
            .unwrap();
        assert_success(&output);
        output
    }
}

#[test]
fn first_comment_is_posted() {
    let forge = Forge::new();
    forge.write("comment.md", "the comment");
    forge.post();
    assert_eq!(forge.read("posted"), "the comment");
    assert_contains(
        &forge.read("log"),
        "--method POST repos/o/r/issues/7/comments",
    );
}

#[test]
fn own_comment_is_updated() {
    let forge = Forge::new();
    forge.write("comment.md", "the comment");
    forge.write("own", "31\n32\n");
    forge.post();
    let log = forge.read("log");
    assert_contains(&log, "--method PATCH repos/o/r/issues/comments/31 ");
    assert_contains(
        &log,
        "select(.viewerDidAuthor and (.body | startswith(\"<!-- tollgate:gate -->\")))",
    );
}

#[test]
fn comment_goes_to_the_summary_without_the_right_to_comment() {
    let forge = Forge::new();
    forge.write("comment.md", "the comment\n");
    fs::remove_file(forge.path("may-write")).unwrap();
    let output = forge.post();
    assert_eq!(forge.read("summary"), "the comment\n");
    assert_contains(stdout(&output), "::notice");
}

#[test]
fn comment_does_not_stay_green_if_the_gate_has_no_result() {
    let forge = Forge::new();
    forge.write("own", "31\n");
    forge.post();
    let posted = forge.read("posted");
    assert_contains(
        &posted,
        format!("<!-- tollgate:gate -->\n## ⚠️ Could not judge {HEAD}"),
    );
    assert_contains(&forge.read("log"), "PATCH");
}

#[test]
fn an_earlier_run_does_not_replace_a_newer_comment() {
    let forge = Forge::new();
    forge.write("comment.md", "the comment");
    forge.write("tip", "0000000000000000000000000000000000000000");
    forge.post();
    assert_eq!(forge.read("posted"), "");
}

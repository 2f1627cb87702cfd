//! The words in which tests say what happened in a repository, and fixtures that several themes
//! share.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use crate::sandbox::{Sandbox, stderr, stdout};

/// A proposed ticket of low risk without faults. Its file is `changes/pool.toml`.
pub(crate) const TICKET: &str = include_str!("../fixtures/pool.toml");

/// [`TICKET`] in another state.
pub(crate) fn in_state(state: &str) -> String {
    TICKET.replace("\"proposed\"", &format!("\"{state}\""))
}

/// An emergency that is being deployed, without faults. Its file is `changes/hotfix.toml`.
pub(crate) const HOTFIX: &str = r#"title = "Charge each card once: retries of the checkout charged 31 orders twice"
kind = "emergency"
state = "deploying"
justification = "31 customers were charged twice since 14:10; refunds run by hand until this ships"
assignee = "cy@example.com"
services = ["checkout"]
links = [{ kind = "incident", ref = "INC-7" }]
deployment = ["Merge the change; the pipeline deploys checkout"]
rollback = ["Deploy the image before; `/version` answers it"]
validation = ["The dashboard of double charges shows none for 30 minutes"]
"#;

impl Sandbox {
    /// From now on commits are by this person, whose address is `NAME@example.com`.
    pub(crate) fn become_person(&self, name: &str) -> &Self {
        self.git(&["config", "user.name", name]);
        self.git(&["config", "user.email", &format!("{name}@example.com")]);
        self
    }

    /// Creates a branch at the current commit, and switches to it.
    pub(crate) fn branch(&self, name: &str) -> &Self {
        self.git(&["switch", "--quiet", "--create", name]);
        self
    }

    /// Switches to a branch.
    pub(crate) fn switch(&self, branch: &str) -> &Self {
        self.git(&["switch", "--quiet", branch]);
        self
    }

    /// Adds an annotated tag to the current commit.
    pub(crate) fn tag(&self, name: &str) -> &Self {
        self.git(&["tag", "-a", name, "-m", name]);
        self
    }

    /// Commits with a message that is longer than an argument can be.
    pub(crate) fn commit_with_long_message(&self, message: &str) {
        self.write(".git/message", message);
        self.git(&[
            "commit",
            "--quiet",
            "--allow-empty",
            "--file",
            ".git/message",
        ]);
    }

    /// Merges a branch with a merge commit.
    pub(crate) fn merge(&self, branch: &str, message: &str) -> &Self {
        self.git(&["merge", "--quiet", "--no-ff", "--message", message, branch]);
        self
    }

    /// Lets somebody approve what a ticket says now; the approval isn't committed.
    pub(crate) fn approve(&self, ticket: &str, by: &str) -> &Self {
        let now = "2026-11-19T12:00:00Z";
        let output = self.tollgate(&["ticket", "approve", ticket, "--by", by, "--now", now]);
        assert_success(&output);
        self
    }

    /// Runs the tool in the work tree with this standard input.
    pub(crate) fn tollgate_with_input(
        &self,
        arguments: &[&str],
        input: impl AsRef<[u8]>,
    ) -> Output {
        let mut command = self.command(env!("CARGO_BIN_EXE_tollgate"));
        command.args(arguments);
        with_input(command, input)
    }

    /// Puts another tag object in the place of one.
    pub(crate) fn retag(&self, tag: &str, edit: impl Fn(&str) -> String) {
        let object = format!("{}\n", self.git(&["cat-file", "tag", tag]));
        let mut command = self.command("git");
        command.args(["hash-object", "-t", "tag", "-w", "--stdin"]);
        let output = with_input(command, edit(&object));
        assert_success(&output);
        let id = stdout(&output).trim();
        self.git(&["update-ref", &format!("refs/tags/{tag}"), id]);
    }

    /// Runs the command with which the output of a release ends, which undoes it.
    pub(crate) fn undo(&self, output: &str) {
        let command = output
            .lines()
            .last()
            .unwrap()
            .strip_prefix("To undo it:    ");
        let output = self.command("sh").args(["-c", command.unwrap()]).output();
        assert!(output.unwrap().status.success());
    }

    /// Asserts that `main` has one release commit, and that its parent is `base`.
    pub(crate) fn assert_one_release_of(&self, base: &str) {
        let parents = self.git(&["rev-list", "--parents", "-1", "main"]);
        assert_eq!(parents.split(' ').nth(1), Some(base));
        let releases = ["rev-list", "--count", "--grep=^chore(release)", "main"];
        assert_eq!(self.git(&releases), "1");
    }

    /// Asserts that the bare repository beside has the same branches and tags, and is sound.
    pub(crate) fn assert_remote_is_equal(&self) {
        let format = "--format=%(objectname) %(refname)";
        let here = self.git(&["for-each-ref", format, "refs/heads", "refs/tags"]);
        let there = self.git(&["-C", "../remote.git", "for-each-ref", format]);
        assert_eq!(here, there);
        let faults = ["-C", "../remote.git", "fsck", "--strict", "--no-dangling"];
        assert_eq!(self.git(&faults), "");
    }
}

/// Runs a command with this standard input.
pub(crate) fn with_input(mut command: Command, input: impl AsRef<[u8]>) -> Output {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_ref()).unwrap();
    drop(stdin);
    child.wait_with_output().unwrap()
}

/// Asserts that a command succeeded, and shows its output otherwise.
#[track_caller]
pub(crate) fn assert_success(output: &Output) {
    assert!(
        output.status.success(),
        "{}{}",
        stdout(output),
        stderr(output)
    );
}

/// Asserts that a text contains a part, and shows the text otherwise.
#[track_caller]
pub(crate) fn assert_contains(text: &(impl AsRef<str> + ?Sized), part: impl AsRef<str>) {
    let (text, part) = (text.as_ref(), part.as_ref());
    assert!(text.contains(part), "`{part}` is not in:\n{text}");
}

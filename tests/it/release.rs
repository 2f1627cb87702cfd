//! Releases in real repositories, examined with Git.

use std::path::Path;
use std::process::Command;

use jiff::Timestamp;
use semver::Version;
use tollgate::ErrorKind;
use tollgate::Result;
use tollgate::commit::Id;
use tollgate::config::Config;
use tollgate::git::{self, Repository};
use tollgate::history::{Base, NextOptions};
use tollgate::release::{
    self, Changelog, Event, NoProgress, Plan, Progress, Purpose, Released, Request, TagRequest,
};

use crate::sandbox::{Sandbox, stderr, stdout};
use crate::scenario::{assert_contains, assert_success};

/// The changelog that the releases of these tests write.
const CHANGELOG: &str = "# Changelog\n\n## 1.3.0\n\n- Ports\n";

/// Plans 1.3.0 on the branch `main` of the repository.
fn plan(repository: &Repository, base: &str) -> Result<Plan> {
    let base: Id = base.parse().unwrap();
    let version = Version::new(1, 3, 0);
    let commit = repository.resolve("v1.2.0").unwrap_or(base);
    let previous = Base {
        version: Version::new(1, 2, 0),
        tag: "v1.2.0".into(),
        commit,
    };
    let tag = TagRequest {
        package: None,
        version: &version,
        tag_prefix: "v",
        previous: Some(&previous),
        commits: vec![base],
        tickets: Vec::new(),
        changelog: Some(Changelog {
            file: Some("CHANGELOG.md"),
            text: CHANGELOG.into(),
            notes: "- Ports\n".into(),
        }),
        release_file: None,
    };
    let request = Request {
        purpose: Purpose::Execution,
        tags: &[tag],
        base,
        branch: Some("refs/heads/main"),
        push: None,
        emergency: None,
        previous_emergencies: &[],
        only: None,
        version_options: &NextOptions::default(),
        config: &Config::default(),
        at: "2026-02-03T04:05:06Z".parse::<Timestamp>().unwrap(),
    };
    release::plan(&request, &repository.tree(base)?)
}

/// A package at 1.2.0 with a lock file, committed.
pub(crate) fn package() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write(
        "Cargo.toml",
        "[package]\nname = \"a\"\nversion = \"1.2.0\" # the version\nedition = \"2021\"\n",
    );
    sandbox.write(
        "Cargo.lock",
        "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.2.0\"\n",
    );
    sandbox.write("src/lib.rs", "");
    sandbox.commit("chore: begin");
    sandbox.git(&["tag", "v1.2.0"]);
    sandbox.commit("feat: add ports");
    sandbox
}

fn apply(sandbox: &Sandbox) -> Result<Released> {
    let repository = Repository::discover(&sandbox.path()).unwrap();
    git::apply(
        &repository,
        &plan(&repository, &sandbox.git(&["rev-parse", "HEAD"])).unwrap(),
        &mut NoProgress,
    )
}

fn refusal(sandbox: &Sandbox) -> String {
    let before = sandbox.git(&["for-each-ref"]);
    let message = apply(sandbox).unwrap_err().to_string();
    assert_eq!(sandbox.git(&["for-each-ref"]), before, "{message}");
    message
}

/// Asserts that 1.3.0 is released from `base`, once, and that nothing else is to be seen.
pub(crate) fn assert_released(sandbox: &Sandbox, base: &str) {
    assert_released_with(sandbox, base, &["CHANGELOG.md", "Cargo.lock", "Cargo.toml"]);
}

/// A work tree without changes, and no unfinished release.
pub(crate) fn assert_clean(sandbox: &Sandbox) {
    assert_eq!(sandbox.git(&["status", "--porcelain", "--ignored"]), "");
    assert_eq!(sandbox.git(&["diff-index", "--cached", "HEAD"]), "");
    assert_eq!(sandbox.git(&["fsck", "--strict", "--no-dangling"]), "");
    assert_eq!(sandbox.git(&["for-each-ref", "refs/tollgate"]), "");
}

/// A release on top of `base` that changes these files, and all of it.
pub(crate) fn assert_released_with(sandbox: &Sandbox, base: &str, files: &[&str]) {
    assert_clean(sandbox);
    assert_eq!(sandbox.git(&["symbolic-ref", "HEAD"]), "refs/heads/main");
    sandbox.assert_one_release_of(base);
    assert_eq!(sandbox.git(&["cat-file", "-t", "refs/tags/v1.3.0"]), "tag");
    assert_eq!(
        sandbox.git(&["rev-parse", "v1.3.0^{commit}"]),
        sandbox.git(&["rev-parse", "main"])
    );
    assert!(sandbox.read("CHANGELOG.md").contains("\n## 1.3.0"));
    assert!(
        sandbox
            .read("Cargo.toml")
            .contains("version = \"1.3.0\" # the version")
    );
    assert!(sandbox.read("Cargo.lock").contains("version = \"1.3.0\""));
    let changed = sandbox.git(&["diff-tree", "--name-only", "-r", base, "main"]);
    assert_eq!(changed.lines().collect::<Vec<_>>(), files);
    for name in [
        ".CHANGELOG.md.tollgate",
        ".git/index.lock",
        ".git/.index.tollgate",
        ".git/tollgate/checkout",
    ] {
        assert!(!sandbox.path().join(name).exists(), "{name}");
    }
}

#[test]
fn a_release_is_one_commit_and_an_annotated_tag() {
    let sandbox = package();
    let base = sandbox.git(&["rev-parse", "HEAD"]);
    let released = apply(&sandbox).unwrap();
    assert_released(&sandbox, &base);
    assert_eq!(sandbox.read("CHANGELOG.md"), CHANGELOG);
    assert_eq!(
        (released.tags, released.skipped_files),
        (vec!["v1.3.0".to_owned()], Vec::new())
    );
    let show = |format: &str| sandbox.git(&["log", "-1", &format!("--format={format}"), "main"]);
    assert_eq!(
        show("%s|%an|%ce|%cI"),
        "chore(release): 1.3.0|Ada|ada@example.com|2026-02-03T04:05:06Z"
    );
    let tag = sandbox.git(&[
        "for-each-ref",
        "--format=%(contents:body)%(taggerdate:iso-strict)",
        "refs/tags/v1.3.0",
    ]);
    assert!(
        tag.starts_with("- Ports\n\nBranch: main\nBase: v1.2.0 "),
        "{tag}"
    );
    assert!(
        tag.ends_with("2026-02-03T04:05:06+00:00") || tag.ends_with("2026-02-03T04:05:06Z"),
        "{tag}"
    );
}

#[test]
fn uncommitted_changes_are_refused() {
    let sandbox = package();
    sandbox.write("src/lib.rs", "// changed\n");
    assert_eq!(refusal(&sandbox), "`src/lib.rs` has uncommitted changes");
    sandbox.git(&["add", "src/lib.rs"]);
    assert_eq!(refusal(&sandbox), "`src/lib.rs` has uncommitted changes");
    sandbox.git(&["reset", "--quiet", "--hard"]);
    sandbox.write("notes.txt", "mine");
    apply(&sandbox).unwrap();
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "?? notes.txt");
}

#[test]
fn an_untracked_file_where_one_is_to_be_made_is_refused() {
    let sandbox = package();
    sandbox.write(".git/info/exclude", "CHANGELOG.md");
    sandbox.write("CHANGELOG.md", "mine");
    assert_eq!(
        refusal(&sandbox),
        "the release would overwrite the untracked file `CHANGELOG.md`"
    );
    assert_eq!(sandbox.read("CHANGELOG.md"), "mine");
}

#[test]
fn existing_version_is_refused_despite_other_build() {
    let sandbox = package();
    sandbox.git(&["tag", "v1.3.0+build.1"]);
    assert!(refusal(&sandbox).starts_with("1.3.0 is already released: tag `v1.3.0+build.1` at "));
}

#[test]
fn a_plan_that_is_out_of_date_is_refused() {
    let sandbox = package();
    let repository = Repository::discover(&sandbox.path()).unwrap();
    let plan = plan(&repository, &sandbox.git(&["rev-parse", "HEAD"])).unwrap();
    sandbox.commit("fix: come in between");
    let error = git::apply(&repository, &plan, &mut NoProgress).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`refs/heads/main` has moved since the release was planned"
    );
    sandbox.git(&["checkout", "--quiet", "--detach"]);
    assert_eq!(
        git::apply(&repository, &plan, &mut NoProgress)
            .unwrap_err()
            .to_string(),
        "HEAD is no longer on `refs/heads/main`"
    );
}

#[test]
fn merge_in_progress_is_refused() {
    let sandbox = package();
    sandbox.branch("other");
    sandbox.commit("feat: go another way");
    sandbox.switch("main");
    sandbox.commit("feat: go this way");
    sandbox.git(&["merge", "--quiet", "--no-commit", "--no-ff", "other"]);
    assert_eq!(refusal(&sandbox), "a merge is in progress");
}

/// Checks each of these locks, all at once: Tollgate waits for seconds for each.
fn check_locks(names: &[&str], check: impl Fn(&str) + Sync) {
    std::thread::scope(|scope| {
        for name in names {
            scope.spawn(|| check(name));
        }
    });
}

#[test]
fn foreign_lock_is_reported_and_kept() {
    check_locks(&["index.lock", "refs/heads/main.lock"], |name| {
        let sandbox = package();
        sandbox.write(&format!(".git/{name}"), "");
        assert!(refusal(&sandbox).contains(&format!("{name}`, created ")));
        assert!(sandbox.path().join(".git").join(name).exists());
    });
}

#[test]
fn foreign_lock_is_kept_after_interrupted_release() {
    let names = [
        "index.lock",
        "refs/heads/main.lock",
        "refs/tags/v1.3.0.lock",
    ];
    check_locks(&names, |name| {
        let (sandbox, base) = pending_release();
        sandbox.write(&format!(".git/{name}"), "");
        refuse_twice(&sandbox, name);
        std::fs::remove_file(sandbox.path().join(".git").join(name)).unwrap();
        git::resume(&open(&sandbox.path()), &mut NoProgress).unwrap();
        assert_released(&sandbox, &base);
    });
}

/// Asserts that a release cannot be finished for a lock, told each time, and that the lock stays.
fn refuse_twice(sandbox: &Sandbox, lock: &str) {
    for _ in 0..2 {
        let error = git::resume(&open(&sandbox.path()), &mut NoProgress).unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(
            error.exit_code() == 3 && cause.contains(&format!("{lock}`, created ")),
            "{error}: {cause}"
        );
        assert!(sandbox.path().join(".git").join(lock).exists());
    }
}

#[test]
fn foreign_packed_refs_lock_is_reported_and_kept() {
    let (sandbox, base) = pending_release();
    sandbox.git(&["pack-refs", "--all"]);
    sandbox.write(".git/packed-refs.lock", "");
    refuse_twice(&sandbox, "packed-refs.lock");
    std::fs::remove_file(sandbox.path().join(".git/packed-refs.lock")).unwrap();
    git::resume(&open(&sandbox.path()), &mut NoProgress).unwrap();
    assert_released(&sandbox, &base);
}

#[test]
fn replaced_history_is_not_released() {
    let sandbox = package();
    let first = sandbox.git(&["rev-parse", "HEAD"]);
    let second = sandbox.commit("fix: more");
    sandbox.git(&["replace", &second, &first]);
    let repository = Repository::discover(&sandbox.path()).unwrap();
    let error = git::apply(
        &repository,
        &plan(&repository, &second).unwrap(),
        &mut NoProgress,
    )
    .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("this repository has replaced commits"),
        "{error}"
    );
}

#[test]
fn line_ends_of_the_work_tree_stay_as_git_has_them() {
    for (setting, end) in [("true", "\r\n"), ("input", "\n"), ("false", "\n")] {
        let sandbox = package();
        sandbox.git(&["config", "core.autocrlf", setting]);
        sandbox.git(&["rm", "--quiet", "-r", "--cached", "."]);
        sandbox.git(&["reset", "--quiet", "--hard"]);
        let base = sandbox.git(&["rev-parse", "HEAD"]);
        apply(&sandbox).unwrap();
        assert_released(&sandbox, &base);
        assert!(
            sandbox
                .read("Cargo.toml")
                .ends_with(&format!("edition = \"2021\"{end}")),
            "{setting}"
        );
        assert_eq!(
            sandbox.git(&["cat-file", "blob", "main:CHANGELOG.md"]),
            CHANGELOG.trim_end()
        );
    }
}

#[test]
fn line_ends_that_are_stored_stay_stored() {
    let sandbox = package();
    sandbox.write(
        "Cargo.toml",
        "[package]\r\nname = \"a\"\r\nversion = \"1.2.0\" # the version\r\n",
    );
    sandbox.write(".gitattributes", "*.md text eol=crlf\n");
    let base = sandbox.commit("chore: use other line ends");
    apply(&sandbox).unwrap();
    assert_released(&sandbox, &base);
    assert_eq!(
        sandbox.read("Cargo.toml"),
        "[package]\r\nname = \"a\"\r\nversion = \"1.3.0\" # the version\r\n"
    );
    assert_eq!(
        sandbox.read("CHANGELOG.md"),
        CHANGELOG.replace('\n', "\r\n")
    );
}

#[test]
fn a_linked_work_tree_releases_its_own_branch() {
    let sandbox = package();
    sandbox.branch("elsewhere");
    let linked = sandbox.path().join("../linked");
    sandbox.git(&[
        "worktree",
        "add",
        "--quiet",
        linked.to_str().unwrap(),
        "main",
    ]);
    let repository = Repository::discover(&linked).unwrap();
    git::apply(
        &repository,
        &plan(&repository, &sandbox.git(&["rev-parse", "main"])).unwrap(),
        &mut NoProgress,
    )
    .unwrap();
    let linked = linked.to_str().unwrap();
    assert_eq!(sandbox.git(&["-C", linked, "status", "--porcelain"]), "");
    assert_eq!(sandbox.git(&["-C", linked, "describe"]), "v1.3.0");
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
}

/// How often a release reports that it updated the work tree.
struct WorkTreeUpdates(usize);

impl Progress for WorkTreeUpdates {
    fn report(&mut self, step: Event<'_>) {
        self.0 += usize::from(matches!(step, Event::WorkTreeUpdated));
    }
    fn is_cancelled(&self) -> bool {
        false
    }
}

#[test]
fn a_bare_repository_has_no_work_tree_to_update() {
    let sandbox = package();
    let bare = sandbox.path().join("../bare.git");
    sandbox.git(&["clone", "--quiet", "--bare", ".", bare.to_str().unwrap()]);
    for (key, value) in [("user.name", "Ada"), ("user.email", "ada@example.com")] {
        sandbox.git(&["-C", bare.to_str().unwrap(), "config", key, value]);
    }
    let repository = Repository::discover(&bare).unwrap();
    let mut progress = WorkTreeUpdates(0);
    git::apply(
        &repository,
        &plan(&repository, &sandbox.git(&["rev-parse", "main"])).unwrap(),
        &mut progress,
    )
    .unwrap();
    assert_eq!(progress.0, 0);
    assert_eq!(
        sandbox.git(&["-C", bare.to_str().unwrap(), "describe", "main"]),
        "v1.3.0"
    );
}

#[test]
fn cargo_accepts_a_released_workspace_as_it_is() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\n[workspace.package]\nversion = \"1.2.0\"\n\
         [workspace.dependencies]\ncore-a = { path = \"crates/a\", version = \"1.2.0\" }\n",
    );
    sandbox.write(
        "crates/a/Cargo.toml",
        "[package]\nname = \"core-a\"\nversion.workspace = true\n",
    );
    sandbox.write(
        "crates/b/Cargo.toml",
        "[package]\nname = \"b\"\nversion.workspace = true\n[dependencies]\ncore-a.workspace = true\n",
    );
    sandbox.write("crates/a/src/lib.rs", "");
    sandbox.write("crates/b/src/lib.rs", "");
    let cargo = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO"));
        command
            .args(["metadata", "--offline", "--format-version=1", "--quiet"])
            .args(arguments);
        let output = command.current_dir(sandbox.path()).output().unwrap();
        assert_success(&output);
    };
    cargo(&[]);
    sandbox.commit("feat: add crates");
    apply(&sandbox).unwrap();
    cargo(&["--locked"]);
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
    assert_eq!(
        sandbox
            .read("Cargo.lock")
            .matches("version = \"1.3.0\"")
            .count(),
        2
    );
}

/// Leaves a repository as a run leaves it that was killed right after the intent.
pub(crate) fn pending_release() -> (Sandbox, String) {
    let sandbox = package();
    let base = sandbox.git(&["rev-parse", "HEAD"]);
    apply(&sandbox).unwrap();
    restart_release(&sandbox);
    sandbox.git(&["tag", "--delete", "v1.3.0"]);
    sandbox.git(&["reset", "--quiet", "--hard", &base]);
    (sandbox, base)
}

/// Puts the intent of the release back whose journal lies among the objects.
pub(crate) fn restart_release(sandbox: &Sandbox) {
    let lost = sandbox.git(&["fsck", "--no-reflogs", "--unreachable", "--no-progress"]);
    let journal = lost
        .lines()
        .find_map(|line| line.strip_prefix("unreachable commit "))
        .unwrap();
    sandbox.git(&["update-ref", "refs/tollgate/pending", journal]);
}

fn open(path: &Path) -> Repository {
    Repository::discover(path).unwrap()
}

#[test]
fn pending_release_is_finished_first() {
    let (sandbox, base) = pending_release();
    assert_eq!(git::pending(&open(&sandbox.path())).unwrap(), ["v1.3.0"]);
    let error = apply(&sandbox).unwrap_err();
    assert_eq!(
        (
            error.exit_code(),
            error.to_string().contains("was started but not finished")
        ),
        (3, true)
    );
    assert_eq!(
        git::resume(&open(&sandbox.path()), &mut NoProgress)
            .unwrap()
            .unwrap()
            .tags,
        ["v1.3.0"]
    );
    assert_released(&sandbox, &base);
    assert_eq!(
        git::resume(&open(&sandbox.path()), &mut NoProgress).unwrap(),
        None
    );
}

#[test]
fn invisible_pending_release_can_be_discarded() {
    let (sandbox, base) = pending_release();
    assert_eq!(
        git::abort(&open(&sandbox.path()), &mut NoProgress).unwrap(),
        ["v1.3.0"]
    );
    assert_eq!(
        sandbox.git(&[
            "for-each-ref",
            "--format=%(refname)",
            "refs/tollgate",
            "refs/tags"
        ]),
        "refs/tags/v1.2.0"
    );
    assert_eq!(sandbox.git(&["rev-parse", "main"]), base);
    apply(&sandbox).unwrap();
    assert_released(&sandbox, &base);
}

#[test]
fn a_release_that_is_visible_cannot_be_forgotten() {
    let (sandbox, base) = pending_release();
    let commit = sandbox.git(&["rev-parse", "refs/tollgate/pending^"]);
    sandbox.git(&["update-ref", "refs/heads/main", &commit]);
    assert_eq!(
        git::abort(&open(&sandbox.path()), &mut NoProgress)
            .unwrap_err()
            .exit_code(),
        3
    );
    git::resume(&open(&sandbox.path()), &mut NoProgress).unwrap();
    assert_released(&sandbox, &base);
}

#[test]
fn packed_references_and_objects_make_no_difference() {
    let (sandbox, base) = pending_release();
    sandbox.git(&["reflog", "expire", "--expire=now", "--all"]);
    sandbox.git(&["gc", "--quiet", "--prune=now"]);
    sandbox.git(&["pack-refs", "--all"]);
    git::resume(&open(&sandbox.path()), &mut NoProgress).unwrap();
    assert_released(&sandbox, &base);
}

#[test]
fn moved_branch_keeps_its_commits() {
    let (sandbox, _) = pending_release();
    let other = sandbox.commit("fix: come in between");
    let error = git::resume(&open(&sandbox.path()), &mut NoProgress).unwrap_err();
    assert_eq!(error.exit_code(), 3);
    assert!(
        error.help().unwrap().contains("--abort"),
        "{:?}",
        error.help()
    );
    assert_eq!(sandbox.git(&["rev-parse", "main"]), other);
    git::abort(&open(&sandbox.path()), &mut NoProgress).unwrap();
    apply(&sandbox).unwrap();
}

/// The commands that a finished release prints, by what they are for.
fn command_for(sandbox: &Sandbox, purpose: &str) -> String {
    let output = sandbox.tollgate(&["release", "--execute"]);
    let line = stdout(&output)
        .lines()
        .find_map(|line| line.strip_prefix(purpose));
    line.unwrap_or_else(|| panic!("{}{}", stdout(&output), stderr(&output)))
        .trim()
        .to_owned()
}

#[test]
fn undoing_a_release_keeps_commits_above_it() {
    let (sandbox, _) = pending_release();
    let release = sandbox.git(&["rev-parse", "refs/tollgate/pending~1"]);
    sandbox.git(&["merge", "--quiet", &release]);
    sandbox.write("precious", "work");
    let work = sandbox.commit("feat: precious work");
    for command in command_for(&sandbox, "To undo it:").split(" && ") {
        let words: Vec<&str> = command.split(' ').skip(1).collect();
        let words = if words[0] == "revert" {
            [&words[..], &["--no-edit"]].concat()
        } else {
            words
        };
        sandbox.git(&words);
    }
    assert_eq!(sandbox.git(&["rev-parse", "HEAD~1"]), work);
    assert_eq!(
        (
            sandbox.read("precious").as_str(),
            sandbox.git(&["tag", "--list", "v1.1.0"]).as_str()
        ),
        ("work", "")
    );
}

#[test]
fn publishing_is_suggested_to_where_git_would_push() {
    let sandbox = crate::sandbox::released();
    assert_eq!(
        command_for(&sandbox, "To publish it:"),
        "this repository has no remote"
    );
    for (name, value) in [
        ("remote.team.url", "../team.git"),
        ("remote.origin.url", "../fork.git"),
    ] {
        sandbox.git(&["config", name, value]);
    }
    sandbox.git(&["config", "branch.main.pushRemote", "team"]);
    sandbox.commit("fix: x");
    assert_eq!(
        command_for(&sandbox, "To publish it:"),
        "git push --atomic team main v1.1.1"
    );
    sandbox.git(&["config", "branch.main.remote", "team"]);
    sandbox.git(&["config", "branch.main.merge", "refs/heads/trunk"]);
    sandbox.commit("fix: z");
    let unknown = "`main` has an upstream with a different name: `refs/heads/trunk` on `team`";
    assert_eq!(command_for(&sandbox, "To publish it:"), unknown);
    sandbox.git(&["config", "push.default", "upstream"]);
    sandbox.commit("fix: y");
    assert_eq!(
        command_for(&sandbox, "To publish it:"),
        "git push --atomic team main:trunk v1.1.3"
    );
}

#[test]
fn concurrent_edits_are_kept_and_reported() {
    let (sandbox, _) = pending_release();
    sandbox.write("Cargo.toml", "mine");
    let released = git::resume(&open(&sandbox.path()), &mut NoProgress)
        .unwrap()
        .unwrap();
    assert_eq!(released.skipped_files, ["Cargo.toml"]);
    assert_eq!(sandbox.read("Cargo.toml"), "mine");
    assert_eq!(sandbox.git(&["status", "--porcelain"]), " M Cargo.toml");
}

#[test]
fn an_intent_that_leads_elsewhere_is_not_followed() {
    let sandbox = package();
    let head = sandbox.git(&["rev-parse", "HEAD"]);
    sandbox.git(&["update-ref", "refs/tollgate/pending", &head]);
    let error = git::resume(&open(&sandbox.path()), &mut NoProgress).unwrap_err();
    assert!(
        error.to_string().contains("is not a valid release journal"),
        "{error}"
    );
}

pub(crate) fn run(sandbox: &Sandbox, arguments: &[&str]) -> (i32, String, String) {
    let output =
        sandbox.tollgate(&[&["release", "--now", "2026-02-03T04:05:06Z"], arguments].concat());
    (
        output.status.code().unwrap(),
        stdout(&output).to_owned(),
        stderr(&output).to_owned(),
    )
}

#[test]
fn the_plan_is_shown_and_nothing_is_done() {
    let sandbox = package();
    let base = sandbox.git(&["rev-parse", "--short=10", "HEAD"]);
    let before = sandbox.git(&["for-each-ref"]);
    let expected = format!(
        "Next version: 1.3.0 (minor bump)\nDecided by:   {base} feat: add ports\nCommits:      1 commit since `v1.2.0`\n\n\
         Files:\n  new      CHANGELOG.md\n  changed  Cargo.lock\n           1.2.0 → 1.3.0 (line 5)\n  \
         changed  Cargo.toml\n           1.2.0 → 1.3.0 (line 3)\n\
         Commit: `chore(release): 1.3.0` on `main`, after {base}\nTag:    `v1.3.0`, annotated\n\n\
         Changelog:\n  ### Added\n\n  - add ports ({base})\n\n\
         1 commit checked, no problems found\nRun `tollgate release --execute` to make this release.\n"
    );
    assert_eq!(run(&sandbox, &[]), (0, expected, String::new()));
    assert_eq!(sandbox.git(&["for-each-ref"]), before);
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
}

#[test]
fn a_release_is_made_and_then_there_is_nothing_to_release() {
    let sandbox = package();
    let base = sandbox.git(&["rev-parse", "HEAD"]);
    let (code, out, _) = run(&sandbox, &["--execute"]);
    assert_eq!(code, 0);
    assert!(out.starts_with("Released `v1.3.0`: commit "), "{out}");
    assert_released(&sandbox, &base);
    assert!(
        sandbox
            .read("CHANGELOG.md")
            .contains("## 1.3.0 - 2026-02-03\n\n### Added\n\n- add ports (")
    );
    let message = sandbox.git(&["cat-file", "tag", "v1.3.0"]);
    assert_contains(&message, "\n\nv1.3.0\n\n### Added\n\n- add ports (");
    for arguments in [[].as_slice(), &["--execute"]] {
        assert_eq!(
            run(&sandbox, arguments).1,
            "Nothing to release: the version stays 1.3.0\n"
        );
    }
    sandbox.undo(&out);
    assert_eq!(sandbox.git(&["rev-parse", "HEAD"]), base);
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
}

#[test]
fn all_blockers_are_reported_at_once() {
    let sandbox = package();
    sandbox.write("tollgate.toml", "branches = [\"release/*\"]\n");
    sandbox.write(
        "changes/a.toml",
        "title = \"Raise the pool\"\nstate = \"proposed\"\n",
    );
    sandbox.commit("feat: add a ticket");
    sandbox.write("src/lib.rs", "// changed\n");
    let before = sandbox.git(&["for-each-ref"]);
    for arguments in [["--execute"].as_slice(), &[]] {
        let (code, out, _) = run(&sandbox, arguments);
        assert_eq!(code, 1, "{out}");
        for rule in [
            "ticket/missing-field",
            "release/dirty-worktree",
            "release/wrong-branch",
        ] {
            assert!(out.contains(rule), "{rule}: {out}");
        }
    }
    assert_eq!(sandbox.git(&["for-each-ref"]), before);
}

#[test]
fn freeze_blocks_release_without_exempt_tickets() {
    let sandbox = package();
    let freeze =
        "[[freeze]]\nname = \"always\"\nstart = 2000-01-01T00:00:00Z\nend = 3000-01-01T00:00:00Z\n";
    sandbox.write(
        "tollgate.toml",
        format!("{freeze}allow = [\"emergency\"]\n"),
    );
    sandbox.commit("feat: freeze everything");
    let (code, out, _) = run(&sandbox, &[]);
    assert!(code == 1 && out.contains("release/freeze-active"), "{out}");

    let ticket = include_str!("../../examples/tickets/hotfix-double-charge.toml");
    sandbox.write(
        "changes/hotfix.toml",
        ticket.replace("state = \"proposed\"", "state = \"deploying\""),
    );
    sandbox.write("src/charge.rs", "// once\n");
    sandbox.commit("fix: charge once");
    let (code, out, _) = run(&sandbox, &[]);
    assert!(code == 0 && !out.contains("release/freeze-active"), "{out}");
}

#[test]
fn tickets_of_earlier_releases_do_not_block() {
    let sandbox = Sandbox::new();
    sandbox.write("changes/a.toml", "title = \"Raise the pool\"\n");
    sandbox.commit("feat: add a ticket");
    sandbox.git(&["tag", "v1.0.0"]);
    sandbox.commit("fix: mend it");
    assert_eq!(run(&sandbox, &["--execute"]).0, 0);
    assert_eq!(sandbox.git(&["describe"]), "v1.0.1");
}

#[test]
fn a_version_that_exists_elsewhere_is_a_finding() {
    let sandbox = package();
    sandbox.branch("other");
    sandbox.commit("feat: elsewhere");
    sandbox.git(&["tag", "v1.3.0"]);
    sandbox.switch("main");
    let (code, out, _) = run(&sandbox, &["--execute"]);
    assert_eq!(
        (code, out.contains("release/tag-exists")),
        (1, true),
        "{out}"
    );
}

#[test]
fn pending_release_exits_with_code_3() {
    let (sandbox, base) = pending_release();
    let (code, out, error) = run(&sandbox, &[]);
    assert_eq!((code, out.as_str()), (3, ""));
    assert_contains(
        &error,
        "the release of `v1.3.0` was started and is not finished",
    );
    let status = sandbox.tollgate(&["status"]);
    assert_contains(
        stdout(&status),
        "Release      `v1.3.0` was started and is not finished; ",
    );
    let (code, out, _) = run(&sandbox, &["--execute"]);
    assert_eq!(
        (code, out.starts_with("Released `v1.3.0`")),
        (0, true),
        "{out}"
    );
    assert_released(&sandbox, &base);
    let (sandbox, base) = pending_release();
    let (code, out, _) = run(&sandbox, &["--abort"]);
    assert_eq!(
        (code, out.as_str()),
        (0, "Discarded the interrupted release of `v1.3.0`.\n")
    );
    assert_eq!(sandbox.git(&["rev-parse", "main"]), base);
    assert_eq!(
        run(&sandbox, &["--abort"]).1,
        "There is no interrupted release to discard.\n"
    );
}

#[test]
fn history_that_is_cut_off_is_never_released_from() {
    let sandbox = package();
    sandbox.commit("fix: more");
    let url = format!("file://{}", sandbox.path().display());
    sandbox.git(&["clone", "--quiet", "--depth", "1", &url, "../shallow"]);
    let (code, out, error) = run(&sandbox, &["-C", "../shallow", "--execute"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert_contains(&error, "run `git fetch --unshallow --tags`");
}

#[test]
fn missing_user_name_is_refused() {
    let sandbox = package();
    sandbox.git(&["config", "--unset", "user.email"]);
    let (code, _, error) = run(&sandbox, &["--execute"]);
    assert_eq!(
        (code, error.contains("git config user.email")),
        (2, true),
        "{error}"
    );
    assert_eq!(sandbox.git(&["tag"]), "v1.2.0");
}

#[test]
fn a_pre_release_leaves_the_changelog_to_the_stable_one() {
    let sandbox = package();
    assert_eq!(run(&sandbox, &["--execute", "--pre", "rc"]).0, 0);
    assert_eq!(sandbox.git(&["describe"]), "v1.3.0-rc.1");
    assert!(
        sandbox
            .read("CHANGELOG.md")
            .contains("## Unreleased\n\n### Added\n\n- add ports")
    );
    sandbox.commit("fix: mend ports");
    assert_eq!(run(&sandbox, &["--execute"]).0, 0);
    let changelog = sandbox.read("CHANGELOG.md");
    assert_eq!(
        (
            changelog.matches("add ports").count(),
            changelog.contains("Unreleased")
        ),
        (1, false),
        "{changelog}"
    );
    assert!(changelog.contains("## 1.3.0 - 2026-02-03"));
}

#[test]
fn programs_get_one_document() {
    let sandbox = package();
    let json = |arguments: &[&str]| -> serde_json::Value {
        let (_, out, _) = run(&sandbox, &[&["--format", "json"], arguments].concat());
        let document = serde_json::from_str(&out).unwrap();
        let schema = include_str!("../../schemas/release.schema.json");
        jsonschema::validate(&serde_json::from_str(schema).unwrap(), &document).unwrap();
        document
    };
    let planned = json(&[]);
    assert_eq!(planned["schema_version"], 1);
    assert_eq!(
        (&planned["next"], &planned["releasable"]),
        (&"1.3.0".into(), &true.into())
    );
    assert_eq!(planned["plan"]["files"][0]["path"], "CHANGELOG.md");
    assert_eq!(planned["released"], serde_json::json!([]));
    let made = json(&["--execute"]);
    assert_eq!(made["released"][0]["tags"][0], "v1.3.0");
    assert_eq!(
        made["released"][0]["commit"],
        sandbox.git(&["rev-parse", "main"])
    );
    assert_eq!(json(&[])["plan"], serde_json::Value::Null);
    restart_release(&sandbox);
    assert_eq!(json(&["--execute"])["next"], serde_json::Value::Null);
}

#[test]
fn a_release_is_interrupted_between_two_steps() {
    /// Asks for a stop once so many steps have been told.
    struct StopAfter(usize);
    impl Progress for StopAfter {
        fn report(&mut self, _: Event<'_>) {
            self.0 = self.0.saturating_sub(1);
        }
        fn is_cancelled(&self) -> bool {
            self.0 == 0
        }
    }
    for steps in 0..6 {
        let sandbox = package();
        let base = sandbox.git(&["rev-parse", "HEAD"]);
        let repository = open(&sandbox.path());
        let error = git::apply(
            &repository,
            &plan(&repository, &base).unwrap(),
            &mut StopAfter(steps),
        )
        .unwrap_err();
        if steps < 2 {
            assert!(error.kind() == ErrorKind::Interrupted, "{steps}: {error}");
            assert_eq!(sandbox.git(&["for-each-ref", "refs/tollgate"]), "");
            assert_eq!(sandbox.git(&["rev-parse", "HEAD"]), base);
        } else {
            assert_eq!(error.exit_code(), 3, "{steps}: {error}");
            assert!(
                error
                    .help()
                    .unwrap()
                    .ends_with("run `tollgate release --execute` to finish it"),
                "{error:?}"
            );
            git::resume(&repository, &mut NoProgress).unwrap();
            assert_released(&sandbox, &base);
        }
    }
}

//! Releases that are pushed to a bare repository: published completely or not at all, however the
//! remote responds.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::package_releases::published_workspace;
use crate::release::{assert_released, package, restart_release, run};
use crate::sandbox::{Sandbox, stderr};
use crate::scenario::assert_contains;

/// The package of the releases' tests with a bare remote `origin` that has all of it; gives the
/// base too.
pub(crate) fn published() -> (Sandbox, String) {
    let sandbox = package();
    sandbox.git(&["clone", "--quiet", "--bare", ".", "../remote.git"]);
    sandbox.git(&["remote", "add", "origin", "../remote.git"]);
    sandbox.git(&["push", "--quiet", "--set-upstream", "origin", "main"]);
    let base = sandbox.git(&["rev-parse", "HEAD"]);
    (sandbox, base)
}

/// Asserts that the release is here and at the remote, and nothing else.
pub(crate) fn assert_published(sandbox: &Sandbox, base: &str) {
    assert_released(sandbox, base);
    sandbox.assert_remote_is_equal();
}

/// Every reference, here and at the remote.
fn everything(sandbox: &Sandbox) -> String {
    sandbox.git(&["for-each-ref"]) + "\n" + &sandbox.git(&["-C", "../remote.git", "for-each-ref"])
}

/// Puts a hook into a repository.
pub(crate) fn hook(sandbox: &Sandbox, path: &str, script: &str) {
    let path = sandbox.path().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// A repository whose release has been pushed, as a run leaves it that was killed right after the
/// push.
fn killed_after_the_push() -> (Sandbox, String) {
    let (sandbox, base) = published();
    assert_eq!(run(&sandbox, &["--execute", "--push"]).0, 0);
    restart_release(&sandbox);
    sandbox.git(&["tag", "--delete", "v1.3.0"]);
    sandbox.git(&["reset", "--quiet", "--hard", &base]);
    (sandbox, base)
}

fn at_the_remote(sandbox: &Sandbox, arguments: &[&str]) -> String {
    sandbox.git(&[&["-C", "../remote.git"], arguments].concat())
}

/// Lets somebody else push a commit to `main` of the remote.
fn overtake(sandbox: &Sandbox) -> String {
    let tree = at_the_remote(sandbox, &["rev-parse", "main^{tree}"]);
    let identity = ["-c", "user.name=Bo", "-c", "user.email=bo@example.com"];
    let commit = at_the_remote(
        sandbox,
        &[
            &identity[..],
            &["commit-tree", &tree, "-p", "main", "-m", "fix: x"],
        ]
        .concat(),
    );
    at_the_remote(sandbox, &["update-ref", "refs/heads/main", &commit]);
    commit
}

#[test]
fn commit_and_tag_are_pushed_together_and_then_set_here() {
    let (sandbox, base) = published();
    let (code, out, told) = run(&sandbox, &["--execute", "--push"]);
    assert_eq!(code, 0, "{told}");
    assert_published(&sandbox, &base);
    assert_eq!(
        sandbox.git(&["rev-parse", "origin/main"]),
        sandbox.git(&["rev-parse", "main"])
    );
    assert_contains(&out, "Pushed to `main` of `origin`. The release is public");
    let steps = [
        "Checking `origin`",
        "Created commit ",
        "Release started",
        "Pushing to `origin`",
        "`origin` accepted",
        "Moved branch",
    ];
    let places: Vec<_> = steps.iter().map(|step| told.find(step)).collect();
    assert!(places.is_sorted() && places[0].is_some(), "{told}");
}

#[test]
fn plan_with_push_queries_remote_and_writes_nothing() {
    let (sandbox, _) = published();
    let before = everything(&sandbox);
    let (code, out, told) = run(&sandbox, &["--push"]);
    assert_eq!((code, told.as_str()), (0, "Checking `origin`\n"));
    assert_contains(&out, "Push:   commit and tags to `main` of `origin`\n");
    assert_eq!(everything(&sandbox), before);
    sandbox.git(&["remote", "set-url", "origin", "/nowhere"]);
    let (code, out, told) = run(&sandbox, &["--push"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert_contains(&told, "remote `origin`");
}

#[test]
fn a_release_that_was_not_pushed_is_reported_by_the_next_push() {
    let (sandbox, _) = published();
    assert_eq!(run(&sandbox, &["--execute"]).0, 0);
    for arguments in [&["--push"][..], &["--execute", "--push"]] {
        let (code, out, told) = run(&sandbox, arguments);
        assert_eq!(code, 1, "{told}");
        assert!(out.starts_with("Nothing to release"), "{out}");
        assert_contains(&told, "`origin` does not have `v1.3.0`\n");
        assert_contains(&told, "publish it: git push --atomic origin main v1.3.0\n");
    }
    sandbox.git(&["push", "--quiet", "origin", "v1.3.0"]);
    let (code, _, told) = run(&sandbox, &["--push"]);
    assert_eq!(code, 1, "{told}");
    assert_contains(
        &told,
        "`main` on `origin` does not contain the commit of `v1.3.0`\n",
    );
    sandbox.git(&["push", "--quiet", "--atomic", "origin", "main", "v1.3.0"]);
    let (code, out, told) = run(&sandbox, &["--execute", "--push"]);
    assert_eq!((code, told.as_str()), (0, "Checking `origin`\n"));
    assert!(out.starts_with("Nothing to release"), "{out}");
}

#[test]
fn a_plan_without_push_connects_nowhere() {
    let (sandbox, _) = published();
    sandbox.git(&["remote", "set-url", "origin", "/nowhere"]);
    let (code, _, told) = run(&sandbox, &[]);
    assert_eq!((code, told.as_str()), (0, ""));
}

/// What is said of a release with `--push` that is refused, planned and executed; nothing moves.
fn push_refusal(sandbox: &Sandbox) -> String {
    let before = everything(sandbox);
    let (code, out, planned) = run(sandbox, &["--push"]);
    assert_eq!((code, out.as_str()), (2, ""), "{planned}");
    let (code, out, executed) = run(sandbox, &["--execute", "--push"]);
    assert_eq!((code, out.as_str()), (2, ""), "{executed}");
    assert_eq!(everything(sandbox), before);
    assert_eq!(planned, executed);
    planned
}

#[test]
fn version_tags_missing_here_are_refused() {
    let (sandbox, _) = published();
    sandbox.git(&["tag", "--delete", "v1.2.0"]);
    let told = push_refusal(&sandbox);
    assert_contains(
        &told,
        "error: `origin` has a version tag that this clone lacks: `v1.2.0`\n",
    );
    assert_contains(
        &told,
        "help: run `git fetch --tags origin`, then release again",
    );
    sandbox.git(&["fetch", "--quiet", "--tags", "origin"]);
    assert_eq!(run(&sandbox, &["--push"]).0, 0);
}

#[test]
fn one_missing_version_tag_of_many_is_refused() {
    let (sandbox, _) = published();
    at_the_remote(&sandbox, &["tag", "v2.0.0", "main"]);
    assert!(push_refusal(&sandbox).contains("that this clone lacks: `v2.0.0`\n"));
}

#[test]
fn only_tags_of_released_packages_may_not_be_missing() {
    let (sandbox, _) = published_workspace();
    at_the_remote(&sandbox, &["tag", "docs/v3.0.0", "main"]);
    assert_eq!(run(&sandbox, &["--push"]).0, 0);
    at_the_remote(&sandbox, &["tag", "cart-v3.0.0", "main"]);
    assert!(push_refusal(&sandbox).contains("that this clone lacks: `cart-v3.0.0`"));
    assert_eq!(run(&sandbox, &["--push", "--package", "orders"]).0, 0);
}

#[test]
fn many_missing_version_tags_are_counted() {
    let (sandbox, _) = published();
    for minor in 3..13 {
        at_the_remote(&sandbox, &["tag", &format!("v1.{minor}.0"), "main"]);
    }
    let told = push_refusal(&sandbox);
    let named = "`v1.12.0`, `v1.11.0`, `v1.10.0`, `v1.9.0`, `v1.8.0` and 5 more\n";
    assert_contains(
        &told,
        format!("`origin` has 10 version tags that this clone lacks: {named}"),
    );
}

#[test]
fn a_version_tag_of_another_object_is_refused() {
    let (sandbox, _) = published();
    let (here, there) = (
        sandbox.git(&["rev-parse", "v1.2.0"]),
        sandbox.git(&["rev-parse", "main"]),
    );
    at_the_remote(&sandbox, &["tag", "--force", "v1.2.0", "main"]);
    let told = push_refusal(&sandbox);
    assert_contains(
        &told,
        format!("tag `v1.2.0` is `{here}` locally and `{there}` on `origin`"),
    );
    assert_contains(
        &told,
        "run `git fetch --tags --force origin` to replace the local tags, then release again",
    );
    sandbox.git(&["fetch", "--quiet", "--tags", "--force", "origin"]);
    assert!(!run(&sandbox, &["--push"]).2.contains("v1.2.0"));
}

#[test]
fn tags_of_other_schemes_may_be_missing_here() {
    let (sandbox, base) = published();
    for tag in ["nightly", "v2", "1.9.0", "core-v3.0.0"] {
        at_the_remote(&sandbox, &["tag", tag, "main"]);
    }
    assert_eq!(run(&sandbox, &["--execute", "--push"]).0, 0);
    assert_released(&sandbox, &base);
}

#[test]
fn without_version_tags_here_both_automatic_prefixes_count() {
    let (sandbox, _) = published();
    sandbox.git(&["tag", "--delete", "v1.2.0"]);
    at_the_remote(&sandbox, &["tag", "--delete", "v1.2.0"]);
    at_the_remote(&sandbox, &["tag", "1.2.0", "main~"]);
    let told = run(&sandbox, &["--push"]).2;
    assert_contains(&told, "that this clone lacks: `1.2.0`");
    // A first tag with `v` would change the scheme of bare versions.
    sandbox.git(&["fetch", "--quiet", "--tags", "origin"]);
    at_the_remote(&sandbox, &["tag", "v0.9.0", "main~"]);
    assert!(push_refusal(&sandbox).contains("that this clone lacks: `v0.9.0`"));
}

#[test]
fn help_fetches_missing_tags_from_push_url() {
    let (sandbox, _) = published();
    sandbox.git(&["clone", "--quiet", "--bare", ".", "../other.git"]);
    sandbox.git(&["-C", "../other.git", "tag", "v2.0.0", "main"]);
    sandbox.git(&["remote", "set-url", "--push", "origin", "../other.git"]);
    let told = push_refusal(&sandbox);
    let fetch = r#"git fetch --tags "$(git remote get-url --push origin)""#;
    assert_contains(&told, format!("run `{fetch}`, then release again"));
    assert!(
        sandbox
            .command("sh")
            .args(["-c", fetch])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(sandbox.git(&["tag", "--list", "v2.0.0"]), "v2.0.0");
}

#[test]
fn base_must_match_the_remote_branch() {
    let (sandbox, _) = published();
    let there = overtake(&sandbox);
    let before = everything(&sandbox);
    let (code, out, told) = run(&sandbox, &["--execute", "--push"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert_contains(&told, format!("`main` on `origin` is at `{there}`"));
    assert_eq!(everything(&sandbox), before);
}

#[test]
fn a_tag_that_the_remote_has_is_refused() {
    let (sandbox, _) = published();
    at_the_remote(&sandbox, &["tag", "v1.3.0", "main~1"]);
    let before = everything(&sandbox);
    let (code, _, told) = run(&sandbox, &["--execute", "--push"]);
    assert_eq!(code, 2);
    assert_contains(
        &told,
        "`origin` has a version tag that this clone lacks: `v1.3.0`",
    );
    assert_eq!(everything(&sandbox), before);
}

#[test]
fn rejected_push_changes_nothing() {
    let refusal = "printf 'no \\033[31mred ::error:: releases\\n' >&2; exit 1";
    for (name, script) in [
        ("pre-receive", refusal),
        (
            "update",
            "[ \"$1\" = refs/heads/main ] || exit 0; printf 'no \\033[31mred ::error:: releases\\n' >&2; exit 1",
        ),
    ] {
        let (sandbox, base) = published();
        hook(&sandbox, &format!("../remote.git/hooks/{name}"), script);
        let before = everything(&sandbox);
        let (code, out, told) = run(&sandbox, &["--execute", "--push"]);
        assert_eq!((code, out.as_str()), (2, ""), "{told}");
        assert_contains(&told, "remote: no \\u{1b}[31mred ::error:: releases");
        assert_contains(
            &told,
            "`origin` rejected the release: main [remote rejected]",
        );
        assert_contains(&told, "nothing was published");
        assert_eq!(everything(&sandbox), before);
        assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
        fs::remove_file(sandbox.path().join(format!("../remote.git/hooks/{name}"))).unwrap();
        assert_eq!(run(&sandbox, &["--execute", "--push"]).0, 0);
        assert_published(&sandbox, &base);
    }
}

#[test]
fn the_hook_of_the_user_runs_once_and_may_refuse() {
    let (sandbox, _) = published();
    hook(
        &sandbox,
        ".git/hooks/pre-push",
        "echo ran >> ../log; cat > /dev/null; exit 1",
    );
    let before = everything(&sandbox);
    let (code, _, told) = run(&sandbox, &["--execute", "--push"]);
    assert_eq!(code, 2, "{told}");
    assert_contains(&told, "the push to `origin` failed");
    assert_eq!(everything(&sandbox), before);
    assert_eq!(
        fs::read_to_string(sandbox.path().join("../log")).unwrap(),
        "ran\n"
    );
}

#[test]
fn remote_moved_during_release_changes_nothing() {
    let (sandbox, base) = published();
    let identity = "-c user.name=Bo -c user.email=bo@example.com";
    let push =
        format!("cd ../remote.git && git {identity} commit-tree main^{{tree}} -p main -m 'fix: x'");
    let overtake = format!(
        "unset GIT_DIR; commit=$({push}) && cd ../remote.git && git update-ref refs/heads/main $commit"
    );
    hook(&sandbox, ".git/hooks/pre-push", &overtake);
    let before = sandbox.git(&["for-each-ref"]);
    let (code, _, told) = run(&sandbox, &["--execute", "--push"]);
    assert_eq!(code, 2, "{told}");
    assert_contains(&told, "`main` on `origin` has moved to `");
    assert_eq!(sandbox.git(&["for-each-ref"]), before);
    assert_eq!(at_the_remote(&sandbox, &["rev-parse", "main~1"]), base);
    assert_eq!(at_the_remote(&sandbox, &["tag"]), "v1.2.0");
}

#[test]
fn interrupted_push_resumes_from_remote_state() {
    let (sandbox, base) = killed_after_the_push();
    assert_eq!(run(&sandbox, &["--execute"]).0, 0);
    assert_published(&sandbox, &base);

    let (sandbox, base) = killed_after_the_push();
    at_the_remote(&sandbox, &["tag", "--delete", "v1.3.0"]);
    assert_eq!(run(&sandbox, &["--execute"]).0, 0);
    assert_published(&sandbox, &base);

    let (sandbox, base) = killed_after_the_push();
    at_the_remote(&sandbox, &["update-ref", "refs/heads/main", &base]);
    assert_eq!(run(&sandbox, &["--execute"]).0, 0);
    assert_published(&sandbox, &base);

    let (sandbox, base) = killed_after_the_push();
    at_the_remote(&sandbox, &["update-ref", "refs/heads/main", &base]);
    at_the_remote(&sandbox, &["tag", "--delete", "v1.3.0"]);
    assert_eq!(run(&sandbox, &["--execute"]).0, 0);
    assert_published(&sandbox, &base);
}

/// A repository whose release has begun and of which the remote has nothing.
fn killed_before_the_push() -> Sandbox {
    let (sandbox, base) = killed_after_the_push();
    at_the_remote(&sandbox, &["update-ref", "refs/heads/main", &base]);
    at_the_remote(&sandbox, &["tag", "--delete", "v1.3.0"]);
    sandbox
}

#[test]
fn resuming_pushes_nothing_if_the_branch_has_moved_here() {
    let sandbox = killed_before_the_push();
    let moved = sandbox.commit("fix: come in between");
    let before = everything(&sandbox);
    let (code, _, told) = run(&sandbox, &["--execute"]);
    assert_eq!(code, 3, "{told}");
    assert!(told.contains(&format!(
        "`refs/heads/main` has moved to `{moved}` since the release of `v1.3.0` started"
    )));
    assert!(
        told.contains("`git merge ") && told.contains("`tollgate release --abort` to discard it"),
        "{told}"
    );
    assert_eq!(everything(&sandbox), before);
    assert_eq!(run(&sandbox, &["--abort"]).0, 0);
    sandbox.git(&["push", "--quiet", "origin", "main"]);
    assert_eq!(run(&sandbox, &["--execute", "--push"]).0, 0);
}

#[test]
fn resuming_pushes_nothing_if_the_tag_is_another_here() {
    let sandbox = killed_before_the_push();
    sandbox.git(&["tag", "v1.3.0", "main~"]);
    let before = everything(&sandbox);
    let (code, _, told) = run(&sandbox, &["--execute"]);
    assert_eq!(
        (code, told.contains("tag `v1.3.0` was created at `")),
        (3, true),
        "{told}"
    );
    assert_eq!(everything(&sandbox), before);
}

#[test]
fn resuming_refuses_a_new_version_tag_at_the_remote() {
    let sandbox = killed_before_the_push();
    at_the_remote(&sandbox, &["tag", "v1.9.0", "main"]);
    let (code, _, told) = run(&sandbox, &["--execute"]);
    assert_eq!(code, 2, "{told}");
    assert_contains(
        &told,
        "`origin` has a version tag that this clone lacks: `v1.9.0`",
    );
    assert_eq!(
        at_the_remote(&sandbox, &["tag"])
            .lines()
            .filter(|tag| *tag == "v1.3.0")
            .count(),
        0
    );
    assert_eq!(sandbox.git(&["for-each-ref", "refs/tollgate"]), "");
}

#[test]
fn public_release_is_finished_after_branch_moved() {
    for without_tag in [false, true] {
        let (sandbox, _) = killed_after_the_push();
        let there = overtake(&sandbox);
        if without_tag {
            at_the_remote(&sandbox, &["tag", "--delete", "v1.3.0"]);
        }
        let (code, _, told) = run(&sandbox, &["--execute"]);
        assert_eq!(code, 0, "{told}");
        assert_eq!(at_the_remote(&sandbox, &["rev-parse", "main"]), there);
        assert_eq!(
            at_the_remote(&sandbox, &["rev-parse", "v1.3.0"]),
            sandbox.git(&["rev-parse", "v1.3.0"])
        );
        assert_eq!(sandbox.git(&["for-each-ref", "refs/tollgate"]), "");
    }
}

#[test]
fn unpushable_release_is_discarded() {
    let (sandbox, base) = killed_after_the_push();
    at_the_remote(&sandbox, &["update-ref", "refs/heads/main", &base]);
    at_the_remote(&sandbox, &["tag", "--delete", "v1.3.0"]);
    overtake(&sandbox);
    let (code, _, told) = run(&sandbox, &["--execute"]);
    assert_eq!(code, 2, "{told}");
    assert_contains(&told, "has moved to `");
    assert_eq!(sandbox.git(&["for-each-ref", "refs/tollgate"]), "");
    assert_eq!(sandbox.git(&["rev-parse", "main"]), base);
}

#[test]
fn conflicting_remote_tag_needs_manual_fix() {
    let (sandbox, _) = killed_after_the_push();
    at_the_remote(&sandbox, &["tag", "--force", "v1.3.0", "main~1"]);
    let (code, _, told) = run(&sandbox, &["--execute"]);
    assert_eq!(code, 3);
    assert!(
        told.contains("`origin` has a different tag `v1.3.0`")
            && told.contains("part of the release is public"),
        "{told}"
    );
}

#[test]
fn unreachable_remote_leaves_release_pending() {
    let (sandbox, base) = killed_after_the_push();
    sandbox.git(&["remote", "set-url", "origin", "../elsewhere.git"]);
    for arguments in [["--execute"], ["--abort"]] {
        let (code, _, told) = run(&sandbox, &arguments);
        assert!(
            code != 0 && told.contains("remote `origin`"),
            "{code} {told}"
        );
    }
    assert!(
        sandbox
            .git(&["for-each-ref", "refs/tollgate"])
            .contains("refs/tollgate/pending")
    );
    sandbox.git(&["remote", "set-url", "origin", "../remote.git"]);
    assert_eq!(run(&sandbox, &["--execute"]).0, 0);
    assert_published(&sandbox, &base);
}

#[test]
fn only_unpublished_release_can_be_discarded() {
    let (sandbox, base) = killed_after_the_push();
    let (code, _, told) = run(&sandbox, &["--abort"]);
    assert_eq!(
        (code, told.contains("is already visible")),
        (3, true),
        "{told}"
    );
    at_the_remote(&sandbox, &["tag", "--delete", "v1.3.0"]);
    assert_eq!(run(&sandbox, &["--abort"]).0, 3);
    at_the_remote(&sandbox, &["update-ref", "refs/heads/main", &base]);
    assert_eq!(run(&sandbox, &["--abort"]).0, 0);
    assert_eq!(sandbox.git(&["for-each-ref", "refs/tollgate"]), "");
}

#[test]
fn only_push_needs_git_program() {
    let (sandbox, base) = published();
    let release = |arguments: &[&str]| {
        let mut command = sandbox.command(env!("CARGO_BIN_EXE_tollgate"));
        command.env("PATH", format!(".:{}", sandbox.path().display()));
        command
            .args(["release", "--now", "2026-02-03T04:05:06Z", "--execute"])
            .args(arguments)
            .output()
            .unwrap()
    };
    // A program of that name in the work tree is not git.
    hook(&sandbox, "git", "echo ran > ../ran");
    sandbox.write(".git/info/exclude", "git\n");
    let output = release(&["--push"]);
    assert_eq!(output.status.code(), Some(2));
    assert_contains(
        stderr(&output),
        "Git is not installed, but `--push` needs it",
    );
    assert!(!sandbox.path().join("../ran").exists());
    assert!(release(&[]).status.success());
    fs::remove_file(sandbox.path().join("git")).unwrap();
    assert_released(&sandbox, &base);
}

#[test]
fn several_remotes_without_a_default_need_a_choice() {
    let sandbox = package();
    for name in ["team", "fork"] {
        sandbox.git(&["remote", "add", name, "../remote.git"]);
    }
    let (code, _, told) = run(&sandbox, &["--push"]);
    assert_eq!(code, 2);
    assert_contains(
        &told,
        "this repository has several remotes, and none is the default: `fork`, `team`",
    );
}

#[test]
fn push_target_follows_git_configuration() {
    let (sandbox, _) = published();
    let target = |arguments: &[&str]| {
        let (code, out, told) = run(&sandbox, arguments);
        let line = out
            .lines()
            .find(|line| line.starts_with("Push:"))
            .map(str::to_owned);
        line.ok_or((code, told.lines().next().unwrap_or_default().to_owned()))
    };
    let to = |remote: &str, branch: &str| {
        Ok(format!(
            "Push:   commit and tags to `{branch}` of `{remote}`"
        ))
    };
    sandbox.git(&["remote", "add", "fork", "../fork.git"]);
    sandbox.git(&["clone", "--quiet", "--bare", "../remote.git", "../fork.git"]);
    for branch in ["trunk", "of/main"] {
        at_the_remote(&sandbox, &["branch", branch, "main"]);
    }
    assert_eq!(target(&["--push"]), to("origin", "main"));
    assert_eq!(target(&["--push=fork"]), to("fork", "main"));
    assert_eq!(
        target(&["--push=frok"]),
        Err((2, "error: remote `frok` does not exist".to_owned()))
    );
    sandbox.git(&["config", "remote.pushDefault", "fork"]);
    assert_eq!(target(&["--push"]), to("fork", "main"));
    sandbox.git(&["config", "branch.main.pushRemote", "origin"]);
    assert_eq!(target(&["--push"]), to("origin", "main"));
    sandbox.git(&["config", "branch.main.merge", "refs/heads/trunk"]);
    let refusal =
        "error: `main` has an upstream with a different name: `refs/heads/trunk` on `origin`";
    assert_eq!(target(&["--push"]), Err((2, refusal.to_owned())));
    sandbox.git(&["config", "push.default", "upstream"]);
    assert_eq!(target(&["--push"]), to("origin", "trunk"));
    sandbox.git(&[
        "config",
        "remote.origin.push",
        "refs/heads/*:refs/heads/of/*",
    ]);
    assert_eq!(target(&["--push"]), to("origin", "of/main"));
    sandbox.git(&["remote", "set-url", "--add", "origin", "../third.git"]);
    let refusal =
        "error: remote `origin` has 2 push URLs, and a push to several URLs is not atomic";
    assert_eq!(target(&["--push"]), Err((2, refusal.to_owned())));
}

#[test]
#[cfg(target_os = "linux")]
fn interrupt_during_push_waits_for_its_end() {
    let (sandbox, base) = published();
    hook(
        &sandbox,
        ".git/hooks/pre-push",
        "read -r _ _ _ parent _ < /proc/$PPID/stat; kill -INT $parent",
    );
    let (code, out, told) = run(&sandbox, &["--execute", "--push"]);
    assert_eq!((code, out.as_str()), (3, ""), "{told}");
    assert!(
        told.contains("because: interrupted\n")
            && told.contains("`origin` already has the release"),
        "{told}"
    );
    assert_eq!(sandbox.git(&["rev-parse", "main"]), base);
    assert_eq!(run(&sandbox, &["--execute"]).0, 0);
    assert_published(&sandbox, &base);
}

#[test]
#[cfg(target_os = "linux")]
fn interrupted_push_that_ended_names_the_interrupt() {
    let (sandbox, base) = published();
    let script = "read -r _ _ _ parent _ < /proc/$PPID/stat; kill -INT $parent $PPID; sleep 1";
    hook(&sandbox, ".git/hooks/pre-push", script);
    let (code, _, told) = run(&sandbox, &["--execute", "--push"]);
    assert_eq!(code, 3, "{told}");
    assert_contains(&told, "  because: interrupted while pushing to `origin`\n");
    let help = "  help: `origin` may still accept the release\n        \
                run `tollgate release --execute` to finish it\n";
    assert_contains(&told, help);
    fs::remove_file(sandbox.path().join(".git/hooks/pre-push")).unwrap();
    assert_eq!(run(&sandbox, &["--execute"]).0, 0);
    assert_published(&sandbox, &base);
}

//! The file that describes a release as a whole: its check, and what a release does with it.

use std::process::Output;

use crate::check::code;
use crate::release::{assert_clean, package};
use crate::sandbox::{Sandbox, stderr, stdout};
use crate::scenario::assert_contains;

const NEXT: &str = "releases/next.toml";

fn sandbox(files: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::new();
    for (path, text) in files {
        sandbox.write(path, text);
    }
    sandbox
}

#[test]
fn check_includes_release_files() {
    let sandbox = sandbox(&[
        (NEXT, "decidr = \"lee\"\n"),
        ("releases/1.2.3.toml", "zone = \"Europe/Berlin\"\n"),
    ]);
    let output = sandbox.tollgate(&["check", "--show-files"]);
    let files = "releases/1.2.3.toml\nreleases/next.toml\n";
    assert_eq!((code(&output), stdout(&output)), (0, files));
    let output = sandbox.tollgate(&["check", "--format", "concise"]);
    assert_eq!(code(&output), 1);
    assert_contains(
        stdout(&output),
        "releases/next.toml:1:1: error[release/invalid-file] unknown key `decidr`",
    );
    let output = sandbox.tollgate(&["check", "releases/1.2.3.toml"]);
    assert_eq!(
        (code(&output), stdout(&output), stderr(&output)),
        (0, "1 release file checked, no problems found\n", "")
    );
}

#[test]
fn named_directory_and_standard_input_are_checked() {
    let sandbox = sandbox(&[(NEXT, "decidr = \"lee\"\n")]);
    let output = sandbox.tollgate(&["check", "releases", "--format", "concise"]);
    assert_contains(stdout(&output), "error[release/invalid-file]");
    let output =
        sandbox.tollgate_with_input(&["check", "--stdin-filename", NEXT, "-"], b"items = 1\n");
    assert_contains(stdout(&output), "error[release/invalid-file]");
}

/// A package with a change to release, and the file of its coming release.
pub(crate) fn package_with_release_file() -> Sandbox {
    let sandbox = package();
    sandbox.write(NEXT, "decider = \"lee\"\n");
    sandbox.commit("chore: plan the release");
    sandbox
}

fn execute(sandbox: &Sandbox) {
    let output = sandbox.tollgate(&["release", "--execute"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
}

#[test]
fn dry_run_shows_the_rename() {
    let sandbox = package_with_release_file();
    let output = sandbox.tollgate(&["release"]);
    assert_contains(
        stdout(&output),
        "  renamed  releases/next.toml → releases/1.3.0.toml\n",
    );
    let output = sandbox.tollgate(&["release", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(stdout(&output)).unwrap();
    let files = document["plan"]["files"].as_array().unwrap();
    let renamed = files.iter().find(|file| file["change"] == "renamed");
    assert_eq!(
        renamed.unwrap(),
        &serde_json::json!({
            "path": "releases/1.3.0.toml",
            "change": "renamed",
            "renamed_from": NEXT,
            "replacements": [],
        })
    );
    assert!(sandbox.path().join(NEXT).exists());
}

#[test]
fn release_renames_the_file_and_verify_agrees() {
    let sandbox = package_with_release_file();
    execute(&sandbox);
    assert_clean(&sandbox);
    assert!(!sandbox.path().join(NEXT).exists());
    assert_eq!(sandbox.read("releases/1.3.0.toml"), "decider = \"lee\"\n");
    let changed = sandbox.git(&["diff-tree", "--name-status", "-r", "HEAD~", "HEAD"]);
    assert_eq!(
        changed,
        "A\tCHANGELOG.md\nM\tCargo.lock\nM\tCargo.toml\nA\treleases/1.3.0.toml\nD\treleases/next.toml"
    );
    let output = sandbox.tollgate(&["verify", "v1.3.0"]);
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
}

#[test]
fn verify_reports_a_release_file_that_was_kept() {
    let sandbox = package_with_release_file();
    execute(&sandbox);
    let message = sandbox.git(&["cat-file", "tag", "v1.3.0"]);
    let (_, message) = message.split_once("\n\n").unwrap();
    sandbox.write(NEXT, "decider = \"lee\"\n");
    sandbox.git(&["add", NEXT]);
    sandbox.git(&["commit", "--quiet", "--amend", "--no-edit"]);
    sandbox.git(&["tag", "--delete", "v1.3.0"]);
    sandbox.git(&["tag", "--annotate", "--message", message, "v1.3.0"]);
    let output = sandbox.tollgate(&["verify", "v1.3.0"]);
    assert_eq!(code(&output), 1);
    assert_contains(
        stdout(&output),
        "the release renames this file, but the commit keeps it",
    );
}

#[test]
fn pre_release_keeps_the_file() {
    let sandbox = package_with_release_file();
    let output = sandbox.tollgate(&["release", "--execute", "--pre", "rc"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(sandbox.path().join(NEXT).exists());
    execute(&sandbox);
    assert!(!sandbox.path().join(NEXT).exists());
    assert_eq!(code(&sandbox.tollgate(&["verify", "v1.3.0-rc.1"])), 0);
}

#[test]
fn existing_file_of_the_version_blocks_the_release() {
    let sandbox = package_with_release_file();
    sandbox.write("releases/1.3.0.toml", "");
    sandbox.commit("chore: plan it twice");
    let output = sandbox.tollgate(&["release"]);
    assert_eq!(code(&output), 1);
    let text = format!("{}{}", stdout(&output), stderr(&output));
    assert_contains(&text, "release/file-exists");
    assert_contains(&text, "git rm releases/1.3.0.toml");
}

#[test]
fn invalid_release_file_blocks_the_release() {
    let sandbox = package();
    sandbox.write(NEXT, "decidr = \"lee\"\n");
    sandbox.commit("chore: plan the release");
    let output = sandbox.tollgate(&["release", "--execute"]);
    assert_eq!(code(&output), 1);
    let text = format!("{}{}", stdout(&output), stderr(&output));
    assert_contains(&text, "unknown key `decidr`");
}

#[test]
fn file_or_link_named_releases_is_left_alone() {
    let sandbox = package();
    sandbox.write("releases", "not a directory");
    sandbox.commit("docs: list the releases");
    execute(&sandbox);
    assert_clean(&sandbox);
}

#[test]
fn released_packages_rename_their_own_files() {
    let sandbox = Sandbox::new();
    let package = |name| format!("[[package]]\nname = \"{name}\"\npaths = [\"{name}/**\"]\n");
    let config = ["core", "cart"].map(package).concat();
    sandbox.write("tollgate.toml", config);
    sandbox.commit("chore: begin");
    sandbox.git(&["tag", "core-v1.0.0"]);
    sandbox.git(&["tag", "cart-v1.0.0"]);
    sandbox.write("releases/core/next.toml", "");
    sandbox.write("releases/cart/next.toml", "");
    sandbox.write("core/a", "");
    sandbox.commit("feat: add a");
    execute(&sandbox);
    assert_clean(&sandbox);
    let files = sandbox.git(&["ls-files", "releases"]);
    assert_eq!(files, "releases/cart/next.toml\nreleases/core/1.1.0.toml");
    assert_eq!(code(&sandbox.tollgate(&["verify", "core-v1.1.0"])), 0);
}

const ITEMS: &str = "[[items]]\r\nstage = \"test\"\r\ntext = \"Load test\" # 40\r\n\r\n\
                     [[items]]\r\nstage = \"test\"\r\ntext = \"Load the archive\"\r\n";

/// Runs `tollgate item done` at noon of a day.
fn item_done(sandbox: &Sandbox, arguments: &[&str]) -> Output {
    sandbox.tollgate(&[&["item", "done", "--now=2026-11-20T12:00:00Z"], arguments].concat())
}

#[test]
fn done_item_has_the_time_and_the_person() {
    let sandbox = sandbox(&[(NEXT, ITEMS)]);
    let output = item_done(&sandbox, &["load test"]);
    let line = "releases/next.toml: item 1 of 2 done by ada@example.com\n";
    assert_eq!(stdout(&output), line, "{}", stderr(&output));
    assert_contains(
        stderr(&output),
        "1 item is open; the first is 2 (Load the archive)",
    );
    let done = "# 40\r\ndone = 2026-11-20T12:00:00Z\r\nby = \"ada@example.com\"\r\n";
    let expected = ITEMS.replace("# 40\r\n", done);
    assert_eq!(sandbox.read(NEXT), expected);
    let output = item_done(&sandbox, &["1"]);
    assert_contains(stderr(&output), "is already done by ada@example.com");
    assert_eq!((code(&output), sandbox.read(NEXT)), (0, expected));
}

#[test]
fn ambiguous_item_lists_the_candidates() {
    let sandbox = sandbox(&[(NEXT, ITEMS)]);
    let output = item_done(&sandbox, &["load"]);
    assert_eq!(code(&output), 2);
    assert_contains(
        stderr(&output),
        "`load` matches 2 items of `releases/next.toml`",
    );
    let candidates = "use the number of the item: 1 (Load test) or 2 (Load the archive)";
    assert_contains(stderr(&output), candidates);
    assert_contains(
        stderr(&item_done(&sandbox, &["3"])),
        "no item of `releases/next.toml` matches `3`",
    );
    assert_eq!(sandbox.read(NEXT), ITEMS);
}

#[test]
fn dry_run_of_a_done_item_prints_the_difference() {
    let sandbox = sandbox(&[(NEXT, ITEMS)]);
    let output = item_done(&sandbox, &["2", "--dry-run", "--by=bo@example.com"]);
    assert_contains(stdout(&output), "+by = \"bo@example.com\"");
    assert_eq!(sandbox.read(NEXT), ITEMS);
}

#[test]
fn item_of_an_earlier_release_is_named_by_version() {
    let file = "releases/1.2.3.toml";
    let sandbox = sandbox(&[(file, ITEMS)]);
    assert_contains(
        stderr(&item_done(&sandbox, &["1"])),
        "there is no `releases/next.toml`",
    );
    let output = item_done(&sandbox, &["1", "--release", "v1.2.3"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_contains(&sandbox.read(file), "done = 2026-11-20");
}

#[test]
fn item_of_a_package_needs_its_name() {
    let package = |name: &str| format!("[[package]]\nname = \"{name}\"\npaths = [\"{name}/**\"]\n");
    let config = package("core") + &package("cart");
    let file = "releases/cart/next.toml";
    let sandbox = sandbox(&[("tollgate.toml", &config), (file, ITEMS)]);
    let output = item_done(&sandbox, &["1"]);
    assert_contains(
        stderr(&output),
        "pass `--package` with one of `core`, `cart`",
    );
    assert_eq!(code(&item_done(&sandbox, &["1", "--package", "cart"])), 0);
    assert_contains(&sandbox.read(file), "done = 2026-11-20");
}

#[test]
fn person_who_is_not_defined_is_not_written() {
    let sandbox = sandbox(&[
        (
            "tollgate.toml",
            "[people.lee]\nemail = \"lee@example.com\"\n",
        ),
        (NEXT, ITEMS),
    ]);
    let output = item_done(&sandbox, &["1"]);
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    assert_contains(stdout(&output), "unknown person `ada@example.com`");
    assert_eq!(sandbox.read(NEXT), ITEMS);
}

/// A package whose release has to be signed off by a release manager.
fn package_to_sign_off(evidence: &str) -> Sandbox {
    let sandbox = package();
    sandbox.write(
        "tollgate.toml",
        format!(
            "[release]\nsign_off = {{ roles = [\"manager\"], evidence = \"{evidence}\" }}\n\
             [people.lee]\nemail = \"lee@example.com\"\nroles = [\"manager\"]\n\
             [people.bo]\nemail = \"bo@example.com\"\n"
        ),
    );
    sandbox.commit("chore: require a sign-off");
    sandbox
}

fn sign_off(sandbox: &Sandbox, by: &str) -> String {
    let arguments = ["release", "--sign-off", "--role", "manager", "--by", by];
    let output = sandbox.tollgate(&arguments);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    format!("{}{}", stdout(&output), stderr(&output))
}

/// The preview of a release that is blocked.
fn blocked(sandbox: &Sandbox) -> String {
    let output = sandbox.tollgate(&["release"]);
    assert_eq!(code(&output), 1, "{}", stdout(&output));
    format!("{}{}", stdout(&output), stderr(&output))
}

#[test]
fn release_needs_the_required_sign_off() {
    let sandbox = package_to_sign_off("claimed");
    let text = blocked(&sandbox);
    assert_contains(&text, "error[release/missing-sign-off]");
    assert_contains(&text, "tollgate release --sign-off --role manager");
    let output = sign_off(&sandbox, "lee@example.com");
    assert_contains(
        &output,
        "releases/next.toml: signed off by lee@example.com\n",
    );
    assert_contains(&output, "the release has enough sign-offs");
    sandbox.commit("chore: sign off");
    let output = sandbox.tollgate(&["release"]);
    assert_contains(
        stdout(&output),
        "releases/next.toml: signed off by lee@example.com as manager (claimed).\n",
    );
    execute(&sandbox);
    let output = sandbox.tollgate(&["verify", "v1.3.0"]);
    assert_eq!(code(&output), 0, "{}", stdout(&output));
    assert_contains(
        stdout(&output),
        "`releases/next.toml`: signed off by lee@example.com as manager (claimed)",
    );
}

#[test]
fn second_sign_off_of_the_same_commits_is_not_written() {
    let sandbox = package_to_sign_off("claimed");
    sign_off(&sandbox, "lee@example.com");
    let before = sandbox.read(NEXT);
    let output = sign_off(&sandbox, "lee@example.com");
    assert_contains(&output, "already signed off this release");
    assert_eq!(sandbox.read(NEXT), before);
}

#[test]
fn later_commit_makes_the_sign_off_stale() {
    let sandbox = package_to_sign_off("claimed");
    sign_off(&sandbox, "lee@example.com");
    sandbox.commit("chore: sign off");
    sandbox.write("src/lib.rs", "// later");
    let later = sandbox.commit("fix: sneak this in");
    let text = blocked(&sandbox);
    assert_contains(
        &text,
        format!(
            "1 commit was added after `lee@example.com` signed off: {}",
            &later[..10]
        ),
    );
    sign_off(&sandbox, "lee@example.com");
    sandbox.commit("chore: sign off again");
    execute(&sandbox);
}

#[test]
fn approvals_and_merges_do_not_make_it_stale() {
    let sandbox = package_to_sign_off("claimed");
    sandbox.write("changes/a.toml", unapproved_ticket());
    sandbox.commit("feat: charge once\n\nChange: a");
    sandbox.git(&["switch", "--quiet", "--create", "sign-off"]);
    sign_off(&sandbox, "lee@example.com");
    sandbox.commit("chore: sign off");
    sandbox.git(&["switch", "--quiet", "main"]);
    let note = "\n[[notes]]\ntext = \"Looked at the dashboards\"\n";
    sandbox.write("changes/a.toml", format!("{}{note}", unapproved_ticket()));
    sandbox.commit("chore: add a note");
    sandbox.git(&["merge", "--quiet", "--no-ff", "--no-edit", "sign-off"]);
    let output = sandbox.tollgate(&["release"]);
    let text = format!("{}{}", stdout(&output), stderr(&output));
    assert!(!text.contains("missing-sign-off"), "{text}");
    assert_contains(&text, "signed off by lee@example.com");
}

/// The ticket of the example without its approvals.
fn unapproved_ticket() -> &'static str {
    let ticket = include_str!("../../examples/tickets/hotfix-double-charge.toml");
    &ticket[..ticket.find("[[approvals]]").unwrap_or(ticket.len())]
}

#[test]
fn edited_plan_makes_the_sign_off_stale() {
    let sandbox = package_to_sign_off("claimed");
    sandbox.write("changes/a.toml", unapproved_ticket());
    sandbox.commit("feat: charge once\n\nChange: a");
    sign_off(&sandbox, "lee@example.com");
    sandbox.commit("chore: sign off");
    let edited = unapproved_ticket().replacen("title = \"", "title = \"Also: ", 1);
    sandbox.write("changes/a.toml", edited);
    let edit = sandbox.commit("docs(changes): reword the title");
    let added = format!(
        "1 commit was added after `lee@example.com` signed off: {}",
        &edit[..10]
    );
    assert_contains(&blocked(&sandbox), added);
}

#[test]
fn squashed_commits_are_not_signed_off() {
    let sandbox = package_to_sign_off("claimed");
    let start = sandbox.git(&["rev-parse", "HEAD"]);
    sandbox.write("src/lib.rs", "// signed off");
    sandbox.commit("fix: charge once");
    sign_off(&sandbox, "lee@example.com");
    sandbox.commit("chore: sign off");
    sandbox.git(&["reset", "--quiet", "--soft", &start]);
    sandbox.commit("fix: charge once");
    assert_contains(
        &blocked(&sandbox),
        "`lee@example.com` signed off other commits",
    );
}

#[test]
fn commit_with_the_sign_off_and_code_is_not_signed_off() {
    let sandbox = package_to_sign_off("claimed");
    sign_off(&sandbox, "lee@example.com");
    sandbox.write("src/lib.rs", "// not signed off");
    sandbox.commit("chore: sign off");
    assert_contains(
        &blocked(&sandbox),
        "`lee@example.com` signed off other commits",
    );
}

#[test]
fn branch_that_weakens_the_sign_off_is_reported() {
    let sandbox = package_to_sign_off("claimed");
    sandbox.git(&["switch", "--quiet", "--create", "branch"]);
    let config = sandbox
        .read("tollgate.toml")
        .replace("roles = [\"manager\"], ", "quorum = 0, ");
    sandbox.write("tollgate.toml", config);
    sandbox.commit("chore: sign off less");
    let output = sandbox.tollgate(&["gate", "--base", "main", "--format", "concise"]);
    assert_contains(
        stdout(&output),
        "the branch weakens the configuration: `release.sign_off` changed",
    );
}

#[test]
fn merge_that_drops_signed_changes_makes_it_stale() {
    let sandbox = package_to_sign_off("claimed");
    let start = sandbox.git(&["rev-parse", "HEAD"]);
    sandbox.write("src/a.rs", "");
    sandbox.commit("feat: add a");
    let a = sandbox.git(&["rev-parse", "HEAD"]);
    sandbox.git(&["switch", "--quiet", "--create", "other", &start]);
    sandbox.write("src/b.rs", "");
    sandbox.commit("feat: add b");
    sandbox.git(&["switch", "--quiet", "main"]);
    sandbox.git(&["merge", "--quiet", "--no-ff", "--no-edit", "other"]);
    sign_off(&sandbox, "lee@example.com");
    sandbox.commit("chore: sign off");
    let signed = sandbox.git(&["rev-parse", "HEAD"]);
    // A merge with the contents of one side and the sign-off, first in the order of parents.
    sandbox.git(&["read-tree", &a]);
    sandbox.git(&["checkout", "--quiet", &signed, "--", NEXT]);
    let tree = sandbox.git(&["write-tree"]);
    let merge = sandbox.git(&[
        "commit-tree",
        &tree,
        "-p",
        &a,
        "-p",
        &signed,
        "-m",
        "chore: merge",
    ]);
    sandbox.git(&["reset", "--quiet", "--hard", &merge]);
    assert_contains(&blocked(&sandbox), "1 commit was added after");
}

#[test]
fn sign_off_in_a_role_of_somebody_else_does_not_count() {
    let sandbox = package_to_sign_off("claimed");
    let output = sign_off(&sandbox, "bo@example.com");
    assert_contains(
        &output,
        "warning: `bo@example.com` does not have the role `manager` in `[people]`",
    );
    sandbox.commit("chore: sign off");
    assert_contains(
        &blocked(&sandbox),
        "the release does not have enough sign-offs: an approval in the role `manager` is required",
    );
}

#[test]
fn attributed_sign_off_needs_a_commit_by_the_person() {
    let sandbox = package_to_sign_off("attributed");
    sign_off(&sandbox, "lee@example.com");
    sandbox.commit("chore: sign off");
    assert_contains(
        &blocked(&sandbox),
        "the sign-off by `lee@example.com` does not count",
    );
    sandbox.git(&["reset", "--quiet", "--hard", "HEAD~"]);
    sandbox.git(&["config", "user.email", "lee@example.com"]);
    sign_off(&sandbox, "lee@example.com");
    sandbox.git(&["add", "--all"]);
    sandbox.git(&[
        "-c",
        "user.name=Lee",
        "commit",
        "--quiet",
        "--message",
        "chore: sign off",
        "--author",
        "Lee <lee@example.com>",
    ]);
    let output = sandbox.tollgate(&["release"]);
    assert_eq!(code(&output), 0, "{}", stdout(&output));
    assert_contains(stdout(&output), "as manager (attributed)");
}

/// Makes a key for the sandbox's user, which Git signs with; returns the public part.
fn signing_key(sandbox: &Sandbox) -> String {
    let key = sandbox.path().join(".git/key");
    let made = sandbox
        .command("ssh-keygen")
        .args(["-q", "-N", "", "-t", "ed25519", "-f"])
        .arg(&key)
        .status();
    assert!(made.unwrap().success());
    sandbox.git(&["config", "gpg.format", "ssh"]);
    sandbox.git(&["config", "user.signingKey", key.to_str().unwrap()]);
    sandbox.read(".git/key.pub")
}

#[test]
fn signature_of_another_person_does_not_count() {
    let sandbox = package_to_sign_off("signed");
    let public = signing_key(&sandbox);
    let config = sandbox.read("tollgate.toml");
    let config = format!("{config}\n[approvals]\nallowed_signers = \"signers\"\n");
    sandbox.write("tollgate.toml", config);
    sandbox.write("signers", format!("lee@example.com {public}"));
    sandbox.commit("chore: trust the key of Lee");
    let sign = |by: &str| {
        let arguments = [
            "release",
            "--sign-off",
            "--role",
            "manager",
            "--sign",
            "--by",
        ];
        let output = sandbox.tollgate(&[&arguments[..], &[by]].concat());
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        sandbox.commit("chore: sign off");
    };
    sign_off(&sandbox, "lee@example.com");
    sandbox.commit("chore: sign off without a signature");
    assert_contains(
        &blocked(&sandbox),
        "the sign-off by `lee@example.com` does not count",
    );
    sandbox.git(&["reset", "--quiet", "--hard", "HEAD~"]);
    sign("bo@example.com");
    assert_contains(
        &blocked(&sandbox),
        "the sign-off by `bo@example.com` does not count because its signature is invalid",
    );
    sandbox.git(&["reset", "--quiet", "--hard", "HEAD~"]);
    sign("lee@example.com");
    let signed = sandbox.read(NEXT);
    // The signature of Lee, with another time.
    sandbox.write(NEXT, signed.replacen("at = 20", "at = 19", 1));
    sandbox.commit("chore: sign off earlier");
    assert_contains(
        &blocked(&sandbox),
        "the sign-off by `lee@example.com` does not count because its signature is invalid",
    );
    sandbox.git(&["reset", "--quiet", "--hard", "HEAD~"]);
    execute(&sandbox);
    let output = sandbox.tollgate(&["verify", "v1.3.0"]);
    assert_eq!(code(&output), 0, "{}", stdout(&output));
    assert_contains(
        stdout(&output),
        "lee@example.com as manager (signed by SHA256:",
    );
}

/// The packages `core` and `cart` with these paths, whose releases have to be signed off.
fn packages_to_sign_off(paths: [&str; 2]) -> Sandbox {
    let sandbox = Sandbox::new();
    let [core, cart] = paths;
    let package = |name, paths| format!("[[package]]\nname = \"{name}\"\npaths = [\"{paths}\"]\n");
    let packages = package("core", core) + &package("cart", cart);
    sandbox.write(
        "tollgate.toml",
        format!("release.sign_off = {{}}\n{packages}"),
    );
    sandbox.commit("chore: begin");
    sandbox.git(&["tag", "core-v1.0.0"]);
    sandbox.git(&["tag", "cart-v1.0.0"]);
    sandbox
}

#[test]
fn packages_are_signed_off_one_by_one() {
    let sandbox = packages_to_sign_off(["core/**", "cart/**"]);
    sandbox.write("core/a", "");
    sandbox.write("cart/a", "");
    sandbox.commit("feat: add a");
    let output = sandbox.tollgate(&["release", "--sign-off", "--package", "core"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    sandbox.commit("chore: sign off core");
    assert_contains(
        &blocked(&sandbox),
        "the release of `cart` is not signed off",
    );
    let output = sandbox.tollgate(&["release", "--sign-off"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    sandbox.commit("chore: sign off cart");
    execute(&sandbox);
    let files = sandbox.git(&["ls-files", "releases"]);
    assert_eq!(files, "releases/cart/1.1.0.toml\nreleases/core/1.1.0.toml");
    assert_eq!(code(&sandbox.tollgate(&["verify", "cart-v1.1.0"])), 0);
}

#[test]
fn sign_off_of_another_package_does_not_count() {
    let sandbox = packages_to_sign_off(["src/**", "src/**"]);
    sandbox.write("src/a", "");
    sandbox.commit("feat: add a");
    let output = sandbox.tollgate(&["release", "--sign-off", "--package", "core"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let signed = sandbox.read("releases/core/next.toml");
    sandbox.write("releases/cart/next.toml", signed);
    sandbox.commit("chore: copy the sign-off");
    assert_contains(
        &blocked(&sandbox),
        "signed off other commits, or other plans of the tickets",
    );
}

#[test]
fn emergency_bypasses_the_sign_off_and_verify_says_so() {
    let sandbox = package();
    sandbox.write("tollgate.toml", "release.sign_off = { quorum = 1 }\n");
    sandbox.write(
        "changes/hotfix.toml",
        include_str!("../../examples/tickets/hotfix-double-charge.toml"),
    );
    sandbox.commit("fix: charge once\n\nChange: hotfix");
    let arguments = ["release", "--execute", "--emergency", "hotfix"];
    let output = sandbox.tollgate(&arguments);
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    let output = sandbox.tollgate(&["verify", "v1.3.0"]);
    assert_contains(
        stdout(&output),
        "release/missing-sign-off: the release was not signed off",
    );
}

#[test]
fn nothing_to_release_cannot_be_signed_off() {
    let sandbox = package_to_sign_off("claimed");
    sandbox.git(&["tag", "v1.3.0"]);
    let output = sandbox.tollgate(&["release", "--sign-off"]);
    assert_eq!(code(&output), 2);
    assert_contains(stderr(&output), "there is no release to sign off");
}

//! The gate, in real repositories: what a branch must contain, and that nothing in it can bypass
//! the gate.

use std::path::Path;
use std::process::Output;

use crate::sandbox::{Sandbox, stderr, stdout};
use crate::scenario::{TICKET, assert_contains, assert_success, in_state};

pub(crate) const MIGRATIONS: &str =
    "[[policy]]\nname = \"migrations\"\npaths = [\"migrations/**\"]\n";

/// A repository with this configuration on `main`, on a branch that was just cut.
pub(crate) fn branch_with(config: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("tollgate.toml", config);
    sandbox.commit("feat: begin");
    sandbox.branch("topic");
    sandbox
}

/// The same with a ticket on `main` that says this.
pub(crate) fn branch_of_ticket(ticket: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("changes/pool.toml", ticket);
    sandbox.commit("feat: begin");
    sandbox.branch("topic");
    sandbox
}

fn gate(sandbox: &Sandbox, arguments: &[&str]) -> Output {
    let now = ["--now", "2026-11-20T12:00:00Z"];
    sandbox.tollgate(
        &[
            &["gate", "--base", "main", "--format", "concise", "--quiet"],
            &now[..],
            arguments,
        ]
        .concat(),
    )
}

/// The rules that speak, and the exit code.
fn told(output: &Output) -> (Vec<String>, i32) {
    let rule = |line: &str| {
        let (_, rest) = line.split_once('[')?;
        rest.split_once(']').map(|(rule, _)| rule.to_owned())
    };
    let is_finding = |line: &&str| line.contains("error[") || line.contains("warning[");
    let rules = stdout(output)
        .lines()
        .filter(is_finding)
        .filter_map(rule)
        .collect();
    (rules, output.status.code().unwrap())
}

pub(crate) fn rules(sandbox: &Sandbox) -> (Vec<String>, i32) {
    told(&gate(sandbox, &[]))
}

pub(crate) fn fails(rules: &[&str]) -> (Vec<String>, i32) {
    (rules.iter().map(|rule| (*rule).to_owned()).collect(), 1)
}

pub(crate) const PASSES: (Vec<String>, i32) = (Vec::new(), 0);

fn migrate(sandbox: &Sandbox) {
    sandbox.write(
        "migrations/7.sql",
        "ALTER TABLE orders ADD COLUMN note text;\n",
    );
    sandbox.commit("feat: add a column");
}

#[test]
fn a_configuration_that_is_not_on_the_base_yet_is_noted() {
    let sandbox = Sandbox::new();
    sandbox.write("x.txt", "x");
    sandbox.commit("feat: begin");
    sandbox.branch("topic");
    sandbox.write("tollgate.toml", "branches = [\"main\"]");
    sandbox.commit("ci: configure the gate");
    let output = sandbox.tollgate(&["gate", "--base", "main"]);
    assert_contains(
        stderr(&output),
        "note: `tollgate.toml` is not on the base branch yet, so it does not apply to this branch\n  \
         help: to try it before it is merged, repeat this command with `--config tollgate.toml`",
    );
    sandbox.write("sub/x.txt", "x");
    let output = sandbox.tollgate(&["-C", "sub", "gate", "--base", "main"]);
    assert_contains(stderr(&output), "with `--config ../tollgate.toml`");
}

#[test]
fn config_that_is_not_checked_out_has_no_command() {
    let sandbox = Sandbox::new();
    sandbox.write("x.txt", "x");
    sandbox.commit("feat: begin");
    sandbox.branch("topic");
    sandbox.write("tollgate.toml", "branches = [\"main\"]");
    sandbox.commit("ci: configure the gate");
    sandbox.switch("main");
    let output = sandbox.tollgate(&["gate", "--base", "main", "--head", "topic"]);
    let text = stderr(&output);
    assert!(
        text.contains("not on the base branch yet") && !text.contains("--config"),
        "{text}"
    );
}

#[test]
fn a_configuration_that_the_base_removed_is_not_noted() {
    let sandbox = branch_with("branches = [\"main\"]");
    sandbox.write("x.txt", "x");
    sandbox.commit("feat: begin");
    sandbox.switch("main");
    sandbox.git(&["rm", "--quiet", "tollgate.toml"]);
    sandbox.commit("ci: remove the configuration");
    sandbox.switch("topic");
    let output = sandbox.tollgate(&["gate", "--base", "main"]);
    assert!(
        !stderr(&output).contains("not on the base"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_migration_without_a_ticket_is_refused() {
    let sandbox = branch_with(MIGRATIONS);
    migrate(&sandbox);
    assert_eq!(rules(&sandbox), fails(&["gate/missing-ticket"]));
}

#[test]
fn a_migration_with_a_ticket_passes() {
    let sandbox = branch_with(MIGRATIONS);
    migrate(&sandbox);
    sandbox.write("changes/pool.toml", TICKET);
    sandbox.commit("docs: plan the column");
    assert_eq!(rules(&sandbox), PASSES);
}

#[test]
fn ticket_without_required_section_is_refused() {
    let sandbox = branch_with(&format!("{MIGRATIONS}sections = [\"schema_change\"]\n"));
    migrate(&sandbox);
    sandbox.write("changes/pool.toml", TICKET);
    sandbox.commit("docs: plan the column");
    assert_eq!(rules(&sandbox), fails(&["gate/insufficient-ticket"]));
    sandbox.write(
        "changes/pool.toml",
        format!("{TICKET}[schema_change]\nphase = \"expand\"\n"),
    );
    sandbox.commit("docs: say what happens to the schema");
    assert_eq!(rules(&sandbox), PASSES);
}

/// A branch with a migration in one commit that says this, on a base that has a ticket.
pub(crate) fn migration_that_says(message: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("tollgate.toml", MIGRATIONS);
    sandbox.write("changes/pool.toml", TICKET);
    sandbox.commit("feat: begin");
    sandbox.branch("topic");
    sandbox.write("migrations/7.sql", "x\n");
    sandbox.commit(message);
    sandbox
}

#[test]
fn a_trailer_names_a_ticket_that_is_there_already() {
    assert_eq!(
        rules(&migration_that_says("feat: add a column\n\nChange: pool\n")),
        PASSES
    );
}

#[test]
fn a_trailer_that_is_prose_names_nothing() {
    let sandbox =
        migration_that_says("feat: add a column\n\nChange: pool\n\nand then some prose\n");
    assert_eq!(rules(&sandbox), fails(&["gate/missing-ticket"]));
}

#[test]
fn a_squash_and_a_rebase_are_covered_as_the_branch_is() {
    let sandbox = branch_with(MIGRATIONS);
    migrate(&sandbox);
    sandbox.write("changes/pool.toml", TICKET);
    sandbox.commit("docs: plan the column");
    sandbox.git(&["switch", "--quiet", "--create", "squashed", "main"]);
    sandbox.git(&["merge", "--squash", "--quiet", "topic"]);
    sandbox.commit("feat: add a column");
    assert_eq!(rules(&sandbox), PASSES);
}

#[test]
fn breaking_commit_without_required_ticket_is_refused() {
    let sandbox = branch_with("[[policy]]\nname = \"breaking\"\nbump = \"major\"\n");
    sandbox.commit("feat!: drop v1");
    assert_eq!(
        rules(&sandbox),
        fails(&["gate/missing-ticket-for-breaking"])
    );
}

#[test]
fn the_commits_of_the_base_are_not_judged() {
    let sandbox = branch_with(MIGRATIONS);
    sandbox.switch("main");
    migrate(&sandbox);
    sandbox.switch("topic");
    sandbox.write("a.txt", "x\n");
    sandbox.commit("feat: a");
    sandbox.git(&["merge", "--quiet", "--no-edit", "main"]);
    assert_eq!(rules(&sandbox), PASSES);
}

#[test]
fn a_change_that_hides_in_a_merge_is_seen() {
    let sandbox = branch_with(MIGRATIONS);
    sandbox.write("a.txt", "x\n");
    sandbox.commit("feat: a");
    sandbox.switch("main");
    sandbox.write("b.txt", "x\n");
    sandbox.commit("feat: b");
    sandbox.switch("topic");
    sandbox.git(&["merge", "--quiet", "--no-commit", "main"]);
    sandbox.write("migrations/7.sql", "x\n");
    sandbox.commit("Merge branch 'main' into topic");
    assert_eq!(rules(&sandbox), fails(&["gate/missing-ticket"]));
}

#[test]
fn a_mailmap_without_approvals_is_no_matter() {
    let sandbox = branch_with(MIGRATIONS);
    sandbox.write(".mailmap", "Bo <bo@example.com> <bo@old.example>\n");
    sandbox.commit("chore: my old address");
    assert_eq!(rules(&sandbox), PASSES);
}

#[test]
fn a_ticket_whose_id_has_an_escape_is_found_by_its_id() {
    let sandbox = Sandbox::new();
    sandbox.write("tollgate.toml", MIGRATIONS);
    sandbox.write(
        "changes/pool.toml",
        format!("id = \"INC\\u002d9\"\n{TICKET}"),
    );
    sandbox.commit("feat: begin");
    sandbox.branch("topic");
    sandbox.write("migrations/7.sql", "x\n");
    sandbox.commit("feat: add a column\n\nChange: INC-9\n");
    assert_eq!(rules(&sandbox), PASSES);
}

#[test]
fn a_policy_holds_for_a_branch_that_was_cut_before_it() {
    let sandbox = branch_with("");
    migrate(&sandbox);
    sandbox.switch("main");
    sandbox.write("tollgate.toml", MIGRATIONS);
    sandbox.commit("chore: ask for tickets");
    sandbox.switch("topic");
    assert_eq!(rules(&sandbox), fails(&["gate/missing-ticket"]));
}

#[test]
fn emptied_configuration_does_not_apply() {
    let sandbox = branch_with(MIGRATIONS);
    migrate(&sandbox);
    sandbox.write("tollgate.toml", "");
    sandbox.commit("chore: ask for nothing");
    assert_eq!(
        rules(&sandbox),
        fails(&["gate/policy-weakened", "gate/missing-ticket"])
    );
}

#[test]
fn a_branch_that_switches_rules_off_gains_nothing() {
    let sandbox = branch_with("");
    sandbox.write("tollgate.toml", "rules.\"content/*\" = \"off\"\n");
    sandbox.write(
        "changes/pool.toml",
        TICKET.replace("Raise the billing-api pool to 40 connections", "TBD"),
    );
    sandbox.commit("chore: be kind");
    let (rules, code) = rules(&sandbox);
    assert_eq!(code, 1);
    assert!(
        rules.contains(&"content/placeholder".into())
            && rules.contains(&"gate/policy-weakened".into()),
        "{rules:?}"
    );
}

#[test]
fn a_configuration_that_only_moves_is_no_matter() {
    let sandbox = branch_with(MIGRATIONS);
    sandbox.write("tollgate.toml", format!("# why\n{MIGRATIONS}"));
    sandbox.commit("docs: say why");
    assert_eq!(rules(&sandbox), PASSES);
}

#[test]
fn changed_mailmap_is_reported() {
    let sandbox = branch_with("[approvals]\n");
    sandbox.write(".mailmap", "Ada <ada@example.com> <eve@example.com>\n");
    sandbox.commit("chore: map names");
    assert_eq!(rules(&sandbox), fails(&["gate/policy-weakened"]));
}

#[test]
fn a_closed_ticket_is_not_edited() {
    let closed = in_state("closed");
    let sandbox = branch_of_ticket(&closed);
    sandbox.write("changes/pool.toml", closed.replace("2%", "3%"));
    sandbox.commit("docs: change history");
    let (rules, code) = rules(&sandbox);
    assert!(
        rules.contains(&"gate/frozen-edit".into()) && code == 1,
        "{rules:?}"
    );
}

#[test]
fn a_ticket_does_not_come_back_from_closed() {
    let sandbox = branch_of_ticket(&in_state("closed"));
    sandbox.write("changes/pool.toml", TICKET);
    sandbox.commit("docs: open it again");
    assert_eq!(rules(&sandbox), fails(&["gate/illegal-transition"]));
}

#[test]
fn skipped_states_must_meet_their_conditions() {
    let sandbox = branch_of_ticket(&in_state("draft"));
    sandbox.write("changes/pool.toml", in_state("closed"));
    sandbox.commit("docs: done");
    let (rules, code) = rules(&sandbox);
    assert!(
        rules.iter().all(|rule| rule == "ticket/missing-field") && rules.len() == 2 && code == 1,
        "{rules:?}"
    );
}

#[test]
fn ticket_closed_by_the_branch_is_checked() {
    let closed = TICKET.replace(
        "\"proposed\"",
        "\"closed\"\nassignee = \"bo\"\noutcome.result = \"successful\"",
    );
    let empty = closed.replace(
        "Checkout times out at the peak: 2% of orders fail until this ships",
        "TBD",
    );
    let sandbox = branch_with("");
    sandbox.write("changes/pool.toml", &empty);
    sandbox.commit("docs: record the pool");
    assert_eq!(rules(&sandbox), fails(&["content/placeholder"]));
    sandbox.git(&["branch", "--force", "main"]);
    sandbox.write(
        "changes/pool.toml",
        format!("{empty}[[notes]]\ntext = \"later\"\n"),
    );
    sandbox.commit("docs: add a note");
    assert_eq!(rules(&sandbox), PASSES);
}

#[test]
fn a_renamed_ticket_is_the_same_one() {
    let sandbox = branch_of_ticket(TICKET);
    sandbox.git(&["mv", "changes/pool.toml", "changes/raise-the-pool.toml"]);
    sandbox.commit("docs: give the ticket a better name");
    assert_eq!(rules(&sandbox), PASSES);
}

#[test]
fn an_approved_ticket_keeps_its_name() {
    let sandbox = branch_of_ticket(&in_state("approved"));
    sandbox.git(&["mv", "changes/pool.toml", "changes/raise-the-pool.toml"]);
    sandbox.commit("docs: give the ticket a better name");
    assert_eq!(rules(&sandbox), fails(&["gate/frozen-edit"]));
}

#[test]
fn a_deleted_ticket_is_missed_unless_one_past_draft_replaces_it() {
    let sandbox = branch_of_ticket(TICKET);
    sandbox.git(&["rm", "--quiet", "changes/pool.toml"]);
    sandbox.commit("docs: forget it");
    assert_eq!(rules(&sandbox), fails(&["gate/deleted-ticket"]));
    let other = |state| {
        format!(
            "supersedes = [\"pool\"]\n{}",
            TICKET.replace("proposed", state)
        )
    };
    sandbox.write("changes/pond.toml", other("draft"));
    sandbox.commit("docs: draft another");
    assert_eq!(rules(&sandbox), fails(&["gate/deleted-ticket"]));
    sandbox.write("changes/pond.toml", other("proposed"));
    sandbox.commit("docs: propose it");
    assert_eq!(rules(&sandbox), PASSES);
    sandbox.git(&["branch", "--force", "main"]);
    sandbox.write("changes/pool.toml", TICKET);
    sandbox.commit("docs: bring the first one back");
    assert_eq!(rules(&sandbox), fails(&["gate/illegal-transition"]));
}

const WEEKLY: &str = r#"[[freeze]]
name = "weekend"
weekly = { from = "Sat 02:30", to = "Sun 03:00", zone = "Europe/Berlin" }
covers = ["merge"]
services = ["billing"]
"#;

fn frozen(now: &str, ticket: &str) -> (Vec<String>, i32) {
    let sandbox = branch_with(WEEKLY);
    sandbox.write("changes/pool.toml", ticket);
    sandbox.commit("docs: plan");
    told(&sandbox.tollgate(&[
        "gate", "--base", "main", "--format", "concise", "--quiet", "--now", now,
    ]))
}

#[test]
fn a_freeze_ends_by_the_clock_of_its_zone_when_clocks_change() {
    // On 2026-03-29 Berlin goes from 02:00 +01:00 to 03:00 +02:00: the freeze ends at 01:00 UTC.
    assert_eq!(
        frozen("2026-03-29T00:59:59Z", TICKET),
        fails(&["gate/freeze-active"])
    );
    assert_eq!(frozen("2026-03-29T01:00:00Z", TICKET), PASSES);
    // On 2026-10-25 it goes back from 03:00 +02:00 to 02:00 +01:00: the freeze ends at 02:00 UTC.
    assert_eq!(
        frozen("2026-10-25T01:59:59Z", TICKET),
        fails(&["gate/freeze-active"])
    );
    assert_eq!(frozen("2026-10-25T02:00:00Z", TICKET), PASSES);
}

#[test]
fn a_ticket_that_names_no_service_falls_into_every_freeze() {
    let without = TICKET.replace("services = [\"billing\"]\n", "");
    assert_eq!(
        frozen("2026-03-28T12:00:00Z", &without),
        fails(&["gate/freeze-active"])
    );
    let other = TICKET.replace("[\"billing\"]", "[\"search\"]");
    assert_eq!(frozen("2026-03-28T12:00:00Z", &other), PASSES);
}

#[cfg(unix)]
#[test]
fn links_out_of_the_repository_are_not_followed() {
    let sandbox = branch_with("");
    std::fs::create_dir(sandbox.path().join("changes")).unwrap();
    std::os::unix::fs::symlink("/etc", sandbox.path().join("changes/etc")).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", sandbox.path().join("changes/host.toml")).unwrap();
    sandbox.commit("docs: link");
    assert_eq!(
        rules(&sandbox),
        fails(&["gate/not-a-file", "gate/not-a-file"])
    );
}

#[cfg(unix)]
#[test]
fn a_link_to_a_file_among_the_tickets_passes() {
    let sandbox = branch_with("");
    sandbox.write("README.md", "x\n");
    sandbox.write("changes/pool.toml", TICKET);
    std::os::unix::fs::symlink("../README.md", sandbox.path().join("changes/README.md")).unwrap();
    sandbox.commit("docs: link");
    assert_eq!(rules(&sandbox), PASSES);
    for (target, link) in [
        ("../..", "a"),
        ("..", "b"),
        ("README.md", "c.toml"),
        ("../no", "d"),
        ("/README.md", "e"),
    ] {
        std::os::unix::fs::symlink(target, sandbox.path().join("changes").join(link)).unwrap();
        sandbox.commit("docs: link");
        assert_eq!(rules(&sandbox), fails(&["gate/not-a-file"]), "{link}");
        sandbox.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    }
}

const FOLDERS: &str =
    "[[policy]]\nname = \"x\"\npaths = [\"services/*/migrations/**\", \"**/secrets/**\"]\n";

#[cfg(unix)]
#[test]
fn link_replacing_a_matched_folder_needs_a_ticket() {
    let sandbox = branch_with(FOLDERS);
    std::fs::create_dir_all(sandbox.path().join("services/b")).unwrap();
    sandbox.write("hidden/1.sql", "x\n");
    std::os::unix::fs::symlink("../../hidden", sandbox.path().join("services/b/migrations"))
        .unwrap();
    sandbox.commit("chore: x");
    assert_eq!(rules(&sandbox), fails(&["gate/missing-ticket"]));
    sandbox.switch("main");
    sandbox.merge("topic", "Merge topic");
    let output = sandbox.tollgate(&["release", "--format", "json"]);
    assert_contains(stdout(&output), "release/uncovered-commit");
    sandbox.branch("away");
    std::fs::remove_file(sandbox.path().join("services/b/migrations")).unwrap();
    sandbox.commit("chore: take the link away");
    assert_eq!(rules(&sandbox), fails(&["gate/missing-ticket"]));
}

#[test]
fn submodule_replacing_a_matched_folder_needs_ticket() {
    for (path, is_covered) in [
        ("services/b/migrations", true),
        ("services", true),
        ("services/b/x", false),
    ] {
        let sandbox = branch_with(&FOLDERS.replace(", \"**/secrets/**\"", ""));
        let head = sandbox.git(&["rev-parse", "HEAD"]);
        sandbox.git(&[
            "update-index",
            "--add",
            "--cacheinfo",
            &format!("160000,{head},{path}"),
        ]);
        sandbox.git(&["commit", "--quiet", "--message", "chore: add a module"]);
        assert_eq!(
            rules(&sandbox),
            if is_covered {
                fails(&["gate/missing-ticket"])
            } else {
                PASSES
            },
            "{path}"
        );
    }
}

#[test]
fn submodule_at_a_ticket_path_is_reported() {
    let sandbox = branch_with("");
    let head = sandbox.git(&["rev-parse", "HEAD"]);
    sandbox.git(&[
        "update-index",
        "--add",
        "--cacheinfo",
        &format!("160000,{head},changes/module"),
    ]);
    sandbox.git(&["commit", "--quiet", "--message", "docs: add a module"]);
    assert_eq!(rules(&sandbox), fails(&["gate/not-a-file"]));
}

#[test]
fn work_tree_does_not_matter() {
    let sandbox = branch_with(MIGRATIONS);
    migrate(&sandbox);
    sandbox.write("changes/pool.toml", TICKET);
    sandbox.write("tollgate.toml", "");
    assert_eq!(rules(&sandbox), fails(&["gate/missing-ticket"]));
}

#[test]
fn a_shallow_clone_is_judged_where_it_reaches_the_base() {
    let sandbox = branch_with(MIGRATIONS);
    migrate(&sandbox);
    let clone = |depth: &str| {
        let folder = tempfile::tempdir().unwrap();
        let source = format!("file://{}", sandbox.path().display());
        let path = folder.path().join("clone");
        let target = path.to_str().unwrap();
        sandbox.git(&[
            "clone",
            "--quiet",
            "--depth",
            depth,
            "--no-single-branch",
            &source,
            target,
        ]);
        let output = sandbox.tollgate(&[
            "-C",
            target,
            "gate",
            "--base",
            "origin/main",
            "--format",
            "concise",
            "--quiet",
        ]);
        (told(&output), stderr(&output).to_owned())
    };
    assert_eq!(clone("2").0, fails(&["gate/missing-ticket"]));
    let (cut, error) = clone("1");
    assert_eq!(cut, (Vec::new(), 2));
    assert_contains(&error, "run `git fetch --unshallow --tags`");
}

#[test]
fn partial_clone_gets_help_to_fetch() {
    for filter in ["--filter=blob:none", "--filter=tree:0"] {
        let sandbox = branch_of_ticket(TICKET);
        sandbox.write("changes/pool.toml", TICKET.replace("2%", "3%"));
        sandbox.commit("docs: count again");
        sandbox.git(&["config", "uploadpack.allowFilter", "true"]);
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("clone");
        let source = format!("file://{}", sandbox.path().display());
        sandbox.git(&[
            "clone",
            "--quiet",
            "--no-checkout",
            filter,
            &source,
            target.to_str().unwrap(),
        ]);
        let here = ["-C", target.to_str().unwrap(), "--head", "origin/topic"];
        let gate = || {
            sandbox.tollgate(&[&["gate", "--base", "origin/main", "--quiet"], &here[..]].concat())
        };
        let output = gate();
        assert_eq!(output.status.code(), Some(2), "{filter}");
        assert!(
            stderr(&output).contains("run `git fetch --refetch --no-filter`"),
            "{filter}: {}",
            stderr(&output)
        );
        sandbox.git(&[
            "-C",
            target.to_str().unwrap(),
            "fetch",
            "--quiet",
            "--refetch",
            "--no-filter",
        ]);
        assert_eq!(gate().status.code(), Some(0), "{filter}");
    }
}

/// Runs the gate as a job of GitHub Actions with this event, for the commit that is checked out;
/// gives the run, the summary and the outputs.
fn on_github(sandbox: &Sandbox, name: &str, event: &str) -> (Output, String, String) {
    on_github_for(sandbox, &sandbox.git(&["rev-parse", "HEAD"]), name, event)
}

/// The same for a job of this commit.
fn on_github_for(
    sandbox: &Sandbox,
    commit: &str,
    name: &str,
    event: &str,
) -> (Output, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("event.json"), event).unwrap();
    let mut command = sandbox.command(env!("CARGO_BIN_EXE_tollgate"));
    command
        .args(["gate", "--ci", "--quiet", "--format", "concise"])
        .env("GITHUB_ACTIONS", "true");
    command
        .env("GITHUB_EVENT_NAME", name)
        .env("GITHUB_EVENT_PATH", path("event.json"));
    command
        .env("GITHUB_STEP_SUMMARY", path("summary"))
        .env("GITHUB_OUTPUT", path("output"));
    let output = command.env("GITHUB_SHA", commit).output().unwrap();
    let read = |name: &str| std::fs::read_to_string(path(name)).unwrap_or_default();
    (output, read("summary"), read("output"))
}

#[test]
fn a_pull_request_is_judged_as_it_would_be_merged() {
    let sandbox = branch_with(MIGRATIONS);
    migrate(&sandbox);
    let head = sandbox.git(&["rev-parse", "HEAD"]);
    let stale = sandbox.git(&["rev-parse", "main"]);
    sandbox.switch("main");
    sandbox.write("tollgate.toml", "");
    sandbox.commit("chore: ask for nothing");
    sandbox.git(&["switch", "--quiet", "--detach"]);
    sandbox.merge("topic", "Merge topic into main");
    let event = format!(
        r#"{{ "pull_request": {{ "base": {{ "sha": "{stale}" }}, "head": {{ "sha": "{head}" }} }} }}"#
    );
    let (output, summary, outputs) = on_github(&sandbox, "pull_request", &event);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}{}",
        stdout(&output),
        stderr(&output)
    );
    assert!(
        summary.starts_with("# The branch can be merged\n"),
        "{summary}"
    );
    assert!(
        outputs.starts_with(
            "result=pass\nfindings=0\nerrors=0\nwarnings=0\nversion=0.1.0\ntag=v0.1.0\n"
        ),
        "{outputs}"
    );
}

#[test]
fn existing_version_is_not_promised_by_the_gate() {
    let sandbox = Sandbox::new();
    let base = sandbox.commit("feat: begin");
    sandbox.git(&["tag", "v1.0.0"]);
    sandbox.branch("side");
    let taken = sandbox.commit("fix: side");
    sandbox.git(&["tag", "v1.0.1"]);
    sandbox.switch("main");
    let head = sandbox.commit("fix: main");
    let fact = format!("version `1.0.1` already exists: tag `v1.0.1` on commit `{taken}`");
    let output = sandbox.tollgate(&["gate", "--base", "v1.0.0"]);
    assert!(
        stderr(&output).ends_with(&format!(
            "No next version: {fact}.\nThe branch can be merged.\n"
        )),
        "{}",
        stderr(&output)
    );
    assert!(
        !stderr(&output).contains("Released as it is"),
        "{}",
        stderr(&output)
    );
    let event = format!(r#"{{ "before": "{base}", "after": "{head}" }}"#);
    let (_, summary, outputs) = on_github(&sandbox, "push", &event);
    assert!(
        summary.contains("\nNo next version: ") && !summary.contains("Released as it is"),
        "{summary}"
    );
    let expected = format!("version=\ntag=\nbump=none\nreleasable=false\nunknown={fact}\n");
    assert!(outputs.ends_with(&expected), "{outputs}");
}

#[test]
fn merge_of_the_branch_is_not_the_forges_merge() {
    let sandbox = branch_with(MIGRATIONS);
    let base = sandbox.git(&["rev-parse", "main"]);
    migrate(&sandbox);
    let head = sandbox.git(&["rev-parse", "HEAD"]);
    sandbox.git(&["switch", "--quiet", "--create", "evil", "main"]);
    sandbox.write("tollgate.toml", "");
    let evil = sandbox.commit("chore: ask for nothing");
    let merge = sandbox.git(&[
        "commit-tree",
        "-p",
        &evil,
        "-p",
        &head,
        "-m",
        "Merge topic",
        "topic^{tree}",
    ]);
    sandbox.git(&["checkout", "--quiet", &merge]);
    let event = format!(
        r#"{{ "pull_request": {{ "base": {{ "sha": "{base}" }}, "head": {{ "sha": "{head}" }} }} }}"#
    );
    let (output, _, _) = on_github_for(&sandbox, &head, "pull_request", &event);
    assert_eq!(output.status.code(), Some(2), "{}", stdout(&output));
    assert_contains(
        stderr(&output),
        "HEAD is neither the event's commit nor the job's commit",
    );
    sandbox.git(&["checkout", "--quiet", &head]);
    let (output, _, _) = on_github_for(&sandbox, &merge, "pull_request", &event);
    assert_eq!(
        output.status.code(),
        Some(1),
        "the event's commits decide: {}",
        stderr(&output)
    );
    sandbox.git(&["checkout", "--quiet", &evil]);
    let (output, _, _) = on_github_for(&sandbox, &evil, "pull_request", &event);
    assert_contains(stderr(&output), "HEAD is not a merge of the event's commit");
    let (output, _, _) = on_github_for(&sandbox, &evil, "pull_request_target", &event);
    assert_eq!(
        output.status.code(),
        Some(1),
        "the base's checkout does not matter: {}",
        stderr(&output)
    );
}

#[test]
fn the_first_push_of_a_branch_is_judged() {
    let sandbox = branch_with(MIGRATIONS);
    sandbox.git(&["update-ref", "refs/remotes/origin/main", "main"]);
    migrate(&sandbox);
    let (head, zero) = (sandbox.git(&["rev-parse", "HEAD"]), "0".repeat(40));
    let repository = r#""repository": { "default_branch": "main" }"#;
    let event = format!(
        r#"{{ "before": "{zero}", "after": "{head}", "ref": "refs/heads/topic", {repository} }}"#
    );
    assert_eq!(on_github(&sandbox, "push", &event).0.status.code(), Some(1));
    sandbox.git(&["update-ref", "-d", "refs/remotes/origin/main"]);
    let (output, _, _) = on_github(&sandbox, "push", &event);
    let help = "git fetch origin main:refs/remotes/origin/main";
    assert_contains(stderr(&output), help);
}

/// A branch with a migration, and a tag or branch of this full name at a commit that asks for
/// nothing.
fn with_reference(name: &str) -> Sandbox {
    let sandbox = branch_with(MIGRATIONS);
    sandbox.git(&["update-ref", "refs/remotes/origin/main", "main"]);
    sandbox.write("tollgate.toml", "");
    sandbox.commit("chore: ask for nothing");
    sandbox.git(&["update-ref", name, "topic"]);
    sandbox.git(&["reset", "--quiet", "--hard", "refs/heads/main"]);
    migrate(&sandbox);
    sandbox
}

#[test]
fn a_base_that_may_be_several_commits_is_refused() {
    for (base, name) in [
        ("origin/main", "refs/tags/origin/main"),
        ("origin/main", "refs/heads/origin/main"),
        ("main", "refs/tags/main"),
        ("main", "refs/remotes/main"),
        ("origin", "refs/heads/origin"),
        ("main~0", "refs/tags/main"),
    ] {
        let sandbox = with_reference(name);
        sandbox.git(&[
            "symbolic-ref",
            "refs/remotes/origin/HEAD",
            "refs/remotes/origin/main",
        ]);
        let output = sandbox.tollgate(&["gate", "--base", base, "--quiet"]);
        let error = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{base} {name}: {error}");
        assert!(
            error.contains("is ambiguous") && error.contains(&format!("`{name}`")),
            "{error}"
        );
        let head = sandbox.tollgate(&["gate", "--base", "topic", "--head", base, "--quiet"]);
        assert_eq!(head.status.code(), Some(2), "{base} {name}");
        for command in [
            ["check", "--commits", &format!("{base}..")[..]],
            ["changelog", &format!("{base}.."), "--quiet"],
        ] {
            assert!(
                stderr(&sandbox.tollgate(&command)).contains("is ambiguous"),
                "{command:?}"
            );
        }
    }
}

#[test]
fn full_ref_name_is_resolved_literally() {
    for (base, name) in [
        ("refs/remotes/origin/main", "refs/tags/origin/main"),
        ("refs/heads/main", "refs/tags/refs/heads/main"),
        ("heads/main", "refs/tags/main"),
        ("HEAD~1", "refs/heads/HEAD"),
        ("@~1", "refs/tags/HEAD"),
        ("main", "refs/tags/main2"),
    ] {
        let sandbox = with_reference(name);
        let output = sandbox.tollgate(&["gate", "--base", base, "--format", "concise", "--quiet"]);
        assert_eq!(
            told(&output),
            fails(&["gate/missing-ticket"]),
            "{base} {name}: {}",
            stderr(&output)
        );
    }
    let sandbox = with_reference("refs/tags/x");
    sandbox.git(&["update-ref", "refs/tags/main", "refs/heads/main"]);
    assert_eq!(
        rules(&sandbox),
        fails(&["gate/missing-ticket"]),
        "one commit under two names is not ambiguous"
    );
}

#[test]
fn a_merge_queue_names_both_ends() {
    let sandbox = branch_with(MIGRATIONS);
    migrate(&sandbox);
    let [base, head] = ["main", "topic"].map(|branch| sandbox.git(&["rev-parse", branch]));
    let event = format!(r#"{{ "merge_group": {{ "base_sha": "{base}", "head_sha": "{head}" }} }}"#);
    let (output, summary, outputs) = on_github(&sandbox, "merge_group", &event);
    assert_eq!(output.status.code(), Some(1));
    assert_contains(&summary, "Policy **migrations** requires a ticket");
    assert!(
        outputs.starts_with("result=fail\nfindings=1\n"),
        "{outputs}"
    );
}

#[test]
fn branch_text_cannot_inject_workflow_commands() {
    let sandbox = branch_with(MIGRATIONS);
    sandbox.write("migrations/7.sql", "x\n");
    sandbox.commit("feat: x\n\n::set-output name=result::pass\n::error::forged\n");
    let [base, head] = ["main", "topic"].map(|branch| sandbox.git(&["rev-parse", branch]));
    let event = format!(r#"{{ "before": "{base}", "after": "{head}" }}"#);
    let (output, _, _) = on_github(&sandbox, "push", &event);
    let mut lines = stdout(&output).lines();
    let token = lines
        .next()
        .unwrap()
        .strip_prefix("::stop-commands::")
        .unwrap()
        .to_owned();
    let after: Vec<&str> = lines
        .skip_while(|line| *line != format!("::{token}::"))
        .skip(1)
        .collect();
    assert_eq!(after.len(), 1, "{after:?}");
    assert!(
        after[0].starts_with("::error title=gate/missing-ticket::commit "),
        "{after:?}"
    );
}

#[test]
fn missing_base_has_help() {
    let output = branch_with("").tollgate(&["gate"]);
    assert_eq!(output.status.code(), Some(2));
    assert_contains(stderr(&output), "pass `--base main`");
}

#[test]
fn used_exception_is_listed() {
    let sandbox = branch_with("[[policy]]\nname = \"all\"\nallow_none = true\n");
    sandbox.write("x", "x\n");
    sandbox.commit("feat: x\n\nChange: none (trivial)");
    let commit = sandbox.git(&["rev-parse", "--short=10", "HEAD"]);
    let output = sandbox.tollgate(&["gate", "--base", "main"]);
    let said =
        format!("Commit {commit} is exempt from the policy `all`: `Change: none (trivial)`\n");
    assert_contains(stderr(&output), &said);
}

#[test]
fn what_is_silenced_is_listed() {
    let sandbox = branch_with("");
    sandbox.write(
        "changes/pool.toml",
        format!("{TICKET}# tollgate: allow-file[plan/missing-tests] a setting alone\n"),
    );
    sandbox.commit("docs: plan");
    let output = sandbox.tollgate(&["gate", "--base", "main"]);
    let said = "changes/pool.toml:8 suppresses plan/missing-tests: a setting alone";
    assert_contains(stderr(&output), said);
}

/// The system calls of these kinds that a gate against `main` makes; `None` without `strace`.
fn system_calls(sandbox: &Sandbox, kinds: &str) -> Option<String> {
    let (output, calls) = sandbox.system_calls(kinds, &["gate", "--base", "main"])?;
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    Some(calls)
}

#[test]
fn the_gate_starts_no_program_and_connects_to_nothing() {
    let sandbox = branch_with(MIGRATIONS);
    migrate(&sandbox);
    let Some(calls) = system_calls(&sandbox, "execve,connect") else {
        return;
    };
    let calls: Vec<&str> = calls
        .lines()
        .filter(|line| line.contains("execve(") || line.contains("connect("))
        .collect();
    assert_eq!(calls.len(), 1, "{calls:?}"); // the tool itself
}

#[test]
fn the_gate_reads_each_tag_once() {
    let sandbox = branch_with(MIGRATIONS);
    sandbox.git(&["tag", "v0.1.0", "main"]);
    migrate(&sandbox);
    let Some(calls) = system_calls(&sandbox, "openat") else {
        return;
    };
    assert_eq!(calls.matches("/refs/tags/v0.1.0\"").count(), 1, "{calls}");
}

/// Every file below a folder with its bytes.
fn snapshot(folder: &Path, files: &mut Vec<(std::path::PathBuf, Vec<u8>)>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            snapshot(&path, files);
        } else {
            files.push((path.clone(), std::fs::read(&path).unwrap()));
        }
    }
}

#[test]
fn the_gate_writes_nothing() {
    let sandbox = branch_with(MIGRATIONS);
    migrate(&sandbox);
    let files = || {
        let mut files = Vec::new();
        snapshot(&sandbox.path(), &mut files);
        files
    };
    let before = files();
    gate(&sandbox, &[]);
    assert!(files() == before);
}

/// The folder of the worked example.
fn example() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/gate")
}

#[test]
fn worked_example_matches_its_page() {
    let sandbox = Sandbox::new();
    let output = sandbox
        .command("sh")
        .arg(example().join("build.sh"))
        .arg("shop")
        .output()
        .unwrap();
    assert_success(&output);
    let page = std::fs::read_to_string(example().join("README.md")).unwrap();
    let rows = page.lines().filter_map(|line| {
        line.strip_prefix("| `")?
            .strip_suffix(" |")?
            .split_once("` | ")
    });
    let mut rows: Vec<(&str, &str)> = rows.collect();
    rows.sort_unstable();
    let judged = |branch: &str| {
        let output = gate(&sandbox, &["-C", "shop", "--head", branch]);
        let (rules, code) = told(&output);
        let mut rules: Vec<String> = rules.iter().map(|rule| format!("`{rule}`")).collect();
        rules.dedup();
        assert_eq!(
            code,
            i32::from(!rules.is_empty()),
            "{branch}: {}",
            stderr(&output)
        );
        if rules.is_empty() {
            "passes".to_owned()
        } else {
            rules.join(", ")
        }
    };
    let found: Vec<(&str, String)> = rows
        .iter()
        .map(|(branch, _)| (*branch, judged(branch)))
        .collect();
    let expected: Vec<(&str, String)> = rows
        .iter()
        .map(|(branch, says)| (*branch, (*says).to_owned()))
        .collect();
    assert_eq!(found, expected);
    let branches = sandbox.git(&[
        "-C",
        "shop",
        "for-each-ref",
        "--format=%(refname:short)",
        "refs/heads/",
    ]);
    assert_eq!(
        branches
            .lines()
            .filter(|branch| *branch != "main")
            .collect::<Vec<_>>()
            .len(),
        rows.len()
    );
}

#[test]
fn the_configurations_of_the_page_are_such() {
    let page = std::fs::read_to_string(example().join("README.md")).unwrap();
    let sandbox = Sandbox::new();
    for block in page
        .split("```toml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
    {
        sandbox.write("tollgate.toml", block);
        let output = sandbox.tollgate(&["config", "show"]);
        assert_success(&output);
    }
}

#[test]
fn gate_reports_what_no_policy_required() {
    let said = |config: &str, arguments: &[&str]| {
        let sandbox = branch_with(config);
        sandbox.commit("fix: x");
        stderr(&sandbox.tollgate(&[&["gate", "--base", "main"], arguments].concat())).to_owned()
    };
    let line = "No policies are configured, so no tickets are required.\n";
    assert!(said("", &[]).contains(line) && !said(MIGRATIONS, &[]).contains(line));
    assert_eq!(said("", &["--quiet"]), "");
}

#[test]
fn uncommitted_tickets_are_counted_not_judged() {
    let sandbox = branch_of_ticket(TICKET);
    sandbox.write(".gitignore", "changes/draft.toml\n");
    sandbox.commit("fix: x");
    let said = || {
        stderr(&sandbox.tollgate(&["gate", "--base", "main"]))
            .lines()
            .next()
            .unwrap()
            .to_owned()
    };
    assert!(said().starts_with("Checked "), "{}", said());
    sandbox.write("changes/draft.toml", TICKET);
    sandbox.write("changes/notes.md", "");
    assert_eq!(
        said(),
        "uncommitted changes to `changes/draft.toml` were not checked"
    );
    sandbox.write("changes/pool.toml", "");
    sandbox.git(&["add", "changes/pool.toml"]);
    let both = "uncommitted changes to `changes/draft.toml` and 1 other ticket were not checked";
    assert_eq!(said(), both);
    let other = sandbox.tollgate(&["gate", "--base", "main~0", "--head", "main"]);
    assert!(stderr(&other).starts_with("Checked "), "{}", stderr(&other));
    std::fs::remove_file(sandbox.path().join("changes/draft.toml")).unwrap();
    sandbox.git(&["reset", "--quiet", "--hard"]);
    std::fs::remove_file(sandbox.path().join("changes/pool.toml")).unwrap();
    assert!(said().starts_with("Checked "), "{}", said());
}

#[test]
fn ticket_that_is_not_utf_8_is_a_finding_in_the_gate() {
    let sandbox = branch_with("");
    sandbox.write("changes/a.toml", b"title = \"\xff\"\n");
    sandbox.write("changes/b.toml", "title = \"Update\"\n");
    sandbox.commit("fix: x");
    let (rules, code) = rules(&sandbox);
    assert!(
        code == 1 && rules[0] == "toml/syntax" && rules.len() > 1,
        "{rules:?}"
    );
    sandbox.switch("main");
    sandbox.git(&["merge", "--quiet", "topic"]);
    sandbox.branch("mended");
    sandbox.write("changes/a.toml", TICKET);
    sandbox.git(&["rm", "--quiet", "changes/b.toml"]);
    sandbox.commit("fix: x");
    let (rules, _) = self::rules(&sandbox);
    assert!(!rules.contains(&"toml/syntax".to_owned()), "{rules:?}");
}

/// Writes a file whose name is not UTF-8.
#[cfg(target_os = "linux")]
fn write_bytes_named(sandbox: &Sandbox, name: &[u8], text: &str) {
    use std::os::unix::ffi::OsStrExt as _;
    let path = sandbox.path().join(std::ffi::OsStr::from_bytes(name));
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn ticket_whose_name_is_not_utf_8_is_judged() {
    for name in [&b"changes/b\xff.toml"[..], b"changes/\xff/b.toml"] {
        let sandbox = branch_with("");
        write_bytes_named(&sandbox, name, "rubbish [[[");
        sandbox.commit("chore: x");
        assert_eq!(rules(&sandbox), fails(&["toml/syntax"]));
        let check = sandbox.tollgate(&["check", "--format", "concise"]);
        assert_eq!(told(&check), fails(&["toml/syntax"]));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn tickets_whose_names_differ_in_undecodable_bytes_are_refused() {
    let sandbox = branch_with("");
    write_bytes_named(&sandbox, b"changes/b\xff.toml", "rubbish [[[");
    write_bytes_named(&sandbox, b"changes/b\xfe.toml", TICKET);
    sandbox.commit("chore: x");
    let output = gate(&sandbox, &[]);
    assert_eq!(output.status.code(), Some(2));
    let message =
        "error: two file names differ only in bytes that are not UTF-8: `changes/b\u{fffd}.toml`\n";
    assert!(stderr(&output).starts_with(message), "{}", stderr(&output));
}

#[cfg(target_os = "linux")]
#[test]
fn link_whose_name_is_not_utf_8_is_found_at_a_tickets_path() {
    use std::os::unix::ffi::OsStrExt as _;
    let sandbox = branch_with("");
    std::fs::create_dir(sandbox.path().join("changes")).unwrap();
    let link = sandbox
        .path()
        .join(std::ffi::OsStr::from_bytes(b"changes/b\xff.toml"));
    std::os::unix::fs::symlink("/etc/passwd", link).unwrap();
    sandbox.commit("chore: x");
    assert_eq!(rules(&sandbox), fails(&["gate/not-a-file"]));
}

/// A topic branch with one migration, whose commit a policy that begins at `since` judges.
fn migration_and_policy_since(since: impl Fn(&Sandbox) -> String) -> Sandbox {
    let sandbox = branch_with("");
    migrate(&sandbox);
    let since = since(&sandbox);
    sandbox.switch("main");
    sandbox.write(
        "tollgate.toml",
        format!("{MIGRATIONS}since = \"{since}\"\n"),
    );
    sandbox.commit("chore: require tickets");
    sandbox.switch("topic");
    sandbox
}

#[test]
fn commits_before_a_policy_are_exempt() {
    let sandbox =
        migration_and_policy_since(|sandbox| sandbox.git(&["rev-parse", "HEAD"]).trim().to_owned());
    assert_eq!(rules(&sandbox), PASSES);
}

#[test]
fn commits_after_the_start_of_a_policy_are_not_exempt() {
    let sandbox = migration_and_policy_since(|sandbox| {
        sandbox.git(&["tag", "v1.0.0", "main"]);
        "v1.0.0".to_owned()
    });
    assert_eq!(rules(&sandbox), fails(&["gate/missing-ticket"]));
}

#[test]
fn a_branch_called_like_the_start_of_a_policy_changes_nothing() {
    let sandbox = migration_and_policy_since(|sandbox| {
        sandbox.git(&["tag", "v1.0.0", "main"]);
        sandbox.git(&["branch", "v1.0.0", "topic"]);
        "v1.0.0".to_owned()
    });
    assert_eq!(rules(&sandbox), fails(&["gate/missing-ticket"]));
}

#[test]
fn a_policy_whose_start_is_missing_is_an_error() {
    let sandbox = migration_and_policy_since(|_| "v9.0.0".to_owned());
    let output = gate(&sandbox, &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains(
        "`since` of the policy `migrations` is `v9.0.0`, but this clone has no such tag"
    ));
}

#[test]
fn policy_that_starts_at_a_date_is_an_error() {
    let sandbox = migration_and_policy_since(|_| "2024-01-01".to_owned());
    let output = gate(&sandbox, &[]);
    let said = stderr(&output);
    assert!(said.contains("dates are not accepted"), "{said}");
    assert!(said.contains("use a tag or a full commit ID"), "{said}");
}

#[test]
fn a_later_start_weakens_a_policy_and_none_does_not() {
    for (own, expected) in [
        ("since = \"v1.0.0\"\n", fails(&["gate/policy-weakened"])),
        ("", PASSES),
    ] {
        let sandbox = Sandbox::new();
        sandbox.commit("feat: begin");
        sandbox.git(&["tag", "v0.9.0"]);
        sandbox.write("tollgate.toml", format!("{MIGRATIONS}since = \"v0.9.0\"\n"));
        sandbox.commit("chore: require tickets");
        sandbox.git(&["tag", "v1.0.0"]);
        sandbox.branch("topic");
        sandbox.write("tollgate.toml", format!("{MIGRATIONS}{own}"));
        sandbox.commit("chore: change the start");
        assert_eq!(rules(&sandbox), expected);
    }
}

#[test]
fn path_that_a_file_system_takes_for_a_trusted_one_is_refused() {
    let paths = [
        "TOLLGATE.toml",
        ".MailMap",
        "Changes/new.toml",
        "changes/Pool.toml",
        ".Tollgate/Allowed_Signers",
    ];
    let sandbox = Sandbox::new();
    sandbox.write(
        "tollgate.toml",
        "[approvals]\nallowed_signers = \".tollgate/allowed_signers\"\n",
    );
    sandbox.write("changes/pool.toml", TICKET);
    sandbox.write("Makefile", "all:\n");
    sandbox.commit("feat: begin");
    sandbox.branch("topic");
    for path in paths {
        let text = if path.ends_with("Pool.toml") {
            TICKET.replace("billing", "orders")
        } else {
            String::new()
        };
        sandbox.write(path, text);
    }
    sandbox.commit("chore: add files");
    let output = gate(&sandbox, &[]);
    let found = stdout(&output);
    for path in paths {
        let is_named = |line: &str| line.contains("gate/ambiguous-path") && line.contains(path);
        assert!(found.lines().any(is_named), "{path}: {found}");
    }
}

#[test]
#[cfg(unix)]
fn link_at_case_variant_of_ticket_folder_is_refused() {
    let sandbox = branch_of_ticket(TICKET);
    std::os::unix::fs::symlink("elsewhere", sandbox.path().join("Changes")).unwrap();
    sandbox.commit("chore: add a link");
    assert_eq!(rules(&sandbox), fails(&["gate/ambiguous-path"]));
}

#[test]
fn files_that_differ_only_in_case_pass_if_none_decides() {
    let sandbox = branch_with(MIGRATIONS);
    sandbox.write("Makefile", "all:\n");
    sandbox.write("src/Main.rs", "");
    sandbox.commit("chore: add files");
    sandbox.git(&["branch", "--force", "main"]);
    sandbox.write("makefile", "all:\n");
    sandbox.write("src/main.rs", "");
    sandbox.commit("chore: add more files");
    assert_eq!(rules(&sandbox), PASSES);
    sandbox.write("Migrations/8.sql", "");
    sandbox.commit("chore: add a table");
    assert_eq!(rules(&sandbox), fails(&["gate/missing-ticket"]));
}

#[test]
fn help_for_a_fixup_of_a_pushed_branch_squashes_it() {
    let sandbox = branch_with("");
    sandbox.commit("feat: add a page");
    sandbox.commit("fixup! feat: add a page");
    sandbox.git(&["init", "--quiet", "--bare", "../remote.git"]);
    sandbox.git(&["remote", "add", "origin", "../remote.git"]);
    sandbox.git(&["push", "--quiet", "--set-upstream", "origin", "topic"]);
    let output = sandbox.tollgate(&["gate", "--base", "main", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(stdout(&output)).unwrap();
    let help = json["findings"][0]["help"].as_str().unwrap();
    let commands: Vec<&str> = help.split('`').skip(1).step_by(2).collect();
    assert_eq!(commands.len(), 2, "{help}");
    for command in commands {
        let mut shell = sandbox.command("sh");
        shell
            .args(["-c", command])
            .env("GIT_SEQUENCE_EDITOR", "true");
        let output = shell.output().unwrap();
        assert!(output.status.success(), "{command}: {}", stderr(&output));
    }
    let log = sandbox.git(&["log", "--format=%s", "main..origin/topic"]);
    assert_eq!(log.trim(), "feat: add a page");
    assert_eq!(told(&gate(&sandbox, &[])), (Vec::new(), 0));
}

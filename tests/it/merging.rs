//! Changes in the base since the branch left it: tickets and configuration are checked as they will
//! be after the merge.

use tollgate::app::gate::{GateOptions, check_branch};
use tollgate::branch::Branch;
use tollgate::git::Repository;

use crate::gate::{
    MIGRATIONS, PASSES, branch_of_ticket, branch_with, fails, migration_that_says, rules,
};
use crate::sandbox::{Random, Sandbox};
use crate::scenario::{TICKET, assert_success, in_state};

const APPROVALS: &str = "[approvals]\n";
const POOL: &str = "changes/pool.toml";

/// Makes a commit on `main`, after `topic` was cut.
fn change_base(sandbox: &Sandbox, change: impl FnOnce(&Sandbox)) {
    sandbox.switch("main");
    change(sandbox);
    sandbox.commit("docs: meanwhile");
    sandbox.switch("topic");
}

/// Makes a commit on the branch.
fn edit(sandbox: &Sandbox, ticket: &str) {
    sandbox.write(POOL, ticket);
    sandbox.commit("docs: go on");
}

fn naming_the_pool() -> Sandbox {
    migration_that_says("feat: add a column\n\nChange: pool\n")
}

fn with_note(ticket: &str, text: &str) -> String {
    format!("{ticket}\n[[notes]]\nat = 2026-11-20T09:30:00Z\nby = \"bo\"\ntext = \"{text}\"\n")
}

#[test]
fn a_ticket_that_the_base_cancelled_since_covers_nothing() {
    let sandbox = naming_the_pool();
    change_base(&sandbox, |main| {
        main.write(POOL, in_state("cancelled"));
    });
    let (rules, code) = rules(&sandbox);
    assert!(
        rules.contains(&"gate/missing-ticket".into()) && code == 1,
        "{rules:?}"
    );
}

#[test]
fn ticket_deleted_on_base_is_missing() {
    let sandbox = naming_the_pool();
    change_base(&sandbox, |main| drop(main.git(&["rm", "--quiet", POOL])));
    assert_eq!(
        rules(&sandbox),
        fails(&["gate/missing-ticket", "commit/unknown-ticket"])
    );
}

#[test]
fn ticket_renamed_or_added_on_base_is_found() {
    let sandbox = migration_that_says("feat: add a column\n\nChange: pond\n");
    change_base(&sandbox, |main| {
        drop(main.git(&["mv", POOL, "changes/pond.toml"]));
    });
    assert_eq!(rules(&sandbox), PASSES);
}

#[test]
fn ticket_unchanged_on_base_is_the_same() {
    let sandbox = naming_the_pool();
    change_base(&sandbox, |main| main.write("src/a.rs", ""));
    assert_eq!(rules(&sandbox), PASSES);
}

/// Lets Bo decide what the ticket says now, in a commit of their own.
fn decide(sandbox: &Sandbox, arguments: &[&str]) {
    sandbox.git(&["config", "user.name", "bo"]);
    sandbox.git(&["config", "user.email", "bo@example.com"]);
    let fixed = ["ticket", "approve", "pool", "--now", "2026-11-19T12:00:00Z"];
    let output = sandbox.tollgate(&[&fixed[..], arguments].concat());
    assert_success(&output);
    sandbox.commit("docs: decide on the pool");
}

#[test]
fn a_rejection_on_the_base_since_counts() {
    let sandbox = naming_the_pool();
    change_base(&sandbox, |main| {
        main.write("tollgate.toml", format!("{MIGRATIONS}{APPROVALS}"));
        decide(main, &["--reject", "--reason", "the pool is large enough"]);
    });
    assert_eq!(rules(&sandbox), fails(&["approval/rejected"]));
}

/// The ticket with so much space between its parts that git merges edits of each.
fn wide(state: &str) -> String {
    let lines = TICKET
        .replace("proposed", state)
        .replace("rollback =", "# a\n# b\n# c\n# d\nrollback =");
    lines.replace("validation =", "# a\n# b\n# c\n# d\nvalidation =")
}

#[test]
fn approval_of_outdated_plan_does_not_count() {
    let sandbox = branch_of_ticket(&wide("approved"));
    decide(&sandbox, &[]);
    change_base(&sandbox, |main| {
        main.write("tollgate.toml", APPROVALS);
        main.write(POOL, wide("approved").replace("pool=20", "pool=21"));
    });
    assert_eq!(
        rules(&sandbox),
        fails(&["approval/quorum-missing", "approval/stale"])
    );
}

#[test]
fn plan_editor_on_base_cannot_approve_on_branch() {
    let sandbox = branch_of_ticket(&wide("proposed"));
    change_base(&sandbox, |main| {
        main.git(&["config", "user.name", "bo"]);
        main.git(&["config", "user.email", "bo@example.com"]);
        main.write("tollgate.toml", APPROVALS);
        main.write(POOL, wide("proposed").replace("pool=20", "pool=21"));
    });
    sandbox.git(&["config", "user.name", "bo"]);
    sandbox.git(&["config", "user.email", "bo@example.com"]);
    sandbox.write(POOL, wide("approved").replace("pool=20", "pool=21"));
    let output = sandbox.tollgate(&["ticket", "approve", "pool", "--now", "2026-11-19T12:00:00Z"]);
    assert_success(&output);
    let approved = sandbox.read(POOL).replace("pool=21", "pool=20");
    edit(&sandbox, &approved);
    let (rules, code) = rules(&sandbox);
    assert!(
        rules.contains(&"approval/self-approval".into()) && code == 1,
        "{rules:?}"
    );
}

#[test]
fn a_branch_that_is_only_behind_passes() {
    let sandbox = branch_of_ticket(&wide("proposed"));
    edit(&sandbox, &wide("proposed").replace("pool=40", "pool=41"));
    change_base(&sandbox, |main| main.write(POOL, wide("reviewed")));
    assert_eq!(rules(&sandbox), PASSES);
    change_base(&sandbox, |main| {
        main.write(
            POOL,
            wide("reviewed").replace("services", "# a note\nservices"),
        );
    });
    assert_eq!(rules(&sandbox), PASSES);
}

#[test]
fn note_added_on_base_is_kept() {
    let sandbox = branch_of_ticket(&wide("proposed"));
    edit(&sandbox, &wide("reviewed"));
    change_base(&sandbox, |main| {
        main.write(POOL, with_note(&wide("proposed"), "looks fine"));
    });
    assert_eq!(rules(&sandbox), PASSES);
}

#[test]
fn a_plan_is_frozen_by_what_the_base_approved_since() {
    let sandbox = branch_of_ticket(&wide("proposed"));
    edit(&sandbox, &wide("proposed").replace("pool=40", "pool=41"));
    change_base(&sandbox, |main| main.write(POOL, wide("approved")));
    assert_eq!(rules(&sandbox), fails(&["gate/frozen-edit"]));
}

#[test]
fn ticket_state_on_base_is_not_reverted() {
    let sandbox = branch_of_ticket(&in_state("reviewed"));
    edit(&sandbox, &in_state("draft"));
    change_base(&sandbox, |main| {
        main.write(POOL, in_state("approved"));
    });
    assert_eq!(rules(&sandbox), fails(&["gate/conflicting-edit"]));
}

#[test]
fn delete_edit_conflict_of_ticket_is_reported() {
    let sandbox = branch_of_ticket(TICKET);
    edit(&sandbox, &TICKET.replace("2%", "3%"));
    change_base(&sandbox, |main| drop(main.git(&["rm", "--quiet", POOL])));
    assert_eq!(rules(&sandbox), fails(&["gate/conflicting-edit"]));
}

#[test]
fn identical_changes_do_not_conflict() {
    let sandbox = branch_of_ticket(TICKET);
    edit(&sandbox, &TICKET.replace("2%", "3%"));
    change_base(&sandbox, |main| {
        main.write(POOL, TICKET.replace("2%", "3%"));
    });
    assert_eq!(rules(&sandbox), PASSES);
}

const CONFIG: &str = "tollgate.toml";

/// A branch that says `theirs` of the configuration, on a base that says `ours` since.
fn configured(old: &str, theirs: &str, ours: &str) -> Sandbox {
    let sandbox = branch_with(old);
    sandbox.write(CONFIG, theirs);
    sandbox.write("src/a.rs", "");
    sandbox.commit("chore: on the branch");
    change_base(&sandbox, |main| main.write(CONFIG, ours));
    sandbox
}

/// Levels for all of a group, with space between them and what follows.
fn levels(all: &str, rest: &str) -> String {
    format!("[rules]\n\"content/*\" = \"{all}\"\n# a\n# b\n# c\n# d\n{rest}")
}

const OFF: &str = "\"content/placeholder\" = \"off\"\n";

#[test]
fn weakening_is_found_despite_stricter_base() {
    let sandbox = configured(
        &levels("warning", ""),
        &levels("warning", OFF),
        &levels("error", ""),
    );
    assert_eq!(rules(&sandbox), fails(&["gate/policy-weakened"]));
}

#[test]
fn weakening_through_merge_is_found() {
    let glob = "\"content/placehold*\" = \"off\"\n";
    let sandbox = configured(
        &levels("off", ""),
        &levels("off", glob),
        &levels("error", ""),
    );
    assert_eq!(rules(&sandbox), fails(&["gate/policy-weakened"]));
}

#[test]
fn branch_behind_base_weakens_nothing() {
    let sandbox = configured(
        &levels("warning", ""),
        &levels("warning", ""),
        &levels("error", ""),
    );
    assert_eq!(rules(&sandbox), PASSES);
    let strict = "\"content/placeholder\" = \"error\"\n";
    let sandbox = configured(
        &levels("warning", ""),
        &levels("warning", strict),
        &levels("error", ""),
    );
    assert_eq!(rules(&sandbox), PASSES);
}

#[test]
fn conflicting_configuration_is_reported() {
    let sandbox = configured(
        &levels("warning", ""),
        &levels("off", ""),
        &levels("error", ""),
    );
    assert_eq!(rules(&sandbox), fails(&["gate/policy-weakened"]));
}

#[test]
fn configuration_moved_on_base_is_followed() {
    let sandbox = branch_with(&levels("error", ""));
    sandbox.write("src/a.rs", "");
    sandbox.commit("chore: on the branch");
    change_base(&sandbox, |main| {
        drop(main.git(&["mv", CONFIG, ".tollgate.toml"]));
    });
    assert_eq!(rules(&sandbox), PASSES);
}

// What the base renamed since.

/// A repository whose base moved `db/old.sql` into `migrations/` and the keys into `.tollgate/`, on
/// a branch from before.
fn renamed_in_base() -> Sandbox {
    let sandbox = Sandbox::new();
    let lines: String = (0..30).map(|line| format!("-- {line}\n")).collect();
    sandbox.write(
        "tollgate.toml",
        format!("{MIGRATIONS}[approvals]\nallowed_signers = \"signers\"\n"),
    );
    sandbox.write("db/old.sql", &lines);
    sandbox.write("signers", "bo@example.com ssh-ed25519 AAAA\n");
    sandbox.commit("feat: begin");
    sandbox.branch("topic");
    change_base(&sandbox, |main| {
        main.write(
            "tollgate.toml",
            main.read("tollgate.toml")
                .replace("\"signers", "\".tollgate/signers"),
        );
        for folder in ["migrations", ".tollgate"] {
            std::fs::create_dir(main.path().join(folder)).unwrap();
        }
        main.git(&["mv", "db/old.sql", "migrations/old.sql"]);
        main.git(&["mv", "signers", ".tollgate/signers"]);
    });
    sandbox
}

#[test]
fn edit_of_file_moved_under_policy_needs_ticket() {
    let sandbox = renamed_in_base();
    sandbox.write(
        "db/old.sql",
        sandbox.read("db/old.sql") + "DROP TABLE users;\n",
    );
    sandbox.commit("chore: x");
    assert_eq!(rules(&sandbox), fails(&["gate/missing-ticket"]));
}

#[test]
fn edit_of_keys_moved_on_base_is_found() {
    let sandbox = renamed_in_base();
    sandbox.write(
        "signers",
        sandbox.read("signers") + "eve@example.com ssh-ed25519 BBBB\n",
    );
    sandbox.commit("chore: x");
    assert_eq!(rules(&sandbox), fails(&["gate/policy-weakened"]));
}

#[test]
fn edit_of_other_files_needs_no_ticket() {
    let sandbox = renamed_in_base();
    sandbox.write("db/new.sql", "-- 1\n-- 2\n");
    sandbox.commit("chore: x");
    assert_eq!(rules(&sandbox), PASSES);
    let sandbox = renamed_in_base();
    sandbox.git(&["rm", "--quiet", "db/old.sql"]);
    sandbox.commit("chore: git leaves it to a person");
    assert_eq!(rules(&sandbox), PASSES);
}

#[test]
fn ticket_moved_on_base_is_checked_as_merged() {
    let sandbox = branch_of_ticket(&in_state("closed"));
    edit(&sandbox, TICKET);
    change_base(&sandbox, |main| {
        std::fs::create_dir(main.path().join("changes/q4")).unwrap();
        main.git(&["mv", POOL, "changes/q4/pool.toml"]);
    });
    assert_eq!(rules(&sandbox), fails(&["gate/illegal-transition"]));
}

#[test]
fn editor_of_moved_ticket_cannot_approve() {
    let sandbox = Sandbox::new();
    sandbox.write("tollgate.toml", APPROVALS);
    sandbox.write(POOL, TICKET);
    sandbox.commit("feat: begin");
    sandbox.branch("topic");
    sandbox.git(&["config", "user.name", "bo"]);
    sandbox.git(&["config", "user.email", "bo@example.com"]);
    edit(&sandbox, &TICKET.replace("2%", "3%"));
    decide(&sandbox, &[]);
    assert_eq!(rules(&sandbox).0, ["approval/self-approval"]);
    sandbox.git(&["config", "user.name", "Ada"]);
    sandbox.git(&["config", "user.email", "ada@example.com"]);
    change_base(&sandbox, |main| {
        std::fs::create_dir(main.path().join("changes/q4")).unwrap();
        main.git(&["mv", POOL, "changes/q4/pool.toml"]);
    });
    assert_eq!(rules(&sandbox).0, ["approval/self-approval"]);
}

#[test]
fn a_criss_cross_merge_that_git_merges_is_no_conflict() {
    let sandbox = Sandbox::new();
    sandbox.write("a", "x\n");
    sandbox.commit("feat: begin");
    sandbox.branch("topic");
    edit(&sandbox, &in_state("draft"));
    let of_topic = sandbox.git(&["rev-parse", "HEAD"]);
    change_base(&sandbox, |main| main.write("b", "x\n"));
    let of_main = sandbox.git(&["rev-parse", "main"]);
    sandbox.switch("main");
    sandbox.merge(&of_topic, "Merge branch 'topic'");
    sandbox.switch("topic");
    sandbox.git(&[
        "merge",
        "--quiet",
        "--message",
        "Merge branch 'main' into topic",
        &of_main,
    ]);
    edit(&sandbox, TICKET);
    assert_eq!(rules(&sandbox), PASSES);
}

/// Edits, moves, adds and deletes some of the files that the work tree has, and commits.
fn change_files(random: &mut Random, sandbox: &Sandbox) {
    for _ in 0..=random.below(2) {
        let files: Vec<String> = sandbox
            .git(&["ls-files", "changes"])
            .lines()
            .map(str::to_owned)
            .collect();
        let path = &files[random.below(files.len())];
        match random.below(8) {
            0..=3 => {
                let mut lines: Vec<String> =
                    sandbox.read(path).lines().map(str::to_owned).collect();
                let at = 1 + random.below(lines.len() - 1);
                let key = lines[at].split(' ').next().unwrap().to_owned();
                lines[at] = format!("{key} = {}", random.below(1_000));
                sandbox.write(path, lines.join("\n") + "\n");
            }
            4..=6 => {
                let to = format!("changes/{}/{}.toml", random.below(3), random.below(100_000));
                sandbox.write(&to, "");
                sandbox.git(&["mv", "--force", path, &to]);
            }
            _ if files.len() > 2 => drop(sandbox.git(&["rm", "--quiet", "--force", path])),
            _ => {}
        }
        sandbox.git(&["add", "--all"]);
    }
    sandbox.commit("docs: change");
}

/// What git makes of `topic` and `main`; `None`: it leaves something to a person.
fn merged_by_git(sandbox: &Sandbox) -> Option<String> {
    let arguments = ["merge-tree", "--write-tree", "main", "topic"];
    let output = sandbox.command("git").args(arguments).output().unwrap();
    output
        .status
        .success()
        .then(|| String::from_utf8(output.stdout).unwrap().trim().to_owned())
}

#[test]
fn gate_checks_what_git_would_merge() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let (mut clean, mut renamed) = (0, 0);
    let cases = std::env::var("TOLLGATE_MERGES").map_or(24, |cases| cases.parse().unwrap());
    for case in 0..cases {
        let sandbox = Sandbox::new();
        for file in 0..4 {
            let lines: String = (0..12)
                .map(|line| format!("k{line} = {}\n", 100 * file + line))
                .collect();
            sandbox.write(
                &format!("changes/{file}.toml"),
                format!("id = \"T-{file}\"\n{lines}"),
            );
        }
        sandbox.commit("feat: begin");
        sandbox.branch("topic");
        change_files(&mut random, &sandbox);
        sandbox.switch("main");
        change_files(&mut random, &sandbox);
        if case % 3 == 0 {
            let [main, topic] = ["main", "topic"].map(|branch| sandbox.git(&["rev-parse", branch]));
            for (branch, other) in [("main", topic), ("topic", main)] {
                sandbox.switch(branch);
                let arguments = ["merge", "--quiet", "--no-ff", "--message", "Merge", &other];
                if !sandbox
                    .command("git")
                    .args(arguments)
                    .output()
                    .unwrap()
                    .status
                    .success()
                {
                    sandbox.git(&["merge", "--abort"]);
                }
                change_files(&mut random, &sandbox);
            }
        }
        let Some(tree) = merged_by_git(&sandbox) else {
            continue;
        };
        clean += 1;
        let branch = judged(&sandbox);
        renamed += usize::from(!branch.renamed.is_empty());
        for path in sandbox
            .git(&["diff", "--no-renames", "--name-only", "main", &tree])
            .lines()
        {
            assert!(
                branch.paths.iter().any(|known| known == path),
                "{case}: {path} is not among {:?}",
                branch.paths
            );
        }
        for after in branch
            .tickets
            .iter()
            .filter_map(|change| change.after.as_ref())
        {
            let source = &after.ticket.source;
            if !branch.conflicting.contains(source.name()) {
                let by_git = sandbox.git(&["show", &format!("{tree}:{}", source.name())]);
                assert_eq!(
                    source.text().trim_end(),
                    by_git,
                    "{case}: {}",
                    source.name()
                );
            }
        }
    }
    assert!(
        clean > cases / 3 && renamed > cases / 30,
        "{clean} clean merges, {renamed} with renames"
    );
}

fn judged(sandbox: &Sandbox) -> Branch {
    let repository = Repository::discover(&sandbox.path()).unwrap();
    let options = GateOptions::new(
        sandbox.path(),
        repository.resolve("main").unwrap(),
        repository.resolve("topic").unwrap(),
        "2026-11-20T12:00:00Z".parse().unwrap(),
    );
    let history = repository.history().unwrap();
    check_branch(&repository, &history, &options)
        .unwrap()
        .branch
}

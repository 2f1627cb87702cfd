//! The tickets of a release: which ones belong to it, and that nothing is released without
//! approval.

use crate::sandbox::{Sandbox, fails, stderr, stdout};
use crate::scenario::{HOTFIX, TICKET, assert_contains, assert_success, in_state};

/// A repository with v1.0.0 and, after it, what `then` makes of it.
fn released(config: &str, then: impl Fn(&Sandbox)) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("tollgate.toml", config);
    sandbox.commit("feat: begin");
    sandbox.tag("v1.0.0");
    then(&sandbox);
    sandbox
}

/// The rules that block a release, each with its message.
fn blockers(sandbox: &Sandbox) -> Vec<String> {
    let output = sandbox.tollgate(&[
        "status",
        "--format",
        "json",
        "--now",
        "2026-11-20T12:00:00Z",
    ]);
    let status: serde_json::Value = serde_json::from_str(stdout(&output)).unwrap();
    let told = |blocker: &serde_json::Value| {
        format!(
            "{}: {}",
            blocker["rule"].as_str().unwrap(),
            blocker["message"].as_str().unwrap()
        )
    };
    status["blockers"]
        .as_array()
        .unwrap()
        .iter()
        .map(told)
        .collect()
}

const PROPOSED: &str =
    "release/unapproved-ticket: the release contains `pool`, which is `proposed`";
const NOTHING: [&str; 0] = [];

fn plan(sandbox: &Sandbox) {
    sandbox.write("changes/pool.toml", TICKET);
}

fn code(sandbox: &Sandbox) {
    sandbox.write("k8s/pool.yaml", "40\n");
}

#[test]
fn a_ticket_that_comes_with_its_code_belongs_to_the_release() {
    let sandbox = released("", |sandbox| {
        plan(sandbox);
        code(sandbox);
        sandbox.commit("feat: raise the pool");
    });
    assert_eq!(blockers(&sandbox), [PROPOSED]);
    sandbox.write("changes/pool.toml", in_state("approved"));
    sandbox.commit("docs: it is approved");
    assert_eq!(blockers(&sandbox), NOTHING);
}

#[test]
fn a_ticket_that_was_only_planned_does_not() {
    let sandbox = released("", |sandbox| {
        plan(sandbox);
        sandbox.commit("docs: plan the pool");
        code(sandbox);
        sandbox.commit("feat: something else");
    });
    assert_eq!(blockers(&sandbox), NOTHING);
}

#[test]
fn a_ticket_that_a_commit_names_does() {
    let sandbox = released("", |sandbox| {
        plan(sandbox);
        sandbox.commit("docs: plan the pool");
        code(sandbox);
        sandbox.commit("feat: raise the pool\n\nChange: pool\n");
    });
    assert_eq!(blockers(&sandbox), [PROPOSED]);
}

/// Merges a branch in which one commit plans the ticket and another changes the code.
fn merge(sandbox: &Sandbox, message: &str) {
    sandbox.branch("topic");
    plan(sandbox);
    sandbox.commit("docs: plan the pool");
    code(sandbox);
    sandbox.commit("feat: raise the pool");
    sandbox.switch("main");
    sandbox.merge("topic", message);
}

#[test]
fn a_ticket_that_was_merged_together_with_code_does() {
    assert_eq!(
        blockers(&released("", |sandbox| merge(
            sandbox,
            "Merge branch 'topic'"
        ))),
        [PROPOSED]
    );
}

#[test]
fn merge_cites_tickets_for_all_its_commits() {
    let sandbox = Sandbox::new();
    plan(&sandbox);
    sandbox.commit("feat: begin");
    sandbox.tag("v1.0.0");
    sandbox.branch("topic");
    code(&sandbox);
    sandbox.commit("feat: raise the pool");
    sandbox.switch("main");
    sandbox.merge("topic", "Merge branch 'topic'\n\nChange: pool");
    assert_eq!(blockers(&sandbox), [PROPOSED]);
}

#[test]
fn ticket_of_earlier_release_is_not_checked_again() {
    let sandbox = released("", |sandbox| {
        plan(sandbox);
        code(sandbox);
        sandbox.commit("feat: raise the pool");
        sandbox.tag("v1.1.0");
        sandbox.write("k8s/other.yaml", "1\n");
        sandbox.commit("fix: something else");
    });
    assert_eq!(blockers(&sandbox), NOTHING);
}

#[test]
fn the_approvals_of_its_tickets_are_judged_again() {
    let sandbox = released("[approvals]\n", |sandbox| {
        sandbox.write("changes/pool.toml", in_state("approved"));
        code(sandbox);
        sandbox.commit("feat: raise the pool");
    });
    assert_eq!(
        blockers(&sandbox),
        ["approval/quorum-missing: a low-risk change requires 1 approval, but has none"]
    );
    sandbox.approve("pool", "ada@example.com");
    sandbox.commit("docs: approve it myself");
    let own = "approval/self-approval: `ada@example.com` approved their own work";
    assert!(
        blockers(&sandbox).contains(&own.to_owned()),
        "{:?}",
        blockers(&sandbox)
    );
    sandbox.approve("pool", "bo@example.com");
    sandbox.commit("docs: Bo approves it");
    assert_eq!(blockers(&sandbox), NOTHING);
}

#[test]
fn what_only_the_forge_knows_blocks_a_release() {
    let sandbox = released("[approvals]\nlow = { evidence = \"forge\" }\n", |sandbox| {
        sandbox.write("changes/pool.toml", in_state("approved"));
        code(sandbox);
        sandbox.commit("feat: raise the pool");
    });
    let unknown = "release/approval-unknown: cannot confirm the approvals of `pool`: only the forge knows them";
    assert_eq!(blockers(&sandbox), [unknown]);
    let text = stdout(&sandbox.tollgate(&["release"])).to_owned();
    assert_contains(
        &text,
        "`pool` (low risk): approval unknown, because only the forge can confirm it.\n",
    );
    assert!(!text.contains("pool is approved"), "{text}");
}

#[test]
fn commit_without_required_ticket_blocks_release() {
    let policy = "[[policy]]\nname = \"pools\"\npaths = [\"k8s/**\"]\n";
    let sandbox = released(policy, |sandbox| {
        code(sandbox);
        sandbox.commit("feat: raise the pool");
    });
    let told =
        "release/uncovered-commit: the policy `pools` requires a ticket, but the commit has none";
    assert_eq!(blockers(&sandbox), [told]);
    let covered = released(policy, |sandbox| {
        sandbox.write("changes/pool.toml", in_state("approved"));
        code(sandbox);
        sandbox.commit("feat: raise the pool");
    });
    assert_eq!(blockers(&covered), NOTHING);
}

#[test]
fn a_release_exempts_the_commits_before_a_policy() {
    let policy = "[[policy]]\nname = \"pools\"\npaths = [\"k8s/**\"]\nsince = \"start\"\n";
    let sandbox = released(policy, |sandbox| {
        code(sandbox);
        sandbox.commit("feat: raise the pool");
        sandbox.git(&["tag", "start"]);
    });
    assert_eq!(blockers(&sandbox), NOTHING);
    sandbox.write("k8s/limits.yaml", "limit: 2\n");
    sandbox.commit("fix: lower the limit");
    let uncovered =
        "release/uncovered-commit: the policy `pools` requires a ticket, but the commit has none";
    assert_eq!(blockers(&sandbox), [uncovered]);
}

/// A repository in which `pool` was released with v1.1.0, and `limits`, which depends on it, comes
/// now.
fn released_after(pool: &str, depends_on: &str) -> Sandbox {
    let sandbox = released("", |sandbox| {
        sandbox.write("changes/pool.toml", pool);
        code(sandbox);
        sandbox.commit("feat: raise the pool");
    });
    let output = sandbox.tollgate(&["release", "--execute"]);
    assert_success(&output);
    let limits = TICKET
        .replace("proposed", "approved")
        .replace("to 40", "to 41");
    sandbox.write(
        "changes/limits.toml",
        format!("depends_on = [\"{depends_on}\"]\n{limits}"),
    );
    sandbox.write("k8s/limits.yaml", "1\n");
    sandbox.commit("feat: raise the limits");
    sandbox
}

#[test]
fn what_a_ticket_depends_on_is_released_before_or_with_it() {
    let approved = in_state("approved");
    assert_eq!(blockers(&released_after(&approved, "pool")), NOTHING);
    let sandbox = released_after(&approved, "database");
    sandbox.write("changes/database.toml", &approved);
    sandbox.commit("docs: plan the database");
    let told =
        "release/dependency-not-shipped: `limits` depends on `database`, which is not released";
    assert_eq!(blockers(&sandbox), [told]);
}

#[test]
fn unvalidated_ticket_of_last_release_is_reported() {
    let pool = in_state("approved")
        + "[risk]\nlevel = \"medium\"\n[review]\npeers = [\"bo@example.com\"]\nimpact = \"The database takes 20 connections more\"\n";
    let output = released_after(&pool, "pool").tollgate(&["release"]);
    let told = "the medium-risk ticket `pool` from the last release is still `approved`";
    assert_contains(stdout(&output), told);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
}

#[test]
fn the_tag_tells_the_tickets_with_their_digests() {
    let sandbox = released("", |sandbox| {
        sandbox.write("changes/pool.toml", in_state("approved"));
        code(sandbox);
        sandbox.commit("feat: raise the pool");
    });
    let digest = stdout(&sandbox.tollgate(&["ticket", "digest", "pool"]))
        .trim()
        .to_owned();
    let output = sandbox.tollgate(&["release", "--execute"]);
    assert_success(&output);
    let message = sandbox.git(&["tag", "--list", "--format=%(contents)", "v1.1.0"]);
    assert_contains(&message, format!("Ticket: pool {digest} low\n"));
}

/// A repository in a freeze, with a hotfix whose ticket nobody has approved yet.
fn hotfix() -> Sandbox {
    let freeze = "[approvals]\n[[freeze]]\nname = \"year end\"\nstart = 2026-01-01T00:00:00Z\nend = 2027-01-01T00:00:00Z\n";
    released(freeze, |sandbox| {
        sandbox.write(
            "changes/hotfix.toml",
            HOTFIX.replace("\"deploying\"", "\"validating\""),
        );
        code(sandbox);
        sandbox.commit("fix: charge once\n\nChange: hotfix");
    })
}

#[test]
fn the_tag_of_an_emergency_records_the_bypassed_rules() {
    let sandbox = hotfix();
    let now = ["--now", "2026-11-20T12:00:00Z"];
    let refused = sandbox.tollgate(&[&["release", "--execute"], &now[..]].concat());
    assert_eq!(refused.status.code(), Some(1), "{}", stdout(&refused));
    let output =
        sandbox.tollgate(&[&["release", "--execute", "--emergency", "hotfix"], &now[..]].concat());
    assert_success(&output);
    let message = sandbox.git(&["tag", "--list", "--format=%(contents)", "v1.0.1"]);
    let trailers = "Emergency: hotfix\nBypassed: approval/quorum-missing, release/freeze-active\nFollow-up-due: 2026-11-27\n";
    assert_contains(&message, trailers);
}

#[test]
fn emergency_without_follow_up_blocks_later_releases() {
    let sandbox = hotfix();
    sandbox.tollgate(&[
        "release",
        "--execute",
        "--emergency",
        "hotfix",
        "--now",
        "2026-11-20T12:00:00Z",
    ]);
    sandbox.write("k8s/other.yaml", "1\n");
    sandbox.write("tollgate.toml", "");
    sandbox.commit("feat: go on");
    let on = |now: &str| {
        let output = sandbox.tollgate(&["release", "--now", now]);
        stdout(&output).contains("error[release/emergency-due]")
    };
    assert!(!on("2026-11-27T23:00:00Z"));
    assert!(on("2026-11-28T00:00:00Z"));
    let outcome = "[outcome]\nresult = \"successful\"\nretrospective = \"docs/retro-7.md\"\n";
    sandbox.write(
        "changes/hotfix.toml",
        HOTFIX.replace("\"deploying\"", "\"closed\"") + outcome,
    );
    sandbox.commit("docs: close the hotfix");
    assert!(!on("2026-11-28T00:00:00Z"));
}

#[test]
fn an_emergency_never_bypasses_the_state_of_the_repository() {
    let sandbox = hotfix();
    plan(&sandbox);
    sandbox.commit("docs: plan the pool");
    for (id, why) in [
        ("pool", "its `kind` is not `emergency`"),
        ("nothing", "there is no such ticket"),
    ] {
        let output = sandbox.tollgate(&["release", "--emergency", id]);
        assert_eq!(output.status.code(), Some(2), "{}", stdout(&output));
        assert_contains(stderr(&output), why);
    }
    sandbox.write("tollgate.toml", "branches = [\"release/*\"]\n");
    sandbox.commit("chore: release from elsewhere");
    let output = sandbox.tollgate(&["release", "--emergency", "hotfix"]);
    assert_contains(stdout(&output), "release/wrong-branch");
    assert_eq!(output.status.code(), Some(1));
}

/// A repository whose unreleased commits cite `pool`, and a branch on which `then` does something
/// to its file.
fn cited(then: impl Fn(&Sandbox)) -> Sandbox {
    let sandbox = released("", |sandbox| {
        sandbox.write("changes/pool.toml", in_state("approved"));
        code(sandbox);
        sandbox.commit("feat: raise the pool\n\nChange: pool");
    });
    sandbox.branch("topic");
    then(&sandbox);
    sandbox
}

/// The rules that refuse the branch at the gate, and the messages that block the release once it is
/// merged anyway.
fn refused(sandbox: &Sandbox) -> (Vec<String>, Vec<String>) {
    let output = sandbox.tollgate(&[
        "gate",
        "--base",
        "main",
        "--format",
        "concise",
        "--now",
        "2026-11-20T12:00:00Z",
    ]);
    let errors = stdout(&output)
        .lines()
        .filter_map(|line| line.split_once("error[")?.1.split_once(']'));
    let gate = errors.map(|(rule, _)| rule.to_owned()).collect();
    (
        gate,
        blockers(sandbox)
            .into_iter()
            .filter(|blocker| blocker.starts_with("release/unknown-ticket"))
            .collect(),
    )
}

#[test]
fn a_cited_ticket_keeps_its_id_until_it_is_released() {
    let renamed = |sandbox: &Sandbox| {
        let text = sandbox
            .read("changes/pool.toml")
            .replace("approved", "proposed");
        sandbox.write("changes/pool.toml", format!("id = \"other\"\n{text}"));
        sandbox.commit("docs: give it another id");
    };
    let superseded = |sandbox: &Sandbox| {
        let other = TICKET.replace("40 connections", "41 connections");
        sandbox.write(
            "changes/other.toml",
            format!("supersedes = [\"pool\"]\n{other}"),
        );
        sandbox.git(&["rm", "--quiet", "changes/pool.toml"]);
        sandbox.commit("docs: replace it");
    };
    let drafted = |sandbox: &Sandbox| {
        sandbox.write("changes/pool.toml", in_state("draft"));
        sandbox.commit("docs: think again");
        sandbox.git(&["branch", "--force", "main"]);
        sandbox.git(&["rm", "--quiet", "changes/pool.toml"]);
        sandbox.commit("docs: forget it");
    };
    let changes: [&dyn Fn(&Sandbox); 3] = [&renamed, &superseded, &drafted];
    for change in changes {
        let sandbox = cited(change);
        let last = sandbox.git(&["rev-parse", "--short=10", "HEAD~1"]);
        let (gate, release) = refused(&sandbox);
        assert!(gate.contains(&"gate/deleted-ticket".to_owned()), "{gate:?}");
        let fact = format!("it was last in commit {last}, in `changes/pool.toml`");
        assert!(
            release.len() == 1 && release[0].ends_with(&fact),
            "{release:?}"
        );
    }
}

#[test]
fn an_uncited_ticket_may_change_its_id() {
    let sandbox = cited(|sandbox| {
        sandbox.write("changes/other.toml", TICKET);
        sandbox.commit("docs: plan another");
        sandbox.git(&["branch", "--force", "main"]);
        sandbox.git(&["mv", "changes/other.toml", "changes/better.toml"]);
        sandbox.commit("docs: give it a better name");
    });
    assert_eq!(refused(&sandbox), (Vec::new(), Vec::new()));
}

const POOLS: &str = "[[policy]]\nname = \"pools\"\npaths = [\"k8s/**\"]\n";

/// A repository in which `pool` was released with this, and a commit that cites it came later.
fn cited_again(release: &[&str]) -> Sandbox {
    let sandbox = released(POOLS, |sandbox| {
        sandbox.write("changes/pool.toml", in_state("approved"));
        code(sandbox);
        sandbox.commit("feat: raise the pool\n\nChange: pool");
    });
    let output = sandbox.tollgate(&[&["release", "--execute"], release].concat());
    assert_success(&output);
    sandbox.write("k8s/more.yaml", "1\n");
    sandbox.commit("feat: raise more\n\nChange: pool");
    sandbox
}

#[test]
fn a_released_ticket_covers_no_further_commit() {
    let message = "release/uncovered-commit: the policy `pools` requires a ticket, but `pool` was already released with v1.1.0";
    assert_eq!(blockers(&cited_again(&[])), [message]);
}

#[test]
fn a_prerelease_leaves_its_tickets_open() {
    assert_eq!(blockers(&cited_again(&["--pre", "rc"])), NOTHING);
}

#[test]
fn packages_may_release_one_ticket_in_turn() {
    let package = |name: &str| format!("[[package]]\nname = \"{name}\"\npaths = [\"{name}/**\"]\n");
    let config = format!(
        "{}{}[[policy]]\nname = \"all\"\npaths = [\"core/**\", \"cart/**\"]\n",
        package("core"),
        package("cart")
    );
    let sandbox = released(&config, |sandbox| {
        sandbox.git(&["tag", "core-v1.0.0"]);
        sandbox.git(&["tag", "cart-v1.0.0"]);
        sandbox.git(&["tag", "--delete", "v1.0.0"]);
        sandbox.write("changes/pool.toml", in_state("approved"));
        sandbox.write("core/a", "1\n");
        sandbox.write("cart/a", "1\n");
        sandbox.commit("feat: raise the pool\n\nChange: pool");
    });
    for name in ["core", "cart"] {
        let output = sandbox.tollgate(&["release", "--execute", "--package", name]);
        assert_success(&output);
    }
    sandbox.write("cart/b", "1\n");
    sandbox.commit("fix: go on\n\nChange: pool");
    let told = blockers(&sandbox);
    assert!(
        told.len() == 1 && told[0].contains("`pool` was already released with c"),
        "{told:?}"
    );
}

#[test]
fn unknown_emergency_is_refused_without_changes() {
    let sandbox = Sandbox::new();
    sandbox.commit("feat: take orders");
    sandbox.git(&["tag", "v1.0.0", "-m", "v1.0.0"]);
    assert!(
        fails(&sandbox, &["release", "--emergency", "nope"])
            .contains("`nope` is not an emergency ticket")
    );
}

#[test]
fn an_emergency_is_not_used_again() {
    let sandbox = hotfix();
    let release = [
        "release",
        "--execute",
        "--emergency",
        "hotfix",
        "--now",
        "2026-11-20T12:00:00Z",
    ];
    assert!(sandbox.tollgate(&release).status.success());
    sandbox.write("k8s/other.yaml", "1\n");
    sandbox.commit("fix: go on");
    let output = sandbox.tollgate(&release);
    assert_eq!(output.status.code(), Some(2), "{}", stdout(&output));
    assert_contains(
        stderr(&output),
        "the emergency `hotfix` was already released with v1.0.1",
    );
}

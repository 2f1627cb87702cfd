//! `tollgate ticket`: flags, streams and exit codes of the commands on a ticket's life.

use std::process::Output;

use proptest::prelude::*;
use serde_json::Value;
use tollgate::document::Document;
use tollgate::finding::Checked;
use tollgate::format::{
    ApprovalOutlook, ListedTicket, TicketDetails, ticket_json, ticket_text, tickets_text,
};
use tollgate::risk::RiskPoints;
use tollgate::source::{Source, is_hostile};
use tollgate::ticket::{ParsedTicket, State};

use crate::formats::plain;
use crate::sandbox::{Sandbox, stderr, stdout};
use crate::scenario::assert_contains;

const NOW: &str = "--now=2026-11-20T12:00:00Z";

/// A ticket in which nothing is wrong.
const POOL: &str = "title = \"Raise the billing-api pool from 20 to 40 connections\"
state = \"proposed\" # handed in
services = [\"billing-api\"]
justification = \"Checkout times out at the 18:00 peak: 2% of orders fail\"
deployment = [\"Merge #12; the pipeline applies `k8s/billing-pool.yaml`\"]
rollback = [\"Re-apply `k8s/billing-pool-20.yaml`; `/health` returns pool=20\"]
validation = [\"`/health` returns pool=40 on every instance\"]
";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("changes/pool.toml", POOL);
    let cache = POOL
        .replace(
            "Raise the billing-api pool from 20 to 40 connections",
            "決済キャッシュを 4 GiB から 2 GiB に縮小する",
        )
        .replace("proposed", "draft")
        .replace("[\"billing-api\"]", "[\"決済\"]");
    let head = "id = \"CHG-7\"\nassignee = \"bo\"\ncategory = \"config\"\n";
    sandbox.write(
        "changes/cache.toml",
        format!("{head}{cache}\n[risk]\nlevel = \"high\"\n"),
    );
    sandbox
}

fn ticket(sandbox: &Sandbox, arguments: &[&str]) -> Output {
    sandbox.tollgate(&[&["ticket"], arguments, &[NOW]].concat())
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

fn listed(sandbox: &Sandbox, filters: &[&str]) -> Vec<String> {
    let output = ticket(sandbox, &[&["list", "--format=json"], filters].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let tickets = json(&output)["tickets"].as_array().unwrap().clone();
    tickets
        .iter()
        .map(|ticket| ticket["id"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn list_columns_are_aligned() {
    let output = ticket(&sandbox(), &["list"]);
    assert_eq!(stderr(&output), "");
    assert_eq!(
        stdout(&output),
        "ID     STATE     RISK  KIND    SERVICES     ASSIGNEE  TITLE\n\
         CHG-7  draft     high  normal  決済         bo        決済キャッシュを 4 GiB から 2 GiB に縮小する\n\
         pool   proposed  low   normal  billing-api  -         Raise the billing-api pool from 20 to 40 connections\n"
    );
}

#[test]
fn list_can_be_filtered() {
    let sandbox = sandbox();
    sandbox.write(
        "tollgate.toml",
        "[people]\nbo = { email = \"bo@example.com\" }\n",
    );
    sandbox.write(
        "changes/all.toml",
        POOL.replace("services", "# services")
            .replace("proposed", "closed"),
    );
    assert_eq!(listed(&sandbox, &[]), ["all", "CHG-7", "pool"]);
    assert_eq!(
        listed(&sandbox, &["--state=draft,closed"]),
        ["all", "CHG-7"]
    );
    assert_eq!(
        listed(&sandbox, &["--service=billing-api"]),
        ["all", "pool"]
    );
    assert_eq!(listed(&sandbox, &["--assignee=BO@example.com"]), ["CHG-7"]);
    assert_eq!(
        listed(&sandbox, &["--risk=low", "--state=proposed"]),
        ["pool"]
    );
    assert_eq!(listed(&sandbox, &["--category=config"]), ["CHG-7"]);
    assert_eq!(
        listed(&sandbox, &["--category=drill"]),
        Vec::<String>::new()
    );
    let output = ticket(&sandbox, &["list", "--state=lost"]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""));
}

#[test]
fn unreadable_ticket_is_reported_with_the_list() {
    let sandbox = sandbox();
    sandbox.write("changes/broken.toml", "title = ");
    let output = ticket(&sandbox, &["list", "--state=closed", "--format=json"]);
    assert_eq!(
        json(&output)["unreadable"],
        serde_json::json!(["changes/broken.toml"])
    );
    assert_contains(
        stderr(&output),
        "`changes/broken.toml` is not a valid ticket",
    );
    let output = ticket(&sandbox, &["show", "broken"]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""));
    assert_contains(
        stderr(&output),
        "run `tollgate check changes/broken.toml` for details",
    );
}

#[test]
fn ticket_show_has_risk_check_and_next_states() {
    let sandbox = sandbox();
    let output = ticket(&sandbox, &["show", "CHG-7"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    for line in [
        "State        draft (normal, config)",
        "Risk         high (declared); computed: low (score 0)",
        "People       assignee bo",
        "             1. Merge #12; the pipeline applies `k8s/billing-pool.yaml`",
        "Next         proposed: the ticket has all required fields",
    ] {
        assert!(
            stdout(&output).lines().any(|found| found == line),
            "{line}\n{}",
            stdout(&output)
        );
    }
    let shown = json(&ticket(
        &sandbox,
        &["show", "changes/pool.toml", "--format=json"],
    ));
    assert_eq!(shown["id"], "pool");
    assert_eq!(
        shown["next_states"][0],
        serde_json::json!({ "state": "reviewed", "missing_fields": [] })
    );
    assert_eq!(shown["findings"]["errors"], 0);
}

#[test]
fn unknown_ticket_is_reported_with_nearest_name() {
    let output = ticket(&sandbox(), &["show", "pol"]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""));
    assert_contains(stderr(&output), "there is no ticket `pol`");
    assert_contains(stderr(&output), "did you mean `pool`?");
}

#[test]
fn a_move_changes_the_state_and_no_other_byte() {
    let sandbox = sandbox();
    let output = ticket(&sandbox, &["move", "pool", "reviewed"]);
    assert_eq!(
        stdout(&output),
        "changes/pool.toml: proposed → reviewed\n",
        "{}",
        stderr(&output)
    );
    assert_eq!(
        sandbox.read("changes/pool.toml"),
        POOL.replace("proposed", "reviewed")
    );
    let output = ticket(&sandbox, &["move", "pool", "reviewed"]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(0), ""));
}

#[test]
fn a_move_for_show_writes_nothing() {
    let sandbox = sandbox();
    let output = ticket(&sandbox, &["move", "pool", "draft", "--dry-run"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(
        stdout(&output)
            .contains("-state = \"proposed\" # handed in\n+state = \"draft\" # handed in\n")
    );
    assert_eq!(sandbox.read("changes/pool.toml"), POOL);
}

#[test]
fn transition_with_missing_fields_is_not_written() {
    let sandbox = sandbox();
    let output = ticket(&sandbox, &["move", "CHG-7", "validating"]);
    assert_eq!(output.status.code(), Some(1));
    assert_contains(
        stdout(&output),
        "a ticket in the `validating` state requires `validator`",
    );
    for key in ["review.peers", "review.security", "schedule.start"] {
        assert!(stdout(&output).contains(&format!("`{key}`")), "{key}");
    }
    assert_contains(stdout(&output), "such as `validator = \"ana@example.com\"`");
    assert!(
        sandbox
            .read("changes/cache.toml")
            .contains("state = \"draft\"")
    );
}

#[test]
fn a_move_that_the_life_of_a_ticket_does_not_know_is_refused() {
    let sandbox = sandbox();
    sandbox.write("changes/over.toml", POOL.replace("proposed", "closed"));
    let output = ticket(&sandbox, &["move", "over", "draft"]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""));
    assert_contains(
        stderr(&output),
        "a ticket cannot move from `closed` to `draft`",
    );
    sandbox.write("changes/odd.toml", POOL.replace("proposed", "done"));
    let output = ticket(&sandbox, &["move", "odd", "closed"]);
    assert_eq!(output.status.code(), Some(2));
    assert_contains(stderr(&output), "has the invalid state");
}

#[test]
fn a_digest_is_the_same_from_a_file_and_from_standard_input() {
    let sandbox = sandbox();
    let output = ticket(&sandbox, &["digest", "pool", "--write=bytes"]);
    let digest = stdout(&output).trim_end();
    assert!(
        digest.starts_with("sha256:") && digest.len() == 71,
        "{digest}{}",
        stderr(&output)
    );
    let summed = sandbox.command("sha256sum").arg("bytes").output().unwrap();
    assert_eq!(
        stdout(&summed).split(' ').next(),
        digest.strip_prefix("sha256:")
    );
    let windows = POOL.replace('\n', "\r\n").replace("proposed", "closed");
    let named = [
        "ticket",
        "digest",
        "-",
        "--stdin-filename=changes/pool.toml",
    ];
    assert_eq!(
        stdout(&sandbox.tollgate_with_input(&named, &windows)).trim_end(),
        digest
    );
}

#[test]
fn a_digest_of_a_ticket_without_a_name_is_refused() {
    let sandbox = sandbox();
    let output = sandbox.tollgate_with_input(&["ticket", "digest", "-"], POOL);
    assert_eq!((output.status.code(), stdout(&output)), (Some(2), ""));
    assert_contains(stderr(&output), "--stdin-filename");
    let output =
        sandbox.tollgate_with_input(&["ticket", "digest", "-"], format!("id = \"pool\"\n{POOL}"));
    assert_eq!(
        stdout(&output),
        stdout(&ticket(&sandbox, &["digest", "pool"]))
    );
}

#[test]
fn the_page_on_digests_is_shown() {
    let output = ticket(&sandbox(), &["digest", "--explain"]);
    assert!(
        stdout(&output).starts_with("# The digest of a ticket\n"),
        "{}",
        stderr(&output)
    );
    assert_eq!(ticket(&sandbox(), &["digest"]).status.code(), Some(2));
    let help = ticket(&sandbox(), &["digest", "-h"]);
    assert_contains(
        stdout(&help),
        "tollgate ticket digest [OPTIONS] <TICKET>\n       tollgate ticket digest --explain\n",
    );
}

#[test]
fn new_ticket_is_prefilled_from_commits() {
    let sandbox = Sandbox::new();
    let first = sandbox.commit("chore: begin");
    sandbox.commit("docs: name the pool\n\nNobody found it.");
    sandbox.commit("feat(billing): raise the pool to 40 (#12)\n\nCheckout fails at the peak.\n\nCloses: OPS-7\n");
    let output = ticket(&sandbox, &["new", "--from-commits", &format!("{first}..")]);
    assert_eq!(
        stdout(&output),
        "changes/2026-11-20-raise-the-pool-to-40.toml\n",
        "{}",
        stderr(&output)
    );
    let text = sandbox.read(stdout(&output).trim_end());
    assert_contains(&text, "title = \"Raise the pool to 40\"\n");
    assert_contains(&text, "Nobody found it.\n\nCheckout fails at the peak.");
    let links = "links = [{ kind = \"pull-request\", ref = \"#12\" }, { kind = \"issue\", ref = \"OPS-7\" }]\n";
    assert_contains(&text, links);
    let check = sandbox.tollgate(&["check", "--format=concise", NOW]);
    assert_eq!(check.status.code(), Some(1));
    assert_eq!(
        stdout(&check).matches("content/template-residue").count(),
        3,
        "{}",
        stdout(&check)
    );
}

#[test]
fn range_without_conventional_commits_is_an_error() {
    let sandbox = Sandbox::new();
    sandbox.commit("feat: begin");
    for (range, message) in [
        ("HEAD..", "has no commits"),
        ("HEAD", "is not a range"),
        ("nowhere..", "nowhere"),
    ] {
        let output = ticket(&sandbox, &["new", "--from-commits", range]);
        assert_eq!(
            (output.status.code(), stdout(&output)),
            (Some(2), ""),
            "{range}"
        );
        assert_contains(stderr(&output), message);
    }
    assert!(!sandbox.path().join("changes").exists());
}

/// Texts that are nearly tickets.
fn nearly_a_ticket() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        "(id|title|state|justification|services|links|kind|\\[risk\\]\nlevel) = (\"\\PC{0,9}\"|-?[0-9]{1,19}|\\[\"a\"\\])",
        "(deployment|rollback|validation|approvals|schedule\\.start|x\\.y) = (\\[[^\\n]{0,9}\\]|nan|1e9|2026-11-20T18:00:00[Z+-])",
        Just("schedule.end = 2026-11-20T23:59:60.5-23:59".to_owned()),
        Just("[[approvals]]\ndigest = \"sha256:\"".to_owned()),
        Just("# tollgate: allow[a/b, c] x".to_owned()),
        Just("state = \"draft\"".to_owned()),
    ];
    prop::collection::vec(line, 0..8).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #[test]
    fn no_ticket_makes_its_commands_panic(text in nearly_a_ticket(), end in 0..9_usize) {
        let end = State::parse(State::WORDS[end]).unwrap();
        let (ParsedTicket { ticket, document }, errors) = ParsedTicket::parse_partially(&Source::new("changes/x.toml", text));
        let digest = tollgate::ticket::digest(&document);
        if let Some(moved) = tollgate::ticket::with_state(&document, end) {
            let (after, errors) = Document::parse(Source::new("changes/x.toml", moved));
            prop_assert_eq!(errors, []);
            prop_assert_eq!(tollgate::ticket::digest(&after), digest.clone());
        } else {
            prop_assert!(!errors.is_empty() || document.root().get("state").is_some());
        }
        let score = ticket.computed_risk("2026-11-20".parse().unwrap(), &RiskPoints::default());
        let shown = TicketDetails { ticket: &ticket, digest: &digest, checked: &Checked::default(), next_errors: 0, score: &score, outlook: ApprovalOutlook::NotRequired };
        let (text, json) = (ticket_text(&shown, plain(usize::MAX)), ticket_json(&shown));
        prop_assert!(!text.chars().any(|c| !matches!(c, '\n' | '\t') && is_hostile(c)), "{text}");
        prop_assert!(serde_json::from_str::<Value>(&json).is_ok());
        let listed = [ListedTicket { risk: score.level(), ticket, outlook: None }];
        let drawn = tickets_text(&listed, plain(80));
        prop_assert_eq!(drawn.lines().count(), 2);
    }
}

#[test]
fn ticket_with_errors_is_neither_reviewed_nor_approved() {
    let sandbox = Sandbox::new();
    let faulty = POOL.replace(
        "state = \"proposed\" # handed in",
        "state = \"proposed\"\nkind = \"normale\"",
    );
    sandbox.write("changes/pool.toml", &faulty);
    for state in ["reviewed", "approved"] {
        let output = ticket(&sandbox, &["move", "pool", state]);
        assert_eq!(
            (output.status.code(), stderr(&output)),
            (
                Some(1),
                &*format!(
                    "`changes/pool.toml` was not changed, because it would have these errors as `{state}`\n"
                )
            )
        );
        assert_contains(stdout(&output), "error[ticket/invalid-value]");
    }
    assert_eq!(sandbox.read("changes/pool.toml"), faulty);
    assert_eq!(
        ticket(&sandbox, &["move", "pool", "cancelled"])
            .status
            .code(),
        Some(0)
    );
}

#[test]
fn errors_are_shown_before_the_next_state() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "changes/pool.toml",
        POOL.replace("services", "kind = \"normale\"\nservices"),
    );
    let text = stdout(&ticket(&sandbox, &["show", "pool"])).to_owned();
    let end = "Check        1 error\n             `normale` is not a valid value for `kind` [ticket/invalid-value]\n\
               Next         reviewed: fix 1 error first\n";
    assert!(text.ends_with(end), "{text}");
}

#[test]
fn warnings_of_a_draft_are_errors_in_the_next_state() {
    let sandbox = Sandbox::new();
    let draft = POOL
        .replace("proposed", "draft")
        .replace("`/health` returns pool=40 on every instance", "TODO");
    sandbox.write("changes/pool.toml", draft);
    let text = stdout(&ticket(&sandbox, &["show", "pool"])).to_owned();
    assert_contains(&text, "Check        2 warnings\n");
    let next = "Next         proposed: fix 1 finding first (errors in this state)\n";
    assert!(text.ends_with(next), "{text}");
}

#[test]
fn ticket_without_eligible_approvers_is_reported() {
    let sandbox = Sandbox::new();
    let config = "[people]\nada = { email = \"ada@example.com\", roles = [\"dba\"] }\n\
                  [approvals]\nlow = { quorum = 1, roles = [\"dba\"] }\n";
    sandbox.write("tollgate.toml", config);
    sandbox.write("changes/pool.toml", POOL);
    sandbox.commit("docs: plan the pool");
    let quorum = || {
        let output = ticket(&sandbox, &["show", "pool"]);
        stdout(&output)
            .lines()
            .find(|line| line.starts_with("Quorum"))
            .unwrap_or_default()
            .to_owned()
    };
    assert_eq!(
        quorum(),
        "Quorum       1 more approval and an approval in the role `dba` are required; no one is left who can approve in the role `dba`, because ada@example.com edited the plan"
    );
    let two = config.replace(
        "[approvals]",
        "bo = { email = \"bo@example.com\", roles = [\"dba\"] }\n[approvals]",
    );
    sandbox.write("tollgate.toml", two);
    assert_eq!(
        quorum(),
        "Quorum       1 more approval and an approval in the role `dba` are required"
    );
}

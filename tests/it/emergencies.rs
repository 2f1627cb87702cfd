//! Emergencies: they may be released before their approval, but the release is recorded, and what
//! it bypassed has to follow.

use std::path::PathBuf;
use std::process::Output;

use jiff::Timestamp;
use serde_json::Value;
use tollgate::app::gate::GateOptions;
use tollgate::app::release::ReleaseOptions;
use tollgate::app::verify::VerifyOptions;
use tollgate::document::Document;
use tollgate::finding::Severity;
use tollgate::git::Repository;
use tollgate::release::{CheckKind, NoProgress, Outcome, Purpose};
use tollgate::source::Source;
use tollgate::ticket::{self, State};

use crate::sandbox::{Sandbox, stderr, stdout};
use crate::scenario::{HOTFIX, assert_contains, assert_success, with_input};

const SIGNED: &str = "[approvals]\nallowed_signers = \"keys\"\nlow = { evidence = \"signed\" }\n";

const NOW: &str = "2026-11-20T12:00:00Z";

/// A base that requires approvals signed by Kim, and a branch of Ada's with a hotfix that nobody
/// approved.
fn hotfix(config: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    let key = sandbox.path().join(".git/kim");
    let made = sandbox
        .command("ssh-keygen")
        .args(["-q", "-N", "", "-C", "", "-t", "ed25519", "-f"])
        .arg(&key)
        .status();
    assert!(made.unwrap().success());
    sandbox.write(
        "keys",
        format!("kim@example.com {}", sandbox.read(".git/kim.pub")),
    );
    sandbox.write("tollgate.toml", config);
    sandbox.commit("feat: begin");
    sandbox.tag("v1.0.0");
    sandbox.branch("topic");
    sandbox.write("changes/hotfix.toml", HOTFIX);
    sandbox.write("src/checkout", "once\n");
    sandbox.commit("fix: charge once\n\nChange: hotfix");
    sandbox
}

fn run(sandbox: &Sandbox, arguments: &[&str]) -> Output {
    sandbox.tollgate(&[arguments, &["--now", NOW]].concat())
}

/// A text for people without its line ends and drawings.
fn flat(text: &str) -> String {
    text.split_whitespace()
        .filter(|word| *word != "│")
        .collect::<Vec<_>>()
        .join(" ")
}

fn gate(sandbox: &Sandbox) -> Output {
    run(sandbox, &["gate", "--base", "main"])
}

/// Merges the branch and releases it as an emergency, as v1.0.1.
pub(crate) fn released(config: &str) -> Sandbox {
    let sandbox = hotfix(config);
    sandbox.switch("main");
    sandbox.git(&["merge", "--quiet", "--ff-only", "topic"]);
    let output = run(&sandbox, &["release", "--execute", "--emergency", "hotfix"]);
    assert_success(&output);
    let notice = "Bypassed approval/quorum-missing for the emergency `hotfix`; run `tollgate status` to see what is still \
                  required by 2026-11-27.\n";
    assert!(stdout(&output).ends_with(notice), "{}", stdout(&output));
    sandbox
}

/// Lets Kim sign what the ticket says now.
fn approve(sandbox: &Sandbox) {
    sandbox.git(&["config", "gpg.format", "ssh"]);
    let arguments = [
        "ticket",
        "approve",
        "hotfix",
        "--by",
        "kim@example.com",
        "--sign",
        "--now",
        NOW,
    ];
    sandbox.git(&[
        "config",
        "user.signingKey",
        sandbox.path().join(".git/kim").to_str().unwrap(),
    ]);
    let output = sandbox.tollgate(&arguments);
    assert_success(&output);
    sandbox.commit("docs: approve the hotfix");
}

fn on(sandbox: &Sandbox, now: &str, arguments: &[&str]) -> String {
    let output = sandbox.tollgate(&[arguments, &["--now", now]].concat());
    flat(stdout(&output))
}

#[test]
fn gate_reports_bypassed_not_approved() {
    let sandbox = hotfix(SIGNED);
    let output = gate(&sandbox);
    let text = format!("{}{}", stdout(&output), stderr(&output));
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(!text.contains("approved"), "{text}");
    assert_contains(&text, "warning[approval/quorum-missing]");
    let owed = "`hotfix` requires approval by 2026-11-27 if released today: 1 person, evidence `signed`; eligible: \
                kim@example.com.\nNext version if merged: 1.0.1.\nResult: bypassed. ";
    assert_contains(&text, owed);
}

#[test]
fn the_gate_has_a_result_of_its_own_for_programs() {
    let sandbox = hotfix(SIGNED);
    let output = run(&sandbox, &["gate", "--base", "main", "--format", "json"]);
    let document: Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!(document["result"], "bypassed");
    assert_eq!(document["emergencies"][0]["ticket"], "hotfix");
    assert_eq!(
        document["emergencies"][0]["eligible_approvers"][0],
        "kim@example.com"
    );
    assert_eq!(document["emergencies"][0]["due_date"], "2026-11-27");
    let (outputs, summary) = (
        sandbox.path().join(".git/outputs"),
        sandbox.path().join(".git/summary"),
    );
    let mut command = sandbox.command(env!("CARGO_BIN_EXE_tollgate"));
    command
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_OUTPUT", &outputs)
        .env("GITHUB_STEP_SUMMARY", &summary);
    let status = command
        .args(["gate", "--base", "main", "--ci", "--now", NOW])
        .output()
        .unwrap()
        .status;
    assert!(status.success());
    assert!(
        sandbox
            .read(".git/outputs")
            .starts_with("result=bypassed\n"),
        "{}",
        sandbox.read(".git/outputs")
    );
    let summary = sandbox.read(".git/summary");
    assert!(
        summary.starts_with("# The branch can be merged, bypassing its approval\n"),
        "{summary}"
    );
    assert!(
        summary.contains("## Bypassed\n") && !summary.contains("approved"),
        "{summary}"
    );
}

#[test]
fn the_gate_passes_an_emergency_with_its_approval() {
    let sandbox = hotfix(SIGNED);
    approve(&sandbox);
    let output = gate(&sandbox);
    assert!(output.status.success());
    assert_contains(
        stderr(&output),
        "`hotfix` (low risk) is approved: kim@example.com (signed",
    );
    assert!(!stderr(&output).contains("bypass"), "{}", stderr(&output));
}

#[test]
fn a_configuration_may_refuse_emergencies() {
    let output = gate(&hotfix(&format!("{SIGNED}emergency = \"never\"\n")));
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    assert!(
        flat(stdout(&output))
            .contains("`emergency = \"never\"` in `[approvals]` requires approval first")
    );
    let output = gate(&hotfix(&format!("{SIGNED}incident_pattern = \"^PAGE-\"\n")));
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    assert!(
        flat(stdout(&output)).contains("none of the ticket's incidents matches `^PAGE-`"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn author_cannot_declare_emergency_without_signature() {
    let config = format!(
        "{SIGNED}emergency_roles = [\"on-call\"]\n[people.ada]\nemail = \"ada@example.com\"\nroles = [\"on-call\"]\n"
    );
    let sandbox = hotfix(&config);
    let output = gate(&sandbox);
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    assert!(
        flat(stdout(&output)).contains("no one with the role `on-call` has verifiably declared it"),
        "{}",
        stdout(&output)
    );
    sandbox.switch("main");
    sandbox.git(&["merge", "--quiet", "--ff-only", "topic"]);
    let output = run(&sandbox, &["release", "--execute", "--emergency", "hotfix"]);
    assert_eq!(output.status.code(), Some(2), "{}", stdout(&output));
    assert_contains(
        stderr(&output),
        "`hotfix` cannot be released as an emergency",
    );
}

#[test]
fn a_release_needs_the_option_for_an_unapproved_emergency() {
    let sandbox = hotfix(SIGNED);
    let output = run(&sandbox, &["release", "--execute"]);
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    let help = "run `tollgate release --emergency hotfix` to bypass the approval";
    assert!(flat(stdout(&output)).contains(help), "{}", stdout(&output));
    assert_eq!(sandbox.git(&["tag", "--list"]), "v1.0.0");
    let never = hotfix(&format!("{SIGNED}emergency = \"never\"\n"));
    assert_eq!(
        run(&never, &["release", "--execute", "--emergency", "hotfix"])
            .status
            .code(),
        Some(1)
    );
}

#[test]
fn follow_ups_are_reported_until_done() {
    let sandbox = released(SIGNED);
    let status = |now: &str| {
        let text = on(&sandbox, now, &["status"]);
        text.split_once("; due ")
            .map(|(_, rest)| rest.split(" Release ").next().unwrap().to_owned())
    };
    let all = "approve `hotfix`, close the ticket, and write a retrospective";
    assert_eq!(status(NOW), Some(format!("by 2026-11-27: {all}")));
    sandbox.commit("feat: go on");
    let release = on(&sandbox, NOW, &["release"]);
    assert_contains(&release, "warning[release/emergency-due]");
    assert_contains(&release, format!("due by 2026-11-27: {all}"));
    let late = on(&sandbox, "2026-11-28T00:00:00Z", &["release"]).replace("- ", "-"); // lines break at hyphens
    assert!(
        late.contains("error[release/emergency-due]")
            && late.contains(&format!("overdue since 2026-11-27: {all}"))
    );
    approve(&sandbox);
    assert_eq!(
        status("2026-11-21T00:00:00Z"),
        Some("by 2026-11-27: close the ticket and write a retrospective".to_owned())
    );
    let text = sandbox
        .read("changes/hotfix.toml")
        .replace("\"deploying\"", "\"closed\"");
    sandbox.write(
        "changes/hotfix.toml",
        format!("{text}[outcome]\nresult = \"successful\"\n"),
    );
    sandbox.commit("docs: close the hotfix");
    assert_eq!(
        status("2026-11-21T00:00:00Z"),
        Some("by 2026-11-27: write a retrospective".to_owned())
    );
    let text = sandbox.read("changes/hotfix.toml");
    sandbox.write(
        "changes/hotfix.toml",
        format!("{text}retrospective = \"docs/retro-7.md\"\n"),
    );
    sandbox.commit("docs: look back at the hotfix");
    assert_eq!(status("2026-11-29T00:00:00Z"), None);
}

#[test]
fn follow_up_outlives_its_ticket_file() {
    let sandbox = released(SIGNED);
    sandbox.git(&["rm", "--quiet", "changes/hotfix.toml"]);
    sandbox.commit("docs: forget it");
    sandbox.commit("fix: go on");
    let text = on(&sandbox, NOW, &["status"]);
    assert_contains(
        &text,
        "due by 2026-11-27: approve `hotfix`, close the ticket, and write a retrospective",
    );
    on(&sandbox, NOW, &["release", "--execute"]);
    sandbox.commit("fix: go on and on");
    let text = on(&sandbox, "2026-11-28T00:00:00Z", &["release"]);
    assert_contains(&text, "error[release/emergency-due]");
}

#[test]
fn verify_reports_bypassed_rules_and_follow_ups() {
    let sandbox = released(SIGNED);
    let output = run(&sandbox, &["verify", "v1.0.1"]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(!text.contains("approved"), "{text}");
    assert_contains(
        &text,
        "bypassed     emergency         `hotfix`: bypassed approval/quorum-missing",
    );
    assert_contains(
        &text,
        "due by 2026-11-27: approve `hotfix`, close the ticket, and write a retrospective",
    );
    assert_eq!(
        run(&sandbox, &["verify", "v1.0.1", "--require-approvals"])
            .status
            .code(),
        Some(1)
    );
    approve(&sandbox);
    let later = [
        "verify",
        "v1.0.1",
        "--require-approvals",
        "--now",
        "2026-11-21T00:00:00Z",
    ];
    let output = sandbox.tollgate(&later);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert!(
        stdout(&output)
            .contains("approval/quorum-missing was bypassed, and the approval was given later")
    );
}

#[test]
fn verify_reads_the_older_spelling_of_the_trailer() {
    let sandbox = released(SIGNED);
    sandbox.retag("v1.0.1", |tag| tag.replace("\nBypassed:", "\nWent-past:"));
    let text = on(&sandbox, NOW, &["verify", "v1.0.1"]);
    assert_contains(&text, "bypassed approval/quorum-missing");
}

#[test]
fn verify_finds_a_bypass_that_the_tag_hides() {
    let sandbox = released(SIGNED);
    let message = sandbox.git(&["tag", "--list", "--format=%(contents)", "v1.0.1"]);
    let hidden: String = message
        .lines()
        .filter(|line| !line.starts_with("Emergency:"))
        .map(|line| format!("{line}\n"))
        .collect();
    sandbox.git(&[
        "tag",
        "--force",
        "--cleanup=verbatim",
        "-a",
        "-m",
        &hidden,
        "v1.0.1",
        "v1.0.1^{}",
    ]);
    let output = run(&sandbox, &["verify", "v1.0.1"]);
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    assert!(
        stdout(&output).contains(
            "differs      approvals         `changes/hotfix.toml`: approval/quorum-missing"
        )
    );
}

/// A release after the emergency.
fn released_after_emergency() -> Sandbox {
    let sandbox = released(SIGNED);
    sandbox.commit("feat: go on");
    assert_success(&run(&sandbox, &["release", "--execute"]));
    sandbox
}

#[test]
fn later_releases_record_the_emergency() {
    let sandbox = released_after_emergency();
    let trailers = |tag: &str| {
        let message = sandbox.git(&["tag", "--list", "--format=%(contents)", tag]);
        let lines = message.lines().map(str::to_owned);
        let lines = lines.filter(|line| line.starts_with("Previous-emergency: "));
        lines.collect::<Vec<_>>()
    };
    assert_eq!(trailers("v1.0.1"), ["Previous-emergency: -"]);
    assert_eq!(trailers("v1.1.0"), ["Previous-emergency: v1.0.1"]);
    let output = run(&sandbox, &["verify", "v1.1.0"]);
    assert_contains(stdout(&output), "same         emergencies       `v1.0.1`\n");
    sandbox.commit("feat: go on and on");
    assert_success(&run(&sandbox, &["release", "--execute"]));
    assert_eq!(trailers("v1.2.0"), ["Previous-emergency: v1.0.1"]);
    assert_contains(&on(&sandbox, NOW, &["status"]), "due by 2026-11-27");
}

#[test]
fn verify_finds_an_emergency_that_the_tag_omits() {
    let sandbox = released_after_emergency();
    let named = "\nPrevious-emergency: v1.0.1";
    for (forged, fact) in [
        (
            "-",
            "its commits contain `v1.0.1`, but the tag does not name the emergency release",
        ),
        (
            "v1.0.0 v1.0.1",
            "the tag names `v1.0.0`, but its commits contain no such emergency release",
        ),
    ] {
        let forged = format!("\nPrevious-emergency: {forged}");
        sandbox.retag("v1.1.0", |tag| tag.replace(named, &forged));
        let output = run(&sandbox, &["verify", "v1.1.0"]);
        assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
        assert_contains(
            stdout(&output),
            format!("differs      emergencies       {fact}"),
        );
        sandbox.retag("v1.1.0", |tag| tag.replace(&forged, named));
    }
    sandbox.git(&["tag", "--delete", "v1.0.1"]);
    let text = on(&sandbox, NOW, &["verify", "v1.1.0"]);
    assert_contains(
        &text,
        "unknown emergencies the tag names `v1.0.1`, but this repository has no such tag",
    );
}

/// What one person acting alone writes into a ticket.
struct Variant {
    kind: &'static str,
    state: State,
    risk: &'static str,
    has_incident: bool,
}

impl Variant {
    fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for kind in ["normal", "emergency"] {
            for state in State::WORDS.iter().map(|word| State::parse(word).unwrap()) {
                for risk in ["low", "medium", "high", "critical"] {
                    for has_incident in [false, true] {
                        all.push(Self {
                            kind,
                            state,
                            risk,
                            has_incident,
                        });
                    }
                }
            }
        }
        all
    }

    fn name(&self) -> String {
        let link = if self.has_incident {
            "incident"
        } else {
            "none"
        };
        format!("{}-{}-{}-{link}", self.kind, self.state.as_str(), self.risk)
    }

    /// The ticket: complete for its state, and reached by moves alone from a draft, which add no
    /// approval.
    fn ticket(&self) -> String {
        let links = if self.has_incident { "" } else { "links = []" };
        let review = "peers = [\"cy\"]\nimpact = \"none\"\ncoverage = \"all\"\ndocumentation = \"none\"\nsecurity = \"none\"";
        let draft = HOTFIX
            .replace("\"emergency\"", &format!("\"{}\"", self.kind))
            .replace("\"deploying\"", "\"draft\"")
            .replace(
                "links = [{ kind = \"incident\", ref = \"INC-7\" }]",
                if links.is_empty() { LINKS } else { "" },
            );
        let rest = format!(
            "validator = \"cy\"\nrisk.level = \"{}\"\n[review]\n{review}\n[schedule]\nstart = 2026-12-01T08:00:00Z\n\
             [outcome]\nresult = \"successful\"\nretrospective = \"docs/retro\"\n",
            self.risk
        );
        let source = Source::new("changes/hotfix.toml", draft + &rest);
        let document = Document::parse(source).0;
        let moved = ticket::with_state(&document, self.state).unwrap();
        assert!(!moved.contains("[[approvals]]"));
        moved
    }
}

const LINKS: &str = "links = [{ kind = \"incident\", ref = \"INC-7\" }]";

/// A bare repository with a branch for each variant, each with code that names its ticket.
fn branches(variants: &[Variant]) -> Sandbox {
    let sandbox = hotfix("");
    let keys = sandbox.read("keys");
    // Nothing but the approvals is in the way.
    let off = "[rules]\n\"content/*\" = \"off\"\n\"plan/*\" = \"off\"\n";
    let config = format!(
        "{SIGNED}medium = {{ evidence = \"signed\" }}\nhigh = {{ evidence = \"signed\" }}\n{off}"
    );
    let mut stream = String::new();
    let mut commit = |branch: &str, from: &str, message: &str, files: &[(&str, &str)]| {
        let who = "Ada <ada@example.com> 1767225600 +0000";
        stream += &format!("commit refs/heads/{branch}\nauthor {who}\ncommitter {who}\n");
        stream += &format!("data {}\n{message}\n{from}", message.len());
        for (path, text) in files {
            stream += &format!("M 100644 inline {path}\ndata {}\n{text}\n", text.len());
        }
    };
    commit(
        "base",
        "",
        "feat: begin",
        &[("tollgate.toml", &config), ("keys", &keys)],
    );
    for variant in variants {
        let files = [("changes/hotfix.toml", &*variant.ticket()), ("code", "x")];
        commit(
            &variant.name(),
            "from refs/heads/base\n",
            "fix: charge once\n\nChange: hotfix\n",
            &files,
        );
    }
    sandbox.git(&[
        "init",
        "--quiet",
        "--bare",
        "--initial-branch=base",
        "../bare",
    ]);
    for (key, value) in [
        ("user.name", "Ada"),
        ("user.email", "ada@example.com"),
        ("tag.gpgSign", "false"),
    ] {
        sandbox.git(&["-C", "../bare", "config", key, value]);
    }
    sandbox.git(&["-C", "../bare", "config", "commit.gpgSign", "false"]);
    let mut command = sandbox.command("git");
    command.args([
        "-C",
        "../bare",
        "fast-import",
        "--quiet",
        "--date-format=raw",
    ]);
    assert!(with_input(command, stream).status.success());
    sandbox.git(&[
        "-C", "../bare", "tag", "-a", "-m", "v1.0.0", "v1.0.0", "base",
    ]);
    sandbox
}

/// What one person gets to see.
struct Alone {
    repository: Repository,
    folder: PathBuf,
}

/// One person with a branch for each variant.
fn alone(variants: &[Variant]) -> (Sandbox, Alone) {
    let sandbox = branches(variants);
    let folder = sandbox.path().join("../bare").canonicalize().unwrap();
    let repository = Repository::find(&folder).unwrap().unwrap();
    (sandbox, Alone { repository, folder })
}

impl Alone {
    fn now() -> Timestamp {
        NOW.parse().unwrap()
    }

    /// The gate's result, as its exit code and its JSON have it.
    fn gate(&self, branch: &str) -> (bool, bool) {
        let resolve = |name: &str| {
            self.repository
                .resolve(&format!("refs/heads/{name}"))
                .unwrap()
        };
        let options = GateOptions::new(&self.folder, resolve("base"), resolve(branch), Self::now());
        let history = self.repository.history().unwrap();
        let judged =
            tollgate::app::gate::check_branch(&self.repository, &history, &options).unwrap();
        assert!(
            judged
                .approvals
                .iter()
                .all(|ticket| !ticket.judgement.is_approved()),
            "{branch}"
        );
        (
            judged.checked.count(Severity::Error) == 0,
            !judged.bypassed.is_empty(),
        )
    }

    /// Releases the branch; gives the message of the tag, if it is made.
    fn release(&self, branch: &str, emergency: Option<&str>) -> Option<String> {
        std::fs::write(
            self.folder.join("HEAD"),
            format!("ref: refs/heads/{branch}\n"),
        )
        .unwrap();
        let mut options = ReleaseOptions::new(&self.folder, Self::now());
        options.purpose = Purpose::Execution;
        options.emergency = emergency.map(str::to_owned);
        let proposal =
            tollgate::app::release::plan_release(&self.repository, &options, &mut NoProgress)
                .ok()?;
        let plan = proposal.plan.as_ref().filter(|_| !proposal.is_blocked())?;
        tollgate::app::release::make_release(&self.repository, &options, plan, &mut NoProgress)
            .unwrap();
        Some(plan.tags[0].message.clone())
    }

    /// The outcomes of `verify` that are about approvals and emergencies.
    fn verify(&self) -> Vec<Outcome> {
        let mut options = VerifyOptions::new(&self.folder, Self::now());
        options.tag = Some("v1.0.1".to_owned());
        let verification =
            tollgate::app::verify::verify_release(&self.repository, &options).unwrap();
        assert!(!verification.is_approved());
        let is_about =
            |subject: CheckKind| matches!(subject, CheckKind::Approvals | CheckKind::Emergency);
        verification
            .checks
            .into_iter()
            .filter(|check| is_about(check.kind))
            .map(|check| check.outcome)
            .collect()
    }
}

/// Whether the state says that the ticket is approved; before, it announces a change, and blocks
/// its release.
fn claims_approval(state: State) -> bool {
    state >= State::Approved && state != State::Cancelled
}

#[test]
fn one_person_alone_leaves_a_trace_at_the_gate() {
    let variants = Variant::all();
    let (_sandbox, alone) = alone(&variants);
    let mut bypassed = Vec::new();
    for variant in &variants {
        let (passes, is_bypassed) = alone.gate(&variant.name());
        assert!(
            !passes || is_bypassed || !claims_approval(variant.state),
            "{}",
            variant.name()
        );
        if passes && is_bypassed {
            bypassed.push((variant.kind, variant.has_incident, variant.state));
        }
    }
    let states = [
        "proposed",
        "reviewed",
        "approved",
        "deploying",
        "rolling-back",
    ];
    let expected = states.map(|word| ("emergency", true, State::parse(word).unwrap()));
    assert_eq!(bypassed.len(), 5 * 4);
    assert!(
        bypassed.iter().all(|found| expected.contains(found)),
        "{bypassed:?}"
    );
}

#[test]
fn one_person_alone_leaves_a_trace_in_a_release() {
    // The risk decides the quorum alone.
    let is_extreme = |variant: &Variant| ["low", "critical"].contains(&variant.risk);
    let variants: Vec<Variant> = Variant::all().into_iter().filter(is_extreme).collect();
    let (_sandbox, alone) = alone(&variants);
    let mut released = 0;
    for variant in &variants {
        let branch = variant.name();
        assert_eq!(alone.release(&branch, None), None, "{branch}");
        let Some(message) = alone.release(&branch, Some("hotfix")) else {
            continue;
        };
        released += 1;
        assert!(
            variant.kind == "emergency" && variant.has_incident,
            "{branch}"
        );
        assert!(
            message.contains("\nBypassed: approval/quorum-missing"),
            "{branch}: {message}"
        );
        assert!(
            message.contains("\nFollow-up-due: 2026-11-27\n"),
            "{branch}: {message}"
        );
        let outcomes = alone.verify();
        assert!(
            outcomes
                .iter()
                .all(|outcome| matches!(outcome, Outcome::Bypassed(_))),
            "{branch}: {outcomes:?}"
        );
        std::fs::remove_file(alone.folder.join("refs/tags/v1.0.1")).unwrap();
    }
    // Past draft and not over.
    assert_eq!(released, 6 * 2);
}

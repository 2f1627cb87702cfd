//! Tests of the comment: what it says, and that hostile text stays text.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use regex::Regex;

use super::approval::{EligibleApprover, ExcludedApprover, JudgedApproval};
use super::prediction::JudgedRelease;
use super::*;
use crate::config::Config;
use crate::risk::RiskPoints;
use crate::source::Source;
use crate::ticket::{ParsedTicket, RiskLevel};

const HOSTILE: &str = "/approve @everyone #12 GH-3 !4 <!-- x --><img src=x onerror=y> [a](https://evil.example) \
                       | www.evil.example `b` ``c` **d** ~~e~~ </details> &lt; org/repo#5 \u{202e}f\u{200b}";

fn ticket(text: &str, config: &str) -> JudgedTicket {
    let config = Config::parse(Source::new("tollgate.toml", config)).unwrap();
    let version = ParsedTicket::parse(&Source::new("changes/a.toml", text)).unwrap();
    let day = "2026-11-20".parse().unwrap();
    let facts = TicketFacts {
        state: version.ticket.state,
        involved: Involved::Added,
        covers: true,
        released_tag: None,
        risk: RiskLevel::High,
        score: version.ticket.computed_risk(day, &RiskPoints::default()),
        approvals: None,
        url: None,
        config: &config,
        now: "2026-11-20T12:00:00Z".parse().unwrap(),
    };
    JudgedTicket::of(&version, facts)
}

fn approvals() -> JudgedApprovals {
    JudgedApprovals {
        status: "not-approved",
        required_by_state: true,
        required_people: 2,
        approving_people: 1,
        required_roles: vec!["dba".into()],
        missing_roles: vec!["dba".into()],
        missing_any_role: false,
        required_evidence: "signed",
        entries: Vec::new(),
        eligible: vec![
            EligibleApprover {
                name: "bo".into(),
                roles: vec!["dba".into()],
            },
            EligibleApprover {
                name: "kim".into(),
                roles: vec!["qa".into()],
            },
        ],
        others_eligible: false,
        excluded: vec![ExcludedApprover {
            name: "ada".into(),
            reason: "is an author",
        }],
        unreachable: None,
        forge_counts: true,
        command: "tollgate ticket approve --sign --role dba a".into(),
        description: String::new(),
    }
}

fn finding(rule: &'static str, blocks: bool) -> JudgedFinding {
    JudgedFinding {
        rule,
        severity: if blocks {
            Severity::Error
        } else {
            Severity::Warning
        },
        blocks,
        path: Some("changes/a.toml".into()),
        commit: None,
        line: Some(3),
        message: "the message".into(),
        help: "the help".into(),
    }
}

/// The judgement of a branch with this ticket and these findings.
fn judgement(ticket: JudgedTicket, findings: Vec<JudgedFinding>) -> Judgement {
    let tickets = vec![ticket];
    let next_steps = next_steps(&findings, &tickets);
    let result = if next_steps.is_empty() {
        GateVerdict::Pass
    } else {
        GateVerdict::Fail
    };
    Judgement {
        result,
        headline: headline(result, &next_steps, None),
        next_steps,
        tickets,
        findings,
        ..Judgement::of_nothing()
    }
}

fn unapproved() -> Judgement {
    let mut ticket = ticket("title = \"Drop a column\"\nstate = \"approved\"", "");
    ticket.approvals = Some(approvals());
    judgement(ticket, vec![finding("approval/quorum-missing", true)])
}

/// What a renderer would show of a comment, and what it would do.
#[derive(Default)]
struct Rendered {
    /// The text outside code, by block.
    texts: Vec<String>,
    html: String,
    links: Vec<String>,
    rows: usize,
}

fn rendered(comment: &str) -> Rendered {
    let mut out = Rendered::default();
    let mut text = String::new();
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    for event in Parser::new_ext(comment, options) {
        match event {
            Event::Text(part) => text.push_str(&part),
            Event::Code(_) => text.push('\u{fffc}'),
            Event::Html(html) | Event::InlineHtml(html) => out.html.push_str(&html),
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                out.links.push(dest_url.to_string());
            }
            Event::End(TagEnd::TableRow) => out.rows += 1,
            Event::End(
                TagEnd::Paragraph | TagEnd::Item | TagEnd::TableCell | TagEnd::Heading(_),
            ) => {
                out.texts.push(std::mem::take(&mut text));
            }
            _ => {}
        }
    }
    out.texts.push(text);
    out
}

/// A prediction in which every text is hostile.
fn hostile_prediction() -> JudgedPrediction {
    let name = || HOSTILE.to_owned();
    let entry = JudgedEntry {
        scope: Some(name()),
        subject: name(),
        breaking: true,
        tickets: vec![name()],
    };
    let section = JudgedSection {
        title: name(),
        entries: vec![entry],
    };
    let next = JudgedVersion {
        version: None,
        tag: None,
        previous: None,
        bump: "none",
        releasable: false,
        unknown: Some(name()),
        exists: false,
    };
    JudgedPrediction {
        method: "squash",
        certain: false,
        condition: "squashed with the title as it is now",
        message: Some(name()),
        bump: "minor",
        depends_on: vec![name()],
        uncounted_headers: vec![name()],
        has_conflict: true,
        error: Some(name()),
        releases: vec![JudgedRelease {
            package: Some(name()),
            next,
            changelog: vec![section],
        }],
    }
}

/// The judgement of a branch in which every text is hostile.
fn hostile() -> Judgement {
    let quoted = HOSTILE.replace('\\', "\\\\").replace('"', "\\\"");
    let text = format!(
        "title = \"{quoted}\"\nstate = \"approved\"\n[schedule]\nstart = 2026-11-24T08:00:00Z\n\
         end = 2026-11-24T09:00:00Z\nfreeze_override = {{ reason = \"x\", by = \"{quoted}\" }}\n[rollback]\n\
         decider = \"{quoted}\"\nwithin = \"30m\"\nloses = \"{quoted}\"\npoint_of_no_return = \"{quoted}\"\n\
         steps = [{{ do = \"x\", run = \"{quoted}\" }}, \"{quoted}\"]\n"
    );
    let mut ticket = ticket(&text, "");
    let name = || HOSTILE.to_owned();
    (ticket.id, ticket.path) = (name(), name());
    let entry = |effect| JudgedApproval {
        by: name(),
        name: name(),
        role: Some(name()),
        evidence: "signed",
        key: None,
        at: None,
        effect,
        reason: (effect == "ignored").then(name),
    };
    ticket.approvals = Some(JudgedApprovals {
        entries: ["approves", "rejects", "ignored"].map(entry).to_vec(),
        eligible: vec![EligibleApprover {
            name: name(),
            roles: vec![name(), "dba".into()],
        }],
        excluded: vec![ExcludedApprover {
            name: name(),
            reason: "is an author",
        }],
        command: name(),
        unreachable: Some(name()),
        ..approvals()
    });
    let hostile = |rule, blocks| JudgedFinding {
        path: Some(name()),
        message: name(),
        help: name(),
        ..finding(rule, blocks)
    };
    let mut judgement = judgement(
        ticket,
        vec![
            hostile("approval/quorum-missing", true),
            hostile("gate/missing-ticket", true),
            hostile("plan/x", false),
        ],
    );
    judgement.base.name = Some(name());
    judgement.base.configuration = Some(name());
    judgement.headline = name();
    judgement.notes = vec![name()];
    judgement.policies = vec![JudgedPolicy {
        name: name(),
        trigger: name(),
        triggers: vec![PolicyTrigger {
            path: Some(name()),
            commit: Some(name()),
        }],
        trigger_count: 2,
        coverage: "unmet",
        tickets: vec![name()],
        lacking: vec![name()],
        condition: None,
    }];
    judgement.prediction = Some(hostile_prediction());
    judgement.exceptions = vec![JudgedException {
        commit: name(),
        policy: name(),
        reason: name(),
    }];
    judgement.suppressions = vec![JudgedSuppression {
        path: name(),
        line: 1,
        rules: vec![name()],
        reason: name(),
    }];
    judgement
}

#[test]
fn hostile_text_stays_text_in_the_comment() {
    let comment = hostile().comment();
    let rendered = rendered(&comment);
    let own = Regex::new(
        r"<!-- tollgate:gate -->|</?(details|summary|sub|b)>|<br>|What requires a ticket, and what is exempt|\d+ remarks, which do not block it|If it is squashed with the title as it is now",
    );
    let html = own.unwrap().replace_all(&rendered.html, "").into_owned();
    assert_eq!(html.trim(), "", "{comment}");
    assert_eq!(rendered.links, Vec::<String>::new());
    let active = Regex::new(r"@\w|[#!&%$^]\d|~\w|GH-\d|://|www\.|repo#").unwrap();
    for text in &rendered.texts {
        assert!(!active.is_match(text), "{text}");
    }
    assert_eq!(rendered.rows, 5, "{comment}");
    assert!(!comment.contains(['\u{202e}', '\u{200b}']));
    assert!(
        comment
            .lines()
            .all(|line| !line.trim_start().starts_with('/'))
    );
}

#[test]
fn a_link_leads_to_the_ticket_whatever_its_title() {
    let mut ticket = ticket("title = \"x](https://evil.example) [y\"", "");
    ticket.url = Some("https://git.example/o/r/blob/abc/changes/a.toml".into());
    let rendered = rendered(&judgement(ticket, Vec::new()).comment());
    assert_eq!(
        rendered.links,
        ["https://git.example/o/r/blob/abc/changes/a.toml"]
    );
}

#[test]
fn comment_stays_below_the_limit_and_counts_what_is_left_out() {
    let message = "m".repeat(300);
    let finding = |_| JudgedFinding {
        message: message.clone(),
        ..finding("plan/x", false)
    };
    let judgement = judgement(
        ticket("title = \"x\"", ""),
        (0..1_000).map(finding).collect(),
    );
    let comment = judgement.comment();
    assert!(comment.chars().count() <= 65_536);
    let listed = comment.matches("- `plan/x`").count();
    assert!(
        comment.contains(&format!("{} lines were left out", 1_000 - listed)),
        "{listed}"
    );
    assert_eq!(
        comment.matches("<details>").count(),
        comment.matches("</details>").count()
    );
    assert!(comment.trim_end().ends_with("</sub>"));
}

#[test]
fn longest_texts_stay_below_the_limit() {
    let long = |text: &str| text.repeat(5_000);
    let mut judgement = hostile();
    judgement.tickets = vec![judgement.tickets[0].clone(); 300];
    judgement.headline = long("@a ");
    judgement.base.name = Some(long("|`"));
    assert!(judgement.comment().chars().count() <= 65_536);
}

#[test]
fn only_holders_of_a_missing_role_are_asked() {
    let comment = unapproved().comment();
    let line = "- **1 approval as dba** for `a`, by bo (dba): approve this pull request, or run `tollgate ticket \
                approve --sign --role dba a` and push the ticket.";
    assert!(comment.contains(line), "{comment}");
    assert!(
        comment.contains("⏳ **1 approval as dba: bo (dba) can**"),
        "{comment}"
    );
    assert!(
        comment.contains("Cannot approve: ada is an author."),
        "{comment}"
    );
    assert!(
        comment.contains("## ⛔ Cannot be merged yet: 1 approval is missing"),
        "{comment}"
    );
}

#[test]
fn it_is_said_if_no_one_can_approve() {
    let mut judgement = unapproved();
    let NextStep::Approve(step) = &mut judgement.next_steps[0] else {
        panic!("an approval is missing");
    };
    step.who.clear();
    step.unreachable = Some("no one is left who can approve in the role `dba`".into());
    let comment = judgement.comment();
    let line = "- **1 approval as dba** for `a`. No one is left who can approve in the role `dba`.";
    assert!(comment.contains(line), "{comment}");
}

#[test]
fn what_only_the_forge_knows_is_not_a_missing_approval() {
    let mut ticket = ticket("title = \"x\"\nstate = \"approved\"", "");
    ticket.approvals = Some(JudgedApprovals {
        status: "unknown",
        ..approvals()
    });
    let steps = next_steps(&[finding("approval/quorum-missing", true)], &[ticket]);
    assert!(matches!(&steps[..], [NextStep::Fix(_)]), "{steps:?}");
}

#[test]
fn window_is_compared_with_freezes() {
    let freeze = "[[freeze]]\nname = \"Black Friday\"\nstart = 2026-11-26T16:30:00Z\nend = 2026-11-30T08:00:00Z\n\
                  covers = [\"deploy\"]\n[reports]\nzone = \"Europe/Berlin\"";
    let at = |start: &str, end: &str| {
        let text = format!("[schedule]\nstart = {start}\nend = {end}");
        judgement(ticket(&text, freeze), Vec::new()).comment()
    };
    let before = at("2026-11-24T08:30:00Z", "2026-11-24T09:30:00Z");
    assert!(
        before.contains("no freeze applies · *Black Friday* begins 55 h later"),
        "{before}"
    );
    let during = at("2026-11-27T08:30:00Z", "2026-11-27T09:30:00Z");
    assert!(
        during.contains("⛔ in the freeze *Black Friday* until"),
        "{during}"
    );
}

#[test]
fn risk_is_shown_with_its_sum() {
    let text =
        "[risk]\nlevel = \"high\"\nreversible = \"partly\"\n[schema_change]\nphase = \"contract\"";
    let comment = judgement(ticket(text, ""), Vec::new()).comment();
    let risk = "**high** (declared; computed medium: contract phase of a schema change +2, partly reversible +1 = 3)";
    assert!(comment.contains(risk), "{comment}");
}

#[test]
fn policy_that_only_warns_is_not_denied() {
    let says_none = |policies| {
        let judgement = Judgement {
            policies,
            ..Judgement::of_nothing()
        };
        judgement.comment().contains("No policy requires a ticket")
    };
    assert!(says_none(Vec::new()));
    assert!(!says_none(hostile().policies));
}

#[test]
fn help_that_repeats_is_printed_once() {
    let findings = ["gate/a", "gate/b"].map(|rule| finding(rule, true));
    let comment = judgement(ticket("title = \"x\"", ""), findings.to_vec()).comment();
    assert_eq!(comment.matches("The message").count(), 2, "{comment}");
    assert_eq!(comment.matches("The help").count(), 1, "{comment}");
}

#[test]
fn approval_of_an_emergency_is_not_required_to_get_it_in() {
    let emergency = JudgedEmergency {
        ticket: "a".into(),
        path: "changes/a.toml".into(),
        risk: "high",
        open_requirements: Vec::new(),
        required_evidence: "claimed",
        eligible_approvers: Vec::new(),
        due_date: "2026-11-27".into(),
        released_tag: None,
        description: "`a` requires approval by 2026-11-27".into(),
    };
    let judgement = Judgement {
        emergencies: vec![emergency],
        ..judgement(ticket("title = \"x\"", ""), vec![finding("gate/a", true)])
    };
    let comment = judgement.comment();
    let after = comment
        .split_once("**Still required after the merge:**")
        .unwrap()
        .1;
    assert!(
        after.contains("- `a` requires approval by 2026-11-27"),
        "{comment}"
    );
}

#[test]
fn bar_is_escaped_only_in_a_table() {
    let mut ticket = ticket(
        "title = \"x\"\nrollback = [{ do = \"y\", run = \"a | b\" }]",
        "",
    );
    ticket.id = "a | b".into();
    ticket.approvals = Some(approvals());
    let comment = judgement(ticket, vec![finding("approval/quorum-missing", true)]).comment();
    assert!(
        comment.contains("| **Undone by** | `a \\| b` |"),
        "{comment}"
    );
    assert!(comment.contains("for `a | b`, by"), "{comment}");
}

/// A prediction of a squash that counts as patch, with this version before it.
fn prediction(previous: Option<&str>) -> JudgedPrediction {
    let next = JudgedVersion {
        version: Some("4.13.0".into()),
        tag: Some("v4.13.0".into()),
        previous: previous.map(str::to_owned),
        bump: if previous.is_some() { "minor" } else { "none" },
        releasable: true,
        unknown: None,
        exists: false,
    };
    JudgedPrediction {
        method: "squash",
        certain: true,
        condition: "squashed with the title as it is now",
        message: Some("fix: x".into()),
        bump: "patch",
        depends_on: Vec::new(),
        uncounted_headers: Vec::new(),
        has_conflict: false,
        error: None,
        releases: vec![JudgedRelease {
            package: None,
            next,
            changelog: Vec::new(),
        }],
    }
}

#[test]
fn other_unreleased_changes_explain_a_higher_version() {
    let of = |previous| {
        let judgement = Judgement {
            prediction: Some(prediction(previous)),
            ..Judgement::of_nothing()
        };
        judgement.comment()
    };
    let others =
        "counts as patch; with the other unreleased changes, the next version is **4.13.0**.";
    assert!(of(Some("4.12.1")).contains(others));
    assert!(of(None).contains("The commit `fix: x` counts as patch."));
}

#[test]
fn breaking_change_below_one_is_not_put_down_to_other_changes() {
    let comment = Judgement {
        prediction: Some(JudgedPrediction {
            bump: "major",
            ..prediction(Some("0.3.0"))
        }),
        ..Judgement::of_nothing()
    }
    .comment();
    assert!(
        comment.contains("The commit `fix: x` counts as major."),
        "{comment}"
    );
}

#[test]
fn branch_that_conflicts_cannot_be_merged_as_it_is() {
    let prediction = JudgedPrediction {
        has_conflict: true,
        ..prediction(None)
    };
    let headline = |verdict| headline(verdict, &[], Some(&prediction));
    let conflict = "Can be merged once it no longer conflicts with its base";
    assert_eq!(headline(GateVerdict::Pass), conflict);
    assert_eq!(headline(GateVerdict::Fail), "Cannot be merged yet");
}

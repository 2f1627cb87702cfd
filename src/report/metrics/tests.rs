//! Tests of metrics: every figure is worked out by hand.

use jiff::Timestamp;

use super::figures::{MissedWindow, Recovery, Share};
use super::*;
use crate::commit::Id;
use crate::document::time_zone;
use crate::risk::RiskPoints;
use crate::source::Source;
use crate::ticket::{ParsedTicket, digest};

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A ticket with these lines, added at this time.
fn ticket(id: &str, added: Option<&str>, lines: &str) -> MeasuredTicket {
    let text = format!("id = \"{id}\"\n{lines}\n");
    let plan = ParsedTicket::parse(&Source::new("t.toml", text.clone())).unwrap();
    let text = text.replace("DIGEST", &digest(&plan.document));
    let parsed = ParsedTicket::parse(&Source::new("t.toml", text)).unwrap();
    let day = "2026-11-26".parse().unwrap();
    MeasuredTicket::of(
        &parsed,
        added.map(at),
        day,
        &RiskPoints::default(),
        at("2026-11-26T09:00:00Z"),
    )
}

fn approval(time: &str) -> String {
    format!(
        "[[approvals]]\nby = \"bo@x\"\ndecision = \"approve\"\nat = {time}\ndigest = \"DIGEST\"\n"
    )
}

/// A release with commits: the times at which they were written, and their tickets.
fn release(version: &str, time: &str, commits: &[(&str, &[&str])]) -> MeasuredRelease {
    let commit = |(written, tickets): &(&str, &[&str])| MeasuredCommit {
        id: format!("{version}-{written}"),
        at: (!written.is_empty()).then(|| at(written)),
        tickets: tickets.iter().map(|id| (*id).to_owned()).collect(),
        headline: String::new(),
    };
    MeasuredRelease {
        version: version.into(),
        tag: format!("v{version}"),
        at: at(time),
        commits: commits.iter().map(commit).collect(),
        actions: None,
    }
}

fn facts(releases: Vec<MeasuredRelease>, tickets: Vec<MeasuredTicket>) -> MetricsFacts {
    let now = at("2026-11-26T09:00:00Z");
    MetricsFacts {
        project: "shop".into(),
        head: Id::new([1; 20]),
        units: vec![UnitReleases {
            package: None,
            period: Period {
                range: Some("v1.0.0..v1.2.0".into()),
                start: at("2026-11-01T00:00:00Z"),
                end: at("2026-11-15T00:00:00Z"),
                releases,
            },
            before: None,
            unreleased: Vec::new(),
        }],
        tickets,
        clock: Clock::new(now, time_zone("Europe/Berlin").unwrap()),
    }
}

fn figures(releases: Vec<MeasuredRelease>, tickets: Vec<MeasuredTicket>) -> Figures {
    let metrics = Metrics::new(&facts(releases, tickets));
    metrics.units.into_iter().next().unwrap().figures
}

/// Two releases: the first was rolled back and fixed by the second, an emergency.
fn two_releases() -> (Vec<MeasuredRelease>, Vec<MeasuredTicket>) {
    let releases = vec![
        release(
            "1.1.0",
            "2026-11-03T10:00:00Z",
            &[
                ("2026-11-01T10:00:00Z", &["pool"]),
                ("2026-11-02T10:00:00Z", &[]),
                ("2026-11-03T09:00:00Z", &["pool"]),
            ],
        ),
        release(
            "1.1.1",
            "2026-11-04T10:00:00Z",
            &[("2026-11-04T09:30:00Z", &["hotfix"])],
        ),
    ];
    let pool = format!(
        "risk.level = \"medium\"\nschedule = {{ start = 2026-11-03T09:00:00Z, end = 2026-11-03T11:00:00Z }}\n\
         rollback = {{ rehearsed_on = 2026-10-01, steps = [\"x\"] }}\n{}\
         [[deployment.steps]]\ndo = \"a\"\nautomated = true\n[[deployment.steps]]\ndo = \"b\"\n\
         [outcome]\ndeployed_at = 2026-11-03T11:10:00Z\nended_at = 2026-11-03T11:55:00Z\nresult = \"rolled-back\"\n",
        approval("2026-11-02T12:00:00Z")
    );
    let hotfix = format!(
        "kind = \"emergency\"\ndeployment = [\"a\"]\n{}\
         [outcome]\ndeployed_at = 2026-11-04T10:05:00Z\nresult = \"successful\"\ncaused_by = \"pool\"\n\
         measured = \"no order was charged twice\"\n",
        approval("2026-11-04T12:00:00Z")
    );
    let tickets = vec![
        ticket("pool", Some("2026-11-01T09:00:00Z"), &pool),
        ticket("hotfix", Some("2026-11-04T09:00:00Z"), &hotfix),
    ];
    (releases, tickets)
}

fn share(count: usize, of: usize, unknown: usize, ids: &[&str]) -> Share {
    Share {
        count,
        of,
        unknown,
        ids: ids.iter().map(|id| (*id).to_owned()).collect(),
    }
}

#[test]
fn lead_time_is_from_the_commit_to_the_deployment() {
    let (releases, tickets) = two_releases();
    let figures = figures(releases, tickets);
    // 49 h 10 min, 24 h to the tag, 2 h 10 min, and 35 min: the middle is between 2:10 and 24:00.
    let median = (2 * HOUR + 600 + DAY) / 2;
    assert_eq!(figures.lead_time.values, 4);
    assert_eq!(figures.lead_time.median_seconds, Some(median));
    assert_eq!(figures.lead_time.p90_seconds, Some(49 * HOUR + 600));
    assert_eq!(figures.deployments_from_tickets, 3);
    let first = &figures.releases[0];
    assert_eq!(first.lead_time.median_seconds, Some(DAY));
    assert_eq!((first.commits, first.with_ticket), (3, 2));
}

#[test]
fn a_deployment_before_the_commit_is_unknown() {
    let releases = vec![release(
        "1.1.0",
        "2026-11-03T10:00:00Z",
        &[("2026-11-05T00:00:00Z", &[]), ("", &[])],
    )];
    let lead_time = figures(releases, Vec::new()).lead_time;
    assert_eq!((lead_time.values, lead_time.unknown), (0, 2));
    assert_eq!(lead_time.median_seconds, None);
}

#[test]
fn the_tag_counts_if_the_ticket_was_deployed_before_the_commit() {
    let releases = vec![release(
        "1.1.0",
        "2026-11-03T10:00:00Z",
        &[("2026-11-03T09:00:00Z", &["a"])],
    )];
    let tickets = vec![ticket(
        "a",
        None,
        "outcome.deployed_at = 2026-11-01T00:00:00Z",
    )];
    let figures = figures(releases, tickets);
    assert_eq!(figures.lead_time.median_seconds, Some(HOUR));
    assert_eq!(figures.deployments_from_tickets, 0);
}

#[test]
fn failed_releases_and_recovery_follow_from_outcomes() {
    let (releases, tickets) = two_releases();
    let figures = figures(releases, tickets);
    assert_eq!(figures.failed, share(1, 2, 0, &["1.1.0"]));
    assert_eq!(
        figures.recovery,
        [Recovery {
            version: "1.1.0".into(),
            seconds: 45 * 60
        }]
    );
    assert_eq!(figures.emergencies, share(1, 2, 0, &["1.1.1"]));
    assert_eq!(figures.releases[0].result, Some("rolled-back"));
    assert_eq!(figures.releases[1].result, Some("successful"));
}

#[test]
fn a_release_named_as_cause_failed() {
    let releases = vec![release(
        "1.1.0",
        "2026-11-03T10:00:00Z",
        &[("2026-11-03T09:00:00Z", &["a"])],
    )];
    let tickets = vec![
        ticket("a", None, "outcome.result = \"successful\""),
        ticket("b", None, "outcome.caused_by = \"a\""),
    ];
    let figures = figures(releases, tickets);
    assert_eq!(figures.failed, share(1, 1, 0, &["1.1.0"]));
    assert_eq!(figures.recovery_unknown, ["1.1.0"]);
    assert_eq!(figures.releases[0].result, Some("failed"));
}

#[test]
fn a_release_whose_tickets_say_nothing_is_unknown() {
    let releases = vec![
        release(
            "1.1.0",
            "2026-11-03T10:00:00Z",
            &[("2026-11-03T09:00:00Z", &["a"])],
        ),
        release(
            "1.2.0",
            "2026-11-04T10:00:00Z",
            &[("2026-11-04T09:00:00Z", &[])],
        ),
    ];
    let facts = facts(releases, vec![ticket("a", None, "")]);
    let metrics = Metrics::new(&facts);
    let figures = &metrics.units[0].figures;
    assert_eq!(figures.failed, share(0, 0, 2, &[]));
    assert_eq!(figures.emergencies, share(0, 1, 1, &[]));
    assert_eq!(figures.releases[1].emergency, None);
    let text = metrics.markdown();
    assert!(
        text.contains("| **Failed releases** | unknown for all 2 |"),
        "{text}"
    );
    assert!(text.contains("| unknown: no ticket says |"), "{text}");
    assert!(!text.contains("0 of 0"), "{text}");
}

#[test]
fn work_is_counted_by_ticket_and_step() {
    let (releases, tickets) = two_releases();
    let figures = figures(releases, tickets);
    assert_eq!(figures.with_ticket.count, 3);
    assert_eq!(figures.with_ticket.of, 4);
    assert_eq!(figures.automated_steps, share(1, 3, 0, &["pool"]));
    assert_eq!(figures.rehearsed, share(1, 2, 0, &["pool"]));
    assert_eq!(figures.rehearsed_risky, share(1, 1, 0, &["pool"]));
    assert_eq!(figures.measured, share(1, 2, 0, &["hotfix"]));
    // The emergency does not wait; the other ticket waited from 1 November 09:00 to 2 November 12:00.
    assert_eq!(figures.approval_wait.values, 1);
    assert_eq!(figures.approval_wait.median_seconds, Some(27 * HOUR));
}

#[test]
fn windows_are_kept_or_missed() {
    let (releases, tickets) = two_releases();
    let figures = figures(releases, tickets);
    assert_eq!(figures.windows_kept, share(0, 1, 0, &[]));
    assert_eq!(
        figures.windows_missed,
        [MissedWindow {
            ticket: "pool".into(),
            seconds: 600,
            is_late: true
        }]
    );
    assert_eq!(figures.outside_hours, share(0, 1, 0, &[]));
}

#[test]
fn windows_outside_working_hours_are_counted_in_the_zone() {
    let outside = |start: &str, end: &str| {
        let releases = vec![release(
            "1.1.0",
            "2026-11-03T10:00:00Z",
            &[("2026-11-03T09:00:00Z", &["a"])],
        )];
        let lines = format!("schedule = {{ start = {start}, end = {end} }}");
        figures(releases, vec![ticket("a", None, &lines)])
            .outside_hours
            .count
    };
    assert_eq!(outside("2026-11-24T07:00:00Z", "2026-11-24T17:00:00Z"), 0);
    assert_eq!(outside("2026-11-24T06:59:00Z", "2026-11-24T08:00:00Z"), 1);
    assert_eq!(outside("2026-11-24T16:00:00Z", "2026-11-24T17:01:00Z"), 1);
    assert_eq!(outside("2026-11-27T10:00:00Z", "2026-11-27T11:00:00Z"), 0);
    assert_eq!(outside("2026-11-27T10:30:00Z", "2026-11-27T11:30:00Z"), 1);
    assert_eq!(outside("2026-11-28T10:00:00Z", "2026-11-28T11:00:00Z"), 1);
}

#[test]
fn an_approval_of_an_older_plan_does_not_end_the_waiting() {
    let lines = approval("2026-11-02T12:00:00Z").replace("DIGEST", &"0".repeat(64));
    assert_eq!(ticket("a", None, &lines).approved_at, None);
}

#[test]
fn open_actions_are_counted_and_overdue_ones_named() {
    let action = |is_done, is_overdue| MeasuredAction {
        is_done,
        is_overdue,
    };
    let with_file = MeasuredRelease {
        actions: Some(vec![action(true, false), action(false, true)]),
        ..release("1.1.0", "2026-11-03T10:00:00Z", &[])
    };
    let metrics = Metrics::new(&facts(vec![with_file], Vec::new()));
    assert_eq!(metrics.units[0].figures.actions, Some(share(1, 2, 0, &[])));
    assert!(
        metrics.markdown().contains(
            "| Items and actions of release files that are done | **1 of 2** | 1 overdue |"
        )
    );
}

#[test]
fn fewer_than_five_values_are_not_compared() {
    let (releases, tickets) = two_releases();
    let mut facts = facts(releases, tickets);
    facts.units[0].before = Some(Period {
        range: None,
        start: at("2026-10-18T00:00:00Z"),
        end: at("2026-11-01T00:00:00Z"),
        releases: vec![release(
            "1.0.0",
            "2026-10-20T10:00:00Z",
            &[("2026-10-20T09:00:00Z", &[])],
        )],
    });
    let text = Metrics::new(&facts).markdown();
    assert!(text.contains("| too few values to compare |"), "{text}");
    assert!(text.contains("| 1 release in 14 days |"), "{text}");
}

#[test]
fn a_cited_ticket_that_is_missing_is_named() {
    let releases = vec![release(
        "1.1.0",
        "2026-11-03T10:00:00Z",
        &[("2026-11-03T09:00:00Z", &["gone"])],
    )];
    let text = Metrics::new(&facts(releases, Vec::new())).markdown();
    assert!(text.contains("Commits cite tickets that are not in this commit: `gone`."));
    assert!(
        text.contains("| Tickets with a rehearsed rollback | none |"),
        "{text}"
    );
}

#[test]
fn long_lists_are_cut() {
    let names: Vec<String> = (0..8).map(|number| format!("t{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let releases = vec![release(
        "1.1.0",
        "2026-11-03T10:00:00Z",
        &[("2026-11-03T09:00:00Z", &names)],
    )];
    let text = Metrics::new(&facts(releases, Vec::new())).markdown();
    assert!(text.contains("`t3`, `t4`, and 3 more."), "{text}");
}

#[test]
fn a_period_without_releases_has_no_figures() {
    let text = Metrics::new(&facts(Vec::new(), Vec::new())).markdown();
    let (before, made_from) = text.split_once("Made from").unwrap();
    assert_eq!(
        before,
        "# How shop releases\n\n**`v1.0.0..v1.2.0`, Sun 1 Nov 2026 – Sun 15 Nov 2026:** no releases.\n\n"
    );
    assert!(!made_from.contains("##"), "{text}");
}

#[test]
fn no_person_is_named() {
    let (releases, tickets) = two_releases();
    let metrics = Metrics::new(&facts(releases, tickets));
    assert!(!metrics.markdown().contains("bo@x") && !metrics.json().contains("bo@x"));
}

#[test]
fn deployment_in_the_future_has_not_happened() {
    let planned = ticket("a", None, "outcome.deployed_at = 2027-01-01T00:00:00Z");
    assert_eq!(planned.deployed_at, None);
}

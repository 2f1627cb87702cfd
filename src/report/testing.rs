//! Facts for the tests of reports.

use jiff::Timestamp;

use super::clock::Clock;
use super::facts::{
    CommitRole, EarlierRelease, ReleaseFacts, ReleaseTag, ReportedCommit, ReportedFile,
    ReportedTicket,
};
use crate::approval::{ApprovalResult, Evidence, QuorumShortfall, TicketApprovals};
use crate::commit::{Commit, Id, RawCommit};
use crate::config::{Config, Quorum};
use crate::document::time_zone;
use crate::release_file::ParsedReleaseFile;
use crate::source::Source;
use crate::ticket::{ParsedTicket, RiskLevel, State, digest};

/// The facts of an unreleased version 4.13.0 of `shop` with these tickets: IDs and further lines of
/// their files.
pub(super) fn facts_of(tickets: &[(&str, &str)]) -> ReleaseFacts {
    let config = Config::default();
    let now = "2026-11-23T15:00:00Z".parse().unwrap();
    let clock = Clock::new(now, time_zone("Europe/Berlin").unwrap());
    let day = clock.date(now);
    let ticket = |(id, text): &(&str, &str)| {
        let text = format!("id = \"{id}\"\ntitle = \"Change {id}\"\n{text}\n");
        let planned =
            ParsedTicket::parse(&Source::new(format!("changes/{id}.toml"), text)).unwrap();
        ReportedTicket {
            digest: digest(&planned.document),
            risk: planned.ticket.stricter_risk(day, &config.risk),
            score: planned.ticket.computed_risk(day, &config.risk),
            latest: Some(planned.clone().into()),
            planned: planned.into(),
            approvals: None,
        }
    };
    ReleaseFacts {
        project: "shop".into(),
        version: Some("4.13.0".parse().unwrap()),
        range: None,
        previous: None,
        tag: None,
        tip: Id::new([1; 20]),
        head: Id::new([1; 20]),
        commits: Vec::new(),
        tickets: tickets.iter().map(ticket).collect(),
        earlier: Vec::new(),
        file: ReportedFile {
            path: "releases/next.toml".into(),
            ..ReportedFile::default()
        },
        previous_file: None,
        sign_off: None,
        changelog_entries: 0,
        prereleases: Vec::new(),
        config,
        clock,
    }
}

/// The contents of a release file.
pub(super) fn release_file(text: &str) -> ReportedFile {
    let path = "releases/next.toml";
    let parsed = ParsedReleaseFile::parse(&Source::new(path, text)).unwrap();
    ReportedFile {
        path: path.into(),
        contents: Some(parsed.file),
        exists: true,
    }
}

/// An earlier release of a range with this file, made on 10 November.
pub(super) fn earlier_release(version: &str, file: &str) -> EarlierRelease {
    EarlierRelease {
        version: version.parse().unwrap(),
        tag: ReleaseTag {
            name: format!("v{version}"),
            at: "2026-11-10T09:00:00Z".parse().ok(),
            by: Some("ria".into()),
        },
        file: release_file(file),
        prereleases: Vec::new(),
    }
}

/// The result for a ticket that one person has to approve and no one did.
pub(super) fn not_approved() -> TicketApprovals {
    TicketApprovals {
        contributors: Vec::new(),
        additions: Vec::new(),
        id: "b".into(),
        path: "changes/b.toml".into(),
        state: State::Proposed,
        risk: RiskLevel::Low,
        quorum: Quorum::of(1),
        policies: Vec::new(),
        approvers: None,
        judgement: ApprovalResult {
            entries: Vec::new(),
            shortfall: Some(QuorumShortfall {
                people: Some((0, 1)),
                roles: Vec::new(),
                any_role: false,
            }),
            unreachable: None,
            evidence: Evidence::Claimed,
            needs_forge: false,
            deferral: None,
            written_state: State::Proposed,
            missing_fields: Vec::new(),
        },
    }
}

/// A commit of a release by this author, which cites these tickets.
pub(super) fn commit_of(
    number: u8,
    author: &str,
    message: &str,
    tickets: &[&str],
) -> ReportedCommit {
    let at = 1_795_000_000 + i64::from(number) * 3600;
    let person = format!("{author} <{author}@shop.example> {at} +0000");
    let text = format!(
        "tree {}\nauthor {person}\ncommitter {person}\n\n{message}\n",
        "2".repeat(40)
    );
    let raw = RawCommit::parse(text.as_bytes()).unwrap();
    ReportedCommit {
        commit: Commit::read(Id::new([number; 20]), &raw),
        author: author.into(),
        at: Timestamp::from_second(at).ok(),
        role: CommitRole::Change,
        tickets: tickets.iter().map(|id| (*id).to_owned()).collect(),
    }
}

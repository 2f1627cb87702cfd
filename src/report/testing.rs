//! Facts for the tests of reports.

use super::clock::Clock;
use super::facts::{ReleaseFacts, ReportedFile, ReportedTicket};
use crate::commit::Id;
use crate::config::{Config, time_zone};
use crate::release_file::ParsedReleaseFile;
use crate::source::Source;
use crate::ticket::{ParsedTicket, digest};

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
            latest: Some(planned.clone()),
            planned,
            approvals: None,
        }
    };
    ReleaseFacts {
        project: "shop".into(),
        version: Some("4.13.0".parse().unwrap()),
        previous: None,
        tag: None,
        tip: Id::new([1; 20]),
        head: Id::new([1; 20]),
        commits: Vec::new(),
        tickets: tickets.iter().map(ticket).collect(),
        file: ReportedFile {
            path: "releases/next.toml".into(),
            ..ReportedFile::default()
        },
        previous_file: None,
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

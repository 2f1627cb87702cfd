//! Compares an existing release with the plan that is recomputed from its commits.
//!
//! Pure: the recomputed plan and the actual release come in as values. Signatures and approvals are
//! verified in `app`; only the types of their checks are here.

use std::collections::{BTreeMap, BTreeSet};

use super::emergency::{BYPASSED, BYPASSED_LEGACY, EMERGENCY, FOLLOW_UP, PREVIOUS_EMERGENCY};
use super::file_edits::PathChange;
use super::plan::{Plan, PlannedTag};
use super::tag_metadata::{
    BASE, CHANGELOG, COMMITS, CONFIGURATION, OPTIONS, OPTIONS_LEGACY, PACKAGE, TICKET, TOOL,
    TagMetadata, VIA, normalized_notes,
};
use crate::changelog::chapter;
use crate::commit::Id;
use crate::history::File;
use crate::ticket::RiskLevel;

/// The result of comparing a release with its recomputation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verification {
    /// The tag's name, without `refs/tags/`.
    pub tag: String,
    /// The tagged commit; `None` if the tag doesn't lead to a commit.
    pub commit: Option<Id>,
    /// The commit that was released; the tagged commit itself if there is no release commit.
    pub base: Option<Id>,
    /// The tool that made the release, with its version, as the tag records it.
    pub tool: Option<String>,
    /// The checks, in order.
    pub checks: Vec<Check>,
}

/// One compared part of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Check {
    /// The kind of part.
    pub kind: CheckKind,
    /// The part, if there are several of its kind: the ID of a ticket, or a path.
    pub item: Option<String>,
    /// The result.
    pub outcome: Outcome,
}

/// A part of a release that is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CheckKind {
    /// The name inside the tag object and that of its reference.
    Name,
    /// The record in the tag of how the release was made.
    Record,
    /// What the tag leads to.
    Target,
    /// How the release got into the repository.
    Via,
    /// The version.
    Version,
    /// The package.
    Package,
    /// The tag that the version is computed from.
    Base,
    /// The commits of the release.
    Commits,
    /// The configuration of the release.
    Configuration,
    /// A ticket.
    Ticket,
    /// The risk of a ticket, which decided how many approvals the release needed.
    Risk,
    /// The release's section of the changelog, and its notes in the tag.
    Changelog,
    /// A file of the release commit.
    File,
    /// The messages of commit and tag.
    Message,
    /// The approvals of the tickets.
    Approvals,
    /// The rules that the release bypassed as an emergency.
    Emergency,
    /// The emergency releases that the release contains.
    Emergencies,
    /// The tag's signature.
    TagSignature,
    /// The release commit's signature.
    CommitSignature,
}

/// The result of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The part matches.
    Same(String),
    /// The part differs.
    Differs {
        /// The difference, as a clause.
        fact: String,
        /// The value in the release; `None` if there is none.
        recorded: Option<String>,
        /// The value computed from the commits; `None` if there is none.
        expected: Option<String>,
    },
    /// The part could not be checked. The verification fails, as if it differed.
    NotChecked(String),
    /// The part is required, but missing.
    Missing(String),
    /// The part is missing, but not required.
    Absent(String),
    /// The release bypassed the requirement, and its tag records that.
    Bypassed(String),
    /// The repository doesn't have what the check needs. The verification doesn't fail.
    Unknown(String),
}

/// The recomputed risk of a ticket.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TicketRisk {
    /// The level that the ticket declares.
    pub(crate) declared: Option<RiskLevel>,
    /// The level that decides how many approvals are needed, by this version of Tollgate.
    pub(crate) recomputed: RiskLevel,
}

/// The release in the repository.
#[derive(Debug, Clone)]
pub(crate) struct ActualRelease<'a> {
    /// The tag's message without its signature.
    pub(crate) tag_message: &'a str,
    /// The release commit's message; `None`: there is no such commit.
    pub(crate) commit_message: Option<&'a str>,
    /// The files that differ between the release commit and its parent, by path.
    pub(crate) files: &'a BTreeMap<String, ActualFile>,
}

/// A file of the release commit that differs from that of its parent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ActualFile {
    /// A regular file.
    Regular(File),
    /// Nothing: the release commit removes it.
    Removed,
    /// Something other than a regular file.
    NotAFile,
}

impl Verification {
    /// Whether the release is as recomputed: no part differs, is missing, or was not checked.
    #[must_use]
    pub fn passed(&self) -> bool {
        !self.checks.iter().any(|check| {
            matches!(
                check.outcome,
                Outcome::Differs { .. } | Outcome::Missing(_) | Outcome::NotChecked(_)
            )
        })
    }

    /// Whether every ticket of the release is known to be approved; true without tickets.
    #[must_use]
    pub fn is_approved(&self) -> bool {
        let mut approvals = self
            .checks
            .iter()
            .filter(|check| check.kind == CheckKind::Approvals);
        approvals.all(|check| matches!(check.outcome, Outcome::Same(_)))
    }

    /// Whether the tag has a record of how the release was made, even if the record is damaged.
    #[must_use]
    pub(crate) fn has_record(&self) -> bool {
        let is_foreign = |check: &Check| {
            check.kind == CheckKind::Record && matches!(check.outcome, Outcome::NotChecked(_))
        };
        !self.checks.iter().any(is_foreign)
    }

    /// Whether the result of a check is unknown.
    #[must_use]
    pub(crate) fn has_unknown(&self) -> bool {
        self.checks
            .iter()
            .any(|check| matches!(check.outcome, Outcome::Unknown(_)))
    }
}

impl TicketRisk {
    /// Compares the risk with the recorded one. Another version of Tollgate may have computed
    /// another risk, but never a lower one than the ticket declares.
    #[must_use]
    pub(crate) fn compare(self, recorded: RiskLevel, tag: &TagMetadata) -> Outcome {
        let Self {
            declared,
            recomputed,
        } = self;
        let differs = |by: &str, expected: RiskLevel| Outcome::Differs {
            fact: format!(
                "the tag records `{}`, but {by} `{}`",
                recorded.as_str(),
                expected.as_str()
            ),
            recorded: Some(recorded.as_str().to_owned()),
            expected: Some(expected.as_str().to_owned()),
        };
        match declared {
            Some(declared) if recorded < declared => differs("the ticket declares", declared),
            _ if recorded == recomputed => Outcome::Same(recorded.as_str().to_owned()),
            _ if tag.is_by_this_version() => {
                differs("the risk computed from the ticket is", recomputed)
            }
            _ => Outcome::Same(format!(
                "{}; this version of Tollgate computes {}",
                recorded.as_str(),
                recomputed.as_str()
            )),
        }
    }
}

impl Check {
    /// A check of the only part of its kind.
    #[must_use]
    pub(crate) fn new(subject: CheckKind, outcome: Outcome) -> Self {
        Self {
            kind: subject,
            item: None,
            outcome,
        }
    }

    /// A check of one of several parts of a kind.
    #[must_use]
    pub(crate) fn of(subject: CheckKind, about: &str, outcome: Outcome) -> Self {
        Self {
            kind: subject,
            item: Some(about.to_owned()),
            outcome,
        }
    }
}

impl Outcome {
    /// A difference without values to show.
    #[must_use]
    pub(crate) fn differs(fact: impl Into<String>) -> Self {
        Self::Differs {
            fact: fact.into(),
            recorded: None,
            expected: None,
        }
    }
}

/// Compares the release in the repository with the recomputed plan and its tag of the same name.
#[must_use]
pub(crate) fn compare(plan: &Plan, tag: &PlannedTag, found: &ActualRelease<'_>) -> Vec<Check> {
    let Some((recorded, expected)) =
        TagMetadata::read(found.tag_message).zip(TagMetadata::read(&tag.message))
    else {
        return vec![Check::new(
            CheckKind::Record,
            Outcome::differs("the tag does not record how it was made"),
        )];
    };
    let mut checks = Vec::new();
    checks.extend(trailer(CheckKind::Package, PACKAGE, &recorded, &expected));
    for (subject, key) in [
        (CheckKind::Via, VIA),
        (CheckKind::Base, BASE),
        (CheckKind::Commits, COMMITS),
        (CheckKind::Configuration, CONFIGURATION),
    ] {
        checks.extend(trailer(subject, key, &recorded, &expected));
    }
    checks.extend(tickets(&recorded, &expected));
    checks.push(notes(tag, found, &recorded, &expected));
    checks.extend(files(plan, tag, found));
    checks.push(messages(plan, tag, found, &recorded));
    checks
}

/// Compares a trailer; `None` if neither tag has it.
fn trailer(
    subject: CheckKind,
    key: &str,
    recorded: &TagMetadata,
    expected: &TagMetadata,
) -> Option<Check> {
    let outcome = match (recorded.get(key), expected.get(key)) {
        (None, None) => return None,
        (Some(actual), Some(planned)) if actual == planned => Outcome::Same(actual.to_owned()),
        (actual, planned) => {
            let quoted = |value: Option<&str>| {
                value.map_or("nothing".to_owned(), |value| format!("`{value}`"))
            };
            Outcome::Differs {
                fact: format!(
                    "the tag records {}, but the value computed from its commits is {}",
                    quoted(actual),
                    quoted(planned)
                ),
                recorded: actual.map(str::to_owned),
                expected: planned.map(str::to_owned),
            }
        }
    };
    Some(Check::new(subject, outcome))
}

fn tickets(recorded: &TagMetadata, expected: &TagMetadata) -> Vec<Check> {
    let (recorded_tickets, expected_tickets) = (digests(recorded), digests(expected));
    let ids: BTreeSet<&str> = recorded_tickets
        .keys()
        .chain(expected_tickets.keys())
        .copied()
        .collect();
    let is_repeated = |id: &str| recorded.tickets().filter(|ticket| ticket.id == id).count() > 1;
    let check = |id: &str| {
        let (actual, planned) = (
            recorded_tickets.get(id).copied(),
            expected_tickets.get(id).copied(),
        );
        let fact = match (actual, planned) {
            _ if is_repeated(id) => "the tag names the ticket more than once",
            (Some(actual), Some(planned)) if actual == planned => {
                let outcome = actual.unwrap_or("the ticket does not exist");
                return Check::of(CheckKind::Ticket, id, Outcome::Same(outcome.to_owned()));
            }
            (Some(_), Some(_)) => "the ticket differs from the version recorded in the tag",
            (Some(_), None) => "the tag names the ticket, but its commits do not cite it",
            _ => "its commits cite the ticket, but the tag does not name it",
        };
        let text = |digest: Option<&str>| digest.unwrap_or("-").to_owned();
        let (recorded, expected) = (actual.map(text), planned.map(text));
        Check::of(
            CheckKind::Ticket,
            id,
            Outcome::Differs {
                fact: fact.to_owned(),
                recorded,
                expected,
            },
        )
    };
    ids.into_iter().map(check).collect()
}

/// The digest of each ticket.
fn digests(tag: &TagMetadata) -> BTreeMap<&str, Option<&str>> {
    tag.tickets()
        .map(|ticket| (ticket.id, ticket.digest))
        .collect()
}

/// Compares the notes in the tag, and their digest.
fn notes(
    tag: &PlannedTag,
    found: &ActualRelease<'_>,
    recorded: &TagMetadata,
    expected: &TagMetadata,
) -> Check {
    let (actual, planned) = (notes_of(found.tag_message), notes_of(&tag.message));
    // Earlier versions of Tollgate did not shorten the notes in the tag.
    let outcome = if actual != planned && actual != normalized_notes(&tag.notes) {
        let fact = "the notes in the tag do not match the release's commits".to_owned();
        Outcome::Differs {
            fact,
            recorded: Some(actual.to_owned()),
            expected: Some(planned.to_owned()),
        }
    } else if recorded.get(CHANGELOG) != expected.get(CHANGELOG) {
        let (recorded, expected) = (
            recorded.get(CHANGELOG).map(str::to_owned),
            expected.get(CHANGELOG).map(str::to_owned),
        );
        Outcome::Differs {
            fact: "the recorded digest does not match the notes".to_owned(),
            recorded,
            expected,
        }
    } else {
        Outcome::Same("the notes in the tag".to_owned())
    };
    Check::new(CheckKind::Changelog, outcome)
}

/// The text between the first line and the trailers.
fn notes_of(message: &str) -> &str {
    crate::commit::body(message)
}

fn files(plan: &Plan, tag: &PlannedTag, found: &ActualRelease<'_>) -> Vec<Check> {
    let changes = plan.path_changes().into_iter();
    let planned: BTreeMap<&str, PathChange<'_>> =
        changes.map(|change| (change.path, change)).collect();
    let paths: BTreeSet<&str> = planned
        .keys()
        .copied()
        .chain(found.files.keys().map(String::as_str))
        .collect();
    let check = |path: &str| {
        let outcome = match (planned.get(path), found.files.get(path)) {
            (Some(PathChange { after: None, .. }), Some(ActualFile::Removed)) => {
                Outcome::Same("renamed to the version".to_owned())
            }
            (Some(PathChange { after: None, .. }), _) => {
                Outcome::differs("the release renames this file, but the commit keeps it")
            }
            (Some(change), Some(ActualFile::Regular(file))) => return edited(change, file, tag),
            (Some(_), Some(ActualFile::NotAFile | ActualFile::Removed)) => Outcome::differs(
                "the release writes this file, but the commit has no regular file there",
            ),
            (Some(_), None) => {
                Outcome::differs("the release changes this file, but the commit does not")
            }
            _ => Outcome::differs("the commit changes this file, but the release does not"),
        };
        Check::of(CheckKind::File, path, outcome)
    };
    paths.into_iter().map(check).collect()
}

/// Compares a file that the plan and the release commit both change.
fn edited(change: &PathChange<'_>, file: &File, tag: &PlannedTag) -> Check {
    let after = change.after.unwrap_or_default();
    if file.bytes == after && file.mode == change.mode {
        return Check::of(
            CheckKind::File,
            change.path,
            Outcome::Same("matches the release's commits".to_owned()),
        );
    }
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
    let (recorded, expected) = (text(&file.bytes), text(after));
    let section =
        |text: &Option<String>| text.as_ref().and_then(|text| chapter(text, &tag.version));
    let (actual, planned) = (section(&recorded), section(&expected));
    if planned.is_some() && actual != planned {
        let fact = "the section of the release does not match its commits".to_owned();
        return Check::of(
            CheckKind::Changelog,
            change.path,
            Outcome::Differs {
                fact,
                recorded: actual,
                expected: planned,
            },
        );
    }
    let fact = if file.bytes == after {
        "its permissions differ"
    } else {
        "it does not match the release's commits"
    };
    Check::of(
        CheckKind::File,
        change.path,
        Outcome::Differs {
            fact: fact.to_owned(),
            recorded,
            expected,
        },
    )
}

/// Compares the messages without the parts that have their own checks.
fn messages(
    plan: &Plan,
    tag: &PlannedTag,
    found: &ActualRelease<'_>,
    recorded: &TagMetadata,
) -> Check {
    if let Some(name) = recorded.repeated().next() {
        return Check::new(
            CheckKind::Message,
            Outcome::differs(format!("the tag has the trailer `{name}` more than once")),
        );
    }
    let (actual, planned) = (
        unknown_lines(found.tag_message),
        unknown_lines(&tag.message),
    );
    // If only one of them has a release commit, the check of `Via` says so.
    let commit_messages = found.commit_message.zip(plan.commit_message.as_deref());
    let commit_messages =
        commit_messages.map(|(actual, planned)| (actual.trim_end(), planned.trim_end()));
    let outcome = if let Some((actual, planned)) =
        commit_messages.filter(|(actual, planned)| actual != planned)
    {
        Outcome::Differs {
            fact: "the message of the release commit does not match the configuration".to_owned(),
            recorded: Some(actual.to_owned()),
            expected: Some(planned.to_owned()),
        }
    } else if actual != planned {
        let fact = "the tag message has lines that a release does not write".to_owned();
        Outcome::Differs {
            fact,
            recorded: Some(actual),
            expected: Some(planned),
        }
    } else {
        Outcome::Same(match found.commit_message {
            Some(_) => "commit and tag message".to_owned(),
            None => "tag message".to_owned(),
        })
    };
    Check::new(CheckKind::Message, outcome)
}

/// The trailers that have their own checks, or need none.
const KNOWN_TRAILERS: [&str; 15] = [
    PACKAGE,
    VIA,
    OPTIONS,
    OPTIONS_LEGACY,
    BASE,
    COMMITS,
    CONFIGURATION,
    CHANGELOG,
    TICKET,
    TOOL,
    EMERGENCY,
    BYPASSED,
    BYPASSED_LEGACY,
    FOLLOW_UP,
    PREVIOUS_EMERGENCY,
];

/// The first line, and the names of the other trailers.
fn unknown_lines(message: &str) -> String {
    let first = message.lines().next().unwrap_or_default();
    let mut names: Vec<_> = crate::commit::trailers(message)
        .into_iter()
        .map(|trailer| trailer.key)
        .collect();
    let has_options = names.contains(&OPTIONS);
    names.retain(|name| !KNOWN_TRAILERS.contains(name) || has_options && *name == OPTIONS_LEGACY);
    format!("{first}\n{}", names.join("\n"))
}

#[cfg(test)]
pub(super) use tests::planned;

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use semver::Version;

    use super::*;
    use crate::config::Config;
    use crate::history::{Mode, NextOptions};
    use crate::release::tag_metadata::THIS_TOOL;
    use crate::release::{
        Changelog, CitedPlan, CitedTicket, Emergency, Purpose, Request, TagRequest, plan,
    };

    const TEXT: &str = "# Changelog\n\n## 1.3.0 - 2026-01-01\n\n- Ports\n";

    pub(in crate::release) fn planned(emergency: Option<&Emergency>) -> Plan {
        let ticket = CitedTicket {
            id: "CHG-1".into(),
            plan: Some(CitedPlan {
                digest: "sha256:aa".into(),
                risk: RiskLevel::Medium,
            }),
        };
        let version = Version::new(1, 3, 0);
        let tag = TagRequest {
            package: None,
            version: &version,
            tag_prefix: "v",
            previous: None,
            commits: vec![Id::new([1; 20])],
            tickets: vec![ticket],
            changelog: Some(Changelog {
                file: Some("CHANGELOG.md"),
                text: TEXT.into(),
                notes: "- Ports".into(),
            }),
            release_file: None,
        };
        let (config, asked) = (Config::default(), NextOptions::default());
        let (base, branch, at) = (
            Id::new([1; 20]),
            Some("refs/heads/main"),
            Timestamp::UNIX_EPOCH,
        );
        let request = Request {
            purpose: Purpose::Execution,
            tags: &[tag],
            base,
            branch,
            push: None,
            emergency,
            previous_emergencies: &[],
            only: None,
            version_options: &asked,
            config: &config,
            at,
        };
        plan(&request, &BTreeMap::new()).unwrap()
    }

    /// The differences after changes to the tag's message and to files: kind, item, and fact.
    fn differences(
        message: impl Fn(&str) -> String,
        files: &[(&str, &str)],
    ) -> Vec<(CheckKind, Option<String>, String)> {
        let plan = planned(None);
        let message = message(&plan.tags[0].message);
        let file = |text: &str| {
            ActualFile::Regular(File {
                bytes: text.into(),
                mode: Mode::Plain,
            })
        };
        let files = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), file(text)))
            .collect();
        let found = ActualRelease {
            tag_message: &message,
            commit_message: plan.commit_message.as_deref(),
            files: &files,
        };
        let checks = compare(&plan, &plan.tags[0], &found).into_iter();
        let quoted = checks.filter_map(|check| match check.outcome {
            Outcome::Differs { fact, .. } => Some((check.kind, check.item, fact)),
            _ => None,
        });
        quoted.collect()
    }

    fn only(found: Vec<(CheckKind, Option<String>, String)>) -> (CheckKind, String) {
        assert_eq!(found.len(), 1, "{found:?}");
        let (subject, about, fact) = found.into_iter().next().unwrap();
        (
            subject,
            format!(
                "{}{fact}",
                about.map(|about| format!("{about}: ")).unwrap_or_default()
            ),
        )
    }

    const AS_PLANNED: [(&str, &str); 1] = [("CHANGELOG.md", TEXT)];

    #[test]
    fn a_release_as_it_was_planned_differs_nowhere() {
        assert_eq!(differences(str::to_owned, &AS_PLANNED), []);
    }

    #[test]
    fn a_tool_of_another_version_is_no_difference() {
        let newer = |message: &str| message.replace("Tool: tollgate ", "Tool: tollgate 99.");
        assert_eq!(differences(newer, &AS_PLANNED), []);
    }

    #[test]
    fn each_forged_trailer_is_reported() {
        let forged = |from: &'static str, to: &'static str| {
            only(differences(
                |message| message.replacen(from, to, 1),
                &AS_PLANNED,
            ))
        };
        assert_eq!(
            forged("Commits: sha256:", "Commits: sha256:0").0,
            CheckKind::Commits
        );
        assert_eq!(
            forged("Changelog: sha256:", "Changelog: sha256:0").1,
            "the recorded digest does not match the notes"
        );
        assert_eq!(
            forged("Ticket: CHG-1 sha256:aa", "Ticket: CHG-1 sha256:bb").0,
            CheckKind::Ticket
        );
        assert_eq!(
            forged("Ticket: CHG-1 sha256:aa medium\n", "").1,
            "CHG-1: its commits cite the ticket, but the tag does not name it"
        );
        assert_eq!(
            forged(
                "Ticket: CHG-1",
                "Ticket: CHG-1 sha256:aa low\nTicket: CHG-1"
            )
            .1,
            "CHG-1: the tag names the ticket more than once"
        );
        assert_eq!(
            forged("Branch: main\n", "Branch: main\nBase: v1.0.0 x\n").0,
            CheckKind::Base
        );
        assert_eq!(
            forged("Tool:", "Tool: tollgate 0\nTool:").1,
            "the tag has the trailer `Tool` more than once"
        );
        assert_eq!(
            forged("Tool:", "Approved-by: x\nTool:").0,
            CheckKind::Message
        );
        assert_eq!(
            forged("- Ports", "- Doors").1,
            "the notes in the tag do not match the release's commits"
        );
        assert_eq!(forged("Tool: tollgate", "Tool: mine").0, CheckKind::Record);
    }

    /// The outcome for a recorded medium risk: what differs, or what is the same.
    fn outcome_of_risk(
        declared: Option<RiskLevel>,
        recomputed: RiskLevel,
        tool: &str,
    ) -> Result<String, String> {
        let tag = TagMetadata::read(&format!("v1.0.0\n\nTool: {tool}\n")).unwrap();
        let risk = TicketRisk {
            declared,
            recomputed,
        };
        match risk.compare(RiskLevel::Medium, &tag) {
            Outcome::Same(text) => Ok(text),
            Outcome::Differs { fact, .. } => Err(fact),
            outcome => panic!("{outcome:?}"),
        }
    }

    const OTHER_TOOL: &str = "tollgate 99.0.0";

    #[test]
    fn recorded_risk_below_declared_differs() {
        for tool in [THIS_TOOL, OTHER_TOOL] {
            let outcome = outcome_of_risk(Some(RiskLevel::High), RiskLevel::High, tool);
            let fact = "the tag records `medium`, but the ticket declares `high`";
            assert_eq!(outcome, Err(fact.to_owned()), "{tool}");
        }
    }

    #[test]
    fn same_version_must_compute_the_recorded_risk() {
        for (recomputed, word) in [(RiskLevel::Low, "low"), (RiskLevel::High, "high")] {
            let fact = format!(
                "the tag records `medium`, but the risk computed from the ticket is `{word}`"
            );
            assert_eq!(outcome_of_risk(None, recomputed, THIS_TOOL), Err(fact));
        }
        let outcome = outcome_of_risk(None, RiskLevel::Medium, THIS_TOOL);
        assert_eq!(outcome, Ok("medium".to_owned()));
    }

    #[test]
    fn other_versions_may_compute_another_risk() {
        let outcome = outcome_of_risk(Some(RiskLevel::Low), RiskLevel::High, OTHER_TOOL);
        let text = "medium; this version of Tollgate computes high";
        assert_eq!(outcome, Ok(text.to_owned()));
    }

    #[test]
    fn differing_files_are_reported() {
        let of = |files: &[(&str, &str)]| only(differences(str::to_owned, files));
        let edited = TEXT.replace("Ports", "Doors");
        let fact = "CHANGELOG.md: the section of the release does not match its commits".to_owned();
        assert_eq!(
            of(&[("CHANGELOG.md", &edited)]),
            (CheckKind::Changelog, fact)
        );
        let elsewhere = format!("{TEXT}\n## 1.2.0\n\n- Older\n");
        let fact = "CHANGELOG.md: it does not match the release's commits".to_owned();
        assert_eq!(of(&[("CHANGELOG.md", &elsewhere)]), (CheckKind::File, fact));
        assert_eq!(
            of(&[]).1,
            "CHANGELOG.md: the release changes this file, but the commit does not"
        );
        let more = [AS_PLANNED[0], ("src/lib.rs", "evil")];
        assert_eq!(
            of(&more).1,
            "src/lib.rs: the commit changes this file, but the release does not"
        );
    }
}

//! What is known about a release when a report is written.

use std::collections::HashMap;
use std::rc::Rc;

use jiff::Timestamp;
use semver::Version;
use serde_json::Value as Json;

use super::clock::Clock;
use crate::approval::{ApprovalEffect, ApprovalResult, EvaluatedApproval, TicketApprovals};
use crate::calendar::Window;
use crate::commit::{Commit, Id, normalized};
use crate::config::{Config, Person};
use crate::release_file::{ItemStage, ReleaseFile};
use crate::risk::RiskScore;
use crate::ticket::{ParsedTicket, RiskLevel, Section, State, Ticket, entries};

/// A release, or what is unreleased, with everything that reports say about it.
#[derive(Debug)]
pub(crate) struct ReleaseFacts {
    /// The name of the project, or of the package.
    pub(crate) project: String,
    /// The version; `None`: it is not released, and no commit calls for a release.
    pub(crate) version: Option<Version>,
    /// The range that was given, such as `v1.0.0..v1.3.0`; `None`: it is about one release.
    pub(crate) range: Option<String>,
    /// The release before; `None`: there is none.
    pub(crate) previous: Option<PreviousRelease>,
    /// The tag of the release; `None`: it is not released.
    pub(crate) tag: Option<ReleaseTag>,
    /// The commit that the plans of its tickets are from: that of the tag, or HEAD.
    pub(crate) tip: Id,
    /// The commit of HEAD, which outcomes and notes are from.
    pub(crate) head: Id,
    /// Its commits, oldest first.
    pub(crate) commits: Vec<ReportedCommit>,
    /// The tickets that its commits cite, in the order of their files.
    pub(crate) tickets: Vec<ReportedTicket>,
    /// The releases of a range before its last one, oldest first; none if it is about one release.
    pub(crate) earlier: Vec<EarlierRelease>,
    /// The file about the release as a whole, as HEAD has it.
    pub(crate) file: ReportedFile,
    /// The file about the release before; `None`: there is no such release.
    pub(crate) previous_file: Option<ReportedFile>,
    /// Whether someone decided to release it; `None`: it is released, or nothing is to be released.
    pub(crate) sign_off: Option<ReportedSignOff>,
    /// The number of entries in its changelog.
    pub(crate) changelog_entries: usize,
    /// The tags of its pre-releases, the highest first.
    pub(crate) prereleases: Vec<String>,
    /// The configuration at `tip`.
    pub(crate) config: Config,
    /// The current time, and the zone of the report.
    pub(crate) clock: Clock,
}

/// The release before another one.
#[derive(Debug, Clone)]
pub(crate) struct PreviousRelease {
    pub(crate) version: Version,
    pub(crate) tag: String,
    pub(crate) commit: Id,
}

/// A release of a range, before its last one.
#[derive(Debug)]
pub(crate) struct EarlierRelease {
    pub(crate) version: Version,
    pub(crate) tag: ReleaseTag,
    /// The file about it, as HEAD has it.
    pub(crate) file: ReportedFile,
    /// The tags of its pre-releases, the highest first.
    pub(crate) prereleases: Vec<String>,
}

/// A release that was made: the reported one, or an earlier one of a range.
#[derive(Debug, Clone, Copy)]
pub(super) struct MadeRelease<'f> {
    pub(super) version: &'f Version,
    pub(super) tag: &'f ReleaseTag,
    pub(super) file: Option<&'f ReleaseFile>,
    pub(super) prereleases: &'f [String],
}

/// What a release file says.
#[derive(Debug, Clone, Copy)]
pub(super) struct FileOfRelease<'f> {
    /// The version that it is about, if that is an earlier release of a range.
    pub(super) earlier: Option<&'f Version>,
    pub(super) contents: &'f ReleaseFile,
}

impl FileOfRelease<'_> {
    /// A text of the file, with the release that it is about if that is an earlier one.
    pub(super) fn label(self, text: &str) -> String {
        match self.earlier {
            None => text.to_owned(),
            Some(version) => format!("{text}, for {version}"),
        }
    }
}

/// A file about a release as a whole.
#[derive(Debug, Default)]
pub(crate) struct ReportedFile {
    pub(crate) path: String,
    /// What it says; `None`: it does not exist, or it is not valid TOML.
    pub(crate) contents: Option<ReleaseFile>,
    /// Whether it exists.
    pub(crate) exists: bool,
}

/// The sign-off of what is unreleased.
#[derive(Debug)]
pub(crate) struct ReportedSignOff {
    /// Whether the configuration requires it.
    pub(crate) is_required: bool,
    /// The result for the approvals in the release file.
    pub(crate) result: ApprovalResult,
}

/// The tag of a release.
#[derive(Debug, Clone)]
pub(crate) struct ReleaseTag {
    pub(crate) name: String,
    /// When it was made, by the clock of the person who made it; `None`: a lightweight tag.
    pub(crate) at: Option<Timestamp>,
    /// The name of the person who made it.
    pub(crate) by: Option<String>,
}

/// A commit of a release.
#[derive(Debug)]
pub(crate) struct ReportedCommit {
    pub(crate) commit: Commit,
    /// The name of the author, as the mailmap has it.
    pub(crate) author: String,
    /// When it was written, by the author's clock.
    pub(crate) at: Option<Timestamp>,
    pub(crate) role: CommitRole,
    /// The IDs of the tickets that it cites, by itself or with the commits that it was merged
    /// with.
    pub(crate) tickets: Vec<String>,
}

/// What a commit does for a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CommitRole {
    /// It changes the product.
    Change,
    /// It merges other commits, or cancels out with one of them.
    NoChange,
    /// It changes only tickets and release files.
    Tickets,
    /// It is the release commit.
    Release,
}

/// The key of a ticket's approvals.
const APPROVALS: &str = "approvals";

/// How the approvals of a ticket changed after its release.
#[derive(Debug, Default)]
pub(crate) struct ExchangedApprovals {
    /// The numbers, at HEAD, of those that were added.
    pub(crate) added: Vec<usize>,
    /// The numbers, in the release, of those that HEAD does not have.
    pub(crate) removed: Vec<usize>,
}

/// The places in a list of what another list does not have as often.
fn missing_in(known: &[Json], list: &[Json]) -> Vec<usize> {
    let mut known: Vec<&Json> = known.iter().collect();
    let mut missing = Vec::new();
    for (place, entry) in list.iter().enumerate() {
        match known.iter().position(|known| *known == entry) {
            Some(at) => _ = known.swap_remove(at),
            None => missing.push(place),
        }
    }
    missing
}

/// A ticket of a release.
#[derive(Debug)]
pub(crate) struct ReportedTicket {
    /// The ticket as released.
    pub(crate) planned: Rc<ParsedTicket>,
    /// The ticket at HEAD, with its outcome; `None`: HEAD has no such ticket.
    pub(crate) latest: Option<Rc<ParsedTicket>>,
    /// The digest of the plan.
    pub(crate) digest: String,
    /// The risk that decides who has to approve it.
    pub(crate) risk: RiskLevel,
    /// The facts that the risk is computed from.
    pub(crate) score: RiskScore,
    /// The result for its approvals; `None`: the configuration requires none.
    pub(crate) approvals: Option<TicketApprovals>,
}

impl ReportedTicket {
    /// The plan.
    pub(crate) fn plan(&self) -> &Ticket {
        &self.planned.ticket
    }

    /// The ticket with what was written after the release.
    pub(crate) fn latest(&self) -> &Ticket {
        &self.latest.as_ref().unwrap_or(&self.planned).ticket
    }

    /// The state at HEAD: as it is written there, or `approved`, which follows from the approvals at
    /// the release if nobody has written another state since.
    pub(crate) fn state(&self) -> State {
        let written = self.latest().state;
        match &self.approvals {
            Some(approvals) if written == self.plan().state => approvals.judgement.state(),
            _ => written,
        }
    }

    pub(crate) fn id(&self) -> &str {
        self.planned.id()
    }

    /// Whether HEAD has other approvals than the release.
    pub(crate) fn has_other_approvals(&self) -> bool {
        let approvals = |ticket: &ParsedTicket| entries(&ticket.document, APPROVALS);
        let latest = self.latest.as_ref();
        latest.is_some_and(|latest| {
            !Rc::ptr_eq(latest, &self.planned) && approvals(latest) != approvals(&self.planned)
        })
    }

    /// The approvals of HEAD that the release does not have, and those of the release that HEAD does
    /// not have, by their numbers.
    pub(crate) fn exchanged_approvals(&self) -> ExchangedApprovals {
        let Some(latest) = &self.latest else {
            return ExchangedApprovals::default();
        };
        let [before, after] = [&self.planned, latest].map(|it| entries(&it.document, APPROVALS));
        ExchangedApprovals {
            added: missing_in(&before, &after),
            removed: missing_in(&after, &before),
        }
    }

    /// The approvals that count.
    pub(crate) fn counting_approvals(&self) -> impl Iterator<Item = &EvaluatedApproval> {
        let entries = self.approvals.iter().flat_map(|it| &it.judgement.entries);
        entries.filter(|entry| entry.effect == ApprovalEffect::Approves)
    }

    /// When a step of the deployment, from 1, was last reported as completed.
    pub(super) fn completed_at(&self, step: usize) -> Option<Timestamp> {
        let notes = self.latest().notes.iter();
        notes
            .filter(|note| note.step == Some(step) && note.section == Some(Section::Deployment))
            .filter_map(|note| Some(note.at?.timestamp))
            .max()
    }

    /// When it is carried out.
    pub(crate) fn window(&self) -> Option<Window> {
        self.plan().schedule.as_ref().and_then(Window::of)
    }

    /// The last instant at which a rollback still fits the window; `None` if the window or the
    /// duration of the rollback is unknown.
    pub(crate) fn rollback_fits_until(&self) -> Option<Timestamp> {
        let within = self.plan().rollback.within?;
        self.window()?.end.checked_sub(within).ok()
    }
}

impl ReleaseFacts {
    /// The first and the last instant of the tickets' windows; `None`: no ticket has a schedule.
    pub(crate) fn window(&self) -> Option<Window> {
        let windows: Vec<Window> = self
            .tickets
            .iter()
            .filter_map(ReportedTicket::window)
            .collect();
        Some(Window {
            start: windows.iter().map(|window| window.start).min()?,
            end: windows.iter().map(|window| window.end).max()?,
        })
    }

    /// The commits that change the product and cite no ticket.
    pub(crate) fn without_ticket(&self) -> impl Iterator<Item = &ReportedCommit> {
        self.commits
            .iter()
            .filter(|commit| commit.role == CommitRole::Change && commit.tickets.is_empty())
    }

    /// The places of the commits that change the product and cite a ticket, by ticket.
    pub(crate) fn commits_by_ticket(&self) -> HashMap<String, Vec<usize>> {
        let mut by_ticket: HashMap<String, Vec<usize>> = HashMap::new();
        let changes = self.commits.iter().enumerate();
        for (index, commit) in changes.filter(|(_, it)| it.role == CommitRole::Change) {
            for ticket in &commit.tickets {
                by_ticket.entry(ticket.clone()).or_default().push(index);
            }
        }
        by_ticket
    }

    /// The name of a person in `[people]`, if they are there, or else the name itself.
    pub(crate) fn person(&self, name: &str) -> String {
        person_name(&self.config, name)
    }

    /// The author of a commit: by the name in `[people]` if the address is there, or else by the
    /// name in Git.
    pub(crate) fn author(&self, commit: &ReportedCommit) -> String {
        let email: &str = &commit.commit.author.email;
        match self.person(email) {
            name if name == email => self.person(&commit.author),
            name => name,
        }
    }

    /// The release files that can be read, those of the earlier releases of a range first.
    pub(super) fn files(&self) -> impl Iterator<Item = FileOfRelease<'_>> {
        let earlier = self.earlier.iter();
        let earlier = earlier.map(|release| (Some(&release.version), &release.file));
        let files = earlier.chain([(None, &self.file)]);
        files.filter_map(|(earlier, file)| {
            let contents = file.contents.as_ref()?;
            Some(FileOfRelease { earlier, contents })
        })
    }

    /// Whether a release file has an item of a stage that names this ticket, so that a person
    /// answers for it.
    pub(super) fn has_item_for(&self, stage: ItemStage, ticket: &str) -> bool {
        let mut items = self.files().flat_map(|file| &file.contents.items);
        items.any(|item| item.stage == Some(stage) && item.text.text.contains(ticket))
    }

    /// The releases that were made, oldest first: one, those of a range, or none.
    pub(super) fn made(&self) -> impl Iterator<Item = MadeRelease<'_>> {
        let earlier = self.earlier.iter().map(|release| MadeRelease {
            version: &release.version,
            tag: &release.tag,
            file: release.file.contents.as_ref(),
            prereleases: &release.prereleases,
        });
        let last = self.tag.as_ref().zip(self.version.as_ref());
        earlier.chain(last.map(|(tag, version)| MadeRelease {
            version,
            tag,
            file: self.file.contents.as_ref(),
            prereleases: &self.prereleases,
        }))
    }

    /// The ticket with this ID.
    pub(crate) fn ticket(&self, id: &str) -> Option<&ReportedTicket> {
        self.tickets.iter().find(|ticket| ticket.id() == id)
    }
}

/// The name of a person in `[people]`, if they are there, or else the name itself.
pub(super) fn person_name(config: &Config, name: &str) -> String {
    let is_name = |(key, person): &(&String, &Person)| {
        let mut names = person.names(key);
        names.any(|known| normalized(known) == normalized(name))
    };
    let known = config.people.iter().find(is_name);
    known.map_or_else(|| name.to_owned(), |(key, _)| key.clone())
}

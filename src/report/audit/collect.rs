//! The rows of one release.

use std::collections::HashMap;

use super::facts::{AuditFacts, AuditedRelease, TagSignature};
use crate::approval::{ApprovalEffect, ApprovalStatus, EvaluatedApproval, TicketApprovals};
use crate::commit::Id;
use crate::config::Roles;
use crate::release::{RecordedTicket, TagMetadata, digest_of_bytes, digest_of_commits};
use crate::report::facts::{CommitRole, ReportedCommit, ReportedTicket};
use crate::report::rows::{ApprovalRow, CommitRow, ReleaseRow, TicketRow};
use crate::report::texts;
use crate::source::{join_and, sanitise_line};
use crate::ticket::Approval;

/// The rows of one release.
#[derive(Debug)]
pub(super) struct ReleaseRows {
    pub(super) release: ReleaseRow,
    pub(super) commits: Vec<CommitRow>,
    pub(super) tickets: Vec<TicketRow>,
    pub(super) approvals: Vec<ApprovalRow>,
}

impl AuditedRelease {
    /// The name of the tag.
    pub(super) fn tag(&self) -> &str {
        self.facts.tag.as_ref().map_or("", |tag| &tag.name)
    }

    /// The commits that were released: without the release commit, if there is one.
    pub(super) fn released_commits(&self) -> Vec<Id> {
        let has_release_commit = self.has_release_commit();
        let ids = self.facts.commits.iter().map(|commit| commit.commit.id);
        ids.filter(|id| !has_release_commit || *id != self.facts.tip)
            .collect()
    }

    /// Whether the tag is on a commit that was made only for the release, as it records.
    fn has_release_commit(&self) -> bool {
        let metadata = self.record.metadata.as_ref();
        metadata.is_some_and(TagMetadata::has_commit)
    }

    /// The commits that change the product and cite a ticket.
    pub(super) fn commits_of(&self, ticket: &str) -> impl Iterator<Item = &ReportedCommit> {
        let places = self.by_ticket.get(ticket).into_iter().flatten();
        places.map(|place| &self.facts.commits[*place])
    }

    /// What the tag records about its tickets, by ID.
    pub(super) fn recorded_tickets(&self) -> HashMap<&str, RecordedTicket<'_>> {
        let metadata = self.record.metadata.iter();
        let recorded = metadata.flat_map(TagMetadata::tickets);
        recorded.map(|ticket| (ticket.id, ticket)).collect()
    }

    /// The approvals in a ticket that were added after the release.
    pub(super) fn later_of<'a>(&'a self, ticket: &ReportedTicket) -> Option<LaterApprovals<'a>> {
        let approvals = self.later.get(ticket.id())?;
        let added = ticket.exchanged_approvals().added;
        Some(LaterApprovals { approvals, added })
    }
}

/// The approvals of a ticket at HEAD.
pub(super) struct LaterApprovals<'a> {
    pub(super) approvals: &'a TicketApprovals,
    /// The numbers of those that the release did not have.
    added: Vec<usize>,
}

impl<'a> LaterApprovals<'a> {
    /// Those that the release did not have.
    pub(super) fn entries(&self) -> impl Iterator<Item = &'a EvaluatedApproval> {
        let entries = self.approvals.judgement.entries.iter();
        entries.filter(|entry| entry.index.is_some_and(|index| self.added.contains(&index)))
    }
}

impl ReleaseRows {
    pub(super) fn new(facts: &AuditFacts, release: &AuditedRelease) -> Self {
        let rows = RowWriter {
            facts,
            release,
            recorded: release.recorded_tickets(),
        };
        let tickets = &release.facts.tickets;
        Self {
            release: rows.release(),
            commits: release
                .facts
                .commits
                .iter()
                .map(|it| rows.commit(it))
                .collect(),
            tickets: tickets.iter().map(|it| rows.ticket(it)).collect(),
            approvals: tickets.iter().flat_map(|it| rows.approvals(it)).collect(),
        }
    }
}

/// Makes rows of a release.
struct RowWriter<'a> {
    facts: &'a AuditFacts,
    release: &'a AuditedRelease,
    recorded: HashMap<&'a str, RecordedTicket<'a>>,
}

impl RowWriter<'_> {
    fn repository(&self) -> String {
        self.facts.project.clone()
    }

    fn commit_of_release(&self) -> String {
        self.release.facts.tip.to_string()
    }

    fn release(&self) -> ReleaseRow {
        let (release, record) = (&self.release.facts, &self.release.record);
        let (signature, signature_fault, signed_by, key) = match &record.signature {
            TagSignature::Unsigned => ("unsigned", None, None, None),
            TagSignature::Valid { by, key } => ("valid", None, Some(by.clone()), Some(key.clone())),
            TagSignature::NotChecked(why) => ("not-checked", Some(why.clone()), None, None),
            TagSignature::Invalid(why) => ("invalid", Some(why.clone()), None, None),
        };
        let commits = self.release.released_commits();
        let metadata = record.metadata.as_ref();
        let configuration = record.configuration.as_ref();
        let tag = release.tag.as_ref();
        ReleaseRow {
            repository: self.repository(),
            commit: self.commit_of_release(),
            tag: self.release.tag().to_owned(),
            version: release
                .version
                .as_ref()
                .map_or_else(String::new, ToString::to_string),
            previous: release
                .previous
                .as_ref()
                .map(|previous| previous.tag.clone()),
            tagged_at: tag.and_then(|tag| tag.at),
            tagged_by: tag.and_then(|tag| tag.by.clone()),
            tag_object: record.object.as_ref().map(|object| object.id.to_string()),
            signature,
            signature_fault,
            signed_by,
            key,
            commits: commits.len(),
            commits_digest: digest_of_commits(&commits),
            recorded_commits_digest: metadata.and_then(TagMetadata::commits).map(str::to_owned),
            configuration: configuration.map(|file| file.path.clone()),
            configuration_digest: configuration.map(|file| digest_of_bytes(&file.bytes)),
            recorded_configuration_digest: metadata
                .and_then(TagMetadata::configuration)
                .map(str::to_owned),
            emergency: metadata
                .and_then(TagMetadata::emergency)
                .map(|emergency| emergency.ticket),
            made_by: metadata.and_then(TagMetadata::tool).map(str::to_owned),
        }
    }

    fn commit(&self, commit: &ReportedCommit) -> CommitRow {
        let is_tip = commit.commit.id == self.release.facts.tip;
        let is_release_commit = is_tip && self.release.has_release_commit();
        let role = match commit.role {
            _ if is_release_commit => "release",
            CommitRole::Release => "release",
            CommitRole::Change => "change",
            CommitRole::NoChange => "no-change",
            CommitRole::Tickets => "tickets",
        };
        let is_without = role == "change" && commit.tickets.is_empty();
        CommitRow {
            repository: self.repository(),
            commit: commit.commit.id.to_string(),
            release: self.release.tag().to_owned(),
            at: commit.at,
            author: commit.author.clone(),
            subject: header(commit),
            role,
            tickets: commit.tickets.clone(),
            without_ticket: is_without.then(|| self.why_without_ticket(commit)),
        }
    }

    /// Why a commit has no ticket.
    fn why_without_ticket(&self, commit: &ReportedCommit) -> String {
        let gaps = self.release.uncovered.iter();
        let policies = gaps.filter(|gap| gap.commit == commit.commit.id);
        let policies: Vec<String> = policies.map(|gap| format!("`{}`", gap.policy)).collect();
        let requires = if policies.len() == 1 {
            "requires"
        } else {
            "require"
        };
        match (commit.commit.no_ticket_reason(), policies.is_empty()) {
            (_, false) => format!("not allowed: {} {requires} one", join_and(&policies)),
            (Some(_), true) => "declared by `Change: none`".to_owned(),
            (None, true) => "no policy requires one".to_owned(),
        }
    }

    fn ticket(&self, ticket: &ReportedTicket) -> TicketRow {
        let (release, plan, latest) = (self.release, ticket.plan(), ticket.latest());
        let recorded = self.recorded.get(&*sanitise_line(ticket.id()));
        let recorded = recorded.and_then(|it| it.digest);
        let outcome = latest.outcome.as_ref();
        let tests = plan.tests.as_ref();
        let flag = plan.deployment.flag.as_ref();
        let name = |text: &Option<crate::ticket::Text>| {
            text.as_ref().map(|text| release.facts.person(&text.text))
        };
        let later = release.later_of(ticket);
        let approvals = ticket.approvals.as_ref();
        TicketRow {
            repository: self.repository(),
            commit: self.commit_of_release(),
            release: release.tag().to_owned(),
            ticket: ticket.id().to_owned(),
            path: ticket.planned.path().to_owned(),
            title: plan.title.text.clone(),
            kind: plan.kind.as_str(),
            state: ticket.state().as_str(),
            risk_declared: plan.risk.level.map(|level| level.as_str()),
            risk_computed: ticket.score.level().as_str(),
            risk: approvals.map_or(ticket.risk, |it| it.risk).as_str(),
            services: texts(&plan.services),
            environments: texts(&plan.environments),
            requester: name(&plan.requester),
            makers: self.makers(ticket),
            assignee: name(&latest.assignee),
            validator: name(&latest.validator),
            approval: match approvals {
                Some(approvals) => status(approvals),
                None if release.facts.config.approvals.is_some() => "closed-before",
                None => "not-required",
            },
            approval_now: later.as_ref().map(|later| status(later.approvals)),
            required_people: approvals.map(|it| it.quorum.people),
            required_roles: approvals.map_or_else(Vec::new, required_roles),
            required_evidence: approvals.map(|it| it.quorum.evidence.as_str()),
            digest: ticket.digest.clone(),
            released_as_approved: approvals
                .filter(|it| counted(it).next().is_some())
                .map(|_| recorded.is_none_or(|recorded| recorded == ticket.digest)),
            recorded_digest: recorded.map(str::to_owned),
            tests: tests.map_or_else(Vec::new, |tests| texts(&tests.kinds)),
            test_evidence: tests.map_or_else(Vec::new, |tests| texts(&tests.evidence)),
            security: plan.review.security.as_ref().map(|text| text.text.clone()),
            rollback_steps: plan.rollback.steps.len(),
            rollback_rehearsed_on: plan.rollback.rehearsed_on,
            flag: flag.and_then(|flag| Some(flag.key.as_ref()?.text.clone())),
            flag_owner: flag.and_then(|flag| name(&flag.owner)),
            flag_remove_by: flag.and_then(|flag| flag.remove_by),
            window_start: ticket.window().map(|window| window.start),
            window_end: ticket.window().map(|window| window.end),
            started_at: outcome.and_then(|it| Some(it.started_at.as_ref()?.timestamp)),
            deployed_at: outcome.and_then(|it| Some(it.deployed_at.as_ref()?.timestamp)),
            ended_at: outcome.and_then(|it| Some(it.ended_at.as_ref()?.timestamp)),
            result: outcome
                .and_then(|it| it.result)
                .map(|result| result.as_str()),
            caused_by: outcome.and_then(|it| Some(it.caused_by.as_ref()?.text.clone())),
        }
    }

    /// Those who wrote the plan or a commit that cites the ticket, each once.
    fn makers(&self, ticket: &ReportedTicket) -> Vec<String> {
        let release = &self.release.facts;
        let contributors = ticket.approvals.iter().flat_map(|it| &it.contributors);
        let of_plan = contributors.map(|it| {
            let author = &it.author;
            let person = release.person(&author.email);
            let is_known = person != *author.email;
            if is_known || author.name.is_empty() {
                person
            } else {
                author.name.to_string()
            }
        });
        let commits = self.release.commits_of(ticket.id());
        let of_commits = commits.map(|commit| {
            let person = release.person(&commit.commit.author.email);
            let is_known = person != *commit.commit.author.email;
            if is_known {
                person
            } else {
                commit.author.clone()
            }
        });
        let mut makers: Vec<String> = Vec::new();
        for name in of_commits.chain(of_plan) {
            if !makers.contains(&name) {
                makers.push(name);
            }
        }
        makers
    }

    fn approvals(&self, ticket: &ReportedTicket) -> Vec<ApprovalRow> {
        let plan = ticket.plan();
        let row = |judged: &TicketApprovals, entry: &EvaluatedApproval, list: &[Approval]| {
            let written = entry.index.and_then(|index| list.get(index));
            let addition = entry
                .index
                .and_then(|index| judged.additions.get(index)?.as_ref());
            ApprovalRow {
                repository: self.repository(),
                commit: self.commit_of_release(),
                release: self.release.tag().to_owned(),
                ticket: ticket.id().to_owned(),
                number: entry.index,
                by: entry.by.clone(),
                person: self.release.facts.person(&entry.by),
                role: entry.role.clone(),
                effect: match entry.effect {
                    ApprovalEffect::Approves => "approves",
                    ApprovalEffect::Rejects => "rejects",
                    _ => "ignored",
                },
                ignored_because: entry.effect.reason(),
                evidence: entry.evidence.as_str(),
                key: entry.key.as_ref().map(|key| key.fingerprint()),
                at: entry.at,
                digest: written.and_then(|it| Some(it.digest.as_ref()?.text.clone())),
                added_in: addition.map(|addition| addition.commit.to_string()),
                digest_when_added: addition.map(|addition| addition.digest.clone()),
                after_release: false,
            }
        };
        let mut rows = Vec::new();
        if let Some(judged) = &ticket.approvals {
            let entries = judged.judgement.entries.iter();
            rows.extend(entries.map(|entry| row(judged, entry, &plan.approvals)));
        }
        if let Some(later) = self.release.later_of(ticket) {
            rows.extend(later.entries().map(|entry| ApprovalRow {
                commit: self.facts.head.to_string(),
                after_release: true,
                ..row(later.approvals, entry, &ticket.latest().approvals)
            }));
        }
        rows
    }
}

/// The approvals that count.
pub(super) fn counted(approvals: &TicketApprovals) -> impl Iterator<Item = &EvaluatedApproval> {
    let entries = approvals.judgement.entries.iter();
    entries.filter(|entry| entry.effect == ApprovalEffect::Approves)
}

fn required_roles(approvals: &TicketApprovals) -> Vec<String> {
    match &approvals.quorum.roles {
        Roles::Each(roles) => roles.clone(),
        Roles::One => vec!["any".to_owned()],
        Roles::Any => Vec::new(),
    }
}

fn status(approvals: &TicketApprovals) -> &'static str {
    match approvals.judgement.status() {
        ApprovalStatus::Approved => "approved",
        ApprovalStatus::NotRequired => "not-required",
        ApprovalStatus::Unapproved => "not-approved",
        ApprovalStatus::Unknown => "unknown",
    }
}

/// The first line of a message.
fn header(commit: &ReportedCommit) -> String {
    let commit = &commit.commit;
    let subject = commit.subject();
    match (commit.kind_name(), commit.scope()) {
        (Some("revert"), _) | (None, _) => subject.to_owned(),
        (Some(kind), None) => format!("{kind}: {subject}"),
        (Some(kind), Some(scope)) => format!("{kind}({scope}): {subject}"),
    }
}

//! The sign-off of a release: what it covers, and whether the release has it.
//!
//! A sign-off is an approval in the release file. It is evaluated like an approval of a ticket,
//! except that those who worked on the release can sign it off too.

use std::collections::{BTreeMap, HashSet};

use crate::app::approvals::TrustedInputs;
use crate::app::gate::branch_tickets::text;
use crate::app::release::tickets::{CommitContext, ReleaseTickets};
use crate::approval::{
    self, ApprovalEffect, ApprovalInput, ApprovalResult, CoveredCommits, Evidence, Identities,
    MergeGroup, Merges, TicketFile, TicketHistories, TracedTicket, contributions,
};
use crate::commit::{Author, Id};
use crate::config::{Config, Quorum};
use crate::error::Result;
use crate::git::{CommitTree, EntryKind};
use crate::history::{DueUnit, Scope, parents, visit};
use crate::release::SignOff;
use crate::release_file::{SignOffContents, SignedOffTicket};
use crate::rules::Settings;
use crate::source::Source;
use crate::ticket::{Kind, ParsedTicket, RiskLevel, entries};

/// A release that can be signed off.
pub(crate) struct SignOffSubject {
    /// The path of its release file.
    pub(crate) path: String,
    /// What is signed off.
    pub(crate) contents: SignOffContents,
    /// The tag that the version is counted from.
    since: Option<Id>,
}

/// The stable releases among those that are due.
///
/// # Errors
///
/// Fails if history is missing.
pub(crate) fn sign_off_subjects(
    context: CommitContext<'_>,
    due: &[DueUnit<'_>],
    tickets: &ReleaseTickets,
) -> Result<Vec<SignOffSubject>> {
    let config = context.config;
    let (histories, release_files) = (context.ticket_histories()?, config.release_files()?);
    let covered = CoveredCommits::new(&histories, &release_files);
    let mut subjects = Vec::new();
    for (index, one) in due.iter().enumerate() {
        // A pre-release prepares the release that is signed off.
        if !one.version.pre.is_empty() {
            continue;
        }
        let package = one.unit.package(config);
        let commits = one.unit.next.commits.iter();
        let cited = tickets.cited_tickets(index, |_| RiskLevel::Low).into_iter();
        let contents = SignOffContents {
            package: package.map(|package| package.name.clone()),
            commits: covered.among(commits.map(|classified| classified.commit.id))?,
            tickets: cited
                .map(|ticket| SignedOffTicket {
                    id: ticket.id,
                    digest: ticket.plan.map(|plan| plan.digest),
                })
                .collect(),
        };
        subjects.push(SignOffSubject {
            path: config.next_release_file(package),
            contents,
            since: one.unit.next.base.as_ref().map(|base| base.commit),
        });
    }
    Ok(subjects)
}

/// The sign-offs that the configuration requires for releases that are due.
///
/// # Errors
///
/// Fails if history is missing that shows who signed off.
pub(crate) fn required_sign_offs(
    context: CommitContext<'_>,
    due: &[DueUnit<'_>],
    tickets: &ReleaseTickets,
    settings: &Settings,
) -> Result<Vec<SignOff>> {
    match &context.config.release.sign_off {
        None => Ok(Vec::new()),
        Some(quorum) => sign_offs(context, due, tickets, quorum, settings),
    }
}

/// The sign-offs of releases that are due, evaluated by this quorum.
///
/// # Errors
///
/// Fails if history is missing that shows who signed off.
pub(crate) fn sign_offs(
    context: CommitContext<'_>,
    due: &[DueUnit<'_>],
    tickets: &ReleaseTickets,
    quorum: &Quorum,
    settings: &Settings,
) -> Result<Vec<SignOff>> {
    let tree = context.repository.tree(context.tip)?;
    let mut sign_offs = Vec::new();
    for subject in sign_off_subjects(context, due, tickets)? {
        let file = release_file_at(&tree, &subject.path, context.config)?;
        let file = file.unwrap_or_else(|| Source::new(subject.path.as_str(), ""));
        let evaluation = Evaluation {
            context,
            subject: &subject,
            quorum,
            settings,
        };
        sign_offs.push(evaluation.evaluate(file, None)?);
    }
    Ok(sign_offs)
}

/// The release file of a commit; `None` if it has no regular file at the path.
fn release_file_at(tree: &CommitTree<'_>, path: &str, config: &Config) -> Result<Option<Source>> {
    match tree.kind_at(path)? {
        Some(EntryKind::File) => text(tree, path, config.limits),
        _ => Ok(None),
    }
}

/// The evaluation of the approvals of a release.
pub(crate) struct Evaluation<'a> {
    pub(crate) context: CommitContext<'a>,
    pub(crate) subject: &'a SignOffSubject,
    pub(crate) quorum: &'a Quorum,
    pub(crate) settings: &'a Settings,
}

impl Evaluation<'_> {
    /// Evaluates the approvals in the text of a release file. `author` is the author of those that
    /// are not committed yet.
    ///
    /// # Errors
    ///
    /// Fails if history is missing that shows who signed off.
    pub(crate) fn evaluate(&self, file: Source, author: Option<&Author>) -> Result<SignOff> {
        let Self {
            context,
            subject,
            quorum,
            settings,
        } = self;
        let config = context.config;
        let tree = context.repository.tree(context.tip)?;
        let trusted = TrustedInputs::read_for_sign_off(&tree, config, quorum)?;
        // The approvals of a release file are those of a ticket with nothing else.
        let (parsed, _) = ParsedTicket::parse_partially(&file);
        let origins = self.origins(&parsed, author)?;
        let mut ticket = parsed.ticket;
        ticket.identity.text = subject.contents.signed_name();
        ticket.requester = None;
        ticket.kind = Kind::Normal;
        let result = approval::evaluate(&ApprovalInput {
            ticket: &ticket,
            digest: &subject.contents.digest(),
            contributors: &[],
            origins: &origins,
            forge: None,
            declared_by: &[],
            signers: &trusted.signers,
            identities: Identities {
                people: &config.people,
                mailmap: &trusted.mailmap,
            },
            policy: &trusted.policy,
            quorum,
            now: settings.now(),
        });
        Ok(SignOff {
            package: subject.contents.package.clone(),
            spans: ticket.approvals.iter().map(|entry| entry.span).collect(),
            quorum: (*quorum).clone(),
            added_since: self.added_since(&file, &result)?,
            result,
            file,
        })
    }

    /// The author of the commit that added each approval, if the required evidence depends on it.
    fn origins(
        &self,
        parsed: &ParsedTicket,
        author: Option<&Author>,
    ) -> Result<Vec<Option<Author>>> {
        let CommitContext {
            repository,
            history,
            config,
            tip,
            ..
        } = self.context;
        if self.quorum.evidence != Evidence::Attributed || parsed.ticket.approvals.is_empty() {
            return Ok(Vec::new());
        }
        let path = &self.subject.path;
        let tree = repository.tree(tip)?;
        let Some(committed) = release_file_at(&tree, path, config)? else {
            return Ok(vec![author.cloned(); parsed.ticket.approvals.len()]);
        };
        let (committed, _) = ParsedTicket::parse_partially(&committed);
        // The release file is followed through history as a ticket is.
        let config = Config {
            tickets: vec![globset::escape(path)],
            ..config.clone()
        };
        let histories = TicketHistories::new(history, repository, &config)?;
        let file = TicketFile {
            commit: tip,
            path: path.clone(),
        };
        let traced = TracedTicket {
            version: &committed,
            files: vec![file],
        };
        let merges = Merges {
            mainline: tip,
            pending: MergeGroup::default(),
            pending_tip: None,
            part_tickets: HashSet::new(),
        };
        let known = contributions(&histories, &[traced], merges)?.remove(0);
        let (before, now) = (
            entries(&committed.document, "approvals"),
            entries(&parsed.document, "approvals"),
        );
        let origin = |entry| match before.iter().position(|known| known == entry) {
            Some(index) => known.origins.get(index).cloned().flatten(),
            None => author.cloned(),
        };
        Ok(now.iter().map(origin).collect())
    }

    /// For each approval of other contents the covered commits that are not before the commit that
    /// added it.
    fn added_since(
        &self,
        file: &Source,
        result: &ApprovalResult,
    ) -> Result<BTreeMap<usize, Vec<Id>>> {
        let (parsed, _) = ParsedTicket::parse_partially(file);
        let approvals = entries(&parsed.document, "approvals");
        let mut added_since = BTreeMap::new();
        for entry in &result.entries {
            let Some(index) = entry
                .index
                .filter(|_| entry.effect == ApprovalEffect::Stale)
            else {
                continue;
            };
            let Some(added_in) = approvals
                .get(index)
                .map(|approval| self.commit_that_added(approval))
                .transpose()?
                .flatten()
            else {
                continue;
            };
            let mut later = HashSet::new();
            let scope = Scope {
                tip: Some(self.context.tip),
                exclude: Some(added_in),
            };
            visit(self.context.history, scope, |id, _| {
                later.insert(id);
                Ok(())
            })?;
            let covered = self.subject.contents.commits.iter().copied();
            let added: Vec<Id> = covered.filter(|commit| later.contains(commit)).collect();
            added_since.insert(index, added);
        }
        Ok(added_since)
    }

    /// The oldest commit of the release with this approval in the release file and without it in
    /// its parents; `None` if there is none.
    fn commit_that_added(&self, approval: &serde_json::Value) -> Result<Option<Id>> {
        let CommitContext {
            repository,
            history,
            config,
            tip,
            ..
        } = self.context;
        let path = &self.subject.path;
        let has_approval = |commit: Id| -> Result<bool> {
            let file = release_file_at(&repository.tree(commit)?, path, config)?;
            Ok(file.is_some_and(|file| {
                let (parsed, _) = ParsedTicket::parse_partially(&file);
                entries(&parsed.document, "approvals").contains(approval)
            }))
        };
        let mut range = Vec::new();
        let scope = Scope {
            tip: Some(tip),
            exclude: self.subject.since,
        };
        visit(history, scope, |id, _| {
            range.push(id);
            Ok(())
        })?;
        for commit in range.into_iter().rev() {
            if !has_approval(commit)? {
                continue;
            }
            let mut is_new = true;
            for parent in parents(history, commit)? {
                is_new &= !has_approval(parent)?;
            }
            if is_new {
                return Ok(Some(commit));
            }
        }
        Ok(None)
    }
}

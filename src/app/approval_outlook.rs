//! The state of the approvals of a ticket in the work tree, before it is merged.
//!
//! Uncommitted changes count as the work of the user of this repository, who is about to commit
//! them. More people may still contribute, so enough approvals here are no promise that the gate
//! accepts each of them.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::app::approvals::TrustedInputs;
use crate::app::gate::branch_tickets::version_at;
use crate::app::release::policy_branch::policy_approvals_since_release;
use crate::app::release::tickets::CommitContext;
use crate::approval::{
    self, ApprovalInput, Contributions, Contributor, Identities, Involvement, MergeGroup, Merges,
    Outlook, TicketFile, TicketHistories, TracedTicket, contributions,
};
use crate::commit::Author;
use crate::error::Result;
use crate::git::{EntryKind, Repository};
use crate::history::History as _;
use crate::rules::{RuleSelection, Settings};
use crate::source::Source;
use crate::ticket::{ParsedTicket, digest, entries};
use crate::workspace::Workspace;

impl Workspace {
    /// The state of a ticket's approvals if it is committed as it is; `None` if no approvals are
    /// required, or if there is no commit or no readable ticket.
    ///
    /// # Errors
    ///
    /// Fails if history is missing that shows who contributed to the change.
    pub(crate) fn approval_outlook(
        &self,
        repository: &Repository,
        ticket: &Source,
        now: Timestamp,
    ) -> Result<Option<Outlook>> {
        let Ok(version) = ParsedTicket::parse(ticket) else {
            return Ok(None);
        };
        let outlooks = self.approval_outlooks(repository, &[version], now)?;
        Ok(outlooks.and_then(|mut outlooks| outlooks.pop()))
    }

    /// The same for several tickets, in their order; `None` if no approvals are required, or if
    /// there is no commit.
    ///
    /// # Errors
    ///
    /// Fails if history is missing that shows who contributed to the changes.
    pub(crate) fn approval_outlooks(
        &self,
        repository: &Repository,
        versions: &[ParsedTicket],
        now: Timestamp,
    ) -> Result<Option<Vec<Outlook>>> {
        let history = repository.history()?;
        let Some(head) = history.head()? else {
            return Ok(None);
        };
        let tree = repository.tree(head)?;
        let Some(trusted) = TrustedInputs::read(&tree, self.config(), "at HEAD")? else {
            return Ok(None);
        };
        let context = CommitContext {
            repository,
            history: &history,
            config: self.config(),
            tip: head,
            histories: None,
        };
        let trusted = trusted.with_policies(policy_approvals_since_release(context)?);
        let mut traced = Vec::with_capacity(versions.len());
        for version in versions {
            let path = version.path().to_owned();
            let is_file = tree.kind_at(&path)? == Some(EntryKind::File);
            let file = is_file.then_some(TicketFile { commit: head, path });
            traced.push(TracedTicket {
                version,
                files: file.into_iter().collect(),
            });
        }
        let merges = Merges {
            mainline: head,
            pending: MergeGroup::default(),
            pending_tip: None,
            part_tickets: self.open_tickets()?,
        };
        let histories = TicketHistories::new(&history, repository, self.config())?;
        let contributions = contributions(&histories, &traced, merges)?;
        let outlook = OutlookContext {
            trusted,
            settings: Settings::new(self.config(), &RuleSelection::default(), now)?,
            user: repository.user_email().ok().map(|email| Author {
                name: "".into(),
                email: email.into(),
            }),
        };
        let mut outlooks = Vec::with_capacity(versions.len());
        for (version, contributions) in versions.iter().zip(contributions) {
            let committed = version_at(&tree, version.path(), self.config().limits)?;
            outlooks.push(outlook.of(version, committed.as_ref(), contributions));
        }
        Ok(Some(outlooks))
    }
}

impl Workspace {
    /// The IDs of the tickets in the work tree that are neither drafts nor finished.
    fn open_tickets(&self) -> Result<HashSet<String>> {
        let found = self.find_tickets()?;
        let parsed = found.tickets.iter().map(ParsedTicket::parse);
        let is_open = |parsed: &ParsedTicket| {
            parsed.ticket.state.is_past_draft() && !parsed.ticket.state.is_finished()
        };
        let open = parsed.flatten().filter(is_open);
        Ok(open.map(|parsed| parsed.id().to_owned()).collect())
    }
}

/// What the approvals of tickets in the work tree are judged with.
struct OutlookContext<'c> {
    trusted: TrustedInputs<'c>,
    settings: Settings,
    /// The user of this repository; `None`: unknown.
    user: Option<Author>,
}

impl OutlookContext<'_> {
    /// The outlook of a ticket, which is `committed` at HEAD.
    fn of(
        &self,
        version: &ParsedTicket,
        committed: Option<&ParsedTicket>,
        contributions: Contributions,
    ) -> Outlook {
        let Self {
            trusted,
            settings,
            user,
        } = self;
        let mut contributors = contributions.contributors;
        let digest_now = digest(&version.document);
        if committed.is_none_or(|committed| digest(&committed.document) != digest_now) {
            contributors.extend(
                user.clone()
                    .map(|user| Contributor::of(user, Involvement::Editor)),
            );
        }
        let known = committed
            .map(|committed| entries(&committed.document, "approvals"))
            .unwrap_or_default();
        let approvals = entries(&version.document, "approvals");
        let origins = approvals.iter().zip(&contributions.origins);
        let origin = |(approval, origin): (_, &Option<Author>)| {
            if known.contains(approval) {
                origin.clone()
            } else {
                user.clone()
            }
        };
        let risk = settings.stricter_risk_of(&version.ticket);
        let required = trusted.requirement(version, &contributions.citing, settings, risk);
        let facts = ApprovalInput {
            ticket: &version.ticket,
            digest: &digest_now,
            contributors: &contributors,
            origins: &origins.map(origin).collect::<Vec<_>>(),
            forge: None,
            declared_by: &contributions.declared_by,
            signers: &trusted.signers,
            identities: Identities {
                people: &trusted.config.people,
                mailmap: &trusted.mailmap,
            },
            policy: &trusted.policy,
            quorum: &required.quorum,
            now: settings.now(),
        };
        Outlook {
            judgement: approval::evaluate(&facts),
            unreachable: facts.unreachable_quorum(),
        }
    }
}

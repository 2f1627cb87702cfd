//! The state of the approvals of a ticket in the work tree, before it is merged.
//!
//! Uncommitted changes count as the work of the user of this repository, who is about to commit
//! them. More people may still contribute, so enough approvals here are no promise that the gate
//! accepts each of them.

use jiff::Timestamp;

use crate::app::approvals::TrustedInputs;
use crate::app::gate::branch_tickets::version_at;
use crate::approval::{
    self, ApprovalInput, Contributor, Identities, Involvement, MergeGroup, Merges, Outlook,
    TicketFile, TicketHistories, TracedTicket, contributions,
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
        let history = repository.history()?;
        let Some(head) = history.head()? else {
            return Ok(None);
        };
        let tree = repository.tree(head)?;
        let (Some(trusted), Some(version)) = (
            TrustedInputs::read(&tree, self.config(), "at HEAD")?,
            ParsedTicket::parse(ticket).ok(),
        ) else {
            return Ok(None);
        };
        let path = ticket.name();
        let committed = version_at(&tree, path, self.config().limits)?;
        let file = TicketFile {
            commit: head,
            path: path.to_owned(),
        };
        let is_file = tree.kind_at(path)? == Some(EntryKind::File);
        let traced = TracedTicket {
            version: &version,
            files: is_file.then_some(file).into_iter().collect(),
        };
        let merges = Merges {
            mainline: head,
            pending: MergeGroup::default(),
        };
        let histories = TicketHistories::new(&history, repository, self.config())?;
        let contributions = contributions(&histories, &[traced], merges)?.remove(0);
        let mut contributors = contributions.contributors;
        let digest_now = digest(&version.document);
        let user = repository.user_email().ok().map(|email| Author {
            name: "".into(),
            email: email.into(),
        });
        if committed
            .as_ref()
            .is_none_or(|committed| digest(&committed.document) != digest_now)
        {
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
        let settings = Settings::new(self.config(), &RuleSelection::default(), now)?;
        let facts = ApprovalInput {
            ticket: &version.ticket,
            digest: &digest_now,
            risk: settings.stricter_risk_of(&version.ticket),
            contributors: &contributors,
            origins: &origins.map(origin).collect::<Vec<_>>(),
            forge: None,
            declared_by: &contributions.declared_by,
            signers: &trusted.signers,
            identities: Identities {
                people: &self.config().people,
                mailmap: &trusted.mailmap,
            },
            policy: &trusted.policy,
            now,
        };
        Ok(Some(Outlook {
            judgement: approval::evaluate(&facts),
            unreachable: facts.unreachable_shortfall(),
        }))
    }
}

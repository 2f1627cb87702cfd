//! What the approvals of a ticket in the work tree amount to, for those who read or approve it
//! before it is merged.
//!
//! What isn't committed yet counts as the work of the user of this repository, who is about to
//! commit it. Authors who are not known yet may still contribute, so enough approvals here are no
//! promise that the gate counts each of them.

use jiff::Timestamp;

use crate::app::gate::branch_tickets::{version, version_at};
use crate::app::provenance::approvals::TrustedInputs;
use crate::app::provenance::citations::CitationFinder;
use crate::app::provenance::contributors::Contributions;
use crate::app::provenance::mainline::Mainline;
use crate::app::provenance::ticket_history::{TicketHistories, TicketHistory};
use crate::approval::{self, ApprovalInput, Contributor, Identities, Involvement, Outlook};
use crate::commit::Author;
use crate::error::Result;
use crate::git::{EntryKind, Repository};
use crate::history::History as _;
use crate::rules::{RuleSelection, Settings};
use crate::source::Source;
use crate::ticket::{digest, entries};
use crate::workspace::Workspace;
use crate::workspace::tickets::globs;

impl Workspace {
    /// What the approvals of a ticket amount to once it is committed as it is; `None` if none are
    /// required, or if there is no commit or no readable ticket.
    ///
    /// # Errors
    ///
    /// Fails if history is missing that tells who contributed to the change.
    pub fn approval_outlook(
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
        let (Some(trusted), Some(version)) =
            (TrustedInputs::read(&tree, self.config())?, version(ticket))
        else {
            return Ok(None);
        };
        let (path, globs) = (ticket.name(), globs(&self.config().tickets)?);
        let histories = TicketHistories::new(repository, &history, &globs, self.config());
        let committed = version_at(&tree, path, self.config().limits)?;
        let ticket_history = match tree.kind_at(path)? {
            Some(EntryKind::File) => histories.of(vec![(head, path.to_owned())])?,
            _ => TicketHistory::default(),
        };
        let mut mainline = Mainline::new(&histories, head);
        mainline.extend_to(&ticket_history.paths)?;
        let merged = mainline.merge_units(&history)?;
        let contributions = Contributions::of(&version, &ticket_history.revisions);
        let citations = CitationFinder {
            repository,
            globs: &globs,
            limits: self.config().limits,
        };
        let mut contributors = contributions.contributors(&citations.citing_commits(
            version.id(),
            &contributions.planning_commits,
            &merged,
        )?);
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

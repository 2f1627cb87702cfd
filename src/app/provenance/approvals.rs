//! Evaluates the approvals of tickets: collects the trusted keys and the contributors, and calls
//! `approval`.
//!
//! Keys, people and the mailmap are those of the tip of the base; a branch that edits them is
//! judged without its edits.

use std::collections::BTreeSet;

use globset::GlobSet;

use crate::app::gate::MAILMAP;
use crate::app::provenance::citations::{CitationFinder, MergeUnit};
use crate::app::provenance::contributors::Contributions;
use crate::app::provenance::mainline::Mainline;
use crate::app::provenance::ticket_history::TicketHistories;
use crate::approval::{
    self, ApprovalInput, ApprovalPolicy, Contributor, Identities, TicketApprovals, Verdict,
};
use crate::commit::{Id, Mailmap};
use crate::config::Config;
use crate::error::Result;
use crate::finding::Checked;
use crate::git::{CommitTree, EntryKind, GitHistory, Repository};
use crate::release::Tree as _;
use crate::rules::{
    ApprovalCandidate, ApprovalRuleInput, Settings, Stage, TicketVersion, run_approval_rules,
};
use crate::signature::AllowedSigners;
use crate::source::{Source, shorten};
use crate::ticket::{Kind, digest};

/// Whose approval counts, as a commit has it.
pub(crate) struct TrustedInputs<'c> {
    pub(crate) config: &'c Config,
    pub(crate) policy: ApprovalPolicy,
    pub(crate) signers: AllowedSigners,
    pub(crate) mailmap: Mailmap,
    /// What a person has to know of the keys.
    remarks: Vec<String>,
}

/// What became of the approvals of tickets.
#[derive(Debug, Default)]
pub(crate) struct Approvals {
    /// Ticket by ticket.
    pub(crate) tickets: Vec<TicketApprovals>,
    /// What the rules say of them.
    pub(crate) checked: Checked,
    /// What a person has to know of what they were judged by.
    pub(crate) remarks: Vec<String>,
}

impl Approvals {
    /// The ids of the tickets that are approved.
    pub(crate) fn approved(&self) -> Vec<String> {
        let approved = self
            .tickets
            .iter()
            .filter(|ticket| ticket.judgement.is_approved());
        approved.map(|ticket| ticket.id.clone()).collect()
    }
}

/// What approvals are evaluated against.
pub(crate) struct ApprovalContext<'r> {
    pub(crate) repository: &'r Repository,
    pub(crate) history: &'r GitHistory<'r>,
    pub(crate) globs: &'r GlobSet,
    /// The tip of the line into which branches were merged.
    pub(crate) mainline: Id,
    /// The commit that has the tickets that a branch changes.
    pub(crate) head: Id,
    /// The commits that are to be merged together, if any.
    pub(crate) merge_unit: MergeUnit,
    /// Who approves these commits in the forge; `None`: what the forge knows is unknown here.
    pub(crate) forge: Option<Vec<String>>,
    /// What the approvals are judged for.
    pub(crate) stage: Stage,
}

impl<'c> TrustedInputs<'c> {
    /// Reads keys and mailmap of a commit; `None` if its configuration requires no approvals.
    ///
    /// Fails if a file cannot be read. A missing file adds no keys.
    pub(crate) fn read(tree: &CommitTree<'_>, config: &'c Config) -> Result<Option<Self>> {
        let Some(policy) = config.approvals.clone() else {
            return Ok(None);
        };
        let mut remarks = Vec::new();
        let mut signers = AllowedSigners::default();
        if let Some(path) = &policy.allowed_signers {
            match text(tree, path)? {
                None => remarks.push(format!(
                    "`{path}` does not exist on the base, so no signature counts"
                )),
                Some(text) => {
                    let source = Source::new(path.as_str(), text);
                    let (read, faults) = AllowedSigners::parse(&source);
                    let remark = faults.iter().map(|fault| {
                        let line = source.position(fault.label.span.start).line;
                        format!("{path}:{line}: {}; the line is ignored", fault.message)
                    });
                    remarks.extend(remark);
                    signers = read;
                }
            }
        }
        let weaker = policy.weaker_evidence();
        if !weaker.is_empty() {
            let keys: Vec<String> = weaker.iter().map(|risk| format!("`{risk}`")).collect();
            remarks.push(format!(
                "levels of `[approvals]` with weaker evidence than a lower risk: {}; set their `evidence`",
                keys.join(", ")
            ));
        }
        let mailmap = text(tree, MAILMAP)?
            .map(|text| Mailmap::parse(&text))
            .unwrap_or_default();
        Ok(Some(Self {
            config,
            policy,
            signers,
            mailmap,
            remarks,
        }))
    }

    /// Judges the approvals of tickets.
    ///
    /// Fails if history is missing that shows who contributed to a change.
    pub(crate) fn judge(
        self,
        tickets: &[ApprovalCandidate<'_>],
        context: ApprovalContext<'_>,
        settings: &Settings,
    ) -> Result<Approvals> {
        let histories = TicketHistories::new(
            context.repository,
            context.history,
            context.globs,
            self.config,
        );
        let mut mainline = Mainline::new(&histories, context.mainline);
        let mut known = Vec::with_capacity(tickets.len());
        for ApprovalCandidate {
            version,
            existing_approvals: settled,
            at_base,
            at_head,
        } in tickets
        {
            let mut contributions = Contributions::default();
            // Who made a change matters for those who approve it, and for those who still can
            // approve an emergency.
            let is_approved_by_some = !version.ticket.approvals.is_empty()
                || context
                    .forge
                    .as_ref()
                    .is_some_and(|forge| !forge.is_empty());
            if is_approved_by_some || version.ticket.kind == Kind::Emergency {
                let tips = [(context.head, at_head), (context.mainline, at_base)];
                let start_points = tips
                    .into_iter()
                    .filter_map(|(tip, path)| Some((tip, path.as_deref()?.to_owned())));
                let ticket_history = histories.of(start_points.collect())?;
                mainline.extend_to(&ticket_history.paths)?;
                contributions = Contributions::of(version, &ticket_history.revisions);
            }
            known.push((*version, *settled, contributions));
        }
        let mut merged = mainline.merge_units(context.history)?;
        merged.push(context.merge_unit);
        let citations = CitationFinder {
            repository: context.repository,
            globs: context.globs,
            limits: self.config.limits,
        };
        let mut approvals = Approvals::default();
        for (version, settled, contributions) in known {
            let contributors = contributions.contributors(&citations.citing_commits(
                version.id(),
                &contributions.planning_commits,
                &merged,
            )?);
            let ticket = self.judge_one(
                version,
                (&contributions, &contributors),
                context.forge.as_deref(),
                settings,
            );
            let approved = ApprovalRuleInput {
                ticket: &version.ticket,
                risk: ticket.risk,
                result: &ticket.judgement,
                policy: &self.policy,
                existing_approvals: settled,
                changed: &contributions.changed_since_approval,
                stage: context.stage,
            };
            approvals
                .checked
                .merge(run_approval_rules(&approved, settings));
            approvals.tickets.push(ticket);
        }
        let strangers = self.unmapped_logins(
            context.forge.as_deref().unwrap_or_default(),
            &approvals.tickets,
        );
        approvals.remarks = self.remarks;
        approvals.remarks.extend(strangers);
        Ok(approvals)
    }

    /// Extras about forge logins that count although they aren't mapped to people.
    ///
    /// If no people are configured, a login may belong to an author. Rejecting it would force
    /// `[people]` on everybody who only wants a second person to review.
    fn unmapped_logins(&self, forge: &[String], tickets: &[TicketApprovals]) -> Vec<String> {
        let counts = |by: &&String| {
            let mut entries = tickets.iter().flat_map(|ticket| &ticket.judgement.entries);
            entries.any(|entry| {
                entry.index.is_none() && entry.by == **by && entry.verdict == Verdict::Approves
            })
        };
        let is_login = |by: &&String| !by.contains('@');
        let logins = forge
            .iter()
            .filter(|_| self.config.people.is_empty())
            .filter(is_login)
            .filter(counts);
        let remark = |by: &String| {
            let by = shorten(by);
            format!(
                "`{by}` is assumed not to be an author, because `[people]` does not map forge logins to people"
            )
        };
        logins
            .collect::<BTreeSet<_>>()
            .into_iter()
            .map(remark)
            .collect()
    }

    fn judge_one(
        &self,
        version: &TicketVersion,
        (contributions, contributors): (&Contributions, &[Contributor]),
        forge: Option<&[String]>,
        settings: &Settings,
    ) -> TicketApprovals {
        let ticket = &version.ticket;
        let risk = settings.stricter_risk_of(ticket);
        let judgement = approval::evaluate(&ApprovalInput {
            ticket,
            digest: &digest(&version.document),
            risk,
            contributors,
            origins: &contributions.origins,
            forge,
            declared_by: &contributions.declared_by,
            signers: &self.signers,
            identities: Identities {
                people: &self.config.people,
                mailmap: &self.mailmap,
            },
            policy: &self.policy,
            now: settings.now(),
        });
        let path = ticket.source.name().to_owned();
        let evidence = self.policy.quorum(risk).evidence;
        TicketApprovals {
            id: version.id().to_owned(),
            path,
            state: ticket.state,
            risk,
            evidence,
            judgement,
        }
    }
}

/// The text of a regular file in a tree; what is not UTF-8 in it is replaced. `None` where there is
/// none.
fn text(tree: &CommitTree<'_>, path: &str) -> Result<Option<String>> {
    if tree.kind_at(path)? != Some(EntryKind::File) {
        return Ok(None);
    }
    Ok(tree
        .file(path)?
        .map(|file| String::from_utf8_lossy(&file.bytes).into_owned()))
}

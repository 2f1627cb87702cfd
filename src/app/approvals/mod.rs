//! Evaluates the approvals of tickets: collects the trusted keys and the contributors, and calls
//! `approval`.
//!
//! Keys, people and the mailmap come from the tip of the base; if a branch edits them, its edits do
//! not count.

use std::collections::{BTreeMap, BTreeSet};

use crate::app::gate::MAILMAP;
use crate::approval::{
    self, ApprovalEffect, ApprovalInput, ApprovalPolicy, Contributions, Identities, Merges,
    TicketApprovals, TicketFile, TicketHistories, TracedTicket, contributions,
};
use crate::branch::ApprovalCandidate;
use crate::commit::{Id, Mailmap};
use crate::config::{Config, Quorum};
use crate::error::Result;
use crate::finding::Checked;
use crate::git::{CommitTree, EntryKind};
use crate::history::History;
use crate::history::Tree as _;
use crate::rules::{
    ApprovalRuleInput, EmergencyOption, PolicyApprovals, Settings, Stage, run_approval_rules,
};
use crate::signature::AllowedSigners;
use crate::source::{Source, join_and, shorten};
use crate::ticket::{Kind, ParsedTicket, RiskLevel, digest};

/// Keys, people and settings for approvals, from one commit.
pub(crate) struct TrustedInputs<'c> {
    pub(crate) config: &'c Config,
    pub(crate) policy: ApprovalPolicy,
    pub(crate) signers: AllowedSigners,
    pub(crate) mailmap: Mailmap,
    /// The approvals that policies require in addition to those of the risk.
    policies: PolicyApprovals,
    /// Notes on the keys.
    remarks: Vec<String>,
}

/// The approvals that a ticket requires.
pub(crate) struct TicketQuorum {
    pub(crate) quorum: Quorum,
    /// The names of the policies that require some of them.
    pub(crate) policies: Vec<String>,
}

/// The results for the approvals of tickets.
#[derive(Debug, Default)]
pub(crate) struct Approvals {
    /// The result for each ticket.
    pub(crate) tickets: Vec<TicketApprovals>,
    /// The findings about them.
    pub(crate) checked: Checked,
    /// Notes on what the approvals were checked with.
    pub(crate) remarks: Vec<String>,
}

impl Approvals {
    /// The IDs of the approved tickets.
    pub(crate) fn approved(&self) -> Vec<String> {
        let approved = self.tickets.iter().filter(|ticket| ticket.is_approved());
        approved.map(|ticket| ticket.id.clone()).collect()
    }
}

/// The commits and the state of the forge with which approvals are evaluated.
pub(crate) struct ApprovalContext<'r, H> {
    pub(crate) histories: &'r TicketHistories<'r, H>,
    pub(crate) merges: Merges,
    /// The commit with the tickets that a branch changes.
    pub(crate) head: Id,
    /// The people who approved these commits in the forge; `None`: the state of the forge is
    /// unknown.
    pub(crate) forge: Option<Vec<String>>,
    /// The stage for which approvals are evaluated.
    pub(crate) stage: Stage,
    /// How a release can bypass the approvals of emergencies.
    pub(crate) emergencies: EmergencyUse,
}

/// What the evaluation of a ticket depends on besides the ticket and its history.
#[derive(Clone, Copy)]
struct Circumstances<'a> {
    /// The people who approved in the forge; `None`: the state of the forge is unknown.
    forge: Option<&'a [String]>,
    stage: Stage,
}

/// How a release can bypass the approvals of emergencies.
#[derive(Debug, Default)]
pub(crate) struct EmergencyUse {
    /// Whether the release is made with `--emergency`.
    pub(crate) is_given: bool,
    /// The IDs of emergencies that were released before its commits, each with the tag.
    pub(crate) spent: BTreeMap<String, String>,
}

impl EmergencyUse {
    fn option(&self, id: &str) -> EmergencyOption<'_> {
        match self.spent.get(id) {
            _ if self.is_given => EmergencyOption::Given,
            Some(tag) => EmergencyOption::Spent(tag),
            None => EmergencyOption::Available,
        }
    }
}

impl<H> ApprovalContext<'_, H> {
    /// A ticket with its files, if its contributors matter: to existing approvals, to policies that
    /// require approvals for its commits, and to the list of people who can still approve it, at a
    /// merge or as an emergency.
    fn traced<'a>(
        &self,
        candidate: &ApprovalCandidate<'a>,
        policies: &PolicyApprovals,
    ) -> TracedTicket<'a> {
        let version = candidate.version;
        let has_approvals = !version.ticket.approvals.is_empty()
            || !policies.is_empty()
            || self.forge.as_ref().is_some_and(|forge| !forge.is_empty());
        let commits = [
            (self.head, candidate.at_head),
            (self.merges.mainline, candidate.at_base),
        ];
        let files = commits
            .into_iter()
            .filter(|_| {
                has_approvals
                    || version.ticket.kind == Kind::Emergency
                    || self.stage == Stage::Merge
            })
            .filter_map(|(commit, path)| {
                let path = path?.to_owned();
                Some(TicketFile { commit, path })
            });
        TracedTicket {
            version,
            files: files.collect(),
        }
    }
}

impl<'c> TrustedInputs<'c> {
    /// Reads keys and mailmap of a commit; `None` if its configuration requires no approvals. `place`
    /// says in a message where that commit is, such as "at HEAD".
    ///
    /// # Errors
    ///
    /// Fails if a file cannot be read. A missing file adds no keys.
    pub(crate) fn read(
        tree: &CommitTree<'_>,
        config: &'c Config,
        place: &str,
    ) -> Result<Option<Self>> {
        Self::from_files(config, place, |path| text(tree, path))
    }

    /// Reads keys and mailmap of a commit for the sign-off of a release, which requires these
    /// approvals.
    ///
    /// # Errors
    ///
    /// Fails if a file cannot be read. A missing file adds no keys.
    pub(crate) fn read_for_sign_off(
        tree: &CommitTree<'_>,
        config: &'c Config,
        quorum: &Quorum,
    ) -> Result<Self> {
        let policy = ApprovalPolicy {
            low: quorum.clone(),
            medium: quorum.clone(),
            high: quorum.clone(),
            critical: quorum.clone(),
            ..config.approvals.clone().unwrap_or_default()
        };
        Self::with_policy(config, policy, "at HEAD", |path| text(tree, path))
    }

    /// The same of files with these texts; `None`: a file doesn't exist.
    fn from_files(
        config: &'c Config,
        place: &str,
        text: impl Fn(&str) -> Result<Option<String>>,
    ) -> Result<Option<Self>> {
        let policy = config.approvals.clone();
        policy
            .map(|policy| Self::with_policy(config, policy, place, text))
            .transpose()
    }

    fn with_policy(
        config: &'c Config,
        policy: ApprovalPolicy,
        place: &str,
        text: impl Fn(&str) -> Result<Option<String>>,
    ) -> Result<Self> {
        let mut remarks = Vec::new();
        let mut signers = AllowedSigners::default();
        if let Some(path) = &policy.allowed_signers {
            match text(path)? {
                None => remarks.push(format!(
                    "`{path}` does not exist {place}, so no signature counts"
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
            let quoted: Vec<String> = weaker.iter().map(|level| format!("`{level}`")).collect();
            let verb = if quoted.len() == 1 {
                "requires"
            } else {
                "require"
            };
            remarks.push(format!(
                "warning: in `[approvals]`, {} {verb} weaker evidence than a lower risk level; set `evidence` for each",
                join_and(&quoted)
            ));
        }
        let mailmap = text(MAILMAP)?
            .map(|text| Mailmap::parse(&text))
            .unwrap_or_default();
        Ok(Self {
            config,
            policy,
            signers,
            mailmap,
            policies: PolicyApprovals::default(),
            remarks,
        })
    }

    /// The same, with the approvals that policies require.
    pub(crate) fn with_policies(self, policies: PolicyApprovals) -> Self {
        Self { policies, ..self }
    }

    /// The approvals that a ticket requires, if these commits cite it.
    pub(crate) fn requirement(
        &self,
        version: &ParsedTicket,
        citing: &[Id],
        settings: &Settings,
        risk: RiskLevel,
    ) -> TicketQuorum {
        let mut required = TicketQuorum {
            quorum: self.policy.quorum(risk).clone(),
            policies: Vec::new(),
        };
        for requirement in self.policies.of_ticket(version, citing, settings) {
            required.quorum = required.quorum.and(&requirement.quorum);
            required.policies.push(requirement.policy().to_owned());
        }
        required
    }

    /// Evaluates the approvals of tickets.
    ///
    /// # Errors
    ///
    /// Fails if history is missing that shows who contributed to a change.
    pub(crate) fn judge<H: History>(
        self,
        candidates: &[ApprovalCandidate<'_>],
        context: ApprovalContext<'_, H>,
        settings: &Settings,
    ) -> Result<Approvals> {
        let traced: Vec<TracedTicket<'_>> = candidates
            .iter()
            .map(|candidate| context.traced(candidate, &self.policies))
            .collect();
        let has_part = |candidate: &&ApprovalCandidate<'_>| {
            candidate.version.ticket.state.is_past_draft() && !candidate.is_released
        };
        let part_tickets = candidates.iter().filter(has_part);
        let merges = Merges {
            part_tickets: part_tickets
                .map(|candidate| candidate.version.id().to_owned())
                .collect(),
            ..context.merges
        };
        let contributions = contributions(context.histories, &traced, merges)?;
        let mut approvals = Approvals::default();
        for (candidate, contributions) in candidates.iter().zip(&contributions) {
            let version = candidate.version;
            let circumstances = Circumstances {
                forge: context.forge.as_deref(),
                stage: context.stage,
            };
            let ticket = self.judge_one(candidate, contributions, circumstances, settings);
            let input = ApprovalRuleInput {
                ticket: &version.ticket,
                risk: ticket.risk,
                policies: &ticket.policies,
                result: &ticket.judgement,
                existing_approvals: candidate.existing_approvals,
                is_frozen: candidate.is_frozen,
                replaced_plan: candidate.replaced_plan.as_deref(),
                changed: &contributions.changed_since_approval,
                stage: context.stage,
                emergency: context.emergencies.option(version.id()),
            };
            approvals
                .checked
                .merge(run_approval_rules(&input, settings));
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

    /// Notes on forge logins that count although they aren't mapped to people.
    ///
    /// If no people are configured, a login may belong to an author. Rejecting it would force
    /// `[people]` on everybody who only wants a second person to review.
    fn unmapped_logins(&self, forge: &[String], tickets: &[TicketApprovals]) -> Vec<String> {
        let counts = |by: &&String| {
            let mut entries = tickets.iter().flat_map(|ticket| &ticket.judgement.entries);
            entries.any(|entry| {
                entry.index.is_none()
                    && entry.by == **by
                    && entry.effect == ApprovalEffect::Approves
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
        candidate: &ApprovalCandidate<'_>,
        contributions: &Contributions,
        circumstances: Circumstances<'_>,
        settings: &Settings,
    ) -> TicketApprovals {
        let version = candidate.version;
        let ticket = &version.ticket;
        let risk = candidate
            .recorded_risk
            .unwrap_or_else(|| settings.stricter_risk_of(ticket));
        let TicketQuorum { quorum, policies } =
            self.requirement(version, &contributions.citing, settings, risk);
        let input = ApprovalInput {
            ticket,
            digest: &digest(&version.document),
            contributors: &contributions.contributors,
            origins: &contributions.origins,
            forge: circumstances.forge,
            declared_by: &contributions.declared_by,
            signers: &self.signers,
            identities: Identities {
                people: &self.config.people,
                mailmap: &self.mailmap,
            },
            policy: &self.policy,
            quorum: &quorum,
            now: settings.now(),
        };
        let judgement = approval::evaluate(&input);
        let path = ticket.source.name().to_owned();
        let is_traced = circumstances.stage == Stage::Merge;
        let approvers = is_traced.then(|| input.approvers(&judgement.entries));
        TicketApprovals {
            id: version.id().to_owned(),
            path,
            state: ticket.state,
            risk,
            quorum,
            policies,
            approvers,
            judgement,
            contributors: contributions.contributors.clone(),
            additions: contributions.additions.clone(),
        }
    }
}

/// The text of a regular file in a tree, with replacement characters for what is not UTF-8; `None`
/// if there is none.
fn text(tree: &CommitTree<'_>, path: &str) -> Result<Option<String>> {
    if tree.kind_at(path)? != Some(EntryKind::File) {
        return Ok(None);
    }
    Ok(tree
        .file(path)?
        .map(|file| String::from_utf8_lossy(&file.bytes).into_owned()))
}

#[cfg(test)]
mod part_tests;
#[cfg(test)]
mod state_tests;
#[cfg(test)]
mod tests;

//! The checks of approvals by `verify`: recomputed as the release evaluated them, with bypassed
//! rules and what followed since.
//!
//! Only recomputed approvals are called approved. Rules that a tag records as bypassed stay
//! bypassed, whatever followed.

use jiff::Timestamp;

use std::rc::Rc;

use crate::app::release::follow_ups::follow_up_of;
use crate::app::release::tag_records::TagRecord;
use crate::app::release::tickets::{ApprovalFacts, CommitContext, ReleaseTickets};
use crate::app::release::utc_day;
use crate::app::verify::VerifyOptions;
use crate::approval::{ApprovalStatus, TicketApprovals};
use crate::error::Result;
use crate::finding::{Finding, Place, Severity};
use crate::history::reached;
use crate::release::{
    Check, CheckKind, Emergency, FollowUp, Outcome, ReleaseContext, SignOff, TicketRisk,
};
use crate::rules::{
    MISSING_SIGN_OFF, RuleSelection, Settings, is_about_approval, run_release_rules,
};
use crate::source::{join_and, sanitise_line};
use crate::ticket::{ParsedTicket, RiskLevel};
use crate::workspace::{Workspace, absolute, named_configuration};

/// The recomputed release.
pub(crate) struct RecomputedRelease<'r> {
    /// Its commits, with their configuration.
    pub(crate) commits: CommitContext<'r>,
    /// The time of the release.
    pub(crate) at: Timestamp,
    /// Its tickets.
    pub(crate) tickets: ReleaseTickets,
    /// The sign-offs that it required.
    pub(crate) sign_offs: Vec<SignOff>,
    /// The record in its tag.
    pub(crate) record: TagRecord,
}

impl RecomputedRelease<'_> {
    /// The checks of its approvals, and of the rules that it bypassed.
    ///
    /// # Errors
    ///
    /// Fails if history is missing that shows who contributed to a change.
    pub(crate) fn approval_checks(self, options: &VerifyOptions) -> Result<Vec<Check>> {
        let emergency = self.record.metadata.emergency();
        let follow_up = self.follow_up(options)?;
        let mut checks: Vec<Check> = self
            .compared_risks()
            .into_iter()
            .map(|risk| Check::of(CheckKind::Risk, risk.id, risk.outcome))
            .collect();
        checks.extend(self.sign_off_checks(emergency.as_ref()));
        if self.commits.config.approvals.is_none() {
            if !self.tickets.cited.is_empty() {
                let outcome = Outcome::Absent("the configuration requires no approvals".to_owned());
                checks.push(Check::new(CheckKind::Approvals, outcome));
            }
        } else {
            let (tickets, findings) = self.recompute_approvals(emergency.as_ref())?;
            let judged = RecomputedApprovals {
                tickets,
                findings,
                emergency: emergency.as_ref(),
                follow_up: follow_up.as_ref(),
            };
            checks.extend(judged.checks());
        }
        if let Some(follow_up) = follow_up {
            let words = format!(
                "{}; {}",
                follow_up.describe_bypass(),
                follow_up.describe_obligations()
            );
            checks.push(Check::of(
                CheckKind::Emergency,
                &follow_up.ticket,
                Outcome::Bypassed(words),
            ));
        }
        Ok(checks)
    }

    /// The checks of its sign-offs.
    fn sign_off_checks(&self, emergency: Option<&Emergency>) -> Vec<Check> {
        let is_bypassed = emergency.is_some_and(|emergency| {
            let mut bypassed = emergency.bypassed.iter();
            bypassed.any(|rule| rule == MISSING_SIGN_OFF)
        });
        let check = |sign_off: &SignOff| {
            let outcome = match sign_off.result.is_approved() {
                true => Outcome::Same(sign_off.describe()),
                false if is_bypassed => Outcome::Bypassed(format!(
                    "{MISSING_SIGN_OFF}: the release was not signed off"
                )),
                false => Outcome::differs("the release was not signed off as required"),
            };
            Check::of(CheckKind::Approvals, sign_off.file.name(), outcome)
        };
        self.sign_offs.iter().map(check).collect()
    }

    /// The recorded risks of its tickets. The checks of tickets report those that are missing.
    fn compared_risks(&self) -> Vec<ComparedRisk<'_>> {
        let mut compared = Vec::new();
        for ticket in self.record.metadata.tickets() {
            let is_recorded =
                |version: &&Rc<ParsedTicket>| sanitise_line(version.id()) == ticket.id;
            let version = self.tickets.cited.iter().find(is_recorded);
            let (Some(version), Some(recorded)) = (version, ticket.risk) else {
                continue;
            };
            let (day, points) = (utc_day(self.at), &self.commits.config.risk);
            let risk = TicketRisk {
                declared: version.ticket.risk.level,
                recomputed: version.ticket.stricter_risk(day, points),
            };
            compared.push(ComparedRisk {
                id: version.id(),
                recorded,
                outcome: risk.compare(recorded, &self.record.metadata),
            });
        }
        compared
    }

    /// What still has to follow after the release, by the tickets of HEAD, or of the release itself
    /// if HEAD does not reach it.
    fn follow_up(&self, options: &VerifyOptions) -> Result<Option<FollowUp>> {
        if self.record.metadata.emergency().is_none() {
            return Ok(None);
        }
        let CommitContext {
            repository,
            history,
            ..
        } = self.commits;
        let release = self.record.commit;
        let head = repository.resolve("HEAD").unwrap_or(release);
        let tip = if reached(history, head, &[release])?[0] {
            head
        } else {
            release
        };
        let config = match &options.config {
            Some(file) => named_configuration(&absolute(&options.directory)?, file)?,
            None => Workspace::config_of(&repository.tree(tip)?)?,
        };
        let settings = Settings::new(&config, &RuleSelection::default(), options.now)?;
        follow_up_of(
            CommitContext {
                config: &config,
                tip,
                histories: None,
                ..self.commits
            },
            &self.record,
            &settings,
        )
    }

    /// Evaluates the approvals again: each ticket, and the errors that block a release.
    fn recompute_approvals(
        self,
        emergency: Option<&Emergency>,
    ) -> Result<(Vec<TicketApprovals>, Vec<Finding>)> {
        let settings = Settings::new(self.commits.config, &RuleSelection::default(), self.at)?;
        let named =
            emergency.map(|emergency| self.tickets.with_ids(&[emergency.ticket.clone()].into()));
        let own = named.into_iter().flatten().next();
        // A risk that differs is not used: the tag may be forged.
        let recorded_risks = self
            .compared_risks()
            .into_iter()
            .filter(|risk| matches!(risk.outcome, Outcome::Same(_)))
            .map(|risk| (risk.id.to_owned(), risk.recorded))
            .collect();
        let facts = ApprovalFacts {
            emergency: own.as_ref(),
            recorded_risks,
            ..ApprovalFacts::default()
        };
        let approvals = self.tickets.approvals(self.commits, &facts, &settings)?;
        let met = ReleaseContext {
            tickets: self.tickets.into_cited(),
            approvals: approvals.tickets,
            ..ReleaseContext::empty(self.commits.tip)
        };
        let mut findings = approvals.checked.findings;
        findings.extend(
            run_release_rules(&met, &settings)
                .findings
                .into_iter()
                .filter(|it| is_about_approval(it.rule)),
        );
        findings.retain(|finding| finding.severity == Severity::Error);
        Ok((met.approvals, findings))
    }
}

/// A recorded risk of a ticket, compared with the recomputed one.
struct ComparedRisk<'a> {
    /// The ID of the ticket.
    id: &'a str,
    recorded: RiskLevel,
    outcome: Outcome,
}

/// The approvals of a release, evaluated again.
struct RecomputedApprovals<'a> {
    tickets: Vec<TicketApprovals>,
    findings: Vec<Finding>,
    emergency: Option<&'a Emergency>,
    follow_up: Option<&'a FollowUp>,
}

impl RecomputedApprovals<'_> {
    fn checks(&self) -> Vec<Check> {
        let mut checks: Vec<Check> = self
            .findings
            .iter()
            .map(|finding| self.of_finding(finding))
            .collect();
        let has_finding = |ticket: &&TicketApprovals| {
            self.findings
                .iter()
                .any(|finding| finding.place == Place::File(ticket.path.clone()))
        };
        let mut approved = Vec::new();
        for ticket in self.tickets.iter().filter(|ticket| !has_finding(ticket)) {
            let outcome = match ticket.judgement.status() {
                ApprovalStatus::Approved => {
                    approved.push(format!("`{}`", ticket.id));
                    continue;
                }
                ApprovalStatus::NotRequired => Outcome::Absent("needs no approval".to_owned()),
                ApprovalStatus::Unapproved => {
                    Outcome::Absent("is not approved, but no approval was required".to_owned())
                }
                ApprovalStatus::Unknown => {
                    Outcome::Unknown("the approvals are recorded only on the forge".to_owned())
                }
            };
            checks.push(Check::of(CheckKind::Approvals, &ticket.path, outcome));
        }
        // A release that bypassed something is never called approved.
        if !approved.is_empty() && self.emergency.is_none() {
            let has = if approved.len() == 1 { "has" } else { "have" };
            let words = format!("{} {has} the required approvals", join_and(&approved));
            checks.push(Check::new(CheckKind::Approvals, Outcome::Same(words)));
        }
        checks
    }

    fn of_finding(&self, finding: &Finding) -> Check {
        let Finding {
            rule,
            message,
            place: Place::File(path) | Place::Commit(path),
            ..
        } = finding;
        let ticket = self.tickets.iter().find(|ticket| ticket.path == *path);
        let is_recorded = self
            .emergency
            .is_some_and(|emergency| emergency.bypassed.iter().any(|known| known == rule));
        let is_unknown =
            ticket.is_some_and(|ticket| ticket.judgement.status() == ApprovalStatus::Unknown);
        let outcome = if is_recorded && ticket.is_some_and(|ticket| self.has_followed(&ticket.id)) {
            Outcome::Same(format!(
                "{rule} was bypassed, and the approval was given later"
            ))
        } else if is_recorded {
            Outcome::Bypassed(format!("{rule}: {message}"))
        } else if is_unknown {
            Outcome::Unknown(message.clone())
        } else {
            Outcome::differs(format!("{rule}: {message}"))
        };
        Check::of(CheckKind::Approvals, path, outcome)
    }

    /// Whether the approval of a ticket exists by now.
    fn has_followed(&self, id: &str) -> bool {
        self.follow_up
            .is_some_and(|follow_up| follow_up.approved.iter().any(|known| known == id))
    }
}

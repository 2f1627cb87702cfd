//! What was not done as usual in a release.

use std::collections::HashMap;

use super::collect::ReleaseRows;
use super::facts::{AuditFacts, AuditedRelease, TagSignature};
use crate::approval::ApprovalEffect;
use crate::release::{CoverageGap, TagMetadata};
use crate::report::facts::ReportedTicket;
use crate::report::rows::{ExceptionRow, TicketRow};
use crate::source::{join_and, quoted_and, sanitise_line};
use crate::ticket::Directive;

/// The exceptions of a release.
pub(super) fn exceptions(
    facts: &AuditFacts,
    release: &AuditedRelease,
    rows: &ReleaseRows,
) -> Vec<ExceptionRow> {
    let list = ExceptionList {
        repository: &facts.project,
        release,
        found: Vec::new(),
    };
    list.of_record(rows)
        .of_commits(rows)
        .of_tickets(rows)
        .of_policy()
        .found
}

/// What an exception is, and the reason that somebody gave for it.
struct Stated {
    what: String,
    reason: Option<String>,
}

struct ExceptionList<'a> {
    repository: &'a str,
    release: &'a AuditedRelease,
    found: Vec<ExceptionRow>,
}

impl ExceptionList<'_> {
    fn add(&mut self, kind: &'static str, subject: &str, what: impl Into<String>) {
        self.add_with_reason(
            kind,
            subject,
            Stated {
                what: what.into(),
                reason: None,
            },
        );
    }

    fn add_with_reason(&mut self, kind: &'static str, subject: &str, stated: Stated) {
        let Stated { what, reason } = stated;
        self.found.push(ExceptionRow {
            repository: self.repository.to_owned(),
            release: self.release.tag().to_owned(),
            kind,
            subject: subject.to_owned(),
            what,
            reason,
        });
    }

    /// What the tag does not prove.
    fn of_record(mut self, rows: &ReleaseRows) -> Self {
        let (record, row) = (&self.release.record, &rows.release);
        let tag = row.tag.as_str();
        match &record.signature {
            TagSignature::Valid { .. } => {}
            TagSignature::Unsigned => self.add("unsigned-tag", tag, "the tag is not signed"),
            TagSignature::NotChecked(why) => {
                self.add(
                    "unchecked-tag",
                    tag,
                    format!("the signature of the tag is not checked: {why}"),
                );
            }
            TagSignature::Invalid(why) => {
                self.add(
                    "invalid-tag",
                    tag,
                    format!("the signature of the tag does not count: {why}"),
                );
            }
        }
        let Some(metadata) = &record.metadata else {
            self.add(
                "no-record",
                tag,
                "the tag does not record what the release was made from",
            );
            return self;
        };
        let differs = |recorded: &Option<String>, found: Option<&String>| {
            recorded.is_some() && recorded.as_ref() != found
        };
        if self.release.package.is_none()
            && differs(&row.recorded_commits_digest, Some(&row.commits_digest))
        {
            self.add("record-differs", tag, "the tag records other commits");
        }
        if differs(
            &row.recorded_configuration_digest,
            row.configuration_digest.as_ref(),
        ) {
            self.add(
                "record-differs",
                tag,
                "the tag records another configuration",
            );
        }
        let by_id = rows.tickets.iter();
        let by_id: HashMap<String, &TicketRow> =
            by_id.map(|row| (sanitise_line(&row.ticket), row)).collect();
        for recorded in metadata.tickets() {
            let found = by_id.get(recorded.id);
            match (found, recorded.digest) {
                (_, None) => self.add(
                    "missing-ticket",
                    recorded.id,
                    "commits cite this ticket, and the release has no such ticket",
                ),
                (None, _) => self.add(
                    "record-differs",
                    recorded.id,
                    "the tag records this ticket, and no commit cites it",
                ),
                (Some(row), Some(digest)) if row.digest != digest => {
                    self.add(
                        "record-differs",
                        recorded.id,
                        "the tag records another plan",
                    );
                }
                _ => {}
            }
        }
        self
    }

    fn of_commits(mut self, rows: &ReleaseRows) -> Self {
        for (row, commit) in rows.commits.iter().zip(&self.release.facts.commits) {
            if let Some(why) = &row.without_ticket {
                let reason = commit.commit.no_ticket_reason().map(str::to_owned);
                let kind = if why.starts_with("not allowed") {
                    "missing-ticket"
                } else {
                    "without-ticket"
                };
                let what = format!("has no ticket; {why}");
                self.add_with_reason(kind, &row.commit, Stated { what, reason });
            }
        }
        for gap in &self.release.uncovered {
            let id = gap.commit.to_string();
            let what = match &gap.gap {
                CoverageGap::NoTicket => continue,
                CoverageGap::Released(ticket, tag) => {
                    format!("its ticket `{ticket}` was already released with `{tag}`")
                }
                CoverageGap::OtherTicket(ticket) => {
                    format!(
                        "policy `{}` does not apply to its ticket `{ticket}`",
                        gap.policy
                    )
                }
                CoverageGap::Draft(ticket) => format!("its ticket `{ticket}` is a draft"),
                CoverageGap::Insufficient(ticket, missing) => format!(
                    "its ticket `{ticket}` lacks what policy `{}` requires: {}",
                    gap.policy,
                    join_and(missing)
                ),
            };
            self.add("insufficient-ticket", &id, what);
        }
        self
    }

    fn of_tickets(mut self, rows: &ReleaseRows) -> Self {
        for (row, ticket) in rows.tickets.iter().zip(&self.release.facts.tickets) {
            self.add_approval(row, ticket);
            self.add_suppressions(row, ticket);
            let plan = ticket.plan();
            let freeze = plan
                .schedule
                .as_ref()
                .and_then(|it| it.freeze_override.as_ref());
            if let Some(freeze) = freeze {
                let by = freeze.by.as_ref().map_or_else(
                    || "`by` is not set".to_owned(),
                    |by| format!("allowed by {}", self.release.facts.person(&by.text)),
                );
                let reason = freeze.reason.as_ref().map(|reason| reason.text.clone());
                let what = format!("may be deployed during a freeze; {by}");
                self.add_with_reason("freeze-override", &row.ticket, Stated { what, reason });
            }
            let carried_out = row.assignee.as_ref().filter(|it| row.makers.contains(it));
            if let Some(person) = carried_out {
                let judged = match &row.validator {
                    None => "no validator is named".to_owned(),
                    Some(validator) if validator == person => "and validated it".to_owned(),
                    Some(validator) => format!("validated by {validator}"),
                };
                self.add(
                    "made-and-deployed",
                    &row.ticket,
                    format!("{person} wrote it and carried it out; {judged}"),
                );
            }
        }
        self
    }

    fn add_approval(&mut self, row: &TicketRow, ticket: &ReportedTicket) {
        let now = match row.approval_now {
            Some("approved") => "; approved after the release",
            Some(_) => "; still not approved at HEAD",
            None => "",
        };
        match row.approval {
            "not-approved" => self.add(
                "not-approved",
                &row.ticket,
                format!("was released without the required approvals{now}"),
            ),
            "unknown" => self.add(
                "approval-unknown",
                &row.ticket,
                format!("only the forge knows whether it was approved{now}"),
            ),
            "not-required" => self.add(
                "approval-not-required",
                &row.ticket,
                "the configuration required no approval",
            ),
            "closed-before" => self.add(
                "closed-before",
                &row.ticket,
                "was closed before this release, so that its approvals were not evaluated again",
            ),
            _ => {}
        }
        let removed = ticket.exchanged_approvals().removed.into_iter();
        let removed = removed.filter_map(|number| ticket.plan().approvals.get(number)?.by.as_ref());
        let removed: Vec<String> = removed
            .map(|by| self.release.facts.person(&by.text))
            .collect();
        if !removed.is_empty() {
            let what = format!(
                "HEAD does not have the approval by {} that the release has",
                join_and(&removed)
            );
            self.add("approval-removed", &row.ticket, what);
        }
        let stale = ticket.approvals.iter().flat_map(|it| &it.judgement.entries);
        let stale: Vec<String> = stale
            .filter(|entry| entry.effect == ApprovalEffect::Stale)
            .map(|entry| self.release.facts.person(&entry.by))
            .collect();
        if !stale.is_empty() {
            let what = format!(
                "the plan was edited after an approval by {}, which does not count",
                join_and(&stale)
            );
            self.add("edited-after-approval", &row.ticket, what);
        }
    }

    fn add_suppressions(&mut self, row: &TicketRow, ticket: &ReportedTicket) {
        let comments = ticket.planned.document.comments();
        for directive in comments.iter().filter_map(Directive::parse) {
            let Directive::Allow(allowed) = directive else {
                continue;
            };
            let place = match allowed.scope.as_str() {
                "file" => "in the whole ticket",
                _ => "on a line",
            };
            let what = format!("suppresses {} {place}", quoted_and(&allowed.rules));
            let reason = Some(allowed.reason.trim()).filter(|reason| !reason.is_empty());
            self.add_with_reason(
                "suppression",
                &row.ticket,
                Stated {
                    what,
                    reason: reason.map(str::to_owned),
                },
            );
        }
    }

    fn of_policy(mut self) -> Self {
        let release = self.release;
        let configuration = release.record.configuration.as_ref();
        let file = configuration.map_or("the configuration", |file| &file.path);
        for weakening in &release.weakenings {
            self.add(
                "weakened-policy",
                file,
                format!("less strict than at the release before: {weakening}"),
            );
        }
        let emergency = release
            .record
            .metadata
            .as_ref()
            .and_then(TagMetadata::emergency);
        for freeze in &release.freezes {
            self.add(
                "freeze-active",
                release.tag(),
                format!("was released during the freeze `{freeze}`"),
            );
        }
        if let Some(emergency) = emergency {
            let rules = match &emergency.bypassed[..] {
                [] => "no rules".to_owned(),
                rules => quoted_and(&rules.iter().map(String::as_str).collect::<Vec<_>>()),
            };
            self.add(
                "emergency",
                &emergency.ticket,
                format!("was released as an emergency, bypassing {rules}"),
            );
        }
        self
    }
}

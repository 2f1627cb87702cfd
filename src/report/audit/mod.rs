//! The audit: whether every change to production had a reason, an independent approval, tests, a
//! way back, and an outcome, with the evidence, and with commands that check it without Tollgate.

mod blocks;
mod bundle;
mod collect;
mod commands;
mod exceptions;
mod facts;
mod markdown;

use jiff::Timestamp;
use serde::Serialize;

use super::Report;
use super::clock::Clock;
use super::rows::{ApprovalRow, CommitRow, ExceptionRow, ReleaseRow, TicketRow};
use crate::release::THIS_TOOL;

pub(crate) use facts::{
    AuditFacts, AuditScope, AuditedFile, AuditedRelease, ReleaseRecord, TagBytes, TagSignature,
};

use bundle::{Evidence, EvidenceWriter};
use collect::ReleaseRows;
use commands::Commands;
use exceptions::exceptions;

/// What an auditor asks of some releases, answered from Git, tickets, and configuration.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Audit {
    schema_version: u8,
    /// The name of the project, or of the package.
    project: String,
    scope: Scope,
    /// The commit of HEAD, which outcomes and later approvals are from.
    commit: String,
    /// When the audit was made.
    #[cfg_attr(test, schemars(with = "String"))]
    made_at: Timestamp,
    /// The time zone of printed times; those of this document are in UTC.
    zone: String,
    /// The releases, oldest first.
    releases: Vec<ReleaseRow>,
    /// All their commits, none left out.
    population: Vec<CommitRow>,
    tickets: Vec<TicketRow>,
    approvals: Vec<ApprovalRow>,
    exceptions: Vec<ExceptionRow>,
    emergencies: Vec<Emergency>,
    /// What Git does not prove.
    not_proven: Vec<String>,
    /// Commands that check the releases without Tollgate.
    commands: String,
    /// The version of Tollgate.
    tool: &'static str,
    #[serde(skip)]
    clock: Clock,
    /// Whether the releases are those of a package.
    #[serde(skip)]
    of_package: bool,
    /// The files of the bundle besides the document and the rows; none if they are not wanted.
    #[serde(skip)]
    evidence: Vec<Evidence>,
    #[serde(skip)]
    bundle_commands: String,
}

/// An audit to which one release after another is added: all of them together are too large to be
/// kept with everything that is known about them.
pub(crate) struct AuditBuilder {
    facts: AuditFacts,
    audit: Audit,
    commands: Commands,
    evidence: Option<EvidenceWriter>,
    unproven: Unproven,
}

/// What an audit is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AuditPurpose {
    /// The document, or its rows.
    Document,
    /// A bundle with the evidence.
    Bundle,
}

/// What the tags of some releases do not prove.
#[derive(Debug, Default)]
struct Unproven {
    /// What one of them was made from.
    record: bool,
    /// Who made one of them.
    signature: bool,
    /// Whether the commits of one of them are complete.
    commits: bool,
}

/// Which releases are audited.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Scope {
    #[cfg_attr(test, schemars(extend("enum" = ["release", "range", "period"])))]
    kind: &'static str,
    /// The tag, the range, or the period, as the title has it.
    text: String,
}

/// An emergency release, and what had to follow.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Emergency {
    release: String,
    ticket: String,
    /// The bypassed rules.
    bypassed: Vec<String>,
    /// The day by which approvals, closing, and retrospective were due.
    due: String,
    /// What is still open at HEAD.
    open: Vec<String>,
    is_overdue: bool,
}

impl Audit {
    /// The rows of the releases.
    pub(super) fn releases(&self) -> &[ReleaseRow] {
        &self.releases
    }

    /// The rows of their tickets.
    pub(super) fn tickets(&self) -> &[TicketRow] {
        &self.tickets
    }

    /// The rows of the approvals.
    pub(super) fn approvals(&self) -> &[ApprovalRow] {
        &self.approvals
    }
}

impl AuditBuilder {
    /// An audit without any release.
    pub(crate) fn new(facts: AuditFacts, purpose: AuditPurpose) -> Self {
        let audit = Audit {
            schema_version: 1,
            project: facts.project.clone(),
            scope: Scope::of(&facts.scope, &facts.clock),
            commit: facts.head.to_string(),
            made_at: facts.clock.now,
            zone: facts.clock.zone().to_owned(),
            releases: Vec::new(),
            population: Vec::new(),
            tickets: Vec::new(),
            approvals: Vec::new(),
            exceptions: Vec::new(),
            emergencies: Vec::new(),
            not_proven: Vec::new(),
            commands: String::new(),
            tool: THIS_TOOL,
            clock: facts.clock.clone(),
            of_package: false,
            evidence: Vec::new(),
            bundle_commands: String::new(),
        };
        Self {
            facts,
            audit,
            commands: Commands::new(),
            evidence: (purpose == AuditPurpose::Bundle).then(EvidenceWriter::default),
            unproven: Unproven::default(),
        }
    }

    /// Adds a release. The oldest one is the first.
    pub(crate) fn add(&mut self, release: &AuditedRelease) {
        let (facts, audit) = (&self.facts, &mut self.audit);
        let rows = ReleaseRows::new(facts, release);
        self.commands.add(facts, release, &rows);
        if let Some(evidence) = &mut self.evidence {
            evidence.add(facts, release);
        }
        self.unproven.add(release);
        audit.of_package |= release.package.is_some();
        audit.emergencies.extend(Emergency::of(release));
        audit.exceptions.extend(exceptions(facts, release, &rows));
        audit.releases.push(rows.release);
        audit.population.extend(rows.commits);
        audit.tickets.extend(rows.tickets);
        audit.approvals.extend(rows.approvals);
    }

    /// The audit of the releases that were added.
    pub(crate) fn finish(self) -> Audit {
        let evidence = self.evidence.map_or_else(Vec::new, EvidenceWriter::finish);
        let commands = self.commands.finish(&self.facts);
        Audit {
            bundle_commands: commands.text_with_bundle(&evidence),
            commands: commands.text(),
            not_proven: self.unproven.describe(),
            evidence,
            ..self.audit
        }
    }
}

impl Report for Audit {
    fn markdown(&self) -> String {
        markdown::document(self, None)
    }
}

impl Scope {
    fn of(scope: &AuditScope, clock: &Clock) -> Self {
        match scope {
            AuditScope::Release(tag) => Self {
                kind: "release",
                text: tag.clone(),
            },
            AuditScope::Range(range) => Self {
                kind: "range",
                text: range.clone(),
            },
            AuditScope::Period { start, end } => Self {
                kind: "period",
                text: format!("{} to {}", clock.day(*start), clock.day(*end)),
            },
        }
    }
}

impl Emergency {
    fn of(release: &AuditedRelease) -> Option<Self> {
        let follow_up = release.follow_up.as_ref()?;
        let open = follow_up.obligations.iter();
        Some(Self {
            release: follow_up.tag.clone(),
            ticket: follow_up.ticket.clone(),
            bypassed: follow_up.bypassed.clone(),
            due: follow_up.due.to_string(),
            open: open.map(|obligation| obligation.describe()).collect(),
            is_overdue: follow_up.is_overdue && !follow_up.obligations.is_empty(),
        })
    }
}

impl Unproven {
    fn add(&mut self, release: &AuditedRelease) {
        let record = &release.record;
        self.record |= record.metadata.is_none();
        self.signature |= !matches!(record.signature, TagSignature::Valid { .. });
        self.commits |= release.package.is_some();
    }

    /// What Git does not prove about the releases.
    fn describe(&self) -> Vec<String> {
        let mut points = vec![
            "who deployed what, when, and whether what runs is what was tagged: outcomes are what \
             somebody wrote into the ticket",
            "that the recorded tests ran and passed",
            "when anything happened: the time of a commit is that of the author's machine; the \
             time of an approval is part of what was signed, but still the signer's word",
            "whether an approver read the plan",
            "commits and approvals that were removed again before this clone was made",
            "who controls a private key",
        ];
        if self.record {
            points.push(
                "what a release was made from if another tool made its tag: the tag records \
                 neither commits nor tickets, so only this document says what they were",
            );
        }
        if self.signature {
            points.push(
                "who made a tag that is not signed, or whether it was replaced before this audit: \
                 anybody who can push can replace it",
            );
        }
        if self.commits {
            points.push(
                "that the commits of a package are complete: they are those that change its \
                 paths, which the commands below do not recompute",
            );
        }
        points.into_iter().map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::report::facts::{ReleaseFacts, ReleaseTag};
    use crate::report::testing::facts_of;

    /// The audit of a release with these tickets, whose tag is lightweight.
    fn audit_of(tickets: &[(&str, &str)]) -> Audit {
        audit_of_facts(facts_of(tickets))
    }

    fn audit_of_facts(facts: ReleaseFacts) -> Audit {
        let facts = ReleaseFacts {
            tag: Some(ReleaseTag {
                name: "v4.13.0".to_owned(),
                at: None,
                by: None,
            }),
            ..facts
        };
        let (head, clock) = (facts.head, facts.clock.clone());
        let release = AuditedRelease {
            facts,
            package: None,
            record: ReleaseRecord {
                object: None,
                metadata: None,
                signature: TagSignature::Unsigned,
                configuration: None,
                signers: None,
            },
            uncovered: Vec::new(),
            weakenings: Vec::new(),
            freezes: Vec::new(),
            follow_up: None,
            later: HashMap::new(),
            by_ticket: HashMap::new(),
            approved_texts: HashMap::new(),
        };
        let facts = AuditFacts {
            project: "shop".to_owned(),
            scope: AuditScope::Release("v4.13.0".to_owned()),
            head,
            head_signers: None,
            clock,
        };
        let mut audit = AuditBuilder::new(facts, AuditPurpose::Bundle);
        audit.add(&release);
        audit.finish()
    }

    fn exceptions_of(ticket: &str) -> Vec<String> {
        described(&audit_of(&[("pool", ticket)]))
    }

    fn described(audit: &Audit) -> Vec<String> {
        let row = |row: &ExceptionRow| {
            let reason = row.reason.as_deref().unwrap_or("-");
            format!("{} {}: {} ({reason})", row.kind, row.subject, row.what)
        };
        audit.exceptions.iter().map(row).collect()
    }

    #[test]
    fn suppressions_and_overrides_are_exceptions() {
        let found = exceptions_of(
            "# tollgate: allow-file[plan/rollback-missing] a flag is enough\n\
             schedule.freeze_override = { reason = \"the law\", by = \"bo\" }",
        );
        let suppressed = "suppression pool: suppresses `plan/rollback-missing` in the whole ticket (a flag is enough)";
        let frozen =
            "freeze-override pool: may be deployed during a freeze; allowed by bo (the law)";
        assert!(found.contains(&suppressed.to_owned()), "{found:?}");
        assert!(found.contains(&frozen.to_owned()), "{found:?}");
    }

    #[test]
    fn replaced_approval_is_an_exception() {
        let by = |person: &str| {
            let approval = format!("[[approvals]]\nby = \"{person}@shop.example\"");
            facts_of(&[("pool", &approval)])
        };
        let (mut facts, mut head) = (by("bo"), by("kim"));
        facts.tickets[0].latest = head.tickets.remove(0).latest;
        let found = described(&audit_of_facts(facts));
        let expected = "approval-removed pool: HEAD does not have the approval by \
                        bo@shop.example that the release has (-)";
        assert!(found.contains(&expected.to_owned()), "{found:?}");
        let found = described(&audit_of_facts(by("bo")));
        assert!(!found.join("\n").contains("approval-removed"), "{found:?}");
    }

    #[test]
    fn tag_that_proves_nothing_is_an_exception() {
        let found = exceptions_of("");
        assert_eq!(found[0], "unsigned-tag v4.13.0: the tag is not signed (-)");
        assert!(found[1].starts_with("no-record v4.13.0: "), "{found:?}");
        let proven = audit_of(&[]).not_proven.join("\n");
        assert!(proven.contains("only this document says"), "{proven}");
    }

    #[test]
    fn every_kind_of_exception_is_in_the_document() {
        let source = include_str!("exceptions.rs");
        let code = source.split("#[cfg(test)]").next().unwrap();
        for call in code
            .split("self.add")
            .skip(1)
            .filter(|it| !it.starts_with('_'))
        {
            let Some((_, rest)) = call.split_once('"') else {
                continue;
            };
            let kind = rest.split('"').next().unwrap();
            let is_listed = markdown::KINDS.iter().any(|(known, _)| *known == kind);
            assert!(is_listed || !kind.contains('-'), "{kind}");
        }
    }

    #[test]
    fn hostile_text_stays_text_in_an_audit() {
        let hostile = "<img src=x onerror=alert(1)> | [a](javascript:b) `c`";
        let text = format!(
            "validator = '{hostile}'\nrequester = '{hostile}'\nreview.security = '{hostile}'"
        );
        let audit = audit_of(&[("a|b", &text)]);
        let document = audit.markdown();
        assert!(!document.contains("<img"), "{document}");
        assert!(!document.contains("[a]("), "{document}");
        let rows = document.lines().filter(|line| line.contains("onerror"));
        for row in rows {
            let cells = row.replace("\\|", "").matches('|').count();
            assert_eq!(cells, 3, "{row}");
        }
        let csv = audit.bundle().files;
        let csv = csv
            .iter()
            .find(|file| file.path == "exceptions.csv")
            .unwrap();
        assert!(!csv.bytes.windows(2).any(|it| it == b",="));
    }
}

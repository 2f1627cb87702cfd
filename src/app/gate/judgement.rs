//! Puts everything that the gate found into one value, which is printed in several forms.

use jiff::tz::TimeZone;

use crate::app::changelog::links;
use crate::app::gate::{GateOptions, GateResult};
use crate::branch::Branch;
use crate::calendar::{Window, overlapping_freezes};
use crate::changelog::Links;
use crate::config::{Activity, Forge};
use crate::error::Result;
use crate::finding::{Checked, Finding, Place, Severity};
use crate::git::Repository;
use crate::history::NextVersion;
use crate::report::{
    Clock, GateVerdict, Involved, JudgedApprovals, JudgedBase, JudgedException, JudgedFinding,
    JudgedFreeze, JudgedHead, JudgedPolicy, JudgedPrediction, JudgedSuppression, JudgedTicket,
    JudgedVersion, Judgement, PolicyTrigger, TicketFacts, headline, next_steps,
};
use crate::rules::{self, PolicyCoverage, PolicyReport, Settings};
use crate::source::Source;
use crate::ticket::ParsedTicket;

/// The maximum number of changes that are listed for a policy.
const MAX_TRIGGERS: usize = 100;

/// What the judgement depends on besides the branch.
#[derive(Debug)]
pub(crate) struct JudgementOptions {
    /// The lowest severity that blocks the merge.
    pub(crate) fail_on: Severity,
    /// The name of the base, if it is known.
    pub(crate) base_name: Option<String>,
    /// Whether the CI service calls a request to merge a branch a merge request.
    pub(crate) is_merge_request: bool,
}

/// A gate's result, with the options that led to it.
struct Judge<'a> {
    result: &'a GateResult,
    options: &'a GateOptions,
    settings: Settings,
    links: Option<Links>,
}

/// Makes the judgement of a branch, with the version that would be released next.
///
/// # Errors
///
/// Fails if the configuration has an invalid setting.
pub(crate) fn judgement(
    repository: &Repository,
    result: &GateResult,
    gate_options: &GateOptions,
    next: Option<&NextVersion>,
    options: &JudgementOptions,
) -> Result<Judgement> {
    let judge = Judge {
        result,
        options: gate_options,
        settings: Settings::new(&result.config, &gate_options.choice, gate_options.now)?,
        links: links(&result.config.changelog, Some(repository)),
    };
    Ok(judge.judgement(next, options))
}

impl Judge<'_> {
    fn judgement(&self, next: Option<&NextVersion>, options: &JudgementOptions) -> Judgement {
        let GateResult {
            branch,
            checked,
            bypassed,
            prediction,
            remarks,
            config,
            ..
        } = self.result;
        let findings: Vec<JudgedFinding> = checked
            .findings
            .iter()
            .map(|finding| judged_finding(checked, finding, options.fail_on))
            .collect();
        let passes = findings.iter().all(|finding| !finding.blocks);
        let verdict = GateVerdict::of(passes, bypassed);
        let tickets = self.tickets();
        let next_steps = next_steps(&findings, &tickets);
        let on_gitlab = self
            .links
            .as_ref()
            .is_some_and(|links| links.forge() == Forge::GitLab);
        let prediction = prediction.as_ref().map(JudgedPrediction::of);
        Judgement {
            result: verdict,
            headline: headline(verdict, &next_steps, prediction.as_ref()),
            base: self.base(options.base_name.clone()),
            head: JudgedHead {
                commit: branch.head.to_string(),
                reviewed: self.reviewed(),
            },
            next_steps,
            next: next.map(JudgedVersion::of),
            prediction,
            policies: rules::policy_reports(branch, &self.settings)
                .into_iter()
                .map(judged_policy)
                .collect(),
            tickets,
            freezes: self.freezes(),
            emergencies: bypassed.iter().map(Into::into).collect(),
            exceptions: exceptions(branch),
            suppressions: suppressions(branch),
            notes: remarks.clone(),
            findings,
            request: if options.is_merge_request || on_gitlab {
                "merge request"
            } else {
                "pull request"
            },
            clock: Clock::new(
                self.options.now,
                config.reports.zone.clone().unwrap_or(TimeZone::UTC),
            ),
        }
    }

    fn base(&self, name: Option<String>) -> JudgedBase {
        let config = &self.result.config;
        JudgedBase {
            commit: self.result.branch.base.to_string(),
            name,
            configuration: config
                .source
                .as_ref()
                .map(|source| source.name().to_owned()),
            policies: self.result.branch.policies.len(),
        }
    }

    /// The commit that people see in the pull request.
    fn reviewed(&self) -> String {
        let reviewed = self.options.reviewed.last().unwrap_or(&self.options.head);
        reviewed.to_string()
    }

    /// The tickets that the branch changes, and those that its commits name.
    fn tickets(&self) -> Vec<JudgedTicket> {
        let branch = &self.result.branch;
        let changed = branch.tickets.iter().filter_map(|change| {
            let involved = match change.before {
                None => Involved::Added,
                Some(_) => Involved::Changed,
            };
            Some((change.after.as_ref()?, involved))
        });
        let named = branch
            .named
            .iter()
            .map(|version| (version, Involved::Named));
        changed
            .chain(named)
            .map(|(version, involved)| self.ticket(version, involved))
            .collect()
    }

    fn ticket(&self, version: &ParsedTicket, involved: Involved) -> JudgedTicket {
        let branch = &self.result.branch;
        let covering = branch.covering();
        let mut approvals = self.result.approvals.iter();
        let approvals = approvals.find(|ticket| ticket.path == version.path());
        let written = version.ticket.state;
        let state = approvals.map_or(written, |ticket| ticket.judgement.state());
        let knows_forge = self.options.forge.is_some();
        let approvals =
            approvals.map(|ticket| JudgedApprovals::of(ticket, knows_forge, &self.result.config));
        let facts = TicketFacts {
            state,
            involved,
            covers: covering.iter().any(|other| other.path() == version.path()),
            released_tag: branch.released.get(version.id()),
            risk: self.settings.stricter_risk_of(&version.ticket),
            score: self.settings.risk_score(&version.ticket),
            approvals,
            url: self.url(version.path()),
            config: &self.result.config,
            now: self.options.now,
        };
        JudgedTicket::of(version, facts)
    }

    /// The page of a file in the commit that people see.
    fn url(&self, path: &str) -> Option<String> {
        let renamed = &self.result.branch.renamed;
        let path = renamed.get(path).map_or(path, String::as_str);
        Some(self.links.as_ref()?.file(&self.reviewed(), path))
    }

    /// The freezes that forbid the merge now.
    fn freezes(&self) -> Vec<JudgedFreeze> {
        let now = Window::at(self.options.now);
        let tickets = self.result.branch.covering_tickets();
        overlapping_freezes(&self.result.config.freezes, Activity::Merge, now, &tickets)
            .into_iter()
            .map(JudgedFreeze::of)
            .collect()
    }
}

fn judged_finding(checked: &Checked, finding: &Finding, fail_on: Severity) -> JudgedFinding {
    let source = checked.sources.get(&finding.place);
    let line = source.map(|source: &Source| source.position(finding.label.span.start).line);
    let (path, commit) = match &finding.place {
        Place::File(path) => (Some(path.clone()), None),
        Place::Commit(id) => (None, Some(id.clone())),
    };
    JudgedFinding {
        rule: finding.rule,
        severity: finding.severity,
        blocks: finding.severity >= fail_on,
        path,
        commit,
        line,
        message: finding.message.clone(),
        help: finding.help.clone(),
    }
}

fn judged_policy(report: PolicyReport) -> JudgedPolicy {
    let (coverage, tickets, condition) = match report.coverage {
        PolicyCoverage::Met(ids) => ("met", ids, None),
        PolicyCoverage::Unmet(ids) => ("unmet", ids, None),
        PolicyCoverage::NoTicket => ("missing", Vec::new(), None),
        PolicyCoverage::NotApplicable(condition) => ("not-applicable", Vec::new(), Some(condition)),
    };
    JudgedPolicy {
        name: report.policy,
        trigger: report.trigger,
        trigger_count: report.triggers.len(),
        triggers: report
            .triggers
            .into_iter()
            .take(MAX_TRIGGERS)
            .map(|(path, commit)| PolicyTrigger {
                path,
                commit: commit.map(|id| id.to_string()),
            })
            .collect(),
        lacking: if coverage == "unmet" {
            report.lacking
        } else {
            Vec::new()
        },
        coverage,
        tickets,
        condition,
    }
}

fn exceptions(branch: &Branch) -> Vec<JudgedException> {
    let used = rules::used_exceptions(branch).into_iter();
    used.map(|used| JudgedException {
        commit: used.commit,
        policy: used.policy,
        reason: used.reason,
    })
    .collect()
}

fn suppressions(branch: &Branch) -> Vec<JudgedSuppression> {
    let found = rules::suppression_reports(branch).into_iter();
    found
        .map(|found| JudgedSuppression {
            path: found.path,
            line: found.line,
            rules: found.rules,
            reason: found.reason,
        })
        .collect()
}

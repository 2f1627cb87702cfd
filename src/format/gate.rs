//! The report of the gate in addition to its findings: the verdict, the text, the JSON document,
//! and the summary and outputs of a CI step. `cli/gate.rs` writes them.

use semver::Version;
use serde::Serialize;

use super::json::{Summary, WireFinding, wire_findings};
use super::release::quoted_list;
use super::{document, markdown};
use crate::approval::{Bypass, TicketApprovals};
use crate::branch::Branch;
use crate::changelog::{Entry, Section, escape};
use crate::finding::{Checked, Severity};
use crate::history::NextVersion;
use crate::merge::MergePrediction;
use crate::rules::{PolicyCoverage, PolicyReport, SuppressionReport, UsedException};
use crate::source::{join_and, sanitise_line};
use crate::version::Bump;

/// The report of the gate.
#[derive(Debug)]
pub(crate) struct GateReport<'a> {
    /// What was checked.
    pub(crate) branch: &'a Branch,
    /// What was found.
    pub(crate) checked: &'a Checked,
    /// The configuration file; `None`: there is none, and the defaults apply.
    pub(crate) configuration: Option<&'a str>,
    /// The policies that require a ticket.
    pub(crate) policies: &'a [PolicyReport],
    /// The approvals of its tickets.
    pub(crate) approvals: &'a [TicketApprovals],
    /// The emergencies that bypass their approval.
    pub(crate) bypassed: &'a [Bypass],
    /// The commits that need no ticket for a policy.
    pub(crate) exceptions: &'a [UsedException],
    /// The comments that suppress rules.
    pub(crate) suppressions: &'a [SuppressionReport],
    /// The version that would be released after the merge; `None` if unknown.
    pub(crate) next: Option<&'a NextVersion>,
    /// What the base has after the merge; `None`: the title of the pull request is not known.
    pub(crate) prediction: Option<&'a MergePrediction>,
}

/// Whether the branch may be merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GateVerdict {
    /// It may be merged.
    Pass,
    /// It may be merged before one of its emergencies is approved.
    Bypassed,
    /// It may not be merged.
    Fail,
}

/// What `gate` found.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct WireGate<'a> {
    schema_version: u8,
    /// Whether the branch can be merged: `bypassed` if an emergency can be merged before its
    /// approval.
    #[cfg_attr(test, schemars(extend("enum" = ["pass", "bypassed", "fail"])))]
    result: &'static str,
    /// The emergencies that bypass their approval.
    emergencies: Vec<WireBypass<'a>>,
    /// Sorted by path, offset, and rule; those on commits come last.
    findings: Vec<WireFinding<'a>>,
    summary: Summary,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireBypass<'a> {
    ticket: &'a str,
    /// Relative to the root, with `/`.
    path: &'a str,
    risk: &'static str,
    /// What is still required, as text for people to read.
    open_requirements: &'a [String],
    /// The evidence that each approval needs.
    required_evidence: &'static str,
    /// The known people who can still approve.
    eligible_approvers: &'a [String],
    /// The due date of the follow-up. If the emergency is not released yet, the date assumes a
    /// release today.
    due_date: String,
    /// The tag of its release; null if it is not released.
    released_tag: Option<&'a str>,
}

/// Writes the document of `gate --format json`.
#[must_use]
pub(crate) fn gate_json(checked: &Checked, verdict: GateVerdict, bypassed: &[Bypass]) -> String {
    document(&WireGate {
        schema_version: 1,
        result: verdict.as_str(),
        emergencies: bypassed.iter().map(wire_bypass).collect(),
        findings: wire_findings(checked),
        summary: Summary::of(checked),
    })
}

fn wire_bypass(bypass: &Bypass) -> WireBypass<'_> {
    let Bypass {
        id,
        path,
        risk,
        needed,
        evidence,
        eligible,
        due,
        released,
    } = bypass;
    let (risk, evidence, due) = (risk.as_str(), evidence.as_str(), due.to_string());
    WireBypass {
        ticket: id,
        path,
        risk,
        open_requirements: needed,
        required_evidence: evidence,
        eligible_approvers: eligible,
        due_date: due,
        released_tag: released.as_deref(),
    }
}

impl GateVerdict {
    /// Whether a branch may be merged that `passes` and whose emergencies bypass this.
    #[must_use]
    pub(crate) const fn of(passes: bool, bypassed: &[Bypass]) -> Self {
        match (passes, bypassed) {
            (false, _) => Self::Fail,
            (true, []) => Self::Pass,
            (true, _) => Self::Bypassed,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Bypassed => "bypassed",
            Self::Fail => "fail",
        }
    }
}

/// The version that would be released after the merge.
enum NextRelease<'a> {
    /// This version.
    Release(&'a Version),
    /// There is nothing to release.
    Nothing,
    /// The version is unknown, for this reason.
    Unknown(String),
    /// The version exists already; the text says where.
    Taken(String),
}

impl<'a> NextRelease<'a> {
    fn of(next: &'a NextVersion) -> Self {
        match (&next.version, next.describe_existing_tag()) {
            (Err(unknown), _) => Self::Unknown(unknown.reason()),
            (Ok(_), Some(fact)) => Self::Taken(fact),
            (Ok(version), None) if next.releasable => Self::Release(version),
            (Ok(_), None) => Self::Nothing,
        }
    }
}

/// Writes a few lines for people.
#[must_use]
pub(crate) fn gate_text(report: &GateReport<'_>, verdict: GateVerdict) -> String {
    let mut out = format!("Checked {}.\n", describe_revisions(report));
    for required in report.policies {
        let line = format!(
            "Policy `{}` {}.",
            required.policy,
            describe_coverage(required)
        );
        push_line(&mut out, &line);
    }
    if report.branch.policies.is_empty() {
        push_line(
            &mut out,
            "No policies are configured, so no tickets are required.",
        );
    }
    for ticket in report.approvals {
        let spent = report.branch.released.get(&ticket.id);
        let spent =
            spent.map(|tag| format!("; released with {tag}, so it does not cover new commits"));
        push_line(
            &mut out,
            &format!(
                "{}{}.",
                ticket.describe_at_merge(),
                spent.unwrap_or_default()
            ),
        );
    }
    for bypass in report.bypassed {
        push_line(&mut out, &format!("{}.", bypass.describe()));
    }
    for UsedException {
        commit,
        policy,
        reason,
    } in report.exceptions
    {
        push_line(
            &mut out,
            &format!(
                "{} is exempt from the policy `{policy}`: `Change: none ({reason})`",
                capitalized(commit)
            ),
        );
    }
    for suppression in report.suppressions {
        let SuppressionReport {
            path,
            line,
            rules,
            reason,
        } = suppression;
        push_line(
            &mut out,
            &format!("{path}:{line} suppresses {}: {reason}", rules.join(", ")),
        );
    }
    let certain = report.prediction.filter(|prediction| prediction.is_certain);
    let condition = certain.map_or("merged", MergePrediction::condition);
    match report.next.map(NextRelease::of) {
        Some(NextRelease::Release(version)) => {
            push_line(
                &mut out,
                &format!("Next version if {condition}: {version}."),
            );
        }
        Some(NextRelease::Unknown(reason)) => {
            push_line(&mut out, &format!("Next version: unknown ({reason})."));
        }
        Some(NextRelease::Taken(fact)) => push_line(&mut out, &format!("No next version: {fact}.")),
        Some(NextRelease::Nothing) | None => {}
    }
    for line in report.prediction.into_iter().flat_map(describe_prediction) {
        push_line(&mut out, &line);
    }
    let result = match verdict {
        GateVerdict::Pass => "The branch can be merged.",
        GateVerdict::Bypassed => {
            "Result: bypassed. The branch can be merged; its approval is still required."
        }
        GateVerdict::Fail => "The branch cannot be merged.",
    };
    push_line(&mut out, result);
    out
}

/// What a merge makes of the branch, and what that rests on, in sentences.
fn describe_prediction(prediction: &MergePrediction) -> Vec<String> {
    let mut lines = Vec::new();
    if let Err(error) = &prediction.units {
        lines.push(format!(
            "The next version after the merge cannot be computed: {error}."
        ));
    }
    if prediction.has_conflict {
        lines.push("The branch and its base conflict, so the prediction may change.".to_owned());
    }
    let Some(message) = &prediction.message else {
        return lines;
    };
    let title = message.text.lines().next().unwrap_or_default();
    let condition = prediction.condition();
    let bump = prediction.message_bump.as_str();
    let counts = match bump {
        "none" => "does not change the version".to_owned(),
        bump => format!("counts as {bump}"),
    };
    lines.push(format!("If {condition}, the commit `{title}` {counts}."));
    if !prediction.is_certain
        && let Some(NextRelease::Release(version)) = prediction
            .repository()
            .map(|unit| NextRelease::of(&unit.unit.next))
    {
        lines.push(format!("The next version is then {version}."));
    }
    for unit in prediction.units.iter().flatten() {
        let sections = unit.added_sections(prediction);
        lines.extend(sections.iter().map(describe_entries));
    }
    if !message.depends_on.is_empty() {
        lines.push(format!(
            "This depends on {}, which only the forge knows.",
            join_and(&message.depends_on)
        ));
    }
    if let Some((first, others)) = prediction.uncounted_headers.split_first() {
        let others = match others.len() {
            0 => String::new(),
            1 => " and 1 other header".to_owned(),
            count => format!(" and {count} other headers"),
        };
        lines.push(format!(
            "The text of the squash contains the header `{first}`{others}, which the version does not follow from."
        ));
    }
    lines
}

/// The entries that a section of the changelog gets, in a sentence.
fn describe_entries(section: &Section) -> String {
    let entry = |entry: &Entry| match &entry.scope {
        Some(scope) => format!("`{scope}: {}`", entry.subject),
        None => format!("`{}`", entry.subject),
    };
    let entries: Vec<String> = section.entries.iter().map(entry).collect();
    format!(
        "Changelog, under `{}`: {}.",
        section.title,
        join_and(&entries)
    )
}

/// Writes the summary of a CI job in Markdown: the verdict, the required tickets, and the findings.
#[must_use]
pub(crate) fn gate_summary(report: &GateReport<'_>, verdict: GateVerdict) -> String {
    let title = match verdict {
        GateVerdict::Pass => "The branch can be merged",
        GateVerdict::Bypassed => "The branch can be merged, bypassing its approval",
        GateVerdict::Fail => "The branch cannot be merged",
    };
    let mut out = format!(
        "# {title}\n\nChecked {}.\n",
        escape(&describe_revisions(report))
    );
    if !report.policies.is_empty() {
        out.push_str("\n## Policies\n\n");
    }
    for required in report.policies {
        let policy = escape(&required.policy);
        let coverage = escape(&describe_coverage(required));
        push_item(&mut out, &format!("Policy **{policy}** {coverage}"));
    }
    if !report.approvals.is_empty() {
        out.push_str("\n## Approvals\n\n");
    }
    for ticket in report.approvals {
        push_item(&mut out, &escape(&ticket.describe_at_merge()));
    }
    if !report.bypassed.is_empty() {
        out.push_str("\n## Bypassed\n\n");
    }
    for bypass in report.bypassed {
        push_item(&mut out, &escape(&bypass.describe()));
    }
    if !report.exceptions.is_empty() {
        out.push_str("\n## Exceptions\n\n");
    }
    for UsedException {
        commit,
        policy,
        reason,
    } in report.exceptions
    {
        let (policy, reason) = (escape(policy), escape(reason));
        push_item(
            &mut out,
            &format!("Policy **{policy}** requires no ticket for {commit}: {reason}"),
        );
    }
    if !report.suppressions.is_empty() {
        out.push_str("\n## Suppressed\n\n");
    }
    for SuppressionReport {
        path,
        line,
        rules,
        reason,
    } in report.suppressions
    {
        let rules = rules.join(", ");
        push_item(
            &mut out,
            &format!(
                "{} {line}: {}: {}",
                escape(path),
                escape(&rules),
                escape(reason)
            ),
        );
    }
    let certain = report.prediction.filter(|prediction| prediction.is_certain);
    let condition = certain.map_or("merged", MergePrediction::condition);
    let next = match report.next.map(NextRelease::of) {
        Some(NextRelease::Release(version)) => {
            format!("\nNext version if {condition}: **{version}**.\n")
        }
        Some(NextRelease::Unknown(reason)) => {
            format!("\nNext version: **unknown**, {}.\n", escape(&reason))
        }
        Some(NextRelease::Taken(fact)) => format!("\nNo next version: {}.\n", escape(&fact)),
        Some(NextRelease::Nothing) | None => String::new(),
    };
    out += &next;
    let prediction = report.prediction.into_iter().flat_map(describe_prediction);
    for line in prediction {
        out += &format!("\n{}\n", escape(&line));
    }
    format!("{out}\n{}", markdown::markdown(report.checked))
}

/// Writes the outputs of a step of a GitHub workflow, a line each.
#[must_use]
pub(crate) fn gate_outputs(report: &GateReport<'_>, verdict: GateVerdict) -> String {
    let mut outputs = vec![
        ("result", verdict.as_str().to_owned()),
        ("findings", report.checked.findings.len().to_string()),
        ("errors", report.checked.count(Severity::Error).to_string()),
        (
            "warnings",
            report.checked.count(Severity::Warning).to_string(),
        ),
    ];
    if let Some(next) = report.next {
        outputs.extend(version_outputs(next));
    }
    outputs
        .iter()
        .map(|(name, value)| format!("{name}={}\n", sanitise_line(value)))
        .collect()
}

/// The outputs about the next version; a version that cannot be released because it exists is not
/// one of them.
fn version_outputs(next: &NextVersion) -> Vec<(&'static str, String)> {
    let (version, tag, bump, releasable) = match NextRelease::of(next) {
        NextRelease::Taken(_) => (None, None, Bump::None, false),
        _ => (
            next.version.as_ref().ok(),
            next.tag(),
            next.bump,
            next.releasable,
        ),
    };
    let mut outputs = vec![
        (
            "version",
            version.map(ToString::to_string).unwrap_or_default(),
        ),
        ("tag", tag.unwrap_or_default()),
        ("bump", bump.as_str().to_owned()),
        ("releasable", releasable.to_string()),
    ];
    if let NextRelease::Unknown(reason) | NextRelease::Taken(reason) = NextRelease::of(next) {
        outputs.push(("unknown", reason));
    }
    outputs
}

/// Writes text to the log of a GitHub workflow so that the runner doesn't execute any commands in
/// it.
///
/// `token` ends the text. Authors of the branch must not know it.
#[must_use]
pub(crate) fn stop_commands(text: &str, token: &str) -> String {
    let end = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    format!("::stop-commands::{token}\n{text}{end}::{token}::\n")
}

/// Words at the start of a sentence.
fn capitalized(words: &str) -> String {
    let mut characters = words.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}

/// The revisions that were compared. The summary of the findings has the numbers of commits and
/// tickets.
fn describe_revisions(report: &GateReport<'_>) -> String {
    let Branch { base, head, .. } = report.branch;
    let configuration = report
        .configuration
        .map_or_else(|| "the default configuration".to_owned(), sanitise_line);
    format!(
        "head {} against base {}, using {configuration}",
        head.short(),
        base.short()
    )
}

/// Whether a policy requires a ticket for the branch, and which tickets meet it, in words that
/// follow its name.
fn describe_coverage(
    PolicyReport {
        trigger, coverage, ..
    }: &PolicyReport,
) -> String {
    let requires = format!("requires a ticket for {trigger}");
    match coverage {
        PolicyCoverage::Met(ids) => format!("{requires}: covered by {}", quoted_list(ids)),
        PolicyCoverage::Unmet(ids) => {
            let verb = if ids.len() == 1 { "does" } else { "do" };
            format!(
                "{requires}: {} {verb} not meet the policy",
                quoted_list(ids)
            )
        }
        PolicyCoverage::NoTicket => format!("{requires}: none found"),
        PolicyCoverage::NotApplicable(conditions) => {
            format!("does not apply: no ticket that covers the branch has {conditions}")
        }
    }
}

fn push_line(out: &mut String, line: &str) {
    out.push_str(&sanitise_line(line));
    out.push('\n');
}

fn push_item(out: &mut String, item: &str) {
    out.push_str("- ");
    out.push_str(item);
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commit::Id;

    fn text(policies: &[PolicyReport]) -> String {
        let branch = Branch::empty(Id::new([0; 20]));
        let report = GateReport {
            branch: &branch,
            checked: &Checked::default(),
            configuration: None,
            policies,
            approvals: &[],
            bypassed: &[],
            exceptions: &[],
            suppressions: &[],
            next: None,
            prediction: None,
        };
        gate_text(&report, GateVerdict::Pass)
    }

    #[test]
    fn tickets_are_not_counted_a_second_time() {
        let text = text(&[]);
        let first = text.lines().next().unwrap();
        assert!(!first.contains("ticket"), "{first}");
    }

    #[test]
    fn insufficient_ticket_is_named() {
        let policy = PolicyReport {
            policy: "migrations".into(),
            trigger: "db/1.sql".into(),
            coverage: PolicyCoverage::Unmet(vec!["gifts".into()]),
        };
        let line = "Policy `migrations` requires a ticket for db/1.sql: `gifts` does not meet the policy.\n";
        assert!(text(&[policy]).contains(line));
    }

    #[test]
    fn policy_for_other_tickets_requires_none() {
        let policy = PolicyReport {
            policy: "mig".into(),
            trigger: "m/a".into(),
            coverage: PolicyCoverage::NotApplicable("category `schema`".into()),
        };
        let text = text(&[policy]);
        let line = "Policy `mig` does not apply: no ticket that covers the branch has category `schema`.\n";
        assert!(
            text.contains(line) && !text.contains("requires a ticket"),
            "{text}"
        );
    }
}

//! The judgement of the gate as text, as a JSON document, and as the summary and the outputs of a CI
//! step. `cli/gate.rs` writes them.

use serde::Serialize;

use super::json::{Summary, WireFinding, wire_findings};
use super::release::quoted_list;
use super::{document, markdown};
use crate::changelog::escape;
use crate::finding::{Checked, Severity};
use crate::report::{
    GateVerdict, JudgedEntry, JudgedPolicy, JudgedPrediction, JudgedSection, JudgedVersion,
    Judgement, merge_condition,
};
use crate::source::{join_and, sanitise_line};

/// What `gate` decided and found.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct WireGate<'a> {
    schema_version: u8,
    #[serde(flatten)]
    judgement: &'a Judgement,
    /// Sorted by path, offset, and rule; those on commits come last.
    findings: Vec<WireFinding<'a>>,
    summary: Summary,
}

/// Writes the document of `gate --format json`.
#[must_use]
pub(crate) fn gate_json(judgement: &Judgement, checked: &Checked) -> String {
    document(&WireGate {
        schema_version: 1,
        judgement,
        findings: wire_findings(checked),
        summary: Summary::of(checked),
    })
}

/// Writes a few lines for people.
#[must_use]
pub(crate) fn gate_text(judgement: &Judgement) -> String {
    let mut out = format!("Checked {}.\n", describe_revisions(judgement));
    for policy in &judgement.policies {
        let line = format!("Policy `{}` {}.", policy.name, describe_coverage(policy));
        push_line(&mut out, &line);
    }
    if judgement.base.policies == 0 {
        push_line(
            &mut out,
            "No policies are configured, so no tickets are required.",
        );
    }
    for ticket in &judgement.tickets {
        let Some(approvals) = &ticket.approvals else {
            continue;
        };
        let spent = ticket.released_tag.as_ref();
        let spent =
            spent.map(|tag| format!("; released with {tag}, so it does not cover new commits"));
        let line = format!("{}{}.", approvals.description, spent.unwrap_or_default());
        push_line(&mut out, &line);
    }
    for emergency in &judgement.emergencies {
        push_line(&mut out, &format!("{}.", emergency.description));
    }
    for exception in &judgement.exceptions {
        push_line(
            &mut out,
            &format!(
                "{} is exempt from the policy `{}`: `Change: none ({})`",
                capitalized(&exception.commit),
                exception.policy,
                exception.reason
            ),
        );
    }
    for suppression in &judgement.suppressions {
        push_line(
            &mut out,
            &format!(
                "{}:{} suppresses {}: {}",
                suppression.path,
                suppression.line,
                suppression.rules.join(", "),
                suppression.reason
            ),
        );
    }
    if let Some(next) = &judgement.next {
        let line = describe_next(next, condition(judgement));
        line.iter().for_each(|line| push_line(&mut out, line));
    }
    for line in judgement.prediction.iter().flat_map(describe_prediction) {
        push_line(&mut out, &line);
    }
    let once = merge_condition(judgement.prediction.as_ref());
    let result = match judgement.result {
        GateVerdict::Pass => format!("The branch can be merged{once}."),
        GateVerdict::Bypassed => format!(
            "Result: bypassed. The branch can be merged{once}; its approval is still required."
        ),
        GateVerdict::Fail => "The branch cannot be merged.".to_owned(),
    };
    push_line(&mut out, &result);
    out
}

/// The next version as a sentence; `None` if there is nothing to release.
fn describe_next(next: &JudgedVersion, condition: &str) -> Option<String> {
    match (&next.version, &next.unknown) {
        (_, Some(fact)) if next.exists => Some(format!("No next version: {fact}.")),
        (_, Some(reason)) => Some(format!("Next version: unknown ({reason}).")),
        (Some(version), None) if next.releasable => {
            Some(format!("Next version if {condition}: {version}."))
        }
        (_, None) => None,
    }
}

/// On what the next version depends, in words that follow "if".
fn condition(judgement: &Judgement) -> &'static str {
    let prediction = judgement.prediction.as_ref();
    prediction
        .filter(|prediction| prediction.certain)
        .map_or("merged", |prediction| prediction.condition)
}

/// What a merge makes of the branch, and what that rests on, in sentences.
fn describe_prediction(prediction: &JudgedPrediction) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(error) = &prediction.error {
        lines.push(format!(
            "The next version after the merge cannot be computed: {error}."
        ));
    }
    if prediction.has_conflict {
        lines.push("The branch and its base conflict, so the prediction may change.".to_owned());
    }
    let Some(title) = prediction.title() else {
        return lines;
    };
    let counts = match prediction.bump {
        "none" => "does not change the version".to_owned(),
        bump => format!("counts as {bump}"),
    };
    let condition = prediction.condition;
    lines.push(format!("If {condition}, the commit `{title}` {counts}."));
    let next = prediction.repository().map(|release| &release.next);
    if let Some(version) = next
        .filter(|next| !prediction.certain && next.releasable)
        .and_then(|next| next.version.as_ref())
    {
        lines.push(format!("The next version is then {version}."));
    }
    let sections = prediction
        .releases
        .iter()
        .flat_map(|release| &release.changelog);
    lines.extend(sections.map(describe_entries));
    if !prediction.depends_on.is_empty() {
        lines.push(format!(
            "This depends on {}, which only the forge knows.",
            join_and(&prediction.depends_on)
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
fn describe_entries(section: &JudgedSection) -> String {
    let entry = |entry: &JudgedEntry| match &entry.scope {
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

/// Words at the start of a sentence.
fn capitalized(words: &str) -> String {
    let mut characters = words.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}

/// Writes the summary of a CI job in Markdown: the verdict, the required tickets, and the findings.
#[must_use]
pub(crate) fn gate_summary(judgement: &Judgement, checked: &Checked) -> String {
    let once = merge_condition(judgement.prediction.as_ref());
    let title = match judgement.result {
        GateVerdict::Pass => format!("The branch can be merged{once}"),
        GateVerdict::Bypassed => {
            format!("The branch can be merged{once}, bypassing its approval")
        }
        GateVerdict::Fail => "The branch cannot be merged".to_owned(),
    };
    let mut out = format!(
        "# {title}\n\nChecked {}.\n",
        escape(&describe_revisions(judgement))
    );
    let policies = judgement.policies.iter().map(|policy| {
        let (name, coverage) = (escape(&policy.name), escape(&describe_coverage(policy)));
        format!("Policy **{name}** {coverage}")
    });
    push_section(&mut out, "Policies", policies);
    let approvals = judgement
        .tickets
        .iter()
        .filter_map(|it| it.approvals.as_ref());
    let approvals = approvals.map(|approvals| escape(&approvals.description));
    push_section(&mut out, "Approvals", approvals);
    let emergencies = judgement.emergencies.iter();
    let emergencies = emergencies.map(|emergency| escape(&emergency.description));
    push_section(&mut out, "Bypassed", emergencies);
    let exceptions = judgement.exceptions.iter().map(|exception| {
        let (policy, reason) = (escape(&exception.policy), escape(&exception.reason));
        let commit = &exception.commit;
        format!("Policy **{policy}** requires no ticket for {commit}: {reason}")
    });
    push_section(&mut out, "Exceptions", exceptions);
    let suppressions = judgement.suppressions.iter().map(|suppression| {
        let rules = escape(&suppression.rules.join(", "));
        let (path, reason) = (escape(&suppression.path), escape(&suppression.reason));
        format!("{path} {}: {rules}: {reason}", suppression.line)
    });
    push_section(&mut out, "Suppressed", suppressions);
    if let Some(next) = &judgement.next {
        out += &summary_of_next(next, condition(judgement));
    }
    for line in judgement.prediction.iter().flat_map(describe_prediction) {
        out += &format!("\n{}\n", escape(&line));
    }
    format!("{out}\n{}", markdown::markdown(checked))
}

fn summary_of_next(next: &JudgedVersion, condition: &str) -> String {
    match (&next.version, &next.unknown) {
        (_, Some(fact)) if next.exists => format!("\nNo next version: {}.\n", escape(fact)),
        (_, Some(reason)) => format!("\nNext version: **unknown**, {}.\n", escape(reason)),
        (Some(version), None) if next.releasable => {
            format!("\nNext version if {condition}: **{version}**.\n")
        }
        (_, None) => String::new(),
    }
}

/// Writes the outputs of a step of a GitHub workflow, a line each.
#[must_use]
pub(crate) fn gate_outputs(judgement: &Judgement, checked: &Checked) -> String {
    let mut outputs = vec![
        ("result", judgement.result.as_str().to_owned()),
        ("findings", checked.findings.len().to_string()),
        ("errors", checked.count(Severity::Error).to_string()),
        ("warnings", checked.count(Severity::Warning).to_string()),
    ];
    if let Some(next) = &judgement.next {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        outputs.extend([
            ("version", text(&next.version)),
            ("tag", text(&next.tag)),
            ("bump", next.bump.to_owned()),
            ("releasable", next.releasable.to_string()),
        ]);
        outputs.extend(
            next.unknown
                .iter()
                .map(|reason| ("unknown", reason.clone())),
        );
    }
    outputs
        .iter()
        .map(|(name, value)| format!("{name}={}\n", sanitise_line(value)))
        .collect()
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

/// The revisions that were compared. The summary of the findings has the numbers of commits and
/// tickets.
fn describe_revisions(judgement: &Judgement) -> String {
    let configuration = judgement
        .base
        .configuration
        .as_deref()
        .map_or_else(|| "the default configuration".to_owned(), sanitise_line);
    format!(
        "head {} against base {}, using {configuration}",
        short(&judgement.head.commit),
        short(&judgement.base.commit)
    )
}

/// The beginning of a commit ID.
fn short(commit: &str) -> &str {
    commit.get(..10).unwrap_or(commit)
}

/// Whether a policy requires a ticket for the branch, and which tickets meet it, in words that
/// follow its name.
fn describe_coverage(policy: &JudgedPolicy) -> String {
    let requires = format!("requires a ticket for {}", policy.trigger);
    let tickets = || quoted_list(&policy.tickets);
    match (policy.coverage, &policy.condition) {
        ("met", _) => format!("{requires}: covered by {}", tickets()),
        ("unmet", _) => {
            let verb = if policy.tickets.len() == 1 {
                "does"
            } else {
                "do"
            };
            format!("{requires}: {} {verb} not meet the policy", tickets())
        }
        (_, Some(condition)) => {
            format!("does not apply: no ticket that covers the branch has {condition}")
        }
        _ => format!("{requires}: none found"),
    }
}

fn push_line(out: &mut String, line: &str) {
    out.push_str(&sanitise_line(line));
    out.push('\n');
}

/// Adds a list under a heading, if it has items.
fn push_section(out: &mut String, title: &str, items: impl Iterator<Item = String>) {
    let items: Vec<String> = items.collect();
    if items.is_empty() {
        return;
    }
    out.push_str(&format!("\n## {title}\n\n"));
    for item in items {
        out.push_str(&format!("- {item}\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(policies: Vec<JudgedPolicy>) -> String {
        let mut judgement = Judgement::of_nothing();
        judgement.policies = policies;
        gate_text(&judgement)
    }

    fn policy(trigger: &str, coverage: &'static str) -> JudgedPolicy {
        JudgedPolicy {
            name: "migrations".into(),
            trigger: trigger.into(),
            triggers: Vec::new(),
            trigger_count: 1,
            coverage,
            tickets: Vec::new(),
            lacking: Vec::new(),
            condition: None,
        }
    }

    #[test]
    fn tickets_are_not_counted_a_second_time() {
        let text = text(Vec::new());
        let first = text.lines().next().unwrap();
        assert!(!first.contains("ticket"), "{first}");
    }

    #[test]
    fn insufficient_ticket_is_named() {
        let policy = JudgedPolicy {
            tickets: vec!["gifts".into()],
            ..policy("db/1.sql", "unmet")
        };
        let line = "Policy `migrations` requires a ticket for db/1.sql: `gifts` does not meet the policy.\n";
        assert!(text(vec![policy]).contains(line));
    }

    #[test]
    fn policy_for_other_tickets_requires_none() {
        let policy = JudgedPolicy {
            condition: Some("category `schema`".into()),
            ..policy("m/a", "not-applicable")
        };
        let text = text(vec![policy]);
        let line = "Policy `migrations` does not apply: no ticket that covers the branch has category `schema`.\n";
        assert!(
            text.contains(line) && !text.contains("requires a ticket"),
            "{text}"
        );
    }
}

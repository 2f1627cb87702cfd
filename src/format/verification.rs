//! The result of verifying a release, for people and for programs.

#[cfg(feature = "cli")]
use std::fmt::Write as _;

use serde::Serialize;

use super::document;
#[cfg(feature = "cli")]
use super::{RenderOptions, style::Style};
#[cfg(feature = "cli")]
use crate::release::THIS_TOOL;
use crate::release::{Check, CheckKind, Outcome, Verification};
#[cfg(feature = "cli")]
use crate::source::{join_and, sanitise_line};

/// What `verify` found.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct WireVerification<'a> {
    schema_version: u8,
    tag: &'a str,
    commit: Option<String>,
    base: Option<String>,
    tool: Option<&'a str>,
    /// Whether everything matches, and nothing is unchecked or unknown.
    verified: bool,
    checks: Vec<WireCheckResult<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireCheckResult<'a> {
    #[cfg_attr(test, schemars(extend("enum" = [
        "name", "record", "target", "version", "package", "base", "commits", "configuration", "ticket", "risk",
        "changelog", "file", "message", "approvals", "emergency", "tag-signature", "commit-signature"
    ])))]
    kind: &'static str,
    item: Option<&'a str>,
    #[cfg_attr(test, schemars(extend("enum" = ["same", "differs", "missing", "not-checked", "absent", "bypassed", "unknown"])))]
    outcome: &'static str,
    message: &'a str,
    recorded: Option<&'a str>,
    expected: Option<&'a str>,
}

/// The document of `verify --format json`.
#[must_use]
pub(crate) fn verification_json(verification: &Verification) -> String {
    document(&WireVerification {
        schema_version: 1,
        tag: &verification.tag,
        commit: verification.commit.map(|id| id.to_string()),
        base: verification.base.map(|id| id.to_string()),
        tool: verification.tool.as_deref(),
        verified: verification.passed() && !verification.has_unknown(),
        checks: verification.checks.iter().map(wire).collect(),
    })
}

fn wire(check: &Check) -> WireCheckResult<'_> {
    let (recorded, expected) = match &check.outcome {
        Outcome::Differs {
            recorded, expected, ..
        } => (recorded.as_deref(), expected.as_deref()),
        _ => (None, None),
    };
    let (kind, item) = (name(check.kind), check.item.as_deref());
    WireCheckResult {
        kind,
        item,
        outcome: outcome(&check.outcome),
        message: message(&check.outcome),
        recorded,
        expected,
    }
}

/// The result of each check. For a difference, it has the value of the release and the recomputed
/// one.
#[cfg(feature = "cli")]
#[must_use]
pub(crate) fn verification_text(verification: &Verification, options: RenderOptions) -> String {
    let tag = sanitise_line(&verification.tag);
    let mut out = options.paint(Style::Bold, format!("`{tag}`"));
    if let Some(commit) = verification.commit {
        let base = verification
            .base
            .filter(|base| *base != commit)
            .map(|base| format!(", made from {}", base.short()))
            .unwrap_or_default();
        write!(out, " on commit {}{base}", commit.short()).expect("a string takes any text");
    }
    if let Some(tool) = verification.tool.as_ref().filter(|tool| *tool != THIS_TOOL) {
        write!(out, ", by {} (this is {THIS_TOOL})", sanitise_line(tool))
            .expect("a string takes any text");
    }
    out.push_str("\n\n");
    for check in &verification.checks {
        push_check(&mut out, check, options);
    }
    out + &format!("\n{}\n", verdict(verification, options))
}

/// A sentence that says whether the release matches its commits, and what else is wrong with it.
#[cfg(feature = "cli")]
fn verdict(verification: &Verification, options: RenderOptions) -> String {
    let tag = sanitise_line(&verification.tag);
    let has = |wanted: &str, belongs: fn(CheckKind) -> bool| {
        let mut checks = verification.checks.iter();
        checks.any(|check| outcome(&check.outcome) == wanted && belongs(check.kind))
    };
    let any = |_| true;
    let problems: Vec<&str> = [
        (has("missing", any), "the required signature is missing"),
        (has("differs", is_signature), "a signature was rejected"),
        (
            has("differs", is_approval),
            "required approvals are missing",
        ),
    ]
    .into_iter()
    .filter_map(|(is_so, problem)| is_so.then_some(problem))
    .collect();
    let is_content = |kind| !is_signature(kind) && !is_approval(kind);
    let unchecked = if has("not-checked", any) {
        ", as far as it could be checked"
    } else {
        ""
    };
    let (style, text) = if !verification.has_record() {
        let rest = without_record(verification, has("differs", any));
        (
            Style::Warning,
            format!("`{tag}` was not created by Tollgate{rest}."),
        )
    } else if has("differs", is_content) {
        (Style::Bad, format!("`{tag}` does not match its commits."))
    } else if !problems.is_empty() {
        let problems = join_and(&problems);
        (
            Style::Bad,
            format!("`{tag}` matches its commits{unchecked}, but {problems}."),
        )
    } else {
        let style = if unchecked.is_empty() {
            Style::Good
        } else {
            Style::Warning
        };
        (style, format!("`{tag}` matches its commits{unchecked}."))
    };
    let bypass = if has("bypassed", any) {
        " The release bypassed rules."
    } else {
        ""
    };
    let unknown = if has("unknown", any) {
        " Whether its tickets are approved is unknown."
    } else {
        ""
    };
    options.paint(style, text) + bypass + unknown
}

#[cfg(feature = "cli")]
const fn is_signature(kind: CheckKind) -> bool {
    matches!(kind, CheckKind::TagSignature | CheckKind::CommitSignature)
}

#[cfg(feature = "cli")]
const fn is_approval(kind: CheckKind) -> bool {
    matches!(kind, CheckKind::Approvals | CheckKind::Emergency)
}

/// The result for a tag that another tool made, which may compute versions differently.
#[cfg(feature = "cli")]
fn without_record(verification: &Verification, differs: bool) -> String {
    let version = verification.checks.iter().find_map(|check| {
        let Outcome::Differs { expected, .. } = &check.outcome else {
            return None;
        };
        expected
            .as_ref()
            .filter(|_| check.kind == CheckKind::Version)
    });
    match version {
        Some(version) => format!(
            "; the version computed from its commits is {}",
            sanitise_line(version)
        ),
        None if differs => "; the checks above found differences".to_owned(),
        None => ", so it is unknown whether the rest matches its commits".to_owned(),
    }
}

#[cfg(feature = "cli")]
fn push_check(out: &mut String, check: &Check, options: RenderOptions) {
    let subject = name(check.kind).replace('-', " ");
    let item = check
        .item
        .as_ref()
        .map(|item| format!("`{}`: ", sanitise_line(item)))
        .unwrap_or_default();
    let word = format!("{:<11}", outcome(&check.outcome).replace('-', " "));
    let word = options.paint(style(&check.outcome), word);
    let message_text = sanitise_line(message(&check.outcome));
    writeln!(out, "{word}  {subject:<16}  {item}{message_text}").expect("a string takes any text");
    let Outcome::Differs {
        fact,
        recorded,
        expected,
    } = &check.outcome
    else {
        return;
    };
    let (recorded, expected) = (
        recorded.as_deref().unwrap_or_default(),
        expected.as_deref().unwrap_or_default(),
    );
    if recorded.contains('\n') || expected.contains('\n') {
        let path = check.item.as_deref().unwrap_or(name(check.kind));
        for line in super::diff(path, &with_newline(expected), &with_newline(recorded)).lines() {
            writeln!(out, "    {line}").expect("a string takes any text");
        }
        return;
    }
    for (who, value) in [
        ("the release says", recorded),
        ("computed from its commits:", expected),
    ] {
        if !value.is_empty() && !fact.contains(value) {
            writeln!(out, "    {who} {}", sanitise_line(value)).expect("a string takes any text");
        }
    }
}

#[cfg(feature = "cli")]
fn with_newline(text: &str) -> String {
    if text.is_empty() || text.ends_with('\n') {
        text.to_owned()
    } else {
        format!("{text}\n")
    }
}

const fn name(subject: CheckKind) -> &'static str {
    match subject {
        CheckKind::Name => "name",
        CheckKind::Record => "record",
        CheckKind::Target => "target",
        CheckKind::Via => "via",
        CheckKind::Version => "version",
        CheckKind::Package => "package",
        CheckKind::Base => "base",
        CheckKind::Commits => "commits",
        CheckKind::Configuration => "configuration",
        CheckKind::Ticket => "ticket",
        CheckKind::Risk => "risk",
        CheckKind::Changelog => "changelog",
        CheckKind::File => "file",
        CheckKind::Message => "message",
        CheckKind::Approvals => "approvals",
        CheckKind::Emergency => "emergency",
        CheckKind::Emergencies => "emergencies",
        CheckKind::TagSignature => "tag-signature",
        CheckKind::CommitSignature => "commit-signature",
    }
}

#[cfg(feature = "cli")]
const fn style(outcome: &Outcome) -> Style {
    match outcome {
        Outcome::Same(_) => Style::Good,
        Outcome::Differs { .. } | Outcome::Missing(_) => Style::Bad,
        Outcome::NotChecked(_) | Outcome::Bypassed(_) | Outcome::Unknown(_) => Style::Warning,
        Outcome::Absent(_) => Style::Faint,
    }
}

const fn outcome(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Same(_) => "same",
        Outcome::Differs { .. } => "differs",
        Outcome::Missing(_) => "missing",
        Outcome::NotChecked(_) => "not-checked",
        Outcome::Absent(_) => "absent",
        Outcome::Bypassed(_) => "bypassed",
        Outcome::Unknown(_) => "unknown",
    }
}

fn message(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Same(text)
        | Outcome::Missing(text)
        | Outcome::NotChecked(text)
        | Outcome::Absent(text)
        | Outcome::Bypassed(text)
        | Outcome::Unknown(text) => text,
        Outcome::Differs { fact, .. } => fact,
    }
}

#[cfg(all(test, feature = "cli"))]
mod tests {
    use super::*;

    fn verdict_of(checks: &[(CheckKind, Outcome)]) -> String {
        let checks = checks
            .iter()
            .map(|(kind, outcome)| Check::new(*kind, outcome.clone()));
        let verification = Verification {
            tag: "v1".into(),
            commit: None,
            base: None,
            tool: None,
            checks: checks.collect(),
        };
        verdict(&verification, RenderOptions::default())
    }

    #[test]
    fn rejected_signature_is_not_a_mismatch() {
        let same = (CheckKind::Version, Outcome::Same("1.0.0".into()));
        let unknown_key = (CheckKind::TagSignature, Outcome::differs("unknown key"));
        assert_eq!(
            verdict_of(&[same.clone(), unknown_key.clone()]),
            "`v1` matches its commits, but a signature was rejected."
        );
        let unapproved = (CheckKind::Approvals, Outcome::differs("not approved"));
        assert_eq!(
            verdict_of(&[same, unknown_key.clone(), unapproved]),
            "`v1` matches its commits, but a signature was rejected and required approvals are missing."
        );
        let other = (CheckKind::Version, Outcome::differs("2.0.0"));
        assert_eq!(
            verdict_of(&[other, unknown_key]),
            "`v1` does not match its commits."
        );
    }
}

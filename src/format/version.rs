//! The next version for people and for programs: what it is, and why.

use std::fmt::Write as _;

use serde::Serialize;

use crate::config::VersionSettings;
use crate::format::document;
use crate::history::{Base, Judged, Next, Reason, Refused, RefusedBecause};
use crate::source::sanitise_line;
use crate::version::Bump;

/// The next version, as `next` prints it, and with what `explain` adds.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct WireNext<'a> {
    schema_version: u8,
    current: Option<String>,
    next: String,
    tag: &'a str,
    #[cfg_attr(test, schemars(extend("enum" = ["none", "patch", "minor", "major"])))]
    bump: &'static str,
    releasable: bool,
    base: Option<WireBase<'a>>,
    commits: Vec<WireCommit<'a>>,
    #[serde(flatten)]
    explanation: Option<WireExplanation<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireBase<'a> {
    version: String,
    tag: &'a str,
    commit: String,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireCommit<'a> {
    id: String,
    #[serde(rename = "type")]
    kind: Option<&'a str>,
    scope: Option<&'a str>,
    breaking: bool,
    subject: &'a str,
    #[cfg_attr(test, schemars(extend("enum" = ["none", "patch", "minor", "major"])))]
    bump: &'static str,
    reason: &'static str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireExplanation<'a> {
    deciding: Option<String>,
    candidates: Vec<WireCandidate<'a>>,
    skipped: Vec<WireSkipped>,
    rules: WireRules<'a>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireCandidate<'a> {
    #[serde(flatten)]
    tag: WireBase<'a>,
    reason: &'static str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireSkipped {
    id: String,
    reason: &'static str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireRules<'a> {
    tag_prefix: &'a str,
    initial: String,
    zero_breaking: &'static str,
    zero_feature: &'static str,
    first_parent: bool,
    bumps: serde_json::Map<String, serde_json::Value>,
}

/// The current version, as `current` prints it; null where there is none.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct WireCurrent {
    schema_version: u8,
    current: Option<String>,
    tag: Option<String>,
    commit: Option<String>,
}

/// The document of `current --format json`.
#[must_use]
pub fn current_json(base: Option<&Base>) -> String {
    document(&WireCurrent {
        schema_version: 1,
        current: base.map(|base| base.version.to_string()),
        tag: base.map(|base| base.tag.clone()),
        commit: base.map(|base| base.commit.to_string()),
    })
}

/// The document of `next --format json`, product.md §11.
#[must_use]
pub fn next_json(next: &Next) -> String {
    document(&wire(next, None))
}

/// The document of `explain --format json`: the same with candidates, what was skipped, and the rules.
#[must_use]
pub fn explain_json(next: &Next, settings: &VersionSettings) -> String {
    let bumps = settings.bumps.iter().map(|(kind, bump)| (kind.to_owned(), bump.as_str().into()));
    let explanation = WireExplanation {
        deciding: deciding(next).map(|judged| judged.commit.id.to_string()),
        candidates: next.refused.iter().map(wire_candidate).collect(),
        skipped: next.commits.iter().filter(|judged| judged.bump == Bump::None).map(wire_skipped).collect(),
        rules: WireRules {
            tag_prefix: &next.prefix,
            initial: settings.initial.to_string(),
            zero_breaking: settings.zero_breaking.as_str(),
            zero_feature: settings.zero_feature.as_str(),
            first_parent: settings.first_parent,
            bumps: bumps.collect(),
        },
    };
    document(&wire(next, Some(explanation)))
}

fn wire<'a>(next: &'a Next, explanation: Option<WireExplanation<'a>>) -> WireNext<'a> {
    WireNext {
        schema_version: 1,
        current: next.base.as_ref().map(|base| base.version.to_string()),
        next: next.version.to_string(),
        tag: &next.tag,
        bump: next.bump.as_str(),
        releasable: next.releasable,
        base: next.base.as_ref().map(wire_base),
        commits: next.commits.iter().map(wire_commit).collect(),
        explanation,
    }
}

fn wire_base(base: &Base) -> WireBase<'_> {
    WireBase { version: base.version.to_string(), tag: &base.tag, commit: base.commit.to_string() }
}

fn wire_commit(judged: &Judged) -> WireCommit<'_> {
    WireCommit {
        id: judged.commit.id.to_string(),
        kind: judged.commit.kind_name(),
        scope: judged.commit.scope(),
        breaking: judged.commit.breaking,
        subject: judged.commit.subject(),
        bump: judged.bump.as_str(),
        reason: judged.reason.as_str(),
    }
}

fn wire_candidate(refused: &Refused) -> WireCandidate<'_> {
    let reason = match refused.because {
        RefusedBecause::Prerelease => "prerelease",
        RefusedBecause::Unreachable => "unreachable",
    };
    WireCandidate { tag: wire_base(&refused.tag), reason }
}

fn wire_skipped(judged: &Judged) -> WireSkipped {
    WireSkipped { id: judged.commit.id.to_string(), reason: judged.reason.as_str() }
}

/// The earliest of the commits that ask for the greatest bump.
pub(super) fn deciding(next: &Next) -> Option<&Judged> {
    let greatest = next.commits.iter().map(|judged| judged.bump).max().filter(|bump| *bump != Bump::None)?;
    next.commits.iter().rev().find(|judged| judged.bump == greatest)
}

/// Why the next version is what it is, for people.
#[must_use]
pub fn explain(next: &Next) -> String {
    let mut out = String::new();
    let mut line = |text: String| writeln!(out, "{}", text.trim_end()).expect("a string takes any text");
    line(headline(next));
    line(match &next.base {
        Some(base) => format!("Base: {} (tag `{}` on {})", base.version, sanitise_line(&base.tag), base.commit.short()),
        None => "Base: none, no version tag is reachable from HEAD".to_owned(),
    });
    for refused in &next.refused {
        line(format!("      not `{}`: {}", sanitise_line(&refused.tag.tag), refusal(refused.because)));
    }
    let deciding = deciding(next).map(|judged| judged.commit.id);
    line(String::new());
    let since = next.base.as_ref().map(|base| format!(" since `{}`", sanitise_line(&base.tag))).unwrap_or_default();
    line(format!("{} commit{}{since}:", next.commits.len(), if next.commits.len() == 1 { "" } else { "s" }));
    for judged in &next.commits {
        let mark = if Some(judged.commit.id) == deciding { '>' } else { ' ' };
        line(format!(
            "{mark} {} {:<5}  {}{}",
            judged.commit.id.short(),
            judged.bump.as_str(),
            header(judged),
            remark(judged)
        ));
    }
    out
}

pub(super) fn headline(next: &Next) -> String {
    let greatest = next.commits.iter().map(|judged| judged.bump).max().unwrap_or_default();
    if !next.releasable {
        return format!("Nothing to release: the version stays {}", next.version);
    }
    let softened = if next.bump < greatest && next.base.as_ref().is_some_and(|base| base.version.major == 0) {
        ": below 1.0.0 the rules for 0.x apply"
    } else {
        ""
    };
    match &next.base {
        Some(_) => format!("Next version: {} ({} bump{softened})", next.version, next.bump.as_str()),
        None => format!("Next version: {} (the initial version)", next.version),
    }
}

const fn refusal(because: RefusedBecause) -> &'static str {
    match because {
        RefusedBecause::Prerelease => "a pre-release",
        RefusedBecause::Unreachable => "HEAD does not descend from it",
    }
}

pub(super) fn header(judged: &Judged) -> String {
    let commit = &judged.commit;
    let scope = commit.scope().map(|scope| format!("({scope})")).unwrap_or_default();
    let mark = if commit.breaking { "!" } else { "" };
    let line = match &commit.kind {
        crate::commit::Kind::Conventional(header) => format!("{}{scope}{mark}: {}", header.kind(), header.subject()),
        _ => commit.subject().to_owned(),
    };
    sanitise_line(&line)
}

fn remark(judged: &Judged) -> &'static str {
    match judged.reason {
        Reason::Type | Reason::Breaking => "",
        Reason::Merge => "  [merge: what it brings in counts by itself]",
        Reason::Fixup => "  [fixup: to be folded into another commit]",
        Reason::Unconventional => "  [not a conventional header]",
        Reason::Reverted => "  [reverted in this range]",
        Reason::Reverting => "  [reverts a commit of this range]",
        Reason::Undecodable => "  [the message could not be decoded whole]",
    }
}

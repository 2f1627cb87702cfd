//! Explains the next version as text: the base, the commits, and the decisive settings.
//!
//! A setting is shown with its line in the configuration, so that readers can look it up.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

use super::release::quoted_list;
use super::style::Style;
use super::table::{truncate, wrap};
use super::version::{
    ExplainedCommits, ExplanationInput, Uncounted, commit_header, deciding_commit, describe_origin,
    headline,
};
use super::{RenderOptions, counted};
use crate::commit::{Id, UncountedLine};
use crate::config::{Config, OverrideEffect};
use crate::document::quoted_key;
use crate::history::{
    Base, ClassifiedCommit, IgnoreReason, IgnoredTag, NextVersion, Origin, Reason, RejectedTag,
    RejectionReason, Unit, UnknownVersion, Versions,
};
use crate::source::{sanitise, sanitise_line};
use crate::version::Bump;

/// The maximum number of rejected candidates that are listed; the JSON document has all of them.
const MAX_CANDIDATES: usize = 12;

/// The maximum number of commits without effect on the version that are listed unless all are
/// requested.
const MAX_IRRELEVANT: usize = 10;

/// The minimum width of a commit's header, however narrow the terminal.
const MIN_HEADER: usize = 24;

/// Explains the next versions.
#[must_use]
pub(crate) fn explain(
    versions: &Versions,
    input: ExplanationInput<'_>,
    options: RenderOptions,
) -> String {
    let mut out = String::new();
    for unit in &versions.units {
        if !out.is_empty() {
            out.push('\n');
        }
        write_unit(&mut out, unit, input, options);
    }
    if versions.repository().is_none() && !input.ignored.is_empty() {
        out.push('\n');
        write_ignored(&mut out, input.ignored);
    }
    write_uncounted(&mut out, input.uncounted);
    if versions.unassigned > 0 {
        let verb = if versions.unassigned == 1 {
            "belongs"
        } else {
            "belong"
        };
        let count = counted(versions.unassigned, "commit");
        out += &format!("\n{count} since the last releases {verb} to no package\n");
    }
    write_unused_overrides(&mut out, versions, input.config);
    out
}

/// Explains the next version of a unit, and in a repository without packages also the ignored tags.
fn write_unit(out: &mut String, unit: &Unit, input: ExplanationInput<'_>, options: RenderOptions) {
    if let Some(name) = &unit.name {
        *out += &options.paint(Style::Bold, format!("Package `{}`", sanitise_line(name)));
        out.push('\n');
    }
    write_head(out, &unit.next, input.released, options);
    if unit.name.is_none() {
        write_ignored(out, input.ignored);
    }
    if !unit.bumped_by.is_empty() {
        *out += &format!(
            "Released with {}, which it depends on (at least a patch)\n",
            quoted_list(&unit.bumped_by)
        );
    }
    write_commits(out, unit, input, options);
}

/// The commits of a unit since its base, and the settings by which they count.
fn write_commits(
    out: &mut String,
    unit: &Unit,
    input: ExplanationInput<'_>,
    options: RenderOptions,
) {
    let config = input.config;
    let next = &unit.next;
    let package = unit.name.as_deref();
    let since = next
        .base
        .as_ref()
        .map(|base| format!(" since `{}`", sanitise_line(&base.tag)))
        .unwrap_or_default();
    let colon = if next.commits.is_empty() { "" } else { ":" };
    let whose = package
        .map(|name| format!(" of `{}`", sanitise_line(name)))
        .unwrap_or_default();
    let count = counted(next.commits.len(), "commit");
    writeln!(
        out,
        "\n{}",
        options.paint(Style::Bold, format!("{count}{whose}{since}{colon}"))
    )
    .expect("a string takes any text");
    let deciding = deciding_commit(next).map(|classified| classified.commit.id);
    let irrelevant = next
        .commits
        .iter()
        .filter(|classified| is_irrelevant(classified))
        .count();
    let is_short = input.commits == ExplainedCommits::Relevant && irrelevant > MAX_IRRELEVANT;
    for classified in next
        .commits
        .iter()
        .filter(|classified| !(is_short && is_irrelevant(classified)))
    {
        let mark = if Some(classified.commit.id) == deciding {
            '>'
        } else {
            ' '
        };
        *out += &commit_line(mark, classified, package, config, options);
    }
    if is_short {
        let others = if irrelevant == next.commits.len() {
            ""
        } else {
            "and "
        };
        *out += &format!(
            "  {others}{irrelevant} commits that don't affect the version (`--all` lists them)\n"
        );
    }
    write_rules(out, next, config);
}

/// Whether only its type or its form is the reason why a commit doesn't affect the version.
fn is_irrelevant(classified: &ClassifiedCommit) -> bool {
    let is_explained = matches!(
        classified.reason,
        Reason::Reverted | Reason::Reverting | Reason::Undecodable
    );
    classified.bump == Bump::None && classified.override_().is_none() && !is_explained
}

/// The version, and the base that it is computed from.
fn write_head(
    out: &mut String,
    next: &NextVersion,
    released: Option<&Base>,
    options: RenderOptions,
) {
    let headline = released.map_or_else(|| headline(next), |tag| released_headline(next, tag));
    writeln!(out, "{}", options.paint(Style::Bold, headline)).expect("a string takes any text");
    if let Err(unknown) = &next.version {
        for reason in unknown.reasons() {
            let line = format!("- {}", sanitise_line(&reason));
            let line = wrap(&line, 4, options.width.saturating_sub(2));
            writeln!(out, "  {line}").expect("a string takes any text");
        }
        write_help(out, unknown);
    }
    write_base(out, next, released);
}

/// How to determine the next version.
fn write_help(out: &mut String, unknown: &UnknownVersion) {
    for line in sanitise(&unknown.help()).lines() {
        writeln!(out, "  {line}").expect("a string takes any text");
    }
}

/// The tags that are not version tags.
fn write_ignored(out: &mut String, ignored: &[IgnoredTag]) {
    if ignored.is_empty() {
        return;
    }
    writeln!(out, "Ignored: {}", counted(ignored.len(), "tag")).expect("a string takes any text");
    let groups = group_by_reason(ignored);
    for group in groups.iter().take(MAX_CANDIDATES) {
        let name = sanitise_line(&group[0].name);
        let tags = match group.len() {
            1 => format!("`{name}`"),
            count => format!("{count} like `{name}`"),
        };
        *out += &format!("      {tags}: {}\n", ignored_reason(&group[0].reason));
    }
    let more: usize = groups
        .iter()
        .skip(MAX_CANDIDATES)
        .map(|group| group.len())
        .sum();
    if more > 0 {
        *out += &format!("      and {}\n", counted(more, "more tag"));
    }
}

/// The ignored tags, grouped by reason; among other prefixes, the one with the most tags comes
/// first.
fn group_by_reason(ignored: &[IgnoredTag]) -> Vec<&[IgnoredTag]> {
    let mut groups: Vec<&[IgnoredTag]> = ignored
        .chunk_by(|one, other| one.reason == other.reason)
        .collect();
    let kind = |group: &[IgnoredTag]| match group[0].reason {
        IgnoreReason::TooLarge | IgnoreReason::NotSemantic | IgnoreReason::NoCommit => 0,
        IgnoreReason::OtherPrefix(_) => 1,
        IgnoreReason::NotAVersion => 2,
    };
    groups.sort_by_key(|group| (kind(group), std::cmp::Reverse(group.len())));
    groups
}

fn ignored_reason(reason: &IgnoreReason) -> String {
    match reason {
        IgnoreReason::NoCommit => "not on a commit".to_owned(),
        IgnoreReason::OtherPrefix(prefix) if prefix.is_empty() => {
            "no prefix before the version".to_owned()
        }
        IgnoreReason::OtherPrefix(_) => "another prefix".to_owned(),
        IgnoreReason::NotSemantic => "not a semantic version such as 1.2.3".to_owned(),
        IgnoreReason::TooLarge => format!("a number above {}", u64::MAX),
        IgnoreReason::NotAVersion => "does not look like a version".to_owned(),
    }
}

/// An existing version, and the version that follows from its commits.
fn released_headline(next: &NextVersion, Base { version, .. }: &Base) -> String {
    match &next.version {
        _ if next.origin == Origin::Initial => {
            format!("Version {version}: there is no earlier version to compute it from")
        }
        Ok(given) if next.releasable && given == version => {
            format!(
                "Version {version} matches its commits ({})",
                describe_origin(next)
            )
        }
        Ok(given) if next.releasable => {
            format!("Version {version}: the version computed from its commits is {given}")
        }
        Ok(_) => format!("Version {version}: its commits contain nothing to release"),
        Err(_) => format!("Version {version}: the version computed from its commits is unknown"),
    }
}

fn write_base(out: &mut String, next: &NextVersion, released: Option<&Base>) {
    let describe_tag =
        |base: &Base| format!("`{}` on {}", sanitise_line(&base.tag), base.commit.short());
    *out += &match &next.base {
        Some(base) => format!("Base: {} (tag {})\n", base.version, describe_tag(base)),
        None => {
            let with = if next.prefix.is_empty() {
                String::new()
            } else {
                format!(" with prefix `{}`", sanitise_line(&next.prefix))
            };
            match released {
                None => {
                    format!("Base: none (no stable version tag{with} is reachable from HEAD)\n")
                }
                Some(Base { tag, .. }) => {
                    format!(
                        "Base: none (no earlier stable version tag{with} is reachable from `{}`)\n",
                        sanitise_line(tag)
                    )
                }
            }
        }
    };
    for RejectedTag { tag, reason } in next.rejected.iter().take(MAX_CANDIDATES) {
        *out += &format!(
            "      not {}: {}\n",
            describe_tag(tag),
            rejection_reason(*reason)
        );
    }
    if let Some(more) = next
        .rejected
        .len()
        .checked_sub(MAX_CANDIDATES)
        .filter(|more| *more > 0)
    {
        *out += &format!("      nor {}\n", counted(more, "more tag"));
    }
}

const fn rejection_reason(reason: RejectionReason) -> &'static str {
    match reason {
        RejectionReason::Prerelease => "a pre-release",
        RejectionReason::Unreachable => "not reachable from HEAD",
    }
}

/// A commit with its bump; if the line is wider than the options allow, the header is cut.
fn commit_line(
    mark: char,
    classified: &ClassifiedCommit,
    package: Option<&str>,
    config: &Config,
    options: RenderOptions,
) -> String {
    let (id, bump) = (
        classified.commit.id.short(),
        format!("{:<5}", classified.bump.as_str()),
    );
    let remark = remark(classified, package, config)
        .map(|remark| format!("  [{remark}]"))
        .unwrap_or_default();
    let used_width = format!("{mark} {id} {bump}  ").width() + remark.width();
    let room = options.width.saturating_sub(used_width).max(MIN_HEADER);
    let header = truncate(&commit_header(classified).replace('\t', " "), room, options);
    let (id, bump) = (
        options.paint(Style::Warning, id),
        options.paint(Style::of_bump(classified.bump), bump),
    );
    let header = if mark == '>' {
        options.paint(Style::Bold, header.trim_end())
    } else {
        header
    };
    let remark = if remark.is_empty() {
        remark
    } else {
        options.paint(Style::Faint, remark)
    };
    format!("{mark} {id} {bump}  {header}{remark}")
        .trim_end()
        .to_owned()
        + "\n"
}

/// Why a commit doesn't count as its header suggests.
fn remark(classified: &ClassifiedCommit, package: Option<&str>, config: &Config) -> Option<String> {
    let by = || short_ids(classified.counterparts());
    let reason = match classified.reason {
        Reason::Type | Reason::Breaking | Reason::Override | Reason::Skipped => None,
        Reason::Merge => Some("merge: its commits are evaluated separately".to_owned()),
        Reason::Fixup => Some("fixup: meant to be squashed".to_owned()),
        Reason::Unconventional => Some("not a conventional commit".to_owned()),
        Reason::Reverted => Some(format!("reverted by {}", by())),
        Reason::Reverting => Some(format!("reverts {}", by())),
        Reason::Undecodable => Some("part of the message could not be decoded".to_owned()),
    };
    let rule = classified.override_().map(|rule| {
        let what = match &rule.effect {
            OverrideEffect::Message(_) => "reworded".to_owned(),
            OverrideEffect::Bump(bump) => format!("bump {}", bump.as_str()),
            OverrideEffect::Skip(reason) => format!("skipped: {}", sanitise_line(reason)),
        };
        match config.location_of(rule.span) {
            Some(place) => format!(
                "override {}:{}, {what}",
                sanitise_line(&place.file),
                place.line
            ),
            None => format!("override, {what}"),
        }
    });
    let remarks: Vec<String> = reason
        .into_iter()
        .chain(rule)
        .chain(other_packages(classified, package))
        .collect();
    (!remarks.is_empty()).then(|| remarks.join("; "))
}

/// The other packages that a commit belongs to.
fn other_packages(classified: &ClassifiedCommit, package: Option<&str>) -> Option<String> {
    let others = classified
        .packages()
        .iter()
        .filter(|name| Some(&***name) != package);
    let others: Vec<String> = others
        .map(|name| format!("`{}`", sanitise_line(name)))
        .collect();
    (!others.is_empty()).then(|| format!("also in {}", join_first(&others)))
}

fn short_ids(ids: &[Id]) -> String {
    join_first(&ids.iter().map(Id::short).collect::<Vec<_>>())
}

/// The first entries of a list, and the number of further ones.
fn join_first(all: &[String]) -> String {
    let shown = &all[..all.len().min(3)];
    let more = all.len() - shown.len();
    shown.join(", ")
        + &if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        }
}

/// The lines below headers that do not count, and how to count them.
fn write_uncounted(out: &mut String, uncounted: &[Uncounted]) {
    if uncounted.is_empty() {
        return;
    }
    out.push_str("\nNot counted:\n");
    for Uncounted { commit, line } in uncounted.iter().take(MAX_CANDIDATES) {
        let (text, why) = match line {
            UncountedLine::Header(header) => (
                header.clone(),
                "in the body: only the header of a commit counts",
            ),
            UncountedLine::ReleaseAs(version) => (
                format!("Release-As: {version}"),
                "this footer is ignored; `--set-version` chooses a version",
            ),
        };
        *out += &format!("  {} `{}`: {why}\n", commit.short(), sanitise_line(&text));
    }
    if let Some(more) = uncounted
        .len()
        .checked_sub(MAX_CANDIDATES)
        .filter(|more| *more > 0)
    {
        *out += &format!("  and {more} more\n");
    }
    if let Some(Uncounted { commit, .. }) = uncounted
        .iter()
        .find(|found| matches!(found.line, UncountedLine::Header(_)))
    {
        *out += &format!(
            "To count what a body says, correct the commit: `[[override]]`, `commit = \"{}\"`, `message = \"…\"`\n",
            commit.short()
        );
    }
}

/// The settings by which the commits count, each with its line.
fn write_rules(out: &mut String, next: &NextVersion, config: &Config) {
    let rows = rules(next, config);
    let widest = rows
        .iter()
        .map(|(what, ..)| what.width())
        .max()
        .unwrap_or_default();
    if !rows.is_empty() {
        out.push_str("\nSettings:\n");
    }
    for (what, value, origin) in rows {
        let padding = " ".repeat(widest - what.width());
        *out += &format!("  {what}{padding}  {value:<5}  {origin}\n");
    }
}

/// The subject of a setting, its value, and its position.
type Row = (String, String, String);

fn rules(next: &NextVersion, config: &Config) -> Vec<Row> {
    let settings = &config.version;
    let by_type = |classified: &&ClassifiedCommit| classified.reason == Reason::Type;
    let types: BTreeMap<String, Bump> = next
        .commits
        .iter()
        .filter(by_type)
        .filter_map(|classified| {
            Some((
                classified.commit.kind_name()?.to_lowercase(),
                classified.bump,
            ))
        })
        .collect();
    let mut types: Vec<(String, Bump)> = types.into_iter().collect();
    types.sort_by_key(|(_, bump)| std::cmp::Reverse(*bump));
    let row = |what: &str, (key, value): (&str, &str), written: &str| {
        (
            what.to_owned(),
            value.to_owned(),
            origin(config, key, written),
        )
    };
    let mut rows = Vec::new();
    let is_breaking = next
        .commits
        .iter()
        .any(|classified| classified.reason == Reason::Breaking);
    let is_zero = next
        .base
        .as_ref()
        .is_some_and(|base| base.version.major == 0);
    if is_breaking {
        rows.push(row("breaking change", ("", "major"), ""));
    }
    if is_breaking && is_zero {
        let bump = settings.zero_breaking.as_str();
        rows.push(row(
            "  below 1.0.0",
            ("zero_breaking", bump),
            &format!("zero_breaking = \"{bump}\""),
        ));
    }
    for (kind, bump) in types {
        let named = settings.bumps.key_of(&kind);
        let key = format!("bumps.{named}");
        let written = format!("[bumps] {} = \"{}\"", quoted_key(named), bump.as_str());
        rows.push(row(&sanitise_line(&kind), (&key, bump.as_str()), &written));
        let shows_zero_feature =
            settings.zero_feature != Bump::Minor || config.location("zero_feature").is_some();
        if bump == Bump::Minor
            && is_zero
            && shows_zero_feature
            && !rows.iter().any(|row| row.2.contains("zero_feature"))
        {
            let bump = settings.zero_feature.as_str();
            rows.push(row(
                "  below 1.0.0",
                ("zero_feature", bump),
                &format!("zero_feature = \"{bump}\""),
            ));
        }
    }
    if next.base.is_none() {
        let initial = settings.initial_version().to_string();
        rows.push(row(
            "initial version",
            ("initial", &initial),
            &format!("initial = \"{initial}\""),
        ));
    }
    if settings.first_parent {
        rows.push(row(
            "merges",
            ("first_parent", "count"),
            "first_parent = true",
        ));
    }
    rows
}

/// `tollgate.toml:12  [bumps] deps = "patch"`, or that it holds by default.
fn origin(config: &Config, key: &str, written: &str) -> String {
    match config.location(key) {
        Some(place) => format!("{}:{}  {written}", sanitise_line(&place.file), place.line),
        None => "default".to_owned(),
    }
}

/// Overrides of commits outside of this range: they applied to another range, or have a typo.
fn write_unused_overrides(out: &mut String, versions: &Versions, config: &Config) {
    let commits = versions.units.iter().flat_map(|unit| &unit.next.commits);
    let applied: HashSet<&str> = commits
        .filter_map(ClassifiedCommit::override_)
        .map(|rule| rule.commit.as_str())
        .collect();
    let all = config
        .version
        .overrides
        .iter()
        .map(|rule| rule.commit.as_str());
    let irrelevant: Vec<&str> = all.filter(|commit| !applied.contains(commit)).collect();
    if !irrelevant.is_empty() {
        *out += &format!(
            "\nOverrides that match no commit in this range: {}\n",
            irrelevant.join(", ")
        );
    }
}

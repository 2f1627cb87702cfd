//! A release for people and for programs: the plan, what blocks it, and what was done.

use std::fmt::Write as _;

use serde::Serialize;

use super::json::{WireFinding, wire_findings};
use super::style::Style;
use super::version::{commit_header, deciding_commit, headline};
use super::{RenderOptions, counted, document, edits};
use crate::finding::Checked;
use crate::history::{NextVersion, Origin, Unit, Versions};
use crate::release::{
    Emergency, Event, FileEdit, FileRename, FollowUp, Plan, PlannedPush, PlannedTag, PushTarget,
    Released, TokenChange,
};
use crate::source::{self, ShellWords, sanitise, sanitise_line, shell_command};

/// What `release` plans to do, or did.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct WireRelease<'a> {
    schema_version: u8,
    releasable: Option<bool>,
    /// The next version of a repository without packages.
    next: Option<String>,
    tag: Option<String>,
    /// The next versions of packages.
    packages: Vec<WirePackage<'a>>,
    plan: Option<WirePlan<'a>>,
    findings: Vec<WireFinding<'a>>,
    released: Vec<WireReleased<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WirePackage<'a> {
    name: &'a str,
    /// The next version; null if it is unknown.
    next: Option<String>,
    tag: Option<String>,
    releasable: bool,
    /// The packages that it depends on and that have changes to release.
    bumped_by: &'a [String],
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WirePlan<'a> {
    base: String,
    branch: Option<&'a str>,
    files: Vec<WireFile<'a>>,
    /// The message of the release commit; null if there is no such commit.
    commit_message: Option<&'a str>,
    /// The tags: one, or one for each package that is released.
    tags: Vec<WireTag<'a>>,
    /// The target of the push; null if not pushed.
    push: Option<WirePush<'a>>,
    /// The emergency for which rules are bypassed; null if there is none.
    emergency: Option<WireEmergency<'a>>,
    /// The commands that run before the release.
    commands_before: Vec<&'a str>,
    /// The commands that run after the release.
    commands_after: Vec<&'a str>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireEmergency<'a> {
    ticket: &'a str,
    bypassed_rules: &'a [String],
    due_date: String,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WirePush<'a> {
    remote: &'a str,
    branch: &'a str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireTag<'a> {
    name: &'a str,
    /// The package of the tag; null for a tag of the whole repository.
    package: Option<&'a str>,
    version: String,
    /// The tag that the version is computed from.
    previous: Option<&'a str>,
    message: &'a str,
    notes: &'a str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireFile<'a> {
    path: &'a str,
    /// `added`, `modified`, or `renamed`.
    change: &'static str,
    /// The path before the release; null unless the file is renamed.
    renamed_from: Option<&'a str>,
    /// The replaced tokens of a version file; empty if the whole file is written.
    replacements: Vec<WireToken<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireToken<'a> {
    line: usize,
    before: &'a str,
    after: &'a str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireReleased<'a> {
    tags: &'a [String],
    commit: String,
    branch: &'a str,
    /// The target of the push; null if not pushed.
    pushed_to: Option<WirePush<'a>>,
    skipped_files: &'a [String],
}

/// A planned release.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlannedRelease<'a> {
    /// The versions and their reasons.
    pub(crate) versions: &'a Versions,
    /// The plan; `None` if there is nothing to release.
    pub(crate) plan: Option<&'a Plan>,
    /// The findings.
    pub(crate) checked: &'a Checked,
}

/// The document of `release --format json`; nothing is planned if an interrupted release is
/// finished.
#[must_use]
pub(crate) fn release_json(
    planned: Option<PlannedRelease<'_>>,
    released: Option<&Released>,
) -> String {
    let versions = planned.map(|planned| planned.versions);
    let next = versions.and_then(Versions::repository);
    let units = versions.map_or(&[][..], |versions| &versions.units);
    document(&WireRelease {
        schema_version: 1,
        releasable: versions.map(|versions| !versions.due().is_empty()),
        next: next.and_then(version_text),
        tag: next.and_then(NextVersion::tag),
        packages: units.iter().filter_map(wire_package).collect(),
        plan: planned.and_then(|planned| planned.plan).map(wire_plan),
        findings: planned.map_or_else(Vec::new, |planned| wire_findings(planned.checked)),
        released: released.into_iter().map(wire_released).collect(),
    })
}

/// A package; `None`: the unit is the repository.
fn wire_package(unit: &Unit) -> Option<WirePackage<'_>> {
    Some(WirePackage {
        name: unit.name.as_deref()?,
        next: version_text(&unit.next),
        tag: unit.next.tag(),
        releasable: unit.next.releasable,
        bumped_by: &unit.bumped_by,
    })
}

fn version_text(next: &NextVersion) -> Option<String> {
    next.version.as_ref().ok().map(ToString::to_string)
}

fn wire_plan(plan: &Plan) -> WirePlan<'_> {
    let edited = plan.edits.iter().map(wire_file);
    let files = edited.chain(plan.renames.iter().map(wire_rename));
    let emergency = plan.emergency.as_ref().map(
        |Emergency {
             ticket,
             bypassed,
             due,
         }| WireEmergency {
            ticket,
            bypassed_rules: bypassed,
            due_date: due.to_string(),
        },
    );
    WirePlan {
        emergency,
        base: plan.base.to_string(),
        branch: plan.branch.as_deref(),
        files: files.collect(),
        commit_message: plan.commit_message.as_deref(),
        tags: plan.tags.iter().map(wire_tag).collect(),
        push: plan.push.as_ref().map(|push| wire_push(&push.target)),
        commands_before: plan.before.iter().map(|hook| hook.run.as_str()).collect(),
        commands_after: plan.after.iter().map(|hook| hook.run.as_str()).collect(),
    }
}

fn wire_push(target: &PushTarget) -> WirePush<'_> {
    WirePush {
        remote: &target.remote,
        branch: &target.branch,
    }
}

fn wire_file(edit: &FileEdit) -> WireFile<'_> {
    fn token(change: &TokenChange) -> WireToken<'_> {
        WireToken {
            line: change.line,
            before: &change.before,
            after: &change.after,
        }
    }
    WireFile {
        path: &edit.path,
        change: if edit.before.is_none() {
            "added"
        } else {
            "modified"
        },
        renamed_from: None,
        replacements: edit.changes.iter().map(token).collect(),
    }
}

fn wire_rename(rename: &FileRename) -> WireFile<'_> {
    WireFile {
        path: &rename.to,
        change: "renamed",
        renamed_from: Some(&rename.from),
        replacements: Vec::new(),
    }
}

fn wire_tag(tag: &PlannedTag) -> WireTag<'_> {
    WireTag {
        name: &tag.name,
        package: tag.package.as_deref(),
        version: tag.version.to_string(),
        previous: tag.previous.as_deref(),
        message: &tag.message,
        notes: &tag.notes,
    }
}

fn wire_released(released: &Released) -> WireReleased<'_> {
    WireReleased {
        tags: &released.tags,
        commit: released.commit.to_string(),
        branch: &released.branch,
        pushed_to: released.pushed.as_ref().map(wire_push),
        skipped_files: &released.skipped_files,
    }
}

/// The maximum number of changelog lines that a plan shows, since a first release contains all of
/// history.
const MAX_NOTES: usize = 60;

/// Writes what a release would do: the versions and their reasons, the files, the commit, the tags,
/// and the changelog.
#[must_use]
pub(crate) fn release_plan(versions: &Versions, plan: &Plan, options: RenderOptions) -> String {
    let due = versions.due();
    let released: Vec<&str> = due
        .iter()
        .filter_map(|due| due.unit.name.as_deref())
        .collect();
    let mut out = due
        .iter()
        .map(|due| describe_version(due.unit, &released, options))
        .collect::<Vec<_>>()
        .join("\n");
    let title = |text: &str| options.paint(Style::Bold, text);
    let mut line =
        |text: String| writeln!(out, "{}", text.trim_end()).expect("a string takes any text");
    line(String::new());
    let branch = plan
        .branch
        .as_deref()
        .map_or_else(|| "a detached HEAD".to_owned(), short_branch);
    let tagged = match &plan.commit_message {
        Some(message) => {
            for text in release_commit(plan, message, &branch, options) {
                line(text);
            }
            String::new()
        }
        None => format!(", on {} of {branch}", plan.base.short()),
    };
    for tag in &plan.tags {
        let tag = sanitise_line(&tag.name);
        line(title("Tag:") + &format!("    `{tag}`, annotated{tagged}"));
    }
    if let Some(PlannedPush {
        target: PushTarget { remote, branch },
        ..
    }) = &plan.push
    {
        let remote = sanitise_line(remote);
        let pushed = match plan.commit_message {
            Some(_) => format!("commit and tags to {} of `{remote}`", short_branch(branch)),
            None => format!("only tags, to `{remote}`"),
        };
        line(title("Push:") + &format!("   {pushed}"));
    }
    if let Some(Emergency {
        ticket,
        bypassed,
        due,
    }) = &plan.emergency
    {
        let rules = if bypassed.is_empty() {
            "nothing".to_owned()
        } else {
            bypassed.join(", ")
        };
        line(
            title("Emergency:")
                + &format!(
                    " `{}` bypasses {rules} (close the ticket by {due})",
                    sanitise_line(ticket)
                ),
        );
    }
    for (when, hooks) in [("Before:", &plan.before), ("After: ", &plan.after)] {
        hooks
            .iter()
            .for_each(|hook| line(title(when) + &format!(" `{}`", sanitise_line(&hook.run))));
    }
    out + &notes(plan, options)
}

/// The files that a release changes, and its commit, line by line.
fn release_commit(plan: &Plan, message: &str, branch: &str, options: RenderOptions) -> Vec<String> {
    let title = |text: &str| options.paint(Style::Bold, text);
    let mut lines = vec![title("Files:")];
    for edit in &plan.edits {
        let change = if edit.before.is_none() {
            "new"
        } else {
            "changed"
        };
        lines.push(format!("  {change:<8} {}", sanitise_line(&edit.path)));
        let changes = edits::describe_changes(edit).into_iter();
        lines.extend(changes.map(|change| format!("           {change}")));
    }
    for rename in &plan.renames {
        let (from, to) = (sanitise_line(&rename.from), sanitise_line(&rename.to));
        lines.push(format!("  renamed  {from} → {to}"));
    }
    if plan.edits.is_empty() && plan.renames.is_empty() {
        lines.push("  none".to_owned());
    }
    let message = sanitise_line(message.lines().next().unwrap_or_default());
    let base = plan.base.short();
    lines.push(title("Commit:") + &format!(" `{message}` on {branch}, after {base}"));
    lines
}

/// The first lines of the changelog of each released version.
fn notes(plan: &Plan, options: RenderOptions) -> String {
    let mut out = String::new();
    let mut line =
        |text: String| writeln!(out, "{}", text.trim_end()).expect("a string takes any text");
    for tag in plan.tags.iter().filter(|tag| !tag.notes.is_empty()) {
        line(String::new());
        let of = tag
            .package
            .as_ref()
            .map(|name| format!(" of `{}`", sanitise_line(name)))
            .unwrap_or_default();
        let title = match plan.commit_message {
            Some(_) => "Changelog",
            None => "Notes",
        };
        line(options.paint(Style::Bold, format!("{title}{of}:")));
        let notes = sanitise(&tag.notes);
        for note in notes.lines().take(MAX_NOTES) {
            line(format!("  {note}"));
        }
        let more = notes.lines().count().saturating_sub(MAX_NOTES);
        if more > 0 {
            line(format!(
                "  and {} (run `tollgate changelog --unreleased` to see them)",
                counted(more, "more line")
            ));
        }
    }
    out
}

/// A few lines about a released unit: its version and the reason. `released` are all packages of
/// the release.
fn describe_version(unit: &Unit, released: &[&str], options: RenderOptions) -> String {
    let Unit {
        name,
        next,
        bumped_by,
    } = unit;
    let mut out = String::new();
    let mut line = |text: String| writeln!(out, "{text}").expect("a string takes any text");
    if let Some(name) = name {
        line(options.paint(Style::Bold, format!("Package `{}`", sanitise_line(name))));
    }
    line(options.paint(Style::Bold, headline(next)));
    if let Some(commit) = deciding_commit(next) {
        line(format!(
            "Decided by:   {} {}",
            commit.commit.id.short(),
            commit_header(commit)
        ));
    }
    let since = next
        .base
        .as_ref()
        .map(|base| format!(" since `{}`", sanitise_line(&base.tag)))
        .unwrap_or_default();
    line(format!(
        "Commits:      {}{since}",
        counted(next.commits.len(), "commit")
    ));
    if !bumped_by.is_empty() {
        let (inside, outside): (Vec<_>, Vec<_>) = bumped_by
            .iter()
            .cloned()
            .partition(|name| released.contains(&name.as_str()));
        let is_reason = next.origin == Origin::Commits && deciding_commit(next).is_none();
        let title = if is_reason {
            "Because of:  "
        } else {
            "Depends on:  "
        };
        if !inside.is_empty() {
            let are = if inside.len() == 1 { "is" } else { "are" };
            line(format!(
                "{title} {}, which {are} also released",
                quoted_list(&inside)
            ));
        }
        if !outside.is_empty() {
            line(format!(
                "{title} unreleased changes in {}, which this release does not include",
                quoted_list(&outside)
            ));
        }
    }
    out
}

/// A step of a release, in a line.
#[must_use]
pub(crate) fn release_step(step: Event<'_>) -> String {
    match step {
        Event::CheckingRemote(remote) => format!("Checking `{remote}`"),
        Event::ObjectsWritten(Some(commit), tags) => {
            format!(
                "Created commit {} and {}; no branch or tag refers to them yet",
                commit.short(),
                quoted_list(tags)
            )
        }
        Event::ObjectsWritten(None, tags) => {
            format!("Prepared {}; no tag is visible yet", quoted_list(tags))
        }
        Event::Started => {
            "Release started; if it is interrupted, run the command again to finish it".to_owned()
        }
        Event::Pushing(remote) => format!("Pushing to `{remote}`"),
        Event::RunningCommand(command) => format!("Running `{command}`"),
        Event::Output(line) => format!("  {line}"),
        Event::Published(remote) => format!("`{remote}` accepted the push; the release is public"),
        Event::BranchMoved(branch) => format!("Moved branch {}", short_branch(branch)),
        Event::TagsCreated(tags) => format!("Created {}", quoted_list(tags)),
        Event::WorkTreeUpdated => "Updated the working tree".to_owned(),
        Event::LockRemains(error) => {
            format!(
                "warning: {error}\n  help: the release was made; remove the lock, or the next release may be refused"
            )
        }
    }
}

/// Names in backticks, separated by commas, fit for a terminal.
pub(crate) fn quoted_list(tags: &[String]) -> String {
    source::quoted_list(tags.iter().map(|tag| sanitise_line(tag)))
}

/// Writes what was released, which files were skipped, and how to publish or undo the release.
#[must_use]
pub(crate) fn release_summary(released: &Released) -> String {
    let tags: Vec<String> = released.tags.iter().map(|tag| sanitise_line(tag)).collect();
    let (tags, commit) = (source::quoted_list(&tags), released.commit.short());
    let branch = short_branch(&released.branch);
    let mut out = if released.has_commit() {
        format!("Released {tags}: commit {commit} on {branch}\n")
    } else {
        format!("Released {tags}, on commit {commit} of {branch}\n")
    };
    if !released.skipped_files.is_empty() {
        out.push_str("These files changed during the release and were not updated. To get the released content:\n");
    }
    for path in &released.skipped_files {
        let commit = released.commit;
        let command = shell_command!("git restore --source={commit} -- {path}", commit, path);
        writeln!(out, "  {}", sanitise_line(&command)).expect("a string takes any text");
    }
    out + &match &released.pushed {
        None => format!(
            "To publish it: {}\nTo undo it:    {}\n",
            publish_command(released),
            undo_command(released)
        ),
        Some(PushTarget { remote, .. }) if !released.has_commit() => format!(
            "Pushed to `{}`. The release is public; its tag will not be removed.\nTo undo it:    revert the faulty commits with `git revert` and make a new release\n",
            sanitise_line(remote)
        ),
        Some(PushTarget { remote, branch }) => format!(
            "Pushed to {} of `{}`. The release is public; its tag will not be removed.\nTo undo it:    revert the faulty commits with `git revert` and make a new release\n",
            short_branch(branch),
            sanitise_line(remote)
        ),
    }
}

/// The command that pushes a release to the same target as `--push`.
fn publish_command(released: &Released) -> String {
    let branch_name = |branch: &str| {
        let short = branch.strip_prefix("refs/heads/").unwrap_or(branch);
        short.to_owned()
    };
    let PushTarget {
        remote,
        branch: remote_branch,
    } = match &released.push_target {
        Ok(target) => target,
        Err(reason) => {
            let lines: Vec<_> = reason.iter().map(|line| sanitise_line(line)).collect();
            return lines.join("\n               ");
        }
    };
    let tags = ShellWords::new(&released.tags);
    if !released.has_commit() {
        return sanitise_line(&shell_command!(
            "git push --atomic {remote} {tags}",
            remote,
            tags
        ));
    }
    let (local_branch, remote_branch) = (branch_name(&released.branch), branch_name(remote_branch));
    let branch = if local_branch == remote_branch {
        local_branch
    } else {
        format!("{local_branch}:{remote_branch}")
    };
    sanitise_line(&shell_command!(
        "git push --atomic {remote} {branch} {tags}",
        remote,
        branch,
        tags
    ))
}

/// The command that undoes an unpublished release and keeps work above the release commit.
fn undo_command(released: &Released) -> String {
    let tags = ShellWords::new(&released.tags);
    sanitise_line(&if !released.has_commit() {
        shell_command!("git tag -d {tags}", tags)
    } else if released.is_tip {
        let base = released.base;
        shell_command!("git tag -d {tags} && git reset --keep {base}", tags, base)
    } else {
        let commit = released.commit;
        shell_command!("git tag -d {tags} && git revert {commit}", tags, commit)
    })
}

/// The rules that an emergency release bypassed, after it was made.
#[must_use]
pub(crate) fn bypass_notice(emergency: &Emergency) -> String {
    let Emergency {
        ticket,
        bypassed,
        due,
    } = emergency;
    let rules = if bypassed.is_empty() {
        "nothing".to_owned()
    } else {
        bypassed.join(", ")
    };
    let ticket = sanitise_line(ticket);
    format!(
        "Bypassed {rules} for the emergency `{ticket}`; run `tollgate status` to see what is still required by {due}.\n"
    )
}

/// What an emergency release still requires, in a line.
#[must_use]
pub(crate) fn follow_up_line(follow_up: &FollowUp) -> String {
    let FollowUp { tag, .. } = follow_up;
    format!(
        "{}\n",
        sanitise_line(&format!(
            "`{tag}` {}; {}",
            follow_up.describe_bypass(),
            follow_up.describe_obligations()
        ))
    )
}

fn short_branch(branch: impl AsRef<str>) -> String {
    let branch = branch.as_ref();
    format!(
        "`{}`",
        sanitise_line(branch.strip_prefix("refs/heads/").unwrap_or(branch))
    )
}

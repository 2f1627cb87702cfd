//! `tollgate release`: shows what a release would do, and does it.

use crate::app::release::{
    Proposal, Push, ReleaseOptions, ReleaseOutcome, find_unpublished, make_release, plan_release,
    resume_release,
};
use crate::cli::ExitStatus;
use crate::cli::context::Context;
use crate::cli::document_format::{DocumentFormat, TextOrJson};
use crate::cli::next::VersionArgs;
use crate::cli::sign_off::{self, SignOffArgs};
use crate::cli::version_hints::{ConfigFrom, hint_at_tags, note_uncommitted_config};
use crate::document::quoted;
use crate::error::{Error, Result};
use crate::finding::{Checked, Place, Severity};
use crate::format::{self, PlannedRelease};
use crate::git::{self, Repository};
use crate::release::{Event, Progress, Purpose, Released, UnversionedWorkspace};
use crate::source::{sanitise_line, shell_word};

/// Preview a release, or make it with --execute.
///
/// A release is one commit that updates the changelog and the version files, and an annotated tag
/// (one per package). If `release.via` is `tag`, there is no commit. A release is all or nothing:
/// `tollgate release --execute` finishes an interrupted one. `--push` pushes the commit and the tags
/// atomically; if the remote rejects them, nothing changes. The `before` and `after` commands in the
/// configuration run before and after the release. `--emergency` bypasses approvals, freezes, and
/// other findings; the tag records what was bypassed.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tollgate release                      preview the plan and what blocks it\n  \
                        tollgate release --execute            make the release\n  \
                        tollgate release --execute --push     make and publish it\n  \
                        tollgate release --package core       one package, without its dependents\n  \
                        tollgate release --emergency hotfix   preview what an emergency bypasses"
)]
pub(super) struct Args {
    #[command(flatten)]
    version_args: VersionArgs,
    /// Release only this package, not its dependents.
    #[arg(long, value_name = "NAME")]
    package: Option<String>,
    /// Preview the release (the default).
    #[arg(long, conflicts_with_all = ["execute", "abort"])]
    dry_run: bool,
    /// Make the release, or finish an interrupted one.
    #[arg(long)]
    execute: bool,
    /// Push the commit and tags [default: the remote that `git push` uses].
    #[arg(long, value_name = "REMOTE", num_args = 0..=1, require_equals = true)]
    push: Option<Option<String>>,
    /// Bypass rules for the whole release, citing this emergency ticket.
    #[arg(long, value_name = "ID")]
    emergency: Option<String>,
    /// Discard an interrupted release, if no branch or tag refers to it yet.
    #[arg(long, conflicts_with_all = ["execute", "push", "package", "pre", "bump", "set_version", "build", "emergency", "format", "json"])]
    abort: bool,
    #[command(flatten)]
    sign_off: SignOffArgs,
    #[command(flatten)]
    format: DocumentFormat,
}

impl Args {
    fn push(&self) -> Push {
        match &self.push {
            None => Push::No,
            Some(None) => Push::AsConfigured,
            Some(Some(remote)) => Push::To(remote.clone()),
        }
    }

    /// The command that makes the release that these options describe.
    fn command(&self, ctx: &Context) -> String {
        let mut words: Vec<String> = ["tollgate", "release", "--execute"]
            .map(str::to_owned)
            .into();
        match &self.push {
            None => {}
            Some(None) => words.push("--push".to_owned()),
            Some(Some(remote)) => words.push(format!("--push={remote}")),
        }
        words.extend(self.version_args.to_args());
        let config = ctx.config.as_ref().map(|file| file.display().to_string());
        let named = [
            ("--package", &self.package),
            ("--emergency", &self.emergency),
            ("--config", &config),
        ];
        let named = named
            .into_iter()
            .filter_map(|(name, value)| Some([name.to_owned(), value.clone()?]));
        words.extend(named.flatten());
        words
            .iter()
            .map(|word| shell_word(&sanitise_line(word)))
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// Prints each step on standard error, and stops after a signal.
struct ProgressPrinter<'a>(&'a Context);

impl Progress for ProgressPrinter<'_> {
    fn report(&mut self, step: Event<'_>) {
        self.0.hint(&format::release_step(step));
    }

    fn is_cancelled(&self) -> bool {
        self.0.interrupts.is_interrupted()
    }
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    let repository = ctx.repository()?;
    if args.abort {
        return abort(&repository, ctx);
    }
    let purpose = if args.execute {
        Purpose::Execution
    } else {
        Purpose::Preview
    };
    let options = ReleaseOptions {
        purpose,
        directory: ctx.directory.clone(),
        config: ctx.config.clone(),
        package: args.package.clone(),
        version: args.version_args.options(),
        push: args.push(),
        emergency: args.emergency.clone(),
        now: ctx.now,
    };
    if args.sign_off.sign_off {
        return sign_off::run(&args.sign_off, &options, ctx);
    }
    if args.execute {
        refuse_within_hook()?;
        ctx.interrupts.register()?;
        if let Some(finished) = resume_release(&repository, &options, &mut ProgressPrinter(ctx))? {
            ctx.hint(
                "Finished the interrupted release. Run the command again to make another one.",
            );
            report(args, None, Some(&finished.released), ctx);
            return Ok(report_hook_error(&finished, ctx));
        }
    } else if let tags @ [_, ..] = &*git::pending(&repository)? {
        return Err(Error::unfinished(
            format!(
                "the release of {} was started and is not finished",
                format::quoted_list(tags)
            ),
            "finish it with `tollgate release --execute`, or discard it with `tollgate release --abort`",
        ));
    }
    note_uncommitted_config(ConfigFrom::Head, &repository, ctx);
    let proposal = plan_release(&repository, &options, &mut ProgressPrinter(ctx))?;
    hint_at_tags(&proposal.versions, &repository, ctx);
    for unit in &proposal.versions.units {
        args.version_args.warn_of_raised(&unit.next, ctx);
    }
    if !proposal.left_behind.is_empty() {
        ctx.hint(&format!(
            "warning: {} {} on this package and will not be released\n  help: omit `--package` to release dependents too",
            format::quoted_list(&proposal.left_behind),
            if proposal.left_behind.len() == 1 { "depends" } else { "depend" }
        ));
    }
    warn_of_skipped(&proposal.skipped, ctx);
    proposal.remarks.iter().for_each(|remark| ctx.hint(remark));
    execute_or_preview(args, &repository, &options, &proposal, ctx)
}

/// Warns about workspaces whose files keep their versions.
pub(super) fn warn_of_skipped(skipped: &[UnversionedWorkspace], ctx: &Context) {
    for UnversionedWorkspace { path, members } in skipped {
        let path = sanitise_line(path);
        let member = members
            .first()
            .map(|member| quoted(&sanitise_line(member)))
            .unwrap_or_default();
        ctx.hint(&format!(
            "warning: `{path}` has no version to publish, so its workspace is not updated\n  \
             help: under `[release]`, list the members that have the repository's version:\n        \
             version_files = [{member}]\n        \
             or, if they have versions of their own, add a `[[package]]` for each;\n        \
             or, if no file has the version, set `version_files = []`"
        ));
    }
}

fn execute_or_preview(
    args: &Args,
    repository: &Repository,
    options: &ReleaseOptions,
    proposal: &Proposal,
    ctx: &mut Context,
) -> Result<ExitStatus> {
    let plan = proposal
        .plan
        .as_ref()
        .filter(|_| args.execute && !proposal.is_blocked());
    if plan.is_some() && !proposal.checked.findings.is_empty() {
        ctx.hint(&format::findings_in_brief(&proposal.checked));
    }
    let outcome = plan
        .map(|plan| make_release(repository, options, plan, &mut ProgressPrinter(ctx)))
        .transpose()?;
    report(
        args,
        Some(proposal),
        outcome.as_ref().map(|outcome| &outcome.released),
        ctx,
    );
    match &outcome {
        Some(outcome) => Ok(report_hook_error(outcome, ctx)),
        None if proposal.is_blocked() => Ok(ExitStatus::Failure),
        None if proposal.plan.is_some() => Ok(ExitStatus::Success),
        None => {
            let unpublished = find_unpublished(
                repository,
                &options.push,
                &proposal.versions,
                &mut ProgressPrinter(ctx),
            )?;
            let Some(error) = unpublished else {
                return Ok(ExitStatus::Success);
            };
            ctx.report_failure(&error);
            Ok(ExitStatus::Failure)
        }
    }
}

/// Reports a failed command after the release, which does not undo the release.
fn report_hook_error(outcome: &ReleaseOutcome, ctx: &Context) -> ExitStatus {
    let Some(error) = &outcome.hook_error else {
        return ExitStatus::Success;
    };
    ctx.report_failure(error);
    ExitStatus::Failure
}

/// Refuses a release inside a hook of a release, which would never end.
#[expect(
    clippy::disallowed_methods,
    reason = "a release tells its commands by the environment that they are its own"
)]
fn refuse_within_hook() -> Result<()> {
    if std::env::var_os("TOLLGATE_HOOK").is_none() {
        return Ok(());
    }
    let message = "a release hook cannot make a release";
    Err(Error::refused(
        message,
        "remove the command from `release.before` and `release.after`",
    ))
}

fn report(args: &Args, proposal: Option<&Proposal>, outcome: Option<&Released>, ctx: &mut Context) {
    let text = match (args.format.get(), outcome, proposal) {
        (TextOrJson::Json, ..) => {
            let planned = proposal.map(|proposal| PlannedRelease {
                versions: &proposal.versions,
                plan: proposal.plan.as_ref(),
                checked: &proposal.checked,
            });
            format::release_json(planned, outcome)
        }
        (TextOrJson::Text, Some(outcome), planned) => {
            let emergency = planned.and_then(|proposal| proposal.plan.as_ref()?.emergency.as_ref());
            format::release_summary(outcome)
                + &emergency.map(format::bypass_notice).unwrap_or_default()
        }
        (TextOrJson::Text, None, Some(proposal)) => describe(args, proposal, ctx),
        (TextOrJson::Text, None, None) => String::new(),
    };
    ctx.out.push_str(&text);
}

/// The plan and the findings, or that there is nothing to release.
fn describe(args: &Args, proposal: &Proposal, ctx: &Context) -> String {
    match &proposal.plan {
        None => {
            let nothing = match proposal.versions.repository() {
                Some(next) => format!("{}\n", format::headline(next)),
                None => "Nothing to release: no package has changes to release\n".to_owned(),
            };
            let nothing = nothing
                + &proposal
                    .follow_ups
                    .iter()
                    .map(format::follow_up_line)
                    .collect::<String>();
            if proposal.checked.findings.is_empty() {
                return nothing;
            }
            format!(
                "{nothing}\n{}{}",
                format::release_findings(&proposal.checked, ctx.render_options),
                override_help(&proposal.checked)
            )
        }
        Some(plan) => {
            let approvals = proposal
                .approvals
                .iter()
                .map(|ticket| format!("{}.\n", sanitise_line(&ticket.describe())));
            let sign_offs = proposal.sign_offs.iter();
            let sign_offs = sign_offs.filter(|sign_off| sign_off.result.is_approved());
            let sign_offs = sign_offs.map(|one| {
                let line = format!("{}: {}.", one.file.name(), one.describe());
                format!("{}\n", sanitise_line(&line))
            });
            let approvals = approvals.chain(sign_offs);
            let found = format::release_findings(&proposal.checked, ctx.render_options);
            let then = if proposal.is_blocked() {
                "Nothing was changed. Fix the errors above and try again.".to_owned()
            } else {
                let what = if plan.push.is_some() {
                    "make and publish"
                } else {
                    "make"
                };
                format!("Run `{}` to {what} this release.", args.command(ctx))
            };
            let plan = format::release_plan(&proposal.versions, plan, ctx.render_options);
            format!(
                "{plan}{}\n{found}{then}\n{}",
                approvals.collect::<String>(),
                override_help(&proposal.checked)
            )
        }
    }
}

/// How to override commits whose messages can't be changed any more; empty if none has an error.
fn override_help(checked: &Checked) -> String {
    let errors = checked
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error);
    let commits = errors.filter_map(|finding| match &finding.place {
        Place::Commit(id) if finding.rule.starts_with("commit/") => Some(id),
        _ => None,
    });
    let mut commits: Vec<&String> = commits.collect();
    commits.dedup();
    let Some(id) = commits.first() else {
        return String::new();
    };
    let short = id.get(..12).unwrap_or(id);
    let (which, what) = match commits.len() {
        1 => (format!("commit {short}"), "this"),
        _ => (
            format!("a commit, such as {short}"),
            "an entry like this for each",
        ),
    };
    format!(
        "help: to correct the message of {which}, or to skip the commit, add {what} to the configuration:\n  \
         [[override]]\n  commit = \"{id}\"\n  skip = \"the reason\"  # or message = \"fix: ...\"\n"
    )
}

fn abort(repository: &Repository, ctx: &mut Context) -> Result<ExitStatus> {
    let discarded = git::abort(repository, &mut ProgressPrinter(ctx))?;
    ctx.line(&match &*discarded {
        [] => "There is no interrupted release to discard.".to_owned(),
        tags => format!(
            "Discarded the interrupted release of {}.",
            format::quoted_list(tags)
        ),
    });
    Ok(ExitStatus::Success)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Finding;
    use crate::source::{Label, Span};

    fn help(commits: &[char]) -> String {
        let finding = |digit: &char| Finding {
            rule: "commit/unparsed",
            severity: Severity::Error,
            place: Place::Commit(digit.to_string().repeat(40)),
            label: Label::new(Span::default(), ""),
            related: Vec::new(),
            message: String::new(),
            help: String::new(),
            fix: None,
            anchor: String::new(),
        };
        override_help(&Checked {
            findings: commits.iter().map(finding).collect(),
            ..Checked::default()
        })
    }

    #[test]
    fn one_commit_with_two_errors_is_overridden_once() {
        let help = help(&['a', 'a']);
        assert!(
            help.contains("the message of commit aaaaaaaaaaaa,"),
            "{help}"
        );
    }

    #[test]
    fn each_of_several_commits_needs_an_override() {
        let help = help(&['a', 'b']);
        assert!(help.contains("a commit, such as aaaaaaaaaaaa,"), "{help}");
        assert!(help.contains("an entry like this for each"), "{help}");
    }
}

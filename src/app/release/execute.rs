//! The entry point for making a release: runs the configured commands before and after it, and
//! carries it out with `git`.
//!
//! The commands come from the commit that is released, or from a named configuration; both are
//! trusted. The release is made from a commit, so changes of the work tree by a command are not
//! part of it.

use std::io::Write as _;
use std::process::Command;

use semver::Version;

use crate::app::release::{ReleaseOptions, RemoteCheck, propose};
use crate::commit::{Id, RawTag, body, strip_signature};
use crate::config::ReleaseHook;
use crate::document::format_duration;
use crate::error::{Error, Result};
use crate::finding::Severity;
use crate::git::{self, Repository, TagObject};
use crate::process::{Completion, Observer, Process, Stream, describe_exit, shown_line};
use crate::release::{Event, Plan, Progress, Released};
use crate::source::{quoted_list, shell_word};
use crate::version::from_tag;
use crate::workspace::{Workspace, absolute, named_configuration};

/// How many of the last lines of a command's output an error repeats.
const MAX_KEPT_LINES: usize = 12;

/// The result of a release.
#[derive(Debug)]
#[non_exhaustive]
pub struct ReleaseOutcome {
    /// The release.
    pub released: Released,
    /// Why a command after the release failed; the release itself is complete.
    pub hook_error: Option<Error>,
}

/// The release, as commands see it in their environment variables.
struct HookEnv<'a> {
    stage: HookStage,
    repository: &'a Repository,
    /// The names of the tags.
    tags: Vec<String>,
    /// The versions, in the order of the tags.
    versions: Vec<String>,
    branch: &'a str,
    base: Id,
    /// The release commit, once it exists.
    commit: Option<Id>,
    /// The release's section of the changelog.
    notes: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HookStage {
    Before,
    After,
}

/// Runs the commands before a release, carries it out, and runs those after it.
///
/// The commands run only if the release can be carried out at that time. `options` are those of
/// `plan`: it is planned again after the commands, since they may change the tags.
///
/// # Errors
///
/// Fails if a command before the release fails, takes too long, changes a tracked file or changes
/// the plan, and if the release cannot be carried out: see [`git::apply`].
pub fn make_release(
    repository: &Repository,
    options: &ReleaseOptions,
    plan: &Plan,
    progress: &mut dyn Progress,
) -> Result<ReleaseOutcome> {
    if !plan.before.is_empty() {
        run_before(repository, plan, progress)?;
        refuse_changed_plan(repository, options, plan, progress)?;
    }
    let released = git::apply(repository, plan, progress)?;
    run_after(repository, released, &plan.after, progress)
}

/// Finishes an interrupted release and runs the commands after it; `None` if no release is pending.
///
/// Of the options, only those of the configuration matter.
///
/// # Errors
///
/// Fails if it cannot be finished: see [`git::resume`].
pub fn resume_release(
    repository: &Repository,
    options: &ReleaseOptions,
    progress: &mut dyn Progress,
) -> Result<Option<ReleaseOutcome>> {
    let Some(released) = git::resume(repository, progress)? else {
        return Ok(None);
    };
    let config = match &options.config {
        Some(file) => named_configuration(&absolute(&options.directory)?, file),
        None => repository
            .tree(released.base)
            .and_then(|tree| Workspace::config_of(&tree)),
    };
    match config {
        Ok(config) => run_after(repository, released, &config.release.after, progress).map(Some),
        Err(error) => Ok(Some(ReleaseOutcome {
            released,
            hook_error: Some(error),
        })),
    }
}

fn run_before(repository: &Repository, plan: &Plan, progress: &mut dyn Progress) -> Result<()> {
    // The commands may take long, so whatever can be refused early is checked before them, and
    // again after them.
    git::check_plan(repository, plan, progress)?;
    let env = HookEnv {
        stage: HookStage::Before,
        repository,
        tags: plan.tags.iter().map(|tag| tag.name.clone()).collect(),
        versions: plan
            .tags
            .iter()
            .map(|tag| tag.version.to_string())
            .collect(),
        branch: plan.branch.as_deref().unwrap_or_default(),
        base: plan.base,
        commit: None,
        notes: plan
            .tags
            .iter()
            .map(|tag| body(&tag.message))
            .collect::<Vec<_>>()
            .join("\n\n"),
    };
    for hook in &plan.before {
        env.run(hook, progress)?;
        if let Some(path) = repository.changed_files()?.first() {
            let message = format!(
                "the `before` command `{}` changed `{path}`; nothing was released",
                hook.run
            );
            let help = "commit the change first, or make the command write untracked files only";
            return Err(Error::refused(message, help));
        }
    }
    Ok(())
}

/// Refuses a release whose plan changed while the commands before it ran.
fn refuse_changed_plan(
    repository: &Repository,
    options: &ReleaseOptions,
    plan: &Plan,
    progress: &mut dyn Progress,
) -> Result<()> {
    if repository.branch()? != plan.branch || repository.resolve("HEAD")? != plan.base {
        // `git::apply` refuses the release and reports what has moved.
        return Ok(());
    }
    // `git::apply` queries the remote again; once is enough.
    let proposal = propose(repository, options, RemoteCheck::Skip, progress)?;
    if proposal.plan.as_ref() != Some(plan) {
        let names = |plan: &Plan| quoted_list(plan.tags.iter().map(|tag| &tag.name));
        let help = match &proposal.plan {
            None => format!(
                "{} was planned, but now there is nothing to release; run the command again",
                names(plan)
            ),
            Some(new_plan) if names(new_plan) == names(plan) => {
                format!(
                    "the plan for {} has changed; run the command again",
                    names(plan)
                )
            }
            Some(new_plan) => {
                format!(
                    "{} was planned, but now it would be {}; run the command again",
                    names(plan),
                    names(new_plan)
                )
            }
        };
        let message =
            "the version tags changed while the `before` commands ran; nothing was released";
        return Err(Error::refused(message, help));
    }
    match proposal
        .checked
        .findings
        .iter()
        .find(|finding| finding.severity == Severity::Error)
    {
        None => Ok(()),
        Some(finding) => Err(Error::refused(
            format!(
                "the release was blocked after the `before` commands ran: {}",
                finding.message
            ),
            "nothing was released; run `tollgate release` to see what is blocking it",
        )),
    }
}

/// Runs the commands after a release, up to the first that fails.
fn run_after(
    repository: &Repository,
    released: Released,
    hooks: &[ReleaseHook],
    progress: &mut dyn Progress,
) -> Result<ReleaseOutcome> {
    if hooks.is_empty() {
        return Ok(ReleaseOutcome {
            released,
            hook_error: None,
        });
    }
    let env = HookEnv {
        stage: HookStage::After,
        repository,
        versions: released.tags.iter().map(|tag| version_in(tag)).collect(),
        notes: notes(repository, &released.tags)?,
        tags: released.tags.clone(),
        branch: &released.branch,
        base: released.base,
        commit: Some(released.commit),
    };
    let failed = hooks.iter().enumerate().find_map(|(at, hook)| {
        let error = env.run(hook, progress).err()?;
        Some(env.with_manual_commands(error, &hooks[at..]))
    });
    Ok(ReleaseOutcome {
        released,
        hook_error: failed,
    })
}

/// The version at the end of a tag's name.
fn version_in(tag: &str) -> String {
    let versions = tag
        .char_indices()
        .filter_map(|(at, _)| from_tag(tag, &tag[..at]));
    versions
        .map(|version: Version| version.to_string())
        .next()
        .unwrap_or_default()
}

/// The release notes in the tags.
fn notes(repository: &Repository, tags: &[String]) -> Result<String> {
    let mut notes = Vec::new();
    for tag in tags {
        if let Some(TagObject::Annotated { object, .. }) = repository.tag_object(tag)?
            && let Some(raw) = RawTag::parse(&object)
        {
            notes.push(body(&String::from_utf8_lossy(strip_signature(raw.message))).to_owned());
        }
    }
    Ok(notes.join("\n\n"))
}

impl HookEnv<'_> {
    /// Runs one command in the root of the work tree.
    ///
    /// Fails if it cannot be started, does not succeed, or takes too long.
    fn run(&self, hook: &ReleaseHook, progress: &mut dyn Progress) -> Result<()> {
        let Some(root) = self.repository.root() else {
            return Err(self.failed(
                hook,
                "needs a working tree, but the repository is bare",
                &[],
            ));
        };
        progress.report(Event::RunningCommand(&hook.run));
        let notes = self.notes_file()?;
        let mut command = shell(&hook.run);
        command
            .current_dir(root)
            .env("TOLLGATE_NOTES", notes.path())
            .env("TOLLGATE_HOOK", self.stage_name());
        command.envs(self.variables());
        let mut output = HookOutput {
            progress,
            last_lines: Vec::new(),
        };
        let completion = Process::new(command)
            .with_timeout(hook.timeout)
            .in_own_group()
            .run(&mut output)
            .map_err(|error| {
                self.failed(hook, "cannot be started", &[])
                    .with_source(error)
            })?;
        let last_lines = output.last_lines;
        match completion {
            Completion::Exited(status) if status.success() => Ok(()),
            Completion::Exited(status) => {
                Err(self.failed(hook, &describe_exit(status), &last_lines))
            }
            Completion::TimedOut => {
                let why = format!(
                    "took longer than {} and was stopped",
                    format_duration(hook.timeout)
                );
                Err(self.failed(hook, &why, &last_lines))
            }
            Completion::Stopped => {
                let message = format!(
                    "interrupted in the `{}` command `{}`; {}",
                    self.stage_name(),
                    hook.run,
                    self.release_state()
                );
                Err(Error::interrupted(message))
            }
        }
    }

    /// The variables of every command, besides its stage and the file with the release notes.
    fn variables(&self) -> [(&'static str, String); 5] {
        [
            ("TOLLGATE_VERSION", self.versions.join(" ")),
            ("TOLLGATE_TAG", self.tags.join(" ")),
            (
                "TOLLGATE_BRANCH",
                self.branch
                    .strip_prefix("refs/heads/")
                    .unwrap_or(self.branch)
                    .to_owned(),
            ),
            ("TOLLGATE_BASE", self.base.to_string()),
            (
                "TOLLGATE_COMMIT",
                self.commit
                    .map(|commit| commit.to_string())
                    .unwrap_or_default(),
            ),
        ]
    }

    /// Adds to the failure of the first of these commands how to run them by hand, since no release
    /// runs them again.
    fn with_manual_commands(&self, error: Error, hooks: &[ReleaseHook]) -> Error {
        let mut env: Vec<String> = error.help().map(str::to_owned).into_iter().collect();
        env.push(match hooks {
            [_] => "this command will not run again; to run it by hand in a shell:".to_owned(),
            [_, _] => "this command and the `after` command that was not started will not run again; to run them by hand in a shell:".to_owned(),
            _ => format!(
                "this command and the {} `after` commands that were not started will not run again; to run them by hand in a shell:",
                hooks.len() - 1
            ),
        });
        if let Some(root) = self.repository.root() {
            env.push(format!("cd {}", shell_word(&root.to_string_lossy())));
        }
        // If the notes cannot be written, that is the reported error.
        let notes = self.notes_file().ok().and_then(|file| file.keep().ok());
        let notes = notes.map(|(_, path)| ("TOLLGATE_NOTES", path.to_string_lossy().into_owned()));
        let variables = self.variables().into_iter().chain(notes);
        env.extend(variables.map(|(name, value)| format!("export {name}={}", shell_word(&value))));
        // If it were exported, `TOLLGATE_HOOK` would block the next release from that shell.
        let (program, option) = SHELL;
        env.extend(hooks.iter().map(|hook| {
            format!(
                "TOLLGATE_HOOK={} {program} {option} {}",
                self.stage_name(),
                shell_word(&hook.run)
            )
        }));
        error.with_help(env.join("\n"))
    }

    fn failed(&self, hook: &ReleaseHook, why: &str, last_lines: &[String]) -> Error {
        let message = format!(
            "the `{}` command `{}` {why}; {}",
            self.stage_name(),
            hook.run,
            self.release_state()
        );
        let help = if last_lines.is_empty() {
            "the command printed nothing; run it by hand to see why"
        } else {
            ""
        };
        Error::refused(message, help).with_output(last_lines.join("\n"))
    }

    const fn stage_name(&self) -> &'static str {
        match self.stage {
            HookStage::Before => "before",
            HookStage::After => "after",
        }
    }

    const fn release_state(&self) -> &'static str {
        match self.stage {
            HookStage::Before => "nothing was released",
            HookStage::After => "the release is complete",
        }
    }

    fn notes_file(&self) -> Result<tempfile::NamedTempFile> {
        let file = tempfile::Builder::new()
            .prefix("tollgate-notes-")
            .suffix(".md")
            .tempfile();
        let file = file.map_err(unwritable_notes)?;
        writeln!(file.as_file(), "{}", self.notes.trim()).map_err(unwritable_notes)?;
        Ok(file)
    }
}

/// Reports each line that a command prints, keeps the last ones, and stops the command if the
/// release is cancelled.
struct HookOutput<'a> {
    progress: &'a mut dyn Progress,
    last_lines: Vec<String>,
}

impl Observer for HookOutput<'_> {
    fn line(&mut self, _: Stream, line: &[u8]) {
        let line = shown_line(line);
        self.progress.report(Event::Output(&line));
        self.last_lines.push(line);
        let surplus = self.last_lines.len().saturating_sub(MAX_KEPT_LINES);
        self.last_lines.drain(..surplus);
    }

    fn is_stopped(&self) -> bool {
        self.progress.is_cancelled()
    }
}

fn unwritable_notes(error: std::io::Error) -> Error {
    let help = "check the free disk space and the permissions of `TMPDIR`";
    Error::file(
        "the release notes cannot be written to a temporary file",
        help,
    )
    .with_source(error)
}

/// The shell, and its option for a command.
const SHELL: (&str, &str) = if cfg!(windows) {
    ("cmd", "/C")
} else {
    ("sh", "-c")
};

/// A command for the system's shell.
#[expect(
    clippy::disallowed_methods,
    reason = "the configuration of a release names its commands"
)]
fn shell(run: &str) -> Command {
    let (program, option) = SHELL;
    let mut command = Command::new(program);
    command.args([option, run]);
    command
}

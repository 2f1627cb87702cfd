//! Step 7: publishes a release, by one push that the remote accepts completely or not at all.
//!
//! The result of an interrupted push is not known here, so the remote is asked, and its references
//! decide. The references of this repository have not moved yet, so a rejected release leaves
//! everything unchanged.

use git2::{ErrorCode, Oid};

use super::journal::PendingRelease;
use super::protection::is_protected;
use super::{Session, failed, references};
use crate::error::{Error, Result};
use crate::git::history::to_oid;
use crate::git::program::{Program, ProgramOutput};
use crate::git::remote_refs::{RemoteRefs, push_address, short_branch};
use crate::process::Input;
use crate::release::{Event, Plan, PlannedPush, PushTarget};
use crate::source::shell_command;
use crate::version::from_tag;

/// Whether a push of the release may have been tried before, by a run that was interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attempt {
    First,
    Retry,
}

/// Why a release is not published, or may be.
pub(super) enum PublishError {
    /// Nothing of it is public, and nothing will be.
    NotPublished(Error),
    /// Some of it may be public, or may still become so.
    Unknown(Error),
}

/// Publishes the release; does nothing if the remote has it already.
pub(super) fn publish(
    session: &mut Session<'_>,
    pending: &PendingRelease,
    target: &PushTarget,
    attempt: Attempt,
) -> std::result::Result<(), PublishError> {
    let program = Program::find(&session.git).map_err(PublishError::Unknown)?;
    let remote = Remote { program, target };
    // A first attempt relies on what step 2 read: the leases make the remote reject a push if its
    // references have changed.
    let state = match attempt {
        Attempt::First => RemoteState {
            branch: Some(pending.base),
            tags: vec![None; pending.tags.len()],
        },
        Attempt::Retry => remote.read_state_again(session, pending)?,
    };
    if let PushState::Incomplete = remote.push_state(session, pending, &state)? {
        if state.is_untouched(pending) {
            check_unmoved(session, pending, attempt)?;
        }
        session.progress.report(Event::Pushing(&target.remote));
        let output = remote
            .push(session, pending, &state)
            .map_err(PublishError::Unknown)?;
        if output.code != Some(0) {
            let after = remote
                .read_state(session, pending)
                .map_err(|error| PublishError::Unknown(unknown_state(target, error)))?;
            if let PushState::Incomplete = remote.push_state(session, pending, &after)? {
                let failure = remote.push_error(pending, &after, attempt, &output);
                return Err(if session.progress.is_cancelled() {
                    remote.interrupted(failure)
                } else {
                    failure
                });
            }
        }
    }
    session.progress.report(Event::Published(&target.remote));
    Ok(())
}

/// Refuses to publish a release that this repository could not follow.
fn check_unmoved(
    session: &Session<'_>,
    pending: &PendingRelease,
    attempt: Attempt,
) -> std::result::Result<(), PublishError> {
    match attempt {
        Attempt::First => {
            let remedy = "nothing was published and nothing changed locally; run the command again";
            references::check_unmoved(session, pending, remedy).map_err(PublishError::NotPublished)
        }
        Attempt::Retry => {
            let remedy = references::local_remedy(pending);
            references::check_unmoved(session, pending, &remedy).map_err(PublishError::Unknown)
        }
    }
}

/// Step 2: refuses if the remote's branch is not at the base, if the remote has version tags that
/// are not here, and if nothing may be pushed.
pub(super) fn check(session: &mut Session<'_>, plan: &Plan, push: &PlannedPush) -> Result<()> {
    let target = &push.target;
    session
        .progress
        .report(Event::CheckingRemote(&target.remote));
    let remote = Remote {
        program: Program::find(&session.git)?,
        target,
    };
    RemoteRefs::read(&session.git, &remote.program, target)?.check(
        &session.git,
        push,
        plan.base,
    )?;
    let tags: Vec<String> = plan
        .tags
        .iter()
        .map(|tag| format!("refs/tags/{}", tag.name))
        .collect();
    remote.dry_run(plan, &tags)
}

/// Whether a remote has anything of the release.
pub(super) fn is_public(
    session: &mut Session<'_>,
    pending: &PendingRelease,
    target: &PushTarget,
) -> Result<bool> {
    session
        .progress
        .report(Event::CheckingRemote(&target.remote));
    let remote = Remote {
        program: Program::find(&session.git)?,
        target,
    };
    let state = remote.read_state(session, pending)?;
    let has_tag = pending
        .tags
        .iter()
        .zip(&state.tags)
        .any(|(tag, remote_id)| *remote_id == Some(tag.id));
    Ok(has_tag || remote.has_commit(session, pending, &state)?)
}

/// The references of a remote that have the names of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
struct RemoteState {
    branch: Option<Oid>,
    tags: Vec<Option<Oid>>,
}

/// The part of a tag's name before the version.
fn tag_prefix(name: &str) -> &str {
    let prefixes = name.char_indices().map(|(at, _)| &name[..at]);
    prefixes
        .into_iter()
        .find(|prefix| from_tag(name, prefix).is_some())
        .unwrap_or(name)
}

impl RemoteState {
    fn of(refs: &RemoteRefs, pending: &PendingRelease) -> Self {
        Self {
            branch: refs.branch,
            tags: pending.tags.iter().map(|tag| refs.tag(&tag.name)).collect(),
        }
    }

    /// Whether the remote is as it was before the release.
    fn is_untouched(&self, pending: &PendingRelease) -> bool {
        self.branch == Some(pending.base) && self.tags.iter().all(Option::is_none)
    }
}

/// Whether anything is left to push.
enum PushState {
    /// The remote has all of the release.
    Public,
    /// The release, or the missing part of it, can be pushed.
    Incomplete,
}

/// A remote that a release is pushed to.
struct Remote<'a> {
    program: Program,
    target: &'a PushTarget,
}

impl Remote<'_> {
    fn read_state(&self, session: &Session<'_>, pending: &PendingRelease) -> Result<RemoteState> {
        let refs = RemoteRefs::read(&session.git, &self.program, self.target)?;
        Ok(RemoteState::of(&refs, pending))
    }

    /// The references of the remote after an interrupted push.
    ///
    /// Fails if nothing of the release is public and the remote has version tags that are missing
    /// here: they may have appeared since the version was computed.
    fn read_state_again(
        &self,
        session: &Session<'_>,
        pending: &PendingRelease,
    ) -> std::result::Result<RemoteState, PublishError> {
        let refs = RemoteRefs::read(&session.git, &self.program, self.target)
            .map_err(PublishError::Unknown)?;
        let state = RemoteState::of(&refs, pending);
        if state.is_untouched(pending) {
            let tag_prefixes = pending
                .tags
                .iter()
                .map(|tag| tag_prefix(&tag.name).to_owned())
                .collect();
            let push = PlannedPush {
                target: self.target.clone(),
                tag_prefixes,
            };
            refs.check_version_tags(&session.git, &push)
                .map_err(PublishError::NotPublished)?;
        }
        Ok(state)
    }

    /// Determines whether the release is public.
    ///
    /// Fails if the release can no longer be pushed.
    fn push_state(
        &self,
        session: &Session<'_>,
        pending: &PendingRelease,
        state: &RemoteState,
    ) -> std::result::Result<PushState, PublishError> {
        let name = &self.target.remote;
        let tags = || pending.tags.iter().zip(&state.tags);
        let has_tag = tags().any(|(tag, remote_id)| *remote_id == Some(tag.id));
        let has_part = has_tag
            || self
                .has_commit(session, pending, state)
                .map_err(PublishError::Unknown)?;
        if let Some((tag, _)) =
            tags().find(|(tag, remote_id)| remote_id.is_some_and(|remote_id| remote_id != tag.id))
        {
            let message = format!("`{name}` has a different tag `{}`", tag.name);
            return Err(if has_part {
                let tag = tag.reference();
                let command = shell_command!("git push --delete {name} {tag}", name, tag);
                let help = format!(
                    "part of the release is public; if the other tag is a mistake, delete it: {command}"
                );
                PublishError::Unknown(Error::refused(message, help))
            } else {
                PublishError::NotPublished(Error::refused(
                    message,
                    format!(
                        "run `{}`, then release again",
                        shell_command!("git fetch --tags {name}", name)
                    ),
                ))
            });
        }
        let is_complete = tags().all(|(tag, remote_id)| *remote_id == Some(tag.id))
            && (!pending.has_commit() || state.branch != Some(pending.base));
        match state.branch {
            _ if is_complete => Ok(PushState::Public),
            _ if has_part => Ok(PushState::Incomplete),
            Some(tip) if tip == pending.base => Ok(PushState::Incomplete),
            Some(tip) => Err(PublishError::NotPublished(Error::refused(
                format!(
                    "`{}` on `{name}` has moved to `{tip}` during the release",
                    short_branch(&self.target.branch)
                ),
                "nothing was published and nothing changed locally; run `git pull`, then release again",
            ))),
            None => Err(PublishError::NotPublished(Error::refused(
                format!(
                    "`{name}` no longer has the branch `{}`",
                    short_branch(&self.target.branch)
                ),
                "nothing was published and nothing changed locally",
            ))),
        }
    }

    /// Whether the remote's branch contains the release commit; `false` if there is none.
    fn has_commit(
        &self,
        session: &Session<'_>,
        pending: &PendingRelease,
        state: &RemoteState,
    ) -> Result<bool> {
        match state.branch {
            Some(tip) if pending.has_commit() => self.contains(session, pending, tip),
            _ => Ok(false),
        }
    }

    /// Whether a commit of the remote's branch contains the release commit; its history is fetched
    /// if it is missing here.
    fn contains(&self, session: &Session<'_>, pending: &PendingRelease, tip: Oid) -> Result<bool> {
        if tip == pending.commit || tip == pending.base {
            return Ok(tip == pending.commit);
        }
        let unreadable = || failed("the history of the remote cannot be read");
        let objects = session.git.odb().map_err(unreadable())?;
        if !objects.exists(tip) {
            let quietly = [
                "fetch",
                "--quiet",
                "--no-tags",
                "--no-write-fetch-head",
                "--no-auto-maintenance",
                "--refmap=",
            ];
            let address = push_address(&session.git, self.target)?;
            self.program
                .output(&[&quietly[..], &["--", &address, &self.target.branch]].concat())?;
            objects.refresh().map_err(unreadable())?;
        }
        match session.git.graph_descendant_of(tip, pending.commit) {
            Err(error) if error.code() == ErrorCode::NotFound => Ok(false),
            found => found.map_err(unreadable()),
        }
    }

    /// Pushes the missing references, and the existing ones unchanged.
    ///
    /// Without a release commit, the branch is one of those that stay unchanged: Git sends nothing
    /// for it, but its lease makes the push fail if the branch has moved.
    fn push(
        &self,
        session: &mut Session<'_>,
        pending: &PendingRelease,
        state: &RemoteState,
    ) -> Result<ProgramOutput> {
        let mut sent = Vec::new();
        if state.branch == Some(pending.base) || state.branch == Some(pending.commit) {
            sent.push((pending.commit, self.target.branch.clone(), state.branch));
        }
        let tags = pending.tags.iter().zip(&state.tags);
        sent.extend(tags.map(|(tag, remote_id)| (tag.id, tag.reference(), *remote_id)));
        let leases = sent
            .iter()
            .map(|(_, name, remote_id)| lease(name, *remote_id));
        let names = sent.iter().map(|(id, name, _)| format!("{id}:{name}"));
        let arguments: Vec<String> = leases
            .chain(["--".to_owned(), self.target.remote.clone()])
            .chain(names)
            .collect();
        let fixed = ["push", "--atomic", "--porcelain", "--no-follow-tags"];
        let arguments: Vec<&str> = fixed
            .into_iter()
            .chain(arguments.iter().map(String::as_str))
            .collect();
        // The push holds the lock as long as it runs, even if it outlives this run.
        let input = session.lock.try_clone().map_or(Input::Empty, Input::File);
        let progress = &mut *session.progress;
        self.program.run_streaming(&arguments, input, &mut |line| {
            progress.report(Event::Output(line));
        })
    }

    /// Checks before the release starts that the remote would accept a push; hooks run only with
    /// the real push.
    fn dry_run(&self, plan: &Plan, tags: &[String]) -> Result<()> {
        let mut arguments: Vec<String> = [
            "push",
            "--dry-run",
            "--no-verify",
            "--atomic",
            "--quiet",
            "--no-follow-tags",
        ]
        .map(str::to_owned)
        .into();
        let base = to_oid(plan.base);
        arguments.push(lease(&self.target.branch, Some(base)));
        arguments.extend(tags.iter().map(|tag| lease(tag, None)));
        arguments.extend(["--".to_owned(), self.target.remote.clone()]);
        arguments.extend(
            [&self.target.branch]
                .into_iter()
                .chain(tags)
                .map(|name| format!("{base}:{name}")),
        );
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        self.program.output(&arguments).map(drop).map_err(|error| {
            let message = format!("`{}` would reject the release", self.target.remote);
            Error::refused(message, "").with_source(error)
        })
    }

    /// The error for a failed push, if the release could still be pushed.
    fn push_error(
        &self,
        pending: &PendingRelease,
        state: &RemoteState,
        attempt: Attempt,
        output: &ProgramOutput,
    ) -> PublishError {
        let name = &self.target.remote;
        let rejections: Vec<String> = output.output.lines().filter_map(rejection_reason).collect();
        let message = match &*rejections {
            [] => format!("the push to `{name}` failed"),
            rejections => format!("`{name}` rejected the release: {}", rejections.join("; ")),
        };
        let is_untouched = state.is_untouched(pending);
        // Git exits with 1 if a hook or the remote rejected the push; other codes say nothing about
        // the remote.
        let is_refusal = output.code == Some(1) && !output.output.contains("[remote failure]");
        if is_untouched && is_refusal && attempt == Attempt::First {
            return PublishError::NotPublished(self.rejection(pending, message, output));
        }
        // The remote may still be processing what it received.
        let public = if is_untouched {
            format!("`{name}` may still accept the release")
        } else {
            "part of the release is public".to_owned()
        };
        PublishError::Unknown(Error::refused(message, public))
    }

    /// The error for a push that the remote has rejected and that left nothing behind.
    fn rejection(
        &self,
        pending: &PendingRelease,
        message: String,
        output: &ProgramOutput,
    ) -> Error {
        const UNCHANGED: &str = "nothing was published and nothing changed locally";
        let branch = short_branch(&self.target.branch);
        // Git repeats only some reasons in its own output; the others are messages of the remote.
        let printed = format!("{}\n{}", output.messages, output.output);
        if pending.has_commit() && is_protected(&printed, &self.target.branch) {
            let remote = &self.target.remote;
            let message = format!(
                "`{remote}` rejected the release commit: the branch `{branch}` is protected"
            );
            let help = format!(
                "{UNCHANGED}\nto release without a commit on `{branch}`, set `release.via = \"tag\"` in the configuration; to keep the commit, allow this user to push to `{branch}`"
            );
            return Error::refused(message, help);
        }
        let hint = if pending.has_commit() {
            "if the branch is protected, allow this user to push to it"
        } else {
            "if the tags are protected, allow this user to create them"
        };
        Error::refused(
            message,
            format!(
                "{UNCHANGED}\n{hint}; otherwise follow the remote's message\nthen release again"
            ),
        )
    }

    /// The same failure of a push that was interrupted; a clear rejection stays a rejection.
    fn interrupted(&self, failure: PublishError) -> PublishError {
        match failure {
            PublishError::Unknown(error) => {
                let message = format!("interrupted while pushing to `{}`", self.target.remote);
                PublishError::Unknown(Error::refused(message, error.help().unwrap_or_default()))
            }
            PublishError::NotPublished(_) => failure,
        }
    }
}

/// The value that a reference must have at the remote for the push; empty: it must not exist.
fn lease(name: &str, remote_id: Option<Oid>) -> String {
    format!(
        "--force-with-lease={name}:{}",
        remote_id.map(|id| id.to_string()).unwrap_or_default()
    )
}

/// The reason in a line of `git push --porcelain` for a reference that was rejected.
fn rejection_reason(line: &str) -> Option<String> {
    let mut fields = line.strip_prefix("!\t")?.split('\t');
    let name = fields.next()?.split_once(':')?.1;
    let why = fields.next()?;
    // One rejected reference is the reason; all others follow from it.
    (!why.contains("atomic")).then(|| {
        format!(
            "{} {why}",
            name.trim_start_matches("refs/heads/")
                .trim_start_matches("refs/tags/")
        )
    })
}

fn unknown_state(target: &PushTarget, error: Error) -> Error {
    let message = format!(
        "cannot tell whether the release was pushed to `{}`",
        target.remote
    );
    Error::refused(message, "check that the remote is reachable").with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_of_a_refusal_is_the_reference_that_was_refused() {
        assert_eq!(
            rejection_reason(
                "!\t0123:refs/heads/main\t[remote rejected] (pre-receive hook declined)"
            )
            .unwrap(),
            "main [remote rejected] (pre-receive hook declined)"
        );
        assert_eq!(
            rejection_reason("!\t0123:refs/tags/v1\t[rejected] (atomic push failed)"),
            None
        );
        assert_eq!(rejection_reason("To /tmp/remote"), None);
    }

    #[test]
    fn empty_lease_requires_missing_reference() {
        assert_eq!(
            lease("refs/tags/v1", None),
            "--force-with-lease=refs/tags/v1:"
        );
    }
}

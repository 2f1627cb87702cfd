//! Steps 3 to 5: the objects of a release, written and read back. Nothing refers to them yet.
//!
//! The tree is made from that of the base commit, never from the index, so staged changes are not
//! included. Signing programs run here, so that a refusal leaves nothing visible.

use git2::{FileMode, ObjectType, Signature, Time};

use super::journal::{JournalInput, PendingRelease};
use super::{failed, repeat_git_write};
use crate::commit::MAX_OBJECT;
use crate::error::{Error, Result};
use crate::git::history::{from_oid, raw_tag, read_commit, to_oid};
use crate::git::signatures::ReleaseSignatures;
use crate::history::Mode;
use crate::release::{PathChange, Plan, PlannedTag};

/// Step 2: refuses if Git does not know who makes the release, or how to sign it as its settings
/// require.
pub(super) fn check(git: &git2::Repository, plan: &Plan) -> Result<()> {
    Identity::read(git, plan).map(drop)
}

/// Writes blobs, tree, commit, tags and journal, signed if Git's settings require it, and returns
/// the release as it is read back. A release without a commit of its own has no blobs and no tree.
pub(super) fn write(git: &git2::Repository, plan: &Plan) -> Result<PendingRelease> {
    let identity = Identity::read(git, plan)?;
    let base = to_oid(plan.base);
    let commit = match &plan.commit_message {
        Some(message) => write_release_commit(git, plan, message, &identity)?,
        None => base,
    };
    let Identity {
        committer,
        signatures,
        ..
    } = identity;
    let write_tag = |tag: &PlannedTag| write_tag(git, tag, commit, &committer, &signatures);
    let tags = plan
        .tags
        .iter()
        .map(write_tag)
        .collect::<Result<Vec<_>>>()?;
    let branch = plan.branch.as_deref().unwrap_or_default();
    let written = JournalInput {
        commit,
        base,
        tags: &tags,
        branch,
        push: plan.push.as_ref().map(|push| &push.target),
        by: &committer,
    };
    let pending = PendingRelease::write(git, &written)?;
    verify(git, plan, &pending)?;
    verify_signatures(git, &pending, &signatures)?;
    Ok(pending)
}

fn write_release_commit(
    git: &git2::Repository,
    plan: &Plan,
    message: &str,
    identity: &Identity,
) -> Result<git2::Oid> {
    let Identity {
        author,
        committer,
        signatures,
    } = identity;
    let base = git
        .find_commit(to_oid(plan.base))
        .map_err(failed("the base commit cannot be read"))?;
    let tree = write_tree(git, &base, &plan.path_changes())?;
    let tree = git
        .find_tree(tree)
        .map_err(failed("the tree cannot be read back"))?;
    let commit = git.commit_create_buffer(author, committer, message, &tree, &[&base]);
    let commit = commit.map_err(failed("the release commit cannot be written"))?;
    write_commit(git, &commit, signatures)
}

/// The person who makes a release, and what is signed.
struct Identity {
    author: Signature<'static>,
    committer: Signature<'static>,
    signatures: ReleaseSignatures,
}

impl Identity {
    /// Reads git's configuration and environment.
    fn read(git: &git2::Repository, plan: &Plan) -> Result<Self> {
        let author = person(git.author_from_env(), plan)?;
        let committer = person(git.committer_from_env(), plan)?;
        let signatures = ReleaseSignatures::of(git, &committer)?;
        Ok(Self {
            author,
            committer,
            signatures,
        })
    }
}

/// A person, as Git's configuration and environment name them, at the plan's date.
fn person(
    found: std::result::Result<Signature<'static>, git2::Error>,
    plan: &Plan,
) -> Result<Signature<'static>> {
    let found = found.map_err(|error| {
        let help =
            "run `git config user.name \"Your Name\"` and `git config user.email you@example.com`";
        Error::refused(
            "`user.name` or `user.email` is not set in Git's configuration",
            help,
        )
        .with_source(error)
    })?;
    let time = Time::new(plan.at.as_second(), 0);
    Signature::new(
        &String::from_utf8_lossy(found.name_bytes()),
        &String::from_utf8_lossy(found.email_bytes()),
        &time,
    )
    .map_err(failed(
        "the name or email address in Git's configuration cannot be used",
    ))
}

fn write_commit(
    git: &git2::Repository,
    buffer: &[u8],
    signatures: &ReleaseSignatures,
) -> Result<git2::Oid> {
    let failed = failed("the release commit cannot be written");
    let signature = signatures.sign_commit(buffer)?;
    check_size(
        "release commit",
        buffer.len() + signature.as_ref().map_or(0, String::len),
    )?;
    let Some(signature) = signature else {
        let write = || git.odb()?.write(ObjectType::Commit, buffer);
        return repeat_git_write(write).map_err(failed);
    };
    let text = std::str::from_utf8(buffer).map_err(|error| {
        Error::refused(
            "the release commit is not UTF-8",
            "correct `release.commit_message`, or `user.name` and `user.email`",
        )
        .with_source(error)
    })?;
    repeat_git_write(|| git.commit_signed(text, signature.trim_end(), None)).map_err(failed)
}

/// The tag as an object, its signature below its message.
fn write_tag(
    git: &git2::Repository,
    tag: &PlannedTag,
    commit: git2::Oid,
    tagger: &Signature<'_>,
    signatures: &ReleaseSignatures,
) -> Result<git2::Oid> {
    let mut object =
        format!("object {commit}\ntype commit\ntag {}\ntagger ", tag.name).into_bytes();
    object.extend([tagger.name_bytes(), b" <", tagger.email_bytes(), b"> "].concat());
    object.extend(format!("{} +0000\n\n{}", tagger.when().seconds(), tag.message).into_bytes());
    let signature = signatures.sign_tag(&object)?;
    object.extend(
        signature
            .map(|signature| format!("{}\n", signature.trim_end()))
            .unwrap_or_default()
            .into_bytes(),
    );
    check_size("tag", object.len())?;
    let written = repeat_git_write(|| git.odb()?.write(ObjectType::Tag, &object));
    written.map_err(failed("the tag cannot be written"))
}

/// Refuses to write an object that is too large for later runs to read; a signature of normal size
/// always fits.
fn check_size(what: &str, size: usize) -> Result<()> {
    if size <= MAX_OBJECT {
        return Ok(());
    }
    let message =
        format!("the {what} would be {size} bytes with its signature; the limit is {MAX_OBJECT}");
    Err(Error::limit(
        message,
        "use a key with smaller signatures, or release fewer commits at once",
    ))
}

/// Checks the signatures on the bytes in the object database, read as later runs read them.
fn verify_signatures(
    git: &git2::Repository,
    pending: &PendingRelease,
    signatures: &ReleaseSignatures,
) -> Result<()> {
    if pending.has_commit() {
        signatures.check_commit(&read_commit(git, from_oid(pending.commit))?)?;
    }
    pending.tags.iter().try_for_each(|tag| {
        signatures.check_tag(&raw_tag(git, from_oid(tag.id))?.unwrap_or_default())
    })
}

fn write_tree(
    git: &git2::Repository,
    base: &git2::Commit<'_>,
    changes: &[PathChange<'_>],
) -> Result<git2::Oid> {
    let tree = base
        .tree()
        .map_err(failed("the base commit's tree cannot be read"))?;
    let mut update = git2::build::TreeUpdateBuilder::new();
    for change in changes {
        let Some(after) = change.after else {
            update.remove(change.path);
            continue;
        };
        let blob = repeat_git_write(|| git.blob(after))
            .map_err(failed("a file's new contents cannot be written"))?;
        let mode = match change.mode {
            Mode::Plain => FileMode::Blob,
            Mode::Executable => FileMode::BlobExecutable,
        };
        update.upsert(change.path, blob, mode);
    }
    repeat_git_write(|| update.create_updated(git, &tree))
        .map_err(failed("the release's tree cannot be written"))
}

/// Checks that the written objects match the plan: parent, branch, names, and only the planned
/// paths.
fn verify(git: &git2::Repository, plan: &Plan, pending: &PendingRelease) -> Result<()> {
    let wrong = |what: String| {
        Error::repository(
            format!("the release commit differs from what was written: {what}"),
            "",
        )
    };
    if pending.base != to_oid(plan.base) {
        return Err(wrong(format!("the parent is `{}`", pending.base)));
    }
    if pending.has_commit() != plan.commit_message.is_some() {
        return Err(wrong(format!("the tags are on `{}`", pending.commit)));
    }
    if !pending
        .tag_names()
        .iter()
        .eq(plan.tags.iter().map(|tag| &tag.name))
        || Some(&pending.branch) != plan.branch.as_ref()
        || pending.push.as_ref() != plan.push.as_ref().map(|push| &push.target)
    {
        return Err(wrong(format!(
            "it is {} on `{}`",
            pending.quoted_tags(),
            pending.branch
        )));
    }
    let changes = changes(git, pending)?;
    let planned = plan.path_changes();
    let hash = |bytes: &[u8]| git2::Oid::hash_object(ObjectType::Blob, bytes).ok();
    let as_planned = changes.len() == planned.len()
        && changes.iter().zip(&planned).all(|(change, planned)| {
            let before = planned.before.map(|file| hash(&file.bytes));
            change.path == planned.path
                && change.before.map(Some) == before
                && change.after.map(Some) == planned.after.map(hash)
        });
    if as_planned {
        Ok(())
    } else {
        Err(wrong("it changes other files than planned".to_owned()))
    }
}

/// A file that differs between base and release commit.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) path: String,
    pub(super) before: Option<git2::Oid>,
    /// The content in the release commit; `None` if it removes the file.
    pub(super) after: Option<git2::Oid>,
    /// The mode, as in the index and in trees.
    pub(super) mode: u32,
}

/// The files that the release commit changes, sorted by path.
pub(super) fn changes(git: &git2::Repository, pending: &PendingRelease) -> Result<Vec<Change>> {
    let tree = |id| {
        git.find_commit(id)
            .and_then(|commit| commit.tree())
            .map_err(failed("a tree cannot be read back"))
    };
    let (before, after) = (tree(pending.base)?, tree(pending.commit)?);
    let diff = git.diff_tree_to_tree(Some(&before), Some(&after), None);
    let diff = diff.map_err(failed("the release commit cannot be compared"))?;
    let mut changes = Vec::new();
    for delta in diff.deltas() {
        let (old, new) = (delta.old_file(), delta.new_file());
        let path = new
            .path_bytes()
            .or_else(|| old.path_bytes())
            .and_then(|path| std::str::from_utf8(path).ok());
        let path = path.ok_or_else(|| {
            Error::refused(
                "the release commit changes a file whose path is not UTF-8",
                "",
            )
        })?;
        changes.push(Change {
            path: path.to_owned(),
            before: Some(old.id()).filter(|id| !id.is_zero()),
            after: Some(new.id()).filter(|id| !id.is_zero()),
            mode: new.mode().into(),
        });
    }
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(changes)
}

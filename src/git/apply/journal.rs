//! The journal of a release: everything that is needed to finish one that was interrupted.
//!
//! It is a commit on top of the tagged commit whose tree contains the raw tags: one reference to
//! it keeps every object that the release needs alive, however many tags there are. The journal is
//! read back raw, and only its content is trusted.

use git2::ObjectType;

use crate::commit::{RawCommit, RawTag, trailers, tree};
use crate::error::{Error, Result};
use crate::git::apply::{failed, repeat_git_write};
use crate::git::history::to_oid;
use crate::release::PushTarget;
use crate::source::{quoted_list, shell_command};

/// The reference that marks a pending release: the local commit point. There is only one, so there
/// is only one release at a time.
pub(super) const PENDING_REF: &str = "refs/tollgate/pending";

/// The trailers of the journal that name the branch, the remote to push to, and the branch there.
const BRANCH: &str = "Branch";
/// The trailer of a release that has no commit of its own, and its value.
const VIA: &str = "Via";
const VIA_TAG: &str = "tag";
const REMOTE: &str = "Remote";
const REMOTE_BRANCH: &str = "Remote-branch";

/// A release whose objects are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PendingRelease {
    /// The journal's object, which the pending reference points to.
    pub(super) journal: git2::Oid,
    /// The tags, in the order of the plan. There is at least one.
    pub(super) tags: Vec<PendingTag>,
    /// The tagged commit: the release commit, or the released commit itself if the release consists
    /// of tags only.
    pub(super) commit: git2::Oid,
    /// The commit that is released: the parent of the release commit.
    pub(super) base: git2::Oid,
    /// The branch of the release, as `refs/heads/…`; a release commit moves it.
    pub(super) branch: String,
    /// The target to push to.
    pub(super) push: Option<PushTarget>,
}

/// A tag of a pending release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PendingTag {
    /// The name, without `refs/tags/`.
    pub(super) name: String,
    /// The tag object.
    pub(super) id: git2::Oid,
    /// The blob of the journal that holds the bytes of the tag object.
    pub(super) copy: git2::Oid,
}

/// The contents of a journal to write.
pub(super) struct JournalInput<'a> {
    /// The tagged commit.
    pub(super) commit: git2::Oid,
    /// The commit that is released.
    pub(super) base: git2::Oid,
    /// The tag objects.
    pub(super) tags: &'a [git2::Oid],
    /// The branch, as `refs/heads/…`.
    pub(super) branch: &'a str,
    /// The target to push to.
    pub(super) push: Option<&'a PushTarget>,
    /// The person who makes the release.
    pub(super) by: &'a git2::Signature<'a>,
}

impl PendingTag {
    /// The reference of the tag.
    pub(super) fn reference(&self) -> String {
        format!("refs/tags/{}", self.name)
    }
}

impl PendingRelease {
    /// Writes the journal and returns it as it is read back.
    pub(super) fn write(git: &git2::Repository, input: &JournalInput<'_>) -> Result<Self> {
        let write = || {
            let objects = git.odb()?;
            let mut copies = git.treebuilder(None)?;
            for (number, tag) in input.tags.iter().enumerate() {
                let copy = git.blob(objects.read(*tag)?.data())?;
                copies.insert(format!("{number:04}"), copy, git2::FileMode::Blob.into())?;
            }
            let copies = git.find_tree(copies.write()?)?;
            let mut message = format!("Unfinished release\n\n{BRANCH}: {}\n", input.branch);
            if input.commit == input.base {
                message += &format!("{VIA}: {VIA_TAG}\n");
            }
            if let Some(PushTarget { remote, branch }) = input.push {
                message += &format!("{REMOTE}: {remote}\n{REMOTE_BRANCH}: {branch}\n");
            }
            let commit = git.find_commit(input.commit)?;
            git.commit(None, input.by, input.by, &message, &copies, &[&commit])
        };
        Self::read(
            git,
            repeat_git_write(write).map_err(failed("the release journal cannot be written"))?,
        )
    }

    /// Reads a release from its journal.
    ///
    /// Fails if the object is not a journal that a release wrote.
    pub(super) fn read(git: &git2::Repository, journal: git2::Oid) -> Result<Self> {
        let read = |id, kind| -> std::result::Result<Vec<u8>, String> {
            let object = git.odb().and_then(|objects| {
                objects
                    .read(id)
                    .map(|object| (object.kind(), object.data().to_vec()))
            });
            match object {
                Ok((found, data)) if found == kind => Ok(data),
                Ok(_) => Err(format!("`{id}` is not a {kind}")),
                Err(error) if error.code() == git2::ErrorCode::NotFound => {
                    Err(format!("`{id}` is missing"))
                }
                Err(_) => Err(format!("`{id}` is damaged")),
            }
        };
        Self::parse(journal, read).map_err(|what| {
            Error::refused(
                format!("object `{journal}` is not a valid release journal: {what}"),
                format!(
                    "inspect it with `{}`; discard it with `{}`",
                    shell_command!("git show {journal}", journal),
                    shell_command!("git update-ref -d {reference}", reference = PENDING_REF)
                ),
            )
        })
    }

    fn parse(
        journal: git2::Oid,
        read: impl Fn(git2::Oid, ObjectType) -> std::result::Result<Vec<u8>, String>,
    ) -> std::result::Result<Self, String> {
        let object = read(journal, ObjectType::Commit)?;
        let raw = RawCommit::parse(&object).ok_or("it is malformed")?;
        let [commit] = *raw.parents else {
            return Err("it does not have exactly one parent".into());
        };
        let message = String::from_utf8_lossy(raw.message);
        let trailers = trailers(&message);
        let named = |key| {
            trailers
                .iter()
                .find(|trailer| trailer.key == key)
                .map(|trailer| trailer.value.clone())
        };
        let branch = named(BRANCH).ok_or("it does not name a branch")?;
        let push = named(REMOTE)
            .zip(named(REMOTE_BRANCH))
            .map(|(remote, branch)| PushTarget { remote, branch });
        let object_of_commit = read(to_oid(commit), ObjectType::Commit)?;
        let tagged =
            RawCommit::parse(&object_of_commit).ok_or("its release commit is malformed")?;
        let base = match (named(VIA).as_deref(), &tagged.parents[..]) {
            (None, [base]) => *base,
            (None, _) => return Err("its release commit does not have exactly one parent".into()),
            (Some(VIA_TAG), _) => commit,
            (Some(other), _) => return Err(format!("it is of an unknown kind, `{other}`")),
        };
        let copies = tree(&object).ok_or("it has no tree")?;
        let mut tags = Vec::new();
        for copy in
            blobs(&read(to_oid(copies), ObjectType::Tree)?).ok_or("its tree is malformed")?
        {
            let data = read(copy, ObjectType::Blob)?;
            let tag = RawTag::parse(&data)
                .filter(|tag| tag.target_type == b"commit" && tag.target == commit);
            let tag = tag.ok_or_else(|| format!("`{copy}` is not a tag of its commit"))?;
            let id = git2::Oid::hash_object(ObjectType::Tag, &data)
                .map_err(|_| "a tag cannot be hashed".to_owned())?;
            tags.push(PendingTag {
                name: String::from_utf8_lossy(tag.name).into_owned(),
                id,
                copy,
            });
        }
        if tags.is_empty() || !branch.starts_with("refs/heads/") {
            return Err("it does not name a tag and a branch".into());
        }
        Ok(Self {
            journal,
            tags,
            commit: to_oid(commit),
            base: to_oid(base),
            branch,
            push,
        })
    }

    /// Whether the release has a commit of its own, which moves the branch and changes files;
    /// otherwise, it consists of tags only.
    pub(super) fn has_commit(&self) -> bool {
        self.commit != self.base
    }

    /// The names of the tags.
    pub(super) fn tag_names(&self) -> Vec<String> {
        self.tags.iter().map(|tag| tag.name.clone()).collect()
    }

    /// The names of the tags for messages, in backticks.
    pub(super) fn quoted_tags(&self) -> String {
        quoted_list(self.tags.iter().map(|tag| &tag.name))
    }
}

/// The blobs of a raw tree, in its order; `None` if it is malformed.
fn blobs(mut tree: &[u8]) -> Option<Vec<git2::Oid>> {
    let mut blobs = Vec::new();
    while !tree.is_empty() {
        let end = tree.iter().position(|byte| *byte == 0)?;
        blobs.push(git2::Oid::from_bytes(tree.get(end + 1..end + 21)?).ok()?);
        tree = &tree[end + 21..];
    }
    Some(blobs)
}

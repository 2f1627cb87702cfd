//! Reads history for `history`: raw objects from the object database, and tags with the commits
//! they lead to.
//!
//! libgit2's own walks honor grafts, read large messages completely and ignore current commit-graph
//! files, so they are not used. Objects come from the object database alone, and the list of cuts
//! from `.git/shallow`.

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::commit::{Id, MAX_OBJECT, RawTag};
use crate::error::{Error, Result};
use crate::git::Repository;
use crate::git::reference_list::{self, Reference, TAGS};
use crate::history::{History, Objects};

/// The largest tree object that is read, in bytes: hundreds of thousands of files in one folder.
pub(super) const MAX_TREE_BYTES: usize = 16 << 20;
/// The longest chain of tags that point to tags.
const MAX_TAG_DEPTH: usize = 32;

/// The history of a repository, as it was when it was opened.
pub struct GitHistory<'r> {
    head: Option<Id>,
    objects: Database<'r>,
    folder: PathBuf,
    shallow: HashSet<Id>,
    /// By name.
    tags: Vec<Reference>,
}

/// The object database, used only for headers and whole objects.
struct Database<'r>(git2::Odb<'r>);

impl Repository {
    /// Opens the history for reading: references now, objects on demand.
    ///
    /// # Errors
    ///
    /// Fails if HEAD or the tags cannot be read.
    pub fn history(&self) -> Result<GitHistory<'_>> {
        let repository = self.raw();
        Ok(GitHistory {
            head: read_head(repository)?,
            objects: database(repository)?,
            folder: repository.commondir().join("objects"),
            shallow: read_shallow(repository.commondir())?,
            tags: reference_list::list_below(repository, TAGS)?,
        })
    }
}

impl GitHistory<'_> {
    /// The tags, by name.
    pub(super) fn tags(&self) -> &[Reference] {
        &self.tags
    }

    /// The history without some of its tags.
    #[must_use]
    pub(crate) fn without_tags(mut self, is_hidden: impl Fn(&str) -> bool) -> Self {
        self.tags.retain(|tag| !is_hidden(&tag.name_below(TAGS)));
        self
    }

    /// Whether there is a tag of this name.
    pub(crate) fn has_tag(&self, name: &str) -> bool {
        self.tag(name).is_some()
    }

    /// The tag object that the tag of this name refers to; `None` if there is no such tag, or if it
    /// refers to another object.
    ///
    /// # Errors
    ///
    /// Fails if the object cannot be read, and if it is over the limit.
    pub(crate) fn tag_object(&self, name: &str) -> Result<Option<impl AsRef<[u8]>>> {
        match self.tag(name) {
            Some(tag) => self.read_tag(tag, 0),
            None => Ok(None),
        }
    }

    /// The tag objects that have at least so many bytes, with the names of their tags. Shorter ones
    /// are not opened, nor are those that are known to lead to an object that isn't wanted.
    ///
    /// # Errors
    ///
    /// An item is an error if the object cannot be read, and if it is over the limit.
    pub(crate) fn tag_objects(
        &self,
        min_bytes: usize,
        is_wanted: impl Fn(Id) -> bool,
    ) -> impl Iterator<Item = Result<(Cow<'_, str>, impl AsRef<[u8]>)>> {
        self.tags.iter().filter_map(move |tag| {
            if tag.peeled.is_some_and(|target| !is_wanted(target)) {
                return None;
            }
            let object = self.read_tag(tag, min_bytes).transpose()?;
            Some(object.map(|object| (tag.name_below(TAGS), object)))
        })
    }

    fn read_tag(&self, tag: &Reference, min_bytes: usize) -> Result<Option<Object<'_>>> {
        if tag.peeled == Some(tag.target) {
            return Ok(None);
        }
        match self.objects.header(tag.target)? {
            (size, git2::ObjectType::Tag) if size >= min_bytes => {
                self.objects.read(tag.target).map(Object).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn tag(&self, name: &str) -> Option<&Reference> {
        let found = self
            .tags
            .binary_search_by(|tag| tag.name[TAGS.len()..].cmp(name.as_bytes()));
        found.ok().map(|at| &self.tags[at])
    }
}

impl Database<'_> {
    /// Follows a target through tags to the first object that is not a tag.
    fn peel(&self, mut target: Id) -> Result<Option<Id>> {
        for _ in 0..MAX_TAG_DEPTH {
            match self.kind(target)? {
                git2::ObjectType::Commit => return Ok(Some(target)),
                git2::ObjectType::Tag => {
                    let object = self.read(target)?;
                    let Some(tag) = RawTag::parse(object.data()) else {
                        return Ok(None);
                    };
                    target = tag.target;
                }
                _ => return Ok(None),
            }
        }
        Ok(None)
    }

    fn kind(&self, id: Id) -> Result<git2::ObjectType> {
        self.header(id).map(|(_, kind)| kind)
    }

    /// The size and the type of an object.
    fn header(&self, id: Id) -> Result<(usize, git2::ObjectType)> {
        self.0
            .read_header(to_oid(id))
            .map_err(|error| missing(id, error))
    }

    fn read(&self, id: Id) -> Result<git2::OdbObject<'_>> {
        let (size, kind) = self.header(id)?;
        if size > MAX_OBJECT {
            let kind = kind.str();
            return Err(Error::limit(
                format!("{kind} `{id}` is {size} bytes; the limit is {MAX_OBJECT}"),
                "shorten the message if you can still rewrite it; otherwise add a version tag to a later commit",
            ));
        }
        self.0.read(to_oid(id)).map_err(|error| missing(id, error))
    }

    fn read_tree(&self, id: Id) -> Result<git2::OdbObject<'_>> {
        let (size, kind) = self
            .0
            .read_header(to_oid(id))
            .map_err(|error| missing_tree(id, error))?;
        if kind != git2::ObjectType::Tree {
            return Err(Error::history(
                format!("object `{id}` is not a tree"),
                "run `git fsck` to find the damage",
            ));
        }
        if size > MAX_TREE_BYTES {
            let message = format!("tree `{id}` is {size} bytes; the limit is {MAX_TREE_BYTES}");
            return Err(Error::limit(
                message,
                "split the directory; a directory of that size is a mistake or an attack",
            ));
        }
        self.0
            .read(to_oid(id))
            .map_err(|error| missing_tree(id, error))
    }
}

impl std::fmt::Debug for GitHistory<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("GitHistory")
            .field("tags", &self.tags.len())
            .field("shallow", &self.shallow.len())
            .finish()
    }
}

/// A raw object, read whole.
struct Object<'r>(git2::OdbObject<'r>);

impl AsRef<[u8]> for Object<'_> {
    fn as_ref(&self) -> &[u8] {
        self.0.data()
    }
}

impl Objects for Database<'_> {
    fn commit(&self, id: Id) -> Result<impl AsRef<[u8]>> {
        self.read(id).map(Object)
    }

    fn tree(&self, id: Id) -> Result<impl AsRef<[u8]>> {
        self.read_tree(id).map(Object)
    }
}

impl Objects for GitHistory<'_> {
    fn commit(&self, id: Id) -> Result<impl AsRef<[u8]>> {
        self.objects.commit(id)
    }

    fn tree(&self, id: Id) -> Result<impl AsRef<[u8]>> {
        self.objects.tree(id)
    }
}

impl History for GitHistory<'_> {
    fn head(&self) -> Result<Option<Id>> {
        Ok(self.head)
    }

    fn tag_names(&self) -> Result<impl Iterator<Item = Cow<'_, str>>> {
        Ok(self.tags.iter().map(|tag| tag.name_below(TAGS)))
    }

    fn tag_commit(&self, name: &str) -> Result<Option<Id>> {
        match self.tag(name) {
            None => Ok(None),
            Some(tag) => self.objects.peel(tag.peeled.unwrap_or(tag.target)),
        }
    }

    fn known_target(&self, name: &str) -> Option<Id> {
        self.tag(name)?.peeled
    }

    fn tag_time(&self, name: &str) -> Result<Option<i64>> {
        let Some(tag) = self.tag(name) else {
            return Ok(None);
        };
        if self.objects.kind(tag.target)? != git2::ObjectType::Tag {
            return Ok(None);
        }
        let object = self.objects.read(tag.target)?;
        Ok(RawTag::parse(object.data()).and_then(|tag| tag.tagger?.seconds))
    }

    fn try_clone(&self, number: usize) -> Result<impl Objects> {
        // libgit2 keeps one pack per path for the whole process, under one lock, and two threads
        // would mostly wait for each other. Another spelling of the path gets its own pack and
        // lock.
        let folder = self.folder.join("./".repeat(number));
        let failed = |error| unreadable("the object database", error);
        let folder = folder
            .to_str()
            .ok_or_else(|| Error::repository("its path is not UTF-8", ""))?;
        let objects = git2::Odb::new().map_err(failed)?;
        objects.add_disk_alternate(folder).map_err(failed)?;
        Ok(Database(objects))
    }

    fn is_shallow(&self, id: Id) -> bool {
        !self.shallow.is_empty() && self.shallow.contains(&id)
    }
}

/// The commit that an object is, or that a tag leads to; `None` if it leads to something else.
pub(super) fn peeled(repository: &git2::Repository, id: Id) -> Result<Option<Id>> {
    database(repository)?.peel(id)
}

/// The bytes of a tag object; `None` if the object is of another type.
pub(super) fn raw_tag(repository: &git2::Repository, id: Id) -> Result<Option<Vec<u8>>> {
    let objects = database(repository)?;
    if objects.kind(id)? != git2::ObjectType::Tag {
        return Ok(None);
    }
    Ok(Some(objects.read(id)?.data().to_vec()))
}

/// The bytes of a commit object.
///
/// Fails if the object is missing or over the limit. libgit2 would read it completely to look at
/// it.
pub(super) fn read_commit(repository: &git2::Repository, id: Id) -> Result<Vec<u8>> {
    Ok(database(repository)?.read(id)?.data().to_vec())
}

fn database(repository: &git2::Repository) -> Result<Database<'_>> {
    repository
        .odb()
        .map(Database)
        .map_err(|error| unreadable("the object database", error))
}

fn read_head(repository: &git2::Repository) -> Result<Option<Id>> {
    match repository.head() {
        Ok(head) => Ok(head.target().map(from_oid)),
        Err(error) if error.code() == git2::ErrorCode::UnbornBranch => Ok(None),
        Err(error) => Err(unreadable("HEAD", error)),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "libgit2 does not tell where history is cut off"
)]
fn read_shallow(common: &Path) -> Result<HashSet<Id>> {
    let path = common.join("shallow");
    match std::fs::read(&path) {
        Ok(text) => Ok(text
            .split(|byte| *byte == b'\n')
            .filter_map(Id::from_hex)
            .collect()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(HashSet::new()),
        Err(error) => Err(
            Error::repository(format!("`{}` cannot be read", path.display()), "")
                .with_source(error),
        ),
    }
}

pub(super) fn to_oid(id: Id) -> git2::Oid {
    git2::Oid::from_bytes(id.as_bytes()).expect("a name has 20 bytes")
}

pub(super) fn from_oid(oid: git2::Oid) -> Id {
    Id::new(oid.as_bytes().try_into().expect("a name has 20 bytes"))
}

fn missing(id: Id, error: git2::Error) -> Error {
    if error.code() == git2::ErrorCode::NotFound {
        return Error::history(
            format!("object `{id}` is missing"),
            "fetch it with `git fetch --unshallow --tags` or `git fetch --refetch`; run `git fsck` to see what else \
             is missing",
        );
    }
    Error::history(
        format!("object `{id}` cannot be read"),
        "run `git fsck` to find the damage",
    )
    .with_source(error)
}

/// `git clone --filter=tree:0` omits trees, but the packages of a commit are determined by the
/// trees.
fn missing_tree(id: Id, error: git2::Error) -> Error {
    if error.code() == git2::ErrorCode::NotFound {
        return Error::history(
            format!("tree `{id}` is missing, so the packages changed by a commit are unknown"),
            "run `git fetch --refetch --filter=blob:none`",
        );
    }
    missing(id, error)
}

fn unreadable(what: &str, error: git2::Error) -> Error {
    Error::repository(
        format!("the repository's {what} cannot be read"),
        "run `git fsck` to find the damage",
    )
    .with_source(error)
}

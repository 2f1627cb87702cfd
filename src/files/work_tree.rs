//! Files below the root of a work tree, by paths that come from the repository.
//!
//! Each folder on the way is opened relative to the one before. Symbolic links are refused, and so
//! is the repository's own folder under another name.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Permissions};
use std::io::ErrorKind::{NotADirectory, NotFound};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use super::replace::replace_in;
use super::{
    Dir, Entry, Identity, changed_concurrently, decode, read_bytes, unreadable, unwritable,
};
use crate::error::{Error, Result};
use crate::repo_path::{PathFault, RepoPath};

/// A work tree, opened at its root.
#[derive(Debug)]
pub(crate) struct WorkTree {
    root: PathBuf,
    folder: Dir,
    /// The folders in which Git keeps the repository, whatever their names are.
    git_folders: Vec<Identity>,
}

/// The kind of entry at a path of the work tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PathKind {
    /// Nothing.
    Nothing,
    /// A regular file.
    File(Permissions),
    /// A symbolic link, a folder or a device, or anything below a link.
    Other,
}

/// Whether missing folders are created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Missing {
    Create,
    Leave,
}

/// Why the entry at a path could not be reached.
#[derive(Debug)]
enum Obstacle {
    /// This part of the path is a symbolic link.
    Link(PathBuf),
    /// The path enters the folder of the repository.
    GitFolder,
    /// The path is not that of a regular file.
    NotAFile,
    Failed(io::Error),
}

impl From<io::Error> for Obstacle {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

impl WorkTree {
    /// Opens a work tree at its root.
    ///
    /// # Errors
    ///
    /// Fails if there is no folder that can be opened.
    pub(crate) fn open(root: &Path) -> Result<Self> {
        let open = || {
            let root = root.canonicalize()?;
            Ok((Dir::open(&root)?, root))
        };
        let (folder, root) =
            open().map_err(|error| unreadable(&root.display().to_string(), error))?;
        let git_folders = folder
            .enter(OsStr::new(".git"))
            .and_then(|folder| folder.identity())
            .into_iter()
            .collect();
        Ok(Self {
            root,
            folder,
            git_folders,
        })
    }

    /// Protects another folder in which Git keeps the repository, as `.git` is protected.
    #[must_use]
    pub(crate) fn protecting(mut self, folder: &Path) -> Self {
        self.git_folders
            .extend(Dir::open(folder).and_then(|folder| folder.identity()));
        self
    }

    /// The root, as an absolute path without links.
    #[must_use]
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Reads a text of at most `most` bytes, or enough of it to show that it is larger; `None` if
    /// there is no such file.
    ///
    /// # Errors
    ///
    /// Fails if a symbolic link is on the way, if it is not a regular file, and if it cannot be
    /// read as UTF-8.
    pub(crate) fn read_text(&self, path: &RepoPath, most: usize) -> Result<Option<String>> {
        let text = self
            .read(path, most)?
            .map(|bytes| decode(bytes, most))
            .transpose();
        text.map_err(|error| unreadable(&path.to_string(), error))
    }

    /// Reads a file as [`read_text`](Self::read_text) does, but does not require UTF-8.
    ///
    /// # Errors
    ///
    /// Fails if a symbolic link is on the way, if it is not a regular file, and if it cannot be
    /// read.
    pub(crate) fn read(&self, path: &RepoPath, most: usize) -> Result<Option<Vec<u8>>> {
        let file = self
            .open_file(path)
            .map_err(|obstacle| obstacle.into_error(path, unreadable))?;
        let bytes = file.map(|file| read_bytes(file, most)).transpose();
        bytes.map_err(|error| unreadable(&path.to_string(), error))
    }

    /// Reads a file as [`read`](Self::read) does, but follows symbolic links that stay in the work
    /// tree.
    ///
    /// # Errors
    ///
    /// Fails if a link leads out of the work tree, into a `.git` folder or nowhere, if the path is
    /// not that of a regular file, and if the file cannot be read.
    pub(crate) fn read_linked(&self, path: &RepoPath, most: usize) -> Result<Option<Vec<u8>>> {
        if !matches!(self.open_file(path), Err(Obstacle::Link(_))) {
            return self.read(path, most);
        }
        let real = self.root.join(path.as_path()).canonicalize();
        let real = real.map_err(|error| unreadable(&path.to_string(), error))?;
        let target = real
            .strip_prefix(&self.root)
            .map_err(|_| PathFault::Outside)
            .and_then(RepoPath::new);
        let target = target.map_err(|fault| {
            let message = match fault {
                PathFault::GitFolder => {
                    format!("`{path}` is inside a `.git` directory because of a symbolic link")
                }
                _ => format!("`{path}` is outside the repository because of a symbolic link"),
            };
            Error::refused(message, "replace the link with a file")
        })?;
        self.read(&target, most)
    }

    /// The kind of entry at a path; a link on the way is [`PathKind::Other`].
    ///
    /// # Errors
    ///
    /// Fails if a folder cannot be read.
    pub(crate) fn kind(&self, path: &RepoPath) -> io::Result<PathKind> {
        match self.entry(path) {
            Ok(None) => Ok(PathKind::Nothing),
            Ok(Some(Entry::File(permissions))) => Ok(PathKind::File(permissions)),
            Ok(Some(Entry::Link | Entry::Other))
            | Err(Obstacle::Link(_) | Obstacle::GitFolder | Obstacle::NotAFile) => {
                Ok(PathKind::Other)
            }
            Err(Obstacle::Failed(error)) => Err(error),
        }
    }

    /// Writes a new file, and creates the folders that it needs.
    ///
    /// # Errors
    ///
    /// Fails if the path exists already, if a symbolic link is on the way, and if the file cannot
    /// be written.
    pub(crate) fn create(&self, path: &RepoPath, text: &str) -> Result<()> {
        let write = || {
            let (folder, name) = self.parent(path, Missing::Create)?;
            let mut file = folder.create_file(name)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            Ok(folder.sync()?)
        };
        write().map_err(|obstacle| match obstacle {
            Obstacle::Failed(error) if error.kind() == io::ErrorKind::AlreadyExists => Error::refused(
                format!("`{path}` already exists"),
                "edit that file, or use another title; the file name comes from the date and the title; `--id` sets only the ID",
            ),
            obstacle => obstacle.into_error(path, unwritable),
        })
    }

    /// Replaces the text of a file that was read before, or creates a file that did not exist then
    /// (`before` is `None`).
    ///
    /// # Errors
    ///
    /// Fails if the file has changed since, if it is read-only, if a symbolic link is on the way,
    /// and if it cannot be written. The file is unchanged then.
    pub(crate) fn replace(&self, path: &RepoPath, before: Option<&str>, after: &str) -> Result<()> {
        // Held until the file is replaced, so that no other run replaces it after the comparison.
        let folder = self
            .existing_parent(path)
            .map_err(|obstacle| obstacle.into_error(path, unwritable))?;
        if let Some((folder, _)) = &folder {
            folder.lock();
        }
        let found = self
            .open_file(path)
            .map_err(|obstacle| obstacle.into_error(path, unwritable))?;
        let permissions = match (found, before) {
            (None, None) => None,
            (Some(mut file), Some(before)) => {
                let mut bytes = Vec::with_capacity(before.len());
                let read = (&mut file)
                    .take(before.len() as u64 + 1)
                    .read_to_end(&mut bytes);
                let metadata = read
                    .and_then(|_| file.metadata())
                    .map_err(|error| unreadable(&path.to_string(), error))?;
                if bytes != before.as_bytes() {
                    return Err(changed_concurrently(&path.to_string()));
                }
                if metadata.permissions().readonly() {
                    return Err(Error::refused(
                        format!("`{path}` is read-only"),
                        "make it writable",
                    ));
                }
                Some(metadata.permissions())
            }
            _ => return Err(changed_concurrently(&path.to_string())),
        };
        let temporary = unused_name();
        self.replace_atomically(path, &temporary, after.as_bytes(), permissions)
            .map_err(|error| unwritable(&path.to_string(), error))
    }

    /// Replaces or creates a file as [`replace_in`] does, and creates the folders that it needs.
    ///
    /// # Errors
    ///
    /// Fails if a symbolic link is on the way, and if it cannot be written.
    pub(crate) fn replace_atomically(
        &self,
        path: &RepoPath,
        temporary: &OsStr,
        bytes: &[u8],
        permissions: Option<Permissions>,
    ) -> io::Result<()> {
        let (folder, name) = self
            .parent(path, Missing::Create)
            .map_err(Obstacle::into_io)?;
        replace_in(&folder, name, temporary, bytes, permissions)
    }

    /// Removes a file beside a path that a killed run may have left.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be removed.
    pub(crate) fn remove_temporary(&self, path: &RepoPath, name: &OsStr) -> io::Result<()> {
        match self.parent(path, Missing::Leave) {
            Ok((folder, _)) => folder.remove_file(name),
            Err(Obstacle::Failed(error)) if !matches!(error.kind(), NotFound | NotADirectory) => {
                Err(error)
            }
            Err(_) => Ok(()),
        }
    }

    /// Removes a file; a removed file stays removed after a power failure.
    ///
    /// # Errors
    ///
    /// Fails if a symbolic link is on the way, and if it cannot be removed.
    pub(crate) fn remove(&self, path: &RepoPath) -> io::Result<()> {
        let (folder, name) = self
            .parent(path, Missing::Leave)
            .map_err(Obstacle::into_io)?;
        folder.remove_file(name)?;
        folder.sync()
    }

    fn open_file(&self, path: &RepoPath) -> std::result::Result<Option<File>, Obstacle> {
        let Some((folder, name)) = self.existing_parent(path)? else {
            return Ok(None);
        };
        let opened = match folder.entry(name)? {
            None => return Ok(None),
            Some(Entry::Link) => return Err(Obstacle::Link(path.as_path().to_owned())),
            Some(Entry::Other) => return Err(Obstacle::NotAFile),
            Some(Entry::File(_)) => folder.open_file(name)?,
        };
        if opened.metadata()?.is_file() {
            Ok(Some(opened))
        } else {
            Err(Obstacle::NotAFile)
        }
    }

    fn entry(&self, path: &RepoPath) -> std::result::Result<Option<Entry>, Obstacle> {
        match self.existing_parent(path)? {
            Some((folder, name)) => Ok(folder.entry(name)?),
            None => Ok(None),
        }
    }

    /// The folder that contains a path; `None` if there is none.
    fn existing_parent<'p>(
        &self,
        path: &'p RepoPath,
    ) -> std::result::Result<Option<(Dir, &'p OsStr)>, Obstacle> {
        match self.parent(path, Missing::Leave) {
            Ok(found) => Ok(Some(found)),
            // If a file has the name of a folder, nothing exists below it.
            Err(Obstacle::Failed(error)) if matches!(error.kind(), NotFound | NotADirectory) => {
                Ok(None)
            }
            Err(obstacle) => Err(obstacle),
        }
    }

    /// Opens the folder that contains a path, one level after the other.
    fn parent<'p>(
        &self,
        path: &'p RepoPath,
        missing: Missing,
    ) -> std::result::Result<(Dir, &'p OsStr), Obstacle> {
        let mut folder = self.folder.try_clone()?;
        let mut names = path.as_path().iter();
        let last = names.next_back().unwrap_or_default();
        let mut walked = PathBuf::new();
        for name in names {
            walked.push(name);
            let mut entered = folder.enter(name);
            if missing == Missing::Create && is_missing(&entered) {
                folder.create_folder(name)?;
                folder.sync()?;
                entered = folder.enter(name);
            }
            folder = match entered {
                Ok(entered) => entered,
                Err(_) if folder.entry(name)? == Some(Entry::Link) => {
                    return Err(Obstacle::Link(walked));
                }
                Err(error) => return Err(error.into()),
            };
            if self.git_folders.contains(&folder.identity()?) {
                return Err(Obstacle::GitFolder);
            }
        }
        Ok((folder, last))
    }
}

impl Obstacle {
    /// The error for a path that could not be reached; `failed` makes the error for a failed read
    /// or write.
    fn into_error(self, path: &RepoPath, failed: impl Fn(&str, io::Error) -> Error) -> Error {
        match self {
            Self::Failed(error) => failed(&path.to_string(), error),
            Self::Link(link) if link == path.as_path() => Error::refused(
                format!("`{path}` is a symbolic link"),
                "replace the link with a file",
            ),
            Self::Link(link) => {
                let message = format!(
                    "`{path}` is inside `{}`, which is a symbolic link",
                    link.display()
                );
                Error::refused(
                    message,
                    "replace the link with a directory, or choose a file outside it",
                )
            }
            Self::GitFolder => Error::refused(
                format!("`{path}` is inside a `.git` directory"),
                PathFault::GitFolder.help(),
            ),
            Self::NotAFile => Error::file(
                format!("`{path}` is not a regular file"),
                "replace it with a regular file",
            ),
        }
    }

    fn into_io(self) -> io::Error {
        match self {
            Self::Failed(error) => error,
            Self::Link(link) => {
                io::Error::other(format!("`{}` is a symbolic link", link.display()))
            }
            Self::GitFolder => io::Error::other("it is inside a `.git` directory"),
            Self::NotAFile => io::Error::other("it is not a regular file"),
        }
    }
}

fn is_missing<T>(result: &io::Result<T>) -> bool {
    result.as_ref().is_err_and(|error| error.kind() == NotFound)
}

/// A name for a temporary file that no other run uses.
fn unused_name() -> OsString {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let time = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_nanos();
    format!(
        ".tollgate-{}-{time}-{}",
        std::process::id(),
        NUMBER.fetch_add(1, Ordering::Relaxed)
    )
    .into()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A work tree with a `.git` folder, and a folder beside it.
    fn work_tree() -> (tempfile::TempDir, WorkTree) {
        let folder = tempfile::tempdir().unwrap();
        for name in ["root/.git", "root/docs", "outside"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        fs::write(folder.path().join("root/.git/config"), "secret").unwrap();
        fs::write(folder.path().join("root/docs/a.md"), "a").unwrap();
        fs::write(folder.path().join("outside/b.md"), "b").unwrap();
        let tree = WorkTree::open(&folder.path().join("root")).unwrap();
        (folder, tree)
    }

    fn path(text: &str) -> RepoPath {
        RepoPath::new(Path::new(text)).unwrap()
    }

    fn names(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[test]
    #[cfg(unix)]
    fn no_concurrent_replacement_is_lost() {
        let (_folder, tree) = work_tree();
        let name = path("docs/a.md");
        let append = || {
            let before = tree.read_text(&name, 999).unwrap().unwrap();
            tree.replace(&name, Some(&before), &format!("{before}a"))
                .is_ok()
        };
        let written: usize = std::thread::scope(|scope| {
            let appends = || (0..40).filter(|_| append()).count();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(appends)).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .sum()
        });
        let text = tree.read_text(&name, 999).unwrap().unwrap();
        assert_eq!(text.len(), 1 + written);
    }

    #[test]
    fn a_file_is_replaced_whole() {
        let (_folder, tree) = work_tree();
        tree.replace(&path("docs/a.md"), Some("a"), "longer")
            .unwrap();
        tree.replace(&path("docs/a.md"), Some("longer"), "b")
            .unwrap();
        tree.replace(&path("new/folder/c.md"), None, "c").unwrap();
        assert_eq!(
            tree.read_text(&path("docs/a.md"), 9).unwrap().as_deref(),
            Some("b")
        );
        assert_eq!(
            tree.read_text(&path("new/folder/c.md"), 9)
                .unwrap()
                .as_deref(),
            Some("c")
        );
        assert_eq!(names(&tree.root().join("docs")), 1);
    }

    #[test]
    fn concurrently_changed_file_is_kept() {
        let (_folder, tree) = work_tree();
        for before in [Some("x"), Some(""), Some("ab"), None] {
            let error = tree.replace(&path("docs/a.md"), before, "y").unwrap_err();
            assert_eq!(
                error.to_string(),
                "`docs/a.md` changed while this command was running",
                "{before:?}"
            );
        }
        assert!(tree.replace(&path("docs/gone.md"), Some("x"), "y").is_err());
        assert_eq!(
            tree.read_text(&path("docs/a.md"), 9).unwrap().as_deref(),
            Some("a")
        );
    }

    #[test]
    fn an_existing_file_is_not_created() {
        let (_folder, tree) = work_tree();
        let error = tree.create(&path("docs/a.md"), "x").unwrap_err();
        assert_eq!(error.to_string(), "`docs/a.md` already exists");
        tree.create(&path("x/y.toml"), "y").unwrap();
        assert_eq!(
            tree.read_text(&path("x/y.toml"), 9).unwrap().as_deref(),
            Some("y")
        );
    }

    #[test]
    fn a_missing_file_reads_as_none() {
        let (_folder, tree) = work_tree();
        for missing in ["x", "x/y", "docs/a.md/x"] {
            assert_eq!(
                tree.read_text(&path(missing), 9).unwrap(),
                None,
                "{missing}"
            );
            assert_eq!(
                tree.kind(&path(missing)).unwrap(),
                PathKind::Nothing,
                "{missing}"
            );
        }
    }

    #[test]
    fn a_folder_is_not_read_as_a_file() {
        let (_folder, tree) = work_tree();
        assert_eq!(
            tree.read_text(&path("docs"), 9).unwrap_err().to_string(),
            "`docs` is not a regular file"
        );
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_written_through_a_link() {
        use std::os::unix::fs::symlink;
        let (folder, tree) = work_tree();
        let outside = folder.path().join("outside");
        symlink(&outside, tree.root().join("d")).unwrap();
        symlink(outside.join("b.md"), tree.root().join("f")).unwrap();
        symlink(".", tree.root().join("here")).unwrap();
        let attempts = [
            ("d/b.md", "`d/b.md` is inside `d`, which is a symbolic link"),
            (
                "d/new.md",
                "`d/new.md` is inside `d`, which is a symbolic link",
            ),
            (
                "d/x/new.md",
                "`d/x/new.md` is inside `d`, which is a symbolic link",
            ),
            (
                "here/docs/a.md",
                "`here/docs/a.md` is inside `here`, which is a symbolic link",
            ),
            ("f", "`f` is a symbolic link"),
        ];
        for (name, message) in attempts {
            for before in [Some("b"), None] {
                assert_eq!(
                    tree.replace(&path(name), before, "x")
                        .unwrap_err()
                        .to_string(),
                    message
                );
            }
            assert_eq!(tree.kind(&path(name)).unwrap(), PathKind::Other, "{name}");
            assert_eq!(
                tree.read_text(&path(name), 9).unwrap_err().to_string(),
                message
            );
            assert!(tree.create(&path(name), "x").is_err());
        }
        assert!(
            tree.replace_atomically(&path("d/b.md"), OsStr::new("t"), b"x", None)
                .is_err()
        );
        assert_eq!(
            (
                names(&outside),
                fs::read_to_string(outside.join("b.md")).unwrap()
            ),
            (1, "b".to_owned())
        );
    }

    #[cfg(unix)]
    #[test]
    fn only_links_inside_the_work_tree_are_read() {
        use std::os::unix::fs::symlink;
        let (folder, tree) = work_tree();
        symlink("docs/a.md", tree.root().join("inside")).unwrap();
        symlink(
            folder.path().join("outside/b.md"),
            tree.root().join("outside"),
        )
        .unwrap();
        symlink(".git/config", tree.root().join("git")).unwrap();
        symlink("nowhere", tree.root().join("dangling")).unwrap();
        let read = |name: &str| {
            tree.read_linked(&path(name), 9)
                .map_err(|error| error.to_string())
        };
        assert_eq!(read("inside"), Ok(Some(b"a".into())));
        assert_eq!(
            read("outside"),
            Err("`outside` is outside the repository because of a symbolic link".into())
        );
        assert_eq!(
            read("git"),
            Err("`git` is inside a `.git` directory because of a symbolic link".into())
        );
        assert_eq!(read("dangling"), Err("`dangling` cannot be read".into()));
        assert_eq!(read("missing"), Ok(None));
    }

    #[test]
    fn a_repository_of_another_name_is_protected() {
        let (_folder, tree) = work_tree();
        fs::rename(tree.root().join(".git"), tree.root().join("dotfiles")).unwrap();
        let message = "`dotfiles/config` is inside a `.git` directory";
        assert_eq!(
            tree.read_text(&path("dotfiles/config"), 9)
                .unwrap_err()
                .to_string(),
            message
        );
        let root = tree.root().to_owned();
        let tree = WorkTree::open(&root)
            .unwrap()
            .protecting(&root.join("dotfiles"));
        assert_eq!(
            tree.replace(&path("dotfiles/config"), Some("secret"), "")
                .unwrap_err()
                .to_string(),
            message
        );
        assert!(tree.create(&path("dotfiles/hooks/x"), "").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_refused_instead_of_waited_for() {
        let (_folder, tree) = work_tree();
        assert!(
            std::process::Command::new("mkfifo")
                .arg(tree.root().join("pipe"))
                .status()
                .unwrap()
                .success()
        );
        assert_eq!(
            tree.read_text(&path("pipe"), 9).unwrap_err().to_string(),
            "`pipe` is not a regular file"
        );
    }
}

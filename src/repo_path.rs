//! Decides which paths name a file of the repository: below its root and outside the `.git` folder.
//!
//! Only the text of a path is checked here. `files` follows a path on disk and refuses symbolic
//! links on the way.

use std::fmt;
use std::path::{Component, Path, PathBuf};

use crate::source::fold_case;

/// Code points that HFS+ ignores in file names, so that `.g\u{200c}it` is the `.git` folder there.
const IGNORED_BY_HFS: &[char] = &[
    '\u{200c}', '\u{200d}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}',
    '\u{202e}', '\u{206a}', '\u{206b}', '\u{206c}', '\u{206d}', '\u{206e}', '\u{206f}', '\u{feff}',
];

/// A path relative to the root of the repository that stays below the root and never enters a
/// `.git` folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RepoPath(PathBuf);

/// Why a path is not a [`RepoPath`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum PathFault {
    /// It is absolute, is empty, or leaves the repository with `..`.
    #[error("is outside the repository")]
    Outside,
    /// It enters a `.git` folder.
    #[error("is inside a `.git` directory")]
    GitFolder,
    /// Some system that git runs on cannot store a file under this name, or stores it under another
    /// one.
    #[error("is not a valid file name on all operating systems")]
    NotPortable,
}

impl PathFault {
    /// What to write instead.
    #[must_use]
    pub(crate) const fn help(self) -> &'static str {
        match self {
            Self::Outside => "use a path relative to the repository root, with `/`",
            Self::GitFolder => "use a file that Git tracks",
            Self::NotPortable => {
                "avoid `\\`, `:`, control characters, and names that end with a dot or a space"
            }
        }
    }
}

impl RepoPath {
    /// Checks a path that was found on this machine, with any characters in its names.
    ///
    /// # Errors
    ///
    /// Fails if the path leaves the repository or enters a `.git` folder.
    pub(crate) fn new(path: &Path) -> Result<Self, PathFault> {
        let mut checked = PathBuf::new();
        for component in path.components() {
            match component {
                Component::CurDir => {}
                Component::Normal(name) => {
                    let text = name.to_string_lossy();
                    if is_git_folder(&text) {
                        return Err(PathFault::GitFolder);
                    }
                    if cfg!(windows) && !is_portable(&text) {
                        return Err(PathFault::NotPortable);
                    }
                    checked.push(name);
                }
                Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                    return Err(PathFault::Outside);
                }
            }
        }
        if checked.as_os_str().is_empty() {
            Err(PathFault::Outside)
        } else {
            Ok(Self(checked))
        }
    }

    /// Checks a path that somebody wrote, such as one of the configuration: it must name the same
    /// file on every system.
    ///
    /// # Errors
    ///
    /// Fails as [`new`](Self::new) does, and if a name is empty, `.` or not portable.
    pub(crate) fn portable(path: &str) -> Result<Self, PathFault> {
        if path.starts_with('/') || path.split('/').any(|name| name == "..") {
            return Err(PathFault::Outside);
        }
        if path.split('/').any(is_git_folder) {
            return Err(PathFault::GitFolder);
        }
        if path
            .split('/')
            .any(|name| matches!(name, "" | ".") || !is_portable(name))
        {
            return Err(if path.is_empty() {
                PathFault::Outside
            } else {
                PathFault::NotPortable
            });
        }
        Self::new(Path::new(path))
    }

    /// The path, relative to the root.
    #[must_use]
    pub(crate) fn as_path(&self) -> &Path {
        &self.0
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string_lossy();
        if std::path::MAIN_SEPARATOR == '/' {
            out.write_str(&text)
        } else {
            out.write_str(&text.replace(std::path::MAIN_SEPARATOR, "/"))
        }
    }
}

/// Whether some system takes this name for that of a `.git` folder.
///
/// Git refuses the same names: other letter case, the short name `git~1`, trailing dots and spaces
/// and streams as of NTFS, and code points that HFS+ ignores.
#[must_use]
pub(crate) fn is_git_folder(name: &str) -> bool {
    let name = name.split([':', '\\']).next().unwrap_or_default();
    let name: String = name
        .chars()
        .filter(|character| !IGNORED_BY_HFS.contains(character))
        .collect();
    let name = name.trim_end_matches(['.', ' ']).to_ascii_lowercase();
    let is_short_name =
        |number: &str| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    name == ".git" || name.strip_prefix("git~").is_some_and(is_short_name)
}

/// The form of a path in which two paths are equal that some file system takes for one: letter
/// case, composition and the characters that HFS+ ignores don't count.
#[must_use]
pub(crate) fn folded(path: &str) -> String {
    if path.is_ascii() {
        return path.to_ascii_lowercase();
    }
    let seen: String = path
        .chars()
        .filter(|character| !IGNORED_BY_HFS.contains(character))
        .collect();
    fold_case(&seen)
}

fn is_portable(name: &str) -> bool {
    !name.contains(|character: char| matches!(character, '\\' | ':') || character.is_control())
        && !name.ends_with(['.', ' '])
}

/// The folder of a file, empty for the root.
pub(crate) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Whether a file lies below a folder.
pub(crate) fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty()
        || path
            .strip_prefix(folder)
            .is_some_and(|rest| rest.starts_with('/'))
}

/// Joins a folder and a relative path and resolves `.` and `..`; `None` if the result leaves the
/// repository.
pub(crate) fn join(folder: &str, relative: &str) -> Option<String> {
    if relative.starts_with('/') {
        return None;
    }
    let mut names: Vec<&str> = folder.split('/').filter(|name| !name.is_empty()).collect();
    for name in relative.split('/') {
        match name {
            "" | "." => {}
            ".." => {
                names.pop()?;
            }
            name => names.push(name),
        }
    }
    Some(names.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_the_git_folder_is_recognised() {
        for name in [
            ".git",
            ".GIT",
            ".Git",
            "git~1",
            "GIT~1",
            "git~12",
            ".git.",
            ".git ",
            ".git . .",
            ".git::$INDEX_ALLOCATION",
            ".git:config",
            "git~1:x",
            ".git\\config",
            ".g\u{200c}it",
            "\u{feff}.git",
            ".gi\u{206f}t\u{202e}.",
        ] {
            assert!(is_git_folder(name), "{name:?}");
            assert_eq!(
                RepoPath::new(&Path::new("a").join(name).join("x")),
                Err(PathFault::GitFolder),
                "{name:?}"
            );
            assert_eq!(
                RepoPath::portable(&format!("{name}/config")),
                Err(PathFault::GitFolder),
                "{name:?}"
            );
        }
    }

    #[test]
    fn names_that_only_resemble_the_git_folder_are_allowed() {
        for name in [
            ".gitignore",
            ".github",
            "git",
            ".git-blame-ignore-revs",
            "x.git",
            "git~",
            "git~x",
            ".gitt",
        ] {
            assert!(!is_git_folder(name), "{name}");
            assert!(RepoPath::portable(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn equivalent_paths_fold_to_one() {
        for (one, other) in [
            ("SRC/a", "src/a"),
            ("\u{dc}b/a", "U\u{308}b/a"),
            ("sr\u{200d}c/a", "src/a"),
        ] {
            assert_eq!(folded(one), folded(other), "{one:?}");
        }
        assert_ne!(folded("src/a"), folded("src/b"));
    }

    #[test]
    fn paths_outside_the_repository_are_refused() {
        for path in ["", ".", "..", "../x", "a/../../x", "/tmp/x", "a/.."] {
            assert_eq!(
                RepoPath::new(Path::new(path)),
                Err(PathFault::Outside),
                "{path}"
            );
        }
    }

    #[test]
    fn written_paths_must_be_portable() {
        for path in [
            "a\\b", "c:x", "a./b", "b ", "a\tb", "a//b", "./a", "a/./b", "a/",
        ] {
            assert_eq!(
                RepoPath::portable(path),
                Err(PathFault::NotPortable),
                "{path}"
            );
        }
        assert_eq!(
            RepoPath::portable("docs/News (new).md")
                .unwrap()
                .to_string(),
            "docs/News (new).md"
        );
    }

    #[test]
    fn joined_paths_never_leave_the_repository() {
        assert_eq!(join("a/b", "../c/./d").as_deref(), Some("a/c/d"));
        assert_eq!(join("a", "../../b"), None);
        assert_eq!(join("a", "/b"), None);
    }
}

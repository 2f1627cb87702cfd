//! Lists references, all of them or none. A reference that cannot be read is an error, since a
//! missing tag would lead to a wrong version.
//!
//! libgit2 silently omits what it cannot read, and opens each reference twice, so the files are
//! read here: first the loose references, then the packed ones, which loose ones override. In this
//! order a reference that is packed at the same time is found in one place or the other. libgit2
//! follows only symbolic references.

use std::borrow::Cow;
use std::fs::{DirEntry, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::commit::Id;
use crate::error::{Error, Reason, Result};
use crate::git::history::from_oid;

/// The folder of the tags.
pub(super) const TAGS: &str = "refs/tags/";

/// The maximum number of references that are read.
pub(super) const MAX_REFERENCES: usize = 200_000;
/// The deepest nesting of folders; links may form cycles.
const MAX_DIR_DEPTH: usize = 64;
/// The number of digits of an object's name.
const HEX_DIGITS: usize = 40;

/// A name that leads to an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    /// Its name, with `refs/`.
    pub(super) name: Vec<u8>,
    /// The object that it refers to.
    pub(super) target: Id,
    /// The object that it leads to through all tags, which is the target itself if that is not a
    /// tag; known only for packed references.
    pub(super) peeled: Option<Id>,
}

impl Reference {
    /// The part of its name after the folder `prefix`, with replacement characters for bytes that
    /// are not UTF-8.
    pub(super) fn name_below(&self, prefix: &str) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.name[prefix.len()..])
    }
}

/// Every reference below the folder `prefix`, such as `refs/tags/`, by name.
///
/// A symbolic reference to nothing is omitted, as in Git. Files and folders whose names are not
/// valid for references are ignored, such as locks and files of file managers.
pub(super) fn list_below(git: &git2::Repository, prefix: &str) -> Result<Vec<Reference>> {
    let common = git.commondir();
    let (mut found, packed) = (loose(git, prefix)?, packed(common, prefix)?);
    if found.is_empty() {
        found = packed;
    } else {
        found.extend(packed);
    }
    // The sort is stable: of equal names, the loose reference comes first and is kept.
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found.dedup_by(|later, first| later.name == first.name);
    if found.len() > MAX_REFERENCES {
        Err(too_many(prefix))
    } else {
        Ok(found)
    }
}

fn loose(git: &git2::Repository, prefix: &str) -> Result<Vec<Reference>> {
    let mut found = Vec::new();
    let mut open = vec![(
        git.commondir().join(prefix),
        prefix.as_bytes().to_owned(),
        0,
    )];
    while let Some((folder, name, depth)) = open.pop() {
        let unreadable = |error| {
            let message = format!("the directory `{}` cannot be read", folder.display());
            Error::repository(message, "check the permissions").with_source(error)
        };
        for (entry, is_folder) in entries(&folder).map_err(unreadable)? {
            let name = [&name, entry.file_name().as_encoded_bytes()].concat();
            if is_folder && depth < MAX_DIR_DEPTH {
                open.push((entry.path(), [&name[..], b"/"].concat(), depth + 1));
            } else if !name.ends_with(b".") {
                found.extend(read_loose(git, name, entry.path())?);
            }
            if found.len() > MAX_REFERENCES {
                return Err(too_many(prefix));
            }
        }
    }
    Ok(found)
}

/// The entries of a folder whose names are valid in references, and whether each is a folder; empty
/// if the folder does not exist.
#[expect(
    clippy::disallowed_methods,
    reason = "libgit2 does not tell what it leaves out"
)]
fn entries(folder: &Path) -> io::Result<Vec<(DirEntry, bool)>> {
    let read = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        read => read?,
    };
    let mut entries = Vec::new();
    for entry in read {
        let entry = entry?;
        if !is_part(entry.file_name().as_encoded_bytes()) {
            continue;
        }
        let mut kind = entry.file_type()?;
        if kind.is_symlink()
            && let Ok(followed) = std::fs::metadata(entry.path())
        {
            kind = followed.file_type();
        }
        if !kind.is_dir() && !kind.is_file() && !kind.is_symlink() {
            let name = entry.file_name();
            return Err(io::Error::other(format!(
                "`{}` is neither a file nor a directory",
                name.display()
            )));
        }
        entries.push((entry, kind.is_dir()));
    }
    Ok(entries)
}

/// Reads a loose reference; `None` if it was deleted or packed in the meantime, or refers to
/// nothing.
fn read_loose(git: &git2::Repository, name: Vec<u8>, path: PathBuf) -> Result<Option<Reference>> {
    let broken = || {
        Error::repository(
            format!(
                "the reference `{}` cannot be read",
                String::from_utf8_lossy(&name)
            ),
            format!(
                "fetch the reference again, or delete `{}` if it is broken",
                path.display()
            ),
        )
    };
    let mut text = [0; HEX_DIGITS + 1];
    let target = match read_start(&path, &mut text) {
        // A missing file was packed or deleted; a dangling symbolic link still exists.
        Err(error)
            if error.kind() == io::ErrorKind::NotFound && path.symlink_metadata().is_err() =>
        {
            return Ok(None);
        }
        Err(error) => return Err(broken().with_source(error)),
        Ok(start) if start.starts_with(b"ref:") => match follow(git, &name) {
            Ok(None) => return Ok(None),
            Ok(target) => target,
            Err(error) => return Err(broken().with_source(error)),
        },
        Ok(start) => match start.split_at_checked(HEX_DIGITS) {
            Some((digits, [])) => target(digits),
            Some((digits, [end, ..])) if end.is_ascii_whitespace() => target(digits),
            _ => None,
        },
    };
    let target = target.ok_or_else(broken)?;
    Ok(Some(Reference {
        name,
        target,
        peeled: None,
    }))
}

/// The object that a symbolic reference leads to; `None` if it does not exist.
fn follow(git: &git2::Repository, name: &[u8]) -> std::result::Result<Option<Id>, Reason> {
    let strange = || Reason::new("it points to an invalid reference name");
    let name = std::str::from_utf8(name).map_err(|_| strange())?;
    let found = |result: std::result::Result<_, git2::Error>| match result {
        Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(None),
        other => other.map(Some),
    };
    let Some(link) = found(git.find_reference(name))? else {
        return Ok(None);
    };
    let is_valid = |next| std::str::from_utf8(next).is_ok_and(git2::Reference::is_valid_name);
    if link
        .symbolic_target_bytes()
        .is_some_and(|next| !is_valid(next))
    {
        return Err(strange());
    }
    Ok(found(link.resolve())?.and_then(|last| last.target().map(from_oid)))
}

/// The beginning of a file, up to a limit: an object's name is no longer, so a longer file need not
/// be read completely.
#[expect(
    clippy::disallowed_methods,
    reason = "libgit2 opens each reference twice"
)]
fn read_start<'b>(path: &Path, into: &'b mut [u8]) -> io::Result<&'b [u8]> {
    let mut file = File::open(path)?;
    let mut length = 0;
    while length < into.len() {
        match file.read(&mut into[length..]) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(&into[..length])
}

/// Reads `packed-refs`: lines with object and name; the line of a tag may be followed by `^` and
/// the object it leads to. If the first line says that this is so for every tag, other objects are
/// not tags.
#[expect(
    clippy::disallowed_methods,
    reason = "libgit2 makes an object of every reference"
)]
fn packed(common: &Path, prefix: &str) -> Result<Vec<Reference>> {
    let path = common.join("packed-refs");
    let text = match std::fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable_list(&path, "").with_source(error)),
        Ok(text) => text,
    };
    let is_peeled = text
        .split(|byte| *byte == b'\n')
        .next()
        .is_some_and(says_peeled);
    let mut found: Vec<Reference> = Vec::new();
    let mut is_wanted = false;
    let mut rest = &text[..];
    while !rest.is_empty() {
        let broken = || {
            let line = 1 + memchr::memchr_iter(b'\n', &text[..text.len() - rest.len()]).count();
            unreadable_list(&path, &format!(": line {line} is broken"))
        };
        // A last line without a line end may be cut off within the name.
        let end = memchr::memchr(b'\n', rest).ok_or_else(broken)?;
        let line = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
        match line {
            [b'#', ..] => {}
            [b'^', ..] if !is_wanted => {}
            [b'^', digits @ ..] => {
                let reference = found.last_mut().ok_or_else(broken)?;
                reference.peeled = Some(target(digits).ok_or_else(broken)?);
            }
            _ => {
                let Some((digits, [b' ', name @ ..])) = line.split_at_checked(HEX_DIGITS) else {
                    return Err(broken());
                };
                is_wanted = name.starts_with(prefix.as_bytes()) && is_name(name);
                if is_wanted {
                    let target = target(digits).ok_or_else(broken)?;
                    found.push(Reference {
                        name: name.to_owned(),
                        target,
                        peeled: is_peeled.then_some(target),
                    });
                }
            }
        }
        if found.len() > MAX_REFERENCES {
            return Err(too_many(prefix));
        }
        rest = &rest[end + 1..];
    }
    Ok(found)
}

/// Whether the first line of `packed-refs` says that every tag is followed by the object it leads
/// to.
fn says_peeled(line: &[u8]) -> bool {
    line.strip_prefix(b"# pack-refs with:")
        .is_some_and(|traits| {
            traits
                .split(u8::is_ascii_whitespace)
                .any(|word| word == b"fully-peeled")
        })
}

/// The object with this hexadecimal name; a name of zeros stands for no object.
fn target(digits: &[u8]) -> Option<Id> {
    let mut digits: [u8; HEX_DIGITS] = digits.try_into().ok()?;
    digits.make_ascii_lowercase();
    Id::from_hex(&digits).filter(|id| id.as_bytes() != &[0; HEX_DIGITS / 2])
}

/// Whether a reference may have this name, by the rules of `git check-ref-format`.
fn is_name(name: &[u8]) -> bool {
    name.split(|byte| *byte == b'/').all(is_part) && !name.ends_with(b".")
}

/// Whether this is valid between two slashes of a reference's name.
fn is_part(part: &[u8]) -> bool {
    let is_forbidden = |byte: &u8| {
        matches!(
            byte,
            0..=b' ' | 0x7f | b'~' | b'^' | b':' | b'?' | b'*' | b'[' | b'\\'
        )
    };
    !part.is_empty()
        && !part.starts_with(b".")
        && !part.ends_with(b".lock")
        && !part.iter().any(is_forbidden)
        && !part.windows(2).any(|pair| pair == b".." || pair == b"@{")
}

fn too_many(prefix: &str) -> Error {
    let message = format!("there are more than {MAX_REFERENCES} references below `{prefix}`");
    Error::limit(message, "delete the ones that are no longer needed")
}

fn unreadable_list(path: &Path, place: &str) -> Error {
    Error::repository(
        format!("`{}` cannot be read{place}", path.display()),
        "run `git fsck` to find the damage",
    )
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "the tests write and break files, and ask git"
)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn repository() -> (tempfile::TempDir, git2::Repository) {
        let folder = tempfile::tempdir().unwrap();
        let git = git2::Repository::init_bare(folder.path()).unwrap();
        let id = git
            .odb()
            .unwrap()
            .write(git2::ObjectType::Blob, b"x")
            .unwrap();
        for name in ["refs/tags/v1.0.0", "refs/tags/core/v1.0.0"] {
            git.reference(name, id, false, "").unwrap();
        }
        (folder, git)
    }

    fn names(git: &git2::Repository) -> Result<Vec<String>> {
        Ok(list_below(git, TAGS)?
            .iter()
            .map(|reference| reference.name_below(TAGS).into_owned())
            .collect())
    }

    fn hex(digit: &str) -> String {
        digit.repeat(HEX_DIGITS)
    }

    #[test]
    fn references_are_found_in_folders_too() {
        let (_folder, git) = repository();
        assert_eq!(names(&git).unwrap(), ["core/v1.0.0", "v1.0.0"]);
    }

    #[test]
    fn what_is_no_object_is_an_error_and_not_left_out() {
        let (folder, git) = repository();
        for text in [
            "",
            "12",
            &hex("0"),
            &format!("{}0", hex("1")),
            &"\0".repeat(41),
            "ref:",
            "ref: ../x",
        ] {
            std::fs::write(folder.path().join("refs/tags/core/v1.0.0"), text).unwrap();
            let error = names(&git).unwrap_err();
            assert_eq!(
                error.to_string(),
                "the reference `refs/tags/core/v1.0.0` cannot be read",
                "{text:?}"
            );
            assert!(
                error
                    .help()
                    .unwrap()
                    .starts_with("fetch the reference again, or delete `")
            );
        }
    }

    #[test]
    fn digits_may_end_with_file_or_line() {
        let (folder, git) = repository();
        for text in [
            hex("a"),
            hex("A"),
            format!("{}\r\n", hex("a")),
            format!("{} more of it", hex("a")),
        ] {
            std::fs::write(folder.path().join("refs/tags/v1.0.0"), &text).unwrap();
            assert_eq!(
                list_below(&git, TAGS).unwrap()[1].target.to_string(),
                hex("a"),
                "{text:?}"
            );
        }
    }

    #[test]
    fn what_is_no_reference_does_not_count() {
        let (folder, git) = repository();
        for name in ["v2.0.0.lock", ".DS_Store", "v2.0.0~", "v 2", "v2.", "v@{2}"] {
            std::fs::write(folder.path().join("refs/tags").join(name), "").unwrap();
        }
        assert_eq!(names(&git).unwrap().len(), 2);
        assert_eq!(list_below(&git, "refs/replace/").unwrap(), []);
    }

    #[test]
    fn a_symbolic_reference_leads_where_the_other_does() {
        let (_folder, git) = repository();
        let tag = git.refname_to_id("refs/tags/v1.0.0").unwrap();
        git.reference_symbolic("refs/tags/newest", "refs/tags/v1.0.0", false, "")
            .unwrap();
        git.reference_symbolic("refs/tags/nothing", "refs/tags/v9", false, "")
            .unwrap();
        assert_eq!(names(&git).unwrap(), ["core/v1.0.0", "newest", "v1.0.0"]);
        assert_eq!(list_below(&git, TAGS).unwrap()[1].target, from_oid(tag));
    }

    #[test]
    fn a_loose_reference_hides_the_packed_one() {
        let (folder, git) = repository();
        let text = format!(
            "# pack-refs with: peeled fully-peeled sorted \n{} refs/heads/main\n^{}\n{} refs/tags/a\n^{}\n{} refs/tags/v1.0.0\n",
            hex("1"),
            hex("2"),
            hex("3"),
            hex("4"),
            hex("5"),
        );
        std::fs::write(folder.path().join("packed-refs"), text).unwrap();
        let found = list_below(&git, TAGS).unwrap();
        assert_eq!(
            found
                .iter()
                .map(|reference| reference.name_below(TAGS))
                .collect::<Vec<_>>(),
            ["a", "core/v1.0.0", "v1.0.0"]
        );
        assert_eq!(
            (found[0].target, found[0].peeled),
            (target(&[b'3'; 40]).unwrap(), target(&[b'4'; 40]))
        );
        assert_eq!((found[2].target, found[2].peeled), (found[1].target, None));
    }

    #[test]
    fn packed_references_without_another_object_are_not_tags() {
        let (folder, git) = repository();
        let peeled = |header: &str| {
            let text = format!("{header}{} refs/tags/a\n", hex("1"));
            std::fs::write(folder.path().join("packed-refs"), text).unwrap();
            list_below(&git, TAGS).unwrap()[0].peeled
        };
        let target = target(&[b'1'; 40]);
        assert_eq!(
            peeled("# pack-refs with: peeled fully-peeled sorted \n"),
            target
        );
        assert_eq!(peeled("# pack-refs with: peeled \n"), None);
        assert_eq!(peeled(""), None);
    }

    #[test]
    fn broken_packed_refs_error_names_the_line() {
        let (folder, git) = repository();
        let one = hex("1");
        for (line, text) in [
            (2, format!("{one} refs/tags/a\n{one} refs/tags/b")),
            (1, format!("{} refs/tags/a\n", "x".repeat(40))),
            (1, "\0\0\0\0\n".to_owned()),
            (1, format!("^{one}\n").replace('^', "")),
            (2, format!("{one} refs/tags/a\n^12\n")),
            (
                3,
                format!("{one} refs/heads/a\n\n\n").replacen("a\n", &format!("a\n^{one}\n"), 1),
            ),
        ] {
            std::fs::write(folder.path().join("packed-refs"), &text).unwrap();
            let error = names(&git).unwrap_err().to_string();
            assert!(
                error.ends_with(&format!(
                    "packed-refs` cannot be read: line {line} is broken"
                )),
                "{error} {text:?}"
            );
        }
    }

    #[test]
    fn packed_invalid_names_are_ignored() {
        let (folder, git) = repository();
        let text = format!(
            "{0} refs/tags/../x\n^{0}\n{0} refs/tags/v.lock\n{0} refs/tags/b\n",
            hex("1")
        );
        std::fs::write(folder.path().join("packed-refs"), text).unwrap();
        assert_eq!(names(&git).unwrap(), ["b", "core/v1.0.0", "v1.0.0"]);
        assert_eq!(list_below(&git, TAGS).unwrap()[0].peeled, None);
    }

    #[test]
    fn a_second_work_tree_sees_the_same_references() {
        let folder = tempfile::tempdir().unwrap();
        let git = git2::Repository::init(folder.path().join("first")).unwrap();
        let author = git2::Signature::now("a", "a@example.com").unwrap();
        let tree = git
            .find_tree(git.treebuilder(None).unwrap().write().unwrap())
            .unwrap();
        let commit = git
            .commit(Some("HEAD"), &author, &author, "x", &tree, &[])
            .unwrap();
        git.reference("refs/tags/v1.0.0", commit, false, "")
            .unwrap();
        let second = git
            .worktree("second", &folder.path().join("second"), None)
            .unwrap();
        let second = git2::Repository::open_from_worktree(&second).unwrap();
        assert_eq!(names(&second).unwrap(), ["v1.0.0"]);
    }

    #[cfg(unix)]
    #[test]
    fn cyclic_links_are_an_error() {
        let (folder, git) = repository();
        let tags = folder.path().join("refs/tags");
        std::os::unix::fs::symlink("v1.0.0", tags.join("v2.0.0")).unwrap();
        std::os::unix::fs::symlink("core", tags.join("other")).unwrap();
        assert_eq!(names(&git).unwrap().len(), 4);
        std::os::unix::fs::symlink(".", tags.join("round")).unwrap();
        assert!(names(&git).is_err());
        std::fs::remove_file(tags.join("round")).unwrap();
        std::os::unix::fs::symlink("nowhere", tags.join("v3.0.0")).unwrap();
        assert_eq!(
            names(&git).unwrap_err().to_string(),
            "the reference `refs/tags/v3.0.0` cannot be read"
        );
    }

    #[cfg(unix)]
    #[test]
    fn names_are_bytes_and_need_not_be_text() {
        use std::os::unix::ffi::OsStrExt as _;
        let (folder, git) = repository();
        let path = folder
            .path()
            .join("refs/tags")
            .join(std::ffi::OsStr::from_bytes(b"\xff"));
        std::fs::write(path, hex("1")).unwrap();
        assert_eq!(names(&git).unwrap()[2], "\u{fffd}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn names_are_those_that_git_takes(name in "refs/(a|v|/|\\.|\\.lock|@|\\{|\\^|~|:|\\?|\\*|\\[|\\\\| |\u{7f}|\u{1}|é){0,6}") {
            prop_assert_eq!(is_name(name.as_bytes()), git2::Reference::is_valid_name(&name));
        }
    }
}

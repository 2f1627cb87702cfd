//! Lists references, all of them or none.
//!
//! libgit2 leaves out silently what it cannot read, a folder or a file that is empty after a crash, and a tag that is
//! left out is a wrong version. So the names on disk are read here too, and each must be among those it gives.

use std::collections::HashSet;
use std::io;
use std::path::Path;

use crate::error::{Error, Result};

/// The most references that are read.
const MOST_REFERENCES: usize = 200_000;

/// Every reference whose name begins with `prefix`, such as `refs/tags/`, in the order of libgit2.
pub(super) fn below<'r>(git: &'r git2::Repository, prefix: &str) -> Result<Vec<git2::Reference<'r>>> {
    let broken = |error| {
        Error::repository(format!("the references below `{prefix}` cannot be read"), "`git fsck` says what is damaged")
            .because(error)
    };
    let mut found = Vec::new();
    for reference in git.references_glob(&format!("{prefix}*")).map_err(broken)? {
        found.push(reference.map_err(broken)?);
        if found.len() > MOST_REFERENCES {
            let message = format!("there are more than {MOST_REFERENCES} references below `{prefix}`");
            return Err(Error::limit(message, "delete those that nobody needs"));
        }
    }
    let names: HashSet<&[u8]> = found.iter().map(git2::Reference::name_bytes).collect();
    let mut open = vec![prefix.trim_end_matches('/').to_owned()];
    while let Some(folder) = open.pop() {
        for (name, is_folder) in entries(git.commondir(), &folder)? {
            if is_folder {
                open.push(name);
            } else if git2::Reference::is_valid_name(&name) && !names.contains(name.as_bytes()) {
                return Err(Error::repository(
                    format!("the reference `{name}` cannot be read"),
                    format!("fetch it again, or delete `{}` where it is broken", git.commondir().join(&name).display()),
                ));
            }
        }
    }
    Ok(found)
}

/// The names in a folder of references, and whether each is a folder; none where there is no folder.
fn entries(common: &Path, folder: &str) -> Result<Vec<(String, bool)>> {
    match read_folder(common, folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        read => read.map_err(|error| {
            Error::repository(format!("the folder `{folder}` cannot be read"), "may this user read it?").because(error)
        }),
    }
}

/// Names outside ASCII may be spelt differently on disk and are left out: they cannot be compared.
#[expect(clippy::disallowed_methods, reason = "libgit2 does not tell what it left out")]
fn read_folder(common: &Path, folder: &str) -> io::Result<Vec<(String, bool)>> {
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(common.join(folder))? {
        let entry = entry?;
        if let Some(name) = entry.file_name().to_str().filter(|name| name.is_ascii()) {
            entries.push((format!("{folder}/{name}"), entry.file_type()?.is_dir()));
        }
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository() -> (tempfile::TempDir, git2::Repository) {
        let folder = tempfile::tempdir().unwrap();
        let git = git2::Repository::init_bare(folder.path()).unwrap();
        let id = git.odb().unwrap().write(git2::ObjectType::Blob, b"x").unwrap();
        for name in ["refs/tags/v1.0.0", "refs/tags/core/v1.0.0"] {
            git.reference(name, id, false, "").unwrap();
        }
        (folder, git)
    }

    fn names(git: &git2::Repository) -> Result<Vec<String>> {
        let found = below(git, "refs/tags/")?;
        Ok(found.iter().map(|reference| String::from_utf8_lossy(reference.name_bytes()).into_owned()).collect())
    }

    #[test]
    fn references_are_found_in_folders_too() {
        let (_folder, git) = repository();
        assert_eq!(names(&git).unwrap(), ["refs/tags/core/v1.0.0", "refs/tags/v1.0.0"]);
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test breaks a file")]
    fn one_that_cannot_be_read_is_an_error_and_not_left_out() {
        let (folder, git) = repository();
        std::fs::write(folder.path().join("refs/tags/core/v1.0.0"), "").unwrap();
        assert_eq!(names(&git).unwrap_err().to_string(), "the reference `refs/tags/core/v1.0.0` cannot be read");
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test leaves a file about")]
    fn what_is_no_reference_does_not_count() {
        let (folder, git) = repository();
        for name in ["v2.0.0.lock", ".DS_Store"] {
            std::fs::write(folder.path().join("refs/tags").join(name), "").unwrap();
        }
        assert_eq!(names(&git).unwrap().len(), 2);
    }
}

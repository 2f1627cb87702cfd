//! Versions of Python packages: `pyproject.toml`, and `uv.lock` if there is one.
//!
//! Decides which tokens of which files contain the version of a released package, and how Python
//! spells it.

mod pyproject;
mod spelling;
mod uv_lock;

pub(super) use spelling::PythonVersion;

use semver::Version;

use super::file_edits::{EditedTree, FileEdit};
use super::token::Token;
use super::version_file_format::VersionFileFormat;
use super::version_files;
use crate::error::Result;
use crate::history::{File, Tree};
use crate::repo_path::{folder, join};
use crate::source::Source;

/// `pyproject.toml` and the files that uv keeps beside it.
pub(super) const FORMAT: VersionFileFormat = VersionFileFormat {
    names: &["pyproject.toml"],
    companions: &[UV_LOCK],
    edit,
    has_version: Some(has_version),
    read: read_version,
    members: None,
};

const UV_LOCK: &str = "uv.lock";

/// Whether the versions in a file have Python's spelling.
pub(super) fn spells_versions_of(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    FORMAT.names.contains(&name) || FORMAT.companions.contains(&name)
}

/// A project that computes its version, mostly from the tag, has none to edit.
fn has_version(path: &str, file: &File) -> Result<bool> {
    pyproject::has_version(&version_files::text(path, &file.bytes)?)
}

fn read_version(path: &str, tree: &dyn Tree) -> Result<Option<(Source, Token)>> {
    let file = tree
        .file(path)?
        .ok_or_else(|| version_files::missing(path))?;
    let source = version_files::text(path, &file.bytes)?;
    Ok(pyproject::version(&source)?.map(|token| (source, token)))
}

fn edit(paths: &[&str], tree: &dyn Tree, version: &Version) -> Result<Vec<FileEdit>> {
    let mut edited = EditedTree::new(tree);
    for path in paths {
        let file = edited
            .file(path)?
            .ok_or_else(|| version_files::missing(path))?;
        let source = version_files::text(path, &file.bytes)?;
        let (edits, spelt) = pyproject::edits(&source, version)?;
        let lock = lock(path, &spelt, &edited)?;
        edited.add(
            FileEdit::new(path, file, edits)
                .into_iter()
                .chain(lock)
                .collect(),
        );
    }
    Ok(edited.edits.into_values().collect())
}

/// The edit of the lock file of the project at `path`: beside it, or at the root of its workspace
/// above it.
fn lock(path: &str, spelt: &str, tree: &dyn Tree) -> Result<Option<FileEdit>> {
    let project = folder(path);
    let mut at = project;
    loop {
        let candidate = join(at, UV_LOCK).unwrap_or_default();
        if let Some(file) = tree.file(&candidate)? {
            let relative = project
                .strip_prefix(at)
                .unwrap_or_default()
                .trim_start_matches('/');
            let source = version_files::text(&candidate, &file.bytes)?;
            let edits = uv_lock::edits(&source, relative, spelt)?;
            return Ok(FileEdit::new(&candidate, file, edits));
        }
        if at.is_empty() {
            return Ok(None);
        }
        at = at.rsplit_once('/').map_or("", |(parent, _)| parent);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::release::testing::{texts, tree};

    fn edited(
        files: &[(&str, &str)],
        listed: &[&str],
        version: &str,
    ) -> Result<BTreeMap<String, String>> {
        edit(listed, &tree(files), &Version::parse(version).unwrap()).map(texts)
    }

    #[test]
    fn project_and_lock_file_get_python_spelling() {
        let project = "[project]\nname = 'a'\nversion = '1.2.0' # the\n";
        let lock = "[[package]]\nname = 'a'\nversion = '1.2.0'\nsource = { editable = 'libs/a' }\n";
        let files = [
            ("libs/a/pyproject.toml", project),
            ("libs/b/pyproject.toml", project),
            ("uv.lock", lock),
        ];
        let listed = ["libs/a/pyproject.toml", "libs/b/pyproject.toml"];
        let after = edited(&files, &listed, "1.3.0-rc.1").unwrap();
        assert_eq!(
            after["libs/a/pyproject.toml"],
            project.replace("1.2.0", "1.3.0rc1")
        );
        assert_eq!(
            after["libs/b/pyproject.toml"],
            project.replace("1.2.0", "1.3.0rc1")
        );
        assert_eq!(after["uv.lock"], lock.replace("1.2.0", "1.3.0rc1"));
    }

    #[test]
    fn a_missing_project_is_an_error() {
        let error = edited(&[], &["pyproject.toml"], "1.3.0").unwrap_err();
        assert_eq!(error.to_string(), "`pyproject.toml` is not in the commit");
    }
}

//! Decides where a complete configuration may be written: it never replaces another kind of file,
//! and never becomes a second configuration of a work tree.

use std::path::{Path, PathBuf};

use super::{CONFIGURATION_FILES, MANIFEST, file_of_work_tree, find_configuration, paths};
use crate::error::{Error, Result};
use crate::files::WorkTree;

/// Checks that a configuration can be written to the file at `path`, which is called `named` in
/// errors.
///
/// # Errors
///
/// Fails if the file is a manifest, if it exists and isn't `current`, the file of the current
/// configuration, and if it would be a second configuration of the work tree.
pub(crate) fn check_config_output(
    path: &Path,
    named: &Path,
    tree: Option<&WorkTree>,
    current: Option<&Path>,
) -> Result<()> {
    let named = paths::shown(named);
    if path.file_name().is_some_and(|name| name == MANIFEST) {
        return Err(Error::refused(
            format!("`{named}` is a manifest; writing the configuration would overwrite it"),
            "run `tollgate config show`, and copy settings into the manifest by hand",
        ));
    }
    // A device or a pipe has no content to lose.
    let exists = path.metadata().is_ok_and(|metadata| metadata.is_file());
    if exists && current.and_then(target) != target(path) {
        return Err(Error::refused(
            format!("`{named}` exists and is not the current configuration file"),
            "write to a new file, or delete this one first",
        ));
    }
    match tree {
        Some(tree) => check_single(path, &named, tree),
        None => Ok(()),
    }
}

/// Refuses a second configuration in one of the searched places.
fn check_single(path: &Path, named: &str, tree: &WorkTree) -> Result<()> {
    let target = target(path);
    let is_target = |name: &str| Some(tree.root().join(name)) == target;
    if !CONFIGURATION_FILES.into_iter().any(is_target) {
        return Ok(());
    }
    let other = find_configuration(|name| match is_target(name) {
        true => Ok(None),
        false => file_of_work_tree(tree, name),
    })?;
    let Some(other) = other.source else {
        return Ok(());
    };
    let other = other.name();
    Err(Error::refused(
        format!("`{named}` would be a second configuration: there is one in `{other}`"),
        format!(
            "write to another file; to move the configuration, remove the one in `{other}`, and rename the new file"
        ),
    ))
}

/// The path without links and `..`; `None` if its folder does not exist.
fn target(path: &Path) -> Option<PathBuf> {
    let folder = path.parent()?.canonicalize().ok()?;
    Some(folder.join(path.file_name()?))
}

#[cfg(test)]
mod tests {
    use super::super::tests::folder;
    use super::*;

    const METADATA: &str = "[package]\nname = \"x\"\n[package.metadata.tollgate]\n";

    /// The error for an output file in a work tree with these files, the first of which is the
    /// current configuration.
    fn refusal(files: &[(&str, &str)], name: &str) -> Option<String> {
        let folder = folder(files);
        let tree = WorkTree::open(folder.path()).unwrap();
        let path = folder.path().join(name);
        let current = files.first().map(|(name, _)| folder.path().join(name));
        check_config_output(&path, Path::new(name), Some(&tree), current.as_deref())
            .err()
            .map(|error| error.to_string())
    }

    #[test]
    fn manifest_is_never_replaced() {
        for text in [METADATA, ""] {
            assert_eq!(
                refusal(&[("Cargo.toml", text)], "Cargo.toml").unwrap(),
                "`Cargo.toml` is a manifest; writing the configuration would overwrite it"
            );
        }
        assert!(refusal(&[], "sub/Cargo.toml").is_some());
    }

    #[test]
    fn file_that_is_not_the_current_configuration_is_kept() {
        for (name, text) in [
            ("pyproject.toml", "[project]\n"),
            ("a.md", "# A b\nc d\n"),
            ("empty.txt", ""),
            ("other.toml", "language = \"off\"\n"),
        ] {
            assert_eq!(
                refusal(&[("tollgate.toml", ""), (name, text)], name).unwrap(),
                format!("`{name}` exists and is not the current configuration file")
            );
        }
    }

    #[test]
    fn file_that_the_command_line_names_can_be_replaced() {
        let files = [("sub/other.toml", "language = \"off\"\n")];
        assert_eq!(refusal(&files, "sub/../sub/other.toml"), None);
    }

    #[test]
    fn second_configuration_is_not_created() {
        for other in [("Cargo.toml", METADATA), (".tollgate.toml", "")] {
            for name in ["tollgate.toml", "x/../.config/tollgate.toml"] {
                let files = [other, ("x/y", ""), (".config/z", "")];
                let expected = format!(
                    "`{name}` would be a second configuration: there is one in `{}`",
                    other.0
                );
                assert_eq!(refusal(&files, name), Some(expected));
            }
        }
    }

    #[test]
    fn the_configuration_itself_can_be_replaced() {
        for name in CONFIGURATION_FILES {
            assert_eq!(refusal(&[(name, "branches = [\"a\"]\n")], name), None);
        }
        assert_eq!(refusal(&[], "tollgate.toml"), None);
    }

    #[test]
    fn a_copy_elsewhere_is_no_second_configuration() {
        let files = [("tollgate.toml", ""), ("x/y", "")];
        for name in ["new.toml", "x/tollgate.toml"] {
            assert_eq!(refusal(&files, name), None, "{name}");
        }
    }
}

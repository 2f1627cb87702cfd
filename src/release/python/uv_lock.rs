//! `uv.lock`: the versions of the workspace's own projects.
//!
//! Identifies a package by its folder, never by its name. Resolves nothing.

use toml::de::DeTable;

use crate::error::Result;
use crate::release::toml_text;
use crate::repo_path::join;
use crate::source::{Edit, Source};

/// The kinds of sources that are folders of the workspace.
const FOLDERS: [&str; 3] = ["editable", "virtual", "directory"];

/// The edits that give the project in `folder`, relative to the lock file, the version `spelt`.
///
/// # Errors
///
/// Fails if the file is not valid TOML.
pub(super) fn edits(source: &Source, folder: &str, spelt: &str) -> Result<Vec<Edit>> {
    let root = toml_text::parse(source)?;
    let packages = root
        .get("package")
        .and_then(|value| value.get_ref().as_array());
    let packages = packages.into_iter().flat_map(|packages| packages.iter());
    let ours = packages
        .filter_map(|package| package.get_ref().as_table())
        .filter(|package| comes_from(source, package, folder))
        .filter_map(|package| toml_text::string(source, package, "version"));
    Ok(ours.map(|token| token.replaced(spelt)).collect())
}

fn comes_from(source: &Source, package: &DeTable<'_>, folder: &str) -> bool {
    let Some(from) = toml_text::table(package, "source") else {
        return false;
    };
    let folders = FOLDERS
        .iter()
        .filter_map(|kind| toml_text::string(source, from, kind));
    folders
        .into_iter()
        .any(|token| join("", &token.text).as_deref() == Some(folder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::splice;

    const LOCK: &str = r#"version = 1
requires-python = ">=3.12"

[[package]]
name = "anyio"
version = "1.2.0"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "shop"
version = "1.2.0"
source = { virtual = "." }

[[package]]
name = "cart"
version = "1.2.0"
source = { editable = "libs/cart" }

[[package]]
name = "dynamic"
source = { editable = "libs/dynamic" }
"#;

    fn edited(folder: &str) -> String {
        let source = Source::new("uv.lock", LOCK);
        splice(LOCK, &edits(&source, folder, "1.3.0").unwrap()).unwrap()
    }

    #[test]
    fn only_the_project_of_the_folder_moves() {
        let at = |name: &str| format!("name = \"{name}\"\nversion = ");
        for (folder, name) in [("", "shop"), ("libs/cart", "cart")] {
            let (before, after) = (
                format!("{}\"1.2.0\"", at(name)),
                format!("{}\"1.3.0\"", at(name)),
            );
            assert_eq!(edited(folder), LOCK.replace(&before, &after));
        }
        assert_eq!(edited("libs/dynamic"), LOCK);
    }
}

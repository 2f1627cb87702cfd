//! The versions of its dependencies that a package was released with, for the changelog.
//!
//! Only tags decide: packages that are released together have their tags on one commit. How a
//! release of a package affects the packages that depend on it is decided in `packages`.

use std::collections::HashMap;

use semver::Version;

use crate::commit::Id;
use crate::config::Package;
use crate::error::Result;
use crate::history::History;
use crate::history::tags::VersionTags;

/// A package that another depends on, and the version it was released with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dependency {
    /// The package's name.
    pub(crate) package: String,
    /// Its version.
    pub(crate) version: Version,
}

/// The dependencies that were released with a package, by the name of the package's tag, of these
/// tags.
///
/// # Errors
///
/// Fails if a tag cannot be read.
pub(crate) fn dependencies_by_tag<H: History>(
    history: &H,
    packages: &[Package],
    package: &Package,
    tags: &[&str],
) -> Result<HashMap<String, Vec<Dependency>>> {
    if tags.is_empty() || package.depends_on.is_empty() {
        return Ok(HashMap::new());
    }
    let names: Vec<_> = history.tag_names()?.collect();
    let mut released: HashMap<Id, Vec<Dependency>> = HashMap::new();
    for name in &package.depends_on {
        let Some(dependency) = packages.iter().find(|known| known.name == *name) else {
            continue;
        };
        for (commit, version) in highest_by_commit(&VersionTags::with_prefix(
            history,
            &names,
            &dependency.tag_prefix,
        ))? {
            released.entry(commit).or_default().push(Dependency {
                package: name.clone(),
                version,
            });
        }
    }
    let mut found = HashMap::new();
    if released.is_empty() {
        return Ok(found);
    }
    for tag in tags {
        let commit = history.tag_commit(tag)?;
        let dependencies = commit.and_then(|commit| released.get(&commit));
        found.extend(dependencies.map(|dependencies| ((*tag).to_owned(), dependencies.clone())));
    }
    Ok(found)
}

/// The highest version at each commit.
fn highest_by_commit<H: History>(tags: &VersionTags<'_, H>) -> Result<HashMap<Id, Version>> {
    let mut highest = HashMap::new();
    for tag in tags.ascending() {
        highest.extend(
            tags.commit(tag)?
                .map(|commit| (commit, tag.version.clone())),
        );
    }
    Ok(highest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::testing::{TestHistory, package};

    #[test]
    fn tags_on_one_commit_were_released_together() {
        let history = TestHistory::default()
            .change('a', "", ("feat: a", "core/a cli/a"))
            .tag("core-v1.0.0", 'a')
            .tag("cli-v1.0.0", 'a')
            .change('b', "a", ("feat: b", "core/b"))
            .tag("core-v1.1.0", 'b')
            .tag("core-v1.1.0-rc.1", 'b')
            .tag("cli-v1.0.1", 'b')
            .change('c', "b", ("fix: c", "cli/c"))
            .tag("cli-v1.0.2", 'c');
        let cli = Package {
            depends_on: vec!["core".into(), "gone".into()],
            ..package("cli", "cli/**")
        };
        let packages = [package("core", "core/**"), cli.clone()];
        let tags = ["cli-v1.0.0", "cli-v1.0.1", "cli-v1.0.2"];
        let found = dependencies_by_tag(&history, &packages, &cli, &tags).unwrap();
        let core = |version: &str| {
            vec![Dependency {
                package: "core".into(),
                version: version.parse().unwrap(),
            }]
        };
        assert_eq!(found.len(), 2);
        assert_eq!(
            (&found["cli-v1.0.0"], &found["cli-v1.0.1"]),
            (&core("1.0.0"), &core("1.1.0"))
        );
    }
}

//! Which files of the repository are release files.
//!
//! A release file describes one release as a whole: `next.toml` the coming one, `<version>.toml` an
//! earlier one. A file that `tickets` matches is a ticket, never a release file.

use globset::GlobSet;
use semver::Version;

use super::{Config, Package};
use crate::error::Result;

/// The name of the file of the coming release.
const NEXT: &str = "next.toml";

/// The paths of the release files.
#[derive(Debug)]
pub(crate) struct ReleaseFiles {
    /// The folder of each package, or that of the repository.
    folders: Vec<String>,
    tickets: GlobSet,
}

impl Config {
    /// The paths of the release files.
    ///
    /// # Errors
    ///
    /// Fails if the globs of `tickets` are too large together.
    pub(crate) fn release_files(&self) -> Result<ReleaseFiles> {
        let folders = match self.packages.as_slice() {
            [] => vec![self.release_folder(None)],
            packages => packages
                .iter()
                .map(|package| self.release_folder(Some(package)))
                .collect(),
        };
        Ok(ReleaseFiles {
            folders,
            tickets: self.ticket_globs()?,
        })
    }

    /// The file of the coming release of a package, or of the repository.
    #[must_use]
    pub(crate) fn next_release_file(&self, package: Option<&Package>) -> String {
        format!("{}/{NEXT}", self.release_folder(package))
    }

    /// The file of an earlier release of a package, or of the repository.
    #[must_use]
    pub(crate) fn release_file(&self, package: Option<&Package>, version: &Version) -> String {
        format!("{}/{version}.toml", self.release_folder(package))
    }

    fn release_folder(&self, package: Option<&Package>) -> String {
        let files = self.release.files.trim_end_matches('/');
        match package {
            None => files.to_owned(),
            Some(package) => format!("{files}/{}", package.name),
        }
    }
}

impl ReleaseFiles {
    /// The folders that release files are directly in.
    pub(crate) fn folders(&self) -> impl Iterator<Item = &str> {
        self.folders.iter().map(String::as_str)
    }

    /// Whether a path, relative to the root, is that of a release file.
    #[must_use]
    pub(crate) fn contains(&self, path: &str) -> bool {
        let Some((folder, name)) = path.rsplit_once('/') else {
            return false;
        };
        let is_version = |name: &str| {
            name.strip_suffix(".toml")
                .is_some_and(|version| Version::parse(version).is_ok())
        };
        self.folders.iter().any(|known| known == folder)
            && (name == NEXT || is_version(name))
            && !self.tickets.is_match(path)
    }
}

#[cfg(test)]
mod tests {
    use crate::config::testing::config;

    const PACKAGES: &str = "[[package]]\nname = \"@shop/cart\"\npaths = [\"cart/**\"]\n";

    fn contains(text: &str, path: &str) -> bool {
        config(text).release_files().unwrap().contains(path)
    }

    #[test]
    fn next_and_version_are_release_files() {
        for path in ["releases/next.toml", "releases/1.2.3-rc.1.toml"] {
            assert!(contains("", path), "{path}");
        }
        for path in [
            "next.toml",
            "releases/notes.toml",
            "releases/1.2.toml",
            "releases/cart/next.toml",
            "x/releases/next.toml",
        ] {
            assert!(!contains("", path), "{path}");
        }
    }

    #[test]
    fn packages_have_their_own_directories() {
        assert!(contains(PACKAGES, "releases/@shop/cart/next.toml"));
        assert!(!contains(PACKAGES, "releases/next.toml"));
        assert!(contains("release.files = \"a/b\"", "a/b/1.2.3.toml"));
    }

    #[test]
    fn paths_follow_from_package_and_version() {
        let config = config(PACKAGES);
        let cart = config.package("@shop/cart");
        assert_eq!(config.next_release_file(None), "releases/next.toml");
        let version = semver::Version::new(1, 2, 3);
        assert_eq!(
            config.release_file(cart, &version),
            "releases/@shop/cart/1.2.3.toml"
        );
    }

    #[test]
    fn ticket_is_never_a_release_file() {
        let tickets = "tickets = [\"releases/*.toml\"]";
        assert!(!contains(tickets, "releases/next.toml"));
    }
}

//! Finds and reads the configuration and the tickets of a work tree.
//!
//! Anything that can't be read is an error with its name, so that no unread file passes the check.
//! Ignore files and local settings don't matter: the configuration alone defines the tickets.

mod checked_tree;
mod config_output;
mod create;
mod find;
pub(crate) mod paths;
pub(crate) mod tickets;

use std::io;
use std::path::{Component, Path, PathBuf};

use crate::config::Config;
use crate::error::{Error, Result};
use crate::files::{self, WorkTree, unreadable};
use crate::git::{CommitTree, Repository};
use crate::history::Tree as _;
use crate::repo_path::RepoPath;
use crate::source::Source;

pub(crate) use config_output::check_config_output;
pub(crate) use tickets::FoundTickets;

/// The files that may contain the configuration, relative to the root.
pub(crate) const CONFIGURATION_FILES: [&str; 3] =
    ["tollgate.toml", ".tollgate.toml", ".config/tollgate.toml"];

/// The manifest of a Cargo package or workspace, which may contain a configuration.
pub(crate) const MANIFEST: &str = "Cargo.toml";

/// The maximum size in bytes of a manifest that is searched for a configuration.
const MAX_MANIFEST_BYTES: usize = 16 * 1024 * 1024;

/// The maximum size in bytes of a configuration.
pub(crate) const MAX_CONFIG_BYTES: usize = 256 * 1024;

/// A work tree with its configuration.
#[derive(Debug)]
pub(crate) struct Workspace {
    tree: WorkTree,
    directory: PathBuf,
    config: Config,
    /// Whether the configuration file was named on the command line, relative to `directory`.
    is_config_named: bool,
}

impl Workspace {
    /// Reads the configuration of a work tree.
    ///
    /// Paths in arguments and in output are relative to `directory`. `named` is the configuration
    /// file; without it, only the root is searched.
    ///
    /// # Errors
    ///
    /// Fails if the configuration cannot be read, and if the root has two.
    pub(crate) fn of_tree(tree: WorkTree, directory: &Path, named: Option<&Path>) -> Result<Self> {
        let directory = absolute(directory)?;
        let config = match named {
            Some(file) => named_configuration(&directory, file)?,
            None => find_configuration(|name| file_of_work_tree(&tree, name))?,
        };
        Ok(Self {
            tree,
            directory,
            config,
            is_config_named: named.is_some(),
        })
    }

    /// The configuration of a repository without a work tree: the named one, or the one in the tree
    /// of HEAD.
    ///
    /// Fails as [`open`](Self::open) does.
    pub(crate) fn config_at_head(
        repository: &Repository,
        directory: &Path,
        named: Option<&Path>,
    ) -> Result<Config> {
        match named {
            Some(file) => named_configuration(&absolute(directory)?, file),
            None => find_configuration(|name| file_at_head(repository, name)),
        }
    }

    /// How the settings in the work tree differ from those of HEAD; `None` if they don't. An
    /// unreadable configuration differs from every other.
    #[must_use]
    pub(crate) fn uncommitted_config(repository: &Repository) -> Option<UncommittedConfig> {
        let tree = repository.work_tree().ok()??;
        let here = find_configuration(|name| file_of_work_tree(&tree, name));
        let head = find_configuration(|name| file_at_head(repository, name));
        UncommittedConfig::between(here, head)
    }

    /// The configuration in the tree of a commit.
    ///
    /// Fails as [`open`](Self::open) does.
    pub(crate) fn config_of(tree: &CommitTree<'_>) -> Result<Config> {
        find_configuration(|name| file_of_tree(tree, name))
    }

    /// The effective configuration.
    #[must_use]
    pub(crate) const fn config(&self) -> &Config {
        &self.config
    }

    /// The file that the configuration was read from; `None` if there is none, so the defaults
    /// apply.
    #[must_use]
    pub(crate) fn config_path(&self) -> Option<PathBuf> {
        let start = if self.is_config_named {
            &self.directory
        } else {
            self.tree.root()
        };
        self.config
            .source
            .as_ref()
            .map(|source| start.join(source.name()))
    }

    /// The root of the work tree.
    #[must_use]
    pub(crate) fn root(&self) -> &Path {
        self.tree.root()
    }

    /// Replaces the text of a ticket that was read before.
    ///
    /// # Errors
    ///
    /// Fails if the file has changed since, if it is read-only, and if it cannot be written.
    pub(crate) fn replace_ticket(&self, ticket: &Source, text: &str) -> Result<()> {
        let name = ticket.name();
        if is_outside(name) {
            return files::replace_unchanged(&self.directory.join(name), ticket.text(), text);
        }
        let path = RepoPath::new(Path::new(name));
        let path =
            path.map_err(|fault| Error::refused(format!("`{name}` {fault}"), fault.help()))?;
        self.tree.replace(&path, Some(ticket.text()), text)
    }

    /// The displayed name of a text, relative to the current directory.
    ///
    /// Names of texts that aren't files of the work tree stay as given.
    #[must_use]
    pub(crate) fn display_path(&self, name: &str) -> String {
        if name.starts_with('<') || is_outside(name) {
            return name.to_owned();
        }
        paths::shown(&paths::relative(&self.directory, &self.root().join(name)))
    }
}

/// How the configuration in the work tree differs from the committed one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) enum UncommittedConfig {
    /// HEAD has no configuration. This is the file in the work tree, if it can be read.
    New(Option<String>),
    /// HEAD has a different one.
    Changed,
}

impl UncommittedConfig {
    fn between(here: Result<Config>, head: Result<Config>) -> Option<Self> {
        let is_new = matches!(&head, Ok(config) if config.source.is_none());
        let file = here
            .as_ref()
            .ok()
            .and_then(|config| config.source.as_ref())
            .map(|source| source.name().to_owned());
        let settings = |config: Result<Config>| config.map(|config| config.to_toml()).ok();
        match settings(here) == settings(head) {
            true => None,
            false if is_new => Some(Self::New(file)),
            false => Some(Self::Changed),
        }
    }
}

/// Whether a text's name is the given path of a file outside the root.
fn is_outside(name: &str) -> bool {
    let path = Path::new(name);
    path.is_absolute() || path.components().any(|part| part == Component::ParentDir)
}

pub(crate) fn absolute(path: &Path) -> Result<PathBuf> {
    path.canonicalize().map_err(|error| {
        Error::file(format!("`{}` cannot be found", paths::shown(path)), "").with_source(error)
    })
}

pub(crate) fn named_configuration(directory: &Path, file: &Path) -> Result<Config> {
    let source = read_configuration(&directory.join(file), &paths::shown(file))?;
    let Some(source) = source else {
        return Err(Error::file(
            format!("configuration file `{}` does not exist", paths::shown(file)),
            "pass the path of an existing file to `--config`",
        ));
    };
    if file.file_name().is_some_and(|name| name == MANIFEST) {
        let message = format!("`{}` does not contain a configuration", source.name());
        let missing = || {
            Error::usage(
                message,
                "add a `[package.metadata.tollgate]` table, or pass another file",
            )
        };
        return Config::parse_manifest(source)?.ok_or_else(missing);
    }
    Config::parse(source)
}

/// Finds the configuration among the files that `read` returns for paths below the root.
pub(crate) fn find_configuration(
    mut read: impl FnMut(&str) -> Result<Option<Source>>,
) -> Result<Config> {
    let mut found = Vec::new();
    for name in CONFIGURATION_FILES {
        if let Some(source) = read(name)? {
            found.push((name, Config::parse(source)?));
        }
    }
    if let Some(source) = read(MANIFEST)? {
        found.extend(Config::parse_manifest(source)?.map(|config| (MANIFEST, config)));
    }
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (None, _) => Ok(Config::default()),
        (Some((_, config)), None) => Ok(config),
        (Some((first, _)), Some((second, _))) => Err(Error::usage(
            format!("there are two configurations: `{first}` and `{second}`"),
            "delete one of them, or choose one with `--config`",
        )),
    }
}

fn file_of_work_tree(tree: &WorkTree, name: &str) -> Result<Option<Source>> {
    let path =
        RepoPath::portable(name).expect("the names of configurations are inside the repository");
    let max_bytes = if name == MANIFEST {
        MAX_MANIFEST_BYTES
    } else {
        MAX_CONFIG_BYTES
    };
    tree.read_linked(&path, max_bytes)?
        .map_or(Ok(None), |bytes| configuration_source(name, bytes))
}

fn file_at_head(repository: &Repository, name: &str) -> Result<Option<Source>> {
    repository
        .file_at_head(name)?
        .map_or(Ok(None), |bytes| configuration_source(name, bytes))
}

pub(crate) fn file_of_tree(tree: &CommitTree<'_>, name: &str) -> Result<Option<Source>> {
    tree.file(name)?
        .map_or(Ok(None), |file| configuration_source(name, file.bytes))
}

/// The text of a configuration; `None` for a manifest without one.
fn configuration_source(name: &str, bytes: Vec<u8>) -> Result<Option<Source>> {
    if name == MANIFEST && !mentions_tollgate(&String::from_utf8_lossy(&bytes)) {
        return Ok(None);
    }
    check_config_size(name, bytes.len())?;
    let text = String::from_utf8(bytes).map_err(|error| {
        unreadable(
            name,
            io::Error::new(io::ErrorKind::InvalidData, error.utf8_error()),
        )
    })?;
    Ok(Some(Source::new(name, text)))
}

/// Whether a manifest may contain a configuration. Others are ignored, even if they are too large
/// or invalid.
fn mentions_tollgate(manifest: &str) -> bool {
    manifest.contains("metadata") && manifest.contains("tollgate")
}

fn check_config_size(name: &str, bytes: usize) -> Result<()> {
    if bytes <= MAX_CONFIG_BYTES {
        return Ok(());
    }
    Err(Error::limit(
        format!("`{name}` is larger than {MAX_CONFIG_BYTES} bytes"),
        "shorten the file",
    ))
}

/// Reads a configuration named on the command line; `None` if there is no such file.
fn read_configuration(path: &Path, name: &str) -> Result<Option<Source>> {
    let text = match files::read_file(path, MAX_CONFIG_BYTES) {
        Ok(text) => text,
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(unreadable(name, error)),
    };
    check_config_size(name, text.len())?;
    Ok(Some(Source::new(name, text)))
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "tests make files and look at them"
)]
mod tests {
    use super::*;

    impl Workspace {
        /// Reads the configuration of the work tree with this root.
        pub(super) fn open(root: &Path, directory: &Path, named: Option<&Path>) -> Result<Self> {
            Self::of_tree(WorkTree::open(root)?, directory, named)
        }
    }

    /// A folder with these files.
    pub(super) fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    fn initial(files: &[(&str, &str)], named: Option<&str>) -> std::result::Result<String, String> {
        let folder = folder(files);
        Workspace::open(folder.path(), folder.path(), named.map(Path::new))
            .map(|workspace| workspace.config().version.initial_version().to_string())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn new_configuration_is_not_a_changed_one() {
        let config = |text: &str| Config::parse(Source::new("tollgate.toml", text));
        let none = || Ok(Config::default());
        let between = UncommittedConfig::between;
        let new = UncommittedConfig::New(Some("tollgate.toml".to_owned()));
        assert_eq!(between(config(TWO), none()), Some(new));
        let unreadable = UncommittedConfig::New(None);
        assert_eq!(between(config("initial = 2"), none()), Some(unreadable));
        let changed = Some(UncommittedConfig::Changed);
        assert_eq!(between(config(TWO), config("")), changed);
        assert_eq!(between(none(), config(TWO)), changed);
        assert_eq!(between(config(TWO), config(TWO)), None);
    }

    const TWO: &str = "initial = \"2.0.0\"";

    #[test]
    fn without_a_configuration_the_defaults_hold() {
        assert_eq!(
            initial(&[("Cargo.toml", "[package]\nname = \"tollgate\"")], None),
            Ok("0.1.0".into())
        );
    }

    #[test]
    fn a_configuration_is_found_in_each_of_its_places() {
        for name in CONFIGURATION_FILES {
            assert_eq!(initial(&[(name, TWO)], None), Ok("2.0.0".into()), "{name}");
        }
        let manifest = format!("[workspace.metadata.tollgate]\n{TWO}");
        assert_eq!(
            initial(&[("Cargo.toml", &manifest)], None),
            Ok("2.0.0".into())
        );
    }

    #[test]
    fn two_configurations_are_named_and_refused() {
        assert_eq!(
            initial(&[(".tollgate.toml", TWO), ("tollgate.toml", TWO)], None),
            Err("there are two configurations: `tollgate.toml` and `.tollgate.toml`".into())
        );
        let manifest = ("Cargo.toml", "[package.metadata.tollgate]");
        assert!(
            initial(&[manifest, ("tollgate.toml", "")], None)
                .unwrap_err()
                .contains("and `Cargo.toml`")
        );
    }

    #[test]
    fn a_named_configuration_is_the_only_one() {
        let files = [("tollgate.toml", "broken"), ("x/other.toml", TWO)];
        assert_eq!(initial(&files, Some("x/other.toml")), Ok("2.0.0".into()));
        assert_eq!(
            initial(&files, Some("y.toml")),
            Err("configuration file `y.toml` does not exist".into())
        );
        let files = [("Cargo.toml", "[package]\nname = \"x\"")];
        assert_eq!(
            initial(&files, Some("Cargo.toml")),
            Err("`Cargo.toml` does not contain a configuration".into())
        );
    }

    #[test]
    fn a_configuration_that_cannot_be_read_is_an_error() {
        assert_eq!(
            initial(&[("tollgate.toml/x", "")], None),
            Err("`tollgate.toml` is not a regular file".into())
        );
        let large = "#".repeat(MAX_CONFIG_BYTES + 1);
        assert_eq!(
            initial(&[("tollgate.toml", &large)], None),
            Err(format!(
                "`tollgate.toml` is larger than {MAX_CONFIG_BYTES} bytes"
            ))
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_configuration_behind_a_link_stays_in_the_repository() {
        let (folder, other) = (folder(&[("x.toml", TWO)]), folder(&[("x.toml", TWO)]));
        let open = |target: &Path| {
            let _ = std::fs::remove_file(folder.path().join("tollgate.toml"));
            std::os::unix::fs::symlink(target, folder.path().join("tollgate.toml")).unwrap();
            Workspace::open(folder.path(), folder.path(), None)
                .map(|workspace| workspace.config().version.initial_version().major)
        };
        assert_eq!(open(Path::new("x.toml")).unwrap(), 2);
        assert!(open(&other.path().join("x.toml")).is_err());
        assert!(open(Path::new("nowhere")).is_err());
    }
}

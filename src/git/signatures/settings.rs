//! Git's settings for signatures, read as Git reads them: an invalid value is an error, and is
//! never ignored.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use git2::ErrorCode;

use super::start;
use crate::commit::SignatureFormat;
use crate::error::{Error, Result};
use crate::signature::Trust;
use crate::source::shell_command;

/// Git's settings, and the directory for their relative paths.
pub(super) struct Settings<'g> {
    config: git2::Config,
    git: &'g git2::Repository,
}

impl<'g> Settings<'g> {
    pub(super) fn of(git: &'g git2::Repository) -> Result<Self> {
        let config = git.config().map_err(|error| {
            Error::repository(
                "Git's configuration cannot be read",
                "run `git config --list` to find the error",
            )
            .with_source(error)
        })?;
        Ok(Self { config, git })
    }

    /// Whether a switch is on; off if it is not set.
    pub(super) fn truth(&self, key: &str) -> Result<bool> {
        Ok(found(key, self.config.get_bool(key))?.unwrap_or_default())
    }

    /// A text; an empty one counts as not set.
    pub(super) fn text(&self, key: &str) -> Result<Option<String>> {
        Ok(found(key, self.config.get_string(key))?.filter(|text| !text.is_empty()))
    }

    /// A path, with `~` for the home directory; relative paths start where Git runs.
    pub(super) fn path(&self, key: &str) -> Result<Option<PathBuf>> {
        Ok(found(key, self.config.get_path(key))?.map(|path| self.directory().join(path)))
    }

    /// A program: a name for the search path, or a path.
    pub(super) fn program(&self, key: &str) -> Result<Option<OsString>> {
        Ok(found(key, self.config.get_path(key))?
            .map(PathBuf::into_os_string)
            .filter(|program| !program.is_empty()))
    }

    /// The format of Git's signatures: `gpg.format`.
    pub(super) fn format(&self) -> Result<SignatureFormat> {
        let word = self.text("gpg.format")?;
        match word.as_deref() {
            None | Some("openpgp") => Ok(SignatureFormat::OpenPgp),
            Some("x509") => Ok(SignatureFormat::X509),
            Some("ssh") => Ok(SignatureFormat::Ssh),
            Some(other) => {
                let message = format!("`gpg.format` is `{other}`, which is not a signature format");
                Err(Error::usage(
                    message,
                    "set it to `openpgp`, `x509`, or `ssh`",
                ))
            }
        }
    }

    /// The trust that a key must have: `gpg.minTrustLevel`.
    pub(super) fn least_trust(&self) -> Result<Trust> {
        let word = self.text("gpg.minTrustLevel")?;
        word.map_or(Ok(Trust::default()), |word| {
            Trust::parse(&word.to_ascii_lowercase()).ok_or_else(|| {
                let message =
                    format!("`gpg.minTrustLevel` is `{word}`, which is not a trust level");
                Error::usage(
                    message,
                    "set it to `undefined`, `never`, `marginal`, `fully`, or `ultimate`",
                )
            })
        })
    }

    /// The directory in which Git would run programs.
    pub(super) fn directory(&self) -> &'g Path {
        start(self.git)
    }
}

fn found<T>(key: &str, value: std::result::Result<T, git2::Error>) -> Result<Option<T>> {
    match value {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Err(error) => {
            let message = format!("Git's setting `{key}` has an invalid value");
            Err(Error::usage(
                message,
                format!(
                    "run `{}` to see its origin",
                    shell_command!("git config --show-origin {key}", key)
                ),
            )
            .with_source(error))
        }
    }
}

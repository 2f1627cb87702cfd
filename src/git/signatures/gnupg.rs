//! Signatures by GnuPG: OpenPGP by `gpg`, certificates by `gpgsm`; both have the same interface.
//!
//! The programs are called as Git calls them, so that agents, prompts and wrappers that work for
//! Git work here.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use super::program::Program;
use super::settings::Settings;
use crate::commit::SignatureFormat;
use crate::error::{Error, Result};
use crate::signature::{GnupgStatus, says_created};

/// A GnuPG program, and the key that it signs with.
pub(super) struct Gnupg {
    format: SignatureFormat,
    program: OsString,
    setting: &'static str,
    key: String,
    directory: PathBuf,
}

impl Gnupg {
    /// The program and the key from Git's settings; without a key, the key of `owner`.
    pub(super) fn of(
        settings: &Settings<'_>,
        format: SignatureFormat,
        owner: String,
    ) -> Result<Self> {
        let (setting, program) = match format {
            SignatureFormat::X509 => ("gpg.x509.program", settings.program("gpg.x509.program")?),
            _ => match settings.program("gpg.openpgp.program")? {
                Some(program) => ("gpg.openpgp.program", Some(program)),
                None => ("gpg.program", settings.program("gpg.program")?),
            },
        };
        let usual = if format == SignatureFormat::X509 {
            "gpgsm"
        } else {
            "gpg"
        };
        Ok(Self {
            format,
            program: program.unwrap_or_else(|| usual.into()),
            setting,
            key: settings.text("user.signingKey")?.unwrap_or(owner),
            directory: settings.directory().to_owned(),
        })
    }

    /// Signs, and returns the signature in ASCII.
    ///
    /// Fails unless the program succeeds and reports that it created a signature.
    pub(super) fn sign(&self, payload: &[u8]) -> Result<String> {
        let result = self
            .call(&["--status-fd=2", "-bsau", &self.key])
            .run(payload)?;
        let name = self.program.to_string_lossy();
        let help = format!(
            "check that there is a secret key for `{}` and that you entered its passphrase\nlist the keys with \
             `{name} --list-secret-keys`, and choose one with `git config user.signingKey KEY`",
            self.key
        );
        if !result.succeeded() || !says_created(&result.errors()) {
            let message = format!(
                "`{name}` did not create a signature: {}",
                result.failure_reason()
            );
            return Err(Error::refused(message, help));
        }
        // On Windows the lines end with CRLF; Git normalizes them too.
        let signature = String::from_utf8(result.into_output()).map_err(|error| {
            Error::refused(
                format!("`{name}` returned a signature that is not text"),
                help,
            )
            .with_source(error)
        })?;
        Ok(signature.replace("\r\n", "\n"))
    }

    /// The verdict of the program on a signature, with its messages if the signature is not good.
    pub(super) fn ask(&self, payload: &[u8], signature: &[u8]) -> Result<GnupgStatus> {
        let folder = super::temporary("signature", signature)?;
        let path = folder.path().join("signature");
        let arguments = [
            "--status-fd=1".into(),
            "--verify".into(),
            path.into_os_string(),
            "-".into(),
        ];
        let result = Program {
            arguments: arguments.into(),
            ..self.call(&[])
        }
        .run(payload)?;
        Ok(
            match GnupgStatus::read(&String::from_utf8_lossy(result.output())) {
                GnupgStatus::Good { .. } if !result.succeeded() => {
                    GnupgStatus::Bad(result.failure_reason())
                }
                GnupgStatus::Bad(why) => {
                    GnupgStatus::Bad(format!("{why} ({})", result.failure_reason()))
                }
                good @ GnupgStatus::Good { .. } => good,
            },
        )
    }

    pub(super) const fn format(&self) -> SignatureFormat {
        self.format
    }

    pub(super) fn program(&self) -> &OsStr {
        &self.program
    }

    fn call(&self, arguments: &[&str]) -> Program<'_> {
        let arguments = arguments.iter().map(Into::into).collect();
        Program {
            name: &self.program,
            arguments,
            directory: &self.directory,
            setting: self.setting,
        }
    }
}

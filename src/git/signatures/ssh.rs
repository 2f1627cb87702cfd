//! Signatures by SSH keys: in a file, in an agent, or named by a command in the settings.
//!
//! `ssh-keygen -Y sign` is called as Git calls it, with files, so that replacements for it work
//! here too.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::program::Program;
use super::settings::Settings;
use super::{ANY_TIME, temporary};
use crate::error::{Error, Result};
use crate::files::read_file;
use crate::signature::{GIT, SignedText, TextFault};

/// The program that makes SSH signatures if no other is configured.
const SSH_KEYGEN: &str = "ssh-keygen";

/// The maximum size of a signature file in bytes. Anything larger isn't a signature.
const MAX_SIGNATURE_BYTES: usize = 1 << 20;

/// A program and the key that it signs with.
pub(super) struct SshSigner {
    program: OsString,
    key: SigningKey,
    directory: PathBuf,
}

/// A key from Git's settings.
enum SigningKey {
    /// A file: a private key, or a public one whose private key is in the agent.
    File(PathBuf),
    /// A public key, whose private key is in the agent.
    InAgent(String),
}

impl SshSigner {
    /// The program and the key from Git's settings: `user.signingKey`, or the output of
    /// `gpg.ssh.defaultKeyCommand`.
    pub(super) fn of(settings: &Settings<'_>) -> Result<Self> {
        let key = match settings.text("user.signingKey")? {
            Some(key) => match literal(&key) {
                Some(key) => SigningKey::InAgent(key.to_owned()),
                None => SigningKey::File(settings.path("user.signingKey")?.ok_or_else(no_key)?),
            },
            None => match settings.text("gpg.ssh.defaultKeyCommand")? {
                Some(command) => SigningKey::InAgent(printed_key(&command, settings.directory())?),
                None => return Err(no_key()),
            },
        };
        let program = settings
            .program("gpg.ssh.program")?
            .unwrap_or_else(|| SSH_KEYGEN.into());
        Ok(Self {
            program,
            key,
            directory: settings.directory().to_owned(),
        })
    }

    /// Signs for a namespace, and returns the signature as the program writes it.
    pub(super) fn sign(&self, namespace: &str, payload: &[u8]) -> Result<String> {
        let folder = temporary("payload", payload)?;
        let file = folder.path().join("payload");
        let mut arguments: Vec<OsString> =
            ["-Y", "sign", "-n", namespace, "-f"].map(Into::into).into();
        match &self.key {
            SigningKey::File(path) => arguments.push(path.into()),
            SigningKey::InAgent(key) => {
                let path = folder.path().join("key.pub");
                write(&path, format!("{key}\n").as_bytes())?;
                arguments.extend([path.into_os_string(), "-U".into()]);
            }
        }
        arguments.push(file.clone().into_os_string());
        let result = self.call(arguments).run(b"")?;
        let name = self.program.to_string_lossy();
        let help = "check that the key exists, that you entered its passphrase, and that `ssh-add -L` lists it";
        if !result.succeeded() {
            return Err(Error::refused(
                format!(
                    "`{name}` did not create a signature: {}",
                    result.failure_reason()
                ),
                help,
            ));
        }
        let signature = read_file(&file.with_extension("sig"), MAX_SIGNATURE_BYTES);
        signature.map_err(|error| {
            Error::refused(format!("`{name}` did not write a signature"), help).with_source(error)
        })
    }

    /// Whether a signature by Git is good; the inner error says why not.
    ///
    /// Types of keys that Tollgate does not verify, such as those on a security key, are left to
    /// the program.
    pub(super) fn check(
        &self,
        payload: &[u8],
        signature: &[u8],
    ) -> Result<std::result::Result<(), String>> {
        let text = SignedText {
            bytes: payload,
            namespace: GIT,
            at: ANY_TIME,
        };
        match text.key(&String::from_utf8_lossy(signature)) {
            Ok(_) => Ok(Ok(())),
            Err(TextFault::Key(_)) => {
                let folder = temporary("signature", signature)?;
                let path = folder.path().join("signature").into_os_string();
                let arguments = ["-Y", "check-novalidate", "-n", GIT, "-s"].map(OsString::from);
                let result = self
                    .call(arguments.into_iter().chain([path]).collect())
                    .run(payload)?;
                Ok(if result.succeeded() {
                    Ok(())
                } else {
                    Err(result.failure_reason())
                })
            }
            Err(fault) => Ok(Err(fault.to_string())),
        }
    }

    pub(super) fn program(&self) -> &OsStr {
        &self.program
    }

    fn call(&self, arguments: Vec<OsString>) -> Program<'_> {
        Program {
            name: &self.program,
            arguments,
            directory: &self.directory,
            setting: "gpg.ssh.program",
        }
    }
}

/// The error if no key is configured.
pub(super) fn no_key() -> Error {
    Error::usage(
        "no SSH signing key is configured",
        "run `git config gpg.format ssh` and `git config user.signingKey ~/.ssh/id_ed25519.pub`",
    )
}

/// The public key in a setting; `None` if the setting is a path.
fn literal(key: &str) -> Option<&str> {
    key.strip_prefix("key::")
        .or_else(|| key.starts_with("ssh-").then_some(key))
}

/// Runs the command that prints the key to sign with, and takes its first line.
fn printed_key(command: &str, directory: &Path) -> Result<String> {
    let setting = "gpg.ssh.defaultKeyCommand";
    let unusable = |why: &str| {
        let message = format!("`{setting}` does not print a key: {why}");
        Error::refused(
            message,
            "the command must print `key::` and a public key, as `ssh-add -L` lists them",
        )
    };
    let words = shlex::split(command).ok_or_else(|| unusable("a quotation mark is not closed"))?;
    let (name, arguments) = words
        .split_first()
        .ok_or_else(|| unusable("the command is empty"))?;
    let arguments = arguments.iter().map(Into::into).collect();
    let result = Program {
        name: name.as_ref(),
        arguments,
        directory,
        setting,
    }
    .run(b"")?;
    if !result.succeeded() {
        return Err(unusable(&result.failure_reason()));
    }
    let printed = String::from_utf8_lossy(result.output());
    let key = printed.lines().next().and_then(|line| literal(line.trim()));
    key.map(str::to_owned)
        .ok_or_else(|| unusable("its first line is not a public key"))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the program reads the key from a file in a directory of our own"
)]
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).map_err(super::no_temporary_file)
}

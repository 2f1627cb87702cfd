//! Signs texts as git's own settings say: with an SSH key in a file, in an agent, or named in the settings.
//!
//! Only what a person asks to be signed is signed, by the one program that the settings name; checking commands never
//! come here.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::{Error, Result};
use crate::git::Repository;

/// The program that makes SSH signatures where no other is configured.
const SSH_KEYGEN: &str = "ssh-keygen";

/// A key as `user.signingKey` names it.
enum SigningKey {
    /// A file: a private key, or a public one whose private half the agent holds.
    File(PathBuf),
    /// A public key, whose private half the agent holds.
    InAgent(String),
}

impl Repository {
    /// Signs a text for a purpose with the person's SSH key, and gives the signature as `ssh-keygen -Y sign` writes it.
    ///
    /// Fails where no SSH key is configured, and where the program does not sign.
    pub fn sign_by_ssh(&self, namespace: &str, text: &str) -> Result<String> {
        let key = self.signing_key()?;
        let program = self.setting("gpg.ssh.program").unwrap_or_else(|| SSH_KEYGEN.to_owned());
        let mut file = None;
        let mut arguments = vec!["-Y".to_owned(), "sign".to_owned(), "-n".to_owned(), namespace.to_owned()];
        let path = match key {
            SigningKey::File(path) => path,
            SigningKey::InAgent(key) => {
                arguments.push("-U".to_owned());
                file.insert(public_key(&key)?).path().to_owned()
            }
        };
        run(&program, &arguments, &path, text)
    }

    /// The address under which the person commits.
    ///
    /// Fails where git's settings name none.
    pub fn user_email(&self) -> Result<String> {
        self.setting("user.email").ok_or_else(|| {
            Error::usage("nothing says who you are", "git config user.email you@example.com, or say it by `--by`")
        })
    }

    fn signing_key(&self) -> Result<SigningKey> {
        let format = self.setting("gpg.format").unwrap_or_else(|| "openpgp".to_owned());
        let missing = || {
            Error::usage(
                "no SSH key is configured to sign with",
                "git config gpg.format ssh, and git config user.signingKey ~/.ssh/id_ed25519.pub",
            )
        };
        let key = self.setting("user.signingKey").filter(|_| format == "ssh").ok_or_else(missing)?;
        if let Some(literal) = key.strip_prefix("key::") {
            return Ok(SigningKey::InAgent(literal.to_owned()));
        }
        if key.starts_with("ssh-") {
            return Ok(SigningKey::InAgent(key));
        }
        self.path_setting("user.signingKey").map(SigningKey::File).ok_or_else(missing)
    }

    fn path_setting(&self, key: &str) -> Option<PathBuf> {
        self.raw().config().ok()?.get_path(key).ok()
    }
}

fn public_key(key: &str) -> Result<tempfile::NamedTempFile> {
    let failed = |error: io::Error| Error::file("the key cannot be put into a temporary file", "").because(error);
    let mut file = tempfile::Builder::new().prefix(".tollgate-").suffix(".pub").tempfile().map_err(failed)?;
    writeln!(file, "{key}").map_err(failed)?;
    Ok(file)
}

#[expect(clippy::disallowed_methods, reason = "a person asks for a signature, and this program makes it")]
fn run(program: &str, arguments: &[String], key: &Path, text: &str) -> Result<String> {
    let help = "is it there, is the key, and does `ssh-add -l` list it?";
    let failed = |error: io::Error| Error::file(format!("`{program}` cannot be run"), help).because(error);
    let mut command = Command::new(program);
    command.args(arguments).arg("-f").arg(key).env("LC_ALL", "C");
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed)?;
    let sent = child.stdin.take().map_or(Ok(()), |mut input| input.write_all(text.as_bytes()));
    let output = child.wait_with_output().map_err(failed)?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() || sent.is_err() {
        let said = crate::source::sanitise_line(said.trim());
        return Err(Error::file(format!("`{program}` did not sign: {said}"), help));
    }
    String::from_utf8(output.stdout)
        .map_err(|error| Error::file(format!("`{program}` answered no text"), help).because(error))
}

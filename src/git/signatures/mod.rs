//! Signs and verifies with the programs that Git's settings name: with OpenPGP, with certificates, or
//! with an SSH key.
//!
//! Only a release or an approval that a person wants to be signed is signed. A program that fails, or
//! does not report a signature, has not signed. Verification is that of the signatures made here, and
//! of `verify --run-gpg`; `signature` verifies SSH signatures without a program.

mod gnupg;
mod program;
mod settings;
mod ssh;

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::commit::{SignatureFormat, Signed};
use crate::error::{Error, Result};
use crate::git::Repository;
use crate::signature::{GIT, GnupgStatus};

use gnupg::Gnupg;
use settings::Settings;
use ssh::SshSigner;

/// Creates signatures, and checks its own.
enum SigningMethod {
    Gnupg(Gnupg),
    Ssh(SshSigner),
}

/// What Git's settings require to be signed in a release.
pub(super) struct ReleaseSignatures {
    commit: Option<SigningMethod>,
    tag: Option<SigningMethod>,
}

impl Repository {
    /// Signs a text for a namespace with the person's SSH key, and returns the signature as
    /// `ssh-keygen -Y sign` writes it.
    ///
    /// Fails if no SSH key is configured, and if the program does not sign.
    pub(crate) fn sign_by_ssh(&self, namespace: &str, text: &str) -> Result<String> {
        let settings = Settings::of(self.raw())?;
        if settings.format()? != SignatureFormat::Ssh {
            return Err(ssh::no_key());
        }
        SshSigner::of(&settings)?.sign(namespace, text.as_bytes())
    }

    /// The result of `gpg` or `gpgsm` on a signature by Git, including whether the key has the
    /// trust that `gpg.minTrustLevel` requires.
    ///
    /// Runs the program that Git's settings name. Fails if it cannot be run.
    pub(crate) fn ask_gnupg(
        &self,
        format: SignatureFormat,
        object: &Signed,
    ) -> Result<GnupgStatus> {
        let settings = Settings::of(self.raw())?;
        let least = settings.least_trust()?;
        let signer = Gnupg::of(&settings, format, String::new())?;
        let signature = object.signature.as_deref().unwrap_or_default();
        Ok(match signer.ask(&object.payload, signature)? {
            GnupgStatus::Good { signer, trust, .. } if trust < least => GnupgStatus::Bad(format!(
                "the key of `{signer}` is less trusted than `gpg.minTrustLevel` requires"
            )),
            status => status,
        })
    }

    /// The file that assigns SSH keys to people, from Git's settings: `gpg.ssh.allowedSignersFile`.
    pub(crate) fn allowed_signers_file(&self) -> Result<Option<PathBuf>> {
        Settings::of(self.raw())?.path("gpg.ssh.allowedSignersFile")
    }

    /// The address under which the person commits.
    ///
    /// Fails if Git's settings name none.
    pub(crate) fn user_email(&self) -> Result<String> {
        let email = self.setting("user.email");
        let is_written = |email: &String| email.contains(char::is_alphanumeric);
        email.filter(is_written).ok_or_else(|| {
            Error::usage(
                "your email address is not configured",
                "run `git config user.email you@example.com`, or pass `--by`",
            )
        })
    }
}

impl ReleaseSignatures {
    /// Reads what to sign and how: `commit.gpgSign`, `tag.gpgSign`, `tag.forceSignAnnotated`,
    /// `gpg.format`, `user.signingKey` and the programs. If no key is configured, the key of
    /// `committer` is used.
    ///
    /// Fails if a setting is invalid, and if a required key is missing.
    pub(super) fn of(git: &git2::Repository, committer: &git2::Signature<'_>) -> Result<Self> {
        let settings = Settings::of(git)?;
        // `tag.forceSignAnnotated` applies to annotated tags that are not signed explicitly, as
        // those of a release.
        let signs_tags =
            settings.truth("tag.gpgSign")? | settings.truth("tag.forceSignAnnotated")?;
        let signer = |is_asked: bool| {
            is_asked
                .then(|| SigningMethod::of(&settings, committer))
                .transpose()
        };
        Ok(Self {
            commit: signer(settings.truth("commit.gpgSign")?)?,
            tag: signer(signs_tags)?,
        })
    }

    /// The signature of a commit, for its header; `None` if none is required.
    pub(super) fn sign_commit(&self, payload: &[u8]) -> Result<Option<String>> {
        self.commit
            .as_ref()
            .map(|signer| signer.sign(payload, "release commit"))
            .transpose()
    }

    /// The signature of a tag, to be placed below its message; `None` if none is required.
    pub(super) fn sign_tag(&self, payload: &[u8]) -> Result<Option<String>> {
        self.tag
            .as_ref()
            .map(|signer| signer.sign(payload, "tag"))
            .transpose()
    }

    /// Checks that a commit, read back raw, has a good signature if one is required.
    pub(super) fn check_commit(&self, object: &[u8]) -> Result<()> {
        self.commit.as_ref().map_or(Ok(()), |signer| {
            signer.check(Signed::commit(object), "release commit")
        })
    }

    /// The same for a tag.
    pub(super) fn check_tag(&self, object: &[u8]) -> Result<()> {
        self.tag
            .as_ref()
            .map_or(Ok(()), |signer| signer.check(Signed::tag(object), "tag"))
    }
}

impl SigningMethod {
    fn of(settings: &Settings<'_>, committer: &git2::Signature<'_>) -> Result<Self> {
        let format = settings.format()?;
        if format == SignatureFormat::Ssh {
            return SshSigner::of(settings).map(Self::Ssh);
        }
        let (name, email) = (committer.name_bytes(), committer.email_bytes());
        let owner = format!(
            "{} <{}>",
            String::from_utf8_lossy(name),
            String::from_utf8_lossy(email)
        );
        Gnupg::of(settings, format, owner).map(Self::Gnupg)
    }

    fn sign(&self, payload: &[u8], what: &str) -> Result<String> {
        let signed = match self {
            Self::Gnupg(signer) => signer.sign(payload),
            Self::Ssh(signer) => signer.sign(GIT, payload),
        };
        let signature =
            signed.map_err(|error| error.context(&format!("the {what} was not signed")))?;
        if SignatureFormat::of(signature.as_bytes()) == Some(self.format()) {
            return Ok(signature);
        }
        let message = format!(
            "the {what} was not signed: `{}` returned a different kind of signature",
            self.program()
        );
        Err(Error::refused(
            message,
            "check that `git tag -s` works with this program",
        ))
    }

    /// Checks that the signature of an object is good.
    fn check(&self, object: Signed, what: &str) -> Result<()> {
        let checked = match (self, object.signature.as_deref()) {
            (_, None) => Err("it has no signature".to_owned()),
            (Self::Gnupg(signer), Some(signature)) => {
                match signer.ask(&object.payload, signature)? {
                    GnupgStatus::Good { .. } => Ok(()),
                    GnupgStatus::Bad(why) => Err(why),
                }
            }
            (Self::Ssh(signer), Some(signature)) => signer.check(&object.payload, signature)?,
        };
        checked.map_err(|why| {
            let help = "nothing was released; check that `git tag -v` accepts a tag made with `git tag -s`";
            Error::refused(format!("the new signature of the {what} is not valid: {why}"), help)
        })
    }

    const fn format(&self) -> SignatureFormat {
        match self {
            Self::Gnupg(signer) => signer.format(),
            Self::Ssh(_) => SignatureFormat::Ssh,
        }
    }

    fn program(&self) -> std::borrow::Cow<'_, str> {
        match self {
            Self::Gnupg(signer) => signer.program().to_string_lossy(),
            Self::Ssh(signer) => signer.program().to_string_lossy(),
        }
    }
}

/// The time at which the signature of a new object is checked; nothing depends on it.
const ANY_TIME: Timestamp = Timestamp::UNIX_EPOCH;

/// The directory in which Git would run programs: the root of the work tree, or the repository if
/// there is none.
fn start(git: &git2::Repository) -> &Path {
    git.workdir().unwrap_or_else(|| git.path())
}

/// A temporary folder that only this user may read, with one file in it.
#[expect(clippy::disallowed_methods, reason = "programs that sign take files")]
fn temporary(name: &str, bytes: &[u8]) -> Result<tempfile::TempDir> {
    let folder = tempfile::Builder::new()
        .prefix("tollgate-")
        .tempdir()
        .map_err(no_temporary_file)?;
    std::fs::write(folder.path().join(name), bytes).map_err(no_temporary_file)?;
    Ok(folder)
}

fn no_temporary_file(error: std::io::Error) -> Error {
    Error::file(
        "the temporary file for signing cannot be written",
        "check the free disk space and the permissions of `TMPDIR`",
    )
    .with_source(error)
}

//! Checks the signatures of tags and commits: SSH signatures itself, others with `gpg` if that is
//! allowed.

use jiff::Timestamp;

use crate::app::verify::{Gnupg, UnsignedTags, VerifyOptions};
use crate::commit::{SignatureFormat, Signed};
use crate::error::Result;
use crate::files::{self, unreadable};
use crate::git::Repository;
use crate::release::{Check, CheckKind, Outcome};
use crate::signature::{AllowedSigners, GIT, GnupgStatus, SignedText, TextFault};
use crate::source::Source;

/// The maximum number of bytes of a file that assigns keys to people.
const MAX_SIGNERS_BYTES: usize = 16 << 20;

/// The inputs of the checks of signatures.
pub(crate) struct SignatureChecker<'a> {
    repository: &'a Repository,
    options: &'a VerifyOptions,
    signers: Option<Signers>,
}

/// The keys with their owners, and the number of lines that could not be read.
struct Signers {
    list: AllowedSigners,
    file: String,
    faulty: usize,
}

impl<'a> SignatureChecker<'a> {
    /// Reads the file that assigns keys to people, if one is named.
    ///
    /// Fails if it cannot be read.
    pub(crate) fn new(repository: &'a Repository, options: &'a VerifyOptions) -> Result<Self> {
        let named = options.signatures.allowed_signers.as_ref();
        let file = match named {
            Some(file) => Some((options.directory.join(file), file.clone())),
            None => repository
                .allowed_signers_file()?
                .map(|file| (file.clone(), file)),
        };
        let signers = file.map(|(path, name)| {
            let file = crate::workspace::paths::shown(&name);
            let text = files::read_file(&path, MAX_SIGNERS_BYTES)
                .map_err(|error| unreadable(&file, error))?;
            let (list, faults) = AllowedSigners::parse(&Source::new(file.as_str(), text));
            Ok(Signers {
                list,
                file,
                faulty: faults.len(),
            })
        });
        Ok(Self {
            repository,
            options,
            signers: signers.transpose()?,
        })
    }

    /// Checks the signature of an object that claims to have been made at this second.
    ///
    /// Fails if an allowed program cannot be run.
    pub(crate) fn check(
        &self,
        kind: CheckKind,
        object: &Signed,
        seconds: Option<i64>,
    ) -> Result<Check> {
        let outcome = match (
            &object.signature,
            object.signature.as_deref().and_then(SignatureFormat::of),
        ) {
            (None, _)
                if kind == CheckKind::TagSignature
                    && self.options.signatures.unsigned == UnsignedTags::Refused =>
            {
                Outcome::Missing("not signed, but a signature is required".to_owned())
            }
            (None, _) => Outcome::Absent("not signed".to_owned()),
            (Some(_), None) => {
                Outcome::differs("the signature is not in a format that Git creates")
            }
            (Some(signature), Some(SignatureFormat::Ssh)) => self.check_ssh(
                &object.payload,
                &String::from_utf8_lossy(signature),
                seconds,
            ),
            (Some(_), Some(format)) => self.check_gnupg(format, object)?,
        };
        Ok(Check::new(kind, outcome))
    }

    fn check_ssh(&self, payload: &[u8], signature: &str, seconds: Option<i64>) -> Outcome {
        let at = seconds
            .and_then(|seconds| Timestamp::from_second(seconds).ok())
            .unwrap_or_default();
        let text = SignedText {
            bytes: payload,
            namespace: GIT,
            at,
        };
        let Some(signers) = &self.signers else {
            return match text.key(signature) {
                Ok(key) => Outcome::NotChecked(format!(
                    "it was made with the key `{}`; pass `--allowed-signers` or set `gpg.ssh.allowedSignersFile` to \
                     check whose key that is",
                    key.fingerprint()
                )),
                Err(fault) => outcome_of_fault(&fault),
            };
        };
        match text.verify(signature, &signers.list) {
            Ok(verified) => Outcome::Same(format!(
                "by `{}`, {}",
                verified.signer.principals(),
                verified.fingerprint
            )),
            Err(fault @ TextFault::UnknownKey(_)) if signers.faulty > 0 => {
                Outcome::differs(format!(
                    "{fault} in `{}` (invalid lines: {})",
                    signers.file, signers.faulty
                ))
            }
            Err(fault) => outcome_of_fault(&fault),
        }
    }

    fn check_gnupg(&self, format: SignatureFormat, object: &Signed) -> Result<Outcome> {
        if self.options.signatures.gnupg == Gnupg::Forbidden {
            let name = format.name();
            return Ok(Outcome::NotChecked(format!(
                "only GnuPG can check {name} signatures; pass `--run-gpg` to run it"
            )));
        }
        Ok(match self.repository.ask_gnupg(format, object)? {
            GnupgStatus::Good {
                signer,
                fingerprint,
                ..
            } => Outcome::Same(format!("by `{signer}`, {fingerprint}")),
            GnupgStatus::Bad(why) => Outcome::differs(why),
        })
    }
}

/// A key of an unsupported type is not a fault of the signature.
fn outcome_of_fault(fault: &TextFault) -> Outcome {
    match fault {
        TextFault::Key(fault) => Outcome::NotChecked(fault.to_string()),
        fault => Outcome::differs(fault.to_string()),
    }
}

//! SSH signatures of texts other than approvals, such as Git's signatures of commits and tags.
//!
//! Verified as `ssh-keygen -Y verify` does: the text, the purpose, the key, and whether the key was
//! its holder's for that purpose at that time.

use std::fmt;

use jiff::Timestamp;

use super::approval::{Verified, read};
use super::key::{Key, KeyFault};
use super::signers::AllowedSigners;

/// The namespace in which Git signs.
pub(crate) const GIT: &str = "git";

/// A text, and what its signature has to be valid for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SignedText<'a> {
    /// The bytes.
    pub(crate) bytes: &'a [u8],
    /// The purpose, such as [`GIT`].
    pub(crate) namespace: &'a str,
    /// When it was signed, according to the text. A key must have been valid then.
    pub(crate) at: Timestamp,
}

/// Why a signature of a text does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TextFault {
    /// It is not a readable SSH signature.
    Unreadable,
    /// It was made for another purpose.
    OtherNamespace(String),
    /// Its key is not accepted, or cannot be verified here.
    Key(KeyFault),
    /// Another text or another key was used.
    DoesNotVerify,
    /// No line of the list has the key of this fingerprint.
    UnknownKey(String),
    /// The key may sign, but not for this purpose.
    OtherPurpose(String),
    /// The key was not valid yet.
    NotYetValid(Timestamp),
    /// The key was no longer valid.
    Expired(Timestamp),
}

impl SignedText<'_> {
    /// The key with which the text was signed, regardless of its owner.
    ///
    /// Fails if the signature is not one of this text and purpose.
    pub(crate) fn key(&self, signature: &str) -> Result<Key, TextFault> {
        let signature = read(signature).ok_or(TextFault::Unreadable)?;
        if signature.namespace() != self.namespace {
            return Err(TextFault::OtherNamespace(signature.namespace().to_owned()));
        }
        let key = Key::of(signature.public_key()).map_err(TextFault::Key)?;
        let verified = key.inner().verify(self.namespace, self.bytes, &signature);
        verified.map_err(|_| TextFault::DoesNotVerify)?;
        Ok(key)
    }

    /// Whether somebody on a list signed the text, with a key that was valid for it at that time.
    ///
    /// Fails with the reason why the signature does not count.
    pub(crate) fn verify<'s>(
        &self,
        signature: &str,
        signers: &'s AllowedSigners,
    ) -> Result<Verified<'s>, TextFault> {
        let key = self.key(signature)?;
        let signer = signers.signer_of_text(&key, self.namespace, self.at)?;
        Ok(Verified {
            fingerprint: key.fingerprint(),
            signer,
        })
    }
}

impl fmt::Display for TextFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable => write!(out, "the signature cannot be read"),
            Self::OtherNamespace(namespace) => {
                write!(out, "the signature was made for `{namespace}`")
            }
            Self::Key(fault) => write!(out, "{fault}"),
            Self::DoesNotVerify => write!(out, "the signature does not match the signed text"),
            Self::UnknownKey(fingerprint) => write!(
                out,
                "the key `{fingerprint}` is not in the allowed-signers file"
            ),
            Self::OtherPurpose(fingerprint) => {
                write!(
                    out,
                    "the key `{fingerprint}` is not allowed to sign for this purpose"
                )
            }
            Self::NotYetValid(from) => write!(out, "the key is not valid before {from}"),
            Self::Expired(until) => write!(out, "the key expired at {until}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use ssh_key::{HashAlg, LineEnding};

    use super::super::testing::{ed25519, signers_of};
    use super::*;

    const TEXT: SignedText<'static> = SignedText {
        bytes: b"tree 1\n",
        namespace: GIT,
        at: Timestamp::UNIX_EPOCH,
    };

    fn signed(namespace: &str) -> String {
        ed25519(1)
            .sign(namespace, HashAlg::Sha512, TEXT.bytes)
            .unwrap()
            .to_pem(LineEnding::LF)
            .unwrap()
    }

    #[test]
    fn who_signed_is_known_by_the_key() {
        let signers = signers_of(&[("ada@example.com", "", &ed25519(1))]);
        assert_eq!(
            TEXT.verify(&signed(GIT), &signers)
                .unwrap()
                .signer
                .principals(),
            "ada@example.com"
        );
    }

    #[test]
    fn another_text_or_purpose_does_not_count() {
        let other = SignedText {
            bytes: b"tree 2\n",
            ..TEXT
        };
        assert_eq!(other.key(&signed(GIT)), Err(TextFault::DoesNotVerify));
        assert_eq!(
            TEXT.key(&signed("file")),
            Err(TextFault::OtherNamespace("file".into()))
        );
        assert_eq!(TEXT.key("x"), Err(TextFault::Unreadable));
    }

    #[test]
    fn a_key_counts_for_its_purposes_while_it_is_valid() {
        let refused = |options: &str, seed| {
            let signers = signers_of(&[("ada@example.com", options, &ed25519(seed))]);
            TEXT.verify(&signed(GIT), &signers).map(|_| ())
        };
        assert!(matches!(refused("", 2), Err(TextFault::UnknownKey(_))));
        assert!(matches!(
            refused("namespaces=\"file\" ", 1),
            Err(TextFault::OtherPurpose(_))
        ));
        assert!(matches!(
            refused("valid-after=\"19700102Z\" ", 1),
            Err(TextFault::NotYetValid(_))
        ));
        assert_eq!(
            refused("namespaces=\"file,g*\",valid-before=\"20260101Z\" ", 1),
            Ok(())
        );
    }
}

//! Why a signature does not count.

use std::fmt;

use jiff::Timestamp;

use super::approval::NAMESPACE;
use super::key::{KINDS, KeyFault};

/// Why a signature does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignatureError {
    /// It is not a readable SSH signature.
    Unreadable,
    /// A field of the approval cannot be signed, since it contains a line end or another control
    /// character.
    Field(&'static str),
    /// It was made for another purpose.
    OtherNamespace(String),
    /// Its key is not accepted.
    Key(KeyFault),
    /// No line of `allowed_signers` has the key of this fingerprint.
    UnknownKey(String),
    /// The key belongs to other people, whose patterns these are.
    OtherPerson(Vec<String>),
    /// The key may sign, but not approvals.
    NotForApprovals,
    /// The key was not valid yet when the approval was made.
    NotYetValid(Timestamp),
    /// The key was no longer valid when the approval was made.
    Expired(Timestamp),
    /// Another text or another key was used.
    DoesNotVerify,
}

impl SignatureError {
    /// What to do about it.
    #[must_use]
    pub(crate) fn help(&self) -> String {
        match self {
            Self::Unreadable => {
                format!(
                    "sign with `ssh-keygen -Y sign -n {NAMESPACE}`, and keep all lines of its output"
                )
            }
            Self::Field(_) => "write the field on one line".into(),
            Self::OtherNamespace(_) => format!("sign with `ssh-keygen -Y sign -n {NAMESPACE}`"),
            Self::Key(_) => format!("sign with a key of type {KINDS}"),
            Self::UnknownKey(_) => "add the key to `allowed_signers` on the base branch".into(),
            Self::OtherPerson(_) => "sign with your own key".into(),
            Self::NotForApprovals => {
                format!("add `{NAMESPACE}` to `namespaces` in the key's line in `allowed_signers`")
            }
            Self::NotYetValid(_) | Self::Expired(_) => "sign with a valid key".into(),
            Self::DoesNotVerify => {
                "sign again: the plan or the approval changed after it was signed".into()
            }
        }
    }
}

impl fmt::Display for SignatureError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable => write!(out, "the signature cannot be read"),
            Self::Field(field) => write!(out, "`{field}` of the approval cannot be signed"),
            Self::OtherNamespace(namespace) => write!(
                out,
                "the signature is for `{namespace}`, not for `{NAMESPACE}`"
            ),
            Self::Key(fault) => write!(out, "{fault}"),
            Self::UnknownKey(fingerprint) => {
                write!(out, "the key `{fingerprint}` is not in `allowed_signers`")
            }
            Self::OtherPerson(principals) => {
                write!(out, "the key belongs to `{}`", principals.join("`, `"))
            }
            Self::NotForApprovals => write!(out, "the key is not allowed to sign approvals"),
            Self::NotYetValid(from) => write!(out, "the key is not valid before {from}"),
            Self::Expired(until) => write!(out, "the key expired at {until}"),
            Self::DoesNotVerify => write!(out, "the signature does not match the approval"),
        }
    }
}

//! Who made a signature, with which key, or why a signature does not count.
//!
//! Verifies SSH signatures of approvals, commits and tags itself. For OpenPGP and X.509, it reads the
//! status that GnuPG reports; `git` runs the program, and also creates signatures.
//!
//! Takes `allowed_signers` and signatures as text, and the time that counts is that of the
//! approval. Whether an approval is sufficient is decided by `approval`.

mod approval;
mod error;
mod gnupg;
mod key;
mod signers;
mod ssh_patterns;
#[cfg(test)]
mod testing;
mod text;
mod time;

pub(crate) use approval::verify_as;
pub use approval::{ApprovalText, NAMESPACE, Verified, verify};
pub use error::SignatureError;
pub(crate) use gnupg::{GnupgStatus, Trust, says_created};
pub(crate) use key::Key;
pub use key::KeyFault;
pub use signers::{AllowedSigners, Signer};
pub(crate) use text::{GIT, SignedText, TextFault};

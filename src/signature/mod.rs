//! SSH signatures of approvals: who signed, by which key, or why a signature does not count.
//!
//! Pure: the text of `allowed_signers` and a signature come in as text, and the time that counts is that of the
//! approval. Whether an approval is enough is not decided here.

mod approval;
mod key;
mod pattern;
mod refusal;
mod signers;
#[cfg(test)]
mod testing;
mod time;

pub use approval::{ApprovalText, NAMESPACE, Verified, verify};
pub use key::{Key, KeyFault};
pub use refusal::Refusal;
pub use signers::{AllowedSigners, Signer};

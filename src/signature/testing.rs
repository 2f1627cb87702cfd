//! Keys and signatures for the tests of this module.

use jiff::Timestamp;
use ssh_key::private::{Ed25519Keypair, PrivateKey};
use ssh_key::{HashAlg, LineEnding};

use super::{AllowedSigners, ApprovalText};
use crate::source::Source;
use crate::ticket::Decision;

/// A key generated from this number.
pub(super) fn ed25519(seed: u8) -> PrivateKey {
    PrivateKey::from(Ed25519Keypair::from_seed(&[seed; 32]))
}

/// `type base64`.
pub(super) fn public(key: &PrivateKey) -> String {
    key.public_key().to_openssh().unwrap().trim().to_owned()
}

pub(super) fn approval(digest: &str) -> ApprovalText<'_> {
    ApprovalText {
        ticket: "pool-40",
        digest,
        decision: Decision::Approve,
        by: "bo@example.com",
        role: Some("dba"),
        at: "2026-11-20T12:00:00Z".parse::<Timestamp>().unwrap(),
        reason: None,
    }
}

pub(super) fn signed(key: &PrivateKey, namespace: &str, approval: &ApprovalText<'_>) -> String {
    signed_text(key, namespace, &approval.to_text().unwrap())
}

pub(super) fn signed_text(key: &PrivateKey, namespace: &str, text: &str) -> String {
    let signature = key
        .sign(namespace, HashAlg::Sha512, text.as_bytes())
        .unwrap();
    signature.to_pem(LineEnding::LF).unwrap()
}

/// The text of a file with these principals, options with a trailing space, and keys.
pub(super) fn signers_of(lines: &[(&str, &str, &PrivateKey)]) -> AllowedSigners {
    let line = |(principals, options, key): &(&str, &str, &PrivateKey)| {
        format!("{principals} {options}{}\n", public(key))
    };
    let (signers, faults) = AllowedSigners::parse(&Source::new(
        "allowed_signers",
        lines.iter().map(line).collect::<String>(),
    ));
    assert_eq!(faults, []);
    signers
}

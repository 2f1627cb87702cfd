//! Public keys: which are accepted, and which are too weak to prove anything.

use std::fmt;

use ssh_key::public::KeyData;
use ssh_key::{HashAlg, PublicKey};

/// The minimum number of bits of an RSA key.
const MIN_RSA_BITS: usize = 2048;

/// The maximum number of bits of an RSA key. More would only take time.
const MAX_RSA_BITS: usize = 4096;

/// The accepted types of keys.
pub(super) const KINDS: &str = "ed25519, ecdsa, or rsa";

/// An accepted public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key(PublicKey);

/// Why a key is not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyFault {
    /// It is not a readable key.
    Unreadable,
    /// It is a certificate, which only its authority could verify.
    Certificate,
    /// Its type is not accepted.
    Unsupported(String),
    /// It proves nothing: somebody else could find another key that fits its signatures.
    Weak(String),
}

impl Key {
    /// Reads `type base64`, as `ssh-keygen` writes public keys.
    ///
    /// Fails if the key is not readable, if its type is not accepted, and if it is weak.
    pub(crate) fn parse(text: &str) -> Result<Self, KeyFault> {
        let kind = text.split([' ', '\t']).next().unwrap_or_default();
        if kind.contains("-cert-v0") {
            return Err(KeyFault::Certificate);
        }
        if !KNOWN_KINDS.contains(&kind) {
            return Err(KeyFault::Unsupported(kind.to_owned()));
        }
        let key = PublicKey::from_openssh(text).map_err(|_| KeyFault::Unreadable)?;
        Self::of(key.key_data())
    }

    /// Accepts a key, unless it is weak or of another type.
    pub(super) fn of(data: &KeyData) -> Result<Self, KeyFault> {
        let name = data.algorithm().to_string();
        match data {
            KeyData::Ed25519(key) => {
                let key =
                    ed25519_dalek::VerifyingKey::try_from(key).map_err(|_| KeyFault::Unreadable)?;
                if key.is_weak() {
                    return Err(KeyFault::Weak("its public point has small order".into()));
                }
            }
            KeyData::Ecdsa(_) => {}
            KeyData::Rsa(key) => {
                let bits = key.n.as_positive_bytes().map_or(0, bits);
                if bits < MIN_RSA_BITS {
                    return Err(KeyFault::Weak(format!(
                        "it has {bits} bits, fewer than {MIN_RSA_BITS}"
                    )));
                }
                if bits > MAX_RSA_BITS {
                    return Err(KeyFault::Unsupported(format!(
                        "{name} with {bits} bits, more than {MAX_RSA_BITS}"
                    )));
                }
            }
            _ if name.contains("-cert-v0") => return Err(KeyFault::Certificate),
            _ => return Err(KeyFault::Unsupported(name)),
        }
        Ok(Self(PublicKey::from(data.clone())))
    }

    /// The key's fingerprint, `SHA256:` and 43 digits, as `ssh-keygen -l` shows it.
    #[must_use]
    pub(crate) fn fingerprint(&self) -> String {
        self.0.fingerprint(HashAlg::Sha256).to_string()
    }

    pub(super) const fn inner(&self) -> &PublicKey {
        &self.0
    }
}

/// The names of key types in files. A line with another type cannot be distinguished from one with
/// options.
pub(super) const KNOWN_KINDS: [&str; 8] = [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
    "ssh-dss",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
];

/// The bits of a number without leading zeros.
fn bits(number: &[u8]) -> usize {
    let first = number
        .first()
        .map_or(0, |byte| byte.leading_zeros() as usize);
    (number.len() * 8).saturating_sub(first)
}

impl fmt::Display for KeyFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable => write!(out, "the key cannot be read"),
            Self::Certificate => write!(out, "certificates are not supported"),
            Self::Unsupported(kind) => write!(out, "keys of type `{kind}` are not supported"),
            Self::Weak(why) => write!(out, "the key is too weak: {why}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ed25519, public};
    use super::*;

    #[test]
    fn a_key_has_the_fingerprint_that_ssh_keygen_shows() {
        let text =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";
        assert_eq!(
            Key::parse(text).unwrap().fingerprint(),
            "SHA256:UCUiLr7Pjs9wFFJMDByLgc3NrtdU344OgUM45wZPcIQ"
        );
    }

    #[test]
    fn a_point_of_small_order_is_weak() {
        for point in [[0_u8; 32], {
            let mut one = [0; 32];
            one[0] = 1;
            one
        }] {
            let data = KeyData::Ed25519(ssh_key::public::Ed25519PublicKey(point));
            assert!(
                matches!(Key::of(&data), Err(KeyFault::Weak(_))),
                "{point:?}"
            );
        }
    }

    #[test]
    fn an_rsa_key_is_neither_short_nor_endless() {
        let of = |bytes: usize| {
            let n = ssh_key::Mpint::from_positive_bytes(&vec![0xff; bytes]).unwrap();
            let e = ssh_key::Mpint::from_positive_bytes(&[1, 0, 1]).unwrap();
            Key::of(&KeyData::Rsa(ssh_key::public::RsaPublicKey { e, n }))
        };
        assert!(matches!(of(255), Err(KeyFault::Weak(_))));
        assert!(of(256).is_ok() && of(512).is_ok());
        assert!(matches!(of(513), Err(KeyFault::Unsupported(_))));
    }

    #[test]
    fn unsupported_keys_are_reported() {
        let ours = public(&ed25519(1));
        let base64 = ours.split(' ').nth(1).unwrap();
        assert_eq!(
            Key::parse("ssh-ed25519-cert-v01@openssh.com AAAA"),
            Err(KeyFault::Certificate)
        );
        assert!(matches!(
            Key::parse(&format!("ssh-dss {base64}")),
            Err(KeyFault::Unreadable)
        ));
        assert!(matches!(
            Key::parse("nobody@knows.it AAAA"),
            Err(KeyFault::Unsupported(_))
        ));
        assert_eq!(
            Key::parse(&format!("ssh-ed25519 {}", &base64[..40])),
            Err(KeyFault::Unreadable)
        );
    }
}

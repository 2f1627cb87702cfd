//! The text that is signed for an approval, and whether its signature is valid.

use jiff::Timestamp;
use serde_json::Value;
use ssh_key::{LineEnding, SshSig};

use super::error::SignatureError;
use super::key::Key;
use super::signers::{AllowedSigners, Signer};
use crate::ticket::Decision;

/// The namespace in which approvals are signed.
pub const NAMESPACE: &str = "tollgate-approval";

/// The maximum number of bytes of a signature: one of RSA with 4096 bits has about 1,600.
const MAX_BYTES: usize = 16 * 1024;

/// An approval in the form that is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalText<'a> {
    /// The ID of the ticket.
    pub ticket: &'a str,
    /// The digest of the approved content, `sha256:` and 64 digits.
    pub digest: &'a str,
    /// The decision.
    pub decision: Decision,
    /// The address of the person who decides.
    pub by: &'a str,
    /// The role in which they decide, if they name one.
    pub role: Option<&'a str>,
    /// The time of the decision.
    pub at: Timestamp,
    /// The reason, if they give one.
    pub reason: Option<&'a str>,
}

/// A valid signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified<'s> {
    /// The fingerprint of the key. Two names with one key are one person.
    pub fingerprint: String,
    /// The line of `allowed_signers` that assigns the key.
    pub(crate) signer: &'s Signer,
}

/// An approval with a valid signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VerifiedApproval<'s> {
    pub(crate) verified: Verified<'s>,
    /// The text that was signed.
    pub(crate) text: String,
}

impl ApprovalText<'_> {
    /// The bytes that are signed: eight lines, each ended by a line feed. The last one has the
    /// reason as a JSON string, which is empty without a reason.
    ///
    /// # Errors
    ///
    /// Fails if a field contains a line break or another control character, which could show the
    /// signer something other than what is signed.
    pub fn to_text(&self) -> Result<String, SignatureError> {
        let reason = self.reason.unwrap_or_default();
        if reason.contains(is_break) {
            return Err(SignatureError::Field("reason"));
        }
        let reason = Value::from(reason);
        Ok(format!(
            "tollgate-approval-v2\n{}reason {reason}\n",
            self.lines()?
        ))
    }

    /// The first form of the text, which does not have the reason. It is no longer signed, but its
    /// signatures remain valid.
    fn to_text_v1(&self) -> Result<String, SignatureError> {
        Ok(format!("tollgate-approval-v1\n{}", self.lines()?))
    }

    /// The lines that both forms have.
    fn lines(&self) -> Result<String, SignatureError> {
        let role = self.role.unwrap_or("-");
        let fields = [
            ("id", self.ticket),
            ("digest", self.digest),
            ("by", self.by),
            ("role", role),
        ];
        let broken = fields
            .iter()
            .find(|(_, text)| text.is_empty() || text.contains(is_break));
        if let Some((field, _)) = broken {
            return Err(SignatureError::Field(field));
        }
        let Self {
            ticket,
            digest,
            by,
            at,
            ..
        } = self;
        let decision = self.decision.as_str();
        Ok(format!(
            "ticket {ticket}\ndigest {digest}\ndecision {decision}\nby {by}\nrole {role}\nat {at}\n"
        ))
    }
}

/// Whether the person named in the approval signed it, with a key that was valid at that time.
///
/// `signature` has the form that `ssh-keygen -Y sign` writes.
///
/// # Errors
///
/// Fails with the reason why the signature does not count. A key is used only after it is known to
/// be that of the person.
pub fn verify<'s>(
    approval: &ApprovalText<'_>,
    signature: &str,
    signers: &'s AllowedSigners,
) -> Result<Verified<'s>, SignatureError> {
    let names = [approval.by.to_owned()];
    verify_as(&names, approval, signature, signers).map(|approval| approval.verified)
}

/// The same for a person with several names; a line of `allowed_signers` may have any of them.
///
/// # Errors
///
/// Fails as [`verify`] does.
pub(crate) fn verify_as<'s>(
    names: &[String],
    approval: &ApprovalText<'_>,
    signature: &str,
    signers: &'s AllowedSigners,
) -> Result<VerifiedApproval<'s>, SignatureError> {
    let older = approval.to_text_v1()?;
    let signature = read(signature).ok_or(SignatureError::Unreadable)?;
    if signature.namespace() != NAMESPACE {
        return Err(SignatureError::OtherNamespace(
            signature.namespace().to_owned(),
        ));
    }
    let key = Key::of(signature.public_key()).map_err(SignatureError::Key)?;
    let signer = signers.signer(&key, names, approval.at)?;
    let is_signed = |text: &String| {
        let verified = key.inner().verify(NAMESPACE, text.as_bytes(), &signature);
        verified.is_ok()
    };
    let text = if is_signed(&older) {
        older
    } else {
        let text = approval.to_text()?;
        if !is_signed(&text) {
            return Err(SignatureError::DoesNotVerify);
        }
        text
    };
    let verified = Verified {
        fingerprint: key.fingerprint(),
        signer,
    };
    Ok(VerifiedApproval { verified, text })
}

/// Reads a signature in exactly the form that `ssh-keygen` writes. The decoder accepts other
/// lengths, with which one signature would have many texts.
pub(super) fn read(text: &str) -> Option<SshSig> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let text = text.replace("\r\n", "\n");
    let signature = SshSig::from_pem(text.trim()).ok()?;
    let written = signature.to_pem(LineEnding::LF).ok()?;
    let is_as_written = written.split_whitespace().eq(text.split_whitespace());
    (is_as_written && signature.version() == SshSig::VERSION).then_some(signature)
}

/// Whether some reader takes a character for the end of a line, or does not show it.
fn is_break(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{approval, ed25519, signed, signed_text, signers_of};
    use super::*;

    const BY: &str = "bo@example.com";
    const BEGINNING: &str = "-----BEGIN SSH SIGNATURE-----";
    const ENDING: &str = "-----END SSH SIGNATURE-----";

    #[test]
    fn eight_lines_are_signed() {
        let digest = format!("sha256:{}", "a".repeat(64));
        assert_eq!(
            approval(&digest).to_text().unwrap(),
            format!(
                "tollgate-approval-v2\nticket pool-40\ndigest {digest}\ndecision approve\nby {BY}\nrole dba\nat 2026-11-20T12:00:00Z\nreason \"\"\n"
            )
        );
        let without = ApprovalText {
            role: None,
            ..approval(&digest)
        };
        assert!(without.to_text().unwrap().contains("\nrole -\n"));
    }

    #[test]
    fn field_cannot_add_lines() {
        for ticket in ["a\nby eve@example.com", "a\r", "a\u{2028}", ""] {
            assert_eq!(
                ApprovalText {
                    ticket,
                    ..approval("x")
                }
                .to_text(),
                Err(SignatureError::Field("id")),
                "{ticket:?}"
            );
        }
    }

    #[test]
    fn reason_is_signed_as_a_json_string() {
        let with = |reason| ApprovalText {
            reason: Some(reason),
            ..approval("x")
        };
        let last = |reason| {
            with(reason)
                .to_text()
                .unwrap()
                .lines()
                .last()
                .map(str::to_owned)
        };
        assert_eq!(last("no undo").unwrap(), "reason \"no undo\"");
        assert_eq!(last("a \"b\" c\\d").unwrap(), r#"reason "a \"b\" c\\d""#);
        for reason in ["a\nb", "a\tb", "a\u{2028}b", "a\u{7f}"] {
            assert_eq!(
                with(reason).to_text(),
                Err(SignatureError::Field("reason")),
                "{reason:?}"
            );
        }
    }

    #[test]
    fn signature_of_the_first_form_still_counts() {
        let key = ed25519(1);
        let signers = signers_of(&[(BY, "", &key)]);
        let signature = signed_text(&key, NAMESPACE, &approval("x").to_text_v1().unwrap());
        for reason in [None, Some("too late"), Some("on\ntwo lines")] {
            let with = ApprovalText {
                reason,
                ..approval("x")
            };
            let verified = verify_as(&[BY.to_owned()], &with, &signature, &signers);
            assert!(verified.unwrap().text.starts_with("tollgate-approval-v1\n"));
        }
        let other = ApprovalText {
            by: "eve@example.com",
            ..approval("x")
        };
        let signers = signers_of(&[("*", "", &key)]);
        let refused = verify(&other, &signature, &signers);
        assert_eq!(refused, Err(SignatureError::DoesNotVerify));
    }

    #[test]
    fn who_signed_is_known_by_the_key() {
        let key = ed25519(1);
        let signers = signers_of(&[(BY, "", &key)]);
        let signature = signed(&key, NAMESPACE, &approval("x"));
        let verified = verify(&approval("x"), &signature, &signers).unwrap();
        assert!(verified.fingerprint.starts_with("SHA256:"));
        assert_eq!(verified.signer.principals(), BY);
        assert!(verify(&approval("x"), &signature.replace('\n', "\r\n"), &signers).is_ok());
    }

    #[test]
    fn changing_any_field_voids_the_signature() {
        let key = ed25519(1);
        let signers = signers_of(&[("*", "", &key)]);
        let signature = signed(&key, NAMESPACE, &approval("x"));
        let at = |second| Timestamp::from_second(second).unwrap();
        let changed = [
            ApprovalText {
                ticket: "pool-41",
                ..approval("x")
            },
            ApprovalText {
                digest: "y",
                ..approval("x")
            },
            ApprovalText {
                decision: Decision::Reject,
                ..approval("x")
            },
            ApprovalText {
                by: "eve@example.com",
                ..approval("x")
            },
            ApprovalText {
                role: None,
                ..approval("x")
            },
            ApprovalText {
                at: at(approval("x").at.as_second() + 1),
                ..approval("x")
            },
            ApprovalText {
                reason: Some("checked"),
                ..approval("x")
            },
        ];
        for changed in changed {
            assert_eq!(
                verify(&changed, &signature, &signers),
                Err(SignatureError::DoesNotVerify),
                "{changed:?}"
            );
        }
    }

    #[test]
    fn a_signature_for_another_purpose_does_not_count() {
        let key = ed25519(1);
        let signature = signed(&key, "git", &approval("x"));
        let signers = signers_of(&[(BY, "", &key)]);
        let refused = verify(&approval("x"), &signature, &signers);
        assert_eq!(refused, Err(SignatureError::OtherNamespace("git".into())));
    }

    #[test]
    fn a_key_proves_only_for_whom_it_is_and_when() {
        let (key, other) = (ed25519(1), ed25519(2));
        let signature = signed(&key, NAMESPACE, &approval("x"));
        let refused =
            |signers: &AllowedSigners| verify(&approval("x"), &signature, signers).map(|_| ());
        assert!(matches!(
            refused(&signers_of(&[(BY, "", &other)])),
            Err(SignatureError::UnknownKey(_))
        ));
        let eve = refused(&signers_of(&[
            ("eve@example.com", "", &key),
            (BY, "", &other),
        ]));
        assert_eq!(
            eve,
            Err(SignatureError::OtherPerson(vec!["eve@example.com".into()]))
        );
        assert_eq!(
            refused(&signers_of(&[(BY, "namespaces=\"git,file\" ", &key)])),
            Err(SignatureError::NotForApprovals)
        );
        assert_eq!(
            refused(&signers_of(&[(BY, "namespaces=\"git,toll*\" ", &key)])),
            Ok(())
        );
        let early = refused(&signers_of(&[(BY, "valid-after=\"20261121Z\" ", &key)]));
        assert!(
            matches!(early, Err(SignatureError::NotYetValid(_))),
            "{early:?}"
        );
        let late = refused(&signers_of(&[(
            BY,
            "valid-before=\"20261120115959Z\" ",
            &key,
        )]));
        assert!(matches!(late, Err(SignatureError::Expired(_))), "{late:?}");
        assert_eq!(
            refused(&signers_of(&[(
                BY,
                "valid-before=\"20261120120000Z\" ",
                &key
            )])),
            Ok(())
        );
        let renewed = [
            (BY, "valid-before=\"20250101\" ", &key),
            (BY, "valid-after=\"20260101\" ", &key),
        ];
        assert_eq!(refused(&signers_of(&renewed)), Ok(()));
    }

    proptest! {
        #[test]
        fn no_signature_panics(text in "\\PC{0,200}", body in "[A-Za-z0-9+/=\n]{0,300}") {
            let signers = signers_of(&[(BY, "", &ed25519(1))]);
            prop_assert!(verify(&approval("x"), &text, &signers).is_err());
            let framed = format!("{BEGINNING}\n{body}\n{ENDING}\n");
            prop_assert!(verify(&approval("x"), &framed, &signers).is_err());
        }

        #[test]
        fn changing_any_character_of_a_signature_voids_it(at in 0_usize..1000, by in 1_usize..64) {
            const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
            let key = ed25519(1);
            let signers = signers_of(&[("*", "", &key)]);
            let text = signed(&key, NAMESPACE, &approval("x"));
            let mut bytes = text.into_bytes();
            let body = BEGINNING.len() + 1..bytes.len() - ENDING.len() - 1;
            let at = body.start + at % body.len();
            let digit = DIGITS.iter().position(|digit| *digit == bytes[at]);
            let Some(digit) = digit else { return Ok(()) }; // a line end, or the padding of the last digits
            bytes[at] = DIGITS[(digit + by) % DIGITS.len()];
            prop_assert!(verify(&approval("x"), &String::from_utf8(bytes).unwrap(), &signers).is_err());
        }
    }
}

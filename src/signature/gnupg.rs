//! What GnuPG reports about a signature on its status channel (GnuPG's `doc/DETAILS`).
//!
//! Only a positive status counts. An exit code alone proves nothing, and neither do messages for
//! people.

use crate::source::word_enum;

word_enum! {
    /// The trust that a key belongs to its owner, in GnuPG's terms and order.
    #[derive(Default)]
    pub(crate) enum Trust {
        /// Not known.
        #[default]
        Undefined = "undefined",
        /// Not at all.
        Never = "never",
        /// A little.
        Marginal = "marginal",
        /// Fully.
        Fully = "fully",
        /// As one's own key.
        Ultimate = "ultimate",
    }
}

/// The verdict of a GnuPG program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GnupgStatus {
    /// The signature is good.
    Good {
        /// Who signed, according to the key.
        signer: String,
        /// The key's fingerprint.
        fingerprint: String,
        /// The trust in the key.
        trust: Trust,
    },
    /// The signature is not good, for this reason.
    Bad(String),
}

/// Statuses of which a signature has exactly one, and why the bad ones do not count.
const VERDICTS: [(&str, Option<&str>); 6] = [
    ("GOODSIG", None),
    (
        "BADSIG",
        Some("the signature does not match the signed text"),
    ),
    ("EXPSIG", Some("the signature has expired")),
    ("EXPKEYSIG", Some("the key has expired")),
    ("REVKEYSIG", Some("the key is revoked")),
    (
        "ERRSIG",
        Some("the signature cannot be checked: the public key may be missing"),
    ),
];

impl GnupgStatus {
    /// Reads the status lines of `gpg --verify`. If there are two verdicts, neither counts.
    #[must_use]
    pub(crate) fn read(output: &str) -> Self {
        let lines = || {
            output
                .lines()
                .filter_map(|line| line.strip_prefix("[GNUPG:] "))
        };
        let words = || lines().map(|line| line.split_once(' ').unwrap_or((line, "")));
        let mut verdicts = words().filter_map(|(word, rest)| {
            VERDICTS
                .iter()
                .find(|(verdict, _)| *verdict == word)
                .map(|(_, why)| (*why, rest))
        });
        let signer = match (verdicts.next(), verdicts.next()) {
            (Some((None, rest)), None) => rest.split_once(' ').map_or(rest, |(_, signer)| signer),
            (Some((Some(why), _)), None) => return Self::Bad(why.to_owned()),
            (Some(_), Some(_)) => return Self::Bad("there is more than one signature".into()),
            (None, _) => return Self::Bad("GnuPG did not report a good signature".into()),
        };
        let valid = words()
            .find(|(word, _)| *word == "VALIDSIG")
            .and_then(|(_, rest)| rest.split(' ').next());
        let Some(fingerprint) = valid else {
            return Self::Bad("GnuPG did not report a valid signature".into());
        };
        let trust = words()
            .find_map(|(word, _)| Trust::parse(&word.strip_prefix("TRUST_")?.to_ascii_lowercase()));
        Self::Good {
            signer: signer.to_owned(),
            fingerprint: fingerprint.to_owned(),
            trust: trust.unwrap_or_default(),
        }
    }
}

/// Whether a GnuPG program reports that it created a signature.
#[must_use]
pub(crate) fn says_created(status: &str) -> bool {
    status
        .lines()
        .any(|line| line.starts_with("[GNUPG:] SIG_CREATED "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[GNUPG:] NEWSIG\n[GNUPG:] GOODSIG 0123456789ABCDEF Ada <ada@example.com>\n\
                        [GNUPG:] VALIDSIG AAAA 2026-01-01 1767225600 0 4 0 22 10 00 AAAA\n[GNUPG:] TRUST_ULTIMATE 0 pgp\n";

    #[test]
    fn good_signature_names_its_signer() {
        let (signer, fingerprint) = ("Ada <ada@example.com>".to_owned(), "AAAA".to_owned());
        assert_eq!(
            GnupgStatus::read(GOOD),
            GnupgStatus::Good {
                signer,
                fingerprint,
                trust: Trust::Ultimate
            }
        );
    }

    #[test]
    fn without_a_positive_status_nothing_is_good() {
        for output in [
            "",
            "gpg: Good signature",
            "x[GNUPG:] GOODSIG A B",
            "[GNUPG:] GOODSIG A B",
        ] {
            assert!(
                matches!(GnupgStatus::read(output), GnupgStatus::Bad(_)),
                "{output}"
            );
        }
    }

    #[test]
    fn of_two_signatures_none_counts() {
        let two = format!("{GOOD}[GNUPG:] BADSIG A B\n");
        assert_eq!(
            GnupgStatus::read(&two),
            GnupgStatus::Bad("there is more than one signature".into())
        );
    }

    #[test]
    fn revoked_and_expired_keys_are_reported() {
        assert_eq!(
            GnupgStatus::read("[GNUPG:] REVKEYSIG A B"),
            GnupgStatus::Bad("the key is revoked".into())
        );
        assert_eq!(
            GnupgStatus::read("[GNUPG:] EXPKEYSIG A B"),
            GnupgStatus::Bad("the key has expired".into())
        );
    }

    #[test]
    fn created_signature_is_recognized_by_status() {
        assert!(says_created("x\n[GNUPG:] SIG_CREATED D 22 8 00 1 AAAA\n"));
        assert!(!says_created("gpg: SIG_CREATED \n[GNUPG:] SIG_CREATED"));
    }
}

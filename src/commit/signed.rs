//! Splits commits and tags into signature and signed text.
//!
//! Split as Git does: a commit's signature is in the header `gpgsig`, a tag's at the end of the
//! object, from the last line that begins one. Whether a signature is valid is not decided here.

use memchr::memchr;

/// The kinds of signatures that git makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignatureFormat {
    /// By GnuPG's `gpg`.
    OpenPgp,
    /// By certificates, with `gpgsm`.
    X509,
    /// By SSH keys.
    Ssh,
}

/// An object, split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The signed text.
    pub payload: Vec<u8>,
    /// The signature, if there is one.
    pub signature: Option<Vec<u8>>,
}

/// The lines that begin a signature.
const BEGINNINGS: [(&[u8], SignatureFormat); 4] = [
    (b"-----BEGIN PGP SIGNATURE-----", SignatureFormat::OpenPgp),
    (b"-----BEGIN PGP MESSAGE-----", SignatureFormat::OpenPgp),
    (b"-----BEGIN SIGNED MESSAGE-----", SignatureFormat::X509),
    (b"-----BEGIN SSH SIGNATURE-----", SignatureFormat::Ssh),
];

impl SignatureFormat {
    /// The format of a signature, by its first line.
    #[must_use]
    pub(crate) fn of(signature: &[u8]) -> Option<Self> {
        BEGINNINGS
            .iter()
            .find(|(line, _)| signature.starts_with(line))
            .map(|(_, format)| *format)
    }

    /// The name for people.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::OpenPgp => "OpenPGP",
            Self::X509 => "X.509",
            Self::Ssh => "SSH",
        }
    }
}

impl Signed {
    /// Splits a tag object.
    #[must_use]
    pub(crate) fn tag(object: &[u8]) -> Self {
        let payload = strip_signature(object);
        let signature = &object[payload.len()..];
        Self {
            payload: payload.to_vec(),
            signature: (!signature.is_empty()).then(|| signature.to_vec()),
        }
    }

    /// Splits a commit object; headers with other signatures belong to neither part.
    #[must_use]
    pub fn commit(object: &[u8]) -> Self {
        let (mut payload, mut signature) = (Vec::with_capacity(object.len()), Vec::new());
        let mut part = Part::Payload;
        let mut rest = object;
        while !rest.is_empty() && !rest.starts_with(b"\n") {
            let (line, below) =
                rest.split_at(memchr(b'\n', rest).map_or(rest.len(), |end| end + 1));
            rest = below;
            let (is_continued, text) = (
                line.starts_with(b" "),
                line.strip_prefix(b" ").unwrap_or(line),
            );
            part = match line.strip_prefix(b"gpgsig ") {
                Some(first) => {
                    signature.extend_from_slice(first);
                    Part::Signature
                }
                None if is_continued && part == Part::Signature => {
                    signature.extend_from_slice(text);
                    Part::Signature
                }
                None if line.starts_with(b"gpgsig") || (is_continued && part == Part::Other) => {
                    Part::Other
                }
                None => {
                    payload.extend_from_slice(line);
                    Part::Payload
                }
            };
        }
        payload.extend_from_slice(rest);
        Self {
            payload,
            signature: (!signature.is_empty()).then_some(signature),
        }
    }
}

/// A tag's object or message without the signature at its end.
#[must_use]
pub(crate) fn strip_signature(text: &[u8]) -> &[u8] {
    let mut start = 0;
    let mut end = text.len();
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        if SignatureFormat::of(line).is_some() {
            end = start;
        }
        start += line.len();
    }
    &text[..end]
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Payload,
    Signature,
    Other,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commit_signature_is_in_its_header() {
        let signed = Signed::commit(b"tree 1\ngpgsig a\n b\n \n c\nencoding x\n\ngpgsig d\n");
        assert_eq!(signed.payload, b"tree 1\nencoding x\n\ngpgsig d\n");
        assert_eq!(signed.signature.unwrap(), b"a\nb\n\nc\n");
    }

    #[test]
    fn a_signature_by_another_hash_is_in_neither_part() {
        let signed = Signed::commit(b"tree 1\ngpgsig-sha256 a\n b\n\nx\n");
        assert_eq!(
            signed,
            Signed {
                payload: b"tree 1\n\nx\n".to_vec(),
                signature: None
            }
        );
    }

    #[test]
    fn other_headers_keep_their_continuation() {
        assert_eq!(
            Signed::commit(b"tree 1\nmergetag a\n b\n\nx").payload,
            b"tree 1\nmergetag a\n b\n\nx"
        );
        assert_eq!(Signed::commit(b"tree 1").payload, b"tree 1");
    }

    #[test]
    fn a_tags_signature_is_what_the_last_beginning_begins() {
        let text =
            "tag v1\n\nx\n-----BEGIN PGP SIGNATURE-----\n\n-----BEGIN SSH SIGNATURE-----\nU1\n";
        let signed = Signed::tag(text.as_bytes());
        assert_eq!(
            SignatureFormat::of(&signed.signature.unwrap()),
            Some(SignatureFormat::Ssh)
        );
        assert!(signed.payload.ends_with(b"PGP SIGNATURE-----\n\n"));
        assert_eq!(
            Signed::tag(b"tag v1\n\nx -----BEGIN SSH SIGNATURE-----\n").signature,
            None
        );
    }
}

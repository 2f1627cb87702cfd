//! Decodes the message of a commit into the text that people and parsers read.
//!
//! Decides the encoding, the line ends and what around a message does not belong to it
//! (docs/design/versions.md, Messages).

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, WINDOWS_874, WINDOWS_1252, WINDOWS_1254};

/// Whether a message could be decoded with its declared encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Decoding {
    /// Every byte was valid.
    #[default]
    Exact,
    /// Some bytes were invalid and were replaced.
    Lossy,
}

/// A decoded message: the header line and the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message<'a> {
    text: Cow<'a, str>,
    header_end: usize,
    /// Whether the bytes could be decoded.
    pub(crate) decoding: Decoding,
}

impl<'a> Message<'a> {
    /// Decodes the bytes of a message by the commit's `encoding` header, or as UTF-8.
    ///
    /// CRLF counts as LF; a byte order mark, and white space around the message, do not count.
    #[must_use]
    pub(crate) fn decode(bytes: &'a [u8], encoding: Option<&[u8]>) -> Self {
        let (text, decoding) = decoded(bytes, encoding);
        Self::from_text(normalise(text), decoding)
    }

    fn from_text(text: Cow<'a, str>, decoding: Decoding) -> Self {
        let header_end = text.find('\n').unwrap_or(text.len());
        Self {
            text,
            header_end,
            decoding,
        }
    }

    /// The first line, without surrounding white space.
    #[must_use]
    pub(crate) fn header(&self) -> &str {
        self.text[..self.header_end].trim()
    }

    /// Everything after the first line.
    #[must_use]
    pub(crate) fn rest(&self) -> &str {
        self.text.get(self.header_end + 1..).unwrap_or_default()
    }

    /// The whole text.
    #[must_use]
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

impl<'a> From<&'a str> for Message<'a> {
    fn from(text: &'a str) -> Self {
        Self::from_text(normalise(Cow::Borrowed(text)), Decoding::Exact)
    }
}

/// The text of bytes by a commit's `encoding` header; an unknown encoding is read as UTF-8.
#[must_use]
pub fn decoded<'a>(bytes: &'a [u8], encoding: Option<&[u8]>) -> (Cow<'a, str>, Decoding) {
    let label = encoding.unwrap_or(b"UTF-8");
    let encoding = Encoding::for_label(label).unwrap_or(UTF_8);
    if is_iso_as_windows(label, encoding) && bytes.iter().any(|byte| is_c1(*byte)) {
        return (decode_iso(bytes, encoding).into(), Decoding::Exact);
    }
    let (text, malformed) = encoding.decode_without_bom_handling(bytes);
    let is_lossy = malformed || (encoding != UTF_8 && is_invented(encoding, &text));
    (
        text,
        if is_lossy {
            Decoding::Lossy
        } else {
            Decoding::Exact
        },
    )
}

/// Whether a text has a character that the Encoding Standard assigns to bytes which the encoding
/// leaves undefined; Git shows the bytes.
fn is_invented(encoding: &'static Encoding, text: &str) -> bool {
    let is_guess = |character| matches!(character, '\u{80}'..='\u{9f}' | '\u{e000}'..='\u{f8ff}');
    (encoding.name().starts_with("windows-") || !encoding.is_single_byte())
        && text.contains(is_guess)
}

/// Whether Git and this module read the same text for this label of an encoding.
///
/// In encodings in which ASCII bytes mean something else, a header or a trailer could be visible to
/// only one of the two.
pub(super) fn is_known(label: &[u8]) -> bool {
    label == label.trim_ascii()
        && Encoding::for_label(label).is_some_and(Encoding::is_ascii_compatible)
}

/// Whether a label of ISO 8859 is mapped to a Windows code page: a convention of the web that Git
/// does not follow.
fn is_iso_as_windows(label: &[u8], encoding: &Encoding) -> bool {
    let is_windows = label.to_ascii_lowercase();
    let is_windows = [&b"windows"[..], b"cp", b"x-cp", b"dos"]
        .iter()
        .any(|start| is_windows.starts_with(start));
    [WINDOWS_1252, WINDOWS_1254, WINDOWS_874].contains(&encoding) && !is_windows
}

/// Reads text of an ISO 8859 encoding, in which the bytes from 0x80 to 0x9f are control characters.
fn decode_iso(bytes: &[u8], encoding: &'static Encoding) -> String {
    let mut text = String::with_capacity(bytes.len());
    for piece in bytes.chunk_by(|one, other| is_c1(*one) == is_c1(*other)) {
        if is_c1(piece[0]) {
            text.extend(piece.iter().map(|byte| char::from(*byte)));
        } else {
            text.push_str(&encoding.decode_without_bom_handling(piece).0);
        }
    }
    text
}

const fn is_c1(byte: u8) -> bool {
    matches!(byte, 0x80..=0x9f)
}

fn normalise(text: Cow<'_, str>) -> Cow<'_, str> {
    let text = if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n"))
    } else {
        text
    };
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(strip(text)),
        Cow::Owned(text) => Cow::Owned(strip(&text).to_owned()),
    }
}

fn strip(text: &str) -> &str {
    text.trim_start_matches('\u{feff}')
        .trim_matches(['\n', ' ', '\t'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8]) -> Message<'_> {
        Message::decode(bytes, None)
    }

    #[test]
    fn the_header_is_the_first_line() {
        let message = decode(b"feat: a\n\nbody\n");
        assert_eq!((message.header(), message.rest()), ("feat: a", "\nbody"));
    }

    #[test]
    fn a_header_alone_has_no_rest() {
        assert_eq!(decode(b"feat: a\n").rest(), "");
    }

    #[test]
    fn bom_blank_lines_and_crlf_are_normalized() {
        assert_eq!(
            decode(b"\xef\xbb\xbf\n\r\nfeat: a\r\n\r\nb\r\n").header(),
            "feat: a"
        );
    }

    #[test]
    fn the_encoding_header_is_honoured() {
        assert_eq!(
            Message::decode(b"fix: \xe9", Some(b"ISO-8859-1")).header(),
            "fix: é"
        );
    }

    #[test]
    fn iso_8859_is_not_read_as_windows_code_page() {
        let text = |label: &[u8]| decoded(b"\x93\xe9", Some(label)).0.into_owned();
        assert_eq!(text(b"ISO-8859-1"), "\u{93}é");
        assert_eq!(text(b"windows-1252"), "“é");
        assert_eq!(decoded(b"\x81", Some(b"windows-1252")).1, Decoding::Lossy);
    }

    #[test]
    fn undecodable_bytes_are_replaced_and_reported() {
        let message = decode(b"fix: \xff");
        assert_eq!(
            (message.header(), message.decoding),
            ("fix: \u{fffd}", Decoding::Lossy)
        );
    }

    #[test]
    fn an_unknown_encoding_is_read_as_utf_8() {
        assert_eq!(
            Message::decode("fix: é".as_bytes(), Some(b"martian")).header(),
            "fix: é"
        );
    }

    #[test]
    fn an_empty_message_has_an_empty_header() {
        assert_eq!(decode(b"").header(), "");
    }
}

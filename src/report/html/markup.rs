//! Writes HTML. Every text and every value of an attribute is escaped when it is written, and only
//! web and mail addresses become links, so that no text of a ticket or a commit becomes markup.

use std::fmt::{Display, Write as _};

use crate::changelog::escape_html;

/// HTML, element by element.
#[derive(Debug, Default)]
pub(super) struct Markup {
    text: String,
}

/// The start of an element.
#[derive(Debug, Clone)]
pub(super) struct Tag {
    name: &'static str,
    attributes: String,
}

impl From<&'static str> for Tag {
    /// `p`, or `p.note` with a class.
    fn from(name: &'static str) -> Self {
        match name.split_once('.') {
            None => Self::named(name),
            Some((name, class)) => Self::named(name).with("class", class),
        }
    }
}

impl Tag {
    const fn named(name: &'static str) -> Self {
        Self {
            name,
            attributes: String::new(),
        }
    }

    /// Adds an attribute.
    pub(super) fn with(mut self, name: &'static str, value: impl Display) -> Self {
        let value = escape(&value.to_string());
        _ = write!(self.attributes, " {name}=\"{value}\"");
        self
    }

    /// Adds an attribute without a value.
    pub(super) fn having(mut self, name: &'static str) -> Self {
        _ = write!(self.attributes, " {name}");
        self
    }

    /// A link to an address of the web or of a mailbox; `None`: it is not one.
    pub(super) fn link(address: &str) -> Option<Self> {
        is_address(address).then(|| {
            Self::named("a")
                .with("href", address)
                .with("rel", "noopener noreferrer")
        })
    }

    /// A link to an element of this page or of a file beside it.
    pub(super) fn local_link(file: &str, id: &str) -> Self {
        let hash = if id.is_empty() { "" } else { "#" };
        Self::named("a").with("href", format!("{}{hash}{}", encoded(file), encoded(id)))
    }
}

impl Markup {
    /// An element with what `inside` writes.
    pub(super) fn element(&mut self, tag: impl Into<Tag>, inside: impl FnOnce(&mut Self)) {
        let tag = tag.into();
        self.open(&tag);
        inside(self);
        _ = write!(self.text, "</{}>", tag.name);
        if is_block(tag.name) {
            self.text.push('\n');
        }
    }

    /// An element with a text.
    pub(super) fn leaf(&mut self, tag: impl Into<Tag>, text: &str) {
        self.element(tag, |out| out.text(text));
    }

    /// An element that cannot have content.
    pub(super) fn void(&mut self, tag: impl Into<Tag>) {
        self.open(&tag.into());
    }

    /// A text.
    pub(super) fn text(&mut self, text: &str) {
        self.text.push_str(&escape(text));
    }

    /// A text of several lines, with its code spans and the web addresses in it.
    pub(super) fn prose(&mut self, text: &str) {
        let text = text.trim();
        let mut parts = text.split('`').peekable();
        let mut is_code = false;
        while let Some(part) = parts.next() {
            let is_closed = parts.peek().is_some();
            match (is_code, is_closed) {
                (true, true) if !part.is_empty() => self.leaf("code", part),
                (true, _) => {
                    self.text("`");
                    self.addresses(part);
                }
                (false, _) => self.addresses(part),
            }
            is_code = !is_code;
        }
    }

    /// A text in which web addresses are links.
    fn addresses(&mut self, text: &str) {
        let mut rest = text;
        while let Some(start) = ["https://", "http://"]
            .iter()
            .filter_map(|scheme| rest.find(scheme))
            .min()
        {
            let (before, from) = rest.split_at(start);
            let end = from.find(|c: char| c.is_whitespace() || "<>\"'()[]{}".contains(c));
            let address = from[..end.unwrap_or(from.len())].trim_end_matches(['.', ',', ';', ':']);
            self.text(before);
            self.address(address);
            rest = &from[address.len()..];
        }
        self.text(rest);
    }

    /// A link if the text is an address, or else the text.
    pub(super) fn address(&mut self, text: &str) {
        match Tag::link(text) {
            Some(tag) => {
                let shown = text.split_once("://").map_or(text, |(_, shown)| shown);
                self.leaf(tag, shown.trim_end_matches('/'));
            }
            None => self.text(text),
        }
    }

    /// Text of this program that is HTML already: the style and the script.
    pub(super) fn constant(&mut self, html: &'static str) {
        self.text.push_str(html);
    }

    /// What another one has written.
    pub(super) fn append(&mut self, other: &Self) {
        self.text.push_str(&other.text);
    }

    pub(super) const fn len(&self) -> usize {
        self.text.len()
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    fn open(&mut self, tag: &Tag) {
        _ = write!(self.text, "<{}{}>", tag.name, tag.attributes);
    }
}

/// Whether a line ends after an element: it makes the source readable and changes nothing on the
/// page.
fn is_block(name: &str) -> bool {
    !matches!(
        name,
        "a" | "abbr"
            | "b"
            | "button"
            | "code"
            | "i"
            | "label"
            | "option"
            | "small"
            | "span"
            | "time"
    )
}

/// Whether a text is an address that a browser opens as a page or as a mail, and nothing else.
fn is_address(text: &str) -> bool {
    let scheme = ["https://", "http://", "mailto:"];
    let rest = scheme.iter().find_map(|scheme| text.strip_prefix(scheme));
    rest.is_some_and(|rest| !rest.is_empty())
        && !text.contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"\\`".contains(c))
}

/// Escapes a text; its line ends stay.
fn escape(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(escape_html).collect();
    lines.join("\n")
}

/// A name in a relative address.
fn encoded(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => _ = write!(encoded, "%{byte:02X}"),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Markup)) -> String {
        let mut out = Markup::default();
        write(&mut out);
        out.finish()
    }

    fn prose(text: &str) -> String {
        written(|out| out.prose(text))
    }

    #[test]
    fn text_stays_text() {
        assert_eq!(
            prose("<img src=x onerror=alert(1)> & \"'"),
            "&lt;img src=x onerror=alert(1)&gt; &amp; &quot;&#39;"
        );
    }

    #[test]
    fn values_of_attributes_stay_values() {
        let tag = Tag::from("p.note").with("title", "\"><script>");
        assert_eq!(
            written(|out| out.leaf(tag, "")),
            "<p class=\"note\" title=\"&quot;&gt;&lt;script&gt;\"></p>\n"
        );
    }

    #[test]
    fn only_web_and_mail_addresses_are_links() {
        for hostile in [
            "javascript:alert(1)",
            "JavaScript://x%0aalert(1)",
            "data:text/html,x",
            "vbscript:x",
            " https://x",
            "https://a b",
            "https://",
            "//x",
        ] {
            assert!(Tag::link(hostile).is_none(), "{hostile}");
        }
        assert!(Tag::link("mailto:bo@shop.example").is_some());
    }

    #[test]
    fn code_spans_and_addresses_are_found_in_prose() {
        assert_eq!(prose("Run `a <b>`."), "Run <code>a &lt;b&gt;</code>.");
        assert_eq!(prose("a ` b"), "a &#96; b");
        assert_eq!(
            prose("See https://x.example/a, then"),
            "See <a href=\"https://x.example/a\" rel=\"noopener noreferrer\">x.example/a</a>, then"
        );
    }

    #[test]
    fn hidden_characters_become_visible() {
        assert_eq!(prose("a\u{202e}b\u{1b}"), "a\\u{202e}b\\u{1b}");
    }

    #[test]
    fn anchors_are_encoded_in_links() {
        let tag = Tag::local_link("", "a b\"<");
        assert!(tag.attributes.contains("href=\"#a%20b%22%3C\""));
    }
}

//! Which texts are URLs.

/// Whether a text is an absolute URL: a scheme, `://`, and something without white space.
#[must_use]
pub(crate) fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else {
        return false;
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(plain)
        && rest.contains(char::is_alphanumeric)
        && !rest.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_scheme_and_no_blanks() {
        assert!(is_url("https://example.com/a?b=c#d"));
        assert!(is_url("slack://channel/42"));
        for text in [
            "example.com",
            "https://",
            "https:// x",
            "://x",
            "see https://x.org now",
            "1x://a",
        ] {
            assert!(!is_url(text), "{text}");
        }
    }
}

//! Identifiers in a text, such as the names of services, flags, and buckets. The hosts of URLs are
//! in `place`.

/// The identifiers of a text, in order: lower-case words with a hyphen or underscore inside, such
/// as `billing-api`, but not paths, addresses, versions, and options.
pub(crate) fn identifiers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || SEPARATORS.contains(&c))
        .map(|token| token.trim_end_matches(['.', ':', '!', '?', '…']))
        .filter(|token| is_identifier(token))
}

/// The marks between identifiers.
const SEPARATORS: [char; 20] = [
    ',', ';', '(', ')', '[', ']', '{', '}', '=', '<', '>', '|', '\'', '"', '`', '“', '”', '‘', '’',
    '&',
];

/// Whether a word is an identifier.
pub(crate) fn is_identifier(word: &str) -> bool {
    let parts = || word.split(['-', '_']);
    let is_part = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    word.starts_with(|c: char| c.is_ascii_lowercase())
        && parts().count() > 1
        && parts().all(is_part)
}

/// Whether a word is a name of any spelling: an identifier, also with capital letters (`SIU_TO_RIS`)
/// or after dots (`claims.invoice-ocr`). Files, addresses and issue keys are none.
pub(crate) fn is_name(word: &str) -> bool {
    let parts = || word.split(['-', '_', '.']);
    let is_part =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let last = word.rsplit('.').next().unwrap_or_default();
    word.starts_with(|c: char| c.is_ascii_alphabetic())
        && last.contains(['-', '_'])
        && parts().all(is_part)
        && !is_issue_key(word)
}

/// Whether a word is a reference such as `OPS-771`.
fn is_issue_key(word: &str) -> bool {
    word.split_once('-').is_some_and(|(project, number)| {
        project.bytes().all(|byte| byte.is_ascii_uppercase())
            && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Whether two names are versions of one thing: they differ only in a date or in the number after
/// `v`, as `edge-2026-11-16` and `edge-2026-12-07` do.
pub(crate) fn is_other_version(one: &str, other: &str) -> bool {
    let is_number = |part: &str| {
        let digits = part.strip_prefix(['v', 'V', 'r', 'R']).unwrap_or(part);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_dated = |part: &str| part.len() >= 4 || part.starts_with(['v', 'V', 'r', 'R']);
    let parts = |name| str::split(name, ['-', '_', '.']).collect::<Vec<_>>();
    let (one, other) = (parts(one), parts(other));
    let is_numbered = |part: &&&str| is_number(part) && is_dated(part);
    one.len() == other.len()
        && one.iter().any(|part| is_numbered(&part))
        && one
            .iter()
            .zip(&other)
            .all(|(one, other)| one == other || is_number(one) && is_number(other))
}

/// Whether two names are the same but for their numbers: `pg-orders-1` and `pg-orders-2`.
pub(crate) fn differ_in_numbers(one: &str, other: &str) -> bool {
    let letters = |name: &str| -> String { name.chars().filter(|c| !c.is_ascii_digit()).collect() };
    letters(one) == letters(other)
}

/// Whether two names have a part in common that is longer than two letters, such as the old and the
/// new one of a family: `cart-blue` and `cart-green`.
pub(crate) fn share_a_part(one: &str, other: &str) -> bool {
    let parts = |name: &str| -> Vec<String> {
        name.split(['-', '_', '.'])
            .filter(|part| part.len() > 2)
            .map(str::to_ascii_lowercase)
            .collect()
    };
    let others = parts(other);
    parts(one).iter().any(|part| others.contains(part))
}

/// Whether two names are the same; `-` and `_` are equal, and so are capital and small letters.
pub(crate) fn is_same_name(one: &str, other: &str) -> bool {
    one.len() == other.len() && key_bytes(one).eq(key_bytes(other))
}

/// A name without the differences that [`is_same_name`] ignores, for use as a key.
pub(crate) fn name_key(name: &str) -> Vec<u8> {
    key_bytes(name).collect()
}

fn key_bytes(name: &str) -> impl Iterator<Item = u8> {
    name.bytes().map(|byte| match byte {
        b'_' => b'-',
        other => other.to_ascii_lowercase(),
    })
}

/// Whether a text contains a name, as a separate word or as a part of a path or an address.
///
/// This is what a [`NameIndex`](super::NameIndex) finds, for many names and texts.
#[cfg(test)]
pub(super) fn mentions(text: &str, name: &str) -> bool {
    mentions_folded(&fold(text), &fold(name))
}

pub(super) fn mentions_folded(text: &str, name: &str) -> bool {
    !name.is_empty()
        && text.match_indices(name).any(|(at, _)| {
            !text[..at].ends_with(is_name_part)
                && !text[at + name.len()..].starts_with(is_name_part)
        })
}

/// Whether a name that is next to this character is a part of a longer one.
pub(super) fn is_name_part(character: char) -> bool {
    character.is_alphanumeric() || character == '-'
}

/// A text in which capital and small letters, and `-` and `_`, are equal.
pub(super) fn fold(text: &str) -> String {
    text.replace('_', "-").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_a_hyphen_or_underscore_are_identifiers() {
        let text = "Set `search-typeahead-v2` for geo_router, then cs-1.";
        let found: Vec<_> = identifiers(text).collect();
        assert_eq!(found, ["search-typeahead-v2", "geo_router", "cs-1"]);
    }

    #[test]
    fn names_may_have_capitals_and_dots() {
        for name in [
            "SIU_TO_RIS",
            "claims.invoice-ocr",
            "BK-VM-TIER2",
            "geo_router",
        ] {
            assert!(is_name(name), "{name}");
        }
        for other in [
            "OPS-771",
            "values-prod.yaml",
            "img-a.example.net",
            "a/b-c",
            "claims",
            "1-a",
            "-a",
        ] {
            assert!(!is_name(other), "{other}");
        }
    }

    #[test]
    fn versions_of_a_thing_differ_in_a_date_or_version() {
        assert!(is_other_version("edge-2026-11-16", "edge-2026-12-07"));
        assert!(is_other_version("orders_v2", "orders_v3"));
        assert!(!is_other_version("host-01", "host-02"));
        assert!(!is_other_version("orders-v2", "billing-v2"));
    }

    #[test]
    fn names_may_differ_only_in_numbers() {
        assert!(differ_in_numbers("pg-orders-1", "pg-orders-12"));
        assert!(!differ_in_numbers("pg-orders-1", "pg-carts-1"));
    }

    #[test]
    fn names_of_a_family_share_a_part() {
        assert!(share_a_part("cart-blue", "cart_green"));
        assert!(!share_a_part("ADT_TO_DIET", "SIU_TO_RIS"));
    }

    #[test]
    fn paths_versions_options_and_other_words_are_not_identifiers() {
        let text = "k8s/billing-pool.yaml https://a-b.example --dry-run -n 1.2.0-rc.1 2026-11-20 E-Mail web -";
        assert_eq!(identifiers(text).count(), 0);
    }

    #[test]
    fn hyphens_and_underscores_are_equal() {
        assert!(is_same_name("geo_router", "geo-router"));
        assert!(is_same_name("Geo_Router", "geo-router"));
        assert!(!is_same_name("geo-router", "geo-router-2"));
    }

    #[test]
    fn name_is_mentioned_as_a_whole_word() {
        assert!(mentions("Deploy Billing_API.", "billing-api"));
        assert!(mentions("apply k8s/billing-api.yaml", "billing-api"));
        assert!(!mentions("billing-api-2", "billing-api"));
        assert!(!mentions("mybilling", "billing"));
        assert!(!mentions("anything", ""));
    }
}

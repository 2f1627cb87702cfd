//! Reads a text as words: which of them say something, which only stand for code, and whether
//! anything is observed.
//!
//! A text is *hollow* for a rule when every word of it is on that rule's list or a stop word.
//! Numbers, code spans, quotations, addresses, paths and words of other languages are on no list,
//! so that a text falls only for saying nothing, never for lacking something. English only.

use super::words::{Words, words};

/// Stop words: they carry no information in any text.
static STOP_WORDS: Words = Words::new(
    "a an the this that these those it its is are was were be been being to of in on at for from \
    with by and or as i you we they our your their will shall would should must can could may if when then after before \
    any all some just simply again back there so because per due who",
);

/// What a piece of a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PieceKind {
    /// A word of the sentence.
    Word,
    /// Code between backticks.
    Code,
    /// A quotation.
    Quotation,
}

/// How a code span counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    /// It says something.
    Speaks,
    /// It says what its words say.
    AsWords,
}

/// The pieces of a text: code spans and quotations whole, and what stands between them.
pub(crate) fn pieces(text: &str) -> Vec<(PieceKind, &str)> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let mut searched = 0;
    while let Some((at, mark)) = first_mark(&rest[searched..]) {
        let open = searched + at;
        if mark == '"' && rest[..open].ends_with('=') {
            // The quotes of `KEY="value"` belong to the setting.
            let Some(length) = rest[open + 1..].find('"') else {
                break;
            };
            searched = open + 1 + length + 1;
            continue;
        }
        let fence = rest[open..].len() - rest[open..].trim_start_matches(mark).len();
        let (kind, closing) = match mark {
            '`' => (PieceKind::Code, &rest[open..open + fence]),
            '“' => (PieceKind::Quotation, "”"),
            _ => (PieceKind::Quotation, "\""),
        };
        let start = if kind == PieceKind::Code {
            open + fence
        } else {
            open + mark.len_utf8()
        };
        let length = match *closing.as_bytes() {
            [byte] => memchr::memchr(byte, &rest.as_bytes()[start..]),
            _ => rest[start..].find(closing),
        };
        let Some(length) = length else {
            break;
        };
        pieces.push((PieceKind::Word, &rest[..open]));
        pieces.push((kind, &rest[start..start + length]));
        rest = &rest[start + length + closing.len()..];
        searched = 0;
    }
    pieces.push((PieceKind::Word, rest));
    pieces.retain(|(kind, piece)| *kind != PieceKind::Word || !piece.trim().is_empty());
    pieces
}

/// The first mark that opens code or a quotation.
fn first_mark(text: &str) -> Option<(usize, char)> {
    // The first byte of `“` begins other characters, too.
    memchr::memchr3_iter(b'`', b'"', "“".as_bytes()[0], text.as_bytes()).find_map(|at| {
        let mark = match text.as_bytes()[at] {
            b'`' => '`',
            b'"' => '"',
            _ => '“',
        };
        text[at..].starts_with(mark).then_some((at, mark))
    })
}

/// Whether every word of a text is a stop word or on one of the lists; a text without words is not.
pub(crate) fn is_hollow(text: &str, lists: &[&Words], code: Code) -> bool {
    let mut any = false;
    for (kind, piece) in pieces(text) {
        if kind == PieceKind::Quotation
            || (kind == PieceKind::Code && code == Code::Speaks)
            || piece.contains("://")
        {
            return false;
        }
        for word in words(piece) {
            any = true;
            if !is_stop_word(&word) && !lists.iter().any(|list| list.has(&word)) {
                return false;
            }
        }
    }
    any
}

/// Whether a text has neither code nor quotations.
pub(crate) fn is_plain_prose(text: &str) -> bool {
    pieces(text)
        .iter()
        .all(|(kind, _)| *kind == PieceKind::Word)
}

/// Whether a word is a stop word.
pub(crate) fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.contains(word)
}

/// Words about observation.
static OBSERVED: Words = Words::new(
    "see check verify confirm watch observe until show answer return print read report list visible \
    above below under over within green healthy compare must equal ready again still running",
);
/// Phrases about observation.
const OBSERVED_PHRASES: [&str; 9] = [
    "at least",
    "at most",
    "back at",
    "back to",
    "is gone",
    "has to be",
    "have to be",
    "is 0",
    "as before",
];

/// Whether a text mentions an observation outside its code spans.
pub(crate) fn is_observed(text: &str) -> bool {
    let plain: Vec<&str> = pieces(text)
        .into_iter()
        .filter(|(kind, _)| *kind != PieceKind::Code)
        .map(|(_, piece)| piece)
        .collect();
    let plain = plain.join(" ");
    let words: Vec<_> = words(&plain).collect();
    plain.contains(['<', '>', '≥', '≤', '='])
        || words
            .iter()
            .any(|word| OBSERVED.has(word) || word == "saw" || word == "seen")
        || OBSERVED_PHRASES
            .iter()
            .any(|phrase| words.join(" ").contains(phrase))
}

#[cfg(test)]
mod tests {
    use super::*;

    static LIST: Words = Words::new("update fix apply drop deploy version");

    #[test]
    fn a_text_is_hollow_when_every_word_is_on_a_list() {
        assert!(is_hollow(
            "Update the version, then deploy it again.",
            &[&LIST],
            Code::Speaks
        ));
        assert!(is_hollow("It's fixed", &[&LIST], Code::Speaks));
        assert!(!is_hollow("Update the pool", &[&LIST], Code::Speaks));
        assert!(!is_hollow("...", &[&LIST], Code::Speaks));
    }

    #[test]
    fn numbers_code_quotes_and_paths_are_specific() {
        for text in [
            "Deploy version 2",
            "Deploy `x`",
            "Deploy \"x\"",
            "Deploy https://x.org",
            "Deploy k8s/pool.yaml",
        ] {
            assert!(!is_hollow(text, &[&LIST], Code::Speaks), "{text}");
        }
    }

    #[test]
    fn code_may_count_as_its_words() {
        assert!(is_hollow("`deploy update`", &[&LIST], Code::AsWords));
        assert!(!is_hollow("`deploy 3f2a91c`", &[&LIST], Code::AsWords));
    }

    #[test]
    fn observations_in_code_do_not_count() {
        for text in [
            "p95 < 5 ms",
            "`/health` returns 200",
            "wait until the pool is gone",
            "errors at most 3",
            "verified",
        ] {
            assert!(is_observed(text), "{text}");
        }
        assert!(!is_observed("run `curl -f /health >= 1`"));
        assert!(!is_observed("restart the pods"));
    }

    #[test]
    fn an_unclosed_mark_opens_nothing() {
        assert_eq!(pieces("5\" disk `x"), [(PieceKind::Word, "5\" disk `x")]);
        assert_eq!(
            pieces("a ``b`c`` d"),
            [
                (PieceKind::Word, "a "),
                (PieceKind::Code, "b`c"),
                (PieceKind::Word, " d")
            ]
        );
    }

    #[test]
    fn other_scripts_are_read_and_are_on_no_list() {
        assert!(!is_hollow("更新 the 版本", &[&LIST], Code::Speaks));
        assert!(!is_hollow("Version erhöhen", &[&LIST], Code::Speaks));
    }
}

//! Regular expressions that rules search texts for.

use std::borrow::Cow;
use std::sync::OnceLock;

use regex::{Captures, Match, Regex, Replacer};
use regex_syntax::hir::{
    Capture, Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Look, Repetition,
};

/// A regular expression, compiled when it is first needed.
///
/// Word boundaries and classes such as `\w` are those of Unicode, which are slow to compile and to
/// search for. Most texts are ASCII, and most others don't match, so that a simpler expression comes
/// first. In ASCII, it finds the same. In other texts, it matches if the exact one does, unless a
/// word boundary of the match is beside a letter of another alphabet.
#[derive(Debug)]
pub(crate) struct Pattern {
    expression: &'static str,
    simple: OnceLock<Regex>,
    exact: OnceLock<Regex>,
}

impl Pattern {
    /// A pattern from a valid regular expression.
    pub(crate) const fn new(expression: &'static str) -> Self {
        Self {
            expression,
            simple: OnceLock::new(),
            exact: OnceLock::new(),
        }
    }

    /// Whether a text has a match.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.simple().is_match(text) && (text.is_ascii() || self.exact().is_match(text))
    }

    /// The first match.
    pub(crate) fn find<'t>(&self, text: &'t str) -> Option<Match<'t>> {
        self.regex_for(text)?.find(text)
    }

    /// Every match, in order.
    pub(crate) fn find_iter<'t>(&self, text: &'t str) -> impl Iterator<Item = Match<'t>> {
        let regex = self.regex_for(text);
        regex.into_iter().flat_map(|regex| regex.find_iter(text))
    }

    /// The first match with its groups.
    pub(crate) fn captures<'t>(&self, text: &'t str) -> Option<Captures<'t>> {
        self.regex_for(text)?.captures(text)
    }

    /// Every match with its groups, in order.
    pub(crate) fn captures_iter<'t>(&self, text: &'t str) -> impl Iterator<Item = Captures<'t>> {
        let regex = self.regex_for(text);
        regex
            .into_iter()
            .flat_map(|regex| regex.captures_iter(text))
    }

    /// The parts of a text between matches.
    pub(crate) fn split<'t>(&self, text: &'t str) -> impl Iterator<Item = &'t str> {
        self.exact().split(text)
    }

    /// A text with another one in place of every match.
    pub(crate) fn replace_all<'t>(
        &self,
        text: &'t str,
        replacement: impl Replacer,
    ) -> Cow<'t, str> {
        match self.regex_for(text) {
            Some(regex) => regex.replace_all(text, replacement),
            None => Cow::Borrowed(text),
        }
    }

    /// The expression that is exact for a text; `None` if the text has no match.
    ///
    /// Most texts have none, and a search for positions or groups costs more than this one.
    fn regex_for(&self, text: &str) -> Option<&Regex> {
        let simple = self.simple();
        if !simple.is_match(text) {
            None
        } else if text.is_ascii() {
            Some(simple)
        } else {
            Some(self.exact())
        }
    }

    fn simple(&self) -> &Regex {
        self.simple.get_or_init(|| {
            let exact = regex_syntax::parse(self.expression).expect("patterns are constants");
            compile(&simplified(exact).to_string())
        })
    }

    fn exact(&self) -> &Regex {
        self.exact.get_or_init(|| compile(self.expression))
    }
}

fn compile(expression: &str) -> Regex {
    Regex::new(expression).expect("patterns are constants")
}

/// Maximum number of ranges of a class that is kept as it is.
const MAX_RANGES: usize = 16;

/// An expression that finds the same in ASCII: it takes every other character for a member of a
/// large class, and for the end of a word.
fn simplified(exact: Hir) -> Hir {
    match exact.into_kind() {
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) => Hir::literal(literal.0),
        HirKind::Class(Class::Unicode(class)) => {
            Hir::class(Class::Unicode(simplified_class(class)))
        }
        HirKind::Class(class) => Hir::class(class),
        HirKind::Look(Look::WordUnicode) => Hir::look(Look::WordAscii),
        HirKind::Look(look) => Hir::look(look),
        HirKind::Repetition(repetition) => Hir::repetition(Repetition {
            sub: Box::new(simplified(*repetition.sub)),
            ..repetition
        }),
        HirKind::Capture(capture) => Hir::capture(Capture {
            sub: Box::new(simplified(*capture.sub)),
            ..capture
        }),
        HirKind::Concat(parts) => Hir::concat(parts.into_iter().map(simplified).collect()),
        HirKind::Alternation(parts) => {
            Hir::alternation(parts.into_iter().map(simplified).collect())
        }
    }
}

fn simplified_class(class: ClassUnicode) -> ClassUnicode {
    if class.ranges().len() <= MAX_RANGES {
        return class;
    }
    let ranges = class.iter().copied();
    let others = ClassUnicodeRange::new('\u{80}', char::MAX);
    ClassUnicode::new(
        ranges
            .take_while(|range| range.start().is_ascii())
            .chain([others]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [&str; 8] = [
        "Drop the table orders_2024, then 12 more",
        "drop the größe table",
        "édrop the table a",
        "drop the table é",
        "drop thé table a; drop the table b",
        "don’t drop “the table x” ſ",
        "٣ tables",
        "",
    ];

    #[test]
    fn pattern_finds_what_its_expression_finds() {
        for expression in [
            r"(?i)\bdrop\s+the\s+(?:\w+\s+)?table\s+(?P<name>\w+)",
            r"\bdrop\b",
            r"(?i)\bstop\b",
            r"\d+ (?:more|tables)",
            r"^(?:\W*drop\b.{0,20})?[^,;]*$",
            r"\bthe\s\p{L}+\b",
        ] {
            let (pattern, regex) = (Pattern::new(expression), compile(expression));
            for text in TEXTS {
                let ranges = |found: Match<'_>| found.range();
                let name =
                    |found: Captures<'_>| found.iter().map(|part| part.map(ranges)).collect();
                let names: Vec<Vec<_>> = pattern.captures_iter(text).map(name).collect();
                let expected: Vec<Vec<_>> = regex.captures_iter(text).map(name).collect();
                assert_eq!(names, expected, "{expression} {text}");
                let found = pattern.find(text).map(ranges);
                assert_eq!(found, regex.find(text).map(ranges), "{expression} {text}");
                assert_eq!(
                    pattern.is_match(text),
                    regex.is_match(text),
                    "{expression} {text}"
                );
            }
        }
    }

    #[test]
    fn large_classes_become_small() {
        let ranges = |expression: &str| {
            let hir = simplified(regex_syntax::parse(expression).unwrap());
            match hir.kind() {
                HirKind::Class(Class::Unicode(class)) => class.ranges().len(),
                _ => 0,
            }
        };
        assert_eq!(ranges(r"\w"), 5);
        assert_eq!(ranges(r"[^;]"), 2);
    }
}

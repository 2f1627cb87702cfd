//! Draws one diagnostic: a head, a message, an excerpt with labels, and a help text.
//!
//! miette does the drawing. Its defaults depend on the environment and on standard error, so the
//! handler here is built from [`RenderOptions`] alone.

use std::fmt;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode, ThemeCharacters, ThemeStyles,
};

use textwrap::core::Word;
use textwrap::{WordSeparator, WordSplitter};

use super::RenderOptions;
use super::excerpt::Excerpt;
use super::table::unbreakable_parts;
use crate::finding::Severity;
use crate::source::{sanitise, sanitise_line};

/// A diagnostic with sanitized texts.
#[derive(Debug)]
pub(super) struct Diagnostic {
    head: Option<String>,
    severity: Severity,
    message: String,
    help: String,
    excerpt: Option<Excerpt>,
}

impl Diagnostic {
    /// A diagnostic with only a message.
    pub(super) fn new(severity: Severity, message: &str) -> Self {
        Self {
            head: None,
            severity,
            message: sanitise_line(message),
            help: String::new(),
            excerpt: None,
        }
    }

    /// Adds a line above the message.
    pub(super) fn head(mut self, head: &str) -> Self {
        self.head = Some(sanitise_line(head));
        self
    }

    /// Adds a help below everything, unless it is empty.
    pub(super) fn help(mut self, help: &str) -> Self {
        self.help = sanitise(help);
        self
    }

    /// Adds the excerpt.
    pub(super) fn excerpt(mut self, excerpt: Excerpt) -> Self {
        self.excerpt = Some(excerpt);
        self
    }

    /// Adds the location to the head if there is no excerpt.
    pub(super) fn with_location(mut self, name: &str) -> Self {
        let name = sanitise_line(name);
        self.head = Some(
            self.head
                .map_or_else(|| name.clone(), |head| format!("{head} {name}")),
        );
        self
    }

    /// Appends it to `out`.
    pub(super) fn render(&self, out: &mut String, options: RenderOptions) {
        handler(options)
            .render_report(out, self)
            .expect("a string takes any text and every label lies in its excerpt");
    }
}

fn handler(options: RenderOptions) -> GraphicalReportHandler {
    let characters = if options.unicode {
        ThemeCharacters::unicode()
    } else {
        ThemeCharacters::ascii()
    };
    let styles = if options.color {
        ThemeStyles::ansi()
    } else {
        ThemeStyles::none()
    };
    GraphicalReportHandler::new_themed(GraphicalTheme { characters, styles })
        .with_width(options.width)
        .with_break_words(false)
        .with_word_separator(WordSeparator::Custom(words))
        .with_word_splitter(WordSplitter::NoHyphenation)
        .with_links(false)
        .without_syntax_highlighting()
}

/// The words of a line, between which it may be wrapped.
fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    Box::new(unbreakable_parts(line).into_iter().map(Word::from))
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Diagnostic {}

impl miette::Diagnostic for Diagnostic {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.head.as_ref().map(|head| Box::new(head) as _)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Note => miette::Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        (!self.help.is_empty()).then(|| Box::new(&self.help) as _)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.excerpt.as_ref().map(|excerpt| excerpt as _)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.excerpt
            .as_ref()
            .map(|excerpt| Box::new(excerpt.labels()) as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(message: &str, help: &str) -> String {
        let options = RenderOptions {
            color: false,
            unicode: true,
            width: 30,
        };
        let mut out = String::new();
        Diagnostic::new(Severity::Error, message)
            .help(help)
            .render(&mut out, options);
        out
    }

    #[test]
    fn lines_never_end_inside_code() {
        let code = "`links = [\"https://example.com/42\", \"b c\"]`";
        let text = rendered(
            &format!("the value is not {code}"),
            &format!("write {code}"),
        );
        assert_eq!(text.matches(code).count(), 2, "{text}");
    }

    #[test]
    fn lines_end_only_at_spaces() {
        let words =
            "aaaa bbbb cccc rolling-back 2026-12-05 changes/pool-40.toml content/trivial-rollback";
        for count in 0..30 {
            let text = rendered(&format!("{} {words}", "x".repeat(count)), words);
            for word in words.split(' ') {
                assert_eq!(text.matches(word).count(), 2, "{word}: {text}");
            }
        }
    }

    #[test]
    fn a_single_backtick_is_not_code() {
        let text = rendered("a ` alone aaaaa bbbbb ccccc ddddd eeeee", "");
        assert_eq!(text.lines().count(), 2, "{text}");
    }
}

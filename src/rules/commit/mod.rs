//! Rules on commit messages: one message at a time, whether it is being written or in a range to be merged.
//!
//! Decided here: which lines of a message a rule sees. What a header is, is `commit`'s business.

mod ambiguous_breaking;
mod unknown_type;
mod unparsed;

use super::rule::Rule;
use super::settings::Settings;
use crate::source::Span;

pub(super) const RULES: &[Rule] = &[unparsed::RULE, unknown_type::RULE, ambiguous_breaking::RULE];

/// The line below which `git commit --verbose` puts what does not belong to the message.
const SCISSORS: &str = "------------------------ >8 ------------------------";

/// A line of a message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    /// Its text, without the line end and white space at the end.
    pub(super) text: &'a str,
    /// Where it stands.
    pub(super) span: Span,
}

/// A message as rules see it.
pub(super) struct MessageContext<'a> {
    /// The first line that says something.
    pub(super) header: Line<'a>,
    /// The lines after it.
    pub(super) rest: Vec<Line<'a>>,
    /// The settings of the run.
    pub(super) settings: &'a Settings,
}

impl<'a> MessageContext<'a> {
    /// Cuts a message into lines, without the comments and the scissors that git strips; `None` where nothing is left.
    pub(super) fn new(text: &'a str, comment: &'a str, settings: &'a Settings) -> Option<Self> {
        let mut lines =
            lines(text, comment).skip_while(|line| line.text.trim_start_matches('\u{feff}').trim().is_empty());
        let header = lines.next()?;
        Some(Self { header, rest: lines.collect(), settings })
    }
}

fn lines<'a>(text: &'a str, comment: &'a str) -> impl Iterator<Item = Line<'a>> {
    let mut offset = 0;
    let all = text.split_inclusive('\n').map(move |line| {
        let text = line.trim_end();
        let span = Span::new(offset, offset + text.len());
        offset += line.len();
        Line { text, span }
    });
    let kept = all.take_while(move |line| line.text.strip_prefix(comment).is_none_or(|rest| rest.trim() != SCISSORS));
    kept.filter(move |line| !line.text.starts_with(comment))
}

#[cfg(test)]
pub(super) mod tests {
    use crate::config::Config;
    use crate::finding::{Checked, Place};
    use crate::rules::lint_message;
    use crate::rules::testing::settings_of;
    use crate::source::Source;

    pub(in crate::rules) fn lint(message: &str) -> Checked {
        let source = Source::new("message", message);
        lint_message(&source, &Place::File("message".into()), "#", &settings_of(&Config::default()))
    }

    pub(in crate::rules) fn rules(message: &str) -> Vec<&'static str> {
        lint(message).findings.into_iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn comments_and_what_stands_below_the_scissors_do_not_count() {
        let text = "\n# feature: no\nfeat: x\n# BREAKING CHANGE\n# ------------------------ >8 ------------------------\nBREAKING CHANGE\n";
        assert_eq!(rules(text), [""; 0]);
    }

    #[test]
    fn an_empty_message_is_gits_business() {
        assert_eq!(rules("\n# only comments\n"), [""; 0]);
    }

    #[test]
    fn places_count_in_the_text_as_it_stands() {
        let checked = lint("# a comment\n\nfaet: x\n");
        assert_eq!(checked.findings[0].label.span, crate::source::Span::new(13, 17));
    }
}

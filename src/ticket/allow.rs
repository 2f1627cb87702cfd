//! Reads the comments that ask for a rule to be silent, `# tollgate: allow[rule/name] reason`.
//!
//! Only what a comment says is decided here; `rules` decides what it silences.

use crate::document::Comment;

/// What a comment that speaks to the tool asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Directive<'a> {
    /// Rules are to be silent.
    Allow(Allowance<'a>),
    /// It cannot be understood.
    Unknown,
}

/// A wish that rules be silent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance<'a> {
    /// How far it reaches.
    pub reach: Reach,
    /// The rules, as written between the commas.
    pub rules: Vec<&'a str>,
    /// Why; may be empty.
    pub reason: &'a str,
}

/// How far an allowance reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The line that the comment ends, or stands above.
    Line,
    /// The whole file.
    File,
}

impl Reach {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::File => "file",
        }
    }
}

impl<'a> Directive<'a> {
    /// Reads a comment; `None` where it speaks to people alone.
    #[must_use]
    pub fn read(comment: &'a Comment) -> Option<Self> {
        let directive = comment.text.strip_prefix("tollgate:")?;
        Some(allowance(directive).map_or(Self::Unknown, Self::Allow))
    }
}

fn allowance(directive: &str) -> Option<Allowance<'_>> {
    let (word, rest) = directive.split_once('[')?;
    let (names, reason) = rest.split_once(']')?;
    let reach = match word.trim() {
        "allow" => Reach::Line,
        "allow-file" => Reach::File,
        _ => return None,
    };
    Some(Allowance {
        reach,
        rules: names.split(',').map(str::trim).collect(),
        reason: reason.trim(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    fn comment(text: &str) -> Comment {
        Comment {
            span: Span::default(),
            text: text.into(),
        }
    }

    #[test]
    fn an_allowance_names_rules_and_says_why() {
        let comment = comment("tollgate: allow-file[a/b , c/d]  because");
        let allowance = Allowance {
            reach: Reach::File,
            rules: vec!["a/b", "c/d"],
            reason: "because",
        };
        assert_eq!(Directive::read(&comment), Some(Directive::Allow(allowance)));
    }

    #[test]
    fn what_cannot_be_understood_is_not_passed_over() {
        assert_eq!(
            Directive::read(&comment("tollgate: silence all")),
            Some(Directive::Unknown)
        );
        assert_eq!(Directive::read(&comment("allow[a/b] because")), None);
    }
}

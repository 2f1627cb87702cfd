//! Reads the comments that ask for a rule to be silent, `# tollgate: allow[rule/name] reason`.
//!
//! Only what a comment says is decided here; `rules` decides what it silences.

use crate::document::Comment;

/// What a comment that speaks to the tool asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Directive<'a> {
    /// Rules are to be silent.
    Allow(Suppression<'a>),
    /// It cannot be understood.
    Unknown,
}

/// A wish that rules be silent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression<'a> {
    /// How far it reaches.
    pub scope: SuppressionScope,
    /// The rules, as written between the commas.
    pub rules: Vec<&'a str>,
    /// Why; may be empty.
    pub reason: &'a str,
}

/// How far an allowance reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuppressionScope {
    /// The line that the comment ends, or stands above.
    Line,
    /// The whole file.
    File,
}

impl SuppressionScope {
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
    pub fn parse(comment: &'a Comment) -> Option<Self> {
        let directive = comment.text.strip_prefix("tollgate:")?;
        Some(parse_suppression(directive).map_or(Self::Unknown, Self::Allow))
    }
}

fn parse_suppression(directive: &str) -> Option<Suppression<'_>> {
    let (word, rest) = directive.split_once('[')?;
    let (names, reason) = rest.split_once(']')?;
    let reach = match word.trim() {
        "allow" => SuppressionScope::Line,
        "allow-file" => SuppressionScope::File,
        _ => return None,
    };
    Some(Suppression {
        scope: reach,
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
    fn suppression_has_rules_and_a_reason() {
        let comment = comment("tollgate: allow-file[a/b , c/d]  because");
        let allowance = Suppression {
            scope: SuppressionScope::File,
            rules: vec!["a/b", "c/d"],
            reason: "because",
        };
        assert_eq!(
            Directive::parse(&comment),
            Some(Directive::Allow(allowance))
        );
    }

    #[test]
    fn invalid_suppression_is_an_error() {
        assert_eq!(
            Directive::parse(&comment("tollgate: silence all")),
            Some(Directive::Unknown)
        );
        assert_eq!(Directive::parse(&comment("allow[a/b] because")), None);
    }
}

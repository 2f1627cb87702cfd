//! Reads the comments that suppress rules, `# tollgate: allow[rule/name] reason`.
//!
//! Only parses comments; `rules` decides what they suppress.

use crate::document::Comment;

/// A comment that is addressed to Tollgate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Directive<'a> {
    /// It suppresses rules.
    Allow(SuppressionComment<'a>),
    /// It is invalid.
    Unknown,
}

/// A comment that suppresses rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SuppressionComment<'a> {
    /// What part of the file it applies to.
    pub(crate) scope: SuppressionScope,
    /// The rules, as written between the commas.
    pub(crate) rules: Vec<&'a str>,
    /// The reason; may be empty.
    pub(crate) reason: &'a str,
}

/// The part of a file that a suppression applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SuppressionScope {
    /// The line of the comment, or the line below if the comment has its own line.
    Line,
    /// The whole file.
    File,
}

impl SuppressionScope {
    /// The keyword.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::File => "file",
        }
    }
}

impl<'a> Directive<'a> {
    /// Reads a comment; `None` if it is not for Tollgate.
    #[must_use]
    pub(crate) fn parse(comment: &'a Comment) -> Option<Self> {
        let directive = comment.text.strip_prefix("tollgate:")?;
        Some(parse_suppression(directive).map_or(Self::Unknown, Self::Allow))
    }
}

fn parse_suppression(directive: &str) -> Option<SuppressionComment<'_>> {
    let (word, rest) = directive.split_once('[')?;
    let (names, reason) = rest.split_once(']')?;
    let scope = match word.trim() {
        "allow" => SuppressionScope::Line,
        "allow-file" => SuppressionScope::File,
        _ => return None,
    };
    Some(SuppressionComment {
        scope,
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
        let allowance = SuppressionComment {
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

//! A body that begins right below the header, so that Git treats both as the subject.

use super::{AuthorKind, MessageContext};
use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule};

pub(super) const RULE: Rule = Rule::new(
    "commit/missing-blank-line",
    Level::Off,
    "no blank line between the header and the body",
    include_str!("missing_blank_line.md"),
    &[Check::Message(check)],
);

fn check(message: &MessageContext<'_>, findings: &mut Vec<Finding>) {
    let below = message.rest.first().filter(|line| !line.text.is_empty());
    let Some(line) = below.filter(|_| message.info.author == AuthorKind::Person) else {
        return;
    };
    let finding = RULE
        .finding(
            message.place(),
            line.span,
            "Git treats this line as part of the subject",
        )
        .message("no blank line between the header and the body");
    findings.push(
        finding
            .help("insert a blank line below the header")
            .anchor("body"),
    );
}

#[cfg(test)]
mod tests {
    use crate::rules::commit::tests::rules_with;

    const RULE: &str = "commit/missing-blank-line";

    #[test]
    fn body_right_below_the_header_is_reported() {
        assert_eq!(rules_with(RULE, "feat: x\nbecause of y"), [RULE]);
    }

    #[test]
    fn blank_lines_comments_and_bare_headers_are_accepted() {
        for message in [
            "feat: x",
            "feat: x\n",
            "feat: x\n\nbecause",
            "feat: x\n  \t\nbecause",
            "feat: x\n# a comment\n\nbecause",
        ] {
            assert_eq!(rules_with(RULE, message), [""; 0], "{message:?}");
        }
    }
}

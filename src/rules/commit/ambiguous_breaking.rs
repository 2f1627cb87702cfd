//! A message that says BREAKING CHANGE in a way that does not count.

use super::{Line, MessageContext};
use crate::commit::{Kind, announces_breaking};
use crate::config::Level;
use crate::rules::rule::{Check, Hits, Rule};
use crate::source::Label;

pub(super) const RULE: Rule = Rule {
    name: "commit/ambiguous-breaking",
    level: Level::Warning,
    since: "0.1.0",
    summary: "this says that something breaks, and does not count",
    page: include_str!("ambiguous_breaking.md"),
    options: &[],
    checks: &[Check::Message(check)],
};

fn check(message: &MessageContext<'_>, hits: &mut Hits) {
    let Some(line) = message.rest.iter().find(|line| speaks_of_breaking(line)) else { return };
    let announces = || {
        let rest: Vec<&str> = message.rest.iter().map(|line| line.text).collect();
        announces_breaking(&rest.join("\n"))
    };
    let counts = match &message.kind {
        Kind::Conventional(header) => header.bang || announces(),
        Kind::Revert(_) => announces(),
        Kind::Fixup(_) => return,
        Kind::Unconventional(_) => false,
    };
    if counts {
        return;
    }
    let help = match message.kind {
        Kind::Unconventional(_) => "make the header conventional, such as `feat!: …`: only then a footer counts",
        _ => "put `!` before the colon of the header, or begin a line with `BREAKING CHANGE: ` and say what breaks",
    };
    hits.push(RULE.finding(Label::new(line.span, "does not count")).help(help).anchor("breaking"));
}

/// Whether a line begins with the words in any case, or holds them in capitals.
fn speaks_of_breaking(line: &Line<'_>) -> bool {
    let start = line.text.trim_start_matches(['#', '*', '-', ' ']);
    if !start.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("breaking")) {
        return false; // nearly every line of every message
    }
    let text = start.to_lowercase();
    let begins = ["breaking change", "breaking-change"].iter().any(|words| {
        text.strip_prefix(words)
            .is_some_and(|after| after.trim_start_matches('s').trim_start_matches('*').starts_with([':', '#']))
    });
    let bare =
        ["BREAKING CHANGE", "BREAKING CHANGES", "BREAKING-CHANGE"].contains(&line.text.trim().trim_end_matches(':'));
    begins || bare
}

#[cfg(test)]
mod tests {
    use crate::rules::commit::tests::rules;

    const RULE: &str = "commit/ambiguous-breaking";

    #[test]
    fn footers_that_do_not_count_are_told() {
        for rest in [
            "BREAKING CHANGES: x",
            "breaking change: x",
            "**BREAKING CHANGE**: x",
            "BREAKING CHANGE:x",
            "BREAKING CHANGE",
        ] {
            assert_eq!(rules(&format!("feat: a\n\n{rest}")), [RULE], "{rest}");
        }
    }

    #[test]
    fn an_unconventional_header_takes_the_footer_with_it() {
        assert_eq!(rules("update a\n\nBREAKING CHANGE: x"), ["commit/unparsed", RULE]);
    }

    #[test]
    fn what_counts_and_ordinary_prose_are_silent() {
        for message in [
            "feat!: a\n\nbreaking change: x",
            "feat: a\n\nBREAKING CHANGE: x",
            "feat: a\n\nThis is no breaking change, really.",
            "docs: how a BREAKING CHANGE footer is read",
            "feat: a\n\nsee BREAKING CHANGE in the manual",
            "fixup! feat: a\n\nbreaking change: x",
        ] {
            assert_eq!(rules(message), [""; 0], "{message}");
        }
    }
}

//! A message with a BREAKING CHANGE that is not a valid footer.

use super::MessageContext;
use crate::commit::{Header, Kind, announces_breaking};
use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule};

pub(super) const RULE: Rule = Rule::new(
    "commit/ambiguous-breaking",
    Level::Warning,
    "breaking change note that is ignored",
    include_str!("ambiguous_breaking.md"),
    &[Check::Message(check)],
);

/// What may stand before the words at the start of a line: quotation, list, heading and emphasis
/// marks.
const MARKS: [char; 8] = ['#', '*', '-', '>', '_', '⚠', '\u{fe0f}', ' '];

/// Words after which `BREAKING CHANGE` is the subject of a sentence about such footers.
const ABOUT_FOOTERS: [&str; 12] = [
    "commit", "commits", "footer", "footers", "header", "headers", "keyword", "keywords", "note",
    "notes", "section", "sections",
];

/// What follows the colon where nothing breaks.
const DENIALS: [&str; 5] = ["no", "none", "n/a", "nothing", "false"];

/// Types of commits whose messages quote release notes and documentation.
const RELAYING_TYPES: [&str; 4] = ["build", "chore", "ci", "docs"];

fn check(message: &MessageContext<'_>, findings: &mut Vec<Finding>) {
    let reports = |at: &usize| mentions_breaking(message, *at);
    let Some(line) = (0..message.rest.len())
        .find(reports)
        .map(|at| message.rest[at])
    else {
        return;
    };
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
        Kind::Unconventional(_) => {
            "use a conventional header, such as `feat!: …`; footers of other commits are ignored"
        }
        _ => {
            "put `!` before the colon in the header, or start a line with `BREAKING CHANGE: ` and describe what breaks"
        }
    };
    let finding = RULE
        .finding(message.place(), line.span, "has no effect")
        .message("this breaking change note is ignored");
    findings.push(finding.help(help).anchor("breaking"));
}

/// Whether a line of the body announces a breaking change in another form than the one that counts.
fn mentions_breaking(message: &MessageContext<'_>, at: usize) -> bool {
    let line = message.rest[at].text;
    if is_marked_header(message, at) {
        return true;
    }
    let Some((words, after)) = breaking_words(line) else {
        return false;
    };
    if is_dependency_update(message, line) {
        return false;
    }
    let in_capitals = words.chars().all(|c| !c.is_lowercase());
    let separator = after.trim_start_matches(['*', '_', '`']);
    if let Some(text) = separator.trim_start().strip_prefix(':') {
        return !DENIALS.contains(&text.trim().to_lowercase().as_str());
    }
    if separator.starts_with('#') {
        return true;
    }
    let starts_paragraph = || at == 0 || is_blank_or_footer(message.rest[at - 1].text);
    let next = after
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .to_lowercase();
    in_capitals
        && line.starts_with(words)
        && (after.trim().is_empty()
            || (after.starts_with(char::is_whitespace)
                && !ABOUT_FOOTERS.contains(&next.as_str())
                && starts_paragraph()))
}

/// Whether a line is an entry of a list that would be a header with `!`, as squashed commits leave
/// it in a body.
fn is_marked_header(message: &MessageContext<'_>, at: usize) -> bool {
    let Some(entry) = entry(message.rest[at].text).filter(|entry| entry.contains("!:")) else {
        return false;
    };
    // Some shells leave the mark escaped.
    let header = Header::parse(&entry.replace("\\!:", "!:"));
    header.is_some_and(|header| header.bang && message.settings.is_listed_type(header.kind()))
        && !is_revert(message)
        && !message.rest[..at]
            .iter()
            .any(|line| quotes_other_request(line.text, message.header.text))
}

/// The text of a list's entry.
fn entry(line: &str) -> Option<&str> {
    line.trim_start()
        .strip_prefix(['*', '-'])?
        .strip_prefix(' ')
}

/// Whether an entry is the title of another pull request than the header's: merged into the branch,
/// it brought its own commits, which the list goes on with.
fn quotes_other_request(line: &str, header: &str) -> bool {
    let number = |text: &str| {
        let (_, number) = text.trim_end().strip_suffix(')')?.rsplit_once("(#")?;
        number
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| number.to_owned())
    };
    let other = entry(line).and_then(number);
    other.is_some() && other != number(header)
}

/// Whether a line is a quotation, or an entry of a list, in a message that hands on what others
/// wrote: reverts, the notes of a release or of a dependency, documentation.
fn is_dependency_update(message: &MessageContext<'_>, line: &str) -> bool {
    let is_quoted = line.trim_start().starts_with('>');
    match &message.kind {
        Kind::Conventional(header) => {
            let kind = header.kind().to_lowercase();
            let relays = RELAYING_TYPES.contains(&kind.as_str());
            let is_quotation = is_quoted
                && (relays || is_revert(message) || !message.settings.is_listed_type(&kind));
            let is_about_dependencies = relays
                && header
                    .scope()
                    .is_some_and(|scope| scope.starts_with("deps"));
            is_quotation || (is_about_dependencies && line.starts_with(MARKS))
        }
        _ => is_quoted,
    }
}

/// Splits a line that begins with `breaking change` after these words, whatever their case and what
/// stands between them.
pub(super) fn breaking_words(line: &str) -> Option<(&str, &str)> {
    let text = line.trim_start_matches(MARKS);
    if !text
        .get(..8)
        .is_some_and(|start| start.eq_ignore_ascii_case("breaking"))
    {
        return None; // nearly every line of every message
    }
    let between = &text[8..];
    let second = between.trim_start_matches([' ', '\t', '-', '_']);
    let word = second
        .get(..6)
        .filter(|word| word.eq_ignore_ascii_case("change"))?;
    let after = &second[word.len()..];
    let after = after.strip_prefix(['s', 'S']).unwrap_or(after);
    let is_whole = !after.starts_with(char::is_alphanumeric) && second.len() < between.len();
    is_whole.then(|| text.split_at(text.len() - after.len()))
}

/// Reverts quote and list what they take back.
fn is_revert(message: &MessageContext<'_>) -> bool {
    match &message.kind {
        Kind::Revert(_) => true,
        Kind::Conventional(header) => header.kind().eq_ignore_ascii_case("revert"),
        _ => false,
    }
}

fn is_blank_or_footer(line: &str) -> bool {
    let token = line.split(':').next().unwrap_or_default();
    line.trim().is_empty() || (token.len() < line.len() && !token.contains(char::is_whitespace))
}

#[cfg(test)]
mod tests {
    use crate::rules::commit::tests::rules;

    const RULE: &str = "commit/ambiguous-breaking";

    #[test]
    fn ignored_footers_are_reported() {
        for rest in [
            "BREAKING CHANGES: x",
            "breaking change: x",
            "**BREAKING CHANGE**: x",
            "BREAKING CHANGE:x",
            "BREAKING CHANGE",
            "BREAKING CHANGE b",
            "Refs: #1\nBREAKING CHANGE - b",
            "BREAKING  CHANGE: x",
            "BREAKING CHANGE : x",
            "BREAKING_CHANGE: x",
            "> BREAKING CHANGE: x",
            "* BREAKING CHANGE: x",
        ] {
            assert_eq!(rules(&format!("feat: a\n\n{rest}")), [RULE], "{rest}");
        }
    }

    #[test]
    fn a_header_with_a_mark_in_a_squashed_body_is_reported() {
        for rest in [
            "* feat!: x",
            "- fix(api)!: x\n\n* docs: y",
            "* docs: y\n\n  * feat!: x",
        ] {
            assert_eq!(rules(&format!("feat: a (#12)\n\n{rest}")), [RULE], "{rest}");
        }
        assert_eq!(rules("feat!: a (#12)\n\n* feat!: x"), [""; 0]);
        assert_eq!(
            rules("feat: a (#12)\n\n* feat: x\n* watch out!: y"),
            [""; 0]
        );
    }

    #[test]
    fn squashed_commits_of_other_requests_are_ignored() {
        let merged = "feat: a (#12)\n\n* feat: a\n\n* fix: b (#11)\n\n* refactor!: b";
        assert_eq!(rules(merged), [""; 0]);
        assert_eq!(
            rules("feat: a (#12)\n\n* feat!: b (#11)\n\n* refactor: b"),
            [RULE]
        );
        assert_eq!(rules("feat: a (#12)\n\n* feat\\!: a"), [RULE]);
    }

    #[test]
    fn notes_of_a_release_or_of_a_dependency_may_be_quoted() {
        for message in [
            "chore: release 1.0.0\n\n> BREAKING CHANGE: x",
            "docs: explain footers\n\n> BREAKING CHANGE: x",
            "chore(deps): update y to v9\n\n- **Breaking change:** x",
            "build(deps): update y to v9\n\n-   feat!: x",
            "feat: a\n\n BREAKING CHANGE: NO",
        ] {
            assert_eq!(rules(message), [""; 0], "{message}");
        }
    }

    #[test]
    fn a_revert_may_quote_what_it_takes_back() {
        for header in ["revert: a", "Revert \"feat: a\""] {
            assert_eq!(
                rules(&format!(
                    "{header}\n\nThis reverts commit 0123456.\n\n> BREAKING CHANGE: x\n\n* feat!: y"
                )),
                [""; 0],
                "{header}"
            );
        }
    }

    #[test]
    fn an_unconventional_header_takes_the_footer_with_it() {
        assert_eq!(
            rules("update a\n\nBREAKING CHANGE: x"),
            ["commit/unparsed", RULE]
        );
    }

    #[test]
    fn valid_footers_and_prose_are_accepted() {
        for message in [
            "feat!: a\n\nbreaking change: x",
            "feat: a\n\nBREAKING CHANGE: x",
            "feat: a\n\nThis is no breaking change, really.",
            "docs: how a BREAKING CHANGE footer is read",
            "feat: a\n\nsee BREAKING CHANGE in the manual",
            "feat: a\n\nThe paragraph explains what a\nBREAKING CHANGE means for users.",
            "feat: a\n\nBREAKING CHANGE footers are read in any case.",
            "feat: a\n\nbreaking change of the layout is not intended",
            "feat: a\n\nBreaking changes are announced earlier.",
            "feat: a\n\n- breaking changes in the api #12",
            "feat: a\n\nbreaking-changelog: x",
            "feat: a\n\nBREAKING the build: x",
            "fixup! feat: a\n\nbreaking change: x",
        ] {
            assert_eq!(rules(message), [""; 0], "{message}");
        }
    }
}

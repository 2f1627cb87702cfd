//! A commit whose object readers read differently, or not at all.

use super::{MessageContext, Stage};
use crate::commit::Decoding;
use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule};
use crate::source::{Span, shell_command};

pub(super) const RULE: Rule = Rule::new(
    "commit/malformed",
    Level::Error,
    "malformed commit",
    include_str!("malformed.md"),
    &[Check::Message(check)],
);

/// The replacement for invalid bytes in decoded text.
const REPLACEMENT: char = '\u{fffd}';

/// The anchors of findings about the message alone.
const DECODING: &str = "decoding";
const LONG_HEADER: &str = "long header";

/// The anchor of the finding that a commit's author is ambiguous.
const NO_ADDRESS: &str = "no address";

/// The maximum number of bytes of a first line: a changelog and a tag have to hold it.
const MAX_HEADER: usize = 64 << 10;

fn check(message: &MessageContext<'_>, findings: &mut Vec<Finding>) {
    for oddity in message.info.anomalies {
        let (span, text) = match message.position_of('\0').filter(|_| oddity.contains("NUL")) {
            Some(nul) => (nul, "Git shows nothing after this point"),
            None => (message.header.span, "this commit"),
        };
        findings.push(malformed(message, oddity, span, text));
    }
    // Git allows it, and old imports have it. People are compared by address, so an approval could
    // be the author's own.
    if message.settings.requires_approvals && !message.info.has_address {
        let finding = RULE
            .finding(message.place(), message.header.span, "this commit")
            .message("the author of the commit has no email address, and approvals are required")
            .help(remedy(message, "set `user.email`, and recreate the commit with `git commit --amend --reset-author` or `git rebase`"))
            .anchor(NO_ADDRESS);
        findings.push(finding);
    }
    let length = message.header.span.end - message.header.span.start;
    if length > MAX_HEADER {
        let span = Span::new(message.header.span.start, message.header.span.start);
        let finding = RULE
            .finding(message.place(), span, "first line")
            .message(format!(
                "the first line has {length} bytes; the limit is {MAX_HEADER}"
            ))
            .help(remedy(
                message,
                "write one short line, a blank line, and then the rest",
            ));
        findings.push(finding.anchor(LONG_HEADER));
    }
    if message.info.decoding == Decoding::Lossy {
        let span = message
            .position_of(REPLACEMENT)
            .unwrap_or(message.header.span);
        let finding = RULE
            .finding(message.place(), span, "invalid bytes")
            .message("the message cannot be decoded")
            .help(remedy(
                message,
                "write the message in UTF-8, or set `i18n.commitEncoding` in Git to its encoding",
            ));
        findings.push(finding.anchor(DECODING));
    }
}

/// Whether a finding says that the commit's object is malformed, so that tools disagree on who made
/// it.
#[must_use]
pub(crate) fn is_malformed_object(finding: &Finding) -> bool {
    finding.rule == RULE.name
        && ![DECODING, LONG_HEADER, NO_ADDRESS].contains(&finding.anchor.as_str())
}

fn malformed(
    message: &MessageContext<'_>,
    oddity: &'static str,
    span: Span,
    label: &str,
) -> Finding {
    let commit: String = message.info.place.name().chars().take(10).collect();
    let inspect = shell_command!("git cat-file commit {commit}", commit);
    let fix = remedy(
        message,
        "recreate it with `git commit --amend` or `git rebase`",
    );
    RULE.finding(message.place(), span, label)
        .message(format!("the commit is malformed: {oddity}"))
        .help(format!("inspect the commit with `{inspect}`, and {fix}"))
        .anchor(oddity)
}

/// What to do about a commit: a merged one cannot be recreated, but an override can accept it.
fn remedy(message: &MessageContext<'_>, before_merge: &str) -> String {
    match message.info.stage {
        Stage::Draft | Stage::Squash | Stage::Commit(_) => before_merge.to_owned(),
        Stage::Merged => {
            let commit = message.info.place.name();
            format!(
                "add an `[[override]]` with `commit = \"{commit}\"` and its `message`, or with `skip = \"the reason\"`"
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use crate::finding::Checked;
    use crate::rules::commit::tests::{lint_merged, lint_object, names, object};
    use crate::rules::testing::settings_of;
    use crate::source::Source;

    const RULE: &str = "commit/malformed";

    fn lint(object: &[u8]) -> Checked {
        lint_object(object, &settings_of(&Config::default()))
    }

    fn text(message: &str) -> String {
        String::from_utf8(object("Ada <ada@example.org>", message)).unwrap()
    }

    #[test]
    fn second_author_and_invalid_date_are_reported() {
        let twice =
            text("feat: x\n").replacen("author", "author Eve <eve@example.org> 1 +0000\nauthor", 1);
        assert_eq!(
            lint(twice.as_bytes()).findings[0].message,
            "the commit is malformed: there is not exactly one author"
        );
        let never = text("feat: x\n").replace(" 1 +0000", " soon +0000");
        assert_eq!(names(&lint(never.as_bytes())), [RULE]);
    }

    #[test]
    fn help_names_the_commit_to_inspect() {
        let help = &lint(text("feat: x\0").as_bytes()).findings[0].help;
        assert_eq!(
            help,
            "inspect the commit with `git cat-file commit 0707070707`, and recreate it with `git commit --amend` or `git rebase`"
        );
    }

    #[test]
    fn merged_commit_is_not_recreated() {
        let help = &lint_merged("feat: x\0").findings[0].help;
        assert!(!help.contains("--amend"), "{help}");
        let id = "07".repeat(20);
        assert!(
            help.contains(&format!("`[[override]]` with `commit = \"{id}\"`")),
            "{help}"
        );
    }

    #[test]
    fn missing_address_is_reported_if_approvals_required() {
        let approvals = Config::parse(Source::new("tollgate.toml", "[approvals]")).unwrap();
        let found = |author: &str, config: &Config| {
            let object = text("fix: x\n").replacen(
                "author Ada <ada@example.org>",
                &format!("author {author}"),
                1,
            );
            names(&lint_object(object.as_bytes(), &settings_of(config))).len()
        };
        for author in ["Ada <>", " <>", "Ada < >", "Ada <.>"] {
            assert_eq!(
                (found(author, &approvals), found(author, &Config::default())),
                (1, 0),
                "{author}"
            );
        }
        for author in ["Ada <ada>", " <ada@example.org>", "<ada@example.org>"] {
            assert_eq!(found(author, &approvals), 0, "{author}");
        }
    }

    #[test]
    fn nul_in_a_message_is_reported_at_its_position() {
        let checked = lint(text("feat: x\n\nmore\0Change: a-1").as_bytes());
        assert_eq!(names(&checked), [RULE]);
        assert_eq!(checked.findings[0].label.span.start, 13);
    }

    #[test]
    fn a_first_line_beyond_the_limit_is_refused() {
        let of =
            |length: usize| lint(text(&format!("fix: {}\n", "x".repeat(length - 5))).as_bytes());
        assert_eq!(
            of(super::MAX_HEADER + 1).findings[0].message,
            "the first line has 65537 bytes; the limit is 65536"
        );
        assert!(!names(&of(super::MAX_HEADER)).contains(&RULE));
        assert!(
            !names(&lint(
                text(&format!("fix: x\n\n{}\n", "x".repeat(70_000))).as_bytes()
            ))
            .contains(&RULE)
        );
    }

    #[test]
    fn invalid_bytes_are_reported_at_their_position() {
        let mut object = text("feat: x\n\ncaf").into_bytes();
        object.extend(b"\xe9\n");
        let checked = lint(&object);
        assert_eq!(
            (names(&checked), checked.findings[0].label.span.start),
            (vec![RULE], 12)
        );
    }

    #[test]
    fn well_formed_commits_are_accepted() {
        let latin = text("feat: x\n\ncaf").replacen("\n\n", "\nencoding ISO-8859-1\n\n", 1);
        let mut latin = latin.into_bytes();
        latin.extend(b"\xe9\n");
        let signed = text("feat: x\n").replacen("\n\n", "\ngpgsig a\n author b\n\n", 1);
        let early = text("feat: x\n").replace(" 1 +0000", " 0 -1200");
        for object in [
            latin,
            signed.into_bytes(),
            early.into_bytes(),
            text("feat: \u{fffd} is a character").into_bytes(),
        ] {
            assert_eq!(
                names(&lint(&object)),
                [""; 0],
                "{}",
                String::from_utf8_lossy(&object)
            );
        }
    }
}

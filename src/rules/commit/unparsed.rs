//! A header that isn't conventional, so its commit affects neither the version nor the changelog.

use regex::Captures;

use super::ambiguous_breaking::breaking_words;
use super::{MessageContext, move_behind_type};
use crate::commit::Kind;
use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule};
use crate::rules::settings::Settings;
use crate::source::Span;
use crate::text::Pattern;

pub(super) const RULE: Rule = Rule::new(
    "commit/unparsed",
    Level::Warning,
    "header that is not in the Conventional Commits format",
    include_str!("unparsed.md"),
    &[Check::Message(check)],
);

/// A header that has all parts, but not in the right form.
static NEARLY: Pattern = Pattern::new(
    r"^(?<type>[A-Za-z][A-Za-z0-9_-]*)\s*(?<early>!?)\s*(?:\((?<scope>[^()]*)\))?\s*(?<late>!?)\s*:\s*(?<subject>.*)$",
);

/// A header without a colon; the scope or the mark shows that it begins with a type.
static WITHOUT_COLON: Pattern = Pattern::new(
    r"^(?<type>[A-Za-z][A-Za-z0-9_-]*)(?:(?<early>!?)\((?<scope>[^()]*)\)(?<late>!?)|(?<only>!))\s+(?<subject>.+)$",
);

/// A header whose scope is not closed.
static UNCLOSED: Pattern =
    Pattern::new(r"^(?<type>[A-Za-z][A-Za-z0-9_-]*)\((?<scope>[^():]+):\s*(?<subject>.*)$");

fn check(message: &MessageContext<'_>, findings: &mut Vec<Finding>) {
    if !matches!(message.kind, Kind::Unconventional(_)) {
        return;
    }
    let header = message.header.text;
    let (span, text) = find_error(header, message.header.span, message.settings);
    let finding = RULE
        .finding(message.place(), span, text)
        .message("the header is not in the Conventional Commits format, so the commit does not affect the version")
        .help(help(header, message.settings));
    findings.push(finding.anchor("header"));
}

/// The first position that doesn't match `type(scope)!: subject`.
fn find_error(line: &str, span: Span, settings: &Settings) -> (Span, &'static str) {
    let at = |offset: usize, text| (Span::new(span.start + offset, span.end), text);
    let kind = line
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'))
        .unwrap_or(line.len());
    let rest = &line[kind..];
    match rest.chars().next() {
        _ if kind == 0 || breaking_words(line).is_some() => {
            (span, "expected a type, such as `feat` or `fix`")
        }
        next if next != Some(':') && !settings.is_listed_type(&line[..kind]) => {
            (span, "expected a header such as `fix: …`")
        }
        None => at(kind, "expected `: ` and a subject"),
        Some(':') if rest[1..].trim().is_empty() => at(kind, "expected a subject after the colon"),
        Some(':') => at(kind, "expected a space after the colon"),
        Some('(') => at(kind, "expected a scope in parentheses, then `: `"),
        Some('!') => at(kind, "expected `: ` after `!`"),
        Some(_) => at(kind, "expected `: ` after the type"),
    }
}

/// The nearest conventional header, made of the author's own words.
fn help(header: &str, settings: &Settings) -> String {
    if header.is_empty() {
        return "write a message, such as `fix: …` or `feat: …`".to_owned();
    }
    if let Some((_, after)) = breaking_words(header) {
        let text = after
            .trim_start_matches(['*', '_', ' '])
            .strip_prefix([':', '#'])
            .unwrap_or(header);
        let text = if text.trim().is_empty() {
            "…"
        } else {
            text.trim_start_matches(['*', '_', ' '])
        };
        return format!(
            "write `feat!: {text}`, or another type with `!`, which marks a breaking change"
        );
    }
    if let Some(parts) = NEARLY.captures(header) {
        let start = prefix(&parts, &["early", "late"]);
        return match &parts["subject"] {
            "" => format!("describe the change after the colon: `{start}: …`"),
            subject => format!("write `{start}: {subject}`"),
        };
    }
    if let Some(parts) = WITHOUT_COLON
        .captures(header)
        .filter(|parts| settings.is_listed_type(&parts["type"]))
    {
        return format!(
            "write `{}: {}`",
            prefix(&parts, &["early", "late", "only"]),
            &parts["subject"]
        );
    }
    if let Some(parts) = UNCLOSED
        .captures(header)
        .filter(|parts| settings.is_listed_type(&parts["type"]))
    {
        return match &parts["subject"] {
            "" => format!("write `{}: …`", prefix(&parts, &[])),
            subject => format!("write `{}: {subject}`", prefix(&parts, &[])),
        };
    }
    if let Some(kind) = type_before_scope(header).filter(|kind| settings.is_listed_type(kind)) {
        return format!("write the scope in parentheses, such as `{kind}(scope): …`");
    }
    if let Some(moved) =
        first_word(header).and_then(|(word, rest)| move_behind_type(word, rest, settings))
    {
        return format!("write `{moved}`");
    }
    let (word, rest) = header
        .split_once(char::is_whitespace)
        .unwrap_or((header, ""));
    let kind = intended_type(&word.to_lowercase()).filter(|kind| settings.is_listed_type(kind));
    match kind {
        Some(kind) if !rest.trim().is_empty() => format!("write `{kind}: {}`", rest.trim()),
        _ if settings.is_listed_type(header) => {
            format!("describe the change after a colon: `{header}: …`")
        }
        _ => match mentioned_type(header).filter(|kind| settings.is_listed_type(kind)) {
            Some(kind) => format!("write `{kind}: {header}`"),
            None => "start with a type, such as `fix:`, `feat:`, or `docs:`".to_owned(),
        },
    }
}

/// The word before an opening parenthesis at the beginning of a header.
fn type_before_scope(header: &str) -> Option<&str> {
    let (kind, _) = header.split_once('(')?;
    (!kind.is_empty() && !kind.contains(char::is_whitespace)).then_some(kind)
}

/// The type that a word anywhere in a header shows; most words show none.
fn mentioned_type(header: &str) -> Option<&'static str> {
    let words: Vec<String> = header
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    if has(&["doc", "docs", "documentation", "readme", "typo", "typos"]) {
        Some("docs")
    } else if has(&["test", "tests"]) {
        Some("test")
    } else if has(&["bump", "upgrade"]) && has(&["dep", "deps", "dependency", "dependencies"]) {
        Some("chore")
    } else {
        None
    }
}

/// The type, scope and mark of a header that was split into groups.
fn prefix(parts: &Captures<'_>, marks: &[&str]) -> String {
    let scope = parts
        .name("scope")
        .map(|scope| scope.as_str().trim())
        .filter(|scope| !scope.is_empty());
    let scope = scope.map(|scope| format!("({scope})")).unwrap_or_default();
    let is_marked = marks
        .iter()
        .any(|mark| parts.name(mark).is_some_and(|mark| !mark.is_empty()));
    format!(
        "{}{scope}{}",
        &parts["type"],
        if is_marked { "!" } else { "" }
    )
}

/// The first word of a header, or the text in brackets there, and the rest without a separator.
fn first_word(header: &str) -> Option<(&str, &str)> {
    let end = match header.starts_with('[') {
        true => header.find(']')? + 1,
        false => header.find(char::is_whitespace)?,
    };
    let (word, rest) = header.split_at(end);
    Some((word, rest.trim_start_matches([' ', '\t', '-', ':', '|'])))
}

/// The type that matches a first word such as "Added" or "Fixes".
fn intended_type(word: &str) -> Option<&'static str> {
    match word {
        "add" | "adds" | "added" | "implement" | "implemented" | "introduce" | "support" => {
            Some("feat")
        }
        "fix" | "fixes" | "fixed" | "bugfix" | "correct" => Some("fix"),
        "doc" | "docs" | "document" | "documented" => Some("docs"),
        "test" | "tests" => Some("test"),
        "refactor" | "refactored" => Some("refactor"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::commit::tests::{lint, rules};

    fn help(header: &str) -> String {
        lint(header).findings.remove(0).help
    }

    #[test]
    fn unclosed_scope_is_closed() {
        assert_eq!(help("feat(x: y"), "write `feat(x): y`");
        assert_eq!(
            help("feat(x y"),
            "write the scope in parentheses, such as `feat(scope): …`"
        );
    }

    #[test]
    fn unconventional_header_is_reported_with_nearest() {
        assert_eq!(help("feat:no space"), "write `feat: no space`");
        assert_eq!(help("feat : x"), "write `feat: x`");
        assert_eq!(help("feat!(api): x"), "write `feat(api)!: x`");
        assert_eq!(help("fix(): x"), "write `fix: x`");
        assert_eq!(help("Added a page"), "write `feat: a page`");
    }

    #[test]
    fn a_type_is_suggested_only_if_a_word_shows_it() {
        assert_eq!(
            help("Update contrib doc"),
            "write `docs: Update contrib doc`"
        );
        assert_eq!(
            help("Sentry Native Integration Docs"),
            "write `docs: Sentry Native Integration Docs`"
        );
        assert_eq!(help("Skip a slow test"), "write `test: Skip a slow test`");
        assert_eq!(
            help("Bump dependencies"),
            "write `chore: Bump dependencies`"
        );
        assert_eq!(
            help("Update things"),
            "start with a type, such as `fix:`, `feat:`, or `docs:`"
        );
    }

    #[test]
    fn a_breaking_change_is_never_turned_into_a_patch() {
        for header in [
            "BREAKING CHANGE: the key is gone",
            "BREAKING-CHANGE: the key is gone",
            "**BREAKING CHANGE**: the key is gone",
        ] {
            let help = help(header);
            assert!(
                help.starts_with("write `feat!: the key is gone`, or another type with `!`"),
                "{help}"
            );
        }
        assert!(
            help("Breaking changes in the API")
                .starts_with("write `feat!: Breaking changes in the API`")
        );
        assert!(help("BREAKING CHANGE:").starts_with("write `feat!: …`"));
    }

    #[test]
    fn a_type_without_a_subject_is_not_repeated() {
        assert_eq!(
            help("fix: "),
            "describe the change after the colon: `fix: …`"
        );
        assert_eq!(
            help("feat(api)!:"),
            "describe the change after the colon: `feat(api)!: …`"
        );
        assert_eq!(help("fix"), "describe the change after a colon: `fix: …`");
    }

    #[test]
    fn a_missing_colon_is_added_behind_scope_and_mark() {
        assert_eq!(help("feat(api) add"), "write `feat(api): add`");
        assert_eq!(help("feat(api)! add"), "write `feat(api)!: add`");
        assert_eq!(help("feat! add"), "write `feat!: add`");
        assert_eq!(
            help("main(args) crashes"),
            "start with a type, such as `fix:`, `feat:`, or `docs:`"
        );
    }

    #[test]
    fn what_comes_before_the_type_is_moved_behind_it() {
        assert_eq!(help("[JIRA-1] feat: x"), "write `feat: [JIRA-1] x`");
        assert_eq!(help("JIRA-1 - fix(api)!: x"), "write `fix(api)!: JIRA-1 x`");
        assert_eq!(help("✨ feat: x"), "write `feat: ✨ x`");
        assert!(help("see note: x").starts_with("start with a type"));
    }

    #[test]
    fn the_label_begins_where_it_breaks() {
        assert_eq!(lint("feat:no").findings[0].label.span.start, 4);
        assert_eq!(lint("fix things").findings[0].label.span.start, 3);
    }

    #[test]
    fn prose_gets_no_type_suggestion() {
        for header in [
            "Version Packages",
            "Release",
            "main(args) crashes",
            "Wow! great",
        ] {
            let label = lint(header).findings.remove(0).label;
            assert_eq!(label.text, "expected a header such as `fix: …`", "{header}");
            assert_eq!(label.span.start, 0, "{header}");
        }
    }

    #[test]
    fn conventional_and_generated_headers_are_accepted() {
        for header in [
            "feat: x",
            "Fix(a b)!: x",
            "Revert \"x\"\n\nThis reverts commit 0123456.",
            "Reapply \"x\"\n\nThis reverts commit 0123456.",
            "fixup! x",
            "squash! x",
            "amend! x",
            "Merge branch 'x'",
        ] {
            assert_eq!(rules(header), [""; 0], "{header}");
        }
    }
}

//! A header that is not conventional: its commit counts for nothing, neither in the version nor in the changelog.

use regex::Regex;
use std::sync::LazyLock;

use super::MessageContext;
use crate::commit::Kind;
use crate::config::Level;
use crate::rules::rule::{Check, Hits, Rule};
use crate::source::{Label, Span};

pub(super) const RULE: Rule = Rule {
    name: "commit/unparsed",
    level: Level::Warning,
    since: "0.1.0",
    summary: "the header is not conventional, so the commit counts for nothing",
    page: include_str!("unparsed.md"),
    options: &[],
    checks: &[Check::Message(check)],
};

/// A header whose parts are there, but not as they should be.
static NEARLY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?<type>[A-Za-z][A-Za-z0-9_-]*)\s*(?<early>!?)\s*(?:\((?<scope>[^()]*)\))?\s*(?<late>!?)\s*:\s*(?<subject>\S.*)$")
        .expect("the pattern is fixed")
});

fn check(message: &MessageContext<'_>, hits: &mut Hits) {
    if !matches!(message.kind, Kind::Unconventional(_)) {
        return;
    }
    let header = message.header.text;
    let (span, text) = where_it_breaks(header, message.header.span);
    let help = match header {
        "" => "write a message, such as `fix: …` or `feat: …`".to_owned(),
        header => format!("write {}", nearest(header, message)),
    };
    hits.push(RULE.finding(Label::new(span, text)).help(help).anchor("header"));
}

/// The first place that does not fit `type(scope)!: subject`.
fn where_it_breaks(line: &str, span: Span) -> (Span, &'static str) {
    let at = |offset: usize, text| (Span::new(span.start + offset, span.end), text);
    let kind = line.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_')).unwrap_or(line.len());
    let rest = &line[kind..];
    match rest.chars().next() {
        _ if kind == 0 => (span, "a type is expected here, such as `feat` or `fix`"),
        None => at(kind, "`: ` and a subject are expected here"),
        Some(':') if rest[1..].trim().is_empty() => at(kind, "a subject is expected after the colon"),
        Some(':') => at(kind, "a space is expected after the colon"),
        Some('(') => at(kind, "a scope in parentheses, then `: ` is expected here"),
        Some('!') => at(kind, "`: ` is expected after `!`"),
        Some(_) => at(kind, "`: ` is expected after the type"),
    }
}

/// The nearest header that would do.
fn nearest(header: &str, message: &MessageContext<'_>) -> String {
    if let Some(parts) = NEARLY.captures(header) {
        let scope = parts.name("scope").map(|scope| scope.as_str().trim()).filter(|scope| !scope.is_empty());
        let scope = scope.map(|scope| format!("({scope})")).unwrap_or_default();
        let mark = if parts["early"].is_empty() && parts["late"].is_empty() { "" } else { "!" };
        return format!("`{}{scope}{mark}: {}`", &parts["type"], &parts["subject"]);
    }
    let (word, rest) = header.split_once(char::is_whitespace).unwrap_or((header, ""));
    let kind = kind_meant(&word.to_lowercase()).filter(|kind| message.settings.knows_type(kind));
    match kind {
        Some(kind) if !rest.trim().is_empty() => format!("`{kind}: {}`", rest.trim()),
        _ => format!("`fix: {header}`, or `feat:`, `docs:`, `chore:` … as it is meant"),
    }
}

/// The type that a first word such as "Added" or "Fixes" means.
fn kind_meant(word: &str) -> Option<&'static str> {
    match word {
        "add" | "adds" | "added" | "implement" | "implemented" | "introduce" | "support" => Some("feat"),
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
    fn what_is_not_conventional_is_told_with_the_nearest_that_is() {
        assert_eq!(help("feat:no space"), "write `feat: no space`");
        assert_eq!(help("feat : x"), "write `feat: x`");
        assert_eq!(help("feat!(api): x"), "write `feat(api)!: x`");
        assert_eq!(help("fix(): x"), "write `fix: x`");
        assert_eq!(help("Added a page"), "write `feat: a page`");
    }

    #[test]
    fn the_label_begins_where_it_breaks() {
        assert_eq!(lint("feat:no").findings[0].label.span.start, 4);
        assert_eq!(lint("update things").findings[0].label.span.start, 6);
    }

    #[test]
    fn conventional_headers_reverts_fixups_and_merges_are_silent() {
        for header in [
            "feat: x",
            "Fix(a b)!: x",
            "Revert \"x\"",
            "Reapply \"x\"",
            "fixup! x",
            "squash! x",
            "amend! x",
            "Merge branch 'x'",
        ] {
            assert_eq!(rules(header), [""; 0], "{header}");
        }
    }
}

//! A trailer or a breaking change of a commit that the squash of its branch leaves out.

use crate::branch::{Branch, BranchCommit, Squash, TrailerPlace};
use crate::commit::{Header, Trailer, no_ticket_reason, ticket_named_in, ticket_trailers};
use crate::config::Level;
use crate::finding::{Finding, Severity};
use crate::history::Reason;
use crate::rules::rule::{Check, Rule};
use crate::rules::settings::Settings;
use crate::source::{Span, shorten};
use crate::ticket::ParsedTicket;

pub(in crate::rules) const RULE: Rule = Rule::new(
    "gate/dropped-by-squash",
    Level::Error,
    "trailer or breaking change that the squash will not contain",
    include_str!("dropped_by_squash.md"),
    &[Check::Branch(check)],
);

fn check(branch: &Branch, _settings: &Settings) -> Vec<Finding> {
    let Some(squash) = &branch.squash else {
        return Vec::new();
    };
    let introduced: Vec<&str> = branch
        .introduced()
        .into_iter()
        .map(ParsedTicket::id)
        .collect();
    let mut findings = dropped_trailers(squash, &introduced);
    findings.extend(dropped_breaking(squash));
    if !squash.is_certain {
        for finding in &mut findings {
            finding.severity = Severity::Note;
        }
    }
    findings
}

/// The trailers that name a ticket, or say why there is none, and that the squash doesn't have. A
/// ticket that the branch itself brings covers the squash without one.
fn dropped_trailers(squash: &Squash, introduced: &[&str]) -> Vec<Finding> {
    let kept = &squash.commit.classified.commit;
    let has_any = !kept.tickets().is_empty() || kept.no_ticket_reason().is_some();
    let is_kept = |value: &str| match no_ticket_reason(value) {
        Some(_) => has_any || !introduced.is_empty(),
        None => kept.tickets().iter().any(|id| id == value) || introduced.contains(&value),
    };
    let mut findings: Vec<Finding> = Vec::new();
    for commit in squash.replaced.iter().filter(|commit| counts(commit)) {
        let trailers = ticket_trailers(commit.message.text());
        let named = trailers.iter().filter(|trailer| trailer.names_ticket());
        for Trailer { value, .. } in named.filter(|trailer| !trailer.value.is_empty()) {
            let is_known = findings.iter().any(|finding| finding.anchor == *value);
            if !is_kept(value) && !is_known {
                findings.push(dropped_trailer(squash, commit, value));
            }
        }
    }
    findings
}

fn dropped_trailer(squash: &Squash, commit: &BranchCommit, value: &str) -> Finding {
    let line = format!("Change: {}", shorten(value));
    let help = match squash.trailer_place {
        TrailerPlace::Description => format!(
            "add `{line}` to the description of the pull request, in a last paragraph that has only trailers"
        ),
        TrailerPlace::NewestCommit => {
            format!("add `{line}` to the last paragraph of the newest commit")
        }
        TrailerPlace::Nowhere => format!(
            "let the forge put the description into the message of a squash, say so with `squash_body = \"description\"` \
             in the configuration, and add `{line}` to the description"
        ),
    };
    RULE.finding(
        commit.place(),
        span_of(commit, value),
        "only in this commit",
    )
    .message(format!("the squash will not contain `{line}`"))
    .help(help)
    .anchor(value)
}

/// The newest breaking commit, if the squash of the branch is not breaking.
fn dropped_breaking(squash: &Squash) -> Option<Finding> {
    if squash.commit.classified.commit.breaking {
        return None;
    }
    let breaking = squash
        .replaced
        .iter()
        .find(|commit| commit.classified.reason == Reason::Breaking)?;
    let title = Header::parse(&squash.title)
        .map_or_else(|| "feat!: …".to_owned(), |header| marked(&header));
    let finding = RULE
        .finding(breaking.place(), breaking.header(), "breaking")
        .message("this commit is a breaking change, and the squash will not be one")
        .help(format!(
            "if it still breaks something, change the title of the pull request to `{}`",
            shorten(&title)
        ))
        .anchor("breaking");
    Some(finding.at_most(Severity::Warning))
}

/// A header with the mark of a breaking change.
fn marked(header: &Header) -> String {
    let scope = header.scope().map(|scope| format!("({scope})"));
    let scope = scope.unwrap_or_default();
    format!("{}{scope}!: {}", header.kind(), header.subject())
}

/// Whether the message of a commit counts for what it says: it is not a merge.
fn counts(commit: &BranchCommit) -> bool {
    commit.parents < 2
}

/// The line of a trailer with this value; the header if it is folded.
fn span_of(commit: &BranchCommit, value: &str) -> Span {
    let text = commit.message.text();
    let mut end = text.len();
    for line in text.lines().rev() {
        let start = text[..end].rfind(line).unwrap_or_default();
        if ticket_named_in(line) == Some(value) {
            return Span::new(start, start + line.trim_end().len());
        }
        end = start;
    }
    commit.header()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{branch, changed, commit, findings};
    use super::*;

    /// A branch with these commits, of which the forge makes a squash with this message.
    fn squashed(message: &str, commits: &[&str]) -> Branch {
        let commits = commits
            .iter()
            .zip("abcdef".chars())
            .map(|(message, digit)| commit(digit, message, &["src/a"]));
        let squash = BranchCommit {
            is_predicted: true,
            ..commit('9', message, &["src/a"])
        };
        Branch {
            commits: vec![squash.clone()],
            squash: Some(Squash {
                commit: squash,
                replaced: commits.collect(),
                is_certain: true,
                title: message.lines().next().unwrap().to_owned(),
                trailer_place: TrailerPlace::Description,
            }),
            paths: vec!["src/a".into()],
            ..branch()
        }
    }

    fn messages(branch: &Branch) -> Vec<(Severity, String)> {
        let found = findings(branch).into_iter();
        found
            .map(|finding| (finding.severity, finding.message))
            .collect()
    }

    #[test]
    fn dropped_trailer_is_an_error_with_the_text_to_add() {
        let branch = squashed("feat: a", &["wip\n\nChange: CHG-1\nRefs: #2\n"]);
        let finding = findings(&branch).remove(0);
        assert_eq!(
            finding.message,
            "the squash will not contain `Change: CHG-1`"
        );
        assert_eq!(
            finding.help,
            "add `Change: CHG-1` to the description of the pull request, in a last paragraph that has only trailers"
        );
        assert_eq!((finding.label.span.start, finding.label.span.end), (5, 18));
        assert_eq!(finding.severity, Severity::Error);
    }

    #[test]
    fn kept_trailer_is_accepted() {
        let commits = ["wip\n\nChange: CHG-1\n", "wip\n\nChange: none (typo)\n"];
        assert_eq!(
            messages(&squashed("feat: a\n\nChange: CHG-1", &commits)),
            []
        );
    }

    #[test]
    fn trailer_in_two_commits_is_reported_once() {
        let commits = ["wip\n\nChange: CHG-1\n"; 2];
        assert_eq!(messages(&squashed("feat: a", &commits)).len(), 1);
    }

    #[test]
    fn exception_that_is_dropped_is_reported() {
        let branch = squashed("feat: a", &["wip\n\nChange: none (typo)\n"]);
        let expected = "the squash will not contain `Change: none (typo)`";
        assert_eq!(messages(&branch), [(Severity::Error, expected.into())]);
    }

    #[test]
    fn ticket_of_the_branch_needs_no_trailer() {
        let branch = Branch {
            tickets: vec![changed("", "state = \"proposed\"")],
            ..squashed("feat: a", &["wip\n\nChange: a\n"])
        };
        assert_eq!(messages(&branch), []);
    }

    #[test]
    fn uncertain_squash_is_only_noted() {
        let mut branch = squashed("feat: a", &["feat!: b\n\nChange: CHG-1\n"]);
        let squash = branch.squash.as_mut().unwrap();
        squash.is_certain = false;
        squash.replaced[0].classified.reason = Reason::Breaking;
        let severities: Vec<Severity> = messages(&branch).into_iter().map(|one| one.0).collect();
        assert_eq!(severities, [Severity::Note, Severity::Note]);
    }

    #[test]
    fn lost_breaking_change_is_a_warning() {
        let mut branch = squashed("feat(api): a", &["feat!: b"]);
        let replaced = &mut branch.squash.as_mut().unwrap().replaced;
        replaced[0].classified.reason = Reason::Breaking;
        let finding = findings(&branch).remove(0);
        assert_eq!(finding.severity, Severity::Warning);
        assert!(
            finding.help.ends_with("to `feat(api)!: a`"),
            "{}",
            finding.help
        );
    }
}

//! Extracts the content of a new ticket from the commits of a change.
//!
//! The most significant commit provides the title, bodies provide the justification, and references
//! become links. No commit says how the change is deployed, rolled back, and validated, so the
//! ticket has prompts for that.

use super::template::{Draft, DraftLink};
use crate::document::is_url;
use crate::version::Bump;

/// The trailers with references, in lower case.
const REFERENCE_TRAILERS: [&str; 9] = [
    "refs", "ref", "closes", "fixes", "resolves", "issue", "bug", "link", "see",
];

/// What a commit contributes to a ticket.
#[derive(Debug, Clone)]
pub(crate) struct CommitSummary {
    /// The subject, without type and scope.
    pub(crate) subject: String,
    /// The text between header and trailers.
    pub(crate) body: String,
    /// The trailers, keys before values.
    pub(crate) trailers: Vec<(String, String)>,
    /// Its bump.
    pub(crate) bump: Bump,
}

impl Draft {
    /// The content that commits provide; the oldest commit comes first.
    #[must_use]
    pub(crate) fn from_commits(commits: &[CommitSummary]) -> Self {
        let weightiest = commits.iter().map(|commit| commit.bump).max();
        let naming = commits
            .iter()
            .find(|commit| Some(commit.bump) == weightiest);
        let bodies: Vec<&str> = commits
            .iter()
            .map(|commit| commit.body.as_str())
            .filter(|body| !body.is_empty())
            .collect();
        let subjects: Vec<String> = commits
            .iter()
            .map(|commit| format!("- {}\n", commit.subject))
            .collect();
        let mut links = Vec::new();
        for link in commits.iter().flat_map(links_of) {
            if !links.contains(&link) {
                links.push(link);
            }
        }
        Self {
            title: naming.map(|commit| capitalised(split_number(&commit.subject).0)),
            justification: (!bodies.is_empty()).then(|| bodies.join("\n\n")),
            description: (commits.len() > 1).then(|| format!("Commits:\n{}", subjects.concat())),
            links,
            ..Self::default()
        }
    }
}

fn links_of(commit: &CommitSummary) -> Vec<DraftLink> {
    let (subject, number) = split_number(&commit.subject);
    let pull_request = number.map(|number| DraftLink {
        kind: "pull-request",
        target: number.to_owned(),
    });
    let referring = commit
        .trailers
        .iter()
        .filter(|(key, _)| REFERENCE_TRAILERS.contains(&key.to_lowercase().as_str()));
    // The rest is prose, such as the subject of the commit in `Fixes:`.
    let named = referring.flat_map(|(_, value)| words(value).take_while(|word| is_reference(word)));
    let numbers = words(subject)
        .chain(words(&commit.body))
        .filter(|word| is_number(word));
    let issue = |target: &str| DraftLink {
        kind: "issue",
        target: target.to_owned(),
    };
    pull_request
        .into_iter()
        .chain(named.chain(numbers).map(issue))
        .collect()
}

/// The words of a text without the punctuation around them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let around = |c: char| {
        matches!(
            c,
            ',' | ';' | '.' | ':' | '!' | '?' | '(' | ')' | '[' | ']' | '<' | '>' | '"' | '\''
        )
    };
    text.split_whitespace()
        .map(move |word| word.trim_matches(around))
        .filter(|word| !word.is_empty())
}

/// Whether a word of a trailer refers to something outside of the repository: `#12`, `ABC-12`,
/// `owner/name#12`, or a URL.
pub(crate) fn is_reference(word: &str) -> bool {
    let of_a_project = word.split_once('#').is_some_and(|(project, number)| {
        project.contains('/') && !number.is_empty() && number.chars().all(|c| c.is_ascii_digit())
    });
    let key = word.split_once('-').is_some_and(|(project, number)| {
        project.starts_with(|c: char| c.is_ascii_uppercase())
            && project
                .chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
            && !number.is_empty()
            && number.chars().all(|c| c.is_ascii_digit())
    });
    is_number(word) || of_a_project || key || is_url(word)
}

fn is_number(word: &str) -> bool {
    word.strip_prefix('#')
        .is_some_and(|number| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()))
}

/// A subject and the number of the pull request that a forge appended: `Raise the pool (#12)`.
fn split_number(subject: &str) -> (&str, Option<&str>) {
    let split = subject
        .trim_end()
        .strip_suffix(')')
        .and_then(|rest| rest.rsplit_once(" ("));
    match split {
        Some((subject, number)) if is_number(number) => (subject, Some(number)),
        _ => (subject, None),
    }
}

fn capitalised(subject: &str) -> String {
    let mut characters = subject.trim().chars();
    characters
        .next()
        .map(|first| first.to_uppercase().chain(characters).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(subject: &str, body: &str, bump: Bump) -> CommitSummary {
        CommitSummary {
            subject: subject.into(),
            body: body.into(),
            trailers: Vec::new(),
            bump,
        }
    }

    fn targets(commit: &CommitSummary) -> Vec<(&'static str, String)> {
        links_of(commit)
            .into_iter()
            .map(|link| (link.kind, link.target))
            .collect()
    }

    #[test]
    fn oldest_commit_with_highest_bump_gives_the_title() {
        let commits = [
            told("tidy up", "", Bump::None),
            told("raise the pool (#12)", "Checkout fails.", Bump::Minor),
            told("show the pool", "Nobody\nsees it.", Bump::Minor),
        ];
        let draft = Draft::from_commits(&commits);
        assert_eq!(draft.title.as_deref(), Some("Raise the pool"));
        assert_eq!(
            draft.justification.as_deref(),
            Some("Checkout fails.\n\nNobody\nsees it.")
        );
        let listed = "Commits:\n- tidy up\n- raise the pool (#12)\n- show the pool\n";
        assert_eq!(draft.description.as_deref(), Some(listed));
    }

    #[test]
    fn one_commit_needs_no_list_and_no_body_leaves_the_prompt() {
        let draft = Draft::from_commits(&[told("émettre", "", Bump::Patch)]);
        assert_eq!(draft.title.as_deref(), Some("Émettre"));
        assert_eq!((draft.justification, draft.description), (None, None));
        assert_eq!(Draft::from_commits(&[]).title, None);
    }

    #[test]
    fn what_commits_refer_to_is_linked_once() {
        let mut commit = told("raise the pool (#12)", "As #7 says, and (#8).", Bump::Minor);
        let trailer = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        commit.trailers = vec![
            trailer("Closes", "#7, OPS-9"),
            trailer("Link", "https://example.com/x"),
            trailer("Fixes", "54f8a1b (\"add UTF-8\")"),
            trailer("Reviewed-by", "OPS-1"),
        ];
        let draft = Draft::from_commits(&[commit.clone(), commit.clone()]);
        let issue = |target: &str| ("issue", target.to_owned());
        let expected = [
            ("pull-request", "#12".to_owned()),
            issue("#7"),
            issue("OPS-9"),
            issue("https://example.com/x"),
            issue("#8"),
        ];
        let found: Vec<_> = draft
            .links
            .into_iter()
            .map(|link| (link.kind, link.target))
            .collect();
        assert_eq!(found, expected);
        assert!(targets(&told("use UTF-8 and C#7", "x#1", Bump::None)).is_empty());
    }
}

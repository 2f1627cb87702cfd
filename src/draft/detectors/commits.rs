//! What the messages of the commits state: the title, the type of change, and links.

use crate::commit::{Reference, ReferenceKind, references_at_end, references_in_footers};
use crate::config::LinkSettings;
use crate::document::is_url;
use crate::draft::change::{Change, ChangeCommit};
use crate::draft::fact::{Fact, Link, Statement};
use crate::ticket::{Category, is_reference};

/// Types of commits that only accompany a change.
const ACCOMPANYING: [&str; 6] = ["chore", "ci", "docs", "refactor", "style", "test"];

/// The words that introduce a reference, in lower case.
const KEYWORDS: [&str; 14] = [
    "bug", "close", "closed", "closes", "fix", "fixed", "fixes", "issue", "link", "refs",
    "resolve", "resolved", "resolves", "see",
];

/// The maximum number of references that are read in one message.
const MAX_LINKS: usize = 32;

/// The minimum number of words of a subject that can be a title.
const MIN_TITLE_WORDS: usize = 3;

pub(super) fn detect(change: &Change) -> Vec<Fact> {
    let mut facts = Vec::new();
    facts.extend(title(&change.commits));
    facts.extend(feature_or_fix(&change.commits));
    facts.extend(services(change));
    for commit in &change.commits {
        let links = links(commit, &change.links);
        facts.extend(
            links
                .into_iter()
                .map(|(link, part)| Fact::of_commit(Statement::Link(link), &commit.id, part)),
        );
    }
    facts
}

/// Whether a commit is part of the change itself.
fn is_weighty(commit: &ChangeCommit) -> bool {
    let kind = commit.kind.as_deref();
    !kind.is_some_and(|kind| ACCOMPANYING.contains(&kind.to_ascii_lowercase().as_str()))
}

/// The subject of the only commit that is part of the change itself.
fn title(commits: &[ChangeCommit]) -> Option<Fact> {
    let commit = match commits {
        [commit] => commit,
        commits => {
            let mut weighty = commits.iter().filter(|commit| is_weighty(commit));
            weighty.next().filter(|_| weighty.next().is_none())?
        }
    };
    let end = references_at_end(&commit.subject)
        .first()
        .map_or(commit.subject.len(), |found| found.range.start);
    let title = commit.subject[..end].trim_end_matches(['(', ' ']);
    let title = closed_issue(title).map_or(title, |(_, rest)| rest);
    let is_title = title.split_whitespace().count() >= MIN_TITLE_WORDS && !title.ends_with('…');
    is_title.then(|| {
        let statement = Statement::Title(capitalized(title));
        Fact::of_commit(statement, &commit.id, "subject")
    })
}

/// The number of the issue that a subject begins with, and the rest: `Fixes #12: Sort the list`.
fn closed_issue(subject: &str) -> Option<(&str, &str)> {
    let (keyword, rest) = subject.split_once(" #")?;
    let (number, rest) = rest.split_once(": ")?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let is_closing = matches!(keyword, "Closes" | "Fix" | "Fixed" | "Fixes" | "Resolves");
    (is_closing && is_number).then_some((number, rest))
}

fn capitalized(subject: &str) -> String {
    let mut characters = subject.trim().chars();
    characters
        .next()
        .map(|first| first.to_uppercase().chain(characters).collect())
        .unwrap_or_default()
}

/// The category, if all commits that are part of the change itself have the same type.
fn feature_or_fix(commits: &[ChangeCommit]) -> Option<Fact> {
    let mut weighty = commits.iter().filter(|commit| is_weighty(commit));
    let first = weighty.next()?;
    if weighty.any(|other| other.kind != first.kind) {
        return None;
    }
    let is_of_dependencies = |word: &Option<String>| {
        word.as_deref()
            .is_some_and(|word| matches!(word, "deps" | "deps-dev" | "dependencies"))
    };
    let category = match first.kind.as_deref()? {
        _ if is_of_dependencies(&first.scope) || is_of_dependencies(&first.kind) => {
            Category::Dependency
        }
        // A version of something else is no feature or fix of the change itself.
        _ if names_versions(&first.subject) => return None,
        "feat" => Category::Feature,
        "fix" => Category::Bugfix,
        _ => return None,
    };
    Some(Fact::of_commit(
        Statement::FeatureOrFix(category),
        &first.id,
        "type",
    ))
}

/// Whether a subject announces a version of something: `update image a (1.0 ➔ 1.1)`.
fn names_versions(subject: &str) -> bool {
    let verb = subject
        .split(' ')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let is_upgrade = matches!(
        verb.as_str(),
        "bump" | "downgrade" | "pin" | "update" | "upgrade"
    );
    is_upgrade && subject.contains(|c: char| c.is_ascii_digit())
}

/// The scopes, if each commit has one that earlier tickets name as a service.
fn services(change: &Change) -> Vec<Fact> {
    let is_service = |scope: &str| {
        let mut services = change.earlier.iter().flat_map(|ticket| &ticket.services);
        services.any(|service| service.text == scope)
    };
    let scopes = change.commits.iter().map(|commit| {
        let scope = commit.scope.clone().filter(|scope| is_service(scope))?;
        Some(Fact::of_commit(
            Statement::Service(scope),
            &commit.id,
            "scope",
        ))
    });
    scopes.collect::<Option<Vec<Fact>>>().unwrap_or_default()
}

/// The links of a commit, each with the part of the message that has it.
fn links(commit: &ChangeCommit, settings: &LinkSettings) -> Vec<(Link, &'static str)> {
    let mut found: Vec<(Link, &'static str)> = Vec::new();
    let mut add = |link: Link, part| {
        if found.iter().all(|(other, _)| other.target != link.target) {
            found.push((link, part));
        }
    };
    if let Some((number, _)) = closed_issue(&commit.subject) {
        let link = Link {
            kind: Some("issue"),
            target: format!("#{number}"),
        };
        add(link, "subject");
    }
    for reference in references_at_end(&commit.subject) {
        add(numbered(reference.reference), "subject");
    }
    for reference in references_in_footers(&commit.body) {
        add(numbered(reference), "message");
    }
    for target in commit.body.lines().flat_map(introduced).take(MAX_LINKS) {
        let is_key = target.starts_with(|c: char| c.is_ascii_uppercase());
        let link = match settings.issue(target).filter(|_| is_key) {
            Some(page) => Link {
                kind: Some("issue"),
                target: page,
            },
            None => Link {
                kind: kind_of(target),
                target: target.to_owned(),
            },
        };
        add(link, "message");
    }
    found
}

fn numbered(reference: Reference) -> Link {
    Link {
        kind: match reference.kind {
            ReferenceKind::Issue => Some("issue"),
            ReferenceKind::Request => Some("pull-request"),
            ReferenceKind::Either => None,
        },
        target: reference.to_string(),
    }
}

/// The references of a line that has a keyword and nothing but references: `Refs: ORD-97`.
fn introduced(line: &str) -> Vec<&str> {
    let mut words = line
        .split([' ', '\t', ','])
        .map(|word| word.trim_end_matches(['.', ';']))
        .filter(|word| !word.is_empty());
    let keyword = words.next().unwrap_or_default().trim_end_matches(':');
    if !KEYWORDS.contains(&keyword.to_ascii_lowercase().as_str()) {
        return Vec::new();
    }
    let words: Vec<&str> = words.filter(|word| *word != "and").collect();
    if words.iter().all(|word| is_reference(word)) {
        words
    } else {
        Vec::new()
    }
}

/// The kind of the page at a URL, if its path states it.
fn kind_of(target: &str) -> Option<&'static str> {
    let has = |part: &str| is_url(target) && target.contains(part);
    if has("/pull/") || has("/merge_requests/") {
        Some("pull-request")
    } else if has("/issues/") || has("/browse/") {
        Some("issue")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(kind: &str, subject: &str, body: &str) -> ChangeCommit {
        ChangeCommit {
            id: "0841ff6".to_owned(),
            kind: (!kind.is_empty()).then(|| kind.to_owned()),
            scope: None,
            subject: subject.to_owned(),
            body: body.to_owned(),
            prose: String::new(),
        }
    }

    fn title_of(commits: &[ChangeCommit]) -> Option<String> {
        match title(commits)?.statement {
            Statement::Title(title) => Some(title),
            _ => None,
        }
    }

    #[test]
    fn only_weighty_commit_gives_the_title() {
        let drop = commit("feat", "drop the old address (#12)", "");
        let test = commit("test", "cover the old address", "");
        let title = "Drop the old address".to_owned();
        assert_eq!(title_of(&[test, drop.clone()]), Some(title));
        assert_eq!(title_of(&[drop.clone(), drop]), None);
        assert_eq!(title_of(&[commit("", "wip", "")]), None);
        let fixed = title_of(&[commit("", "Fixes #12: Sort the list", "")]);
        assert_eq!(fixed.as_deref(), Some("Sort the list"));
    }

    #[test]
    fn type_gives_the_category() {
        let category =
            |commits: &[ChangeCommit]| feature_or_fix(commits).map(|fact| fact.statement);
        let (feat, fix) = (commit("feat", "a", ""), commit("fix", "b", ""));
        let feature = Some(Statement::FeatureOrFix(Category::Feature));
        assert_eq!(category(&[feat.clone(), commit("docs", "c", "")]), feature);
        assert_eq!(category(&[feat, fix]), None);
        assert_eq!(category(&[commit("chore", "c", "")]), None);
        assert_eq!(
            category(&[commit("fix", "update image a (1.0 ➔ 1.1)", "")]),
            None
        );
    }

    #[test]
    fn references_become_links() {
        let targets = |subject: &str, body: &str| -> Vec<String> {
            let links = links(&commit("", subject, body), &LinkSettings::default());
            links.into_iter().map(|(link, _)| link.target).collect()
        };
        let body = "As #7 was wrong.\n\nCloses #8\nRefs: ORD-97\nFixes UTF-8 decoding\n\
                    Link: https://a.example/pull/9\n";
        assert_eq!(
            targets("a b (#12)", body),
            ["#12", "#8", "ORD-97", "https://a.example/pull/9"]
        );
        let tracker = Some("https://t.example/{key}".to_owned());
        let refs = commit("", "a", "\nRefs: ORD-97\n");
        let found = links(&refs, &LinkSettings { tracker });
        assert_eq!(found[0].0.target, "https://t.example/ORD-97");
        assert_eq!(targets("Fixes #12: Sort it (#13)", ""), ["#12", "#13"]);
    }
}

//! The message of a squash on GitHub.
//!
//! GitHub documents the parts ("Configuring commit squashing for pull requests", and
//! `squash_merge_commit_title` and `squash_merge_commit_message` of its REST API). How it lists
//! commits and appends people is read off squashes in public repositories: `* ` before each message
//! without the merges, and a line `---------` above the people if there is a text above them that
//! isn't the message of the only commit.

use super::{PullRequest, SquashedCommit, Variant};
use crate::commit::trailers;
use crate::config::{MergeSettings, SquashBody, SquashTitle};

/// The keys of the trailers that GitHub collects from the commits, in the order in which it lists
/// them.
const SIGN_OFF: &str = "Signed-off-by";
const CO_AUTHOR: &str = "Co-authored-by";

/// The line between the text and the people.
const SEPARATOR: &str = "---------";

/// A squash of the commits of a pull request.
pub(super) struct Squash<'a> {
    pub(super) settings: &'a MergeSettings,
    pub(super) request: &'a PullRequest,
    /// The oldest first.
    pub(super) commits: &'a [SquashedCommit],
}

/// Whom the people below the text include, since only GitHub knows whose pull request it is: its
/// author is that of the squash.
#[derive(Clone, Copy, PartialEq, Eq)]
enum People {
    /// Everybody but the author of the oldest commit.
    OtherThanFirst,
    /// Everybody.
    All,
}

/// The message of a merge commit.
pub(super) fn merge_message(request: &PullRequest) -> String {
    let number = request
        .number
        .map_or_else(String::new, |number| format!(" #{number}"));
    let branch = request
        .source_branch
        .as_ref()
        .map_or_else(String::new, |branch| format!(" from {branch}"));
    format!("Merge pull request{number}{branch}\n\n{}", request.title)
}

impl Squash<'_> {
    /// The expected message, and those with other people below the text.
    pub(super) fn variants(&self) -> (String, Vec<Variant>) {
        let other = Variant {
            rests_on: "who opened the pull request".to_owned(),
            text: self.message(People::All),
        };
        (self.message(People::OtherThanFirst), vec![other])
    }

    fn message(&self, people: People) -> String {
        let commits: Vec<&SquashedCommit> = self
            .commits
            .iter()
            .filter(|commit| !commit.is_merge)
            .collect();
        let only = match (&commits[..], self.settings.squash_title) {
            ([only], SquashTitle::CommitOrTitle) => Some(*only),
            _ => None,
        };
        let number = self
            .request
            .number
            .map_or_else(String::new, |number| format!(" (#{number})"));
        let title = only.map_or(&*self.request.title, SquashedCommit::title);
        let body = match (self.settings.squash_body, only) {
            (SquashBody::Nothing, _) => String::new(),
            (SquashBody::Description, _) => self.request.body.clone(),
            (SquashBody::Commits, Some(only)) => only.body().to_owned(),
            (SquashBody::Commits, None) => list(&commits),
        };
        let is_own_body = self.settings.squash_body == SquashBody::Commits && only.is_some();
        let body = with_people(&body, &people_of(&commits, people), is_own_body);
        if body.is_empty() {
            format!("{title}{number}")
        } else {
            format!("{title}{number}\n\n{body}")
        }
    }
}

impl SquashedCommit {
    /// The first line of its message.
    pub(super) fn title(&self) -> &str {
        self.message.lines().next().unwrap_or_default().trim()
    }

    /// The message below the first line.
    pub(super) fn body(&self) -> &str {
        let (_, body) = self.message.split_once('\n').unwrap_or_default();
        body.trim()
    }
}

/// The messages of commits as a list.
fn list(commits: &[&SquashedCommit]) -> String {
    let items: Vec<String> = commits
        .iter()
        .map(|commit| format!("* {}", commit.message))
        .collect();
    items.join("\n\n")
}

/// The lines that name the people of commits, each once.
fn people_of(commits: &[&SquashedCommit], people: People) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut add = |line: String| {
        if !lines.contains(&line) {
            lines.push(line);
        }
    };
    for key in [SIGN_OFF, CO_AUTHOR] {
        for commit in commits {
            let is_first = commit.email == commits[0].email;
            if key == CO_AUTHOR && (people == People::All || !is_first) {
                add(format!("{CO_AUTHOR}: {} <{}>", commit.name, commit.email));
            }
            for trailer in trailers(&commit.message) {
                if trailer.key.eq_ignore_ascii_case(key) {
                    add(format!("{key}: {}", trailer.value));
                }
            }
        }
    }
    lines
}

/// A text with the people below it. People whom the message of the only commit names already are
/// not repeated, and the others continue its trailers.
fn with_people(body: &str, people: &[String], is_own_body: bool) -> String {
    let is_new = |line: &&String| !is_own_body || !body.lines().any(|known| known == line.as_str());
    let people: Vec<&str> = people.iter().filter(is_new).map(String::as_str).collect();
    let people = people.join("\n");
    if people.is_empty() || body.is_empty() {
        return format!("{body}{people}");
    }
    if !is_own_body {
        return format!("{body}\n\n{SEPARATOR}\n\n{people}");
    }
    let has_trailers = !trailers(&format!("x\n\n{body}")).is_empty();
    let gap = if has_trailers { "\n" } else { "\n\n" };
    format!("{body}{gap}{people}")
}

#[cfg(test)]
mod tests {
    use super::super::tests::{commit, request};
    use super::super::{PredictedMessage, predicted_message};
    use super::*;
    use crate::config::MergeMethod;

    fn settings(squash_title: SquashTitle, squash_body: SquashBody) -> MergeSettings {
        MergeSettings {
            squash_title,
            squash_body,
            ..MergeSettings::default()
        }
    }

    fn squash(
        settings: &MergeSettings,
        request: &PullRequest,
        commits: &[SquashedCommit],
    ) -> PredictedMessage {
        predicted_message(MergeMethod::Squash, settings, request, commits)
    }

    fn numbered(title: &str, body: &str) -> PullRequest {
        PullRequest {
            number: Some(7),
            ..request(title, body)
        }
    }

    #[test]
    fn squash_has_title_number_and_description() {
        let settings = settings(SquashTitle::Title, SquashBody::Description);
        let commits = [commit("Ada", "wip"), commit("Ada", "wip 2")];
        let message = squash(
            &settings,
            &numbered("feat: a", "Why.\r\n\r\nChange: x"),
            &commits,
        );
        assert_eq!(message.text, "feat: a (#7)\n\nWhy.\n\nChange: x");
        assert_eq!(
            squash(&settings, &request("feat: a", ""), &commits).text,
            "feat: a"
        );
    }

    #[test]
    fn commits_are_a_list_without_merges_and_with_people_below() {
        let settings = settings(SquashTitle::CommitOrTitle, SquashBody::Commits);
        let merge = SquashedCommit {
            is_merge: true,
            ..commit("Ada", "Merge branch 'main'")
        };
        let commits = [
            commit("Ada", "feat: a\n\nwhy\n\nSigned-off-by: Ada <a@x>"),
            merge,
            commit("Bo", "fix: b\n\nCo-authored-by: Cy <cy@x>"),
        ];
        assert_eq!(
            squash(&settings, &numbered("feat: c", "unused"), &commits).text,
            "feat: c (#7)\n\n* feat: a\n\nwhy\n\nSigned-off-by: Ada <a@x>\n\n* fix: b\n\n\
             Co-authored-by: Cy <cy@x>\n\n---------\n\nSigned-off-by: Ada <a@x>\n\
             Co-authored-by: Bo <bo@example.com>\nCo-authored-by: Cy <cy@x>"
        );
    }

    #[test]
    fn message_of_the_only_commit_is_taken() {
        let default = settings(SquashTitle::CommitOrTitle, SquashBody::Commits);
        let commits = [commit("Ada", "fix: b\n\nwhy\n\nChange: x")];
        let request = numbered("feat: a", "unused");
        assert_eq!(
            squash(&default, &request, &commits).text,
            "fix: b (#7)\n\nwhy\n\nChange: x"
        );
        let titled = settings(SquashTitle::Title, SquashBody::Commits);
        assert_eq!(
            squash(&titled, &request, &commits).text,
            "feat: a (#7)\n\n* fix: b\n\nwhy\n\nChange: x"
        );
    }

    #[test]
    fn people_continue_the_trailers_of_the_only_commit() {
        let settings = settings(SquashTitle::CommitOrTitle, SquashBody::Commits);
        let commits = [commit(
            "Ada",
            "fix: b\n\nChange: x\nCo-authored-by: Cy <cy@x>",
        )];
        let squash = Squash {
            settings: &settings,
            request: &request("a", ""),
            commits: &commits,
        };
        assert_eq!(
            squash.message(People::All),
            "fix: b\n\nChange: x\nCo-authored-by: Cy <cy@x>\nCo-authored-by: Ada <ada@example.com>"
        );
    }

    #[test]
    fn blank_squash_names_only_people() {
        let settings = settings(SquashTitle::Title, SquashBody::Nothing);
        let commits = [commit("Ada", "wip\n\nChange: x"), commit("Bo", "wip")];
        assert_eq!(
            squash(&settings, &request("feat: a", "unused"), &commits).text,
            "feat: a\n\nCo-authored-by: Bo <bo@example.com>"
        );
    }

    #[test]
    fn people_matter_only_if_they_hide_a_trailer() {
        let settings = settings(SquashTitle::Title, SquashBody::Description);
        let commits = [commit("Ada", "wip")];
        let depends = |body: &str| {
            let message = squash(&settings, &request("feat: a", body), &commits);
            message.depends_on
        };
        assert_eq!(depends("why\n\nChange: x"), [""; 0]);
        assert_eq!(
            depends("why\n\nChange: x\n\nReviewed-by: Bo <bo@x>"),
            ["who opened the pull request"]
        );
    }
}

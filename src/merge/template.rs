//! The message that a template of GitLab gives, by the rules of GitLab's
//! `lib/gitlab/merge_requests/message_generator.rb` and its page "Commit message templates".
//!
//! A line with nothing but a variable without a value is left out. Commits are listed newest first,
//! without merges.

use regex::{Captures, Regex, escape};

use super::{PullRequest, SquashedCommit, Variant};

/// The maximum number of commits that GitLab lists.
const MAX_COMMITS: usize = 100;

/// The variables of GitLab.
const VARIABLES: [&str; 17] = [
    "source_branch",
    "target_branch",
    "title",
    "issues",
    "description",
    "reference",
    "local_reference",
    "source_project_id",
    "first_commit",
    "first_multiline_commit",
    "url",
    "reviewed_by",
    "approved_by",
    "merged_by",
    "co_authored_by",
    "all_commits",
    "commits_count",
];

/// A template with the values that its variables get.
pub(super) struct Rendering<'a> {
    pub(super) template: &'a str,
    pub(super) request: &'a PullRequest,
    /// The oldest first.
    pub(super) commits: &'a [SquashedCommit],
}

/// The value of a variable.
enum Value {
    Known(String),
    /// Only GitLab knows it; values such as these are possible.
    Unknown(Vec<&'static str>),
}

impl Rendering<'_> {
    /// The expected message, and those with possible values of unknown variables. In the expected
    /// one, such a variable stays, or is empty if it can be.
    pub(super) fn variants(&self) -> (String, Vec<Variant>) {
        let mut variants = Vec::new();
        for name in VARIABLES {
            if !self.template.contains(&format!("%{{{name}}}")) {
                continue;
            }
            if let Value::Unknown(samples) = self.value(name) {
                variants.extend(samples.into_iter().map(|sample| Variant {
                    rests_on: format!("`%{{{name}}}`"),
                    text: self.render(Some((name, sample))),
                }));
            }
        }
        (self.render(None), variants)
    }

    /// The message, with a value for one of the unknown variables.
    fn render(&self, chosen: Option<(&str, &str)>) -> String {
        let value = |name: &str| match (self.value(name), chosen) {
            (Value::Known(value), _) => value,
            (Value::Unknown(_), Some((known, value))) if known == name => value.to_owned(),
            (Value::Unknown(samples), _) if samples.contains(&"") => String::new(),
            (Value::Unknown(_), _) => format!("%{{{name}}}"),
        };
        let mut text = self.template.replace('\r', "");
        let empty: Vec<String> = VARIABLES
            .into_iter()
            .filter(|name| text.contains(&format!("%{{{name}}}")) && value(name).trim().is_empty())
            .map(|name| escape(&format!("%{{{name}}}")))
            .collect();
        if !empty.is_empty() {
            let names = empty.join("|");
            let paragraph = pattern(&format!(r"\n\n(?:{names})(\n\n|\n\z|\z)"));
            text = paragraph.replace_all(&text, "$1").into_owned();
            let line = pattern(&format!(r"(?m)^(?:{names})\n"));
            text = line.replace_all(&text, "").into_owned();
        }
        let variable = pattern(&format!(r"%\{{({})\}}", VARIABLES.join("|")));
        let text = variable.replace_all(&text, |found: &Captures<'_>| value(&found[1]));
        text.trim().to_owned()
    }

    fn value(&self, name: &str) -> Value {
        let request = self.request;
        let branch = |branch: &Option<String>| {
            branch
                .clone()
                .map_or(Value::Unknown(vec!["topic"]), Value::Known)
        };
        let local = request.number.map(|number| format!("!{number}"));
        match name {
            "title" => Value::Known(request.title.clone()),
            "description" => Value::Known(request.body.clone()),
            "source_branch" => branch(&request.source_branch),
            "target_branch" => branch(&request.target_branch),
            "first_commit" => Value::Known(self.first_commit()),
            "first_multiline_commit" => Value::Known(self.first_multiline_commit()),
            "all_commits" => Value::Known(self.all_commits()),
            "commits_count" => Value::Known(self.commits.len().to_string()),
            "local_reference" => local.map_or(Value::Unknown(vec!["!1"]), Value::Known),
            "reference" => match (&request.project, local) {
                (Some(project), Some(local)) => Value::Known(format!("{project}{local}")),
                _ => Value::Unknown(vec!["group/project!1"]),
            },
            "issues" => Value::Unknown(vec!["", "Closes #1"]),
            "approved_by" => Value::Unknown(vec!["", "Approved-by: A <a@example.com>"]),
            "reviewed_by" => Value::Unknown(vec!["", "Reviewed-by: A <a@example.com>"]),
            "co_authored_by" => Value::Unknown(vec!["", "Co-authored-by: A <a@example.com>"]),
            "merged_by" => Value::Unknown(vec!["A <a@example.com>"]),
            "url" => Value::Unknown(vec!["https://gitlab.example.com/a/b/-/merge_requests/1"]),
            _ => Value::Unknown(vec!["1"]),
        }
    }

    fn first_commit(&self) -> String {
        self.commits
            .first()
            .map_or_else(String::new, |commit| commit.message.clone())
    }

    fn first_multiline_commit(&self) -> String {
        let mut commits = self.commits.iter().filter(|commit| !commit.is_merge);
        let found = commits.find(|commit| !commit.body().is_empty());
        found.map_or_else(
            || self.request.title.clone(),
            |commit| commit.message.clone(),
        )
    }

    fn all_commits(&self) -> String {
        let recent = self.commits.iter().rev().take(MAX_COMMITS);
        let items: Vec<String> = recent
            .filter(|commit| !commit.is_merge)
            .map(|commit| format!("* {}", commit.message))
            .collect();
        items.join("\n\n")
    }
}

/// A pattern that is made of the names of variables.
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the names of variables are escaped")
}

#[cfg(test)]
mod tests {
    use super::super::tests::{commit, request};
    use super::super::{PredictedMessage, predicted_message};
    use super::*;
    use crate::config::{MergeMethod, MergeSettings};

    fn message(template: &str, request: &PullRequest) -> PredictedMessage {
        let commits = [
            commit("Ada", "wip"),
            commit("Ada", "fix: b\n\nwhy"),
            SquashedCommit {
                is_merge: true,
                ..commit("Ada", "Merge branch 'main'")
            },
        ];
        let settings = MergeSettings {
            template: Some(template.into()),
            ..MergeSettings::default()
        };
        predicted_message(MergeMethod::Squash, &settings, request, &commits)
    }

    #[test]
    fn known_variables_get_their_values() {
        let request = PullRequest {
            number: Some(7),
            source_branch: Some("topic".into()),
            target_branch: Some("main".into()),
            project: Some("shop/billing".into()),
            ..request("feat: a", "Why %{title}.")
        };
        for (template, expected) in [
            ("%{title}\r\n\r\n%{description}", "feat: a\n\nWhy %{title}."),
            ("%{title} (%{local_reference})", "feat: a (!7)"),
            (
                "%{title}\n\nSee %{reference}",
                "feat: a\n\nSee shop/billing!7",
            ),
            (
                "Merge %{source_branch} into %{target_branch}",
                "Merge topic into main",
            ),
            ("%{first_commit}", "wip"),
            ("%{first_multiline_commit}", "fix: b\n\nwhy"),
            (
                "%{title}\n\n%{all_commits}",
                "feat: a\n\n* fix: b\n\nwhy\n\n* wip",
            ),
            (
                "%{title}: %{commits_count} commits, %{unknown}",
                "feat: a: 3 commits, %{unknown}",
            ),
        ] {
            let message = message(template, &request);
            assert_eq!(message.text, expected, "{template}");
            assert_eq!(message.depends_on, [""; 0], "{template}");
        }
    }

    #[test]
    fn line_of_a_variable_without_value_is_left_out() {
        let request = request("feat: a", "");
        for (template, expected) in [
            (
                "%{title}\n\n%{description}\n\nChange: x",
                "feat: a\n\nChange: x",
            ),
            ("%{title}\n\n%{description}", "feat: a"),
            ("%{title}\n\nA\n%{description}\nB", "feat: a\n\nA\nB"),
            ("%{title} %{description}.", "feat: a ."),
        ] {
            assert_eq!(message(template, &request).text, expected, "{template}");
        }
    }

    #[test]
    fn unknown_variable_is_named_if_the_message_depends_on_it() {
        let request = request("feat: a", "why\n\nChange: x");
        for (template, depends_on) in [
            (
                "%{title}\n\n%{description}\nMerged-by: %{merged_by}",
                &[][..],
            ),
            ("%{title}\n\n%{url}\n\n%{description}", &[]),
            ("%{title}\n\n%{description}\n\n%{reviewed_by}", &[]),
            (
                "%{title}\n\n%{description}\n\n%{approved_by}",
                &["`%{approved_by}`"],
            ),
            ("%{issues} %{title}", &["`%{issues}`"]),
        ] {
            assert_eq!(
                message(template, &request).depends_on,
                depends_on,
                "{template}"
            );
        }
    }
}

//! The branch that a CI job is about, as the CI service describes it in the job's environment.
//!
//! A service is one function here, such as `github` and `gitlab`.
//!
//! A pull request is checked as it would be merged: if the commit of the job (`GITHUB_SHA`) is the
//! service's merge, the first parent is the tip of the base. What names the base comes from the
//! service alone, never from the branch: a HEAD that the service did not name is refused, since
//! anybody can push a merge that looks like one of the service.

use serde_json::Value as Json;

use crate::cli::base_and_head::Revisions;
use crate::commit::Id;
use crate::error::{Error, Result};
use crate::git::Repository;
use crate::source::shell_command;

/// The event that a CI job runs for. It names commits and branches by their IDs and names, never by
/// revision syntax.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CiEvent {
    base: Base,
    /// The tip that is checked.
    head: Id,
    /// The commit that people reviewed, if the head is the service's merge of it.
    reviewed_head: ReviewedHead,
    /// The commit that the service checks out for the job, with the variable that names it.
    job: Option<(&'static str, Id)>,
    /// Whether the job's commit may be the service's merge of the head into the base.
    has_merge: bool,
}

/// The branch or commit that the branch is merged into.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Base {
    Commit(Id),
    /// The branch of this name, as it was fetched.
    Branch(String),
}

/// The commit that people reviewed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum ReviewedHead {
    /// The head.
    Head,
    /// The commit that the head merges into the base, if the head is such a merge.
    SecondParent,
    /// This commit.
    Commit(Id),
}

const ZERO: &str = "0000000000000000000000000000000000000000";

impl CiEvent {
    /// Reads the environment of the job; `None` outside a job, for a service that isn't supported,
    /// and for an event without a branch to check.
    ///
    /// `file` reads the file in which GitHub describes the event.
    ///
    /// # Errors
    ///
    /// Fails if the event cannot be understood.
    pub(super) fn read(
        variable: impl Fn(&str) -> Option<String>,
        file: impl Fn(&str) -> Result<String>,
    ) -> Result<Option<Self>> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        if variable("GITHUB_ACTIONS").is_some() {
            let Some(path) = variable("GITHUB_EVENT_PATH") else {
                return Ok(None);
            };
            let event: Json = serde_json::from_str(&file(&path)?).map_err(|error| {
                Error::file(
                    format!("`{path}` is not valid JSON"),
                    "GITHUB_EVENT_PATH is set to this file",
                )
                .with_source(error)
            })?;
            github(&variable, &event)
        } else if variable("GITLAB_CI").is_some() {
            gitlab(&variable)
        } else {
            Ok(None)
        }
    }

    /// The tip of the branch that the event's branch is merged into.
    ///
    /// # Errors
    ///
    /// Fails if it isn't in the clone.
    pub(super) fn base(&self, repository: &Repository) -> Result<Id> {
        self.base.commit(repository)
    }

    /// The revisions of the event's branch.
    ///
    /// # Errors
    ///
    /// Fails if a commit isn't in the clone, and if HEAD isn't what the event names.
    pub(super) fn revisions(&self, repository: &Repository) -> Result<Revisions> {
        let tip = repository.resolve("HEAD")?;
        let head = require_fetched(repository, self.head)?;
        let is_of_job = self.job.is_some_and(|(_, job)| job == tip);
        if tip != head && !is_of_job {
            return Err(self.mismatch(
                tip,
                "HEAD is neither the event's commit nor the job's commit",
            ));
        }
        if self.has_merge && tip != head {
            return match repository.parents(tip)?.as_slice() {
                [base, second] if *second == head => Ok(Revisions {
                    base: *base,
                    head: tip,
                    reviewed_head: head,
                }),
                _ => Err(self.mismatch(tip, "HEAD is not a merge of the event's commit")),
            };
        }
        let base = self.base(repository)?;
        let reviewed_head = match self.reviewed_head {
            ReviewedHead::Head => head,
            ReviewedHead::Commit(id) => require_fetched(repository, id)?,
            ReviewedHead::SecondParent => match repository.parents(head)?.as_slice() {
                [first, second] if *first == base => *second,
                _ => head,
            },
        };
        Ok(Revisions {
            base,
            head,
            reviewed_head,
        })
    }

    fn mismatch(&self, tip: Id, fact: &str) -> Error {
        let job = self
            .job
            .map(|(name, id)| format!(", `{name}` is {}", id.short()))
            .unwrap_or_default();
        Error::usage(
            format!(
                "{fact}: HEAD is {}, the event names {}{job}",
                tip.short(),
                self.head.short()
            ),
            "check out the job's commit, or pass `--base` and `--head`",
        )
    }
}

impl Base {
    fn commit(&self, repository: &Repository) -> Result<Id> {
        match self {
            Self::Commit(id) => require_fetched(repository, *id),
            Self::Branch(name) => {
                let reference = format!("refs/remotes/origin/{name}");
                repository
                    .find_commit(&reference)?
                    .ok_or_else(|| not_fetched(&reference, &format!("{name}:{reference}")))
            }
        }
    }
}

/// The commit that an object is or that a tag leads to, if the clone has it.
fn require_fetched(repository: &Repository, id: Id) -> Result<Id> {
    let name = id.to_string();
    if !repository.has_object(id) {
        return Err(not_fetched(&name, &name));
    }
    repository.resolve(&name)
}

fn not_fetched(name: &str, remote: &str) -> Error {
    let command = shell_command!("git fetch origin {remote}", remote);
    Error::usage(
        format!("`{name}` is not in this clone"),
        format!("run `{command}`"),
    )
}

/// The id of a commit that a service names in `place`; revision syntax, and names of references,
/// are refused.
fn commit_id(place: &str, text: &str) -> Result<Id> {
    Id::from_hex(text.as_bytes()).ok_or_else(|| {
        Error::usage(
            format!("`{place}` is `{text}`, not a commit ID"),
            "pass `--base` and `--head`",
        )
    })
}

/// A branch whose name is in the variable `place` of a service.
fn branch(place: &str, name: String) -> Result<Base> {
    if Repository::is_branch_name(&name) {
        return Ok(Base::Branch(name));
    }
    Err(Error::usage(
        format!("`{place}` is `{name}`, not a branch name"),
        "pass `--base` and `--head`",
    ))
}

fn github(variable: &impl Fn(&str) -> Option<String>, event: &Json) -> Result<Option<CiEvent>> {
    let Some(name) = variable("GITHUB_EVENT_NAME") else {
        return Ok(None);
    };
    let text = |pointer: &str| {
        event
            .pointer(pointer)
            .and_then(Json::as_str)
            .map(str::to_owned)
    };
    let (base, head) = match name.as_str() {
        "pull_request" | "pull_request_review" | "pull_request_target" => {
            ("/pull_request/base/sha", "/pull_request/head/sha")
        }
        "merge_group" => ("/merge_group/base_sha", "/merge_group/head_sha"),
        "push" => ("/before", "/after"),
        _ => return Ok(None),
    };
    let (Some(before), Some(after)) = (text(base), text(head)) else {
        return Ok(None);
    };
    if after == ZERO {
        return Err(Error::usage(
            "the push deletes a branch, so there is nothing to check",
            "skip the job for deletions",
        ));
    }
    // The first push of a branch has no commit before it; the branch left the default branch.
    let base = match text("/repository/default_branch") {
        _ if before != ZERO => Base::Commit(commit_id(base, &before)?),
        Some(default) if text("/ref") != Some(format!("refs/heads/{default}")) => {
            branch("/repository/default_branch", default)?
        }
        _ => return Ok(None),
    };
    let job = variable("GITHUB_SHA")
        .map(|sha| commit_id("GITHUB_SHA", &sha))
        .transpose()?;
    Ok(Some(CiEvent {
        base,
        head: commit_id(head, &after)?,
        reviewed_head: if name == "merge_group" {
            ReviewedHead::SecondParent
        } else {
            ReviewedHead::Head
        },
        job: job.map(|job| ("GITHUB_SHA", job)),
        has_merge: matches!(name.as_str(), "pull_request" | "pull_request_review"),
    }))
}

fn gitlab(variable: &impl Fn(&str) -> Option<String>) -> Result<Option<CiEvent>> {
    const TARGET: &str = "CI_MERGE_REQUEST_TARGET_BRANCH_SHA";
    const TARGET_NAME: &str = "CI_MERGE_REQUEST_TARGET_BRANCH_NAME";
    const SOURCE: &str = "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA";
    const COMMIT: &str = "CI_COMMIT_SHA";
    let id = |name: &str| {
        variable(name)
            .map(|text| commit_id(name, &text))
            .transpose()
    };
    let base = match (id(TARGET)?, variable(TARGET_NAME)) {
        (Some(target), _) => Base::Commit(target),
        (None, Some(name)) => branch(TARGET_NAME, name)?,
        (None, None) => return Ok(None),
    };
    let Some(head) = id(COMMIT)? else {
        return Ok(None);
    };
    let reviewed_head = id(SOURCE)?.map_or(ReviewedHead::Head, ReviewedHead::Commit);
    Ok(Some(CiEvent {
        base,
        head,
        reviewed_head,
        job: Some((COMMIT, head)),
        has_merge: false,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)], payload: &str) -> Result<Option<CiEvent>> {
        let variable = |name: &str| {
            variables
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        };
        CiEvent::read(variable, |_| Ok(payload.to_owned()))
    }

    fn event(variables: &[(&str, &str)], payload: &str) -> Option<CiEvent> {
        read(variables, payload).unwrap()
    }

    fn id(digit: char) -> Id {
        digits(digit).parse().unwrap()
    }

    fn digits(digit: char) -> String {
        digit.to_string().repeat(40)
    }

    /// The event of a job on GitHub; in the payload each `$b` is replaced with forty `b`.
    fn on_github(name: &str, payload: &str) -> Result<Option<CiEvent>> {
        let payload = ['a', 'b', 'c', '0']
            .iter()
            .fold(payload.to_owned(), |payload, digit| {
                payload.replace(&format!("${digit}"), &digits(*digit))
            });
        let sha = digits('c');
        let variables = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", name),
            ("GITHUB_EVENT_PATH", "event.json"),
            ("GITHUB_SHA", &sha),
        ];
        read(&variables, &payload)
    }

    /// The event from `b` to `a` of a job whose commit is `c`.
    fn from_b_to_a() -> CiEvent {
        let (base, job) = (Base::Commit(id('b')), Some(("GITHUB_SHA", id('c'))));
        CiEvent {
            base,
            head: id('a'),
            reviewed_head: ReviewedHead::Head,
            job,
            has_merge: false,
        }
    }

    const PULL_REQUEST: &str =
        r#"{ "pull_request": { "base": { "sha": "$b" }, "head": { "sha": "$a" } } }"#;

    #[test]
    fn a_pull_request_names_its_base_and_its_head() {
        let merged = CiEvent {
            has_merge: true,
            ..from_b_to_a()
        };
        for name in ["pull_request", "pull_request_review"] {
            assert_eq!(
                on_github(name, PULL_REQUEST).unwrap().as_ref(),
                Some(&merged)
            );
        }
        assert_eq!(
            on_github("pull_request_target", PULL_REQUEST).unwrap(),
            Some(from_b_to_a())
        );
    }

    #[test]
    fn a_merge_queue_and_a_push_name_theirs() {
        let payload = r#"{ "merge_group": { "base_sha": "$b", "head_sha": "$a" } }"#;
        let queued = CiEvent {
            reviewed_head: ReviewedHead::SecondParent,
            ..from_b_to_a()
        };
        assert_eq!(on_github("merge_group", payload).unwrap(), Some(queued));
        assert_eq!(
            on_github("push", r#"{ "before": "$b", "after": "$a" }"#).unwrap(),
            Some(from_b_to_a())
        );
    }

    #[test]
    fn first_push_is_compared_with_default_branch() {
        let payload = |name: &str| {
            let repository = r#""repository": { "default_branch": "main" }"#;
            format!(
                r#"{{ "before": "$0", "after": "$a", "ref": "refs/heads/{name}", {repository} }}"#
            )
        };
        let expected = CiEvent {
            base: Base::Branch("main".into()),
            ..from_b_to_a()
        };
        assert_eq!(
            on_github("push", &payload("topic")).unwrap(),
            Some(expected)
        );
        assert_eq!(on_github("push", &payload("main")).unwrap(), None);
        assert_eq!(
            on_github("push", r#"{ "before": "$0", "after": "$a" }"#).unwrap(),
            None
        );
        let deletion = on_github("push", r#"{ "before": "$b", "after": "$0" }"#);
        assert_eq!(
            deletion.unwrap_err().to_string(),
            "the push deletes a branch, so there is nothing to check"
        );
    }

    #[test]
    fn revision_syntax_in_an_event_is_refused() {
        for value in [
            "main", "HEAD^1", "$b~1", "main@{1}", ":/fix", "$b..$a", "-x", "$B",
        ] {
            let refused =
                |name, payload: String| on_github(name, &payload).unwrap_err().exit_code();
            assert_eq!(
                refused("pull_request", PULL_REQUEST.replace("$b", value)),
                2,
                "{value}"
            );
            assert_eq!(
                refused(
                    "push",
                    format!(r#"{{ "before": "$b", "after": "{value}" }}"#)
                ),
                2,
                "{value}"
            );
            let gitlab = |name| {
                read(
                    &[
                        ("GITLAB_CI", "true"),
                        ("CI_COMMIT_SHA", &digits('a')),
                        (name, value),
                    ],
                    "",
                )
            };
            assert!(
                gitlab("CI_MERGE_REQUEST_TARGET_BRANCH_SHA").is_err(),
                "{value}"
            );
        }
        let named = |name| {
            read(
                &[
                    ("GITLAB_CI", "true"),
                    ("CI_COMMIT_SHA", &digits('a')),
                    ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", name),
                ],
                "",
            )
        };
        for name in [
            "main^1", "main~2", "main@{1}", ":/x", "a..b", "a b", "/x", "x.lock",
        ] {
            assert!(named(name).is_err(), "{name}");
        }
        assert!(named("release/1.x").is_ok());
    }

    #[test]
    fn a_merge_request_names_its_target() {
        let [a, b, c] = ['a', 'b', 'c'].map(digits);
        let known = [
            ("GITLAB_CI", "true"),
            ("CI_COMMIT_SHA", &*a),
            ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
        ];
        let job = Some(("CI_COMMIT_SHA", id('a')));
        let expected = CiEvent {
            base: Base::Branch("main".into()),
            job,
            ..from_b_to_a()
        };
        assert_eq!(event(&known, ""), Some(expected));
        let merged = [&known[..], &[("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", &*b)]].concat();
        assert_eq!(event(&merged, "").unwrap().base, Base::Commit(id('b')));
        let of_results = [&merged[..], &[("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", &*c)]].concat();
        assert_eq!(
            event(&of_results, "").unwrap().reviewed_head,
            ReviewedHead::Commit(id('c'))
        );
    }

    #[test]
    fn unknown_ci_service_has_no_event() {
        assert_eq!(event(&[], ""), None);
        assert_eq!(on_github("workflow_dispatch", "{}").unwrap(), None);
    }
}

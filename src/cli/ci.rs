//! Which branch a CI job judges, as its service says it in the environment.
//!
//! A pull request is judged as it would be merged: where the service has made that merge, its first parent is the tip of
//! the base. What names the base comes from the service alone, never from the branch.

use serde_json::Value as Json;

use crate::commit::Id;
use crate::error::{Error, Result};
use crate::git::Repository;

/// The two ends of a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ends {
    /// The tip of what it is merged into.
    pub(super) base: Id,
    /// Its tip as it is judged.
    pub(super) head: Id,
    /// Its own tip, which people look at: what a merge that the service made brings in.
    pub(super) own: Id,
}

/// What a CI job knows: its environment, and the event that it runs for.
#[derive(Debug, Default)]
pub(super) struct Job {
    event: Option<Event>,
}

/// What a job runs for, by names of commits as the service writes them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Event {
    base: String,
    /// `None`: HEAD.
    head: Option<String>,
    /// What people looked at, where the head is the service's merge of it.
    own: Own,
}

/// What people looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Own {
    /// The head.
    Head,
    /// What the head merges into the base, where it is such a merge.
    SecondParent,
    /// The commit of this name.
    Named(String),
}

const ZERO: &str = "0000000000000000000000000000000000000000";

impl Job {
    /// Reads what the environment says; a job of an unknown service, and no job at all, know nothing.
    ///
    /// `file` reads the file in which GitHub describes the event. Fails where that cannot be understood.
    pub(super) fn read(
        variable: impl Fn(&str) -> Option<String>,
        file: impl Fn(&str) -> Result<String>,
    ) -> Result<Self> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let event = if variable("GITHUB_ACTIONS").is_some() {
            let Some(path) = variable("GITHUB_EVENT_PATH") else { return Ok(Self::default()) };
            let event: Json = serde_json::from_str(&file(&path)?).map_err(|error| {
                Error::file(format!("`{path}` is no JSON"), "GITHUB_EVENT_PATH names the event of the job")
                    .because(error)
            })?;
            github(variable("GITHUB_EVENT_NAME").as_deref(), &event)
        } else if variable("GITLAB_CI").is_some() {
            gitlab(&variable)
        } else {
            None
        };
        Ok(Self { event })
    }

    /// The ends of the branch: those that are given, and else those of the job.
    ///
    /// Fails where neither says what the base is, and where a commit is not there.
    pub(super) fn ends(&self, repository: &Repository, base: Option<&str>, head: Option<&str>) -> Result<Ends> {
        let known = self.event.as_ref().filter(|_| base.is_none());
        let known_head = known.and_then(|event| event.head.as_deref());
        if let (None, Some(own)) = (head, known_head)
            && let Some(ends) = made_merge(repository, own)?
        {
            return Ok(ends);
        }
        let base = base.or(known.map(|event| event.base.as_str())).ok_or_else(|| {
            Error::usage("nothing says what the branch is merged into", "name it: `--base origin/main`")
        })?;
        let base = resolve(repository, base)?;
        let own = known.filter(|_| head.is_none()).map_or(&Own::Head, |event| &event.own);
        let head = resolve(repository, head.or(known_head).unwrap_or("HEAD"))?;
        let own = match own {
            Own::Head => head,
            Own::Named(name) => resolve(repository, name)?,
            Own::SecondParent => match repository.parents(head)?.as_slice() {
                [first, second] if *first == base => *second,
                _ => head,
            },
        };
        Ok(Ends { base, head, own })
    }
}

/// The merge of `head` into its base that HEAD is, where the service has made one and checked it out.
fn made_merge(repository: &Repository, head: &str) -> Result<Option<Ends>> {
    let tip = repository.resolve("HEAD")?;
    Ok(match repository.parents(tip)?.as_slice() {
        [base, second] if second.to_string() == head => Some(Ends { base: *base, head: tip, own: *second }),
        _ => None,
    })
}

fn resolve(repository: &Repository, name: &str) -> Result<Id> {
    repository.resolve(name).map_err(|error| {
        let remote = name.strip_prefix("refs/remotes/origin/").unwrap_or(name);
        Error::usage(format!("`{name}` is not in this clone"), format!("git fetch origin {remote}")).because(error)
    })
}

fn github(name: Option<&str>, event: &Json) -> Option<Event> {
    let text = |pointer: &str| event.pointer(pointer).and_then(Json::as_str).map(str::to_owned);
    let (base, head) = match name? {
        "pull_request" | "pull_request_target" => ("/pull_request/base/sha", "/pull_request/head/sha"),
        "merge_group" => ("/merge_group/base_sha", "/merge_group/head_sha"),
        "push" => ("/before", "/after"),
        _ => return None,
    };
    let base = text(base).filter(|base| base != ZERO)?;
    let own = if name == Some("merge_group") { Own::SecondParent } else { Own::Head };
    Some(Event { base, head: text(head), own })
}

fn gitlab(variable: &impl Fn(&str) -> Option<String>) -> Option<Event> {
    let target = || Some(format!("refs/remotes/origin/{}", variable("CI_MERGE_REQUEST_TARGET_BRANCH_NAME")?));
    let base = variable("CI_MERGE_REQUEST_TARGET_BRANCH_SHA").or_else(target)?;
    let own = variable("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA").map_or(Own::Head, Own::Named);
    Some(Event { base, head: variable("CI_COMMIT_SHA"), own })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(variables: &[(&str, &str)], payload: &str) -> Option<Event> {
        let variable =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Job::read(variable, |_| Ok(payload.to_owned())).unwrap().event
    }

    fn on_github(name: &str, payload: &str) -> Option<Event> {
        event(&[("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_NAME", name), ("GITHUB_EVENT_PATH", "event.json")], payload)
    }

    fn named(base: &str, head: &str) -> Option<Event> {
        Some(Event { base: base.into(), head: Some(head.into()), own: Own::Head })
    }

    #[test]
    fn a_pull_request_names_its_base_and_its_head() {
        let payload = r#"{ "pull_request": { "base": { "sha": "b" }, "head": { "sha": "h" } } }"#;
        assert_eq!(on_github("pull_request", payload), named("b", "h"));
    }

    #[test]
    fn a_merge_queue_and_a_push_name_theirs() {
        let payload = r#"{ "merge_group": { "base_sha": "b", "head_sha": "h" } }"#;
        let queued = Event { own: Own::SecondParent, ..named("b", "h").unwrap() };
        assert_eq!(on_github("merge_group", payload), Some(queued));
        assert_eq!(on_github("push", r#"{ "before": "b", "after": "h" }"#), named("b", "h"));
    }

    #[test]
    fn the_first_push_of_a_branch_names_no_base() {
        assert_eq!(on_github("push", &format!(r#"{{ "before": "{ZERO}", "after": "h" }}"#)), None);
    }

    #[test]
    fn a_merge_request_names_its_target() {
        let known = [("GITLAB_CI", "true"), ("CI_COMMIT_SHA", "h"), ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main")];
        assert_eq!(event(&known, ""), named("refs/remotes/origin/main", "h"));
        let merged = [&known[..], &[("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", "b")]].concat();
        assert_eq!(event(&merged, ""), named("b", "h"));
        let of_results = [&merged[..], &[("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "s")]].concat();
        assert_eq!(event(&of_results, "").unwrap().own, Own::Named("s".into()));
    }

    #[test]
    fn elsewhere_nothing_is_known() {
        assert_eq!(event(&[], ""), None);
        assert_eq!(on_github("workflow_dispatch", "{}"), None);
    }
}

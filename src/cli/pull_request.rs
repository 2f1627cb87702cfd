//! The pull request of a CI job: its title, its description, and what the message of a squash may
//! also contain.

use serde_json::Value as Json;

use crate::app::gate::PullRequest;
use crate::error::{Error, Result};

/// The pull request of the event of a job in GitHub Actions; `None` if the event is that of
/// something else, such as a merge queue, whose commits exist already.
///
/// `file` reads the file in which GitHub describes the event.
///
/// # Errors
///
/// Fails outside GitHub Actions, and if the event cannot be understood.
pub(super) fn pull_request_of_event(
    variable: impl Fn(&str) -> Option<String>,
    file: impl Fn(&str) -> Result<String>,
) -> Result<Option<PullRequest>> {
    let Some(path) = variable("GITHUB_EVENT_PATH") else {
        return Err(Error::usage(
            "`--event` needs the event of a job in GitHub Actions, and GITHUB_EVENT_PATH is not set",
            "pass `--title` and `--body-file`",
        ));
    };
    let event: Json = serde_json::from_str(&file(&path)?).map_err(|error| {
        Error::file(
            format!("`{path}` is not valid JSON"),
            "GITHUB_EVENT_PATH is set to this file",
        )
        .with_source(error)
    })?;
    let Some(request) = event.get("pull_request").filter(|found| found.is_object()) else {
        return Ok(None);
    };
    let text = |pointer: &str| request.pointer(pointer).and_then(Json::as_str);
    let Some(title) = text("/title") else {
        return Err(Error::file(
            format!("`{path}` has a pull request without a title"),
            "GITHUB_EVENT_PATH is set to this file",
        ));
    };
    let mut found = PullRequest::new(title, text("/body").unwrap_or_default())?;
    found.number = request.get("number").and_then(Json::as_u64);
    // GitHub names the owner of the branch in the message of a merge commit.
    let owner = text("/head/user/login");
    found.source_branch = text("/head/ref").map(|branch| match owner {
        Some(owner) => format!("{owner}/{branch}"),
        None => branch.to_owned(),
    });
    found.target_branch = text("/base/ref").map(str::to_owned);
    found.is_by_bot = text("/user/type") == Some("Bot");
    Ok(Some(found))
}

/// Adds what a job of GitLab knows about its merge request.
pub(super) fn add_gitlab_variables(
    request: &mut PullRequest,
    variable: impl Fn(&str) -> Option<String>,
) {
    if variable("GITLAB_CI").is_none() {
        return;
    }
    request.source_branch = variable("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME");
    request.target_branch = variable("CI_MERGE_REQUEST_TARGET_BRANCH_NAME");
    request.project = variable("CI_MERGE_REQUEST_PROJECT_PATH");
    let number = variable("CI_MERGE_REQUEST_IID").and_then(|number| number.parse().ok());
    request.number = request.number.or(number);
    request.remove_draft_mark();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(payload: &str) -> Result<Option<PullRequest>> {
        let variable = |name: &str| (name == "GITHUB_EVENT_PATH").then(|| "event.json".to_owned());
        pull_request_of_event(variable, |_| Ok(payload.to_owned()))
    }

    #[test]
    fn event_has_title_description_and_number() {
        let payload = r#"{ "pull_request": { "number": 7, "title": "feat: \"a\" `$(x)`", "body": "b\r\nc",
            "user": { "type": "Bot" }, "head": { "ref": "topic", "user": { "login": "ada" } }, "base": { "ref": "main" } } }"#;
        let mut expected = PullRequest::new("feat: \"a\" `$(x)`", "b\nc").unwrap();
        expected.number = Some(7);
        expected.source_branch = Some("ada/topic".into());
        expected.target_branch = Some("main".into());
        expected.is_by_bot = true;
        assert_eq!(read(payload).unwrap(), Some(expected));
    }

    #[test]
    fn missing_description_is_empty() {
        let request = read(r#"{ "pull_request": { "title": "a", "body": null } }"#).unwrap();
        assert_eq!(request, Some(PullRequest::new("a", "").unwrap()));
    }

    #[test]
    fn merge_queue_and_push_have_no_pull_request() {
        for payload in [
            r#"{ "merge_group": {} }"#,
            r#"{ "pull_request": null }"#,
            "[]",
        ] {
            assert_eq!(read(payload).unwrap(), None, "{payload}");
        }
    }

    #[test]
    fn invalid_event_is_an_error() {
        for payload in [
            "",
            r#"{ "pull_request": {} }"#,
            r#"{ "pull_request": { "title": "" } }"#,
        ] {
            assert_eq!(read(payload).unwrap_err().exit_code(), 2, "{payload}");
        }
        let error = pull_request_of_event(|_| None, |_| Ok(String::new())).unwrap_err();
        assert_eq!(error.help(), Some("pass `--title` and `--body-file`"));
    }

    #[test]
    fn gitlab_job_adds_names_and_number() {
        let variable = |name: &str| {
            let value = match name {
                "GITLAB_CI" => "true",
                "CI_MERGE_REQUEST_IID" => "7",
                "CI_MERGE_REQUEST_PROJECT_PATH" => "shop/billing",
                _ => return None,
            };
            Some(value.to_owned())
        };
        let mut request = PullRequest::new("a", "").unwrap();
        add_gitlab_variables(&mut request, variable);
        assert_eq!(
            (request.number, request.project.as_deref()),
            (Some(7), Some("shop/billing"))
        );
    }
}

//! What a forge makes of a branch when it merges it: the message of the commit that will result.
//!
//! Texts in, text out: which commits the branch has, and what the message is checked for, is
//! decided elsewhere. A part of the message that only the forge knows makes the prediction depend
//! on it if it matters to what the message says (docs/gate.md, Merge methods).

mod github;
mod prediction;
mod template;

use crate::branch::TrailerPlace;
use crate::commit::{Commit, Id, RawCommit, RawPerson};
use crate::config::{MergeMethod, MergeSettings, SquashBody};
use crate::error::{Error, Result};

pub use prediction::{MergePrediction, PredictedUnit};

/// The longest title in bytes; GitHub allows 256 characters and GitLab 255.
const MAX_TITLE_BYTES: usize = 4 << 10;

/// A pull request as the forge has it now.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PullRequest {
    /// Its title, in one line.
    pub(crate) title: String,
    /// Its description, with LF as line ends.
    pub(crate) body: String,
    /// Its number, which GitHub adds to the title of a squash.
    pub number: Option<u64>,
    /// The branch that is merged.
    pub source_branch: Option<String>,
    /// The branch that it is merged into.
    pub target_branch: Option<String>,
    /// The full path of its project on GitLab, such as `shop/billing`.
    pub project: Option<String>,
    /// Whether a program opened it.
    pub is_by_bot: bool,
}

/// A commit of the branch, as the message of a squash shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SquashedCommit {
    /// Its message, with LF as line ends, without white space around it.
    pub(crate) message: String,
    /// The name of its author.
    pub(crate) name: String,
    /// The address of its author.
    pub(crate) email: String,
    /// Whether it is a merge.
    pub(crate) is_merge: bool,
}

/// The message that the forge will write.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PredictedMessage {
    /// Its text. A variable whose value isn't known stays as it is.
    pub text: String,
    /// What the forge knows and Tollgate doesn't, if the type, the trailers, or another part of the
    /// message that counts depends on it.
    pub depends_on: Vec<String>,
}

/// What one of several possible messages rests on, and its text.
struct Variant {
    rests_on: String,
    text: String,
}

impl PullRequest {
    /// A pull request with this title and description.
    ///
    /// # Errors
    ///
    /// Fails if the title is empty, has more than one line, or is longer than any forge allows.
    pub fn new(title: &str, body: &str) -> Result<Self> {
        let title = title.trim();
        let fault = if title.is_empty() {
            Some("is empty")
        } else if title.contains(['\n', '\r', '\0']) {
            Some("has more than one line")
        } else if title.len() > MAX_TITLE_BYTES {
            Some("is longer than any forge allows")
        } else {
            None
        };
        if let Some(fault) = fault {
            return Err(Error::usage(
                format!("the title of the pull request {fault}"),
                "pass the title as the forge shows it",
            ));
        }
        Ok(Self {
            title: title.to_owned(),
            body: with_lf(body).trim().to_owned(),
            number: None,
            source_branch: None,
            target_branch: None,
            project: None,
            is_by_bot: false,
        })
    }

    /// Removes the mark of a draft from the title: GitLab merges no draft.
    pub(crate) fn remove_draft_mark(&mut self) {
        for mark in ["draft:", "[draft]", "(draft)"] {
            let Some((start, rest)) = self.title.split_at_checked(mark.len()) else {
                continue;
            };
            let rest = rest.trim_start();
            if start.eq_ignore_ascii_case(mark) && !rest.is_empty() {
                self.title = rest.to_owned();
                return;
            }
        }
    }
}

/// The message of the commit that a squash or a merge makes of these commits, given oldest first.
#[must_use]
pub(crate) fn predicted_message(
    method: MergeMethod,
    settings: &MergeSettings,
    request: &PullRequest,
    commits: &[SquashedCommit],
) -> PredictedMessage {
    let (text, variants) = match (&settings.template, method) {
        (Some(text), _) => template::Rendering {
            template: text,
            request,
            commits,
        }
        .variants(),
        (None, MergeMethod::Merge) => (github::merge_message(request), Vec::new()),
        (None, MergeMethod::Squash | MergeMethod::Rebase) => github::Squash {
            settings,
            request,
            commits,
        }
        .variants(),
    };
    let expected = Statements::of(&text);
    let mut depends_on: Vec<String> = Vec::new();
    for variant in variants {
        if Statements::of(&variant.text) != expected && !depends_on.contains(&variant.rests_on) {
            depends_on.push(variant.rests_on);
        }
    }
    PredictedMessage { text, depends_on }
}

/// Where the message of a squash can get a trailer.
#[must_use]
pub(crate) fn trailer_place(settings: &MergeSettings) -> TrailerPlace {
    match (&settings.template, settings.squash_body) {
        (Some(template), _) if template.contains("%{description}") => TrailerPlace::Description,
        (None, SquashBody::Description) => TrailerPlace::Description,
        (None, SquashBody::Commits) => TrailerPlace::NewestCommit,
        _ => TrailerPlace::Nowhere,
    }
}

/// What a message says that counts: everything but the people that it names.
#[derive(PartialEq)]
struct Statements(String);

impl Statements {
    fn of(message: &str) -> Self {
        let commit = read_message(message);
        Self(format!(
            "{:?}",
            (
                &commit.kind,
                commit.breaking,
                commit.tickets(),
                commit.no_ticket_reason(),
                commit.revert(),
                commit.references(),
                commit.breaking_notes(),
            )
        ))
    }
}

/// The commit that has this message.
#[must_use]
pub(crate) fn read_message(message: &str) -> Commit {
    let raw = RawCommit {
        tree: Id::new([0; 20]),
        parents: Vec::new(),
        author: RawPerson::default(),
        committer: RawPerson::default(),
        encoding: None,
        message: message.as_bytes(),
        anomalies: Vec::new(),
    };
    Commit::read(Id::new([0; 20]), &raw)
}

/// A text with LF as line ends.
fn with_lf(text: &str) -> String {
    text.replace("\r\n", "\n")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(super) fn request(title: &str, body: &str) -> PullRequest {
        PullRequest::new(title, body).unwrap()
    }

    pub(super) fn commit(author: &str, message: &str) -> SquashedCommit {
        SquashedCommit {
            message: message.into(),
            name: author.into(),
            email: format!("{}@example.com", author.to_lowercase()),
            is_merge: false,
        }
    }

    #[test]
    fn title_is_one_line_that_is_not_empty() {
        for (title, fault) in [
            (" ", "is empty"),
            ("a\nb", "has more than one line"),
            ("a\0", "has more than one line"),
        ] {
            let error = PullRequest::new(title, "").unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("the title of the pull request {fault}")
            );
        }
        assert!(PullRequest::new(&"a".repeat(5000), "").is_err());
    }

    #[test]
    fn line_ends_of_the_description_become_lf() {
        assert_eq!(request("a", "\r\nb\r\n\r\nc\r\n").body, "b\n\nc");
    }

    #[test]
    fn message_of_a_merge_commit_is_that_of_github() {
        let request = PullRequest {
            number: Some(7),
            source_branch: Some("ada/pool".into()),
            ..request("feat: add ports", "why")
        };
        let message =
            predicted_message(MergeMethod::Merge, &MergeSettings::default(), &request, &[]);
        assert_eq!(
            message.text,
            "Merge pull request #7 from ada/pool\n\nfeat: add ports"
        );
        assert_eq!(message.depends_on, [""; 0]);
    }
}

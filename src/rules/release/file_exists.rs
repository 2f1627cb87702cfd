//! A release file of the version to be released that exists already: the file of the coming release
//! cannot be renamed to it.

use crate::config::Level;
use crate::finding::{Finding, Place};
use crate::release::{ExistingReleaseFile, ReleaseContext};
use crate::rules::rule::{Check, Rule};
use crate::source::{Span, shell_command};

pub(in crate::rules) const RULE: Rule = Rule::new(
    "release/file-exists",
    Level::Error,
    "release file that exists already",
    include_str!("file_exists.md"),
    &[Check::Release(check)],
);

fn check(found: &ReleaseContext) -> Vec<Finding> {
    found.existing_release_files.iter().map(finding).collect()
}

fn finding(ExistingReleaseFile { next, path }: &ExistingReleaseFile) -> Finding {
    let from = next.name();
    RULE.finding(Place::file(next), Span::default(), "")
        .message(format!(
            "the release cannot rename `{from}` to `{path}`, which exists already"
        ))
        .help(format!(
            "move what is missing to `{from}`, then run `{}` and commit",
            shell_command!("git rm {path}", path)
        ))
        .anchor(path)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{clean, reported};
    use super::*;
    use crate::source::Source;

    #[test]
    fn existing_file_of_the_version_is_reported() {
        let existing = ExistingReleaseFile {
            next: Source::new("releases/next.toml", ""),
            path: "releases/1.3.0.toml".into(),
        };
        let found = ReleaseContext {
            existing_release_files: vec![existing],
            ..clean()
        };
        let message = "the release cannot rename `releases/next.toml` to `releases/1.3.0.toml`, \
                       which exists already";
        assert_eq!(
            reported(&found),
            [(RULE.name, "releases/next.toml".into(), message.into())]
        );
    }
}

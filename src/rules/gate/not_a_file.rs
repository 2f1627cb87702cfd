//! A symbolic link or a submodule where a ticket should be.

use crate::branch::{Branch, NonFile};
use crate::config::Level;
use crate::finding::{Finding, Place};
use crate::rules::rule::{Check, Rule};
use crate::rules::settings::Settings;
use crate::source::Span;

pub(in crate::rules) const RULE: Rule = Rule::new(
    "gate/not-a-file",
    Level::Error,
    "link or submodule at a ticket's path",
    include_str!("not_a_file.md"),
    &[Check::Branch(check)],
);

fn check(branch: &Branch, _settings: &Settings) -> Vec<Finding> {
    branch
        .non_files
        .iter()
        .map(|NonFile { path, kind }| {
            RULE.finding(Place::File(path.clone()), Span::default(), "")
                .message(format!("`{path}` is {kind}, not a ticket"))
                .help("replace it with a regular file; links are never followed")
                .anchor("")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{branch, reported};
    use super::*;

    #[test]
    fn link_at_a_ticket_path_is_reported() {
        let non_files = vec![NonFile {
            path: "changes/a.toml".to_owned(),
            kind: "a symbolic link",
        }];
        let found = reported(&Branch {
            non_files,
            ..branch()
        });
        assert_eq!(
            found[0].2,
            "`changes/a.toml` is a symbolic link, not a ticket"
        );
    }
}

//! A new file whose path some file systems treat as that of a ticket, the configuration, or a
//! trusted file.

use crate::branch::{AmbiguousPath, Branch};
use crate::config::Level;
use crate::finding::{Finding, Place};
use crate::rules::rule::{Check, Rule};
use crate::rules::settings::Settings;
use crate::source::{Span, shorten_path};

pub(in crate::rules) const RULE: Rule = Rule::new(
    "gate/ambiguous-path",
    Level::Error,
    "path that some file systems confuse with a ticket or the configuration",
    include_str!("ambiguous_path.md"),
    &[Check::Branch(check)],
);

fn check(branch: &Branch, _settings: &Settings) -> Vec<Finding> {
    branch.ambiguous.iter().map(|AmbiguousPath { path, other }| { RULE.finding(Place::File(path.clone()), Span::default(), "")
            .message(format!(
                "`{}` differs from `{}` only in case or Unicode normalization",
                shorten_path(path),
                shorten_path(other)
            ))
            .help("rename the file; on a file system that ignores the difference, one file replaces the other")
            .anchor(other) }).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{branch, reported};
    use super::*;

    #[test]
    fn both_paths_are_named() {
        let ambiguous = vec![AmbiguousPath {
            path: "Tollgate.toml".to_owned(),
            other: "tollgate.toml".to_owned(),
        }];
        let found = reported(&Branch {
            ambiguous,
            ..branch()
        });
        let message =
            "`Tollgate.toml` differs from `tollgate.toml` only in case or Unicode normalization";
        assert_eq!(
            found,
            [(RULE.name, "Tollgate.toml".to_owned(), message.to_owned())]
        );
    }
}

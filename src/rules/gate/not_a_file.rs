//! A symbolic link or a submodule where a ticket should be.

use super::branch::Branch;
use crate::config::Level;
use crate::finding::Place;
use crate::rules::rule::{Check, Diagnostic, Rule};
use crate::rules::settings::Settings;
use crate::source::{Label, Span};

pub(in crate::rules) const RULE: Rule = Rule::new(
    "gate/not-a-file",
    Level::Error,
    "link or submodule at a ticket's path",
    include_str!("not_a_file.md"),
    &[Check::Branch(check)],
);

fn check(branch: &Branch, _settings: &Settings) -> Vec<(Place, Diagnostic)> {
    let diagnostics = branch.non_files.iter().map(|(path, what)| {
        let diagnostic = RULE
            .diagnostic(Label::new(Span::default(), ""))
            .message(format!("`{path}` is {what}, not a ticket"))
            .help("replace it with a regular file; links are never followed")
            .anchor("");
        (Place::File(path.clone()), diagnostic)
    });
    diagnostics.collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{branch, reported};
    use super::*;

    #[test]
    fn link_at_a_ticket_path_is_reported() {
        let non_files = vec![("changes/a.toml".to_owned(), "a symbolic link")];
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

//! A version file that disagrees with the version that a release counts from.

use std::cmp::Ordering;

use semver::Version;

use crate::config::Level;
use crate::finding::{Finding, Place};
use crate::release::{ReleaseContext, VersionInFile};
use crate::rules::rule::{Check, Rule};
use crate::source::Span;
use crate::version::{core, is_stable, same_precedence};

pub(in crate::rules) const RULE: Rule = Rule::new(
    "release/version-mismatch",
    Level::Warning,
    "version file that disagrees with the last release",
    include_str!("version_mismatch.md"),
    &[Check::Release(check)],
);

fn check(found: &ReleaseContext) -> Vec<Finding> {
    let mismatched = found
        .file_versions
        .iter()
        .filter(|in_file| in_file.is_mismatch() && !is_untagged_release(in_file, found));
    mismatched.map(finding).collect()
}

/// Whether `release/missing-tag` reports the release of the version already.
fn is_untagged_release(in_file: &VersionInFile, found: &ReleaseContext) -> bool {
    found
        .untagged
        .iter()
        .any(|release| release.version == in_file.version)
}

impl VersionInFile {
    /// Whether the file was neither left as the last release wrote it nor prepared for the next
    /// one.
    fn is_mismatch(&self) -> bool {
        let is_released = [&self.base]
            .into_iter()
            .chain(&self.prereleases)
            .any(|one| same_precedence(one, &self.version));
        let is_prepared =
            same_precedence(&self.next, &self.version) || self.is_development_version();
        !is_released && !is_prepared && core(&self.version) != Version::new(0, 0, 0)
    }

    /// Whether the file has a pre-release of the stable version to be released, such as
    /// `1.4.0-dev`.
    fn is_development_version(&self) -> bool {
        is_stable(&self.next)
            && !is_stable(&self.version)
            && core(&self.version) == core(&self.next)
    }
}

fn finding(in_file: &VersionInFile) -> Finding {
    let VersionInFile {
        path,
        text,
        version,
        base,
        next,
        place,
        ..
    } = in_file;
    let span = place.as_ref().map(|(_, span)| *span).unwrap_or_default();
    let label = if span == Span::default() {
        String::new()
    } else {
        format!("not {base}")
    };
    let otherwise = if version.cmp_precedence(next).is_gt() {
        "correct the file"
    } else {
        "no action is needed"
    };
    let help = match version.cmp_precedence(base) {
        Ordering::Greater => format!("if {text} was released, tag its commit; if not, {otherwise}"),
        _ => format!(
            "if the last release did not update this file, no action is needed: this release writes {next}"
        ),
    };
    RULE.finding(Place::File(path.clone()), span, label)
        .message(format!(
            "`{path}` has version {text}, but the last release is {base}"
        ))
        .help(help)
        .anchor(format!("{path} {text}"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{clean, reported};
    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    fn in_file(text: &str, next: &str) -> VersionInFile {
        VersionInFile {
            path: "Cargo.toml".into(),
            text: text.into(),
            version: version(text),
            base: version("1.3.0"),
            prereleases: vec![version("1.4.0-rc.1")],
            next: version(next),
            place: None,
        }
    }

    #[test]
    fn a_version_that_was_never_tagged_is_a_mismatch() {
        let found = ReleaseContext {
            file_versions: vec![in_file("1.4.0", "1.3.1")],
            ..clean()
        };
        let message = "`Cargo.toml` has version 1.4.0, but the last release is 1.3.0".to_owned();
        assert_eq!(
            reported(&found),
            [(RULE.name, "Cargo.toml".to_owned(), message)]
        );
    }

    #[test]
    fn a_file_that_a_release_left_out_is_a_mismatch() {
        assert!(in_file("1.2.0", "1.3.1").is_mismatch());
    }

    #[test]
    fn what_is_released_or_prepared_is_no_mismatch() {
        let near_misses = [
            ("1.3.0", "1.3.1"),           // as the last release wrote it
            ("1.3.0+build.7", "1.3.1"),   // the same precedence
            ("1.4.0", "1.4.0"),           // raised by hand to the version to be released
            ("1.4.0-dev", "1.4.0"),       // a development version of it
            ("1.4.0-rc.1", "1.4.0-rc.2"), // as the last pre-release wrote it
            ("0.0.0", "1.3.1"),           // a placeholder
            ("0.0.0-development", "1.3.1"),
        ];
        for (text, next) in near_misses {
            assert!(!in_file(text, next).is_mismatch(), "{text} {next}");
        }
    }

    #[test]
    fn a_development_version_of_another_release_is_a_mismatch() {
        assert!(in_file("2.0.0-dev", "1.4.0").is_mismatch());
    }
}

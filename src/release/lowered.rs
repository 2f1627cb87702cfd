//! Versions in files that a release would lower, which is not allowed.
//!
//! Compares by precedence, and for Python files by the meaning of their spellings. Version ranges
//! are not versions.

use semver::Version;

use super::file_edits::{FileEdit, TokenChange};
use super::plan::Plan;
use super::python::{self, PythonVersion};
use crate::release::LoweredVersion;
use crate::source::{Source, Span};

impl Plan {
    /// The versions of files that the plan would lower, in the order of its edits.
    #[must_use]
    pub(crate) fn lowered_versions(&self) -> Vec<LoweredVersion> {
        let of = |edit: &FileEdit| -> Vec<LoweredVersion> {
            edit.changes
                .iter()
                .filter_map(|change| self.lowered_version(edit, change))
                .collect()
        };
        self.edits.iter().flat_map(of).collect()
    }

    fn lowered_version(&self, edit: &FileEdit, change: &TokenChange) -> Option<LoweredVersion> {
        let meant = lowered(&edit.path, change)?;
        let mut tags = self
            .tags
            .iter()
            .filter(|tag| tag.version.to_string() == change.after);
        Some(LoweredVersion {
            path: edit.path.clone(),
            before: change.before.clone(),
            after: change.after.clone(),
            version: meant,
            package: tags.next().and_then(|tag| tag.package.clone()),
            place: place(edit, change),
        })
    }
}

/// The version before a change, if the version after it is lower.
fn lowered(path: &str, change: &TokenChange) -> Option<Version> {
    if python::spells_versions_of(path) {
        let (before, after) = (
            PythonVersion::parse(&change.before)?,
            PythonVersion::parse(&change.after)?,
        );
        let order = after.version.cmp_precedence(&before.version);
        return (order.is_lt() || order.is_eq() && before.is_later && !after.is_later)
            .then_some(before.version);
    }
    let (before, after) = (
        Version::parse(&change.before).ok()?,
        Version::parse(&change.after).ok()?,
    );
    after.cmp_precedence(&before).is_lt().then_some(before)
}

/// The span of the text before a change in its file.
fn place(edit: &FileEdit, change: &TokenChange) -> Option<(Source, Span)> {
    let text = String::from_utf8(edit.before.as_ref()?.bytes.clone()).ok()?;
    let source = Source::new(edit.path.as_str(), text);
    let line = source.line_span(change.line);
    let start = line.start + source.slice(line).find(&change.before)?;
    Some((source, Span::new(start, start + change.before.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_lowered(path: &str, before: &str, after: &str) -> bool {
        lowered(
            path,
            &TokenChange {
                line: 1,
                before: before.into(),
                after: after.into(),
            },
        )
        .is_some()
    }

    #[test]
    fn a_lower_version_is_found_by_precedence() {
        for (before, after) in [
            ("4.2.0", "0.1.0"),
            ("1.10.0", "1.9.0"),
            ("1.0.0", "1.0.0-rc.1"),
        ] {
            assert!(
                is_lowered("package.json", before, after),
                "{before} {after}"
            );
        }
        for (before, after) in [
            ("1.2.0", "1.10.0"),
            ("1.0.0-rc.1", "1.0.0"),
            ("1.0.0+b", "1.0.0+a"),
        ] {
            assert!(
                !is_lowered("package.json", before, after),
                "{before} {after}"
            );
        }
    }

    #[test]
    fn python_spellings_count_as_what_they_mean() {
        for (before, after) in [
            ("2.0rc1", "1.9.0"),
            ("1!1.2", "1!1.1.0"),
            ("1.2.0.post1", "1.2.0"),
            ("1.2rc2", "1.2.0rc1"),
        ] {
            assert!(
                is_lowered("pyproject.toml", before, after),
                "{before} {after}"
            );
        }
        for (before, after) in [
            ("1.2rc1", "1.2.0"),
            ("1.2.0.post1", "1.2.1"),
            ("1.2", "1.2.0+local"),
        ] {
            assert!(!is_lowered("uv.lock", before, after), "{before} {after}");
        }
    }

    #[test]
    fn ranges_and_other_texts_are_not_versions() {
        for (before, after) in [
            ("^4.2", "^0.1"),
            ("core 4.2.0", "core 0.1.0"),
            ("=4.2.0", "=0.1.0"),
            ("x", "0.1.0"),
        ] {
            assert!(!is_lowered("Cargo.toml", before, after), "{before} {after}");
        }
    }
}

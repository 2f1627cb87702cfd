//! Versions in any file, found by a regular expression with a group `version`.
//!
//! Decides which bytes of a file are the version: those of the group, at each match. Works on
//! bytes, so that the file's encoding, line ends and everything else are kept.

use regex::bytes::{Regex, RegexBuilder};
use semver::Version;

use crate::error::{Error, Result};
use crate::source::{Edit, Span, splice_bytes};

/// How large a compiled pattern may become (docs/design/threat-model.md, Limits).
const SIZE_LIMIT: usize = 1 << 20;

const GROUP: &str = "version";

/// The edits that put `version` into the group of each match.
///
/// # Errors
///
/// Fails if the pattern is invalid or matches nothing, if a match is not a version, and if the
/// pattern would not find `version` again.
pub(super) fn edit(
    path: &str,
    bytes: &[u8],
    pattern: &str,
    version: &Version,
) -> Result<Vec<Edit>> {
    let regex = compile(path, pattern)?;
    let spans = find(&regex, bytes);
    if spans.is_empty() {
        return Err(Error::file(
            format!("the pattern for `{path}` matches nothing in the file"),
            format!("correct the pattern `{pattern}` in `version_files`, or the file"),
        ));
    }
    for span in &spans {
        let found = String::from_utf8_lossy(&bytes[span.start..span.end]);
        if Version::parse(&found).is_err() {
            let line = 1 + bytes[..span.start]
                .iter()
                .filter(|byte| **byte == b'\n')
                .count();
            return Err(Error::file(
                format!(
                    "the pattern for `{path}` matches `{found}` on line {line}, which is not a semantic version"
                ),
                "make the group `version` match only the version",
            ));
        }
    }
    let text = version.to_string();
    let edits: Vec<Edit> = spans
        .iter()
        .map(|&span| Edit {
            span,
            text: text.clone(),
        })
        .collect();
    let after = splice_bytes(bytes, &edits).expect("matches don't overlap");
    let found_again = find(&regex, &after);
    if found_again.len() == spans.len()
        && found_again
            .iter()
            .all(|span| &after[span.start..span.end] == text.as_bytes())
    {
        Ok(edits)
    } else {
        Err(Error::file(
            format!("the pattern for `{path}` would not match the new version `{version}`"),
            "make the group `version` match pre-releases and build metadata too: `[0-9A-Za-z.+-]+`",
        ))
    }
}

/// The places of the versions that a pattern finds.
///
/// # Errors
///
/// Fails if the pattern is not a regular expression with a group `version`.
pub(super) fn find_versions(path: &str, bytes: &[u8], pattern: &str) -> Result<Vec<Span>> {
    Ok(find(&compile(path, pattern)?, bytes))
}

fn compile(path: &str, pattern: &str) -> Result<Regex> {
    let regex = RegexBuilder::new(pattern)
        .multi_line(true)
        .crlf(true)
        .size_limit(SIZE_LIMIT)
        .build()
        .map_err(|cause| {
            Error::usage(
                format!("the pattern for `{path}` is not a valid regular expression"),
                "correct it in `version_files`",
            )
            .with_source(cause)
        })?;
    if regex.capture_names().flatten().any(|name| name == GROUP) {
        return Ok(regex);
    }
    Err(Error::usage(
        format!("the pattern for `{path}` has no group named `version`"),
        format!("put `(?<version>…)` around the version in `{pattern}`"),
    ))
}

fn find(regex: &Regex, bytes: &[u8]) -> Vec<Span> {
    regex
        .captures_iter(bytes)
        .filter_map(|captures| captures.name(GROUP))
        .map(|group| group.range().into())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATTERN: &str = r"tollgate@(?<version>[0-9A-Za-z.+-]+)";

    fn edited(bytes: &[u8], pattern: &str, version: &str) -> Result<Vec<u8>> {
        let edits = edit(
            "docs/install.md",
            bytes,
            pattern,
            &Version::parse(version).unwrap(),
        )?;
        Ok(splice_bytes(bytes, &edits).unwrap())
    }

    #[test]
    fn each_match_gets_the_version_and_nothing_else_changes() {
        let before = b"\xef\xbb\xbfuse tollgate@1.2.0\r\nor \xff tollgate@1.1.0";
        assert_eq!(
            edited(before, PATTERN, "1.3.0-rc.1").unwrap(),
            b"\xef\xbb\xbfuse tollgate@1.3.0-rc.1\r\nor \xff tollgate@1.3.0-rc.1"
        );
    }

    #[test]
    fn a_line_begins_and_ends_whatever_its_end_is() {
        assert_eq!(
            edited(b"# x\nv 1.2.0\n", r"^v (?<version>\S+)$", "2.0.0").unwrap(),
            b"# x\nv 2.0.0\n"
        );
        assert_eq!(
            edited(b"# x\r\nv 1.2.0\r\n", "^v (?<version>.+)$", "2.0.0").unwrap(),
            b"# x\r\nv 2.0.0\r\n"
        );
    }

    #[test]
    fn a_pattern_that_matches_nothing_is_an_error() {
        let error = edited(b"nothing here", PATTERN, "1.3.0").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the pattern for `docs/install.md` matches nothing in the file"
        );
    }

    #[test]
    fn a_match_that_is_no_version_is_named_with_its_line() {
        let error = edited(b"\ntollgate@1.2", PATTERN, "1.3.0").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the pattern for `docs/install.md` matches `1.2` on line 2, which is not a semantic version"
        );
    }

    #[test]
    fn a_pattern_that_loses_the_version_it_wrote_is_an_error() {
        let error = edited(
            b"tollgate@1.2.0",
            r"tollgate@(?<version>[0-9.]+)",
            "1.3.0-rc.1",
        )
        .unwrap_err();
        assert!(
            error
                .to_string()
                .contains("would not match the new version `1.3.0-rc.1`"),
            "{error}"
        );
    }

    #[test]
    fn invalid_pattern_is_an_error() {
        assert!(
            edited(b"", "tollgate@(.*)", "1.3.0")
                .unwrap_err()
                .to_string()
                .contains("no group named `version`")
        );
        assert!(
            edited(b"", "(", "1.3.0")
                .unwrap_err()
                .to_string()
                .contains("not a valid regular expression")
        );
    }
}

//! Updates the link reference definitions of a changelog, such as `[Unreleased]:
//! …/compare/v1.0.0...HEAD`.
//!
//! New destinations are derived from the existing definitions, so this works for unknown forges
//! too.

use semver::Version;

use crate::changelog::outline::definition;

/// The footer of a changelog after the release of `versions`, which are in ascending order and
/// higher than all existing versions.
///
/// `newest` is the highest version before. Each version gets a definition, and the definition of
/// the unreleased section starts at the last version. Returns `None` if the footer has no
/// definition to derive them from.
pub(super) fn define(
    footer: &str,
    newest: Option<&Version>,
    versions: &[&Version],
) -> Option<String> {
    let lines: Vec<&str> = footer.lines().collect();
    let of = |wanted: &str| {
        let labelled = |line: &&str| {
            definition(line).is_some_and(|(label, _)| label.eq_ignore_ascii_case(wanted))
        };
        lines.iter().position(labelled)
    };
    let mut lines_out: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
    let mut newest = newest?.to_string();
    let (unreleased, released) = (of(UNRELEASED), of(&newest));
    let at = match (unreleased, released) {
        (Some(at), _) => at + 1,
        (None, Some(at)) => at,
        (None, None) => return None,
    };
    let mut before = released.and_then(|line| older_release(&lines, line));
    let mut last = released
        .and_then(|line| definition(lines[line]))
        .map(|(_, destination)| destination.to_owned());
    for version in versions {
        let version = version.to_string();
        let destination = if let Some(line) = unreleased {
            let (_, open) = definition(&lines_out[line])?;
            let (destination, still_open) = close(open, &newest, &version)?;
            lines_out[line] = lines_out[line].replace(open, &still_open);
            destination
        } else {
            step(&last?, before.as_deref(), &newest, &version)
        };
        lines_out.insert(at, format!("[{version}]: {destination}"));
        last = Some(destination);
        before = Some(std::mem::replace(&mut newest, version));
    }
    let end = if footer.ends_with('\n') { "\n" } else { "" };
    Some(format!("{}{end}", lines_out.join("\n")))
}

/// The label of the unreleased section.
pub(super) const UNRELEASED: &str = "unreleased";

/// Whether a footer has a definition for a version or for the unreleased section.
pub(super) fn defines(footer: &str, label: &str) -> bool {
    footer
        .lines()
        .filter_map(definition)
        .any(|(known, _)| known.eq_ignore_ascii_case(label))
}

/// The version that is defined below a line.
fn older_release(lines: &[&str], line: usize) -> Option<String> {
    let below = lines
        .get(line + 1..)?
        .iter()
        .filter_map(|line| definition(line));
    below
        .map(|(label, _)| label.to_owned())
        .find(|label| Version::parse(label).is_ok())
}

/// Derives two destinations from `…/compare/v1.0.0...HEAD`: that of `version`, and that of the
/// unreleased section after it.
fn close(open: &str, newest: &str, version: &str) -> Option<(String, String)> {
    let at = open.rfind(newest)?;
    let (before, after) = (&open[..at], &open[at + newest.len()..]);
    let dots = after.len() - after.trim_start_matches('.').len();
    if dots < 2 {
        return None;
    }
    let prefix = &before[before.rfind(['/', '=']).map_or(0, |slash| slash + 1)..];
    let closed = format!("{before}{newest}{}{prefix}{version}", &after[..dots]);
    Some((closed, format!("{before}{version}{after}")))
}

/// Derives the destination of the next version from that of the previous one.
fn step(destination: &str, before: Option<&str>, from: &str, to: &str) -> String {
    // No address contains the mark, so an inserted version isn't replaced again.
    let marked = destination.replace(from, "\u{0}");
    let moved = before.map_or_else(|| marked.clone(), |before| marked.replace(before, from));
    moved.replace('\u{0}', to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn defined(footer: &str, newest: &str, versions: &[&str]) -> Option<String> {
        let versions: Vec<Version> = versions
            .iter()
            .map(|version| version.parse().unwrap())
            .collect();
        define(
            footer,
            Some(&newest.parse().unwrap()),
            &versions.iter().collect::<Vec<_>>(),
        )
    }

    #[test]
    fn what_is_unreleased_begins_at_the_new_release() {
        assert_eq!(
            defined(
                "[Unreleased]: https://x/compare/v1.0.0...HEAD\n[1.0.0]: https://x/tag/v1.0.0\n",
                "1.0.0",
                &["1.1.0"]
            )
            .unwrap(),
            "[Unreleased]: https://x/compare/v1.1.0...HEAD\n[1.1.0]: https://x/compare/v1.0.0...v1.1.0\n[1.0.0]: https://x/tag/v1.0.0\n"
        );
    }

    #[test]
    fn several_releases_are_a_chain() {
        let text = defined(
            "[unreleased]: https://x/compare/1.0.0..main",
            "1.0.0",
            &["1.1.0", "2.0.0"],
        )
        .unwrap();
        assert_eq!(
            text,
            "[unreleased]: https://x/compare/2.0.0..main\n[2.0.0]: https://x/compare/1.1.0..2.0.0\n[1.1.0]: https://x/compare/1.0.0..1.1.0"
        );
    }

    #[test]
    fn the_last_release_shows_how_the_next_one_looks() {
        let text = "[1.1.0]: https://x/compare/v1.0.0...v1.1.0\n[1.0.0]: https://x/tag/v1.0.0\n";
        assert_eq!(
            defined(text, "1.1.0", &["1.2.0"]).unwrap(),
            format!("[1.2.0]: https://x/compare/v1.1.0...v1.2.0\n{text}")
        );
        assert_eq!(
            defined(
                "[1.0.0]: https://x/tag/v1.0.0",
                "1.0.0",
                &["1.1.0", "1.1.1"]
            )
            .unwrap(),
            "[1.1.1]: https://x/tag/v1.1.1\n[1.1.0]: https://x/tag/v1.1.0\n[1.0.0]: https://x/tag/v1.0.0"
        );
    }

    #[test]
    fn unrelated_link_definitions_are_ignored() {
        assert_eq!(defined("[docs]: https://x\n", "1.0.0", &["1.1.0"]), None);
        assert_eq!(defined("", "1.0.0", &["1.1.0"]), None);
    }
}

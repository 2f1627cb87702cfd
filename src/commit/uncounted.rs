//! Lines below the header of a message that some tools count and Tollgate does not.
//!
//! Messages that relay texts of others, such as release notes of a dependency, are not examined.

use crate::commit::{Header, Kind, Message, trailers};
use crate::source::{Fence, Fences};

/// Types of commits whose messages quote release notes and documentation.
const RELAYING_TYPES: [&str; 4] = ["build", "chore", "ci", "docs"];

/// A footer that sets the version in other tools.
const RELEASE_AS: &str = "Release-As";

/// A line below the header that does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UncountedLine {
    /// A conventional header as a list item, as a squash merge leaves for the commits that it
    /// joins.
    Header(String),
    /// The version of a `Release-As` footer.
    ReleaseAs(String),
}

/// The lines of a message that some tools count and Tollgate does not.
#[must_use]
pub(crate) fn uncounted_lines(message: &Message<'_>) -> Vec<UncountedLine> {
    let footers = trailers(message.text())
        .into_iter()
        .filter(|trailer| trailer.key.eq_ignore_ascii_case(RELEASE_AS));
    let versions = footers.map(|trailer| UncountedLine::ReleaseAs(trailer.value));
    let headers = match Kind::of(message.header()) {
        Kind::Conventional(header) if relays(&header) => Vec::new(),
        Kind::Conventional(_) | Kind::Unconventional(_) => headers(message),
        Kind::Revert(_) | Kind::Fixup(_) => Vec::new(),
    };
    headers
        .into_iter()
        .map(UncountedLine::Header)
        .chain(versions)
        .collect()
}

/// Whether a commit relays texts of others.
fn relays(header: &Header) -> bool {
    let is_about_dependencies = header
        .scope()
        .is_some_and(|scope| scope.to_lowercase().starts_with("deps"));
    let kind = header.kind().to_lowercase();
    is_about_dependencies || kind == "revert" || RELAYING_TYPES.contains(&kind.as_str())
}

/// The list items that are conventional headers, outside of code.
fn headers(message: &Message<'_>) -> Vec<String> {
    let lines: Vec<&str> = message.rest().lines().collect();
    let fences = Fences::of(&lines);
    let mut code: Option<Fence> = None;
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if let Some(fence) = code {
            code = Some(fence).filter(|fence| !fence.is_closed_by(line));
            continue;
        }
        code = fences.opened(at);
        let Some(entry) = line.strip_prefix("* ").or_else(|| line.strip_prefix("- ")) else {
            continue;
        };
        let number = request_number(entry);
        // The title of another pull request that was merged into the branch: its commits are in the
        // history.
        if number.is_some() && number != request_number(message.header()) {
            break;
        }
        found.extend(Header::parse(entry.trim()).map(|_| entry.trim().to_owned()));
    }
    found
}

/// The number of the pull request that a line ends with: `(#12)`.
fn request_number(line: &str) -> Option<&str> {
    let (_, number) = line.trim_end().strip_suffix(')')?.rsplit_once("(#")?;
    number
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(message: &str) -> Vec<UncountedLine> {
        uncounted_lines(&Message::from(message))
    }

    fn header(text: &str) -> UncountedLine {
        UncountedLine::Header(text.into())
    }

    #[test]
    fn headers_in_the_body_of_a_squash_are_found() {
        let message =
            "Pool (#12)\n\n* feat(api): add ports\n\nSome prose.\n\n- fix!: close files\n* wip";
        assert_eq!(
            found(message),
            [header("feat(api): add ports"), header("fix!: close files")]
        );
        assert_eq!(
            found("fix: pool\n\n* feat: add ports"),
            [header("feat: add ports")]
        );
    }

    #[test]
    fn a_release_as_footer_is_found() {
        for message in [
            "chore: release\n\nRelease-As: 2.0.0",
            "fix: x\n\nrelease-as: 2.0.0\nReviewed-by: Z",
        ] {
            assert_eq!(found(message), [UncountedLine::ReleaseAs("2.0.0".into())]);
        }
    }

    #[test]
    fn near_misses_are_not_reported() {
        for message in [
            "fix: x",
            "fix: x\n\nWe use Release-As: 2.0.0 in this text.",
            "fix: x\n\nfeat: a line of prose",
            "fix: x\n\n> * feat: quoted",
            "fix: x\n\n  * feat: indented",
            "fix: x\n\n* feat:no space\n* see: \n* a list of words",
            "fix: x\n\n```\n* feat: code\n```",
            "chore(deps): bump y\n\n* feat: of a dependency",
            "fix(deps): bump y\n\n* feat: of a dependency",
            "docs: release notes\n\n* feat: told again",
            "Revert \"feat: x\"\n\n* feat: x",
            "fixup! fix: x\n\n* feat: x",
            "fix: pool (#12)\n\n* feat: of another request (#11)\n* feat: its commit",
        ] {
            assert_eq!(found(message), [], "{message}");
        }
    }
}

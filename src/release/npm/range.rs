//! Version ranges of dependencies, updated with the workspace package that they name.
//!
//! Decides what `^1.2.0` becomes when 1.3.0 is released: the same operator, with the same number of
//! parts. Handles only simple ranges; other ranges are left to people.

use semver::{BuildMetadata, Version, VersionReq};

/// Which kind of dependency a range belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DependencyKind {
    /// A dependency of the package: its range is updated with each release.
    Dependency,
    /// A dependency that users of the package need: its range is updated only if it does not allow
    /// the release.
    Peer,
}

/// The new form of `range` after the package goes from `before` to `after`; `None` if the range is
/// kept.
///
/// A range that does not allow `before` names no package of the workspace.
pub(super) fn follow(
    range: &str,
    of: DependencyKind,
    before: &Version,
    after: &Version,
) -> Option<String> {
    let simple = range.strip_prefix("workspace:").unwrap_or(range);
    let parts = simple.trim_start_matches(['^', '~', '=']);
    let operator = &simple[..simple.len() - parts.len()];
    if !parts.starts_with(|character: char| character.is_ascii_digit())
        || parts.contains(char::is_whitespace)
    {
        return None;
    }
    // A version without an operator is an exact version here, but a caret requirement in Cargo.
    let same = match operator {
        "" | "=" => format!("={parts}"),
        "^" | "~" => simple.to_owned(),
        _ => return None,
    };
    let parsed = VersionReq::parse(&same).ok()?;
    let [comparator] = parsed.comparators.as_slice() else {
        return None;
    };
    if !parsed.matches(before) || of == DependencyKind::Peer && parsed.matches(after) {
        return None;
    }
    let followed = match (comparator.minor, comparator.patch) {
        (None, _) if after.pre.is_empty() => after.major.to_string(),
        (_, None) if after.pre.is_empty() => format!("{}.{}", after.major, after.minor),
        _ => Version {
            build: BuildMetadata::EMPTY,
            ..after.clone()
        }
        .to_string(),
    };
    Some(format!("{}{followed}", &range[..range.len() - parts.len()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn followed(range: &str, of: DependencyKind, after: &str) -> Option<String> {
        follow(
            range,
            of,
            &Version::new(1, 2, 0),
            &Version::parse(after).unwrap(),
        )
    }

    #[test]
    fn the_operator_and_the_number_of_parts_stay() {
        let pairs = [
            ("1.2.0", "2.0.0"),
            ("=1.2.0", "=2.0.0"),
            ("^1.2", "^2.0"),
            ("~1.2.0", "~2.0.0"),
            ("1", "2"),
        ];
        for (before, after) in pairs
            .into_iter()
            .chain([("workspace:^1.0.0", "workspace:^2.0.0")])
        {
            assert_eq!(
                followed(before, DependencyKind::Dependency, "2.0.0").as_deref(),
                Some(after),
                "{before}"
            );
        }
        assert_eq!(
            followed("^1.2", DependencyKind::Dependency, "2.0.0-rc.1+b").as_deref(),
            Some("^2.0.0-rc.1")
        );
    }

    #[test]
    fn what_names_something_else_or_says_more_stays() {
        let others = [
            "^0.9.0",
            "2.0.0",
            "*",
            "",
            "latest",
            "workspace:^",
            "file:../a",
            ">=1.2.0 <2",
            "1.x || 2",
            "^^1",
        ];
        for range in others {
            assert_eq!(
                followed(range, DependencyKind::Dependency, "2.0.0"),
                None,
                "{range}"
            );
        }
    }

    #[test]
    fn peer_ranges_stay_as_wide_as_possible() {
        assert_eq!(followed("^1.0.0", DependencyKind::Peer, "1.3.0"), None);
        assert_eq!(
            followed("^1.0.0", DependencyKind::Peer, "2.0.0").as_deref(),
            Some("^2.0.0")
        );
    }
}

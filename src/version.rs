//! Bumps of semantic versions, and the conversion between tag names and versions.
//!
//! Decides which tag names are version tags (docs/design/versions.md, Version tags; SemVer 2.0.0).
//! Does not know repositories or commits.

use semver::{BuildMetadata, Prerelease, Version};

use crate::source::word_enum;

word_enum! {
    /// Which part of a version a change increases.
    #[derive(Default)]
    pub enum Bump {
        /// Nothing: the change needs no release.
        #[default]
        None = "none",
        /// The third number: a fix.
        Patch = "patch",
        /// The second number: a new feature.
        Minor = "minor",
        /// The first number: a breaking change.
        Major = "major",
    }
}

impl Bump {
    /// The core version that follows `base`, without pre-release and build metadata.
    ///
    /// [`Bump::None`] gives the core of `base` itself. `None` if the number to be increased is the
    /// highest possible.
    #[must_use]
    pub(crate) fn apply(self, base: &Version) -> Option<Version> {
        let (major, minor, patch) = (base.major, base.minor, base.patch);
        Some(match self {
            Self::None => Version::new(major, minor, patch),
            Self::Patch => Version::new(major, minor, patch.checked_add(1)?),
            Self::Minor => Version::new(major, minor.checked_add(1)?, 0),
            Self::Major => Version::new(major.checked_add(1)?, 0, 0),
        })
    }
}

/// The version in a tag's name: `prefix`, then a strict semantic version.
#[must_use]
pub(crate) fn from_tag(name: &str, prefix: &str) -> Option<Version> {
    Version::parse(name.strip_prefix(prefix)?).ok()
}

/// The name of the tag of `version`.
#[must_use]
pub(crate) fn to_tag(version: &Version, prefix: &str) -> String {
    format!("{prefix}{version}")
}

/// Whether a version is not a pre-release.
#[must_use]
pub(crate) fn is_stable(version: &Version) -> bool {
    version.pre.is_empty()
}

/// The version without pre-release and build metadata.
#[must_use]
pub(crate) fn core(version: &Version) -> Version {
    Version {
        pre: Prerelease::EMPTY,
        build: BuildMetadata::EMPTY,
        ..version.clone()
    }
}

/// Whether both versions have the same precedence: build metadata does not count (SemVer 2.0.0,
/// clause 10).
#[must_use]
pub(crate) fn same_precedence(a: &Version, b: &Version) -> bool {
    a.cmp_precedence(b).is_eq()
}

/// How to correct a text that is not a semantic version.
#[must_use]
pub(crate) fn version_help(text: &str) -> &'static str {
    let core = text.split(['-', '+']).next().unwrap_or_default();
    let numbers: Vec<&str> = core.split('.').collect();
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if numbers.len() != 3 || !numbers.iter().all(is_number) {
        return "use three numbers, such as 1.0.0";
    }
    if numbers.iter().any(|number| has_leading_zero(number)) {
        return REMOVE_ZERO;
    }
    if numbers.iter().any(|number| number.parse::<u64>().is_err()) {
        return "use smaller numbers";
    }
    let (rest, build) = text.split_once('+').unwrap_or((text, "0"));
    let pre = rest.split_once('-').map_or("0", |(_, pre)| pre);
    match Prerelease::new(pre) {
        Ok(pre) if !pre.is_empty() => build_help(build),
        _ => prerelease_help(pre),
    }
}

/// How to correct a text that is not a valid pre-release.
#[must_use]
pub(crate) fn prerelease_help(text: &str) -> &'static str {
    match identifier_help(text) {
        None if text.split('.').any(has_leading_zero) => REMOVE_ZERO,
        help => help.unwrap_or("use letters, digits, and hyphens, such as `rc`"),
    }
}

/// How to correct a text that is not valid build metadata.
#[must_use]
pub(crate) fn build_help(text: &str) -> &'static str {
    identifier_help(text).unwrap_or("use letters, digits, and hyphens, such as `build.5`")
}

const REMOVE_ZERO: &str = "remove the leading zero";

fn has_leading_zero(number: &str) -> bool {
    number.len() > 1 && number.starts_with('0') && number.bytes().all(|b| b.is_ascii_digit())
}

fn identifier_help(text: &str) -> Option<&'static str> {
    let has_empty_part = text.contains('.') && text.split('.').any(str::is_empty);
    has_empty_part.then_some("remove the extra dot")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_fits_the_fault_of_a_version() {
        for (text, help) in [
            ("1.0", "use three numbers, such as 1.0.0"),
            ("1.x.0", "use three numbers, such as 1.0.0"),
            ("", "use three numbers, such as 1.0.0"),
            ("1.02.0", "remove the leading zero"),
            ("1.0.0-01", "remove the leading zero"),
            ("1.0.0-rc..1", "remove the extra dot"),
            ("1.0.0+b.", "remove the extra dot"),
            ("1.0.99999999999999999999", "use smaller numbers"),
            ("1.0.0-", "use letters, digits, and hyphens, such as `rc`"),
            (
                "1.0.0-r c",
                "use letters, digits, and hyphens, such as `rc`",
            ),
            (
                "1.0.0+b_5",
                "use letters, digits, and hyphens, such as `build.5`",
            ),
        ] {
            assert!(Version::parse(text).is_err(), "{text}");
            assert_eq!(version_help(text), help, "{text}");
        }
    }

    #[test]
    fn help_fits_the_fault_of_a_pre_release() {
        assert_eq!(prerelease_help("01"), "remove the leading zero");
        assert_eq!(prerelease_help("rc..1"), "remove the extra dot");
    }

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    #[test]
    fn a_bump_resets_the_parts_below() {
        assert_eq!(Bump::Major.apply(&version("1.2.3")), Some(version("2.0.0")));
        assert_eq!(Bump::Minor.apply(&version("1.2.3")), Some(version("1.3.0")));
        assert_eq!(
            Bump::Patch.apply(&version("1.2.3+b.5")),
            Some(version("1.2.4"))
        );
    }

    #[test]
    fn the_highest_number_is_not_increased() {
        let highest = Version::new(u64::MAX, u64::MAX, u64::MAX);
        for bump in [Bump::Major, Bump::Minor, Bump::Patch] {
            assert_eq!(bump.apply(&highest), None, "{bump:?}");
        }
        assert_eq!(
            Bump::Minor.apply(&Version::new(1, 2, u64::MAX)),
            Some(version("1.3.0"))
        );
    }

    #[test]
    fn only_strict_versions_are_version_tags() {
        assert_eq!(from_tag("v1.2.3-rc.1", "v"), Some(version("1.2.3-rc.1")));
        for name in [
            "1.2.3", "v1", "v1.2", "v01.2.3", "v1.2.3.4", "xv1.2.3", "vv1.2.3",
        ] {
            assert_eq!(from_tag(name, "v"), None, "{name}");
        }
    }

    #[test]
    fn build_metadata_does_not_count_for_precedence() {
        assert!(same_precedence(&version("1.2.3+a"), &version("1.2.3+b")));
        assert!(!same_precedence(&version("1.2.3-a"), &version("1.2.3-b")));
    }

    #[test]
    fn a_bump_is_found_by_its_word() {
        assert_eq!(Bump::parse("minor"), Some(Bump::Minor));
        assert_eq!(Bump::parse("Minor"), None);
    }
}

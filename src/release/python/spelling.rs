//! Python's spelling of semantic versions (PEP 440), and the versions that Python accepts.
//!
//! The spelling is the normalized one, which every Python tool shows: `1.2.0-rc.1` is `1.2.0rc1`. A
//! version that Python orders differently has no spelling.

use regex::RegexBuilder;
use semver::{Prerelease, Version};

/// The spellings of a version, by the packaging guide's own expression, anchored.
const VERSION: &str = r"^v?(?:[0-9]+!)?[0-9]+(?:\.[0-9]+)*(?:[-_.]?(?:alpha|a|beta|b|preview|pre|c|rc)[-_.]?[0-9]*)?(?:-[0-9]+|[-_.]?(?:post|rev|r)[-_.]?[0-9]*)?(?:[-_.]?dev[-_.]?[0-9]*)?(?:\+[a-z0-9]+(?:[-_.][a-z0-9]+)*)?$";

/// Whether Python accepts a text as a version.
pub(super) fn is_version(text: &str) -> bool {
    let expression = RegexBuilder::new(VERSION)
        .case_insensitive(true)
        .unicode(false)
        .build();
    expression
        .expect("the expression is constant")
        .is_match(text.trim())
}

/// A semantic version in Python's spelling; `None` if it has none.
///
/// Python has the pre-releases alpha, beta, rc and dev with one number. Build metadata becomes a
/// local version.
pub(super) fn spell(version: &Version) -> Option<String> {
    let pre = pre_release(&version.pre.as_str().to_ascii_lowercase())?;
    let build = version
        .build
        .as_str()
        .to_ascii_lowercase()
        .replace('-', ".");
    if build.split('.').any(str::is_empty) && !build.is_empty() {
        return None;
    }
    let local = if build.is_empty() {
        String::new()
    } else {
        format!("+{build}")
    };
    Some(format!(
        "{}.{}.{}{pre}{local}",
        version.major, version.minor, version.patch
    ))
}

fn pre_release(pre: &str) -> Option<String> {
    if pre.is_empty() {
        return Some(String::new());
    }
    let letters = pre
        .find(|character: char| !character.is_ascii_alphabetic())
        .unwrap_or(pre.len());
    let (kind, number) = pre.split_at(letters);
    let number = number.strip_prefix(['.', '-']).unwrap_or(number);
    let number: u64 = if number.is_empty() {
        0
    } else {
        number.parse().ok()?
    };
    let kind = match kind {
        "a" | "alpha" => "a",
        "b" | "beta" => "b",
        "rc" | "c" | "pre" | "preview" => "rc",
        "dev" => ".dev",
        _ => return None,
    };
    Some(format!("{kind}{number}"))
}

/// The parts of a Python version that affect its order; they follow [`VERSION`].
const PARTS: &str = r"^v?(?:[0-9]+!)?(?<numbers>[0-9]+(?:\.[0-9]+)*)(?:[-_.]?(?<kind>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?<count>[0-9]*))?(?<post>-[0-9]+|[-_.]?(?:post|rev|r)[-_.]?[0-9]*)?(?<dev>[-_.]?dev[-_.]?(?<dev_count>[0-9]*))?(?:\+[a-z0-9._-]+)?$";

/// The semantic version that a Python version stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::release) struct PythonVersion {
    /// The version without the parts that semantic versions do not have: an epoch, more than three
    /// numbers, a post-release.
    pub(in crate::release) version: Version,
    /// Whether Python orders it after `version`: it is a post-release, or has a fourth number.
    pub(in crate::release) is_later: bool,
}

impl PythonVersion {
    /// Reads a version; `None` if it is not one, or has a number that is too large.
    pub(in crate::release) fn parse(text: &str) -> Option<Self> {
        let parts = RegexBuilder::new(PARTS)
            .case_insensitive(true)
            .unicode(false)
            .build();
        let found = parts
            .expect("the expression is constant")
            .captures(text.trim())?;
        let part = |name: &str| found.name(name).map(|part| part.as_str());
        let numbers = part("numbers")?
            .split('.')
            .map(|number| number.parse().ok())
            .collect::<Option<Vec<u64>>>()?;
        let number = |at: usize| numbers.get(at).copied().unwrap_or_default();
        let mut version = Version::new(number(0), number(1), number(2));
        let count = |name: &str| {
            part(name)
                .unwrap_or_default()
                .parse::<u64>()
                .unwrap_or_default()
        };
        let kind = part("kind").map(|kind| match kind.to_ascii_lowercase().chars().next() {
            Some('a') => ("alpha", count("count")),
            Some('b') => ("beta", count("count")),
            _ => ("rc", count("count")),
        });
        let dev = part("dev").map(|_| ("dev", count("dev_count")));
        if let Some((kind, count)) = kind.or(dev) {
            version.pre = Prerelease::new(&format!("{kind}.{count}")).ok()?;
        }
        let is_later = part("post").is_some() || numbers.iter().skip(3).any(|number| *number > 0);
        Some(Self { version, is_later })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spelt(version: &str) -> Option<String> {
        spell(&Version::parse(version).unwrap())
    }

    #[test]
    fn pre_releases_are_spelt_in_the_normal_form() {
        for (semantic, python) in [
            ("1.2.0", "1.2.0"),
            ("1.2.0-rc.1", "1.2.0rc1"),
            ("1.2.0-RC1", "1.2.0rc1"),
            ("1.2.0-alpha.10", "1.2.0a10"),
            ("1.2.0-beta", "1.2.0b0"),
            ("1.2.0-pre.2", "1.2.0rc2"),
            ("1.2.0-dev.3", "1.2.0.dev3"),
            ("1.2.0+linux-x86.5", "1.2.0+linux.x86.5"),
        ] {
            assert_eq!(spelt(semantic).as_deref(), Some(python), "{semantic}");
        }
    }

    #[test]
    fn what_python_does_not_know_has_no_spelling() {
        for semantic in [
            "1.2.0-next.1",
            "1.2.0-rc.1.2",
            "1.2.0-rc.x",
            "1.2.0-1",
            "1.2.0-post.1",
            "1.2.0+a--b",
        ] {
            assert_eq!(spelt(semantic), None, "{semantic}");
        }
    }

    #[test]
    fn versions_are_what_python_takes_for_them() {
        for text in [
            "1",
            "1.2",
            "v1.2.0",
            "1!2.0",
            "1.2.0-rc.1",
            "1.2.post1",
            "1.2-1",
            "1.2.dev0",
            "1.2+local.7",
        ] {
            assert!(is_version(text), "{text}");
        }
        for text in [
            "",
            "x",
            "1.2.x",
            "1.2.0-next.1",
            "1.2 0",
            "1.2.0+",
            "{{ version }}",
        ] {
            assert!(!is_version(text), "{text}");
        }
    }

    #[test]
    fn a_python_version_means_a_semantic_one() {
        for (text, meant, is_later) in [
            ("1.2", "1.2.0", false),
            ("v1!1.2.0", "1.2.0", false),
            ("2024.01.1", "2024.1.1", false),
            ("1.2.0RC1", "1.2.0-rc.1", false),
            ("1.2a", "1.2.0-alpha.0", false),
            ("1.2.0.dev3", "1.2.0-dev.3", false),
            ("1.2.0.post1", "1.2.0", true),
            ("1.2.0-1", "1.2.0", true),
            ("1.2.0.4+local", "1.2.0", true),
        ] {
            let version = Version::parse(meant).unwrap();
            assert_eq!(
                PythonVersion::parse(text),
                Some(PythonVersion { version, is_later }),
                "{text}"
            );
        }
        for text in ["", "x", "1.2.x", "99999999999999999999"] {
            assert_eq!(PythonVersion::parse(text), None, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_spelling_is_a_version_to_python(pre in "(|-(a|alpha|b|beta|rc|pre|dev|next)(\\.[1-9]{1,3})?)", build in "(|\\+[0-9A-Za-z.-]{1,6})") {
            if let Ok(version) = Version::parse(&format!("1.2.3{pre}{build}")) {
                prop_assert!(spell(&version).is_none_or(|spelt| is_version(&spelt) && PythonVersion::parse(&spelt).is_some()));
            }
        }
    }
}

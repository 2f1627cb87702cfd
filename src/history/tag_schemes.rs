//! Tags that look like versions, though no version tag is named so.
//!
//! Decides what a name looks like, never whether it counts: that is `tags`' business.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};

use semver::Version;

use crate::commit::Id;
use crate::error::Result;
use crate::history::History;
use crate::version::from_tag;

/// What may stand between other text and a version in the name of a tag.
const SEPARATORS: [char; 7] = ['-', '_', '/', '@', '.', 'v', 'V'];

/// The most numbers of a version.
const MAX_NUMBERS: usize = 4;

/// Tags that look like versions and have one text before them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TagScheme {
    /// What is before the version.
    pub(crate) prefix: String,
    /// How many tags there are.
    pub(crate) count: usize,
    /// The tag with the highest version.
    pub(crate) highest: String,
    /// The tag with the highest version of those that HEAD descends from.
    pub(crate) highest_reachable: Option<String>,
    /// Whether some of the versions are semantic ones, so that the prefix could be that of version
    /// tags.
    pub(crate) is_semantic: bool,
}

/// A tag that is not a version tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IgnoredTag {
    /// Its name.
    pub(crate) name: String,
    /// Why it is not a version tag.
    pub(crate) reason: IgnoreReason,
}

/// Why a tag is not a version tag.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum IgnoreReason {
    /// A number is higher than any that can be counted with.
    TooLarge,
    /// It has one, two or four numbers, or a number that begins with 0.
    NotSemantic,
    /// It does not lead to a commit.
    NoCommit,
    /// Another text than the prefix is before its version.
    OtherPrefix(String),
    /// It does not look like a version.
    NotAVersion,
}

/// The name of a tag that looks like a version.
#[derive(Debug, Clone, Copy)]
struct LooksLikeVersion<'a> {
    prefix: &'a str,
    numbers: &'a str,
    suffix: &'a str,
}

impl<'a> LooksLikeVersion<'a> {
    /// Splits a name into a prefix without digits, one to four numbers, and what is after them.
    fn parse(name: &'a str) -> Option<Self> {
        let prefix = text_before_digits(name)?;
        let version = &name[prefix.len()..];
        if !prefix.is_empty() && !prefix.ends_with(SEPARATORS) {
            return None;
        }
        let end = version.find(|character: char| character != '.' && !character.is_ascii_digit());
        let (numbers, suffix) = version.split_at(end.unwrap_or(version.len()));
        let count = numbers.split('.').count();
        let is_version = count <= MAX_NUMBERS && !numbers.split('.').any(str::is_empty);
        let is_whole = suffix.is_empty() || is_prerelease(suffix) || count > 1 && is_suffix(suffix);
        (is_version && is_whole).then_some(Self {
            prefix,
            numbers,
            suffix,
        })
    }

    fn is_semantic(&self) -> bool {
        Version::parse(&format!("{}{}", self.numbers, self.suffix)).is_ok()
    }

    /// Whether it would be a semantic version if no number were too large.
    fn is_too_large(&self) -> bool {
        let is_large = |number: &str| number.parse::<u64>().is_err();
        let smaller: Vec<&str> = self
            .numbers
            .split('.')
            .map(|number| if is_large(number) { "1" } else { number })
            .collect();
        self.numbers.split('.').any(is_large)
            && Version::parse(&format!("{}{}", smaller.join("."), self.suffix)).is_ok()
    }

    /// The order of versions, as far as numbers decide it; a suffix makes a pre-release.
    fn cmp(&self, other: &Self) -> Ordering {
        fn key<'n>(one: &LooksLikeVersion<'n>) -> Vec<(usize, &'n str)> {
            let numbers = one
                .numbers
                .split('.')
                .map(|number| number.trim_start_matches('0'));
            let mut numbers: Vec<_> = numbers.map(|number| (number.len(), number)).collect();
            numbers.resize(MAX_NUMBERS, (0, ""));
            numbers
        }
        key(self)
            .cmp(&key(other))
            .then(self.suffix.is_empty().cmp(&other.suffix.is_empty()))
    }
}

/// What is before the first digit of a name; `None` if it has no digit.
fn text_before_digits(name: &str) -> Option<&str> {
    let digit = name.find(|character: char| character.is_ascii_digit())?;
    Some(&name[..digit])
}

/// Whether text after the numbers is a pre-release or build metadata; days of a date are neither.
fn is_suffix(text: &str) -> bool {
    let is_part = |character: char| {
        character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '+' | '_')
    };
    let begins = text.starts_with(['-', '+', '_'])
        || text.starts_with(|character: char| character.is_ascii_alphabetic());
    begins
        && text.chars().all(is_part)
        && text.contains(|character: char| character.is_ascii_alphabetic())
}

/// Whether text after the numbers is a word for a pre-release, with or without a number.
fn is_prerelease(text: &str) -> bool {
    let text = text
        .trim_start_matches(['-', '_', '.'])
        .to_ascii_lowercase();
    let word = text.trim_end_matches(|character: char| {
        character.is_ascii_digit() || matches!(character, '.' | '-')
    });
    [
        "a", "alpha", "b", "beta", "c", "rc", "pre", "preview", "dev",
    ]
    .contains(&word)
}

/// Which tags belong to the schemes that are searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SchemeScope {
    /// Every tag that leads to a commit.
    All,
    /// Only tags that HEAD descends from.
    Reachable,
}

/// The tags of a scheme while they are counted.
#[derive(Default)]
struct Counted<'a> {
    count: usize,
    is_semantic: bool,
    highest: Option<(&'a str, LooksLikeVersion<'a>)>,
    highest_reachable: Option<(&'a str, LooksLikeVersion<'a>)>,
}

impl<'a> Counted<'a> {
    fn add(&mut self, name: &'a str, found: LooksLikeVersion<'a>, is_reachable: bool) {
        self.count += 1;
        self.is_semantic |= found.is_semantic();
        let is_higher = |than: &Option<(&str, LooksLikeVersion<'_>)>| {
            than.as_ref()
                .is_none_or(|(_, highest)| found.cmp(highest).is_gt())
        };
        if is_higher(&self.highest) {
            self.highest = Some((name, found));
        }
        if is_reachable && is_higher(&self.highest_reachable) {
            self.highest_reachable = Some((name, found));
        }
    }

    fn into_scheme(self, prefix: &str) -> Option<TagScheme> {
        let Self {
            count,
            is_semantic,
            highest,
            highest_reachable,
        } = self;
        Some(TagScheme {
            prefix: prefix.to_owned(),
            count,
            highest: highest?.0.to_owned(),
            highest_reachable: highest_reachable.map(|(name, _)| name.to_owned()),
            is_semantic,
        })
    }
}

/// The schemes of the tags that look like versions and lead to a commit in scope, those with the
/// most tags first.
pub(super) fn tag_schemes<H: History>(
    history: &H,
    scope: SchemeScope,
    is_reachable: impl Fn(Id) -> bool,
) -> Result<Vec<TagScheme>> {
    schemes_of(history, history.tag_names()?, scope, is_reachable)
}

/// The same for the tags with these names.
fn schemes_of<'h, H: History>(
    history: &'h H,
    names: impl Iterator<Item = Cow<'h, str>>,
    scope: SchemeScope,
    is_reachable: impl Fn(Id) -> bool,
) -> Result<Vec<TagScheme>> {
    let names: Vec<_> = names.collect();
    let mut schemes: BTreeMap<&str, Counted<'_>> = BTreeMap::new();
    for name in &names {
        let Some(found) = LooksLikeVersion::parse(name) else {
            continue;
        };
        let target = history.known_target(name);
        if scope == SchemeScope::Reachable && target.is_some_and(|target| !is_reachable(target)) {
            continue;
        }
        let Some(commit) = history.tag_commit(name)? else {
            continue;
        };
        let is_reachable = is_reachable(commit);
        if is_reachable || scope == SchemeScope::All {
            schemes
                .entry(found.prefix)
                .or_default()
                .add(name, found, is_reachable);
        }
    }
    let mut schemes: Vec<TagScheme> = schemes
        .into_iter()
        .filter_map(|(prefix, counted)| counted.into_scheme(prefix))
        .collect();
    schemes.sort_by_key(|scheme| std::cmp::Reverse(scheme.count));
    Ok(schemes)
}

/// The schemes other than that of a prefix under which some commits are tagged; the one with the
/// most tags first.
///
/// # Errors
///
/// Fails if a tag cannot be read.
pub(super) fn other_schemes<H: History>(
    history: &H,
    prefix: &str,
    commits: &HashSet<Id>,
) -> Result<Vec<TagScheme>> {
    // Usually all tags have the prefix, and looking up their commits would take most of the time.
    let has_other_prefix = |name: &Cow<'_, str>| text_before_digits(name) != Some(prefix);
    let names = history.tag_names()?.filter(has_other_prefix);
    let mut schemes = schemes_of(history, names, SchemeScope::Reachable, |commit| {
        commits.contains(&commit)
    })?;
    schemes.retain(|scheme| scheme.is_semantic);
    Ok(schemes)
}

/// The tags that are not version tags under any of these prefixes: those that look like versions
/// first, by name.
///
/// # Errors
///
/// Fails if a tag cannot be read.
pub(crate) fn ignored_tags<H: History>(history: &H, prefixes: &[&str]) -> Result<Vec<IgnoredTag>> {
    let mut ignored = Vec::new();
    for name in history.tag_names()? {
        let reason = match prefixes
            .iter()
            .any(|prefix| from_tag(&name, prefix).is_some())
        {
            true if history.tag_commit(&name)?.is_some() => continue,
            true => IgnoreReason::NoCommit,
            false => why_ignored(&name, prefixes),
        };
        let name = name.into_owned();
        ignored.push(IgnoredTag { name, reason });
    }
    ignored.sort_by(|one, other| {
        one.reason
            .cmp(&other.reason)
            .then_with(|| one.name.cmp(&other.name))
    });
    Ok(ignored)
}

fn why_ignored(name: &str, prefixes: &[&str]) -> IgnoreReason {
    match LooksLikeVersion::parse(name) {
        None => match version_after_separator(name) {
            Some(prefix) => IgnoreReason::OtherPrefix(prefix.to_owned()),
            None => IgnoreReason::NotAVersion,
        },
        Some(found) if !prefixes.contains(&found.prefix) => {
            IgnoreReason::OtherPrefix(found.prefix.to_owned())
        }
        Some(found) if found.is_too_large() => IgnoreReason::TooLarge,
        Some(_) => IgnoreReason::NotSemantic,
    }
}

/// The prefix of a name that ends with a semantic version, even if the prefix has digits itself.
fn version_after_separator(name: &str) -> Option<&str> {
    let mut prefixes = name
        .match_indices(SEPARATORS)
        .map(|(at, separator)| &name[..at + separator.len()]);
    prefixes.find(|prefix| from_tag(name, prefix).is_some())
}

/// The semantic version tag that could be given to the commit of a tag; `None` if its numbers
/// cannot be kept.
pub(super) fn semantic_name(tag: &str, prefix: &str) -> Option<String> {
    let found = LooksLikeVersion::parse(tag).filter(|found| found.suffix.is_empty())?;
    let numbers = found
        .numbers
        .split('.')
        .map(str::parse)
        .collect::<std::result::Result<Vec<u64>, _>>()
        .ok()?;
    let number = |at: usize| numbers.get(at).copied().unwrap_or_default();
    (number(3) == 0).then(|| format!("{prefix}{}", Version::new(number(0), number(1), number(2))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::testing::TestHistory;

    /// The prefix of a name that looks like a version.
    fn prefix(name: &str) -> Option<&str> {
        LooksLikeVersion::parse(name).map(|found| found.prefix)
    }

    #[test]
    fn one_to_four_numbers_after_a_separator_look_like_a_version() {
        let names = [
            ("release-1.2.3", "release-"),
            ("app-v1.2.3", "app-v"),
            ("@s/p@1.2.3", "@s/p@"),
            ("V1.2.3", "V"),
            ("hatch-v1.9.0", "hatch-v"),
            ("sub/v1.2.3", "sub/v"),
            ("v2", "v"),
            ("1.0", ""),
            ("2024.01.1", ""),
            ("1.2.3.4", ""),
            ("v1.2.0rc1", "v"),
            ("v1rc2", "v"),
            ("v1-beta.2", "v"),
            ("app-1.2.3-rc.1", "app-"),
            ("v99999999999999999999.0.0", "v"),
        ];
        for (name, expected) in names {
            assert_eq!(prefix(name), Some(expected), "{name}");
        }
    }

    #[test]
    fn other_names_do_not_look_like_versions() {
        let names = [
            "latest",
            "",
            "release",
            "x1.2.3",
            "e2e-1.2.3",
            "1.2.3.4.5",
            "v1.",
            "v1..2",
            "1.x",
            "build-2024-01-02",
            "2024.01-02",
            "v1-linux",
        ];
        for name in names {
            assert_eq!(prefix(name), None, "{name}");
        }
    }

    fn tagged(names: &[&str]) -> TestHistory {
        names.iter().fold(
            TestHistory::default().commit('a', "", "feat: a"),
            |history, name| history.tag(name, 'a'),
        )
    }

    #[test]
    fn schemes_are_counted_and_have_their_highest_tag() {
        let history = tagged(&["x-1.9.0", "x-1.10.0", "x-1.10.0-rc.1", "v2", "latest"]);
        let scheme = |prefix: &str, count, highest: &str, is_semantic| TagScheme {
            prefix: prefix.into(),
            count,
            highest: highest.into(),
            highest_reachable: Some(highest.into()),
            is_semantic,
        };
        assert_eq!(
            tag_schemes(&history, SchemeScope::All, |_| true).unwrap(),
            [
                scheme("x-", 3, "x-1.10.0", true),
                scheme("v", 1, "v2", false)
            ]
        );
    }

    #[test]
    fn every_ignored_tag_has_its_reason() {
        let names = [
            "v1.0.0",
            "v2",
            "v01.2.3",
            "v99999999999999999999.0.0",
            "x-1.0.0",
            "latest",
        ];
        let ignored = ignored_tags(&tagged(&names), &["v"]).unwrap();
        let reason_of = |name: &str| {
            ignored
                .iter()
                .find(|tag| tag.name == name)
                .map(|tag| tag.reason.clone())
        };
        assert_eq!(reason_of("v1.0.0"), None);
        assert_eq!(reason_of("v2"), Some(IgnoreReason::NotSemantic));
        assert_eq!(reason_of("v01.2.3"), Some(IgnoreReason::NotSemantic));
        assert_eq!(
            reason_of("v99999999999999999999.0.0"),
            Some(IgnoreReason::TooLarge)
        );
        assert_eq!(
            reason_of("x-1.0.0"),
            Some(IgnoreReason::OtherPrefix("x-".into()))
        );
        assert_eq!(reason_of("latest"), Some(IgnoreReason::NotAVersion));
        assert_eq!(ignored.last().unwrap().name, "latest");
    }

    #[test]
    fn prefix_may_contain_a_digit() {
        let ignored = ignored_tags(&tagged(&["grep-pcre2-0.1.0"]), &["v"]).unwrap();
        let prefix = IgnoreReason::OtherPrefix("grep-pcre2-".to_owned());
        assert_eq!(ignored[0].reason, prefix);
    }

    #[test]
    fn a_tag_can_be_given_a_semantic_name() {
        assert_eq!(semantic_name("v2", "v").as_deref(), Some("v2.0.0"));
        assert_eq!(semantic_name("2024.01.1", "").as_deref(), Some("2024.1.1"));
        assert_eq!(semantic_name("1.2.3.0", "v").as_deref(), Some("v1.2.3"));
        for tag in ["1.2.3.4", "v99999999999999999999.0.0", "v1.2.0rc1"] {
            assert_eq!(semantic_name(tag, "v"), None, "{tag}");
        }
    }
}

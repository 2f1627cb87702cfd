//! How versions follow from tags and commits.

use std::collections::BTreeMap;

use semver::Version;

use super::Config;
use super::commit_overrides::CommitOverride;
use super::reader::{Reader, entries, flag, word};
use super::section::{GLOBS, Section, Weakenings};
use super::writer::Writer;
use crate::document::{Field, Node, Shape, Table, quoted_key};
use crate::version::{self, Bump};

pub(super) const SECTION: Section = Section {
    fields: FIELDS,
    read,
    write,
    compare,
};

/// The words for a bump.
pub(super) const BUMPS: Shape = Shape::Choice(Bump::WORDS);

const FIELDS: &[Field] = &[
    Field::new(
        "tag_prefix",
        Shape::AnyText,
        "Prefix of the version in tag names. Default: `v`, or no prefix if all version tags are bare versions.",
    ),
    Field::new("initial", Shape::Text, "First version of a repository without version tags. If set, signs of earlier releases do not make the next version unknown.").default("\"0.1.0\""),
    Field::new("zero_breaking", Shape::Choice(&["minor", "major"]), "Version bump for a breaking change before 1.0.0.")
        .default("\"minor\""),
    Field::new("zero_feature", Shape::Choice(&["minor", "patch"]), "Version bump for a feature before 1.0.0.")
        .default("\"minor\""),
    Field::new(
        "first_parent",
        Shape::Boolean,
        "Whether to follow only first parents, and use the messages of merge commits.",
    )
    .default("false"),
    Field::new("branches", GLOBS, "Globs for the branches that releases can be made from. Default: all."),
    Field::new(
        "bumps",
        Shape::Map(&BUMPS),
        "Version bump for each commit type, in addition to the defaults: minor for `feat`; patch for `fix`, `perf`, and `revert`. \
         `*` matches all other types. Default: other types cause no bump.",
    ),
];

/// How versions follow from tags and commits.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct VersionSettings {
    /// The prefix of the version in tag names; `None`: `v`, or nothing if all version tags are bare
    /// versions.
    pub tag_prefix: Option<String>,
    /// The version of a history without a base; `None`: 0.1.0, unless there are signs of earlier
    /// releases.
    pub initial: Option<Version>,
    /// The bump for a breaking change before 1.0.0: [`Bump::Minor`] or [`Bump::Major`].
    pub zero_breaking: Bump,
    /// The bump for a feature before 1.0.0: [`Bump::Minor`] or [`Bump::Patch`].
    pub zero_feature: Bump,
    /// Whether only first parents are followed, and the messages of merge commits used.
    pub first_parent: bool,
    /// The bump for each commit type.
    pub(crate) bumps: Bumps,
    /// Corrections for single commits; no two of them match the same commit.
    pub(crate) overrides: Vec<CommitOverride>,
}

/// The key that matches every commit type that is not named.
pub(crate) const ANY_TYPE: &str = "*";

impl VersionSettings {
    /// The first version of a history that is known to have no earlier release.
    #[must_use]
    pub(crate) fn initial_version(&self) -> Version {
        self.initial.clone().unwrap_or(Version::new(0, 1, 0))
    }
}

/// The bumps for commit types, which are case-insensitive; [`ANY_TYPE`] matches all other types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bumps(BTreeMap<String, Bump>);

impl Bumps {
    /// The bump for a type: its own, that of [`ANY_TYPE`], or [`Bump::None`].
    #[must_use]
    pub(crate) fn of(&self, kind: &str) -> Bump {
        let named = self
            .0
            .get(kind)
            .or_else(|| self.0.get(&kind.to_lowercase()));
        named
            .or_else(|| self.0.get(ANY_TYPE))
            .copied()
            .unwrap_or_default()
    }

    /// The key whose bump a type has.
    #[must_use]
    pub(crate) fn key_of<'a>(&self, kind: &'a str) -> &'a str {
        let is_named = self.0.contains_key(&kind.to_lowercase());
        if !is_named && self.0.contains_key(ANY_TYPE) {
            ANY_TYPE
        } else {
            kind
        }
    }

    /// The types with their bumps, in alphabetical order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, Bump)> {
        self.0.iter().map(|(kind, bump)| (kind.as_str(), *bump))
    }

    /// Sets the bump for a type.
    pub(crate) fn set(&mut self, kind: &str, bump: Bump) {
        self.0.insert(kind.to_lowercase(), bump);
    }
}

impl Default for Bumps {
    fn default() -> Self {
        let defaults = [
            ("feat", Bump::Minor),
            ("fix", Bump::Patch),
            ("perf", Bump::Patch),
            ("revert", Bump::Patch),
        ];
        Self(
            defaults
                .into_iter()
                .map(|(kind, bump)| (kind.to_owned(), bump))
                .collect(),
        )
    }
}

impl Default for VersionSettings {
    fn default() -> Self {
        Self {
            tag_prefix: None,
            initial: None,
            zero_breaking: Bump::Minor,
            zero_feature: Bump::Minor,
            first_parent: false,
            bumps: Bumps::default(),
            overrides: Vec::new(),
        }
    }
}

fn read(table: &Table, config: &mut Config, reader: &mut Reader) {
    let default = VersionSettings::default();
    let mut bumps = default.bumps;
    reader.types_as_keys(entries(table, "bumps"));
    for entry in entries(table, "bumps") {
        if let Some(bump) = entry.value.as_str().and_then(Bump::parse) {
            bumps.set(&entry.key, bump);
        }
    }
    config.version = VersionSettings {
        tag_prefix: table
            .get("tag_prefix")
            .and_then(|node| tag_prefix(node, reader)),
        initial: table.get("initial").and_then(|node| initial(node, reader)),
        zero_breaking: word(table, "zero_breaking").unwrap_or(default.zero_breaking),
        zero_feature: word(table, "zero_feature").unwrap_or(default.zero_feature),
        first_parent: flag(table, "first_parent").unwrap_or(default.first_parent),
        bumps,
        overrides: default.overrides,
    };
    config.branches = reader.globs(table, "branches").unwrap_or_default();
}

fn initial(node: &Node, reader: &mut Reader) -> Option<Version> {
    let text = node.as_str()?;
    let version = Version::parse(text)
        .ok()
        .filter(|version| version::core(version) == *version);
    if version.is_none() {
        reader.fault(
            node,
            format!("`{text}` is not a valid initial version"),
            "write three numbers, such as `0.1.0`",
        );
    }
    version
}

/// Reads a tag prefix.
pub(super) fn tag_prefix(node: &Node, reader: &mut Reader) -> Option<String> {
    let prefix = node.as_str()?;
    check_tag_prefix(prefix, node, reader);
    Some(prefix.to_owned())
}

/// Reports a tag prefix that Git does not allow; `node` is the value that it follows from.
pub(super) fn check_tag_prefix(prefix: &str, node: &Node, reader: &mut Reader) {
    if !can_begin_tag_name(prefix) {
        reader.fault(
            node,
            format!("`{prefix}` is not a valid tag prefix"),
            "see `git help check-ref-format` for the rules",
        );
    }
}

/// Whether Git allows a text at the start of a tag's name (`git check-ref-format`).
pub(super) fn can_begin_tag_name(text: &str) -> bool {
    let has_forbidden_character =
        text.contains(|c: char| c.is_control() || " ~^:?*[\\".contains(c));
    let has_forbidden_sequence = ["..", "//", "/.", "@{", ".lock/"]
        .iter()
        .any(|bad| text.contains(bad));
    !(has_forbidden_character || has_forbidden_sequence || text.starts_with(['-', '/', '.']))
}

fn write(config: &Config, out: &mut Writer) {
    let version = &config.version;
    out.line("");
    out.optional("tag_prefix", version.tag_prefix.as_deref());
    match &version.initial {
        Some(initial) => out.string("initial", &initial.to_string()),
        None => out.line(format_args!(
            "# initial = \"{}\"",
            version.initial_version()
        )),
    }
    out.string("zero_breaking", version.zero_breaking.as_str());
    out.string("zero_feature", version.zero_feature.as_str());
    out.value("first_parent", version.first_parent);
    out.restriction("branches", &config.branches);
    out.table("[bumps]");
    for (kind, bump) in version.bumps.iter() {
        out.string(&quoted_key(kind), bump.as_str());
    }
}

fn compare(base: &Config, head: &Config, found: &mut Weakenings) {
    let are_restricted = !base.branches.is_empty();
    found.key("branches", are_restricted && base.branches != head.branches);
    let (base, head) = (&base.version, &head.version);
    found.key("tag_prefix", base.tag_prefix != head.tag_prefix);
    found.key("initial", base.initial != head.initial);
    found.key("zero_breaking", head.zero_breaking < base.zero_breaking);
    found.key("zero_feature", head.zero_feature < base.zero_feature);
    found.key("first_parent", base.first_parent != head.first_parent);
    found.key("bumps", base.bumps != head.bumps);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::testing::{config, fault, faults, weakenings};

    #[test]
    fn a_star_is_read_as_all_other_types() {
        let read = config(
            "bumps.\"*\" = \"patch\"\nchangelog.sections = { feat = \"Added\", \"*\" = \"Other\" }",
        );
        let bumps = &read.version.bumps;
        assert_eq!(
            (bumps.of("chore"), bumps.of("feat")),
            (Bump::Patch, Bump::Minor)
        );
        assert_eq!(read.changelog.titles()[1], ("*", "Other"));
        let shown = read.to_toml();
        assert_eq!(config(&shown).to_toml(), shown);
    }

    #[test]
    fn a_first_version_is_strict_and_stable() {
        for version in ["1", "v1.0.0", "1.0.0-rc.1", "1.0.0+b"] {
            assert_eq!(
                fault(&format!("initial = \"{version}\"")).1,
                format!("\"{version}\"")
            );
        }
    }

    #[test]
    fn a_tag_prefix_is_what_git_takes_in_a_name() {
        assert_eq!(
            config("tag_prefix = \"\"").version.tag_prefix.as_deref(),
            Some("")
        );
        for prefix in ["a b", "-v", "a..b", "v^", "@{"] {
            assert_eq!(
                faults(&format!("tag_prefix = \"{prefix}\"")).len(),
                1,
                "{prefix}"
            );
        }
    }

    #[test]
    fn a_star_is_every_type_that_is_not_named() {
        let mut bumps = Bumps::default();
        bumps.set("*", Bump::Patch);
        bumps.set("docs", Bump::None);
        assert_eq!(
            (bumps.of("chore"), bumps.of("Docs"), bumps.of("feat")),
            (Bump::Patch, Bump::None, Bump::Minor)
        );
        assert_eq!(
            (
                bumps.key_of("chore"),
                bumps.key_of("Docs"),
                bumps.key_of("feat")
            ),
            ("*", "Docs", "feat")
        );
    }

    #[test]
    fn types_match_without_regard_to_case() {
        assert_eq!(Bumps::default().of("FEAT"), Bump::Minor);
        assert_eq!(Bumps::default().of("chore"), Bump::None);
    }

    #[test]
    fn changes_of_versions_are_weaker() {
        for (base, head, key) in [
            ("", "tag_prefix = \"x\"", "tag_prefix"),
            ("", "initial = \"9.0.0\"", "initial"),
            ("", "first_parent = true", "first_parent"),
            ("", "bumps.feat = \"none\"", "bumps"),
            ("branches = [\"main\"]", "", "branches"),
            ("zero_breaking = \"major\"", "", "zero_breaking"),
            ("", "zero_feature = \"patch\"", "zero_feature"),
        ] {
            assert_eq!(weakenings(base, head), [format!("`{key}` changed")]);
        }
        assert_eq!(weakenings("", "zero_breaking = \"major\""), [""; 0]);
        assert_eq!(weakenings("", "branches = [\"main\"]"), [""; 0]);
    }
}

//! Which tags are version tags, and which prefix they have.

use std::borrow::Cow;
use std::cell::OnceCell;

use semver::Version;

use crate::commit::Id;
use crate::error::Result;
use crate::history::History;
use crate::history::graph::{Graph, Node};
use crate::version::from_tag;

/// The prefix if none is configured.
pub(super) const DEFAULT_PREFIX: &str = "v";

/// The prefixes that version tags may have, including tags that are not here yet.
///
/// Without a configured prefix, a first tag that is `v` and a version would decide for `v`, and as
/// long as no version tag is here at all, a bare version would decide for that.
///
/// # Errors
///
/// Fails if a tag cannot be read.
pub(crate) fn possible_prefixes<H: History>(
    history: &H,
    configured: Option<&str>,
) -> Result<Vec<String>> {
    if let Some(prefix) = configured {
        return Ok(vec![prefix.to_owned()]);
    }
    let names: Vec<_> = history.tag_names()?.collect();
    let usual = VersionTags::with_prefix(history, &names, DEFAULT_PREFIX);
    let prefixes = if usual.has_commit()? {
        &[DEFAULT_PREFIX][..]
    } else {
        &[DEFAULT_PREFIX, ""]
    };
    Ok(prefixes.iter().map(|prefix| (*prefix).to_owned()).collect())
}

/// Version tags with and without a prefix, of which those without are ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MixedTags {
    /// The highest tag that counts.
    pub(crate) counted: String,
    /// A higher one without a prefix, which is ignored.
    pub(crate) ignored: String,
}

/// The version tags of a repository, in ascending order of their versions.
pub(super) struct VersionTags<'h, H> {
    history: &'h H,
    prefix: String,
    tags: Vec<VersionTag<'h>>,
    /// The highest version tag without a prefix, if it is higher than all with the prefix that was
    /// not configured.
    higher_bare: Option<String>,
}

/// A tag whose name is prefix and version; whether it leads to a commit is looked up lazily.
pub(super) struct VersionTag<'h> {
    pub(super) version: Version,
    pub(super) name: Cow<'h, str>,
    commit: OnceCell<Option<Id>>,
}

impl<'h, H: History> VersionTags<'h, H> {
    /// Collects the version tags with the configured prefix.
    ///
    /// Without one it is `v`, or nothing if there are bare versions and no tag is `v` and a
    /// version.
    pub(super) fn collect(history: &'h H, configured: Option<&str>) -> Result<Self> {
        let names: Vec<_> = history.tag_names()?.collect();
        Self::among(history, &names, configured)
    }

    /// The same from the names of all tags.
    pub(super) fn among(
        history: &'h H,
        names: &[Cow<'h, str>],
        configured: Option<&str>,
    ) -> Result<Self> {
        let with = |prefix: &str| Self::with_prefix(history, names, prefix);
        if let Some(prefix) = configured {
            return Ok(with(prefix));
        }
        let (usual, bare) = (with(DEFAULT_PREFIX), with(""));
        if !usual.has_commit()? {
            return Ok(if bare.has_commit()? { bare } else { usual });
        }
        let highest = usual.tags.last().map(|tag| &tag.version);
        let is_higher = |tag: &&VersionTag| {
            highest.is_none_or(|highest| tag.version.cmp_precedence(highest).is_gt())
        };
        let higher_bare = match bare.tags.last().filter(is_higher) {
            Some(tag) if bare.commit(tag)?.is_some() => Some(tag.name.to_string()),
            _ => None,
        };
        Ok(Self {
            higher_bare,
            ..usual
        })
    }

    /// The tags of `names` that are this prefix and a version.
    pub(super) fn with_prefix(history: &'h H, names: &[Cow<'h, str>], prefix: &str) -> Self {
        Self {
            history,
            prefix: prefix.to_owned(),
            tags: named(names, prefix),
            higher_bare: None,
        }
    }

    pub(super) const fn history(&self) -> &'h H {
        self.history
    }

    /// Whether any of the tags leads to a commit.
    pub(super) fn has_commit(&self) -> Result<bool> {
        for tag in &self.tags {
            if self.commit(tag)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The highest tag, and a higher one without a prefix, which is ignored.
    pub(super) fn mixed(&self) -> Option<MixedTags> {
        let (counted, ignored) = (self.tags.last()?, self.higher_bare.as_ref()?);
        Some(MixedTags {
            counted: counted.name.to_string(),
            ignored: ignored.clone(),
        })
    }

    /// The tags, the lowest version first.
    pub(super) fn ascending(&self) -> &[VersionTag<'h>] {
        &self.tags
    }

    /// The commit that a tag leads to, if the graph has it.
    pub(super) fn node(&self, tag: &VersionTag<'_>, graph: &Graph<'_, H>) -> Result<Option<Node>> {
        let target = match self.history.known_target(&tag.name) {
            // A graph has only commits.
            Some(target) => Some(target),
            None => self.commit(tag)?,
        };
        Ok(target.and_then(|target| graph.find(target)))
    }

    /// The commit that a tag leads to; `None` if it leads to something else, so that it is not a
    /// version tag.
    pub(super) fn commit(&self, tag: &VersionTag<'_>) -> Result<Option<Id>> {
        if let Some(known) = tag.commit.get() {
            return Ok(*known);
        }
        let commit = self.history.tag_commit(&tag.name)?;
        Ok(*tag.commit.get_or_init(|| commit))
    }
}

fn named<'h>(names: &[Cow<'h, str>], prefix: &str) -> Vec<VersionTag<'h>> {
    let mut tags: Vec<VersionTag<'h>> = names
        .iter()
        .filter_map(|name| {
            let version = from_tag(name, prefix)?;
            Some(VersionTag {
                version,
                name: name.clone(),
                commit: OnceCell::new(),
            })
        })
        .collect();
    // Equal versions are equal names.
    tags.sort_unstable_by(|a, b| a.version.cmp(&b.version));
    tags
}

//! A history as it was when a tag was made: HEAD at its commit, and the tag not there yet.
//!
//! Packages that are released together are tagged on one commit, so the tags of other packages on
//! that commit are not there either.

use crate::commit::Id;
use crate::config::{Package, VersionSettings};
use crate::error::{Error, Result};
use crate::history::tags::{VersionTag, VersionTags};
use crate::history::{
    Base, History, HistoryView, NextOptions, NextVersion, RejectionReason, VersionQuery, Versions,
};
use crate::source::{join_or, shorten};

/// A history view from an old version tag.
#[derive(Debug)]
pub(crate) struct HistoryBeforeTag<'a, H> {
    /// The history from the commit of the tag, which is not there yet.
    pub(crate) view: HistoryView<'a, H>,
    /// The tag.
    pub(crate) released: Base,
    /// The settings with the prefix that the tags have, hidden ones among them.
    settings: VersionSettings,
    packages: &'a [Package],
    /// The package that the tag is of; `None`: the repository.
    package: Option<String>,
}

impl<'a, H: History> HistoryBeforeTag<'a, H> {
    /// Goes back to the version tag of that name, or, if the query is about a single unit, of that
    /// version.
    ///
    /// The tag itself, greater versions on its commit, and tags of other packages on it are not
    /// there yet.
    ///
    /// # Errors
    ///
    /// Fails if there is no such tag.
    pub(crate) fn new(history: &'a H, query: VersionQuery<'a>, word: &str) -> Result<Self> {
        Self::find(history, query, word)?.ok_or_else(|| {
            Error::usage(
                format!("there is no version tag `{}`", shorten(word)),
                "run `git tag` to list the tags",
            )
        })
    }

    /// The same; `None`: there is no such tag.
    ///
    /// # Errors
    ///
    /// Fails if only a tag shows which package is meant.
    pub(crate) fn find(
        history: &'a H,
        query: VersionQuery<'a>,
        word: &str,
    ) -> Result<Option<Self>> {
        let units = query.all_units();
        let tags = query.version_tags(history, &units)?;
        let is_meant = |tag: &&VersionTag<'_>| {
            tag.name == word || query.is_single() && tag.version.to_string() == version_text(word)
        };
        let mut of_version = Vec::new();
        for (at, unit) in units.iter().enumerate() {
            let name = unit.map(|package| package.name.as_str());
            if query.only.is_some() && query.only != name {
                continue;
            }
            let all = tags[at].ascending().iter();
            let has_version = |tag: &&VersionTag<'_>| tag.version.to_string() == version_text(word);
            of_version.extend(all.filter(has_version).map(|tag| tag.name.to_string()));
            let Some(tag) = tags[at].ascending().iter().find(is_meant) else {
                continue;
            };
            let Some(commit) = tags[at].commit(tag)? else {
                continue;
            };
            let mut view = HistoryView::new(history, commit);
            for (other, tags) in tags.iter().enumerate() {
                let is_later =
                    |later: &&VersionTag<'_>| other != at || later.version >= tag.version;
                for later in tags.ascending().iter().filter(is_later) {
                    if tags.commit(later)? == Some(commit) {
                        view.hide(&later.name);
                    }
                }
            }
            return Ok(Some(Self {
                view,
                released: Base {
                    version: tag.version.clone(),
                    tag: tag.name.to_string(),
                    commit,
                },
                settings: with_prefix(query.settings, tags[at].prefix()),
                packages: query.packages,
                package: name.map(str::to_owned),
            }));
        }
        match &of_version[..] {
            [] => Ok(None),
            tags => Err(version_of_packages(word, tags)),
        }
    }

    /// The history before a release was made: HEAD at the commit that was released, and its tag not
    /// there yet.
    ///
    /// Also returns the settings with the prefix of the tags, this one included.
    ///
    /// # Errors
    ///
    /// Fails if a tag cannot be read.
    pub(crate) fn release(
        history: &'a H,
        settings: &VersionSettings,
        base: Id,
        tag: &str,
    ) -> Result<(HistoryView<'a, H>, VersionSettings)> {
        let all = VersionTags::collect(history, settings.tag_prefix.as_deref())?;
        let mut view = HistoryView::new(history, base);
        view.hide(tag);
        Ok((view, with_prefix(settings, all.prefix())))
    }

    /// The package that the tag is of; `None`: the repository.
    pub(crate) fn package(&self) -> Option<&str> {
        self.package.as_deref()
    }

    /// Recomputes the version of the tag from its commits.
    ///
    /// # Errors
    ///
    /// Fails if history is missing.
    pub(crate) fn next(&self) -> Result<Versions> {
        let query = VersionQuery {
            settings: &self.settings,
            packages: self.packages,
            only: self.package.as_deref(),
            evidence: None,
        };
        let propose = |options: &NextOptions| query.propose(&self.view, options);
        // A pre-release that sorts below an earlier one does not follow from anything; its stable
        // version does.
        let mut versions =
            propose(&self.options()).or_else(|_| propose(&NextOptions::default()))?;
        for unit in &mut versions.units {
            leave_out_later_tags(&mut unit.next);
        }
        Ok(versions)
    }

    /// The options of the tag, as far as its version shows them: the identifier of a pre-release.
    fn options(&self) -> NextOptions {
        let numbered = self.released.version.pre.as_str().rsplit_once('.');
        let identifier = numbered
            .filter(|(_, number)| number.parse::<u64>().is_ok())
            .map(|(identifier, _)| identifier);
        NextOptions {
            pre: identifier.map(str::to_owned),
            ..NextOptions::default()
        }
    }
}

fn with_prefix(settings: &VersionSettings, prefix: &str) -> VersionSettings {
    VersionSettings {
        tag_prefix: Some(prefix.to_owned()),
        ..settings.clone()
    }
}

/// Leaves out the tags that are no ancestors of the one that is recomputed: most of them were made
/// after it.
fn leave_out_later_tags(next: &mut NextVersion) {
    next.existing_tag = None;
    next.rejected
        .retain(|refused| refused.reason == RejectionReason::Prerelease);
}

/// A version without the `v` that people write before it.
fn version_text(word: &str) -> &str {
    word.strip_prefix('v').unwrap_or(word)
}

/// A version was given, but only a tag shows which package is meant.
pub(crate) fn version_of_packages(word: &str, tags: &[String]) -> Error {
    let tags: Vec<String> = tags.iter().map(|tag| format!("`{tag}`")).collect();
    Error::usage(
        format!("`{}` is the version of a package, not a tag", shorten(word)),
        format!("pass the tag {}", join_or(&tags)),
    )
}

#[cfg(test)]
mod tests {
    use semver::Version;

    use super::*;
    use crate::history::testing::{TestHistory, package};

    fn derived(history: &TestHistory, word: &str) -> Result<String> {
        let settings = VersionSettings::default();
        let old = HistoryBeforeTag::new(history, VersionQuery::repository(&settings), word)?;
        Ok(old
            .next()?
            .units
            .remove(0)
            .next
            .version
            .unwrap()
            .to_string())
    }

    fn history() -> TestHistory {
        TestHistory::default()
            .commit('a', "", "feat: a")
            .tag("v1.0.0", 'a')
            .commit('b', "a", "feat: b")
            .tag("v1.1.0-rc.1", 'b')
            .commit('c', "b", "fix: c")
            .tag("v1.1.0-rc.2", 'c')
            .tag("v1.1.0", 'c')
            .commit('d', "c", "feat!: d")
    }

    #[test]
    fn an_old_version_is_derived_again_from_its_commit() {
        assert_eq!(derived(&history(), "v1.1.0").unwrap(), "1.1.0");
        assert_eq!(derived(&history(), "1.1.0").unwrap(), "1.1.0");
    }

    #[test]
    fn an_old_prerelease_is_derived_with_its_identifier() {
        assert_eq!(derived(&history(), "v1.1.0-rc.1").unwrap(), "1.1.0-rc.1");
        assert_eq!(derived(&history(), "v1.1.0-rc.2").unwrap(), "1.1.0-rc.2");
    }

    #[test]
    fn an_old_prerelease_below_an_earlier_one_is_recomputed() {
        let history = TestHistory::default()
            .commit('a', "", "feat: a")
            .tag("v1.0.0", 'a')
            .commit('b', "a", "feat: b")
            .tag("v1.1.0-rc.1", 'b')
            .commit('c', "b", "fix: c")
            .tag("v1.1.0-beta.1", 'c');
        assert_eq!(derived(&history, "v1.1.0-beta.1").unwrap(), "1.1.0");
    }

    #[test]
    fn the_first_version_has_no_base() {
        assert_eq!(derived(&history(), "v1.0.0").unwrap(), "0.1.0");
    }

    #[test]
    fn old_package_version_includes_co_released_packages() {
        let packages = [
            package("core", "core"),
            Package {
                depends_on: vec!["core".into()],
                ..package("cli", "cli")
            },
        ];
        let history = TestHistory::default()
            .change('a', "", ("feat: a", "core/a cli/a"))
            .tag("core-v1.0.0", 'a')
            .tag("cli-v1.0.0", 'a')
            .change('b', "a", ("feat: b", "core/b"))
            .tag("core-v1.1.0", 'b')
            .tag("cli-v1.0.1", 'b')
            .change('c', "b", ("feat!: c", "core/c"));
        let version = VersionSettings::default();
        let derived = |word: &str, only| {
            let query = VersionQuery {
                packages: &packages,
                settings: &version,
                only,
                evidence: None,
            };
            let found = HistoryBeforeTag::new(&history, query, word)?
                .next()?
                .units
                .remove(0);
            Ok::<_, Error>((
                found.name.unwrap(),
                found.next.version.unwrap().to_string(),
                found.bumped_by,
            ))
        };
        assert_eq!(
            derived("core-v1.1.0", None).unwrap(),
            ("core".into(), "1.1.0".into(), vec![])
        );
        assert_eq!(
            derived("cli-v1.0.1", None).unwrap(),
            ("cli".into(), "1.0.1".into(), vec!["core".into()])
        );
        assert_eq!(derived("1.0.1", Some("cli")).unwrap().1, "1.0.1");
        assert!(derived("1.0.1", None).is_err() && derived("core-v1.1.0", Some("cli")).is_err());
    }

    #[test]
    fn an_old_version_ignores_tags_made_later() {
        let history = TestHistory::default()
            .commit('a', "", "feat: a")
            .tag("v1.0.0", 'a')
            .commit('b', "a", "feat: b")
            .tag("v1.0.1", 'b')
            .commit('c', "b", "fix: c")
            .tag("v1.1.0", 'c');
        let settings = VersionSettings::default();
        let query = VersionQuery::repository(&settings);
        let old = HistoryBeforeTag::new(&history, query, "v1.0.1").unwrap();
        let next = old.next().unwrap().units.remove(0).next;
        assert_eq!(
            (next.version.unwrap(), next.rejected, next.existing_tag),
            (Version::new(1, 1, 0), vec![], None)
        );
        assert_eq!(old.released.version, Version::new(1, 0, 1));
    }

    #[test]
    fn an_old_version_of_a_package_ignores_tags_made_later() {
        let packages = [package("core", "core")];
        let history = TestHistory::default()
            .change('a', "", ("feat: a", "core/a"))
            .tag("core-v1.0.0", 'a')
            .change('b', "a", ("feat: b", "core/b"))
            .tag("core-v1.0.1", 'b')
            .change('c', "b", ("fix: c", "core/c"))
            .tag("core-v1.1.0", 'c');
        let version = VersionSettings::default();
        let query = VersionQuery {
            packages: &packages,
            settings: &version,
            only: None,
            evidence: None,
        };
        let old = HistoryBeforeTag::new(&history, query, "core-v1.0.1").unwrap();
        let next = &old.next().unwrap().units[0].next;
        assert_eq!(
            (&next.version.clone().unwrap(), next.rejected.len()),
            (&Version::new(1, 1, 0), 0)
        );
    }

    #[test]
    fn argument_that_is_not_a_version_tag_is_refused() {
        assert!(derived(&history(), "v9.0.0").is_err());
    }

    #[test]
    fn version_of_packages_names_their_tags() {
        let history = TestHistory::default()
            .commit('a', "", "feat: a")
            .tag("core-v1.0.0", 'a')
            .tag("cli-v1.0.0", 'a');
        let settings = VersionSettings::default();
        let packages = ["core", "cli"].map(|name| package(name, name));
        let query = VersionQuery {
            settings: &settings,
            packages: &packages,
            only: None,
            evidence: None,
        };
        let error = HistoryBeforeTag::new(&history, query, "1.0.0").unwrap_err();
        assert_eq!(
            (error.to_string().as_str(), error.help().unwrap()),
            (
                "`1.0.0` is the version of a package, not a tag",
                "pass the tag `core-v1.0.0` or `cli-v1.0.0`"
            )
        );
        let unknown = HistoryBeforeTag::new(&history, query, "2.0.0").unwrap_err();
        assert_eq!(unknown.to_string(), "there is no version tag `2.0.0`");
    }
}

//! A history as it was when a tag was made: HEAD at its commit, and the tag not there yet.
//!
//! Packages that are released together are tagged on one commit, and so of other packages no tag of
//! that commit is there.

use semver::Version;

use crate::commit::Id;
use crate::config::VersionSettings;
use crate::error::{Error, Result};
use crate::history::next::propose;
use crate::history::packages::{Packages, propose_packages};
use crate::history::tags::{VersionTag, VersionTags};
use crate::history::{
    Base, History, HistoryView, Next, NextOptions, PackageSettings, RejectionReason,
};

/// A history view from an old version tag.
#[derive(Debug)]
pub struct HistoryBeforeTag<'h, H> {
    /// The history from the commit of the tag, which is not there yet.
    pub view: HistoryView<'h, H>,
    /// The tag.
    pub released: Base,
    /// The settings with the prefix that the tags have, hidden ones among them.
    pub settings: VersionSettings,
}

impl<'h, H: History> HistoryBeforeTag<'h, H> {
    /// Goes back to the version tag of that name, or of that version.
    ///
    /// The tag itself, and greater versions on its commit, are not there yet. Fails where there is
    /// no such tag.
    pub fn version(history: &'h H, settings: &VersionSettings, word: &str) -> Result<Self> {
        let tags = VersionTags::collect(history, settings.tag_prefix.as_deref())?;
        let named = tags.ascending().iter().find(|tag| tag.name == word);
        let name = named.or_else(|| {
            tags.ascending()
                .iter()
                .find(|tag| tag.version.to_string() == version_text(word))
        });
        let settings = VersionSettings {
            tag_prefix: Some(tags.prefix().to_owned()),
            ..settings.clone()
        };
        let found = name
            .map(|tag| Self::before(history, (&tags, tag), settings))
            .transpose()?
            .flatten();
        found.ok_or_else(|| unknown(word))
    }

    /// Goes back to the version tag of a package, which is found by the tag's name; where one
    /// package alone is asked about, by a version of it too. Gives the package's name besides.
    ///
    /// Fails where there is no such tag.
    pub fn package(
        history: &'h H,
        settings: PackageSettings<'_>,
        word: &str,
    ) -> Result<(Self, String)> {
        let names = history.tag_names()?;
        let mut found: Option<(Self, &str)> = None;
        let mut others = Vec::new();
        for package in settings.packages {
            let tags = VersionTags::with_prefix(history, &names, &package.tag_prefix);
            let is_asked = |version: &Version| {
                settings.only.is_some() && version.to_string() == version_text(word)
            };
            let is_meant = |tag: &&VersionTag| tag.name == word || is_asked(&tag.version);
            let is_wanted = settings.only.is_none_or(|only| only == package.name);
            match tags
                .ascending()
                .iter()
                .find(is_meant)
                .filter(|_| is_wanted && found.is_none())
            {
                Some(tag) => {
                    let old = Self::before(history, (&tags, tag), settings.version.clone())?;
                    found = old.map(|old| (old, package.name.as_str()));
                }
                None => others.push(tags),
            }
        }
        let (mut old, name) = found.ok_or_else(|| unknown(word))?;
        for tags in &others {
            old.hide(tags, |_| true)?;
        }
        Ok((old, name.to_owned()))
    }

    /// Goes back to before a release was made: HEAD at the commit that was released, and its tags
    /// not there yet.
    ///
    /// Gives the settings with the prefix that the tags have besides, these among them.
    pub fn release(
        history: &'h H,
        settings: &VersionSettings,
        (base, tags): (Id, &[String]),
    ) -> Result<(HistoryView<'h, H>, VersionSettings)> {
        let all = VersionTags::collect(history, settings.tag_prefix.as_deref())?;
        let settings = VersionSettings {
            tag_prefix: Some(all.prefix().to_owned()),
            ..settings.clone()
        };
        let mut view = HistoryView::new(history, base);
        tags.iter().for_each(|tag| view.hide(tag));
        Ok((view, settings))
    }

    /// The history before a tag was made; `None` where the tag leads to no commit.
    fn before(
        history: &'h H,
        (tags, tag): (&VersionTags<'h, H>, &VersionTag),
        settings: VersionSettings,
    ) -> Result<Option<Self>> {
        let Some(commit) = tags.commit(tag)? else {
            return Ok(None);
        };
        let mut view = HistoryView::new(history, commit);
        view.hide(&tag.name);
        let released = Base {
            version: tag.version.clone(),
            tag: tag.name.clone(),
            commit,
        };
        let mut old = Self {
            view,
            released,
            settings,
        };
        old.hide(tags, |other| *other > tag.version)?;
        Ok(Some(old))
    }

    /// Hides the tags on the commit whose versions are later ones.
    fn hide(
        &mut self,
        tags: &VersionTags<'h, H>,
        is_later: impl Fn(&Version) -> bool,
    ) -> Result<()> {
        for tag in tags.ascending().iter().filter(|tag| is_later(&tag.version)) {
            if tags.commit(tag)? == Some(self.view.head_id()) {
                self.view.hide(&tag.name);
            }
        }
        Ok(())
    }

    /// Recomputes the version of the tag from its commits.
    ///
    /// # Errors
    ///
    /// Fails if history is missing.
    pub fn next(&self) -> Result<Next> {
        let propose = |options: &NextOptions| propose(&self.view, &self.settings, options, None);
        // A pre-release that sorts below an earlier one does not follow from anything; its stable
        // version does.
        let next = propose(&self.options()).or_else(|_| propose(&NextOptions::default()))?;
        Ok(without_later_tags(next))
    }

    /// Recomputes the version of a package's tag from its commits; `settings` names the package.
    ///
    /// # Errors
    ///
    /// Fails as [`next`](Self::next) does.
    pub fn next_package(&self, settings: PackageSettings<'_>) -> Result<Packages> {
        let propose = |options: &NextOptions| propose_packages(&self.view, settings, options, None);
        let mut found = propose(&self.options()).or_else(|_| propose(&NextOptions::default()))?;
        for package in &mut found.packages {
            package.next = without_later_tags(package.next.clone());
        }
        Ok(found)
    }

    /// What was asked for when the tag was made, as far as its version shows it: a pre-release has
    /// its identifier.
    #[must_use]
    pub fn options(&self) -> NextOptions {
        let counted = self.released.version.pre.as_str().rsplit_once('.');
        let identifier = counted
            .filter(|(_, count)| count.parse::<u64>().is_ok())
            .map(|(identifier, _)| identifier);
        NextOptions {
            pre: identifier.map(str::to_owned),
            ..NextOptions::default()
        }
    }
}

/// Leaves out the tags that are no ancestors of the one that is recomputed: most of them were made
/// after it.
fn without_later_tags(mut next: Next) -> Next {
    next.existing_tag = None;
    next.rejected
        .retain(|refused| refused.reason == RejectionReason::Prerelease);
    next
}

/// A version without the `v` that people write before it.
fn version_text(word: &str) -> &str {
    word.strip_prefix('v').unwrap_or(word)
}

fn unknown(word: &str) -> Error {
    Error::usage(
        format!("`{word}` is neither a version tag nor a rule"),
        "run `git tag` to list tags, or `tollgate rules` to list rules",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Package;
    use crate::history::testing::{TestHistory, package};

    fn derived(history: &TestHistory, word: &str) -> Result<String> {
        let old = HistoryBeforeTag::version(history, &VersionSettings::default(), word)?;
        Ok(old.next()?.version.unwrap().to_string())
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
            let settings = PackageSettings {
                packages: &packages,
                version: &version,
                only,
            };
            let (old, name) = HistoryBeforeTag::package(&history, settings, word)?;
            let settings = PackageSettings {
                only: Some(&name),
                ..settings
            };
            let found = old.next_package(settings)?.packages.remove(0);
            Ok::<_, Error>((
                found.name,
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
        let old =
            HistoryBeforeTag::version(&history, &VersionSettings::default(), "v1.0.1").unwrap();
        let next = old.next().unwrap();
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
        let settings = PackageSettings {
            packages: &packages,
            version: &version,
            only: None,
        };
        let (old, name) = HistoryBeforeTag::package(&history, settings, "core-v1.0.1").unwrap();
        let found = old
            .next_package(PackageSettings {
                only: Some(&name),
                ..settings
            })
            .unwrap();
        let next = &found.packages[0].next;
        assert_eq!(
            (&next.version.clone().unwrap(), next.rejected.len()),
            (&Version::new(1, 1, 0), 0)
        );
    }

    #[test]
    fn argument_that_is_not_a_version_tag_is_refused() {
        assert!(derived(&history(), "v9.0.0").is_err());
    }
}

//! A history as it was when a tag was made: HEAD at its commit, and the tag not there yet.

use semver::Version;

use crate::commit::Id;
use crate::config::VersionSettings;
use crate::error::{Error, Result};
use crate::history::tags::VersionTags;
use crate::history::{History, NextOptions, Objects};

/// A history seen from an old version tag.
#[derive(Debug)]
pub struct AsOf<'h, H> {
    history: &'h H,
    head: Id,
    hidden: Vec<String>,
    /// The version of the tag.
    pub version: Version,
    /// The settings with the prefix that the tags have, hidden ones among them.
    pub settings: VersionSettings,
}

impl<'h, H: History> AsOf<'h, H> {
    /// Goes back to the version tag of that name, or of that version.
    ///
    /// The tag itself, and greater versions on its commit, are not there yet. Fails where there is no such tag.
    pub fn version(history: &'h H, settings: &VersionSettings, word: &str) -> Result<Self> {
        let tags = VersionTags::collect(history, settings.tag_prefix.as_deref())?;
        let is_meant = |name: &str, version: &Version| name == word || version.to_string() == word;
        let meant = tags.ascending().iter().find(|tag| is_meant(&tag.name, &tag.version));
        let found = meant.map(|tag| Ok::<_, Error>((tag, tags.commit(tag)?))).transpose()?;
        let Some((tag, Some(head))) = found else {
            return Err(Error::usage(
                format!("`{word}` is neither a version tag nor a rule"),
                "`git tag` lists tags, `tollgate rules` lists rules",
            ));
        };
        let mut hidden = vec![tag.name.clone()];
        for other in tags.ascending().iter().filter(|other| other.version > tag.version) {
            if tags.commit(other)? == Some(head) {
                hidden.push(other.name.clone());
            }
        }
        let settings = VersionSettings { tag_prefix: Some(tags.prefix().to_owned()), ..settings.clone() };
        Ok(Self { history, head, hidden, version: tag.version.clone(), settings })
    }

    /// What was asked for when the tag was made, as far as its version shows it: a pre-release has its identifier.
    #[must_use]
    pub fn options(&self) -> NextOptions {
        let counted = self.version.pre.as_str().rsplit_once('.');
        let identifier = counted.filter(|(_, count)| count.parse::<u64>().is_ok()).map(|(identifier, _)| identifier);
        NextOptions { pre: identifier.map(str::to_owned), ..NextOptions::default() }
    }
}

impl<H: History> Objects for AsOf<'_, H> {
    fn commit(&self, id: Id) -> Result<impl AsRef<[u8]>> {
        self.history.commit(id)
    }
}

impl<H: History> History for AsOf<'_, H> {
    fn head(&self) -> Result<Option<Id>> {
        Ok(Some(self.head))
    }

    fn tag_names(&self) -> Result<Vec<String>> {
        let names = self.history.tag_names()?;
        Ok(names.into_iter().filter(|name| !self.hidden.contains(name)).collect())
    }

    fn tag_commit(&self, name: &str) -> Result<Option<Id>> {
        self.history.tag_commit(name)
    }

    fn tag_time(&self, name: &str) -> Result<Option<i64>> {
        self.history.tag_time(name)
    }

    fn beside(&self, number: usize) -> Result<impl Objects> {
        self.history.beside(number)
    }

    fn is_shallow(&self, id: Id) -> bool {
        self.history.is_shallow(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::next;
    use crate::history::testing::Letters;

    fn derived(history: &Letters, word: &str) -> Result<String> {
        let old = AsOf::version(history, &VersionSettings::default(), word)?;
        Ok(next(&old, &old.settings, &old.options())?.version.to_string())
    }

    fn history() -> Letters {
        Letters::default()
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
    fn the_first_version_has_no_base() {
        assert_eq!(derived(&history(), "v1.0.0").unwrap(), "0.1.0");
    }

    #[test]
    fn what_is_no_version_tag_is_an_error() {
        assert!(derived(&history(), "v9.0.0").is_err());
    }
}

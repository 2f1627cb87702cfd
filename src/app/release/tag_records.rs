//! The releases that the tags of the repository record, read once, on demand.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};

use semver::Version;

use crate::commit::{Commit, Id, RawTag};
use crate::error::Result;
use crate::git::GitHistory;
use crate::history::{History as _, reached};
use crate::release::{Emergency, TagMetadata};
use crate::source::sanitise_line;
use crate::version::from_tag;

/// The releases by Tollgate that tags record.
pub(crate) struct TagRecords<'r> {
    history: &'r GitHistory<'r>,
    by_tag: OnceCell<BTreeMap<String, TagRecord>>,
    /// The tags of the stable releases of each ticket.
    by_ticket: OnceCell<HashMap<String, Vec<String>>>,
}

/// A release that a tag records.
#[derive(Debug)]
pub(crate) struct TagRecord {
    /// The tag's name.
    pub(crate) tag: String,
    /// The tagged commit.
    pub(crate) commit: Id,
    /// The trailers of the tag.
    pub(crate) metadata: TagMetadata,
}

impl<'r> TagRecords<'r> {
    /// Reads nothing until a record is requested.
    pub(crate) const fn new(history: &'r GitHistory<'r>) -> Self {
        Self {
            history,
            by_tag: OnceCell::new(),
            by_ticket: OnceCell::new(),
        }
    }

    /// The records of all tags.
    ///
    /// # Errors
    ///
    /// Fails if a tag cannot be read.
    pub(crate) fn all(&self) -> Result<impl Iterator<Item = &TagRecord>> {
        Ok(self.by_tag()?.values())
    }

    /// The history that the tags belong to.
    pub(crate) const fn history(&self) -> &'r GitHistory<'r> {
        self.history
    }

    /// The record of a tag; `None` if Tollgate did not make it, or if there is no such tag.
    ///
    /// # Errors
    ///
    /// Fails if a tag cannot be read.
    pub(crate) fn get(&self, tag: &str) -> Result<Option<TagRecord>> {
        let object = self.history.tag_object(tag)?;
        Ok(object.and_then(|object| TagRecord::read(tag, object.as_ref())))
    }

    /// The records of emergencies whose release commits are wanted, with what each says about its
    /// emergency, by tag.
    ///
    /// Any tag can record one, so each that leads to a wanted commit is looked up. Those that are
    /// too short are not opened.
    ///
    /// # Errors
    ///
    /// Fails if a tag cannot be read.
    pub(crate) fn emergencies(
        &self,
        is_wanted: impl Fn(Id) -> bool,
    ) -> Result<Vec<(TagRecord, Emergency)>> {
        let mut found = Vec::new();
        for tag in self
            .history
            .tag_objects(Emergency::MIN_TAG_BYTES, &is_wanted)
        {
            let (tag, object) = tag?;
            let record = TagRecord::read(&tag, object.as_ref());
            let record = record.filter(|record| is_wanted(record.commit));
            found.extend(record.and_then(TagRecord::with_emergency));
        }
        Ok(found)
    }

    /// The commit of a release that was made only for the release: its tag leads to it, and
    /// Tollgate made the tag, or the first line of its message names the version. `None` if there
    /// is no such commit among `commits`.
    ///
    /// The configured message may have been another one at the time of the release.
    ///
    /// # Errors
    ///
    /// Fails if the tag cannot be read.
    pub(crate) fn release_commit<'c>(
        &self,
        tag: &str,
        version: &Version,
        mut commits: impl Iterator<Item = &'c Commit>,
    ) -> Result<Option<Id>> {
        let Some(target) = self.history.tag_commit(tag)? else {
            return Ok(None);
        };
        let Some(commit) = commits.find(|commit| commit.id == target) else {
            return Ok(None);
        };
        let has_commit = |record: TagRecord| record.metadata.has_commit();
        let is_release =
            names_version(commit.subject(), tag, version) || self.get(tag)?.is_some_and(has_commit);
        Ok(is_release.then_some(target))
    }

    /// Opens each tag of the repository on the first call.
    fn by_tag(&self) -> Result<&BTreeMap<String, TagRecord>> {
        if let Some(known) = self.by_tag.get() {
            return Ok(known);
        }
        let mut found = BTreeMap::new();
        for tag in self.history.tag_objects(0, |_| true) {
            let (tag, object) = tag?;
            let record = TagRecord::read(&tag, object.as_ref());
            found.extend(record.map(|record| (tag.into_owned(), record)));
        }
        Ok(self.by_tag.get_or_init(|| found))
    }

    fn by_ticket(&self) -> Result<&HashMap<String, Vec<String>>> {
        if let Some(known) = self.by_ticket.get() {
            return Ok(known);
        }
        let mut by_ticket: HashMap<String, Vec<String>> = HashMap::new();
        for record in self.all()?.filter(|record| !record.is_prerelease()) {
            let carried_out = record.metadata.tickets().filter(|it| it.digest.is_some());
            for ticket in carried_out {
                let tags = by_ticket.entry(ticket.id.to_owned()).or_default();
                tags.push(record.tag.clone());
            }
        }
        Ok(self.by_ticket.get_or_init(|| by_ticket))
    }

    /// The first stable release in the history of a commit that contains a ticket; `None` if there
    /// is none.
    ///
    /// A pre-release does not complete a ticket: work continues until the stable release, which
    /// counts its commits again.
    ///
    /// # Errors
    ///
    /// Fails if history is missing.
    pub(crate) fn first_release_of(&self, id: &str, tip: Id) -> Result<Option<&TagRecord>> {
        let (by_tag, history) = (self.by_tag()?, self.history);
        let tags = self.by_ticket()?.get(&*sanitise_line(id));
        let records = tags.into_iter().flatten().filter_map(|tag| by_tag.get(tag));
        let mut first: Option<&TagRecord> = None;
        for record in records {
            let is_earlier = match first {
                None => record.is_reached(history, tip)?,
                Some(first) => record.is_reached(history, first.commit)?,
            };
            if is_earlier {
                first = Some(record);
            }
        }
        Ok(first)
    }
}

/// A tag on a commit.
#[derive(Debug)]
pub(crate) struct TagOnCommit {
    /// The tag's name.
    pub(crate) name: String,
    /// When the tag was made, in seconds; `None`: the tag does not say.
    pub(crate) seconds: Option<i64>,
}

impl TagOnCommit {
    /// Whether the name is a version, with any prefix.
    pub(crate) fn may_be_a_version(&self) -> bool {
        let mut prefixes = self.name.char_indices().map(|(at, _)| &self.name[..at]);
        prefixes.any(|prefix| from_tag(&self.name, prefix).is_some())
    }

    /// The tags on a commit.
    ///
    /// # Errors
    ///
    /// Fails if a tag cannot be read.
    pub(crate) fn all(history: &GitHistory<'_>, commit: Id) -> Result<Vec<Self>> {
        let mut found = Vec::new();
        for name in history.tag_names()? {
            // Most tags are known to lead elsewhere without being opened.
            let may_lead = history
                .known_target(&name)
                .is_none_or(|target| target == commit);
            if may_lead && history.tag_commit(&name)? == Some(commit) {
                found.push(Self {
                    seconds: history.tag_time(&name)?,
                    name: name.into_owned(),
                });
            }
        }
        Ok(found)
    }
}

/// Whether a line has the version or the tag as a word.
fn names_version(line: &str, tag: &str, version: &Version) -> bool {
    let version = version.to_string();
    let words =
        line.split(|character: char| character.is_whitespace() || ",:;()`".contains(character));
    words
        .map(|word| word.trim_end_matches('.'))
        .any(|word| word == tag || word.strip_prefix('v').unwrap_or(word) == version)
}

impl TagRecord {
    /// The record in a tag object; `None` if Tollgate did not make the tag, or if it does not lead
    /// to a commit.
    fn read(tag: &str, object: &[u8]) -> Option<Self> {
        let raw = RawTag::parse(object).filter(|raw| raw.target_type == b"commit")?;
        let metadata = TagMetadata::read(&String::from_utf8_lossy(raw.message))?;
        Some(Self {
            tag: tag.to_owned(),
            commit: raw.target,
            metadata,
        })
    }

    /// The record with what it says about its emergency; `None` for any other release.
    pub(crate) fn with_emergency(self) -> Option<(Self, Emergency)> {
        let emergency = self.metadata.emergency()?;
        Some((self, emergency))
    }

    /// Whether a commit reaches the release.
    ///
    /// # Errors
    ///
    /// Fails if history is missing.
    pub(crate) fn is_reached(&self, history: &GitHistory<'_>, tip: Id) -> Result<bool> {
        Ok(reached(history, tip, &[self.commit])?[0])
    }

    /// Whether the release is a pre-release, by the version that its tag's name ends with.
    fn is_prerelease(&self) -> bool {
        let digits = self
            .tag
            .char_indices()
            .filter(|(_, character)| character.is_ascii_digit());
        let version = digits
            .map(|(at, _)| at)
            .find_map(|at| from_tag(&self.tag, &self.tag[..at]));
        version.is_some_and(|version| !version.pre.is_empty())
    }
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "the tests write references without objects"
)]
mod tests {
    use super::*;
    use crate::git::Repository;

    fn is_prerelease(tag: &str) -> bool {
        let record = TagMetadata::read("x\n\nTool: tollgate 0.1.0\n").unwrap();
        TagRecord {
            tag: tag.to_owned(),
            commit: Id::new([1; 20]),
            metadata: record,
        }
        .is_prerelease()
    }

    /// A repository with an annotated tag of these messages, and a reference to a missing object.
    fn repository(tags: &[(&str, &str)], missing: &str) -> (tempfile::TempDir, Repository) {
        let folder = tempfile::tempdir().unwrap();
        let git = git2::Repository::init_bare(folder.path()).unwrap();
        let author = git2::Signature::new("a", "a@example.com", &git2::Time::new(0, 0)).unwrap();
        let tree = git
            .find_tree(git.treebuilder(None).unwrap().write().unwrap())
            .unwrap();
        let commit = git
            .commit(Some("HEAD"), &author, &author, "feat: a", &tree, &[])
            .unwrap();
        let commit = git.find_object(commit, None).unwrap();
        for (name, message) in tags {
            git.tag(name, &commit, &author, message, false).unwrap();
        }
        let packed = format!(
            "# pack-refs with: peeled fully-peeled sorted \n{} refs/tags/{missing}\n",
            "1".repeat(40)
        );
        std::fs::write(folder.path().join("packed-refs"), packed).unwrap();
        let repository = Repository::discover(folder.path()).unwrap();
        (folder, repository)
    }

    const RECORD: &str = "v1.0.0\n\nTool: tollgate 0.1.0\n";

    #[test]
    fn record_of_a_tag_is_read_without_the_others() {
        let (folder, repository) = repository(&[("v1.0.0", RECORD)], "v0.9.0");
        let missing = format!("{}\n", "1".repeat(40));
        std::fs::write(folder.path().join("refs/tags/v0.9.0"), missing).unwrap();
        let history = repository.history().unwrap();
        let records = TagRecords::new(&history);
        assert_eq!(records.get("v1.0.0").unwrap().unwrap().tag, "v1.0.0");
        assert!(records.get("v2.0.0").unwrap().is_none());
        assert!(records.all().is_err());
    }

    #[test]
    fn packed_lightweight_tags_are_not_opened() {
        let (_folder, repository) = repository(&[("v1.0.0", RECORD)], "v0.9.0");
        let history = repository.history().unwrap();
        let records = TagRecords::new(&history);
        let tags: Vec<_> = records.all().unwrap().map(|record| &record.tag).collect();
        assert_eq!(tags, ["v1.0.0"]);
    }

    #[test]
    fn tags_that_are_too_short_record_no_emergency() {
        let commits = format!("Commits: sha256:{}", "1".repeat(64));
        let trailers = "Emergency: hotfix\nFollow-up-due: 2026-11-27\nTool: tollgate 0.1.0";
        let long = format!("v1.0.1\n\n{commits}\n{trailers}\n");
        let short = format!("v1.0.0\n\n{trailers}\n");
        let (_folder, repository) = repository(&[("v1.0.0", &short), ("v1.0.1", &long)], "v0.9.0");
        let history = repository.history().unwrap();
        let records = TagRecords::new(&history);
        let found = records.emergencies(|_| true).unwrap();
        let found: Vec<_> = found
            .iter()
            .map(|(record, emergency)| (&record.tag[..], &emergency.ticket[..]))
            .collect();
        assert_eq!(found, [("v1.0.1", "hotfix")]);
    }

    #[test]
    fn a_release_commit_names_its_version() {
        let version = Version::new(1, 2, 3);
        for line in [
            "1.2.3",
            "Release v1.2.3.",
            "bump (1.2.3)",
            "release app-v1.2.3",
        ] {
            assert!(names_version(line, "app-v1.2.3", &version), "{line}");
        }
        for line in ["1.2.30", "support protocol 1.2", "", "x1.2.3"] {
            assert!(!names_version(line, "app-v1.2.3", &version), "{line}");
        }
    }

    #[test]
    fn a_prerelease_is_known_by_the_name_of_its_tag() {
        for tag in ["v1.0.0-rc.1", "1.0.0-alpha", "app2-v1.0.0-rc.1+77"] {
            assert!(is_prerelease(tag), "{tag}");
        }
        for tag in [
            "v1.0.0",
            "app2-v1.0.0",
            "v1.0.0+77",
            "core-rc-v1.0.0",
            "nightly",
        ] {
            assert!(!is_prerelease(tag), "{tag}");
        }
    }
}

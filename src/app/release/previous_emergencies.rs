//! Finds the emergency releases that a commit contains, without opening every tag of the repository.
//!
//! Each release names the emergencies before it in its tag, so the search ends at the second to last
//! release, and opens only the tags that it names and those since. It opens every tag if a trailer
//! or a named tag is missing, or if the last two releases do not agree, so that a single forged tag
//! hides no emergency.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::app::release::tag_records::{TagRecord, TagRecords};
use crate::commit::Id;
use crate::error::Result;
use crate::history::{History as _, Scope, reached, visit};
use crate::release::Emergency;

/// The emergency releases that a commit contains.
#[derive(Debug)]
pub(crate) struct EmergencyReleases(ByTag);

/// Emergency releases by their tags.
type ByTag = BTreeMap<String, (TagRecord, Emergency)>;

impl EmergencyReleases {
    /// Finds the emergency releases that `tip` contains. `bases` are tags of releases that it
    /// contains, such as the previous version of each package.
    ///
    /// # Errors
    ///
    /// Fails if a tag cannot be read, and if history is missing.
    pub(crate) fn find<'t>(
        records: &TagRecords<'_>,
        tip: Id,
        bases: impl Iterator<Item = &'t str>,
    ) -> Result<Self> {
        let mut dated = Vec::new();
        for tag in bases {
            dated.push((Reverse(records.history().tag_time(tag)?), tag));
        }
        // The newest leaves the fewest commits. Its date decides nothing else.
        dated.sort_unstable();
        for (_, tag) in dated {
            let Some(base) = records.get(tag)? else {
                continue;
            };
            if let Some(found) = confirmed(records, tip, &base)? {
                return Ok(Self(found));
            }
        }
        Self::find_in_all_tags(records, tip)
    }

    /// The same, but opens every tag, whatever the tags record.
    ///
    /// # Errors
    ///
    /// Fails if a tag cannot be read, and if history is missing.
    pub(crate) fn find_in_all_tags(records: &TagRecords<'_>, tip: Id) -> Result<Self> {
        let all = records.emergencies(|_| true)?;
        let commits: Vec<Id> = all.iter().map(|(record, _)| record.commit).collect();
        let is_reached = reached(records.history(), tip, &commits)?;
        let found = all.into_iter().zip(is_reached);
        Ok(Self(by_tag(found.filter_map(|(one, is_reached)| {
            is_reached.then_some(one)
        }))))
    }

    /// The releases, by tag.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &(TagRecord, Emergency)> {
        self.0.values()
    }

    /// Their tags, sorted.
    pub(crate) fn tags(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether there is a release with this tag.
    pub(crate) fn contains(&self, tag: &str) -> bool {
        self.0.contains_key(tag)
    }

    /// The tags that a release of the commit records: those that no other one names. They lead to
    /// all others.
    pub(crate) fn latest(&self) -> Vec<String> {
        let named: HashSet<&str> = self
            .iter()
            .flat_map(|(record, _)| named_by(record))
            .collect();
        let latest = self.0.keys().filter(|tag| !named.contains(&tag[..]));
        let latest: Vec<String> = latest.cloned().collect();
        let mut found = BTreeSet::new();
        let mut open: Vec<&str> = latest.iter().map(String::as_str).collect();
        while let Some(tag) = open.pop() {
            if let (Some((record, _)), true) = (self.0.get(tag), found.insert(tag)) {
                open.extend(named_by(record));
            }
        }
        // Forged tags may name each other.
        if found.len() == self.0.len() {
            latest
        } else {
            self.0.keys().cloned().collect()
        }
    }
}

/// The emergencies before a release, as its tag records them; `None` if it records nothing, or if a
/// tag that is named does not record an emergency.
///
/// # Errors
///
/// Fails if a tag cannot be read.
fn recorded(records: &TagRecords<'_>, release: &TagRecord) -> Result<Option<ByTag>> {
    let Some(tags) = release.metadata.previous_emergencies() else {
        return Ok(None);
    };
    let mut open: Vec<String> = tags.into_iter().map(str::to_owned).collect();
    let mut found = ByTag::new();
    while let Some(tag) = open.pop() {
        if found.contains_key(&tag) {
            continue;
        }
        let record = records.get(&tag)?;
        let Some((record, emergency)) = record.and_then(TagRecord::with_emergency) else {
            return Ok(None);
        };
        open.extend(named_by(&record).map(str::to_owned));
        found.insert(tag, (record, emergency));
    }
    Ok(Some(found))
}

/// The emergencies that `tip` contains, by what the release before the last one records; `None` if
/// the last release does not confirm it.
///
/// The tags since then are opened, so that neither of the two releases is believed alone.
fn confirmed(records: &TagRecords<'_>, tip: Id, last: &TagRecord) -> Result<Option<ByTag>> {
    let Some((tag, commit)) = last.metadata.base() else {
        return Ok(None);
    };
    let before = records.get(tag)?;
    let Some(before) = before.filter(|before| commit == before.commit.to_string()) else {
        return Ok(None);
    };
    let (Some(named), Some(mut found)) = (recorded(records, last)?, recorded(records, &before)?)
    else {
        return Ok(None);
    };
    if !found.keys().all(|tag| named.contains_key(tag)) {
        return Ok(None);
    }
    found.extend(released_since(records, tip, before.commit)?);
    let is_complete = named.keys().all(|tag| found.contains_key(tag));
    Ok(is_complete.then_some(found))
}

/// The emergencies among the release of a commit and those after it.
fn released_since(records: &TagRecords<'_>, tip: Id, release: Id) -> Result<ByTag> {
    let mut commits = HashSet::from([release]);
    let scope = Scope {
        tip: Some(tip),
        exclude: Some(release),
    };
    visit(records.history(), scope, |id, _| {
        commits.insert(id);
        Ok(())
    })?;
    let found = records.emergencies(|commit| commits.contains(&commit))?;
    Ok(by_tag(found))
}

/// The tags of earlier emergencies that a release names.
pub(crate) fn named_by(record: &TagRecord) -> impl Iterator<Item = &str> {
    record.metadata.previous_emergencies().into_iter().flatten()
}

fn by_tag(releases: impl IntoIterator<Item = (TagRecord, Emergency)>) -> ByTag {
    let releases = releases.into_iter();
    releases
        .map(|(record, emergency)| (record.tag.clone(), (record, emergency)))
        .collect()
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "the tests write references without objects"
)]
mod tests {
    use super::*;
    use crate::git::Repository;

    /// A repository with releases, each on a commit of its own.
    struct Releases {
        folder: tempfile::TempDir,
        git: git2::Repository,
    }

    impl Releases {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let git = git2::Repository::init_bare(folder.path()).unwrap();
            Self { folder, git }
        }

        fn commit(&self, message: &str, parents: &[git2::Oid]) -> git2::Oid {
            let git = &self.git;
            let now = git2::Time::new(0, 0);
            let author = git2::Signature::new("a", "a@example.com", &now).unwrap();
            let tree = git.treebuilder(None).unwrap().write().unwrap();
            let tree = git.find_tree(tree).unwrap();
            let parents = parents.iter().map(|id| git.find_commit(*id).unwrap());
            let parents: Vec<_> = parents.collect();
            let parents: Vec<_> = parents.iter().collect();
            git.commit(None, &author, &author, message, &tree, &parents)
                .unwrap()
        }

        /// Releases a new commit on top of `base`, or of nothing, with these trailers.
        fn release(&self, tag: &str, base: Option<&str>, trailers: &str) -> git2::Oid {
            let base = base.map(|base| {
                let reference = format!("refs/tags/{base}^{{commit}}");
                (base, self.git.revparse_single(&reference).unwrap().id())
            });
            let parents = base.iter().map(|(_, commit)| *commit);
            let commit = self.commit(tag, &parents.collect::<Vec<_>>());
            let base = base.map(|(base, commit)| format!("Base: {base} {commit}\n"));
            self.tag(tag, commit, &(base.unwrap_or_default() + trailers));
            commit
        }

        fn tag(&self, tag: &str, commit: git2::Oid, trailers: &str) {
            let digest = "1".repeat(64);
            let message =
                format!("{tag}\n\nCommits: sha256:{digest}\n{trailers}Tool: tollgate 0.1.0\n");
            let now = git2::Time::new(0, 0);
            let author = git2::Signature::new("a", "a@example.com", &now).unwrap();
            let target = self.git.find_object(commit, None).unwrap();
            self.git.tag(tag, &target, &author, &message, true).unwrap();
        }

        /// Adds a packed tag of a commit without an object of its own, which can't be opened.
        fn add_unreadable_tag(&self, commit: git2::Oid) {
            let missing = "1".repeat(40);
            let packed = format!(
                "# pack-refs with: peeled fully-peeled sorted \n{missing} refs/tags/v0.1.0\n^{commit}\n"
            );
            std::fs::write(self.folder.path().join("packed-refs"), packed).unwrap();
        }

        /// The emergencies that `tip` contains, and the tags that its release would record.
        fn search(&self, tip: git2::Oid, bases: &[&str]) -> Result<(Vec<String>, Vec<String>)> {
            let repository = Repository::discover(self.folder.path()).unwrap();
            let history = repository.history().unwrap();
            let records = TagRecords::new(&history);
            let tip = Id::from_hex(tip.to_string().as_bytes()).unwrap();
            let found = EmergencyReleases::find(&records, tip, bases.iter().copied())?;
            Ok((found.0.keys().cloned().collect(), found.latest()))
        }

        fn found(&self, tip: git2::Oid, base: &str) -> Vec<String> {
            self.search(tip, &[base]).unwrap().0
        }
    }

    /// The trailers of an emergency.
    const HOTFIX: &str = "Emergency: hotfix\nBypassed: -\nFollow-up-due: 2026-11-27\n";
    const NONE: &str = "Previous-emergency: -\n";

    /// The trailers of an emergency after no other.
    fn first_hotfix() -> String {
        format!("{NONE}{HOTFIX}")
    }

    #[test]
    fn only_the_last_two_releases_are_opened() {
        let releases = Releases::new();
        let first = releases.release("v1.0.0", None, NONE);
        releases.add_unreadable_tag(first);
        releases.release("v1.1.0", Some("v1.0.0"), NONE);
        let tip = releases.release("v1.2.0", Some("v1.1.0"), NONE);
        assert_eq!(releases.search(tip, &["v1.2.0"]).unwrap(), (vec![], vec![]));
    }

    #[test]
    fn earlier_emergency_is_found_by_its_name() {
        let releases = Releases::new();
        let first = releases.release("v1.0.1", None, &first_hotfix());
        releases.release("v1.1.0", Some("v1.0.1"), "Previous-emergency: v1.0.1\n");
        let second = format!("Previous-emergency: v1.0.1\n{HOTFIX}");
        releases.release("v1.1.1", Some("v1.1.0"), &second);
        releases.release("v1.2.0", Some("v1.1.1"), "Previous-emergency: v1.1.1\n");
        releases.release("v1.3.0", Some("v1.2.0"), "Previous-emergency: v1.1.1\n");
        let tip = releases.release("v1.4.0", Some("v1.3.0"), "Previous-emergency: v1.1.1\n");
        releases.add_unreadable_tag(first);
        let (found, latest) = releases.search(tip, &["v1.4.0"]).unwrap();
        assert_eq!(found, ["v1.0.1", "v1.1.1"]);
        assert_eq!(latest, ["v1.1.1"]);
    }

    #[test]
    fn every_tag_is_opened_after_a_release_without_trailer() {
        let releases = Releases::new();
        releases.release("v1.0.1", None, HOTFIX);
        releases.release("v1.1.0", Some("v1.0.1"), "");
        let tip = releases.release("v1.2.0", Some("v1.1.0"), "");
        assert_eq!(releases.search(tip, &["v1.2.0"]).unwrap().1, ["v1.0.1"]);
        let tip = releases.release("v1.3.0", Some("v1.2.0"), NONE);
        assert_eq!(releases.found(tip, "v1.3.0"), ["v1.0.1"]);
    }

    #[test]
    fn every_tag_is_opened_without_a_release() {
        let releases = Releases::new();
        let tip = releases.release("x-v1.0.1", None, HOTFIX);
        releases.release("y-v1.0.1", None, HOTFIX);
        assert_eq!(releases.search(tip, &[]).unwrap().0, ["x-v1.0.1"]);
    }

    #[test]
    fn a_single_forged_tag_hides_no_emergency() {
        let names = "Previous-emergency: v1.0.1\n";
        // The last tag is forged, or the one before it.
        for trailers in [[names, names, NONE], [names, NONE, names]] {
            let releases = Releases::new();
            releases.release("v1.0.1", None, &first_hotfix());
            releases.release("v1.1.0", Some("v1.0.1"), trailers[0]);
            releases.release("v1.2.0", Some("v1.1.0"), trailers[1]);
            let tip = releases.release("v1.3.0", Some("v1.2.0"), trailers[2]);
            assert_eq!(releases.found(tip, "v1.3.0"), ["v1.0.1"], "{trailers:?}");
        }
    }

    #[test]
    fn a_forged_base_hides_no_emergency() {
        let releases = Releases::new();
        let before = releases.release("v1.0.0", None, NONE);
        releases.release("v1.0.1", Some("v1.0.0"), &first_hotfix());
        let tip = releases.release("v1.1.0", Some("v1.0.1"), NONE);
        releases.tag("v1.1.0", tip, &format!("Base: v1.0.0 {before}\n{NONE}"));
        assert_eq!(releases.found(tip, "v1.1.0"), ["v1.0.1"]);
    }

    #[test]
    fn every_tag_is_opened_if_a_named_one_is_missing() {
        let releases = Releases::new();
        releases.release("v1.0.1", None, &first_hotfix());
        let named = "Previous-emergency: v1.0.2\n";
        releases.release("v1.1.0", Some("v1.0.1"), named);
        let tip = releases.release("v1.2.0", Some("v1.1.0"), named);
        assert_eq!(releases.found(tip, "v1.2.0"), ["v1.0.1"]);
    }

    #[test]
    fn emergency_on_a_merged_branch_is_found() {
        let releases = Releases::new();
        releases.release("v1.0.0", None, NONE);
        releases.release("v1.1.0", Some("v1.0.0"), NONE);
        let last = releases.release("v1.2.0", Some("v1.1.0"), NONE);
        let hotfix = releases.release("v1.0.1", Some("v1.0.0"), &first_hotfix());
        assert_eq!(releases.found(last, "v1.2.0"), [""; 0]);
        let merge = releases.commit("merge", &[last, hotfix]);
        let (found, latest) = releases.search(merge, &["v1.2.0"]).unwrap();
        assert_eq!(
            (found, latest),
            (vec!["v1.0.1".into()], vec!["v1.0.1".into()])
        );
    }

    #[test]
    fn emergency_of_another_package_is_found() {
        let releases = Releases::new();
        releases.release("x-v1.0.0", None, NONE);
        let x = releases.release("x-v1.1.0", Some("x-v1.0.0"), NONE);
        releases.tag("y-v1.0.1", x, &first_hotfix());
        let tip = releases.release("z-v1.0.1", Some("x-v1.1.0"), &first_hotfix());
        assert_eq!(releases.found(tip, "x-v1.1.0"), ["y-v1.0.1", "z-v1.0.1"]);
    }

    #[test]
    fn tags_that_name_each_other_are_all_recorded() {
        let releases = Releases::new();
        let forged = format!("Previous-emergency: v1.0.2\n{HOTFIX}");
        releases.release("v1.0.1", None, &forged);
        let forged = format!("Previous-emergency: v1.0.1\n{HOTFIX}");
        let tip = releases.release("v1.0.2", Some("v1.0.1"), &forged);
        let (found, latest) = releases.search(tip, &["v1.0.2"]).unwrap();
        assert_eq!((&found[..], found.len()), (&latest[..], 2));
    }
}

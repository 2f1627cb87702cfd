//! The content of a file after a branch is merged, without merging it: the result of Git's merge.
//!
//! A change on only one side since the branch left the base is taken from that side. If the base
//! renamed a file that the branch changes, Git puts the changes under the new name; the same holds
//! for the other side.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::commit::Id;
use crate::config::GlobsBelow;
use crate::error::{Error, Result};
use crate::git::{
    CommitTree, Difference, EntryKind, MergePreview, MergedFile, Renames, Repository, merge3,
};
use crate::rules::{PathGlob, TreeFiles};
use crate::source::Source;

/// The maximum size in bytes of files that both sides changed, if they have to be merged in memory.
const MAX_MERGED_BYTES: usize = 64 << 20;

/// The trees that a branch is checked with.
pub(crate) struct MergeInputs<'r> {
    repository: &'r Repository,
    /// The tips of the base and of the branch.
    tips: (Id, Id),
    /// The tree of the tip of the base.
    pub(crate) base: CommitTree<'r>,
    /// The trees of the commits where the branch left the base.
    pub(crate) merge_bases: Vec<CommitTree<'r>>,
    /// The tree of the tip of the branch.
    pub(crate) head: CommitTree<'r>,
    /// The new names of files that the base renamed and the branch changes, each with the name in
    /// the branch.
    pub(crate) renamed_in_base: BTreeMap<String, String>,
    /// The names of these files in the branch.
    old_names_at_head: BTreeSet<String>,
    /// The new names of files that the branch renamed, each with the name in the base.
    renamed_in_branch: BTreeMap<String, String>,
    /// The names of these files in the base.
    old_names_at_base: BTreeSet<String>,
    /// The paths at which the head differs from a commit where it left the base.
    changed: BTreeSet<String>,
    /// The complete merge, if single files are not sufficient.
    preview: OnceCell<MergePreview>,
}

/// The result of a merge at a path; without text if there is no file.
pub(crate) enum MergedText {
    /// The content of the base.
    Base(Option<Source>),
    /// The content of the base with the changes of the branch.
    Branch(Option<Source>),
    /// The content of the branch, if the merge is a conflict for a person to solve.
    Conflict(Option<Source>),
}

impl<'r> MergeInputs<'r> {
    /// Opens the trees of a base, whose tree is given, and of a head that left it at some commits.
    ///
    /// # Errors
    ///
    /// Fails if a tree cannot be read, and if there are too many files that may be renamed.
    pub(crate) fn read(
        repository: &'r Repository,
        base_id: Id,
        base: CommitTree<'r>,
        head_id: Id,
        merge_bases: &[Id],
    ) -> Result<Self> {
        let head = repository.tree(head_id)?;
        let merge_bases = merge_bases
            .iter()
            .map(|id| repository.tree(*id))
            .collect::<Result<Vec<_>>>()?;
        let mut changed = BTreeSet::new();
        let (mut renamed, mut renamed_in_branch) = (Renames::new(), Renames::new());
        for merge_base in &merge_bases {
            let (in_base, in_head) = (
                base.difference_from(merge_base)?,
                head.difference_from(merge_base)?,
            );
            changed.extend(in_head.paths().cloned());
            renamed.extend(repository.renames(&lost(&in_base, &in_head), &in_base.added)?);
            renamed_in_branch
                .extend(repository.renames(&lost(&in_head, &in_base), &in_head.added)?);
        }
        if merge_bases.is_empty() {
            changed = head.changed_since(None)?.into_iter().collect();
        }
        // A name that is new in the branch is checked with the content in the branch.
        renamed.retain(|new, _| !changed.contains(new));
        let renamed_in_branch = one_to_one(renamed_in_branch);
        let renamed: BTreeMap<_, _> = renamed
            .into_iter()
            .map(|(new, (old, _))| (new, old))
            .collect();
        let (at_merge_bases, old_names_at_base) = (
            renamed.values().cloned().collect(),
            renamed_in_branch.values().cloned().collect(),
        );
        let (tips, preview) = ((base_id, head_id), OnceCell::new());
        Ok(Self {
            repository,
            tips,
            base,
            merge_bases,
            head,
            renamed_in_base: renamed,
            old_names_at_head: at_merge_bases,
            renamed_in_branch,
            old_names_at_base,
            changed,
            preview,
        })
    }

    /// The paths that the branch changes: those at which the head differs from a commit where it
    /// left the base, and their new names if the base renamed them.
    pub(crate) fn changed_paths(&self) -> BTreeSet<String> {
        self.changed
            .iter()
            .chain(self.renamed_in_base.keys())
            .cloned()
            .collect()
    }

    /// The branch's name of the file that the base has at a path.
    pub(crate) fn name_at_head<'p>(&'p self, path: &'p str) -> &'p str {
        self.renamed_in_base.get(path).map_or(path, String::as_str)
    }

    /// The paths among these with a link or a submodule, now or earlier, that may take the place of
    /// what `globs` match.
    ///
    /// Fails if a tree cannot be read.
    pub(crate) fn links_among(
        &self,
        paths: &BTreeSet<String>,
        globs: &GlobsBelow,
    ) -> Result<BTreeSet<String>> {
        let mut names: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
        for path in paths.iter().filter(|path| globs.may_match(path)) {
            names.entry(self.name_at_head(path)).or_default().push(path);
        }
        let mut links = BTreeSet::new();
        for tree in self.merge_bases.iter().chain([&self.head]) {
            let found = tree.links_at(names.keys().copied())?;
            links.extend(
                found
                    .into_iter()
                    .flat_map(|link| &names[link])
                    .map(|path| (*path).clone()),
            );
        }
        Ok(links)
    }

    /// The result of a merge at a path, whose text is returned by `read`; texts of more than `most`
    /// bytes are not merged.
    ///
    /// # Errors
    ///
    /// Fails if a tree cannot be read, and if `read` does.
    pub(crate) fn merged_text(
        &self,
        path: &str,
        max_bytes: usize,
        read: impl Fn(&CommitTree<'_>, &str) -> Result<Option<Source>>,
    ) -> Result<MergedText> {
        if self.old_names_at_head.contains(path) {
            return Ok(MergedText::Base(None));
        }
        if self.old_names_at_base.contains(path) {
            return Ok(MergedText::Branch(None));
        }
        let (at_base, at_head) = (
            self.renamed_in_branch
                .get(path)
                .map_or(path, String::as_str),
            self.name_at_head(path),
        );
        let before = if at_base == path { at_head } else { at_base };
        let (ours, theirs) = (
            self.base.object_at(at_base.as_ref())?,
            self.head.object_at(at_head.as_ref())?,
        );
        let at_merge_bases = self
            .merge_bases
            .iter()
            .map(|tree| tree.object_at(before.as_ref()))
            .collect::<Result<Vec<_>>>()?;
        let is_same_as = |object| {
            at_merge_bases
                .iter()
                .all(|at_merge_bases| *at_merge_bases == object)
                && (object.is_none() || !at_merge_bases.is_empty())
        };
        if ours == theirs || is_same_as(theirs) {
            let source = read(&self.base, at_base)?.map(|source| source.renamed(path));
            let is_moved = at_base != path;
            return Ok(if is_moved {
                MergedText::Branch(source)
            } else {
                MergedText::Base(source)
            });
        }
        let head = read(&self.head, at_head)?.map(|source| source.renamed(path));
        if is_same_as(ours) {
            return Ok(MergedText::Branch(head));
        }
        let Some(merge_base) = self.merge_bases.first() else {
            return Ok(MergedText::Conflict(head));
        };
        if at_merge_bases
            .iter()
            .any(|other| *other != at_merge_bases[0])
        {
            return self.recursively_merged_text(path, max_bytes, head, &read);
        }
        let (Some(old), Some(ours), Some(theirs)) =
            (read(merge_base, before)?, read(&self.base, at_base)?, &head)
        else {
            return Ok(MergedText::Conflict(head));
        };
        let is_mergeable =
            |source: &&Source| source.text().len() <= max_bytes && source.undecodable().is_none();
        let is_mergeable = [&old, &ours, theirs].iter().all(is_mergeable);
        let merged = if is_mergeable {
            merge3(old.text(), ours.text(), theirs.text())
        } else {
            None
        };
        Ok(match merged {
            Some(merged) => MergedText::Branch(Some(Source::new(path, merged))),
            None => MergedText::Conflict(head),
        })
    }

    /// The same if the branch left the base at several commits that differ: Git merges those first.
    fn recursively_merged_text(
        &self,
        path: &str,
        max_bytes: usize,
        head: Option<Source>,
        read: &impl Fn(&CommitTree<'_>, &str) -> Result<Option<Source>>,
    ) -> Result<MergedText> {
        let preview = self.preview()?;
        let of_base = self.base.object_at(path.as_ref())?;
        let id = match preview.at(path) {
            MergedFile::Conflict => return Ok(MergedText::Conflict(head)),
            MergedFile::Absent if of_base.is_none() => return Ok(MergedText::Base(None)),
            MergedFile::Absent => return Ok(MergedText::Branch(None)),
            MergedFile::Object(id) if of_base == Some(id) => {
                return Ok(MergedText::Base(read(&self.base, path)?));
            }
            MergedFile::Object(id) => id,
        };
        let bytes = preview.file(id)?.filter(|bytes| bytes.len() <= max_bytes);
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        Ok(text.map_or(MergedText::Conflict(head), |text| {
            MergedText::Branch(Some(Source::new(path, text)))
        }))
    }

    /// Whether the merge has a file at a path.
    fn has_after_merge(&self, path: &str) -> Result<bool> {
        if self.old_names_at_head.contains(path) || self.old_names_at_base.contains(path) {
            return Ok(false);
        }
        let is_new_name =
            self.renamed_in_base.contains_key(path) || self.renamed_in_branch.contains_key(path);
        if is_new_name {
            return Ok(true);
        }
        let side = if self.changed.contains(path) {
            &self.head
        } else {
            &self.base
        };
        Ok(side.kind_at(path)?.is_some())
    }

    /// Makes sure that the files that both sides changed are small enough to be merged in memory.
    ///
    /// # Errors
    ///
    /// Fails if they are not, and if a tree cannot be read.
    pub(super) fn require_small_merge(&self) -> Result<()> {
        let in_base = changed_paths(&self.base, &self.merge_bases)?;
        let mut bytes = 0;
        for path in self.changed.intersection(&in_base) {
            bytes += self.base.size_at(path)? + self.head.size_at(path)?;
        }
        if bytes > MAX_MERGED_BYTES {
            let message = format!(
                "the files changed by both base and branch exceed {MAX_MERGED_BYTES} bytes"
            );
            return Err(Error::limit(
                message,
                "merge the base branch into this branch",
            ));
        }
        Ok(())
    }

    fn preview(&self) -> Result<&MergePreview> {
        if let Some(preview) = self.preview.get() {
            return Ok(preview);
        }
        self.require_small_merge()?;
        let preview = self.repository.merge_preview(self.tips.0, self.tips.1)?;
        Ok(self.preview.get_or_init(|| preview))
    }
}

/// The tree after the merge. A folder or link of either side counts, and so does a file for globs,
/// whatever becomes of them. Templates are those of the base, so that a branch cannot change them for
/// itself.
impl TreeFiles for MergeInputs<'_> {
    fn may_have(&self, path: &str) -> Result<bool> {
        for side in [&self.base, &self.head] {
            let kind = side.kind_at(path)?;
            let is_file = kind.is_some_and(|kind| kind != EntryKind::Folder);
            if !is_file && side.may_have(path)? {
                return Ok(true);
            }
        }
        self.has_after_merge(path)
    }

    fn may_match(&self, folder: &str, glob: &PathGlob) -> Result<bool> {
        Ok(self.base.may_match(folder, glob)? || self.head.may_match(folder, glob)?)
    }

    fn names_in(&self, folder: &str) -> Result<Vec<String>> {
        self.base.names_in(folder)
    }

    fn text(&self, path: &str, max_bytes: usize) -> Result<Option<String>> {
        self.base.text(path, max_bytes)
    }
}

/// The files that one side deleted and the other one changed.
fn lost<'d>(deleting: &'d Difference, changing: &Difference) -> BTreeMap<&'d str, Id> {
    let lost = deleting
        .deleted
        .iter()
        .filter(|(path, _)| !deleting.has_content_at(path) && changing.has_content_at(path));
    lost.map(|(path, id)| (path.as_str(), *id)).collect()
}

/// The new name with the highest similarity for each old name.
fn one_to_one(renames: Renames) -> BTreeMap<String, String> {
    let mut best: BTreeMap<String, (String, usize)> = BTreeMap::new();
    for (new, (old, score)) in renames {
        if best.get(&old).is_none_or(|(_, known)| score > *known) {
            best.insert(old, (new, score));
        }
    }
    best.into_iter().map(|(old, (new, _))| (new, old)).collect()
}

/// The paths at which a tree differs from all of some older trees; without older trees, all paths.
fn changed_paths(tree: &CommitTree<'_>, older: &[CommitTree<'_>]) -> Result<BTreeSet<String>> {
    if older.is_empty() {
        return Ok(tree.changed_since(None)?.into_iter().collect());
    }
    let mut changed = BTreeSet::new();
    for older in older {
        changed.extend(tree.changed_since(Some(older))?);
    }
    Ok(changed)
}

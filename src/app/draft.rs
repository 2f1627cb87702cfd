//! Reads the change of a branch, from which a ticket is drafted.
//!
//! Everything comes from Git objects, never from the work tree. Links and submodules have no text,
//! and neither have large and binary files.

use std::collections::BTreeMap;

use globset::GlobSet;

use crate::commit::{Id, Message, RawCommit, body};
use crate::config::Config;
use crate::draft::{Change, ChangeCommit, ChangedFile, Version};
use crate::error::{Error, Result};
use crate::git::{CommitTree, Difference, EntryKind, GitHistory, Repository};
use crate::history::{Bytes, ClassifiedCommit, Objects as _, divergence};
use crate::source::{Source, shorten};
use crate::ticket::ParsedTicket;

/// The maximum number of commits that a ticket is drafted from.
const MAX_COMMITS: usize = 500;
/// The maximum number of files whose text is read.
const MAX_FILES: usize = 5_000;
/// The maximum size of a file whose text is read, in bytes.
const MAX_FILE_BYTES: usize = 1 << 20;
/// The maximum size of all texts together, in bytes.
const MAX_TOTAL_BYTES: usize = 64 << 20;
/// The maximum number of pairs of files that may be renames.
const MAX_PAIRS: usize = 40_000;

/// The extensions of the files that detectors read.
const EXTENSIONS: [&str; 9] = [
    "json", "lock", "py", "rb", "sql", "toml", "txt", "yaml", "yml",
];

/// The branch that a ticket is drafted for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DraftRange<'a> {
    /// What the branch is merged into.
    pub(crate) base: Id,
    /// The tip of the branch.
    pub(crate) head: Id,
    /// How the user names the base.
    pub(crate) base_name: &'a str,
}

/// Reads what a branch changes; `tickets` are those of the repository.
///
/// # Errors
///
/// Fails if the branch has no commits, too many, or nothing in common with its base, and if an
/// object can't be read.
pub(crate) fn read_change(
    repository: &Repository,
    config: &Config,
    range: DraftRange<'_>,
    tickets: &[Source],
) -> Result<Change> {
    let history = repository.history()?;
    let found = divergence(&history, &config.version, range.base, range.head)?;
    let base_name = shorten(range.base_name);
    if found.commits.is_empty() {
        return Err(Error::usage(
            format!("there are no commits since `{base_name}`"),
            "commit the change, or pass another base: `--from-diff BASE`",
        ));
    }
    let Some((merge_base, others)) = found.merge_bases.split_first() else {
        return Err(Error::usage(
            format!("the branch has no commit in common with `{base_name}`"),
            "pass another base: `--from-diff BASE`",
        ));
    };
    let kept = found
        .commits
        .iter()
        .rev()
        .filter(|it| !it.reason.is_hidden());
    let kept: Vec<&ClassifiedCommit> = kept.collect();
    if kept.len() > MAX_COMMITS {
        return Err(Error::limit(
            format!(
                "there are {} commits since `{base_name}`; the limit is {MAX_COMMITS}",
                kept.len()
            ),
            "a ticket describes one change: pass a later base",
        ));
    }
    let commits = kept.iter().map(|commit| read_commit(commit, &history));
    let trees = Trees {
        repository,
        before: repository.tree(*merge_base)?,
        after: repository.tree(range.head)?,
    };
    let mut difference = trees.after.difference_from(&trees.before)?;
    for other in others {
        // What another merge base has already isn't a change of the branch.
        let other = trees.after.difference_from(&repository.tree(*other)?)?;
        keep_common(&mut difference, &other);
    }
    let globs = config.ticket_globs()?;
    let earlier = earlier_tickets(tickets, &difference);
    Ok(Change {
        commits: commits.collect::<Result<_>>()?,
        files: trees.files(&difference, &globs)?,
        links: config.links.clone(),
        earlier,
    })
}

fn keep_common(difference: &mut Difference, other: &Difference) {
    let differs = |path: &String| {
        other.added.contains_key(path)
            || other.deleted.contains_key(path)
            || other.modified.contains(path)
    };
    difference.added.retain(|path, _| differs(path));
    difference.deleted.retain(|path, _| differs(path));
    difference.modified.retain(differs);
}

fn read_commit(judged: &ClassifiedCommit, history: &GitHistory<'_>) -> Result<ChangeCommit> {
    let object = history.commit(judged.commit.id)?;
    let raw = RawCommit::parse(object.as_ref());
    let message = raw.as_ref().map_or_else(
        || Message::from(""),
        |raw| Message::decode(raw.message, raw.encoding),
    );
    let (_, rest) = message.text().split_once('\n').unwrap_or_default();
    Ok(ChangeCommit {
        id: judged.commit.id.short(),
        kind: judged.commit.kind_name().map(str::to_owned),
        scope: judged.commit.scope().map(str::to_owned),
        subject: judged.commit.subject().to_owned(),
        body: rest.to_owned(),
        prose: body(message.text()).to_owned(),
    })
}

/// The tickets that the branch doesn't add, by the names of their files.
fn earlier_tickets(tickets: &[Source], difference: &Difference) -> Vec<crate::ticket::Ticket> {
    let mut tickets: Vec<&Source> = tickets
        .iter()
        .filter(|ticket| !difference.added.contains_key(ticket.name()))
        .collect();
    tickets.sort_by_key(|ticket| ticket.name());
    let parsed = tickets.into_iter().map(ParsedTicket::parse);
    parsed
        .filter_map(|parsed| Some(parsed.ok()?.ticket))
        .collect()
}

/// The trees that are compared.
struct Trees<'r> {
    repository: &'r Repository,
    before: CommitTree<'r>,
    after: CommitTree<'r>,
}

impl Trees<'_> {
    /// The files that differ, without tickets. A renamed file counts as edited.
    fn files(&self, difference: &Difference, tickets: &GlobSet) -> Result<Vec<ChangedFile>> {
        let old_names = self.renames(difference)?;
        let mut paths: Vec<&String> = difference.paths().collect();
        paths.sort();
        paths.dedup();
        let mut budget = Budget::default();
        let mut files = Vec::new();
        for path in paths.into_iter().filter(|path| !tickets.is_match(path)) {
            let before = old_names.get(path).unwrap_or(path);
            files.push(ChangedFile {
                path: path.clone(),
                before: budget.read(&self.before, before)?,
                after: budget.read(&self.after, path)?,
            });
        }
        Ok(files)
    }

    /// The old names of renamed files by their new ones.
    fn renames(&self, difference: &Difference) -> Result<BTreeMap<String, String>> {
        let Difference { added, deleted, .. } = difference;
        if added.len().saturating_mul(deleted.len()) > MAX_PAIRS {
            return Ok(BTreeMap::new());
        }
        let gone = deleted
            .iter()
            .map(|(path, id)| (path.as_str(), *id))
            .collect();
        let renames = self.repository.renames(&gone, added)?;
        let old_name = |(new, (old, _)): (String, (String, usize))| (new, old);
        Ok(renames.into_iter().map(old_name).collect())
    }
}

/// How much text was read.
#[derive(Default)]
struct Budget {
    files: usize,
    bytes: usize,
}

impl Budget {
    /// Reads one version of a file.
    fn read(&mut self, tree: &CommitTree<'_>, path: &str) -> Result<Version> {
        if tree.kind_at(path)?.is_none() {
            return Ok(Version::Missing);
        }
        let is_read = path
            .rsplit_once('.')
            .is_some_and(|(_, extension)| EXTENSIONS.contains(&extension));
        let is_file = tree.kind_at(path)? == Some(EntryKind::File);
        if !(is_read && is_file) || self.files == MAX_FILES {
            return Ok(Version::Unread);
        }
        let left = MAX_FILE_BYTES.min(MAX_TOTAL_BYTES - self.bytes);
        let Some(Bytes::Whole(bytes)) = tree.bytes_up_to(path, left)? else {
            return Ok(Version::Unread);
        };
        self.files += 1;
        self.bytes += bytes.len();
        match String::from_utf8(bytes) {
            Ok(text) if !text.contains('\0') => Ok(Version::Text(Source::new(path, text))),
            _ => Ok(Version::Unread),
        }
    }
}

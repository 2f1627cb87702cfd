//! The tickets of a branch: as its base has them, and as they will be after the merge.
//!
//! Files that the branch does not change are those of the base, even if the base changed them
//! since; files that both changed are merged as Git does it. So a branch is not blamed for being
//! behind, and not checked with contents that nobody would merge.
//!
//! A ticket is identified by its ID. A ticket without `id` is named by its file: if only the file
//! is renamed, it is still the same ticket.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use crate::app::gate::merge_inputs::{MergeInputs, MergedText};
use crate::branch::{BranchCommit, TicketChange};
use crate::config::{Config, Limits};
use crate::error::Result;
use crate::git::CommitTree;
use crate::rules::TicketIndex;
use crate::source::Source;
use crate::ticket::{ParsedTicket, digest_input_without_id};
use crate::workspace::tickets::{TotalBytes, paths_of_tickets, refuse_more_tickets};

/// The tickets of a branch, as they will be after the merge.
pub(crate) struct BranchTickets {
    /// The texts that the branch adds or edits.
    pub(crate) touched: Vec<Source>,
    /// All other texts, which are those of the base.
    pub(crate) others: Vec<Source>,
    /// The tickets that the branch adds, edits or deletes, except those that cannot be parsed.
    pub(crate) changes: Vec<TicketChange>,
    /// The paths of those that the base changed too, so that Git cannot merge them; they are
    /// checked as the branch has them.
    pub(crate) conflicting: BTreeSet<String>,
}

impl BranchTickets {
    /// Reads the tickets as they will be after the merge, and the base's version of those that
    /// differ.
    ///
    /// Fails if a ticket cannot be read, and if there are too many.
    pub(crate) fn read(
        trees: &MergeInputs<'_>,
        changed: &BTreeSet<String>,
        config: &Config,
    ) -> Result<Self> {
        let mut paths: BTreeSet<String> =
            paths_of_tickets(&trees.base, config)?.into_iter().collect();
        paths.extend(paths_of_tickets(&trees.head, config)?);
        refuse_more_tickets(paths.len(), config.limits)?;
        let (limits, mut bytes) = (config.limits, TotalBytes::new(config.limits));
        let (mut touched, mut others, mut before) = (Vec::new(), Vec::new(), Vec::new());
        let mut conflicting = BTreeSet::new();
        for path in paths {
            if !changed.contains(&path) {
                let source = text(&trees.base, &path, limits)?;
                source.iter().try_for_each(|source| bytes.add(source))?;
                others.extend(source);
                continue;
            }
            let old = match trees.merged_text(&path, limits.ticket_bytes, |tree, path| {
                text(tree, path, limits)
            })? {
                MergedText::Base(source) => {
                    source.iter().try_for_each(|source| bytes.add(source))?;
                    others.extend(source);
                    continue;
                }
                MergedText::Branch(source) => {
                    source.iter().try_for_each(|source| bytes.add(source))?;
                    touched.extend(source);
                    text(&trees.base, &path, limits)?
                }
                MergedText::Conflict(source) => {
                    source.iter().try_for_each(|source| bytes.add(source))?;
                    touched.extend(source);
                    conflicting.insert(path.clone());
                    text_at_merge_base(trees, &path, limits)?
                }
            };
            old.iter().try_for_each(|source| bytes.add(source))?;
            before.extend(old);
        }
        let changes = match_versions(&before, &touched);
        Ok(Self {
            touched,
            others,
            changes,
            conflicting,
        })
    }

    /// The index of the tickets; those that were closed after the branch left the base count as
    /// open.
    pub(crate) fn index(&self, trees: &MergeInputs<'_>, limits: Limits) -> Result<TicketIndex> {
        let all: Vec<Source> = self.touched.iter().chain(&self.others).cloned().collect();
        let mut index = TicketIndex::read(&all);
        if index.has_finished_ticket() {
            index.reopen_unless(|path| is_closed_at(&trees.base, path, limits))?;
        }
        Ok(index)
    }

    /// The tickets that commits name and that the branch does not change.
    pub(crate) fn mentioned_by(&self, commits: &[BranchCommit]) -> Vec<ParsedTicket> {
        let ids = commits
            .iter()
            .flat_map(|commit| commit.classified.commit.tickets())
            .cloned()
            .collect();
        tickets_with_ids(&self.others, &ids)
    }

    /// The paths of the tickets that were closed or cancelled at the base.
    pub(crate) fn closed_at_base(&self) -> BTreeSet<String> {
        let was_over = self.changes.iter().filter(|change| {
            change
                .before
                .as_ref()
                .is_some_and(|before| before.ticket.state.is_finished())
        });
        was_over
            .filter_map(|change| Some(change.after.as_ref()?.path().to_owned()))
            .collect()
    }

    /// The IDs of all tickets that are replaced by another one which is past draft and not
    /// cancelled.
    pub(crate) fn superseded(&self) -> Vec<String> {
        let matters = self
            .changes
            .iter()
            .any(|change| change.after.is_none() || change.before.is_none());
        let texts = self.touched.iter().chain(&self.others).filter(|_| matters);
        let replacing = texts
            .filter(|source| may_contain(source, "supersedes"))
            .filter_map(|source| ParsedTicket::parse(source).ok());
        let replacing = replacing.filter(|version| version.ticket.state.is_past_draft());
        replacing
            .flat_map(|version| version.ticket.supersedes)
            .map(|id| id.text)
            .collect()
    }
}

/// The tickets among these that have one of these IDs.
pub(crate) fn tickets_with_ids(sources: &[Source], ids: &BTreeSet<String>) -> Vec<ParsedTicket> {
    if ids.is_empty() {
        return Vec::new();
    }
    sources
        .iter()
        .filter_map(|source| ParsedTicket::parse(source).ok())
        .filter(|version| ids.contains(version.id()))
        .collect()
}

/// Whether a key or a string of the document may equal `text`. A document may be skipped unread
/// only if it contains neither this text nor an escape, which can spell it differently.
fn may_contain(source: &Source, text: &str) -> bool {
    source.text().contains('\\') || source.text().contains(text)
}

/// The text at a path where the branch left the base.
fn text_at_merge_base(
    trees: &MergeInputs<'_>,
    path: &str,
    limits: Limits,
) -> Result<Option<Source>> {
    for merge_base in &trees.merge_bases {
        if let Some(source) = text(merge_base, trees.name_at_head(path), limits)? {
            return Ok(Some(source.renamed(path)));
        }
    }
    Ok(None)
}

/// The text of a ticket in a tree, or enough of it to show that it is too large; `None` if there is
/// no file.
///
/// Fails if it cannot be read.
pub(crate) fn text(tree: &CommitTree<'_>, path: &str, limits: Limits) -> Result<Option<Source>> {
    let most = limits.ticket_bytes;
    let bytes = tree.bytes_up_to(path, most)?;
    Ok(bytes.map(|bytes| bytes.into_ticket(path, most)))
}

/// The ticket at a path of a tree; `None` if there is no file, or if it cannot be parsed.
///
/// Fails as [`text`] does.
pub(crate) fn version_at(
    tree: &CommitTree<'_>,
    path: &str,
    limits: Limits,
) -> Result<Option<ParsedTicket>> {
    Ok(text(tree, path, limits)?.and_then(|source| ParsedTicket::parse(&source).ok()))
}

/// Whether the ticket at a path of a tree is closed or cancelled.
///
/// Fails as [`text`] does.
pub(crate) fn is_closed_at(tree: &CommitTree<'_>, path: &str, limits: Limits) -> Result<bool> {
    Ok(text(tree, path, limits)?
        .is_some_and(|source| TicketIndex::read(&[source]).has_finished_ticket()))
}

/// Finds the new version of each old ticket, by ID and then by content.
fn match_versions(before: &[Source], after: &[Source]) -> Vec<TicketChange> {
    let (mut left, mut broken) = (Vec::new(), HashSet::new());
    for source in after {
        match ParsedTicket::parse(source) {
            Ok(version) => left.push(version),
            Err(_) => _ = broken.insert(source.name()),
        }
    }
    let before = before
        .iter()
        .filter(|source| !broken.contains(source.name()))
        .filter_map(|source| ParsedTicket::parse(source).ok())
        .collect();
    let (mut changes, gone) = match_by_key(before, &mut left, |version| {
        version.ticket.identity.text.clone()
    });
    let (renamed, gone) = match_by_key(gone, &mut left, |version| {
        digest_input_without_id(&version.document)
    });
    changes.extend(renamed);
    changes.extend(gone.into_iter().map(|before| TicketChange {
        before: Some(before),
        after: None,
    }));
    changes.extend(left.into_iter().map(|after| TicketChange {
        before: None,
        after: Some(after),
    }));
    changes
}

/// Removes the new version of each ticket from `left`, by equal keys, and returns the tickets
/// without one.
fn match_by_key(
    before: Vec<ParsedTicket>,
    left: &mut Vec<ParsedTicket>,
    key: impl Fn(&ParsedTicket) -> String,
) -> (Vec<TicketChange>, Vec<ParsedTicket>) {
    if before.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let mut by_key: HashMap<String, VecDeque<ParsedTicket>> = HashMap::new();
    let mut keys = Vec::new();
    for after in left.drain(..) {
        let key = key(&after);
        keys.push(key.clone());
        by_key.entry(key).or_default().push_back(after);
    }
    let (mut changes, mut gone) = (Vec::new(), Vec::new());
    for before in before {
        match by_key.get_mut(&key(&before)).and_then(VecDeque::pop_front) {
            Some(after) => changes.push(TicketChange {
                before: Some(before),
                after: Some(after),
            }),
            None => gone.push(before),
        }
    }
    left.extend(
        keys.iter()
            .filter_map(|key| by_key.get_mut(key)?.pop_front()),
    );
    (changes, gone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paired(
        before: &[(&str, &str)],
        after: &[(&str, &str)],
    ) -> Vec<(Option<String>, Option<String>)> {
        let sources = |texts: &[(&str, &str)]| -> Vec<Source> {
            texts
                .iter()
                .map(|(path, text)| Source::new(*path, *text))
                .collect()
        };
        let path = |version: &ParsedTicket| version.path().to_owned();
        let changes = match_versions(&sources(before), &sources(after));
        changes
            .iter()
            .map(|change| {
                (
                    change.before.as_ref().map(path),
                    change.after.as_ref().map(path),
                )
            })
            .collect()
    }

    fn some(path: &str) -> Option<String> {
        Some(path.to_owned())
    }

    const TITLE: &str = "title = \"a\"";

    #[test]
    fn a_ticket_is_the_same_by_its_id_wherever_its_file_is() {
        let (old, new) = ("id = \"CHG-1\"", "id = \"CHG-1\"\ntitle = \"b\"");
        assert_eq!(
            paired(&[("x.toml", old)], &[("y.toml", new)]),
            [(some("x.toml"), some("y.toml"))]
        );
    }

    #[test]
    fn renamed_file_is_the_same_ticket() {
        assert_eq!(
            paired(&[("x.toml", TITLE)], &[("y.toml", TITLE)]),
            [(some("x.toml"), some("y.toml"))]
        );
        let other = "title = \"b\"";
        let expected = [(some("x.toml"), None), (None, some("y.toml"))];
        assert_eq!(paired(&[("x.toml", TITLE)], &[("y.toml", other)]), expected);
    }

    #[test]
    fn of_tickets_that_say_the_same_each_becomes_one() {
        let (before, after) = (
            [("a.toml", TITLE), ("b.toml", TITLE)],
            [("c.toml", TITLE), ("d.toml", TITLE)],
        );
        let expected = [
            (some("a.toml"), some("c.toml")),
            (some("b.toml"), some("d.toml")),
        ];
        assert_eq!(paired(&before, &after), expected);
    }

    #[test]
    fn an_escaped_id_is_found() {
        let sources = [
            Source::new("x.toml", r#"id = "INC\u002d9""#),
            Source::new("y.toml", "id = \"INC-8\""),
        ];
        let named = tickets_with_ids(&sources, &BTreeSet::from(["INC-9".to_owned()]));
        assert_eq!(
            named
                .iter()
                .map(|version| version.path())
                .collect::<Vec<_>>(),
            ["x.toml"]
        );
    }

    #[test]
    fn an_escaped_supersedes_counts() {
        let touched = vec![Source::new(
            "x.toml",
            r#"state = "proposed"
"supersede\u0073" = ["INC-9"]"#,
        )];
        let changes = match_versions(&[], &touched);
        let tickets = BranchTickets {
            touched,
            others: Vec::new(),
            changes,
            conflicting: BTreeSet::new(),
        };
        assert_eq!(tickets.superseded(), ["INC-9"]);
    }

    #[test]
    fn a_ticket_that_no_longer_parses_is_not_taken_for_deleted() {
        assert_eq!(paired(&[("x.toml", TITLE)], &[("x.toml", "title = ")]), []);
    }
}

//! Which commits were merged together.
//!
//! The mainline is the line of first parents from a tip. A commit of the mainline brought in
//! everything that it reaches and that no older commit of the mainline reaches; these commits are
//! one group. The mainline is read only as far back as the requested tickets exist on it.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::citations::CommitFacts;
use super::parts::Parts;
use super::ticket_history::TicketHistories;
use crate::commit::{Id, RawCommit, Reader};
use crate::error::Result;
use crate::history::{History, Scope, ScopeReader, parents};

/// Commits that were or will be merged together: a branch, or a single commit.
#[derive(Default)]
pub(crate) struct MergeGroup(pub(crate) Vec<Rc<CommitFacts>>);

/// Commits that were or will be merged together, with their parts.
pub(super) struct DividedGroup {
    pub(super) group: MergeGroup,
    /// The tip of the branch that is divided into parts; `None`: the group is undivided.
    tip: Option<Id>,
    parts: OnceCell<Parts>,
}

impl DividedGroup {
    pub(super) fn new(group: MergeGroup, tip: Option<Id>) -> Self {
        Self {
            group,
            tip,
            parts: OnceCell::new(),
        }
    }

    /// The parts that may have these tickets; with fewer than two, there is nothing to divide.
    pub(super) fn parts<H: History>(
        &self,
        histories: &TicketHistories<'_, H>,
        tickets: &HashSet<String>,
    ) -> Result<&Parts> {
        if let Some(parts) = self.parts.get() {
            return Ok(parts);
        }
        let parts = match self.tip.filter(|_| tickets.len() > 1) {
            Some(tip) => Parts::of(histories, &self.group, tip, tickets)?,
            None => Parts::default(),
        };
        Ok(self.parts.get_or_init(|| parts))
    }
}

/// A mainline, as far back as some tickets exist on it.
pub(super) struct Mainline<'r, H> {
    histories: &'r TicketHistories<'r, H>,
    /// The commits read so far, newest first.
    line: Vec<Id>,
    /// How many of these commits, from the newest on, have one of the tickets.
    depth: usize,
}

impl<'r, H: History> Mainline<'r, H> {
    pub(super) fn new(histories: &'r TicketHistories<'r, H>, tip: Id) -> Self {
        Self {
            histories,
            line: vec![tip],
            depth: 0,
        }
    }

    /// Reads back to the commit that added the tickets with these paths to the mainline.
    pub(super) fn extend_to(&mut self, paths: &HashSet<String>) -> Result<()> {
        let mut at = 0;
        while self.histories.has_any(self.line[at], paths)? {
            self.depth = self.depth.max(at + 1);
            at += 1;
            if at == self.line.len() {
                let Some(parent) = self.histories.first_parent(self.line[at - 1])? else {
                    break;
                };
                self.line.push(parent);
            }
        }
        Ok(())
    }

    /// The groups since that commit, newest first; none if no ticket exists on the mainline. What a
    /// merge of two commits brought is divided like a branch.
    pub(super) fn merge_groups(&self) -> Result<Vec<DividedGroup>> {
        if self.depth == 0 {
            return Ok(Vec::new());
        }
        let scope = Scope {
            tip: Some(self.line[0]),
            exclude: self.line.get(self.depth).copied(),
        };
        let history = self.histories.history;
        let mut divided = Vec::new();
        for group in MergeReader::new(history).groups(scope)? {
            // The first commit of a group is the one of the mainline.
            let merge = group.0.first().filter(|_| group.0.len() > 1);
            let tip = match merge {
                Some(facts) => match parents(history, facts.commit.id)?[..] {
                    [_, branch] => Some(branch),
                    _ => None,
                },
                None => None,
            };
            divided.push(DividedGroup::new(group, tip));
        }
        Ok(divided)
    }
}

/// Reads the groups of one scope after another, commits in several of them once.
pub(crate) struct MergeReader<'h, H> {
    scopes: ScopeReader<'h, H>,
    reader: Reader,
    known: HashMap<Id, Rc<CommitFacts>>,
}

impl<'h, H: History> MergeReader<'h, H> {
    /// Reads nothing yet.
    pub(crate) fn new(history: &'h H) -> Self {
        Self {
            scopes: ScopeReader::new(history),
            reader: Reader::default(),
            known: HashMap::new(),
        }
    }

    /// The groups of a scope, newest first.
    ///
    /// # Errors
    ///
    /// Fails if history is missing.
    pub(crate) fn groups(&mut self, scope: Scope) -> Result<Vec<MergeGroup>> {
        self.groups_and(scope, |_, _| ())
    }

    /// The same, and calls `see` with every commit of the scope.
    ///
    /// # Errors
    ///
    /// Fails if history is missing.
    pub(crate) fn groups_and(
        &mut self,
        scope: Scope,
        mut see: impl FnMut(Id, &RawCommit<'_>),
    ) -> Result<Vec<MergeGroup>> {
        let (mut commits, mut parents) = (Vec::new(), Vec::new());
        self.scopes.visit(scope, |id, raw| {
            see(id, raw);
            let facts = self.known.entry(id);
            let facts = facts.or_insert_with(|| CommitFacts::new(self.reader.read(id, raw)).into());
            commits.push(Rc::clone(facts));
            parents.push(raw.parents.clone());
            Ok(())
        })?;
        Ok(group_by_merge(commits, &parents))
    }
}

/// Groups commits by the commit of the mainline that brought them in. The first commit is the tip.
fn group_by_merge(commits: Vec<Rc<CommitFacts>>, parents: &[Vec<Id>]) -> Vec<MergeGroup> {
    let place: HashMap<Id, usize> = commits
        .iter()
        .enumerate()
        .map(|(at, facts)| (facts.commit.id, at))
        .collect();
    let mut line = Vec::new();
    let mut next = (!commits.is_empty()).then_some(0);
    while let Some(at) = next {
        line.push(at);
        next = parents[at]
            .first()
            .and_then(|parent| place.get(parent))
            .copied();
    }
    // A commit was brought in by the oldest commit of the mainline that reaches it.
    let mut unit_of: Vec<Option<usize>> = vec![None; commits.len()];
    for (unit, at) in line.iter().enumerate().rev() {
        let mut open = vec![*at];
        while let Some(at) = open.pop() {
            if unit_of[at].is_none() {
                unit_of[at] = Some(unit);
                open.extend(parents[at].iter().filter_map(|parent| place.get(parent)));
            }
        }
    }
    let mut merged: Vec<MergeGroup> = line.iter().map(|_| MergeGroup(Vec::new())).collect();
    for (facts, unit) in commits.into_iter().zip(unit_of) {
        let unit = unit.expect("the tip reaches every commit of the scope");
        merged[unit].0.push(facts);
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commit::Commit;
    use crate::history::testing::TestRepository;

    fn id(name: char) -> Id {
        Id::new([name as u8; 20])
    }

    /// The groups of a history, whose commits are given as their names and those of their parents,
    /// newest first.
    fn of(history: &[(char, &str)]) -> Vec<String> {
        let who = "A <a@example.org> 1 +0000";
        let object = format!(
            "tree {}\nauthor {who}\ncommitter {who}\n\nx",
            "0".repeat(40)
        );
        let commit =
            |name: char| Commit::read(id(name), &RawCommit::parse(object.as_bytes()).unwrap());
        let commits = history
            .iter()
            .map(|(name, _)| CommitFacts::new(commit(*name)).into())
            .collect();
        let parents: Vec<Vec<Id>> = history
            .iter()
            .map(|(_, parents)| parents.chars().map(id).collect())
            .collect();
        let name = |facts: &Rc<CommitFacts>| char::from(facts.commit.id.as_bytes()[0]);
        group_by_merge(commits, &parents)
            .iter()
            .map(|MergeGroup(commits)| commits.iter().map(name).collect())
            .collect()
    }

    #[test]
    fn one_reader_reads_the_groups_of_several_scopes() {
        let mut repository = TestRepository::new();
        let first = repository.commit("feat: a");
        repository.branch("side");
        let second = repository.commit("feat: b");
        repository.switch("main");
        repository.commit("feat: c");
        repository.merge("side");
        let mut reader = MergeReader::new(&repository.history);
        for exclude in [Some(second), Some(first), None] {
            let scope = Scope {
                tip: Some(repository.head()),
                exclude,
            };
            let [together, alone] =
                [&mut reader, &mut MergeReader::new(&repository.history)].map(|reader| {
                    let groups = reader.groups(scope).unwrap();
                    let ids = |MergeGroup(commits): &MergeGroup| {
                        commits
                            .iter()
                            .map(|facts| facts.commit.id)
                            .collect::<Vec<_>>()
                    };
                    groups.iter().map(ids).collect::<Vec<_>>()
                });
            assert_eq!(together, alone);
        }
    }

    #[test]
    fn a_merge_brings_what_no_older_commit_of_the_line_has() {
        assert_eq!(
            of(&[('m', "bx"), ('x', "a"), ('b', "a"), ('a', "")]),
            ["mx", "b", "a"]
        );
        assert_eq!(
            of(&[
                ('n', "my"),
                ('y', "x"),
                ('m', "bx"),
                ('x', "a"),
                ('b', "a"),
                ('a', "")
            ]),
            ["ny", "mx", "b", "a"]
        );
    }

    #[test]
    fn what_was_merged_into_a_branch_came_with_the_branch() {
        assert_eq!(
            of(&[('m', "ay"), ('y', "xz"), ('z', "x"), ('x', "a"), ('a', "")]),
            ["myzx", "a"]
        );
    }

    #[test]
    fn a_line_without_merges_is_commit_by_commit() {
        assert_eq!(of(&[('c', "b"), ('b', "a"), ('a', "0")]), ["c", "b", "a"]);
        assert_eq!(of(&[]), [""; 0]);
    }
}

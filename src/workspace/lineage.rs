//! How a ticket came to be what it is: the commits that changed its file, and what each of them had before and after.
//!
//! History is followed as `git log` follows a path: where a parent has the same file, it was that parent's history. A
//! file that was renamed is followed by the id of its ticket. All tickets share one walk, which passes over the commits
//! that leave the folders of tickets alone.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::rc::Rc;

use globset::GlobSet;

use super::branch_tickets::{text, version};
use super::tickets::base as folder_of;
use crate::commit::{Commit, Id, RawCommit, parents_and_time};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::git::{GitHistory, Repository};
use crate::history::{History as _, Objects as _};
use crate::rules::TicketVersion;

/// A commit that changed a ticket.
pub(super) struct Step {
    /// The commit.
    pub(super) commit: Commit,
    /// The ticket as each of its parents had it; those that had none, or one that cannot be parsed, are left out.
    pub(super) before: Vec<TicketVersion>,
    /// The ticket as the commit has it; `None` where it cannot be parsed.
    pub(super) after: Option<TicketVersion>,
}

/// The history of a ticket.
#[derive(Default)]
pub(super) struct Lineage {
    /// The commits that changed it, newest first along each line.
    pub(super) steps: Vec<Step>,
    /// The paths at which it stood.
    pub(super) paths: HashSet<String>,
}

/// Where the histories of tickets are read.
pub(super) struct Lineages<'r> {
    repository: &'r Repository,
    history: &'r GitHistory<'r>,
    globs: &'r GlobSet,
    config: &'r Config,
    folders: Vec<PathBuf>,
    visits: RefCell<HashMap<Id, Rc<Visit>>>,
    turns: RefCell<HashMap<Id, Id>>,
}

/// What was seen of a commit.
struct Visit {
    parents: Vec<Id>,
    /// What stands at each of the tickets' folders.
    places: Vec<Option<Id>>,
}

impl<'r> Lineages<'r> {
    pub(super) fn new(
        repository: &'r Repository,
        history: &'r GitHistory<'r>,
        globs: &'r GlobSet,
        config: &'r Config,
    ) -> Self {
        let mut folders: Vec<PathBuf> = config.tickets.iter().map(|glob| folder_of(glob)).collect();
        folders.sort_unstable();
        folders.dedup();
        let (visits, turns) = (RefCell::default(), RefCell::default());
        Self { repository, history, globs, config, folders, visits, turns }
    }

    /// The history of the ticket that stands at `path` in a commit.
    ///
    /// Fails where history is missing, or cut off before the ticket was added.
    pub(super) fn of(&self, tip: Id, path: &str) -> Result<Lineage> {
        let mut lineage = Lineage::default();
        let mut seen = HashSet::new();
        let mut open = vec![(self.turn(tip)?, path.to_owned())];
        while let Some((id, path)) = open.pop() {
            if !seen.insert((id, path.clone())) {
                continue;
            }
            lineage.paths.insert(path.clone());
            let own = self.object_at(id, &path)?;
            let parents = self.parents(id, &path)?;
            let mut origins = Vec::with_capacity(parents.len());
            for parent in &parents {
                origins.push((*parent, self.object_at(*parent, &path)?));
            }
            if let Some((parent, _)) = origins.iter().find(|(_, object)| *object == own) {
                open.push((*parent, path));
                continue;
            }
            let same = origins.iter().filter(|(_, object)| object.is_some());
            let mut origins: Vec<(Id, String)> = same.map(|(parent, _)| (*parent, path.clone())).collect();
            if origins.is_empty() {
                origins = self.renamed_from(id, &parents, &path)?;
            }
            lineage.steps.push(self.step(id, &path, &origins)?);
            open.extend(origins);
        }
        Ok(lineage)
    }

    /// Whether a file stands at one of these paths in a commit.
    pub(super) fn stands(&self, id: Id, paths: &HashSet<String>) -> Result<bool> {
        let turn = self.turn(id)?;
        for path in paths {
            if self.object_at(turn, path)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The first parent of a commit; `None` where there is none.
    ///
    /// Fails where history is cut off at the commit.
    pub(super) fn first_parent(&self, id: Id) -> Result<Option<Id>> {
        self.refuse_cut(id, "who worked on a ticket")?;
        Ok(self.visit(id)?.parents.first().copied())
    }

    /// The commits at which the tickets' folders last changed, for each parent of a commit.
    fn parents(&self, id: Id, path: &str) -> Result<Vec<Id>> {
        self.refuse_cut(id, &format!("who made `{path}`"))?;
        self.visit(id)?.parents.iter().map(|parent| self.turn(*parent)).collect()
    }

    fn refuse_cut(&self, id: Id, before: &str) -> Result<()> {
        if self.history.is_shallow(id) {
            let message = format!("history is cut off at commit `{id}` before it is known {before}");
            return Err(Error::history(message, "git fetch --unshallow --tags"));
        }
        Ok(())
    }

    /// Whether a commit leaves the tickets' folders as none of its parents had them.
    pub(super) fn is_turn(&self, id: Id) -> Result<bool> {
        Ok(self.turn(id)? == id)
    }

    /// The latest commit, this one or one before it, that leaves the tickets' folders as none of its parents had them.
    fn turn(&self, id: Id) -> Result<Id> {
        let (mut at, mut passed) = (id, Vec::new());
        let turn = loop {
            if let Some(known) = self.turns.borrow().get(&at) {
                break *known;
            }
            passed.push(at);
            match self.like(at)? {
                Some(parent) => at = parent,
                None => break at,
            }
        };
        self.turns.borrow_mut().extend(passed.into_iter().map(|id| (id, turn)));
        Ok(turn)
    }

    /// The first parent that has the same in the tickets' folders.
    fn like(&self, id: Id) -> Result<Option<Id>> {
        if self.history.is_shallow(id) {
            return Ok(None);
        }
        let visit = self.visit(id)?;
        for parent in &visit.parents {
            if self.visit(*parent)?.places == visit.places {
                return Ok(Some(*parent));
            }
        }
        Ok(None)
    }

    fn visit(&self, id: Id) -> Result<Rc<Visit>> {
        if let Some(visit) = self.visits.borrow().get(&id) {
            return Ok(Rc::clone(visit));
        }
        let object = self.history.commit(id)?;
        let (parents, _) = parents_and_time(object.as_ref()).ok_or_else(|| Error::no_commit(id))?;
        let tree = self.repository.tree(id)?;
        let at = |folder: &PathBuf| tree.object_at(folder);
        let places = self.folders.iter().map(at).collect::<Result<_>>()?;
        let visit = Rc::new(Visit { parents: parents.as_slice().to_vec(), places });
        self.visits.borrow_mut().insert(id, Rc::clone(&visit));
        Ok(visit)
    }

    fn object_at(&self, id: Id, path: &str) -> Result<Option<Id>> {
        self.repository.tree(id)?.object_at(path.as_ref())
    }

    /// The paths at which parents have the ticket that a commit has at `path`, and that the commit no longer has.
    fn renamed_from(&self, id: Id, parents: &[Id], path: &str) -> Result<Vec<(Id, String)>> {
        let tree = self.repository.tree(id)?;
        let limits = self.config.limits;
        let Some(own) = text(&tree, path, limits)?.as_ref().and_then(version) else { return Ok(Vec::new()) };
        let mut origins = Vec::new();
        for parent in parents {
            let older = self.repository.tree(*parent)?;
            let mut changed: Vec<String> = tree.changed_since(Some(&older))?.into_iter().collect();
            changed.sort_unstable();
            for changed in changed.into_iter().filter(|changed| self.globs.is_match(changed)) {
                if tree.object_at(changed.as_ref())?.is_some() {
                    continue;
                }
                let before = text(&older, &changed, limits)?.as_ref().and_then(version);
                if before.is_some_and(|before| before.is_same_as(&own)) {
                    origins.push((*parent, changed));
                }
            }
        }
        Ok(origins)
    }

    fn step(&self, id: Id, path: &str, origins: &[(Id, String)]) -> Result<Step> {
        let read = |id: Id, path: &str| -> Result<Option<TicketVersion>> {
            Ok(text(&self.repository.tree(id)?, path, self.config.limits)?.as_ref().and_then(version))
        };
        let object = self.history.commit(id)?;
        let raw = RawCommit::parse(object.as_ref()).ok_or_else(|| Error::no_commit(id))?;
        let mut before = Vec::new();
        for (parent, path) in origins {
            before.extend(read(*parent, path)?);
        }
        Ok(Step { commit: Commit::read(id, &raw), before, after: read(id, path)? })
    }
}

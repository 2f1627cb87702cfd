//! How a ticket came to be what it is: the commits that changed its file, and what each of them had
//! before and after.
//!
//! Every line of history is followed that ever had the file, whichever side a merge took, so that
//! nobody who worked on a ticket is lost by merging it in a certain way. A file that was renamed is
//! followed by the id of its ticket, or by what it says. All tickets share one walk, which passes
//! over the commits that leave the folders of tickets alone.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::path::PathBuf;
use std::rc::Rc;

use globset::GlobSet;

use crate::app::gate::branch_tickets::version_at;
use crate::commit::{Commit, Id, RawCommit, parents_and_time};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::git::{GitHistory, Repository};
use crate::history::{History as _, Objects as _};
use crate::rules::TicketVersion;
use crate::ticket::digest_input_without_id;
use crate::workspace::tickets::fixed_folder as folder_of;

/// A commit that changed a ticket.
pub(crate) struct Revision {
    /// The commit.
    pub(crate) commit: Commit,
    /// The ticket as each of its parents had it; those that had none, or one that cannot be parsed,
    /// are left out.
    pub(crate) before: Vec<TicketVersion>,
    /// The ticket as the commit has it; `None` where it cannot be parsed.
    pub(crate) after: Option<TicketVersion>,
}

/// The history of a ticket.
#[derive(Default)]
pub(crate) struct TicketHistory {
    /// The commits that changed it, newest first along each line.
    pub(crate) revisions: Vec<Revision>,
    /// The paths at which it stood.
    pub(crate) paths: HashSet<String>,
}

/// Where the histories of tickets are read.
pub(crate) struct TicketHistories<'r> {
    repository: &'r Repository,
    history: &'r GitHistory<'r>,
    globs: &'r GlobSet,
    config: &'r Config,
    folders: Vec<PathBuf>,
    folder_states: RefCell<HashMap<Id, Rc<FolderState>>>,
    last_changes: RefCell<HashMap<Id, Id>>,
    deletions: RefCell<HashMap<(Id, Id), Rc<Deletions>>>,
}

/// What was seen of a commit.
struct FolderState {
    parents: Vec<Id>,
    /// The object at each of the tickets' folders.
    folder_ids: Vec<Option<Id>>,
}

/// The paths of the tickets that a parent has and a commit no longer does, by what they are known
/// by.
#[derive(Default)]
struct Deletions {
    by_id: HashMap<String, String>,
    by_text: HashMap<String, String>,
}

impl<'r> TicketHistories<'r> {
    pub(crate) fn new(
        repository: &'r Repository,
        history: &'r GitHistory<'r>,
        globs: &'r GlobSet,
        config: &'r Config,
    ) -> Self {
        let mut folders: Vec<PathBuf> = config.tickets.iter().map(|glob| folder_of(glob)).collect();
        folders.sort_unstable();
        folders.dedup();
        let (visits, turns, gone) = (RefCell::default(), RefCell::default(), RefCell::default());
        Self {
            repository,
            history,
            globs,
            config,
            folders,
            folder_states: visits,
            last_changes: turns,
            deletions: gone,
        }
    }

    /// The history of the tickets that stand at these paths in these commits, as one.
    ///
    /// Fails where history is missing, or cut off before a ticket was added.
    pub(crate) fn of(&self, tips: Vec<(Id, String)>) -> Result<TicketHistory> {
        let mut ticket_history = TicketHistory::default();
        let mut seen = HashSet::new();
        let mut open = Vec::with_capacity(tips.len());
        for (tip, path) in tips {
            open.push((self.last_change(tip)?, path));
        }
        while let Some((id, path)) = open.pop() {
            if !seen.insert((id, path.clone())) {
                continue;
            }
            ticket_history.paths.insert(path.clone());
            let current = self.object_at(id, &path)?;
            let parents = self.parents(id, &path)?;
            let (mut origins, mut is_taken_over) = (Vec::with_capacity(parents.len()), false);
            for parent in &parents {
                let object = self.object_at(*parent, &path)?;
                is_taken_over |= object == current;
                origins.extend(object.map(|_| (*parent, path.clone())));
            }
            if origins.is_empty() {
                origins = self.renamed_from(id, &parents, &path)?;
            }
            if !is_taken_over {
                ticket_history
                    .revisions
                    .push(self.revision(id, &path, &origins)?);
            }
            for (parent, path) in origins {
                open.push((self.last_change(parent)?, path));
            }
        }
        Ok(ticket_history)
    }

    /// The last commits that had tickets of some ids, with their paths, among those that a commit
    /// reaches which has none of them; a ticket that no commit had is left out, and so is what lies
    /// beyond a shallow clone.
    ///
    /// Fails where history is missing.
    pub(crate) fn last_versions(
        &self,
        tip: Id,
        ids: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, (Id, String)>> {
        let mut found = BTreeMap::new();
        let (mut open, mut seen) = (VecDeque::from([tip]), HashSet::from([tip]));
        while let Some(id) = open.pop_front().filter(|_| found.len() < ids.len()) {
            let visit = self.folder_state(id)?;
            for parent in visit
                .parents
                .iter()
                .filter(|_| !self.history.is_shallow(id))
            {
                if self.folder_state(*parent)?.folder_ids != visit.folder_ids {
                    let gone = |(ticket, path): (String, String)| {
                        (ids.contains(&ticket) && !found.contains_key(&ticket))
                            .then_some((ticket, (*parent, path)))
                    };
                    let gone: Vec<_> = self
                        .replaced(id, *parent)?
                        .into_iter()
                        .filter_map(gone)
                        .collect();
                    found.extend(gone);
                }
                if seen.insert(*parent) {
                    open.push_back(*parent);
                }
            }
        }
        Ok(found)
    }

    /// The tickets that `parent` has at paths where a commit has something else: their ids and
    /// paths.
    fn replaced(&self, id: Id, parent: Id) -> Result<Vec<(String, String)>> {
        let (tree, older) = (self.repository.tree(id)?, self.repository.tree(parent)?);
        let changed = tree.changed_since(Some(&older))?;
        let mut changed: Vec<String> = changed
            .into_iter()
            .filter(|path| self.globs.is_match(path))
            .collect();
        changed.sort_unstable();
        let mut replaced = Vec::new();
        for path in changed {
            let before = version_at(&older, &path, self.config.limits)?;
            replaced.extend(before.map(|before| (before.id().to_owned(), path)));
        }
        Ok(replaced)
    }

    /// Whether a commit has a file at one of these paths.
    pub(crate) fn has_any(&self, id: Id, paths: &HashSet<String>) -> Result<bool> {
        for path in paths {
            if self.object_at(id, path)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The first parent of a commit; `None` where there is none.
    ///
    /// Fails where history is cut off at the commit.
    pub(crate) fn first_parent(&self, id: Id) -> Result<Option<Id>> {
        self.refuse_shallow(id, "who worked on a ticket")?;
        Ok(self.folder_state(id)?.parents.first().copied())
    }

    /// The parents of a commit that has a ticket at `path`.
    fn parents(&self, id: Id, path: &str) -> Result<Vec<Id>> {
        self.refuse_shallow(id, &format!("who wrote `{path}`"))?;
        Ok(self.folder_state(id)?.parents.clone())
    }

    fn refuse_shallow(&self, id: Id, before: &str) -> Result<()> {
        if self.history.is_shallow(id) {
            let message = format!(
                "this clone is shallow: the history before commit `{id}`, which shows {before}, is missing"
            );
            return Err(Error::history(
                message,
                "run `git fetch --unshallow --tags`",
            ));
        }
        Ok(())
    }

    /// Whether a commit is a merge, or changes something in the tickets' folders.
    pub(crate) fn may_change_tickets(&self, id: Id) -> Result<bool> {
        Ok(self.unchanged_parent(id)?.is_none())
    }

    /// The latest commit, this one or one before it, that is a merge or changes the tickets'
    /// folders.
    fn last_change(&self, id: Id) -> Result<Id> {
        let (mut at, mut passed) = (id, Vec::new());
        let turn = loop {
            if let Some(known) = self.last_changes.borrow().get(&at) {
                break *known;
            }
            passed.push(at);
            match self.unchanged_parent(at)? {
                Some(parent) => at = parent,
                None => break at,
            }
        };
        self.last_changes
            .borrow_mut()
            .extend(passed.into_iter().map(|id| (id, turn)));
        Ok(turn)
    }

    /// The only parent of a commit, where it has the same in the tickets' folders.
    fn unchanged_parent(&self, id: Id) -> Result<Option<Id>> {
        let visit = self.folder_state(id)?;
        let [parent] = visit.parents[..] else {
            return Ok(None);
        };
        let is_same = !self.history.is_shallow(id)
            && self.folder_state(parent)?.folder_ids == visit.folder_ids;
        Ok(is_same.then_some(parent))
    }

    fn folder_state(&self, id: Id) -> Result<Rc<FolderState>> {
        if let Some(visit) = self.folder_states.borrow().get(&id) {
            return Ok(Rc::clone(visit));
        }
        let object = self.history.commit(id)?;
        let (parents, _) =
            parents_and_time(object.as_ref()).ok_or_else(|| Error::not_a_commit(id))?;
        let tree = self.repository.tree(id)?;
        let at = |folder: &PathBuf| tree.object_at(folder);
        let places = self.folders.iter().map(at).collect::<Result<_>>()?;
        let visit = Rc::new(FolderState {
            parents: parents.as_slice().to_vec(),
            folder_ids: places,
        });
        self.folder_states
            .borrow_mut()
            .insert(id, Rc::clone(&visit));
        Ok(visit)
    }

    fn object_at(&self, id: Id, path: &str) -> Result<Option<Id>> {
        self.repository.tree(id)?.object_at(path.as_ref())
    }

    fn version_at(&self, id: Id, path: &str) -> Result<Option<TicketVersion>> {
        version_at(&self.repository.tree(id)?, path, self.config.limits)
    }

    /// Where parents have the ticket that a commit has at `path`, under a name that the commit no
    /// longer has.
    fn renamed_from(&self, id: Id, parents: &[Id], path: &str) -> Result<Vec<(Id, String)>> {
        let Some(object) = self.version_at(id, path)? else {
            return Ok(Vec::new());
        };
        let mut origins = Vec::new();
        for parent in parents {
            let gone = self.deletions(id, *parent)?;
            let before = gone
                .by_id
                .get(object.id())
                .or_else(|| gone.by_text.get(&digest_input_without_id(&object.document)));
            origins.extend(before.map(|before| (*parent, before.clone())));
        }
        Ok(origins)
    }

    /// The tickets that `parent` has and a commit no longer does.
    fn deletions(&self, id: Id, parent: Id) -> Result<Rc<Deletions>> {
        if let Some(known) = self.deletions.borrow().get(&(id, parent)) {
            return Ok(Rc::clone(known));
        }
        let (tree, older) = (self.repository.tree(id)?, self.repository.tree(parent)?);
        let mut changed: Vec<String> = tree.changed_since(Some(&older))?.into_iter().collect();
        changed.sort_unstable();
        let mut gone = Deletions::default();
        for path in changed.into_iter().filter(|path| self.globs.is_match(path)) {
            if tree.object_at(path.as_ref())?.is_some() {
                continue;
            }
            if let Some(before) = version_at(&older, &path, self.config.limits)? {
                gone.by_id
                    .entry(before.id().to_owned())
                    .or_insert_with(|| path.clone());
                gone.by_text
                    .entry(digest_input_without_id(&before.document))
                    .or_insert(path);
            }
        }
        let gone = Rc::new(gone);
        self.deletions
            .borrow_mut()
            .insert((id, parent), Rc::clone(&gone));
        Ok(gone)
    }

    fn revision(&self, id: Id, path: &str, origins: &[(Id, String)]) -> Result<Revision> {
        let object = self.history.commit(id)?;
        let raw = RawCommit::parse(object.as_ref()).ok_or_else(|| Error::not_a_commit(id))?;
        let mut before = Vec::new();
        for (parent, path) in origins {
            before.extend(self.version_at(*parent, path)?);
        }
        Ok(Revision {
            commit: Commit::read(id, &raw),
            before,
            after: self.version_at(id, path)?,
        })
    }
}

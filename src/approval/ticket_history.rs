//! The history of a ticket: the commits that changed its file, with the versions before and after
//! each.
//!
//! Every line of history that ever had the file is followed, whichever side a merge took, so that a
//! certain way of merging cannot hide who worked on a ticket. A renamed file is recognized by the
//! ID of its ticket, or by its content. All tickets share one walk, which skips commits that do not
//! change the folders of tickets.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::path::PathBuf;
use std::rc::Rc;

use globset::GlobSet;

use crate::commit::{Commit, Id, RawCommit, SmallList};
use crate::config::{Config, ReleaseFiles};
use crate::error::{Error, Result};
use crate::history::{History, Trees, parents};
use crate::ticket::{Kind, ParsedTicket, State, changed_plan, digest_input_without_id};

/// A commit that changed a ticket.
pub(crate) struct Revision {
    /// The commit.
    pub(super) commit: Commit,
    /// Its edit of the ticket.
    pub(super) edit: TicketEdit,
}

/// The edit of a ticket by a commit.
pub(super) struct TicketEdit {
    /// The ticket in each parent of the commit; parents without it, or with one that cannot be
    /// parsed, are left out.
    pub(super) before: Vec<Rc<ParsedTicket>>,
    /// The ticket in the commit; `None` if there is none, or if it cannot be parsed.
    pub(super) after: Option<Rc<ParsedTicket>>,
}

impl TicketEdit {
    /// Whether the plan differs from that of each parent, or cannot be read.
    pub(super) fn changes_plan(&self) -> bool {
        let Some(after) = &self.after else {
            return true;
        };
        self.before.iter().all(|before| plan_differs(before, after))
    }

    /// Whether the commit takes the ticket out of draft.
    pub(super) fn leaves_draft(&self) -> bool {
        self.after.as_ref().is_some_and(|after| !is_draft(after))
            && self.before.iter().all(|before| is_draft(before))
    }

    /// The ticket, if the commit changes its plan or takes it out of draft, and it is past draft.
    pub(super) fn planned(&self) -> Option<&ParsedTicket> {
        let after = self.after.as_deref().filter(|after| !is_draft(after))?;
        let is_new_plan =
            |before: &Rc<ParsedTicket>| is_draft(before) || plan_differs(before, after);
        self.before.iter().all(is_new_plan).then_some(after)
    }

    /// Whether the commit makes the ticket an emergency.
    pub(super) fn declares_emergency(&self) -> bool {
        let is_emergency = |version: &Rc<ParsedTicket>| version.ticket.kind == Kind::Emergency;
        self.after.as_ref().is_some_and(is_emergency) && !self.before.iter().any(is_emergency)
    }
}

fn is_draft(version: &ParsedTicket) -> bool {
    version.ticket.state == State::Draft
}

fn plan_differs(before: &ParsedTicket, after: &ParsedTicket) -> bool {
    !changed_plan(&before.document, &after.document).is_empty()
}

/// The most bytes of texts whose tickets are kept.
const MAX_KEPT_BYTES: usize = 2 << 20;

/// The tickets that were read last, as most are read several times in a row: by a commit and by the
/// one after it, and by the release that they are in.
#[derive(Default)]
struct KeptVersions {
    /// The tickets by their files; `None`: the file cannot be parsed.
    versions: HashMap<TextAt, Option<Rc<ParsedTicket>>>,
    /// The length of their texts together.
    bytes: usize,
}

/// A text of a file, which decides its ticket.
#[derive(PartialEq, Eq, Hash)]
struct TextAt {
    object: Id,
    path: String,
}

impl KeptVersions {
    fn keep(&mut self, text: TextAt, version: Option<Rc<ParsedTicket>>, bytes: usize) {
        if self.bytes + bytes > MAX_KEPT_BYTES {
            *self = Self::default();
        }
        self.bytes += bytes;
        self.versions.insert(text, version);
    }
}

/// The history of a ticket.
#[derive(Default)]
pub(crate) struct TicketHistory {
    /// The commits that changed it, newest first along each line.
    pub(crate) revisions: Vec<Revision>,
    /// The paths that it had.
    pub(crate) paths: HashSet<String>,
}

/// A ticket's file in a commit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct TicketFile {
    pub(crate) commit: Id,
    pub(crate) path: String,
}

/// The tickets in the commits of a history, with a cache of what was read.
pub(crate) struct TicketHistories<'r, H> {
    pub(super) history: &'r H,
    pub(super) trees: &'r dyn Trees,
    pub(super) globs: GlobSet,
    max_ticket_bytes: usize,
    /// The folders that contain the tickets, directly or deeper.
    folders: Vec<PathBuf>,
    /// The root, and the folders of release files.
    other_folders: Vec<PathBuf>,
    pub(super) release_files: ReleaseFiles,
    folder_states: RefCell<HashMap<Id, Rc<FolderState>>>,
    last_changes: RefCell<HashMap<Id, Id>>,
    deletions: RefCell<HashMap<(Id, Id), Rc<Deletions>>>,
    kept: RefCell<KeptVersions>,
    /// The parents of commits that were read for something else.
    noted_parents: RefCell<HashMap<Id, SmallList<Id>>>,
}

/// The state of the tickets' folders in a commit.
struct FolderState {
    parents: Vec<Id>,
    /// The object at each of the tickets' folders.
    folder_ids: Vec<Option<Id>>,
    /// The object at the root, and at each folder of release files.
    other_ids: Vec<Option<Id>>,
}

/// What a commit that leaves the tickets' folders as they are changes.
pub(super) struct OtherChanges {
    /// Anything.
    pub(super) anything: bool,
    /// Something in the folders of release files.
    pub(super) release_folders: bool,
}

/// The paths of the tickets that a parent has and a commit does not, by ID and by content.
#[derive(Default)]
struct Deletions {
    by_id: HashMap<String, String>,
    by_text: HashMap<String, String>,
}

impl<'r, H: History> TicketHistories<'r, H> {
    /// The tickets that a configuration names.
    ///
    /// # Errors
    ///
    /// Fails if the globs of the configuration are too large.
    pub(crate) fn new(history: &'r H, trees: &'r dyn Trees, config: &Config) -> Result<Self> {
        let folders: BTreeSet<PathBuf> = config.ticket_folders().collect();
        let release_files = config.release_files()?;
        let root = std::iter::once(PathBuf::new());
        Ok(Self {
            history,
            trees,
            other_folders: root
                .chain(release_files.folders().map(PathBuf::from))
                .collect(),
            release_files,
            globs: config.ticket_globs()?,
            max_ticket_bytes: config.limits.ticket_bytes,
            folders: folders.into_iter().collect(),
            folder_states: RefCell::default(),
            last_changes: RefCell::default(),
            deletions: RefCell::default(),
            kept: RefCell::default(),
            noted_parents: RefCell::default(),
        })
    }

    /// Notes a commit that was read for something else, so that it is not read again.
    pub(crate) fn note(&self, id: Id, raw: &RawCommit<'_>) {
        self.trees.note_root(id, raw.tree);
        if !self.folder_states.borrow().contains_key(&id) {
            let parents = raw.parents.iter().copied().collect();
            self.noted_parents.borrow_mut().insert(id, parents);
        }
    }

    /// Whether a path is that of a ticket.
    pub(crate) fn is_ticket(&self, path: &str) -> bool {
        self.globs.is_match(path)
    }

    /// The history of a ticket that is in these files.
    ///
    /// # Errors
    ///
    /// Fails if history is missing, or cut off before the ticket was added.
    pub(crate) fn of(&self, files: &[TicketFile]) -> Result<TicketHistory> {
        let mut ticket_history = TicketHistory::default();
        let mut seen = HashSet::new();
        let mut open: Vec<TicketFile> = files.to_vec();
        while let Some(TicketFile { commit, path }) = open.pop() {
            let file = TicketFile {
                commit: self.last_change(commit)?,
                path,
            };
            if !seen.insert(file.clone()) {
                continue;
            }
            ticket_history.paths.insert(file.path.clone());
            let current = self.object_at(file.commit, &file.path)?;
            let parents = self.parents(&file)?;
            let (mut origins, mut is_taken_over) = (Vec::with_capacity(parents.len()), false);
            for parent in &parents {
                let object = self.object_at(*parent, &file.path)?;
                is_taken_over |= object == current;
                origins.extend(object.map(|_| TicketFile {
                    commit: *parent,
                    path: file.path.clone(),
                }));
            }
            if origins.is_empty() {
                origins = self.renamed_from(&file, &parents)?;
            }
            if !is_taken_over {
                ticket_history
                    .revisions
                    .push(self.revision(&file, &origins)?);
            }
            open.extend(origins);
        }
        Ok(ticket_history)
    }

    /// The last commits that had tickets with these IDs, and their paths, in the history of a
    /// commit that has none of them. A ticket that no commit had is left out, and so is history
    /// beyond a shallow clone.
    ///
    /// Fails if history is missing.
    pub(crate) fn last_versions(
        &self,
        tip: Id,
        ids: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, TicketFile>> {
        let mut found = BTreeMap::new();
        let (mut open, mut seen) = (VecDeque::from([tip]), HashSet::from([tip]));
        while let Some(id) = open.pop_front().filter(|_| found.len() < ids.len()) {
            if self.history.is_shallow(id) {
                continue;
            }
            let state = self.folder_state(id)?;
            for parent in &state.parents {
                if self.folder_state(*parent)?.folder_ids != state.folder_ids {
                    for (ticket, path) in self.replaced(id, *parent)? {
                        if ids.contains(&ticket) {
                            found.entry(ticket).or_insert(TicketFile {
                                commit: *parent,
                                path,
                            });
                        }
                    }
                }
                if seen.insert(*parent) {
                    open.push_back(*parent);
                }
            }
        }
        Ok(found)
    }

    /// The tickets of `parent` at paths where a commit has something else: their IDs and paths.
    fn replaced(&self, id: Id, parent: Id) -> Result<Vec<(String, String)>> {
        let mut replaced = Vec::new();
        for path in self.changed_tickets(id, parent)? {
            let before = self.version_at(parent, &path)?;
            replaced.extend(before.map(|before| (before.id().to_owned(), path)));
        }
        Ok(replaced)
    }

    /// The paths of tickets at which a commit and a parent differ, sorted.
    ///
    /// # Errors
    ///
    /// Fails if a folder cannot be read.
    pub(crate) fn changed_tickets(&self, id: Id, parent: Id) -> Result<Vec<String>> {
        let mut changed: Vec<String> = self
            .trees
            .changed_since(id, Some(parent))?
            .into_iter()
            .filter(|path| self.globs.is_match(path))
            .collect();
        changed.sort_unstable();
        Ok(changed)
    }

    /// Whether a commit has a file at one of these paths.
    pub(super) fn has_any(&self, id: Id, paths: &HashSet<String>) -> Result<bool> {
        for path in paths {
            if self.object_at(id, path)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The first parent of a commit; `None` if it has no parents.
    ///
    /// Fails if history is cut off at the commit.
    pub(super) fn first_parent(&self, id: Id) -> Result<Option<Id>> {
        self.refuse_shallow(id, "who worked on a ticket")?;
        Ok(self.folder_state(id)?.parents.first().copied())
    }

    /// The parents of the commit that has a ticket's file.
    fn parents(&self, file: &TicketFile) -> Result<Vec<Id>> {
        self.refuse_shallow(file.commit, &format!("who wrote `{}`", file.path))?;
        Ok(self.folder_state(file.commit)?.parents.clone())
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
        let last_change = loop {
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
            .extend(passed.into_iter().map(|id| (id, last_change)));
        Ok(last_change)
    }

    /// The only parent of a commit, if the tickets' folders are the same in it.
    fn unchanged_parent(&self, id: Id) -> Result<Option<Id>> {
        let state = self.folder_state(id)?;
        let [parent] = state.parents[..] else {
            return Ok(None);
        };
        let is_same = !self.history.is_shallow(id)
            && self.folder_state(parent)?.folder_ids == state.folder_ids;
        Ok(is_same.then_some(parent))
    }

    /// What a commit changes, if it leaves the tickets' folders as they are; `None`: it may change
    /// them.
    pub(super) fn other_changes(&self, id: Id) -> Result<Option<OtherChanges>> {
        let Some(parent) = self.unchanged_parent(id)? else {
            return Ok(None);
        };
        let (before, after) = (self.folder_state(parent)?, self.folder_state(id)?);
        Ok(Some(OtherChanges {
            anything: before.other_ids[0] != after.other_ids[0],
            release_folders: before.other_ids[1..] != after.other_ids[1..],
        }))
    }

    fn folder_state(&self, id: Id) -> Result<Rc<FolderState>> {
        if let Some(state) = self.folder_states.borrow().get(&id) {
            return Ok(Rc::clone(state));
        }
        let folders = [self.folders.as_slice(), &self.other_folders].concat();
        let mut folder_ids = self.trees.objects_at(id, &folders)?;
        let other_ids = folder_ids.split_off(self.folders.len());
        let noted = self.noted_parents.borrow_mut().remove(&id);
        let parents = match noted {
            Some(noted) => noted.as_slice().to_vec(),
            None => parents(self.history, id)?,
        };
        let state = Rc::new(FolderState {
            parents,
            folder_ids,
            other_ids,
        });
        self.folder_states
            .borrow_mut()
            .insert(id, Rc::clone(&state));
        Ok(state)
    }

    fn object_at(&self, id: Id, path: &str) -> Result<Option<Id>> {
        self.trees.object_at(id, path.as_ref())
    }

    /// The ticket at a path of a commit; `None` if there is no file, or if it cannot be parsed.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be read.
    pub(crate) fn version_at(&self, id: Id, path: &str) -> Result<Option<Rc<ParsedTicket>>> {
        let Some(object) = self.trees.file_at(id, path)? else {
            return Ok(None);
        };
        let path = path.to_owned();
        let text = TextAt { object, path };
        if let Some(known) = self.kept.borrow().versions.get(&text) {
            return Ok(known.clone());
        }
        let most = self.max_ticket_bytes;
        let Some(bytes) = self.trees.bytes_up_to(id, &text.path, most)? else {
            return Ok(None);
        };
        let source = bytes.into_ticket(&text.path, most);
        let version = ParsedTicket::parse(&source).ok().map(Rc::new);
        let mut kept = self.kept.borrow_mut();
        kept.keep(text, version.clone(), source.text().len());
        Ok(version)
    }

    /// The files of a ticket in the parents of the commit that added `file`; none if it was not
    /// renamed.
    ///
    /// # Errors
    ///
    /// Fails if history is missing or cut off at the commit.
    pub(crate) fn origins(&self, file: &TicketFile) -> Result<Vec<TicketFile>> {
        self.renamed_from(file, &self.parents(file)?)
    }

    /// The files of a ticket in the parents of a commit, if the commit renamed them to `file`.
    fn renamed_from(&self, file: &TicketFile, parents: &[Id]) -> Result<Vec<TicketFile>> {
        let Some(version) = self.version_at(file.commit, &file.path)? else {
            return Ok(Vec::new());
        };
        let mut origins = Vec::new();
        for parent in parents {
            let deletions = self.deletions(file.commit, *parent)?;
            let before = deletions.by_id.get(version.id()).or_else(|| {
                deletions
                    .by_text
                    .get(&digest_input_without_id(&version.document))
            });
            origins.extend(before.map(|path| TicketFile {
                commit: *parent,
                path: path.clone(),
            }));
        }
        Ok(origins)
    }

    /// The tickets that `parent` has and a commit does not.
    fn deletions(&self, id: Id, parent: Id) -> Result<Rc<Deletions>> {
        if let Some(known) = self.deletions.borrow().get(&(id, parent)) {
            return Ok(Rc::clone(known));
        }
        let mut deletions = Deletions::default();
        for path in self.changed_tickets(id, parent)? {
            if self.object_at(id, &path)?.is_some() {
                continue;
            }
            if let Some(before) = self.version_at(parent, &path)? {
                deletions
                    .by_id
                    .entry(before.id().to_owned())
                    .or_insert_with(|| path.clone());
                deletions
                    .by_text
                    .entry(digest_input_without_id(&before.document))
                    .or_insert(path);
            }
        }
        let deletions = Rc::new(deletions);
        self.deletions
            .borrow_mut()
            .insert((id, parent), Rc::clone(&deletions));
        Ok(deletions)
    }

    fn revision(&self, file: &TicketFile, origins: &[TicketFile]) -> Result<Revision> {
        let id = file.commit;
        let object = self.history.commit(id)?;
        let raw = RawCommit::parse(object.as_ref()).ok_or_else(|| Error::not_a_commit(id))?;
        let mut before = Vec::new();
        for origin in origins {
            before.extend(self.version_at(origin.commit, &origin.path)?);
        }
        let after = self.version_at(id, &file.path)?;
        Ok(Revision {
            commit: Commit::read(id, &raw),
            edit: TicketEdit { before, after },
        })
    }
}

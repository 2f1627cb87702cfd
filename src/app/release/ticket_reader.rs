//! Reads the tickets of many commits of one history: what several of them have in common is read
//! once.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use crate::approval::TicketHistories;
use crate::commit::Id;
use crate::config::{Config, Limits};
use crate::error::Result;
use crate::git::{GitHistory, Repository};
use crate::ticket::ParsedTicket;
use crate::workspace::tickets::{paths_of_tickets, refuse_more_tickets};

/// The tickets of commits whose configuration has the same files of tickets.
pub(crate) struct TicketReader<'r> {
    repository: &'r Repository,
    pub(crate) histories: TicketHistories<'r, GitHistory<'r>>,
    limits: Limits,
    /// The tickets of the commit that was read last.
    places: RefCell<Places>,
}

/// Where the tickets of a commit are.
#[derive(Debug, Default)]
struct Places {
    /// The commit; `None`: nothing is read yet.
    commit: Option<Id>,
    /// The ID of each ticket, by path.
    ids: BTreeMap<String, String>,
    /// The paths of each ticket, by ID.
    paths: HashMap<String, BTreeSet<String>>,
}

impl Places {
    /// Notes the ticket at a path; `None`: there is none, or it cannot be parsed.
    fn note(&mut self, path: &str, id: Option<&str>) {
        if let Some(before) = self.ids.remove(path)
            && let Some(paths) = self.paths.get_mut(&before)
        {
            paths.remove(path);
        }
        if let Some(id) = id {
            self.ids.insert(path.to_owned(), id.to_owned());
            let paths = self.paths.entry(id.to_owned()).or_default();
            paths.insert(path.to_owned());
        }
    }
}

impl<'r> TicketReader<'r> {
    /// Reads nothing yet.
    ///
    /// # Errors
    ///
    /// Fails if the globs of the configuration are too large.
    pub(crate) fn new(
        repository: &'r Repository,
        history: &'r GitHistory<'r>,
        config: &Config,
    ) -> Result<Self> {
        Ok(Self {
            repository,
            histories: TicketHistories::new(history, repository, config)?,
            limits: config.limits,
            places: RefCell::default(),
        })
    }

    /// The tickets of a commit with these IDs, sorted by path. `config` is a configuration that
    /// this reader was made for. Only files that differ from those of the commit before are read.
    ///
    /// # Errors
    ///
    /// Fails if a file cannot be read, and if there are too many tickets.
    pub(crate) fn with_ids(
        &self,
        commit: Id,
        config: &Config,
        ids: &BTreeSet<String>,
    ) -> Result<Vec<Rc<ParsedTicket>>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut places = self.places.borrow_mut();
        let changed = match places.commit {
            Some(before) if before == commit => Vec::new(),
            Some(before) => self.histories.changed_tickets(commit, before)?,
            None => paths_of_tickets(&self.repository.tree(commit)?, config)?,
        };
        for path in changed {
            let version = self.histories.version_at(commit, &path)?;
            places.note(&path, version.as_ref().map(|version| version.id()));
        }
        places.commit = Some(commit);
        refuse_more_tickets(places.ids.len(), self.limits)?;
        let found = ids.iter().filter_map(|id| places.paths.get(id)).flatten();
        let found: BTreeSet<&String> = found.collect();
        let mut tickets = Vec::with_capacity(found.len());
        for path in found {
            tickets.extend(self.histories.version_at(commit, path)?);
        }
        Ok(tickets)
    }
}

/// The readers of a history, one for each setting of the files of tickets.
pub(crate) struct TicketReaders<'r> {
    repository: &'r Repository,
    history: &'r GitHistory<'r>,
    readers: RefCell<Vec<KnownReader<'r>>>,
}

/// A reader, and the settings that it was made for.
struct KnownReader<'r> {
    settings: ReaderSettings,
    reader: Rc<TicketReader<'r>>,
}

/// What a reader depends on.
#[derive(PartialEq)]
struct ReaderSettings {
    tickets: Vec<String>,
    release_folders: Vec<String>,
    limits: Limits,
}

impl<'r> TicketReaders<'r> {
    /// Reads nothing yet.
    pub(crate) const fn new(repository: &'r Repository, history: &'r GitHistory<'r>) -> Self {
        Self {
            repository,
            history,
            readers: RefCell::new(Vec::new()),
        }
    }

    /// The reader of commits with a configuration.
    ///
    /// # Errors
    ///
    /// Fails if the globs of the configuration are too large.
    pub(crate) fn of(&self, config: &Config) -> Result<Rc<TicketReader<'r>>> {
        let release_files = config.release_files()?;
        let settings = ReaderSettings {
            tickets: config.tickets.clone(),
            release_folders: release_files.folders().map(str::to_owned).collect(),
            limits: config.limits,
        };
        let mut readers = self.readers.borrow_mut();
        if let Some(known) = readers.iter().find(|known| known.settings == settings) {
            return Ok(Rc::clone(&known.reader));
        }
        let reader = TicketReader::new(self.repository, self.history, config)?;
        let reader = Rc::new(reader);
        readers.push(KnownReader {
            settings,
            reader: Rc::clone(&reader),
        });
        Ok(reader)
    }
}

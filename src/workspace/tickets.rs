//! Finds ticket files and release files, and reads them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};

use globset::GlobSet;
use ignore::{DirEntry, WalkBuilder};

use super::{CONFIGURATION_FILES, Workspace, paths};
use crate::config::{Config, Limits};
use crate::document::Document;
use crate::error::{Error, Result};
use crate::files::{self, unreadable};
use crate::git::CommitTree;
use crate::parallel;
use crate::repo_path::{RepoPath, is_git_folder};
use crate::source::Source;
use crate::ticket;

/// The number of files that are read before their total size is compared with the limit.
const FILES_AT_ONCE: usize = 1024;

/// The tickets of a work tree, and the errors of files that could not be read, which do not hide
/// the other files.
#[derive(Debug, Default)]
pub(crate) struct FoundTickets {
    /// The texts, by path.
    pub(crate) tickets: Vec<Source>,
    /// The errors of files that have a ticket's name but could not be read.
    pub(crate) unreadable: Vec<Error>,
    /// The files in named folders that no glob of the configuration matches but that have the keys
    /// of tickets.
    pub(crate) unmatched: Vec<String>,
}

/// The files of tickets, by absolute path, and the errors of other entries with a ticket's name.
#[derive(Default)]
struct FoundFiles {
    files: BTreeSet<PathBuf>,
    unreadable: Vec<Error>,
}

impl FoundTickets {
    /// The texts, if every ticket could be read.
    ///
    /// # Errors
    ///
    /// Fails with the first error of a file.
    pub(crate) fn complete(self) -> Result<Vec<Source>> {
        self.unreadable
            .into_iter()
            .next()
            .map_or(Ok(self.tickets), Err)
    }

    /// Fails if all tickets together are larger than allowed.
    fn add(&mut self, read: Result<Source>, bytes: &mut TotalBytes) -> Result<()> {
        match read {
            Ok(ticket) => {
                bytes.add(&ticket)?;
                self.tickets.push(ticket);
            }
            Err(error) => self.unreadable.push(error),
        }
        Ok(())
    }

    /// Records errors, each once: two globs may lead to the same file.
    fn refuse(&mut self, errors: Vec<Error>) {
        let mut known: HashSet<String> = self.unreadable.iter().map(Error::to_string).collect();
        self.unreadable.extend(
            errors
                .into_iter()
                .filter(|error| known.insert(error.to_string())),
        );
    }
}

impl Workspace {
    /// The text of every ticket of the work tree, by path, as [`find_tickets`](Self::find_tickets)
    /// reads them.
    ///
    /// # Errors
    ///
    /// Fails if one of them cannot be read.
    pub(crate) fn tickets(&self) -> Result<Vec<Source>> {
        self.find_tickets()?.complete()
    }

    /// Reads every ticket of the work tree.
    ///
    /// The name of a text is its path relative to the root, with `/`, which the globs of the
    /// configuration match. A file above `limits.ticket_bytes` is read only as far as needed to
    /// detect that. A folder, a link and an unreadable file are errors if they have a ticket's
    /// name.
    ///
    /// # Errors
    ///
    /// Fails if the globs are invalid, and if there are too many tickets.
    pub(crate) fn find_tickets(&self) -> Result<FoundTickets> {
        let mut files = FoundFiles::default();
        self.collect(self.root(), &mut files)?;
        let mut found = FoundTickets::default();
        let mut bytes = TotalBytes::new(self.config.limits);
        let paths: Vec<PathBuf> = files.files.into_iter().collect();
        for files in paths.chunks(FILES_AT_ONCE) {
            for read in parallel::map(files, |file| self.read_ticket(file, file)) {
                found.add(read, &mut bytes)?;
            }
        }
        found.refuse(files.unreadable);
        Ok(found)
    }

    /// Reads every release file of the work tree, by path, as [`find_tickets`](Self::find_tickets)
    /// reads tickets.
    ///
    /// # Errors
    ///
    /// Fails if the globs of tickets are invalid.
    pub(crate) fn find_release_files(&self) -> Result<FoundTickets> {
        let mut found = FoundTickets::default();
        let mut bytes = TotalBytes::new(self.config.limits);
        for path in self.release_file_paths()? {
            let file = self.root().join(path);
            found.add(self.read_ticket(&file, &file), &mut bytes)?;
        }
        Ok(found)
    }

    /// The release file at a path relative to the root; `None` if there is none.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be read.
    pub(crate) fn release_file(&self, path: &str) -> Result<Option<Source>> {
        if self.release_file_paths()?.iter().any(|known| known == path) {
            let file = self.root().join(path);
            return self.read_ticket(&file, &file).map(Some);
        }
        Ok(None)
    }

    /// The paths of the release files, relative to the root, sorted.
    fn release_file_paths(&self) -> Result<Vec<String>> {
        let release_files = self.config.release_files()?;
        let in_folder = |folder: &str| {
            let names = names_in(&self.root().join(folder)).into_iter();
            let paths = names.map(|name| format!("{folder}/{name}"));
            paths.collect::<Vec<_>>()
        };
        let mut paths: Vec<String> = release_files
            .folders()
            .flat_map(in_folder)
            .filter(|path| release_files.contains(path))
            .collect();
        paths.sort();
        Ok(paths)
    }

    /// Reads the tickets at named paths: a file is a ticket whatever its name is, and a folder
    /// stands for the tickets and the release files in it. If no glob matches a file of the folder, it stands for the
    /// files with the keys of tickets.
    ///
    /// The names of texts are those of [`find_tickets`](Self::find_tickets); texts outside the root
    /// keep the given path.
    ///
    /// # Errors
    ///
    /// Fails if a path does not exist, and as [`find_tickets`](Self::find_tickets) does.
    pub(crate) fn tickets_at(&self, named: &[PathBuf]) -> Result<FoundTickets> {
        self.tickets_at_among(named, &[])
    }

    /// Finds the tickets at named paths as [`tickets_at`](Self::tickets_at) does. `all` are tickets
    /// of the work tree that were read before; they are not read again.
    ///
    /// # Errors
    ///
    /// Fails as [`tickets_at`](Self::tickets_at) does.
    pub(crate) fn tickets_at_among(
        &self,
        named: &[PathBuf],
        all: &[Source],
    ) -> Result<FoundTickets> {
        let (mut files, mut found) = (BTreeMap::new(), FoundTickets::default());
        let release_files = self.release_file_paths()?;
        let release_files: Vec<PathBuf> = release_files
            .iter()
            .map(|path| self.root().join(path))
            .collect();
        for path in named {
            let absolute = self.resolve(path)?;
            if !absolute.is_dir() {
                files.insert(absolute, path);
                continue;
            }
            let mut inside = FoundFiles::default();
            self.collect(&absolute, &mut inside)?;
            if inside.files.is_empty() && inside.unreadable.is_empty() {
                inside = self.unmatched(&absolute, path)?;
                found
                    .unmatched
                    .extend(inside.files.iter().map(|file| self.name(file, path)));
            }
            let of_releases = release_files
                .iter()
                .filter(|file| file.starts_with(&absolute));
            let inside_files = inside.files.into_iter().chain(of_releases.cloned());
            files.extend(inside_files.map(|file| (file, path)));
            found.refuse(inside.unreadable);
        }
        let by_name: HashMap<&str, &Source> =
            all.iter().map(|ticket| (ticket.name(), ticket)).collect();
        let mut bytes = TotalBytes::new(self.config.limits);
        for (file, path) in &files {
            let known = by_name
                .get(self.name(file, path).as_str())
                .filter(|_| file.starts_with(self.root()));
            let ticket = match known {
                Some(ticket) => Ok(Source::clone(ticket)),
                None => self.read_ticket(file, path),
            };
            found.add(ticket, &mut bytes)?;
        }
        Ok(found)
    }

    /// The files below a folder that have the keys of tickets, although no glob of the
    /// configuration matches them.
    ///
    /// Other tools keep TOML in a repository too, so a file counts by its keys. One that does not
    /// parse counts if a file beside it does.
    fn unmatched(&self, folder: &Path, named: &Path) -> Result<FoundFiles> {
        let (mut found, mut unparsed) = (FoundFiles::default(), Vec::new());
        let release_files = self.config.release_files()?;
        for file in toml_files(folder, self.config.limits)? {
            if self.is_configuration(&file) || release_files.contains(&self.name(&file, named)) {
                continue;
            }
            match self.read_ticket(&file, named) {
                Err(error) => found.unreadable.push(error),
                Ok(source) => {
                    let (document, errors) = Document::parse(source);
                    if ticket::resembles_ticket(&document) {
                        found.files.insert(file);
                    } else if !errors.is_empty() {
                        unparsed.push(file);
                    }
                }
            }
        }
        let folders: BTreeSet<PathBuf> = found
            .files
            .iter()
            .filter_map(|file| file.parent().map(Path::to_owned))
            .collect();
        let is_beside_one =
            |file: &PathBuf| file.parent().is_some_and(|folder| folders.contains(folder));
        found
            .files
            .extend(unparsed.into_iter().filter(is_beside_one));
        Ok(found)
    }

    fn is_configuration(&self, file: &Path) -> bool {
        CONFIGURATION_FILES
            .iter()
            .any(|name| file == self.root().join(name))
    }

    /// The named file or folder; a link of the repository must not lead out of it.
    fn resolve(&self, named: &Path) -> Result<PathBuf> {
        let path = self.directory.join(named);
        let target = path
            .canonicalize()
            .map_err(|error| unreadable(&paths::shown(named), error))?;
        files::check_inside(self.root(), &path, named)?;
        Ok(target)
    }

    /// The name of a ticket at a named path, whether or not the ticket exists.
    #[must_use]
    pub(crate) fn ticket_name(&self, named: &Path) -> String {
        self.name(&self.directory.join(named), named)
    }

    /// The name of a named file.
    fn name(&self, file: &Path, named: &Path) -> String {
        if file.starts_with(self.root()) {
            paths::shown(&paths::relative(self.root(), file))
        } else {
            paths::shown(named)
        }
    }

    /// Adds the tickets below a folder, by absolute path.
    fn collect(&self, folder: &Path, found: &mut FoundFiles) -> Result<()> {
        let globs = self.config.ticket_globs()?;
        for (glob, base) in self.config.tickets.iter().zip(self.config.ticket_folders()) {
            if base
                .iter()
                .any(|name| is_git_folder(&name.to_string_lossy()))
            {
                return Err(in_git_folder(glob));
            }
            let base = self.root().join(base);
            if base
                .symlink_metadata()
                .is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
            {
                continue;
            }
            if base
                .canonicalize()
                .map_err(|error| unreadable(glob, error))?
                != base
            {
                found.unreadable.push(self.refusal(
                    &base,
                    "is reached through a symbolic link",
                    REPLACE_LINK,
                ));
                continue;
            }
            let start = match (base.starts_with(folder), folder.starts_with(&base)) {
                (true, _) => &base,
                (_, true) => folder,
                _ => continue,
            };
            self.walk(start, &globs, found);
        }
        refuse_more_tickets(found.files.len(), self.config.limits)
    }

    fn walk(&self, start: &Path, globs: &GlobSet, found: &mut FoundFiles) {
        for entry in entries(start) {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    found.unreadable.push(
                        Error::file("the ticket directories cannot be searched completely", "")
                            .with_source(error),
                    );
                    continue;
                }
            };
            let path = entry.path();
            let is_ticket = entry.depth() > 0 && globs.is_match(paths::relative(self.root(), path));
            let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
            if is_ticket && is_file {
                found.files.insert(path.to_owned());
            } else if is_ticket {
                let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
                let (what, action) = match () {
                    () if entry.path_is_symlink() => ("a symbolic link", REPLACE_LINK),
                    () if is_folder => ("a directory", "rename the directory"),
                    () => ("not a regular file", "replace it with a regular file"),
                };
                let why = format!("matches `tickets`, but is {what}");
                found.unreadable.push(self.refusal(path, &why, action));
            } else if entry.path_is_symlink() && self.leads_to_folder_outside(path) {
                found.unreadable.push(self.refusal(
                    path,
                    "is a symbolic link to a directory outside the repository",
                    REPLACE_LINK,
                ));
            }
        }
    }

    /// Whether a link leads to a folder outside the work tree, whose tickets would be missed; a
    /// folder inside is searched at its real path.
    fn leads_to_folder_outside(&self, link: &Path) -> bool {
        link.canonicalize()
            .is_ok_and(|target| target.is_dir() && !target.starts_with(self.root()))
    }

    fn refusal(&self, path: &Path, why: &str, action: &str) -> Error {
        let shown = paths::shown(&paths::relative(self.root(), path));
        let help = format!("{action}, or change `tickets` in the configuration");
        Error::file(format!("`{shown}` {why}"), help)
    }

    /// Reads a ticket by its absolute path without links; a ticket outside the work tree keeps the
    /// name that was given.
    fn read_ticket(&self, file: &Path, named: &Path) -> Result<Source> {
        let name = self.name(file, named);
        let max_bytes = self.config.limits.ticket_bytes;
        let bytes = match file.strip_prefix(self.root()) {
            Ok(path) => {
                let path = RepoPath::new(path).map_err(|_| in_git_folder(&name))?;
                self.tree
                    .read(&path, max_bytes)?
                    .ok_or_else(|| unreadable(&name, io::ErrorKind::NotFound.into()))?
            }
            Err(_) => {
                files::read_file_bytes(file, max_bytes).map_err(|error| unreadable(&name, error))?
            }
        };
        Ok(files::source(&name, bytes, max_bytes))
    }
}

const REPLACE_LINK: &str = "replace it with a regular file or directory";

/// The entries below a folder, in any order, regardless of ignore files; `.git` folders are
/// skipped.
pub(super) fn entries(folder: &Path) -> ignore::Walk {
    walk_builder(folder).build()
}

/// The names in a folder, sorted; those that cannot be read are left out.
pub(super) fn names_in(folder: &Path) -> Vec<String> {
    let entries = walk_builder(folder).max_depth(Some(1)).build();
    let names = entries
        .flatten()
        .filter(|entry| entry.depth() == 1)
        .map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

fn walk_builder(folder: &Path) -> WalkBuilder {
    let outside_git = |entry: &DirEntry| !is_git_folder(&entry.file_name().to_string_lossy());
    let mut builder = WalkBuilder::new(folder);
    builder.standard_filters(false).filter_entry(outside_git);
    builder
}

/// The regular files below a folder whose names match `*.toml`.
fn toml_files(folder: &Path, limits: Limits) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in entries(folder) {
        let failed = |error| {
            Error::file("the directory cannot be searched completely", "").with_source(error)
        };
        let entry = entry.map_err(failed)?;
        let is_toml = entry
            .path()
            .extension()
            .is_some_and(|extension| extension == "toml");
        if is_toml && entry.file_type().is_some_and(|kind| kind.is_file()) {
            files.push(entry.into_path());
        }
        if files.len() > limits.tickets {
            let message = format!("there are more than {} TOML files", limits.tickets);
            return Err(Error::limit(
                message,
                "pass the directory that contains the tickets",
            ));
        }
    }
    Ok(files)
}

/// Refuses more tickets than the configuration allows.
pub(crate) fn refuse_more_tickets(count: usize, limits: Limits) -> Result<()> {
    if count <= limits.tickets {
        return Ok(());
    }
    let message = format!("there are {count} tickets; the limit is {}", limits.tickets);
    Err(Error::limit(
        message,
        "delete old closed tickets, narrow `tickets`, or raise `limits.tickets`",
    ))
}

/// The total size of the tickets that were read.
pub(crate) struct TotalBytes {
    limit: usize,
    read: usize,
}

impl TotalBytes {
    pub(crate) const fn new(limits: Limits) -> Self {
        Self {
            limit: limits.total_bytes,
            read: 0,
        }
    }

    /// Adds a ticket.
    ///
    /// Fails if all tickets together are larger than the configuration allows.
    pub(crate) fn add(&mut self, ticket: &Source) -> Result<()> {
        self.read = self.read.saturating_add(ticket.text().len());
        if self.read <= self.limit {
            return Ok(());
        }
        let message = format!(
            "the tickets up to `{}` exceed {} bytes in total",
            ticket.name(),
            self.limit
        );
        Err(Error::limit(
            message,
            "delete old closed tickets, narrow `tickets`, or raise `limits.total_bytes`",
        ))
    }
}

/// The paths of the tickets in a tree, sorted.
///
/// # Errors
///
/// Fails if a folder cannot be read, and if there are too many tickets.
pub(crate) fn paths_of_tickets(tree: &CommitTree<'_>, config: &Config) -> Result<Vec<String>> {
    let globs = config.ticket_globs()?;
    let folders: Vec<String> = config
        .ticket_folders()
        .map(|folder| paths::shown(&folder))
        .collect();
    let found = tree.files_below(&folders, |path| globs.is_match(path))?;
    refuse_more_tickets(found.len(), config.limits)?;
    Ok(found)
}

fn in_git_folder(name: &str) -> Error {
    let help = "keep tickets outside `.git` directories, and change `tickets` in the configuration";
    Error::refused(format!("`{name}` is inside a `.git` directory"), help)
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "tests make files and look at them"
)]
mod tests {
    use super::super::tests::folder;
    use super::*;

    const FILES: &[(&str, &str)] = &[
        ("changes/b.toml", "b"),
        ("changes/2026/a.toml", "a"),
        ("changes/notes.md", ""),
        ("changes/.git/x.toml", ""),
        ("Cargo.toml", ""),
        ("src/x/y.rs", ""),
    ];

    fn open(folder: &tempfile::TempDir, below: &str) -> Workspace {
        Workspace::open(folder.path(), &folder.path().join(below), None).unwrap()
    }

    fn names(tickets: &[Source]) -> Vec<&str> {
        tickets.iter().map(Source::name).collect()
    }

    #[test]
    fn tickets_match_globs_in_path_order() {
        let folder = folder(FILES);
        let tickets = open(&folder, "src/x").tickets().unwrap();
        assert_eq!(names(&tickets), ["changes/2026/a.toml", "changes/b.toml"]);
        assert_eq!(tickets[1].text(), "b");
    }

    #[test]
    fn ignore_files_hide_no_ticket() {
        let mut files = FILES.to_vec();
        files.push(("changes/.gitignore", "*"));
        files.push((".ignore", "*"));
        assert_eq!(open(&folder(&files), ".").tickets().unwrap().len(), 2);
    }

    #[test]
    fn a_named_file_is_a_ticket_whatever_it_is_called() {
        let folder = folder(FILES);
        let tickets = open(&folder, "src")
            .tickets_at(&["../Cargo.toml".into(), "./x/y.rs".into()])
            .unwrap()
            .tickets;
        assert_eq!(names(&tickets), ["Cargo.toml", "src/x/y.rs"]);
    }

    #[test]
    fn tickets_that_were_read_are_not_read_again() {
        let read = [Source::new("changes/b.toml", "title = \"as it was\"")];
        let found = open(&folder(FILES), "src")
            .tickets_at_among(&["../changes".into()], &read)
            .unwrap();
        let again = found
            .tickets
            .iter()
            .find(|ticket| ticket.name() == "changes/b.toml");
        assert_eq!(again.unwrap().text(), read[0].text());
        assert!(found.tickets.len() > 1);
    }

    #[test]
    fn a_ticket_outside_keeps_the_name_that_was_given() {
        let (folder, other) = (folder(FILES), folder(FILES));
        let named = other.path().join("changes/b.toml");
        assert_eq!(
            names(
                &open(&folder, ".")
                    .tickets_at(std::slice::from_ref(&named))
                    .unwrap()
                    .tickets
            ),
            [named.to_str().unwrap()]
        );
    }

    #[test]
    fn named_folder_selects_its_tickets() {
        let folder = folder(FILES);
        let at = |path: &str| {
            let tickets = open(&folder, ".")
                .tickets_at(&[path.into()])
                .unwrap()
                .tickets;
            tickets
                .iter()
                .map(|ticket| ticket.name().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(at("changes/2026"), ["changes/2026/a.toml"]);
        assert_eq!(at("."), ["changes/2026/a.toml", "changes/b.toml"]);
        assert_eq!(at("./changes/"), ["changes/2026/a.toml", "changes/b.toml"]);
        assert_eq!(at("src"), Vec::<String>::new());
    }

    #[test]
    fn release_files_are_found_beside_tickets() {
        let mut files = FILES.to_vec();
        files.extend([
            ("releases/next.toml", ""),
            ("releases/1.2.3.toml", ""),
            ("releases/notes.toml", ""),
            ("releases/old/next.toml", ""),
        ]);
        let folder = folder(&files);
        let workspace = open(&folder, ".");
        let found = workspace.find_release_files().unwrap().tickets;
        let expected = ["releases/1.2.3.toml", "releases/next.toml"];
        assert_eq!(names(&found), expected);
        let at = |path: &str| workspace.tickets_at(&[path.into()]).unwrap().tickets;
        assert_eq!(names(&at("releases")), expected);
        assert_eq!(
            names(&at(".")),
            [
                "changes/2026/a.toml",
                "changes/b.toml",
                "releases/1.2.3.toml",
                "releases/next.toml"
            ]
        );
        assert_eq!(workspace.tickets().unwrap().len(), 2);
    }

    #[cfg(unix)]
    #[test]
    fn linked_release_file_is_an_error() {
        let folder = folder(&[("x.toml", ""), ("releases/1.2.3.toml", "")]);
        let link = folder.path().join("releases/next.toml");
        std::os::unix::fs::symlink("../x.toml", link).unwrap();
        let found = open(&folder, ".").find_release_files().unwrap();
        assert_eq!(names(&found.tickets), ["releases/1.2.3.toml"]);
        assert_eq!(found.unreadable.len(), 1);
    }

    #[test]
    fn a_ticket_named_twice_is_read_once() {
        let folder = folder(FILES);
        let named = [
            "changes".into(),
            "changes/b.toml".into(),
            "./changes/b.toml".into(),
        ];
        assert_eq!(
            open(&folder, ".").tickets_at(&named).unwrap().tickets.len(),
            2
        );
    }

    fn refusal(workspace: &Workspace) -> String {
        workspace.tickets().unwrap_err().to_string()
    }

    #[test]
    fn more_tickets_than_the_limit_are_refused() {
        let folder = folder(&[
            ("tollgate.toml", "limits.tickets = 1"),
            ("changes/a.toml", ""),
            ("changes/b.toml", ""),
        ]);
        assert_eq!(
            refusal(&open(&folder, ".")),
            "there are 2 tickets; the limit is 1"
        );
    }

    #[test]
    fn more_bytes_than_the_limit_are_refused() {
        let files = [
            ("tollgate.toml", "limits.total_bytes = 5"),
            ("changes/a.toml", "abc"),
            ("changes/b.toml", "abc"),
        ];
        let message = "the tickets up to `changes/b.toml` exceed 5 bytes in total";
        assert_eq!(refusal(&open(&folder(&files), ".")), message);
        assert!(open(&folder(&files[..2]), ".").tickets().is_ok());
    }

    #[test]
    fn a_folder_with_a_ticket_s_name_is_not_passed_over() {
        let folder = folder(&[("changes/x.toml/y.txt", "")]);
        assert_eq!(
            refusal(&open(&folder, ".")),
            "`changes/x.toml` matches `tickets`, but is a directory"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_link_with_a_ticket_s_name_is_not_followed() {
        let folder = folder(&[("changes/a.txt", "")]);
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("changes/x.toml")).unwrap();
        assert_eq!(
            refusal(&open(&folder, ".")),
            "`changes/x.toml` matches `tickets`, but is a symbolic link"
        );
    }

    #[cfg(unix)]
    #[test]
    fn links_to_folders_outside_are_not_passed_over() {
        let (folder, other) = (folder(&[("changes/a.txt", "")]), folder(&[("x.toml", "")]));
        std::os::unix::fs::symlink(other.path(), folder.path().join("changes/x")).unwrap();
        let end = "`changes/x` is a symbolic link to a directory outside the repository";
        assert_eq!(refusal(&open(&folder, ".")), end);
        std::fs::remove_dir_all(folder.path().join("changes")).unwrap();
        std::os::unix::fs::symlink(other.path(), folder.path().join("changes")).unwrap();
        assert_eq!(
            refusal(&open(&folder, ".")),
            "`changes` is reached through a symbolic link"
        );
    }

    #[cfg(unix)]
    #[test]
    fn linked_ticket_folder_is_an_error() {
        let folder = folder(&[("docs/x.toml", "")]);
        for target in ["docs", "nowhere"] {
            std::os::unix::fs::symlink(target, folder.path().join("changes")).unwrap();
            assert!(open(&folder, ".").tickets().is_err(), "{target}");
            std::fs::remove_file(folder.path().join("changes")).unwrap();
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_named_link_does_not_lead_out() {
        let (folder, other) = (folder(FILES), folder(&[("secret", "x")]));
        std::os::unix::fs::symlink(other.path(), folder.path().join("out")).unwrap();
        std::os::unix::fs::symlink(
            other.path().join("secret"),
            folder.path().join("changes/c.toml"),
        )
        .unwrap();
        std::os::unix::fs::symlink("b.toml", folder.path().join("changes/d.toml")).unwrap();
        let workspace = open(&folder, "changes");
        for path in ["c.toml", "../out/secret", "../out"] {
            let error = workspace.tickets_at(&[path.into()]).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("`{path}` is outside the repository because of a symbolic link")
            );
        }
        assert_eq!(
            names(&workspace.tickets_at(&["d.toml".into()]).unwrap().tickets),
            ["changes/b.toml"]
        );
    }

    #[test]
    fn text_that_is_not_utf_8_is_a_ticket_that_says_so() {
        let folder = folder(FILES);
        std::fs::write(folder.path().join("changes/x.toml"), b"title = \"\xff\"").unwrap();
        let tickets = open(&folder, ".").tickets().unwrap();
        assert_eq!(
            names(&tickets),
            ["changes/2026/a.toml", "changes/b.toml", "changes/x.toml"]
        );
        assert_eq!(
            tickets[2].undecodable(),
            Some(crate::source::Span::new(9, 10))
        );
    }

    #[test]
    fn one_unreadable_ticket_hides_no_other() {
        let folder = folder(&[("changes/a.toml", "a"), ("changes/x.toml/y.txt", "")]);
        let found = open(&folder, ".").find_tickets().unwrap();
        assert_eq!(names(&found.tickets), ["changes/a.toml"]);
        let errors: Vec<_> = found.unreadable.iter().map(ToString::to_string).collect();
        assert_eq!(
            errors,
            ["`changes/x.toml` matches `tickets`, but is a directory"]
        );
    }

    const STRAYS: &[(&str, &str)] = &[
        ("drafts/a.toml", "title = \"a\"\nstate = \"draft\""),
        ("drafts/2026/b.toml", "title = \"b\""),
        ("drafts/broken.toml", "= 1"),
        ("drafts/Cargo.toml", "[package]\nname = \"x\""),
        ("drafts/fixtures/broken.toml", "= 1"),
        ("drafts/notes.md", ""),
    ];

    #[test]
    fn named_folder_without_a_match_is_searched_for_tickets() {
        let folder = folder(STRAYS);
        let found = open(&folder, ".").tickets_at(&["drafts".into()]).unwrap();
        let expected = ["drafts/2026/b.toml", "drafts/a.toml", "drafts/broken.toml"];
        assert_eq!(
            (names(&found.tickets), found.unmatched),
            (expected.to_vec(), expected.map(str::to_owned).to_vec())
        );
        assert_eq!(
            names(
                &open(&folder, ".")
                    .tickets_at(&["drafts/fixtures".into()])
                    .unwrap()
                    .tickets
            ),
            [""; 0]
        );
    }

    #[test]
    fn named_folder_with_a_match_selects_matches() {
        let folder = folder(&[STRAYS, FILES].concat());
        let found = open(&folder, ".").tickets_at(&[".".into()]).unwrap();
        assert_eq!(
            names(&found.tickets),
            ["changes/2026/a.toml", "changes/b.toml"]
        );
        assert_eq!(found.unmatched, [""; 0]);
    }

    #[test]
    fn configuration_is_never_taken_for_a_ticket() {
        let folder = folder(&[
            ("tollgate.toml", "tickets = [\"x/*.toml\"]\nrisk = {}\n"),
            ("Cargo.toml", "[package]"),
        ]);
        assert_eq!(
            names(
                &open(&folder, ".")
                    .tickets_at(&[".".into()])
                    .unwrap()
                    .tickets
            ),
            [""; 0]
        );
    }

    #[test]
    fn a_path_that_is_not_there_is_an_error() {
        let folder = folder(FILES);
        let error = open(&folder, ".")
            .tickets_at(&["changes/z.toml".into()])
            .unwrap_err();
        assert_eq!(error.to_string(), "`changes/z.toml` cannot be read");
    }
}

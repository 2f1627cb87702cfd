//! Writes new tickets, and nothing over what is there.

use std::fs::{File, create_dir_all};
use std::io::{self, Write as _};
use std::path::Path;

use super::tickets::base;
use super::{Workspace, paths};
use crate::config::glob_set;
use crate::error::{Error, Result};

impl Workspace {
    /// Writes a new ticket into the folder of the first glob of `tickets`, and gives its path relative to the root.
    ///
    /// Fails where there is such a file already, where the folder leads out of the repository, and where no glob would
    /// call the file a ticket.
    pub fn create_ticket(&self, stem: &str, text: &str) -> Result<String> {
        let glob = self.config.tickets.first().map_or("", String::as_str);
        let file = base(glob).join(format!("{stem}.toml"));
        let name = paths::shown(&file);
        let is_ticket = glob_set(&self.config.tickets).is_ok_and(|globs| globs.is_match(&file));
        if !is_ticket {
            let message = format!("`{name}` would be no ticket by `tickets` of the configuration");
            return Err(Error::usage(
                message,
                "let the first glob of `tickets` match any name, such as `changes/**/*.toml`",
            ));
        }
        self.write_new(&self.root.join(&file), text).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => {
                Error::refused(format!("`{name}` is there already"), "edit it, or give the new ticket another title")
            }
            _ => Error::file(format!("`{name}` cannot be written"), "").because(error),
        })?;
        Ok(name)
    }

    fn write_new(&self, path: &Path, text: &str) -> io::Result<()> {
        let folder = path.parent().unwrap_or(&self.root);
        // The nearest folder that is there decides where new ones would go.
        let there = folder.ancestors().find(|folder| folder.exists()).unwrap_or(&self.root);
        if !there.canonicalize()?.starts_with(&self.root) {
            return Err(io::Error::other("its folder leads out of the repository"));
        }
        create_dir_all(folder)?;
        File::create_new(path)?.write_all(text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::folder;
    use super::*;

    fn create(folder: &tempfile::TempDir) -> std::result::Result<String, String> {
        let workspace = Workspace::open(folder.path(), folder.path(), None).unwrap();
        workspace.create_ticket("2026-11-20-x", "title = \"x\"").map_err(|error| error.to_string())
    }

    #[test]
    fn a_ticket_is_written_where_tickets_are() {
        let folder = folder(&[("tollgate.toml", "tickets = [\"docs/changes/*.toml\"]")]);
        assert_eq!(create(&folder), Ok("docs/changes/2026-11-20-x.toml".into()));
        assert_eq!(Workspace::open(folder.path(), folder.path(), None).unwrap().tickets().unwrap().len(), 1);
    }

    #[test]
    fn nothing_is_written_over() {
        let folder = folder(&[("changes/2026-11-20-x.toml", "mine")]);
        assert_eq!(create(&folder), Err("`changes/2026-11-20-x.toml` is there already".into()));
        let file = folder.path().join("changes/2026-11-20-x.toml");
        assert_eq!(std::fs::read_to_string(file).unwrap(), "mine");
    }

    #[test]
    fn a_name_that_is_no_ticket_is_not_written() {
        let folder = folder(&[("tollgate.toml", "tickets = [\"changes/CHG-*.toml\"]")]);
        assert!(create(&folder).unwrap_err().contains("would be no ticket"));
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_leads_outside_is_not_written_to() {
        let (folder, other) = (folder(&[]), folder(&[]));
        std::os::unix::fs::symlink(other.path(), folder.path().join("changes")).unwrap();
        assert_eq!(create(&folder), Err("`changes/2026-11-20-x.toml` cannot be written".into()));
        assert_eq!(std::fs::read_dir(other.path()).unwrap().count(), 0);
    }
}

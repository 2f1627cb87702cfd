//! Writes new tickets and release files, and never overwrites a file.

use super::{Workspace, paths};
use crate::config::glob_set;
use crate::error::{Error, Result};
use crate::repo_path::RepoPath;

impl Workspace {
    /// Writes a new ticket into the folder of the first glob of `tickets`, and returns its path
    /// relative to the root.
    ///
    /// # Errors
    ///
    /// Fails if the file exists already, if a symbolic link or a `.git` folder is on the way, and
    /// if no glob matches the file.
    pub(crate) fn create_ticket(&self, stem: &str, text: &str) -> Result<String> {
        let folder = self.config.ticket_folders().next().unwrap_or_default();
        let file = folder.join(format!("{stem}.toml"));
        let name = paths::shown(&file);
        let is_ticket = glob_set(&self.config.tickets).is_ok_and(|globs| globs.is_match(&file));
        if !is_ticket {
            let message = format!("`{name}` does not match `tickets` in the configuration");
            return Err(Error::usage(
                message,
                "change the first glob in `tickets` to match any name, such as `changes/**/*.toml`",
            ));
        }
        let path = RepoPath::new(&file);
        let path =
            path.map_err(|fault| Error::refused(format!("`{name}` {fault}"), fault.help()))?;
        self.tree.create(&path, text)?;
        Ok(name)
    }

    /// Writes a new release file.
    ///
    /// # Errors
    ///
    /// Fails if the file exists already, and if its path is not valid on every system.
    pub(crate) fn create_release_file(&self, path: &str, text: &str) -> Result<()> {
        let path = RepoPath::portable(path)
            .map_err(|fault| Error::refused(format!("`{path}` {fault}"), fault.help()))?;
        self.tree.create(&path, text)
    }
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "tests make files and look at them"
)]
mod tests {
    use super::super::tests::folder;
    use super::*;

    fn create(folder: &tempfile::TempDir) -> std::result::Result<String, String> {
        let workspace = Workspace::open(folder.path(), folder.path(), None).unwrap();
        workspace
            .create_ticket("2026-11-20-x", "title = \"x\"")
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_ticket_is_written_where_tickets_are() {
        let folder = folder(&[("tollgate.toml", "tickets = [\"docs/changes/*.toml\"]")]);
        assert_eq!(create(&folder), Ok("docs/changes/2026-11-20-x.toml".into()));
        assert_eq!(
            Workspace::open(folder.path(), folder.path(), None)
                .unwrap()
                .tickets()
                .unwrap()
                .len(),
            1
        );
    }

    #[test]
    fn nothing_is_written_over() {
        let folder = folder(&[("changes/2026-11-20-x.toml", "mine")]);
        assert_eq!(
            create(&folder),
            Err("`changes/2026-11-20-x.toml` already exists".into())
        );
        let file = folder.path().join("changes/2026-11-20-x.toml");
        assert_eq!(std::fs::read_to_string(file).unwrap(), "mine");
    }

    #[test]
    fn existing_file_helps_with_what_sets_its_name() {
        let folder = folder(&[("changes/2026-11-20-x.toml", "mine")]);
        let workspace = Workspace::open(folder.path(), folder.path(), None).unwrap();
        let error = workspace
            .create_ticket("2026-11-20-x", "title = \"x\"")
            .unwrap_err();
        let help = "edit that file, or use another title; the file name comes from the date and the title; `--id` sets only the ID";
        assert_eq!(error.help(), Some(help));
    }

    #[test]
    fn a_name_that_is_no_ticket_is_not_written() {
        let folder = folder(&[("tollgate.toml", "tickets = [\"changes/CHG-*.toml\"]")]);
        assert!(
            create(&folder)
                .unwrap_err()
                .contains("does not match `tickets`")
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_leads_outside_is_not_written_to() {
        let (folder, other) = (folder(&[]), folder(&[]));
        std::os::unix::fs::symlink(other.path(), folder.path().join("changes")).unwrap();
        let message = "`changes/2026-11-20-x.toml` is inside `changes`, which is a symbolic link";
        assert_eq!(create(&folder), Err(message.into()));
        assert_eq!(std::fs::read_dir(other.path()).unwrap().count(), 0);
    }
}

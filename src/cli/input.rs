//! Files that the command line names for reading, where `-` is standard input.

use std::io;
use std::path::Path;

use crate::cli::context::Context;
use crate::error::{Error, Result};
use crate::files::{read_bytes, read_file_bytes, read_source};
use crate::source::Source;
use crate::workspace::Workspace;

/// The name of standard input in findings and messages.
const STDIN: &str = "<stdin>";

/// How a named file is read.
pub(super) struct InputFile<'a> {
    /// The file, or `-`.
    pub(super) path: &'a Path,
    /// The maximum size in bytes.
    pub(super) most: usize,
    /// The help if the file cannot be read.
    pub(super) help: &'static str,
    /// The help if the file is too large.
    pub(super) size_help: &'static str,
}

impl InputFile<'_> {
    /// Reads the file; returns its name for findings and messages, and its bytes.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read or is too large.
    pub(super) fn read(&self, ctx: &Context) -> Result<(String, Vec<u8>)> {
        let (name, read) = if is_stdin(self.path) {
            (STDIN.to_owned(), read_bytes(io::stdin().lock(), self.most))
        } else {
            let name = self.path.to_string_lossy().replace('\\', "/");
            let path = ctx.directory.join(self.path);
            (name, read_file_bytes(&path, self.most))
        };
        let bytes = read.map_err(|error| self.unreadable(&name).with_source(error))?;
        if bytes.len() > self.most {
            let message = format!("`{name}` has more than {} bytes", self.most);
            return Err(Error::limit(message, self.size_help));
        }
        Ok((name, bytes))
    }

    /// Reads the file as [`read`](Self::read) does, as UTF-8.
    ///
    /// # Errors
    ///
    /// Fails as [`read`](Self::read) does, and if the file is not UTF-8.
    pub(super) fn read_text(&self, ctx: &Context) -> Result<Source> {
        let (name, bytes) = self.read(ctx)?;
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Source::new(name, text)),
            Err(error) => Err(self.unreadable(&name).with_source(error)),
        }
    }

    fn unreadable(&self, name: &str) -> Error {
        Error::file(format!("`{name}` cannot be read"), self.help)
    }
}

/// Whether an argument names standard input.
pub(super) fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// The ticket on standard input, under the name that the command line gives it.
pub(super) fn ticket_on_stdin(workspace: &Workspace, named: Option<&Path>) -> Result<Source> {
    let name = named.map_or_else(|| STDIN.to_owned(), |path| workspace.ticket_name(path));
    let most = workspace.config().limits.ticket_bytes;
    read_source(&name, io::stdin().lock(), most)
        .map_err(|error| Error::file("standard input cannot be read", "").with_source(error))
}

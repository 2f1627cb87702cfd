//! Git itself as a program: for pushing, which libgit2 is built without, and for querying the
//! remote.
//!
//! The program is found once, by an absolute path outside the repository, and is called so that
//! nothing in the repository makes it run other programs or ask questions: no pager, no file system
//! monitor, no replaced objects, no prompt on the terminal. It has no deadline: how long a network
//! takes, Git decides, and a person can interrupt it.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, Reason, Result};
use crate::git::variable;
use crate::process::{Completion, Input, Observer, Process, Stream, shown_line};
use crate::source::sanitise_line;

/// The file name of Git's program.
const NAME: &str = if cfg!(windows) { "git.exe" } else { "git" };

/// The maximum number of bytes of an answer that are read.
const MAX_OUTPUT_BYTES: usize = 64 << 20;

/// Git's program, for one repository.
pub(super) struct Program {
    path: PathBuf,
    /// The directory in which it runs: the root of the work tree, or the repository.
    folder: PathBuf,
    /// The variables that name the repository if the folder does not.
    environment: Vec<(&'static str, PathBuf)>,
}

/// The result of a run whose standard error was streamed.
pub(super) struct ProgramOutput {
    /// The exit code; `None` if a signal ended it.
    pub(super) code: Option<i32>,
    /// Its standard output.
    pub(super) output: String,
    /// The lines of its standard error, fit for a terminal.
    pub(super) messages: String,
}

impl Program {
    /// Finds git on the path, for use in a repository.
    ///
    /// # Errors
    ///
    /// Fails if git is not installed.
    pub(super) fn find(git: &git2::Repository) -> Result<Self> {
        let root = git.workdir();
        let path = variable("PATH").unwrap_or_default();
        let found = std::env::split_paths(&path)
            .filter(|folder| is_trusted(folder, root))
            .map(|folder| folder.join(NAME));
        let path = found
            .into_iter()
            .find(|path| is_program(path))
            .ok_or_else(|| {
                Error::repository(
                    "Git is not installed, but `--push` needs it",
                    "install git, or release without `--push`",
                )
            })?;
        let named = variable("GIT_DIR")
            .or_else(|| variable("GIT_WORK_TREE"))
            .is_some();
        let environment = match root {
            Some(root) if !named && root.join(".git").exists() => Vec::new(),
            Some(root) => vec![
                ("GIT_DIR", git.path().to_owned()),
                ("GIT_WORK_TREE", root.to_owned()),
            ],
            None => vec![("GIT_DIR", git.path().to_owned())],
        };
        Ok(Self {
            path,
            folder: root.unwrap_or_else(|| git.path()).to_owned(),
            environment,
        })
    }

    /// Runs git and gives its standard output.
    ///
    /// # Errors
    ///
    /// Fails with git's standard error if it does not succeed.
    pub(super) fn output(&self, arguments: &[&str]) -> Result<String> {
        let captured = Process::new(self.command(arguments))
            .capture(MAX_OUTPUT_BYTES)
            .map_err(|error| self.unusable(error))?;
        let message = format!("`git {}` failed", arguments.first().unwrap_or(&""));
        let error = Error::repository(message, "");
        Err(match captured.completion {
            Completion::Exited(status) if status.success() => {
                return Ok(String::from_utf8_lossy(&captured.output).into_owned());
            }
            Completion::Exited(_) => {
                let stderr = String::from_utf8_lossy(&captured.errors);
                let lines = stderr.lines().filter(|line| !line.is_empty());
                error.with_output(lines.map(sanitise_line).collect::<Vec<_>>().join("\n"))
            }
            Completion::TimedOut | Completion::Stopped => {
                let limit = format!("it printed more than {} MiB", MAX_OUTPUT_BYTES >> 20);
                error.with_source(Reason::new(limit))
            }
        })
    }

    /// Runs git with a standard input, and passes on each line of its standard error as it comes.
    ///
    /// # Errors
    ///
    /// Fails if git cannot be run.
    pub(super) fn run_streaming(
        &self,
        arguments: &[&str],
        input: Input,
        on_line: &mut dyn FnMut(&str),
    ) -> Result<ProgramOutput> {
        let mut streamed = Streamed {
            output: Vec::new(),
            messages: String::new(),
            on_line,
        };
        let completion = Process::new(self.command(arguments))
            .with_input(input)
            .run(&mut streamed)
            .map_err(|error| self.unusable(error))?;
        Ok(ProgramOutput {
            code: match completion {
                Completion::Exited(status) => status.code(),
                Completion::TimedOut | Completion::Stopped => None,
            },
            output: String::from_utf8_lossy(&streamed.output).into_owned(),
            messages: streamed.messages,
        })
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the user requests a push, and Git makes it"
    )]
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        command
            .current_dir(&self.folder)
            .args(["--no-pager", "-c", "core.fsmonitor=false"])
            .args(arguments);
        command
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_NO_REPLACE_OBJECTS", "1")
            .env("LC_ALL", "C");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    fn unusable(&self, error: io::Error) -> Error {
        Error::repository(
            format!("`{}` cannot be run", self.path.display()),
            "check that it is installed and executable",
        )
        .with_source(error)
    }
}

/// Whether programs may be run from a folder of the search path: it must be absolute and outside
/// the work tree.
fn is_trusted(folder: &Path, root: Option<&Path>) -> bool {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    folder.is_absolute() && root.is_none_or(|root| !real(folder).starts_with(real(root)))
}

fn is_program(path: &Path) -> bool {
    let Ok(metadata) = path.metadata() else {
        return false;
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        metadata.is_file() && metadata.permissions().mode() & 0o111 != 0
    }
    #[cfg(not(unix))]
    metadata.is_file()
}

/// Collects git's standard output, and passes on its standard error.
struct Streamed<'a> {
    output: Vec<u8>,
    messages: String,
    on_line: &'a mut dyn FnMut(&str),
}

impl Observer for Streamed<'_> {
    fn line(&mut self, stream: Stream, line: &[u8]) {
        match stream {
            // A running push is not stopped because of its output.
            Stream::Output if self.output.len() < MAX_OUTPUT_BYTES => {
                self.output.extend_from_slice(line);
            }
            Stream::Output => {}
            Stream::Errors => {
                let line = shown_line(line);
                if !line.trim().is_empty() {
                    (self.on_line)(&line);
                }
                if self.messages.len() < MAX_OUTPUT_BYTES {
                    self.messages.push_str(&line);
                    self.messages.push('\n');
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_folders_outside_the_work_tree_name_programs() {
        let root = tempfile::tempdir().unwrap();
        let trusted = |folder: &Path| is_trusted(folder, Some(root.path()));
        assert!(trusted(Path::new("/usr/bin")));
        assert!(!trusted(Path::new(".")) && !trusted(Path::new("")) && !trusted(Path::new("bin")));
        assert!(!trusted(root.path()) && !trusted(&root.path().join("bin")));
    }
}

//! Git itself as a program: for pushing, which libgit2 is built without, and for querying the remote.
//!
//! It is found once, by an absolute path that lies outside the repository, and runs so that nothing
//! of the repository makes it run more: no pager, no monitor of files, no replaced objects, no
//! question on the terminal.

use std::io::{self, BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, Stdio};

use crate::error::{Error, Result};
use crate::git::variable;
use crate::source::sanitise_line;

/// The name of git's program.
const NAME: &str = if cfg!(windows) { "git.exe" } else { "git" };

/// The most bytes of an answer that are read.
const MAX_OUTPUT_BYTES: u64 = 64 << 20;

/// The most bytes of a line that is shown while git runs.
const MAX_LINE_BYTES: u64 = 4096;

/// Git's program, in one repository.
pub(super) struct Program {
    path: PathBuf,
    /// Where it runs: the root of the work tree, or the repository.
    folder: PathBuf,
    /// What names the repository where the folder does not.
    environment: Vec<(&'static str, PathBuf)>,
}

/// The result of a run whose standard error was streamed.
pub(super) struct ProgramOutput {
    /// The exit code; `None` where a signal ended it.
    pub(super) code: Option<i32>,
    /// Its standard output.
    pub(super) output: String,
}

impl Program {
    /// Finds git on the path, for use in a repository.
    ///
    /// Fails where there is none.
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
    /// Fails with its standard error if it does not succeed.
    pub(super) fn output(&self, arguments: &[&str]) -> Result<String> {
        let output = self
            .command(arguments, Stdio::null())
            .output()
            .map_err(|error| self.unusable(error))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let stderr = String::from_utf8_lossy(&output.stderr);
        let stderr: Vec<String> = stderr
            .lines()
            .filter(|line| !line.is_empty())
            .map(sanitise_line)
            .collect();
        Err(Error::repository(
            format!("`git {}` failed", arguments.first().unwrap_or(&"")),
            stderr.join("\n"),
        ))
    }

    /// Runs git with a standard input, and passes on each line of its standard error as it comes.
    pub(super) fn run_streaming(
        &self,
        arguments: &[&str],
        input: Stdio,
        on_line: &mut dyn FnMut(&str),
    ) -> Result<ProgramOutput> {
        let unusable = |error| self.unusable(error);
        let mut child = self.command(arguments, input).spawn().map_err(unusable)?;
        let (output, error) = (child.stdout.take(), child.stderr.take());
        let output = std::thread::scope(|scope| {
            let output = scope.spawn(|| output.map(read_output).transpose());
            let lines_read = error.map_or(Ok(()), |error| for_each_line(error, on_line));
            let output = output
                .join()
                .unwrap_or_else(|_| Err(io::Error::other("the answer was not read")));
            lines_read.and(output)
        });
        let status = child.wait().map_err(unusable)?;
        Ok(ProgramOutput {
            code: status.code(),
            output: output.map_err(unusable)?.unwrap_or_default(),
        })
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the user requests a push, and Git makes it"
    )]
    fn command(&self, arguments: &[&str], input: Stdio) -> Command {
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
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
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

/// Whether a folder of the search path may name programs: an absolute one that does not lie in the
/// work tree.
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

fn read_output(output: ChildStdout) -> io::Result<String> {
    let mut bytes = Vec::new();
    output.take(MAX_OUTPUT_BYTES).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Gives the lines of a stream one by one; one that is too long comes in pieces.
fn for_each_line(stream: impl Read, on_line: &mut dyn FnMut(&str)) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut line = Vec::new();
        if stream
            .by_ref()
            .take(MAX_LINE_BYTES)
            .read_until(b'\n', &mut line)?
            == 0
        {
            return Ok(());
        }
        let line = String::from_utf8_lossy(&line);
        line.trim_end()
            .rsplit('\r')
            .take(1)
            .filter(|line| !line.trim().is_empty())
            .for_each(&mut *on_line);
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

    #[test]
    fn progress_lines_show_the_last_state() {
        let mut lines_read = Vec::new();
        for_each_line(
            &b"one\n\nWriting: 1%\rWriting: 100%\nlast"[..],
            &mut |line| lines_read.push(line.to_owned()),
        )
        .unwrap();
        assert_eq!(lines_read, ["one", "Writing: 100%", "last"]);
    }
}

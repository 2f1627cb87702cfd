//! Runs a program that signs, and reads its output.
//!
//! No shell is involved. Both of its outputs are read while its input is written, so that none waits
//! for the other.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::error::{Error, Result};
use crate::source::sanitise_line;

/// The most characters of a program's words that are told on.
const MAX_OUTPUT_CHARS: usize = 400;

/// A program with its arguments.
pub(super) struct Program<'a> {
    pub(super) name: &'a OsStr,
    pub(super) arguments: Vec<OsString>,
    /// Where it runs.
    pub(super) directory: &'a Path,
    /// The setting that names it.
    pub(super) setting: &'static str,
}

/// The result of a run.
pub(super) struct ProgramOutput {
    /// Whether it ended with success.
    pub(super) succeeded: bool,
    /// Its standard output.
    pub(super) output: Vec<u8>,
    /// Its standard error, what is not UTF-8 replaced.
    pub(super) errors: String,
}

impl Program<'_> {
    /// Runs it with this input.
    ///
    /// Fails where it cannot be run; a program that ends without success is no failure of this.
    #[expect(
        clippy::disallowed_methods,
        reason = "the user requests a signature, and this program makes it"
    )]
    pub(super) fn run(&self, input: &[u8]) -> Result<ProgramOutput> {
        let failed = |error: std::io::Error| {
            let message = format!("`{}` cannot be run", self.name.to_string_lossy());
            Error::file(
                message,
                format!(
                    "install it, or choose another program with `git config {} PATH`",
                    self.setting
                ),
            )
            .with_source(error)
        };
        let mut command = Command::new(self.name);
        command.args(&self.arguments).current_dir(self.directory);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().map_err(failed)?;
        let pipe = child.stdin.take();
        let output = std::thread::scope(|scope| {
            // A program that does not read to the end says by its status whether it could do
            // without.
            scope.spawn(|| pipe.map(|mut pipe| pipe.write_all(input)));
            child.wait_with_output()
        });
        let output = output.map_err(failed)?;
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        Ok(ProgramOutput {
            succeeded: output.status.success(),
            output: output.stdout,
            errors,
        })
    }
}

impl ProgramOutput {
    /// What the program said to people, on one line that is fit to be shown.
    pub(super) fn failure_reason(&self) -> String {
        let reason = self
            .errors
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with("[GNUPG:]"));
        let reason = sanitise_line(&reason.collect::<Vec<_>>().join("; "));
        match reason.char_indices().nth(MAX_OUTPUT_CHARS) {
            _ if reason.is_empty() => "no reason was given".to_owned(),
            Some((end, _)) => format!("{}…", &reason[..end]),
            None => reason,
        }
    }
}

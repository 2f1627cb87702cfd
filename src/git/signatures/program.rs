//! Runs a program that signs or verifies, and reads its output.
//!
//! No shell is involved. The program stays in the terminal's foreground, where it may ask for a
//! passphrase.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::process::{Captured, Completion, Input, Process};
use crate::source::{sanitise_line, shell_command};

/// The maximum number of characters of a program's messages that an error repeats.
const MAX_REASON_CHARS: usize = 400;

/// The maximum number of bytes that are read of each output. A signature has a few thousand.
const MAX_OUTPUT_BYTES: usize = 1 << 20;

/// How long a program may take: a person may have to enter a passphrase or to touch a key.
const TIMEOUT: Duration = Duration::from_secs(10 * 60);

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
pub(super) struct ProgramOutput(Captured);

impl Program<'_> {
    /// Runs the program with this input. To end without success is not an error here.
    ///
    /// # Errors
    ///
    /// Fails if the program cannot be run.
    pub(super) fn run(&self, input: &[u8]) -> Result<ProgramOutput> {
        self.run_within(TIMEOUT, input)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the user requests a signature, and this program makes it"
    )]
    fn run_within(&self, timeout: Duration, input: &[u8]) -> Result<ProgramOutput> {
        let mut command = Command::new(self.name);
        command.args(&self.arguments).current_dir(self.directory);
        let process = Process::new(command)
            .with_input(Input::Bytes(input.to_vec()))
            .with_timeout(timeout);
        let captured = process.capture(MAX_OUTPUT_BYTES);
        captured.map(ProgramOutput).map_err(|error| {
            let message = format!("`{}` cannot be run", self.name.to_string_lossy());
            let help = format!(
                "install it, or choose another program with `{}`",
                shell_command!("git config {setting} PATH", setting = self.setting)
            );
            Error::file(message, help).with_source(error)
        })
    }
}

impl ProgramOutput {
    /// Whether the program ended with success.
    pub(super) fn succeeded(&self) -> bool {
        matches!(self.0.completion, Completion::Exited(status) if status.success())
    }

    /// The program's standard output.
    pub(super) fn output(&self) -> &[u8] {
        &self.0.output
    }

    /// The program's standard output, owned.
    pub(super) fn into_output(self) -> Vec<u8> {
        self.0.output
    }

    /// The program's standard error, with replacement characters for what is not UTF-8.
    pub(super) fn errors(&self) -> String {
        String::from_utf8_lossy(&self.0.errors).into_owned()
    }

    /// Why the program failed, on one line that can be shown: its own messages, unless it was
    /// stopped.
    pub(super) fn failure_reason(&self) -> String {
        match self.0.completion {
            Completion::Exited(_) => {}
            Completion::TimedOut => {
                return format!("it did not end within {} minutes", TIMEOUT.as_secs() / 60);
            }
            Completion::Stopped => {
                return format!("it printed more than {} MiB", MAX_OUTPUT_BYTES >> 20);
            }
        }
        let errors = self.errors();
        let reason = errors
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with("[GNUPG:]"));
        let reason = sanitise_line(&reason.collect::<Vec<_>>().join("; "));
        match reason.char_indices().nth(MAX_REASON_CHARS) {
            _ if reason.is_empty() => "no reason was given".to_owned(),
            Some((end, _)) => format!("{}…", &reason[..end]),
            None => reason,
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn run(script: &str) -> ProgramOutput {
        let program = Program {
            name: "sh".as_ref(),
            arguments: ["-c", script].map(Into::into).into(),
            directory: Path::new("/"),
            setting: "gpg.program",
        };
        program.run_within(Duration::from_secs(2), b"text").unwrap()
    }

    #[test]
    fn a_program_that_prints_without_end_is_stopped() {
        for script in ["exec yes", "exec yes >&2"] {
            let output = run(script);
            assert!(!output.succeeded());
            assert_eq!(output.failure_reason(), "it printed more than 1 MiB");
        }
    }

    #[test]
    fn a_program_that_never_ends_is_stopped() {
        let output = run("exec sleep 60");
        assert!(!output.succeeded());
        assert_eq!(output.failure_reason(), "it did not end within 10 minutes");
    }

    #[test]
    fn the_reason_is_the_messages_without_statuses() {
        let output =
            run("echo '[GNUPG:] X' >&2; echo 'no key' >&2; echo >&2; echo 'sorry' >&2; exit 1");
        assert_eq!(output.failure_reason(), "no key; sorry");
        assert_eq!(run("exit 1").failure_reason(), "no reason was given");
    }
}

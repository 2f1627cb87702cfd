//! Standard output and standard error: colors, errors, panics, closed pipes.

use std::io::{self, IsTerminal as _, Write as _};
use std::panic::PanicHookInfo;
use std::process::ExitCode;

use crate::cli::args::ColorWhen;
use crate::error::{Error, Result};
use crate::source::sanitise;

/// Whether standard output takes colors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Color {
    /// Escape sequences may be written.
    On,
    /// Plain text alone.
    Off,
}

/// Decides about colors by the option, the terminal and the customs of the environment (`NO_COLOR`, `TERM=dumb`).
pub(super) fn decide_color(when: ColorWhen) -> Color {
    let colored = match when {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto => anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never,
    };
    if colored { Color::On } else { Color::Off }
}

/// Writes the output at once; a reader that went away is no failure.
pub(super) fn write_out(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::file("standard output cannot be written", "is the disk full?").because(error))
        }
        _ => Ok(()),
    }
}

/// Says something that is not an error.
pub(super) fn hint(text: &str) {
    say(&format!("{}\n", sanitise(text)));
}

/// Says why the work could not be done, and what to do.
pub(super) fn report_error(error: &Error) {
    let mut text = format!("error: {}\n", sanitise(&error.to_string()));
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text.push_str(&format!("  because: {}\n", sanitise(&inner.to_string())));
        cause = inner.source();
    }
    if let Some(help) = error.help() {
        text.push_str(&format!("  help: {}\n", sanitise(help).replace('\n', "\n        ")));
    }
    say(&text);
}

/// Prints clap's words where they belong and gives its exit code: 0 for help and version, 2 for a mistake.
pub(super) fn usage(error: &clap::Error) -> ExitCode {
    let written = error.print();
    let failed = error.use_stderr() || written.is_err_and(|error| error.kind() != io::ErrorKind::BrokenPipe);
    if failed { ExitCode::from(2) } else { ExitCode::SUCCESS }
}

/// Tells of a fault of our own, in place of Rust's words.
pub(super) fn report_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(|place| format!(" at {}:{}", place.file(), place.line())).unwrap_or_default();
    let text = panic.payload_as_str().unwrap_or("no message");
    say(&format!(
        "error: tollgate has a bug{place}: {}\n  help: please report it with the command you ran\n",
        sanitise(text)
    ));
}

/// Whether a person sits at the terminal and can be asked.
pub(super) fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

fn say(text: &str) {
    // Nobody is left to tell when standard error is closed.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

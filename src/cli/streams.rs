//! Standard output and standard error: colors, errors, panics, closed pipes.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write as _};
use std::panic::PanicHookInfo;
use std::path::Path;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue};

use crate::cli::args::ColorWhen;
use crate::error::{Error, Result};
use crate::format::{self, Look};
use crate::source::{sanitise, sanitise_line};

/// The columns of drawings that go to a file or a pipe.
const FILE_WIDTH: usize = 100;

/// How drawings on standard output look.
pub(super) fn output_look(when: ColorWhen) -> Look {
    let stdout = io::stdout();
    let color = anstream::AutoStream::choice(&stdout) != anstream::ColorChoice::Never;
    look(when, color, terminal_size::terminal_size_of(&stdout))
}

/// The columns of the terminal that standard output is; `None` for a file or a pipe.
pub(super) fn output_width() -> Option<usize> {
    terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0))
}

/// How drawings on standard error look.
pub(super) fn error_look(when: ColorWhen) -> Look {
    let stderr = io::stderr();
    let color = anstream::AutoStream::choice(&stderr) != anstream::ColorChoice::Never;
    look(when, color, terminal_size::terminal_size_of(&stderr))
}

/// Decides by the option, the terminal and the customs of the environment (`NO_COLOR`, `TERM=dumb`, the locale).
fn look(when: ColorWhen, auto: bool, terminal: Option<(terminal_size::Width, terminal_size::Height)>) -> Look {
    let color = match when {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto => auto,
    };
    let width = terminal.map_or(FILE_WIDTH, |(width, _)| usize::from(width.0));
    Look { color, unicode: terminal.is_none() || shows_unicode(), width }
}

/// Whether the locale is one of UTF-8; files and logs are, whatever it says.
#[expect(clippy::disallowed_methods, reason = "the command line is where the locale is read")]
fn shows_unicode() -> bool {
    let set =
        ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()));
    cfg!(windows) || set.is_some_and(|locale| locale.to_lowercase().replace('-', "").contains("utf8"))
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

/// Whether standard output is this regular file, as `tollgate … > FILE` makes it.
pub(super) fn output_is_file(path: &Path) -> bool {
    let output = same_file::Handle::stdout();
    path.is_file() && output.is_ok_and(|output| same_file::Handle::from_path(path).is_ok_and(|file| file == output))
}

/// Says something that is not an error.
pub(super) fn hint(text: &str) {
    say(&format!("{}\n", sanitise(text)));
}

/// Writes a report where standard output is taken by something else.
pub(super) fn report(text: &str) {
    say(text);
}

/// Says why the work could not be done, and what to do; with the words of libraries if asked to be verbose.
pub(super) fn report_error(error: &Error, when: ColorWhen, is_verbose: bool) {
    let details = if is_verbose { format::failure_details(error) } else { String::new() };
    say(&(format::failure(error, error_look(when)) + &details));
}

/// Prints clap's words where they belong and gives its exit code: 0 for help and version, 2 for a mistake.
///
/// Clap repeats arguments as they are. A script may have them from anywhere, so that one which could steer a terminal or a
/// CI log is sanitised, and the text is printed without colors.
pub(super) fn usage(mut error: clap::Error, arguments: &[OsString]) -> ExitCode {
    let is_plain = |argument: &OsString| argument.to_str().is_some_and(|text| sanitise_line(text) == text);
    if error.use_stderr() && !arguments.iter().all(is_plain) {
        sanitise_context(&mut error);
        say(&sanitise(&error.render().to_string()));
        return ExitCode::from(2);
    }
    let written = error.print();
    let failed = error.use_stderr() || written.is_err_and(|error| error.kind() != io::ErrorKind::BrokenPipe);
    if failed { ExitCode::from(2) } else { ExitCode::SUCCESS }
}

/// Sanitises the arguments that an error repeats, so that each stays on its line.
fn sanitise_context(error: &mut clap::Error) {
    let texts: Vec<(ContextKind, String)> = error
        .context()
        .filter_map(|(kind, value)| match value {
            ContextValue::String(text) => Some((kind, sanitise_line(text))),
            _ => None,
        })
        .collect();
    for (kind, text) in texts {
        error.insert(kind, ContextValue::String(text));
    }
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

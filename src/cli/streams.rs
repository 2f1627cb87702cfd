//! Standard output and standard error: colors, errors, panics, closed pipes.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write as _};
use std::panic::PanicHookInfo;
use std::path::Path;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::cli::args::ColorWhen;
use crate::error::{Error, Result};
use crate::format::{self, RenderOptions};
use crate::source::{closest, sanitise, sanitise_line};

/// The columns of diagnostics that go to a file or a pipe.
const FILE_WIDTH: usize = 100;

/// The maximum number of columns of a line of prose.
const MAX_PROSE: usize = 100;

/// How diagnostics on standard output are rendered.
pub(super) fn output_options(when: ColorWhen) -> RenderOptions {
    let stdout = io::stdout();
    let color = has_color(when, anstream::AutoStream::choice(&stdout));
    render_options(color, terminal_size::terminal_size_of(&stdout))
}

/// The columns of the terminal on standard output; `None` for a file or a pipe.
pub(super) fn output_width() -> Option<usize> {
    terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0))
}

/// How diagnostics on standard error are rendered.
fn error_options(when: ColorWhen) -> RenderOptions {
    let stderr = io::stderr();
    let color = has_color(when, anstream::AutoStream::choice(&stderr));
    render_options(color, terminal_size::terminal_size_of(&stderr))
}

/// How messages on standard error are rendered: wrapped on a terminal only.
fn message_options(when: ColorWhen) -> RenderOptions {
    let width =
        terminal_size::terminal_size_of(io::stderr()).map(|(width, _)| usize::from(width.0));
    RenderOptions {
        width: width.map_or(usize::MAX, |width| width.min(MAX_PROSE)),
        ..error_options(when)
    }
}

/// Whether a stream is colored: by the option, then by the environment, then by what the stream is.
///
/// `auto` is the choice for the stream by `NO_COLOR`, `CLICOLOR`, `CLICOLOR_FORCE`, `TERM` and
/// whether it is a terminal.
fn has_color(when: ColorWhen, auto: anstream::ColorChoice) -> bool {
    match when {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto => forced_color().unwrap_or(auto != anstream::ColorChoice::Never),
    }
}

/// What `FORCE_COLOR` requests; `None` if it is not set, or if `NO_COLOR` is.
#[expect(
    clippy::disallowed_methods,
    reason = "the command line is where the environment is read"
)]
fn forced_color() -> Option<bool> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    if variable("NO_COLOR").is_some() {
        return None;
    }
    variable("FORCE_COLOR").map(|value| value != "0" && value != "false")
}

/// When clap colors what it prints: the arguments are not parsed yet, so the option is looked for
/// here.
pub(super) fn clap_color(arguments: &[OsString]) -> clap::ColorChoice {
    let words: Vec<&str> = arguments
        .iter()
        .filter_map(|argument| argument.to_str())
        .collect();
    let separate = words
        .windows(2)
        .find(|pair| pair[0] == "--color")
        .map(|pair| pair[1]);
    let value = separate.or_else(|| words.iter().find_map(|word| word.strip_prefix("--color=")));
    match (value, forced_color()) {
        (Some("always"), _) | (None | Some("auto"), Some(true)) => clap::ColorChoice::Always,
        (Some("never"), _) | (None | Some("auto"), Some(false)) => clap::ColorChoice::Never,
        _ => clap::ColorChoice::Auto,
    }
}

/// Decides by the terminal and the locale.
fn render_options(
    color: bool,
    terminal: Option<(terminal_size::Width, terminal_size::Height)>,
) -> RenderOptions {
    let width = terminal.map_or(FILE_WIDTH, |(width, _)| usize::from(width.0));
    RenderOptions {
        color,
        unicode: terminal.is_none() || shows_unicode(),
        width,
    }
}

/// Whether the locale uses UTF-8. Files and logs always do.
#[expect(
    clippy::disallowed_methods,
    reason = "the command line is where the locale is read"
)]
fn shows_unicode() -> bool {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()));
    cfg!(windows)
        || set.is_some_and(|locale| locale.to_lowercase().replace('-', "").contains("utf8"))
}

/// Writes the output at once. A reader that has closed the pipe is not an error.
pub(super) fn write_out(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Error::file(
            "standard output cannot be written",
            "is the disk full?",
        )
        .with_source(error)),
        _ => Ok(()),
    }
}

/// Whether standard output is redirected to this regular file, as by `tollgate … > FILE`.
pub(super) fn output_is_file(path: &Path) -> bool {
    let output = same_file::Handle::stdout();
    path.is_file()
        && output
            .is_ok_and(|output| same_file::Handle::from_path(path).is_ok_and(|file| file == output))
}

/// Prints a note.
pub(super) fn hint(text: &str, when: ColorWhen) {
    write_stderr(&format::render_message(
        &sanitise(text),
        message_options(when),
    ));
}

/// Writes a report to standard error, if standard output has other contents.
pub(super) fn print_report(text: &str) {
    write_stderr(text);
}

/// Reports why the work could not be done, and what to do; with the messages of libraries if
/// `is_verbose`.
pub(super) fn report_error(error: &Error, when: ColorWhen, is_verbose: bool) {
    let details = if is_verbose {
        format::render_error_details(error)
    } else {
        String::new()
    };
    let text = format::render_error(error, error_options(when)) + &details;
    write_stderr(&if error.faults().is_some() {
        text
    } else {
        format::render_message(&text, message_options(when))
    });
}

/// Prints clap's message to the right stream and returns its exit code: 0 for help and version, 2
/// for an error.
///
/// Clap repeats arguments as they are. A script may have them from anywhere, so that one which
/// could steer a terminal or a CI log is sanitised, and the text is printed without colors.
pub(super) fn print_usage_error(mut error: clap::Error, arguments: &[OsString]) -> ExitCode {
    suggest(&mut error, arguments);
    let is_plain = |argument: &OsString| {
        argument
            .to_str()
            .is_some_and(|text| sanitise_line(text) == text)
    };
    if error.use_stderr() && !arguments.iter().all(is_plain) {
        sanitise_context(&mut error);
        write_stderr(&sanitise(&error.render().to_string()));
        return ExitCode::from(2);
    }
    let written = error.print();
    let failed =
        error.use_stderr() || written.is_err_and(|error| error.kind() != io::ErrorKind::BrokenPipe);
    if failed {
        ExitCode::from(2)
    } else {
        ExitCode::SUCCESS
    }
}

/// Replaces clap's suggestions, which often name an unlikely word, by ours.
fn suggest(error: &mut clap::Error, arguments: &[OsString]) {
    let mut command = super::command();
    let words = arguments
        .iter()
        .skip(1)
        .filter_map(|argument| argument.to_str());
    for word in words {
        if let Some(inner) = command.find_subcommand(word) {
            command = inner.clone();
        }
    }
    let (wrong, suggested) = match error.kind() {
        ErrorKind::InvalidSubcommand => (
            ContextKind::InvalidSubcommand,
            ContextKind::SuggestedSubcommand,
        ),
        ErrorKind::UnknownArgument => (ContextKind::InvalidArg, ContextKind::SuggestedArg),
        ErrorKind::InvalidValue => (ContextKind::InvalidValue, ContextKind::SuggestedValue),
        _ => return,
    };
    let Some(ContextValue::String(word)) = error.get(wrong).cloned() else {
        return;
    };
    let candidates: Vec<String> = match error.kind() {
        ErrorKind::InvalidSubcommand => command
            .get_subcommands()
            .map(|inner| inner.get_name().to_owned())
            .collect(),
        ErrorKind::UnknownArgument => command
            .get_arguments()
            .filter_map(|argument| argument.get_long())
            .map(|name| format!("--{name}"))
            .collect(),
        _ => match error.get(ContextKind::ValidValue) {
            Some(ContextValue::Strings(values)) => values.clone(),
            _ => return,
        },
    };
    error.remove(suggested);
    if let Some(near) = closest(&word, candidates.iter().map(String::as_str)) {
        let near = near.to_owned();
        let is_list = suggested == ContextKind::SuggestedSubcommand;
        error.insert(
            suggested,
            if is_list {
                ContextValue::Strings(vec![near])
            } else {
                ContextValue::String(near)
            },
        );
    }
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

/// Reports a panic as a bug of Tollgate.
pub(super) fn report_panic(panic: &PanicHookInfo<'_>) {
    let place = panic
        .location()
        .map(|place| format!(" at {}:{}", place.file(), place.line()))
        .unwrap_or_default();
    let text = panic.payload_as_str().unwrap_or("no message");
    write_stderr(&format!(
        "error: tollgate has a bug{place}: {}\n  help: please report it with the command you ran\n",
        sanitise(text)
    ));
}

/// Whether there is a terminal to prompt on.
pub(super) fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

fn write_stderr(text: &str) {
    // If standard error is closed, nothing can be reported.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

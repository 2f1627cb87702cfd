//! An error as standard error shows it: what failed, why, where, and what to do next.

use super::Look;
use super::drawing::Drawing;
use super::excerpt::Excerpt;
use crate::error::{Error, Fault};
use crate::finding::Severity;
use crate::source::{Source, sanitise, sanitise_line};

/// Draws an error for a person.
///
/// Faults in a text are drawn into it, one after the other. Everything else is plain lines, `error:
/// …`, `because: …` and `help: …`, never wrapped, so that a command in them can be copied.
#[must_use]
pub fn failure(error: &Error, look: Look) -> String {
    match error.faults() {
        Some((source, faults)) => faults
            .iter()
            .map(|fault| draw(source, fault, look))
            .collect::<Vec<_>>()
            .join("\n"),
        None => plain(error),
    }
}

/// The words of libraries about an error and what lies beneath it, for those who look for a fault
/// of the tool.
#[must_use]
pub fn failure_details(error: &Error) -> String {
    let mut out = String::new();
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(detail) = error.downcast_ref::<Error>().and_then(Error::detail) {
            out += &format!("  detail: {}\n", sanitise_line(detail));
        }
        next = error.source();
    }
    out
}

fn draw(source: &Source, fault: &Fault, look: Look) -> String {
    let mut out = String::new();
    Drawing::new(Severity::Error, &fault.message)
        .help(&fault.help)
        .excerpt(Excerpt::new(source, source.name(), &[&fault.label], look))
        .draw(&mut out, look);
    out
}

fn plain(error: &Error) -> String {
    let mut out = format!("error: {}\n", sanitise_line(&error.to_string()));
    let mut cause = std::error::Error::source(error);
    while let Some(beneath) = cause {
        out += &format!("  because: {}\n", sanitise_line(&beneath.to_string()));
        cause = beneath.source();
    }
    if let Some(help) = error.help() {
        out += &format!("  help: {}\n", sanitise(help).replace('\n', "\n        "));
    }
    out
}

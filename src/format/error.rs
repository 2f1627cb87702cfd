//! Renders errors for standard error: what failed, why, where, and what to do next.

use super::diagnostic::Diagnostic;
use super::excerpt::Excerpt;
use super::{RenderOptions, counted};
use crate::error::{Error, Fault};
use crate::finding::Severity;
use crate::source::{Source, sanitise, sanitise_line};

/// Renders an error for a person.
///
/// Faults in a text are rendered as diagnostics, one after the other, below a line that counts them. Everything else
/// is plain lines, `error: …`, `because: …`, and `help: …`, never wrapped, so that a command in them can be copied.
#[must_use]
pub fn render_error(error: &Error, options: RenderOptions) -> String {
    match error.faults() {
        Some((source, faults)) => {
            let name = sanitise_line(source.name());
            let head = format!("error: `{name}` has {}\n\n", counted(faults.len(), "error"));
            let drawn = faults.iter().map(|fault| draw(source, fault, options));
            head + &drawn.collect::<Vec<_>>().join("\n")
        }
        None => plain(error),
    }
}

/// The messages of libraries about an error and its causes, for debugging Tollgate.
#[must_use]
pub(crate) fn render_error_details(error: &Error) -> String {
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

fn draw(source: &Source, fault: &Fault, options: RenderOptions) -> String {
    let mut out = String::new();
    Diagnostic::new(Severity::Error, &fault.message)
        .help(&fault.help)
        .excerpt(Excerpt::new(
            source,
            source.name(),
            &[&fault.label],
            options,
        ))
        .render(&mut out, options);
    out
}

/// Writes what a program printed before it failed.
fn push_output(out: &mut String, error: &Error) {
    if let Some(output) = error.output() {
        let lines = sanitise(output);
        let lines = lines.trim_end().replace('\n', "\n          ");
        *out += &format!("  output: {lines}\n");
    }
}

fn plain(error: &Error) -> String {
    let mut out = format!("error: {}\n", sanitise_line(&error.to_string()));
    push_output(&mut out, error);
    let mut cause = std::error::Error::source(error);
    while let Some(beneath) = cause {
        out += &format!("  because: {}\n", sanitise_line(&beneath.to_string()));
        if let Some(error) = beneath.downcast_ref::<Error>() {
            push_output(&mut out, error);
        }
        cause = beneath.source();
    }
    if let Some(help) = error.help() {
        out += &format!("  help: {}\n", sanitise(help).replace('\n', "\n        "));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_of_a_program_is_not_help() {
        let program =
            Error::repository("`git push` failed", "").with_output("fatal: a\nfatal: b\n");
        let output = "  output: fatal: a\n          fatal: b\n";
        assert_eq!(
            plain(&program),
            format!("error: `git push` failed\n{output}")
        );
        let rejected = Error::refused("rejected", "try again").with_source(program);
        assert_eq!(
            plain(&rejected),
            format!("error: rejected\n  because: `git push` failed\n{output}  help: try again\n")
        );
    }
}

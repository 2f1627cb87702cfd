//! `tollgate ticket edit`: opens a ticket in the user's editor.
//!
//! This runs a program, so it works on a terminal only, and only with the editor that the user's
//! environment names.

use std::io::{self, IsTerminal as _};
use std::path::Path;
use std::process::Command;

use super::find;
use crate::cli::ExitStatus;
use crate::cli::context::Context;
use crate::cli::streams::is_interactive;
use crate::error::{Error, Result};
use crate::process::describe_exit;
use crate::source::shell_command;

/// Open a ticket in your editor.
///
/// Uses the editor set in VISUAL or EDITOR. Run `tollgate check` afterwards to check the ticket.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  tollgate ticket edit 2026-11-20-raise-the-pool")]
pub(super) struct Args {
    /// Ticket ID or a unique part of it (3 or more characters), file name, or path.
    ticket: String,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    if !(is_interactive() && io::stdout().is_terminal()) {
        let help = "edit the file directly; `tollgate ticket show` prints its path";
        return Err(Error::usage(
            "`tollgate ticket edit` needs a terminal",
            help,
        ));
    }
    let workspace = ctx.workspace()?;
    let source = find(&args.ticket, &workspace, ctx)?;
    let seen = workspace.display_path(source.name());
    let file = ctx.directory.join(&seen);
    let file = file
        .canonicalize()
        .map_err(|error| Error::file(format!("cannot open `{seen}`"), "").with_source(error))?;
    open(&editor()?, &file)?;
    let command = shell_command!("tollgate check {path}", path = seen);
    ctx.hint(&format!("to check the ticket: {command}"));
    Ok(ExitStatus::Success)
}

/// The words of the user's editor command.
#[expect(
    clippy::disallowed_methods,
    reason = "the user's editor is named in the environment"
)]
fn editor() -> Result<Vec<String>> {
    let variable = |name: &str| {
        std::env::var(name)
            .ok()
            .filter(|value| !value.trim().is_empty())
    };
    let command = ["VISUAL", "EDITOR"].into_iter().find_map(variable);
    let words = command
        .as_deref()
        .and_then(shlex::split)
        .filter(|words| !words.is_empty());
    words.ok_or_else(|| {
        Error::usage(
            "no editor is set",
            "set VISUAL or EDITOR, for example `export EDITOR=vim`",
        )
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the user asks for the editor, at a terminal"
)]
fn open(editor: &[String], file: &Path) -> Result<()> {
    let [program, arguments @ ..] = editor else {
        return Ok(());
    };
    let help = "check VISUAL and EDITOR";
    let status = Command::new(program).args(arguments).arg(file).status();
    let status = status
        .map_err(|error| Error::file(format!("cannot run `{program}`"), help).with_source(error))?;
    if status.success() {
        Ok(())
    } else {
        let fact = format!("`{program}` {}", describe_exit(status));
        Err(Error::file(fact, help))
    }
}

//! `tollgate ticket`: the life of a ticket.

pub(super) mod approve;
mod close;
mod digest;
mod done;
mod edit;
mod export;
mod from_diff;
mod list;
mod new;
mod prompts;
mod show;
mod transition;

use std::collections::HashMap;

use jiff::Timestamp;

use crate::approval::Outlook;
use crate::cli::ExitStatus;
use crate::cli::context::Context;
use crate::error::{Error, Result};
use crate::finding::{Checked, Finding, Severity};
use crate::format::{self, Format};
use crate::git::Repository;
use crate::rules::{RuleSelection, Settings, lint_repository};
use crate::source::{Source, shell_command};
use crate::ticket::{ParsedTicket, State};
use crate::workspace::Workspace;

/// Create, list, show, edit, move, approve, and close change tickets.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    New(new::Args),
    List(list::Args),
    Show(show::Args),
    Edit(edit::Args),
    Move(transition::Args),
    Approve(approve::Args),
    Done(done::Args),
    Close(close::Args),
    Digest(digest::Args),
    Export(export::Args),
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    match &args.command {
        Command::New(args) => new::run(args, ctx),
        Command::List(args) => list::run(args, ctx),
        Command::Show(args) => show::run(args, ctx),
        Command::Edit(args) => edit::run(args, ctx),
        Command::Move(args) => transition::run(args, ctx),
        Command::Approve(args) => approve::run(args, ctx),
        Command::Done(args) => done::run(args, ctx),
        Command::Close(args) => close::run(args, ctx),
        Command::Digest(args) => digest::run(args, ctx),
        Command::Export(args) => export::run(args, ctx),
    }
}

/// The ticket that the command line names; one that is named by a part of its ID is reported by its
/// full ID.
fn find(named: &str, workspace: &Workspace, ctx: &Context) -> Result<Source> {
    let found = workspace.find_ticket(named)?;
    if let Some(id) = found.id_of_part {
        ctx.hint(&format!("note: `{named}` is ticket `{id}`"));
    }
    Ok(found.source)
}

/// The parsed ticket; `None` if its text is too large or has syntax errors.
fn parse_valid(source: &Source, workspace: &Workspace) -> Option<ParsedTicket> {
    let is_within_limit = source.text().len() <= workspace.config().limits.ticket_bytes;
    is_within_limit.then(|| ParsedTicket::parse(source).ok())?
}

/// The tickets of the workspace, except one.
fn other_tickets(ticket: &Source, workspace: &Workspace) -> Result<Vec<Source>> {
    let mut others = workspace.tickets()?;
    others.retain(|other| other.name() != ticket.name());
    Ok(others)
}

/// The findings of `check` for a ticket of the workspace, possibly with a new text.
fn check_ticket(
    ticket: &Source,
    others: &[Source],
    workspace: &Workspace,
    settings: &Settings,
) -> Result<Checked> {
    let ticket = std::slice::from_ref(ticket);
    let tree = workspace.checked_tree(ticket)?;
    Ok(lint_repository(ticket, others, &tree, settings))
}

/// The approval status of a ticket; `None` if no approvals are required, or if it is unknown, which
/// is reported.
fn approval_outlook(workspace: &Workspace, ticket: &Source, ctx: &Context) -> Option<Outlook> {
    let find = || {
        let repository = Repository::find(&ctx.directory)?;
        repository.map_or(Ok(None), |repository| {
            workspace.approval_outlook(&repository, ticket, ctx.now)
        })
    };
    find().unwrap_or_else(|error| {
        ctx.hint(&format!(
            "warning: cannot determine whether enough people approved: {error}"
        ));
        None
    })
}

/// The approval status, by path, of the tickets that become approved by approvals: those that are
/// proposed or reviewed. If it is unknown, that is reported.
pub(in crate::cli) fn outlooks_of_waiting(
    workspace: &Workspace,
    tickets: &[ParsedTicket],
    ctx: &Context,
) -> HashMap<String, Outlook> {
    let waits =
        |parsed: &&ParsedTicket| matches!(parsed.ticket.state, State::Proposed | State::Reviewed);
    let waiting: Vec<ParsedTicket> = tickets.iter().filter(waits).cloned().collect();
    if waiting.is_empty() || workspace.config().approvals.is_none() {
        return HashMap::new();
    }
    let find = || {
        let repository = Repository::find(&ctx.directory)?;
        repository.map_or(Ok(None), |repository| {
            workspace.approval_outlooks(&repository, &waiting, ctx.now)
        })
    };
    let outlooks = find().unwrap_or_else(|error| {
        ctx.hint(&format!(
            "warning: cannot determine which tickets are approved: {error}"
        ));
        None
    });
    let paths = waiting.iter().map(|parsed| parsed.path().to_owned());
    paths.zip(outlooks.into_iter().flatten()).collect()
}

/// The email address of the person who writes into a ticket.
///
/// # Errors
///
/// Fails if none is given and Git's configuration has none.
pub(in crate::cli) fn author(given: Option<&String>, ctx: &Context) -> Result<String> {
    match given {
        Some(by) => Ok(by.clone()),
        None => ctx.repository()?.user_email(),
    }
}

/// Refuses a time in the future.
///
/// # Errors
///
/// Fails if the time that an option names is after the current time.
pub(in crate::cli) fn require_past(option: &str, at: Timestamp, ctx: &Context) -> Result<()> {
    if at <= ctx.now {
        return Ok(());
    }
    let message = format!("`{option}` is {at}, which is in the future");
    Err(Error::usage(message, "use the time at which it happened"))
}

/// The findings that keep a command from writing a ticket: errors that it doesn't have yet, and, if
/// its state changes, missing fields.
///
/// # Errors
///
/// Fails if the ticket cannot be compared with the working tree.
pub(in crate::cli) fn added_errors(
    before: &Source,
    updated: &Source,
    workspace: &Workspace,
    ctx: &Context,
) -> Result<Checked> {
    let settings = Settings::new(workspace.config(), &RuleSelection::default(), ctx.now)?;
    let others = other_tickets(before, workspace)?;
    let known = check_ticket(before, &others, workspace, &settings)?.findings;
    let mut checked = check_ticket(updated, &others, workspace, &settings)?;
    let state = |source| {
        ParsedTicket::parse(source)
            .ok()
            .map(|parsed| parsed.ticket.state)
    };
    let is_moved = state(before) != state(updated);
    checked.findings.retain(|finding| {
        let is_same = |other: &Finding| {
            (other.rule, &other.anchor, &other.message)
                == (finding.rule, &finding.anchor, &finding.message)
        };
        let is_new = finding.severity == Severity::Error && !known.iter().any(is_same);
        is_new || is_moved && finding.rule == "ticket/missing-field"
    });
    Ok(checked)
}

/// Prints the findings that keep a command from writing a ticket, and that nothing was written.
pub(in crate::cli) fn show_blocking(
    findings: &Checked,
    hint: &str,
    workspace: &Workspace,
    ctx: &mut Context,
) {
    ctx.out += &Format::ALL[0].render(
        &findings.with_paths(|name| workspace.display_path(name)),
        ctx.render_options,
    );
    ctx.hint(hint);
}

/// Writes a ticket, or prints the difference. Returns whether it was written.
///
/// # Errors
///
/// Fails if the file changed since it was read, and if it cannot be written.
pub(in crate::cli) fn write(
    before: &Source,
    updated: &Source,
    dry_run: bool,
    workspace: &Workspace,
    ctx: &mut Context,
) -> Result<bool> {
    if dry_run {
        let name = workspace.display_path(before.name());
        ctx.out += &format::diff(&name, before.text(), updated.text());
        return Ok(false);
    }
    workspace.replace_ticket(before, updated.text())?;
    Ok(true)
}

/// The parsed ticket.
///
/// # Errors
///
/// Fails if the ticket is not valid.
fn require_valid(source: &Source, workspace: &Workspace) -> Result<ParsedTicket> {
    parse_valid(source, workspace).ok_or_else(|| {
        let name = workspace.display_path(source.name());
        Error::file(
            format!("`{name}` is not a valid ticket"),
            format!(
                "run `{}` for details",
                shell_command!("tollgate check {path}", path = name)
            ),
        )
    })
}

fn unwritable_note(name: &str) -> Error {
    Error::refused(
        format!("cannot add a note to `{name}` without other changes"),
        "write each note as a `[[notes]]` table",
    )
}

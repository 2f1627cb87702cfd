//! `tollgate ticket`: the life of a ticket.

mod approve;
mod digest;
mod edit;
mod list;
mod new;
mod prompts;
mod show;
mod transition;

use crate::approval::Outlook;
use crate::cli::ExitStatus;
use crate::cli::context::Context;
use crate::error::{Error, Result};
use crate::finding::Checked;
use crate::git::Repository;
use crate::rules::{Settings, lint_repository};
use crate::source::{Source, shell_command};
use crate::ticket::ParsedTicket;
use crate::workspace::Workspace;

/// Create, list, show, edit, move, and approve change tickets.
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
    Digest(digest::Args),
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    match &args.command {
        Command::New(args) => new::run(args, ctx),
        Command::List(args) => list::run(args, ctx),
        Command::Show(args) => show::run(args, ctx),
        Command::Edit(args) => edit::run(args, ctx),
        Command::Move(args) => transition::run(args, ctx),
        Command::Approve(args) => approve::run(args, ctx),
        Command::Digest(args) => digest::run(args, ctx),
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

//! `tollgate ticket close`: writes the outcome of a change and closes its ticket.

use std::time::Duration;

use jiff::Timestamp;

use super::transition::{invalid_transition, require_known_state, unwritable_state};
use super::{
    added_errors, author, find, require_past, require_valid, show_blocking, unwritable_note, write,
};
use crate::cli::ExitStatus;
use crate::cli::args::{parse_text, parse_time, words};
use crate::cli::context::Context;
use crate::document::{Document, parse_duration};
use crate::error::{Error, Result};
use crate::source::{Source, sanitise_line};
use crate::ticket::{
    Ending, NewNote, NewOutcome, ParsedTicket, State, with_note, with_outcome, with_state,
};

/// Close a ticket with the outcome of the change.
///
/// Writes the outcome into the ticket and sets `state` to `closed`. Values that you don't pass stay
/// as they are. If the ticket lacks a field that `closed` requires, or if the outcome would make it
/// invalid, nothing is written and the exit code is 1.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tollgate ticket close pool --result successful\n  \
                        tollgate ticket close pool --result with-issues --note '3 users called'\n  \
                        tollgate ticket close pool --result rolled-back --downtime 5m"
)]
pub(super) struct Args {
    /// Ticket ID or a unique part of it (3 or more characters), file name, or path.
    ticket: String,
    /// Result of the change.
    #[arg(long, value_name = "RESULT", value_parser = words::<Ending>())]
    result: Ending,
    /// Add a note.
    #[arg(long, value_name = "TEXT", value_parser = parse_text)]
    note: Option<String>,
    /// Email address of the author of the note [default: Git's `user.email`].
    #[arg(long, value_name = "EMAIL", value_parser = parse_text, requires = "note")]
    by: Option<String>,
    /// When the deployment started.
    #[arg(long, value_name = "RFC3339", value_parser = parse_time)]
    started_at: Option<Timestamp>,
    /// When the change was deployed.
    #[arg(long, value_name = "RFC3339", value_parser = parse_time)]
    deployed_at: Option<Timestamp>,
    /// When someone confirmed that the change worked.
    #[arg(long, value_name = "RFC3339", value_parser = parse_time)]
    validated_at: Option<Timestamp>,
    /// When the change ended; sets `outcome.ended_at`.
    #[arg(long, value_name = "RFC3339", value_parser = parse_time)]
    finished_at: Option<Timestamp>,
    /// Actual downtime for users, such as 5m.
    #[arg(long, value_name = "DURATION", value_parser = parse_downtime)]
    downtime: Option<Duration>,
    /// Whether the improvement promised in the justification was achieved.
    #[arg(long, value_name = "TEXT", value_parser = parse_text)]
    measured: Option<String>,
    /// What was learned, or a link to the retrospective.
    #[arg(long, value_name = "TEXT", value_parser = parse_text)]
    retrospective: Option<String>,
    /// Show what would change, without writing.
    #[arg(long)]
    dry_run: bool,
}

fn parse_downtime(text: &str) -> std::result::Result<Duration, &'static str> {
    parse_duration(text).ok_or("expected a duration, such as 1h30m")
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    for (option, at) in [
        ("--started-at", args.started_at),
        ("--deployed-at", args.deployed_at),
        ("--validated-at", args.validated_at),
        ("--finished-at", args.finished_at),
    ] {
        at.map_or(Ok(()), |at| require_past(option, at, ctx))?;
    }
    let workspace = ctx.workspace()?;
    let source = find(&args.ticket, &workspace, ctx)?;
    let name = workspace.display_path(source.name());
    let ParsedTicket { ticket, document } = require_valid(&source, &workspace)?;
    require_known_state(&document, &name)?;
    let before = ticket.state;
    if before == State::Closed {
        return Err(Error::usage(
            format!("`{name}` is already closed"),
            "only `notes` and `links` of a closed ticket can change",
        ));
    }
    if !before.may_move_to(State::Closed) {
        return Err(invalid_transition(before, State::Closed));
    }
    let updated = closed(&document, args, &name, ctx)?;
    let blocking = added_errors(&source, &updated, &workspace, ctx)?;
    if !blocking.findings.is_empty() {
        let hint = format!("`{name}` was not changed, because it would have these errors");
        show_blocking(&blocking, &hint, &workspace, ctx);
        return Ok(ExitStatus::Failure);
    }
    if write(&source, &updated, args.dry_run, &workspace, ctx)? {
        let unicode = ctx.render_options.unicode;
        ctx.line(&format!(
            "{}: {} {} closed ({})",
            sanitise_line(&name),
            before.as_str(),
            if unicode { "→" } else { "->" },
            args.result.as_str()
        ));
    }
    Ok(ExitStatus::Success)
}

/// The closed ticket.
///
/// # Errors
///
/// Fails if the text would change in another way, and if the author of the note is unknown.
fn closed(document: &Document, args: &Args, name: &str, ctx: &Context) -> Result<Source> {
    let parse = |text: String| {
        let source = Source::new(document.source().name(), text);
        Document::parse(source).0
    };
    let outcome = NewOutcome {
        result: args.result,
        started_at: args.started_at,
        deployed_at: args.deployed_at,
        validated_at: args.validated_at,
        ended_at: args.finished_at,
        downtime: args.downtime,
        measured: args.measured.clone(),
        retrospective: args.retrospective.clone(),
    };
    let text = with_outcome(document, &outcome).ok_or_else(|| {
        Error::refused(
            format!("cannot write the outcome of `{name}` without other changes"),
            "write it as an `[outcome]` table",
        )
    })?;
    let mut document = parse(text);
    if let Some(text) = &args.note {
        let note = NewNote {
            by: author(args.by.as_ref(), ctx)?,
            at: ctx.now,
            text: text.clone(),
            completed: None,
        };
        let text = with_note(&document, &note).ok_or_else(|| unwritable_note(name))?;
        document = parse(text);
    }
    let text = with_state(&document, State::Closed)
        .ok_or_else(|| unwritable_state(name, State::Closed))?;
    Ok(Source::new(document.source().name(), text))
}

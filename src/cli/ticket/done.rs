//! `tollgate ticket done`: records that a step was completed.

use jiff::Timestamp;

use super::{
    added_errors, author, find, require_past, require_valid, show_blocking, unwritable_note, write,
};
use crate::cli::ExitStatus;
use crate::cli::args::{parse_text, parse_time, words};
use crate::cli::context::Context;
use crate::error::{Error, Result};
use crate::format::counted;
use crate::source::{Source, join_or, sanitise_line, shell_command, shorten};
use crate::ticket::{NewNote, ParsedTicket, Section, State, StepNumber, Ticket, with_note};

/// Record that a step of a ticket was completed.
///
/// Adds a note with the step, the time, and your email address at the end of the file, and changes
/// nothing else. If the note would make the ticket invalid, nothing is written and the exit code is
/// 1.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tollgate ticket done pool 1\n  \
                        tollgate ticket done pool 'new pool size' --at 2026-11-24T08:05:00Z\n  \
                        tollgate ticket done pool 2 --in rollback --note 'back to 20 connections'")]
pub(super) struct Args {
    /// Ticket ID or a unique part of it (3 or more characters), file name, or path.
    ticket: String,
    /// Number of the step, counting from 1, or a unique part of its text or command.
    #[arg(value_parser = parse_text)]
    step: String,
    /// Section of the step.
    #[arg(long = "in", value_name = "SECTION", default_value = "deployment", value_parser = words::<Section>())]
    section: Section,
    /// Time at which the step was completed [default: now].
    #[arg(long, value_name = "RFC3339", value_parser = parse_time)]
    at: Option<Timestamp>,
    /// Email address of the person who completed it [default: Git's `user.email`].
    #[arg(long, value_name = "EMAIL", value_parser = parse_text)]
    by: Option<String>,
    /// Text of the note [default: the text of the step].
    #[arg(long, value_name = "TEXT", value_parser = parse_text)]
    note: Option<String>,
    /// Show what would change, without writing.
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    let at = args.at.unwrap_or(ctx.now);
    require_past("--at", at, ctx)?;
    let workspace = ctx.workspace()?;
    let source = find(&args.ticket, &workspace, ctx)?;
    let parsed = require_valid(&source, &workspace)?;
    let name = workspace.display_path(source.name());
    let ticket = &parsed.ticket;
    if ticket.state == State::Cancelled {
        return Err(Error::usage(
            format!("`{name}` is cancelled, so none of its steps can be completed"),
            "",
        ));
    }
    let number = find_step(ticket, args)?;
    let section = args.section;
    let step = StepNumber { section, number };
    if let Some(note) = ticket.completion(step) {
        let by = note.by.as_ref().map(|by| format!(" by {}", by.text));
        ctx.hint(&format!(
            "{} step {number} of `{name}` is already recorded as done{}; nothing was written",
            section.as_str(),
            by.unwrap_or_default()
        ));
        return Ok(ExitStatus::Success);
    }
    let text = args.note.clone().unwrap_or_else(|| {
        let action = &ticket.steps_in(section)[number - 1].action.text;
        format!("Done: {}", shorten(action))
    });
    let note = NewNote {
        by: author(args.by.as_ref(), ctx)?,
        at,
        text,
        completed: Some(step),
    };
    let text = with_note(&parsed.document, &note).ok_or_else(|| unwritable_note(&name))?;
    let updated = Source::new(source.name(), text);
    let blocking = added_errors(&source, &updated, &workspace, ctx)?;
    if !blocking.findings.is_empty() {
        let hint = format!("`{name}` was not changed, because it would have these errors");
        show_blocking(&blocking, &hint, &workspace, ctx);
        return Ok(ExitStatus::Failure);
    }
    if !write(&source, &updated, args.dry_run, &workspace, ctx)? {
        return Ok(ExitStatus::Success);
    }
    ctx.line(&format!(
        "{}: {} step {number} of {} done by {}",
        sanitise_line(&name),
        section.as_str(),
        ticket.steps_in(section).len(),
        sanitise_line(&note.by)
    ));
    let recorded = require_valid(&updated, &workspace)?;
    ctx.hint(&next_step(&recorded, section, &args.ticket));
    Ok(ExitStatus::Success)
}

/// The step that the command line names.
///
/// # Errors
///
/// Fails if no step of the section, or more than one, is meant.
fn find_step(ticket: &Ticket, args: &Args) -> Result<usize> {
    let Args { step, section, .. } = args;
    let list = shell_command!("tollgate ticket show {ticket}", ticket = args.ticket);
    let name = section.as_str();
    let found = ticket.find_steps(*section, step);
    let message = match found.as_slice() {
        [number] => return Ok(*number),
        [] => format!("no {name} step matches `{}`", shorten(step)),
        several => {
            let steps = ticket.steps_in(*section);
            let describe = |number: &usize| {
                let action = &steps[number - 1].action.text;
                format!("{number} ({})", shorten(action))
            };
            let steps: Vec<String> = several.iter().map(describe).collect();
            let message = format!(
                "`{}` matches {} of `{name}`",
                shorten(step),
                counted(several.len(), "step"),
            );
            let help = format!("use the number of the step: {}", join_or(&steps));
            return Err(Error::usage(message, help));
        }
    };
    let elsewhere = Section::WORDS.iter().find(|word| {
        let other = Section::parse(word).filter(|other| other != section);
        other.is_some_and(|other| ticket.find_steps(other, step).len() == 1)
    });
    let help = match elsewhere {
        Some(word) => format!("to record a {word} step, add `--in {word}`"),
        None => format!("run `{list}` to see the steps"),
    };
    Err(Error::usage(message, help))
}

/// What to do after a step is recorded: the next step, or the command that follows the last one.
fn next_step(recorded: &ParsedTicket, section: Section, named: &str) -> String {
    let ticket = &recorded.ticket;
    if let Some((number, step)) = ticket.next_step(section) {
        let hold = if step.hold {
            " (hold: someone must decide to continue first)"
        } else {
            ""
        };
        return format!("next: step {number}{hold}: {}", shorten(&step.action.text));
    }
    let done = format!("all {} steps are done", section.as_str());
    let can_close = ticket.state.may_move_to(State::Closed);
    match section {
        Section::Deployment if ticket.state.may_move_to(State::Validating) => {
            let command = shell_command!("tollgate ticket move {named} validating", named);
            format!("{done}; next: `{command}`")
        }
        Section::Validation if can_close => {
            let command =
                shell_command!("tollgate ticket close {named} --result successful", named);
            format!("{done}; if the change worked, run `{command}`")
        }
        Section::Rollback if can_close => {
            let command =
                shell_command!("tollgate ticket close {named} --result rolled-back", named);
            format!("{done}; if everything is as before, run `{command}`")
        }
        _ => done,
    }
}

//! `tollgate ticket move`: moves a ticket to another state.

use super::{
    approval_outlook, check_ticket, find, other_tickets, require_valid, show_blocking, write,
};
use crate::approval::request_approval;
use crate::cli::ExitStatus;
use crate::cli::args::words;
use crate::cli::context::Context;
use crate::document::Document;
use crate::error::{Error, Result};
use crate::finding::{Checked, Severity};
use crate::rules::{RuleSelection, Settings};
use crate::source::{Source, any_of, sanitise_line, shorten};
use crate::ticket::{ParsedTicket, State, with_state};
use crate::workspace::Workspace;

/// Move a ticket to another state.
///
/// Only the value of `state` changes in the file. If the ticket lacks a field that the state
/// requires, or if `check` finds errors in a ticket that moves to `reviewed` or `approved`, nothing
/// is written and the exit code is 1.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tollgate ticket move 2026-11-20-raise-the-pool reviewed\n  \
                        tollgate ticket move 2026-11-20-raise-the-pool closed --dry-run"
)]
pub(super) struct Args {
    /// Ticket ID or a unique part of it (3 or more characters), file name, or path.
    ticket: String,
    /// State to move the ticket to.
    #[arg(value_parser = words::<State>())]
    state: State,
    /// Show what would change, without writing.
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    let workspace = ctx.workspace()?;
    let source = find(&args.ticket, &workspace, ctx)?;
    let name = workspace.display_path(source.name());
    let ParsedTicket { ticket, document } = require_valid(&source, &workspace)?;
    let before = ticket.state;
    require_known_state(&document, &name)?;
    if before == args.state {
        ctx.hint(&format!("`{name}` is already `{}`", before.as_str()));
        return Ok(ExitStatus::Success);
    }
    if !before.may_move_to(args.state) {
        return Err(invalid_transition(before, args.state));
    }
    let text =
        with_state(&document, args.state).ok_or_else(|| unwritable_state(&name, args.state))?;
    let updated = Source::new(source.name(), text);
    let settings = Settings::new(workspace.config(), &RuleSelection::default(), ctx.now)?;
    let others = other_tickets(&updated, &workspace)?;
    let checked = check_ticket(&updated, &others, &workspace, &settings)?;
    let blocking_findings = blocking_findings(checked, args.state);
    if !blocking_findings.findings.is_empty() {
        let state = args.state.as_str();
        let hint =
            format!("`{name}` was not changed, because it would have these errors as `{state}`");
        show_blocking(&blocking_findings, &hint, &workspace, ctx);
        return Ok(ExitStatus::Failure);
    }
    if !write(&source, &updated, args.dry_run, &workspace, ctx)? {
        return Ok(ExitStatus::Success);
    }
    let arrow = if ctx.render_options.unicode {
        "→"
    } else {
        "->"
    };
    ctx.line(&format!(
        "{}: {} {arrow} {}",
        sanitise_line(&name),
        before.as_str(),
        args.state.as_str()
    ));
    if args.state == State::Approved {
        hint_at_approvals(&workspace, &updated, ctx);
    }
    Ok(ExitStatus::Success)
}

/// Reports which approvals are missing: the state alone approves nothing.
fn hint_at_approvals(workspace: &Workspace, updated: &Source, ctx: &Context) {
    let Some(outlook) =
        approval_outlook(workspace, updated, ctx).filter(|outlook| !outlook.is_enough())
    else {
        return;
    };
    let path = workspace.display_path(updated.name());
    ctx.hint(&format!(
        "warning: the state is set, but the ticket is not approved yet: {}\n  \
         help: {}",
        outlook.describe(),
        request_approval(
            "someone who did not contribute to the change",
            outlook.judgement.evidence,
            &path
        )
    ));
}

/// What blocks a move to the new state: missing fields, and errors if people vouch for the ticket.
///
/// Once a change is being deployed, an error in its ticket no longer stops people from recording
/// what happens.
fn blocking_findings(mut checked: Checked, state: State) -> Checked {
    let is_vouched_for = matches!(state, State::Reviewed | State::Approved);
    checked.findings.retain(|finding| {
        finding.rule == "ticket/missing-field"
            || is_vouched_for && finding.severity == Severity::Error
    });
    checked
}

/// # Errors
///
/// Fails if the ticket has a state that doesn't exist.
pub(super) fn require_known_state(document: &Document, name: &str) -> Result<()> {
    let Some(node) = document.root().get("state") else {
        return Ok(());
    };
    if node.as_str().and_then(State::parse).is_some() {
        return Ok(());
    }
    let value = node
        .as_str()
        .unwrap_or_else(|| document.source().slice(node.span));
    Err(Error::usage(
        format!("`{name}` has the invalid state `{}`", shorten(value)),
        format!("`state` must be {}", any_of(State::WORDS)),
    ))
}

pub(super) fn unwritable_state(name: &str, state: State) -> Error {
    Error::refused(
        format!("cannot change the state of `{name}` without other changes"),
        format!("edit it by hand: `state = \"{}\"`", state.as_str()),
    )
}

pub(super) fn invalid_transition(before: State, after: State) -> Error {
    let can_follow =
        |word: &&str| State::parse(word).is_some_and(|state| before.may_move_to(state));
    let next_states: Vec<&str> = State::WORDS.iter().copied().filter(can_follow).collect();
    let help = match next_states.as_slice() {
        [] => format!(
            "`{}` is final; create a new ticket that refers to this one",
            before.as_str()
        ),
        states => format!(
            "from `{}`, it can move to {}",
            before.as_str(),
            any_of(states)
        ),
    };
    Error::usage(
        format!(
            "a ticket cannot move from `{}` to `{}`",
            before.as_str(),
            after.as_str()
        ),
        help,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_possible_state_is_listed() {
        let error = invalid_transition(State::Approved, State::Proposed);
        let states = "`draft`, `deploying`, `validating`, `rolling-back`, `closed`, or `cancelled`";
        let help = format!("from `approved`, it can move to {states}");
        assert_eq!(error.help(), Some(help.as_str()));
    }
}

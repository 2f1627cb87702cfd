//! `tollgate ticket move`: brings a ticket into another state.

use super::list::states;
use super::readable;
use crate::cli::Answer;
use crate::cli::context::Context;
use crate::error::{Error, Result};
use crate::finding::Checked;
use crate::format::{self, Format};
use crate::rules::{Choice, Settings, lint_ticket};
use crate::source::{Source, sanitise_line};
use crate::ticket::{self, State};

/// Bring a ticket into another state.
///
/// Only the value of `state` changes in the file. Where the ticket does not say yet what the state asks for, nothing is
/// written, and what is lacking is shown: exit code 1.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tollgate ticket move 2026-11-20-raise-the-pool reviewed\n  \
                        tollgate ticket move 2026-11-20-raise-the-pool closed --dry-run")]
pub(super) struct Args {
    /// Its id, its file's name or its path.
    ticket: String,
    /// The state to bring it into.
    #[arg(value_parser = states())]
    state: State,
    /// Show what would change, and write nothing.
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<Answer> {
    let workspace = ctx.workspace()?;
    let source = workspace.find_ticket(&args.ticket)?;
    let name = workspace.seen(source.name());
    let document = readable(&source, &workspace)?;
    let before = ticket::parse(&document).0.state;
    if let Some(node) = document.root().get("state").filter(|node| node.as_str().and_then(State::parse).is_none()) {
        let written = source.slice(node.span);
        let help = format!("`state` is one of {}", State::WORDS.join(", "));
        return Err(Error::usage(format!("`{name}` is in no state: {written}"), help));
    }
    if before == args.state {
        ctx.hint(&format!("`{name}` is {} already", before.as_str()));
        return Ok(Answer::Yes);
    }
    if !before.may_move_to(args.state) {
        return Err(illegal(before, args.state));
    }
    let text = ticket::moved(&document, args.state).ok_or_else(|| {
        let help = format!("write `state = \"{}\"` into it by hand", args.state.as_str());
        Error::refused(format!("the state of `{name}` cannot be changed without changing more"), help)
    })?;
    let moved = Source::new(source.name(), text);
    let settings = Settings::new(workspace.config(), &Choice::default(), ctx.now)?;
    let lacking = lacking(&moved, &settings);
    if !lacking.findings.is_empty() {
        ctx.out += &Format::ALL[0].render(&lacking.with_paths(|name| workspace.seen(name)), ctx.look);
        ctx.hint(&format!("`{name}` stays {}", before.as_str()));
        return Ok(Answer::No);
    }
    if args.dry_run {
        ctx.out += &format::diff(&name, source.text(), moved.text());
        return Ok(Answer::Yes);
    }
    workspace.replace_ticket(&source, moved.text())?;
    let arrow = if ctx.look.unicode { "→" } else { "->" };
    ctx.line(&format!("{}: {} {arrow} {}", sanitise_line(&name), before.as_str(), args.state.as_str()));
    Ok(Answer::Yes)
}

/// What the ticket does not say and must in its state.
fn lacking(moved: &Source, settings: &Settings) -> Checked {
    let mut checked = lint_ticket(moved, settings);
    checked.findings.retain(|finding| finding.rule == "ticket/missing-field");
    checked
}

fn illegal(before: State, after: State) -> Error {
    let ends: Vec<&str> = before.followers().iter().map(|state| state.as_str()).collect();
    let help = match ends.as_slice() {
        [] => format!("what is {} stays so; write a new ticket, and let it name this one", before.as_str()),
        ends => format!("from {} the way leads to {}", before.as_str(), ends.join(", ")),
    };
    Error::usage(format!("no way leads from {} to {}", before.as_str(), after.as_str()), help)
}

//! `tollgate ticket show`: one ticket at a glance.

use jiff::tz::TimeZone;

use super::{outlook, readable};
use crate::cli::Answer;
use crate::cli::context::Context;
use crate::cli::next::TextOrJson;
use crate::error::Result;
use crate::format::{self, Shown};
use crate::rules::{self, Choice, Settings};
use crate::ticket;

/// Show one ticket at a glance.
///
/// What it changes and why, its risk with the points that make it up, its steps, its approvals and whether they are of
/// this plan, what `check` finds, and what the next state asks for.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tollgate ticket show 2026-11-20-raise-the-pool\n  \
                        tollgate ticket show changes/2026-11-20-raise-the-pool.toml --format json")]
pub(super) struct Args {
    /// Its id, its file's name or its path.
    ticket: String,
    /// Write it for people or for programs.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: TextOrJson,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<Answer> {
    let workspace = ctx.workspace()?;
    let source = workspace.find_ticket(&args.ticket)?;
    let document = readable(&source, &workspace)?;
    let settings = Settings::new(workspace.config(), &Choice::default(), ctx.now)?;
    let others: Vec<_> = workspace.tickets()?.into_iter().filter(|other| other.name() != source.name()).collect();
    let checked = rules::lint_tickets(std::slice::from_ref(&source), &others, &settings);
    let (ticket, _) = ticket::parse(&document);
    let outlook = outlook(&workspace, &source, ctx);
    let today = ctx.now.to_zoned(TimeZone::UTC).date();
    let shown = Shown {
        score: &ticket.computed_risk(today, &workspace.config().risk),
        ticket: &ticket,
        digest: &ticket::digest(&document),
        checked: &checked,
        outlook: outlook.as_ref(),
    };
    ctx.out.push_str(&match args.format {
        TextOrJson::Text => format::ticket_text(&shown),
        TextOrJson::Json => format::ticket_json(&shown),
    });
    Ok(Answer::Yes)
}

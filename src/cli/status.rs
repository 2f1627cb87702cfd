//! `tollgate status`: versions, tickets, and what is blocking the release.

use crate::app::release::{Preview, Push, ReleaseOptions, preview_release};
use crate::cli::ExitStatus;
use crate::cli::context::Context;
use crate::cli::document_format::{DocumentFormat, TextOrJson};
use crate::cli::packages::PackageFilter;
use crate::cli::release::warn_of_skipped;
use crate::cli::ticket::outlooks_of_waiting;
use crate::cli::version_hints::{ConfigFrom, hint_at_tags, note_uncommitted_config};
use crate::error::Result;
use crate::finding::Checked;
use crate::format::{self, Status};
use crate::git;
use crate::history::NextOptions;
use crate::release::Purpose;
use crate::ticket::{ParsedTicket, State};

/// Show versions, tickets, and what is blocking the release.
///
/// Prints the current and the next version (of each package), the number of unreleased commits, the
/// tickets by state, and any errors that block a release.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tollgate status\n  tollgate status --package core\n  tollgate status --json"
)]
pub(super) struct Args {
    #[command(flatten)]
    package_filter: PackageFilter,
    #[command(flatten)]
    format: DocumentFormat,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    let repository = ctx.repository()?;
    let options = ReleaseOptions {
        purpose: Purpose::Preview,
        directory: ctx.directory.clone(),
        config: ctx.config.clone(),
        package: args.package_filter.package.clone(),
        version: NextOptions::default(),
        push: Push::No,
        emergency: None,
        now: ctx.now,
    };
    note_uncommitted_config(ConfigFrom::Head, &repository, ctx);
    let Preview { versions, proposal } = preview_release(&repository, &options)?;
    hint_at_tags(&versions, &repository, ctx);
    let (checked, follow_ups, problem) = match &proposal {
        Ok(proposal) => {
            warn_of_skipped(&proposal.skipped, ctx);
            (proposal.checked.clone(), &proposal.follow_ups[..], None)
        }
        Err(error) => (Checked::default(), &[][..], Some(error)),
    };
    let states = match repository.root() {
        Some(_) => states(ctx)?,
        None => Vec::new(),
    };
    let pending = git::pending(&repository)?;
    let status = Status {
        versions: &versions,
        checked: &checked,
        problem,
        pending: &pending,
        states: &states,
        follow_ups,
    };
    let options = ctx.screen_options();
    ctx.out.push_str(&match args.format.get() {
        TextOrJson::Text => format::status(&status, options),
        TextOrJson::Json => format::status_json(&status),
    });
    Ok(ExitStatus::Success)
}

/// The state of each ticket of the work tree; one that cannot be read or parsed has none, and
/// neither has one with an invalid state.
fn states(ctx: &Context) -> Result<Vec<Option<State>>> {
    let workspace = ctx.workspace()?;
    let found = workspace.find_tickets()?;
    let parsed = found.tickets.iter().map(ParsedTicket::parse);
    let tickets: Vec<ParsedTicket> = parsed.filter_map(std::result::Result::ok).collect();
    let outlooks = outlooks_of_waiting(&workspace, &tickets, ctx);
    let state = |parsed: &ParsedTicket| {
        let written = parsed.ticket.state;
        let outlook = outlooks.get(parsed.path());
        let is_valid = !parsed.ticket.invalid_words.contains_key("state");
        is_valid.then(|| outlook.map_or(written, |outlook| outlook.judgement.state()))
    };
    let unreadable = found.unreadable.len() + found.tickets.len() - tickets.len();
    let unreadable = std::iter::repeat_n(None, unreadable);
    Ok(tickets.iter().map(state).chain(unreadable).collect())
}

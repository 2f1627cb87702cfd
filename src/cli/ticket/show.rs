//! `tollgate ticket show`: one ticket at a glance.

use jiff::tz::TimeZone;

use super::{approval_outlook, check_ticket, find, other_tickets, require_valid};
use crate::cli::ExitStatus;
use crate::cli::context::Context;
use crate::cli::document_format::{DocumentFormat, TextOrJson};
use crate::error::Result;
use crate::finding::{Checked, Finding, Severity};
use crate::format::{self, ApprovalOutlook, TicketDetails};
use crate::rules::{RuleSelection, Settings};
use crate::source::Source;
use crate::ticket::{self, ParsedTicket, with_state};

/// Show one ticket.
///
/// Prints its purpose, its risk and how that is computed, its steps, its approvals and whether they
/// match the current plan, the findings of `check`, and what the next state requires.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tollgate ticket show 2026-11-20-raise-the-pool\n  \
                        tollgate ticket show changes/2026-11-20-raise-the-pool.toml --json"
)]
pub(super) struct Args {
    /// Ticket ID or a unique part of it (3 or more characters), file name, or path.
    ticket: String,
    #[command(flatten)]
    format: DocumentFormat,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    let workspace = ctx.workspace()?;
    let source = find(&args.ticket, &workspace, ctx)?;
    let parsed = require_valid(&source, &workspace)?;
    let ParsedTicket { ticket, document } = &parsed;
    let settings = Settings::new(workspace.config(), &RuleSelection::default(), ctx.now)?;
    let others = other_tickets(&source, &workspace)?;
    let checked = check_ticket(&source, &others, &workspace, &settings)?;
    let outlook = approval_outlook(&workspace, &source, ctx);
    let next = match &outlook {
        Some(outlook) => outlook.next_state(ticket),
        None => ticket.next_states().first().copied(),
    };
    let moved = next.and_then(|next| with_state(document, next));
    let moved = moved.map(|text| Source::new(parsed.path(), text));
    let next_errors = match &moved {
        Some(moved) => errors_besides_fields(&check_ticket(moved, &others, &workspace, &settings)?),
        None => checked.count(Severity::Error),
    };
    let today = ctx.now.to_zoned(TimeZone::UTC).date();
    let shown = TicketDetails {
        score: &ticket.computed_risk(today, &workspace.config().risk),
        ticket,
        digest: &ticket::digest(document),
        checked: &checked,
        next_errors,
        outlook: match &outlook {
            Some(outlook) => ApprovalOutlook::Known(outlook),
            None if workspace.config().approvals.is_some() => ApprovalOutlook::Unknown,
            None => ApprovalOutlook::NotRequired,
        },
    };
    ctx.out.push_str(&match args.format.get() {
        TextOrJson::Text => format::ticket_text(&shown, ctx.screen_options()),
        TextOrJson::Json => format::ticket_json(&shown),
    });
    Ok(ExitStatus::Success)
}

/// How many errors there are besides missing fields, which are listed by name.
fn errors_besides_fields(checked: &Checked) -> usize {
    let is_other = |finding: &&Finding| {
        finding.severity == Severity::Error && finding.rule != "ticket/missing-field"
    };
    checked.findings.iter().filter(is_other).count()
}

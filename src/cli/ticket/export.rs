//! `tollgate ticket export`: a ticket in another system's format.

use jiff::tz::TimeZone;

use super::{approval_outlook, find, require_valid};
use crate::app::project::project_name;
use crate::cli::ExitStatus;
use crate::cli::context::Context;
use crate::error::{Error, Result};
use crate::format::{ServiceNowChange, servicenow_json};
use crate::git::Repository;
use crate::source::shell_command;
use crate::ticket::{digest, has_prompts};

/// Print a ticket in another system's format.
///
/// For ServiceNow, this is a JSON object for its `change_request` table. The risk is the higher of
/// the declared and the computed level, times are in UTC, and people are identified by their email
/// addresses. Nothing is sent anywhere.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tollgate ticket export pool --for servicenow\n  \
                        tollgate ticket export pool --for servicenow > change.json"
)]
pub(super) struct Args {
    /// Ticket ID or a unique part of it (3 or more characters), file name, or path.
    ticket: String,
    /// System to export the ticket for.
    #[arg(long = "for", value_name = "SYSTEM")]
    system: System,
}

/// The systems that a ticket can be exported for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum System {
    Servicenow,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    let workspace = ctx.workspace()?;
    let source = find(&args.ticket, &workspace, ctx)?;
    let name = workspace.display_path(source.name());
    let parsed = require_valid(&source, &workspace)?;
    if has_prompts(source.text()) || !parsed.faults().is_empty() {
        let command = shell_command!("tollgate check {path}", path = name);
        return Err(Error::usage(
            format!("`{name}` is not complete, so it cannot be exported"),
            format!("run `{command}` to see what is missing"),
        ));
    }
    let config = workspace.config();
    let project = match Repository::find(&ctx.directory)? {
        Some(repository) => project_name(&repository, config, None),
        None => config.reports.project.clone().unwrap_or_default(),
    };
    let today = ctx.now.to_zoned(TimeZone::UTC).date();
    let outlook = approval_outlook(&workspace, &source, ctx);
    let change = ServiceNowChange {
        ticket: &parsed.ticket,
        digest: &digest(&parsed.document),
        project: &project,
        risk: parsed.ticket.stricter_risk(today, &config.risk),
        approvals: outlook.as_ref().map(|outlook| &outlook.judgement),
    };
    match args.system {
        System::Servicenow => ctx.out += &servicenow_json(&change),
    }
    Ok(ExitStatus::Success)
}

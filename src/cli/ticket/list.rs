//! `tollgate ticket list`: the tickets of the repository.

use jiff::tz::TimeZone;

use super::{outlooks_of_waiting, parse_valid};
use crate::cli::ExitStatus;
use crate::cli::args::words;
use crate::cli::context::Context;
use crate::cli::document_format::{DocumentFormat, TextOrJson};
use crate::config::Config;
use crate::error::Result;
use crate::format::{self, ListedTicket};
use crate::source::shell_command;
use crate::ticket::{Category, RiskLevel, State};

/// List the tickets in the repository.
///
/// If you pass several filters, a ticket must match all of them. A filter with several values
/// matches any of them.
#[derive(Debug, clap::Args)]
#[command(
    visible_alias = "ls",
    after_help = "Examples:\n  tollgate ticket list --state proposed,reviewed\n  \
                        tollgate ticket list --service billing-api --risk high,critical --json"
)]
pub(super) struct Args {
    /// Only tickets in these states.
    #[arg(long, value_name = "STATE", value_delimiter = ',', value_parser = words::<State>())]
    state: Vec<State>,
    /// Only tickets for these services; a ticket without `services` applies to all.
    #[arg(long, value_name = "SERVICE", value_delimiter = ',')]
    service: Vec<String>,
    /// Only tickets assigned to this person, under any of their names in `[people]`.
    #[arg(long, value_name = "PERSON", value_delimiter = ',')]
    assignee: Vec<String>,
    /// Only tickets with these risk levels (declared, or computed if not declared).
    #[arg(long, value_name = "LEVEL", value_delimiter = ',', value_parser = words::<RiskLevel>())]
    risk: Vec<RiskLevel>,
    /// Only tickets in these categories.
    #[arg(long, value_name = "CATEGORY", value_delimiter = ',', value_parser = words::<Category>())]
    category: Vec<Category>,
    #[command(flatten)]
    format: DocumentFormat,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    let workspace = ctx.workspace()?;
    let today = ctx.now.to_zoned(TimeZone::UTC).date();
    let (mut tickets, mut unreadable) = (Vec::new(), Vec::new());
    let found = workspace.find_tickets()?;
    for source in found.tickets {
        match parse_valid(&source, &workspace) {
            Some(parsed) => tickets.push(parsed),
            None => unreadable.push(source.name().to_owned()),
        }
    }
    let mut outlooks = outlooks_of_waiting(&workspace, &tickets, ctx);
    let mut listed = Vec::new();
    for parsed in tickets {
        let one = ListedTicket {
            risk: parsed.ticket.risk_level(today, &workspace.config().risk),
            outlook: outlooks.remove(parsed.path()),
            ticket: parsed.ticket,
        };
        if args.matches(&one, workspace.config()) {
            listed.push(one);
        }
    }
    for error in &found.unreadable {
        ctx.hint(&format!("warning: {error}"));
    }
    for path in &unreadable {
        let path = workspace.display_path(path);
        let command = shell_command!("tollgate check {path}", path);
        ctx.hint(&format!(
            "warning: `{path}` is not a valid ticket\n  help: run `{command}` for details"
        ));
    }
    match args.format.get() {
        TextOrJson::Json => ctx
            .out
            .push_str(&format::tickets_json(&listed, &unreadable)),
        TextOrJson::Text => {
            if listed.is_empty() {
                ctx.hint(if args.has_filter() {
                    "no tickets match"
                } else {
                    "no tickets yet"
                });
            }
            ctx.out
                .push_str(&format::tickets_text(&listed, ctx.screen_options()));
        }
    }
    Ok(ExitStatus::Success)
}

impl Args {
    fn has_filter(&self) -> bool {
        let Self {
            state,
            service,
            assignee,
            risk,
            category,
            ..
        } = self;
        !(state.is_empty()
            && service.is_empty()
            && assignee.is_empty()
            && risk.is_empty()
            && category.is_empty())
    }

    fn matches(&self, listed: &ListedTicket, config: &Config) -> bool {
        let ticket = &listed.ticket;
        let has_service =
            |service: &String| ticket.services.iter().any(|named| named.text == *service);
        let is_assigned = |person: &String| {
            let assignee = ticket.assignee.as_ref();
            assignee.is_some_and(|assignee| config.is_same_person(&assignee.text, person))
        };
        let is_valid = |key| !ticket.invalid_words.contains_key(key);
        let has_state = is_valid("state") && self.state.contains(&listed.state());
        let has_risk = is_valid("risk.level") && self.risk.contains(&listed.risk);
        (self.state.is_empty() || has_state)
            && (self.service.is_empty()
                || ticket.services.is_empty()
                || self.service.iter().any(has_service))
            && (self.assignee.is_empty() || self.assignee.iter().any(is_assigned))
            && (self.risk.is_empty() || has_risk)
            && (self.category.is_empty()
                || ticket
                    .category
                    .is_some_and(|category| self.category.contains(&category)))
    }
}

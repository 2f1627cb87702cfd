//! `tollgate schema`: the JSON schemas of what is read and written.

use clap::builder::PossibleValuesParser;

use crate::cli::Answer;
use crate::cli::context::Context;
use crate::error::Result;
use crate::{format, rules, ticket};

/// Print a JSON schema.
///
/// There are schemas for tickets, the configuration, and the JSON output of commands. The schema
/// `check` also describes the output of `commit-msg`, and `next` that of `explain`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tollgate schema ticket > ticket.schema.json\n  tollgate schema config"
)]
pub(super) struct Args {
    /// Schema to print.
    #[arg(value_name = "SCHEMA", value_parser = names())]
    of: String,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<Answer> {
    let document = |(_, schema): &(&str, &str)| (*schema).to_owned();
    ctx.out += &match args.of.as_str() {
        "ticket" => format::document(&ticket::schema()),
        "config" => format::document(&rules::configuration_schema()),
        of => format::SCHEMAS
            .iter()
            .find(|(name, _)| *name == of)
            .map(document)
            .unwrap_or_default(),
    };
    Ok(Answer::Yes)
}

fn names() -> PossibleValuesParser {
    ["ticket", "config"]
        .into_iter()
        .chain(format::SCHEMAS.iter().map(|(name, _)| *name))
        .collect::<Vec<_>>()
        .into()
}

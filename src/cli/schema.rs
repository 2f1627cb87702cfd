//! `tollgate schema`: the JSON schemas of what is read and written.

use clap::builder::PossibleValuesParser;

use crate::cli::ExitStatus;
use crate::cli::context::Context;
use crate::error::Result;
use crate::{format, release_file, rules, ticket};

/// Print a JSON Schema.
///
/// There are schemas for tickets, release files, the configuration, and the JSON output of commands.
/// `check` also describes the output of `commit-msg`; `next` also describes the output of
/// `explain VERSION`, and `rules` also describes the output of `explain RULE`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tollgate schema ticket > ticket.schema.json\n  tollgate schema config"
)]
pub(super) struct Args {
    /// Schema to print.
    #[arg(value_name = "SCHEMA", value_parser = names())]
    name: String,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    let document = |(_, schema): &(&str, &str)| (*schema).to_owned();
    ctx.out += &match args.name.as_str() {
        "ticket" => format::document(&ticket::schema()),
        "release-file" => format::document(&release_file::schema()),
        "config" => format::document(&rules::configuration_schema()),
        name => format::SCHEMAS
            .iter()
            .find(|(known, _)| *known == name)
            .map(document)
            .unwrap_or_default(),
    };
    Ok(ExitStatus::Success)
}

fn names() -> PossibleValuesParser {
    ["ticket", "release-file", "config"]
        .into_iter()
        .chain(format::SCHEMAS.iter().map(|(name, _)| *name))
        .collect::<Vec<_>>()
        .into()
}

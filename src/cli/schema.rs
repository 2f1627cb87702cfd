//! `tollgate schema`: the JSON schemas of what is read and written.

use clap::ValueEnum;

use crate::cli::Answer;
use crate::cli::context::Context;
use crate::error::Result;
use crate::{config, format, ticket};

/// Print a JSON schema, for editors and for programs that read the output.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: tollgate schema ticket > ticket.schema.json")]
pub(super) struct Args {
    /// Of what.
    of: Of,
}

/// What has a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Of {
    /// A ticket's file.
    Ticket,
    /// A configuration.
    Config,
    /// What `--format json` prints of findings.
    Check,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<Answer> {
    ctx.out += &match args.of {
        Of::Ticket => format::document(&ticket::schema()),
        Of::Config => format::document(&config::schema()),
        Of::Check => format::CHECK_SCHEMA.to_owned(),
    };
    Ok(Answer::Yes)
}

//! `tollgate ticket`: the life of a ticket.

mod new;

use crate::cli::Answer;
use crate::cli::context::Context;
use crate::error::Result;

/// Work on tickets.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    New(new::Args),
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<Answer> {
    match &args.command {
        Command::New(args) => new::run(args, ctx),
    }
}

//! `tollgate config`: what the configuration says.

use crate::cli::Answer;
use crate::cli::context::Context;
use crate::error::Result;
use crate::source::sanitise_line;

/// Show the configuration.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Print every setting that holds, defaults included, as a configuration.
    #[command(after_help = "Example: tollgate config show > tollgate.toml")]
    Show,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<Answer> {
    let Command::Show = args.command;
    let config = ctx.config()?;
    match &config.source {
        Some(source) => ctx.line(&format!("# from {}, with the defaults", sanitise_line(source.name()))),
        None => ctx.line("# the defaults: there is no configuration"),
    }
    ctx.out += &config.to_toml();
    Ok(Answer::Yes)
}

//! `tollgate config`: what the configuration says.

use std::path::PathBuf;

use crate::cli::Answer;
use crate::cli::context::Context;
use crate::error::Result;
use crate::files;
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
    #[command(after_help = "Example: tollgate config show --output tollgate.toml")]
    Show {
        /// Write the configuration to FILE instead of standard output; FILE may be the configuration itself.
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<Answer> {
    let Command::Show { output } = &args.command;
    let config = ctx.config()?;
    let origin = match &config.source {
        Some(source) => format!("# from {}, with the defaults\n", sanitise_line(source.name())),
        None => "# the defaults: there is no configuration\n".to_owned(),
    };
    let text = origin + &config.to_toml();
    match output {
        Some(path) => files::replace_file(&ctx.output_path(path)?, &text)?,
        None => ctx.text(text),
    }
    Ok(Answer::Yes)
}

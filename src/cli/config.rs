//! `tollgate config`: shows the configuration.

use std::path::PathBuf;

use crate::cli::ExitStatus;
use crate::cli::context::Context;
use crate::error::Result;
use crate::files;
use crate::source::sanitise_line;

/// Show the effective configuration.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Print the effective settings as a configuration file.
    ///
    /// Includes defaults. A setting that has no value is left out.
    #[command(
        after_help = "Examples:\n  tollgate config show\n  tollgate config show --output tollgate.toml"
    )]
    Show {
        /// Write to FILE instead of standard output; it may be the configuration file itself.
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    let Command::Show { output } = &args.command;
    let config = ctx.config()?;
    let origin = match &config.source {
        Some(source) => format!(
            "# from {}, including defaults\n",
            sanitise_line(source.name())
        ),
        None => "# defaults: there is no configuration file\n".to_owned(),
    };
    let text = origin + &config.to_toml();
    match output {
        Some(path) => files::replace_file(&ctx.output_path(path)?, &text)?,
        None => ctx.text(text),
    }
    Ok(ExitStatus::Success)
}

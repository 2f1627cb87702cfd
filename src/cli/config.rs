//! `tollgate config`: shows the configuration.

use std::path::PathBuf;

use crate::cli::ExitStatus;
use crate::cli::context::Context;
use crate::error::Result;
use crate::files;
use crate::source::sanitise_line;
use crate::workspace::check_config_output;

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
        /// Write to FILE instead of standard output.
        ///
        /// FILE can be the current configuration file, but no other existing file, such as
        /// `Cargo.toml`, and no file that would be a second configuration.
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
        Some(named) => {
            let path = ctx.output_path(named)?;
            check_config_output(&path, named, ctx.work_tree()?.as_ref())?;
            files::replace_file(&path, &text)?;
        }
        None => ctx.text(text),
    }
    Ok(ExitStatus::Success)
}

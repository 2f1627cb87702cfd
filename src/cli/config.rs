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
    /// Includes defaults. Settings without a value are left out or commented out. With `--output`,
    /// FILE must not exist yet or must be the current configuration file. Tollgate does not create a
    /// second configuration file beside an existing one.
    #[command(
        after_help = "Examples:\n  tollgate config show\n  tollgate config show --output tollgate.toml"
    )]
    Show {
        /// Write to FILE instead of standard output.
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
            let tree = ctx.work_tree()?;
            let current = ctx.config_path(&config, tree.as_ref());
            check_config_output(&path, named, tree.as_ref(), current.as_deref())?;
            files::replace_file(&path, &text)?;
        }
        None => ctx.text(text),
    }
    Ok(ExitStatus::Success)
}

//! `tollgate completions`: the completion script of a shell.

use crate::cli::ExitStatus;
use crate::cli::command;
use crate::cli::context::Context;
use crate::error::Result;

/// Generate a shell completion script.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  source <(tollgate completions bash)\n  \
                        tollgate completions fish > ~/.config/fish/completions/tollgate.fish")]
pub(super) struct Args {
    /// Shell to generate the script for.
    shell: clap_complete::Shell,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command(), "tollgate", &mut script);
    ctx.out.push_str(&String::from_utf8_lossy(&script));
    Ok(ExitStatus::Success)
}

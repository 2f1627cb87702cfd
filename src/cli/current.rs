//! `tollgate current`: the current version.

use crate::cli::Answer;
use crate::cli::context::Context;
use crate::cli::next::TextOrJson;
use crate::error::Result;
use crate::format;
use crate::history::{self, CurrentScope};

/// Print the current version: the greatest version tag that HEAD descends from.
///
/// Where there is none it prints nothing and ends with exit code 1.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tollgate current        1.2.3\n  tollgate current --pre  1.3.0-rc.1, where that is the latest"
)]
pub(super) struct Args {
    /// See pre-releases too.
    #[arg(long)]
    pre: bool,
    /// Write it for people or for programs.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: TextOrJson,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<Answer> {
    let repository = ctx.repository()?;
    let config = ctx.load_config(&repository)?;
    let scope = if args.pre { CurrentScope::WithPrereleases } else { CurrentScope::Stable };
    let current = history::current(&repository.history()?, &config.version, scope)?;
    if args.format == TextOrJson::Json {
        ctx.out.push_str(&format::current_json(current.as_ref()));
    } else if let Some(base) = &current {
        ctx.line(&base.version.to_string());
    }
    Ok(if current.is_some() { Answer::Yes } else { Answer::No })
}

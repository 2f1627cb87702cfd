//! `tollgate explain`: why the next version is what it is.

use crate::cli::Answer;
use crate::cli::context::Context;
use crate::cli::next::{TextOrJson, Wish};
use crate::error::Result;
use crate::format;
use crate::history;

/// Explain the next version: its base, each commit since, and what each counts for.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tollgate explain                 the commit that decides is marked with >\n  tollgate explain --format json   for programs"
)]
pub(super) struct Args {
    #[command(flatten)]
    wish: Wish,
    /// Write it for people or for programs.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: TextOrJson,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<Answer> {
    let repository = ctx.repository()?;
    let config = ctx.load_config(&repository)?;
    let next = history::next(&repository.history()?, &config.version, &args.wish.options())?;
    ctx.out.push_str(&match args.format {
        TextOrJson::Text => format::explain(&next),
        TextOrJson::Json => format::explain_json(&next, &config.version),
    });
    Ok(Answer::Yes)
}

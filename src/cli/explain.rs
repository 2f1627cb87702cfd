//! `tollgate explain`: why the next version is what it is, or what a rule wants.

use crate::cli::Answer;
use crate::cli::context::Context;
use crate::cli::next::{TextOrJson, Wish};
use crate::cli::rules;
use crate::error::Result;
use crate::format;
use crate::history;

/// Explain the next version, or a rule.
///
/// Of the next version: its base, each commit since, and what each counts for. Of a rule: its page.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tollgate explain                 the commit that decides is marked with >\n  tollgate explain --format json   for programs\n  tollgate explain ticket/missing-field"
)]
pub(super) struct Args {
    /// A rule, such as `ticket/missing-field`.
    #[arg(conflicts_with_all = ["pre", "bump", "set_version", "build"])]
    rule: Option<String>,
    #[command(flatten)]
    wish: Wish,
    /// Write it for people or for programs.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: TextOrJson,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<Answer> {
    if let Some(word) = &args.rule {
        ctx.out += &rules::page(word)?;
        return Ok(Answer::Yes);
    }
    let repository = ctx.repository()?;
    let config = ctx.load_config(&repository)?;
    let next = history::next(&repository.history()?, &config.version, &args.wish.options())?;
    ctx.out.push_str(&match args.format {
        TextOrJson::Text => format::explain(&next),
        TextOrJson::Json => format::explain_json(&next, &config.version),
    });
    Ok(Answer::Yes)
}

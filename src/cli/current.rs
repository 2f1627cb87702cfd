//! `tollgate current`: the current version.

use serde::Serialize;

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

#[derive(Serialize)]
struct WireCurrent {
    schema_version: u8,
    current: Option<String>,
    tag: Option<String>,
    commit: Option<String>,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<Answer> {
    let repository = ctx.repository()?;
    let config = ctx.load_config(&repository)?;
    let scope = if args.pre { CurrentScope::WithPrereleases } else { CurrentScope::Stable };
    let current = history::current(&repository.history()?, &config.version, scope)?;
    if args.format == TextOrJson::Json {
        let wire = WireCurrent {
            schema_version: 1,
            current: current.as_ref().map(|base| base.version.to_string()),
            tag: current.as_ref().map(|base| base.tag.clone()),
            commit: current.as_ref().map(|base| base.commit.to_string()),
        };
        ctx.out.push_str(&format::document(&wire));
    } else if let Some(base) = &current {
        ctx.line(&base.version.to_string());
    }
    Ok(if current.is_some() { Answer::Yes } else { Answer::No })
}

//! `tollgate current`: the current version.

use crate::cli::ExitStatus;
use crate::cli::context::Context;
use crate::cli::document_format::{DocumentFormat, TextOrJson};
use crate::cli::packages::PackageFilter;
use crate::error::Result;
use crate::format;
use crate::history::{CurrentScope, CurrentVersion};
use crate::source::sanitise_line;

/// Print the current version.
///
/// The current version is the highest version tag reachable from HEAD. If there is no version tag,
/// nothing is printed and the exit code is 1. In a repository with packages, one line is printed
/// per package: its name and version.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tollgate current                1.2.3\n  \
                  tollgate current --pre          1.3.0-rc.1, if that is the latest\n  \
                  tollgate current --package core")]
pub(super) struct Args {
    /// Include pre-releases.
    #[arg(long)]
    pre: bool,
    #[command(flatten)]
    package_filter: PackageFilter,
    #[command(flatten)]
    format: DocumentFormat,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    let repository = ctx.repository()?;
    let config = ctx.load_config(&repository)?;
    let scope = if args.pre {
        CurrentScope::WithPrereleases
    } else {
        CurrentScope::Stable
    };
    let query = args.package_filter.query(&config);
    let current = query.current(&repository.history()?, scope)?;
    match args.format.get() {
        TextOrJson::Json => {
            let json = format::current_json(&current, query.is_single());
            ctx.out.push_str(&json);
        }
        TextOrJson::Text => {
            for CurrentVersion { name, tag } in &current {
                match (name, tag) {
                    (_, None) => {}
                    (Some(name), Some(tag)) if !query.is_single() => {
                        ctx.line(&format!("{} {}", sanitise_line(name), tag.version));
                    }
                    (_, Some(tag)) => ctx.line(&tag.version.to_string()),
                }
            }
        }
    }
    Ok(if current.iter().any(|current| current.tag.is_some()) {
        ExitStatus::Success
    } else {
        ExitStatus::Failure
    })
}

//! `tollgate current`: the current version.

use crate::cli::ExitStatus;
use crate::cli::context::Context;
use crate::cli::output_format::{OutputFormat, TextOrJson};
use crate::cli::packages::PackageFilter;
use crate::error::Result;
use crate::format;
use crate::history::{self, Base, CurrentScope};
use crate::source::sanitise_line;

/// Print the current version.
///
/// The current version is the highest version tag reachable from HEAD. If there is no version tag,
/// nothing is printed and the exit code is 1. In a repository with packages, each line has a
/// package and its version.
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
    format: OutputFormat,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    let repository = ctx.repository()?;
    let config = ctx.load_config(&repository)?;
    let scope = if args.pre {
        CurrentScope::WithPrereleases
    } else {
        CurrentScope::Stable
    };
    let history = repository.history()?;
    let current = match args.package_filter.settings(&config) {
        None => history::current(&history, &config.version, scope)?,
        Some(settings) => {
            let found = history::current_packages(&history, settings, scope)?;
            if settings.only.is_none() {
                return Ok(write_packages(&found, args, ctx));
            }
            found.into_iter().find_map(|(_, current)| current)
        }
    };
    if args.format.get() == TextOrJson::Json {
        ctx.out.push_str(&format::current_json(current.as_ref()));
    } else if let Some(base) = &current {
        ctx.line(&base.version.to_string());
    }
    Ok(if current.is_some() {
        ExitStatus::Success
    } else {
        ExitStatus::Failure
    })
}

fn write_packages(
    packages: &[(String, Option<Base>)],
    args: &Args,
    ctx: &mut Context,
) -> ExitStatus {
    if args.format.get() == TextOrJson::Json {
        ctx.out.push_str(&format::current_packages_json(packages));
    } else {
        for (name, current) in packages {
            if let Some(base) = current {
                ctx.line(&format!("{} {}", sanitise_line(name), base.version));
            }
        }
    }
    if packages.iter().any(|(_, current)| current.is_some()) {
        ExitStatus::Success
    } else {
        ExitStatus::Failure
    }
}

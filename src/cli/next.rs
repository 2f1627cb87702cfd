//! `tollgate next`: the next version.

use clap::ValueEnum;
use semver::{BuildMetadata, Version};

use crate::cli::Answer;
use crate::cli::context::Context;
use crate::cli::packages::Chosen;
use crate::error::Result;
use crate::format;
use crate::history::{self, NextOptions, PackageNext, Packages, RefusedBecause};
use crate::source::sanitise_line;
use crate::version::{Bump, is_stable};

/// Print the next version.
///
/// It follows from the commits since the greatest version tag that HEAD descends from. Where nothing is releasable it is
/// the current version. In a repository with packages it is a line for each: its name and its next version.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tollgate next                    1.3.0\n  tollgate next --tag              v1.3.0\n  \
                        tollgate next --pre rc           1.3.0-rc.1\n  tollgate next --require-release  exit code 1 where there is nothing to release\n  \
                        tollgate next --package core     one package of several"
)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) wish: Wish,
    #[command(flatten)]
    chosen: Chosen,
    /// Print the tag's name.
    #[arg(long)]
    tag: bool,
    /// End with exit code 1 where there is nothing to release.
    #[arg(long)]
    require_release: bool,
    /// Write it for people or for programs.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: TextOrJson,
}

/// What is asked for besides what the commits say.
#[derive(Debug, clap::Args)]
pub(super) struct Wish {
    /// Make a pre-release with this identifier.
    #[arg(long, value_name = "IDENTIFIER", conflicts_with = "set_version")]
    pre: Option<String>,
    /// Apply this bump, whatever the commits say.
    #[arg(long, value_name = "BUMP", conflicts_with = "set_version")]
    bump: Option<BumpName>,
    /// Take this version, whatever the commits say.
    #[arg(long, value_name = "VERSION")]
    set_version: Option<Version>,
    /// Add this build metadata.
    #[arg(long, value_name = "METADATA")]
    build: Option<BuildMetadata>,
}

/// For people or for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TextOrJson {
    /// For people.
    Text,
    /// One JSON document.
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum BumpName {
    Major,
    Minor,
    Patch,
}

impl Wish {
    pub(super) fn options(&self) -> NextOptions {
        NextOptions {
            pre: self.pre.clone(),
            bump: self.bump.map(|bump| match bump {
                BumpName::Major => Bump::Major,
                BumpName::Minor => Bump::Minor,
                BumpName::Patch => Bump::Patch,
            }),
            version: self.set_version.clone(),
            build: self.build.clone(),
        }
    }
}

impl Wish {
    /// Warns if a pre-release that HEAD descends from makes the version higher than the requested bump does.
    pub(super) fn warn_of_raised(&self, next: &history::Next, ctx: &Context) {
        let Some(bump) = self.options().bump.filter(|bump| *bump < next.bump) else { return };
        let Some(highest) = next.prereleases().next() else { return };
        ctx.hint(&format!(
            "warning: the next version is {}, although `--bump {}` gives less\n  help: it may not be below the pre-release `{}`, which HEAD descends from",
            next.version, bump.as_str(), highest.tag
        ));
    }
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<Answer> {
    let repository = ctx.repository()?;
    let config = ctx.load_config(&repository)?;
    if let Some(settings) = args.chosen.settings(&config) {
        let packages = history::next_packages(&repository.history()?, settings, &args.wish.options())?;
        return Ok(write_packages(&packages, args, ctx));
    }
    let next = history::next(&repository.history()?, &config.version, &args.wish.options())?;
    warn_of_greater(&next, ctx);
    args.wish.warn_of_raised(&next, ctx);
    match args.format {
        TextOrJson::Json => ctx.out.push_str(&format::next_json(&next)),
        TextOrJson::Text if args.tag => ctx.line(&next.tag),
        TextOrJson::Text => ctx.line(&next.version.to_string()),
    }
    Ok(if args.require_release && !next.releasable { Answer::No } else { Answer::Yes })
}

fn write_packages(found: &Packages, args: &Args, ctx: &mut Context) -> Answer {
    let packages = &found.packages;
    for PackageNext { next, .. } in packages {
        warn_of_greater(next, ctx);
        args.wish.warn_of_raised(next, ctx);
    }
    match (args.format, &packages[..], &args.chosen.package) {
        (TextOrJson::Json, [package], Some(_)) => ctx.out.push_str(&format::package_json(package, None)),
        (TextOrJson::Json, ..) => ctx.out.push_str(&format::packages_json(found, None)),
        (TextOrJson::Text, _, chosen) => {
            for PackageNext { name, next, .. } in packages {
                ctx.line(&match (args.tag, chosen) {
                    (true, _) => next.tag.clone(),
                    (false, Some(_)) => next.version.to_string(),
                    (false, None) => format!("{} {}", sanitise_line(name), next.version),
                });
            }
        }
    }
    let releasable = packages.iter().any(|package| package.next.releasable);
    if args.require_release && !releasable { Answer::No } else { Answer::Yes }
}

/// Tells of a greater stable version that HEAD does not descend from: a base that some would have expected.
pub(super) fn warn_of_greater(next: &history::Next, ctx: &Context) {
    let unreachable = next.refused.iter().filter(|refused| refused.because == RefusedBecause::Unreachable);
    let Some(greater) = unreachable.map(|refused| &refused.tag).find(|tag| is_stable(&tag.version)) else { return };
    ctx.hint(&format!(
        "warning: tag `{}` is greater than the base, but HEAD does not descend from it\n  help: `tollgate explain` shows what was counted from",
        greater.tag
    ));
}

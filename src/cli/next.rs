//! `tollgate next`: the next version.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use semver::{BuildMetadata, Version};

use crate::app::release::CommitEvidence;
use crate::cli::ExitStatus;
use crate::cli::context::Context;
use crate::cli::document_format::{DocumentFormat, TextOrJson};
use crate::cli::packages::PackageFilter;
use crate::cli::version_hints::{
    ConfigFrom, hint_at_tags, note_uncommitted_config, warn_of_untagged,
};
use crate::error::Result;
use crate::format;
use crate::history::{NextOptions, NextVersion};
use crate::source::sanitise_line;
use crate::version::{Bump, build_help, version_help};

/// Print the next version.
///
/// The version is computed from the commits since the highest version tag reachable from HEAD. If
/// there is nothing to release, the current version is printed. In a repository with packages, one
/// line is printed per package: its name and next version.
#[derive(Debug, clap::Args)]
#[command(
    visible_alias = "version",
    after_help = "Examples:\n  tollgate next                     1.3.0\n  tollgate next --tag               v1.3.0\n  \
                        tollgate next --pre rc            1.3.0-rc.1\n  \
                        tollgate next --require-release   exit with 1 if there is nothing to release\n  \
                        tollgate next --package core      one package of several"
)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) version_args: VersionArgs,
    #[command(flatten)]
    package_filter: PackageFilter,
    /// Print the tag name instead of the version.
    #[arg(long)]
    tag: bool,
    /// Exit with code 1 if there is nothing to release.
    #[arg(long)]
    require_release: bool,
    #[command(flatten)]
    format: DocumentFormat,
}

/// The options that override what the commits give.
#[derive(Debug, clap::Args)]
pub(super) struct VersionArgs {
    /// Compute a pre-release version with this identifier, such as `rc`.
    #[arg(long, value_name = "IDENTIFIER", conflicts_with = "set_version")]
    pre: Option<String>,
    /// Use this bump instead of the one from the commits.
    #[arg(long, value_name = "BUMP", conflicts_with = "set_version", value_parser = bumps())]
    bump: Option<Bump>,
    /// Use this version instead of the computed one.
    #[arg(long, value_name = "VERSION", value_parser = parse_version)]
    set_version: Option<Version>,
    /// Add build metadata to the version.
    #[arg(long, value_name = "METADATA", value_parser = parse_build)]
    build: Option<BuildMetadata>,
}

fn bumps() -> impl TypedValueParser<Value = Bump> {
    PossibleValuesParser::new(["major", "minor", "patch"])
        .map(|word| Bump::parse(&word).expect("it is one of them"))
}

/// A version, with or without the `v` that people write before it.
pub(super) fn parse_version(text: &str) -> std::result::Result<Version, String> {
    let text = text.strip_prefix('v').unwrap_or(text);
    Version::parse(text).map_err(|_| format!("not a semantic version; {}", version_help(text)))
}

fn parse_build(text: &str) -> std::result::Result<BuildMetadata, String> {
    BuildMetadata::new(text).map_err(|_| format!("not valid build metadata; {}", build_help(text)))
}

impl VersionArgs {
    /// The options as they were given.
    pub(super) fn to_args(&self) -> Vec<String> {
        let bump = self.bump.map(|bump| bump.as_str().to_owned());
        let version = self.set_version.as_ref().map(ToString::to_string);
        let build = self.build.as_ref().map(ToString::to_string);
        let options = [
            ("--pre", self.pre.clone()),
            ("--bump", bump),
            ("--set-version", version),
            ("--build", build),
        ];
        options
            .into_iter()
            .filter_map(|(name, value)| Some([name.to_owned(), value?]))
            .flatten()
            .collect()
    }

    pub(super) fn options(&self) -> NextOptions {
        NextOptions {
            pre: self.pre.clone(),
            bump: self.bump,
            version: self.set_version.clone(),
            build: self.build.clone(),
        }
    }
}

impl Args {
    /// The next version, or its tag; empty if it is unknown.
    fn text(&self, next: &NextVersion) -> String {
        let version = next.version.as_ref().map(ToString::to_string);
        if self.tag { next.tag() } else { version.ok() }.unwrap_or_default()
    }
}

impl VersionArgs {
    /// Warns if a pre-release that HEAD descends from makes the version higher than the requested
    /// bump does.
    pub(super) fn warn_of_raised(&self, next: &NextVersion, ctx: &Context) {
        let Some(bump) = self.options().bump.filter(|bump| *bump < next.bump) else {
            return;
        };
        let Some(highest) = next.prereleases().next() else {
            return;
        };
        let Ok(version) = &next.version else { return };
        ctx.hint(&format!(
            "warning: the next version is {version}, higher than `--bump {}` gives\n  help: it cannot be lower than the pre-release `{}`, which is reachable from HEAD",
            bump.as_str(),
            highest.tag
        ));
    }
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    let repository = ctx.repository()?;
    let config = ctx.load_config(&repository)?;
    note_uncommitted_config(ConfigFrom::WorkTree, &repository, ctx);
    let history = repository.history()?;
    let evidence = CommitEvidence::of_head(&repository, &config);
    let query = args.package_filter.query(&config);
    let versions = query
        .with_evidence(&evidence)
        .next(&history, &args.version_args.options())?;
    hint_at_tags(&versions, &repository, ctx);
    warn_of_untagged(&versions, &config, &history, ctx)?;
    for unit in &versions.units {
        args.version_args.warn_of_raised(&unit.next, ctx);
    }
    match args.format.get() {
        TextOrJson::Json => ctx.out.push_str(&format::next_json(&versions)),
        TextOrJson::Text => {
            for unit in &versions.units {
                let text = args.text(&unit.next);
                match &unit.name {
                    Some(name) if !versions.is_single && !args.tag => {
                        ctx.line(&format!("{} {text}", sanitise_line(name)));
                    }
                    _ => ctx.line(&text),
                }
            }
        }
    }
    Ok(if args.require_release && versions.due().is_empty() {
        ExitStatus::Failure
    } else {
        ExitStatus::Success
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn incomplete_version_is_explained() {
        let message = "not a semantic version; use three numbers, such as 1.0.0";
        assert_eq!(parse_version("v1.0"), Err(message.to_owned()));
    }
}

//! `tollgate changelog` in a repository with packages, if none is named: the changelog of each.

use std::collections::BTreeSet;

use super::{Args, ChangelogInput, Target, Update};
use crate::changelog::{self, Notes, PackageChangelog};
use crate::cli::ExitStatus;
use crate::cli::context::Context;
use crate::cli::output_format::TextOrJson;
use crate::cli::version_hints::warn_of_unknown;
use crate::config::{ChangelogStyle, Config, Package};
use crate::error::{Error, Result};
use crate::git::Repository;
use crate::history::{NextOptions, VersionQuery};

pub(super) fn run(
    args: &Args,
    repository: &Repository,
    config: &Config,
    ctx: &mut Context,
) -> Result<ExitStatus> {
    let style = if args.template.is_some() {
        ChangelogStyle::Template
    } else {
        args.style.unwrap_or(config.changelog.style)
    };
    let is_printed = args.write.is_none() && args.format.get() == TextOrJson::Text;
    if args.as_version.is_some()
        || matches!(args.write, Some(Some(_)))
        || (is_printed && style == ChangelogStyle::Template)
    {
        return Err(Error::usage(
            "this repository has several packages, each with its own changelog",
            "choose one with `--package NAME`",
        ));
    }
    if args.write.is_some() {
        write(args, repository, config, ctx)?;
        hint_unassigned(unassigned_commits(repository, config)?, ctx);
        return Ok(ExitStatus::Success);
    }
    let inputs: Vec<(&Package, ChangelogInput)> = config
        .packages
        .iter()
        .map(|package| {
            Ok((
                package,
                args.collect_input(repository, config, Some(package))?,
            ))
        })
        .collect::<Result<_>>()?;
    if inputs.iter().any(|(_, input)| input.has_no_release()) {
        warn_of_unknown(repository, config, None, ctx);
    }
    let mut selected: Vec<(&Package, Vec<Notes>, &ChangelogInput)> = Vec::new();
    for (package, input) in &inputs {
        selected.extend(
            args.select(input.notes.clone())
                .map(|notes| (*package, notes, input)),
        );
    }
    if selected.is_empty() {
        return Err(args.nothing_selected());
    }
    if args.format.get() == TextOrJson::Json {
        let packages = selected.iter().map(|(package, notes, _)| PackageChangelog {
            name: &package.name,
            notes,
        });
        let links = inputs.first().and_then(|(_, input)| input.links.as_ref());
        let unassigned = unassigned_commits(repository, config)?;
        return args.print(
            changelog::changelog_packages_json(&packages.collect::<Vec<_>>(), links, unassigned),
            ctx,
        );
    }
    let mut text = String::new();
    for (package, notes, input) in selected.iter().filter(|(_, notes, _)| !notes.is_empty()) {
        text.push_str(if text.is_empty() { "" } else { "\n" });
        text.push_str(&input.text().with_title(&package.name, notes)?);
    }
    args.print(text, ctx)?;
    if args.includes_unreleased() {
        hint_unassigned(unassigned_commits(repository, config)?, ctx);
    }
    Ok(ExitStatus::Success)
}

/// Updates the changelog of each package that has one; if one fails, none is written.
fn write(args: &Args, repository: &Repository, config: &Config, ctx: &Context) -> Result<()> {
    let mut files: BTreeSet<&str> = BTreeSet::new();
    let mut updates: Vec<Update> = Vec::new();
    for package in &config.packages {
        let Some(file) = &package.changelog else {
            continue;
        };
        if !files.insert(file) {
            let message = format!("two packages use the changelog `{file}`");
            return Err(Error::usage(
                message,
                "give each package its own `changelog`",
            ));
        }
        let mut input = args.collect_input(repository, config, Some(package))?;
        if let Some(file) = &args.template {
            input.template = Some(crate::app::changelog::named_template(&ctx.directory, file)?);
        }
        let target = Target::new(None, input.tree.take(), &input.settings, ctx)?;
        updates.push(Update::new(target, &input.text(), &input.notes)?);
    }
    if updates.is_empty() {
        return Err(Error::usage(
            "no package has a `changelog` in the configuration",
            "add one, or choose a package and a file: `--package NAME --write FILE`",
        ));
    }
    for update in updates {
        update.write(ctx)?;
    }
    let without: Vec<&Package> = config
        .packages
        .iter()
        .filter(|package| package.changelog.is_none())
        .collect();
    if !without.is_empty() {
        let names: Vec<String> = without
            .iter()
            .map(|package| format!("`{}`", package.name))
            .collect();
        ctx.hint(&format!(
            "Skipped (no `changelog` in the configuration): {}",
            names.join(", ")
        ));
    }
    Ok(())
}

/// How many commits since the last releases belong to no package.
fn unassigned_commits(repository: &Repository, config: &Config) -> Result<usize> {
    let history = repository.history()?;
    let query = VersionQuery::new(config, None);
    let versions = query.propose(&history, &NextOptions::default(), None)?;
    Ok(versions.unassigned)
}

fn hint_unassigned(commits: usize, ctx: &Context) {
    let subject = match commits {
        0 => return,
        1 => "1 commit since the last releases belongs to no package and is".to_owned(),
        _ => format!("{commits} commits since the last releases belong to no package and are"),
    };
    ctx.hint(&format!("{subject} in no changelog"));
}

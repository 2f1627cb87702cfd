//! `tollgate changelog` in a repository with packages, if none is named: the changelog of each.

use std::collections::BTreeSet;

use super::{Args, Made, Target, Update};
use crate::changelog::Notes;
use crate::cli::Answer;
use crate::cli::context::Context;
use crate::cli::output_format::TextOrJson;
use crate::cli::version_hints::warn_of_unknown;
use crate::config::{ChangelogStyle, Config, Package};
use crate::error::{Error, Result};
use crate::format::{self, PackageChangelog};
use crate::git::Repository;
use crate::history::{self, NextOptions, PackageSettings};
use crate::workspace;

pub(super) fn run(
    args: &Args,
    repository: &Repository,
    config: &Config,
    ctx: &mut Context,
) -> Result<Answer> {
    let style = if args.template.is_some() {
        ChangelogStyle::Template
    } else {
        args.style.unwrap_or(config.changelog.style)
    };
    let is_printed = args.write.is_none() && args.format.get() == TextOrJson::Text;
    if args.coming.is_some()
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
        hint_elsewhere(commits_elsewhere(repository, config)?, ctx);
        return Ok(Answer::Yes);
    }
    let made: Vec<(&Package, Made)> = config
        .packages
        .iter()
        .map(|package| Ok((package, args.make(repository, config, Some(package))?)))
        .collect::<Result<_>>()?;
    if made.iter().any(|(_, made)| made.has_no_release()) {
        warn_of_unknown(repository, config, None, ctx);
    }
    let mut selected: Vec<(&Package, Vec<Notes>, &Made)> = Vec::new();
    for (package, made) in &made {
        selected.extend(
            args.select(made.notes.clone())
                .map(|notes| (*package, notes, made)),
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
        let links = made.first().and_then(|(_, made)| made.links.as_ref());
        let elsewhere = commits_elsewhere(repository, config)?;
        return args.print(
            format::changelog_packages_json(&packages.collect::<Vec<_>>(), links, elsewhere),
            ctx,
        );
    }
    let mut text = String::new();
    for (package, notes, made) in selected.iter().filter(|(_, notes, _)| !notes.is_empty()) {
        text.push_str(if text.is_empty() { "" } else { "\n" });
        text.push_str(&made.text().below_title(&package.name, notes)?);
    }
    args.print(text, ctx)?;
    if args.is_of_today() {
        hint_elsewhere(commits_elsewhere(repository, config)?, ctx);
    }
    Ok(Answer::Yes)
}

/// Brings the changelog of each package up to date that names one; if one cannot be, none is
/// written.
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
        let mut made = args.make(repository, config, Some(package))?;
        if let Some(file) = &args.template {
            made.template = Some(workspace::named_template(&ctx.directory, file)?);
        }
        let target = Target::new(None, made.tree.take(), &made.settings, ctx)?;
        updates.push(Update::new(target, &made.text(), &made.notes)?);
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
fn commits_elsewhere(repository: &Repository, config: &Config) -> Result<usize> {
    let history = repository.history()?;
    let settings = PackageSettings {
        packages: &config.packages,
        version: &config.version,
        only: None,
    };
    Ok(history::propose_packages(&history, settings, &NextOptions::default(), None)?.unassigned)
}

fn hint_elsewhere(commits: usize, ctx: &Context) {
    let subject = match commits {
        0 => return,
        1 => "1 commit since the last releases belongs to no package and is".to_owned(),
        _ => format!("{commits} commits since the last releases belong to no package and are"),
    };
    ctx.hint(&format!("{subject} in no changelog"));
}

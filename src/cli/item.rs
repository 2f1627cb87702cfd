//! `tollgate item`: what has to be done for a release, besides its tickets.

use std::fmt::Write as _;

use jiff::Timestamp;
use semver::Version;

use crate::cli::ExitStatus;
use crate::cli::args::{parse_text, parse_time};
use crate::cli::context::Context;
use crate::cli::ticket::{added_errors, author, require_past, show_blocking, write};
use crate::config::{Config, Package};
use crate::error::{Error, Result};
use crate::format::counted;
use crate::release_file::{NewDone, ParsedReleaseFile};
use crate::source::{Source, join_or, quoted_list, sanitise_line, shorten};

/// Record what was done for a release.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Done(DoneArgs),
}

/// Mark a checklist item of a release as done.
///
/// Items are the `[[items]]` entries in the release file: `releases/next.toml` for the upcoming
/// release, or the file for the release that you pass with `--release`. The time and your email address are written into the
/// item, and nothing else changes.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tollgate item done 2\n  \
                        tollgate item done 'load test' --by bo@example.com\n  \
                        tollgate item done retrospective --release 1.3.0")]
struct DoneArgs {
    /// Number of the item, or a unique part of its text.
    #[arg(value_parser = parse_text)]
    item: String,
    /// Version or tag of the release [default: the upcoming release].
    #[arg(long, value_name = "RELEASE")]
    release: Option<String>,
    /// Package that the release is for.
    #[arg(long, value_name = "NAME")]
    package: Option<String>,
    /// Time at which the item was done [default: now].
    #[arg(long, value_name = "RFC3339", value_parser = parse_time)]
    at: Option<Timestamp>,
    /// Email address of the person who did it [default: Git's `user.email`].
    #[arg(long, value_name = "EMAIL", value_parser = parse_text)]
    by: Option<String>,
    /// Show what would change, without writing.
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    match &args.command {
        Command::Done(args) => run_done(args, ctx),
    }
}

fn run_done(args: &DoneArgs, ctx: &mut Context) -> Result<ExitStatus> {
    let at = args.at.unwrap_or(ctx.now);
    require_past("--at", at, ctx)?;
    let workspace = ctx.workspace()?;
    let path = path_of_release_file(args, workspace.config())?;
    let source = workspace.release_file(&path)?.ok_or_else(|| {
        let help = "write the items of a release into this file; `tollgate schema release-file` prints its keys";
        Error::usage(format!("there is no `{path}`"), help)
    })?;
    let name = workspace.display_path(source.name());
    let parsed = ParsedReleaseFile::parse_valid(&source, &name)?;
    let number = find_item(&parsed, &name, args)?;
    let item = &parsed.file.items[number - 1];
    if item.done.is_done() {
        let by = item
            .by
            .as_ref()
            .map(|by| format!(" by {}", shorten(&by.text)));
        ctx.hint(&format!(
            "item {number} of `{name}` is already done{}; nothing was written",
            by.unwrap_or_default()
        ));
        return Ok(ExitStatus::Success);
    }
    let done = NewDone {
        at,
        by: author(args.by.as_ref(), ctx)?,
    };
    let text = parsed.with_item_done(number, &done).ok_or_else(|| {
        Error::refused(
            format!("cannot write item {number} of `{name}` without other changes"),
            "write each item as an `[[items]]` table",
        )
    })?;
    let updated = Source::new(source.name(), text);
    let blocking = added_errors(&source, &updated, &workspace, ctx)?;
    if !blocking.findings.is_empty() {
        let hint = format!("`{name}` was not changed, because it would have these errors");
        show_blocking(&blocking, &hint, &workspace, ctx);
        return Ok(ExitStatus::Failure);
    }
    if write(&source, &updated, args.dry_run, &workspace, ctx)? {
        let (name, by) = (sanitise_line(&name), sanitise_line(&done.by));
        ctx.line(&format!(
            "{name}: item {number} of {} done by {by}",
            parsed.file.items.len()
        ));
        ctx.hint(&remaining(&parsed, number));
    }
    Ok(ExitStatus::Success)
}

/// What is left after an item is done.
fn remaining(before: &ParsedReleaseFile, done: usize) -> String {
    let items = (1..).zip(&before.file.items);
    let mut open = items.filter(|(number, item)| *number != done && !item.done.is_done());
    let Some((number, next)) = open.next() else {
        return "all items of the release are done".to_owned();
    };
    let mut hint = match open.count() {
        0 => "1 item is open".to_owned(),
        more => format!("{} are open", counted(more + 1, "item")),
    };
    let text = shorten(&next.text.text);
    write!(hint, "; the first is {number} ({text})").expect("a string takes any text");
    hint
}

/// The path of the release file that the command line names.
///
/// # Errors
///
/// Fails if no package, or a package or version that does not exist, is named.
fn path_of_release_file(args: &DoneArgs, config: &Config) -> Result<String> {
    let package = package(args, config)?;
    let Some(word) = &args.release else {
        return Ok(config.next_release_file(package));
    };
    let prefix = match package {
        Some(package) => Some(&package.tag_prefix),
        None => config.version.tag_prefix.as_ref(),
    };
    let version = match prefix {
        Some(prefix) => word.strip_prefix(prefix.as_str()).unwrap_or(word),
        None => word.trim_start_matches(|c: char| !c.is_ascii_digit()),
    };
    let version = Version::parse(version).map_err(|_| {
        Error::usage(
            format!("`{}` is not a version", shorten(word)),
            "use the version of a release, such as `1.3.0`",
        )
    })?;
    Ok(config.release_file(package, &version))
}

fn package<'c>(args: &DoneArgs, config: &'c Config) -> Result<Option<&'c Package>> {
    let names: Vec<&str> = config.packages.iter().map(|it| it.name.as_str()).collect();
    match &args.package {
        None if names.len() < 2 => Ok(config.packages.first()),
        None => Err(Error::usage(
            "each package has its own release file",
            format!("pass `--package` with one of {}", quoted_list(names)),
        )),
        Some(name) => {
            let found = config.packages.iter().find(|package| package.name == *name);
            found.map(Some).ok_or_else(|| {
                let message = format!("there is no package `{}`", shorten(name));
                Error::usage(message, "run `tollgate current` to list the packages")
            })
        }
    }
}

/// The item that the command line names.
///
/// # Errors
///
/// Fails if no item, or more than one, is meant.
fn find_item(parsed: &ParsedReleaseFile, name: &str, args: &DoneArgs) -> Result<usize> {
    let items = &parsed.file.items;
    let describe = |number: usize| format!("{number} ({})", shorten(&items[number - 1].text.text));
    let named = shorten(&args.item);
    match parsed.find_items(&args.item).as_slice() {
        [number] => Ok(*number),
        [] => {
            let all: Vec<String> = (1..=items.len()).map(describe).collect();
            let help = match all.as_slice() {
                [] => "the file has no `[[items]]`".to_owned(),
                all => format!("use the number of an item: {}", join_or(all)),
            };
            Err(Error::usage(
                format!("no item of `{name}` matches `{named}`"),
                help,
            ))
        }
        several => {
            let count = counted(several.len(), "item");
            let candidates: Vec<String> = several.iter().copied().map(describe).collect();
            Err(Error::usage(
                format!("`{named}` matches {count} of `{name}`"),
                format!("use the number of the item: {}", join_or(&candidates)),
            ))
        }
    }
}

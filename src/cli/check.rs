//! `tollgate check`: lints tickets.

use std::path::{Path, PathBuf};

use crate::cli::Answer;
use crate::cli::context::Context;
use crate::cli::mending::{self, Mending};
use crate::cli::output::Output;
use crate::error::{Error, Result};
use crate::rules::{self, Settings};
use crate::source::Source;
use crate::workspace::{Workspace, read_text};

/// Lint change tickets.
///
/// A file that is named is a ticket whatever it is called, a folder stands for the tickets in it. Rules that look across
/// tickets see all of the repository, whatever is named.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tollgate check\n  tollgate check changes/2026-11-20-pool.toml\n  \
                        tollgate check --select 'ticket/*' --format concise\n  \
                        tollgate check --format full --format json=findings.json\n  \
                        tollgate check --diff\n  \
                        tollgate check --fix\n  \
                        tollgate check --stdin-filename changes/x.toml - < draft.toml")]
pub(super) struct Args {
    /// Tickets, folders, or `-` for standard input; without any: all tickets of the repository.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The path that standard input is taken for.
    #[arg(long, value_name = "PATH")]
    stdin_filename: Option<PathBuf>,
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    mending: Mending,
    #[command(flatten)]
    output: Output,
}

/// Which rules speak.
#[derive(Debug, clap::Args)]
pub(super) struct Choice {
    /// Let only these rules speak: names, or globs such as `content/*`.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    select: Vec<String>,
    /// Let these rules speak too, though they are off.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    extend_select: Vec<String>,
    /// Let these rules not speak.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    ignore: Vec<String>,
}

impl Choice {
    /// The choice as rules understand it.
    pub(super) fn to_rules(&self) -> rules::Choice {
        let Self { select, extend_select, ignore } = self;
        rules::Choice { select: select.clone(), extend_select: extend_select.clone(), ignore: ignore.clone() }
    }
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<Answer> {
    args.output.judge()?;
    let workspace = ctx.workspace()?;
    let settings = Settings::new(workspace.config(), &args.choice.to_rules(), ctx.now)?;
    let all = workspace.tickets()?;
    let (tickets, others) = if args.paths.is_empty() && args.stdin_filename.is_none() {
        (all, Vec::new())
    } else {
        let named = named(args, &workspace)?;
        let is_named = |ticket: &Source| named.iter().any(|other| other.name() == ticket.name());
        let others = all.into_iter().filter(|ticket| !is_named(ticket)).collect();
        (named, others)
    };
    if tickets.is_empty() {
        let checked = rules::none_found(&asked(args, &workspace), &settings);
        return args.output.write(&checked, str::to_owned, ctx);
    }
    let tickets = match args.mending.allowed() {
        Some(allowed) if args.mending.diff => return Ok(mending::show(&tickets, allowed, &settings, ctx)),
        Some(allowed) => mending::apply(tickets, allowed, (&workspace, &settings), ctx)?,
        None => tickets,
    };
    let checked = rules::lint_tickets(&tickets, &others, &settings);
    args.output.write(&checked, |name| workspace.seen(name), ctx)
}

/// The texts that the command line names; standard input comes after the files, and once.
fn named(args: &Args, workspace: &Workspace) -> Result<Vec<Source>> {
    let (input, paths): (Vec<_>, Vec<_>) = args.paths.iter().cloned().partition(|path| path == Path::new("-"));
    if input.is_empty() && args.stdin_filename.is_some() {
        return Err(Error::usage("`--stdin-filename` names standard input, which is not read", "add the path `-`"));
    }
    if !input.is_empty() && args.mending.writes() {
        return Err(Error::usage("standard input cannot be mended", "`--diff` shows what would change"));
    }
    let mut tickets = workspace.tickets_at(&paths)?;
    if !input.is_empty() {
        let text = read_text(std::io::stdin().lock(), workspace.config().limits.ticket_bytes).map_err(|error| {
            Error::file("standard input cannot be read", "a ticket is text in UTF-8").because(error)
        })?;
        tickets.push(match &args.stdin_filename {
            Some(path) => workspace.ticket_at(path, text),
            None => Source::new("<stdin>", text),
        });
    }
    Ok(tickets)
}

/// What was asked for, in words for the finding that nothing is there.
fn asked(args: &Args, workspace: &Workspace) -> String {
    match args.paths.as_slice() {
        [] => workspace.config().tickets.join(", "),
        paths => paths.iter().map(|path| path.to_string_lossy()).collect::<Vec<_>>().join(", "),
    }
}

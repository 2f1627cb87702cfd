//! `tollgate check`: lints tickets, release files, and commits.

use std::collections::HashSet;
use std::path::PathBuf;

use crate::cli::ExitStatus;
use crate::cli::commits;
use crate::cli::context::Context;
use crate::cli::findings_output::FindingsOutput;
use crate::cli::fix::{FixArgs, FixMode};
use crate::cli::input::{is_stdin, ticket_on_stdin};
use crate::cli::streams;
use crate::error::{Error, Result};
use crate::finding::Checked;
use crate::rules::{self, SearchedIn, Settings};
use crate::source::Source;
use crate::workspace::{FoundTickets, Workspace};

/// Check change tickets and commit messages.
///
/// Without a path, all tickets and release files (such as `releases/next.toml`) are checked. A file
/// that you name is treated as a ticket unless it is a release file; a directory is searched for
/// both. Rules that compare tickets always see all tickets. With --commits, tickets are checked only
/// if you name paths.
#[derive(Debug, clap::Args)]
#[command(
    visible_alias = "lint",
    after_help = "Examples:\n  tollgate check\n  \
                        tollgate check --fix                   apply safe fixes\n  \
                        tollgate check --diff --unsafe-fixes   preview all fixes\n  \
                        tollgate check --commits main..        check this branch's commit messages\n  \
                        tollgate check --commits main.. .      check commit messages and tickets\n  \
                        tollgate check --select 'ticket/*' --format concise\n  \
                        tollgate check --format full --format json=findings.json\n  \
                        tollgate check --stdin-filename changes/x.toml - < draft.toml"
)]
pub(super) struct Args {
    /// Files, directories, or `-` for standard input [default: all].
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Path to assume for standard input.
    #[arg(long, value_name = "PATH")]
    stdin_filename: Option<PathBuf>,
    /// Check the messages of these commits (`A..B`, `A..`, or `..` for all).
    #[arg(long, value_name = "A..B", conflicts_with_all = ["stdin_filename", "fix", "unsafe_fixes", "fix_only", "diff", "show_files"])]
    commits: Option<String>,
    #[command(flatten)]
    rules: RuleArgs,
    #[command(flatten)]
    fixes: FixArgs,
    /// Count findings by rule instead of showing them.
    #[arg(long, conflicts_with_all = ["diff", "fix_only"])]
    statistics: bool,
    /// List the files that would be checked.
    #[arg(long, conflicts_with_all = ["statistics", "fix", "unsafe_fixes", "fix_only", "diff"])]
    show_files: bool,
    #[command(flatten)]
    output: FindingsOutput,
}

/// The selection of rules.
#[derive(Debug, clap::Args)]
pub(super) struct RuleArgs {
    /// Run only these rules, such as `content/*`.
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    select: Vec<String>,
    /// Also enable these rules.
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    extend_select: Vec<String>,
    /// Disable these rules.
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    ignore: Vec<String>,
}

impl RuleArgs {
    /// The selection as a value of `rules`.
    pub(super) fn to_selection(&self) -> rules::RuleSelection {
        let Self {
            select,
            extend_select,
            ignore,
        } = self;
        rules::RuleSelection {
            select: select.clone(),
            extend_select: extend_select.clone(),
            ignore: ignore.clone(),
        }
    }
}

/// The tickets and release files of a run.
struct Inputs {
    /// The checked files; standard input is the last.
    tickets: Vec<Source>,
    /// The number of them that are files.
    files: usize,
    /// The other tickets, for rules that compare tickets.
    others: Vec<Source>,
    /// The errors of files that could not be read.
    unreadable: Vec<Error>,
    /// The files that were found in named folders although no glob matches them.
    unmatched: Vec<String>,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    args.output.validate()?;
    if args.statistics || args.show_files {
        args.output.validate_overview()?;
    }
    if let Some(range) = &args.commits {
        return check_commits(range, args, ctx);
    }
    let workspace = ctx.workspace()?;
    let settings = Settings::new(workspace.config(), &args.rules.to_selection(), ctx.now)?;
    if settings.selects_no_file_rule() && !args.show_files {
        ctx.hint(
            "warning: none of the selected rules is about tickets, so they are not checked\n  \
             help: `check --commits RANGE` runs `commit/*`; `gate` runs `gate/*` and `approval/*`; \
             `release` runs `release/*`",
        );
    }
    let inputs = collect_inputs(args, &workspace)?;
    if args.show_files {
        let status =
            args.output
                .write_files(&inputs.tickets, |name| workspace.display_path(name), ctx)?;
        return Ok(inputs.report(status, &workspace, ctx));
    }
    let checked = inputs.check(args, &workspace, &settings)?;
    let Inputs {
        tickets,
        others,
        files,
        ..
    } = &inputs;
    let files = *files;
    let display_path = |name: &str| {
        if tickets.is_empty() {
            name.to_owned()
        } else {
            workspace.display_path(name)
        }
    };
    let mode = args.fixes.mode();
    if mode == FixMode::Report {
        args.fixes.hint_available(tickets, &checked, &settings, ctx);
        let status = write_results(args, &checked, display_path, ctx)?;
        return Ok(inputs.report(status, &workspace, ctx));
    }
    let fixed = args.fixes.apply(tickets, &checked, &settings);
    if mode == FixMode::Diff {
        let status = fixed.print_diff(&workspace, ctx);
        return Ok(inputs.report(status, &workspace, ctx));
    }
    if let Some(input) = fixed.tickets.get(files) {
        refuse_altered(input, workspace.config().limits.ticket_bytes)?;
    }
    fixed.write(files, &workspace, ctx)?;
    let status = match mode {
        FixMode::ApplyOnly => ExitStatus::Success,
        _ if tickets.is_empty() => write_results(args, &checked, display_path, ctx)?,
        _ => write_results(
            args,
            &rules::lint_repository(
                &fixed.tickets,
                others,
                &workspace.checked_tree(&fixed.tickets[..files])?,
                &settings,
            ),
            display_path,
            ctx,
        )?,
    };
    if let Some(input) = fixed.tickets.get(files) {
        // Like a filter, the command writes the text to standard output, and the report to standard
        // error.
        streams::print_report(&std::mem::replace(&mut ctx.out, input.text().to_owned()));
    }
    Ok(inputs.report(status, &workspace, ctx))
}

impl Inputs {
    /// Lints the tickets and release files; if there are no tickets, that is a finding too.
    fn check(&self, args: &Args, workspace: &Workspace, settings: &Settings) -> Result<Checked> {
        let mut checked = if self.tickets.is_empty() {
            Checked::default()
        } else {
            let tree = workspace.checked_tree(&self.tickets[..self.files])?;
            rules::lint_repository(&self.tickets, &self.others, &tree, settings)
        };
        if checked.tickets == 0 && self.unreadable.is_empty() {
            let searched = searched(args, workspace);
            match args.paths.as_slice() {
                [] => checked.merge(rules::none_found(SearchedIn::Globs(&searched), settings)),
                _ if self.tickets.is_empty() => {
                    checked.merge(rules::none_found(SearchedIn::Paths(&searched), settings));
                }
                _ => {}
            }
        }
        Ok(checked)
    }

    /// Reports what was not checked and why; the status changes if a file could not be read.
    fn report(&self, status: ExitStatus, workspace: &Workspace, ctx: &Context) -> ExitStatus {
        if let [first, others @ ..] = &self.unmatched[..] {
            let (name, globs) = (
                workspace.display_path(first),
                workspace.config().tickets.join("`, `"),
            );
            let subject = match others.len() {
                0 => format!("`{name}` is"),
                1 => format!("`{name}` and 1 more file are"),
                count => format!("`{name}` and {count} more files are"),
            };
            ctx.hint(&format!(
                "warning: {subject} not covered by `tickets` (`{globs}`), so `gate` and `release` ignore {}",
                if others.is_empty() { "it" } else { "them" }
            ));
        }
        for error in &self.unreadable {
            ctx.report_failure(error);
        }
        if self.unreadable.is_empty() {
            status
        } else {
            ExitStatus::Incomplete
        }
    }
}

/// Lints the commits of a range, and the named tickets.
fn check_commits(range: &str, args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    let settings = Settings::new(&ctx.config()?, &args.rules.to_selection(), ctx.now)?;
    let mut checked = commits::lint(range, &settings, ctx)?;
    if args.paths.is_empty() {
        return write_results(args, &checked, str::to_owned, ctx);
    }
    let workspace = ctx.workspace()?;
    let inputs = collect_inputs(args, &workspace)?;
    checked.merge(inputs.check(args, &workspace, &settings)?);
    let status = write_results(args, &checked, |name| workspace.display_path(name), ctx)?;
    Ok(inputs.report(status, &workspace, ctx))
}

/// Writes the findings or their statistics, and returns whether the command fails.
fn write_results(
    args: &Args,
    checked: &Checked,
    display_path: impl Fn(&str) -> String,
    ctx: &mut Context,
) -> Result<ExitStatus> {
    if args.statistics {
        args.output.write_statistics(checked, ctx)
    } else {
        args.output.write(checked, display_path, ctx)
    }
}

/// Refuses to print a text that is not what was read: only its beginning, or with other characters.
fn refuse_altered(input: &Source, max_bytes: usize) -> Result<()> {
    if input.undecodable().is_some() {
        return Err(Error::file(
            "standard input is not valid UTF-8",
            "save it as UTF-8",
        ));
    }
    if input.text().len() <= max_bytes {
        return Ok(());
    }
    Err(Error::limit(
        format!("standard input is larger than {max_bytes} bytes"),
        "raise `limits.ticket_bytes`",
    ))
}

fn collect_inputs(args: &Args, workspace: &Workspace) -> Result<Inputs> {
    let all = workspace.find_tickets()?;
    if args.paths.is_empty() && args.stdin_filename.is_none() {
        let FoundTickets {
            mut tickets,
            mut unreadable,
            unmatched,
        } = all;
        let release_files = workspace.find_release_files()?;
        tickets.extend(release_files.tickets);
        unreadable.extend(release_files.unreadable);
        return Ok(Inputs {
            files: tickets.len(),
            tickets,
            others: Vec::new(),
            unreadable,
            unmatched,
        });
    }
    let (named, input) = named_inputs(args, workspace, &all.tickets)?;
    let FoundTickets {
        mut tickets,
        mut unreadable,
        unmatched,
    } = named;
    let files = tickets.len();
    tickets.extend(input);
    let named: HashSet<&str> = tickets.iter().map(Source::name).collect();
    let others = all
        .tickets
        .into_iter()
        .filter(|ticket| !named.contains(ticket.name()))
        .collect();
    let known: HashSet<String> = unreadable.iter().map(Error::to_string).collect();
    let more = all.unreadable.into_iter();
    unreadable.extend(more.filter(|error| !known.contains(&error.to_string())));
    Ok(Inputs {
        tickets,
        files,
        others,
        unreadable,
        unmatched,
    })
}

/// The files that the command line names, and the ticket on standard input if it names `-`.
fn named_inputs(
    args: &Args,
    workspace: &Workspace,
    all: &[Source],
) -> Result<(FoundTickets, Option<Source>)> {
    let (input, paths): (Vec<_>, Vec<_>) =
        args.paths.iter().cloned().partition(|path| is_stdin(path));
    if input.is_empty() && args.stdin_filename.is_some() {
        return Err(Error::usage(
            "`--stdin-filename` needs standard input",
            "add the path `-`",
        ));
    }
    let tickets = workspace.tickets_at_among(&paths, all)?;
    if input.is_empty() {
        return Ok((tickets, None));
    }
    Ok((
        tickets,
        Some(ticket_on_stdin(workspace, args.stdin_filename.as_deref())?),
    ))
}

/// Where tickets were searched for.
fn searched(args: &Args, workspace: &Workspace) -> String {
    match args.paths.as_slice() {
        [] => workspace.config().tickets.join(", "),
        paths => paths
            .iter()
            .map(|path| path.to_string_lossy())
            .collect::<Vec<_>>()
            .join(", "),
    }
}

//! The command line: parses, runs one command, and turns its status into output and an exit code.
//!
//! Data goes to standard output, and only if the command did its work; everything else goes to
//! standard error. Exit codes are decided only here, so that 2 and 3 cannot be lost.

mod args;
mod base_and_head;
mod changelog;
mod check;
mod ci;
mod commit_msg;
mod commits;
mod completions;
mod config;
mod context;
mod current;
mod document_format;
mod explain;
mod export;
mod findings_output;
mod fix;
mod gate;
mod help;
mod input;
mod interrupts;
mod item;
mod next;
mod packages;
mod prepare_commit_msg;
mod pull_request;
mod release;
mod report;
mod rules;
mod schema;
mod sign_off;
mod status;
mod streams;
mod ticket;
mod tour;
mod verify;
mod version_hints;

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::FromArgMatches as _;

use crate::error::{ErrorKind, Result};

use args::{Cli, Command};
use context::Context;
use help::HelpLength;
use interrupts::Interrupts;

/// How a command ended that did its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ExitStatus {
    /// There is nothing to report: exit code 0.
    Success,
    /// There are findings at or above the limit, or a check failed: exit code 1.
    Failure,
    /// Something could not be read, which is reported; the rest of the work is done: exit code 2.
    Incomplete,
}

/// Runs the command line and returns the exit code of the process.
#[must_use]
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args = help::without_help_of_help(args.into_iter().collect());
    let configured =
        help::configure(command(), HelpLength::requested(&args)).color(streams::clap_color(&args));
    let parsed = configured
        .try_get_matches_from(&args)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return streams::print_usage_error(error, &args),
    };
    crate::git::read_like_git();
    std::panic::set_hook(Box::new(streams::report_panic));
    let code = catch_unwind(AssertUnwindSafe(|| run(&cli))).unwrap_or(2);
    ExitCode::from(code)
}

/// The definition of the command line, for documentation and tests.
#[must_use]
pub fn command() -> clap::Command {
    <Cli as clap::CommandFactory>::command()
}

fn run(cli: &Cli) -> u8 {
    let interrupts = Interrupts::default();
    let outcome = Context::new(&cli.global, &interrupts).and_then(|mut ctx| {
        let status = dispatch(&cli.command, &mut ctx)?;
        ctx.finish()?;
        Ok(status)
    });
    match outcome {
        Ok(ExitStatus::Success) => 0,
        Ok(ExitStatus::Failure) => 1,
        Ok(ExitStatus::Incomplete) => 2,
        Err(error) => {
            streams::report_error(&error, cli.global.color, cli.global.verbose);
            if error.kind() == ErrorKind::Interrupted {
                interrupts.terminate();
            }
            error.exit_code()
        }
    }
}

fn dispatch(command: &Command, ctx: &mut Context) -> Result<ExitStatus> {
    match command {
        Command::Check(args) => check::run(args, ctx),
        Command::Gate(args) => gate::run(args, ctx),
        Command::Next(args) => next::run(args, ctx),
        Command::Current(args) => current::run(args, ctx),
        Command::Explain(args) => explain::run(args, ctx),
        Command::Export(args) => export::run(args, ctx),
        Command::Changelog(args) => changelog::run(args, ctx),
        Command::Release(args) => release::run(args, ctx),
        Command::Ticket(args) => ticket::run(args, ctx),
        Command::Item(args) => item::run(args, ctx),
        Command::Rules(args) => rules::run(args, ctx),
        Command::Config(args) => config::run(args, ctx),
        Command::Schema(args) => schema::run(args, ctx),
        Command::CommitMsg(args) => commit_msg::run(args, ctx),
        Command::PrepareCommitMsg(args) => prepare_commit_msg::run(args, ctx),
        Command::Verify(args) => verify::run(args, ctx),
        Command::Status(args) => status::run(args, ctx),
        Command::Report(args) => report::run(args, ctx),
        Command::Completions(args) => completions::run(args, ctx),
        Command::Tour(args) => tour::run(args, ctx),
    }
}

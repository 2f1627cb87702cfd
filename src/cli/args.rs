//! The options that every command takes, and the list of commands.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::cli::{
    changelog, check, commit_msg, completions, config, current, explain, gate, next, release, rules, schema, status,
    ticket, tour, verify,
};

/// Lint change tickets, compute the next version, write the changelog, tag the release.
#[derive(Debug, Parser)]
#[command(name = "tollgate", version, propagate_version = true, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 all is well; 1 findings, or the answer is no; 2 the tool could not do its work; \
                        3 a release has begun and is not finished."
)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(super) struct Global {
    /// Run as if started in DIR.
    #[arg(short = 'C', value_name = "DIR", global = true)]
    pub(super) directory: Option<PathBuf>,
    /// Read the configuration from FILE, and look for no other.
    #[arg(long, value_name = "FILE", global = true)]
    pub(super) config: Option<PathBuf>,
    /// Color the output.
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    pub(super) color: ColorWhen,
    /// Say nothing that was not asked for.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Say more of what is done.
    #[arg(short, long, global = true)]
    pub(super) verbose: bool,
    /// Take this instant as now; SOURCE_DATE_EPOCH stands in for it.
    #[arg(long, value_name = "RFC3339", global = true)]
    pub(super) now: Option<jiff::Timestamp>,
}

/// When the output is colored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ColorWhen {
    /// On a terminal, unless NO_COLOR says otherwise.
    Auto,
    /// Also into files and pipes.
    Always,
    /// Never.
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Check(check::Args),
    Gate(gate::Args),
    CommitMsg(commit_msg::Args),
    Next(next::Args),
    Current(current::Args),
    Explain(explain::Args),
    Changelog(changelog::Args),
    Release(release::Args),
    Verify(verify::Args),
    Status(status::Args),
    Ticket(ticket::Args),
    Rules(rules::Args),
    Config(config::Args),
    Schema(schema::Args),
    Completions(completions::Args),
    Tour(tour::Args),
}

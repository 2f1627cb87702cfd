//! The global options, and the list of commands. The options of a command are `Args` in its own
//! file.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::cli::{
    changelog, check, commit_msg, completions, config, current, explain, export, gate, item, next,
    prepare_commit_msg, release, report, rules, schema, status, ticket, tour, verify,
};
use crate::source::WordEnum;

/// Lint change tickets, compute versions, write the changelog, and tag releases.
#[derive(Debug, Parser)]
#[command(name = "tollgate", version = env!("TOLLGATE_VERSION"), propagate_version = true, max_term_width = 100)]
#[command(after_help = "Exit codes:\n  0  Success\n  \
                        1  Findings, a failed check or `after` command, or nothing to show\n  \
                        2  Error, such as invalid usage or configuration, or a rejected push\n  \
                        3  A release was started and is not finished; run `tollgate release --execute`\n\n\
                        For a command's options and examples, run: tollgate COMMAND --help")]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// The options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(super) struct Global {
    /// Run as if started in DIR.
    #[arg(short = 'C', value_name = "DIR", global = true)]
    pub(super) directory: Option<PathBuf>,
    /// Configuration file [default: at the repository root].
    #[arg(long, value_name = "FILE", global = true)]
    pub(super) config: Option<PathBuf>,
    /// Use colors: auto, always, or never [default: auto].
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        global = true,
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub(super) color: ColorWhen,
    /// Suppress informational output.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Print more detail about errors.
    #[arg(short, long, global = true)]
    pub(super) verbose: bool,
    /// Current time [env: SOURCE_DATE_EPOCH, in Unix seconds].
    #[arg(long, value_name = "RFC3339", global = true, value_parser = parse_time)]
    pub(super) now: Option<jiff::Timestamp>,
}

/// A point in time, as people write it on the command line.
pub(super) fn parse_time(text: &str) -> Result<jiff::Timestamp, &'static str> {
    text.parse()
        .map_err(|_| "expected RFC 3339, such as 2026-11-20T18:00:00Z")
}

/// A text that says something: `check` reports a value without a letter or a digit.
pub(super) fn parse_text(text: &str) -> Result<String, &'static str> {
    if text.contains(char::is_alphanumeric) {
        Ok(text.to_owned())
    } else {
        Err("it needs a letter or a digit")
    }
}

/// Reads a word of an enumeration; help and errors list all words.
pub(super) fn words<W: WordEnum>() -> impl TypedValueParser<Value = W> {
    PossibleValuesParser::new(W::WORDS).map(|word| W::parse(&word).expect("it is one of them"))
}

/// When the output is colored; `Auto`: on a terminal, unless the environment decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ColorWhen {
    Auto,
    Always,
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Check(check::Args),
    Gate(gate::Args),
    CommitMsg(commit_msg::Args),
    // Only hooks run it, and its name would make the list too wide for one screen.
    #[command(hide = true)]
    PrepareCommitMsg(prepare_commit_msg::Args),
    Next(next::Args),
    Current(current::Args),
    Explain(explain::Args),
    Changelog(changelog::Args),
    Release(release::Args),
    Verify(verify::Args),
    Status(status::Args),
    Report(report::Args),
    Export(export::Args),
    Ticket(ticket::Args),
    Item(item::Args),
    Rules(rules::Args),
    Config(config::Args),
    Schema(schema::Args),
    Completions(completions::Args),
    Tour(tour::Args),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_time_names_the_format() {
        assert_eq!(
            parse_time("yesterday"),
            Err("expected RFC 3339, such as 2026-11-20T18:00:00Z")
        );
        assert!(parse_time("2026-11-20T18:00:00Z").is_ok());
    }
}

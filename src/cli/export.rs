//! `tollgate export`: rows about releases, for other programs.

use std::path::PathBuf;

use jiff::civil::Date;

use super::ExitStatus;
use super::args::words;
use crate::app::report::ReportOptions;
use crate::app::report_audit::AuditSelection;
use crate::app::report_export::export;
use crate::cli::context::Context;
use crate::error::Result;
use crate::files;
use crate::report::ExportedRows;

/// Export tickets, approvals, or releases as rows for other programs.
///
/// The rows are those of `tollgate report audit --bundle`; each row names the repository
/// and the commit it came from. Without a range or a period, all releases are exported. Nothing is sent
/// anywhere.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tollgate export tickets > tickets.jsonl\n  \
                        tollgate export approvals --since 2026-01-01 --redact\n  \
                        tollgate export releases v1.0.0..v1.3.0 --format csv --output releases.csv"
)]
pub(crate) struct Args {
    /// What to export.
    #[arg(value_name = "ROWS", value_parser = words::<ExportedRows>())]
    rows: ExportedRows,
    /// Tag or version of a release, or a range of releases [default: all].
    #[arg(value_name = "RELEASE|A..B", conflicts_with_all = ["since", "until"])]
    release: Option<String>,
    /// First day of the period in which releases were tagged.
    #[arg(long, value_name = "DATE")]
    since: Option<Date>,
    /// Last day of the period [default: today].
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
    /// Package whose releases are exported [default: all].
    #[arg(long, value_name = "NAME")]
    package: Option<String>,
    /// Name of the repository in the rows [default: `project` in `[reports]`, or the name in the remote's URL].
    #[arg(long, value_name = "NAME")]
    repository: Option<String>,
    /// Output format: one JSON object per line, or a table.
    #[arg(long, value_name = "FORMAT", default_value = "jsonl")]
    format: RowFormat,
    /// Replace email addresses with pseudonyms that are the same in every repository.
    #[arg(long)]
    redact: bool,
    /// Write to FILE instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// One JSON object per line, or a table for spreadsheets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum RowFormat {
    Jsonl,
    Csv,
}

pub(crate) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    let options = ReportOptions {
        directory: ctx.directory.clone(),
        config: ctx.config.clone(),
        release: None,
        package: args.package.clone(),
        zone: None,
        now: ctx.now,
    };
    let has_period = args.since.is_some() || args.until.is_some();
    let all = || (!has_period).then(|| "..".to_owned());
    let selection = AuditSelection {
        release: args.release.clone().or_else(all),
        since: args.since,
        until: args.until,
    };
    let repository = args.repository.as_deref();
    let mut rows = export(
        &ctx.repository()?,
        &selection,
        &options,
        args.rows,
        repository,
    )?;
    if args.redact {
        rows.redact();
    }
    let text = match args.format {
        RowFormat::Jsonl => rows.json_lines(),
        RowFormat::Csv => rows.csv(),
    };
    match &args.output {
        Some(path) => files::replace_file(&ctx.output_path(path)?, &text)?,
        None => ctx.text(text),
    }
    Ok(ExitStatus::Success)
}

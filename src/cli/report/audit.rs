//! `tollgate report audit`: evidence about releases for an auditor.

use std::path::PathBuf;

use jiff::civil::Date;

use super::OutputArgs;
use crate::app::report::ReportOptions;
use crate::app::report_audit::{AuditSelection, audit};
use crate::cli::ExitStatus;
use crate::cli::context::Context;
use crate::error::Result;
use crate::files;
use crate::report::AuditPurpose;
use crate::workspace::paths::shown;

/// Write an audit report: every commit, ticket, and approval in the selected releases.
///
/// The document lists the evidence, exceptions to the usual process, what Git cannot prove, and the
/// commands for checking the evidence without Tollgate. With `--bundle`, the same data is also
/// written as tables, and the evidence as files.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tollgate report audit                      the last twelve months\n  \
                        tollgate report audit v1.3.0               one release\n  \
                        tollgate report audit v1.0.0..v1.3.0       the releases after v1.0.0\n  \
                        tollgate report audit --since 2026-01-01 --until 2026-06-30 --bundle audit"
)]
pub(super) struct Args {
    /// Tag or version of a release, or a range of releases [default: the last twelve months].
    #[arg(value_name = "RELEASE|A..B", conflicts_with_all = ["since", "until"])]
    release: Option<String>,
    /// First day of the period [default: twelve months before its end].
    #[arg(long, value_name = "DATE")]
    since: Option<Date>,
    /// Last day of the period [default: today].
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
    /// Package that the audit is about.
    #[arg(long, value_name = "NAME")]
    package: Option<String>,
    /// Write the document, tables, and evidence to a new directory.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["output", "format", "json"])]
    bundle: Option<PathBuf>,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    let options = ReportOptions {
        package: args.package.clone(),
        ..args.output.options(ctx)
    };
    let selection = AuditSelection {
        release: args.release.clone(),
        since: args.since,
        until: args.until,
    };
    let purpose = match &args.bundle {
        None => AuditPurpose::Document,
        Some(_) => AuditPurpose::Bundle,
    };
    let audit = audit(&ctx.repository()?, &selection, &options, purpose)?;
    let Some(folder) = &args.bundle else {
        return args.output.finish(&audit, ctx);
    };
    let bundle = audit.bundle();
    let contents = bundle.files.iter();
    files::create_folder(
        &ctx.output_path(folder)?,
        contents.map(|file| (file.path.as_str(), file.bytes.as_slice())),
    )?;
    let count = bundle.files.len();
    ctx.text(format!(
        "Wrote {count} files to `{}`\nSHA-256 of MANIFEST.sha256: {}\n",
        shown(folder),
        bundle.manifest_digest
    ));
    Ok(ExitStatus::Success)
}

//! `tollgate report metrics`: how the repository releases.

use super::OutputArgs;
use crate::app::report::ReportOptions;
use crate::app::report_metrics::metrics_facts;
use crate::cli::ExitStatus;
use crate::cli::context::Context;
use crate::error::Result;
use crate::report::Metrics;

/// Write metrics for the releases in a period, such as lead time and failed releases.
///
/// The figures are computed from tags, commits, and the tickets at HEAD. The document defines each of
/// them. Missing data is reported as unknown, never as zero, and no figure is broken down by person.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tollgate report metrics                    the last twelve months\n  \
                        tollgate report metrics v1.0.0..v1.3.0     the releases after v1.0.0\n  \
                        tollgate report metrics --package cart --json"
)]
pub(super) struct Args {
    /// Releases after A, up to and including B [default: the last twelve months].
    #[arg(value_name = "A..B")]
    range: Option<String>,
    /// Package that the report is about [default: all].
    #[arg(long, value_name = "NAME")]
    package: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    let options = ReportOptions {
        release: args.range.clone(),
        package: args.package.clone(),
        ..args.output.options(ctx)
    };
    let facts = metrics_facts(&ctx.repository()?, &options)?;
    args.output.finish(&Metrics::new(&facts), ctx)
}

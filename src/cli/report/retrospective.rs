//! `tollgate report retrospective`: what a release promised and what became of it.

use super::OutputArgs;
use crate::app::report::ReportOptions;
use crate::app::report_retrospective::retrospective_facts;
use crate::cli::ExitStatus;
use crate::cli::context::Context;
use crate::error::Result;
use crate::report::Retrospective;

/// Prepare the retrospective: what was promised, what happened, and what stands out.
///
/// Action items from the last retrospective come first. Everyone who had a hand in the release is
/// listed as a participant. The document contains no per-person figures and draws no conclusions.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tollgate report retrospective            the latest release\n  \
                        tollgate report retrospective v1.3.0 --output retrospective.md\n  \
                        tollgate report retrospective v1.0.0..   every release since 1.0.0"
)]
pub(super) struct Args {
    /// Tag or version of the release, or a range A..B [default: the latest release].
    #[arg(value_name = "RELEASE")]
    release: Option<String>,
    /// Package that the report is about.
    #[arg(long, value_name = "NAME")]
    package: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    let options = ReportOptions {
        release: args.release.clone(),
        package: args.package.clone(),
        ..args.output.options(ctx)
    };
    let facts = retrospective_facts(&ctx.repository()?, &options)?;
    args.output.finish(&Retrospective::new(&facts), ctx)
}

//! `tollgate report runbook`: what to do on the day of the release.

use super::ReleaseArgs;
use super::template::{TemplateArgs, TemplatedReport};
use crate::cli::ExitStatus;
use crate::cli::context::Context;
use crate::error::Result;
use crate::report::Runbook;

/// Write the runbook: what to do on the day of the release, in order.
///
/// Tickets are in the order of their dependencies and schedules; if the two contradict each other,
/// no runbook is written. Each step has its time, its owner, its command, and what it should print.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tollgate report runbook\n  \
                        tollgate report runbook v1.3.0 --zone Europe/Berlin --output runbook.md\n  \
                        tollgate report runbook --template runbook.md.jinja")]
pub(super) struct Args {
    #[command(flatten)]
    release: ReleaseArgs,
    #[command(flatten)]
    template: TemplateArgs,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    let facts = args.release.facts(ctx)?;
    let templated = TemplatedReport {
        report: &Runbook::new(&facts)?,
        command: "tollgate report runbook --json",
        configured: |settings| settings.runbook_template.as_ref(),
    };
    args.template.finish(&templated, &args.release.output, ctx)
}

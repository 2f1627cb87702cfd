//! `tollgate report checklist`: what a release needs, and what is already done.

use super::ReleaseArgs;
use crate::app::report_checklist::checklist_facts;
use crate::cli::ExitStatus;
use crate::cli::context::Context;
use crate::error::Result;
use crate::report::Checklist;

/// Write the checklist: what the release needs, and what is already done.
///
/// Each item is either proven by Git, confirmed by a person in the release file or a ticket, or still
/// open. Overdue items come first.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tollgate report checklist\n  \
                        tollgate report checklist v1.3.0 --output checklist.md")]
pub(super) struct Args {
    #[command(flatten)]
    release: ReleaseArgs,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    let facts = checklist_facts(&ctx.repository()?, &args.release.options(ctx))?;
    args.release.output.finish(&Checklist::new(&facts), ctx)
}

//! `tollgate report rollback`: how to go back, in order.

use super::ReleaseArgs;
use crate::cli::ExitStatus;
use crate::cli::context::Context;
use crate::error::Result;
use crate::report::RollbackPlan;

/// Write the rollback plan: how to return to the previous release.
///
/// Tickets are rolled back in the reverse order of their deployment, each with its own rollback
/// steps; Tollgate never guesses how to reverse a step. A table shows who decides, what triggers the
/// rollback, and how long it remains possible.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tollgate report rollback\n  tollgate report rollback v1.3.0 --output rollback.md"
)]
pub(super) struct Args {
    #[command(flatten)]
    release: ReleaseArgs,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    let facts = args.release.facts(ctx)?;
    args.release.output.finish(&RollbackPlan::new(&facts)?, ctx)
}

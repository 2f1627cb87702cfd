//! `tollgate report policy`: the configuration in plain language.

use super::OutputArgs;
use crate::app::report_policy::policy_facts;
use crate::cli::ExitStatus;
use crate::cli::context::Context;
use crate::error::Result;
use crate::report::ChangePolicy;

/// Describe the configuration in plain language, for new colleagues and auditors.
///
/// The document describes the configuration at HEAD: what needs a ticket, how risk is determined,
/// who approves, and when changes are forbidden. It ends with gaps and weak points, such as a role that
/// only one person has.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tollgate report policy\n  \
                        tollgate report policy --zone Europe/Berlin --output POLICY.md")]
pub(super) struct Args {
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    let facts = policy_facts(&ctx.repository()?, &args.output.options(ctx))?;
    args.output.finish(&ChangePolicy::new(&facts), ctx)
}

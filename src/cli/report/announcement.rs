//! `tollgate report announcement`: what others should know about a release.

use super::ReleaseArgs;
use super::template::{TemplateArgs, TemplatedReport};
use crate::cli::ExitStatus;
use crate::cli::args::words;
use crate::cli::context::Context;
use crate::error::Result;
use crate::report::{Announcement, Dialect};

/// Write the announcement: what users, stakeholders, and support should know.
///
/// The text for users consists of the summaries of the tickets that name users as an audience, copied
/// verbatim. Anything that is left out or that the tickets don't cover is listed for you to review.
/// Nothing is sent.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tollgate report announcement\n  tollgate report announcement v1.3.0 --output announcement.md\n  tollgate report announcement --for slack\n  tollgate report announcement v1.3.0 --result"
)]
pub(super) struct Args {
    #[command(flatten)]
    release: ReleaseArgs,
    #[command(flatten)]
    template: TemplateArgs,
    /// Announce how the release went, from the outcomes in its tickets.
    #[arg(long)]
    result: bool,
    /// Where it will be posted; `slack`, `mattermost`, and `teams` print a webhook payload in JSON.
    #[arg(long = "for", value_name = "CHANNEL", default_value = "markdown", conflicts_with_all = ["format", "json", "template"], value_parser = words::<Dialect>())]
    dialect: Dialect,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    let facts = args.release.facts(ctx)?;
    let announcement = match args.result {
        true => Announcement::of_result(&facts)?,
        false => Announcement::new(&facts)?,
    };
    let templated = TemplatedReport {
        report: &announcement,
        command: "tollgate report announcement --json",
        configured: |settings| settings.announcement_template.as_ref(),
    };
    match args.dialect {
        Dialect::Markdown => args.template.finish(&templated, &args.release.output, ctx),
        dialect => args
            .release
            .output
            .write(announcement.in_dialect(dialect), ctx),
    }
}

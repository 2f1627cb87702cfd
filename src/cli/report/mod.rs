//! `tollgate report`: the documents that people read around a release.

mod announcement;
mod audit;
mod checklist;
mod html;
mod metrics;
mod policy;
mod retrospective;
mod rollback;
mod runbook;
mod template;

use std::path::PathBuf;

use crate::app::report::{ReportOptions, release_facts};
use crate::cli::ExitStatus;
use crate::cli::context::Context;
use crate::error::Result;
use crate::files;
use crate::report::{ReleaseFacts, Report};

/// Write documents about a release, such as a runbook.
///
/// Each document is made from the tickets that the commits of the release cite, from the
/// configuration, and from Git. Anything that the tickets don't cover is listed for you to fill in.
/// Nothing is sent anywhere.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tollgate report runbook                     the next release\n  \
                        tollgate report runbook v1.3.0 --output runbook.md\n  \
                        tollgate report runbook --zone Europe/Berlin"
)]
pub(super) struct Args {
    #[command(subcommand)]
    report: ReportCommand,
}

/// The documents.
#[derive(Debug, clap::Subcommand)]
enum ReportCommand {
    Runbook(runbook::Args),
    Metrics(metrics::Args),
    Policy(policy::Args),
    Rollback(rollback::Args),
    Announcement(announcement::Args),
    Checklist(checklist::Args),
    Retrospective(retrospective::Args),
    Audit(audit::Args),
    Html(html::Args),
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    match &args.report {
        ReportCommand::Runbook(args) => runbook::run(args, ctx),
        ReportCommand::Metrics(args) => metrics::run(args, ctx),
        ReportCommand::Policy(args) => policy::run(args, ctx),
        ReportCommand::Rollback(args) => rollback::run(args, ctx),
        ReportCommand::Announcement(args) => announcement::run(args, ctx),
        ReportCommand::Checklist(args) => checklist::run(args, ctx),
        ReportCommand::Retrospective(args) => retrospective::run(args, ctx),
        ReportCommand::Audit(args) => audit::run(args, ctx),
        ReportCommand::Html(args) => html::run(args, ctx),
    }
}

/// The options of all reports about one release.
#[derive(Debug, clap::Args)]
struct ReleaseArgs {
    /// Tag or version of the release, or a range A..B [default: the unreleased changes].
    #[arg(value_name = "RELEASE")]
    release: Option<String>,
    /// Package that the report is about.
    #[arg(long, value_name = "NAME")]
    package: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
}

/// Where a report goes, and how it is printed.
#[derive(Debug, clap::Args)]
struct OutputArgs {
    /// IANA time zone for printed times [default: from the configuration, or UTC].
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Output format.
    #[arg(long, value_name = "FORMAT", default_value = "markdown")]
    format: MarkdownOrJson,
    /// Short for `--format json`.
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Write to FILE instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// For people or for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum MarkdownOrJson {
    Markdown,
    Json,
}

impl ReleaseArgs {
    /// Collects what a report says that may be about several releases together.
    fn facts(&self, ctx: &Context) -> Result<ReleaseFacts> {
        release_facts(&ctx.repository()?, &self.options(ctx))
    }

    fn options(&self, ctx: &Context) -> ReportOptions {
        ReportOptions {
            release: self.release.clone(),
            package: self.package.clone(),
            ..self.output.options(ctx)
        }
    }
}

impl OutputArgs {
    /// The options of a report that is not about a certain release.
    fn options(&self, ctx: &Context) -> ReportOptions {
        ReportOptions {
            directory: ctx.directory.clone(),
            config: ctx.config.clone(),
            release: None,
            package: None,
            zone: self.zone.clone(),
            now: ctx.now,
        }
    }

    /// Prints or writes a report.
    fn finish(&self, report: &impl Report, ctx: &mut Context) -> Result<ExitStatus> {
        let text = match (self.json, self.format) {
            (true, _) | (_, MarkdownOrJson::Json) => report.json(),
            (false, MarkdownOrJson::Markdown) => report.markdown(),
        };
        self.write(text, ctx)
    }

    /// Prints or writes a document.
    fn write(&self, text: String, ctx: &mut Context) -> Result<ExitStatus> {
        match &self.output {
            Some(path) => files::replace_file(&ctx.output_path(path)?, &text)?,
            None => ctx.text(text),
        }
        Ok(ExitStatus::Success)
    }
}

//! `--template FILE`, for reports that can be written by a template of the user's own.

use std::path::PathBuf;

use super::{MarkdownOrJson, OutputArgs};
use crate::app::changelog::{configured_source, named_source};
use crate::changelog::Template;
use crate::cli::ExitStatus;
use crate::cli::context::Context;
use crate::config::ReportSettings;
use crate::error::Result;
use crate::report::Templated;

/// Which template writes a report.
#[derive(Debug, clap::Args)]
pub(super) struct TemplateArgs {
    /// Render with this MiniJinja template [default: from the configuration, if any].
    #[arg(long, value_name = "FILE", conflicts_with_all = ["format", "json"])]
    template: Option<PathBuf>,
}

/// A report that a template may write.
pub(super) struct TemplatedReport<'r, R> {
    pub(super) report: &'r R,
    /// The command that prints all its values.
    pub(super) command: &'static str,
    /// The path of the template that the configuration names.
    pub(super) configured: fn(&ReportSettings) -> Option<&String>,
}

impl TemplateArgs {
    /// Prints or writes a report, by a template if there is one.
    ///
    /// # Errors
    ///
    /// Fails if the template cannot be read or rendered, and if the file cannot be written.
    pub(super) fn finish<R: Templated>(
        &self,
        templated: &TemplatedReport<'_, R>,
        output: &OutputArgs,
        ctx: &mut Context,
    ) -> Result<ExitStatus> {
        let report = templated.report;
        if output.json || output.format == MarkdownOrJson::Json {
            return output.finish(report, ctx);
        }
        let repository = ctx.repository()?;
        let configured = || {
            let config = ctx.load_config(&repository)?;
            let path = (templated.configured)(&config.reports);
            path.map(|path| configured_source(&repository, path))
                .transpose()
        };
        let source = match &self.template {
            Some(file) => Some(named_source(&ctx.directory, file)?),
            None => configured()?,
        };
        let Some(source) = source else {
            return output.finish(report, ctx);
        };
        let template = Template::of_document(source, templated.command)?;
        output.write(template.render_document(report, report.entries())?, ctx)
    }
}

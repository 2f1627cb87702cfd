//! `tollgate report html`: the page of a repository.

use std::path::PathBuf;

use crate::app::report::ReportOptions;
use crate::app::report_page::page_facts;
use crate::cli::ExitStatus;
use crate::cli::context::Context;
use crate::error::Result;
use crate::files;
use crate::report::{PAGE_SIGNATURE, pages};

/// Write a page about the releases and tickets of the last twelve months.
///
/// The page is one HTML file that loads nothing and works without scripts. With `--output`, earlier
/// tickets are written to one file per year, next to the page.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tollgate report html --output site/          writes site/index.html\n  \
                        tollgate report html --output changes.html\n  \
                        tollgate report html --package cart > cart.html"
)]
pub(super) struct Args {
    /// Package that the page is about [default: all].
    #[arg(long, value_name = "NAME")]
    package: Option<String>,
    /// IANA time zone of printed times [default: from the configuration, or UTC].
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Write to FILE, or to `index.html` in a directory, instead of standard output.
    #[arg(short, long, value_name = "FILE|DIR")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    let options = ReportOptions {
        directory: ctx.directory.clone(),
        config: ctx.config.clone(),
        release: None,
        package: args.package.clone(),
        zone: args.zone.clone(),
        now: ctx.now,
    };
    let output = args.output.as_ref().map(|path| ctx.output_path(path));
    let page = output.transpose()?.map(|path| files::page_path(&path));
    let name = page.as_ref().and_then(|page| page.file_name());
    let name = name.map(|name| name.to_string_lossy().into_owned());
    let facts = page_facts(&ctx.repository()?, &options)?;
    let written = pages(&facts, name.as_deref());
    let Some(path) = page else {
        for file in written {
            ctx.text(file.html);
        }
        return Ok(ExitStatus::Success);
    };
    let beside = |name: &str| path.with_file_name(name);
    for file in &written {
        files::refuse_foreign(&beside(&file.name), PAGE_SIGNATURE)?;
    }
    for file in &written {
        files::replace_file(&beside(&file.name), &file.html)?;
    }
    Ok(ExitStatus::Success)
}

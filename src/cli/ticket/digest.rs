//! `tollgate ticket digest`: what an approval is bound to.

use std::path::PathBuf;

use super::{find, require_valid};
use crate::cli::ExitStatus;
use crate::cli::context::Context;
use crate::cli::input::ticket_on_stdin;
use crate::error::{Error, Result};
use crate::files;
use crate::ticket::{self, DIGEST_PAGE};

/// Print the digest of a ticket's plan, for approvals to refer to.
///
/// The digest changes with the plan. It ignores formatting, comments, the order of keys, and fields
/// outside the plan.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "tollgate ticket digest [OPTIONS] <TICKET>\n       tollgate ticket digest --explain",
    after_help = "Examples:\n  tollgate ticket digest pool\n  \
                        tollgate ticket digest pool --write bytes && sha256sum bytes\n  \
                        tollgate ticket digest - --stdin-filename changes/pool.toml < p.toml"
)]
pub(super) struct Args {
    /// Ticket ID or a unique part of it (3 or more characters), file name, or path; `-` for standard input.
    #[arg(value_name = "TICKET", required_unless_present = "explain")]
    ticket: Option<String>,
    /// Path to assume for standard input.
    #[arg(long, value_name = "PATH")]
    stdin_filename: Option<PathBuf>,
    /// Also write to FILE the bytes that the digest is computed from.
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// Explain how digests are computed; takes no ticket.
    #[arg(long, conflicts_with_all = ["ticket", "stdin_filename", "write"])]
    explain: bool,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    let Some(named) = &args.ticket else {
        ctx.out.push_str(DIGEST_PAGE);
        return Ok(ExitStatus::Success);
    };
    let workspace = ctx.workspace()?;
    if named != "-" && args.stdin_filename.is_some() {
        return Err(Error::usage(
            "`--stdin-filename` needs standard input",
            "pass `-` as the ticket",
        ));
    }
    let source = match named.as_str() {
        "-" => ticket_on_stdin(&workspace, args.stdin_filename.as_deref())?,
        named => find(named, &workspace, ctx)?,
    };
    let parsed = require_valid(&source, &workspace)?;
    let by_file = parsed.id() == ticket::stem(source.name());
    if named == "-" && args.stdin_filename.is_none() && by_file {
        return Err(Error::usage(
            "the ticket on standard input has no `id`, which is part of its digest",
            "pass its file name with `--stdin-filename`",
        ));
    }
    if let Some(file) = &args.write {
        files::replace_file(
            &ctx.output_path(file)?,
            &ticket::digest_input(&parsed.document),
        )?;
    }
    ctx.line(&ticket::digest(&parsed.document));
    Ok(ExitStatus::Success)
}

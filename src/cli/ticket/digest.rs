//! `tollgate ticket digest`: what an approval is bound to.

use std::path::PathBuf;

use super::readable;
use crate::cli::Answer;
use crate::cli::check::standard_input;
use crate::cli::context::Context;
use crate::error::{Error, Result};
use crate::files;
use crate::ticket::{self, DIGEST_PAGE};

/// Print the digest that an approval is bound to.
///
/// It changes with the plan, and not with formatting, comments, the order of keys, or what stands beside the plan.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tollgate ticket digest 2026-11-20-raise-the-pool\n  \
                        tollgate ticket digest --write bytes 2026-11-20-raise-the-pool && sha256sum bytes\n  \
                        git show main:changes/pool.toml | tollgate ticket digest - --stdin-filename changes/pool.toml")]
pub(super) struct Args {
    /// Its id, its file's name or its path; `-` for standard input.
    #[arg(value_name = "TICKET", required_unless_present = "explain")]
    ticket: Option<String>,
    /// What the ticket on standard input is called.
    #[arg(long, value_name = "PATH")]
    stdin_filename: Option<PathBuf>,
    /// Also write the bytes that are hashed to FILE.
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// Tell how a digest is computed, byte by byte.
    #[arg(long, conflicts_with_all = ["ticket", "stdin_filename", "write"])]
    explain: bool,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<Answer> {
    let Some(named) = &args.ticket else {
        ctx.out.push_str(DIGEST_PAGE);
        return Ok(Answer::Yes);
    };
    let workspace = ctx.workspace()?;
    if named != "-" && args.stdin_filename.is_some() {
        return Err(Error::usage(
            "`--stdin-filename` names standard input, which is not read",
            "name `-` as the ticket",
        ));
    }
    let source = match named.as_str() {
        "-" => standard_input(&workspace, args.stdin_filename.as_deref())?,
        named => workspace.find_ticket(named)?,
    };
    let document = readable(&source, &workspace)?;
    let by_file = ticket::identity(&document).text == ticket::stem(source.name());
    if named == "-" && args.stdin_filename.is_none() && by_file {
        return Err(Error::usage(
            "the ticket on standard input has no `id`, which is part of its digest",
            "say what its file is called with `--stdin-filename`",
        ));
    }
    if let Some(file) = &args.write {
        files::replace_file(&ctx.output_path(file)?, &ticket::digested(&document))?;
    }
    ctx.line(&ticket::digest(&document));
    Ok(Answer::Yes)
}

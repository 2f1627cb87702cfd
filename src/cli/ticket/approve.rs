//! `tollgate ticket approve`: writes an approval into a ticket.

use super::readable;
use crate::cli::Answer;
use crate::cli::context::Context;
use crate::error::{Error, Result};
use crate::format;
use crate::git::Repository;
use crate::signature::{ApprovalText, NAMESPACE};
use crate::source::sanitise_line;
use crate::ticket::{self, Decision, NewApproval};

/// Approve what a ticket says now, or reject it.
///
/// The approval names the digest of the plan, and counts as long as the plan stays. Signed by an SSH key it is proven
/// whatever becomes of the commit that brings it; unsigned it is as good as the commit of the person who adds it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tollgate ticket approve 2026-11-20-raise-the-pool --sign\n  \
                        tollgate ticket approve 2026-11-20-raise-the-pool --role dba\n  \
                        tollgate ticket approve 2026-11-20-raise-the-pool --reject --reason 'the undo was not tried'\n\n\
                        `--sign` asks `ssh-keygen`, with the key of `user.signingKey` where `gpg.format` is `ssh`.")]
pub(super) struct Args {
    /// Its id, its file's name or its path.
    ticket: String,
    /// Reject it instead.
    #[arg(long)]
    reject: bool,
    /// The role in which you decide.
    #[arg(long)]
    role: Option<String>,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// The address under which you decide; git's `user.email` where it is not said.
    #[arg(long, value_name = "EMAIL")]
    by: Option<String>,
    /// Sign it by your SSH key.
    #[arg(long)]
    sign: bool,
    /// Show what would change, and write nothing.
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<Answer> {
    let workspace = ctx.workspace()?;
    let source = workspace.find_ticket(&args.ticket)?;
    let document = readable(&source, &workspace)?;
    let name = workspace.seen(source.name());
    let by = match &args.by {
        Some(by) => by.clone(),
        None => ctx.repository()?.user_email()?,
    };
    let approval = NewApproval {
        by,
        role: args.role.clone(),
        decision: if args.reject { Decision::Reject } else { Decision::Approve },
        at: ctx.now,
        reason: args.reason.clone(),
        signature: None,
    };
    let mut approval = approval.at_whole_second();
    if args.sign {
        let digest = ticket::digest(&document);
        let id = ticket::identity(&document).text;
        approval.signature = Some(sign(&ctx.repository()?, &approval, (&id, &digest))?);
    }
    let text = ticket::approved(&document, &approval).ok_or_else(|| unwritable(&name))?;
    if args.dry_run {
        ctx.out += &format::diff(&name, source.text(), &text);
        return Ok(Answer::Yes);
    }
    workspace.replace_ticket(&source, &text)?;
    let done = if args.reject { "rejected" } else { "approved" };
    let signed = if args.sign { ", signed" } else { "" };
    ctx.line(&format!("{}: {done} by {}{signed}", sanitise_line(&name), sanitise_line(&approval.by)));
    Ok(Answer::Yes)
}

fn sign(repository: &Repository, approval: &NewApproval, (id, digest): (&str, &str)) -> Result<String> {
    let text = ApprovalText {
        ticket: id,
        digest,
        decision: approval.decision,
        by: &approval.by,
        role: approval.role.as_deref(),
        at: approval.at,
    };
    let text = text
        .to_text()
        .map_err(|refusal| Error::usage(format!("this cannot be signed: {refusal}"), "write it in one line"))?;
    repository.sign_by_ssh(NAMESPACE, &text)
}

fn unwritable(name: &str) -> Error {
    Error::refused(
        format!("no approval can be added to `{name}` without changing more"),
        "write its approvals as `[[approvals]]`, each in a table of its own",
    )
}

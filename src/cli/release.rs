//! `tollgate release`: shows what a release would do, and does it.

use crate::cli::Answer;
use crate::cli::context::Context;
use crate::cli::next::{TextOrJson, Wish, warn_of_greater};
use crate::error::{Error, Result};
use crate::format::{self, Format};
use crate::git::{self, Repository};
use crate::release::Released;
use crate::workspace::{Proposal, ReleaseOptions, plan_release};

/// Show what a release would do; with --execute do it.
///
/// A release is one commit with the changelog and the version files, and an annotated tag. It is made whole or not at
/// all: killed half-way, the next run finishes it. Nothing is pushed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tollgate release              what would be done, and what stands in its way\n  \
                        tollgate release --execute    do it, or finish what has begun\n  \
                        tollgate release --abort      forget what has begun, while nobody can see it")]
pub(super) struct Args {
    #[command(flatten)]
    wish: Wish,
    /// Do it; finish first what has begun and was interrupted.
    #[arg(long)]
    execute: bool,
    /// Forget a release that has begun and was interrupted, as long as neither branch nor tag shows it.
    #[arg(long, conflicts_with_all = ["execute", "pre", "bump", "set_version", "build", "format"])]
    abort: bool,
    /// Write it for people or for programs.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: TextOrJson,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<Answer> {
    let repository = ctx.repository()?;
    if args.abort {
        return abort(&repository, ctx);
    }
    if args.execute {
        let finished = git::resume(&repository)?;
        if !finished.is_empty() {
            ctx.hint("Finished what had begun before; run it again for a further release.");
            report(args, None, &finished, ctx);
            return Ok(Answer::Yes);
        }
    } else if let Some(tag) = git::pending(&repository)?.first() {
        return Err(Error::unfinished(
            format!("the release of `{tag}` has begun and is not finished"),
            "`tollgate release --execute` finishes it, `tollgate release --abort` forgets it",
        ));
    }
    let options = ReleaseOptions {
        directory: ctx.directory.clone(),
        config: ctx.config.clone(),
        version: args.wish.options(),
        now: ctx.now,
    };
    let proposal = plan_release(&repository, &options)?;
    warn_of_greater(&proposal.next, ctx);
    carry_out(args, &repository, &proposal, ctx)
}

fn carry_out(args: &Args, repository: &Repository, proposal: &Proposal, ctx: &mut Context) -> Result<Answer> {
    let mut made = Vec::new();
    if let Some(plan) = proposal.plan.as_ref().filter(|_| args.execute && !proposal.is_blocked()) {
        made.push(git::apply(repository, plan)?);
    }
    report(args, Some(proposal), &made, ctx);
    Ok(if proposal.is_blocked() { Answer::No } else { Answer::Yes })
}

fn report(args: &Args, proposal: Option<&Proposal>, made: &[Released], ctx: &mut Context) {
    if args.format == TextOrJson::Json {
        let planned = proposal.map(|proposal| (&proposal.next, proposal.plan.as_ref(), &proposal.checked));
        ctx.out.push_str(&format::release_json(planned, made));
    } else if made.is_empty() {
        ctx.out.push_str(&proposal.map(|proposal| describe(proposal, ctx)).unwrap_or_default());
    }
    if args.format == TextOrJson::Text {
        ctx.out.extend(made.iter().map(format::released));
    }
}

/// What would be done and what was found, or that there is nothing to do.
fn describe(proposal: &Proposal, ctx: &Context) -> String {
    match &proposal.plan {
        None => format!("Nothing to release: the version stays {}\n", proposal.next.version),
        Some(plan) => {
            let found = Format::Full.render(&proposal.checked, ctx.look);
            let then = if proposal.is_blocked() {
                "Nothing was changed: the errors stand in the way."
            } else {
                "`tollgate release --execute` does it."
            };
            format!("{}\n{found}{then}\n", format::release_plan(&proposal.next, plan))
        }
    }
}

fn abort(repository: &Repository, ctx: &mut Context) -> Result<Answer> {
    let forgotten = git::abort(repository)?;
    for tag in &forgotten {
        ctx.line(&format!("Forgot the release of `{tag}`; nothing of it was to be seen"));
    }
    if forgotten.is_empty() {
        ctx.line("No release has begun");
    }
    Ok(Answer::Yes)
}

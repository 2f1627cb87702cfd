//! `tollgate ticket new --from-diff`: drafts a ticket from what the branch changes.

use jiff::tz::TimeZone;

use super::new::{Args, create, is_title, require_title};
use crate::app::draft::{DraftRange, read_change};
use crate::cli::ExitStatus;
use crate::cli::context::Context;
use crate::cli::gate::event_of_job;
use crate::commit::Id;
use crate::draft::{Change, DraftedTicket, Given, draft_ticket};
use crate::error::{Error, Result};
use crate::format::counted;
use crate::git::Repository;
use crate::source::{sanitise_line, shorten};
use crate::ticket::MARKER;

pub(super) fn run(args: &Args, base: Option<&str>, ctx: &mut Context) -> Result<ExitStatus> {
    if args.title.is_some() {
        require_title(args.title.as_deref())?;
    }
    let workspace = ctx.workspace()?;
    let repository = ctx.repository()?;
    let (base, head, base_name) = revisions(&repository, base)?;
    let range = DraftRange {
        base,
        head,
        base_name: &base_name,
    };
    let config = workspace.config();
    let change = read_change(&repository, config, range, &workspace.tickets()?)?;
    let given = Given {
        id: args.id.clone(),
        title: args.title.clone(),
        kind: args.kind,
        category: args.category,
        justification: args.justification.clone(),
    };
    let today = ctx.now.to_zoned(TimeZone::UTC).date();
    let drafted = draft_ticket(&change, &given, today, &config.risk);
    create(
        file_words(&drafted, &change),
        args.id.as_deref(),
        &drafted.text,
        ctx,
    )?;
    let DraftedTicket {
        found, questions, ..
    } = drafted;
    ctx.footnote(format!(
        "compared with `{}`: {found} of {} found; replace the {} marked \"{MARKER}\", then run `tollgate check`",
        shorten(&sanitise_line(&base_name)),
        counted(found + questions, "field"),
        counted(questions, "question"),
    ));
    Ok(ExitStatus::Success)
}

/// The words that the file is named after.
fn file_words<'a>(drafted: &'a DraftedTicket, change: &'a Change) -> &'a str {
    let subject = change.commits.last().map(|commit| commit.subject.as_str());
    let known = drafted.title.as_deref().or(subject);
    known.filter(|words| is_title(words)).unwrap_or("change")
}

/// The base and the head of the branch, and how the user knows the base. `A..B` compares others
/// than HEAD.
fn revisions(repository: &Repository, base: Option<&str>) -> Result<(Id, Id, String)> {
    let Some(named) = base else {
        let head = repository.resolve("HEAD")?;
        if let Some(event) = event_of_job()? {
            let base = event.base(repository)?;
            return Ok((base, head, base.short()));
        }
        let base = repository.likely_base().ok_or_else(|| {
            Error::usage(
                "no base branch given and none detected",
                "pass it: `--from-diff BRANCH`",
            )
        })?;
        return Ok((repository.resolve(&base)?, head, base));
    };
    let (base, head) = named.split_once("..").unwrap_or((named, ""));
    let head = if head.is_empty() { "HEAD" } else { head };
    let base = if base.is_empty() { "HEAD" } else { base };
    Ok((
        repository.resolve(base)?,
        repository.resolve(head)?,
        base.to_owned(),
    ))
}

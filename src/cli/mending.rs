//! The fixes that `check` applies or shows.

use similar::TextDiff;

use crate::cli::Answer;
use crate::cli::context::Context;
use crate::cli::files;
use crate::error::Result;
use crate::finding::Applicability;
use crate::rules::{self, Mended, Settings};
use crate::source::{Source, sanitise};
use crate::workspace::Workspace;

/// Which fixes are applied, or only shown.
#[derive(Debug, clap::Args)]
pub(super) struct Mending {
    /// Apply the fixes that are safe.
    #[arg(long)]
    fix: bool,
    /// Apply also the fixes whose result a person should look at.
    #[arg(long)]
    unsafe_fixes: bool,
    /// Show the fixes as a diff and apply none; exit code 1 where there are any.
    #[arg(long, conflicts_with = "formats")]
    pub(super) diff: bool,
}

impl Mending {
    /// Which fixes are asked for.
    pub(super) const fn allowed(&self) -> Option<Applicability> {
        match self {
            Self { unsafe_fixes: true, .. } => Some(Applicability::Unsafe),
            Self { fix: true, .. } | Self { diff: true, .. } => Some(Applicability::Safe),
            _ => None,
        }
    }

    /// Whether files are written.
    pub(super) const fn writes(&self) -> bool {
        self.allowed().is_some() && !self.diff
    }
}

/// Applies fixes to the files of these tickets, and gives the texts that then hold.
pub(super) fn apply(
    tickets: Vec<Source>,
    allowed: Applicability,
    (workspace, settings): (&Workspace, &Settings),
    ctx: &Context,
) -> Result<Vec<Source>> {
    let (mut applied, mut written) = (0, 0);
    let mut mended = Vec::with_capacity(tickets.len());
    for ticket in tickets {
        let Some(Mended { source, applied: fixes }) = rules::mend(&ticket, allowed, settings) else {
            mended.push(ticket);
            continue;
        };
        files::replace(&workspace.path(source.name()), source.text())?;
        (applied, written) = (applied + fixes, written + 1);
        mended.push(source);
    }
    if written > 0 {
        ctx.hint(&format!("fixes applied: {applied}, files written: {written}"));
    }
    Ok(mended)
}

/// Shows what fixes would change.
pub(super) fn show(tickets: &[Source], allowed: Applicability, settings: &Settings, ctx: &mut Context) -> Answer {
    let mut answer = Answer::Yes;
    for ticket in tickets {
        let Some(mended) = rules::mend(ticket, allowed, settings) else { continue };
        let diff = TextDiff::from_lines(ticket.text(), mended.source.text());
        let (before, after) = (format!("a/{}", ticket.name()), format!("b/{}", ticket.name()));
        ctx.out += &sanitise(&diff.unified_diff().header(&before, &after).to_string());
        answer = Answer::No;
    }
    answer
}

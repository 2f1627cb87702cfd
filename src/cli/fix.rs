//! The part of `tollgate check` that mends: which fixes are applied, where the texts go, and what
//! is said of them.
//!
//! Nothing is written without `--fix` or `--fix-only`, and a file is replaced whole or not at all.

use std::collections::BTreeSet;

use crate::cli::Answer;
use crate::cli::context::Context;
use crate::error::Result;
use crate::finding::{Applicability, Checked};
use crate::format::{self, Fixes};
use crate::rules::{self, Mended, Settings};
use crate::source::Source;
use crate::workspace::Workspace;

/// What is done about findings that can be mended.
#[derive(Debug, clap::Args)]
pub(super) struct Fixing {
    /// Apply safe fixes.
    #[arg(long, conflicts_with = "show_files")]
    fix: bool,
    /// Include fixes that may change the meaning.
    #[arg(long)]
    unsafe_fixes: bool,
    /// Preview fixes; exit with code 1 if there are any.
    #[arg(long, conflicts_with_all = ["formats", "json", "statistics", "show_files"])]
    diff: bool,
    /// Apply fixes; don't report remaining findings.
    #[arg(long, conflicts_with_all = ["formats", "json", "statistics", "show_files"])]
    fix_only: bool,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// To be told what is wrong.
    Report,
    /// To see what fixes would do.
    Show,
    /// To have fixes applied, and to be told what is left.
    Apply,
    /// To have fixes applied.
    ApplyOnly,
}

/// Texts with their fixes.
pub(super) struct Fixed<'t> {
    before: &'t [Source],
    /// The texts with their fixes, in the order in which they were given.
    pub(super) tickets: Vec<Source>,
    fixes: Fixes,
}

impl Fixing {
    /// What the options ask for together, as ruff understands them.
    pub(super) const fn wish(&self) -> Wish {
        match self {
            Self { diff: true, .. } => Wish::Show,
            Self { fix_only: true, .. } => Wish::ApplyOnly,
            Self { fix: true, .. } => Wish::Apply,
            _ => Wish::Report,
        }
    }

    /// Mends the texts in which something was found that may be mended.
    pub(super) fn mend<'t>(
        &self,
        before: &'t [Source],
        checked: &Checked,
        settings: &Settings,
    ) -> Fixed<'t> {
        let allowed = if self.unsafe_fixes {
            Applicability::Unsafe
        } else {
            Applicability::Safe
        };
        let fixable = checked
            .findings
            .iter()
            .filter(|finding| finding.fix.is_some());
        let fixable: BTreeSet<&str> = fixable.map(|finding| finding.place.name()).collect();
        let mut fixed = Fixed {
            before,
            tickets: before.to_vec(),
            fixes: Fixes::default(),
        };
        for ticket in fixed
            .tickets
            .iter_mut()
            .filter(|ticket| fixable.contains(ticket.name()))
        {
            if let Some(Mended { source, applied }) = rules::mend(ticket, allowed, settings) {
                *ticket = source;
                fixed.fixes.applied += applied;
                fixed.fixes.tickets += 1;
            }
            if allowed == Applicability::Safe {
                fixed.fixes.more += rules::mend(ticket, Applicability::Unsafe, settings)
                    .map_or(0, |more| more.applied);
            }
        }
        fixed
    }

    /// Says what `--fix` would do, where the unsafe fixes are asked for and nothing is to be done
    /// with them.
    pub(super) fn offer(
        &self,
        before: &[Source],
        checked: &Checked,
        settings: &Settings,
        ctx: &Context,
    ) {
        if self.unsafe_fixes {
            self.mend(before, checked, settings)
                .count("`--fix` would fix", ctx);
        }
    }
}

impl Fixed<'_> {
    /// Prints what would change; the answer is no where something would.
    pub(super) fn show(&self, workspace: &Workspace, ctx: &mut Context) -> Answer {
        for (before, after) in self.changes(self.before.len()) {
            ctx.out += &format::diff(
                &workspace.display_path(before.name()),
                before.text(),
                after.text(),
            );
        }
        self.count("Would fix", ctx);
        if self.fixes.applied > 0 {
            Answer::No
        } else {
            Answer::Yes
        }
    }

    /// Replaces the files of which the first `files` texts were read.
    pub(super) fn write(&self, files: usize, workspace: &Workspace, ctx: &Context) -> Result<()> {
        for (before, after) in self.changes(files) {
            workspace.replace_ticket(before, after.text())?;
        }
        self.count("Fixed", ctx);
        Ok(())
    }

    /// What changed among the first texts.
    fn changes(&self, first: usize) -> impl Iterator<Item = (&Source, &Source)> {
        self.before
            .iter()
            .zip(&self.tickets)
            .take(first)
            .filter(|(before, after)| before.text() != after.text())
    }

    fn count(&self, begin: &str, ctx: &Context) {
        if let Some(line) = self.fixes.line(begin) {
            ctx.hint(&line);
        }
    }
}

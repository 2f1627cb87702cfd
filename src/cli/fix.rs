//! The fixes of `tollgate check`: which ones are applied, where the texts go, and what is reported.
//!
//! Nothing is written without `--fix` or `--fix-only`, and a file is replaced whole or not at all.

use std::collections::BTreeSet;

use crate::cli::ExitStatus;
use crate::cli::context::Context;
use crate::error::Result;
use crate::finding::{Applicability, Checked};
use crate::format::{self, Fixes};
use crate::rules::{self, Fixed, Settings};
use crate::source::{Source, sanitise_line};
use crate::workspace::Workspace;

/// Which fixes are applied.
#[derive(Debug, clap::Args)]
pub(super) struct FixArgs {
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

/// What happens with fixes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FixMode {
    /// Findings are reported.
    Report,
    /// The changes are shown as a diff.
    Diff,
    /// Fixes are applied, and the remaining findings reported.
    Apply,
    /// Fixes are applied.
    ApplyOnly,
}

/// Texts with their fixes.
pub(super) struct FixedTickets<'t> {
    before: &'t [Source],
    /// The texts with their fixes, in the order in which they were given.
    pub(super) tickets: Vec<Source>,
    fixes: Fixes,
    /// A line for each ticket with fixes that its state forbids.
    withheld: Vec<String>,
}

impl FixArgs {
    /// The mode that the options select together, as in ruff.
    pub(super) const fn mode(&self) -> FixMode {
        match self {
            Self { diff: true, .. } => FixMode::Diff,
            Self { fix_only: true, .. } => FixMode::ApplyOnly,
            Self { fix: true, .. } => FixMode::Apply,
            _ => FixMode::Report,
        }
    }

    /// Applies the allowed fixes to the texts that have fixable findings.
    pub(super) fn apply<'t>(
        &self,
        before: &'t [Source],
        checked: &Checked,
        settings: &Settings,
    ) -> FixedTickets<'t> {
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
        let mut fixed = FixedTickets {
            before,
            tickets: before.to_vec(),
            fixes: Fixes::default(),
            withheld: Vec::new(),
        };
        for ticket in fixed
            .tickets
            .iter_mut()
            .filter(|ticket| fixable.contains(ticket.name()))
        {
            if let Some(Fixed { source, applied }) = rules::apply_fixes(ticket, allowed, settings) {
                *ticket = source;
                fixed.fixes.applied += applied;
                fixed.fixes.tickets += 1;
            }
            if let Some((count, why)) = rules::withheld_fixes(ticket, allowed, settings) {
                let name = sanitise_line(ticket.name());
                let fixes = if count == 1 { "fix" } else { "fixes" };
                fixed
                    .withheld
                    .push(format!("`{name}`: {count} {fixes} not applied: {why}"));
            }
            if allowed == Applicability::Safe {
                fixed.fixes.more += rules::apply_fixes(ticket, Applicability::Unsafe, settings)
                    .map_or(0, |more| more.applied);
            }
        }
        fixed
    }

    /// Reports what `--fix` would do if `--unsafe-fixes` is given without it.
    pub(super) fn hint_available(
        &self,
        before: &[Source],
        checked: &Checked,
        settings: &Settings,
        ctx: &Context,
    ) {
        if self.unsafe_fixes {
            self.apply(before, checked, settings)
                .hint_count("`--fix` would fix", ctx);
        }
    }
}

impl FixedTickets<'_> {
    /// Prints what would change; the status is a failure if anything would.
    pub(super) fn print_diff(&self, workspace: &Workspace, ctx: &mut Context) -> ExitStatus {
        for (before, after) in self.changes(self.before.len()) {
            ctx.out += &format::diff(
                &workspace.display_path(before.name()),
                before.text(),
                after.text(),
            );
        }
        self.hint_count("Would fix", ctx);
        if self.fixes.applied > 0 {
            ExitStatus::Failure
        } else {
            ExitStatus::Success
        }
    }

    /// Replaces the files of which the first `files` texts were read.
    pub(super) fn write(&self, files: usize, workspace: &Workspace, ctx: &Context) -> Result<()> {
        for (before, after) in self.changes(files) {
            workspace.replace_ticket(before, after.text())?;
        }
        self.hint_count("Fixed", ctx);
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

    fn hint_count(&self, begin: &str, ctx: &Context) {
        self.withheld.iter().for_each(|line| ctx.hint(line));
        if let Some(line) = self.fixes.line(begin) {
            ctx.hint(&line);
        }
    }
}

//! The commits that `check --commits` names, and the tickets that messages may name.

use crate::cli::changelog::parse_range;
use crate::cli::context::Context;
use crate::commit::Id;
use crate::error::{Error, Result};
use crate::finding::Checked;
use crate::git::Repository;
use crate::history::Tree as _;
use crate::history::{self, Scope};
use crate::rules::{CommitLint, Settings, TicketIndex};
use crate::source::Source;
use crate::workspace::Workspace;

/// Lints the messages of a range: `A..B`, or `A` for all that came since.
///
/// # Errors
///
/// Fails if the range names no commits, or if history is missing.
pub(super) fn lint(range: &str, settings: &Settings, ctx: &Context) -> Result<Checked> {
    warn_if_unchecked(settings, ctx);
    let repository = ctx.repository()?;
    let scope = commit_range(range, &repository)?;
    let history = repository.history()?;
    let mut lint = CommitLint::new(settings, || {
        let read = || tickets_before(scope.exclude, &repository, &ctx.workspace()?);
        repository.root().is_some().then(read).transpose()
    })
    .onto(scope.exclude);
    history::visit(&history, scope, |id, commit| lint.add(id, commit))?;
    Ok(lint.finish())
}

/// Warns if the selected rules check no message: that no problem is found says nothing then.
pub(super) fn warn_if_unchecked(settings: &Settings, ctx: &Context) {
    if settings.selects_no_message_rule() {
        ctx.hint(
            "warning: none of the selected rules is about commit messages, so they are not checked\n  \
             help: select rules of `commit/*`",
        );
    }
}

fn commit_range(range: &str, repository: &Repository) -> Result<Scope> {
    if range.contains("...") {
        return Err(Error::usage(
            format!("`A...B` ranges are not supported: `{range}`"),
            "use `A..B` for the commits of B that are not in A",
        ));
    }
    if range.contains("..") {
        return parse_range(range, repository);
    }
    Ok(Scope {
        tip: None,
        exclude: Some(repository.resolve(range)?),
    })
}

/// The tickets of the work tree; those that were closed or cancelled after `commit` count as open.
///
/// # Errors
///
/// Fails if tickets cannot be read, in the work tree or at `commit`.
pub(super) fn tickets_before(
    commit: Option<Id>,
    repository: &Repository,
    workspace: &Workspace,
) -> Result<TicketIndex> {
    let mut index = TicketIndex::read(&workspace.tickets()?);
    if !index.has_finished_ticket() {
        return Ok(index);
    }
    let tree = commit.map(|commit| repository.tree(commit)).transpose()?;
    index.reopen_unless(|path| {
        let Some(tree) = &tree else { return Ok(false) };
        let previous = tree
            .file(path)?
            .map(|file| Source::decode(path, file.bytes));
        Ok(previous.is_some_and(|previous| TicketIndex::read(&[previous]).has_finished_ticket()))
    })?;
    Ok(index)
}

//! `tollgate prepare-commit-msg`: adds the trailer that names the ticket of a commit.

use std::path::PathBuf;

use super::commit_msg::edit_mode;
use crate::cli::ExitStatus;
use crate::cli::context::Context;
use crate::commit::{ticket_named_in, with_trailer};
use crate::error::{Error, Result};
use crate::files;
use crate::git::Repository;
use crate::source::{sanitise_line, shorten};
use crate::ticket::{ParsedTicket, named_by_branch};
use crate::workspace::Workspace;

/// The largest message that is read, in bytes.
const MAX_MESSAGE_BYTES: usize = 1 << 20;

/// The beginnings of messages that are folded into another commit.
const FOLDED: [&str; 3] = ["fixup! ", "squash! ", "amend! "];

/// Add the ticket's trailer to a commit message, in a prepare-commit-msg hook.
///
/// The ticket is the one that the commit adds or edits, or the one whose ID is in the branch name.
/// Only tickets that are not closed or cancelled count. If the two differ, or several tickets are
/// possible, nothing is added. Messages of merges, squashes, and fixups, and messages that have the
/// trailer already, are not changed. In the editor, an empty message gets the trailer as a comment,
/// so that closing the editor still aborts the commit.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tollgate prepare-commit-msg .git/COMMIT_EDITMSG\n  \
                        tollgate prepare-commit-msg \"$@\"      in .git/hooks/prepare-commit-msg"
)]
pub(super) struct Args {
    /// File with the message.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Source of the message, as Git passes it: message, template, merge, squash, or commit.
    #[arg(value_name = "SOURCE")]
    message_source: Option<String>,
    /// Commit that the message comes from, as Git passes it.
    #[arg(value_name = "COMMIT")]
    commit: Option<String>,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    let repository = ctx.repository()?;
    let is_combined = matches!(args.message_source.as_deref(), Some("merge" | "squash"));
    if is_combined || repository.is_merging() {
        return Ok(ExitStatus::Success);
    }
    let path = ctx.directory.join(&args.file);
    let text = files::read_file(&path, MAX_MESSAGE_BYTES).map_err(|error| {
        let file = args.file.display();
        Error::file(
            format!("`{file}` cannot be read"),
            "pass the file with the message",
        )
        .with_source(error)
    })?;
    if text.len() > MAX_MESSAGE_BYTES {
        return Err(Error::limit(
            format!("the message is larger than {MAX_MESSAGE_BYTES} bytes"),
            "a commit message this large is probably a mistake",
        ));
    }
    let cleanup = repository.cleanup(&text, edit_mode());
    let kept = cleanup.lines(&text);
    let is_folded = kept
        .iter()
        .find(|line| !line.text.trim().is_empty())
        .is_some_and(|subject| FOLDED.iter().any(|prefix| subject.text.starts_with(prefix)));
    if is_folded || kept.iter().any(|line| ticket_named_in(line.text).is_some()) {
        return Ok(ExitStatus::Success);
    }
    let Some(id) = ticket_of_commit(&repository, ctx)? else {
        return Ok(ExitStatus::Success);
    };
    let updated = with_trailer(&text, &cleanup, &format!("Change: {id}"));
    files::replace_unchanged(&path, &text, &updated)?;
    Ok(ExitStatus::Success)
}

/// The ID of the ticket that the commit belongs to; `None` if there is none or if it isn't certain.
fn ticket_of_commit(repository: &Repository, ctx: &Context) -> Result<Option<String>> {
    let workspace = ctx.workspace()?;
    let tickets = open_tickets(&workspace)?;
    let staged = repository.staged_paths(index_file().as_deref())?;
    let is_staged = |ticket: &&ParsedTicket| staged.iter().any(|path| path == ticket.path());
    let touched: Vec<&str> = tickets
        .iter()
        .filter(is_staged)
        .map(ParsedTicket::id)
        .collect();
    let ids: Vec<&str> = tickets.iter().map(ParsedTicket::id).collect();
    let branch = repository.branch()?;
    let branch = branch
        .as_deref()
        .and_then(|name| name.strip_prefix("refs/heads/"));
    let named = branch.and_then(|branch| named_by_branch(branch, &ids));
    let id = match (touched.as_slice(), named) {
        ([], named) => named,
        ([touched], None) => Some(*touched),
        (touched, Some(named)) if touched.contains(&named) => Some(named),
        _ => {
            let touched: Vec<String> = touched
                .iter()
                .map(|id| format!("`{}`", shorten(id)))
                .collect();
            ctx.hint(&format!(
                "no `Change:` trailer was added: the commit edits {}{}",
                sanitise_line(&touched.join(", ")),
                named
                    .map(|id| format!(", and the branch name means `{id}`"))
                    .unwrap_or_default(),
            ));
            None
        }
    };
    Ok(id.map(str::to_owned))
}

/// The tickets of the working tree that are not closed or cancelled.
fn open_tickets(workspace: &Workspace) -> Result<Vec<ParsedTicket>> {
    let found = workspace.find_tickets()?;
    let parsed = found.tickets.iter().map(ParsedTicket::parse);
    let open = parsed.filter_map(std::result::Result::ok);
    Ok(open
        .filter(|parsed| !parsed.ticket.state.is_finished())
        .collect())
}

/// The index of the commit, if it isn't that of the repository, as for `git commit FILE`.
#[expect(
    clippy::disallowed_methods,
    reason = "git tells its hooks in the environment"
)]
fn index_file() -> Option<PathBuf> {
    std::env::var_os("GIT_INDEX_FILE").map(PathBuf::from)
}

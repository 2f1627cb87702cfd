//! The tickets that messages of commits may name.

use crate::commit::Id;
use crate::error::Result;
use crate::git::Repository;
use crate::release::Tree as _;
use crate::rules::TicketIndex;
use crate::source::Source;
use crate::workspace::Workspace;

/// Whether a message may name a ticket, so that the tickets have to be known.
pub(super) fn names_a_ticket(message: &[u8]) -> bool {
    const BEGINNING: &[u8] = b"\nChange";
    message.windows(BEGINNING.len()).any(|part| part == BEGINNING)
}

/// The tickets of the work tree; those that were closed or cancelled since `commit` count as open.
///
/// Fails where tickets cannot be read, now or then.
pub(super) fn tickets_before(
    commit: Option<Id>,
    repository: &Repository,
    workspace: &Workspace,
) -> Result<TicketIndex> {
    let mut index = TicketIndex::read(&workspace.tickets()?);
    if !index.has_some_over() {
        return Ok(index);
    }
    let tree = commit.map(|commit| repository.tree(commit)).transpose()?;
    index.look_back(|path| {
        let Some(tree) = &tree else { return Ok(false) };
        let then = tree.file(path)?.map(|file| String::from_utf8_lossy(&file.bytes).into_owned());
        Ok(then.is_some_and(|text| TicketIndex::read(&[Source::new(path, text)]).has_some_over()))
    })?;
    Ok(index)
}

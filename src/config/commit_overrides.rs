//! What is said of single commits that are merged already: reviewed where the configuration is.

use super::reader::Reader;
use crate::document::{Node, Table};
use crate::source::Span;
use crate::version::Bump;

/// The fewest digits that name a commit.
const MIN_DIGITS: usize = 7;

/// The most digits that a commit's name has.
const MAX_DIGITS: usize = 40;

/// What a reviewed override makes of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitOverride {
    /// The first digits of the commit's name, in lower case: seven to forty.
    pub commit: String,
    /// What becomes of it.
    pub effect: OverrideEffect,
    /// Where it stands in the configuration: the digits.
    pub span: Span,
}

/// What becomes of a commit that is overridden.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OverrideEffect {
    /// It counts as if this were its message.
    Message(String),
    /// It bumps this, whatever it says.
    Bump(Bump),
    /// It is left out of the version and the changelog, for this reason.
    Skip(String),
}

/// Reads the list of overrides.
pub(super) fn read(table: &Table, reader: &mut Reader) -> Vec<CommitOverride> {
    let tables = table
        .get("override")
        .and_then(Node::as_array)
        .unwrap_or_default();
    let mut overrides: Vec<CommitOverride> = Vec::new();
    for node in tables {
        let Some((found, digits)) = node
            .as_table()
            .and_then(|table| read_override(node, table, reader))
        else {
            continue;
        };
        let same = |known: &CommitOverride| {
            known.commit.starts_with(&found.commit) || found.commit.starts_with(&known.commit)
        };
        if let Some(known) = overrides.iter().find(|known| same(known)) {
            let message = format!(
                "`{}` and `{}` match the same commit",
                found.commit, known.commit
            );
            reader.fault(
                digits,
                message,
                "keep one override per commit, or write more digits of the IDs",
            );
        }
        overrides.push(found);
    }
    overrides
}

fn read_override<'a>(
    node: &Node,
    table: &'a Table,
    reader: &mut Reader,
) -> Option<(CommitOverride, &'a Node)> {
    let mut effects = Vec::new();
    effects.extend(
        table
            .text("message")
            .map(|message| OverrideEffect::Message(message.to_owned())),
    );
    effects.extend(
        table
            .text("bump")
            .and_then(Bump::parse)
            .map(OverrideEffect::Bump),
    );
    effects.extend(
        table
            .text("skip")
            .map(|reason| OverrideEffect::Skip(reason.to_owned())),
    );
    let given = ["message", "bump", "skip"]
        .iter()
        .filter(|key| table.get(key).is_some())
        .count();
    if given != 1 {
        let message = format!(
            "an override needs exactly one setting; this one has {}",
            if given == 0 { "none" } else { "several" }
        );
        reader.fault(
            node,
            message,
            "set one of `message`, `bump`, and `skip = \"reason\"`",
        );
    }
    let digits = table.get("commit")?;
    let commit = digits.as_str()?.to_ascii_lowercase();
    if !(MIN_DIGITS..=MAX_DIGITS).contains(&commit.len())
        || !commit.bytes().all(|byte| byte.is_ascii_hexdigit())
    {
        let message = format!("`{commit}` is not a valid commit ID");
        reader.fault(
            digits,
            message,
            "write 7 to 40 hexadecimal digits, as shown by `git log --oneline`",
        );
    }
    Some((
        CommitOverride {
            commit,
            effect: effects.into_iter().next()?,
            span: digits.span,
        },
        digits,
    ))
}

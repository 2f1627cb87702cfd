//! What a commit says: its raw object, its message, its header, and their meaning for the version.
//!
//! Pure and total: every byte string that Git accepts as a commit has a result here, and no commit
//! is ever dropped because its body cannot be parsed (docs/design/versions.md, Messages).

mod author;
mod bot;
mod breaking;
mod classify;
mod cleanup;
mod footer;
mod header;
mod id;
mod mailmap;
mod message;
mod no_ticket;
mod raw;
mod raw_tree;
mod references;
mod revert;
mod signed;
mod small_list;
mod trailers;
mod uncounted;

pub use author::{Author, normalized};
pub(crate) use bot::is_bot;
pub(crate) use breaking::announces_breaking;
pub use breaking::breaking_notes;
pub use classify::{Commit, Kind, Reader};
pub(crate) use cleanup::chosen_comment;
pub use cleanup::{Cleanup, CleanupMode, KeptLine};
pub use header::Header;
pub use id::{Id, IdHasher};
pub use mailmap::Mailmap;
pub use message::{Decoding, Message, decoded};
pub(crate) use no_ticket::no_ticket_reason;
pub use raw::{MAX_OBJECT, RawCommit, RawTag, Signature, tree};
pub use raw_tree::EntryKind;
pub use references::{Mark, Reference, ReferenceKind};
pub(crate) use references::{references_at_end, references_in_footers};
pub use revert::Revert;
pub(crate) use signed::strip_signature;
pub use signed::{SignatureFormat, Signed};
pub use trailers::{Trailer, body, trailers};
pub(crate) use trailers::{ticket_named_in, ticket_trailers};
pub use uncounted::{UncountedLine, uncounted_lines};

pub(crate) use raw::parents_and_time;
pub(crate) use raw_tree::{MAX_TREE_DEPTH, RawTree, TreeCache, TreeEntry, side_by_side};
pub(crate) use small_list::SmallList;

//! Commits and tags as Git stores them, and what the message of a commit says: its type and scope,
//! whether it is breaking, and its trailers, references and reverts.
//!
//! Knows one object at a time: which commits count for a version is decided by `history`.
//!
//! Pure and total: every byte string that Git accepts as a commit has a result here, and no commit
//! is ever dropped because its body cannot be parsed (docs/design/versions.md, Messages).

mod add_trailer;
mod author;
mod bot;
mod breaking;
mod cleanup;
mod footer;
mod header;
mod id;
mod mailmap;
mod message;
mod no_ticket;
mod raw;
mod raw_tree;
mod read_commit;
mod references;
mod revert;
mod signed;
mod small_list;
mod trailers;
mod uncounted;

pub(crate) use add_trailer::with_trailer;
pub use author::Author;
pub(crate) use author::normalized;
pub(crate) use bot::is_bot;
pub(crate) use breaking::announces_breaking;
pub(crate) use cleanup::chosen_comment;
pub use read_commit::Commit;
pub(crate) use read_commit::Kind;

pub(crate) use header::Header;
pub use id::Id;
pub(crate) use id::IdHasher;

pub(crate) use message::Message;
pub(crate) use no_ticket::no_ticket_reason;
pub(crate) use raw::{MAX_OBJECT, RawTag, tree};
pub(crate) use raw_tree::EntryKind;
pub(crate) use references::{FoundReference, references_at_end, references_in_footers};
pub use references::{Mark, Reference, ReferenceKind};
pub(crate) use revert::Revert;
pub(crate) use signed::{SignatureFormat, strip_signature};
pub(crate) use trailers::{body, ticket_named_in, ticket_trailers};
pub(crate) use uncounted::{UncountedLine, uncounted_lines};

pub(crate) use raw::parents_and_time;
pub(crate) use raw_tree::{MAX_TREE_DEPTH, RawTree, TreeCache, TreeEntry, differences};
pub(crate) use small_list::SmallList;

// For the tests of this package.
#[doc(hidden)]
pub use cleanup::{Cleanup, CleanupMode, KeptLine};
#[doc(hidden)]
pub use mailmap::Mailmap;
#[doc(hidden)]
pub use message::{Decoding, decoded};
#[doc(hidden)]
pub use raw::{RawCommit, RawPerson};
#[doc(hidden)]
pub use read_commit::Reader;
#[doc(hidden)]
pub use signed::Signed;
#[doc(hidden)]
pub use trailers::{Trailer, trailers};

//! Where the work of the workspace is done.

/// How many items a cart may hold.
pub const MOST_ITEMS: usize = 100;

//! Who contributed to a change, and whether its approvals count: what the history of a repository
//! says about a ticket.

pub(crate) mod citations;
pub(crate) mod contributors;
pub(crate) mod mainline;
pub(crate) mod ticket_history;

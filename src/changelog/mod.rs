//! The changelog: what each release brought, as values, as text, and inside a file that people write in too.
//!
//! Decides which commits become entries and under which title; which commits belong to a release is `history`'s
//! business. Text from commits is escaped for Markdown here, once.

mod file;
mod forms;
mod markdown;
mod notes;

pub use file::{chapter, update};
pub use forms::{preamble, render};
pub use markdown::{escape, escape_html};
pub use notes::{Entry, Notes, Section, Title, notes};

//! The one integration binary: a theme a file.

#![expect(
    clippy::disallowed_methods,
    reason = "tests make files, run programs and look at both"
)]
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by panicking"
)]

mod action;
mod approvals;
mod approve;
mod arguments;
mod audit;
mod changelog;
mod check;
mod comment;
mod commit_msg;
mod commit_objects;
mod commits;
mod configs;
mod drift;
mod emergencies;
mod explain;
mod export;
mod fault_injection;
mod file_versions;
mod fix;
mod fleet;
mod foreign_changelogs;
mod formats;
mod gate;
mod history;
mod hooks;
mod long_notes;
mod maintenance;
mod merging;
mod odd;
mod package_releases;
mod packages;
mod page;
mod picture;
mod prepare_commit_msg;
mod prepared;
mod push;
mod races;
mod readers;
mod readme;
mod release;
mod release_file;
mod release_signs;
mod release_tickets;
mod reports;
mod sandbox;
mod scenario;
mod schemas;
mod shop;
mod signed_releases;
mod simulated_forge;
mod ssh_signatures;
mod status;
mod strangers;
mod suggested_commands;
mod suggested_git_commands;
mod tag_releases;
mod ticket;
mod ticket_draft;
mod ticket_export;
mod ticket_files;
mod ticket_log;
mod ticket_tree;
mod tidy;
mod tour;
mod trailers;
mod typing;
mod verify;
mod version_files;
mod without_tool;
mod words;
mod workspace_example;
mod writers;
mod xtask_example;

//! Check change tickets, compute the next semantic version, write the changelog, and make releases.
//!
//! This is the library behind the `tollgate` command. Library users turn off the default feature
//! `cli`, which adds the command line and its dependencies: `cargo add tollgate
//! --no-default-features`.
//!
//! | to | call |
//! |---|---|
//! | check tickets, and fix them | [`lint_ticket`](rules::lint_ticket), [`lint_tickets`](rules::lint_tickets), [`apply_fixes`](rules::apply_fixes) |
//! | compute the next version | [`VersionQuery`](history::VersionQuery) |
//! | write a changelog | [`ReleaseQuery`](history::ReleaseQuery), [`notes`](changelog::notes), [`ChangelogRenderer`](changelog::ChangelogRenderer) |
//! | check a branch before it is merged | [`check_branch`](app::gate::check_branch) |
//! | plan and make a release | [`plan_release`](app::release::plan_release), [`make_release`](app::release::make_release), [`resume_release`](app::release::resume_release) |
//! | verify an old release | [`verify_release`](app::verify::verify_release) |
//!
//! The other items are what these functions take and return: a [`Config`](config::Config), a
//! [`Repository`](git::Repository), [findings](finding), and an [`Error`] if Tollgate couldn't do its
//! work.
//!
//! The library prints nothing and does not read the clock: texts and values go in, values come out.
//! Only [`git`] and [`app`] access files, run programs or use the network.
//!
//! # Check a ticket
//!
//! [`lint_ticket`](rules::lint_ticket) checks the text of one ticket;
//! [`lint_tickets`](rules::lint_tickets) also compares tickets with each
//! other. [`Format`](format::Format) turns findings into text, SARIF, or another report.
//!
//! ```
//! use tollgate::{config::Config, rules::{RuleSelection, Settings, lint_ticket}, source::Source};
//!
//! let now = "2026-02-03T04:05:06Z".parse()?;
//! let settings = Settings::new(&Config::default(), &RuleSelection::default(), now)?;
//! let ticket = Source::new("changes/http3.toml", "titel = \"Serve HTTP/3 from the edge\"\n");
//!
//! let checked = lint_ticket(&ticket, &settings);
//! let finding = checked.findings.iter().find(|finding| finding.rule == "ticket/unknown-key");
//! let finding = finding.expect("`titel` is a typo");
//! assert_eq!(finding.message, "unknown key `titel`");
//! assert_eq!(ticket.slice(finding.label.span), "titel");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Compute the next version
//!
//! A [`VersionQuery`](history::VersionQuery) works on any [`History`](history::History), such as that
//! of a repository. Here `directory` is a repository with the tag `v1.2.0`, followed by the commit
//! `feat: support TLS 1.3`.
//!
//! ```
//! # let folder = tempfile::tempdir()?;
//! # let directory = folder.path();
//! # let git = git2::Repository::init(directory)?;
//! # git.config()?.set_str("user.name", "Ada")?;
//! # git.config()?.set_str("user.email", "ada@example.com")?;
//! # let ada = git.signature()?;
//! # let tree = git.find_tree(git.treebuilder(None)?.write()?)?;
//! # let first = git.commit(Some("HEAD"), &ada, &ada, "feat: add ports", &tree, &[])?;
//! # git.tag_lightweight("v1.2.0", &git.find_object(first, None)?, false)?;
//! # let first = git.find_commit(first)?;
//! # git.commit(Some("HEAD"), &ada, &ada, "feat: support TLS 1.3", &tree, &[&first])?;
//! use tollgate::{config::Config, git::Repository, history::{NextOptions, VersionQuery}};
//!
//! let repository = Repository::discover(directory)?;
//! let config = Config::default();
//! let query = VersionQuery::new(&config, None);
//! let versions = query.next(&repository.history()?, &NextOptions::default())?;
//! let next = &versions.units[0].next;
//! assert_eq!(next.tag().as_deref(), Some("v1.3.0"));
//! assert!(next.releasable);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Write a changelog
//!
//! A [`ReleaseQuery`](history::ReleaseQuery) groups commits into releases,
//! [`notes`](changelog::notes) selects the entries, and a
//! [`ChangelogRenderer`](changelog::ChangelogRenderer) renders them.
//!
//! ```
//! # let folder = tempfile::tempdir()?;
//! # let directory = folder.path();
//! # let git = git2::Repository::init(directory)?;
//! # git.config()?.set_str("user.name", "Ada")?;
//! # git.config()?.set_str("user.email", "ada@example.com")?;
//! # let ada = git.signature()?;
//! # let tree = git.find_tree(git.treebuilder(None)?.write()?)?;
//! # let first = git.commit(Some("HEAD"), &ada, &ada, "feat: add ports", &tree, &[])?;
//! # git.tag_lightweight("v1.2.0", &git.find_object(first, None)?, false)?;
//! # let first = git.find_commit(first)?;
//! # git.commit(Some("HEAD"), &ada, &ada, "feat: support TLS 1.3", &tree, &[&first])?;
//! use tollgate::changelog::{ChangelogRenderer, notes};
//! use tollgate::config::Config;
//! use tollgate::history::{ReleaseQuery, Scope};
//!
//! let repository = tollgate::git::Repository::discover(directory)?;
//! let Config { version, changelog, release, .. } = &Config::default();
//! let releases = ReleaseQuery::new(version).within(&repository.history()?, Scope::default())?;
//! let notes = notes(releases, changelog, &release.commit_message);
//! let text = ChangelogRenderer::new(changelog, None).render(&notes);
//! assert!(text.starts_with("## Unreleased\n\n### Added\n\n- support TLS 1.3"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Plan a release
//!
//! [`plan_release`](app::release::plan_release) reads the configuration at HEAD and returns a
//! [`Proposal`](app::release::Proposal): the plan, and the findings that block it. Nothing is written
//! until [`make_release`](app::release::make_release) executes the plan. `examples/xtask.rs` in the
//! repository is a complete release program.
//!
//! ```
//! # let folder = tempfile::tempdir()?;
//! # let directory = folder.path();
//! # let git = git2::Repository::init(directory)?;
//! # git.config()?.set_str("user.name", "Ada")?;
//! # git.config()?.set_str("user.email", "ada@example.com")?;
//! # let ada = git.signature()?;
//! # let tree = git.find_tree(git.treebuilder(None)?.write()?)?;
//! # let first = git.commit(Some("HEAD"), &ada, &ada, "feat: add ports", &tree, &[])?;
//! # git.tag_lightweight("v1.2.0", &git.find_object(first, None)?, false)?;
//! # let first = git.find_commit(first)?;
//! # git.commit(Some("HEAD"), &ada, &ada, "feat: support TLS 1.3", &tree, &[&first])?;
//! use tollgate::app::release::{ReleaseOptions, plan_release};
//! use tollgate::{git::Repository, release::NoProgress};
//!
//! let repository = Repository::discover(directory)?;
//! let options = ReleaseOptions::new(directory, "2026-02-03T04:05:06Z".parse()?);
//! let proposal = plan_release(&repository, &options, &mut NoProgress)?;
//! let plan = proposal.plan.expect("there is a feature to release");
//! assert_eq!(plan.tags[0].name, "v1.3.0");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Options
//!
//! Structs of options have public fields. Those with a required value have a function `new`, the
//! others implement `Default`; change the fields that you want to differ.
//!
//! # Types of other crates
//!
//! Versions are those of [`semver`](https://docs.rs/semver), times and dates those of
//! [`jiff`](https://docs.rs/jiff); an incompatible version of either makes one of Tollgate. No other
//! type of a dependency is part of the interface. Every failure is an [`Error`], with a message and
//! usually the next step as its [help](Error::help).
//!
//! # Stability
//!
//! Everything on these pages is meant to be used; before 1.0, a minor version can change it. Items
//! that these pages don't show, such as the module `cli`, are public only for the command and the
//! tests of this package, and can change in any version.

#![cfg_attr(
    not(feature = "cli"),
    allow(
        dead_code,
        unused_imports,
        reason = "the command line is the only user of some items"
    )
)]

pub mod app;
mod calendar;
pub mod changelog;
pub mod commit;
pub mod config;
mod draft;
mod error;
mod files;
pub mod finding;
pub mod format;
pub mod git;
pub mod history;
mod parallel;
mod process;
pub mod release;
mod repo_path;
mod report;
pub mod rules;
pub mod source;
mod text;
pub mod version;
mod workspace;

// For the command and the tests of this package.
#[doc(hidden)]
pub mod approval;
#[doc(hidden)]
pub mod branch;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
#[doc(hidden)]
pub mod document;
#[doc(hidden)]
pub mod merge;
#[doc(hidden)]
pub mod release_file;
#[doc(hidden)]
pub mod risk;
#[doc(hidden)]
pub mod signature;
#[doc(hidden)]
pub mod ticket;

#[doc(hidden)]
pub use error::Reason;
pub use error::{Error, ErrorKind, Fault, Result};

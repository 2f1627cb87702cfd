//! Helpers for the tests of these rules: an empty branch, and the commits, policies, and tickets
//! that tests add to it.

use super::run_branch_rules;
use crate::branch::{Branch, BranchCommit, TicketChange};
use crate::commit::{Commit, Id, RawCommit};
use crate::config::{Bumps, Config, Policy};
use crate::finding::{Finding, Severity};
use crate::history::{ClassifiedCommit, Reason};
use crate::rules::testing::{settings, ticket as complete};
use crate::source::Source;
use crate::ticket::ParsedTicket;
use crate::version::Bump;

/// A branch without changes, on a base without requirements.
pub(in crate::rules) fn branch() -> Branch {
    Branch {
        base: Id::new([1; 20]),
        ..Branch::empty(Id::new([0; 20]))
    }
}

/// A commit whose ID is `digit`, repeated.
pub(in crate::rules) fn commit(digit: char, message: &str, paths: &[&str]) -> BranchCommit {
    let who = "A <a@example.org> 1 +0000";
    let object = format!(
        "tree {}\nauthor {who}\ncommitter {who}\n\n{message}",
        "0".repeat(40)
    );
    let id = digit.to_string().repeat(40).parse().unwrap();
    let commit = Commit::read(id, &RawCommit::parse(object.as_bytes()).unwrap());
    let bump = match commit.kind_name() {
        Some(_) if commit.breaking => Bump::Major,
        Some(kind) => Bumps::default().of(kind),
        None => Bump::None,
    };
    BranchCommit {
        classified: ClassifiedCommit::new(commit, bump, Reason::Type),
        message: Source::new(digit.to_string().repeat(40), message),
        parents: 1,
        is_predicted: false,
        paths: paths.iter().map(|path| (*path).to_owned()).collect(),
    }
}

/// The policies of a configuration whose first `[[policy]]` this is.
pub(in crate::rules) fn policies(text: &str) -> Vec<Policy> {
    let text = format!("[[policy]]\n{text}");
    Config::parse(Source::new("tollgate.toml", text))
        .unwrap()
        .policies
}

/// The ticket `a`: a complete ticket with `text` added or replaced.
pub(in crate::rules) fn ticket(text: &str) -> ParsedTicket {
    ParsedTicket::parse(&Source::new("changes/a.toml", complete(text))).unwrap()
}

/// A ticket before and after; an empty text means no ticket.
pub(super) fn changed(before: &str, after: &str) -> TicketChange {
    let version = |text: &str| (!text.is_empty()).then(|| ticket(text));
    TicketChange {
        before: version(before),
        after: version(after),
    }
}

/// The findings of all rules about branches.
pub(super) fn findings(branch: &Branch) -> Vec<Finding> {
    run_branch_rules(branch, &settings()).findings
}

/// Rule, place and message of each finding.
pub(super) fn reported(branch: &Branch) -> Vec<(&'static str, String, String)> {
    findings(branch)
        .into_iter()
        .map(|f| (f.rule, f.place.name().to_owned(), f.message))
        .collect()
}

/// Severity and message of each finding.
pub(super) fn reported_with_severity(branch: &Branch) -> Vec<(Severity, String)> {
    findings(branch)
        .into_iter()
        .map(|finding| (finding.severity, finding.message))
        .collect()
}

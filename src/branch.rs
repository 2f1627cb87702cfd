//! A branch as it would be merged: what it changes, its commits, and its tickets before and after.
//!
//! Values only, all read from Git objects. Policies and freezes are those of the base, so that a
//! branch cannot change the rules that it is checked by.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::commit::Id;
use crate::config::Policy;
use crate::finding::Place;
use crate::history::ClassifiedCommit;
use crate::source::{Source, Span};
use crate::ticket::{ParsedTicket, RiskLevel, State, Ticket, changed_plan, digest};

/// The name of the message that a squash will have, in findings.
pub(crate) const PULL_REQUEST: &str = "<pull request>";

/// A branch as it would be merged.
#[derive(Debug)]
pub struct Branch {
    /// The tip of the base.
    pub(crate) base: Id,
    /// The tip of the branch.
    pub(crate) head: Id,
    /// The commits that the base will get, newest first: those of the branch, or the squash that
    /// the forge makes of them.
    pub(crate) commits: Vec<BranchCommit>,
    /// The squash that the forge makes, or may make, of the branch; `None`: it makes none, or the
    /// title of the pull request is not known.
    pub(crate) squash: Option<Squash>,
    /// Whether each commit needs a ticket of its own: a rebase forgets which commits belonged to a
    /// branch.
    pub(crate) lands_separately: bool,
    /// The paths that differ from the merge base, sorted.
    pub paths: Vec<String>,
    /// The changed paths that are or were a link or a submodule, which may lead to files that a
    /// policy matches.
    pub(crate) links: BTreeSet<String>,
    /// The files with different names in base and branch: the name in the base, and the name in the
    /// branch.
    pub renamed: BTreeMap<String, String>,
    /// The tickets that the branch adds, edits or deletes, by path.
    pub tickets: Vec<TicketChange>,
    /// The paths of tickets that the base changed too, so that git cannot merge them.
    pub conflicting: BTreeSet<String>,
    /// The tickets that its commits name and that it does not change.
    pub(crate) named: Vec<ParsedTicket>,
    /// The IDs of the tickets that are superseded by a ticket that is neither a draft nor
    /// cancelled.
    pub(crate) superseded: Vec<String>,
    /// The links and submodules at or above the paths of tickets.
    pub(crate) non_files: Vec<NonFile>,
    /// The paths that the branch adds and that some file systems confuse with others.
    pub(crate) ambiguous: Vec<AmbiguousPath>,
    /// The IDs of the tickets of the branch that are in a release of the base, each with its tag.
    pub(crate) released: BTreeMap<String, String>,
    /// The IDs that the branch removes although unreleased commits of the base cite them.
    pub(crate) cited: BTreeSet<String>,
    /// The policies of the base.
    pub(crate) policies: Vec<Policy>,
    /// By the start of policies (`since`), the commits that are older and exempt from them.
    pub(crate) before_start: HashMap<String, HashSet<Id>>,
    /// The ids of its approved tickets; `None`: the base requires no approvals.
    pub(crate) approved: Option<Vec<String>>,
    /// The settings of the base that the branch weakens, each with its file.
    pub(crate) weakenings: Vec<Weakening>,
}

/// A commit of a branch.
#[derive(Debug, Clone)]
pub(crate) struct BranchCommit {
    /// The commit with its effect on the version.
    pub(crate) classified: ClassifiedCommit,
    /// Its message; the positions of findings refer to it.
    pub(crate) message: Source,
    /// The paths that it changes, sorted; none for a merge without changes of its own.
    pub(crate) paths: Vec<String>,
    /// How many parents it has.
    pub(crate) parents: usize,
    /// Whether the forge is going to make it of the branch, so that its ID is not known yet.
    pub(crate) is_predicted: bool,
}

/// The squash of a branch.
#[derive(Debug)]
pub(crate) struct Squash {
    /// The commit that the forge will make.
    pub(crate) commit: BranchCommit,
    /// The commits that it makes it of, newest first. If it is certain, nothing of them counts but
    /// who made them.
    pub(crate) replaced: Vec<BranchCommit>,
    /// Whether the forge merges in no other way.
    pub(crate) is_certain: bool,
    /// The title of the pull request.
    pub(crate) title: String,
    /// Where a person can add a trailer to its message.
    pub(crate) trailer_place: TrailerPlace,
}

/// Where the message of a squash can get a trailer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TrailerPlace {
    /// At the end of the description of the pull request.
    Description,
    /// At the end of the message of the newest commit.
    NewestCommit,
    /// Nowhere: the settings of the forge leave out both.
    Nowhere,
}

/// A ticket before and after a branch; at least one of the two exists.
#[derive(Debug)]
pub struct TicketChange {
    /// The ticket in the base.
    pub(crate) before: Option<ParsedTicket>,
    /// The ticket after the merge.
    pub after: Option<ParsedTicket>,
}

/// A ticket whose approvals are checked.
#[derive(Debug, Clone)]
pub(crate) struct ApprovalCandidate<'a> {
    /// The ticket.
    pub(crate) version: &'a ParsedTicket,
    /// The number of approvals that existed before. They cannot be removed.
    pub(crate) existing_approvals: usize,
    /// Whether the branch changes the plan of a ticket that was approved before.
    pub(crate) is_frozen: bool,
    /// The digest of its plan on the base, if the ticket is past draft there and the branch changes
    /// the plan.
    pub(crate) replaced_plan: Option<String>,
    /// Its path in the commit that the branch is merged into, if it exists there.
    pub(crate) at_base: Option<&'a str>,
    /// Its path at the tip of the branch, if the branch changes it.
    pub(crate) at_head: Option<&'a str>,
    /// Whether it was released before the commits that are checked.
    pub(crate) is_released: bool,
    /// The risk that the tag of its release records; `None`: the computed risk decides.
    pub(crate) recorded_risk: Option<RiskLevel>,
}

/// A setting or an identity that a branch makes less strict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Weakening {
    /// The file with the change.
    pub(crate) path: String,
    /// A description of what becomes less strict.
    pub(crate) what: String,
}

impl<'a> ApprovalCandidate<'a> {
    /// A ticket that the branch does not change.
    #[must_use]
    pub(crate) fn unchanged(version: &'a ParsedTicket) -> Self {
        let at_base = Some(version.path());
        Self {
            version,
            existing_approvals: version.ticket.approvals.len(),
            is_frozen: false,
            replaced_plan: None,
            at_base,
            at_head: None,
            is_released: false,
            recorded_risk: None,
        }
    }
}

/// The tickets whose approvals a branch answers for: those that it changes or names and that were
/// not closed before.
///
/// `renamed` maps names in the base to names in the branch, as in [`Branch::renamed`].
#[must_use]
pub(crate) fn tickets_to_approve<'a>(
    changes: &'a [TicketChange],
    named: &'a [ParsedTicket],
    renamed: &'a BTreeMap<String, String>,
) -> Vec<ApprovalCandidate<'a>> {
    let is_open = |ticket: &ParsedTicket| !ticket.ticket.state.is_finished();
    let changed = changes.iter().filter_map(|change| {
        let (before, after) = (change.before.as_ref(), change.after.as_ref()?);
        let path = after.path();
        let replaced = before.filter(|before| {
            before.ticket.state.is_past_draft()
                && !changed_plan(&before.document, &after.document).is_empty()
        });
        before.is_none_or(is_open).then(|| ApprovalCandidate {
            version: after,
            existing_approvals: before.map_or(0, |before| before.ticket.approvals.len()),
            is_frozen: replaced.is_some_and(|before| before.ticket.state.is_approved()),
            replaced_plan: replaced.map(|before| digest(&before.document)),
            at_base: before.map(ParsedTicket::path),
            at_head: Some(renamed.get(path).map_or(path, String::as_str)),
            is_released: false,
            recorded_risk: None,
        })
    });
    let named = named.iter().filter(|ticket| is_open(ticket));
    changed
        .chain(named.map(ApprovalCandidate::unchanged))
        .collect()
}

impl BranchCommit {
    pub(crate) fn place(&self) -> Place {
        if self.is_predicted {
            return Place::File(PULL_REQUEST.to_owned());
        }
        Place::Commit(self.classified.commit.id.to_string())
    }

    /// Its name in a sentence.
    pub(crate) fn describe(&self) -> String {
        if self.is_predicted {
            let made = if self.parents > 1 {
                "merge commit"
            } else {
                "squash"
            };
            return format!("the {made}");
        }
        format!("commit {}", self.classified.commit.id.short())
    }

    /// The span of the header in the message.
    pub(crate) fn header(&self) -> Span {
        let text = self.message.text();
        let start = text.len()
            - text
                .trim_start_matches(['\u{feff}', '\n', '\r', ' ', '\t'])
                .len();
        let end = text[start..]
            .find('\n')
            .map_or(text.len(), |end| start + end);
        Span::new(start, start + text[start..end].trim_end().len())
    }
}

/// A link or a submodule at or above the path of a ticket.
#[derive(Debug)]
pub(crate) struct NonFile {
    pub(crate) path: String,
    /// Its kind, in words such as `a symbolic link`.
    pub(crate) kind: &'static str,
}

/// A path that the branch adds and that some file systems confuse with another one.
#[derive(Debug)]
pub(crate) struct AmbiguousPath {
    pub(crate) path: String,
    /// The path, or the glob, of a ticket, the configuration, or a trusted file.
    pub(crate) other: String,
}

impl TicketChange {
    /// Both versions, if there are two.
    pub(crate) fn both(&self) -> Option<(&ParsedTicket, &ParsedTicket)> {
        Some((self.before.as_ref()?, self.after.as_ref()?))
    }

    /// Whether the ticket is added, moved out of draft, or has a new plan, and is neither a draft nor
    /// finished.
    fn introduces_ticket(&self) -> bool {
        let Some(after) = &self.after else {
            return false;
        };
        match &self.before {
            None => after.ticket.state.is_past_draft(),
            Some(before) => {
                let has_new_plan = before.ticket.state == State::Draft
                    || !changed_plan(&before.document, &after.document).is_empty();
                self.is_ongoing() && has_new_plan
            }
        }
    }

    /// Whether the ticket existed and is still open: it was not finished before, and is neither a draft
    /// nor cancelled now.
    fn is_ongoing(&self) -> bool {
        self.both().is_some_and(|(before, after)| {
            !before.ticket.state.is_finished() && after.ticket.state.is_past_draft()
        })
    }
}

impl Branch {
    /// A branch without changes.
    #[must_use]
    pub(crate) fn empty(tip: Id) -> Self {
        Self {
            base: tip,
            head: tip,
            commits: Vec::new(),
            squash: None,
            lands_separately: false,
            paths: Vec::new(),
            links: BTreeSet::new(),
            renamed: BTreeMap::new(),
            tickets: Vec::new(),
            conflicting: BTreeSet::new(),
            named: Vec::new(),
            superseded: Vec::new(),
            non_files: Vec::new(),
            ambiguous: Vec::new(),
            released: BTreeMap::new(),
            cited: BTreeSet::new(),
            policies: Vec::new(),
            before_start: HashMap::new(),
            approved: None,
            weakenings: Vec::new(),
        }
    }

    /// The tickets that cover the branch.
    pub(super) fn covering_tickets(&self) -> Vec<&Ticket> {
        self.covering()
            .into_iter()
            .map(|version| &version.ticket)
            .collect()
    }

    /// The tickets that cover the branch: those past draft that it adds or gives a new plan, and those
    /// that a commit names.
    ///
    /// A ticket that was finished before does not cover new changes, nor does one that only gets notes
    /// or another state. A released ticket does not either: its approvals are not for later changes.
    pub(crate) fn covering(&self) -> Vec<&ParsedTicket> {
        let mut covering = self.introduced_or_named();
        covering.retain(|version| !self.released.contains_key(version.id()));
        covering
    }

    /// Whether a ticket covers a commit by itself: the commit names it, or brings it together with
    /// another file.
    pub(crate) fn covers_alone(&self, commit: &BranchCommit) -> bool {
        let named = commit.classified.commit.tickets();
        let is_ticket = |path: &String| {
            let versions = self
                .tickets
                .iter()
                .flat_map(|change| [&change.before, &change.after]);
            versions.flatten().any(|version| version.path() == path)
        };
        let changes_code = commit.paths.iter().any(|path| !is_ticket(path));
        let brings = |version: &ParsedTicket| {
            changes_code && commit.paths.iter().any(|path| path == version.path())
        };
        let is_named = |version: &&ParsedTicket| named.iter().any(|id| id == version.id());
        self.covering().iter().any(is_named) || self.introduced().into_iter().any(brings)
    }

    /// The tickets that would cover the branch if they had not been released, each with the tag of
    /// its release.
    pub(crate) fn released_tickets(&self) -> Vec<(&ParsedTicket, &str)> {
        let tag = |version: &&ParsedTicket| self.released.get(version.id()).map(String::as_str);
        self.introduced_or_named()
            .into_iter()
            .filter_map(|version| Some((version, tag(&version)?)))
            .collect()
    }

    /// The unreleased tickets that the branch adds, moves out of draft or gives a new plan.
    pub(crate) fn introduced(&self) -> Vec<&ParsedTicket> {
        let after = self
            .tickets
            .iter()
            .filter(|change| change.introduces_ticket())
            .filter_map(|change| change.after.as_ref());
        after
            .filter(|version| !self.released.contains_key(version.id()))
            .collect()
    }

    /// The tickets that the branch changes in other ways, and that would cover it if a commit named
    /// them.
    pub(crate) fn changed_only(&self) -> impl Iterator<Item = &ParsedTicket> {
        let changes = self
            .tickets
            .iter()
            .filter(|change| change.is_ongoing() && !change.introduces_ticket());
        let after = changes.filter_map(|change| change.after.as_ref());
        after.filter(|version| !self.is_named(version) && !self.released.contains_key(version.id()))
    }

    /// The drafts that the branch adds or changes, and those that its commits name.
    pub(crate) fn drafts(&self) -> impl Iterator<Item = &ParsedTicket> {
        let changed = self
            .tickets
            .iter()
            .filter_map(|change| change.after.as_ref());
        let named = self.named.iter().filter(|version| self.is_named(version));
        changed
            .chain(named)
            .filter(|version| version.ticket.state == State::Draft)
    }

    fn is_named(&self, version: &ParsedTicket) -> bool {
        self.commits.iter().any(|commit| {
            commit
                .classified
                .commit
                .tickets()
                .iter()
                .any(|id| id == version.id())
        })
    }

    fn introduced_or_named(&self) -> Vec<&ParsedTicket> {
        let covers = |change: &&TicketChange| {
            change.introduces_ticket()
                || change.is_ongoing()
                    && change
                        .after
                        .as_ref()
                        .is_some_and(|after| self.is_named(after))
        };
        let touched = self
            .tickets
            .iter()
            .filter(covers)
            .filter_map(|change| change.after.as_ref());
        let named = self.named.iter().filter(|version| {
            version.ticket.state != State::Draft
                && !version.ticket.state.is_finished()
                && self.is_named(version)
        });
        touched.chain(named).collect()
    }
}

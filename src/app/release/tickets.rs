//! The tickets of a release: those that its commits cite, as the released commit has them.
//!
//! A commit cites the tickets that it names, and the tickets past draft that it plans if it, or a
//! commit that was merged with it, changes a file that is not a ticket (docs/design/approvals.md,
//! Who contributed).

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Deref;
use std::rc::Rc;

use crate::app::approvals::{ApprovalContext, Approvals, EmergencyUse, TrustedInputs};
use crate::app::gate::branch_tickets::{text, tickets_with_ids, version_at};
use crate::app::release::policy_branch::policy_approvals;
use crate::app::release::previous_releases::{SpentTicket, spent_tickets};
use crate::app::release::tag_records::TagRecords;
use crate::app::release::ticket_reader::TicketReader;
use crate::approval::{CommitFacts, MergeGroup, MergeReader, Merges, TicketHistories};
use crate::branch::ApprovalCandidate;
use crate::commit::Id;
use crate::config::Config;
use crate::error::Result;
use crate::git::{CommitTree, GitHistory, Repository};
use crate::history::{DueUnit, History, NextVersion, Scope};
use crate::release::{CitedPlan, CitedTicket, LostTicket};
use crate::rules::{PolicyApprovals, Settings, Stage};
use crate::source::Source;
use crate::ticket::{ParsedTicket, RiskLevel, State, Ticket, digest};
use crate::workspace::tickets::{TotalBytes, paths_of_tickets};

/// The commit that is released, and where to read its history.
#[derive(Clone, Copy)]
pub(crate) struct CommitContext<'r> {
    pub(crate) repository: &'r Repository,
    pub(crate) history: &'r GitHistory<'r>,
    /// The configuration of the commit that is released.
    pub(crate) config: &'r Config,
    /// The commit that is released.
    pub(crate) tip: Id,
    /// The tickets of its history, if other commits with this configuration are read too.
    pub(crate) histories: Option<&'r TicketHistories<'r, GitHistory<'r>>>,
}

/// The tickets of a history.
pub(crate) enum ContextHistories<'r> {
    /// Those that are read together with other commits.
    Shared(&'r TicketHistories<'r, GitHistory<'r>>),
    /// Those of one commit.
    Own(Box<TicketHistories<'r, GitHistory<'r>>>),
}

impl<'r> Deref for ContextHistories<'r> {
    type Target = TicketHistories<'r, GitHistory<'r>>;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Shared(histories) => histories,
            Self::Own(histories) => histories,
        }
    }
}

/// The tickets of a release.
pub(crate) struct ReleaseTickets {
    /// The previous release of each tag; `None` if there is none.
    before: Vec<Option<Id>>,
    /// The IDs that the commits of each tag cite.
    ids: Vec<BTreeSet<String>>,
    /// What was read about each commit.
    by_commit: HashMap<Id, CitingCommit>,
    /// The tickets that any commit cites, by file.
    pub(crate) cited: Vec<Rc<ParsedTicket>>,
    /// The texts of these tickets, and of all that changed since an earlier release.
    pub(crate) touched: Vec<Source>,
    /// The texts of all others.
    pub(crate) others: Vec<Source>,
    /// The approvals that policies require for its commits.
    policies: PolicyApprovals,
}

/// A commit of a release.
struct CitingCommit {
    /// The IDs that it cites, by itself or with the commits that it was merged with.
    ids: Rc<HashSet<String>>,
    facts: Rc<CommitFacts>,
    /// When it was written, by the author's clock, in seconds since 1970.
    written: Option<i64>,
}

/// What is known about a release besides its tickets when their approvals are evaluated.
#[derive(Default)]
pub(crate) struct ApprovalFacts<'a> {
    /// The ticket of the emergency for which the release bypasses rules.
    pub(crate) emergency: Option<&'a ParsedTicket>,
    /// The emergencies that were released before commits of the release.
    pub(crate) spent: &'a [SpentTicket],
    /// The risks that its tags record, by ticket.
    pub(crate) recorded_risks: BTreeMap<String, RiskLevel>,
}

impl ReleaseTickets {
    /// Reads the tickets of a release of these versions.
    ///
    /// Fails if history is missing, and if a ticket cannot be read.
    pub(crate) fn read(context: CommitContext<'_>, due: &[DueUnit<'_>]) -> Result<Self> {
        let versions: Vec<&NextVersion> = due.iter().map(|due| &due.unit.next).collect();
        Self::of_versions(context, &versions)
    }

    /// Reads the tickets of the commits of these versions, whether or not they are to be released.
    ///
    /// Fails if history is missing, and if a ticket cannot be read.
    pub(crate) fn of_versions(
        context: CommitContext<'_>,
        versions: &[&NextVersion],
    ) -> Result<Self> {
        let mut tickets = Self::without_texts(context, versions)?;
        let (mut touched, others) = context.texts(&tickets.before)?;
        let all: BTreeSet<String> = tickets.ids.iter().flatten().cloned().collect();
        let mut cited = tickets_with_ids(&touched, &all);
        let named = tickets_with_ids(&others, &all);
        let names: HashSet<&str> = named.iter().map(|version| version.path()).collect();
        let (named_texts, others): (Vec<Source>, Vec<Source>) = others
            .into_iter()
            .partition(|source| names.contains(source.name()));
        touched.extend(named_texts);
        cited.extend(named);
        cited.sort_by(|a, b| a.path().cmp(b.path()));
        tickets.cited = cited.into_iter().map(Rc::new).collect();
        Ok(Self {
            touched,
            others,
            ..tickets
        })
    }

    /// Reads the cited tickets of the commits of a version, and no other text.
    ///
    /// # Errors
    ///
    /// Fails if history is missing, and if a ticket cannot be read.
    pub(crate) fn cited_by_version(
        context: CommitContext<'_>,
        version: &NextVersion,
        reader: &TicketReader<'_>,
    ) -> Result<Self> {
        let mut tickets = Self::without_texts(context, &[version])?;
        let ids = tickets.ids.iter().flatten().cloned().collect();
        tickets.cited = reader.with_ids(context.tip, context.config, &ids)?;
        Ok(tickets)
    }

    /// Finds out which tickets the commits of these versions cite.
    fn without_texts(context: CommitContext<'_>, versions: &[&NextVersion]) -> Result<Self> {
        let before: Vec<Option<Id>> = versions
            .iter()
            .map(|next| next.base.as_ref().map(|base| base.commit))
            .collect();
        let histories = context.ticket_histories()?;
        let (mut reader, mut merged_since) = (MergeReader::new(context.history), HashMap::new());
        let (mut ids, mut by_commit) = (Vec::with_capacity(versions.len()), HashMap::new());
        let mut written = HashMap::new();
        for (next, since) in versions.iter().zip(&before) {
            let merged = match merged_since.entry(*since) {
                Entry::Occupied(entry) => entry.into_mut(),
                Entry::Vacant(entry) => {
                    let scope = Scope {
                        tip: Some(context.tip),
                        exclude: *since,
                    };
                    entry.insert(reader.groups_and(scope, |id, raw| {
                        histories.note(id, raw);
                        written.extend(raw.author.seconds.map(|seconds| (id, seconds)));
                    })?)
                }
            };
            let counted: HashSet<Id> = next
                .commits
                .iter()
                .map(|classified| classified.commit.id)
                .collect();
            let mut cited = BTreeSet::new();
            for merged in merged.iter() {
                let together = Rc::new(cited_by(merged, &counted, &histories)?);
                cited.extend(together.iter().cloned());
                let counted_facts = merged
                    .0
                    .iter()
                    .filter(|facts| counted.contains(&facts.commit.id));
                by_commit.extend(counted_facts.map(|facts| {
                    let id = facts.commit.id;
                    let commit = CitingCommit {
                        ids: Rc::clone(&together),
                        facts: Rc::clone(facts),
                        written: written.get(&id).copied(),
                    };
                    (id, commit)
                }));
            }
            ids.push(cited);
        }
        let facts_of = |id| {
            by_commit
                .get(&id)
                .map(|commit: &CitingCommit| &*commit.facts)
        };
        let policies = policy_approvals(context, versions, facts_of)?;
        Ok(Self {
            before,
            ids,
            by_commit,
            cited: Vec::new(),
            touched: Vec::new(),
            others: Vec::new(),
            policies,
        })
    }

    /// The tickets that any commit cites.
    pub(crate) fn into_cited(self) -> Vec<ParsedTicket> {
        self.cited.into_iter().map(Rc::unwrap_or_clone).collect()
    }

    /// Evaluates the approvals of the tickets that were not closed at the previous release, and of
    /// one more ticket: that of an emergency, which no commit has to cite.
    ///
    /// Tickets with a recorded risk have this risk, others the computed one. The state of the forge
    /// is unknown here.
    ///
    /// # Errors
    ///
    /// Fails if history is missing that shows who contributed to a change.
    pub(crate) fn approvals(
        &self,
        context: CommitContext<'_>,
        facts: &ApprovalFacts<'_>,
        settings: &Settings,
    ) -> Result<Approvals> {
        let CommitContext {
            repository, config, ..
        } = context;
        let tree = repository.tree(context.tip)?;
        let Some(trusted) = TrustedInputs::read(&tree, config, "at HEAD")? else {
            return Ok(Approvals::default());
        };
        let histories = context.ticket_histories()?;
        let mut tickets = Vec::with_capacity(self.cited.len());
        for version in &self.cited {
            if !was_closed(version, &self.before, &histories)? {
                tickets.push(ApprovalCandidate::unchanged(version));
            }
        }
        let is_known = |emergency: &&ParsedTicket| {
            tickets
                .iter()
                .any(|known| known.version.id() == emergency.id())
        };
        let uncited = facts.emergency.filter(|emergency| !is_known(emergency));
        tickets.extend(uncited.map(ApprovalCandidate::unchanged));
        let released: HashSet<String> = match tickets.len() {
            // A single ticket has no part.
            0 | 1 => HashSet::new(),
            _ => {
                let records = TagRecords::new(context.history);
                let spent = spent_tickets(context, &records, self.cited.iter().map(Rc::as_ref))?;
                spent.into_iter().map(|ticket| ticket.id).collect()
            }
        };
        for candidate in &mut tickets {
            candidate.is_released = released.contains(candidate.version.id());
            candidate.recorded_risk = facts.recorded_risks.get(candidate.version.id()).copied();
        }
        let spent = facts.spent.iter();
        let emergencies = EmergencyUse {
            is_given: facts.emergency.is_some(),
            spent: spent
                .map(|ticket| (ticket.id.clone(), ticket.tag.clone()))
                .collect(),
        };
        let trusted = trusted.with_policies(self.policies.clone());
        context.judge(trusted, &tickets, emergencies, settings)
    }

    /// The tickets that a commit cites, by itself or with the commits that it was merged with.
    pub(crate) fn cited_by_commit(&self, commit: Id) -> Vec<&ParsedTicket> {
        let Some(CitingCommit { ids, .. }) = self
            .by_commit
            .get(&commit)
            .filter(|commit| !commit.ids.is_empty())
        else {
            return Vec::new();
        };
        self.cited
            .iter()
            .map(Rc::as_ref)
            .filter(|version| ids.contains(version.id()))
            .collect()
    }

    /// What is known about a commit of the release; `None`: it is not one of them.
    pub(crate) fn facts_of(&self, commit: Id) -> Option<&CommitFacts> {
        self.by_commit.get(&commit).map(|commit| &*commit.facts)
    }

    /// When a commit of the release was written, by the author's clock, in seconds since 1970.
    pub(crate) fn written_at(&self, commit: Id) -> Option<i64> {
        self.by_commit.get(&commit)?.written
    }

    /// The tickets of the released commit with these IDs.
    pub(crate) fn with_ids(&self, ids: &BTreeSet<String>) -> Vec<ParsedTicket> {
        let mut named = tickets_with_ids(&self.touched, ids);
        named.extend(tickets_with_ids(&self.others, ids));
        named
    }

    /// The IDs of the tickets among these that were approved, or in a later state, at an older
    /// commit.
    pub(crate) fn approved_at(
        &self,
        context: CommitContext<'_>,
        at: Id,
        known: &[ParsedTicket],
    ) -> Result<Vec<String>> {
        let tree = context.repository.tree(at)?;
        let mut approved = Vec::new();
        for version in known {
            let before = version_at(&tree, version.path(), context.config.limits)?;
            let state = before.map(|before| before.ticket.state);
            if state.is_some_and(State::is_approved) {
                approved.push(version.id().to_owned());
            }
        }
        Ok(approved)
    }

    /// The IDs that commits cite but for which the released commit has no ticket, each with the
    /// last commit that had one and its path.
    ///
    /// # Errors
    ///
    /// Fails if history is missing.
    pub(crate) fn lost(&self, context: CommitContext<'_>) -> Result<Vec<LostTicket>> {
        let is_lost = |id: &&String| !self.cited.iter().any(|version| version.id() == *id);
        let lost: BTreeSet<String> = self.ids.iter().flatten().filter(is_lost).cloned().collect();
        if lost.is_empty() {
            return Ok(Vec::new());
        }
        let histories = context.ticket_histories()?;
        let mut last = histories.last_versions(context.tip, &lost)?;
        let lost = lost.into_iter().map(|id| LostTicket {
            last: last.remove(&id).map(|file| (file.commit, file.path)),
            id,
        });
        Ok(lost.collect())
    }

    /// The tickets that the commits of a tag cite, sorted by ID; `risk` is the risk that decides
    /// how many approvals a ticket needs.
    pub(crate) fn cited_tickets(
        &self,
        tag: usize,
        risk: impl Fn(&Ticket) -> RiskLevel,
    ) -> Vec<CitedTicket> {
        let plan = |version: &ParsedTicket| CitedPlan {
            digest: digest(&version.document),
            risk: risk(&version.ticket),
        };
        let plans: HashMap<&str, CitedPlan> = self
            .cited
            .iter()
            .map(|version| (version.id(), plan(version)))
            .collect();
        let cited_ticket = |id: &String| CitedTicket {
            id: id.clone(),
            plan: plans.get(id.as_str()).cloned(),
        };
        self.ids[tag].iter().map(cited_ticket).collect()
    }
}

impl<'r> CommitContext<'r> {
    pub(crate) fn ticket_histories(self) -> Result<ContextHistories<'r>> {
        if let Some(shared) = self.histories {
            return Ok(ContextHistories::Shared(shared));
        }
        let own = TicketHistories::new(self.history, self.repository, self.config)?;
        Ok(ContextHistories::Own(Box::new(own)))
    }

    /// Evaluates the approvals of tickets in the released commit. The state of the forge is unknown
    /// here.
    ///
    /// # Errors
    ///
    /// Fails if history is missing that shows who contributed to a change.
    pub(crate) fn judge(
        self,
        trusted: TrustedInputs<'_>,
        tickets: &[ApprovalCandidate<'_>],
        emergencies: EmergencyUse,
        settings: &Settings,
    ) -> Result<Approvals> {
        let context = ApprovalContext {
            histories: &*self.ticket_histories()?,
            merges: Merges {
                mainline: self.tip,
                pending: MergeGroup::default(),
                pending_tip: None,
                part_tickets: HashSet::new(),
            },
            head: self.tip,
            forge: None,
            stage: Stage::Release,
            emergencies,
        };
        trusted.judge(tickets, context, settings)
    }

    /// The texts of the tickets: those that changed since an earlier release, and the others.
    fn texts(self, before: &[Option<Id>]) -> Result<(Vec<Source>, Vec<Source>)> {
        let tree = self.repository.tree(self.tip)?;
        let before: HashSet<Option<Id>> = before.iter().copied().collect();
        let older = before.into_iter().map(|before| {
            before
                .map(|before| self.repository.tree(before))
                .transpose()
        });
        let older: Vec<Option<CommitTree<'_>>> = older.collect::<Result<_>>()?;
        let (mut touched, mut others) = (Vec::new(), Vec::new());
        let mut bytes = TotalBytes::new(self.config.limits);
        for path in paths_of_tickets(&tree, self.config)? {
            let Some(source) = text(&tree, &path, self.config.limits)? else {
                continue;
            };
            bytes.add(&source)?;
            let counted = tree.object_at(path.as_ref())?;
            let mut is_changed = false;
            for older in &older {
                is_changed |= match older {
                    Some(older) => older.object_at(path.as_ref())? != counted,
                    None => true,
                };
            }
            if is_changed {
                touched.push(source);
            } else {
                others.push(source);
            }
        }
        Ok((touched, others))
    }
}

/// The IDs of the tickets that commits cite since some older commits; `None`: since the beginning.
///
/// # Errors
///
/// Fails if history is missing.
pub(crate) fn cited_since(
    context: CommitContext<'_>,
    bases: HashSet<Option<Id>>,
) -> Result<BTreeSet<String>> {
    let histories = context.ticket_histories()?;
    let (mut reader, mut cited) = (MergeReader::new(context.history), BTreeSet::new());
    for without in bases {
        for merged in reader.groups(Scope {
            tip: Some(context.tip),
            exclude: without,
        })? {
            let counted = merged.0.iter().map(|commit| commit.commit.id).collect();
            cited.extend(cited_by(&merged, &counted, &histories)?);
        }
    }
    Ok(cited)
}

/// The IDs of the tickets cited by commits which were merged together, of which `counted` are in
/// the range.
pub(in crate::app) fn cited_by(
    MergeGroup(commits): &MergeGroup,
    counted: &HashSet<Id>,
    histories: &TicketHistories<'_, impl History>,
) -> Result<HashSet<String>> {
    let counted_facts: Vec<&Rc<CommitFacts>> = commits
        .iter()
        .filter(|facts| counted.contains(&facts.commit.id))
        .collect();
    let mut cited = HashSet::new();
    // Whether code changes is known sooner than which plans do, and most commits that change
    // tickets change nothing else.
    if has_ticket(commits, histories)? && changes_code(&counted_facts, histories)? {
        for facts in commits {
            cited.extend(facts.commit.tickets().iter().cloned());
            if histories.may_change_tickets(facts.commit.id)? {
                cited.extend(histories.planned_tickets(facts)?);
            }
        }
    }
    for facts in counted_facts {
        if !facts.commit.tickets().is_empty() && histories.changes_plan(facts)? {
            cited.extend(facts.commit.tickets().iter().cloned());
        }
    }
    Ok(cited)
}

/// Whether one of the commits names a ticket, or may change one.
fn has_ticket(
    commits: &[Rc<CommitFacts>],
    histories: &TicketHistories<'_, impl History>,
) -> Result<bool> {
    for facts in commits {
        if !facts.commit.tickets().is_empty() || histories.may_change_tickets(facts.commit.id)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether one of the commits changes a file other than a ticket.
fn changes_code(
    commits: &[&Rc<CommitFacts>],
    histories: &TicketHistories<'_, impl History>,
) -> Result<bool> {
    for facts in commits {
        if histories.changes_code(facts)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a ticket was closed or cancelled in all of some older commits.
fn was_closed(
    version: &ParsedTicket,
    before: &[Option<Id>],
    histories: &TicketHistories<'_, GitHistory<'_>>,
) -> Result<bool> {
    for before in before {
        let Some(before) = before else {
            return Ok(false);
        };
        let before = histories.version_at(*before, version.path())?;
        if !before.is_some_and(|before| before.ticket.state.is_finished()) {
            return Ok(false);
        }
    }
    Ok(true)
}

//! The front door to the gate: reads what a branch brings, and judges it by what its base says.
//!
//! Everything comes from Git objects, never from the work tree: configuration, levels, policies and
//! freezes from the tip of the base, tickets and messages from the commits. Decides nothing by
//! itself: the graph is `history`'s business, the judgement that of `rules`.

mod ambiguous_paths;
pub(crate) mod branch_tickets;
pub(crate) mod merge_preview;
pub(crate) mod policy_start;
mod weakened;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::PathBuf;

use globset::GlobSet;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};

use crate::app::gate::ambiguous_paths::ambiguous_paths;
use crate::app::gate::branch_tickets::BranchTickets;
use crate::app::gate::merge_preview::MergeInputs;
use crate::app::gate::policy_start::commits_before_starts;
use crate::app::gate::weakened::weakenings;
use crate::app::provenance::approvals::{ApprovalContext, Approvals, TrustedInputs};
use crate::app::provenance::citations::{CommitFacts, MergeUnit};
use crate::app::provenance::contributors::Merges;
use crate::app::provenance::ticket_history::TicketHistories;
use crate::app::release::tag_records::TagRecords;
use crate::app::release::tickets::{CommitContext, cited_since};
use crate::app::release::utc_day;
use crate::approval::{Bypass, ForgeApproval, TicketApprovals};
use crate::calendar::{Window, overlapping_freezes};
use crate::commit::{Id, RawCommit, decoded};
use crate::config::{Activity, Config, Freeze};
use crate::error::{Error, Result};
use crate::finding::Checked;
use crate::git::{EntryKind, GitHistory, Repository};
use crate::history::{
    Divergence, History as _, HistoryView, NextOptions, Objects as _, VersionQuery, divergence,
    paths_changed_by,
};
use crate::rules::{
    Branch, BranchCommit, CommitLint, RuleSelection, Settings, Stage, TicketIndex,
    globs_of_policies, lint_branch, run_branch_rules,
};
use crate::source::{Source, shorten, shorten_path};
use crate::ticket::ParsedTicket;
use crate::workspace::{Workspace, absolute, named_configuration};

/// The file that says who is who.
pub(crate) const MAILMAP: &str = ".mailmap";

/// The options of the gate.
#[derive(Debug, Clone)]
pub struct GateOptions {
    /// Where the run begins: what `config` is relative to.
    pub directory: PathBuf,
    /// The configuration that the command line names; `None`: that of the base.
    pub config: Option<PathBuf>,
    /// The tip of what the branch is merged into.
    pub base: Id,
    /// The tip of the branch.
    pub head: Id,
    /// The commits that stand for the head where people looked at it in a forge: it, or what was
    /// merged into it.
    pub reviewed: Vec<Id>,
    /// Who approves which commit in the forge; `None`: that is unknown.
    pub forge: Option<Vec<ForgeApproval>>,
    /// Which rules run.
    pub choice: RuleSelection,
    /// Now.
    pub now: Timestamp,
}

/// A branch as it was judged.
#[derive(Debug)]
#[non_exhaustive]
pub struct GateResult {
    /// What it brings.
    pub branch: Branch,
    /// What was found.
    pub checked: Checked,
    /// What became of the approvals of its tickets; none if the base requires none.
    pub approvals: Vec<TicketApprovals>,
    /// The emergencies that bypass their approval.
    pub bypassed: Vec<Bypass>,
    /// What a person has to know of what judged it.
    pub remarks: Vec<String>,
    /// The configuration that judged it.
    pub config: Config,
}

/// Judges whether a branch may be merged.
///
/// # Errors
///
/// Fails where something that the judgement depends on is missing or cannot be read.
pub fn check_branch(repository: &Repository, options: &GateOptions) -> Result<GateResult> {
    let base = repository.tree(options.base)?;
    let config = match &options.config {
        Some(file) => named_configuration(&absolute(&options.directory)?, file)?,
        None => Workspace::config_of(&base)?,
    };
    let settings = Settings::new(&config, &options.choice, options.now)?;
    let history = repository.history()?;
    let found = divergence(&history, &config.version, options.base, options.head)?;
    let trees = MergeInputs::read(
        repository,
        (options.base, base),
        options.head,
        &found.merge_bases,
    )?;
    let globs = config.ticket_globs()?;
    let paths = trees.changed_paths();
    let tickets = BranchTickets::read(&trees, &paths, &config)?;
    let (mut commits, messages) = commits(repository, &history, found, &settings, || {
        tickets.index(&trees, config.limits)
    })?;
    attribute_merge_changes(repository, &mut commits, &paths)?;
    let mut branch = Branch {
        base: options.base,
        head: options.head,
        named: tickets.mentioned_by(&commits),
        superseded: tickets.superseded(),
        released: BTreeMap::new(),
        cited: BTreeSet::new(),
        ambiguous: ambiguous_paths(&trees, &config, &tickets, &paths)?,
        non_files: non_files(&trees, &config, &globs, &paths)?,
        policies: config.policies.clone(),
        before_start: commits_before_starts(
            repository,
            &history,
            &config.policies,
            &commits,
            options.head,
        )?,
        freezes: Vec::new(),
        approved: None,
        weakenings: weakenings(&trees, &config, &paths, options.now),
        tickets: Vec::new(),
        conflicting: BTreeSet::new(),
        commits,
        links: trees.links_among(&paths, &globs_of_policies(&config.policies))?,
        renamed: trees.renamed_in_base.clone(),
        paths: paths.into_iter().collect(),
    };
    let mut checked = lint_branch(
        &tickets.touched,
        &tickets.others,
        &tickets.closed_at_base(),
        &settings,
    );
    (branch.tickets, branch.conflicting) = (tickets.changes, tickets.conflicting);
    let commits = CommitContext {
        repository,
        history: &history,
        config: &config,
        tip: options.base,
    };
    let records = TagRecords::new(repository, &history);
    note_released_tickets(&mut branch, &records, options.base)?;
    branch.cited = cited_before(&branch, commits)?;
    branch.freezes = freezes(&branch, &config, options.now);
    checked.merge(messages);
    let mut approvals = Approvals::default();
    if let Some(trusted) = TrustedInputs::read(&trees.base, &config)? {
        approvals = approvals_of(
            &branch,
            trusted,
            &commits.ticket_histories()?,
            options,
            &settings,
        )?;
        branch.approved = Some(approvals.approved());
    }
    checked.merge(run_branch_rules(&branch, &settings));
    checked.merge(approvals.checked);
    let mut remarks = approvals.remarks;
    if history.head()? == Some(options.head) {
        remarks.extend(uncommitted_tickets(repository, &config, &globs));
    }
    remarks.extend(config_not_on_base(&config, &trees, options, &branch.paths));
    let due = utc_day(options.now).saturating_add(config.release.emergency_days.days());
    let bypassed = bypasses(&approvals.tickets, &branch, &records, due)?;
    Ok(GateResult {
        branch,
        checked,
        approvals: approvals.tickets,
        bypassed,
        remarks,
        config,
    })
}

/// The emergencies whose approvals are still required, with the day until which they are, `due` if
/// no release has set it.
fn bypasses(
    approvals: &[TicketApprovals],
    branch: &Branch,
    records: &TagRecords<'_>,
    due: Date,
) -> Result<Vec<Bypass>> {
    let mut found = Vec::new();
    for ticket in approvals {
        let released = branch.released.get(&ticket.id);
        let record = released.map(|tag| records.get(tag)).transpose()?.flatten();
        let emergency = record.and_then(|record| record.metadata.emergency());
        let due = emergency.map_or(due, |emergency| emergency.due);
        found.extend(ticket.bypass(due, released.cloned()));
    }
    Ok(found)
}

/// Says that the branch adds a configuration, which doesn't apply to it yet.
fn config_not_on_base(
    config: &Config,
    trees: &MergeInputs<'_>,
    options: &GateOptions,
    changed: &[String],
) -> Option<String> {
    if options.config.is_some() || config.source.is_some() {
        return None;
    }
    let added = Workspace::config_of(&trees.head).ok()?.source?;
    let name = added.name();
    if changed.iter().all(|path| path != name) {
        return None;
    }
    Some(format!(
        "note: `{name}` is not on the base yet, so it does not apply to this branch\n  \
         help: to try it before it is merged, run `tollgate gate --config {name}`"
    ))
}

/// Words for the tickets of the work tree that HEAD doesn't have as they are, and that so were not
/// judged.
fn uncommitted_tickets(
    repository: &Repository,
    config: &Config,
    globs: &GlobSet,
) -> Option<String> {
    let folders: Vec<PathBuf> = config.ticket_folders().collect();
    let paths = match repository.uncommitted(&folders) {
        Ok(paths) => paths,
        Err(error) => {
            return Some(format!(
                "uncommitted tickets, if any, were not checked: {error}"
            ));
        }
    };
    let mut tickets = paths.iter().filter(|path| globs.is_match(path));
    let first = shorten_path(tickets.next()?);
    Some(match tickets.count() {
        0 => format!("uncommitted changes to `{first}` were not checked"),
        1 => format!("uncommitted changes to `{first}` and 1 other ticket were not checked"),
        more => {
            format!("uncommitted changes to `{first}` and {more} other tickets were not checked")
        }
    })
}

/// Notes which tickets of the branch were released with a tag that the base reaches.
///
/// Tags are read only if the branch touches or names a ticket.
fn note_released_tickets(branch: &mut Branch, records: &TagRecords<'_>, base: Id) -> Result<()> {
    let touched = branch
        .tickets
        .iter()
        .filter_map(|change| change.after.as_ref());
    let ids: BTreeSet<String> = touched
        .chain(&branch.named)
        .map(|version| version.id().to_owned())
        .collect();
    for id in ids {
        if let Some(record) = records.first_release_of(&id, base)? {
            branch.released.insert(id, record.tag.clone());
        }
    }
    Ok(())
}

/// The ids that the branch takes away and that commits of the base cite which are not released yet.
fn cited_before(branch: &Branch, commits: CommitContext<'_>) -> Result<BTreeSet<String>> {
    let left: HashSet<&str> = branch
        .tickets
        .iter()
        .filter_map(|change| change.after.as_ref())
        .map(ParsedTicket::id)
        .collect();
    let before = branch
        .tickets
        .iter()
        .filter_map(|change| change.before.as_ref())
        .map(ParsedTicket::id);
    let gone: BTreeSet<&str> = before.filter(|id| !left.contains(id)).collect();
    if gone.is_empty() {
        return Ok(BTreeSet::new());
    }
    let history = HistoryView::new(commits.history, commits.tip);
    let query = VersionQuery::new(commits.config, None);
    let versions = query.propose(&history, &NextOptions::default(), None)?;
    let bases = versions
        .units
        .iter()
        .map(|unit| unit.next.base.as_ref().map(|base| base.commit));
    let mut cited = cited_since(commits, bases.collect())?;
    cited.retain(|id| gone.contains(id.as_str()));
    Ok(cited)
}

/// What became of the approvals of the branch's tickets, by what the base trusts.
fn approvals_of(
    branch: &Branch,
    trusted: TrustedInputs<'_>,
    histories: &TicketHistories<'_, GitHistory<'_>>,
    options: &GateOptions,
    settings: &Settings,
) -> Result<Approvals> {
    let (forge, of_other_commits) = forge_approvals(options);
    let pending = branch.commits.iter().map(|commit| {
        CommitFacts::with_paths(commit.classified.commit.clone(), commit.paths.clone())
    });
    let context = ApprovalContext {
        histories,
        merges: Merges {
            mainline: options.base,
            pending: MergeUnit(pending.collect()),
        },
        head: options.head,
        forge,
        stage: Stage::Merge,
    };
    let mut approvals = trusted.judge(&branch.tickets_to_approve(), context, settings)?;
    approvals.remarks.extend(of_other_commits);
    Ok(approvals)
}

/// Who approves in the forge what is judged, and words for the approvals of other commits.
fn forge_approvals(options: &GateOptions) -> (Option<Vec<String>>, Vec<String>) {
    let Some(forge) = &options.forge else {
        return (None, Vec::new());
    };
    let (classified, others): (Vec<&ForgeApproval>, Vec<&ForgeApproval>) = forge
        .iter()
        .partition(|approval| options.reviewed.contains(&approval.commit));
    let remarks = others.into_iter().map(|ForgeApproval { by, commit }| {
        format!(
            "`{}` approved commit {} on the forge, which is not the commit being checked",
            shorten(by),
            commit.short()
        )
    });
    (
        Some(
            classified
                .into_iter()
                .map(|approval| approval.by.clone())
                .collect(),
        ),
        remarks.collect(),
    )
}

/// The commits of the branch with the paths that they change, and what is found in their messages.
///
/// `tickets` is asked which tickets there are, once a message may name one.
fn commits(
    repository: &Repository,
    history: &GitHistory<'_>,
    found: Divergence,
    settings: &Settings,
    tickets: impl FnOnce() -> Result<TicketIndex>,
) -> Result<(Vec<BranchCommit>, Checked)> {
    let mut commits = Vec::with_capacity(found.commits.len());
    let mut lint = CommitLint::new(settings, || tickets().map(Some));
    for (classified, parents) in found.commits.into_iter().zip(found.parents) {
        let id = classified.commit.id;
        let object = history.commit(id)?;
        let raw = RawCommit::parse(object.as_ref()).ok_or_else(|| Error::not_a_commit(id))?;
        let text = decoded(raw.message, raw.encoding).0;
        lint.add(id, &raw)?;
        let message = Source::new(id.to_string(), text);
        let paths = paths_changed_by(history, repository, id)?;
        commits.push(BranchCommit {
            message,
            paths,
            parents: parents.len(),
            classified,
        });
    }
    Ok((commits, lint.finish()))
}

/// Gives the paths that differ and that no commit of a branch changes to the merges that took
/// another side there.
fn attribute_merge_changes(
    repository: &Repository,
    commits: &mut [BranchCommit],
    paths: &BTreeSet<String>,
) -> Result<()> {
    let owned: HashSet<&String> = commits.iter().flat_map(|commit| &commit.paths).collect();
    let unowned: HashSet<String> = paths
        .iter()
        .filter(|path| !owned.contains(path))
        .cloned()
        .collect();
    for commit in commits.iter_mut().filter(|commit| commit.parents > 1) {
        if unowned.is_empty() {
            break;
        }
        let id = commit.classified.commit.id;
        let tree = repository.tree(id)?;
        for parent in repository.parents(id)? {
            let differing = tree.changed_since(Some(&repository.tree(parent)?))?;
            commit
                .paths
                .extend(differing.into_iter().filter(|path| unowned.contains(path)));
        }
        commit.paths.sort_unstable();
        commit.paths.dedup();
    }
    Ok(())
}

/// What the branch puts in a ticket's place that is no file: a link there or on the way there, or a
/// submodule.
fn non_files(
    trees: &MergeInputs<'_>,
    config: &Config,
    globs: &GlobSet,
    paths: &BTreeSet<String>,
) -> Result<Vec<(String, &'static str)>> {
    let folders: Vec<PathBuf> = config.ticket_folders().collect();
    let concerns_tickets = |path: &str| {
        let near = |folder: &PathBuf| {
            !folder.as_os_str().is_empty()
                && (folder.starts_with(path) || PathBuf::from(path).starts_with(folder))
        };
        globs.is_match(path) || folders.iter().any(near)
    };
    let mut found = Vec::new();
    for path in paths.iter().filter(|path| concerns_tickets(path)) {
        let path_at_head = trees.name_at_head(path);
        let what = match trees.head.kind_at(path_at_head)? {
            Some(EntryKind::Link)
                if !globs.is_match(path) && trees.head.leads_to_file(path_at_head)? =>
            {
                continue;
            }
            Some(EntryKind::Link) => "a symbolic link",
            Some(EntryKind::Submodule) => "a submodule",
            Some(EntryKind::File | EntryKind::Folder) | None => continue,
        };
        found.push((path.clone(), what));
    }
    Ok(found)
}

fn freezes(branch: &Branch, config: &Config, now: Timestamp) -> Vec<(Freeze, Window)> {
    let tickets = branch.covering_tickets();
    let met = overlapping_freezes(&config.freezes, Activity::Merge, Window::at(now), &tickets);
    met.into_iter()
        .map(|(freeze, window)| (freeze.clone(), window))
        .collect()
}

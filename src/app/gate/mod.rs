//! Checks whether a branch can be merged, by the rules of its base.
//!
//! Everything is read from Git objects, never from the work tree: the configuration, levels, policies
//! and freezes from the tip of the base, tickets and messages from the commits. `history` computes
//! what the branch contains, and `rules` checks it.

mod ambiguous_paths;
pub(crate) mod branch_tickets;
mod branch_weakenings;
pub(crate) mod judgement;
mod landing;
pub(crate) mod merge_inputs;
pub(crate) mod policy_start;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use globset::GlobSet;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};

use crate::app::approvals::{ApprovalContext, Approvals, EmergencyUse, TrustedInputs};
use crate::app::gate::ambiguous_paths::ambiguous_paths;
use crate::app::gate::branch_tickets::BranchTickets;
use crate::app::gate::branch_weakenings::weakenings;
use crate::app::gate::landing::{Landing, LandingInput};
use crate::app::gate::merge_inputs::MergeInputs;
use crate::app::gate::policy_start::commits_before_starts;
use crate::app::release::tag_records::TagRecords;
use crate::app::release::tickets::{CommitContext, cited_since};
use crate::app::release::utc_day;
use crate::approval::{Bypass, CommitFacts, MergeGroup, Merges, TicketApprovals, TicketHistories};
use crate::branch::{Branch, BranchCommit, NonFile, Squash, TicketChange, tickets_to_approve};
use crate::commit::{Id, RawCommit, RawPerson, decoded, is_bot};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::finding::Checked;
use crate::git::{EntryKind, GitHistory, Repository};
use crate::history::{
    Divergence, History as _, HistoryView, NextOptions, Objects as _, VersionQuery, divergence,
    paths_changed_by,
};
use crate::merge::MergePrediction;
use crate::rules::{
    CheckedTree, CommitLint, PolicyApprovals, RuleSelection, Settings, SquashMessage, Stage,
    TicketIndex, globs_of_policies, lint_branch, lint_squash, references_ticket, run_branch_rules,
};
use crate::source::{Source, shell_word, shorten, shorten_path};
use crate::ticket::ParsedTicket;
use crate::workspace::{Workspace, absolute, named_configuration, paths};

pub use crate::approval::ForgeApproval;
pub use crate::merge::PullRequest;

/// The file that says who is who.
pub(crate) const MAILMAP: &str = ".mailmap";

/// The options of the gate; [`GateOptions::new`] creates them with defaults.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct GateOptions {
    /// The directory that `config` is relative to.
    pub directory: PathBuf,
    /// The named configuration; `None`: that of the base.
    pub config: Option<PathBuf>,
    /// The tip of what the branch is merged into.
    pub base: Id,
    /// The tip of the branch.
    pub head: Id,
    /// The commits that people reviewed in a forge for this head: the head itself, or the commit that
    /// the forge merged into it.
    pub reviewed: Vec<Id>,
    /// The approvals in the forge; `None`: they are unknown.
    pub forge: Option<Vec<ForgeApproval>>,
    /// The pull request of the branch, by which the commit of a squash is predicted; `None`: the
    /// commits of the branch are checked as they are.
    pub pull_request: Option<PullRequest>,
    /// The rules that run.
    pub choice: RuleSelection,
    /// The current time.
    pub now: Timestamp,
}

impl GateOptions {
    /// The options for a merge of `head` into `base`, with the configuration and the rules of the
    /// base, and without approvals in a forge.
    ///
    /// `directory` is the one that a named configuration is relative to, usually the current
    /// directory.
    #[must_use]
    pub fn new(directory: impl Into<PathBuf>, base: Id, head: Id, now: Timestamp) -> Self {
        Self {
            directory: directory.into(),
            config: None,
            base,
            head,
            reviewed: vec![head],
            forge: None,
            pull_request: None,
            choice: RuleSelection::default(),
            now,
        }
    }
}

/// The result of the gate for a branch.
#[derive(Debug)]
#[non_exhaustive]
pub struct GateResult {
    /// The branch.
    #[doc(hidden)]
    pub branch: Branch,
    /// The findings; an error blocks the merge.
    pub checked: Checked,
    /// The results for the approvals of its tickets; empty if the base requires none.
    #[doc(hidden)]
    pub approvals: Vec<TicketApprovals>,
    /// The emergencies that bypass their approval.
    #[doc(hidden)]
    pub bypassed: Vec<Bypass>,
    /// What the base has after the merge; `None` without a pull request.
    #[doc(hidden)]
    pub prediction: Option<MergePrediction>,
    /// Notes on what the branch was checked with.
    pub remarks: Vec<String>,
    /// The configuration that the branch was checked with.
    pub config: Config,
}

/// Decides whether a branch can be merged; `history` is that of the repository.
///
/// # Errors
///
/// Fails if something that the decision depends on is missing or cannot be read.
pub fn check_branch(
    repository: &Repository,
    history: &GitHistory<'_>,
    options: &GateOptions,
) -> Result<GateResult> {
    let base = repository.tree(options.base)?;
    let config = match &options.config {
        Some(file) => named_configuration(&absolute(&options.directory)?, file)?,
        None => Workspace::config_of(&base)?,
    };
    let settings = Settings::new(&config, &options.choice, options.now)?;
    let found = divergence(history, &config.version, options.base, options.head)?;
    let trees = MergeInputs::read(
        repository,
        options.base,
        base,
        options.head,
        &found.merge_bases,
    )?;
    let globs = config.ticket_globs()?;
    let paths = trees.changed_paths();
    let tickets = BranchTickets::read(&trees, &paths, &config)?;
    let landing = Landing::of(LandingInput {
        repository,
        history,
        config: &config,
        options,
        found: &found,
        trees: &trees,
    })?;
    let index = || tickets.index(&trees, config.limits);
    let lint =
        CommitLint::new(&settings, || index().map(Some)).onto(found.merge_bases.first().copied());
    let is_squashed = landing.as_ref().is_some_and(Landing::is_certain_squash);
    let lint = lint.only_malformed(is_squashed);
    let (mut commits, messages) = commits(repository, history, found.clone(), lint)?;
    attribute_merge_changes(repository, &mut commits, &paths)?;
    let context = CommitContext {
        repository,
        history,
        config: &config,
        tip: options.base,
        histories: None,
    };
    let squash = match &landing {
        Some(landing) => {
            commits.splice(0..0, landing.merge_commit()?);
            landing.squash(&commits, &paths)?
        }
        None => None,
    };
    let title = squash_findings(squash.as_ref(), options, &settings, index)?;
    let contributing = contributing(&commits, squash.as_ref().filter(|_| is_squashed));
    if let Some(squash) = squash.as_ref().filter(|squash| squash.is_certain) {
        commits = vec![squash.commit.clone()];
    }
    let records = TagRecords::new(history);
    let named = tickets.mentioned_by(&commits);
    let texts = TicketTexts::of(&tickets);
    let mut branch = BranchInputs {
        context,
        trees: &trees,
        globs: &globs,
        paths: &paths,
        options,
        records: &records,
    }
    .branch(commits, tickets, named)?;
    branch.squash = squash;
    branch.lands_separately = landing.as_ref().is_some_and(Landing::is_rebase);
    let approvals = match TrustedInputs::read(&trees.base, &config, "on the base branch")? {
        None => None,
        Some(trusted) => {
            let histories = context.ticket_histories()?;
            // A squash is one part.
            let tip = (!is_squashed).then_some(options.head);
            let context = approval_context(&contributing, tip, &histories, options);
            Some(judge_approvals(trusted, &branch, context, &settings)?)
        }
    };
    branch.approved = approvals.as_ref().map(Approvals::approved);
    let approvals = approvals.unwrap_or_default();
    let mut checked = texts.lint(&branch, &trees, &globs, &settings)?;
    checked.merge(messages);
    checked.merge(title);
    checked.merge(run_branch_rules(&branch, &settings));
    checked.merge(approvals.checked);
    let mut remarks = approvals.remarks;
    remarks.extend(remarks_on(&branch, context, &trees, options, &globs)?);
    let due = utc_day(options.now).saturating_add(config.release.emergency_days.days());
    let prediction = landing.map(|landing| landing.predict()).transpose()?;
    let bypassed = bypasses(&approvals.tickets, &branch, &records, due)?;
    Ok(GateResult {
        branch,
        checked,
        approvals: approvals.tickets,
        bypassed,
        prediction,
        remarks,
        config,
    })
}

/// The commits whose authors contributed to a branch: its own, and the squash that replaces them.
fn contributing(commits: &[BranchCommit], squash: Option<&Squash>) -> Vec<BranchCommit> {
    let squash = squash.map(|squash| &squash.commit);
    commits.iter().chain(squash).cloned().collect()
}

/// Evaluates the approvals of the tickets that a branch changes or names.
fn judge_approvals(
    trusted: TrustedInputs<'_>,
    branch: &Branch,
    context: ApprovalContext<'_, GitHistory<'_>>,
    settings: &Settings,
) -> Result<Approvals> {
    let mut candidates = tickets_to_approve(&branch.tickets, &branch.named, &branch.renamed);
    for candidate in &mut candidates {
        candidate.is_released = branch.released.contains_key(candidate.version.id());
    }
    let trusted = trusted.with_policies(PolicyApprovals::of(branch));
    trusted.judge(&candidates, context, settings)
}

/// Notes on what is not part of the decision, although somebody may expect it.
fn remarks_on(
    branch: &Branch,
    context: CommitContext<'_>,
    trees: &MergeInputs<'_>,
    options: &GateOptions,
    globs: &GlobSet,
) -> Result<Vec<String>> {
    let CommitContext {
        repository,
        history,
        config,
        ..
    } = context;
    let mut remarks = Vec::new();
    if branch.approved.is_some() {
        remarks.extend(approvals_of_other_commits(options));
    }
    if history.head()? == Some(options.head) {
        remarks.extend(uncommitted_tickets(repository, config, globs));
    }
    remarks.extend(config_not_on_base(
        repository,
        config,
        trees,
        options,
        &branch.paths,
    ));
    Ok(remarks)
}

/// The texts of the tickets of a branch, which are linted once it is known which tickets cover it.
struct TicketTexts {
    touched: Vec<Source>,
    others: Vec<Source>,
    /// The paths of the tickets that were closed or cancelled at the base.
    closed: BTreeSet<String>,
}

impl TicketTexts {
    fn of(tickets: &BranchTickets) -> Self {
        Self {
            touched: tickets.touched.clone(),
            others: tickets.others.clone(),
            closed: tickets.closed_at_base(),
        }
    }

    fn lint(
        &self,
        branch: &Branch,
        trees: &MergeInputs<'_>,
        globs: &GlobSet,
        settings: &Settings,
    ) -> Result<Checked> {
        let covering = tickets_of_commits(branch, globs);
        let tree = CheckedTree::read(trees, &self.touched, Some(covering))?;
        Ok(lint_branch(
            &self.touched,
            &self.others,
            &self.closed,
            &tree,
            settings,
        ))
    }
}

/// The files of the tickets that cover the branch; none if it changes nothing but tickets, because a
/// plan may be merged before the change.
fn tickets_of_commits(branch: &Branch, globs: &GlobSet) -> BTreeSet<String> {
    if branch.paths.iter().all(|path| globs.is_match(path)) {
        return BTreeSet::new();
    }
    let covering = branch.covering().into_iter();
    covering.map(|ticket| ticket.path().to_owned()).collect()
}

/// The inputs of a branch in addition to its commits and tickets.
struct BranchInputs<'a> {
    /// The base, and the configuration that judges the branch.
    context: CommitContext<'a>,
    trees: &'a MergeInputs<'a>,
    globs: &'a GlobSet,
    /// The paths that the branch changes.
    paths: &'a BTreeSet<String>,
    options: &'a GateOptions,
    records: &'a TagRecords<'a>,
}

impl BranchInputs<'_> {
    fn branch(
        self,
        commits: Vec<BranchCommit>,
        tickets: BranchTickets,
        named: Vec<ParsedTicket>,
    ) -> Result<Branch> {
        let Self {
            context,
            trees,
            globs,
            paths,
            options,
            records,
        } = self;
        let config = context.config;
        Ok(Branch {
            base: options.base,
            head: options.head,
            released: released_tickets(&tickets.changes, &named, records, options.base)?,
            cited: cited_before(&tickets.changes, context)?,
            superseded: tickets.superseded(),
            ambiguous: ambiguous_paths(trees, config, &tickets, paths)?,
            non_files: non_files(trees, config, globs, paths)?,
            policies: config.policies.clone(),
            before_start: commits_before_starts(
                context.repository,
                context.history,
                &config.policies,
                &commits,
                options.head,
            )?,
            approved: None,
            squash: None,
            lands_separately: false,
            weakenings: weakenings(trees, config, paths, options.now),
            links: trees.links_among(paths, &globs_of_policies(&config.policies))?,
            renamed: trees.renamed_in_base.clone(),
            tickets: tickets.changes,
            conflicting: tickets.conflicting,
            named,
            commits,
            paths: paths.iter().cloned().collect(),
        })
    }
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
    repository: &Repository,
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
    let note = format!(
        "note: `{name}` is not on the base branch yet, so it does not apply to this branch"
    );
    let help = file_from(&options.directory, repository, name).map(|file| {
        format!(
            "\n  help: to try it before it is merged, repeat this command with `--config {}`",
            shell_word(&file)
        )
    });
    Some(note + &help.unwrap_or_default())
}

/// A file of the repository as the command line names it from a directory; `None` if it is not in
/// the working tree.
fn file_from(directory: &Path, repository: &Repository, name: &str) -> Option<String> {
    let file = absolute(repository.root()?).ok()?.join(name);
    let directory = absolute(directory).ok()?;
    file.is_file()
        .then(|| paths::shown(&paths::relative(&directory, &file)))
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

/// The tickets of the branch that were released with a tag that the base reaches: their ids, each
/// with its tag.
///
/// Tags are read only if the branch touches or names a ticket.
fn released_tickets(
    changes: &[TicketChange],
    named: &[ParsedTicket],
    records: &TagRecords<'_>,
    base: Id,
) -> Result<BTreeMap<String, String>> {
    let touched = changes.iter().filter_map(|change| change.after.as_ref());
    let ids: BTreeSet<&str> = touched.chain(named).map(ParsedTicket::id).collect();
    let mut released = BTreeMap::new();
    for id in ids {
        let record = records.first_release_of(id, base)?;
        released.extend(record.map(|record| (id.to_owned(), record.tag.clone())));
    }
    Ok(released)
}

/// The ids that the branch takes away and that commits of the base cite which are not released yet.
fn cited_before(changes: &[TicketChange], commits: CommitContext<'_>) -> Result<BTreeSet<String>> {
    let left: HashSet<&str> = changes
        .iter()
        .filter_map(|change| change.after.as_ref())
        .map(ParsedTicket::id)
        .collect();
    let before = changes
        .iter()
        .filter_map(|change| change.before.as_ref())
        .map(ParsedTicket::id);
    let gone: BTreeSet<&str> = before.filter(|id| !left.contains(id)).collect();
    if gone.is_empty() {
        return Ok(BTreeSet::new());
    }
    let history = HistoryView::new(commits.history, commits.tip);
    let query = VersionQuery::new(commits.config, None);
    let versions = query.propose(&history, &NextOptions::default())?;
    let bases = versions
        .units
        .iter()
        .map(|unit| unit.next.base.as_ref().map(|base| base.commit));
    let mut cited = cited_since(commits, bases.collect())?;
    cited.retain(|id| gone.contains(id.as_str()));
    Ok(cited)
}

/// The context in which the approvals of a branch are evaluated.
fn approval_context<'a>(
    commits: &[BranchCommit],
    pending_tip: Option<Id>,
    histories: &'a TicketHistories<'a, GitHistory<'a>>,
    options: &GateOptions,
) -> ApprovalContext<'a, GitHistory<'a>> {
    let pending = commits.iter().map(|commit| {
        CommitFacts::with_paths(commit.classified.commit.clone(), commit.paths.clone())
    });
    let approvers = |forge: &Vec<ForgeApproval>| {
        forge
            .iter()
            .filter(|approval| options.reviewed.contains(&approval.commit))
            .map(|approval| approval.by.clone())
            .collect()
    };
    ApprovalContext {
        histories,
        merges: Merges {
            mainline: options.base,
            pending: MergeGroup(pending.map(Rc::new).collect()),
            pending_tip,
            part_tickets: HashSet::new(),
        },
        head: options.head,
        forge: options.forge.as_ref().map(approvers),
        stage: Stage::Merge,
        emergencies: EmergencyUse::default(),
    }
}

/// Describes the approvals in the forge that are for commits other than those that are checked.
fn approvals_of_other_commits(options: &GateOptions) -> impl Iterator<Item = String> {
    options
        .forge
        .iter()
        .flatten()
        .filter(|approval| !options.reviewed.contains(&approval.commit))
        .map(|ForgeApproval { by, commit }| {
            format!(
                "`{}` approved commit {} on the forge, which is not the commit being checked",
                shorten(by),
                commit.short()
            )
        })
}

/// What is found in the message that the only squash of a branch will have.
fn squash_findings(
    squash: Option<&Squash>,
    options: &GateOptions,
    settings: &Settings,
    tickets: impl FnOnce() -> Result<TicketIndex>,
) -> Result<Checked> {
    let Some(squash) = squash.filter(|squash| squash.is_certain) else {
        return Ok(Checked::default());
    };
    let is_by_bot = |commit: &BranchCommit| {
        let author = &commit.classified.commit.author;
        commit.parents > 1
            || is_bot(&RawPerson {
                name: author.name.as_bytes(),
                email: author.email.as_bytes(),
                seconds: None,
            })
    };
    let request = options.pull_request.as_ref();
    let source = &squash.commit.message;
    let tickets = references_ticket(source.text()).then(tickets).transpose()?;
    let message = SquashMessage {
        source,
        tickets: tickets.as_ref(),
        is_by_bot: request.is_some_and(|request| request.is_by_bot)
            || squash.replaced.iter().all(is_by_bot),
    };
    Ok(lint_squash(&message, settings))
}

/// The commits of the branch with the paths that they change, and what is found in their messages.
fn commits(
    repository: &Repository,
    history: &GitHistory<'_>,
    found: Divergence,
    mut lint: CommitLint<'_>,
) -> Result<(Vec<BranchCommit>, Checked)> {
    let mut commits = Vec::with_capacity(found.commits.len());
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
            is_predicted: false,
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

/// The links and submodules that the branch has at or above the paths of tickets.
fn non_files(
    trees: &MergeInputs<'_>,
    config: &Config,
    globs: &GlobSet,
    paths: &BTreeSet<String>,
) -> Result<Vec<NonFile>> {
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
        let kind = match trees.head.kind_at(path_at_head)? {
            Some(EntryKind::Link)
                if !globs.is_match(path) && trees.head.leads_to_file(path_at_head)? =>
            {
                continue;
            }
            Some(EntryKind::Link) => "a symbolic link",
            Some(EntryKind::Submodule) => "a submodule",
            Some(EntryKind::File | EntryKind::Folder) | None => continue,
        };
        found.push(NonFile {
            path: path.clone(),
            kind,
        });
    }
    Ok(found)
}

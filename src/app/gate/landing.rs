//! What lands on the base when the forge merges a pull request: the commits that it makes, in
//! memory, and what can be released then.

use std::collections::BTreeSet;

use crate::app::changelog::NotesQuery;
use crate::app::gate::GateOptions;
use crate::app::gate::merge_inputs::MergeInputs;
use crate::app::release::CommitEvidence;
use crate::branch::{BranchCommit, PULL_REQUEST, Squash};
use crate::commit::{Id, Message, RawCommit, UncountedLine, decoded, tree, uncounted_lines};
use crate::config::{Config, MergeMethod};
use crate::error::{Error, Result};
use crate::git::{GitHistory, InMemory, NewCommit, Repository};
use crate::history::{
    Divergence, HistoryView, NextOptions, Objects as _, Recent, ReleaseReader, Scope, VersionQuery,
    divergence,
};
use crate::merge::{
    MergePrediction, PredictedMessage, PredictedUnit, PullRequest, SquashedCommit,
    predicted_message, trailer_place,
};
use crate::source::Source;
use crate::version::Bump;

/// The commits that the forge makes of a branch.
pub(super) struct Landing<'a> {
    config: &'a Config,
    base: Id,
    /// The title of the pull request.
    title: String,
    /// The repository with these commits.
    memory: InMemory,
    /// The tip of the base after the merge.
    tip: Id,
    method: MergeMethod,
    /// The message of the squash or of the merge commit.
    message: Option<PredictedMessage>,
    has_conflict: bool,
}

/// A branch, and the pull request that merges it.
pub(super) struct LandingInput<'a> {
    pub(super) repository: &'a Repository,
    pub(super) history: &'a GitHistory<'a>,
    pub(super) config: &'a Config,
    pub(super) options: &'a GateOptions,
    /// The commits of the branch.
    pub(super) found: &'a Divergence,
    pub(super) trees: &'a MergeInputs<'a>,
}

impl<'a> LandingInput<'a> {
    /// Makes the commits in memory; `None` if the branch has no commits but merges.
    fn land(&self, request: &PullRequest) -> Result<Option<Landing<'a>>> {
        let commits = self.squashed_commits()?;
        let Some(first) = commits.iter().find(|commit| !commit.is_merge) else {
            return Ok(None);
        };
        let settings = &self.config.merge;
        let method = settings.method.unwrap_or(MergeMethod::Squash);
        let memory = self.repository.in_memory()?;
        if method == MergeMethod::Rebase {
            return self.rebase(memory, request.title.clone()).map(Some);
        }
        let (tree, has_conflict) = self.merged_tree(&memory)?;
        let message = predicted_message(method, settings, request, &commits);
        let base = self.options.base;
        let parents = match method {
            MergeMethod::Merge => vec![base, self.branch_tip()],
            MergeMethod::Squash | MergeMethod::Rebase => vec![base],
        };
        let tip = memory.commit(&NewCommit {
            tree,
            parents: &parents,
            name: &first.name,
            email: &first.email,
            message: &message.text,
        })?;
        Ok(Some(Landing {
            config: self.config,
            base,
            title: request.title.clone(),
            memory,
            tip,
            method,
            message: Some(message),
            has_conflict,
        }))
    }

    /// The tip that people reviewed: the head may be the forge's merge of it into the base.
    fn branch_tip(&self) -> Id {
        let reviewed = self.options.reviewed.last();
        reviewed.copied().unwrap_or(self.options.head)
    }

    /// The commits of the branch, oldest first.
    fn squashed_commits(&self) -> Result<Vec<SquashedCommit>> {
        let mut commits = Vec::with_capacity(self.found.commits.len());
        let found = self.found.commits.iter().zip(&self.found.parents);
        for (classified, parents) in found.rev() {
            let id = classified.commit.id;
            let object = self.history.commit(id)?;
            let raw = RawCommit::parse(object.as_ref()).ok_or_else(|| Error::not_a_commit(id))?;
            let text = |bytes| decoded(bytes, raw.encoding).0.into_owned();
            commits.push(SquashedCommit {
                message: Message::decode(raw.message, raw.encoding).text().to_owned(),
                name: text(raw.author.name),
                email: text(raw.author.email),
                is_merge: parents.len() > 1,
            });
        }
        Ok(commits)
    }

    /// The tree after the merge, and whether it is only that of the branch because of conflicts.
    fn merged_tree(&self, memory: &InMemory) -> Result<(Id, bool)> {
        let is_up_to_date = self.found.merge_bases == [self.options.base];
        let merged = if is_up_to_date {
            None
        } else {
            self.trees.require_small_merge()?;
            memory.merged_tree(self.options.base, self.options.head)?
        };
        match merged {
            Some(tree) => Ok((tree, false)),
            None => Ok((self.tree_of(self.options.head)?, !is_up_to_date)),
        }
    }

    fn tree_of(&self, commit: Id) -> Result<Id> {
        let object = self.history.commit(commit)?;
        tree(object.as_ref()).ok_or_else(|| Error::not_a_commit(commit))
    }

    /// Copies the commits that are not merges onto the base, oldest first.
    fn rebase(&self, memory: InMemory, title: String) -> Result<Landing<'a>> {
        let mut tip = self.options.base;
        let mut has_conflict = false;
        let found = self.found.commits.iter().zip(&self.found.parents);
        for (classified, _) in found.rev().filter(|(_, parents)| parents.len() < 2) {
            let id = classified.commit.id;
            let object = self.history.commit(id)?;
            let raw = RawCommit::parse(object.as_ref()).ok_or_else(|| Error::not_a_commit(id))?;
            let text = |bytes| decoded(bytes, raw.encoding).0.into_owned();
            let picked = memory.picked_tree(id, tip)?;
            has_conflict |= picked.is_none();
            tip = memory.commit(&NewCommit {
                tree: picked.map_or_else(|| self.tree_of(id), Ok)?,
                parents: &[tip],
                name: &text(raw.author.name),
                email: &text(raw.author.email),
                message: &text(raw.message),
            })?;
        }
        Ok(Landing {
            config: self.config,
            base: self.options.base,
            title,
            memory,
            tip,
            method: MergeMethod::Rebase,
            message: None,
            has_conflict,
        })
    }
}

impl<'a> Landing<'a> {
    /// What lands if the forge merges the pull request of the options; `None` without one, and if
    /// there is nothing to merge.
    ///
    /// # Errors
    ///
    /// Fails if an object cannot be read.
    pub(super) fn of(input: LandingInput<'a>) -> Result<Option<Self>> {
        match &input.options.pull_request {
            Some(request) => input.land(request),
            None => Ok(None),
        }
    }

    /// Whether the forge merges only by a squash.
    pub(super) fn is_certain_squash(&self) -> bool {
        self.config.merge.method == Some(MergeMethod::Squash)
    }

    /// Whether the forge copies the commits.
    pub(super) fn is_rebase(&self) -> bool {
        self.method == MergeMethod::Rebase
    }

    /// The squash of these commits, which changes these paths; `None` if the forge makes none.
    ///
    /// # Errors
    ///
    /// Fails if an object cannot be read.
    pub(super) fn squash(
        &self,
        commits: &[BranchCommit],
        paths: &BTreeSet<String>,
    ) -> Result<Option<Squash>> {
        if self.method != MergeMethod::Squash {
            return Ok(None);
        }
        let made = self.made_commit(paths.iter().cloned().collect())?;
        Ok(made.map(|commit| Squash {
            commit,
            replaced: commits.to_vec(),
            is_certain: self.is_certain_squash(),
            title: self.title.clone(),
            trailer_place: trailer_place(&self.config.merge),
        }))
    }

    /// The merge commit, whose trailers count too; `None` if the forge makes none.
    ///
    /// # Errors
    ///
    /// Fails if an object cannot be read.
    pub(super) fn merge_commit(&self) -> Result<Option<BranchCommit>> {
        match self.method {
            MergeMethod::Merge => self.made_commit(Vec::new()),
            MergeMethod::Squash | MergeMethod::Rebase => Ok(None),
        }
    }

    /// The commit whose message the forge writes, with the paths that it changes.
    fn made_commit(&self, paths: Vec<String>) -> Result<Option<BranchCommit>> {
        let Some(message) = &self.message else {
            return Ok(None);
        };
        let mut added = self.added()?.commits.into_iter();
        let made = added.find(|classified| classified.commit.id == self.tip);
        Ok(made.map(|classified| BranchCommit {
            classified,
            message: Source::new(PULL_REQUEST, message.text.clone()),
            paths,
            parents: if self.method == MergeMethod::Merge {
                2
            } else {
                1
            },
            is_predicted: true,
        }))
    }

    /// The commits that the base gets.
    fn added(&self) -> Result<Divergence> {
        let history = self.memory.repository().history()?;
        divergence(&history, &self.config.version, self.base, self.tip)
    }

    /// What can be released after the merge.
    ///
    /// # Errors
    ///
    /// Fails if the history of the base cannot be read.
    pub(super) fn predict(&self) -> Result<MergePrediction> {
        let added = self.added()?.commits;
        let commits = added
            .iter()
            .map(|classified| classified.commit.id)
            .collect();
        let tip = added.iter().find(|added| added.commit.id == self.tip);
        let counts = match self.method {
            MergeMethod::Squash => true,
            MergeMethod::Merge => self.config.version.first_parent,
            MergeMethod::Rebase => false,
        };
        let message = self.message.as_ref().filter(|_| counts);
        Ok(MergePrediction {
            method: self.method,
            is_certain: self.config.merge.method.is_some(),
            message: message.cloned(),
            message_bump: tip.map_or(Bump::None, |tip| tip.bump),
            uncounted_headers: message.map_or_else(Vec::new, |message| headers_in(&message.text)),
            commits,
            has_conflict: self.has_conflict,
            units: self.units().map_err(|error| error.to_string()),
        })
    }

    fn units(&self) -> Result<Vec<PredictedUnit>> {
        let (repository, config) = (self.memory.repository(), self.config);
        let history = repository.history()?;
        let view = HistoryView::new(&history, self.tip);
        let evidence = CommitEvidence::of_commit(repository, config, self.tip);
        let query = VersionQuery::new(config, None).with_evidence(&evidence);
        let versions = query.propose(&view, &NextOptions::default())?;
        let mut reader = ReleaseReader::new(&view, &config.packages)?;
        let mut units = Vec::with_capacity(versions.units.len());
        for unit in versions.units {
            let query = NotesQuery {
                config,
                settings: &config.changelog,
                package: unit.package(config),
                mailmap: None,
                recent: Some(Recent::Unreleased),
                scope: Scope::default(),
                previous_tag: None,
            };
            let mut notes = query.collect(&mut reader)?.into_iter();
            let notes = notes.find(|notes| notes.title.tag().is_none());
            units.push(PredictedUnit { unit, notes });
        }
        Ok(units)
    }
}

/// The conventional headers below the first line of a message.
fn headers_in(message: &str) -> Vec<String> {
    uncounted_lines(&Message::from(message))
        .into_iter()
        .filter_map(|line| match line {
            UncountedLine::Header(header) => Some(header),
            UncountedLine::ReleaseAs(_) => None,
        })
        .collect()
}

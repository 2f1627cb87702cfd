//! Verifies an old release: recomputes it from its commit, and reports the differences.
//!
//! The configuration is that of the commit, or a named one; everything comes from Git objects.
//! Nothing is executed unless `gpg` is allowed, and nothing is written. `release` compares.

mod approvals;
mod previous_emergencies;
mod signatures;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use jiff::Timestamp;

use crate::app::release::planner::ReleasePlanner;
use crate::app::release::sign_off::required_sign_offs;
use crate::app::release::tag_records::{TagOnCommit, TagRecord, TagRecords};
use crate::app::release::tickets::CommitContext;
use crate::app::verify::approvals::RecomputedRelease;
use crate::app::verify::previous_emergencies::emergencies_check;
use crate::app::verify::signatures::SignatureChecker;
use crate::commit::{Id, RawCommit, RawTag, Signed, strip_signature};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::git::{CommitTree, EntryKind, GitHistory, Repository, TagObject};
use crate::history::{
    CurrentScope, DueUnit, HistoryBeforeTag, Tree as _, VersionQuery, version_of_packages,
};
use crate::release::{
    ActualFile, ActualRelease, Check, CheckKind, Outcome, Purpose, TagMetadata, Verification,
    compare,
};
use crate::rules::{RuleSelection, Settings};
use crate::version::from_tag;
use crate::workspace::{Workspace, absolute, named_configuration};

/// The folder of tags, which people write before their names.
const TAGS: [&str; 2] = ["refs/tags/", "tags/"];

/// The options of the verification; [`VerifyOptions::new`] creates them with defaults.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct VerifyOptions {
    /// The directory that paths are relative to.
    pub directory: PathBuf,
    /// The named configuration; `None`: that of the commit.
    pub config: Option<PathBuf>,
    /// The tag, or its version; `None`: the highest that HEAD descends from.
    pub tag: Option<String>,
    /// How signatures are checked.
    pub signatures: SignatureOptions,
    /// The current time: what has followed an emergency release by then counts.
    pub now: Timestamp,
}

impl VerifyOptions {
    /// The options for the highest version that HEAD descends from, with the configuration of its
    /// commit.
    ///
    /// `directory` is the one that paths are relative to, usually the current directory.
    #[must_use]
    pub fn new(directory: impl Into<PathBuf>, now: Timestamp) -> Self {
        Self {
            directory: directory.into(),
            config: None,
            tag: None,
            signatures: SignatureOptions::default(),
            now,
        }
    }
}

/// How signatures are checked.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct SignatureOptions {
    /// The file that assigns SSH keys to people; `None`: the one in Git's settings.
    pub allowed_signers: Option<PathBuf>,
    /// Whether `gpg` and `gpgsm` may be run.
    pub gnupg: Gnupg,
    /// Whether a tag must be signed.
    pub unsigned: UnsignedTags,
}

/// Whether `gpg` and `gpgsm` may be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Gnupg {
    /// They may not: signatures that only they can check are not checked.
    #[default]
    Forbidden,
    /// They may.
    Allowed,
}

/// How a tag without a signature counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnsignedTags {
    /// It is reported.
    #[default]
    Accepted,
    /// It counts as a difference.
    Refused,
}

/// Recomputes a release, and compares.
///
/// # Errors
///
/// Fails if there is no such tag, and if something that the release was made from is missing or
/// cannot be read.
pub fn verify_release(repository: &Repository, options: &VerifyOptions) -> Result<Verification> {
    let verifier = Verifier {
        repository,
        history: &repository.history()?,
        options,
    };
    let (name, found) = verifier.find()?;
    let object = match found {
        TagObject::Annotated { object, .. } => object,
        TagObject::Lightweight(target) => return verifier.verify_lightweight(name, target),
    };
    let Some(tag) = RawTag::parse(&object) else {
        let malformed = Check::new(
            CheckKind::Record,
            Outcome::differs("the tag object is malformed"),
        );
        return Ok(Verification {
            tag: name,
            commit: None,
            base: None,
            tool: None,
            checks: vec![malformed],
        });
    };
    let signature_checker = SignatureChecker::new(repository, options)?;
    let mut checks = vec![name_check(&name, &tag)];
    let release = TaggedRelease {
        verifier,
        name: &name,
        tag: &tag,
    };
    let (commit, base) = release.recompute(&mut checks)?;
    let seconds = tag.tagger.and_then(|tagger| tagger.seconds);
    checks.push(signature_checker.check(
        CheckKind::TagSignature,
        &Signed::tag(&object),
        seconds,
    )?);
    // A commit that is released itself is not part of the release.
    if let Some(commit) = commit.filter(|commit| base != Some(*commit)) {
        let object = repository.commit_object(commit)?;
        let seconds = RawCommit::parse(&object).and_then(|commit| commit.committer.seconds);
        checks.push(signature_checker.check(
            CheckKind::CommitSignature,
            &Signed::commit(&object),
            seconds,
        )?);
    }
    let tool =
        TagMetadata::read(&tag_message(&tag)).and_then(|record| record.tool().map(str::to_owned));
    Ok(Verification {
        tag: name,
        commit,
        base,
        tool,
        checks,
    })
}

/// What releases are verified with.
#[derive(Clone, Copy)]
struct Verifier<'a> {
    repository: &'a Repository,
    history: &'a GitHistory<'a>,
    options: &'a VerifyOptions,
}

impl Verifier<'_> {
    /// The configuration that was named, or that of a commit.
    fn config_of(self, commit: Id) -> Result<Config> {
        match &self.options.config {
            Some(file) => named_configuration(&absolute(&self.options.directory)?, file),
            None => Workspace::config_of(&self.repository.tree(commit)?),
        }
    }

    /// The requested tag, by its name.
    fn find(self) -> Result<(String, TagObject)> {
        let Self {
            repository,
            history,
            options,
        } = self;
        let config =
            || Workspace::config_at_head(repository, &options.directory, options.config.as_deref());
        let Some(word) = &options.tag else {
            let config = config()?;
            if !config.packages.is_empty() {
                return Err(Error::usage(
                    "this repository has several packages",
                    "pass a tag; run `git tag` to list them",
                ));
            }
            let current =
                VersionQuery::new(&config, None).current(history, CurrentScope::WithPrereleases)?;
            let missing = || {
                Error::usage(
                    "no version tag is reachable from HEAD",
                    "pass a tag; run `git tag` to list them",
                )
            };
            let tag = current.into_iter().find_map(|current| current.tag);
            let tag = tag.ok_or_else(missing)?.tag;
            let object = repository.tag_object(&tag)?.ok_or_else(|| unknown(&tag))?;
            return Ok((tag, object));
        };
        let name = TAGS
            .iter()
            .find_map(|folder| word.strip_prefix(folder))
            .unwrap_or(word);
        if let Some(object) = repository.tag_object(name)? {
            return Ok((name.to_owned(), object));
        }
        let config = config()?;
        let prefix = config.version.tag_prefix.as_deref().unwrap_or("v");
        let version = name.strip_prefix('v').unwrap_or(name);
        let of_version = format!("{prefix}{version}");
        if let Some(object) = repository.tag_object(&of_version)? {
            return Ok((of_version, object));
        }
        let mut of_packages = Vec::new();
        for package in &config.packages {
            let tag = format!("{}{version}", package.tag_prefix);
            if repository.tag_object(&tag)?.is_some() {
                of_packages.push(tag);
            }
        }
        Err(if of_packages.is_empty() {
            unknown(word)
        } else {
            version_of_packages(word, &of_packages)
        })
    }

    fn verify_lightweight(self, tag: String, target: Id) -> Result<Verification> {
        let fact = "the tag is lightweight: it was not created by Tollgate and has no record to compare with";
        let mut checks = vec![Check::new(
            CheckKind::Record,
            Outcome::NotChecked(fact.to_owned()),
        )];
        checks.extend(self.check_foreign_version(&tag)?);
        Ok(Verification {
            tag,
            commit: Some(target),
            base: None,
            tool: None,
            checks,
        })
    }

    /// Compares the version of a tag without a record with the one that its commits give, by the
    /// configuration of its commit; `None` if it is not a version tag.
    fn check_foreign_version(self, name: &str) -> Result<Option<Check>> {
        let Ok(commit) = self.repository.resolve(&format!("refs/tags/{name}")) else {
            return Ok(None);
        };
        let config = self.config_of(commit)?;
        let query = VersionQuery::new(&config, None);
        let Ok(old) = HistoryBeforeTag::new(self.history, query, name) else {
            return Ok(None);
        };
        let versions = old.next()?;
        let (next, released) = (&versions.units[0].next, &old.released);
        let expected = next.version.as_ref().ok().filter(|_| next.releasable);
        let outcome = match expected {
            _ if next.base.is_none() => {
                Outcome::NotChecked("there is no earlier release to compute it from".into())
            }
            Some(expected) if *expected == released.version => Outcome::Same(expected.to_string()),
            Some(expected) => Outcome::Differs {
                fact: format!(
                    "the tag is `{name}`, but the version computed from its commits is {expected}"
                ),
                recorded: Some(released.version.to_string()),
                expected: Some(expected.to_string()),
            },
            None => Outcome::differs(format!(
                "the tag is `{name}`, but its commits contain nothing to release"
            )),
        };
        Ok(Some(Check::new(CheckKind::Version, outcome)))
    }
}

fn unknown(word: &str) -> Error {
    Error::usage(
        format!("tag `{word}` does not exist"),
        "run `git tag` to list the tags, or `git fetch --tags` to fetch them",
    )
}

/// Whether a tag is of a lower version than another one with the same prefix.
fn is_below(tag: &str, other: &str) -> bool {
    let prefixes = other.char_indices().map(|(at, _)| &other[..at]);
    prefixes
        .filter_map(|prefix| from_tag(tag, prefix).zip(from_tag(other, prefix)))
        .any(|(version, other)| version < other)
}

fn name_check(name: &str, tag: &RawTag<'_>) -> Check {
    let inside = String::from_utf8_lossy(tag.name);
    let outcome = if inside == name {
        Outcome::Same(name.to_owned())
    } else {
        let fact =
            format!("the tag object is named `{inside}`, but the reference is named `{name}`");
        Outcome::Differs {
            fact,
            recorded: Some(inside.into_owned()),
            expected: Some(name.to_owned()),
        }
    };
    Check::new(CheckKind::Name, outcome)
}

/// The message of a tag, without its signature.
fn tag_message(tag: &RawTag<'_>) -> String {
    String::from_utf8_lossy(strip_signature(tag.message)).into_owned()
}

/// A release as its tag records it.
struct TaggedRelease<'a> {
    verifier: Verifier<'a>,
    /// The name of the tag's reference, without `refs/tags/`.
    name: &'a str,
    tag: &'a RawTag<'a>,
}

impl TaggedRelease<'_> {
    /// Recomputes the release and adds the checks; returns the tagged commit and the released one,
    /// if they exist.
    fn recompute(&self, checks: &mut Vec<Check>) -> Result<(Option<Id>, Option<Id>)> {
        let message = tag_message(self.tag);
        let Some(record) = TagMetadata::read(&message) else {
            let fact = "the tag was not created by Tollgate: it has no record to compare with";
            checks.push(Check::new(
                CheckKind::Record,
                Outcome::NotChecked(fact.to_owned()),
            ));
            checks.extend(self.verifier.check_foreign_version(self.name)?);
            return Ok((
                (self.tag.target_type == b"commit").then_some(self.tag.target),
                None,
            ));
        };
        if self.tag.target_type != b"commit" {
            checks.push(Check::new(
                CheckKind::Target,
                Outcome::differs("the tag does not point to a commit"),
            ));
            return Ok((None, None));
        }
        let commit = self.tag.target;
        let repository = self.verifier.repository;
        if !record.has_commit() {
            checks.push(Check::new(
                CheckKind::Target,
                Outcome::Same(format!("the released commit itself, {}", commit.short())),
            ));
            let found = ActualRelease {
                tag_message: &message,
                commit_message: None,
                files: &BTreeMap::new(),
            };
            checks.extend(self.compare_with_plan(commit, &record, &found)?);
            return Ok((Some(commit), Some(commit)));
        }
        let object = repository.commit_object(commit)?;
        let raw = RawCommit::parse(&object).filter(|raw| raw.anomalies.is_empty());
        let Some((raw, base)) = raw.and_then(|raw| {
            if let [base] = *raw.parents {
                Some((raw, base))
            } else {
                None
            }
        }) else {
            let fact = "the tag does not point to a release commit: the commit is malformed, or does not have exactly one \
                 parent";
            checks.push(Check::new(CheckKind::Target, Outcome::differs(fact)));
            return Ok((Some(commit), None));
        };
        checks.push(Check::new(
            CheckKind::Target,
            Outcome::Same(format!("one commit on top of {}", base.short())),
        ));
        let commit_message = String::from_utf8_lossy(raw.message);
        let files = changed_files(&repository.tree(commit)?, &repository.tree(base)?)?;
        let found = ActualRelease {
            tag_message: &message,
            commit_message: Some(&commit_message),
            files: &files,
        };
        checks.extend(self.compare_with_plan(base, &record, &found)?);
        Ok((Some(commit), Some(base)))
    }

    /// The history without the tags that were added to the released commit with this one, or later.
    ///
    /// Tags of a release commit are not in the history of the released one.
    fn history_before(&self, base: Id) -> Result<GitHistory<'_>> {
        let history = self.verifier.repository.history()?;
        if base != self.tag.target {
            return Ok(history);
        }
        let seconds = self.tag.tagger.and_then(|tagger| tagger.seconds);
        let tags = TagOnCommit::all(&history, base)?;
        let is_earlier = |tag: &&TagOnCommit| match tag.seconds {
            Some(at) => Some(at) < seconds,
            // A lightweight tag has no date.
            None => is_below(&tag.name, self.name),
        };
        let later: BTreeSet<String> = tags
            .iter()
            .filter(|tag| !is_earlier(tag))
            .map(|tag| tag.name.clone())
            .collect();
        Ok(history.without_tags(|tag| later.contains(tag)))
    }

    /// Plans the release of a commit again, and compares.
    fn compare_with_plan(
        &self,
        base: Id,
        record: &TagMetadata,
        found: &ActualRelease<'_>,
    ) -> Result<Vec<Check>> {
        let Verifier {
            repository,
            options: verify_options,
            ..
        } = self.verifier;
        let history = &self.history_before(base)?;
        let config = self.verifier.config_of(base)?;
        let name = String::from_utf8_lossy(self.tag.name).into_owned();
        let (history_before, settings) =
            HistoryBeforeTag::release(history, &config.version, base, &name)?;
        let options = record.options().unwrap_or_default();
        let query = VersionQuery {
            settings: &settings,
            ..VersionQuery::new(&config, options.package.as_deref())
        };
        let mut versions = query
            .propose(&history_before, &options.version)
            .map_err(|error| error.context(&name))?;
        let tagged = versions
            .units
            .iter_mut()
            .find_map(|unit| Some((from_tag(&name, &unit.next.prefix)?, unit)));
        let Some((version, unit)) = tagged else {
            return Ok(vec![version_check(&name, None, record)]);
        };
        let mut checks = vec![version_check(&name, unit.due(), record)];
        // A version that differs is reported once; the rest is compared with the version that the tag
        // has.
        unit.next.version = Ok(version);
        unit.next.releasable = true;
        let package = unit.name.clone();
        let due = versions.due();
        let branch = record.branch().map(|branch| format!("refs/heads/{branch}"));
        let seconds = self.tag.tagger.and_then(|tagger| tagger.seconds);
        let planner = ReleasePlanner {
            repository,
            history: &history_before,
            config: &config,
            base,
            branch: branch.as_deref(),
            push: None,
            only: options.package.as_deref(),
            version_options: &options.version,
            previous_emergencies: &[],
            purpose: Purpose::Execution,
            now: seconds
                .and_then(|seconds| Timestamp::from_second(seconds).ok())
                .unwrap_or_default(),
        };
        let contents = planner.collect(&due, history)?;
        let plan = planner.plan(&contents.tags, None)?;
        if let Some(tag) = plan.tags.iter().find(|tag| tag.name == name) {
            checks.extend(compare(&plan, tag, found));
        }
        let commits = CommitContext {
            repository,
            history,
            config: &config,
            tip: base,
            histories: None,
        };
        let settings = Settings::new(&config, &RuleSelection::default(), planner.now)?;
        let mut sign_offs = required_sign_offs(commits, &due, &contents.tickets, &settings)?;
        sign_offs.retain(|sign_off| sign_off.package == package);
        let record = TagRecord {
            tag: name,
            commit: self.tag.target,
            metadata: record.clone(),
        };
        checks.extend(emergencies_check(&TagRecords::new(history), base, &record)?);
        let recomputed = RecomputedRelease {
            commits,
            at: planner.now,
            tickets: contents.tickets,
            sign_offs,
            record,
        };
        checks.extend(recomputed.approval_checks(verify_options)?);
        Ok(checks)
    }
}

/// Compares the tag's name with the recomputed version; `None`: no version has such a name.
fn version_check(name: &str, due: Option<DueUnit<'_>>, record: &TagMetadata) -> Check {
    let options = record
        .options_text()
        .map(|options| format!(" (requested with `{options}`)"))
        .unwrap_or_default();
    let expected = due.and_then(|due| due.unit.next.tag());
    let outcome = if record.options().is_none() {
        let options = record.options_text().unwrap_or_default();
        Outcome::differs(format!(
            "the tag records the options `{options}`, which cannot be parsed"
        ))
    } else if let Some(due) = due.filter(|_| expected.as_deref() == Some(name)) {
        Outcome::Same(format!("{}{options}", due.version))
    } else {
        let lines = expected.as_ref().map_or_else(
            || "the commits would not produce this tag".to_owned(),
            |tag| format!("the tag computed from its commits is `{tag}`"),
        );
        let fact = format!("the tag is `{name}`, but {lines}{options}");
        Outcome::Differs {
            fact,
            recorded: Some(name.to_owned()),
            expected,
        }
    };
    Check::new(CheckKind::Version, outcome)
}

fn changed_files(
    commit: &CommitTree<'_>,
    base: &CommitTree<'_>,
) -> Result<BTreeMap<String, ActualFile>> {
    let mut files = BTreeMap::new();
    for path in commit.changed_since(Some(base))? {
        let found = match commit.kind_at(&path)? {
            Some(EntryKind::File) => commit
                .file(&path)?
                .map_or(ActualFile::NotAFile, ActualFile::Regular),
            None => ActualFile::Removed,
            _ => ActualFile::NotAFile,
        };
        files.insert(path, found);
    }
    Ok(files)
}

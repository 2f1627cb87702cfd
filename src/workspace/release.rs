//! The front door to releases: reads what a release of HEAD is made from, and plans it.
//!
//! Configuration, tickets and files are those of the commit, never of the work tree. Decides nothing by itself: the
//! version is `history`'s, the text `changelog`'s, the plan `release`'s, the judgement `rules`'.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use semver::Version;

use super::{Workspace, links};
use crate::calendar::{Window, freezes_met};
use crate::changelog::{self, People};
use crate::commit::{Id, Mailmap};
use crate::config::{Activity, Config, Form, Prereleases, glob_set};
use crate::document::Document;
use crate::error::{Error, Result};
use crate::finding::{Checked, Severity};
use crate::format::{ChangelogText, Template};
use crate::git::{CommitTree, Repository};
use crate::history::{self, History, Next, NextOptions, Scope};
use crate::release::{self, Changelog, CitedTicket, Plan, PushTarget, Request, TagRequest, Tree as _};
use crate::rules::{Choice, Circumstances, Settings, judge_release, lint_tickets};
use crate::source::Source;
use crate::ticket::{self, State, Ticket};

/// What a person asks of a release.
#[derive(Debug, Clone)]
pub struct ReleaseOptions {
    /// Where the run begins: what `config` is relative to.
    pub directory: PathBuf,
    /// The configuration that was named; `None`: that of the commit.
    pub config: Option<PathBuf>,
    /// What is asked of the version.
    pub version: NextOptions,
    /// Whether it is pushed, and where to.
    pub push: Push,
    /// Now.
    pub now: Timestamp,
}

/// Whether a release is pushed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Push {
    /// It stays here.
    #[default]
    No,
    /// To where git's settings say.
    AsConfigured,
    /// To the remote of this name.
    To(String),
}

/// A release as it would be made, and what stands in its way.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// The version and what it follows from.
    pub next: Next,
    /// What would be done; `None`: there is nothing to release.
    pub plan: Option<Plan>,
    /// What was found; an error blocks the release.
    pub checked: Checked,
}

impl Proposal {
    /// Whether something stands in the way.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.checked.count(Severity::Error) > 0
    }
}

/// Plans the release of a repository's HEAD.
///
/// # Errors
///
/// Fails where something that the plan depends on is missing or cannot be read.
pub fn plan_release(repository: &Repository, options: &ReleaseOptions) -> Result<Proposal> {
    let config = Workspace::bare_config(repository, &options.directory, options.config.as_deref())?;
    if !config.packages.is_empty() {
        return Err(Error::usage(
            "a release of packages is not supported yet",
            "`tollgate next --tag` names the tags of those that are due",
        ));
    }
    let history = repository.history()?;
    let next = history::propose(&history, &config.version, &options.version)?;
    if !next.releasable {
        return Ok(Proposal { next, plan: None, checked: Checked::default() });
    }
    let branch = repository.branch()?;
    let from = Standpoint {
        repository,
        history: &history,
        config: &config,
        base: repository.resolve("HEAD")?,
        branch: branch.as_deref(),
        asked: &options.version,
        now: options.now,
    };
    let Planned { plan, range, others } = from.plan(&next)?;
    let plan = Plan { push: push_target(repository, &options.push, branch.as_deref())?, ..plan };
    let coming = past_draft(&range);
    let settings = Settings::new(&config, &Choice::default(), options.now)?;
    let mut checked = lint_tickets(&range, &others, &settings);
    let met =
        freezes_met(&config.freezes, Activity::Release, Window::at(options.now), &coming.iter().collect::<Vec<_>>());
    let freezes = met.into_iter().map(|(freeze, window)| (freeze.clone(), window)).collect();
    let found = Circumstances { freezes, ..repository.circumstances(&plan)? };
    checked.merge(judge_release(&found, &settings));
    checked.commits = next.commits.len();
    Ok(Proposal { next, plan: Some(plan), checked })
}

/// Where a branch is pushed to, where it is wished; HEAD may be on none.
fn push_target(repository: &Repository, wish: &Push, branch: Option<&str>) -> Result<Option<PushTarget>> {
    let named = match wish {
        Push::No => return Ok(None),
        Push::AsConfigured => None,
        Push::To(remote) => Some(remote.as_str()),
    };
    branch.map(|branch| repository.push_target(named, branch)).transpose()
}

/// What a release is planned from: a commit, the history that leads to it, and what is asked of the version.
pub(super) struct Standpoint<'a, H> {
    pub(super) repository: &'a Repository,
    /// The history whose HEAD is `base`.
    pub(super) history: &'a H,
    /// The configuration at `base`.
    pub(super) config: &'a Config,
    /// The commit that is released.
    pub(super) base: Id,
    /// The branch that it is released on, as `refs/heads/…`.
    pub(super) branch: Option<&'a str>,
    pub(super) asked: &'a NextOptions,
    pub(super) now: Timestamp,
}

/// A plan, and the tickets that it was made with.
pub(super) struct Planned {
    pub(super) plan: Plan,
    /// The tickets that changed since the base.
    pub(super) range: Vec<Source>,
    /// The others.
    pub(super) others: Vec<Source>,
}

impl<H: History> Standpoint<'_, H> {
    /// Plans the release of a version that the history gives.
    ///
    /// # Errors
    ///
    /// Fails where something that the plan depends on is missing or cannot be read.
    pub(super) fn plan(&self, next: &Next) -> Result<Planned> {
        let tree = self.repository.tree(self.base)?;
        let (range, others) = tickets(self.repository, &tree, self.config, next)?;
        let (text, notes) = changelog(self, &tree, &next.version)?;
        let commits: Vec<Id> = next.commits.iter().map(|judged| judged.commit.id).collect();
        let tag = TagRequest {
            package: None,
            version: &next.version,
            tag_prefix: &next.prefix,
            previous: next.base.as_ref(),
            commits: &commits,
            tickets: &cited(next, &range, &others),
            changelog: Some(Changelog { file: Some(&self.config.changelog.file), text: &text, notes: &notes }),
        };
        let request = Request {
            tags: &[tag],
            base: self.base,
            branch: self.branch,
            asked: self.asked,
            config: self.config,
            at: self.now,
        };
        Ok(Planned { plan: release::plan(&request, &tree)?, range, others })
    }
}

/// The tickets of the commit: those that changed since the base, and the others.
fn tickets(
    repository: &Repository,
    tree: &CommitTree<'_>,
    config: &Config,
    next: &Next,
) -> Result<(Vec<Source>, Vec<Source>)> {
    let globs = glob_set(&config.tickets)
        .map_err(|error| Error::limit("the globs of `tickets` are too large together", "").because(error))?;
    let changed = match &next.base {
        Some(base) => Some(tree.changed_since(Some(&repository.tree(base.commit)?))?),
        None => None,
    };
    let (mut range, mut others) = (Vec::new(), Vec::new());
    for path in tree.files(|path| globs.is_match(path))? {
        let file = tree.file(&path)?.ok_or_else(|| Error::history(format!("`{path}` is missing"), ""))?;
        let source = Source::new(path.as_str(), utf8(&path, file.bytes)?);
        let is_new = changed.as_ref().is_none_or(|changed| changed.contains(&path));
        if is_new { range.push(source) } else { others.push(source) }
    }
    Ok((range, others))
}

/// The tickets that commits name, and those past draft that came with them, sorted.
fn cited(next: &Next, range: &[Source], others: &[Source]) -> Vec<CitedTicket> {
    let named: HashSet<&str> =
        next.commits.iter().flat_map(|judged| judged.commit.tickets()).map(String::as_str).collect();
    let mut cited: BTreeMap<String, Option<String>> = named.iter().map(|id| ((*id).to_owned(), None)).collect();
    // Where no commit names a ticket, those that did not change need not be read.
    let others = if named.is_empty() { &[] } else { others };
    let sources = range.iter().map(|source| (source, true)).chain(others.iter().map(|source| (source, false)));
    for (source, came) in sources {
        let (document, errors) = Document::parse(source.clone());
        let id = ticket::identity(&document).text;
        let is_coming = came && errors.is_empty() && ticket::parse(&document).0.state != State::Draft;
        if errors.is_empty() && (is_coming || named.contains(id.as_str())) {
            cited.entry(id).or_default().get_or_insert_with(|| ticket::digest(&document));
        }
    }
    cited.into_iter().map(|(id, digest)| CitedTicket { id, digest }).collect()
}

/// The tickets that can be read and are past draft.
fn past_draft(sources: &[Source]) -> Vec<Ticket> {
    let read = |source: &Source| {
        let (document, errors) = Document::parse(source.clone());
        let ticket = ticket::parse(&document).0;
        (errors.is_empty() && ticket.state != State::Draft).then_some(ticket)
    };
    sources.iter().filter_map(read).collect()
}

/// The changelog with the release in it, and what it says of the release.
///
/// A pre-release that folds into the next stable one stays under "Unreleased".
fn changelog<H: History>(
    from: &Standpoint<'_, H>,
    tree: &CommitTree<'_>,
    version: &Version,
) -> Result<(String, String)> {
    let Standpoint { repository, history, config, now, .. } = *from;
    let settings = &config.changelog;
    let text = |path: &str| tree.file(path)?.map(|file| utf8(path, file.bytes)).transpose();
    let existing = text(&settings.file)?.unwrap_or_default();
    let template = match &settings.template {
        Some(path) if settings.form == Form::Template => {
            let missing = || Error::usage(format!("the template `{path}` is not in the commit"), "commit it first");
            Some(Template::new(Source::new(path.as_str(), text(path)?.ok_or_else(missing)?))?)
        }
        _ => None,
    };
    let links = links(settings, Some(repository));
    let people = settings.form.names_people().then(|| -> Result<People<'_>> {
        let mailmap = Mailmap::parse(&text(".mailmap")?.unwrap_or_default());
        Ok(People { mailmap, bots: &settings.bots, before: Vec::new() })
    });
    let people = people.transpose()?;
    let releases = history::releases(history, &config.version, settings.prereleases, Scope::default())?;
    let mut notes = changelog::notes(releases, settings, &config.release.commit_message, people.as_ref());
    let coming = notes.iter().position(|notes| notes.title.tag().is_none());
    if let Some(at) = coming
        && (version.pre.is_empty() || settings.prereleases == Prereleases::Show)
    {
        let today = now.to_zoned(TimeZone::UTC).date();
        notes[at] = notes[at].clone().coming_as(version.clone(), today);
    }
    let writer = ChangelogText::new(settings, links.as_ref(), template);
    let text = writer.update(&existing, &notes)?;
    let said = match (changelog::chapter(&text, version), coming) {
        (Some(said), _) => said,
        (None, Some(at)) => writer.body(&notes[at])?,
        (None, None) => String::new(),
    };
    Ok((text, said))
}

fn utf8(path: impl AsRef<Path>, bytes: Vec<u8>) -> Result<String> {
    String::from_utf8(bytes).map_err(|error| {
        let message = format!("`{}` is not UTF-8", path.as_ref().display());
        Error::file(message, "save it as UTF-8 and commit it").because(error.utf8_error())
    })
}

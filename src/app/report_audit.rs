//! Collects what an audit says: the releases of a range or a period, each as it was when it was
//! tagged, with the evidence for its approvals. `report` writes the document.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use crate::app::approvals::{EmergencyUse, TrustedInputs};
use crate::app::project::project_name;
use crate::app::release::follow_ups::follow_up_of;
use crate::app::release::previous_releases::uncovered_commits;
use crate::app::release::tag_records::{TagRecord, TagRecords};
use crate::app::release::ticket_reader::TicketReader;
use crate::app::release::tickets::{ApprovalFacts, CommitContext, ReleaseTickets};
use crate::app::report::clock;
use crate::app::report::{ApprovalView, Collector, ReleasedRange, ReportOptions, single};
use crate::app::report_metrics::{Range, find, packages};
use crate::approval::{AddedApproval, TicketApprovals};
use crate::branch::ApprovalCandidate;
use crate::calendar::{Window, overlapping_freezes};
use crate::commit::{Id, RawTag, SignatureFormat, Signed};
use crate::config::{Activity, Config, Package, Prereleases};
use crate::error::{Error, Result};
use crate::git::{CommitTree, EntryKind, Repository, TagObject};
use crate::history::{
    HistoryBeforeTag, Release, ReleaseQuery, ReleaseReader, Scope, Tree as _, VersionQuery,
};
use crate::release::TagMetadata;
use crate::report::{
    Audit, AuditBuilder, AuditFacts, AuditPurpose, AuditScope, AuditedFile, AuditedRelease,
    ReleaseFacts, ReleaseRecord, TagBytes, TagSignature,
};
use crate::rules::{RuleSelection, Settings};
use crate::signature::{AllowedSigners, GIT, SignedText};
use crate::source::{Source, join_and};
use crate::ticket::{ParsedTicket, Ticket};
use crate::workspace::Workspace;

/// The releases to audit, as the command line names them.
#[derive(Debug, Clone, Default)]
pub(crate) struct AuditSelection {
    /// A tag or version, or a range such as `v1.0.0..v1.3.0`; `None`: a period.
    pub(crate) release: Option<String>,
    /// The first day of the period; `None`: twelve months before its end.
    pub(crate) since: Option<Date>,
    /// The last day of the period; `None`: it ends now.
    pub(crate) until: Option<Date>,
}

/// Audits the releases of a range or a period.
///
/// # Errors
///
/// Fails if there is no such release, if several packages are meant, and if something that the
/// audit depends on is missing or cannot be read.
pub(crate) fn audit(
    repository: &Repository,
    selection: &AuditSelection,
    options: &ReportOptions,
    purpose: AuditPurpose,
) -> Result<Audit> {
    let head_config =
        Workspace::config_at_head(repository, &options.directory, options.config.as_deref())?;
    let history = repository.history()?;
    let collector = Collector::new(repository, &history, options, &head_config)?;
    let (scope, tags) = collector.selected(selection)?;
    let records = TagRecords::new(&history);
    let facts = AuditFacts {
        project: project_name(repository, &head_config, options.package.as_deref()),
        scope,
        head: collector.head,
        head_signers: signers(&repository.tree(collector.head)?, &head_config)?,
        clock: clock(&head_config, options)?,
    };
    let mut audit = AuditBuilder::new(facts, purpose);
    for tag in &tags {
        audit.add(&collector.audited(tag, &records)?);
    }
    Ok(audit.finish())
}

impl Collector<'_> {
    /// The tags of the selected releases, oldest first.
    fn selected(&self, selection: &AuditSelection) -> Result<(AuditScope, Vec<String>)> {
        let range = selection.release.as_deref();
        if let Some(word) = range.filter(|word| !word.contains("..")) {
            let query = VersionQuery::new(self.head_config, self.options.package.as_deref());
            let tag = HistoryBeforeTag::new(self.history, query, word)?
                .released
                .tag;
            return Ok((AuditScope::Release(tag.clone()), vec![tag]));
        }
        let package = self.package()?;
        let all = self.releases(package)?;
        if let Some(text) = range {
            let tags = in_range(&all, &Range::parse(text)?)?;
            return Ok((AuditScope::Range(text.to_owned()), tags));
        }
        let (start, end) = self.period(selection)?;
        let is_within = |(at, _): &&(Timestamp, Release)| (start..=end).contains(at);
        let tags = all.iter().filter(is_within);
        let tags = tags.filter_map(|(_, release)| release.tag.clone());
        Ok((AuditScope::Period { start, end }, tags.collect()))
    }

    /// The first and the last instant of the period.
    fn period(&self, selection: &AuditSelection) -> Result<(Timestamp, Timestamp)> {
        let clock = clock(self.head_config, self.options)?;
        let instant = |day: Date| {
            let out_of_range = || {
                let help = "pass a date such as `2026-01-31`";
                Error::usage(format!("the day `{day}` is out of range"), help)
            };
            clock.start_of(day).ok_or_else(out_of_range)
        };
        let end = match selection.until {
            None => self.options.now,
            // The whole last day belongs to the period.
            Some(day) => instant(day.saturating_add(1.days()))? - 1.nanoseconds(),
        };
        let year = || {
            let start = end.to_zoned(TimeZone::UTC).checked_sub(12.months());
            start.map_or(Timestamp::MIN, |start| start.timestamp())
        };
        let start = selection.since.map_or_else(|| Ok(year()), instant)?;
        if end < start {
            return Err(Error::usage(
                "the period ends before it starts",
                "pass the earlier day with `--since`",
            ));
        }
        Ok((start, end))
    }

    /// The only package; several are refused. `None`: the repository has none.
    fn package(&self) -> Result<Option<&Package>> {
        match packages(self.head_config, self.options.package.as_deref())?[..] {
            [package] => Ok(package),
            ref several => {
                let names = several.iter().flatten();
                let names: Vec<String> = names.map(|it| format!("`{}`", it.name)).collect();
                Err(Error::usage(
                    "an audit is about one package",
                    format!("pass `--package` with one of {}", join_and(&names)),
                ))
            }
        }
    }

    /// All releases that HEAD contains, oldest first by version. Commits of pre-releases belong to
    /// the stable release.
    fn releases(&self, package: Option<&Package>) -> Result<Vec<(Timestamp, Release)>> {
        let mut reader = ReleaseReader::new(self.history, package)?;
        let query = ReleaseQuery {
            settings: &self.head_config.version,
            package,
            prereleases: Prereleases::Fold,
        };
        let scope = Scope {
            tip: Some(self.head),
            ..Scope::default()
        };
        let mut releases = query.read(&mut reader, scope)?;
        releases.retain(|release| release.version.is_some());
        releases.sort_by(|one, other| one.version.cmp(&other.version));
        // A tag without a readable time is in every period, so that none is left out unseen.
        let timed = |release: Release| {
            let at = release
                .time
                .and_then(|time| Timestamp::from_second(time).ok());
            (at.unwrap_or(self.options.now), release)
        };
        Ok(releases.into_iter().map(timed).collect())
    }

    /// One release with its evidence.
    fn audited(&self, tag: &str, records: &TagRecords<'_>) -> Result<AuditedRelease> {
        let query = VersionQuery::new(self.head_config, self.options.package.as_deref());
        let before = HistoryBeforeTag::new(self.history, query, tag)?;
        let versions = before.next()?;
        let tip = before.released.commit;
        let tree = self.repository.tree(tip)?;
        let config = match &self.options.config {
            Some(_) => self.head_config.clone(),
            None => Workspace::config_of(&tree)?,
        };
        let unit = single(&versions)?;
        let reader = self.readers.of(&config)?;
        let range = ReleasedRange {
            unit,
            tag: Some(&before.released),
            tip,
            config: &config,
            version: Some(before.released.version.clone()),
            range: None,
            reader: &reader,
        };
        let context = self.context(&range);
        let record = records.get(tag)?;
        let (evidence, at) = self.record(tag, &tree, &config)?;
        let tickets = ReleaseTickets::cited_by_version(context, &unit.next, &reader)?;
        let facts = self.judged_facts(&range, &tickets, record.as_ref(), at)?;
        let settings = Settings::new(&config, &RuleSelection::default(), at)?;
        let previous = facts.previous.as_ref();
        let weakenings = match previous {
            None => Vec::new(),
            Some(previous) => Workspace::config_of(&self.repository.tree(previous.commit)?)?
                .weakenings(&config, at),
        };
        let cited: Vec<&Ticket> = tickets.cited.iter().map(|it| &it.ticket).collect();
        let (freezes, now) = (&config.freezes, Window::at(at));
        let freezes = overlapping_freezes(freezes, Activity::Release, now, &cited);
        let later = self.later_approvals(&facts)?;
        Ok(AuditedRelease {
            uncovered: uncovered_commits(context, &[&unit.next], records, &tickets, &settings)?,
            weakenings,
            freezes: freezes
                .iter()
                .map(|(freeze, _)| freeze.name.clone())
                .collect(),
            follow_up: self.follow_up(record.as_ref())?,
            approved_texts: self.approved_texts(&facts, &later)?,
            later,
            package: unit.name.clone(),
            by_ticket: facts.commits_by_ticket(),
            record: evidence,
            facts,
        })
    }

    /// What reports know about a release, with approvals as they were when it was tagged, by the
    /// risks that the tag records.
    fn judged_facts(
        &self,
        range: &ReleasedRange<'_>,
        tickets: &ReleaseTickets,
        record: Option<&TagRecord>,
        at: Timestamp,
    ) -> Result<ReleaseFacts> {
        let metadata = record.map(|record| &record.metadata);
        let emergency = metadata.and_then(TagMetadata::emergency);
        let ids = emergency.map(|emergency| emergency.ticket).into_iter();
        let named = range
            .reader
            .with_ids(range.tip, range.config, &ids.collect())?;
        let recorded = metadata.into_iter().flat_map(TagMetadata::tickets);
        let recorded_risks: BTreeMap<String, _> = recorded
            .filter_map(|ticket| Some((ticket.id.to_owned(), ticket.risk?)))
            .collect();
        let view = ApprovalView {
            facts: ApprovalFacts {
                emergency: named.first().map(Rc::as_ref),
                recorded_risks,
                ..ApprovalFacts::default()
            },
            at,
        };
        self.facts(range, tickets, &view)
    }

    /// What a tag records, and when it was made: now if it doesn't say.
    fn record(
        &self,
        tag: &str,
        tree: &CommitTree<'_>,
        config: &Config,
    ) -> Result<(ReleaseRecord, Timestamp)> {
        let object = match self.repository.tag_object(tag)? {
            Some(TagObject::Annotated { id, object }) => Some(TagBytes { id, bytes: object }),
            _ => None,
        };
        let signers = signers(tree, config)?;
        let source = config.source.as_ref().map(Source::name);
        let in_commit = source.filter(|_| self.options.config.is_none());
        let configuration = in_commit
            .map(|path| file(tree, path))
            .transpose()?
            .flatten();
        let raw = object.as_ref().and_then(|tag| RawTag::parse(&tag.bytes));
        let seconds = raw
            .as_ref()
            .and_then(|raw| raw.tagger.as_ref())
            .and_then(|tagger| tagger.seconds);
        let at = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
        let signed = object.as_ref().map(|tag| Signed::tag(&tag.bytes));
        let metadata = raw
            .as_ref()
            .filter(|raw| raw.target_type == b"commit")
            .and_then(|raw| TagMetadata::read(&String::from_utf8_lossy(raw.message)));
        let record = ReleaseRecord {
            signature: signature(signed.as_ref(), signers.as_ref(), at.unwrap_or_default()),
            metadata,
            object,
            configuration,
            signers,
        };
        Ok((record, at.unwrap_or(self.options.now)))
    }

    /// What has followed an emergency release, by the tickets of HEAD.
    fn follow_up(&self, record: Option<&TagRecord>) -> Result<Option<crate::release::FollowUp>> {
        let Some(record) = record else {
            return Ok(None);
        };
        let (settings, reader) = (self.settings_at_head()?, self.readers.of(self.head_config)?);
        follow_up_of(self.context_at_head(&reader), record, &settings)
    }

    /// The tickets of a release that have other approvals at HEAD, with the approvals at HEAD.
    fn later_approvals(&self, facts: &ReleaseFacts) -> Result<HashMap<String, TicketApprovals>> {
        let changed = facts.tickets.iter().filter(|it| it.has_other_approvals());
        let changed: Vec<&ParsedTicket> = changed.filter_map(|it| it.latest.as_deref()).collect();
        if changed.is_empty() {
            return Ok(HashMap::new());
        }
        let tree = self.repository.tree(self.head)?;
        let trusted = TrustedInputs::read(&tree, self.head_config, "at HEAD")?;
        let Some(trusted) = trusted else {
            return Ok(HashMap::new());
        };
        let candidates = changed.iter().map(|it| ApprovalCandidate::unchanged(it));
        let candidates: Vec<ApprovalCandidate<'_>> = candidates.collect();
        let (settings, reader) = (self.settings_at_head()?, self.readers.of(self.head_config)?);
        let judged = self.context_at_head(&reader).judge(
            trusted,
            &candidates,
            EmergencyUse::default(),
            &settings,
        )?;
        let by_id = judged.tickets.into_iter();
        Ok(by_id.map(|ticket| (ticket.id.clone(), ticket)).collect())
    }

    fn context_at_head<'c>(&'c self, reader: &'c TicketReader<'c>) -> CommitContext<'c> {
        CommitContext {
            repository: self.repository,
            history: self.history,
            config: self.head_config,
            tip: self.head,
            histories: Some(&reader.histories),
        }
    }

    fn settings_at_head(&self) -> Result<Settings> {
        Settings::new(
            self.head_config,
            &RuleSelection::default(),
            self.options.now,
        )
    }

    /// The tickets of a release in the commits that added their approvals.
    fn approved_texts(
        &self,
        facts: &ReleaseFacts,
        later: &HashMap<String, TicketApprovals>,
    ) -> Result<HashMap<(Id, String), Vec<u8>>> {
        let approvals = facts.tickets.iter().filter_map(|it| it.approvals.as_ref());
        let approvals = approvals.chain(later.values());
        let additions = approvals.flat_map(|it| it.additions.iter().flatten());
        let mut texts = HashMap::new();
        for AddedApproval { commit, path, .. } in additions {
            let key = (*commit, path.clone());
            if texts.contains_key(&key) {
                continue;
            }
            if let Some(file) = file(&self.repository.tree(*commit)?, path)? {
                texts.insert(key, file.bytes);
            }
        }
        Ok(texts)
    }
}

/// The tags of the releases of a range, oldest first.
fn in_range(all: &[(Timestamp, Release)], range: &Range) -> Result<Vec<String>> {
    let version = |word: &Option<String>| {
        word.as_ref()
            .map(|word| Ok::<_, Error>(find(all, word)?.1.version.clone()))
            .transpose()
    };
    let (after, last) = (version(&range.after)?, version(&range.last)?);
    if let (Some(after), Some(last)) = (&after, &last)
        && last < after
    {
        return Err(Error::usage(
            "the range ends before it starts",
            "write the earlier release first",
        ));
    }
    let is_within = |release: &Release| {
        after.as_ref().is_none_or(|after| release.version > *after)
            && last.as_ref().is_none_or(|last| release.version <= *last)
    };
    let within = all.iter().filter(|(_, release)| is_within(release));
    Ok(within
        .filter_map(|(_, release)| release.tag.clone())
        .collect())
}

/// The keys that may sign; `None` if there are none.
fn signers(tree: &CommitTree<'_>, config: &Config) -> Result<Option<AuditedFile>> {
    let keys = config.approvals.as_ref();
    let path = keys.and_then(|policy| policy.allowed_signers.as_deref());
    Ok(path.map(|path| file(tree, path)).transpose()?.flatten())
}

/// A regular file of a tree; `None` if there is none.
fn file(tree: &CommitTree<'_>, path: &str) -> Result<Option<AuditedFile>> {
    if tree.kind_at(path)? != Some(EntryKind::File) {
        return Ok(None);
    }
    Ok(tree.file(path)?.map(|file| AuditedFile {
        path: path.to_owned(),
        bytes: file.bytes,
    }))
}

/// The signature of a tag, checked with the keys of its own commit.
fn signature(
    signed: Option<&Signed>,
    signers: Option<&AuditedFile>,
    at: Timestamp,
) -> TagSignature {
    let Some((signed, signature)) = signed.and_then(|it| Some((it, it.signature.as_deref()?)))
    else {
        return TagSignature::Unsigned;
    };
    match SignatureFormat::of(signature) {
        None => return TagSignature::Invalid("its format is unknown".to_owned()),
        Some(SignatureFormat::Ssh) => {}
        Some(format) => {
            let why = format!("only GnuPG can check {} signatures", format.name());
            return TagSignature::NotChecked(why);
        }
    }
    let Some(signers) = signers else {
        let why = "no file with keys is configured (`allowed_signers` in `[approvals]`)";
        return TagSignature::NotChecked(why.to_owned());
    };
    let text = String::from_utf8_lossy(&signers.bytes);
    let list = AllowedSigners::parse(&Source::new(signers.path.as_str(), text)).0;
    let text = SignedText {
        bytes: &signed.payload,
        namespace: GIT,
        at,
    };
    match text.verify(&String::from_utf8_lossy(signature), &list) {
        Ok(verified) => TagSignature::Valid {
            by: verified.signer.principals().to_owned(),
            key: verified.fingerprint,
        },
        Err(fault) => TagSignature::Invalid(fault.to_string()),
    }
}

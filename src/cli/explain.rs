//! `tollgate explain`: why the next version is what it is, or what a rule wants.

use crate::app::release::CommitEvidence;
use crate::cli::ExitStatus;
use crate::cli::context::Context;
use crate::cli::next::VersionArgs;
use crate::cli::output_format::{OutputFormat, TextOrJson};
use crate::cli::packages::PackageFilter;
use crate::cli::version_hints::{
    ConfigFrom, hint_at_missing_tags, note_uncommitted_config, warn_of_untagged,
};
use crate::cli::{rules, streams};
use crate::commit::{Header, Message, RawCommit, UncountedLine, uncounted_lines};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::format::{self, ExplainedCommits, ExplanationInput, Uncounted};
use crate::git::GitHistory;
use crate::history::{
    self, Base, Evidence, HistoryBeforeTag, IgnoredTag, Next, Objects as _, PackageSettings,
    Packages, Reason, Unit,
};
use crate::version::Bump;

/// Explain the next version, an earlier version, or a rule.
///
/// For the next version, prints its base, the commits since then, and the bump that each one
/// implies. An earlier version is recomputed from the commit of its tag with the current
/// configuration. For a rule, prints its documentation.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tollgate explain                        the deciding commit is marked with >\n  \
                  tollgate explain v1.4.0                 an earlier version\n  \
                  tollgate explain core-v1.2.0            an earlier version of a package\n  \
                  tollgate explain ticket/missing-field   a rule\n  \
                  tollgate explain --json"
)]
pub(super) struct Args {
    /// Version, tag, or rule [default: the next version].
    #[arg(value_name = "VERSION|RULE", conflicts_with_all = ["pre", "bump", "set_version", "build"])]
    subject: Option<String>,
    /// List all commits, even those that don't affect the version.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    version_args: VersionArgs,
    #[command(flatten)]
    package_filter: PackageFilter,
    #[command(flatten)]
    format: OutputFormat,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    match args.subject.as_deref().filter(|word| rules::is_name(word)) {
        Some(name) => rule(name, ctx),
        None => versions(args, ctx),
    }
}

/// The page of a rule: drawn for a terminal, as it is for a program.
fn rule(name: &str, ctx: &mut Context) -> Result<ExitStatus> {
    let page = rules::page(name)?;
    ctx.out += &if streams::output_width().is_some() {
        format::render_markdown(&page, ctx.screen_options())
    } else {
        page
    };
    Ok(ExitStatus::Success)
}

/// The next version, or a released one, and what it follows from.
fn versions(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    let repository = ctx.repository()?;
    let config = ctx.load_config(&repository)?;
    note_uncommitted_config(ConfigFrom::WorkTree, &repository, ctx);
    let options = ctx.screen_options();
    let commits = if args.all {
        ExplainedCommits::All
    } else {
        ExplainedCommits::Relevant
    };
    let history = repository.history()?;
    let evidence = CommitEvidence::of_head(&repository, &config);
    if let Some(settings) = args.package_filter.settings(&config) {
        let (found, released) = packages(args, &history, settings, &evidence)?;
        if args.subject.is_none() {
            let units: Vec<_> = found.packages.iter().map(Unit::from).collect();
            hint_at_missing_tags(&units, "HEAD", &repository, ctx);
            warn_of_untagged(&units, &config, &history, ctx)?;
        }
        let prefixes: Vec<&str> = config
            .packages
            .iter()
            .map(|package| package.tag_prefix.as_str())
            .collect();
        let ignored = args.ignored_tags(&history, &prefixes)?;
        let nexts: Vec<&Next> = found.packages.iter().map(|package| &package.next).collect();
        let uncounted = uncounted(&history, &nexts, &config)?;
        let (released, ignored, uncounted) = (released.as_ref(), &ignored[..], &uncounted[..]);
        let input = ExplanationInput {
            config: &config,
            released,
            ignored,
            uncounted,
            commits,
        };
        ctx.out
            .push_str(&match (args.format.get(), &found.packages[..]) {
                (TextOrJson::Text, _) => format::explain_packages(&found, input, options),
                (TextOrJson::Json, [package]) if args.is_single_version() => {
                    format::package_json(package, Some(input))
                }
                (TextOrJson::Json, _) => format::packages_json(&found, Some(input)),
            });
        return Ok(ExitStatus::Success);
    }
    let (next, released) = match &args.subject {
        None => {
            let next = history::propose(
                &history,
                &config.version,
                &args.version_args.options(),
                Some(&evidence),
            )?;
            let next = history::refuse_existing_tag(next)?;
            hint_at_missing_tags(&[Unit::from(&next)], "HEAD", &repository, ctx);
            warn_of_untagged(&[Unit::from(&next)], &config, &history, ctx)?;
            (next, None)
        }
        Some(word) => {
            let old = HistoryBeforeTag::version(&history, &config.version, word)?;
            (old.next()?, Some(old.released))
        }
    };
    let ignored = args.ignored_tags(&history, &[&next.prefix])?;
    let uncounted = uncounted(&history, &[&next], &config)?;
    let (released, ignored, uncounted) = (released.as_ref(), &ignored[..], &uncounted[..]);
    let input = ExplanationInput {
        config: &config,
        released,
        ignored,
        uncounted,
        commits,
    };
    ctx.out.push_str(&match args.format.get() {
        TextOrJson::Text => format::explain(&next, input, options),
        TextOrJson::Json => format::explain_json(&next, input),
    });
    Ok(ExitStatus::Success)
}

/// The lines below headers that would make a commit count for more, and the versions that footers
/// name.
///
/// A commit that is reviewed in the configuration, or that counts for nothing as a whole, has none.
fn uncounted(
    history: &GitHistory<'_>,
    versions: &[&Next],
    config: &Config,
) -> Result<Vec<Uncounted>> {
    let mut found: Vec<Uncounted> = Vec::new();
    for judged in versions.iter().flat_map(|next| &next.commits) {
        let is_read = matches!(
            judged.reason,
            Reason::Type | Reason::Breaking | Reason::Unconventional
        );
        let commit = judged.commit.id;
        if !is_read
            || judged.override_().is_some()
            || found.iter().any(|known| known.commit == commit)
        {
            continue;
        }
        let object = history.commit(commit)?;
        let raw = RawCommit::parse(object.as_ref()).ok_or_else(|| Error::not_a_commit(commit))?;
        let counts_for_more = |line: &UncountedLine| match line {
            UncountedLine::Header(text) => Header::parse(text).is_some_and(|header| {
                let bump = if header.bang {
                    Bump::Major
                } else {
                    config.version.bumps.of(header.kind())
                };
                bump > judged.bump
            }),
            UncountedLine::ReleaseAs(_) => true,
        };
        let lines = uncounted_lines(&Message::decode(raw.message, raw.encoding)).into_iter();
        found.extend(
            lines
                .filter(counts_for_more)
                .map(|line| Uncounted { commit, line }),
        );
    }
    Ok(found)
}

impl Args {
    /// The tags that are not version tags; those of today are no matter for an old version.
    fn ignored_tags(&self, history: &GitHistory<'_>, prefixes: &[&str]) -> Result<Vec<IgnoredTag>> {
        if self.subject.is_some() {
            Ok(Vec::new())
        } else {
            history::ignored_tags(history, prefixes)
        }
    }

    /// Whether one version is requested, not those of all packages.
    const fn is_single_version(&self) -> bool {
        self.package_filter.package.is_some() || self.subject.is_some()
    }
}

/// The packages to be explained, and the tag if one was named.
fn packages(
    args: &Args,
    history: &GitHistory<'_>,
    settings: PackageSettings<'_>,
    evidence: &dyn Evidence,
) -> Result<(Packages, Option<Base>)> {
    let Some(word) = &args.subject else {
        let found = history::propose_packages(
            history,
            settings,
            &args.version_args.options(),
            Some(evidence),
        )?;
        return Ok((found.require_new_tags()?, None));
    };
    let (old, name) = HistoryBeforeTag::package(history, settings, word)?;
    let found = old.next_package(PackageSettings {
        only: Some(&name),
        ..settings
    })?;
    Ok((found, Some(old.released)))
}

//! `tollgate explain`: why the next version is what it is, or what a rule wants.

use crate::app::release::CommitEvidence;
use crate::cli::ExitStatus;
use crate::cli::context::Context;
use crate::cli::document_format::{DocumentFormat, TextOrJson};
use crate::cli::next::VersionArgs;
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
use crate::history::{self, HistoryBeforeTag, IgnoredTag, Objects as _, Reason, Versions};
use crate::source::shorten;
use crate::version::Bump;

/// Explain the next version, an earlier version, or a rule.
///
/// For the next version, prints its base, the commits since then, and the bump that each one
/// implies. An earlier version is recomputed from the commit of its tag with the current
/// configuration. For a rule, prints its documentation; `--json` prints the same as
/// `tollgate rules --json`, but with only that rule.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tollgate explain                        the next version, and what decided it\n  \
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
    format: DocumentFormat,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    match args.subject.as_deref().filter(|word| rules::is_name(word)) {
        Some(name) => rule(name, args.format.get(), ctx),
        None => versions(args, ctx),
    }
}

/// The page of a rule: drawn for a terminal, as it is for a program, or in the document of
/// `rules`.
fn rule(name: &str, format: TextOrJson, ctx: &mut Context) -> Result<ExitStatus> {
    let rule = rules::find(name)?;
    ctx.out += &match format {
        TextOrJson::Json => format::rules_json([rule]),
        TextOrJson::Text if streams::output_width().is_some() => {
            format::render_markdown(&rules::page(rule), ctx.screen_options())
        }
        TextOrJson::Text => rules::page(rule),
    };
    Ok(ExitStatus::Success)
}

/// The next version, or a released one, and what it follows from.
fn versions(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    let repository = ctx.repository()?;
    let config = ctx.load_config(&repository)?;
    note_uncommitted_config(ConfigFrom::WorkTree, &repository, ctx);
    let history = repository.history()?;
    let query = args.package_filter.query(&config);
    let (versions, released, ignored) = match &args.subject {
        None => {
            let evidence = CommitEvidence::of_head(&repository, &config);
            let options = args.version_args.options();
            let versions = query.with_evidence(&evidence).propose(&history, &options)?;
            versions.require_new_tags()?;
            hint_at_missing_tags(&versions, "HEAD", &repository, ctx);
            warn_of_untagged(&versions, &config, &history, ctx)?;
            let ignored = ignored_tags(&history, &versions, &config)?;
            (versions, None, ignored)
        }
        // The tags of today don't matter to an old version.
        Some(word) => {
            let old = HistoryBeforeTag::find(&history, query, word)?;
            let old = old.ok_or_else(|| {
                Error::usage(
                    format!("`{}` is neither a version tag nor a rule", shorten(word)),
                    "run `git tag` to list tags, or `tollgate rules` to list rules",
                )
            })?;
            (old.next()?, Some(old.released), Vec::new())
        }
    };
    let input = ExplanationInput {
        config: &config,
        released: released.as_ref(),
        ignored: &ignored,
        uncounted: &uncounted(&history, &versions, &config)?,
        commits: if args.all {
            ExplainedCommits::All
        } else {
            ExplainedCommits::Relevant
        },
    };
    let text = match args.format.get() {
        TextOrJson::Text => format::explain(&versions, input, ctx.screen_options()),
        TextOrJson::Json => format::explain_json(&versions, input),
    };
    ctx.out.push_str(&text);
    Ok(ExitStatus::Success)
}

/// The tags that are not version tags of any unit.
fn ignored_tags(
    history: &GitHistory<'_>,
    versions: &Versions,
    config: &Config,
) -> Result<Vec<IgnoredTag>> {
    let packages = config.packages.iter().map(|package| &*package.tag_prefix);
    let units = versions.units.iter().map(|unit| &*unit.next.prefix);
    history::ignored_tags(history, &packages.chain(units).collect::<Vec<_>>())
}

/// The lines below headers that would make a commit count for more, and the versions that footers
/// name.
///
/// A commit that is reviewed in the configuration, or that counts for nothing as a whole, has none.
fn uncounted(
    history: &GitHistory<'_>,
    versions: &Versions,
    config: &Config,
) -> Result<Vec<Uncounted>> {
    let mut found: Vec<Uncounted> = Vec::new();
    for classified in versions.units.iter().flat_map(|unit| &unit.next.commits) {
        let is_read = matches!(
            classified.reason,
            Reason::Type | Reason::Breaking | Reason::Unconventional
        );
        let commit = classified.commit.id;
        if !is_read
            || classified.override_().is_some()
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
                bump > classified.bump
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

//! `tollgate explain`: why the next version is what it is, or what a rule wants.

use crate::cli::Answer;
use crate::cli::context::Context;
use crate::cli::next::{TextOrJson, Wish};
use crate::cli::packages::Chosen;
use crate::cli::version_hints::hint_at_missing_tags;
use crate::cli::{rules, streams};
use crate::error::Result;
use crate::format::{self, Explained, Look};
use crate::git::GitHistory;
use crate::history::{self, AsOf, Base, Evidence, IgnoredTag, PackageSettings, Packages, Unit};
use crate::workspace::CommitEvidence;

/// Explain the next version, or a rule.
///
/// Of the next version: its base, each commit since, and what each counts for. Of an old version: the same, recomputed
/// from its tag's commit with today's configuration. Of a rule: its page.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tollgate explain                 the commit that decides is marked with >\n  tollgate explain --format json   for programs\n  tollgate explain v1.4.0          an old version, recomputed as of its tag\n  tollgate explain core-v1.2.0     the same of a package, found by its tag\n  tollgate explain ticket/missing-field"
)]
pub(super) struct Args {
    /// A version or its tag, such as `v1.4.0`, or a rule, such as `ticket/missing-field`; without it the next version.
    #[arg(value_name = "VERSION|RULE", conflicts_with_all = ["pre", "bump", "set_version", "build"])]
    subject: Option<String>,
    #[command(flatten)]
    wish: Wish,
    #[command(flatten)]
    chosen: Chosen,
    /// Write it for people or for programs.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: TextOrJson,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<Answer> {
    if let Some(word) = args.subject.as_deref().filter(|word| rules::is_meant(word)) {
        ctx.out += &rules::page(word)?;
        return Ok(Answer::Yes);
    }
    let repository = ctx.repository()?;
    let config = ctx.load_config(&repository)?;
    // Programs that read a pipe want the whole header.
    let look = Look { width: streams::output_width().unwrap_or(usize::MAX), ..ctx.look };
    let history = repository.history()?;
    let evidence = CommitEvidence::of_head(&repository, &config);
    if let Some(settings) = args.chosen.settings(&config) {
        let (found, released) = packages(args, &history, settings, &evidence)?;
        if args.subject.is_none() {
            let units: Vec<_> = found.packages.iter().map(Unit::from).collect();
            hint_at_missing_tags(&units, "HEAD", &repository, ctx);
        }
        let prefixes: Vec<&str> = config.packages.iter().map(|package| package.tag_prefix.as_str()).collect();
        let ignored = args.ignored_tags(&history, &prefixes)?;
        let explained = Explained { config: &config, released: released.as_ref(), ignored: &ignored };
        ctx.out.push_str(&match (args.format, &found.packages[..]) {
            (TextOrJson::Text, _) => format::explain_packages(&found, explained, look),
            (TextOrJson::Json, [package]) if args.is_of_one() => format::package_json(package, Some(explained)),
            (TextOrJson::Json, _) => format::packages_json(&found, Some(explained)),
        });
        return Ok(Answer::Yes);
    }
    let (next, released) = match &args.subject {
        None => {
            let next = history::propose(&history, &config.version, &args.wish.options(), Some(&evidence))?;
            let next = history::refuse_taken(next)?;
            hint_at_missing_tags(&[Unit { package: None, next: &next }], "HEAD", &repository, ctx);
            (next, None)
        }
        Some(word) => {
            let old = AsOf::version(&history, &config.version, word)?;
            (old.next()?, Some(old.released))
        }
    };
    let ignored = args.ignored_tags(&history, &[&next.prefix])?;
    let explained = Explained { config: &config, released: released.as_ref(), ignored: &ignored };
    ctx.out.push_str(&match args.format {
        TextOrJson::Text => format::explain(&next, explained, look),
        TextOrJson::Json => format::explain_json(&next, explained),
    });
    Ok(Answer::Yes)
}

impl Args {
    /// The tags that are not version tags; those of today are no matter for an old version.
    fn ignored_tags(&self, history: &GitHistory<'_>, prefixes: &[&str]) -> Result<Vec<IgnoredTag>> {
        if self.subject.is_some() { Ok(Vec::new()) } else { history::ignored_tags(history, prefixes) }
    }

    /// Whether one version is asked about, and not those of all packages.
    const fn is_of_one(&self) -> bool {
        self.chosen.package.is_some() || self.subject.is_some()
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
        let found = history::propose_packages(history, settings, &args.wish.options(), Some(evidence))?;
        return Ok((found.require_untaken()?, None));
    };
    let (old, name) = AsOf::package(history, settings, word)?;
    let found = old.next_package(PackageSettings { only: Some(&name), ..settings })?;
    Ok((found, Some(old.released)))
}

//! Notes on standard error about next versions: tags that are ignored, and missing tags.

use crate::cli::context::Context;
use crate::config::Config;
use crate::document::quoted;
use crate::error::Result;
use crate::git::{GitHistory, Repository};
use crate::history::{
    MixedTags, NextVersion, RejectionReason, TagRemote, TagScheme, Unit, UntaggedRelease, Versions,
    untagged_release,
};
use crate::source::{join_and, sanitise_line, shell_command};
use crate::version::is_stable;
use crate::workspace::{UncommittedConfig, Workspace};

/// Reports ignored tags, and units without version tags.
pub(super) fn hint_at_tags(versions: &Versions, repository: &Repository, ctx: &Context) {
    for Unit { next, .. } in &versions.units {
        warn_of_unreachable_tag(next, ctx);
        warn_of_mixed(next, ctx);
        warn_of_other_schemes(next, ctx);
    }
    note_first_versions(versions, "HEAD", repository, ctx);
}

/// Warns if commits since the base have tags that look like releases under another prefix.
fn warn_of_other_schemes(next: &NextVersion, ctx: &Context) {
    let schemes = &next.other_schemes;
    let (
        Some(base),
        Some(TagScheme {
            prefix, highest, ..
        }),
    ) = (&next.base, schemes.first())
    else {
        return;
    };
    let count: usize = schemes.iter().map(|scheme| scheme.count).sum();
    let tags = match count {
        1 => format!(
            "a tag since then has another prefix and is ignored: `{}`",
            sanitise_line(highest)
        ),
        _ => {
            format!(
                "{count} tags since then have another prefix and are ignored, such as `{}`",
                sanitise_line(highest)
            )
        }
    };
    ctx.hint(&format!(
        "warning: the version is computed from `{}`; {tags}\n  help: set `tag_prefix = {}` if versions have that prefix, add `[[package]]` tables if the tags belong to packages, or `tag_prefix = {}` to keep using `{}` as the base",
        sanitise_line(&base.tag),
        quoted(prefix),
        quoted(&next.prefix),
        sanitise_line(&base.tag),
    ));
}

/// Says how to fetch version tags if a remote may have some that are missing here; `head` names
/// what was counted from.
pub(super) fn hint_at_missing_tags(
    versions: &Versions,
    head: &str,
    repository: &Repository,
    ctx: &Context,
) {
    if repository.tag_remote().is_some() {
        note_first_versions(versions, head, repository, ctx);
    }
}

/// Warns of a higher stable version that is not reachable from HEAD, which users may expect as the
/// base.
fn warn_of_unreachable_tag(next: &NextVersion, ctx: &Context) {
    let unreachable = next
        .rejected
        .iter()
        .filter(|refused| refused.reason == RejectionReason::Unreachable);
    let Some(greater) = unreachable
        .map(|refused| &refused.tag)
        .find(|tag| is_stable(&tag.version))
    else {
        return;
    };
    let fact = match &next.base {
        Some(_) => format!(
            "tag `{}` is higher than the base, but not reachable from HEAD",
            greater.tag
        ),
        None => format!(
            "tag `{}` is not reachable from HEAD, so it is not the base",
            greater.tag
        ),
    };
    ctx.hint(&format!(
        "warning: {fact}\n  help: run `tollgate explain` to see the base"
    ));
}

/// Warns of tags of two schemes, of which the higher ones do not count.
fn warn_of_mixed(next: &NextVersion, ctx: &Context) {
    let Some(MixedTags { counted, ignored }) = &next.mixed else {
        return;
    };
    ctx.hint(&format!(
        "warning: tag `{ignored}` is higher than `{counted}`, but ignored because its prefix differs\n  \
         help: set `tag_prefix = \"\"` if version tags have no prefix, or `tag_prefix = \"v\"` if they do"
    ));
}

/// Names in one line the units without a version tag, since their versions start at the initial
/// version.
fn note_first_versions(versions: &Versions, head: &str, repository: &Repository, ctx: &Context) {
    let first: Vec<&Unit> = versions.units.iter().filter(is_first).collect();
    if first.is_empty() {
        return;
    }
    let fetch = match repository.tag_remote() {
        Some(TagRemote { name, .. }) => {
            let command = shell_command!("git fetch --tags {name}", name);
            format!("\n  help: to fetch the version tags of `{name}`: {command}")
        }
        None => String::new(),
    };
    ctx.hint(&format!(
        "note: no version tag is reachable from {head}, so {}{fetch}",
        describe_first_versions(&first)
    ));
}

/// Whether the next version of a unit is known and would be its first one.
fn is_first(Unit { next, .. }: &&Unit) -> bool {
    next.base.is_none() && next.prereleases().next().is_none() && next.version.is_ok()
}

/// `versions start at 0.1.0`, or `` `orders` starts at 0.1.0 and `cart` at 1.0.0 ``.
fn describe_first_versions(units: &[&Unit]) -> String {
    let mut verb = " starts";
    let starts = units.iter().filter_map(|Unit { name, next, .. }| {
        let version = next.version.as_ref().ok()?;
        Some(match name {
            Some(name) => {
                let verb = std::mem::take(&mut verb);
                format!("`{}`{verb} at {version}", sanitise_line(name))
            }
            None => format!("versions start at {version}"),
        })
    });
    join_and(&starts.collect::<Vec<_>>())
}

/// Warns of release commits whose tags are missing here: the next version may be taken.
pub(super) fn warn_of_untagged(
    versions: &Versions,
    config: &Config,
    history: &GitHistory<'_>,
    ctx: &Context,
) -> Result<()> {
    let message = &config.release.commit_message;
    for UntaggedRelease {
        version, commit, ..
    } in versions
        .units
        .iter()
        .filter_map(|unit| untagged_release(unit, message, |tag| history.has_tag(tag)))
    {
        let short = commit.short();
        ctx.hint(&format!(
            "warning: {version} seems to have been released by commit {short}, whose tag is missing from this clone\n  \
             help: run `git fetch --tags`; the remote may have the tag"
        ));
    }
    Ok(())
}

/// Where a command reads the configuration if none is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ConfigFrom {
    /// From the work tree, as it is.
    WorkTree,
    /// From the commit that is released.
    Head,
}

/// Says which configuration is used if the one in the working tree is not the committed one.
pub(super) fn note_uncommitted_config(used: ConfigFrom, repository: &Repository, ctx: &Context) {
    if ctx.config.is_some() {
        return;
    }
    let Some(uncommitted) = Workspace::uncommitted_config(repository) else {
        return;
    };
    let note = uncommitted_note(&uncommitted, used);
    ctx.hint(&format!("note: {note}"));
}

fn uncommitted_note(uncommitted: &UncommittedConfig, used: ConfigFrom) -> String {
    let file = match uncommitted {
        UncommittedConfig::New(file) => file.as_ref().map_or_else(
            || "the configuration".to_owned(),
            |file| format!("`{}`", sanitise_line(file)),
        ),
        UncommittedConfig::Changed => {
            let used = match used {
                ConfigFrom::WorkTree => "this command uses the working tree, but ",
                ConfigFrom::Head => "",
            };
            return format!(
                "the configuration has uncommitted changes; {used}`release` uses the committed version"
            );
        }
    };
    match used {
        ConfigFrom::WorkTree => format!(
            "{file} is not committed; this command uses it, but `release` uses the default configuration"
        ),
        ConfigFrom::Head => {
            format!("{file} is not committed, so `release` uses the default configuration")
        }
    }
}

/// Warns if signs of earlier releases make the next version unknown, for commands that do not print
/// it.
pub(super) fn warn_of_unknown(versions: &Versions, ctx: &Context) {
    for Unit { name, next, .. } in &versions.units {
        let Err(unknown) = &next.version else {
            continue;
        };
        let whose = name
            .as_ref()
            .map(|name| format!(" of `{}`", sanitise_line(name)))
            .unwrap_or_default();
        ctx.hint(&format!(
            "warning: next version{whose}: unknown ({})\n  help: run `tollgate explain` for details",
            unknown.reason()
        ));
    }
}

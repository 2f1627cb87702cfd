//! `tollgate rules`: which rules there are, and the page of each.

use crate::cli::ExitStatus;
use crate::cli::context::Context;
use crate::cli::output_format::{OutputFormat, TextOrJson};
use crate::error::{Error, Result};
use crate::format;
use crate::rules;

/// List all rules.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tollgate rules\n  tollgate explain ticket/missing-field   the documentation of a rule"
)]
pub(super) struct Args {
    #[command(flatten)]
    format: OutputFormat,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    ctx.out += &match args.format.get() {
        TextOrJson::Text => format::rules_text(ctx.screen_options()),
        TextOrJson::Json => format::rules_json(),
    };
    Ok(ExitStatus::Success)
}

/// Whether a word names a rule or misspells one: it begins with a group of rules, or it has no
/// digit, as a version has.
pub(super) fn is_name(word: &str) -> bool {
    let has_group = word
        .split_once('/')
        .is_some_and(|(group, _)| rules::GROUPS.contains(&group));
    has_group
        || rules::resolve(word).is_some()
        || !word.contains(|character: char| character.is_ascii_digit())
}

/// The page of a rule; its group may be left out if no other rule has the name.
///
/// # Errors
///
/// Fails if no rule has the name, with the nearest one.
pub(super) fn page(word: &str) -> Result<String> {
    let rule = rules::resolve(word)
        .ok_or_else(|| Error::usage(format!("unknown rule `{word}`"), rules::nearest(word)))?;
    let (title, text) = rule.page.split_once('\n').unwrap_or((rule.page, ""));
    Ok(format!(
        "{title}\n\nLevel: {}.\n{}\n",
        rule.level.as_str(),
        text.trim_end()
    ))
}

//! `tollgate rules`: which rules there are, and the page of each.

use crate::cli::Answer;
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

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<Answer> {
    ctx.out += &match args.format.get() {
        TextOrJson::Text => format::rules_text(),
        TextOrJson::Json => format::rules_json(),
    };
    Ok(Answer::Yes)
}

/// Whether a word means a rule, be it misspelt: it begins with a group of rules.
pub(super) fn is_meant(word: &str) -> bool {
    word.split_once('/').is_some_and(|(group, _)| rules::GROUPS.contains(&group))
}

/// The page of a rule.
///
/// Fails where the word names none, with the nearest that there is.
pub(super) fn page(word: &str) -> Result<String> {
    let rule =
        rules::rule(word).ok_or_else(|| Error::usage(format!("there is no rule `{word}`"), rules::nearest(word)))?;
    let (title, text) = rule.page.split_once('\n').unwrap_or((rule.page, ""));
    let options = format::rule_options(rule);
    Ok(format!("{title}\n\nLevel: {}. Since {}.\n{options}{}\n", rule.level.as_str(), rule.since, text.trim_end()))
}

//! `tollgate rules`: which rules there are, and the page of each.

use crate::cli::Answer;
use crate::cli::context::Context;
use crate::cli::next::TextOrJson;
use crate::error::{Error, Result};
use crate::format;
use crate::rules;

/// List the rules.
#[derive(Debug, clap::Args)]
#[command(after_help = "`tollgate explain RULE` shows the page of a rule.")]
pub(super) struct Args {
    /// Write it for people or for programs.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: TextOrJson,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<Answer> {
    ctx.out += &match args.format {
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

//! `tollgate rules`: which rules there are, and the page of each.

use serde::Serialize;

use crate::cli::Answer;
use crate::cli::context::Context;
use crate::cli::next::TextOrJson;
use crate::error::{Error, Result};
use crate::format;
use crate::rules::{self, Rule};

/// List the rules.
#[derive(Debug, clap::Args)]
#[command(after_help = "`tollgate explain RULE` shows the page of a rule.")]
pub(super) struct Args {
    /// Write it for people or for programs.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: TextOrJson,
}

#[derive(Serialize)]
struct Document {
    schema_version: u8,
    rules: Vec<WireRule>,
}

#[derive(Serialize)]
struct WireRule {
    name: &'static str,
    level: &'static str,
    since: &'static str,
    summary: &'static str,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<Answer> {
    match args.format {
        TextOrJson::Json => {
            let wire = |rule: &Rule| WireRule {
                name: rule.name,
                level: rule.level.as_str(),
                since: rule.since,
                summary: rule.summary,
            };
            ctx.out += &format::document(&Document { schema_version: 1, rules: rules::all().map(wire).collect() });
        }
        TextOrJson::Text => {
            let width = rules::all().map(|rule| rule.name.len()).max().unwrap_or_default();
            for rule in rules::all() {
                ctx.line(&format!("{:width$}  {:7}  {}", rule.name, rule.level.as_str(), rule.summary));
            }
        }
    }
    Ok(Answer::Yes)
}

/// The page of a rule.
///
/// Fails where the word names none, with the nearest that there is.
pub(super) fn page(word: &str) -> Result<String> {
    let rule =
        rules::rule(word).ok_or_else(|| Error::usage(format!("there is no rule `{word}`"), rules::nearest(word)))?;
    let (title, text) = rule.page.split_once('\n').unwrap_or((rule.page, ""));
    Ok(format!("{title}\n\nLevel: {}. Since {}.\n{}\n", rule.level.as_str(), rule.since, text.trim_end()))
}

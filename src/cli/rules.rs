//! `tollgate rules`: which rules there are, and the page of each.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use crate::cli::ExitStatus;
use crate::cli::context::Context;
use crate::cli::document_format::{DocumentFormat, TextOrJson};
use crate::error::{Error, Result};
use crate::format;
use crate::rules::{self, Rule};
use crate::source::closest_typo;

/// List all rules.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tollgate rules\n  tollgate explain ticket/missing-field   the documentation of a rule"
)]
pub(super) struct Args {
    #[command(flatten)]
    format: DocumentFormat,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    ctx.out += &match args.format.get() {
        TextOrJson::Text => format::rules_text(ctx.screen_options()),
        TextOrJson::Json => format::rules_json(rules::all()),
    };
    Ok(ExitStatus::Success)
}

/// Whether a word names a rule or a group of rules, or misspells a rule.
pub(super) fn is_name(word: &str) -> bool {
    let group = word.split_once('/').map_or(word, |(group, _)| group);
    rules::GROUPS.contains(&group)
        || rules::resolve(word).is_some()
        || closest_typo(word, rules::all().map(Rule::short_name)).is_some()
}

/// The rule with this name; its group may be left out if no other rule has the name.
///
/// # Errors
///
/// Fails if no rule has the name, with the nearest one.
pub(super) fn find(word: &str) -> Result<&'static Rule> {
    let unknown = || {
        if rules::GROUPS.contains(&word) {
            return Error::usage(
                format!("`{word}` is a group of rules"),
                "run `tollgate rules` to list them",
            );
        }
        Error::usage(format!("unknown rule `{word}`"), rules::nearest(word))
    };
    rules::resolve(word).ok_or_else(unknown)
}

/// The page of a rule with its level.
pub(super) fn page(rule: &Rule) -> String {
    let (title, text) = rule.page.split_once('\n').unwrap_or((rule.page, ""));
    format!(
        "{title}\n\nLevel: {}.\n{}\n",
        rules::describe_level(rule),
        without_link_targets(text).trim_end()
    )
}

/// A page whose links to other pages are only their texts, since the files of the pages are not on
/// the user's machine; `tollgate explain` takes the name of a rule.
fn without_link_targets(page: &str) -> Cow<'_, str> {
    static LINK: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\[(`[^`\]]+`)\]\([a-z_./]+\.md\)").expect("it is valid"));
    LINK.replace_all(page, "$1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revision_is_not_a_misspelled_rule() {
        for word in ["HEAD", "main", "v1.2.3"] {
            assert!(!is_name(word), "{word}");
        }
        for word in [
            "trivial-rolback",
            "trivial-rollback",
            "content/x",
            "content",
        ] {
            assert!(is_name(word), "{word}");
        }
    }

    #[test]
    fn pages_have_no_links_to_files() {
        for rule in rules::all() {
            let page = page(rule);
            assert!(!page.contains(".md)"), "{page}");
        }
        let page = page(find("content/restore-without-backup").unwrap());
        assert!(
            page.contains("If `content/trivial-rollback` reports"),
            "{page}"
        );
    }

    #[test]
    fn group_of_rules_is_named_as_one() {
        let error = find("content").unwrap_err();
        assert_eq!(error.to_string(), "`content` is a group of rules");
    }
}

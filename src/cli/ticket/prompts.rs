//! The prompts of `tollgate ticket new` on a terminal, each with its purpose.
//!
//! An empty answer leaves the placeholder in the file, which `tollgate check` reports.

use super::new::{TITLE_REQUIREMENT, is_title};
use crate::cli::context::Context;
use crate::source::closest;
use crate::ticket::{Category, Draft, DraftLink, FIELDS, INCIDENT_LINK, Kind, prompt};

/// Prompts for the fields that the command line does not set.
pub(super) fn fill_draft(draft: &mut Draft, ctx: &Context) -> dialoguer::Result<()> {
    ctx.hint("Press Enter to skip a question; the file then has a prompt for it.");
    explain("title", ctx);
    draft.title = Some(title()?);
    if draft.kind.is_none() {
        ctx.hint(&format!("\nKinds: {}", Kind::WORDS.join(", ")));
        draft.kind = Kind::parse(&word("Kind", Kind::WORDS, Some("normal"))?);
    }
    if draft.category.is_none() {
        ctx.hint(&format!("\nCategories: {}", Category::WORDS.join(", ")));
        draft.category = Category::parse(&word("Category", Category::WORDS, None)?);
    }
    if draft.justification.is_none() {
        explain("justification", ctx);
        draft.justification = line("Justification")?;
    }
    if draft.kind == Some(Kind::Emergency) {
        explain("links", ctx);
        ctx.hint(prompt("links"));
        draft
            .links
            .extend(line("Incident")?.map(|target| DraftLink {
                kind: INCIDENT_LINK,
                target,
            }));
    }
    for (key, name, steps) in [
        ("deployment", "Deployment", &mut draft.deployment),
        ("rollback", "Rollback", &mut draft.rollback),
        ("validation", "Validation", &mut draft.validation),
    ] {
        explain(key, ctx);
        ctx.hint(prompt(key));
        while let Some(step) = line(&format!("{name}, step {}", steps.len() + 1))? {
            steps.push(step);
        }
    }
    Ok(())
}

/// Prints what a field is for, with the same text that editors show.
fn explain(key: &str, ctx: &Context) {
    let purpose = FIELDS
        .iter()
        .find(|field| field.name == key)
        .map_or("", |field| field.doc);
    ctx.hint(&format!("\n`{key}`: {purpose}"));
}

fn title() -> dialoguer::Result<String> {
    dialoguer::Input::new()
        .with_prompt("Title")
        .validate_with(|text: &String| is_title(text).then_some(()).ok_or(TITLE_REQUIREMENT))
        .interact_text()
}

/// Prompts for a line; `None` if it has no letters or digits.
fn line(name: &str) -> dialoguer::Result<Option<String>> {
    let answer = dialoguer::Input::<String>::new()
        .with_prompt(name)
        .allow_empty(true)
        .interact_text()?;
    let answer = answer.trim();
    Ok(answer
        .contains(char::is_alphanumeric)
        .then(|| answer.to_owned()))
}

/// Prompts for one of a few words; without a default, the answer may be empty.
///
/// This is a line rather than a selection with the arrow keys, which hides the cursor and leaves it
/// hidden if it is interrupted.
fn word(
    prompt: &str,
    words: &'static [&'static str],
    default: Option<&str>,
) -> dialoguer::Result<String> {
    let may_be_empty = default.is_none();
    let mut input = dialoguer::Input::<String>::new()
        .with_prompt(if may_be_empty {
            format!("{prompt} (Enter to skip)")
        } else {
            prompt.to_owned()
        })
        .allow_empty(may_be_empty)
        .validate_with(move |text: &String| match text.trim() {
            "" if may_be_empty => Ok(()),
            text if words.contains(&text) => Ok(()),
            text => Err(closest(text, words.iter().copied()).map_or_else(
                || "not one of these".to_owned(),
                |near| format!("did you mean `{near}`?"),
            )),
        });
    if let Some(default) = default {
        input = input.default(default.to_owned());
    }
    input.interact_text().map(|text| text.trim().to_owned())
}

//! The questions of `tollgate ticket new` on a terminal: those that a reviewer would ask, each with
//! its purpose.
//!
//! An empty answer leaves the prompt in the file, where `tollgate check` goes on asking.

use crate::cli::context::Context;
use crate::source::closest;
use crate::ticket::{Category, Draft, DraftLink, FIELDS, INCIDENT_LINK, Kind, prompt};

/// Asks for what the command line leaves open.
pub(super) fn ask(draft: &mut Draft, ctx: &Context) -> dialoguer::Result<()> {
    ctx.hint("Press Enter to skip a question; the file then has a placeholder for it.");
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

/// Says what a field is for, in the words that editors show.
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
        .validate_with(|text: &String| {
            text.contains(char::is_alphanumeric)
                .then_some(())
                .ok_or("the title needs a letter or a digit")
        })
        .interact_text()
}

/// Asks for a line; `None` where the answer says nothing.
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

/// Asks for one of a few words, or for nothing where there is no default.
///
/// A line is asked for rather than a choice with the arrow keys, which hides the cursor and,
/// interrupted, leaves it so.
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

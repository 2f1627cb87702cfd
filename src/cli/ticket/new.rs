//! `tollgate ticket new`: writes a ticket with prompts for what is not known yet.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use jiff::tz::TimeZone;

use crate::cli::Answer;
use crate::cli::context::Context;
use crate::cli::streams::is_interactive;
use crate::error::{Error, Result};
use crate::source::closest;
use crate::ticket::{Category, Draft, Kind, slug};

/// Write a new ticket.
///
/// The file is named after the day and the title. What is not said here is a prompt in it, and the ticket does not pass
/// until every prompt is answered. On a terminal the title, kind and category are asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tollgate ticket new \"Raise the billing-api pool from 20 to 40 connections\"\n  \
                  $EDITOR \"$(tollgate ticket new --kind emergency 'Restart the stuck queue workers')\"")]
pub(super) struct Args {
    /// What changes, in one sentence.
    title: Option<String>,
    /// How the change comes about.
    #[arg(long, value_parser = kinds())]
    kind: Option<Kind>,
    /// What the change is about.
    #[arg(long, value_parser = categories())]
    category: Option<Category>,
    /// Why it is made.
    #[arg(long, value_name = "TEXT")]
    justification: Option<String>,
    /// Its identity, where it is not the name of the file.
    #[arg(long)]
    id: Option<String>,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<Answer> {
    let workspace = ctx.workspace()?;
    let mut draft = Draft {
        id: args.id.clone(),
        title: args.title.clone(),
        kind: args.kind,
        category: args.category,
        justification: args.justification.clone(),
    };
    if draft.title.is_none() && is_interactive() {
        ask(&mut draft, ctx).map_err(|error| Error::usage("the questions were not answered", "").because(error))?;
    }
    let said = draft.title.as_deref().filter(|title| title.contains(char::is_alphanumeric));
    let title = said.ok_or_else(|| {
        Error::usage("a title is missing", "say what changes: tollgate ticket new \"Raise the pool from 20 to 40\"")
    })?;
    let day = ctx.now.to_zoned(TimeZone::UTC).date();
    let stem = format!("{day}-{}", slug(title));
    if let Some(pattern) = &workspace.config().id_pattern {
        let identity = draft.id.as_deref().unwrap_or(&stem);
        if !pattern.is_match(identity) {
            let message = format!("the identity `{identity}` does not match `id_pattern`, which is `{pattern}`");
            return Err(Error::usage(message, "say it with `--id`"));
        }
    }
    let path = workspace.create_ticket(&stem, &draft.to_toml())?;
    ctx.line(&workspace.seen(&path));
    ctx.hint("answer the prompts in it, then run `tollgate check`");
    Ok(Answer::Yes)
}

/// Asks for what the command line leaves open.
fn ask(draft: &mut Draft, ctx: &Context) -> dialoguer::Result<()> {
    let title: String = dialoguer::Input::new()
        .with_prompt("What changes, in one sentence")
        .validate_with(|text: &String| text.contains(char::is_alphanumeric).then_some(()).ok_or("say what changes"))
        .interact_text()?;
    draft.title = Some(title);
    if draft.kind.is_none() {
        ctx.hint(&format!("Kinds: {}", Kind::WORDS.join(", ")));
        draft.kind = Kind::parse(&word("Kind", Kind::WORDS, Some("normal"))?);
    }
    if draft.category.is_none() {
        ctx.hint(&format!("Categories: {}", Category::WORDS.join(", ")));
        draft.category = Category::parse(&word("Category", Category::WORDS, None)?);
    }
    Ok(())
}

/// Asks for one of a few words, or for nothing where there is no default.
///
/// A line is asked for rather than a choice with the arrow keys, which hides the cursor and, interrupted, leaves it so.
fn word(prompt: &str, words: &'static [&'static str], default: Option<&str>) -> dialoguer::Result<String> {
    let may_be_empty = default.is_none();
    let mut input = dialoguer::Input::<String>::new()
        .with_prompt(if may_be_empty { format!("{prompt}, or nothing") } else { prompt.to_owned() })
        .allow_empty(may_be_empty)
        .validate_with(move |text: &String| match text.trim() {
            "" if may_be_empty => Ok(()),
            text if words.contains(&text) => Ok(()),
            text => Err(closest(text, words.iter().copied())
                .map_or_else(|| "it is none of them".to_owned(), |near| format!("did you mean `{near}`?"))),
        });
    if let Some(default) = default {
        input = input.default(default.to_owned());
    }
    input.interact_text().map(|text| text.trim().to_owned())
}

fn kinds() -> impl TypedValueParser<Value = Kind> {
    PossibleValuesParser::new(Kind::WORDS).map(|word| Kind::parse(&word).expect("it is one of them"))
}

pub(super) fn categories() -> impl TypedValueParser<Value = Category> {
    PossibleValuesParser::new(Category::WORDS).map(|word| Category::parse(&word).expect("it is one of them"))
}

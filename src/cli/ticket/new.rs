//! `tollgate ticket new`: writes a ticket with prompts for what is not known yet.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use jiff::tz::TimeZone;

use crate::cli::Answer;
use crate::cli::context::Context;
use crate::cli::streams::is_interactive;
use crate::error::{Error, Result};
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
        ask(&mut draft).map_err(|error| Error::usage("the questions were not answered", "").because(error))?;
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
fn ask(draft: &mut Draft) -> dialoguer::Result<()> {
    let title: String = dialoguer::Input::new()
        .with_prompt("What changes, in one sentence")
        .validate_with(|text: &String| text.contains(char::is_alphanumeric).then_some(()).ok_or("say what changes"))
        .interact_text()?;
    draft.title = Some(title);
    if draft.kind.is_none() {
        let chosen = dialoguer::Select::new().with_prompt("Kind").items(Kind::WORDS).default(0).interact()?;
        draft.kind = Kind::parse(Kind::WORDS[chosen]);
    }
    if draft.category.is_none() {
        let mut words = vec!["(none)"];
        words.extend(Category::WORDS);
        let chosen = dialoguer::Select::new().with_prompt("Category").items(&words).default(0).interact()?;
        draft.category = Category::parse(words[chosen]);
    }
    Ok(())
}

fn kinds() -> impl TypedValueParser<Value = Kind> {
    PossibleValuesParser::new(Kind::WORDS).map(|word| Kind::parse(&word).expect("it is one of them"))
}

fn categories() -> impl TypedValueParser<Value = Category> {
    PossibleValuesParser::new(Category::WORDS).map(|word| Category::parse(&word).expect("it is one of them"))
}

//! `tollgate ticket new`: writes a ticket with prompts for what is not known yet.

use jiff::tz::TimeZone;

use super::{from_diff, prompts};
use crate::cli::ExitStatus;
use crate::cli::args::{parse_text, words};
use crate::cli::changelog::parse_range;
use crate::cli::context::Context;
use crate::cli::streams::is_interactive;
use crate::commit::{Message, RawCommit, body, trailers};
use crate::error::{Error, Result};
use crate::history::{ClassifiedCommit, History, ReleaseQuery};
use crate::source::shorten;
use crate::ticket::{Category, CommitSummary, Draft, Kind, has_prompts, id_fault, slug};

/// The maximum number of commits that a ticket is made from.
const MAX_COMMITS: usize = 50;

/// Create a ticket.
///
/// The file is named after the date and the title. Fields that you do not pass get placeholder text;
/// `check` fails until you replace it. On a terminal, if you pass neither a title nor commits, Tollgate asks
/// for each field.
///
/// With `--from-diff`, fields are filled in from the branch's files and commits and from earlier
/// tickets for the same service. Tollgate recognizes migrations, images and replica counts in
/// manifests, feature flags, and dependency upgrades. A comment after each value names its source.
/// If you also pass a title, put it before `--from-diff`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tollgate ticket new \"Raise the billing-api pool to 40\"\n  \
                  tollgate ticket new --from-commits main..\n  \
                  tollgate ticket new --from-diff                 compare with the base branch\n  \
                  tollgate ticket new --from-diff release/2.x\n  \
                  $EDITOR \"$(tollgate ticket new --kind emergency 'Restart stuck workers')\""
)]
pub(super) struct Args {
    /// What changes, in one sentence.
    pub(super) title: Option<String>,
    /// Kind of change.
    #[arg(long, value_parser = words::<Kind>())]
    pub(super) kind: Option<Kind>,
    /// Category of the change.
    #[arg(long, value_parser = words::<Category>())]
    pub(super) category: Option<Category>,
    /// Why the change is made.
    #[arg(long, value_name = "TEXT", value_parser = parse_text)]
    pub(super) justification: Option<String>,
    /// Ticket ID [default: the file name].
    #[arg(long)]
    pub(super) id: Option<String>,
    /// Draft the title, justification, and links from these commits.
    #[arg(long, value_name = "A..B")]
    from_commits: Option<String>,
    /// Draft the ticket from what the branch changes [default BASE: the base branch].
    #[arg(long, value_name = "BASE", num_args = 0..=1, conflicts_with = "from_commits")]
    from_diff: Option<Option<String>>,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    if let Some(base) = &args.from_diff {
        return from_diff::run(args, base.as_deref(), ctx);
    }
    let drafted = match &args.from_commits {
        Some(range) => Draft::from_commits(&commit_summaries(range, ctx)?),
        None => Draft::default(),
    };
    let mut draft = Draft {
        id: args.id.clone(),
        title: args.title.clone().or(drafted.title),
        kind: args.kind,
        category: args.category,
        justification: args.justification.clone().or(drafted.justification),
        ..drafted
    };
    if draft.title.is_none() && is_interactive() {
        prompts::fill_draft(&mut draft, ctx).map_err(|dialoguer::Error::IO(error)| {
            Error::usage("could not read the answers", "").with_source(error)
        })?;
    }
    let title = require_title(draft.title.as_deref())?;
    let text = draft.to_toml();
    create(title, draft.id.as_deref(), &text, ctx)?;
    let next = if has_prompts(&text) {
        "replace the prompts in the file, then run `tollgate check`"
    } else {
        "next: run `tollgate check`"
    };
    ctx.footnote(next.to_owned());
    Ok(ExitStatus::Success)
}

/// Writes a new ticket, whose file is named after the day and these words, and prints its path.
///
/// # Errors
///
/// Fails if the ID is not valid, and if the file cannot be written.
pub(super) fn create(words: &str, id: Option<&str>, text: &str, ctx: &mut Context) -> Result<()> {
    let workspace = ctx.workspace()?;
    let day = ctx.now.to_zoned(TimeZone::UTC).date();
    let stem = format!("{day}-{}", slug(words));
    if let Some((id, fault)) = id.and_then(|id| Some((id, id_fault(id)?))) {
        return Err(Error::usage(
            format!("the ID `{}` {fault}", shorten(id)),
            "pass another one, such as `--id INC-9`",
        ));
    }
    if let Some(pattern) = &workspace.config().id_pattern {
        let identity = id.unwrap_or(&stem);
        if !pattern.is_match(identity) {
            let message = format!("ID `{identity}` does not match `id_pattern` (`{pattern}`)");
            return Err(Error::usage(message, "pass one that matches with `--id`"));
        }
    }
    let path = workspace.create_ticket(&stem, text)?;
    ctx.line(&workspace.display_path(&path));
    Ok(())
}

/// The requirement for a title from which a file name is made.
pub(super) const TITLE_REQUIREMENT: &str = "the title needs a letter or a digit";

pub(super) fn is_title(text: &str) -> bool {
    text.contains(char::is_alphanumeric)
}

/// The title of the new ticket.
///
/// # Errors
///
/// Fails if there is none or if no file can be named after it.
pub(super) fn require_title(title: Option<&str>) -> Result<&str> {
    let fault = match title {
        Some(title) if is_title(title) => return Ok(title),
        Some(title) if !title.trim().is_empty() => TITLE_REQUIREMENT,
        _ => "no title given",
    };
    Err(Error::usage(
        fault,
        "pass one: tollgate ticket new \"Raise the pool from 20 to 40\"",
    ))
}

/// Summarizes the commits of a range, the oldest first, without merges and reverted commits.
fn commit_summaries(range: &str, ctx: &Context) -> Result<Vec<CommitSummary>> {
    let repository = ctx.repository()?;
    let config = ctx.load_config(&repository)?;
    let history = repository.history()?;
    let query = ReleaseQuery::new(&config.version);
    let releases = query.within(&history, parse_range(range, &repository)?)?;
    let mut commits: Vec<ClassifiedCommit> = releases
        .into_iter()
        .flat_map(|release| release.commits)
        .collect();
    commits.retain(|judged| !judged.reason.is_hidden());
    commits.reverse();
    match commits.len() {
        0 => Err(Error::usage(
            format!("`{range}` has no commits that describe a change"),
            "start the range at an earlier commit",
        )),
        1..=MAX_COMMITS => commits
            .iter()
            .map(|judged| summarize(judged, &history))
            .collect(),
        count => Err(Error::limit(
            format!("`{range}` has {count} commits, more than {MAX_COMMITS}"),
            "a ticket describes one change: use a smaller range",
        )),
    }
}

fn summarize(judged: &ClassifiedCommit, history: &impl History) -> Result<CommitSummary> {
    let object = history.commit(judged.commit.id)?;
    let raw = RawCommit::parse(object.as_ref());
    let message = raw.as_ref().map_or_else(
        || Message::from(""),
        |raw| Message::decode(raw.message, raw.encoding),
    );
    let trailers = trailers(message.text());
    Ok(CommitSummary {
        subject: judged.commit.subject().to_owned(),
        body: body(message.text()).to_owned(),
        trailers: trailers
            .into_iter()
            .map(|trailer| (trailer.key.to_owned(), trailer.value))
            .collect(),
        bump: judged.bump,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn title_without_letters_is_not_a_missing_one() {
        let fault = |title| require_title(title).unwrap_err().to_string();
        assert_eq!(fault(Some("!!!")), TITLE_REQUIREMENT);
        assert_eq!(fault(Some(" ")), "no title given");
        assert_eq!(fault(None), "no title given");
    }
}

//! `tollgate commit-msg`: lints one commit message, as a hook or in CI.

use std::path::PathBuf;

use crate::cli::Answer;
use crate::cli::check::Choice;
use crate::cli::context::Context;
use crate::cli::output::Output;
use crate::error::{Error, Result};
use crate::finding::Place;
use crate::git::Repository;
use crate::rules::{self, Settings};
use crate::source::Source;
use crate::workspace::read_text;

/// The largest message that is read, in bytes.
const LARGEST_MESSAGE: usize = 1 << 20;

/// Lint a commit message.
///
/// Comment lines and what stands below the scissors do not count, as git strips them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tollgate commit-msg .git/COMMIT_EDITMSG\n  \
                        git show -s --format=%B | tollgate commit-msg -\n  \
                        tollgate commit-msg --fail-on warning .git/COMMIT_EDITMSG")]
pub(super) struct Args {
    /// The file that holds the message; `-` for standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    output: Output,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<Answer> {
    args.output.judge()?;
    let workspace = ctx.workspace()?;
    let settings = Settings::new(workspace.config(), &args.choice.to_rules(), ctx.now)?;
    let (name, text) = read(args, ctx)?;
    let comment =
        Repository::find(&ctx.directory)?.map_or_else(|| "#".to_owned(), |repository| repository.comment_prefix());
    let source = Source::new(name.clone(), text);
    let checked = rules::lint_message(&source, &Place::File(name), &comment, &settings);
    let answer = args.output.write(&checked, str::to_owned, ctx)?;
    if answer == Answer::No && args.file.as_os_str() != "-" {
        ctx.hint(&format!(
            "help: your message is kept: `git commit --edit --file {}` brings it back",
            args.file.display()
        ));
    }
    Ok(answer)
}

/// The message with the name that findings show.
#[expect(clippy::disallowed_methods, reason = "the command line names the file")]
fn read(args: &Args, ctx: &Context) -> Result<(String, String)> {
    let (name, text) = if args.file.as_os_str() == "-" {
        ("<stdin>".to_owned(), read_text(std::io::stdin().lock(), LARGEST_MESSAGE))
    } else {
        let path = ctx.directory.join(&args.file);
        let file = std::fs::File::open(&path)
            .map_err(|error| Error::file(format!("`{}` cannot be read", args.file.display()), "").because(error))?;
        (args.file.to_string_lossy().replace('\\', "/"), read_text(file, LARGEST_MESSAGE))
    };
    let text = text.map_err(|error| Error::file(format!("`{name}` is not a message in UTF-8"), "").because(error))?;
    if text.len() > LARGEST_MESSAGE {
        return Err(Error::limit(
            format!("`{name}` has more than {LARGEST_MESSAGE} bytes"),
            "a message of that size is a mistake",
        ));
    }
    Ok((name, text))
}

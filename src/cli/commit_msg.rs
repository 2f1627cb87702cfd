//! `tollgate commit-msg`: lints one commit message, as a hook or in CI.

use std::path::{Path, PathBuf};

use crate::cli::ExitStatus;
use crate::cli::check::RuleArgs;
use crate::cli::commits::{tickets_before, warn_if_unchecked};
use crate::cli::context::Context;
use crate::cli::findings_output::FindingsOutput;
use crate::cli::input::{InputFile, is_stdin};
use crate::commit::{Cleanup, CleanupMode, decoded};
use crate::error::Result;
use crate::git::{MessageInput, Repository};
use crate::history::History as _;
use crate::rules::{self, DraftMessage, Settings, TicketIndex, references_ticket};
use crate::source::{Source, shell_command};

/// The largest message that is read, in bytes.
const MAX_MESSAGE_BYTES: usize = 1 << 20;

/// Check one commit message, for example in a commit-msg hook.
///
/// Text that Git removes from the message is ignored: comment lines, everything below the scissors
/// line, and whatever else `commit.cleanup` strips. To check the commits of a branch, run `tollgate
/// check --commits main..`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tollgate commit-msg .git/COMMIT_EDITMSG\n  \
                        tollgate commit-msg --fail-on warning .git/COMMIT_EDITMSG\n  \
                        git show -s --format=%B | tollgate commit-msg -",
    mut_arg("select", |arg| arg.help("Run only these rules, such as `commit/*`"))
)]
pub(super) struct Args {
    /// File with the message; `-` for standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    rules: RuleArgs,
    #[command(flatten)]
    output: FindingsOutput,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    args.output.validate()?;
    let settings = Settings::new(&ctx.config()?, &args.rules.to_selection(), ctx.now)?;
    warn_if_unchecked(&settings, ctx);
    let repository = Repository::find(&ctx.directory)?;
    let file = InputFile {
        path: &args.file,
        most: MAX_MESSAGE_BYTES,
        help: "pass the file with the message, or `-` for standard input",
        size_help: "a commit message this large is probably a mistake",
    };
    let (name, bytes) = file.read(ctx)?;
    let encoding = repository.as_ref().and_then(Repository::message_encoding);
    let (text, decoding) = decoded(&bytes, encoding.as_deref().map(str::as_bytes));
    let cleanup = match &repository {
        Some(repository) => repository.cleanup(&text, edit_mode()),
        None => Cleanup {
            mode: CleanupMode::Strip,
            comment: "#".to_owned(),
        },
    };
    let tickets = if references_ticket(&text) {
        tickets(repository.as_ref(), ctx)?
    } else {
        None
    };
    let draft = DraftMessage {
        source: &Source::new(name, text),
        cleanup: &cleanup,
        decoding,
        tickets: tickets.as_ref(),
        is_merge: repository.is_some_and(|repository| repository.is_merging()),
    };
    let checked = rules::lint_message(&draft, &settings);
    if checked.commits == 0 {
        // Git decides about such a commit after its hooks, so the message passes.
        ctx.hint(
            "the message is empty; Git aborts the commit unless you use `--allow-empty-message`",
        );
    }
    let status = if checked.commits == 0 && args.output.is_for_people() {
        ExitStatus::Success
    } else {
        args.output.write(&checked, str::to_owned, ctx)?
    };
    if status == ExitStatus::Failure && !is_stdin(&args.file) {
        let file = path_for_user(&args.file, ctx);
        let command = shell_command!(
            "git commit --edit --file={file}",
            file = file.to_string_lossy()
        );
        ctx.footnote(format!(
            "help: your message was saved; to edit it, run `{command}`"
        ));
    }
    Ok(status)
}

/// The tickets of the work tree, as they were before the commit; `None` if there is no work tree.
fn tickets(repository: Option<&Repository>, ctx: &Context) -> Result<Option<TicketIndex>> {
    let Some(repository) = repository.filter(|repository| repository.root().is_some()) else {
        return Ok(None);
    };
    let head = repository.history()?.head()?;
    tickets_before(head, repository, &ctx.workspace()?).map(Some)
}

/// If no editor was opened, Git sets an editor that does nothing for its hooks.
#[expect(
    clippy::disallowed_methods,
    reason = "git tells its hooks in the environment"
)]
pub(super) fn edit_mode() -> MessageInput {
    if std::env::var("GIT_EDITOR").is_ok_and(|editor| editor == ":") {
        MessageInput::WithoutEditor
    } else {
        MessageInput::InEditor
    }
}

/// The path of the message's file for the user: a hook runs at the root, wherever `git commit` was
/// called.
#[expect(
    clippy::disallowed_methods,
    reason = "git tells its hooks in the environment"
)]
fn path_for_user(file: &Path, ctx: &Context) -> PathBuf {
    let is_in_subdirectory = std::env::var("GIT_PREFIX").is_ok_and(|prefix| !prefix.is_empty());
    let absolute = || ctx.directory.join(file).canonicalize().ok();
    if is_in_subdirectory {
        absolute().unwrap_or_else(|| file.to_owned())
    } else {
        file.to_owned()
    }
}

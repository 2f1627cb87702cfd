//! `tollgate gate`: decides whether a branch can be merged.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::path::{Path, PathBuf};

use crate::app::gate::judgement::{JudgementOptions, judgement};
use crate::app::gate::{GateOptions, GateResult, PullRequest, check_branch};
use crate::app::release::CommitEvidence;
use crate::approval::ForgeApproval;
use crate::cli::ExitStatus;
use crate::cli::base_and_head::Revisions;
use crate::cli::check::RuleArgs;
use crate::cli::ci::CiEvent;
use crate::cli::context::Context;
use crate::cli::findings_output::{Documents, FindingsOutput};
use crate::cli::input::InputFile;
use crate::cli::pull_request::{add_gitlab_variables, pull_request_of_event};
use crate::cli::version_hints::hint_at_missing_tags;
use crate::commit::Id;
use crate::error::{Error, Result};
use crate::files;
use crate::finding::Checked;
use crate::format::{self, Format};
use crate::git::{GitHistory, Repository};
use crate::history::{HistoryView, NextOptions, NextVersion, VersionQuery};
use crate::report::Judgement;

/// The maximum number of bytes of the description of an event.
const MAX_EVENT_BYTES: usize = 32 << 20;

/// The maximum number of bytes of the description of a pull request, that of GitLab.
const MAX_BODY_BYTES: usize = 1 << 20;

/// The maximum number of bytes of a file of approvals.
const MAX_APPROVALS_BYTES: usize = 4 << 20;

/// Decide whether a branch can be merged.
///
/// Checks the branch's tickets and commit messages, and enforces your policies. The configuration
/// comes from the tip of the base branch unless you pass `--config`, so a branch cannot weaken its
/// own checks. Tickets and commits are read from Git objects, never from the working tree. After each
/// approver, the output states the evidence: `signed`, `forge`, `attributed` (committed by the
/// approver), or `claimed` (only written down).
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tollgate gate --base origin/main\n  \
                        tollgate gate --ci                            in GitHub Actions or GitLab CI\n  \
                        tollgate gate --ci --approvals reviews.json   with approvals from the forge\n  \
                        tollgate gate --title \"feat: add ports\" --body-file body.md\n  \
                        tollgate gate --ci --format comment=comment.md   for the pull request\n\n\
                        On GitHub, `--ci` sets step outputs: result, findings, errors, warnings, version, \
                        tag, bump, releasable, and unknown (why the next version is unknown).")]
pub(super) struct Args {
    /// Base branch or commit [required outside CI].
    #[arg(long, value_name = "REV")]
    base: Option<String>,
    /// Branch to check [default: HEAD; in CI: detected].
    #[arg(long, value_name = "REV")]
    head: Option<String>,
    /// JSON file with the approvals on the forge, see docs/approvals.md (`-` for standard input).
    #[arg(long, value_name = "FILE")]
    approvals: Option<PathBuf>,
    /// Pull request title, for the squash commit.
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Pull request description.
    #[arg(long, value_name = "TEXT", requires = "title")]
    body: Option<String>,
    /// Read the description from FILE (`-` for stdin).
    #[arg(long, value_name = "FILE", requires = "title", conflicts_with = "body")]
    body_file: Option<PathBuf>,
    /// Pull request number, such as 12.
    #[arg(long, value_name = "N", requires = "title")]
    number: Option<u64>,
    /// Read title, body, and number from GitHub's event file.
    #[arg(long, conflicts_with_all = ["title", "body", "body_file", "number"])]
    event: bool,
    /// Also write CI annotations, summary, and outputs.
    #[arg(long)]
    ci: bool,
    #[command(flatten)]
    rules: RuleArgs,
    #[command(flatten)]
    output: FindingsOutput,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    args.output.validate_with_comment()?;
    let repository = ctx.repository()?;
    let event = event_of_job()?;
    let Revisions {
        base,
        head,
        reviewed_head,
    } = Revisions::find(
        &repository,
        event.as_ref(),
        args.base.as_deref(),
        args.head.as_deref(),
    )?;
    let options = GateOptions {
        directory: ctx.directory.clone(),
        config: ctx.config.clone(),
        base,
        head,
        reviewed: vec![head, reviewed_head],
        forge: forge_approvals(args.approvals.as_deref(), ctx)?,
        pull_request: pull_request(args, ctx)?,
        choice: args.rules.to_selection(),
        now: ctx.now,
    };
    let history = repository.history()?;
    let result = check_branch(&repository, &history, &options)?;
    result.remarks.iter().for_each(|remark| ctx.hint(remark));
    let next = next_version(&repository, &history, &result, ctx)?;
    let certain = result
        .prediction
        .as_ref()
        .filter(|prediction| prediction.is_certain);
    let next = match certain {
        Some(prediction) => prediction.repository().map(|unit| &unit.unit.next),
        None => next.as_ref(),
    };
    let judgement = judgement(
        &repository,
        &result,
        &options,
        next,
        &JudgementOptions {
            fail_on: args.output.fail_on(),
            base_name: base_name(args),
            is_merge_request: variable("GITLAB_CI").is_some(),
        },
    )?;
    let documents = Documents {
        json: format::gate_json(&judgement, &result.checked),
        comment: judgement.comment(),
    };
    let status = args
        .output
        .write_with_documents(&result.checked, &documents, ctx)?;
    let text = format::gate_text(&judgement).trim_end().to_owned();
    if args.ci && variable("GITHUB_ACTIONS").is_some() {
        write_github_outputs(&judgement, &result.checked, ctx)?;
    }
    ctx.footnote(text);
    Ok(status)
}

/// The pull request that the command line describes; `None`: it describes none, or the event of the
/// job is not that of a pull request.
fn pull_request(args: &Args, ctx: &Context) -> Result<Option<PullRequest>> {
    if args.event {
        return pull_request_of_event(variable, read_event);
    }
    let Some(title) = &args.title else {
        return Ok(None);
    };
    let body = match (&args.body, &args.body_file) {
        (Some(body), _) => body.clone(),
        (None, Some(path)) => {
            let file = InputFile {
                path,
                most: MAX_BODY_BYTES,
                help: "check the path",
                size_help: "no forge has a description of this size",
            };
            file.read_text(ctx)?.text().to_owned()
        }
        (None, None) => String::new(),
    };
    let mut request = PullRequest::new(title, &body)?;
    request.number = args.number;
    add_gitlab_variables(&mut request, variable);
    Ok(Some(request))
}

/// The name of the base: as the command line gives it, or that of the CI job's target branch.
fn base_name(args: &Args) -> Option<String> {
    match &args.base {
        Some(base) => Some(base.clone()).filter(|base| Id::from_hex(base.as_bytes()).is_none()),
        None => {
            variable("GITHUB_BASE_REF").or_else(|| variable("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"))
        }
    }
}

/// The approvals in the named file; `None` if none is named.
fn forge_approvals(path: Option<&Path>, ctx: &Context) -> Result<Option<Vec<ForgeApproval>>> {
    let Some(path) = path else { return Ok(None) };
    let file = InputFile {
        path,
        most: MAX_APPROVALS_BYTES,
        help: "check the path; without `--approvals`, only the approvals in tickets count",
        size_help: "include only the approvals of this pull request",
    };
    let source = file.read_text(ctx)?;
    ForgeApproval::read_all(source.text()).map(Some).map_err(|error| {
        let message = format!("`{}` is not a valid approvals file: {error}", path.display());
        let help = "expected { \"schema_version\": 1, \"approvals\": [{ \"by\": \"bo\", \"commit\": \"<id>\" }] }";
        Error::usage(message, help)
    })
}

/// The next version if the branch is merged; if it cannot be computed, a note says why.
///
/// A repository with packages has no version of its own.
fn next_version(
    repository: &Repository,
    history: &GitHistory<'_>,
    result: &GateResult,
    ctx: &Context,
) -> Result<Option<NextVersion>> {
    if !result.config.packages.is_empty() {
        return Ok(None);
    }
    let view = HistoryView::new(history, result.branch.head);
    let evidence = CommitEvidence::of_commit(repository, &result.config, result.branch.head);
    let query = VersionQuery::new(&result.config, None).with_evidence(&evidence);
    match query.propose(&view, &NextOptions::default()) {
        Ok(versions) => {
            let head = format!("commit {}", result.branch.head.short());
            hint_at_missing_tags(&versions, &head, repository, ctx);
            Ok(versions.units.into_iter().next().map(|unit| unit.next))
        }
        Err(error) => {
            ctx.hint(&format!("cannot compute the next version: {error}"));
            Ok(None)
        }
    }
}

/// Adds annotations to the log, and the summary and the outputs to the files that the runner names.
fn write_github_outputs(judgement: &Judgement, checked: &Checked, ctx: &mut Context) -> Result<()> {
    let text = std::mem::take(&mut ctx.out);
    ctx.out = format::stop_commands(&text, &token())
        + &Format::Github.render(checked, ctx.render_options);
    append_to_env_file(
        "GITHUB_STEP_SUMMARY",
        &format::gate_summary(judgement, checked),
    )?;
    append_to_env_file("GITHUB_OUTPUT", &format::gate_outputs(judgement, checked))
}

/// A word that cannot be guessed.
fn token() -> String {
    let random = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", random(), random())
}

/// Appends to the file that a variable names, if it is set.
fn append_to_env_file(name: &str, text: &str) -> Result<()> {
    let Some(path) = variable(name) else {
        return Ok(());
    };
    files::append_to_file(Path::new(&path), text).map_err(|error| {
        Error::file(
            format!("`{path}` cannot be written"),
            format!("`{name}` is set to this file"),
        )
        .with_source(error)
    })
}

/// The event of the CI job that the command runs in; `None` outside a job.
///
/// # Errors
///
/// Fails as [`CiEvent::read`] does.
pub(super) fn event_of_job() -> Result<Option<CiEvent>> {
    CiEvent::read(variable, read_event)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the command line is where the environment is read"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn read_event(path: &str) -> Result<String> {
    files::read_file(Path::new(path), MAX_EVENT_BYTES).map_err(|error| {
        Error::file(
            format!("`{path}` cannot be read"),
            "GITHUB_EVENT_PATH is set to this file",
        )
        .with_source(error)
    })
}

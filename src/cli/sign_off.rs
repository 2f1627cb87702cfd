//! `tollgate release --sign-off`: adds a sign-off to the file of the coming release.

use crate::app::release::sign_off::{Evaluation, SignOffSubject};
use crate::app::release::tickets::CommitContext;
use crate::app::release::{ReleaseOptions, releases_to_sign_off};
use crate::approval::QuorumShortfall;
use crate::cli::ExitStatus;
use crate::cli::args::parse_text;
use crate::cli::context::Context;
use crate::cli::ticket::approve::{is_repeated, sign, unwritable};
use crate::commit::Author;
use crate::error::{Error, Result};
use crate::format::counted;
use crate::release_file::ParsedReleaseFile;
use crate::rules::{RuleSelection, Settings};
use crate::source::{Source, sanitise_line, shorten};
use crate::ticket::{Decision, NewApproval, with_approval};
use crate::workspace::Workspace;

/// How a release is signed off.
#[derive(Debug, clap::Args)]
pub(super) struct SignOffArgs {
    /// Sign off on the release in its release file.
    #[arg(long, conflicts_with_all = ["execute", "dry_run", "push", "abort", "emergency", "pre", "format", "json"])]
    pub(super) sign_off: bool,
    /// Role to sign off as.
    #[arg(long, requires = "sign_off", value_parser = parse_text)]
    role: Option<String>,
    /// Your email address [default: Git's `user.email`].
    #[arg(long, requires = "sign_off", value_name = "EMAIL", value_parser = parse_text)]
    by: Option<String>,
    /// Sign the sign-off with your SSH key.
    #[arg(long, requires = "sign_off")]
    sign: bool,
}

pub(super) fn run(
    args: &SignOffArgs,
    options: &ReleaseOptions,
    ctx: &mut Context,
) -> Result<ExitStatus> {
    let repository = ctx.repository()?;
    let workspace = ctx.workspace()?;
    releases_to_sign_off(&repository, options, |context, subjects| {
        if subjects.is_empty() {
            return Err(Error::usage(
                "there is no release to sign off",
                "a sign-off covers the commits of the next stable release; run `tollgate next` to see it",
            ));
        }
        for subject in &subjects {
            let signing = Signing {
                args,
                context,
                subject,
                workspace: &workspace,
            };
            signing.run(ctx)?;
        }
        Ok(())
    })?;
    Ok(ExitStatus::Success)
}

/// The sign-off of one release.
struct Signing<'a> {
    args: &'a SignOffArgs,
    context: CommitContext<'a>,
    subject: &'a SignOffSubject,
    workspace: &'a Workspace,
}

impl Signing<'_> {
    fn run(&self, ctx: &mut Context) -> Result<()> {
        let Self {
            args,
            context,
            subject,
            workspace,
        } = self;
        let path = &subject.path;
        let name = workspace.display_path(path);
        if !context.config.release_files()?.contains(path) {
            return Err(Error::usage(
                format!("`{path}` matches `tickets`, so it is not a release file"),
                "choose another directory with `release.files`, or narrow `tickets`",
            ));
        }
        let existing = workspace.release_file(path)?;
        let source = existing
            .clone()
            .unwrap_or_else(|| Source::new(path.as_str(), ""));
        let parsed = ParsedReleaseFile::parse_valid(&source, &name)?;
        let mut approval = NewApproval {
            by: match &args.by {
                Some(by) => by.clone(),
                None => context.repository.user_email()?,
            },
            role: args.role.clone(),
            decision: Decision::Approve,
            at: ctx.now,
            reason: None,
            signature: None,
        }
        .at_whole_second();
        let digest = subject.contents.digest();
        let known = &parsed.file.approvals;
        if is_repeated(known, &digest, &approval, args.sign, context.config) {
            ctx.hint(&format!(
                "`{}` already signed off this release in `{name}`; nothing was written",
                approval.by
            ));
            return Ok(());
        }
        if args.sign {
            let signed_name = subject.contents.signed_name();
            approval.signature = Some(sign(context.repository, &approval, &signed_name, &digest)?);
        }
        let text =
            with_approval(&parsed.document, &approval, &digest).ok_or_else(|| unwritable(&name))?;
        match &existing {
            Some(source) => workspace.replace_ticket(source, &text)?,
            None => workspace.create_release_file(path, &text)?,
        }
        let signed = if args.sign { ", signed" } else { "" };
        ctx.line(&format!(
            "{}: signed off by {}{signed}",
            sanitise_line(&name),
            sanitise_line(&approval.by)
        ));
        self.hint(&approval, text, &name, ctx)
    }

    /// Says what the sign-off covers, whether it counts, and what comes next.
    fn hint(&self, approval: &NewApproval, text: String, name: &str, ctx: &Context) -> Result<()> {
        let Self {
            context, subject, ..
        } = self;
        let contents = &subject.contents;
        ctx.hint(&format!(
            "the sign-off covers {} and {} at {}; later commits make it stale",
            counted(contents.commits.len(), "commit"),
            counted(contents.tickets.len(), "ticket"),
            context.tip.short()
        ));
        if let Some(quorum) = &context.config.release.sign_off {
            let settings = Settings::new(context.config, &RuleSelection::default(), ctx.now)?;
            let evaluation = Evaluation {
                context: *context,
                subject,
                quorum,
                settings: &settings,
            };
            let user = context.repository.user_email().ok().map(|email| Author {
                name: "".into(),
                email: email.into(),
            });
            let source = Source::new(subject.path.as_str(), text);
            let result = evaluation.evaluate(source, user.as_ref())?.result;
            let new = result.entries.last();
            if let Some(why) = new.and_then(|entry| entry.effect.reason()) {
                ctx.hint(&format!(
                    "warning: this sign-off does not count because {why}"
                ));
            } else if let Some(role) = &approval.role
                && new.is_some_and(|entry| entry.role.is_none())
            {
                ctx.hint(&format!(
                    "warning: `{}` does not have the role `{}` in `[people]`",
                    shorten(&approval.by),
                    shorten(role)
                ));
            }
            ctx.hint(&match &result.shortfall {
                None => "the release has enough sign-offs".to_owned(),
                Some(shortfall) => QuorumShortfall::describe(shortfall),
            });
        }
        ctx.hint(&format!("next: commit `{name}`"));
        Ok(())
    }
}

//! `tollgate ticket approve`: writes an approval into a ticket.

use super::{approval_outlook, author, check_ticket, find, other_tickets, require_valid, write};
use crate::cli::ExitStatus;
use crate::cli::args::parse_text;
use crate::cli::context::Context;
use crate::config::Config;
use crate::document::Document;
use crate::error::{Error, Result};
use crate::finding::{Finding, Severity};
use crate::format::counted;
use crate::git::Repository;
use crate::rules::{RuleSelection, Settings};
use crate::signature::{ApprovalText, NAMESPACE};
use crate::source::{Source, sanitise_line, shell_command};
use crate::ticket::{self, Approval, Decision, FIELDS, NewApproval, ParsedTicket, State};
use crate::workspace::Workspace;

/// Approve or reject the current plan of a ticket.
///
/// The approval records a digest of the plan and is valid until the plan changes. Sign it with your
/// SSH key to prove who approved; without a signature, it is only as trustworthy as the commit that
/// adds it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tollgate ticket approve pool --sign\n  \
                        tollgate ticket approve pool --role dba\n  \
                        tollgate ticket approve pool --reject --reason 'no rollback'\n\n\
                        `--sign` runs `ssh-keygen` with the key in `user.signingKey`; set `gpg.format` to `ssh`.")]
pub(super) struct Args {
    /// Ticket ID or a unique part of it (3 or more characters), file name, or path.
    ticket: String,
    /// Reject the plan instead; requires `--reason`.
    #[arg(long)]
    reject: bool,
    /// Role that you approve as.
    #[arg(long, value_parser = parse_text)]
    role: Option<String>,
    /// Reason for the decision.
    #[arg(long, value_name = "TEXT", value_parser = parse_text)]
    reason: Option<String>,
    /// Your email address [default: Git's `user.email`].
    #[arg(long, value_name = "EMAIL", value_parser = parse_text)]
    by: Option<String>,
    /// Sign the approval with your SSH key.
    #[arg(long)]
    sign: bool,
    /// Show what would change, without writing.
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    if args.reject && args.reason.is_none() {
        return Err(Error::usage(
            "a rejection needs a reason",
            "add `--reason 'what has to change'`",
        ));
    }
    let workspace = ctx.workspace()?;
    let source = find(&args.ticket, &workspace, ctx)?;
    let parsed = require_valid(&source, &workspace)?;
    let name = workspace.display_path(source.name());
    let approval = NewApproval {
        by: author(args.by.as_ref(), ctx)?,
        role: args.role.clone(),
        decision: if args.reject {
            Decision::Reject
        } else {
            Decision::Approve
        },
        at: ctx.now,
        reason: args.reason.clone(),
        signature: None,
    };
    let mut approval = approval.at_whole_second();
    let digest = ticket::digest(&parsed.document);
    let done = if args.reject { "rejected" } else { "approved" };
    if is_repeated(
        &parsed.ticket.approvals,
        &digest,
        &approval,
        args.sign,
        workspace.config(),
    ) {
        let decided = format!("`{}` already {done} this plan of `{name}`", approval.by);
        let other = "pass `--role` or `--sign` to add a role or a signature";
        return Err(Error::refused(decided, other));
    }
    if args.sign {
        approval.signature = Some(sign(&ctx.repository()?, &approval, parsed.id(), &digest)?);
    }
    let text = ticket::with_approval(&parsed.document, &approval, &digest)
        .ok_or_else(|| unwritable(&name))?;
    let updated = Source::new(source.name(), text);
    if !write(&source, &updated, args.dry_run, &workspace, ctx)? {
        return Ok(ExitStatus::Success);
    }
    let signed = if args.sign { ", signed" } else { "" };
    ctx.line(&format!(
        "{}: {done} by {}{signed}",
        sanitise_line(&name),
        sanitise_line(&approval.by)
    ));
    if !args.reject {
        hint_next_step(&args.ticket, &updated, parsed.ticket.state, &workspace, ctx)?;
    }
    Ok(ExitStatus::Success)
}

/// Whether another decision would add nothing to what the same person decided about the same plan:
/// neither another decision nor a role nor a signature.
pub(in crate::cli) fn is_repeated(
    approvals: &[Approval],
    digest: &str,
    new: &NewApproval,
    sign: bool,
    config: &Config,
) -> bool {
    let is_by_same_person = |known: &&Approval| {
        known
            .digest
            .as_ref()
            .is_some_and(|known| known.text == digest)
            && known
                .by
                .as_ref()
                .is_some_and(|by| config.is_same_person(&by.text, &new.by))
    };
    let has_role = |known: &Approval| {
        let role = known.role.as_ref().map(|role| role.text.to_lowercase());
        new.role.is_none() || role == new.role.as_ref().map(|role| role.to_lowercase())
    };
    // Several approvals of one person count together, until the person rejects the plan.
    approvals
        .iter()
        .rev()
        .filter(is_by_same_person)
        .take_while(|known| known.decision == Some(new.decision))
        .any(|known| has_role(known) && (known.signature.is_some() || !sign))
}

/// The errors that `check` reports for a ticket.
#[derive(Debug, Clone, Copy)]
struct CheckErrors {
    count: usize,
    /// How many of them are in the plan, so that approvals become stale when they are fixed.
    in_plan: usize,
}

impl CheckErrors {
    fn of(ticket: &Source, workspace: &Workspace, ctx: &Context) -> Result<Self> {
        let settings = Settings::new(workspace.config(), &RuleSelection::default(), ctx.now)?;
        let others = other_tickets(ticket, workspace)?;
        let checked = check_ticket(ticket, &others, workspace, &settings)?;
        let parsed = ParsedTicket::parse(ticket).ok();
        let is_in_plan = |finding: &&Finding| {
            let parsed = parsed.as_ref();
            parsed.is_none_or(|parsed| concerns_plan(finding, &parsed.document))
        };
        let errors = checked.findings.iter();
        let errors = errors.filter(|finding| finding.severity == Severity::Error);
        Ok(Self {
            count: errors.clone().count(),
            in_plan: errors.filter(is_in_plan).count(),
        })
    }

    /// How many errors there are, and whether fixing them makes the approval stale.
    fn describe(self) -> Option<String> {
        let Self { count, in_plan } = self;
        let errors = counted(count, "error");
        let stale = "will change the plan and make this approval stale";
        match (count, in_plan) {
            (0, _) => None,
            (_, 0) => Some(format!("`check` reports {errors}")),
            (1, _) => Some(format!("`check` reports {errors}; fixing it {stale}")),
            _ if in_plan == count => Some(format!("`check` reports {errors}; fixing them {stale}")),
            _ => Some(format!(
                "`check` reports {errors}; fixing the {in_plan} in the plan {stale}"
            )),
        }
    }

    /// What to do about the errors before the next step.
    fn repair(self, path: &str) -> Option<String> {
        let check = shell_command!("tollgate check {path}", path);
        let again = if self.in_plan > 0 {
            ", approve the plan again"
        } else {
            ""
        };
        (self.count > 0).then(|| format!("fix the errors that `{check}` reports{again}"))
    }
}

/// Whether fixing a finding changes the plan of the ticket.
fn concerns_plan(finding: &Finding, document: &Document) -> bool {
    let named = finding.anchor.split(['.', '[']).next().unwrap_or_default();
    let key = if FIELDS.iter().any(|field| field.name == named) {
        Some(named)
    } else {
        document.root().key_at(finding.label.span.start)
    };
    key.is_none_or(ticket::is_plan)
}

/// Describes the effect of a new approval, what is still required, and which command follows.
fn hint_next_step(
    named: &str,
    ticket: &Source,
    state: State,
    workspace: &Workspace,
    ctx: &Context,
) -> Result<()> {
    let errors = CheckErrors::of(ticket, workspace, ctx)?;
    if let Some(warning) = errors.describe() {
        ctx.hint(&format!("warning: {warning}"));
    }
    let outlook = approval_outlook(workspace, ticket, ctx);
    let is_approved = outlook
        .as_ref()
        .is_none_or(|outlook| outlook.judgement.is_approved());
    let mut counts = true;
    if let Some(outlook) = &outlook {
        let new_entry = outlook
            .judgement
            .entries
            .iter()
            .rfind(|entry| entry.index.is_some());
        if let Some(why) = new_entry.and_then(|entry| entry.effect.reason()) {
            counts = false;
            ctx.hint(&format!(
                "warning: this approval does not count because {why}"
            ));
        }
        ctx.hint(&outlook.describe());
    }
    let path = workspace.display_path(ticket.name());
    let command = |state: &str| {
        let command = shell_command!("tollgate ticket move {named} {state}", named, state);
        match errors.repair(&path) {
            Some(repair) => format!("{repair}, then run `{command}`"),
            None => format!("`{command}`"),
        }
    };
    let commit = match errors.repair(&path) {
        Some(repair) => format!("next: {repair}, then commit the ticket"),
        None => "next: commit the ticket".to_owned(),
    };
    if is_approved && !counts && state > State::Reviewed {
        return Ok(());
    }
    let awaiting = outlook.filter(|_| matches!(state, State::Proposed | State::Reviewed));
    if let Some(outlook) = awaiting {
        let judgement = &outlook.judgement;
        ctx.hint(&match judgement.describe_missing_fields() {
            _ if judgement.state().is_approved() => format!("the ticket is approved; {commit}"),
            Some(requires) => format!(
                "the ticket also {requires}; these fields change the plan, so add them and approve it again"
            ),
            None => commit,
        });
        return Ok(());
    }
    ctx.hint(&match state {
        State::Draft => format!("the ticket is still a draft; next: {}", command("proposed")),
        State::Proposed => format!("the ticket is still `proposed`; next: {}", command("reviewed")),
        State::Reviewed if is_approved => format!("next: {}", command("approved")),
        State::Reviewed => format!("the ticket is reviewed; once enough people approve: {}", command("approved")),
        _ if is_approved => commit,
        state => {
            let state = state.as_str();
            format!("the state is already `{state}`, but the ticket does not have enough approvals; {commit}")
        }
    });
    Ok(())
}

/// Signs an approval of the contents with this digest.
pub(in crate::cli) fn sign(
    repository: &Repository,
    approval: &NewApproval,
    id: &str,
    digest: &str,
) -> Result<String> {
    let text = ApprovalText {
        ticket: id,
        digest,
        decision: approval.decision,
        by: &approval.by,
        role: approval.role.as_deref(),
        at: approval.at,
        reason: approval.reason.as_deref(),
    };
    let text = text.to_text().map_err(|refusal| {
        Error::usage(
            format!("cannot sign the approval: {refusal}"),
            "write it on one line",
        )
    })?;
    repository.sign_by_ssh(NAMESPACE, &text)
}

/// The error that an approval cannot be added to a file.
pub(in crate::cli) fn unwritable(name: &str) -> Error {
    Error::refused(
        format!("cannot add an approval to `{name}` without other changes"),
        "write each approval as an `[[approvals]]` table",
    )
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::rules::lint_tickets;
    use crate::ticket::Decision::{Approve, Reject};

    fn decision(decision: Decision, more: &str) -> String {
        let decision = decision.as_str();
        format!(
            "[[approvals]]\nby = \"bo@example.com\"\ndecision = \"{decision}\"\n\
             digest = \"sha256:aa\"\n{more}\n"
        )
    }

    /// A new decision of the same person.
    fn new(decision: Decision, role: Option<&str>) -> NewApproval {
        NewApproval {
            by: "Bo@example.com".into(),
            role: role.map(str::to_owned),
            decision,
            at: Timestamp::UNIX_EPOCH,
            reason: None,
            signature: None,
        }
    }

    fn is_repeated_after(known: &[String], new: &NewApproval, sign: bool) -> bool {
        let source = Source::new("changes/a.toml", known.concat());
        let ticket = ParsedTicket::parse(&source).unwrap().ticket;
        is_repeated(
            &ticket.approvals,
            "sha256:aa",
            new,
            sign,
            &Config::default(),
        )
    }

    #[test]
    fn approval_in_a_known_role_or_none_is_repeated() {
        let (plain, dba) = (decision(Approve, ""), decision(Approve, "role = \"dba\""));
        for known in [[plain.clone(), dba.clone()], [dba, plain]] {
            for role in [None, Some("dba"), Some("DBA")] {
                let new = new(Approve, role);
                assert!(is_repeated_after(&known, &new, false), "{known:?} {role:?}");
            }
        }
    }

    #[test]
    fn new_role_or_signature_is_not_repeated() {
        let known = [decision(Approve, "role = \"dba\"")];
        assert!(!is_repeated_after(
            &known,
            &new(Approve, Some("sre")),
            false
        ));
        assert!(!is_repeated_after(&known, &new(Approve, Some("dba")), true));
    }

    #[test]
    fn approval_after_a_rejection_is_not_repeated() {
        let known = [decision(Approve, ""), decision(Reject, "")];
        assert!(!is_repeated_after(&known, &new(Approve, None), false));
        assert!(is_repeated_after(&known, &new(Reject, None), false));
    }

    /// For each error of a ticket whether fixing it changes the plan.
    fn concerned(text: &str) -> Vec<bool> {
        let source = Source::new("changes/a.toml", text);
        let now = "2026-11-20T12:00:00Z".parse().unwrap();
        let settings = Settings::new(&Config::default(), &RuleSelection::default(), now).unwrap();
        let document = ParsedTicket::parse(&source).unwrap().document;
        let checked = lint_tickets(&[source], &[], &settings);
        let errors = checked.findings.iter();
        errors
            .filter(|finding| finding.severity == Severity::Error)
            .map(|finding| concerns_plan(finding, &document))
            .collect()
    }

    #[test]
    fn error_outside_the_plan_keeps_the_approval() {
        let approval = "[[approvals]]\nby = \"a@b.c\"\nrole = 3\ndecision = \"approve\"\n\
                        at = 2026-11-20T12:00:00Z\ndigest = \"sha256:0\"\n";
        let valid = include_str!("../../../examples/tickets/hotfix-double-charge.toml");
        let found = concerned(&format!("{valid}\n{approval}"));
        assert!(!found.is_empty() && !found.contains(&true), "{found:?}");
        assert!(concerned("titel = \"x\"\n").contains(&true));
    }

    #[test]
    fn next_step_after_errors_is_to_fix_them() {
        let repair = |count, in_plan| CheckErrors { count, in_plan }.repair("changes/a b.toml");
        let fix = "fix the errors that `tollgate check 'changes/a b.toml'` reports";
        assert_eq!(repair(0, 0), None);
        assert_eq!(repair(1, 0).as_deref(), Some(fix));
        assert_eq!(repair(1, 1), Some(format!("{fix}, approve the plan again")));
    }

    #[test]
    fn only_errors_in_the_plan_make_the_approval_stale() {
        let described = |count, in_plan| CheckErrors { count, in_plan }.describe();
        assert_eq!(described(0, 0), None);
        assert_eq!(described(2, 0).unwrap(), "`check` reports 2 errors");
        let stale = "will change the plan and make this approval stale";
        assert_eq!(
            described(3, 1).unwrap(),
            format!("`check` reports 3 errors; fixing the 1 in the plan {stale}")
        );
    }
}

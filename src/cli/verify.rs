//! `tollgate verify`: recomputes a release and reports where it differs.

use std::path::PathBuf;

use crate::app::verify::{Gnupg, SignatureOptions, UnsignedTags, VerifyOptions, verify_release};
use crate::cli::ExitStatus;
use crate::cli::context::Context;
use crate::cli::document_format::{DocumentFormat, TextOrJson};
use crate::error::Result;
use crate::format;

/// Check that a release matches the commits it was made from.
///
/// The version, changelog, version files, tickets, and the messages of the release commit and the
/// tag are recomputed from the commit that the release was made from, with that commit's
/// configuration. The signatures of the tag and the release commit are checked too. No program is
/// run unless you pass --run-gpg, and nothing is written. The exit code is 1 if something differs or
/// a required check could not be performed.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tollgate verify                              the highest version tag\n  \
                        tollgate verify v1.3.0 --require-approvals\n  \
                        tollgate verify v1.3.0 --require-signature --allowed-signers signers\n  \
                        tollgate verify v1.3.0 --run-gpg --json"
)]
pub(super) struct Args {
    /// Tag or version [default: the highest version tag reachable from HEAD; required with packages].
    #[arg(value_name = "TAG")]
    tag: Option<String>,
    /// Allowed-signers file [default: Git's `gpg.ssh.allowedSignersFile`].
    #[arg(long, value_name = "FILE")]
    allowed_signers: Option<PathBuf>,
    /// Run `gpg` or `gpgsm` to check OpenPGP and X.509 signatures.
    #[arg(long)]
    run_gpg: bool,
    /// Report an unsigned tag as a mismatch.
    #[arg(long)]
    require_signature: bool,
    /// Exit with code 1 unless every ticket is known to be approved.
    #[arg(long)]
    require_approvals: bool,
    #[command(flatten)]
    format: DocumentFormat,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<ExitStatus> {
    let repository = ctx.repository()?;
    let signatures = SignatureOptions {
        allowed_signers: args.allowed_signers.clone(),
        gnupg: if args.run_gpg {
            Gnupg::Allowed
        } else {
            Gnupg::Forbidden
        },
        unsigned: if args.require_signature {
            UnsignedTags::Refused
        } else {
            UnsignedTags::Accepted
        },
    };
    let options = VerifyOptions {
        directory: ctx.directory.clone(),
        config: ctx.config.clone(),
        tag: args.tag.clone(),
        signatures,
        now: ctx.now,
    };
    let verification = verify_release(&repository, &options)?;
    ctx.text(match args.format.get() {
        TextOrJson::Text => format::verification_text(&verification, ctx.render_options),
        TextOrJson::Json => format::verification_json(&verification),
    });
    let is_approved = verification.is_approved() || !args.require_approvals;
    Ok(if verification.passed() && is_approved {
        ExitStatus::Success
    } else {
        ExitStatus::Failure
    })
}

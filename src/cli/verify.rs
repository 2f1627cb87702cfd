//! `tollgate verify`: derives an old release again, and says where it differs.

use std::path::PathBuf;

use crate::cli::Answer;
use crate::cli::context::Context;
use crate::cli::next::TextOrJson;
use crate::error::Result;
use crate::format;
use crate::workspace::{Gnupg, SignatureOptions, Unsigned, VerifyOptions, verify_release};

/// Say whether a release is what its commits give.
///
/// It is derived again from the commit that it was made of, by the configuration of that commit: version, changelog,
/// version files, tickets, messages; and its signature is checked. Nothing is executed unless --run-gpg allows it, and
/// nothing is written. The exit code is 1 where something differs, and where something that decides could not be checked.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tollgate verify                  the greatest version tag that HEAD descends from\n  \
                        tollgate verify v1.3.0\n  \
                        tollgate verify v1.3.0 --require-signature --allowed-signers .tollgate/allowed_signers\n  \
                        tollgate verify v1.3.0 --require-approvals\n  \
                        tollgate verify v1.3.0 --run-gpg --format json"
)]
pub(super) struct Args {
    /// A tag, or its version; without it the greatest that HEAD descends from.
    #[arg(value_name = "TAG")]
    tag: Option<String>,
    /// The file that says whose SSH keys are whose; without it the one of git's `gpg.ssh.allowedSignersFile`.
    #[arg(long, value_name = "FILE")]
    allowed_signers: Option<PathBuf>,
    /// Let `gpg` or `gpgsm` check signatures that only they can check.
    #[arg(long)]
    run_gpg: bool,
    /// Take a tag without a signature for one that differs.
    #[arg(long)]
    require_signature: bool,
    /// Exit with code 1 unless every ticket is known to be approved: neither bypassed nor unknown.
    #[arg(long)]
    require_approvals: bool,
    /// Write it for people or for programs.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: TextOrJson,
}

pub(super) fn run(args: &Args, ctx: &mut Context) -> Result<Answer> {
    let repository = ctx.repository()?;
    let signatures = SignatureOptions {
        allowed_signers: args.allowed_signers.clone(),
        gnupg: if args.run_gpg { Gnupg::Allowed } else { Gnupg::Forbidden },
        unsigned: if args.require_signature { Unsigned::Refused } else { Unsigned::Accepted },
    };
    let options = VerifyOptions {
        directory: ctx.directory.clone(),
        config: ctx.config.clone(),
        tag: args.tag.clone(),
        signatures,
        now: ctx.now,
    };
    let verification = verify_release(&repository, &options)?;
    ctx.text(match args.format {
        TextOrJson::Text => format::verification_text(&verification),
        TextOrJson::Json => format::verification_json(&verification),
    });
    let is_approved = verification.is_approved() || !args.require_approvals;
    Ok(if verification.holds() && is_approved { Answer::Yes } else { Answer::No })
}

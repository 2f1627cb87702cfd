//! How to get an approval whose evidence is sufficient.

use crate::config::Evidence;
use crate::source::shell_command;

/// The command that approves a ticket with this evidence.
///
/// A signature is stronger than the word of the forge, so it is also sufficient for that.
#[must_use]
pub(crate) fn approve_command(evidence: Evidence, id: &str) -> String {
    if evidence >= Evidence::Forge {
        shell_command!("tollgate ticket approve --sign {id}", id)
    } else {
        shell_command!("tollgate ticket approve {id}", id)
    }
}

/// The same in a role.
#[must_use]
pub(crate) fn approve_command_in_role(evidence: Evidence, role: &str, id: &str) -> String {
    if evidence >= Evidence::Forge {
        shell_command!(
            "tollgate ticket approve --sign --role {role} {id}",
            role,
            id
        )
    } else {
        shell_command!("tollgate ticket approve --role {role} {id}", role, id)
    }
}

/// What to ask of a person so that their approval has this evidence.
#[must_use]
pub(crate) fn request_approval(who: &str, evidence: Evidence, id: &str) -> String {
    let approve = approve_command(evidence, id);
    match evidence {
        Evidence::Claimed => format!("ask {who} to run `{approve}`"),
        Evidence::Attributed => {
            format!("ask {who} to run `{approve}` and commit the file themselves")
        }
        Evidence::Forge => format!("ask {who} to approve on the forge, or to run `{approve}`"),
        Evidence::Signed => {
            format!("ask {who} to run `{approve}` with a key in `allowed_signers`")
        }
    }
}

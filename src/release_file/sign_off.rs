//! What the sign-off of a release covers: its commits, and the plans of its tickets.

use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::commit::Id;

/// The first line of the text that is hashed.
const VERSION: &str = "tollgate-release-v1";

/// What is signed off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SignOffContents {
    /// The package that is released; `None`: the repository.
    pub(crate) package: Option<String>,
    /// The commits, in any order.
    pub(crate) commits: Vec<Id>,
    /// The tickets, in any order.
    pub(crate) tickets: Vec<SignedOffTicket>,
}

/// A ticket that is signed off.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SignedOffTicket {
    /// Its ID.
    pub(crate) id: String,
    /// The digest of its plan; `None`: the commit has no such ticket.
    pub(crate) digest: Option<String>,
}

impl SignOffContents {
    /// The digest that an approval of the release records.
    #[must_use]
    pub(crate) fn digest(&self) -> String {
        let mut commits: Vec<String> = self.commits.iter().map(Id::to_string).collect();
        commits.sort_unstable();
        let mut tickets = self.tickets.clone();
        tickets.sort();
        let tickets: Vec<_> = tickets
            .iter()
            .map(|ticket| json!([ticket.id, ticket.digest]))
            .collect();
        // An array has one order, unlike a table.
        let contents = json!([self.package, commits, tickets]);
        let hash = Sha256::digest(format!("{VERSION}\n{contents}"));
        let digits: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("sha256:{digits}")
    }

    /// The name that a signature has in the place of a ticket's ID.
    #[must_use]
    pub(crate) fn signed_name(&self) -> String {
        match &self.package {
            None => "release".to_owned(),
            Some(package) => format!("release of {package}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents() -> SignOffContents {
        let ticket = |id: &str, digest: Option<&str>| SignedOffTicket {
            id: id.into(),
            digest: digest.map(str::to_owned),
        };
        SignOffContents {
            package: None,
            commits: vec![Id::new([1; 20]), Id::new([2; 20])],
            tickets: vec![ticket("CHG-1", Some("sha256:aa")), ticket("CHG-2", None)],
        }
    }

    #[test]
    fn order_does_not_matter() {
        let mut other = contents();
        other.commits.reverse();
        other.tickets.reverse();
        assert_eq!(other.digest(), contents().digest());
    }

    #[test]
    fn digest_is_stable() {
        assert_eq!(
            contents().digest(),
            "sha256:b92a9f37f044b3aca466b3525bae53765f4cc2c9a7fdd1b8d995ddcb27961f04"
        );
    }

    #[test]
    fn every_part_changes_the_digest() {
        let digest = contents().digest();
        let mut package = contents();
        package.package = Some("cart".into());
        let mut commit = contents();
        commit.commits.pop();
        let mut ticket = contents();
        ticket.tickets.pop();
        let mut plan = contents();
        plan.tickets[0].digest = Some("sha256:bb".into());
        for other in [package, commit, ticket, plan] {
            assert_ne!(other.digest(), digest, "{other:?}");
        }
    }
}

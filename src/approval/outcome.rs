//! What became of a ticket's approvals, as a person is told.

use super::judge::{Entry, Judgement, Verdict};
use crate::ticket::{RiskLevel, State};

/// A ticket with what became of its approvals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketApprovals {
    /// The id of the ticket.
    pub id: String,
    /// Its file.
    pub path: String,
    /// Where it stands.
    pub state: State,
    /// Its risk.
    pub risk: RiskLevel,
    /// What became of its approvals.
    pub judgement: Judgement,
}

impl TicketApprovals {
    /// Says whether it is approved, and of each approval by whom, in which role, and how well that is proven.
    #[must_use]
    pub fn told(&self) -> String {
        let verdict = if self.judgement.is_approved() { "is approved" } else { "is not approved" };
        let mut told = format!("{} {verdict}, at {} risk", self.id, self.risk.as_str());
        let entries: Vec<String> = self.judgement.entries.iter().map(Entry::told).collect();
        if !entries.is_empty() {
            told.push_str(": ");
            told.push_str(&entries.join("; "));
        }
        told
    }
}

impl Entry {
    fn told(&self) -> String {
        let mut told = if self.by.is_empty() { "somebody".to_owned() } else { self.by.clone() };
        if let Some(role) = &self.role {
            told.push_str(" as ");
            told.push_str(role);
        }
        let key = self.key.as_ref().map(|key| format!(" by {}", key.fingerprint())).unwrap_or_default();
        told.push_str(&format!(" ({}{key})", self.evidence.as_str()));
        match self.verdict.why_not() {
            Some(why) => format!("{told}, which does not count: {why}"),
            None if self.verdict == Verdict::Rejects => format!("{told} rejects it"),
            None => told,
        }
    }
}

impl Verdict {
    /// Why an approval does not count; `None`: it does, for it or against it.
    fn why_not(&self) -> Option<String> {
        Some(match self {
            Self::Approves | Self::Rejects => return None,
            Self::Superseded => "the same person decided otherwise later".to_owned(),
            Self::Incomplete(key) => format!("it has no `{key}`"),
            Self::Stale => "the plan was another".to_owned(),
            Self::InFuture(at) => format!("it is dated {at}, later than now"),
            Self::BadSignature(_) => "its signature does not hold".to_owned(),
            Self::Bot => "it is by a program".to_owned(),
            Self::Unknown => "nobody in `[people]` bears that name".to_owned(),
            Self::SelfApproval(part) => format!("it is by {}", part.as_str()),
            Self::TooWeak(needed) => format!("it has to be {}", needed.as_str()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, key, signed_entry, signer, typed};
    use super::*;

    fn told(case: &Case) -> String {
        let judgement = case.judge();
        let (id, path) = ("pool-40".to_owned(), "changes/pool-40.toml".to_owned());
        TicketApprovals { id, path, state: State::Approved, risk: case.risk, judgement }.told()
    }

    #[test]
    fn each_approval_is_told_with_its_evidence() {
        let mut case = Case::new(&[]);
        assert_eq!(told(&case), "pool-40 is not approved, at low risk");
        case.signers = vec![signer("bo@example.com", &key(1))];
        case.approve(|digest| vec![signed_entry("bo@example.com", digest, &key(1)), typed("renovate[bot]", "")]);
        let told = told(&case);
        assert!(told.starts_with("pool-40 is approved, at low risk: bo@example.com (signed by SHA256:"), "{told}");
        assert!(told.ends_with("; renovate[bot] (claimed), which does not count: it is by a program"), "{told}");
    }
}

//! How many people have to approve what, in which roles, and how well that has to be proven.

use super::evidence::Evidence;
use crate::ticket::RiskLevel;

/// What approvals a base asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalPolicy {
    /// At low risk.
    pub low: Quorum,
    /// At medium risk.
    pub medium: Quorum,
    /// At high risk.
    pub high: Quorum,
    /// At critical risk.
    pub critical: Quorum,
    /// Names and addresses of programs, besides the well-known ones.
    pub bots: Vec<String>,
}

/// What approvals a risk asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quorum {
    /// How many people.
    pub people: usize,
    /// In which roles some of them approve.
    pub roles: Roles,
    /// How well each approval is proven.
    pub evidence: Evidence,
}

/// In which roles people approve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Roles {
    /// In any, or in none.
    Whatever,
    /// One of them in some role.
    One,
    /// In each of these roles one of them.
    Each(Vec<String>),
}

/// What is lacking of a quorum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lacking {
    /// How many people approved, and how many have to.
    pub people: Option<(usize, usize)>,
    /// The roles in which nobody approved.
    pub roles: Vec<String>,
    /// Whether nobody approved in any role, and somebody has to.
    pub any_role: bool,
}

impl ApprovalPolicy {
    /// What a risk asks for.
    #[must_use]
    pub const fn quorum(&self, risk: RiskLevel) -> &Quorum {
        match risk {
            RiskLevel::Low => &self.low,
            RiskLevel::Medium => &self.medium,
            RiskLevel::High => &self.high,
            RiskLevel::Critical => &self.critical,
        }
    }
}

impl Quorum {
    /// This many people, in whatever roles, by whatever evidence.
    #[must_use]
    pub const fn of(people: usize) -> Self {
        Self { people, roles: Roles::Whatever, evidence: Evidence::Claimed }
    }

    /// What is lacking where so many people approved in these roles.
    #[must_use]
    pub fn lacking(&self, people: usize, roles: &[&str]) -> Option<Lacking> {
        let is_there = |wanted: &str| roles.iter().any(|role| role.to_lowercase() == wanted.to_lowercase());
        let lacking = Lacking {
            people: (people < self.people).then_some((people, self.people)),
            roles: match &self.roles {
                Roles::Each(wanted) => wanted.iter().filter(|role| !is_there(role)).cloned().collect(),
                Roles::Whatever | Roles::One => Vec::new(),
            },
            any_role: self.roles == Roles::One && roles.is_empty(),
        };
        let is_nothing = lacking.people.is_none() && lacking.roles.is_empty() && !lacking.any_role;
        (!is_nothing).then_some(lacking)
    }
}

/// One person at low and medium risk, from high risk on two, one of them in a role.
impl Default for ApprovalPolicy {
    fn default() -> Self {
        let two = Quorum { roles: Roles::One, ..Quorum::of(2) };
        Self { low: Quorum::of(1), medium: Quorum::of(1), high: two.clone(), critical: two, bots: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_default_risk_asks_for_more_people_and_a_role() {
        let policy = ApprovalPolicy::default();
        assert_eq!(policy.quorum(RiskLevel::Low).lacking(1, &[]), None);
        let high = policy.quorum(RiskLevel::High);
        assert_eq!(high.lacking(2, &["dba"]), None);
        assert_eq!(high.lacking(1, &["dba"]).unwrap().people, Some((1, 2)));
        assert!(high.lacking(2, &[]).unwrap().any_role);
    }

    #[test]
    fn each_named_role_has_to_approve() {
        let quorum = Quorum { roles: Roles::Each(vec!["dba".into(), "security".into()]), ..Quorum::of(1) };
        assert_eq!(quorum.lacking(1, &["DBA"]).unwrap().roles, ["security"]);
        assert_eq!(quorum.lacking(1, &["dba", "security"]), None);
    }
}

//! What is missing from a quorum.

use crate::config::{Quorum, Roles};
use crate::source::join_and;

/// What is missing from a quorum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct QuorumShortfall {
    /// How many people approved, and how many are required.
    pub(crate) people: Option<(usize, usize)>,
    /// The roles in which nobody approved.
    pub(crate) roles: Vec<String>,
    /// Whether an approval in any role is required and missing.
    pub(crate) any_role: bool,
}

/// A quorum that cannot be met, because everyone who is missing has a hand in the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnreachableQuorum {
    /// What would still be missing after everyone approved who may.
    pub(crate) shortfall: QuorumShortfall,
    /// Those who could approve if they had no hand in the change, each with their part in it.
    pub(crate) excluded: Vec<String>,
}

impl UnreachableQuorum {
    /// Describes what cannot be met, and who is excluded.
    #[must_use]
    pub(crate) fn describe(&self) -> String {
        const MAX_NAMED: usize = 3;
        let fact = self.shortfall.describe_unreachable();
        let mut named: Vec<String> = self.excluded.iter().take(MAX_NAMED).cloned().collect();
        let more = self.excluded.len() - named.len();
        if more > 0 {
            named.push(format!("{more} more worked on the change"));
        }
        if named.is_empty() {
            fact
        } else {
            format!("{fact}, because {}", join_and(&named))
        }
    }
}

impl QuorumShortfall {
    /// The shortfall if this many people approved, in these roles.
    #[must_use]
    pub(crate) fn of(quorum: &Quorum, people: usize, roles: &[&str]) -> Option<Self> {
        let is_there = |wanted: &str| {
            roles
                .iter()
                .any(|role| role.to_lowercase() == wanted.to_lowercase())
        };
        let lacking = Self {
            people: (people < quorum.people).then_some((people, quorum.people)),
            roles: match &quorum.roles {
                Roles::Each(wanted) => wanted
                    .iter()
                    .filter(|role| !is_there(role))
                    .cloned()
                    .collect(),
                Roles::Any | Roles::One => Vec::new(),
            },
            any_role: quorum.roles == Roles::One && roles.is_empty(),
        };
        let is_nothing = lacking.people.is_none() && lacking.roles.is_empty() && !lacking.any_role;
        (!is_nothing).then_some(lacking)
    }

    /// Describes what is still required.
    #[must_use]
    pub(crate) fn describe(&self) -> String {
        let people = self.people.map(|(have, need)| match need - have {
            1 => "1 more approval".to_owned(),
            more => format!("{more} more approvals"),
        });
        let roles = self
            .roles
            .iter()
            .map(|role| format!("an approval in the role `{role}`"));
        let any = self
            .any_role
            .then(|| "an approval by someone with a role".to_owned());
        let parts: Vec<String> = people.into_iter().chain(roles).chain(any).collect();
        let is_one = parts.len() == 1 && self.people.is_none_or(|(have, need)| need - have == 1);
        let verb = if is_one { "is" } else { "are" };
        format!("{} {verb} required", join_and(&parts))
    }

    /// Describes that nobody is left who could approve, if this would be missing even after
    /// everybody eligible approved.
    #[must_use]
    pub(crate) fn describe_unreachable(&self) -> String {
        let people = self.people.map(|(have, need)| {
            let people = if need == 1 {
                "1 approval is required".to_owned()
            } else {
                format!("{need} approvals are required")
            };
            let left = match have {
                0 => "no one is".to_owned(),
                1 => "only 1 person is".to_owned(),
                have => format!("only {have} people are"),
            };
            format!("{people}, but {left} left who can approve")
        });
        let roles = self
            .roles
            .iter()
            .map(|role| format!("no one is left who can approve in the role `{role}`"));
        let any = self
            .any_role
            .then(|| "no one with a role is left who can approve".to_owned());
        people
            .into_iter()
            .chain(roles)
            .chain(any)
            .collect::<Vec<_>>()
            .join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ApprovalPolicy;
    use crate::ticket::RiskLevel;

    #[test]
    fn higher_risk_requires_more_people_by_default() {
        let policy = ApprovalPolicy::default();
        assert_eq!(
            QuorumShortfall::of(policy.quorum(RiskLevel::Low), 1, &[]),
            None
        );
        let high = policy.quorum(RiskLevel::High);
        assert_eq!(QuorumShortfall::of(high, 2, &["dba"]), None);
        assert_eq!(
            QuorumShortfall::of(high, 1, &["dba"]).unwrap().people,
            Some((1, 2))
        );
        assert!(QuorumShortfall::of(high, 2, &[]).unwrap().any_role);
    }

    #[test]
    fn each_named_role_has_to_approve() {
        let quorum = Quorum {
            roles: Roles::Each(vec!["dba".into(), "security".into()]),
            ..Quorum::of(1)
        };
        assert_eq!(
            QuorumShortfall::of(&quorum, 1, &["DBA"]).unwrap().roles,
            ["security"]
        );
        assert_eq!(QuorumShortfall::of(&quorum, 1, &["dba", "security"]), None);
    }
}

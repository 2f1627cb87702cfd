//! What a configuration does not cover: only what follows from it, from the files of the commit, and
//! from the keys that may sign.

use serde::Serialize;

use super::{LEVELS, PolicyFacts, has_role, people, unmatched};
use crate::approval::QuorumShortfall;
use crate::changelog::escape;
use crate::commit::normalized;
use crate::config::{
    ApprovalPolicy, EmergencyApproval, Evidence, FrozenTime, Person, Quorum, Requirement, Roles,
};
use crate::report::markdown::code;
use crate::signature::AllowedSigners;
use crate::source::{join_and, join_or};
use crate::ticket::RiskLevel;

/// Something that the configuration does not cover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(super) enum Gap {
    /// No change needs a ticket.
    NoTicketRequired,
    /// These globs of a policy match no file of the commit.
    PathsWithoutFiles { policy: String, paths: Vec<String> },
    /// No ticket needs an approval.
    NoApprovalRequired,
    /// At these risks, no ticket needs an approval.
    NoApprovalAt { risks: Vec<&'static str> },
    /// At these risks, an approval that is only written in the ticket counts.
    NoProof { risks: Vec<&'static str> },
    /// These risks require weaker evidence than a lower one.
    WeakerEvidence { risks: Vec<&'static str> },
    /// Approvals have to be signed, but there are no keys, so none counts.
    NoKeys {
        risks: Vec<&'static str>,
        /// The configured file; null if there is none.
        file: Option<String>,
    },
    /// A role is required, and anyone can claim it, because no people are configured.
    ClaimedRoles { roles: Vec<String> },
    /// At these risks, no change can be approved by anyone.
    Unapprovable {
        risks: Vec<&'static str>,
        #[serde(flatten)]
        shortage: Shortage,
    },
    /// At these risks, a change that this person is involved in cannot be approved by anyone.
    OnlyPerson {
        person: String,
        risks: Vec<&'static str>,
        /// The required roles that no one else has.
        roles: Vec<String>,
    },
    /// Anyone can declare an emergency, which is released before it is approved.
    AnyoneDeclaresEmergencies,
    /// No one has any of the roles that can declare an emergency.
    NobodyDeclaresEmergencies { roles: Vec<String> },
    /// There is no freeze.
    NoFreeze,
    /// These freezes are over, and no other is left.
    FreezesOver { freezes: Vec<String> },
    /// Releases can be made from every branch.
    AnyBranch,
    /// No role is required for a release.
    NoReleaseRole,
}

/// What the configured people lack to approve a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Shortage {
    /// The required roles that no one has.
    roles: Vec<String>,
    /// Whether any role is required, and no one has one.
    any_role: bool,
    /// The number of people who can approve, if it is too low.
    available: Option<usize>,
    /// The number of people who must approve.
    required: usize,
}

/// Everything that a configuration does not cover.
pub(super) fn gaps(facts: &PolicyFacts) -> Vec<Gap> {
    let config = &facts.config;
    let requires = |policy: &&crate::config::Policy| {
        policy.is_about_branches() && policy.requires != Requirement::Nothing
    };
    let mut gaps = Vec::new();
    if !config.policies.iter().any(|policy| requires(&policy)) {
        gaps.push(Gap::NoTicketRequired);
    }
    for policy in &config.policies {
        let paths = unmatched(&policy.paths, &facts.files);
        if !paths.is_empty() {
            let policy = policy.name.clone();
            gaps.push(Gap::PathsWithoutFiles { policy, paths });
        }
    }
    match &config.approvals {
        None => gaps.push(Gap::NoApprovalRequired),
        Some(policy) => {
            let approvals = ApprovalGaps { facts, policy };
            gaps.extend(approvals.weak_levels());
            gaps.extend(approvals.people());
            gaps.extend(approvals.emergencies());
        }
    }
    let is_over =
        |time: &FrozenTime| matches!(time, FrozenTime::Once { end, .. } if *end <= facts.clock.now);
    if config.freezes.is_empty() {
        gaps.push(Gap::NoFreeze);
    } else if config.freezes.iter().all(|freeze| is_over(&freeze.time)) {
        let names = config.freezes.iter().map(|freeze| freeze.name.clone());
        gaps.push(Gap::FreezesOver {
            freezes: names.collect(),
        });
    }
    if config.branches.is_empty() {
        gaps.push(Gap::AnyBranch);
    }
    gaps.push(Gap::NoReleaseRole);
    gaps
}

/// What the required approvals do not cover.
struct ApprovalGaps<'a> {
    facts: &'a PolicyFacts,
    policy: &'a ApprovalPolicy,
}

impl ApprovalGaps<'_> {
    /// The levels of risk for which something is true.
    fn risks(&self, is_true: impl Fn(&Quorum) -> bool) -> Vec<&'static str> {
        LEVELS
            .into_iter()
            .filter(|risk| is_true(self.policy.quorum(*risk)))
            .map(RiskLevel::as_str)
            .collect()
    }

    fn weak_levels(&self) -> Vec<Gap> {
        let needs_nobody = |quorum: &Quorum| quorum.people == 0 && quorum.roles == Roles::Any;
        let without = self.risks(needs_nobody);
        let claimed =
            self.risks(|quorum| !needs_nobody(quorum) && quorum.evidence == Evidence::Claimed);
        let mut gaps = Vec::new();
        if !without.is_empty() {
            gaps.push(Gap::NoApprovalAt { risks: without });
        }
        if !claimed.is_empty() {
            gaps.push(Gap::NoProof { risks: claimed });
        }
        let weaker = self.policy.weaker_evidence();
        if !weaker.is_empty() {
            gaps.push(Gap::WeakerEvidence { risks: weaker });
        }
        gaps
    }

    fn people(&self) -> Vec<Gap> {
        let mut gaps = Vec::new();
        let signed = self.risks(|quorum| quorum.evidence == Evidence::Signed && quorum.people > 0);
        if !signed.is_empty() && self.keys(None) == 0 {
            let file = self.policy.allowed_signers.clone();
            gaps.push(Gap::NoKeys {
                risks: signed,
                file,
            });
            return gaps;
        }
        if self.facts.config.people.is_empty() {
            let mut roles: Vec<String> = Vec::new();
            for risk in LEVELS {
                if let Roles::Each(required) = &self.policy.quorum(risk).roles {
                    roles.extend(required.iter().cloned());
                }
            }
            roles.sort();
            roles.dedup();
            if !roles.is_empty() {
                gaps.push(Gap::ClaimedRoles { roles });
            }
            return gaps;
        }
        gaps.extend(self.unapprovable());
        gaps.extend(self.only_people());
        gaps
    }

    /// The levels at which the configured people are too few, whoever makes the change.
    fn unapprovable(&self) -> Vec<Gap> {
        let mut found: Vec<(Shortage, Vec<&'static str>)> = Vec::new();
        for risk in LEVELS {
            let Some(shortfall) = self.shortfall(risk, None) else {
                continue;
            };
            let shortage = Shortage {
                roles: shortfall.roles,
                any_role: shortfall.any_role,
                available: shortfall.people.map(|(available, _)| available),
                required: self.policy.quorum(risk).people,
            };
            match found.iter_mut().find(|(known, _)| *known == shortage) {
                Some((_, risks)) => risks.push(risk.as_str()),
                None => found.push((shortage, vec![risk.as_str()])),
            }
        }
        found
            .into_iter()
            .map(|(shortage, risks)| Gap::Unapprovable { risks, shortage })
            .collect()
    }

    /// The people whose own changes no one can approve.
    fn only_people(&self) -> Vec<Gap> {
        let mut gaps = Vec::new();
        for (name, _) in people(&self.facts.config) {
            let (mut risks, mut roles) = (Vec::new(), Vec::new());
            for risk in LEVELS {
                if self.shortfall(risk, None).is_some() {
                    continue;
                }
                if let Some(shortfall) = self.shortfall(risk, Some(name)) {
                    risks.push(risk.as_str());
                    let new = |role: &String| !roles.contains(role);
                    let more: Vec<String> = shortfall.roles.into_iter().filter(new).collect();
                    roles.extend(more);
                }
            }
            if !risks.is_empty() {
                gaps.push(Gap::OnlyPerson {
                    person: name.clone(),
                    risks,
                    roles,
                });
            }
        }
        gaps
    }

    /// What is missing at a risk if everybody approves except this person. As many people as could
    /// approve count: a key may belong to somebody who is not configured.
    fn shortfall(&self, risk: RiskLevel, except: Option<&str>) -> Option<QuorumShortfall> {
        let quorum = self.policy.quorum(risk);
        let is_signed = quorum.evidence == Evidence::Signed;
        let config = &self.facts.config;
        let is_left = |(name, person): &(&String, &Person)| {
            except.is_none_or(|except| !config.is_same_person(except, name))
                && (!is_signed || self.has_key(name, person))
        };
        let left: Vec<&Person> = people(config)
            .filter(is_left)
            .map(|(_, person)| person)
            .collect();
        let count = match quorum.evidence {
            Evidence::Signed => self.keys(except),
            Evidence::Forge => left.len(),
            Evidence::Claimed | Evidence::Attributed => quorum.people,
        };
        let roles = left.iter().flat_map(|person| &person.roles);
        let roles: Vec<&str> = roles.map(String::as_str).collect();
        QuorumShortfall::of(quorum, count, &roles)
    }

    /// The number of different keys, without those of a person.
    fn keys(&self, except: Option<&str>) -> usize {
        let Some(signers) = &self.facts.signers else {
            return 0;
        };
        let names: Vec<String> = except
            .and_then(|except| self.facts.config.people.get_key_value(except))
            .map(|(name, person)| lower_case(name, person))
            .unwrap_or_default();
        let mut keys: Vec<String> = signers
            .iter()
            .filter(|signer| !signers.has_key(&names, &signer.key))
            .map(|signer| signer.key.fingerprint())
            .collect();
        keys.sort();
        keys.dedup();
        keys.len()
    }

    fn has_key(&self, name: &str, person: &Person) -> bool {
        let names = lower_case(name, person);
        let has = |signers: &AllowedSigners| {
            let mut lines = signers.iter();
            lines.any(|signer| signers.has_key(&names, &signer.key))
        };
        self.facts.signers.as_ref().is_some_and(has)
    }

    fn emergencies(&self) -> Option<Gap> {
        let roles = &self.policy.emergency_roles;
        if self.policy.emergency == EmergencyApproval::Never {
            return None;
        }
        if roles.is_empty() {
            return Some(Gap::AnyoneDeclaresEmergencies);
        }
        let has_any = |person: &Person| roles.iter().any(|role| has_role(person, role));
        let is_held = people(&self.facts.config).any(|(_, person)| has_any(person));
        (!is_held).then(|| Gap::NobodyDeclaresEmergencies {
            roles: roles.clone(),
        })
    }
}

/// The names of a person as keys are looked up.
fn lower_case(name: &str, person: &Person) -> Vec<String> {
    person.names(name).map(normalized).collect()
}

/// `high or critical`.
fn or(risks: &[&'static str]) -> String {
    join_or(risks)
}

fn codes(names: &[String]) -> Vec<String> {
    names.iter().map(|name| code(name)).collect()
}

impl Gap {
    /// The gap in a sentence or two.
    pub(super) fn markdown(&self) -> String {
        match self {
            Self::NoTicketRequired => {
                "No change needs a ticket: no `[[policy]]` requires one.".to_owned()
            }
            Self::PathsWithoutFiles { policy, paths } => format!(
                "The policy {} names paths that match no file of this commit: {}.",
                code(policy),
                join_and(&codes(paths))
            ),
            Self::NoApprovalRequired => {
                "No ticket needs an approval: there is no `[approvals]`.".to_owned()
            }
            Self::NoApprovalAt { risks } => {
                format!("A ticket of {} risk needs no approval.", or(risks))
            }
            Self::NoProof { risks } => format!(
                "At {} risk, an approval needs no proof: anyone who can edit the ticket can write it.",
                or(risks)
            ),
            Self::WeakerEvidence { risks } => format!(
                "Approvals at {} risk need weaker evidence than at a lower risk.",
                or(risks)
            ),
            Self::NoKeys { risks, file } => {
                let why = match file {
                    None => "`allowed_signers` is not configured".to_owned(),
                    Some(file) => format!("{} has no key in this commit", code(file)),
                };
                format!(
                    "**No ticket of {} risk can be approved:** approvals must be signed, and {why}.",
                    or(risks)
                )
            }
            Self::ClaimedRoles { roles } => format!(
                "Anyone can claim {}: `[people]` is empty.",
                one_of("the role", "the roles", roles)
            ),
            Self::Unapprovable { risks, shortage } => format!(
                "**No ticket of {} risk can be approved:** {}.",
                or(risks),
                shortage.markdown()
            ),
            Self::OnlyPerson {
                person,
                risks,
                roles,
            } => only_person(person, risks, roles),
            Self::AnyoneDeclaresEmergencies => "Anyone can declare an emergency, which can be released before it is approved: `emergency_roles` is not set.".to_owned(),
            Self::NobodyDeclaresEmergencies { roles } => format!(
                "No one can declare an emergency: no one in `[people]` has {}.",
                one_of("the role", "one of the roles", roles)
            ),
            Self::NoFreeze => "There is no freeze.".to_owned(),
            Self::FreezesOver { freezes } => {
                let names: Vec<String> = freezes.iter().map(|name| escape(name)).collect();
                format!("No freeze is left: {} over.", match &names[..] {
                    [name] => format!("{name} is"),
                    names => format!("{} are", join_and(names)),
                })
            }
            Self::AnyBranch => "Releases can be made from every branch: `branches` is not set.".to_owned(),
            Self::NoReleaseRole => "Tollgate requires no role for a release: anyone who can push a tag can make one.".to_owned(),
        }
    }
}

impl Shortage {
    fn markdown(&self) -> String {
        let roles = (!self.roles.is_empty()).then(|| {
            let roles = codes(&self.roles);
            let words = if roles.len() == 1 {
                "the role"
            } else {
                "the roles"
            };
            format!("no one who can approve has {words} {}", join_or(&roles))
        });
        let any = self
            .any_role
            .then(|| "no one who can approve has a role".to_owned());
        let people = self.available.map(|available| {
            let required = self.required;
            format!("the number of required people is {required}, and of people who can approve, {available}")
        });
        let parts: Vec<String> = roles.into_iter().chain(any).chain(people).collect();
        join_and(&parts)
    }
}

fn one_of(one: &str, several: &str, roles: &[String]) -> String {
    let words = if roles.len() == 1 { one } else { several };
    format!("{words} {}", join_and(&codes(roles)))
}

fn only_person(person: &str, risks: &[&'static str], roles: &[String]) -> String {
    let person = escape(person);
    let cause = match roles {
        [] => format!("Without {person}, too few people can approve"),
        roles => format!(
            "{person} is the only person with {}",
            one_of("the role", "the roles", roles)
        ),
    };
    format!(
        "{cause}: a change of {} risk that {person} requests, plans, or makes cannot be approved by anyone.",
        or(risks)
    )
}

//! The configuration in words, for new colleagues and auditors.
//!
//! Everything follows from the configuration, the files of the commit, and the keys that may sign.

mod gaps;
mod markdown;

use jiff::Timestamp;
use serde::Serialize;

use super::Report;
use super::clock::Clock;
use crate::approval::is_program;
use crate::commit::Id;
use crate::config::{
    ApprovalPolicy, Config, EmergencyApproval, Exception, Freeze, FrozenTime, PathGlobs, Person,
    Policy, Requirement, Roles, risk_facts,
};
use crate::release::THIS_TOOL;
use crate::signature::AllowedSigners;
use crate::source::Source;
use crate::ticket::{ParsedTicket, RiskLevel, State};
use gaps::{Gap, gaps};

/// What is known about a configuration when it is written in words.
#[derive(Debug)]
pub(crate) struct PolicyFacts {
    /// The name of the project.
    pub(crate) project: String,
    /// The commit that the configuration is from.
    pub(crate) commit: Id,
    /// When that commit was made.
    pub(crate) at: Option<Timestamp>,
    pub(crate) config: Config,
    /// The last commit that changed the file of the configuration.
    pub(crate) changed: Option<ConfigChange>,
    /// The files of the commit.
    pub(crate) files: Vec<String>,
    /// The keys that may sign approvals; `None`: there is no such file.
    pub(crate) signers: Option<AllowedSigners>,
    pub(crate) clock: Clock,
}

/// The last commit that changed the configuration.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ConfigChange {
    pub(crate) commit: String,
    /// When it was made, by the clock of the person who made it.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) at: Option<Timestamp>,
}

/// The configuration in words.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ChangePolicy {
    schema_version: u8,
    /// The name of the project.
    project: String,
    /// The commit that the configuration is from.
    commit: String,
    /// When that commit was made.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    at: Option<Timestamp>,
    /// The file of the configuration; null if there is none and the defaults apply.
    file: Option<String>,
    /// The last commit that changed it; null if that is not known.
    changed: Option<ConfigChange>,
    /// The policies.
    policies: Vec<PolicyLine>,
    /// The fields that a ticket needs, by its risk.
    required_fields: Vec<RequiredFields>,
    /// The points for facts, and the thresholds.
    risk: RiskTable,
    /// The required approvals; null if none are.
    approvals: Option<ApprovalTable>,
    /// The periods in which changes are forbidden.
    freezes: Vec<FreezeLine>,
    /// How a release is made.
    releases: ReleaseLine,
    /// The levels of rules that the configuration sets.
    rules: Vec<RuleLine>,
    /// What the configuration does not cover.
    gaps: Vec<Gap>,
    /// The time zone of printed times; those of this document are in UTC.
    zone: String,
    /// The version of Tollgate.
    tool: &'static str,
    #[serde(skip)]
    clock: Clock,
}

/// A policy.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct PolicyLine {
    name: String,
    /// The globs of the paths that it applies to. All if empty.
    paths: Vec<String>,
    /// The smallest bump of the commits that it applies to.
    bump: Option<&'static str>,
    types: Vec<String>,
    scopes: Vec<String>,
    /// The categories of the tickets that it applies to. All if empty.
    categories: Vec<&'static str>,
    /// The lowest risk of the tickets that it applies to.
    risk: Option<&'static str>,
    /// Whether it applies to changes; otherwise, only to tickets.
    about_changes: bool,
    /// Whether it exempts changes from the other policies.
    exempts: bool,
    /// The tables that the ticket must contain.
    sections: Vec<String>,
    /// The lowest risk that the ticket must have.
    min_risk: Option<&'static str>,
    /// The approvals that the ticket must have in addition to those of its risk; null if none.
    approvals: Option<PolicyApprovalLine>,
    /// Whether a commit can use `Change: none (reason)` instead of a ticket.
    allows_none: bool,
    /// The tag or commit at which it begins.
    since: Option<String>,
}

/// The approvals that a policy requires.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct PolicyApprovalLine {
    /// The least number of people; the risk may require more.
    people: usize,
    /// The roles that must each be represented.
    roles: Vec<String>,
    /// The weakest evidence that counts; the risk may require stronger evidence.
    evidence: &'static str,
}

/// The fields that a ticket needs before it has a state.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct RequiredFields {
    state: &'static str,
    /// At any risk.
    low: Vec<&'static str>,
    /// Also at medium risk and above.
    medium: Vec<&'static str>,
    /// Also at high risk and above.
    high: Vec<&'static str>,
    /// Also if there is downtime, at any risk.
    downtime: Vec<&'static str>,
    /// For an emergency of high risk, in all.
    emergency: Vec<&'static str>,
}

/// The points for facts, and the thresholds.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct RiskTable {
    facts: Vec<RiskFact>,
    /// The lowest sum for medium risk.
    medium: i32,
    /// The lowest sum for high risk.
    high: i32,
}

/// The points for a fact.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct RiskFact {
    /// The key in `[risk]`.
    key: &'static str,
    /// When it applies.
    when: &'static str,
    points: i32,
}

/// The required approvals.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ApprovalTable {
    levels: Vec<ApprovalLine>,
    /// The file with the keys that may sign.
    allowed_signers: Option<String>,
    /// Whether an emergency can be released before it is approved.
    emergency_first: bool,
    /// The roles that can declare an emergency. Anyone can if empty.
    emergency_roles: Vec<RoleHolders>,
    /// The pattern of an incident's reference.
    incident_pattern: Option<String>,
}

/// The approvals that a risk requires.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ApprovalLine {
    risk: &'static str,
    /// The number of people.
    people: usize,
    /// Whether one of them needs a role, whichever.
    any_role: bool,
    /// The roles that must each be represented.
    roles: Vec<RoleHolders>,
    /// The weakest evidence that counts.
    evidence: &'static str,
}

/// A role, and the people in `[people]` who have it, without bots.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct RoleHolders {
    role: String,
    people: Vec<String>,
}

/// A period in which changes are forbidden.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct FreezeLine {
    name: String,
    reason: Option<String>,
    /// The start of a single period.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    start: Option<Timestamp>,
    /// Its end.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    end: Option<Timestamp>,
    /// A weekly period, such as `Fri 14:00 to Mon 07:00 Europe/Berlin`.
    weekly: Option<String>,
    /// Whether it is only a warning.
    warns_only: bool,
    services: Vec<String>,
    environments: Vec<String>,
    /// The kinds of tickets that are exempt.
    allow: Vec<&'static str>,
    /// The activities that it forbids.
    covers: Vec<&'static str>,
}

/// How a release is made.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ReleaseLine {
    /// Globs of the branches. All if empty.
    branches: Vec<String>,
    /// The commands that run before it.
    before: Vec<String>,
    /// The commands that run after it.
    after: Vec<String>,
    /// The number of days after an emergency release by which its ticket must be closed.
    emergency_days: i32,
}

/// The level of rules that the configuration sets.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct RuleLine {
    /// A rule's name or a glob.
    rules: String,
    level: &'static str,
    /// Globs of the files. All if empty.
    files: Vec<String>,
}

impl ChangePolicy {
    /// Writes a configuration in words.
    pub(crate) fn new(facts: &PolicyFacts) -> Self {
        let config = &facts.config;
        let release = &config.release;
        Self {
            schema_version: 1,
            project: facts.project.clone(),
            commit: facts.commit.to_string(),
            at: facts.at,
            file: config
                .source
                .as_ref()
                .map(|source| source.name().to_owned()),
            changed: facts.changed.clone(),
            policies: config.policies.iter().map(PolicyLine::of).collect(),
            required_fields: RequiredFields::by_state(),
            risk: RiskTable::of(config),
            approvals: config
                .approvals
                .as_ref()
                .map(|policy| ApprovalTable::of(config, policy)),
            freezes: config.freezes.iter().map(FreezeLine::of).collect(),
            releases: ReleaseLine {
                branches: config.branches.clone(),
                before: release.before.iter().map(|hook| hook.run.clone()).collect(),
                after: release.after.iter().map(|hook| hook.run.clone()).collect(),
                emergency_days: release.emergency_days,
            },
            rules: rules(config),
            gaps: gaps(facts),
            zone: facts.clock.zone().to_owned(),
            tool: THIS_TOOL,
            clock: facts.clock.clone(),
        }
    }
}

impl Report for ChangePolicy {
    fn markdown(&self) -> String {
        self.write()
    }
}

impl PolicyLine {
    fn of(policy: &Policy) -> Self {
        let (exempts, sections, min_risk) = match &policy.requires {
            Requirement::Nothing => (true, Vec::new(), None),
            Requirement::Ticket {
                sections, min_risk, ..
            } => (false, sections.clone(), *min_risk),
        };
        let approvals = policy.approvals();
        let roles = match approvals.map(|quorum| &quorum.roles) {
            Some(Roles::Each(roles)) => roles.clone(),
            Some(Roles::Any | Roles::One) | None => Vec::new(),
        };
        Self {
            name: policy.name.clone(),
            paths: policy.paths.clone(),
            bump: policy.bump.map(crate::version::Bump::as_str),
            types: policy.types.clone(),
            scopes: policy.scopes.clone(),
            categories: policy.categories.iter().map(|it| it.as_str()).collect(),
            risk: policy.risk.map(RiskLevel::as_str),
            about_changes: policy.is_about_branches(),
            exempts,
            sections,
            min_risk: min_risk.map(RiskLevel::as_str),
            approvals: approvals.map(|quorum| PolicyApprovalLine {
                people: quorum.people,
                roles,
                evidence: quorum.evidence.as_str(),
            }),
            allows_none: policy.exception == Exception::Allowed,
            since: policy.since.clone(),
        }
    }

    /// Whether every change needs a ticket because of it.
    fn is_about_everything(&self) -> bool {
        let has_condition = !self.paths.is_empty()
            || self.bump.is_some()
            || !self.types.is_empty()
            || !self.scopes.is_empty();
        self.about_changes && !self.exempts && !has_condition
    }
}

impl RequiredFields {
    /// What the states require, without those that require nothing.
    fn by_state() -> Vec<Self> {
        const STATES: [State; 7] = [
            State::Draft,
            State::Proposed,
            State::Reviewed,
            State::Approved,
            State::Deploying,
            State::Validating,
            State::Closed,
        ];
        let steps = STATES.windows(2).filter_map(|pair| match pair {
            [before, state] => Some(Self::between(*before, *state)),
            _ => None,
        });
        steps.filter(|step| !step.is_empty()).collect()
    }

    fn between(before: State, state: State) -> Self {
        let [low, medium, high, downtime, emergency] = [
            "risk.level = \"low\"",
            "risk.level = \"medium\"",
            "risk.level = \"high\"",
            "risk.level = \"low\"\nrisk.downtime = \"1m\"",
            "risk.level = \"high\"\nkind = \"emergency\"",
        ]
        .map(|fields| required(fields, before, state));
        let without = |fields: &[&'static str], known: &[&'static str]| -> Vec<&'static str> {
            let is_new = |field: &&&str| !known.contains(*field);
            fields.iter().filter(is_new).copied().collect()
        };
        Self {
            state: state.as_str(),
            high: without(&high, &medium),
            downtime: without(&downtime, &low),
            medium: without(&medium, &low),
            low,
            emergency,
        }
    }

    fn is_empty(&self) -> bool {
        let lists = [
            &self.low,
            &self.medium,
            &self.high,
            &self.downtime,
            &self.emergency,
        ];
        lists.iter().all(|list| list.is_empty())
    }
}

/// The fields that a ticket which has only these needs for a state, but not for the one before it.
fn required(fields: &str, before: State, state: State) -> Vec<&'static str> {
    let source = Source::new("ticket.toml", fields);
    let Ok(parsed) = ParsedTicket::parse(&source) else {
        return Vec::new();
    };
    let keys = |state: State| parsed.ticket.missing_fields(state).into_iter();
    let known: Vec<&str> = keys(before).map(|field| field.key).collect();
    keys(state)
        .map(|field| field.key)
        .filter(|key| !known.contains(key))
        .collect()
}

impl RiskTable {
    fn of(config: &Config) -> Self {
        let mut points = config.risk;
        let mut facts = Vec::new();
        for (key, when) in risk_facts() {
            let mut entries = points.entries().into_iter();
            if let Some((_, points)) = entries.find(|(name, _)| *name == key) {
                facts.push(RiskFact {
                    key,
                    when,
                    points: *points,
                });
            }
        }
        facts.retain(|fact| fact.points != 0);
        Self {
            facts,
            medium: config.risk.medium,
            high: config.risk.high,
        }
    }
}

/// The levels of risk, in rising order.
const LEVELS: [RiskLevel; 4] = [
    RiskLevel::Low,
    RiskLevel::Medium,
    RiskLevel::High,
    RiskLevel::Critical,
];

impl ApprovalTable {
    fn of(config: &Config, policy: &ApprovalPolicy) -> Self {
        let holders = |role: &String| RoleHolders {
            role: role.clone(),
            people: people(config)
                .filter(|(_, person)| has_role(person, role))
                .map(|(name, _)| name.clone())
                .collect(),
        };
        let line = |risk: RiskLevel| {
            let quorum = policy.quorum(risk);
            ApprovalLine {
                risk: risk.as_str(),
                people: quorum.people,
                any_role: quorum.roles == Roles::One,
                roles: match &quorum.roles {
                    Roles::Each(roles) => roles.iter().map(holders).collect(),
                    Roles::Any | Roles::One => Vec::new(),
                },
                evidence: quorum.evidence.as_str(),
            }
        };
        Self {
            levels: LEVELS.map(line).into(),
            allowed_signers: policy.allowed_signers.clone(),
            emergency_first: policy.emergency == EmergencyApproval::After,
            emergency_roles: policy.emergency_roles.iter().map(holders).collect(),
            incident_pattern: policy.incident_pattern.clone(),
        }
    }
}

/// The configured people who can approve: those who are not bots.
fn people(config: &Config) -> impl Iterator<Item = (&String, &Person)> {
    let bots: &[String] = config
        .approvals
        .as_ref()
        .map_or(&[], |policy| policy.bots.as_slice());
    let is_bot =
        move |name: &str, person: &Person| person.names(name).any(|own| is_program(own, bots));
    config
        .people
        .iter()
        .filter(move |(name, person)| !is_bot(name, person))
}

fn has_role(person: &Person, role: &str) -> bool {
    person
        .roles
        .iter()
        .any(|own| own.to_lowercase() == role.to_lowercase())
}

impl FreezeLine {
    fn of(freeze: &Freeze) -> Self {
        let (start, end, weekly) = match &freeze.time {
            FrozenTime::Once { start, end } => (Some(*start), Some(*end), None),
            FrozenTime::Weekly { from, to, zone } => {
                let zone = zone.iana_name().unwrap_or("UTC");
                (None, None, Some(format!("{from} to {to} {zone}")))
            }
        };
        Self {
            name: freeze.name.clone(),
            reason: freeze.reason.clone(),
            start,
            end,
            weekly,
            warns_only: freeze.mode == crate::config::FreezeMode::Soft,
            services: freeze.services.clone(),
            environments: freeze.environments.clone(),
            allow: freeze.allow.iter().map(|kind| kind.as_str()).collect(),
            covers: freeze.covers.iter().map(|it| it.as_str()).collect(),
        }
    }
}

fn rules(config: &Config) -> Vec<RuleLine> {
    let line = |level: &crate::config::RuleLevel, files: &[String]| RuleLine {
        rules: level.selector.clone(),
        level: level.level.map_or("default", |level| level.as_str()),
        files: files.to_vec(),
    };
    let everywhere = config.rules.levels.iter().map(|level| line(level, &[]));
    let in_files = config.rules.overrides.iter().flat_map(|part| {
        let levels = part.levels.iter();
        levels.map(|level| line(level, &part.files))
    });
    everywhere.chain(in_files).collect()
}

/// The globs that match none of these files.
fn unmatched(globs: &[String], files: &[String]) -> Vec<String> {
    let matches_none = |glob: &&String| {
        PathGlobs::new(&[glob]).is_ok_and(|set| !files.iter().any(|file| set.may_match(file)))
    };
    globs.iter().filter(matches_none).cloned().collect()
}

#[cfg(test)]
mod tests;

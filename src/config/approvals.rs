//! What approvals a configuration asks for: how many people, in which roles, and how well that has
//! to be proven.

use super::reader::{Reader, texts};
use crate::document::{Field, Node, Shape, Table};
use crate::error::Fault;
use crate::ticket::RiskLevel;

/// The approvals that a base requires.
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
    /// The file with the keys that may sign, relative to the root; `None`: no signature counts.
    pub allowed_signers: Option<String>,
    /// When emergencies are approved.
    pub emergency: EmergencyApproval,
    /// The roles in which somebody may declare an emergency; empty: anybody may.
    pub emergency_roles: Vec<String>,
    /// A regular expression that a link to the incident has to match.
    pub incident_pattern: Option<String>,
}

/// When emergencies are approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EmergencyApproval {
    /// Possibly after the merge and the release, which are recorded as bypassing the approval.
    #[default]
    After,
    /// Never after: before the merge and the release, like any other change.
    Never,
}

/// The approvals that a risk requires.
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
    Any,
    /// One of them in some role.
    One,
    /// In each of these roles one of them.
    Each(Vec<String>),
}

/// How well an approval is proven, in rising order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Evidence {
    /// Somebody typed it into the file.
    #[default]
    Claimed,
    /// The commit that added it is by the person who approves.
    Attributed,
    /// The forge confirms it for the commit that is checked.
    Forge,
    /// A key of the person signed it.
    Signed,
}

impl Evidence {
    /// The words of the configuration, in rising order.
    pub const ALL: [Self; 4] = [Self::Claimed, Self::Attributed, Self::Forge, Self::Signed];

    /// The word of the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::Attributed => "attributed",
            Self::Forge => "forge",
            Self::Signed => "signed",
        }
    }

    /// The evidence of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|evidence| evidence.as_str() == word)
    }
}

impl ApprovalPolicy {
    /// The keys of the table `[approvals]`.
    pub const FIELDS: &'static [Field] = FIELDS;

    /// Reads the table `[approvals]`, and what is wrong with its values; what it does not say keeps
    /// its default.
    #[must_use]
    pub fn read(table: &Table) -> (Self, Vec<Fault>) {
        let at = |key: &str| table.get(key).and_then(Node::as_table);
        let mut reader = Reader::default();
        let default = Self::default();
        let high = default.high.with(at("high"));
        let policy = Self {
            low: default.low.with(at("low")),
            medium: default.medium.with(at("medium")),
            critical: high.clone().with(at("critical")),
            high,
            bots: texts(table.get("bots"))
                .map(|(bot, _)| bot.to_owned())
                .collect(),
            allowed_signers: table
                .get("allowed_signers")
                .and_then(|node| reader.path(node)),
            emergency: table
                .text("emergency")
                .and_then(EmergencyApproval::parse)
                .unwrap_or_default(),
            emergency_roles: texts(table.get("emergency_roles"))
                .map(|(role, _)| role.to_owned())
                .collect(),
            incident_pattern: incident_pattern(table, &mut reader),
        };
        (policy, reader.faults)
    }

    /// The approvals that a risk requires.
    #[must_use]
    pub const fn quorum(&self, risk: RiskLevel) -> &Quorum {
        match risk {
            RiskLevel::Low => &self.low,
            RiskLevel::Medium => &self.medium,
            RiskLevel::High => &self.high,
            RiskLevel::Critical => &self.critical,
        }
    }

    /// The risks that require weaker evidence than a lower risk does: likely an oversight, as each
    /// has its own default.
    #[must_use]
    pub fn weaker_evidence(&self) -> Vec<&'static str> {
        let levels = [
            ("low", &self.low),
            ("medium", &self.medium),
            ("high", &self.high),
            ("critical", &self.critical),
        ];
        let mut strongest = Evidence::Claimed;
        let mut weaker = Vec::new();
        for (name, quorum) in levels {
            if quorum.evidence < strongest {
                weaker.push(name);
            }
            strongest = strongest.max(quorum.evidence);
        }
        weaker
    }
}

impl EmergencyApproval {
    /// The word of the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::After => "after",
            Self::Never => "never",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::After, Self::Never]
            .into_iter()
            .find(|when| when.as_str() == word)
    }
}

fn incident_pattern(table: &Table, reader: &mut Reader) -> Option<String> {
    let pattern = table
        .get("incident_pattern")
        .and_then(|node| reader.pattern("incident_pattern", node));
    pattern.map(|pattern| pattern.as_str().to_owned())
}

impl Quorum {
    /// This many people, in whatever roles, by whatever evidence.
    #[must_use]
    pub const fn of(people: usize) -> Self {
        Self {
            people,
            roles: Roles::Any,
            evidence: Evidence::Claimed,
        }
    }

    /// The same with the values of a table.
    fn with(self, table: Option<&Table>) -> Self {
        let Some(table) = table else { return self };
        let people = table
            .get("quorum")
            .and_then(Node::as_integer)
            .and_then(|people| usize::try_from(people).ok());
        let roles = table.get("roles").map(|node| {
            let roles: Vec<String> = texts(Some(node)).map(|(role, _)| role.to_owned()).collect();
            if roles.is_empty() {
                Roles::Any
            } else {
                Roles::Each(roles)
            }
        });
        Self {
            people: people.unwrap_or(self.people),
            roles: roles.unwrap_or(self.roles),
            evidence: table
                .text("evidence")
                .and_then(Evidence::parse)
                .unwrap_or(self.evidence),
        }
    }
}

/// One person at low and medium risk, from high risk on two, one of them in a role.
impl Default for ApprovalPolicy {
    fn default() -> Self {
        let two = Quorum {
            roles: Roles::One,
            ..Quorum::of(2)
        };
        Self {
            low: Quorum::of(1),
            medium: Quorum::of(1),
            high: two.clone(),
            critical: two,
            bots: Vec::new(),
            allowed_signers: None,
            emergency: EmergencyApproval::After,
            emergency_roles: Vec::new(),
            incident_pattern: None,
        }
    }
}

const QUORUM: &[Field] = &[
    Field::new(
        "quorum",
        Shape::Integer(0, 100),
        "Number of people who must approve.",
    ),
    Field::new(
        "roles",
        Shape::AnyList(&Shape::Text),
        "Roles that must each be represented among the approvers. If empty, approvers need no role.",
    ),
    Field::new(
        "evidence",
        Shape::Choice(&["claimed", "attributed", "forge", "signed"]),
        "Minimum evidence for each approval.",
    )
    .default("\"claimed\""),
];

const FIELDS: &[Field] = &[
    Field::new(
        "allowed_signers",
        Shape::Text,
        "File with the keys that may sign approvals, relative to the repository root.",
    ),
    Field::new("low", Shape::Table(QUORUM), "Approvals required at low risk. Default: one person."),
    Field::new("medium", Shape::Table(QUORUM), "Approvals required at medium risk. Default: one person."),
    Field::new(
        "high",
        Shape::Table(QUORUM),
        "Approvals required at high risk. Default: two people, at least one of them with a role.",
    ),
    Field::new(
        "critical",
        Shape::Table(QUORUM),
        "Approvals required at critical risk. Default: the same as at high risk.",
    ),
    Field::new(
        "bots",
        Shape::AnyList(&Shape::Text),
        "Names and email addresses of bots, in addition to well-known ones.",
    ),
    Field::new(
        "emergency",
        Shape::Choice(&["after", "never"]),
        "Whether an emergency can be merged and released before it is approved. The bypass is recorded.",
    )
    .default("\"after\""),
    Field::new(
        "emergency_roles",
        Shape::AnyList(&Shape::Text),
        "Roles in `[people]` that can declare an emergency. If empty, anyone can.",
    ),
    Field::new(
        "incident_pattern",
        Shape::Text,
        "Regular expression that the `ref` or `url` of an emergency's incident must match.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{self, Document};
    use crate::source::Source;

    fn read(text: &str) -> (ApprovalPolicy, Vec<Fault>) {
        let (document, errors) = Document::parse(Source::new("approvals", text));
        assert_eq!(
            (
                errors.len(),
                document::check(document.root(), ApprovalPolicy::FIELDS).len()
            ),
            (0, 0),
            "{text}"
        );
        ApprovalPolicy::read(document.root())
    }

    fn policy(text: &str) -> ApprovalPolicy {
        let (policy, faults) = read(text);
        assert_eq!(faults, []);
        policy
    }

    #[test]
    fn keys_lie_inside_the_repository() {
        assert_eq!(
            read("allowed_signers = \"../keys\"").1[0].message,
            "`../keys` is outside the repository"
        );
    }

    #[test]
    fn missing_keys_keep_their_defaults() {
        assert_eq!(policy(""), ApprovalPolicy::default());
        let high = policy("high = { evidence = \"signed\" }").high;
        assert_eq!(
            high,
            Quorum {
                evidence: Evidence::Signed,
                ..ApprovalPolicy::default().high
            }
        );
    }

    #[test]
    fn critical_risk_inherits_from_high_risk() {
        let configured = policy("high = { quorum = 3, roles = [\"dba\"] }");
        assert_eq!(
            (configured.critical.people, &configured.critical.roles),
            (3, &Roles::Each(vec!["dba".into()]))
        );
        assert_eq!(
            policy("high = { quorum = 3 }\ncritical = { quorum = 4 }")
                .critical
                .people,
            4
        );
    }

    #[test]
    fn weaker_evidence_at_a_higher_risk_is_found() {
        let weaker = |text: &str| policy(text).weaker_evidence();
        assert_eq!(
            weaker("low = { evidence = \"signed\" }"),
            ["medium", "high", "critical"]
        );
        assert_eq!(
            weaker("medium = { evidence = \"attributed\" }"),
            ["high", "critical"]
        );
        assert_eq!(
            weaker("high = { evidence = \"signed\" }\ncritical = { evidence = \"forge\" }"),
            ["critical"]
        );
    }

    #[test]
    fn evidence_that_rises_with_the_risk_is_accepted() {
        let weaker = |text: &str| policy(text).weaker_evidence();
        assert!(weaker("").is_empty());
        assert!(weaker("high = { evidence = \"signed\" }").is_empty());
        assert!(
            weaker("medium = { evidence = \"forge\" }\nhigh = { evidence = \"forge\" }").is_empty()
        );
        // Fewer people at a higher risk are not weaker evidence.
        assert!(weaker("low = { quorum = 3 }\nmedium = { quorum = 1 }").is_empty());
    }

    #[test]
    fn empty_role_list_requires_no_role() {
        assert_eq!(policy("high = { roles = [] }").high.roles, Roles::Any);
    }

    #[test]
    fn keys_and_programs_are_named() {
        let configured =
            policy("allowed_signers = \".tollgate/allowed_signers\"\nbots = [\"merge-train\"]");
        assert_eq!(
            configured.allowed_signers.as_deref(),
            Some(".tollgate/allowed_signers")
        );
        assert_eq!(configured.bots, ["merge-train"]);
    }

    #[test]
    fn emergencies_are_limited_by_roles_and_incidents() {
        let read_back = policy(
            "emergency = \"never\"\nemergency_roles = [\"sre\"]\nincident_pattern = \"^INC-\"",
        );
        assert_eq!(read_back.emergency, EmergencyApproval::Never);
        assert_eq!(read_back.emergency_roles, ["sre"]);
        assert_eq!(read_back.incident_pattern.as_deref(), Some("^INC-"));
        assert!(
            read("incident_pattern = \"(INC\"").1[0]
                .message
                .contains("`incident_pattern`")
        );
    }

    #[test]
    fn words_of_evidence_are_read_back_and_rise() {
        for pair in Evidence::ALL.windows(2) {
            assert!(pair[0] < pair[1]);
        }
        for evidence in Evidence::ALL {
            assert_eq!(Evidence::parse(evidence.as_str()), Some(evidence));
        }
    }
}

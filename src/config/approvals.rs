//! The approvals that tickets require: how many people, in which roles, and with which evidence.

use super::Config;
use super::reader::{Reader, number, strings, subtable, word};
use super::section::{Section, TEXTS, Weakenings, allows_more, is_subset};
use super::writer::{Writer, list};
use crate::document::{Field, Shape, Table, quoted};
use crate::source::word_enum;
use crate::ticket::RiskLevel;

pub(super) const SECTION: Section = Section {
    fields: &[Field::new(
        "approvals",
        Shape::Table(FIELDS),
        "Approvals that tickets require, enforced by `tollgate gate` and `tollgate release`. Default: none.",
    )],
    read,
    write,
    compare,
};

/// The keys of a quorum.
pub(super) const QUORUM: &[Field] = &[
    Field::new(
        "quorum",
        Shape::Integer(0, 100),
        "Number of people who must approve.",
    )
    .aliases(&["people", "count", "required", "approvers", "minimum"]),
    Field::new(
        "roles",
        TEXTS,
        "Roles that must each be represented among the approvers. If empty, approvers need no role.",
    ),
    Field::new(
        "evidence",
        Shape::Choice(Evidence::WORDS),
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
        TEXTS,
        "Names and email addresses of bots, in addition to well-known ones.",
    ),
    Field::new(
        "emergency",
        Shape::Choice(EmergencyApproval::WORDS),
        "Whether an emergency can be merged and released before it is approved. The bypass is recorded.",
    )
    .default("\"after\""),
    Field::new(
        "emergency_roles",
        TEXTS,
        "Roles in `[people]` that can declare an emergency. If empty, anyone can.",
    ),
    Field::new(
        "incident_pattern",
        Shape::Text,
        "Regular expression that the `ref` or `url` of an emergency's incident must match.",
    ),
];

/// The approvals that tickets require.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApprovalPolicy {
    /// At low risk.
    pub(crate) low: Quorum,
    /// At medium risk.
    pub(crate) medium: Quorum,
    /// At high risk.
    pub(crate) high: Quorum,
    /// At critical risk.
    pub(crate) critical: Quorum,
    /// Names and email addresses of bots, in addition to well-known ones.
    pub(crate) bots: Vec<String>,
    /// The file with the keys that may sign approvals, relative to the root; `None`: no signature
    /// counts.
    pub(crate) allowed_signers: Option<String>,
    /// Whether emergencies can be approved later.
    pub(crate) emergency: EmergencyApproval,
    /// The roles that can declare an emergency; empty: anyone can.
    pub(crate) emergency_roles: Vec<String>,
    /// A regular expression that a link to the incident has to match.
    pub(crate) incident_pattern: Option<String>,
}

word_enum! {
    /// Whether emergencies can be approved later.
    #[derive(Default)]
    pub(crate) enum EmergencyApproval {
        /// After the merge and the release if necessary; the bypass is recorded.
        #[default]
        After = "after",
        /// Before the merge and the release, like any other change.
        Never = "never",
    }
}

/// The approvals that a risk requires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Quorum {
    /// The number of people.
    pub(crate) people: usize,
    /// Which roles they must have.
    pub(crate) roles: Roles,
    /// The minimum evidence for each approval.
    pub(crate) evidence: Evidence,
}

/// The roles that approvers must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Roles {
    /// None.
    Any,
    /// Any role, for at least one of them.
    One,
    /// Each of these, for at least one of them.
    Each(Vec<String>),
}

word_enum! {
    /// The evidence for an approval, in rising order.
    #[derive(Default)]
    pub(crate) enum Evidence {
        /// The file says so.
        #[default]
        Claimed = "claimed",
        /// The commit that added it is by the person who approves.
        Attributed = "attributed",
        /// The forge confirms it for the commit that is checked.
        Forge = "forge",
        /// A key of the person signed it.
        Signed = "signed",
    }
}

impl ApprovalPolicy {
    fn read(table: &Table, reader: &mut Reader) -> Self {
        let default = Self::default();
        let high = default.high.with(subtable(table, "high"));
        let incident_pattern = reader.pattern(table, "incident_pattern");
        Self {
            low: default.low.with(subtable(table, "low")),
            medium: default.medium.with(subtable(table, "medium")),
            critical: high.clone().with(subtable(table, "critical")),
            high,
            bots: strings(table, "bots"),
            allowed_signers: reader.path(table, "allowed_signers"),
            emergency: word(table, "emergency").unwrap_or_default(),
            emergency_roles: strings(table, "emergency_roles"),
            incident_pattern: incident_pattern.map(|pattern| pattern.as_str().to_owned()),
        }
    }

    /// The approvals that a risk requires.
    #[must_use]
    pub(crate) const fn quorum(&self, risk: RiskLevel) -> &Quorum {
        match risk {
            RiskLevel::Low => &self.low,
            RiskLevel::Medium => &self.medium,
            RiskLevel::High => &self.high,
            RiskLevel::Critical => &self.critical,
        }
    }

    /// The approvals by the name of the risk, in rising order.
    fn quorums(&self) -> [(&'static str, &Quorum); 4] {
        [
            ("low", &self.low),
            ("medium", &self.medium),
            ("high", &self.high),
            ("critical", &self.critical),
        ]
    }

    /// Whether at least as many approvals with as good evidence are required as by `base`.
    fn is_as_strict_as(&self, base: &Self) -> bool {
        let mut quorums = self.quorums().into_iter().zip(base.quorums());
        quorums.all(|((_, head), (_, base))| head.is_as_strict_as(base))
            && is_subset(&base.bots, &self.bots)
            && base.allowed_signers == self.allowed_signers
            && self.limits_emergencies_like(base)
    }

    /// Whether an emergency that has to be approved first by `base` has to be here too.
    fn limits_emergencies_like(&self, base: &Self) -> bool {
        let keeps_roles = !allows_more(&base.emergency_roles, &self.emergency_roles);
        let keeps_pattern =
            base.incident_pattern.is_none() || base.incident_pattern == self.incident_pattern;
        match (base.emergency, self.emergency) {
            (_, EmergencyApproval::Never) => true,
            (EmergencyApproval::Never, EmergencyApproval::After) => false,
            (EmergencyApproval::After, EmergencyApproval::After) => keeps_roles && keeps_pattern,
        }
    }

    /// The risks that require weaker evidence than a lower risk does: likely an oversight, as each
    /// has its own default.
    #[must_use]
    pub(crate) fn weaker_evidence(&self) -> Vec<&'static str> {
        let mut strongest = Evidence::Claimed;
        let mut weaker = Vec::new();
        for (name, quorum) in self.quorums() {
            if quorum.evidence < strongest {
                weaker.push(name);
            }
            strongest = strongest.max(quorum.evidence);
        }
        weaker
    }
}

impl Quorum {
    /// This many people, in any roles, with any evidence.
    #[must_use]
    pub(crate) const fn of(people: usize) -> Self {
        Self {
            people,
            roles: Roles::Any,
            evidence: Evidence::Claimed,
        }
    }

    /// The same, with the values of a table instead.
    pub(super) fn with(self, table: Option<&Table>) -> Self {
        let Some(table) = table else { return self };
        let roles = table.get("roles").map(|_| match strings(table, "roles") {
            roles if roles.is_empty() => Roles::Any,
            roles => Roles::Each(roles),
        });
        Self {
            people: number(table, "quorum").unwrap_or(self.people),
            roles: roles.unwrap_or(self.roles),
            evidence: word(table, "evidence").unwrap_or(self.evidence),
        }
    }

    /// What this quorum and another one require together: as many people as the larger one, the
    /// roles of both, and the better evidence.
    #[must_use]
    pub(crate) fn and(&self, other: &Self) -> Self {
        let roles = match (&self.roles, &other.roles) {
            (Roles::Any, roles) | (roles, Roles::Any) => roles.clone(),
            // Somebody with one of these roles has a role.
            (Roles::One, roles) | (roles, Roles::One) => roles.clone(),
            (Roles::Each(own), Roles::Each(more)) => {
                let new = |role: &&String| !own.iter().any(|known| same_role(known, role));
                Roles::Each(own.iter().chain(more.iter().filter(new)).cloned().collect())
            }
        };
        Self {
            people: self.people.max(other.people),
            roles,
            evidence: self.evidence.max(other.evidence),
        }
    }

    /// Whether at least as many people are required, with at least these roles and as good evidence.
    pub(super) fn is_as_strict_as(&self, base: &Self) -> bool {
        let has_roles = match (&self.roles, &base.roles) {
            (_, Roles::Any) | (Roles::One | Roles::Each(_), Roles::One) => true,
            (Roles::Each(head), Roles::Each(base)) => is_subset(base, head),
            (Roles::Any | Roles::One, _) => false,
        };
        self.people >= base.people && self.evidence >= base.evidence && has_roles
    }

    pub(super) fn to_toml(&self) -> String {
        let roles = match &self.roles {
            Roles::Any => ", roles = []".to_owned(),
            Roles::One => String::new(),
            Roles::Each(roles) => {
                format!(", roles = {}", list(roles.iter().map(|role| quoted(role))))
            }
        };
        let (people, evidence) = (self.people, self.evidence.as_str());
        format!("{{ quorum = {people}{roles}, evidence = \"{evidence}\" }}")
    }
}

/// Whether two texts name the same role.
fn same_role(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// One person at low and medium risk; two people from high risk on, one of them with a role.
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

fn read(table: &Table, config: &mut Config, reader: &mut Reader) {
    config.approvals =
        subtable(table, "approvals").map(|table| ApprovalPolicy::read(table, reader));
}

fn write(config: &Config, out: &mut Writer) {
    if let Some(policy) = &config.approvals {
        out.table("[approvals]");
        write_keys(policy, out);
    }
}

fn write_keys(policy: &ApprovalPolicy, out: &mut Writer) {
    out.optional("allowed_signers", policy.allowed_signers.as_deref());
    out.strings("bots", &policy.bots);
    out.string("emergency", policy.emergency.as_str());
    out.strings("emergency_roles", &policy.emergency_roles);
    out.optional("incident_pattern", policy.incident_pattern.as_deref());
    for (name, quorum) in policy.quorums() {
        out.value(name, quorum.to_toml());
    }
}

fn written(policy: &ApprovalPolicy) -> Writer {
    let mut out = Writer::default();
    write_keys(policy, &mut out);
    out
}

fn compare(base: &Config, head: &Config, found: &mut Weakenings) {
    let (Some(base), head) = (&base.approvals, &head.approvals) else {
        return;
    };
    let is_kept = head.as_ref().is_some_and(|head| head.is_as_strict_as(base));
    if !is_kept {
        found.table(
            "`[approvals]`",
            &written(base),
            head.as_ref().map(written).as_ref(),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::testing::{config, fault, weakenings};

    fn policy(text: &str) -> ApprovalPolicy {
        let config = config(&format!("[approvals]\n{text}"));
        config.approvals.unwrap()
    }

    #[test]
    fn keys_lie_inside_the_repository() {
        assert_eq!(
            fault("approvals.allowed_signers = \"../keys\"").0,
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
    fn quorums_together_require_what_both_do() {
        let quorum = |text: &str| policy(&format!("low = {{ {text} }}")).low;
        let both = |one: &str, other: &str| {
            let (one, other) = (quorum(one), quorum(other));
            assert_eq!(one.and(&other), other.and(&one));
            one.and(&other)
        };
        assert_eq!(
            both(
                "quorum = 2",
                "quorum = 1, roles = [\"dba\"], evidence = \"signed\""
            ),
            quorum("quorum = 2, roles = [\"dba\"], evidence = \"signed\"")
        );
        let roles = quorum("roles = [\"dba\", \"sre\"]").and(&quorum("roles = [\"SRE\", \"cto\"]"));
        assert_eq!(
            roles.roles,
            Roles::Each(vec!["dba".into(), "sre".into(), "cto".into()])
        );
        let any_role = ApprovalPolicy::default().high;
        assert_eq!(any_role.and(&quorum("quorum = 1")), any_role);
        let dba = quorum("roles = [\"dba\"]");
        assert_eq!(any_role.and(&dba).roles, dba.roles);
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
        let (message, _) = fault("approvals.incident_pattern = \"(INC\"");
        assert!(message.contains("`incident_pattern`"));
    }

    #[test]
    fn words_of_evidence_are_read_back_and_rise() {
        for pair in Evidence::ALL.windows(2) {
            assert!(pair[0] < pair[1]);
        }
        for &evidence in Evidence::ALL {
            assert_eq!(Evidence::parse(evidence.as_str()), Some(evidence));
        }
    }

    #[test]
    fn weaker_evidence_is_weaker() {
        let base = "[approvals]\nbots = [\"ci\"]\nhigh = { quorum = 2, roles = [\"dba\"], evidence = \"signed\" }\n";
        for weaker in [
            "",
            "[approvals]",
            "[approvals]\nhigh = { quorum = 2, roles = [\"dba\"], evidence = \"signed\" }",
            &base.replace("quorum = 2", "quorum = 1"),
            &base.replace("signed", "forge"),
            &base.replace("\"dba\"", "\"sre\""),
            &base.replace("\"dba\"", ""),
            &format!("{base}allowed_signers = \"keys\""),
        ] {
            assert_eq!(weakenings(base, weaker).len(), 1, "{weaker}");
        }
        for stricter in [
            base,
            &base.replace("\"dba\"", "\"dba\", \"sre\""),
            &base.replace("quorum = 2", "quorum = 3"),
        ] {
            assert_eq!(weakenings(base, stricter), [""; 0], "{stricter}");
        }
        assert_eq!(weakenings("", base), [""; 0]);
        for risk in ["low", "medium", "high", "critical"] {
            let keys = format!(
                "[approvals.{risk}]\nquorum = 3\nroles = [\"dba\"]\nevidence = \"signed\"\n"
            );
            for (old, new) in [("3", "1"), ("\"dba\"", ""), ("signed", "claimed")] {
                let head = keys.replace(old, new);
                let weaker = weakenings(&keys, &head).concat();
                assert!(weaker.contains(&format!("`{risk}`")), "{head}: {weaker}");
            }
        }
    }

    #[test]
    fn emergencies_that_need_less_are_weaker() {
        let base =
            "[approvals]\nemergency_roles = [\"sre\", \"cto\"]\nincident_pattern = \"^INC-\"\n";
        for weaker in [
            &base.replace("[\"sre\", \"cto\"]", "[]"),
            &base.replace("\"cto\"", "\"dev\""),
            &base.replace("^INC-", "INC"),
            &base.replace("incident_pattern", "# "),
        ] {
            assert_eq!(weakenings(base, weaker).len(), 1, "{weaker}");
        }
        let never = &format!("{base}emergency = \"never\"");
        for stricter in [base, &base.replace(", \"cto\"", ""), never] {
            assert_eq!(weakenings(base, stricter), [""; 0], "{stricter}");
        }
        let expected = ["`emergency` changed in `[approvals]`"];
        assert_eq!(weakenings(never, base), expected);
    }

    #[test]
    fn removed_approvals_are_weaker() {
        let expected = ["`[approvals]` was removed"];
        assert_eq!(weakenings("[approvals]", ""), expected);
    }
}

//! The tickets that changes require before they can be merged; `rules` checks branches by them.
//!
//! A policy has conditions, all of which must hold, and a requirement. Conditions on paths and
//! commits select changed items of a branch; conditions on categories and risk select tickets.

use super::approvals::{QUORUM, Quorum};
use super::reader::{Reader, flag, string, strings, subtable, tables, word, words};
use super::section::{GLOBS, Section, Weakenings};
use super::version::can_begin_tag_name;
use super::writer::Writer;
use super::{Config, glob_set};
use crate::commit::Id;
use crate::document::{Entry, Field, Node, Shape, Table};
use crate::source::shorten;
use crate::ticket::{Category, RiskLevel};
use crate::version::Bump;

pub(super) const SECTION: Section = Section {
    fields: &[Field::new(
        "policy",
        Shape::List(&Shape::Table(FIELDS)),
        "Tickets that changes require, enforced by `tollgate gate` and `tollgate release`.",
    )],
    read,
    write,
    compare,
};

const TEXTS: Shape = Shape::List(&Shape::Text);

const RISKS: Shape = Shape::Choice(RiskLevel::WORDS);

/// The tables of a ticket, and the fields of its review, that a policy can require.
const SECTIONS: Shape = Shape::List(&Shape::Choice(&[
    "communication",
    "review",
    "review.coverage",
    "review.documentation",
    "review.impact",
    "review.peers",
    "review.security",
    "risk",
    "schedule",
    "schema_change",
    "tests",
]));

const FIELDS: &[Field] = &[
    Field::new("name", Shape::Text, "Name of the policy.").required(),
    Field::new(
        "since",
        Shape::Text,
        "Tag or full commit ID at which the policy begins. Commits reachable from it are exempt.",
    ),
    Field::new(
        "paths",
        GLOBS,
        "Globs for the paths that the policy applies to. Default: all.",
    ),
    Field::new(
        "bump",
        Shape::Choice(&["patch", "minor", "major"]),
        "Smallest version bump of the commits that the policy applies to. Default: all commits.",
    ),
    Field::new(
        "types",
        Shape::List(&Shape::AnyText),
        "Commit types that the policy applies to. Default: all.",
    ),
    Field::new(
        "scopes",
        TEXTS,
        "Commit scopes that the policy applies to. Default: all.",
    ),
    Field::new(
        "categories",
        Shape::List(&Shape::Choice(Category::WORDS)),
        "Ticket categories that the policy applies to. Default: all.",
    ),
    Field::new(
        "risk",
        RISKS,
        "Lowest ticket risk that the policy applies to. Default: all.",
    ),
    Field::new(
        "requires",
        Shape::Choice(&["ticket", "none"]),
        "What the policy requires. `none` exempts matching changes from the other policies.",
    )
    .default("\"ticket\""),
    Field::new(
        "sections",
        SECTIONS,
        "Tables, or fields of `[review]`, that the ticket must contain.",
    ),
    Field::new("min_risk", RISKS, "Minimum risk of the ticket."),
    Field::new(
        "approvals",
        Shape::Table(QUORUM),
        "Approvals that tickets for matching changes require, in addition to those of their risk: the larger quorum, all \
         roles of both, and the stronger evidence.",
    ),
    Field::new(
        "allow_none",
        Shape::Boolean,
        "Whether a commit can use `Change: none (reason)` instead of a ticket.",
    )
    .default("false"),
];

/// A requirement for some changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Policy {
    /// Its name.
    pub(crate) name: String,
    /// The tag or full commit ID at which it begins: commits reachable from it are exempt.
    pub(crate) since: Option<String>,
    /// Globs for the paths it applies to; empty: all.
    pub(crate) paths: Vec<String>,
    /// The smallest bump of the commits it applies to.
    pub(crate) bump: Option<Bump>,
    /// The types of the commits it applies to, in lower case; empty: all.
    pub(crate) types: Vec<String>,
    /// The scopes of the commits it applies to; empty: all.
    pub(crate) scopes: Vec<String>,
    /// The categories of the tickets it applies to; empty: all.
    pub(crate) categories: Vec<Category>,
    /// The lowest risk of the tickets it applies to.
    pub(crate) risk: Option<RiskLevel>,
    /// What it requires.
    pub(crate) requires: Requirement,
    /// Whether a commit may use `Change: none (reason)` instead.
    pub(crate) exception: Exception,
}

/// What a policy requires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Requirement {
    /// A ticket.
    Ticket {
        /// The tables that it must have.
        sections: Vec<String>,
        /// The minimum risk that it must have.
        min_risk: Option<RiskLevel>,
        /// The approvals that it must have, in addition to those of its risk.
        approvals: Option<Quorum>,
    },
    /// Nothing: the changes it applies to are exempt from the other policies.
    Nothing,
}

/// Whether commits can exempt themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exception {
    /// They can, with a reason.
    Allowed,
    /// They cannot.
    Refused,
}

impl Policy {
    /// The approvals that it requires in addition to those of the risk.
    #[must_use]
    pub(crate) const fn approvals(&self) -> Option<&Quorum> {
        match &self.requires {
            Requirement::Ticket { approvals, .. } => approvals.as_ref(),
            Requirement::Nothing => None,
        }
    }

    /// Whether it applies to branches; a policy with only conditions on tickets does not.
    #[must_use]
    pub(crate) fn is_about_branches(&self) -> bool {
        let about_tickets = !self.categories.is_empty() || self.risk.is_some();
        self.has_branch_condition() || !about_tickets
    }

    /// Whether one of `policies` is equal, or applies from the start and therefore to more.
    fn is_kept_in(&self, policies: &[Self]) -> bool {
        let from_the_start = Self {
            since: None,
            ..self.clone()
        };
        policies.contains(self) || policies.contains(&from_the_start)
    }

    fn has_branch_condition(&self) -> bool {
        !self.paths.is_empty()
            || self.bump.is_some()
            || !self.types.is_empty()
            || !self.scopes.is_empty()
    }
}

fn read(table: &Table, config: &mut Config, reader: &mut Reader) {
    let mut policies: Vec<Policy> = Vec::new();
    for table in tables(table, "policy") {
        let (Some(name), Some(policy)) = (table.get("name"), read_policy(table, reader)) else {
            continue;
        };
        if policies.iter().any(|other| other.name == policy.name) {
            reader.fault(
                name,
                format!("duplicate policy name `{}`", policy.name),
                "choose another name",
            );
        }
        if let Some(approvals) = table
            .get("approvals")
            .filter(|_| config.approvals.is_none())
        {
            reader.fault(
                approvals,
                format!(
                    "the policy `{}` requires approvals, but there is no `[approvals]` table",
                    policy.name
                ),
                "add `[approvals]`, which turns the checks of approvals on",
            );
        }
        policies.push(policy);
    }
    config.policies = policies;
}

fn read_policy(table: &Table, reader: &mut Reader) -> Option<Policy> {
    let policy = Policy {
        name: string(table, "name")?,
        since: table.text("since").map(|since| since.trim().to_owned()),
        paths: reader.globs(table, "paths").unwrap_or_default(),
        bump: word(table, "bump"),
        types: strings(table, "types")
            .iter()
            .map(|kind| kind.to_lowercase())
            .collect(),
        scopes: strings(table, "scopes"),
        categories: words(table, "categories"),
        risk: word(table, "risk"),
        requires: match table.text("requires") {
            Some("none") => Requirement::Nothing,
            _ => Requirement::Ticket {
                sections: strings(table, "sections"),
                min_risk: word(table, "min_risk"),
                approvals: subtable(table, "approvals")
                    .map(|approvals| Quorum::of(0).with(Some(approvals))),
            },
        },
        exception: match flag(table, "allow_none") {
            Some(true) => Exception::Allowed,
            _ => Exception::Refused,
        },
    };
    reader.types_in_list(
        table.get("types"),
        "remove `types` to match commits of every type",
    );
    if let (Some(node), Err(_)) = (table.get("paths"), glob_set(&policy.paths))
        && policy.paths.iter().all(|glob| glob_set(&[glob]).is_ok())
    {
        reader.fault(
            node,
            "the globs are too large".into(),
            "split the policy into several policies",
        );
    }
    if policy.requires == Requirement::Nothing {
        check_exemption(&policy, table, reader);
    }
    if let Some(node) = table.get("since") {
        check_since(&policy, node, reader);
    }
    Some(policy)
}

/// An exemption must have conditions and no requirements.
fn check_exemption(policy: &Policy, table: &Table, reader: &mut Reader) {
    let is_unused = |entry: &&Entry| {
        [
            "sections",
            "min_risk",
            "approvals",
            "allow_none",
            "categories",
            "risk",
        ]
        .contains(&entry.key.as_str())
    };
    for entry in table.entries().iter().filter(is_unused) {
        let message = format!("`{}` has no effect with `requires = \"none\"`", entry.key);
        reader.fault(
            &entry.value,
            message,
            "remove the key, or set `requires = \"ticket\"`",
        );
    }
    if let Some(node) = table
        .get("requires")
        .filter(|_| !policy.has_branch_condition())
    {
        let help = "restrict the policy with `paths`, `types`, `scopes`, or `bump`";
        reader.fault(
            node,
            format!("the policy `{}` would exempt everything", policy.name),
            help,
        );
    }
}

/// Reports a start that is neither a tag nor a commit, which do not move, or that exempts nothing.
fn check_since(policy: &Policy, node: &Node, reader: &mut Reader) {
    let since = policy.since.as_deref().unwrap_or_default();
    if policy.requires == Requirement::Nothing || !policy.is_about_branches() {
        let message = "`since` has no effect here: it exempts commits from a policy that requires a ticket for them";
        reader.fault(node, message.into(), "remove `since`");
    } else if !is_tag_or_id(since) {
        let message = format!(
            "`{}` is neither a tag name nor a full commit ID",
            shorten(since)
        );
        let help =
            "use a tag, such as `v1.2.3`, or the full commit ID that `git rev-parse HEAD` prints";
        reader.fault(node, message, help);
    }
}

/// Whether a text is a full commit ID or can be the short name of a tag; expressions, `HEAD` and full
/// names of references are neither.
fn is_tag_or_id(text: &str) -> bool {
    let is_tag = can_begin_tag_name(text) && !text.is_empty() && !text.ends_with(['/', '.']);
    Id::from_hex(text.as_bytes()).is_some()
        || is_tag && text != "HEAD" && !text.starts_with("refs/")
}

fn write(config: &Config, out: &mut Writer) {
    for policy in &config.policies {
        out.table("[[policy]]");
        write_keys(policy, out);
    }
}

fn write_keys(policy: &Policy, out: &mut Writer) {
    out.string("name", &policy.name);
    out.optional("since", policy.since.as_deref());
    out.restriction("paths", &policy.paths);
    out.restriction("types", &policy.types);
    out.restriction("scopes", &policy.scopes);
    let categories: Vec<&str> = policy
        .categories
        .iter()
        .map(|category| category.as_str())
        .collect();
    out.restriction("categories", &categories);
    out.optional("bump", policy.bump.map(Bump::as_str));
    out.optional("risk", policy.risk.map(RiskLevel::as_str));
    match &policy.requires {
        Requirement::Nothing => out.string("requires", "none"),
        Requirement::Ticket {
            sections,
            min_risk,
            approvals,
        } => {
            out.string("requires", "ticket");
            out.restriction("sections", sections);
            out.optional("min_risk", min_risk.map(RiskLevel::as_str));
            if let Some(approvals) = approvals {
                out.value("approvals", approvals.to_toml());
            }
            out.value("allow_none", policy.exception == Exception::Allowed);
        }
    }
}

fn written(policy: &Policy) -> Writer {
    let mut out = Writer::default();
    write_keys(policy, &mut out);
    out
}

fn compare(base: &Config, head: &Config, found: &mut Weakenings) {
    let (base, head) = (&base.policies, &head.policies);
    for policy in base {
        if policy.requires != Requirement::Nothing && !policy.is_kept_in(head) {
            let changed = head.iter().find(|other| other.name == policy.name);
            let subject = format!("the policy `{}`", policy.name);
            found.table(&subject, &written(policy), changed.map(written).as_ref());
        }
    }
    for policy in head {
        if policy.requires == Requirement::Nothing && !base.contains(policy) {
            let what = format!("the policy `{}` adds an exemption", policy.name);
            found.texts.push(what);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Roles;
    use crate::config::testing::{config, faults, weakenings};

    fn policies(text: &str) -> Vec<Policy> {
        config(text).policies
    }

    fn refusal(text: &str) -> String {
        faults(text).remove(0).0
    }

    #[test]
    fn policy_requires_a_ticket_by_default() {
        let all = policies(
            "[[policy]]\nname = \"a\"\n[[policy]]\nname = \"b\"\nrequires = \"none\"\ntypes = [\"Docs\"]",
        );
        assert_eq!(
            all[0].requires,
            Requirement::Ticket {
                sections: Vec::new(),
                min_risk: None,
                approvals: None,
            }
        );
        assert_eq!(
            (&all[1].requires, &all[1].types[..]),
            (&Requirement::Nothing, &["docs".to_owned()][..])
        );
    }

    #[test]
    fn policy_can_require_approvals_and_fields_of_the_review() {
        let policy = "[[policy]]\nname = \"a\"\nsections = [\"review.security\"]\n\
                      approvals = { quorum = 2, roles = [\"dba\", \"security\"] }";
        let read = policies(&format!("[approvals]\n{policy}"));
        let quorum = read[0].approvals().unwrap();
        assert_eq!(quorum.people, 2);
        assert_eq!(
            quorum.roles,
            Roles::Each(vec!["dba".into(), "security".into()])
        );
        assert_eq!(
            refusal(policy),
            "the policy `a` requires approvals, but there is no `[approvals]` table"
        );
        let only_roles = "[approvals]\n[[policy]]\nname = \"a\"\napprovals.roles = [\"dba\"]";
        assert_eq!(policies(only_roles)[0].approvals().unwrap().people, 0);
    }

    #[test]
    fn dropped_approvals_of_a_policy_are_weaker() {
        let base = "[approvals]\n[[policy]]\nname = \"a\"\npaths = [\"db/**\"]\n\
                    approvals = { quorum = 2, roles = [\"dba\", \"security\"] }";
        let expected = ["`approvals` changed in the policy `a`"];
        for (old, new) in [("quorum = 2", "quorum = 1"), (", \"security\"", "")] {
            assert_eq!(weakenings(base, &base.replace(old, new)), expected, "{new}");
        }
        let (without, _) = base.rsplit_once('\n').unwrap();
        assert_eq!(weakenings(base, without).len(), 1);
    }

    #[test]
    fn a_policy_on_tickets_alone_is_not_about_branches() {
        let all = policies(
            "[[policy]]\nname = \"a\"\ncategories = [\"schema\"]\nsections = [\"schema_change\"]",
        );
        assert!(!all[0].is_about_branches());
        assert!(policies("[[policy]]\nname = \"a\"")[0].is_about_branches());
    }

    #[test]
    fn a_policy_begins_at_a_tag_or_a_commit() {
        let id = "0123456789012345678901234567890123456789";
        for since in ["v1.2.3", "core/v1", id] {
            let text = format!("[[policy]]\nname = \"a\"\nsince = \"{since}\"");
            assert_eq!(policies(&text)[0].since.as_deref(), Some(since));
        }
        for since in [
            "HEAD",
            "HEAD~1",
            "v1^{}",
            "refs/heads/main",
            "main@{0}",
            "a b",
            "v1/",
        ] {
            let text = format!("[[policy]]\nname = \"a\"\nsince = \"{since}\"");
            assert_eq!(
                refusal(&text),
                format!("`{since}` is neither a tag name nor a full commit ID")
            );
        }
    }

    #[test]
    fn since_is_refused_where_it_has_no_effect() {
        for rest in [
            "requires = \"none\"\ntypes = [\"docs\"]",
            "categories = [\"schema\"]",
        ] {
            let text = format!("[[policy]]\nname = \"a\"\nsince = \"v1\"\n{rest}");
            assert!(
                refusal(&text).starts_with("`since` has no effect here"),
                "{rest}"
            );
        }
    }

    #[test]
    fn an_exemption_of_everything_is_refused() {
        let text = "[[policy]]\nname = \"a\"\nrequires = \"none\"";
        assert_eq!(refusal(text), "the policy `a` would exempt everything");
    }

    #[test]
    fn exemption_with_requirements_is_refused() {
        let text =
            "[[policy]]\nname = \"a\"\npaths = [\"x\"]\nrequires = \"none\"\nmin_risk = \"low\"";
        assert_eq!(
            refusal(text),
            "`min_risk` has no effect with `requires = \"none\"`"
        );
    }

    #[test]
    fn two_policies_have_two_names() {
        assert_eq!(
            refusal("[[policy]]\nname = \"a\"\n[[policy]]\nname = \"a\""),
            "duplicate policy name `a`"
        );
    }

    #[test]
    fn paths_are_globs() {
        assert!(
            refusal("[[policy]]\nname = \"a\"\npaths = [\"[\"]")
                .starts_with("`[` is not a valid glob")
        );
    }

    #[test]
    fn removed_policy_and_exemption_are_weaker() {
        let policy = "[[policy]]\nname = \"a\"\n";
        let expected = ["the policy `a` was removed"];
        assert_eq!(weakenings(policy, ""), expected);
        assert_eq!(weakenings("", policy), [""; 0]);
        let exemption = "[[policy]]\nname = \"b\"\npaths = [\"x\"]\nrequires = \"none\"";
        let both = format!("{policy}{exemption}");
        assert_eq!(
            weakenings(policy, &both),
            ["the policy `b` adds an exemption"]
        );
        assert_eq!(weakenings(exemption, ""), [""; 0]);
    }

    #[test]
    fn changed_policy_is_weaker() {
        let base = "[[policy]]\nname = \"p\"\npaths = [\"a\"]\nsections = [\"tests\"]\nmin_risk = \"high\"\n";
        let expected = |line: &str| {
            let (key, _) = line.split_once(" = ").unwrap();
            [format!("`{key}` changed in the policy `p`")]
        };
        for line in [
            "since = \"v1\"",
            "bump = \"major\"",
            "types = [\"feat\"]",
            "scopes = [\"a\"]",
            "categories = [\"schema\"]",
            "risk = \"high\"",
            "allow_none = true",
        ] {
            let head = format!("{base}{line}");
            assert_eq!(weakenings(base, &head), expected(line), "{line}");
        }
        for (old, new) in [
            ("paths = [\"a\"]", "paths = [\"b\"]"),
            ("sections = [\"tests\"]", ""),
            ("min_risk = \"high\"", "min_risk = \"low\""),
        ] {
            let head = base.replacen(old, new, 1);
            assert_eq!(weakenings(base, &head), expected(old), "{head}");
        }
        let since = format!("{base}since = \"v1\"");
        assert_eq!(weakenings(&since, base), [""; 0]);
        assert_eq!(weakenings(base, base), [""; 0]);
    }
}

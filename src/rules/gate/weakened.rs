//! What makes a configuration less strict than another.
//!
//! Changes that are not provably as strict are reported, since a weaker setting that nobody notices
//! could be an attack. Comments and the order of keys do not count. The sections of the
//! configuration compare their own values; the levels and options of rules are compared here.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::config::{Config, Language, Level};
use crate::error::Result;
use crate::rules::settings::{RuleSelection, Settings};
use crate::rules::{Rule, all};

/// Maximum number of rules of a group that are reported one by one.
const FEW_RULES: usize = 3;

/// What `head` makes less strict, each in words that follow a colon; freezes that are over by `now`
/// do not count.
///
/// # Errors
///
/// Fails if a configuration selects rules that do not exist.
pub fn weakened_settings(base: &Config, head: &Config, now: Timestamp) -> Result<Vec<String>> {
    let (old, new) = (settings(base, now)?, settings(head, now)?);
    let mut found = lowered_levels(&old, &new);
    found.extend(weakened_options(&old, &new));
    found.extend(base.weakenings(head, now));
    Ok(found)
}

/// The levels of a configuration, regardless of its language, which is compared separately.
fn settings(config: &Config, now: Timestamp) -> Result<Settings> {
    Settings::new(
        &Config {
            language: Language::English,
            ..config.clone()
        },
        &RuleSelection::default(),
        now,
    )
}

/// The rules with a lower level: each of them, or their number if a group has many.
fn lowered_levels(base: &Settings, head: &Settings) -> Vec<String> {
    let level = |settings: &Settings, rule: &Rule| settings.level(rule, "", None);
    let mut lowered: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for rule in all() {
        let (before, after) = (level(base, rule), level(head, rule));
        if after < before {
            let words = format!(
                "the rule `{}` is `{}` instead of `{}`",
                rule.name,
                after.as_str(),
                before.as_str()
            );
            lowered.entry(rule.group()).or_default().push(words);
        }
    }
    let describe = |(group, words): (&str, Vec<String>)| match words.len() {
        1..=FEW_RULES => words,
        count => vec![format!("{count} rules of `{group}/*` have a lower level")],
    };
    lowered.into_iter().flat_map(describe).collect()
}

/// The options of enabled rules that are weaker: a higher number, which is a wider limit, or another
/// word, since words have no order.
fn weakened_options(base: &Settings, head: &Settings) -> Vec<String> {
    let enabled = all().filter(|rule| base.level(rule, "", None) != Level::Off);
    let options = enabled.flat_map(|rule| rule.options.iter().map(move |option| (rule, option)));
    let weaker = options.filter_map(|(rule, option)| {
        let (old, new) = (base.option(rule, option), head.option(rule, option));
        let (is_weaker, old, new) = match (old.as_integer(), new.as_integer()) {
            (Some(old), Some(new)) => (new > old, old.to_string(), new.to_string()),
            _ => (
                old.as_str() != new.as_str(),
                old.as_str()?.to_owned(),
                new.as_str()?.to_owned(),
            ),
        };
        is_weaker.then(|| {
            format!(
                "the option `{}` of `{}` is `{new}` instead of `{old}`",
                option.name, rule.name
            )
        })
    });
    weaker.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fields;
    use crate::document::{Field, Shape};
    use crate::source::Source;

    fn weakenings_of(base: &str, head: &str) -> Vec<String> {
        let config = |text: &str| Config::parse(Source::new("tollgate.toml", text)).unwrap();
        weakened_settings(
            &config(base),
            &config(head),
            "2026-11-20T12:00:00Z".parse().unwrap(),
        )
        .unwrap()
    }

    #[test]
    fn lower_level_is_a_weakening() {
        let (warning, off) = (
            "rules.\"content/placeholder\" = \"warning\"",
            "rules.\"content/placeholder\" = \"off\"",
        );
        assert_eq!(
            weakenings_of(warning, off),
            ["the rule `content/placeholder` is `off` instead of `warning`"]
        );
        assert_eq!(weakenings_of(off, warning), [""; 0]);
    }

    #[test]
    fn lower_levels_of_a_group_are_combined() {
        let found = weakenings_of("", "rules.\"plan/*\" = \"off\"");
        assert!(
            found.len() == 1 && found[0].ends_with(" rules of `plan/*` have a lower level"),
            "{found:?}"
        );
    }

    #[test]
    fn level_for_some_files_is_a_weakening() {
        let overridden = "[[overrides]]\nfiles = [\"a\"]\nrules = { \"plan/*\" = \"off\" }";
        assert_eq!(weakenings_of("", overridden), ["`overrides` changed"]);
        assert_eq!(
            weakenings_of(overridden, &format!("# why\n{overridden}")),
            [""; 0]
        );
    }

    #[test]
    fn removed_policy_and_exemption_are_weakenings() {
        let policy = "[[policy]]\nname = \"a\"\n";
        assert_eq!(
            weakenings_of(policy, ""),
            ["the policy `a` was changed or removed"]
        );
        assert_eq!(weakenings_of("", policy), [""; 0]);
        let exemption = "[[policy]]\nname = \"b\"\npaths = [\"x\"]\nrequires = \"none\"";
        assert_eq!(
            weakenings_of(policy, &format!("{policy}{exemption}")),
            ["the policy `b` adds an exemption"]
        );
        assert_eq!(weakenings_of(exemption, ""), [""; 0]);
    }

    #[test]
    fn removed_freeze_is_a_weakening_unless_past() {
        let freeze =
            |end| format!("[[freeze]]\nname = \"f\"\nstart = 2026-01-01T00:00:00Z\nend = {end}");
        assert_eq!(
            weakenings_of(&freeze("2027-01-01T00:00:00Z"), ""),
            ["the freeze `f` was changed or removed"]
        );
        assert_eq!(weakenings_of(&freeze("2026-02-01T00:00:00Z"), ""), [""; 0]);
    }

    #[test]
    fn scope_and_identity_changes_are_weakenings() {
        assert_eq!(
            weakenings_of("", "tickets = [\"x/*.toml\"]\nlanguage = \"off\""),
            ["`tickets` changed", "`language` changed"]
        );
        assert_eq!(
            weakenings_of("", "bumps.feat = \"none\""),
            ["`bumps` changed"]
        );
        assert_eq!(weakenings_of("", "id_pattern = \"^x\""), [""; 0]);
    }

    #[test]
    fn changed_release_command_is_a_weakening() {
        let (none, one) = ("", "release.before = [\"cargo test\"]");
        assert_eq!(weakenings_of(none, one), ["`release` changed"]);
        assert_eq!(weakenings_of(one, none), ["`release` changed"]);
        let after = "release.after = [\"notify\"]";
        assert_eq!(
            (weakenings_of(none, after), weakenings_of(after, none)),
            (vec!["`release` changed".to_owned()], Vec::new())
        );
        assert_eq!(weakenings_of(one, &format!("# why\n{one}")), [""; 0]);
    }

    #[test]
    fn commit_override_is_a_weakening() {
        let skipped = "[[override]]\ncommit = \"140a870\"\nskip = \"an experiment\"";
        assert_eq!(weakenings_of("", skipped), ["`override` changed"]);
        assert_eq!(
            weakenings_of(skipped, &format!("# why\n{skipped}")),
            [""; 0]
        );
        assert_eq!(weakenings_of(skipped, ""), [""; 0]);
    }

    #[test]
    fn weaker_evidence_is_a_weakening() {
        let base = "[approvals]\nbots = [\"ci\"]\nhigh = { quorum = 2, roles = [\"dba\"], evidence = \"signed\" }\n";
        for looser in [
            "",
            "[approvals]",
            "[approvals]\nhigh = { quorum = 2, roles = [\"dba\"], evidence = \"signed\" }",
            &base.replace("quorum = 2", "quorum = 1"),
            &base.replace("signed", "forge"),
            &base.replace("\"dba\"", "\"sre\""),
            &format!("{base}allowed_signers = \"keys\""),
        ] {
            assert_eq!(
                weakenings_of(base, looser),
                ["`approvals` changed"],
                "{looser}"
            );
        }
        for stricter in [
            base,
            &base.replace("\"dba\"", "\"dba\", \"sre\""),
            &base.replace("quorum = 2", "quorum = 3"),
        ] {
            assert_eq!(weakenings_of(base, stricter), [""; 0], "{stricter}");
        }
        assert_eq!(weakenings_of("", base), [""; 0]);
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
            assert_eq!(
                weakenings_of(base, weaker),
                ["`approvals` changed"],
                "{weaker}"
            );
        }
        let never = &format!("{base}emergency = \"never\"");
        for stricter in [base, &base.replace(", \"cto\"", ""), never] {
            assert_eq!(weakenings_of(base, stricter), [""; 0], "{stricter}");
        }
        assert_eq!(weakenings_of(never, base), ["`approvals` changed"]);
    }

    #[test]
    fn gained_role_or_name_is_a_weakening() {
        let bo = |rest: &str| format!("people.bo = {{ email = \"bo@example.com\"{rest} }}");
        assert_eq!(
            weakenings_of(&bo(""), &bo(", roles = [\"dba\"]")),
            ["`people` changed"]
        );
        assert_eq!(
            weakenings_of(&bo(""), &bo(", aliases = [\"eve@example.com\"]")),
            ["`people` changed"]
        );
        assert_eq!(weakenings_of(&bo(", roles = [\"dba\"]"), &bo("")), [""; 0]);
        assert_eq!(weakenings_of(&bo(""), ""), ["`people` changed"]);
        assert_eq!(weakenings_of("", &bo("")), [""; 0]);
    }
    #[test]
    fn lost_name_or_person_is_a_weakening() {
        let bo = |aliases: &str| {
            format!("people.bo = {{ email = \"bo@example.com\", aliases = [{aliases}] }}\n")
        };
        let kim = "people.kim.email = \"kim@example.com\"\n";
        assert_eq!(
            weakenings_of(&bo("\"bo.berg@example.com\""), &bo("")),
            ["`people` changed"]
        );
        assert_eq!(
            weakenings_of(&(bo("") + kim), &bo("")),
            ["`people` changed"]
        );
        assert_eq!(
            weakenings_of(&bo("\"a\", \"b\""), &bo("\"b\", \"a\"")),
            [""; 0]
        );
        assert_eq!(
            weakenings_of(&(bo("") + kim), &(kim.to_owned() + &bo(""))),
            [""; 0]
        );
    }

    const PERSON: &str = "people.bo = { email = \"bo@x\", roles = [\"dba\"], aliases = [\"b@x\"] }";
    const FREEZE: &str = "[[freeze]]\nname = \"f\"\nstart = 2026-01-01T00:00:00Z\nend = 2027-01-01T00:00:00Z\nservices = [\"a\"]\nenvironments = [\"a\"]\n";
    const WEEKLY: &str = "[[freeze]]\nname = \"f\"\nweekly = { from = \"Fri 14:00\", to = \"Mon 07:00\", zone = \"UTC\" }\n";
    const POLICY: &str =
        "[[policy]]\nname = \"p\"\npaths = [\"a\"]\nsections = [\"tests\"]\nmin_risk = \"high\"\n";
    const PACKAGE: &str = "[[package]]\nname = \"p\"\npaths = [\"p/**\"]\ndepends_on = [\"q\"]\n[[package]]\nname = \"q\"\npaths = [\"q/**\"]\n";

    /// For each key two configurations of which the second is weaker by this key; `X=>Y` replaces a
    /// part of the first.
    const WEAKER: &[(&str, &str, &str)] = &[
        ("tickets", "", "tickets = [\"x/*.toml\"]"),
        ("id_pattern", "id_pattern = \"^A\"", ""),
        ("language", "", "language = \"off\""),
        ("tag_prefix", "", "tag_prefix = \"x\""),
        ("initial", "", "initial = \"9.0.0\""),
        ("zero_breaking", "zero_breaking = \"major\"", ""),
        ("zero_feature", "", "zero_feature = \"patch\""),
        ("first_parent", "", "first_parent = true"),
        ("branches", "branches = [\"main\"]", ""),
        ("bumps", "", "bumps.feat = \"none\""),
        (
            "override.commit",
            "",
            "[[override]]\ncommit = \"140a870\"\nskip = \"x\"",
        ),
        (
            "override.message",
            "",
            "[[override]]\ncommit = \"140a870\"\nmessage = \"fix: x\"",
        ),
        (
            "override.bump",
            "",
            "[[override]]\ncommit = \"140a870\"\nbump = \"none\"",
        ),
        (
            "override.skip",
            "",
            "[[override]]\ncommit = \"140a870\"\nskip = \"x\"",
        ),
        ("commits.scopes", "commits.scopes = [\"a\"]", ""),
        ("package.name", PACKAGE, "name = \"p\"=>name = \"r\""),
        ("package.paths", PACKAGE, "\"p/**\"=>\"p/src/**\""),
        (
            "package.tag_prefix",
            PACKAGE,
            "paths = [\"p=>tag_prefix = \"x\"\npaths = [\"p",
        ),
        ("package.depends_on", PACKAGE, "depends_on = [\"q\"]=>"),
        (
            "changelog.sections",
            "changelog.sections = { feat = \"A\", docs = \"B\" }",
            ", docs = \"B\"=>",
        ),
        ("changelog.hidden", "", "changelog.hidden = [\"fix\"]"),
        (
            "changelog.unconventional",
            "changelog.unconventional = \"Other\"",
            "",
        ),
        ("rules", "", "rules.\"plan/*\" = \"off\""),
        (
            "rules.level",
            "",
            "rules.\"content/placeholder\" = { level = \"off\" }",
        ),
        (
            "overrides.files",
            "",
            "[[overrides]]\nfiles = [\"a\"]\nrules = { \"plan/*\" = \"off\" }",
        ),
        (
            "overrides.rules",
            "",
            "[[overrides]]\nfiles = [\"a\"]\nrules = { \"plan/*\" = \"off\" }",
        ),
        (
            "overrides.rules.level",
            "",
            "[[overrides]]\nfiles = [\"a\"]\nrules = { \"plan/*\" = { level = \"off\" } }",
        ),
        ("people.email", PERSON, "bo@x=>eve@x"),
        ("people.roles", PERSON, "\"dba\"=>\"dba\", \"sre\""),
        ("people.aliases", PERSON, "\"b@x\"=>"),
        ("goals", "goals.G-1 = \"x\"", ""),
        ("freeze.name", FREEZE, ""),
        ("freeze.start", FREEZE, "2026-01-01=>2026-12-01"),
        ("freeze.end", FREEZE, "2027=>2026-12-01T00:00:00Z # "),
        ("freeze.weekly.from", WEEKLY, "14:00=>18:00"),
        ("freeze.weekly.to", WEEKLY, "07:00=>01:00"),
        ("freeze.weekly.zone", WEEKLY, "UTC=>Europe/Berlin"),
        (
            "freeze.mode",
            FREEZE,
            "name = \"f\"=>name = \"f\"\nmode = \"soft\"",
        ),
        (
            "freeze.services",
            FREEZE,
            "services = [\"a\"]=>services = [\"b\"]",
        ),
        (
            "freeze.environments",
            FREEZE,
            "environments = [\"a\"]=>environments = [\"b\"]",
        ),
        (
            "freeze.allow",
            FREEZE,
            "name = \"f\"=>name = \"f\"\nallow = [\"normal\"]",
        ),
        (
            "freeze.covers",
            FREEZE,
            "name = \"f\"=>name = \"f\"\ncovers = [\"deploy\"]",
        ),
        ("policy.name", POLICY, ""),
        ("policy.paths", POLICY, "\"a\"=>\"b\""),
        (
            "policy.since",
            POLICY,
            "name = \"p\"=>name = \"p\"\nsince = \"v1\"",
        ),
        (
            "policy.bump",
            POLICY,
            "name = \"p\"=>name = \"p\"\nbump = \"major\"",
        ),
        (
            "policy.types",
            POLICY,
            "name = \"p\"=>name = \"p\"\ntypes = [\"feat\"]",
        ),
        (
            "policy.scopes",
            POLICY,
            "name = \"p\"=>name = \"p\"\nscopes = [\"a\"]",
        ),
        (
            "policy.categories",
            POLICY,
            "name = \"p\"=>name = \"p\"\ncategories = [\"schema\"]",
        ),
        (
            "policy.risk",
            POLICY,
            "name = \"p\"=>name = \"p\"\nrisk = \"high\"",
        ),
        (
            "policy.requires",
            "",
            "[[policy]]\nname = \"p\"\npaths = [\"a\"]\nrequires = \"none\"",
        ),
        ("policy.sections", POLICY, "sections = [\"tests\"]=>"),
        ("policy.min_risk", POLICY, "\"high\"=>\"low\""),
        (
            "policy.allow_none",
            POLICY,
            "name = \"p\"=>name = \"p\"\nallow_none = true",
        ),
        (
            "approvals.allowed_signers",
            "approvals.allowed_signers = \"a\"",
            "\"a\"=>\"b\"",
        ),
        ("approvals.bots", "approvals.bots = [\"ci\"]", "\"ci\"=>"),
        (
            "approvals.emergency",
            "approvals.emergency = \"never\"",
            "never=>after",
        ),
        (
            "approvals.emergency_roles",
            "approvals.emergency_roles = [\"sre\"]",
            "\"sre\"=>",
        ),
        (
            "approvals.incident_pattern",
            "approvals.incident_pattern = \"^INC\"",
            "^INC=>INC",
        ),
        ("limits.ticket_bytes", "", "limits.ticket_bytes = 1000000"),
        ("limits.tickets", "", "limits.tickets = 100000"),
        ("limits.total_bytes", "", "limits.total_bytes = 1000000000"),
        (
            "release.commit_message",
            "",
            "release.commit_message = \"release {version}\"",
        ),
        ("release.emergency_days", "", "release.emergency_days = 365"),
        ("release.before", "release.before = [\"test\"]", ""),
        (
            "release.before.run",
            "release.before = [{ run = \"test\" }]",
            "test=>true",
        ),
        ("release.after", "", "release.after = [\"x\"]"),
        ("release.after.run", "", "release.after = [{ run = \"x\" }]"),
    ];

    /// The keys that weaken nothing, and why.
    const HARMLESS: &[(&str, &str)] = &[
        (
            "package.changelog",
            "the release notes of the package are in the tag too",
        ),
        (
            "package.version_files",
            "they follow the version, and decide nothing",
        ),
        (
            "package.version_files.file",
            "they follow the version, and decide nothing",
        ),
        (
            "package.version_files.pattern",
            "they follow the version, and decide nothing",
        ),
        (
            "release.version_files",
            "they follow the version, and decide nothing",
        ),
        (
            "release.version_files.file",
            "they follow the version, and decide nothing",
        ),
        (
            "release.version_files.pattern",
            "they follow the version, and decide nothing",
        ),
        (
            "release.before.within",
            "a command that is ended early stops the release",
        ),
        ("release.after.within", "the release is made before"),
        ("changelog.file", "the release notes are in the tag too"),
        ("changelog.style", "all styles show the same types"),
        (
            "changelog.template",
            "it words the changelog, and the tag has the commits",
        ),
        (
            "changelog.prereleases",
            "it says where commits are shown, not whether",
        ),
        (
            "changelog.breaking",
            "it says where commits are shown, not whether",
        ),
        ("changelog.scopes", "the subjects are shown"),
        ("changelog.links", "links decide nothing"),
        ("changelog.url", "links decide nothing"),
        ("changelog.forge", "links decide nothing"),
        (
            "changelog.bots",
            "they are contributors or not, and decide nothing",
        ),
        (
            "freeze.reason",
            "a text for people, told with every change of a freeze",
        ),
    ];

    /// The paths of all keys that have a value of their own.
    fn keys(fields: &[Field], prefix: &str, found: &mut Vec<String>) {
        for field in fields {
            inside(&field.shape, &format!("{prefix}{}", field.name), found);
        }
    }

    fn inside(shape: &Shape, path: &str, found: &mut Vec<String>) {
        match shape {
            Shape::Table(fields) | Shape::Open(fields) => keys(fields, &format!("{path}."), found),
            Shape::List(item) | Shape::AnyList(item) | Shape::Map(item) => {
                inside(item, path, found);
            }
            Shape::Either(shapes) => shapes.iter().for_each(|shape| inside(shape, path, found)),
            _ => found.push(path.to_owned()),
        }
    }

    #[test]
    fn every_key_of_a_configuration_is_compared_or_cannot_weaken() {
        let mut all = Vec::new();
        keys(&fields(), "", &mut all);
        for key in all {
            let is_of_risk = key.starts_with("risk.");
            let is_quorum = ["low", "medium", "high", "critical"]
                .iter()
                .any(|risk| key.starts_with(&format!("approvals.{risk}.")));
            let examples: Vec<_> = WEAKER.iter().filter(|(name, ..)| *name == key).collect();
            let is_harmless = HARMLESS.iter().any(|(name, _)| *name == key);
            assert!(
                !is_harmless || examples.is_empty(),
                "`{key}` is in both lists"
            );
            assert!(
                is_of_risk || is_quorum || is_harmless || !examples.is_empty(),
                "no comparison knows `{key}`"
            );
            if is_of_risk {
                // A risk from which on all is high leaves nothing medium, which is refused.
                let points = if key == "risk.medium" { 3 } else { 7 };
                assert_eq!(
                    weakenings_of("", &format!("{key} = {points}")),
                    ["`risk` changed"],
                    "{key}"
                );
            }
            if is_quorum {
                let value = |value: &str| format!("{key} = {value}");
                let (base, head) = match key.rsplit('.').next() {
                    Some("quorum") => (value("3"), value("1")),
                    Some("roles") => (value("[\"dba\"]"), value("[]")),
                    _ => (value("\"signed\""), value("\"claimed\"")),
                };
                assert_eq!(
                    weakenings_of(&base, &head),
                    ["`approvals` changed"],
                    "{key}"
                );
            }
            for (_, base, weaker) in examples {
                let head = weaker
                    .split_once("=>")
                    .map(|(old, new)| base.replacen(old, new, 1));
                let head = head.unwrap_or_else(|| (*weaker).to_owned());
                assert_ne!(*base, head, "{key}");
                assert!(!weakenings_of(base, &head).is_empty(), "{key}: {head}");
                assert_eq!(weakenings_of(base, base), [""; 0], "{key}");
            }
        }
        for key in WEAKER
            .iter()
            .map(|(key, ..)| key)
            .chain(HARMLESS.iter().map(|(key, _)| key))
        {
            let mut all = Vec::new();
            keys(&fields(), "", &mut all);
            assert!(
                all.iter().any(|known| known == key),
                "there is no key `{key}`"
            );
        }
    }

    #[test]
    fn a_rule_that_is_on_keeps_its_limit() {
        let rule = |rest: &str| {
            format!("rules.\"commit/header-too-long\" = {{ level = \"error\"{rest} }}")
        };
        let message = "the option `max` of `commit/header-too-long` is `100` instead of `72`";
        assert_eq!(
            weakenings_of(&rule(", max = 72"), &rule(", max = 100")),
            [message]
        );
        assert_eq!(weakenings_of(&rule(""), &rule(", max = 100")), [message]);
        assert_eq!(
            weakenings_of(&rule(", max = 72"), &rule(", max = 50")),
            [""; 0]
        );
        let case = |first: &str| {
            format!("rules.\"commit/subject-case\" = {{ level = \"error\", first = \"{first}\" }}")
        };
        assert_eq!(weakenings_of(&case("lower"), &case("upper")).len(), 1);
        assert_eq!(weakenings_of(&case("lower"), &case("lower")), [""; 0]);
    }

    #[test]
    fn stricter_settings_are_not_weakenings() {
        for (base, head) in [
            ("", "commits.scopes = [\"a\"]"),
            (
                "commits.scopes = [\"a\", \"b\"]",
                "commits.scopes = [\"b\"]",
            ),
            ("", "goals.G-1 = \"x\""),
            ("goals = { G-1 = \"x\", G-2 = \"y\" }", "goals.G-1 = \"z\""),
            ("release.emergency_days = 7", "release.emergency_days = 3"),
            ("changelog.hidden = [\"fix\"]", ""),
            ("", "changelog.sections = { \"*\" = \"All\" }"),
            ("", "changelog.style = \"github\""),
            ("", "changelog.unconventional = \"Other\""),
            (
                "release.before = [\"test\"]",
                "release.before = [{ run = \"test\", within = \"1m\" }]",
            ),
            (
                PACKAGE,
                &format!("{PACKAGE}[[package]]\nname = \"r\"\npaths = [\"r/**\"]"),
            ),
        ] {
            assert_eq!(weakenings_of(base, head), [""; 0], "{base:?} {head:?}");
        }
    }
}

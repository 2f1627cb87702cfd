//! What a branch's configuration makes less strict than the base's.
//!
//! Whatever is not provably as strict is told: a change of what judges is worth a look, and a looser one that passes
//! unseen is worth an attack. Comments, order of keys and where the configuration stands do not count.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::config::{
    ApprovalPolicy, CommitOverride, Config, Freeze, FrozenTime, Hook, Language, Level, Person, Policy, Quorum,
    ReleaseSettings, Requirement, Roles,
};
use crate::error::Result;
use crate::rules::settings::{Choice, Settings};
use crate::rules::{Rule, all};
use crate::ticket::RiskLevel;

/// How many rules of a group are told one by one.
const FEW_RULES: usize = 3;

/// What `head` makes less strict, each in words that follow a colon; freezes that are over by `now` do not count.
///
/// Fails where a configuration selects rules that are not there.
pub fn loosened(base: &Config, head: &Config, now: Timestamp) -> Result<Vec<String>> {
    let mut found = lowered_levels(&settings(base, now)?, &settings(head, now)?);
    found.extend(lost_policies(base, head));
    found.extend(lost_freezes(base, head, now));
    found.extend(changed_sections(base, head).into_iter().map(|key| format!("`{key}` is changed")));
    Ok(found)
}

/// The levels that a configuration gives, whatever language it names: that is told by itself.
fn settings(config: &Config, now: Timestamp) -> Result<Settings> {
    Settings::new(&Config { language: Language::English, ..config.clone() }, &Choice::default(), now)
}

/// The rules with a lower level: each by itself, or all of a group together where they are many.
fn lowered_levels(base: &Settings, head: &Settings) -> Vec<String> {
    let level = |settings: &Settings, rule: &Rule| settings.level(rule, "", None);
    let mut lowered: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for rule in all() {
        let (before, after) = (level(base, rule), level(head, rule));
        if after < before {
            let words = format!("the rule `{}` is `{}` instead of `{}`", rule.name, after.as_str(), before.as_str());
            lowered.entry(rule.group()).or_default().push(words);
        }
    }
    let told = |(group, words): (&str, Vec<String>)| match words.len() {
        1..=FEW_RULES => words,
        count => vec![format!("{count} rules of `{group}/*` have a lower level")],
    };
    lowered.into_iter().flat_map(told).collect()
}

fn lost_policies(base: &Config, head: &Config) -> Vec<String> {
    let kept = |policy| head.policies.contains(policy);
    let lost = base.policies.iter().filter(|policy| policy.requires != Requirement::Nothing && !kept(policy));
    let lost = lost.map(|policy| format!("the policy `{}` is changed or gone", policy.name));
    let exempting = |policy: &&Policy| policy.requires == Requirement::Nothing;
    let new = head.policies.iter().filter(exempting).filter(|policy| !base.policies.contains(policy));
    lost.chain(new.map(|policy| format!("the policy `{}` exempts what was not exempt", policy.name))).collect()
}

fn lost_freezes(base: &Config, head: &Config, now: Timestamp) -> Vec<String> {
    let is_over = |freeze: &Freeze| matches!(&freeze.time, FrozenTime::Once { end, .. } if *end <= now);
    let lost = base.freezes.iter().filter(|freeze| !is_over(freeze) && !head.freezes.contains(freeze));
    lost.map(|freeze| format!("the freeze `{}` is changed or gone", freeze.name)).collect()
}

/// The keys of sections that decide what is judged and by whom, and that are not provably as strict as before.
fn changed_sections(base: &Config, head: &Config) -> Vec<&'static str> {
    let (old, new) = (&base.version, &head.version);
    let pattern = |config: &Config| config.id_pattern.as_ref().map(|pattern| pattern.as_str().to_owned());
    let loosened = [
        ("tickets", base.tickets != head.tickets),
        ("id_pattern", base.id_pattern.is_some() && pattern(base) != pattern(head)),
        ("language", base.language == Language::English && head.language == Language::Off),
        ("limits", head.limits.ticket_bytes > base.limits.ticket_bytes),
        ("risk", base.risk.clone().entries() != head.risk.clone().entries()),
        ("people", says_anew_who_is_who(base, head)),
        ("approvals", base.approvals.as_ref().is_some_and(|base| !is_as_strict(base, head.approvals.as_ref()))),
        ("release", runs_more(&base.release, &head.release)),
        ("branches", !base.branches.is_empty() && base.branches != head.branches),
        ("bumps", old.bumps != new.bumps),
        ("zero_breaking", new.zero_breaking < old.zero_breaking),
        ("zero_feature", new.zero_feature < old.zero_feature),
        ("first_parent", old.first_parent != new.first_parent),
        ("override", new.overrides.iter().any(|own| !old.overrides.iter().any(|known| says_the_same(own, known)))),
        ("overrides", overrides(base).ne(overrides(head))),
    ];
    loosened.into_iter().filter(|(_, is_looser)| *is_looser).map(|(key, _)| key).collect()
}

/// Whether approvals are asked for as before, or more of them, or better proven.
fn is_as_strict(base: &ApprovalPolicy, head: Option<&ApprovalPolicy>) -> bool {
    let Some(head) = head else { return false };
    let has_role = |new: &Roles, old: &Roles| match (new, old) {
        (_, Roles::Whatever) | (Roles::One | Roles::Each(_), Roles::One) => true,
        (Roles::Each(new), Roles::Each(old)) => old.iter().all(|role| new.contains(role)),
        (Roles::Whatever | Roles::One, _) => false,
    };
    let asks_no_less = |risk: RiskLevel| {
        let (new, old): (&Quorum, &Quorum) = (head.quorum(risk), base.quorum(risk));
        new.people >= old.people && new.evidence >= old.evidence && has_role(&new.roles, &old.roles)
    };
    RiskLevel::WORDS.iter().filter_map(|word| RiskLevel::parse(word)).all(asks_no_less)
        && base.bots.iter().all(|bot| head.bots.contains(bot))
        && base.allowed_signers == head.allowed_signers
}

/// Whether a release runs commands that it did not run before.
fn runs_more(base: &ReleaseSettings, head: &ReleaseSettings) -> bool {
    let is_known = |hook: &Hook| base.before.iter().chain(&base.after).any(|known| known.run == hook.run);
    !head.before.iter().chain(&head.after).all(is_known)
}

/// Whether two overrides say the same, wherever they stand.
fn says_the_same(one: &CommitOverride, other: &CommitOverride) -> bool {
    one.commit == other.commit && one.effect == other.effect
}

/// The levels for some files, without where they are written.
fn overrides(config: &Config) -> impl Iterator<Item = (&[String], Vec<(&str, Option<Level>)>)> {
    config.rules.overrides.iter().map(|part| {
        let levels = part.levels.iter().map(|rule| (rule.selector.as_str(), rule.level)).collect();
        (part.files.as_slice(), levels)
    })
}

/// Whether anybody may stand in a ticket, or bear a role, who might not before, or is no longer known by a name: who
/// wrote a change under it could approve it under another.
fn says_anew_who_is_who(base: &Config, head: &Config) -> bool {
    let within = |new: &[String], old: &[String]| new.iter().all(|text| old.contains(text));
    let is_known = |(alias, person): (&String, &Person)| {
        base.people.get(alias).is_some_and(|known| {
            known.email == person.email
                && within(&person.roles, &known.roles)
                && within(&person.aliases, &known.aliases)
        })
    };
    let is_kept = |(alias, known): (&String, &Person)| {
        head.people.get(alias).is_some_and(|person| within(&known.aliases, &person.aliases))
    };
    let is_as_before = head.people.iter().all(is_known) && base.people.iter().all(is_kept);
    !base.people.is_empty() && !is_as_before
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    fn told(base: &str, head: &str) -> Vec<String> {
        let config = |text: &str| Config::parse(Source::new("tollgate.toml", text)).unwrap();
        loosened(&config(base), &config(head), "2026-11-20T12:00:00Z".parse().unwrap()).unwrap()
    }

    #[test]
    fn a_lower_level_is_told_and_a_higher_one_is_not() {
        let (warning, off) = ("rules.\"content/placeholder\" = \"warning\"", "rules.\"content/placeholder\" = \"off\"");
        assert_eq!(told(warning, off), ["the rule `content/placeholder` is `off` instead of `warning`"]);
        assert_eq!(told(off, warning), [""; 0]);
    }

    #[test]
    fn many_lower_levels_of_a_group_are_told_together() {
        let found = told("", "rules.\"plan/*\" = \"off\"");
        assert!(found.len() == 1 && found[0].ends_with(" rules of `plan/*` have a lower level"), "{found:?}");
    }

    #[test]
    fn a_level_for_some_files_is_told() {
        let overridden = "[[overrides]]\nfiles = [\"a\"]\nrules = { \"plan/*\" = \"off\" }";
        assert_eq!(told("", overridden), ["`overrides` is changed"]);
        assert_eq!(told(overridden, &format!("# why\n{overridden}")), [""; 0]);
    }

    #[test]
    fn a_policy_that_is_gone_and_a_new_exemption_are_told() {
        let policy = "[[policy]]\nname = \"a\"\n";
        assert_eq!(told(policy, ""), ["the policy `a` is changed or gone"]);
        assert_eq!(told("", policy), [""; 0]);
        let exemption = "[[policy]]\nname = \"b\"\npaths = [\"x\"]\nrequires = \"none\"";
        assert_eq!(told(policy, &format!("{policy}{exemption}")), ["the policy `b` exempts what was not exempt"]);
        assert_eq!(told(exemption, ""), [""; 0]);
    }

    #[test]
    fn a_freeze_that_is_gone_is_told_unless_it_is_over() {
        let freeze = |end| format!("[[freeze]]\nname = \"f\"\nstart = 2026-01-01T00:00:00Z\nend = {end}");
        assert_eq!(told(&freeze("2027-01-01T00:00:00Z"), ""), ["the freeze `f` is changed or gone"]);
        assert_eq!(told(&freeze("2026-02-01T00:00:00Z"), ""), [""; 0]);
    }

    #[test]
    fn what_decides_who_and_what_is_judged_is_told() {
        assert_eq!(
            told("", "tickets = [\"x/*.toml\"]\nlanguage = \"off\""),
            ["`tickets` is changed", "`language` is changed"]
        );
        assert_eq!(told("", "bumps.feat = \"none\""), ["`bumps` is changed"]);
        assert_eq!(told("", "id_pattern = \"^x\""), [""; 0]);
    }

    #[test]
    fn a_command_that_a_release_would_run_is_told() {
        let (none, one) = ("", "release.before = [\"cargo test\"]");
        assert_eq!(told(none, one), ["`release` is changed"]);
        assert_eq!(told(one, none), [""; 0]);
        assert_eq!(told(one, &format!("# why\n{one}")), [""; 0]);
    }

    #[test]
    fn a_commit_that_is_to_count_otherwise_is_told() {
        let skipped = "[[override]]\ncommit = \"140a870\"\nskip = \"an experiment\"";
        assert_eq!(told("", skipped), ["`override` is changed"]);
        assert_eq!(told(skipped, &format!("# why\n{skipped}")), [""; 0]);
        assert_eq!(told(skipped, ""), [""; 0]);
    }

    #[test]
    fn approvals_that_prove_less_are_told_and_those_that_prove_more_are_not() {
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
            assert_eq!(told(base, looser), ["`approvals` is changed"], "{looser}");
        }
        for stricter in [base, &base.replace("\"dba\"", "\"dba\", \"sre\""), &base.replace("quorum = 2", "quorum = 3")]
        {
            assert_eq!(told(base, stricter), [""; 0], "{stricter}");
        }
        assert_eq!(told("", base), [""; 0]);
    }

    #[test]
    fn a_person_who_gains_a_role_or_a_name_is_told() {
        let bo = |rest: &str| format!("people.bo = {{ email = \"bo@example.com\"{rest} }}");
        assert_eq!(told(&bo(""), &bo(", roles = [\"dba\"]")), ["`people` is changed"]);
        assert_eq!(told(&bo(""), &bo(", aliases = [\"eve@example.com\"]")), ["`people` is changed"]);
        assert_eq!(told(&bo(", roles = [\"dba\"]"), &bo("")), [""; 0]);
        assert_eq!(told(&bo(""), ""), ["`people` is changed"]);
        assert_eq!(told("", &bo("")), [""; 0]);
    }
    #[test]
    fn a_person_who_loses_a_name_and_one_who_is_gone_are_told() {
        let bo = |aliases: &str| format!("people.bo = {{ email = \"bo@example.com\", aliases = [{aliases}] }}\n");
        let kim = "people.kim.email = \"kim@example.com\"\n";
        assert_eq!(told(&bo("\"bo.berg@example.com\""), &bo("")), ["`people` is changed"]);
        assert_eq!(told(&(bo("") + kim), &bo("")), ["`people` is changed"]);
        assert_eq!(told(&bo("\"a\", \"b\""), &bo("\"b\", \"a\"")), [""; 0]);
        assert_eq!(told(&(bo("") + kim), &(kim.to_owned() + &bo(""))), [""; 0]);
    }
}

//! A ticket that says that it is approved, and is not by enough people.

use super::{Approved, Stage};
use crate::approval::{ApprovalStatus, Deferral, Entry, Lacking, Verdict};
use crate::config::Level;
use crate::finding::Severity;
use crate::rules::rule::{Check, Hits, Rule};
use crate::source::{Label, shorten};
use crate::ticket::RiskLevel;

pub(super) const RULE: Rule = Rule {
    name: "approval/quorum-missing",
    level: Level::Error,
    since: "0.1.0",
    summary: "too few people approve",
    page: include_str!("quorum_missing.md"),
    options: &[],
    checks: &[Check::Approvals(check)],
};

fn check(approved: &Approved<'_>, hits: &mut Hits) {
    let Approved { ticket, judgement, stage, .. } = approved;
    let Some(lacking) = &judgement.lacking else { return };
    // At a release `release/approval-unknown` says what only the forge knows.
    let is_unknown = judgement.status() == ApprovalStatus::Unknown;
    let needs_approval = approved.claims_approval() || approved.may_be_bypassed();
    if !needs_approval || is_unknown && *stage == Stage::Release {
        return;
    }
    let is_bypassed = approved.may_be_bypassed() && *stage == Stage::Merge;
    let lacks = lacks(lacking, approved.risk, is_unknown).join("; ");
    let (message, label) = if is_bypassed {
        (format!("an emergency bypasses its approval: {lacks}"), "its approval has to follow")
    } else {
        (lacks, "not approved by enough people")
    };
    let hit = RULE.finding(Label::new(ticket.state_span, label)).message(message).anchor("approvals");
    let hit = hit.help(help(approved, is_bypassed));
    hits.push(if is_bypassed { hit.at_most(Severity::Warning) } else { hit });
}

/// What is lacking, in words.
fn lacks(lacking: &Lacking, risk: RiskLevel, is_unknown: bool) -> Vec<String> {
    let risk = risk.as_str();
    let mut lacks = Vec::new();
    if let Some((have, need)) = lacking.people {
        let people = if need == 1 { "1 person has".to_owned() } else { format!("{need} people have") };
        lacks.push(if is_unknown {
            format!("at {risk} risk {people} to approve in the forge, and no `--approvals` file says who did")
        } else {
            format!("at {risk} risk {people} to approve, and {have} did")
        });
    }
    lacks.extend(lacking.roles.iter().map(|role| format!("at {risk} risk somebody has to approve as `{role}`")));
    if lacking.any_role {
        lacks.push(format!("at {risk} risk somebody has to approve in a role"));
    }
    lacks
}

fn help(approved: &Approved<'_>, is_bypassed: bool) -> String {
    let Approved { ticket, judgement, stage, .. } = approved;
    let id = shorten(&ticket.identity.text);
    let mut help = match &judgement.deferral {
        _ if is_bypassed => format!("it is owed after the release: `tollgate ticket approve {id}`"),
        Some(Deferral::Allowed(_)) if *stage == Stage::Release => {
            format!("`tollgate release --emergency {id}` bypasses it, and records that in the tag")
        }
        _ => format!("ask somebody who had no hand in the change to approve it: `tollgate ticket approve {id}`"),
    };
    if let Some(refusal) = judgement.deferral.as_ref().and_then(Deferral::refusal) {
        help = format!("{help}; as an emergency it cannot bypass its approval: {refusal}");
    }
    if let Some(declared) = ticket.risk.level.filter(|declared| *declared < approved.risk) {
        let (risk, declared) = (approved.risk.as_str(), declared.as_str());
        help = format!("{help}; what the ticket says makes its risk {risk}, although it declares `{declared}`");
    }
    let idle: Vec<String> = judgement.entries.iter().filter_map(why_not).collect();
    if !idle.is_empty() {
        help = format!("{help}; does not count: {}", idle.join("; "));
    }
    help
}

/// Why an approval does not count of which no other rule speaks.
fn why_not(entry: &Entry) -> Option<String> {
    let by = shorten(&entry.by);
    match &entry.verdict {
        Verdict::Incomplete(key) => Some(format!("that of `{by}` has no `{key}`")),
        Verdict::InFuture(at) => Some(format!("that of `{by}` is dated {at}, later than now")),
        Verdict::Unknown => Some(format!(
            "that of `{by}` in the forge, since nobody in `[people]` bears that name: \
             add the login to `aliases` of the person, in the base"
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{approval, findings, findings_at, rules_of, told};
    use super::{RULE, Stage};
    use crate::finding::Severity;

    #[test]
    fn who_says_approved_has_approvals() {
        assert_eq!(told(&[], ""), ["at low risk 1 person has to approve, and 0 did"]);
        assert_eq!(rules_of(&[], "state = \"deploying\"\n"), [RULE.name]);
        assert_eq!(rules_of(&[&approval("kim@example.com")], ""), [""; 0]);
    }

    #[test]
    fn high_risk_asks_for_two_and_a_role() {
        let high = "risk.level = \"high\"\n";
        let messages = told(&[&approval("kim@example.com")], high);
        let people = "at high risk 2 people have to approve, and 1 did";
        assert_eq!(messages, [format!("{people}; at high risk somebody has to approve in a role")]);
        let dba = format!("{}role = \"dba\"\n", approval("kim@example.com"));
        assert_eq!(rules_of(&[&dba, &approval("bo@example.com")], high), [""; 0]);
    }

    #[test]
    fn who_declares_less_risk_than_the_ticket_has_is_told() {
        let found = findings(&[], "risk = { level = \"low\", reversible = \"no\", downtime = \"1h\" }\n");
        assert_eq!(
            found[0].message,
            "at high risk 2 people have to approve, and 0 did; at high risk somebody has to approve in a role"
        );
        assert!(found[0].help.ends_with("makes its risk high, although it declares `low`"), "{}", found[0].help);
    }

    #[test]
    fn before_it_calls_itself_approved_nothing_is_missing() {
        for state in ["draft", "reviewed", "cancelled"] {
            assert_eq!(rules_of(&[], &format!("state = \"{state}\"\n")), [""; 0], "{state}");
        }
    }

    /// The severity and message for an emergency in a state.
    fn emergency(stage: Stage, state: &str) -> Option<(Severity, String)> {
        let links = "links = [{ kind = \"incident\", ref = \"INC-7\" }]";
        let found = findings_at(stage, &format!("kind = \"emergency\"\nstate = \"{state}\"\n{links}\n"));
        found.into_iter().next().map(|finding| (finding.severity, finding.message))
    }

    #[test]
    fn an_emergency_bypasses_it_at_the_merge() {
        let lacks = "at low risk 1 person has to approve, and 0 did";
        let bypassed = Some((Severity::Warning, format!("an emergency bypasses its approval: {lacks}")));
        for state in ["proposed", "approved", "deploying", "rolling-back"] {
            assert_eq!(emergency(Stage::Merge, state), bypassed, "{state}");
        }
        assert_eq!(emergency(Stage::Merge, "draft"), None);
        assert_eq!(emergency(Stage::Merge, "validating"), Some((Severity::Error, lacks.to_owned())));
    }

    #[test]
    fn a_release_is_refused_without_it_in_an_emergency_too() {
        assert_eq!(emergency(Stage::Release, "deploying").unwrap().0, Severity::Error);
    }

    #[test]
    fn an_emergency_without_an_incident_bypasses_nothing() {
        let found = findings(&[], "kind = \"emergency\"\nstate = \"deploying\"\n");
        assert_eq!(found[0].severity, Severity::Error);
        assert!(found[0].help.ends_with("it has no link of kind `incident`"), "{}", found[0].help);
    }

    #[test]
    fn what_ends_now_had_to_be_approved_on_the_way() {
        assert_eq!(rules_of(&[], "state = \"closed\"\n"), [RULE.name]);
    }

    #[test]
    fn what_no_other_rule_tells_is_told_here() {
        let timeless = approval("kim@example.com").replace("at = ", "# ");
        assert!(findings(&[&timeless], "")[0].help.ends_with("does not count: that of `kim@example.com` has no `at`"));
    }
}

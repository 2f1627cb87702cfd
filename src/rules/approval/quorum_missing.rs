//! A ticket that says that it is approved, and is not by enough people.

use super::Approved;
use crate::approval::{Entry, Verdict};
use crate::config::Level;
use crate::rules::rule::{Check, Hits, Rule};
use crate::source::{Label, shorten};
use crate::ticket::{Kind, State};

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
    let ticket = approved.ticket;
    // In an emergency the approval may follow, and has to be there when the change is validated.
    let may_follow = ticket.kind == Kind::Emergency && ticket.state < State::Validating;
    let Some(lacking) = approved.judgement.lacking.as_ref().filter(|_| approved.claims_approval() && !may_follow)
    else {
        return;
    };
    let risk = approved.risk.as_str();
    let mut lacks = Vec::new();
    if let Some((have, need)) = lacking.people {
        let people = if need == 1 { "1 person has".to_owned() } else { format!("{need} people have") };
        lacks.push(format!("at {risk} risk {people} to approve, and {have} did"));
    }
    lacks.extend(lacking.roles.iter().map(|role| format!("at {risk} risk somebody has to approve as `{role}`")));
    if lacking.any_role {
        lacks.push(format!("at {risk} risk somebody has to approve in a role"));
    }
    let mut help = "ask those who may, and let them approve the digest that `tollgate ticket digest` prints".to_owned();
    if let Some(declared) = ticket.risk.level.filter(|declared| *declared < approved.risk) {
        let declared = declared.as_str();
        help = format!("{help}; what the ticket says makes its risk {risk}, although it declares `{declared}`");
    }
    let idle: Vec<String> = approved.judgement.entries.iter().filter_map(why_not).collect();
    if !idle.is_empty() {
        help = format!("{help}; does not count: {}", idle.join("; "));
    }
    let label = Label::new(ticket.state_span, "not approved by enough people");
    hits.push(RULE.finding(label).message(lacks.join("; ")).help(help).anchor("approvals"));
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
    use super::super::testing::{approval, findings, rules_of, told};
    use super::RULE;

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
    fn before_it_is_approved_and_in_an_emergency_it_may_follow() {
        for state in ["draft", "reviewed", "cancelled"] {
            assert_eq!(rules_of(&[], &format!("state = \"{state}\"\n")), [""; 0], "{state}");
        }
        let emergency = |state: &str| rules_of(&[], &format!("kind = \"emergency\"\nstate = \"{state}\"\n"));
        assert_eq!(emergency("deploying"), [""; 0]);
        assert_eq!(emergency("validating"), [RULE.name]);
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

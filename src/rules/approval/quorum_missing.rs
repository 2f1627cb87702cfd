//! A ticket in an approved state that too few people have approved.

use super::{ApprovalRuleInput, EmergencyOption, Stage};
use crate::approval::{
    ApprovalEffect, ApprovalStatus, EmergencyStatus, EvaluatedApproval, QuorumShortfall,
    UnreachableQuorum, approve_command,
};
use crate::config::Level;
use crate::finding::{Finding, Severity};
use crate::rules::rule::{Check, Rule};
use crate::source::{quoted_list, shell_command, shorten};

pub(super) const RULE: Rule = Rule::new(
    "approval/quorum-missing",
    Level::Error,
    "too few approvals",
    include_str!("quorum_missing.md"),
    &[Check::Approvals(check)],
);

fn check(approved: &ApprovalRuleInput<'_>, findings: &mut Vec<Finding>) {
    let ApprovalRuleInput {
        ticket,
        result: judgement,
        stage,
        ..
    } = approved;
    let Some(missing) = &judgement.shortfall else {
        return;
    };
    // At a release, `release/approval-unknown` reports what only the forge knows.
    let is_unknown = judgement.status() == ApprovalStatus::Unknown;
    let needs_approval = approved.claims_approval() || approved.may_be_bypassed();
    let is_early = !needs_approval;
    // Reported in every state, before somebody waits for an approval that no one can give.
    let is_hopeless = judgement.unreachable.is_some() && !ticket.state.is_finished();
    if is_early && (!is_hopeless || *stage == Stage::Release)
        || is_unknown && *stage == Stage::Release
    {
        return;
    }
    let is_bypassed = approved.may_be_bypassed() && *stage == Stage::Merge;
    let mut lacks = if is_early {
        Vec::new()
    } else {
        describe_shortfall(missing, approved, is_unknown)
    };
    lacks.extend(
        judgement
            .unreachable
            .as_ref()
            .map(UnreachableQuorum::describe),
    );
    let lacks = lacks.join("; ");
    let (message, label) = if is_early {
        (lacks, "cannot be approved")
    } else if is_bypassed {
        (
            format!("this emergency bypasses approval: {lacks}"),
            "approval is still required",
        )
    } else {
        (lacks, "too few approvals")
    };
    let finding = RULE
        .finding(approved.ticket.place(), ticket.state_span, label)
        .message(message)
        .anchor("approvals");
    let finding = finding.help(help(approved, is_bypassed));
    findings.push(if is_bypassed || is_early {
        finding.at_most(Severity::Warning)
    } else {
        finding
    });
}

/// Describes what is missing.
fn describe_shortfall(
    missing: &QuorumShortfall,
    approved: &ApprovalRuleInput<'_>,
    is_unknown: bool,
) -> Vec<String> {
    let policies = match approved.policies {
        [] => String::new(),
        [policy] => format!(" under the policy `{}`", shorten(policy)),
        policies => format!(" under the policies {}", quoted_list(policies)),
    };
    let subject = format!(
        "a {}-risk change{policies} requires",
        approved.risk.as_str()
    );
    let mut lacks = Vec::new();
    if let Some((have, need)) = missing.people {
        let needed = if need == 1 {
            "1 approval".to_owned()
        } else {
            format!("{need} approvals")
        };
        let given = match have {
            0 if approved.result.entries.is_empty() => "has none".to_owned(),
            0 => "none of the approvals is valid".to_owned(),
            _ => format!("has {have}"),
        };
        lacks.push(if is_unknown {
            format!("{subject} {needed} on the forge, but no `--approvals` file says who approved")
        } else {
            format!("{subject} {needed}, but {given}")
        });
    }
    let roles = missing
        .roles
        .iter()
        .map(|role| format!("in the role `{role}`"));
    for role in roles.chain(
        missing
            .any_role
            .then(|| "by someone with a role".to_owned()),
    ) {
        lacks.push(if lacks.is_empty() {
            format!("{subject} an approval {role}")
        } else {
            format!("an approval {role} is missing")
        });
    }
    lacks
}

fn help(approved: &ApprovalRuleInput<'_>, is_bypassed: bool) -> String {
    let ApprovalRuleInput {
        ticket,
        result: judgement,
        stage,
        emergency,
        ..
    } = approved;
    let id = &ticket.identity.text;
    let approve = approve_command(judgement.evidence, id);
    let is_stale = |entry: &EvaluatedApproval| entry.effect == ApprovalEffect::Stale;
    let who = "someone who did not work on the change";
    let mut ask = if judgement.entries.iter().any(is_stale) {
        approved.answer_to_edit("the edit that made an approval stale", who)
    } else {
        approved.request_from(who)
    };
    if judgement.needs_forge {
        ask.push_str("; pass the approvals on the forge with `--approvals FILE`");
    }
    let is_allowed = matches!(judgement.deferral, Some(EmergencyStatus::Allowed(_)));
    if judgement.unreachable.is_some() {
        ask = "have someone else make the change, or give the role to another person in `[people]` on the base branch".to_owned();
    }
    let mut help = match emergency {
        _ if is_bypassed => format!("approve the ticket after the release: `{approve}`"),
        _ if !is_allowed || *stage != Stage::Release => ask,
        EmergencyOption::Given => format!("approve the ticket after the release: `{approve}`"),
        EmergencyOption::Available => {
            let release = shell_command!("tollgate release --emergency {id}", id);
            format!("run `{release}` to bypass the approval and record that in the tag")
        }
        EmergencyOption::Spent(tag) => format!(
            "{ask}; this emergency cannot bypass approval again: it was already released with {}",
            shorten(tag)
        ),
    };
    if let Some(refusal) = judgement
        .deferral
        .as_ref()
        .and_then(EmergencyStatus::reason)
    {
        help = format!("{help}; this emergency cannot bypass approval: {refusal}");
    }
    if let Some(declared) = ticket
        .risk
        .level
        .filter(|declared| *declared < approved.risk)
    {
        let (risk, declared) = (approved.risk.as_str(), declared.as_str());
        help = format!(
            "{help}; the computed risk is {risk}, although the ticket declares `{declared}`"
        );
    }
    let idle: Vec<String> = judgement
        .entries
        .iter()
        .filter_map(explain_rejection)
        .collect();
    if !idle.is_empty() {
        help = format!("{help}; ignored: {}", idle.join("; "));
    }
    help
}

/// Why an approval does not count that no other rule reports.
fn explain_rejection(entry: &EvaluatedApproval) -> Option<String> {
    let by = shorten(&entry.by);
    match &entry.effect {
        ApprovalEffect::Incomplete(key) => Some(format!("the approval by `{by}` has no `{key}`")),
        ApprovalEffect::InFuture(at) => Some(format!(
            "the approval by `{by}` is dated {at}, which is in the future"
        )),
        ApprovalEffect::Unknown => Some(format!(
            "the approval by `{by}` on the forge, because this login is not in `[people]`: \
             add it to the `aliases` of the person on the base branch"
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{
        approval, findings, findings_at, findings_of_emergency, reported, rules_of,
    };
    use super::{EmergencyOption, RULE, Stage};
    use crate::finding::Severity;

    #[test]
    fn approved_ticket_needs_approvals() {
        assert_eq!(
            reported(&[], ""),
            ["a low-risk change requires 1 approval, but has none"]
        );
        assert_eq!(rules_of(&[], "state = \"deploying\"\n"), [RULE.name]);
        assert_eq!(rules_of(&[&approval("kim@example.com")], ""), [""; 0]);
    }

    #[test]
    fn approval_that_does_not_count_is_not_none() {
        let stale = approval("kim@example.com").replace("DIGEST", "sha256:00");
        assert_eq!(
            reported(&[&stale], "")[0],
            "a low-risk change requires 1 approval, but none of the approvals is valid"
        );
    }

    #[test]
    fn id_is_quoted_in_the_suggested_command() {
        let help = &findings(&[], "id = \"pool; touch x\"\n")[0].help;
        assert!(
            help.contains("`tollgate ticket approve 'pool; touch x'`"),
            "{help}"
        );
    }

    #[test]
    fn high_risk_requires_two_people_and_a_role() {
        let high = "risk.level = \"high\"\n";
        let messages = reported(&[&approval("kim@example.com")], high);
        let people = "a high-risk change requires 2 approvals, but has 1";
        assert_eq!(
            messages,
            [format!(
                "{people}; an approval by someone with a role is missing"
            )]
        );
        let dba = format!("{}role = \"dba\"\n", approval("kim@example.com"));
        assert_eq!(
            rules_of(&[&dba, &approval("bo@example.com")], high),
            [""; 0]
        );
    }

    #[test]
    fn understated_risk_is_explained() {
        let found = findings(
            &[],
            "risk = { level = \"low\", reversible = \"no\", downtime = \"1h\" }\n",
        );
        assert_eq!(
            found[0].message,
            "a high-risk change requires 2 approvals, but has none; an approval by someone with a role is missing"
        );
        assert!(
            found[0]
                .help
                .ends_with("the computed risk is high, although the ticket declares `low`"),
            "{}",
            found[0].help
        );
    }

    #[test]
    fn before_it_calls_itself_approved_nothing_is_missing() {
        for state in ["draft", "reviewed", "cancelled"] {
            assert_eq!(
                rules_of(&[], &format!("state = \"{state}\"\n")),
                [""; 0],
                "{state}"
            );
        }
    }

    /// The severity and message for an emergency in a state.
    fn emergency(stage: Stage, state: &str) -> Option<(Severity, String)> {
        let links = "links = [{ kind = \"incident\", ref = \"INC-7\" }]";
        let found = findings_at(
            stage,
            &format!("kind = \"emergency\"\nstate = \"{state}\"\n{links}\n"),
        );
        found
            .into_iter()
            .next()
            .map(|finding| (finding.severity, finding.message))
    }

    #[test]
    fn an_emergency_bypasses_it_at_the_merge() {
        let lacks = "a low-risk change requires 1 approval, but has none";
        let bypassed = Some((
            Severity::Warning,
            format!("this emergency bypasses approval: {lacks}"),
        ));
        for state in ["proposed", "approved", "deploying", "rolling-back"] {
            assert_eq!(emergency(Stage::Merge, state), bypassed, "{state}");
        }
        assert_eq!(emergency(Stage::Merge, "draft"), None);
        assert_eq!(
            emergency(Stage::Merge, "validating"),
            Some((Severity::Error, lacks.to_owned()))
        );
    }

    #[test]
    fn help_names_the_option_only_if_it_can_be_added() {
        let help = |emergency| {
            let head = "kind = \"emergency\"\nstate = \"deploying\"\n\
                        links = [{ kind = \"incident\", ref = \"INC-7\" }]\n";
            findings_of_emergency(emergency, head).remove(0).help
        };
        let command = "`tollgate release --emergency 0`";
        assert!(help(EmergencyOption::Available).contains(command));
        let approve = "approve the ticket after the release: `tollgate ticket approve 0`";
        assert_eq!(help(EmergencyOption::Given), approve);
        let spent = help(EmergencyOption::Spent("v1.0.1"));
        assert!(
            !spent.contains(command) && spent.ends_with("was already released with v1.0.1"),
            "{spent}"
        );
    }

    #[test]
    fn a_release_is_refused_without_it_in_an_emergency_too() {
        assert_eq!(
            emergency(Stage::Release, "deploying").unwrap().0,
            Severity::Error
        );
    }

    #[test]
    fn an_emergency_without_an_incident_bypasses_nothing() {
        let found = findings(&[], "kind = \"emergency\"\nstate = \"deploying\"\n");
        assert_eq!(found[0].severity, Severity::Error);
        assert!(
            found[0]
                .help
                .ends_with("the ticket has no link of kind `incident`"),
            "{}",
            found[0].help
        );
    }

    #[test]
    fn what_ends_now_had_to_be_approved_on_the_way() {
        assert_eq!(rules_of(&[], "state = \"closed\"\n"), [RULE.name]);
    }

    #[test]
    fn reasons_of_no_other_rule_are_explained() {
        let timeless = approval("kim@example.com").replace("at = ", "# ");
        assert!(
            findings(&[&timeless], "")[0]
                .help
                .ends_with("ignored: the approval by `kim@example.com` has no `at`")
        );
    }
}

//! An approval that is less well proven than its risk asks for.

use super::Approved;
use crate::approval::{Evidence, Verdict};
use crate::config::Level;
use crate::rules::rule::{Check, Hits, Rule};
use crate::source::{Label, shorten};

pub(super) const RULE: Rule = Rule {
    name: "approval/evidence-too-weak",
    level: Level::Error,
    since: "0.1.0",
    summary: "an approval is not proven well enough",
    page: include_str!("evidence_too_weak.md"),
    options: &[],
    checks: &[Check::Approvals(check)],
};

fn check(approved: &Approved<'_>, hits: &mut Hits) {
    for (entry, span) in approved.entries(|verdict| matches!(verdict, Verdict::TooWeak(_))) {
        let Verdict::TooWeak(needed) = entry.verdict else { continue };
        // Approvals are never taken out of a ticket, so a better one of the same person stands beside it.
        if approved.entries(|verdict| *verdict == Verdict::Approves).any(|(other, _)| other.by == entry.by) {
            continue;
        }
        let (evidence, risk) = (entry.evidence.as_str(), approved.risk.as_str());
        let message = format!("the approval of `{}` is `{evidence}`", shorten(&entry.by));
        let label = Label::new(span, format!("at {risk} risk it has to be `{}`", needed.as_str()));
        hits.push(RULE.finding(label).message(message).help(help(needed)).anchor(&entry.by));
    }
}

const fn help(needed: Evidence) -> &'static str {
    match needed {
        Evidence::Claimed => "let the person write it",
        Evidence::Attributed => "let the person add it in a commit of their own",
        Evidence::Forge => "let the person approve in the forge, or sign it by an SSH key",
        Evidence::Signed => "let the person sign it by an SSH key that `allowed_signers` has",
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{approval, findings_with, signed};
    use super::RULE;
    use crate::approval::Evidence;

    fn rules(evidence: Evidence, approval: &str) -> Vec<&'static str> {
        findings_with(evidence, approval).into_iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn what_is_typed_proves_little() {
        let both = [RULE.name, "approval/quorum-missing"];
        for needed in [Evidence::Attributed, Evidence::Forge, Evidence::Signed] {
            let mut told = rules(needed, &approval("kim@example.com"));
            told.sort_unstable();
            assert_eq!(told, both, "{needed:?}");
        }
        assert_eq!(rules(Evidence::Claimed, &approval("kim@example.com")), [""; 0]);
        assert_eq!(rules(Evidence::Signed, &signed("kim@example.com")), [""; 0]);
    }

    #[test]
    fn who_proves_it_better_later_is_not_told_of_the_first_time() {
        let both = approval("kim@example.com") + &signed("kim@example.com");
        assert_eq!(rules(Evidence::Signed, &both), [""; 0]);
        let other = approval("bo@example.com") + &signed("kim@example.com");
        assert_eq!(rules(Evidence::Signed, &other), [RULE.name]);
    }
}

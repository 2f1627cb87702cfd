//! A deployment in another cloud region than the one that the ticket is about.

use std::sync::LazyLock;

use regex::Regex;

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::{Label, shorten};
use crate::text::{locate, regions, stretches};
use crate::ticket::{Text, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/region-mismatch",
    Level::Error,
    "deployment in a different region from the one stated",
    include_str!("region_mismatch.md"),
    &[Check::Ticket(check)],
);

/// Services whose resources are in one region whatever they serve.
static GLOBAL_SERVICE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:acm|cloudfront|iam|route53|waf|wafv2|organizations)\b")
        .expect("a constant")
});
/// Titles of changes that concern two regions.
static TWO_REGIONS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:replicat\w*|cop(?:y|ies)|restor\w*|mov(?:e|es|ing)|migrat\w*|fail(?:s|ing)?[ -]?over)\b")
        .expect("a constant")
});

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let stated = stated(ticket);
    let used: Vec<(&Text, &str)> = ticket
        .deployment
        .steps
        .iter()
        .flat_map(stretches)
        .flat_map(|stretch| {
            regions(stretch.text)
                .into_iter()
                .map(move |region| (stretch.origin, region))
        })
        .collect();
    let (Some((there, expected)), Some((here, region))) = (stated.first(), used.first()) else {
        return;
    };
    let is_stated = |region: &str| stated.iter().any(|(_, stated)| *stated == region);
    let is_global = |text: &&Text| GLOBAL_SERVICE.is_match(&text.text);
    if used.iter().any(|(_, region)| is_stated(region))
        || used.iter().any(|(text, _)| is_global(text))
        || TWO_REGIONS.is_match(&ticket.title.text)
    {
        return;
    }
    let finding = RULE
        .finding(
            ticket.place(),
            locate(&ticket.source, here, region),
            "another region",
        )
        .message(format!(
            "this step targets `{}`, but the change is for `{}`",
            shorten(region),
            shorten(expected)
        ))
        .help(format!(
            "use `{}` here, or correct the region in the ticket",
            shorten(expected)
        ))
        .related(
            ticket.place(),
            Label::new(locate(&ticket.source, there, expected), "the stated region"),
        )
        .anchor(&here.path);
    findings.push(finding);
}

/// The regions of the title and the environments.
fn stated(ticket: &Ticket) -> Vec<(&Text, &str)> {
    std::iter::once(&ticket.title)
        .chain(&ticket.environments)
        .flat_map(|text| {
            regions(&text.text)
                .into_iter()
                .map(move |region| (text, region))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    const RULE: &str = "plan/region-mismatch";

    fn reports(title: &str, deployment: &str) -> bool {
        rules_of(&format!(
            "title = \"{title}\"\ndeployment = [\"{deployment}\"]"
        ))
        .contains(&RULE)
    }

    #[test]
    fn command_in_another_region_is_found() {
        assert!(reports(
            "Enable backups of orders in eu-west-1",
            "`aws dynamodb update --region us-east-1`"
        ));
        assert!(reports(
            "Resize the pool in westeurope",
            "`az vm resize -l northeurope`"
        ));
        assert!(rules_of("environments = [\"prod eu-west-1\"]\ndeployment = [\"`aws x y --region us-east-1`\"]").contains(&RULE));
    }

    #[test]
    fn same_region_and_changes_of_two_regions_are_accepted() {
        for (title, deployment) in [
            (
                "Enable backups in eu-west-1",
                "`aws dynamodb update --region eu-west-1`",
            ),
            (
                "Replicate the bucket from eu-west-1 to us-east-1",
                "`aws s3api put --region ap-south-1`",
            ),
            (
                "Fail over orders in eu-west-1",
                "`aws rds promote --region eu-central-1`",
            ),
            (
                "Renew the certificate for eu-west-1",
                "`aws acm request --region us-east-1`",
            ),
            ("Enable backups in eu-west-1", "`aws dynamodb update`"),
            (
                "Enable backups of orders",
                "`aws dynamodb update --region us-east-1`",
            ),
            (
                "Enable backups in eu-west-1",
                "`aws a b --region us-east-1`, then `aws a b --region eu-west-1`",
            ),
        ] {
            assert!(!reports(title, deployment), "{title}: {deployment}");
        }
    }
}

//! A deployment in another cloud region than the one that the ticket is about.

use std::collections::HashSet;

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::{Label, shorten};
use crate::text::{Pattern, locate, regions, stretches, texts_of};
use crate::ticket::{Step, Text, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/region-mismatch",
    Level::Error,
    "deployment in a different region from the one stated",
    include_str!("region_mismatch.md"),
    &[Check::Ticket(check)],
);

/// Services whose resources are in one region whatever they serve.
static GLOBAL_SERVICE: Pattern =
    Pattern::new(r"(?i)\b(?:acm|cloudfront|iam|route53|waf|wafv2|organizations)\b");
/// Titles of changes that concern two regions.
static TWO_REGIONS: Pattern = Pattern::new(
    r"(?i)\b(?:replicat\w*|cop(?:y|ies)|restor\w*|mov(?:e|es|ing)|migrat\w*|fail(?:s|ing)?[ -]?over)\b",
);

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
    if used.is_empty() {
        return;
    }
    // A text may name thousands of regions; it is searched once.
    let mut texts: Vec<&Text> = used.iter().map(|(text, _)| *text).collect();
    texts.dedup_by_key(|text| text.span);
    let is_global = |text: &&Text| GLOBAL_SERVICE.is_match(&text.text);
    if texts.iter().any(is_global) || TWO_REGIONS.is_match(&ticket.title.text) {
        return;
    }
    let stated_regions: HashSet<&str> = stated.iter().map(|(_, region)| *region).collect();
    let elsewhere = if used
        .iter()
        .any(|(_, region)| stated_regions.contains(region))
    {
        None
    } else {
        stated.first().zip(used.first())
    };
    let odd = odd_region(ticket, &used);
    let Some(((there, expected), (here, region))) =
        elsewhere.or_else(|| odd.as_ref().map(|(there, here)| (there, here)))
    else {
        return;
    };
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

/// A text and a region that it names.
type Mention<'t> = (&'t Text, &'t str);

/// The one region that rollback and validation name, and another one that only the deployment
/// names, beside it.
fn odd_region<'t>(ticket: &'t Ticket, used: &[Mention<'t>]) -> Option<(Mention<'t>, Mention<'t>)> {
    let of = |steps: &'t [Step]| -> Vec<Mention<'t>> {
        let texts = texts_of(steps);
        let mentions = texts.flat_map(|text| {
            regions(&text.text)
                .into_iter()
                .map(move |region| (text, region))
        });
        mentions.collect()
    };
    let (undone, seen) = (of(&ticket.rollback.steps), of(&ticket.validation.steps));
    let (_, expected) = undone.first()?;
    let is_expected = |(_, region): &Mention<'_>| region == expected;
    let is_clear =
        undone.iter().all(is_expected) && !seen.is_empty() && seen.iter().all(is_expected);
    let right = used.iter().find(|mention| is_expected(mention))?;
    let odd = used.iter().find(|mention| !is_expected(mention))?;
    let prose = [
        Some(&ticket.title),
        ticket.description.as_ref(),
        Some(&ticket.justification),
        ticket.risk.blast_radius.as_ref(),
    ];
    let prose = prose.into_iter().flatten().chain(&ticket.services);
    let is_named = prose
        .chain(&ticket.environments)
        .any(|text| text.text.contains(odd.1));
    (is_clear && !is_named).then_some((*right, *odd))
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
    fn one_command_in_a_region_that_nothing_else_names_is_found() {
        let reports = |deployment: &str, rollback: &str| {
            rules_of(&format!(
                "deployment = [\"`eksctl scale --region eu-central-1`\", \"{deployment}\"]\n\
                 rollback = [\"{rollback}\"]\n\
                 validation = [\"`kubectl --context prod-eu-central-1 get hpa` shows 64\"]"
            ))
            .contains(&RULE)
        };
        let wrong = "`kubectl --context prod-us-east-1 patch hpa router`";
        let back = "`kubectl --context prod-eu-central-1 patch hpa router`";
        assert!(reports(wrong, back));
        for (deployment, rollback) in [
            (back, back),
            (wrong, "`kubectl --context prod-us-east-1 patch hpa router`"),
            (wrong, "Revert #12"),
            (wrong, "`a --region eu-central-1`, `a --region us-east-1`"),
            ("`aws acm request --region us-east-1`", back),
        ] {
            assert!(!reports(deployment, rollback), "{deployment}: {rollback}");
        }
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

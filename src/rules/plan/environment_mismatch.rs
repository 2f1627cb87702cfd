//! A step in another environment than the one that the ticket is about.

use std::sync::LazyLock;

use regex::Regex;

use crate::config::Level;
use crate::finding::{Finding, Severity};
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::{Label, shorten};
use crate::text::{Environment, hosts, locate, places, stretches, whole_text};
use crate::ticket::{Step, Text, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/environment-mismatch",
    Level::Error,
    "step in a different environment from the one stated",
    include_str!("environment_mismatch.md"),
    &[Check::Ticket(check)],
);

/// Changes that read one environment to write the other.
static COPIES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:cop(?:y|ies|ied)|clon\w*|refresh\w*|restor\w*|promot\w*|sync\w*|seed\w*|anonymi[sz]\w*)\b")
        .expect("a constant")
});

/// The environment of a ticket, and what says so.
struct Stated<'t> {
    environment: Environment,
    origin: &'t Text,
}

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let Some(stated) = stated(ticket) else { return };
    if COPIES.is_match(&ticket.title.text) {
        return;
    }
    let deployment = mismatch(ticket, &ticket.deployment.steps, &stated);
    let validation = mismatch(ticket, &ticket.validation.steps, &stated);
    findings.extend(deployment);
    findings.extend(validation.map(|found| found.at_most(Severity::Warning)));
}

/// The one environment that the ticket declares, or else that its title names.
fn stated(ticket: &Ticket) -> Option<Stated<'_>> {
    let of = |texts: &[&'_ Text]| {
        let mut named: Vec<Environment> = texts
            .iter()
            .flat_map(|text| Environment::named_in(&text.text))
            .collect();
        named.sort_unstable();
        named.dedup();
        named
    };
    let declared: Vec<&Text> = ticket.environments.iter().collect();
    let texts = if declared.is_empty() {
        vec![&ticket.title]
    } else {
        declared
    };
    match of(&texts)[..] {
        [environment] => Some(Stated {
            environment,
            origin: texts
                .into_iter()
                .find(|text| Environment::named_in(&text.text).contains(&environment))?,
        }),
        _ => None,
    }
}

/// The first place of steps that is in the other environment, if no step names the stated one.
fn mismatch(ticket: &Ticket, steps: &[Step], stated: &Stated<'_>) -> Option<Finding> {
    let names_stated = |text: &str| Environment::named_in(text).contains(&stated.environment);
    let is_there = |step: &Step| {
        let mut code = stretches(step)
            .into_iter()
            .filter(|stretch| stretch.is_code);
        code.any(|stretch| places(stretch.text).into_iter().any(names_stated))
    };
    let names_a_neutral_host =
        |step: &Step| hosts(&whole_text(step)).any(|host| Environment::named_in(host).is_empty());
    if steps
        .iter()
        .any(|step| is_there(step) || names_a_neutral_host(step))
    {
        return None;
    }
    let other = stated.environment.other();
    let (origin, place) = steps
        .iter()
        .filter(|step| !names_stated(&whole_text(step)))
        .flat_map(stretches)
        .filter(|stretch| stretch.is_code)
        .find_map(|stretch| {
            let place = places(stretch.text)
                .into_iter()
                .find(|place| Environment::named_in(place) == [other])?;
            Some((stretch.origin, place))
        })?;
    let (is, should) = (other.as_str(), stated.environment.as_str());
    Some(
        RULE.finding(ticket.place(), locate(&ticket.source, origin, place), is)
            .message(format!(
                "`{}` is {is}, but the change is for {should}",
                shorten(place)
            ))
            .help(format!(
                "use the {should} name here, or add \"{is}\" to `environments`"
            ))
            .related(ticket.place(), Label::new(stated.origin.span, should))
            .anchor(&origin.path),
    )
}

#[cfg(test)]
mod tests {
    use crate::finding::Severity;
    use crate::rules::testing::{findings, rules_of};

    const RULE: &str = "plan/environment-mismatch";

    #[test]
    fn command_in_the_other_environment_is_found() {
        for text in [
            "environments = [\"production\"]\ndeployment = [\"`kubectl --context stg-eu apply -f a.yaml`\"]",
            "title = \"Raise the pool in staging to 40\"\ndeployment = [\"`psql -h db-prod.internal -f a.sql`\"]",
            "environments = [\"gprd\"]\ndeployment = [\"Call `curl -X POST https://api.gstg.example/reload`\"]",
            "environments = [\"production\"]\ndeployment = [\"`ENV=uat make deploy`\"]",
        ] {
            assert!(rules_of(text).contains(&RULE), "{text}");
        }
    }

    #[test]
    fn validation_in_the_other_environment_is_a_warning() {
        let found = findings(
            "environments = [\"production\"]\nvalidation = [\"`curl https://staging.example/ping` returns 200\"]",
        );
        assert_eq!(
            (found[0].rule, found[0].severity),
            (RULE, Severity::Warning)
        );
    }

    #[test]
    fn both_environments_and_copies_are_accepted() {
        for text in [
            "environments = [\"production\"]\ndeployment = [\"`kubectl --context staging apply -f a.yaml`, then `kubectl --context prod-eu apply -f a.yaml`\"]",
            "environments = [\"staging\"]\ntitle = \"Copy orders from production to staging\"\ndeployment = [\"`pg_dump -h db-prod orders`\"]",
            "environments = [\"production\", \"staging\"]\ndeployment = [\"`kubectl --context staging apply -f a.yaml`\"]",
            "environments = [\"production\"]\ndeployment = [\"`kubectl apply -f k8s/staging.yaml`\"]",
            "environments = [\"production\"]\ndeployment = [\"`curl https://live.example` and `-n test`\"]",
            "environments = [\"production\"]\nvalidation = [\"`curl https://api.staging.example/ping` and `curl https://api.example/ping` return 200\"]",
            "environments = [\"dr\"]\ndeployment = [\"`kubectl --context staging apply -f a.yaml`\"]",
        ] {
            assert!(!rules_of(text).contains(&RULE), "{text}");
        }
    }

    #[test]
    fn folder_and_files_of_the_other_environment_are_found() {
        for step in [
            "`terraform -chdir=live/staging/cache apply`",
            "`cd envs/stg && make deploy`",
            "`helm upgrade web ./chart --values values-staging.yaml`",
        ] {
            let text = format!("environments = [\"production\"]\ndeployment = [\"{step}\"]");
            assert!(rules_of(&text).contains(&RULE), "{step}");
        }
    }
}

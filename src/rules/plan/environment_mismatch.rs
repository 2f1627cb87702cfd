//! A step in another environment than the one that the ticket is about.

use std::collections::HashSet;

use crate::config::Level;
use crate::finding::{Finding, Severity};
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::{Label, shorten};
use crate::text::{
    Environment, NameIndex, Pattern, Place, Stretch, hosts, identifiers, locate, places, stretches,
    whole_text,
};
use crate::ticket::{Step, Text, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/environment-mismatch",
    Level::Error,
    "step in a different environment from the one stated",
    include_str!("environment_mismatch.md"),
    &[Check::Ticket(check)],
);

/// Changes that read one environment to write the other.
static COPIES: Pattern = Pattern::new(
    r"(?i)\b(?:cop(?:y|ies|ied)|clon\w*|refresh\w*|restor\w*|promot\w*|sync\w*|seed\w*|anonymi[sz]\w*)\b",
);

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

/// Something in the code of steps that is in the other environment.
struct Elsewhere<'t> {
    origin: &'t Text,
    name: &'t str,
}

impl Elsewhere<'_> {
    fn finding(&self, ticket: &Ticket, stated: &Stated<'_>) -> Finding {
        let Self { origin, name } = self;
        let environment = stated.environment;
        let should = environment.as_str();
        let other = environment.other();
        let is = if Environment::named_in(name).contains(&other) {
            other.as_str().to_owned()
        } else {
            format!("not {should}")
        };
        let target = if *name == is {
            format!("`{name}`")
        } else {
            format!("`{}` ({is})", shorten(name))
        };
        RULE.finding(ticket.place(), locate(&ticket.source, origin, name), &is)
            .message(format!(
                "this step targets {target}, but the change is for {should}"
            ))
            .help(format!(
                "use the {should} name here, or add the environment of `{}` to `environments`",
                shorten(name)
            ))
            .related(ticket.place(), Label::new(stated.origin.span, should))
            .anchor(&origin.path)
    }
}

/// The code of steps.
fn code(steps: &[Step]) -> impl Iterator<Item = Stretch<'_>> {
    steps
        .iter()
        .flat_map(stretches)
        .filter(|stretch| stretch.is_code)
}

/// The first place of steps that is in the other environment, if no step names the stated one.
fn other_place<'t>(
    ticket: &'t Ticket,
    steps: &'t [Step],
    stated: &Stated<'_>,
) -> Option<Elsewhere<'t>> {
    let names_stated = |text: &str| Environment::named_in(text).contains(&stated.environment);
    let names_a_neutral_host =
        |step: &Step| hosts(&whole_text(step)).any(|host| Environment::named_in(host).is_empty());
    let is_there = code(steps).any(|stretch| {
        places(stretch.text)
            .iter()
            .any(|place| place.environments().contains(&stated.environment))
    });
    if is_there || steps.iter().any(names_a_neutral_host) {
        return None;
    }
    let about = about(ticket);
    let is_other = |place: &Place<'_>| {
        place.environments() == [stated.environment.other()] && !about.is_named(place.text)
    };
    let elsewhere = steps
        .iter()
        .filter(|step| !names_stated(&whole_text(step)))
        .flat_map(stretches)
        .filter(|stretch| stretch.is_code);
    elsewhere.into_iter().find_map(|stretch| {
        let place = places(stretch.text).into_iter().find(is_other)?;
        Some(Elsewhere {
            origin: stretch.origin,
            name: place.text,
        })
    })
}

/// The texts that say what is changed.
fn about(ticket: &Ticket) -> NameIndex {
    let texts = [Some(&ticket.title), ticket.description.as_ref()];
    let texts = texts.into_iter().flatten().chain(&ticket.services);
    NameIndex::new(texts.map(|text| text.text.as_str()))
}

/// Maximum length of a name that has counterparts, in bytes.
const MAX_NAME: usize = 100;

/// A name in the code of steps whose counterpart in the stated environment is in the ticket, but
/// not in these steps.
fn sibling<'t>(
    ticket: &'t Ticket,
    steps: &'t [Step],
    stated: &Stated<'_>,
) -> Option<Elsewhere<'t>> {
    let other = stated.environment.other();
    let mut known = HashSet::new();
    let mut names = code(steps)
        .flat_map(|stretch| identifiers(stretch.text).map(move |name| (stretch.origin, name)))
        .filter(|(_, name)| name.len() <= MAX_NAME && known.insert(*name))
        .map(|(origin, name)| (origin, name, other.counterparts(name)))
        .filter(|(_, _, counterparts)| !counterparts.is_empty())
        .peekable();
    names.peek()?;
    let here = NameIndex::new(
        steps
            .iter()
            .map(whole_text)
            .collect::<Vec<_>>()
            .iter()
            .map(String::as_str),
    );
    let plan: Vec<String> = ticket.steps().map(whole_text).collect();
    let about = [Some(&ticket.title), ticket.description.as_ref()];
    let about = about.into_iter().flatten().map(|text| text.text.as_str());
    let all = NameIndex::new(plan.iter().map(String::as_str).chain(about));
    let is_sibling = |counterparts: &[String]| {
        counterparts.iter().any(|name| all.is_named(name))
            && !counterparts.iter().any(|name| here.is_named(name))
    };
    names
        .find(|(_, _, counterparts)| is_sibling(counterparts))
        .map(|(origin, name, _)| Elsewhere { origin, name })
}

/// A host of steps in an environment without users, such as `www-stage.example.org`, if the ticket
/// is for production and names `www.example.org`, but not in these steps.
fn lower_host<'t>(
    ticket: &'t Ticket,
    steps: &'t [Step],
    stated: &Stated<'_>,
) -> Option<Elsewhere<'t>> {
    if stated.environment != Environment::Production {
        return None;
    }
    let mut lower = steps
        .iter()
        .flat_map(stretches)
        .flat_map(|stretch| hosts(stretch.text).map(move |host| (stretch.origin, host)))
        .filter_map(|(origin, host)| Some((origin, host, Environment::without_lower_word(host)?)))
        .peekable();
    lower.peek()?;
    let here: Vec<String> = steps.iter().map(whole_text).collect();
    let plan: Vec<String> = ticket.steps().map(whole_text).collect();
    let about = [
        Some(&ticket.title),
        ticket.description.as_ref(),
        Some(&ticket.justification),
    ];
    let about = about.into_iter().flatten().map(|text| text.text.as_str());
    let here = NameIndex::new(here.iter().map(String::as_str));
    let all = NameIndex::new(plan.iter().map(String::as_str).chain(about));
    lower
        .find(|(_, _, public)| all.is_named(public) && !here.is_named(public))
        .map(|(origin, name, _)| Elsewhere { origin, name })
}

/// What steps do in the other environment.
fn mismatch(ticket: &Ticket, steps: &[Step], stated: &Stated<'_>) -> Option<Finding> {
    if let Some(found) = sibling(ticket, steps, stated) {
        return Some(found.finding(ticket, stated));
    }
    if let Some(found) = lower_host(ticket, steps, stated) {
        return Some(found.finding(ticket, stated).at_most(Severity::Warning));
    }
    let found = other_place(ticket, steps, stated)?;
    let finding = found.finding(ticket, stated);
    // Words such as `test` have other meanings.
    let is_certain = !Environment::named_in(found.name).is_empty();
    Some(if is_certain {
        finding
    } else {
        finding.at_most(Severity::Warning)
    })
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
    fn lower_environment_in_a_place_is_found() {
        for step in [
            "`psql -h wms-int-db01 -f a.sql`",
            "`az sql db update -g rg-meterhub-test -n meterhub`",
            "`ssh app-qa-01 systemctl restart web`",
            "`kubectl config use-context dev`, then `kubectl apply -f a.yaml`",
            "`cap staging deploy`",
            "`AWS_PROFILE=acme-sandbox aws lambda update-alias --name live`",
        ] {
            let text = format!("environments = [\"production\"]\ndeployment = [\"{step}\"]");
            assert!(rules_of(&text).contains(&RULE), "{step}");
        }
    }

    #[test]
    fn ambiguous_word_alone_is_a_warning() {
        let severity = |rollback: &str| {
            let text = format!(
                "environments = [\"production\"]\ndeployment = [\"`psql -h wms-int-db01 -f a.sql`\"]\n\
                 rollback = [\"`psql -h {rollback} -f b.sql` prints 20\"]"
            );
            let found = findings(&text);
            let found = found.iter().find(|found| found.rule == RULE);
            found.map(|found| found.severity)
        };
        assert_eq!(severity("db01"), Some(Severity::Warning));
        assert_eq!(severity("wms-prd-db01"), Some(Severity::Error));
    }

    #[test]
    fn lower_words_with_another_meaning_are_accepted() {
        for (title, step) in [
            ("Replace the certificate", "`nginx -t` and `make test`"),
            (
                "Move qa-tools to new nodes",
                "`kubectl -n qa-tools apply -f a.yaml`",
            ),
            (
                "Publish the packages",
                "`curl https://dev.azure.com/acme/_apis/a`",
            ),
            (
                "Deploy web 2",
                "`npm run dev`, `go test ./...`, `helm test web`",
            ),
            (
                "Scale the pool",
                "`psql -h db-prod-01.int.example.net -f a.sql`",
            ),
            (
                "Deploy web 2",
                "`ansible-playbook -i inventories/prod web.yml --limit test`",
            ),
        ] {
            let text = format!(
                "title = \"{title}\"\nenvironments = [\"production\"]\ndeployment = [\"{step}\"]"
            );
            assert!(!rules_of(&text).contains(&RULE), "{step}");
        }
    }

    #[test]
    fn counterpart_in_another_section_is_found() {
        let text = |deployment: &str| {
            format!(
                "environments = [\"production\"]\ndeployment = [\"{deployment}\"]\n\
                 rollback = [\"`restart orders-prod-a`; `/health` returns 200\"]"
            )
        };
        assert!(rules_of(&text("`restart orders-int-a`")).contains(&RULE));
        assert!(
            !rules_of(&text(
                "`restart orders-int-a`, then `restart orders-prod-a`"
            ))
            .contains(&RULE)
        );
        assert!(!rules_of(&text("`restart billing-int-a`")).contains(&RULE));
    }

    #[test]
    fn validation_on_the_host_of_a_lower_environment_is_found() {
        let reports = |validation: &str| {
            rules_of(&format!(
                "environments = [\"production\"]\ndescription = \"Readers of www.paper.fi see the wrong meter\"\n\
                 validation = [\"{validation}\"]"
            ))
            .contains(&RULE)
        };
        assert!(reports(
            "`curl -sI https://www-stage.paper.fi/a` prints Vary"
        ));
        for validation in [
            "`curl -sI https://www.paper.fi/a` prints Vary",
            "`curl -sI https://www-stage.paper.fi/a` and https://www.paper.fi/a print Vary",
            "`curl -sI https://api-stage.paper.fi/a` prints Vary",
            "`curl -sI https://latest.paper.fi/a` prints Vary",
            "The headers of www.paper.fi contain Vary, as on https://www-stage.paper.fi",
        ] {
            assert!(!reports(validation), "{validation}");
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

//! Facts about the risk of a change that its texts state, whether or not its fields declare them.

use crate::text::{Pattern, Words, clause, code_of, is_destructive, words};
use crate::ticket::{Category, Phase, Text, Ticket};

/// Names of environments without users.
static NOT_PRODUCTION: Words = Words::new(
    "dev development test testing tst qa uat int integration stage staging stg gstg preprod \
    preproduction sandbox sbx lab demo ci local nonprod canary",
);

/// Words in the name of an environment that reveal nothing about its users.
static NEUTRAL: Words = Words::new("env environment cluster account site");

/// Whether the category is about stored data, and the change is not limited to environments without
/// users. A schema change that only adds, and that the current code works with, does not count.
pub(super) fn changes_data_in_production(ticket: &Ticket) -> bool {
    let only_adds = ticket.schema_change.as_ref().is_some_and(|schema| {
        schema.phase == Some(Phase::Expand) && schema.backward_compatible == Some(true)
    });
    let stored = matches!(ticket.category, Some(Category::Data | Category::Schema));
    let environments = &ticket.environments;
    let limited = !environments.is_empty() && environments.iter().all(|it| is_elsewhere(&it.text));
    stored && !limited && !only_adds
}

fn is_elsewhere(environment: &str) -> bool {
    let words: Vec<_> = words(environment).collect();
    let names = words
        .iter()
        .map(|word| word.trim_end_matches(|c: char| c.is_ascii_digit()))
        .filter(|word| !word.is_empty() && !NEUTRAL.contains(word));
    let mut names = names.peekable();
    names.peek().is_some() && names.all(|word| NOT_PRODUCTION.contains(word))
}

static SWITCHES_OVER: Pattern =
    Pattern::new(r"(?i)\b(?:fail|switch|cut)[ -]?over\b|\b(?:fail|switch|cut)(?:s|ing)? over\b");

/// From one version to another. A bare number is a version only after a word for upgrading, and
/// only if no noun that it counts follows.
static VERSIONS: Pattern = Pattern::new(
    r"(?ix)
        (?P<verb> \b (?: upgrad\w+ | upgrade | migrat\w+ ) \b [^.;]*? )?
        \b v?(?P<from>\d+)(?P<from_rest>(?:\.[\dx]+)*)
        (?: \s+ to \s+ (?: version \s+ | \p{L}+ \s+ )? | \s* (?: → | ⇒ | -> | => ) \s* )
        v?(?P<to>\d+)(?P<to_rest>(?:\.[\dx]+)*)
        (?P<noun> \s+ (?: [%\p{L}] ) )?",
);

/// Titles of rehearsals and preparations.
static ONLY_TRIES: Pattern =
    Pattern::new(r"(?i)^\W*(?:test|rehears\w*|try|drill|practi[cs]e|plan|prepare)\b");

/// Whether a title announces a failover or a new major version.
pub(super) fn is_cutover(title: &str) -> bool {
    let is_major = |found: regex::Captures<'_>| {
        let is_dotted = !found["from_rest"].is_empty() && !found["to_rest"].is_empty();
        let is_upgrade = found.name("verb").is_some() && !counts_something(title, &found);
        found["from"] != found["to"] && (is_dotted || is_upgrade)
    };
    if ONLY_TRIES.is_match(title) {
        return false;
    }
    SWITCHES_OVER.is_match(title) || VERSIONS.captures_iter(title).any(is_major)
}

/// Whether a noun other than the place of the change follows the last number, as in "to 40
/// connections".
fn counts_something(title: &str, found: &regex::Captures<'_>) -> bool {
    let Some(noun) = found.name("noun") else {
        return title[found.get(0).map_or(0, |whole| whole.end())..].starts_with('%');
    };
    let rest = title[noun.start()..].trim_start();
    let word = rest.split_whitespace().next().unwrap_or_default();
    !["on", "in", "for", "at", "with", "by", "across", "and"].contains(&word)
}

/// Whether a deployment step has a destructive command.
pub(super) fn destroys(ticket: &Ticket) -> bool {
    let mut code = ticket.deployment.steps.iter().flat_map(code_of);
    code.any(is_destructive)
}

static DOWNTIME: Pattern = Pattern::new(
    r"(?ix)
        \b downtime \b
        | \b (?: is | are | be | goes? ) \s+ (?: completely \s+ )? (?: down | offline | unavailable | unreachable )
          \s+ (?: for | during | until | while ) \b
        | \b (?: service | planned ) \s+ (?: outage | interruption ) \b",
);

/// Words that negate the words next to them.
static DENIALS: Words = Words::new(
    "no not without zero avoid avoids never none any less prevent prevents reduce reduces shorten last \
    was had caused if",
);

/// Whether the title, the description, or the deployment announces downtime.
pub(super) fn announces_downtime(ticket: &Ticket) -> bool {
    let steps = ticket.deployment.steps.iter().map(|step| &step.action);
    let mut texts = [Some(&ticket.title), ticket.description.as_ref()]
        .into_iter()
        .flatten()
        .chain(steps);
    texts.any(|text: &Text| {
        DOWNTIME.find_iter(&text.text).any(|found| {
            !words(clause(&text.text, found.start())).any(|word| DENIALS.contains(&word))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;
    use crate::ticket::ParsedTicket;

    fn ticket(text: &str) -> Ticket {
        ParsedTicket::parse(&Source::new("x.toml", text))
            .unwrap()
            .ticket
    }

    #[test]
    fn data_is_in_production_unless_all_environments_are_others() {
        for (environments, expected) in [
            ("", true),
            ("environments = [\"prod-eu\"]", true),
            ("environments = [\"staging\", \"eu-west-1\"]", true),
            ("environments = [\"staging\", \"qa2\"]", false),
        ] {
            let ticket = ticket(&format!("category = \"data\"\n{environments}"));
            assert_eq!(
                changes_data_in_production(&ticket),
                expected,
                "{environments}"
            );
        }
        assert!(!changes_data_in_production(&ticket(
            "category = \"config\""
        )));
    }

    #[test]
    fn a_compatible_addition_does_not_count() {
        let schema = |compatible: bool| {
            ticket(&format!(
                "category = \"schema\"\nschema_change = {{ phase = \"expand\", backward_compatible = {compatible} }}"
            ))
        };
        assert!(!changes_data_in_production(&schema(true)));
        assert!(changes_data_in_production(&schema(false)));
    }

    #[test]
    fn failovers_and_major_versions_are_cutovers() {
        for title in [
            "Fail over orders-db to eu-west-1",
            "MX cut-over to the new relay",
            "Upgrade MongoDB from 6 to 7 in prod-eu",
            "Migrate billing from Postgres 14 to Postgres 16",
            "Kafka 2.8.1 → 3.6.0 on all brokers",
            "Upgrade GitLab 16.11 to 17.0.2",
        ] {
            assert!(is_cutover(title), "{title}");
        }
    }

    #[test]
    fn minor_versions_and_counts_are_no_cutovers() {
        for title in [
            "Upgrade Grafana from 11.3.1 to 11.4.0",
            "Raise the pool from 20 to 40 connections",
            "Upgrade the cluster from 3 to 5 nodes",
            "Upgrade memory from 8 GB to 16 GB",
            "Canary from 5 to 25%",
            "Lower max_conn 512 → 256",
            "Turn over the on-call rota",
            "Test the cutover to the new CDN on stage",
        ] {
            assert!(!is_cutover(title), "{title}");
        }
    }

    #[test]
    fn announced_downtime_is_heard() {
        for text in [
            "title = \"Move orders-db, 20 minutes downtime\"",
            "description = \"The portal is unavailable for half an hour.\"",
            "deployment = [\"Stop the writer: a planned outage of 5 minutes\"]",
        ] {
            assert!(announces_downtime(&ticket(text)), "{text}");
        }
    }

    #[test]
    fn denied_and_past_downtime_is_not_announced() {
        for text in [
            "title = \"Move orders-db without downtime\"",
            "description = \"There is no downtime.\"",
            "description = \"The downtime of 3 May was caused by this.\"",
            "description = \"We don't expect downtime\"",
            "title = \"Zero-downtime deploys\"",
            "deployment = [\"The old node is down\"]",
        ] {
            assert!(!announces_downtime(&ticket(text)), "{text}");
        }
    }
}

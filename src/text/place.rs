//! Where a command acts: environments and cloud regions.

use std::sync::LazyLock;

use regex::Regex;

use super::command::{Command, assignments, commands};
use super::words::{Words, in_lower_case};

/// A kind of environment that names can be told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Environment {
    /// Where users are.
    Production,
    /// Where changes are tried.
    Staging,
}

/// Words of production. `live` is not among them: too much is live.
static PRODUCTION: Words = Words::new("prod production prd gprd");
/// Words of staging. `stage` and `test` are not among them: both have other meanings.
static STAGING: Words = Words::new("stg staging gstg uat preprod");

/// Options whose value says where a command acts.
const PLACE_OPTIONS: [&str; 17] = [
    "-h",
    "--host",
    "--context",
    "--kube-context",
    "-n",
    "--namespace",
    "--profile",
    "-e",
    "--env",
    "-i",
    "--inventory",
    "--environment",
    "-chdir",
    "-var-file",
    "--var-file",
    "--values",
    "--env-file",
];

impl Environment {
    /// The environments that the words of a text name, each once.
    pub(crate) fn named_in(text: &str) -> Vec<Self> {
        let mut is_named = [false; 2];
        for word in text.split(|c: char| !c.is_ascii_alphanumeric()) {
            let word = in_lower_case(word.trim_end_matches(|c: char| c.is_ascii_digit()));
            is_named[0] |= PRODUCTION.contains(&word);
            is_named[1] |= STAGING.contains(&word);
        }
        [Self::Production, Self::Staging]
            .into_iter()
            .zip(is_named)
            .filter(|(_, is_named)| *is_named)
            .map(|(environment, _)| environment)
            .collect()
    }

    /// The other one.
    pub(crate) const fn other(self) -> Self {
        match self {
            Self::Production => Self::Staging,
            Self::Staging => Self::Production,
        }
    }

    /// Its name.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Staging => "staging",
        }
    }
}

static HOST: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[a-z][a-z0-9+.-]*://(?:[^/@\s]*@)?([^/:\s`'\x22]+)").expect("a constant")
});

/// The hosts of the URLs in a text.
pub(crate) fn hosts(text: &str) -> impl Iterator<Item = &str> {
    HOST.captures_iter(text)
        .filter_map(|found| Some(found.get(1)?.as_str()))
}

/// The words of a piece of code that say where it acts: the hosts of URLs, the values of options
/// such as `--context`, and of variables such as `ENV`.
pub(crate) fn places(code: &str) -> Vec<&str> {
    let commands = commands(code);
    let options = commands.iter().flat_map(place_options);
    let variables = assignments(code)
        .into_iter()
        .filter(|found| ["ENV", "ENVIRONMENT"].contains(&found.key) || found.key.ends_with("_ENV"))
        .map(|found| found.value);
    let folders = commands.iter().filter(|command| command.program == "cd");
    let folders = folders.flat_map(|command| command.subcommand.iter().chain(&command.operands));
    hosts(code)
        .chain(options)
        .chain(variables)
        .chain(folders.copied())
        .collect()
}

fn place_options<'t>(command: &Command<'t>) -> Vec<&'t str> {
    command
        .options
        .iter()
        .filter(|option| PLACE_OPTIONS.contains(&option.name))
        .filter_map(|option| option.value)
        .collect()
}

static REGION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)\b(?:
        (?:af|ap|ca|cn|eu|il|me|mx|sa|us)(?:-gov)?-(?:north|south|east|west|central|northeast|southeast|northwest|southwest)-[1-9]
        | (?:africa|asia|australia|europe|me|northamerica|southamerica|us)-(?:north|south|east|west|central|northeast|southeast|northwest|southwest)[1-9][0-9]?
        | (?:east|west|central|northcentral|southcentral|westcentral)us[23]? | (?:north|west)europe | uk(?:south|west)
        | (?:france|norway|poland|sweden|italy|switzerland|germany)(?:central|north|south|east|west|westcentral)
        | (?:east|southeast)asia | (?:australia|japan|brazil|canada|korea|southindia|centralindia|westindia)(?:east|west|central|south|southeast)?
        )\b",
    )
    .expect("a constant")
});

/// The cloud regions that a text names.
pub(crate) fn regions(text: &str) -> Vec<&str> {
    REGION
        .find_iter(text)
        .map(|found| found.as_str())
        .filter(|name| {
            name.contains('-')
                || !["australia", "japan", "brazil", "canada", "korea"].contains(name)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environments_are_named_by_whole_words() {
        use Environment::{Production, Staging};
        for (text, expected) in [
            ("prod-eu", &[Production][..]),
            ("api.staging.example", &[Staging]),
            ("gstg", &[Staging]),
            ("prod2 and UAT", &[Production, Staging]),
            ("product live stage test reproduction", &[]),
        ] {
            assert_eq!(Environment::named_in(text), expected, "{text}");
        }
    }

    #[test]
    fn places_are_hosts_options_and_variables() {
        for (code, expected) in [
            (
                "curl https://user@api.staging.example:8080/ping",
                &["api.staging.example"][..],
            ),
            (
                "kubectl --context prod-eu -n billing get pods",
                &["prod-eu", "billing"],
            ),
            ("ENV=staging make deploy", &["staging"]),
            ("psql -h db-prod.internal shop", &["db-prod.internal"]),
            ("cat staging.yaml", &[]),
        ] {
            assert_eq!(places(code), expected, "{code}");
        }
    }

    #[test]
    fn regions_of_three_clouds_are_known() {
        assert_eq!(
            regions("from eu-west-1 to us-east-1"),
            ["eu-west-1", "us-east-1"]
        );
        assert_eq!(
            regions("europe-west4-a, asia-northeast1"),
            ["europe-west4", "asia-northeast1"]
        );
        assert_eq!(regions("westeurope and eastus2"), ["westeurope", "eastus2"]);
        assert_eq!(
            regions("eu, us-east, the west-1 wing, Canada, canada"),
            [""; 0]
        );
    }
}

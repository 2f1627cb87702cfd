//! The places where a command acts: environments, hosts, and cloud regions.

use std::borrow::Cow;

use super::command::{Command, assignments, commands};
use super::pattern::Pattern;
use super::words::{Words, in_lower_case};

/// A kind of environment that can be recognized by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Environment {
    /// The environment of the users.
    Production,
    /// The environment in which changes are tried out.
    Staging,
}

/// Words for production. `live` isn't one of them, since it has too many meanings.
static PRODUCTION: Words = Words::new("prod production prd gprd");
/// Words for staging. `stage` and `test` aren't among them, since both have other meanings.
static STAGING: Words = Words::new("stg staging gstg uat preprod");

/// Further words of environments without users, which have other meanings, too: they count only in
/// a place of a command, not in prose or an address.
static LOWER: Words = Words::new("dev development test tst qa int sandbox sbx nonprod sit stage");

/// Options whose value is the place where a command acts.
const PLACE_OPTIONS: [&str; 30] = [
    "-g",
    "--resource-group",
    "-s",
    "--server",
    "--cluster",
    "--project",
    "--stage",
    "--target",
    "--limit",
    "-l",
    "--account",
    "--subscription",
    "-a",
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
    /// The environments that the words of a text name, such as a host name, each once.
    pub(crate) fn named_in(text: &str) -> Vec<Self> {
        let mut is_named = [false; 2];
        for word in parts_of(text) {
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

    /// The environments that a place in a command is in: there, words such as `test` and `int` name
    /// one, too.
    pub(crate) fn of_place(place: &str) -> Vec<Self> {
        let mut found = Self::named_in(place);
        // What follows the name of a host is its domain.
        let name = match place.split_once('.') {
            Some((host, _)) if !place.contains('/') => host,
            _ => place,
        };
        if !found.contains(&Self::Staging) && parts_of(name).any(|part| LOWER.contains(&part)) {
            found.push(Self::Staging);
        }
        found
    }

    /// The names that a name with a word of this environment has in the other one: `db-prod-01` for
    /// `db-int-01`.
    pub(crate) fn counterparts(self, name: &str) -> Vec<String> {
        let lists: &[&Words] = match self {
            Self::Production => &[&PRODUCTION],
            Self::Staging => &[&STAGING, &LOWER],
        };
        let others: &[&Words] = match self {
            Self::Production => &[&STAGING, &LOWER],
            Self::Staging => &[&PRODUCTION],
        };
        let mut start = 0;
        let mut found = Vec::new();
        for part in name.split(['-', '_', '.', '/']) {
            let end = start + part.len();
            let word = in_lower_case(part);
            if lists.iter().any(|list| list.contains(&word)) {
                let words = others.iter().flat_map(|list| list.all());
                found.extend(
                    words.map(|other| format!("{}{other}{}", &name[..start], &name[end..])),
                );
            }
            start = end + 1;
        }
        found
    }

    /// A host whose first label names an environment without users, without that word:
    /// `www.example.org` for `www-stage.example.org`, and `example.org` for `test.example.org`.
    pub(crate) fn without_lower_word(host: &str) -> Option<String> {
        let (label, domain) = host.split_once('.')?;
        let is_lower = |part: &&str| {
            let word = in_lower_case(part.trim_end_matches(|c: char| c.is_ascii_digit()));
            LOWER.contains(&word) || STAGING.contains(&word)
        };
        let parts: Vec<&str> = label.split('-').collect();
        let rest: Vec<&str> = parts
            .iter()
            .copied()
            .filter(|part| !is_lower(part))
            .collect();
        match rest.len() {
            kept if kept == parts.len() => None,
            0 => Some(domain.to_owned()),
            _ => Some(format!("{}.{domain}", rest.join("-"))),
        }
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

/// The words of a name or text, in lower case and without numbers at their ends.
fn parts_of(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .map(|word| in_lower_case(word.trim_end_matches(|c: char| c.is_ascii_digit())))
}

static HOST: Pattern = Pattern::new(r"[a-z][a-z0-9+.-]*://(?:[^/@\s]*@)?([^/:\s`'\x22]+)");

/// The hosts of the URLs in a text.
pub(crate) fn hosts(text: &str) -> impl Iterator<Item = &str> {
    HOST.captures_iter(text)
        .filter_map(|found| Some(found.get(1)?.as_str()))
}

/// A word of a piece of code that says where it acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place<'t> {
    pub(crate) text: &'t str,
    /// Whether it is the host of a URL.
    pub(crate) is_address: bool,
}

impl Place<'_> {
    /// The environments that it is in.
    pub(crate) fn environments(&self) -> Vec<Environment> {
        if self.is_address {
            Environment::named_in(self.text)
        } else {
            Environment::of_place(self.text)
        }
    }
}

/// Keys of variables and settings whose value is a place.
static PLACE_KEYS: Words = Words::new(
    "env environment stage host pghost service profile aws_profile context kube_context namespace cluster project",
);

/// The parts of a piece of code that name the place where it acts: the hosts of URLs, and the
/// values of options such as `--context` and of variables such as `ENV`.
pub(crate) fn places(code: &str) -> Vec<Place<'_>> {
    let commands = commands(code);
    let options = commands.iter().flat_map(place_options);
    let is_place_key = |key: &str| {
        let key = in_lower_case(key);
        PLACE_KEYS.contains(&key) || key.ends_with("_env")
    };
    let variables = assignments(code)
        .into_iter()
        .filter(|found| is_place_key(found.key))
        .map(|found| found.value);
    let words = commands.iter().flat_map(place_words);
    let place = |is_address| move |text| Place { text, is_address };
    let names = options.chain(variables).chain(words).map(place(false));
    hosts(code).map(place(true)).chain(names).collect()
}

/// The operands of a command that say where it or the next ones act, and those that are nothing but
/// the name of an environment.
fn place_words<'t>(command: &Command<'t>) -> Vec<&'t str> {
    let mut words: Vec<&str> = command.subcommand.clone();
    words.extend(&command.operands);
    let selects = || {
        ["use-context", "use", "select"]
            .iter()
            .any(|verb| words.contains(verb))
    };
    match command.program {
        "cd" | "kubectx" | "kubens" => words,
        "ssh" => words.into_iter().take(1).collect(),
        "kubectl" | "oc" | "terraform" | "tofu" if selects() => words,
        _ => {
            words.retain(|word| PRODUCTION.contains(word) || STAGING.contains(word));
            words
        }
    }
}

fn place_options<'t>(command: &Command<'t>) -> Vec<&'t str> {
    command
        .options
        .iter()
        .filter(|option| PLACE_OPTIONS.contains(&option.name))
        .filter_map(|option| option.value)
        .collect()
}

static REGION: Pattern = Pattern::new(
    r"(?x)\b(?:
        (?:af|ap|ca|cn|eu|il|me|mx|sa|us)(?:-gov)?-(?:north|south|east|west|central|northeast|southeast|northwest|southwest)-[1-9]
        | (?:africa|asia|australia|europe|me|northamerica|southamerica|us)-(?:north|south|east|west|central|northeast|southeast|northwest|southwest)[1-9][0-9]?
        | (?:east|west|central|northcentral|southcentral|westcentral)us[23]? | (?:north|west)europe | uk(?:south|west)
        | (?:france|norway|poland|sweden|italy|switzerland|germany)(?:central|north|south|east|west|westcentral)
        | (?:east|southeast)asia | (?:australia|japan|brazil|canada|korea|southindia|centralindia|westindia)(?:east|west|central|south|southeast)?
        )\b",
);

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
            ("ssh app-qa-01 uptime", &["app-qa-01"]),
            ("cap staging deploy", &["staging"]),
            (
                "terraform workspace select test",
                &["workspace", "select", "test"],
            ),
            ("npm run dev", &[]),
        ] {
            let found: Vec<&str> = places(code).iter().map(|place| place.text).collect();
            assert_eq!(found, expected, "{code}");
        }
    }

    #[test]
    fn place_in_a_command_may_be_named_test() {
        use Environment::{Production, Staging};
        for (place, expected) in [
            ("wms-int-db01", &[Staging][..]),
            ("rg-meterhub-test", &[Staging]),
            ("db-prod.dev.example.net", &[Production]),
            ("latest-release", &[]),
            ("integration-hub", &[]),
            ("lab-gw-01", &[]),
        ] {
            assert_eq!(Environment::of_place(place), expected, "{place}");
        }
    }

    #[test]
    fn host_without_its_environment_is_the_public_one() {
        for (host, expected) in [
            ("www-stage.example.org", Some("www.example.org")),
            ("test.example.org", Some("example.org")),
            ("api-uat2.example.org", Some("api.example.org")),
            ("www.example.org", None),
            ("latest.example.org", None),
            ("localhost", None),
        ] {
            let found = Environment::without_lower_word(host);
            assert_eq!(found.as_deref(), expected, "{host}");
        }
    }

    #[test]
    fn counterpart_has_the_word_of_the_other_environment() {
        let found = Environment::Staging.counterparts("wms-int-db01");
        assert_eq!(
            found,
            [
                "wms-prod-db01",
                "wms-production-db01",
                "wms-prd-db01",
                "wms-gprd-db01"
            ]
        );
        assert_eq!(
            Environment::Production.counterparts("wms-int-db01"),
            [""; 0]
        );
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

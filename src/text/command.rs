//! Commands in code: the program, its subcommand, and the resource that it acts on.
//!
//! It isn't known whether an option takes a value. A word after an option counts as its value
//! unless the option is a common switch, so an operand may be missed, but a value is never mistaken
//! for an operand.

use super::words::Words;

/// One command of a code span or a `run` key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Command<'t> {
    /// The name of the program, without its folder.
    pub(crate) program: &'t str,
    /// The subcommand, such as `rollout undo`.
    pub(crate) subcommand: Vec<&'t str>,
    /// The other words, without options and their values.
    pub(crate) operands: Vec<&'t str>,
    /// The options with their dashes, and their values.
    pub(crate) options: Vec<CommandOption<'t>>,
}

/// An option of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CommandOption<'t> {
    /// The name with its dashes.
    pub(crate) name: &'t str,
    /// The value; `None` for switches.
    pub(crate) value: Option<&'t str>,
}

/// Options without a value, even if a word follows them.
static SWITCHES: Words = Words::new(
    "--force --all --yes --wait --atomic --install --recursive --dry-run --now --quiet --rm \
    --no-deps --cascade --purge --delete --verbose --clean --overwrite --reuse-values -y -q -r -R -v -rf -fr -it -d",
);

/// Programs that run another program.
static WRAPPERS: Words = Words::new("sudo doas env nohup time nice exec");

/// Programs with the number of words of their subcommands; others have one.
const SUBCOMMAND_WORDS: [(&str, usize); 10] = [
    ("aws", 2),
    ("gh", 2),
    ("consul", 2),
    ("vault", 2),
    ("openstack", 2),
    ("psql", 0),
    ("mysql", 0),
    ("curl", 0),
    ("rm", 0),
    ("ssh", 0),
];

/// Maximum length of the value of an assignment, in bytes.
const MAX_VALUE: usize = 250;

/// Verbs that end the groups of a `gcloud` or `az` command: a resource follows.
static CLOUD_VERBS: Words = Words::new(
    "add create delete deploy describe disable enable export import list patch remove reset \
    resize restart restore rollback scale set show start stop update",
);

/// Sub-commands that are followed by another one.
static GROUPS: Words = Words::new(
    "rollout config compose container volume image state workspace apiserver kv remote job stack repo service",
);

/// The commands of a piece of code, in order. Pipes, semicolons, `&&`, and line endings separate
/// them.
pub(crate) fn commands(code: &str) -> Vec<Command<'_>> {
    let mut commands = Vec::new();
    let mut words = Vec::new();
    for word in shell_words(code) {
        match word {
            Word::Plain(word) => words.push(word),
            Word::Separator => commands.extend(command(&std::mem::take(&mut words))),
        }
    }
    commands.extend(command(&words));
    commands
}

impl<'t> Command<'t> {
    /// The value of the first option with one of these names.
    pub(crate) fn option(&self, names: &[&str]) -> Option<&'t str> {
        let option = self
            .options
            .iter()
            .find(|option| names.contains(&option.name))?;
        option.value
    }

    /// The name of the resource that it acts on.
    ///
    /// `kubectl delete pvc data-0` and `kubectl delete pvc/data-0` act on `data-0`; `aws`, `gcloud`
    /// and `az` name resources by options that end in `name` or `id`, too.
    pub(crate) fn objects(&self) -> Vec<&'t str> {
        let is_cloud = ["aws", "gcloud", "az"].contains(&self.program);
        let named = self
            .options
            .iter()
            .filter(|option| {
                is_cloud && (option.name.ends_with("name") || option.name.ends_with("id"))
            })
            .filter_map(|option| option.value);
        let operands = match self.program {
            "kubectl" | "oc" => match &self.operands[..] {
                [kind, name, ..] if !kind.contains('/') => vec![*name],
                [first, ..] => vec![first.split_once('/').map_or(*first, |(_, name)| name)],
                [] => Vec::new(),
            },
            _ => self.operands.iter().take(1).copied().collect(),
        };
        named.chain(operands).collect()
    }
}

/// The `KEY=value` pairs of a piece of code, with `:` too, as in YAML.
pub(crate) fn assignments(code: &str) -> Vec<Assignment<'_>> {
    let mut assignments = Vec::new();
    for separator in ['=', ':'] {
        for (at, _) in code.match_indices(separator) {
            let key = code[..at].trim_end_matches([' ', '"', '\'']);
            let key_start = key
                .rfind(|c: char| !(c.is_alphanumeric() || "_-.".contains(c)))
                .map_or(0, |before| {
                    before + key[before..].chars().next().map_or(1, char::len_utf8)
                });
            let key = key[key_start..].trim_start_matches('-');
            let value = assigned_value(&code[at + 1..]).unwrap_or_default();
            let value = if value.starts_with(|c: char| c.is_ascii_digit()) {
                without_substitution(value)
            } else {
                value
            };
            let is_other = |c: char| "=:/~".contains(c);
            if !key.is_empty() && !value.is_empty() && !value.starts_with(is_other) {
                assignments.push(Assignment { key, value });
            }
        }
    }
    assignments
}

/// The value at the start of a text, without quotes; `None` if it is longer than a setting can be.
fn assigned_value(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let quote = text.chars().next().filter(|c| ['"', '\''].contains(c));
    let text = if quote.is_some() { &text[1..] } else { text };
    let is_end = |c: char| match quote {
        Some(quote) => c == quote,
        None => c.is_whitespace() || ",;)]}\"'`".contains(c),
    };
    // Values overlap in texts such as `a=b=c=d`, so that without a limit each would be read to the
    // end of the text.
    let head = &text[..text.floor_char_boundary(MAX_VALUE + 1)];
    match head.find(is_end) {
        Some(end) => Some(&head[..end]),
        None => (head.len() == text.len()).then_some(text),
    }
}

/// A number in the substitution of an editor, such as `s/pool: 20$/pool: 40/`, without what follows it.
fn without_substitution(value: &str) -> &str {
    let value = value.split("$/").next().unwrap_or(value);
    value.trim_end_matches(['/', '|', '#'])
}

/// A key and the value that it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Assignment<'t> {
    /// The key, such as `image.tag`.
    pub(crate) key: &'t str,
    /// The value, without quotes.
    pub(crate) value: &'t str,
}

enum Word<'t> {
    Plain(&'t str),
    /// The end of a command.
    Separator,
}

/// The words of a command line; quotes around a whole word are removed.
fn shell_words(code: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut start = None;
    let mut quote = None;
    for (at, character) in code.char_indices() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => {
                start = start.or(Some(at));
                quote = Some(character);
            }
            (None, '|' | ';' | '&' | '\n') => {
                words.extend(
                    start
                        .take()
                        .map(|start| Word::Plain(unquoted(&code[start..at]))),
                );
                words.push(Word::Separator);
            }
            (None, _) if character.is_whitespace() => {
                words.extend(
                    start
                        .take()
                        .map(|start| Word::Plain(unquoted(&code[start..at]))),
                );
            }
            (None, _) => start = start.or(Some(at)),
        }
    }
    words.extend(start.map(|start| Word::Plain(unquoted(&code[start..]))));
    words
}

fn unquoted(word: &str) -> &str {
    ['"', '\'']
        .iter()
        .find_map(|quote| word.strip_prefix(*quote)?.strip_suffix(*quote))
        .unwrap_or(word)
}

fn command<'t>(words: &[&'t str]) -> Option<Command<'t>> {
    let is_variable = |word: &str| {
        word.split_once('=').is_some_and(|(key, _)| {
            !key.is_empty()
                && key
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        })
    };
    let first = words
        .iter()
        .position(|word| !WRAPPERS.contains(word) && !is_variable(word) && *word != "$")?;
    let program = words[first]
        .rsplit('/')
        .next()
        .filter(|name| !name.is_empty())?;
    let mut command = Command {
        program,
        subcommand: Vec::new(),
        operands: Vec::new(),
        options: Vec::new(),
    };
    let mut rest = words[first + 1..].iter().copied().peekable();
    while let Some(word) = rest.next() {
        if word.len() > 1 && word.starts_with('-') {
            let (name, mut value) = match word.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (word, None),
            };
            if value.is_none() && !SWITCHES.contains(name) {
                value = rest.next_if(|next| !next.starts_with('-'));
            }
            command.options.push(CommandOption { name, value });
        } else if command.has_more_subcommands() {
            command.subcommand.push(word);
        } else {
            command.operands.push(word);
        }
    }
    Some(command)
}

impl Command<'_> {
    fn has_more_subcommands(&self) -> bool {
        if ["gcloud", "az"].contains(&self.program) {
            // A verb may have its object with it: `update-traffic`.
            let last = self
                .subcommand
                .last()
                .and_then(|word| word.split('-').next());
            return !last.is_some_and(|verb| CLOUD_VERBS.contains(verb));
        }
        let words = SUBCOMMAND_WORDS
            .iter()
            .find(|(program, _)| *program == self.program)
            .map_or(1, |(_, words)| *words);
        // `flagctl set NAME` has its object after `set`, unlike `kubectl set image`.
        let is_cluster = ["kubectl", "oc"].contains(&self.program);
        let is_group = self
            .subcommand
            .first()
            .is_some_and(|word| GROUPS.contains(word) || (is_cluster && *word == "set"));
        self.subcommand.len() < words.max(usize::from(words > 0) + usize::from(is_group))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(code: &str) -> Command<'_> {
        let mut found = commands(code);
        assert_eq!(found.len(), 1, "{code}");
        found.remove(0)
    }

    #[test]
    fn numbers_of_a_substitution_are_values() {
        let found = assignments("sed -i 's/^sessions: 400$/sessions: 800/' collector.yaml");
        let values: Vec<&str> = found.iter().map(|found| found.value).collect();
        assert_eq!(values, ["400", "800"]);
        let found = assignments("route: 10.0.0.0/8");
        assert_eq!(found[0].value, "10.0.0.0/8");
    }

    #[test]
    fn command_has_a_program_subcommand_operands_and_options() {
        let command = one(
            "sudo /usr/bin/helm upgrade billing charts/billing --version 5.2.0 -n ops --wait x",
        );
        assert_eq!(command.program, "helm");
        assert_eq!(command.subcommand, ["upgrade"]);
        assert_eq!(command.operands, ["billing", "charts/billing", "x"]);
        assert_eq!(command.option(&["--version"]), Some("5.2.0"));
        assert_eq!(command.option(&["-n", "--namespace"]), Some("ops"));
        assert_eq!(command.option(&["--wait"]), None);
    }

    #[test]
    fn object_is_found_for_each_kind_of_program() {
        for (code, object) in [
            ("helm rollback grafana -n ops", "grafana"),
            (
                "kubectl -n billing scale deployment/pool --replicas=3",
                "pool",
            ),
            ("kubectl delete pvc data-0", "data-0"),
            ("kubectl rollout undo deployment/web", "web"),
            ("systemctl restart nginx", "nginx"),
            ("aws s3 rb s3://cb-art --force", "s3://cb-art"),
            ("aws dynamodb delete-table --table-name orders", "orders"),
            ("docker compose up web", "web"),
            ("kubectl set image deployment/web web=web:2", "web"),
            ("nomad job revert web 41", "web"),
            ("ssh web uptime", "web"),
            ("gcloud run services update-traffic web --to-latest", "web"),
        ] {
            assert_eq!(one(code).objects(), [object], "{code}");
        }
    }

    #[test]
    fn separators_end_a_command_and_quotes_keep_words_together() {
        let found =
            commands("A=1 flyway migrate && psql -c \"DROP TABLE a; SELECT 1\" | tee 'x y'\nls");
        let programs: Vec<_> = found.iter().map(|command| command.program).collect();
        assert_eq!(programs, ["flyway", "psql", "tee", "ls"]);
        assert_eq!(found[1].option(&["-c"]), Some("DROP TABLE a; SELECT 1"));
    }

    #[test]
    fn assignments_are_read_in_commands_and_configuration() {
        for (code, key, value) in [
            ("max_connections = 800", "max_connections", "800"),
            ("max_upload: 50MB", "max_upload", "50MB"),
            ("--set image.tag=11.1.3", "image.tag", "11.1.3"),
            ("export BUCKET='cb-art'", "BUCKET", "cb-art"),
        ] {
            assert_eq!(assignments(code), [Assignment { key, value }], "{code}");
        }
    }

    #[test]
    fn comparisons_and_addresses_are_not_assignments() {
        for code in ["a == 1", "https://a.example", "x =~ y", "=", ": 5"] {
            assert_eq!(assignments(code), [], "{code}");
        }
    }

    #[test]
    fn overlong_values_are_not_read() {
        let value = |length: usize| "x".repeat(length);
        let read = |code: &str| -> usize {
            let found = assignments(code);
            found.iter().map(|found| found.value.len()).sum()
        };
        assert_eq!(read(&format!("a='{}'", value(250))), 250);
        assert_eq!(read(&format!("a={}é", value(250))), 0);
        let overlapping = "a=".repeat(10_000);
        assert!(read(&overlapping) < 250 * 1000);
    }

    #[test]
    fn odd_code_gives_no_command() {
        for code in ["", "  ", "|", "A=1", "\"", "/"] {
            assert!(
                commands(code)
                    .iter()
                    .all(|command| !command.program.is_empty()),
                "{code}"
            );
        }
        assert_eq!(commands("'unclosed x").len(), 1);
    }
}

//! Finds what a step deletes, and the steps that use or create it.

use std::collections::HashSet;

use super::command::{Command, commands};
use super::name_index::NameIndex;
use super::pattern::Pattern;
use super::step::{Stretch, stretches, whole_text};
use super::words::{Words, words};
use crate::ticket::{Step, Text};

/// Something that a step deletes, by its name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deletion<'t> {
    /// The name, as it is written.
    pub(crate) object: &'t str,
    /// The text that deletes it.
    pub(crate) origin: &'t Text,
    /// The index of its step.
    pub(crate) step: usize,
}

/// Shorter names occur in other words too often.
const MIN_NAME: usize = 4;

/// Resources that Kubernetes recreates automatically.
const RECREATED: &str = "pod pods po job jobs event events ev replicaset rs";

static DROP: Pattern = Pattern::new(
    r#"(?i)\bdrop\s+(?:table|database|schema|column|role|user|keyspace|collection)\s+(?:if\s+exists\s+)?["`]?(?P<object>[\w.-]+)"#,
);
static IN_PROSE: Pattern = Pattern::new(
    r"(?i)\b(?:deletes?|removes?|drops?|destroys?|decommissions?)\s+(?:the\s+)?(?:old\s+)?(?:bucket|volume|database|table|column|queue|topic|cluster|server|vm|instance|host|secret|account|namespace|stack)\s+(?P<object>[\w.-]+)",
);
static REVOKE: Pattern =
    Pattern::new(r"(?i)\b(?:revoke|delete|remove|destroy)\s+the\s+(?P<object>old\s+\p{L}+)");

/// The things that steps delete, by a command such as `dropdb orders` or in words such as "delete
/// bucket cb-art".
pub(crate) fn deletions(steps: &[Step]) -> Vec<Deletion<'_>> {
    let mut found = Vec::new();
    let mut known = HashSet::new();
    for (step, stretch) in numbered_stretches(steps) {
        let objects = if stretch.is_code {
            let mut objects: Vec<&str> =
                commands(stretch.text).iter().flat_map(deleted_by).collect();
            objects.extend(captured(&DROP, stretch));
            objects
        } else {
            [
                captured(&IN_PROSE, stretch),
                captured(&REVOKE, stretch),
                captured(&DROP, stretch),
            ]
            .concat()
        };
        for object in objects {
            let object = object
                .trim_start_matches("s3://")
                .trim_start_matches("gs://")
                .trim_matches(['/', ';', '.', '"', '\'']);
            if object.len() >= MIN_NAME && known.insert(object) {
                found.push(Deletion {
                    object,
                    origin: stretch.origin,
                    step,
                });
            }
        }
    }
    found
}

/// The stretches of steps, each with the index of its step.
fn numbered_stretches(steps: &[Step]) -> impl Iterator<Item = (usize, Stretch<'_>)> {
    steps.iter().enumerate().flat_map(|(index, step)| {
        stretches(step)
            .into_iter()
            .map(move |stretch| (index, stretch))
    })
}

fn captured<'t>(expression: &Pattern, stretch: Stretch<'t>) -> Vec<&'t str> {
    expression
        .captures_iter(stretch.text)
        .filter_map(|found| Some(found.name("object")?.as_str()))
        .collect()
}

fn deleted_by<'t>(command: &Command<'t>) -> Vec<&'t str> {
    let verb = command.subcommand.last().copied().unwrap_or_default();
    let is_recreated = || {
        let kind = command.operands.first().copied().unwrap_or_default();
        let kind = kind.split('/').next().unwrap_or_default();
        RECREATED.split(' ').any(|known| known == kind)
    };
    match (command.program, verb) {
        ("terraform" | "tofu", "destroy") => command
            .option(&["-target", "--target"])
            .into_iter()
            .collect(),
        ("aws", "rb") | ("helm", "uninstall" | "delete") => command.objects(),
        ("kubectl" | "oc", "delete") if !is_recreated() => command.objects(),
        ("aws" | "gcloud" | "az", _) if is_delete(command) => command.objects(),
        ("rm", _) if deletes_folders(command) => command
            .operands
            .iter()
            .copied()
            .filter(|path| !path.contains(['*', '$', '?']))
            .collect(),
        ("docker" | "podman", "rm" | "rmi") => command.operands.clone(),
        ("zfs", "destroy") => command.operands.clone(),
        ("dropdb" | "dropuser" | "userdel" | "lvremove", _) => command
            .subcommand
            .iter()
            .chain(&command.operands)
            .copied()
            .take(1)
            .collect(),
        _ => Vec::new(),
    }
}

/// Whether `rm` deletes folders, and not only files such as locks and logs.
fn deletes_folders(command: &Command<'_>) -> bool {
    command
        .options
        .iter()
        .any(|option| ["-r", "-rf", "-fr", "-R", "--recursive"].contains(&option.name))
}

fn is_delete(command: &Command<'_>) -> bool {
    let words = || command.subcommand.iter().chain(&command.operands);
    words().any(|word| *word == "delete" || word.starts_with("delete-"))
}

/// Words for creating something again.
static MAKES: Words = Words::new(
    "create restore import rebuild install apply add provision recover register redeploy run insert grant recreate \
     re bootstrap enable issue generate launch deploy",
);
/// Words for the absence of something.
static GONE: Words = Words::new(
    "remove removes removed delete deletes deleted drop drops dropped destroy gone longer list lists \
    not no without",
);

/// Whether a text says that something is created.
pub(crate) fn makes(text: &str) -> bool {
    words(text).any(|word| MAKES.has(&word))
}

/// Whether a text uses the things that it names: it has a verb for using them and no word for
/// absence.
pub(crate) fn is_use(text: &str, verbs: &Words) -> bool {
    words(text).any(|word| verbs.has(&word)) && !words(text).any(|word| GONE.contains(&word))
}

/// How the steps of a section use the things that they name.
pub(crate) struct NamedThings<'t> {
    names: NameIndex,
    /// The stretches that are in the index, each with its step.
    stretches: Vec<(usize, Stretch<'t>)>,
    /// Whether each step uses things, and whether it creates things.
    roles: Vec<(bool, bool)>,
}

/// A step that names a thing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NamedThing<'t> {
    /// The index of the step.
    pub(crate) step: usize,
    /// The text of the step that names it.
    pub(crate) text: &'t Text,
    /// Whether the step uses it.
    pub(crate) is_used: bool,
    /// Whether the step creates it.
    pub(crate) is_made: bool,
}

impl<'t> NamedThings<'t> {
    /// Reads steps; `is_use` decides whether the text of a step uses the things that it names.
    pub(crate) fn new(steps: &'t [Step], is_use: impl Fn(&str) -> bool) -> Self {
        let all: Vec<(usize, Stretch<'t>)> = numbered_stretches(steps).collect();
        let roles = steps.iter().map(|step| {
            let text = whole_text(step);
            (is_use(&text), makes(&text))
        });
        Self {
            names: NameIndex::new(all.iter().map(|(_, stretch)| stretch.text)),
            roles: roles.collect(),
            stretches: all,
        }
    }

    /// The steps that name something, in order.
    pub(crate) fn naming(&self, name: &str) -> Vec<NamedThing<'t>> {
        let naming = self.names.naming(name).into_iter().map(|index| {
            let (step, stretch) = self.stretches[index];
            let (is_used, is_made) = self.roles[step];
            NamedThing {
                step,
                text: stretch.origin,
                is_used,
                is_made,
            }
        });
        let mut naming: Vec<_> = naming.collect();
        naming.dedup_by_key(|thing| thing.step);
        naming
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;
    use crate::ticket::ParsedTicket;

    fn deleted(step: &str) -> Vec<String> {
        let text = format!("deployment = ['''{step}''']");
        let ticket = ParsedTicket::parse(&Source::new("changes/a.toml", text))
            .unwrap()
            .ticket;
        deletions(&ticket.deployment.steps)
            .iter()
            .map(|found| found.object.to_owned())
            .collect()
    }

    #[test]
    fn steps_that_name_a_thing_are_found_with_what_they_do() {
        static COPY: Words = Words::new("copy");
        let text = "deployment = ['copy', 'copy `data-1`', 'create data-1 and Data_1', 'data-10']";
        let ticket = ParsedTicket::parse(&Source::new("changes/a.toml", text))
            .unwrap()
            .ticket;
        let things = NamedThings::new(&ticket.deployment.steps, |text| is_use(text, &COPY));
        let found: Vec<_> = things
            .naming("data_1")
            .iter()
            .map(|thing| (thing.step, thing.is_used, thing.is_made))
            .collect();
        assert_eq!(found, [(1, true, false), (2, false, true)]);
    }

    #[test]
    fn deleting_commands_name_what_they_delete() {
        for (step, object) in [
            ("`aws s3 rb s3://cb-art --force`", "cb-art"),
            ("`kubectl -n shop delete pvc data-0`", "data-0"),
            ("`terraform destroy -target aws_db.old`", "aws_db.old"),
            ("`helm uninstall billing`", "billing"),
            (
                "`gcloud compute instances delete vm-old --zone z`",
                "vm-old",
            ),
            ("`aws dynamodb delete-table --table-name orders`", "orders"),
            (
                "`psql -c 'DROP TABLE IF EXISTS orders_2024;'`",
                "orders_2024",
            ),
            ("`dropdb legacy`", "legacy"),
            ("Delete bucket cb-art", "cb-art"),
            ("Revoke the old token", "old token"),
        ] {
            assert!(
                deleted(step).contains(&object.to_owned()),
                "{step}: {:?}",
                deleted(step)
            );
        }
    }

    #[test]
    fn other_steps_delete_nothing() {
        for step in [
            "`kubectl delete pod billing-1`",
            "`kubectl delete job/migrate`",
            "`terraform destroy`",
            "`aws s3 ls s3://cb-art`",
            "`dropdb a`",
            "Delete all rows older than a year",
            "Remove the label",
            "`DROP INDEX idx_orders`",
        ] {
            assert_eq!(deleted(step), [""; 0], "{step}");
        }
    }
}

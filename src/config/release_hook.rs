//! The commands that run before and after a release, `release.before` and `release.after`. Git's
//! hooks have nothing to do with them.

use std::time::Duration;

use crate::document::{Field, Node, Shape, format_duration, parse_duration, quoted};

/// How long a hook may run by default.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30 * 60);

/// A command that a release runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReleaseHook {
    /// The shell command.
    pub(crate) run: String,
    /// How long it may run.
    pub(crate) timeout: Duration,
}

const FIELDS: &[Field] = &[
    Field::new("run", Shape::Text, "Shell command to run.").required(),
    Field::new("within", Shape::Duration, "Time limit for the command.")
        .default("\"30m\"")
        .harmless("A command that is stopped fails."),
];

/// A list of commands: texts, or tables with options.
pub(super) const HOOKS: Shape =
    Shape::AnyList(&Shape::Either(&[Shape::Text, Shape::Table(FIELDS)]));

impl ReleaseHook {
    /// Reads a list of hooks.
    pub(super) fn read_all(list: Option<&Node>) -> Vec<Self> {
        let read = |node: &Node| match (node.as_str(), node.as_table()) {
            (Some(run), _) => Some(Self {
                run: run.to_owned(),
                timeout: DEFAULT_TIMEOUT,
            }),
            (None, Some(table)) => {
                let timeout = table
                    .text("within")
                    .and_then(parse_duration)
                    .unwrap_or(DEFAULT_TIMEOUT);
                Some(Self {
                    run: table.text("run")?.to_owned(),
                    timeout,
                })
            }
            _ => None,
        };
        list.and_then(Node::as_array)
            .unwrap_or_default()
            .iter()
            .filter_map(read)
            .collect()
    }

    /// The hook as a configuration has it.
    pub(super) fn to_toml(&self) -> String {
        if self.timeout == DEFAULT_TIMEOUT {
            return quoted(&self.run);
        }
        format!(
            "{{ run = {}, within = \"{}\" }}",
            quoted(&self.run),
            format_duration(self.timeout)
        )
    }
}

#[cfg(test)]
mod tests {
    use crate::config::testing::{config, fault, faults};

    #[test]
    fn hook_is_a_command_with_optional_timeout() {
        let hooks =
            config("release.before = [\"make\", { run = \"make all\", within = \"1h30m\" }]")
                .release
                .before;
        let commands: Vec<_> = hooks
            .iter()
            .map(|hook| (hook.run.as_str(), hook.timeout.as_secs()))
            .collect();
        assert_eq!(commands, [("make", 1800), ("make all", 5400)]);
        assert_eq!(
            fault("release.after = [{ within = \"1h\" }]").0,
            "`release.after[0].run` is missing"
        );
        assert_eq!(faults("release.after = [\"\"]").len(), 1);
    }
}

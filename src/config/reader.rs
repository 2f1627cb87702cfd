//! Reads the values of a table.
//!
//! Values of the wrong type are skipped here: the walk over the fields has reported them.

use regex::{Regex, RegexBuilder};

use super::{ANY_TYPE, glob_set};
use crate::commit::Header;
use crate::document::{Entry, Node, Table};
use crate::error::Fault;
use crate::repo_path::{PathFault, RepoPath, is_git_folder};
use crate::source::{Label, Span, WordEnum};

/// Maximum size of a compiled regular expression in bytes.
const MAX_PATTERN_BYTES: usize = 1 << 20;

/// Collects the faults of values.
#[derive(Debug, Default)]
pub(super) struct Reader {
    pub(super) faults: Vec<Fault>,
}

/// The table of that key.
pub(super) fn subtable<'a>(table: &'a Table, key: &str) -> Option<&'a Table> {
    table.get(key)?.as_table()
}

/// The tables in the list of that key.
pub(super) fn tables<'a>(table: &'a Table, key: &str) -> impl Iterator<Item = &'a Table> {
    nodes(table.get(key)).iter().filter_map(Node::as_table)
}

/// The entries of the table of that key.
pub(super) fn entries<'a>(table: &'a Table, key: &str) -> &'a [Entry] {
    subtable(table, key).map(Table::entries).unwrap_or_default()
}

/// The strings of a list, with their nodes.
pub(super) fn texts(node: Option<&Node>) -> impl Iterator<Item = (&str, &Node)> {
    nodes(node)
        .iter()
        .filter_map(|node| Some((node.as_str()?, node)))
}

/// The boolean of that key.
pub(super) fn flag(table: &Table, key: &str) -> Option<bool> {
    table.get(key)?.as_bool()
}

/// The string of that key.
pub(super) fn string(table: &Table, key: &str) -> Option<String> {
    table.text(key).map(str::to_owned)
}

/// The strings in the list of that key.
pub(super) fn strings(table: &Table, key: &str) -> Vec<String> {
    texts(table.get(key))
        .map(|(text, _)| text.to_owned())
        .collect()
}

/// The number of that key.
pub(super) fn number<N: TryFrom<i64>>(table: &Table, key: &str) -> Option<N> {
    table.get(key)?.as_integer()?.try_into().ok()
}

/// The value of the word of that key.
pub(super) fn word<W: WordEnum>(table: &Table, key: &str) -> Option<W> {
    W::parse(table.text(key)?)
}

/// The values of the words in the list of that key.
pub(super) fn words<W: WordEnum>(table: &Table, key: &str) -> Vec<W> {
    texts(table.get(key))
        .filter_map(|(word, _)| W::parse(word))
        .collect()
}

fn nodes(node: Option<&Node>) -> &[Node] {
    node.and_then(Node::as_array).unwrap_or_default()
}

impl Reader {
    /// Reports a fault of a value.
    pub(super) fn fault(&mut self, node: &Node, message: String, help: &str) {
        self.fault_at(node.span, message, help);
    }

    /// Reports a fault at a position.
    pub(super) fn fault_at(&mut self, span: Span, message: String, help: &str) {
        self.faults.push(Fault {
            message,
            help: help.to_owned(),
            label: Label::new(span, ""),
        });
    }

    /// Reports keys that are neither commit types nor `*`, and types that are given twice.
    pub(super) fn types_as_keys(&mut self, entries: &[Entry]) {
        for (at, entry) in entries.iter().enumerate() {
            let key = &entry.key;
            let mut before = entries[..at].iter().map(|entry| &entry.key);
            if let Some(before) = before.find(|before| before.eq_ignore_ascii_case(key)) {
                let message = format!("`{before}` and `{key}` are the same type");
                let help = "remove one of them; types are case-insensitive";
                self.fault_at(entry.key_span, message, help);
            } else if key != ANY_TYPE
                && let Some((message, help)) = type_fault(key)
            {
                self.fault_at(entry.key_span, message, &help);
            }
        }
    }

    /// Reports texts that are not commit types; `all` is the help for `*`.
    pub(super) fn types_in_list(&mut self, node: Option<&Node>, all: &str) {
        for (name, node) in texts(node) {
            match type_fault(name) {
                Some((message, _)) if name == ANY_TYPE => self.fault(node, message, all),
                Some((message, help)) => self.fault(node, message, &help),
                None => {}
            }
        }
    }

    /// Reads a list of globs; `./a` and `a` are the same path, and Git knows only the second.
    pub(super) fn globs(&mut self, table: &Table, key: &str) -> Option<Vec<String>> {
        let node = table.get(key)?;
        for (text, node) in texts(Some(node)) {
            let path_fault = if text.starts_with('/') || text.split('/').any(|name| name == "..") {
                Some(PathFault::Outside)
            } else if text.split('/').any(is_git_folder) {
                Some(PathFault::GitFolder)
            } else {
                None
            };
            if let Err(error) = glob_set(&[text]) {
                let kind = error.kind();
                self.fault(
                    node,
                    format!("`{text}` is not a valid glob: {kind}"),
                    "globs support `*`, `**`, `?`, `[a-z]`, and `{a,b}`",
                );
            } else if let Some(fault) = path_fault {
                self.fault(node, format!("`{text}` {fault}"), fault.help());
            }
        }
        let globs = texts(Some(node)).map(|(text, _)| text.trim_start_matches("./").to_owned());
        Some(globs.collect())
    }

    /// Reads a regular expression.
    pub(super) fn pattern(&mut self, table: &Table, key: &str) -> Option<Regex> {
        let node = table.get(key)?;
        let built = RegexBuilder::new(node.as_str()?)
            .size_limit(MAX_PATTERN_BYTES)
            .build();
        built
            .map_err(|error| {
                // The last line gives the reason; those before it show the position.
                let error = error.to_string();
                let reason = error
                    .lines()
                    .last()
                    .unwrap_or_default()
                    .trim_start_matches("error: ");
                let help = "see the syntax at https://docs.rs/regex/#syntax";
                self.fault(
                    node,
                    format!("`{key}` is not a valid regular expression: {reason}"),
                    help,
                );
            })
            .ok()
    }

    /// Reads the path of a file in the repository.
    pub(super) fn path(&mut self, table: &Table, key: &str) -> Option<String> {
        self.path_of(table.get(key)?)
    }

    /// The path in a value; `./a` and `a` are the same path.
    pub(super) fn path_of(&mut self, node: &Node) -> Option<String> {
        let path = node.as_str()?.trim_start_matches("./");
        // The walk over the fields reports an empty path.
        if !path.is_empty()
            && let Err(fault) = RepoPath::portable(path)
        {
            self.fault(node, format!("`{path}` {fault}"), fault.help());
        }
        Some(path.to_owned())
    }
}

/// The message and the help for a text that is not a commit type.
fn type_fault(name: &str) -> Option<(String, String)> {
    if Header::parse(&format!("{name}: x")).is_some_and(|header| header.kind() == name) {
        return None;
    }
    let end = name
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'))
        .unwrap_or(name.len());
    let kind = &name[..end];
    let help = if Header::parse(&format!("{kind}: x")).is_some() {
        format!("write only the type, `{kind}`, which covers every scope, with and without `!`")
    } else {
        "start with a letter, followed by letters, digits, `-`, or `_`, such as `feat`".to_owned()
    };
    Some((format!("`{name}` is not a valid commit type"), help))
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use crate::config::testing::{config, fault, faults, pair};
    use crate::source::Source;

    #[test]
    fn only_types_of_commits_are_keys_of_bumps_and_sections() {
        for (text, key) in [
            ("[bumps]\n\"feat(api)\" = \"major\"", "feat(api)"),
            ("[bumps]\n\"feat!\" = \"major\"", "feat!"),
            ("[bumps]\nBREAKING-CHANGE = \"major\"", "BREAKING-CHANGE"),
            ("[changelog.sections]\n\"feat(api)\" = \"API\"", "feat(api)"),
            ("[changelog]\nhidden = [\"feat(api)\"]", "feat(api)"),
            ("[changelog]\nhidden = [\"*\"]", "*"),
            (
                "[[policy]]\nname = \"a\"\ntypes = [\"feat(api)\"]",
                "feat(api)",
            ),
            ("[[policy]]\nname = \"a\"\ntypes = [\"*\"]", "*"),
        ] {
            assert_eq!(
                fault(text).0,
                format!("`{key}` is not a valid commit type"),
                "{text}"
            );
        }
    }

    #[test]
    fn the_help_for_a_type_with_a_scope_is_the_type_alone() {
        let error = Config::parse(Source::new("x", "bumps.\"feat(api)\" = \"major\"")).unwrap_err();
        let help = "write only the type, `feat`, which covers every scope, with and without `!`";
        assert_eq!(error.help(), Some(help));
    }

    #[test]
    fn duplicate_type_is_refused_in_any_case() {
        assert_eq!(
            fault("[bumps]\nDeps = \"patch\"\ndeps = \"minor\""),
            pair("`Deps` and `deps` are the same type", "deps")
        );
        let sections = "[changelog]\nsections = { feat = \"A\", FEAT = \"B\" }";
        assert_eq!(fault(sections).0, "`feat` and `FEAT` are the same type");
    }

    #[test]
    fn a_pattern_must_compile_and_stay_small() {
        assert_eq!(
            fault("id_pattern = \"(\"").0,
            "`id_pattern` is not a valid regular expression: unclosed group"
        );
        let large = fault("id_pattern = '((\\w{100}){100}){100}'").0;
        assert!(large.contains("exceeds size limit"), "{large}");
        assert!(
            fault("release.version_files = [{ file = \"a\", pattern = \"x\" }]")
                .0
                .contains("group named `version`")
        );
    }

    #[test]
    fn a_path_below_a_dot_is_the_path() {
        let read = config("tickets = [\"./changes/*.toml\", \"x/./*.toml\"]");
        assert_eq!(read.tickets, ["changes/*.toml", "x/./*.toml"]);
    }

    #[test]
    fn globs_must_parse() {
        assert!(
            fault("tickets = [\"[\"]")
                .0
                .starts_with("`[` is not a valid glob")
        );
        assert!(
            fault("[[overrides]]\nfiles = [\"{\"]\nrules = {}")
                .0
                .starts_with("`{` is not a valid glob")
        );
        assert_eq!(
            fault("tickets = [\"../*.toml\"]").0,
            "`../*.toml` is outside the repository"
        );
    }

    #[test]
    fn files_stay_inside_the_repository() {
        for path in ["/etc/passwd", "../x", "a/../../x", "C:\\\\x", ""] {
            assert_eq!(
                faults(&format!("changelog.file = \"{path}\"")).len(),
                1,
                "{path}"
            );
        }
        assert_eq!(
            config("changelog.file = \"./docs/a..b.md\"").changelog.file,
            "docs/a..b.md"
        );
    }
}

//! A structural fault at one place of a file, and the words for it.
//!
//! Each kind carries what is needed to fix the fault, and the words are the same for every kind of
//! file. Severities are assigned by the caller.

use crate::source::{Span, join_or, shorten};

/// A structural fault at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StructureFault {
    /// What is wrong.
    pub(crate) kind: FaultKind,
    /// The place: a key, a value, or the header of the table that lacks something.
    pub(crate) span: Span,
    /// The path of the key, such as `deployment.steps[2].takes`.
    pub(crate) path: String,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FaultKind {
    /// The table has no such key.
    UnknownKey {
        /// The key.
        key: String,
        /// What was probably meant.
        suggestion: Option<Suggestion>,
        /// How many further unknown keys of this table are not reported one by one.
        more: usize,
    },
    /// The key belongs to other tables.
    MisplacedKey {
        /// The key.
        key: String,
        /// The tables that have the key; the empty path is the top of the file.
        expected_tables: Vec<String>,
        /// The one of these tables that the file writes as a list of steps.
        list: Option<&'static str>,
        /// Whether each of these tables has the key already.
        is_taken: bool,
    },
    /// The value has the wrong type.
    WrongType {
        /// The actual type, with its article.
        found: &'static str,
        /// What the value should be.
        expected: String,
        /// A valid value, as TOML.
        example: String,
    },
    /// The value has the right type but is not allowed.
    InvalidValue {
        /// The value, as written.
        value: String,
        /// What the value should be.
        expected: String,
        /// A valid value, as TOML.
        example: String,
        /// The allowed word that was probably meant.
        suggestion: Option<&'static str>,
    },
    /// The value is blank.
    Blank(Blank),
    /// A required key is absent.
    Missing {
        /// The key that could be used instead.
        or: Option<&'static str>,
        /// What its value should be.
        expected: String,
        /// A valid value, as TOML.
        example: String,
    },
    /// A list of steps has both strings and tables.
    MixedSteps,
    /// A date-time has no offset.
    LocalDatetime,
}

/// Which kind of value is blank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blank {
    /// A text without a letter or a digit.
    Text,
    /// A list without entries.
    List,
    /// An entry of a list without a letter or a digit.
    Entry,
}

/// What an unknown key probably means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Suggestion {
    /// A key of the same table, if nothing else is near.
    Certain(&'static str),
    /// A key of the same table, if something else is near too.
    Likely(&'static str),
    /// The path of a key that the file has already, so that this one cannot be renamed to it.
    Taken(String),
    /// A key under its name in other tools.
    Alias {
        /// The path of the key here.
        path: String,
        /// The section of that path, if the file writes it as a list of steps.
        list: Option<&'static str>,
    },
}

/// The texts that describe a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Description {
    /// The fact, in lower case, without a full stop.
    pub(crate) message: String,
    /// The label of the place.
    pub(crate) label: String,
    /// What to write instead.
    pub(crate) help: String,
}

impl StructureFault {
    /// The texts for the fault, in a file whose valid keys this command prints.
    #[must_use]
    pub(crate) fn describe(&self, schema_command: &str) -> Description {
        let path = &self.path;
        match &self.kind {
            FaultKind::UnknownKey {
                key,
                suggestion: meant,
                more,
            } => unknown_key(key, meant.as_ref(), *more, schema_command),
            FaultKind::MisplacedKey {
                key,
                expected_tables: homes,
                list,
                is_taken,
            } => misplaced_key(key, homes, *list, *is_taken),
            FaultKind::WrongType {
                found,
                expected: wanted,
                example,
            } => words(
                format!("`{path}` must be {wanted}, not {found}"),
                (*found).to_owned(),
                format!("use {wanted}, for example `{}`", assignment(path, example)),
            ),
            FaultKind::InvalidValue {
                value,
                expected: wanted,
                example,
                suggestion: meant,
            } => words(
                format!("`{}` is not a valid value for `{path}`", shorten(value)),
                meant.map_or("invalid value".into(), |meant| {
                    format!("did you mean `{meant}`?")
                }),
                format!("use {wanted}, for example `{}`", assignment(path, example)),
            ),
            FaultKind::Blank(blank) => words(
                format!("`{path}` is blank"),
                match blank {
                    Blank::Text => "no letter or digit".into(),
                    Blank::Entry => format!("blank {}", entry_noun(path)),
                    Blank::List => "empty list".into(),
                },
                match blank {
                    Blank::Entry => format!("write the {}, or remove the entry", entry_noun(path)),
                    Blank::Text | Blank::List => {
                        "write a value, or remove the key if it is optional".into()
                    }
                },
            ),
            FaultKind::Missing {
                or,
                expected: wanted,
                example,
            } => missing(path, *or, wanted, example),
            FaultKind::MixedSteps => words(
                format!("`{path}` mixes strings and tables"),
                "not the same form as the first step".into(),
                "write all steps as strings, or all as tables with `do`".into(),
            ),
            FaultKind::LocalDatetime => words(
                format!("`{path}` has no UTC offset"),
                "no UTC offset".into(),
                format!(
                    "add the offset, such as `{} = 2026-11-20T18:00:00+01:00`, or `Z` for UTC",
                    last(path)
                ),
            ),
        }
    }
}

/// What an entry of a list is.
fn entry_noun(path: &str) -> &'static str {
    match last(path) {
        "before" | "after" => "command",
        "steps" | "deployment" | "rollback" | "validation" => "step",
        _ => "value",
    }
}

fn words(message: String, label: String, help: String) -> Description {
    Description {
        message,
        label,
        help,
    }
}

/// A value as it would be written at a path: with its key, or alone if it is an element of a list.
fn assignment(path: &str, example: &str) -> String {
    if path.ends_with(']') {
        example.to_owned()
    } else {
        format!("{} = {example}", last(path))
    }
}

/// The last key of a path, without a list index; a quoted key may contain any character.
fn last(path: &str) -> &str {
    let mut start = 0;
    let mut end = path.len();
    let mut quoted = false;
    let mut escaped = false;
    for (at, character) in path.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = quoted,
            '"' => quoted = !quoted,
            '.' if !quoted => (start, end) = (at + 1, path.len()),
            '[' if !quoted => end = end.min(at),
            _ => {}
        }
    }
    &path[start..end]
}

fn unknown_key(
    key: &str,
    meant: Option<&Suggestion>,
    more: usize,
    schema_command: &str,
) -> Description {
    let key = shorten(key);
    let message = match more {
        0 => format!("unknown key `{key}`"),
        more => format!("unknown key `{key}` and {more} more in this table"),
    };
    let (label, help) = match meant {
        Some(Suggestion::Certain(name) | Suggestion::Likely(name)) => (
            format!("did you mean `{name}`?"),
            format!("use `{name}`, or remove the key"),
        ),
        Some(Suggestion::Taken(path)) => (
            format!("`{path}` is already set"),
            format!("remove the key; `{path}` is already set"),
        ),
        Some(Suggestion::Alias { path, list }) => {
            let help = match list {
                Some(list) if path.strip_prefix(list) == Some(".steps") => {
                    format!("add its steps to `{list}`")
                }
                list => format!("write it as `{path}`{}", without_short_form(*list)),
            };
            (format!("use `{path}` instead"), help)
        }
        None => {
            let help = format!("remove the key; `{schema_command}` lists the valid keys");
            ("unknown key".into(), help)
        }
    };
    words(message, label, help)
}

fn misplaced_key(key: &str, homes: &[String], list: Option<&str>, is_taken: bool) -> Description {
    let homes_named: Vec<_> = homes.iter().map(|home| place(home)).collect();
    let named = join_or(&homes_named);
    let preposition = if homes.first().is_some_and(String::is_empty) {
        "at"
    } else {
        "in"
    };
    let help = match (homes, list) {
        _ if is_taken => {
            let there = match homes {
                [home] if home.is_empty() => "at the top of the file".to_owned(),
                _ => format!("in {named}"),
            };
            format!("remove the key; it is already set {there}")
        }
        ([home], Some(_)) => {
            format!(
                "move it to the top of the file as `{home}.{key}`{}",
                without_short_form(list)
            )
        }
        _ => format!("move it to {named}{}", without_short_form(list)),
    };
    words(
        format!("`{key}` is in the wrong table"),
        format!("belongs {preposition} {named}"),
        help,
    )
}

/// How to turn a section that is a list of steps into a table, which can hold further keys.
fn without_short_form(list: Option<&str>) -> String {
    list.map(|list| format!(", and rename `{list}` to `{list}.steps`"))
        .unwrap_or_default()
}

fn place(home: &str) -> String {
    if home.is_empty() {
        "the top of the file, before the first table".into()
    } else {
        format!("`[{home}]`")
    }
}

fn missing(path: &str, or: Option<&str>, wanted: &str, example: &str) -> Description {
    match or {
        Some(or) => {
            let table = path.rsplit_once('.').map_or("the file", |(table, _)| table);
            words(
                format!("`{table}` has neither `{}` nor `{or}`", last(path)),
                format!("neither `{}` nor `{or}`", last(path)),
                format!("add one of them, such as `{} = {example}`", last(path)),
            )
        }
        None => words(
            format!("`{path}` is missing"),
            format!("no `{}`", last(path)),
            format!(
                "add `{0}`: {wanted}; for example `{0} = {example}`",
                last(path)
            ),
        ),
    }
}

//! Checks a table against its fields, in one walk that finds every structural fault of a file.
//!
//! Decides about types, allowed values, blanks, and missing and unknown keys. Conditions between
//! keys are left to the caller, except that one key may replace another ([`Requirement::Unless`]).

use super::duration::parse_duration;
use super::fault::{Blank, FaultKind, StructureFault, Suggestion};
use super::field::{Field, Requirement, Shape};
use super::quote::quoted_key;
use super::tree::{DatetimeKind, Entry, Node, Table, Value};
use super::url::is_url;
use crate::source::{Span, any_of, closest, closest_typo};

/// Maximum number of unknown keys of one table that are reported one by one.
const MAX_UNKNOWN_KEYS: usize = 100;

/// Every structural fault of a table, by position.
///
/// `fields` is the declaration of the whole file; keys in the wrong table are looked up in it.
#[must_use]
pub(crate) fn check(root: &Table, fields: &[Field]) -> Vec<StructureFault> {
    let mut walk = Checker {
        file: root,
        root: fields,
        lists: sections_as_lists(root, fields),
        faults: Vec::new(),
    };
    let span = root
        .entries()
        .first()
        .map(|entry| entry.key_span)
        .unwrap_or_default();
    walk.table(
        root,
        fields,
        &Place {
            path: String::new(),
            span,
        },
    );
    let mut faults = walk.faults;
    faults.sort_by_key(|fault| fault.span);
    faults
}

/// The current position of the walk: the path of a value, and the span to point at if the value
/// lacks something.
struct Place {
    path: String,
    span: Span,
}

struct Checker<'f> {
    /// The table that the whole file is.
    file: &'f Table,
    root: &'f [Field],
    /// The sections of the file that are written in their short form, as lists of steps.
    lists: Vec<&'static str>,
    faults: Vec<StructureFault>,
}

impl Place {
    fn key(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }
}

impl<'f> Checker<'f> {
    fn report(&mut self, kind: FaultKind, span: Span, path: String) {
        self.faults.push(StructureFault { kind, span, path });
    }

    fn table(&mut self, table: &Table, fields: &'f [Field], place: &Place) {
        let mut unknown = 0;
        let mut meant = Vec::new();
        for entry in table.entries() {
            match fields.iter().find(|field| field.name == entry.key) {
                Some(field) => self.value(&entry.value, &field.shape, &place.key(field.name)),
                None => {
                    unknown += 1;
                    if unknown <= MAX_UNKNOWN_KEYS {
                        meant.extend(self.unknown_key(entry, table, fields, place));
                    }
                }
            }
        }
        if unknown > MAX_UNKNOWN_KEYS {
            let told = self
                .faults
                .iter_mut()
                .rev()
                .find_map(|fault| match &mut fault.kind {
                    FaultKind::UnknownKey { more, .. } => Some(more),
                    _ => None,
                });
            told.into_iter()
                .for_each(|more| *more = unknown - MAX_UNKNOWN_KEYS);
        }
        // A misspelled key is one fault; the key that is missing because of it is not another.
        for field in fields.iter().filter(|field| !meant.contains(&field.name)) {
            self.check_required(table, field, place);
        }
    }

    fn check_required(&mut self, table: &Table, field: &Field, place: &Place) {
        let or = match field.requirement {
            Requirement::Optional => return,
            Requirement::Required => None,
            Requirement::Unless(other) => Some(other),
        };
        if table.get(field.name).is_some() || or.is_some_and(|other| table.get(other).is_some()) {
            return;
        }
        let kind = FaultKind::Missing {
            or,
            expected: field.shape.describe(),
            example: field.shape.example(),
        };
        self.report(kind, place.span, place.key(field.name));
    }

    /// An unknown key: an alias from another tool, a key of another table, or a typo.
    ///
    /// Returns the key of the same table that is certainly meant.
    fn unknown_key(
        &mut self,
        entry: &Entry,
        table: &Table,
        fields: &'f [Field],
        place: &Place,
    ) -> Option<&'static str> {
        let key = entry.key.clone();
        let path = place.key(&key);
        let same_table = fields
            .iter()
            .find(|field| field.aliases.contains(&key.as_str()));
        if let Some(field) = same_table {
            let suggestion = suggestion(field.name, None, table);
            let is_certain = matches!(suggestion, Suggestion::Certain(_));
            let kind = FaultKind::UnknownKey {
                key,
                suggestion: Some(suggestion),
                more: 0,
            };
            self.report(kind, entry.key_span, path);
            return is_certain.then_some(field.name);
        }
        let mut homes = Vec::new();
        tables_with_key(self.root, entry, "", &mut homes);
        if !homes.is_empty() {
            let list = self.list_among(&homes);
            let is_taken = homes.iter().all(|home| self.has(&joined(home, &key)));
            self.report(
                FaultKind::MisplacedKey {
                    key,
                    expected_tables: homes,
                    list,
                    is_taken,
                },
                entry.key_span,
                path,
            );
            return None;
        }
        let foreign = alias_path(self.root, &key, "").map(|path| {
            let list = self.list_among(
                path.rsplit_once('.')
                    .map(|(table, _)| table.to_owned())
                    .as_slice(),
            );
            if list.is_none() && self.has(&path) {
                Suggestion::Taken(path)
            } else {
                Suggestion::Alias { path, list }
            }
        });
        let meant = foreign.or_else(|| nearest_key(entry, table, fields));
        let surely = match meant {
            Some(Suggestion::Certain(name)) => Some(name),
            _ => None,
        };
        self.report(
            FaultKind::UnknownKey {
                key,
                suggestion: meant,
                more: 0,
            },
            entry.key_span,
            path,
        );
        surely
    }

    /// Whether the file has the key of a path.
    fn has(&self, path: &str) -> bool {
        let path: Vec<&str> = path.split('.').collect();
        self.file.at(&path).is_some()
    }

    /// The section among these tables that the file writes as a list, which cannot hold further
    /// keys.
    fn list_among(&self, tables: &[String]) -> Option<&'static str> {
        self.lists
            .iter()
            .copied()
            .find(|list| tables.iter().any(|table| table == list))
    }

    fn value(&mut self, node: &Node, shape: &'f Shape, path: &str) {
        match (shape, &node.value) {
            (Shape::Either(shapes), _) => match shapes.iter().find(|shape| fits(shape, node)) {
                Some(shape) => self.value(node, shape, path),
                None => self.wrong_type(node, shape, path),
            },
            (Shape::Section(fields), Value::Array(_)) => {
                match fields.iter().find(|field| field.name == "steps") {
                    Some(steps) => self.value(node, &steps.shape, &format!("{path}.steps")),
                    None => self.wrong_type(node, shape, path),
                }
            }
            (Shape::Section(fields) | Shape::Table(fields), Value::Table(table)) => {
                self.table(
                    table,
                    fields,
                    &Place {
                        path: path.to_owned(),
                        span: node.span,
                    },
                );
            }
            (Shape::Open(fields), Value::Table(table)) => {
                let place = Place {
                    path: path.to_owned(),
                    span: node.span,
                };
                for field in *fields {
                    self.check_required(table, field, &place);
                    let given = table.get(field.name);
                    given
                        .into_iter()
                        .for_each(|node| self.value(node, &field.shape, &place.key(field.name)));
                }
            }
            (Shape::Map(of), Value::Table(table)) => {
                for entry in table.entries() {
                    self.value(
                        &entry.value,
                        of,
                        &format!("{path}.{}", quoted_key(&entry.key)),
                    );
                }
            }
            (Shape::List(_) | Shape::Steps(_), Value::Array(nodes)) if nodes.is_empty() => {
                self.report(FaultKind::Blank(Blank::List), node.span, path.to_owned());
            }
            (Shape::List(of) | Shape::AnyList(of), Value::Array(nodes)) => {
                for (index, node) in nodes.iter().enumerate() {
                    self.entry(node, of, &format!("{path}[{index}]"));
                }
            }
            (Shape::Steps(fields), Value::Array(nodes)) => self.steps(nodes, fields, path),
            (_, Value::String(text)) => self.text(text, node, shape, path),
            (Shape::Boolean, Value::Boolean(_)) => {}
            (Shape::Integer(least, most), Value::Integer(number))
                if (least..=most).contains(&number) => {}
            (Shape::Integer(..), Value::Integer(number)) => {
                self.invalid(number.to_string(), node, shape, path);
            }
            (Shape::Date, Value::Datetime(_)) if node.datetime(DatetimeKind::Date).is_some() => {}
            (Shape::Instant, Value::Datetime(_))
                if node.datetime(DatetimeKind::Instant).is_some() =>
            {
                self.instant(node, shape, path);
            }
            (Shape::Instant, Value::Datetime(datetime)) if datetime.kind == DatetimeKind::Local => {
                self.report(FaultKind::LocalDatetime, node.span, path.to_owned());
            }
            _ => self.wrong_type(node, shape, path),
        }
    }

    fn entry(&mut self, node: &Node, shape: &'f Shape, path: &str) {
        let before = self.faults.len();
        self.value(node, shape, path);
        for fault in &mut self.faults[before..] {
            if fault.kind == FaultKind::Blank(Blank::Text) && fault.path == path {
                fault.kind = FaultKind::Blank(Blank::Entry);
            }
        }
    }

    fn steps(&mut self, nodes: &[Node], fields: &'f [Field], path: &str) {
        let first_is_table = nodes.first().is_some_and(|node| node.as_table().is_some());
        for (index, node) in nodes.iter().enumerate() {
            let path_of = format!("{path}[{index}]");
            match &node.value {
                Value::Table(table) => {
                    self.table(
                        table,
                        fields,
                        &Place {
                            path: path_of,
                            span: node.span,
                        },
                    );
                }
                Value::String(_) => self.entry(node, &Shape::Text, &path_of),
                _ => {
                    let (found, example) = (node.type_name(), "\"…\"".to_owned());
                    let kind = FaultKind::WrongType {
                        found,
                        expected: "a string or a table".into(),
                        example,
                    };
                    self.report(kind, node.span, path_of);
                }
            }
        }
        let other = nodes.iter().find(|node| match &node.value {
            Value::Table(_) => !first_is_table,
            Value::String(_) => first_is_table,
            _ => false,
        });
        let strings_or_tables = nodes
            .first()
            .is_some_and(|node| first_is_table || node.as_str().is_some());
        if let Some(node) = other.filter(|_| strings_or_tables) {
            self.report(FaultKind::MixedSteps, node.span, path.to_owned());
        }
    }

    fn text(&mut self, text: &str, node: &Node, shape: &'f Shape, path: &str) {
        let blank = !text.contains(char::is_alphanumeric);
        match shape {
            Shape::AnyText => {}
            Shape::Text | Shape::OpenChoice(_) | Shape::Person => {
                if blank {
                    self.report(FaultKind::Blank(Blank::Text), node.span, path.to_owned());
                }
            }
            Shape::Choice(words) if words.contains(&text) => {}
            Shape::Duration if parse_duration(text).is_some() => {}
            Shape::Url if is_url(text) => {}
            Shape::Date if node.datetime(DatetimeKind::Date).is_some() => {}
            Shape::Instant if node.datetime(DatetimeKind::Instant).is_some() => {
                self.instant(node, shape, path);
            }
            Shape::Choice(_) | Shape::Duration | Shape::Url if blank => {
                self.report(FaultKind::Blank(Blank::Text), node.span, path.to_owned());
            }
            Shape::Choice(_) | Shape::Duration | Shape::Url => {
                self.invalid(text.to_owned(), node, shape, path);
            }
            _ => self.wrong_type(node, shape, path),
        }
    }

    /// A date-time with an offset, which has to be a time that exists.
    fn instant(&mut self, node: &Node, shape: &'f Shape, path: &str) {
        let datetime = node.datetime(DatetimeKind::Instant);
        let invalid = datetime.filter(|found| found.text.parse::<jiff::Timestamp>().is_err());
        if let Some(datetime) = invalid {
            self.invalid(datetime.text, node, shape, path);
        }
    }

    fn invalid(&mut self, value: String, node: &Node, shape: &'f Shape, path: &str) {
        let (wanted, meant) = match shape {
            Shape::Choice(words) => (any_of(words), closest(&value, words.iter().copied())),
            Shape::Duration => (
                "a duration: numbers with the units d, h, m, and s, from largest to smallest"
                    .into(),
                None,
            ),
            _ => (shape.describe(), None),
        };
        let example = meant.map_or_else(|| shape.example(), |word| format!("\"{word}\""));
        let kind = FaultKind::InvalidValue {
            value,
            expected: wanted,
            example,
            suggestion: meant,
        };
        self.report(kind, node.span, path.to_owned());
    }

    fn wrong_type(&mut self, node: &Node, shape: &'f Shape, path: &str) {
        let kind = FaultKind::WrongType {
            found: node.type_name(),
            expected: shape.describe(),
            example: shape.example(),
        };
        self.report(kind, node.span, path.to_owned());
    }
}

/// Whether a value has the TOML type of a shape.
fn fits(shape: &Shape, node: &Node) -> bool {
    match shape {
        Shape::Text
        | Shape::AnyText
        | Shape::Choice(_)
        | Shape::OpenChoice(_)
        | Shape::Duration
        | Shape::Person
        | Shape::Url => node.as_str().is_some(),
        Shape::Boolean => node.as_bool().is_some(),
        Shape::Integer(..) => node.as_integer().is_some(),
        Shape::Date => node.datetime(DatetimeKind::Date).is_some(),
        Shape::Instant => [DatetimeKind::Instant, DatetimeKind::Local]
            .iter()
            .any(|kind| node.datetime(*kind).is_some()),
        Shape::List(_) | Shape::AnyList(_) | Shape::Steps(_) => node.as_array().is_some(),
        Shape::Table(_) | Shape::Open(_) | Shape::Map(_) => node.as_table().is_some(),
        Shape::Section(_) => node.as_table().is_some() || node.as_array().is_some(),
        Shape::Either(shapes) => shapes.iter().any(|shape| fits(shape, node)),
    }
}

/// The key of the same table that is nearest to an unknown one; a key with values of the same type
/// is preferred.
fn nearest_key(entry: &Entry, table: &Table, fields: &[Field]) -> Option<Suggestion> {
    let key = &entry.key;
    let nearest = |fields: &mut dyn Iterator<Item = &Field>| {
        closest_typo(key, fields.map(|field| field.name))
    };
    let fitting = || {
        fields
            .iter()
            .filter(|field| fits(&field.shape, &entry.value))
    };
    if let Some(name) = nearest(&mut fitting()) {
        return Some(suggestion(
            name,
            nearest(&mut fitting().filter(|other| other.name != name)),
            table,
        ));
    }
    let name = nearest(&mut fields.iter())?;
    Some(suggestion(
        name,
        nearest(&mut fields.iter().filter(|other| other.name != name)),
        table,
    ))
}

/// A key is certainly meant if no other one is near and the table does not have it yet.
fn suggestion(name: &'static str, another: Option<&str>, table: &Table) -> Suggestion {
    if table.get(name).is_some() {
        Suggestion::Taken(name.to_owned())
    } else if another.is_none() {
        Suggestion::Certain(name)
    } else {
        Suggestion::Likely(name)
    }
}

fn sections_as_lists(root: &Table, fields: &[Field]) -> Vec<&'static str> {
    let sections = fields
        .iter()
        .filter(|field| matches!(field.shape, Shape::Section(_)));
    let is_list = |field: &&Field| {
        root.get(field.name)
            .is_some_and(|node| node.as_array().is_some())
    };
    sections.filter(is_list).map(|field| field.name).collect()
}

/// The fields of the tables that occur once in a file: not those within lists or maps.
fn tables(fields: &[Field]) -> impl Iterator<Item = (&'static str, &'static [Field])> + '_ {
    fields.iter().filter_map(|field| match field.shape {
        Shape::Table(inner) | Shape::Section(inner) => Some((field.name, inner)),
        _ => None,
    })
}

fn joined(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

fn alias_path(fields: &[Field], key: &str, path: &str) -> Option<String> {
    let here = fields
        .iter()
        .find(|field| field.aliases.contains(&key))
        .map(|field| joined(path, field.name));
    here.or_else(|| {
        tables(fields).find_map(|(name, inner)| alias_path(inner, key, &joined(path, name)))
    })
}

fn tables_with_key(fields: &[Field], entry: &Entry, path: &str, homes: &mut Vec<String>) {
    let is_meant = |field: &Field| {
        field.name == entry.key
            && (!takes_only_tables(&field.shape) || fits(&field.shape, &entry.value))
    };
    if fields.iter().any(is_meant) {
        homes.push(path.to_owned());
    }
    for (name, inner) in tables(fields) {
        tables_with_key(inner, entry, &joined(path, name), homes);
    }
}

/// Whether values of this shape are tables: a number under such a key isn't a misplaced table, but
/// another key of the same name.
fn takes_only_tables(shape: &Shape) -> bool {
    matches!(shape, Shape::Table(_) | Shape::Open(_) | Shape::Map(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;
    use crate::source::Source;

    const STEP: &[Field] = &[
        Field::new("do", Shape::Text, "What is done.").required(),
        Field::new("takes", Shape::Duration, "How long it takes."),
    ];
    const LINK: &[Field] = &[
        Field::new("url", Shape::Url, "Where it is.").unless("ref"),
        Field::new("ref", Shape::Text, "What it is called."),
    ];
    const DEPLOYMENT: &[Field] = &[
        Field::new("steps", Shape::Steps(STEP), "The steps.")
            .required()
            .aliases(&["deployment_steps"]),
        Field::new("share", Shape::Integer(1, 100), "A per cent."),
        Field::new("strategy", Shape::Choice(&["rolling", "canary"]), "How."),
    ];
    const FIELDS: &[Field] = &[
        Field::new("title", Shape::Text, "The title.")
            .required()
            .aliases(&["short_description"]),
        Field::new("goal", Shape::Text, "The goal."),
        Field::new("start", Shape::Instant, "The start."),
        Field::new("day", Shape::Date, "The day."),
        Field::new("done", Shape::Boolean, "Whether it is done."),
        Field::new("services", Shape::List(&Shape::Text), "The services."),
        Field::new("hidden", Shape::AnyList(&Shape::Text), "What is hidden."),
        Field::new(
            "links",
            Shape::List(&Shape::Either(&[Shape::Url, Shape::Table(LINK)])),
            "The links.",
        ),
        Field::new("people", Shape::Map(&Shape::Text), "The people."),
        Field::new("deployment", Shape::Section(DEPLOYMENT), "The deployment."),
    ];

    /// The messages of a text's faults, each with the text that it points at.
    fn faults(text: &str) -> Vec<(String, String)> {
        let (document, errors) = Document::parse(Source::new("x.toml", text));
        assert_eq!(errors, []);
        let faults = check(document.root(), FIELDS);
        faults
            .iter()
            .map(|f| {
                (
                    f.describe("tollgate schema ticket").message,
                    text[f.span.start..f.span.end].to_owned(),
                )
            })
            .collect()
    }

    fn one(text: &str) -> (String, String) {
        let found = faults(&format!("title = \"x\"\n{text}"));
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].clone()
    }

    fn fault(text: &str) -> StructureFault {
        let (document, _) = Document::parse(Source::new("x.toml", text));
        check(document.root(), FIELDS).remove(0)
    }

    #[test]
    fn all_faults_of_a_file_come_in_one_pass_and_in_order() {
        let text = "title = 1\ngaol = \"x\"\nservices = []\n[deployment]\nshare = 0\nstrategy = \"canarry\"\n";
        let spans: Vec<_> = faults(text).into_iter().map(|(_, at)| at).collect();
        assert_eq!(
            spans,
            ["1", "gaol", "[]", "[deployment]", "0", "\"canarry\""]
        );
    }

    #[test]
    fn a_good_file_has_none() {
        let text = "title = \"é\"\nstart = 2026-01-01T00:00:00Z\nday = 2026-01-01\ndone = true\nhidden = []\n\
            links = [\"https://x.org/1\", { ref = \"A-1\" }]\npeople = { bo = \"bo@x.org\" }\ndeployment = [\"Do it\"]";
        assert_eq!(faults(text), []);
    }

    #[test]
    fn missing_key_is_reported_at_first_key_or_table() {
        assert_eq!(
            faults("goal = \"x\""),
            [("`title` is missing".into(), "goal".into())]
        );
        assert_eq!(one("[deployment]\nshare = 5").1, "[deployment]");
        assert_eq!(faults(""), [("`title` is missing".into(), String::new())]);
    }

    #[test]
    fn typo_is_certain_only_if_unambiguous_and_unused() {
        let meant = |text| match fault(text).kind {
            FaultKind::UnknownKey {
                suggestion: meant, ..
            } => meant,
            other => panic!("{other:?}"),
        };
        assert_eq!(meant("Title = \"x\""), Some(Suggestion::Certain("title")));
        assert_eq!(
            meant("titel = \"x\"\ntitle = \"x\""),
            Some(Suggestion::Taken("title".into()))
        );
        assert_eq!(
            meant("short_description = \"x\""),
            Some(Suggestion::Certain("title"))
        );
        assert_eq!(
            meant("deployment_steps = []"),
            Some(Suggestion::Alias {
                path: "deployment.steps".into(),
                list: None
            })
        );
        assert_eq!(meant("colour = 1"), None);
    }

    /// The help for the first fault of a ticket with a title.
    fn help(text: &str) -> String {
        let text = format!("title = \"x\"\n{text}");
        let (document, _) = Document::parse(Source::new("x.toml", text));
        let faults = check(document.root(), FIELDS);
        faults[0].describe("tollgate schema ticket").help
    }

    #[test]
    fn key_that_is_already_set_is_not_suggested() {
        let title = "remove the key; `title` is already set";
        assert_eq!(help("short_description = \"x\""), title);
        assert_eq!(help("titel = \"x\""), title);
        assert_eq!(
            help("deployment_steps = []\n[deployment]\nsteps = [\"x\"]"),
            "remove the key; `deployment.steps` is already set"
        );
        assert_eq!(
            help("share = 5\n[deployment]\nsteps = [\"x\"]\nshare = 6"),
            "remove the key; it is already set in `[deployment]`"
        );
    }

    #[test]
    fn a_key_of_a_section_in_short_form_needs_its_table() {
        let renamed = "rename `deployment` to `deployment.steps`";
        let moved = format!("move it to the top of the file as `deployment.share`, and {renamed}");
        assert_eq!(help("share = 5\ndeployment = [\"x\"]"), moved);
        assert_eq!(
            help("deployment_steps = [\"x\"]\ndeployment = [\"x\"]"),
            "add its steps to `deployment`"
        );
        assert_eq!(
            help("share = 5\ndeployment.steps = [\"x\"]"),
            "move it to `[deployment]`"
        );
    }

    #[test]
    fn a_key_of_the_users_own_is_quoted_where_toml_needs_it() {
        let (document, _) = Document::parse(Source::new(
            "x.toml",
            "title = \"x\"\npeople.\"a.b[c]\" = 1",
        ));
        let words = check(document.root(), FIELDS)[0].describe("tollgate schema ticket");
        assert_eq!(
            words.message,
            "`people.\"a.b[c]\"` must be a string, not an integer"
        );
        assert_eq!(words.help, "use a string, for example `\"a.b[c]\" = \"…\"`");
    }

    #[test]
    fn unknown_key_names_the_schema_of_its_file() {
        let (document, _) = Document::parse(Source::new("x.toml", "title = \"x\"\nzzz = 1"));
        for command in ["tollgate schema ticket", "tollgate schema config"] {
            let help = check(document.root(), FIELDS)[0].describe(command).help;
            assert_eq!(
                help,
                format!("remove the key; `{command}` lists the valid keys")
            );
        }
    }

    #[test]
    fn a_misspelt_key_is_not_missing_besides() {
        assert_eq!(
            faults("titel = \"x\""),
            [("unknown key `titel`".into(), "titel".into())]
        );
        assert_eq!(faults("deployment = [\"x\"]\ncolour = 1").len(), 2);
    }

    #[test]
    fn a_key_after_a_header_belongs_to_the_top() {
        let text = "[deployment]\nsteps = [\"x\"]\ngoal = \"x\"";
        assert_eq!(
            one(text),
            ("`goal` is in the wrong table".into(), "goal".into())
        );
        let FaultKind::MisplacedKey {
            expected_tables: homes,
            ..
        } = fault(&format!("title = \"x\"\n{text}")).kind
        else {
            panic!()
        };
        assert_eq!(homes, [""]);
    }

    #[test]
    fn a_number_is_not_a_misplaced_table() {
        assert_eq!(
            one("deployment = { steps = [\"x\"], people = 1 }").0,
            "unknown key `people`"
        );
    }

    #[test]
    fn blank_texts_lists_and_entries_are_reported() {
        assert_eq!(one("goal = \" - \"").1, "\" - \"");
        assert_eq!(one("services = []").1, "[]");
        assert_eq!(
            one("services = [\"a\", \"\"]"),
            ("`services[1]` is blank".into(), "\"\"".into())
        );
        assert_eq!(
            one("deployment = [\"\"]"),
            ("`deployment.steps[0]` is blank".into(), "\"\"".into())
        );
    }

    #[test]
    fn mixed_steps_are_reported_once() {
        assert_eq!(
            one("deployment = [\"a\", { do = \"b\" }, { do = \"c\" }]").1,
            "{ do = \"b\" }"
        );
    }

    #[test]
    fn an_instant_needs_its_offset_and_a_date_is_no_instant() {
        assert_eq!(
            one("start = 2026-01-01T00:00:00").0,
            "`start` has no UTC offset"
        );
        assert_eq!(
            one("start = 2026-01-01").0,
            "`start` must be a date-time with an offset, not a date"
        );
        assert_eq!(
            one("day = 2026-01-01T00:00:00Z").0,
            "`day` must be a local date, not a date-time"
        );
    }

    #[test]
    fn one_of_two_keys_is_enough() {
        assert_eq!(
            one("links = [{}]").0,
            "`links[0]` has neither `url` nor `ref`"
        );
    }

    #[test]
    fn faults_in_steps_have_positions() {
        let text = "[[deployment.steps]]\ndo = \"x\"\n[[deployment.steps]]\ntakes = \"5 minutes\"";
        let found = faults(&format!("title = \"x\"\n{text}"));
        assert_eq!(
            found[0],
            (
                "`deployment.steps[1].do` is missing".into(),
                "[[deployment.steps]]".into()
            )
        );
        assert_eq!(
            found[1],
            (
                "`5 minutes` is not a valid value for `deployment.steps[1].takes`".into(),
                "\"5 minutes\"".into()
            )
        );
    }

    #[test]
    fn many_unknown_keys_are_summarised() {
        let text: String = (0..50_000).map(|n| format!("key{n}=1\n")).collect();
        let found = faults(&format!("title = \"x\"\n{text}"));
        assert_eq!(found.len(), MAX_UNKNOWN_KEYS);
        assert_eq!(
            found[99].0,
            "unknown key `key99` and 49900 more in this table"
        );
    }
}

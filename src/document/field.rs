//! What a table may contain, declared once: the checks, the JSON schema and the texts of findings
//! follow from it.
//!
//! A declaration is `'static` data, written with the constructors below. It contains no functions,
//! so that everything in it can be shown in a schema and explained to a person.

use crate::source::any_of;

/// A key that a table may contain.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    /// The key.
    pub(crate) name: &'static str,
    /// What its value looks like.
    pub(crate) shape: Shape,
    /// Whether the key is required.
    pub(crate) requirement: Requirement,
    /// What the key is for, in one or two sentences; editors show them.
    pub(crate) doc: &'static str,
    /// Names of the key in other tools.
    pub(crate) aliases: &'static [&'static str],
    /// The value if the key is absent, as TOML.
    pub(crate) default: Option<&'static str>,
    /// Why no change of the value makes a check less strict; `None` if a change could. Only keys of
    /// the configuration have one.
    pub(crate) harmless: Option<&'static str>,
}

/// Whether a key is required.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Requirement {
    /// The key may be absent.
    Optional,
    /// The key is required.
    Required,
    /// The key is required unless the other one is present.
    Unless(&'static str),
}

/// What a value looks like.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// Text with at least one letter or digit.
    Text,
    /// Any text, including empty text.
    AnyText,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Text, usually one of these words.
    OpenChoice(&'static [&'static str]),
    /// `true` or `false`.
    Boolean,
    /// A whole number from the first to the last.
    Integer(i64, i64),
    /// Text such as `1h30m`.
    Duration,
    /// A local date.
    Date,
    /// A date-time with an offset.
    Instant,
    /// A person, rota or team: an e-mail address or an alias.
    Person,
    /// Text that is an absolute address.
    Url,
    /// A list that is not empty.
    List(&'static Shape),
    /// A list that may be empty.
    AnyList(&'static Shape),
    /// A table with these keys.
    Table(&'static [Field]),
    /// A table with these keys and others, which are checked by their owner.
    Open(&'static [Field]),
    /// A table with keys that the user chooses.
    Map(&'static Shape),
    /// The first of these shapes that the value's type fits.
    Either(&'static [Shape]),
    /// Steps: a list of texts, or of tables with these keys, but not both.
    Steps(&'static [Field]),
    /// A table with these keys, or the list that would be the value of its key `steps`.
    Section(&'static [Field]),
}

impl Field {
    /// An optional key.
    #[must_use]
    pub(crate) const fn new(name: &'static str, shape: Shape, doc: &'static str) -> Self {
        Self {
            name,
            shape,
            requirement: Requirement::Optional,
            doc,
            aliases: &[],
            default: None,
            harmless: None,
        }
    }

    /// The same key, required.
    #[must_use]
    pub(crate) const fn required(mut self) -> Self {
        self.requirement = Requirement::Required;
        self
    }

    /// The same key, required unless `other` is present.
    #[must_use]
    pub(crate) const fn unless(mut self, other: &'static str) -> Self {
        self.requirement = Requirement::Unless(other);
        self
    }

    /// The same key, with its names in other tools.
    #[must_use]
    pub(crate) const fn aliases(mut self, names: &'static [&'static str]) -> Self {
        self.aliases = names;
        self
    }

    /// The same key, with its value if it is absent, as TOML.
    #[must_use]
    pub(crate) const fn default(mut self, toml: &'static str) -> Self {
        self.default = Some(toml);
        self
    }

    /// The same key, with the reason why no change of its value makes a check less strict.
    #[must_use]
    pub(crate) const fn harmless(mut self, reason: &'static str) -> Self {
        self.harmless = Some(reason);
        self
    }
}

impl Shape {
    /// What the value should be, in words that can follow "expected".
    #[must_use]
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Text | Self::AnyText | Self::OpenChoice(_) => "a string".into(),
            Self::Choice(words) => any_of(words),
            Self::Boolean => "`true` or `false`".into(),
            Self::Integer(least, i64::MAX) => format!("an integer of at least {least}"),
            Self::Integer(least, most) => format!("an integer from {least} to {most}"),
            Self::Duration => "a duration".into(),
            Self::Date => "a local date".into(),
            Self::Instant => "a date-time with an offset".into(),
            Self::Person => "a string that names a person".into(),
            Self::Url => "a URL".into(),
            Self::List(of) | Self::AnyList(of) => match of.describe().as_str() {
                "a string" => "a list of strings".into(),
                wanted => format!("a list in which each entry is {wanted}"),
            },
            Self::Table(_) | Self::Open(_) | Self::Map(_) => "a table".into(),
            Self::Either(shapes) => {
                let shapes: Vec<String> = shapes.iter().map(Self::describe).collect();
                let has_list = shapes.iter().any(|shape| shape.contains(", "));
                shapes.join(if has_list { ", or " } else { " or " })
            }
            Self::Steps(_) => "a list of steps, all strings or all tables".into(),
            Self::Section(_) => "a table with `steps`, or a list of steps".into(),
        }
    }

    /// A value of this shape, as TOML.
    #[must_use]
    pub(crate) fn example(&self) -> String {
        match self {
            Self::Text | Self::AnyText => "\"…\"".into(),
            Self::Choice(words) | Self::OpenChoice(words) => {
                format!("\"{}\"", words.first().unwrap_or(&"…"))
            }
            Self::Boolean => "true".into(),
            Self::Integer(least, most) => 10.clamp(*least, *most).to_string(),
            Self::Duration => "\"1h30m\"".into(),
            Self::Date => "2026-11-20".into(),
            Self::Instant => "2026-11-20T18:00:00+01:00".into(),
            Self::Person => "\"bo@example.com\"".into(),
            Self::Url => "\"https://example.com/42\"".into(),
            Self::List(of) | Self::AnyList(of) => format!("[{}]", of.example()),
            Self::Table(fields) | Self::Open(fields) => {
                let first = fields
                    .iter()
                    .find(|field| field.requirement != Requirement::Optional)
                    .or(fields.first());
                first.map_or("{}".into(), |field| {
                    format!("{{ {} = {} }}", field.name, field.shape.example())
                })
            }
            Self::Map(of) => format!("{{ name = {} }}", of.example()),
            Self::Either(shapes) => shapes.first().map(Self::example).unwrap_or_default(),
            Self::Steps(_) | Self::Section(_) => "[\"…\"]".into(),
        }
    }
}

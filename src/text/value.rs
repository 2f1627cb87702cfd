//! Values in a text: numbers with their units, and versions.
//!
//! Reads what people write in prose (`20 MB`, `from 11.2.0`), in configuration (`timeout: 20s`) and
//! in flags (`-Xmx8g`, `--replicas=12`). A number that is part of something else is not a value:
//! dates, times of day, addresses, references such as `#12`, and names such as `cs-1`.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::pattern::Pattern;
use super::words::{Words, in_lower_case};

/// A number below this, without a unit, counts steps or replicas too often to be worth comparing.
const MIN_BARE_NUMBER: i128 = 10 * SCALE;

/// Things that are counted in configuration: a small number of them is a value, too.
static COUNTED: Words = Words::new(
    "replica node pod broker partition instance shard worker server thread core cpu vcpu unit executor consumer",
);

/// Maximum length of a key before a number, in bytes.
const MAX_KEY: usize = 100;

/// Numbers are kept in millionths, so that decimal fractions compare exactly.
const SCALE: i128 = 1_000_000;

/// The longest digits that are read as a number; longer ones are identifiers.
const MAX_DIGITS: usize = 15;

/// A value, with the text that it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Value<'t> {
    /// The value as it is written.
    pub(crate) text: &'t str,
    /// The byte offset of `text` in the text that was read.
    pub(crate) start: usize,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    /// A number in millionths, and its unit.
    Number(i128, Unit),
    /// The numeric parts of a version, and its pre-release.
    Version(Vec<u64>, String),
}

/// The unit of a number.
///
/// Binary and decimal multiples of bytes are the same unit here: people write `8g` and `8 GB` for
/// the same setting, and a linter that is unsure is silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// No unit.
    None,
    /// Per cent.
    Percent,
    /// Milliseconds.
    Millisecond,
    /// Seconds.
    Second,
    /// Minutes.
    Minute,
    /// Hours.
    Hour,
    /// Days.
    Day,
    /// Bytes.
    Byte,
    /// Thousands of bytes.
    Kilobyte,
    /// Millions of bytes.
    Megabyte,
    /// Billions of bytes.
    Gigabyte,
    /// Trillions of bytes.
    Terabyte,
    /// `m`: minutes, thousandths of a processor, or meters.
    M,
}

/// Beginnings of what makes a version a pre-release.
const PRERELEASES: [&str; 9] = [
    "rc", "alpha", "beta", "pre", "dev", "snapshot", "nightly", "canary", "preview",
];

/// Whether the suffix of a version is none, or names a variant of it, such as `jdk21` or `alpine`.
fn is_variant(suffix: &str) -> bool {
    let suffix = suffix.to_ascii_lowercase();
    let is_number = suffix.starts_with(|c: char| c.is_ascii_digit());
    suffix.is_empty() || !(is_number || PRERELEASES.iter().any(|start| suffix.starts_with(start)))
}

/// What units measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dimension {
    None,
    Percent,
    Time,
    Bytes,
    M,
}

/// Each unit with the ways to write it, in lower case; ` ` marks those that may stand apart from
/// the number.
const UNITS: [(Unit, &str); 12] = [
    (Unit::Percent, " % percent"),
    (
        Unit::Millisecond,
        " ms msec millis millisecond milliseconds",
    ),
    (Unit::Second, " s sec secs second seconds"),
    (Unit::Minute, " min mins minute minutes"),
    (Unit::Hour, " h hr hrs hour hours"),
    (Unit::Day, " d day days"),
    (Unit::Byte, " b byte bytes"),
    (Unit::Kilobyte, " kb kib ki k"),
    (Unit::Megabyte, " mb mib mi"),
    (Unit::Gigabyte, " gb gib gi g"),
    (Unit::Terabyte, " tb tib ti t"),
    (Unit::M, " m"),
];

static UNIT_OF: LazyLock<HashMap<&str, Unit>> = LazyLock::new(|| {
    let spellings = UNITS.iter().flat_map(|(unit, spellings)| {
        spellings
            .split_ascii_whitespace()
            .map(|spelling| (spelling, *unit))
    });
    spellings.collect()
});

impl Unit {
    /// The unit that a word names.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        if word == "M" {
            return Some(Self::Megabyte);
        }
        UNIT_OF.get(&*in_lower_case(word)).copied()
    }

    /// The unit that the word after a number and a space names. Single letters other than those of
    /// time and bytes are left out: `5 t` and `8 m` may be anything.
    fn parse_apart(word: &str) -> Option<Self> {
        let unit = Self::parse(word)?;
        let is_ambiguous = word.len() == 1 && !["s", "h", "d", "B", "%"].contains(&word);
        (!is_ambiguous).then_some(unit)
    }

    const fn dimension(self) -> Dimension {
        match self {
            Self::None => Dimension::None,
            Self::Percent => Dimension::Percent,
            Self::Millisecond | Self::Second | Self::Minute | Self::Hour | Self::Day => {
                Dimension::Time
            }
            Self::Byte | Self::Kilobyte | Self::Megabyte | Self::Gigabyte | Self::Terabyte => {
                Dimension::Bytes
            }
            Self::M => Dimension::M,
        }
    }

    /// How many of the smallest unit of its dimension it is.
    const fn factor(self) -> i128 {
        match self {
            Self::None | Self::Percent | Self::Millisecond | Self::Byte | Self::M => 1,
            Self::Second | Self::Kilobyte => 1_000,
            Self::Minute => 60_000,
            Self::Hour => 3_600_000,
            Self::Day => 86_400_000,
            Self::Megabyte => 1_000_000,
            Self::Gigabyte => 1_000_000_000,
            Self::Terabyte => 1_000_000_000_000,
        }
    }
}

impl Value<'_> {
    /// The byte offset after the value in the text that was read.
    pub(crate) const fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// The same number with another unit; a version as it is.
    pub(crate) fn with_unit(self, unit: Unit) -> Self {
        let kind = match self.kind {
            Kind::Number(number, _) => Kind::Number(number, unit),
            version @ Kind::Version(..) => version,
        };
        Self { kind, ..self }
    }

    /// Its unit; versions have none.
    pub(crate) const fn unit(&self) -> Unit {
        match self.kind {
            Kind::Number(_, unit) => unit,
            Kind::Version(..) => Unit::None,
        }
    }

    /// Whether it is a version.
    pub(crate) const fn is_version(&self) -> bool {
        matches!(self.kind, Kind::Version(..))
    }

    /// Whether it has a unit, or at least two digits: a value that is unlikely to occur by chance.
    pub(crate) fn is_distinctive(&self) -> bool {
        self.is_version()
            || self.unit() != Unit::None
            || self.text.bytes().filter(u8::is_ascii_digit).count() >= 2
    }

    /// Whether both are the same amount, however it is written; `3.1` is the same as `3.1.4`, which
    /// is more exact.
    pub(crate) fn is_same(&self, other: &Value<'_>) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Number(one, unit), Kind::Number(two, other)) => {
                unit.dimension() == other.dimension() && one * unit.factor() == two * other.factor()
            }
            (Kind::Version(one, _), Kind::Version(two, _)) if one.len() != two.len() => {
                one.starts_with(two) || two.starts_with(one)
            }
            (Kind::Version(one, suffix), Kind::Version(two, other)) => {
                one == two && (suffix == other || is_variant(suffix) && is_variant(other))
            }
            (Kind::Number(..), Kind::Version(..)) | (Kind::Version(..), Kind::Number(..)) => false,
        }
    }

    /// Whether both measure the same, so that one may contradict the other: units of one dimension,
    /// or versions with as many parts and the same first part.
    pub(crate) fn is_comparable(&self, other: &Value<'_>) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Number(_, one), Kind::Number(_, two)) => one.dimension() == two.dimension(),
            (Kind::Version(one, _), Kind::Version(two, _)) => {
                one.len() == two.len() && one.first() == two.first()
            }
            _ => false,
        }
    }

    /// Whether both have the same number, and units of one dimension that differ: `20 ms`, `20 s`.
    pub(crate) fn differs_in_unit(&self, other: &Value<'_>) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Number(one, unit), Kind::Number(two, other)) => {
                one == two && unit != other && unit.dimension() == other.dimension()
            }
            _ => false,
        }
    }

    /// Whether it has this number, whatever the units.
    pub(crate) fn has_number_of(&self, other: &Value<'_>) -> bool {
        matches!((&self.kind, &other.kind), (Kind::Number(one, _), Kind::Number(two, _)) if one == two)
    }
}

static DATE_OR_TIME: Pattern = Pattern::new(
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}\S*)?|\b\d{1,2}:\d{2}(?::\d{2})?\b|\b\d{1,2}\.\d{1,2}\.\d{4}\b",
);
static VERSION: Pattern = Pattern::new(
    r"^(?:v(?P<short>\d+(?:\.\d+)*)|(?P<long>\d+(?:\.\d+){2}))(?:[-+](?P<rest>[0-9A-Za-z][0-9A-Za-z.-]*))?$",
);
static NUMBER: Pattern = Pattern::new(
    r"^(?P<number>\d{1,3}(?:[,_]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?P<unit>%|[A-Za-z]+)?$",
);
static IN_FLAG: Pattern = Pattern::new(r"^-[A-Za-z]+?(?P<value>\d+(?:\.\d+)?[kKmMgGtT])$");

/// The values of a text, in order.
pub(crate) fn values(text: &str) -> Vec<Value<'_>> {
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return Vec::new();
    }
    let tokens = tokens(text);
    let mut values = Vec::new();
    let mut next = tokens.iter().peekable();
    while let Some(token) = next.next() {
        let Some(mut value) = value(token) else {
            continue;
        };
        if let (Kind::Number(_, unit @ Unit::None), Some(after)) = (&mut value.kind, next.peek())
            && text[token.end()..after.start] == *" "
            && let Some(found) = Unit::parse_apart(after.text)
        {
            *unit = found;
            value.text = &text[token.start..after.end()];
            next.next();
        }
        let counts = |next: Option<&&Token<'_>>| {
            next.is_some_and(|after| is_counted(text, &value, after))
                || has_counted_key(text, &value)
        };
        if !value.is_small() || counts(next.peek()) {
            values.push(value);
        }
    }
    values
}

/// A number that is assigned to a key that says what is counted, even if it is small.
pub(crate) fn counted_value<'t>(key: &str, text: &'t str) -> Option<Value<'t>> {
    value(&Token { start: 0, text }).filter(|_| is_counted_key(key))
}

/// Whether the word after a number says what is counted, perhaps after the new number: `3 replicas`,
/// `3 to 6 replicas`.
fn is_counted(text: &str, value: &Value<'_>, after: &Token<'_>) -> bool {
    text[value.end()..after.start] == *" " && COUNTED.has(&in_lower_case(after.text))
}

/// Whether a number is the value of a key that says what is counted: `--replicas=3`.
fn has_counted_key(text: &str, value: &Value<'_>) -> bool {
    let before = text[..value.start].trim_end_matches(['=', ':', ' ', '"', '\'']);
    let between = &text[before.len()..value.start];
    let start = before.ceil_char_boundary(before.len().saturating_sub(MAX_KEY));
    let word = before[start..].rsplit(char::is_whitespace).next();
    let word = word.unwrap_or_default();
    let is_set = between.contains(['=', ':']) || word.starts_with('-');
    is_set && is_counted_key(word)
}

/// Whether the last part of a key says what is counted.
fn is_counted_key(key: &str) -> bool {
    key.rsplit(|c: char| !c.is_ascii_alphanumeric())
        .next()
        .is_some_and(|word| COUNTED.has(&in_lower_case(word)))
}

impl Value<'_> {
    /// Whether it is a small number without a unit.
    fn is_small(&self) -> bool {
        matches!(self.kind, Kind::Number(number, Unit::None) if number < MIN_BARE_NUMBER)
    }
}

/// A stretch without separators.
struct Token<'t> {
    start: usize,
    text: &'t str,
}

impl Token<'_> {
    const fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// The tokens of a text that may hold values. Dates and times of day are none.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut dates = DATE_OR_TIME
        .find_iter(text)
        .map(|found| found.range())
        .peekable();
    let mut tokens = Vec::new();
    let mut start = 0;
    let mut push = |tokens: &mut Vec<_>, start: usize, end: usize| {
        // Dates and tokens are both in order.
        while dates.next_if(|date| date.end <= start).is_some() {}
        let is_date = dates.peek().is_some_and(|date| date.start < end);
        if start < end && !is_date {
            tokens.push(token(text, start, end));
        }
    };
    for (at, character) in text.char_indices() {
        if is_separator(text, at, character) {
            push(&mut tokens, start, at);
            start = at + character.len_utf8();
        }
    }
    push(&mut tokens, start, text.len());
    tokens
}

/// The token without signs before it and punctuation after it.
fn token(text: &str, start: usize, end: usize) -> Token<'_> {
    let raw = &text[start..end];
    let head = raw.trim_start_matches(['+', '~', '≈', '≤', '≥']);
    let trimmed = head.trim_end_matches(['.', '!', '?', '…']);
    Token {
        start: start + raw.len() - head.len(),
        text: trimmed,
    }
}

/// The marks that separate tokens.
const SEPARATORS: [char; 23] = [
    ';', ':', '(', ')', '[', ']', '{', '}', '=', '<', '>', '|', '\'', '"', '`', '“', '”', '‘', '’',
    '&', '!', '?', '\\',
];

/// Whether a character separates tokens; a comma inside a number does not.
fn is_separator(text: &str, at: usize, character: char) -> bool {
    if character == ',' {
        let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
        let bytes = text.as_bytes();
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        return !(is_digit(before) && (1..=3).all(|after| is_digit(bytes.get(at + after))));
    }
    character.is_whitespace() || SEPARATORS.contains(&character)
}

fn value<'t>(token: &Token<'t>) -> Option<Value<'t>> {
    let Token { start, text } = *token;
    // Most tokens are words, and the expressions are slow.
    let may_be_value = text.starts_with(|c: char| c.is_ascii_digit() || "v-".contains(c))
        && text.bytes().any(|byte| byte.is_ascii_digit());
    if !may_be_value {
        return None;
    }
    if let Some(found) = VERSION.captures(text) {
        let numbers = found.name("short").or_else(|| found.name("long"))?.as_str();
        let parts: Result<Vec<u64>, _> = numbers.split('.').map(str::parse).collect();
        // A rest that begins with a digit is the revision of a package, as in `3.13.7-1`.
        let rest = found.name("rest").map_or("", |rest| rest.as_str());
        let is_revision = rest.starts_with(|c: char| c.is_ascii_digit());
        let prerelease = if is_revision { "" } else { rest };
        return Some(Value {
            text,
            start,
            kind: Kind::Version(parts.ok()?, prerelease.to_owned()),
        });
    }
    if let Some(found) = IN_FLAG.captures(text) {
        let inner = found.name("value")?;
        return value(&Token {
            start: start + inner.start(),
            text: inner.as_str(),
        });
    }
    let found = NUMBER.captures(text)?;
    let unit = match found.name("unit") {
        None => Unit::None,
        Some(word) => Unit::parse(word.as_str())?,
    };
    Some(Value {
        text,
        start,
        kind: Kind::Number(number(found.name("number")?.as_str())?, unit),
    })
}

/// A decimal number in millionths.
fn number(text: &str) -> Option<i128> {
    let digits = text.replace([',', '_'], "");
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    if whole.len() > MAX_DIGITS || fraction.len() > 6 {
        return None;
    }
    let whole: i128 = whole.parse().ok()?;
    let fraction: i128 = format!("{fraction:0<6}").parse().ok()?;
    Some(whole * SCALE + fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        values(text).iter().map(|value| value.text).collect()
    }

    fn one(text: &str) -> Value<'_> {
        let found = values(text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        found[0].clone()
    }

    #[test]
    fn values_are_found_in_prose_configuration_and_flags() {
        for (text, expected) in [
            (
                "Raise the limit from 20 MB to 50 MB",
                &["20 MB", "50 MB"][..],
            ),
            ("`-Xms8g -Xmx8g`", &["8g", "8g"]),
            ("max_upload: 50MB.", &["50MB"]),
            ("--set image.tag=11.1.3 --timeout=900", &["11.1.3", "900"]),
            ("registry.example/app:1.2.3", &["1.2.3"]),
            ("up by 6%, below 250 ms", &["6%", "250 ms"]),
            ("2,100 logins in 1.5 hours", &["2,100", "1.5 hours"]),
            ("cpu 500m, memory 512Mi", &["500m", "512Mi"]),
            ("v14 and v2.3.0-rc.1", &["v14", "v2.3.0-rc.1"]),
            ("limit=100_000", &["100_000"]),
            ("Scale to 6 replicas with --replicas=6", &["6", "6"]),
            ("nodes: 3", &["3"]),
        ] {
            assert_eq!(texts(text), expected, "{text}");
        }
    }

    #[test]
    fn numbers_in_other_things_are_not_values() {
        for text in [
            "#12 and PR-77",
            "cs-1 of pool20, k8s, s3 and sha256",
            "CVE-2026-9264",
            "on 2026-12-09 at 18:00",
            "2026-12-09T18:00:00Z",
            "9.12.2026",
            "192.0.2.10",
            "3 steps, 5 tickets",
            "node 3 and pods 5",
            "$400 or €14,000",
            "10-20",
            "12345678901234567890",
            "3f2a91c",
        ] {
            assert_eq!(texts(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn equal_amounts_are_the_same_however_written() {
        for (left, right) in [
            ("20 MB", "20MB"),
            ("120 s", "2 min"),
            ("8g", "8 GB"),
            ("8Gi", "8 GiB"),
            ("2,000", "2000"),
            ("1.50 h", "90 minutes"),
            ("v1.2.3", "1.2.3"),
            ("v3.1", "3.1.4"),
            ("3.13.7-1", "3.13.7"),
        ] {
            let (left, right) = (one(left), one(right));
            assert!(left.is_same(&right), "{left:?} {right:?}");
        }
    }

    #[test]
    fn other_amounts_and_other_units_are_not_the_same() {
        for (left, right) in [
            ("20 MB", "20 ms"),
            ("20 s", "20 ms"),
            ("400", "600"),
            ("11.3.1", "11.1.3"),
            ("2.0.0-rc.1", "2.0.0"),
            ("50%", "50"),
            ("500m", "500 min"),
        ] {
            let (left, right) = (one(left), one(right));
            assert!(!left.is_same(&right), "{left:?} {right:?}");
        }
    }

    #[test]
    fn only_values_of_one_dimension_are_comparable() {
        assert!(one("20 MB").is_comparable(&one("2 GB")));
        assert!(one("20 s").is_comparable(&one("20 ms")));
        assert!(one("11.3.1").is_comparable(&one("11.1.3")));
        assert!(!one("20 MB").is_comparable(&one("20 s")));
        assert!(!one("8.6.0").is_comparable(&one("11.1.3")));
        assert!(!one("v8").is_comparable(&one("8.1.3")));
        assert!(!one("50%").is_comparable(&one("50")));
    }

    #[test]
    fn same_number_with_another_unit_is_recognized() {
        assert!(one("120 ms").differs_in_unit(&one("120 s")));
        assert!(!one("120 s").differs_in_unit(&one("2 min")));
        assert!(!one("120").differs_in_unit(&one("120 s")));
        assert!(one("120").has_number_of(&one("120 s")));
    }

    #[test]
    fn long_and_odd_texts_do_no_harm() {
        assert_eq!(texts(&"9".repeat(100_000)), [""; 0]);
        assert_eq!(texts("日本 20 MB, ½ — 30 s…"), ["20 MB", "30 s"]);
        assert_eq!(texts("1.23456789 s"), [""; 0]);
    }
}

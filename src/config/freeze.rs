//! The periods in which changes are forbidden; `calendar` decides what they mean for a change.
//!
//! A freeze is a single period, or a weekly one in a time zone. Time zones come from the built-in
//! database, so that the machine's zone and its zone files have no effect.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;

use super::Config;
use super::reader::{Reader, string, strings, tables, word, words};
use super::section::{Section, Weakenings};
use super::writer::Writer;
use crate::document::{DatetimeKind, Field, Node, Shape, Table, ZONE_HELP, quoted, time_zone};
use crate::source::word_enum;
use crate::ticket::Kind;

pub(super) const SECTION: Section = Section {
    fields: &[Field::new(
        "freeze",
        Shape::List(&Shape::Table(FIELDS)),
        "Periods in which changes are forbidden. `plan/schedule-in-freeze` checks the schedules of tickets; the gate and releases check the current time.",
    )],
    read,
    write,
    compare,
};

const WEEKLY: &[Field] = &[
    Field::new(
        "from",
        Shape::Text,
        "Start, in local time of the zone, such as `Fri 14:00`.",
    )
    .required(),
    Field::new("to", Shape::Text, "End, such as `Mon 07:00`.").required(),
    Field::new(
        "zone",
        Shape::Text,
        "IANA time zone, such as `Europe/Berlin`.",
    )
    .required(),
];

const SCOPE: Shape = Shape::List(&Shape::Text);

const FIELDS: &[Field] = &[
    Field::new("name", Shape::Text, "Name of the freeze.").required(),
    Field::new("start", Shape::Instant, "Start, with a UTC offset.").unless("weekly"),
    Field::new("end", Shape::Instant, "End, with a UTC offset.").unless("weekly"),
    Field::new(
        "weekly",
        Shape::Table(WEEKLY),
        "Weekly recurrence, instead of `start` and `end`.",
    ),
    Field::new(
        "mode",
        Shape::Choice(FreezeMode::WORDS),
        "Whether the freeze is an error or only a warning.",
    )
    .default("\"hard\""),
    Field::new("reason", Shape::Text, "Reason for the freeze."),
    Field::new("services", SCOPE, "Affected services. Default: all."),
    Field::new(
        "environments",
        SCOPE,
        "Affected environments. Default: all.",
    ),
    Field::new(
        "allow",
        Shape::AnyList(&Shape::Choice(Kind::WORDS)),
        "Kinds of tickets that are exempt from the freeze.",
    ),
    Field::new(
        "covers",
        Shape::List(&Shape::Choice(Activity::WORDS)),
        "Activities that the freeze forbids.",
    )
    .default("[\"deploy\", \"release\"]"),
];

/// A period in which changes are forbidden.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Freeze {
    /// Its name.
    pub(crate) name: String,
    /// The reason for it.
    pub(crate) reason: Option<String>,
    /// When it applies.
    pub(crate) time: FrozenTime,
    /// Whether it is an error or only a warning.
    pub(crate) mode: FreezeMode,
    /// The affected services; empty means all.
    pub(crate) services: Vec<String>,
    /// The affected environments; empty means all.
    pub(crate) environments: Vec<String>,
    /// The kinds of tickets that are exempt from it.
    pub(crate) allow: Vec<Kind>,
    /// The activities that it forbids.
    pub(crate) covers: Vec<Activity>,
}

/// When a freeze applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FrozenTime {
    /// Once, from one point in time to another.
    Once {
        /// The first instant of it.
        start: Timestamp,
        /// The first instant after it.
        end: Timestamp,
    },
    /// Every week.
    Weekly {
        /// When it begins.
        from: WeekTime,
        /// When it ends, at most a week later.
        to: WeekTime,
        /// The time zone of the clock.
        zone: TimeZone,
    },
}

/// A time of the week, in local time: `Fri 14:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WeekTime {
    /// The day.
    pub(crate) day: Weekday,
    /// The time of that day.
    pub(crate) time: Time,
}

word_enum! {
    /// Whether a freeze is an error or only a warning.
    pub(crate) enum FreezeMode {
        /// An error.
        Hard = "hard",
        /// A warning.
        Soft = "soft",
    }
}

word_enum! {
    /// An activity that a freeze can forbid.
    pub(crate) enum Activity {
        /// Carrying out a change.
        Deploy = "deploy",
        /// Merging a branch.
        Merge = "merge",
        /// Making a release.
        Release = "release",
    }
}

const DAYS: [(&str, Weekday); 7] = [
    ("Mon", Weekday::Monday),
    ("Tue", Weekday::Tuesday),
    ("Wed", Weekday::Wednesday),
    ("Thu", Weekday::Thursday),
    ("Fri", Weekday::Friday),
    ("Sat", Weekday::Saturday),
    ("Sun", Weekday::Sunday),
];

impl WeekTime {
    /// Reads the first three letters of a day, a space, and a time; letter case does not matter.
    #[must_use]
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (day, time) = text.split_once(' ')?;
        let (_, day) = DAYS
            .into_iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(day))?;
        let (hour, minute) = time.split_once(':')?;
        let number = |digits: &str| {
            let plain = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| digits.parse().ok()).flatten()
        };
        Some(Self {
            day,
            time: Time::new(number(hour)?, number(minute)?, 0, 0).ok()?,
        })
    }
}

impl fmt::Display for WeekTime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = DAYS
            .iter()
            .find(|(_, day)| *day == self.day)
            .map_or("", |(name, _)| name);
        write!(
            out,
            "{day} {:02}:{:02}",
            self.time.hour(),
            self.time.minute()
        )
    }
}

fn read(table: &Table, config: &mut Config, reader: &mut Reader) {
    config.freezes = tables(table, "freeze")
        .filter_map(|table| read_freeze(table, reader))
        .collect();
}

fn read_freeze(table: &Table, reader: &mut Reader) -> Option<Freeze> {
    let covers = match table.get("covers") {
        Some(_) => words(table, "covers"),
        None => vec![Activity::Deploy, Activity::Release],
    };
    Some(Freeze {
        name: string(table, "name")?,
        reason: string(table, "reason"),
        time: time(table, reader)?,
        mode: word(table, "mode").unwrap_or(FreezeMode::Hard),
        services: strings(table, "services"),
        environments: strings(table, "environments"),
        allow: words(table, "allow"),
        covers,
    })
}

fn time(table: &Table, reader: &mut Reader) -> Option<FrozenTime> {
    let once = ["start", "end"].map(|key| table.get(key));
    let Some(weekly) = table.get("weekly") else {
        let instant = |node: Option<&Node>| {
            let datetime = node?.datetime(DatetimeKind::Instant)?;
            datetime.text.parse::<Timestamp>().ok()
        };
        let [start, end] = once.map(instant);
        let (start, end) = (start?, end?);
        if end <= start {
            reader.fault(
                once[1]?,
                "the freeze ends before it starts".into(),
                "set `end` to a time after `start`",
            );
        }
        return Some(FrozenTime::Once { start, end });
    };
    if let Some(node) = once.into_iter().flatten().next() {
        let help = "define two freezes: one with `weekly`, and one with `start` and `end`";
        reader.fault(
            node,
            "a freeze cannot have both `weekly` and `start` or `end`".into(),
            help,
        );
    }
    let weekly = weekly.as_table()?;
    let from = week_time(weekly.get("from")?, reader);
    let to = week_time(weekly.get("to")?, reader);
    if from.is_some() && from == to {
        reader.fault(
            weekly.get("to")?,
            "the freeze ends when it starts".into(),
            "set `to` to a time after `from`",
        );
    }
    let node = weekly.get("zone")?;
    let name = node.as_str()?;
    let zone = time_zone(name);
    if zone.is_none() {
        reader.fault(node, format!("unknown time zone `{name}`"), ZONE_HELP);
    }
    Some(FrozenTime::Weekly {
        from: from?,
        to: to?,
        zone: zone?,
    })
}

fn week_time(node: &Node, reader: &mut Reader) -> Option<WeekTime> {
    let text = node.as_str()?;
    let time = WeekTime::parse(text);
    if time.is_none() {
        let help = "write the first three letters of the day and the time, such as `Fri 14:00`";
        reader.fault(
            node,
            format!("`{text}` is not a valid time of the week"),
            help,
        );
    }
    time
}

fn write(config: &Config, out: &mut Writer) {
    for freeze in &config.freezes {
        out.table("[[freeze]]");
        write_keys(freeze, out);
    }
}

fn write_keys(freeze: &Freeze, out: &mut Writer) {
    out.string("name", &freeze.name);
    match &freeze.time {
        FrozenTime::Once { start, end } => {
            out.value("start", start);
            out.value("end", end);
        }
        FrozenTime::Weekly { from, to, zone } => {
            let zone = quoted(zone.iana_name().unwrap_or("UTC"));
            let weekly = format!("{{ from = \"{from}\", to = \"{to}\", zone = {zone} }}");
            out.value("weekly", weekly);
        }
    }
    out.string("mode", freeze.mode.as_str());
    out.optional("reason", freeze.reason.as_deref());
    out.restriction("services", &freeze.services);
    out.restriction("environments", &freeze.environments);
    out.strings("allow", freeze.allow.iter().map(|kind| kind.as_str()));
    out.strings(
        "covers",
        freeze.covers.iter().map(|activity| activity.as_str()),
    );
}

fn written(freeze: &Freeze) -> Writer {
    let mut out = Writer::default();
    write_keys(freeze, &mut out);
    out
}

fn compare(base: &Config, head: &Config, found: &mut Weakenings) {
    let now = found.now;
    let is_over =
        |freeze: &Freeze| matches!(freeze.time, FrozenTime::Once { end, .. } if end <= now);
    for freeze in base.freezes.iter().filter(|freeze| !is_over(freeze)) {
        if !head.freezes.contains(freeze) {
            let mut named = head.freezes.iter();
            let changed = named.find(|other| other.name == freeze.name);
            let subject = format!("the freeze `{}`", freeze.name);
            found.table(&subject, &written(freeze), changed.map(written).as_ref());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::testing::{faults, weakenings};

    fn messages(freeze: &str) -> Vec<String> {
        let text = format!("[[freeze]]\nname = \"x\"\n{freeze}");
        let faults = faults(&text).into_iter();
        faults.map(|(message, _)| message).collect()
    }

    #[test]
    fn a_point_of_the_week_reads_as_it_is_written() {
        assert_eq!(
            WeekTime::parse("fri 09:05").unwrap().to_string(),
            "Fri 09:05"
        );
        for text in [
            "Friday 14:00",
            "Fri 24:00",
            "Fri 9:00",
            "Fri 14",
            "Fri  14:00",
            "14:00",
            "Fri +1:00",
            "",
        ] {
            assert_eq!(WeekTime::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_freeze_says_when_it_is() {
        assert_eq!(messages("").len(), 2);
        assert_eq!(
            messages("start = 2026-12-18T18:00:00+01:00"),
            ["`freeze[0]` has neither `end` nor `weekly`"]
        );
        let reversed = "start = 2026-12-18T18:00:00+01:00\nend = 2026-12-18T18:00:00+01:00";
        assert_eq!(messages(reversed), ["the freeze ends before it starts"]);
    }

    #[test]
    fn a_weekly_rule_is_understood_or_refused() {
        let weekly = |from: &str, to: &str, zone: &str| {
            messages(&format!(
                "weekly = {{ from = \"{from}\", to = \"{to}\", zone = \"{zone}\" }}"
            ))
        };
        assert_eq!(
            weekly("Freitag", "Mon 07:00", "Europe/Bärlin"),
            [
                "`Freitag` is not a valid time of the week",
                "unknown time zone `Europe/Bärlin`"
            ]
        );
        assert_eq!(
            weekly("Mon 07:00", "Mon 07:00", "UTC"),
            ["the freeze ends when it starts"]
        );
    }

    #[test]
    fn a_freeze_is_not_both_weekly_and_once() {
        let both = "start = 2026-12-18T18:00:00Z\n\
                    weekly = { from = \"Fri 14:00\", to = \"Mon 07:00\", zone = \"Europe/Berlin\" }";
        assert_eq!(
            messages(both),
            ["a freeze cannot have both `weekly` and `start` or `end`"]
        );
    }

    #[test]
    fn removed_freeze_is_weaker_unless_past() {
        let freeze =
            |end| format!("[[freeze]]\nname = \"f\"\nstart = 2026-01-01T00:00:00Z\nend = {end}");
        let expected = ["the freeze `f` was removed"];
        assert_eq!(weakenings(&freeze("2027-01-01T00:00:00Z"), ""), expected);
        assert_eq!(weakenings(&freeze("2026-02-01T00:00:00Z"), ""), [""; 0]);
    }

    #[test]
    fn changed_freeze_is_weaker() {
        let once = "[[freeze]]\nname = \"f\"\nstart = 2026-01-01T00:00:00Z\n\
                    end = 2027-01-01T00:00:00Z\nservices = [\"a\"]\nenvironments = [\"a\"]\n";
        let weekly = "[[freeze]]\nname = \"f\"\n\
                      weekly = { from = \"Fri 14:00\", to = \"Mon 07:00\", zone = \"UTC\" }\n";
        for (key, base, old, new) in [
            ("start", once, "2026-01-01", "2026-12-01"),
            ("end", once, "2027", "2026-12-01T00:00:00Z # "),
            ("weekly", weekly, "14:00", "18:00"),
            ("weekly", weekly, "07:00", "01:00"),
            ("weekly", weekly, "UTC", "Europe/Berlin"),
            ("mode", once, "services =", "mode = \"soft\"\nservices ="),
            ("services", once, "services = [\"a\"]", "services = [\"b\"]"),
            (
                "environments",
                once,
                "environments = [\"a\"]",
                "environments = [\"b\"]",
            ),
            (
                "allow",
                once,
                "services =",
                "allow = [\"normal\"]\nservices =",
            ),
            (
                "covers",
                once,
                "services =",
                "covers = [\"deploy\"]\nservices =",
            ),
        ] {
            let head = base.replacen(old, new, 1);
            let expected = [format!("`{key}` changed in the freeze `f`")];
            assert_eq!(weakenings(base, &head), expected, "{head}");
            assert_eq!(weakenings(base, base), [""; 0]);
        }
    }
}

//! How reports are written.

use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::Config;
use super::reader::{Reader, string, subtable};
use super::section::{Section, Weakenings};
use super::writer::Writer;
use crate::document::{Field, Shape, Table};

pub(super) const SECTION: Section = Section {
    fields: &[Field::new(
        "reports",
        Shape::Table(FIELDS),
        "Settings for reports.",
    )],
    read,
    write,
    compare,
};

const FIELDS: &[Field] = &[
    Field::new(
        "project",
        Shape::Text,
        "Name of the project in reports. Default: the name of the repository.",
    )
    .harmless("No check depends on it."),
    Field::new(
        "zone",
        Shape::Text,
        "IANA time zone in which reports print times, such as `Europe/Berlin`.",
    )
    .default("\"UTC\"")
    .harmless("No check depends on it."),
];

/// What to write as a time zone.
pub(crate) const ZONE_HELP: &str = "use an IANA time zone, such as `Europe/Berlin`, or `UTC`";

/// How reports are written.
#[derive(Debug, Clone)]
pub(crate) struct ReportSettings {
    /// The name of the project; `None`: that of the repository.
    pub(crate) project: Option<String>,
    /// The time zone in which times are printed.
    pub(crate) zone: TimeZone,
}

impl Default for ReportSettings {
    fn default() -> Self {
        Self {
            project: None,
            zone: TimeZone::UTC,
        }
    }
}

/// The time zone of this IANA name, by the database that is built in: the same on every machine.
pub(crate) fn time_zone(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}

fn read(table: &Table, config: &mut Config, reader: &mut Reader) {
    let Some(table) = subtable(table, "reports") else {
        return;
    };
    config.reports.project = string(table, "project");
    let Some(node) = table.get("zone") else {
        return;
    };
    let name = node.as_str().unwrap_or_default();
    match time_zone(name) {
        Some(zone) => config.reports.zone = zone,
        None => reader.fault(node, format!("unknown time zone `{name}`"), ZONE_HELP),
    }
}

fn write(config: &Config, out: &mut Writer) {
    out.table("[reports]");
    out.optional("project", config.reports.project.as_deref());
    let zone = config.reports.zone.iana_name().unwrap_or("UTC");
    out.string("zone", zone);
}

fn compare(_: &Config, _: &Config, _: &mut Weakenings) {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::testing::{config, fault, pair};

    #[test]
    fn the_zone_is_read() {
        let zone = config("reports.zone = \"Europe/Berlin\"").reports.zone;
        assert_eq!(zone.iana_name(), Some("Europe/Berlin"));
    }

    #[test]
    fn times_are_in_utc_unless_a_zone_is_configured() {
        assert_eq!(config("").reports.zone, TimeZone::UTC);
    }

    #[test]
    fn an_unknown_zone_is_a_fault() {
        assert_eq!(
            fault("reports.zone = \"Europe/Bärlin\""),
            pair("unknown time zone `Europe/Bärlin`", "\"Europe/Bärlin\"")
        );
    }
}

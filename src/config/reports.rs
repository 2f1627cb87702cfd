//! How reports are written.

use jiff::tz::TimeZone;

use super::Config;
use super::reader::{Reader, string, subtable};
use super::section::{Section, Weakenings};
use super::writer::Writer;
use crate::document::{Field, Shape, Table, ZONE_HELP, quoted, time_zone};

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
        "IANA time zone in which reports print times, such as `Europe/Berlin`. Default: that of the release file, or UTC.",
    )
    .harmless("No check depends on it."),
    Field::new(
        "templates",
        Shape::Table(TEMPLATES),
        "MiniJinja templates of reports in Markdown. Default: none.",
    )
    .harmless("No check depends on it."),
];

const TEMPLATES: &[Field] = &[
    Field::new("runbook", Shape::Text, "Path of the template for runbooks.")
        .harmless("No check depends on it."),
    Field::new(
        "announcement",
        Shape::Text,
        "Path of the template for announcements.",
    )
    .harmless("No check depends on it."),
];

/// How reports are written.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReportSettings {
    /// The name of the project; `None`: that of the repository.
    pub(crate) project: Option<String>,
    /// The time zone in which times are printed; `None`: that of the release file, or UTC.
    pub(crate) zone: Option<TimeZone>,
    /// The path of the template for runbooks.
    pub(crate) runbook_template: Option<String>,
    /// The path of the template for announcements.
    pub(crate) announcement_template: Option<String>,
}

fn read(table: &Table, config: &mut Config, reader: &mut Reader) {
    let Some(table) = subtable(table, "reports") else {
        return;
    };
    config.reports.project = string(table, "project");
    if let Some(templates) = subtable(table, "templates") {
        config.reports.runbook_template = reader.path(templates, "runbook");
        config.reports.announcement_template = reader.path(templates, "announcement");
    }
    let Some(node) = table.get("zone") else {
        return;
    };
    let name = node.as_str().unwrap_or_default();
    match time_zone(name) {
        Some(zone) => config.reports.zone = Some(zone),
        None => reader.fault(node, format!("unknown time zone `{name}`"), ZONE_HELP),
    }
}

fn write(config: &Config, out: &mut Writer) {
    out.table("[reports]");
    out.optional("project", config.reports.project.as_deref());
    let zone = config.reports.zone.as_ref();
    let name = zone.map(|zone| zone.iana_name().unwrap_or("UTC"));
    out.optional("zone", name);
    let templates = [
        ("runbook", &config.reports.runbook_template),
        ("announcement", &config.reports.announcement_template),
    ];
    let templates: Vec<String> = templates
        .into_iter()
        .filter_map(|(key, path)| Some(format!("{key} = {}", quoted(path.as_ref()?))))
        .collect();
    if !templates.is_empty() {
        out.value("templates", format!("{{ {} }}", templates.join(", ")));
    }
}

fn compare(_: &Config, _: &Config, _: &mut Weakenings) {}

#[cfg(test)]
mod tests {
    use crate::config::testing::{config, fault, pair};

    #[test]
    fn the_zone_is_read() {
        let zone = config("reports.zone = \"Europe/Berlin\"")
            .reports
            .zone
            .unwrap();
        assert_eq!(zone.iana_name(), Some("Europe/Berlin"));
    }

    #[test]
    fn no_zone_is_configured_by_default() {
        assert_eq!(config("").reports.zone, None);
    }

    #[test]
    fn templates_are_paths_in_the_repository() {
        let read = config("reports.templates = { runbook = \"./docs/runbook.jinja\" }").reports;
        assert_eq!(read.runbook_template.as_deref(), Some("docs/runbook.jinja"));
        assert_eq!(read.announcement_template, None);
        let (message, _) = fault("reports.templates.announcement = \"../a\"");
        assert!(message.starts_with("`../a`"), "{message}");
    }

    #[test]
    fn an_unknown_zone_is_a_fault() {
        assert_eq!(
            fault("reports.zone = \"Europe/Bärlin\""),
            pair("unknown time zone `Europe/Bärlin`", "\"Europe/Bärlin\"")
        );
    }
}

//! Links to other systems.

use super::Config;
use super::reader::{Reader, string, subtable};
use super::section::{Section, Weakenings};
use super::writer::Writer;
use crate::document::{Field, Shape, Table, is_url};

pub(super) const SECTION: Section = Section {
    fields: &[Field::new(
        "links",
        Shape::Table(FIELDS),
        "Links to other systems.",
    )],
    read,
    write,
    compare,
};

const FIELDS: &[Field] = &[Field::new(
    "tracker",
    Shape::Text,
    "URL of an issue in your tracker, with `{key}` in place of its key, such as `https://tracker.example.com/browse/{key}`. Used for tickets that are drafted. Default: none.",
)
.harmless("No check depends on it.")];

/// The part of the URL that stands for the key of an issue.
const KEY: &str = "{key}";

/// Links to other systems.
#[derive(Debug, Clone, Default)]
pub(crate) struct LinkSettings {
    /// The URL of an issue, with a placeholder for its key; `None`: issues have no known URL.
    pub(crate) tracker: Option<String>,
}

impl LinkSettings {
    /// The URL of the issue with a key such as `ORD-97`.
    #[must_use]
    pub(crate) fn issue(&self, key: &str) -> Option<String> {
        Some(self.tracker.as_ref()?.replace(KEY, key))
    }
}

fn read(table: &Table, config: &mut Config, reader: &mut Reader) {
    let Some(table) = subtable(table, "links") else {
        return;
    };
    let (Some(tracker), Some(node)) = (string(table, "tracker"), table.get("tracker")) else {
        return;
    };
    if tracker.contains(KEY) && is_url(&tracker.replace(KEY, "A-1")) {
        config.links.tracker = Some(tracker);
    } else {
        reader.fault(
            node,
            format!("`{tracker}` is not a URL with `{KEY}`"),
            "use one such as `https://tracker.example.com/browse/{key}`",
        );
    }
}

fn write(config: &Config, out: &mut Writer) {
    out.table("[links]");
    out.optional("tracker", config.links.tracker.as_deref());
}

fn compare(_: &Config, _: &Config, _: &mut Weakenings) {}

#[cfg(test)]
mod tests {
    use crate::config::testing::{config, fault};

    #[test]
    fn tracker_gives_the_page_of_an_issue() {
        let links = config("links.tracker = \"https://t.example/browse/{key}\"").links;
        let page = links.issue("ORD-97");
        assert_eq!(page.as_deref(), Some("https://t.example/browse/ORD-97"));
        assert_eq!(config("").links.issue("ORD-97"), None);
    }

    #[test]
    fn tracker_without_a_place_for_the_key_is_a_fault() {
        for text in ["https://t.example/", "{key}"] {
            let (message, _) = fault(&format!("links.tracker = \"{text}\""));
            assert_eq!(message, format!("`{text}` is not a URL with `{{key}}`"));
        }
    }
}

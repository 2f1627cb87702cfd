//! How much each fact adds to the risk of a ticket, and the thresholds of the levels; `risk` adds
//! the points up.

use super::Config;
use super::reader::{Reader, number, subtable};
use super::section::{Section, Weakenings};
use super::writer::Writer;
use crate::document::{Field, Shape, Table};

pub(super) const SECTION: Section = Section {
    fields: &[Field::new(
        "risk",
        Shape::Table(FIELDS),
        "Points that each fact adds to the risk of a ticket, and the thresholds for the levels.",
    )],
    read,
    write,
    compare,
};

const POINTS: Shape = Shape::Integer(-100, 100);

const FIELDS: &[Field] = &[
    Field::new(
        "schema_contract",
        POINTS,
        "Points if the phase of the schema change is `contract`.",
    )
    .default("2"),
    Field::new(
        "not_backward_compatible",
        POINTS,
        "Points if the current code does not work with the new schema.",
    )
    .default("2"),
    Field::new(
        "irreversible",
        POINTS,
        "Points if the change cannot be undone.",
    )
    .default("3"),
    Field::new(
        "partly_reversible",
        POINTS,
        "Points if the change can only partly be undone.",
    )
    .default("1"),
    Field::new("downtime", POINTS, "Points for downtime.").default("2"),
    Field::new(
        "many_services",
        POINTS,
        "Points for more than three services.",
    )
    .default("1"),
    Field::new(
        "manual_steps",
        POINTS,
        "Points if more than five deployment steps are not `automated`.",
    )
    .default("1"),
    Field::new(
        "gradual",
        POINTS,
        "Points if the strategy is `canary`, `feature-flag`, or `dark-launch`.",
    )
    .default("-1"),
    Field::new(
        "rehearsed",
        POINTS,
        "Points if the rollback was rehearsed within the last year.",
    )
    .default("-1"),
    Field::new(
        "data_in_production",
        POINTS,
        "Points if the category is `data` or `schema`, unless no environment has users or the schema change only adds and is compatible.",
    )
    .default("2"),
    Field::new("removal", POINTS, "Points if the category is `removal`.").default("1"),
    Field::new(
        "cutover",
        POINTS,
        "Points if the title announces a failover, a cutover, or a new major version.",
    )
    .default("2"),
    Field::new(
        "destructive_command",
        POINTS,
        "Points if a deployment step has a destructive command, such as `DROP TABLE`.",
    )
    .default("1"),
    Field::new(
        "undeclared_downtime",
        POINTS,
        "Points if the title, the description, or a deployment step announces downtime and `risk.downtime` is absent.",
    )
    .default("2"),
    Field::new("medium", POINTS, "Lowest sum for medium risk.").default("2"),
    Field::new("high", POINTS, "Lowest sum for high risk.").default("4"),
];

/// The key of each fact that has points, and when it applies.
pub(crate) fn risk_facts() -> impl Iterator<Item = (&'static str, &'static str)> {
    FIELDS.iter().filter_map(|field| {
        let doc = field.doc.trim_end_matches('.');
        let when = doc
            .strip_prefix("Points if ")
            .or_else(|| doc.strip_prefix("Points for "))?;
        Some((field.name, when))
    })
}

fn read(table: &Table, config: &mut Config, reader: &mut Reader) {
    let Some(table) = subtable(table, "risk") else {
        return;
    };
    for (key, points) in config.risk.entries() {
        *points = number(table, key).unwrap_or(*points);
    }
    let (medium, high) = (config.risk.medium, config.risk.high);
    let threshold = table.get("medium").or_else(|| table.get("high"));
    if let Some(node) = threshold.filter(|_| medium > high) {
        let message =
            format!("no ticket could have medium risk: `medium` is {medium}, but `high` is {high}");
        reader.fault(node, message, "set `medium` to at most the value of `high`");
    }
}

fn write(config: &Config, out: &mut Writer) {
    let mut risk = config.risk;
    out.table("[risk]");
    for (key, points) in risk.entries() {
        out.value(key, points);
    }
}

fn compare(base: &Config, head: &Config, found: &mut Weakenings) {
    found.key("risk", base.risk != head.risk);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::testing::{config, fault, pair, weakenings};
    use crate::risk::RiskPoints;

    #[test]
    fn every_key_but_the_thresholds_is_a_fact() {
        let facts: Vec<&str> = risk_facts().map(|(key, _)| key).collect();
        let mut points = RiskPoints::default();
        let keys = points.entries().map(|(key, _)| key);
        assert_eq!(facts, keys[..keys.len() - 2]);
        assert!(facts.iter().all(|key| !["medium", "high"].contains(key)));
    }

    #[test]
    fn a_risk_that_nothing_reaches_is_refused() {
        assert_eq!(
            fault("risk.medium = 5"),
            pair(
                "no ticket could have medium risk: `medium` is 5, but `high` is 4",
                "5"
            )
        );
        assert_eq!(config("risk = { medium = 5, high = 5 }").risk.high, 5);
    }

    #[test]
    fn other_points_are_weaker() {
        for field in FIELDS {
            // A threshold of 7 for medium risk would be above that for high risk.
            let points = if field.name == "medium" { 3 } else { 7 };
            let head = format!("risk.{} = {points}", field.name);
            assert_eq!(weakenings("", &head), ["`risk` changed"], "{head}");
        }
    }
}

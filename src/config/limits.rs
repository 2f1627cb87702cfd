//! Limits on the size of what is read.

use super::Config;
use super::reader::{Reader, number, subtable};
use super::section::{Section, Weakenings};
use super::writer::Writer;
use crate::document::{Field, Shape, Table};

pub(super) const SECTION: Section = Section {
    fields: &[Field::new("limits", Shape::Table(FIELDS), "Size limits.")],
    read,
    write,
    compare,
};

const FIELDS: &[Field] = &[
    Field::new(
        "ticket_bytes",
        Shape::Integer(1, 1 << 30),
        "Maximum size of a ticket in bytes.",
    )
    .default("262144"),
    Field::new(
        "tickets",
        Shape::Integer(1, 1 << 30),
        "Maximum number of tickets.",
    )
    .default("10000"),
    Field::new(
        "total_bytes",
        Shape::Integer(1, 1 << 40),
        "Maximum total size of all tickets in bytes.",
    )
    .default("33554432"),
];

/// Limits on the size of what is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Maximum size of a ticket in bytes.
    pub(crate) ticket_bytes: usize,
    /// Maximum number of tickets.
    pub(crate) tickets: usize,
    /// Maximum total size of all tickets in bytes.
    pub(crate) total_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            ticket_bytes: 256 * 1024,
            tickets: 10_000,
            total_bytes: 32 << 20,
        }
    }
}

fn read(table: &Table, config: &mut Config, _: &mut Reader) {
    let Some(table) = subtable(table, "limits") else {
        return;
    };
    let default = Limits::default();
    config.limits = Limits {
        ticket_bytes: number(table, "ticket_bytes").unwrap_or(default.ticket_bytes),
        tickets: number(table, "tickets").unwrap_or(default.tickets),
        total_bytes: number(table, "total_bytes").unwrap_or(default.total_bytes),
    };
}

fn write(config: &Config, out: &mut Writer) {
    out.table("[limits]");
    out.value("ticket_bytes", config.limits.ticket_bytes);
    out.value("tickets", config.limits.tickets);
    out.value("total_bytes", config.limits.total_bytes);
}

fn compare(base: &Config, head: &Config, found: &mut Weakenings) {
    let (base, head) = (base.limits, head.limits);
    let is_raised = head.ticket_bytes > base.ticket_bytes
        || head.tickets > base.tickets
        || head.total_bytes > base.total_bytes;
    found.key("limits", is_raised);
}

#[cfg(test)]
mod tests {
    use crate::config::testing::weakenings;

    #[test]
    fn higher_limit_is_weaker() {
        for limit in ["ticket_bytes", "tickets", "total_bytes"] {
            let (low, high) = (format!("limits.{limit} = 1"), format!("limits.{limit} = 2"));
            assert_eq!(weakenings(&low, &high), ["`limits` changed"], "{limit}");
            assert_eq!(weakenings(&high, &low), [""; 0], "{limit}");
        }
    }
}

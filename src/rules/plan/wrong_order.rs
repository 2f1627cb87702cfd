//! Steps that are in the wrong order: a TTL lowered too late, an index dropped too early.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use regex::Regex;

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::{Label, shorten};
use crate::text::{locate, whole_text};
use crate::ticket::{Step, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/wrong-order",
    Level::Warning,
    "steps in the wrong order",
    include_str!("wrong_order.md"),
    &[Check::Ticket(check)],
);

static LOWERS_TTL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:lower|reduce|decrease|shorten|drop|cut)s?\b[^.;]*\bttl\b")
        .expect("a constant")
});
static CHANGES_RECORD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:change|switch|point|repoint|move|update|set|flip|replace)s?\b[^.;]*\b(?:(?:a|aaaa|cname|mx|ns|dns)\s+records?|record|cname|dns)\b")
        .expect("a constant")
});
static HOST: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}\b").expect("a constant")
});
static DROPS_INDEX: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)\bdrop\s+index\s+(?:concurrently\s+)?(?:if\s+exists\s+)?["`]?(?P<name>\w+)(?:["`]?\s+on\s+["`]?(?P<table>\w+))?"#)
        .expect("a constant")
});
static CREATES_INDEX: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)\bcreate\s+(?:unique\s+)?index\s+(?:concurrently\s+)?(?:if\s+not\s+exists\s+)?["`]?(?P<name>\w+)["`]?\s+on\s+(?:only\s+)?["`]?(?P<table>\w+)"#,
    )
    .expect("a constant")
});

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let texts: Vec<String> = ticket.deployment.steps.iter().map(whole_text).collect();
    findings.extend(late_ttl(ticket, &texts));
    findings.extend(early_drop(ticket, &texts));
}

/// A TTL that is lowered after the record of the same host was changed.
fn late_ttl(ticket: &Ticket, texts: &[String]) -> Option<Finding> {
    let lowered = texts.iter().position(|text| LOWERS_TTL.is_match(text))?;
    let hosts = |text: &str| -> HashSet<String> {
        HOST.find_iter(text)
            .map(|found| found.as_str().to_lowercase())
            .collect()
    };
    let of_ttl = hosts(&texts[lowered]);
    let changed = texts[..lowered]
        .iter()
        .position(|text| CHANGES_RECORD.is_match(text) && !hosts(text).is_disjoint(&of_ttl))?;
    let (late, early) = (
        &ticket.deployment.steps[lowered],
        &ticket.deployment.steps[changed],
    );
    Some(
        RULE.finding(ticket.place(), late.action.span, "too late")
            .message("the TTL is lowered after the record was changed")
            .help("lower the TTL first, and change the record after the old TTL has passed")
            .related(
                ticket.place(),
                Label::new(early.action.span, "changed here"),
            )
            .anchor(&late.action.path),
    )
}

/// An index that is dropped before the one that replaces it is created.
fn early_drop(ticket: &Ticket, texts: &[String]) -> Option<Finding> {
    let mut created = None;
    texts.iter().enumerate().find_map(|(step, text)| {
        let dropped = DROPS_INDEX.captures(text)?;
        let name = dropped.name("name")?.as_str();
        let table = dropped.name("table").map(|table| table.as_str());
        let created = created.get_or_insert_with(|| CreatedIndexes::new(texts));
        let place = TextPlace {
            step,
            offset: dropped.get(0)?.end(),
        };
        let replacement = created.replacing(name, table, place)?;
        let steps = &ticket.deployment.steps;
        Some(too_early(ticket, &steps[step], &steps[replacement], name))
    })
}

/// The indexes that steps create, in order.
struct CreatedIndexes<'t> {
    indexes: Vec<CreatedIndex<'t>>,
    /// Their names, each in a line: searched at once, because there may be many.
    names: String,
    /// The positions of the indexes of each table.
    by_table: HashMap<&'t str, Vec<usize>>,
}

/// A place in the texts of the steps, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct TextPlace {
    step: usize,
    /// The byte offset in the text of the step.
    offset: usize,
}

struct CreatedIndex<'t> {
    place: TextPlace,
    name: &'t str,
    /// Where its line in the names starts.
    line: usize,
}

impl<'t> CreatedIndexes<'t> {
    fn new(texts: &'t [String]) -> Self {
        let mut created = Self {
            indexes: Vec::new(),
            names: String::new(),
            by_table: HashMap::new(),
        };
        for (step, text) in texts.iter().enumerate() {
            for found in CREATES_INDEX.captures_iter(text) {
                let part = |name: &str| found.name(name).map_or("", |part| part.as_str());
                let position = created.indexes.len();
                created
                    .by_table
                    .entry(part("table"))
                    .or_default()
                    .push(position);
                created.indexes.push(CreatedIndex {
                    place: TextPlace {
                        step,
                        offset: found.get(0).map_or(0, |whole| whole.start()),
                    },
                    name: part("name"),
                    line: created.names.len(),
                });
                created.names.push_str(part("name"));
                created.names.push('\n');
            }
        }
        created
    }

    /// The step that creates the first index, from a place on, that replaces a dropped one: its name
    /// contains the dropped one's, or it is on the same table.
    fn replacing(&self, name: &str, table: Option<&str>, place: TextPlace) -> Option<usize> {
        let first = self.indexes.partition_point(|index| index.place < place);
        let is_other = |position: &usize| self.indexes[*position].name != name;
        let start = self.indexes.get(first)?.line;
        let named = memchr::memmem::find_iter(&self.names.as_bytes()[start..], name)
            .map(|at| {
                self.indexes
                    .partition_point(|index| index.line <= start + at)
                    - 1
            })
            .find(is_other);
        let on_table = table
            .and_then(|table| self.by_table.get(table))
            .and_then(|positions| {
                let later = positions.partition_point(|position| *position < first);
                positions[later..].iter().copied().find(is_other)
            });
        let position = named.into_iter().chain(on_table).min()?;
        Some(self.indexes[position].place.step)
    }
}

fn too_early(ticket: &Ticket, dropped: &Step, created: &Step, name: &str) -> Finding {
    RULE.finding(
        ticket.place(),
        locate(&ticket.source, &dropped.action, name),
        "too early",
    )
    .message(format!(
        "the index `{}` is dropped before its replacement exists",
        shorten(name)
    ))
    .help("create the new index first, then drop the old one")
    .related(
        ticket.place(),
        Label::new(created.action.span, "created here"),
    )
    .anchor(&dropped.action.path)
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    const RULE: &str = "plan/wrong-order";

    fn reports(steps: &str) -> bool {
        rules_of(&format!("deployment = [{steps}]")).contains(&RULE)
    }

    #[test]
    fn late_ttl_and_early_drop_are_found() {
        for steps in [
            "\"Change the A record of shop.example.net to 203.0.113.10\", \"Lower the TTL of shop.example.net to 300\"",
            "\"`DROP INDEX idx_a`\", \"`CREATE INDEX CONCURRENTLY idx_a_b ON t (a, b)`\"",
            "\"`DROP INDEX old ON orders`\", \"`CREATE INDEX new ON orders (a)`\"",
        ] {
            assert!(reports(steps), "{steps}");
        }
    }

    #[test]
    fn right_order_and_unrelated_steps_are_accepted() {
        for steps in [
            "\"Lower the TTL of shop.example.net to 300\", \"Change the A record of shop.example.net\"",
            "\"Change the A record of shop.example.net\", \"Raise the TTL of shop.example.net to 86400\"",
            "\"Change the A record of a.example.net\", \"Lower the TTL of b.example.net\"",
            "\"`DROP INDEX CONCURRENTLY idx_a`\", \"`CREATE INDEX CONCURRENTLY idx_a ON t (a)`\"",
            "\"`CREATE INDEX idx_a_b ON t (a, b)`\", \"`DROP INDEX idx_a`\"",
            "\"`DROP INDEX idx_a`\", \"`CREATE INDEX other ON u (a)`\"",
        ] {
            assert!(!reports(steps), "{steps}");
        }
    }
}

//! A ticket that depends on another one that is neither in this release nor in an earlier one.

use crate::config::Level;
use crate::finding::Finding;
use crate::release::ReleaseContext;
use crate::rules::rule::{Check, Rule};
use crate::source::shorten;

pub(in crate::rules) const RULE: Rule = Rule::new(
    "release/dependency-not-shipped",
    Level::Error,
    "dependency that is not released",
    include_str!("dependency_not_shipped.md"),
    &[Check::Release(check)],
);

fn check(found: &ReleaseContext) -> Vec<Finding> {
    let is_here = |id: &str| found.tickets.iter().any(|version| version.id() == id);
    let mut findings = Vec::new();
    for version in found
        .tickets
        .iter()
        .filter(|version| !version.ticket.state.is_finished())
    {
        let missing = version.ticket.depends_on.iter().filter(|id| {
            let id = id.text.trim();
            !is_here(id) && !found.delivered.contains(id)
        });
        for id in missing {
            let name = shorten(id.text.trim());
            findings.push(
                RULE.finding(
                    version.place(),
                    id.span,
                    "neither in this release nor in an earlier one",
                )
                .message(format!(
                    "`{}` depends on `{name}`, which is not released",
                    shorten(version.id())
                ))
                .help("release the dependency first, or remove it from `depends_on`")
                .anchor(&id.text),
            );
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::tests::{clean, reported};
    use super::*;
    use crate::rules::gate::testing::ticket;

    fn depending(on: &str, shipped: &[&str]) -> Vec<String> {
        let tickets = vec![ticket(&format!(
            "state = \"approved\"\ndepends_on = [\"{on}\"]"
        ))];
        let shipped = shipped.iter().map(|id| (*id).to_owned()).collect();
        reported(&ReleaseContext {
            tickets,
            delivered: shipped,
            ..clean()
        })
        .into_iter()
        .map(|(_, _, message)| message)
        .collect()
    }

    #[test]
    fn what_a_ticket_depends_on_is_released_with_it_or_before() {
        assert_eq!(
            depending("b", &[]),
            ["`a` depends on `b`, which is not released"]
        );
        assert_eq!(depending("b", &["b"]), [""; 0]);
        assert_eq!(depending("a", &[]), [""; 0]);
    }

    #[test]
    fn a_ticket_that_is_closed_depends_on_nothing_any_more() {
        let tickets = vec![ticket("state = \"closed\"\ndepends_on = [\"b\"]")];
        assert_eq!(reported(&ReleaseContext { tickets, ..clean() }), []);
    }
}

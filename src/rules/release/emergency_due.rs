//! An emergency release whose rest never followed.

use super::{Circumstances, Overdue};
use crate::config::Level;
use crate::finding::Place;
use crate::rules::rule::{Check, Hit, Rule};
use crate::source::{Label, Span, shorten};

pub(in crate::rules) const RULE: Rule = Rule {
    name: "release/emergency-due",
    level: Level::Error,
    since: "0.1.0",
    summary: "the follow-up of an emergency release is overdue",
    page: include_str!("emergency_due.md"),
    options: &[],
    checks: &[Check::Release(check)],
};

fn check(found: &Circumstances) -> Vec<(Place, Hit)> {
    let hit = |Overdue { tag, id, due, version }: &Overdue| {
        let (place, span) = match version {
            Some(version) => (version.place(), version.ticket.state_span),
            None => (Place::Commit(found.base.to_string()), Span::default()),
        };
        let id = shorten(id);
        let hit = RULE
            .finding(Label::new(span, format!("released as `{}`", shorten(tag))))
            .message(format!("the emergency `{id}` was to be followed up by {due}, and is not closed"))
            .help(format!(
                "let it be approved, write the retrospective, and close it: `tollgate ticket move {id} closed`"
            ))
            .anchor(tag);
        (place, hit)
    };
    found.overdue.iter().map(hit).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{clean, told};
    use super::*;
    use crate::rules::gate::testing::ticket;

    #[test]
    fn an_emergency_that_was_not_followed_up_is_told_at_its_ticket() {
        let version = Some(ticket("kind = \"emergency\"\nstate = \"deploying\""));
        let due = "2026-11-19".parse().unwrap();
        let overdue = vec![Overdue { tag: "v1.2.1".into(), id: "a".into(), due, version }];
        let found = told(&Circumstances { overdue, ..clean() });
        let message = "the emergency `a` was to be followed up by 2026-11-19, and is not closed";
        assert_eq!(found, [(RULE.name, "changes/a.toml".to_owned(), message.to_owned())]);
    }
}

//! A ticket that commits of the release cite, and that the released commit does not have.

use super::{Circumstances, LostTicket};
use crate::config::Level;
use crate::finding::Place;
use crate::rules::rule::{Check, Hit, Rule};
use crate::source::{Label, Span, shorten};

pub(in crate::rules) const RULE: Rule = Rule {
    name: "release/unknown-ticket",
    level: Level::Error,
    since: "0.1.0",
    summary: "a ticket that the release cites is gone",
    page: include_str!("unknown_ticket.md"),
    options: &[],
    checks: &[Check::Release(check)],
};

fn check(found: &Circumstances) -> Vec<(Place, Hit)> {
    let hit = |LostTicket { id, last }: &LostTicket| {
        let short = shorten(id);
        let (fact, help) = match last {
            Some((commit, path)) => (
                format!("commit {} was the last to have it, in `{}`", commit.short(), shorten(path)),
                format!("`git checkout {} -- {}` restores it; keep its id", commit.short(), shorten(path)),
            ),
            None => ("no commit here ever had it".to_owned(), format!("add a ticket with `id = \"{short}\"`")),
        };
        let hit = RULE.finding(Label::new(Span::default(), ""));
        let message = format!("commits of the release cite `{short}`, which is not in the released commit: {fact}");
        (Place::Commit(found.base.to_string()), hit.message(message).help(help).anchor(id))
    };
    found.lost.iter().map(hit).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{clean, told};
    use super::*;
    use crate::commit::Id;

    #[test]
    fn a_cited_ticket_that_is_gone_is_named_with_its_last_commit() {
        let last = Some((Id::new([0xab; 20]), "changes/z.toml".to_owned()));
        let lost = vec![LostTicket { id: "INC-9".into(), last }, LostTicket { id: "INC-8".into(), last: None }];
        let found: Vec<_> = told(&Circumstances { lost, ..clean() }).into_iter().map(|(.., message)| message).collect();
        let cited = |id: &str| format!("commits of the release cite `{id}`, which is not in the released commit: ");
        let last = cited("INC-9") + "commit ababababab was the last to have it, in `changes/z.toml`";
        assert!(found.contains(&last), "{found:?}");
        assert!(found.contains(&(cited("INC-8") + "no commit here ever had it")), "{found:?}");
    }
}

//! A ticket that commits of the release cite, and that the released commit does not have.

use crate::config::Level;
use crate::finding::{Finding, Place};
use crate::release::{LostTicket, ReleaseContext};
use crate::rules::rule::{Check, Rule};
use crate::source::{Span, shell_command, shorten, shorten_path};

pub(in crate::rules) const RULE: Rule = Rule::new(
    "release/unknown-ticket",
    Level::Error,
    "cited ticket that does not exist",
    include_str!("unknown_ticket.md"),
    &[Check::Release(check)],
);

fn check(found: &ReleaseContext) -> Vec<Finding> {
    let finding = |LostTicket { id, last }: &LostTicket| {
        let short = shorten(id);
        let (fact, help) = match last {
            Some((commit, path)) => (
                format!(
                    "it was last in commit {}, in `{}`",
                    commit.short(),
                    shorten_path(path)
                ),
                format!(
                    "restore the ticket with `{}`, and keep its ID",
                    shell_command!(
                        "git checkout {commit} -- {path}",
                        commit = commit.short(),
                        path
                    )
                ),
            ),
            None => (
                "no commit has ever contained it".to_owned(),
                format!("add a ticket with `id = \"{short}\"`"),
            ),
        };

        let message = format!(
            "commits in this release refer to the ticket `{short}`, which does not exist: {fact}"
        );
        RULE.finding(Place::Commit(found.base.to_string()), Span::default(), "")
            .message(message)
            .help(help)
            .anchor(id)
    };
    found.lost.iter().map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{clean, reported};
    use super::*;
    use crate::commit::Id;

    #[test]
    fn a_cited_ticket_that_is_gone_is_named_with_its_last_commit() {
        let last = Some((Id::new([0xab; 20]), "changes/z.toml".to_owned()));
        let lost = vec![
            LostTicket {
                id: "INC-9".into(),
                last,
            },
            LostTicket {
                id: "INC-8".into(),
                last: None,
            },
        ];
        let found: Vec<_> = reported(&ReleaseContext { lost, ..clean() })
            .into_iter()
            .map(|(.., message)| message)
            .collect();
        let cited = |id: &str| {
            format!("commits in this release refer to the ticket `{id}`, which does not exist: ")
        };
        let last = cited("INC-9") + "it was last in commit ababababab, in `changes/z.toml`";
        assert!(found.contains(&last), "{found:?}");
        assert!(
            found.contains(&(cited("INC-8") + "no commit has ever contained it")),
            "{found:?}"
        );
    }
}

//! A branch without the ticket that a policy requires.

use super::near_miss::near_miss;
use super::policy_match::{TriggeredPolicy, triggered_policies};
use crate::branch::Branch;
use crate::config::{Exception, Level};
use crate::finding::{Finding, Place};
use crate::rules::rule::{Check, Rule};
use crate::rules::settings::Settings;
use crate::source::{Span, shell_command, shorten};
use crate::version::Bump;

pub(in crate::rules) const RULE: Rule = Rule::new(
    "gate/missing-ticket",
    Level::Error,
    "change without the ticket that a policy requires",
    include_str!("missing_ticket.md"),
    &[Check::Branch(check)],
);

fn check(branch: &Branch, _settings: &Settings) -> Vec<Finding> {
    uncovered(branch)
        .filter(|triggered| triggered.policy.bump != Some(Bump::Major))
        .map(|triggered| finding(&RULE, branch, &triggered))
        .collect()
}

/// The triggered policies of a branch that no ticket covers.
pub(super) fn uncovered(branch: &Branch) -> impl Iterator<Item = TriggeredPolicy<'_>> {
    let mut demands = if branch.covering().is_empty() || branch.lands_separately {
        triggered_policies(branch)
    } else {
        Vec::new()
    };
    if branch.lands_separately {
        for triggered in &mut demands {
            triggered.items.retain(|item| {
                !item
                    .commit
                    .is_some_and(|commit| branch.covers_alone(commit))
            });
        }
    }
    // A released ticket still covers its own file, so that it can be closed.
    let spent = branch.released_tickets();
    let is_own = |path: &str| spent.iter().any(|(version, _)| version.path() == path);
    for triggered in &mut demands {
        triggered
            .items
            .retain(|item| !item.path.is_some_and(is_own));
    }
    demands
        .into_iter()
        .filter(|triggered| !triggered.items.is_empty())
}

/// Reports a policy at the newest commit that triggers it.
pub(super) fn finding(rule: &Rule, branch: &Branch, triggered: &TriggeredPolicy<'_>) -> Finding {
    let policy = &triggered.policy.name;
    let item = triggered.items[0];
    let cause = match item.path {
        Some(path) => format!("changes `{path}`"),
        None => "requires a ticket".to_owned(),
    };
    let label = match triggered.items.len() {
        1 => cause,
        parts => format!("{cause}, and {} more", parts - 1),
    };
    let (place, span) = match item.commit {
        Some(commit) => (commit.place(), commit.header()),
        None => (Place::Commit(branch.head.to_string()), Span::default()),
    };

    let (why, help) = why_not_covered(branch, triggered);
    rule.finding(place, span, label)
        .message(format!(
            "the policy `{policy}` requires a ticket, but {why}"
        ))
        .help(help)
        .anchor(policy)
}

/// Why no ticket covers the branch, and what to do about it.
fn why_not_covered(branch: &Branch, triggered: &TriggeredPolicy<'_>) -> (String, String) {
    let exception = match triggered.policy.exception {
        Exception::Allowed => {
            ", or add `Change: none (reason)` to the message of each commit that requires a ticket"
        }
        Exception::Refused => "",
    };
    if let Some(version) = branch.covering().first() {
        let id = shorten(version.id());
        return (
            "this commit has none, and a rebase does not keep the commits of a branch together"
                .to_owned(),
            format!("add `Change: {id}` to the message of each commit that requires a ticket"),
        );
    }
    if let Some((version, tag)) = branch.released_tickets().first() {
        let help = "create a new ticket with `tollgate ticket new`; a released ticket does not cover later commits";
        return (
            format!(
                "`{}` was already released with {tag}",
                shorten(version.id())
            ),
            help.to_owned(),
        );
    }
    if let Some(version) = branch.drafts().next() {
        let id = shorten(version.id());
        let command = shell_command!("tollgate ticket move {id} proposed", id = version.id());
        let help = format!("if the plan is ready, run `{command}` and commit the ticket");
        return (format!("`{id}` is still a draft"), help);
    }
    let create = match weakened_file(branch, triggered) {
        Some(path) => format!(
            "restore `{path}`, or create a ticket on this branch with `tollgate ticket new`"
        ),
        None => format!(
            "create a ticket on this branch with `tollgate ticket new`, or add `Change: ID` with the ID of an \
             existing ticket to a commit message{exception}"
        ),
    };
    if let Some(near) = near_miss(branch, triggered) {
        let help = match near.help {
            Some(help) => format!("{help}; otherwise create a ticket with `tollgate ticket new`"),
            None => create,
        };
        return (near.why, help);
    }
    if let Some(version) = branch.changed_only().next() {
        let id = shorten(version.id());
        let help = format!(
            "if `{id}` is the ticket for this change, add a `Change: {id}` trailer to a commit, for example with \
             `git commit --amend`; otherwise create a ticket with `tollgate ticket new`{exception}"
        );
        return (
            format!(
                "`{id}` does not cover the branch: its plan is unchanged, and no commit names it"
            ),
            help,
        );
    }
    ("the branch has none".to_owned(), create)
}

/// The configuration file that the branch weakens, if it is why the policy requires a ticket. Only a
/// ticket of the branch covers that, as `gate/policy-weakened` says.
fn weakened_file<'b>(branch: &'b Branch, triggered: &TriggeredPolicy<'_>) -> Option<&'b str> {
    let is_cause = |path: &str| triggered.items.iter().any(|item| item.path == Some(path));
    let mut weakened = branch
        .weakenings
        .iter()
        .map(|weakening| weakening.path.as_str());
    weakened.find(|path| is_cause(path))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{branch, changed, commit, findings, policies, reported, ticket};
    use super::*;

    fn migration() -> Branch {
        Branch {
            commits: vec![commit('a', "feat: add a table", &["migrations/7.sql"])],
            paths: vec!["migrations/7.sql".into()],
            policies: policies("name = \"migrations\"\npaths = [\"migrations/**\"]"),
            ..branch()
        }
    }

    fn with_trailer(message: &str) -> Branch {
        Branch {
            commits: vec![commit('a', message, &["migrations/7.sql"])],
            ..migration()
        }
    }

    #[test]
    fn a_path_that_a_policy_looks_at_needs_a_ticket() {
        let expected = "the policy `migrations` requires a ticket, but the branch has none";
        assert_eq!(
            reported(&migration()),
            [("gate/missing-ticket", "a".repeat(40), expected.to_owned())]
        );
    }

    #[test]
    fn rebase_needs_a_ticket_for_each_commit() {
        let commits = vec![
            commit('a', "feat: a\n\nChange: a", &["migrations/7.sql"]),
            commit('b', "feat: b", &["migrations/8.sql"]),
        ];
        let rebased = |lands_separately| Branch {
            commits: commits.clone(),
            paths: vec!["migrations/7.sql".into(), "migrations/8.sql".into()],
            named: vec![ticket("state = \"proposed\"")],
            lands_separately,
            ..migration()
        };
        assert_eq!(reported(&rebased(false)), []);
        let finding = findings(&rebased(true)).remove(0);
        assert_eq!(finding.place, Place::Commit("b".repeat(40)));
        assert_eq!(
            finding.message,
            "the policy `migrations` requires a ticket, but this commit has none, and a rebase does not keep the \
             commits of a branch together"
        );
    }

    #[test]
    fn path_in_another_case_or_composition_needs_one() {
        let with = |path: &str, policy: &str| {
            let commits = vec![commit('a', "feat: x", &[path])];
            reported(&Branch {
                commits,
                paths: vec![path.into()],
                policies: policies(policy),
                ..branch()
            })
            .len()
        };
        let covered = "name = \"x\"\npaths = [\"src/**\", \"\u{dc}b/**\"]";
        for path in ["SRC/a", "Src/a", "U\u{308}b/a", "src/A"] {
            assert_eq!(with(path, covered), 1, "{path}");
        }
        assert_eq!(
            (with("makefile", covered), with("Makefile", covered)),
            (0, 0)
        );
        let exempt = "name = \"all\"\n[[policy]]\nname = \"docs\"\npaths = [\"docs/**\"]\nrequires = \"none\"";
        assert_eq!((with("docs/a", exempt), with("DOCS/a", exempt)), (0, 1));
    }

    #[test]
    fn other_paths_need_none() {
        let branch = Branch {
            paths: vec!["src/a.rs".into()],
            ..migration()
        };
        assert_eq!(reported(&branch), []);
    }

    #[test]
    fn link_or_submodule_replacing_a_folder_needs_ticket() {
        let with = |path: &str, globs: &str, links: &[&str]| {
            let commits = vec![commit('a', "feat: x", &[path])];
            let policies = policies(&format!("name = \"x\"\npaths = [{globs}]"));
            let links = links.iter().map(|link| (*link).to_owned()).collect();
            reported(&Branch {
                commits,
                paths: vec![path.into()],
                links,
                policies,
                ..branch()
            })
            .len()
        };
        let at = |path: &str, globs: &str| with(path, globs, &[path]);
        assert_eq!(
            (
                with("db", "\"db/**\"", &[]),
                with("a/secrets", "\"**/secrets/**\"", &[])
            ),
            (0, 0)
        );
        assert_eq!(
            (
                at("a/db", "\"*/db/**\""),
                at("a/secrets", "\"**/secrets/**\"")
            ),
            (1, 1)
        );
        assert_eq!(
            (
                at("db", "\"db/migrations/**\""),
                at("db/migrations", "\"db/migrations/*.sql\"")
            ),
            (1, 1)
        );
        assert_eq!(
            (
                at("db", "\"*.db/**\""),
                at("d", "\"db/**\""),
                at("db/x", "\"db/y/**\"")
            ),
            (0, 0, 0)
        );
        let exempt =
            "\"**\"]\n[[policy]]\nname = \"free\"\nrequires = \"none\"\npaths = [\"db/y/**\"";
        assert_eq!(at("db", exempt), 1);
    }

    #[test]
    fn new_ticket_covers_the_branch() {
        let tickets = vec![changed("", "state = \"proposed\"")];
        assert_eq!(
            reported(&Branch {
                tickets,
                ..migration()
            }),
            []
        );
    }

    #[test]
    fn a_draft_covers_nothing() {
        let tickets = vec![changed("", "state = \"draft\"")];
        assert_eq!(
            reported(&Branch {
                tickets,
                ..migration()
            })
            .len(),
            1
        );
    }

    #[test]
    fn draft_is_named_with_the_move_that_it_needs() {
        let draft = || ticket("state = \"draft\"");
        let added = Branch {
            tickets: vec![changed("", "state = \"draft\"")],
            ..migration()
        };
        let named = Branch {
            named: vec![draft()],
            ..with_trailer("feat: add a table\n\nChange: a")
        };
        for branch in [added, named] {
            let found = findings(&branch).remove(0);
            assert_eq!(
                found.message,
                "the policy `migrations` requires a ticket, but `a` is still a draft"
            );
            assert!(
                found.help.contains("`tollgate ticket move a proposed`"),
                "{}",
                found.help
            );
        }
        let unnamed = Branch {
            named: vec![draft()],
            ..migration()
        };
        assert!(
            findings(&unnamed)[0]
                .message
                .ends_with("the branch has none")
        );
    }

    #[test]
    fn a_note_on_a_ticket_covers_nothing() {
        let tickets = vec![changed(
            "state = \"proposed\"",
            "state = \"proposed\"\nnotes = [{ text = \"x\" }]",
        )];
        assert_eq!(
            reported(&Branch {
                tickets,
                ..migration()
            })
            .len(),
            1
        );
    }

    #[test]
    fn ticket_that_only_moves_is_named_in_the_help() {
        let moved = |message: &str| {
            let tickets = vec![changed("state = \"proposed\"", "state = \"approved\"")];
            findings(&Branch {
                tickets,
                ..with_trailer(message)
            })
        };
        let found = moved("feat: add a table");
        assert_eq!(
            found[0].message,
            "the policy `migrations` requires a ticket, but `a` does not cover the branch: its plan is unchanged, and no commit names it"
        );
        assert!(
            found[0]
                .help
                .contains("add a `Change: a` trailer to a commit"),
            "{}",
            found[0].help
        );
        assert_eq!(moved("feat: add a table\n\nChange: a").len(), 0);
    }

    #[test]
    fn a_ticket_that_a_trailer_names_covers_it() {
        let named = || vec![ticket("state = \"approved\"")];
        let branch = with_trailer("feat: add a table\n\nChange: a");
        assert_eq!(
            reported(&Branch {
                named: named(),
                ..branch
            }),
            []
        );
        assert_eq!(
            reported(&Branch {
                named: named(),
                ..migration()
            })
            .len(),
            1
        );
    }

    #[test]
    fn finished_ticket_covers_nothing() {
        let branch = with_trailer("feat: add a table\n\nChange: a");
        assert_eq!(
            reported(&Branch {
                named: vec![ticket("state = \"closed\"")],
                ..branch
            })
            .len(),
            1
        );
    }

    #[test]
    fn a_released_ticket_covers_nothing_new() {
        let released = || [("a".to_owned(), "v0.2.0".to_owned())].into();
        let named = || vec![ticket("state = \"approved\"")];
        let branch = with_trailer("feat: add a table\n\nChange: a");
        let found = reported(&Branch {
            named: named(),
            released: released(),
            ..branch
        });
        assert_eq!(
            found[0].2,
            "the policy `migrations` requires a ticket, but `a` was already released with v0.2.0"
        );
    }

    #[test]
    fn a_released_ticket_covers_its_own_file() {
        let closing = Branch {
            commits: vec![commit(
                'a',
                "docs: close it\n\nChange: a",
                &["changes/a.toml"],
            )],
            paths: vec!["changes/a.toml".into()],
            policies: policies("name = \"all\"\npaths = [\"**\"]"),
            tickets: vec![changed(
                "state = \"deploying\"",
                "state = \"validating\"\nassignee = \"bo\"",
            )],
            released: [("a".to_owned(), "v0.2.0".to_owned())].into(),
            ..branch()
        };
        assert_eq!(
            reported(&closing)
                .iter()
                .filter(|(rule, ..)| *rule == RULE.name)
                .count(),
            0
        );
    }

    #[test]
    fn an_exception_counts_where_the_policy_lets_it() {
        let excepted = |allow: &str| {
            let policy =
                format!("name = \"migrations\"\npaths = [\"migrations/**\"]\nallow_none = {allow}");
            let branch = with_trailer("feat: add a table\n\nChange: none (a comment alone)");
            reported(&Branch {
                policies: policies(&policy),
                ..branch
            })
            .len()
        };
        assert_eq!((excepted("true"), excepted("false")), (0, 1));
    }

    #[test]
    fn exempted_path_triggers_no_other_policy() {
        let text = "name = \"all\"\n[[policy]]\nname = \"sql\"\npaths = [\"**/*.sql\"]\nrequires = \"none\"";
        assert_eq!(
            reported(&Branch {
                policies: policies(text),
                ..migration()
            }),
            []
        );
    }

    #[test]
    fn conditions_on_commits_look_at_the_commits_that_change_a_path() {
        let applies = |condition: &str| {
            let text = format!("name = \"x\"\npaths = [\"migrations/**\"]\n{condition}");
            reported(&Branch {
                policies: policies(&text),
                ..migration()
            })
            .len()
        };
        assert_eq!(
            (applies("types = [\"feat\"]"), applies("types = [\"fix\"]")),
            (1, 0)
        );
        assert_eq!(
            (applies("bump = \"minor\""), applies("bump = \"major\"")),
            (1, 0)
        );
        assert_eq!(applies("scopes = [\"db\"]"), 0);
    }

    #[test]
    fn path_changed_by_no_commit_is_checked() {
        let branch = Branch {
            commits: vec![commit('a', "feat: x", &[])],
            ..migration()
        };
        assert_eq!(reported(&branch)[0].1, "0".repeat(40));
    }

    #[test]
    fn what_the_branch_took_back_itself_needs_no_ticket() {
        let branch = Branch {
            paths: Vec::new(),
            ..migration()
        };
        assert_eq!(reported(&branch), []);
    }

    #[test]
    fn unconditional_policy_applies_to_every_branch() {
        let policies = policies("name = \"all\"");
        assert_eq!(
            reported(&Branch {
                policies,
                commits: vec![commit('a', "docs: x", &[])],
                ..branch()
            })
            .len(),
            1
        );
    }
}

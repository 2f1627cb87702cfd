//! A command that deletes without a way back, before anybody looked at what it will hit.

use std::sync::LazyLock;

use regex::Regex;

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::ticket::{Step, Ticket};

use super::rollback_unverified::is_verified;
use crate::text::{PieceKind, pieces};

pub(super) const RULE: Rule = Rule::new(
    "content/unguarded-destructive-command",
    Level::Warning,
    "destructive command without a check",
    include_str!("unguarded_destructive_command.md"),
    &[Check::Ticket(check)],
)
.any_language();

static DESTRUCTIVE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)
        \b rm \s+ (?: -\S+ \s+ )* -[a-z]*r[a-z]* \b [^;&|]* [$*]
        | \b rm \s [^;&|]* --recursive [^;&|]* [$*]
        | \b drop \s+ (?: table | database | schema ) \b
        | \b truncate \s+ (?: table \s+ )? [a-z_]
        | \b dropdb \b
        | \b terraform \s+ (?: -\S+ \s+ )* destroy \b
        | \b push \s (?: [^;&|]* \s )? --force (?: \s | $ )
        | \b kubectl \s [^;&|]* \b delete \s [^;&|]* --all (?: \s | $ )",
    )
    .expect("a constant")
});
static CHANGES_ROWS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\bdelete\s+from\s|\bupdate\s+\S+\s+set\s").expect("a constant")
});
static WHERE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?i)\bwhere\b").expect("a constant"));
static DRY_RUN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)\bdry[ _-]?run\b").expect("a constant"));

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    for steps in [&ticket.deployment.steps, &ticket.rollback.steps] {
        let mut tried = false;
        for step in steps {
            tried |= texts(step).any(|text| DRY_RUN.is_match(text));
            let Some(command) = commands(step)
                .into_iter()
                .find(|command| is_destructive(command))
            else {
                continue;
            };
            if tried || is_verified(step) {
                continue;
            }
            let place = step
                .run
                .as_ref()
                .filter(|run| run.text.contains(command))
                .unwrap_or(&step.action);
            let finding = RULE
                .finding(ticket.place(), place.span, "no check before or after")
.message("nothing checks the target of this destructive command")
                .help("add a dry run in an earlier step, or add an `expect` that shows that the right target was affected")
                .anchor(&step.action.path);
            findings.push(finding);
        }
    }
}

fn texts(step: &Step) -> impl Iterator<Item = &str> {
    [Some(&step.action), step.run.as_ref()]
        .into_iter()
        .flatten()
        .map(|text| text.text.as_str())
}

/// The commands of a step: its `run` key and the code spans of its text.
pub(in crate::rules) fn commands(step: &Step) -> Vec<&str> {
    let spans = pieces(&step.action.text)
        .into_iter()
        .filter(|(kind, _)| *kind == PieceKind::Code)
        .map(|(_, code)| code);
    step.run
        .iter()
        .map(|run| run.text.as_str())
        .chain(spans)
        .collect()
}

fn is_destructive(command: &str) -> bool {
    let all_rows = |statement: &str| CHANGES_ROWS.is_match(statement) && !WHERE.is_match(statement);
    DESTRUCTIVE.is_match(command) || command.split(';').any(all_rows)
}

#[cfg(test)]
mod tests {
    use super::is_destructive;
    use crate::rules::testing::rules_of;

    const RULE: &str = "content/unguarded-destructive-command";

    #[test]
    fn commands_without_a_way_back_are_known() {
        for command in [
            "rm -rf $DIR/cache",
            "rm -f -r build/*",
            "psql -c 'DELETE FROM orders'",
            "update orders set total = 0;",
            "DROP TABLE orders",
            "truncate orders",
            "dropdb billing",
            "terraform -chdir=prod destroy",
            "git push origin main --force",
            "kubectl -n billing delete pods --all",
        ] {
            assert!(is_destructive(command), "{command}");
        }
    }

    #[test]
    fn commands_that_hit_one_thing_pass() {
        for command in [
            "rm -rf build/cache",
            "rm $FILE",
            "DELETE FROM orders WHERE id = 7",
            "UPDATE orders SET total = 0 WHERE id = 7; select 1",
            "truncate -s 0 app.log",
            "git push --force-with-lease",
            "kubectl delete pod billing-1",
            "terraform plan -destroy",
            "apt-get update",
        ] {
            assert!(!is_destructive(command), "{command}");
        }
    }

    #[test]
    fn a_dry_run_before_it_or_a_look_at_it_guards() {
        assert!(rules_of("deployment = [\"Run `dropdb old`\"]").contains(&RULE));
        assert!(
            !rules_of("deployment = [\"Do a dry run on eu-1\", \"Run `dropdb old`\"]")
                .contains(&RULE)
        );
        assert!(
            !rules_of("deployment = [\"Run `dropdb old`; `psql -l` lists it no longer\"]")
                .contains(&RULE)
        );
    }

    #[test]
    fn a_command_in_a_table_is_pointed_at() {
        let text = "[[deployment.steps]]\ndo = \"Clean up\"\nrun = \"rm -rf $OLD\"";
        assert!(rules_of(text).contains(&RULE));
    }
}

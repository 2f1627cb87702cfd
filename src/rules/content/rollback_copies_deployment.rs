//! A rollback of which every step is a step of the deployment: carried out, it deploys again.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::shorten;
use crate::ticket::{Step, Ticket};

use crate::text::{PieceKind, Stretch, Words, is_stop_word, locate, pieces, stretches, words};

pub(super) const RULE: Rule = Rule::new(
    "content/rollback-copies-deployment",
    Level::Error,
    "rollback that repeats the deployment",
    include_str!("rollback_copies_deployment.md"),
    &[Check::Ticket(check)],
)
.any_language();

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let mut deployment = ticket.deployment.steps.iter();
    findings.extend(deployment.find_map(|step| repeated(ticket, step)));
    let steps = &ticket.rollback.steps;
    let is_small_part = 2 * steps.len() < ticket.deployment.steps.len();
    if steps.is_empty() {
        return;
    }
    let deployed: HashSet<Vec<String>> = ticket.deployment.steps.iter().map(essence).collect();
    let copies = |step: &Step| {
        let value = essence(step);
        !value.is_empty() && deployed.contains(&value)
    };
    if is_small_part || !steps.iter().all(copies) {
        findings.extend(same_direction(ticket));
        return;
    }
    let finding = RULE
        .finding(
            ticket.place(),
            steps[0].action.span,
            "also a deployment step",
        )
        .message("the rollback repeats the deployment")
        .help("describe how to undo the change: the version, commit, or file to go back to")
        .anchor("rollback.steps");
    findings.push(finding);
}

/// Words of commands that are right in both directions.
static BOTH_WAYS: Words = Words::new(
    "restart reload apply sync deploy restore test check run push flush clear purge get show describe status",
);

/// A step whose `undo` is the command of the step.
fn repeated(ticket: &Ticket, step: &Step) -> Option<Finding> {
    let (run, undo) = (step.run.as_ref()?, step.undo.as_ref()?);
    let command = run.text.trim();
    if command != undo.text.trim() || words(command).any(|word| BOTH_WAYS.has(&word)) {
        return None;
    }
    Some(
        RULE.finding(ticket.place(), undo.span, "the command of the step")
            .message(format!("`undo` repeats `{}`", shorten(command)))
            .help("use the command that undoes the step")
            .anchor(&undo.path),
    )
}

/// Words of commands, and those that undo them.
const DIRECTIONS: [(&str, &str); 10] = [
    ("enable", "disable"),
    ("disable", "enable"),
    ("on", "off"),
    ("off", "on"),
    ("true", "false"),
    ("false", "true"),
    ("grant", "revoke"),
    ("revoke", "grant"),
    ("mask", "unmask"),
    ("block", "unblock"),
];

/// A command that turns something on or off and that deployment and rollback have in common, if
/// neither has its opposite.
fn same_direction(ticket: &Ticket) -> Option<Finding> {
    let deployed: HashSet<&str> = code(&ticket.deployment.steps)
        .map(|stretch| stretch.text.trim())
        .collect();
    let undone = code(&ticket.rollback.steps).map(|stretch| stretch.text);
    let mut is_named = [false; DIRECTIONS.len()];
    for direction in deployed.iter().copied().chain(undone).flat_map(directions) {
        is_named[direction] = true;
    }
    let opposite = |direction: usize| {
        let (_, opposite) = DIRECTIONS[direction];
        DIRECTIONS.iter().position(|(word, _)| *word == opposite)
    };
    let is_one_way =
        |direction: usize| opposite(direction).is_some_and(|opposite| !is_named[opposite]);
    let repeats = |stretch: &Stretch<'_>| {
        deployed.contains(stretch.text.trim()) && directions(stretch.text).any(is_one_way)
    };
    let found = code(&ticket.rollback.steps).find(repeats)?;
    let command = found.text.trim();
    Some(
        RULE.finding(
            ticket.place(),
            locate(&ticket.source, found.origin, command),
            "also in the deployment",
        )
        .message(format!(
            "the rollback repeats `{}` from the deployment",
            shorten(command)
        ))
        .help("use the command that undoes it")
        .anchor(&found.origin.path),
    )
}

/// The code of steps.
fn code(steps: &[Step]) -> impl Iterator<Item = Stretch<'_>> {
    steps
        .iter()
        .flat_map(stretches)
        .filter(|stretch| stretch.is_code)
}

/// The directions that a command names, as positions.
fn directions(command: &str) -> impl Iterator<Item = usize> {
    command
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter_map(|part| {
            DIRECTIONS
                .iter()
                .position(|(word, _)| part.eq_ignore_ascii_case(word))
        })
}

/// What a step says without case, punctuation, stop words, "again" and "re-"; verbs, numbers and
/// code stay.
fn essence(step: &Step) -> Vec<String> {
    let texts = [Some(&step.action), step.run.as_ref()];
    let mut value = Vec::new();
    for (kind, piece) in texts
        .into_iter()
        .flatten()
        .flat_map(|text| pieces(&text.text))
    {
        match kind {
            PieceKind::Code => value.push(piece.trim().to_owned()),
            PieceKind::Word | PieceKind::Quotation => {
                value.extend(words(piece).map(Cow::into_owned));
            }
        }
    }
    value.retain(|word| !is_stop_word(word) && word != "re");
    value
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    const RULE: &str = "content/rollback-copies-deployment";

    fn reports(deployment: &str, rollback: &str) -> bool {
        rules_of(&format!(
            "deployment = [{deployment}]\nrollback = [{rollback}]"
        ))
        .contains(&RULE)
    }

    #[test]
    fn the_same_steps_in_other_dress_are_found() {
        assert!(reports(
            "\"Apply `pool.yaml` to eu-1\"",
            "\"Apply `pool.yaml` to eu-1.\""
        ));
        assert!(reports(
            "\"Apply the manifest of billing\"",
            "\"Re-apply manifest of billing again\""
        ));
        assert!(reports(
            "\"Merge #12\", \"Restart `cartd`\"",
            "\"Restart `cartd`\""
        ));
    }

    #[test]
    fn an_inverse_is_no_copy() {
        for (deployment, rollback) in [
            ("Apply `pool-40.yaml`", "Apply `pool-20.yaml`"),
            ("Scale cartd to 40", "Scale cartd to 20"),
            ("Enable the flag", "Disable the flag"),
            (
                "Move traffic from blue to green",
                "Move traffic from green to blue",
            ),
            ("Add the column", "Drop the column"),
        ] {
            assert!(
                !reports(&format!("\"{deployment}\""), &format!("\"{rollback}\"")),
                "{rollback}"
            );
        }
    }

    #[test]
    fn command_in_the_same_direction_is_found() {
        let check = "\"`flagctl get fast` prints off\"";
        for command in [
            "`flagctl enable fast`",
            "`pool set fast true`",
            "`GRANT SELECT ON a TO b`",
        ] {
            let step = format!("\"{command}\"");
            assert!(
                reports(&step, &format!("{step}, \"Look at the dashboard\"")),
                "{command}"
            );
        }
        for (deployment, rollback) in [
            ("\"`flagctl enable fast`\"", "\"`flagctl disable fast`\""),
            (
                "\"`ha disable a`\", \"`restart`\", \"`ha enable a`\"",
                "\"`ha disable a`\", \"`restart --old`\", \"`ha enable a`\"",
            ),
            ("\"`make deploy`\"", "\"`git revert a`\", \"`make deploy`\""),
            (
                "\"`systemctl restart a`\"",
                "\"Edit a.conf\", \"`systemctl restart a`\"",
            ),
            ("\"Enable fast\"", "\"Enable slow\""),
        ] {
            assert!(
                !reports(deployment, &format!("{rollback}, {check}")),
                "{rollback}"
            );
        }
    }

    #[test]
    fn undo_that_repeats_the_command_is_found() {
        let step = |run: &str, undo: &str| {
            let step = format!("{{ do = \"Go\", run = \"{run}\", undo = \"{undo}\" }}");
            reports(&step, "\"`make old`\"")
        };
        assert!(step("replctl off db-2", "replctl off db-2"));
        for (run, undo) in [
            ("replctl off db-2", "replctl on db-2"),
            ("systemctl restart a", "systemctl restart a"),
            ("kubectl apply -f a", "kubectl apply -f a"),
            ("make deploy", "make deploy"),
            ("replctl off db-2", "replctl off db-2 --undo"),
        ] {
            assert!(!step(run, undo), "{run}");
        }
    }

    #[test]
    fn one_step_of_its_own_is_enough() {
        assert!(!reports(
            "\"Restart `cartd`\"",
            "\"Apply `pool-20.yaml`\", \"Restart `cartd`\""
        ));
    }
}

//! The steps of a ticket, as documents print them.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::clock::{Clock, seconds_in_words};
use super::facts::ReleaseFacts;
use super::markdown::{Item, code, command};
use super::person;
use crate::changelog::escape;
use crate::ticket::{Step, Text};

/// A step of a deployment, a rollback, or a validation.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct PlannedStep {
    /// When it starts, if the window and the duration of all earlier steps are known.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(super) starts_at: Option<Timestamp>,
    /// What to do.
    pub(super) action: String,
    /// The command.
    pub(super) run: Option<String>,
    /// What is seen if it worked.
    pub(super) expect: Option<String>,
    /// Who does it.
    pub(super) owner: Option<String>,
    /// How long it takes.
    pub(super) takes_seconds: Option<u64>,
    /// How to undo it.
    pub(super) undo: Option<String>,
    /// Why it cannot be undone.
    pub(super) cannot_undo: Option<String>,
    /// Whether it takes the backup.
    pub(super) backup: bool,
    /// Whether it runs without a person.
    pub(super) automated: bool,
    /// Whether somebody has to say go before it.
    pub(super) hold: bool,
    /// Who says go; null if there is no hold, or if no one is named.
    pub(super) hold_decider: Option<String>,
}

impl PlannedStep {
    /// The steps in their order; the first starts at `start`. A step without an owner is done by
    /// `assignee`.
    pub(super) fn all(
        facts: &ReleaseFacts,
        steps: &[Step],
        start: Option<Timestamp>,
        assignee: Option<&Text>,
    ) -> Vec<Self> {
        let mut next = start;
        let file = facts.file.contents.as_ref();
        let decider = file.and_then(|file| person(facts, file.decider.as_ref()));
        let planned = |step: &Step| {
            let starts_at = next;
            next = match (next, step.takes) {
                (Some(at), Some(takes)) => at.checked_add(takes).ok(),
                _ => None,
            };
            Self {
                starts_at,
                action: step.action.text.clone(),
                run: text(step.run.as_ref()),
                expect: text(step.expect.as_ref()),
                owner: step
                    .owner
                    .as_ref()
                    .or(assignee)
                    .map(|name| facts.person(&name.text)),
                takes_seconds: step.takes.map(|takes| takes.as_secs()),
                undo: text(step.undo.as_ref()),
                cannot_undo: text(step.cannot_undo.as_ref()),
                backup: step.backup,
                automated: step.automated,
                hold: step.hold,
                hold_decider: decider.clone().filter(|_| step.hold),
            }
        };
        steps.iter().map(planned).collect()
    }

    /// The same for a step whose time is unknown.
    pub(super) fn item_without_time(&self) -> Item {
        let who = self
            .owner
            .as_ref()
            .map(|owner| format!("{}: ", escape(owner)))
            .unwrap_or_default();
        Item::open(format!("{who}{}", escape(&self.action)))
            .with(self.hold_line())
            .with(self.command_lines())
    }

    /// An item to tick, with the command and what it prints below it. Times of `day` are printed
    /// without the day.
    pub(super) fn item(&self, clock: &Clock, day: Option<Date>) -> Item {
        let when = self
            .starts_at
            .map(|at| format!("**{}** ", clock.time_on(day.unwrap_or(clock.date(at)), at)))
            .unwrap_or_default();
        let mut who: Vec<String> = self.owner.iter().map(|owner| escape(owner)).collect();
        who.extend(self.takes_seconds.map(seconds_in_words));
        who.extend(self.automated.then(|| "automated".to_owned()));
        who.extend(self.backup.then(|| "**takes the backup**".to_owned()));
        let who = match who.join(", ") {
            who if who.is_empty() => who,
            who => format!("{who}: "),
        };
        Item::open(format!("{when}{who}{}", escape(&self.action)))
            .with(self.hold_line())
            .with(self.command_lines())
            .with(self.limit())
    }

    /// Why it cannot be undone.
    fn limit(&self) -> Option<String> {
        let reason = self.cannot_undo.as_ref().filter(|_| self.undo.is_none())?;
        Some(format!("⚠ **Cannot be undone:** {}", escape(reason)))
    }

    /// When it ends, if that is known.
    pub(super) fn ends_at(&self) -> Option<Timestamp> {
        let takes = Duration::from_secs(self.takes_seconds?);
        self.starts_at?.checked_add(takes).ok()
    }

    /// Who has to say go before it, with room for who did and when.
    fn hold_line(&self) -> Option<String> {
        let decides = match &self.hold_decider {
            Some(name) => format!("{} decides whether to go on.", escape(name)),
            None => "Wait for the decision to go on.".to_owned(),
        };
        self.hold
            .then(|| format!("⛔ **Hold.** {decides} Time: ________ Name: ________"))
    }

    /// The command and what it should print.
    pub(super) fn command_lines(&self) -> Vec<String> {
        match (&self.run, &self.expect) {
            (None, None) => Vec::new(),
            (Some(run), None) => vec![command(run)],
            (None, Some(expect)) => vec![format!("Expected: {}", escape(expect))],
            (Some(run), Some(expect)) if run.trim().contains('\n') => {
                vec![command(run), format!("Expected: {}", escape(expect))]
            }
            (Some(run), Some(expect)) => vec![format!("{} → {}", code(run), escape(expect))],
        }
    }
}

pub(super) fn text(text: Option<&Text>) -> Option<String> {
    text.map(|text| text.text.clone())
}

#[cfg(test)]
mod tests {
    use super::super::testing::facts_of;
    use super::*;

    fn steps(text: &str) -> Vec<PlannedStep> {
        let facts = facts_of(&[("a", text)]);
        let start = "2026-11-24T07:00:00Z".parse().ok();
        let steps = &facts.tickets[0].plan().deployment.steps;
        PlannedStep::all(&facts, steps, start, None)
    }

    #[test]
    fn a_step_starts_when_the_one_before_it_ends() {
        let steps = steps(
            "[[deployment.steps]]\ndo = \"a\"\ntakes = \"15m\"\n[[deployment.steps]]\ndo = \"b\"",
        );
        assert_eq!(steps[1].starts_at, "2026-11-24T07:15:00Z".parse().ok());
    }

    #[test]
    fn no_step_after_one_of_unknown_duration_has_a_time() {
        let steps = steps("deployment = [\"a\", \"b\"]");
        assert!(steps[0].starts_at.is_some() && steps[1].starts_at.is_none());
    }
}

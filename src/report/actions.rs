//! The actions that retrospectives decide on.

use serde::Serialize;

use super::clock::Clock;
use super::facts::{ReleaseFacts, ReportedFile};
use super::markdown::Item;
use super::person;
use super::wire_moment::{WireMoment, overdue};
use crate::changelog::escape;
use crate::release_file::Action;

/// An action that a retrospective decided on.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct PromisedAction {
    pub(super) text: String,
    pub(super) owner: Option<String>,
    pub(super) is_done: bool,
    /// When it was done; null if it is not done, or if nothing says when.
    pub(super) done: Option<WireMoment>,
    /// By when it has to be done.
    pub(super) due: Option<WireMoment>,
    /// The number of days since then; null if it is not overdue.
    pub(super) days_overdue: Option<i64>,
}

impl PromisedAction {
    /// The actions of the release before.
    pub(super) fn of_previous(facts: &ReleaseFacts) -> Vec<Self> {
        let file = facts.previous_file.as_ref();
        file.map(|file| Self::of(facts, file)).unwrap_or_default()
    }

    /// The actions in a release file, those that are not done first.
    pub(super) fn of(facts: &ReleaseFacts, file: &ReportedFile) -> Vec<Self> {
        let action = |action: &Action| {
            let due = action.due.map(WireMoment::of);
            let is_done = action.done.is_done();
            Self {
                text: action.text.text.clone(),
                owner: person(facts, action.owner.as_ref()),
                is_done,
                done: WireMoment::of_done(action.done),
                due,
                days_overdue: due
                    .filter(|_| !is_done)
                    .and_then(|due| due.days_over(&facts.clock)),
            }
        };
        let actions = file.contents.iter().flat_map(|file| &file.actions);
        let mut actions: Vec<Self> = actions.map(action).collect();
        actions.sort_by_key(|action| action.is_done);
        actions
    }

    /// An item with a box, with what to decide if it is overdue.
    pub(super) fn item(&self, clock: &Clock) -> Item {
        let mut parts = vec![escape(&self.text)];
        parts.extend(self.owner.iter().map(|owner| escape(owner)));
        if !self.is_done {
            parts.extend(self.due.map(|due| format!("due {}", due.describe(clock))));
        }
        parts.extend(
            self.done
                .map(|done| format!("done {}", done.describe(clock))),
        );
        let text = parts.join(", ");
        match self.days_overdue {
            _ if self.is_done => Item::done(text),
            None => Item::open(text),
            Some(days) => {
                let decide = "Do it, give it a new day, or drop it: (replace)";
                Item::open(format!("**{text}, {}.** {decide}", overdue(days)))
            }
        }
    }
}

//! The actions that retrospectives decide on.

use semver::Version;
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
    /// The version of the release after which it was decided on.
    pub(super) after: String,
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
    /// The actions of the release before, and of the earlier ones of a range, those that are not
    /// done first.
    pub(super) fn of_previous(facts: &ReleaseFacts) -> Vec<Self> {
        let previous = facts.previous.as_ref().map(|it| &it.version);
        let previous = previous.zip(facts.previous_file.as_ref());
        let earlier = facts.earlier.iter().map(|it| (&it.version, &it.file));
        let files = previous.into_iter().chain(earlier);
        let mut actions: Vec<Self> = files
            .flat_map(|(version, file)| Self::of(facts, file, Some(version)))
            .collect();
        actions.sort_by_key(|action| action.is_done);
        actions
    }

    /// The actions in the file of a release, those that are not done first.
    pub(super) fn of(
        facts: &ReleaseFacts,
        file: &ReportedFile,
        version: Option<&Version>,
    ) -> Vec<Self> {
        let action = |action: &Action| {
            let due = action.due.map(WireMoment::of);
            let is_done = action.done.is_done();
            Self {
                text: action.text.text.clone(),
                after: version.map(ToString::to_string).unwrap_or_default(),
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
        self.labelled("", clock)
    }

    /// The same, with the release after which it was decided on.
    pub(super) fn item_with_release(&self, clock: &Clock) -> Item {
        self.labelled(&format!(", promised after {}", self.after), clock)
    }

    /// An item without a box, with the release after which it was decided on.
    pub(super) fn plain_item(&self, clock: &Clock) -> Item {
        let label = format!(", promised after {}", self.after);
        let mut parts = self.parts(&label, clock);
        parts.extend(self.days_overdue.map(overdue));
        Item::new(parts.join(", "))
    }

    fn labelled(&self, label: &str, clock: &Clock) -> Item {
        let text = self.parts(label, clock).join(", ");
        match self.days_overdue {
            _ if self.is_done => Item::done(text),
            None => Item::open(text),
            Some(days) => {
                let decide = "Do it, give it a new day, or drop it: (replace)";
                Item::open(format!("**{text}, {}.** {decide}", overdue(days)))
            }
        }
    }

    /// What it is, who does it, and until when.
    fn parts(&self, label: &str, clock: &Clock) -> Vec<String> {
        let mut parts = vec![format!("{}{label}", escape(&self.text))];
        parts.extend(self.owner.iter().map(|owner| escape(owner)));
        if !self.is_done {
            parts.extend(self.due.map(|due| format!("due {}", due.describe(clock))));
        }
        parts.extend(
            self.done
                .map(|done| format!("done {}", done.describe(clock))),
        );
        parts
    }
}

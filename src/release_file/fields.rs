//! What a release file may say: every key with its type, its purpose, and its names elsewhere.

use super::model::{IssueDecision, ItemStage};
use crate::document::{Field, Shape};
use crate::ticket::APPROVAL_FIELDS;

/// The fields of a release file.
pub(super) const FIELDS: &[Field] = &[
    Field::new(
        "planned",
        Shape::Either(&[Shape::Instant, Shape::Table(PLANNED)]),
        "When the release is carried out: a window with `start` and `end`, or a date-time.",
    )
    .aliases(&["schedule", "window", "release_window", "planned_for"]),
    Field::new(
        "decider",
        Shape::Person,
        "Person who decides whether the release goes ahead.",
    )
    .aliases(&["decision_maker", "release_manager"]),
    Field::new(
        "zone",
        Shape::Text,
        "IANA time zone in which reports show times, such as `Europe/Berlin`.",
    )
    .aliases(&["timezone", "time_zone", "tz"]),
    Field::new(
        "items",
        Shape::AnyList(&Shape::Table(ITEM)),
        "What has to be done for the release, besides its tickets.",
    )
    .aliases(&["item", "checklist", "tasks"]),
    Field::new(
        "actions",
        Shape::AnyList(&Shape::Table(ACTION)),
        "What the retrospective of the release decided to improve.",
    )
    .aliases(&["action", "action_items"]),
    Field::new(
        "known_issues",
        Shape::AnyList(&Shape::Table(KNOWN_ISSUE)),
        "Known issues of the release, and what was decided about them.",
    )
    .aliases(&["known_issue", "issues"]),
    Field::new(
        "approvals",
        Shape::AnyList(&Shape::Table(APPROVAL_FIELDS)),
        "Sign-off of the release.",
    )
    .aliases(&["approval", "approved_by", "sign_off", "signoff"]),
];

const PLANNED: &[Field] = &[
    Field::new(
        "start",
        Shape::Instant,
        "Start of the release window, with a UTC offset.",
    )
    .required()
    .aliases(&["planned_start", "starts_at", "begin"]),
    Field::new(
        "end",
        Shape::Instant,
        "End of the release window, with a UTC offset.",
    )
    .aliases(&["planned_end", "ends_at"]),
];

/// A day, or a point in time.
const MOMENT: Shape = Shape::Either(&[Shape::Date, Shape::Instant]);

/// Whether something is done, or when it was.
const DONE: Shape = Shape::Either(&[Shape::Boolean, Shape::Date, Shape::Instant]);

const ITEM: &[Field] = &[
    Field::new(
        "stage",
        Shape::Choice(ItemStage::WORDS),
        "Stage of the release that the item belongs to.",
    )
    .required()
    .aliases(&["phase"]),
    Field::new("text", Shape::Text, "What has to be done.")
        .required()
        .aliases(&["item", "task", "title", "description", "do"]),
    Field::new("owner", Shape::Person, "Person who does it.").aliases(&["who", "assignee"]),
    Field::new("due", MOMENT, "Day or time by which it has to be done.")
        .aliases(&["due_date", "deadline"]),
    Field::new("when", MOMENT, "Day or time at which it takes place.").aliases(&["at", "date"]),
    Field::new(
        "done",
        DONE,
        "Whether it is done, or the day or time at which it was.",
    )
    .default("false")
    .aliases(&["completed", "done_at"]),
    Field::new("by", Shape::Person, "Person who did it.").aliases(&["done_by", "completed_by"]),
];

const ACTION: &[Field] = &[
    Field::new("text", Shape::Text, "What has to be done.")
        .required()
        .aliases(&["action", "task", "title", "description", "what"]),
    Field::new("owner", Shape::Person, "Person who does it.").aliases(&["who", "assignee"]),
    Field::new("due", MOMENT, "Day or time by which it has to be done.")
        .aliases(&["due_date", "deadline"]),
    Field::new(
        "done",
        DONE,
        "Whether it is done, or the day or time at which it was.",
    )
    .default("false")
    .aliases(&["completed", "done_at"]),
];

const KNOWN_ISSUE: &[Field] = &[
    Field::new("text", Shape::Text, "What goes wrong, and for whom.")
        .required()
        .aliases(&["issue", "title", "description"]),
    Field::new(
        "ticket",
        Shape::Text,
        "ID of the ticket that the issue belongs to.",
    )
    .aliases(&["id", "ref"]),
    Field::new(
        "decision",
        Shape::Choice(IssueDecision::WORDS),
        "What was decided: release with the issue, or fix it before.",
    ),
    Field::new("reason", Shape::Text, "Why.").aliases(&["why"]),
    Field::new("by", Shape::Person, "Person who decided.").aliases(&["decided_by"]),
];

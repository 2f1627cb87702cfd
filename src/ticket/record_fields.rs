//! The tables of a ticket about the people around a change: its tests, what they are sent, its
//! review, approvals, and notes, and its outcome.

use super::fields::TEXTS;
use super::words::{Decision, Ending, Section};
use crate::document::{Field, Shape};

pub(super) const TESTS: &[Field] = &[
    Field::new(
        "kinds",
        Shape::List(&Shape::OpenChoice(TEST_KINDS)),
        "Kinds of tests that were run.",
    )
    .aliases(&["types", "kind"]),
    Field::new(
        "evidence",
        Shape::List(&Shape::Url),
        "Links to the test results.",
    )
    .aliases(&["results"]),
    Field::new("plan", Shape::Text, "What is tested, and how."),
    Field::new("staging", Shape::Text, "Observations in staging."),
    Field::new(
        "owner",
        Shape::Person,
        "Person who is responsible for the tests.",
    )
    .aliases(&["responsible", "tester"]),
];

const TEST_KINDS: &[&str] = &[
    "unit",
    "integration",
    "end-to-end",
    "regression",
    "smoke",
    "load",
    "upgrade",
    "performance",
    "security",
    "acceptance",
];

pub(super) const COMMUNICATION: &[Field] = &[
    Field::new(
        "audiences",
        TEXTS,
        "Who is informed, such as users, support, or other teams.",
    )
    .aliases(&["audience", "stakeholders"]),
    Field::new("channels", TEXTS, "Channels that are used to inform them.").aliases(&["channel"]),
    Field::new("sender", Shape::Person, "Person who informs them."),
    Field::new(
        "send_at",
        Shape::Instant,
        "When they are informed, with a UTC offset.",
    ),
    Field::new("summary", Shape::Text, "Message to the audiences.").aliases(&["message"]),
    Field::new(
        "training",
        Shape::Text,
        "Training that is required before the change.",
    ),
    Field::new(
        "action",
        Shape::Text,
        "What the audiences must do. Default: nothing.",
    )
    .aliases(&["action_required", "call_to_action"]),
    Field::new(
        "say",
        Shape::Text,
        "The change in one sentence, for the announcement.",
    ),
    Field::new(
        "messages",
        Shape::List(&Shape::Table(MESSAGE)),
        "Messages to single audiences.",
    ),
];

const MESSAGE: &[Field] = &[
    Field::new(
        "audience",
        Shape::Text,
        "Who gets the message, such as users or support.",
    )
    .required()
    .aliases(&["to", "for"]),
    Field::new("text", Shape::Text, "Text of the message.")
        .required()
        .aliases(&["message", "body"]),
];

pub(super) const REVIEW: &[Field] = &[
    Field::new("peers", TEXTS, "People who reviewed the change.")
        .aliases(&["reviewers", "reviewed_by"]),
    Field::new(
        "impact",
        Shape::Text,
        "Effects on users, services, and load.",
    ),
    Field::new("coverage", Shape::Text, "What is tested and what is not."),
    Field::new(
        "documentation",
        Shape::Text,
        "What was documented, and where.",
    )
    .aliases(&["docs"]),
    Field::new(
        "security",
        Shape::Text,
        "Effects on security: access, secrets, and exposure.",
    ),
];

/// The fields of an approval, of a ticket or a release.
pub(crate) const APPROVAL_FIELDS: &[Field] = &[
    Field::new("by", Shape::Person, "Person who decided.")
        .required()
        .aliases(&["approver", "name"]),
    Field::new("role", Shape::Text, "Role of the person."),
    Field::new("decision", Shape::Choice(Decision::WORDS), "Decision.")
        .required()
        .aliases(&["status", "verdict"]),
    Field::new("at", Shape::Instant, "Time, with a UTC offset.").aliases(&["date", "approved_at"]),
    Field::new("digest", Shape::Text, "Digest of the approved plan."),
    Field::new("reason", Shape::Text, "Why.").aliases(&["comment"]),
    Field::new("signature", Shape::Text, "SSH signature of the decision."),
];

pub(super) const NOTE: &[Field] = &[
    Field::new("at", Shape::Instant, "Time, with a UTC offset.").aliases(&["date"]),
    Field::new("by", Shape::Person, "Author of the note.").aliases(&["author"]),
    Field::new("text", Shape::Text, "Text of the note.")
        .required()
        .aliases(&["note", "comment", "body"]),
    Field::new(
        "step",
        Shape::Integer(1, i64::MAX),
        "Number of the step that was completed. Use `tollgate ticket done` to add it.",
    ),
    Field::new(
        "section",
        Shape::Choice(Section::WORDS),
        "Section that the completed step belongs to.",
    )
    .default("\"deployment\""),
];

pub(super) const OUTCOME: &[Field] = &[
    Field::new(
        "started_at",
        Shape::Instant,
        "When the deployment started, with a UTC offset.",
    )
    .aliases(&["actual_start"]),
    Field::new(
        "deployed_at",
        Shape::Instant,
        "When the change was deployed, with a UTC offset.",
    ),
    Field::new(
        "validated_at",
        Shape::Instant,
        "When someone confirmed that the change worked, with a UTC offset.",
    ),
    Field::new(
        "ended_at",
        Shape::Instant,
        "When the change ended, with a UTC offset.",
    )
    .aliases(&["finished_at", "actual_end"]),
    Field::new(
        "downtime",
        Shape::Duration,
        "Actual downtime for users, such as `15m`.",
    )
    .aliases(&["outage"]),
    Field::new("result", Shape::Choice(Ending::WORDS), "Result.")
        .required()
        .aliases(&["status", "close_code"]),
    Field::new(
        "caused_by",
        Shape::Text,
        "ID of the ticket that caused this change, if it repairs another change.",
    ),
    Field::new(
        "retrospective",
        Shape::Text,
        "What was learned, or a link to the retrospective.",
    )
    .aliases(&["postmortem", "post_mortem", "post_implementation_review"]),
    Field::new(
        "measured",
        Shape::Text,
        "Whether the improvement promised in the justification was achieved.",
    ),
];

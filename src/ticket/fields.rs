//! The fields of a ticket: every key with its type, its purpose, and its names in other tools.
//!
//! The checks, the JSON schema, completion and "did you mean" all follow from these tables
//! (docs/design/tickets.md).

use super::record_fields::{APPROVAL_FIELDS, COMMUNICATION, NOTE, OUTCOME, REVIEW, TESTS};
use super::words::{Category, Kind, Phase, Reversible, RiskLevel, State, Strategy};
use crate::document::{Field, Shape};

pub(super) const TEXTS: Shape = Shape::List(&Shape::Text);

/// The fields of a ticket.
pub(crate) const FIELDS: &[Field] = &[
    Field::new(
        "id",
        Shape::Text,
        "ID of the ticket. Default: the file name without `.toml`.",
    )
    .aliases(&["number", "key", "ticket_id", "change_id"]),
    Field::new(
        "title",
        Shape::Text,
        "What changes, in one self-contained sentence.",
    )
    .required()
    .aliases(&[
        "short_description",
        "summary",
        "subject",
        "name",
        "headline",
    ]),
    Field::new(
        "description",
        Shape::Text,
        "What changes, in detail: everything a reviewer needs to judge the risk.",
    )
    .aliases(&["details", "long_description", "body"]),
    Field::new(
        "justification",
        Shape::Text,
        "Why the change is made: what is wrong today, who is affected, and what will improve.",
    )
    .required()
    .aliases(&[
        "reason",
        "rationale",
        "business_justification",
        "business_case",
        "motivation",
        "why",
        "purpose",
    ]),
    Field::new(
        "goal",
        Shape::Text,
        "Goal that the change serves: one of the configured goals.",
    )
    .aliases(&["objective"]),
    Field::new(
        "kind",
        Shape::Choice(Kind::WORDS),
        "Whether this is a planned change or an emergency that resolves an incident.",
    )
    .default("\"normal\"")
    .aliases(&["type", "change_type", "ticket_type"]),
    Field::new(
        "category",
        Shape::Choice(Category::WORDS),
        "Type of change.",
    )
    .aliases(&["class", "change_category"]),
    Field::new(
        "state",
        Shape::Choice(State::WORDS),
        "Current state of the ticket.",
    )
    .default("\"draft\"")
    .aliases(&["status", "lifecycle"]),
    Field::new(
        "requester",
        Shape::Person,
        "Person who requested the change.",
    )
    .aliases(&["requested_by", "author", "reporter", "submitter"]),
    Field::new(
        "assignee",
        Shape::Person,
        "Person who carries out the change.",
    )
    .aliases(&["assigned_to", "implementer", "deployer"]),
    Field::new(
        "validator",
        Shape::Person,
        "Person who confirms that the change worked; should be someone other than the assignee.",
    )
    .aliases(&["verifier", "validated_by", "tester"]),
    Field::new("services", TEXTS, "Affected services. Default: all.").aliases(&[
        "service",
        "affected_services",
        "components",
        "systems",
        "configuration_items",
    ]),
    Field::new(
        "environments",
        TEXTS,
        "Affected environments. Default: all.",
    )
    .aliases(&["environment", "envs", "env"]),
    Field::new(
        "links",
        Shape::List(&LINK),
        "Related issues, incidents, pull requests, documents, and dashboards.",
    )
    .aliases(&["link", "references", "urls", "related"]),
    Field::new(
        "depends_on",
        TEXTS,
        "IDs of tickets that must be completed before this one.",
    )
    .aliases(&["dependencies", "requires", "blocked_by"]),
    Field::new(
        "supersedes",
        TEXTS,
        "IDs of tickets that this one replaces.",
    )
    .aliases(&["replaces"]),
    Field::new("risk", Shape::Table(RISK), "Risk of the change.")
        .aliases(&["risk_assessment", "risks"]),
    Field::new(
        "schedule",
        Shape::Table(SCHEDULE),
        "When the change is carried out.",
    )
    .aliases(&["window", "change_window", "maintenance_window"]),
    Field::new(
        "deployment",
        Shape::Section(DEPLOYMENT),
        "How the change is deployed.",
    )
    .required()
    .aliases(&["deploy", "implementation", "rollout"]),
    Field::new(
        "rollback",
        Shape::Section(ROLLBACK),
        "How to undo the change.",
    )
    .required()
    .aliases(&["backout", "back_out", "revert"]),
    Field::new(
        "validation",
        Shape::Section(VALIDATION),
        "How to check that the change worked.",
    )
    .required()
    .aliases(&["verification", "verify", "validate"]),
    Field::new(
        "schema_change",
        Shape::Table(SCHEMA_CHANGE),
        "Changes to a database schema.",
    )
    .aliases(&["migration", "database", "db_change"]),
    Field::new(
        "tests",
        Shape::Table(TESTS),
        "Tests that were run before the deployment.",
    )
    .aliases(&["test", "testing"]),
    Field::new(
        "communication",
        Shape::Table(COMMUNICATION),
        "Who is informed about the change, by whom, and when.",
    )
    .aliases(&["comms", "notification", "notifications"]),
    Field::new(
        "review",
        Shape::Table(REVIEW),
        "Results of the review before the deployment.",
    ),
    Field::new(
        "approvals",
        Shape::List(&Shape::Table(APPROVAL_FIELDS)),
        "Approvals of the change. Use `tollgate ticket approve` to add one.",
    )
    .aliases(&["approvers", "approval", "approved_by"]),
    Field::new(
        "notes",
        Shape::List(&Shape::Table(NOTE)),
        "Notes about the change. Notes can be added, but not changed.",
    )
    .aliases(&["note", "comments", "work_notes", "log"]),
    Field::new(
        "outcome",
        Shape::Table(OUTCOME),
        "Result of the change. Use `tollgate ticket close` to add it.",
    )
    .aliases(&["closure", "close_notes"]),
];

const LINK: Shape = Shape::Either(&[Shape::Url, Shape::Table(LINK_FIELDS)]);

const LINK_FIELDS: &[Field] = &[
    Field::new(
        "kind",
        Shape::OpenChoice(&["issue", "incident", "pull-request", "document", "dashboard"]),
        "Type of the linked item.",
    )
    .aliases(&["type"]),
    Field::new("url", Shape::Url, "URL of the linked item.")
        .unless("ref")
        .aliases(&["href", "link"]),
    Field::new(
        "ref",
        Shape::Text,
        "Identifier of the linked item if it has no URL, such as `INC-4711`.",
    )
    .aliases(&["id", "key"]),
];

const RISK: &[Field] = &[
    Field::new(
        "level",
        Shape::Choice(RiskLevel::WORDS),
        "Risk level. Default: computed from the ticket.",
    )
    .aliases(&["risk_level", "severity"]),
    Field::new(
        "reversible",
        Shape::Choice(Reversible::WORDS),
        "Whether the change can be undone.",
    )
    .default("\"yes\""),
    Field::new(
        "downtime",
        Shape::Duration,
        "Expected downtime for users, such as `15m`.",
    )
    .aliases(&["outage"]),
    Field::new(
        "blast_radius",
        Shape::Text,
        "Who and what is affected if the change goes wrong.",
    )
    .aliases(&["affected"]),
    Field::new("mitigations", Shape::Text, "Measures that reduce the risk.")
        .aliases(&["mitigation"]),
];

const SCHEDULE: &[Field] = &[
    Field::new(
        "start",
        Shape::Instant,
        "Start of the change window, with a UTC offset.",
    )
    .aliases(&[
        "start_date",
        "planned_start",
        "planned_start_date",
        "starts_at",
        "begin",
    ]),
    Field::new(
        "end",
        Shape::Instant,
        "End of the change window, with a UTC offset.",
    )
    .aliases(&["end_date", "planned_end", "planned_end_date", "ends_at"]),
    Field::new(
        "freeze_override",
        Shape::Table(FREEZE_OVERRIDE),
        "Why this change is exempt from a freeze.",
    ),
];

const FREEZE_OVERRIDE: &[Field] = &[
    Field::new("reason", Shape::Text, "Why the change cannot wait.").required(),
    Field::new("by", Shape::Person, "Person who allowed the exemption.").required(),
];

const DEPLOYMENT: &[Field] = &[
    Field::new("steps", Shape::Steps(GATED_STEP), "Steps, in order.")
        .required()
        .aliases(&[
            "deployment_steps",
            "implementation_plan",
            "implementation_steps",
            "deployment_plan",
            "deploy_steps",
            "rollout_plan",
        ]),
    Field::new(
        "strategy",
        Shape::Choice(Strategy::WORDS),
        "Deployment strategy.",
    ),
    Field::new(
        "stages",
        Shape::List(&Shape::Table(STAGE)),
        "Stages of a canary deployment.",
    ),
    Field::new(
        "abort_when",
        Shape::Text,
        "Condition that aborts a stage. A stage can override it.",
    )
    .aliases(&["abort_if"]),
    Field::new(
        "flag",
        Shape::Table(FLAG),
        "Feature flag that controls the change.",
    )
    .aliases(&["feature_flag"]),
    Field::new(
        "switch_back",
        Shape::Text,
        "How to switch back to the old environment.",
    ),
    Field::new(
        "preconditions",
        TEXTS,
        "What must be true before the first step.",
    )
    .aliases(&["precondition", "prerequisites", "prechecks"]),
];

/// The keys of every step.
const STEP: [Field; 9] = [
    Field::new("do", Shape::Text, "What to do, as an instruction.")
        .required()
        .aliases(&[
            "action",
            "step",
            "description",
            "name",
            "what",
            "task",
            "title",
        ]),
    Field::new("run", Shape::Text, "Command to run.").aliases(&["command", "cmd", "script"]),
    Field::new("expect", Shape::Text, "Expected result if the step worked.").aliases(&[
        "expected",
        "expected_result",
        "expectation",
        "verify",
    ]),
    Field::new("owner", Shape::Person, "Person who carries out the step.").aliases(&[
        "responsible",
        "who",
        "assignee",
    ]),
    Field::new("takes", Shape::Duration, "Expected duration, such as `5m`.")
        .aliases(&["duration", "estimate", "time"]),
    Field::new(
        "undo",
        Shape::Text,
        "How to undo the step, as a command or a sentence, or why nothing needs to be undone.",
    )
    .aliases(&["rollback", "revert"]),
    Field::new("cannot_undo", Shape::Text, "Why the step cannot be undone.")
        .aliases(&["irreversible"]),
    Field::new(
        "backup",
        Shape::Boolean,
        "Whether this step takes the backup.",
    )
    .default("false"),
    Field::new(
        "automated",
        Shape::Boolean,
        "Whether the step runs without manual work.",
    )
    .default("false"),
];

/// The keys of a step that can wait for a decision: one that changes something.
const GATED_STEP: &[Field] = &{
    let [a, b, c, d, e, f, g, h, i] = STEP;
    [a, b, c, d, e, f, g, h, i, HOLD]
};

const HOLD: Field = Field::new(
    "hold",
    Shape::Boolean,
    "Whether someone must decide to continue before this step.",
)
.default("false");

const STAGE: &[Field] = &[
    Field::new(
        "share",
        Shape::Integer(1, 100),
        "Share of traffic or instances that get the change, in percent.",
    )
    .aliases(&["percent", "percentage", "weight"]),
    Field::new(
        "for",
        Shape::Duration,
        "Minimum duration of the stage, such as `30m`.",
    )
    .aliases(&["duration", "pause"]),
    Field::new(
        "abort_when",
        Shape::Text,
        "Condition that aborts this stage.",
    )
    .aliases(&["abort_if"]),
];

const FLAG: &[Field] = &[
    Field::new(
        "key",
        Shape::Text,
        "Key of the flag. Must not have been used before.",
    )
    .aliases(&["name"]),
    Field::new("owner", Shape::Person, "Person who removes the flag."),
    Field::new(
        "remove_by",
        Shape::Date,
        "Date by which the flag is removed.",
    )
    .aliases(&["expires", "cleanup_by"]),
];

const ROLLBACK: &[Field] = &[
    Field::new("steps", Shape::Steps(GATED_STEP), "Steps, in order.")
        .required()
        .aliases(&[
            "rollback_steps",
            "rollback_plan",
            "backout_plan",
            "backout_steps",
            "back_out_plan",
        ]),
    Field::new(
        "trigger",
        Shape::Text,
        "Observation that starts the rollback.",
    )
    .aliases(&["triggers", "rollback_trigger"]),
    Field::new(
        "decider",
        Shape::Person,
        "Person who decides whether to continue or roll back.",
    )
    .aliases(&["decision_maker"]),
    Field::new(
        "within",
        Shape::Duration,
        "Expected duration of the rollback, such as `20m`.",
    ),
    Field::new(
        "point_of_no_return",
        Shape::Text,
        "Step after which the change can no longer be undone.",
    ),
    Field::new(
        "rehearsed_on",
        Shape::Date,
        "Date of the last rollback rehearsal.",
    ),
    Field::new(
        "loses",
        Shape::Text,
        "What a rollback loses, such as the orders since the deployment.",
    )
    .aliases(&["loss", "data_loss"]),
];

const VALIDATION: &[Field] = &[
    Field::new(
        "steps",
        Shape::Steps(&STEP),
        "Validation steps: what to check, and the expected result.",
    )
    .required()
    .aliases(&[
        "validation_steps",
        "validation_plan",
        "verification_plan",
        "verification_steps",
        "test_plan",
    ]),
    Field::new("dashboards", TEXTS, "Dashboards to watch."),
    Field::new("alerts", TEXTS, "Alerts that must not fire."),
    Field::new(
        "watch_for",
        Shape::Duration,
        "How long to watch the change, such as `30m`.",
    ),
    Field::new(
        "creates_data",
        Shape::Boolean,
        "Whether the validation creates data.",
    )
    .default("false"),
    Field::new(
        "cleanup",
        TEXTS,
        "How to remove the data that the validation creates.",
    ),
];

const SCHEMA_CHANGE: &[Field] = &[
    Field::new("migrations", TEXTS, "Paths of the migration files."),
    Field::new(
        "phase",
        Shape::Choice(Phase::WORDS),
        "Phase of the expand-and-contract pattern.",
    ),
    Field::new(
        "locks",
        Shape::Text,
        "Locks that the migrations take, and for how long.",
    ),
    Field::new(
        "rows",
        Shape::Integer(0, i64::MAX),
        "Number of affected rows.",
    ),
    Field::new(
        "backward_compatible",
        Shape::Boolean,
        "Whether the current code works with the new schema.",
    ),
    Field::new(
        "backup",
        Shape::Text,
        "Where the backup is stored and how to restore it.",
    ),
];

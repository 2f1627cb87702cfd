//! What a ticket may say: every key with its type, its purpose and the names that people bring for it from elsewhere.
//!
//! The checks, the JSON schema, completion and "did you mean" all follow from these tables (product.md §3).

use super::words::{Category, Decision, Ending, Kind, Phase, Reversible, RiskLevel, State, Strategy};
use crate::document::{Field, Shape};

const TEXTS: Shape = Shape::List(&Shape::Text);

/// The fields of a ticket.
pub const FIELDS: &[Field] = &[
    Field::new("id", Shape::Text, "The ticket's identity; without it, the name of the file.").foreign(&[
        "number",
        "key",
        "ticket_id",
        "change_id",
    ]),
    Field::new("title", Shape::Text, "What is changed, in one sentence that needs no context.").required().foreign(&[
        "short_description",
        "summary",
        "subject",
        "name",
        "headline",
    ]),
    Field::new("description", Shape::Text, "What is changed, at length: what a reviewer needs to judge the risk.")
        .foreign(&["details", "long_description", "body"]),
    Field::new(
        "justification",
        Shape::Text,
        "Why it is changed: what is wrong today, whom it hurts, what becomes better.",
    )
    .required()
    .foreign(&["reason", "rationale", "business_justification", "business_case", "motivation", "why", "purpose"]),
    Field::new("goal", Shape::Text, "The goal that the change serves, one of those configured.")
        .foreign(&["objective"]),
    Field::new("kind", Shape::Choice(Kind::WORDS), "A planned change, or one that ends an incident.")
        .default("\"normal\"")
        .foreign(&["type", "change_type", "ticket_type"]),
    Field::new("category", Shape::Choice(Category::WORDS), "What the change is about.")
        .foreign(&["class", "change_category"]),
    Field::new("state", Shape::Choice(State::WORDS), "Where the ticket stands in its life.")
        .default("\"draft\"")
        .foreign(&["status", "lifecycle"]),
    Field::new("requester", Shape::Person, "Who wants the change.").foreign(&[
        "requested_by",
        "author",
        "reporter",
        "submitter",
    ]),
    Field::new("assignee", Shape::Person, "Who carries the change out.").foreign(&[
        "assigned_to",
        "implementer",
        "deployer",
    ]),
    Field::new("validator", Shape::Person, "Who says that it worked; another person than the assignee.").foreign(&[
        "verifier",
        "validated_by",
        "tester",
    ]),
    Field::new("services", TEXTS, "The services concerned; absent means all.").foreign(&[
        "service",
        "affected_services",
        "components",
        "systems",
        "configuration_items",
    ]),
    Field::new("environments", TEXTS, "The environments concerned; absent means all.").foreign(&[
        "environment",
        "envs",
        "env",
    ]),
    Field::new(
        "links",
        Shape::List(&LINK),
        "The issue, incident, pull requests, documents and dashboards that belong to it.",
    )
    .foreign(&["link", "references", "urls", "related"]),
    Field::new("depends_on", TEXTS, "The ids of tickets that must be carried out before this one.").foreign(&[
        "dependencies",
        "requires",
        "blocked_by",
    ]),
    Field::new("supersedes", TEXTS, "The ids of tickets that this one replaces.").foreign(&["replaces"]),
    Field::new("risk", Shape::Table(RISK), "How much the change may break.").foreign(&["risk_assessment", "risks"]),
    Field::new("schedule", Shape::Table(SCHEDULE), "When the change is carried out.").foreign(&[
        "window",
        "change_window",
        "maintenance_window",
    ]),
    Field::new("deployment", Shape::Section(DEPLOYMENT), "How the change is carried out.").required().foreign(&[
        "deploy",
        "implementation",
        "rollout",
    ]),
    Field::new("rollback", Shape::Section(ROLLBACK), "How the change is undone.")
        .required()
        .foreign(&["backout", "back_out", "revert"]),
    Field::new("validation", Shape::Section(VALIDATION), "How anyone can tell that the change worked.")
        .required()
        .foreign(&["verification", "verify", "validate"]),
    Field::new("schema_change", Shape::Table(SCHEMA_CHANGE), "What happens to the schema of a store.").foreign(&[
        "migration",
        "database",
        "db_change",
    ]),
    Field::new("tests", Shape::Table(TESTS), "What was tested before.").foreign(&["test", "testing"]),
    Field::new("communication", Shape::Table(COMMUNICATION), "Who is told, by whom and when.").foreign(&[
        "comms",
        "notification",
        "notifications",
    ]),
    Field::new("review", Shape::Table(REVIEW), "The facts of the review before the deployment."),
    Field::new(
        "approvals",
        Shape::List(&Shape::Table(APPROVAL)),
        "Who allowed the change; `tollgate ticket approve` adds to it.",
    )
    .foreign(&["approvers", "approval", "approved_by"]),
    Field::new("notes", Shape::List(&Shape::Table(NOTE)), "What is worth remembering; only added to.").foreign(&[
        "note",
        "comments",
        "work_notes",
        "log",
    ]),
    Field::new("outcome", Shape::Table(OUTCOME), "How the change ended.").foreign(&["closure", "close_notes"]),
];

const LINK: Shape = Shape::Either(&[Shape::Url, Shape::Table(LINK_FIELDS)]);

const LINK_FIELDS: &[Field] = &[
    Field::new(
        "kind",
        Shape::OpenChoice(&["issue", "incident", "pull-request", "document", "dashboard"]),
        "What is linked.",
    )
    .foreign(&["type"]),
    Field::new("url", Shape::Url, "Its address.").unless("ref").foreign(&["href", "link"]),
    Field::new("ref", Shape::Text, "Its name where there is no address, such as `INC-4711`.").foreign(&["id", "key"]),
];

const RISK: &[Field] = &[
    Field::new("level", Shape::Choice(RiskLevel::WORDS), "The level; where absent, the computed one counts.")
        .foreign(&["risk_level", "severity"]),
    Field::new("reversible", Shape::Choice(Reversible::WORDS), "Whether the change can be undone.").default("\"yes\""),
    Field::new("downtime", Shape::Duration, "How long users are without service, such as `15m`.").foreign(&["outage"]),
    Field::new("blast_radius", Shape::Text, "Who and what is hit if it goes wrong.").foreign(&["affected"]),
    Field::new("mitigations", Shape::Text, "What makes harm less likely or smaller.").foreign(&["mitigation"]),
];

const SCHEDULE: &[Field] = &[
    Field::new("start", Shape::Instant, "When the window opens, with its offset from UTC.").foreign(&[
        "start_date",
        "planned_start",
        "planned_start_date",
        "starts_at",
        "begin",
    ]),
    Field::new("end", Shape::Instant, "When the window closes, with its offset from UTC.").foreign(&[
        "end_date",
        "planned_end",
        "planned_end_date",
        "ends_at",
    ]),
    Field::new("freeze_override", Shape::Table(FREEZE_OVERRIDE), "Why a freeze does not hold for this change."),
];

const FREEZE_OVERRIDE: &[Field] = &[
    Field::new("reason", Shape::Text, "Why the change cannot wait.").required(),
    Field::new("by", Shape::Person, "Who allowed it.").required(),
];

const DEPLOYMENT: &[Field] = &[
    Field::new("steps", Shape::Steps(STEP), "What is done, in order.").required().foreign(&[
        "deployment_steps",
        "implementation_plan",
        "implementation_steps",
        "deployment_plan",
        "deploy_steps",
        "rollout_plan",
    ]),
    Field::new("strategy", Shape::Choice(Strategy::WORDS), "How the change reaches its environment."),
    Field::new("stages", Shape::List(&Shape::Table(STAGE)), "The growing shares of a canary."),
    Field::new("abort_when", Shape::Text, "When a stage is given up, unless the stage says otherwise.")
        .foreign(&["abort_if"]),
    Field::new("flag", Shape::Table(FLAG), "The flag behind which the change is deployed.").foreign(&["feature_flag"]),
    Field::new("switch_back", Shape::Text, "How the switch to the new environment is undone."),
];

const STEP: &[Field] = &[
    Field::new("do", Shape::Text, "What is done, as an instruction.").required().foreign(&[
        "action",
        "step",
        "description",
        "name",
        "what",
        "task",
        "title",
    ]),
    Field::new("run", Shape::Text, "The command.").foreign(&["command", "cmd", "script"]),
    Field::new("expect", Shape::Text, "What is seen when it worked.").foreign(&[
        "expected",
        "expected_result",
        "expectation",
        "verify",
    ]),
    Field::new("owner", Shape::Person, "Who does it.").foreign(&["responsible", "who", "assignee"]),
    Field::new("takes", Shape::Duration, "How long it takes, such as `5m`.").foreign(&["duration", "estimate", "time"]),
    Field::new("undo", Shape::Text, "The command or sentence that undoes it, or why nothing need be undone.")
        .foreign(&["rollback", "revert"]),
    Field::new("cannot_undo", Shape::Text, "Why it can never be undone.").foreign(&["irreversible"]),
    Field::new("backup", Shape::Boolean, "Whether this step takes the backup.").default("false"),
    Field::new("automated", Shape::Boolean, "Whether nobody's hands are needed.").default("false"),
];

const STAGE: &[Field] = &[
    Field::new("share", Shape::Integer(1, 100), "How much gets the change, in per cent.").foreign(&[
        "percent",
        "percentage",
        "weight",
    ]),
    Field::new("for", Shape::Duration, "How long the stage lasts at least, such as `30m`.")
        .foreign(&["duration", "pause"]),
    Field::new("abort_when", Shape::Text, "When this stage is given up.").foreign(&["abort_if"]),
];

const FLAG: &[Field] = &[
    Field::new("key", Shape::Text, "The flag's key; never one that was used before.").foreign(&["name"]),
    Field::new("owner", Shape::Person, "Who removes it."),
    Field::new("remove_by", Shape::Date, "The day by which it is removed.").foreign(&["expires", "cleanup_by"]),
];

const ROLLBACK: &[Field] = &[
    Field::new("steps", Shape::Steps(STEP), "What is done, in order.").required().foreign(&[
        "rollback_steps",
        "rollback_plan",
        "backout_plan",
        "backout_steps",
        "back_out_plan",
    ]),
    Field::new("trigger", Shape::Text, "What is seen when the change must be undone.")
        .foreign(&["triggers", "rollback_trigger"]),
    Field::new("decider", Shape::Person, "Who decides that it is undone.").foreign(&["decision_maker"]),
    Field::new("within", Shape::Duration, "How long undoing takes, such as `20m`."),
    Field::new("point_of_no_return", Shape::Text, "The step after which there is no way back."),
    Field::new("rehearsed_on", Shape::Date, "The day on which the way back was last tried."),
];

const VALIDATION: &[Field] = &[
    Field::new("steps", Shape::Steps(STEP), "What is looked at, and what must be seen.").required().foreign(&[
        "validation_steps",
        "validation_plan",
        "verification_plan",
        "verification_steps",
        "test_plan",
    ]),
    Field::new("dashboards", TEXTS, "The dashboards that are watched."),
    Field::new("alerts", TEXTS, "The alerts that must stay silent."),
    Field::new("watch_for", Shape::Duration, "How long it is watched, such as `30m`."),
    Field::new("creates_data", Shape::Boolean, "Whether validating leaves data behind.").default("false"),
    Field::new("cleanup", TEXTS, "How the data left behind is removed."),
];

const SCHEMA_CHANGE: &[Field] = &[
    Field::new("migrations", TEXTS, "The paths of the migrations."),
    Field::new("phase", Shape::Choice(Phase::WORDS), "Which part of expand and contract this is."),
    Field::new("locks", Shape::Text, "Which locks are taken, and for how long."),
    Field::new("rows", Shape::Integer(0, i64::MAX), "How many rows are touched."),
    Field::new("backward_compatible", Shape::Boolean, "Whether the code that runs today works with the new schema."),
    Field::new("backup", Shape::Text, "Where the backup is and how it is restored."),
];

const TESTS: &[Field] = &[
    Field::new("kinds", Shape::List(&Shape::OpenChoice(TEST_KINDS)), "What kinds of tests were run.")
        .foreign(&["types", "kind"]),
    Field::new("evidence", Shape::List(&Shape::Url), "The addresses of their results.").foreign(&["results"]),
    Field::new("plan", Shape::Text, "What is tested, and how."),
    Field::new("staging", Shape::Text, "What was seen in staging."),
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

const COMMUNICATION: &[Field] = &[
    Field::new("audiences", TEXTS, "Who is told: users, support, other teams.").foreign(&["audience", "stakeholders"]),
    Field::new("channels", TEXTS, "Where they are told.").foreign(&["channel"]),
    Field::new("sender", Shape::Person, "Who tells them."),
    Field::new("send_at", Shape::Instant, "When they are told, with its offset from UTC."),
    Field::new("summary", Shape::Text, "What they are told.").foreign(&["message"]),
    Field::new("training", Shape::Text, "Who must learn what before."),
];

const REVIEW: &[Field] = &[
    Field::new("peers", TEXTS, "Who reviewed the change.").foreign(&["reviewers", "reviewed_by"]),
    Field::new("impact", Shape::Text, "What the change does to users, services and load."),
    Field::new("coverage", Shape::Text, "What is tested and what is not."),
    Field::new("documentation", Shape::Text, "What was written down, and where.").foreign(&["docs"]),
    Field::new("security", Shape::Text, "What the change means for protection."),
];

const APPROVAL: &[Field] = &[
    Field::new("by", Shape::Person, "Who decided.").required().foreign(&["approver", "name"]),
    Field::new("role", Shape::Text, "In which role."),
    Field::new("decision", Shape::Choice(Decision::WORDS), "What was decided.")
        .required()
        .foreign(&["status", "verdict"]),
    Field::new("at", Shape::Instant, "When, with its offset from UTC.").foreign(&["date", "approved_at"]),
    Field::new("digest", Shape::Text, "The digest of what was approved."),
    Field::new("reason", Shape::Text, "Why.").foreign(&["comment"]),
    Field::new("signature", Shape::Text, "The signature of the decision."),
];

const NOTE: &[Field] = &[
    Field::new("at", Shape::Instant, "When, with its offset from UTC.").foreign(&["date"]),
    Field::new("by", Shape::Person, "Who wrote it.").foreign(&["author"]),
    Field::new("text", Shape::Text, "What is worth remembering.").required().foreign(&["note", "comment", "body"]),
];

const OUTCOME: &[Field] = &[
    Field::new("deployed_at", Shape::Instant, "When it was in place, with its offset from UTC."),
    Field::new("ended_at", Shape::Instant, "When it was over, with its offset from UTC."),
    Field::new("result", Shape::Choice(Ending::WORDS), "How it ended.").required().foreign(&["status", "close_code"]),
    Field::new("caused_by", Shape::Text, "The id of the ticket that caused it, where it repairs another."),
    Field::new("retrospective", Shape::Text, "What was learned, or where that is written.").foreign(&[
        "postmortem",
        "post_mortem",
        "post_implementation_review",
    ]),
    Field::new("measured", Shape::Text, "What became of the promise in the justification."),
];

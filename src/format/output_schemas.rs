//! The schemas of the JSON documents, as texts: the files in `schemas/`.
//!
//! Only the test here generates them from the wire structs. It fails if a file is out of date, and
//! updates it on `cargo bless`.

/// What has a JSON document: its name, and the text of its schema.
pub(crate) const SCHEMAS: &[(&str, &str)] = &[
    ("check", include_str!("../../schemas/check.schema.json")),
    (
        "check-show-files",
        include_str!("../../schemas/check-show-files.schema.json"),
    ),
    (
        "check-statistics",
        include_str!("../../schemas/check-statistics.schema.json"),
    ),
    (
        "changelog",
        include_str!("../../schemas/changelog.schema.json"),
    ),
    ("current", include_str!("../../schemas/current.schema.json")),
    (
        "export-approvals",
        include_str!("../../schemas/export-approvals.schema.json"),
    ),
    (
        "export-releases",
        include_str!("../../schemas/export-releases.schema.json"),
    ),
    (
        "export-tickets",
        include_str!("../../schemas/export-tickets.schema.json"),
    ),
    ("gate", include_str!("../../schemas/gate.schema.json")),
    ("next", include_str!("../../schemas/next.schema.json")),
    ("release", include_str!("../../schemas/release.schema.json")),
    (
        "report-audit",
        include_str!("../../schemas/report-audit.schema.json"),
    ),
    (
        "report-checklist",
        include_str!("../../schemas/report-checklist.schema.json"),
    ),
    (
        "report-metrics",
        include_str!("../../schemas/report-metrics.schema.json"),
    ),
    (
        "report-policy",
        include_str!("../../schemas/report-policy.schema.json"),
    ),
    (
        "report-announcement",
        include_str!("../../schemas/report-announcement.schema.json"),
    ),
    (
        "report-retrospective",
        include_str!("../../schemas/report-retrospective.schema.json"),
    ),
    (
        "report-rollback",
        include_str!("../../schemas/report-rollback.schema.json"),
    ),
    (
        "report-runbook",
        include_str!("../../schemas/report-runbook.schema.json"),
    ),
    ("rules", include_str!("../../schemas/rules.schema.json")),
    ("status", include_str!("../../schemas/status.schema.json")),
    (
        "ticket-list",
        include_str!("../../schemas/ticket-list.schema.json"),
    ),
    (
        "ticket-show",
        include_str!("../../schemas/ticket-show.schema.json"),
    ),
    ("verify", include_str!("../../schemas/verify.schema.json")),
];

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use schemars::generate::SchemaSettings;

    use super::super::{
        files, gate, json, release, rules, statistics, status, ticket, ticket_list, verification,
        version,
    };
    use super::*;
    use crate::changelog::WireChangelogs;
    use crate::report::{
        Announcement, ApprovalRow, Audit, ChangePolicy, Checklist, Metrics, ReleaseRow,
        Retrospective, RollbackPlan, Runbook, TicketRow,
    };

    fn schema_of<T: JsonSchema>() -> schemars::Schema {
        let settings = SchemaSettings::draft07()
            .for_serialize()
            .with(|settings| settings.inline_subschemas = true);
        settings.into_generator().into_root_schema_for::<T>()
    }

    /// The schema of an exported row, which is one line of many.
    fn of_row<T: JsonSchema>(name: &str) -> (&str, String) {
        let mut schema = schema_of::<T>();
        let title = format!("One line of `tollgate {}`", name.replacen('-', " ", 1));
        schema.insert("title".into(), title.into());
        let text = serde_json::to_string_pretty(&schema).unwrap();
        (name, format!("{text}\n"))
    }

    fn of<T: JsonSchema>(command: &str) -> (&str, String) {
        let mut schema = schema_of::<T>();
        let words = match command.split_once('-') {
            Some((command @ ("report" | "ticket"), part)) => format!("{command} {part}"),
            Some((command, option)) => format!("{command} --{option}"),
            None => command.to_owned(),
        };
        schema.insert(
            "title".into(),
            format!("tollgate {words} --format json").into(),
        );
        fix_schema_version(schema.as_object_mut().unwrap());
        (
            command,
            format!("{}\n", serde_json::to_string_pretty(&schema).unwrap()),
        )
    }

    /// Fixes the version of a document, in each of its forms if it has several.
    fn fix_schema_version(schema: &mut serde_json::Map<String, serde_json::Value>) {
        if let Some(version) = schema
            .get_mut("properties")
            .and_then(|properties| properties.get_mut("schema_version"))
        {
            *version = serde_json::json!({ "const": 1 });
            return;
        }
        for form in schema["anyOf"].as_array_mut().unwrap() {
            fix_schema_version(form.as_object_mut().unwrap());
        }
    }

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "the schemas are files of this repository"
    )]
    fn every_schema_is_current() {
        let generated = [
            of::<json::WireCheck<'_>>("check"),
            of::<files::WireFiles<'_>>("check-show-files"),
            of::<statistics::WireStatistics>("check-statistics"),
            of::<WireChangelogs<'_>>("changelog"),
            of::<version::WireCurrent<'_>>("current"),
            of_row::<ApprovalRow>("export-approvals"),
            of_row::<ReleaseRow>("export-releases"),
            of_row::<TicketRow>("export-tickets"),
            of::<gate::WireGate<'_>>("gate"),
            of::<version::WireNext<'_>>("next"),
            of::<release::WireRelease<'_>>("release"),
            of::<Audit>("report-audit"),
            of::<Checklist>("report-checklist"),
            of::<Metrics>("report-metrics"),
            of::<ChangePolicy>("report-policy"),
            of::<Announcement>("report-announcement"),
            of::<Retrospective>("report-retrospective"),
            of::<RollbackPlan>("report-rollback"),
            of::<Runbook>("report-runbook"),
            of::<rules::WireRules>("rules"),
            of::<status::WireStatus<'_>>("status"),
            of::<ticket_list::WireTickets<'_>>("ticket-list"),
            of::<ticket::WireTicket<'_>>("ticket-show"),
            of::<verification::WireVerification<'_>>("verify"),
        ];
        for ((name, schema), (committed_name, committed)) in generated.iter().zip(SCHEMAS) {
            assert_eq!(name, committed_name);
            if std::env::var_os("TOLLGATE_BLESS").is_some() {
                let path = format!("{}/schemas/{name}.schema.json", env!("CARGO_MANIFEST_DIR"));
                std::fs::write(path, schema).unwrap();
            } else {
                assert!(
                    schema == committed,
                    "schemas/{name}.schema.json: TOLLGATE_BLESS=1 cargo test schema"
                );
            }
        }
        assert_eq!(generated.len(), SCHEMAS.len());
    }
}

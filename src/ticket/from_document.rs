//! Reads a ticket from its parsed TOML tree: the typed fields and the ID. Decides which fields
//! belong to the plan.

use std::collections::BTreeMap;

use super::fields::FIELDS;
use super::model::{
    Approval, Communication, Deployment, Flag, FreezeOverride, Link, Message, Note, Outcome,
    Review, Risk, Rollback, Schedule, SchemaChange, Stage, Step, StepForm, Tests, Ticket,
    Validation,
};
use super::reader::{Reader, Text, text};
use super::words::{Kind, RiskLevel, Section, State};
use crate::document::{Document, Node, Table, Value, ValuePath};
use crate::source::Span;

/// The keys of a ticket that aren't part of its plan: they may change after the approval.
pub(super) const NON_PLAN_FIELDS: [&str; 7] = [
    "state",
    "assignee",
    "validator",
    "notes",
    "approvals",
    "outcome",
    "links",
];

/// The tables that can be written as a list of steps.
pub(super) const SECTIONS: [&str; 3] = ["deployment", "rollback", "validation"];

/// Whether a file seems to be a ticket although nothing says so: it has a title or two other keys
/// of tickets, and no more other keys than keys of tickets.
#[must_use]
pub(crate) fn resembles_ticket(document: &Document) -> bool {
    let entries = document.root().entries();
    let known = entries
        .iter()
        .filter(|entry| FIELDS.iter().any(|field| field.name == entry.key))
        .count();
    (known >= 2 || document.root().get("title").is_some()) && 2 * known >= entries.len()
}

/// The stem of a file's name: `2026-11-20-pool` for `changes/2026-11-20-pool.toml`.
#[must_use]
pub(crate) fn stem(path: &str) -> &str {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    name.strip_suffix(".toml").unwrap_or(name)
}

/// Every text of the plan fields of a ticket's tree, in order.
#[must_use]
pub(crate) fn plan_texts(document: &Document) -> Vec<Text> {
    let mut texts = Vec::new();
    for entry in document
        .root()
        .entries()
        .iter()
        .filter(|entry| is_plan(&entry.key))
    {
        let short = SECTIONS.contains(&entry.key.as_str()) && entry.value.as_array().is_some();
        let key = ValuePath::Written(&entry.key);
        let path = if short {
            ValuePath::Entry(&key, "steps")
        } else {
            key
        };
        entry.value.strings(path, &mut |path, node| {
            texts.extend(text(node, path.to_string()));
        });
    }
    texts
}

/// Whether a key of a ticket is part of its plan.
pub(crate) fn is_plan(key: &str) -> bool {
    !NON_PLAN_FIELDS.contains(&key)
}

/// The ID of a ticket: its `id`, or the stem of its file name.
#[must_use]
pub(crate) fn identity(document: &Document) -> Text {
    let from_file_name = || Text {
        text: stem(document.source().name()).to_owned(),
        span: Reader::top(document).span,
        path: "id".into(),
    };
    written_id(document).unwrap_or_else(from_file_name)
}

/// The `id` of a ticket, unless it is blank.
fn written_id(document: &Document) -> Option<Text> {
    Reader::top(document)
        .text("id")
        .filter(|id| !id.text.trim().is_empty())
}

pub(super) fn model(document: &Document) -> Ticket {
    let reader = Reader::top(document);
    let first = reader.span;
    let source = document.source().clone();
    let required = |key: &str| {
        reader.text(key).unwrap_or(Text {
            span: first,
            path: key.into(),
            ..Text::default()
        })
    };
    Ticket {
        identity: identity(document),
        has_id: written_id(document).is_some(),
        title: required("title"),
        description: reader.text("description"),
        justification: required("justification"),
        goal: reader.text("goal"),
        kind: reader.word("kind").unwrap_or(Kind::Normal),
        category: reader.word("category"),
        state: reader.word("state").unwrap_or(State::Draft),
        state_span: reader.node("state").map_or(first, |node| node.span),
        requester: reader.text("requester"),
        assignee: reader.text("assignee"),
        validator: reader.text("validator"),
        services: reader.texts("services"),
        environments: reader.texts("environments"),
        links: links(&reader),
        depends_on: reader.texts("depends_on"),
        supersedes: reader.texts("supersedes"),
        risk: reader
            .table("risk")
            .map(|table| risk(&table))
            .unwrap_or_default(),
        schedule: reader.table("schedule").map(|table| schedule(&table)),
        deployment: deployment(&reader),
        rollback: rollback(&reader),
        validation: validation(&reader),
        schema_change: reader
            .table("schema_change")
            .map(|table| schema_change(&table)),
        tests: reader.table("tests").map(|table| Box::new(tests(&table))),
        communication: reader
            .table("communication")
            .map(|table| Box::new(communication(&table))),
        review: reader
            .table("review")
            .map(|table| review(&table))
            .unwrap_or_default(),
        approvals: reader
            .tables("approvals")
            .iter()
            .map(read_approval)
            .collect(),
        notes: reader.tables("notes").iter().map(note).collect(),
        outcome: reader
            .table("outcome")
            .map(|table| Box::new(outcome(&table))),
        invalid_words: invalid_words(&reader, document),
        source,
    }
}

fn invalid_words(reader: &Reader<'_>, document: &Document) -> BTreeMap<&'static str, String> {
    let mut invalid = BTreeMap::new();
    let mut check = |key, node: Option<&Node>, is_valid: bool| {
        if let Some(node) = node.filter(|_| !is_valid) {
            let written = document.source().slice(node.span);
            let value = node.as_str().unwrap_or(written);
            invalid.insert(key, value.to_owned());
        }
    };
    let state: Option<State> = reader.word("state");
    check("state", reader.node("state"), state.is_some());
    let kind: Option<Kind> = reader.word("kind");
    check("kind", reader.node("kind"), kind.is_some());
    if let Some(risk) = reader.table("risk") {
        let level: Option<RiskLevel> = risk.word("level");
        check("risk.level", risk.node("level"), level.is_some());
    }
    invalid
}

fn links(reader: &Reader<'_>) -> Vec<Link> {
    let nodes = reader
        .node("links")
        .and_then(Node::as_array)
        .unwrap_or_default();
    let link = |(index, node): (usize, &Node)| {
        let path = format!("links[{index}]");
        if let Some(url) = text(node, path.clone()) {
            return Some(Link {
                kind: None,
                url: Some(url),
                reference: None,
            });
        }
        let table = Reader {
            table: node.as_table()?,
            path,
            span: node.span,
        };
        Some(Link {
            kind: table.text("kind"),
            url: table.text("url"),
            reference: table.text("ref"),
        })
    };
    nodes.iter().enumerate().filter_map(link).collect()
}

fn risk(table: &Reader<'_>) -> Risk {
    Risk {
        level: table.word("level"),
        reversible: table.word("reversible"),
        downtime: table.duration("downtime"),
        blast_radius: table.text("blast_radius"),
        mitigations: table.text("mitigations"),
    }
}

fn schedule(table: &Reader<'_>) -> Schedule {
    let freeze_override = |inner: Reader<'_>| FreezeOverride {
        reason: inner.text("reason"),
        by: inner.text("by"),
    };
    Schedule {
        start: table.instant("start"),
        end: table.instant("end"),
        freeze_override: table.table("freeze_override").map(freeze_override),
    }
}

/// A section in either form: its position, its steps, and its table in the long form.
fn section<'a>(reader: &Reader<'a>, key: &str) -> (Span, Vec<Step>, Option<Reader<'a>>) {
    let table = reader.table(key);
    let short = reader.node(key).filter(|node| node.as_array().is_some());
    let nodes = short
        .or_else(|| table.as_ref()?.node("steps"))
        .and_then(Node::as_array)
        .unwrap_or_default();
    let path = |index: usize| format!("{key}.steps[{index}]");
    let mut steps: Vec<Step> = nodes
        .iter()
        .enumerate()
        .filter_map(|(index, node)| step(node, path(index)))
        .collect();
    // Steps are large, and thousands of tickets are kept in memory.
    steps.shrink_to_fit();
    let span = reader.node(key).map_or(reader.span, |node| node.span);
    (span, steps, table)
}

fn step(node: &Node, path: String) -> Option<Step> {
    let empty = Table::default();
    let (form, action, table) = match &node.value {
        Value::String(_) => (StepForm::Text, text(node, path.clone()), &empty),
        Value::Table(table) => (StepForm::Table, None, table),
        _ => return None,
    };
    let reader = Reader {
        table,
        path,
        span: node.span,
    };
    let nothing = || Text {
        span: node.span,
        path: reader.path.clone(),
        ..Text::default()
    };
    Some(Step {
        span: node.span,
        form,
        action: action.or_else(|| reader.text("do")).unwrap_or_else(nothing),
        run: reader.text("run"),
        expect: reader.text("expect"),
        owner: reader.text("owner"),
        takes: reader.duration("takes"),
        undo: reader.text("undo"),
        cannot_undo: reader.text("cannot_undo"),
        backup: reader.truth("backup").unwrap_or(false),
        automated: reader.truth("automated").unwrap_or(false),
        hold: reader.truth("hold").unwrap_or(false),
    })
}

fn deployment(reader: &Reader<'_>) -> Deployment {
    let (span, steps, table) = section(reader, "deployment");
    let stage = |stage: &Reader<'_>| Stage {
        span: stage.span,
        share: stage.integer("share"),
        lasts: stage.duration("for"),
        abort_when: stage.text("abort_when"),
    };
    let flag = |flag: Reader<'_>| Flag {
        span: flag.span,
        key: flag.text("key"),
        owner: flag.text("owner"),
        remove_by: flag.date("remove_by"),
    };
    Deployment {
        span,
        steps,
        strategy: table.as_ref().and_then(|table| table.word("strategy")),
        stages: table
            .iter()
            .flat_map(|table| table.tables("stages"))
            .map(|table| stage(&table))
            .collect(),
        abort_when: table.as_ref().and_then(|table| table.text("abort_when")),
        flag: table
            .as_ref()
            .and_then(|table| table.table("flag"))
            .map(flag),
        switch_back: table.as_ref().and_then(|table| table.text("switch_back")),
        preconditions: table
            .as_ref()
            .map(|table| table.texts("preconditions"))
            .unwrap_or_default(),
    }
}

fn rollback(reader: &Reader<'_>) -> Rollback {
    let (span, steps, table) = section(reader, "rollback");
    let text = |key: &str| table.as_ref().and_then(|table| table.text(key));
    Rollback {
        span,
        steps,
        trigger: text("trigger"),
        decider: text("decider"),
        within: table.as_ref().and_then(|table| table.duration("within")),
        point_of_no_return: text("point_of_no_return"),
        rehearsed_on: table.as_ref().and_then(|table| table.date("rehearsed_on")),
        loses: text("loses"),
    }
}

fn validation(reader: &Reader<'_>) -> Validation {
    let (span, steps, table) = section(reader, "validation");
    let texts = |key: &str| {
        table
            .as_ref()
            .map(|table| table.texts(key))
            .unwrap_or_default()
    };
    Validation {
        span,
        steps,
        dashboards: texts("dashboards"),
        alerts: texts("alerts"),
        watch_for: table.as_ref().and_then(|table| table.duration("watch_for")),
        creates_data: table
            .as_ref()
            .and_then(|table| table.truth("creates_data"))
            .unwrap_or(false),
        cleanup: texts("cleanup"),
    }
}

fn schema_change(table: &Reader<'_>) -> SchemaChange {
    SchemaChange {
        migrations: table.texts("migrations"),
        phase: table.word("phase"),
        locks: table.text("locks"),
        rows: table.integer("rows"),
        backward_compatible: table.truth("backward_compatible"),
        backup: table.text("backup"),
    }
}

fn tests(table: &Reader<'_>) -> Tests {
    Tests {
        kinds: table.texts("kinds"),
        evidence: table.texts("evidence"),
        plan: table.text("plan"),
        staging: table.text("staging"),
        owner: table.text("owner"),
    }
}

fn communication(table: &Reader<'_>) -> Communication {
    Communication {
        audiences: table.texts("audiences"),
        channels: table.texts("channels"),
        sender: table.text("sender"),
        send_at: table.instant("send_at"),
        summary: table.text("summary"),
        training: table.text("training"),
        action: table.text("action"),
        say: table.text("say"),
        messages: table.tables("messages").iter().map(message).collect(),
    }
}

fn message(table: &Reader<'_>) -> Message {
    Message {
        audience: table.text("audience"),
        text: table.text("text"),
    }
}

fn review(table: &Reader<'_>) -> Review {
    Review {
        peers: table.texts("peers"),
        impact: table.text("impact"),
        coverage: table.text("coverage"),
        documentation: table.text("documentation"),
        security: table.text("security"),
    }
}

/// Reads an approval of a ticket or a release.
pub(crate) fn read_approval(table: &Reader<'_>) -> Approval {
    Approval {
        span: table.span,
        by: table.text("by"),
        role: table.text("role"),
        decision: table.word("decision"),
        at: table.instant("at"),
        digest: table.text("digest"),
        reason: table.text("reason"),
        signature: table.text("signature"),
    }
}

fn note(table: &Reader<'_>) -> Note {
    let section = table.node("section");
    Note {
        at: table.instant("at"),
        by: table.text("by"),
        text: table.text("text"),
        step: table.integer("step").and_then(|step| step.try_into().ok()),
        section: section.map_or(Some(Section::Deployment), |_| table.word("section")),
    }
}

fn outcome(table: &Reader<'_>) -> Outcome {
    Outcome {
        started_at: table.instant("started_at"),
        deployed_at: table.instant("deployed_at"),
        validated_at: table.instant("validated_at"),
        ended_at: table.instant("ended_at"),
        downtime: table.duration("downtime"),
        result: table.word("result"),
        caused_by: table.text("caused_by"),
        retrospective: table.text("retrospective"),
        measured: table.text("measured"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::document::{Field, Shape};
    use crate::source::Source;
    use crate::ticket::ParsedTicket;

    fn ticket(text: &str) -> Ticket {
        let source = Source::new("changes/2026-11-20-pool.toml", text);
        ParsedTicket::parse(&source).unwrap().ticket
    }

    #[test]
    fn ticket_is_recognised_by_its_keys() {
        let resembles =
            |text: &str| resembles_ticket(&Document::parse(Source::new("x.toml", text)).0);
        for ticket in [
            "title = \"x\"\n[validaton]\n",
            "state = \"draft\"\ndeployment = []\nx = 1\n",
        ] {
            assert!(resembles(ticket), "{ticket}");
        }
        let hugo = "baseURL = \"x\"\ntitle = \"x\"\n[params]\n";
        for other in [
            "",
            "[package]\nname = \"x\"\n",
            "[risk]\n",
            hugo,
            "tickets = []\nbranches = []\n",
        ] {
            assert!(!resembles(other), "{other}");
        }
    }

    #[test]
    fn the_identity_is_the_id_or_the_stem_of_the_file() {
        assert_eq!(ticket("id = \"CHG-1\"").identity.text, "CHG-1");
        assert_eq!(ticket("title = \"x\"").identity.text, "2026-11-20-pool");
    }

    #[test]
    fn the_short_form_and_the_long_one_give_the_same_steps() {
        let texts = |text| {
            ticket(text)
                .rollback
                .steps
                .into_iter()
                .map(|step| step.action.text)
                .collect::<Vec<_>>()
        };
        assert_eq!(texts("rollback = [\"a\", \"b\"]"), ["a", "b"]);
        assert_eq!(texts("[rollback]\nsteps = [\"a\", \"b\"]"), ["a", "b"]);
        assert_eq!(
            texts("[[rollback.steps]]\ndo = \"a\"\n[[rollback.steps]]\ndo = \"b\""),
            ["a", "b"]
        );
    }

    #[test]
    fn step_keeps_all_values() {
        let text = "[[deployment.steps]]\ndo = \"x\"\nrun = \"y\"\ntakes = \"5m\"\nbackup = true";
        let step = ticket(text).deployment.steps.remove(0);
        assert_eq!(step.form, StepForm::Table);
        assert_eq!(step.takes, Some(Duration::from_secs(300)));
        assert_eq!(
            step.run.map(|run| run.path).as_deref(),
            Some("deployment.steps[0].run")
        );
        assert!(step.backup && !step.automated);
    }

    /// Pairs of a field's entry whose values differ in one place and have the same length.
    fn variants(field: &Field) -> Vec<[String; 2]> {
        let entry = |pair: [String; 2]| pair.map(|value| format!("{} = {value}", field.name));
        values(&field.shape).into_iter().map(entry).collect()
    }

    /// Pairs of values of a shape that differ in one place and have the same length.
    fn values(shape: &Shape) -> Vec<[String; 2]> {
        let tables = |fields: &[Field]| -> Vec<[String; 2]> {
            let all = fields.iter().flat_map(variants);
            all.map(|pair| pair.map(|value| format!("{{ {value} }}")))
                .collect()
        };
        let lists = |values: Vec<[String; 2]>| -> Vec<[String; 2]> {
            let list = |pair: [String; 2]| pair.map(|value| format!("[{value}]"));
            values.into_iter().map(list).collect()
        };
        let pair = |one: &str, two: &str| {
            let width = one.len().max(two.len());
            vec![[one, two].map(|value| format!("{value:width$}"))]
        };
        match shape {
            Shape::Choice(words) => pair(&format!("{:?}", words[0]), &format!("{:?}", words[1])),
            Shape::Boolean => pair("true", "false"),
            Shape::Integer(least, _) => pair(&(least + 1).to_string(), &(least + 2).to_string()),
            Shape::Duration => pair("\"5m\"", "\"6m\""),
            Shape::Date => pair("2026-01-01", "2026-01-02"),
            Shape::Instant => pair("2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"),
            Shape::List(item) => lists(values(item)),
            Shape::Table(fields) | Shape::Section(fields) => tables(fields),
            Shape::Either(shapes) => shapes.iter().flat_map(values).collect(),
            Shape::Steps(fields) => lists(tables(fields)),
            _ => pair("\"a\"", "\"b\""),
        }
    }

    #[test]
    fn every_field_is_in_the_model() {
        let modelled = |text: &str| {
            let source = Source::new("x.toml", "");
            format!(
                "{:?}",
                Ticket {
                    source,
                    ..ticket(text)
                }
            )
        };
        for [one, two] in FIELDS.iter().flat_map(variants) {
            assert_ne!(modelled(&one), modelled(&two), "{one}");
        }
    }

    #[test]
    fn an_instant_keeps_the_offset_in_which_it_was_written() {
        let schedule = ticket("schedule.start = 2026-11-20T18:00:00+01:00")
            .schedule
            .unwrap();
        let start = schedule.start.unwrap();
        assert_eq!(start.timestamp.to_string(), "2026-11-20T17:00:00Z");
        assert_eq!(start.offset.seconds(), 3600);
        assert!(
            ticket("schedule.start = 2026-11-20T18:00:00Z")
                .schedule
                .unwrap()
                .start
                .is_some()
        );
    }

    #[test]
    fn non_plan_texts_are_not_plan_texts() {
        let text =
            "title = \"a\"\nassignee = \"b\"\nvalidation = [\"c\"]\n[[notes]]\ntext = \"d\"\n";
        let (document, _) = Document::parse(Source::new("x.toml", text));
        let paths: Vec<_> = plan_texts(&document)
            .into_iter()
            .map(|text| text.path)
            .collect();
        assert_eq!(paths, ["title", "validation.steps[0]"]);
    }

    #[test]
    fn a_ticket_full_of_faults_is_still_a_ticket() {
        let broken = ticket("title = 1\nstate = \"odd\"\ndeployment = 5\n[risk]\nlevel = []\n");
        assert_eq!(
            (broken.title.text.as_str(), broken.state),
            ("", State::Draft)
        );
        assert!(broken.deployment.steps.is_empty());
    }

    #[test]
    fn invalid_words_are_kept_as_written() {
        let written = ticket("state = \"aproved\"\nkind = \"normal\"\nrisk.level = 3\n");
        let invalid: Vec<_> = written.invalid_words.into_iter().collect();
        let expected = [
            ("risk.level", "3".to_owned()),
            ("state", "aproved".to_owned()),
        ];
        assert_eq!(invalid, expected);
    }
}

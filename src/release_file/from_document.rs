//! Makes a release file from the tree of its text.

use super::model::{Action, Done, Item, KnownIssue, Moment, Planned, ReleaseFile};
use crate::document::Document;
use crate::ticket::{Reader, Text, read_approval};

pub(super) fn model(document: &Document) -> ReleaseFile {
    let reader = Reader::top(document);
    ReleaseFile {
        planned: planned(&reader),
        decider: reader.text("decider"),
        zone: reader.text("zone"),
        items: reader.tables("items").iter().map(item).collect(),
        actions: reader.tables("actions").iter().map(action).collect(),
        known_issues: reader
            .tables("known_issues")
            .iter()
            .map(known_issue)
            .collect(),
        approvals: reader
            .tables("approvals")
            .iter()
            .map(read_approval)
            .collect(),
    }
}

/// `planned` as a table, or as the date-time at which it starts.
fn planned(reader: &Reader<'_>) -> Option<Planned> {
    match reader.table("planned") {
        Some(window) => Some(Planned {
            start: window.instant("start")?,
            end: window.instant("end"),
        }),
        None => Some(Planned {
            start: reader.instant("planned")?,
            end: None,
        }),
    }
}

fn item(table: &Reader<'_>) -> Item {
    Item {
        stage: table.word("stage"),
        text: text(table),
        owner: table.text("owner"),
        due: moment(table, "due"),
        when: moment(table, "when"),
        done: done(table),
        by: table.text("by"),
    }
}

fn action(table: &Reader<'_>) -> Action {
    Action {
        text: text(table),
        owner: table.text("owner"),
        due: moment(table, "due"),
        done: done(table),
    }
}

fn known_issue(table: &Reader<'_>) -> KnownIssue {
    KnownIssue {
        text: text(table),
        ticket: table.text("ticket"),
        decision: table.word("decision"),
        reason: table.text("reason"),
        by: table.text("by"),
    }
}

/// The text of an entry; if it is missing, an empty one at the entry.
fn text(table: &Reader<'_>) -> Text {
    table.text("text").unwrap_or(Text {
        span: table.span,
        path: format!("{}.text", table.path),
        ..Text::default()
    })
}

fn moment(table: &Reader<'_>, key: &str) -> Option<Moment> {
    let time = table.instant(key).map(Moment::Time);
    time.or_else(|| table.date(key).map(Moment::Day))
}

fn done(table: &Reader<'_>) -> Done {
    match (table.truth("done"), moment(table, "done")) {
        (_, Some(moment)) => Done::At(moment),
        (Some(true), None) => Done::Yes,
        (Some(false) | None, None) => Done::No,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::release_file::ParsedReleaseFile;
    use crate::release_file::model::{IssueDecision, ItemStage};
    use crate::source::Source;

    fn parsed(text: &str) -> ParsedReleaseFile {
        ParsedReleaseFile::parse(&Source::new("releases/next.toml", text)).unwrap()
    }

    /// The message and the place of each fault.
    fn faults(text: &str) -> Vec<(String, String)> {
        let parsed = parsed(text);
        let words = |fault: &crate::document::StructureFault| {
            let message = fault.describe("tollgate schema release-file").message;
            (message, parsed.source().slice(fault.span).to_owned())
        };
        parsed.faults().iter().map(words).collect()
    }

    const START: &str = "2026-11-24T08:00:00+01:00";

    #[test]
    fn planned_is_a_window_or_a_time() {
        let window = format!("planned = {{ start = {START}, end = 2026-11-24T10:30:00+01:00 }}");
        let both = parsed(&window).file.planned.unwrap();
        assert_eq!(both.start.timestamp.to_string(), "2026-11-24T07:00:00Z");
        assert_eq!(
            both.end.unwrap().timestamp.to_string(),
            "2026-11-24T09:30:00Z"
        );
        let time = format!("planned = {START}");
        let one = parsed(&time).file.planned.unwrap();
        assert_eq!((one.start.timestamp, one.end), (both.start.timestamp, None));
        assert_eq!(faults(&window), []);
        assert_eq!(faults(&time), []);
    }

    #[test]
    fn item_has_its_stage_and_days() {
        let text = "[[items]]\nstage = \"follow-up\"\ntext = \"Archive the channel\"\n\
                    owner = \"sam\"\ndue = 2026-12-03\nwhen = \"2026-12-02T14:00:00+01:00\"\n";
        let item = parsed(text).file.items.remove(0);
        assert_eq!(item.stage, Some(ItemStage::FollowUp));
        assert_eq!(item.text.path, "items[0].text");
        assert_eq!(item.due, Some(Moment::Day(date(2026, 12, 3))));
        assert!(matches!(item.when, Some(Moment::Time(_))));
        assert_eq!(item.done, Done::No);
        assert_eq!(faults(text), []);
    }

    #[test]
    fn done_is_a_boolean_or_a_time() {
        let done = |value: &str| {
            let text = format!("[[actions]]\ntext = \"Alert\"\ndone = {value}\n");
            assert_eq!(faults(&text), [], "{value}");
            parsed(&text).file.actions.remove(0).done
        };
        assert_eq!(done("true"), Done::Yes);
        assert!(!done("false").is_done());
        let day = Moment::Day(date(2026, 11, 12));
        assert_eq!(done("2026-11-12"), Done::At(day));
        assert_eq!(done("\"2026-11-12\""), Done::At(day));
        assert!(matches!(done(START), Done::At(Moment::Time(_))));
    }

    #[test]
    fn action_has_its_owner_and_day() {
        let text = "[[actions]]\ntext = \"Alert\"\nowner = \"ada\"\ndue = 2026-12-11\n";
        let action = parsed(text).file.actions.remove(0);
        assert_eq!(action.text.text, "Alert");
        assert_eq!(action.owner.unwrap().text, "ada");
        assert_eq!(action.due, Some(Moment::Day(date(2026, 12, 11))));
    }

    #[test]
    fn known_issue_has_its_decision() {
        let text = "[[known_issues]]\ntext = \"Rounding\"\nticket = \"CHG-1\"\n\
                    decision = \"accept\"\nreason = \"Rare\"\nby = \"lee\"\n";
        let issue = parsed(text).file.known_issues.remove(0);
        assert_eq!(issue.text.text, "Rounding");
        assert_eq!(issue.ticket.unwrap().text, "CHG-1");
        assert_eq!(issue.reason.unwrap().text, "Rare");
        assert_eq!(issue.decision, Some(IssueDecision::Accept));
        assert_eq!(issue.by.unwrap().text, "lee");
    }

    #[test]
    fn faults_name_the_key_and_its_place() {
        for (text, message, place) in [
            ("colour = 1", "unknown key `colour`", "colour"),
            ("planed = 1", "unknown key `planed`", "planed"),
            (
                "planned = 2026-11-24",
                "`planned` must be a date-time with an offset or a table, not a date",
                "2026-11-24",
            ),
            (
                "planned = 2026-11-24T08:00:00",
                "`planned` has no UTC offset",
                "2026-11-24T08:00:00",
            ),
            ("planned = {}", "`planned.start` is missing", "{}"),
            (
                "zone = \"Europe/Berln\"",
                "`Europe/Berln` is not a valid value for `zone`",
                "\"Europe/Berln\"",
            ),
            (
                "items = [{ stage = \"testing\", text = \"x\" }]",
                "`testing` is not a valid value for `items[0].stage`",
                "\"testing\"",
            ),
            (
                "[[actions]]\nowner = \"bo\"",
                "`actions[0].text` is missing",
                "[[actions]]",
            ),
            (
                "[[actions]]\ntext = \"x\"\ndue = 2026-11-24T08:00:00",
                "`actions[0].due` has no UTC offset",
                "2026-11-24T08:00:00",
            ),
            (
                "[[actions]]\ntext = \"x\"\ndone = \"yes\"",
                "`actions[0].done` must be `true` or `false` or a local date or a date-time with an offset, not a string",
                "\"yes\"",
            ),
        ] {
            assert_eq!(faults(text), [(message.to_owned(), place.to_owned())]);
        }
    }

    #[test]
    fn unknown_zone_is_shown_as_utc() {
        let zone = |text: &str| parsed(text).file.time_zone();
        assert_eq!(
            zone("zone = \"Europe/Berlin\"").iana_name(),
            Some("Europe/Berlin")
        );
        assert_eq!(zone("zone = \"Nowhere\""), jiff::tz::TimeZone::UTC);
        assert_eq!(zone(""), jiff::tz::TimeZone::UTC);
    }

    #[test]
    fn everyone_in_the_file_is_listed() {
        let text = "decider = \"a\"\n[[items]]\nowner = \"b\"\nby = \"f\"\n[[actions]]\nowner = \"c\"\n\
                    [[known_issues]]\nby = \"d\"\n[[approvals]]\nby = \"e\"\n";
        let file = parsed(text).file;
        let people: Vec<&str> = file.people().map(|person| person.text.as_str()).collect();
        assert_eq!(people, ["a", "b", "f", "c", "d", "e"]);
    }
}

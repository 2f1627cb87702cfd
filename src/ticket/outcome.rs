//! Writes the outcome of a change into its ticket and keeps every other byte.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value as Json};

use super::append::{appended, whole_second};
use super::diff::changed_outside_plan;
use super::digest::{digest, value};
use super::template::quoted;
use super::words::Ending;
use crate::document::{Document, KeyValue, Node, format_duration, joined, set_keys};
use crate::source::{Source, splice};

const OUTCOME: &str = "outcome";

/// The keys of an outcome that are to be written.
#[derive(Debug, Clone)]
pub(crate) struct NewOutcome {
    /// How the change ended.
    pub(crate) result: Ending,
    /// When the deployment started.
    pub(crate) started_at: Option<Timestamp>,
    /// When the change was deployed.
    pub(crate) deployed_at: Option<Timestamp>,
    /// When someone confirmed that it worked.
    pub(crate) validated_at: Option<Timestamp>,
    /// When the change ended.
    pub(crate) ended_at: Option<Timestamp>,
    /// How long users were without service.
    pub(crate) downtime: Option<Duration>,
    /// Whether the promised improvement was achieved.
    pub(crate) measured: Option<String>,
    /// What was learned.
    pub(crate) retrospective: Option<String>,
}

impl NewOutcome {
    fn lines(&self) -> Vec<KeyValue> {
        let time = |at: Option<Timestamp>| at.map(|at| whole_second(at).to_string());
        let text = |text: Option<&String>| text.map(|text| quoted(text));
        let downtime = self.downtime.map(format_duration);
        let values = [
            ("result", Some(quoted(self.result.as_str()))),
            ("started_at", time(self.started_at)),
            ("deployed_at", time(self.deployed_at)),
            ("validated_at", time(self.validated_at)),
            ("ended_at", time(self.ended_at)),
            ("downtime", text(downtime.as_ref())),
            ("measured", text(self.measured.as_ref())),
            ("retrospective", text(self.retrospective.as_ref())),
        ];
        let line = |(key, value): (_, Option<_>)| Some(KeyValue { key, value: value? });
        values.into_iter().filter_map(line).collect()
    }
}

/// The text of a ticket with these keys in its outcome; the other keys of the outcome stay.
///
/// `None` if the text would change in any other way: it has syntax errors, or the outcome is
/// written in an unusual notation.
#[must_use]
pub(crate) fn with_outcome(document: &Document, outcome: &NewOutcome) -> Option<String> {
    let source = document.source();
    let lines = outcome.lines();
    let before = document.root().get(OUTCOME);
    let text = match before {
        Some(node) => splice(source.text(), &set_keys(source, node, OUTCOME, &lines)?)?,
        None => {
            let table = format!("[{OUTCOME}]\n{}\n", joined(&lines, "", "\n"));
            appended(source.text(), &table)
        }
    };
    let (after, errors) = Document::parse(Source::new(source.name(), text.as_str()));
    let mut changed = changed_outside_plan(document, &after).into_iter();
    let is_only_change = errors.is_empty()
        && digest(&after) == digest(document)
        && changed.all(|key| key == OUTCOME)
        && after.root().get(OUTCOME).map(value) == Some(expected(before, &lines)?);
    is_only_change.then_some(text)
}

/// What the outcome must contain afterwards.
fn expected(before: Option<&Node>, lines: &[KeyValue]) -> Option<Json> {
    let mut outcome = match before.map(value) {
        None => Map::new(),
        Some(Json::Object(keys)) => keys,
        Some(_) => return None,
    };
    for line in lines {
        outcome.insert(line.key.to_owned(), value(&Node::parse(&line.value)?));
    }
    Some(Json::Object(outcome))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome() -> NewOutcome {
        NewOutcome {
            result: Ending::Successful,
            started_at: Some("2026-11-24T08:02:00.9Z".parse().unwrap()),
            deployed_at: None,
            validated_at: None,
            ended_at: None,
            downtime: Some(Duration::from_secs(300)),
            measured: None,
            retrospective: None,
        }
    }

    fn written(text: &str) -> Option<String> {
        with_outcome(
            &Document::parse(Source::new("changes/a.toml", text)).0,
            &outcome(),
        )
    }

    #[test]
    fn new_outcome_is_appended() {
        assert_eq!(
            written("title = \"a\"\r\n# end").unwrap(),
            "title = \"a\"\r\n# end\r\n\r\n[outcome]\r\nresult = \"successful\"\r\n\
             started_at = 2026-11-24T08:02:00Z\r\ndowntime = \"5m\"\r\n"
        );
    }

    #[test]
    fn known_keys_change_and_others_stay() {
        let text = "[outcome] # measured later\nresult = 'failed' # so far\n\
                    caused_by = \"b\" # why\n\n[risk]\nlevel = \"low\"\n";
        assert_eq!(
            written(text).unwrap(),
            "[outcome] # measured later\nresult = \"successful\" # so far\n\
             caused_by = \"b\" # why\nstarted_at = 2026-11-24T08:02:00Z\ndowntime = \"5m\"\n\n\
             [risk]\nlevel = \"low\"\n"
        );
    }

    #[test]
    fn outcome_keeps_its_notation() {
        let keys = "started_at = 2026-11-24T08:02:00Z, downtime = \"5m\"";
        assert_eq!(
            written("outcome = { result = \"failed\" } # x\n").unwrap(),
            format!("outcome = {{ result = \"successful\", {keys} }} # x\n")
        );
        assert_eq!(
            written("outcome = {}").unwrap(),
            format!("outcome = {{ result = \"successful\", {keys} }}")
        );
        assert_eq!(
            written("outcome.result = \"failed\"\ntitle = \"a\"").unwrap(),
            "outcome.result = \"successful\"\noutcome.started_at = 2026-11-24T08:02:00Z\n\
             outcome.downtime = \"5m\"\ntitle = \"a\""
        );
        assert_eq!(
            written("[outcome]").unwrap(),
            "[outcome]\nresult = \"successful\"\nstarted_at = 2026-11-24T08:02:00Z\n\
             downtime = \"5m\"\n"
        );
    }

    #[test]
    fn other_outcomes_are_left_alone() {
        for text in [
            "outcome = 3\n",
            "title = \"a",
            "[[outcome]]\nresult = \"x\"\n",
        ] {
            assert_eq!(written(text), None, "{text}");
        }
    }
}

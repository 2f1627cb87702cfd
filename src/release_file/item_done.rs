//! Records in a release file that an item is done, and finds the item that a person names.

use jiff::Timestamp;
use serde_json::{Map, Value as Json};

use super::ParsedReleaseFile;
use crate::document::{Document, KeyValue, Node, Table, Value, quoted, set_keys};
use crate::source::{Source, entries_named, splice};
use crate::ticket::{value, whole_second};

const ITEMS: &str = "items";

/// When an item was done, and by whom.
#[derive(Debug, Clone)]
pub(crate) struct NewDone {
    pub(crate) at: Timestamp,
    pub(crate) by: String,
}

impl ParsedReleaseFile {
    /// The numbers, counted from 1, of the items that a person means by a number or by a part of
    /// their text.
    #[must_use]
    pub(crate) fn find_items(&self, named: &str) -> Vec<usize> {
        let texts = self
            .file
            .items
            .iter()
            .map(|item| vec![item.text.text.as_str()]);
        entries_named(named, &texts.collect::<Vec<_>>())
    }

    /// The text of the file with an item, counted from 1, that is done.
    ///
    /// `None` if there is no such item, or if the text would change in any other way.
    #[must_use]
    pub(crate) fn with_item_done(&self, number: usize, done: &NewDone) -> Option<String> {
        let index = number.checked_sub(1)?;
        let item = node_of_item(self.document.root(), index)?;
        let keys = [
            ("done", whole_second(done.at).to_string()),
            ("by", quoted(&done.by)),
        ];
        let keys = keys.map(|(key, value)| KeyValue { key, value });
        let source = self.source();
        let text = splice(source.text(), &set_keys(source, item, ITEMS, &keys)?)?;
        let (after, errors) = Document::parse(Source::new(source.name(), text.as_str()));
        let mut expected = json(self.document.root());
        let item = expected.get_mut(ITEMS)?.get_mut(index)?.as_object_mut()?;
        for KeyValue { key, value: toml } in &keys {
            item.insert((*key).to_owned(), value(&Node::parse(toml)?));
        }
        (errors.is_empty() && json(after.root()) == expected).then_some(text)
    }
}

fn node_of_item(root: &Table, index: usize) -> Option<&Node> {
    match &root.get(ITEMS)?.value {
        Value::Array(items) => items.get(index),
        _ => None,
    }
}

fn json(root: &Table) -> Map<String, Json> {
    let entries = root.entries().iter();
    entries
        .map(|entry| (entry.key.clone(), value(&entry.value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release_file::model::Done;

    const ITEMS: &str = "decider = \"lee\" # on call\n\n[[items]] # first\nstage = \"test\"\n\
                         text = \"Load test\" # 40\n\n[[items]]\nstage = \"prepare\"\n\
                         text = \"Train support\"\ndone = false # not yet\nowner = \"sam\"\n";

    fn parsed(text: &str) -> ParsedReleaseFile {
        ParsedReleaseFile::parse(&Source::new("releases/next.toml", text)).unwrap()
    }

    fn written(text: &str, number: usize) -> Option<String> {
        let done = NewDone {
            at: "2026-11-20T09:00:00.7Z".parse().unwrap(),
            by: "bo@example.com".into(),
        };
        parsed(text).with_item_done(number, &done)
    }

    const DONE: &str = "done = 2026-11-20T09:00:00Z\nby = \"bo@example.com\"\n";

    #[test]
    fn keys_are_added_below_the_item() {
        let expected = ITEMS.replace(" # 40\n", &format!(" # 40\n{DONE}"));
        let text = written(ITEMS, 1).unwrap();
        assert_eq!(text, expected);
        let item = parsed(&text).file.items.remove(0);
        assert!(matches!(item.done, Done::At(_)));
        assert_eq!(item.by.unwrap().text, "bo@example.com");
    }

    #[test]
    fn known_value_is_replaced_and_its_comment_stays() {
        let text = written(ITEMS, 2).unwrap();
        let end =
            "done = 2026-11-20T09:00:00Z # not yet\nowner = \"sam\"\nby = \"bo@example.com\"\n";
        assert!(text.ends_with(end), "{text}");
    }

    #[test]
    fn inline_items_and_windows_line_ends_stay() {
        let inline = "items = [\r\n  { stage = \"test\", text = \"a\" }, # x\r\n]\r\n";
        let text = written(inline, 1).unwrap();
        assert_eq!(
            text,
            inline.replace(
                " }",
                ", done = 2026-11-20T09:00:00Z, by = \"bo@example.com\" }"
            )
        );
        let windows = written(&ITEMS.replace('\n', "\r\n"), 1).unwrap();
        assert_eq!(
            windows.matches('\n').count(),
            windows.matches("\r\n").count()
        );
    }

    #[test]
    fn item_that_does_not_exist_is_not_written() {
        assert_eq!(written(ITEMS, 3), None);
        assert_eq!(written(ITEMS, 0), None);
        assert_eq!(written("decider = \"lee\"\n", 1), None);
    }

    #[test]
    fn item_is_found_by_number_or_part() {
        let file = parsed(ITEMS);
        assert_eq!(file.find_items("2"), [2]);
        assert_eq!(file.find_items("LOAD"), [1]);
        assert_eq!(file.find_items("t"), [1, 2]);
        assert_eq!(file.find_items("x"), [0; 0]);
    }
}

//! Writes a note below a ticket, and finds the steps that notes report as completed.

use jiff::Timestamp;

use super::append::{whole_second, with_entry};
use super::model::{Note, Step, Ticket};
use super::template::quoted;
use super::words::Section;
use crate::document::Document;
use crate::source::entries_named;

const NOTES: &str = "notes";

/// A note that is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewNote {
    /// Who writes it.
    pub(crate) by: String,
    /// When, or when the step was completed.
    pub(crate) at: Timestamp,
    /// What it says.
    pub(crate) text: String,
    /// The step that it reports as completed.
    pub(crate) completed: Option<StepNumber>,
}

/// A step by its section and its number, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StepNumber {
    /// The section.
    pub(crate) section: Section,
    /// The number.
    pub(crate) number: usize,
}

impl NewNote {
    fn to_toml(&self) -> String {
        let mut out = format!(
            "[[notes]]\nat = {}\nby = {}\ntext = {}\n",
            whole_second(self.at),
            quoted(&self.by),
            quoted(&self.text)
        );
        if let Some(StepNumber { section, number }) = self.completed {
            out += &format!("section = \"{}\"\nstep = {number}\n", section.as_str());
        }
        out
    }
}

/// The text of a ticket with a note at its end.
///
/// `None` if the text would change in any other way: it has syntax errors, or its notes are an inline
/// array.
#[must_use]
pub(crate) fn with_note(document: &Document, note: &NewNote) -> Option<String> {
    with_entry(document, NOTES, &note.to_toml())
}

impl Ticket {
    /// The last note that reports a step as completed.
    #[must_use]
    pub(crate) fn completion(&self, step: StepNumber) -> Option<&Note> {
        let reports =
            |note: &&Note| note.step == Some(step.number) && note.section == Some(step.section);
        self.notes.iter().rfind(reports)
    }

    /// The first step of a section that no note reports as completed, and its number.
    #[must_use]
    pub(crate) fn next_step(&self, section: Section) -> Option<(usize, &Step)> {
        let mut numbered = (1..).zip(self.steps_in(section));
        numbered.find(|(number, _)| {
            let number = *number;
            self.completion(StepNumber { section, number }).is_none()
        })
    }

    /// The numbers of the steps that a person means by a number or by a part of their text or
    /// command.
    #[must_use]
    pub(crate) fn find_steps(&self, section: Section, named: &str) -> Vec<usize> {
        let steps = self.steps_in(section).iter();
        entries_named(named, &steps.map(texts).collect::<Vec<_>>())
    }
}

/// The texts that a person names a step by.
fn texts(step: &Step) -> Vec<&str> {
    let texts = std::iter::once(&step.action).chain(&step.run);
    texts.map(|text| text.text.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;
    use crate::ticket::ParsedTicket;

    const STEPS: &str =
        "[deployment]\nsteps = [\"Copy the column\", \"Drop the column\", \"Drop\"]\n";

    fn parsed(text: &str) -> ParsedTicket {
        ParsedTicket::parse(&Source::new("changes/a.toml", text)).unwrap()
    }

    fn note() -> NewNote {
        NewNote {
            by: "ada@example.com".into(),
            at: "2026-11-24T08:05:00.7Z".parse().unwrap(),
            text: "Copied 7 \"rows\"".into(),
            completed: Some(StepNumber {
                section: Section::Deployment,
                number: 1,
            }),
        }
    }

    #[test]
    fn note_with_its_step_is_appended() {
        let text = with_note(&parsed(STEPS).document, &note()).unwrap();
        let added = "[[notes]]\nat = 2026-11-24T08:05:00Z\nby = \"ada@example.com\"\n\
                     text = 'Copied 7 \"rows\"'\nsection = \"deployment\"\nstep = 1\n";
        assert_eq!(text, format!("{STEPS}\n{added}"));
        let ticket = parsed(&text).ticket;
        let step = note().completed.unwrap();
        let found = ticket.completion(step).and_then(|note| note.by.as_ref());
        assert_eq!(found.map(|by| by.text.as_str()), Some("ada@example.com"));
        assert_eq!(ticket.next_step(Section::Deployment).unwrap().0, 2);
    }

    #[test]
    fn windows_line_ends_and_comments_stay() {
        let before = STEPS.replace('\n', "\r\n") + "# the end";
        let text = with_note(&parsed(&before).document, &note()).unwrap();
        assert!(text.starts_with(&before), "{text}");
        assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    }

    #[test]
    fn inline_notes_are_left_alone() {
        let document = parsed("notes = [{ text = \"a\" }]\n").document;
        assert_eq!(with_note(&document, &note()), None);
    }

    #[test]
    fn step_is_found_by_number_or_part() {
        let ticket = parsed(STEPS).ticket;
        let found = |named: &str| ticket.find_steps(Section::Deployment, named);
        assert_eq!(found("2"), [2]);
        assert_eq!(found("4"), [0; 0]);
        assert_eq!(found("copy"), [1]);
        assert_eq!(found("the column"), [1, 2]);
        assert_eq!(found("drop"), [3]);
        assert_eq!(found("restart"), [0; 0]);
    }

    #[test]
    fn note_of_an_unknown_section_completes_nothing() {
        let ticket = parsed("[[notes]]\ntext = \"a\"\nstep = 1\nsection = \"x\"\n").ticket;
        assert_eq!(ticket.notes[0].section, None);
        assert!(ticket.completion(note().completed.unwrap()).is_none());
    }
}

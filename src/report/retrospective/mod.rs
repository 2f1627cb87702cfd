//! The retrospective: what was promised, what happened, and what stands out. The facts are filled
//! in; what people conclude from them is left to them.

mod facts;
mod findings;
mod people;
mod timeline;

use jiff::Timestamp;
use serde::Serialize;

use super::actions::PromisedAction;
use super::clock::Clock;
use super::header::Header;
use super::markdown::{Item, Markdown, code};
use super::metrics::{ReleaseFigures, releases_of, write_releases};
use super::{Report, person};
use crate::changelog::escape;
use crate::source::join_and;
pub(crate) use facts::{BypassedRules, CausedTicket, RetrospectiveFacts};
use findings::{Finding, findings};
use people::{Invited, invited};
use timeline::TimelineRow;

/// The marker of what people fill in.
const REPLACE: &str = "(replace)";

/// How many things of a finding are listed; JSON has all.
const MAX_DETAILS: usize = 12;

/// What a release promised and what became of it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Retrospective {
    schema_version: u8,
    release: Header,
    /// Who decided about the release, and leads the retrospective.
    leads: Option<String>,
    /// Everyone who had a hand in the release, without bots.
    invited: Vec<Invited>,
    /// The actions of the retrospective before.
    promised_before: Vec<PromisedAction>,
    timeline: Vec<TimelineRow>,
    /// What stands out, found by rules and not judged.
    findings: Vec<Finding>,
    promises: Vec<Promise>,
    voices: Vec<Voice>,
    /// The actions that were decided on so far.
    actions: Vec<PromisedAction>,
    /// The release file, which actions are written into.
    file: String,
    /// The release and those before it, oldest first.
    releases: Vec<ReleaseFigures>,
    #[serde(skip)]
    clock: Clock,
}

/// What a ticket promised, and what was measured.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Promise {
    ticket: String,
    promised: String,
    /// Null if nothing is recorded.
    measured: Option<String>,
}

/// What someone noted during or after the release.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Voice {
    ticket: String,
    by: Option<String>,
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    at: Option<Timestamp>,
    text: String,
}

impl Retrospective {
    /// The retrospective of a release.
    pub(crate) fn new(facts: &RetrospectiveFacts) -> Self {
        let release = &facts.release;
        let header = Header::new(release);
        let file = release.file.contents.as_ref();
        let promise = |ticket: &super::facts::ReportedTicket| {
            let outcome = ticket.latest().outcome.as_ref();
            Promise {
                ticket: ticket.id().to_owned(),
                promised: ticket.plan().justification.text.clone(),
                measured: outcome.and_then(|it| Some(it.measured.as_ref()?.text.clone())),
            }
        };
        Self {
            schema_version: 1,
            leads: file.and_then(|file| person(release, file.decider.as_ref())),
            invited: invited(facts),
            promised_before: PromisedAction::of_previous(release),
            timeline: TimelineRow::all(facts),
            findings: findings(facts, &header.without_ticket),
            promises: release.tickets.iter().map(promise).collect(),
            voices: voices(facts),
            actions: PromisedAction::of(release, &release.file, release.version.as_ref()),
            file: release.file.path.clone(),
            releases: facts.metrics.as_ref().map(releases_of).unwrap_or_default(),
            release: header,
            clock: release.clock.clone(),
        }
    }
}

/// The notes of people, oldest first; those that only report a step are not voices.
fn voices(facts: &RetrospectiveFacts) -> Vec<Voice> {
    let release = &facts.release;
    let mut voices = Vec::new();
    for ticket in &release.tickets {
        let notes = ticket
            .latest()
            .notes
            .iter()
            .filter(|note| note.step.is_none());
        voices.extend(notes.filter_map(|note| {
            Some(Voice {
                ticket: ticket.id().to_owned(),
                by: person(release, note.by.as_ref()),
                at: note.at.map(|at| at.timestamp),
                text: note.text.as_ref()?.text.clone(),
            })
        }));
    }
    voices.sort_by_key(|voice| voice.at);
    voices
}

impl Report for Retrospective {
    fn markdown(&self) -> String {
        let mut out = Markdown::default();
        out.heading(1, &format!("Retrospective: {}", self.release.title()));
        self.write_people(&mut out);
        self.write_promised_before(&mut out);
        out.heading(2, "What happened");
        let rows: Vec<_> = self
            .timeline
            .iter()
            .map(|row| row.cells(&self.clock))
            .collect();
        out.table(&["", "Planned", "Was", ""], &rows);
        self.write_findings(&mut out);
        self.write_promises(&mut out);
        self.write_voices(&mut out);
        self.write_questions(&mut out);
        self.write_actions(&mut out);
        if self.releases.len() > 1 {
            let heading = match self.release.range {
                None => "Beside other releases",
                Some(_) => "The releases of the range",
            };
            out.heading(2, heading);
            write_releases(&self.releases, &self.clock, &mut out);
        }
        out.paragraph(&format!(
            "{} Times are in {}. {REPLACE} marks what people fill in.",
            self.release.made_from(),
            self.release.zone
        ));
        out.finish()
    }
}

impl Retrospective {
    fn write_people(&self, out: &mut Markdown) {
        let leads = match &self.leads {
            None => format!("Leads: {REPLACE}."),
            Some(name) => format!("Leads: **{}**.", escape(name)),
        };
        out.paragraph(&format!("When: {REPLACE}. {leads}"));
        if self.invited.is_empty() {
            return;
        }
        out.paragraph("Invited, because they had a hand in it:");
        out.list(self.invited.iter().map(|person| {
            Item::new(format!(
                "{}: {}",
                escape(&person.name),
                join_and(&person.parts)
            ))
        }));
        out.paragraph("No one is measured here. The facts are filled in; the rest is yours.");
    }

    fn write_promised_before(&self, out: &mut Markdown) {
        if self.promised_before.is_empty() {
            return;
        }
        let actions = self.promised_before.iter();
        let (Some(previous), None) = (&self.release.previous, &self.release.range) else {
            out.heading(2, "First: what was promised after earlier releases");
            out.list(actions.map(|action| action.item_with_release(&self.clock)));
            return;
        };
        let heading = format!("First: what was promised after {}", code(previous));
        out.heading(2, &heading);
        out.list(actions.map(|action| action.item(&self.clock)));
    }

    fn write_findings(&self, out: &mut Markdown) {
        out.heading(2, "What stands out");
        if self.findings.is_empty() {
            out.paragraph("Nothing that a rule finds.");
            return;
        }
        out.paragraph("Found by rules, not judged.");
        out.list(self.findings.iter().map(|finding| {
            let text = escape(&finding.text);
            let text = match &finding.ticket {
                None => format!("{text}."),
                Some(id) => format!("{}: {text}.", code(id)),
            };
            let shown = finding.details.iter().take(MAX_DETAILS);
            let more = finding.details.len().saturating_sub(MAX_DETAILS);
            let more = (more > 0).then(|| format!("{more} more"));
            Item::new(text).with(shown.map(|detail| escape(detail)).chain(more))
        }));
    }

    fn write_promises(&self, out: &mut Markdown) {
        if self.promises.is_empty() {
            return;
        }
        out.heading(2, "What was promised, and what was measured");
        let row = |promise: &Promise| {
            let measured = match &promise.measured {
                None => format!("not recorded; measure it, or look again on {REPLACE}"),
                Some(measured) => escape(measured),
            };
            vec![code(&promise.ticket), escape(&promise.promised), measured]
        };
        let rows: Vec<_> = self.promises.iter().map(row).collect();
        out.table(&["Ticket", "Promised", "Measured"], &rows);
    }

    fn write_voices(&self, out: &mut Markdown) {
        out.heading(2, "Voices");
        let voice = |voice: &Voice| {
            let who = voice.by.as_ref().map(|by| escape(by));
            let when = voice.at.map(|at| self.clock.day_and_time(at));
            let source: Vec<String> = who
                .into_iter()
                .chain(when)
                .chain([code(&voice.ticket)])
                .collect();
            Item::new(format!("{}: “{}”", source.join(", "), escape(&voice.text)))
        };
        let own = [Item::new(REPLACE)];
        out.list(self.voices.iter().map(voice).chain(own));
    }

    fn write_questions(&self, out: &mut Markdown) {
        out.heading(2, "Start, stop, keep");
        let start = match self.findings.first() {
            None => "What was missing?".to_owned(),
            Some(_) => "What would have shown the first point above earlier?".to_owned(),
        };
        out.list([
            Item::new(format!("**Start** {REPLACE}. {start}")),
            Item::new(format!("**Stop** {REPLACE}. Which step would no one miss?")),
            Item::new(format!(
                "**Keep** {REPLACE}. What went so well that no one noticed it?"
            )),
        ]);
    }

    fn write_actions(&self, out: &mut Markdown) {
        out.heading(2, "Actions");
        if self.actions.is_empty() {
            let empty = vec![REPLACE.to_owned(); 4];
            let header = ["What", "Owner", "Due", "How we will see that it is done"];
            out.table(&header, &[empty]);
        } else {
            out.list(self.actions.iter().map(|action| action.item(&self.clock)));
        }
        out.paragraph(&format!(
            "Write them into {} as {}. They come first in the next retrospective, and open ones are \
             items of the next checklist.",
            code(&self.file),
            code("[[actions]]")
        ));
    }
}

#[cfg(test)]
mod tests;

//! The checklist: what the five stages of a release ask for, and how it is known that it is done.
//!
//! An item is proven by Git, said by a person, or open. What neither Git nor a person can answer is
//! left out.

mod facts;
mod item;
mod plan;
mod prepare;
mod publish;
mod tested;

use jiff::Timestamp;
use serde::Serialize;

use super::actions::PromisedAction;
use super::clock::Clock;
use super::facts::{FileOfRelease, ReleaseFacts};
use super::header::Header;
use super::markdown::{Item, Markdown, code};
use super::wire_moment::WireMoment;
use super::{Report, counted, person};
use crate::changelog::escape;
use crate::release_file::{self, ItemStage};
use crate::source::join_and;
pub(crate) use facts::{
    ChangedLockFile, ChecklistFacts, NamedMigration, PreviousEmergency, Regression,
};
use item::{ChecklistItem, Proof};

/// What a release needs, and what of it is done.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Checklist {
    schema_version: u8,
    release: Header,
    /// When it is carried out: as the release file says, or the start of the first window.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    planned: Option<Timestamp>,
    /// Who decides whether it goes ahead.
    decider: Option<String>,
    /// The time at which the checklist was made.
    #[cfg_attr(test, schemars(with = "String"))]
    now: Timestamp,
    /// How many items are proven by Git.
    proven: usize,
    /// How many items are done by the word of a person.
    said: usize,
    /// How many items are open.
    open: usize,
    /// How many of these are overdue.
    overdue: usize,
    stages: Vec<Stage>,
    /// The release file.
    file: String,
    /// Whether the release file exists and is valid TOML.
    file_is_readable: bool,
    /// What the release file does not state, for the author.
    missing: Vec<&'static str>,
    #[serde(skip)]
    clock: Clock,
}

/// A stage of a release.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Stage {
    #[cfg_attr(test, schemars(with = "String"))]
    stage: &'static str,
    items: Vec<ChecklistItem>,
}

impl Stage {
    fn count(&self, proof: Proof) -> usize {
        self.items.iter().filter(|item| item.proof == proof).count()
    }
}

impl Checklist {
    /// The checklist of a release.
    pub(crate) fn new(facts: &ChecklistFacts) -> Self {
        let release = &facts.release;
        let stages: Vec<Stage> = STAGES
            .iter()
            .map(|(stage, items)| Stage {
                stage: stage.as_str(),
                items: items(facts),
            })
            .collect();
        let count = |proof| stages.iter().map(|stage| stage.count(proof)).sum();
        let items = || stages.iter().flat_map(|stage| &stage.items);
        let file = release.file.contents.as_ref();
        let planned = file.and_then(|file| Some(file.planned?.start.timestamp));
        let start = || release.window().map(|window| window.start);
        Self {
            schema_version: 1,
            release: Header::new(release),
            planned: planned.or_else(start),
            decider: file.and_then(|file| person(release, file.decider.as_ref())),
            now: release.clock.now,
            proven: count(Proof::Git),
            said: count(Proof::Person),
            open: count(Proof::Open),
            overdue: items().filter(|item| item.is_overdue()).count(),
            file: release.file.path.clone(),
            file_is_readable: file.is_some(),
            missing: missing(release),
            clock: release.clock.clone(),
            stages,
        }
    }
}

type ItemsOfStage = fn(&ChecklistFacts) -> Vec<ChecklistItem>;

const STAGES: [(ItemStage, ItemsOfStage); 5] = [
    (ItemStage::Plan, plan::items),
    (ItemStage::Test, tested::items),
    (ItemStage::Prepare, prepare::items),
    (ItemStage::Publicise, publish::publicise),
    (ItemStage::FollowUp, publish::follow_up),
];

/// What the release file does not state.
fn missing(facts: &ReleaseFacts) -> Vec<&'static str> {
    let Some(file) = &facts.file.contents else {
        return Vec::new();
    };
    let keys = [
        ("planned", file.planned.is_some()),
        ("decider", file.decider.is_some()),
        ("items", !file.items.is_empty()),
    ];
    let absent = keys.into_iter().filter(|(_, is_there)| !is_there);
    absent.map(|(key, _)| key).collect()
}

/// What people wrote for a stage into the release file.
fn written(facts: &ChecklistFacts, stage: ItemStage) -> Vec<ChecklistItem> {
    let release = &facts.release;
    // An item of an unknown stage is not lost.
    let is_of_stage = |item: &&release_file::Item| item.stage.unwrap_or(ItemStage::Plan) == stage;
    let item = |file: FileOfRelease<'_>, item: &release_file::Item| {
        let text = file.label(&item.text.text);
        let mut made = match item.done.is_done() {
            true => ChecklistItem::said(text),
            false => ChecklistItem::open(text),
        }
        .owner(person(release, item.owner.as_ref()))
        .due(item.due.map(WireMoment::of), &release.clock);
        made.when = item.when.map(WireMoment::of);
        made.done = WireMoment::of_done(item.done);
        made
    };
    let of_file = |file: FileOfRelease<'_>| -> Vec<ChecklistItem> {
        let items = file.contents.items.iter().filter(is_of_stage);
        items.map(|it| item(file, it)).collect()
    };
    release.files().flat_map(of_file).collect()
}

/// The actions that the retrospective of the release before decided on.
fn previous_actions(facts: &ChecklistFacts, are_done: bool) -> Vec<ChecklistItem> {
    let release = &facts.release;
    let item = |action: PromisedAction| {
        let text = format!("{}, promised after {}", action.text, action.after);
        let mut item = match action.is_done {
            true => ChecklistItem::said(text),
            false => ChecklistItem::open(text),
        }
        .owner(action.owner)
        .due(action.due, &release.clock);
        item.done = action.done;
        item
    };
    PromisedAction::of_previous(release)
        .into_iter()
        .filter(|action| action.is_done == are_done)
        .map(item)
        .collect()
}

impl Report for Checklist {
    fn markdown(&self) -> String {
        let mut out = Markdown::default();
        out.heading(1, &format!("Checklist: {}", self.release.title()));
        out.paragraph(&self.summary());
        out.paragraph(&self.counts());
        self.write_overdue(&mut out);
        for (index, stage) in self.stages.iter().enumerate() {
            let title = title(stage.stage);
            let done = stage.items.len() - stage.count(Proof::Open);
            let number = index + 1;
            if stage.items.is_empty() {
                out.heading(2, &format!("{number}. {title}"));
                out.paragraph("Neither Git nor the release file says anything about this stage.");
                continue;
            }
            let all = stage.items.len();
            out.heading(2, &format!("{number}. {title}: {done} of {all}"));
            out.list(stage.items.iter().map(|item| item.markdown(&self.clock)));
        }
        self.write_missing(&mut out);
        out.paragraph(&format!(
            "● is proven by Git: anyone who has the repository can check it. ◐ is what a person \
             wrote in {} or in a ticket. ○ is open. What neither Git nor a person can answer here \
             is left out.",
            code(&self.file)
        ));
        out.paragraph(&self.release.made_from());
        out.finish()
    }
}

/// The name of a stage, as a heading.
const fn title(stage: &str) -> &'static str {
    match stage.as_bytes() {
        b"plan" => "Plan",
        b"test" => "Test",
        b"prepare" => "Prepare",
        b"publicise" => "Publicise",
        _ => "Follow up",
    }
}

impl Checklist {
    /// `Planned: Tue 24 Nov 2026, 08:00 Europe/Berlin. Decides: Lee. As of …`
    fn summary(&self) -> String {
        let zone = &self.release.zone;
        let when = match self.planned {
            None => "No time is planned.".to_owned(),
            Some(at) => format!("Planned: **{} {zone}**.", self.clock.day_and_time(at)),
        };
        let who = match &self.decider {
            None => "No one is named who decides.".to_owned(),
            Some(name) => format!("Decides: **{}**.", escape(name)),
        };
        let now = self.clock.day_and_time(self.now);
        format!("{when} {who} As of {now} {zone}.")
    }

    /// `19 of 29 items are done: 11 proven by Git, 8 said by a person. 10 are open, 2 overdue.`
    fn counts(&self) -> String {
        let done = self.proven + self.said;
        let all = done + self.open;
        let overdue = match self.overdue {
            0 => String::new(),
            count => format!(", **{count} of them overdue**"),
        };
        format!(
            "**{done} of {}** done: {} proven by Git, {} said by a person. {} open{overdue}.{}",
            counted(all, "item"),
            self.proven,
            self.said,
            self.open,
            self.readiness()
        )
    }

    /// Whether something is open that comes before the release.
    fn readiness(&self) -> String {
        if self.release.tag.is_some() {
            return String::new();
        }
        let before = self.stages[..3].iter().flat_map(|stage| &stage.items);
        let open = before.filter(|item| item.proof == Proof::Open && !item.is_release);
        match open.count() {
            0 => " Nothing is open before the release.".to_owned(),
            1 => " **Not ready**: 1 item is open before the release.".to_owned(),
            count => format!(" **Not ready**: {count} items are open before the release."),
        }
    }

    fn write_overdue(&self, out: &mut Markdown) {
        let items = self.stages.iter().flat_map(|stage| &stage.items);
        let mut overdue: Vec<&ChecklistItem> = items.filter(|item| item.is_overdue()).collect();
        overdue.sort_by_key(|item| std::cmp::Reverse(item.days_overdue));
        if overdue.is_empty() {
            return;
        }
        out.heading(2, "Overdue");
        out.list(
            overdue
                .iter()
                .map(|item| Item::new(item.sentence(&self.clock))),
        );
    }

    fn write_missing(&self, out: &mut Markdown) {
        let file = code(&self.file);
        if !self.file_is_readable {
            out.heading(2, "Not stated");
            out.paragraph(&format!(
                "There is no readable {file}. It says when the release is planned, who decides, and \
                 what people have to do."
            ));
            return;
        }
        if !self.missing.is_empty() {
            let keys: Vec<String> = self.missing.iter().map(|key| code(key)).collect();
            out.heading(2, &format!("Not stated in {file}"));
            out.paragraph(&format!("{}.", join_and(&keys)));
        }
    }
}

#[cfg(test)]
mod tests;

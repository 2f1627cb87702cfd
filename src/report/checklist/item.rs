//! One item of the checklist, and how it is printed.

use serde::Serialize;

use crate::approval::Evidence;
use crate::changelog::escape;
use crate::report::clock::Clock;
use crate::report::markdown::{Item, code, link};
use crate::report::wire_moment::{WireMoment, overdue};
use crate::source::join_and;

/// How it is known that an item is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(super) enum Proof {
    /// Anyone who has the repository can check it.
    Git,
    /// Someone wrote that it is done.
    Person,
    /// It is not known to be done.
    Open,
}

/// An item of the checklist.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct ChecklistItem {
    pub(super) proof: Proof,
    /// What has to be done, or what is proven.
    pub(super) text: String,
    /// The tickets that it is about.
    pub(super) tickets: Vec<String>,
    /// The tags that prove it.
    pub(super) tags: Vec<String>,
    /// The commits that it is about.
    pub(super) commits: Vec<String>,
    /// The files that it is about.
    pub(super) files: Vec<String>,
    /// More about it, such as why it is open.
    pub(super) detail: Option<String>,
    /// The results of tests.
    pub(super) links: Vec<String>,
    /// The command that shows or closes it.
    pub(super) command: Option<String>,
    /// Who does it, or did it.
    pub(super) owner: Option<String>,
    /// When it takes place.
    pub(super) when: Option<WireMoment>,
    /// By when it has to be done.
    pub(super) due: Option<WireMoment>,
    /// The number of days since then; null if it is not overdue.
    pub(super) days_overdue: Option<i64>,
    /// When it was done.
    pub(super) done: Option<WireMoment>,
    /// Whether it is the release itself, before which the others have to be done.
    #[serde(skip)]
    pub(super) is_release: bool,
}

impl ChecklistItem {
    fn new(proof: Proof, text: impl Into<String>) -> Self {
        Self {
            proof,
            text: text.into(),
            tickets: Vec::new(),
            tags: Vec::new(),
            commits: Vec::new(),
            files: Vec::new(),
            detail: None,
            links: Vec::new(),
            command: None,
            owner: None,
            when: None,
            due: None,
            days_overdue: None,
            done: None,
            is_release: false,
        }
    }

    pub(super) fn proven(text: impl Into<String>) -> Self {
        Self::new(Proof::Git, text)
    }

    pub(super) fn said(text: impl Into<String>) -> Self {
        Self::new(Proof::Person, text)
    }

    pub(super) fn open(text: impl Into<String>) -> Self {
        Self::new(Proof::Open, text)
    }

    /// Done, by the evidence of an approval: a claim is only the word of a person.
    pub(super) fn approved(text: impl Into<String>, evidence: &[Evidence]) -> Self {
        match evidence.contains(&Evidence::Claimed) {
            true => Self::said(text),
            false => Self::proven(text),
        }
    }

    pub(super) fn tickets<'a>(mut self, ids: impl IntoIterator<Item = &'a str>) -> Self {
        self.tickets = ids.into_iter().map(str::to_owned).collect();
        self
    }

    pub(super) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    pub(super) fn owner(mut self, owner: Option<String>) -> Self {
        self.owner = owner;
        self
    }

    pub(super) fn command(mut self, command: impl Into<String>) -> Self {
        self.command = Some(command.into());
        self
    }

    /// Sets the day by which it has to be done; an open item is overdue when that day is over.
    pub(super) fn due(mut self, due: Option<WireMoment>, clock: &Clock) -> Self {
        self.due = due;
        let is_open = self.proof == Proof::Open;
        self.days_overdue = due.filter(|_| is_open).and_then(|due| due.days_over(clock));
        self
    }

    pub(super) const fn is_overdue(&self) -> bool {
        self.days_overdue.is_some()
    }

    /// The item with a box.
    pub(super) fn markdown(&self, clock: &Clock) -> Item {
        let mark = match self.proof {
            Proof::Git => "●",
            Proof::Person => "◐",
            Proof::Open => "○",
        };
        let text = format!("{mark} {}", self.sentence(clock));
        match self.proof {
            Proof::Open => Item::open(text),
            Proof::Git | Proof::Person => Item::done(text),
        }
    }

    /// What it is about, who does it, and until when.
    pub(super) fn sentence(&self, clock: &Clock) -> String {
        let text = escape(&self.text);
        let mut sentence = if self.is_overdue() {
            format!("**{text}**")
        } else {
            text
        };
        sentence.push_str(&self.subjects());
        let links: Vec<String> = self.links.iter().map(|it| link(it)).collect();
        let detail = self.detail.iter().map(|detail| escape(detail));
        let more: Vec<String> = detail
            .chain((!links.is_empty()).then(|| join_and(&links)))
            .chain(self.command.iter().map(|it| code(it)))
            .collect();
        if !more.is_empty() {
            sentence.push_str(&format!(" ({})", more.join("; ")));
        }
        let who = self.who_and_when(clock);
        if !who.is_empty() {
            sentence.push_str(&format!(", {who}"));
        }
        sentence
    }

    /// `` : `up.sql` in `d12391ac05` for `drop-column` ``.
    fn subjects(&self) -> String {
        let parts = [
            ("", &self.tags),
            ("", &self.files),
            ("in ", &self.commits),
            (
                if self.files.is_empty() { "" } else { "for " },
                &self.tickets,
            ),
        ];
        let part = |(preposition, names): &(&str, &Vec<String>)| {
            let names: Vec<String> = names.iter().map(|name| code(name)).collect();
            (!names.is_empty()).then(|| format!("{preposition}{}", first_of(names)))
        };
        let parts: Vec<String> = parts.iter().filter_map(part).collect();
        if parts.is_empty() {
            return String::new();
        }
        format!(": {}", parts.join(" "))
    }

    /// `Bo, due Fri 20 Nov 2026, **3 days overdue**`.
    fn who_and_when(&self, clock: &Clock) -> String {
        let mut parts: Vec<String> = self.owner.iter().map(|owner| escape(owner)).collect();
        parts.extend(self.when.map(|when| when.describe(clock)));
        if self.proof == Proof::Open {
            parts.extend(self.due.map(|due| format!("due {}", due.describe(clock))));
        }
        let days = self.days_overdue.map(overdue);
        parts.extend(days.map(|days| format!("**{days}**")));
        parts.extend(
            self.done
                .map(|done| format!("done {}", done.describe(clock))),
        );
        parts.join(", ")
    }
}

/// The first of these names, and how many more there are.
fn first_of(mut names: Vec<String>) -> String {
    const MAX_SHOWN: usize = 6;
    let more = names.len().saturating_sub(MAX_SHOWN);
    if more > 0 {
        names.truncate(MAX_SHOWN);
        names.push(format!("{more} more"));
    }
    join_and(&names)
}

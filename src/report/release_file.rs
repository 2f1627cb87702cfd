//! What people wrote about the release as a whole into its release file.

use jiff::Timestamp;
use serde::Serialize;

use super::clock::Clock;
use super::facts::{FileOfRelease, ReleaseFacts};
use super::markdown::{Item, Markdown, code};
use super::person;
use super::steps::text;
use super::wire_moment::WireMoment;
use crate::calendar::Window;
use crate::changelog::escape;
use crate::release_file::{self, IssueDecision, ItemStage, Planned};
use crate::source::join_and;

/// The release file, as documents print it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ReleaseFileSummary {
    /// Its path.
    pub(super) path: String,
    /// Whether it exists and is valid TOML.
    pub(super) readable: bool,
    /// When the release is carried out; null if it is not stated.
    pub(super) planned: Option<PlannedTime>,
    /// The tickets whose schedule is not within that time.
    pub(super) outside_planned: Vec<String>,
    /// Who decides whether the release goes ahead.
    pub(super) decider: Option<String>,
    /// What has to be done besides the tickets, by stage.
    pub(super) items: Vec<WrittenItem>,
    pub(super) known_issues: Vec<WrittenIssue>,
    /// The keys that it lacks, for the author.
    pub(super) missing: Vec<String>,
    /// Whether it exists, but is not valid TOML.
    #[serde(skip)]
    is_broken: bool,
}

/// From an instant, perhaps to another one.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct PlannedTime {
    #[cfg_attr(test, schemars(with = "String"))]
    pub(super) start: Timestamp,
    /// Null if the file only says when the release starts.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(super) end: Option<Timestamp>,
}

/// Something that has to be done for the release.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct WrittenItem {
    /// Null if the stage is unknown.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    stage: Option<&'static str>,
    /// The version, if it is from the file of an earlier release of a range.
    release: Option<String>,
    text: String,
    owner: Option<String>,
    due: Option<WireMoment>,
    /// When it takes place.
    when: Option<WireMoment>,
    pub(super) done: bool,
    /// When it was done.
    done_at: Option<WireMoment>,
    /// Who did it.
    done_by: Option<String>,
    overdue: bool,
}

/// A known issue of the release.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct WrittenIssue {
    /// The version, if it is from the file of an earlier release of a range.
    release: Option<String>,
    pub(super) text: String,
    ticket: Option<String>,
    /// `accept`: the release is made with it; `fix`: it is fixed before. Null if nothing is decided.
    #[cfg_attr(test, schemars(extend("enum" = ["accept", "fix", null])))]
    decision: Option<&'static str>,
    reason: Option<String>,
    /// Who decided.
    by: Option<String>,
}

impl ReleaseFileSummary {
    pub(super) fn of(facts: &ReleaseFacts) -> Self {
        let file = facts.file.contents.as_ref();
        let planned = file.and_then(|file| file.planned).map(PlannedTime::of);
        let items = facts.files().flat_map(|file| {
            let items = file.contents.items.iter();
            items.map(move |item| {
                (
                    stage_position(item.stage),
                    WrittenItem::of(facts, file, item),
                )
            })
        });
        let mut items: Vec<(Option<usize>, WrittenItem)> = items.collect();
        items.sort_by_key(|(position, _)| *position);
        let issues = facts.files().flat_map(|file| {
            let issues = file.contents.known_issues.iter();
            issues.map(move |issue| WrittenIssue::of(facts, file, issue))
        });
        Self {
            path: facts.file.path.clone(),
            readable: file.is_some(),
            planned,
            outside_planned: planned.map_or_else(Vec::new, |planned| planned.excluded(facts)),
            decider: file.and_then(|file| person(facts, file.decider.as_ref())),
            items: items.into_iter().map(|(_, item)| item).collect(),
            known_issues: issues.collect(),
            missing: file.map_or_else(Vec::new, missing),
            is_broken: facts.file.exists && file.is_none(),
        }
    }

    /// The items that precede the release, by stage.
    pub(super) fn items_before(&self) -> impl Iterator<Item = &WrittenItem> {
        self.items.iter().filter(|item| !item.follows())
    }

    /// The items that follow it.
    pub(super) fn items_after(&self) -> impl Iterator<Item = &WrittenItem> {
        self.items.iter().filter(|item| item.follows())
    }

    /// The tickets whose schedule contradicts the planned time, as a sentence; empty if none does.
    pub(super) fn contradiction(&self) -> String {
        let ids: Vec<String> = self.outside_planned.iter().map(|id| code(id)).collect();
        match ids.as_slice() {
            [] => String::new(),
            [id] => format!("**The schedule of {id} is not within the planned time.**"),
            ids => format!(
                "**The schedules of {} are not within the planned time.**",
                join_and(ids)
            ),
        }
    }

    /// Lists the known issues with what was decided about them.
    pub(super) fn write_known_issues(&self, level: usize, out: &mut Markdown) {
        if self.known_issues.is_empty() {
            return;
        }
        out.heading(level, "Known issues");
        out.list(self.known_issues.iter().map(WrittenIssue::item));
    }

    /// Lists what it does not state, under a heading of its own.
    pub(super) fn write_missing(&self, out: &mut Markdown) {
        let keys: Vec<String> = self.missing.iter().map(|key| code(key)).collect();
        let path = code(&self.path);
        let sentence = match (self.is_broken, keys.is_empty()) {
            (true, _) => format!("{path} is not valid TOML, so nothing that it says is here."),
            (false, true) => return,
            (false, false) => format!("{path}: {}", join_and(&keys)),
        };
        out.heading(2, "Not stated in the release file");
        out.list([Item::new(sentence)]);
    }
}

/// The position of a stage; unknown ones come first.
fn stage_position(stage: Option<ItemStage>) -> Option<usize> {
    let word = stage?.as_str();
    ItemStage::WORDS.iter().position(|known| *known == word)
}

/// The keys that a release file lacks.
fn missing(file: &release_file::ReleaseFile) -> Vec<String> {
    let keys = [
        ("planned", file.planned.is_some()),
        ("decider", file.decider.is_some()),
    ];
    let absent = keys.into_iter().filter(|(_, is_present)| !is_present);
    let undecided = file.known_issues.iter().enumerate();
    let undecided = undecided.filter(|(_, issue)| issue.decision.is_none());
    absent
        .map(|(key, _)| key.to_owned())
        .chain(undecided.map(|(index, _)| format!("known_issues[{index}].decision")))
        .collect()
}

impl PlannedTime {
    fn of(planned: Planned) -> Self {
        Self {
            start: planned.start.timestamp,
            end: planned.end.map(|end| end.timestamp),
        }
    }

    /// `Tue 24 Nov 2026, 08:00–10:30 Europe/Berlin (07:00–09:30 UTC)`.
    pub(super) fn describe(self, clock: &Clock) -> String {
        match self.end {
            Some(end) => clock.window(Window {
                start: self.start,
                end,
            }),
            None => clock.instant(self.start),
        }
    }

    /// The tickets whose windows are not within it.
    fn excluded(self, facts: &ReleaseFacts) -> Vec<String> {
        let tickets = facts.tickets.iter();
        let is_outside = |window: Window| {
            window.start < self.start || self.end.is_some_and(|end| window.end > end)
        };
        tickets
            .filter(|ticket| ticket.window().is_some_and(is_outside))
            .map(|ticket| ticket.id().to_owned())
            .collect()
    }
}

impl WrittenItem {
    fn of(facts: &ReleaseFacts, file: FileOfRelease<'_>, item: &release_file::Item) -> Self {
        let due = item.due.map(WireMoment::of);
        let done = item.done.is_done();
        Self {
            stage: item.stage.map(|stage| stage.as_str()),
            release: file.earlier.map(ToString::to_string),
            text: item.text.text.clone(),
            owner: person(facts, item.owner.as_ref()),
            due,
            when: item.when.map(WireMoment::of),
            done,
            done_at: WireMoment::of_done(item.done),
            done_by: person(facts, item.by.as_ref()),
            overdue: !done && due.is_some_and(|due| due.days_over(&facts.clock).is_some()),
        }
    }

    fn follows(&self) -> bool {
        self.stage == Some(ItemStage::FollowUp.as_str())
    }

    /// `Test: load test of the pool (Bo, due Fri 20 Nov 2026, **overdue**)`.
    fn describe(&self, clock: &Clock) -> String {
        let stage = match self.stage {
            Some("plan") => "Plan: ",
            Some("test") => "Test: ",
            Some("prepare") => "Prepare: ",
            Some("publicise") => "Publicise: ",
            _ => "",
        };
        let mut details: Vec<String> = self.release.iter().cloned().collect();
        details.extend(self.owner.iter().map(|owner| escape(owner)));
        if self.done {
            let at = self.done_at.map(|at| format!(" {}", at.describe(clock)));
            let by = self
                .done_by
                .as_ref()
                .filter(|by| self.owner.as_ref() != Some(*by));
            let by = by.map(|by| format!(" by {}", escape(by)));
            details.push(format!(
                "done{}{}",
                at.unwrap_or_default(),
                by.unwrap_or_default()
            ));
        } else {
            details.extend(self.when.map(|when| when.describe(clock)));
            details.extend(self.due.map(|due| format!("due {}", due.describe(clock))));
            details.extend(self.overdue.then(|| "**overdue**".to_owned()));
        }
        let details = match details.is_empty() {
            true => String::new(),
            false => format!(" ({})", details.join(", ")),
        };
        format!("{stage}{}{details}", escape(&self.text))
    }

    /// An item with a box, which is ticked if it is done.
    pub(super) fn item(&self, clock: &Clock) -> Item {
        let text = self.describe(clock);
        if self.done {
            Item::done(text)
        } else {
            Item::open(text)
        }
    }

    /// An item without a box.
    pub(super) fn plain_item(&self, clock: &Clock) -> Item {
        Item::new(self.describe(clock))
    }
}

impl WrittenIssue {
    fn of(facts: &ReleaseFacts, file: FileOfRelease<'_>, issue: &release_file::KnownIssue) -> Self {
        Self {
            release: file.earlier.map(ToString::to_string),
            text: issue.text.text.clone(),
            ticket: text(issue.ticket.as_ref()),
            decision: issue.decision.map(|decision| decision.as_str()),
            reason: text(issue.reason.as_ref()),
            by: person(facts, issue.by.as_ref()),
        }
    }

    /// Whether the release is made with it.
    pub(super) fn is_accepted(&self) -> bool {
        self.decision == Some(IssueDecision::Accept.as_str())
    }

    /// The issue, with the decision below it.
    fn item(&self) -> Item {
        let release = self.release.clone();
        let about: Vec<String> = release
            .into_iter()
            .chain(self.ticket.as_deref().map(code))
            .collect();
        let about = (!about.is_empty()).then(|| format!(" ({})", about.join(", ")));
        let decision = match self.decision {
            Some("accept") => "Accepted",
            Some(_) => "To be fixed before the release",
            None => "**Not decided**",
        };
        let by = self.by.as_ref().map(|by| format!(" by {}", escape(by)));
        let by = by.filter(|_| self.is_accepted()).or_else(|| {
            let by = self.by.as_ref()?;
            Some(format!(", decided by {}", escape(by)))
        });
        let reason = self
            .reason
            .as_ref()
            .map(|reason| format!(": {}", escape(reason)));
        Item::new(format!(
            "{}{}",
            escape(&self.text),
            about.unwrap_or_default()
        ))
        .with([format!(
            "{decision}{}{}",
            by.unwrap_or_default(),
            reason.unwrap_or_default()
        )])
    }
}

#[cfg(test)]
mod tests {
    use super::super::announcement::Announcement;
    use super::super::rollback::RollbackPlan;
    use super::super::runbook::Runbook;
    use super::super::testing::{earlier_release, facts_of, release_file};
    use super::super::{Report as _, facts::ReportedFile};
    use super::*;

    const FILE: &str = "decider = \"lee\"\n\
        planned = { start = 2026-11-24T07:00:00Z, end = 2026-11-24T09:30:00Z }\n\
        [[items]]\nstage = \"follow-up\"\ntext = \"Hold the retrospective\"\nowner = \"lee\"\n\
        [[items]]\nstage = \"test\"\ntext = \"Load test\"\nowner = \"bo\"\ndue = 2026-11-20\n\
        [[items]]\nstage = \"plan\"\ntext = \"Assign tests\"\nowner = \"kim\"\ndone = 2026-11-16\nby = \"ria\"\n";
    const ISSUES: &str = "[[known_issues]]\ntext = \"Slow on phones\"\nticket = \"a\"\n\
        decision = \"accept\"\nreason = \"Rare\"\nby = \"lee\"\n\
        [[known_issues]]\ntext = \"Wrong sum\"\ndecision = \"fix\"\n\
        [[known_issues]]\ntext = \"Typo\"\n";
    const SCHEDULE: &str =
        "schedule = { start = 2026-11-24T07:00:00Z, end = 2026-11-24T09:30:00Z }";

    fn facts(file: &str, ticket: &str) -> ReleaseFacts {
        ReleaseFacts {
            file: release_file(file),
            ..facts_of(&[("a", ticket)])
        }
    }

    fn runbook(file: &str, ticket: &str) -> String {
        Runbook::new(&facts(file, ticket)).unwrap().markdown()
    }

    #[track_caller]
    fn assert_has(text: &str, lines: &[&str]) {
        for line in lines {
            assert!(text.contains(line), "{line} is not in:\n{text}");
        }
    }

    #[test]
    fn runbook_has_decider_plan_and_items_by_stage() {
        let text = runbook(FILE, SCHEDULE);
        assert_has(
            &text,
            &[
                "**Tue 24 Nov 2026, 08:00–10:30 Europe/Berlin (07:00–09:30 UTC)**. Highest",
                "| Decides whether the release goes ahead | lee |",
                "- [x] Plan: Assign tests (kim, done Mon 16 Nov 2026 by ria)\n\
                 - [ ] Test: Load test (bo, due Fri 20 Nov 2026, **overdue**)\n\
                 - [ ] Decision to go by lee.",
                "- [ ] Hold the retrospective (lee)\n",
            ],
        );
        assert!(!text.contains("within the planned time"), "{text}");
    }

    #[test]
    fn range_has_the_items_and_issues_of_each_release() {
        let earlier = format!("{FILE}{ISSUES}");
        let facts = ReleaseFacts {
            earlier: vec![earlier_release("4.12.1", &earlier)],
            ..facts("", "")
        };
        let text = Runbook::new(&facts).unwrap().markdown();
        let lines = [
            "- [ ] Test: Load test (4.12.1, bo, due Fri 20 Nov 2026, **overdue**)\n",
            "- [ ] Hold the retrospective (4.12.1, lee)\n",
            "- Slow on phones (4.12.1, `a`)\n  - Accepted by lee: Rare\n",
        ];
        assert_has(&text, &lines);
    }

    #[test]
    fn schedule_outside_the_planned_time_is_reported() {
        let late = SCHEDULE.replace("09:30", "11:30");
        let sentence = "The tickets are scheduled for Tue 24 Nov 2026, 08:00–12:30 Europe/Berlin \
                        (07:00–11:30 UTC). **The schedule of `a` is not within the planned time.**";
        assert_has(&runbook(FILE, &late), &[sentence]);
        assert_has(&runbook(FILE, ""), &["No ticket has a schedule."]);
    }

    #[test]
    fn start_without_an_end_is_planned() {
        let text = runbook("planned = 2026-11-24T07:00:00Z", "");
        assert_has(
            &text,
            &["**Tue 24 Nov 2026, 08:00 Europe/Berlin (07:00 UTC)**."],
        );
    }

    #[test]
    fn known_issues_have_their_decisions() {
        let lines = [
            "- Slow on phones (`a`)\n  - Accepted by lee: Rare\n",
            "- Wrong sum\n  - To be fixed before the release\n",
            "- Typo\n  - **Not decided**\n",
            "- `releases/next.toml`: `planned`, `decider`, and `known_issues[2].decision`",
        ];
        assert_has(&runbook(ISSUES, ""), &lines);
        let announcement = Announcement::new(&facts(ISSUES, "")).unwrap().markdown();
        assert_has(&announcement, &lines);
        let users = announcement.split("## For stakeholders").next().unwrap();
        assert_has(users, &["Known issues:\n\n- Slow on phones\n"]);
        assert!(
            !users.contains("Wrong sum") && !users.contains("Typo"),
            "{users}"
        );
    }

    #[test]
    fn stakeholders_read_who_decides_and_what_is_open() {
        let text = Announcement::new(&facts(FILE, "")).unwrap().markdown();
        assert_has(
            &text,
            &[
                "**shop 4.13.0: 1 change on Tue 24 Nov 2026, 08:00–10:30 Europe/Berlin (07:00–09:30 UTC)**",
                "lee decides whether the release goes ahead.\n\nStill open:\n\n\
                 - Test: Load test (bo, due Fri 20 Nov 2026, **overdue**)\n\n",
                "It is planned to end by Tue 24 Nov 2026, 10:30 (Europe/Berlin).",
            ],
        );
    }

    #[test]
    fn rollback_plan_has_decider_and_follow_up() {
        let text = RollbackPlan::new(&facts(FILE, "")).unwrap().markdown();
        assert_has(
            &text,
            &[
                "lee decides whether the release goes ahead.",
                "The release is planned for Tue 24 Nov 2026, 08:00–10:30 Europe/Berlin",
                "- [ ] Hold the retrospective (lee)\n",
            ],
        );
    }

    #[test]
    fn broken_file_is_reported_and_an_absent_one_is_not() {
        let mut facts = facts_of(&[("a", "")]);
        let text = Runbook::new(&facts).unwrap().markdown();
        assert!(!text.contains("release file"), "{text}");
        facts.file = ReportedFile {
            path: "releases/next.toml".into(),
            contents: None,
            exists: true,
        };
        let text = Runbook::new(&facts).unwrap().markdown();
        assert_has(
            &text,
            &["`releases/next.toml` is not valid TOML, so nothing that it says is here."],
        );
    }

    #[test]
    fn hostile_texts_of_the_file_stay_texts() {
        let hostile = "<b> [a](javascript:x) @here";
        let file = format!(
            "decider = \"{hostile}\"\n[[items]]\nstage = \"test\"\ntext = \"{hostile}\"\n\
             [[known_issues]]\ntext = \"{hostile}\"\ndecision = \"accept\"\nreason = \"{hostile}\"\n"
        );
        let facts = facts(&file, "");
        let texts = [
            Runbook::new(&facts).unwrap().markdown(),
            RollbackPlan::new(&facts).unwrap().markdown(),
            Announcement::new(&facts).unwrap().markdown(),
        ];
        for text in texts {
            assert!(!text.contains("<b>") && !text.contains(" [a]("), "{text}");
        }
    }

    #[test]
    fn names_of_all_scripts_stay_as_they_are() {
        for name in ["Łukasz", "田中", "🦀 Ada", "עדה", "Zoë O'Neil"] {
            let file = format!(
                "decider = \"{name}\"\n[[items]]\nstage = \"test\"\ntext = \"a\"\nowner = \"{name}\"\n"
            );
            let ticket = format!(
                "assignee = \"{name}\"\nvalidator = \"{name}\"\n[rollback]\ndecider = \"{name}\"\n\
                 trigger = \"{name} | x\"\n[communication]\nsender = \"{name}\"\n"
            );
            let facts = facts(&file, &ticket);
            let plan = RollbackPlan::new(&facts).unwrap().markdown();
            let texts = [
                (Runbook::new(&facts).unwrap().markdown(), 5),
                (Announcement::new(&facts).unwrap().markdown(), 3),
                (plan, 3),
            ];
            for (text, least) in texts {
                assert!(text.matches(name).count() >= least, "{text}");
                let columns = |line: &str| line.replace("\\|", "").matches('|').count();
                let lines: Vec<&str> = text.lines().collect();
                for pair in lines
                    .windows(2)
                    .filter(|pair| pair.iter().all(|it| it.starts_with('|')))
                {
                    assert_eq!(columns(pair[0]), columns(pair[1]), "{text}");
                }
            }
        }
    }

    #[test]
    fn direction_of_text_cannot_be_overridden() {
        let file = "decider = \"Lee\u{202e}nimda\"\n";
        let facts = facts(file, "assignee = \"a\u{2066}b\"\n");
        let text = Runbook::new(&facts).unwrap().markdown();
        assert!(!text.contains(['\u{202e}', '\u{2066}']), "{text}");
    }
}

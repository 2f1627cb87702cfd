//! The runbook: what to do on the day of the release, in order.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::clock::{Clock, duration, seconds_in_words};
use super::facts::{ReleaseFacts, ReportedTicket};
use super::header::Header;
use super::markdown::{Item, Markdown, code};
use super::missing::{Missing, write_missing};
use super::order::carried_out;
use super::release_file::ReleaseFileSummary;
use super::runbook_ticket::TicketSection;
use super::wire_window::WireWindow;
use super::{Report, Templated, people, person, texts};
use crate::calendar::{next_freeze, overlapping_freezes};
use crate::changelog::escape;
use crate::config::{Activity, Freeze};
use crate::error::Result;
use crate::release_file::ItemStage;
use crate::source::{join_and, shell_command};
use crate::ticket::Ticket;

/// What to do on the day of the release.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Runbook {
    schema_version: u8,
    release: Header,
    /// From the start of the first window to the end of the last; null if no ticket has a schedule.
    window: Option<WireWindow>,
    /// What the release file says.
    file: ReleaseFileSummary,
    /// How long all deployment steps take; null if a step doesn't say.
    work_seconds: Option<u64>,
    /// The highest risk of the tickets.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    risk: Option<&'static str>,
    /// The sum of the declared downtimes; null if no ticket declares one.
    downtime_seconds: Option<u64>,
    roles: Roles,
    /// What stops the release at once.
    stop: Vec<StopSign>,
    /// The freezes that overlap the window of a ticket that they apply to.
    freezes: Vec<String>,
    /// The first freeze after the window that applies to a ticket; null if there is none, or if no
    /// ticket has a schedule.
    next_freeze: Option<NextFreeze>,
    /// What has to be announced, and when, unless the release file has an item for it.
    announcements: Vec<PlannedAnnouncement>,
    /// Who has to be trained, unless the release file has an item for it.
    trainings: Vec<PlannedTraining>,
    /// The tickets in the order in which they are carried out.
    tickets: Vec<TicketSection>,
    /// What no ticket states, for the author.
    missing: Vec<Missing>,
    #[serde(skip)]
    clock: Clock,
}

/// Who does what.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Roles {
    /// Who carries the changes out.
    assignees: Vec<String>,
    /// Who says whether they worked.
    validators: Vec<String>,
    /// Who decides whether to roll back.
    deciders: Vec<String>,
    /// Who informs others.
    senders: Vec<String>,
}

/// What is seen if a change must be rolled back.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct StopSign {
    ticket: String,
    trigger: String,
    decider: Option<String>,
}

/// An announcement before the release.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct PlannedAnnouncement {
    ticket: String,
    audiences: Vec<String>,
    sender: Option<String>,
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    send_at: Option<Timestamp>,
}

/// A training before the release.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct PlannedTraining {
    ticket: String,
    text: String,
}

/// A freeze after the window.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct NextFreeze {
    name: String,
    #[cfg_attr(test, schemars(with = "String"))]
    start: Timestamp,
}

impl Runbook {
    /// The runbook of a release.
    ///
    /// # Errors
    ///
    /// Fails if schedules and dependencies give no order.
    pub(crate) fn new(facts: &ReleaseFacts) -> Result<Self> {
        let tickets = carried_out(facts)?;
        let window = facts.window();
        let plans = || tickets.iter().map(|ticket| ticket.plan());
        let takes: Option<Duration> = plans()
            .flat_map(|plan| &plan.deployment.steps)
            .map(|step| step.takes)
            .sum();
        let downtimes: Vec<Duration> = plans().filter_map(|plan| plan.risk.downtime).collect();
        Ok(Self {
            schema_version: 1,
            release: Header::new(facts),
            window: window.map(WireWindow::of),
            file: ReleaseFileSummary::of(facts),
            work_seconds: takes.map(|takes| takes.as_secs()),
            risk: tickets
                .iter()
                .map(|ticket| ticket.risk)
                .max()
                .map(|risk| risk.as_str()),
            downtime_seconds: (!downtimes.is_empty())
                .then(|| downtimes.iter().sum::<Duration>().as_secs()),
            roles: Roles {
                assignees: people(facts, plans().map(|plan| plan.assignee.as_ref())),
                validators: people(facts, plans().map(|plan| plan.validator.as_ref())),
                deciders: people(facts, plans().map(|plan| plan.rollback.decider.as_ref())),
                senders: people(
                    facts,
                    plans().map(|plan| plan.communication.as_ref()?.sender.as_ref()),
                ),
            },
            stop: tickets
                .iter()
                .flat_map(|ticket| StopSign::all(facts, ticket))
                .collect(),
            freezes: freezes(facts, &tickets),
            next_freeze: window.and_then(|window| NextFreeze::after(facts, &tickets, window.end)),
            announcements: tickets
                .iter()
                .filter_map(|ticket| PlannedAnnouncement::of(facts, ticket))
                .collect(),
            trainings: tickets
                .iter()
                .filter_map(|ticket| PlannedTraining::of(facts, ticket))
                .collect(),
            missing: tickets
                .iter()
                .filter_map(|ticket| missing(ticket))
                .collect(),
            tickets: tickets
                .iter()
                .map(|ticket| TicketSection::of(facts, ticket))
                .collect(),
            clock: facts.clock.clone(),
        })
    }
}

impl StopSign {
    /// What triggers the rollback of a ticket, and what aborts its deployment.
    fn all(facts: &ReleaseFacts, ticket: &ReportedTicket) -> impl Iterator<Item = Self> {
        let rollback = &ticket.plan().rollback;
        let decider = person(facts, rollback.decider.as_ref());
        let id = ticket.id().to_owned();
        let triggers = [&rollback.trigger, &ticket.plan().deployment.abort_when];
        triggers.into_iter().flatten().map(move |trigger| Self {
            ticket: id.clone(),
            trigger: trigger.text.clone(),
            decider: decider.clone(),
        })
    }
}

impl NextFreeze {
    fn after(facts: &ReleaseFacts, tickets: &[&ReportedTicket], end: Timestamp) -> Option<Self> {
        let plans: Vec<&Ticket> = tickets.iter().map(|ticket| ticket.plan()).collect();
        let freezes = &facts.config.freezes;
        let (freeze, window) = next_freeze(freezes, Activity::Deploy, end, &plans)?;
        Some(Self {
            name: freeze.name.clone(),
            start: window.start,
        })
    }
}

impl PlannedTraining {
    fn of(facts: &ReleaseFacts, ticket: &ReportedTicket) -> Option<Self> {
        let training = ticket.plan().communication.as_ref()?.training.as_ref()?;
        let is_written = facts.has_item_for(ItemStage::Prepare, ticket.id());
        (!is_written).then(|| Self {
            ticket: ticket.id().to_owned(),
            text: training.text.clone(),
        })
    }
}

impl PlannedAnnouncement {
    fn of(facts: &ReleaseFacts, ticket: &ReportedTicket) -> Option<Self> {
        let communication = ticket.plan().communication.as_ref()?;
        if facts.has_item_for(ItemStage::Publicise, ticket.id()) {
            return None;
        }
        Some(Self {
            ticket: ticket.id().to_owned(),
            audiences: texts(&communication.audiences),
            sender: person(facts, communication.sender.as_ref()),
            send_at: communication.send_at.map(|at| at.timestamp),
        })
    }
}

/// The freezes that overlap the window of a ticket that they apply to.
fn freezes(facts: &ReleaseFacts, tickets: &[&ReportedTicket]) -> Vec<String> {
    let is_met = |freeze: &&Freeze| {
        let freeze = std::slice::from_ref(*freeze);
        tickets.iter().any(|ticket| {
            ticket.window().is_some_and(|window| {
                !overlapping_freezes(freeze, Activity::Deploy, window, &[ticket.plan()]).is_empty()
            })
        })
    };
    let freezes = facts.config.freezes.iter().filter(is_met);
    freezes.map(|freeze| freeze.name.clone()).collect()
}

/// What the day of the release needs and a ticket does not state.
fn missing(ticket: &ReportedTicket) -> Option<Missing> {
    let plan = ticket.plan();
    Missing::of(
        ticket,
        [
            ("schedule", plan.schedule.is_some()),
            ("assignee", plan.assignee.is_some()),
            ("deployment.steps", !plan.deployment.steps.is_empty()),
            ("validator", plan.validator.is_some()),
            ("validation.steps", !plan.validation.steps.is_empty()),
            ("rollback.trigger", plan.rollback.trigger.is_some()),
            ("rollback.decider", plan.rollback.decider.is_some()),
            ("rollback.within", plan.rollback.within.is_some()),
        ],
    )
}

impl Templated for Runbook {
    fn entries(&self) -> usize {
        self.tickets.len() + self.file.items.len()
    }
}

impl Report for Runbook {
    fn markdown(&self) -> String {
        let mut out = Markdown::default();
        out.heading(1, &format!("Runbook: {}", self.release.title()));
        out.paragraph(&self.summary());
        let zone = format!("All times are in {}.", self.release.zone);
        let sentences: Vec<String> = self.order().into_iter().chain([zone]).collect();
        out.paragraph(&sentences.join(" "));
        self.write_roles(&mut out);
        self.write_stop_signs(&mut out);
        self.file.write_known_issues(2, &mut out);
        self.write_before(&mut out);
        for ticket in &self.tickets {
            ticket.write(&self.clock, &mut out);
        }
        self.write_after(&mut out);
        self.write_footer(&mut out);
        out.finish()
    }
}

impl Runbook {
    fn summary(&self) -> String {
        let when = self.when();
        let risk = self
            .risk
            .map(|risk| format!(" Highest risk: **{risk}**."))
            .unwrap_or_default();
        let downtime = match self.downtime_seconds {
            None => " No ticket declares downtime.".to_owned(),
            Some(seconds) => format!(" Declared downtime: **{}**.", seconds_in_words(seconds)),
        };
        let work = match (self.work_seconds, self.window) {
            (Some(seconds), Some(window)) => {
                let length = window.end.duration_since(window.start).unsigned_abs();
                format!(
                    " The steps take {} of a window of {}.",
                    seconds_in_words(seconds),
                    duration(length)
                )
            }
            _ => String::new(),
        };
        format!("{when}{risk}{downtime}{work}")
    }

    /// When it is carried out: as planned, or else as the tickets are scheduled.
    fn when(&self) -> String {
        let scheduled = self.window.map(|window| self.clock.window(window.window()));
        let Some(planned) = self.file.planned else {
            return scheduled.map_or_else(
                || "**No window: no ticket has a schedule.**".to_owned(),
                |scheduled| format!("**{scheduled}**."),
            );
        };
        let planned = planned.describe(&self.clock);
        let mut sentences = vec![format!("**{planned}**.")];
        sentences.extend(match scheduled {
            None => Some("No ticket has a schedule.".to_owned()),
            Some(scheduled) if scheduled == planned => None,
            Some(scheduled) => Some(format!("The tickets are scheduled for {scheduled}.")),
        });
        let contradiction = self.file.contradiction();
        sentences.extend((!contradiction.is_empty()).then_some(contradiction));
        sentences.join(" ")
    }

    /// Why the tickets are in their order; `None`: there is only one.
    fn order(&self) -> Option<String> {
        if self.tickets.len() < 2 {
            return None;
        }
        let scheduled = self.tickets.iter().filter(|it| it.window.is_some()).count();
        let order = match scheduled {
            0 => "No ticket has a schedule, so the order is that of `depends_on` and of the IDs",
            count if count < self.tickets.len() => {
                "The order follows the schedules; tickets without one come last, unless another \
                 one depends on them"
            }
            _ => "The order follows the schedules",
        };
        let depends = |ticket: &TicketSection| {
            let after: Vec<String> = ticket.after.iter().map(|id| code(id)).collect();
            let after = (!after.is_empty()).then(|| join_and(&after))?;
            Some(format!("{} depends on {after}", code(&ticket.id)))
        };
        let depends: Vec<String> = self.tickets.iter().filter_map(depends).collect();
        Some(match depends.is_empty() {
            true => format!("{order}."),
            false => format!("{order}; {}.", depends.join("; ")),
        })
    }

    fn write_roles(&self, out: &mut Markdown) {
        let Roles {
            assignees,
            validators,
            deciders,
            senders,
        } = &self.roles;
        let decider: Vec<String> = self.file.decider.iter().cloned().collect();
        let rows = [
            ("Decides whether the release goes ahead", &decider),
            ("Carries out the changes", assignees),
            ("Decides whether they worked", validators),
            ("Decides whether to roll back", deciders),
            ("Informs others", senders),
        ];
        let row = |(task, names): (&str, &Vec<String>)| {
            let names: Vec<String> = names.iter().map(|name| escape(name)).collect();
            let names = if names.is_empty() {
                "*not stated*".to_owned()
            } else {
                names.join(", ")
            };
            vec![task.to_owned(), names]
        };
        let rows: Vec<Vec<String>> = rows.into_iter().map(row).collect();
        out.table(&["On the day", "Who"], &rows);
    }

    fn write_stop_signs(&self, out: &mut Markdown) {
        out.heading(2, "Stop at once if");
        if self.stop.is_empty() {
            out.paragraph("No ticket has a `rollback.trigger`.");
            return;
        }
        out.list(self.stop.iter().map(|sign| {
            let decider = sign
                .decider
                .as_ref()
                .map(|name| format!(", {} decides", escape(name)))
                .unwrap_or_default();
            Item::new(format!(
                "{} ({}{decider})",
                escape(&sign.trigger),
                code(&sign.ticket)
            ))
        }));
        let release = self.release.range.as_ref().or(self.release.tag.as_ref());
        let plan = match release {
            None => "tollgate report rollback".to_owned(),
            Some(release) => shell_command!("tollgate report rollback {release}", release),
        };
        out.paragraph(&format!("Then follow the rollback plan: {}.", code(&plan)));
    }

    fn write_before(&self, out: &mut Markdown) {
        out.heading(2, "Before the start");
        let mut items = Vec::new();
        let present = join_and(&names(
            self.roles.assignees.iter().chain(&self.roles.validators),
        ));
        if !present.is_empty() {
            items.push(Item::open(format!("Present: {present}")));
        }
        let mut deciders: Vec<&String> = self.file.decider.iter().collect();
        let others = self.roles.deciders.iter();
        deciders.extend(others.filter(|name| self.file.decider.as_ref() != Some(*name)));
        let reachable = join_and(&names(deciders));
        if !reachable.is_empty() {
            items.push(Item::open(format!("Can be reached: {reachable}")));
        }
        items.push(match (self.window, &self.freezes[..]) {
            (None, _) => Item::open("Check that no freeze applies: no ticket has a schedule"),
            (Some(_), []) => Item::done(format!(
                "No configured freeze overlaps the window{}",
                match &self.next_freeze {
                    None => String::new(),
                    Some(next) => format!(
                        "; the next one, {}, begins {}",
                        escape(&next.name),
                        self.clock.day_and_time(next.start)
                    ),
                }
            )),
            (Some(_), freezes) => {
                let freezes: Vec<String> = freezes.iter().map(|name| escape(name)).collect();
                Item::open(format!(
                    "**The window overlaps a freeze: {}**",
                    join_and(&freezes)
                ))
            }
        });
        items.extend(self.not_approved());
        items.push(match &self.release.tag {
            Some(tag) => Item::open(format!(
                "{} reports no differences",
                code(&shell_command!("tollgate verify {tag}", tag))
            )),
            None => {
                Item::open("The release is tagged, and `tollgate verify` reports no differences")
            }
        });
        items.extend(
            self.announcements
                .iter()
                .map(|planned| planned.item(&self.clock)),
        );
        items.extend(self.trainings.iter().map(|training| {
            let text = escape(&training.text);
            Item::open(format!("Training: {text} ({})", code(&training.ticket)))
        }));
        items.extend(self.file.items_before().map(|item| item.item(&self.clock)));
        let deciders = match &self.file.decider {
            Some(decider) => vec![escape(decider)],
            None => names(&self.roles.deciders),
        };
        items.push(Item::open(format!(
            "Decision to go{}. Time: ________ Name: ________",
            match deciders.as_slice() {
                [] => String::new(),
                deciders => format!(" by {}", join_and(deciders)),
            }
        )));
        out.list(items);
    }

    fn write_after(&self, out: &mut Markdown) {
        out.heading(2, "After the last change");
        let close = |ticket: &TicketSection| {
            let command = shell_command!(
                "tollgate ticket close {id} --result successful",
                id = &ticket.id
            );
            Item::open(format!("Record the outcome: {}", code(&command)))
        };
        let result = (!self.roles.senders.is_empty()).then(|| {
            let senders = join_and(&names(&self.roles.senders));
            Item::open(format!("Send the result: {senders}"))
        });
        let items = self.file.items_after().map(|item| item.item(&self.clock));
        let close = self.tickets.iter().map(close);
        out.list(self.watches_after().chain(close).chain(result).chain(items));
    }

    /// The tickets that lack a required approval.
    fn not_approved(&self) -> Option<Item> {
        let lacks = |ticket: &&TicketSection| ticket.approval.status == "not-approved";
        let ids = self.tickets.iter().filter(lacks).map(|it| code(&it.id));
        let ids: Vec<String> = ids.collect();
        (!ids.is_empty()).then(|| Item::open(format!("**Not approved yet: {}**", join_and(&ids))))
    }

    /// The watches that end after the window, in the order in which they end.
    fn watches_after(&self) -> impl Iterator<Item = Item> {
        let end = self.window.map(|window| window.end);
        let mut watches: Vec<(Timestamp, &TicketSection)> = self
            .tickets
            .iter()
            .filter_map(|ticket| Some((ticket.watched_until?, ticket)))
            .filter(|(until, _)| end.is_none_or(|end| *until > end))
            .collect();
        watches.sort_by_key(|(until, _)| *until);
        watches.into_iter().map(|(until, ticket)| {
            let who = ticket.validator.as_ref();
            let who = who.map_or_else(String::new, |name| format!("{}: ", escape(name)));
            Item::open(format!(
                "**{}** {who}end the watch of {}",
                self.clock.day_and_time(until),
                code(&ticket.id)
            ))
        })
    }

    fn write_footer(&self, out: &mut Markdown) {
        if !self.release.without_ticket.is_empty() {
            out.heading(2, "Also in this release, without a ticket");
            let commits = &self.release.without_ticket;
            out.list(commits.iter().map(|commit| Item::new(commit.markdown())));
        }
        write_missing(&self.missing, out);
        self.file.write_missing(out);
        if !self.tickets.is_empty() {
            out.heading(2, "Plans");
            let row = |ticket: &TicketSection| {
                let approval = ticket.approval.markdown();
                vec![code(&ticket.id), code(&ticket.digest), approval]
            };
            let rows: Vec<Vec<String>> = self.tickets.iter().map(row).collect();
            out.table(&["Ticket", "Digest of the plan", "Approved by"], &rows);
        }
        out.paragraph(&self.release.made_from());
    }
}

impl PlannedAnnouncement {
    fn item(&self, clock: &Clock) -> Item {
        let sender = self
            .sender
            .as_ref()
            .map(|name| format!(" by {}", escape(name)))
            .unwrap_or_default();
        let when = self
            .send_at
            .map(|at| format!(", {}", clock.day_and_time(at)))
            .unwrap_or_default();
        let audiences = match &names(&self.audiences)[..] {
            [] => "Announced".to_owned(),
            audiences => format!("Announced to {}", join_and(audiences)),
        };
        Item::open(format!(
            "{audiences}{sender}{when} ({})",
            code(&self.ticket)
        ))
    }
}

pub(super) fn names<'a>(names: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    let mut seen = Vec::new();
    for name in names {
        let name = escape(name);
        if !seen.contains(&name) {
            seen.push(name);
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::report::testing::{facts_of, not_approved, release_file};
    use crate::source::Source;

    /// The freezes in the runbook of two tickets, whose windows are on Monday and on Wednesday.
    fn freezes_in_runbook(start: &str, end: &str) -> Vec<String> {
        let window = |day: &str| {
            format!("[schedule]\nstart = 2026-11-{day}T08:00:00Z\nend = 2026-11-{day}T10:00:00Z\n")
        };
        let mut facts = facts_of(&[("a", &window("23")), ("b", &window("25"))]);
        let freeze = format!("[[freeze]]\nname = \"sale\"\nstart = {start}\nend = {end}\n");
        let source = Source::new("tollgate.toml", freeze);
        facts.config = Config::parse(source).unwrap();
        Runbook::new(&facts).unwrap().freezes
    }

    fn text(tickets: &[(&str, &str)]) -> String {
        Runbook::new(&facts_of(tickets)).unwrap().markdown()
    }

    #[track_caller]
    fn assert_has(text: &str, part: &str) {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }

    const MORNING: &str =
        "schedule = { start = 2026-11-24T07:00:00Z, end = 2026-11-24T08:00:00Z }\n";

    #[test]
    fn next_freeze_is_named() {
        let mut facts = facts_of(&[("a", MORNING)]);
        let freeze = "[[freeze]]\nname = \"sale\"\nstart = 2026-11-26T17:00:00Z\nend = 2026-12-01T07:00:00Z\n";
        facts.config = Config::parse(Source::new("tollgate.toml", freeze)).unwrap();
        let text = Runbook::new(&facts).unwrap().markdown();
        let line = "- [x] No configured freeze overlaps the window; the next one, sale, begins Thu 26 Nov 2026, 18:00\n";
        assert_has(&text, line);
    }

    #[test]
    fn order_of_tickets_has_its_reason() {
        let later = "schedule = { start = 2026-11-24T08:00:00Z, end = 2026-11-24T09:00:00Z }\ndepends_on = [\"a\"]";
        let scheduled = text(&[("a", MORNING), ("b", later)]);
        let reason = "The order follows the schedules; `b` depends on `a`. All times";
        assert_has(&scheduled, reason);
        let unscheduled = text(&[("a", ""), ("b", "depends_on = [\"a\"]")]);
        assert_has(&unscheduled, "No ticket has a schedule, so the order is");
    }

    #[test]
    fn validation_begins_when_the_deployment_ends() {
        let ticket = format!(
            "{MORNING}validation = {{ steps = [\"look\"], watch_for = \"1d\" }}\nvalidator = \"kim\"\n\
             [[deployment.steps]]\ndo = \"a\"\ntakes = \"15m\"\n"
        );
        let text = text(&[("a", &ticket)]);
        assert_has(&text, "- [ ] **08:15** kim: look\n");
        assert_has(&text, "for 1 day, until **Wed 25 Nov 2026, 08:15**\n");
        let end = "## After the last change\n\n- [ ] **Wed 25 Nov 2026, 08:15** kim: end the watch of `a`\n";
        assert_has(&text, end);
    }

    #[test]
    fn hold_names_who_decides() {
        let step = "[[deployment.steps]]\ndo = \"drop\"\nhold = true\n";
        assert_has(
            &text(&[("a", step)]),
            "  - ⛔ **Hold.** Wait for the decision to go on. Time: ________ Name: ________\n",
        );
        let mut facts = facts_of(&[("a", step)]);
        facts.file = release_file("decider = \"lee\"");
        let text = Runbook::new(&facts).unwrap().markdown();
        assert_has(&text, "⛔ **Hold.** lee decides whether to go on.");
    }

    #[test]
    fn canary_has_its_stages_and_what_aborts_it() {
        let canary = "[deployment]\nsteps = [\"go\"]\nstrategy = \"canary\"\nabort_when = \"errors rise\"\n\
                      stages = [{ share = 5, for = \"1h\", abort_when = \"orders fall\" }]\n";
        let text = text(&[("a", canary)]);
        assert_has(&text, "## Stop at once if\n\n- errors rise (`a`)\n");
        assert_has(&text, "Strategy: canary. Ticket: `a`.");
        assert_has(
            &text,
            "- [ ] Stage: 5% for at least 1 hour; abort if orders fall\n",
        );
    }

    #[test]
    fn what_cannot_be_undone_is_at_its_step() {
        let ticket = "risk = { reversible = \"no\" }\n\
                      deployment = [{ do = \"publish\", cannot_undo = \"versions stay\" }]\n";
        let text = text(&[("a", ticket)]);
        assert_has(&text, "**Not reversible**. Ticket: `a`.");
        assert_has(&text, "  - ⚠ **Cannot be undone:** versions stay\n");
    }

    #[test]
    fn ticket_without_steps_says_so() {
        let text = text(&[("a", "")]);
        assert_has(&text, "**The ticket states no deployment steps.**");
        assert_has(&text, "`deployment.steps`, ");
    }

    #[test]
    fn missing_approvals_are_named_before_the_start() {
        let mut facts = facts_of(&[("a", ""), ("b", "")]);
        facts.tickets[1].approvals = Some(not_approved());
        let text = Runbook::new(&facts).unwrap().markdown();
        assert_has(&text, "- [ ] **Not approved yet: `b`**\n");
    }

    #[test]
    fn announcement_with_an_item_is_listed_once() {
        let ticket = "[communication]\naudiences = [\"customers\"]\ntraining = \"ten minutes\"\n";
        let listed = text(&[("a", ticket)]);
        assert_has(
            &listed,
            "- [ ] Announced to customers (`a`)\n- [ ] Training: ten minutes (`a`)\n",
        );
        let mut facts = facts_of(&[("a", ticket)]);
        let item = "[[items]]\nstage = \"publicise\"\ntext = \"Mail about a\"\ndone = true\n";
        facts.file = release_file(item);
        let text = Runbook::new(&facts).unwrap().markdown();
        assert!(!text.contains("Announced to"), "{text}");
    }

    #[test]
    fn freeze_between_two_windows_is_not_reported() {
        let found = freezes_in_runbook("2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z");
        assert_eq!(found, [""; 0]);
    }

    #[test]
    fn freeze_in_the_window_of_one_ticket_is_reported() {
        let found = freezes_in_runbook("2026-11-24T00:00:00Z", "2026-11-25T09:00:00Z");
        assert_eq!(found, ["sale"]);
    }
}

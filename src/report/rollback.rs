//! The rollback plan: how to go back, in order, and until when.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::clock::{Clock, day, seconds_in_words};
use super::facts::{ReleaseFacts, ReportedTicket};
use super::header::Header;
use super::markdown::{Item, Markdown, code};
use super::missing::{Missing, write_missing};
use super::order::carried_out;
use super::release_file::ReleaseFileSummary;
use super::steps::{PlannedStep, text};
use super::{Report, people, person};
use crate::changelog::escape;
use crate::error::Result;
use crate::source::{join_and, shell_command};
use crate::ticket::Reversible;

/// How to go back to the release before.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct RollbackPlan {
    schema_version: u8,
    release: Header,
    /// The commit of the release before; null if there is none.
    previous_commit: Option<String>,
    /// What the release file says.
    file: ReleaseFileSummary,
    /// How long all rollbacks take; null if a ticket doesn't say.
    takes_seconds: Option<u64>,
    /// Who informs others.
    senders: Vec<String>,
    /// The tickets in the reverse order of their deployment.
    tickets: Vec<TicketRollback>,
    /// What a rollback needs and no ticket states, for the author.
    missing: Vec<Missing>,
    #[serde(skip)]
    clock: Clock,
}

/// How to roll back one ticket.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct TicketRollback {
    id: String,
    title: String,
    trigger: Option<String>,
    decider: Option<String>,
    takes_seconds: Option<u64>,
    /// The last instant at which it fits the window; null if the window or the duration is
    /// unknown.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    fits_until: Option<Timestamp>,
    /// After this, there is no way back.
    point_of_no_return: Option<String>,
    /// What is lost by rolling back.
    loses: Option<String>,
    /// Whether it can be undone, as its risk says.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    reversible: Option<&'static str>,
    /// How to switch back to the old environment.
    switch_back: Option<String>,
    /// The feature flag, if the change is behind one.
    flag: Option<RemovedFlag>,
    /// When the rollback was last tried.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    rehearsed_on: Option<Date>,
    /// The tickets of the release that depend on it, and so have to be rolled back first.
    only_after: Vec<String>,
    steps: Vec<PlannedStep>,
    /// How to undo single steps of the deployment, last step first.
    step_undos: Vec<StepUndo>,
}

/// A feature flag that will be removed.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct RemovedFlag {
    key: String,
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    remove_by: Option<Date>,
}

/// How to undo a step of the deployment.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct StepUndo {
    /// What the step does.
    action: String,
    undo: Option<String>,
    /// Why it cannot be undone.
    cannot_undo: Option<String>,
}

impl RollbackPlan {
    /// The rollback plan of a release.
    ///
    /// # Errors
    ///
    /// Fails if schedules and dependencies give no order.
    pub(crate) fn new(facts: &ReleaseFacts) -> Result<Self> {
        let mut tickets = carried_out(facts)?;
        tickets.reverse();
        let takes: Option<Duration> = tickets
            .iter()
            .map(|ticket| ticket.plan().rollback.within)
            .sum();
        Ok(Self {
            schema_version: 1,
            release: Header::new(facts),
            previous_commit: facts.previous.as_ref().map(|base| base.commit.to_string()),
            file: ReleaseFileSummary::of(facts),
            takes_seconds: takes
                .filter(|_| !tickets.is_empty())
                .map(|takes| takes.as_secs()),
            senders: people(
                facts,
                tickets
                    .iter()
                    .map(|ticket| ticket.plan().communication.as_ref()?.sender.as_ref()),
            ),
            missing: tickets.iter().filter_map(|it| missing(it)).collect(),
            tickets: tickets
                .iter()
                .map(|ticket| TicketRollback::of(facts, ticket))
                .collect(),
            clock: facts.clock.clone(),
        })
    }
}

impl TicketRollback {
    fn of(facts: &ReleaseFacts, ticket: &ReportedTicket) -> Self {
        let plan = ticket.plan();
        let rollback = &plan.rollback;
        let depends = |other: &&ReportedTicket| {
            let mut named = other.plan().depends_on.iter();
            named.any(|id| id.text == ticket.id())
        };
        let undo = |step: &crate::ticket::Step| {
            (step.undo.is_some() || step.cannot_undo.is_some()).then(|| StepUndo {
                action: step.action.text.clone(),
                undo: text(step.undo.as_ref()),
                cannot_undo: text(step.cannot_undo.as_ref()),
            })
        };
        Self {
            id: ticket.id().to_owned(),
            title: plan.title.text.clone(),
            trigger: text(rollback.trigger.as_ref()),
            decider: person(facts, rollback.decider.as_ref()),
            takes_seconds: rollback.within.map(|within| within.as_secs()),
            fits_until: ticket.rollback_fits_until(),
            point_of_no_return: text(rollback.point_of_no_return.as_ref()),
            loses: text(rollback.loses.as_ref()),
            reversible: plan.risk.reversible.map(Reversible::as_str),
            switch_back: text(plan.deployment.switch_back.as_ref()),
            flag: plan.deployment.flag.as_ref().and_then(|flag| {
                Some(RemovedFlag {
                    key: text(flag.key.as_ref())?,
                    remove_by: flag.remove_by,
                })
            }),
            rehearsed_on: rollback.rehearsed_on,
            only_after: facts
                .tickets
                .iter()
                .filter(depends)
                .map(|other| other.id().to_owned())
                .collect(),
            steps: PlannedStep::all(facts, &rollback.steps, None, None),
            step_undos: plan
                .deployment
                .steps
                .iter()
                .rev()
                .filter_map(undo)
                .collect(),
        }
    }
}

fn missing(ticket: &ReportedTicket) -> Option<Missing> {
    let rollback = &ticket.plan().rollback;
    Missing::of(
        ticket,
        [
            ("rollback.trigger", rollback.trigger.is_some()),
            ("rollback.decider", rollback.decider.is_some()),
            ("rollback.within", rollback.within.is_some()),
            ("rollback.steps", !rollback.steps.is_empty()),
            ("rollback.loses", rollback.loses.is_some()),
        ],
    )
}

impl Report for RollbackPlan {
    fn markdown(&self) -> String {
        let mut out = Markdown::default();
        out.heading(1, &self.title());
        out.paragraph(&self.summary());
        self.write_overview(&mut out);
        for (index, ticket) in self.tickets.iter().enumerate() {
            ticket.write(index + 1, &mut out);
        }
        self.write_limits(&mut out);
        self.write_afterwards(&mut out);
        write_missing(&self.missing, &mut out);
        self.file.write_missing(&mut out);
        out.paragraph(&self.release.made_from());
        out.finish()
    }
}

impl RollbackPlan {
    fn title(&self) -> String {
        match &self.release.previous {
            Some(tag) => format!("Rollback plan: {} → {}", self.release.title(), escape(tag)),
            None => format!("Rollback plan: {}", self.release.title()),
        }
    }

    fn summary(&self) -> String {
        let mut sentences = vec![match (&self.release.previous, &self.previous_commit) {
            (Some(tag), Some(commit)) => {
                let verify = shell_command!("tollgate verify {tag}", tag);
                format!(
                    "Back to {} (commit {}); check it with {}.",
                    code(tag),
                    code(&commit[..10]),
                    code(&verify)
                )
            }
            _ => "There is no earlier release to go back to.".to_owned(),
        }];
        sentences.extend(self.file.planned.map(|planned| {
            format!(
                "The release is planned for {}.",
                planned.describe(&self.clock)
            )
        }));
        sentences.extend(self.file.decider.as_ref().map(|decider| {
            format!(
                "{} decides whether the release goes ahead.",
                escape(decider)
            )
        }));
        if self.tickets.is_empty() {
            sentences.push(
                "No commit of this release cites a ticket, so nothing says how to go back."
                    .to_owned(),
            );
        }
        let steps: Vec<String> = self
            .tickets
            .iter()
            .filter_map(|ticket| ticket.takes_seconds)
            .map(seconds_in_words)
            .collect();
        if let Some(seconds) = self.takes_seconds {
            let all = seconds_in_words(seconds);
            sentences.push(match &steps[..] {
                [_] => format!("It takes at most **{all}**."),
                steps => format!(
                    "Everything takes at most **{all}** ({}), in the order below.",
                    steps.join(" + ")
                ),
            });
        } else if !self.tickets.is_empty() {
            sentences.push(
                "How long everything takes is unknown: not every ticket has `rollback.within`."
                    .to_owned(),
            );
        }
        sentences.join(" ")
    }

    fn write_overview(&self, out: &mut Markdown) {
        let unknown = || "*not stated*".to_owned();
        let row = |(index, ticket): (usize, &TicketRollback)| {
            let escaped = |text: &Option<String>| text.as_deref().map_or_else(unknown, escape);
            let until = ticket.fits_until.map(|at| self.clock.day_and_time(at));
            let possible = match (&ticket.point_of_no_return, &ticket.flag) {
                (Some(point), _) => escape(point),
                (None, Some(flag)) => flag.limit(),
                (None, None) => "no limit stated".to_owned(),
            };
            vec![
                (index + 1).to_string(),
                code(&ticket.id),
                escaped(&ticket.trigger),
                escaped(&ticket.decider),
                ticket.takes_seconds.map_or_else(unknown, seconds_in_words),
                until.unwrap_or_else(unknown),
                possible,
            ]
        };
        let rows: Vec<Vec<String>> = self.tickets.iter().enumerate().map(row).collect();
        let header = [
            "",
            "Ticket",
            "Trigger",
            "Decides",
            "Takes",
            "Fits the window until",
            "Point of no return",
        ];
        out.table(&header, &rows);
        if rows.is_empty() {
            return;
        }
        let late = match self.tickets.iter().any(|it| it.fits_until.is_some()) {
            true => {
                " A rollback that begins later than it fits the window may end after the window."
            }
            false => "",
        };
        out.paragraph(&format!("All times are in {}.{late}", self.release.zone));
    }

    fn write_limits(&self, out: &mut Markdown) {
        let limits: Vec<String> = self
            .tickets
            .iter()
            .flat_map(TicketRollback::limits)
            .collect();
        let commits = &self.release.without_ticket;
        if limits.is_empty() && commits.is_empty() {
            return;
        }
        out.heading(2, "What this plan cannot undo");
        out.list(limits.into_iter().map(Item::new));
        if commits.is_empty() {
            return;
        }
        out.paragraph(&match &self.release.previous {
            Some(tag) => format!(
                "These commits have no ticket. To deploy {} again takes them back as well, and \
                 nothing says what that changes:",
                code(tag)
            ),
            None => "These commits have no ticket, so nothing says how to undo them:".to_owned(),
        });
        out.list(commits.iter().map(|commit| Item::new(commit.markdown())));
    }

    fn write_afterwards(&self, out: &mut Markdown) {
        if self.tickets.is_empty() {
            return;
        }
        out.heading(2, "Afterwards");
        let close = |ticket: &TicketRollback| {
            let command = shell_command!(
                "tollgate ticket close {id} --result rolled-back",
                id = &ticket.id
            );
            code(&command)
        };
        let record = Item::open("Record the outcome of each ticket that was rolled back")
            .with(self.tickets.iter().map(close));
        let cause = Item::open("Write `outcome.caused_by` when the cause is known");
        let senders: Vec<String> = self.senders.iter().map(|name| escape(name)).collect();
        let inform = (!senders.is_empty())
            .then(|| Item::open(format!("Send the message about it: {}", join_and(&senders))));
        let items = self.file.items_after().map(|item| item.item(&self.clock));
        out.list([record, cause].into_iter().chain(inform).chain(items));
    }
}

impl TicketRollback {
    fn write(&self, number: usize, out: &mut Markdown) {
        out.heading(2, &format!("{number}. {}", escape(&self.title)));
        out.paragraph(&self.facts());
        if let Some(loses) = &self.loses {
            out.paragraph(&format!("**Lost by rolling back:** {}", escape(loses)));
        }
        if let Some(point) = &self.point_of_no_return {
            out.paragraph(&format!("⛔ **Point of no return:** {}", escape(point)));
        }
        if self.steps.is_empty() {
            out.paragraph("**The ticket states no rollback steps.**");
        } else {
            out.paragraph("As the ticket states it:");
            out.list(self.steps.iter().map(PlannedStep::item_without_time));
        }
        if let Some(switch_back) = &self.switch_back {
            let switch_back = escape(switch_back);
            out.paragraph(&format!(
                "To switch back to the old environment: {switch_back}"
            ));
        }
        if self.step_undos.is_empty() {
            return;
        }
        out.paragraph("To undo single steps of the deployment instead:");
        out.list(self.step_undos.iter().map(|step| {
            let action = escape(&step.action);
            match (&step.undo, &step.cannot_undo) {
                (Some(undo), _) => Item::new(format!("{action}: {}", instruction(undo))),
                (None, Some(reason)) => {
                    Item::new(format!("{action}: cannot be undone, {}", escape(reason)))
                }
                (None, None) => Item::new(action),
            }
        }));
    }

    /// What of it cannot be undone, by its risk and its steps.
    fn limits(&self) -> Vec<String> {
        let id = code(&self.id);
        let mut limits = Vec::new();
        limits.extend(match self.reversible {
            Some("no") => Some(format!("{id} is not reversible.")),
            Some("partly") => Some(format!("{id} is only partly reversible.")),
            _ => None,
        });
        for step in &self.step_undos {
            if let (None, Some(reason)) = (&step.undo, &step.cannot_undo) {
                let (action, reason) = (escape(&step.action), escape(reason));
                limits.push(format!("{id}, step “{action}”: {reason}"));
            }
        }
        limits
    }

    fn facts(&self) -> String {
        let mut facts = vec![format!("Ticket: {}", code(&self.id))];
        facts.push(match self.rehearsed_on {
            Some(date) => format!("Rehearsed on {}", day(date)),
            None => "No rehearsal is recorded".to_owned(),
        });
        if !self.only_after.is_empty() {
            let ids: Vec<String> = self.only_after.iter().map(|id| code(id)).collect();
            facts.push(format!(
                "**Only after** {}, which depends on it",
                join_and(&ids)
            ));
        }
        format!("{}.", facts.join(". "))
    }
}

impl RemovedFlag {
    /// Until when the flag can be switched off.
    fn limit(&self) -> String {
        let key = code(&self.key);
        match self.remove_by {
            Some(date) => format!("the removal of the flag {key}, by {}", day(date)),
            None => format!("the removal of the flag {key}"),
        }
    }
}

/// A command, or a sentence: one that has code spans of its own, or says that there is nothing to
/// undo.
fn instruction(undo: &str) -> String {
    if undo.contains('`') || undo.to_lowercase().starts_with("nothing") {
        escape(undo)
    } else {
        code(undo)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{commit_of, facts_of};
    use super::*;

    fn plan(tickets: &[(&str, &str)]) -> String {
        RollbackPlan::new(&facts_of(tickets)).unwrap().markdown()
    }

    #[test]
    fn tickets_are_rolled_back_in_reverse_order() {
        let text = plan(&[("a", ""), ("b", "depends_on = [\"a\"]")]);
        let (first, second) = (text.find("## 1. Change b"), text.find("## 2. Change a"));
        assert!(first.is_some() && first < second, "{text}");
        assert!(
            text.contains("**Only after** `b`, which depends on it"),
            "{text}"
        );
    }

    #[test]
    fn the_total_is_unknown_if_a_ticket_does_not_say_how_long_it_takes() {
        let known = "[rollback]\nwithin = \"10m\"\nsteps = [\"x\"]";
        assert!(plan(&[("a", known)]).contains("It takes at most **10 minutes**"));
        assert!(plan(&[("a", known), ("b", "")]).contains("How long everything takes is unknown"));
    }

    #[test]
    fn what_is_missing_is_listed() {
        let text = plan(&[("a", "")]);
        assert!(
            text.contains("`a`: `rollback.trigger`, `rollback.decider`"),
            "{text}"
        );
    }

    #[test]
    fn what_cannot_be_undone_is_listed() {
        let ticket = "risk = { reversible = \"partly\" }\n\
                      deployment = [{ do = \"send the mails\", cannot_undo = \"they are read\" }]\n";
        let mut facts = facts_of(&[("a", ticket)]);
        facts.commits = vec![commit_of(1, "Bo", "fix: round half up", &[])];
        facts.previous = Some(crate::report::PreviousRelease {
            version: "4.12.1".parse().unwrap(),
            tag: "v4.12.1".into(),
            commit: facts.tip,
        });
        let text = RollbackPlan::new(&facts).unwrap().markdown();
        let limits = "## What this plan cannot undo\n\n- `a` is only partly reversible.\n\
                      - `a`, step “send the mails”: they are read\n\n\
                      These commits have no ticket. To deploy `v4.12.1` again takes them back as well, \
                      and nothing says what that changes:\n\n- `0101010101` fix: round half up (Bo)\n";
        assert!(text.contains(limits), "{text}");
        assert!(
            text.contains("**The ticket states no rollback steps.**"),
            "{text}"
        );
    }

    #[test]
    fn flag_limits_the_rollback_until_it_is_removed() {
        let text = plan(&[(
            "a",
            "deployment = { flag = { key = \"new-cart\", remove_by = 2027-03-31 } }",
        )]);
        let limit = "| the removal of the flag `new-cart`, by Wed 31 Mar 2027 |";
        assert!(text.contains(limit), "{text}");
    }

    #[test]
    fn a_release_without_tickets_says_so() {
        assert!(plan(&[]).contains("nothing says how to go back"));
    }
}

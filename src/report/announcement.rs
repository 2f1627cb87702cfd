//! The announcement: what users, stakeholders, and support should know, and the messages of the
//! day. Nothing is sent.

use jiff::Timestamp;
use serde::Serialize;

use super::actions::PromisedAction;
use super::announced_change::Change;
use super::clock::{Clock, seconds_in_words};
use super::facts::{ReleaseFacts, ReportedTicket};
use super::header::Header;
use super::markdown::{Item, Markdown, code};
use super::missing::{Missing, write_missing};
use super::order::carried_out;
use super::payload::ChatMessage;
use super::release_file::ReleaseFileSummary;
use super::release_result::{ChangeResult, ReleaseResult};
use super::steps::text;
use super::wire_window::WireWindow;
use super::{Report, Templated, person, texts};
use crate::changelog::escape;
use crate::error::{Error, Result};
use crate::source::join_and;
use crate::ticket::Message;

/// What others should know about a release.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Announcement {
    schema_version: u8,
    pub(super) release: Header,
    /// From the start of the first window to the end of the last; null if no ticket has a schedule.
    pub(super) window: Option<WireWindow>,
    /// What the release file says.
    file: ReleaseFileSummary,
    /// The changes that are announced to users.
    users: Vec<UserChange>,
    /// The changes in the order in which they are carried out.
    pub(super) changes: Vec<Change>,
    /// The open actions that were promised after the release before.
    promised_before: Vec<PromisedAction>,
    /// What support should know.
    support: Vec<SupportChange>,
    /// The messages that tickets have for single audiences.
    audience_messages: Vec<AudienceMessage>,
    /// The messages of the day; with a result, those about what happened.
    messages: Vec<DayMessage>,
    /// How it went; null before the release.
    result: Option<ReleaseResult>,
    /// What is not announced to users, for the author.
    not_announced: Vec<NotAnnounced>,
    /// What an announcement needs and no ticket states, for the author.
    missing: Vec<Missing>,
    #[serde(skip)]
    pub(super) clock: Clock,
}

/// A change that is announced to users.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct UserChange {
    ticket: String,
    /// What the ticket tells its audiences, word for word.
    summary: String,
    /// What users have to do.
    action: Option<String>,
    /// How long they are without service.
    downtime_seconds: Option<u64>,
    audiences: Vec<String>,
    channels: Vec<String>,
    sender: Option<String>,
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    send_at: Option<Timestamp>,
}

/// What support should know about a change.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct SupportChange {
    ticket: String,
    title: String,
    window: Option<WireWindow>,
    /// Who and what is affected if it fails.
    blast_radius: Option<String>,
    training: Option<String>,
    /// What to say to users who ask.
    say: Option<String>,
    /// What to report at once.
    trigger: Option<String>,
    /// The person to report it to.
    decider: Option<String>,
}

/// A message of a ticket to one audience.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct AudienceMessage {
    ticket: String,
    audience: Option<String>,
    text: String,
}

/// A message of the day of the release.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct DayMessage {
    /// When it is sent: `begun`, `held`, `rolled-back`, or `done`.
    #[cfg_attr(test, schemars(extend("enum" = ["begun", "held", "rolled-back", "done"])))]
    event: &'static str,
    text: String,
}

/// A change that is not announced to users.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct NotAnnounced {
    /// The ID of a ticket, or of a commit without a ticket.
    id: String,
    title: String,
    reason: &'static str,
}

/// Why a commit is not announced.
const NO_TICKET: &str = "the commit has no ticket";

/// The beginnings of words for people outside the company.
const USERS: [&str; 7] = [
    "customer",
    "user",
    "client",
    "public",
    "everyone",
    "subscriber",
    "guest",
];

impl Announcement {
    /// The announcement of a release.
    ///
    /// # Errors
    ///
    /// Fails if schedules and dependencies give no order.
    pub(crate) fn new(facts: &ReleaseFacts) -> Result<Self> {
        let tickets = carried_out(facts)?;
        let release = Header::new(facts);
        let window = facts.window().map(WireWindow::of);
        let file = ReleaseFileSummary::of(facts);
        Ok(Self {
            schema_version: 1,
            users: tickets
                .iter()
                .filter_map(|ticket| UserChange::of(facts, ticket))
                .collect(),
            changes: tickets
                .iter()
                .map(|ticket| Change::of(facts, ticket))
                .collect(),
            promised_before: PromisedAction::of_previous(facts)
                .into_iter()
                .filter(|action| !action.is_done)
                .collect(),
            support: tickets
                .iter()
                .map(|ticket| SupportChange::of(facts, ticket))
                .collect(),
            audience_messages: tickets
                .iter()
                .flat_map(|ticket| AudienceMessage::all(ticket))
                .collect(),
            messages: messages(facts, &release, end(&file, window)),
            result: None,
            not_announced: not_announced(facts, &tickets),
            missing: tickets
                .iter()
                .filter_map(|ticket| missing(ticket))
                .collect(),
            release,
            window,
            file,
            clock: facts.clock.clone(),
        })
    }
}

impl Announcement {
    /// The announcement of the result, from the outcomes that the tickets record at HEAD.
    ///
    /// # Errors
    ///
    /// Fails if it is not released, and if schedules and dependencies give no order.
    pub(crate) fn of_result(facts: &ReleaseFacts) -> Result<Self> {
        if facts.tag.is_none() {
            return Err(Error::usage(
                "what is unreleased has no result",
                "name a release by its tag, such as `v1.3.0`",
            ));
        }
        let announcement = Self::new(facts)?;
        let planned_end = end(&announcement.file, announcement.window);
        let result = ReleaseResult::of(&carried_out(facts)?, planned_end);
        let messages = result.messages(&announcement.release.name(), &facts.clock);
        let messages = messages.into_iter();
        Ok(Self {
            messages: messages
                .map(|(event, text)| DayMessage { event, text })
                .collect(),
            result: Some(result),
            ..announcement
        })
    }
}

/// When the release is planned to end.
fn end(file: &ReleaseFileSummary, window: Option<WireWindow>) -> Option<Timestamp> {
    match file.planned {
        Some(planned) => planned.end,
        None => window.map(|window| window.end),
    }
}

/// Whether a ticket names users among its audiences.
fn addresses_users(ticket: &ReportedTicket) -> bool {
    let communication = ticket.plan().communication.as_ref();
    let mut audiences = communication.into_iter().flat_map(|it| &it.audiences);
    audiences.any(|audience| {
        let audience = audience.text.to_lowercase();
        let mut words = audience.split(|c: char| !c.is_alphanumeric());
        words.any(|word| USERS.iter().any(|user| word.starts_with(user)))
    })
}

impl UserChange {
    fn of(facts: &ReleaseFacts, ticket: &ReportedTicket) -> Option<Self> {
        let plan = ticket.plan();
        let communication = plan
            .communication
            .as_ref()
            .filter(|_| addresses_users(ticket))?;
        Some(Self {
            ticket: ticket.id().to_owned(),
            summary: communication.summary.as_ref()?.text.clone(),
            action: text(communication.action.as_ref()),
            downtime_seconds: plan.risk.downtime.map(|downtime| downtime.as_secs()),
            audiences: texts(&communication.audiences),
            channels: texts(&communication.channels),
            sender: person(facts, communication.sender.as_ref()),
            send_at: communication.send_at.map(|at| at.timestamp),
        })
    }
}

impl SupportChange {
    fn of(facts: &ReleaseFacts, ticket: &ReportedTicket) -> Self {
        let plan = ticket.plan();
        let communication = plan.communication.as_ref();
        Self {
            ticket: ticket.id().to_owned(),
            title: plan.title.text.clone(),
            window: ticket.window().map(WireWindow::of),
            blast_radius: text(plan.risk.blast_radius.as_ref()),
            training: communication.and_then(|it| text(it.training.as_ref())),
            say: communication.and_then(|it| text(it.say.as_ref())),
            trigger: text(plan.rollback.trigger.as_ref()),
            decider: person(facts, plan.rollback.decider.as_ref()),
        }
    }
}

impl AudienceMessage {
    /// The messages of a ticket that say something.
    fn all(ticket: &ReportedTicket) -> Vec<Self> {
        let communication = ticket.plan().communication.iter();
        let message = |message: &Message| {
            Some(Self {
                ticket: ticket.id().to_owned(),
                audience: text(message.audience.as_ref()),
                text: text(message.text.as_ref())?,
            })
        };
        communication
            .flat_map(|communication| &communication.messages)
            .filter_map(message)
            .collect()
    }
}

/// The messages of the day. What only that day can tell is marked.
fn messages(facts: &ReleaseFacts, release: &Header, end: Option<Timestamp>) -> Vec<DayMessage> {
    let name = release.name();
    let until = end
        .map(|end| {
            let end = facts.clock.day_and_time(end);
            format!(" It is planned to end by {end} ({}).", facts.clock.zone())
        })
        .unwrap_or_default();
    let previous = facts
        .previous
        .as_ref()
        .map(|base| format!(" to {}", base.version))
        .unwrap_or_default();
    [
        ("begun", format!("The release of {name} has begun.{until}")),
        (
            "held",
            format!("The release of {name} is on hold: (replace)."),
        ),
        (
            "rolled-back",
            format!("{name} was rolled back{previous}: (replace)."),
        ),
        ("done", format!("{name} is released.")),
    ]
    .map(|(event, text)| DayMessage { event, text })
    .into()
}

fn not_announced(facts: &ReleaseFacts, tickets: &[&ReportedTicket]) -> Vec<NotAnnounced> {
    let of_ticket = |ticket: &&&ReportedTicket| {
        let communication = ticket.plan().communication.as_ref();
        let has_summary = communication.is_some_and(|it| it.summary.is_some());
        let reason = match (addresses_users(ticket), has_summary) {
            (true, true) => return None,
            (true, false) => {
                "it names users in `communication.audiences`, but has no `communication.summary`"
            }
            (false, _) => "`communication.audiences` does not include users",
        };
        Some(NotAnnounced {
            id: ticket.id().to_owned(),
            title: ticket.plan().title.text.clone(),
            reason,
        })
    };
    let tickets = tickets.iter().filter_map(|ticket| of_ticket(&ticket));
    let commits = facts.without_ticket().map(|commit| NotAnnounced {
        id: commit.commit.id.short(),
        title: commit.commit.subject().to_owned(),
        reason: NO_TICKET,
    });
    tickets.chain(commits).collect()
}

fn missing(ticket: &ReportedTicket) -> Option<Missing> {
    let communication = ticket.plan().communication.as_ref();
    let is_for_users = addresses_users(ticket);
    Missing::of(
        ticket,
        [
            (
                "communication.action",
                !is_for_users || communication.is_some_and(|it| it.action.is_some()),
            ),
            (
                "communication.say",
                !is_for_users || communication.is_some_and(|it| it.say.is_some()),
            ),
            (
                "risk.blast_radius",
                ticket.plan().risk.blast_radius.is_some(),
            ),
            ("rollback.trigger", ticket.plan().rollback.trigger.is_some()),
        ],
    )
}

impl Templated for Announcement {
    fn entries(&self) -> usize {
        self.changes.len() + self.file.items.len()
    }
}

impl Report for Announcement {
    fn markdown(&self) -> String {
        let mut out = Markdown::default();
        if let Some(result) = &self.result {
            self.write_result(result, &mut out);
            return out.finish();
        }
        out.heading(1, &format!("Announcement: {}", self.release.title()));
        self.write_users(&mut out);
        self.write_stakeholders(&mut out);
        self.write_support(&mut out);
        self.write_audience_messages(&mut out);
        self.write_messages("On the day", &mut out);
        self.write_not_announced(&mut out);
        write_missing(&self.missing, &mut out);
        self.file.write_missing(&mut out);
        out.paragraph(&self.file.contradiction());
        out.paragraph(&self.release.made_from());
        out.finish()
    }
}

impl Announcement {
    fn write_result(&self, result: &ReleaseResult, out: &mut Markdown) {
        out.heading(1, &format!("Result: {}", self.release.title()));
        result.write(&self.release.name(), &self.clock, out);
        self.file.write_known_issues(2, out);
        self.write_messages("Messages", out);
        result.write_missing(out);
        out.paragraph(&self.release.made_from());
    }

    /// The message for a chat or a mail.
    pub(super) fn message(&self) -> ChatMessage {
        let name = self.release.name();
        let (subject, lines) = match &self.result {
            Some(result) => (
                result.subject(&name),
                result.changes.iter().map(ChangeResult::line).collect(),
            ),
            None => (
                self.subject(),
                self.changes.iter().map(Change::line).collect(),
            ),
        };
        ChatMessage {
            name,
            subject,
            lines,
            made_of: format!("Made from {}.", &self.release.commit[..10]),
        }
    }

    /// `shop 4.13.0: 3 changes on Tue 24 Nov 2026, 08:00–10:30 Europe/Berlin`.
    fn subject(&self) -> String {
        let changes = match self.changes.len() {
            1 => "1 change".to_owned(),
            count => format!("{count} changes"),
        };
        let planned = self
            .file
            .planned
            .map(|planned| planned.describe(&self.clock));
        let scheduled = || Some(self.clock.window(self.window?.window()));
        let when = planned.or_else(scheduled).map(|when| format!(" on {when}"));
        let when = when.unwrap_or_default();
        format!("{}: {changes}{when}", self.release.name())
    }

    fn write_users(&self, out: &mut Markdown) {
        out.heading(2, "For users");
        if self.users.is_empty() {
            out.paragraph("No ticket of this release is announced to users.");
        }
        for change in &self.users {
            out.paragraph(&escape(&change.summary));
            let action = change.action.iter();
            let action = action.map(|action| Item::new(format!("What to do: {}", escape(action))));
            let downtime = change
                .downtime_seconds
                .iter()
                .map(|seconds| Item::new(format!("Downtime: {}", seconds_in_words(*seconds))));
            out.list(action.chain(downtime));
            out.paragraph(&change.delivery(&self.clock));
        }
        let accepted = || self.file.known_issues.iter().filter(|it| it.is_accepted());
        if accepted().next().is_some() {
            out.paragraph("Known issues:");
            out.list(accepted().map(|issue| Item::new(escape(&issue.text))));
        }
    }

    fn write_stakeholders(&self, out: &mut Markdown) {
        out.heading(2, "For stakeholders");
        out.paragraph(&format!("**{}**", escape(&self.subject())));
        let row = |change: &Change| {
            let why = match &change.goal {
                Some(goal) => format!("{} ({})", escape(&change.justification), escape(goal)),
                None => escape(&change.justification),
            };
            vec![
                escape(&change.title),
                why,
                change.risk.to_owned(),
                change.way_back(),
            ]
        };
        let rows: Vec<Vec<String>> = self.changes.iter().map(row).collect();
        out.table(&["Change", "Why", "Risk", "Way back"], &rows);
        let decider = self.file.decider.iter().map(|decider| {
            format!(
                "{} decides whether the release goes ahead.",
                escape(decider)
            )
        });
        let sentences: Vec<String> = self.downtime().into_iter().chain(decider).collect();
        out.paragraph(&sentences.join(" "));
        let items = self.file.items_before().filter(|item| !item.done);
        let items = items.map(|item| item.plain_item(&self.clock));
        let actions = self.promised_before.iter();
        let actions = actions.map(|action| action.plain_item(&self.clock));
        let open: Vec<Item> = items.chain(actions).collect();
        if !open.is_empty() {
            out.paragraph("Still open:");
            out.list(open);
        }
    }

    /// The declared downtime of all changes; `None`: there are no changes.
    fn downtime(&self) -> Option<String> {
        let declared = || {
            self.changes
                .iter()
                .filter_map(|change| change.downtime_seconds)
        };
        if self.changes.is_empty() {
            return None;
        }
        Some(match declared().next() {
            None => "No ticket declares downtime.".to_owned(),
            Some(_) => format!("Declared downtime: {}.", seconds_in_words(declared().sum())),
        })
    }

    fn write_support(&self, out: &mut Markdown) {
        if self.support.is_empty() && self.file.known_issues.is_empty() {
            return;
        }
        out.heading(2, "For support");
        for change in &self.support {
            let when = change.window.map_or_else(String::new, |window| {
                format!(" ({})", self.clock.window(window.window()))
            });
            out.paragraph(&format!("**{}**{when}", escape(&change.title)));
            let fact = |label: &str, text: &Option<String>| {
                let text = text.as_deref().map(escape)?;
                Some(Item::new(format!("{label}: {text}")))
            };
            let report = change.trigger.as_deref().map(|trigger| {
                let to = change
                    .decider
                    .as_deref()
                    .map(|name| format!(" to {}", escape(name)))
                    .unwrap_or_default();
                Item::new(format!("Report at once{to}: {}", escape(trigger)))
            });
            let facts = [
                fact("Affected", &change.blast_radius),
                fact("Training", &change.training),
                fact("What to say", &change.say),
                report,
            ];
            out.list(facts.into_iter().flatten());
        }
        self.file.write_known_issues(3, out);
    }

    fn write_audience_messages(&self, out: &mut Markdown) {
        if self.audience_messages.is_empty() {
            return;
        }
        out.heading(2, "For single audiences");
        out.list(self.audience_messages.iter().map(|message| {
            let audience = message.audience.as_deref().map_or_else(
                || "Audience not stated".to_owned(),
                |audience| format!("To {}", escape(audience)),
            );
            Item::new(format!("{audience} ({})", code(&message.ticket)))
                .with([escape(&message.text)])
        }));
    }

    fn write_messages(&self, heading: &str, out: &mut Markdown) {
        if self.messages.is_empty() {
            return;
        }
        out.heading(2, heading);
        out.list(
            self.messages.iter().map(|message| {
                Item::new(format!("**{}:** {}", message.event, escape(&message.text)))
            }),
        );
    }

    fn write_not_announced(&self, out: &mut Markdown) {
        if self.not_announced.is_empty() {
            return;
        }
        out.heading(2, "Not announced to users");
        let tickets = self
            .not_announced
            .iter()
            .filter(|it| it.reason != NO_TICKET);
        out.list(tickets.map(|change| {
            Item::new(format!(
                "{} {}: {}",
                code(&change.id),
                escape(&change.title),
                escape(change.reason)
            ))
        }));
        let commits = &self.release.without_ticket;
        if !commits.is_empty() {
            out.paragraph("Commits without a ticket:");
            out.list(commits.iter().map(|commit| Item::new(commit.markdown())));
        }
    }
}

impl UserChange {
    fn delivery(&self, clock: &Clock) -> String {
        let list = |texts: &[String]| {
            let texts: Vec<String> = texts.iter().map(|text| escape(text)).collect();
            join_and(&texts)
        };
        let mut parts = vec![format!("To {}", list(&self.audiences))];
        if !self.channels.is_empty() {
            parts.push(format!("through {}", list(&self.channels)));
        }
        parts.extend(
            self.sender
                .iter()
                .map(|name| format!("by {}", escape(name))),
        );
        parts.extend(
            self.send_at
                .map(|at| format!("on {} ({})", clock.day_and_time(at), clock.zone())),
        );
        format!("*{}. Ticket:* {}", parts.join(" "), code(&self.ticket))
    }
}

#[cfg(test)]
mod tests {
    use super::super::facts::ReleaseTag;
    use super::super::payload::Dialect;
    use super::super::testing::{facts_of, release_file};
    use super::*;

    fn announcement(ticket: &str) -> String {
        let facts = facts_of(&[("a", ticket)]);
        Announcement::new(&facts).unwrap().markdown()
    }

    const FOR_CUSTOMERS: &str = "[communication]\naudiences = [\"all customers\"]\nsummary = \"One page instead of three.\"";

    #[test]
    fn users_read_the_summary_word_for_word() {
        let text = announcement(FOR_CUSTOMERS);
        assert!(text.contains("\nOne page instead of three.\n"), "{text}");
    }

    #[test]
    fn what_users_have_to_do_is_never_guessed() {
        let text = announcement(FOR_CUSTOMERS);
        assert!(!text.contains("What to do"), "{text}");
        assert!(text.contains("`a`: `communication.action`"), "{text}");
    }

    #[test]
    fn messages_to_single_audiences_are_printed() {
        let text = announcement(
            "[[communication.messages]]\naudience = \"press\"\ntext = \"One page from *Tuesday*\"",
        );
        let message =
            "## For single audiences\n\n- To press (`a`)\n  - One page from \\*Tuesday\\*\n";
        assert!(text.contains(message), "{text}");
    }

    #[test]
    fn a_ticket_for_engineers_is_not_announced_to_users() {
        let text =
            announcement("[communication]\naudiences = [\"engineering\"]\nsummary = \"x y\"");
        assert!(text.contains("No ticket of this release is announced to users."));
        assert!(
            text.contains("`a` Change a: `communication.audiences` does not include users"),
            "{text}"
        );
    }

    #[test]
    fn stakeholders_read_who_decides_and_what_is_still_promised() {
        let mut facts = facts_of(&[("a", "rollback = { decider = \"ria\", within = \"5m\" }")]);
        facts.previous = Some(crate::report::PreviousRelease {
            version: "4.12.1".parse().unwrap(),
            tag: "v4.12.1".into(),
            commit: facts.tip,
        });
        let actions = "[[actions]]\ntext = \"Test the contract\"\nowner = \"bo\"\ndue = 2026-11-20\n\
                       [[actions]]\ntext = \"Add an alert\"\ndone = true\n";
        facts.previous_file = Some(release_file(actions));
        let text = Announcement::new(&facts).unwrap().markdown();
        for part in [
            "| 5 minutes; ria decides |",
            "\nNo ticket declares downtime.\n",
            "\n- Test the contract, promised after 4.12.1, bo, due Fri 20 Nov 2026, 3 days overdue\n",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("Add an alert"), "{text}");
    }

    fn result(tickets: &[(&str, &str)]) -> Result<Announcement> {
        let mut facts = facts_of(tickets);
        facts.tag = Some(ReleaseTag {
            name: "v4.13.0".into(),
            at: None,
            by: None,
        });
        Announcement::of_result(&facts)
    }

    const SCHEDULED: &str =
        "schedule = { start = 2026-11-24T07:00:00Z, end = 2026-11-24T09:30:00Z }\n";

    #[test]
    fn result_says_when_it_was_done_and_what_was_measured() {
        let ticket = format!(
            "{SCHEDULED}[outcome]\nresult = \"with-issues\"\nstarted_at = 2026-11-24T07:02:00Z\n\
             deployed_at = 2026-11-24T09:38:00Z\nmeasured = \"0.1% lost\"\n\
             [[notes]]\ntext = \"3 calls\"\n"
        );
        let text = result(&[("a", &ticket)]).unwrap().markdown();
        let sentence = "**shop 4.13.0 is released.** It began on Tue 24 Nov 2026, 08:02 (Europe/Berlin). \
                        All changes were deployed by Tue 24 Nov 2026, 10:38 (Europe/Berlin), 8 minutes after the planned end.";
        assert!(text.contains(sentence), "{text}");
        let row =
            "| Change a | with-issues | Tue 24 Nov 2026, 10:38 | *not recorded* | 0.1% lost |";
        assert!(text.contains(row), "{text}");
        assert!(text.contains("- Change a (`a`)\n  - 3 calls\n"), "{text}");
        assert!(
            !text.contains("(replace)") && !text.contains("Not stated"),
            "{text}"
        );
    }

    #[test]
    fn release_is_done_only_if_every_result_is_recorded() {
        let done = "[outcome]\nresult = \"successful\"";
        let announcement = result(&[("a", done), ("b", "")]).unwrap();
        let text = announcement.markdown();
        let subject = "**shop 4.13.0: the result of 1 of 2 changes is not recorded.**";
        assert!(text.contains(subject), "{text}");
        assert!(!text.contains("is released"), "{text}");
        assert!(text.contains("- `b`: `outcome.result`, "), "{text}");
        let chat = announcement.in_dialect(Dialect::Text);
        assert!(chat.contains("- Change b: result not recorded\n"), "{chat}");
    }

    #[test]
    fn result_names_what_was_rolled_back() {
        let back = "[outcome]\nresult = \"rolled-back\"";
        let done = "[outcome]\nresult = \"successful\"";
        let text = result(&[("a", back), ("b", done)]).unwrap().markdown();
        assert!(
            text.contains("**shop 4.13.0: 1 of 2 changes rolled back.**"),
            "{text}"
        );
        let message = "- **rolled-back:** shop 4.13.0: Change a was rolled back.";
        assert!(text.contains(message), "{text}");
        let all = result(&[("a", back)]).unwrap().markdown();
        assert!(
            all.contains("**All changes of shop 4.13.0 were rolled back.**"),
            "{all}"
        );
    }

    #[test]
    fn result_says_what_waits_for_a_decision() {
        let steps = "[[deployment.steps]]\ndo = \"copy\"\n\
                     [[deployment.steps]]\ndo = \"drop\"\nhold = true\n\
                     [[deployment.steps]]\ndo = \"tidy up\"\n";
        let note = |step: u8| {
            format!(
                "[[notes]]\nsection = \"deployment\"\nstep = {step}\nat = 2026-11-24T08:55:00Z\n"
            )
        };
        let copied = format!("{steps}{}", note(1));
        let text = result(&[("a", &copied)]).unwrap().markdown();
        let message = "- **held:** The release of shop 4.13.0 is on hold: step 1 of Change a was \
                       completed on Tue 24 Nov 2026, 09:55 (Europe/Berlin), and step 2 waits for the \
                       decision to go on.\n";
        assert!(text.contains(message), "{text}");
        let dropped = format!("{copied}{}", note(2));
        let finished = format!("{copied}[outcome]\nresult = \"rolled-back\"\n");
        for ticket in [dropped, finished] {
            let text = result(&[("a", &ticket)]).unwrap().markdown();
            assert!(!text.contains("on hold"), "{text}");
        }
    }

    #[test]
    fn what_is_unreleased_has_no_result() {
        let error = Announcement::of_result(&facts_of(&[("a", "")])).unwrap_err();
        assert_eq!(error.to_string(), "what is unreleased has no result");
    }

    #[test]
    fn hostile_texts_stay_texts() {
        let text = announcement(
            "[communication]\naudiences = [\"users\"]\nsummary = \"<img src=x> @here [a](javascript:x)\"",
        );
        assert!(!text.contains("<img") && !text.contains(" @here"), "{text}");
        assert!(!text.contains("[a]("), "{text}");
    }
}

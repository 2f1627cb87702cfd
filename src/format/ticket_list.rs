//! The list of tickets as text or JSON.

use serde::Serialize;

use super::document;
#[cfg(feature = "cli")]
use super::{RenderOptions, style::Style, table::styled_table};
use crate::approval::Outlook;
use crate::source::shorten;
use crate::ticket::{Category, RiskLevel, State, Text, Ticket};

/// A ticket of a list.
#[derive(Debug)]
pub struct ListedTicket {
    /// The ticket.
    pub ticket: Ticket,
    /// The effective level: declared, or computed if not declared.
    pub risk: RiskLevel,
    /// The status of its approvals, if its state depends on them; `None`: the written state is the
    /// state.
    pub outlook: Option<Outlook>,
}

impl ListedTicket {
    /// The state: as it is written, or `approved`, which follows from approvals.
    #[must_use]
    pub(crate) fn state(&self) -> State {
        match &self.outlook {
            Some(outlook) => outlook.judgement.state(),
            None => self.ticket.state,
        }
    }

    fn describe_state(&self) -> String {
        match &self.outlook {
            Some(outlook) => outlook.judgement.describe_state(),
            None => self.ticket.state.as_str().to_owned(),
        }
    }
}

/// The tickets, as printed by `ticket list`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct WireTickets<'a> {
    schema_version: u8,
    /// Sorted by path.
    tickets: Vec<WireListedTicket<'a>>,
    /// The paths of tickets that cannot be parsed; filters do not apply.
    unreadable: &'a [String],
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireListedTicket<'a> {
    id: &'a str,
    /// Relative to the root, with `/`.
    path: &'a str,
    title: &'a str,
    /// If null, the value in the ticket is invalid.
    #[cfg_attr(test, schemars(extend("enum" = nullable(crate::ticket::State::WORDS))))]
    state: Option<&'static str>,
    /// The state in the ticket's file: `approved` need not be written, because it follows from
    /// approvals. If null, the value in the ticket is invalid.
    #[cfg_attr(test, schemars(extend("enum" = nullable(crate::ticket::State::WORDS))))]
    written_state: Option<&'static str>,
    /// Whether only the forge can confirm that the ticket is approved.
    approval_unknown: bool,
    /// If null, `risk.level` in the ticket is invalid.
    #[cfg_attr(test, schemars(extend("enum" = nullable(RiskLevel::WORDS))))]
    risk: Option<&'static str>,
    /// If null, the value in the ticket is invalid.
    #[cfg_attr(test, schemars(extend("enum" = nullable(crate::ticket::Kind::WORDS))))]
    kind: Option<&'static str>,
    category: Option<&'static str>,
    /// If empty, all services.
    services: Vec<&'a str>,
    /// If empty, all environments.
    environments: Vec<&'a str>,
    /// As written in the ticket.
    assignee: Option<&'a str>,
}

/// Writes the document of `ticket list --format json`.
#[must_use]
pub(crate) fn tickets_json(listed: &[ListedTicket], unreadable: &[String]) -> String {
    document(&WireTickets {
        schema_version: 1,
        tickets: listed.iter().map(wire).collect(),
        unreadable,
    })
}

/// Writes a table; empty if there are no tickets.
#[cfg(feature = "cli")]
#[must_use]
pub fn tickets_text(listed: &[ListedTicket], options: RenderOptions) -> String {
    if listed.is_empty() {
        return String::new();
    }
    let row = |listed: &ListedTicket| {
        let ticket = &listed.ticket;
        let services = texts(&ticket.services).join(", ");
        [
            ticket.identity.text.clone(),
            word_or_invalid(ticket, "state", &listed.describe_state()),
            word_or_invalid(ticket, "risk.level", listed.risk.as_str()),
            word_or_invalid(ticket, "kind", ticket.kind.as_str()),
            if services.is_empty() {
                "(all)".to_owned()
            } else {
                services
            },
            ticket
                .assignee
                .as_ref()
                .map_or_else(|| "-".to_owned(), |assignee| assignee.text.clone()),
            ticket.title.text.clone(),
        ]
    };
    let rows: Vec<_> = listed.iter().map(row).collect();
    styled_table(
        [
            "ID", "STATE", "RISK", "KIND", "SERVICES", "ASSIGNEE", "TITLE",
        ],
        &rows,
        options,
        style,
    )
}

/// Highlights the state and the risk.
#[cfg(feature = "cli")]
fn style(column: usize, text: &str) -> Option<Style> {
    match (column, text) {
        (0, _) => Some(Style::Bold),
        (1, "closed" | "cancelled") => Some(Style::Faint),
        (1, "approved" | "deploying" | "validating") => Some(Style::Good),
        (1, "rolling-back") | (2, "critical" | "high") => Some(Style::Bad),
        (2, "medium") => Some(Style::Warning),
        _ => None,
    }
}

fn wire(listed: &ListedTicket) -> WireListedTicket<'_> {
    let ticket = &listed.ticket;
    WireListedTicket {
        id: &ticket.identity.text,
        path: ticket.source.name(),
        title: &ticket.title.text,
        state: valid_word(ticket, "state", listed.state().as_str()),
        written_state: valid_word(ticket, "state", ticket.state.as_str()),
        approval_unknown: listed
            .outlook
            .as_ref()
            .is_some_and(|outlook| outlook.judgement.is_state_unknown()),
        risk: valid_word(ticket, "risk.level", listed.risk.as_str()),
        kind: valid_word(ticket, "kind", ticket.kind.as_str()),
        category: ticket.category.map(Category::as_str),
        services: texts(&ticket.services),
        environments: texts(&ticket.environments),
        assignee: ticket
            .assignee
            .as_ref()
            .map(|assignee| assignee.text.as_str()),
    }
}

/// The word of a field; `None` if the ticket's value is invalid and the field has the default.
pub(super) fn valid_word(ticket: &Ticket, key: &str, word: &'static str) -> Option<&'static str> {
    (!ticket.invalid_words.contains_key(key)).then_some(word)
}

/// The word of a field, or the invalid value in the ticket.
pub(super) fn word_or_invalid(ticket: &Ticket, key: &str, word: &str) -> String {
    match ticket.invalid_words.get(key) {
        Some(written) => format!("invalid (`{}`)", shorten(written)),
        None => word.to_owned(),
    }
}

/// The words of a schema, and null.
#[cfg(test)]
pub(super) fn nullable(words: &[&'static str]) -> Vec<Option<&'static str>> {
    words.iter().copied().map(Some).chain([None]).collect()
}

pub(super) fn texts(texts: &[Text]) -> Vec<&str> {
    texts.iter().map(|text| text.text.as_str()).collect()
}

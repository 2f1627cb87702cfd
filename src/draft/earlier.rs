//! What earlier tickets of the same service state about how such a change is made.

use super::change::{Change, folder_of, name_of};
use super::fact::Migration;
use crate::ticket::{Ending, State, Ticket};

/// Earlier tickets whose changes were made.
pub(crate) struct Earlier<'a> {
    tickets: Vec<&'a Ticket>,
}

/// The latest ticket of the same service.
#[derive(Clone, Copy)]
pub(crate) struct Precedent<'a> {
    ticket: &'a Ticket,
}

impl<'a> Earlier<'a> {
    /// The tickets of a change that were carried out with success.
    pub(crate) fn of(change: &'a Change) -> Self {
        let was_made = |ticket: &&Ticket| {
            let ending = ticket.outcome.as_ref().and_then(|outcome| outcome.result);
            let failed = matches!(ending, Some(Ending::Failed | Ending::RolledBack));
            matches!(ticket.state, State::Validating | State::Closed) && !failed
        };
        Self {
            tickets: change.earlier.iter().filter(was_made).collect(),
        }
    }

    /// The services of the tickets with migrations in the same folders, if they all agree; with the
    /// ID of the latest one.
    pub(crate) fn services_of(&self, migrations: &[&Migration]) -> Option<(Vec<String>, String)> {
        let mut found: Option<(Vec<String>, String)> = None;
        for ticket in self
            .tickets
            .iter()
            .filter(|it| shares_folder(it, migrations))
        {
            let services: Vec<String> = ticket.services.iter().map(|it| it.text.clone()).collect();
            if found.as_ref().is_some_and(|(known, _)| *known != services) {
                return None;
            }
            found = Some((services, ticket.identity.text.clone()));
        }
        found.filter(|(services, _)| !services.is_empty())
    }

    /// The latest ticket for one of these services, or with migrations in the same folder.
    pub(crate) fn precedent(
        &self,
        services: &[String],
        migrations: &[&Migration],
    ) -> Option<Precedent<'a>> {
        let is_of_service = |ticket: &Ticket| {
            let mut of_ticket = ticket.services.iter();
            of_ticket.any(|service| services.contains(&service.text))
        };
        let with_migrations = |ticket: &&&Ticket| shares_folder(ticket, migrations);
        let same_migrations = self.tickets.iter().rev().find(with_migrations);
        let same_service = || self.tickets.iter().rev().find(|it| is_of_service(it));
        let ticket = same_migrations.or_else(same_service)?;
        Some(Precedent { ticket })
    }
}

impl<'a> Precedent<'a> {
    /// The ID of the ticket.
    pub(crate) fn id(self) -> &'a str {
        &self.ticket.identity.text
    }

    /// The command that runs a migration, as this ticket ran another one of the same folder.
    pub(crate) fn command_for(self, path: &str) -> Option<(String, String)> {
        let schema = self.ticket.schema_change.as_ref()?;
        let in_folder = schema.migrations.iter().map(|old| old.text.as_str());
        for old in in_folder.filter(|old| folder_of(old) == folder_of(path)) {
            for run in self.commands() {
                let is_end =
                    |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '.');
                let mut parts = run.split(old);
                if let (Some(start), Some(end), None) = (parts.next(), parts.next(), parts.next())
                    && is_end(end)
                    && is_plain_path(path)
                {
                    return Some((format!("{start}{path}{end}"), name_of(old).to_owned()));
                }
            }
        }
        None
    }

    /// The commands of its deployment.
    pub(crate) fn commands(self) -> Vec<&'a str> {
        let steps = self.ticket.deployment.steps.iter();
        steps
            .filter_map(|step| step.run.as_ref())
            .map(|run| run.text.as_str())
            .collect()
    }

    /// What its validation checked.
    pub(crate) fn checks(self) -> Vec<&'a str> {
        let steps = self.ticket.validation.steps.iter();
        steps
            .map(|step| step.run.as_ref().unwrap_or(&step.action).text.as_str())
            .collect()
    }

    /// The dashboards that were watched.
    pub(crate) fn dashboards(self) -> Vec<&'a str> {
        let dashboards = self.ticket.validation.dashboards.iter();
        dashboards.map(|text| text.text.as_str()).collect()
    }

    /// The alerts that must not fire.
    pub(crate) fn alerts(self) -> Vec<&'a str> {
        let alerts = self.ticket.validation.alerts.iter();
        alerts.map(|text| text.text.as_str()).collect()
    }
}

/// Whether a path can be a word of any shell command.
fn is_plain_path(path: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '.');
    !path.starts_with('-') && path.chars().all(is_plain)
}

fn shares_folder(ticket: &Ticket, migrations: &[&Migration]) -> bool {
    let schema = ticket.schema_change.iter();
    let mut old = schema.flat_map(|schema| &schema.migrations);
    old.any(|old| {
        let same = |new: &&Migration| folder_of(&new.path) == folder_of(&old.text);
        migrations.iter().any(same)
    })
}

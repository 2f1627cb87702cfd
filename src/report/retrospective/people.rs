//! Who had a hand in a release, by Git and by its tickets.

use serde::Serialize;

use super::facts::RetrospectiveFacts;
use crate::approval::is_program;
use crate::report::facts::CommitRole;
use crate::ticket::Text;

/// Someone who had a hand in the release.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Invited {
    pub(super) name: String,
    /// Their parts in it, such as `approver`.
    pub(super) parts: Vec<&'static str>,
}

/// Everyone who had a hand in a release, by name; bots are not invited.
pub(super) fn invited(facts: &RetrospectiveFacts) -> Vec<Invited> {
    let release = &facts.release;
    let mut people = People {
        facts,
        invited: Vec::new(),
    };
    for commit in &release.commits {
        if commit.role == CommitRole::Change {
            people.add(&release.author(commit), "author of commits");
        }
    }
    for ticket in &release.tickets {
        let plan = ticket.plan();
        let communication = plan.communication.as_ref();
        people.add_text(plan.requester.as_ref(), "requester");
        people.add_text(plan.assignee.as_ref(), "assignee");
        for step in &plan.deployment.steps {
            people.add_text(step.owner.as_ref(), "assignee");
        }
        for approval in ticket.counting_approvals() {
            people.add(&release.person(&approval.by), "approver");
        }
        people.add_text(plan.validator.as_ref(), "validator");
        people.add_text(plan.rollback.decider.as_ref(), "decider for rollbacks");
        people.add_text(
            communication.and_then(|it| it.sender.as_ref()),
            "sender of announcements",
        );
    }
    for file in release.files().map(|file| file.contents) {
        people.add_text(file.decider.as_ref(), "decider of the release");
        for item in &file.items {
            people.add_text(item.owner.as_ref(), "owner of checklist items");
        }
    }
    for by in release.made().filter_map(|made| made.tag.by.as_ref()) {
        people.add(&release.person(by), "maker of the tag");
    }
    let mut invited = people.invited;
    invited.sort_by_key(|person| person.name.to_lowercase());
    invited
}

struct People<'f> {
    facts: &'f RetrospectiveFacts,
    invited: Vec<Invited>,
}

impl People<'_> {
    fn add_text(&mut self, name: Option<&Text>, part: &'static str) {
        if let Some(name) = name {
            self.add(&self.facts.release.person(&name.text), part);
        }
    }

    fn add(&mut self, name: &str, part: &'static str) {
        let policy = self.facts.release.config.approvals.as_ref();
        let bots = policy.map(|policy| &policy.bots[..]).unwrap_or_default();
        if name.trim().is_empty() || is_program(name, bots) {
            return;
        }
        let known = self.invited.iter_mut().find(|person| person.name == name);
        match known {
            None => self.invited.push(Invited {
                name: name.to_owned(),
                parts: vec![part],
            }),
            Some(person) if !person.parts.contains(&part) => person.parts.push(part),
            Some(_) => {}
        }
    }
}

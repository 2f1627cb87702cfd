//! Writes the policy as Markdown.

use super::{
    ApprovalLine, ApprovalTable, ChangePolicy, FreezeLine, PolicyApprovalLine, PolicyLine,
    RequiredFields, RoleHolders,
};
use crate::calendar::Window;
use crate::changelog::escape;
use crate::config::Evidence;
use crate::report::clock::Clock;
use crate::report::markdown::{Item, Markdown, code};
use crate::source::{join_and, join_or};

impl ChangePolicy {
    pub(super) fn write(&self) -> String {
        let mut out = Markdown::default();
        out.heading(1, &format!("Change policy of {}", escape(&self.project)));
        out.paragraph(&self.origin());
        self.write_policies(&mut out);
        self.write_required_fields(&mut out);
        self.write_risk(&mut out);
        self.write_approvals(&mut out);
        self.write_freezes(&mut out);
        self.write_emergencies(&mut out);
        self.write_releases(&mut out);
        self.write_rules(&mut out);
        out.heading(2, "What is not covered");
        out.list(self.gaps.iter().map(|gap| Item::new(gap.markdown())));
        out.paragraph(&format!(
            "Made by {}. Times are in {}.",
            self.tool, self.zone
        ));
        out.finish()
    }

    fn origin(&self) -> String {
        let day = |at: Option<_>| at.map(|at| self.clock.day(at));
        let of = day(self.at)
            .map(|day| format!(" ({day})"))
            .unwrap_or_default();
        let source = match (&self.file, &self.changed) {
            (None, _) => "There is no configuration, so the defaults apply.".to_owned(),
            (Some(file), None) => format!("This text is made from {}.", code(file)),
            (Some(file), Some(change)) => format!(
                "This text is made from {}, which was last changed{} in commit {}.",
                code(file),
                day(change.at)
                    .map(|day| format!(" on {day}"))
                    .unwrap_or_default(),
                code(short(&change.commit))
            ),
        };
        format!(
            "As of commit {}{of}. {source} `tollgate gate` reads the configuration of the base branch, so a branch cannot weaken the checks that it has to pass.",
            code(short(&self.commit))
        )
    }

    fn write_policies(&self, out: &mut Markdown) {
        out.heading(2, "What needs a change ticket");
        out.list(
            self.policies
                .iter()
                .map(|policy| Item::new(policy.sentence())),
        );
        let requires = |policy: &PolicyLine| policy.about_changes && !policy.exempts;
        out.paragraph(match &self.policies[..] {
            policies if policies.iter().any(PolicyLine::is_about_everything) => "",
            policies if policies.iter().any(requires) => {
                "Any other change can be made without a ticket."
            }
            _ => "Every change can be made without a ticket.",
        });
    }

    fn write_required_fields(&self, out: &mut Markdown) {
        out.heading(2, "What a ticket states");
        out.paragraph("Every ticket states what changes (`title`), why (`justification`), how it is deployed (`deployment`), how that is undone (`rollback`), and how anyone can tell that it worked (`validation`). The declared risk decides what else it needs:");
        let cell = |keys: &[&str]| match keys {
            [] => "–".to_owned(),
            keys => keys
                .iter()
                .map(|key| code(key))
                .collect::<Vec<_>>()
                .join(", "),
        };
        let row = |step: &RequiredFields| {
            let mut low = cell(&step.low);
            if !step.downtime.is_empty() {
                let with_downtime = format!("{} if there is downtime", cell(&step.downtime));
                low = match &step.low[..] {
                    [] => with_downtime,
                    _ => format!("{low}, and {with_downtime}"),
                };
            }
            vec![
                code(step.state),
                low,
                cell(&step.medium),
                cell(&step.high),
                cell(&step.emergency),
            ]
        };
        let rows: Vec<Vec<String>> = self.required_fields.iter().map(row).collect();
        out.table(
            &[
                "Before it is",
                "At any risk",
                "Also at medium risk and above",
                "Also at high risk and above",
                "For an emergency of high risk, only",
            ],
            &rows,
        );
        out.paragraph("`risk.blast_radius` counts as `review.impact`, and `[tests]` as `review.coverage`. A ticket that was rolled back can be closed without `validator`.");
    }

    fn write_risk(&self, out: &mut Markdown) {
        out.heading(2, "How risk is determined");
        out.paragraph("The author declares a risk, and Tollgate computes one from the ticket. Approvals and policies use the higher of the two. Each fact has points:");
        let facts = self.risk.facts.iter();
        let rows: Vec<Vec<String>> = facts
            .map(|fact| vec![fact.when.to_owned(), format!("{:+}", fact.points)])
            .collect();
        out.table(&["Fact", "Points"], &rows);
        out.paragraph(&format!(
            "A sum of {} or more is medium risk, {} or more high risk. Critical risk is never computed, only declared.",
            self.risk.medium, self.risk.high
        ));
    }

    fn write_approvals(&self, out: &mut Markdown) {
        out.heading(2, "Who approves");
        let Some(approvals) = &self.approvals else {
            out.paragraph("No ticket needs an approval.");
            return;
        };
        let mut groups: Vec<(Vec<String>, &ApprovalLine)> = Vec::new();
        for line in &approvals.levels {
            match groups.last_mut().filter(|(_, other)| line.is_like(other)) {
                Some((risks, _)) => risks.push(line.risk.to_owned()),
                None => groups.push((vec![line.risk.to_owned()], line)),
            }
        }
        let row = |(risks, line): &(Vec<String>, &ApprovalLine)| {
            vec![
                risks.join(", "),
                line.people.to_string(),
                line.roles_cell(),
                line.evidence_cell(approvals),
            ]
        };
        let rows: Vec<Vec<String>> = groups.iter().map(row).collect();
        out.table(
            &[
                "Risk",
                "People",
                "Roles among them",
                "Evidence for each approval",
            ],
            &rows,
        );
        out.paragraph("Approvals by bots do not count, nor do those by people who contributed to the change: its requester, those who edited the plan, and the authors and co-authors of its commits. A change to the plan invalidates the approvals that were given before. A rejection blocks the ticket until the same person approves it.");
    }

    fn write_freezes(&self, out: &mut Markdown) {
        out.heading(2, "When changes are forbidden");
        if self.freezes.is_empty() {
            out.paragraph("There is no freeze.");
        }
        out.list(
            self.freezes
                .iter()
                .map(|freeze| Item::new(freeze.sentence(&self.clock))),
        );
    }

    fn write_emergencies(&self, out: &mut Markdown) {
        out.heading(2, "Emergencies");
        let days = match self.releases.emergency_days {
            1 => "1 day".to_owned(),
            days => format!("{days} days"),
        };
        let approval = match &self.approvals {
            None => String::new(),
            Some(approvals) if !approvals.emergency_first => {
                "Emergencies need the same approvals as other changes, before they are merged and released. ".to_owned()
            }
            Some(approvals) => {
                let pattern = approvals.incident_pattern.as_ref();
                let pattern = pattern.map(|it| format!(" that matches {}", code(it))).unwrap_or_default();
                let declared = match &approvals.emergency_roles[..] {
                    [] => String::new(),
                    roles => format!(", and if it was declared by someone with the role {}", join_or(&holders(roles))),
                };
                format!("An emergency can be merged and released before it is approved if its ticket links an incident{pattern}{declared}. ")
            }
        };
        let approved = if self.approvals.is_some() {
            "approved and closed"
        } else {
            "closed"
        };
        out.paragraph(&format!(
            "{approval}The tag of an emergency release records the ticket. Within {days}, the ticket has to be {approved}, with a retrospective; after that, `release/emergency-due` is an error in the next release."
        ));
    }

    fn write_releases(&self, out: &mut Markdown) {
        out.heading(2, "Releases");
        let branches = match &self.releases.branches[..] {
            [] => "every branch".to_owned(),
            branches => format!("branches that match {}", join_or(&codes(branches))),
        };
        let mut text = vec![format!("A release can be made from {branches}.")];
        for (commands, when) in [
            (&self.releases.before, "before"),
            (&self.releases.after, "after"),
        ] {
            if !commands.is_empty() {
                text.push(format!(
                    "Commands that run {when} it: {}.",
                    codes(commands).join(", ")
                ));
            }
        }
        out.paragraph(&text.join(" "));
    }

    fn write_rules(&self, out: &mut Markdown) {
        out.heading(2, "Rules");
        if self.rules.is_empty() {
            out.paragraph("All rules have their default levels.");
            return;
        }
        out.paragraph("These levels are set; all other rules have their default levels. If several apply to a rule, the last one wins.");
        out.list(self.rules.iter().map(|line| {
            let files = match &line.files[..] {
                [] => String::new(),
                files => format!(", in files that match {}", join_or(&codes(files))),
            };
            Item::new(format!("{}: {}{files}", code(&line.rules), line.level))
        }));
    }
}

impl PolicyApprovalLine {
    /// What a ticket must have, such as "approvals by 2 people and in the roles `dba` and `sre`".
    fn describe(&self) -> String {
        let mut parts = Vec::new();
        match self.people {
            0 => {}
            1 => parts.push("by 1 person".to_owned()),
            people => parts.push(format!("by {people} people")),
        }
        match &self.roles[..] {
            [] => {}
            [role] => parts.push(format!("in the role {}", code(role))),
            roles => parts.push(format!("in the roles {}", join_and(&codes(roles)))),
        }
        if self.evidence != Evidence::Claimed.as_str() {
            parts.push(format!("with the evidence {}", code(self.evidence)));
        }
        format!("approvals {}", join_and(&parts))
            .trim_end()
            .to_owned()
    }
}

impl PolicyLine {
    fn sentence(&self) -> String {
        let name = escape(&self.name);
        let subject = self.subject();
        if self.exempts {
            return format!("**{name}**: {subject} are exempt from the other policies.");
        }
        let mut needs = Vec::new();
        if !self.sections.is_empty() {
            let tables: Vec<String> = self
                .sections
                .iter()
                .map(|key| match key.contains('.') {
                    true => code(key),
                    false => code(&format!("[{key}]")),
                })
                .collect();
            needs.push(join_and(&tables));
        }
        needs.extend(
            self.min_risk
                .map(|risk| format!("a risk of {risk} or higher")),
        );
        needs.extend(self.approvals.as_ref().map(PolicyApprovalLine::describe));
        let needs = join_and(&needs);
        let mut text = match (self.about_changes, needs.is_empty()) {
            (true, true) => format!("**{name}**: {subject} need a ticket{}.", self.of_tickets()),
            (true, false) => {
                format!(
                    "**{name}**: {subject} need a ticket{} with {needs}.",
                    self.of_tickets()
                )
            }
            (false, true) => format!(
                "**{name}**: tickets{} need nothing else.",
                self.of_tickets()
            ),
            (false, false) => format!("**{name}**: tickets{} need {needs}.", self.of_tickets()),
        };
        if self.allows_none {
            text.push_str(" Instead of a ticket, a commit can name the reason for having none: `Change: none (reason)`.");
        }
        if let Some(since) = &self.since {
            text.push_str(&format!(
                " Commits that {} contains are exempt.",
                code(since)
            ));
        }
        text
    }

    /// What it applies to.
    fn subject(&self) -> String {
        let mut conditions = Vec::new();
        conditions.extend(
            self.bump
                .map(|bump| format!(" with a {bump} bump or higher")),
        );
        if !self.types.is_empty() {
            conditions.push(format!(" of type {}", join_or(&codes(&self.types))));
        }
        if !self.scopes.is_empty() {
            conditions.push(format!(" with scope {}", join_or(&codes(&self.scopes))));
        }
        let paths = join_or(&codes(&self.paths));
        match (conditions.is_empty(), self.paths.is_empty()) {
            (true, true) => "all changes".to_owned(),
            (true, false) => format!("changes to files that match {paths}"),
            (false, true) => format!("commits{}", conditions.join(" and")),
            (false, false) => format!(
                "changes to files that match {paths} by commits{}",
                conditions.join(" and")
            ),
        }
    }

    /// The tickets that it applies to.
    fn of_tickets(&self) -> String {
        let categories = match &self.categories[..] {
            [] => String::new(),
            categories => {
                let names: Vec<String> = categories.iter().map(|name| code(name)).collect();
                format!(" of category {}", join_or(&names))
            }
        };
        let risk = self.risk.map(|risk| format!(" at {risk} risk or higher"));
        format!("{categories}{}", risk.unwrap_or_default())
    }
}

impl ApprovalLine {
    /// Whether the same is required.
    fn is_like(&self, other: &Self) -> bool {
        (self.people, self.any_role, &self.roles, self.evidence)
            == (other.people, other.any_role, &other.roles, other.evidence)
    }

    fn roles_cell(&self) -> String {
        match (&self.roles[..], self.any_role) {
            ([], false) => "–".to_owned(),
            ([], true) => "any role".to_owned(),
            (roles, _) => join_and(&holders(roles)),
        }
    }

    fn evidence_cell(&self, approvals: &ApprovalTable) -> String {
        let text = match self.evidence {
            "claimed" => "is written in the ticket",
            "attributed" => "is committed by the approver",
            "forge" => "is confirmed by the forge",
            _ => match &approvals.allowed_signers {
                Some(file) => return format!("is signed with a key in {}", code(file)),
                None => "is signed",
            },
        };
        text.to_owned()
    }
}

/// Roles with the people who have them: `` `dba` (Bo) ``.
fn holders(roles: &[RoleHolders]) -> Vec<String> {
    let text = |role: &RoleHolders| {
        let names: Vec<String> = role.people.iter().map(|name| escape(name)).collect();
        match &names[..] {
            [] => code(&role.role),
            names => format!("{} ({})", code(&role.role), names.join(", ")),
        }
    };
    roles.iter().map(text).collect()
}

impl FreezeLine {
    fn sentence(&self, clock: &Clock) -> String {
        let when = match (self.start, self.end, &self.weekly) {
            (Some(start), Some(end), _) => {
                let over = if end <= clock.now { ", over" } else { "" };
                format!("{}{over}", clock.window(Window { start, end }))
            }
            (_, _, Some(weekly)) => format!("every week, {}", escape(weekly)),
            _ => String::new(),
        };
        let mut text = format!("**{}**: {when}.", escape(&self.name));
        if let Some(reason) = &self.reason {
            text.push_str(&format!(
                " Reason: {}.",
                escape(reason.trim_end_matches('.'))
            ));
        }
        let activities: Vec<&str> = self
            .covers
            .iter()
            .map(|word| match *word {
                "deploy" => "deployments",
                "merge" => "merges",
                "release" => "releases",
                other => other,
            })
            .collect();
        let verb = if self.warns_only {
            "Warns about"
        } else {
            "Forbids"
        };
        text.push_str(&format!(" {verb} {}", join_and(&activities)));
        for (label, names) in [
            ("services", &self.services),
            ("environments", &self.environments),
        ] {
            if !names.is_empty() {
                let names: Vec<String> = names.iter().map(|name| escape(name)).collect();
                text.push_str(&format!(" of the {label} {}", join_and(&names)));
            }
        }
        text.push('.');
        if !self.allow.is_empty() {
            text.push_str(&format!(
                " Tickets of kind {} are exempt.",
                join_or(&self.allow)
            ));
        }
        text
    }
}

fn codes(names: &[String]) -> Vec<String> {
    names.iter().map(|name| code(name)).collect()
}

/// The first digits of a commit ID.
fn short(id: &str) -> &str {
    id.get(..10).unwrap_or(id)
}

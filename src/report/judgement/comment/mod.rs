//! The judgement as a comment on a pull request, in Markdown.
//!
//! Everything in it that a branch may have written is hostile: it is escaped so that nothing becomes
//! a link, HTML, a mention, a reference, or a quick action of the forge. No line begins with such a
//! text. The comment stays below the limit of GitHub, which refuses longer ones.

mod text;
mod ticket_table;
mod version;

use super::approval::EligibleApprover;
use super::next_steps::{ApprovalStep, FixStep};
use super::prediction::JudgedPrediction;
use super::ticket::JudgedTicket;
use super::{
    GateVerdict, JudgedException, JudgedFinding, JudgedPolicy, JudgedSuppression, Judgement,
    NextStep,
};
use crate::branch::PULL_REQUEST;
use crate::changelog::escape_html;
use crate::finding::Severity;
use crate::report::markdown::code;
use crate::source::{join_and, join_or};
use text::{capitalized, code_text, text};
use ticket_table::ticket_table;
use version::{prediction_lines, release_lines, unreleased_line, version};

/// The first line, by which the comment is found again.
const COMMENT_MARKER: &str = "<!-- tollgate:gate -->";

/// The maximum number of characters of a comment on GitHub, which is the lowest limit of a forge.
const MAX_COMMENT_CHARS: usize = 65_536;
/// The characters that are reserved for the footer and for the end of a section.
const RESERVED_CHARS: usize = 1_500;
/// The maximum number of people in a list.
const MAX_PEOPLE: usize = 10;

/// A comment whose lines are left out when it is full.
struct Comment {
    text: String,
    chars: usize,
    left_out: usize,
}

impl Judgement {
    /// Writes the comment.
    pub(crate) fn comment(&self) -> String {
        let mut out = Comment {
            text: String::new(),
            chars: 0,
            left_out: 0,
        };
        out.push(&format!(
            "{COMMENT_MARKER}\n## {} {}\n",
            self.sign(),
            text(&self.headline)
        ));
        for ticket in &self.tickets {
            out.block(&ticket_table(ticket, &self.clock));
        }
        let is_free = self.policies.is_empty() && self.exceptions.is_empty();
        if self.tickets.is_empty() && is_free && self.result != GateVerdict::Fail {
            out.block("No policy requires a ticket for these changes.\n");
        }
        self.write_next_steps(&mut out);
        self.write_version(&mut out);
        self.write_remarks(&mut out);
        self.write_reasons(&mut out);
        out.finish(&self.footer())
    }

    const fn sign(&self) -> &'static str {
        match self.result {
            GateVerdict::Pass => "✅",
            GateVerdict::Bypassed => "⚠️",
            GateVerdict::Fail => "⛔",
        }
    }

    fn write_next_steps(&self, out: &mut Comment) {
        let followers = self.next_steps.iter().skip(1).map(Some).chain([None]);
        let steps = self.next_steps.iter().zip(followers);
        out.list(
            "To get it in",
            steps.map(|(step, next)| match step {
                NextStep::Approve(step) => approval_line(step, self.request),
                NextStep::Fix(step) if next.is_some_and(|next| next.has_help(&step.help)) => {
                    problem(step)
                }
                NextStep::Fix(step) => format!("{}{}", problem(step), help(step)),
            }),
        );
        let excluded = self.excluded();
        if !excluded.is_empty() {
            out.block(&format!("Cannot approve: {}.\n", excluded.join("; ")));
        }
        let emergencies = self.emergencies.iter();
        out.list(
            "Still required after the merge",
            emergencies.map(|emergency| text(&emergency.description)),
        );
    }

    /// Who cannot approve the tickets that need it, with the reasons.
    fn excluded(&self) -> Vec<String> {
        let needs_approval = |ticket: &&JudgedTicket| {
            let is_meant = |step: &NextStep| matches!(step, NextStep::Approve(step) if step.ticket == ticket.id);
            self.next_steps.iter().any(is_meant)
        };
        let mut excluded = Vec::new();
        let tickets = self.tickets.iter().filter(needs_approval);
        for person in tickets
            .filter_map(|ticket| ticket.approvals.as_ref())
            .flat_map(|it| &it.excluded)
        {
            let line = format!("{} {}", text(&person.name), person.reason);
            if !excluded.contains(&line) {
                excluded.push(line);
            }
        }
        if excluded.len() > MAX_PEOPLE {
            let more = excluded.len() - MAX_PEOPLE;
            excluded.truncate(MAX_PEOPLE);
            excluded.push(format!("{more} more"));
        }
        excluded
    }

    fn write_version(&self, out: &mut Comment) {
        let prediction = self.prediction.as_ref();
        let releases = prediction
            .iter()
            .flat_map(|prediction| &prediction.releases);
        let next = prediction
            .and_then(JudgedPrediction::repository)
            .map(|release| &release.next)
            .or(self.next.as_ref());
        if next.is_none() && prediction.is_none() {
            return;
        }
        let condition = prediction.map_or("merged", |prediction| prediction.condition);
        let version = next.map(|next| format!(": <b>{}</b>", escape_html(&version(next))));
        let summary = format!("If it is {condition}{}", version.unwrap_or_default());
        let mut lines = Vec::new();
        match prediction {
            Some(prediction) => lines.extend(prediction_lines(prediction)),
            None => lines.extend(next.and_then(unreleased_line)),
        }
        lines.extend(
            next.and_then(|next| next.unknown.as_ref())
                .map(|reason| format!("There is no next version: {}.", text(reason))),
        );
        for release in releases {
            lines.extend(release_lines(release));
        }
        out.details(&summary, &lines);
    }

    fn write_remarks(&self, out: &mut Comment) {
        let blocks = |finding: &&JudgedFinding| !finding.blocks;
        let findings = self.findings.iter().filter(blocks).map(finding_line);
        let notes = self.notes.iter().map(|note| format!("- {}", text(note)));
        let lines: Vec<String> = findings.chain(notes).collect();
        let summary = match lines.len() {
            0 => return,
            1 => "1 remark, which does not block it".to_owned(),
            count => format!("{count} remarks, which do not block it"),
        };
        out.details(&summary, &lines);
    }

    fn write_reasons(&self, out: &mut Comment) {
        let base = &self.base;
        let place = match (&base.configuration, &base.name) {
            (Some(file), Some(name)) => format!("{} of {}", code_text(file), code_text(name)),
            (Some(file), None) => format!("{} of the base", code_text(file)),
            (None, _) => "the default configuration".to_owned(),
        };
        let policies = self
            .policies
            .iter()
            .map(|policy| policy_line(policy, &place));
        let exceptions = self.exceptions.iter().map(exception_line);
        let suppressions = self.suppressions.iter().map(suppression_line);
        let freezes = self.freezes.iter().map(|freeze| {
            format!(
                "- The freeze {} forbids merges until {}",
                code_text(&freeze.name),
                self.clock.instant(freeze.end)
            )
        });
        let lines: Vec<String> = policies
            .chain(exceptions)
            .chain(suppressions)
            .chain(freezes)
            .collect();
        if !lines.is_empty() {
            out.details("What requires a ticket, and what is exempt", &lines);
        }
    }

    fn footer(&self) -> String {
        let short = |commit: &str| commit.get(..10).unwrap_or(commit).to_owned();
        let base = match &self.base.name {
            Some(name) => format!("{name}@{}", short(&self.base.commit)),
            None => short(&self.base.commit),
        };
        let plans = self.tickets.iter().filter(|ticket| ticket.covers).take(3);
        let plans = plans.map(|ticket| {
            let digest = ticket.digest.get(..19).unwrap_or(&ticket.digest);
            format!(" · plan `{digest}…`")
        });
        let plans: String = plans.collect();
        format!(
            "<sub>Judged {} by {} · tollgate {}{plans} · `tollgate explain RULE` explains a rule · this comment is updated in place</sub>\n",
            code(&short(&self.head.reviewed)),
            code_text(&base),
            env!("CARGO_PKG_VERSION"),
        )
    }
}

impl Comment {
    fn fits(&self, text: &str) -> bool {
        self.chars + text.chars().count() + RESERVED_CHARS <= MAX_COMMENT_CHARS
    }

    /// Adds a text that the comment needs.
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.chars += text.chars().count();
    }

    /// Adds lines after an empty one, or leaves all of them out.
    fn block(&mut self, text: &str) {
        if self.fits(text) {
            self.push("\n");
            self.push(text);
        } else {
            self.left_out += text.lines().count();
        }
    }

    /// Adds lines until the comment is full.
    fn lines(&mut self, lines: impl IntoIterator<Item = String>) {
        let mut is_full = self.left_out > 0;
        for line in lines {
            is_full |= !self.fits(&line);
            if is_full {
                self.left_out += 1;
            } else {
                self.push(&line);
                self.push("\n");
            }
        }
    }

    /// Adds a list below a line in bold, if it has items.
    fn list(&mut self, title: &str, items: impl Iterator<Item = String>) {
        let mut items = items.map(|item| format!("- {item}")).peekable();
        if items.peek().is_some() {
            self.block(&format!("**{title}:**\n\n"));
            self.lines(items);
        }
    }

    /// Adds a section that is closed until somebody opens it; `summary` is HTML.
    fn details(&mut self, summary: &str, lines: &[String]) {
        let start = format!("\n<details><summary>{summary}</summary>\n\n");
        if !self.fits(&start) || self.left_out > 0 {
            self.left_out += lines.len();
            return;
        }
        self.push(&start);
        self.lines(lines.iter().cloned());
        self.push("\n</details>\n");
    }

    fn finish(mut self, footer: &str) -> String {
        match self.left_out {
            0 => {}
            1 => self.push("\n1 line was left out; the log of the job has all of it.\n"),
            lines => self.push(&format!(
                "\n{lines} lines were left out; the log of the job has all of them.\n"
            )),
        }
        self.push("\n");
        self.push(footer);
        self.text
    }
}

/// `1 approval as dba`, `2 approvals, one as dba`.
fn needed(step: &ApprovalStep) -> String {
    let approvals = match step.people {
        1 => "1 approval".to_owned(),
        people => format!("{people} approvals"),
    };
    let roles: Vec<String> = step.roles.iter().map(|role| text(role)).collect();
    match roles.as_slice() {
        [] if step.any_role => format!("{approvals} by someone with a role"),
        [] => approvals,
        roles if roles.len() == step.people => format!("{approvals} as {}", join_and(roles)),
        roles => format!("{approvals}, among them as {}", join_and(roles)),
    }
}

/// The people who can approve; `None` if no one can.
fn who(step: &ApprovalStep) -> Option<String> {
    let person = |person: &EligibleApprover| match person.roles.as_slice() {
        [] => text(&person.name),
        roles => {
            let roles: Vec<String> = roles.iter().map(|role| text(role)).collect();
            format!("{} ({})", text(&person.name), roles.join(", "))
        }
    };
    let mut names: Vec<String> = step.who.iter().take(MAX_PEOPLE).map(person).collect();
    let more = step.who.len().saturating_sub(MAX_PEOPLE);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    match (names.is_empty(), step.others) {
        (false, false) => Some(join_or(&names)),
        (false, true) => Some(format!(
            "{}, or anyone else who did not work on it",
            names.join(", ")
        )),
        (true, true) => Some("anyone who did not work on it".to_owned()),
        (true, false) => None,
    }
}

fn approval_line(step: &ApprovalStep, request: &str) -> String {
    let needed = format!("**{}** for {}", needed(step), code_text(&step.ticket));
    let unreachable = step
        .unreachable
        .as_ref()
        .map(|reason| format!(" {}.", text(&capitalized(reason))))
        .unwrap_or_default();
    let Some(who) = who(step) else {
        return format!("{needed}.{unreachable}");
    };
    let on_forge = if step.on_forge {
        format!("approve this {request}, or ")
    } else {
        String::new()
    };
    let command = code_text(&step.command);
    format!("{needed}, by {who}: {on_forge}run {command} and push the ticket.{unreachable}")
}

fn problem(step: &FixStep) -> String {
    let place = place(step.path.as_deref(), step.line, step.commit.as_deref());
    let message = text(&capitalized(&step.message));
    format!("**{message}** ({place}, `{}`)", step.rule)
}

/// What to do about a problem, on a line of its own.
fn help(step: &FixStep) -> String {
    match step.help.as_str() {
        "" => String::new(),
        help => format!("<br>{}", text(&capitalized(help))),
    }
}

fn place(path: Option<&str>, line: Option<usize>, commit: Option<&str>) -> String {
    match (path, line, commit) {
        (Some(PULL_REQUEST), _, _) => "its title and description".to_owned(),
        (Some(path), Some(line), _) => code_text(&format!("{path}:{line}")),
        (Some(path), None, _) => code_text(path),
        (None, _, Some(commit)) => {
            format!("commit {}", code_text(commit.get(..10).unwrap_or(commit)))
        }
        (None, _, None) => "branch".to_owned(),
    }
}

fn finding_line(finding: &JudgedFinding) -> String {
    let place = place(
        finding.path.as_deref(),
        finding.line,
        finding.commit.as_deref(),
    );
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    format!(
        "- `{}` {severity} · {place} · {}",
        finding.rule,
        text(&finding.message)
    )
}

fn policy_line(policy: &JudgedPolicy, place: &str) -> String {
    let more = policy.trigger_count.saturating_sub(1);
    let trigger = policy.triggers.first().map(|trigger| {
        let commit = trigger
            .commit
            .as_deref()
            .map(|id| id.get(..10).unwrap_or(id));
        match (&trigger.path, commit) {
            (Some(path), Some(commit)) => format!("{} in {}", code_text(path), code_text(commit)),
            (Some(path), None) => code_text(path),
            (None, Some(commit)) => format!("commit {}", code_text(commit)),
            (None, None) => "the branch".to_owned(),
        }
    });
    let trigger = trigger.unwrap_or_else(|| "the branch".to_owned());
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    let tickets: Vec<String> = policy.tickets.iter().map(|id| code_text(id)).collect();
    let tickets = join_and(&tickets);
    let lacking: Vec<String> = policy.lacking.iter().map(|lack| text(lack)).collect();
    let coverage = match policy.coverage {
        "met" => format!("covered by {tickets}"),
        "unmet" => format!("{tickets} lacks {}", join_and(&lacking)),
        "not-applicable" => format!(
            "does not apply, because no ticket has {}",
            text(policy.condition.as_deref().unwrap_or_default())
        ),
        _ => "no ticket covers the branch".to_owned(),
    };
    format!(
        "- {} in {place}: {trigger}{more}: {coverage}",
        code_text(&policy.name)
    )
}

fn exception_line(exception: &JudgedException) -> String {
    format!(
        "- {} requires no ticket for {}, which says `Change: none`: {}",
        code_text(&exception.policy),
        text(&exception.commit),
        text(&exception.reason)
    )
}

fn suppression_line(suppression: &JudgedSuppression) -> String {
    format!(
        "- {} suppresses {}: {}",
        code_text(&format!("{}:{}", suppression.path, suppression.line)),
        code_text(&suppression.rules.join(", ")),
        text(&suppression.reason)
    )
}

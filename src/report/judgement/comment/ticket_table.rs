//! The table of a ticket in a comment.

use super::text::{code_cell, text};
use super::{needed, who};
use crate::calendar::Window;
use crate::report::clock::{Clock, day, seconds_in_words};
use crate::report::judgement::approval::{JudgedApproval, JudgedApprovals};
use crate::report::judgement::next_steps::ApprovalStep;
use crate::report::judgement::ticket::{
    JudgedRisk, JudgedStep, JudgedTicket, JudgedUndo, JudgedWindow,
};

pub(super) fn ticket_table(ticket: &JudgedTicket, clock: &Clock) -> String {
    let mut rows = vec![
        ("Ticket", ticket_cell(ticket)),
        ("Risk", risk_cell(&ticket.risk)),
        ("Undone by", undo_cell(&ticket.undo, clock)),
    ];
    rows.extend(
        ticket
            .window
            .as_ref()
            .map(|window| ("Window", window_cell(window, clock))),
    );
    let approvals = ticket.approvals.as_ref();
    rows.extend(approvals.map(|approvals| ("Approvals", approvals_cell(approvals, ticket.state))));
    let rows = rows
        .iter()
        .map(|(name, cell)| format!("| **{name}** | {cell} |\n"));
    format!("| | |\n|---|---|\n{}", rows.collect::<String>())
}

fn ticket_cell(ticket: &JudgedTicket) -> String {
    let title = match ticket.title.trim() {
        "" => text(&ticket.id),
        title => text(title),
    };
    let name = match &ticket.url {
        Some(url) => format!("[{title}](<{url}>)"),
        None => format!("{title} ({})", code_cell(&ticket.path)),
    };
    let coverage = match &ticket.released_tag {
        Some(tag) => format!(", released with {}", code_cell(tag)),
        None if ticket.covers => String::new(),
        None => ", does not cover the branch".to_owned(),
    };
    format!("{name} · {}{coverage}", ticket.state)
}

fn risk_cell(risk: &JudgedRisk) -> String {
    let parts = risk.parts.iter().map(|part| {
        let sign = if part.points < 0 { '−' } else { '+' };
        format!("{} {sign}{}", part.reason, part.points.abs())
    });
    let parts = match parts.collect::<Vec<_>>().as_slice() {
        [] => "no risk factors".to_owned(),
        [part] => part.clone(),
        parts => format!("{} = {}", parts.join(", "), risk.points),
    };
    let declared = match risk.declared {
        Some(declared) if declared == risk.level => "declared; ".to_owned(),
        Some(declared) => format!("declared {declared}; "),
        None => String::new(),
    };
    format!(
        "**{}** ({declared}computed {}: {parts})",
        risk.level, risk.computed
    )
}

fn undo_cell(undo: &JudgedUndo, clock: &Clock) -> String {
    let mut facts = Vec::new();
    facts.push(match undo.steps.as_slice() {
        [] => "*not stated*".to_owned(),
        [step] => undo_step(step),
        [step, more @ ..] => format!("{} (and {})", undo_step(step), more_steps(more.len())),
    });
    facts.extend(undo.within_seconds.map(seconds_in_words));
    facts.extend(
        undo.decider
            .as_ref()
            .map(|name| format!("{} decides", text(name))),
    );
    facts.extend(
        undo.fits_until
            .map(|at| format!("fits the window until {}", clock.day_and_time(at))),
    );
    facts.extend(
        undo.point_of_no_return
            .as_ref()
            .map(|point| format!("point of no return: {}", text(point))),
    );
    facts.extend(
        undo.loses
            .as_ref()
            .map(|loses| format!("loses: {}", text(loses))),
    );
    facts.extend(
        undo.rehearsed_on
            .map(|date| format!("rehearsed on {}", day(date))),
    );
    facts.join(" · ")
}

fn undo_step(step: &JudgedStep) -> String {
    match &step.run {
        Some(run) => code_cell(run),
        None => text(&step.action),
    }
}

fn more_steps(count: usize) -> String {
    match count {
        1 => "1 more step".to_owned(),
        count => format!("{count} more steps"),
    }
}

fn window_cell(window: &JudgedWindow, clock: &Clock) -> String {
    let mut facts = vec![if window.start == window.end {
        clock.instant(window.start)
    } else {
        clock.window(Window {
            start: window.start,
            end: window.end,
        })
    }];
    if window.is_past {
        facts.push("over".to_owned());
    }
    for freeze in &window.freezes {
        let end = clock.instant(freeze.end);
        facts.push(format!(
            "⛔ in the freeze *{}* until {end}",
            text(&freeze.name)
        ));
    }
    match &window.freeze_override_by {
        Some(by) => facts.push(format!("freezes overridden by {}", text(by))),
        None if window.freezes.is_empty() => facts.push("no freeze applies".to_owned()),
        None => {}
    }
    facts.extend(window.next_freeze.as_ref().map(|freeze| {
        let gap = freeze.start.duration_since(window.end).as_hours();
        format!("*{}* begins {gap} h later", text(&freeze.name))
    }));
    facts.join(" · ")
}

fn approvals_cell(approvals: &JudgedApprovals, state: &str) -> String {
    let mut facts = vec![match approvals.status {
        "not-required" => "none required".to_owned(),
        "bypassed" => "bypassed as an emergency".to_owned(),
        "unknown" => "unknown: only the forge can confirm them".to_owned(),
        _ => format!(
            "{} of {}",
            approvals.approving_people, approvals.required_people
        ),
    }];
    facts.extend(approvals.entries.iter().map(approval_text));
    if approvals.status == "not-approved" {
        if approvals.required_by_state {
            facts.push(format!("⏳ **{}**", missing(approvals)));
        } else {
            facts.push(format!("not required in state `{state}`"));
        }
    }
    facts.join(" · ")
}

fn approval_text(entry: &JudgedApproval) -> String {
    let who = match entry.name.trim() {
        "" => "somebody".to_owned(),
        by => text(by),
    };
    let role = entry.role.as_ref().map(|role| format!("{}, ", text(role)));
    let proof = format!("{who} ({}{})", role.unwrap_or_default(), entry.evidence);
    match (entry.effect, &entry.reason) {
        ("approves", _) => format!("✅ {proof}"),
        ("rejects", _) => format!("⛔ {proof} rejected it"),
        (_, Some(reason)) => format!("{proof} is ignored: {}", text(reason)),
        (_, None) => format!("{proof} declared the emergency"),
    }
}

/// What is missing and who can give it: `1 approval as dba: bo can`.
fn missing(approvals: &JudgedApprovals) -> String {
    if approvals.missing_people() == 0 {
        return "the rejection must be withdrawn".to_owned();
    }
    let step = ApprovalStep::of_approvals("", approvals);
    match who(&step) {
        Some(who) => format!("{}: {who} can", needed(&step)),
        None => format!("{}: no one is left who can", needed(&step)),
    }
}

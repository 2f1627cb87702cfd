//! A window that is shorter than what is to be done in it, undoing it included.

use std::time::Duration;

use super::schedule::window;
use crate::config::Level;
use crate::document::format_duration;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::ticket::{Step, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/schedule-too-short",
    Level::Warning,
    "change window too short for the plan",
    include_str!("schedule_too_short.md"),
    &[Check::Ticket(check)],
);

/// Estimates are not that exact: a plan may take longer than the window by this part of it.
const TOLERANCE: u32 = 20;

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let Some((start, end)) = window(ticket) else {
        return;
    };
    let length = end.timestamp.duration_since(start.timestamp).unsigned_abs();
    let parts = parts(ticket);
    let needed = sum(parts.iter().map(|(_, time)| *time));
    if needed <= length + length / TOLERANCE {
        return;
    }
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(_, time)| !time.is_zero())
        .map(|(name, time)| format!("{name} {}", format_duration(time)))
        .collect();
    let finding = RULE
        .finding(
            ticket.place(),
            end.span,
            format!("the window is {} long", format_duration(length)),
        )
        .message(format!(
            "the plan takes {}, but the change window is only {}",
            format_duration(needed),
            format_duration(length)
        ))
        .help(format!(
            "move `end`, or shorten the plan ({}); monitoring may continue after the window",
            parts.join(", ")
        ))
        .anchor("schedule.end");
    findings.push(finding);
}

/// What must find its place in the window, each part with its name. Stages and steps may tell of the
/// same time: the longer of the two counts.
fn parts(ticket: &Ticket) -> [(&'static str, Duration); 2] {
    let stages = ticket
        .deployment
        .stages
        .iter()
        .filter_map(|stage| stage.lasts);
    let undoing = ticket
        .rollback
        .within
        .unwrap_or_else(|| takes(&ticket.rollback.steps));
    let steps = ("steps", takes(&ticket.deployment.steps));
    let stages = ("stages", sum(stages));
    let rollout = if stages.1 > steps.1 { stages } else { steps };
    [rollout, ("rollback", undoing)]
}

fn takes(steps: &[Step]) -> Duration {
    sum(steps.iter().filter_map(|step| step.takes))
}

fn sum(times: impl Iterator<Item = Duration>) -> Duration {
    times.fold(Duration::ZERO, Duration::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::findings;

    fn messages(end: &str, rest: &str) -> Vec<String> {
        let text =
            format!("[schedule]\nstart = 2026-12-01T10:00:00Z\nend = 2026-12-01T{end}Z\n{rest}");
        findings(&text)
            .into_iter()
            .filter(|f| f.rule == RULE.name)
            .map(|f| f.message)
            .collect()
    }

    const STEPS: &str = "[[deployment.steps]]\ndo = \"Merge #12\"\ntakes = \"40m\"\n";
    const ROLLBACK: &str =
        "[rollback]\nsteps = [\"Run `make pool-20`; `/health` returns pool=20\"]\n";

    #[test]
    fn steps_stages_and_undoing_fit_the_window() {
        let rest = format!("{STEPS}{ROLLBACK}within = \"30m\"\n");
        assert_eq!(
            messages("11:00:00", &rest),
            ["the plan takes 1h10m, but the change window is only 1h"]
        );
        assert_eq!(messages("11:10:00", &rest), [""; 0]);
    }

    #[test]
    fn rollback_steps_count_without_a_duration() {
        let steps = "[[rollback.steps]]\ndo = \"Run `make pool-20`; `/health` returns pool=20\"\ntakes = \"30m\"\n";
        assert_eq!(messages("11:00:00", &format!("{STEPS}{steps}")).len(), 1);
    }

    #[test]
    fn watching_may_outlast_the_window() {
        let rest = format!(
            "{STEPS}[validation]\nsteps = [\"`/health` returns pool=40\"]\nwatch_for = \"1d\"\n"
        );
        assert_eq!(messages("11:00:00", &rest), [""; 0]);
    }

    #[test]
    fn a_plan_without_times_fits_any_window() {
        assert_eq!(messages("10:01:00", ""), [""; 0]);
    }

    #[test]
    fn the_longest_times_do_not_overflow() {
        let rest = "[deployment]\nstages = [{ for = \"18446744073709551615s\" }, { for = \"18446744073709551615s\" }]";
        assert_eq!(messages("11:00:00", rest).len(), 1);
    }

    #[test]
    fn small_excess_is_accepted() {
        let rest = format!("{STEPS}{ROLLBACK}within = \"30m\"\n");
        assert_eq!(messages("11:08:00", &rest), [""; 0]);
    }
}

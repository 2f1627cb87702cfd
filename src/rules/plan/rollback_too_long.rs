//! A rollback that takes longer than it may.

use std::time::Duration;

use crate::config::Level;
use crate::document::format_duration;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::{Label, shorten};
use crate::text::{Pattern, locate, sentence};
use crate::ticket::{Text, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/rollback-too-long",
    Level::Warning,
    "rollback longer than `rollback.within` allows",
    include_str!("rollback_too_long.md"),
    &[Check::Ticket(check)],
);

static TAKES: Pattern = Pattern::new(
    r"(?i)\b(?:takes?|needs?|lasts?|runs?\s+for|is\s+done\s+in)\s+(?:about\s+|around\s+|up\s+to\s+|some\s+|roughly\s+|ca\.?\s+)?(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>s|sec(?:ond)?s?|min(?:ute)?s?|h|hrs?|hours?|days?)\b",
);
/// Times that say how long something is kept, when it happens, or what an exception would take.
static OTHER: Pattern = Pattern::new(
    r"(?i)\b(?:kept|keeps?|after|ttl|until|cache|only\s+(?:for|if|in|when)|in\s+case|worst\s+case)\b",
);

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    findings.extend(longer_than_allowed(ticket, ctx).or_else(|| longer_in_total(ticket, ctx)));
}

/// A step that says that it takes longer than `rollback.within`.
fn longer_than_allowed(ticket: &Ticket, ctx: &TicketContext<'_>) -> Option<Finding> {
    let within = ticket.rollback.within?;
    let limit = ctx.span_of(&["rollback", "within"])?;
    let (text, stated, time) = ticket
        .rollback
        .steps
        .iter()
        .find_map(|step| longest(&step.action).map(|(stated, time)| (&step.action, stated, time)))
        .filter(|(_, _, time)| *time > within)?;
    Some(
        RULE.finding(
            ticket.place(),
            locate(&ticket.source, text, stated),
            format_duration(time),
        )
        .message(format!(
            "a rollback step says \"{}\", but the rollback may take {}",
            shorten(stated),
            format_duration(within)
        ))
        .help("make the rollback faster, or raise `rollback.within`")
        .related(ticket.place(), Label::new(limit, "the limit"))
        .anchor(&text.path),
    )
}

/// The first step after which the times in `takes` add up to more than `rollback.within`.
fn longer_in_total(ticket: &Ticket, ctx: &TicketContext<'_>) -> Option<Finding> {
    let within = ticket.rollback.within?;
    let limit = ctx.span_of(&["rollback", "within"])?;
    let steps = ticket.rollback.steps.iter();
    let total = sum(steps.clone().filter_map(|step| step.takes));
    let mut sums = steps.scan(Duration::ZERO, |sum, step| {
        *sum = sum.saturating_add(step.takes.unwrap_or_default());
        Some((step, *sum))
    });
    let (step, _) = sums.find(|(_, sum)| *sum > within)?;
    Some(
        RULE.finding(ticket.place(), step.span, "longer than the limit")
            .message(format!(
                "the rollback steps take {} in total, but the rollback may take {}",
                format_duration(total),
                format_duration(within)
            ))
            .help("make the rollback faster, or raise `rollback.within`")
            .related(ticket.place(), Label::new(limit, "the limit"))
            .anchor("rollback.steps"),
    )
}

fn sum(times: impl Iterator<Item = Duration>) -> Duration {
    times.fold(Duration::ZERO, Duration::saturating_add)
}

/// The longest time that a text says something takes.
fn longest(text: &Text) -> Option<(&str, Duration)> {
    TAKES
        .captures_iter(&text.text)
        .filter_map(|found| {
            let whole = found.get(0)?;
            let number: f64 = found.name("number")?.as_str().parse().ok()?;
            let seconds = match found.name("unit")?.as_str().as_bytes().first()? {
                b's' | b'S' => 1.0,
                b'm' | b'M' => 60.0,
                b'h' | b'H' => 3600.0,
                _ => 86400.0,
            };
            let time = Duration::try_from_secs_f64(number * seconds).ok()?;
            (!OTHER.is_match(sentence(&text.text, whole.start()))).then_some((whole.as_str(), time))
        })
        .max_by_key(|(_, time)| *time)
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{first_of, rules_of};

    const RULE: &str = "plan/rollback-too-long";

    fn reports(text: &str) -> bool {
        rules_of(text).contains(&RULE)
    }

    #[test]
    fn rollback_beyond_its_limit_is_found() {
        for step in [
            "Restore `orders.dump`, which takes 3 hours",
            "Restore `orders.dump`; this takes about 45 min",
        ] {
            assert!(
                reports(&format!(
                    "[rollback]\nsteps = [\"{step}\"]\nwithin = \"30m\""
                )),
                "{step}"
            );
        }
    }

    #[test]
    fn times_within_the_limit_and_other_times_are_accepted() {
        for step in [
            "Restore `orders.dump`, which takes 20 minutes",
            "Restore `orders.dump`; it needs 2 h after a failover",
            "The old host is kept, takes 2 days of traffic",
            "Switch back; TTL takes 2 hours",
            "Restore 3 hours of orders",
            "The dump is only for the case that the disk breaks (restoring it takes about 40 min)",
        ] {
            assert!(
                !reports(&format!(
                    "[rollback]\nsteps = [\"{step}\"]\nwithin = \"30m\""
                )),
                "{step}"
            );
        }
        assert!(!reports(
            "rollback = [\"Restore `orders.dump`, which takes 3 hours\"]"
        ));
    }

    #[test]
    fn steps_that_take_longer_than_the_limit_are_found() {
        let rollback = |steps: &str| format!("[rollback]\nwithin = \"1h\"\nsteps = [{steps}]\n");
        let step =
            |takes: &str| format!("{{ do = \"Restore `orders.dump`\", takes = \"{takes}\" }}");
        let two = |one: &str, other: &str| rollback(&format!("{}, {}", step(one), step(other)));
        let long = first_of(RULE, &rollback(&step("3h")));
        assert_eq!(
            (long.message.as_str(), long.anchor.as_str()),
            (
                "the rollback steps take 3h in total, but the rollback may take 1h",
                "rollback.steps"
            )
        );
        assert!(reports(&two("45m", "16m")));
        assert!(!reports(&two("45m", "15m")));
        assert!(!reports(&rollback(&step("1h"))));
    }

    #[test]
    fn only_the_times_of_rollback_steps_are_summed() {
        let deployment = "[deployment]\nsteps = [{ do = \"Copy `orders`\", takes = \"3h\" }]\n";
        let rollback = "[rollback]\nwithin = \"1h\"\nsteps = [\"Re-apply `pool-20.yaml`\"]\n";
        assert!(!reports(&format!("{deployment}{rollback}")));
        let unlimited =
            "[rollback]\nsteps = [{ do = \"Restore `orders.dump`\", takes = \"3h\" }]\n";
        assert!(!reports(unlimited));
    }

    #[test]
    fn a_time_in_prose_and_in_takes_is_reported_once() {
        let step = "{ do = \"Restore `orders.dump`, which takes 3 hours\", takes = \"3h\" }";
        let found = rules_of(&format!("[rollback]\nwithin = \"1h\"\nsteps = [{step}]\n"));
        let reported = found.into_iter().filter(|rule| *rule == RULE).count();
        assert_eq!(reported, 1);
    }
}

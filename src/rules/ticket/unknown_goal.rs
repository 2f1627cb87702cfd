//! A goal that is none of the configured ones: nothing can be summed up by it.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext, unsafe_string_fix};
use crate::source::{any_of, closest, shorten};
use crate::ticket::Ticket;

pub(super) const RULE: Rule = Rule::new(
    "ticket/unknown-goal",
    Level::Error,
    "goal that is not configured",
    include_str!("unknown_goal.md"),
    &[Check::Ticket(check)],
);

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let goals = &ctx.settings.goals;
    let Some(goal) = ticket
        .goal
        .as_ref()
        .filter(|goal| !goals.is_empty() && !goals.contains(&goal.text))
    else {
        return;
    };
    let near = closest(&goal.text, goals.iter().map(String::as_str));
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("use {}", any_of(goals)),
    };
    let finding = RULE
        .finding(ticket.place(), goal.span, "not defined in `[goals]`")
        .message(format!("unknown goal `{}`", shorten(&goal.text)))
        .help(help)
        .anchor("goal")
        .fix(near.and_then(|near| unsafe_string_fix(goal.span, near)));
    findings.push(finding);
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use crate::rules::lint_ticket;
    use crate::rules::testing::{rules_of, settings_of, ticket};
    use crate::source::Source;

    #[test]
    fn without_configured_goals_any_will_do() {
        assert_eq!(rules_of("goal = \"G-1\""), [""; 0]);
    }

    #[test]
    fn the_nearest_goal_is_offered_where_it_needs_no_escape() {
        let offered = |goal: &str| {
            let config = Config {
                goals: [(goal.to_owned(), String::new())].into(),
                ..Config::default()
            };
            let source = Source::new("a.toml", ticket("goal = \"G-11\"\n"));
            lint_ticket(&source, &settings_of(&config))
                .findings
                .remove(0)
                .fix
                .map(|fix| fix.edits[0].text.clone())
        };
        assert_eq!(offered("G-1").as_deref(), Some("\"G-1\""));
        assert_eq!(offered("G\"11"), None);
    }
}

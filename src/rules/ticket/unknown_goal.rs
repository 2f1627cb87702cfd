//! A goal that is none of the configured ones: nothing can be summed up by it.

use crate::config::Level;
use crate::rules::rule::{Check, Hits, Rule, TicketContext};
use crate::source::{Label, closest, shorten};
use crate::ticket::Ticket;

pub(super) const RULE: Rule = Rule {
    name: "ticket/unknown-goal",
    level: Level::Error,
    since: "0.1.0",
    summary: "a goal that is not configured",
    page: include_str!("unknown_goal.md"),
    checks: &[Check::Ticket(check)],
};

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, hits: &mut Hits) {
    let goals = &ctx.settings.goals;
    let Some(goal) = ticket.goal.as_ref().filter(|goal| !goals.is_empty() && !goals.contains(&goal.text)) else {
        return;
    };
    let help = match closest(&goal.text, goals.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("write one of `{}`", goals.join("`, `")),
    };
    let hit = RULE
        .finding(Label::new(goal.span, "not under `[goals]`"))
        .message(format!("`{}` is no goal of this repository", shorten(&goal.text)))
        .help(help)
        .anchor("goal");
    hits.push(hit);
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    #[test]
    fn without_configured_goals_any_will_do() {
        assert_eq!(rules_of("goal = \"G-1\""), [""; 0]);
    }
}

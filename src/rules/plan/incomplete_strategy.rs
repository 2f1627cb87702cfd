//! A strategy with missing settings: a canary that nobody watches, a flag that nobody removes.

use crate::config::Level;
use crate::document::{Node, Table};
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::{Span, quoted_and};
use crate::ticket::{Strategy, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/incomplete-strategy",
    Level::Error,
    "deployment strategy with missing settings",
    include_str!("incomplete_strategy.md"),
    &[Check::Ticket(check)],
);

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let Some(span) = ctx.span_of(&["deployment", "strategy"]) else {
        return;
    };
    match ticket.deployment.strategy {
        Some(Strategy::Canary) => stages(ticket, ctx, span, findings),
        Some(Strategy::FeatureFlag) => flag(ticket, ctx, span, findings),
        Some(Strategy::BlueGreen) if ctx.span_of(&["deployment", "switch_back"]).is_none() => {
            let help =
                "describe in `deployment.switch_back` how traffic is switched back, and how fast";
            findings.push(
                incomplete(
                    ticket,
                    span,
                    "a blue-green deployment requires `switch_back`",
                    help,
                )
                .anchor("deployment.switch_back"),
            );
        }
        _ => {}
    }
}

fn stages(ticket: &Ticket, ctx: &TicketContext<'_>, span: Span, findings: &mut Vec<Finding>) {
    let help = "give each `[[deployment.stages]]` a `share` in percent, a duration (`for`), and `abort_when`; \
                `deployment.abort_when` applies to all stages";
    let Some(stages) = ctx.document.root().at(&["deployment", "stages"]) else {
        findings.push(
            incomplete(ticket, span, "a canary deployment requires `stages`", help)
                .anchor("deployment.stages"),
        );
        return;
    };
    let aborts = ctx.span_of(&["deployment", "abort_when"]).is_some();
    for (index, node) in stages.as_array().unwrap_or_default().iter().enumerate() {
        let Some(stage) = node.as_table() else {
            continue;
        };
        let is_everybody = stage.get("share").and_then(Node::as_integer) == Some(100);
        let keys: &[&str] = if is_everybody {
            &["share"]
        } else {
            &["share", "for", "abort_when"]
        };
        let missing_fields = missing(stage, keys);
        let missing_fields: Vec<&str> = missing_fields
            .into_iter()
            .filter(|key| !(aborts && *key == "abort_when"))
            .collect();
        if !missing_fields.is_empty() {
            let message = format!("this canary stage lacks {}", quoted_and(&missing_fields));
            findings.push(
                incomplete(ticket, node.span, &message, help)
                    .anchor(format!("deployment.stages[{index}]")),
            );
        }
    }
}

fn flag(ticket: &Ticket, ctx: &TicketContext<'_>, span: Span, findings: &mut Vec<Finding>) {
    let help = "give `[deployment.flag]` a `key` that has never been used before, an `owner` who removes the flag, and a `remove_by` date";
    let node = ctx.document.root().at(&["deployment", "flag"]);
    let missing_fields = match node.map(Node::as_table) {
        None => vec!["key", "owner", "remove_by"],
        Some(Some(flag)) => missing(flag, &["key", "owner", "remove_by"]),
        // `ticket/wrong-type` reports it.
        Some(None) => return,
    };
    if !missing_fields.is_empty() {
        let message = format!("the feature flag lacks {}", quoted_and(&missing_fields));
        findings.push(
            incomplete(ticket, node.map_or(span, |node| node.span), &message, help)
                .anchor("deployment.flag"),
        );
    }
}

/// The missing keys; invalid values are reported by other rules.
fn missing<'a>(table: &Table, keys: &[&'a str]) -> Vec<&'a str> {
    keys.iter()
        .copied()
        .filter(|key| table.get(key).is_none())
        .collect()
}

fn incomplete(ticket: &Ticket, span: Span, message: &str, help: &str) -> Finding {
    RULE.finding(ticket.place(), span, "incomplete")
        .message(message)
        .help(help)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::findings;

    fn messages(rest: &str) -> Vec<String> {
        let text = format!("[deployment]\nsteps = [\"Raise `h3.share` stage by stage\"]\n{rest}");
        findings(&text)
            .into_iter()
            .filter(|f| f.rule == RULE.name)
            .map(|f| f.message)
            .collect()
    }

    #[test]
    fn a_canary_has_stages_that_end_and_can_fail() {
        assert_eq!(
            messages("strategy = \"canary\""),
            ["a canary deployment requires `stages`"]
        );
        assert_eq!(
            messages("strategy = \"canary\"\nstages = [{ share = 1 }]"),
            ["this canary stage lacks `for` and `abort_when`"]
        );
    }

    #[test]
    fn one_abort_rule_may_count_for_all_stages() {
        let text = "strategy = \"canary\"\nabort_when = \"5xx above 1%\"\nstages = [{ share = 1, for = \"1d\" }]";
        assert_eq!(messages(text), [""; 0]);
    }

    #[test]
    fn a_flag_has_a_key_an_owner_and_an_end() {
        assert_eq!(
            messages("strategy = \"feature-flag\""),
            ["the feature flag lacks `key`, `owner`, and `remove_by`"]
        );
        let text = "strategy = \"feature-flag\"\nflag = { key = \"new\", owner = \"bo\", remove_by = 2027-03-31 }";
        assert_eq!(messages(text), [""; 0]);
    }

    #[test]
    fn blue_green_has_a_way_to_switch_back() {
        assert_eq!(
            messages("strategy = \"blue-green\""),
            ["a blue-green deployment requires `switch_back`"]
        );
        assert_eq!(
            messages("strategy = \"blue-green\"\nswitch_back = \"`make route TO=blue`\""),
            [""; 0]
        );
    }

    #[test]
    fn strategies_without_parts_pass_and_so_do_parts_of_wrong_types() {
        for text in [
            "strategy = \"rolling\"",
            "strategy = \"recreate\"",
            "strategy = \"dark-launch\"",
            "abort_when = \"x above 1%\"",
            "strategy = \"feature-flag\"\nflag = { key = \"new\", owner = \"bo\", remove_by = \"soon\" }",
            "strategy = \"canary\"\nstages = [1]",
        ] {
            assert_eq!(messages(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn last_stage_needs_neither_duration_nor_abort_rule() {
        let text = "[deployment]\nstrategy = \"canary\"\nsteps = [\"Merge #12\"]\n\
                    stages = [{ share = 10, for = \"6h\", abort_when = \"5xx above 1%\" }, { share = 100 }]";
        let found = crate::rules::testing::rules_of(text);
        assert!(!found.contains(&RULE.name));
    }
}

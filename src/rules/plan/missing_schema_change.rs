//! A schema ticket without the section about the schema change.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::ticket::{Category, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/missing-schema-change",
    Level::Error,
    "schema change without `[schema_change]`",
    include_str!("missing_schema_change.md"),
    &[Check::Ticket(check)],
);

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    if ticket.category != Some(Category::Schema) || ctx.span_of(&["schema_change"]).is_some() {
        return;
    }
    let place = ctx.span_of(&["category"]).unwrap_or_default();
    let finding = RULE
        .finding(ticket.place(), place, "no `[schema_change]`")
        .message("a schema change needs a `[schema_change]` table")
        .help("add `[schema_change]` with `phase`, `migrations`, the `locks` they take, and `backward_compatible`")
        .anchor("schema_change");
    findings.push(finding);
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::rules_of;

    #[test]
    fn schema_ticket_needs_schema_change_section() {
        assert_eq!(rules_of("category = \"schema\""), [RULE.name]);
        assert_eq!(
            rules_of("category = \"schema\"\nschema_change.phase = \"expand\""),
            [""; 0]
        );
    }

    #[test]
    fn other_categories_need_none() {
        assert_eq!(rules_of("category = \"data\""), [""; 0]);
        assert_eq!(rules_of(""), [""; 0]);
    }
}

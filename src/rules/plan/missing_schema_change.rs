//! A schema ticket without the section about the schema change.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::text::Pattern;
use crate::ticket::{Category, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/missing-schema-change",
    Level::Warning,
    "schema change without `[schema_change]`",
    include_str!("missing_schema_change.md"),
    &[Check::Ticket(check)],
);

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let is_described = ctx.span_of(&["schema_change"]).is_some()
        || ctx.plan_texts.iter().any(|text| FACTS.is_match(&text.text));
    if ticket.category != Some(Category::Schema) || is_described {
        return;
    }
    let place = ctx.span_of(&["category"]).unwrap_or_default();
    let finding = RULE
        .finding(ticket.place(), place, "no `[schema_change]`")
        .message("nothing says what the schema change locks, or whether the current code works with it")
        .help("add `[schema_change]` with `phase`, `migrations`, the `locks` they take, and `backward_compatible`")
        .anchor("schema_change");
    findings.push(finding);
}

/// Words of the facts that the table asks for.
static FACTS: Pattern = Pattern::new(
    r"(?ix)\b(?:
        (?:un)?lock(?:s|ed|ing)? | concurrently | algorithm\s*=\s*\w+ | not\s+valid | nullable | null | online
        | (?:backwards?|forwards?)[\ -]compatib\w+ | compatib\w+ | rows | records | migrations?
        | gh-ost | pt-online-schema-change
        )\b",
);

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::rules_of;

    /// Not in production: no risk that has to be declared.
    const STAGING: &str = "environments = [\"staging\"]\n";

    #[test]
    fn schema_ticket_needs_schema_change_section() {
        assert_eq!(
            rules_of(&format!("category = \"schema\"\n{STAGING}")),
            [RULE.name]
        );
        assert_eq!(
            rules_of(&format!(
                "category = \"schema\"\n{STAGING}schema_change.phase = \"expand\""
            )),
            [""; 0]
        );
    }

    #[test]
    fn facts_in_the_text_are_enough() {
        for text in [
            "description = \"Adds a nullable column\"",
            "deployment = [\"Run `CREATE INDEX CONCURRENTLY i ON orders (city)`\"]",
            "description = \"The old code is compatible with it\"",
            "description = \"1.8 million records, 23 minutes\"",
        ] {
            let text = format!("category = \"schema\"\n{STAGING}{text}");
            assert!(!rules_of(&text).contains(&RULE.name), "{text}");
        }
    }

    #[test]
    fn other_categories_need_none() {
        assert_eq!(
            rules_of(&format!("category = \"data\"\n{STAGING}")),
            [""; 0]
        );
        assert_eq!(rules_of(""), [""; 0]);
    }
}

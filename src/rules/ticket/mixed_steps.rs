//! Steps of both forms in one list: it is unclear which of them are incomplete.

use crate::config::Level;
use crate::document::{Document, FaultKind, Node, StructureFault};
use crate::finding::{Applicability, Finding, Fix};
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::{Edit, Span};

pub(super) const RULE: Rule = Rule::new(
    "ticket/mixed-steps",
    Level::Error,
    "strings and tables mixed in one list of steps",
    include_str!("mixed_steps.md"),
    &[Check::Fault(check)],
);

fn check(fault: &StructureFault, ctx: &TicketContext<'_>) -> Option<Finding> {
    matches!(fault.kind, FaultKind::MixedSteps).then(|| {
        RULE.fault(fault, ctx)
            .fix(all_tables(fault.span, ctx.document))
    })
}

/// Writes the strings of a list as the tables that they stand for; `odd` is the step that differs
/// from the first.
fn all_tables(odd: Span, document: &Document) -> Option<Fix> {
    let lists = ["deployment", "rollback", "validation"]
        .into_iter()
        .filter_map(|section| {
            let node = document.root().get(section)?;
            node.as_array()
                .or_else(|| node.as_table()?.get("steps")?.as_array())
        });
    let steps = lists
        .into_iter()
        .find(|steps| steps.iter().any(|step| step.span == odd))?;
    let strings = steps.iter().filter(|step| step.as_str().is_some());
    let as_table = |step: &Node| Edit {
        span: step.span,
        text: format!("{{ do = {} }}", document.source().slice(step.span)),
    };
    Some(Fix {
        applicability: Applicability::Safe,
        edits: strings.map(as_table).collect(),
    })
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::applied;

    #[test]
    fn strings_become_equivalent_tables() {
        let text = "[deployment]\nsteps = [\n  'Merge #12', # first\n  { do = \"Wait\" },\n  \"Look\",\n]\n";
        let expected = text
            .replace("'Merge #12'", "{ do = 'Merge #12' }")
            .replace("\"Look\"", "{ do = \"Look\" }");
        assert_eq!(applied(text, "ticket/mixed-steps"), Some(expected));
    }
}

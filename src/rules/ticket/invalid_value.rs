//! A value of the right type that its key does not take.

use crate::config::Level;
use crate::document::{FaultKind, StructureFault};
use crate::finding::{Applicability, Finding, Fix};
use crate::rules::rule::{Check, Rule, TicketContext, replacement};

pub(super) const RULE: Rule = Rule::new(
    "ticket/invalid-value",
    Level::Error,
    "invalid value",
    include_str!("invalid_value.md"),
    &[Check::Fault(check)],
);

fn check(fault: &StructureFault, ctx: &TicketContext<'_>) -> Option<Finding> {
    let FaultKind::InvalidValue {
        value,
        suggestion: meant,
        ..
    } = &fault.kind
    else {
        return None;
    };
    let fix = meant.map(|word| Fix {
        applicability: if is_spelling_of(value, word) {
            Applicability::Safe
        } else {
            Applicability::Unsafe
        },
        edits: replacement(fault.span, format!("\"{word}\"")),
    });
    Some(RULE.fault(fault, ctx).fix(fix))
}

/// Whether a value is the word but for its case and what joins its parts.
fn is_spelling_of(value: &str, word: &str) -> bool {
    value.trim().to_lowercase().replace(['_', ' '], "-") == word
}

#[cfg(test)]
mod tests {
    use crate::finding::Applicability;
    use crate::rules::testing::{fixed, ticket};

    #[test]
    fn spelling_variant_has_safe_fix() {
        let strategy = |word: &str| {
            ticket(&format!(
                "[deployment]\nsteps = [\"Merge #12\"]\nstrategy = {word}\n"
            ))
        };
        assert_eq!(
            fixed(&strategy("'Rolling'"), Applicability::Safe),
            Some(strategy("\"rolling\""))
        );
        assert_eq!(fixed(&strategy("'roling'"), Applicability::Safe), None);
        assert_eq!(
            fixed(&strategy("'roling'"), Applicability::Unsafe),
            Some(strategy("\"rolling\""))
        );
    }
}

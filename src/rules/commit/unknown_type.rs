//! A type that the map of bumps does not know: likely a slip of the hand, and then a lost bump.

use super::MessageContext;
use crate::config::Level;
use crate::finding::{Applicability, Fix};
use crate::rules::rule::{Check, Hits, Rule, replacement};
use crate::source::{Label, Span, closest};

pub(super) const RULE: Rule = Rule {
    name: "commit/unknown-type",
    level: Level::Warning,
    since: "0.1.0",
    summary: "the type is not known, so the commit counts for nothing",
    page: include_str!("unknown_type.md"),
    options: &[],
    checks: &[Check::Message(check)],
};

fn check(message: &MessageContext<'_>, hits: &mut Hits) {
    let Some(header) = message.conventional().filter(|header| !message.settings.knows_type(header.kind())) else {
        return;
    };
    let start = message.header.span.start;
    let span = Span::new(start, start + header.kind().len());
    let near = closest(header.kind(), message.settings.known_types());
    let help = match near {
        Some(kind) => format!("did you mean `{kind}`?"),
        None => format!(
            "use one of the known types, or say what it counts for: `{} = \"none\"` under `[bumps]`",
            header.kind()
        ),
    };
    let hit = RULE
        .finding(Label::new(span, "not a known type"))
        .message(format!("the type `{}` is not known, so the commit counts for nothing", header.kind()))
        .help(help)
        .anchor("type");
    let fix = near.map(|kind| Fix { applicability: Applicability::Unsafe, edits: replacement(span, kind) });
    hits.push(hit.fix(fix));
}

#[cfg(test)]
mod tests {
    use crate::rules::commit::tests::{lint, rules};

    #[test]
    fn a_slip_of_the_hand_is_told_with_the_type_that_was_meant() {
        assert_eq!(lint("faet: x").findings[0].help, "did you mean `feat`?");
        assert_eq!(rules("hotfix: x"), ["commit/unknown-type"]);
    }

    #[test]
    fn the_usual_types_are_known_in_any_case() {
        for kind in ["feat", "Fix", "docs", "chore", "ci", "build", "style", "refactor", "perf", "test", "revert"] {
            assert_eq!(rules(&format!("{kind}: x")), [""; 0], "{kind}");
        }
    }
}

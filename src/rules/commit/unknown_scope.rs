//! A scope that is not in the configuration: probably a typo.

use super::MessageContext;
use crate::config::Level;
use crate::finding::{Applicability, Finding, Fix};
use crate::rules::rule::{Check, Rule, replacement};
use crate::source::{Span, closest, join_or, shorten};

pub(super) const RULE: Rule = Rule::new(
    "commit/unknown-scope",
    Level::Warning,
    "unknown scope",
    include_str!("unknown_scope.md"),
    &[Check::Message(check)],
);

fn check(message: &MessageContext<'_>, findings: &mut Vec<Finding>) {
    let known = &message.settings.scopes;
    let Some(scope) = message.conventional().and_then(|header| header.scope()) else {
        return;
    };
    let is_known = |scope: &str| known.iter().any(|known| known == scope);
    if known.is_empty() || is_known(scope) {
        return;
    }
    let start =
        message.header.span.start + message.header.text.find('(').map_or(0, |open| open + 1);
    let mut at = start
        + message.header.text[start - message.header.span.start..]
            .find(scope)
            .unwrap_or_default();
    for part in scope.split_inclusive([',', '/']) {
        let name = part.trim_end_matches([',', '/']);
        let indent = name.len() - name.trim_start().len();
        let name = name.trim();
        let span = Span::new(at + indent, at + indent + name.len());
        at += part.len();
        if is_known(name) {
            continue;
        }
        let near = closest(name, known.iter().map(String::as_str));
        let help = match near {
            Some(scope) => format!("did you mean `{scope}`?"),
            None => format!(
                "use {}, or add `{}` to `commits.scopes`",
                listed(known),
                shorten(name)
            ),
        };
        let finding = RULE
            .finding(message.place(), span, "unknown scope")
            .help(help)
            .anchor(name);
        let finding = finding.message(format!("unknown scope `{name}`"));
        findings.push(finding.fix(near.map(|scope| Fix {
            applicability: Applicability::Unsafe,
            edits: replacement(span, scope),
        })));
    }
}

/// The first of the scopes, as many as a person reads.
fn listed(scopes: &[String]) -> String {
    const FEW: usize = 8;
    let mut shown: Vec<String> = scopes
        .iter()
        .take(FEW)
        .map(|scope| format!("`{scope}`"))
        .collect();
    if scopes.len() > FEW {
        shown.push("another configured scope".to_owned());
    }
    join_or(&shown)
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use crate::finding::Checked;
    use crate::rules::commit::tests::{lint_draft, names, rules};
    use crate::rules::testing::settings_of;

    const RULE: &str = "commit/unknown-scope";

    fn lint(message: &str) -> Checked {
        let scopes = ["api", "cart", "ui/forms"].map(str::to_owned).into();
        lint_draft(
            message,
            &settings_of(&Config {
                scopes,
                ..Config::default()
            }),
        )
    }

    fn messages(message: &str) -> Vec<(String, String)> {
        let messages = |finding: &crate::finding::Finding| {
            let span = finding.label.span;
            (
                message[span.start..span.end].to_owned(),
                finding.help.clone(),
            )
        };
        lint(message).findings.iter().map(messages).collect()
    }

    #[test]
    fn unlisted_scope_is_reported_with_nearest() {
        assert_eq!(
            messages("feat(crat)!: x"),
            [("crat".into(), "did you mean `cart`?".into())]
        );
        assert_eq!(
            messages("feat(API): x"),
            [("API".into(), "did you mean `api`?".into())]
        );
        let help =
            "use `api`, `cart`, or `ui/forms`, or add `search` to `commits.scopes`".to_owned();
        assert_eq!(messages("feat(search): x"), [("search".into(), help)]);
    }

    #[test]
    fn only_the_unknown_of_several_scopes_is_reported() {
        assert_eq!(messages("feat(api, crat): x")[0].0, "crat");
        assert_eq!(messages("feat( zzz/api ): x").len(), 1);
    }

    #[test]
    fn known_and_missing_scopes_are_accepted() {
        for message in [
            "feat(api): x",
            "feat( cart )!: x",
            "feat(api,cart): x",
            "feat(ui/forms): x",
            "feat: x",
            "Revert \"feat(zz): x\"\n\nThis reverts commit 0123456.",
        ] {
            assert_eq!(names(&lint(message)), [""; 0], "{message}");
        }
    }

    #[test]
    fn any_scope_is_accepted_without_configuration() {
        assert_eq!(rules("feat(anything): x"), [""; 0]);
        assert_eq!(RULE, super::RULE.name);
    }
}

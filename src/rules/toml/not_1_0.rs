//! Syntax of TOML 1.1, which most other tools still refuse, the whole file with it.

use crate::config::Level;
use crate::document::Document;
use crate::finding::{Applicability, Finding, Fix, Place};
use crate::rules::rule::{Check, Rule};

pub(super) const RULE: Rule = Rule::new(
    "toml/not-1.0",
    Level::Warning,
    "syntax that requires TOML 1.1",
    include_str!("not_1_0.md"),
    &[Check::Document(check)],
);

fn check(document: &Document, findings: &mut Vec<Finding>) {
    for newer in document.toml_1_1_syntax() {
        let finding = RULE
            .finding(
                Place::file(document.source()),
                newer.span,
                "not valid in TOML 1.0",
            )
            .message(format!("{} requires TOML 1.1", newer.what))
            .help("use TOML 1.0 syntax, so that every tool can read the file")
            .anchor(newer.what)
            .fix(newer.toml_1_0.clone().map(|edit| Fix {
                applicability: Applicability::Safe,
                edits: vec![edit],
            }));
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use crate::finding::Applicability;
    use crate::rules::testing::{fixed, ticket};

    #[test]
    fn the_file_is_written_as_toml_1_0_has_it() {
        let text = ticket(
            "links = [{\n  kind = \"issue\",\n  ref = \"B-1\",\n}]\nschedule.start = 2026-11-24T18:00Z\n",
        );
        let old = ticket(
            "links = [{ kind = \"issue\", ref = \"B-1\" }]\nschedule.start = 2026-11-24T18:00:00Z\n",
        );
        assert_eq!(fixed(&text, Applicability::Safe), Some(old));
    }
}

//! Syntax of TOML 1.1, which most other tools still refuse, the whole file with it.

use crate::config::Level;
use crate::document::Document;
use crate::rules::rule::{Check, Hits, Rule};
use crate::source::Label;

pub(super) const RULE: Rule = Rule {
    name: "toml/not-1.0",
    level: Level::Warning,
    since: "0.1.0",
    summary: "the file needs TOML 1.1",
    page: include_str!("not_1_0.md"),
    checks: &[Check::Document(check)],
};

fn check(document: &Document, hits: &mut Hits) {
    for newer in document.newer_syntax() {
        let hit = RULE
            .finding(Label::new(newer.span, "TOML 1.0 does not know this"))
            .message(format!("{} needs TOML 1.1", newer.what))
            .help("write it as TOML 1.0 has it, so that every tool can read the ticket")
            .anchor(newer.what);
        hits.push(hit);
    }
}

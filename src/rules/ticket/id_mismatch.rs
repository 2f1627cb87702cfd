//! An identity that does not match the pattern which the configuration sets.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::shorten;
use crate::ticket::Ticket;

pub(super) const RULE: Rule = Rule::new(
    "ticket/id-mismatch",
    Level::Error,
    "ID that does not match `id_pattern`",
    include_str!("id_mismatch.md"),
    &[Check::Ticket(check)],
);

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let Some(pattern) = &ctx.settings.id_pattern else {
        return;
    };
    let id = &ticket.identity;
    if pattern.is_match(&id.text) {
        return;
    }
    let named = ctx.document.root().get("id").is_some();
    let label = if named {
        "does not match"
    } else {
        "no `id`, so the file name is the ID"
    };
    let finding = RULE
        .finding(ticket.place(), id.span, label)
        .message(format!(
            "the ID `{}` does not match `{pattern}`",
            shorten(&id.text)
        ))
        .help("set `id` to a value that matches `id_pattern`, or rename the file")
        .anchor("id");
    findings.push(finding);
}

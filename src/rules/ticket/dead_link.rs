//! A link that others cannot open.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::shorten;
use crate::text::{Pattern, locate};
use crate::ticket::{Text, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "ticket/dead-link",
    Level::Warning,
    "link that others cannot open",
    include_str!("dead_link.md"),
    &[Check::Ticket(check)],
);

static DEAD: Pattern = Pattern::new(
    r"(?ix)^(?:
        file:.*
        | (?:https?://)?(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]|0\.0\.0\.0)(?::\d+)?(?:/.*)?
        | (?:https?://)?(?:www\.)?example\.(?:com|org|net)(?:/(?:link|url|todo|x+|test)?/?)?
        )$",
);
static PLACEHOLDER_KEY: Pattern = Pattern::new(r"\b(?:[A-Z]+-)?X{3,}\b|/(?:xxx+|XXX+)\b");
static TUNNEL: Pattern = Pattern::new(r"(?i)\bssh\s[^;&|]*-L\b|\bport-forward\b|\bproxy\b");

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let has_tunnel = || {
        ctx.plan_texts
            .iter()
            .any(|text| TUNNEL.is_match(&text.text))
    };
    for text in links(ticket) {
        let address = text.text.trim();
        let is_local = DEAD.is_match(address) && (address.contains("example.") || !has_tunnel());
        if !is_local && !PLACEHOLDER_KEY.is_match(address) {
            continue;
        }
        let is_placeholder = address.contains("example.") || PLACEHOLDER_KEY.is_match(address);
        let (label, message) = if is_placeholder {
            (
                "placeholder link",
                format!("`{}` is a placeholder link", shorten(address)),
            )
        } else {
            (
                "cannot be opened by others",
                format!("others cannot open `{}`", shorten(address)),
            )
        };
        let finding = RULE
            .finding(ticket.place(), locate(&ticket.source, text, address), label)
            .message(message)
            .help("use a link that others can open, or remove it")
            .anchor(&text.path);
        findings.push(finding);
    }
}

/// Links, evidence, dashboards, and alerts.
fn links(ticket: &Ticket) -> impl Iterator<Item = &Text> {
    let links = ticket
        .links
        .iter()
        .flat_map(|link| [link.url.as_ref(), link.reference.as_ref()]);
    let evidence = ticket.tests.iter().flat_map(|tests| &tests.evidence);
    links
        .flatten()
        .chain(evidence)
        .chain(&ticket.validation.dashboards)
        .chain(&ticket.validation.alerts)
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    fn reports(rest: &str) -> bool {
        rules_of(rest).contains(&"ticket/dead-link")
    }

    #[test]
    fn local_and_invented_addresses_are_found() {
        for address in [
            "https://example.com/link",
            "http://localhost:3000/d/1",
            "file:///home/bo/plan.pdf",
            "https://127.0.0.1/",
            "https://jira.acme.dev/browse/OPS-XXXX",
        ] {
            assert!(reports(&format!("links = [\"{address}\"]")), "{address}");
        }
    }

    #[test]
    fn real_addresses_and_tunnels_are_accepted() {
        for text in [
            "links = [\"https://git.acme.example/infra/-/merge_requests/2231\"]",
            "links = [\"https://example.com/docs/change-process\"]",
            "links = [{ ref = \"OPS-12\" }]",
            "links = [\"http://localhost:3000/d/1\"]\ndescription = \"Open it with `ssh -L 3000:grafana:3000 ops`\"",
            "links = [\"https://acme.dev/xxl\"]",
        ] {
            assert!(!reports(text), "{text}");
        }
    }
}

//! The tickets, newest first, each with its own anchor.

use jiff::Timestamp;

use super::facts::PageTicket;
use super::flow::short;
use super::markup::{Markup, Tag};
use super::view::{Citation, View, result_in_words};
use crate::report::clock::{day, duration};
use crate::ticket::{Approval, Decision, Ending, Kind, Note, RiskLevel, Step, Text};

/// How many commits of a ticket are listed.
const MAX_COMMITS: usize = 30;

/// The title of a ticket, or its ID.
pub(super) fn title(ticket: &PageTicket) -> String {
    match ticket.ticket.title.text.trim() {
        "" => ticket.id().to_owned(),
        title => title.replace('`', ""),
    }
}

/// The risk of a ticket, as a sign with a word.
pub(super) fn write_risk(ticket: &PageTicket, out: &mut Markup) {
    let tag = match ticket.risk {
        RiskLevel::Low => "span.tag low",
        RiskLevel::Medium => "span.tag medium",
        RiskLevel::High | RiskLevel::Critical => "span.tag high",
    };
    out.leaf(tag, &format!("{} risk", ticket.risk.as_str()));
}

/// How it ended, in words; `None`: it has no outcome.
fn result(ticket: &PageTicket) -> Option<Ending> {
    ticket.ticket.outcome.as_ref()?.result
}

/// Where a ticket is.
#[derive(Clone, Copy)]
pub(super) struct TicketPlace<'a> {
    /// Whether its ID is the anchor; a second ticket of the same ID has none.
    pub(super) has_anchor: bool,
    /// The file of the page, whose links lead to every ticket; empty if it is this one.
    pub(super) page: &'a str,
}

pub(super) fn write_ticket(
    view: &View<'_>,
    ticket: &PageTicket,
    place: TicketPlace<'_>,
    out: &mut Markup,
) {
    let result = result(ticket);
    let mut article = Tag::from("article")
        .with(
            "data-state",
            if ticket.is_open() {
                "open"
            } else {
                ticket.ticket.state.as_str()
            },
        )
        .with("data-risk", ticket.risk.as_str())
        .with("data-result", result.map_or("", Ending::as_str));
    if place.has_anchor {
        article = article.with("id", ticket.id());
    }
    out.element(article, |out| {
        out.element("details", |out| {
            out.element("summary", |out| write_summary(view, ticket, out));
            out.element("div.body", |out| write_body(view, ticket, place, out));
        });
    });
}

fn write_summary(view: &View<'_>, ticket: &PageTicket, out: &mut Markup) {
    out.element("span.line", |out| {
        out.leaf("b", &title(ticket));
        write_risk(ticket, out);
        if ticket.ticket.kind == Kind::Emergency {
            out.leaf("span.tag emergency", "emergency");
        }
        if let Some(result) = result(ticket) {
            let tag = match result {
                Ending::Successful => "span.tag good",
                Ending::WithIssues => "span.tag issues",
                Ending::RolledBack | Ending::Failed => "span.tag bad",
            };
            out.leaf(tag, result_in_words(result.as_str()));
        }
    });
    out.element("span.meta", |out| {
        let services: Vec<&str> = ticket.ticket.services.iter().map(AsRef::as_ref).collect();
        let day = ticket.at().map(|at| view.clock.day(at));
        let releases = releases(view.citations_of(ticket));
        let parts = [
            Some(ticket.ticket.state.as_str().to_owned()),
            day,
            (!services.is_empty()).then(|| services.join(", ")),
            (!releases.is_empty()).then(|| releases.join(", ")),
        ];
        out.text(&parts.into_iter().flatten().collect::<Vec<_>>().join(" · "));
        out.text(" · ");
        out.leaf("code", ticket.id());
    });
}

/// The releases that the commits of a ticket are in.
fn releases(citations: &[Citation<'_>]) -> Vec<String> {
    let mut releases: Vec<String> = Vec::new();
    for citation in citations {
        let name = citation.release.as_deref().unwrap_or("not released");
        if !releases.iter().any(|known| known == name) {
            releases.push(name.to_owned());
        }
    }
    releases
}

fn write_body(view: &View<'_>, ticket: &PageTicket, place: TicketPlace<'_>, out: &mut Markup) {
    let plan = &ticket.ticket;
    part(out, "Why", |out| {
        paragraph(out, Some(&plan.justification));
        paragraph(out, plan.description.as_ref());
        named(out, "Goal", plan.goal.as_ref());
    });
    write_facts(view, ticket, out);
    if !plan.deployment.steps.is_empty() {
        part(out, "How", |out| {
            write_texts("Before", &plan.deployment.preconditions, out);
            write_steps(&plan.deployment.steps, out);
        });
    }
    part(out, "How to go back", |out| {
        write_rollback(view, ticket, out);
    });
    if !plan.validation.steps.is_empty() {
        part(out, "How to tell that it worked", |out| {
            write_steps(&plan.validation.steps, out);
        });
    }
    if !plan.approvals.is_empty() {
        part(out, "Approvals", |out| write_approvals(view, ticket, out));
    }
    write_findings(ticket, out);
    write_outcome(view, ticket, place, out);
    write_notes(view, &plan.notes, out);
    write_commits(view, ticket, out);
    write_links(ticket, out);
    if !plan.depends_on.is_empty() || !plan.supersedes.is_empty() {
        part(out, "Other tickets", |out| {
            write_ids("Depends on", &plan.depends_on, place, out);
            write_ids("Supersedes", &plan.supersedes, place, out);
        });
    }
    out.element("p.meta", |out| {
        let link = Tag::local_link(place.page, ticket.id());
        out.leaf(link, "Link to this ticket");
        out.text(" · ");
        out.leaf("code", plan.source.name());
    });
}

/// A part of a ticket, unless it would be empty.
fn part(out: &mut Markup, heading: &str, write: impl FnOnce(&mut Markup)) {
    let mut inside = Markup::default();
    write(&mut inside);
    if inside.len() > 0 {
        out.leaf("h4", heading);
        out.append(&inside);
    }
}

/// The paragraphs of a text. People wrap long lines of TOML by hand: a line that begins no item of a
/// list continues the one before.
fn paragraph(out: &mut Markup, text: Option<&Text>) {
    for text in paragraphs(text.map_or("", |text| &text.text)) {
        out.element("p", |out| out.prose(&text));
    }
}

fn paragraphs(text: &str) -> Vec<String> {
    let mut paragraphs: Vec<String> = Vec::new();
    let mut is_new = true;
    for line in text.lines().map(str::trim) {
        match paragraphs.last_mut() {
            _ if line.is_empty() => is_new = true,
            Some(last) if !is_new => {
                last.push(if begins_item(line) { '\n' } else { ' ' });
                last.push_str(line);
            }
            _ => {
                paragraphs.push(line.to_owned());
                is_new = false;
            }
        }
    }
    paragraphs
}

/// Whether a line is an item of a list: `- `, `* `, or `1. `.
fn begins_item(line: &str) -> bool {
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_numbered = rest.len() < line.len() && (rest.starts_with(". ") || rest.starts_with(") "));
    is_numbered || line.starts_with("- ") || line.starts_with("* ")
}

fn named(out: &mut Markup, name: &str, text: Option<&Text>) {
    if let Some(text) = text.filter(|text| !text.text.trim().is_empty()) {
        out.element("p", |out| {
            out.leaf("b", &format!("{name}: "));
            out.prose(&text.text);
        });
    }
}

/// People, places, and times, as a list of names and values.
fn write_facts(view: &View<'_>, ticket: &PageTicket, out: &mut Markup) {
    let plan = &ticket.ticket;
    let person = |name: &Option<Text>| {
        let name = name.as_ref()?;
        Some(view.facts.person(&name.text))
    };
    let list = |texts: &[Text]| {
        let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
        (!texts.is_empty()).then(|| texts.join(", "))
    };
    let flag = plan.deployment.flag.as_ref().and_then(|flag| {
        let until = flag
            .remove_by
            .map(|until| format!(", to be removed by {}", day(until)));
        Some(format!(
            "{}{}",
            flag.key.as_ref()?.text,
            until.unwrap_or_default()
        ))
    });
    let rehearsed = plan.rollback.rehearsed_on;
    let facts = [
        ("Requested by", person(&plan.requester)),
        ("Carried out by", person(&plan.assignee)),
        ("Validated by", person(&plan.validator)),
        (
            "Window",
            ticket.window().map(|window| view.clock.window(window)),
        ),
        ("Services", list(&plan.services)),
        ("Environments", list(&plan.environments)),
        (
            "Affected if it fails",
            text(plan.risk.blast_radius.as_ref()),
        ),
        ("Planned downtime", plan.risk.downtime.map(duration)),
        ("Feature flag", flag),
        ("Rollback rehearsed", rehearsed.map(day)),
    ];
    if facts.iter().all(|(_, value)| value.is_none()) {
        return;
    }
    out.element("dl", |out| {
        for (name, value) in facts {
            if let Some(value) = value {
                out.element("div", |out| {
                    out.leaf("dt", name);
                    out.element("dd", |out| out.prose(&value));
                });
            }
        }
    });
}

fn text(text: Option<&Text>) -> Option<String> {
    text.map(|text| text.text.clone())
}

fn write_steps(steps: &[Step], out: &mut Markup) {
    if steps.is_empty() {
        return;
    }
    out.element("ol", |out| {
        for step in steps {
            out.element("li", |out| {
                if step.hold {
                    out.leaf("b", "Wait for the decision to continue. ");
                }
                out.prose(&step.action.text);
                if let Some(run) = &step.run {
                    out.element("pre", |out| out.leaf("code", run.text.trim()));
                }
                named(out, "Expected", step.expect.as_ref());
                named(out, "Undo", step.undo.as_ref());
                named(out, "Cannot be undone", step.cannot_undo.as_ref());
            });
        }
    });
}

fn write_texts(name: &str, texts: &[Text], out: &mut Markup) {
    for text in texts {
        named(out, name, Some(text));
    }
}

fn write_rollback(view: &View<'_>, ticket: &PageTicket, out: &mut Markup) {
    let rollback = &ticket.ticket.rollback;
    named(out, "If", rollback.trigger.as_ref());
    let decider = rollback
        .decider
        .as_ref()
        .map(|name| view.facts.person(&name.text));
    let decides = decider.map(|name| format!("{name} decides."));
    let takes = rollback
        .within
        .map(|within| format!("It takes at most {}.", duration(within)));
    let sentences: Vec<String> = decides.into_iter().chain(takes).collect();
    if !sentences.is_empty() {
        out.leaf("p", &sentences.join(" "));
    }
    write_steps(&rollback.steps, out);
    named(out, "Lost by a rollback", rollback.loses.as_ref());
    named(
        out,
        "Point of no return",
        rollback.point_of_no_return.as_ref(),
    );
}

fn write_approvals(view: &View<'_>, ticket: &PageTicket, out: &mut Markup) {
    out.element("ul", |out| {
        for approval in &ticket.ticket.approvals {
            out.element("li", |out| {
                out.prose(&approval_in_words(view, ticket, approval));
            });
        }
    });
    out.leaf(
        "p.note",
        "As the file records them. This page does not verify signatures; `tollgate verify` does.",
    );
}

fn approval_in_words(view: &View<'_>, ticket: &PageTicket, approval: &Approval) -> String {
    let by = approval.by.as_ref().map(|by| view.facts.person(&by.text));
    let role = approval
        .role
        .as_ref()
        .map(|role| format!(" ({})", role.text));
    let verb = match approval.decision {
        Some(Decision::Approve) => "approved",
        Some(Decision::Reject) => "rejected",
        None => "decided about",
    };
    let is_current = approval
        .digest
        .as_ref()
        .is_some_and(|it| it.text == ticket.digest);
    let plan = if is_current {
        "the present plan"
    } else {
        "another version of the plan"
    };
    let at = approval
        .at
        .map(|at| format!(", {}", view.clock.day_and_time(at.timestamp)));
    let signed = if approval.signature.is_some() {
        ", with a signature"
    } else {
        ""
    };
    let reason = approval
        .reason
        .as_ref()
        .map(|reason| format!(": {}", reason.text.trim()));
    format!(
        "{}{} {verb} {plan}{}{signed}{}",
        by.unwrap_or_else(|| "Someone".to_owned()),
        role.unwrap_or_default(),
        at.unwrap_or_default(),
        reason.unwrap_or_default()
    )
}

/// What the linter finds in the file.
fn write_findings(ticket: &PageTicket, out: &mut Markup) {
    if ticket.findings.is_empty() {
        return;
    }
    part(out, "Findings", |out| {
        out.element("ul", |out| {
            for finding in &ticket.findings {
                out.element("li", |out| {
                    out.leaf("b", &format!("{}: ", finding.severity));
                    out.prose(&finding.message);
                    out.text(" ");
                    out.leaf("code", finding.rule);
                });
            }
        });
    });
}

fn write_outcome(view: &View<'_>, ticket: &PageTicket, place: TicketPlace<'_>, out: &mut Markup) {
    let Some(outcome) = &ticket.ticket.outcome else {
        return;
    };
    let time =
        |at: Option<crate::ticket::Instant>| at.map(|at| view.clock.day_and_time(at.timestamp));
    part(out, "What happened", |out| {
        let facts = [
            ("Started", time(outcome.started_at)),
            ("Deployed", time(outcome.deployed_at)),
            ("Validated", time(outcome.validated_at)),
            ("Ended", time(outcome.ended_at)),
            ("Downtime", outcome.downtime.map(duration)),
        ];
        if facts.iter().any(|(_, value)| value.is_some()) {
            out.element("dl", |out| {
                for (name, value) in facts {
                    if let Some(value) = value {
                        out.element("div", |out| {
                            out.leaf("dt", name);
                            out.leaf("dd", &value);
                        });
                    }
                }
            });
        }
        named(out, "Measured", outcome.measured.as_ref());
        named(out, "Lessons", outcome.retrospective.as_ref());
        write_ids("Caused by", outcome.caused_by.as_slice(), place, out);
    });
}

fn write_notes(view: &View<'_>, notes: &[Note], out: &mut Markup) {
    if notes.is_empty() {
        return;
    }
    part(out, "Notes", |out| {
        out.element("ul", |out| {
            for note in notes {
                let at = note.at.map(|at| view.clock.day_and_time(at.timestamp));
                let by = note.by.as_ref().map(|by| view.facts.person(&by.text));
                let who: Vec<String> = at.into_iter().chain(by).collect();
                out.element("li", |out| {
                    if !who.is_empty() {
                        out.leaf("small", &format!("{}: ", who.join(", ")));
                    }
                    out.prose(note.text.as_ref().map_or("", |text| &text.text));
                });
            }
        });
    });
}

fn write_commits(view: &View<'_>, ticket: &PageTicket, out: &mut Markup) {
    let citations = view.citations_of(ticket);
    if citations.is_empty() {
        return;
    }
    part(out, "Commits", |out| {
        out.element("ul", |out| {
            for citation in citations.iter().take(MAX_COMMITS) {
                out.element("li", |out| write_commit(view, citation, out));
            }
        });
        if let more @ 1.. = citations.len().saturating_sub(MAX_COMMITS) {
            out.leaf("p.note", &format!("And {more} more."));
        }
    });
}

fn write_commit(view: &View<'_>, citation: &Citation<'_>, out: &mut Markup) {
    let id = short(&citation.commit.id);
    let address = view.address_of(citation.commit);
    match address.as_deref().and_then(Tag::link) {
        Some(link) => out.element(link, |out| out.leaf("code", &id)),
        None => out.leaf("code", &id),
    }
    out.text(" ");
    out.text(&citation.commit.headline);
    let release = citation.release.as_deref().unwrap_or("not released");
    out.leaf("small", &format!(" ({release})"));
}

fn write_links(ticket: &PageTicket, out: &mut Markup) {
    let plan = &ticket.ticket;
    let tests = plan.tests.iter().flat_map(|tests| &tests.evidence);
    let dashboards = &plan.validation.dashboards;
    part(out, "Links", |out| {
        let mut list = Markup::default();
        for link in &plan.links {
            list.element("li", |out| {
                if let Some(kind) = &link.kind {
                    out.text(&format!("{}: ", kind.text));
                }
                if let Some(reference) = &link.reference {
                    out.text(&reference.text);
                    out.text(" ");
                }
                out.address(link.url.as_ref().map_or("", |url| url.text.trim()));
            });
        }
        for (name, text) in tests
            .map(|it| ("test results", it))
            .chain(dashboards.iter().map(|it| ("dashboard", it)))
        {
            list.element("li", |out| {
                out.text(&format!("{name}: "));
                out.address(text.text.trim());
            });
        }
        if list.len() > 0 {
            out.element("ul", |out| out.append(&list));
        }
    });
}

fn write_ids(name: &str, ids: &[Text], place: TicketPlace<'_>, out: &mut Markup) {
    if ids.is_empty() {
        return;
    }
    out.element("p", |out| {
        out.leaf("b", &format!("{name}: "));
        for (index, id) in ids.iter().enumerate() {
            if index > 0 {
                out.text(", ");
            }
            let id = id.text.trim();
            let link = Tag::local_link(place.page, id);
            out.element(link, |out| out.leaf("code", id));
        }
    });
}

/// Newest first; those without a day come last.
pub(super) fn newest_first(tickets: &[PageTicket]) -> Vec<&PageTicket> {
    let mut tickets: Vec<(Option<Timestamp>, &PageTicket)> =
        tickets.iter().map(|ticket| (ticket.at(), ticket)).collect();
    tickets.sort_by(|(at, one), (other_at, other)| {
        other_at.cmp(at).then_with(|| one.id().cmp(other.id()))
    });
    tickets.into_iter().map(|(_, ticket)| ticket).collect()
}

#[cfg(test)]
mod tests {
    use super::paragraphs;

    #[test]
    fn lines_wrapped_by_hand_are_joined() {
        let text = "The backfill ended; this\nticket drops the column.\n\nThen:\n- copy\n- drop\n";
        assert_eq!(
            paragraphs(text),
            [
                "The backfill ended; this ticket drops the column.",
                "Then:\n- copy\n- drop"
            ]
        );
    }
}

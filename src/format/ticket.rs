//! One ticket at a glance: what a reviewer asks before reading the file.

use std::fmt::Write as _;

use serde::Serialize;

use super::paint::Style;
use super::tickets::texts;
use super::{Look, by_severity, counted, document};
use crate::approval::Outlook;
use crate::finding::{Checked, Severity};
use crate::source::sanitise_line;
use crate::ticket::{
    Approval, Category, Decision, Instant, Lacking, Link, RiskLevel, RiskScore, State, Step,
    Strategy, Text, Ticket,
};

/// What is shown of a ticket.
#[derive(Debug)]
pub struct Shown<'a> {
    /// The ticket.
    pub ticket: &'a Ticket,
    /// Its digest.
    pub digest: &'a str,
    /// What the rules say of it.
    pub checked: &'a Checked,
    /// Its computed risk.
    pub score: &'a RiskScore,
    /// What its approvals amount to.
    pub outlook: ShownOutlook<'a>,
}

/// What is known of the approvals of a ticket.
#[derive(Debug, Clone, Copy)]
pub enum ShownOutlook<'a> {
    /// What they amount to.
    Known(&'a Outlook),
    /// The configuration requires approvals, and what they amount to is not known.
    Unknown,
    /// The configuration requires none.
    NotRequired,
}

/// The ticket, as `ticket show` shows it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct WireTicket<'a> {
    schema_version: u8,
    id: &'a str,
    /// Relative to the root, with `/`.
    path: &'a str,
    title: &'a str,
    justification: &'a str,
    #[cfg_attr(test, schemars(extend("enum" = State::WORDS)))]
    state: &'static str,
    #[cfg_attr(test, schemars(extend("enum" = crate::ticket::Kind::WORDS)))]
    kind: &'static str,
    category: Option<&'static str>,
    risk: WireRisk,
    /// Empty: all.
    services: Vec<&'a str>,
    /// Empty: all.
    environments: Vec<&'a str>,
    requester: Option<&'a str>,
    assignee: Option<&'a str>,
    validator: Option<&'a str>,
    /// When the window opens, in UTC.
    start: Option<String>,
    /// When the window closes, in UTC.
    end: Option<String>,
    strategy: Option<&'static str>,
    deployment: Vec<WireStep<'a>>,
    rollback: Vec<WireStep<'a>>,
    validation: Vec<WireStep<'a>>,
    links: Vec<WireLink<'a>>,
    approvals: Vec<WireApproval<'a>>,
    /// The state of its approvals, for people; null if none is required.
    quorum: Option<String>,
    /// The digest that approvals refer to.
    digest: &'a str,
    /// The possible next states, the usual one first.
    next: Vec<WireNextState>,
    findings: WireCounts,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireRisk {
    /// The level that counts: declared, or else computed.
    #[cfg_attr(test, schemars(extend("enum" = RiskLevel::WORDS)))]
    level: &'static str,
    declared: Option<&'static str>,
    computed: &'static str,
    /// The sum of the parts.
    points: i32,
    parts: Vec<WireRiskPart>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireRiskPart {
    reason: &'static str,
    points: i32,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireStep<'a> {
    r#do: &'a str,
    run: Option<&'a str>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireLink<'a> {
    kind: Option<&'a str>,
    url: Option<&'a str>,
    r#ref: Option<&'a str>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireApproval<'a> {
    by: Option<&'a str>,
    role: Option<&'a str>,
    decision: Option<&'static str>,
    /// Whether it approves the current plan; null if it has no digest.
    fits: Option<bool>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireNextState {
    #[cfg_attr(test, schemars(extend("enum" = State::WORDS)))]
    state: &'static str,
    /// The required fields that are missing.
    lacking: Vec<WireLacking>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireLacking {
    key: &'static str,
    purpose: &'static str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireCounts {
    errors: usize,
    warnings: usize,
    notes: usize,
}

impl Shown<'_> {
    fn risk(&self) -> RiskLevel {
        self.ticket.risk.level.unwrap_or_else(|| self.score.level())
    }

    /// Whether an approval is of the plan as it is now; `None` where it does not say.
    fn fits(&self, approval: &Approval) -> Option<bool> {
        approval
            .digest
            .as_ref()
            .map(|digest| digest.text == self.digest)
    }
}

/// Writes the document of `ticket show --format json`.
#[must_use]
pub fn ticket_json(shown: &Shown<'_>) -> String {
    let ticket = shown.ticket;
    let schedule = ticket.schedule.as_ref();
    let in_utc = |instant: Option<Instant>| instant.map(|instant| instant.timestamp.to_string());
    let lacking = |lacking: Lacking| WireLacking {
        key: lacking.key,
        purpose: lacking.purpose,
    };
    let next = |state: State| WireNextState {
        state: state.as_str(),
        lacking: ticket
            .lacking(state, shown.risk())
            .into_iter()
            .map(lacking)
            .collect(),
    };
    let approval = |approval| wire_approval(shown, approval);
    document(&WireTicket {
        schema_version: 1,
        id: &ticket.identity.text,
        path: ticket.source.name(),
        title: &ticket.title.text,
        justification: &ticket.justification.text,
        state: ticket.state.as_str(),
        kind: ticket.kind.as_str(),
        category: ticket.category.map(Category::as_str),
        risk: wire_risk(shown),
        services: texts(&ticket.services),
        environments: texts(&ticket.environments),
        requester: said(ticket.requester.as_ref()),
        assignee: said(ticket.assignee.as_ref()),
        validator: said(ticket.validator.as_ref()),
        start: schedule.and_then(|schedule| in_utc(schedule.start)),
        end: schedule.and_then(|schedule| in_utc(schedule.end)),
        strategy: ticket.deployment.strategy.map(Strategy::as_str),
        deployment: wire_steps(&ticket.deployment.steps),
        rollback: wire_steps(&ticket.rollback.steps),
        validation: wire_steps(&ticket.validation.steps),
        links: ticket.links.iter().map(wire_link).collect(),
        approvals: ticket.approvals.iter().map(approval).collect(),
        quorum: quorum(shown),
        digest: shown.digest,
        next: ticket.next_states().into_iter().map(next).collect(),
        findings: WireCounts {
            errors: shown.checked.count(Severity::Error),
            warnings: shown.checked.count(Severity::Warning),
            notes: shown.checked.count(Severity::Note),
        },
    })
}

fn wire_risk(shown: &Shown<'_>) -> WireRisk {
    let score = shown.score;
    WireRisk {
        level: shown.risk().as_str(),
        declared: shown.ticket.risk.level.map(RiskLevel::as_str),
        computed: score.level().as_str(),
        points: score.points(),
        parts: score
            .parts
            .iter()
            .map(|part| WireRiskPart {
                reason: part.reason,
                points: part.points,
            })
            .collect(),
    }
}

fn wire_steps(steps: &[Step]) -> Vec<WireStep<'_>> {
    steps
        .iter()
        .map(|step| WireStep {
            r#do: &step.action.text,
            run: said(step.run.as_ref()),
        })
        .collect()
}

fn wire_link(link: &Link) -> WireLink<'_> {
    WireLink {
        kind: said(link.kind.as_ref()),
        url: said(link.url.as_ref()),
        r#ref: said(link.reference.as_ref()),
    }
}

fn wire_approval<'a>(shown: &Shown<'_>, approval: &'a Approval) -> WireApproval<'a> {
    WireApproval {
        by: said(approval.by.as_ref()),
        role: said(approval.role.as_ref()),
        decision: approval.decision.map(Decision::as_str),
        fits: shown.fits(approval),
    }
}

fn said(text: Option<&Text>) -> Option<&str> {
    text.map(|text| text.text.as_str())
}

/// Writes a ticket for people.
#[must_use]
pub fn ticket_text(shown: &Shown<'_>, look: Look) -> String {
    let ticket = shown.ticket;
    let mut page = Page {
        text: String::new(),
        look,
    };
    page.line("Ticket", &ticket.identity.text);
    page.line("Title", &ticket.title.text);
    page.line("File", ticket.source.name());
    let category = ticket
        .category
        .map(|category| format!(", {}", category.as_str()))
        .unwrap_or_default();
    page.line(
        "State",
        &format!(
            "{} ({}{category})",
            ticket.state.as_str(),
            ticket.kind.as_str()
        ),
    );
    page.risk(shown);
    page.line("Why", &ticket.justification.text);
    page.line("Services", &or_all(&ticket.services));
    page.line("Environments", &or_all(&ticket.environments));
    let people = [
        ("requester", &ticket.requester),
        ("assignee", &ticket.assignee),
        ("validator", &ticket.validator),
    ];
    page.list(
        "People",
        people
            .iter()
            .filter_map(|(role, who)| Some(format!("{role} {}", who.as_ref()?.text))),
    );
    if let Some(schedule) = &ticket.schedule {
        let bounds = [("from", schedule.start), ("to", schedule.end)];
        page.list(
            "Schedule",
            bounds
                .iter()
                .filter_map(|(word, at)| Some(format!("{word} {}", local((*at)?)))),
        );
    }
    page.steps(
        "Deployment",
        ticket.deployment.strategy.map_or("", Strategy::as_str),
        &ticket.deployment.steps,
    );
    page.steps(
        "Rollback",
        said(ticket.rollback.trigger.as_ref()).unwrap_or_default(),
        &ticket.rollback.steps,
    );
    page.steps("Validation", "", &ticket.validation.steps);
    page.list("Links", ticket.links.iter().map(link));
    page.list("After", ticket.depends_on.iter().map(|id| id.text.clone()));
    page.list(
        "Approvals",
        ticket
            .approvals
            .iter()
            .map(|approval| approved(shown, approval)),
    );
    page.list("Quorum", quorum(shown).into_iter());
    page.line("Digest", shown.digest);
    page.line(
        "Check",
        &by_severity(shown.checked).unwrap_or_else(|| "no problems found".into()),
    );
    let errors = shown
        .checked
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error);
    page.list(
        "",
        errors.map(|finding| format!("{} [{}]", finding.message, finding.rule)),
    );
    page.next(shown);
    page.text
}

/// Titles on the left, their values on the right.
struct Page {
    text: String,
    look: Look,
}

/// A value, wrapped beside its title.
#[cfg(feature = "cli")]
fn wrapped(text: &str, look: Look) -> String {
    super::table::wrap(text, 13, look.width)
}

#[cfg(not(feature = "cli"))]
fn wrapped(text: &str, _: Look) -> String {
    text.to_owned()
}

impl Page {
    fn line(&mut self, title: &str, text: &str) {
        let title = self.look.paint(Style::Bold, format!("{title:<12}"));
        let text = sanitise_line(text).replace('\t', " ");
        let text = wrapped(text.trim(), self.look);
        writeln!(self.text, "{title} {text}").expect("a string takes any text");
    }

    /// A line for each entry; nothing where there is none.
    fn list(&mut self, title: &str, entries: impl Iterator<Item = String>) {
        for (index, entry) in entries.enumerate() {
            self.line(if index == 0 { title } else { "" }, &entry);
        }
    }

    fn steps(&mut self, title: &str, remark: &str, steps: &[Step]) {
        let remark = if remark.is_empty() {
            String::new()
        } else {
            format!(" ({remark})")
        };
        self.line(title, &format!("{}{remark}", counted(steps.len(), "step")));
        for (index, step) in steps.iter().enumerate() {
            let number = index + 1;
            let run = step
                .run
                .as_ref()
                .map(|run| format!(": {}", run.text))
                .unwrap_or_default();
            self.line("", &format!("{number}. {}{run}", step.action.text));
        }
    }

    fn risk(&mut self, shown: &Shown<'_>) {
        let score = shown.score;
        let computed = format!("{} (score {})", score.level().as_str(), score.points());
        self.line(
            "Risk",
            &match shown.ticket.risk.level {
                Some(declared) => format!("{}, declared; computed {computed}", declared.as_str()),
                None => computed,
            },
        );
        for part in &score.parts {
            self.line("", &format!("{:+} {}", part.points, part.reason));
        }
    }

    fn next(&mut self, shown: &Shown<'_>) {
        let ticket = shown.ticket;
        let Some(next) = ticket.next_states().first().copied() else {
            return self.line(
                "Next",
                &format!("none: `{}` is final", ticket.state.as_str()),
            );
        };
        let lacking = ticket.lacking(next, shown.risk());
        let keys: Vec<String> = lacking
            .iter()
            .map(|lacking| format!("`{}`", lacking.key))
            .collect();
        let lacks = (!keys.is_empty()).then(|| format!("needs {}", keys.join(", ")));
        let errors = shown.checked.count(Severity::Error);
        let fix = (errors > 0).then(|| format!("fix {} first", counted(errors, "error")));
        let asks: Vec<String> = lacks
            .into_iter()
            .chain(missing_approvals(shown, next))
            .chain(fix)
            .collect();
        let asks = if asks.is_empty() {
            "the ticket has all required fields".into()
        } else {
            asks.join("; ")
        };
        let is_approved = missing_approvals(shown, next).is_none();
        let released =
            ticket.state == State::Approved && shown.risk() == RiskLevel::Low && is_approved;
        let or = if released {
            "; low-risk tickets may skip this state"
        } else {
            ""
        };
        self.line("Next", &format!("{}: {asks}{or}", next.as_str()));
    }
}

/// What its approvals amount to, if any are required.
fn quorum(shown: &Shown<'_>) -> Option<String> {
    match shown.outlook {
        ShownOutlook::Known(outlook) => Some(outlook.describe()),
        ShownOutlook::Unknown => Some("not known here whether enough people approve".to_owned()),
        ShownOutlook::NotRequired => None,
    }
}

/// What is missing of its approvals for a state that people must have approved.
fn missing_approvals(shown: &Shown<'_>, next: State) -> Option<String> {
    let needs_them = next == State::Approved || shown.ticket.state == State::Approved;
    let is_enough = matches!(shown.outlook, ShownOutlook::Known(outlook) if outlook.is_enough());
    quorum(shown).filter(|_| needs_them && !is_enough)
}

fn or_all(names: &[Text]) -> String {
    if names.is_empty() {
        "all".into()
    } else {
        texts(names).join(", ")
    }
}

/// A point in time as it was written, in its own offset.
fn local(instant: Instant) -> String {
    instant
        .timestamp
        .display_with_offset(instant.offset)
        .to_string()
}

fn link(link: &Link) -> String {
    let parts = [&link.kind, &link.reference, &link.url];
    parts
        .iter()
        .filter_map(|part| said(part.as_ref()))
        .collect::<Vec<_>>()
        .join(" ")
}

fn approved(shown: &Shown<'_>, approval: &Approval) -> String {
    let decision = approval.decision.map_or("undecided", Decision::as_str);
    let by = said(approval.by.as_ref()).unwrap_or("unknown");
    let role = approval
        .role
        .as_ref()
        .map(|role| format!(" as {}", role.text))
        .unwrap_or_default();
    let state = match shown.fits(approval) {
        Some(true) => "for this plan",
        Some(false) => "for another plan (stale)",
        None => "without a digest",
    };
    format!("{decision} by {by}{role}, {state}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;
    use crate::source::Source;
    use crate::ticket::{RiskPoints, digest, parse};

    fn shown(text: &str) -> String {
        let (document, errors) = Document::parse(Source::new("changes/a.toml", text));
        assert_eq!(errors, []);
        let (ticket, _) = parse(&document);
        let score = ticket.computed_risk("2026-11-20".parse().unwrap(), &RiskPoints::default());
        let checked = Checked::default();
        let digest = digest(&document);
        let look = Look {
            color: false,
            unicode: true,
            width: usize::MAX,
        };
        let shown = Shown {
            ticket: &ticket,
            digest: &digest,
            checked: &checked,
            score: &score,
            outlook: ShownOutlook::NotRequired,
        };
        ticket_text(&shown, look)
    }

    #[test]
    fn the_sum_of_the_risk_is_shown_with_its_parts() {
        let text = shown(
            "[risk]\nlevel = \"high\"\nreversible = \"no\"\n[rollback]\nrehearsed_on = 2026-11-01\n",
        );
        assert!(
            text.contains("high, declared; computed medium (score 2)\n"),
            "{text}"
        );
        assert!(
            text.contains("+3 not reversible\n") && text.contains("-1 rollback rehearsed\n"),
            "{text}"
        );
    }

    #[test]
    fn an_approval_of_another_plan_is_stale() {
        let text = "title = \"x\"\n[[approvals]]\nby = \"ana\"\ndecision = \"approve\"\ndigest = \"DIGEST\"\n";
        assert!(shown(text).contains("approve by ana, for another plan (stale)"));
        let (document, _) = Document::parse(Source::new("changes/a.toml", text));
        assert!(
            shown(&text.replace("DIGEST", &digest(&document)))
                .contains("approve by ana, for this plan")
        );
    }

    #[test]
    fn what_the_next_state_asks_for_is_told() {
        let next = |text: &str| shown(text).lines().last().unwrap().to_owned();
        assert_eq!(
            next(""),
            "Next         proposed: the ticket has all required fields"
        );
        let text = "state = \"approved\"\nrisk.level = \"high\"";
        assert!(
            next(text).starts_with("Next         deploying: needs `review.peers`"),
            "{}",
            next(text)
        );
        assert_eq!(
            next("state = \"closed\""),
            "Next         none: `closed` is final"
        );
    }

    #[test]
    fn a_strangers_text_bears_no_controls_and_stays_on_its_line() {
        let text = shown(
            "title = \"a\\u001b[31mb\\nRisk low\"\nschedule.start = 2026-11-20T18:00:00+01:00",
        );
        assert!(
            text.contains("Title        a\\u{1b}[31mb Risk low\n"),
            "{text}"
        );
        assert!(text.contains("from 2026-11-20T18:00:00+01:00\n"), "{text}");
    }
}

//! One ticket at a glance: what a reviewer wants to know before reading the file.

use std::fmt::Write as _;

use serde::Serialize;

use super::style::Style;
#[cfg(test)]
use super::ticket_list::nullable;
use super::ticket_list::{texts, valid_word, word_or_invalid};
use super::ticket_record::{
    WireCommunication, WireNote, WireOutcome, WireTests, describe_communication, describe_note,
    describe_outcome, describe_tests, format_instant, in_utc, text_of,
};
use super::{RenderOptions, by_severity, counted, document};
use crate::approval::Outlook;
use crate::finding::{Checked, Severity};
use crate::risk::RiskScore;
use crate::source::{join_and, sanitise_line};
use crate::ticket::{
    Approval, Category, Decision, Link, MissingField, RiskLevel, State, Step, Strategy, Text,
    Ticket,
};

/// What is shown of a ticket.
#[derive(Debug)]
pub struct TicketDetails<'a> {
    /// The ticket.
    pub ticket: &'a Ticket,
    /// Its digest.
    pub digest: &'a str,
    /// The findings of the rules.
    pub checked: &'a Checked,
    /// How many errors the rules would find in the usual next state, besides missing fields.
    pub next_errors: usize,
    /// Its computed risk.
    pub score: &'a RiskScore,
    /// Its approval status.
    pub outlook: ApprovalOutlook<'a>,
}

/// What is known of the approvals of a ticket.
#[derive(Debug, Clone, Copy)]
pub enum ApprovalOutlook<'a> {
    /// The approval status.
    Known(&'a Outlook),
    /// The configuration requires approvals, but their status is unknown.
    Unknown,
    /// The configuration requires none.
    NotRequired,
}

/// The ticket, as printed by `ticket show`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct WireTicket<'a> {
    schema_version: u8,
    id: &'a str,
    /// Relative to the root, with `/`.
    path: &'a str,
    title: &'a str,
    justification: &'a str,
    /// If null, the value in the ticket is invalid.
    #[cfg_attr(test, schemars(extend("enum" = nullable(State::WORDS))))]
    state: Option<&'static str>,
    /// The state in the ticket's file: `approved` need not be written, because it follows from
    /// approvals. If null, the value in the ticket is invalid.
    #[cfg_attr(test, schemars(extend("enum" = nullable(State::WORDS))))]
    written_state: Option<&'static str>,
    /// If null, the value in the ticket is invalid.
    #[cfg_attr(test, schemars(extend("enum" = nullable(crate::ticket::Kind::WORDS))))]
    kind: Option<&'static str>,
    category: Option<&'static str>,
    risk: WireRisk<'a>,
    /// If empty, all services.
    services: Vec<&'a str>,
    /// If empty, all environments.
    environments: Vec<&'a str>,
    requester: Option<&'a str>,
    assignee: Option<&'a str>,
    validator: Option<&'a str>,
    /// When the window opens, in UTC.
    start: Option<String>,
    /// When the window closes, in UTC.
    end: Option<String>,
    strategy: Option<&'static str>,
    /// What must be true before the first step.
    preconditions: Vec<&'a str>,
    deployment: Vec<WireStep<'a>>,
    /// How to switch back to the old environment.
    switch_back: Option<&'a str>,
    rollback: Vec<WireStep<'a>>,
    /// What a rollback loses.
    loses: Option<&'a str>,
    validation: Vec<WireStep<'a>>,
    /// How the data that the validation creates is removed.
    cleanup: Vec<&'a str>,
    tests: Option<WireTests<'a>>,
    communication: Option<WireCommunication<'a>>,
    links: Vec<WireLink<'a>>,
    approvals: Vec<WireApproval<'a>>,
    /// The state of its approvals, as text for people to read; null if none is required.
    quorum: Option<String>,
    /// The digest that approvals refer to.
    digest: &'a str,
    /// The possible next states, the usual one first; none if the ticket's state is invalid.
    next_states: Vec<WireNextState>,
    findings: WireCounts,
    notes: Vec<WireNote<'a>>,
    outcome: Option<WireOutcome<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireRisk<'a> {
    /// The effective level: declared, or computed if not declared. If null, the declared level is invalid.
    #[cfg_attr(test, schemars(extend("enum" = nullable(RiskLevel::WORDS))))]
    level: Option<&'static str>,
    declared: Option<&'static str>,
    computed: &'static str,
    /// The sum of the points of all factors.
    points: i32,
    factors: Vec<WireRiskFactor>,
    mitigations: Option<&'a str>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireRiskFactor {
    reason: &'static str,
    points: i32,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireStep<'a> {
    r#do: &'a str,
    run: Option<&'a str>,
    /// Whether someone must decide to continue before this step.
    hold: bool,
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
    matches_plan: Option<bool>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireNextState {
    #[cfg_attr(test, schemars(extend("enum" = State::WORDS)))]
    state: &'static str,
    /// The required fields that are missing.
    missing_fields: Vec<WireMissingField>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WireMissingField {
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

impl TicketDetails<'_> {
    fn risk(&self) -> RiskLevel {
        self.ticket.risk.level.unwrap_or_else(|| self.score.level())
    }

    /// The possible next states, the usual one first; none from an invalid state.
    fn next_states(&self) -> Vec<State> {
        if self.ticket.invalid_words.contains_key("state") {
            return Vec::new();
        }
        self.ticket.next_states()
    }

    /// The state: as it is written, or `approved`, which follows from approvals.
    fn state(&self) -> State {
        match self.outlook {
            ApprovalOutlook::Known(outlook) => outlook.judgement.state(),
            ApprovalOutlook::Unknown | ApprovalOutlook::NotRequired => self.ticket.state,
        }
    }

    fn describe_state(&self) -> String {
        let ticket = self.ticket;
        let state = match self.outlook {
            ApprovalOutlook::Known(outlook) => outlook.judgement.describe_state(),
            ApprovalOutlook::Unknown | ApprovalOutlook::NotRequired => {
                ticket.state.as_str().to_owned()
            }
        };
        let category = ticket
            .category
            .map(|category| format!(", {}", category.as_str()))
            .unwrap_or_default();
        let written = if self.state() == ticket.state {
            String::new()
        } else {
            format!("; the file says `{}`", ticket.state.as_str())
        };
        format!(
            "{} ({}{category}){written}",
            word_or_invalid(ticket, "state", &state),
            word_or_invalid(ticket, "kind", ticket.kind.as_str())
        )
    }

    /// The usual next state.
    fn next_state(&self) -> Option<State> {
        match self.outlook {
            ApprovalOutlook::Known(outlook) => outlook.next_state(self.ticket),
            ApprovalOutlook::Unknown | ApprovalOutlook::NotRequired => {
                self.ticket.next_states().first().copied()
            }
        }
    }

    /// Whether an approval is of the plan as it is now; `None` where it does not say.
    fn matches_plan(&self, approval: &Approval) -> Option<bool> {
        approval
            .digest
            .as_ref()
            .map(|digest| digest.text == self.digest)
    }
}

/// Writes the document of `ticket show --format json`.
#[must_use]
pub fn ticket_json(details: &TicketDetails<'_>) -> String {
    let ticket = details.ticket;
    let schedule = ticket.schedule.as_ref();
    let lacking = |lacking: MissingField| WireMissingField {
        key: lacking.key,
        purpose: lacking.purpose,
    };
    let next = |state: State| WireNextState {
        state: state.as_str(),
        missing_fields: ticket
            .missing_fields(state)
            .into_iter()
            .map(lacking)
            .collect(),
    };
    let approval = |approval| wire_approval(details, approval);
    document(&WireTicket {
        schema_version: 1,
        id: &ticket.identity.text,
        path: ticket.source.name(),
        title: &ticket.title.text,
        justification: &ticket.justification.text,
        state: valid_word(ticket, "state", details.state().as_str()),
        written_state: valid_word(ticket, "state", ticket.state.as_str()),
        kind: valid_word(ticket, "kind", ticket.kind.as_str()),
        category: ticket.category.map(Category::as_str),
        risk: wire_risk(details),
        services: texts(&ticket.services),
        environments: texts(&ticket.environments),
        requester: text_of(ticket.requester.as_ref()),
        assignee: text_of(ticket.assignee.as_ref()),
        validator: text_of(ticket.validator.as_ref()),
        start: schedule.and_then(|schedule| in_utc(schedule.start)),
        end: schedule.and_then(|schedule| in_utc(schedule.end)),
        strategy: ticket.deployment.strategy.map(Strategy::as_str),
        preconditions: texts(&ticket.deployment.preconditions),
        deployment: wire_steps(&ticket.deployment.steps),
        switch_back: text_of(ticket.deployment.switch_back.as_ref()),
        rollback: wire_steps(&ticket.rollback.steps),
        loses: text_of(ticket.rollback.loses.as_ref()),
        validation: wire_steps(&ticket.validation.steps),
        cleanup: texts(&ticket.validation.cleanup),
        tests: ticket.tests.as_deref().map(WireTests::new),
        communication: ticket.communication.as_deref().map(WireCommunication::new),
        links: ticket.links.iter().map(wire_link).collect(),
        approvals: ticket.approvals.iter().map(approval).collect(),
        quorum: quorum(details),
        digest: details.digest,
        next_states: details.next_states().into_iter().map(next).collect(),
        findings: WireCounts {
            errors: details.checked.count(Severity::Error),
            warnings: details.checked.count(Severity::Warning),
            notes: details.checked.count(Severity::Note),
        },
        notes: ticket.notes.iter().map(WireNote::new).collect(),
        outcome: ticket.outcome.as_deref().map(WireOutcome::new),
    })
}

fn wire_risk<'a>(details: &TicketDetails<'a>) -> WireRisk<'a> {
    let score = details.score;
    WireRisk {
        level: valid_word(details.ticket, "risk.level", details.risk().as_str()),
        declared: details.ticket.risk.level.map(RiskLevel::as_str),
        computed: score.level().as_str(),
        points: score.points(),
        factors: score
            .parts
            .iter()
            .map(|part| WireRiskFactor {
                reason: part.reason,
                points: part.points,
            })
            .collect(),
        mitigations: text_of(details.ticket.risk.mitigations.as_ref()),
    }
}

fn wire_steps(steps: &[Step]) -> Vec<WireStep<'_>> {
    steps
        .iter()
        .map(|step| WireStep {
            r#do: &step.action.text,
            run: text_of(step.run.as_ref()),
            hold: step.hold,
        })
        .collect()
}

fn wire_link(link: &Link) -> WireLink<'_> {
    WireLink {
        kind: text_of(link.kind.as_ref()),
        url: text_of(link.url.as_ref()),
        r#ref: text_of(link.reference.as_ref()),
    }
}

fn wire_approval<'a>(details: &TicketDetails<'_>, approval: &'a Approval) -> WireApproval<'a> {
    WireApproval {
        by: text_of(approval.by.as_ref()),
        role: text_of(approval.role.as_ref()),
        decision: approval.decision.map(Decision::as_str),
        matches_plan: details.matches_plan(approval),
    }
}

/// Writes a ticket for people.
#[must_use]
pub fn ticket_text(details: &TicketDetails<'_>, options: RenderOptions) -> String {
    let ticket = details.ticket;
    let mut page = Page {
        text: String::new(),
        options,
    };
    page.line("Ticket", &ticket.identity.text);
    page.line("Title", &ticket.title.text);
    page.line("File", ticket.source.name());
    page.line("State", &details.describe_state());
    page.risk(details);
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
                .filter_map(|(word, at)| Some(format!("{word} {}", format_instant((*at)?)))),
        );
    }
    let preconditions = ticket.deployment.preconditions.iter();
    page.list("Before", preconditions.map(|text| text.text.clone()));
    page.steps(
        "Deployment",
        ticket.deployment.strategy.map_or("", Strategy::as_str),
        &ticket.deployment.steps,
    );
    page.steps(
        "Rollback",
        text_of(ticket.rollback.trigger.as_ref()).unwrap_or_default(),
        &ticket.rollback.steps,
    );
    let loses = text_of(ticket.rollback.loses.as_ref());
    page.list("", loses.map(|loses| format!("loses: {loses}")).into_iter());
    page.steps("Validation", "", &ticket.validation.steps);
    let cleanup = ticket.validation.cleanup.iter();
    page.list("", cleanup.map(|text| format!("cleanup: {}", text.text)));
    page.record(ticket);
    page.list("Links", ticket.links.iter().map(describe_link));
    page.list(
        "Depends on",
        ticket.depends_on.iter().map(|id| id.text.clone()),
    );
    page.list(
        "Approvals",
        ticket
            .approvals
            .iter()
            .map(|approval| describe_approval(details, approval)),
    );
    page.list("Quorum", quorum(details).into_iter());
    page.line("Digest", details.digest);
    page.line(
        "Check",
        &by_severity(details.checked).unwrap_or_else(|| "no problems found".into()),
    );
    let errors = details
        .checked
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error);
    page.list(
        "",
        errors.map(|finding| format!("{} [{}]", finding.message, finding.rule)),
    );
    page.next(details);
    page.text
}

/// Titles on the left, their values on the right.
struct Page {
    text: String,
    options: RenderOptions,
}

/// A value, wrapped to the right of its title.
#[cfg(feature = "cli")]
fn wrapped(text: &str, options: RenderOptions) -> String {
    super::table::wrap(text, 13, options.width)
}

#[cfg(not(feature = "cli"))]
fn wrapped(text: &str, _: RenderOptions) -> String {
    text.to_owned()
}

impl Page {
    fn line(&mut self, title: &str, text: &str) {
        let title = self.options.paint(Style::Bold, format!("{title:<12}"));
        let text = sanitise_line(text).replace('\t', " ");
        let text = wrapped(text.trim(), self.options);
        writeln!(self.text, "{title} {text}").expect("a string takes any text");
    }

    /// A line for each entry.
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
            let hold = if step.hold { "(hold) " } else { "" };
            self.line("", &format!("{number}. {hold}{}{run}", step.action.text));
        }
    }

    /// What people test, send, note, and report.
    fn record(&mut self, ticket: &Ticket) {
        let tests = ticket.tests.as_deref().into_iter().flat_map(describe_tests);
        self.list("Tests", tests);
        let messages = ticket.communication.as_deref().into_iter();
        self.list("Inform", messages.flat_map(describe_communication));
        self.list("Notes", ticket.notes.iter().map(describe_note));
        let outcome = ticket.outcome.as_deref().into_iter();
        self.list("Outcome", outcome.flat_map(describe_outcome));
    }

    fn risk(&mut self, details: &TicketDetails<'_>) {
        let score = details.score;
        let computed = format!("{} (score {})", score.level().as_str(), score.points());
        let ticket = details.ticket;
        let is_declared =
            ticket.risk.level.is_some() || ticket.invalid_words.contains_key("risk.level");
        let declared =
            is_declared.then(|| word_or_invalid(ticket, "risk.level", details.risk().as_str()));
        self.line(
            "Risk",
            &match declared {
                Some(declared) => format!("{declared} (declared); computed: {computed}"),
                None => computed,
            },
        );
        for part in &score.parts {
            self.line("", &format!("{:+} {}", part.points, part.reason));
        }
        let mitigations = text_of(ticket.risk.mitigations.as_ref());
        self.list(
            "",
            mitigations
                .map(|text| format!("mitigated: {text}"))
                .into_iter(),
        );
    }

    fn next(&mut self, details: &TicketDetails<'_>) {
        let ticket = details.ticket;
        if ticket.invalid_words.contains_key("state") {
            return self.line("Next", "unknown: fix the invalid `state` first");
        }
        let Some(next) = details.next_state() else {
            return self.line(
                "Next",
                &format!("none: `{}` is final", ticket.state.as_str()),
            );
        };
        let lacking = ticket.missing_fields(next);
        let keys: Vec<String> = lacking
            .iter()
            .map(|lacking| format!("`{}`", lacking.key))
            .collect();
        let missing = (!keys.is_empty()).then(|| format!("requires {}", join_and(&keys)));
        let fix = match details.next_errors {
            0 => None,
            errors if errors > details.checked.count(Severity::Error) => Some(format!(
                "fix {} first (errors in this state)",
                counted(errors, "finding")
            )),
            errors => Some(format!("fix {} first", counted(errors, "error"))),
        };
        let requirements: Vec<String> = missing
            .into_iter()
            .chain(missing_approvals(details, next))
            .chain(fix)
            .collect();
        let requirements = if requirements.is_empty() {
            "the ticket has all required fields".into()
        } else {
            requirements.join("; ")
        };
        let is_approved = missing_approvals(details, next).is_none();
        let released =
            details.state() == State::Approved && details.risk() == RiskLevel::Low && is_approved;
        let or = if released {
            "; low-risk tickets may skip this state"
        } else {
            ""
        };
        self.line("Next", &format!("{}: {requirements}{or}", next.as_str()));
    }
}

/// The approval status, if approvals are required.
fn quorum(details: &TicketDetails<'_>) -> Option<String> {
    match details.outlook {
        ApprovalOutlook::Known(outlook) => Some(outlook.describe()),
        ApprovalOutlook::Unknown => Some("not known here whether enough people approve".to_owned()),
        ApprovalOutlook::NotRequired => None,
    }
}

/// What is missing of its approvals for a state that people must have approved. If nobody is left
/// who could approve, that is reported in every state.
fn missing_approvals(details: &TicketDetails<'_>, next: State) -> Option<String> {
    let (is_enough, is_unreachable) = match details.outlook {
        ApprovalOutlook::Known(outlook) => (outlook.is_enough(), outlook.unreachable.is_some()),
        ApprovalOutlook::Unknown | ApprovalOutlook::NotRequired => (false, false),
    };
    let is_required =
        next == State::Approved || details.state() == State::Approved || is_unreachable;
    quorum(details).filter(|_| is_required && !is_enough)
}

fn or_all(names: &[Text]) -> String {
    if names.is_empty() {
        "all".into()
    } else {
        texts(names).join(", ")
    }
}

fn describe_link(link: &Link) -> String {
    let parts = [&link.kind, &link.reference, &link.url];
    parts
        .iter()
        .filter_map(|part| text_of(part.as_ref()))
        .collect::<Vec<_>>()
        .join(" ")
}

fn describe_approval(details: &TicketDetails<'_>, approval: &Approval) -> String {
    let decision = match approval.decision {
        Some(Decision::Approve) => "approved",
        Some(Decision::Reject) => "rejected",
        None => "no decision",
    };
    let by = text_of(approval.by.as_ref()).unwrap_or("an unknown person");
    let role = approval
        .role
        .as_ref()
        .map(|role| format!(" as {}", role.text))
        .unwrap_or_default();
    let plan = match details.matches_plan(approval) {
        Some(true) => "current plan",
        Some(false) => "stale: a different plan",
        None => "no digest",
    };
    format!("{decision} by {by}{role} ({plan})")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approval::{ApprovalResult, QuorumShortfall, UnreachableQuorum};
    use crate::document::Document;
    use crate::risk::RiskPoints;
    use crate::source::Source;
    use crate::ticket::{ParsedTicket, digest};

    fn render(text: &str) -> String {
        render_with(text, ApprovalOutlook::NotRequired, 0)
    }

    fn render_with(text: &str, outlook: ApprovalOutlook<'_>, next_errors: usize) -> String {
        let ParsedTicket { ticket, document } =
            ParsedTicket::parse(&Source::new("changes/a.toml", text)).unwrap();
        let score = ticket.computed_risk("2026-11-20".parse().unwrap(), &RiskPoints::default());
        let checked = Checked::default();
        let digest = digest(&document);
        let options = RenderOptions {
            color: false,
            unicode: true,
            width: usize::MAX,
        };
        let details = TicketDetails {
            ticket: &ticket,
            digest: &digest,
            checked: &checked,
            next_errors,
            score: &score,
            outlook,
        };
        ticket_text(&details, options)
    }

    #[test]
    fn the_sum_of_the_risk_is_shown_with_its_parts() {
        let text = render(
            "[risk]\nlevel = \"high\"\nreversible = \"no\"\n[rollback]\nrehearsed_on = 2026-11-01\n",
        );
        assert!(
            text.contains("high (declared); computed: medium (score 2)\n"),
            "{text}"
        );
        assert!(
            text.contains("+3 not reversible\n") && text.contains("-1 rollback rehearsed\n"),
            "{text}"
        );
    }

    #[test]
    fn hold_preconditions_and_losses_are_shown() {
        let text = render(
            "[deployment]\npreconditions = [\"the backup is green\"]\n\
             [[deployment.steps]]\ndo = \"Drop the column\"\nhold = true\n\
             [rollback]\nsteps = [\"Restore it\"]\nloses = \"writes since the drop\"\n",
        );
        for line in [
            "Before       the backup is green\n",
            "1. (hold) Drop the column\n",
            "loses: writes since the drop\n",
        ] {
            assert!(text.contains(line), "{text}");
        }
    }

    #[test]
    fn messages_notes_and_outcome_are_shown() {
        let text = render(
            "[communication]\nsay = \"New checkout\"\naction = \"none\"\n\
             [[communication.messages]]\naudience = \"support\"\ntext = \"Ask for the order\"\n\
             [[notes]]\nat = 2026-11-24T08:05:00+01:00\nby = \"ada\"\ntext = \"Copied\"\nstep = 1\n\
             [outcome]\nresult = \"successful\"\nstarted_at = 2026-11-24T08:00:00+01:00\n\
             downtime = \"5m\"\n",
        );
        for line in [
            "Inform       say: New checkout\n             action: none\n             to support: Ask for the order\n",
            "Notes        2026-11-24T08:05:00+01:00 ada: Copied (deployment step 1)\n",
            "Outcome      successful\n             started 2026-11-24T08:00:00+01:00\n             downtime 5m\n",
        ] {
            assert!(text.contains(line), "{text}");
        }
    }

    #[test]
    fn an_approval_of_another_plan_is_stale() {
        let text = "title = \"x\"\n[[approvals]]\nby = \"ana\"\ndecision = \"approve\"\ndigest = \"DIGEST\"\n";
        assert!(render(text).contains("approved by ana (stale: a different plan)"));
        let (document, _) = Document::parse(Source::new("changes/a.toml", text));
        assert!(
            render(&text.replace("DIGEST", &digest(&document)))
                .contains("approved by ana (current plan)")
        );
    }

    #[test]
    fn requirements_of_next_state_are_shown() {
        let next = |text: &str| render(text).lines().last().unwrap().to_owned();
        assert_eq!(
            next(""),
            "Next         proposed: the ticket has all required fields"
        );
        let text = "state = \"approved\"\nrisk.level = \"high\"";
        assert!(
            next(text).starts_with("Next         deploying: requires `review.peers`"),
            "{}",
            next(text)
        );
        assert_eq!(
            next("state = \"closed\""),
            "Next         none: `closed` is final"
        );
    }

    #[test]
    fn errors_of_the_next_state_are_counted() {
        let text = render_with("", ApprovalOutlook::NotRequired, 2);
        let next = "Next         proposed: fix 2 findings first (errors in this state)\n";
        assert!(text.ends_with(next), "{text}");
    }

    #[test]
    fn lack_of_approvers_is_shown_in_every_state() {
        let missing = QuorumShortfall {
            people: None,
            roles: vec!["dba".into()],
            any_role: false,
        };
        let outlook = Outlook {
            judgement: ApprovalResult {
                entries: Vec::new(),
                shortfall: Some(missing.clone()),
                evidence: crate::approval::Evidence::Claimed,
                needs_forge: false,
                unreachable: None,
                deferral: None,
                written_state: State::Approved,
                missing_fields: Vec::new(),
            },
            unreachable: Some(UnreachableQuorum {
                shortfall: missing,
                excluded: vec!["kim@example.com is the requester".into()],
            }),
        };
        let text = render_with("", ApprovalOutlook::Known(&outlook), 0);
        let fact = "no one is left who can approve in the role `dba`, because kim@example.com is the requester";
        assert!(
            text.lines().last().is_some_and(|next| next.contains(fact)),
            "{text}"
        );
    }

    #[test]
    fn invalid_words_are_not_replaced_by_defaults() {
        let text = render("state = \"aproved\"\nkind = \"Emergency\"\nrisk.level = \"hgh\"\n");
        for line in [
            "State        invalid (`aproved`) (invalid (`Emergency`))\n",
            "Risk         invalid (`hgh`) (declared); computed: low (score 0)\n",
            "Next         unknown: fix the invalid `state` first\n",
        ] {
            assert!(text.contains(line), "{text}");
        }
    }

    #[test]
    fn untrusted_text_is_escaped_on_one_line() {
        let text = render(
            "title = \"a\\u001b[31mb\\nRisk low\"\nschedule.start = 2026-11-20T18:00:00+01:00",
        );
        assert!(
            text.contains("Title        a\\u{1b}[31mb Risk low\n"),
            "{text}"
        );
        assert!(text.contains("from 2026-11-20T18:00:00+01:00\n"), "{text}");
    }
}

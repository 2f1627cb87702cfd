//! The states of a ticket: which moves are allowed, and what each state requires
//! (docs/design/tickets.md, States).
//!
//! Requirements accumulate along the path to a state. Whether approvals are sufficient isn't
//! decided here but by the gate and the release, since that takes history and keys.

use super::model::Ticket;
use super::words::{Decision, Ending, Kind, RiskLevel, State};

/// A required field that the ticket doesn't have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MissingField {
    /// The path of the key, such as `review.peers`.
    pub(crate) key: &'static str,
    /// Its purpose.
    pub(crate) purpose: &'static str,
    /// An example line for it, without its table.
    pub(crate) example: &'static str,
}

impl State {
    /// The states that may follow this one, the usual one first; empty for a final state.
    #[must_use]
    pub(crate) const fn next_states(self) -> &'static [Self] {
        match self {
            Self::Draft => &[Self::Proposed, Self::Cancelled],
            Self::Proposed => &[Self::Reviewed, Self::Draft, Self::Cancelled],
            Self::Reviewed => &[Self::Approved, Self::Draft, Self::Cancelled],
            Self::Approved => &[Self::Deploying, Self::Draft, Self::Cancelled],
            Self::Deploying => &[Self::Validating, Self::RollingBack],
            Self::Validating => &[Self::Closed, Self::RollingBack],
            Self::RollingBack => &[Self::Closed],
            Self::Closed | Self::Cancelled => &[],
        }
    }

    /// Whether a ticket may move from this state to another one, directly or across several states.
    ///
    /// A branch may be squashed, so a move may skip states. This is also how an emergency moves
    /// from `draft` to `deploying`: only its requirements differ. The only moves back lead to
    /// `draft`.
    #[must_use]
    pub(crate) fn may_move_to(self, end: Self) -> bool {
        let onward = |state: &&Self| **state > self;
        self.next_states().contains(&end)
            || self
                .next_states()
                .iter()
                .filter(onward)
                .any(|state| end > *state && state.may_move_to(end))
    }

    /// Whether a ticket is finished: closed or cancelled.
    #[must_use]
    pub(crate) const fn is_finished(self) -> bool {
        matches!(self, Self::Closed | Self::Cancelled)
    }

    /// Whether a ticket is neither a draft nor cancelled.
    #[must_use]
    pub(crate) const fn is_past_draft(self) -> bool {
        !matches!(self, Self::Draft | Self::Cancelled)
    }

    /// Whether a ticket is in state `approved` or a later one, and not cancelled.
    #[must_use]
    pub(crate) fn is_approved(self) -> bool {
        self >= Self::Approved && self != Self::Cancelled
    }

    /// Whether a ticket may reach a state in several moves: directly, or through `draft`.
    #[must_use]
    pub(crate) fn is_reachable(self, end: Self) -> bool {
        self.may_move_to(end) || self.may_move_to(Self::Draft) && Self::Draft.may_move_to(end)
    }
}

impl MissingField {
    /// Describes what to write, and where.
    #[must_use]
    pub(crate) fn help(&self) -> String {
        let Self {
            key,
            purpose,
            example,
        } = self;
        let (place, key) = match key.split_once('.') {
            Some((table, key)) => (format!("to `[{table}]`"), key),
            None => ("above the first table".to_owned(), *key),
        };
        format!("add `{key}` {place}: {purpose}, such as `{example}`")
    }
}

impl Ticket {
    /// The states that may follow the ticket's state, the usual one first. An emergency is deployed
    /// before anything else.
    #[must_use]
    pub(crate) fn next_states(&self) -> Vec<State> {
        self.next_states_from(self.state)
    }

    /// The same from another state of the ticket.
    #[must_use]
    pub(crate) fn next_states_from(&self, state: State) -> Vec<State> {
        let urgent = self.kind == Kind::Emergency && state < State::Deploying;
        let usual = state
            .next_states()
            .iter()
            .copied()
            .filter(|state| !urgent || *state != State::Deploying);
        urgent
            .then_some(State::Deploying)
            .into_iter()
            .chain(usual)
            .collect()
    }

    /// The fields that are required on the path to a state and that the ticket doesn't have.
    ///
    /// An emergency requires neither review nor schedule, but a retrospective before it is closed.
    /// A change that was rolled back requires no validator.
    #[must_use]
    pub(crate) fn missing_fields(&self, state: State) -> Vec<MissingField> {
        let risk = self.risk.declared();
        if state == State::Cancelled {
            return Vec::new();
        }
        let mut lacking = Vec::new();
        if state >= State::Reviewed && self.kind == Kind::Normal {
            lacking.extend(self.missing_review(risk));
        }
        if state >= State::Deploying {
            lacking.extend(self.missing_deployment(risk));
        }
        let undone = self
            .outcome
            .as_ref()
            .is_some_and(|outcome| outcome.result == Some(Ending::RolledBack));
        let validated = state == State::Validating || state == State::Closed && !undone;
        if validated && risk >= RiskLevel::Medium && self.validator.is_none() {
            lacking.push(VALIDATOR);
        }
        if state == State::Closed {
            lacking.extend(self.missing_outcome());
        }
        lacking
    }

    /// Whether an approval names who reviewed the change.
    fn has_named_approver(&self) -> bool {
        self.approvals
            .iter()
            .any(|approval| approval.decision == Some(Decision::Approve) && approval.by.is_some())
    }

    fn missing_review(&self, risk: RiskLevel) -> impl Iterator<Item = MissingField> {
        let review = &self.review;
        let links_document = self.links.iter().any(|link| {
            let kind = link.kind.as_ref();
            kind.is_some_and(|kind| kind.text == "document")
                && (link.url.is_some() || link.reference.is_some())
        });
        let asked = [
            (
                RiskLevel::Medium,
                review.peers.is_empty() && !self.has_named_approver(),
                PEERS,
            ),
            (
                RiskLevel::Medium,
                review.impact.is_none() && self.risk.blast_radius.is_none(),
                IMPACT,
            ),
            (
                RiskLevel::High,
                review.coverage.is_none() && self.tests.is_none(),
                COVERAGE,
            ),
            (
                RiskLevel::High,
                review.documentation.is_none() && !links_document,
                DOCUMENTATION,
            ),
            (RiskLevel::High, review.security.is_none(), SECURITY),
        ];
        asked
            .into_iter()
            .filter(move |(from, absent, _)| risk >= *from && *absent)
            .map(|(.., lacking)| lacking)
    }

    fn missing_deployment(&self, risk: RiskLevel) -> impl Iterator<Item = MissingField> {
        let downtime = self
            .risk
            .downtime
            .is_some_and(|downtime| !downtime.is_zero());
        let timed = self.kind == Kind::Normal && (risk >= RiskLevel::High || downtime);
        let begins = self
            .schedule
            .as_ref()
            .is_some_and(|schedule| schedule.start.is_some());
        let assignee = self.assignee.is_none().then_some(ASSIGNEE);
        assignee
            .into_iter()
            .chain((timed && !begins).then_some(SCHEDULE))
    }

    fn missing_outcome(&self) -> impl Iterator<Item = MissingField> {
        let outcome = self.outcome.as_ref();
        let learned = outcome.is_some_and(|outcome| outcome.retrospective.is_some());
        let owed = self.kind == Kind::Emergency && !learned;
        outcome
            .is_none()
            .then_some(RESULT)
            .into_iter()
            .chain(owed.then_some(RETROSPECTIVE))
    }
}

const PEERS: MissingField = MissingField {
    key: "review.peers",
    purpose: "the people who reviewed the change",
    example: "peers = [\"ana@example.com\"]",
};
const IMPACT: MissingField = MissingField {
    key: "review.impact",
    purpose: "how it affects users, services, and load",
    example: "impact = \"…\"",
};
const COVERAGE: MissingField = MissingField {
    key: "review.coverage",
    purpose: "what is tested and what is not",
    example: "coverage = \"…\"",
};
const DOCUMENTATION: MissingField = MissingField {
    key: "review.documentation",
    purpose: "what was documented, and where",
    example: "documentation = \"…\"",
};
const SECURITY: MissingField = MissingField {
    key: "review.security",
    purpose: "how it affects security: access, secrets, and exposure",
    example: "security = \"…\"",
};
const ASSIGNEE: MissingField = MissingField {
    key: "assignee",
    purpose: "the person who carries out the change",
    example: "assignee = \"bo@example.com\"",
};
const SCHEDULE: MissingField = MissingField {
    key: "schedule.start",
    purpose: "the start of the change window, with a UTC offset",
    example: "start = 2026-12-01T18:00:00+01:00",
};
const VALIDATOR: MissingField = MissingField {
    key: "validator",
    purpose: "the person who confirms that the change worked",
    example: "validator = \"ana@example.com\"",
};
const RESULT: MissingField = MissingField {
    key: "outcome.result",
    purpose: "the result of the change",
    example: "result = \"successful\"",
};
const RETROSPECTIVE: MissingField = MissingField {
    key: "outcome.retrospective",
    purpose: "what was learned from the emergency",
    example: "retrospective = \"…\"",
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;
    use crate::ticket::ParsedTicket;

    fn ticket(text: &str) -> Ticket {
        ParsedTicket::parse(&Source::new("x.toml", text))
            .unwrap()
            .ticket
    }

    fn states() -> impl Iterator<Item = State> {
        State::WORDS.iter().map(|word| State::parse(word).unwrap())
    }

    /// The words of the states that a state may move to.
    fn ends(from: State) -> Vec<&'static str> {
        states()
            .filter(|end| from.may_move_to(*end))
            .map(State::as_str)
            .collect()
    }

    fn lacking(text: &str, state: State, risk: RiskLevel) -> Vec<&'static str> {
        ticket(&format!("risk.level = \"{}\"\n{text}", risk.as_str()))
            .missing_fields(state)
            .into_iter()
            .map(|lacking| lacking.key)
            .collect()
    }

    #[test]
    fn any_move_forward_is_legal() {
        let forward = [
            "reviewed",
            "approved",
            "deploying",
            "validating",
            "rolling-back",
            "closed",
            "cancelled",
        ];
        assert_eq!(ends(State::Draft), [&["proposed"], &forward[..]].concat());
        assert_eq!(
            ends(State::Deploying),
            ["validating", "rolling-back", "closed"]
        );
        assert_eq!(ends(State::RollingBack), ["closed"]);
    }

    #[test]
    fn the_ways_back_lead_to_draft_before_anything_was_deployed() {
        let back: Vec<_> = states()
            .filter(|state| state.may_move_to(State::Draft))
            .collect();
        assert_eq!(back, [State::Proposed, State::Reviewed, State::Approved]);
        assert!(!State::Approved.may_move_to(State::Proposed));
    }

    #[test]
    fn several_moves_may_lead_through_draft() {
        assert!(
            State::Approved.is_reachable(State::Proposed)
                && State::Reviewed.is_reachable(State::Proposed)
        );
        assert!(
            !State::Deploying.is_reachable(State::Approved)
                && !State::Closed.is_reachable(State::Proposed)
        );
    }

    #[test]
    fn nothing_that_was_deployed_is_cancelled() {
        let cancelled: Vec<_> = states()
            .filter(|state| state.may_move_to(State::Cancelled))
            .collect();
        assert_eq!(
            cancelled,
            [
                State::Draft,
                State::Proposed,
                State::Reviewed,
                State::Approved
            ]
        );
    }

    #[test]
    fn finished_states_are_final() {
        assert_eq!(
            (ends(State::Closed), ends(State::Cancelled)),
            (Vec::new(), Vec::new())
        );
    }

    #[test]
    fn no_state_is_a_move_to_itself() {
        assert!(states().all(|state| !state.may_move_to(state)));
    }

    #[test]
    fn schedule_is_required_by_risk_and_downtime() {
        let at =
            |text: &str, risk| lacking(text, State::Deploying, risk).contains(&"schedule.start");
        assert!(at("", RiskLevel::High) && at("risk.downtime = \"5m\"", RiskLevel::Low));
        assert!(!at("", RiskLevel::Low) && !at("risk.downtime = \"0s\"", RiskLevel::Low));
        assert!(!at("kind = \"emergency\"", RiskLevel::High));
        assert!(!at(
            "schedule.start = 2026-12-01T18:00:00Z",
            RiskLevel::High
        ));
        assert!(at(
            "schedule.freeze_override = { reason = \"x\", by = \"y\" }",
            RiskLevel::High
        ));
    }

    #[test]
    fn approver_counts_as_a_reviewer() {
        let approval = "[[approvals]]\nby = \"bo\"\ndecision = \"approve\"";
        let lacking = |text: &str| lacking(text, State::Approved, RiskLevel::Medium);
        assert_eq!(lacking(""), ["review.peers", "review.impact"]);
        assert_eq!(lacking(approval), ["review.impact"]);
        let rejection = approval.replace("approve\"", "reject\"");
        assert_eq!(lacking(&rejection), ["review.peers", "review.impact"]);
    }

    #[test]
    fn an_emergency_is_deployed_before_anything_else() {
        let next = |text: &str| ticket(text).next_states();
        assert_eq!(next(""), [State::Proposed, State::Cancelled]);
        assert_eq!(
            next("kind = \"emergency\"")[..2],
            [State::Deploying, State::Proposed]
        );
        assert_eq!(
            next("kind = \"emergency\"\nstate = \"approved\"")[..2],
            [State::Deploying, State::Draft]
        );
        assert_eq!(
            next("kind = \"emergency\"\nstate = \"deploying\"")[0],
            State::Validating
        );
    }

    #[test]
    fn help_names_key_and_table() {
        assert_eq!(
            PEERS.help(),
            "add `peers` to `[review]`: the people who reviewed the change, such as `peers = [\"ana@example.com\"]`"
        );
        let assignee = "add `assignee` above the first table: the person who carries out the change, such as `assignee = \"bo@example.com\"`";
        assert_eq!(ASSIGNEE.help(), assignee);
    }
}

//! A validation step that only says that it works.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::ticket::Ticket;

use super::validation_only_pipeline::pipeline_only;
use crate::text::{Code, Pattern, Words, hopes, identifiers, is_hollow, is_plain_prose, words};

pub(super) const RULE: Rule = Rule::new(
    "content/unobservable-validation",
    Level::Warning,
    "validation step with nothing to observe",
    include_str!("unobservable_validation.md"),
    &[Check::Ticket(check)],
);

/// Words that fit any validation.
pub(super) static WORDS: Words = Words::new(
    "check verify validate test ensure confirm make sure see everything work fine ok okay good \
     well correct correctly properly expected expect run running up health healthy deployment \
     application app service system site website page functionality feature change still \
     successful successfully success no not without error issue problem monitor monitoring look \
     manual manually normal normally rollout release dashboard metric graph chart log alert \
     user customer nobody none complain report worked watch keep eye unusual anything wrong qa \
     signs off functional function important most main key core acceptance regression sanity smoke quick short basic brief overall afterwards closely carefully happy \
     behave strange odd weird nothing someone somebody spot situation stable do \
     plausible reasonable sensible react happen click through bit feedback negative positive abnormal abnormality anomaly fast enough better result value while few day hour next department team colleague briefly sample try fully acceptable satisfactory before after now",
);

static LOG: Words = Words::new("log");
static ALERT: Words = Words::new("alert");
static DASHBOARD: Words = Words::new("dashboard");

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    if pipeline_only(ticket) {
        return;
    }
    for step in &ticket.validation.steps {
        let says_more = step.run.is_some() || step.expect.is_some();
        if says_more || !is_unobservable(&step.action.text, ticket) {
            continue;
        }
        let finding = RULE
            .finding(ticket.place(), step.action.span, "nothing specific to check")
            .message("this validation step does not say what to observe")
            .help("say what to look at and what it should show, such as \"`GET /health` returns 200 on every instance\"")
            .anchor(&step.action.path);
        findings.push(finding);
    }
}

/// Whether a step of a ticket names nothing that can be observed.
pub(super) fn is_unobservable(text: &str, ticket: &Ticket) -> bool {
    let says_nothing =
        is_hollow(text, &[&WORDS], Code::Speaks) || only_hopes(text) || TRIED.is_match(text);
    says_nothing && !logs_in(text) && !names_listed(text, ticket)
}

/// A test that was before the change.
static TRIED: Pattern = Pattern::new(
    r"(?ix)^\W*(?:(?:this|it|the\s+change|everything)\s+)?(?:was|were|has\s+been|have\s+been)?\s*(?:already\s+)?(?:successfully\s+|extensively\s+|thoroughly\s+)?
        (?:tested|tried|verified|validated|checked)\s+(?:\w+\s+){0,3}?(?:in|on|at)\s+(?:the\s+|our\s+)?(?:staging|test|dev|development|uat|pre-?prod|lab|qa)\b[^,;.]{0,20}\W*$",
);

/// The most words of a step that only hopes; a longer one says how it is seen.
const MAX_HOPE: usize = 16;

/// Whether a step says that something works, and nothing that could be looked at.
fn only_hopes(text: &str) -> bool {
    let is_plain = is_plain_prose(text)
        && !text.contains("://")
        && !text.contains(|c: char| c.is_numeric() || "<>=≤≥%:()".contains(c));
    is_plain && hopes(text) && words(text).count() <= MAX_HOPE && identifiers(text).next().is_none()
}

/// Whether somebody signs in, which works or doesn't.
fn logs_in(text: &str) -> bool {
    words(text)
        .zip(words(text).skip(1))
        .any(|(word, next)| LOG.has(&word) && ["in", "into"].contains(&&*next))
}

/// Whether a step refers to alerts or dashboards that the ticket lists.
fn names_listed(text: &str, ticket: &Ticket) -> bool {
    let says = |list: &Words| words(text).any(|word| list.has(&word));
    (says(&ALERT) && !ticket.validation.alerts.is_empty())
        || (says(&DASHBOARD) && !ticket.validation.dashboards.is_empty())
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    const RULE: &str = "content/unobservable-validation";

    #[test]
    fn listed_alerts_and_dashboards_are_something_to_observe() {
        let text = |rest: &str| {
            format!("[validation]\nsteps = [\"Watch the dashboard\", \"No alerts\"]\n{rest}")
        };
        assert!(rules_of(&text("")).contains(&RULE));
        let listed = text(
            "alerts = [\"billing-5xx\"]\ndashboards = [\"https://grafana.acme.dev/d/billing\"]",
        );
        assert!(!rules_of(&listed).contains(&RULE));
    }

    #[test]
    fn steps_that_show_nothing_are_found_one_by_one() {
        for step in [
            "Check that everything works",
            "Verify the deployment",
            "Make sure there are no errors",
            "Test the application manually",
            "Was already tested in staging",
            "Short functional test of the most important features",
            "The change has been successfully tested on the test system",
        ] {
            assert!(
                rules_of(&format!("validation = [\"{step}\"]")).contains(&RULE),
                "{step}"
            );
        }
        assert_eq!(
            rules_of("validation = [\"It works\", \"All is fine\"]"),
            [RULE, RULE]
        );
    }

    #[test]
    fn a_thing_to_look_at_is_enough() {
        for step in [
            "Tested on staging with 40 accounts; the same accounts log in on production",
            "Was tested in the lab, now a call from room 12 is answered",
            "`/health` returns 200",
            "Check the billing dashboard",
            "Errors below 1%",
            "Log in as a customer",
            "p95 stays under 5 ms",
            "Watch Grafana",
        ] {
            assert!(
                !rules_of(&format!("validation = [\"{step}\"]")).contains(&RULE),
                "{step}"
            );
        }
        let step = "[[validation.steps]]\ndo = \"Check it\"\nexpect = \"pool=40\"";
        assert!(!rules_of(step).contains(&RULE));
    }

    #[test]
    fn hope_is_nothing_to_observe() {
        for step in [
            "Check that search works normally",
            "Ask a few users whether the VPN works as expected",
            "Have a look at some results and see whether they are good",
            "The portal looks fine",
            "No negative feedback from the users in the next days",
            "Try a few sessions and see if they are all right",
            "Check the results",
            "Keep an eye on the mail flow afterwards and make sure that mail comes in normally",
            "Check the logs on both servers for anything unusual",
            "Do a quick sanity check",
            "The services should work as normal again; it is announced when it is done",
        ] {
            let text = format!("validation = [\"{step}\"]");
            assert!(rules_of(&text).contains(&RULE), "{step}");
        }
    }

    #[test]
    fn hope_with_something_to_look_at_is_accepted() {
        for step in [
            "Login works as before: the portal shows the start page",
            "`GET /health` is ok",
            "Search for tuinset works as expected, 12 hits",
            "checkout-web works normally",
            "The queue drains",
            "The value of `pool` is shown",
            "A sample order reaches the warehouse",
            "The next backup is listed as complete",
            "The department receives the report",
            "Three pages load faster than the old ones, see the waterfall of webpagetest",
            "Smoke test of `/checkout` is green",
            "The smoke test suite passes",
            "Watch checkout-5xx for anything unusual",
            "Mail from gmx.de arrives on both servers",
            "No unusual jump: less than 3% more 404s",
        ] {
            let text = format!("validation = ['{step}']");
            assert!(!rules_of(&text).contains(&RULE), "{step}");
        }
    }
}

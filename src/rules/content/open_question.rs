//! A step that still contains a question or a guess.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::shorten;
use crate::text::{Pattern, deferral, locate, prose_and_code, sentence};
use crate::ticket::{MARKER, State, Text, Ticket};

use super::vague_step;

pub(super) const RULE: Rule = Rule::new(
    "content/open-question",
    Level::Warning,
    "open question in a step",
    include_str!("open_question.md"),
    &[Check::Ticket(check)],
);

/// A question to somebody: it ends in `?` and is not a text to be typed.
static QUESTION: Pattern =
    Pattern::new(r"(?i)\b(?:we|should|can|could|whether|who|how|ok|maybe|perhaps)\b[^.;?]*\?");
static GUESS: Pattern = Pattern::new(
    r"(?i)\b(?:probably|maybe|perhaps|hopefully|presumably|somehow|not\s+sure|unclear|should\s+be\s+(?:fine|ok(?:ay)?|enough|sufficient)|should\s+do\s+it|i\s+(?:think|believe|suppose|assume|guess)|i['’]d\s+(?:guess|say)|no\s+idea|as\s+far\s+as\s+i\s+(?:know|remember)|if\s+i\s+remember|not\s+certain)\b",
);
/// An answer, or a step that asks for one and goes on from it.
static ANSWER: Pattern = Pattern::new(r"(?i)^\s*(?:if|then|yes|no|stop|→|->)(?:\b|\s)");

/// A step that waits for something.
static WAITS: Pattern = Pattern::new(r"(?i)\b(?:hold|expect)\b");

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    // A ticket without a state is a draft, too, but its author has not said that it is unfinished.
    let is_draft = ticket.state == State::Draft && ctx.span_of(&["state"]).is_some();
    if is_draft || ticket.state == State::Cancelled {
        return;
    }
    for step in ticket.steps() {
        let is_prompt = step.action.text.trim_start().starts_with(MARKER);
        let is_reported = step.action.path.starts_with("deployment")
            && vague_step::leaves_open(&step.action.text);
        if is_prompt || is_reported {
            continue;
        }
        let may_ask = step.expect.is_some() || WAITS.is_match(&step.action.text);
        let asked = || open_question(&step.action).filter(|_| !may_ask);
        let found = left_open(&step.action).or_else(asked);
        findings.extend(found.map(|found| still_open(ticket, &step.action, found)));
    }
    let people = [
        ticket.assignee.as_ref(),
        ticket.validator.as_ref(),
        ticket.rollback.decider.as_ref(),
    ];
    for text in people.into_iter().flatten() {
        let found = NOBODY.find(&text.text);
        findings.extend(found.map(|found| nobody_yet(ticket, text, found.as_str())));
    }
    let about = [
        Some(&ticket.title),
        ticket.description.as_ref(),
        ticket.risk.blast_radius.as_ref(),
    ];
    for text in about.into_iter().flatten() {
        let found = UNSETTLED.find(&text.text);
        findings.extend(found.map(|found| still_open(ticket, text, found.as_str())));
    }
}

fn still_open(ticket: &Ticket, text: &Text, found: &str) -> Finding {
    let place = locate(&ticket.source, text, found);
    RULE.finding(ticket.place(), place, "open question")
        .message(format!("\"{}\" leaves a question open", shorten(found)))
        .help(if ticket.state.may_move_to(State::Draft) {
            "settle it and write down the answer, or set `state = \"draft\"`"
        } else {
            "settle it and write down the answer"
        })
        .anchor(&text.path)
}

/// Words for somebody who is still to be found.
static NOBODY: Pattern = Pattern::new(
    r"(?i)\b(?:somebody|someone|anyone|anybody|to\s+be\s+(?:decided|named|found|confirmed|determined|announced)|not\s+yet\s+(?:known|named|decided))\b",
);

fn nobody_yet(ticket: &Ticket, text: &Text, found: &str) -> Finding {
    let place = locate(&ticket.source, text, found);
    RULE.finding(ticket.place(), place, "no name yet")
        .message(format!(
            "{} does not name anyone: \"{}\"",
            text.location(),
            shorten(found)
        ))
        .help("name a person, a team, or an on-call rotation")
        .anchor(&text.path)
}

/// What a description leaves open: when, how long, or what.
static UNSETTLED: Pattern = Pattern::new(
    r"(?ix)\b(?:
        hopefully | presumably | at\s+some\s+point | sometime\s+(?:before|after|in|next|this) | fingers\s+crossed
        | (?:probably|maybe|perhaps|roughly)\s+(?:about\s+|around\s+)?(?:\d+\s*)?(?:seconds?|minutes?|hours?|days?)
        | will\s+be\s+(?:evaluated|decided|determined|clarified) | (?:is|are)\s+not\s+(?:yet\s+)?(?:known|decided|clear)(?:\s+yet)?
        | (?:still\s+)?to\s+be\s+(?:announced|clarified|decided|determined|evaluated) | provisional(?:ly)?
        | not\s+sure\s+(?:yet\s+)?(?:if|whether|how|what|when) | (?:would|will)\s+(?:need|have)\s+to\s+(?:ask|check\s+with|find\s+out)
        | (?:working|work)\s+on\s+a\s+plan | as\s+deemed\s+necessary | not\s+limited\s+to | section\s+in\s+progress
        )\b",
);

/// What a text leaves to a later decision, outside of code and quotations.
fn left_open(text: &Text) -> Option<&str> {
    let prose = prose_and_code(text).into_iter();
    prose
        .filter(|stretch| !stretch.is_code && !is_quoted(text, stretch.text))
        .find_map(|stretch| deferral(stretch.text))
}

/// Whether a part of a text is a quotation.
fn is_quoted(text: &Text, part: &str) -> bool {
    let start = part.as_ptr() as usize - text.text.as_ptr() as usize;
    text.text[..start].ends_with(['"', '“'])
}

/// The question or guess of a text, outside of code and quotations.
fn open_question(text: &Text) -> Option<&str> {
    prose_and_code(text)
        .iter()
        .filter(|stretch| !stretch.is_code)
        .find_map(|stretch| {
            let question = QUESTION.find(stretch.text).filter(|found| {
                !ANSWER.is_match(&stretch.text[found.end()..]) && !is_quoted(text, stretch.text)
            });
            let guess = GUESS.find(stretch.text).filter(|found| {
                !ANSWER.is_match(sentence(stretch.text, found.start()))
                    && !is_quoted(text, stretch.text)
            });
            guess.or(question).map(|found| found.as_str())
        })
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{help_of, rules_of};

    const RULE: &str = "content/open-question";

    fn reports(step: &str) -> bool {
        rules_of(&format!("deployment = ['''{step}''']")).contains(&RULE)
    }

    #[test]
    fn person_who_is_still_to_be_found_is_reported() {
        let reports = |person: &str| rules_of(&format!("assignee = \"{person}\"")).contains(&RULE);
        for person in ["somebody from the IAM team, to be decided", "not yet known"] {
            assert!(reports(person), "{person}");
        }
        for person in [
            "Jo Berg",
            "jo@example.com",
            "the on-call of platform",
            "DBA rota",
            "Anyona Okoth",
        ] {
            assert!(!reports(person), "{person}");
        }
    }

    #[test]
    fn doubt_in_the_description_is_found() {
        let reports = |text: &str| rules_of(&format!("description = \"{text}\"")).contains(&RULE);
        for text in [
            "I am not sure whether Android 7 accepts the chain.",
            "Would need to ask Kim, who did this in 2024.",
        ] {
            assert!(reports(text), "{text}");
        }
        for text in [
            "Users who are not sure can ask the help desk.",
            "Customers would need to log in again.",
        ] {
            assert!(!reports(text), "{text}");
        }
    }

    #[test]
    fn questions_and_guesses_are_found() {
        for step in [
            "Set gzip on, not sure whether the old scanners can handle it",
            "Merge #12, maybe ask Rolf?",
            "Can we do this on eu-1 first?",
            "Restart cartd, which should be fine",
            "Set it to 4 GB, I'd guess that is enough",
            "I believe the pool must be restarted as well",
            "Probably merge #12",
        ] {
            assert!(reports(step), "{step}");
        }
    }

    #[test]
    fn answers_quotations_and_drafts_are_accepted() {
        for step in [
            "Is eu-1 drained? If not, stop",
            "Can `eu-1` answer? Yes: go on; no: stop",
            "Answer \"Should we overwrite it?\" with yes",
            "Open `/search?q=can` and merge #12",
            "Hold until whoever is on call says ok; maybe 5 minutes",
            "Ask the DBA for the go",
        ] {
            assert!(!reports(step), "{step}");
        }
        assert!(!rules_of("state = \"draft\"\ndeployment = [\"Maybe merge #12\"]").contains(&RULE));
    }

    #[test]
    fn decisions_to_be_made_are_found() {
        for step in [
            "Activate it everywhere or in eu first, Lukas and I still have to settle that",
            "Apply the policy; which indices is still to be decided",
            "Merge #12; the order is not yet agreed",
            "Copy the pieces or catalog them, whichever turns out to be quicker on the day",
            "Set the capacity; the number will be agreed with the vendor",
        ] {
            assert!(reports(step), "{step}");
        }
    }

    #[test]
    fn decisions_that_were_made_are_accepted() {
        for step in [
            "Decided on Monday: eu first",
            "The pods still have to drain",
            "Merge #12 as agreed on Monday",
            "Wait for 30 minutes or 1,000 requests, whichever comes first",
            "Answer \"Which one? To be decided\" with no",
            "Run `ask-me which`",
        ] {
            assert!(!reports(step), "{step}");
        }
    }

    #[test]
    fn values_and_measures_that_are_not_named_are_found() {
        for step in [
            "Adjust memory_limit and the other values in lorch.conf appropriately",
            "Do the other shards likewise, with values that suit the respective server",
            "Set the timeout to a sensible value",
            "The teams analyse it together and take suitable measures",
            "Import the list, which will be shared later",
            "Change the usual settings, see chat",
            "Update the relevant parameters in the console",
            "If there is still time, also raise the limit of checkout",
            "Jan does the usual on the cluster",
            "The rollback plan is prepared by the vendor before the change",
        ] {
            assert!(reports(step), "{step}");
        }
    }

    #[test]
    fn values_that_are_named_are_accepted() {
        for step in [
            "Set memory_limit to 256M and adjust the others: `upload_max` 32M",
            "Restart the nodes as needed for the new kernel 6.1",
            "Set the values from `values.yaml`",
            "Do the other shards likewise, with 48gb each",
            "The list is shared with the branches before the change",
            "Deploy 2.4 as agreed on Monday",
            "Follow the runbook RB-12",
            "Set the read timeout to a suitable value of 30 s",
            "Adjust the thresholds appropriately: warning 70%, critical 85%",
            "Take the necessary measures listed in RB-9",
            "See the notes in the merge request",
            "Check the settings of the listener",
        ] {
            assert!(!reports(step), "{step}");
        }
    }

    fn leaves_open(description: &str) -> bool {
        rules_of(&format!("description = \"{description}\"")).contains(&RULE)
    }

    #[test]
    fn descriptions_that_leave_something_open_are_found() {
        for text in [
            "It takes more than two hours, hopefully less than 16",
            "The duration is not known yet",
            "Downtime: probably about 48 hours",
            "Provisionally Tuesday, 15:00 UTC",
            "Includes but is not limited to rebooting servers as deemed necessary",
        ] {
            assert!(leaves_open(text), "{text}");
        }
    }

    #[test]
    fn descriptions_of_what_was_unclear_before_are_accepted() {
        for text in [
            "The cause was not known in May; it is the pool",
            "Users with an open session stay signed in",
            "The alert is probably noise, see #12",
            "The old page stays until the end of the year",
            "Unknown hosts are rejected",
        ] {
            assert!(!leaves_open(text), "{text}");
        }
    }

    #[test]
    fn draft_is_suggested_only_if_the_ticket_can_become_one() {
        let help = |state: &str| {
            help_of(
                RULE,
                &format!("state = \"{state}\"\ndeployment = [\"Maybe merge #12\"]"),
            )
        };
        assert!(help("approved").ends_with(", or set `state = \"draft\"`"));
        assert_eq!(help("deploying"), "settle it and write down the answer");
    }
}

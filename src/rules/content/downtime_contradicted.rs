//! A text that denies the downtime that the ticket declares, or that announces more of it.

use std::time::Duration;

use crate::config::Level;
use crate::document::format_duration;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::{Label, shorten};
use crate::text::{Pattern, locate};
use crate::ticket::{Text, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "content/downtime-contradicted",
    Level::Warning,
    "text that denies downtime declared in the ticket",
    include_str!("downtime_contradicted.md"),
    &[Check::Ticket(check)],
);

static DENIAL: Pattern = Pattern::new(
    r"(?i)\b(?:no\s+(?:expected\s+|planned\s+)?(?:downtime|outage|interruptions?(?:\s+of\s+(?:the\s+)?service)?)|without\s+(?:any\s+)?interruptions?|uninterrupted(?:ly)?|(?:stays?|remains?)\s+(?:up|online|available|connected|usable)\s+(?:throughout|all\s+the\s+time|the\s+whole\s+time)|zero[ -]downtime|without\s+(?:any\s+)?downtime)\b(?P<scope>\s+(?:longer|for|in|to|on|of|beyond|above|more|outside|during|between)\b)?",
);

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let Some(downtime) = ticket.risk.downtime.filter(|downtime| !downtime.is_zero()) else {
        return;
    };
    if let Some((text, announced)) = longer(ticket, downtime) {
        let place = ctx.span_of(&["risk", "downtime"]).unwrap_or(text.span);
        let declared = format_duration(downtime);
        let finding = RULE
            .finding(
                ticket.place(),
                locate(&ticket.source, text, announced),
                "longer than `risk.downtime`",
            )
            .message(format!(
                "{} says \"{}\", but `risk.downtime` is {declared}",
                text.location(),
                shorten(announced)
            ))
            .help("use the same duration in both places")
            .related(ticket.place(), Label::new(place, "declared here"))
            .anchor(&text.path);
        findings.push(finding);
        return;
    }
    let texts = [Some(&ticket.title), ticket.description.as_ref()];
    for text in texts.into_iter().flatten().chain(ticket.announcements()) {
        let denial = DENIAL
            .captures_iter(&text.text)
            .find(|found| found.name("scope").is_none());
        let Some(denial) = denial.and_then(|found| Some(found.get(0)?.as_str())) else {
            continue;
        };
        let declared = ctx.span_of(&["risk", "downtime"]).unwrap_or(text.span);
        let downtime = format_duration(downtime);
        let finding = RULE
            .finding(
                ticket.place(),
                locate(&ticket.source, text, denial),
                "contradicts `risk.downtime`",
            )
            .message(format!(
                "{} says \"{}\", but `risk.downtime` is {downtime}",
                text.location(),
                shorten(denial)
            ))
            .help("say who is affected and for how long, or correct `risk.downtime`")
            .related(ticket.place(), Label::new(declared, "declared here"))
            .anchor(&text.path);
        findings.push(finding);
        return;
    }
}

static ANNOUNCED: Pattern = Pattern::new(
    r"(?ix)\b(?:
        (?: (?: down | offline | unavailable | not\s+(?:be\s+)?available | unreachable | interrupted | closed ) \s+ for
          | (?: downtime | outage | interruption ) \s* (?: of | is | takes | lasts | : ) ) \s+
          (?: about\s+ | up\s+to\s+ | around\s+ | at\s+most\s+ )? (?P<number>\d{1,4}) [\s-]* (?P<unit>min(?:ute)?s?|h(?:ours?)?)
        | (?P<number_before>\d{1,4}) [\s-]* (?P<unit_before>min(?:ute)?s?|h(?:ours?)?) \s+ (?: of\s+ )? (?: downtime | outage | interruption )
        )\b",
);

/// A longer downtime than the ticket declares, in the message to users, the title, or a deployment step.
fn longer(ticket: &Ticket, declared: Duration) -> Option<(&Text, &str)> {
    let steps = ticket.deployment.steps.iter().map(|step| &step.action);
    let texts = ticket.announcements().chain([&ticket.title]).chain(steps);
    texts.into_iter().find_map(|text| {
        let found = ANNOUNCED.captures(&text.text)?;
        let part = |one: &str, other: &str| found.name(one).or_else(|| found.name(other));
        let number: u64 = part("number", "number_before")?.as_str().parse().ok()?;
        let is_hours = part("unit", "unit_before")?
            .as_str()
            .starts_with(['h', 'H']);
        let seconds = number * if is_hours { 3600 } else { 60 };
        (Duration::from_secs(seconds) > declared).then_some((text, found.get(0)?.as_str()))
    })
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    const RULE: &str = "content/downtime-contradicted";

    fn reports(description: &str, downtime: &str) -> bool {
        rules_of(&format!(
            "description = \"{description}\"\n[risk]\ndowntime = \"{downtime}\""
        ))
        .contains(&RULE)
    }

    #[test]
    fn denied_downtime_is_found() {
        for description in [
            "There is no downtime",
            "A zero-downtime migration",
            "Done without any downtime.",
        ] {
            assert!(reports(description, "5m"), "{description}");
        }
    }

    #[test]
    fn bounded_denials_and_zero_are_accepted() {
        for description in [
            "No downtime longer than 5 minutes per row is expected",
            "No downtime for users in the EU",
            "No downtime on eu-1",
            "Downtime of 5 minutes",
        ] {
            assert!(!reports(description, "5m"), "{description}");
        }
        assert!(!reports("There is no downtime", "0s"));
    }

    #[test]
    fn announcement_that_denies_downtime_is_found() {
        let text = "risk.downtime = \"5m\"\ncommunication.say = \"There is no downtime\"";
        assert!(rules_of(text).contains(&RULE));
    }

    #[test]
    fn longer_downtime_in_a_message_is_found() {
        let reports = |step: &str| {
            let text = format!("risk.downtime = \"2h\"\ndeployment = [\"{step}\"]");
            rules_of(&text).contains(&"content/downtime-contradicted")
        };
        assert!(reports("Announce that the site will be down for 4 hours"));
        assert!(reports("Announce a downtime of 3 hours"));
        assert!(reports("The site will not be available for 3 hours"));
        assert!(reports("Tell the shops about the 3-hour outage"));
        assert!(!reports("Announce that the site will be down for 2 hours"));
        assert!(!reports("Announce 30 minutes of downtime"));
        assert!(!reports(
            "Announce that the site is down for about 90 minutes"
        ));
    }
}

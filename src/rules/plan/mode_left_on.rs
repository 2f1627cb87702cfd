//! A mode that the deployment turns on and that nothing turns off again.

use std::collections::HashSet;

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::shorten;
use crate::text::{Pattern, clause, locate, sentence, words};
use crate::ticket::{Step, Strategy, Text, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/mode-left-on",
    Level::Warning,
    "mode that no step turns off again",
    include_str!("mode_left_on.md"),
    &[Check::Ticket(check)],
);

/// A state that is meant to last for the change only.
struct Mode {
    on: Pattern,
    /// What ends the mode without naming what is in it.
    off: Pattern,
}

static MODES: [Mode; 5] = [
    Mode {
        on: Pattern::new(
            r"(?ix)\bmaintenance[-_\s]?mode\s*[=:]?\s*(?:is\s+|to\s+)?(?:on|true|enabled?|1)\b
            | \b(?:put|enter|enable|set|switch|turn|activate|start|place|bring)\b[^.,;`()=]{0,60}\bmaintenance(?:[-_\s]mode)?\b
            | \bmaintenance:(?:mode\s+--on|enable|install)\b | \bartisan\s+down\b",
        ),
        off: Pattern::new(
            r"(?ix)\bmaintenance\b[^.;\n]{0,60}(?:\b(?:off|false|ends?|ended|disabled?|over|out|removed?|lifted|finished|closed|0)\b)
            | \b(?:ends?|leaves?|exits?|disable|stop|off|out\s+of|remove|deactivate|lift|clear|cancel|close|finish|unset|take)\b[^.;\n]{0,60}\bmaintenance
            | \bartisan\s+up\b | \bmaintenance:(?:mode\s+--off|disable|uninstall)\b | \bback\s+(?:in|into|online|on)\b",
        ),
    },
    Mode {
        on: Pattern::new(
            r"(?i)(?:^|[.;:,]\s+|\b(?:then|and|dags|rollout|cronjob|jobs?|reconciliation)\s+)(?:pause|suspend)\b",
        ),
        off: Pattern::new(
            r"(?i)\b(?:resum\w*|un-?paus\w*|un-?suspend\w*|continu\w+|re-?activat\w*|re-?enabl\w*|again|back)\b|suspend[^.;\n]{0,12}false",
        ),
    },
    Mode {
        on: Pattern::new(
            r"(?ix)\b(?:disable|deactivate|(?:switch|turn)\s+off|mute)\s+(?:the\s+|all\s+)?(?:[\w-]+\s+){0,3}?
            (?:alert\w*|monitoring|auto-?scal\w+|cron\w*|timers?|scheduler|replication|failover|health-?\s?checks?|watchdog|puppet|chef|notifications?|log-?ins?|triggers?|balancer|auto-?(?:sync|updates?|heal\w*|failover|deploy\w*))\b
            | \bpuppet\s+agent\s+--disable\b",
        ),
        off: Pattern::new(
            r"(?i)\b(?:re-?enabl\w*|enabl\w*|un-?mut\w*|re-?activat\w*|activat\w*|(?:switch|turn)\w*\s+(?:\w+\s+){0,4}?on|on\s+again|back|again)\b",
        ),
    },
    Mode {
        on: Pattern::new(r"(?i)\bcordon\b|\bkubectl\s+drain\b|\bceph\s+osd\s+set\s+no\w+"),
        off: Pattern::new(
            r"(?i)\b(?:un-?cordon\w*|un-?drain\w*|unset|ready|back|again|re-?join\w*|re-?add\w*|schedulable|delet\w+|terminat\w+|remov\w+)\b",
        ),
    },
    Mode {
        on: Pattern::new(
            r"(?i)\b(?:set|put|switch|make|turn)\b[^.;`]{0,50}\bread-only\b|\bread_only\s*=\s*(?:1|on|true)\b|\bwith\s+read\s+lock\b",
        ),
        off: Pattern::new(
            r"(?i)\bread[-_/ ]?write\b|\bwrit(?:e|es|able|ing)\b|\bunlock\w*|\bread[-_]only\s*=\s*(?:0|off|false)\b|\bread-only\b[^.;\n]{0,30}\b(?:off|ends?|lifted|removed)\b|\b(?:off|end|lift|remove|leave)\b[^.;\n]{0,30}\bread-only\b|\b(?:again|back|import|switch|point|promot\w*|fail-?over|new)\b",
        ),
    },
];

/// Words that end any mode, if they name what is in it.
static RELEASES: Pattern = Pattern::new(
    r"(?i)\b(?:start\w*|runs|enabl\w*|activat\w*|releas\w*|open\w*|allow\w*|trigger\w*|(?:switch|turn)\w*\s+(?:\w+\s+){0,4}?on)\b",
);
/// A title about a state that is meant to stay.
static PERMANENT: Pattern = Pattern::new(
    r"(?i)\b(?:remov\w*|retir\w*|decommission\w*|delet\w*|shut\w*|drop\w*|(?:switch|turn)\w*\s+(?:\w+\s+)?off|disabl\w*|stop\w*|paus\w*|suspend\w*|replac\w*|mov(?:e|es|ing)|migrat\w*|drain\w*|cordon\w*|maintenance|read-only|archiv\w*|mut(?:e|ing)|end\w*|clos\w*|cut\w*|freez\w*)\b",
);
/// A mode that ends by itself, or that is denied or only mentioned.
static TEMPORARY: Pattern = Pattern::new(
    r"(?i)\b(?:for|until|till)\s+(?:\d|the\s+(?:duration|window|time|whole|length))|\b(?:during|by\s+itself|automatically|expires?|if|when|no|not|without|never)\b|maintenance\s+(?:window|page)|\bold\b",
);

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    if PERMANENT.is_match(&ticket.title.text)
        || ticket.deployment.strategy == Some(Strategy::BlueGreen)
    {
        return;
    }
    findings.extend(MODES.iter().find_map(|mode| left_on(ticket, mode)));
}

/// The first place where the deployment turns a mode on, if nothing turns it off.
fn left_on(ticket: &Ticket, mode: &Mode) -> Option<Finding> {
    let steps = &ticket.deployment.steps;
    let (index, text, on) = steps.iter().enumerate().find_map(|(index, step)| {
        let texts = [Some(&step.action), step.run.as_ref()]
            .into_iter()
            .flatten();
        let mut turned_on = texts.filter_map(|text| Some((index, text, mode.on.find(&text.text)?)));
        turned_on.find(|(_, text, on)| {
            let around = clause(&text.text, on.end());
            !TEMPORARY.is_match(sentence(&text.text, on.end())) && !mode.off.is_match(around)
        })
    })?;
    let command = steps[index].run.as_ref().map_or("", |run| &run.text);
    let objects: HashSet<String> = words(clause(&text.text, on.end()))
        .chain(words(command))
        .filter_map(|word| stem(&word))
        .collect();
    let is_object = |word: &str| stem(word).is_some_and(|stem| objects.contains(&stem));
    let ends = |text: &str| {
        mode.off.is_match(text)
            || (RELEASES.is_match(text) && words(text).any(|word| is_object(&word)))
    };
    let rest = &text.text[on.end()..];
    let later = steps[index + 1..].iter().chain(&ticket.validation.steps);
    let own = steps[index].run.iter().filter(|run| *run != text);
    let about = [
        ticket.description.as_ref(),
        ticket.risk.mitigations.as_ref(),
    ];
    let mut texts = later
        .flat_map(texts)
        .chain(own)
        .chain(about.into_iter().flatten());
    if ends(rest) || texts.any(|text| ends(&text.text)) {
        return None;
    }
    let found = shorten(on.as_str().trim_start_matches(['.', ';', ':', ',', ' ']));
    Some(
        RULE.finding(
            ticket.place(),
            locate(&ticket.source, text, on.as_str()),
            "still in effect at the end",
        )
        .message(format!("no later step or validation reverses \"{found}\""))
        .help("add a deployment step that reverses it after the change, or say that it ends on its own")
        .anchor(&text.path),
    )
}

/// The start of a word, by which "scheduling" and "scheduler" are the same thing.
fn stem(word: &str) -> Option<String> {
    let is_long = word.chars().count() > 2;
    let word = word.strip_suffix('s').unwrap_or(word);
    is_long.then(|| word.chars().take(STEM).collect())
}

/// The length of a stem.
const STEM: usize = 5;

/// The texts of a step that say what is done and what is then seen.
fn texts(step: &Step) -> impl Iterator<Item = &Text> {
    let texts = [Some(&step.action), step.run.as_ref(), step.expect.as_ref()];
    texts.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    const RULE: &str = "plan/mode-left-on";

    fn reports(steps: &str) -> bool {
        rules_of(&format!("deployment = [{steps}]")).contains(&RULE)
    }

    #[test]
    fn mode_that_nothing_ends_is_found() {
        for steps in [
            "'`pcs property set maintenance-mode=true`', 'Update node-2: `dnf -y update pacemaker`'",
            "'Put shop-web into maintenance mode', 'Install 5.4.0'",
            "'Pause the nightly import', '`ALTER TABLE a SET x = 40`'",
            "'Disable the alerts of db-1', 'Install 5.4.0 on db-1'",
            "'`puppet agent --disable upgrade`', 'Install 5.4.0 on db-1'",
            "'`kubectl cordon node-4`', 'Install the kernel on node-4'",
            "'Set the wiki to read-only', 'Copy the files'",
        ] {
            assert!(reports(steps), "{steps}");
        }
    }

    #[test]
    fn mode_that_something_ends_is_accepted() {
        for steps in [
            "'`pcs property set maintenance-mode=true`', '`pcs property set maintenance-mode=false`'",
            "'Put shop-web into maintenance mode', 'Install 5.4.0', 'Take it out of maintenance'",
            "'Pause the nightly import, install 5.4.0, resume the import'",
            "'Pause the nightly import', 'Install 5.4.0', 'Start the import'",
            "'Disable the alerts of db-1 for 2 h', 'Install 5.4.0 on db-1'",
            "'`puppet agent --disable upgrade`', 'Install 5.4.0', '`puppet agent --enable`'",
            "'Pause scheduling: `systemctl stop a-scheduler`', 'Install 5.4.0', '`systemctl start a-scheduler`'",
            "'Tell the teams that syncs pause', 'Install 5.4.0'",
            "'Check the crashes each morning; pause the release if they rise', 'Install 5.4.0'",
            "'Set x = 35 in RZ10 (extended maintenance)', 'Install 5.4.0'",
            "'`kubectl cordon node-4`', 'Install the kernel', '`kubectl uncordon node-4`'",
            "'Set the wiki to read-only', 'Copy the files', 'Allow the wiki to all'",
            "'Open the maintenance page of the wiki and set the banner'",
        ] {
            assert!(!reports(steps), "{steps}");
        }
    }

    #[test]
    fn validation_and_description_may_say_how_a_mode_ends() {
        let steps = "deployment = ['Pause the nightly import', 'Install 5.4.0']";
        for rest in [
            "validation = ['The nightly import runs again at 02:00']",
            "description = 'The import is resumed by the scheduler at 22:00'",
            "title = 'Pause the nightly import until the disks are replaced'",
        ] {
            assert!(
                !rules_of(&format!("{rest}\n{steps}")).contains(&RULE),
                "{rest}"
            );
        }
    }
}

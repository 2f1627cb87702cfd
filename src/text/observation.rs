//! Recognizes steps that only observe, and limits that measurements are compared with.

use super::command::{Command, commands};
use super::pattern::Pattern;
use super::step::stretches;
use super::words::{Words, words};
use crate::ticket::Step;

/// Verbs of steps that change nothing.
static LOOKS: Words = Words::new(
    "check verify confirm compare list count silence announce inform notify tell post watch monitor observe look note \
     record ensure wait measure inspect review",
);
/// Words of commands that change nothing.
static READS: Words = Words::new(
    "get describe diff show list ls status plan logs top history version head cat grep less tail dig \
     nslookup ping ps df du jq wc curl",
);
/// Statements that change nothing.
static QUERY: Pattern = Pattern::new(
    r#"(?i)\b(?:select|explain|show)\s|^\s*\\[a-z]|\s['"]?\\+d[a-z+]*\b|--dry-run|\s--check\b"#,
);
/// Options and statements that make a reading command write.
static WRITES: Pattern = Pattern::new(
    r"(?i)\b(?:insert|update|delete|drop|alter|create|truncate|grant)\s|\s-X\s*\x27?(?:POST|PUT|PATCH|DELETE)|\s--data|\s-d\s",
);

/// Whether a step only observes: its first word is a verb such as "check", or all its commands only
/// read.
pub(crate) fn is_read_only(step: &Step) -> bool {
    let stretches = stretches(step);
    let code: Vec<&str> = stretches
        .iter()
        .filter(|stretch| stretch.is_code)
        .map(|stretch| stretch.text)
        .collect();
    let prose = stretches.iter().find(|stretch| !stretch.is_code);
    let begins_with_look = prose.is_some_and(|stretch| {
        words(stretch.text)
            .next()
            .is_some_and(|word| LOOKS.has(&word))
    });
    let all_read = || code.iter().all(|code| reads(code));
    if begins_with_look {
        code.iter().all(|code| !WRITES.is_match(code))
    } else {
        !code.is_empty() && step.run.is_some() && all_read()
    }
}

/// Whether all commands of a piece of code only read.
pub(crate) fn reads(code: &str) -> bool {
    let is_reading = |command: &Command<'_>| {
        let listed = |word: &&str| READS.contains(word);
        listed(&command.program) || command.subcommand.last().is_some_and(listed)
    };
    !WRITES.is_match(code)
        && (QUERY.is_match(code) || {
            let commands = commands(code);
            !commands.is_empty() && commands.iter().all(is_reading)
        })
}

static THRESHOLD: Pattern = Pattern::new(
    r"(?ix)
        (?: [<>≥≤] =? | \b (?: above | below | over | under | exceeds? | exceeding | (?:more|less|fewer|longer|higher|lower) \s+ than
            | at \s+ (?: least | most ) | drops? \s+ to | rises? \s+ to | reach(?:es)? ) )
        \s* \D{0,20} \d
        | \b (?: if | when | unless | should ) \b [^.;]{0,80} \d+ (?: [.,] \d+ )? \s* (?: % | ms \b | s \b | min | per \s )",
);

/// Whether a text states a limit to compare a measurement with, such as "5xx above 1%".
pub(crate) fn states_threshold(text: &str) -> bool {
    THRESHOLD.is_match(text)
}

/// People outside the team.
static USERS: Words = Words::new(
    "user customer client consumer subscriber partner tenant guest player patient student citizen shopper merchant caller \
     visitor integrator",
);

/// Whether a text names people outside the team, such as users or partners.
pub(crate) fn names_users(text: &str) -> bool {
    words(text).any(|word| USERS.has(&word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;
    use crate::ticket::ParsedTicket;

    fn is_look(step: &str) -> bool {
        let text = format!("[[deployment.steps]]\n{step}\n");
        let ticket = ParsedTicket::parse(&Source::new("x.toml", text))
            .unwrap()
            .ticket;
        is_read_only(&ticket.deployment.steps[0])
    }

    #[test]
    fn steps_that_look_are_known() {
        for step in [
            "do = 'Check that `pool=20` is live'",
            "do = 'Announce the window in #ops'",
            "do = 'Silence the alert `PoolExhausted` for 2 h'",
            "do = 'Rows left'\nrun = \"psql -c 'SELECT count(*) FROM orders'\"",
            "do = 'Pods'\nrun = 'kubectl -n billing get pods | grep web'",
            "do = 'See what would change'\nrun = 'helm upgrade web ./chart --dry-run'",
            "do = 'Definition'\nrun = \"psql -c '\\\\d orders'\"",
        ] {
            assert!(is_look(step), "{step}");
        }
    }

    #[test]
    fn steps_that_change_something_do_not_only_look() {
        for step in [
            "do = 'Merge #12'",
            "do = 'Check in the file'\nrun = \"psql -c 'DELETE FROM orders'\"",
            "do = 'Apply'\nrun = 'kubectl apply -f k8s/'",
            "do = 'Switch it on'\nrun = 'curl -X POST https://flags/h3'",
            "do = 'List and remove'\nrun = 'kubectl get pods; kubectl delete pod web-0'",
            "do = 'Scale `pool`'",
        ] {
            assert!(!is_look(step), "{step}");
        }
    }

    #[test]
    fn thresholds_are_limits_with_a_number() {
        for text in [
            "5xx above 1%",
            "p99 > 400 ms",
            "stop if the error rate is 2% for 5 minutes",
            "fewer than 3 healthy hosts",
        ] {
            assert!(states_threshold(text), "{text}");
        }
        for text in [
            "if anything looks wrong",
            "scale to 40",
            "above all, keep calm",
        ] {
            assert!(!states_threshold(text), "{text}");
        }
    }

    #[test]
    fn users_are_people_outside_the_team() {
        assert!(names_users("All customers see the new page"));
        assert!(!names_users("The on-call engineer sees the new page"));
    }
}

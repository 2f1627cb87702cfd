//! A number of things in the title and a list of another length in the deployment.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::{Label, shorten};
use crate::text::{NameIndex, Pattern, Stretch, end_of, locate, stretches, texts_of, whole_text};
use crate::ticket::{Step, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "content/count-contradicted",
    Level::Warning,
    "number of things that contradicts the title",
    include_str!("count_contradicted.md"),
    &[Check::Ticket(check)],
);

static COUNT: Pattern = Pattern::new(
    r"(?i)\b(?:the|all|our)\s+(?P<count>two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d{1,3})\s+(?:[\w-]+\s+){0,2}?[\w-]+s\b",
);
/// `relay-1 to relay-4`, or `F-01 – F-12`.
static RANGE: Pattern = Pattern::new(
    r"\b(?P<stem>[A-Za-z][A-Za-z-]*?)-?(?P<first>\d{1,4})\s*(?:to|through|until|–|\.\.\.?|-)\s*(?P<again>[A-Za-z][A-Za-z-]*?)-?(?P<last>\d{1,4})\b",
);
/// `mq-1, mq-2 and mq-3`.
static LIST: Pattern = Pattern::new(
    r"\b[A-Za-z][A-Za-z-]*\d{1,4}(?:(?:\s*,\s*(?:and\s+)?|\s+(?:and|then)\s+)[A-Za-z][A-Za-z-]*\d{1,4})+\b",
);
/// Words of multiples and parts: the numbers need not be equal.
static MULTIPLES: Pattern = Pattern::new(
    r"(?i)\b(?:per|each|both|pairs?|first|remaining|rest|others?|except|twice|half)\b",
);

const WORDS: [&str; 11] = [
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
];

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    findings.extend(forgotten(ticket).or_else(|| left_out(ticket)));
    let Some(stated) = COUNT.captures(&ticket.title.text) else {
        return;
    };
    let Some(count) = stated
        .name("count")
        .and_then(|count| number(count.as_str()))
    else {
        return;
    };
    let is_multiple =
        |step: &Step| MULTIPLES.is_match(&step.action.text.replace("one after the other", ""));
    if MULTIPLES.is_match(&ticket.title.text) || ticket.deployment.steps.iter().any(is_multiple) {
        return;
    }
    let mut groups: Vec<(Stretch<'_>, &str, usize)> = Vec::new();
    for stretch in ticket.deployment.steps.iter().flat_map(stretches) {
        groups.extend(
            groups_in(stretch)
                .into_iter()
                .map(|(text, length)| (stretch, text, length)),
        );
    }
    let [(stretch, text, length)] = groups.as_slice() else {
        return;
    };
    if *length == count || length.abs_diff(count) > *length || stretch.is_code {
        return;
    }
    let words = stated.get(0).map_or("", |found| found.as_str());
    let finding = RULE
        .finding(
            ticket.place(),
            locate(&ticket.source, stretch.origin, text),
            format!("{length}, not {count}"),
        )
        .message(format!(
            "\"{}\" are {length}, but the title says {count}",
            shorten(text)
        ))
        .help("correct the list or the number in the title")
        .related(
            ticket.place(),
            Label::new(locate(&ticket.source, &ticket.title, words), "the title"),
        )
        .anchor(&stretch.origin.path);
    findings.push(finding);
}

/// What steps say of several things without their names.
static COLLECTIVE: Pattern = Pattern::new(
    r"(?ix)\b(?:both|all|each|every|same|others?|rest|likewise|respectively|remaining|next|one\s+after|one\s+by\s+one|rolling|for\s+\w+\s+in|nodes|servers|hosts|machines|instances|cluster|pair|two|three|four|five|six)\b | [*$\[{] | ansible|terraform|puppet|merge",
);

/// A name in a list in the title that no deployment step has, though they have another one of the
/// list.
fn forgotten(ticket: &Ticket) -> Option<Finding> {
    let list = LIST.find(&ticket.title.text)?.as_str();
    let names: Vec<&str> = list
        .split([',', ' '])
        .filter(|name| name.contains(|c: char| c.is_ascii_digit()))
        .collect();
    let stem = |name: &str| {
        name.trim_end_matches(|c: char| c.is_ascii_digit())
            .to_owned()
    };
    let first = stem(names.first()?);
    let steps = &ticket.deployment.steps;
    let is_collective = |step: &Step| COLLECTIVE.is_match(&whole_text(step));
    let has_range = |step: &Step| RANGE.is_match(&whole_text(step));
    if names.iter().any(|name| stem(name) != first)
        || steps.iter().any(is_collective)
        || steps.iter().any(has_range)
    {
        return None;
    }
    let deployed = NameIndex::new(texts_of(steps).map(|text| text.text.as_str()));
    let named = names.iter().find(|name| deployed.is_named(name))?;
    let missing = names.iter().find(|name| !deployed.is_named(name))?;
    Some(
        RULE.finding(
            ticket.place(),
            locate(&ticket.source, &ticket.title, missing),
            "in no deployment step",
        )
        .message(format!(
            "the title names `{}` and `{}`, but no deployment step mentions `{}`",
            shorten(named),
            shorten(missing),
            shorten(missing)
        ))
        .help(format!(
            "add the steps for `{}`, or correct the title",
            shorten(missing)
        ))
        .related(
            ticket.place(),
            Label::new(ticket.deployment.span, "only these steps"),
        )
        .anchor("title"),
    )
}

/// What steps say of members without their names, or of all of them.
static REST: Pattern = Pattern::new(
    r"(?ix)\b(?:both|all|each|every|others?|rest|remaining|likewise|respectively|next|one\s+(?:after|by)|rolling|for\s+\w+\s+in)\b | [*$\[{<] | ansible|terraform|puppet|\bmerge",
);
/// Hosts of one domain: `a.example.com, b.example.com and c.example.com`.
static HOSTS: Pattern = Pattern::new(
    r"\b[a-z0-9-]+(?:\.[a-z0-9-]+)+\.[a-z]{2,}(?:(?:\s*,\s*(?:and\s+)?|\s+and\s+)[a-z0-9-]+(?:\.[a-z0-9-]+)+\.[a-z]{2,}){2,}\b",
);
/// What makes "a-1 to a-3" a move instead of a series.
static MOVES: Pattern = Pattern::new(
    r"(?i)\b(?:from|mov\w+|migrat\w+|copy|copies|transfer\w*|replicat\w+|switch\w*)\b",
);
/// Maximum number of members that a series is compared with.
const MAX_MEMBERS: usize = 50;

/// A member of a series or list in the title or description that the deployment leaves out, though
/// it names all the others.
fn left_out(ticket: &Ticket) -> Option<Finding> {
    let steps = &ticket.deployment.steps;
    let about = [Some(&ticket.title), ticket.description.as_ref()];
    let (text, written, members) = about.into_iter().flatten().find_map(|text| {
        let (written, members) = series(&text.text)?;
        Some((text, written, members))
    })?;
    if steps.iter().any(|step| REST.is_match(&whole_text(step))) {
        return None;
    }
    let deployed = NameIndex::new(texts_of(steps).map(|text| text.text.as_str()));
    let mut missing = members.iter().filter(|name| !deployed.is_named(name));
    let missing = missing.next().filter(|_| missing.next().is_none())?;
    let number = missing.rsplit('-').next().unwrap_or(missing);
    let is_abbreviated = texts_of(steps).any(|text| {
        let mut words = text.text.split(|c: char| !c.is_alphanumeric());
        words.any(|word| word == number || word == number.trim_start_matches('0'))
    });
    if is_abbreviated {
        return None;
    }
    let missing = shorten(missing);
    Some(
        RULE.finding(
            ticket.place(),
            locate(&ticket.source, text, written),
            format!("`{missing}` is in no deployment step"),
        )
        .message(format!(
            "the deployment names all of \"{}\" except `{missing}`",
            shorten(written)
        ))
        .help(format!(
            "add the steps for `{missing}`, or correct `{}`",
            text.path
        ))
        .related(
            ticket.place(),
            Label::new(ticket.deployment.span, "only these steps"),
        )
        .anchor(&text.path),
    )
}

/// The members of the first numbered series or list of hosts of a text, if they are at least three.
fn series(text: &str) -> Option<(&str, Vec<String>)> {
    let members = RANGE.captures_iter(text).find_map(|found| {
        let (first, last): (usize, usize) =
            (found["first"].parse().ok()?, found["last"].parse().ok()?);
        let is_series = found["stem"].eq_ignore_ascii_case(&found["again"])
            && first + 1 < last
            && last - first < MAX_MEMBERS
            && !MOVES.is_match(end_of(&text[..found.get(0)?.start()]));
        let whole = found.get(0)?.as_str();
        let prefix = whole.split(|c: char| c.is_ascii_digit()).next()?;
        let width = found["first"].len();
        is_series.then(|| {
            let names = (first..=last).map(|number| format!("{prefix}{number:0width$}"));
            (whole, names.collect())
        })
    });
    members.or_else(|| {
        let whole = HOSTS.find(text)?.as_str();
        let names = whole.split([',', ' ']).filter(|name| name.contains('.'));
        let names: Vec<String> = names.take(MAX_MEMBERS).map(str::to_owned).collect();
        Some((whole, names))
    })
}

fn number(word: &str) -> Option<usize> {
    let named = WORDS
        .iter()
        .position(|known| word.eq_ignore_ascii_case(known));
    named.map(|index| index + 2).or_else(|| word.parse().ok())
}

/// The ranges and lists of names with a common stem, each with its length.
fn groups_in(stretch: Stretch<'_>) -> Vec<(&str, usize)> {
    let ranges = RANGE.captures_iter(stretch.text).filter_map(|found| {
        let part = |name: &str| found.name(name).map_or("", |part| part.as_str());
        let (first, last): (usize, usize) =
            (part("first").parse().ok()?, part("last").parse().ok()?);
        let is_range = part("stem").eq_ignore_ascii_case(part("again")) && first < last;
        is_range.then(|| {
            (
                found.get(0).map_or("", |whole| whole.as_str()),
                last - first + 1,
            )
        })
    });
    let lists = LIST.find_iter(stretch.text).filter_map(|found| {
        let names: Vec<&str> = found
            .as_str()
            .split([',', ' '])
            .filter(|name| name.contains(|c: char| c.is_ascii_digit()))
            .collect();
        let stem = |name: &str| {
            name.trim_end_matches(|c: char| c.is_ascii_digit())
                .to_owned()
        };
        let first = stem(names.first()?);
        names
            .iter()
            .all(|name| stem(name) == first)
            .then_some((found.as_str(), names.len()))
    });
    ranges.chain(lists).collect()
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    const RULE: &str = "content/count-contradicted";

    fn reports(title: &str, deployment: &str) -> bool {
        rules_of(&format!(
            "title = \"{title}\"\ndeployment = [\"{deployment}\"]"
        ))
        .contains(&RULE)
    }

    #[test]
    fn member_that_the_steps_leave_out_is_found() {
        let reports = |description: &str, steps: &str| {
            rules_of(&format!(
                "description = \"{description}\"\ndeployment = [{steps}]"
            ))
            .contains(&RULE)
        };
        let nodes = "fra-edge-01 to fra-edge-04 run 6.8";
        let hosts = "Three names: portal.acme.dev, pay.acme.dev and files.acme.dev.";
        assert!(reports(
            nodes,
            "'Boot fra-edge-01', 'The same on fra-edge-02', 'Then fra-edge-04'"
        ));
        assert!(reports(
            hosts,
            "'`certbot -d portal.acme.dev -d pay.acme.dev`'"
        ));
        for (description, steps) in [
            (
                nodes,
                "'Boot fra-edge-01', 'The same on fra-edge-02', 'Then on fra-edge-03 and -04'",
            ),
            (
                nodes,
                "'Boot fra-edge-01', 'fra-edge-02', 'fra-edge-04', 'fra-edge-03'",
            ),
            (
                nodes,
                "'Boot fra-edge-01', 'Then on the others, fra-edge-02 first, fra-edge-04 last'",
            ),
            (nodes, "'Boot fra-edge-01', 'Then on fra-edge-02'"),
            (
                hosts,
                "'`certbot -d portal.acme.dev -d pay.acme.dev -d files.acme.dev`'",
            ),
            (hosts, "'`certbot -d portal.acme.dev`'"),
            (
                "Move the store from nas-bk1 to nas-bk3",
                "'Mount nas-bk3', 'Unmount nas-bk1'",
            ),
        ] {
            assert!(!reports(description, steps), "{steps}");
        }
    }

    #[test]
    fn list_of_far_fewer_things_is_of_other_things() {
        assert!(!reports(
            "Redirect the 38 old pages",
            "The pipeline copies the map to web1 and web2"
        ));
    }

    #[test]
    fn list_or_range_of_another_length_is_found() {
        assert!(reports(
            "Patch the four mail relays",
            "Install 7.2 on relay-1 to relay-3"
        ));
        assert!(reports(
            "Upgrade the 3 order brokers",
            "On mq-1 and mq-2: install 3.13.7"
        ));
        assert!(reports(
            "Patch the four print servers",
            "Install 7.2 on prn-1, prn-2 and prn-3, one after the other"
        ));
        assert!(reports(
            "Patch all five mail relays",
            "Install 7.2 on relay-1 to relay-4"
        ));
    }

    #[test]
    fn name_of_the_title_without_a_step_is_found() {
        let title = "Raise the heap of solr-1 and solr-2";
        assert!(reports(title, "On solr-2 set the heap to 8g, restart"));
        for deployment in [
            "On solr-2 set the heap, then on solr-1",
            "On solr-2 set the heap, restart; the same on the first",
            "On both: set the heap",
            "Set the heap in solr.in.sh",
            "For i in 1 2; do ssh solr-2",
            "Merge #12; Puppet restarts solr-2 within 30 minutes",
        ] {
            assert!(!reports(title, deployment), "{deployment}");
        }
        assert!(!reports(
            "Move the load of solr-1, see web-2",
            "On web-2: change the pool"
        ));
    }

    #[test]
    fn equal_lengths_multiples_and_several_lists_are_accepted() {
        for (title, deployment) in [
            (
                "Patch the four mail relays",
                "Install 7.2 on relay-1 to relay-4",
            ),
            (
                "Upgrade the three order brokers",
                "On mq-1, mq-2 and mq-3: install 3.13.7",
            ),
            (
                "Swap the two UPS batteries",
                "Swap F-01 to F-12, one pair at a time",
            ),
            (
                "Patch the four mail relays",
                "Install 7.2 on relay-1 and relay-2, then on relay-3 and relay-4",
            ),
            ("Patch the four mail relays", "`pssh -H relay-1 to relay-3`"),
            (
                "Patch four mail relays",
                "Install 7.2 on relay-1 to relay-3",
            ),
            ("Patch the four mail relays", "Install 7.2 on relay-1, db-2"),
        ] {
            assert!(!reports(title, deployment), "{title}: {deployment}");
        }
    }
}

//! A word that promises a text and is none: TBD, `<name>`, lorem ipsum.

use std::collections::BTreeSet;

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::{Source, Span, shorten};
use crate::ticket::{State, Text, Ticket};

use crate::text::{Pattern, PieceKind, pieces};

pub(super) const RULE: Rule = Rule::new(
    "content/placeholder",
    Level::Error,
    "unfilled placeholder",
    include_str!("placeholder.md"),
    &[Check::Ticket(check)],
)
.any_language();

/// Maximum number of placeholders reported for one text.
const MAX_REPORTED: usize = 20;

static IN_PROSE: Pattern = Pattern::new(
    r"(?x)\b(?:TBD|TBC|TBA|TODO|FIXME|XXX|XX:XX|[A-Z]{2,10}-X{3,})\b
    | \b(?:tbd|tbc)(?:[\s.,;:)!?]|$) | \b[xX]{2}\s+(?:KB|MB|GB|TB|ms|seconds|minutes|hours|days|%|January|February|March|April|May|June|July|August|September|October|November|December)\b
    | (?:^|[\s(])_{2,}[.:/-]_{2,}
    | <[a-z][a-z0-9]*(?:[\ _-][a-z0-9]+)*>
    | <[a-z][a-z0-9/-]*\ [^<>=\x22'\n]{1,120}>
    | (?i:\blorem\ ipsum\b|<(?:insert|your)\b[^<>\n]{0,60}>|<[^<>\n]{0,60}\bhere>)
    | \[(?i:(?:the|your|insert|enter|add)\ [a-z\ ]{2,40}|(?:[a-z]+[\ _-])?(?:date|time|start|end|name|team|system|contact|link|url|reason|location|site|plant|number|person|owner|duration|impact|service|summary|description|environment|region|window|phone|email))\]",
);
/// In code only what surely stands for something, so that `<b>` and `Vec<T>` pass.
static IN_CODE: Pattern = Pattern::new(
    r"(?ix)
    < (?:[a-z]+[\ _-])* (?:commit|hash|sha|tag|version|host|hostname|name|url|date|env) (?:[\ _-][a-z]+)* >
    | \[ (?:commit|hash|sha|tag|version|host|hostname|name|url|date|env) \]",
);

/// What says that `<word>` stands for several values that are known.
static VARIABLE: Pattern =
    Pattern::new(r"(?i)\b(?:per|each|every)\b|:\s*[^\s,;:]+(?:,\s*[^\s,;:]+)+");

/// Whole values that stand for a text that nobody wrote, keyboard noise included.
static NOISE: Pattern = Pattern::new(
    r"(?ix) ^ [\W_]* (?:
        tb[dca] | to \s* do | to \s be \s (?: named | nominated | assigned | agreed | clarified | completed | written | added | provided | determined | decided | defined | confirmed | announced | done | filled (?: \s in )? )
        | fill (?: \s me )? \s in | foo (?: \s? bar )?
        | (?: asdf | qwer | hjkl | sdfg )\w* | x{2,} | \?{2,} | (?: test \s? ){2,} | bla (?: [\s,]* bla )+
        ) [\W_]* $ | ^ \s* (?: \? | \.{2,} | … ) \s* $
        | ^ \s* (?: \$\{?\w{3,40}\}? | \{\{[^{}]{1,60}\}\} | \[[a-z][a-z\ ,/_-]{2,60}\] ) \s* $",
);

/// What a message to users still has of its template: "on DATE", "from HH:MM to HH:MM",
/// "{{start}}", "between ... and ...".
static IN_MESSAGE: Pattern = Pattern::new(
    r"(?x)\{\{[^{}\n]{1,60}\}\} | \b(?:DD[./-]MM[./-]YY(?:YY)?|YYYY-MM-DD|MM/DD/YYYY|HH:MM)\b
    | \b(?i:on|from|to|until|between|and|at)\s+(?:DATE|DAY|WEEKDAY|TIME|START|END|START\s?TIME|END\s?TIME|MONTH|HOUR)\b
    | \b(?i:dear|hello|hi)\s+(?:NAME|CUSTOMER|USER|TEAM)\b
    | \b(?i:on|from|to|until|between|at)\s+(?:\.{3}|…|_{2,})",
);

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    check_messages(ticket, findings);
    let has_stages = !ticket.deployment.stages.is_empty();
    for text in &ctx.plan_texts {
        let placeholders = placeholders(text);
        if placeholders.is_empty() {
            if NOISE.is_match(&text.text) {
                findings.push(unfilled(ticket, text.span, text.text.trim()).anchor(&text.path));
            }
            continue;
        }
        let has_variables = has_stages || VARIABLE.is_match(&text.text);
        let found = placeholders
            .into_iter()
            .filter(|found| !(has_variables && is_single_word(found)));
        for found in found {
            let span = place(&ticket.source, text, found);
            findings.push(unfilled(ticket, span, found).anchor(&text.path));
        }
    }
}

/// What messages to users still have of their template.
fn check_messages(ticket: &Ticket, findings: &mut Vec<Finding>) {
    for text in ticket.announcements() {
        let is_reported = !placeholders(text).is_empty();
        let prose = pieces(&text.text).into_iter();
        let mut prose = prose.filter(|(kind, _)| !is_reported && *kind == PieceKind::Word);
        let found = prose.find_map(|(_, piece)| IN_MESSAGE.find(piece));
        findings.extend(found.map(|found| {
            let span = place(&ticket.source, text, found.as_str());
            unfilled(ticket, span, found.as_str()).anchor(&text.path)
        }));
    }
}

fn unfilled(ticket: &Ticket, span: Span, found: &str) -> Finding {
    RULE.finding(ticket.place(), span, "not filled in")
        .message(format!("`{}` is a placeholder", shorten(found)))
        .help(match ticket.state {
            state if !state.may_move_to(State::Draft) => "replace the placeholder with the actual value",
            _ => "replace the placeholder with the actual value; if it is not known yet, set `state = \"draft\"`",
        })
}

/// The distinct placeholders of a text, up to the maximum.
fn placeholders(text: &Text) -> Vec<&str> {
    let command = text.path.ends_with(".run") || text.path.ends_with(".undo");
    let parts = if command {
        vec![(PieceKind::Code, text.text.as_str())]
    } else {
        pieces(&text.text)
    };
    let mut found = BTreeSet::new();
    for (kind, piece) in parts {
        let expression = match kind {
            PieceKind::Word => &IN_PROSE,
            PieceKind::Code => &IN_CODE,
            PieceKind::Quotation => continue,
        };
        let words: BTreeSet<&str> = expression
            .find_iter(piece)
            .map(|found| found.as_str())
            .collect();
        found.extend(
            words
                .into_iter()
                .take(MAX_REPORTED)
                .filter(|word| !is_element(word, piece)),
        );
    }
    found.into_iter().take(MAX_REPORTED).collect()
}

/// Elements of HTML that are no words for something to fill in.
const HTML: [&str; 12] = [
    "picture", "div", "span", "script", "img", "html", "body", "iframe", "svg", "canvas", "video",
    "meta",
];

/// Whether a placeholder is `<word>`, which may be a variable.
fn is_single_word(found: &str) -> bool {
    found.starts_with('<') && !found.contains(' ')
}

/// Whether `<name>` is the start of an element that ends in the same piece, as in XML.
fn is_element(found: &str, piece: &str) -> bool {
    let is_named = || {
        piece
            .split(|c: char| !c.is_alphanumeric())
            .any(|word| ["element", "elements", "tag", "tags", "HTML"].contains(&word))
    };
    found.strip_prefix('<').is_some_and(|name| {
        let bare = name.trim_end_matches('>');
        piece.contains(&format!("</{name}"))
            || HTML.contains(&bare)
            || (is_single_word(found) && is_named())
    })
}

/// Where a word of a text stands in the file; the whole value where it is written with escapes.
fn place(source: &Source, text: &Text, word: &str) -> Span {
    let raw = source.slice(text.span);
    raw.find(word).map_or(text.span, |at| {
        Span::new(text.span.start + at, text.span.start + at + word.len())
    })
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{findings, help_of, rules_of};

    const RULE: &str = "content/placeholder";

    #[test]
    fn prompts_in_brackets_are_found_in_any_case() {
        for text in ["<MR link here>", "<Insert the host>", "<Your name>"] {
            assert!(
                rules_of(&format!("deployment = [\"Merge {text}\"]")).contains(&RULE),
                "{text}"
            );
        }
    }

    #[test]
    fn variables_of_several_values_are_accepted() {
        for step in [
            "Drain <host>, once per host",
            "Restart <node> on each rack",
            "For orders, refunds: set <table>, where <table>: orders, refunds",
        ] {
            assert!(
                !rules_of(&format!("deployment = [\"{step}\"]")).contains(&RULE),
                "{step}"
            );
        }
    }

    #[test]
    fn noise_as_a_whole_value_is_found() {
        for text in [
            "asdf",
            "xxx",
            "test test",
            "tbd",
            "To be defined",
            "???",
            "...",
            "bla bla",
        ] {
            assert!(
                rules_of(&format!("description = \"{text}\"")).contains(&RULE),
                "{text}"
            );
        }
    }

    #[test]
    fn noise_within_a_sentence_passes() {
        for text in [
            "Run `test test.xml` once",
            "xxl shirts are back",
            "What happens at 0 connections?",
            "The todo list shrinks",
            "Foo Fighters page",
        ] {
            assert!(
                !rules_of(&format!("description = \"{text}\"")).contains(&RULE),
                "{text}"
            );
        }
    }

    #[test]
    fn the_word_itself_is_pointed_at() {
        let found = findings("description = \"日本 owner TBD\"");
        assert_eq!(found[0].message, "`TBD` is a placeholder");
        assert_eq!(found[0].label.span.len(), 3);
    }

    #[test]
    fn placeholders_are_found_in_prose_and_in_commands() {
        for text in [
            "Owner: TBD",
            "FIXME later",
            "Deploy <service name>",
            "Lorem ipsum dolor",
            "run `git revert <commit>`",
        ] {
            assert!(
                rules_of(&format!("description = '{text}'")).contains(&RULE),
                "{text}"
            );
        }
        let step = "[[deployment.steps]]\ndo = \"Tag it\"\nrun = \"git tag [version]\"";
        assert!(rules_of(step).contains(&RULE));
    }

    #[test]
    fn what_only_looks_like_one_passes() {
        for text in [
            "the todo list",
            "the `TODO` marker is gone",
            "answers \"TBD\" no longer",
            "a `<b>` and a `Vec<T>`",
            "p95 < 5 ms and > 2",
            "mastodon",
            "`map[string]int`",
            "Vec<T> in prose",
            "set `<version>2.1</version>` in the manifest",
        ] {
            assert!(
                !rules_of(&format!("description = '{text}'")).contains(&RULE),
                "{text}"
            );
        }
    }

    #[test]
    fn words_in_brackets_are_found() {
        for text in [
            "On [DATE] between [START] and [END] it is not available",
            "Dear [team name]",
            "Call [insert number]",
        ] {
            let text = format!("communication.summary = \"{text}\"");
            assert!(rules_of(&text).contains(&RULE), "{text}");
        }
    }

    #[test]
    fn gaps_of_a_template_in_a_message_are_found() {
        for text in [
            "On __.__.____ the tracker is not available",
            "On DD.MM.YYYY from HH:MM to HH:MM",
            "Hello NAME, it is not available on DATE",
            "Not available from {{start}} to {{end}}",
            "Maintenance from ... to ...",
            "On xx January it is down",
        ] {
            let text = format!("communication.summary = \"{text}\"");
            assert!(rules_of(&text).contains(&RULE), "{text}");
        }
    }

    #[test]
    fn messages_without_gaps_are_accepted() {
        for text in [
            "On 14 January from 06:00 to 08:00 ... and thanks for your patience",
            "The export writes dates as \\\"DD.MM.YYYY\\\"",
            "The parameter START is gone from NAME records",
            "Size XX shirts are back",
            "The file my__name is gone",
            "Read about the {new} menu",
        ] {
            let text = format!("communication.summary = \"{text}\"");
            let found = rules_of(&text);
            assert!(!found.contains(&RULE), "{text} {found:?}");
        }
    }

    #[test]
    fn variable_of_a_template_as_whole_text_is_found() {
        for text in [
            "$AFFECTED_SYSTEMS",
            "{{ blast_radius }}",
            "[affected users]",
            "to be completed",
            "tbc with Jens",
        ] {
            let text = format!("risk.blast_radius = \"{text}\"");
            assert!(rules_of(&text).contains(&RULE), "{text}");
        }
    }

    #[test]
    fn other_words_in_brackets_are_accepted() {
        for text in [
            "The log shows [ERROR] no more",
            "[checkout] pool=40",
            "Names such as items[0]",
            "HTML with a <picture> element",
        ] {
            let text = format!("description = \"{text}\"");
            assert!(!rules_of(&text).contains(&RULE), "{text}");
        }
    }

    #[test]
    fn sentences_in_angle_brackets_are_found() {
        for text in [
            "<which users/services are affected>",
            "<observable signal, e.g. errors above X % for Y minutes>",
        ] {
            let text = format!("risk.blast_radius = \"{text}\"");
            assert!(rules_of(&text).contains(&RULE), "{text}");
        }
        let text = "description = \"p95 <80 ms and rows > 5\"";
        assert!(!rules_of(text).contains(&RULE));
    }

    #[test]
    fn draft_is_suggested_only_if_the_ticket_can_become_one() {
        let text = "description = \"Owner: TBD\"";
        let help = "replace the placeholder with the actual value";
        for state in ["state = \"draft\"\n", "state = \"\"\n"] {
            let found = help_of(RULE, &format!("{state}{text}"));
            assert_eq!(found, help, "{state}");
        }
        let deploying = help_of(RULE, &format!("state = \"deploying\"\n{text}"));
        assert_eq!(deploying, help);
        let proposed = help_of(RULE, text);
        let draft = "if it is not known yet, set `state = \"draft\"`";
        assert_eq!(proposed, format!("{help}; {draft}"));
    }
}

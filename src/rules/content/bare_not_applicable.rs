//! A text that is only "not applicable" or "ok", without a reason.

use crate::config::Level;
use crate::finding::{Finding, Severity};
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::shorten;
use crate::text::{Code, Words, is_hollow};
use crate::ticket::{Text, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "content/bare-not-applicable",
    Level::Error,
    "`N/A` or `ok` without a reason",
    include_str!("bare_not_applicable.md"),
    &[Check::Ticket(check)],
);

/// Texts that mean "not applicable"; the longer ones come first.
const EMPTY: [&str; 9] = [
    "not applicable",
    "not needed",
    "not required",
    "nothing",
    "none",
    "n/a",
    "nil",
    "na",
    "n a",
];

/// Reasons that would apply to any change.
static REASONS: Words = Words::new(
    "has have problem problems expect expected change backward backwards compatible low risk safe simple small trivial minor easy straightforward tested test \
     reviewed harmless standard routine usual normal here ticket fully no not applicable needed required",
);

/// Answers that don't say what was examined.
const NODS: [&str; 12] = [
    "ok", "okay", "yes", "y", "fine", "done", "good", "low", "lgtm", "checked", "reviewed", "tbd",
];

/// No other answer is as long, in bytes.
const MAX_ANSWER: usize = 16;

/// Fields that ask what there is, so that nothing is an answer.
const QUESTIONS: [&str; 2] = ["rollback.loses", "communication.action"];

/// Answers to questions about impact: there is none.
const ANSWERS: [&str; 2] = ["none", "nothing"];

fn check(ticket: &Ticket, ctx: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    for text in &ctx.plan_texts {
        if !is_bare(text) {
            continue;
        }
        let said = shorten(text.text.trim());
        let finding = RULE
            .finding(ticket.place(), text.span, "no reason given")
            .message(format!(
                "{} says only `{said}`, without a reason",
                text.location()
            ))
            .help(format!(
                "write the reason instead, such as `{}`",
                example(&text.path)
            ))
            .anchor(&text.path);
        // Steps that only read need none, and often say so in two words.
        let finding = if text.path.ends_with(".undo") {
            finding.at_most(Severity::Note)
        } else {
            finding
        };
        findings.push(finding);
    }
}

/// A reason that fits the field.
fn example(path: &str) -> &'static str {
    if path.starts_with("rollback") || path.ends_with("undo") {
        "nothing to undo: read-only"
    } else if path.ends_with(".locks") {
        "no locks: new table only"
    } else if path == "review.impact" || path == "risk.blast_radius" {
        "no impact: documentation only"
    } else {
        "not applicable: documentation only"
    }
}

fn is_bare(text: &Text) -> bool {
    let bare = text.text.trim_matches(|c: char| !c.is_alphanumeric());
    // Most texts say more; only those that begin with "n" may have a reason after the answer.
    if bare.len() > MAX_ANSWER && !bare.starts_with(['n', 'N']) {
        return false;
    }
    let bare = bare.to_lowercase();
    let bare = bare.split_whitespace().collect::<Vec<_>>().join(" ");
    let answers_review = text.path.starts_with("review.") || text.path == "communication.summary";
    let may_be_none = answers_review || QUESTIONS.contains(&text.path.as_str());
    if may_be_none && ANSWERS.contains(&bare.as_str()) {
        return false;
    }
    let is_nod = || answers_review && NODS.contains(&bare.as_str());
    let is_empty = |empty: &&str| {
        bare.strip_prefix(*empty).is_some_and(|rest| {
            rest.is_empty()
                || (*empty != "nothing"
                    && rest.starts_with(|c: char| !c.is_alphanumeric())
                    && is_hollow(rest, &[&REASONS], Code::Speaks))
        })
    };
    is_nod() || EMPTY.iter().any(is_empty)
}

#[cfg(test)]
mod tests {
    use crate::finding::Severity;
    use crate::rules::testing::{findings, help_of, rules_of};

    const RULE: &str = "content/bare-not-applicable";

    #[test]
    fn step_without_undo_is_only_a_note() {
        let found =
            findings("deployment = [{ do = \"Refresh the statistics\", undo = \"Not needed\" }]");
        let found = found.iter().find(|found| found.rule == RULE);
        assert_eq!(found.unwrap().severity, Severity::Note);
    }

    #[track_caller]
    fn assert_reported(expected: bool, key: &str, texts: &[&str]) {
        for text in texts {
            let value = if key == "rollback" {
                format!("rollback = [\"{text}\"]")
            } else {
                format!("{key} = \"{text}\"")
            };
            assert_eq!(rules_of(&value).contains(&RULE), expected, "{value}");
        }
    }

    #[test]
    fn bare_word_is_found_with_any_punctuation() {
        let bare = ["N/A", "n/a.", "None", "- none -", "Not  applicable", "NIL"];
        assert_reported(true, "rollback", &bare);
    }

    #[test]
    fn reason_that_holds_for_any_change_is_none() {
        let hollow = [
            "N/A - low risk",
            "Not needed: the change is backward compatible",
            "n/a (simple change, tested)",
            "Not applicable for this change",
            "Not needed, the change has no risk",
            "None, no problems expected",
        ];
        assert_reported(true, "rollback", &hollow);
    }

    #[test]
    fn any_further_word_is_a_reason() {
        let reasons = [
            "None: reads only",
            "n/a, nothing is stored",
            "Nothing to undo",
            "Nothing changed",
            "nada",
            "not needed since v2",
            "no",
            "Not needed: `orders` is read-only",
        ];
        assert_reported(false, "rollback", &reasons);
    }

    #[test]
    fn nods_are_no_review() {
        assert_reported(true, "review.impact", &["ok", "Yes.", "fine", "low", "n/a"]);
        assert_reported(true, "communication.summary", &["done"]);
    }

    #[test]
    fn no_impact_is_an_answer() {
        let answers = ["none", "no impact", "not affected", "Low: reads only"];
        assert_reported(false, "review.impact", &answers);
        assert_reported(false, "rollback", &["ok"]);
        assert_reported(false, "communication.action", &["None."]);
    }

    #[test]
    fn example_of_the_help_fits_the_field_and_is_accepted() {
        for (value, example) in [
            ("rollback = [\"TEXT\"]", "nothing to undo: read-only"),
            (
                "validation = [\"TEXT\"]",
                "not applicable: documentation only",
            ),
            ("schema_change.locks = \"TEXT\"", "no locks: new table only"),
            ("review.impact = \"TEXT\"", "no impact: documentation only"),
            (
                "deployment = [{ do = \"Run `a.sql`\", undo = \"TEXT\" }]",
                "nothing to undo: read-only",
            ),
        ] {
            let help = help_of(RULE, &value.replace("TEXT", "n/a"));
            assert_eq!(
                help,
                format!("write the reason instead, such as `{example}`")
            );
            let fixed = value.replace("TEXT", example);
            assert!(!rules_of(&fixed).contains(&RULE), "{fixed}");
        }
    }
}

//! A justification of which every word could justify any change.

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::ticket::Ticket;

use crate::text::{Code, Pattern, WordForms, Words, is_hollow, is_stop_word, words};

pub(super) const RULE: Rule = Rule::new(
    "content/justification-without-value",
    Level::Warning,
    "justification that could apply to any change",
    include_str!("justification_without_value.md"),
    &[Check::Ticket(check)],
);

/// What any change is justified by.
pub(super) static WORDS: Words = Words::new(
    "change ticket task work story item issue sprint release backlog roadmap plan planned part \
     need needed require required requirement necessary important urgent have has had do does \
     done make implement deploy go live improve improvement update fix out carried carry best \
     practice industry standard keep software current stable stability secure security \
     performance reliability reliable ensure guarantee quality modern compliance recommended \
     technical tech debt asap requested wants customer up date situation adjustment operation \
     sense finally everybody everyone better useful helpful nice good long overdue various bring regular patch patching cycle bug new feature some \
     newer newest latest version many several lot optimal vendor supplier manufacturer provider line time list team management business stakeholder wish want ask request future \
     modernize modernise housekeeping general generally overall benefit advantage proper properly clean cleaner tidy efficient efficiency easy easier robust robustness maintainable \
     maintainability scalable scalability flexible flexibility present existing setting one more most not even much way help align strategy strategic follow stay use technology thing order system user always run solution outdated \
     recommend recommendation ideal suitable optimise optimize optimisation optimization continuous continual purpose reason project safe side convenient comfort colleague repeated repeatedly everything else",
);

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let text = &ticket.justification;
    if !is_without_value(&text.text) && !is_mostly_general(ticket) {
        return;
    }
    let finding = RULE
        .finding(ticket.place(), text.span, "no specific reason")
        .message("the justification could apply to any change")
        .help("describe what is wrong today, who is affected, and what will improve, with numbers if you have them")
        .anchor("justification");
    findings.push(finding);
}

/// Whether a justification could apply to any change.
pub(super) fn is_without_value(text: &str) -> bool {
    is_hollow(text, &[&WORDS, &ANYTHING], Code::Speaks) || only_agreed(text)
}

/// Phrases that praise a change without a fact.
static PRAISE: Pattern = Pattern::new(
    r"(?ix)\b(?:up\s+to\s+date|(?:no\s+longer|not)\s+the\s+(?:latest|newest)|roadmap|makes?\s+sense|good\s+(?:moment|time|opportunity)|state[\s-]of[\s-]the[\s-]art|future[\s-]proof|best\s+practices?
        |(?:clear|big|great|real|nice)\s+improvements?|nicer|more\s+(?:comfortable|convenient|pleasant)
        |many\s+(?:improvements|advantages|benefits)|improves?\s+(?:the\s+)?(?:overall\s+)?(?:stability|performance|security|quality|reliability|maintainability|usability|user\s+experience)|long\s+term|modern|moderni[sz]ation|faster|smooth(?:ly)?)\b",
);
/// Things that any change is about.
static ANYTHING: Words = Words::new(
    "configuration project avoid problem future-proof maintenance quarter quarterly year yearly annual regularly department operation complain complaint replace appropriate course happy happier due big great small little feel feeling desire desirable meet expectation demand tune tuning website web site server portal cluster data database instance meeting discussion instruction lots cost \
     ready consistent consistency uniform unified homogeneous standardise standardize standardisation standardization harmonise harmonize \
     clear once nicer nice comfortable convenient pleasant moment fast faster smooth smoothly stable ongoing decide decided modernisation modernization layer platform component environment infrastructure landscape opportunity step release now today currently life \
     work experience well thus therefore moreover furthermore addition additionally also us together right way look forward",
);
/// One word in so many may be another one.
const WORDS_PER_OTHER: usize = 6;

/// Whether a justification praises the change in general words, and hardly has another one that
/// isn't in the title.
fn is_mostly_general(ticket: &Ticket) -> bool {
    let text = &ticket.justification.text;
    if !PRAISE.is_match(text)
        || has_reason(text)
        || text.contains(|c: char| c.is_numeric() || "`\"“/".contains(c))
    {
        return false;
    }
    let titled: WordForms<'_> = words(&ticket.title.text).collect();
    let all = words(text).count();
    let other = words(text).filter(|word| {
        !is_stop_word(word) && !WORDS.has(word) && !ANYTHING.has(word) && !titled.has(word)
    });
    other.count() <= all / WORDS_PER_OTHER
}

/// A clause with the reason for something.
static CLAUSE: Pattern = Pattern::new(r"(?i)\b(?:because|since|as|so\s+that)\s+(?P<reason>[^.;]+)");

/// Whether a text has a word of a reason, other than before a clause that fits any change.
fn has_reason(text: &str) -> bool {
    let rest = CLAUSE.replace_all(text, |found: &regex::Captures<'_>| {
        let reason = &found["reason"];
        let is_general = is_hollow(reason, &[&WORDS, &ANYTHING, &TERM], Code::Speaks);
        if is_general {
            String::new()
        } else {
            found[0].to_owned()
        }
    });
    REASON.is_match(&rest)
}

static TERM: Words = Words::new("long term run");

/// A sentence that says who spoke about the change, and no reason.
static AGREED: Pattern =
    Pattern::new(r"(?i)\b(?:discussed|agreed|decided|talked\s+about|planned)\b");
/// Words of a reason.
static REASON: Pattern = Pattern::new(
    r"(?i)\b(?:because|since|so\s+that|otherwise|due\s+to|fail\w*|error\w*|cannot|can't|lose\w*|lost|break\w*|broken|slow\w*|outage\w*|expire\w*|cost\w*|risk\w*|until|before)\b",
);

/// Whether each sentence either fits any change, or only says that it was discussed.
fn only_agreed(text: &str) -> bool {
    if has_reason(text) || text.contains(|c: char| c.is_numeric() || "`\"“".contains(c)) {
        return false;
    }
    let sentences = || {
        text.split(['.', '!', ';', '\n'])
            .filter(|it| !it.trim().is_empty())
    };
    sentences().any(|sentence| AGREED.is_match(sentence))
        && sentences().all(|sentence| {
            AGREED.is_match(sentence) || is_hollow(sentence, &[&WORDS], Code::Speaks)
        })
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    const RULE: &str = "content/justification-without-value";

    #[test]
    fn what_could_justify_any_change_is_found() {
        for text in [
            "This change is needed",
            "Part of the sprint",
            "Required for the release",
            "It has to be done",
            "Planned work",
            "The newer version brings many improvements, and it is good practice to stay up to date.",
            "The present setting is not optimal and the new one is better and more in line with best practices. It has been on the team's list for some time.",
            "Requested by management",
            "We want to use modern technology and follow industry standards.",
            "To improve performance and make the system more stable for our users.",
            "The current solution is outdated.",
            "The vendor recommends it and we want to follow the recommendation.",
            "It is better this way and will avoid problems in the future.",
            "To be on the safe side.",
            "The current setting is outdated and should be replaced by a more suitable one.",
            "As part of our continuous improvement we are optimising the platform.",
            "For security reasons.",
            "The change is necessary to ensure smooth operation in the future.",
            "The platform team has decided to do this as part of the ongoing modernisation.",
            "More connections make the service faster and more stable for everybody.",
            "The upgrade has been on the roadmap for some time and now is a good moment for it. It improves the overall stability and maintainability of the platform.",
            "The version in use is no longer the latest. It makes sense to keep the software up to date, and the new release brings many improvements for users as well as for us.",
            "It was agreed in the web meeting that the server should run on a separate machine, since this is the better solution in the long term.",
        ] {
            assert!(
                rules_of(&format!("justification = \"{text}\"")).contains(&RULE),
                "{text}"
            );
        }
    }

    #[test]
    fn a_word_of_substance_is_enough() {
        for text in [
            "Needed for PCI",
            "Orders fail",
            "Required by `billing`",
            "The certificate expires",
            "Sprint 12",
            "Kunden warten",
            "The old version is no longer supported",
            "Management loses the weekly report",
            "The newer version fixes the memory leak",
            "Best practice: two DNS servers in other networks",
            "Stakeholders wait for two hours",
            "Users wait for the list",
            "Colleagues complain about logouts",
            "The department pays for both",
            "For safety reasons the crane stops at wind above the limit",
            "The vendor recommends to disable TLS",
            "The database is full",
            "The system loses orders",
            "It makes sense to move the index before the fair: visitors search by hall",
            "Improves the performance of the checkout for shoppers with slow phones",
            "The version is no longer the latest, and the vendor closes tickets for it",
            "It was agreed in the meeting, since the teachers cannot log in at home",
            "A good moment: the archive is closed and the readers are on holiday",
        ] {
            assert!(
                !rules_of(&format!("justification = \"{text}\"")).contains(&RULE),
                "{text}"
            );
        }
    }

    #[test]
    fn talk_about_the_change_is_no_reason() {
        for text in [
            "As discussed with Torsten in the last meeting. It makes sense to finally do this.",
            "This adjustment is needed and was agreed in the IT round. It improves the situation for everybody.",
        ] {
            let text = format!("justification = \"{text}\"");
            assert!(rules_of(&text).contains(&RULE), "{text}");
        }
    }

    #[test]
    fn talk_with_a_reason_is_accepted() {
        for text in [
            "Agreed with finance: 340 contracts are on paper",
            "Discussed with Torsten, because DB03 fails over twice a week",
            "Requested by legal. Exports hold personal data, and nobody deletes them.",
            "As discussed, `pool=20` is too small",
        ] {
            let text = format!("justification = '{text}'");
            assert!(!rules_of(&text).contains(&RULE), "{text}");
        }
    }
}

//! Phrases that say nothing definite: decisions that are left open, and hopes instead of
//! observations.
//!
//! English only.

use super::pattern::Pattern;
use super::step::sentence;

/// A decision that is left to somebody, or to a later time.
static DEFERRAL: Pattern = Pattern::new(
    r"(?ix)
        \b (?: whichever | whatever ) \s+ (?: is | are | turns? | works? | seems? | looks? | suits? | fits | proves? | appears? | feels? | makes | we | you | they | he | she ) \b [^,.;]{0,60}
        | \b (?: will | shall | must | has | have | needs? | still | yet | remains? ) \s+ (?: still \s+ )? (?: to \s+ )? be \s+
            (?: decided | agreed | clarified | settled | (?: worked | sorted | figured ) \s+ out ) \b
        | \b to \s+ be \s+ (?: decided | clarified | settled | agreed | discussed | confirmed | determined | chosen | defined | announced | specified | provided | (?: worked | sorted | figured ) \s+ out ) \b
        | \b (?: decide[ds]? | deciding | choose | chosen | pick(?:ed)? | agreed? | determined? | (?: figure | work ) \s+ (?: it \s+ )? out | see | play ) \s+ (?: [\w']+ \s+ ){0,5}?
            (?: on \s+ the \s+ (?: day | spot | night | fly ) | at \s+ the \s+ time | by \s+ ear | during \s+ the \s+ (?: window | change | maintenance | call | night ) ) \b
        | \b (?: not \s+ (?: yet \s+ )? | yet \s+ to \s+ be \s+ ) (?: decided | settled | clarified | agreed ) \b
        | \b still \s+ (?: has | have | need | needs ) \s+ to \s+ (?: be \s+ )? (?: settled? | decided? | agreed? | clarif\w+ | discuss\w* | find \s+ out ) \b
        | \b (?: i | we | they | he | she ) \s+ still \s+ (?: has | have | needs? ) \s+ to \s+ (?: settle | decide | agree | clarify | discuss | find \s+ out | check ) \b
        | \b (?: is | are ) \s+ still \s+ (?: unclear | undecided | under \s+ discussion | being \s+ (?: discussed | decided | clarified ) ) \b
        | \b undecided \b
        | \b (?: i | we | they ) \s+ (?: do \s+ not | don['’]t ) \s+ know \s+ (?: yet | which | what | how | whether | if | where | when ) \b
        | \b depending \s+ on \s+ (?: what \s | how \s+ (?: it | things | we | everything | much \s+ time | the \s+ day ) \b | who \b | (?: the \s+ )? (?: mood | situation ) \b )
        | \b somewhere \s+ (?: between | around ) \b
        | \b as \s+ (?: (?: we | you | they | he | she ) \s+ sees? | seen | deemed ) \s+ (?: fit | necessary | appropriate ) \b
        | \b (?: time \s+ permitting | if \s+ time \s+ (?: permits | allows ) | if \s+ (?: there \s+ is | there['’]s | we \s+ have ) \s+ (?: still \s+ )? (?: enough \s+ )? time ) \b
        | \b ask \s+ (?: [\w']+ \s+ ){1,3}? (?: which | what | how | where ) \b
        | \b (?: whichever | whatever ) \s+ (?: the \s+ | our \s+ | my \s+ )? (?: [\p{L}-]+ \s+ ){1,2} (?: thinks? | prefers? | finds? | considers? | likes? | wants? | suits? | decides? | chooses? | is \s+ (?: easier | better | simpler | quicker | faster | free | available ) ) \b
        | \b (?: as | where | how ) \s+ (?: it | best | (?: he | she | they | you | we | the \s+ [\p{L}-]+ (?: \s+ [\p{L}-]+ )? ) ) \s+ (?: suits? | prefers? | likes? | thinks? \s+ (?: best | fit | right ) ) \b
        | \b at \s+ (?: his | her | their | your | our | the \s+ [\p{L}-]+ ['’]s ) \s+ discretion \b
        | \b who (?: ever ) \s+ (?: has \s+ (?: time | capacity ) | finds | happens | is \s+ (?: free | available | around | there | in ) ) \b
        | \b (?: we | i ) (?: \s+ will | ['’]ll ) \s+ see \s* (?: $ | [,.;] | whether \b | if \b | how \b | when \b | which \b | on \s+ the \s+ day \b )
        | \b let['’]s \s+ see \b
        | \b try \s+ (?: something | anything ) \s+ (?: else | different | similar ) \b | \b (?: find | look \s+ for ) \s+ (?: another | some \s+ other | a \s+ different ) \s+ (?: way | solution ) \b | \b improvis\w+
        | \b (?: will | shall | must ) \s+ be \s+ (?: determined | chosen | defined | named | specified | fixed ) \s+ (?: later | then | on \s+ the \s+ day | beforehand | by \s+ (?: the \s+ )? (?: vendor | supplier | provider | manufacturer | team | dbas? | admins? | customer | consultant | \p{L}+ \s+ (?: team | department | lead ) ) ) \b
        | \b (?: how | what | which | whether | when | who ) \b [^.;,]{1,60} \b (?: is | are ) \s+ (?: still \s+ | as \s+ yet \s+ )? (?: unknown | open | unclear | not \s+ (?: yet \s+ )? (?: known | clear | decided ) ) \b
        | \b (?: at \s+ once | immediately | right \s+ away | the \s+ same \s+ (?: day | evening | night ) | tonight | today | this \s+ week ) \s* ,? \s+ or \s+ (?: else \s+ )? (?: in | at | on | the | during | later | tomorrow | next ) \b
        | \b (?: same | exact ) \s+ or \s+ similar \b | \b or \s+ something \s+ (?: similar | like \s+ (?: that | this | it ) ) \b | \b something \s+ (?: like | between | around ) \b
        | \b (?: then | and | we | to | team | vendor | dbas? ) \s+ (?: then \s+ )? decides? \s+ (?: together \s+ )? (?: how | which | what | who | when | where ) \b
        | \b (?: somehow \s+ or \s+ other | one \s+ way \s+ or \s+ (?: another | the \s+ other ) ) \b
        | , \s+ etc\b \.?
        | (?: ^ | [.;] \s+ ) (?: somebody | someone ) \s+ (?: from | of | in | on ) \b
        | \b (?: \p{L}+ \s+ knows | they \s+ know ) \s+ (?: how \b | which \b | what \b | where \b | the \s+ (?: details | procedure | steps ) \b )
        ",
);
/// Values, measures, and procedures that are not named: "suitable values", "as discussed".
static UNNAMED: Pattern = Pattern::new(
    r"(?ix)
          \b (?: roll-?back | fall-?back | back-?out | recovery ) \s+ (?: plan | procedure | steps? | concept | script ) \s+ (?: is | are | will \s+ be ) \s+ (?: being \s+ | still \s+ )? (?: prepared | written | created | developed | defined | drawn \s+ up | delivered | handed \s+ in | provided | supplied ) \b
        | \b take \s+ (?: the \s+ | any \s+ )? (?: suitable | appropriate | necessary | corrective | required | adequate | proper | further ) \s+ (?: counter)?(?: measures? | actions? | steps ) \b
        | \b (?: suitable | appropriate | sensible | reasonable | adequate | fitting ) \s+ (?: new \s+ )? (?: values? | settings? | numbers? | sizes? | limits? | amounts? | parameters? | thresholds? ) \b
        | \b (?: values? | settings? | numbers? | sizes? | limits? | parameters? ) \s+ that \s+ (?: suits? | fits? | makes? \s+ sense | works? \s+ best | seems? | looks? ) \b
        | \b (?: adjust | adapt | set | change | configure | tune | tweak | raise | lower | increase | reduce | scale | size | resize | update | extend ) \b (?: [^.;:] | \. \w ){0,80} \b (?: appropriately | suitably | sensibly | as \s+ (?: needed | necessary | required | appropriate ) ) \b
        | \b will \s+ (?: be \s+ )? (?: shared? | provided? | sent | send | supplied | supply | added? | filled \s+ in | announced? | communicated? | posted? | named? | follow | handed \s+ over ) \s+
            (?: later | soon | shortly | separately | nearer | closer | beforehand | in \s+ (?: due | good ) \s+ (?: time | course ) | in \s+ (?: the | our ) \s+ (?: chat | channel | call | meeting ) ) \b
        | \b (?: details | commands | values | numbers | names | list | steps | instructions | credentials ) \s+ (?: to \s+ )? follow \b
        | ^ \s* (?: do | proceed | continue | deploy | run | update | upgrade | roll \s+ out | set | restart | configure | follow ) \b [^.;:0-9]{0,60} \b as \s+ (?: discussed | agreed | explained | last \s+ time | always | usual ) \b
        | \b see \s+ (?: the \s+ | our \s+ | my \s+ )? (?: \w+ \s+ )? (?: chat | thread | mails? | e-?mails? | call | conversation | whiteboard ) \b
        | \b (?: change | adjust | update | set | apply | tweak | edit | fix ) \s+ (?: some | several | various | the \s+ usual | the \s+ relevant | the \s+ necessary | the \s+ required | all \s+ necessary | all \s+ relevant | any \s+ necessary ) \s+ (?: other \s+ )? (?: \w+ \s+ )? (?: settings? | values? | parameters? | things? | entries | files? | tweaks? | changes? | options? | config(?:uration)? | configurations ) \b
        | \b (?: do | does ) \s+ the \s+ usual \b
        | \b (?: may | might ) \s+ (?: also \s+ )? (?: be \s+ (?: necessary | needed | required ) | (?: have | need ) \s+ to \s+ be ) \b
        | \b could \s+ also \s+ be \s+ (?: done | changed | updated | restarted | set | moved ) \b
        ",
);
/// A word of each alternative of [`UNNAMED`], which is slow.
static UNNAMED_HINT: Pattern = Pattern::new(
    r"(?i)back|recovery|measure|action|steps|suitabl|appropriate|sensibl|reasonabl|adequate|fitting|that\s+(?:suit|fit|make|work|seem|look)|needed|necessary|required|will\s|follow|discussed|agreed|explained|last\s+time|always|usual|\bsee\s|some\s|several|various|relevant|may\s|might\s|could\s",
);
/// A number, a setting, or a reference in the same sentence: what is not named before is named there.
static NAMES: Pattern = Pattern::new(r"[0-9=#%:/]");
/// What makes "whichever" a rule instead of an open decision.
static DECIDED_BY: Pattern = Pattern::new(
    r"(?i)^whichever\s+(?:is|are)\s+(?:the\s+)?(?:first|earlier|earliest|later|latest|sooner|higher|lower|greater|larger|smaller|longer|shorter|less|more|active|primary|passive|standby|leader|up|live|idle)\b",
);

/// The words of a text that leave a decision open, such as "whichever turns out to be quicker" or
/// "will be agreed on the day".
pub(crate) fn deferral(text: &str) -> Option<&str> {
    let unnamed = UNNAMED_HINT.is_match(text).then(|| {
        UNNAMED
            .find_iter(text)
            .filter(|found| !NAMES.is_match(sentence(text, found.end())))
    });
    DEFERRAL
        .find_iter(text)
        .chain(unnamed.into_iter().flatten())
        .filter(|found| {
            found.as_str().starts_with("to be ") || !is_in_parentheses(text, found.start())
        })
        .map(|found| found.as_str().trim_matches([' ', ',', ';', '\n']))
        .find(|found| !DECIDED_BY.is_match(found))
}

/// Whether a place in a text is in parentheses, where examples are given.
fn is_in_parentheses(text: &str, at: usize) -> bool {
    let before = &text[text.ceil_char_boundary(at.saturating_sub(MAX_PARENTHESIS))..at];
    match (before.rfind('('), before.rfind(')')) {
        (Some(open), Some(close)) => open > close,
        (open, None) => open.is_some(),
        (None, Some(_)) => false,
    }
}

/// Maximum length of a text in parentheses, in bytes.
const MAX_PARENTHESIS: usize = 300;

/// What is hoped for, without a way to see it.
static HOPE: Pattern = Pattern::new(
    r"(?ix)
        \b (?: works? | working | functions? | functioning | runs? | running | behaves? | behaving | performs? | performing | operates? | responds? | flows? | (?: comes? | goes | go | get | gets ) \s+ (?: in | out | up | through ) ) \s+
          (?: (?: just | still | all ) \s+ )?
          (?: as \s+ (?: expected | before | usual | normal | intended | desired | designed | planned | (?: it | they ) \s+ should )
            | normal(?:ly)? | fine | ok(?:ay)? | well | properly | correctly | smoothly | nicely | flawlessly | cleanly | reliably
            | without \s+ (?: any \s+ )? (?: problems? | issues? | trouble | complaints? ) ) \b
        | \b (?: is | are | looks? | looking | seems? | feels? | stays? | remains? ) \s+ (?: all \s+ | still \s+ )?
          (?: ok(?:ay)? | fine | good | alright | normal | correct | happy | reasonable | sane | satisfied | in \s+ order | as \s+ (?: expected | usual | it \s+ should (?: \s+ be )? ) ) \b
        | \b no \s+ (?: obvious \s+ | major \s+ | big \s+ | further \s+ )? (?: problems? | issues? | complaints? | anomal(?:y|ies) ) \b
        | \b no \s+ (?: obvious | unusual | strange | weird | odd | suspicious | unexpected ) \s+ \p{L}+
        | \b (?: anything | something | nothing ) \s+ (?: is \s+ | looks \s+ | seems \s+ | that \s+ (?: is | looks | seems ) \s+ )? (?: unusual | odd | strange | weird | suspicious | wrong | abnormal | unexpected | off | broken | bad | out \s+ of \s+ the \s+ ordinary ) \b
        | \b nothing \s+ (?: breaks? | broke | fails | goes \s+ wrong | went \s+ wrong ) \b
        | \b (?: everything | all | they ) \s+ (?: is | are ) \s+ in \s+ (?: the \s+ | a \s+ )? (?: expected | right | correct | good | desired | proper ) \s+ (?: state | order | place | shape ) \b
        | \b no \s+ (?: negative | bad | adverse ) \s+ (?: feedback | reactions? | comments? | reports? | effects? ) \b
        | \b (?: fast | quick | good | stable | responsive ) \s+ enough \b | \b (?: better | faster | quicker | more \s+ (?: stable | responsive ) ) \s+ than \s+ (?: before | now | today | previously | in \s+ the \s+ past ) \b
        | \b (?: is | are | looks? | seems? ) \s+ (?: all \s+ right | plausible | sensible | acceptable | satisfactory ) \b
        | \b click (?: s | ing )? \s+ (?: through | around ) \b | \b play (?: s | ing )? \s+ around \b
        | \b gives? \s+ (?: his | her | their | the | its | an | a ) \s+ (?: final \s+ )? (?: ok | okay | go | approval | thumbs? \s+ up | feedback ) \b
        | \b (?: keep | keeping ) \s+ (?: an \s+ | a \s+ close \s+ | a \s+ watchful \s+ )? eye \b
        ",
);

/// Whether a text says that something works, or that somebody looks, without what is seen: "works
/// as expected", "keep an eye on the mail flow".
pub(crate) fn hopes(text: &str) -> bool {
    HOPE.is_match(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decisions_that_are_left_open_are_found() {
        for text in [
            "Copy or catalog them, whichever turns out to be quicker on the day",
            "The number will be agreed with the vendor on the day",
            "Which hosts go first has still to be decided",
            "We choose the region on the spot",
            "Set the limit somewhere between 8 and 20",
            "Ask Marek which pools are affected",
            "The rest depending on how it goes",
            "We don't know yet how many shards",
            "Petra knows how to restart it",
            "Restart the others as we see fit",
            "Migrate the archive too, time permitting",
            "Restart nginx, php-fpm, etc. on the web servers",
            "Somebody from the network team opens the ports",
            "Either close it in TOS or use manual mode, whichever the gate supervisor thinks is better",
            "Restart it at once or in the night, as it suits the depots",
            "Restart it at once or in the night",
            "Whoever has time does the other node",
            "Reload the pool, we'll see",
            "If that doesn't work, try something else",
            "The order will be determined by the vendor",
            "Restart it; how long this takes is unknown",
            "Set work_mem to something between 8 and 16 MB",
            "Talk to the depots and then decide how to go on",
            "Set the limit (value to be agreed with Jens)",
            "Some restarts may be necessary",
        ] {
            assert!(deferral(text).is_some(), "{text}");
        }
    }

    #[test]
    fn rules_and_facts_are_not_open_decisions() {
        for text in [
            "Wait 30 minutes or 1,000 requests, whichever comes first",
            "Use 10% or 5 hosts, whichever is lower",
            "Upgrade whichever is standby first",
            "Decided on Monday: eu first",
            "Ask the DBA for the go",
            "Ask the shift leader whether the belt is empty; if not, wait",
            "Everybody knows the number of the hotline",
            "The leader will be elected by the cluster",
            "The pods still have to drain",
            "Edit /etc/hosts, /etc/resolv.conf",
            "Drop group 1, wait until it is inactive, and so on to group 4",
            "Restart the web servers (nginx, php-fpm, etc.) with `web restart`",
            "If somebody from operations objects, stop",
            "Depending on the size it takes 5 to 10 minutes",
            "The index must be created by the owner",
            "The new limit was agreed with the vendor",
            "Whoever is on call holds the pager",
            "The order of the records is determined by the parser",
            "Gwen Pritchard decides whether we go on",
            "A second run may be needed if the lag is above 5 s",
            "Ask the shift leader whether the lane must close; if so, wait",
            "The resolver decides which pool answers",
            "Stop and tell the duty manager, as the customer wants",
            "Unknown hosts are logged with what they sent",
            "Set the mode to whichever is active",
        ] {
            assert_eq!(deferral(text), None, "{text}");
        }
    }

    #[test]
    fn hopes_are_found() {
        for text in [
            "Make sure that mail comes in normally",
            "Check the logs on both servers for anything unusual",
            "Keep an eye on the queue",
            "Sales confirms that all is as expected",
            "Printing works without problems",
            "No strange messages",
            "Nothing breaks",
            "The results look reasonable",
            "Checks verify that everything is in the expected state",
            "No negative feedback in the next days",
            "The application is fast enough",
            "Performance is better than before",
            "See whether the values look plausible",
            "Click through the application a bit",
            "Piet takes a look and gives his OK",
        ] {
            assert!(hopes(text), "{text}");
        }
    }

    #[test]
    fn observations_are_not_hopes() {
        for text in [
            "Mail from gmx.de arrives",
            "The queue is empty",
            "All nine pods are Ready",
            "No ERROR line",
            "The label prints",
            "The export has a row for each branch",
            "Both links are up",
            "The scanner lists nothing",
            "Orders come in from both shops",
            "The page shows the new logo",
            "All nine brokers are healthy in Cruise Control",
            "The dispatcher gives the tour to driver 12",
            "The disk has enough room for the dump",
            "The queue is shorter than before the fair",
            "The guard reacts if the door stays open",
            "The right half of the screen is blue",
        ] {
            assert!(!hopes(text), "{text}");
        }
    }
}

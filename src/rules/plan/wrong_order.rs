//! Steps that are in the wrong order: what others need comes too late, or what others use is
//! removed too early.

use std::collections::{HashMap, HashSet};

use crate::config::Level;
use crate::finding::Finding;
use crate::rules::rule::{Check, Rule, TicketContext};
use crate::source::{Label, shorten};
use crate::text::{Activity, Environment, Pattern, is_read_only, locate, whole_text};
use crate::ticket::{Phase, Step, Ticket};

pub(super) const RULE: Rule = Rule::new(
    "plan/wrong-order",
    Level::Warning,
    "steps in the wrong order",
    include_str!("wrong_order.md"),
    &[Check::Ticket(check)],
);

static LOWERS_TTL: Pattern =
    Pattern::new(r"(?i)\b(?:lower|reduce|decrease|shorten|drop|cut)s?\b[^.;]*\bttl\b");
static CHANGES_RECORD: Pattern = Pattern::new(
    r"(?i)\b(?:change|switch|point|repoint|move|update|set|flip|replace)s?\b[^.;]*\b(?:(?:a|aaaa|cname|mx|ns|dns)\s+records?|record|cname|dns)\b",
);
static HOST: Pattern = Pattern::new(r"(?i)\b(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}\b");
static DROPS_INDEX: Pattern = Pattern::new(
    r#"(?i)\bdrop\s+index\s+(?:concurrently\s+)?(?:if\s+exists\s+)?["`]?(?P<name>\w+)(?:["`]?\s+on\s+["`]?(?P<table>\w+))?"#,
);
static CREATES_INDEX: Pattern = Pattern::new(
    r#"(?i)\bcreate\s+(?:unique\s+)?index\s+(?:concurrently\s+)?(?:if\s+not\s+exists\s+)?["`]?(?P<name>\w+)["`]?\s+on\s+(?:only\s+)?["`]?(?P<table>\w+)"#,
);

fn check(ticket: &Ticket, _: &TicketContext<'_>, findings: &mut Vec<Finding>) {
    let texts: Vec<String> = ticket.deployment.steps.iter().map(whole_text).collect();
    findings.extend(late_ttl(ticket, &texts));
    findings.extend(early_drop(ticket, &texts));
    let premature = PRECEDENCES
        .iter()
        .find_map(|precedence| precedence.violation(ticket, &texts));
    findings.extend(premature);
    findings.extend(staging_last(ticket, &texts));
    findings.extend(late_protection(ticket, &texts));
    findings.extend(late_syntax_check(ticket, &texts));
}

/// Two activities of which the second has to come before the first.
struct Precedence {
    premature: Activity,
    needed: Activity,
    /// For which tickets it is a mistake.
    applies: fn(&Ticket) -> bool,
    message: &'static str,
    help: &'static str,
}

const PRECEDENCES: [Precedence; 5] = [
    Precedence {
        premature: Activity::DropsSchema,
        needed: Activity::Releases,
        applies: has_no_downtime,
        message: "a column or table is dropped before the release is deployed",
        help: "first deploy the release that no longer uses the column or table, and drop the column or table afterwards",
    },
    Precedence {
        premature: Activity::Releases,
        needed: Activity::Migrates,
        applies: expands_schema,
        message: "the release is deployed before the migration, but `schema_change.phase` is \"expand\"",
        help: "run the migration first, and deploy the release afterwards",
    },
    Precedence {
        premature: Activity::RevokesOld,
        needed: Activity::IntroducesNew,
        applies: has_no_downtime,
        message: "the old credential is revoked before the new one is in place",
        help: "introduce the new credential first, and revoke the old one afterwards",
    },
    Precedence {
        premature: Activity::RemovesOld,
        needed: Activity::MovesTraffic,
        applies: has_no_downtime,
        message: "the old system is removed before traffic is moved",
        help: "move the traffic first, and remove the old system afterwards",
    },
    Precedence {
        premature: Activity::MovesTraffic,
        needed: Activity::PreparesTarget,
        applies: has_no_downtime,
        message: "traffic is moved before its target is prepared",
        help: "prepare the target first, and move the traffic afterwards",
    },
];

fn has_no_downtime(ticket: &Ticket) -> bool {
    ticket
        .risk
        .downtime
        .is_none_or(|downtime| downtime.is_zero())
}

fn expands_schema(ticket: &Ticket) -> bool {
    let phase = ticket
        .schema_change
        .as_ref()
        .and_then(|change| change.phase);
    phase == Some(Phase::Expand)
}

impl Precedence {
    fn violation(&self, ticket: &Ticket, texts: &[String]) -> Option<Finding> {
        let steps = &ticket.deployment.steps;
        let does = |activity: Activity, step: usize| {
            activity.is_in(&texts[step]) && !is_read_only(&steps[step])
        };
        let first = |activity| (0..steps.len()).find(|step| does(activity, *step));
        let (early, late) = (first(self.premature)?, first(self.needed)?);
        if late <= early || !(self.applies)(ticket) {
            return None;
        }
        let is_stopped = texts[..early].iter().any(|text| STOPS.is_match(text));
        let is_disposable =
            self.premature == Activity::DropsSchema && DISPOSABLE.is_match(&texts[early]);
        (!is_stopped && !is_disposable).then(|| {
            RULE.finding(ticket.place(), steps[early].action.span, "too early")
                .message(self.message)
                .help(self.help)
                .related(
                    ticket.place(),
                    Label::new(steps[late].action.span, "should come first"),
                )
                .anchor(&steps[early].action.path)
        })
    }
}

/// Names of tables that no release uses.
static DISPOSABLE: Pattern = Pattern::new(
    r"(?i)\b(?:tmp|temp|temporary)\b|\b(?:tmp|temp|old|copy|bak|backup|import|staging)_\w|\w_(?:tmp|temp|old|copy|bak|backup)\b",
);
/// Steps after which nobody uses the service.
static STOPS: Pattern = Pattern::new(
    r"(?i)\bmaintenance\s+(?:mode|page)\b|^\s*(?:stop|shut\s+down)\b|\b(?:stop|scale)\s[^;]*(?:--replicas[= ]0\b|\bto\s+0\b)|\bsystemctl\s+stop\b",
);
/// Changes that read one environment to write the other.
static COPIES: Pattern = Pattern::new(
    r"(?i)\b(?:cop(?:y|ies|ied)|clon\w*|refresh\w*|restor\w*|sync\w*|seed\w*|anonymi[sz]\w*|revert\w*|roll\w*\s+back)\b",
);

/// A step in staging after one in production, with none in staging before.
fn staging_last(ticket: &Ticket, texts: &[String]) -> Option<Finding> {
    let steps = &ticket.deployment.steps;
    let environments: Vec<Vec<Environment>> = texts
        .iter()
        .map(|text| Environment::named_in(text))
        .collect();
    let production = environments
        .iter()
        .zip(steps)
        .position(|(named, step)| named[..] == [Environment::Production] && !is_read_only(step))?;
    let staging = environments
        .iter()
        .position(|named| named.contains(&Environment::Staging))?;
    let step = &steps[staging];
    let is_mistake = production < staging
        && environments[staging].len() == 1
        && !is_read_only(step)
        && !COPIES.is_match(&texts[staging])
        && !COPIES.is_match(&ticket.title.text);
    is_mistake.then(|| {
        RULE.finding(ticket.place(), step.action.span, "too late")
            .message("staging is changed after production")
            .help("change staging first, and production after staging was checked")
            .related(
                ticket.place(),
                Label::new(steps[production].action.span, "in production"),
            )
            .anchor(&step.action.path)
    })
}

/// Checks of configuration, each with the step that puts the configuration of the same program into
/// use.
static SYNTAX_CHECKS: [(Pattern, Pattern); 5] = [
    (
        Pattern::new(r"(?i)\b(?:nginx\s+-t)(?:\s|$|[,.;])"),
        Pattern::new(
            r"(?i)\b(?:reload|restart)\s+(?:the\s+)?(?:nginx)\b|\b(?:nginx)\s+-s\s+reload\b",
        ),
    ),
    (
        Pattern::new(r"(?i)\b(?:(?:apachectl|apache2ctl|httpd)\s+(?:-t|configtest))(?:\s|$|[,.;])"),
        Pattern::new(
            r"(?i)\b(?:reload|restart)\s+(?:the\s+)?(?:apache2?|httpd)\b|\b(?:apache2?|httpd)\s+-s\s+reload\b",
        ),
    ),
    (
        Pattern::new(r"(?i)\b(?:haproxy\s[^;&|]*-c)(?:\s|$|[,.;])"),
        Pattern::new(
            r"(?i)\b(?:reload|restart)\s+(?:the\s+)?(?:haproxy)\b|\b(?:haproxy)\s+-s\s+reload\b",
        ),
    ),
    (
        Pattern::new(r"(?i)\b(?:sshd\s+-t)(?:\s|$|[,.;])"),
        Pattern::new(
            r"(?i)\b(?:reload|restart)\s+(?:the\s+)?(?:sshd?)\b|\b(?:sshd?)\s+-s\s+reload\b",
        ),
    ),
    (
        Pattern::new(r"(?i)\b(?:named-check(?:conf|zone))(?:\s|$|[,.;])"),
        Pattern::new(
            r"(?i)\b(?:reload|restart)\s+(?:the\s+)?(?:named|bind9?)\b|\b(?:named|bind9?)\s+-s\s+reload\b",
        ),
    ),
];

/// A check of configuration after the last step that puts it into use.
fn late_syntax_check(ticket: &Ticket, texts: &[String]) -> Option<Finding> {
    let steps = &ticket.deployment.steps;
    SYNTAX_CHECKS.iter().find_map(|(check, uses)| {
        let checked = texts.iter().position(|text| check.is_match(text))?;
        let used = texts.iter().rposition(|text| uses.is_match(text))?;
        (used < checked).then(|| {
            RULE.finding(ticket.place(), steps[checked].action.span, "too late")
                .message("the configuration is checked after it was put into use")
                .help("check the configuration before the reload or restart")
                .related(
                    ticket.place(),
                    Label::new(steps[used].action.span, "put into use here"),
                )
                .anchor(&steps[checked].action.path)
        })
    })
}

/// Steps that protect users or data while others are carried out.
static PROTECTS: Pattern = Pattern::new(
    r"(?ix)^\s*(?:
        (?: enable | activate | switch \s+ on | turn \s+ on | enter | put | set ) \b [^.;]{0,40} \b (?: maintenance (?: \s+ (?: mode | page ) )? | read-only ) \b
        | (?: drain | cordon | quiesce ) \b
        | (?: take | remove ) \b [^.;]{0,40} \b (?: out \s+ of | from ) \s+ (?: the \s+ )? (?: rotation | load \s+ balancer | lb | pool ) \b
        | (?: silence | mute | suppress ) \b [^.;]{0,30} \b (?: alerts? | alarms? | monitoring ) \b
        )",
);
static DISRUPTS: Pattern = Pattern::new(
    r"(?i)^\s*(?:upgrade|migrate|restart|reboot|patch|replace|resize|fail\s*over|convert|flash)\b|\breboot\b|\b(?:dnf|yum)\s+(?:update|upgrade)\b|\bapt(?:-get)?\s+(?:upgrade|full-upgrade|dist-upgrade)\b",
);
/// Steps that end a protection.
static ENDS: Pattern = Pattern::new(
    r"(?i)^\s*(?:disable|deactivate|switch\s+off|turn\s+off|leave|exit|uncordon|put\b.*\bback|resume|end|unmute|start|take\b.*\bout\s+of\s+maintenance|remove|delete)\b",
);
/// What may be taken out of use at the end.
static REPLACED: Pattern =
    Pattern::new(r"(?i)\b(?:old|previous|former|source|legacy|decommission\w*)\b");

/// A protection that begins when there is nothing left to protect from.
fn late_protection(ticket: &Ticket, texts: &[String]) -> Option<Finding> {
    let steps = &ticket.deployment.steps;
    let disrupting = texts.iter().position(|text| DISRUPTS.is_match(text))?;
    let late = texts.iter().position(|text| PROTECTS.is_match(text))?;
    let is_needed_later = || {
        let later = texts[late + 1..].iter().zip(&steps[late + 1..]);
        later
            .into_iter()
            .any(|(text, step)| !ENDS.is_match(text) && !is_read_only(step))
    };
    if late < disrupting || REPLACED.is_match(&texts[late]) || is_needed_later() {
        return None;
    }
    Some(
        RULE.finding(ticket.place(), steps[late].action.span, "too late")
            .message("this protection begins after the steps that need it")
            .help("move it before the first step that disrupts the service")
            .related(
                ticket.place(),
                Label::new(steps[disrupting].action.span, "disrupts the service"),
            )
            .anchor(&steps[late].action.path),
    )
}

/// A TTL that is lowered after the record of the same host was changed.
fn late_ttl(ticket: &Ticket, texts: &[String]) -> Option<Finding> {
    let lowered = texts.iter().position(|text| LOWERS_TTL.is_match(text))?;
    let hosts = |text: &str| -> HashSet<String> {
        HOST.find_iter(text)
            .map(|found| found.as_str().to_lowercase())
            .collect()
    };
    let of_ttl = hosts(&texts[lowered]);
    let changed = texts[..lowered]
        .iter()
        .position(|text| CHANGES_RECORD.is_match(text) && !hosts(text).is_disjoint(&of_ttl))?;
    let (late, early) = (
        &ticket.deployment.steps[lowered],
        &ticket.deployment.steps[changed],
    );
    Some(
        RULE.finding(ticket.place(), late.action.span, "too late")
            .message("the TTL is lowered after the record was changed")
            .help("lower the TTL first, and change the record after the old TTL has passed")
            .related(
                ticket.place(),
                Label::new(early.action.span, "changed here"),
            )
            .anchor(&late.action.path),
    )
}

/// An index that is dropped before the one that replaces it is created.
fn early_drop(ticket: &Ticket, texts: &[String]) -> Option<Finding> {
    let mut created = None;
    texts.iter().enumerate().find_map(|(step, text)| {
        let dropped = DROPS_INDEX.captures(text)?;
        let name = dropped.name("name")?.as_str();
        let table = dropped.name("table").map(|table| table.as_str());
        let created = created.get_or_insert_with(|| CreatedIndexes::new(texts));
        let place = TextPlace {
            step,
            offset: dropped.get(0)?.end(),
        };
        let replacement = created.replacing(name, table, place)?;
        let steps = &ticket.deployment.steps;
        Some(too_early(ticket, &steps[step], &steps[replacement], name))
    })
}

/// The indexes that steps create, in order.
struct CreatedIndexes<'t> {
    indexes: Vec<CreatedIndex<'t>>,
    /// Their names, each in a line: searched at once, because there may be many.
    names: String,
    /// The positions of the indexes of each table.
    by_table: HashMap<&'t str, Vec<usize>>,
}

/// A place in the texts of the steps, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct TextPlace {
    step: usize,
    /// The byte offset in the text of the step.
    offset: usize,
}

struct CreatedIndex<'t> {
    place: TextPlace,
    name: &'t str,
    /// Where its line in the names starts.
    line: usize,
}

impl<'t> CreatedIndexes<'t> {
    fn new(texts: &'t [String]) -> Self {
        let mut created = Self {
            indexes: Vec::new(),
            names: String::new(),
            by_table: HashMap::new(),
        };
        for (step, text) in texts.iter().enumerate() {
            for found in CREATES_INDEX.captures_iter(text) {
                let part = |name: &str| found.name(name).map_or("", |part| part.as_str());
                let position = created.indexes.len();
                created
                    .by_table
                    .entry(part("table"))
                    .or_default()
                    .push(position);
                created.indexes.push(CreatedIndex {
                    place: TextPlace {
                        step,
                        offset: found.get(0).map_or(0, |whole| whole.start()),
                    },
                    name: part("name"),
                    line: created.names.len(),
                });
                created.names.push_str(part("name"));
                created.names.push('\n');
            }
        }
        created
    }

    /// The step that creates the first index, from a place on, that replaces a dropped one: its name
    /// contains the dropped one's, or it is on the same table.
    fn replacing(&self, name: &str, table: Option<&str>, place: TextPlace) -> Option<usize> {
        let first = self.indexes.partition_point(|index| index.place < place);
        let is_other = |position: &usize| self.indexes[*position].name != name;
        let start = self.indexes.get(first)?.line;
        let named = memchr::memmem::find_iter(&self.names.as_bytes()[start..], name)
            .map(|at| {
                self.indexes
                    .partition_point(|index| index.line <= start + at)
                    - 1
            })
            .find(is_other);
        let on_table = table
            .and_then(|table| self.by_table.get(table))
            .and_then(|positions| {
                let later = positions.partition_point(|position| *position < first);
                positions[later..].iter().copied().find(is_other)
            });
        let position = named.into_iter().chain(on_table).min()?;
        Some(self.indexes[position].place.step)
    }
}

fn too_early(ticket: &Ticket, dropped: &Step, created: &Step, name: &str) -> Finding {
    RULE.finding(
        ticket.place(),
        locate(&ticket.source, &dropped.action, name),
        "too early",
    )
    .message(format!(
        "the index `{}` is dropped before its replacement exists",
        shorten(name)
    ))
    .help("create the new index first, then drop the old one")
    .related(
        ticket.place(),
        Label::new(created.action.span, "created here"),
    )
    .anchor(&dropped.action.path)
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::rules_of;

    const RULE: &str = "plan/wrong-order";

    fn reports(steps: &str) -> bool {
        rules_of(&format!("deployment = [{steps}]")).contains(&RULE)
    }

    #[test]
    fn late_ttl_and_early_drop_are_found() {
        for steps in [
            "\"Change the A record of shop.example.net to 203.0.113.10\", \"Lower the TTL of shop.example.net to 300\"",
            "\"`DROP INDEX idx_a`\", \"`CREATE INDEX CONCURRENTLY idx_a_b ON t (a, b)`\"",
            "\"`DROP INDEX old ON orders`\", \"`CREATE INDEX new ON orders (a)`\"",
        ] {
            assert!(reports(steps), "{steps}");
        }
    }

    #[test]
    fn what_others_still_use_is_removed_too_early() {
        for steps in [
            "\"Run the migration that drops the column\", \"Deploy release 88, which no longer reads it\"",
            "\"Lock the old user\", \"Write the new credentials to Vault\", \"Restart the pods\"",
            "\"Revoke the old API key\", \"Switch billing to the new key\"",
            "\"Terminate the old node group\", \"Move the pods to the nodes of eu-2\"",
            "\"Apply `a.yaml` in production\", \"Apply `a.yaml` in staging\"",
            "\"Upgrade db-1 to 16.4\", \"Put the portal into maintenance mode\", \"Check `/health`\"",
            "\"Reboot node-1\", \"Drain node-1\"",
            "\"`dnf update && reboot` on hv-1\", \"Put hv-1 into maintenance mode\"",
            "\"Switch the CNAME to edge2\", \"Install the certificate on edge2\"",
            "\"`systemctl reload nginx`\", \"`nginx -t`\"",
        ] {
            assert!(reports(steps), "{steps}");
        }
        let expand = "\"Deploy shop 7.4.0\", \"Run the migration\"";
        assert!(!reports(expand));
        let text = format!("deployment = [{expand}]\n[schema_change]\nphase = \"expand\"");
        assert!(rules_of(&text).contains(&RULE));
    }

    #[test]
    fn removal_at_the_right_time_is_accepted() {
        for steps in [
            "\"Deploy release 88\", \"Run the migration that drops the column\"",
            "\"Drop the table tmp_import_2025\", \"Deploy release 88\"",
            "\"Delete the old user's sessions\", \"Set the new password of the user\"",
            "\"Enable the maintenance page\", \"Drop the column\", \"Deploy release 88\"",
            "\"Check who uses the old key\", \"Switch billing to the new key\", \"Revoke the old key\"",
            "\"Lock the old user\", \"Tell the new user his password\"",
            "\"Move the pods to eu-2\", \"Terminate the old node group\"",
            "\"Apply `a.yaml` in staging\", \"Apply `a.yaml` in production\", \"Apply `b.yaml` in staging\"",
            "\"Dump the production database\", \"Restore the dump in staging\"",
            "\"Upgrade node-1\", \"Drain node-2\", \"Upgrade node-2\"",
            "\"Migrate the data to db-2\", \"Set the old database read-only\"",
            "\"Drain node-1\", \"Reboot node-1\", \"Uncordon node-1\"",
            "\"`nginx -t`\", \"`systemctl reload nginx`\", \"`nginx -t`\"",
            "\"Restart the app\", \"`nginx -t`\", \"Reload nginx\"",
            "\"Install the certificate on edge2\", \"Switch the CNAME to edge2\"",
            "\"Move the pods to eu-2\", \"Close the old ports\"",
            "\"Restart node-1\", \"Set the pool to 40\"",
        ] {
            assert!(!reports(steps), "{steps}");
        }
    }

    #[test]
    fn right_order_and_unrelated_steps_are_accepted() {
        for steps in [
            "\"Lower the TTL of shop.example.net to 300\", \"Change the A record of shop.example.net\"",
            "\"Change the A record of shop.example.net\", \"Raise the TTL of shop.example.net to 86400\"",
            "\"Change the A record of a.example.net\", \"Lower the TTL of b.example.net\"",
            "\"`DROP INDEX CONCURRENTLY idx_a`\", \"`CREATE INDEX CONCURRENTLY idx_a ON t (a)`\"",
            "\"`CREATE INDEX idx_a_b ON t (a, b)`\", \"`DROP INDEX idx_a`\"",
            "\"`DROP INDEX idx_a`\", \"`CREATE INDEX other ON u (a)`\"",
        ] {
            assert!(!reports(steps), "{steps}");
        }
    }
}

//! Writes an audit as Markdown.

use std::collections::{BTreeMap, HashMap};

use super::bundle::Evidence;
use super::{Audit, Emergency};
use crate::changelog::escape;
use crate::report::markdown::{Item, Markdown, code, fenced};
use crate::report::rows::{ApprovalRow, CommitRow, ExceptionRow, ReleaseRow, TicketRow};
use crate::source::join_and;

/// The maximum number of commits that the document lists one by one.
const MAX_LISTED: usize = 1000;

const QUESTION: &str = "did every change to production have a recorded reason, an independent \
     approval before it was deployed, tests, a way back, and an outcome?";

/// The kinds of exceptions, in the order in which they are listed, and how the document calls them.
pub(super) const KINDS: &[(&str, &str)] = &[
    ("record-differs", "The tag records something else"),
    ("invalid-tag", "Tags with an invalid signature"),
    ("unchecked-tag", "Tags whose signature is not checked"),
    ("unsigned-tag", "Tags without a signature"),
    ("no-record", "Tags that record nothing"),
    ("missing-ticket", "Required tickets that are missing"),
    ("insufficient-ticket", "Tickets that are not sufficient"),
    ("not-approved", "Released without the required approvals"),
    ("approval-unknown", "Approvals that only the forge knows"),
    ("edited-after-approval", "Plans edited after an approval"),
    (
        "approval-removed",
        "Approvals that were removed or replaced after the release",
    ),
    ("closed-before", "Tickets that were closed before"),
    ("emergency", "Emergencies"),
    ("weakened-policy", "Weakened policies"),
    ("freeze-active", "Releases during a freeze"),
    ("freeze-override", "Overrides of a freeze"),
    ("suppression", "Suppressed rules"),
    (
        "made-and-deployed",
        "Changes that were written and carried out by the same person",
    ),
    ("approval-not-required", "Tickets that needed no approval"),
    ("without-ticket", "Changes without a ticket"),
];

/// The document; `evidence` lists the files of the bundle that it is part of.
pub(super) fn document(audit: &Audit, evidence: Option<&[Evidence]>) -> String {
    let writer = AuditWriter::new(audit);
    let mut out = Markdown::default();
    let title = format!("Audit: {}, {}", audit.project, audit.scope.text);
    out.heading(1, &escape(&title));
    writer.releases(&mut out);
    out.paragraph(&format!("**The question:** {QUESTION}"));
    writer.figures(&mut out);
    writer.population(&mut out);
    writer.tickets(&mut out);
    writer.exceptions(&mut out);
    writer.not_proven(&mut out);
    writer.commands(&mut out, evidence);
    if let Some(evidence) = evidence {
        writer.files(&mut out, evidence);
    }
    out.paragraph(&format!(
        "Made from {} on {} by {}. The same commit, instant, and version give the same bytes. Times are in {}.",
        code(&audit.commit[..10]),
        audit.clock.day_and_time(audit.made_at),
        audit.tool,
        audit.clock.zone()
    ));
    out.finish()
}

fn count(number: usize, one: &str, many: &str) -> String {
    match number {
        0 => format!("no {many}"),
        1 => format!("1 {one}"),
        number => format!("{number} {many}"),
    }
}

/// A count with its verb: "none change".
fn some(number: usize, one: &str, many: &str) -> String {
    if number == 0 {
        format!("none {many}")
    } else {
        count(number, one, many)
    }
}

/// The first digits of a digest.
fn short(digest: &str) -> String {
    const SHOWN: usize = "sha256:".len() + 10;
    code(digest.get(..SHOWN).unwrap_or(digest))
}

/// The first digits of a commit's ID.
fn short_id(id: &str) -> String {
    code(id.get(..10).unwrap_or(id))
}

struct AuditWriter<'a> {
    audit: &'a Audit,
    /// The approvals of each ticket in each release.
    approvals: HashMap<TicketInRelease<'a>, Vec<&'a ApprovalRow>>,
}

/// A ticket in a release.
#[derive(PartialEq, Eq, Hash)]
struct TicketInRelease<'a> {
    release: &'a str,
    ticket: &'a str,
}

impl<'a> AuditWriter<'a> {
    fn new(audit: &'a Audit) -> Self {
        let mut approvals: HashMap<TicketInRelease<'a>, Vec<&ApprovalRow>> = HashMap::new();
        for row in &audit.approvals {
            let key = TicketInRelease {
                release: &row.release,
                ticket: &row.ticket,
            };
            approvals.entry(key).or_default().push(row);
        }
        Self { audit, approvals }
    }

    fn releases(&self, out: &mut Markdown) {
        let audit = self.audit;
        if audit.releases.is_empty() {
            out.paragraph(
                "There is no release in this period. HEAD contains no version tag of it.",
            );
            return;
        }
        let rows: Vec<Vec<String>> = audit
            .releases
            .iter()
            .map(|row| {
                let at = row.tagged_at.map(|at| audit.clock.day_and_time(at));
                let unknown = match row.tag_object {
                    None => "lightweight tag",
                    Some(_) => "unknown",
                };
                vec![
                    code(&row.tag),
                    at.unwrap_or_else(|| unknown.to_owned()),
                    escape(row.tagged_by.as_deref().unwrap_or(unknown)),
                    signature(row),
                    self.configuration(row),
                ]
            })
            .collect();
        let head = [
            "release",
            "tagged",
            "by",
            "signature of the tag",
            "configuration",
        ];
        out.table(&head, &rows);
    }

    fn configuration(&self, row: &ReleaseRow) -> String {
        let (Some(path), Some(digest)) = (&row.configuration, &row.configuration_digest) else {
            return "none".to_owned();
        };
        let weaker =
            self.audit.exceptions.iter().any(|exception| {
                exception.release == row.tag && exception.kind == "weakened-policy"
            });
        let note = if weaker {
            ", **less strict than before**"
        } else {
            ""
        };
        format!("{} {}{note}", code(path), short(digest))
    }

    /// The answer to the question in counts.
    fn figures(&self, out: &mut Markdown) {
        let tickets = &self.audit.tickets;
        if tickets.is_empty() {
            return;
        }
        let of = |is_meant: &dyn Fn(&TicketRow) -> bool| {
            let found = tickets.iter().filter(|row| is_meant(row)).count();
            format!("{found} of {}", tickets.len())
        };
        let changes = self.with_role("change");
        let commits = self.audit.population.iter();
        let with = commits
            .filter(|row| row.role == "change" && !row.tickets.is_empty())
            .count();
        out.paragraph(&format!(
            "**In figures:** changes with a ticket: {with} of {changes}. Tickets approved when they were released: {}; with recorded tests: {}; with steps of a rollback: {}; with a rehearsed rollback: {}; with an outcome: {}.",
            of(&|row| row.approval == "approved"),
            of(&|row| !row.tests.is_empty() || !row.test_evidence.is_empty()),
            of(&|row| row.rollback_steps > 0),
            of(&|row| row.rollback_rehearsed_on.is_some()),
            of(&|row| row.result.is_some()),
        ));
    }

    fn population(&self, out: &mut Markdown) {
        let audit = self.audit;
        let counted: usize = audit.releases.iter().map(|row| row.commits).sum();
        out.heading(2, "1 Population");
        let without = audit
            .population
            .iter()
            .filter(|row| row.without_ticket.is_some());
        let (changes, without) = (self.with_role("change"), without.count());
        let of_tickets = self.with_role("tickets");
        let quiet = self.with_role("no-change");
        let scope = if audit.of_package {
            "between the tags that change the paths of the package"
        } else {
            "between the tags, none left out"
        };
        out.list([
            Item::new(format!(
                "{} {scope}; the commits with which Tollgate made the releases are not counted",
                count(counted, "commit", "commits")
            )),
            Item::new(format!(
                "{} the product, {without} of these without a ticket",
                some(changes, "changes", "change")
            )),
            Item::new(format!(
                "{} only tickets and release files; {}",
                some(of_tickets, "changes", "change"),
                some(
                    quiet,
                    "is a merge or cancels out",
                    "are merges or cancel out"
                )
            )),
            Item::new(format!(
                "{} in {}",
                count(audit.tickets.len(), "ticket", "tickets"),
                count(audit.releases.len(), "release", "releases")
            )),
        ]);
        let rows: Vec<Vec<String>> = audit.releases.iter().map(counted_row).collect();
        out.table(
            &[
                "release",
                "count again with",
                "commits",
                "SHA-256 of their sorted IDs",
                "in the tag",
            ],
            &rows,
        );
        if audit.population.len() > MAX_LISTED {
            out.paragraph(&format!(
                "The {} commits are in `population.csv` of a bundle (`tollgate report audit --bundle DIR`). Those without a ticket are also in `exceptions.csv`.",
                audit.population.len()
            ));
            return;
        }
        let rows: Vec<Vec<String>> = audit
            .population
            .iter()
            .map(|row| self.commit(row))
            .collect();
        out.table(&["commit", "day", "author", "what", "ticket"], &rows);
    }

    fn with_role(&self, role: &str) -> usize {
        self.audit
            .population
            .iter()
            .filter(|row| row.role == role)
            .count()
    }

    fn commit(&self, row: &CommitRow) -> Vec<String> {
        let ticket = match (&row.without_ticket, row.role) {
            (Some(why), _) => format!("**none**; {}", escape_policy(why)),
            (None, "release") => "the release".to_owned(),
            (None, "tickets") => "only tickets".to_owned(),
            (None, "no-change") => "merge, or cancels out".to_owned(),
            _ => join_and(&row.tickets.iter().map(|id| code(id)).collect::<Vec<_>>()),
        };
        vec![
            short_id(&row.commit),
            row.at
                .map_or_else(|| "unknown".to_owned(), |at| self.audit.clock.day(at)),
            escape(&row.author),
            escape(&row.subject),
            ticket,
        ]
    }

    fn tickets(&self, out: &mut Markdown) {
        out.heading(2, "2 Each ticket");
        if self.audit.tickets.is_empty() {
            out.paragraph("No commit of these releases cites a ticket.");
        }
        for row in &self.audit.tickets {
            out.heading(
                3,
                &format!("{}, in {}", code(&row.ticket), code(&row.release)),
            );
            let rows = self.ticket(row);
            let rows: Vec<Vec<String>> = rows
                .into_iter()
                .map(|(question, answer)| vec![question.to_owned(), answer])
                .collect();
            out.table(&[&escape(&row.title), ""], &rows);
        }
    }

    fn ticket(&self, row: &TicketRow) -> Vec<(&'static str, String)> {
        let name = |name: &Option<String>| {
            name.as_ref()
                .map_or_else(|| "not stated".to_owned(), |it| escape(it))
        };
        let list = |names: &[String]| {
            if names.is_empty() {
                "not stated".to_owned()
            } else {
                join_and(&names.iter().map(|it| escape(it)).collect::<Vec<_>>())
            }
        };
        let required = match (row.required_people, row.required_evidence) {
            (Some(people), Some(evidence)) => {
                let roles: Vec<String> = row.required_roles.iter().map(|role| code(role)).collect();
                let roles = match &roles[..] {
                    [] => String::new(),
                    roles => format!(" with the role {}", join_and(roles)),
                };
                let people = count(people, "person", "people");
                format!("{people}{roles}, evidence {}", code(evidence))
            }
            _ => "no approval".to_owned(),
        };
        let rehearsed = match row.rollback_rehearsed_on {
            Some(day) => format!("rehearsed on {}", super::super::clock::day(day)),
            None => "rehearsal not stated".to_owned(),
        };
        let rollback = match row.rollback_steps {
            0 => "not stated".to_owned(),
            steps => format!("{}, {rehearsed}", count(steps, "step", "steps")),
        };
        let tests = match (row.tests.is_empty(), row.test_evidence.is_empty()) {
            (true, true) => "not stated".to_owned(),
            (_, true) => format!("{}; no evidence stated", list(&row.tests)),
            (_, false) => format!(
                "{}; evidence: {}",
                list(&row.tests),
                list(&row.test_evidence)
            ),
        };
        vec![
            (
                "risk declared, computed",
                format!(
                    "{}, {}",
                    row.risk_declared.unwrap_or("not stated"),
                    row.risk_computed
                ),
            ),
            ("requested by", name(&row.requester)),
            ("written by (may not approve)", list(&row.makers)),
            ("approved by", self.approvals(row)),
            ("required", required),
            ("approved, then deployed", self.order(row)),
            ("plan approved = plan released", plan(row)),
            ("tests recorded", tests),
            ("security impact", name(&row.security)),
            ("way back", rollback),
            (
                "carried out, validated by",
                format!("{}, {}", name(&row.assignee), name(&row.validator)),
            ),
            ("outcome", outcome(row)),
        ]
    }

    fn of_ticket<'s>(&'s self, row: &'s TicketRow) -> impl Iterator<Item = &'s ApprovalRow> {
        let key = TicketInRelease {
            release: &row.release,
            ticket: &row.ticket,
        };
        let approvals = self.approvals.get(&key).into_iter().flatten();
        approvals.copied()
    }

    fn approvals(&self, row: &TicketRow) -> String {
        let describe = |approval: &ApprovalRow| {
            let role = approval
                .role
                .as_ref()
                .map(|role| format!(" ({})", escape(role)));
            let later = if approval.after_release {
                ", **after the release**"
            } else {
                ""
            };
            let ignored = approval
                .ignored_because
                .as_ref()
                .map(|why| format!(", ignored because {}", escape(why)));
            let rejects = if approval.effect == "rejects" {
                ", **rejects it**"
            } else {
                ""
            };
            format!(
                "{}{}, {}{rejects}{}{later}",
                escape(&approval.person),
                role.unwrap_or_default(),
                approval.evidence,
                ignored.unwrap_or_default()
            )
        };
        let all: Vec<String> = self.of_ticket(row).map(describe).collect();
        let status = match row.approval {
            "not-approved" => Some("**not approved when it was released**"),
            "unknown" => Some("unknown: only the forge can confirm it"),
            "closed-before" => Some("not evaluated: it was closed before this release"),
            "not-required" => Some("no approval required"),
            _ => None,
        };
        let status = status.map(str::to_owned);
        status.into_iter().chain(all).collect::<Vec<_>>().join("; ")
    }

    /// Whether the last approval that counts came before the deployment.
    fn order(&self, row: &TicketRow) -> String {
        let counted = self.of_ticket(row).filter(|it| it.effect == "approves");
        let approved = counted.filter_map(|it| it.at).max();
        let clock = &self.audit.clock;
        let words = |at| clock.day_and_time(at);
        match (approved, row.deployed_at) {
            (None, None) => "no approval, and no deployment recorded".to_owned(),
            (None, Some(deployed)) => format!("**no approval**; deployed {}", words(deployed)),
            (Some(approved), None) => {
                format!("approved {}; deployment not recorded", words(approved))
            }
            (Some(approved), Some(deployed)) if approved <= deployed => {
                format!("approved {}; deployed {}", words(approved), words(deployed))
            }
            (Some(approved), Some(deployed)) => {
                format!(
                    "**deployed first**, {}; approved {}",
                    words(deployed),
                    words(approved)
                )
            }
        }
    }

    fn exceptions(&self, out: &mut Markdown) {
        out.heading(2, "3 Exceptions");
        let of_kind = |kind: &str| {
            let all = self.audit.exceptions.iter();
            all.filter(|row| row.kind == kind).collect::<Vec<_>>()
        };
        let (mut items, mut absent) = (Vec::new(), Vec::new());
        for (kind, label) in KINDS {
            match of_kind(kind) {
                found if found.is_empty() => absent.push((*label).to_lowercase()),
                found => {
                    let item = Item::new(format!("**{label}**: {}", found.len()));
                    items.push(item.with(details(&found)));
                }
            }
        }
        out.list(items);
        if !absent.is_empty() {
            out.paragraph(&format!("None of these: {}.", absent.join(", ")));
        }
        out.list(self.audit.emergencies.iter().map(emergency));
    }

    fn not_proven(&self, out: &mut Markdown) {
        out.heading(2, "4 What Git does not prove");
        out.list(self.audit.not_proven.iter().map(Item::new));
    }

    fn commands(&self, out: &mut Markdown, evidence: Option<&[Evidence]>) {
        out.heading(2, "5 Check it without this tool");
        out.paragraph(
            "Run these commands in a clone of the repository, on the branch that was audited. They need `git`, `ssh-keygen`, `sha256sum`, and Python 3.11 or later. They end at the first check that fails, and print its command. The page \"Check a release without Tollgate\" of the documentation explains them.",
        );
        let commands = match evidence {
            None => &self.audit.commands,
            Some(_) => {
                out.paragraph("They are also in `check.sh`: run `sh PATH/check.sh`, or set `bundle` to the directory of this file first. Compare the SHA-256 of `MANIFEST.sha256` with the one that was printed when the bundle was written: a person who can change every file can also change the manifest.");
                &self.audit.bundle_commands
            }
        };
        out.paragraph(&fenced("sh", commands.trim_end()));
    }

    fn files(&self, out: &mut Markdown, evidence: &[Evidence]) {
        let audit = self.audit;
        out.heading(2, "6 Files of this bundle");
        let rows = |name: &str, rows: usize| {
            Item::new(format!("{}: {}", code(name), count(rows, "row", "rows")))
        };
        out.list([
            Item::new(format!("{}: this document", code("audit.md"))),
            rows("releases.jsonl", audit.releases.len()),
            rows("population.csv", audit.population.len()),
            rows("tickets.jsonl", audit.tickets.len()),
            rows("approvals.jsonl", audit.approvals.len()),
            rows("exceptions.csv", audit.exceptions.len()),
            Item::new(format!("{}: {} with the tags, keys, configurations, tickets as approved and as released, and the texts and signatures of approvals", code("evidence/"), count(evidence.len(), "file", "files"))),
            Item::new(format!("{}: the commands above", code("check.sh"))),
            Item::new(format!("{}: the SHA-256 of every other file", code("MANIFEST.sha256"))),
        ]);
    }
}

fn counted_row(row: &ReleaseRow) -> Vec<String> {
    let end = if row.made_by.is_some() {
        format!("{}^", row.tag)
    } else {
        row.tag.clone()
    };
    let range = match &row.previous {
        Some(previous) => format!("{previous}..{end}"),
        None => end,
    };
    let recorded = match &row.recorded_commits_digest {
        None => "not recorded",
        Some(recorded) if *recorded == row.commits_digest => "the same",
        Some(_) => "**another one**",
    };
    let command = crate::source::shell_command!("git rev-list {range}", range);
    vec![
        code(&row.tag),
        code(&command),
        row.commits.to_string(),
        short(&row.commits_digest),
        recorded.to_owned(),
    ]
}

fn signature(row: &ReleaseRow) -> String {
    match (&row.signed_by, &row.key, &row.signature_fault) {
        (Some(by), Some(key), _) => format!("{}, {}", escape(by), code(key)),
        (_, _, Some(why)) => format!("**{}**: {}", row.signature, escape(why)),
        _ => "**not signed**".to_owned(),
    }
}

fn plan(row: &TicketRow) -> String {
    match row.released_as_approved {
        Some(true) => format!("yes, {}", short(&row.digest)),
        Some(false) => format!("**no**: released {}", short(&row.digest)),
        None => format!("no approval counts; released {}", short(&row.digest)),
    }
}

fn outcome(row: &TicketRow) -> String {
    match row.result {
        Some(result) => {
            let cause = row
                .caused_by
                .as_ref()
                .map(|cause| format!(", caused by {}", code(cause)));
            format!("{result}{}", cause.unwrap_or_default())
        }
        None => format!("not stated; the ticket is {}", code(row.state)),
    }
}

/// Words of ours with names in backticks.
fn escape_policy(text: &str) -> String {
    let part = |(index, part): (usize, &str)| {
        if index % 2 == 1 {
            return code(part);
        }
        let start = if part.starts_with(' ') { " " } else { "" };
        let end = if part.ends_with(' ') { " " } else { "" };
        match part.trim() {
            "" => start.to_owned(),
            words => format!("{start}{}{end}", escape(words)),
        }
    };
    text.split('`').enumerate().map(part).collect()
}

/// Exceptions in a line each; commits without a reason of their own are counted, because the
/// population lists them.
fn details(rows: &[&ExceptionRow]) -> Vec<String> {
    let is_counted = |row: &&&ExceptionRow| row.kind == "without-ticket" && row.reason.is_none();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows.iter().filter(is_counted) {
        *counts.entry(&row.what).or_default() += 1;
    }
    let counted = counts.into_iter();
    let counted = counted.map(|(what, number)| format!("{number}: {}", escape_policy(what)));
    let others = rows.iter().filter(|row| !is_counted(row));
    counted.chain(others.map(|row| exception(row))).collect()
}

fn exception(row: &ExceptionRow) -> String {
    let is_commit =
        row.subject.len() == 40 && row.subject.bytes().all(|byte| byte.is_ascii_hexdigit());
    let subject = if is_commit {
        short_id(&row.subject)
    } else {
        code(&row.subject)
    };
    let reason = row
        .reason
        .as_ref()
        .map(|reason| format!(" (reason: {})", escape(reason)));
    format!(
        "{subject}, in {}: {}{}",
        code(&row.release),
        escape_policy(&row.what),
        reason.unwrap_or_default()
    )
}

fn emergency(row: &Emergency) -> Item {
    let open = match &row.open[..] {
        [] => "everything that had to follow has followed".to_owned(),
        open if row.is_overdue => format!("**overdue**: {}", escape_policy(&join_and(open))),
        open => format!("still open: {}", escape_policy(&join_and(open))),
    };
    Item::new(format!(
        "Emergency {}, released with {}: the follow-up was due by {}; {open}",
        code(&row.ticket),
        code(&row.release),
        row.due
    ))
}

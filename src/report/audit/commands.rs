//! The commands that check releases without Tollgate.
//!
//! They are those of docs/check-without-tollgate.md, with the tags, files, and people of these
//! releases, and with what this audit found, so that a later change is noticed too.

use super::blocks::block;
use super::bundle::{Evidence, git_show};
use super::collect::{ReleaseRows, counted};
use super::facts::{AuditFacts, AuditedFile, AuditedRelease, TagSignature};
use crate::approval::{EvaluatedApproval, TicketApprovals};
use crate::document::{DatetimeKind, Node, Value};
use crate::release::digest_of_bytes;
use crate::report::facts::ReportedTicket;
use crate::signature::AllowedSigners;
use crate::source::{Source, sanitise_line, shell_command, shell_word};
use crate::ticket::ParsedTicket;

/// Commands that check releases.
#[derive(Debug)]
pub(super) struct Commands {
    script: Script,
    /// The ranges of all commits, for `git rev-list`; `None`: they are those of a package.
    ranges: Option<Vec<String>>,
}

/// The largest integer of a digest that Python and JavaScript write alike.
const MAX_INTEGER: u64 = 1 << 53;

impl Commands {
    /// The functions that all releases are checked with.
    pub(super) fn new() -> Self {
        let mut script = Script::default();
        script.functions();
        Self {
            script,
            ranges: Some(Vec::new()),
        }
    }

    /// Adds the commands for a release.
    pub(super) fn add(&mut self, facts: &AuditFacts, release: &AuditedRelease, rows: &ReleaseRows) {
        self.script.check_release(facts, release, rows);
        match &mut self.ranges {
            Some(ranges) if release.package.is_none() => ranges.push(range(release)),
            ranges => *ranges = None,
        }
    }

    /// Adds the commands that are not about a single release.
    pub(super) fn finish(mut self, facts: &AuditFacts) -> Self {
        let (script, head) = (&mut self.script, facts.head);
        script.comment("The history that this audit was made from still exists.");
        script.line(&shell_command!(
            "git merge-base --is-ancestor {head} HEAD",
            head
        ));
        self
    }

    pub(super) fn text(&self) -> String {
        self.script.text.clone()
    }

    /// The same for a bundle with this evidence: its files are checked too.
    pub(super) fn text_with_bundle(&self, evidence: &[Evidence]) -> String {
        let mut script = Script::default();
        script.line("bundle=$(cd \"${bundle:-$(dirname \"$0\")}\" && pwd)");
        script
            .comment("The files of the bundle are those of its manifest, and there are no others.");
        script.line("(cd \"$bundle\" && sha256sum --check --quiet --strict MANIFEST.sha256)");
        script.line(
            "test \"$(cd \"$bundle\" && find . ! -type d ! -path ./MANIFEST.sha256 | wc -l)\" -eq \
             \"$(wc -l < \"$bundle/MANIFEST.sha256\")\"",
        );
        let mut script = Script {
            text: format!(
                "set -eux\n{}{}",
                script.text,
                self.script.text.replacen("set -eux\n", "", 1)
            ),
        };
        script.comment("The bundle lists every commit, and has the files as Git has them.");
        if let Some(ranges) = &self.ranges {
            script.line(": > \"$work/counted\"");
            for range in ranges {
                let list = shell_command!("git rev-list {range}", range);
                script.line(&format!("{list} >> \"$work/counted\""));
            }
            script.line("sort -u -o \"$work/counted\" \"$work/counted\"");
            script.line(
                "sed 1d \"$bundle/population.csv\" | cut -d, -f1 | sort -u > \"$work/listed\"",
            );
            script.line("cmp \"$work/listed\" \"$work/counted\"");
        }
        for file in evidence {
            file.check(|line| script.line(line));
        }
        script.text
    }
}

/// The commits of a release, the release commit among them, for `git rev-list`.
fn range(release: &AuditedRelease) -> String {
    let tag = format!("refs/tags/{}", release.tag());
    match &release.facts.previous {
        None => tag,
        Some(previous) => format!("refs/tags/{}..{tag}", previous.tag),
    }
}

/// A script that is being written.
#[derive(Debug, Default)]
struct Script {
    text: String,
}

impl Script {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn comment(&mut self, text: &str) {
        self.line("");
        self.line(&format!("# {}", sanitise_line(text)));
    }

    fn function(&mut self, head: &str, bodies: &[&str]) {
        self.line(head);
        for line in bodies.iter().flat_map(|body| body.lines()) {
            self.line(&format!("  {line}"));
        }
        self.line("}");
    }

    fn functions(&mut self) {
        self.line("set -eux");
        self.line("work=$(mktemp -d)");
        self.text.push_str(block("trailers"));
        self.text.push_str(block("digest"));
        self.text.push_str(block("ticket"));
        let of_tag = [block("name"), block("released"), block("one commit")];
        self.function("check_tag() {", &of_tag);
        let count = "test \"$(git rev-list --count \"$range\")\" -eq \"$1\"\n";
        self.function("check_commits() { # how many", &[block("commits"), count]);
        let pinned = "test \"$(trailer Configuration)\" = \"$1\"\n";
        self.function(
            "check_configuration() { # digest",
            &[block("configuration"), pinned],
        );
        self.function("read_keys() {", &[block("signers")]);
        self.function("check_signature() {", &[block("signature")]);
        self.text.push_str(block("of audits"));
    }

    fn check_release(&mut self, facts: &AuditFacts, release: &AuditedRelease, rows: &ReleaseRows) {
        let (tag, record) = (release.tag(), &release.record);
        self.comment(&format!(
            "{tag}: the tag, its commits, and what they were checked with"
        ));
        self.line(&format!("tag={}", shell_word(tag)));
        let row = &rows.release;
        match &record.metadata {
            None => {
                self.line("released=$tag^");
                self.line(&format!(
                    "check_range {} {}",
                    shell_word(&range(release)),
                    row.commits_digest
                ));
            }
            Some(metadata) => {
                self.line("check_tag");
                if release.package.is_none() {
                    self.line(&format!("check_commits {}", row.commits));
                } else if row.commits > 0 {
                    let ids = release.released_commits();
                    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
                    self.line(&format!("check_listed_commits {}", ids.join(" ")));
                }
                let count = metadata.tickets().count();
                self.line(&format!("test \"$(trailer Ticket | wc -l)\" -eq {count}"));
            }
        }
        if let Some(file) = &record.configuration {
            let (path, digest) = (shell_word(&file.path), digest_of_bytes(&file.bytes));
            if record
                .metadata
                .as_ref()
                .is_some_and(|it| it.configuration().is_some())
            {
                self.line(&format!("configuration={path}"));
                self.line(&format!("check_configuration {digest}"));
            } else {
                self.line(&format!("check_file {} {path} {digest}", at(release)));
            }
        }
        if let Some(file) = &record.signers {
            self.line(&format!("signers={}", shell_word(&file.path)));
            self.line("read_keys");
            if matches!(record.signature, TagSignature::Valid { .. }) {
                self.line("check_signature");
            }
        }
        for ticket in &release.facts.tickets {
            self.check_ticket(release, ticket);
        }
        let object = record.object.as_ref().map(|object| object.id);
        let object = object.unwrap_or(release.facts.tip);
        self.line(&format!("check_object {object}"));
        self.check_later(facts, release);
    }

    fn check_ticket(&mut self, release: &AuditedRelease, ticket: &ReportedTicket) {
        self.comment(&format!("{}: the plan, and who approved it", ticket.id()));
        let plan = PlanAt {
            commit: &at(release),
            version: &ticket.planned,
            digest: &ticket.digest,
        };
        let is_computed = self.check_plan(&plan);
        let Some(approvals) = &ticket.approvals else {
            return;
        };
        let keys = Keys::of(release.record.signers.as_ref());
        let commits = release.commits_of(ticket.id());
        let commits: Vec<String> = commits.map(|it| it.commit.id.to_string()).collect();
        for entry in counted(approvals) {
            let address = keys.address(entry);
            if let (true, Some(number), Some(address)) = (is_computed, entry.index, &address) {
                self.line(&format!("check_approval {number} {}", shell_word(address)));
            }
            let by = address.unwrap_or_else(|| entry.by.clone());
            if by.contains('@') && !commits.is_empty() && !is_named(approvals, release, &by) {
                self.line(&format!(
                    "check_not_author {} {}",
                    shell_word(&by),
                    commits.join(" ")
                ));
            }
        }
    }

    /// Checks a plan; returns whether Python can compute its digest.
    fn check_plan(&mut self, plan: &PlanAt<'_>) -> bool {
        let PlanAt {
            commit,
            version,
            digest,
        } = *plan;
        let path = version.path();
        let name = crate::ticket::stem(path);
        if sanitise_line(path) != path {
            self.comment("A ticket is left out here: its path has control characters.");
            return false;
        }
        let path = shell_word(path);
        let is_computed = is_computable(version);
        if is_computed {
            self.line(&format!(
                "check_ticket {commit} {path} {} {digest}",
                shell_word(name)
            ));
        } else {
            self.line(
                "# Python cannot compute the digest of this ticket, so its text is compared.",
            );
            let text = version.source().text();
            self.line(&format!(
                "check_file {commit} {path} {}",
                digest_of_bytes(text.as_bytes())
            ));
        }
        is_computed
    }

    /// Checks the approvals that followed the release.
    fn check_later(&mut self, facts: &AuditFacts, release: &AuditedRelease) {
        let keys = Keys::of(facts.head_signers.as_ref());
        for ticket in &release.facts.tickets {
            let (Some(later), Some(latest)) = (release.later_of(ticket), &ticket.latest) else {
                continue;
            };
            let entries = later
                .entries()
                .filter(|entry| entry.effect == crate::approval::ApprovalEffect::Approves);
            let signed: Vec<(usize, String)> = entries
                .filter_map(|entry| Some((entry.index?, keys.address(entry)?)))
                .collect();
            let (false, Some(signers)) = (signed.is_empty(), &facts.head_signers) else {
                continue;
            };
            self.comment(&format!("{}: approved after the release", ticket.id()));
            let head = facts.head.to_string();
            let show = git_show(&head, &signers.path);
            self.line(&format!("{show} > \"$work/allowed_signers\""));
            let plan = PlanAt {
                commit: &head,
                version: latest,
                digest: &crate::ticket::digest(&latest.document),
            };
            if self.check_plan(&plan) {
                for (number, address) in signed {
                    self.line(&format!("check_approval {number} {}", shell_word(&address)));
                }
            }
        }
    }
}

/// A ticket in a commit.
struct PlanAt<'a> {
    commit: &'a str,
    version: &'a ParsedTicket,
    digest: &'a str,
}

/// The commit that was released, for a shell.
pub(super) fn at(release: &AuditedRelease) -> String {
    match release.record.metadata {
        Some(_) => "\"$released\"".to_owned(),
        None => "\"refs/tags/$tag\"".to_owned(),
    }
}

/// Whether a commit of the ticket names a person as its author or co-author.
fn is_named(approvals: &TicketApprovals, release: &AuditedRelease, address: &str) -> bool {
    let of_ticket = release.commits_of(&approvals.id);
    let mut authors = of_ticket.flat_map(|commit| {
        let commit = &commit.commit;
        std::iter::once(&commit.author).chain(commit.co_authors())
    });
    authors.any(|author| author.email.eq_ignore_ascii_case(address))
}

/// The keys that may sign.
pub(super) struct Keys(AllowedSigners);

impl Keys {
    pub(super) fn of(file: Option<&AuditedFile>) -> Self {
        Self(file.map_or_else(AllowedSigners::default, |file| {
            let text = String::from_utf8_lossy(&file.bytes);
            AllowedSigners::parse(&Source::new(file.path.as_str(), text)).0
        }))
    }

    /// The address under which the file lists the key of a signed approval.
    pub(super) fn address(&self, entry: &EvaluatedApproval) -> Option<String> {
        let names: Vec<&str> = self.0.names_of(entry.key.as_ref()?).collect();
        let is_name = |name: &&&str| !name.contains(['*', '?', '!']);
        let own = names
            .iter()
            .find(|name| name.eq_ignore_ascii_case(&entry.by));
        own.or_else(|| names.iter().find(is_name))
            .map(|name| (*name).to_owned())
    }
}

/// Whether the Python of the documentation computes the digest of a ticket.
fn is_computable(version: &ParsedTicket) -> bool {
    let text = version.source().text();
    let entries = version.document.root().entries();
    !text.contains("tollgate:")
        && entries
            .iter()
            .all(|entry| is_computable_value(&entry.value))
}

fn is_computable_value(node: &Node) -> bool {
    match &node.value {
        Value::String(_) | Value::Boolean(_) => true,
        Value::Integer(number) => number.unsigned_abs() < MAX_INTEGER,
        Value::Datetime(datetime) => {
            matches!(datetime.kind, DatetimeKind::Instant | DatetimeKind::Date)
        }
        Value::Array(nodes) => nodes.iter().all(is_computable_value),
        Value::Table(table) => table
            .entries()
            .iter()
            .all(|entry| is_computable_value(&entry.value)),
        _ => false,
    }
}

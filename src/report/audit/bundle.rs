//! The files of an audit: the document, its rows, and the evidence, with a manifest of all.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Serialize;

use super::Audit;
use super::commands::Keys;
use super::facts::{AuditFacts, AuditedFile, AuditedRelease};
use super::markdown;
use crate::approval::{EvaluatedApproval, TicketApprovals};
use crate::release::digest_of_bytes;
use crate::report::csv::csv_line;
use crate::report::facts::ReportedTicket;
use crate::signature::ApprovalText;
use crate::source::{shell_command, shell_word};
use crate::ticket::{Approval, ParsedTicket};

/// A file of a bundle.
#[derive(Debug)]
pub(crate) struct BundleFile {
    /// The path in the bundle: letters, digits, and `-`, `.`, `_`, between slashes.
    pub(crate) path: String,
    pub(crate) bytes: Vec<u8>,
}

/// An audit as files.
#[derive(Debug)]
pub(crate) struct Bundle {
    /// The files, the manifest last.
    pub(crate) files: Vec<BundleFile>,
    /// The SHA-256 of the manifest, in hexadecimal digits.
    pub(crate) manifest_digest: String,
}

/// A file with evidence, and how to check it.
#[derive(Debug)]
pub(super) struct Evidence {
    pub(super) path: String,
    pub(super) bytes: Vec<u8>,
    check: EvidenceCheck,
}

#[derive(Debug)]
enum EvidenceCheck {
    /// This command prints the same bytes.
    Printed(String),
    /// The text of a signature, which is beside it.
    Signed {
        /// The path of the keys.
        keys: String,
        address: String,
        digest: String,
        /// The time at which the key must be valid.
        time: String,
    },
    /// Another file checks it.
    Beside,
}

impl Evidence {
    /// Gives the lines of the commands that check the file; `$bundle` is the folder.
    pub(super) fn check(&self, mut line: impl FnMut(&str)) {
        let path = &self.path;
        match &self.check {
            EvidenceCheck::Printed(command) => {
                line(&format!("{command} > \"$work/file\""));
                line(&format!("cmp \"$work/file\" \"$bundle/{path}\""));
            }
            EvidenceCheck::Signed {
                keys,
                address,
                digest,
                time,
            } => {
                let base = path.trim_end_matches(".text");
                line(&format!("grep -qxF 'digest {digest}' \"$bundle/{path}\""));
                line(&format!(
                    "TZ=UTC ssh-keygen -Y verify -f \"$bundle/{keys}\" -I {} -n tollgate-approval -O verify-time={time} -s \"$bundle/{base}.sig\" < \"$bundle/{path}\"",
                    shell_word(address)
                ));
            }
            EvidenceCheck::Beside => {}
        }
    }
}

/// The command that prints a file of a commit.
pub(super) fn git_show(commit: &str, path: &str) -> String {
    let file = format!("{commit}:{path}");
    shell_command!("git show {file}", file)
}

/// Collects the files with the evidence for releases.
#[derive(Debug, Default)]
pub(super) struct EvidenceWriter {
    /// The folders in use, in lower case.
    folders: BTreeSet<String>,
    files: Vec<Evidence>,
    /// The path of the keys of HEAD, if a release needs them.
    keys_at_head: Option<String>,
}

/// The keys with which signatures are checked.
#[derive(Clone, Copy)]
struct KeyFile<'a> {
    /// The path in the bundle.
    path: &'a str,
    file: &'a AuditedFile,
}

/// An approval among all of its ticket.
#[derive(Clone, Copy)]
struct JudgedApproval<'a> {
    judged: &'a TicketApprovals,
    entry: &'a EvaluatedApproval,
}

/// An approval of a ticket, with what it is checked with.
struct ApprovalEvidence<'a> {
    folder: &'a str,
    version: &'a ParsedTicket,
    approval: JudgedApproval<'a>,
    keys: Option<KeyFile<'a>>,
}

impl EvidenceWriter {
    /// Adds the evidence for a release.
    pub(super) fn add(&mut self, facts: &AuditFacts, release: &AuditedRelease) {
        let at_head = facts.head_signers.as_ref();
        let at_head = at_head.filter(|_| !release.later.is_empty());
        if let (None, Some(file)) = (&self.keys_at_head, at_head) {
            let folder = self.folder("evidence/HEAD");
            let source = git_show(&facts.head.to_string(), &file.path);
            let path = self.printed(format!("{folder}/allowed_signers"), &file.bytes, source);
            self.keys_at_head = Some(path);
        }
        let path = self.keys_at_head.clone();
        self.release(release, path.as_deref().zip(at_head));
    }

    pub(super) fn finish(self) -> Vec<Evidence> {
        self.files
    }

    /// A folder that no other evidence is in: a name may be any text, and file systems confuse
    /// some.
    fn folder(&mut self, path: &str) -> String {
        let mut folder = path.to_owned();
        let mut number = 2;
        while !self.folders.insert(folder.to_lowercase()) {
            folder = format!("{path}-{number}");
            number += 1;
        }
        folder
    }

    fn printed(&mut self, path: String, bytes: &[u8], command: String) -> String {
        self.files.push(Evidence {
            path: path.clone(),
            bytes: bytes.to_vec(),
            check: EvidenceCheck::Printed(command),
        });
        path
    }

    fn release(&mut self, release: &AuditedRelease, at_head: Option<(&str, &AuditedFile)>) {
        let (tag, record) = (release.tag(), &release.record);
        let folder = self.folder(&format!("evidence/{}", file_name(tag)));
        let reference = format!("refs/tags/{tag}");
        let commit = release.facts.tip.to_string();
        if let Some(object) = &record.object {
            let command = shell_command!("git cat-file tag {reference}", reference);
            self.printed(format!("{folder}/tag"), &object.bytes, command);
        }
        if let Some(file) = &record.configuration {
            let command = git_show(&commit, &file.path);
            self.printed(format!("{folder}/configuration.toml"), &file.bytes, command);
        }
        let keys = record.signers.as_ref().map(|file| {
            let command = git_show(&commit, &file.path);
            let path = self.printed(format!("{folder}/allowed_signers"), &file.bytes, command);
            (path, file)
        });
        let keys = keys.as_ref().map(|(path, file)| KeyFile { path, file });
        for ticket in &release.facts.tickets {
            let folder = self.folder(&format!("{folder}/{}", file_name(ticket.id())));
            self.ticket(&folder, release, ticket, keys);
            let later = release.later_of(ticket).zip(ticket.latest.as_ref());
            let keys = at_head.map(|(path, file)| KeyFile { path, file });
            if let Some((later, version)) = later {
                for entry in later.entries() {
                    let approval = JudgedApproval {
                        judged: later.approvals,
                        entry,
                    };
                    let folder = format!("{folder}/later");
                    self.as_approved(&folder, release, approval);
                    self.approval(&ApprovalEvidence {
                        folder: &folder,
                        version,
                        approval,
                        keys,
                    });
                }
            }
        }
    }

    fn ticket(
        &mut self,
        folder: &str,
        release: &AuditedRelease,
        ticket: &ReportedTicket,
        keys: Option<KeyFile<'_>>,
    ) {
        let text = ticket.planned.source().text();
        let command = git_show(&release.facts.tip.to_string(), ticket.planned.path());
        self.printed(format!("{folder}/released.toml"), text.as_bytes(), command);
        let Some(judged) = &ticket.approvals else {
            return;
        };
        for entry in &judged.judgement.entries {
            let approval = JudgedApproval { judged, entry };
            self.as_approved(folder, release, approval);
            self.approval(&ApprovalEvidence {
                folder,
                version: &ticket.planned,
                approval,
                keys,
            });
        }
    }

    /// The ticket in the commit that added an approval.
    fn as_approved(
        &mut self,
        folder: &str,
        release: &AuditedRelease,
        approval: JudgedApproval<'_>,
    ) {
        let JudgedApproval { judged, entry } = approval;
        let Some(number) = entry.index else {
            return;
        };
        let Some(Some(addition)) = judged.additions.get(number) else {
            return;
        };
        let key = (addition.commit, addition.path.clone());
        if let Some(bytes) = release.approved_texts.get(&key) {
            let command = git_show(&addition.commit.to_string(), &addition.path);
            self.printed(format!("{folder}/approved-{number}.toml"), bytes, command);
        }
    }

    /// The lines of an approval, the text that was signed, and the signature.
    fn approval(&mut self, evidence: &ApprovalEvidence<'_>) {
        let ApprovalEvidence {
            folder,
            version,
            approval: JudgedApproval { judged, entry },
            keys,
        } = evidence;
        let Some(number) = entry.index else {
            return;
        };
        let Some(approval) = version.ticket.approvals.get(number) else {
            return;
        };
        let base = format!("{folder}/approval-{number}");
        let lines = &version.source().text()[approval.span.start..approval.span.end];
        self.beside(format!("{base}.toml"), lines.as_bytes());
        let signed = entry
            .signed_text
            .clone()
            .or_else(|| text_to_sign(&judged.id, approval));
        let (Some(signature), Some(digest), Some(text)) =
            (&approval.signature, &approval.digest, signed)
        else {
            return;
        };
        self.beside(format!("{base}.sig"), signature.text.as_bytes());
        let address = keys.and_then(|keys| Some((keys, Keys::of(Some(keys.file)).address(entry)?)));
        let check = match (address, &approval.at) {
            (Some((keys, address)), Some(at)) => EvidenceCheck::Signed {
                keys: keys.path.to_owned(),
                address,
                digest: digest.text.clone(),
                time: at.timestamp.strftime("%Y%m%d%H%M%S").to_string(),
            },
            _ => EvidenceCheck::Beside,
        };
        self.files.push(Evidence {
            path: format!("{base}.text"),
            bytes: text.into_bytes(),
            check,
        });
    }

    fn beside(&mut self, path: String, bytes: &[u8]) {
        self.files.push(Evidence {
            path,
            bytes: bytes.to_vec(),
            check: EvidenceCheck::Beside,
        });
    }
}

/// The text that a signature of an approval would be for; `None` if it cannot be signed.
fn text_to_sign(ticket: &str, approval: &Approval) -> Option<String> {
    let role = approval.role.as_ref().map(|role| role.text.trim());
    let text = ApprovalText {
        ticket,
        digest: &approval.digest.as_ref()?.text,
        decision: approval.decision?,
        by: approval.by.as_ref()?.text.trim(),
        role: role.filter(|role| !role.is_empty()),
        at: approval.at.as_ref()?.timestamp,
        reason: approval.reason.as_ref().map(|reason| reason.text.as_str()),
    };
    text.to_text().ok()
}

/// A text as the name of a file.
fn file_name(text: &str) -> String {
    const MAX_NAME: usize = 100;
    let safe = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let name: String = text
        .chars()
        .map(|c| if safe(c) { c } else { '-' })
        .take(MAX_NAME)
        .collect();
    let name = name.trim_start_matches(['.', '-']);
    if name.is_empty() {
        "unnamed".to_owned()
    } else {
        name.to_owned()
    }
}

impl Audit {
    /// The audit as files.
    pub(crate) fn bundle(&self) -> Bundle {
        let mut files = vec![
            file("audit.md", markdown::document(self, Some(&self.evidence))),
            file("approvals.jsonl", json_lines(&self.approvals)),
            file("check.sh", self.bundle_commands.clone()),
            file("exceptions.csv", self.exceptions_csv()),
            file("population.csv", self.population_csv()),
            file("releases.jsonl", json_lines(&self.releases)),
            file("tickets.jsonl", json_lines(&self.tickets)),
        ];
        files.extend(self.evidence.iter().map(|evidence| BundleFile {
            path: evidence.path.clone(),
            bytes: evidence.bytes.clone(),
        }));
        files.sort_by(|one, other| one.path.cmp(&other.path));
        let mut manifest = String::new();
        for file in &files {
            _ = writeln!(manifest, "{}  {}", sha256(&file.bytes), file.path);
        }
        let manifest_digest = sha256(manifest.as_bytes());
        files.push(file("MANIFEST.sha256", manifest));
        Bundle {
            files,
            manifest_digest,
        }
    }

    fn population_csv(&self) -> String {
        let head = [
            "commit",
            "release",
            "at",
            "author",
            "role",
            "subject",
            "tickets",
            "without_ticket",
            "repository",
        ];
        let mut text = csv_line(head);
        for row in &self.population {
            let at = row.at.map(|at| at.to_string()).unwrap_or_default();
            text.push_str(&csv_line([
                row.commit.as_str(),
                &row.release,
                &at,
                &row.author,
                row.role,
                &row.subject,
                &row.tickets.join(" "),
                row.without_ticket.as_deref().unwrap_or_default(),
                &row.repository,
            ]));
        }
        text
    }

    fn exceptions_csv(&self) -> String {
        let mut text = csv_line(["release", "kind", "subject", "what", "reason", "repository"]);
        for row in &self.exceptions {
            let reason = row.reason.as_deref().unwrap_or_default();
            text.push_str(&csv_line([
                row.release.as_str(),
                row.kind,
                &row.subject,
                &row.what,
                reason,
                &row.repository,
            ]));
        }
        text
    }
}

fn sha256(bytes: &[u8]) -> String {
    digest_of_bytes(bytes)
        .trim_start_matches("sha256:")
        .to_owned()
}

fn file(path: &str, text: String) -> BundleFile {
    BundleFile {
        path: path.to_owned(),
        bytes: text.into_bytes(),
    }
}

/// One JSON document a line.
pub(super) fn json_lines<T: Serialize>(rows: &[T]) -> String {
    let line = |row: &T| serde_json::to_string(row).map(|line| line + "\n");
    rows.iter()
        .map(line)
        .collect::<Result<_, _>>()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_stay_in_the_bundle() {
        assert_eq!(file_name("../../etc/passwd"), "etc-passwd");
        assert_eq!(file_name("..."), "unnamed");
        assert_eq!(file_name("-rf \n/"), "rf---");
        assert_eq!(file_name(&"a".repeat(300)).len(), 100);
    }

    #[test]
    fn names_that_file_systems_confuse_get_different_folders() {
        let mut writer = EvidenceWriter::default();
        assert_eq!(writer.folder("e/Pool"), "e/Pool");
        assert_eq!(writer.folder("e/pool"), "e/pool-2");
    }
}

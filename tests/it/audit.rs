//! `tollgate report audit`: the commands of the document accept the releases that were audited, and
//! notice what was changed afterwards, in the repository or in the bundle.

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use crate::sandbox::{Sandbox, stderr, stdout};
use crate::scenario::{assert_contains, assert_success, in_state};
use crate::shop::Shop;

const NOW: &str = "2026-11-26T09:00:00Z";

const POOL: &str = "changes/2026-11-16-raise-pool.toml";

/// The releases of the shop with the bundle of an audit, and the commands of its document.
struct Audited {
    shop: Sandbox,
    commands: String,
}

/// What somebody changes after an audit.
struct Tampering {
    name: &'static str,
    tamper: fn(&Audited),
    /// What the command that fails contains.
    noticed_by: &'static str,
}

const fn tampering(
    name: &'static str,
    noticed_by: &'static str,
    tamper: fn(&Audited),
) -> Tampering {
    Tampering {
        name,
        tamper,
        noticed_by,
    }
}

/// The shell blocks of a document.
fn commands(document: &str) -> String {
    let blocks = document.split("```sh\n").skip(1);
    blocks.filter_map(|rest| rest.split("```").next()).collect()
}

impl Audited {
    fn new() -> Self {
        let shop = Shop::before_release();
        shop.release_of_november();
        let arguments = [
            "report",
            "audit",
            "v4.9.0..v4.13.0",
            "--now",
            NOW,
            "--bundle",
            "../bundle",
        ];
        shop.tollgate(&arguments);
        let document = fs::read_to_string(shop.0.path().join("../bundle/audit.md")).unwrap();
        Self {
            commands: commands(&document),
            shop: shop.0,
        }
    }

    fn bundle(&self) -> PathBuf {
        self.shop.path().join("../bundle")
    }

    /// Runs the commands of the document, until one fails.
    fn check(&self) -> Output {
        let mut command = self.shop.command("sh");
        command.env("bundle", self.bundle());
        command.args(["-c", &self.commands]).output().unwrap()
    }

    /// The command that fails.
    fn rejected_by(&self) -> String {
        let output = self.check();
        assert!(!output.status.success());
        let lines = stderr(&output).lines();
        let mut commands = lines.filter(|line| line.starts_with("+ "));
        commands.next_back().unwrap_or_default().to_owned()
    }

    /// Signs with the key of this name from now on.
    fn sign_as(&self, key: &str) {
        let path = self.shop.path().join("..").join(key);
        self.shop
            .git(&["config", "user.signingKey", path.to_str().unwrap()]);
        self.shop.git(&["config", "tag.gpgSign", "true"]);
    }

    /// The message of a tag, without its signature.
    fn message(&self, tag: &str) -> String {
        let format = "--format=%(contents:subject)%0a%0a%(contents:body)";
        let reference = format!("refs/tags/{tag}");
        self.shop.git(&["for-each-ref", format, &reference]) + "\n"
    }

    fn retag(&self, tag: &str, message: &str, commit: &str) {
        self.shop.git(&[
            "tag",
            "--annotate",
            "--force",
            "--cleanup=verbatim",
            "--message",
            message,
            tag,
            commit,
        ]);
    }

    /// Changes the message of a tag, and signs it with the key of the person who made it.
    fn rewrite_record(&self, tag: &str, from: &str, to: &str) {
        self.sign_as("lee");
        let message = self.message(tag);
        assert_contains(&message, from);
        let commit = self.shop.git(&["rev-parse", &format!("{tag}^{{commit}}")]);
        self.retag(tag, &message.replacen(from, to, 1), &commit);
    }

    /// Makes 4.13.0 once more, with its last commit changed, and with a record that fits: what a
    /// member of the team can do who has the key.
    fn release_again(&self, change: impl Fn(&Sandbox)) {
        self.shop.git(&["checkout", "--quiet", "v4.13.0~1"]);
        change(&self.shop);
        self.shop
            .git(&["commit", "--quiet", "--amend", "--no-edit", "--all"]);
        self.finish_release();
    }

    /// Releases HEAD as 4.13.0, as the original does, with a record that fits.
    fn finish_release(&self) {
        self.shop.git(&["cherry-pick", "v4.13.0"]);
        let ids = self.shop.git(&["rev-list", "v4.12.1..HEAD~1"]);
        let mut ids: Vec<&str> = ids.lines().collect();
        ids.sort_unstable();
        let mut message = self.message("v4.13.0");
        let commits = self.sha256(&(ids.join("\n") + "\n"));
        let configuration = self.shop.read("tollgate.toml");
        let configuration = self.sha256(&configuration);
        for (key, digest) in [("Commits", commits), ("Configuration", configuration)] {
            let line = message.lines().find(|line| line.starts_with(key)).unwrap();
            message = message.replace(line, &format!("{key}: sha256:{digest}"));
        }
        self.sign_as("lee");
        self.retag("v4.13.0", &message, "HEAD");
        self.shop.git(&["checkout", "--quiet", "main"]);
    }

    fn sha256(&self, text: &str) -> String {
        self.shop.write(".git/text", text);
        let mut command = self.shop.command("sha256sum");
        let output = command.arg(".git/text").output().unwrap();
        stdout(&output).split(' ').next().unwrap().to_owned()
    }

    /// Changes a file of the bundle.
    fn edit_bundle(&self, path: &str, edit: impl Fn(String) -> String) {
        let path = self.bundle().join(path);
        let text = fs::read_to_string(&path).unwrap();
        let edited = edit(text.clone());
        assert_ne!(text, edited, "{path:?}");
        fs::write(path, edited).unwrap();
    }

    /// Writes a manifest that fits the files of the bundle.
    fn write_manifest(&self) {
        let script = "cd ../bundle && rm MANIFEST.sha256 && find . -type f | sed 's|^./||' | sort \
                      | xargs sha256sum > ../m && mv ../m MANIFEST.sha256";
        let status = self.shop.command("sh").args(["-c", script]).status();
        assert!(status.unwrap().success());
    }
}

/// Replaces a text of a file, which has to be there.
fn edit(sandbox: &Sandbox, path: &str, from: &str, to: &str) {
    let text = sandbox.read(path);
    assert_contains(&text, from);
    sandbox.write(path, text.replacen(from, to, 1));
}

/// The value of the first line of a file that begins with this.
fn line_with<'t>(text: &'t str, start: &str) -> &'t str {
    text.lines().find(|line| line.starts_with(start)).unwrap()
}

const OF_RECORDS: &[Tampering] = &[
    tampering("the tag is moved", "+ test", |it| {
        it.shop.git(&["tag", "--force", "v4.13.0", "v4.13.0~1"]);
    }),
    tampering("the signed tag is moved", "+ test sha256:", |it| {
        it.sign_as("lee");
        let message = it.message("v4.13.0");
        it.retag("v4.13.0", &message, "HEAD");
    }),
    tampering(
        "the tag of another release",
        "+ test v4.12.1 = v4.13.0",
        |it| {
            let other = it.shop.git(&["rev-parse", "refs/tags/v4.12.1"]);
            it.shop.git(&["update-ref", "refs/tags/v4.13.0", &other]);
        },
    ),
    tampering(
        "the tag is not signed any more",
        "verify-tag v4.13.0",
        |it| {
            it.shop.git(&["config", "tag.gpgSign", "false"]);
            let message = it.message("v4.13.0");
            it.retag("v4.13.0", &message, "v4.13.0^{commit}");
        },
    ),
    tampering(
        "the tag is signed with an unknown key",
        "verify-tag v4.13.0",
        |it| {
            let key = it.shop.path().join("../eve");
            let mut command = it.shop.command("ssh-keygen");
            command
                .args(["-q", "-N", "", "-t", "ed25519", "-f"])
                .arg(&key);
            assert!(command.status().unwrap().success());
            it.sign_as("eve");
            let message = it.message("v4.13.0");
            it.retag("v4.13.0", &message, "v4.13.0^{commit}");
        },
    ),
    tampering("the recorded commits are changed", "+ test sha256:", |it| {
        it.rewrite_record("v4.13.0", "Commits: sha256:", "Commits: sha256:0");
    }),
    tampering("the recorded base is changed", "+ test v4.12.0", |it| {
        it.rewrite_record("v4.13.0", "Base: v4.12.1", "Base: v4.12.0");
    }),
    tampering(
        "a ticket is dropped from the record",
        "+ test 2 -eq 3",
        |it| {
            it.rewrite_record("v4.13.0", "Ticket: 2026-11-16", "Tickets: 2026-11-16");
        },
    ),
    tampering("the notes of an old release are changed", "+ test", |it| {
        it.rewrite_record("v4.10.0", "synonyms", "antonyms");
    }),
    tampering(
        "the history after the release is rewritten",
        "merge-base --is-ancestor",
        |it| {
            it.shop
                .git(&["commit", "--quiet", "--amend", "--message", "docs: nothing"]);
        },
    ),
    tampering(
        "a later approval is dropped",
        "merge-base --is-ancestor",
        |it| {
            it.shop
                .git(&["checkout", "--quiet", "-B", "main", "v4.12.1"]);
        },
    ),
];

const OF_HISTORY: &[Tampering] = &[
    tampering("an approval is dropped", "approvals/0.time", |it| {
        it.release_again(|shop| {
            let text = shop.read(POOL);
            let (before, _) = text.split_once("[[approvals]]").unwrap();
            shop.write(POOL, before);
        });
    }),
    tampering(
        "the plan is edited after the approval",
        "= sha256:6789ab96",
        |it| {
            it.release_again(|shop| edit(shop, POOL, "answers `pool=40`", "answers `pool=400`"));
        },
    ),
    tampering(
        "an approver gets the key of another",
        "-I bo@shop.example",
        |it| {
            it.release_again(|shop| {
                let keys = shop.read(".tollgate/allowed_signers");
                let kim = line_with(&keys, "kim@").replace("kim@", "bo@");
                let keys = keys.replace(line_with(&keys, "bo@"), &kim);
                shop.write(".tollgate/allowed_signers", keys);
            });
        },
    ),
    tampering("the policy is loosened", "+ test sha256:", |it| {
        it.release_again(|shop| {
            edit(
                shop,
                "tollgate.toml",
                "high = { quorum = 2",
                "high = { quorum = 0",
            );
        });
    }),
    tampering("a signature is replaced", "-I bo@shop.example", |it| {
        it.release_again(|shop| {
            let other = shop.read("changes/2026-11-17-one-page-checkout.toml");
            let text = shop.read(POOL);
            let signature = |text: &str| {
                let (_, rest) = text.split_once("-----BEGIN SSH SIGNATURE-----").unwrap();
                rest.split_once("-----END").unwrap().0.to_owned()
            };
            shop.write(POOL, text.replace(&signature(&text), &signature(&other)));
        });
    }),
    tampering("an approver is replaced", "-I bo@shop.example", |it| {
        it.release_again(|shop| {
            edit(
                shop,
                POOL,
                "by = \"bo@shop.example\"",
                "by = \"kim@shop.example\"",
            );
        });
    }),
    tampering("an approval is dated back", "-I bo@shop.example", |it| {
        it.release_again(|shop| edit(shop, POOL, "2026-11-18T08:10:00Z", "2026-11-17T08:10:00Z"));
    }),
    tampering("a commit is added", "-eq 16", |it| {
        it.shop.git(&["checkout", "--quiet", "v4.13.0~1"]);
        it.shop.git(&[
            "commit",
            "--quiet",
            "--allow-empty",
            "--message",
            "fix: more",
        ]);
        it.finish_release();
    }),
    tampering("a commit is left out", "-eq 16", |it| {
        it.shop.git(&["checkout", "--quiet", "v4.13.0~1"]);
        let fix = it
            .shop
            .git(&["log", "-1", "--format=%H", "--grep=round half up"]);
        let before = format!("{fix}~1");
        it.shop.git(&["rebase", "--quiet", "--onto", &before, &fix]);
        it.finish_release();
    }),
    tampering("the author of a commit is changed", "+ test", |it| {
        it.shop.git(&["checkout", "--quiet", "v4.13.0~1"]);
        let author = "--author=Eve <eve@shop.example>";
        it.shop
            .git(&["commit", "--quiet", "--amend", "--no-edit", author]);
        it.finish_release();
    }),
];

const OF_BUNDLE: &[Tampering] = &[
    tampering("the document is changed", "sha256sum --check", |it| {
        it.edit_bundle("audit.md", |text| text.replace("rolled-back", "successful"));
    }),
    tampering("a row is dropped", "sha256sum --check", |it| {
        it.edit_bundle("approvals.jsonl", |text| text.lines().skip(1).collect());
    }),
    tampering("evidence is removed", "sha256sum --check", |it| {
        fs::remove_file(it.bundle().join("evidence/v4.13.0/tag")).unwrap();
    }),
    tampering("a file is added", "+ test", |it| {
        fs::write(it.bundle().join("evidence/more"), "x").unwrap();
    }),
    tampering("a commit is dropped with the manifest", "+ cmp", |it| {
        it.edit_bundle("population.csv", |text| {
            text.replace(text.lines().nth(4).unwrap(), "")
                .replace("\r\n\r\n", "\r\n")
        });
        it.write_manifest();
    }),
    tampering("a ticket is changed with the manifest", "+ cmp", |it| {
        let path = "evidence/v4.13.0/2026-11-16-raise-pool/released.toml";
        it.edit_bundle(path, |text| text.replace("pool=40", "pool=400"));
        it.write_manifest();
    }),
    tampering("keys are changed with the manifest", "+ cmp", |it| {
        let path = "evidence/v4.13.0/allowed_signers";
        it.edit_bundle(path, |text| text.replace("bo@", "eve@"));
        it.write_manifest();
    }),
    tampering(
        "a signed text is changed with the manifest",
        "ssh-keygen -Y verify",
        |it| {
            let path = "evidence/v4.13.0/2026-11-16-raise-pool/approval-0.text";
            it.edit_bundle(path, |text| text.replace("2026-11-18", "2026-11-17"));
            it.write_manifest();
        },
    ),
];

/// Tampers in each of these ways, each in a copy.
fn notices(tamperings: &[Tampering]) {
    let audited = Audited::new();
    for tampering in tamperings {
        let copy = Audited {
            shop: audited.shop.copy(),
            commands: audited.commands.clone(),
        };
        (tampering.tamper)(&copy);
        let command = copy.rejected_by();
        assert!(
            command.contains(tampering.noticed_by),
            "{}: {command}",
            tampering.name
        );
    }
}

#[test]
fn commands_accept_what_was_audited() {
    let audited = Audited::new();
    let output = audited.check();
    assert!(output.status.success(), "{}", stderr(&output));
    let script = audited.bundle().join("check.sh");
    let output = audited.shop.command("sh").arg(script).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn commands_notice_changed_records() {
    notices(OF_RECORDS);
}

#[test]
fn commands_notice_changed_history() {
    notices(OF_HISTORY);
}

#[test]
fn commands_notice_changed_bundles() {
    notices(OF_BUNDLE);
}

#[test]
fn release_during_a_freeze_of_other_services_is_no_exception() {
    let sandbox = Sandbox::new();
    let freeze = |service: &str| {
        format!(
            "[[freeze]]\nname = \"{service}\"\nservices = [\"{service}\"]\n\
             start = 2025-12-01T00:00:00Z\nend = 2026-02-01T00:00:00Z\n"
        )
    };
    sandbox.write("tollgate.toml", freeze("orders-api"));
    sandbox.commit("feat: take orders");
    sandbox.git(&["tag", "v1.2.3", "-m", "v1.2.3"]);
    sandbox.write("changes/pool.toml", in_state("approved"));
    sandbox.write("pool.yaml", "40\n");
    sandbox.commit("fix: raise the pool\n\nChange: pool");
    let release = ["release", "--execute", "--now", "2026-01-02T12:00:00Z"];
    assert_success(&sandbox.tollgate(&release));
    let output = sandbox.tollgate(&["report", "audit", "v1.2.4", "--json", "--now", NOW]);
    assert!(
        !stdout(&output).contains("freeze-active"),
        "{}",
        stdout(&output)
    );
}

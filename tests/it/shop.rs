//! The repository `shop`, about which the reports of the tests are written: three months of six
//! people, six releases, one of them rolled back and one an emergency.
//!
//! Keys, dates, and names are fixed, so that every commit and every report is the same in each run.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Output;

use crate::sandbox::{Sandbox, stderr, stdout};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/shop");

/// The repository.
pub(crate) struct Shop(pub(crate) Sandbox);

/// What somebody commits.
struct Change<'a> {
    at: &'a str,
    by: &'a str,
    message: &'a str,
    files: &'a [(&'a str, &'a str)],
}

/// An approval of a ticket.
struct Approval<'a> {
    by: &'a str,
    role: Option<&'a str>,
    at: &'a str,
}

const fn approval<'a>(by: &'a str, role: Option<&'a str>, at: &'a str) -> Approval<'a> {
    Approval { by, role, at }
}

impl Shop {
    /// As it is on Monday, 23 November: 4.13.0 is approved, but not released.
    pub(crate) fn before_release() -> Self {
        let shop = Self(Sandbox::new());
        shop.start();
        shop.earlier_releases();
        shop.plan_of_november();
        shop
    }

    /// Releases 4.13.0 and closes its tickets, as of Thursday, 26 November.
    pub(crate) fn release_of_november(&self) {
        self.release("4.13.0", "2026-11-24T07:00:00Z");
        self.close(&[
            (
                "2026-11-16-raise-pool",
                "[outcome]\nstarted_at = 2026-11-24T07:02:00Z\ndeployed_at = 2026-11-24T07:24:00Z\nended_at = 2026-11-25T09:00:00Z\nresult = \"successful\"\n\
                 measured = \"0.1% of orders lost at 18:00 on 24 November\"\n",
            ),
            (
                "2026-11-17-one-page-checkout",
                "[[notes]]\nby = \"sam@shop.example\"\nat = 2026-11-24T15:00:00Z\n\
                 text = \"3 calls: the voucher field is hard to find on a phone\"\n\n\
                 [outcome]\nstarted_at = 2026-11-24T07:31:00Z\ndeployed_at = 2026-11-24T07:52:00Z\nended_at = 2026-11-25T09:00:00Z\nresult = \"with-issues\"\n\
                 measured = \"0.9 points more completed orders after a day\"\n",
            ),
            (
                "2026-11-18-drop-legacy-address",
                "[[notes]]\nby = \"ada@shop.example\"\nat = 2026-11-24T08:54:00Z\nsection = \"deployment\"\nstep = 1\n\n\
                 [[notes]]\nby = \"ada@shop.example\"\nat = 2026-11-24T08:55:00Z\nsection = \"deployment\"\nstep = 2\n\n\
                 [[notes]]\nby = \"lee@shop.example\"\nat = 2026-11-24T08:57:00Z\n\
                 text = \"Go for the drop: no readers are left\"\n\n\
                 [outcome]\nstarted_at = 2026-11-24T08:30:00Z\ndeployed_at = 2026-11-24T09:38:00Z\nended_at = 2026-11-25T09:00:00Z\nresult = \"successful\"\n\
                 measured = \"The backup of 25 November ended at 02:48\"\n",
            ),
        ], "2026-11-25T09:00:00Z");
    }

    fn start(&self) {
        for key in ["bo", "kim", "lee"] {
            let (from, to) = (format!("{FIXTURES}/keys/{key}"), self.key(key));
            fs::copy(&from, &to).unwrap();
            // `ssh-keygen` refuses a key that others can read.
            fs::set_permissions(&to, fs::Permissions::from_mode(0o600)).unwrap();
        }
        self.0.git(&["config", "gpg.format", "ssh"]);
        let files = ["tollgate.toml", "allowed_signers"].map(fixture);
        self.commit(&Change {
            at: "2026-08-03T08:00:00Z",
            by: "lee",
            message: "chore: keep change tickets next to the code",
            files: &[
                ("tollgate.toml", &files[0]),
                (".tollgate/allowed_signers", &files[1]),
                ("VERSION", "4.9.0\n"),
            ],
        });
        self.0.become_person("lee");
        self.at(
            "2026-08-31T08:00:00Z",
            &["tag", "-a", "v4.9.0", "-m", "v4.9.0"],
        );
    }

    fn earlier_releases(&self) {
        let synonyms = "2026-08-31-search-synonyms";
        self.propose(synonyms, "2026-09-01T08:00:00Z");
        self.commit(&Change {
            at: "2026-09-01T09:00:00Z",
            by: "ada",
            message: &format!("feat(search): find articles by synonyms\n\nChange: {synonyms}"),
            files: &[("search/synonyms.txt", "sneaker, trainer\n")],
        });
        self.approve(synonyms, &[approval("bo", None, "2026-09-02T09:00:00Z")]);
        self.commit(&Change {
            at: "2026-09-08T09:00:00Z",
            by: "bo",
            message: "fix(orders): sort orders of one second by number",
            files: &[("orders/sort.sql", "order by created_at, number\n")],
        });
        self.release("4.10.0", "2026-09-14T08:00:00Z");
        self.close(&[(synonyms, "[outcome]\ndeployed_at = 2026-09-14T08:20:00Z\nended_at = 2026-09-14T10:00:00Z\nresult = \"successful\"\n")], "2026-09-14T10:00:00Z");
        self.commit(&Change {
            at: "2026-09-17T08:00:00Z",
            by: "ada",
            message: "feat(orders): fill the structured address",
            files: &[(
                "orders/backfill.sql",
                "update orders set address = legacy_address\n",
            )],
        });
        self.commit(&Change {
            at: "2026-09-28T14:00:00Z",
            by: "bo",
            message: "fix(search): ignore accents",
            files: &[("search/accents.txt", "unaccent\n")],
        });
        self.release("4.11.0", "2026-10-05T08:00:00Z");
        let retries = "2026-10-26-payment-retries";
        self.propose(retries, "2026-10-26T08:00:00Z");
        self.commit(&Change {
            at: "2026-10-26T09:00:00Z",
            by: "ada",
            message: &format!("feat(payments): retry a declined payment once\n\nChange: {retries}"),
            files: &[("payments/retry.toml", "attempts = 2\nafter = \"3s\"\n")],
        });
        self.approve(retries, &[approval("kim", None, "2026-10-28T09:00:00Z")]);
        self.release("4.12.0", "2026-11-02T09:00:00Z");
        self.close(&[(retries, "[outcome]\ndeployed_at = 2026-11-02T09:20:00Z\nended_at = 2026-11-02T10:05:00Z\nresult = \"rolled-back\"\ncaused_by = \"2026-10-26-payment-retries\"\n")], "2026-11-02T11:00:00Z");
        self.emergency();
    }

    fn emergency(&self) {
        let hotfix = "2026-11-03-double-charge";
        self.propose(hotfix, "2026-11-03T07:40:00Z");
        self.commit(&Change {
            at: "2026-11-03T07:42:00Z",
            by: "bo",
            message: &format!("fix(payments): authorise each order once\n\nChange: {hotfix}"),
            files: &[(
                "payments/retry.toml",
                "attempts = 2\nafter = \"3s\"\nidempotent = true\n",
            )],
        });
        self.release_as_emergency("4.12.1", hotfix, "2026-11-03T08:15:00Z");
        self.approve(hotfix, &[approval("kim", None, "2026-11-03T10:30:00Z")]);
        self.close(&[(hotfix, "[outcome]\ndeployed_at = 2026-11-03T08:15:00Z\nended_at = 2026-11-03T10:00:00Z\nresult = \"successful\"\ncaused_by = \"2026-10-26-payment-retries\"\nretrospective = \"The provider needs an idempotency key for each attempt; an alert on two authorisations for one order is missing\"\n")], "2026-11-05T09:00:00Z");
        self.write_release_file(
            "4.12.1",
            "record the actions of the retrospective",
            "2026-11-05T10:00:00Z",
        );
    }

    fn plan_of_november(&self) {
        let (pool, checkout, column) = (
            "2026-11-16-raise-pool",
            "2026-11-17-one-page-checkout",
            "2026-11-18-drop-legacy-address",
        );
        self.propose(pool, "2026-11-16T10:12:00Z");
        self.commit(&Change {
            at: "2026-11-16T11:00:00Z",
            by: "ada",
            message: &format!(
                "perf(billing): raise the pool from 20 to 40 connections\n\nChange: {pool}"
            ),
            files: &[
                ("k8s/billing-pool.yaml", "pool: 40\n"),
                ("k8s/billing-pool-20.yaml", "pool: 20\n"),
            ],
        });
        self.propose(checkout, "2026-11-17T09:00:00Z");
        self.commit(&Change {
            at: "2026-11-17T10:00:00Z",
            by: "ada",
            message: &format!("feat(checkout): offer address, delivery, and payment on one page\n\nChange: {checkout}"),
            files: &[("web/checkout.ts", "onePage()\n"), ("flags/checkout.toml", "checkout-one-page-2026 = false\n")],
        });
        self.commit(&Change {
            at: "2026-11-17T15:00:00Z",
            by: "bo",
            message: "fix(prices): round half up, as invoices do",
            files: &[("prices/round.ts", "roundHalfUp()\n")],
        });
        self.approve(pool, &[approval("bo", None, "2026-11-18T08:10:00Z")]);
        self.propose(column, "2026-11-18T08:30:00Z");
        self.commit(&Change {
            at: "2026-11-18T09:00:00Z",
            by: "ada",
            message: &format!("fix(orders): stop storing the legacy address\n\nChange: {column}"),
            files: &[
                ("migrations/0412_copy_legacy_address.sql", "create table orders_legacy_address_copy as select id, legacy_address from orders;\n"),
                ("migrations/0413_drop_legacy_address.sql", "alter table orders drop column legacy_address;\n"),
                ("migrations/0413_drop_legacy_address.down.sql", "alter table orders add column legacy_address text;\n"),
            ],
        });
        self.commit(&Change {
            at: "2026-11-18T14:00:00Z",
            by: "bo",
            message: "chore(deps): update rustls to 0.24",
            files: &[("Cargo.lock", "rustls 0.24\n")],
        });
        self.approve(
            checkout,
            &[approval("kim", Some("qa"), "2026-11-19T09:05:00Z")],
        );
        let plan = "plan the next release";
        self.write_release_file("next", plan, "2026-11-20T08:00:00Z");
        self.approve(
            column,
            &[
                approval("bo", Some("dba"), "2026-11-20T09:15:00Z"),
                approval("kim", Some("qa"), "2026-11-20T09:20:00Z"),
            ],
        );
    }

    fn key(&self, person: &str) -> std::path::PathBuf {
        self.0.path().join(format!("../{person}"))
    }

    /// Runs git at this time.
    fn at(&self, at: &str, arguments: &[&str]) {
        let mut command = self.0.command("git");
        command
            .env("GIT_AUTHOR_DATE", at)
            .env("GIT_COMMITTER_DATE", at)
            .args(arguments);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
    }

    fn commit(&self, change: &Change<'_>) {
        for (path, text) in change.files {
            self.0.write(path, text);
        }
        let name = format!("{}{}", change.by[..1].to_uppercase(), &change.by[1..]);
        let email = format!("{}@shop.example", change.by);
        self.0.git(&["config", "user.name", &name]);
        self.0.git(&["config", "user.email", &email]);
        self.0.git(&["add", "--all"]);
        self.at(
            change.at,
            &["commit", "--quiet", "--message", change.message],
        );
    }

    /// Adds a ticket of the fixtures.
    fn propose(&self, id: &str, at: &str) {
        let text = fixture(&format!("changes/{id}.toml"));
        self.commit(&Change {
            at,
            by: "ada",
            message: &format!("docs(changes): propose {id}"),
            files: &[(&format!("changes/{id}.toml"), &text)],
        });
    }

    /// Commits a release file of the fixtures.
    fn write_release_file(&self, name: &str, purpose: &str, at: &str) {
        let path = format!("releases/{name}.toml");
        self.commit(&Change {
            at,
            by: "lee",
            message: &format!("docs(releases): {purpose}"),
            files: &[(&path, &fixture(&path))],
        });
    }

    /// Lets these people approve a ticket, each at a time; the last one sets its state.
    fn approve(&self, id: &str, approvals: &[Approval<'_>]) {
        for (index, approval) in approvals.iter().enumerate() {
            let Approval { by, role, at } = *approval;
            let key = self.key(by);
            self.0
                .git(&["config", "user.signingKey", key.to_str().unwrap()]);
            let email = format!("{by}@shop.example");
            let mut arguments = vec![
                "ticket", "approve", id, "--sign", "--by", &email, "--now", at,
            ];
            arguments.extend(role.into_iter().flat_map(|role| ["--role", role]));
            self.tollgate(&arguments);
            if index + 1 == approvals.len() {
                let path = format!("changes/{id}.toml");
                let text = self.0.read(&path);
                self.0.write(
                    &path,
                    text.replacen("state = \"proposed\"", "state = \"approved\"", 1),
                );
            }
            self.commit(&Change {
                at,
                by,
                message: &format!("docs(changes): approve {id}"),
                files: &[],
            });
        }
    }

    fn release(&self, version: &str, at: &str) {
        self.release_with(version, at, &[]);
    }

    fn release_as_emergency(&self, version: &str, ticket: &str, at: &str) {
        self.release_with(version, at, &["--emergency", ticket]);
    }

    fn release_with(&self, version: &str, at: &str, options: &[&str]) {
        self.0.git(&["config", "user.name", "Lee"]);
        self.0.git(&["config", "user.email", "lee@shop.example"]);
        let key = self.key("lee");
        self.0
            .git(&["config", "user.signingKey", key.to_str().unwrap()]);
        self.0.git(&["config", "tag.gpgSign", "true"]);
        let mut arguments = vec!["release", "--execute", "--now", at];
        arguments.extend(options);
        self.tollgate(&arguments);
        self.0.git(&["config", "tag.gpgSign", "false"]);
        assert_eq!(
            self.0.git(&["describe", "--exact-match"]),
            format!("v{version}")
        );
    }

    /// Appends outcomes to tickets, and closes them.
    fn close(&self, outcomes: &[(&str, &str)], at: &str) {
        for (id, outcome) in outcomes {
            let path = format!("changes/{id}.toml");
            let text = self.0.read(&path);
            let (before, rest) = text.split_once("\nstate = ").unwrap();
            let (_, after) = rest.split_once('\n').unwrap();
            let text = format!("{before}\nstate = \"closed\"\n{after}");
            self.0.write(&path, format!("{text}\n{outcome}"));
        }
        self.commit(&Change {
            at,
            by: "lee",
            message: "docs(changes): close the tickets of the release",
            files: &[],
        });
    }

    /// Runs the tool, which must succeed.
    pub(crate) fn tollgate(&self, arguments: &[&str]) -> Output {
        let output = self.0.tollgate(arguments);
        let text = format!("{}{}", stdout(&output), stderr(&output));
        assert!(output.status.success(), "{arguments:?}: {text}");
        output
    }
}

fn fixture(name: &str) -> String {
    fs::read_to_string(format!("{FIXTURES}/{name}")).unwrap()
}

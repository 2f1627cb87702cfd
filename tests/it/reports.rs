//! `tollgate report`: each document about the repository `shop`.

use crate::sandbox::{Sandbox, released, stderr, stdout};
use crate::shop::Shop;

/// A document: the name of its snapshot, and the arguments.
struct Document {
    name: &'static str,
    arguments: &'static [&'static str],
}

const BEFORE: &[Document] = &[
    Document {
        name: "runbook",
        arguments: &["runbook", "--now", "2026-11-23T15:00:00Z"],
    },
    Document {
        name: "checklist",
        arguments: &["checklist", "--now", "2026-11-23T15:00:00Z"],
    },
    Document {
        name: "announcement",
        arguments: &["announcement", "--now", "2026-11-23T15:00:00Z"],
    },
    Document {
        name: "rollback",
        arguments: &["rollback", "--now", "2026-11-23T15:00:00Z"],
    },
];

const AFTER: &[Document] = &[
    Document {
        name: "result",
        arguments: &[
            "announcement",
            "v4.13.0",
            "--result",
            "--now",
            "2026-11-26T09:00:00Z",
        ],
    },
    Document {
        name: "runbook_of_a_release",
        arguments: &["runbook", "v4.13.0", "--now", "2026-11-26T09:00:00Z"],
    },
    Document {
        name: "checklist_of_a_release",
        arguments: &["checklist", "v4.13.0", "--now", "2026-11-26T09:00:00Z"],
    },
    Document {
        name: "retrospective",
        arguments: &["retrospective", "--now", "2026-12-03T09:00:00Z"],
    },
    Document {
        name: "metrics",
        arguments: &[
            "metrics",
            "v4.9.0..v4.13.0",
            "--now",
            "2026-11-26T09:00:00Z",
        ],
    },
    Document {
        name: "audit",
        arguments: &["audit", "v4.12.1..v4.13.0", "--now", "2026-11-26T09:00:00Z"],
    },
    Document {
        name: "policy",
        arguments: &["policy", "--now", "2026-11-26T09:00:00Z"],
    },
];

/// Prints a document; the zone and the language of the machine don't matter.
fn print(shop: &Shop, document: &Document) -> String {
    let run = |zone: &str, locale: &str| {
        let mut command = shop.0.command(env!("CARGO_BIN_EXE_tollgate"));
        command
            .env("TZ", zone)
            .env("LC_ALL", locale)
            .arg("report")
            .args(document.arguments);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}: {output:?}", document.name);
        stdout(&output).to_owned()
    };
    let text = run("UTC", "C");
    assert_eq!(text, run("Pacific/Auckland", "de_DE.UTF-8"));
    text.replace(
        concat!("tollgate ", env!("CARGO_PKG_VERSION")),
        "tollgate VERSION",
    )
}

#[test]
fn documents_before_and_after_a_release() {
    let shop = Shop::before_release();
    for document in BEFORE {
        insta::assert_snapshot!(document.name, print(&shop, document));
    }
    shop.release_of_november();
    for document in AFTER {
        insta::assert_snapshot!(document.name, print(&shop, document));
    }
}

/// The zone in which a report about the next release prints times.
fn zone_of(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let output = sandbox.tollgate(&[&["report", "runbook", "--json"], arguments].concat());
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    document["release"]["zone"].as_str().unwrap().to_owned()
}

#[test]
fn zone_is_from_the_option_the_configuration_or_the_release_file() {
    let sandbox = released();
    assert_eq!(zone_of(&sandbox, &[]), "UTC");
    sandbox.write("releases/next.toml", "zone = \"Asia/Tokyo\"\n");
    sandbox.commit("docs: plan the release");
    assert_eq!(zone_of(&sandbox, &[]), "Asia/Tokyo");
    sandbox.write("tollgate.toml", "reports.zone = \"Europe/Berlin\"\n");
    sandbox.commit("chore: choose a zone");
    assert_eq!(zone_of(&sandbox, &[]), "Europe/Berlin");
    assert_eq!(zone_of(&sandbox, &["--zone", "UTC"]), "UTC");
}

/// A repository with three releases, each with a commit of its own.
fn three_releases() -> Sandbox {
    let sandbox = Sandbox::new();
    for (version, name) in [("1.0.0", "a"), ("1.1.0", "b"), ("1.2.0", "c")] {
        sandbox.write("src/lib.rs", name);
        sandbox.commit(&format!("feat: add {name}"));
        sandbox.git(&["tag", "-a", &format!("v{version}"), "-m", "release"]);
    }
    sandbox.write("src/lib.rs", "next");
    sandbox.commit("fix: round prices");
    sandbox
}

/// The release of a rollback plan: what it goes back to, and the subjects of its commits.
fn rollback_of(sandbox: &Sandbox, range: &str) -> (String, Option<String>, Vec<String>) {
    let output = sandbox.tollgate(&["report", "rollback", range, "--json"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let release = &document["release"];
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    let commits = release["without_ticket"].as_array().unwrap().iter();
    (
        text(&release["version"]).unwrap(),
        text(&release["previous"]),
        commits
            .filter_map(|commit| text(&commit["subject"]))
            .collect(),
    )
}

#[test]
fn range_is_everything_since_its_first_release() {
    let sandbox = three_releases();
    let range = |range: &str| {
        let (version, previous, commits) = rollback_of(&sandbox, range);
        (version, previous.unwrap_or_default(), commits.join(", "))
    };
    let expected = |version: &str, previous: &str, commits: &str| {
        (version.to_owned(), previous.to_owned(), commits.to_owned())
    };
    assert_eq!(range("v1.2.0"), expected("1.2.0", "v1.1.0", "add c"));
    assert_eq!(
        range("v1.0.0..v1.2.0"),
        expected("1.2.0", "v1.0.0", "add b, add c")
    );
    assert_eq!(
        range("1.1.0.."),
        expected("1.2.1", "v1.1.0", "add c, round prices")
    );
    assert_eq!(range("..v1.1.0"), expected("1.1.0", "", "add a, add b"));
    let output = sandbox.tollgate(&["report", "rollback", "v1.0.0..v1.2.0"]);
    assert!(
        stdout(&output).contains("(`v1.0.0..v1.2.0`)"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn checklist_of_a_range_has_its_candidates_and_release_files() {
    let sandbox = three_releases();
    sandbox.git(&["tag", "v1.2.0-rc.1", "v1.2.0^{commit}"]);
    let file = "[[items]]\nstage = \"test\"\ntext = \"Load test\"\n";
    sandbox.write("releases/1.1.0.toml", file);
    sandbox.commit("docs: plan 1.1.0");
    let output = sandbox.tollgate(&["report", "checklist", "v1.0.0..v1.2.0"]);
    let text = stdout(&output);
    for line in [
        "# Checklist: ",
        "(`v1.0.0..v1.2.0`)",
        "2 entries (`tollgate changelog v1.0.0..v1.2.0`)",
        "- [x] ● Release candidate tagged: `v1.2.0-rc.1`",
        "- [ ] ○ Load test, for 1.1.0",
        "- [x] ● Release made: `v1.2.0`",
    ] {
        assert!(text.contains(line), "{line}: {text}{}", stderr(&output));
    }
}

#[test]
fn retrospective_of_an_open_range_ends_at_the_latest_release() {
    let sandbox = three_releases();
    let report = |range: &str| {
        let output = sandbox.tollgate(&["report", "retrospective", range]);
        format!("{}{}", stdout(&output), stderr(&output))
    };
    let text = report("v1.0.0..");
    for line in [
        "1.2.0 (`v1.0.0..v1.2.0`)",
        "| Tag v1.1.0 |",
        "| Tag v1.2.0 |",
        "- 2 commits went out without a ticket",
        "## The releases of the range",
        "| `1.1.0` |",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let text = report("1.2.0..");
    assert!(text.contains("there is no release after `1.2.0`"), "{text}");
}

/// A sign-off covers what is unreleased, so a longer range doesn't make it stale.
#[test]
fn sign_off_counts_for_a_range_to_head() {
    let sandbox = three_releases();
    sandbox.become_person("lee");
    let output = sandbox.tollgate(&["release", "--sign-off"]);
    assert!(output.status.success(), "{}", stderr(&output));
    sandbox.commit("docs: sign the release off");
    for range in [&[][..], &["v1.0.0.."]] {
        let output = sandbox.tollgate(&[&["report", "checklist"], range].concat());
        let text = stdout(&output);
        assert!(text.contains("- [x] ◐ Final go, "), "{range:?}: {text}");
    }
}

#[test]
fn wrong_range_is_an_error() {
    let sandbox = three_releases();
    for (arguments, message) in [
        (
            ["runbook", "v1.2.0..v1.0.0"],
            "`v1.2.0` is not in the history of its end",
        ),
        (
            ["runbook", "v0.9.0..v1.0.0"],
            "there is no version tag `v0.9.0`",
        ),
        (["runbook", "v1.0.0...v1.2.0"], "`.v1.2.0`"),
        (
            ["checklist", "v1.2.0..v1.0.0"],
            "`v1.2.0` is not in the history of its end",
        ),
        (
            ["metrics", "v1.2.0"],
            "`v1.2.0` is not a range of releases, which metrics are about",
        ),
        (["policy", "v1.2.0"], "unexpected argument 'v1.2.0'"),
    ] {
        let output = sandbox.tollgate(&[&["report"][..], &arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(message), "{}", stderr(&output));
    }
}

#[test]
fn template_of_the_configuration_or_the_option_writes_the_runbook() {
    let sandbox = three_releases();
    sandbox.write("a.jinja", "Runbook of {{ release.version }}\n");
    sandbox.write("b.jinja", "{{ release.zone }}\n");
    sandbox.write(
        "tollgate.toml",
        "reports.templates = { runbook = \"a.jinja\" }\n",
    );
    let runbook = |arguments: &[&str]| {
        let output = sandbox.tollgate(&[&["report", "runbook"], arguments].concat());
        format!("{}{}", stdout(&output), stderr(&output))
    };
    assert_eq!(runbook(&[]), "Runbook of 1.2.1\n");
    assert_eq!(runbook(&["--template", "b.jinja"]), "UTC\n");
    assert!(runbook(&["--json"]).starts_with('{'));
    let rollback = sandbox.tollgate(&["report", "rollback"]);
    assert!(stdout(&rollback).starts_with("# Rollback plan"));
    sandbox.write("a.jinja", "line\n{{ relase.version }}\n");
    let error = runbook(&[]);
    for part in [
        "`relase.version` is not defined",
        "a.jinja:2:",
        "tollgate report runbook --json",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
    sandbox.write(
        "tollgate.toml",
        "reports.templates = { runbook = \"none.jinja\" }\n",
    );
    assert!(runbook(&[]).contains("none.jinja"));
}

#[test]
fn example_of_a_template_is_rendered() {
    let shop = Shop::before_release();
    let template = include_str!("../../examples/reports/runbook.md.jinja");
    shop.0.write("runbook.md.jinja", template);
    let output = shop.tollgate(&["report", "runbook", "--template", "runbook.md.jinja"]);
    let text = stdout(&output);
    assert!(
        text.contains("Lee decides whether the release goes ahead.\n\n## Raise"),
        "{text}"
    );
    assert!(
        text.contains("\n- [ ] 08:00 Ada: Apply the new pool size\n"),
        "{text}"
    );
}

//! `tollgate report`: each document about the repository `shop`.

use crate::sandbox::{Sandbox, released, stdout};
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

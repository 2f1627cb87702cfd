//! `tollgate report`: each document about the repository `shop`.

use crate::sandbox::stdout;
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
        name: "metrics",
        arguments: &[
            "metrics",
            "v4.9.0..v4.13.0",
            "--now",
            "2026-11-26T09:00:00Z",
        ],
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

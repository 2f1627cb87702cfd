//! The trailers of messages, compared with those that Git finds.

use proptest::prelude::*;
use tollgate::commit::trailers;

use crate::sandbox::Sandbox;

/// Lines of which messages are made.
const LINES: &[&str] = &[
    "",
    "",
    " \t",
    "\u{c}",
    "\r",
    "feat: x",
    "prose",
    "Change: a",
    "Change : b",
    "change:c\r",
    " Change: d",
    "\tpath",
    " more",
    "Co-authored-by: Bo <bo@example.com>",
    "Signed-off-by: Bo <bo@example.com>",
    "Signed-off-by:Bo",
    "(cherry picked from commit abc)",
    "# a comment",
    "#",
    "Conflicts:",
    "# Conflicts:",
    "---",
    "# ------------------------ >8 ------------------------",
    "a b: c",
    ": c",
    "http://example.com",
];

fn found_by_git(sandbox: &Sandbox, message: &str) -> Vec<String> {
    sandbox.write("message", message);
    // Where a line with CRLF is folded, git keeps the carriage return in the value, and we do not.
    let found = sandbox
        .git(&["interpret-trailers", "--parse", "--no-divider", "message"])
        .replace('\r', "");
    found
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

fn found(message: &str) -> Vec<String> {
    let told = trailers(message)
        .into_iter()
        .map(|trailer| format!("{}: {}", trailer.key, trailer.value));
    told.map(|line| line.trim_end().to_owned()).collect()
}

#[test]
fn git_and_we_find_the_same_trailers() {
    let sandbox = Sandbox::new();
    let messages = prop::collection::vec(prop::sample::select(LINES), 0..9);
    let config = ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(lines in messages, end in prop::sample::select(&["", "\n", "\n\n"][..]))| {
        let message = format!("feat: x\n{}{end}", lines.join("\n"));
        prop_assert_eq!(found(&message), found_by_git(&sandbox, &message), "{:?}", message);
    });
}

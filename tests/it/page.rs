//! `tollgate report html`: the files that it writes, and the page in a browser.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::sandbox::{Sandbox, released, stderr, stdout};
use crate::scenario::assert_contains;
use crate::shop::Shop;

const NOW: &str = "2026-11-26T09:00:00Z";
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The repository `shop` after its last release, with what comes next, tickets of an earlier year,
/// and texts that try to become markup.
fn shop() -> Shop {
    let shop = Shop::before_release();
    shop.release_of_november();
    for file in fs::read_dir(format!("{ROOT}/tests/fixtures/page")).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let folder = if name == "next.toml" {
            "releases"
        } else {
            "changes"
        };
        shop.0
            .write(&format!("{folder}/{name}"), fs::read(&path).unwrap());
    }
    shop.0.write("web/search.ts", "fast()\n");
    shop.0.git(&[
        "remote",
        "add",
        "origin",
        "https://github.com/example/shop.git",
    ]);
    shop.0.git(&["add", "--all"]);
    let date = "2026-11-25T10:00:00Z";
    let mut command = shop.0.command("git");
    command
        .env("GIT_AUTHOR_DATE", date)
        .env("GIT_COMMITTER_DATE", date)
        .args([
            "commit",
            "--quiet",
            "--message",
            "feat(search): <script>window.attacked = 15</script>\n\nChange: 2026-11-25-hostile",
        ]);
    assert!(command.status().unwrap().success());
    shop
}

fn write_page(sandbox: &Sandbox, output: &str) {
    let output = sandbox.tollgate(&["report", "html", "--now", NOW, "--output", output]);
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn page_is_the_same_in_every_zone_and_locale() {
    let shop = shop();
    let site = shop.0.path().join("../site");
    fs::create_dir(&site).unwrap();
    let files = |zone: &str, locale: &str| {
        let mut command = shop.0.command(env!("CARGO_BIN_EXE_tollgate"));
        command.env("TZ", zone).env("LC_ALL", locale);
        let output = command
            .args(["report", "html", "--now", NOW, "--output", "../site"])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        ["index.html", "index-2024.html"].map(|name| fs::read_to_string(site.join(name)).unwrap())
    };
    assert_eq!(files("UTC", "C"), files("Pacific/Auckland", "de_DE.UTF-8"));
    fs::write(site.join("index-2024.html"), "mine").unwrap();
    let output = shop
        .0
        .tollgate(&["report", "html", "--now", NOW, "--output", "../site"]);
    assert_eq!(output.status.code(), Some(2));
    assert_contains(
        stderr(&output),
        "index-2024.html` was not written by Tollgate",
    );
}

#[test]
fn open_tickets_have_the_findings_of_the_linter() {
    let sandbox = released();
    let ticket = |state: &str| format!("title = \"Ports\"\nstate = \"{state}\"\n");
    sandbox.write("changes/2026-11-01-open.toml", ticket("proposed"));
    sandbox.write("changes/2026-11-02-over.toml", ticket("cancelled"));
    sandbox.commit("docs: add tickets");
    let output = sandbox.tollgate(&["report", "html", "--now", NOW]);
    assert_eq!(stdout(&output).matches("<h4>Findings</h4>").count(), 1);
    assert_contains(stdout(&output), "<code>ticket/missing-field</code>");
}

#[test]
#[ignore = "needs Chromium, and Node with the packages of tests/browser in target/browser: see .ci/run"]
fn page_works_in_a_browser() {
    let shop = shop();
    // The page and its pictures stay there to be looked at.
    let pictures = Path::new(ROOT).join("target/page");
    let site = pictures.join("site");
    fs::create_dir_all(&site).unwrap();
    write_page(&shop.0, site.to_str().unwrap());
    let output = Command::new("node")
        .arg(format!("{ROOT}/tests/browser/page.mjs"))
        .arg(&site)
        .arg(&pictures)
        .arg(format!("{ROOT}/target/browser"))
        .output()
        .expect("Node is installed");
    let (out, err) = (stdout(&output), stderr(&output));
    assert!(output.status.success(), "{out}{err}");
    assert_contains(out, "all checks of the page passed");
}

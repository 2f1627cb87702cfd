//! Releases of packages: one commit for all that are due, a tag for each, and one reference that
//! marks the pending release.

use serde_json::Value;

use crate::push::hook;
use crate::release::{assert_clean, restart_release, run};
use crate::sandbox::Sandbox;
use crate::scenario::assert_contains;

const CONFIG: &str = r#"
[[package]]
name = "orders"
paths = ["orders/**"]
changelog = "orders/CHANGELOG.md"
version_files = ["orders/Cargo.toml"]

[[package]]
name = "cart"
paths = ["cart/**"]
depends_on = ["orders"]
changelog = "cart/CHANGELOG.md"
version_files = ["cart/Cargo.toml"]

[[package]]
name = "docs"
paths = ["docs/**"]
tag_prefix = "docs/v"
"#;

/// Three packages of one workspace at 1.0.0, with a fix of `orders` after it, which `cart` depends
/// on.
pub(crate) fn workspace() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("tollgate.toml", CONFIG);
    sandbox.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"2\"\nmembers = [\"orders\", \"cart\"]\n",
    );
    sandbox.write(
        "orders/Cargo.toml",
        "[package]\nname = \"orders\"\nversion = \"1.0.0\"\n",
    );
    let depends = "[dependencies]\norders = { path = \"../orders\", version = \"1.0.0\" }\n";
    sandbox.write(
        "cart/Cargo.toml",
        format!("[package]\nname = \"cart\"\nversion = \"1.0.0\"\n{depends}"),
    );
    sandbox.write("orders/src/lib.rs", "");
    sandbox.write("cart/src/lib.rs", "");
    sandbox.write("docs/a", "");
    sandbox.write(
        "Cargo.lock",
        "version = 4\n\n[[package]]\nname = \"cart\"\nversion = \"1.0.0\"\ndependencies = [\n \"orders\",\n]\n\n\
         [[package]]\nname = \"orders\"\nversion = \"1.0.0\"\n",
    );
    sandbox.commit("feat: begin");
    for tag in ["orders-v1.0.0", "cart-v1.0.0", "docs/v1.0.0"] {
        sandbox.git(&["tag", tag]);
    }
    sandbox.write("orders/src/lib.rs", "// fixed");
    sandbox.commit("fix: price once");
    sandbox
}

/// The same with a bare remote `origin` that has all of it; gives the base too.
pub(crate) fn published_workspace() -> (Sandbox, String) {
    let sandbox = workspace();
    sandbox.git(&["clone", "--quiet", "--bare", ".", "../remote.git"]);
    sandbox.git(&["remote", "add", "origin", "../remote.git"]);
    let base = sandbox.git(&["rev-parse", "HEAD"]);
    (sandbox, base)
}

/// Asserts that the packages which are due are released from `base`, once, here and at the remote.
pub(crate) fn assert_packages_published(sandbox: &Sandbox, base: &str) {
    assert_clean(sandbox);
    sandbox.assert_one_release_of(base);
    assert_eq!(tags(sandbox), ["cart-v1.0.1", "orders-v1.0.1"]);
    assert_eq!(
        sandbox.git(&["cat-file", "-t", "refs/tags/cart-v1.0.1"]),
        "tag"
    );
    sandbox.assert_remote_is_equal();
}

fn tags(sandbox: &Sandbox) -> Vec<String> {
    sandbox
        .git(&["tag", "--points-at", "HEAD"])
        .lines()
        .map(str::to_owned)
        .collect()
}

#[test]
fn due_packages_get_one_commit_and_a_tag_each() {
    let sandbox = workspace();
    let base = sandbox.git(&["rev-parse", "HEAD"]);
    let (code, out, told) = run(&sandbox, &["--execute"]);
    assert_eq!(code, 0, "{told}");
    assert!(
        out.starts_with("Released `orders-v1.0.1`, `cart-v1.0.1`: commit "),
        "{out}"
    );
    assert_eq!(tags(&sandbox), ["cart-v1.0.1", "orders-v1.0.1"]);
    assert_eq!(sandbox.git(&["rev-parse", "HEAD~1"]), base);
    assert_eq!(
        sandbox.git(&["log", "-1", "--format=%s"]),
        "chore(release): orders 1.0.1, cart 1.0.1"
    );
    assert!(
        sandbox
            .read("orders/CHANGELOG.md")
            .contains("## 1.0.1 - 2026-02-03\n\n### Fixed\n\n- price once (")
    );
    assert_contains(
        &sandbox.read("cart/Cargo.toml"),
        "version = \"1.0.1\"\n[dep",
    );
    assert_eq!(sandbox.read("Cargo.lock").matches("1.0.1").count(), 2);
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
    assert_eq!(
        run(&sandbox, &[]).1,
        "Nothing to release: no package has changes to release\n"
    );
    sandbox.undo(&out);
    assert_eq!(
        (sandbox.git(&["rev-parse", "HEAD"]), tags(&sandbox)),
        (base, Vec::new())
    );
}

#[test]
fn a_dependent_package_is_released_with_a_section_and_notes() {
    let sandbox = workspace();
    assert_eq!(run(&sandbox, &["--execute"]).0, 0);
    let section = "## 1.0.1 - 2026-02-03\n\n### Dependencies\n\n- Update orders to 1.0.1\n";
    assert_contains(&sandbox.read("cart/CHANGELOG.md"), section);
    let message = sandbox.git(&["tag", "--list", "--format=%(contents)", "cart-v1.0.1"]);
    assert_contains(&message, "\n### Dependencies\n\n- Update orders to 1.0.1\n");
    let verified = sandbox.tollgate(&["verify", "cart-v1.0.1"]);
    assert_eq!(
        verified.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&verified.stdout)
    );
    let again = sandbox.tollgate(&["changelog", "--package", "cart", "--release", "1.0.1"]);
    assert_eq!(String::from_utf8(again.stdout).unwrap(), section);
}

#[test]
fn a_package_released_alone_names_no_dependency() {
    let sandbox = workspace();
    sandbox.write("cart/src/lib.rs", "// fixed");
    sandbox.commit("fix: count once");
    assert_eq!(run(&sandbox, &["--execute", "--package", "cart"]).0, 0);
    let text = sandbox.read("cart/CHANGELOG.md");
    assert!(
        text.contains("- count once (") && !text.contains("Dependencies"),
        "{text}"
    );
}

#[test]
fn a_plan_of_packages_tells_of_each() {
    let sandbox = workspace();
    let (code, out, _) = run(&sandbox, &[]);
    assert_eq!(code, 0);
    assert!(
        out.starts_with("Package `orders`\nNext version: 1.0.1 (patch bump)\nDecided by:   "),
        "{out}"
    );
    assert_contains(&out, "\nPackage `cart`\nNext version: 1.0.1 (patch bump)\n");
    assert_contains(&out, "\nBecause of:   `orders`, which is also released\n");
    assert_contains(
        &out,
        "\nTag:    `orders-v1.0.1`, annotated\nTag:    `cart-v1.0.1`, annotated\n",
    );
    assert_contains(&out, "\nChangelog of `orders`:\n  ### Fixed\n");
}

#[test]
fn plan_separates_a_dependency_from_the_reason() {
    let sandbox = workspace();
    let alone = run(&sandbox, &["--package", "cart"]).1;
    let left_out = "unreleased changes in `orders`, which this release does not include\n";
    assert_contains(&alone, format!("\nBecause of:   {left_out}"));
    sandbox.write("cart/src/lib.rs", "// fixed");
    sandbox.commit("fix: count once");
    let alone = run(&sandbox, &["--package", "cart"]).1;
    assert!(
        alone.contains(&format!("\nDepends on:   {left_out}")) && !alone.contains("Because of"),
        "{alone}"
    );
    let all = run(&sandbox, &[]).1;
    assert_contains(&all, "\nDepends on:   `orders`, which is also released\n");
}

#[test]
fn one_package_may_be_released_alone() {
    let sandbox = workspace();
    sandbox.write("docs/a", "a");
    sandbox.commit("feat: explain");
    assert_eq!(run(&sandbox, &["--execute", "--package", "docs"]).0, 0);
    assert_eq!(tags(&sandbox), ["docs/v1.1.0"]);
    assert_eq!(sandbox.git(&["diff", "--name-only", "HEAD~1"]), "");
    let (code, _, told) = run(
        &sandbox,
        &["--execute", "--package", "orders", "--bump", "minor"],
    );
    assert_eq!(
        (code, tags(&sandbox)),
        (0, vec!["orders-v1.1.0".to_owned()])
    );
    assert_contains(
        &told,
        "warning: `cart` depends on this package and will not be released",
    );
    assert_eq!(run(&sandbox, &["--execute", "--package", "nothing"]).0, 2);
}

#[test]
fn a_bump_of_all_packages_is_not_guessed() {
    let (code, _, told) = run(&workspace(), &["--bump", "minor"]);
    assert_eq!((code, told.contains("--package NAME")), (2, true), "{told}");
}

#[test]
fn a_tag_cites_the_tickets_of_its_own_package() {
    let sandbox = workspace();
    let ticket = include_str!("../../examples/tickets/hotfix-double-charge.toml");
    sandbox.write("changes/hotfix.toml", ticket);
    sandbox.write("orders/src/lib.rs", "// charged once");
    sandbox.commit("fix: charge once");
    sandbox.write("docs/a", "more");
    sandbox.commit("fix: say more\n\nChange: of-the-docs");
    let (_, out, _) = run(&sandbox, &["--format", "json"]);
    let document: Value = serde_json::from_str(&out).unwrap();
    let tags = document["plan"]["tags"].as_array().unwrap();
    let cites = |tag: &Value, id: &str| {
        tag["message"]
            .as_str()
            .unwrap()
            .contains(&format!("\nTicket: {id}"))
    };
    let cited: Vec<_> = tags
        .iter()
        .map(|tag| (cites(tag, "hotfix"), cites(tag, "of-the-docs")))
        .collect();
    assert_eq!(
        cited,
        [(true, false), (false, false), (false, true)],
        "{out}"
    );
}

#[test]
fn json_output_fits_the_schema() {
    let sandbox = workspace();
    let (_, out, _) = run(&sandbox, &["--format", "json"]);
    let document: Value = serde_json::from_str(&out).unwrap();
    let schema = include_str!("../../schemas/release.schema.json");
    jsonschema::validate(&serde_json::from_str(schema).unwrap(), &document).unwrap();
    assert_eq!(
        (&document["next"], &document["packages"][1]["bumped_by"][0]),
        (&Value::Null, &"orders".into())
    );
    assert_eq!(document["plan"]["tags"][1]["package"], "cart");
}

#[test]
fn status_shows_what_blocks_packages() {
    let sandbox = workspace();
    sandbox.write(
        "changes/a.toml",
        "title = \"Raise the pool\"\nstate = \"proposed\"\n",
    );
    sandbox.commit("chore: add a ticket");
    let text = String::from_utf8(sandbox.tollgate(&["status"]).stdout).unwrap();
    assert_contains(
        &text,
        "Release      blocked by 4 errors:\n  changes/a.toml: ",
    );
    let json = sandbox.tollgate(&["status", "--format", "json"]).stdout;
    let json: Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json["blockers"].as_array().unwrap().len(), 4);
}

#[test]
fn all_tags_are_pushed_or_none() {
    let (sandbox, _) = published_workspace();
    let before = sandbox.git(&["for-each-ref"]);
    hook(
        &sandbox,
        "../remote.git/hooks/update",
        "[ \"$1\" != refs/tags/cart-v1.0.1 ]",
    );
    let (code, _, told) = run(&sandbox, &["--execute", "--push"]);
    assert_eq!(
        (
            code,
            told.contains("cart-v1.0.1 [remote rejected] (hook declined)")
        ),
        (2, true),
        "{told}"
    );
    assert_eq!(sandbox.git(&["for-each-ref"]), before);
    assert_eq!(
        sandbox.git(&["-C", "../remote.git", "for-each-ref"]),
        before
    );
    std::fs::remove_file(sandbox.path().join("../remote.git/hooks/update")).unwrap();
    assert_eq!(run(&sandbox, &["--execute", "--push"]).0, 0);
    let there = sandbox.git(&[
        "ls-remote",
        "--tags",
        "origin",
        "orders-v1.0.1",
        "cart-v1.0.1",
    ]);
    assert_eq!(there.lines().count(), 2, "{there}");
}

#[test]
fn garbage_collected_tags_are_restored_from_journal() {
    let sandbox = workspace();
    let base = sandbox.git(&["rev-parse", "HEAD"]);
    assert_eq!(run(&sandbox, &["--execute"]).0, 0);
    let released = sandbox.git(&["for-each-ref", "refs/tags"]);
    restart_release(&sandbox);
    sandbox.git(&["tag", "--delete", "orders-v1.0.1", "cart-v1.0.1"]);
    sandbox.git(&["reset", "--quiet", "--hard", &base]);
    sandbox.git(&["reflog", "expire", "--expire=now", "--all"]);
    sandbox.git(&["gc", "--quiet", "--prune=now"]);
    assert_eq!(run(&sandbox, &["--execute"]).0, 0);
    assert_eq!(sandbox.git(&["for-each-ref", "refs/tags"]), released);
}

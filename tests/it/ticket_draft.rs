//! `tollgate ticket new --from-diff`: what it reads from a repository.

use std::os::unix::fs::symlink;

use crate::sandbox::{Sandbox, fails, stderr, stdout};
use crate::scenario::{assert_contains, assert_success};

/// A branch of main that adds a migration in SQL.
fn with_migration() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.commit("feat: begin");
    sandbox.branch("drop-address");
    sandbox.write(
        "migrations/0413_drop_address.sql",
        "ALTER TABLE orders DROP COLUMN address;\n",
    );
    sandbox.commit("feat: drop the column orders.address\n\nRefs: ORD-97\n");
    sandbox
}

/// The text of the ticket that a command wrote.
fn drafted(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let output = sandbox.tollgate(&[&["ticket", "new"], arguments].concat());
    assert_success(&output);
    sandbox.read(stdout(&output).trim())
}

#[test]
fn base_branch_is_the_default() {
    let sandbox = with_migration();
    let text = drafted(&sandbox, &["--from-diff"]);
    assert_contains(&text, "phase = \"contract\"");
    assert_contains(&text, "title = \"Drop the column orders.address\"");
    let check = sandbox.tollgate(&["check", "--format", "concise"]);
    assert_eq!(check.status.code(), Some(1));
    for line in stdout(&check)
        .lines()
        .filter(|line| line.contains("error["))
    {
        assert_contains(line, "content/template-residue");
    }
}

#[test]
fn found_fields_and_questions_are_counted() {
    let sandbox = with_migration();
    let output = sandbox.tollgate(&["ticket", "new", "--from-diff", "main"]);
    let counted = "compared with `main`: 6 of 10 fields found; replace the 4 questions marked \"(replace)\", then run `tollgate check`\n";
    assert_eq!(stderr(&output), counted);
}

#[test]
fn branch_without_commits_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.commit("feat: begin");
    let message = fails(&sandbox, &["ticket", "new", "--from-diff", "main"]);
    assert_contains(&message, "there are no commits since `main`");
}

#[test]
fn links_and_binary_files_are_not_read() {
    let sandbox = with_migration();
    symlink("/etc/passwd", sandbox.path().join("migrations/0414_x.sql")).unwrap();
    sandbox.write("migrations/0415_y.sql", b"DROP TABLE a;\0");
    sandbox.commit("feat: add more");
    let text = drafted(&sandbox, &["A change of the schema", "--from-diff", "main"]);
    assert_contains(&text, "migrations = [\"migrations/0413_drop_address.sql\"]");
    assert_contains(&text, "title = \"A change of the schema\"\n");
}

#[test]
fn renamed_migration_is_not_a_new_one() {
    let sandbox = Sandbox::new();
    sandbox.write("migrations/0001_a.sql", "DROP TABLE a;\n");
    sandbox.commit("feat: begin");
    sandbox.branch("rename");
    sandbox.git(&["mv", "migrations/0001_a.sql", "migrations/0002_a.sql"]);
    sandbox.commit("refactor: rename the migration file");
    assert!(!drafted(&sandbox, &["--from-diff", "main"]).contains("[schema_change]"));
}

//! The workspace that people copy: it builds, and `cargo xtask release` releases it.

use std::path::Path;
use std::process::Output;

use crate::sandbox::Sandbox;
use crate::scenario::assert_success;

fn template() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/workspace")
}

/// The template as a repository, with this library in the place of the published one.
fn copied() -> Sandbox {
    let sandbox = Sandbox::new();
    let from = format!("{}/.", template().display());
    assert!(
        sandbox
            .command("cp")
            .args(["-r", &from, "."])
            .status()
            .unwrap()
            .success()
    );
    let own = format!("tollgate = {{ path = {:?} }}", env!("CARGO_MANIFEST_DIR"));
    sandbox.write(
        "xtask/Cargo.toml",
        sandbox
            .read("xtask/Cargo.toml")
            .replace("tollgate = \"0.1\"", &own),
    );
    sandbox.commit("feat: begin");
    sandbox
}

fn cargo(sandbox: &Sandbox, arguments: &[&str]) -> Output {
    let mut command = sandbox.command(env!("CARGO"));
    for name in ["HOME", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"] {
        std::env::var_os(name).map(|value| command.env(name, value));
    }
    command.env(
        "CARGO_TARGET_DIR",
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("xtask"),
    );
    command.args(arguments).output().unwrap()
}

#[test]
fn the_template_is_a_workspace_with_a_ticket_in_order() {
    let sandbox = copied();
    let output = sandbox.tollgate(&["check", "--fail-on", "warning"]);
    assert_success(&output);
}

#[test]
#[ignore = "builds the library once more; run by `.ci/run`"]
fn the_template_is_released_by_cargo_xtask_release() {
    let sandbox = copied();
    let locked = cargo(&sandbox, &["generate-lockfile"]);
    assert_success(&locked);
    sandbox.commit("chore: lock the dependencies");
    let output = cargo(&sandbox, &["xtask", "release", "--execute"]);
    assert_success(&output);
    assert_eq!(sandbox.git(&["describe", "--tags"]), "v0.1.0");
    sandbox.write("shop/src/lib.rs", "//! Where the work is done.\n");
    sandbox.commit("feat: sell more\n\nChange: none (an example)\n");
    let output = cargo(&sandbox, &["xtask", "release", "--execute"]);
    assert_success(&output);
    assert_eq!(sandbox.git(&["describe", "--tags"]), "v0.2.0");
    assert!(sandbox.read("Cargo.toml").contains("version = \"0.2.0\""));
    assert!(
        sandbox
            .read("Cargo.lock")
            .contains("name = \"shop\"\nversion = \"0.2.0\"")
    );
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
    let output = cargo(&sandbox, &["xtask", "verify"]);
    assert_success(&output);
}

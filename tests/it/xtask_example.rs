//! The example program that makes a release with a check of its own.

use crate::sandbox::Sandbox;

#[path = "../../examples/xtask.rs"]
#[expect(
    dead_code,
    unreachable_pub,
    reason = "`main` and its visibility are the example's"
)]
mod xtask;

const THURSDAY: &str = "2026-02-05T12:00:00Z";
const FRIDAY: &str = "2026-02-06T12:00:00Z";

fn run(sandbox: &Sandbox, now: &str, execute: bool) -> Result<String, String> {
    xtask::release(&sandbox.path(), now.parse().unwrap(), execute)
        .map_err(|error| error.to_string())
}

fn due() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.commit("feat: begin");
    sandbox
}

#[test]
fn example_previews_without_releasing() {
    let sandbox = due();
    assert_eq!(run(&sandbox, THURSDAY, false).as_deref(), Ok("v0.1.0"));
    assert_eq!(sandbox.git(&["tag"]), "");
}

#[test]
fn example_releases_with_execute() {
    let sandbox = due();
    assert_eq!(run(&sandbox, THURSDAY, true).as_deref(), Ok("v0.1.0"));
    assert_eq!(sandbox.git(&["tag"]), "v0.1.0");
}

#[test]
fn example_refuses_a_release_on_friday() {
    let sandbox = due();
    assert_eq!(
        run(&sandbox, FRIDAY, true),
        Err("no releases on Fridays".into())
    );
    assert_eq!(sandbox.git(&["tag"]), "");
}

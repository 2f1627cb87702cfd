//! Versions that a commit or the changelog has before a tag does.

use crate::release::run;
use crate::sandbox::{Sandbox, stderr};

fn released() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.commit("feat: first");
    sandbox.git(&["tag", "v1.0.0"]);
    sandbox
}

#[test]
fn a_release_whose_tag_is_missing_is_not_repeated() {
    let sandbox = released();
    sandbox.commit("fix: second");
    assert_eq!(run(&sandbox, &["--execute"]).0, 0);
    let (head, short) = (
        sandbox.git(&["rev-parse", "HEAD"]),
        sandbox.git(&["rev-parse", "--short=10", "HEAD"]),
    );
    sandbox.git(&["tag", "-d", "v1.0.1"]);
    for message in ["fix: third", "feat: fourth"] {
        sandbox.commit(message);
        let (code, out, _) = run(&sandbox, &["--execute"]);
        let expected = format!(
            "1.0.1 seems to have been released by commit {short}, whose tag is missing from this clone"
        );
        assert!(
            code == 1 && out.contains(&expected) && out.contains("git fetch --tags"),
            "{out}"
        );
        assert!(!out.contains("release/incomplete-section"), "{out}");
        for command in ["next", "explain"] {
            assert!(
                stderr(&sandbox.tollgate(&[command])).contains(&expected),
                "{command}"
            );
        }
    }
    sandbox.git(&["tag", "v1.0.1", &head]);
    assert_eq!(run(&sandbox, &[]).0, 0);
}

#[test]
fn a_prepared_section_may_not_leave_out_changes() {
    let sandbox = released();
    sandbox.write(
        "CHANGELOG.md",
        "# Changelog\n\n## [1.1.0] - 2026-11-01\n\n- handwritten\n\n## [1.0.0]\n\n- init\n",
    );
    sandbox.commit("docs: prepare 1.1.0");
    sandbox.commit("feat!: remove the API");
    let before = sandbox.git(&["rev-parse", "HEAD"]);
    let (code, out, _) = run(&sandbox, &["--execute", "--bump", "minor"]);
    assert!(
        code == 1
            && out
                .contains("the section of 1.1.0 lacks 1 change: `- **Breaking:** remove the API ("),
        "{out}"
    );
    assert_eq!(
        (sandbox.git(&["rev-parse", "HEAD"]), sandbox.git(&["tag"])),
        (before, "v1.0.0".into())
    );
}

#[test]
fn a_prepared_section_that_has_everything_is_released() {
    let sandbox = released();
    sandbox.write(
        "CHANGELOG.md",
        "# Changelog\n\n## [1.1.0] - 2026-11-01\n\n- Remove the API\n",
    );
    sandbox.commit("feat!: remove the API");
    let (code, out, _) = run(&sandbox, &["--execute", "--bump", "minor"]);
    assert_eq!(code, 0, "{out}");
    assert!(
        sandbox
            .git(&["show", "v1.1.0"])
            .contains("- Remove the API"),
        "{out}"
    );
}

#[test]
fn the_command_that_is_shown_makes_the_release_shown() {
    let sandbox = released();
    sandbox.commit("feat: second");
    for options in [
        &["--bump", "major"][..],
        &["--pre", "rc"],
        &["--set-version", "3.0.0"],
        &[],
    ] {
        let (_, out, _) = run(&sandbox, options);
        let command = ["tollgate", "release", "--execute"]
            .into_iter()
            .chain(options.iter().copied());
        let command = command.collect::<Vec<_>>().join(" ");
        assert!(
            out.contains(&format!("`{command}` to make this release.")),
            "{command}: {out}"
        );
    }
}

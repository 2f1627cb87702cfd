//! The steps of `action.yml`, run as GitHub's runner does, in a workspace that a hostile pull
//! request has filled.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::scenario::{assert_contains, assert_success};

/// A `cargo` that notes what it would obey: its folder, its environment, and the files found from
/// there upwards.
const CARGO: &str = r#"#!/bin/sh
{
  echo "folder $PWD"
  echo "arguments $*"
  echo "toolchain $RUSTUP_TOOLCHAIN"
  echo "home $CARGO_HOME"
  echo "target $CARGO_TARGET_DIR"
  at=$PWD
  while [ "$at" != / ]; do
    [ -n "$RUSTUP_TOOLCHAIN" ] || for file in "$at/rust-toolchain" "$at/rust-toolchain.toml"; do
      [ ! -e "$file" ] || echo "obeyed $file"
    done
    for file in "$at/.cargo/config" "$at/.cargo/config.toml"; do [ ! -e "$file" ] || echo "obeyed $file"; done
    at=$(dirname "$at")
  done
  for file in "$CARGO_HOME/config" "$CARGO_HOME/config.toml"; do [ ! -e "$file" ] || echo "obeyed $file"; done
} >> "$LOG"
mkdir -p "${CARGO_TARGET_DIR:-target}"
"#;

#[test]
fn actions_are_pinned_to_a_commit() {
    for file in [
        "action.yml",
        ".github/workflows/ci.yml",
        "examples/pages/github.yml",
    ] {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
        for used in text
            .lines()
            .filter_map(|line| line.trim_start_matches([' ', '-']).strip_prefix("uses: "))
        {
            let pin = used
                .split_once('@')
                .and_then(|(_, pin)| pin.split_once(" # v"));
            let is_pinned = pin.is_some_and(|(id, _)| {
                id.len() == 40 && id.bytes().all(|byte| byte.is_ascii_hexdigit())
            });
            assert!(
                used == "./" || is_pinned,
                "{file}: `{used}` is not a commit with its version as a comment"
            );
        }
    }
}

/// A step of the action that runs a script.
struct Step {
    name: String,
    folder: Option<String>,
    environment: BTreeMap<String, String>,
    script: String,
}

/// The steps of the action that run a script, as `action.yml` writes them.
fn steps() -> Vec<Step> {
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("action.yml")).unwrap();
    let (_, steps) = text.split_once("\n  steps:\n").unwrap();
    let steps = steps
        .split("\n    - name: ")
        .map(|step| step.trim_start().trim_start_matches("- name: "));
    steps
        .filter(|step| step.contains("\n      run: "))
        .map(step)
        .collect()
}

fn step(text: &str) -> Step {
    let (name, rest) = text.split_once('\n').unwrap();
    let (keys, run) = rest.split_once("      run: ").unwrap();
    let environment = keys
        .lines()
        .filter_map(|line| line.strip_prefix("        ")?.split_once(": "));
    let run = run.split("\n    #").next().unwrap();
    let lines = run
        .strip_prefix("|\n")
        .unwrap_or(run)
        .lines()
        .map(|line| line.trim_start_matches("        "));
    Step {
        name: name.to_owned(),
        folder: keys
            .lines()
            .find_map(|line| line.strip_prefix("      working-directory: "))
            .map(str::to_owned),
        environment: environment
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect(),
        script: lines.collect::<Vec<_>>().join("\n"),
    }
}

/// A runner's folders: the workspace with the pull request, the action's own folder, and the
/// temporary one.
struct Runner {
    folder: tempfile::TempDir,
}

impl Runner {
    fn new() -> Self {
        let runner = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        runner.write("action/Cargo.toml", "");
        for name in ["Cargo.lock", "src/lib.rs", "schemas/x.json"] {
            runner.write(&format!("action/{name}"), "");
        }
        runner.write("bin/cargo", CARGO);
        fs::set_permissions(runner.path("bin/cargo"), fs::Permissions::from_mode(0o755)).unwrap();
        runner.write(
            "workspace/rust-toolchain.toml",
            "[toolchain]\npath = \"./evil\"\n",
        );
        runner.write(
            "workspace/rust-toolchain",
            "[toolchain]\npath = \"./evil\"\n",
        );
        runner.write(
            "workspace/.cargo/config.toml",
            "[build]\nrustc = \"./evil/rustc\"\n",
        );
        runner.write(
            "workspace/Cargo.toml",
            "[package]\nname = \"evil\"\nbuild = \"evil.rs\"\n",
        );
        fs::create_dir(runner.path("temp")).unwrap();
        runner
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A value of the action with the runner's expressions in it.
    fn value(&self, text: &str) -> String {
        let text = text.replace(
            "${{ github.action_path }}",
            self.path("action").to_str().unwrap(),
        );
        let text = text.replace("${{ runner.temp }}", self.path("temp").to_str().unwrap());
        let text = text
            .replace("${{ inputs.toolchain }}", "stable")
            .replace("${{ inputs.working-directory }}", ".");
        text.replace("${{ inputs.arguments }}", "")
    }

    fn run(&self, step: &Step) -> Output {
        let folder = step
            .folder
            .as_deref()
            .map_or_else(|| ".".to_owned(), |folder| self.value(folder));
        let mut command = Command::new("bash");
        command.args([
            "--noprofile",
            "--norc",
            "-eo",
            "pipefail",
            "-c",
            &step.script,
        ]);
        command
            .current_dir(self.path("workspace").join(folder))
            .env_clear();
        let path = format!(
            "{}:{}",
            self.path("bin").display(),
            std::env::var("PATH").unwrap()
        );
        command
            .env("PATH", path)
            .env("LOG", self.path("log"))
            .env("GITHUB_OUTPUT", self.path("output"));
        // A job that caches what cargo downloads may keep it in the workspace, where a pull request
        // can put files.
        command.env("CARGO_HOME", self.path("workspace/.cargo"));
        command.envs(
            step.environment
                .iter()
                .map(|(key, value)| (key, self.value(value))),
        );
        command.output().unwrap()
    }
}

#[test]
fn the_action_builds_by_nothing_of_the_workspace() {
    let (runner, steps) = (Runner::new(), steps());
    let build = steps.iter().find(|step| step.name == "Build").unwrap();
    let before = names(&runner.path("workspace"));
    let output = runner.run(build);
    assert_success(&output);
    let log = fs::read_to_string(runner.path("log")).unwrap();
    assert!(
        !log.contains("obeyed") && !log.contains("/workspace"),
        "{log}"
    );
    assert_contains(
        &log,
        format!("folder {}\n", runner.path("action").display()),
    );
    assert_contains(&log, "toolchain stable\n");
    assert_eq!(names(&runner.path("workspace")), before);
}

#[test]
fn only_the_build_step_runs_cargo() {
    let runner = Runner::new();
    for step in steps().iter().filter(|step| step.name != "Build") {
        assert!(!step.script.contains("cargo "), "{}", step.name);
        if step.name == "Tell this version by its source" {
            let output = runner.run(step);
            assert_success(&output);
            assert!(
                fs::read_to_string(runner.path("output"))
                    .unwrap()
                    .starts_with("key=")
            );
        }
    }
    assert!(!runner.path("log").exists());
}

fn names(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    found.extend(
        found
            .clone()
            .iter()
            .filter(|path| path.is_dir())
            .flat_map(|path| names(path)),
    );
    found.sort();
    found
}

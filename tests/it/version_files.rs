//! Version files, read again by the programs whose files they are.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use semver::Version;
use tollgate::config::VersionFile;
use tollgate::history::{File, Mode};
use tollgate::release::{VersionFiles, edit_version_files};

use crate::sandbox::Sandbox;
use crate::scenario::assert_success;

const WORKSPACE: &[(&str, &str)] = &[
    (
        "Cargo.toml",
        "[workspace]\nresolver = '2'\nmembers = ['crates/*']\n[workspace.package]\nversion = '1.2.0' # all\n\
         [workspace.dependencies]\nx-core = { path = 'crates/core', version = '=1.2.0' }\n",
    ),
    (
        "crates/core/Cargo.toml",
        "[package]\nname = 'x-core'\nversion.workspace = true\n",
    ),
    (
        "crates/cli/Cargo.toml",
        "[package]\nname = 'x-cli'\nversion.workspace = true\n[dependencies]\nx-core.workspace = true\n\
         renamed = { package = 'x-own', path = '../own', version = '0.4' }\n\
         [dev-dependencies.x-core]\npath = '../core'\nversion = '1.2'\n",
    ),
    (
        "crates/own/Cargo.toml",
        "[package]\nname = 'x-own'\nversion = '0.4.0'\n[target.'cfg(unix)'.dependencies]\n\
         aliased = { package = 'x-core', path = '../core', version = '~1.2.0' }\n",
    ),
    ("crates/core/src/lib.rs", ""),
    ("crates/cli/src/lib.rs", ""),
    ("crates/own/src/lib.rs", ""),
];

fn cargo(folder: &Path, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "cargo {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

#[test]
fn published_root_is_released_without_configuration() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "package.json",
        "{\r\n\t\"name\": \"a\",\r\n\t\"version\": \"1.2.0\"\r\n}\r\n",
    );
    sandbox.write(
        "package-lock.json",
        r#"{"version": "1.2.0", "packages": {"": {"version": "1.2.0"}}}"#,
    );
    sandbox.write(
        "pyproject.toml",
        "\u{feff}[project]\nversion = \"1.2.0\" # the version\n",
    );
    sandbox.write("docs/package.json", r#"{"version": "1.2.0"}"#);
    sandbox.commit("chore: begin");
    sandbox.git(&["tag", "v1.2.0"]);
    sandbox.commit("feat: add ports");
    let released = sandbox.tollgate(&["release", "--execute", "--pre", "rc"]);
    assert_success(&released);
    assert_eq!(
        sandbox.read("package.json"),
        "{\r\n\t\"name\": \"a\",\r\n\t\"version\": \"1.3.0-rc.1\"\r\n}\r\n"
    );
    let lock = r#"{"version": "1.3.0-rc.1", "packages": {"": {"version": "1.3.0-rc.1"}}}"#;
    assert_eq!(sandbox.read("package-lock.json"), lock);
    assert_eq!(
        sandbox.read("pyproject.toml"),
        "\u{feff}[project]\nversion = \"1.3.0rc1\" # the version\n"
    );
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
    assert_eq!(sandbox.read("docs/package.json"), r#"{"version": "1.2.0"}"#);
}

#[test]
fn cargo_finds_its_lock_file_up_to_date_after_a_release() {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in WORKSPACE {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    cargo(folder.path(), &["generate-lockfile", "--offline"]);
    let file = |path: &str| File {
        bytes: fs::read(folder.path().join(path)).unwrap(),
        mode: Mode::Plain,
    };
    let paths = WORKSPACE
        .iter()
        .map(|(path, _)| *path)
        .chain(["Cargo.lock"]);
    let tree: BTreeMap<String, File> = paths.map(|path| (path.to_owned(), file(path))).collect();
    let listed = ["Cargo.toml", "crates/own/Cargo.toml"];
    let listed = listed.map(|path| VersionFile {
        file: path.into(),
        pattern: None,
    });
    for edit in edit_version_files(
        &VersionFiles::Listed(&listed),
        &tree,
        &Version::parse("2.0.0-rc.1").unwrap(),
    )
    .unwrap()
    {
        fs::write(folder.path().join(edit.path), edit.after).unwrap();
    }
    let metadata = cargo(
        folder.path(),
        &["metadata", "--offline", "--locked", "--format-version=1"],
    );
    let metadata: serde_json::Value = serde_json::from_slice(&metadata).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let versions: Vec<_> = packages
        .iter()
        .map(|package| (&package["name"], &package["version"]))
        .collect();
    assert_eq!(versions.len(), 3);
    assert!(
        versions.iter().all(|(_, version)| *version == "2.0.0-rc.1"),
        "{versions:?}"
    );
}
